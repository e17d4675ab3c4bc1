"""A workbook of a quota ledger: the balance by year, level and kind, what zones draw, and every entry."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.ledgers.kinds import quota_kinds
from gis.ledgers.loans import loans_on
from gis.ledgers.state import read_state
from gis.schema import text
from gis.writing import atomic_file

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from gis.ledgers import Ledger, LedgerState
    from gis.reports.sheets import Book
    from gis.reports.words import Lang

__all__ = ["add_quota_sheets", "write_quota_workbook"]

ENTRY_COLUMNS = ("seq", "posting", "as_of", "action", "kind", "year", "quantity", "unit", "from_account", "to_account",
                 "first", "last", "reference", "project", "parcel_id", "document", "reason", "hash")  # fmt: skip
WIDTHS = {"kind": 30, "hash": 66, "document": 24, "reason": 24}
#: A spreadsheet keeps 15 digits: a longer quantity is written as text rather than changed.
EXACT_DIGITS = 15


def write_quota_workbook(
    path: Path | str, ledger: Ledger, *, as_of: dt.date, parcels: pd.DataFrame | None = None, lang: Lang = "zh"
) -> None:  # fmt: skip
    """Write the workbook (XLSX) of a ledger.

    Parameters
    ----------
    path
        Where to; replaced as a whole, or not at all. The same ledger gives the same bytes.
    as_of
        Entries of later days are left out; the file claims to be made on this day.
    parcels
        parcel_id and zone_id; with them there is a sheet of what each zone draws.

    Raises
    ------
    OutputError
        If the file can't be written.
    QuotaError
        If the ledger is not whole.
    """
    from gis.reports.sheets import Book

    state = read_state(ledger, as_of=as_of, parcels=parcels)
    with atomic_file(path) as temporary:
        book = Book(temporary, created=as_of, title=text("ledger.book_title", lang))
        add_quota_sheets(book, state, lang=lang)
        book.close()


def add_quota_sheets(book: Book, state: LedgerState, *, lang: Lang) -> None:
    """Add the sheets of a ledger to a workbook: balance, drawn by zone, open reservations, loans, entries."""
    tables = {"balance": state.balance}
    if state.zones is not None:
        tables["zones"] = state.zones
    tables["reservations"] = state.reservations
    loans = loans_on(state.statement, state.as_of)
    if len(loans):
        tables["loans"] = loans
    tables["entries"] = state.statement[list(ENTRY_COLUMNS)]
    for name, table in tables.items():
        about = text("ledger.about_sheet", lang, ledger=state.address, as_of=state.as_of)
        columns = [_column(table[column], str(column), lang) for column in table.columns]
        book.add_table(text(f"ledger.sheet_{name}", lang), about, columns)


def _column(values: pd.Series[Any], name: str, lang: Lang) -> Any:
    from gis.reports.bulk_sheet import Column

    prefix = "action" if name in _actions() else "col"
    label, width = text(f"ledger.{prefix}_{name}", lang), WIDTHS.get(name, 16)
    cells = [_worded(name, value, lang) for value in values]
    if all(isinstance(cell, Decimal) for cell in cells) and cells:
        if all(len(cell.as_tuple().digits) <= EXACT_DIGITS for cell in cells):
            return Column(label, "exact", [float(cell) for cell in cells], width)
        return Column(label, "text", [f"{cell:f}" for cell in cells], width)
    if all(isinstance(cell, int) for cell in cells) and cells and name != "year":
        return Column(label, "count", cells, width)
    return Column(label, "text", [str(cell) for cell in cells], width)


def _actions() -> tuple[str, ...]:
    from gis.ledgers.balances import ACTIONS

    return ACTIONS


def _worded(name: str, value: Any, lang: Lang) -> Any:
    """Return a cell as people read it: kinds, levels, actions and flags in words."""
    if name == "kind":
        return quota_kinds()[value].label[lang]
    if name in {"level", "action"}:
        return text(f"ledger.{name}_{value}", lang)
    if isinstance(value, bool):
        return text("ledger.yes" if value else "ledger.no", lang)
    return value if isinstance(value, Decimal) else int(value) if not isinstance(value, str) else value
