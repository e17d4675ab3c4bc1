"""Ledgers made and opened: the path of a file of SQLite, or the address of a PostgreSQL database."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gis.errors import GisError, InputError, OutputError, PlaceError
from gis.gate import require_file, require_sqlite
from gis.gate.sqlite_files import MAGIC
from gis.ledgers.addresses import ledger_files, read_address, shown_address
from gis.ledgers.chain import GENESIS
from gis.ledgers.ledger import Ledger
from gis.ledgers.tables import FORMAT, WRITES, connect, head, make_tables
from gis.ledgers.transactions import damaged, unreachable
from gis.writing import atomic_file, free_name, require_place

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

__all__ = ["create_ledger", "open_ledger"]


def create_ledger(address: str) -> Ledger:
    """Make an empty ledger: the path of a file, or the address of a PostgreSQL database.

    Raises
    ------
    OutputError
        If there is a ledger already: nothing is overwritten.
    PlaceError
        If there is any other file.
    InputError
        If the address can't be used.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, create_ledger(f"{folder}/quotas.db") as ledger:
    ...     ledger.issue("energy_equal_value", 2026, "100000", account="district:310115", as_of="2026-01-05")
    ...     booked = ledger.reserve("energy_equal_value", 2026, "60000", holder="district:310115", project="P1",
    ...                             as_of="2026-02-01", expires="2026-08-01")
    ...     ledger.balance()[["account", "quantity"]].values.tolist()
    [['district:310115', Decimal('40000.000')], ['reserved:R00000002-1', Decimal('60000.000')]]
    """
    files = ledger_files(address)
    if not files:
        return Ledger(_filled(connect(address)))
    (path,) = files
    require_place(path, is_folder=False)
    if path.is_file() and path.stat().st_size:
        if _has_ledger(path):
            raise OutputError("ledger_exists", address=str(path))
        raise PlaceError("output_not_own", path=path, free=free_name(path))
    with atomic_file(path) as temporary:
        _filled(connect(str(temporary))).dispose()
    return Ledger(connect(address))


def _filled(engine: Engine) -> Engine:
    """Make the tables of a ledger in a database."""
    with _reachable(engine), engine.connect() as raw:
        if engine.dialect.name == "sqlite":
            # It is kept in the file: readers then see a snapshot while another process writes.
            raw.connection.driver_connection.execute("PRAGMA journal_mode = WAL")  # type: ignore[union-attr]
    with _reachable(engine), engine.execution_options(**{WRITES: True}).begin() as connection:
        if sa.inspect(connection).has_table(head.name):
            raise OutputError("ledger_exists", address=shown_address(engine.url))
        make_tables(connection)
        connection.execute(
            head.insert().values(id=1, format=FORMAT, entries_count=0, postings_count=0, hash=GENESIS, last_day="")
        )
    return engine


def _has_ledger(path: Path) -> bool:
    """Tell whether a file of SQLite holds the tables of a ledger, without writing to it or beside it.

    A file that another process is just writing may look broken for once: it is then taken for a ledger, so that
    it is opened in the ordinary way, which says what is wrong with it.
    """
    opened = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return opened.execute(query, (head.name,)).fetchone() is not None
    except sqlite3.DatabaseError as error:
        return "not a database" not in str(error)
    except UnicodeDecodeError:  # SQLite quotes a damaged name in what it complains of
        return True
    finally:
        opened.close()


def open_ledger(address: str) -> Ledger:
    """Open a ledger that is there.

    Raises
    ------
    InputError
        If there is none, or it is of another version.
    """
    url = read_address(address)
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        if not path.is_file():
            raise InputError("ledger_missing", address=shown_address(url))
        with path.open("rb") as stream:
            is_database = stream.read(len(MAGIC)) == MAGIC
        if is_database:
            require_sqlite(require_file(path))
        # Opened to be written, a database of others might be changed: its log would be taken into it.
        if is_database and not _has_ledger(path):
            raise InputError("ledger_missing", address=shown_address(url))
    engine = connect(address)
    with _reachable(engine), engine.connect() as connection:
        if not sa.inspect(connection).has_table(head.name):
            raise InputError("ledger_missing", address=shown_address(engine.url))
        found = connection.execute(sa.select(head.c.format)).scalar()
        if found != FORMAT:
            raise InputError("ledger_format", address=shown_address(engine.url), found=found, expected=FORMAT)
    return Ledger(engine)


@contextlib.contextmanager
def _reachable(engine: Engine) -> Iterator[None]:
    """Let go of the database where it can't be used, and say so without its password."""
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        engine.dispose()
        raise unreachable(engine, error) from None
    except UnicodeDecodeError as error:
        engine.dispose()
        raise damaged(engine, error) from None
    except GisError:
        engine.dispose()
        raise
