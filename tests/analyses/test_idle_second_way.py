"""The vectorised engine against a row-by-row reading of order 53, and laws that hold for every history."""

import collections
import datetime as dt
import math
import os
import random

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from idle_by_hand import judge, years_on
from random_histories import CAUSES, KINDS, as_tables, random_history, random_million, value_of, waiting_history
from shapely import box

import gis
from gis.analyses import STATUSES
from gis.analyses.event_reduction import as_days
from gis.analyses.idle_land import classify_land
from gis.analyses.idle_routes import settle_routes
from gis.analyses.idle_status import classify_facts, classify_status
from gis.analyses.parcel_facts import facts_on
from gis.schema import combine_events

#: How many histories to compare on 25 days, where it is set.
MANY = "ZONEGIS_HISTORIES"
ROUTES = {"", "fee", "reclaim", "article_12", "cause_unknown", "cause_open", "delivery_open"}
AS_OF = [dt.date(2021, 1, 15), dt.date(2022, 2, 28), dt.date(2022, 3, 1), dt.date(2023, 6, 30), dt.date(2024, 2, 29)]


def rulebook(day, counts=False, place="310115"):
    rules = gis.load_rules(as_of=day, place=place)
    return rules.replace("idle_land.anniversary_counts", counts, "the other reading") if counts else rules


def plain(value):
    return value.date() if isinstance(value, pd.Timestamp) else None if pd.isna(value) else value


def found_on(day, histories, counts=False, fault=lambda facts, rules: facts):
    """What the engine says: status and what follows from it, as a table."""
    parcels, events = as_tables(histories)
    rules = rulebook(day, counts)
    facts = fault(facts_on(parcels, combine_events(parcels, events), day), rules)
    status = classify_facts(facts, rules)
    routes = settle_routes(facts, status, rules)
    return status.join(routes[[name for name in routes if name not in status]])


def disagreements(day, histories, found, counts=False):
    """Where engine and reading differ: column, place, both answers."""
    expected = pd.DataFrame([judge(*history, day, counts=counts) for history in histories])
    wrong = []
    for column in expected.columns:
        ours, theirs = [plain(v) for v in found[column]], [plain(v) for v in expected[column]]
        wrong += [(column, i, a, b) for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
    return wrong


def some_histories(draw, count, day):
    """Half of them any papers at all, half of land that waits for its start."""
    return [(random_history, waiting_history)[number % 2](draw, [day]) for number in range(count)]


def agree(count, seed, days=AS_OF):
    draw = random.Random(seed)
    seen = collections.Counter()
    for number, day in enumerate(days):
        histories = some_histories(draw, count // len(days), day)
        counts = number % 5 == 0
        found = found_on(day, histories, counts)
        wrong = disagreements(day, histories, found, counts)
        assert not wrong, (len(wrong), day, wrong[0], histories[wrong[0][1]])
        for column in ("status", "route", "ground", "cause_state", "bar"):
            seen.update((column, value) for value in found[column])
    return seen


def reached(seen, column):
    return {value for name, value in seen if name == column}


def test_both_ways_agree_on_random_histories():
    """Every status and every route is reached, and each of the four answers that were once wrong, often."""
    seen = agree(3000, seed=1)
    assert reached(seen, "status") == set(STATUSES)
    assert reached(seen, "route") == ROUTES
    assert reached(seen, "cause_state") == {"", "counts", "open", "late"}
    assert reached(seen, "bar") >= {"", "bar_stated", "bar_lacks_both", "bar_lacks_finding", "bar_lacks_hoarding"}
    grounds = ("ground_stopped_without_start", "ground_silent", "ground_check_lapsed", "ground_start_unclear")
    for once_wrong in (*(("ground", name) for name in grounds), ("cause_state", "late"), ("route", "delivery_open")):
        assert seen[once_wrong] >= 10, once_wrong


@pytest.mark.skipif(MANY not in os.environ, reason=f"{MANY} says how many histories")
def test_both_ways_agree_on_many_histories_on_25_days():
    """On 25 days, leap days and their neighbours among them; 40,000 histories take some minutes."""
    draw = random.Random(53)
    days = [*AS_OF, dt.date(2017, 9, 30), dt.date(2017, 10, 1), dt.date(2020, 2, 28), dt.date(2020, 2, 29)]
    days += [dt.date(2018, 1, 1) + dt.timedelta(days=draw.randrange(3000)) for _ in range(25 - len(days))]
    seen = agree(int(os.environ[MANY]), seed=3, days=days)
    assert reached(seen, "status") == set(STATUSES)
    assert reached(seen, "route") == ROUTES


def taken_from_silence(facts, rules):
    """Fault: what is not recorded is taken not to have happened (art. 2 asks for the fact)."""
    return facts.assign(not_commenced_date=facts["not_commenced_date"].fillna(pd.Timestamp(rules.as_of)))


def started_by_a_stop(facts, _):
    """Fault: a suspension alone puts type B's clock to work (art. 30 says what a start is)."""
    return facts.assign(commencement_date=facts["commencement_date"].fillna(facts["suspension_date"]))


def spans_of(facts, changed):
    spans = [span if span is None else tuple(changed(each) for each in span) for span in facts["cause_spans"]]
    return facts.assign(cause_spans=pd.Series(spans, index=facts.index, dtype="object"))


def ended_causes(facts, rules):
    """Fault: a cause without an end is taken to last (art. 8 asks for what it explains)."""
    today = int(as_days(pd.Timestamp(rules.as_of)))
    return spans_of(facts, lambda span: span._replace(last=max(span.end, today)))


def timely_causes(facts, _):
    """Fault: a cause after the fact is counted (art. 8: a cause makes the delay)."""
    return spans_of(facts, lambda span: span._replace(first=0))


def delivered_in_time(facts, _):
    """Fault: late delivery is not asked about (art. 8(1))."""
    return facts.assign(delivery_date=facts["delivery_date"].where(facts["agreed_commencement_date"].isna(),
                                                                   facts["agreed_commencement_date"]))  # fmt: skip


def never_agreed(facts, _):
    """Fault: no date at hand is taken for none agreed (art. 22 ¶2)."""
    return facts.assign(start_agreement=facts["start_agreement"].fillna("not_agreed"))


def found_by_itself(facts, rules):
    """Fault: idle land is barred without a finding (art. 24)."""
    return facts.assign(finding_date=facts["finding_date"].fillna(pd.Timestamp(rules.as_of)))


def a_day_early(facts, _):
    """Fault: a year is full a day too soon (Civil Code 201, 203)."""
    return facts.assign(agreed_commencement_date=facts["agreed_commencement_date"] - pd.Timedelta(days=1))


@pytest.mark.parametrize(
    ("fault", "column"),
    [
        (taken_from_silence, "status"),
        (started_by_a_stop, "status"),
        (ended_causes, "route"),
        (timely_causes, "route"),
        (delivered_in_time, "route"),
        (never_agreed, "status"),
        (found_by_itself, "bar"),
        (a_day_early, "status"),
    ],
)
def test_a_planted_fault_is_found(fault, column):
    day = AS_OF[3]
    histories = some_histories(random.Random(7), 400, day)
    wrong = disagreements(day, histories, found_on(day, histories, fault=fault))
    assert {name for name, *_ in wrong} >= {column}
    assert not disagreements(day, histories, found_on(day, histories))


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
        if kind in CAUSES:
            events[-1] = (*events[-1], draw(st.one_of(st.none(), day)))
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
    rules = rulebook(dt.date(2025, 1, 1), place="310113")  # the district that defines underused land
    _, status, _, underused = classify_land(parcels, combine_events(parcels, events), rules)
    assert set(underused["underused"]) == {"met", "undetermined"}
    assert len(status) == 1_000_000
    assert status["status"].nunique() >= 5
