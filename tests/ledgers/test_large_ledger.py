"""A large ledger answers and is verified, and its size is not what an answer or a booking costs.

Work is counted in steps of SQLite's machine, the same on any disk and however busy; `make bench-limits` has the times.
"""

from decimal import Decimal

import pytest
import sqlalchemy as sa
from large_ledger import DISTRICT, ENERGY, book_fifty, fill

from gis.ledgers import create_ledger, verify_ledger

SMALL, LARGE = 2_000, 20_000


def steps_of(ledger, work):
    """Return how many tens of steps SQLite takes for a piece of work."""
    steps = 0

    def step():
        nonlocal steps
        steps += 1

    def watch(connection, record, proxy):
        connection.set_progress_handler(step, 10)

    sa.event.listen(ledger.engine, "checkout", watch)
    try:
        work()
    finally:
        sa.event.remove(ledger.engine, "checkout", watch)
        with ledger.engine.connect() as connection:
            connection.connection.driver_connection.set_progress_handler(None, 0)
    return steps


@pytest.fixture(params=[pytest.param(LARGE, id="large"), pytest.param(100_000, id="largest", marks=pytest.mark.slow)])
def two_sizes(request, tmp_path):
    with create_ledger(str(tmp_path / "small.db")) as small, create_ledger(str(tmp_path / "large.db")) as large:
        fill(small, SMALL)
        fill(large, request.param)
        yield {SMALL: small, request.param: large}


def test_a_large_ledger_answers_and_is_verified(two_sizes):
    steps = {}
    for count, ledger in two_sizes.items():
        found = steps[count] = []
        for account, quantity in ((DISTRICT, Decimal(9 * count + 1) / 1000), (f"reserved:R{count // 2:08d}-1", Decimal("0.001"))):
            assert ledger.balance(account)["quantity"].tolist() == [quantity]
            found.append(steps_of(ledger, lambda account=account, ledger=ledger: ledger.balance(account)))
        found.append(steps_of(ledger, lambda ledger=ledger: [ledger.post_all(book_fifty) for _ in range(10)]))
        found.append(steps_of(ledger, lambda ledger=ledger: verify_ledger(ledger)))
        told = verify_ledger(ledger)
        assert told.is_whole and told.entries_count == count + 500
    (*small, verifying_small), (*large, verifying_large) = steps.values()
    for few, many in zip(small, large, strict=True):
        assert many < 1.5 * few + 20, (small, large)
    sizes = list(two_sizes)
    assert 100 < verifying_large < 1.5 * verifying_small * (sizes[1] + 500) / (sizes[0] + 500)


def test_the_steps_of_a_ledger_without_its_indexes_grow_with_it(tmp_path):
    """The count sees what it is for."""
    with create_ledger(str(tmp_path / "q.db")) as ledger:
        fill(ledger, SMALL)
        account = f"reserved:R{SMALL // 2:08d}-1"
        ledger.balance(account)  # the first question checks the whole file
        indexed = steps_of(ledger, lambda: ledger.balance(account))
        with ledger.engine.begin() as connection:
            connection.exec_driver_sql("DROP INDEX zonegis_holdings_account")
        assert steps_of(ledger, lambda: ledger.balance(account)) > 50 * (indexed + 1)


def test_a_posting_is_on_the_disk_before_the_next_begins(tmp_path):
    with create_ledger(str(tmp_path / "q.db")) as ledger:
        ledger.issue(ENERGY, 2026, "100000", account=DISTRICT, as_of="2026-01-05")
        assert ledger.read_all(lambda c: c.exec_driver_sql("PRAGMA journal_mode").scalar()) == "wal"
        assert ledger.read_all(lambda c: c.exec_driver_sql("PRAGMA synchronous").scalar()) == 3
        commits = []
        sa.event.listen(ledger.engine, "commit", lambda connection: commits.append(1))
        for number in range(100):
            ledger.reserve(ENERGY, 2026, "0.001", project=f"P{number}", holder=DISTRICT, as_of="2026-02-01", expires="2026-08-01")
        assert len(commits) == 100, "a posting waits for the disk once"
        assert verify_ledger(ledger).entries_count == 101
