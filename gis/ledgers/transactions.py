"""How a ledger's transactions run: again where another came first, and with errors that people can read."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa

from gis.errors import InputError, QuotaError
from gis.ledgers.addresses import SECRETS, shown_address
from gis.ledgers.tables import WRITES

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

__all__ = ["damaged", "faults_of_file", "in_transaction", "require_whole_file", "unreachable"]

Result = TypeVar("Result")
#: Another transaction came first: so often one is tried again, each time a little later.
TRIES = 200
PAUSE_S = 0.005
MOST_PAUSES = 20
#: What PostgreSQL says of two transactions that can't both be.
AGAIN = {"40001", "40P01"}
#: What SQLite says when it waited as long as it was told to.
BUSY = re.compile(r"database (table )?is locked")


def in_transaction(
    engine: Engine, work: Callable[[Connection], Result], *, writes: bool = False, wrapped: bool = True
) -> Result:  # fmt: skip
    """Return what ``work`` gives in one serialisable transaction; where another came first, all of it again.

    Parameters
    ----------
    writes
        Whether it may write. What only reads sees one snapshot, and keeps nobody from writing.
    wrapped
        Whether errors of the database become those of the toolkit.

    Raises
    ------
    QuotaError
        If the ledger was busy all the time.
    InputError
        If the database can't be used, without its password.
    """
    for attempt in range(TRIES):
        try:
            with engine.connect() as connection:
                options = {WRITES: writes}
                if connection.dialect.name == "postgresql":
                    options["postgresql_readonly"] = not writes
                connection.execution_options(**options)
                with connection.begin():
                    return work(connection)
        except sa.exc.DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in AGAIN:
                if not wrapped:
                    raise
                raise unreachable(engine, error) from None
            time.sleep(PAUSE_S * min(attempt + 1, MOST_PAUSES))
        except sa.exc.SQLAlchemyError as error:
            if not wrapped:
                raise
            raise unreachable(engine, error) from None
        except UnicodeDecodeError as error:
            raise damaged(engine, error) from None
        except (OverflowError, UnicodeEncodeError) as error:  # what no column of a database can hold
            raise InputError("ledger_value", address=shown_address(engine.url), reason=str(error)) from None
    raise QuotaError("quota_busy", tries=TRIES)


def faults_of_file(connection: Connection) -> list[str]:
    """Return where the tables of a file and their indexes differ, or a page is none of theirs.

    SQLite reads numbers of entries from the index of the key, so that a cell of the table could say anything. On
    PostgreSQL, where rows are read from the table and not from an index alone, nothing of that kind is to be seen.
    """
    if connection.dialect.name != "sqlite":
        return []
    said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    return [str(line) for line in said if line != "ok"]


def require_whole_file(engine: Engine) -> None:
    """Refuse a ledger whose file is damaged: a page in the place of another gives other balances without a word.

    Raises
    ------
    InputError
        With the first fault that SQLite found.
    """
    faults = in_transaction(engine, faults_of_file)
    if faults:
        raise InputError("ledger_file_damaged", address=shown_address(engine.url), count=len(faults), fault=faults[0])


def damaged(engine: Engine, error: UnicodeDecodeError) -> InputError:
    """Return the error that says of a file that its own text is none: SQLite quotes it in what it complains of."""
    return InputError("ledger_damaged", address=shown_address(engine.url), reason=str(error))


def unreachable(engine: Engine, error: sa.exc.SQLAlchemyError) -> InputError | QuotaError:
    """Return the error of the toolkit that says what a database said, without a password."""
    reason = str(error.orig if isinstance(error, sa.exc.DBAPIError) else error).strip()
    if BUSY.search(reason):
        return QuotaError("quota_busy", tries=1)
    secrets = [engine.url.password, *(engine.url.query.get(name) for name in SECRETS)]
    for secret in secrets:
        if secret:
            reason = reason.replace(str(secret), "***")
    return InputError("ledger_unreachable", address=shown_address(engine.url), reason=reason)
