"""Reservations: set aside, use, give back, expire."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gis.errors import QuotaError
from gis.ledgers.kinds import QuotaKind, quota_kind
from gis.ledgers.posting import RESERVED, Posting, Told, require_holder
from gis.ledgers.reversing import undone_postings
from gis.ledgers.tables import entries, holdings

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = [
    "CITY",
    "ESCALATED",
    "Reservation",
    "booked_before",
    "give_back",
    "give_back_expired",
    "is_open",
    "is_used",
    "open_reservations",
    "require_first",
    "require_free",
    "require_nothing_since",
    "require_open",
    "require_own_sources",
    "set_aside",
]

KEY = (holdings.c.account, holdings.c.kind, holdings.c.year, holdings.c.expires)
# Statements are made once: what is over is asked at each reservation.
OPEN = (
    sa.select(*KEY, sa.func.sum(holdings.c.last - holdings.c.first + 1))
    .where(holdings.c.expires != "")
    .group_by(*KEY)
    .order_by(holdings.c.account)
)
OPEN_BEFORE = OPEN.where(holdings.c.expires < sa.bindparam("before"))
CITY = "city"
#: 一(五) speaks of energy and pollutants; land that is short may be lent by the city instead.
ESCALATED = {"energy", "pollutant"}


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


def require_own_sources(kind: QuotaKind, holder: str) -> None:
    """Refuse to draw energy or pollutants from the city: the district comes first (沪府发〔2021〕1号 一(五)).

    Raises
    ------
    QuotaError
        If the holder is the city's pool and the kind is no land.
    """
    if holder == CITY and kind.family in ESCALATED:
        raise QuotaError("quota_city_direct", kind=kind.kind, holder=holder)


def set_aside(  # noqa: PLR0913
    posting: Posting, kind: str, year: int, quantity: Any, *, holder: str, project: str, parcel_id: str, document: str,
    days: tuple[str, str], place: int = 1, basis: str = "",
) -> Reservation:  # fmt: skip
    """Reserve units within a posting; a reservation is numbered by the posting and its place in it."""
    own = quota_kind(kind)
    own.require_year(year)
    given, expires = days
    as_of = posting.journal_day(given)
    require_own_sources(own, holder)
    if expires < as_of:
        raise QuotaError("quota_days", as_of=as_of, expires=expires)
    if not project.strip():
        raise QuotaError("quota_project_missing")
    blank = [text for text in (project, parcel_id) if text != text.strip()]
    if blank:
        raise QuotaError("quota_id_blanks", ids=[repr(text) for text in blank])
    give_back_expired(posting, as_of)
    reservation_id = f"R{posting.number:08d}-{place}"
    told = Told(given, document, reference=reservation_id, project=project, parcel_id=parcel_id, expires=expires,
                basis=basis)  # fmt: skip
    units = own.units(quantity)
    posting.move(own, year, units, source=require_holder(holder), target=RESERVED + reservation_id, action="reserve",
                 told=told)  # fmt: skip
    return Reservation(reservation_id, project, own.kind, year, holder, own.quantity(units), expires)


def booked_before(rows: Iterable[Mapping[str, Any]]) -> list[Reservation]:
    """Return the reservations that the entries of an earlier posting made, as they were then, in their order."""
    found: dict[str, Reservation] = {}
    for row in rows:
        if row["action"] != "reserve":
            continue
        name, quantity = row["reference"], quota_kind(row["kind"]).quantity(row["last"] - row["first"] + 1)
        one = found.get(name) or Reservation(
            name, row["project"], row["kind"], row["year"], row["from_account"], Decimal(0), row["expires"]
        )
        found[name] = dataclasses.replace(one, quantity=one.quantity + quantity)
    return list(found.values())


def require_free(posting: Posting, project: str, parcel_id: str) -> None:
    """Refuse a parcel that another project has reserved with, or has used."""
    reserved = (entries.c.action == "reserve") & (entries.c.parcel_id == parcel_id)
    query = sa.select(entries.c.reference, entries.c.project).where(reserved & (entries.c.project != project))
    for reference, other in posting.connection.execute(query.distinct().order_by(entries.c.reference)).all():
        if is_open(posting.connection, reference) or is_used(posting.connection, reference):
            raise QuotaError("project_parcel_taken", project=project, parcel=parcel_id, other=other,
                             reservation=reference)  # fmt: skip


def require_first(posting: Posting, project: str, keys: Iterable[tuple[str, int]], *, since: int = 0) -> None:
    """Refuse kinds and years of which a project has something already, set aside or used; made after a posting.

    Raises
    ------
    QuotaError
        Naming the reservations: the same booking made twice, or one that has to be called an addition.
    """
    made = (entries.c.project == project) & (entries.c.project != "") & (entries.c.action == "reserve")
    made &= entries.c.posting > since
    query = sa.select(entries.c.reference, entries.c.kind, entries.c.year).where(made).distinct()
    wanted = set(keys)
    found = sorted(
        f"{kind} {year}: {reference}"
        for reference, kind, year in posting.connection.execute(query).all()
        if (kind, int(year)) in wanted
        and (is_open(posting.connection, reference) or is_used(posting.connection, reference))
    )
    if found:
        raise QuotaError("project_booked", project=project, reservations=found)


def require_nothing_since(posting: Posting, number: int, as_of: str) -> None:
    """Refuse to undo a void where the parcel is another project's by now, or its own project has booked again since."""
    query = sa.select(entries.c.reference, entries.c.action).where(entries.c.posting == number).distinct()
    found = {(str(action), str(reference)) for reference, action in posting.connection.execute(query)}
    if any(action == "post" for action, _ in found):
        # What was used held the parcel and the need all the time.
        return
    for reference in sorted(reference for action, reference in found if action == "void"):
        give_back_expired(posting, as_of)
        made = (entries.c.reference == reference) & (entries.c.action == "reserve")
        facts = sa.select(entries.c.project, entries.c.parcel_id, entries.c.kind, entries.c.year).where(made).limit(1)
        project, parcel_id, kind, year = posting.connection.execute(facts).one()
        if parcel_id:
            require_free(posting, project, parcel_id)
        require_first(posting, project, [(kind, int(year))], since=number)


def is_open(connection: Connection, reference: str) -> bool:
    """Return whether a reservation holds units."""
    held = sa.select(holdings.c.first).where(holdings.c.account == RESERVED + reference).limit(1)
    return connection.execute(held).first() is not None


def is_used(connection: Connection, reference: str) -> bool:
    """Return whether a reservation was used, and that was not reversed."""
    used = sa.select(entries.c.posting).where((entries.c.reference == reference) & (entries.c.action == "post"))
    numbers = {int(one) for one in connection.execute(used).scalars()}
    return bool(numbers - undone_postings(connection, numbers))


def open_reservations(
    connection: Connection, *, before: str | None = None, reference: str | None = None
) -> list[Reservation]:  # fmt: skip
    """Return the reservations that hold units, by number; only the one, or those over before a day, if so asked."""
    query, asked = OPEN, {}
    if reference is not None:
        query, asked["account"] = query.where(holdings.c.account == sa.bindparam("account")), RESERVED + reference
    if before is not None:
        query, asked["before"] = OPEN_BEFORE, before
    result = []
    for account, kind, year, expires, units in connection.execute(query, asked).all():
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
    day = posting.journal_day(as_of)
    if day == posting.expired_on:
        return []
    posting.expired_on = day
    over = open_reservations(posting.connection, before=day)
    for found in over:
        # They end by the day of the journal, so that an expiry itself is never late.
        told = Told(day, reference=found.reservation_id, project=found.project, expires=found.expires)
        give_back(posting, found, action="expire", told=told)
    return [found.reservation_id for found in over]
