"""The steps of a case against what each needs: the step before it, the end of a term, the status of the land that day.

A step of the same day counts as before. An art. 12 agreement ends a case: what came before it is no condition of what
comes after. How long a hearing may be asked for is in the rules on hearings (working days) and is not checked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from gis.analyses.idle_status import classify_status
from gis.analyses.procedure import STEP_KINDS
from gis.checks.event_rows import TABLE, named_kind
from gis.checks.recorder import Recorder
from gis.errors import listed
from gis.regulations import anniversary
from gis.schema import text

if TYPE_CHECKING:
    import datetime as dt

    from gis.issues import IssueLog
    from gis.regulations import Rulebook

__all__ = ["check_steps", "has_steps"]

#: The latest moment: an agreement that has not come.
NEVER_CLOSED = pd.Timestamp.max


class _Condition(NamedTuple):
    step: str
    before: tuple[str, ...]
    article: str


SERVICE = ("fee_served", "reclaim_served")
CONDITIONS = (
    _Condition("investigation_answer", ("investigation_notice",), "5¶2"),
    _Condition("idle_finding", ("investigation_notice",), "5, 9"),
    _Condition("finding_published", ("idle_finding",), "11"),
    _Condition("hearing_notice", ("idle_finding",), "9, 15"),
    _Condition("hearing_held", ("hearing_notice",), "15"),
    _Condition("article_14_decision", ("idle_finding",), "9, 14"),
    _Condition("article_14_decision", ("hearing_notice",), "15"),
    _Condition("fee_served", ("article_14_decision",), "14, 17"),
    _Condition("reclaim_served", ("article_14_decision",), "14, 17"),
    _Condition("fee_paid", ("fee_served",), "17"),
    _Condition("right_deregistered", ("reclaim_served",), "17"),
    _Condition("objection", SERVICE, "17¶2"),
)
#: What the land must be on the day of a step: statuses, or routes by the value of the step.
FOUND_IDLE = ("idle", "idle_recognisable")
ROUTES = {"fee": ("fee", "reclaim"), "reclaim": ("reclaim",)}


def has_steps(events: pd.DataFrame) -> bool:
    """Tell whether any event is a step of a case."""
    return bool(events["event_kind"].isin(STEP_KINDS).any())


def check_steps(parcels: pd.DataFrame, events: pd.DataFrame, rules: Rulebook, *, issues: IssueLog) -> None:
    """Check the steps of cases up to the as-of date.

    Parameters
    ----------
    parcels, events
        Canonical tables ``parcels`` and ``parcel_events``.
    rules
        A rulebook; its date is the as-of date. The status on the day of a step is judged by the rules of that day.
    issues
        Takes ``step-before-condition``, ``step-condition-unrecorded``, ``step-term-open`` and ``step-status``.
    """
    own = events[events["event_kind"].isin([*STEP_KINDS, "article_12_agreement"]) & events["event_date"].notna()]
    log = _Log(events, own, issues)
    today = pd.Timestamp(rules.as_of)
    for condition in CONDITIONS:
        for position, parcel, day in log.steps(condition.step, today):
            _check_before(log, condition, position, parcel, day)
    if rules.covers("idle_land.answer_period"):
        _check_answers(log, rules, today)
    _check_status(log, parcels, rules, today)


class _Log:
    """The steps by parcel and kind."""

    def __init__(self, events: pd.DataFrame, own: pd.DataFrame, issues: IssueLog) -> None:
        self.events = events.reset_index(drop=True)
        self.recorder = Recorder(events, TABLE, issues)
        places = np.flatnonzero(events.index.isin(own.index))
        columns = (own["event_kind"].astype("str"), own["parcel_id"].astype("str"), own["event_date"])
        self._rows: dict[str, list[tuple[int, str, pd.Timestamp]]] = {}
        self._days: dict[tuple[str, str], list[pd.Timestamp]] = {}
        for position, kind, parcel, day in zip(places.tolist(), *(column.tolist() for column in columns), strict=True):
            self._rows.setdefault(kind, []).append((position, parcel, day))
            self._days.setdefault((parcel, kind), []).append(day)

    def steps(self, kind: str, today: pd.Timestamp) -> list[tuple[int, str, pd.Timestamp]]:
        """Return row, parcel and day of the steps of a kind, in the order of their source."""
        rows = {row[0]: row for row in self._rows.get(kind, []) if row[2] <= today}
        return [rows[position] for position in self.recorder.in_order(rows)]

    def days(self, parcel: str, kinds: tuple[str, ...], around: pd.Timestamp) -> list[pd.Timestamp]:
        """Return the days of kinds in the case that a day belongs to: between two agreements."""
        closed = self._days.get((parcel, "article_12_agreement"), [])
        first = max((day for day in closed if day < around), default=pd.Timestamp.min)
        last = min((day for day in closed if day >= around), default=NEVER_CLOSED)
        found = [day for kind in kinds for day in self._days.get((parcel, kind), [])]
        return sorted(day for day in found if first < day <= last)


def _check_before(log: _Log, condition: _Condition, position: int, parcel: str, day: pd.Timestamp) -> None:
    known = log.days(parcel, condition.before, day)
    if any(one <= day for one in known):
        return
    named = [named_kind(kind) for kind in condition.before]
    facts = {f"condition_{lang}": " / ".join(each[f"kind_{lang}"] for each in named) for lang in ("zh", "en")}
    code = "step-before-condition" if known else "step-condition-unrecorded"
    log.recorder.one(
        code, [position], found=_shown(day), expected=listed(_shown(one) for one in known) or "–",
        **_article(condition.article), **facts, **named_kind(condition.step),
    )  # fmt: skip


def _check_answers(log: _Log, rules: Rulebook, today: pd.Timestamp) -> None:
    """Report findings made while the holder could still answer."""
    rule = rules.get("idle_land.answer_period")
    for position, parcel, day in log.steps("idle_finding", today):
        notices = [one for one in log.days(parcel, ("investigation_notice",), day) if one <= day]
        if not notices:
            continue
        due = anniversary(notices[-1].date(), rule.value)
        answers = log.days(parcel, ("investigation_answer",), day)
        if day.date() <= due and not any(notices[-1] <= one <= day for one in answers):
            log.recorder.one(
                "step-term-open", [position], found=_shown(day), expected=due.isoformat(), **_article("5¶2"),
            )  # fmt: skip


def _check_status(log: _Log, parcels: pd.DataFrame, rules: Rulebook, today: pd.Timestamp) -> None:
    """Report findings of land that was not idle that day, and decisions that its route does not lead to."""
    asked: dict[dt.date, list[tuple[int, str, str]]] = {}
    for kind in ("idle_finding", "article_14_decision"):
        for position, parcel, moment in log.steps(kind, today):
            asked.setdefault(moment.date(), []).append((position, parcel, kind))
    for day, steps in sorted(asked.items()):
        law = rules.on(day)
        if not law.covers("idle_land.start_overdue_period"):
            continue
        ids = {parcel for _, parcel, _ in steps}
        land = parcels[parcels["parcel_id"].astype("str").isin(ids)].reset_index(drop=True)
        own = log.events[log.events["parcel_id"].astype("str").isin(ids)].reset_index(drop=True)
        status = classify_status(pd.DataFrame(land), law, events=own).set_axis(land["parcel_id"].astype("str"))
        for position, parcel, kind in steps:
            if parcel in status.index:
                _report_status(log, position, kind, status.loc[[parcel]].iloc[0], day)


def _report_status(log: _Log, position: int, kind: str, found: Any, day: dt.date) -> None:
    value = "" if kind == "idle_finding" else str(log.events["value"].iloc[position]).strip()
    allowed = FOUND_IDLE if kind == "idle_finding" else ROUTES.get(value)
    if allowed is None or found["status" if kind == "idle_finding" else "route"] in allowed:
        return
    facts: dict[str, str] = {}
    for lang in ("zh", "en"):
        rooms = "status." if kind == "idle_finding" else "idle.route_"
        facts[f"needed_{lang}"] = " / ".join(text(rooms + one, lang) for one in allowed)
        facts[f"status_{lang}"] = text(f"status.{found['status']}", lang)
        facts[f"route_{lang}"] = text(f"idle.route_{found['route']}", lang) if found["route"] else "–"
    log.recorder.one(
        "step-status", [position], found=day.isoformat(), value=value, **_article("2, 9" if not value else "14"),
        **facts, **named_kind(kind),
    )  # fmt: skip


def _article(number: str) -> dict[str, str]:
    return {"article_zh": f"第53号令第{number}条", "article_en": f"order 53 art. {number}"}


def _shown(day: pd.Timestamp) -> str:
    return day.date().isoformat()
