import datetime as dt
import math

import pandas as pd
import pytest
from shapely import box

import gis
from gis.analyses.idle_status import classify_status
from gis.issues import IssueLog
from gis.samples import make_sample
from gis.schema import conform

SUPPLIED = {"supply_status": "supplied", "contract_id": "c"}
WAITING = SUPPLIED | {"construction_state": "not_started", "delay_cause": "enterprise_cause"}
STOPPED = SUPPLIED | {"construction_state": "suspended", "commencement_date": "2020-01-01"}


def status_of(make_table, record, as_of):
    parcels = make_table("parcels", [{"parcel_id": "1", **record}], [box(0, 0, 100, 100)])
    return classify_status(parcels, gis.load_rules(as_of=as_of, place="310115")).iloc[0]


@pytest.mark.parametrize(
    ("as_of", "status", "route"),
    [
        ("2025-03-09", "approved_not_built", ""),
        ("2025-03-10", "approved_not_built", ""),  # the anniversary itself: 满一年 completes at 24:00
        ("2025-03-11", "idle", "fee"),
        ("2026-03-10", "idle", "fee"),
        ("2026-03-11", "idle", "reclaim"),
    ],
)
def test_type_a_around_the_anniversaries(make_table, as_of, status, route):
    found = status_of(make_table, WAITING | {"agreed_commencement_date": "2024-03-10"}, as_of)
    assert (found["status"], found["route"]) == (status, route)


@pytest.mark.parametrize(("as_of", "status"), [("2025-02-28", "approved_not_built"), ("2025-03-01", "idle")])
def test_a_start_on_29_february_ends_on_28(make_table, as_of, status):
    assert status_of(make_table, WAITING | {"agreed_commencement_date": "2024-02-29"}, as_of)["status"] == status


@pytest.mark.parametrize(("as_of", "status"), [("2026-03-10", "approved_not_built"), ("2026-03-11", "idle")])
def test_without_an_agreed_date_the_clock_is_delivery_and_a_year(make_table, as_of, status):
    found = status_of(make_table, WAITING | {"delivery_date": "2024-03-10", "start_agreement": "not_agreed"}, as_of)
    assert found["status"] == status
    assert found["clock_start"] == pd.Timestamp("2025-03-10")
    assert found["clock_start_ground"] == "clock_delivery"


def test_a_government_cause_is_never_reclaimed(make_table):
    record = WAITING | {
        "agreed_commencement_date": "2020-01-01", "delay_cause": "government_cause",
        "delay_cause_first_date": "2020-03-01", "delay_cause_last_date": "2020-09-30",
    }  # fmt: skip
    found = status_of(make_table, record, "2026-03-31")
    assert (found["status"], found["route"], found["next_event"]) == ("idle", "article_12", "")


@pytest.mark.parametrize(
    ("developed", "invested", "status"),
    [
        (9_999.0, 5e6, "idle_recognisable"),
        (10_000.0, 5e6, "under_construction"),  # exactly one third is not below it
        (20_000.0, 2.5e6, "under_construction"),  # exactly 25 % is not below it
        (20_000.0, 2_499_999.0, "idle_recognisable"),
        (None, 5e6, "undetermined"),
        (None, 1e6, "idle_recognisable"),  # one condition that holds is enough
    ],
)
def test_type_b_exact_fractions_and_missing_data(make_table, developed, invested, status):
    record = STOPPED | {
        "suspension_date": "2023-01-01", "developed_area_m2": developed, "land_to_develop_m2": 30_000.0,
        "invested_cny": invested, "total_investment_cny": 1e7,
    }  # fmt: skip
    found = status_of(make_table, record, "2026-03-31")
    assert found["status"] == status
    if status == "idle_recognisable":
        assert found["route"] == "article_12"


def test_missing_data_is_never_not_idle(make_table):
    found = status_of(make_table, {}, "2026-03-31")
    assert found["status"] == "undetermined"
    assert found["missing"].split(";") == [
        "supply_status", "construction_state|commencement_date", "agreed_commencement_date|start_agreement",
    ]  # fmt: skip


def test_a_later_start_has_not_happened_yet(make_table):
    record = SUPPLIED | {
        "commencement_date": "2025-06-01",
        "agreed_commencement_date": "2024-01-01",
        "delay_cause": "none",
    }
    assert status_of(make_table, record, "2025-05-31")["status"] == "idle"


def test_lines_add_up_to_the_zone_and_rows_to_the_lines(zone_z1):
    zones = gis.measure_zones(zone_z1["approved_boundaries"])
    land = gis.measure_parcels(zone_z1["parcels"], zones)
    balance = gis.evaluate_idle_land(land, gis.load_rules(as_of="2026-03-31", place="310115"), zones=zones)
    zone = balance.zones.iloc[0]
    assert zone["undetermined_m2"] == zone["parcel_area_m2"] == zone["zone_area_m2"] == 140_000.0
    assert zone["not_in_parcels_m2"] == 0.0
    assert zone["idle_ratio"] is None
    for figure in balance.figures:
        if figure.unit == "m2":
            assert math.fsum(figure.rows["value"]) == figure.value


def _by_hand(record, day):
    """Art. 2 ¶1 written again, a parcel at a time."""
    start = record["agreed_commencement_date"]
    if pd.isna(start):
        start = record["delivery_date"] + pd.DateOffset(years=1)
    return day > (start + pd.DateOffset(years=1))


def test_type_a_agrees_with_a_second_way_on_the_sample():
    day = dt.date(2026, 3, 31)
    layers = next(make_sample(parcels=400, seed=3, as_of=day))
    parcels = conform(layers["parcels"], "parcels", issues=IssueLog())
    status = classify_status(parcels, gis.load_rules(as_of=day, place="310115"))
    waiting = parcels[(parcels["construction_state"] == "not_started") & status["missing"].eq("")]
    assert len(waiting) > 50
    expected = [_by_hand(record, pd.Timestamp(day)) for record in waiting.to_dict("records")]
    assert (status.loc[waiting.index, "status"] == "idle").tolist() == expected


@pytest.mark.parametrize(("as_of", "defined"), [("2021-04-22", False), ("2021-04-23", True)])
def test_without_a_definition_of_underused_land_the_idle_statuses_stand(make_table, as_of, defined):
    record = WAITING | {"agreed_commencement_date": "2020-01-01", "efficiency_grade": "D"}
    zone = {"zone_id": "Z", "boundary_quality": "approved"}
    zones = gis.measure_zones(make_table("approved_boundaries", [zone], [box(0, 0, 100, 100)]))
    land = gis.measure_parcels(make_table("parcels", [{"parcel_id": "1", **record}], [box(0, 0, 100, 100)]), zones)
    balance = gis.evaluate_idle_land(land, gis.load_rules(as_of=as_of, place="310113"), zones=zones)
    parcel = balance.parcels.iloc[0]
    assert (parcel["status"], balance.zones["idle_m2"].iloc[0]) == ("idle", 10_000.0)
    assert parcel["underused"] == ("met" if defined else "undetermined")
    assert parcel["underused_missing"] == ("" if defined else "underused_definition")
    assert ("idle.note_underused_undefined" in balance.notes) is not defined
    assert any(rule.startswith("underused.") for rule in balance.findings["rule"]) is defined


def test_land_that_is_to_be_supplied_later_is_not_supplied_for_its_agreed_start(make_table):
    """A start agreed for a day that has passed shows no supply where the supply is told otherwise."""
    agreed = {"agreed_commencement_date": "2020-01-01", "contract_id": "c", "supply_status": "supplied"}
    parcels = make_table("parcels", [{"parcel_id": "1", **agreed}], [box(0, 0, 100, 100)])
    told = {"parcel_id": ["1"], "event_date": ["2022-05-01"], "event_kind": ["supplied"], "value": [None]}
    log = conform(pd.DataFrame(told, dtype="str"), "parcel_events", issues=IssueLog())
    by_day = {
        day: classify_status(parcels, gis.load_rules(as_of=day, place="310115"), events=log).iloc[0]
        for day in ("2022-04-30", "2022-05-01")
    }
    assert [bool(found["is_supplied"]) for found in by_day.values()] == [False, True]
    for record in (agreed | {"supply_status": "approved_not_supplied"}, agreed | {"supply_date": "2026-01-01"}):
        found = status_of(make_table, record | {"construction_state": "not_started"}, "2025-12-31")
        assert (found["status"], bool(found["is_supplied"])) == ("approved_not_supplied", False)
    unknown = status_of(
        make_table, {"agreed_commencement_date": "2020-01-01", "construction_state": "not_started"}, "2025-12-31"
    )
    assert bool(unknown["is_supplied"])  # a start is agreed in a contract; nothing says otherwise
