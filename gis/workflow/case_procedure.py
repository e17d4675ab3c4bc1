"""How far the case of a parcel is: each step done, open or waiting for another, and which documents can be drafted."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from gis.reports import Draft, Step
from gis.schema import text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Procedure", "drafts_of", "steps_of"]

Lang = Literal["en", "zh"]
Tone = Literal["done", "ready", "waits", "late", "not"]
#: Statuses and routes that open a part of the procedure.
IDLE, SUSPECTED = ("idle", "idle_recognisable"), ("idle", "idle_recognisable", "undetermined")
ARTICLE_14 = ("fee", "reclaim")
#: Step → what has to be recorded before it.
NEEDS: dict[str, tuple[str, ...]] = {
    "investigation_notice": (),
    "investigation_answer": ("investigation_notice",),
    "idle_finding": ("investigation_notice",),
    "finding_published": ("idle_finding",),
    "article_12_agreement": ("idle_finding",),
    "hearing_notice": ("idle_finding",),
    "hearing_held": ("hearing_notice",),
    "article_14_decision": ("idle_finding", "hearing_notice"),
    "fee_served": ("article_14_decision",),
    "reclaim_served": ("article_14_decision",),
    "fee_paid": ("fee_served",),
    "right_deregistered": ("reclaim_served",),
    "objection": ("article_14_decision",),
}
#: Step that ends a term → the term.
TERM_OF = {
    "investigation_notice": "investigation_due", "investigation_answer": "answer_due", "fee_paid": "payment_due",
    "right_deregistered": "deregistration_due",
}  # fmt: skip
#: Steps of one of the two decisions only.
OF_ROUTE = {"fee_served": "fee", "fee_paid": "fee", "reclaim_served": "reclaim", "right_deregistered": "reclaim"}
AFTER_FINDING = ("hearing_notice", "hearing_held", "article_14_decision", "objection", *OF_ROUTE)
#: Places in a document for what hangs on status and route.
FACTS, TWO_YEARS, CONCLUSION, CONTENT = "@facts", "@two_years", "@conclusion", "@content"
FACTS_OF = {"idle": "facts_start", "idle_recognisable": "facts_suspended"}
HEAD, END = ("number_line", "to", "address_line"), ("signature", "signed_on")
DECISION = (
    *HEAD, "decision_opening", "parcel_heading", "table", "decision_facts_heading", FACTS, TWO_YEARS,
    "decision_evidence", "decision_content_heading", CONTENT, "decision_approval", "decision_performance_heading",
)  # fmt: skip
#: Document → its texts in ``case_drafts``, as arts. 6, 10, 15 and 16 list what it has to say.
LAYOUTS: dict[str, tuple[str, ...]] = {
    "investigation_notice": (
        *HEAD, "investigation_opening", "parcel_heading", "table", "investigation_facts_heading", FACTS,
        "investigation_task_heading", "investigation_task", "investigation_where", "investigation_rights_heading",
        "investigation_rights", "investigation_other_heading", "other", *END, "investigation_received",
    ),
    "idle_finding": (
        *HEAD, "finding_opening", "parcel_heading", "table", "finding_facts_heading", FACTS, "finding_evidence",
        "finding_cause_heading", "finding_cause", CONCLUSION, "finding_other_heading", "finding_other", *END,
    ),
    "hearing_notice": (
        *HEAD, "hearing_opening", "parcel_heading", "table", "hearing_facts_heading", FACTS, TWO_YEARS,
        "hearing_finding", "hearing_content_heading", CONTENT, "hearing_right_heading", "hearing_right", *END,
        "hearing_received",
    ),
    "article_14_decision_fee": (
        *DECISION, "performance_fee", "decision_remedy_heading", "remedy", "decision_other_heading", "other", *END,
        "decision_received",
    ),
    "article_14_decision_reclaim": (
        *DECISION, "performance_reclaim", "decision_remedy_heading", "remedy", "remedy_first",
        "decision_other_heading", "copies", "other", *END, "decision_received",
    ),
}  # fmt: skip
DRAFTED = ("investigation_notice", "idle_finding", "hearing_notice", "article_14_decision")


@dataclasses.dataclass(frozen=True)
class Procedure:
    """What decides how far a case is.

    Attributes
    ----------
    status, route
        As the run found them.
    is_supplied
        Whether the land is known to be supplied.
    done
        Step → the last day it was recorded for, in the case that runs.
    terms
        Rows of `gis.analyses.procedure.list_terms` of the parcel.
    """

    status: str
    route: str
    is_supplied: bool
    done: Mapping[str, dt.date]
    terms: pd.DataFrame

    @property
    def is_open(self) -> bool:
        """Whether status or route is not known, so that nothing can be said not to apply."""
        return self.status == "undetermined" or (self.status in IDLE and self.route not in (*ARTICLE_14, "article_12"))

    def term(self, name: str) -> Any | None:
        """Return the row of a term that has begun."""
        found = self.terms[self.terms["term"] == name]
        return found.iloc[0] if len(found) else None


def steps_of(case: Procedure, lang: Lang) -> tuple[Step, ...]:
    """Return every step with its article and how far it is."""
    other = {step for step, route in OF_ROUTE.items() if case.route in ARTICLE_14 and case.route != route}
    shown = ["idle_suspected"] * ("idle_suspected" in case.done)
    if case.route not in ARTICLE_14 and not set(AFTER_FINDING) & set(case.done):
        other = set(AFTER_FINDING)
    shown += [kind for kind in NEEDS if kind not in other or kind in case.done]
    steps = [
        Step(text(f"case.step_{kind}", lang), text(f"case.article_{kind}", lang), *_state(case, kind, lang))
        for kind in shown
    ]
    if other == set(AFTER_FINDING):  # one line for what does not apply as a whole
        state = _state(case, "article_14_decision", lang)
        steps.append(Step(text("case.step_article_14", lang), text("case.article_article_14", lang), *state))
    return tuple(steps)


def _state(case: Procedure, kind: str, lang: Lang) -> tuple[str, Tone]:
    term = case.term(TERM_OF[kind]) if kind in TERM_OF else None
    due = None if term is None else _day(term["due_date"])
    if kind in case.done:
        is_late = term is not None and term["state"] == "done_late"
        key = "state_done_late" if is_late else "state_done"
        return text(f"case.{key}", lang, day=case.done[kind], due=due), "late" if is_late else "done"
    why = _closed(case, kind, lang)
    if why:
        key = "state_unknown" if case.is_open else "state_not"
        return text(f"case.{key}", lang, why=why), "not"
    if term is not None:
        passed = term["state"] == "passed"
        return text(f"case.state_{'passed' if passed else 'running'}", lang, due=due), "late" if passed else "ready"
    return _open(case, kind, lang)


def _open(case: Procedure, kind: str, lang: Lang) -> tuple[str, Tone]:
    """Return how a step stands that is not done and has no term: for what it waits, or that it may be taken."""
    waits = [one for one in NEEDS[kind] if one not in case.done]
    if waits:
        return text("case.state_waits", lang, steps=[text(f"case.step_{one}", lang) for one in waits]), "waits"
    answer = case.term("answer_due")
    if kind == "idle_finding" and answer is not None and answer["state"] == "running":
        return text("case.state_answer_waits", lang, due=_day(answer["due_date"])), "waits"
    if kind in {"hearing_held", "objection"}:  # for the holder to ask for
        return text("case.state_open", lang), "ready"
    return text("case.state_ready" if NEEDS[kind] else "case.state_first", lang), "ready"


def _day(moment: Any) -> dt.date:
    day: dt.date = moment.date()
    return day


def _closed(case: Procedure, kind: str, lang: Lang) -> str:
    """Return why a step does not apply, or ""."""
    status = text("case.why_status", lang, status=text(f"status.{case.status}", lang))
    if case.status == "undetermined" and not case.is_supplied:
        return text("case.why_supply", lang)
    allowed = SUSPECTED if kind in {"investigation_notice", "investigation_answer"} else IDLE
    if case.status not in allowed:
        return status
    if kind == "article_12_agreement" and case.route in ARTICLE_14:
        return text("case.why_article_14", lang)
    if kind in AFTER_FINDING and case.route not in ARTICLE_14:
        key = {"article_12": "why_article_12", "": "why_no_route"}.get(case.route, "why_open")
        return text(f"case.{key}", lang)
    return ""


def drafts_of(case: Procedure) -> tuple[Draft, ...]:
    """Return the documents that status and route lead to and that are not recorded as issued.

    A document of a later step is drafted ahead; which steps have to come first, the page says. Fee and reclaim are
    drafted only where the run found that route: never where a cause is open.
    """
    return tuple(
        _draft(case, number, kind)
        for number, kind in enumerate(DRAFTED, 1)
        if kind not in case.done and not _closed(case, kind, "zh")
    )


def _draft(case: Procedure, number: int, kind: str) -> Draft:
    title = kind if kind in LAYOUTS else f"{kind}_{case.route}"
    own = {
        FACTS: FACTS_OF.get(case.status, "facts_open"),
        CONCLUSION: "finding_conclusion_may" if case.status == "idle_recognisable" else "finding_conclusion",
        TWO_YEARS: "facts_two_years" if case.route == "reclaim" else "",
        CONTENT: f"content_{case.route}",
    }
    paragraphs = (own.get(key, key) for key in LAYOUTS[title])
    return Draft(f"draft_{number}_{title}", title, tuple(key for key in paragraphs if key))
