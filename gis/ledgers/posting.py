"""One posting: all its movements of numbered units in one transaction, or none."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gis.errors import QuotaError
from gis.ledgers.chain import entry_hash
from gis.ledgers.kinds import QuotaKind
from gis.ledgers.tables import entries, head, holdings

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = ["ISSUED", "RESERVED", "WITHDRAWN", "Posting", "Told", "day_text", "require_holder"]

#: Where issued units come from, and where units go that are no quota any more.
ISSUED, WITHDRAWN = "issued", "withdrawn"
RESERVED = "reserved:"
HOLDER = re.compile(r"city|(district|zone|area|industry|enterprise):[^\s:]+")


def require_holder(account: str) -> str:
    """Return the account of a holder: the city pool, a district, zone, area, industry or enterprise.

    Examples
    --------
    >>> require_holder("district:310115")
    'district:310115'
    """
    if not HOLDER.fullmatch(account):
        raise QuotaError("quota_account", account=account)
    return account


def day_text(value: Any) -> str:
    """Return a day as ISO text; a ledger sorts and hashes it.

    Examples
    --------
    >>> day_text("2026-03-31")
    '2026-03-31'
    """
    try:
        day = value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
    except ValueError:
        raise QuotaError("quota_day", found=str(value)) from None
    return day.isoformat()[:10]


@dataclasses.dataclass(frozen=True)
class Told:
    """What is said of an entry beside its units: day, document, reason; project, parcel, end of a reservation."""

    as_of: str
    document: str = ""
    reason: str = ""
    reference: str = ""
    project: str = ""
    parcel_id: str = ""
    expires: str = ""


class Posting:
    """Movements of one transaction; the first thing it does is to take the ledger's head for itself.

    Parameters
    ----------
    connection
        In a transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        taken = connection.execute(sa.select(head).with_for_update()).mappings().one()
        self.count, self.hash = int(taken["entries_count"]), str(taken["hash"])
        self.number = int(taken["postings_count"]) + 1
        self.touched: set[tuple[str, int]] = set()

    def issue(self, kind: QuotaKind, year: int, units: int, *, account: str, action: str, told: Told) -> None:
        """Make new units, numbered after the last, and put them into an account."""
        own = (holdings.c.kind == kind.kind) & (holdings.c.year == year)
        last = self.connection.execute(sa.select(sa.func.max(holdings.c.last)).where(own)).scalar() or 0
        self._hold(kind.kind, year, last + 1, last + units, account)
        self._enter(action, kind.kind, year, (last + 1, last + units), (ISSUED, account), told)

    def available(self, kind: str, year: int, account: str) -> int:
        """Return how many units an account has."""
        return sum(last - first + 1 for first, last in self._ranges(kind, year, account))

    def move(
        self, kind: QuotaKind, year: int, units: int, *, source: str, target: str, action: str, told: Told
    ) -> None:  # fmt: skip
        """Move units, those with the lowest numbers first; a block is split where it is larger than what is left.

        Raises
        ------
        QuotaError
            If the account has fewer, saying how many are short.
        """
        ranges = self._ranges(kind.kind, year, source)
        has = sum(last - first + 1 for first, last in ranges)
        if has < units:
            raise QuotaError(
                "quota_short", kind=kind.kind, year=year, account=source, unit=kind.unit, available=kind.quantity(has),
                asked=kind.quantity(units), short=kind.quantity(units - has),
            )  # fmt: skip
        left = units
        for first, last in ranges:
            taken = min(left, last - first + 1)
            key = (holdings.c.kind == kind.kind) & (holdings.c.year == year) & (holdings.c.first == first)
            self.connection.execute(holdings.delete().where(key))
            if first + taken <= last:
                self._hold(kind.kind, year, first + taken, last, source)
            self._hold(kind.kind, year, first, first + taken - 1, target)
            self._enter(action, kind.kind, year, (first, first + taken - 1), (source, target), told)
            left -= taken
            if not left:
                return

    def close(self) -> None:
        """Check what must hold after every posting, and write the head.

        Raises
        ------
        QuotaError
            If the units in all accounts of a kind and year are not those that were issued.
        """
        for kind, year in sorted(self.touched):
            own = (holdings.c.kind == kind) & (holdings.c.year == year)
            length = sa.func.sum(holdings.c.last - holdings.c.first + 1)
            held, last, first = self.connection.execute(
                sa.select(length, sa.func.max(holdings.c.last), sa.func.min(holdings.c.first)).where(own)
            ).one()
            if (int(held), int(first)) != (int(last), 1):
                raise QuotaError("quota_unbalanced", kind=kind, year=year, held=int(held), issued=int(last))
        self.connection.execute(
            head.update().values(entries_count=self.count, postings_count=self.number, hash=self.hash)
        )

    def _ranges(self, kind: str, year: int, account: str) -> list[tuple[int, int]]:
        own = (holdings.c.kind == kind) & (holdings.c.year == year) & (holdings.c.account == account)
        found = self.connection.execute(
            sa.select(holdings.c.first, holdings.c.last).where(own).order_by(holdings.c.first)
        )
        return [(int(first), int(last)) for first, last in found]

    def _hold(self, kind: str, year: int, first: int, last: int, account: str) -> None:
        self.connection.execute(
            holdings.insert().values(kind=kind, year=year, first=first, last=last, account=account)
        )

    def _enter(
        self, action: str, kind: str, year: int, units: tuple[int, int], accounts: tuple[str, str], told: Told
    ) -> None:  # fmt: skip
        self.count += 1
        entry: dict[str, Any] = {
            "seq": self.count, "posting": self.number, "action": action, "kind": kind, "year": year,
            "first": units[0], "last": units[1], "from_account": accounts[0], "to_account": accounts[1],
            **dataclasses.asdict(told),
        }  # fmt: skip
        entry |= {"previous_hash": self.hash, "hash": entry_hash(entry, self.hash)}
        self.connection.execute(entries.insert().values(**entry))
        self.hash = entry["hash"]
        self.touched.add((kind, year))
