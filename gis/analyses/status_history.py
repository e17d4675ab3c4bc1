"""The status of every parcel over time, as intervals: judged again on each day on which it could change."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.idle_status import STATUSES, classify_facts
from gis.analyses.parcel_facts import facts_on
from gis.errors import InputError
from gis.regulations import list_rules
from gis.schema import combine_events

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.regulations import Rulebook

__all__ = ["HISTORY_COLUMNS", "trace_statuses"]

HISTORY_COLUMNS = ("parcel_id", "status", "valid_from", "valid_to")
#: What a clock announces: on its day the status changes, if nothing else happens before.
CLOCKS = ("becomes_idle", "becomes_recognisable")
RULES = "idle_land."


def trace_statuses(
    parcels: pd.DataFrame, rules: Rulebook, *, since: dt.date, events: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the statuses of every parcel from a day to the as-of date, without gaps or overlaps.

    A status can change on the day of an event or of a date in a column, on the day that a clock runs
    out, and on the day that a rule of idle land comes into or goes out of force. The parcels concerned
    are judged on each of these days, by the rules in force on it; in between nothing changes.

    Parameters
    ----------
    parcels
        Canonical table ``parcels``; any order of rows.
    rules
        A rulebook; its date is the last day. Its place and hypothetical values are used throughout.
    since
        The first day.
    events
        Table ``parcel_events``; on each day those up to it count.

    Returns
    -------
    `HISTORY_COLUMNS`, by id and day: both ends of an interval are in it, neighbouring ones differ.

    Raises
    ------
    InputError
        If the first day lies after the as-of date.
    RuleError
        If a rule of idle land is not in force on a day.

    Notes
    -----
    A column without a day of its own speaks of the day of the data, and is taken for earlier days too
    (see ``idle.note_trend``).

    Examples
    --------
    >>> from gis.issues import IssueLog
    >>> from gis.regulations import load_rules
    >>> from gis.schema import conform
    >>> raw = {"parcel_id": ["1"], "supply_status": ["supplied"], "agreed_commencement_date": ["2023-06-01"],
    ...        "construction_state": ["not_started"], "delay_cause": ["none"]}
    >>> parcels = conform(pd.DataFrame(raw), "parcels", issues=IssueLog())
    >>> rules = load_rules(as_of="2026-03-31", place="310115")
    >>> history = trace_statuses(parcels, rules, since=dt.date(2024, 1, 1))
    >>> [(row.status, f"{row.valid_from:%Y-%m-%d}") for row in history.itertuples()]
    [('approved_not_built', '2024-01-01'), ('idle', '2024-06-02')]
    """
    if since > rules.as_of:
        raise InputError("trend_days_reversed", first=since, last=rules.as_of)
    trace = _Trace(parcels.sort_values("parcel_id", ignore_index=True), rules, since, events)
    return trace.intervals()


class _Trace:
    """Days still to be judged, and the changes found so far."""

    def __init__(self, parcels: pd.DataFrame, rules: Rulebook, since: dt.date, events: pd.DataFrame | None) -> None:
        self.parcels = parcels
        self.rules = rules
        self.first, self.last = pd.Timestamp(since), pd.Timestamp(rules.as_of)
        log = combine_events(parcels, events)
        self.log = log.sort_values("parcel", kind="stable", ignore_index=True)
        self.ends = np.searchsorted(self.log["parcel"].to_numpy(), np.arange(len(parcels) + 1))
        self.pending: dict[pd.Timestamp, list[NDArray[np.int64]]] = defaultdict(list)
        self.current = np.full(len(parcels), -1, dtype="int64")
        self.changes: list[tuple[NDArray[np.int64], NDArray[np.int64], pd.Timestamp]] = []

    def intervals(self) -> pd.DataFrame:
        """Judge every day and return the intervals between the changes."""
        everybody = np.arange(len(self.parcels))
        for day in (self.first, *self._days_of_rules()):
            self.pending[day].append(everybody)
        self._plan(self.log["event_date"], self.log["parcel"].to_numpy())
        for column in self.parcels.columns:
            if pd.api.types.is_datetime64_any_dtype(self.parcels[column]):
                self._plan(self.parcels[column], everybody)
        while self.pending:
            day = min(self.pending)
            self._judge(day, np.unique(np.concatenate(self.pending.pop(day))))
        return self._listed()

    def _days_of_rules(self) -> list[pd.Timestamp]:
        found = set()
        for record in list_rules():
            if record["name"].startswith(RULES):
                found |= {pd.Timestamp(record[key]) for key in ("in_force", "repealed") if record.get(key)}
        return sorted(day for day in found if self.first < day <= self.last)

    def _plan(self, days: pd.Series[Any], places: NDArray[Any]) -> None:
        """Note the days inside the window on which parcels have to be judged."""
        wanted = ((days > self.first) & (days <= self.last)).to_numpy()
        if not wanted.any():
            return
        moments, own = days.to_numpy()[wanted], places[wanted]
        order = np.argsort(moments, kind="stable")
        distinct, starts = np.unique(moments[order], return_index=True)
        for day, part in zip(distinct, np.split(own[order], starts[1:]), strict=True):
            self.pending[pd.Timestamp(day).normalize()].append(part)

    def _judge(self, day: pd.Timestamp, places: NDArray[np.int64]) -> None:
        own = self.parcels.iloc[places].reset_index(drop=True)
        rows = np.concatenate([np.arange(self.ends[p], self.ends[p + 1]) for p in places]).astype("int64")
        log = self.log.iloc[rows].reset_index(drop=True)
        log["parcel"] = np.searchsorted(places, log["parcel"].to_numpy())
        rules = self.rules.on(day.date())
        found = classify_facts(facts_on(own, log, rules.as_of), rules)
        codes = pd.Index(STATUSES).get_indexer(pd.Index(found["status"]))
        changed = codes != self.current[places]
        self.current[places] = codes
        if changed.any():
            self.changes.append((places[changed], codes[changed], day))
        ahead = found["next_event"].isin(CLOCKS) & (found["next_date"] > day)
        self._plan(found["next_date"].where(ahead), places)

    def _listed(self) -> pd.DataFrame:
        sizes = [len(places) for places, _, _ in self.changes]
        table = pd.DataFrame(
            {
                "place": np.concatenate([places for places, _, _ in self.changes] or [np.zeros(0, "int64")]),
                "code": np.concatenate([codes for _, codes, _ in self.changes] or [np.zeros(0, "int64")]),
                "valid_from": pd.DatetimeIndex([day for _, _, day in self.changes]).as_unit("us").repeat(sizes),
            }
        ).sort_values(["place", "valid_from"], ignore_index=True)
        following = table["valid_from"].shift(-1).where(table["place"] == table["place"].shift(-1))
        return pd.DataFrame(
            {
                "parcel_id": self.parcels["parcel_id"].to_numpy()[table["place"]],
                "status": pd.Series(np.array(STATUSES, dtype=object)[table["code"]], dtype="str"),
                "valid_from": table["valid_from"],
                "valid_to": (following - pd.Timedelta(days=1)).fillna(self.last).astype("datetime64[us]"),
            }
        )[list(HISTORY_COLUMNS)]
