"""What a second pair of eyes tried against the ledger."""

import decimal
import itertools
from decimal import Decimal

import pandas as pd
import pytest
import sqlalchemy as sa

from gis.errors import InputError, QuotaError
from gis.ledgers import Need, Project, Replacement, create_ledger, open_ledger, quota_kind, try_project, verify_ledger
from gis.ledgers.tables import head

D = "district:310115"
CLEAN = Replacement({"water": "met"})


@pytest.fixture
def stocked(ledger):
    ledger.issue("cod", 2026, "100", account=D, as_of="2026-01-05")
    return ledger


def book(ledger, quantity, project, **options):
    given = {"holder": D, "as_of": "2026-02-01", "expires": "2026-08-01", "replacement": CLEAN} | options
    return ledger.reserve("cod", 2026, quantity, project=project, **given)


def test_a_head_that_counts_too_few_postings_is_found(stocked):
    book(stocked, "40", "P1")
    with stocked.engine.begin() as connection:
        connection.execute(sa.text("UPDATE zonegis_head SET postings_count = 1"))
    assert verify_ledger(stocked).faults == ("head: says 1 postings, there are 2",)


def test_a_second_head_is_found(stocked):
    with stocked.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO zonegis_head SELECT 2, format, entries_count, postings_count, hash, last_day "
                                   "FROM zonegis_head"))  # fmt: skip
    assert verify_ledger(stocked).faults == ("head: 2 rows, expected one",)


def test_a_parcel_is_one_project_s_by_whatever_verb_it_is_booked(stocked):
    book(stocked, "40", "P1", parcel_id="D1")
    with pytest.raises(QuotaError, match="D1"):
        book(stocked, "7", "P2", parcel_id="D1")
    with pytest.raises(QuotaError, match="blanks"):
        book(stocked, "7", "P2", parcel_id="D1 ")
    book(stocked, "7", "P2", parcel_id="D2")


def test_the_city_is_not_asked_for_what_the_district_was_not(stocked):
    need = Need("cod", 2026, "5", ("enterprise:E1",))
    days = {"as_of": "2026-02-01", "expires": "2026-08-01"}
    [short] = try_project(stocked, Project("P", "D1", (need,), True, True, water_quality="met", place="310115"), **days).shortages
    assert (short.escalation.value, short.request) == ("undetermined", None)
    need = Need("cod", 2026, "105", ("enterprise:E1", D))
    [short] = try_project(stocked, Project("P", "D1", (need,), True, True, water_quality="met", place="310115"), **days).shortages
    assert (short.escalation.value, short.request.target, short.short) == ("met", D, Decimal(5))


@pytest.mark.parametrize("day", [pd.NaT, None, "2026-02-30", ""])
def test_a_day_that_is_none_is_refused(stocked, day):
    with pytest.raises(QuotaError):
        book(stocked, "1", "P1", expires=day)
    assert len(stocked.statement()) == 1


def test_an_account_moves_nothing_to_itself(stocked):
    with pytest.raises(QuotaError, match="itself"):
        stocked.transfer("cod", 2026, "1", source=D, target=D, as_of="2026-02-01")


def test_the_caller_s_decimal_context_rounds_nothing():
    kind = quota_kind("cod")
    with decimal.localcontext() as context:
        context.prec = 5
        assert kind.units("1234.567891") == 1_234_567_891
        assert kind.quantity(123_456_789) == Decimal("123.456789")
    with pytest.raises(QuotaError):
        kind.units("1.00000000000000000000000000000000001")
    with pytest.raises(QuotaError):
        kind.units("1." + "0" * 60 + "1")


@pytest.mark.parametrize("address", ["host=db user=u password=secret dbname=q", "postgresql:/bureau:secret@db/q"])
def test_what_looks_like_an_address_is_no_file_and_is_not_shown(address):
    with pytest.raises(InputError) as caught:
        open_ledger(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("quantity", ["1_5", "５", "5e2", " 5", "5 ", "5\n", "1 000", "+5", ".5", "5.", "", "٥"])
def test_a_quantity_is_a_plain_decimal(stocked, quantity):
    with pytest.raises(QuotaError, match="no decimal"):
        stocked.issue("cod", 2026, quantity, account=D, as_of="2026-02-01")


@pytest.mark.parametrize("year", [2101, 9999, 1, "2026", None])
def test_a_year_is_one_that_somebody_plans_for(stocked, year):
    with pytest.raises(QuotaError, match="is not kept in"):
        stocked.issue("cod", year, "1", account=D, as_of="2026-02-01")


@pytest.mark.parametrize(("due", "goes"), [("2026-02-02", False), ("2026-02-03", True)])
def test_a_loan_is_not_due_before_it_is_lent(stocked, due, goes):
    def lend():
        return stocked.lend("cod", 2026, "1", lender=D, borrower="zone:A", as_of="2026-02-03", due=due)

    if goes:
        lend()
    else:
        with pytest.raises(QuotaError, match="due on 2026-02-02"):
            lend()


@pytest.mark.parametrize("text", ["a\0b", "a\nb", "a\rb", "a\ud800b", "a\u2028b"])
def test_text_is_one_line_that_a_database_keeps(stocked, text):
    given = {"as_of": "2026-02-01"}
    calls = [
        lambda: stocked.issue("cod", 2026, "1", account=D, document=text, **given),
        lambda: stocked.issue("cod", 2026, "1", account=D, reason=text, **given),
        lambda: stocked.issue("cod", 2026, "1", account=D, request=text, **given),
        lambda: stocked.issue("cod", 2026, "1", account=f"zone:{text}", **given),
        lambda: stocked.issue("cod", 2026, "1", account=D, late_reason=text, as_of="2026-01-01"),
        lambda: book(stocked, "1", text),
        lambda: book(stocked, "1", "P", parcel_id=text),
        lambda: stocked.reverse(1, reason=text, **given),
        lambda: try_project(stocked, Project("P", text, (Need("cod", 2026, "1", (D,)),), water_quality="met"),
                            as_of="2026-02-01", expires="2026-08-01"),
    ]  # fmt: skip
    for call in calls:
        if text[1] in "\u2028\r\n" and call is calls[3]:
            continue
        with pytest.raises(QuotaError, match=r"line break|no holder"):
            call()
    assert len(stocked.statement()) == 1


@pytest.mark.parametrize("reason", ["", " ", "\u3000", "\t"])
def test_a_reversal_has_a_reason(stocked, reason):
    with pytest.raises(QuotaError, match="reason must be given"):
        stocked.reverse(1, as_of="2026-02-01", reason=reason)


@pytest.mark.parametrize("change", [{"id": 2}, {"format": 2}])
def test_a_head_of_another_number_is_found_and_the_last_hash_is_told(stocked, change):
    found = verify_ledger(stocked)
    assert (found.is_whole, found.entries_count, found.head_hash) == (True, 1, stocked.statement()["hash"].iloc[-1])
    with stocked.engine.begin() as connection:
        connection.execute(head.update().values(**change))
    assert any("expected 1 of format" in fault for fault in verify_ledger(stocked).faults)


def test_a_page_in_the_place_of_another_changes_no_balance_in_silence(tmp_path):
    path = tmp_path / "quotas.db"
    with create_ledger(str(path)) as ledger:
        ledger.issue("energy_equal_value", 2026, "100000", account=D, as_of="2026-01-05")
        ledger.issue("cod", 2026, "5", account=D, as_of="2026-01-05")
        held = ledger.reserve("energy_equal_value", 2026, "60000", holder=D, project="P1", as_of="2026-02-01", expires="2026-08-01")
        assert held
        right = ledger.balance().to_dict("records")
        with ledger.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            size = connection.exec_driver_sql("PRAGMA page_size").scalar()
    whole = path.read_bytes()
    pages = [whole[start : start + size] for start in range(0, len(whole), size)]
    refused = 0
    for one, other in itertools.permutations(range(len(pages)), 2):
        path.write_bytes(b"".join([*pages[:one], pages[other], *pages[one + 1 :]]))
        try:
            with open_ledger(str(path)) as ledger:
                assert ledger.balance().to_dict("records") == right
                assert len(ledger.statement()) == 3
        except InputError:
            refused += 1
    assert refused > len(pages)
