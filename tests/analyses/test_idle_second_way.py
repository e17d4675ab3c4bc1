"""The vectorised engine against a row-by-row reading of order 53, and laws that hold for every history."""

import datetime as dt
import math
import random

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from idle_by_hand import judge, years_on
from random_histories import KINDS, as_tables, random_history, random_million, value_of
from shapely import box

import gis
from gis.analyses import STATUSES
from gis.analyses.idle_land import classify_land
from gis.analyses.idle_status import classify_status
from gis.schema import combine_events

AS_OF = [dt.date(2021, 1, 15), dt.date(2022, 2, 28), dt.date(2022, 3, 1), dt.date(2023, 6, 30), dt.date(2024, 2, 29)]


def rulebook(day, counts=False):
    rules = gis.load_rules(as_of=day, place="310115")
    return rules.replace("idle_land.anniversary_counts", counts, "the other reading") if counts else rules


def plain(value):
    return value.date() if isinstance(value, pd.Timestamp) else None if pd.isna(value) else value


def agree(count, seed):
    draw = random.Random(seed)
    seen = set()
    for number, day in enumerate(AS_OF):
        histories = [random_history(draw, [day]) for _ in range(count // len(AS_OF))]
        counts = number == 0
        found = classify_status(*as_tables(histories)[:1], rulebook(day, counts), events=as_tables(histories)[1])
        expected = pd.DataFrame([judge(*history, day, counts=counts) for history in histories])
        for column in expected.columns:
            ours, theirs = [plain(v) for v in found[column]], [plain(v) for v in expected[column]]
            wrong = [i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
            assert not wrong, (column, len(wrong), day, ours[wrong[0]], theirs[wrong[0]], histories[wrong[0]])
        seen |= set(found["status"])
    return seen


def test_both_ways_agree_on_random_histories():
    assert agree(10_000, seed=1) == set(STATUSES)


@pytest.mark.slow
def test_both_ways_agree_on_a_hundred_thousand_random_histories():
    assert agree(100_000, seed=2) == set(STATUSES)


# --- laws

days = st.dates(dt.date(2017, 1, 1), dt.date(2025, 12, 31))


@st.composite
def logs(draw, day=days):
    """A history that is a log alone: nothing is told without a day but the sums to compare with."""
    random_ = draw(st.randoms(use_true_random=False))
    parcel = {"land_to_develop_m2": 10_000.0, "total_investment_cny": 1e8}
    parcel |= draw(
        st.sampled_from([{}, {"supply_status": "approved_not_supplied"}, {"delay_cause": "enterprise_cause"}])
    )
    kinds = draw(st.lists(st.sampled_from(KINDS), max_size=8))
    events = []
    for kind in kinds:
        value = value_of(random_, kind, [dt.date(2022, 6, 15)])
        events.append((draw(day), kind, draw(day) if isinstance(value, dt.date) else value))
    return parcel, events


def status_on(history, day):
    parcels, events = as_tables([history])
    return classify_status(parcels, rulebook(day), events=events).iloc[0]


def rows_on(histories, day):
    parcels, events = as_tables(histories)
    found = classify_status(parcels, rulebook(day), events=events)
    return [[plain(value) for value in row] for _, row in found.iterrows()]


QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WITHOUT_LEAP_DAYS = days.filter(lambda day: (day.month, day.day) != (2, 29))


@QUICK
@given(history=logs(WITHOUT_LEAP_DAYS), day=WITHOUT_LEAP_DAYS, years=st.sampled_from([-3, -1, 1, 3, 4]))
def test_a_shift_of_all_dates_by_whole_years_keeps_the_status(history, day, years):
    parcel, events = history

    def shifted(value):
        return years_on(value, years) if isinstance(value, dt.date) else value

    moved = (parcel, [tuple(map(shifted, event)) for event in events])
    found, later = status_on(history, day), status_on(moved, years_on(day, years))
    for column in ("status", "route", "ground", "missing", "is_supplied", "type_a", "type_b", "next_event"):
        assert found[column] == later[column], column
    assert shifted(plain(found["clock_start"])) == plain(later["clock_start"])


@QUICK
@given(history=logs(), more=logs(), before=st.integers(1, 900))
def test_an_event_never_changes_a_status_before_its_day(history, more, before):
    parcel, events = history
    added = [(parcel, [*events, event]) for event in more[1]]
    for moment in {event[0] - dt.timedelta(days=days_) for event in more[1] for days_ in (1, before)}:
        ahead = [with_it for with_it, event in zip(added, more[1], strict=True) if event[0] > moment]
        alone, *rest = rows_on([history, *ahead], moment)
        assert rest
        assert all(row == alone for row in rest)


@QUICK
@given(history=logs(), day=days, order=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(history, day, order):
    parcel, events = history
    mixed = list(events)
    order.shuffle(mixed)
    alone, other = rows_on([history, (parcel, mixed)], day)
    assert alone == other


@QUICK
@given(history=logs(), day=days)
def test_a_day_ahead_is_kept_if_nothing_else_happens(history, day):
    """On the day named, what was announced has come; on the day before it has not."""
    parcel, events = history
    events = [event for event in events if event[0] <= day]
    found = status_on((parcel, events), day)
    comes = {"becomes_idle": "idle", "becomes_recognisable": "idle_recognisable", "reclaim": "idle"}
    if not found["next_event"] or found["next_date"] > pd.Timestamp("2030-01-01"):
        return
    on = plain(found["next_date"])
    then, eve = status_on((parcel, events), on), status_on((parcel, events), on - dt.timedelta(days=1))
    assert eve["status"] == found["status"]
    if found["next_event"] == "becomes_recognisable" and then["status"] == "undetermined":
        assert then["missing"]  # whether the land or the money is low was not known before either
        return
    assert then["status"] == comes[found["next_event"]]
    if found["next_event"] == "reclaim":
        assert (eve["route"], then["route"]) in {("fee", "reclaim"), ("cause_unknown", "cause_unknown")}


def test_lines_add_up_to_supplied_land_and_to_all_land():
    draw, day = random.Random(11), dt.date(2023, 6, 30)
    histories = [random_history(draw, [day]) for _ in range(400)]
    parcels, events = as_tables(histories)
    shapes = [box(x * 100, 0, x * 100 + 100, 10 + x % 7) for x in range(len(parcels))]
    land = gpd.GeoDataFrame(parcels, geometry=shapes, crs=4549)
    land = land.assign(area_m2=land.area.round(6), zone_id="Z", outside_m2=0.0)
    balance = gis.evaluate_idle_land(land, rulebook(day), events=events)
    lines = [balance.figure(f"{status}_area_m2") for status in STATUSES]
    assert (
        math.fsum(line.value for line in lines) == balance.figure("parcel_area_m2").value == math.fsum(land["area_m2"])
    )
    supplied = {str(n) for n, history in enumerate(histories) if judge(*history, day)["is_supplied"]}
    parts = [row.value for line in lines for row in line.rows.itertuples() if row.entity_id in supplied]
    assert math.fsum(parts) == balance.figure("supplied_area_m2").value
    assert 0 < len(supplied) < len(histories)


@pytest.mark.slow
def test_a_million_parcels_with_three_million_events_are_judged():
    parcels, events = random_million(1_000_000, 3_000_000)
    rules = rulebook(dt.date(2025, 1, 1))
    _, status, _, underused = classify_land(parcels, combine_events(parcels, events), rules)
    assert set(underused["underused"]) == {"met", "undetermined"}
    assert len(status) == 1_000_000
    assert status["status"].nunique() >= 5
