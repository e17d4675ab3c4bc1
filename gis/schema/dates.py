"""Business dates: the day as written, read once from text, never moved by a time zone.

A supply contract signed on 2021-01-15 in Shanghai is dated 2021-01-15. Libraries that turn
``2021-01-15T00:00:00+08:00`` into UTC make it 2021-01-14, and one day decides whether a year is
full; so readers hand dates over as text, and this module takes the day that stands there.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["PROBLEMS", "parse_dates"]

#: The kinds of problem that `parse_dates` reports, in this order.
PROBLEMS: Final = ("unparseable", "mixed_zones", "time_of_day")
#: The zone of a time that names none; plain days take no part in the comparison of zones.
UNSTATED: Final = "none"

DAY = (
    r"(?P<year>\d{4})"
    r"(?:(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})|年(?P<month_zh>\d{1,2})月(?P<day_zh>\d{1,2})日)"
)
COMPACT_DAY = r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
TIME = (
    r"(?:(?:T|\s+)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?P<zone>Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?"
)
WRITTEN = re.compile(DAY + TIME, re.IGNORECASE | re.ASCII)
COMPACT = re.compile(COMPACT_DAY + TIME, re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class _Reading:
    """One written value: its day, its zone (None for a plain day), and whether an hour is named."""

    day: dt.date | None
    zone: str | None = None
    has_hour: bool = False


def parse_dates(values: pd.Series[Any]) -> tuple[pd.Series[Any], dict[str, list[int]]]:
    """Read a column of dates; the day is the day as written, whatever zone stands behind it.

    Accepted: ``2021-01-15``, ``2021/1/15``, ``2021.1.15``, ``20210115``, ``2021年1月15日``, each
    but for an hour and a zone behind it; date and time objects; empty text as missing. Two-digit
    years and day-first order are refused: they can be read in two ways.

    Parameters
    ----------
    values
        Text, numbers such as 20210115, or dates.

    Returns
    -------
    dates
        ``datetime64[us]`` without zone, at midnight, same index; missing where no day was read.
    problems
        Positions from 0 for each of `PROBLEMS`: ``unparseable`` (missing in the result),
        ``mixed_zones`` (rows outside the column's most frequent zone, or every row with a zone
        where none is most frequent; an hour without zone counts as a zone of its own), and
        ``time_of_day`` (rows with an hour that is not midnight, which the day leaves out).

    Examples
    --------
    >>> dates, problems = parse_dates(pd.Series(["2021-01-15T00:00+08:00", "2021年1月5日", "15/1/21", None]))
    >>> [str(day.date()) for day in dates.dropna()], problems
    (['2021-01-15', '2021-01-05'], {'unparseable': [2], 'mixed_zones': [], 'time_of_day': []})
    """
    if isinstance(values.dtype, np.dtype | pd.DatetimeTZDtype) and values.dtype.kind == "M":
        return _from_datetimes(values)
    codes, written = pd.factorize(_as_text(values))
    readings = [_read(value) for value in written]
    days = np.array([reading.day for reading in readings] + [None], dtype="datetime64[D]")
    empty = np.array([not value.strip() for value in written] + [True], dtype=bool)
    unread = np.isnat(days) & ~empty
    hours = np.array([reading.has_hour for reading in readings] + [False], dtype=bool)
    odd = _odd_zones([reading.zone for reading in readings], np.bincount(codes[codes >= 0], minlength=len(readings)))
    dates = pd.Series(days[codes].astype("datetime64[us]"), index=values.index, name=values.name)
    problems = {"unparseable": unread[codes], "mixed_zones": odd[codes], "time_of_day": hours[codes]}
    return dates, {kind: _positions(mask) for kind, mask in problems.items()}


def _positions(mask: Any) -> list[int]:
    return [int(position) for position in np.flatnonzero(mask)]


def _from_datetimes(values: pd.Series[Any]) -> tuple[pd.Series[Any], dict[str, list[int]]]:
    local = values.dt.tz_localize(None) if isinstance(values.dtype, pd.DatetimeTZDtype) else values
    days = local.dt.normalize()
    hours = _positions((local != days) & local.notna())
    return days.astype("datetime64[us]"), {"unparseable": [], "mixed_zones": [], "time_of_day": hours}


def _odd_zones(zones: Sequence[str | None], counts: Iterable[int]) -> Any:
    """Mark the written values whose zone is not the column's one zone."""
    total: Counter[str] = Counter()
    for zone, count in zip(zones, counts, strict=True):
        if zone is not None:
            total[zone] += int(count)
    usual = {zone for zone, count in total.items() if count == max(total.values())}
    mixed = len(total) > 1
    kept = usual if len(usual) == 1 else set()
    return np.array([mixed and zone is not None and zone not in kept for zone in zones] + [False], dtype=bool)


def _as_text(values: pd.Series[Any]) -> Any:
    """Return the values as text: two instants that are equal in UTC are two writings all the same."""
    if isinstance(values.dtype, pd.StringDtype):
        return values.astype(object).to_numpy()
    missing = values.isna().to_numpy()
    if missing.all():
        return np.full(len(values), None, dtype=object)
    return np.array([None if gone else _written(value) for value, gone in zip(values, missing, strict=True)], object)


def _written(value: Any) -> str:
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, dt.date):  # a datetime and a Timestamp are dates too
        return value.isoformat()
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _read(written: str) -> _Reading:
    """Read one value; a reading without day is either empty or not understood."""
    text = unicodedata.normalize("NFKC", written).strip()
    match = WRITTEN.fullmatch(text) or COMPACT.fullmatch(text)
    if match is None:
        return _Reading(None)
    part = {name: value for name, value in match.groupdict().items() if value}
    month, day = part.get("month") or part["month_zh"], part.get("day") or part["day_zh"]
    try:
        date = dt.date(int(part["year"]), int(month), int(day))
        if "hour" not in part:
            return _Reading(date)
        clock = dt.time(int(part["hour"]), int(part["minute"]), int(part.get("second", 0)))
    except ValueError:
        return _Reading(None)
    zone = _zone_minutes(part.get("zone"))
    has_hour = clock != dt.time(0) or bool(part.get("fraction", "").strip("0"))
    plain = zone == UNSTATED and not has_hour
    return _Reading(date, None if plain else zone, has_hour)


def _zone_minutes(written: str | None) -> str:
    """Return a zone as minutes east of Greenwich, so that ``+0800`` and ``+08:00`` are one zone."""
    if written is None:
        return UNSTATED
    if written.upper() in ("Z", "UTC"):
        return "0"
    digits = written[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return str(-minutes if written[0] == "-" else minutes)
