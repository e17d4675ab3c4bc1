"""Wide columns are short for events: the same facts in long form, and every value read as its kind wants it."""

import pandas as pd
import pytest

from gis.issues import IssueLog
from gis.schema import combine_events, conform, event_kinds, events_of_columns, fields_of, read_event_values

WIDE = {
    "parcel_id": ["a", "b"],
    "supply_date": ["2020-01-10", None],
    "delivery_date": ["2020-03-01", None],
    "agreed_commencement_date": ["2021-03-01", "2022-01-01"],
    "commencement_date": ["2021-02-01", None],
    "suspension_date": ["2022-02-01", None],
    "completion_date": ["2024-02-01", None],
    "production_date": ["2024-09-01", None],
    "invested_cny": [1e6, None],
    "developed_area_m2": [3334.0, 0.0],
    "delay_cause": ["government_cause", "enterprise_cause"],
    "delay_cause_item": ["2", None],
    "efficiency_grade": ["D", None],
    "phase_out": ["listed", None],
}


def table(name, columns):
    log = IssueLog()
    made = conform(pd.DataFrame(columns), name, issues=log)
    assert not len(log)
    return made


def test_kinds_are_those_of_the_dictionary_and_their_columns_are_of_parcels():
    assert list(event_kinds()) == list(fields_of("parcel_events")["event_kind"].choices)
    for kind in event_kinds().values():
        assert not kind.column or kind.column in fields_of("parcels")
        assert kind.value != "choice" or kind.choices
    grades = set(fields_of("parcels")["efficiency_grade"].choices)
    assert set(event_kinds()["efficiency_grade"].choices) == grades


def test_every_column_that_is_short_for_a_kind_becomes_an_event():
    events = events_of_columns(table("parcels", WIDE))
    first = events[events["parcel"] == 0].set_index("event_kind")
    assert set(first.index) == {name for name, kind in event_kinds().items() if kind.column and name != "force_majeure"}
    assert first.loc["agreed_commencement", "event_date"] == pd.Timestamp("2020-01-10")
    assert first.loc["agreed_commencement", "day"] == pd.Timestamp("2021-03-01")
    assert first.loc["commenced", "event_date"] == pd.Timestamp("2021-02-01")
    assert (first.loc["investment_counted", "number"], first.loc["area_developed", "number"]) == (1e6, 3334.0)
    assert (first.loc["government_cause", "word"], first.loc["efficiency_grade", "word"]) == ("2", "D")
    undated = first.index[first["event_date"].isna()]
    assert set(undated) == {"investment_counted", "area_developed", "government_cause", "efficiency_grade", "phase_out"}
    second = events[events["parcel"] == 1]
    assert second["event_kind"].tolist() == ["agreed_commencement", "area_developed"]
    assert second["event_date"].isna().all()


def test_given_events_join_by_id_letter_for_letter():
    given = table(
        "parcel_events",
        {
            "parcel_id": ["b", "B", "a"],
            "event_date": ["2024-01-01"] * 3,
            "event_kind": ["停工", "恢复开发", "中止开发"],
        },
    )
    joined = combine_events(table("parcels", WIDE), given)
    joined = joined[joined["is_given"]]
    assert (joined["parcel"].tolist(), joined["event_kind"].tolist(), joined["row"].tolist()) == (
        [0],
        ["suspended"],
        [2],
    )


def test_ids_that_are_doubled_or_missing_take_no_event_of_another():
    parcels = table("parcels", {"parcel_id": ["a", "a", None, "b"], "holder": ["w", "x", "y", "z"]})
    rows = {"parcel_id": ["a", None, "b", "c"], "event_date": ["2024-01-01"] * 4, "event_kind": ["commenced"] * 4}
    joined = combine_events(parcels, table("parcel_events", rows))
    assert (joined["parcel"].tolist(), joined["row"].tolist()) == ([0, 3], [0, 2])


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("investment_counted", "1,234.5", ("number", 1234.5)),
        ("investment_counted", "12345.0", ("number", 12345.0)),
        ("investment_counted", "-1", "invalid"),
        ("investment_counted", "inf", "invalid"),
        ("investment_counted", None, "missing"),
        ("area_developed", "3334", ("number", 3334.0)),
        ("agreed_commencement", "2021-01-15T00:00:00+08:00", ("day", pd.Timestamp("2021-01-15"))),
        ("agreed_commencement", "20210115", ("day", pd.Timestamp("2021-01-15"))),
        ("agreed_commencement", "15/1/21", "invalid"),
        ("agreed_commencement", "paid_reclaim", "invalid"),
        ("article_12_agreement", "paid_reclaim", ("word", "paid_reclaim")),
        ("article_12_agreement", "2024-02-29", ("day", pd.Timestamp("2024-02-29"))),
        ("article_12_agreement", None, "missing"),
        ("government_cause", "6", ("word", "6")),
        ("government_cause", "7", "invalid"),
        ("government_cause", None, ""),
        ("foundation_facts", "piles", ("word", "piles")),
        ("efficiency_grade", "E", "invalid"),
        ("commenced", "yes", "unwanted"),
        ("fee_served", None, ""),
    ],
)
def test_a_value_is_read_as_its_kind_wants_it(kind, value, expected):
    found = read_event_values(pd.DataFrame({"event_kind": [kind], "value": pd.Series([value], dtype="str")})).iloc[0]
    if isinstance(expected, str):
        assert found["problem"] == expected
        assert pd.isna(found["number"]) and pd.isna(found["day"]) and found["word"] == ""
    else:
        assert (found["problem"], found[expected[0]]) == ("", expected[1])


def test_nothing_is_mutated():
    parcels = table("parcels", WIDE)
    given = table(
        "parcel_events", {"parcel_id": ["a"], "event_date": ["2024-01-01"], "event_kind": ["tax"], "value": ["1"]}
    )
    before = parcels.copy(deep=True), given.copy(deep=True)
    combine_events(parcels, given)
    pd.testing.assert_frame_equal(parcels, before[0])
    pd.testing.assert_frame_equal(given, before[1])
