"""Ledgers made and opened: the path of a file of SQLite, or the address of a PostgreSQL database."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gis.errors import GisError, InputError, OutputError
from gis.gate import require_file, require_sqlite
from gis.ledgers.addresses import read_address, shown_address
from gis.ledgers.chain import GENESIS
from gis.ledgers.ledger import Ledger
from gis.ledgers.tables import FORMAT, WRITES, connect, head, make_tables
from gis.ledgers.transactions import unreachable

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

__all__ = ["create_ledger", "open_ledger"]


def create_ledger(address: str) -> Ledger:
    """Make an empty ledger: the path of a file, or the address of a PostgreSQL database.

    Raises
    ------
    OutputError
        If there is a ledger already: nothing is overwritten.
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
    engine = connect(address)
    if engine.dialect.name == "sqlite" and engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
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
    if engine.dialect.name == "sqlite":
        _sync_folder(Path(engine.url.database or "").resolve().parent)
    return Ledger(engine)


def _sync_folder(folder: Path) -> None:
    """Have the name of a new file on the disk, too; SQLite does so for its logs, not for the file itself."""
    with contextlib.suppress(OSError):  # a folder can't be opened on every system
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def open_ledger(address: str) -> Ledger:
    """Open a ledger that is there.

    Raises
    ------
    InputError
        If there is none, or it is of another version.
    """
    url = read_address(address)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise InputError("ledger_missing", address=shown_address(url))
    if url.get_backend_name() == "sqlite":
        require_sqlite(require_file(url.database or ""))
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
    except GisError:
        engine.dispose()
        raise
