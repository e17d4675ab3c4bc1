"""What a ledger says of itself: balances, statements, reservations and loans; nothing of it writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

import sqlalchemy as sa

from gis.ledgers.addresses import shown_address
from gis.ledgers.kinds import quota_kind
from gis.ledgers.loans import loan_rows
from gis.ledgers.posting import DAY_MEANT, ISSUED, WITHDRAWN, day_text
from gis.ledgers.reservations import Reservation, open_reservations
from gis.ledgers.tables import entries, holdings
from gis.ledgers.transactions import in_transaction, require_whole_file

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy.engine import Connection, Engine

__all__ = ["LedgerReader"]

Result = TypeVar("Result")
Key = tuple[str, int, str]
BALANCE_COLUMNS = ["kind", "year", "account", "quantity", "unit"]
LOAN_COLUMNS = ["loan", "kind", "year", "lender", "borrower", "due", "lent", "repaid", "owed"]
UNITS = sa.func.sum(entries.c.last - entries.c.first + 1)


class LedgerReader:
    """The questions that a ledger answers; each reads one snapshot and keeps nobody from booking.

    Parameters
    ----------
    engine
        From `create_ledger` or `open_ledger`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._is_whole_file = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def address(self) -> str:
        """Where the ledger is, without a password."""
        return shown_address(self.engine.url)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def read_all(self, work: Callable[[Connection], Result]) -> Result:
        """Return what ``work`` reads in one transaction that writes nothing."""
        self._require_whole_file()
        return in_transaction(self.engine, work)

    def _require_whole_file(self) -> None:
        if not self._is_whole_file:
            require_whole_file(self.engine)
            self._is_whole_file = True

    def balance(self, account: str | None = None, *, as_of: Any = None, restated: bool = False) -> pd.DataFrame:
        """Return the quantity of each kind, year and account (or of one), withdrawn units left out; exact decimals.

        Parameters
        ----------
        as_of
            The end of this day; without one, now.
        restated
            Late entries count on the day that they were made (no day that is over ever changes), or, restated, on
            the day that they are of.
        """
        import pandas as pd

        if as_of is None:
            units = self.read_all(lambda connection: _held(connection, account))
        else:
            day, own_day = day_text(as_of), DAY_MEANT if restated else entries.c.as_of
            units = self.read_all(lambda connection: _held_on(connection, account, own_day <= day))
        rows = [
            {"kind": kind, "year": year, "account": name, "quantity": quota_kind(kind).quantity(held),
             "unit": quota_kind(kind).unit}
            for (kind, year, name), held in units.items() if name not in {ISSUED, WITHDRAWN} and held
        ]  # fmt: skip
        table = pd.DataFrame(rows, columns=BALANCE_COLUMNS)
        return table.sort_values(["kind", "year", "account"], ignore_index=True)

    def statement(self, account: str | None = None, *, as_of: Any = None, restated: bool = False) -> pd.DataFrame:
        """Return the entries in their order, all or those of an account, with quantities as decimals.

        Parameters
        ----------
        as_of, restated
            As in `balance`: to the end of a day; restated, a late entry is among those of the day that it is of, and
            days are in order.
        """
        import pandas as pd

        query = sa.select(entries).order_by(*((DAY_MEANT,) if restated else ()), entries.c.seq)
        if account is not None:
            query = query.where((entries.c.from_account == account) | (entries.c.to_account == account))
        if as_of is not None:
            query = query.where((DAY_MEANT if restated else entries.c.as_of) <= day_text(as_of))
        rows = self.read_all(lambda connection: [dict(row) for row in connection.execute(query).mappings()])
        for row in rows:
            row["quantity"] = quota_kind(row["kind"]).quantity(row["last"] - row["first"] + 1)
            row["unit"] = quota_kind(row["kind"]).unit
        names = [column.name for column in entries.columns]
        return pd.DataFrame(rows, columns=[*names, "quantity", "unit"])

    def reservations(self) -> list[Reservation]:
        """Return the reservations that hold units."""
        return self.read_all(open_reservations)

    def loans(self) -> pd.DataFrame:
        """Return every loan: lender, borrower, lent, repaid and owed; what was reversed is not counted."""
        import pandas as pd

        return pd.DataFrame(list(self.read_all(loan_rows).values()), columns=LOAN_COLUMNS)


def _held(connection: Connection, account: str | None) -> dict[Key, int]:
    key = (holdings.c.kind, holdings.c.year, holdings.c.account)
    query = sa.select(*key, sa.func.sum(holdings.c.last - holdings.c.first + 1)).group_by(*key)
    if account is not None:
        query = query.where(holdings.c.account == account)
    return {(kind, year, name): int(units) for kind, year, name, units in connection.execute(query)}


def _held_on(connection: Connection, account: str | None, days: sa.ColumnElement[bool]) -> dict[Key, int]:
    held: dict[Key, int] = {}
    for side, sign in ((entries.c.to_account, 1), (entries.c.from_account, -1)):
        query = sa.select(entries.c.kind, entries.c.year, side, UNITS).where(days)
        if account is not None:
            query = query.where(side == account)
        for kind, year, name, units in connection.execute(query.group_by(entries.c.kind, entries.c.year, side)):
            held[kind, year, name] = held.get((kind, year, name), 0) + sign * int(units)
    return held
