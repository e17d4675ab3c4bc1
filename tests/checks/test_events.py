from __future__ import annotations

import pandas as pd
import pytest
from large_tables import contradicted

from gis.checks import check_all, check_events, check_investment
from gis.issues import IssueLog
from gis.schema import conform

AS_OF = "2026-03-31"


def checked(log, events, **parcel):
    setup = IssueLog()
    parcels = conform(pd.DataFrame([{"parcel_id": "7"} | parcel]), "parcels", issues=setup)
    columns = ["event_date", "event_kind", "value", "last_date"]
    rows = pd.DataFrame([(*event, None, None)[:4] for event in events], columns=columns, dtype="str").assign(parcel_id="7")
    table = conform(rows, "parcel_events", issues=setup, file="log.csv")
    assert not len(setup)
    check_events(table, parcels, as_of=AS_OF, issues=log)
    check_investment(parcels, table, issues=log)
    return [(issue.code, issue.rows, issue.found, issue.expected) for issue in log]


@pytest.mark.parametrize(
    ("column", "kind", "said", "told"),
    [
        ("supply_date", "supplied", "2020-01-01", "2020-01-02"),
        ("delivery_date", "delivered", "2020-01-01", "2020-01-02"),
        ("commencement_date", "commenced", "2020-01-01", "2020-01-02"),
        ("completion_date", "completed", "2020-01-01", "2020-01-02"),
        ("production_date", "in_production", "2020-01-01", "2020-01-02"),
        ("suspension_date", "suspended", "2020-01-01", "2020-01-02"),
    ],
)
def test_a_column_and_an_event_of_different_days_contradict(log, column, kind, said, told):
    assert checked(log, [(told, kind)], **{column: said}) == [("event-contradicts-field", (1,), said, told)]


@pytest.mark.parametrize("day", ["2020-01-01", "20200101", "2020年1月1日"])
def test_a_column_and_an_event_of_one_day_agree(log, day):
    assert checked(log, [(day, "commenced")], commencement_date="2020-01-01") == []


@pytest.mark.parametrize(
    ("events", "parcel", "found", "expected"),
    [
        (
            [("2020-01-01", "agreed_commencement", "2021-01-15")],
            {"agreed_commencement_date": "2021-01-16"},
            "2021-01-16",
            "2021-01-15",
        ),
        (
            [("2020-01-01", "investment_counted", "100"), ("2021-01-01", "investment_counted", "200")],
            {"invested_cny": 100.0},
            "100.00",
            "200.00",
        ),
        ([("2020-01-01", "area_developed", "3334")], {"developed_area_m2": 3333.0}, "3,333.00", "3,334.00"),
        (
            [("2020-01-01", "efficiency_grade", "B"), ("2021-01-01", "efficiency_grade", "C")],
            {"efficiency_grade": "B"},
            "B",
            "C",
        ),
        (
            [("2020-01-01", "government_cause", "1", "2020-06-30")],
            {"delay_cause": "enterprise_cause"},
            "enterprise_cause",
            "government_cause",
        ),
        (
            [("2020-01-01", "force_majeure", None, "2020-01-01")],
            {"delay_cause": "government_cause"},
            "government_cause",
            "force_majeure",
        ),
    ],
)
def test_values_contradict(log, events, parcel, found, expected):
    assert [entry[2:] for entry in checked(log, events, **parcel)] == [(found, expected)]
    assert log.codes() == ["event-contradicts-field"]


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([("2020-01-01", "commenced")], {"construction_state": "not_started"}),
        ([("2020-01-01", "commenced"), ("2021-01-01", "suspended")], {"construction_state": "under_construction"}),
        ([("2020-01-01", "commenced"), ("2021-01-01", "completed")], {"construction_state": "under_construction"}),
        (
            [("2020-01-01", "commenced"), ("2021-01-01", "suspended"), ("2022-01-01", "resumed")],
            {"construction_state": "suspended"},
        ),
        ([("2020-01-01", "supplied")], {"supply_status": "approved_not_supplied"}),
    ],
)
def test_a_state_contradicts_what_the_events_lead_to(log, events, state):
    checked(log, events, **state)
    assert log.codes() == ["event-contradicts-field"]
    assert log.of("event-contradicts-field")[0].facts["field"] in state


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (
            [("2020-01-01", "commenced"), ("2021-01-01", "suspended"), ("2022-01-01", "resumed")],
            {"construction_state": "under_construction"},
        ),
        (
            [("2020-01-01", "commenced"), ("2021-01-01", "suspended"), ("2022-01-01", "resumed")],
            {"construction_state": "suspended", "suspension_date": "2023-01-01"},
        ),
        ([("2020-01-01", "commenced"), ("2021-01-01", "completed")], {"construction_state": "completed"}),
        (
            [("2021-01-01", "suspended"), ("2022-01-01", "resumed"), ("2023-01-01", "suspended")],
            {"suspension_date": "2023-01-01"},
        ),
        ([("2020-01-01", "tax", "5"), ("2020-12-31", "tax", "6")], {}),
    ],
)
def test_what_agrees_raises_nothing(log, events, state):
    assert checked(log, events, **state) == []


@pytest.mark.parametrize(
    ("events", "parcel", "code"),
    [
        ([("2020-01-01", "resumed")], {}, "event-order"),
        ([("2020-01-01", "suspended"), ("2020-01-01", "resumed")], {}, "event-order"),
        ([("2020-01-01", "suspended"), ("2021-01-01", "suspended")], {}, "event-order-unusual"),
        ([("2020-01-01", "suspended")], {"suspension_date": "2021-01-01"}, "event-contradicts-field"),
        ([("2020-01-02", "commenced"), ("2020-01-01", "completed")], {}, "event-order"),
        ([("2020-01-02", "construction_permit"), ("2020-01-01", "commenced")], {}, "event-order-unusual"),
    ],
)
def test_order(log, events, parcel, code):
    checked(log, events, **parcel)
    assert log.codes() == [code]


def test_the_price_inside_is_known_by_the_difference(log):
    counted = [("2020-01-01", "investment_counted", "40000000")]
    assert checked(log, counted, invested_cny=90_000_000.0, land_price_cny=50_000_000.0) == [
        ("investment-includes-price", (1,), "", "")
    ]


def test_another_difference_is_a_contradiction(log):
    counted = [("2020-01-01", "investment_counted", "40000000")]
    checked(log, counted, invested_cny=90_000_000.01, land_price_cny=50_000_000.0)
    assert log.codes() == ["event-contradicts-field"]


def test_events_of_others_and_broken_rows_don_t_hide_what_is_wrong(log):
    events = [("2020-01-01", "halted"), (None, "commenced"), ("2020-01-02", "commenced")]
    checked(log, events, commencement_date="2020-01-01")
    assert log.codes() == ["event-contradicts-field"]


def test_doubled_parcels_are_reported_and_stop_no_check(flaws, log):
    tables = flaws.flawed_tables("id-duplicate")
    check_all(tables, as_of=AS_OF, issues=log)
    assert "id-duplicate" in log.codes()


def test_a_log_with_every_flaw_at_once_is_still_checked(flaws, log):
    more = [
        ("P-009", "2024-01-01", "commenced", None), (None, "2024-01-01", "commenced", None),
        ("P-001", None, "completed", None), ("P-001", "2024-01-01", "halted", None), ("P-003", "2024-01-01", "tax", "much"),
    ]  # fmt: skip
    setup = IssueLog()
    columns = ["parcel_id", "event_date", "event_kind", "value"]
    events = conform(pd.DataFrame([*flaws.EVENTS, *more], columns=columns), "parcel_events", issues=setup, file="e.csv")
    check_all({**flaws.clean_tables(), "parcel_events": events}, as_of=AS_OF, issues=log)
    assert set(log.codes()) == {
        "reference-unknown",
        "id-missing",
        "value-missing",
        "category-unknown",
        "event-value-invalid",
    }


def test_several_steps_of_a_surplus_on_one_day_are_no_contradiction(log):
    steps = [("2025-01-01", "surplus_land_step", "own_needs_met"), ("2025-01-01", "surplus_land_step", "admission")]
    assert checked(log, steps) == []
    twice = IssueLog()
    assert [code for code, *_ in checked(twice, [*steps, steps[0]])] == ["event-repeated"]


def test_tens_of_thousands_of_issues_are_all_reported(log):
    parcels, events = contradicted(20_000)
    check_events(events, parcels, as_of=AS_OF, issues=log)
    assert len(log) == 3 * 20_000
    assert {issue.code for issue in log} == {"event-contradicts-field"}


def test_twice_the_issues_are_twice_the_work(count_calls):
    once, twice = contradicted(500), contradicted(1_000)
    calls = [count_calls(lambda made=made: check_events(made[1], made[0], as_of=AS_OF, issues=IssueLog())) for made in (once, twice)]
    assert calls[1] < 2.5 * calls[0]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (("2020-01-02", "government_cause", "1", "2020-01-01"), ["event-last-day-before-first"]),
        (("2020-01-02", "government_cause", "1", "2020-01-02"), []),
        (("2020-01-02", "force_majeure", None, "2030-01-01"), []),
        (("2020-01-02", "force_majeure"), ["event-last-day-missing"]),
        (("2020-01-02", "supplied", None, "2020-01-03"), ["event-last-day-unwanted"]),
    ],
)
def test_a_cause_has_a_first_and_a_last_day(log, event, code):
    checked(log, [event])
    assert log.codes() == code


@pytest.mark.parametrize(("day", "code"), [("2020-05-01", []), ("2020-05-02", ["event-order"])])
def test_a_check_that_finds_no_start_after_the_start_contradicts_it(log, day, code):
    events = [("2019-01-01", "not_commenced"), (day, "not_commenced"), ("2020-05-01", "commenced")]
    checked(log, events)
    assert log.codes() == code
