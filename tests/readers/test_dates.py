"""Business dates are the day as written (known defect R17)."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.schema import parse_dates


def days(values, **options):
    dates, problems = parse_dates(pd.Series(values, **options))
    return [None if pd.isna(day) else day.date().isoformat() for day in dates], problems


@pytest.mark.parametrize(
    "written",
    [
        "2021-01-15", "2021/01/15", "2021/1/15", "2021.1.15", "20210115", "2021年1月15日", "2021年01月15日",
        " 2021-01-15 ",
        "２０２１－０１－１５", "2021-01-15T00:00+08:00", "2021-01-15T00:00:00+0800", "2021/01/15 00:00:00+08",
        "2021-01-15 00:00:00", "2021-01-15T00:00:00.000Z", 20210115, 20210115.0, dt.date(2021, 1, 15),
        dt.datetime(2021, 1, 15),  # noqa: DTZ001 - a cell has no zone
        np.datetime64("2021-01-15"), pd.Timestamp("2021-01-15", tz="Asia/Shanghai"),
    ],
)  # fmt: skip
def test_the_day_as_written(written):
    found, problems = days([written], dtype=object)
    assert found == ["2021-01-15"]
    assert not any(problems.values())


@pytest.mark.parametrize(
    "written",
    ["2021-02-30", "20210230", "00000000", "15/01/2021", "01-15-2021", "21-1-15", "2021-1/15", "2021", "x",
     "2021/02/30", "2021-01-15T25:00", True, 44211],
)  # fmt: skip
def test_what_is_not_a_date_is_named_by_its_row(written):
    found, problems = days(["2021-01-15", written, None], dtype=object)
    assert found == ["2021-01-15", None, None]
    assert problems == {"unparseable": [1], "mixed_zones": [], "time_of_day": []}


@pytest.mark.parametrize("empty", [None, float("nan"), pd.NaT, pd.NA, "", "  "])
def test_empty_is_missing_and_no_problem(empty):
    found, problems = days([empty], dtype=object)
    assert found == [None]
    assert not any(problems.values())


def test_a_day_in_shanghai_is_not_the_day_before_in_utc():
    column = pd.Series(pd.DatetimeIndex(["2021-01-15", "2021-01-16"]).tz_localize("Asia/Shanghai"))
    assert column.dt.tz_convert("UTC").dt.date.iloc[0] == dt.date(2021, 1, 14)
    found, problems = days(column)
    assert found == ["2021-01-15", "2021-01-16"]
    assert not any(problems.values())


def test_mixed_zones_name_the_rows_that_differ():
    values = ["2021-01-15T00:00+08:00", "2021-01-15T00:00+08:00", "2021-01-15T00:00Z", "2021-01-15", None]
    assert days(values)[1]["mixed_zones"] == [2]
    assert days(values[1:3])[1]["mixed_zones"] == [0, 1]
    assert days(["2021-01-15T00:00+08:00", "2021-01-15T00:00+0800"])[1]["mixed_zones"] == []


def test_an_hour_without_zone_beside_hours_with_zone_is_mixed():
    values = ["2021-01-15T09:00+08:00", "2021-01-15T09:00+08:00", "2021-01-15 09:00"]
    problems = days(values)[1]
    assert problems["mixed_zones"] == [2]
    assert problems["time_of_day"] == [0, 1, 2]


def test_equal_instants_written_in_two_zones_keep_their_own_days():
    values = [pd.Timestamp("2021-01-15T00:00+08:00"), pd.Timestamp("2021-01-14T16:00Z")]
    found, problems = days(values, dtype=object)
    assert found == ["2021-01-15", "2021-01-14"]
    assert problems["mixed_zones"] == [0, 1]


def test_dtype_index_and_input_stay():
    values = pd.Series(["2021-01-15", None], index=[7, 3], name="supply_date", dtype="str")
    before = values.copy()
    dates, _ = parse_dates(values)
    assert dates.dtype == "datetime64[us]"
    assert dates.index.tolist() == [7, 3]
    assert dates.name == "supply_date"
    pd.testing.assert_series_equal(values, before)


@given(st.dates(min_value=dt.date(1000, 1, 1)), st.sampled_from(["", "T00:00+08:00", "T00:00-11:00", " 00:00:00"]))
def test_every_day_in_every_zone_stays(day, tail):
    assert days([day.isoformat() + tail])[0] == [day.isoformat()]


@given(st.permutations(["2021-01-15T00:00Z", "2021-01-15T00:00+08:00", "2021-01-15T00:00+08:00", "x", "2021-01-15"]))
def test_order_of_rows_changes_nothing(values):
    problems = days(values)[1]
    assert [values[place] for place in problems["mixed_zones"]] == ["2021-01-15T00:00Z"]
    assert [values[place] for place in problems["unparseable"]] == ["x"]
