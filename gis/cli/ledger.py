"""Commands of the quota ledger: ``zonegis ledger init|issue|reserve|post|void|transfer|balance|statement|verify``."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from gis.cli.console import (
    STOPPED,
    LangOption,
    Language,
    messages,
    out,
    print_json,
    print_records,
    said,
    said_cut,
    say,
    today,
)
from gis.errors import QuotaError

if TYPE_CHECKING:
    from gis.ledgers import Ledger, ProjectAnswer

__all__ = ["ledger_app"]

ledger_app = typer.Typer(help="指标台账 / quota ledger: land, energy, pollutants", no_args_is_help=True)
SHOWN_AT_MOST = 200
_say, _said = functools.partial(say, room="ledger"), functools.partial(said, room="ledger")

Database = Annotated[
    str,
    typer.Option(
        "--database", "-d", envvar="ZONEGIS_LEDGER",
        help="账本：SQLite 文件或 postgresql:// 地址（可用环境变量） / file, or postgresql:// address",
    ),
]  # fmt: skip
Kind = Annotated[str, typer.Argument(help="种类 / kind, such as energy_equal_value (see `ledger kinds`)")]
Year = Annotated[int, typer.Argument(help="年度 / year")]
Quantity = Annotated[str, typer.Argument(help="数量，写作小数 / exact quantity in the kind's unit")]
Day = Annotated[
    dt.datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="记账日，默认今天 / day of the entry, today by default"),
]
Document = Annotated[str, typer.Option(help="文号 / document")]
Reason = Annotated[str, typer.Option(help="事由 / reason")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")]


def _day(as_of: dt.datetime | None) -> dt.date:
    """Return the day of a booking; one ahead of today would end reservations that still run."""
    if as_of is not None and as_of.date() > today():
        raise QuotaError("quota_day_ahead", day=as_of.date())
    return today() if as_of is None else as_of.date()


def _show(records: Sequence[Mapping[Any, Any]], columns: tuple[str, ...], lang: Language) -> None:
    shown = []
    for record in records[:SHOWN_AT_MOST]:
        row = dict(record)
        if "action" in row:
            row["action"] = _say(f"action_{row['action']}", lang)
        shown.append(row)
    print_records(shown, {name: _say(f"col_{name}", lang) for name in columns})
    said_cut(lang, whole=len(records), shown=len(shown))


@contextlib.contextmanager
def _opened(database: str, lang: Language) -> Iterator[Ledger]:
    from gis.ledgers import open_ledger

    with messages(lang), open_ledger(database) as ledger:
        yield ledger


@ledger_app.command("init")
def init_command(database: Database, lang: LangOption = Language.ZH, as_json: AsJson = False) -> None:
    """建立空账本，不覆盖已有账本。 / Make an empty ledger; none is overwritten."""
    from gis.ledgers import create_ledger

    with messages(lang), create_ledger(database) as ledger:
        if as_json:
            print_json({"database": ledger.address})
        else:
            _said(lang, "made", database=ledger.address)


@ledger_app.command("kinds")
def kinds_command(lang: LangOption = Language.ZH, as_json: AsJson = False) -> None:
    """指标种类、单位、年度与依据。 / Kinds of quotas with unit, years and source."""
    from gis.ledgers import quota_kinds

    records = [dataclasses.asdict(kind) for kind in quota_kinds().values()]
    if as_json:
        print_json(records)
        return
    records = [record | {"label": record["label"][lang.value]} for record in records]
    _show(records, ("kind", "label", "unit", "first_year", "last_year", "source", "verified"), lang)


@ledger_app.command("issue")
def issue_command(
    kind: Kind,
    year: Year,
    quantity: Quantity,
    database: Database,
    account: Annotated[str, typer.Option(help="账户 / account: city, district:310115, zone:…")],
    as_of: Day = None,
    document: Document = "",
    reason: Reason = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """向账户发放指标。 / Issue quota to an account."""
    with _opened(database, lang) as ledger:
        ledger.issue(kind, year, quantity, account=account, as_of=_day(as_of), document=document, reason=reason)
        _done("issued", {"account": account, **_moved(kind, year, quantity)}, lang, as_json)


@ledger_app.command("transfer")
def transfer_command(  # noqa: PLR0913, PLR0917
    kind: Kind,
    year: Year,
    quantity: Quantity,
    database: Database,
    source: Annotated[str, typer.Option("--from", help="转出账户 / from account")],
    target: Annotated[str, typer.Option("--to", help="转入账户 / to account")],
    as_of: Day = None,
    document: Document = "",
    reason: Reason = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """在账户之间调剂指标。 / Move quota between accounts."""
    with _opened(database, lang) as ledger:
        ledger.transfer(kind, year, quantity, source=source, target=target, as_of=_day(as_of), document=document,
                        reason=reason)  # fmt: skip
        _done("transferred", {"source": source, "target": target, **_moved(kind, year, quantity)}, lang, as_json)


@ledger_app.command("reserve")
def reserve_command(  # noqa: PLR0913, PLR0917
    kind: Kind,
    year: Year,
    quantity: Quantity,
    database: Database,
    holder: Annotated[list[str], typer.Option(help="来源账户，按次序，可多个 / holders, drawn in this order")],
    project: Annotated[str, typer.Option(help="项目 / project")],
    parcel: Annotated[str, typer.Option(help="地块编号 / parcel id")],
    expires: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="预留截止日 / last day")],
    more: Annotated[
        list[str] | None, typer.Option("--and", help="同时预留的其他种类 / further kinds: \"cod 2026 0.5\"")
    ] = None,
    major: Annotated[bool | None, typer.Option("--major/--not-major", help="优质重大项目 / quality major")] = None,
    large: Annotated[bool | None, typer.Option("--large/--not-large", help="能耗排放较大 / large use")] = None,
    what_if: Annotated[bool, typer.Option("--what-if", help="试算，不入账 / book nothing")] = False,
    as_of: Day = None,
    document: Document = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """为项目预留全部指标，或一项也不预留。 / Set aside all of a project's quotas, or none."""
    from gis.ledgers import Need, Project, book_project, try_project

    with _opened(database, lang) as ledger:
        asked = [(kind, year, quantity), *(_need(part) for part in more or [])]
        needs = tuple(Need(name, when, much, tuple(holder)) for name, when, much in asked)
        whole = Project(project, parcel, needs, is_major_quality=major, is_large=large)
        days = {"as_of": _day(as_of), "expires": expires.date()}
        if what_if:
            _answered(try_project(ledger, whole, **days), "would_reserve", lang, as_json)
            return
        try:
            answer = book_project(ledger, whole, document=document, **days)
        except QuotaError as error:
            if as_json and "answer" in error.facts:
                _answered(error.facts["answer"], "reserved", lang, as_json)
            elif "answer" in error.facts:
                _show_shortages(error.facts["answer"], lang)
            raise
        _answered(answer, "reserved", lang, as_json)


def _need(part: str) -> tuple[str, int, str]:
    words = part.split()
    if len(words) != 3 or not words[1].isdecimal():
        raise QuotaError("ledger_need", found=part)
    return words[0], int(words[1]), words[2]


def _answered(answer: ProjectAnswer, key: str, lang: Language, as_json: bool) -> None:
    if as_json:
        print_json({"booked": key == "reserved" and answer.fits, "fits": answer.fits, **dataclasses.asdict(answer)})
        return
    if answer.fits:
        _said(lang, key, project=answer.project)
        columns = ("reservation_id", "kind", "year", "holder", "quantity", "expires")
        _show([dataclasses.asdict(one) for one in answer.reservations], columns, lang)
        return
    _said(lang, "would_be_short", project=answer.project)
    _show_shortages(answer, lang)


def _show_shortages(answer: ProjectAnswer, lang: Language) -> None:
    records = [dataclasses.asdict(one) for one in answer.shortages]
    _show(records, ("kind", "year", "asked", "available", "short", "unit"), lang)
    for one in answer.shortages:
        citation = one.request.citation if one.request else ""
        verdict = _say(f"escalation_{one.escalation.value}", lang, citation=citation)
        out.print(escape(f"{one.kind} {one.year}: {verdict}"))
        for condition in one.request.conditions if one.request else ():
            out.print(escape(f"    ✓ {condition[lang.value]}"))
        for option in one.options:
            out.print(escape(f"  - {_say('option_' + option['option'], lang, unit=one.unit, **option)}"))


@ledger_app.command("post")
def post_command(
    reservation: Annotated[str, typer.Argument(help="预留编号 / reservation")],
    quantity: Quantity,
    database: Database,
    as_of: Day = None,
    document: Document = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """使用预留，一次为限，余量退回。 / Use a reservation, once; the rest goes back."""
    with _opened(database, lang) as ledger:
        ledger.post(reservation, quantity, as_of=_day(as_of), document=document)
        _done("posted", {"reservation": reservation, "quantity": quantity}, lang, as_json)


@ledger_app.command("void")
def void_command(
    reservation: Annotated[str, typer.Argument(help="预留编号 / reservation")],
    database: Database,
    as_of: Day = None,
    reason: Reason = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """作废预留，指标退回。 / Void a reservation; its quota goes back."""
    with _opened(database, lang) as ledger:
        ledger.void(reservation, as_of=_day(as_of), reason=reason)
        _done("voided", {"reservation": reservation}, lang, as_json)


@ledger_app.command("balance")
def balance_command(
    database: Database,
    kind: Annotated[str | None, typer.Option(help="种类 / kind")] = None,
    year: Annotated[int | None, typer.Option(help="年度 / year")] = None,
    account: Annotated[str | None, typer.Option(help="账户 / account")] = None,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """各账户余额。 / What each account has."""
    from gis.ledgers import quota_kind, quota_kinds

    with _opened(database, lang) as ledger:
        if kind is not None:
            quota_kind(kind)
        table = ledger.balance()
        for name, wanted in (("kind", kind), ("year", year), ("account", account)):
            table = table if wanted is None else table[table[name] == wanted]
        records = table.to_dict("records")
        if as_json:
            print_json(records)
            return
        _show(records, ("kind", "year", "account", "quantity", "unit"), lang)
        open_kinds = sorted({name for name in table["kind"] if not quota_kinds()[name].verified})
        if open_kinds:
            _said(lang, "unverified", kinds=", ".join(open_kinds))


@ledger_app.command("drawn")
def drawn_command(
    kind: Kind,
    year: Year,
    database: Database,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="CSV，供 zonegis map --quotas / CSV")] = None,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """各地块已预留、已使用的指标；CSV 可作地图专题。 / What parcels have drawn; the CSV is a theme of the map."""
    from gis.ledgers import quota_ratios
    from gis.writing import atomic_file

    with _opened(database, lang) as ledger:
        table = quota_ratios(ledger, kind, year)
        if output is not None:
            with atomic_file(output) as temporary:
                table.to_csv(temporary, index=False, encoding="utf-8", lineterminator="\n")
        records = table.to_dict("records")
        if as_json:
            print_json(records)
            return
        _show(records, ("parcel_id", "reserved", "used", "unit", "quota_ratio"), lang)
        if output is not None:
            _said(lang, "drawn_written", path=output)


@ledger_app.command("statement")
def statement_command(
    database: Database,
    account: Annotated[str | None, typer.Option(help="账户 / account")] = None,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """记账明细。 / The entries, in their order."""
    with _opened(database, lang) as ledger:
        records = ledger.statement(account).to_dict("records")
        if as_json:
            print_json(records)
            return
        _show(records, ("seq", "posting", "as_of", "action", "kind", "year", "quantity", "unit", "from_account",
                        "to_account", "first", "last", "project", "document", "reason"), lang)  # fmt: skip


@ledger_app.command("verify")
def verify_command(database: Database, lang: LangOption = Language.ZH, as_json: AsJson = False) -> None:
    """核验账本：改动、缺失、次序颠倒都会发现。 / Find any changed, missing or reordered entry."""
    from gis.ledgers import verify_ledger

    with _opened(database, lang) as ledger:
        found = verify_ledger(ledger)
        if as_json:
            print_json({"entries_count": found.entries_count, "is_whole": found.is_whole, "faults": found.faults})
        elif found.is_whole:
            _said(lang, "whole", count=found.entries_count)
        else:
            _said(lang, "broken", count=found.entries_count, faults=len(found.faults))
            for fault in found.faults[:SHOWN_AT_MOST]:
                out.print(escape(f"  - {fault}"))
            said_cut(lang, whole=len(found.faults), shown=min(len(found.faults), SHOWN_AT_MOST))
        if not found.is_whole:
            raise typer.Exit(STOPPED)


def _moved(kind: str, year: int, quantity: str) -> dict[str, Any]:
    from gis.ledgers import quota_kind

    return {"kind": kind, "year": year, "quantity": quantity, "unit": quota_kind(kind).unit}


def _done(key: str, facts: dict[str, Any], lang: Language, as_json: bool) -> None:
    if as_json:
        print_json({"done": key, **facts})
    else:
        _said(lang, key, **facts)
