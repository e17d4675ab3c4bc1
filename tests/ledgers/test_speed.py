"""A large ledger: any balance in 50 ms, the whole verified in 60 s a million entries, 500 entries a second."""

import os
import sqlite3
import time
from decimal import Decimal

import pytest

from gis.ledgers import create_ledger, verify_ledger
from gis.ledgers.chain import GENESIS, entry_hash
from gis.ledgers.reservations import set_aside
from gis.ledgers.tables import ENTRY_FIELDS, entries, head, holdings

ENERGY, DISTRICT = "energy_equal_value", "district:310115"
#: A million are run by hand (ZONEGIS_LEDGER_ENTRIES=1000000), for their time.
COUNT = int(os.environ.get("ZONEGIS_LEDGER_ENTRIES", "100000"))
ROWS = 10_000


def fill(ledger, count):
    """Write what ``count`` entries of a ledger leave, as booking would: one issue, then a reservation each, all open."""
    blank = dict.fromkeys(ENTRY_FIELDS, "") | {"kind": ENERGY, "year": 2026, "as_of": "2026-01-05"}
    previous, made, held = GENESIS, [], []
    with ledger.engine.begin() as connection:
        for seq in range(1, count + 1):
            if seq == 1:
                units, accounts, action = (1, 10 * count), ("issued", DISTRICT), "issue"
            else:
                units, accounts, action = (seq - 1, seq - 1), (DISTRICT, f"reserved:R{seq:08d}-1"), "reserve"
            entry = blank | {"seq": seq, "posting": seq, "action": action, "first": units[0], "last": units[1],
                             "from_account": accounts[0], "to_account": accounts[1]}  # fmt: skip
            if seq > 1:
                entry |= {"reference": f"R{seq:08d}-1", "project": f"P{seq}", "expires": "2026-12-31"}
                place = {"kind": ENERGY, "year": 2026, "first": units[0], "last": units[1], "account": accounts[1]}
                held.append(place | {"expires": "2026-12-31"})
            entry |= {"previous_hash": previous, "hash": entry_hash(entry, previous)}
            previous = entry["hash"]
            made.append(entry)
            if len(made) == ROWS or seq == count:
                connection.execute(entries.insert(), made)
                if held:
                    connection.execute(holdings.insert(), held)
                made, held = [], []
        rest = {"kind": ENERGY, "year": 2026, "first": count, "last": 10 * count, "account": DISTRICT, "expires": ""}
        connection.execute(holdings.insert(), [rest])
        connection.execute(head.update().values(entries_count=count, postings_count=count, hash=previous, last_day="2026-01-05"))


def timed(work, times=1):
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        result = work()
        spent.append(time.perf_counter() - start)
    return min(spent), result


@pytest.mark.slow
def test_a_large_ledger_answers_and_is_verified_in_time(tmp_path):
    with create_ledger(str(tmp_path / "q.db")) as ledger:
        fill(ledger, COUNT)
        for account, quantity in ((DISTRICT, Decimal(9 * COUNT + 1) / 1000), (f"reserved:R{COUNT // 2:08d}-1", Decimal("0.001"))):
            seconds, table = timed(lambda account=account: ledger.balance(account), times=5)
            assert table["quantity"].tolist() == [quantity]
            assert seconds < 0.05

        def book(posting):
            for number in range(50):
                days = ("2026-02-01", "2026-08-01")
                set_aside(posting, ENERGY, 2026, "0.001", holder=DISTRICT, project=f"N{number}", parcel_id="", document="",
                          days=days, place=number + 1)  # fmt: skip

        # Each posting is on the disk before the next begins; its fifty entries share the wait for it.
        seconds, _ = timed(lambda: [ledger.post_all(book) for _ in range(10)])
        rate = 500 / seconds
        verifying, found = timed(lambda: verify_ledger(ledger))
        assert found.is_whole and found.entries_count == COUNT + 500
        assert verifying < 60 * max(COUNT / 1_000_000, 0.2)
        # The aim is judged where it is measured by hand; other tests beside it take the disk's time.
        assert rate > (500 if "ZONEGIS_LEDGER_ENTRIES" in os.environ else 100), rate


#: One posting at a time, of which each is on the disk before the next begins.
SINGLES = int(os.environ.get("ZONEGIS_LEDGER_SINGLES", "500"))


def rate_of(work, count=SINGLES):
    start = time.perf_counter()
    for number in range(count):
        work(number)
    return count / (time.perf_counter() - start)


def bare_fsyncs(path):
    """Return a work that is no more than a page written and waited for."""
    opened = os.open(path, os.O_WRONLY | os.O_CREAT)

    def work(number):
        os.pwrite(opened, b"x" * 4096, number * 4096)
        os.fsync(opened)

    return work, lambda: os.close(opened)


def bare_rows(path):
    """Return a work that is one row a commit of the database itself, as durable as the ledger."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, told TEXT)")

    def work(number):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO rows VALUES (?, ?)", (number, "x" * 400))
        connection.execute("COMMIT")

    return work, connection.close


@pytest.mark.slow
def test_single_postings_beside_what_the_disk_gives(tmp_path, capsys):
    """Disk, database and ledger are timed in turns in the same run, so that the ratio is honest whatever the disk."""
    with create_ledger(str(tmp_path / "q.db")) as ledger:
        ledger.issue(ENERGY, 2026, "100000", account=DISTRICT, as_of="2026-01-05")
        assert ledger.read_all(lambda c: c.exec_driver_sql("PRAGMA journal_mode").scalar()) == "wal"
        assert ledger.read_all(lambda c: c.exec_driver_sql("PRAGMA synchronous").scalar()) == 3
        told = {"holder": DISTRICT, "as_of": "2026-02-01", "expires": "2026-08-01"}
        reserve = lambda number: ledger.reserve(ENERGY, 2026, "0.001", project=f"P{number}", **told)  # noqa: E731
        fsync, end_fsync = bare_fsyncs(tmp_path / "bare")
        row, end_row = bare_rows(tmp_path / "rows.db")
        rates = {"fsync": 0.0, "sqlite": 0.0, "ledger": 0.0}
        offset = 0
        for _ in range(3):
            for name, work in (("fsync", fsync), ("sqlite", row), ("ledger", reserve)):
                rates[name] = max(rates[name], rate_of(lambda number, work=work, offset=offset: work(offset + number)))
            offset += SINGLES
        end_fsync(), end_row()
        with capsys.disabled():
            print("\nsingle postings a second:", ", ".join(f"{name} {rate:.0f}" for name, rate in rates.items()))  # noqa: T201
        assert verify_ledger(ledger).entries_count == 1 + 3 * SINGLES
    # A posting waits for the disk once; what it does besides is below 1.5 ms.
    spent = 1 / rates["ledger"] - 1 / rates["sqlite"]
    assert spent < (0.0015 if "ZONEGIS_LEDGER_ENTRIES" in os.environ else 0.006), rates
    # The aim, where the disk itself gives twice that.
    if "ZONEGIS_LEDGER_ENTRIES" in os.environ and rates["sqlite"] > 1000:
        assert rates["ledger"] > 500, rates
