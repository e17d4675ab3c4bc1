"""Projects: all kinds at once or none, what-if, the amount short with options, and when the city may be asked."""

import itertools
from decimal import Decimal

import pytest

import gis.ledgers
from gis.errors import QuotaError
from gis.ledgers import Need, book_project, try_project, verify_ledger
from gis.regulations import Verdict

ENERGY, LAND, COD = "energy_equal_value", "new_construction_land", "cod"
DISTRICT = "district:310115"
DAYS = {"as_of": "2026-02-01", "expires": "2026-08-01"}


def Project(*words, **options):  # noqa: N802 - it stands for the class
    """Return a project where water was good the year before, so that COD is replaced once."""
    return gis.ledgers.Project(*words, **{"water_quality": "met"} | options)


def energy(quantity):
    return Need(ENERGY, 2026, quantity, (DISTRICT,))


@pytest.fixture
def stocked(ledger):
    for kind, quantity in ((ENERGY, "100000"), (LAND, "50000"), (COD, "3")):
        ledger.issue(kind, 2026, quantity, account=DISTRICT, as_of="2026-01-05")
    ledger.issue(COD, 2026, "1", account="enterprise:E1", as_of="2026-01-05")
    ledger.issue(ENERGY, 2026, "700000", account="city", as_of="2026-01-05")
    return ledger


def held(ledger):
    table = ledger.balance()
    return {(row.kind, row.account): row.quantity for row in table.itertuples()}


def test_the_district_of_one_hundred_thousand(stocked):
    """P1 of 60,000 is booked; P2 of 50,000 is short by 10,000, and goes to the city only if all three hold."""
    assert book_project(stocked, Project("P1", "D-01", (energy("60000"),)), **DAYS).fits
    before = held(stocked), len(stocked.statement())
    flags = (True, False, None)
    for is_major, is_large in itertools.product(flags, flags):
        project = Project("P2", "D-02", (energy("50000"),), is_major_quality=is_major, is_large=is_large)
        with pytest.raises(QuotaError, match=r"10000\.000 tce") as caught:
            book_project(stocked, project, **DAYS)
        [short] = caught.value.facts["answer"].shortages
        assert (short.asked, short.available, short.short) == (Decimal(50000), Decimal(40000), Decimal(10000))
        both = is_major is True and is_large is True
        known_not = is_major is False or is_large is False
        expected = Verdict.MET if both else Verdict.NOT_MET if known_not else Verdict.UNDETERMINED
        assert short.escalation is expected
        offered = [option["option"] for option in short.options]
        assert ("escalate" in offered) is (short.request is not None) is both
        assert {"ask_less", "wait"} <= set(offered)
    assert (held(stocked), len(stocked.statement())) == before
    assert verify_ledger(stocked).is_whole


def test_without_a_shortage_nothing_is_escalated_however_major_and_large(stocked):
    project = Project("P1", "D-01", (energy("100000"),), is_major_quality=True, is_large=True)
    answer = book_project(stocked, project, **DAYS)
    assert answer.fits
    assert [one.quantity for one in answer.reservations] == [Decimal(100000)]


def test_a_request_has_its_reasons_and_moves_nothing(stocked):
    project = Project("P1", "D-01", (energy("100001"),), is_major_quality=True, is_large=True)
    [short] = try_project(stocked, project, **DAYS).shortages
    request = short.request
    assert (request.source, request.target, request.quantity) == ("city", DISTRICT, Decimal(1))
    assert [one["verdict"] for one in request.conditions] == ["met"] * 3
    assert all(one["zh"] and one["en"] for one in request.conditions)
    assert request.citation.endswith("（沪府发〔2021〕1号）一(五)")
    assert held(stocked)[ENERGY, "city"] == 700000
    # The city grants it by a transfer of its own; then the project fits.
    stocked.transfer(ENERGY, 2026, request.quantity, source="city", target=DISTRICT, as_of="2026-02-02")
    assert book_project(stocked, project, as_of="2026-02-02", expires="2026-08-01").fits


@pytest.mark.parametrize(("day", "verdict"), [("2026-05-27", Verdict.MET), ("2026-05-28", Verdict.UNDETERMINED)])
def test_escalation_ends_with_the_policy_that_states_it(stocked, day, verdict):
    project = Project("P1", "D-01", (energy("100001"),), is_major_quality=True, is_large=True)
    [short] = try_project(stocked, project, as_of=day, expires="2026-12-31").shortages
    assert short.escalation is verdict


def test_all_kinds_or_none(stocked):
    needs = (energy("10"), Need(LAND, 2026, "50000.01", (DISTRICT,)), Need(COD, 2026, "0.5", (DISTRICT,)))
    before = held(stocked)
    with pytest.raises(QuotaError) as caught:
        book_project(stocked, Project("P1", "D-01", needs, is_major_quality=True, is_large=True), **DAYS)
    [short] = caught.value.facts["answer"].shortages
    assert (short.kind, short.short) == (LAND, Decimal("0.01"))
    # Land is not the clause's matter; the city may lend it.
    assert short.escalation is Verdict.NOT_MET and short.request is None
    assert held(stocked) == before
    fitting = (needs[0], Need(LAND, 2026, "50000", (DISTRICT,)), needs[2])
    answer = book_project(stocked, Project("P1", "D-01", fitting), **DAYS)
    assert sorted(one.kind for one in answer.reservations) == sorted([COD, ENERGY, LAND])
    assert stocked.statement()["posting"].nunique() == 6
    assert set(stocked.statement().query("action == 'reserve'")["parcel_id"]) == {"D-01"}


def test_every_kind_that_is_short_is_named_and_none_makes_up_for_another(stocked):
    needs = (energy("100010"), Need(COD, 2026, "3.000001", (DISTRICT,)))
    answer = try_project(stocked, Project("P1", "D-01", needs), **DAYS)
    assert [(one.kind, one.short) for one in answer.shortages] == [(COD, Decimal("0.000001")), (ENERGY, Decimal(10))]
    assert answer.reservations == ()


def test_holders_are_drawn_in_their_order_and_each_is_a_reservation(stocked):
    need = Need(COD, 2026, "1.5", ("enterprise:E1", DISTRICT))
    answer = book_project(stocked, Project("P1", "D-01", (need,)), **DAYS)
    assert [(one.holder, one.quantity) for one in answer.reservations] == [
        ("enterprise:E1", Decimal(1)), (DISTRICT, Decimal("0.5")),
    ]  # fmt: skip
    for one in answer.reservations:
        stocked.post(one.reservation_id, one.quantity, as_of="2026-03-01")
    assert held(stocked)[COD, "project:P1"] == Decimal("1.5")
    assert verify_ledger(stocked).is_whole


def test_what_if_is_what_booking_gives_and_books_nothing(stocked):
    project = Project("P1", "D-01", (energy("60000"), Need(LAND, 2026, "100", (DISTRICT,))))
    before = len(stocked.statement())
    tried = try_project(stocked, project, **DAYS)
    assert len(stocked.statement()) == before
    assert tried == try_project(stocked, project, **DAYS)
    assert book_project(stocked, project, **DAYS) == tried


def test_the_order_of_needs_changes_nothing(stocked):
    needs = (energy("60000"), Need(LAND, 2026, "100", (DISTRICT,)), Need(COD, 2026, "1", (DISTRICT,)))
    tried = {repr(try_project(stocked, Project("P1", "D-01", order), **DAYS)) for order in itertools.permutations(needs)}
    assert len(tried) == 1


def test_a_parcel_is_of_one_project_until_its_reservation_is_over(stocked):
    first = book_project(stocked, Project("P1", "D-01", (energy("1"),)), **DAYS)
    with pytest.raises(QuotaError, match="project P1"):
        book_project(stocked, Project("P2", "D-01", (energy("1"),)), **DAYS)
    book_project(stocked, Project("P2", "D-01", (energy("1"),)), as_of="2026-08-02", expires="2026-12-31")
    with pytest.raises(QuotaError):
        stocked.post(first.reservations[0].reservation_id, "1", as_of="2026-08-02")


def test_a_parcel_whose_quota_was_used_stays_taken(stocked):
    [one] = book_project(stocked, Project("P1", "D-01", (energy("1"),)), **DAYS).reservations
    stocked.post(one.reservation_id, "1", as_of="2026-03-01")
    with pytest.raises(QuotaError, match="is project P1's"):
        try_project(stocked, Project("P2", "D-01", (energy("1"),)), as_of="2027-01-01", expires="2027-02-01")


def test_options_name_what_the_ledger_holds(stocked):
    stocked.issue(LAND, 2026, "9", account="city", as_of="2026-01-06")
    stocked.issue(LAND, 2026, "7", account="zone:SYN", as_of="2026-01-06")
    booked = book_project(stocked, Project("P1", "D-01", (Need(LAND, 2026, "20000", (DISTRICT,)),)), **DAYS)
    [short] = try_project(stocked, Project("P2", "D-02", (Need(LAND, 2026, "40000", (DISTRICT,)),)), **DAYS).shortages
    assert short.options == (
        {"option": "ask_less", "quantity": Decimal(30000)},
        {"option": "wait", "reservation": booked.reservations[0].reservation_id, "project": "P1",
         "quantity": Decimal(20000), "expires": "2026-08-01"},
        {"option": "loan", "source": "city", "quantity": Decimal(9)},
        {"option": "transfer", "source": "zone:SYN", "quantity": Decimal(7)},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("project", "said"),
    [
        (Project("P1", " ", (energy("1"),)), "parcel"),
        (Project(" ", "D-01", (energy("1"),)), "project"),
        (Project("P1", "D-01", ()), "at least one"),
        (Project("P1", "D-01", (energy("1"), energy("2"))), "once"),
        (Project("P1", "D-01", (Need(ENERGY, 2026, "1", ("city",)),)), "asked for a transfer"),
        (Project("P1", "D-01", (Need(ENERGY, 2026, "1", ()),)), "holders"),
        (Project("P1", "D-01", (Need(ENERGY, 2026, 1.5, (DISTRICT,)),)), "decimal"),
        (Project("P1", "D-01", (Need("nh3_n", 2026, "1", (DISTRICT,)),)), "2025"),
    ],
)
def test_a_project_that_is_not_whole_is_refused(stocked, project, said):
    with pytest.raises(QuotaError, match=said):
        try_project(stocked, project, **DAYS)
