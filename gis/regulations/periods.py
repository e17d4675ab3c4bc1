"""Legal periods in calendar years, months and days (Civil Code arts. 200-204).

The first day is not counted (art. 201); a period of years or months ends on the corresponding day,
or on the last day of the month where there is none (art. 202: 29 February ends on 28 February), at
24:00 of it (art. 203). The shift of a last day that is a holiday (art. 203) is not applied: whether
it reaches a status of land, rather than an act to be done in time, was not found in any text.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from gis.errors import RuleError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["anniversaries", "anniversary", "completes_on", "completions", "parse_period"]

PERIOD = re.compile(r"P(?=[1-9])(?:([1-9][0-9]*)Y)?(?:([1-9][0-9]*)M)?(?:([1-9][0-9]*)D)?")
ONE_DAY = dt.timedelta(days=1)


def parse_period(text: str) -> tuple[int, int, int]:
    """Return years, months and days of an ISO 8601 period of whole calendar units.

    Raises
    ------
    RuleError
        If the text is no such period: zero, weeks, hours, fractions and blanks are refused.

    Examples
    --------
    >>> parse_period("P1Y"), parse_period("P6M"), parse_period("P30D")
    ((1, 0, 0), (0, 6, 0), (0, 0, 30))
    """
    match = PERIOD.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise RuleError("period_invalid", period=text)
    years, months, days = (int(part or 0) for part in match.groups())
    return years, months, days


def anniversary(day: dt.date, period: str) -> dt.date:
    """Return the corresponding day: the last day of a period whose clock starts on ``day``.

    Parameters
    ----------
    day
        The day that the clock starts on, itself not counted.
    period
        Such as ``"P1Y"``.

    Raises
    ------
    RuleError
        If the period is malformed.

    Notes
    -----
    Source: Civil Code arts. 201, 202.

    Examples
    --------
    >>> anniversary(dt.date(2024, 2, 29), "P1Y").isoformat()
    '2025-02-28'
    >>> anniversary(dt.date(2023, 2, 28), "P1Y").isoformat()
    '2024-02-28'
    """
    years, months, days = parse_period(period)
    month = day.month - 1 + months
    year, month = day.year + years + month // 12, month % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return dt.date(year, month, min(day.day, last)) + dt.timedelta(days=days)


def completes_on(day: dt.date, period: str, *, anniversary_counts: bool) -> dt.date:
    """Return the first day on which a period is full (满).

    Parameters
    ----------
    day
        The day that the clock starts on.
    period
        Such as ``"P1Y"``.
    anniversary_counts
        Whether the corresponding day itself is full already (parameter
        ``idle_land.anniversary_counts``). A period ends at 24:00 of that day, so without a text
        that says otherwise it is full on the day after.

    Examples
    --------
    >>> completes_on(dt.date(2025, 3, 31), "P1Y", anniversary_counts=False).isoformat()
    '2026-04-01'
    >>> completes_on(dt.date(2025, 3, 31), "P1Y", anniversary_counts=True).isoformat()
    '2026-03-31'
    """
    last = anniversary(day, period)
    return last if anniversary_counts else last + ONE_DAY


def anniversaries(days: pd.Series[Any], period: str) -> pd.Series[Any]:
    """Return `anniversary` of each date of a column; missing stays missing.

    Parameters
    ----------
    days
        ``datetime64`` without time zone, at midnight.
    period
        Such as ``"P1Y"``.

    Returns
    -------
    ``datetime64[us]``, same index and name.

    Raises
    ------
    RuleError
        If the period is malformed, or the dates have a time zone: a day that is moved to UTC can
        be the day before.

    Examples
    --------
    >>> import pandas as pd
    >>> anniversaries(pd.Series(pd.to_datetime(["2024-02-29", None])), "P1Y").dt.strftime("%F").tolist()
    ['2025-02-28', nan]
    """
    import numpy as np

    years, months, more = parse_period(period)
    if getattr(days.dt, "tz", None) is not None:
        raise RuleError("period_of_zoned_dates", column=days.name, zone=days.dt.tz)
    start = days.to_numpy(dtype="datetime64[D]")
    month = start.astype("datetime64[M]")
    into = start - month.astype("datetime64[D]")
    target = month + np.timedelta64(12 * years + months, "M")
    first = target.astype("datetime64[D]")
    last = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    result = np.minimum(first + into, last) + np.timedelta64(more, "D")
    return days.__class__(result.astype("datetime64[us]"), index=days.index, name=days.name)


def completions(days: pd.Series[Any], period: str, *, anniversary_counts: bool) -> pd.Series[Any]:
    """Return `completes_on` of each date of a column; missing stays missing (see `anniversaries`).

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.Series(pd.to_datetime(["2025-03-31"]))
    >>> completions(days, "P1Y", anniversary_counts=False).dt.strftime("%F").tolist()
    ['2026-04-01']
    """
    last = anniversaries(days, period)
    return last if anniversary_counts else last + ONE_DAY
