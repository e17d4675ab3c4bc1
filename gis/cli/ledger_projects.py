"""Commands of the quota ledger for projects: what they ask for, set aside, use and give back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from gis.cli.console import LangOption, Language, out, print_json
from gis.cli.ledger_console import (
    AsJson,
    Database,
    Day,
    Document,
    Kind,
    LateReason,
    Once,
    Quantity,
    Reason,
    RequestKey,
    Year,
    booking_day,
    done,
    ledger_said,
    ledger_say,
    opened_ledger,
    postings_count,
    said_unverified,
    show_rows,
    unit_of,
)
from gis.cli.ledger_order import earlier_sources, said_earlier
from gis.cli.ledger_words import show_escalation
from gis.errors import QuotaError

if TYPE_CHECKING:
    from gis.ledgers import DeclaredProject, Ledger, Project, ProjectAnswer

#: A holder of one kind only: ``cod=enterprise:A``. An account has no ``=`` before its ``:``.
OF_KIND = re.compile(r"([a-z0-9_]+)=(.+)")
RESERVED_COLUMNS = ("reservation_id", "kind", "label", "year", "holder", "quantity", "unit", "expires")

Holder = Annotated[
    list[str],
    typer.Option(
        help="来源账户，按次序，可多个；kind=account 只用于该种类 / holders in the order they are drawn; "
        "kind=account for one kind only, such as cod=enterprise:A"
    ),
]
Addition = Annotated[
    bool,
    typer.Option("--addition", help="在该项目已有的同种指标之外追加 / beside what the project has of a kind already"),
]


class Quality(enum.StrEnum):
    """Whether the quality of the environment was met in the year before."""

    MET = "met"
    NOT_MET = "not_met"


WaterQuality = Annotated[
    Quality | None,
    typer.Option("--water", help="上一年度水环境质量：决定水污染物一倍或两倍替代 / quality of water last year"),
]
AirQuality = Annotated[
    Quality | None,
    typer.Option("--air", help="上一年度空气质量：决定大气污染物一倍或两倍替代 / quality of air last year"),
]
WhatIf = Annotated[bool, typer.Option("--what-if", help="试算，不入账 / book nothing")]
ReservationId = Annotated[str, typer.Argument(help="预留编号 / reservation (see `ledger reservations`)")]


def reserve_command(  # noqa: PLR0913, PLR0917
    kind: Kind,
    year: Year,
    quantity: Quantity,
    database: Database,
    holder: Holder,
    project: Annotated[str, typer.Option(help="项目 / project")],
    parcel: Annotated[str, typer.Option(help="地块编号 / parcel id")],
    expires: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="预留截止日 / last day")],
    more: Annotated[
        list[str] | None, typer.Option("--and", help='同时预留的其他种类 / further kinds: "cod 2026 0.5"')
    ] = None,
    major: Annotated[bool | None, typer.Option("--major/--not-major", help="优质重大项目 / quality major")] = None,
    large: Annotated[bool | None, typer.Option("--large/--not-large", help="能耗排放较大 / large use")] = None,
    water: WaterQuality = None,
    air: AirQuality = None,
    what_if: WhatIf = False,
    addition: Addition = False,
    request: RequestKey = "",
    late_reason: LateReason = "",
    as_of: Day = None,
    document: Document = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """为项目预留全部指标，或一项也不预留。 / Set aside all of a project's quotas, or none."""
    from gis.ledgers import Need, Project

    with opened_ledger(database, lang) as ledger:
        asked = [(kind, year, quantity), *(_need(part) for part in more or [])]
        holders = _holders(holder, [name for name, _, _ in asked])
        needs = tuple(Need(name, when, much, holders[name]) for name, when, much in asked)
        whole = Project(
            project, parcel, needs, is_major_quality=major, is_large=large,
            water_quality=water and water.value, air_quality=air and air.value,
        )  # fmt: skip
        days = (booking_day(as_of), expires.date())
        how = {"addition": addition, "request": request, "late_reason": late_reason}
        _book(ledger, whole, days, {"document": document, **how}, lang, as_json=as_json, what_if=what_if)


def book_command(
    path: Annotated[Path, typer.Argument(help="项目文件 / file of the project", metavar="PROJECT.yaml")],
    database: Database,
    what_if: WhatIf = False,
    addition: Addition = False,
    request: RequestKey = "",
    late_reason: LateReason = "",
    as_of: Day = None,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """按项目文件预留全部种类，或一项也不预留。 / Set aside all kinds of a project's file, or none.

    也可用 declared 申报用地、能源、排放（见 README）。 / Or declare land, energy and emissions: see README.

    \b
    project: P2
    parcel: "00000002"
    expires: 2026-08-01
    is_major_quality: true   # 优质重大；未知不写 / leave out if not known
    is_large: true           # 用量较大 / large use
    water_quality: met       # 上一年度水质 met/not_met；空气为 air_quality
    document: 示例文号
    needs:
      - kind: new_construction_land
        year: 2026
        quantity: "1500"     # 数量、编号加引号 / in quotation marks
        holders: ["district:310115", "city"]
    """  # noqa: D301 - the mark keeps the lines of the example
    from gis.workflow import read_project

    with opened_ledger(database, lang) as ledger:
        found = read_project(path, as_of=booking_day(as_of))
        days = (booking_day(as_of), found.expires)
        if found.declared is not None and not as_json:
            _said_declared(found.declared, lang)
        how = {"addition": addition, "request": request, "late_reason": late_reason}
        _book(ledger, found.project, days, {"document": found.document, **how}, lang, as_json=as_json, what_if=what_if)


def _said_declared(made: DeclaredProject, lang: Language) -> None:
    """Say what the needs came from: new land, energy on its basis, who reviews it, and what was not verified."""
    if made.land_m2 is not None:
        ledger_said(lang, "declared_land", land=f"{made.land_m2:,f}")
    if made.energy is not None and made.review is not None:
        basis, level = (ledger_say(key, lang) for key in (f"basis_{made.energy.basis}", f"review_{made.review.level}"))
        ledger_said(lang, "declared_energy", tce=f"{made.energy.booked_tce:,f}", basis=basis, level=level)
        if not made.energy.verified or not made.review.verified:
            ledger_said(lang, "declared_unverified")


def _need(part: str) -> tuple[str, int, str]:
    words = part.split()
    if len(words) != 3 or not words[1].isdecimal():
        raise QuotaError("ledger_need", found=part)
    return words[0], int(words[1]), words[2]


def _holders(given: Sequence[str], kinds: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the holders of each kind: its own where it has some, else those without a kind."""
    own: dict[str, list[str]] = {}
    for one in given:
        named = OF_KIND.fullmatch(one)
        own.setdefault(named[1] if named else "", []).append(named[2] if named else one)
    astray = sorted(own.keys() - {"", *kinds})
    if astray:
        raise QuotaError("ledger_holder_kind", kinds=astray, asked=list(kinds))
    return {kind: tuple(own.get(kind, own.get("", []))) for kind in kinds}


def _book(
    ledger: Ledger, project: Project, days: tuple[dt.date, dt.date], how: dict[str, Any], lang: Language, *,
    as_json: bool, what_if: bool,
) -> None:  # fmt: skip
    from gis.ledgers import book_project, try_project

    as_of, expires = days
    if what_if:
        tried = try_project(ledger, project, as_of=as_of, expires=expires, addition=how["addition"])
        earlier = earlier_sources(ledger, project, tried, as_of)
        _answered(tried, project, "would_reserve", lang, as_json=as_json, earlier=earlier)
        return
    before = postings_count(ledger)
    try:
        answer = book_project(ledger, project, as_of=as_of, expires=expires, **how)
    except QuotaError as error:
        if "answer" in error.facts:
            short = error.facts["answer"]
            earlier = earlier_sources(ledger, project, short, as_of)
            if as_json:
                _answered(short, project, "reserved", lang, as_json=as_json, earlier=earlier)
            else:
                _show_shortages(short, project, lang)
                said_earlier(earlier, lang)
        raise
    numbers = [int(one.reservation_id[1:].partition("-")[0]) for one in answer.reservations]
    repeated = bool(numbers) and max(numbers) <= before
    if repeated and not as_json:
        ledger_said(lang, "reserved_before", posting=max(numbers),
                    reservations=", ".join(one.reservation_id for one in answer.reservations))  # fmt: skip
    earlier = [] if repeated else earlier_sources(ledger, project, answer, as_of)
    _answered(answer, project, "reserved", lang, as_json=as_json, repeated=repeated, earlier=earlier)


def _answered(
    answer: ProjectAnswer, project: Project, key: str, lang: Language, *, as_json: bool, repeated: bool = False,
    earlier: Sequence[dict[str, Any]] = (),
) -> None:  # fmt: skip
    if as_json:
        told = {"booked": key == "reserved" and answer.fits, "repeated": repeated, "fits": answer.fits}
        print_json(told | dataclasses.asdict(answer) | {"earlier_sources": list(earlier)})
        return
    if answer.fits:
        ledger_said(lang, key, project=answer.project)
        show_rows(_with_units(answer.reservations), RESERVED_COLUMNS, lang)
        _said_replaced(answer, project, lang)
        said_earlier(earlier, lang)
        said_unverified((one.kind for one in answer.reservations), lang)
        return
    ledger_said(lang, "would_be_short", project=answer.project)
    _show_shortages(answer, project, lang)
    said_earlier(earlier, lang)


def _said_replaced(answer: ProjectAnswer, project: Project, lang: Language) -> None:
    """Say where more of a pollutant is needed than is emitted, for the quality of the environment was not met."""
    from gis.ledgers import quota_kind

    for need in project.needs:
        kind = quota_kind(need.kind)
        key, emission = (need.kind, need.year), kind.quantity(kind.units(need.quantity))
        drawn = [one.quantity for one in answer.reservations if (one.kind, one.year) == key]
        asked = [one.asked for one in answer.shortages if (one.kind, one.year) == key]
        whole = sum([*asked, *drawn], kind.quantity(0))
        if kind.family == "pollutant" and whole != emission and whole:
            ledger_said(lang, "replaced", label=kind.label[lang.value], year=need.year, emission=emission, need=whole,
                        unit=kind.symbol, ratio=f"{(whole / emission).normalize():f}")  # fmt: skip


def _with_units(reservations: Sequence[Any]) -> list[dict[str, Any]]:
    from gis.ledgers import quota_kind

    return [dataclasses.asdict(one) | {"unit": quota_kind(one.kind).unit} for one in reservations]


def _show_shortages(answer: ProjectAnswer, project: Project, lang: Language) -> None:
    from gis.ledgers import quota_kind

    records = [dataclasses.asdict(one) for one in answer.shortages]
    show_rows(records, ("kind", "label", "year", "asked", "available", "short", "unit"), lang)
    _said_replaced(answer, project, lang)
    for one in answer.shortages:
        own = quota_kind(one.kind)
        out.print(escape(f"{own.label[lang.value]} {one.year}"))
        for option in one.options:
            out.print(escape(f"  - {ledger_say('option_' + option['option'], lang, unit=own.symbol, **option)}"))
        if not one.options:
            out.print(escape(f"  - {ledger_say('option_none', lang)}"))
        if own.family != "land":
            show_escalation(one, lang)
    said_unverified((one.kind for one in answer.shortages), lang)


def post_command(
    reservation: ReservationId,
    quantity: Quantity,
    database: Database,
    as_of: Day = None,
    request: RequestKey = "",
    late_reason: LateReason = "",
    document: Document = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """使用预留，一次为限，余量退回。 / Use a reservation, once; the rest goes back."""
    with opened_ledger(database, lang) as ledger:
        unit = unit_of(ledger, reservation)
        once = Once(ledger, request)
        ledger.post(reservation, quantity, as_of=booking_day(as_of), document=document, request=request,
                    late_reason=late_reason)  # fmt: skip
        done("posted", {"reservation": reservation, "quantity": quantity, "unit": unit}, lang, as_json, once)


def void_command(
    reservation: ReservationId,
    database: Database,
    as_of: Day = None,
    request: RequestKey = "",
    late_reason: LateReason = "",
    reason: Reason = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """作废预留，指标退回。 / Void a reservation; its quota goes back."""
    with opened_ledger(database, lang) as ledger:
        once = Once(ledger, request)
        ledger.void(reservation, as_of=booking_day(as_of), reason=reason, request=request, late_reason=late_reason)
        done("voided", {"reservation": reservation}, lang, as_json, once)


def expire_command(
    database: Database, as_of: Day = None, lang: LangOption = Language.ZH, as_json: AsJson = False
) -> None:
    """退回已过截止日的预留。 / Give back every reservation whose last day is over."""
    with opened_ledger(database, lang) as ledger:
        over = ledger.expire(as_of=booking_day(as_of))
        if as_json:
            print_json({"done": "expired", "reservations": over})
        elif over:
            ledger_said(lang, "expired", count=len(over), reservations=", ".join(over))
        else:
            ledger_said(lang, "expired_none")
