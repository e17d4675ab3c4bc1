"""What a ledger says on a day, read at one state of it: which state, the balance, what is drawn, the entries."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from gis.errors import QuotaError
from gis.ledgers.balances import HOLDERS, balance_by_level, quotas_by_parcel, quotas_by_zone, waterfall_steps
from gis.ledgers.posting import RESERVED, day_text
from gis.ledgers.tables import head
from gis.ledgers.verifying import verify_ledger

if TYPE_CHECKING:
    from gis.ledgers.ledger import Ledger

__all__ = ["LedgerState", "read_state"]

#: Postings of others came in between: so often a state is read again.
TRIES = 5
OF_RESERVATION = ("project", "parcel_id", "kind", "year", "unit", "expires")
RESERVATION_COLUMNS = ["reservation_id", "project", "parcel_id", "kind", "year", "holder", "quantity", "unit",
                       "expires", "is_over"]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class LedgerState:
    """A ledger on a day; entries of later days are left out of every table.

    Attributes
    ----------
    address
        Where the ledger is, without a password; of a file its name, for a folder is not the same everywhere.
    as_of
        The day, ISO.
    entries_count, head_hash
        All entries of the ledger, and the hash of the last, to which every one before it adds: with these two a
        later reader tells whether a ledger holds the same entries.
    later_count
        Entries of later days.
    balance
        From `balance_by_level`.
    zones, drawn
        From `quotas_by_zone` (None where no parcels were given) and `quotas_by_parcel`.
    reservations
        What is set aside and neither used nor given back; ``is_over`` where its last day is before the day.
    statement
        The entries in their order.
    waterfalls
        (kind, year) → steps over all levels that hold free quota.
    """

    address: str
    as_of: str
    entries_count: int
    head_hash: str
    later_count: int
    balance: pd.DataFrame
    zones: pd.DataFrame | None
    drawn: pd.DataFrame
    reservations: pd.DataFrame
    statement: pd.DataFrame
    waterfalls: dict[tuple[str, int], pd.DataFrame]


def read_state(ledger: Ledger, *, as_of: Any, parcels: pd.DataFrame | None = None) -> LedgerState:
    """Verify a ledger and read what it says on a day.

    Parameters
    ----------
    as_of
        The day.
    parcels
        parcel_id and zone_id, for what each zone draws.

    Raises
    ------
    QuotaError
        If the ledger is not whole, for then no figure of it holds; or if others kept posting meanwhile.

    Examples
    --------
    >>> import tempfile
    >>> from gis.ledgers import create_ledger
    >>> with tempfile.TemporaryDirectory() as folder, create_ledger(f"{folder}/q.db") as ledger:
    ...     ledger.issue("cod", 2026, "5", account="city", as_of="2026-01-05")
    ...     ledger.issue("cod", 2026, "1", account="city", as_of="2026-04-01")
    ...     state = read_state(ledger, as_of="2026-03-31")
    >>> state.entries_count, state.later_count, state.balance["balance"].astype(str).tolist()
    (2, 1, ['5.000000'])
    """
    day = day_text(as_of)
    for _ in range(TRIES):
        before = _head(ledger)
        found = verify_ledger(ledger)
        if not found.is_whole:
            raise QuotaError("ledger_not_whole", address=ledger.address, count=len(found.faults),
                             first=found.faults[0])  # fmt: skip
        state = _read(ledger, day, before, parcels)
        if _head(ledger) == before:
            return state
    raise QuotaError("quota_busy", tries=TRIES)


def _head(ledger: Ledger) -> tuple[int, str]:
    query = sa.select(head.c.entries_count, head.c.hash)
    count, digest = ledger.read_all(lambda connection: connection.execute(query).one())
    return int(count), str(digest)


def _shown(ledger: Ledger) -> str:
    return Path(ledger.address).name if ledger.engine.dialect.name == "sqlite" else ledger.address


def _read(ledger: Ledger, day: str, at: tuple[int, str], parcels: pd.DataFrame | None) -> LedgerState:
    every = ledger.statement()
    statement = every[every["as_of"] <= day].reset_index(drop=True)
    balance = balance_by_level(ledger, as_of=day)
    free = balance[balance["level"].isin(HOLDERS)]
    keys = dict.fromkeys((str(kind), int(year)) for kind, year in zip(free["kind"], free["year"], strict=True))
    return LedgerState(
        _shown(ledger), day, *at, len(every) - len(statement), balance,
        None if parcels is None else quotas_by_zone(ledger, parcels, as_of=day), quotas_by_parcel(ledger, as_of=day),
        _reservations(statement, day), statement,
        {(kind, year): waterfall_steps(ledger, kind, year, as_of=day) for kind, year in keys},
    )  # fmt: skip


def _reservations(statement: pd.DataFrame, day: str) -> pd.DataFrame:
    """Return what each reservation still holds by the entries."""
    held: dict[str, Decimal] = {}
    made: dict[str, dict[str, Any]] = {}
    for row in statement.to_dict("records"):
        for account, sign in ((row["from_account"], -1), (row["to_account"], 1)):
            if account.startswith(RESERVED):
                held[account] = held.get(account, Decimal(0)) + sign * row["quantity"]
        if row["action"] == "reserve":
            number = row["to_account"].removeprefix(RESERVED)
            made[row["to_account"]] = {
                **{name: row[name] for name in OF_RESERVATION},
                "reservation_id": number, "holder": row["from_account"], "is_over": row["expires"] < day,
            }  # fmt: skip
    rows = [made[account] | {"quantity": quantity} for account, quantity in sorted(held.items()) if quantity]
    return pd.DataFrame(rows, columns=RESERVATION_COLUMNS)
