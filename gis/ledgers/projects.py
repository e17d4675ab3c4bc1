"""A project's quotas: all kinds that it needs are set aside at once, with its parcel, or none."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

from gis.errors import QuotaError
from gis.ledgers.kinds import quota_kind
from gis.ledgers.posting import Posting, day_text, require_holder
from gis.ledgers.replacing import Replacement, basis_text, own_source, replaced_need, require_spent
from gis.ledgers.requests import How, Rows, require_texts
from gis.ledgers.reservations import (
    CITY,
    ESCALATED,
    Reservation,
    booked_before,
    give_back_expired,
    is_open,
    is_used,
    require_first,
    require_free,
    set_aside,
)
from gis.ledgers.shortages import Shortage, TransferRequest, shortage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.ledgers.ledger import Ledger

__all__ = ["Need", "Project", "ProjectAnswer", "Shortage", "TransferRequest", "book_project", "try_project"]



@dataclasses.dataclass(frozen=True)
class Need:
    """So much of a kind and year, drawn from these holders in this order.

    The city's pool gives land to projects of its own list; of energy and pollutants it is asked, never drawn on.

    Attributes
    ----------
    quantity
        Of a pollutant, the new emission: what is set aside is that × the ratio that the quality of its medium sets.
    holders
        Of a pollutant, in the order of the rule: enterprise, industry, area (also a zone, or the district).
    basis
        From what the quantity was computed (`gis.ledgers.declared_project`); it is kept in the entries. Its ``need``
        must be the quantity. That of a pollutant is made at booking.
    """

    kind: str
    year: int
    quantity: Any
    holders: tuple[str, ...]
    basis: Mapping[str, Any] | None = None


@dataclasses.dataclass(frozen=True)
class Project:
    """What a project needs, where, and the two conditions of escalation that only people can judge.

    Attributes
    ----------
    is_major_quality, is_large
        优质重大项目; 能耗和排放量较大. None is not known, and then nothing is escalated.
    water_quality, air_quality
        ``met`` or ``not_met`` in the year before; None is not known, and then pollutants of the medium are refused.
    place
        Code of the district whose rules hold, where no district is a holder of any need.
    """

    project: str
    parcel_id: str
    needs: tuple[Need, ...]
    is_major_quality: bool | None = None
    is_large: bool | None = None
    water_quality: str | None = None
    air_quality: str | None = None
    place: str = ""

    def replacement(self) -> Replacement:
        """Return what booking a pollutant has to know."""
        told = {"water": self.water_quality, "air": self.air_quality}
        known = {medium: status for medium, status in told.items() if status is not None}
        holders = [one.partition(":") for need in self.needs for one in need.holders]
        districts = [name for level, _, name in holders if level == "district"]
        return Replacement(known, self.place or next(iter(districts), ""))


@dataclasses.dataclass(frozen=True)
class ProjectAnswer:
    """What booking a project gives: its reservations, or what is short."""

    project: str
    parcel_id: str
    reservations: tuple[Reservation, ...]
    shortages: tuple[Shortage, ...]

    @property
    def fits(self) -> bool:
        """Whether nothing is short."""
        return not self.shortages


class _Undone(Exception):  # noqa: N818 - no error: it carries the answer out of a transaction that is rolled back
    def __init__(self, answer: ProjectAnswer) -> None:
        self.answer = answer
        super().__init__()


def book_project(
    ledger: Ledger, project: Project, *, as_of: Any, expires: Any, document: str = "", addition: bool = False,
    **how: Unpack[How],
) -> ProjectAnswer:  # fmt: skip
    """Set aside everything that a project needs in one transaction, or nothing.

    Parameters
    ----------
    document
        With a document and no ``request``, the project, the document and the kinds are the key of the request: the
        same booking sent again gets the first answer, as long as what it set aside is open or used. After that the
        same document books anew.
    addition
        Whether it is wanted beside what the project has of a kind and year already. Without it that is refused, for a
        booking that is sent again must not be booked again; with it a document or a ``request`` is asked for.

    Raises
    ------
    QuotaError
        If any kind is short (``error.facts["answer"]`` has amounts, options and, where all three conditions hold,
        the request to the city), the parcel is another project's, or the project has some of the kind already.

    Examples
    --------
    >>> import tempfile
    >>> from gis.ledgers import create_ledger
    >>> need = Need("energy_equal_value", 2026, "60000", ("district:310115",))
    >>> with tempfile.TemporaryDirectory() as folder, create_ledger(f"{folder}/quotas.db") as ledger:
    ...     ledger.issue("energy_equal_value", 2026, "100000", account="district:310115", as_of="2026-01-05")
    ...     booked = book_project(ledger, Project("P1", "D-01", (need,)), as_of="2026-02-01", expires="2026-08-01")
    ...     second = dataclasses.replace(need, quantity="50000")
    ...     short = try_project(ledger, Project("P2", "D-02", (second,)), as_of="2026-02-02", expires="2026-08-01")
    >>> booked.fits, short.shortages[0].short, short.shortages[0].escalation.value
    (True, Decimal('10000.000'), 'undetermined')
    """

    def work(posting: Posting) -> ProjectAnswer:
        answer = _answer(posting, project, (day_text(as_of), day_text(expires)), document, addition)
        if not answer.fits:
            lines = [f"{one.kind} {one.year}: {one.short} {one.unit}" for one in answer.shortages]
            escalated = [one.kind for one in answer.shortages if one.request is not None]
            raise QuotaError("project_short", project=project.project, lines=lines, escalated=escalated or "–",
                             answer=answer)  # fmt: skip
        return answer

    def again(rows: list[dict[str, Any]]) -> ProjectAnswer:
        return ProjectAnswer(project.project, project.parcel_id, tuple(booked_before(rows)), ())

    kinds = ", ".join(f"{need.kind} {need.year}" for need in _require(project))
    standing = None
    if document.strip() and not how.get("request"):
        standing = partial(_standing, project.project, day_text(as_of))
        how["request"] = f"{project.project} | {document.strip()} | {kinds}"
    if addition and not how.get("request"):
        raise QuotaError("project_addition", project=project.project)
    asked = _content(project) | {"until": day_text(expires), "document": document, "addition": addition}
    return ledger.book("book_project", asked, how, again, work, standing)


def _standing(project: str, as_of: str, posting: Posting, rows: Rows) -> Rows:
    """Return the entries of the last booking whose reservations are all open or used; none where it is gone.

    Raises
    ------
    QuotaError
        If some of them are and others are not: neither the first answer nor a second booking would be right.
    """
    if not rows:
        return []
    last = [row for row in rows if row["posting"] == rows[-1]["posting"]]
    made = {row["reference"]: row["expires"] for row in last if row["action"] == "reserve"}
    day = max(as_of, posting.last_day)
    stand = [
        name for name, until in made.items()
        if (until >= day and is_open(posting.connection, name)) or is_used(posting.connection, name)
    ]  # fmt: skip
    if stand and len(stand) < len(made):
        raise QuotaError("project_booked", project=project, reservations=stand)
    return last if stand else []


def try_project(
    ledger: Ledger, project: Project, *, as_of: Any, expires: Any, addition: bool = False
) -> ProjectAnswer:  # fmt: skip
    """Return what `book_project` would give, and book nothing.

    The same postings are made and rolled back, so that the answer can't differ from booking.
    """

    def work(posting: Posting) -> ProjectAnswer:
        raise _Undone(_answer(posting, project, (day_text(as_of), day_text(expires)), "", addition))

    require_texts(_content(project))
    try:
        return ledger.post_all(work)
    except _Undone as undone:
        return undone.answer


def _content(project: Project) -> dict[str, Any]:
    """Return what a booking asks, the same however its quantities are written and its needs are ordered."""
    needs = [
        [need.kind, need.year, quota_kind(need.kind).units(need.quantity), list(need.holders), dict(need.basis or {})]
        for need in _require(project)
    ]
    told = project.replacement()
    return {"project": project.project, "parcel": project.parcel_id, "needs": needs, "quality": dict(told.quality),
            "place": told.place}  # fmt: skip


def _answer(
    posting: Posting, project: Project, days: tuple[str, str], document: str, addition: bool
) -> ProjectAnswer:  # fmt: skip
    needs = _require(project)
    give_back_expired(posting, days[0])
    require_free(posting, project.project, project.parcel_id)
    if not addition:
        require_first(posting, project.project, [(need.kind, need.year) for need in needs])
    made: list[Reservation] = []
    shortages = []
    for need in needs:
        own = quota_kind(need.kind)
        own.require_year(need.year)
        asked, basis = _asked(posting, project, need, days[0])
        taken, left = [], asked
        for holder in need.holders:
            units = min(left, posting.available(own.kind, need.year, require_holder(holder)))
            taken += [(holder, units)] if units else []
            left -= units
        if left:
            shortages.append(shortage(posting, project, need, (asked, left), days[0]))
            continue
        sources = [[holder, str(own.quantity(units))] for holder, units in taken]
        text = basis_text(basis | {"sources": sources} if basis else {})
        for holder, units in taken:
            made.append(
                set_aside(posting, own.kind, need.year, own.quantity(units), holder=holder, project=project.project,
                          parcel_id=project.parcel_id, document=document, days=days, place=len(made) + 1, basis=text)
            )  # fmt: skip
    return ProjectAnswer(project.project, project.parcel_id, () if shortages else tuple(made), tuple(shortages))


def _asked(posting: Posting, project: Project, need: Need, as_of: str) -> tuple[int, dict[str, Any]]:
    """Return the units to set aside, and their basis; of a pollutant, emission × ratio."""
    own, basis = quota_kind(need.kind), dict(need.basis or {})
    units = own.units(need.quantity)
    if own.family == "pollutant":
        told = project.replacement()
        whole, basis = replaced_need(need.kind, need.year, need.quantity, holders=need.holders, told=told, as_of=as_of)
        units = own.units(whole.need)
        require_spent(posting, need.kind, need.year, own_source(project.project, *need.holders))
    elif basis and own.units(basis.get("need")) != units:
        raise QuotaError("project_basis", project=project.project, kind=need.kind, need=basis.get("need"),
                         quantity=need.quantity)  # fmt: skip
    return units, basis


def _require(project: Project) -> list[Need]:
    """Return the needs in the order of kind and year, so that their order decides nothing."""
    if not project.project.strip():
        raise QuotaError("quota_project_missing")
    if not project.parcel_id.strip():
        raise QuotaError("project_parcel_missing", project=project.project)
    keys = [(need.kind, need.year) for need in project.needs]
    if not keys or len(set(keys)) < len(keys):
        raise QuotaError("project_needs", project=project.project, found=[f"{kind} {year}" for kind, year in keys])
    for need in project.needs:
        asked_only = quota_kind(need.kind).family in ESCALATED and CITY in need.holders
        if not need.holders or asked_only or len(set(need.holders)) < len(need.holders):
            raise QuotaError("project_holders", project=project.project, kind=need.kind, holders=list(need.holders))
    return sorted(project.needs, key=lambda need: (need.kind, need.year))
