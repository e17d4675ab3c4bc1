"""The causes of order 53 art. 8 with the days they cover: what explains the delay of a start, and what does not.

Art. 8 asks for causes that made the delay (造成动工开发延迟). A cause lasts from its first to its last day, and
counts for the days it covers before the limit, that is before the day from which the land is idle:

- one that covers such a day ``counts``, and the days are told; of several causes no day is told twice;
- one that begins on or after the day the land was already idle is ``late`` and exempts nothing by itself;
- one without a first or a last day is ``open``: what it explains is not known;
- days before the supply, and up to an art. 12 agreement on a new start, explain nothing of the time that runs now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from gis.analyses.event_reduction import BEYOND, NEVER, as_days
from gis.schema import text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["CauseSpan", "cause_texts", "judge_causes"]

COUNTS, OPEN, LATE = "counts", "open", "late"
#: Of several causes the first of these decides.
TURN = (COUNTS, OPEN, LATE)
#: Statuses of land that waits for its start: of other land a cause explains no delay of it.
WAITING = ("approved_not_built", "idle")
DAY = int(np.timedelta64(1, "D") / np.timedelta64(1, "us"))


class CauseSpan(NamedTuple):
    """A recorded cause: days as whole numbers (see `as_days`), `NEVER` where one is not recorded."""

    first: int
    is_government: bool
    item: str
    last: int

    @property
    def kind(self) -> str:
        """The word of the cause."""
        return "government_cause" if self.is_government else "force_majeure"

    @property
    def end(self) -> int:
        """The last day; one before the first is none."""
        return self.last if self.last >= self.first else NEVER


class _Window(NamedTuple):
    """The days that a cause can explain: from the first one to the limit, as far as the day of judgement."""

    first: int
    limit: int
    today: int

    def part(self, span: CauseSpan) -> tuple[int, int]:
        return max(span.first, self.first), min(span.end, self.today, self.limit - DAY)

    def state(self, span: CauseSpan) -> str:
        if span.end != NEVER and span.end < self.first:
            return ""
        if span.first != NEVER and span.first >= self.limit:
            return LATE
        if NEVER in {span.first, span.end}:
            return OPEN
        first, last = self.part(span)
        return COUNTS if first <= last else ""


def judge_causes(
    facts: pd.DataFrame, limit: pd.Series[Any], today: Any, *, exempt_causes: Collection[str]
) -> pd.DataFrame:
    """Return what the recorded causes explain of the delay, one row a parcel.

    Parameters
    ----------
    facts
        From `gis.analyses.parcel_facts.facts_on`: its ``cause_spans`` and what bounds them.
    limit
        The day from which the land is idle; missing where no limit runs: then every day may be explained.
    today
        The as-of date, or one of each row.
    exempt_causes
        The causes that exclude fee and reclaim.

    Returns
    -------
    cause_state (``counts``, ``open``, ``late``, or "" where no such cause is recorded), cause (of the latest one in
    that state, else the recorded word), cause_item, cause_first_date, cause_last_date, cause_days (days before the
    limit that causes cover, each once; missing where none counts).
    """
    count = len(facts)
    state, cause = np.full(count, "", dtype=object), facts["delay_cause"].astype(object).to_numpy(copy=True)
    item, days = np.full(count, None, dtype=object), np.full(count, np.nan)
    first, last = (np.full(count, NEVER) for _ in range(2))
    limits, todays = (np.broadcast_to(as_days(each), (count,)) for each in (limit, today))
    supplied, restart = as_days(facts["supply_date"]), as_days(facts["restart_date"])
    begin = np.maximum(supplied, np.where(restart == NEVER, NEVER, restart + DAY))
    spans = facts["cause_spans"].to_numpy()
    for place in np.flatnonzero(facts["cause_spans"].notna().to_numpy()):
        end = BEYOND if limits[place] == NEVER else int(limits[place])
        window = _Window(int(begin[place]), end, int(todays[place]))
        own = [span for span in spans[place] if span.kind in exempt_causes]
        chosen, states = None, [window.state(span) for span in own]
        for each in TURN:
            if each in states:
                chosen = max(span for span, found in zip(own, states, strict=True) if found == each)
                state[place] = each
                break
        if chosen is None:
            continue
        cause[place], item[place] = chosen.kind, chosen.item or None
        first[place], last[place] = chosen.first, chosen.end
        if state[place] == COUNTS:
            parts = [window.part(span) for span, found in zip(own, states, strict=True) if found == COUNTS]
            days[place] = _days_of(sorted(parts))
    return pd.DataFrame(
        {
            "cause_state": pd.Series(state, index=facts.index, dtype="str"),
            "cause": pd.Series(cause, index=facts.index, dtype="str"),
            "cause_item": pd.Series(item, index=facts.index, dtype="str"),
            "cause_first_date": first.view("datetime64[us]"),
            "cause_last_date": last.view("datetime64[us]"),
            "cause_days": days,
        },
        index=facts.index,
    )


def cause_texts(parcel: Mapping[str, Any], lang: Literal["en", "zh"]) -> list[str]:
    """Return what recorded causes and the delivery say of a delay, a line each, of land that waits for its start.

    Examples
    --------
    >>> day = pd.Timestamp("2020-06-01")
    >>> told = {"status": "idle", "cause_state": "counts", "cause_first_date": day, "cause_last_date": day}
    >>> cause_texts(told | {"cause_days": 1.0, "delivery_state": "", "late_delivery_days": None}, "en")
    ['cause of art. 8: 2020-06-01 to 2020-06-01, 1 days covered before the limit']
    """
    if parcel["status"] not in WAITING:
        return []

    def shown(day: Any) -> str:
        return "?" if pd.isna(day) else pd.Timestamp(day).date().isoformat()

    lines = []
    if parcel["cause_state"]:
        first, last = shown(parcel["cause_first_date"]), shown(parcel["cause_last_date"])
        days = 0 if pd.isna(parcel["cause_days"]) else int(parcel["cause_days"])
        lines.append(text(f"idle.cause_{parcel['cause_state']}", lang, first=first, last=last, days=days))
    if parcel["delivery_state"]:
        lines.append(text(f"idle.{parcel['delivery_state']}", lang, days=int(parcel["late_delivery_days"])))
    return lines


def _days_of(parts: list[tuple[int, int]]) -> int:
    """Return how many days intervals in order cover, each day once.

    Examples
    --------
    >>> _days_of([(0, 2 * DAY), (DAY, 3 * DAY), (9 * DAY, 9 * DAY)])
    5
    """
    total, reached = 0, NEVER
    for first, last in parts:
        begin = max(first, reached)
        total += max(last + DAY - begin, 0)
        reached = max(reached, last + DAY)
    return total // DAY
