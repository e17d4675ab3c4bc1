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


def mixed(make_table, floors, *, zone="上海外高桥保税区", as_of="2026-03-31", scheme="mnr_2023"):
    """The mixed-use balance of one parcel whose floor area is of these uses: (code, m², commodity housing or None)."""
    parcels = make_table("parcels", [{"parcel_id": "1"}], [box(0, 0, 100, 100)])
    record = {"zone_id": "Z", "zone_name": zone, "boundary_quality": "approved"}
    zones = gis.measure_zones(make_table("approved_boundaries", [record], [box(0, 0, 100, 100)]))
    use = {"land_use_scheme": "mnr_2023", "land_use_code": "1001"}
    land_use = make_table("land_use", [{"patch_id": "p", **use}], [box(0, 0, 100, 100)])
    rows = [
        {"building_id": f"b{n}", "parcel_id": "1", "land_use_scheme": scheme, "land_use_code": code,
         "floor_area_m2": area} | ({} if commodity is None else {"commodity_housing": commodity})
        for n, (code, area, commodity) in enumerate(floors)
    ]  # fmt: skip
    buildings = make_table("buildings", rows, [box(10 * n, 0, 10 * n + 5, 10) for n in range(len(rows))])
    land = gis.measure_parcels(parcels, zones)
    return gis.evaluate_mixed_use(
        land, gis.intersect_pairs(land, land_use), land_use=land_use, zones=zones, buildings=buildings,
        rules=gis.load_rules(as_of=as_of, place="310115"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("as_of", "verdict"),
    [
        # 中（沪）自保管〔2021〕175号 is in force from 2022-01-20 to 2027-01-19; before and after the guideline speaks.
        ("2022-01-19", "met"), ("2022-01-20", "not_met"), ("2022-01-21", "not_met"),
        ("2027-01-18", "not_met"), ("2027-01-19", "not_met"), ("2027-01-20", "met"),
    ],
)  # fmt: skip
def test_commodity_housing_is_no_part_of_a_mix_in_the_bonded_areas(make_table, as_of, verdict):
    found = mixed(make_table, [("100101", 5_000.0, None), ("070102", 5_000.0, None)], as_of=as_of)
    assert found.parcels["verdict"].tolist() == [verdict]
    barred = verdict == "not_met"
    assert found.parcels["barred_floor_m2"].tolist() == [5_000.0 if barred else 0.0]
    rules = found.findings["rule"].tolist()
    assert ("mixed_use.barred_uses" in rules) is barred
    if barred:
        row = found.findings[found.findings["rule"] == "mixed_use.barred_uses"].iloc[0]
        assert (row["verdict"], row["observed"]) == ("not_met", 5_000.0)
        assert row["citation"].endswith("175号）第3条")


@pytest.mark.parametrize(
    ("floors", "verdict"),
    [
        # Whatever the shares: one square metre bars it, and so it does beside two uses that would be enough.
        ([("100101", 9_000.0, None), ("110101", 8_999.0, None), ("0701", 1.0, None)], "not_met"),
        ([("100101", 9_000.0, None), ("110101", 9_000.0, None)], "met"),
        # Housing that is recorded not to be commodity housing (a dormitory, public rental housing) is a use like others.
        ([("100101", 5_000.0, None), ("0701", 5_000.0, False)], "met"),
        ([("100101", 5_000.0, None), ("0701", 5_000.0, True)], "not_met"),
        # Recorded as commodity housing under another code, it is barred too; community services are no housing.
        ([("100101", 5_000.0, None), ("0901", 5_000.0, True)], "not_met"),
        ([("100101", 5_000.0, None), ("0702", 5_000.0, None)], "met"),
    ],
)
def test_the_bar_goes_before_the_shares(make_table, floors, verdict):
    assert mixed(make_table, floors).parcels["verdict"].tolist() == [verdict]


@pytest.mark.parametrize(("scheme", "code"), [("third_survey", "0701"), ("gb50137_2011", "R2"), ("shanghai_control_plan", "R")])
def test_urban_housing_is_known_in_every_scheme(make_table, scheme, code):
    work = {"third_survey": "0601", "gb50137_2011": "M1", "shanghai_control_plan": "M1"}[scheme]
    found = mixed(make_table, [(work, 5_000.0, None), (code, 5_000.0, None)], scheme=scheme)
    assert found.parcels["verdict"].tolist() == ["not_met"]


def test_in_another_zone_housing_is_a_use_like_others(make_table):
    found = mixed(make_table, [("100101", 5_000.0, None), ("070102", 5_000.0, None)], zone="金桥综合保税区")
    assert found.parcels["verdict"].tolist() == ["met"]
    assert "mixed_use.barred_uses" not in {rule["name"] for rule in found.rules}


@pytest.mark.parametrize(
    ("share", "single", "verdict"),
    # 准则 3.4.1: one use above 90 % of the floor area makes land single-use; exactly 90 % does not.
    [(8_999.0, "not_met", "met"), (9_000.0, "not_met", "met"), (9_001.0, "met", "not_met")],
)
def test_one_use_above_nine_tenths_is_single_use(make_table, share, single, verdict):
    found = mixed(make_table, [("100101", share, None), ("110101", 10_000.0 - share, None)], zone="金桥综合保税区")
    assert (found.parcels["single_use"].tolist(), found.parcels["verdict"].tolist()) == ([single], [verdict])
    assert "mixed_use.single_use_share" in {rule["name"] for rule in found.rules}


def test_land_that_is_neither_mixed_nor_single_use_is_neither(make_table):
    floors = [("100101", 8_800.0, None), ("110101", 600.0, None), ("0901", 600.0, None)]
    found = mixed(make_table, floors, zone="金桥综合保税区")
    assert (found.parcels["single_use"].tolist(), found.parcels["verdict"].tolist()) == (["not_met"], ["not_met"])
    unknown = mixed(make_table, [("100101", None, None)], zone="金桥综合保税区")
    assert (unknown.parcels["single_use"].tolist(), unknown.parcels["verdict"].tolist()) == (["undetermined"],) * 2


def test_what_the_index_leaves_out_has_a_line_and_the_two_add_up(make_table):
    """留白 (16) and water (17) are classified land and no use that the index is measured over."""
    parcels = make_table("parcels", [{"parcel_id": "1"}], [box(0, 0, 100, 100)])
    record = {"zone_id": "Z", "zone_name": "某区", "boundary_quality": "approved"}
    zones = gis.measure_zones(make_table("approved_boundaries", [record], [box(0, 0, 100, 100)]))
    codes = [("1001", box(0, 0, 50, 100)), ("16", box(50, 0, 80, 100)), ("1701", box(80, 0, 90, 100))]
    land_use = make_table(
        "land_use", [{"patch_id": code, "land_use_scheme": "mnr_2023", "land_use_code": code} for code, _ in codes],
        [shape for _, shape in codes],
    )  # fmt: skip
    land = gis.measure_parcels(parcels, zones)
    found = gis.evaluate_mixed_use(
        land, gis.intersect_pairs(land, land_use), land_use=land_use, zones=zones,
        rules=gis.load_rules(as_of="2026-03-31", place="310115"),
    )  # fmt: skip
    zone = found.zones.iloc[0]
    assert (zone["index_m2"], zone["index_left_out_m2"], zone["reserved_m2"]) == (5_000.0, 4_000.0, 3_000.0)
    assert zone["index_m2"] + zone["index_left_out_m2"] == zone["classified_m2"]
    assert zone["classified_m2"] + zone["unclassified_m2"] == 10_000.0
    assert found.figure("index_left_out_m2").rows["entity_id"].tolist() == ["1 × 16", "1 × 1701"]
    assert (zone["hill_1"], zone["uses_count"]) == (1.0, 1)
    assert "mixed.note_left_out" in found.notes
