"""The days ahead of every parcel as a list: what comes in the next 30, 90, 180 and 365 days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.analyses.procedure import TERMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.regulations import Rulebook

__all__ = ["WINDOWS_DAYS", "list_early_warnings"]

#: How far a list looks ahead, unless it is asked for other windows.
WINDOWS_DAYS = (30, 90, 180, 365)
#: Column of the routes → what comes on its day, and the rule behind it.
COMING = {
    "becomes_idle_date": ("becomes_idle", "start_overdue_period"),
    "fee_date": ("fee", "fee_ratio"),
    "reclaim_date": ("reclaim", "reclaim_period"),
    "recognisable_date": ("becomes_recognisable", "suspension_period"),
    "payment_due_date": ("payment_due", "payment_period"),
}
TERM_NAMES = frozenset(term.name for term in TERMS)
COLUMNS = (
    "parcel_id", "event", "event_date", "days_left", "window_days", "status", "citation", "route_missing",
)  # fmt: skip


def list_early_warnings(
    routes: pd.DataFrame,
    rules: Rulebook,
    *,
    terms: pd.DataFrame | None = None,
    windows_days: Sequence[int] = WINDOWS_DAYS,
) -> pd.DataFrame:
    """Return what comes to each parcel after the as-of date, if nothing else happens.

    Parameters
    ----------
    routes
        From `gis.analyses.idle_routes.settle_routes`.
    rules
        A rulebook; its date is the as-of date.
    terms
        From `gis.analyses.procedure.list_terms`: those that run are listed to their last day, that day included, in
        place of the payment that ``routes`` names.
    windows_days
        Days ahead, ascending; nothing beyond the last is listed.

    Returns
    -------
    parcel_id, event, event_date, days_left, window_days (the least that holds it), status, citation,
    route_missing; the nearest first.
    """
    today = pd.Timestamp(rules.as_of)
    parts = []
    for column, (event, rule) in COMING.items():
        if terms is not None and event in TERM_NAMES:
            continue
        days = (routes[column] - today).dt.days
        rows = routes[(days > 0) & (days <= max(windows_days))]
        if not len(rows):
            continue
        parts.append(
            pd.DataFrame(
                {
                    "parcel_id": rows["parcel_id"],
                    "event": event,
                    "event_date": rows[column],
                    "days_left": days.loc[rows.index],
                    "status": rows["status"],
                    "citation": rules.get(f"idle_land.{rule}").citation.text("zh"),
                    "route_missing": rows["route_missing"],
                }
            )
        )
    if terms is not None and len(terms):
        parts.append(_running(terms, routes, today, max(windows_days)))
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame({name: [] for name in COLUMNS})
    found = pd.concat(parts, ignore_index=True)
    left = found["days_left"].astype("int64")
    found = found.assign(days_left=left, window_days=np.asarray(windows_days)[np.searchsorted(windows_days, left)])
    return found[list(COLUMNS)].sort_values(["event_date", "parcel_id", "event"], ignore_index=True)


def _running(terms: pd.DataFrame, routes: pd.DataFrame, today: pd.Timestamp, most_days: int) -> pd.DataFrame:
    """Return the terms that run and end within so many days."""
    left = (terms["due_date"] - today).dt.days
    rows = terms[(terms["state"] == "running") & (left <= most_days)]
    own = routes.set_index(routes["parcel_id"].astype("str"))[["status", "route_missing"]]
    own = own[~own.index.duplicated()].reindex(rows["parcel_id"])
    return pd.DataFrame(
        {
            "parcel_id": rows["parcel_id"],
            "event": rows["term"],
            "event_date": rows["due_date"],
            "days_left": left.loc[rows.index],
            "status": own["status"].to_numpy(),
            "citation": rows["citation"],
            "route_missing": own["route_missing"].to_numpy(),
        }
    )
