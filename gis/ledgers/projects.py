"""A project's quotas: all kinds that it needs are set aside at once, with its parcel, or none."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Unpack

import sqlalchemy as sa

from gis.errors import QuotaError
from gis.ledgers.kinds import quota_kind
from gis.ledgers.posting import Posting, day_text, require_holder
from gis.ledgers.requests import How
from gis.ledgers.reservations import (
    CITY,
    ESCALATED,
    Reservation,
    booked_before,
    give_back_expired,
    open_reservations,
    require_first,
    require_free,
    set_aside,
)
from gis.ledgers.tables import holdings
from gis.regulations import Citation, Verdict, judge_effect, load_rule_set, policy_clauses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.ledgers.ledger import Ledger

__all__ = ["Need", "Project", "ProjectAnswer", "Shortage", "TransferRequest", "book_project", "try_project"]

ESCALATION = "escalate_to_city"


@dataclasses.dataclass(frozen=True)
class Need:
    """So much of a kind and year, drawn from these holders in this order.

    The city's pool gives land to projects of its own list; of energy and pollutants it is asked, never drawn on.
    """

    kind: str
    year: int
    quantity: Any
    holders: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Project:
    """What a project needs, where, and the two conditions of escalation that only people can judge.

    Attributes
    ----------
    is_major_quality, is_large
        优质重大项目; 能耗和排放量较大. None is not known, and then nothing is escalated.
    """

    project: str
    parcel_id: str
    needs: tuple[Need, ...]
    is_major_quality: bool | None = None
    is_large: bool | None = None


@dataclasses.dataclass(frozen=True)
class TransferRequest:
    """A request to the city, with its reasons; nothing is booked until the city transfers.

    Attributes
    ----------
    conditions
        Label by language and verdict of each condition.
    citation
        Document and clause, in Chinese as in balances.
    """

    project: str
    kind: str
    year: int
    quantity: Decimal
    source: str
    target: str
    conditions: tuple[dict[str, str], ...]
    citation: str


@dataclasses.dataclass(frozen=True)
class Shortage:
    """What is short of one kind and year.

    Attributes
    ----------
    escalation
        Verdict on all conditions of the clause together; ``undetermined`` also where no clause is registered for
        the day.
    request
        Only where the verdict is ``met``.
    options
        Other ways, each with ``option`` and its facts: ``ask_less``, ``wait`` for a reservation, ``transfer`` from
        another holder, ``loan`` of the city, ``escalate``.
    """

    kind: str
    year: int
    unit: str
    asked: Decimal
    available: Decimal
    short: Decimal
    escalation: Verdict
    request: TransferRequest | None
    options: tuple[dict[str, Any], ...]


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
        same booking sent again gets the first answer.
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
    if document.strip() and not how.get("request"):
        how["request"] = f"{project.project} | {document.strip()} | {kinds}"
    if addition and not how.get("request"):
        raise QuotaError("project_addition", project=project.project)
    asked = _content(project) | {"until": day_text(expires), "document": document, "addition": addition}
    return ledger.book("book_project", asked, how, again, work)


def try_project(
    ledger: Ledger, project: Project, *, as_of: Any, expires: Any, addition: bool = False
) -> ProjectAnswer:  # fmt: skip
    """Return what `book_project` would give, and book nothing.

    The same postings are made and rolled back, so that the answer can't differ from booking.
    """

    def work(posting: Posting) -> ProjectAnswer:
        raise _Undone(_answer(posting, project, (day_text(as_of), day_text(expires)), "", addition))

    try:
        return ledger.post_all(work)
    except _Undone as undone:
        return undone.answer


def _content(project: Project) -> dict[str, Any]:
    """Return what a booking asks, the same however its quantities are written and its needs are ordered."""
    needs = [
        [need.kind, need.year, quota_kind(need.kind).units(need.quantity), list(need.holders)]
        for need in _require(project)
    ]
    return {"project": project.project, "parcel": project.parcel_id, "needs": needs}


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
        asked = left = own.units(need.quantity)
        for holder in need.holders:
            taken = min(left, posting.available(own.kind, need.year, require_holder(holder)))
            if taken:
                made.append(
                    set_aside(posting, own.kind, need.year, own.quantity(taken), holder=holder, project=project.project,
                              parcel_id=project.parcel_id, document=document, days=days, place=len(made) + 1)
                )  # fmt: skip
            left -= taken
        if left:
            shortages.append(_shortage(posting, project, need, (asked, left), days[0]))
    return ProjectAnswer(project.project, project.parcel_id, () if shortages else tuple(made), tuple(shortages))


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


def _shortage(posting: Posting, project: Project, need: Need, units: tuple[int, int], as_of: str) -> Shortage:
    own = quota_kind(need.kind)
    asked, short = own.quantity(units[0]), own.quantity(units[1])
    verdict, request = _escalation(project, need, short, as_of)
    options = _options(posting, project, need, asked - short)
    if request is not None:
        options.append({"option": "escalate", "quantity": short, "source": request.source, "target": request.target})
    return Shortage(own.kind, need.year, own.unit, asked, asked - short, short, verdict, request, tuple(options))


def _escalation(
    project: Project, need: Need, short: Decimal, as_of: str
) -> tuple[Verdict, TransferRequest | None]:  # fmt: skip
    """Judge the clause in force: a shortage alone meets one condition of three, and sends nothing to the city."""
    if quota_kind(need.kind).family not in ESCALATED:
        return Verdict.NOT_MET, None
    found = [
        (clause, effect)
        for clause in policy_clauses(dt.date.fromisoformat(as_of)) for effect in clause.effects
        if effect.name == ESCALATION
    ]  # fmt: skip
    # The clause speaks of what the district can't balance: a need that was not put to it tells nothing of that.
    districts = [holder for holder in need.holders if holder.startswith("district:")]
    if not found or not districts:
        return Verdict.UNDETERMINED, None
    clause, effect = found[0]
    facts: Mapping[str, Any] = {
        "is_major_quality_project": project.is_major_quality,
        "is_large_user_or_emitter": project.is_large,
        "district_shortfall": short,
    }
    verdict = judge_effect(effect, facts)
    if verdict is not Verdict.MET:
        return verdict, None
    reasons = tuple({**one.label, "verdict": one.judge(facts).value} for one in effect.all_of)
    target = districts[-1]
    citation = Citation(load_rule_set().sources[clause.policy], clause.number).text("zh")
    return verdict, TransferRequest(project.project, need.kind, need.year, short, CITY, target, reasons, citation)


def _options(posting: Posting, project: Project, need: Need, available: Decimal) -> list[dict[str, Any]]:
    """Return what may be done about a shortage, from what the ledger holds; none of it is done."""
    own = quota_kind(need.kind)
    options: list[dict[str, Any]] = []
    if available:
        options.append({"option": "ask_less", "quantity": available})
    options += [
        {"option": "wait", "reservation": one.reservation_id, "project": one.project, "quantity": one.quantity,
         "expires": one.expires}
        for one in open_reservations(posting.connection)
        if (one.kind, one.year) == (own.kind, need.year) and one.holder in need.holders
        and one.project != project.project
    ]  # fmt: skip
    length = sa.func.sum(holdings.c.last - holdings.c.first + 1)
    of_kind = (holdings.c.kind == own.kind) & (holdings.c.year == need.year)
    query = sa.select(holdings.c.account, length).where(of_kind).group_by(holdings.c.account)
    for account, held in sorted(tuple(row) for row in posting.connection.execute(query)):
        quantity = own.quantity(int(held))
        if account in need.holders:
            continue
        if account == CITY and own.family == "land":
            options.append({"option": "loan", "source": account, "quantity": quantity})
        elif account.partition(":")[0] in {"district", "zone"}:
            options.append({"option": "transfer", "source": account, "quantity": quantity})
    return options
