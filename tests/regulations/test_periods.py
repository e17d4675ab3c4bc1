import datetime as dt

import hypothesis.strategies as st
import pandas as pd
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given

from gis.errors import RuleError
from gis.regulations import anniversaries, anniversary, completes_on, completions, parse_period

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31))
PERIODS = st.one_of(
    st.integers(1, 99).map("P{}Y".format),
    st.integers(1, 600).map("P{}M".format),
    st.integers(1, 9999).map("P{}D".format),
    st.tuples(st.integers(1, 9), st.integers(1, 11), st.integers(1, 40)).map(lambda p: "P{}Y{}M{}D".format(*p)),
)


def test_dated_cases(cases):
    for case in cases("periods.yaml"):
        day, period = case["day"], case["period"]
        assert anniversary(day, period) == case["last"], case
        assert completes_on(day, period, anniversary_counts=True) == case["last"], case
        assert completes_on(day, period, anniversary_counts=False) == case["full_after"], case


@given(DAYS, PERIODS)
def test_scalar_agrees_with_another_calendar(day, period):
    years, months, days = parse_period(period)
    assert anniversary(day, period) == day + relativedelta(years=years, months=months) + dt.timedelta(days=days)


@given(st.lists(st.one_of(DAYS, st.none()), min_size=1, max_size=20), PERIODS)
def test_column_agrees_with_scalar(days, period):
    column = pd.Series(pd.to_datetime(pd.Series(days, dtype="object")), name="clock").astype("datetime64[us]")
    column.index = range(5, 5 + len(days))
    expected = [pd.NaT if day is None else pd.Timestamp(anniversary(day, period)) for day in days]
    found = anniversaries(column, period)
    assert found.tolist() == expected or [str(a) for a in found] == [str(b) for b in expected]
    assert (found.dtype, found.name, found.index.tolist()) == ("datetime64[us]", "clock", column.index.tolist())


@given(DAYS, PERIODS, st.booleans())
def test_full_days_of_a_column_agree_with_scalar(day, period, counts):
    column = pd.Series([pd.Timestamp(day)], dtype="datetime64[us]")
    found = completions(column, period, anniversary_counts=counts)
    assert found[0].date() == completes_on(day, period, anniversary_counts=counts)


def test_leap_days_of_a_whole_cycle_by_hand():
    days = pd.Series(pd.to_datetime(["2024-02-29", "2024-02-28", "2024-03-01", "2023-02-28"]))
    last = anniversaries(days, "P1Y")
    assert last.dt.strftime("%F").tolist() == ["2025-02-28", "2025-02-28", "2025-03-01", "2024-02-28"]


@pytest.mark.parametrize(
    "text",
    ["", "P", "1Y", "P0Y", "P1W", "P1.5Y", "P-1Y", "PT24H", "p1y", "P1Y ", " P1Y", "P01Y", "P1D1Y", "365", "P１Y"],
)
def test_what_is_no_period_is_refused(text):
    with pytest.raises(RuleError, match="no period"):
        parse_period(text)


@pytest.mark.parametrize("other", [None, 1, 1.5, dt.timedelta(days=365)])
def test_what_is_no_text_is_no_period(other):
    with pytest.raises(RuleError, match="no period"):
        parse_period(other)


def test_a_year_is_not_365_days():
    assert anniversary(dt.date(2023, 3, 1), "P1Y") == dt.date(2024, 3, 1)
    assert anniversary(dt.date(2023, 3, 1), "P365D") == dt.date(2024, 2, 29)


def test_zoned_dates_are_refused_for_their_day_is_not_certain():
    zoned = pd.Series(pd.to_datetime(["2021-01-15T00:00+08:00"]), name="supply_date")
    with pytest.raises(RuleError, match=r"supply_date.*time zone"):
        anniversaries(zoned, "P1Y")


def test_input_is_left_as_it_is():
    days = pd.Series(pd.to_datetime(["2024-02-29", None]))
    before = days.copy()
    anniversaries(days, "P1Y")
    pd.testing.assert_series_equal(days, before)
