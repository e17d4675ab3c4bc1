"""A request is booked once, however often it is sent; another under its key is refused. On SQLite and PostgreSQL."""

import threading
from dataclasses import replace
from decimal import Decimal

import pytest

from gis.errors import QuotaError
from gis.ledgers import Need, Project, book_project, open_ledger, try_project, verify_ledger

ENERGY, LAND = "energy_equal_value", "new_construction_land"
D = "district:310115"
DAYS = {"as_of": "2026-02-01", "expires": "2026-08-01"}
PROJECT = Project("P1", "D-01", (Need(ENERGY, 2026, "60", (D,)), Need(LAND, 2026, "5", (D, "zone:SYN"))))


@pytest.fixture
def stocked(ledger):
    ledger.issue(ENERGY, 2026, "1000", account=D, as_of="2026-01-05")
    ledger.issue(LAND, 2026, "3", account=D, as_of="2026-01-05")
    ledger.issue(LAND, 2026, "100", account="zone:SYN", as_of="2026-01-05")
    return ledger


def facts(ledger):
    return ledger.balance().to_dict("records"), len(ledger.statement())


VERBS = {
    "issue": (lambda x, **k: x.issue("cod", 2026, "5.0", account=D, **k), {"account": "city"}),
    "transfer": (lambda x, **k: x.transfer(ENERGY, 2026, "5", source=D, target="zone:A", **k), {"target": "zone:B"}),
    "lend": (
        lambda x, **k: x.lend(ENERGY, 2026, "5", lender=D, borrower="zone:A", due="2026-12-31", **k),
        {"due": "2027-01-01"},
    ),
    "deduct": (lambda x, **k: x.deduct(ENERGY, 2026, "5", account=D, **k), {"reason": "other"}),
    "carry_over": (lambda x, **k: x.carry_over(ENERGY, 2026, "5", account=D, **k), {"document": "other"}),
    "reserve": (
        lambda x, **k: x.reserve(ENERGY, 2026, "5", holder=D, project="P", expires="2026-08-01", **k),
        {"project": "Q"},
    ),
}


@pytest.mark.parametrize("verb", list(VERBS))
def test_a_verb_sent_again_gives_the_first_answer_and_books_nothing(stocked, verb):
    call, other = VERBS[verb]
    first = call(stocked, as_of="2026-02-01", request="A-17")
    before = facts(stocked)
    # The answer was lost, and it is sent again after midnight.
    assert call(stocked, as_of="2026-02-02", request="A-17") == first
    assert facts(stocked) == before
    rows = stocked.statement().query("request == 'A-17'")
    assert len(rows) and rows["request_hash"].str.len().eq(64).all()

    original = getattr(type(stocked), verb)
    given = {"kind": ENERGY, "year": 2026, "quantity": "5", "as_of": "2026-02-02", "request": "A-17"}
    given |= {
        "issue": {"kind": "cod", "account": D}, "transfer": {"source": D, "target": "zone:A"},
        "lend": {"lender": D, "borrower": "zone:A", "due": "2026-12-31"}, "deduct": {"account": D},
        "carry_over": {"account": D}, "reserve": {"holder": D, "project": "P", "expires": "2026-08-01"},
    }[verb]  # fmt: skip
    assert original(stocked, **given) == first  # 5 and 5.0 are the same
    with pytest.raises(QuotaError, match=r"A-17.*other content"):
        original(stocked, **given | other)
    with pytest.raises(QuotaError, match=r"A-17.*other content"):
        original(stocked, **given | {"quantity": "5.001"})
    assert facts(stocked) == before
    assert verify_ledger(stocked).is_whole


def test_post_void_repay_and_reverse_are_done_once(stocked):
    booked = stocked.reserve(ENERGY, 2026, "5", holder=D, project="P", **DAYS)
    other = stocked.reserve(ENERGY, 2026, "6", holder=D, project="Q", **DAYS)
    loan = stocked.lend(ENERGY, 2026, "9", lender=D, borrower="zone:A", as_of="2026-02-01", due="2026-12-31")
    twice = [
        lambda: stocked.post(booked.reservation_id, "4", as_of="2026-02-02", request="post"),
        lambda: stocked.void(other.reservation_id, as_of="2026-02-02", request="void"),
        lambda: stocked.repay(loan, "2", as_of="2026-02-02", request="repay"),
        lambda: stocked.reverse(9, as_of="2026-02-02", reason="x", request="reverse"),
    ]
    for call in twice:
        call()
        before = facts(stocked)
        call()
        assert facts(stocked) == before
    assert [row.quantity for row in stocked.statement().itertuples() if row.action == "repay"] == [2]
    with pytest.raises(QuotaError, match="other content"):
        stocked.repay(loan, "3", as_of="2026-02-02", request="repay")
    with pytest.raises(QuotaError, match="other content"):
        stocked.void(booked.reservation_id, as_of="2026-02-02", request="post")


def test_a_project_sent_again_is_not_booked_again(stocked):
    book_project(stocked, PROJECT, **DAYS)
    before = facts(stocked)
    with pytest.raises(QuotaError, match="already: energy_equal_value 2026: R00000004-1"):
        book_project(stocked, PROJECT, **DAYS)
    with pytest.raises(QuotaError, match="already"):
        try_project(stocked, PROJECT, **DAYS)
    assert facts(stocked) == before


def test_a_project_with_a_document_gets_its_first_answer_again(stocked):
    first = book_project(stocked, PROJECT, document="沪发改〔2026〕9号", **DAYS)
    assert [one.quantity for one in first.reservations] == [Decimal(60), Decimal(3), Decimal(2)]
    before = facts(stocked)
    needs = PROJECT.needs[::-1]  # neither the order nor the way of writing is another content
    again = replace(PROJECT, needs=(replace(needs[0], quantity="5.00"), needs[1]))
    assert book_project(stocked, again, document="沪发改〔2026〕9号", **DAYS) == first
    assert facts(stocked) == before
    more = replace(PROJECT, needs=(replace(PROJECT.needs[0], quantity="61"), PROJECT.needs[1]))
    with pytest.raises(QuotaError, match="other content"):
        book_project(stocked, more, document="沪发改〔2026〕9号", **DAYS)
    assert facts(stocked) == before


def test_an_addition_is_said_and_has_a_key_of_its_own(stocked):
    book_project(stocked, PROJECT, document="9号", **DAYS)
    more = Project("P1", "D-01", (Need(ENERGY, 2026, "1", (D,)),))
    with pytest.raises(QuotaError, match="already"):
        book_project(stocked, more, document="10号", **DAYS)
    with pytest.raises(QuotaError, match="addition needs"):
        book_project(stocked, more, addition=True, **DAYS)
    added = book_project(stocked, more, document="10号", addition=True, **DAYS)
    before = facts(stocked)
    assert book_project(stocked, more, document="10号", addition=True, **DAYS) == added
    assert facts(stocked) == before
    # What is void or over is no booking any more.
    for one in stocked.reservations():
        stocked.void(one.reservation_id, as_of="2026-02-02")
    book_project(stocked, more, as_of="2026-02-02", expires="2026-08-01")


def test_what_was_used_counts_as_booked(stocked):
    [one] = book_project(stocked, Project("P1", "D-01", (Need(ENERGY, 2026, "1", (D,)),)), **DAYS).reservations
    stocked.post(one.reservation_id, "1", as_of="2026-02-02")
    with pytest.raises(QuotaError, match="already"):
        book_project(
            stocked, Project("P1", "D-01", (Need(ENERGY, 2026, "2", (D,)),)), as_of="2026-02-03", expires="2026-08-01"
        )


def test_a_key_has_no_blanks_around_it_and_is_found_to_be_changed(stocked):
    with pytest.raises(QuotaError, match="blanks"):
        stocked.issue("cod", 2026, "1", account=D, as_of="2026-02-01", request=" A")


def test_the_same_request_from_many_at_once_is_booked_once(stocked, address):
    """Each with a connection of its own, all let go together."""
    many, answers = 6, []
    gate = threading.Barrier(many)

    def send():
        with open_ledger(address) as own:
            gate.wait(timeout=30)
            answers.append(own.reserve(ENERGY, 2026, "5", holder=D, project="P", request="A-1", **DAYS))

    threads = [threading.Thread(target=send) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(answers) == many and len(set(answers)) == 1
    assert len(stocked.reservations()) == 1
    assert verify_ledger(stocked).is_whole


ENDS = {
    "void": (lambda x, one: x.void(one, as_of="2026-02-02"), "2026-02-02"),
    "reversed": (lambda x, one: x.reverse(int(one[1:9]), as_of="2026-02-02", reason="wrong"), "2026-02-02"),
    "expired": (lambda x, _one: x.expire(as_of="2026-08-02"), "2026-08-02"),
    "over": (lambda _x, _one: None, "2026-08-02"),
}


@pytest.mark.parametrize("end", list(ENDS))
@pytest.mark.parametrize("quantity", ["60", "61"])
def test_a_document_books_anew_what_is_gone(stocked, end, quantity):
    """The first answer would print a reservation that holds nothing."""
    project = Project("P1", "D-01", (Need(ENERGY, 2026, "60", (D,)),))
    [first] = book_project(stocked, project, document="9号", **DAYS).reservations
    finish, day = ENDS[end]
    finish(stocked, first.reservation_id)
    second = replace(project, needs=(replace(project.needs[0], quantity=quantity),))
    days = {"as_of": day, "expires": "2026-08-01" if day < "2026-08-01" else "2026-12-01"}
    answer = book_project(stocked, second, document="9号", **days)
    assert list(answer.reservations) == stocked.reservations()
    assert answer.reservations[0].reservation_id != first.reservation_id
    before = facts(stocked)
    assert book_project(stocked, second, document="9号", **days) == answer
    assert facts(stocked) == before
    assert verify_ledger(stocked).is_whole


def test_a_document_whose_booking_is_half_void_is_refused(stocked):
    first, *others = book_project(stocked, PROJECT, document="9号", **DAYS).reservations
    stocked.void(first.reservation_id, as_of="2026-02-02")
    for addition in (False, True):
        with pytest.raises(QuotaError, match=others[0].reservation_id):
            book_project(stocked, PROJECT, document="9号", addition=addition, **DAYS | {"as_of": "2026-02-02"})
    assert verify_ledger(stocked).is_whole
