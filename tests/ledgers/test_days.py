"""The days of a ledger never go back; what is entered late says so and is counted on either day. On both databases."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from gis.errors import QuotaError
from gis.ledgers import Replacement, quota_kind, verify_ledger
from gis.ledgers.posting import Told

ENERGY = "energy_equal_value"
D = "district:310115"


@pytest.fixture
def stocked(ledger):
    ledger.issue(ENERGY, 2026, "1000", account=D, as_of="2026-01-05")
    ledger.transfer(ENERGY, 2026, "10", source=D, target="zone:A", as_of="2026-03-01")
    return ledger


def held(ledger, account, **when):
    return sum(ledger.balance(account, **when)["quantity"], Decimal(0))


@pytest.mark.parametrize(("day", "goes"), [("2026-02-28", False), ("2026-03-01", True), ("2026-03-02", True)])
def test_a_day_before_the_last_is_refused(stocked, day, goes):
    """Whatever the kind: one journal has one order of days."""
    calls = [
        lambda: stocked.issue("cod", 2026, "1", account=D, as_of=day),
        lambda: stocked.transfer(ENERGY, 2026, "1", source=D, target="zone:B", as_of=day),
        lambda: stocked.reserve(ENERGY, 2026, "1", holder=D, project="P", as_of=day, expires="2026-08-01"),
        lambda: stocked.deduct(ENERGY, 2026, "1", account=D, as_of=day),
        lambda: stocked.lend(ENERGY, 2026, "1", lender=D, borrower="zone:B", as_of=day, due="2026-12-31"),
        lambda: stocked.carry_over(ENERGY, 2026, "1", account=D, as_of=day),
        lambda: stocked.reverse(2, as_of=day, reason="x"),
    ]
    for call in calls:
        if goes:
            call()
        else:
            with pytest.raises(QuotaError, match="2026-03-01, the last day of the ledger"):
                call()
    assert len(stocked.statement()) == (10 if goes else 2)


def test_a_late_entry_stands_on_the_last_day_and_says_which_it_is_of(stocked):
    stocked.transfer(ENERGY, 2026, "7", source=D, target="zone:B", as_of="2026-02-01", late_reason="文件晚到")
    row = stocked.statement().iloc[-1]
    assert row[["as_of", "effective", "late_reason"]].tolist() == ["2026-03-01", "2026-02-01", "文件晚到"]
    # As booked, no day that is over ever changes; restated, the entry counts on its own day.
    assert [held(stocked, "zone:B", as_of=day) for day in ("2026-02-28", "2026-03-01")] == [0, 7]
    restated = [held(stocked, "zone:B", as_of=day, restated=True) for day in ("2026-01-31", "2026-02-01", "2026-03-01")]
    assert restated == [0, 7, 7]
    assert held(stocked, D, as_of="2026-02-28") == 1000 and held(stocked, D, as_of="2026-02-28", restated=True) == 993
    assert (
        held(stocked, D) == held(stocked, D, as_of="2026-03-01") == held(stocked, D, as_of="2026-03-01", restated=True)
    )
    assert len(stocked.statement(as_of="2026-02-28")) == 1
    assert stocked.statement(restated=True)["seq"].tolist() == [1, 3, 2]
    assert stocked.statement("zone:B", as_of="2026-02-01", restated=True)["seq"].tolist() == [3]
    assert verify_ledger(stocked).is_whole
    # An entry in time has no late day, whatever is said beside it.
    stocked.transfer(ENERGY, 2026, "1", source=D, target="zone:B", as_of="2026-03-01", late_reason="none")
    assert stocked.statement().iloc[-1][["effective", "late_reason"]].tolist() == ["", ""]


def test_a_late_entry_takes_only_what_was_there_then_and_since(stocked):
    """zone:A has 10 since 2026-03-01: on 2026-02-01 it had none. D had 1000 then and 990 since."""
    with pytest.raises(QuotaError, match=r"had only 0\.000"):
        stocked.transfer(ENERGY, 2026, "1", source="zone:A", target="zone:B", as_of="2026-02-01", late_reason="x")
    stocked.transfer(ENERGY, 2026, "500", source=D, target="zone:B", as_of="2026-04-01")
    stocked.issue(ENERGY, 2026, "5000", account=D, as_of="2026-05-01")
    with pytest.raises(QuotaError, match=r"had only 490\.000"):
        stocked.transfer(ENERGY, 2026, "491", source=D, target="zone:B", as_of="2026-02-01", late_reason="x")
    stocked.transfer(ENERGY, 2026, "490", source=D, target="zone:B", as_of="2026-02-01", late_reason="x")
    days = ("2026-01-05", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01")
    assert [held(stocked, D, as_of=day, restated=True) for day in days] == [1000, 510, 500, 0, 5000]
    assert [held(stocked, D, as_of=day) for day in days] == [1000, 1000, 990, 490, 5000]


def test_an_expired_reservation_is_not_revived_by_an_earlier_day(stocked):
    one = stocked.reserve(ENERGY, 2026, "900", holder=D, project="P", as_of="2026-03-01", expires="2026-04-01")
    stocked.issue(ENERGY, 2027, "1", account="zone:B", as_of="2026-04-02")
    # Nothing has given it back yet, but the ledger's day is past its last: a day within it is late, and judged as such.
    with pytest.raises(QuotaError, match="late_reason"):
        stocked.post(one.reservation_id, "900", as_of="2026-04-01")
    with pytest.raises(QuotaError, match="ended on 2026-04-01, before 2026-04-02"):
        stocked.post(one.reservation_id, "900", as_of="2026-04-01", late_reason="found late")
    with pytest.raises(QuotaError, match=r"2026-04-01 of a reservation is before 2026-04-02"):
        stocked.reserve(
            ENERGY, 2026, "1", holder=D, project="Q", as_of="2026-03-15", expires="2026-04-01", late_reason="x"
        )
    # A late reservation makes room by the ledger's day: what is over by then goes back first.
    stocked.reserve(
        ENERGY, 2026, "50", holder=D, project="Q", as_of="2026-03-15", expires="2026-08-01", late_reason="x"
    )
    assert [found.project for found in stocked.reservations()] == ["Q"]
    actions = stocked.statement()[["action", "as_of", "effective"]].to_numpy().tolist()
    assert actions[-2:] == [["expire", "2026-04-02", ""], ["reserve", "2026-04-02", "2026-03-15"]]
    assert verify_ledger(stocked).is_whole


def test_no_way_around(stocked):
    kind = quota_kind(ENERGY)
    with pytest.raises(QuotaError, match="last day"):
        stocked.post_all(
            lambda posting: posting.issue(kind, 2026, 1, account=D, action="issue", told=Told("2026-01-01"))
        )
    assert len(stocked.statement()) == 2


def test_verify_finds_a_last_day_that_was_changed(stocked):
    with stocked.engine.begin() as connection:
        connection.execute(sa.text("UPDATE zonegis_head SET last_day = '2026-01-05'"))
    assert verify_ledger(stocked).faults == ("head: says the last day is 2026-01-05, it is 2026-03-01",)


# ---- what is over goes back before anything is asked ----
@pytest.mark.parametrize("number", range(4))
def test_each_verb_itself_gives_back_what_is_over(ledger, number):
    kind, district = "energy_equal_value", "district:310115"
    ledger.issue(kind, 2026, "10", account=district, as_of="2026-01-05")
    ledger.reserve(kind, 2026, "10", holder=district, project="P", as_of="2026-02-01", expires="2026-03-01")
    day = "2026-03-02"
    [
        lambda: ledger.transfer(kind, 2026, "10", source=district, target="zone:A", as_of=day),
        lambda: ledger.lend(kind, 2026, "10", lender=district, borrower="zone:A", as_of=day, due="2026-12-31"),
        lambda: ledger.deduct(kind, 2026, "10", account=district, as_of=day),
        lambda: ledger.carry_over(kind, 2026, "10", account=district, as_of=day),
    ][number]()
    assert ledger.reservations() == [] and verify_ledger(ledger).is_whole


@pytest.mark.parametrize(("day", "free"), [("2026-03-01", False), ("2026-03-02", True)])
def test_a_parcel_and_a_turn_are_asked_after_what_is_over_went_back(ledger, day, free):
    clean = Replacement({"water": "met"}, earlier=("enterprise:E1",))
    for account in ("enterprise:E1", "district:310115"):
        ledger.issue("cod", 2026, "10", account=account, as_of="2026-01-05")
    days = {"as_of": "2026-02-01", "expires": "2026-03-01"}
    ledger.reserve("cod", 2026, "10", holder="enterprise:E1", project="P", parcel_id="D-01", **days,
                   replacement=Replacement({"water": "met"}, "310115"))  # fmt: skip
    given = {"holder": "district:310115", "as_of": day, "expires": "2026-08-01"}
    if free:
        # The parcel is free, and the enterprise has its units again, so that its turn comes before the district's.
        with pytest.raises(QuotaError, match=r"enterprise:E1: 10"):
            ledger.reserve("cod", 2026, "1", project="Q", parcel_id="D-01", replacement=clean, **given)
        ledger.reserve("cod", 2026, "1", project="Q", parcel_id="D-01", replacement=Replacement({"water": "met"}), **given)
    else:
        with pytest.raises(QuotaError, match="D-01"):
            ledger.reserve("cod", 2026, "1", project="Q", parcel_id="D-01", replacement=clean, **given)
        ledger.reserve("cod", 2026, "1", project="Q", parcel_id="D-02", replacement=clean, **given)
