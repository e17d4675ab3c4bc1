"""Balances by level, waterfalls and zones, beside sums of the entries; idle land that feeds the ledger."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import QuotaError
from gis.ledgers import (
    Need,
    Project,
    balance_by_level,
    book_project,
    create_ledger,
    feed_ledger,
    quotas_by_parcel,
    quotas_by_zone,
    reactivated_land,
    verify_ledger,
    waterfall_steps,
)
from gis.ledgers.land_join import _parted
from gis.regulations import load_rules

ENERGY, LAND, COD = "energy_equal_value", "new_construction_land", "cod"
DISTRICT = "district:310115"
RULES = load_rules(as_of="2026-03-31", place="310115")


@pytest.fixture
def busy(ledger):
    ledger.issue(ENERGY, 2026, "100000", account="city", as_of="2026-01-05")
    ledger.transfer(ENERGY, 2026, "70000", source="city", target=DISTRICT, as_of="2026-01-06")
    ledger.issue(COD, 2026, "2", account=DISTRICT, as_of="2026-01-06")
    loan = ledger.lend(ENERGY, 2026, "5000", lender="city", borrower=DISTRICT, as_of="2026-01-07", due="2026-12-31")
    ledger.repay(loan, "1000", as_of="2026-01-08")
    needs = (Need(ENERGY, 2026, "30000", (DISTRICT,)), Need(COD, 2026, "1.5", (DISTRICT,)))
    first = book_project(ledger, Project("P1", "D-01", needs, water_quality="met"), as_of="2026-02-01", expires="2026-08-01")
    for one in first.reservations:
        ledger.post(one.reservation_id, one.quantity - Decimal("0.5"), as_of="2026-03-01")
    book_project(ledger, Project("P2", "D-02", (Need(ENERGY, 2026, "100", (DISTRICT,)),)), as_of="2026-03-02",
                 expires="2027-08-01")  # fmt: skip
    third = ledger.reserve(ENERGY, 2026, "50", holder=DISTRICT, project="P3", parcel_id="D-03", as_of="2026-03-03",
                           expires="2026-03-04")  # fmt: skip
    ledger.expire(as_of="2026-03-05")
    assert third.reservation_id not in {one.reservation_id for one in ledger.reservations()}
    ledger.deduct(ENERGY, 2026, "7", account="city", as_of="2026-12-31")
    ledger.carry_over(ENERGY, 2026, "11", account="city", as_of="2026-12-31")
    return ledger


def test_levels_add_up_to_what_the_accounts_have(busy):
    table = balance_by_level(busy)
    accounts = busy.balance()
    accounts["level"] = accounts["account"].str.partition(":")[0]
    for row in table.itertuples():
        own = accounts[(accounts["kind"] == row.kind) & (accounts["year"] == row.year) & (accounts["level"] == row.level)]
        assert row.balance == sum(own["quantity"], Decimal(0))
    keys = set(zip(table["kind"], table["year"], table["level"], strict=True))
    assert set(zip(accounts["kind"], accounts["year"], accounts["level"], strict=True)) <= keys
    energy = table[(table["kind"] == ENERGY) & (table["year"] == 2026)].set_index("level")
    assert energy["balance"].to_dict() == {
        "city": Decimal(25982), "district": Decimal("43900.5"), "reserved": Decimal(100), "project": Decimal("29999.5"),
    }  # fmt: skip
    assert sum(energy["issue"]) == 100000
    assert sum(energy["balance"]) == 100000 - 7 - 11
    # Between levels nothing is made or lost.
    for action in ("transfer", "loan", "repay", "reserve", "post", "void", "expire"):
        assert sum(energy[action]) == 0, action


@pytest.mark.parametrize("level", [None, "city", "district"])
def test_the_steps_of_a_waterfall_end_at_what_is_left(busy, level):
    steps = waterfall_steps(busy, ENERGY, 2026, level=level)
    table = balance_by_level(busy)
    own = table[(table["kind"] == ENERGY) & (table["year"] == 2026) & table["level"].isin([level] if level else ["city", "district"])]
    assert sum(steps["quantity"]) == sum(own["balance"])
    if level is None:
        assert steps.set_index("step")["quantity"].to_dict() == {
            "issue": Decimal(100000), "carry_over": Decimal(-11), "reserve": Decimal(-30150), "void": Decimal("0.5"),
            "expire": Decimal(50), "deduct": Decimal(-7),
        }  # fmt: skip


def test_a_level_that_holds_nothing_free_has_no_waterfall(busy):
    with pytest.raises(QuotaError, match="city, district"):
        waterfall_steps(busy, ENERGY, 2026, level="project")


def test_what_is_drawn_by_parcel_and_by_zone(busy):
    drawn = quotas_by_parcel(busy)
    assert drawn[["parcel_id", "kind", "reserved", "used"]].to_numpy().tolist() == [
        ["D-01", COD, 0, 1], ["D-01", ENERGY, 0, Decimal("29999.5")], ["D-02", ENERGY, 100, 0],
    ]  # fmt: skip
    places = pd.DataFrame({"parcel_id": ["D-01", "D-09"], "zone_id": ["Z", "Z"]})
    zones = quotas_by_zone(busy, places)
    assert zones[["zone_id", "kind", "reserved", "used"]].to_numpy().tolist() == [
        ["", ENERGY, 100, 0], ["Z", COD, 0, 1], ["Z", ENERGY, 0, Decimal("29999.5")],
    ]  # fmt: skip
    with pytest.raises(QuotaError, match="two zones"):
        quotas_by_zone(busy, pd.DataFrame({"parcel_id": ["D-01", "D-01"], "zone_id": ["Y", "Z"]}))


def test_an_empty_ledger_has_empty_tables(ledger):
    assert balance_by_level(ledger).empty and quotas_by_parcel(ledger).empty
    assert waterfall_steps(ledger, COD, 2026).empty


# ---- idle land ----
BEFORE = pd.DataFrame({
    "parcel_id": ["1", "2", "3", "4", "5", "6"], "zone_id": ["A", "A", "B", "B", "B", "B"],
    "area_m2": [1000.004, 333.33, 50.0, 60.0, 70.0, 80.0],
    "status": ["idle", "idle", "idle", "idle", "idle_recognisable", "idle"],
})  # fmt: skip
AFTER = BEFORE[BEFORE["parcel_id"] != "6"].assign(
    status=["in_production", "under_construction", "idle", "undetermined", "in_production"],
    area_m2=[1000.009, 333.32, 50.0, 60.0, 70.0],
)


def test_only_land_that_was_idle_and_is_known_to_be_in_use_counts():
    made, left = reactivated_land(BEFORE, AFTER)
    assert made[["parcel_id", "disposed_m2"]].to_numpy().tolist() == [["1", Decimal("1000.00")], ["2", Decimal("333.32")]]
    assert left[["parcel_id", "reason"]].to_numpy().tolist() == [["3", "still_idle"], ["4", "undetermined"], ["6", "gone"]]
    again = reactivated_land(BEFORE.iloc[::-1], AFTER.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(again[0], made)
    with pytest.raises(QuotaError, match="doubled"):
        reactivated_land(pd.concat([BEFORE, BEFORE]), AFTER)


def feed(ledger, made, **options):
    given = {"task_met": True, "account": DISTRICT, "year": 2027, "as_of": "2026-12-31", "document": "沪规〔2026〕x号"}
    return feed_ledger(ledger, made, RULES, **given | options)


def test_reactivated_land_feeds_next_years_quota_parcel_by_parcel_and_once(ledger):
    made, _ = reactivated_land(BEFORE, AFTER)
    fed = feed(ledger, made)
    assert fed.linked.quota_m2 == Decimal("733.32")  # 1333.32 × 50 % × 110 %, to the hundredth below
    assert sum(fed.parcels["quota_m2"]) == fed.linked.quota_m2
    entries = ledger.statement()
    assert len(set(entries["posting"])) == 1
    assert dict(zip(entries["parcel_id"], entries["quantity"], strict=True)) == dict(
        zip(fed.parcels["parcel_id"], fed.parcels["quota_m2"], strict=True)
    )
    with pytest.raises(QuotaError, match="before"):
        feed(ledger, made.iloc[:1])
    assert len(ledger.statement()) == 2
    ledger.reverse(1, as_of="2026-12-31", reason="wrong plan")
    for _ in range(2):  # sent twice, it is fed once
        again = feed(ledger, made, request="feed-2")
        assert again.parcels.equals(fed.parcels) and len(ledger.statement()) == 6
    assert verify_ledger(ledger).is_whole


@pytest.mark.parametrize("options", [{"document": " "}, {"task_met": None}, {"account": "nobody"}])
def test_nothing_is_issued_without_a_document_the_task_and_an_account(ledger, options):
    made, _ = reactivated_land(BEFORE, AFTER)
    with pytest.raises(QuotaError):
        feed(ledger, made, **options)
    assert ledger.statement().empty


def test_no_land_gives_no_quota(ledger):
    made, _ = reactivated_land(BEFORE, AFTER)
    with pytest.raises(QuotaError, match="no quota"):
        feed(ledger, made.iloc[:0])


@given(whole=st.integers(0, 10**9), weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any))
def test_parts_add_up_and_are_within_one_of_their_share(whole, weights):
    parts = _parted(whole, weights)
    assert sum(parts) == whole
    assert all(abs(part * sum(weights) - whole * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True))


def test_the_sample_zone_feeds_a_ledger(tmp_path):
    """The whole way: two days of an idle-land balance, what came into use between them, and the quota of it."""
    import datetime as dt

    import gis

    folder = tmp_path / "zone"
    gis.write_sample(folder, parcels=400, seed=1, as_of=dt.date(2026, 3, 31))
    issues = gis.IssueLog()
    boundary = gis.read_table(folder / "approved_boundaries.gpkg", "approved_boundaries", issues=issues)
    parcels = gis.read_table(folder / "parcels.gpkg", "parcels", issues=issues, boundary=boundary)
    events = gis.read_table(folder / "parcel_events.csv", "parcel_events", issues=issues)
    zones = gis.measure_zones(boundary)
    land = gis.measure_parcels(parcels, zones)
    first, second = (gis.load_rules(as_of=day, place="310115") for day in ("2026-03-31", "2026-11-24"))
    before = gis.evaluate_idle_land(land, first, zones=zones, events=events).parcels
    started = before.loc[before["status"] == "idle", "parcel_id"].head(5)
    more = pd.DataFrame({"parcel_id": started, "event_date": pd.Timestamp("2026-06-01"), "event_kind": "commenced"})
    events = pd.concat([events, more], ignore_index=True)
    after = gis.evaluate_idle_land(land, second, zones=zones, events=events).parcels
    made, left = reactivated_land(before, after)
    assert made["parcel_id"].tolist() == sorted(started)
    assert len(made) + len(left) == (before["status"] == "idle").sum()
    with create_ledger(str(tmp_path / "q.db")) as ledger:
        fed = feed(ledger, made)
        areas = before.set_index("parcel_id").loc[started, "area_m2"]
        assert float(fed.linked.quota_m2) == pytest.approx(areas.sum() * 0.55, abs=0.05)


@pytest.mark.parametrize("day", ["2026-01-04", "2026-01-05", "2026-01-06", "2026-02-01", "2026-03-03", "2026-03-04", "2026-12-31"])
def test_as_of_a_day_later_entries_are_not_there(busy, day):
    """The entries themselves, added up by account, are a second way to the same balance."""
    kept = busy.statement()
    kept = kept[kept["as_of"] <= day]
    expected: dict[tuple[str, int, str], Decimal] = {}
    for row in kept.itertuples():
        for account, sign in ((row.from_account, -1), (row.to_account, 1)):
            key = (row.kind, row.year, account.partition(":")[0])
            expected[key] = expected.get(key, Decimal(0)) + sign * row.quantity
    table = balance_by_level(busy, as_of=day)
    found = {(row.kind, row.year, row.level): row.balance for row in table.itertuples()}
    outside = {"issued", "withdrawn"}
    assert found == {key: quantity for key, quantity in expected.items() if key[2] not in outside}
    reserved = sum((row.reserved for row in quotas_by_parcel(busy, as_of=day).itertuples()), Decimal(0))
    assert reserved == sum((one for key, one in found.items() if key[2] == "reserved"), Decimal(0))
    if day == "2026-03-04":
        # The reservation of P3 goes back on the fifth.
        assert reserved == 150
    if day == "2026-12-31":
        assert quotas_by_parcel(busy, as_of=day).equals(quotas_by_parcel(busy))


def test_no_step_of_a_waterfall_is_below_nothing(ledger):
    ledger.issue(LAND, 2025, "100", account=DISTRICT, as_of="2025-01-05")
    ledger.carry_over(LAND, 2025, "100", account=DISTRICT, as_of="2025-12-31")
    ledger.transfer(LAND, 2026, "60", source=DISTRICT, target="zone:A", as_of="2026-01-06")
    ledger.carry_over(LAND, 2026, "60", account="zone:A", as_of="2026-12-31")
    for level in (None, "district", "zone"):
        steps = waterfall_steps(ledger, LAND, 2026, level=level)
        assert (steps["quantity"].cumsum() >= 0).all(), level
    assert waterfall_steps(ledger, LAND, 2026, level="zone", as_of="2026-12-30")["step"].tolist() == ["transfer"]
