"""What would change a status is what the same function says once the event is recorded."""

import datetime as dt

import pandas as pd
import pytest

import gis
from gis.analyses import list_changes
from gis.analyses.idle_status import classify_status
from gis.issues import IssueLog
from gis.schema import conform

DAY = dt.date(2023, 6, 30)
SUSPENDED = {
    "supply_status": "supplied", "construction_state": "suspended", "commencement_date": "2020-01-01",
    "suspension_date": "2021-01-01", "land_to_develop_m2": 10_000.0, "total_investment_cny": 1e8,
}  # fmt: skip
WAITING = {
    "supply_status": "supplied", "construction_state": "not_started", "agreed_commencement_date": "2020-01-10",
    "delay_cause": "enterprise_cause",
}  # fmt: skip


def changes(record, day=DAY):
    parcels = conform(pd.DataFrame([{"parcel_id": "1"} | record]), "parcels", issues=IssueLog())
    rules = gis.load_rules(as_of=day, place="310115")
    return parcels, rules, list_changes(parcels, rules).set_index("events")


def test_overdue_land_is_changed_by_a_start_a_cause_or_an_agreement():
    _, _, found = changes(WAITING)
    assert set(found.index) == {"commenced", "government_cause", "force_majeure", "article_12_agreement"}
    assert found.loc["commenced", "status"] == "under_construction"
    excused = ["idle", "article_12", "2020-01-10", "2021-01-10"]  # from the agreed start to the last day of the year
    assert found.loc["force_majeure", ["status", "route", "first_dates", "last_dates"]].tolist() == excused
    agreed = found.loc["article_12_agreement"]
    assert (agreed["values"], agreed["status"], agreed["next_event"]) == (
        "2024-06-30",
        "approved_not_built",
        "becomes_idle",
    )
    assert agreed["next_date"] == pd.Timestamp("2025-07-01")


@pytest.mark.parametrize(
    ("developed", "invested", "enough"),
    [
        (100.0, 1e6, {"area_developed;investment_counted": "3333.34;25000000.00"}),
        (
            5000.0,
            1e6,
            {"investment_counted": "25000000.00", "area_developed;investment_counted": "3333.34;25000000.00"},
        ),
        (100.0, 5e7, {"area_developed": "3333.34", "area_developed;investment_counted": "3333.34;25000000.00"}),
    ],
)
def test_suspended_land_is_changed_by_as_much_as_the_limits_ask_for(developed, invested, enough):
    _, _, found = changes(SUSPENDED | {"developed_area_m2": developed, "invested_cny": invested})
    sums = found[found.index.str.contains("area|investment")]
    assert sums["values"].to_dict() == enough
    assert set(sums["status"]) == {"under_construction"}
    assert {"resumed", "completed", "in_production"} <= set(found.index)
    assert not {"commenced", "government_cause"} & set(found.index)


def test_every_change_is_what_the_record_would_then_give():
    parcels, rules, found = changes(WAITING)
    for kind, change in found.iterrows():
        event = {
            "parcel_id": ["1"],
            "event_date": [change["first_dates"] or DAY.isoformat()],
            "event_kind": [kind],
            "value": [change["values"] or None],
            "last_date": [change["last_dates"] or None],
        }
        events = conform(pd.DataFrame(event), "parcel_events", issues=IssueLog())
        then = classify_status(parcels, rules, events=events).iloc[0]
        assert (then["status"], then["route"]) == (change["status"], change["route"])
    now = classify_status(parcels, rules).iloc[0]
    assert all((change["status"], change["route"]) != (now["status"], now["route"]) for _, change in found.iterrows())


def test_land_in_production_is_changed_by_nothing():
    assert not len(changes({"supply_status": "supplied", "production_date": "2020-01-01"})[2])


def test_one_parcel_at_a_time():
    parcels = conform(pd.DataFrame({"parcel_id": ["1", "2"]}), "parcels", issues=IssueLog())
    with pytest.raises(ValueError, match="one parcel, found 2"):
        list_changes(parcels, gis.load_rules(as_of=DAY, place="310115"))
