"""Readers beside a writer, transactions that are done again, and errors of a database in words. On both databases."""

import sqlite3
import threading
from decimal import Decimal
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from gis.errors import InputError, QuotaError
from gis.ledgers import balance_by_level, open_ledger, verify_ledger
from gis.ledgers.kinds import quota_kind
from gis.ledgers.posting import Told
from gis.ledgers.transactions import in_transaction, unreachable

COD, D = "cod", "district:310115"


@pytest.fixture
def stocked(ledger):
    ledger.issue(COD, 2026, "5", account=D, as_of="2026-01-05")
    return ledger


def test_who_reads_waits_for_nobody_and_sees_what_was_acknowledged(stocked, address):
    """A posting is held open in the middle; every question is answered meanwhile, from the state before it."""
    inside, done, answers = threading.Event(), threading.Event(), []
    kind = quota_kind(COD)

    def slow(posting):
        posting.issue(kind, 2026, 7_000_000, account=D, action="issue", told=Told("2026-01-06"))
        inside.set()
        assert done.wait(timeout=30)

    writer = threading.Thread(target=stocked.post_all, args=(slow,))
    writer.start()
    try:
        assert inside.wait(timeout=30)

        def ask():
            with open_ledger(address) as other:
                answers.append((other.balance()["quantity"].tolist(), len(other.statement()), other.reservations(),
                                len(other.loans()), len(balance_by_level(other)), verify_ledger(other).is_whole))  # fmt: skip

        reader = threading.Thread(target=ask)
        reader.start()
        reader.join(timeout=20)
        assert not reader.is_alive(), "a reader waited for the writer"
    finally:
        done.set()
        writer.join(timeout=30)
    assert answers == [([Decimal(5)], 1, [], 0, 1, True)]
    assert stocked.balance()["quantity"].tolist() == [Decimal(12)]


def test_who_writes_does_not_wait_for_a_reader(stocked, address):
    def read(connection):
        first = connection.execute(sa.text("SELECT count(*) FROM zonegis_entries")).scalar()
        with open_ledger(address) as other:
            other.issue(COD, 2026, "1", account=D, as_of="2026-01-06")
        return first, connection.execute(sa.text("SELECT count(*) FROM zonegis_entries")).scalar()

    # One question is answered from one state, whatever is booked meanwhile.
    assert stocked.read_all(read) == (1, 1)
    assert len(stocked.statement()) == 2


def test_a_question_can_not_write(stocked):
    if stocked.engine.dialect.name == "postgresql":
        with pytest.raises(InputError, match="read-only"):
            stocked.read_all(lambda connection: connection.execute(sa.text("UPDATE zonegis_head SET format = 9")))


class SerializationError(Exception):
    sqlstate = "40001"


@pytest.mark.parametrize("writes", [False, True])
def test_what_another_came_before_is_done_again(stocked, writes):
    tries = []

    def work(connection):
        tries.append(1)
        if len(tries) < 4:
            raise sa.exc.OperationalError("SELECT", {}, SerializationError("could not serialize access"))
        return connection.execute(sa.text("SELECT count(*) FROM zonegis_entries")).scalar()

    assert in_transaction(stocked.engine, work, writes=writes) == 1
    assert len(tries) == 4


def test_a_table_that_is_gone_is_said_by_every_question(stocked):
    with stocked.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE zonegis_entries CASCADE" if connection.dialect.name == "postgresql" else "DROP TABLE zonegis_entries"))
    for question in (stocked.statement, stocked.loans, lambda: balance_by_level(stocked), lambda: stocked.balance(as_of="2026-02-01"),
                     lambda: stocked.issue(COD, 2026, "1", account=D, as_of="2026-02-01")):  # fmt: skip
        with pytest.raises(InputError, match="zonegis_entries"):
            question()


def test_a_ledger_of_another_format_is_refused_and_not_changed(stocked, address):
    with stocked.engine.begin() as connection:
        connection.execute(sa.text("UPDATE zonegis_head SET format = 2"))
    stocked.close()
    with pytest.raises(InputError, match=r"format 2; this version reads format 3.*Nothing was changed"):
        open_ledger(address)


@pytest.mark.parametrize("address", ["postgresql://u:geheim@db/q", "postgresql://u@db/q?password=geheim"])
def test_no_password_in_whatever_a_database_says(address):
    from sqlalchemy.engine import make_url

    error = sa.exc.OperationalError("SELECT", {}, Exception("auth failed for u with geheim"))
    found = unreachable(SimpleNamespace(url=make_url(address)), error)
    assert "geheim" not in str(found) and "auth failed" in str(found)


def test_a_file_that_others_hold_all_the_time_is_busy(tmp_path, monkeypatch):
    from gis.ledgers import create_ledger, tables

    monkeypatch.setattr(tables, "WAIT_S", 0.1)
    path = str(tmp_path / "q.db")
    with create_ledger(path) as ledger:
        ledger.issue(COD, 2026, "5", account=D, as_of="2026-01-05")
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(QuotaError, match="busy"):
            ledger.issue(COD, 2026, "5", account=D, as_of="2026-01-05")
        assert ledger.balance()["quantity"].tolist() == [Decimal(5)]  # and yet it can be read
        holder.execute("ROLLBACK")
        holder.close()


def test_what_is_no_database_is_said(tmp_path):
    path = tmp_path / "q.db"
    path.write_bytes(b"this is no database at all, not by far " * 100)
    with pytest.raises(InputError, match="not a database"):
        open_ledger(str(path))


def test_a_copy_in_a_folder_that_can_not_be_written_is_read_and_not_changed(tmp_path, monkeypatch):
    from gis.ledgers import create_ledger, tables

    path = tmp_path / "账 本#1.db"
    with create_ledger(str(path)) as ledger:
        ledger.issue(COD, 2026, "5", account=D, as_of="2026-01-05")
    before = path.read_bytes()
    monkeypatch.setattr(tables.os, "access", lambda *_: False)
    with open_ledger(str(path)) as copy:
        assert copy.balance()["quantity"].tolist() == [Decimal(5)] and verify_ledger(copy).is_whole
        assert copy.address == str(path)
        with pytest.raises(InputError, match="readonly"):
            copy.issue(COD, 2026, "5", account=D, as_of="2026-01-05")
        assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == before
