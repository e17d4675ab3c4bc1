"""The tables of a ledger and how a database keeps them: entries are only ever added."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text

from gis.errors import InputError
from gis.ledgers.addresses import read_address

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

__all__ = ["ENTRY_FIELDS", "FORMAT", "WRITES", "connect", "entries", "head", "holdings", "make_tables", "metadata"]

#: Of the tables and of what an entry's hash is made of.
FORMAT = 3
WAIT_S = 60
#: Execution option of a connection whose transactions write.
WRITES = "zonegis_writes"

metadata = MetaData()
#: What happened, once and for all: units ``first`` to ``last`` of a kind and year went from one account to another.
entries = Table(
    "zonegis_entries",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("posting", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("from_account", Text, nullable=False),
    Column("to_account", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("parcel_id", Text, nullable=False),
    Column("expires", Text, nullable=False),
    # The day of the journal, which never goes back; ``effective`` is the earlier day of a late entry, else empty.
    Column("as_of", Text, nullable=False),
    Column("effective", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("reason", Text, nullable=False),
    # Why an entry is late; by which key it was asked for, and the SHA-256 of what was asked.
    Column("late_reason", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("request_hash", Text, nullable=False),
    # From what the quantity was computed, as JSON: emission, ratio and status of a pollutant, carriers of energy …
    Column("basis", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    sa.CheckConstraint("first <= last", name="zonegis_entries_range"),
    sa.CheckConstraint("from_account <> to_account", name="zonegis_entries_accounts"),
)
Index("zonegis_entries_reference", entries.c.reference)
Index("zonegis_entries_parcel", entries.c.parcel_id)
Index("zonegis_entries_from", entries.c.from_account)
Index("zonegis_entries_to", entries.c.to_account)
ASKED_ONLY = entries.c.request != ""
Index("zonegis_entries_request", entries.c.request, sqlite_where=ASKED_ONLY, postgresql_where=ASKED_ONLY)
OF_PROJECT_ONLY = entries.c.project != ""
Index(
    "zonegis_entries_project", entries.c.project, sqlite_where=OF_PROJECT_ONLY, postgresql_where=OF_PROJECT_ONLY
)  # fmt: skip
Index("zonegis_entries_posting", entries.c.posting)
ENTRY_FIELDS = tuple(column.name for column in entries.columns if column.name not in {"previous_hash", "hash"})
#: Where each unit is now: made from the entries, and compared with them by `verify_ledger`.
holdings = Table(
    "zonegis_holdings",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("account", Text, nullable=False),
    # Of what is reserved, the last day; empty for all other units.
    Column("expires", Text, nullable=False),
)
RESERVED_ONLY = holdings.c.expires != ""
Index(
    "zonegis_holdings_expires", holdings.c.expires, sqlite_where=RESERVED_ONLY, postgresql_where=RESERVED_ONLY
)  # fmt: skip
Index("zonegis_holdings_account", holdings.c.account, holdings.c.kind, holdings.c.year, holdings.c.first)
#: One row: how many entries there are, the hash of the last and its day; every posting takes it first.
head = Table(
    "zonegis_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("format", Integer, nullable=False),
    Column("entries_count", BigInteger, nullable=False),
    Column("postings_count", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    Column("last_day", Text, nullable=False),
)

SQLITE_GUARDS = [
    f"CREATE TRIGGER zonegis_entries_no_{verb.lower()} BEFORE {verb} ON zonegis_entries "
    "BEGIN SELECT RAISE(ABORT, 'entries of a ledger are never changed'); END"
    for verb in ("UPDATE", "DELETE")
]
POSTGRES_GUARDS = [
    "CREATE OR REPLACE FUNCTION zonegis_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'entries of a ledger are never changed'; END $$",
    "CREATE TRIGGER zonegis_entries_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON zonegis_entries "
    "FOR EACH STATEMENT EXECUTE FUNCTION zonegis_refuse()",
]


def connect(address: str) -> Engine:
    """Return an engine for a file of SQLite or an address such as ``postgresql+psycopg://…``.

    Every transaction is serialisable. On SQLite one that writes takes the write lock at its beginning, and one
    that reads sees a snapshot and takes no lock: the file keeps a write-ahead log, so that neither waits for the
    other. PostgreSQL is asked for ``SERIALIZABLE``.

    Durability: ``synchronous = EXTRA``. With a write-ahead log that is one ``fsync`` of the log at each commit (the
    same as ``FULL``), so that what was acknowledged outlives a crash and a power cut; where the log can't be had and
    SQLite stays with a rollback journal, the folder is synced as well when the journal goes. A log needs memory that
    processes share: keep the file on a local disk, and take PostgreSQL for many machines.

    Raises
    ------
    InputError
        If the address is of another database, or its driver is not installed.
    """
    parsed = read_address(address)
    if parsed.get_backend_name() == "postgresql":
        try:
            # A connection that the server dropped is noticed before it is used.
            return sa.create_engine(
                parsed.set(drivername="postgresql+psycopg"), isolation_level="SERIALIZABLE", pool_pre_ping=True
            )
        except ImportError:
            raise InputError("ledger_driver") from None
    sealed = _sealed(parsed.database or "")
    if sealed:
        engine = sa.create_engine(
            parsed, creator=lambda: sqlite3.connect(sealed, uri=True, check_same_thread=False, timeout=WAIT_S)
        )
    else:
        engine = sa.create_engine(parsed, connect_args={"timeout": WAIT_S})
    sa.event.listen(engine, "connect", _on_connect)
    sa.event.listen(engine, "begin", _on_begin)
    return engine


def _sealed(path: str) -> str:
    """Return how a closed ledger is opened where nothing can be written, such as a copy for an auditor; else nothing.

    A write-ahead log wants a file beside the ledger even to be read; a file without a log, in a folder that can't be
    written, does not change under who reads it.
    """
    file = Path(path)
    if not path or not file.is_file() or os.access(file.parent, os.W_OK) or Path(f"{path}-wal").exists():
        return ""
    return f"{file.resolve().as_uri()}?mode=ro&immutable=1"


def _on_connect(connection: Any, _record: Any) -> None:
    # The driver's own way of beginning would let two readers both think that they may write.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = EXTRA")
    # On macOS an fsync alone does not reach the disk; elsewhere these change nothing.
    cursor.execute("PRAGMA fullfsync = ON")
    cursor.execute("PRAGMA checkpoint_fullfsync = ON")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def make_tables(connection: Connection) -> None:
    """Create the tables with what keeps entries from being changed."""
    metadata.create_all(connection)
    guards = SQLITE_GUARDS if connection.dialect.name == "sqlite" else POSTGRES_GUARDS
    for statement in guards:
        connection.exec_driver_sql(statement)
