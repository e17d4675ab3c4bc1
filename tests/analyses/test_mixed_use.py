import math

import pytest
from shapely import box

import gis
from gis.analyses.mixed_use import diversity


@pytest.mark.parametrize(
    ("areas", "hill_1", "hill_2", "entropy"),
    [
        ({"a": 1.0}, 1.0, 1.0, 0.0),
        ({"a": 1.0, "b": 1.0}, 2.0, 2.0, math.log(2) / math.log(8)),
        ({"a": 3.0, "b": 0.0}, 1.0, 1.0, 0.0),
    ],
)
def test_diversity(areas, hill_1, hill_2, entropy):
    found = diversity(areas)
    assert (found["hill_1"], found["hill_2"], found["entropy"]) == pytest.approx((hill_1, hill_2, entropy))


def test_nothing_is_undefined_and_not_zero():
    assert all(math.isnan(value) for value in diversity({}).values())


@pytest.mark.parametrize(
    ("zone", "share", "verdict", "citation"),
    [
        ("上海外高桥保税区", 1_000.0, "not_met", "175号"),
        ("上海外高桥保税区", 1_001.0, "met", "175号"),
        # The bonded-area text names three zones: in the others, in the same district, 10 % itself counts.
        ("金桥综合保税区", 999.0, "not_met", "准则"),
        ("金桥综合保税区", 1_000.0, "met", "准则"),
    ],
)
def test_a_use_counts_by_the_rule_that_reaches_its_zone(make_table, zone, share, verdict, citation):
    parcels = make_table("parcels", [{"parcel_id": "1"}], [box(0, 0, 100, 100)])
    boundary = make_table(
        "approved_boundaries", [{"zone_id": "Z", "zone_name": zone, "boundary_quality": "approved"}], [box(0, 0, 100, 100)]
    )
    use = {"land_use_scheme": "mnr_2023", "land_use_code": "1001"}
    land_use = make_table("land_use", [{"patch_id": "p", **use}], [box(0, 0, 100, 100)])
    floors = [("b1", "1001", 10_000.0 - share), ("b2", "0901", share)]
    buildings = make_table(
        "buildings",
        [{"building_id": i, "parcel_id": "1", "land_use_scheme": "mnr_2023", "land_use_code": c, "floor_area_m2": f}
         for i, c, f in floors],
        [box(0, 0, 10, 10), box(20, 0, 30, 10)],
    )  # fmt: skip
    zones = gis.measure_zones(boundary)
    land = gis.measure_parcels(parcels, zones)
    balance = gis.evaluate_mixed_use(
        land, gis.intersect_pairs(land, land_use), land_use=land_use, zones=zones, buildings=buildings,
        rules=gis.load_rules(as_of="2026-03-31", place="310115"),
    )  # fmt: skip
    assert balance.parcels["verdict"].tolist() == [verdict]
    assert citation in balance.findings["citation"].iloc[0]
    assert {rule["verified"] for rule in balance.rules} == {"175号" in citation}
