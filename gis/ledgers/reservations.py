"""Reservations, and what else looks back at earlier entries: give back, expire, undo."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from gis.errors import QuotaError
from gis.ledgers.kinds import quota_kind
from gis.ledgers.posting import ISSUED, RESERVED, WITHDRAWN, Posting, Told, require_holder
from gis.ledgers.tables import entries, holdings

__all__ = [
    "Reservation",
    "give_back",
    "give_back_expired",
    "mirror",
    "open_reservations",
    "require_free",
    "require_open",
    "set_aside",
]


@dataclasses.dataclass(frozen=True)
class Reservation:
    """Units set aside for a project until a day."""

    reservation_id: str
    project: str
    kind: str
    year: int
    holder: str
    quantity: Decimal
    expires: str


def require_open(posting: Posting, reservation_id: str) -> Reservation:
    """Return a reservation that still holds units.

    Raises
    ------
    QuotaError
        If it was posted, voided or expired, or never was.
    """
    found = open_reservations(posting.connection, reference=reservation_id)
    if found:
        return found[0]
    query = sa.select(entries.c.action).where(entries.c.reference == reservation_id).order_by(entries.c.seq.desc())
    action = posting.connection.execute(query.limit(1)).scalar()
    raise QuotaError("quota_reservation_closed" if action else "quota_reservation_unknown",
                     reservation=reservation_id, action=action or "")  # fmt: skip


def set_aside(
    posting: Posting, kind: str, year: int, quantity: Any, *, holder: str, project: str, parcel_id: str, document: str,
    days: tuple[str, str], place: int = 1,
) -> Reservation:  # fmt: skip
    """Reserve units within a posting; a reservation is numbered by the posting and its place in it."""
    own = quota_kind(kind)
    own.require_year(year)
    as_of, expires = days
    if expires < as_of:
        raise QuotaError("quota_days", as_of=as_of, expires=expires)
    if not project.strip():
        raise QuotaError("quota_project_missing")
    blank = [text for text in (project, parcel_id) if text != text.strip()]
    if blank:
        raise QuotaError("quota_id_blanks", ids=[repr(text) for text in blank])
    give_back_expired(posting, as_of)
    reservation_id = f"R{posting.number:08d}-{place}"
    told = Told(as_of, document, reference=reservation_id, project=project, parcel_id=parcel_id, expires=expires)
    units = own.units(quantity)
    posting.move(own, year, units, source=require_holder(holder), target=RESERVED + reservation_id, action="reserve",
                 told=told)  # fmt: skip
    return Reservation(reservation_id, project, own.kind, year, holder, own.quantity(units), expires)


def require_free(posting: Posting, project: str, parcel_id: str) -> None:
    """Refuse a parcel that another project has reserved with, or has used."""
    reserved = (entries.c.action == "reserve") & (entries.c.parcel_id == parcel_id)
    query = sa.select(entries.c.reference, entries.c.project).where(reserved & (entries.c.project != project))
    for reference, other in posting.connection.execute(query.distinct().order_by(entries.c.reference)).all():
        used = sa.select(entries.c.seq).where((entries.c.reference == reference) & (entries.c.action == "post"))
        held = sa.select(holdings.c.first).where(holdings.c.account == RESERVED + reference)
        if any(posting.connection.execute(one.limit(1)).first() for one in (used, held)):
            raise QuotaError("project_parcel_taken", project=project, parcel=parcel_id, other=other,
                             reservation=reference)  # fmt: skip


def open_reservations(
    connection: Any, *, before: str | None = None, reference: str | None = None
) -> list[Reservation]:  # fmt: skip
    """Return the reservations that hold units, by number; only the one, or those over before a day, if so asked."""
    own = holdings.c.expires != ""
    if reference is not None:
        own &= holdings.c.account == RESERVED + reference
    if before is not None:
        own &= holdings.c.expires < before
    key = (holdings.c.account, holdings.c.kind, holdings.c.year, holdings.c.expires)
    query = sa.select(*key, sa.func.sum(holdings.c.last - holdings.c.first + 1)).where(own).group_by(*key)
    result = []
    for account, kind, year, expires, units in connection.execute(query.order_by(holdings.c.account)).all():
        number = account.removeprefix(RESERVED)
        made = (entries.c.reference == number) & (entries.c.action == "reserve")
        facts = sa.select(entries.c.project, entries.c.from_account).where(made).limit(1)
        project, holder = connection.execute(facts).one()
        quantity = quota_kind(kind).quantity(int(units))
        result.append(Reservation(number, project, kind, year, holder, quantity, expires))
    return result


def give_back(posting: Posting, found: Reservation, *, action: str, told: Told) -> None:
    """Move what a reservation still holds to its holder."""
    kind, account = quota_kind(found.kind), RESERVED + found.reservation_id
    left = posting.available(found.kind, found.year, account)
    if left:
        posting.move(kind, found.year, left, source=account, target=found.holder, action=action, told=told)


def give_back_expired(posting: Posting, as_of: str) -> list[str]:
    """Move back what reservations hold whose last day is before ``as_of``; once in a posting, for a day."""
    if as_of == posting.expired_on:
        return []
    posting.expired_on = as_of
    over = open_reservations(posting.connection, before=as_of)
    for found in over:
        told = Told(as_of, reference=found.reservation_id, project=found.project, expires=found.expires)
        give_back(posting, found, action="expire", told=told)
    return [found.reservation_id for found in over]


def mirror(posting: Posting, number: int, told: Told) -> None:
    """Move the very units of a posting back where they came from."""
    connection = posting.connection
    rows = connection.execute(
        sa.select(entries).where(entries.c.posting == number).order_by(entries.c.seq.desc())
    ).mappings().all()  # fmt: skip
    if not rows:
        raise QuotaError("quota_posting_unknown", posting=number)
    kept = sorted({row["action"] for row in rows} - {"issue", "transfer", "deduct", "carry_over"})
    if kept:
        raise QuotaError("quota_not_reversible", posting=number, actions=kept)
    reference = f"reverse:{number}"
    if connection.execute(sa.select(entries.c.seq).where(entries.c.reference == reference).limit(1)).scalar():
        raise QuotaError("quota_reversed", posting=number)
    told = dataclasses.replace(told, reference=reference)
    for row in rows:
        kind = quota_kind(row["kind"])
        target = WITHDRAWN if row["from_account"] == ISSUED else row["from_account"]
        units, source = (int(row["first"]), int(row["last"])), row["to_account"]
        posting.move_back(kind, row["year"], units, source=source, target=target, action="reverse", told=told)
