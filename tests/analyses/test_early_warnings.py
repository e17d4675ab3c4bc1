"""The days ahead against a walk through every day of the coming year, a parcel at a time."""

import datetime as dt
import random
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from idle_by_hand import judge
from random_histories import DATE_COLUMNS, as_tables, random_history
from test_idle_second_way import rulebook

from gis.analyses.early_warning import WINDOWS_DAYS, list_early_warnings
from gis.analyses.idle_routes import settle_routes, share_of_money
from gis.analyses.idle_status import classify_facts
from gis.analyses.parcel_facts import facts_on
from gis.schema import combine_events

DAY = dt.date(2023, 3, 1)
YEAR = [DAY + dt.timedelta(days=ahead) for ahead in range(1, max(WINDOWS_DAYS) + 1)]


def known_only(history):
    """A history without what lies ahead, but for agreed dates."""
    parcel, events = history
    ahead = {name for name in DATE_COLUMNS if name != "agreed_commencement_date" and parcel.get(name, DAY) > DAY}
    parcel = {name: value for name, value in parcel.items() if name not in ahead}
    return parcel, [event for event in events if event[0] <= DAY]


def some_histories(draw, count):
    """Random files, every third of land that waits for its start, every tenth of land whose works are suspended."""
    made = []
    for number in range(count):
        parcel, events = random_history(draw, [DAY, YEAR[-1]])
        if number % 3 == 0:
            agreed = DAY - dt.timedelta(days=draw.randint(-60, 900))
            parcel = {
                "supply_status": "supplied",
                "construction_state": "not_started",
                "agreed_commencement_date": agreed,
            }
            parcel["delay_cause"] = draw.choice(["enterprise_cause", "none", "government_cause"])
            events = [event for event in events if event[1] in {"article_12_agreement", "fee_served", "force_majeure"}]
        elif number % 10 == 1:
            stopped = DAY - dt.timedelta(days=draw.randint(0, 360))
            parcel = {"supply_status": "supplied", "construction_state": "suspended", "suspension_date": stopped,
                      "commencement_date": stopped - dt.timedelta(days=90), "developed_area_m2": 100.0,
                      "land_to_develop_m2": draw.choice([250.0, 9000.0])}  # fmt: skip
            events = []
        made.append(known_only((parcel, events)))
    return made


def warnings_of(histories, **options):
    parcels, events = as_tables(histories)
    rules = rulebook(DAY)
    facts = facts_on(parcels, combine_events(parcels, events), DAY)
    routes = settle_routes(facts, classify_facts(facts, rules), rules)
    return list_early_warnings(routes, rules, **options)


def walked(history):
    """The first day of each change in the coming year, judged day by day."""
    first = {}
    now = judge(*history, DAY)
    for day in YEAR:
        then = judge(*history, day)
        if then["status"] == "idle" != now["status"]:
            first.setdefault("becomes_idle", day)
        if then["status"] == "idle_recognisable" != now["status"]:
            first.setdefault("becomes_recognisable", day)
        if then["route"] == "reclaim" != now["route"]:
            first.setdefault("reclaim", day)
        if then["route"] == "fee" != now["route"]:
            first.setdefault("fee", day)
    return first


def test_every_day_ahead_is_listed_and_no_other():
    draw = random.Random(6)
    histories = some_histories(draw, 600)
    found = warnings_of(histories)
    seen = set()
    for number, history in enumerate(histories):
        own = found[found["parcel_id"] == str(number)]
        told = {event: day.date() for event, day in zip(own["event"], own["event_date"], strict=True)}
        expected = walked(history)
        for event, day in expected.items():
            assert told.get(event) == day, (number, event, told, history)
        last = judge(*history, YEAR[-1])
        for event, day in told.items():
            # What is listed but was not met on the walk hangs on a fact that is not known, and says so.
            if event not in expected and event != "payment_due":
                open_facts = judge(*history, day)["missing"] + own["route_missing"].iloc[0]
                assert open_facts or last["route"] == "article_12", (number, event, told, history)
        seen |= set(expected)
    assert seen == {"becomes_idle", "becomes_recognisable", "reclaim", "fee"}


def test_windows_are_the_least_that_hold_the_day():
    draw = random.Random(5)
    found = warnings_of(some_histories(draw, 600))
    assert set(found["window_days"]) == set(WINDOWS_DAYS)
    for row in found.itertuples():
        assert row.days_left == (row.event_date.date() - DAY).days > 0
        assert row.window_days == min(window for window in WINDOWS_DAYS if window >= row.days_left)
        assert row.citation
    assert found["event_date"].is_monotonic_increasing


@pytest.mark.parametrize(("windows", "listed"), [((29,), False), ((30,), True), ((7, 30), True)])
def test_a_window_ends_on_its_last_day(windows, listed):
    agreed = {"agreed_commencement_date": DAY + dt.timedelta(days=29) - dt.timedelta(days=365), "supply_status": "supplied",
              "delivery_date": DAY - dt.timedelta(days=400), "construction_state": "not_started", "delay_cause": "none"}  # fmt: skip
    found = warnings_of([(agreed, [])], windows_days=windows)
    assert ("becomes_idle" in set(found["event"])) is listed
    if listed:
        assert found["days_left"].tolist() == [30, 30]


@given(st.integers(0, 10**14), st.sampled_from([Fraction(1, 5), Fraction(1, 3), Fraction(3, 20)]))
def test_a_fee_is_exact_to_the_cent(cents, ratio):
    share = share_of_money(pd.Series([cents / 100]), ratio).iloc[0]
    exact = Fraction(cents, 100) * ratio
    assert abs(Fraction(str(share)) - exact) <= Fraction(1, 200)
