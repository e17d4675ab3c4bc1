"""What a ledger books and what it refuses, on SQLite and on PostgreSQL."""

import subprocess
import sys
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.errors import InputError, OutputError, QuotaError
from gis.ledgers import create_ledger, open_ledger, quota_kind, verify_ledger

ENERGY, LAND = "energy_equal_value", "new_construction_land"
DISTRICT = "district:310115"


def held(ledger, account, kind=ENERGY, year=2026):
    table = ledger.balance()
    own = table[(table["account"] == account) & (table["kind"] == kind) & (table["year"] == year)]
    return own["quantity"].sum() if len(own) else Decimal(0)


def reserve(ledger, quantity, project="P1", **options):
    given = {"holder": DISTRICT, "as_of": "2026-02-01", "expires": "2026-08-01"} | options
    return ledger.reserve(ENERGY, 2026, quantity, project=project, **given)


@pytest.fixture
def stocked(ledger):
    ledger.issue(ENERGY, 2026, "100000", account=DISTRICT, as_of="2026-01-05", document="沪发改〔2026〕1号")
    return ledger


def test_the_second_project_is_short_by_ten_thousand(stocked):
    reserve(stocked, "60000", "P1")
    with pytest.raises(QuotaError, match=r"short 10000\.000") as caught:
        reserve(stocked, "50000", "P2")
    assert caught.value.facts["available"] == Decimal(40000)
    assert held(stocked, DISTRICT) == 40000
    reserve(stocked, "40000", "P2")
    assert held(stocked, DISTRICT) == 0
    assert verify_ledger(stocked).is_whole


def test_what_is_posted_is_used_and_the_rest_goes_back(stocked):
    booked = reserve(stocked, "60000")
    stocked.post(booked.reservation_id, "45000.5", as_of="2026-03-01")
    assert held(stocked, "project:P1") == Decimal("45000.5")
    assert held(stocked, DISTRICT) == Decimal("54999.5")
    with pytest.raises(QuotaError, match="used twice"):
        stocked.post(booked.reservation_id, "1", as_of="2026-03-02")


def test_more_than_reserved_is_refused_and_nothing_moves(stocked):
    booked = reserve(stocked, "60000")
    with pytest.raises(QuotaError, match=r"short 0\.001"):
        stocked.post(booked.reservation_id, "60000.001", as_of="2026-03-01")
    assert held(stocked, f"reserved:{booked.reservation_id}") == 60000


@pytest.mark.parametrize(("day", "posted"), [("2026-07-31", True), ("2026-08-01", True), ("2026-08-02", False)])
def test_a_reservation_has_a_last_day(stocked, day, posted):
    booked = reserve(stocked, "60000")
    if posted:
        stocked.post(booked.reservation_id, "60000", as_of=day)
        assert held(stocked, "project:P1") == 60000
    else:
        with pytest.raises(QuotaError, match="ended on 2026-08-01"):
            stocked.post(booked.reservation_id, "60000", as_of=day)
        assert stocked.expire(as_of=day) == [booked.reservation_id]
        assert held(stocked, DISTRICT) == 100000


def test_a_reservation_that_is_over_makes_room(stocked):
    reserve(stocked, "60000", "P1")
    reserve(stocked, "90000", "P2", as_of="2026-08-02", expires="2026-12-31")
    assert [one.project for one in stocked.reservations()] == ["P2"]


def test_void_gives_back(stocked):
    booked = reserve(stocked, "60000")
    stocked.void(booked.reservation_id, as_of="2026-02-02", reason="withdrawn")
    assert held(stocked, DISTRICT) == 100000
    with pytest.raises(QuotaError, match="its last entry is void"):
        stocked.void(booked.reservation_id, as_of="2026-02-03")


def test_splitting_a_block_keeps_quantities_and_numbers(ledger):
    ledger.issue(LAND, 2026, "1.00", account="city", as_of="2026-01-05")
    ledger.transfer(LAND, 2026, "0.25", source="city", target=DISTRICT, as_of="2026-01-06")
    entry = ledger.statement(DISTRICT).iloc[0]
    assert (entry["first"], entry["last"], entry["quantity"]) == (1, 25, Decimal("0.25"))
    assert (held(ledger, "city", LAND), held(ledger, DISTRICT, LAND)) == (Decimal("0.75"), Decimal("0.25"))
    ledger.transfer(LAND, 2026, "0.75", source="city", target="zone:SYN", as_of="2026-01-07")
    assert ledger.statement("zone:SYN").iloc[0][["first", "last"]].tolist() == [26, 100]


def test_a_loan_is_owed_until_it_is_back(ledger):
    ledger.issue(LAND, 2026, "500", account="city", as_of="2026-01-05")
    loan = ledger.lend(LAND, 2026, "200", lender="city", borrower=DISTRICT, as_of="2026-02-01", due="2026-12-31")
    assert ledger.loans()["owed"].tolist() == [Decimal("200.00")]
    with pytest.raises(QuotaError, match="owed"):
        ledger.repay(loan, "200.01", as_of="2026-03-01")
    ledger.repay(loan, "150", as_of="2026-03-01")
    assert ledger.loans()["owed"].tolist() == [Decimal("50.00")]
    assert (held(ledger, "city", LAND), held(ledger, DISTRICT, LAND)) == (450, 50)
    # What is spent can't be given back: no account falls below nothing.
    ledger.transfer(LAND, 2026, "50", source=DISTRICT, target="zone:SYN", as_of="2026-04-01")
    with pytest.raises(QuotaError, match="short 50"):
        ledger.repay(loan, "50", as_of="2026-05-01")


def test_carried_over_is_withdrawn_and_issued_again(stocked):
    stocked.carry_over(ENERGY, 2026, "30000", account=DISTRICT, as_of="2026-12-31")
    assert (held(stocked, DISTRICT), held(stocked, DISTRICT, year=2027)) == (70000, 30000)
    stocked.deduct(ENERGY, 2026, "70000", account=DISTRICT, as_of="2026-12-31", reason="unmet task")
    assert held(stocked, DISTRICT) == 0
    assert verify_ledger(stocked).is_whole


def test_a_posting_is_undone_by_its_mirror_once(stocked):
    stocked.transfer(ENERGY, 2026, "10", source=DISTRICT, target="zone:SYN", as_of="2026-02-01")
    stocked.reverse(2, as_of="2026-02-02", reason="wrong zone")
    assert (held(stocked, DISTRICT), held(stocked, "zone:SYN")) == (100000, 0)
    assert len(stocked.statement()) == 3
    with pytest.raises(QuotaError, match="reversed before"):
        stocked.reverse(2, as_of="2026-02-03", reason="again")
    with pytest.raises(QuotaError, match="is a reversal"):
        stocked.reverse(3, as_of="2026-02-03", reason="no")
    with pytest.raises(QuotaError, match="no posting 9"):
        stocked.reverse(9, as_of="2026-02-03", reason="no")


def test_a_mirror_moves_the_very_units_or_none(stocked):
    stocked.transfer(ENERGY, 2026, "10", source=DISTRICT, target="zone:A", as_of="2026-02-01")
    stocked.transfer(ENERGY, 2026, "10", source=DISTRICT, target="zone:A", as_of="2026-02-01")
    stocked.reverse(3, as_of="2026-02-02", reason="wrong zone")
    assert stocked.statement().iloc[-1][["first", "last", "to_account"]].tolist() == [10_001, 20_000, DISTRICT]
    stocked.transfer(ENERGY, 2026, "4", source="zone:A", target="zone:B", as_of="2026-02-03")
    with pytest.raises(QuotaError, match="any more"):
        stocked.reverse(2, as_of="2026-02-04", reason="too late")
    assert held(stocked, "zone:A") == 6
    assert verify_ledger(stocked).is_whole


@pytest.mark.parametrize("quantity", [1.5, "0", "-1", "1.0001", "x", None, True, "NaN", "1e30"])
def test_a_quantity_that_is_not_exact_is_refused(stocked, quantity):
    with pytest.raises(QuotaError):
        reserve(stocked, quantity)
    assert len(stocked.statement()) == 1


def test_kinds_and_years_never_mix(stocked):
    with pytest.raises(QuotaError, match=r"short 1\.000000"):
        stocked.transfer("cod", 2026, "1", source=DISTRICT, target="zone:SYN", as_of="2026-02-01")
    with pytest.raises(QuotaError, match=r"short 1\.000"):
        stocked.transfer(ENERGY, 2027, "1", source=DISTRICT, target="zone:SYN", as_of="2026-02-01")
    with pytest.raises(QuotaError, match="2021 to 2025"):
        stocked.issue("nh3_n", 2026, "1", account="city", as_of="2026-02-01")
    stocked.issue("nh3_n", 2025, "1", account="city", as_of="2026-02-01")


@pytest.mark.parametrize("verb", ["UPDATE zonegis_entries SET year = 2030", "DELETE FROM zonegis_entries"])
def test_the_database_itself_refuses_a_change(stocked, verb):
    with pytest.raises(sa.exc.DBAPIError, match="never changed"), stocked.engine.begin() as connection:
        connection.exec_driver_sql(verb)


def test_a_ledger_is_not_overwritten_and_not_invented(stocked, address, tmp_path):
    with pytest.raises(OutputError, match="already"):
        create_ledger(address)
    with pytest.raises(InputError, match="ledger init"):
        open_ledger(str(tmp_path / "other.db"))
    with open_ledger(address) as again:
        assert held(again, DISTRICT) == 100000


def test_a_password_is_never_shown():
    with pytest.raises(InputError) as caught:
        open_ledger("postgresql://bureau:secret@127.0.0.1:1/quotas")
    assert "secret" not in str(caught.value) and "bureau" in str(caught.value)


def test_who_only_books_waits_for_no_tables():
    code = "import sys; from gis.ledgers import open_ledger; print(sorted({'pandas', 'numpy', 'shapely'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---- tampering ----
SPOILT = {
    "year": 2027, "first": 2, "last": 99, "kind": "cod", "from_account": "city", "to_account": "zone:x", "action": "x",
    "reference": "x", "project": "x", "parcel_id": "x", "expires": "x", "as_of": "2026-01-06", "document": "x",
    "reason": "x", "posting": 77, "previous_hash": "0" * 64, "hash": "0" * 64,
}  # fmt: skip


def unguarded(ledger, statement, **values):
    with ledger.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for verb in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS zonegis_entries_no_{verb}")
        else:
            connection.exec_driver_sql("DROP TRIGGER IF EXISTS zonegis_entries_no_change ON zonegis_entries")
        connection.execute(sa.text(statement), values)


@pytest.mark.parametrize("field", list(SPOILT))
def test_any_changed_field_is_found(stocked, field):
    reserve(stocked, "60000")
    assert verify_ledger(stocked).is_whole
    unguarded(stocked, f"UPDATE zonegis_entries SET {field} = :value WHERE seq = 1", value=SPOILT[field])
    assert not verify_ledger(stocked).is_whole


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_missing_entry_is_found_wherever_it_was(stocked, seq):
    reserve(stocked, "60000", "P1")
    reserve(stocked, "30000", "P2")
    unguarded(stocked, "DELETE FROM zonegis_entries WHERE seq = :seq", seq=seq)
    assert verify_ledger(stocked).faults


def test_swapped_entries_and_moved_holdings_are_found(stocked):
    reserve(stocked, "60000", "P1")
    reserve(stocked, "30000", "P2")
    for old, new in ((2, 99), (3, 2), (99, 3)):
        unguarded(stocked, "UPDATE zonegis_entries SET seq = :new WHERE seq = :old", old=old, new=new)
    assert verify_ledger(stocked).faults


def test_holdings_that_no_entry_made_are_found(stocked):
    unguarded(stocked, "UPDATE zonegis_holdings SET account = 'zone:x'")
    assert any("holdings" in fault for fault in verify_ledger(stocked).faults)


@pytest.mark.parametrize("field", ["document", "reason", "to_account", "as_of"])
def test_every_single_byte_counts(ledger, field):
    ledger.issue(ENERGY, 2026, "7", account=DISTRICT, as_of="2026-01-05", document="文件1", reason="年度计划")
    text = ledger.statement().iloc[0][field]
    for place in range(len(text)):
        changed = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
        unguarded(ledger, f"UPDATE zonegis_entries SET {field} = :value", value=changed)
        assert not verify_ledger(ledger).is_whole
    unguarded(ledger, f"UPDATE zonegis_entries SET {field} = :value", value=text)
    assert verify_ledger(ledger).is_whole


def test_every_single_byte_of_an_entry_on_the_disk_counts(tmp_path):
    """Each byte of a record of the table, from its first text to its hash, is flipped in the file."""
    path = tmp_path / "q.db"
    with create_ledger(str(path)) as made:
        made.issue(ENERGY, 2026, "7", account=DISTRICT, as_of="2026-01-05", document="文件1", reason="年度计划")
        made.transfer(ENERGY, 2026, "2", source=DISTRICT, target="zone:SYN", as_of="2026-01-06", reason="调剂")
        hashes = made.statement()["hash"].tolist()
        assert verify_ledger(made).is_whole
    whole = path.read_bytes()
    for action, own_hash in zip(("issue", "transfer"), hashes, strict=True):
        # A hash stands in its record after the hash before it; in the head, and in the next record, it stands elsewhere.
        ends = [place + 64 for place in range(len(whole)) if whole.startswith(own_hash.encode(), place)]
        end = next(place for place in ends if action.encode() + ENERGY.encode() in whole[place - 400 : place])
        start = whole.rindex(action.encode() + ENERGY.encode(), 0, end)
        assert 150 < end - start < 400
        for place in range(start, end):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with open_ledger(str(path)) as again:
                assert not verify_ledger(again).is_whole, place
    path.write_bytes(whole)


@pytest.mark.parametrize("field", ["last", "year", "posting"])
def test_a_number_that_became_a_text_is_found(stocked, field):
    if stocked.engine.dialect.name == "sqlite":
        unguarded(stocked, f"UPDATE zonegis_entries SET \"{field}\" = 'x'")
        assert not verify_ledger(stocked).is_whole


# ---- whatever happens, in whatever order ----
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["issue", "transfer", "reserve", "post", "void", "expire", "deduct", "carry_over", "reverse"]),
        st.integers(1, 40), st.integers(0, 3),
    ),
    max_size=25,
)  # fmt: skip


def book(ledger, verb, numbers, issued, booked):
    number, size, pick = numbers
    if verb == "issue":
        ledger.issue(LAND, 2026, str(size), account="city", as_of="2026-01-01")
        issued[2026] += size
    elif verb == "transfer":
        ledger.transfer(LAND, 2026, str(size), source="city", target=DISTRICT, as_of="2026-01-01")
    elif verb == "reserve":
        options = {"holder": "city", "project": f"P{number}", "as_of": "2026-01-01", "expires": f"2026-0{pick + 1}-01"}
        booked.append(ledger.reserve(LAND, 2026, str(size), **options))
    elif verb == "post" and booked:
        ledger.post(booked[pick % len(booked)].reservation_id, str(size), as_of="2026-01-02")
    elif verb == "void" and booked:
        ledger.void(booked[pick % len(booked)].reservation_id, as_of="2026-01-02")
    elif verb == "expire":
        ledger.expire(as_of=f"2026-0{pick + 1}-15")
    elif verb == "deduct":
        ledger.deduct(LAND, 2026, str(size), account="city", as_of="2026-01-02")
    elif verb == "carry_over":
        ledger.carry_over(LAND, 2026, str(size), account="city", as_of="2026-01-02")
        issued[2027] += size
    elif verb == "reverse":
        ledger.reverse(size % 5 + 1, as_of="2026-01-02", reason="test")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_units_are_conserved_whatever_is_booked(tmp_path_factory, steps):
    """Σ accounts and withdrawn = issued, per kind and year, beside a count that this test keeps by itself."""
    path = tmp_path_factory.mktemp("ledger") / "q.db"
    with create_ledger(str(path)) as ledger:
        issued, booked = {2026: 0, 2027: 0}, []
        for number, (verb, size, pick) in enumerate(steps):
            before = len(ledger.statement())
            try:
                book(ledger, verb, (number, size, pick), issued, booked)
            except QuotaError:
                assert len(ledger.statement()) == before
        with ledger.engine.connect() as connection:
            rows = connection.execute(sa.text("SELECT year, sum(last - first + 1) FROM zonegis_holdings GROUP BY year"))
            total = dict(rows.all())
        assert {year: total.get(year, 0) for year in issued} == {y: q * 100 for y, q in issued.items()}
        assert (ledger.balance()["quantity"] > 0).all()
        assert verify_ledger(ledger).is_whole


def test_every_kind_has_a_unit_and_exact_digits():
    assert quota_kind("cod").quantity(quota_kind("cod").units("0.000001")) == Decimal("0.000001")
    with pytest.raises(QuotaError, match="Kinds are"):
        quota_kind("coal")
