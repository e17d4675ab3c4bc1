"""What a project is short of: the amount, what may be done about it, and whether the city may be asked."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gis.errors import fill, message_texts
from gis.ledgers.kinds import quota_kind
from gis.ledgers.reservations import CITY, ESCALATED, open_reservations
from gis.ledgers.tables import holdings
from gis.regulations import Citation, Verdict, judge_effect, load_rule_set, policy_clauses, policy_in_force

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.ledgers.posting import Posting
    from gis.ledgers.projects import Need, Project

__all__ = ["Shortage", "TransferRequest", "shortage"]

ESCALATION = "escalate_to_city"


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
    escalation_note
        By language, why the city may not be asked or why that is not known: which condition does not hold or is not
        known, or which policy is in force without its clauses being registered.
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
    escalation_note: dict[str, str] = dataclasses.field(default_factory=dict)


def shortage(posting: Posting, project: Project, need: Need, units: tuple[int, int], as_of: str) -> Shortage:
    """Return what is short of a need, what may be done, and whether the city may be asked."""
    own = quota_kind(need.kind)
    asked, short = own.quantity(units[0]), own.quantity(units[1])
    verdict, request, note = _escalation(project, need, short, as_of)
    options = _options(posting, project, need, asked - short)
    if request is not None:
        options.append({"option": "escalate", "quantity": short, "source": request.source, "target": request.target})
    return Shortage(own.kind, need.year, own.unit, asked, asked - short, short, verdict, request, tuple(options), note)


def _escalation(
    project: Project, need: Need, short: Decimal, as_of: str
) -> tuple[Verdict, TransferRequest | None, dict[str, str]]:  # fmt: skip
    """Judge the clause in force: a shortage alone meets one condition of three, and sends nothing to the city."""
    if quota_kind(need.kind).family not in ESCALATED:
        return Verdict.NOT_MET, None, _note("land", need)
    found = [
        (clause, effect)
        for clause in policy_clauses(dt.date.fromisoformat(as_of)) for effect in clause.effects
        if effect.name == ESCALATION
    ]  # fmt: skip
    # The clause speaks of what the district can't balance: a need that was not put to it tells nothing of that.
    districts = [holder for holder in need.holders if holder.startswith("district:")]
    if not found:
        policy = policy_in_force(dt.date.fromisoformat(as_of))
        if policy is None:
            return Verdict.UNDETERMINED, None, _note("no_policy", need, as_of=as_of)
        since = {"number": policy["number"], "since": policy["in_force"]}
        return Verdict.UNDETERMINED, None, _note("unregistered", need, **since)
    if not districts:
        return Verdict.UNDETERMINED, None, _note("no_district", need)
    clause, effect = found[0]
    facts: Mapping[str, Any] = {
        "is_major_quality_project": project.is_major_quality,
        "is_large_user_or_emitter": project.is_large,
        "district_shortfall": short,
    }
    verdict = judge_effect(effect, facts)
    if verdict is not Verdict.MET:
        open_ones = [one for one in effect.all_of if one.judge(facts) is verdict]
        names = {lang: [one.label[lang] for one in open_ones] for lang in ("zh", "en")}
        return verdict, None, _note("conditions", need, verdict=verdict.value, names=names)
    reasons = tuple({**one.label, "verdict": one.judge(facts).value} for one in effect.all_of)
    target = districts[-1]
    citation = Citation(load_rule_set().sources[clause.policy], clause.number).text("zh")
    return verdict, TransferRequest(project.project, need.kind, need.year, short, CITY, target, reasons, citation), {}


def _note(key: str, need: Need, **facts: Any) -> dict[str, str]:
    """Return in both languages why the city may not be asked, or why that is not known."""
    names = facts.pop("names", {})
    note = {}
    for lang in ("zh", "en"):
        joined = ("、" if lang == "zh" else "; ").join(names.get(lang, []))
        template = message_texts()[f"escalation_because_{key}"][lang]
        note[lang] = fill(template, {"kind": need.kind, "names": joined, **facts})
    return note


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
