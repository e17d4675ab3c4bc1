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


def test_harmful_gas_needs_more_than_the_nation_allows(zone_z1):
    table, _ = conflicts_of(
        zone_z1, land_use_scheme={"B": "mnr_2023"}, land_use_code={"B": "100101"}, harmful_gas={"B": True}
    )
    row = table.iloc[0]
    assert (row["entity_id"], row["floor_m2"], row["ceiling_m2"]) == ("B", 9_000, 6_000)
