"""The trend: each day by its own rules, lines that add up digit by digit, and the same figures as the balance of a day."""

import datetime as dt
import random
from decimal import Decimal

import geopandas as gpd
import pytest
from idle_by_hand import judge
from random_histories import as_tables, random_history
from shapely import box

import gis
from gis.analyses import ALL_ZONES, STATUSES
from gis.errors import InputError, RuleError

DAYS = [dt.date(2021, 4, 22), dt.date(2021, 4, 23), dt.date(2022, 2, 28), dt.date(2023, 6, 30), dt.date(2026, 3, 31)]


def made_histories():
    draw = random.Random(6)
    return [random_history(draw, DAYS) for _ in range(300)]


@pytest.fixture(scope="module")
def made():
    """300 random histories in two zones of known area; a tenth of the parcels lie in no zone."""
    draw, histories = random.Random(5), made_histories()
    parcels, events = as_tables(histories)
    shapes = [box(x * 100, 0, x * 100 + 100, 10 + x % 7) for x in range(len(parcels))]
    land = gpd.GeoDataFrame(parcels, geometry=shapes, crs=4549)
    zone = ["A" if n % 3 else "B" for n in range(len(land))]
    zone = [None if n % 10 == 0 else name for n, name in enumerate(zone)]
    area = [round(draw.uniform(500, 5_000), 6) for _ in range(len(land))]
    land = land.assign(area_m2=area, zone_id=zone, outside_m2=0.0)
    zones = gpd.GeoDataFrame(
        {"zone_id": ["A", "B"], "zone_name": ["甲", "乙"], "zone_area_m2": [900_000.123456, 400_000.0],
         "source_file": "z", "source_row": [1, 2]},
        geometry=[box(0, 0, 1, 1), box(2, 0, 3, 1)], crs=4549,
    )  # fmt: skip
    return land, events, zones


@pytest.fixture(scope="module")
def trend(made):
    land, events, zones = made
    rules = gis.load_rules(as_of="2026-03-31", place="310113")
    return gis.trend_of_idle_land(land, reversed(DAYS), rules=rules, events=events, zones=zones)


def test_lines_add_up_to_supplied_land_to_the_parcels_and_to_the_zone_digit_by_digit(trend):
    for _, total in trend.totals.iterrows():
        own = trend.lines[(trend.lines["as_of"] == total["as_of"]) & (trend.lines["zone_id"] == total["zone_id"])]
        blocks = {block: sum(rows["area_m2"], Decimal(0)) for block, rows in own.groupby("block")}
        assert blocks["supplied"] == total["supplied_m2"]
        assert blocks["not_supplied"] == total["not_supplied_m2"]
        assert sum(own["area_m2"], Decimal(0)) == total["parcels_m2"]
        assert total["parcels_m2"] + total["not_in_parcels_m2"] == total["zone_m2"]
        undetermined = own[own["line"] == "undetermined"]
        assert len(undetermined) == 2 and sum(undetermined["area_m2"]) == total["undetermined_m2"]
        assert set(own.loc[own["block"] == "supplied", "line"]) == set(STATUSES)


def test_the_whole_is_the_sum_of_the_zones(trend):
    keys = [name for name in trend.totals.columns if name.endswith("_m2")]
    for _, rows in trend.totals.groupby("as_of"):
        whole = rows[rows["zone_id"] == ALL_ZONES].iloc[0]
        zones = rows[rows["zone_id"] != ALL_ZONES]
        assert len(zones) == 2
        for key in keys:
            assert sum(zones[key], Decimal(0)) == whole[key], key
        assert whole["idle_ratio"] == float(whole["idle_m2"] / whole["supplied_m2"])


def test_each_day_is_the_balance_of_that_day(made, trend):
    land, events, zones = made
    for day in DAYS:
        rules = gis.load_rules(as_of=day, place="310113")
        balance = gis.evaluate_idle_land(land, rules, zones=zones, events=events)
        for zone_id in ("A", "B", ALL_ZONES):
            total = trend.totals[(trend.totals["as_of"] == day) & (trend.totals["zone_id"] == zone_id)].iloc[0]
            for figure, column in {
                "idle_area_m2": "idle_m2", "supplied_area_m2": "supplied_m2", "parcel_area_m2": "parcels_m2",
                "undetermined_area_m2": "undetermined_m2", "underused_area_m2": "underused_m2",
                "not_in_parcels_m2": "not_in_parcels_m2", "idle_ratio": "idle_ratio",
            }.items():  # fmt: skip
                assert float(total[column]) == pytest.approx(balance.figure(figure, zone_id).value, abs=1e-6)


def test_lines_are_those_of_a_clerk_who_reads_each_file_on_each_day(made, trend):
    """A second way: order 53 a parcel at a time, areas added as decimals."""
    land, _, _ = made
    for day in DAYS:
        expected = {}
        for history, zone_id, area in zip(made_histories(), land["zone_id"], land["area_m2"], strict=True):
            if isinstance(zone_id, str):
                found = judge(*history, day)
                block = "supplied" if found["is_supplied"] else "not_supplied"
                for name in (zone_id, ALL_ZONES):
                    key = (name, block, found["status"])
                    expected[key] = expected.get(key, Decimal(0)) + Decimal(repr(area))
        lines = trend.lines[(trend.lines["as_of"] == day) & (trend.lines["area_m2"] != 0)]
        told = {(row.zone_id, row.block, row.line): row.area_m2 for row in lines.itertuples()}
        assert told == expected


def test_each_day_has_the_rules_in_force_then(trend):
    undefined = trend.totals[trend.totals["as_of"] == DAYS[0]]
    assert all(undefined["underused_m2"] == 0)
    assert undefined["underused_undetermined_m2"].tolist() == undefined["parcels_m2"].tolist()
    first = {rule["name"]: rule["in_force"] for rule in trend.rules}
    assert first["underused.grade"] == "2021-04-23"
    with pytest.raises(RuleError):
        trend_on(dt.date(2012, 6, 30))
    trend_on(dt.date(2012, 7, 1))


def trend_on(day):
    parcels, events = as_tables([random_history(random.Random(1), [day])])
    land = gpd.GeoDataFrame(parcels, geometry=[box(0, 0, 1, 1)], crs=4549).assign(
        area_m2=1.0, zone_id="A", outside_m2=0.0
    )
    rules = gis.load_rules(as_of="2026-03-31", place="310113")
    return gis.trend_of_idle_land(land, [day], rules=rules, events=events)


def test_the_order_of_rows_and_days_changes_nothing(made, trend):
    land, events, zones = made
    rules = gis.load_rules(as_of="2020-01-01", place="310113")  # its own day is not used
    mixed = gis.trend_of_idle_land(land.sample(frac=1, random_state=2), [*DAYS, DAYS[0]], rules=rules,
                                   events=events.sample(frac=1, random_state=3), zones=zones)  # fmt: skip
    assert mixed.lines.equals(trend.lines)
    assert mixed.totals.equals(trend.totals)


def test_hypothetical_values_are_kept_and_said(made):
    land, events, zones = made
    rules = gis.load_rules(as_of="2026-03-31", place="310113").replace("idle_land.start_overdue_period", "P6M", "draft")
    trend = gis.trend_of_idle_land(land, DAYS[-1:], rules=rules, events=events, zones=zones)
    assert {rule["name"] for rule in trend.rules if rule["hypothetical"]} == {"idle_land.start_overdue_period"}


def test_days_step_from_the_first_and_end_with_the_last():
    days = gis.days_between(dt.date(2024, 2, 29), dt.date(2026, 2, 28), "year")
    assert days == (dt.date(2024, 2, 29), dt.date(2025, 2, 28), dt.date(2026, 2, 28))
    assert len(gis.days_between(dt.date(2025, 1, 1), dt.date(2026, 1, 1), "quarter")) == 5
    assert gis.days_between(dt.date(2025, 1, 1), dt.date(2025, 1, 1), "month") == (dt.date(2025, 1, 1),)
    for first, last, every in ((DAYS[1], DAYS[0], "month"), (DAYS[0], DAYS[1], "week")):
        with pytest.raises(InputError):
            gis.days_between(first, last, every)
