from pathlib import Path

import pandas as pd
import pytest

import gis.schema
from gis.issues import IssueLog
from gis.schema import conform, data_dictionary_page, fields_of, match_fields, table_names


def test_the_generated_page_is_not_stale():
    page = Path(gis.schema.__file__).with_name("data_dictionary.md")
    assert page.read_text("utf-8") == data_dictionary_page()


@pytest.mark.parametrize("table", table_names())
def test_no_alias_stands_for_two_fields(table):
    names = [alias.name for field in fields_of(table).values() for alias in field.aliases]
    assert len(names) == len(set(names))


def codes(columns, **options):
    issues = IssueLog()
    conform(pd.DataFrame(columns), "parcels", issues=issues, **options)
    return {issue.code: issue for issue in issues}


def test_an_unknown_unit_names_the_choices():
    issue = codes({"DKBH": ["1"], "MJ": ["2"]})["field-unit-ambiguous"]
    assert "m2, ha, mu" in issue.text("en")
    assert "field-unit-ambiguous" not in codes({"DKBH": ["1"], "MJ": ["2"]}, mapping={"legal_area_m2": None})


def test_two_columns_for_one_field_are_an_error():
    assert "field-ambiguous" in codes({"DKBH": ["1"], "地块编号": ["2"]})


def test_a_missing_id_names_the_known_columns():
    assert "DKBH" in codes({"x": [1]})["field-missing"].text()


@pytest.mark.parametrize(("unit", "expected"), [("ha", 5_500.0), ("mu", 366.666667), ("m2", 0.55)])
def test_units_convert_exactly(unit, expected):
    table = conform(
        pd.DataFrame({"DKBH": ["1"], "MJ": ["0.55"]}), "parcels", issues=IssueLog(), units={"legal_area_m2": unit}
    )
    assert table["legal_area_m2"].tolist() == [expected]


def test_ids_stay_letter_for_letter():
    assert conform(pd.DataFrame({"DKBH": ["001", "1", "NA"]}), "parcels", issues=IssueLog())["parcel_id"].tolist() == [
        "001",
        "1",
        "NA",
    ]


def test_match_reports_what_it_does_not_take():
    assert match_fields(["DKBH", "foo"], "parcels").unmatched_columns == ["foo"]
