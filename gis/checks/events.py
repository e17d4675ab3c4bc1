"""Events of parcels: values as their kinds want them, in order, and in accord with the columns of ``parcels``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.checks.dates import Order
from gis.checks.event_columns import check_columns, check_states, report_column
from gis.checks.event_rows import TABLE, day_texts, gathered, named_kind, picked, shown_days
from gis.checks.recorder import Recorder
from gis.errors import listed
from gis.schema import (
    EventValue,
    combine_events,
    event_kinds,
    investment_includes_price,
    read_event_values,
)

if TYPE_CHECKING:
    import datetime as dt

    from gis.issues import IssueLog

__all__ = ["check_events", "check_investment"]

#: The first event of the earlier kind may not lie after the first of the later.
ORDERS = (
    Order("commenced", "suspended", "event-order"),
    Order("commenced", "completed", "event-order"),
    Order("commenced", "in_production", "event-order"),
    Order("supplied", "commenced", "event-order-unusual"),
    Order("supplied", "delivered", "event-order-unusual"),
    Order("construction_permit", "commenced", "event-order-unusual"),
    Order("completed", "in_production", "event-order-unusual"),
    Order("not_commenced", "commenced", "event-order"),
    Order("not_commenced", "suspended", "event-order"),
    Order("not_commenced", "completed", "event-order"),
)
#: Of these the last decides: a check after a start contradicts it.
LAST = ("not_commenced",)
#: Kinds that last, from their date to ``last_date``.
LASTING = ("government_cause", "force_majeure")
CUMULATIVE = ("investment_counted", "area_developed")
#: Of these, several on one day are several steps.
STEPS = ("surplus_land_step", "surplus_floor_step")


def check_events(events: pd.DataFrame, parcels: pd.DataFrame, *, as_of: str | dt.date, issues: IssueLog) -> None:
    """Check the events of parcels, by themselves and against the columns that are short for them.

    Parameters
    ----------
    events
        Canonical table ``parcel_events``.
    parcels
        Canonical table ``parcels``.
    as_of
        The run's date; later events don't count yet, which is a note.
    issues
        Takes ``event-value-missing``, ``-invalid`` and ``-unwanted``, ``event-repeated``,
        ``event-contradicts-event``, ``event-last-day-missing``, ``-before-first`` and
        ``-unwanted``, ``event-order``, ``event-order-unusual``,
        ``event-value-decreases``, ``event-contradicts-field`` and ``events-after-date``.

    Examples
    --------
    >>> from gis.issues import IssueLog
    >>> from gis.schema import conform
    >>> log = IssueLog()
    >>> own = pd.DataFrame({"parcel_id": ["7"], "commencement_date": ["2024-05-01"]})
    >>> parcels = conform(own, "parcels", issues=log)
    >>> raw = pd.DataFrame({"parcel_id": ["7"], "event_date": ["2024-06-01"], "event_kind": ["commenced"]})
    >>> check_events(conform(raw, "parcel_events", issues=log), parcels, as_of="2026-03-31", issues=log)
    >>> [(issue.code, issue.ids, issue.found, issue.expected) for issue in log]
    [('event-contradicts-field', ('7',), '2024-05-01', '2024-06-01')]
    """
    recorder = Recorder(events, TABLE, issues)
    given = _given(events, recorder)
    _check_values(given, recorder)
    _check_repeats(given, recorder)
    _check_order(given, recorder)
    _check_lasting(given, recorder)
    _check_sums(given, recorder)
    _check_stops(given, parcels, recorder)
    today = pd.Timestamp(as_of)
    later = np.flatnonzero((given["event_date"] > today).to_numpy())
    if len(later):
        recorder.table_wide("events-after-date", count=len(later), found=str(today.date()))
    if {"parcel_id"} <= set(parcels.columns):
        check_columns(given, parcels, recorder)
        check_states(given[given["event_date"] <= today], parcels, recorder)


def _given(events: pd.DataFrame, recorder: Recorder) -> pd.DataFrame:
    """Return the events with their values read; ``key`` is what two events of one day must agree in."""
    names = ["event_kind", "event_date", "value", "last_date"]
    frame = pd.DataFrame(events.reindex(columns=names)).reset_index(drop=True)
    frame["last_date"] = pd.to_datetime(frame["last_date"])
    values = read_event_values(frame)
    text = values["word"].astype("str").where(values["word"] != "", values["number"].astype("str"))
    key = text.where(values["day"].isna(), values["day"].astype("str"))
    shown = pd.Series(day_texts(frame["event_date"]), dtype="object")
    return frame.assign(parcel_id=pd.Series(recorder.ids, dtype="str"), key=key, shown=shown, **values)


def _check_values(given: pd.DataFrame, recorder: Recorder) -> None:
    for (problem, kind), rows in given[given["problem"] != ""].groupby(["problem", "event_kind"], sort=True):
        entry = event_kinds()[str(kind)]
        shape = "" if entry.value in {EventValue.CHOICE, EventValue.NONE} else f"{entry.value.value} "
        expected = (shape + listed(entry.choices)).strip() or "–"
        recorder.together(
            f"event-value-{problem}", rows.index, found=listed(rows["value"].dropna().unique()),
            expected=expected.replace("agreement", "date,"), **named_kind(str(kind)),
        )  # fmt: skip


def _check_repeats(given: pd.DataFrame, recorder: Recorder) -> None:
    known = given[given["event_kind"].isin(list(event_kinds())) & given["event_date"].notna()]
    same = known.duplicated(["parcel_id", "event_kind", "event_date", "key"], keep=False)
    _report_same(known[same], "event-repeated", recorder, with_values=False)
    single = known["event_kind"].isin([name for name, kind in event_kinds().items() if kind.single])
    once = known.drop_duplicates(["parcel_id", "event_kind", "event_date", "key"])
    twice = once[single.loc[once.index]].duplicated(["parcel_id", "event_kind"], keep=False)
    steps = once["event_kind"].isin(STEPS)
    many = once[~single.loc[once.index] & ~steps].duplicated(["parcel_id", "event_kind", "event_date"], keep=False)
    wrong = once.loc[sorted([*twice[twice].index, *many[many].index])]
    _report_same(wrong, "event-contradicts-event", recorder, with_values=True)


def _report_same(rows: pd.DataFrame, code: str, recorder: Recorder, *, with_values: bool) -> None:
    """Report events of one parcel and kind together."""
    names = ("parcel_id", "event_kind", "shown", "value")
    parcels, kinds, days, values = (rows[name].tolist() for name in names)
    positions, told = rows.index.tolist(), rows["value"].notna().tolist()
    for (_, kind), places in gathered(parcels, kinds).items():
        has_value = with_values and event_kinds()[str(kind)].value is not EventValue.NONE
        said = listed(dict.fromkeys(values[place] for place in places if told[place])) if has_value else ""
        found = f"{shown_days(picked(days, places))} {said}".strip()
        recorder.one(code, picked(positions, places), found=found, **named_kind(str(kind)))


def _check_order(given: pd.DataFrame, recorder: Recorder) -> None:
    dated = given[given["event_date"].notna()]
    first = {
        kind: rows.groupby("parcel_id")["event_date"].agg("max" if kind in LAST else "min")
        for kind, rows in dated.groupby("event_kind")
    }
    none = pd.Series(dtype="datetime64[us]")
    for rule in ORDERS:
        days = pd.DataFrame({"earlier": first.get(rule.earlier, none), "later": first.get(rule.later, none)})
        _report_order(rule, days[days["earlier"] > days["later"]], dated, recorder)


def _check_stops(given: pd.DataFrame, parcels: pd.DataFrame, recorder: Recorder) -> None:
    """Check suspensions and resumptions: each resumption ends a suspension, and each suspension is told once.

    The column ``suspension_date`` is one suspension among them; events of earlier ones don't contradict it.
    """
    steps = given[given["event_kind"].isin(["suspended", "resumed"]) & given["event_date"].notna()]
    steps = steps[["parcel_id", "event_date", "event_kind"]].assign(position=steps.index)
    if not len(steps):
        return
    if {"parcel_id", "suspension_date"} <= set(parcels.columns):
        own = parcels.loc[parcels["suspension_date"].notna(), ["parcel_id", "suspension_date"]]
        own = own[own["parcel_id"].isin(set(steps["parcel_id"]))].rename(columns={"suspension_date": "event_date"})
        steps = pd.concat([steps, own.assign(event_kind="suspended", position=-1)], ignore_index=True)
    steps = steps.sort_values(["parcel_id", "event_date", "position"], kind="stable")
    steps = steps.drop_duplicates(["parcel_id", "event_date", "event_kind"], keep="last")
    steps = steps.sort_values(["parcel_id", "event_date", "event_kind"], ascending=[True, True, False], kind="stable")
    former = steps.groupby("parcel_id").shift()
    stop = steps["event_kind"] == "suspended"
    both_days = former["event_date"] == steps["event_date"]
    _report_stops(steps[~stop & (former["event_kind"].isna() | both_days)], former, "event-order", recorder)
    again = stop & (former["event_kind"] == "suspended")
    named = again & (steps["position"].eq(-1) | former["position"].eq(-1))
    _report_stops(steps[again & ~named], former, "event-order-unusual", recorder)
    days, before = day_texts(steps["event_date"]), day_texts(former["event_date"])
    places, earlier = steps["position"].tolist(), former["position"].tolist()
    for row in np.flatnonzero(named.to_numpy(dtype=bool)):
        both = (days[row], before[row])
        own_day, other = both if places[row] == -1 else both[::-1]
        position = max(int(places[row]), int(earlier[row]))
        report_column(recorder, [position], "suspension_date", "suspended", found=own_day, expected=other)


def _report_stops(steps: pd.DataFrame, former: pd.DataFrame, code: str, recorder: Recorder) -> None:
    other = {f"other_{lang}": named_kind("resumed")[f"kind_{lang}"] for lang in ("zh", "en")}
    before = day_texts(former["event_date"].reindex(steps.index))
    named = named_kind("suspended") | other
    for position, day, earlier in zip(steps["position"].tolist(), day_texts(steps["event_date"]), before, strict=True):
        found = f"{earlier or '–'}, {day}"
        recorder.one(code, [int(position)], found=found, expected="suspended < resumed < suspended", **named)


def _report_order(rule: Order, days: pd.DataFrame, dated: pd.DataFrame, recorder: Recorder) -> None:
    """Report parcels (the index) by the days of the two kinds that are out of order."""
    rows = dated[dated["event_kind"].isin([rule.earlier, rule.later]) & dated["parcel_id"].isin(days.index)]
    other = {f"other_{lang}": named_kind(rule.later)[f"kind_{lang}"] for lang in ("zh", "en")}
    texts = {name: dict(zip(days.index, day_texts(days[name]), strict=True)) for name in ("earlier", "later")}
    positions, named = rows.index.tolist(), named_kind(rule.earlier) | other
    for (parcel,), places in gathered(rows["parcel_id"].tolist()).items():
        earlier, later = (texts[name][parcel] for name in ("earlier", "later"))
        recorder.one(
            rule.code, picked(positions, places), found=f"{earlier} {'=' if earlier == later else '>'} {later}",
            expected=f"{rule.earlier} < {rule.later}", **named,
        )  # fmt: skip


def _check_lasting(given: pd.DataFrame, recorder: Recorder) -> None:
    """Check last days: there for what lasts, not before the first day, and nowhere else."""
    lasts, last = given["event_kind"].isin(LASTING), given["last_date"]
    wrong = (
        ("event-last-day-before-first", lasts & (last < given["event_date"])),
        ("event-last-day-missing", lasts & last.isna() & given["event_date"].notna()),
        ("event-last-day-unwanted", ~lasts & last.notna()),
    )
    days, shown = day_texts(last), given["shown"].tolist()
    for code, rows in wrong:
        for position in recorder.in_order(np.flatnonzero(rows.to_numpy(dtype=bool))):
            kind = named_kind(str(given["event_kind"].iloc[position]))
            recorder.one(code, [position], found=days[position] or "–", expected=f"≥ {shown[position]}", **kind)


def _check_sums(given: pd.DataFrame, recorder: Recorder) -> None:
    """Check that what is cumulative never falls."""
    for kind in CUMULATIVE:
        rows = given[(given["event_kind"] == kind) & given["event_date"].notna() & given["number"].notna()]
        rows = rows.sort_values(["parcel_id", "event_date", "number"], kind="stable")
        before = rows.groupby("parcel_id")["number"].shift()
        for position in recorder.in_order(rows.index[rows["number"] < before]):
            recorder.one(
                "event-value-decreases", [position], found=f"{float(rows['number'][position]):,.2f}",
                expected=f"≥ {float(before[position]):,.2f}", **named_kind(kind),
            )  # fmt: skip


def check_investment(parcels: pd.DataFrame, events: pd.DataFrame | None, *, issues: IssueLog) -> None:
    """Report parcels whose investment has the land price in it (order 53 art. 30 leaves it out).

    Parameters
    ----------
    parcels
        Canonical table ``parcels``.
    events
        Canonical table ``parcel_events``, or None.
    issues
        Takes ``investment-includes-price``; the analyses don't use such an investment at all.

    Examples
    --------
    >>> from gis.issues import IssueLog
    >>> from gis.schema import conform
    >>> log = IssueLog()
    >>> raw = pd.DataFrame({"parcel_id": ["7"], "investment_basis": ["含地价款"]})
    >>> check_investment(conform(raw, "parcels", issues=log), None, issues=log)
    >>> [(issue.code, issue.ids) for issue in log]
    [('investment-includes-price', ('7',))]
    """
    if not {"parcel_id", "investment_basis"} <= set(parcels.columns):
        return
    wrong = investment_includes_price(parcels, combine_events(parcels, events))
    Recorder(parcels, "parcels", issues).together(
        "investment-includes-price", np.flatnonzero(wrong), field="invested_cny", other="land_price_cny"
    )
