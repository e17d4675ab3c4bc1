"""Every rule of the register is read by what it names, as recorded in a run, or says that nothing reads it."""

import itertools

import pytest
from shapely import box

import gis
from gis.ledgers import (
    Need,
    Project,
    balance_pollutant,
    create_ledger,
    energy_in_tce,
    linked_quota,
    new_land_need,
    pollutant_need,
    review_energy,
    split_reward,
    try_project,
)
from gis.regulations import load_rule_set, load_rules, policy_clauses

DAY = "2026-03-31"
BAOSHAN, JIADING, PUDONG = "310113", "310114", "310115"
USE = {"land_use_scheme": "mnr_2023", "land_use_code": "100101"}


@pytest.fixture
def land(make_table):
    """One parcel with everything that makes a rule be asked for: suspended, surplus stated, a harmful-gas project."""
    parcel = {
        "parcel_id": "1", "supply_status": "supplied", "construction_state": "suspended", "harmful_gas": True,
        "commencement_date": "2020-01-01", "suspension_date": "2022-01-01", "surplus_land_m2": 10.0,
        "surplus_floor_m2": 10.0, "industry_code": "3912", "legal_area_m2": 10_000.0, "green_ceiling_ratio": 0.2, **USE,
    }  # fmt: skip
    zone = {"zone_id": "Z", "zone_name": "外高桥保税区", "boundary_quality": "approved"}
    shape = box(0, 0, 100, 100)
    zones = gis.measure_zones(make_table("approved_boundaries", [zone], [shape]))
    return {
        "land": gis.measure_parcels(make_table("parcels", [parcel], [shape]), zones),
        "zones": zones,
        "use": make_table("land_use", [{"patch_id": "p", **USE}], [shape]),
        "green": make_table("green_spaces", [
            {"green_id": "g", "green_kind": "attached"},
            {"green_id": "r", "green_kind": "roof", "roof_height_m": 5.0, "roof_green_kind": "garden"},
        ], [box(0, 0, 50, 50), box(60, 60, 70, 70)]),
        "buildings": make_table("buildings", [{"building_id": "b", "parcel_id": "1", "floor_area_m2": 10.0, **USE}], [box(0, 0, 5, 5)]),
    }  # fmt: skip


def read_by_land(land):
    """What the three balances record, in three districts, in a zone that a text names and in one that none does."""
    found = {"idle_land": set(), "mixed_use": set(), "green_ratio": set()}
    for place in (BAOSHAN, JIADING, PUDONG):
        rules = load_rules(as_of=DAY, place=place)
        found["idle_land"] |= names(gis.evaluate_idle_land(land["land"], rules, zones=land["zones"]))
    for zone, kinds in itertools.product(("外高桥保税区", "金桥综合保税区"), ("", '["attached", "roof"]')):
        rules = load_rules(as_of=DAY, place=PUDONG)
        if kinds:
            rules = rules.replace("green.counted_kinds", ["attached", "roof"], "to have roofs asked for")
        zones = land["zones"].assign(zone_name=zone)
        pairs = gis.intersect_pairs(land["land"], land["use"])
        found["mixed_use"] |= names(gis.evaluate_mixed_use(
            land["land"], pairs, land_use=land["use"], rules=rules, zones=zones, buildings=land["buildings"],
        ))  # fmt: skip
        green = gis.intersect_pairs(land["land"], land["green"])
        found["green_ratio"] |= names(gis.evaluate_green_ratio(
            land["land"], green, green_spaces=land["green"], rules=rules, zones=zones,
        ))  # fmt: skip
    return found


def names(balance):
    return {rule["name"] for rule in balance.rules}


def read_by_quotas():
    """What the ledger's questions record."""
    rules = load_rules(as_of="2025-06-30", place=JIADING)
    for grade, purpose in itertools.product(("excellent", "good"), ("public", "industry", "commercial")):
        split_reward("1", grade=grade, purpose=purpose, rules=rules)
    new_land_need("2", existing_construction_m2="1", rules=rules)
    for met in (True, False):
        linked_quota("1", task_met=met, rules=rules)
        for kind in ("cod", "nox"):
            need = pollutant_need(kind, "1", status="met" if met else "not_met", rules=rules)
            balance_pollutant(need, {"enterprise": "5"}, rules)
    review_energy(energy_in_tce({"diesel": "1"}, basis="calorific", own_factors={"diesel": ("1", "test")}), rules, kwh="1")
    return {rule["name"] for rule in rules.read}


def test_every_rule_is_read_by_what_it_names_or_says_that_nothing_reads_it(land):
    read = read_by_land(land) | {"quotas": read_by_quotas()}
    silent = []
    for name, entry in load_rule_set().entries.items():
        assert bool(entry.read_by) != bool(entry.register_only), name
        silent += [(name, reader) for reader in entry.read_by if name not in read[reader]]
        if entry.register_only:
            assert not [reader for reader, own in read.items() if name in own], name
            assert entry.register_only["zh"] and entry.register_only["en"]
    assert silent == []
    assert {name for name, entry in load_rule_set().entries.items() if entry.register_only} == {
        "underused.evaluation_results",
    }  # fmt: skip


def test_every_effect_of_a_clause_is_judged_or_the_clause_is_register_only(tmp_path):
    """一(五) is judged where a project is short; 三(五) is for a person to read: nothing computes an evaluation."""
    district = f"district:{PUDONG}"
    need = Need("nox", 2026, "1", (district,))
    project = Project("P", "D", (need,), is_major_quality=True, is_large=True, air_quality="met")
    with create_ledger(str(tmp_path / "q.db")) as ledger:
        [one] = try_project(ledger, project, as_of=DAY, expires="2026-12-31").shortages
    effects = {clause.number: clause.served_by for clause in policy_clauses() if clause.effects}
    assert effects == {"一(五)": ("quotas",), "三(五)": ("register_only",)}
    judged = {number for number in effects if one.request is not None and one.request.citation.endswith(number)}
    assert judged == {number for number, served in effects.items() if served != ("register_only",)}
