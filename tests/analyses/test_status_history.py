"""Statuses over time: what the intervals say of a day is what judging that day says."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import pandas as pd
import pytest
from idle_by_hand import years_on
from random_histories import as_tables, random_history

from gis.analyses import STATUSES, status_history, trace_statuses
from gis.analyses.idle_status import classify_status
from gis.errors import InputError
from gis.issues import IssueLog
from gis.readers import read_table
from gis.regulations import load_rules
from gis.samples import write_sample
from gis.schema import conform

SINCE = dt.date(2022, 6, 30)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, parcels=60, seed=3)
    issues = IssueLog()
    parcels = read_table(folder / "parcels.gpkg", "parcels", issues=issues)
    events = read_table(folder / "parcel_events.csv", "parcel_events", encoding="utf-8", issues=issues)
    return parcels, events, load_rules(as_of="2026-03-31", place="310115")


@pytest.fixture(scope="module")
def history(sample):
    parcels, events, rules = sample
    return trace_statuses(parcels, rules, since=SINCE, events=events)


def test_any_day_is_what_judging_it_alone_says(sample, history):
    """All parcels are judged anew on a hundred days: those of changes, those before, and days at random."""
    parcels, events, rules = sample
    first, last = pd.Timestamp(SINCE), pd.Timestamp(rules.as_of)
    rng = np.random.default_rng(2)
    changes = rng.choice(history["valid_from"].unique()[1:], 35, replace=False)
    by_chance = first + pd.to_timedelta(rng.integers(0, (last - first).days, 30), unit="D")
    days = {
        first,
        last,
        *map(pd.Timestamp, changes),
        *(pd.Timestamp(day) - pd.Timedelta(days=1) for day in changes),
        *by_chance,
    }
    for day in sorted(days):
        status = classify_status(parcels, rules.on(day.date()), events=events)["status"]
        expected = dict(zip(parcels["parcel_id"], status, strict=True))
        then = history[(history["valid_from"] <= day) & (history["valid_to"] >= day)]
        assert dict(zip(then["parcel_id"], then["status"], strict=True)) == expected, day


def day_by_day(parcels, events, rules, since):
    """The slow way: every parcel judged anew on every single day, and runs of one status taken together."""
    days = pd.date_range(since, rules.as_of)
    rows = [classify_status(parcels, rules.on(day.date()), events=events)["status"].tolist() for day in days]
    intervals = []
    for place, parcel_id in enumerate(parcels["parcel_id"]):
        told = [row[place] for row in rows]
        starts = [at for at in range(len(days)) if at == 0 or told[at] != told[at - 1]]
        for at, after in zip(starts, [*starts[1:], len(days)], strict=True):
            intervals.append((parcel_id, told[at], days[at], days[after - 1]))
    return sorted(intervals)


@pytest.mark.parametrize(("since", "last"), [("2017-08-15", "2017-12-15"), ("2023-12-30", "2024-03-31")])
def test_random_histories_are_traced_as_judging_each_day_does(since, last):
    """The first window holds the day on which the reading of a full year changed, the second a leap day."""
    draw = random.Random(last)
    near = [dt.date.fromisoformat(last) + dt.timedelta(days=days) for days in range(-100, 800, 9)]
    histories = [random_history(draw, near) for _ in range(200)]
    # Random logs contradict themselves and stay undetermined; of a plain one, a clock runs out in the window.
    untouched = {"supply_status": "supplied", "construction_state": "not_started"}
    starts = (years_on(near[n % len(near)], -1 - n % 3) for n in range(80))
    histories += [(untouched | {"agreed_commencement_date": day}, random_history(draw, near)[1][:1]) for day in starts]
    parcels, events = as_tables(histories)
    rules = load_rules(as_of=last, place="310115")
    traced = trace_statuses(parcels, rules, since=dt.date.fromisoformat(since), events=events)
    expected = day_by_day(parcels, events, rules, since)
    assert sorted(traced.itertuples(index=False, name=None)) == expected
    assert len(expected) >= len(parcels) + 10, "some statuses change in the window"


def test_days_judged_together_in_small_parts_are_the_same(sample, history, monkeypatch):
    parcels, events, rules = sample
    monkeypatch.setattr("gis.analyses.status_history.AT_ONCE", 17)
    pd.testing.assert_frame_equal(trace_statuses(parcels, rules, since=SINCE, events=events), history)


def test_five_years_are_judged_in_a_few_calls_not_a_day_at_a_time(sample, monkeypatch):
    parcels, events, rules = sample
    judged, real = [], status_history.classify_facts

    def counted(facts, *args, **kwargs):
        judged.append(len(facts))
        return real(facts, *args, **kwargs)

    monkeypatch.setattr("gis.analyses.status_history.classify_facts", counted)
    trace_statuses(parcels, rules, since=dt.date(2021, 5, 1), events=events)
    days = (rules.as_of - dt.date(2021, 5, 1)).days
    assert len(judged) < 30 < days / 50
    assert len(parcels) < sum(judged) < len(parcels) * 50, "only days on which something may change"


def test_intervals_neither_overlap_nor_leave_a_gap_nor_repeat(sample, history):
    parcels, _, rules = sample
    assert set(history["parcel_id"]) == set(parcels["parcel_id"])
    assert set(history["status"]) <= set(STATUSES)
    assert len(history) > 1.2 * len(parcels), "the sample has parcels whose status changes"
    for _, rows in history.groupby("parcel_id"):
        assert rows["valid_from"].iloc[0] == pd.Timestamp(SINCE)
        assert rows["valid_to"].iloc[-1] == pd.Timestamp(rules.as_of)
        assert (
            rows["valid_from"].iloc[1:].to_numpy() - rows["valid_to"].iloc[:-1].to_numpy() == np.timedelta64(1, "D")
        ).all()
        assert (rows["status"].iloc[1:].to_numpy() != rows["status"].iloc[:-1].to_numpy()).all()


def test_the_order_of_rows_changes_nothing_and_the_tables_stay(sample, history):
    parcels, events, rules = sample
    before = parcels.copy(), events.copy()
    mixed = trace_statuses(
        parcels.sample(frac=1, random_state=1), rules, since=SINCE, events=events.sample(frac=1, random_state=2)
    )
    pd.testing.assert_frame_equal(mixed, history)
    pd.testing.assert_frame_equal(parcels, before[0])
    pd.testing.assert_frame_equal(events, before[1])


def made(**columns):
    raw = {
        "parcel_id": ["1"],
        "supply_status": ["supplied"],
        "construction_state": ["not_started"],
        "delay_cause": ["none"],
    }
    return conform(pd.DataFrame(raw | columns), "parcels", issues=IssueLog())


@pytest.mark.parametrize("last", ["2024-06-01", "2024-06-02", "2024-06-03"])
def test_a_clock_that_no_event_marks_runs_out_on_its_day(last):
    """Agreed start 2023-06-01: on the anniversary not yet idle, the day after idle (order 53 art. 2)."""
    parcels = made(agreed_commencement_date=["2023-06-01"])
    rules = load_rules(as_of=last, place="310115")
    history = trace_statuses(parcels, rules, since=dt.date(2023, 1, 1))
    idle = history[history["status"] == "idle"]
    assert [f"{day:%Y-%m-%d}" for day in idle["valid_from"]] == (["2024-06-02"] if last > "2024-06-01" else [])


def test_idle_land_that_is_started_again_was_idle_in_between():
    parcels = made(agreed_commencement_date=["2021-03-01"])
    raw = {"parcel_id": ["1"], "event_date": ["2023-05-05"], "event_kind": ["commenced"]}
    events = conform(pd.DataFrame(raw), "parcel_events", issues=IssueLog())
    rules = load_rules(as_of="2024-12-31", place="310115")
    history = trace_statuses(parcels, rules, since=dt.date(2021, 1, 1), events=events)
    found = [(row.status, f"{row.valid_from:%Y-%m-%d}", f"{row.valid_to:%Y-%m-%d}") for row in history.itertuples()]
    assert ("idle", "2022-03-02", "2023-05-04") in found


def test_a_check_that_found_no_start_lapses_on_its_day():
    """Nothing marks the day but the parameter: three months after the check the status is no longer known."""
    parcels = made(agreed_commencement_date=["2021-03-01"], construction_state=[None])
    raw = {"parcel_id": ["1"], "event_date": ["2022-02-10"], "event_kind": ["not_commenced"]}
    events = conform(pd.DataFrame(raw), "parcel_events", issues=IssueLog())
    rules = load_rules(as_of="2022-12-31", place="310115")
    history = trace_statuses(parcels, rules, since=dt.date(2022, 1, 1), events=events)
    found = [(row.status, f"{row.valid_from:%Y-%m-%d}") for row in history.itertuples()]
    assert found == [
        ("undetermined", "2022-01-01"),
        ("approved_not_built", "2022-02-10"),
        ("idle", "2022-03-02"),
        ("undetermined", "2022-05-11"),
    ]


def test_a_first_day_after_the_last_is_refused():
    with pytest.raises(InputError, match="2026-04-01"):
        trace_statuses(made(), load_rules(as_of="2026-03-31", place="310115"), since=dt.date(2026, 4, 1))
