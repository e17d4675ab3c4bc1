"""Many events of many parcels reduced to one value a parcel, without a loop over rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventReduction", "as_days", "either", "larger", "smaller"]

#: What a missing day is as a whole number, and a number that is later than every day.
NEVER = np.iinfo(np.int64).min
BEYOND = np.iinfo(np.int64).max
Array = Any


def as_days(moments: Any) -> Array:
    """Return days as whole numbers (microseconds); missing ones are `NEVER`."""
    return np.asarray(moments, dtype="datetime64[us]").view(np.int64)


def either(first: Array, second: Array) -> Array:
    """Return the first day where it is there, else the second."""
    return np.where(first != NEVER, first, second)


def smaller(first: Array, second: Array) -> Array:
    """Return the earlier of two days; one that is missing leaves the other."""
    return np.where((first != NEVER) & (second != NEVER), np.minimum(first, second), np.maximum(first, second))


def larger(first: Array, second: Array) -> Array:
    """Return the later of two days where both are there, else missing."""
    return np.where((first != NEVER) & (second != NEVER), np.maximum(first, second), NEVER)


class EventReduction:
    """The given events of parcels, to be asked by kind for what holds on a day.

    Parameters
    ----------
    log
        From `gis.schema.combine_events`; the order of its rows changes nothing.
    count
        How many parcels there are.
    today
        The day, or one of each parcel: later events are not seen, other than by `later`.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2024-01-01", "2023-01-01", "2026-01-01"]).astype("datetime64[us]")
    >>> log = pd.DataFrame({"parcel": [1, 1, 1], "event_kind": pd.Categorical(["tax"] * 3), "event_date": days,
    ...                     "number": [7.0, 5.0, 9.0], "is_given": True})
    >>> seen = EventReduction(log, 2, pd.Timestamp("2025-01-01"))
    >>> seen.number("tax").tolist(), seen.has("tax").tolist()
    ([nan, 7.0], [False, True])
    """

    def __init__(self, log: pd.DataFrame, count: int, today: Any) -> None:
        given = log["is_given"].to_numpy(dtype=bool)
        self.count = count
        self._log = log
        self._days = as_days(log["event_date"])
        self._parcel = log["parcel"].to_numpy()
        limits = np.broadcast_to(as_days(today), (count,))
        self._seen = given & (self._days <= limits[self._parcel]) & (self._days != NEVER)
        self._unseen = given & ~self._seen & (self._days != NEVER)
        codes = log["event_kind"].cat.codes.to_numpy()
        places = {str(name): code for code, name in enumerate(log["event_kind"].cat.categories)}
        self._rows = {name: np.flatnonzero(given & (codes == code)) for name, code in places.items()}

    def _of(self, kind: str, *, seen: bool = True) -> Array:
        rows = self._rows.get(kind, np.zeros(0, dtype=np.int64))
        return rows[(self._seen if seen else self._unseen)[rows]]

    def _marked(self, rows: Array) -> Array:
        mask = np.zeros(self.count, dtype=bool)
        mask[self._parcel[rows]] = True
        return mask

    def has(self, *kinds: str) -> Array:
        """Tell which parcels have an event of one of the kinds, up to the day."""
        return self._marked(np.concatenate([self._of(kind) for kind in kinds]))

    def later(self, kind: str) -> Array:
        """Tell which parcels have an event of the kind after the day, and none up to it."""
        return self._marked(self._of(kind, seen=False)) & ~self.has(kind)

    def ever(self, kind: str) -> Array:
        """Tell which parcels have an event of the kind on any day."""
        return self._marked(self._rows.get(kind, np.zeros(0, dtype=np.int64)))

    def first(self, kind: str, *, after: Array | None = None) -> Array:
        """Return the earliest day of a kind, up to the day; with ``after``, of those later than that day."""
        rows = self._of(kind)
        if after is not None:
            rows = rows[self._days[rows] > after[self._parcel[rows]]]
        found = np.full(self.count, BEYOND)
        np.minimum.at(found, self._parcel[rows], self._days[rows])
        return np.where(found == BEYOND, NEVER, found)

    def _last_rows(self, kind: str, wanted: Array | None) -> tuple[Array, Array]:
        rows = self._of(kind)
        if wanted is not None:
            rows = rows[wanted[rows]]
        found = np.full(self.count, NEVER)
        np.maximum.at(found, self._parcel[rows], self._days[rows])
        return found, rows[self._days[rows] == found[self._parcel[rows]]]

    def last(self, kind: str) -> Array:
        """Return the latest day of a kind, up to the day."""
        return self._last_rows(kind, None)[0]

    def last_with_day(self, kind: str) -> tuple[Array, Array]:
        """Return the latest day of events whose value is a day, and that value; of several, the latest."""
        values = as_days(self._log["day"])
        found, rows = self._last_rows(kind, values != NEVER)
        best = np.full(self.count, NEVER)
        np.maximum.at(best, self._parcel[rows], values[rows])
        return found, best

    def last_with_word(self, kind: str) -> tuple[Array, Array]:
        """Return the latest day of events whose value is a word, and that word; of several, the greatest."""
        found, rows = self._last_rows(kind, (self._log["word"] != "").to_numpy(dtype=bool))
        return found, self._greatest_word(rows)

    def lasting(self, kind: str) -> list[tuple[int, int, int, str]]:
        """Return every event of a kind up to the day: parcel, first day, last day (or `NEVER`), word."""
        rows = self._of(kind)
        last = as_days(self._log["last_day"])[rows] if "last_day" in self._log else np.full(len(rows), NEVER)
        words = self._log["word"].to_numpy(dtype=object)[rows]
        return list(zip(self._parcel[rows].tolist(), self._days[rows].tolist(), last.tolist(), words, strict=True))

    def last_without_value(self, kind: str) -> Array:
        """Return the latest day of events that have neither a day nor a word as value."""
        empty = (as_days(self._log["day"]) == NEVER) & (self._log["word"] == "").to_numpy(dtype=bool)
        return self._last_rows(kind, empty)[0]

    def number(self, kind: str) -> Array:
        """Return the number of the latest event of a kind; of several on one day, the greatest."""
        values = self._log["number"].to_numpy(dtype="float64")
        _, rows = self._last_rows(kind, ~np.isnan(values))
        best = np.full(self.count, np.nan)
        np.fmax.at(best, self._parcel[rows], values[rows])
        return best

    def number_of_year(self, kind: str, year: int) -> Array:
        """Return the number of the latest event of a kind that is dated within a calendar year."""
        values = self._log["number"].to_numpy(dtype="float64")
        first, after = (int(as_days(f"{each:04d}-01-01")) for each in (year, year + 1))
        _, rows = self._last_rows(kind, ~np.isnan(values) & (self._days >= first) & (self._days < after))
        best = np.full(self.count, np.nan)
        np.fmax.at(best, self._parcel[rows], values[rows])
        return best

    def word(self, kind: str) -> Array:
        """Return the word of the latest event of a kind, "" where it has none; of several on one day, the greatest."""
        return self._greatest_word(self._last_rows(kind, None)[1])

    def _greatest_word(self, rows: Array) -> Array:
        words = self._log["word"]
        codes = words.cat.codes.to_numpy().astype(np.int64)
        best = np.full(self.count, -1)
        np.maximum.at(best, self._parcel[rows], codes[rows])
        names = np.append(words.cat.categories.to_numpy(dtype=object), "")
        return names[best]
