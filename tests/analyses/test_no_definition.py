"""A place whose own definition of underused land is not at hand: undetermined, another district's only beside it."""

import pandas as pd
import pytest
from shapely import box

import gis
from gis.issues import IssueLog
from gis.schema import conform

BAOSHAN, JIADING, PUDONG, SUZHOU = "310113", "310114", "310115", "320500"
#: One parcel of an industry to be phased out, one that is sound.
PARCELS = [
    {"parcel_id": "bad", "phase_out": "listed", "efficiency_grade": "D"},
    {"parcel_id": "good", "phase_out": "none", "efficiency_grade": "B"},
]
SHARED = {
    "supply_status": "supplied", "construction_state": "completed", "production_date": "2012-06-01",
    "commencement_date": "2010-01-01", "completion_date": "2011-01-01", "agreed_production_date": "2025-12-31",
    "legal_area_m2": 10_000.0, "land_use_scheme": "mnr_2023", "land_use_code": "100101", "industry_code": "3912",
    "delay_cause": "none",
}  # fmt: skip


def balance(make_table, place, as_of):
    parcels = make_table("parcels", [SHARED | each for each in PARCELS], [box(0, 0, 100, 100), box(100, 0, 200, 100)])
    zone = {"zone_id": "Z", "zone_name": "某区", "boundary_quality": "approved"}
    zones = gis.measure_zones(make_table("approved_boundaries", [zone], [box(0, 0, 200, 100)]))
    land = gis.measure_parcels(parcels, zones)
    return gis.evaluate_idle_land(land, gis.load_rules(as_of=as_of, place=place), zones=zones)


@pytest.mark.parametrize(
    ("place", "as_of", "verdict", "comparison", "compared_with"),
    [
        # Pudong: 浦府管规〔2022〕5号 (from 2023-01-15) forms four results of an evaluation and defines nothing.
        (PUDONG, "2021-04-22", "undetermined", "", ""),
        (PUDONG, "2021-04-23", "undetermined", "met", BAOSHAN),
        (PUDONG, "2023-01-14", "undetermined", "met", BAOSHAN),
        (PUDONG, "2023-01-15", "undetermined", "met", BAOSHAN),
        (PUDONG, "2026-03-31", "undetermined", "met", BAOSHAN),
        # Jiading: its own text is of 2022-10-11.
        (JIADING, "2022-10-10", "undetermined", "met", BAOSHAN),
        (JIADING, "2022-10-11", "met", "", ""),
        (BAOSHAN, "2021-04-22", "undetermined", "", ""),
        (BAOSHAN, "2021-04-23", "met", "", ""),
        (SUZHOU, "2026-03-31", "undetermined", "", ""),
    ],
)
def test_only_the_districts_own_definition_is_a_verdict(make_table, place, as_of, verdict, comparison, compared_with):
    found = balance(make_table, place, as_of)
    row = found.parcels.set_index("parcel_id").loc["bad"]
    assert (row["underused"], row["underused_comparison"], row["underused_compared_with"]) == (
        verdict, comparison, compared_with,
    )  # fmt: skip
    assert found.figure("underused_area_m2").value == (10_000 if verdict == "met" else 0)
    if verdict == "undetermined":
        assert found.figure("underused_undetermined_area_m2").value == 20_000
        assert set(found.parcels["underused_missing"]) == {"underused_definition"}
        assert not [rule for rule in found.findings["rule"] if rule.startswith("underused.")]
        assert "idle.note_underused_undefined" in found.notes


def test_the_list_names_the_comparison_and_the_rules_of_another_district_are_not_read_as_its_own(make_table):
    found = balance(make_table, PUDONG, "2026-03-31")
    listed = found.tables["underused"].set_index("parcel_id")
    assert listed["underused"].to_dict() == {"bad": "undetermined"}
    assert listed.loc["bad", "underused_comparison_classes"] == "phased_out;grade"
    read = {rule["name"]: rule for rule in found.rules if rule["name"].startswith("underused.")}
    assert set(read) <= {"underused.comparison_place", "underused.surplus_land_conditions",
                         "underused.surplus_floor_conditions"}  # fmt: skip
    assert not read["underused.comparison_place"]["verified"]


def test_what_pudong_says_of_a_lease_of_surplus_floor_is_encoded():
    """浦府管规〔2022〕5号 art. 9: under life-cycle management, own needs met, approved, tenant, limited rent."""
    own = ["lifecycle_management", "own_needs_met", "lease_approved", "tenant_startup_or_incubator", "rent_limited"]
    name = "underused.surplus_floor_conditions"
    assert not gis.load_rules(as_of="2023-01-14", place=PUDONG).covers(name)
    for day, conditions in (("2023-01-15", 5), ("2025-08-20", 5), ("2025-08-21", 9), ("2028-01-14", 9)):
        rule = gis.load_rules(as_of=day, place=PUDONG).get(name)
        assert list(rule.value)[:5] == own and len(rule.value) == conditions
        assert rule.citation.text("zh").endswith("（浦府管规〔2022〕5号）第9条")
        assert rule.verified is (conditions == 5)
    assert gis.load_rules(as_of="2028-01-15", place=PUDONG).get(name).citation.source.id == "toolbox_2025_322"
    log = IssueLog()
    steps = pd.DataFrame({"parcel_id": ["1"] * 5, "event_date": ["2024-01-01"] * 5, "event_kind": ["surplus_floor_step"] * 5, "value": own})
    conform(steps, "parcel_events", issues=log)
    assert not len(log)
