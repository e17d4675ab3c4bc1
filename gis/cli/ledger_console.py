"""What the ledger's commands share: their options, the day of a booking, and how rows are shown."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gis.cli.console import Language, messages, print_json, print_records, said, said_cut, say, today
from gis.cli.ledger_words import errors_in_words
from gis.errors import InputError, QuotaError

if TYPE_CHECKING:
    from gis.ledgers import Ledger

SHOWN_AT_MOST = 200
#: Accounts that no one holds: not offered where an account is not found.
NO_HOLDERS = {"issued", "withdrawn", "reserved", "project"}
ledger_say, ledger_said = functools.partial(say, room="ledger"), functools.partial(said, room="ledger")

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
Account = Annotated[
    str, typer.Option(help="账户 / account: city, district:310115, zone:…, area:…, industry:…, enterprise:…")
]
Day = Annotated[
    dt.datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="记账日，默认今天 / day of the entry, today by default"),
]
Document = Annotated[str, typer.Option(help="文号 / document")]
Reason = Annotated[str, typer.Option(help="事由 / reason")]
RequestKey = Annotated[
    str,
    typer.Option("--request", help="请求号：重复提交只入账一次 / key of this request: sent again, it is booked once"),
]
LateReason = Annotated[
    str,
    typer.Option(help="补记理由：早于账本最后记账日时必填 / why it is late: its day is before the ledger's last"),
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")]


def booking_day(as_of: dt.datetime | None) -> dt.date:
    """Return the day of a booking; one ahead of today would end reservations that still run."""
    if as_of is not None and as_of.date() > today():
        raise QuotaError("quota_day_ahead", day=as_of.date())
    return today() if as_of is None else as_of.date()


@contextlib.contextmanager
def opened_ledger(database: str, lang: Language) -> Iterator[Ledger]:
    """Open a ledger, and turn what it refuses into a message and an exit code."""
    from gis.ledgers import open_ledger

    with messages(lang), errors_in_words(lang), open_ledger(database) as ledger:
        yield ledger


def show_rows(records: Sequence[Mapping[Any, Any]], columns: Sequence[str], lang: Language) -> None:
    """Print rows with actions, levels and kinds in words; ``label`` is the name of the kind."""
    from gis.ledgers import quota_kinds
    from gis.ledgers.balances import ACTIONS

    kinds, shown = quota_kinds(), []
    for record in records[:SHOWN_AT_MOST]:
        row = dict(record)
        for name in ("action", "level"):
            if name in row:
                row[name] = ledger_say(f"{name}_{row[name]}", lang)
        if "unit" in row:
            row["unit"] = _symbol(row["unit"])
        if "kind" in row and "label" in columns:
            row["label"] = kinds[row["kind"]].label[lang.value]
        shown.append(row)
    # A column of the balance is named by its action; elsewhere ``loan`` is the number of one.
    prefixes = dict.fromkeys(ACTIONS, "action") if "balance" in columns else {}
    print_records(shown, {name: ledger_say(f"{prefixes.get(name, 'col')}_{name}", lang) for name in columns})
    said_cut(lang, whole=len(records), shown=len(shown))


def said_unverified(kinds: Any, lang: Language) -> None:
    """Name the kinds whose source was not verified; nothing where all were."""
    from gis.ledgers import quota_kinds

    found = sorted({str(name) for name in kinds if not quota_kinds()[str(name)].verified})
    if found:
        ledger_said(lang, "unverified", kinds=", ".join(quota_kinds()[name].label[lang.value] for name in found))


def require_known(
    ledger: Ledger, *, kind: str | None = None, year: int | None = None, accounts: Sequence[str] = ()
) -> None:  # fmt: skip
    """Refuse a kind, year or account that no entry of the ledger names: a typo is no "none"."""
    import sqlalchemy as sa

    from gis.ledgers import quota_kind
    from gis.ledgers.tables import entries

    if kind is not None:
        quota_kind(kind)
    if kind is not None or year is not None:
        query = sa.select(entries.c.kind, entries.c.year).distinct()
        keys = ledger.read_all(lambda connection: [tuple(row) for row in connection.execute(query)])
        if kind is not None and kind not in {name for name, _ in keys}:
            raise InputError("ledger_no_kind", found=kind, choices=sorted({name for name, _ in keys}) or "–")
        years = sorted({when for name, when in keys if kind in {None, name}})
        if year is not None and year not in years:
            raise InputError("ledger_no_year", found=year, kind=kind or "", choices=years or "–")
    if accounts:
        query = sa.union(sa.select(entries.c.from_account), sa.select(entries.c.to_account))  # type: ignore[assignment]
        names = ledger.read_all(lambda connection: {str(name) for name in connection.execute(query).scalars()})
        shown = sorted(name for name in names if name.partition(":")[0] not in NO_HOLDERS)
        for account in accounts:
            if account not in names:
                raise InputError("ledger_no_account", found=account, choices=shown[:SHOWN_AT_MOST] or "–")


class Once:
    """Tells a request that was booked before from one that is booked now; made before the booking.

    A key's last posting stays the last where its repeat books nothing.
    """

    def __init__(self, ledger: Ledger, request: str) -> None:
        self.ledger, self.request = ledger, request
        self.before = self._last()

    def repeated(self) -> tuple[int, str] | None:
        """Return number and day of the posting that the repeat of a request got; None for a first booking."""
        return self.before if self.before is not None and self.before == self._last() else None

    def _last(self) -> tuple[int, str] | None:
        import sqlalchemy as sa

        from gis.ledgers.tables import entries

        if not self.request:
            return None
        query = sa.select(entries.c.posting, entries.c.as_of).where(entries.c.request == self.request)
        newest = query.order_by(entries.c.seq.desc()).limit(1)
        row = self.ledger.read_all(lambda connection: connection.execute(newest).first())
        return None if row is None else (int(row[0]), str(row[1]))


def postings_count(ledger: Ledger) -> int:
    """Return how many postings there are: a booking made now gets a greater number."""
    import sqlalchemy as sa

    from gis.ledgers.tables import head

    return ledger.read_all(lambda connection: int(connection.execute(sa.select(head.c.postings_count)).scalar_one()))


def unit_of(ledger: Ledger, reservation: str) -> str:
    """Return the unit of a reservation, also of one that was used or given back before."""
    import sqlalchemy as sa

    from gis.ledgers import quota_kind
    from gis.ledgers.tables import entries

    made = (entries.c.reference == reservation) & (entries.c.action == "reserve")
    query = sa.select(entries.c.kind).where(made).limit(1)
    kind = ledger.read_all(lambda connection: connection.execute(query).scalar())
    return "" if kind is None else quota_kind(str(kind)).unit


def done(key: str, facts: dict[str, Any], lang: Language, as_json: bool, once: Once) -> None:
    """Say what was booked, in words or as JSON; of a repeat, as which posting it was booked before."""
    before = once.repeated()
    if as_json:
        print_json({"done": key, "repeated": before is not None, **facts})
        return
    if before is not None:
        ledger_said(lang, "booked_before", request=once.request, posting=before[0], day=before[1])
    ledger_said(lang, key, **_in_words(facts, lang))


def _in_words(facts: dict[str, Any], lang: Language) -> dict[str, Any]:
    from gis.ledgers import quota_kind

    told = facts | {"unit": _symbol(facts["unit"])} if "unit" in facts else facts
    return told | {"kind": quota_kind(facts["kind"]).label[lang.value]} if "kind" in facts else told


def _symbol(unit: str) -> str:
    """Return a unit as people write it; programs read ``m2``."""
    return "m²" if unit == "m2" else unit


def moved(kind: str, year: int, quantity: str) -> dict[str, Any]:
    """Return what was moved, with its unit."""
    from gis.ledgers import quota_kind

    return {"kind": kind, "year": year, "quantity": quantity, "unit": quota_kind(kind).unit}
