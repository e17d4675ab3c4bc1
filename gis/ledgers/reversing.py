"""Postings undone by their mirror: the very units go back, by entries that are added; nothing is taken out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gis.errors import QuotaError
from gis.ledgers.kinds import quota_kind
from gis.ledgers.posting import ISSUED, RESERVED, WITHDRAWN, Posting, Told
from gis.ledgers.tables import entries

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = ["mirror", "undone_postings"]

PREFIX = "reverse:"
#: So many references are asked for in one statement.
ASKED_AT_ONCE = 500
#: Made by the day, not by anyone: reservations that were over go back whatever else a posting does.
BY_ITSELF = "expire"


def undone_postings(connection: Connection, numbers: Iterable[int], known: Any = None) -> set[int]:
    """Return which of some postings were reversed; by the entries that a condition admits, if one is given."""
    asked = [f"{PREFIX}{number}" for number in sorted(set(numbers))]
    undone: set[int] = set()
    for start in range(0, len(asked), ASKED_AT_ONCE):
        some = entries.c.reference.in_(asked[start : start + ASKED_AT_ONCE])
        some = some if known is None else some & known
        found = connection.execute(sa.select(entries.c.reference).where(some).distinct()).scalars()
        undone |= {int(reference.removeprefix(PREFIX)) for reference in found}
    return undone


def mirror(posting: Posting, number: int, told: Told) -> None:
    """Move the very units of a posting back where they came from, the last entry first.

    ======================  ==========================================================================
    issue, carry over       what was issued is withdrawn; what was withdrawn comes back
    transfer, deduct        back to the account that had them
    reserve                 back to the holder
    post                    back into the reservation, with what went back to the holder then; to the holder where the
                            reservation is over by now. Where what went back was drawn on since, what was used comes
                            back alone
    void                    back into the reservation, while its last day is not over
    loan, repay             back to the lender, or to the borrower, and owed no more, or again
    ======================  ==========================================================================

    What ended by its day (expire) stays ended, also within a posting that is reversed. A reversal is not reversed:
    what it took back is booked again.

    Raises
    ------
    QuotaError
        If there is no such posting, it was reversed before, is a reversal or an expiry, its reservation is over, a
        later entry rests on it (a repayment on its loan, a use on its reservation), or units moved on.
    """
    rows = _reversible(posting, number)
    reference, day = f"{PREFIX}{number}", posting.journal_day(told.as_of)
    was_used = any(row["action"] == "post" for row in rows)
    if was_used and not all(posting.has(row) for row in rows if row["action"] == "void"):
        # What was left over then was drawn on since: it stays where it is, and what was used comes back alone.
        rows = [row for row in rows if row["action"] == "post"]
    for row in rows:
        kind, target, expires = quota_kind(row["kind"]), row["from_account"], ""
        if target == ISSUED:
            target = WITHDRAWN
        elif target.startswith(RESERVED):
            holder, expires = _of_reservation(posting, target)
            if expires < day and not was_used:
                name = target.removeprefix(RESERVED)
                raise QuotaError("quota_reverse_over", reservation=name, expires=expires, as_of=day)
            if expires < day:
                # The reservation is over by now, so what was used of it goes to its holder, as it would have.
                target, expires = holder, ""
        if target == row["to_account"]:
            continue
        own = dataclasses.replace(told, reference=reference, project=row["project"], parcel_id=row["parcel_id"],
                                  expires=expires)  # fmt: skip
        units, source = (int(row["first"]), int(row["last"])), row["to_account"]
        posting.move_back(kind, row["year"], units, source=source, target=target, action="reverse", told=own)


def _reversible(posting: Posting, number: int) -> list[dict[str, Any]]:
    """Return the entries of a posting that can be reversed, the last first."""
    query = sa.select(entries).where(entries.c.posting == number).order_by(entries.c.seq.desc())
    every = [dict(row) for row in posting.connection.execute(query).mappings()]
    if not every:
        raise QuotaError("quota_posting_unknown", posting=number)
    rows = [row for row in every if row["action"] != BY_ITSELF]
    if not rows:
        raise QuotaError("quota_reverse_expired", posting=number, reservations=sorted({r["reference"] for r in every}))
    if any(row["action"] == "reverse" for row in rows):
        raise QuotaError("quota_reverse_reversal", posting=number)
    if undone_postings(posting.connection, [number]):
        raise QuotaError("quota_reversed", posting=number)
    _require_last(posting, number, rows)
    return rows


def _require_last(posting: Posting, number: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Refuse to undo a loan from under its repayments: units given back may be others than those lent."""
    loans = {row["reference"] for row in rows if row["action"] == "loan"}
    repaid = sa.select(entries.c.posting).where(entries.c.reference.in_(loans) & (entries.c.action == "repay"))
    later = {int(one) for one in posting.connection.execute(repaid).scalars()} if loans else set()
    later -= undone_postings(posting.connection, later)
    if later:
        raise QuotaError("quota_reverse_repaid", posting=number, loan=min(loans), repayments=sorted(later))


def _of_reservation(posting: Posting, account: str) -> tuple[str, str]:
    """Return the holder and the last day of a reservation."""
    made = (entries.c.reference == account.removeprefix(RESERVED)) & (entries.c.action == "reserve")
    query = sa.select(entries.c.from_account, entries.c.expires).where(made).limit(1)
    holder, expires = posting.connection.execute(query).one()
    return str(holder), str(expires)
