"""Supplied, approved-not-supplied and undetermined supply add up to all parcels; the idle ratio says what it leaves out."""

import pytest
from shapely import box

import gis

DAY = "2026-03-31"
IDLE = {"supply_status": "supplied", "construction_state": "not_started", "agreed_commencement_date": "2020-01-01",
        "delay_cause": "enterprise_cause"}  # fmt: skip
APPROVED = {"supply_status": "approved_not_supplied"}
#: Supplied, and nothing told of construction; then a parcel of which not even the supply is told.
SILENT, UNKNOWN = {"supply_status": "supplied"}, {}


def balance(make_table, records, shapes, place="310115"):
    rows = [{"parcel_id": str(n)} | record for n, record in enumerate(records)]
    zone = {"zone_id": "Z", "zone_name": "某区", "boundary_quality": "approved"}
    zones = gis.measure_zones(make_table("approved_boundaries", [zone], [box(0, 0, 1000, 100)]))
    land = gis.measure_parcels(make_table("parcels", rows, shapes), zones)
    return gis.evaluate_idle_land(land, gis.load_rules(as_of=DAY, place=place), zones=zones)


def row(length, count):
    return [box(length * n, 0, length * (n + 1), 100) for n in range(count)]


def test_supply_adds_up_to_all_parcels(make_table):
    found = balance(make_table, [IDLE, APPROVED, UNKNOWN, SILENT, UNKNOWN], row(100, 5))
    zone = found.zones.iloc[0]
    assert (zone["supplied_area_m2"], zone["approved_not_supplied_m2"], zone["supply_undetermined_m2"]) == (
        20_000.0, 10_000.0, 20_000.0,
    )  # fmt: skip
    assert zone["supply_contested_m2"] == 0.0
    assert zone["supplied_area_m2"] + zone["approved_not_supplied_m2"] + zone["supply_undetermined_m2"] == (
        zone["parcel_area_m2"]
    )  # fmt: skip
    assert found.figure("supply_undetermined_area_m2").rows["entity_id"].tolist() == ["2", "4"]


def test_the_idle_ratio_says_what_it_leaves_out(make_table):
    found = balance(make_table, [IDLE, APPROVED, UNKNOWN, SILENT, UNKNOWN], row(100, 5))
    zone = found.zones.iloc[0]
    assert zone["idle_ratio"] == pytest.approx(0.5)
    # In neither part: land of unknown supply. In the denominator alone: supplied land of unknown status.
    assert zone["supply_undetermined_m2"] == 20_000.0
    assert zone["supplied_undetermined_m2"] == 10_000.0
    assert "idle.note_ratio" in found.notes


@pytest.mark.parametrize(
    ("records", "contested"),
    [
        ([IDLE, APPROVED], 5_000.0),  # supplied for one claimant, not for the other
        ([APPROVED, UNKNOWN], 5_000.0),  # neither supplied, and not known whether approved or supplied
        ([IDLE, SILENT], 0.0),  # both supplied: no dispute about the supply
        ([UNKNOWN, UNKNOWN], 0.0),
    ],
)
def test_shared_ground_of_different_supply_is_a_line_of_its_own(make_table, records, contested):
    found = balance(make_table, records, [box(0, 0, 100, 100), box(50, 0, 150, 100)])
    zone = found.zones.iloc[0]
    assert zone["supply_contested_m2"] == pytest.approx(contested)
    parts = ("supplied_area_m2", "approved_not_supplied_m2", "supply_undetermined_m2", "supply_contested_m2")
    assert sum(zone[name] for name in parts) == pytest.approx(zone["parcel_area_m2"]) == pytest.approx(15_000.0)
