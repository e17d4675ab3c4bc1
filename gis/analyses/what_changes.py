"""What would change the status of a parcel: events that are not recorded, judged by the same function."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.analyses.idle_status import classify_facts
from gis.analyses.parcel_facts import facts_on
from gis.regulations import anniversary
from gis.schema import combine_events

if TYPE_CHECKING:
    from fractions import Fraction

    from gis.regulations import Rulebook

__all__ = ["list_changes"]

Event = tuple[str, str | None]
BEGINNING = ("supplied", "commenced", "government_cause", "force_majeure", "article_12_agreement")
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


def list_changes(parcels: pd.DataFrame, rules: Rulebook, *, events: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return which events, had they been recorded on the as-of date, would change status or route.

    Tried are the events that may follow a status, an Art. 12 agreement on a start a year ahead, and
    for suspended land as much land and investment as the limits ask for.

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
    One row a change: events (names joined by ``;``), values (likewise, "" for none), status, route,
    ground, next_event, next_date as they would then be.

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
    """
    if len(parcels) != 1:
        raise ValueError(f"list_changes takes one parcel, found {len(parcels)}")
    known = _judged(parcels, rules, events)
    rows = []
    for tried in _tried(known, parcels, rules):
        found = _judged(parcels, rules, _with(parcels, events, tried, rules))
        if (found["status"], found["route"]) == (known["status"], known["route"]):
            continue
        names, values = zip(*tried, strict=True)
        told = {"events": ";".join(names), "values": ";".join(value or "" for value in values)}
        rows.append(told | {key: found[key] for key in ("status", "route", "ground", "next_event", "next_date")})
    columns = ["events", "values", "status", "route", "ground", "next_event", "next_date"]
    return pd.DataFrame(rows, columns=columns)


def _judged(parcels: pd.DataFrame, rules: Rulebook, events: pd.DataFrame | None) -> pd.Series[Any]:
    return classify_facts(facts_on(parcels, combine_events(parcels, events), rules.as_of), rules).iloc[0]


def _with(
    parcels: pd.DataFrame, events: pd.DataFrame | None, tried: tuple[Event, ...], rules: Rulebook
) -> pd.DataFrame:
    """Return the events with some more on the as-of date."""
    more = pd.DataFrame(
        {
            "parcel_id": [parcels["parcel_id"].iloc[0]] * len(tried),
            "event_date": pd.to_datetime([rules.as_of] * len(tried)).astype("datetime64[us]"),
            "event_kind": pd.Series([name for name, _ in tried], dtype="str"),
            "value": pd.Series([value for _, value in tried], dtype="str"),
        }
    )
    if events is None or not len(events):
        return more
    return pd.concat([events[list(more.columns)], more], ignore_index=True)


def _tried(known: pd.Series[Any], parcels: pd.DataFrame, rules: Rulebook) -> list[tuple[Event, ...]]:
    """Return the sets of events to try."""
    ahead = anniversary(rules.as_of, rules.get("idle_land.extension_period").value).isoformat()
    single = dict.fromkeys(TRIED[known["status"]])
    tried: list[tuple[Event, ...]] = [((name, ahead if name == "article_12_agreement" else None),) for name in single]
    return tried + (_sums(parcels, rules) if known["type_b"] else [])


def _sums(parcels: pd.DataFrame, rules: Rulebook) -> list[tuple[Event, ...]]:
    """Return the least land and investment that are not below the limits, together and alone."""
    tried = []
    for kind, whole, rule in (
        ("area_developed", "land_to_develop_m2", "developed_area_ratio"),
        ("investment_counted", "total_investment_cny", "invested_ratio"),
    ):
        total = parcels[whole].iloc[0]
        if not pd.isna(total) and total > 0:
            tried.append((kind, _least(total, rules.get(f"idle_land.{rule}").value)))
    return [*((event,) for event in tried), tuple(tried)] if len(tried) > 1 else [(event,) for event in tried]


def _least(total: float, ratio: Fraction) -> str:
    """Return the least share, in hundredths, that is not below a ratio of a total."""
    hundredths = math.ceil(round(total * 100) * ratio)
    return f"{hundredths / 100:.2f}"
