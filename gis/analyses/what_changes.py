"""What would change the status of a parcel: events that are not recorded, judged by the same function."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from gis.analyses.idle_status import classify_facts
from gis.analyses.parcel_facts import facts_on
from gis.regulations import anniversary
from gis.schema import combine_events

if TYPE_CHECKING:
    from fractions import Fraction

    from gis.regulations import Rulebook

__all__ = ["list_changes"]

CAUSES = ("government_cause", "force_majeure")
BEGINNING = ("supplied", "not_commenced", "commenced", *CAUSES, "article_12_agreement")
#: Once a stop without a start is recorded, a start of today would stand after it.
BEFORE_A_STOP = ("commenced", "not_commenced", "suspended", "resumed")
WORK = ("suspended", "resumed", "completed", "in_production", "article_12_agreement")
#: Events that are tried for a status; those of works on land that is not started would say nothing.
TRIED = {
    "approved_not_supplied": ("supplied",),
    "approved_not_built": BEGINNING,
    "idle": BEGINNING,
    "undetermined": (*BEGINNING, *WORK),
    "idle_recognisable": WORK,
    "under_construction": WORK,
    "completed": ("in_production",),
    "in_production": (),
}


class Tried(NamedTuple):
    """An event that is tried: on the as-of date, unless it has a day of its own."""

    kind: str
    value: str = ""
    first: str = ""
    last: str = ""


def list_changes(parcels: pd.DataFrame, rules: Rulebook, *, events: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return which events, had they been recorded, would change status or route.

    Tried are the events that may follow a status on the as-of date, an Art. 12 agreement on a start a
    year ahead, and for suspended land as much land and investment as the limits ask for. Where the clock
    of the start runs, causes of art. 8 are tried over the time from the agreed start to the limit.

    Parameters
    ----------
    parcels
        Canonical table ``parcels`` with one row.
    rules
        A rulebook; its date is the as-of date.
    events
        Canonical table ``parcel_events``.

    Returns
    -------
    One row a change: events (names joined by ``;``), values, first_dates and last_dates (likewise, ""
    for none and for the as-of date), status, route, ground, next_event, next_date as they would then be.

    Raises
    ------
    ValueError
        If there is not exactly one parcel.

    Examples
    --------
    >>> from gis.issues import IssueLog
    >>> from gis.regulations import load_rules
    >>> from gis.schema import conform
    >>> raw = {"parcel_id": ["1"], "supply_status": ["supplied"], "agreed_commencement_date": ["2024-01-10"],
    ...        "construction_state": ["not_started"], "delay_cause": ["none"]}
    >>> parcels = conform(pd.DataFrame(raw), "parcels", issues=IssueLog())
    >>> changes = list_changes(parcels, load_rules(as_of="2025-06-30", place="310115")).set_index("events")
    >>> changes.loc["commenced", "status"], changes.loc["government_cause", "route"]
    ('under_construction', 'article_12')
    >>> changes.loc["government_cause", "first_dates"], changes.loc["government_cause", "last_dates"]
    ('2024-01-10', '2025-01-10')
    """
    if len(parcels) != 1:
        raise ValueError(f"list_changes takes one parcel, found {len(parcels)}")
    known = _judged(parcels, rules, events)
    rows = []
    for tried in _tried(known, parcels, rules):
        found = _judged(parcels, rules, _with(parcels, events, tried, rules))
        if (found["status"], found["route"]) == (known["status"], known["route"]):
            continue
        parts = [";".join(each) for each in zip(*tried, strict=True)]
        told = dict(zip(("events", "values", "first_dates", "last_dates"), parts, strict=True))
        rows.append(told | {key: found[key] for key in ("status", "route", "ground", "next_event", "next_date")})
    columns = ["events", "values", "first_dates", "last_dates", "status", "route", "ground", "next_event", "next_date"]
    return pd.DataFrame(rows, columns=columns)


def _judged(parcels: pd.DataFrame, rules: Rulebook, events: pd.DataFrame | None) -> pd.Series[Any]:
    return classify_facts(facts_on(parcels, combine_events(parcels, events), rules.as_of), rules).iloc[0]


def _with(
    parcels: pd.DataFrame, events: pd.DataFrame | None, tried: tuple[Tried, ...], rules: Rulebook
) -> pd.DataFrame:
    """Return the events with some more."""
    days = [each.first or rules.as_of.isoformat() for each in tried]
    last = pd.Series([each.last or None for each in tried], dtype="str")
    more = pd.DataFrame(
        {
            "parcel_id": [parcels["parcel_id"].iloc[0]] * len(tried),
            "event_date": pd.to_datetime(days).astype("datetime64[us]"),
            "event_kind": pd.Series([each.kind for each in tried], dtype="str"),
            "value": pd.Series([each.value or None for each in tried], dtype="str"),
            "last_date": pd.to_datetime(last).astype("datetime64[us]"),
        }
    )
    if events is None or not len(events):
        return more
    return pd.concat([events.reindex(columns=more.columns).astype(more.dtypes), more], ignore_index=True)


def _tried(known: pd.Series[Any], parcels: pd.DataFrame, rules: Rulebook) -> list[tuple[Tried, ...]]:
    """Return the sets of events to try."""
    ahead = anniversary(rules.as_of, rules.get("idle_land.extension_period").value).isoformat()
    first = last = ""
    if not pd.isna(known["idle_from"]):
        first = known["clock_start"].date().isoformat()
        last = (known["idle_from"] - pd.Timedelta(days=1)).date().isoformat()
    own = {
        "article_12_agreement": Tried("article_12_agreement", ahead),
        **{cause: Tried(cause, "", first, last) for cause in CAUSES},
    }
    single = dict.fromkeys(TRIED[known["status"]])
    if known["ground"] == "ground_stopped_without_start":
        single = dict.fromkeys(name for name in single if name not in BEFORE_A_STOP)
    tried: list[tuple[Tried, ...]] = [(own.get(name, Tried(name)),) for name in single]
    return tried + (_sums(parcels, rules) if known["type_b"] else [])


def _sums(parcels: pd.DataFrame, rules: Rulebook) -> list[tuple[Tried, ...]]:
    """Return the least land and investment that are not below the limits, together and alone."""
    tried = []
    for kind, whole, rule in (
        ("area_developed", "land_to_develop_m2", "developed_area_ratio"),
        ("investment_counted", "total_investment_cny", "invested_ratio"),
    ):
        total = parcels[whole].iloc[0]
        if not pd.isna(total) and total > 0:
            tried.append(Tried(kind, _least(total, rules.get(f"idle_land.{rule}").value)))
    return [*((event,) for event in tried), tuple(tried)] if len(tried) > 1 else [(event,) for event in tried]


def _least(total: float, ratio: Fraction) -> str:
    """Return the least share, in hundredths, that is not below a ratio of a total."""
    hundredths = math.ceil(round(total * 100) * ratio)
    return f"{hundredths / 100:.2f}"
