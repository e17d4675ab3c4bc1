"""Dates of a parcel: in order, not ahead of the run's date, and in accord with its state.

The rules are the three tables below; a row a rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.checks.recorder import Recorder

if TYPE_CHECKING:
    import datetime as dt

    from gis.issues import IssueLog

__all__ = ["check_dates"]


class Order(NamedTuple):
    """``earlier`` may not lie after ``later``; otherwise an issue of ``code``."""

    earlier: str
    later: str
    code: str


class Accord(NamedTuple):
    """Where ``field`` is ``value``, ``date`` has to be there (``present``) or has to be missing."""

    field: str
    value: str
    date: str
    present: bool


#: What can't be the other way round is ``date-order``; what hardly ever is, ``date-order-unusual``.
ORDERS = (
    Order("agreed_commencement_date", "agreed_completion_date", "date-order"),
    Order("agreed_completion_date", "agreed_production_date", "date-order-unusual"),
    Order("commencement_date", "suspension_date", "date-order"),
    Order("commencement_date", "completion_date", "date-order"),
    Order("commencement_date", "production_date", "date-order"),
    Order("suspension_date", "completion_date", "date-order-unusual"),
    Order("completion_date", "production_date", "date-order-unusual"),
    Order("supply_date", "delivery_date", "date-order-unusual"),
    Order("supply_date", "agreed_commencement_date", "date-order-unusual"),
    Order("supply_date", "agreed_completion_date", "date-order"),
    Order("supply_date", "commencement_date", "date-order-unusual"),
    Order("delivery_date", "commencement_date", "date-order-unusual"),
    Order("delay_cause_first_date", "delay_cause_last_date", "date-order"),
)
ACCORDS = (
    Accord("construction_state", "not_started", "commencement_date", False),
    Accord("construction_state", "not_started", "suspension_date", False),
    Accord("construction_state", "not_started", "completion_date", False),
    Accord("construction_state", "not_started", "production_date", False),
    Accord("construction_state", "under_construction", "commencement_date", True),
    Accord("construction_state", "under_construction", "completion_date", False),
    Accord("construction_state", "suspended", "commencement_date", True),
    Accord("construction_state", "suspended", "suspension_date", True),
    Accord("construction_state", "suspended", "completion_date", False),
    Accord("construction_state", "completed", "completion_date", True),
    Accord("start_agreement", "agreed", "agreed_commencement_date", True),
    Accord("start_agreement", "not_agreed", "agreed_commencement_date", False),
    Accord("supply_status", "approved_not_supplied", "supply_date", False),
    Accord("supply_status", "approved_not_supplied", "delivery_date", False),
    Accord("supply_status", "approved_not_supplied", "commencement_date", False),
)
#: Events that have happened where they are dated; agreed dates, and a log of events, may reach beyond the day.
RECORDED = {
    "approved_boundaries": ("approval_date",),
    "parcels": (
        "supply_date", "delivery_date", "commencement_date", "suspension_date", "completion_date", "production_date",
    ),
    "buildings": ("completion_date",),
}  # fmt: skip
AGREED = {
    "parcels": (
        "agreed_commencement_date", "agreed_completion_date", "agreed_production_date", "delay_cause_first_date",
        "delay_cause_last_date",
    ),
    "parcel_events": ("event_date", "last_date"),
}  # fmt: skip
#: Causes that have a first and a last day (order 53 art. 8), and states that come after a start.
LASTING_CAUSES = ("government_cause", "force_majeure")
STARTED = ("under_construction", "suspended", "completed")
#: What spreadsheets and databases write where there is no date.
PLACEHOLDERS = pd.to_datetime(
    ["1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01", "9999-12-31"], format="%Y-%m-%d"
).astype("datetime64[us]")


def check_dates(parcels: pd.DataFrame, *, as_of: str | dt.date, issues: IssueLog, table: str = "parcels") -> None:
    """Check the dates of a table.

    Parameters
    ----------
    parcels
        The canonical table.
    as_of
        The run's date; an event recorded after it has not happened yet.
    issues
        Takes ``date-order``, ``date-order-unusual``, ``date-in-future``, ``date-placeholder``,
        ``state-contradicts-date`` and ``state-date-missing``, one issue a row and rule.
    table
        ``parcels``, or another table that has dates.

    Examples
    --------
    >>> from gis.issues import IssueLog
    >>> log = IssueLog()
    >>> dates = {"commencement_date": ["2024-05-01"], "completion_date": ["2024-03-01"]}
    >>> parcels = pd.DataFrame({name: pd.to_datetime(days) for name, days in dates.items()}).assign(parcel_id="7")
    >>> check_dates(parcels, as_of="2026-03-31", issues=log)
    >>> [(issue.code, issue.ids, issue.found) for issue in log]
    [('date-order', ('7',), '2024-05-01 > 2024-03-01')]
    """
    recorder = Recorder(parcels, table, issues)
    _check_placeholders(recorder)
    _check_future(recorder, pd.Timestamp(as_of))
    for rule in ORDERS:
        _check_order(recorder, rule)
    for accord in ACCORDS:
        _check_accord(recorder, accord)
    _check_causes(recorder)
    _check_starts(recorder, pd.Timestamp(as_of))


def _day(moment: pd.Timestamp) -> str:
    return moment.date().isoformat()


def _dates(recorder: Recorder, field: str) -> pd.Series[pd.Timestamp] | None:
    """Return a column of dates without the placeholders, which say nothing."""
    dates = recorder.dated(field)
    return None if dates is None else dates.reset_index(drop=True).where(lambda days: ~days.isin(PLACEHOLDERS))


def _check_placeholders(recorder: Recorder) -> None:
    for field in (*RECORDED.get(recorder.table, ()), *AGREED.get(recorder.table, ())):
        dates = recorder.dated(field)
        if dates is None or not dates.isin(PLACEHOLDERS).any():
            continue
        for day in PLACEHOLDERS:
            recorder.together("date-placeholder", np.flatnonzero(dates == day), field=field, found=_day(day))


def _check_future(recorder: Recorder, as_of: pd.Timestamp) -> None:
    for field in RECORDED.get(recorder.table, ()):
        dates = _dates(recorder, field)
        if dates is None:
            continue
        for position in recorder.in_order(np.flatnonzero(dates > as_of)):
            found = _day(dates.iloc[position])
            recorder.one("date-in-future", [position], field=field, found=found, expected=f"≤ {_day(as_of)}")


def _check_order(recorder: Recorder, rule: Order) -> None:
    earlier, later = _dates(recorder, rule.earlier), _dates(recorder, rule.later)
    if earlier is None or later is None:
        return
    for position in recorder.in_order(np.flatnonzero(earlier > later)):
        found = f"{_day(earlier.iloc[position])} > {_day(later.iloc[position])}"
        recorder.one(
            rule.code, [position], field=rule.earlier, other=rule.later, found=found,
            expected=f"{rule.earlier} ≤ {rule.later}",
        )  # fmt: skip


def _check_causes(recorder: Recorder) -> None:
    """Check that a cause that lasts has a first and a last day: without both, it is not known what it explains."""
    for cause in LASTING_CAUSES:
        for day in ("delay_cause_first_date", "delay_cause_last_date"):
            _check_accord(recorder, Accord("delay_cause", cause, day, True))


def _check_starts(recorder: Recorder, as_of: pd.Timestamp) -> None:
    """Check that no state that comes after the start stands beside a start that lies ahead."""
    state, dates = recorder.column("construction_state"), _dates(recorder, "commencement_date")
    if state is None or dates is None:
        return
    values = state.reset_index(drop=True)
    ahead = values.isin(STARTED).to_numpy(dtype=bool, na_value=False) & (dates > as_of).to_numpy()
    for position in recorder.in_order(np.flatnonzero(ahead)):
        value, day = str(values.iloc[position]), _day(dates.iloc[position])
        recorder.one(
            "state-contradicts-date", [position], found=f"{value}, commencement_date {day}", value=value,
            field="construction_state", other="commencement_date",
        )  # fmt: skip


def _check_accord(recorder: Recorder, rule: Accord) -> None:
    state, dates = recorder.column(rule.field), _dates(recorder, rule.date)
    if state is None or dates is None:
        return
    applies = (state == rule.value).fillna(False).to_numpy(dtype=bool)
    wrong = np.flatnonzero(applies & (dates.isna() if rule.present else dates.notna()).to_numpy())
    facts = {"field": rule.field, "other": rule.date, "value": rule.value}
    if rule.present:
        recorder.together("state-date-missing", wrong, **facts)
        return
    for position in recorder.in_order(wrong):
        found = f"{rule.value}, {rule.date} {_day(dates.iloc[position])}"
        recorder.one("state-contradicts-date", [position], found=found, **facts)
