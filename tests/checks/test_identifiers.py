from __future__ import annotations

import pandas as pd
import pytest

from gis.checks import check_ids, check_references


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("001", "1"),
        ("P-07", "p-7"),
        ("Ａ１", "A1"),
        ("A 1", "A1"),
        ("0010010001", "10010001"),
        ("1 ", "1"),
        ("X０９", "x9"),
    ],
)
def test_ids_alike_are_a_warning_that_names_both(log, first, second):
    check_ids(pd.DataFrame({"parcel_id": [first, "Q", second]}), "parcels", issues=log)
    (issue,) = log
    assert issue.code == "id-lookalike"
    assert set(issue.ids) == {first, second}
    assert repr(first) in issue.text("zh")
    assert repr(second) in issue.text("zh")


@pytest.mark.parametrize(("first", "second"), [("1001", "101"), ("10", "1"), ("A-1", "A1"), ("1.0", "1"), ("0", "")])
def test_other_ids_are_not_alike(log, first, second):
    check_ids(pd.DataFrame({"parcel_id": [first, second or "x"]}), "parcels", issues=log)
    assert log.codes() == []


def test_a_doubled_id_is_an_error_with_its_rows(log, clean):
    frame = clean["green_spaces"].assign(green_id="G7")
    check_ids(frame, "green_spaces", issues=log)
    (issue,) = log
    assert (issue.code, issue.found, issue.rows) == ("id-duplicate", "G7", (1, 2))


def test_a_zone_may_have_several_rows(log):
    check_ids(pd.DataFrame({"zone_id": ["Z1", "Z1"]}), "approved_boundaries", issues=log)
    assert log.codes() == []


def test_missing_and_blank_ids_are_missing_not_doubled(log):
    frame = pd.DataFrame({"parcel_id": pd.Series([None, "  ", "1", None], dtype="str"), "source_row": [1, 2, 3, 4]})
    check_ids(frame, "parcels", issues=log)
    (issue,) = log
    assert (issue.code, issue.rows, issue.facts["count"]) == ("id-missing", (1, 2, 4), 3)


def test_na_is_an_id_like_any_other(log):
    check_ids(pd.DataFrame({"parcel_id": ["NA", "nan", "None"]}), "parcels", issues=log)
    assert log.codes() == []


def test_a_reference_is_compared_letter_for_letter(log):
    parcels = pd.DataFrame({"parcel_id": ["001", "002"]})
    buildings = pd.DataFrame({"building_id": list("abcd"), "parcel_id": ["001", "1", None, "9"]})
    check_references({"parcels": parcels, "buildings": buildings}, issues=log)
    assert {issue.found: (issue.ids, issue.expected) for issue in log} == {"1": (("b",), "001"), "9": (("d",), "")}


def test_references_into_an_absent_table_are_passed_over(log):
    check_references({"buildings": pd.DataFrame({"building_id": ["a"], "parcel_id": ["1"]})}, issues=log)
    assert log.codes() == []
