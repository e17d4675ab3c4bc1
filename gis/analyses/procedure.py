"""The terms of a case under order 53: from which step each runs, its last day, and whether what it asks for was done.

A step counts from its day on. An art. 12 agreement ends a case: steps up to it belong to a former one.
The last day is the corresponding one (Civil Code art. 201): 30 days from 1 March end with 31 March.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from gis.analyses.event_reduction import NEVER, EventReduction
from gis.regulations import anniversaries

if TYPE_CHECKING:
    from gis.regulations import Rulebook

__all__ = ["STEP_KINDS", "TERMS", "TERM_COLUMNS", "Term", "list_terms"]

#: The steps of a case, in their order.
STEP_KINDS = (
    "idle_suspected", "investigation_notice", "investigation_answer", "idle_finding", "finding_published",
    "hearing_notice", "hearing_held", "article_14_decision", "fee_served", "reclaim_served", "fee_paid",
    "right_deregistered", "objection",
)  # fmt: skip
TERM_COLUMNS = ("parcel_id", "term", "begun_date", "due_date", "done_date", "state", "citation")


class Term(NamedTuple):
    """A term that runs from the last of some steps until one of others is done."""

    name: str
    begins: tuple[str, ...]
    ends: tuple[str, ...]
    rule: str


SERVICE = ("fee_served", "reclaim_served")
TERMS = (
    Term("investigation_due", ("idle_suspected",), ("investigation_notice",), "investigation_period"),
    Term("answer_due", ("investigation_notice",), ("investigation_answer",), "answer_period"),
    Term("payment_due", ("fee_served",), ("fee_paid",), "payment_period"),
    Term("deregistration_due", ("reclaim_served",), ("right_deregistered",), "payment_period"),
    Term("reconsideration_due", SERVICE, ("objection",), "reconsideration_period"),
    Term("lawsuit_due", SERVICE, ("objection",), "lawsuit_period"),
)


def list_terms(parcel_ids: pd.Series[Any], log: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    """Return the terms that have begun, one row a parcel and term.

    Parameters
    ----------
    parcel_ids
        Of the parcels, in the order that the log counts them.
    log
        From `gis.schema.combine_events`.
    rules
        A rulebook; its date is the as-of date. A term whose rule is not in force then is left out.

    Returns
    -------
    `TERM_COLUMNS`, by parcel and term. ``state`` is ``running`` (its last day has not passed), ``passed``
    (it has, and nothing was done), ``done`` or ``done_late``.

    Examples
    --------
    >>> from gis.issues import IssueLog
    >>> from gis.regulations import load_rules
    >>> from gis.schema import combine_events, conform
    >>> parcels = conform(pd.DataFrame({"parcel_id": ["7"]}), "parcels", issues=IssueLog())
    >>> raw = pd.DataFrame({"parcel_id": ["7"], "event_date": ["2026-03-01"], "event_kind": ["investigation_notice"]})
    >>> log = combine_events(parcels, conform(raw, "parcel_events", issues=IssueLog()))
    >>> found = list_terms(parcels["parcel_id"], log, load_rules(as_of="2026-03-31", place="310115"))
    >>> [(row.term, f"{row.due_date:%Y-%m-%d}", row.state) for row in found.itertuples()]
    [('answer_due', '2026-03-31', 'running')]
    """
    today = pd.Timestamp(rules.as_of)
    seen = EventReduction(log, len(parcel_ids), today)
    closed = seen.last("article_12_agreement")
    parts = []
    for term in TERMS:
        name = f"idle_land.{term.rule}"
        if not rules.covers(name):
            continue
        rule = rules.get(name)
        begun = np.maximum.reduce([seen.last(kind) for kind in term.begins])
        begun = np.where(begun > closed, begun, NEVER)
        done = _first_since(seen, term.ends, begun)
        rows = np.flatnonzero(begun != NEVER)
        if not len(rows):
            continue
        begun_date, done_date = (pd.Series(_moments(days[rows])) for days in (begun, done))
        due = anniversaries(begun_date, rule.value)
        late = (done_date > due).to_numpy()
        state = np.select(
            [late, done_date.notna().to_numpy(), (due >= today).to_numpy()], ["done_late", "done", "running"], "passed"
        )
        parts.append(
            pd.DataFrame(
                {
                    "parcel_id": parcel_ids.iloc[rows].astype("str").to_numpy(),
                    "term": term.name,
                    "begun_date": begun_date,
                    "due_date": due,
                    "done_date": done_date,
                    "state": state,
                    "citation": rule.citation.text("zh"),
                }
            )
        )
    if not parts:
        return pd.DataFrame({name: [] for name in TERM_COLUMNS})
    return pd.concat(parts, ignore_index=True).sort_values(["parcel_id", "due_date", "term"], ignore_index=True)


def _first_since(seen: EventReduction, kinds: tuple[str, ...], begun: Any) -> Any:
    """Return the first day of any of the kinds on or after a day of each parcel."""
    before = np.where(begun == NEVER, NEVER, begun - 1)
    found = np.full(len(begun), NEVER)
    for kind in kinds:
        own = seen.first(kind, after=before)
        found = np.where((found == NEVER) | ((own != NEVER) & (own < found)), own, found)
    return found


def _moments(days: Any) -> Any:
    return np.ascontiguousarray(days, dtype=np.int64).view("datetime64[us]")
