"""Limits that contradict each other, on Z1."""

import pandas as pd
import pytest
from test_green_ratio import balance_of


def conflicts_of(tables, **columns):
    parcels = tables["parcels"].copy()
    for name, values in columns.items():
        parcels[name] = pd.Series([values.get(key) for key in parcels["parcel_id"]], index=parcels.index).astype(
            parcels[name].dtype
        )
    balance = balance_of({**tables, "parcels": parcels})
    return balance.tables["limit_conflicts"], {rule["name"] for rule in balance.rules}


def test_a_ceiling_below_the_zones_floor_is_reported_in_square_metres(zone_z1):
    # 30, 12, 35 and 10 % of the four parcels are 15,000 + 3,600 + 7,000 + 4,000 = 29,600: enough for 28,000.
    table, rules = conflicts_of(zone_z1, green_ceiling_ratio={"A": 0.3, "B": 0.12, "C": 0.35, "D": 0.1})
    assert table.empty and "green.industrial_ceiling_ratio" not in rules
    table, _ = conflicts_of(zone_z1, green_ceiling_ratio={"A": 0.25, "B": 0.12, "C": 0.35, "D": 0.1})
    row = table.iloc[0]
    assert (row["level"], row["entity_id"], row["conflict"]) == ("zone", "Z1", "ceilings_below_floor")
    assert (row["floor_m2"], row["ceiling_m2"], row["gap_m2"]) == (28_000, 27_100, 900)


def test_equality_is_no_conflict(zone_z1):
    table, _ = conflicts_of(zone_z1, green_ceiling_ratio=dict.fromkeys("ABCD", 0.2))
    assert table.empty


def test_a_floor_above_a_ceiling_is_reported_with_both_texts(zone_z1):
    table, _ = conflicts_of(
        zone_z1, green_floor_ratio={"A": 0.3}, green_ceiling_ratio={"A": 0.25}, green_plan_id={"A": "LH-7"}
    )
    row = table.iloc[0]
    assert (row["entity_id"], row["conflict"], row["gap_m2"]) == ("A", "floor_above_ceiling", pytest.approx(2_500))
    assert row["floor_citation"].endswith("LH-7") and row["ceiling_citation"].endswith("LH-7")


@pytest.mark.parametrize(("floor", "count"), [(0.2, 0), (0.21, 1)])
def test_the_national_ceiling_of_industrial_land_stands_against_the_plan(zone_z1, floor, count):
    table, rules = conflicts_of(
        zone_z1, land_use_scheme={"B": "mnr_2023"}, land_use_code={"B": "100101"}, green_floor_ratio={"B": floor}
    )
    assert len(table) == count and "green.industrial_ceiling_ratio" in rules


def test_land_of_an_untold_use_leaves_its_conflict_open(zone_z1):
    """B has a floor of 21 %; whether the national ceiling of 20 % binds it depends on a use that nobody has told."""
    table, rules = conflicts_of(zone_z1, green_floor_ratio={"B": 0.21})
    parcel = table[table["level"] == "parcel"].iloc[0]
    assert (parcel["entity_id"], parcel["verdict"], parcel["missing"]) == ("B", "undetermined", "land_use_code")
    assert (parcel["floor_m2"], parcel["ceiling_m2"]) == (6_300, 6_000)
    assert "green.industrial_ceiling_ratio" in rules
    told = {"land_use_scheme": {"B": "mnr_2023"}, "green_floor_ratio": {"B": 0.21}}
    table, _ = conflicts_of(zone_z1, land_use_code={"B": "100101"}, **told)
    assert table[["entity_id", "verdict", "missing"]].to_numpy().tolist() == [["B", "not_met", ""]]
    assert conflicts_of(zone_z1, land_use_code={"B": "1101"}, **told)[0].empty


@pytest.mark.parametrize(("use", "verdict", "reach"), [(None, "undetermined", 26_600), ("1101", "", 0), ("1001", "not_met", 26_600)])
def test_ceilings_that_may_bind_leave_the_zone_open(zone_z1, use, verdict, reach):
    """17.2 % of A and 20 % of the others are 8,600 + 18,000 = 26,600 of the 28,000 needed; free land is enough."""
    schemes = dict.fromkeys("BCD", "mnr_2023") if use else {}
    table, _ = conflicts_of(
        zone_z1, green_ceiling_ratio={"A": 0.172}, land_use_scheme=schemes, land_use_code=dict.fromkeys("BCD", use)
    )
    zones = table[table["level"] == "zone"]
    assert zones["verdict"].tolist() == ([verdict] if verdict else [])
    assert [int(area) for area in zones["ceiling_m2"]] == ([reach] if verdict else [])


def test_harmful_gas_needs_more_than_the_nation_allows(zone_z1):
    table, _ = conflicts_of(
        zone_z1, land_use_scheme={"B": "mnr_2023"}, land_use_code={"B": "100101"}, harmful_gas={"B": True}
    )
    row = table.iloc[0]
    assert (row["entity_id"], row["floor_m2"], row["ceiling_m2"]) == ("B", 9_000, 6_000)
