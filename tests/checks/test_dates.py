from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from gis.checks import check_dates
from gis.checks.dates import ACCORDS, AGREED, ORDERS, PLACEHOLDERS, RECORDED
from gis.schema import FieldType, fields_of

DAY = pd.Timestamp("2024-02-29")
AS_OF = dt.date(2026, 3, 31)


def parcel(**values):
    frame = pd.DataFrame({name: [value] for name, value in {"parcel_id": "7", **values}.items()})
    for name in frame.columns:
        if name.endswith("_date"):
            frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
    return frame


def test_every_rule_names_fields_of_the_dictionary():
    fields = fields_of("parcels")
    named = {name for rule in ORDERS for name in (rule.earlier, rule.later)} | {rule.date for rule in ACCORDS}
    assert all(fields[name].type is FieldType.DATE for name in named)
    assert all(rule.value in fields[rule.field].choices for rule in ACCORDS)


def test_every_date_of_the_dictionary_is_recorded_or_agreed():
    for table in ("approved_boundaries", "parcels", "buildings"):
        dates = {name for name, field in fields_of(table).items() if field.type is FieldType.DATE}
        assert dates == {*RECORDED[table], *AGREED.get(table, ())}


def test_the_orders_hold_no_circle():
    later = {}
    for rule in ORDERS:
        later.setdefault(rule.earlier, set()).add(rule.later)

    def reach(name, path):
        assert name not in path
        for other in later.get(name, ()):
            reach(other, (*path, name))

    for name in later:
        reach(name, ())


@pytest.mark.parametrize("rule", ORDERS, ids=lambda rule: f"{rule.earlier}-{rule.later}")
@pytest.mark.parametrize(("days", "wrong"), [(-1, False), (0, False), (1, True)])
def test_an_order_is_broken_the_day_after(log, rule, days, wrong):
    dates = {rule.earlier: DAY + pd.Timedelta(days=days), rule.later: DAY}
    check_dates(parcel(**dates), as_of=AS_OF, issues=log)
    assert log.codes() == ([rule.code] if wrong else [])


@pytest.mark.parametrize("rule", ORDERS, ids=lambda rule: f"{rule.earlier}-{rule.later}")
def test_a_missing_date_breaks_no_order(log, rule):
    check_dates(parcel(**{rule.earlier: DAY, rule.later: None}), as_of=AS_OF, issues=log)
    assert log.codes() == []


@pytest.mark.parametrize("rule", ACCORDS, ids=lambda rule: f"{rule.value}-{rule.date}")
@pytest.mark.parametrize("given", [True, False])
def test_a_state_and_its_dates_agree(log, rule, given):
    frame = parcel(**{rule.field: rule.value, rule.date: DAY if given else None})
    check_dates(frame, as_of=AS_OF, issues=log)
    expected = {(True, False): ["state-contradicts-date"], (False, True): ["state-date-missing"]}
    assert log.codes() == expected.get((given, rule.present), [])


def test_a_missing_state_contradicts_nothing(log):
    frame = parcel(commencement_date=DAY, completion_date=DAY).assign(construction_state=pd.Series([None], dtype="str"))
    check_dates(frame, as_of=AS_OF, issues=log)
    assert log.codes() == []


@pytest.mark.parametrize(("table", "field"), [(table, field) for table in RECORDED for field in RECORDED[table]])
def test_an_event_may_fall_on_the_as_of_day_and_no_later(log, table, field):
    first = next(iter(fields_of(table)))
    frame = parcel(**{field: AS_OF}).rename(columns={"parcel_id": first})
    check_dates(frame, as_of=AS_OF, issues=log, table=table)
    assert log.codes() == []
    frame[field] += pd.Timedelta(days=1)
    check_dates(frame, as_of=AS_OF, issues=log, table=table)
    assert log.codes() == ["date-in-future"]


@pytest.mark.parametrize("field", AGREED["parcels"])
def test_an_agreed_date_may_lie_ahead(log, field):
    check_dates(parcel(**{field: "2031-01-01"}), as_of=AS_OF, issues=log)
    assert log.codes() == []


@pytest.mark.parametrize("day", PLACEHOLDERS)
def test_a_placeholder_is_said_once_and_used_in_no_rule(log, day):
    frame = parcel(commencement_date=DAY, completion_date=day, supply_date="2020-01-01")
    check_dates(frame, as_of=AS_OF, issues=log)
    assert log.codes() == ["date-placeholder"]
    assert log.of("date-placeholder")[0].found == day.date().isoformat()


def test_columns_that_are_no_dates_are_left_to_the_table_check(log):
    frame = pd.DataFrame({"parcel_id": ["7"], "commencement_date": ["2024-05-01"], "completion_date": ["2024-01-01"]})
    check_dates(frame, as_of=AS_OF, issues=log)
    assert log.codes() == []


def test_dates_are_given_per_row_in_the_order_of_the_source(log):
    frame = pd.concat([parcel(commencement_date=DAY, completion_date="2024-01-01")] * 3, ignore_index=True)
    frame = frame.assign(parcel_id=["c", "b", "a"], source_file="p.csv", source_row=[3, 2, 1]).iloc[[1, 2, 0]]
    check_dates(frame, as_of="2026-03-31", issues=log)
    assert [(issue.ids, issue.rows) for issue in log] == [(("a",), (1,)), (("b",), (2,)), (("c",), (3,))]
    assert "p.csv:1" in log.of("date-order")[0].text("en")


@pytest.mark.parametrize("state", ["under_construction", "suspended", "completed"])
@pytest.mark.parametrize(("days", "wrong"), [(-1, False), (0, False), (1, True)])
def test_a_state_that_comes_after_the_start_stands_beside_no_start_ahead(log, state, days, wrong):
    frame = parcel(construction_state=state, commencement_date=pd.Timestamp(AS_OF) + pd.Timedelta(days=days))
    check_dates(frame, as_of=AS_OF, issues=log)
    assert ("state-contradicts-date" in log.codes()) is wrong


@pytest.mark.parametrize("cause", ["government_cause", "force_majeure"])
@pytest.mark.parametrize(
    ("first", "last", "codes"),
    [
        ("2024-02-29", "2024-02-29", []),
        ("2024-03-01", "2024-02-29", ["date-order"]),
        ("2024-02-29", None, ["state-date-missing"]),
        (None, None, ["state-date-missing", "state-date-missing"]),
    ],
)
def test_a_cause_of_a_column_has_a_first_and_a_last_day(log, cause, first, last, codes):
    frame = parcel(delay_cause=cause, delay_cause_first_date=first, delay_cause_last_date=last)
    check_dates(frame, as_of=AS_OF, issues=log)
    assert [issue.code for issue in log] == codes
