from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gis.checks import Tolerances, check_table
from gis.schema import fields_of, schemes, table_names


def spoil(frame, field, value, row=0):
    frame = frame.copy()
    frame.loc[row, field] = value
    return frame


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("green_floor_ratio", 0.0),
        ("green_floor_ratio", 1.0),
        ("planned_far", 0.0),
        ("planned_far", 20.0),
        ("legal_area_m2", 0.0),
        ("invested_cny", 2e7),
    ],
)
def test_values_at_the_limit_pass(clean, log, field, value):
    check_table(spoil(clean["parcels"], field, value), "parcels", issues=log)
    assert log.codes() == []


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("green_floor_ratio", np.nextafter(1.0, 2.0), "ratio-above-one"),
        ("green_floor_ratio", -1e-9, "value-negative"),
        ("planned_far", 20.000001, "far-implausible"),
        ("legal_area_m2", -0.01, "value-negative"),
        ("legal_area_m2", -np.inf, "value-negative"),
        ("planned_far", np.inf, "value-not-finite"),
        ("green_ceiling_ratio", np.inf, "value-not-finite"),
    ],
)
def test_values_beyond_the_limit_are_issues(clean, log, field, value, code):
    check_table(spoil(clean["parcels"], field, value), "parcels", issues=log)
    assert code in log.codes()
    assert log.of(code)[0].rows == (1,)


def test_missing_values_pass_where_they_are_not_required(clean, log):
    frame = clean["parcels"].copy()
    for field in fields_of("parcels"):
        if not fields_of("parcels")[field].required:
            frame[field] = pd.Series([None] * len(frame), dtype=frame[field].dtype)
    check_table(frame, "parcels", issues=log)
    assert log.codes() == []


def test_an_unknown_scheme_names_the_known_ones(clean, log):
    check_table(spoil(clean["land_use"], "land_use_scheme", "gb_1991"), "land_use", issues=log)
    (issue,) = log
    assert (issue.code, issue.found, issue.ids, issue.rows) == ("land-use-scheme-unknown", "gb_1991", ("T1",), (1,))
    for lang in ("en", "zh"):
        assert all(name in issue.text(lang) for name in schemes())


def test_each_unknown_word_is_one_issue_with_all_its_rows(clean, log):
    frame = clean["parcels"].assign(tenure=["lent", "granted", "lent", "borrowed"])
    check_table(frame.iloc[::-1], "parcels", issues=log)
    assert [(issue.found, issue.ids, issue.rows) for issue in log] == [
        ("lent", ("P-001", "P-003"), (1, 3)),
        ("borrowed", ("P-004",), (4,)),
    ] or [(issue.found, issue.ids, issue.rows) for issue in log] == [
        ("borrowed", ("P-004",), (4,)),
        ("lent", ("P-001", "P-003"), (1, 3)),
    ]


def test_rows_of_two_files_are_two_issues(clean, log):
    frame = clean["parcels"].assign(tenure="lent", source_file=["b.gpkg", "a.gpkg", "a.gpkg", "b.gpkg"])
    check_table(frame, "parcels", issues=log)
    assert {(issue.file, issue.rows) for issue in log} == {("a.gpkg", (2, 3)), ("b.gpkg", (1, 4))}


def test_a_column_of_a_wrong_type_is_one_issue_and_its_values_are_not_judged(clean, log):
    frame = clean["parcels"].assign(legal_area_m2="-5", supply_date="soon", is_key_project=[1, 0, 1, 0])
    check_table(frame, "parcels", issues=log)
    assert sorted((issue.code, issue.facts["field"]) for issue in log) == [
        ("field-type", "is_key_project"),
        ("field-type", "legal_area_m2"),
        ("field-type", "supply_date"),
    ]


def test_several_failures_of_one_row_are_all_found(clean, log):
    frame = spoil(spoil(clean["land_use"], "land_use_code", None), "recorded_area_m2", -1.0)
    check_table(frame, "land_use", issues=log)
    assert sorted(log.codes()) == ["value-missing", "value-negative"]


def test_a_code_is_judged_in_its_own_scheme(clean, log):
    frame = clean["land_use"].assign(
        land_use_scheme=["mnr_2023", "gb50137_2011", "gb50137_2011", "mnr_2023"],
        land_use_code=["1001", "M1", "1001", "M1"],
    )
    check_table(frame, "land_use", issues=log)
    unknown = {(issue.found, issue.facts["scheme"]): issue.ids for issue in log.of("land-use-code-unknown")}
    assert unknown == {("1001", "gb50137_2011"): ("T3",), ("M1", "mnr_2023"): ("T4",)}
    assert log.of("land-use-schemes-mixed")[0].found == "gb50137_2011 (2), mnr_2023 (2)"


@pytest.mark.parametrize("table", table_names())
def test_an_empty_table_is_one_issue(clean, log, table):
    check_table(clean[table].iloc[:0], table, issues=log)
    assert log.codes() == ["table-empty"]


def test_the_input_is_not_changed(clean, log):
    frame = clean["parcels"].assign(tenure="lent", planned_far=-1.0)
    before = frame.copy(deep=True)
    check_table(frame, "parcels", issues=log)
    pd.testing.assert_frame_equal(frame, before)


def test_the_doubt_about_a_floor_area_ratio_can_be_set(clean, log):
    check_table(clean["parcels"], "parcels", issues=log, tolerances=Tolerances(plausible_far=1.9))
    assert log.codes() == ["far-implausible"]
    assert log.of("far-implausible")[0].ids == ("P-001", "P-002", "P-003", "P-004")
