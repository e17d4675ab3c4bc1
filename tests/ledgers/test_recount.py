"""Every balance counted a second time: fractions, the raw table, and plain sqlite3; nothing of the package helps."""

import contextlib
import csv
import sqlite3
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gis.ledgers
from gis.errors import QuotaError
from gis.ledgers import Replacement, balance_by_level, create_ledger, verify_ledger

KINDS = Path(gis.ledgers.__file__).with_name("quota_kinds.csv")
D = "district:310115"
CLEAN = Replacement({"water": "not_met"}, place="310115")


def recount(path):
    """Return kind, year and account → quantity, and kind and year → issued: unit by unit, from the file alone."""
    digits = {row["kind"]: int(row["digits"]) for row in csv.DictReader(KINDS.read_text("utf-8").splitlines())}
    place, issued = {}, defaultdict(Fraction)
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    query = 'SELECT kind, year, "first", "last", from_account, to_account FROM zonegis_entries ORDER BY seq'
    for kind, year, first, last, source, target in connection.execute(query):
        for unit in range(first, last + 1):
            assert place.get((kind, year, unit), "issued") == source
            place[kind, year, unit] = target
        if source == "issued":
            issued[kind, year] += Fraction(last - first + 1, 10 ** digits[kind])
    connection.close()
    assert place
    sums = defaultdict(Fraction)
    for (kind, year, _), account in place.items():
        sums[kind, year, account] += Fraction(1, 10 ** digits[kind])
    return dict(sums), dict(issued)


def compare(ledger, path):
    sums, issued = recount(path)
    found = {(row.kind, row.year, row.account): Fraction(row.quantity) for row in ledger.balance().itertuples()}
    assert found == {key: quantity for key, quantity in sums.items() if key[2] != "withdrawn"}
    for key, whole in issued.items():
        assert sum(quantity for (kind, year, _), quantity in sums.items() if (kind, year) == key) == whole
    levels = defaultdict(Fraction)
    for (kind, year, account), quantity in found.items():
        levels[kind, year, account.partition(":")[0]] += quantity
    table = {(row.kind, row.year, row.level): Fraction(row.balance) for row in balance_by_level(ledger).itertuples()}
    assert {key: quantity for key, quantity in table.items() if quantity} == dict(levels)
    last = ledger.statement()["as_of"].max() if issued else "2026-01-01"
    then = {(row.kind, row.year, row.account): Fraction(row.quantity) for row in ledger.balance(as_of=last).itertuples()}
    assert then == found
    assert verify_ledger(ledger).is_whole


ACTIONS = ("issue", "transfer", "reserve", "post", "void", "expire", "deduct", "carry_over", "lend", "repay", "reverse")
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.sampled_from(["cod", "energy_calorific_value"]), st.integers(1, 30),
              st.integers(0, 5), st.booleans()), max_size=40,
)  # fmt: skip


def do(ledger, step, day, booked, loans):  # noqa: C901 - a verb a line
    verb, kind, size, pick, is_late = step
    much = f"0.0000{size:02d}" if kind == "cod" else f"0.0{size:02d}"
    how = {"as_of": "2026-01-01", "late_reason": "late"} if is_late else {"as_of": f"2026-{1 + day // 28:02d}-{1 + day % 28:02d}"}
    if verb == "issue":
        ledger.issue(kind, 2026, much, account=D, **how)
    elif verb == "transfer":
        ledger.transfer(kind, 2026, much, source=D, target=f"zone:{pick}", **how)
    elif verb == "reserve":
        booked.append(ledger.reserve(kind, 2026, much, holder=D, project=f"P{size}", expires=f"2026-{1 + pick:02d}-20",
                                     replacement=CLEAN, **how))  # fmt: skip
    elif verb == "post" and booked:
        ledger.post(booked[pick % len(booked)].reservation_id, much, **how)
    elif verb == "void" and booked:
        ledger.void(booked[pick % len(booked)].reservation_id, **how)
    elif verb == "expire":
        ledger.expire(**how)
    elif verb in {"deduct", "carry_over"}:
        getattr(ledger, verb)(kind, 2026, much, account=D, **how)
    elif verb == "lend":
        loans.append(ledger.lend(kind, 2026, much, lender=D, borrower=f"zone:{pick}", due="2026-12-31", **how))
    elif verb == "repay" and loans:
        ledger.repay(loans[pick % len(loans)], much, **how)
    elif verb == "reverse":
        ledger.reverse(1 + (size * 7 + pick) % 12, reason="x", **how)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_booked_a_second_count_agrees(tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("ledger") / "q.db"
    booked, loans = [], []
    with create_ledger(str(path)) as ledger:
        for kind, much in (("cod", "0.0001"), ("energy_calorific_value", "0.1")):
            ledger.issue(kind, 2026, much, account=D, as_of="2026-01-01")
        for day, step in enumerate(steps):
            with contextlib.suppress(QuotaError):
                do(ledger, step, day, booked, loans)
        compare(ledger, path)
        # Restated, no account ever fell below nothing either: late entries took only what was there.
        days = sorted(set(ledger.statement()["as_of"]) | set(ledger.statement()["effective"]) - {""})
        for day in days:
            assert (ledger.balance(as_of=day, restated=True)["quantity"] > 0).all(), day


@pytest.mark.parametrize("kind", ["cod", "energy_calorific_value", "new_construction_land"])
def test_a_unit_that_is_counted_twice_would_be_seen(tmp_path, kind):
    """The recount is able to fail: an entry that takes units from where they are not, and a balance that was changed."""
    path = tmp_path / "q.db"
    with create_ledger(str(path)) as ledger:
        ledger.issue(kind, 2026, "0.09", account=D, as_of="2026-01-01")
        compare(ledger, path)
        with ledger.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE zonegis_holdings SET \"last\" = \"last\" - 1")
        with pytest.raises(AssertionError):
            compare(ledger, path)
