"""One posting: all its movements of numbered units in one transaction, or none."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gis.errors import QuotaError
from gis.ledgers.chain import entry_hash
from gis.ledgers.kinds import QuotaKind
from gis.ledgers.requests import NO_REQUEST, Request
from gis.ledgers.tables import entries, head, holdings

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = ["DAY_MEANT", "ISSUED", "RESERVED", "WITHDRAWN", "Posting", "Told", "day_text", "require_holder"]

#: Where issued units come from, and where units go that are no quota any more.
ISSUED, WITHDRAWN = "issued", "withdrawn"
RESERVED = "reserved:"
# Statements are made once: making them costs more than the database does.
OF_KIND = (holdings.c.kind == sa.bindparam("k")) & (holdings.c.year == sa.bindparam("y"))
OF_ACCOUNT = OF_KIND & (holdings.c.account == sa.bindparam("a"))
TAKE_HEAD = sa.select(head).with_for_update()
NEWEST_UNIT = sa.select(holdings.c.last).where(OF_KIND).order_by(holdings.c.first.desc()).limit(1)
AVAILABLE = sa.select(sa.func.sum(holdings.c.last - holdings.c.first + 1)).where(OF_ACCOUNT)
YEARS = (
    sa.select(holdings.c.year, sa.func.sum(holdings.c.last - holdings.c.first + 1))
    .where((holdings.c.kind == sa.bindparam("k")) & (holdings.c.account == sa.bindparam("a")))
    .group_by(holdings.c.year)
    .order_by(holdings.c.year)
)
FIRST_BLOCK = (
    sa.select(holdings.c.first, holdings.c.last, holdings.c.expires)
    .where(OF_ACCOUNT)
    .order_by(holdings.c.first)
    .limit(1)
)
BLOCKS_BETWEEN = (
    sa.select(holdings.c.first, holdings.c.last, holdings.c.expires)
    .where(OF_ACCOUNT & (holdings.c.first <= sa.bindparam("l")) & (holdings.c.last >= sa.bindparam("f")))
    .order_by(holdings.c.first)
)
TAKE_BLOCK = holdings.delete().where(OF_KIND & (holdings.c.first == sa.bindparam("f")))
PUT_BLOCK, ENTER = holdings.insert(), entries.insert()
WRITE_HEAD = head.update().where(head.c.id == 1)
DAY_MEANT = sa.case((entries.c.effective != "", entries.c.effective), else_=entries.c.as_of)
CAME, WENT = (
    sa.select(DAY_MEANT, sa.func.sum(entries.c.last - entries.c.first + 1))
    .where((entries.c.kind == sa.bindparam("k")) & (entries.c.year == sa.bindparam("y")) & (side == sa.bindparam("a")))
    .group_by(DAY_MEANT)
    for side in (entries.c.to_account, entries.c.from_account)
)
HOLDER = re.compile(r"city|(district|zone|area|industry|enterprise):[^\s:\x00-\x1f\ud800-\udfff]+")


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
        # A missing day of pandas is a date by its class, and compares with none.
        day = dt.date.fromisoformat(value.isoformat()[:10] if isinstance(value, dt.date) else str(value))
    except ValueError:
        raise QuotaError("quota_day", found=str(value)) from None
    return day.isoformat()


@dataclasses.dataclass(frozen=True)
class Told:
    """What is said of an entry beside its units: day, document, reason; project, parcel, end of a reservation.

    ``as_of`` is the day that is given; where it is before the ledger's last, `Posting` enters it as late or refuses it.
    ``basis`` is JSON: from what the quantity was computed.
    """

    as_of: str
    document: str = ""
    reason: str = ""
    reference: str = ""
    project: str = ""
    parcel_id: str = ""
    expires: str = ""
    basis: str = ""


class Posting:
    """Movements of one transaction; the first thing it does is to take the ledger's head for itself.

    The days of a ledger never go back. What may be booked is decided on the day of the journal: the day given, or the
    ledger's last where a late entry is made. So a day that is over is never balanced anew, and a reservation that
    ended does not come to life by an entry of an earlier day.

    Parameters
    ----------
    connection
        In a transaction that writes.
    request
        Whose posting it is; its key stands in every entry.
    late_reason
        Why a day before the ledger's last is given; without it such a day is refused.
    """

    def __init__(self, connection: Connection, request: Request = NO_REQUEST, late_reason: str = "") -> None:
        self.connection, self.request, self.late_reason = connection, request, late_reason.strip()
        taken = connection.execute(TAKE_HEAD).mappings().one()
        self.count, self.hash = int(taken["entries_count"]), str(taken["hash"])
        self.number = int(taken["postings_count"]) + 1
        self.last_day = str(taken["last_day"])
        #: Units put into accounts less units taken from them and issued, by kind and year.
        self.open: dict[tuple[str, int], int] = {}
        #: The day for which reservations that are over were given back.
        self.expired_on = ""

    def journal_day(self, day: str) -> str:
        """Return the day on which an entry of ``day`` stands, and by which it is judged.

        Raises
        ------
        QuotaError
            If it is before the ledger's last and no reason is given for an entry made late.
        """
        if day >= self.last_day:
            return day
        if not self.late_reason:
            raise QuotaError("quota_backdated", as_of=day, last_day=self.last_day)
        return self.last_day

    def issue(self, kind: QuotaKind, year: int, units: int, *, account: str, action: str, told: Told) -> None:
        """Make new units, numbered after the last, and put them into an account."""
        last = int(self.connection.execute(NEWEST_UNIT, {"k": kind.kind, "y": year}).scalar() or 0)
        self._count(kind.kind, year, -units)
        self._hold(kind.kind, year, (last + 1, last + units), account, "")
        self._enter(action, kind.kind, year, (last + 1, last + units), (ISSUED, account), told)

    def available(self, kind: str, year: int, account: str) -> int:
        """Return how many units an account has."""
        return int(self.connection.execute(AVAILABLE, {"k": kind, "y": year, "a": account}).scalar() or 0)

    def years(self, kind: str, account: str) -> dict[int, int]:
        """Return how many units an account has of each year that it has any of."""
        return {int(year): int(units) for year, units in self.connection.execute(YEARS, {"k": kind, "a": account})}

    def move(
        self, kind: QuotaKind, year: int, units: int, *, source: str, target: str, action: str, told: Told
    ) -> None:  # fmt: skip
        """Move units, those with the lowest numbers first; a block is split where it is larger than what is left.

        Raises
        ------
        QuotaError
            If the account has fewer, saying how many are short.
        """
        if source == target:
            raise QuotaError("quota_same_account", account=source)
        has = self.available(kind.kind, year, source)
        if has < units:
            raise QuotaError(
                "quota_short", kind=kind.kind, year=year, account=source, unit=kind.unit, available=kind.quantity(has),
                asked=kind.quantity(units), short=kind.quantity(units - has),
            )  # fmt: skip
        self._require_then(kind, year, units, source, told.as_of)
        expires = told.expires if target.startswith(RESERVED) else ""
        left = units
        while left:
            block = self._first_block(kind.kind, year, source)
            taken = min(left, block[1] - block[0] + 1)
            units_taken = (block[0], block[0] + taken - 1)
            self._cut(kind.kind, year, block, units_taken, accounts=(source, target), expires=expires)
            self._enter(action, kind.kind, year, units_taken, (source, target), told)
            left -= taken

    def move_back(
        self, kind: QuotaKind, year: int, units: tuple[int, int], *, source: str, target: str, action: str, told: Told
    ) -> None:  # fmt: skip
        """Move just these units, ``first`` to ``last``.

        Raises
        ------
        QuotaError
            If the account has not all of them any more.
        """
        first, last = units
        blocks = self._blocks(kind.kind, year, units, source)
        pieces = [(max(first, low), min(last, high)) for low, high, _ in blocks]
        if sum(high - low + 1 for low, high in pieces) != last - first + 1:
            raise QuotaError("quota_moved_on", kind=kind.kind, year=year, first=first, last=last, account=source)
        self._require_then(kind, year, last - first + 1, source, told.as_of)
        expires = told.expires if target.startswith(RESERVED) else ""
        for block, piece in zip(blocks, pieces, strict=True):
            self._cut(kind.kind, year, block, piece, accounts=(source, target), expires=expires)
            self._enter(action, kind.kind, year, piece, (source, target), told)

    def has(self, entry: Mapping[str, Any]) -> bool:
        """Return whether all units of an entry are where it put them."""
        first, last = int(entry["first"]), int(entry["last"])
        blocks = self._blocks(entry["kind"], entry["year"], (first, last), entry["to_account"])
        return sum(min(last, high) - max(first, low) + 1 for low, high, _ in blocks) == last - first + 1

    def close(self) -> None:
        """Check what must hold after every posting, and write the head.

        Units in all accounts of a kind and year are those that were issued: they were before, so what this posting
        put into accounts must be what it took from them and issued. `verify_ledger` counts all of them.

        Raises
        ------
        QuotaError
            If it is not.
        """
        for (kind, year), units in sorted(self.open.items()):
            if units:
                raise QuotaError("quota_unbalanced", kind=kind, year=year, units=units)
        told = {"entries_count": self.count, "postings_count": self.number, "hash": self.hash}
        told |= {"last_day": self.last_day}
        self.connection.execute(WRITE_HEAD, told)

    def _require_then(self, kind: QuotaKind, year: int, units: int, account: str, day: str) -> None:
        """Refuse a late entry that would take what the account did not have on its day, or on one since."""
        if day >= self.last_day:
            return
        asked = {"k": kind.kind, "y": year, "a": account}
        steps: dict[str, int] = {}
        for query, sign in ((CAME, 1), (WENT, -1)):
            for meant, moved in self.connection.execute(query, asked):
                when = max(str(meant), day)
                steps[when] = steps.get(when, 0) + sign * int(moved)
        had = least = steps.pop(day, 0)
        for when in sorted(steps):
            had += steps[when]
            least = min(least, had)
        if least < units:
            raise QuotaError(
                "quota_late_short", kind=kind.kind, year=year, account=account, unit=kind.unit, day=day,
                available=kind.quantity(least), asked=kind.quantity(units),
            )  # fmt: skip

    def _blocks(self, kind: str, year: int, units: tuple[int, int], account: str) -> list[tuple[int, int, str]]:
        """Return the blocks of an account that have some of these units."""
        asked = {"k": kind, "y": year, "a": account, "f": units[0], "l": units[1]}
        found = self.connection.execute(BLOCKS_BETWEEN, asked)
        return [(int(low), int(high), str(until)) for low, high, until in found]

    def _first_block(self, kind: str, year: int, account: str) -> tuple[int, int, str]:
        found = self.connection.execute(FIRST_BLOCK, {"k": kind, "y": year, "a": account})
        first, last, expires = found.one()
        return int(first), int(last), str(expires)

    def _cut(
        self, kind: str, year: int, block: tuple[int, int, str], units: tuple[int, int], *, accounts: tuple[str, str],
        expires: str,
    ) -> None:  # fmt: skip
        """Take units out of a block of one account and put them into another; the rest of the block stays."""
        first, last, held_until = block
        gone = self.connection.execute(TAKE_BLOCK, {"k": kind, "y": year, "f": first}).rowcount
        self._count(kind, year, -(last - first + 1) * gone)
        for rest in ((first, units[0] - 1), (units[1] + 1, last)):
            if rest[0] <= rest[1]:
                self._hold(kind, year, rest, accounts[0], held_until)
        self._hold(kind, year, units, accounts[1], expires)

    def _hold(self, kind: str, year: int, units: tuple[int, int], account: str, expires: str) -> None:
        first, last = units
        self._count(kind, year, last - first + 1)
        block = {"kind": kind, "year": year, "first": first, "last": last, "account": account, "expires": expires}
        self.connection.execute(PUT_BLOCK, block)

    def _count(self, kind: str, year: int, units: int) -> None:
        self.open[kind, year] = self.open.get((kind, year), 0) + units

    def _enter(
        self, action: str, kind: str, year: int, units: tuple[int, int], accounts: tuple[str, str], told: Told
    ) -> None:  # fmt: skip
        day = self.journal_day(told.as_of)
        is_late = day != told.as_of
        self.count += 1
        entry: dict[str, Any] = {
            "seq": self.count, "posting": self.number, "action": action, "kind": kind, "year": year,
            "first": units[0], "last": units[1], "from_account": accounts[0], "to_account": accounts[1],
            **vars(told), "as_of": day, "effective": told.as_of if is_late else "",
            "late_reason": self.late_reason if is_late else "",
            "request": self.request.key, "request_hash": self.request.content_hash,
        }  # fmt: skip
        self.last_day = day
        entry |= {"previous_hash": self.hash, "hash": entry_hash(entry, self.hash)}
        self.connection.execute(ENTER, entry)
        self.hash = entry["hash"]
