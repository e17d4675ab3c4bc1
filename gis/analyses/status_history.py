"""The status of every parcel over time, as intervals: judged again on each day on which it could change."""

from __future__ import annotations

import datetime as dt
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
DAY = np.timedelta64(1, "D")
#: Days of parcels judged together: memory stays below about 1 GB.
AT_ONCE = 200_000


def trace_statuses(
    parcels: pd.DataFrame, rules: Rulebook, *, since: dt.date, events: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the statuses of every parcel from a day to the as-of date, without gaps or overlaps.

    A status can change on the day of an event or of a date in a column, on the day that a clock runs
    out or a check that found no start no longer holds, and on the day that a rule of idle land comes
    into or goes out of force. The parcels concerned are judged on each of these days, by the rules in
    force on it; in between nothing changes.

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
    """Which parcel has to be judged on which day, and what was found.

    What a parcel is on a day hangs on that day alone, so that all days of all parcels are judged together:
    first those that the data name, then those that the clocks found there name, until no new one comes.
    """

    def __init__(self, parcels: pd.DataFrame, rules: Rulebook, since: dt.date, events: pd.DataFrame | None) -> None:
        self.parcels = parcels
        self.rules = rules
        self.first, self.last = np.datetime64(since, "us"), np.datetime64(rules.as_of, "us")
        self.changes_of_law = self._days_of_rules()
        self.log = combine_events(parcels, events).sort_values("parcel", kind="stable", ignore_index=True)
        self.ends = np.searchsorted(self.log["parcel"].to_numpy(), np.arange(len(parcels) + 1))

    def intervals(self) -> pd.DataFrame:
        """Judge every day and return the intervals between the changes."""
        asked = found = self._judged(self._named_days())
        while len(asked):
            days = [asked["next_date"].where(asked["clock"]), asked["lapse_date"]]
            ahead = pd.concat([pd.DataFrame({"place": asked["place"], "day": each}) for each in days])
            known = found.set_index(["place", "day"]).index
            ahead = self._within(ahead)
            asked = self._judged(ahead[~pd.MultiIndex.from_frame(ahead).isin(known)])
            found = pd.concat([found, asked], ignore_index=True) if len(asked) else found
        found = found.sort_values(["place", "day"], ignore_index=True)
        is_same = (found["place"] == found["place"].shift()) & (found["code"] == found["code"].shift())
        return self._listed(found[~is_same].reset_index(drop=True))

    def _days_of_rules(self) -> NDArray[Any]:
        own = [record for record in list_rules() if record["name"].startswith(RULES)]
        days = {np.datetime64(record["in_force"], "us") for record in own}
        days |= {np.datetime64(record["expires"], "us") + DAY for record in own if record["expires"]}
        return np.array(sorted(day for day in days if self.first < day <= self.last), dtype="datetime64[us]")

    def _named_days(self) -> pd.DataFrame:
        """Return the days that the window, the law, the events and the columns name."""
        count = len(self.parcels)
        everybody = np.arange(count)
        told = (self.parcels[column] for column in self.parcels.columns)
        columns = [column.to_numpy() for column in told if pd.api.types.is_datetime64_any_dtype(column)]
        general = [np.full(count, day) for day in (self.first, *self.changes_of_law)]
        parts = [pd.DataFrame({"place": self.log["parcel"], "day": self.log["event_date"]})]
        parts += [pd.DataFrame({"place": everybody, "day": days}) for days in (*columns, *general)]
        return self._within(pd.concat(parts, ignore_index=True))

    def _within(self, days: pd.DataFrame) -> pd.DataFrame:
        """Return the days inside the window, each once a parcel."""
        days = days[(days["day"] >= self.first) & (days["day"] <= self.last)]
        moments = days["day"].dt.normalize().astype("datetime64[us]")
        return pd.DataFrame({"place": days["place"].astype("int64"), "day": moments}).drop_duplicates(ignore_index=True)

    def _judged(self, days: pd.DataFrame) -> pd.DataFrame:
        """Return the days with the status on each, and the day on which a clock runs out if nothing else happens."""
        law = np.searchsorted(self.changes_of_law, days["day"].to_numpy(), side="right")
        parts = []
        for number, first in enumerate((self.first, *self.changes_of_law)):
            own = days[law == number]
            rules = self.rules.on(pd.Timestamp(first).date())
            parts += [self._under(rules, own.iloc[at : at + AT_ONCE]) for at in range(0, len(own), AT_ONCE)]
        columns = ["place", "day", "code", "next_date", "clock", "lapse_date"]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

    def _under(self, rules: Rulebook, days: pd.DataFrame) -> pd.DataFrame:
        days = days.reset_index(drop=True)
        place = days["place"].to_numpy()
        sizes = self.ends[place + 1] - self.ends[place]
        number = np.repeat(np.arange(len(place)), sizes)
        row = np.arange(len(number)) + np.repeat(self.ends[place] - (np.cumsum(sizes) - sizes), sizes)
        log = self.log.iloc[row].reset_index(drop=True).assign(parcel=number)
        own = self.parcels.iloc[place].reset_index(drop=True)
        facts = facts_on(own, log, days["day"].to_numpy())
        found = classify_facts(facts, rules, days=days["day"])
        return days.assign(
            code=pd.Index(STATUSES).get_indexer(pd.Index(found["status"])),
            next_date=found["next_date"],
            clock=found["next_event"].isin(CLOCKS) & (found["next_date"] > days["day"]),
            lapse_date=found["not_started_until"] + pd.Timedelta(DAY),
        )

    def _listed(self, table: pd.DataFrame) -> pd.DataFrame:
        following = table["day"].shift(-1).where(table["place"] == table["place"].shift(-1))
        return pd.DataFrame(
            {
                "parcel_id": self.parcels["parcel_id"].to_numpy()[table["place"].to_numpy("int64")],
                "status": pd.Series(np.array(STATUSES, dtype=object)[table["code"].to_numpy("int64")], dtype="str"),
                "valid_from": table["day"].astype("datetime64[us]"),
                "valid_to": (following - pd.Timedelta(days=1)).fillna(pd.Timestamp(self.last)).astype("datetime64[us]"),
            }
        )[list(HISTORY_COLUMNS)]
