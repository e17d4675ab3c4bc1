"""Every action that units can be followed back from is reversed by its mirror. On SQLite and PostgreSQL."""

from decimal import Decimal

import pytest

from gis.errors import QuotaError
from gis.ledgers import Need, Project, book_project, quotas_by_parcel, verify_ledger

ENERGY = "energy_equal_value"
D = "district:310115"


@pytest.fixture
def stocked(ledger):
    ledger.issue(ENERGY, 2026, "100", account=D, as_of="2026-01-05")
    ledger.issue(ENERGY, 2026, "50", account="city", as_of="2026-01-05")
    return ledger


def units(ledger):
    """Return who has which units, by the entries alone."""
    held = {}
    for row in ledger.statement().itertuples():
        for unit in range(row.first, row.last + 1, 1000):
            held[row.year, unit] = row.to_account
    return held


def last(ledger):
    return int(ledger.statement()["posting"].max())


DO = {
    "reserve": lambda x: x.reserve(ENERGY, 2026, "60", holder=D, project="P", as_of="2026-02-02", expires="2026-08-01"),
    "post": lambda x: x.post(x.reservations()[0].reservation_id, "4", as_of="2026-02-02"),
    "void": lambda x: x.void(x.reservations()[0].reservation_id, as_of="2026-02-02"),
    "loan": lambda x: x.lend(ENERGY, 2026, "5", lender="city", borrower=D, as_of="2026-02-02", due="2026-12-31"),
    "repay": lambda x: x.repay("L00000004", "3", as_of="2026-02-02"),
    "deduct": lambda x: x.deduct(ENERGY, 2026, "5", account=D, as_of="2026-02-02"),
    "carry_over": lambda x: x.carry_over(ENERGY, 2026, "5", account=D, as_of="2026-02-02"),
    "transfer": lambda x: x.transfer(ENERGY, 2026, "5", source="city", target=D, as_of="2026-02-02"),
    "issue": lambda x: x.issue(ENERGY, 2026, "5", account=D, as_of="2026-02-02"),
}


@pytest.mark.parametrize("action", list(DO))
def test_each_action_goes_back_by_its_very_units_and_only_once(stocked, action):
    stocked.reserve(ENERGY, 2026, "10", holder=D, project="R", as_of="2026-02-01", expires="2026-08-01")
    stocked.lend(ENERGY, 2026, "9", lender="city", borrower=D, as_of="2026-02-01", due="2026-12-31")
    before, whole, open_before = units(stocked), stocked.balance(), stocked.reservations()
    owed, count = stocked.loans()["owed"].tolist(), len(stocked.statement())
    DO[action](stocked)
    number = last(stocked)
    made = len(stocked.statement()) - count
    stocked.reverse(number, as_of="2026-02-02", reason="wrong")
    after = units(stocked)
    withdrawn = {key: account for key, account in after.items() if account == "withdrawn"}
    assert {key: account for key, account in after.items() if key not in withdrawn} == {
        key: account for key, account in before.items() if key not in withdrawn
    }
    assert bool(withdrawn) is (action in {"issue", "carry_over"})  # new units can't be unmade, only withdrawn
    assert stocked.balance().equals(whole)
    assert stocked.reservations() == open_before
    owed_now = stocked.loans()["owed"].tolist()
    assert owed_now == [*owed, Decimal(0)] if action == "loan" else owed_now == owed
    # Append-only: the first entries stand, and as many were added.
    assert len(stocked.statement()) == count + 2 * made
    with pytest.raises(QuotaError, match="reversed before"):
        stocked.reverse(number, as_of="2026-02-02", reason="again")
    assert verify_ledger(stocked).is_whole
    DO[action](stocked)  # and it can be done again
    assert verify_ledger(stocked).is_whole


def test_a_use_that_is_reversed_opens_the_reservation_and_the_parcel_s_use(stocked):
    project = Project("P", "D-01", (Need(ENERGY, 2026, "60", (D,)),))
    [one] = book_project(stocked, project, as_of="2026-02-01", expires="2026-08-01").reservations
    stocked.post(one.reservation_id, "40", as_of="2026-02-02")
    stocked.reverse(last(stocked), as_of="2026-02-03", reason="wrong figure")
    assert stocked.reservations() == [one]
    assert quotas_by_parcel(stocked)[["reserved", "used"]].to_numpy().tolist() == [[60, 0]]
    stocked.post(one.reservation_id, "45", as_of="2026-02-04")
    assert quotas_by_parcel(stocked)[["reserved", "used"]].to_numpy().tolist() == [[0, 45]]
    stocked.reverse(last(stocked), as_of="2026-02-04", reason="the project is given up")
    stocked.void(one.reservation_id, as_of="2026-02-05")
    # Nothing holds the parcel any more.
    book_project(
        stocked, Project("Q", "D-01", (Need(ENERGY, 2026, "60", (D,)),)), as_of="2026-02-06", expires="2026-08-01"
    )
    assert verify_ledger(stocked).is_whole


def test_a_use_reversed_after_the_last_day_goes_to_the_holder(stocked):
    one = stocked.reserve(ENERGY, 2026, "60", holder=D, project="P", as_of="2026-02-01", expires="2026-08-01")
    stocked.post(one.reservation_id, "40", as_of="2026-02-02")
    stocked.reverse(last(stocked), as_of="2026-08-02", reason="wrong")
    assert stocked.reservations() == []
    assert set(stocked.balance(D)["quantity"]) == {Decimal(100)}
    assert verify_ledger(stocked).is_whole


@pytest.mark.parametrize(("day", "goes"), [("2026-08-01", True), ("2026-08-02", False)])
def test_a_void_is_reversed_while_the_reservation_is_not_over(stocked, day, goes):
    one = stocked.reserve(ENERGY, 2026, "60", holder=D, project="P", as_of="2026-02-01", expires="2026-08-01")
    stocked.void(one.reservation_id, as_of="2026-02-02")
    if goes:
        stocked.reverse(4, as_of=day, reason="wrong")
        assert stocked.reservations() == [one]
    else:
        with pytest.raises(QuotaError, match="ended on 2026-08-01"):
            stocked.reverse(4, as_of=day, reason="wrong")


def test_what_ended_by_its_day_stays_ended(stocked):
    stocked.reserve(ENERGY, 2026, "60", holder=D, project="P", as_of="2026-02-01", expires="2026-02-02")
    stocked.reserve(ENERGY, 2026, "70", holder=D, project="Q", as_of="2026-02-03", expires="2026-08-01")
    stocked.reverse(4, as_of="2026-02-03", reason="wrong")  # this posting gave back P's, too
    assert stocked.reservations() == []
    assert set(stocked.balance(D)["quantity"]) == {Decimal(100)}
    stocked.reserve(ENERGY, 2026, "60", holder=D, project="R", as_of="2026-02-03", expires="2026-02-04")
    stocked.expire(as_of="2026-02-05")
    with pytest.raises(QuotaError, match="stay ended"):
        stocked.reverse(last(stocked), as_of="2026-02-05", reason="wrong")


def test_where_units_moved_on_nothing_is_reversed(stocked):
    one = stocked.reserve(ENERGY, 2026, "60", holder=D, project="P", as_of="2026-02-01", expires="2026-08-01")
    stocked.post(one.reservation_id, "40", as_of="2026-02-02")
    count = len(stocked.statement())
    with pytest.raises(QuotaError, match="any more"):
        stocked.reverse(3, as_of="2026-02-03", reason="the reservation was used")
    assert len(stocked.statement()) == count
    assert verify_ledger(stocked).is_whole


@pytest.mark.parametrize(("day", "back"), [("2026-08-01", "reserved"), ("2026-08-02", D)])
def test_a_use_is_reversed_alone_where_what_was_left_was_drawn_on(stocked, day, back):
    """What is left has the lowest numbers and is drawn next: else a wrong use would stand for good."""
    one = stocked.reserve(ENERGY, 2026, "60", holder=D, project="P", as_of="2026-02-01", expires="2026-08-01")
    stocked.post(one.reservation_id, "40", as_of="2026-02-02")
    stocked.transfer(ENERGY, 2026, "50", source=D, target="zone:A", as_of="2026-02-03")
    stocked.reverse(4, as_of=day, reason="wrong figure")
    held = stocked.balance().set_index("account")["quantity"].to_dict()
    reserved = {f"reserved:{one.reservation_id}": 40, D: 10} if back == "reserved" else {D: 50}
    assert held == {"city": 50, "zone:A": 50, **reserved}
    assert verify_ledger(stocked).is_whole
    if back == "reserved":
        stocked.post(one.reservation_id, "30", as_of=day)
        assert verify_ledger(stocked).is_whole


def test_a_void_is_not_reversed_from_under_what_was_booked_since(stocked):
    def booked(project, quantity="5", **more):
        return book_project(stocked, Project(project, "D-01", (Need(ENERGY, 2026, quantity, (D,)),)),
                            as_of="2026-02-02", expires="2026-08-01", **more).reservations[0]  # fmt: skip

    first = booked("P").reservation_id
    stocked.void(first, as_of="2026-02-02")  # posting 4
    other = booked("Q").reservation_id
    with pytest.raises(QuotaError, match=f"D-01.*{other}"):
        stocked.reverse(4, as_of="2026-02-02", reason="wrong")
    stocked.void(other, as_of="2026-02-02")
    again = booked("P").reservation_id
    with pytest.raises(QuotaError, match=f"already.*{again}"):
        stocked.reverse(4, as_of="2026-02-02", reason="wrong")
    stocked.void(again, as_of="2026-02-02")
    stocked.reverse(4, as_of="2026-02-02", reason="wrong")
    assert [one.reservation_id for one in stocked.reservations()] == [first]
    # What was an addition beside it comes back, too.
    more = booked("P", addition=True, document="10").reservation_id
    stocked.void(more, as_of="2026-02-02")
    stocked.reverse(last(stocked), as_of="2026-02-02", reason="wrong")
    assert len(stocked.reservations()) == 2
    assert verify_ledger(stocked).is_whole


def test_a_loan_is_not_reversed_from_under_its_repayment(stocked):
    """The borrower gives back its lowest units, not those of the loan: these would still be there."""
    loan = stocked.lend(ENERGY, 2026, "20", lender="city", borrower=D, as_of="2026-02-01", due="2026-12-31")
    stocked.repay(loan, "5", as_of="2026-02-02")
    with pytest.raises(QuotaError, match=r"repaid by postings .*4"):
        stocked.reverse(3, as_of="2026-02-03", reason="wrong")
    stocked.reverse(4, as_of="2026-02-03", reason="first")
    assert stocked.loans()["owed"].tolist() == [Decimal(20)]
    stocked.reverse(3, as_of="2026-02-03", reason="then")
    assert stocked.loans()[["lent", "repaid", "owed"]].to_numpy().tolist() == [[0, 0, 0]]
    with pytest.raises(QuotaError, match="owed"):
        stocked.repay(loan, "1", as_of="2026-02-04")


# ---- a loan that was carried over ----
def test_a_loan_whose_units_were_carried_over_is_given_back_from_the_next_year(stocked):
    loan = stocked.lend(ENERGY, 2026, "20", lender="city", borrower="zone:A", as_of="2026-02-01", due="2027-12-31")
    stocked.carry_over(ENERGY, 2026, "20", account="zone:A", as_of="2026-12-31")
    with pytest.raises(QuotaError, match=r"it has: 2027: 20\.000"):
        stocked.repay(loan, "20", as_of="2027-01-05")
    with pytest.raises(QuotaError, match="not given back with units of 2025"):
        stocked.repay(loan, "20", as_of="2027-01-05", year=2025)
    stocked.repay(loan, "15", as_of="2027-01-05", year=2027)
    assert stocked.loans()[["year", "lent", "repaid", "owed"]].to_numpy().tolist() == [[2026, 20, 15, 5]]
    with pytest.raises(QuotaError, match="owed"):
        stocked.repay(loan, "5.001", as_of="2027-01-05", year=2027)
    stocked.repay(loan, "5", as_of="2027-01-06", year=2027)
    balance = {(row.year, row.account): row.quantity for row in stocked.balance().itertuples()}
    assert balance == {(2026, "city"): 30, (2026, D): 100, (2027, "city"): 20}
    assert verify_ledger(stocked).is_whole


def test_no_repayment_takes_more_than_there_is(stocked):
    """Trap: a balance below nothing after a loan is repaid."""
    loan = stocked.lend(ENERGY, 2026, "20", lender="city", borrower="zone:A", as_of="2026-02-01", due="2027-12-31")
    stocked.reserve(ENERGY, 2026, "19", holder="zone:A", project="P", as_of="2026-02-02", expires="2026-08-01")
    with pytest.raises(QuotaError, match=r"short 1\.000"):
        stocked.repay(loan, "2", as_of="2026-02-03")
    assert (stocked.balance()["quantity"] > 0).all()
