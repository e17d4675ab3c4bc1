"""What is known of each parcel on a day: the columns of ``parcels`` with the events up to that day.

The rules of it:

- An event counts from its day on. An agreed date is known from the day it was agreed, though it lies ahead.
- Where a column and events speak of the same thing, the events count (a contradiction is an issue).
- A column without a day of its own (state, cause, sum, area, grade) holds on the day of the data,
  unless a later event of that kind says when it came about: then it does not hold before.
- What neither log nor columns name is not known. That work has not begun is known as of the day of a
  check that found so (``not_commenced``), and for as long after it as a rule says.
- A cause lasts from its first to its last day; what it explains is judged in `gis.analyses.causes`.
- An Art. 12 agreement with a new start date takes the place of the agreed start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.causes import CauseSpan
from gis.analyses.event_reduction import NEVER, EventReduction, as_days, either, larger, smaller

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

__all__ = ["facts_on"]

DATED = {
    "supply_date": "supplied",
    "delivery_date": "delivered",
    "completion_date": "completed",
    "production_date": "in_production",
}
KEPT = (
    "parcel_id", "contract_id", "supply_status", "agreed_completion_date", "agreed_production_date",
    "construction_state", "land_to_develop_m2", "total_investment_cny", "land_price_cny",
)  # fmt: skip
#: A state and the event that says when it came about.
STATE_EVENTS = {"under_construction": "commenced", "suspended": "suspended", "completed": "completed"}
CAUSES = ("force_majeure", "government_cause")


def facts_on(parcels: pd.DataFrame, log: pd.DataFrame, as_of: dt.date | NDArray[Any]) -> pd.DataFrame:
    """Reduce events to the facts as of a date, one row a parcel.

    Parameters
    ----------
    parcels
        Canonical table ``parcels``.
    log
        From `gis.schema.combine_events`.
    as_of
        The day, or an array with a day for each row: then a parcel may have several rows, each with its
        own copy of the parcel's events.

    Returns
    -------
    On the index of ``parcels``: its columns that a status hangs on, as known on the day, and
    agreed_ground, start_agreement, restart_date (day of the Art. 12 agreement in force),
    is_restart_open (an agreement whose new start is not told), resumed_date, has_start_log,
    has_stop_log (a suspension or resumption is recorded), is_agreed_by_log, is_start_unclear
    (foundation facts without permit), not_commenced_date (of the last check that found no start),
    cause_spans (a tuple of `CauseSpan`, or None), filed_date, fee_served_date, fee_served_cny,
    finding_date, hoarding_date.

    Examples
    --------
    >>> from gis.issues import IssueLog
    >>> from gis.schema import combine_events, conform
    >>> parcels = conform(pd.DataFrame({"parcel_id": ["1"]}), "parcels", issues=IssueLog())
    >>> raw = pd.DataFrame({"parcel_id": ["1"] * 3, "event_date": ["2020-01-01", "2021-05-01", "2022-02-01"],
    ...                     "event_kind": ["commenced", "suspended", "resumed"]})
    >>> log = combine_events(parcels, conform(raw, "parcel_events", issues=IssueLog()))
    >>> facts = [facts_on(parcels, log, pd.Timestamp(day)).iloc[0] for day in ("2021-12-31", "2022-12-31")]
    >>> [str(fact["suspension_date"]) for fact in facts]
    ['2021-05-01 00:00:00', 'NaT']
    """
    today = as_days(as_of)
    seen = EventReduction(log, len(parcels), _moments(today))
    facts: dict[str, Any] = {name: parcels[name] for name in KEPT}
    for column, kind in DATED.items():
        facts[column] = _moments(either(seen.first(kind), as_days(parcels[column])))
    facts |= _start(parcels, seen, today)
    facts |= _suspension(parcels, seen, today)
    facts |= _agreement(parcels, seen)
    facts |= _cause(parcels, seen, today)
    facts |= _sums(parcels, seen)
    facts |= _states(parcels, seen)
    facts |= {
        "filed_date": _moments(seen.first("filed_in_monitoring")),
        "fee_served_date": _moments(seen.last("fee_served")),
        "fee_served_cny": seen.number("fee_served"),
        "finding_date": _moments(seen.last("idle_finding")),
        "hoarding_date": _moments(seen.last("hoarding_decision")),
    }
    return pd.DataFrame(facts, index=parcels.index)


def _moments(days: Any) -> Any:
    return np.ascontiguousarray(days, dtype=np.int64).view("datetime64[us]")


def _start(parcels: pd.DataFrame, seen: EventReduction, today: Any) -> dict[str, Any]:
    """Return the start: as logged, as the column says, or by permit and foundation facts (art. 30)."""
    permit, foundation = seen.first("construction_permit"), seen.first("foundation_facts")
    by_facts = larger(permit, foundation)
    logged, own = seen.first("commenced"), as_days(parcels["commencement_date"])
    happened = (own != NEVER) & (own <= today)
    start = np.select([logged != NEVER, happened, by_facts != NEVER], [logged, own, by_facts], default=own)
    stop_log, unclear = seen.has("suspended", "resumed"), (foundation != NEVER) & (permit == NEVER)
    unclear &= (logged == NEVER) & ~happened
    checked = seen.last("not_commenced")
    return {
        "commencement_date": _moments(start),
        "has_start_log": (logged != NEVER) | (by_facts != NEVER) | stop_log,
        "has_stop_log": stop_log,
        "is_start_unclear": unclear,
        # A check says nothing of what was built after it.
        "not_commenced_date": _moments(np.where(unclear & (foundation > checked), NEVER, checked)),
    }


def _suspension(parcels: pd.DataFrame, seen: EventReduction, today: Any) -> dict[str, Any]:
    """Return the first day of the suspension that runs: after the last resumption."""
    resumed, own = seen.last("resumed"), as_days(parcels["suspension_date"])
    running = seen.first("suspended", after=resumed)
    counts = (own != NEVER) & (own <= today) & (own > resumed)
    logged = seen.has("suspended", "resumed")
    by_log = smaller(running, np.where(counts, own, NEVER))
    return {"suspension_date": _moments(np.where(logged, by_log, own)), "resumed_date": _moments(resumed)}


def _agreement(parcels: pd.DataFrame, seen: EventReduction) -> dict[str, Any]:
    """Return the agreed start in force: of the last agreement, an Art. 12 one before others of its day."""
    agreed_on, agreed = seen.last_with_day("agreed_commencement")
    restart_on, restart = seen.last_with_day("article_12_agreement")
    worded_on, words = seen.last_with_word("agreed_commencement")
    latest = np.maximum(agreed_on, worded_on)
    restarts = (restart_on != NEVER) & (restart_on >= latest)
    # A column's start was agreed at supply: before a supply that the log tells, it is not known.
    hidden, worded = seen.later("supplied"), worded_on > agreed_on
    own = np.where(hidden, NEVER, as_days(parcels["agreed_commencement_date"]))
    start = np.select([restarts, worded], [restart, NEVER], either(agreed, own))
    untold = seen.last_without_value("article_12_agreement")
    said: Any = np.where(hidden, None, _objects(parcels["start_agreement"]))
    said = np.where(worded, words, said)
    return {
        "agreed_commencement_date": _moments(start),
        "agreed_ground": np.where(restarts, "clock_article_12", "clock_agreed"),
        "restart_date": _moments(np.where(restarts, restart_on, NEVER)),
        "start_agreement": _text(said, parcels),
        "is_restart_open": (untold != NEVER) & (untold >= np.maximum(latest, restart_on)),
        "is_agreed_by_log": latest != NEVER,
    }


def _cause(parcels: pd.DataFrame, seen: EventReduction, today: Any) -> dict[str, Any]:
    """Return the recorded word of the cause, and every cause of art. 8 that has begun, with its days."""
    own, item = _objects(parcels["delay_cause"]), _objects(parcels["delay_cause_item"])
    first, last = (as_days(parcels[f"delay_cause_{end}_date"]) for end in ("first", "last"))
    spans: dict[int, list[CauseSpan]] = {}
    for kind in CAUSES:
        is_government = kind == "government_cause"
        for place, begin, end, word in seen.lasting(kind):
            spans.setdefault(place, []).append(CauseSpan(begin, is_government, str(word), end))
        named = own == kind  # a column's cause that events date holds as they say
        for place in np.flatnonzero(named & ~seen.ever(kind) & (first <= today)).tolist():
            span = CauseSpan(int(first[place]), is_government, str(item[place] or ""), int(last[place]))
            spans.setdefault(place, []).append(span)
        own = np.where(named, None, own)
    held = np.full(len(parcels), None, dtype=object)
    for place, found in spans.items():
        held[place] = tuple(found)
    return {"delay_cause": _text(own, parcels), "cause_spans": pd.Series(held, index=parcels.index, dtype="object")}


def _objects(values: pd.Series[str]) -> Any:
    return values.astype("object").where(values.notna(), None).to_numpy()


def _text(values: Any, parcels: pd.DataFrame) -> pd.Series[str]:
    return pd.Series(values, index=parcels.index, dtype="str")


def _sums(parcels: pd.DataFrame, seen: EventReduction) -> dict[str, Any]:
    """Return sums and areas; an investment with the land price in it is not used (art. 30)."""
    refused = np.zeros(len(parcels), dtype=bool)
    if "investment_basis" in parcels.columns:
        refused = (parcels["investment_basis"] == "with_land_price").to_numpy(dtype=bool, na_value=False)
    own_invested, own_area = (parcels[name].to_numpy() for name in ("invested_cny", "developed_area_m2"))
    invested = np.where(seen.ever("investment_counted"), seen.number("investment_counted"), own_invested)
    developed = np.where(seen.ever("area_developed"), seen.number("area_developed"), own_area)
    grade = _objects(parcels["efficiency_grade"])
    logged = seen.word("efficiency_grade")
    grade = np.where(seen.ever("efficiency_grade"), np.where(logged == "", None, logged), grade)
    return {
        "invested_cny": np.where(refused, np.nan, invested),
        "total_investment_cny": np.where(refused, np.nan, parcels["total_investment_cny"].to_numpy()),
        "developed_area_m2": developed,
        "efficiency_grade": _text(grade, parcels),
    }


def _states(parcels: pd.DataFrame, seen: EventReduction) -> dict[str, Any]:
    """Return states of the data's day, without those that a later event says came about later."""
    state = _objects(parcels["construction_state"])
    for name, kind in STATE_EVENTS.items():
        state = np.where((state == name) & seen.later(kind), None, state)
    supplied_later = seen.later("supplied")
    supply = _objects(parcels["supply_status"])
    contract = _objects(parcels["contract_id"])
    return {
        "construction_state": _text(state, parcels),
        "supply_status": _text(np.where((supply == "supplied") & supplied_later, None, supply), parcels),
        "contract_id": _text(np.where(supplied_later, None, contract), parcels),
    }
