"""Where a ledger is: a file or the address of a database, shown without its password."""

from __future__ import annotations

import os
import re
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from gis.errors import InputError

__all__ = ["ledger_files", "located_address", "read_address", "shown_address"]

#: What a file system takes, in all and of one name; NUL and half a character are in no path.
MOST_CHARACTERS, MOST_PART = 4000, 255
UNFIT = re.compile("[\0\ud800-\udfff]")
HIDDEN = "hidden"
#: What else than the user part of an address may tell a secret, in the words of libpq.
SECRETS = {"password", "passfile", "sslkey", "sslpassword"}


#: What looks like an address that lost a letter or its beginning, or like libpq's own way of writing one.
NO_FILE = re.compile(
    r"^postgres[\w+]*:|^[^/\\:@]*:(?![\\/]).*@[^/\\@]+|\bpass(word|file)\s*=|\b(host|dbname|user)\s*=", re.IGNORECASE
)
#: One ``@`` at most before the host, and none behind it but in the values of a query. Another one stands in a name or
#: password and has to be written %40: what would be taken for the host is else a piece of the password.
ONE_HOST = re.compile(r"[\w+]*://[^@]*@?[^@?]*(\?[^@=]*=.*)?", re.DOTALL)


def read_address(address: str) -> URL:
    """Return the address of a database; what has no ``://`` is the path of a file of SQLite.

    Raises
    ------
    InputError
        If it is no address, or of another database.
    """
    if len(address) > MOST_CHARACTERS or UNFIT.search(address):
        raise InputError("ledger_address", address="…", reason=f"{len(address)} characters")
    if "://" not in address:
        if any(len(os.fsencode(part)) > MOST_PART for part in Path(address).parts):
            raise InputError("ledger_address", address="…", reason=f"a name of more than {MOST_PART} bytes")
        if NO_FILE.search(address):
            # It may hold a password, so nothing of it is shown.
            raise InputError("ledger_address", address="…", reason="form")
        return URL.create("sqlite", database=address)
    try:
        if not ONE_HOST.fullmatch(address):
            raise ValueError(address)
        url = make_url(address)
        backend = url.get_backend_name()
    except (ArgumentError, ValueError):
        # What can't be read can't be told from a password: only what stands after it is shown.
        raise InputError("ledger_address", address=f"…@{address.rpartition('@')[2]}", reason="form") from None
    if backend not in {"sqlite", "postgresql"}:
        raise InputError("ledger_address", address=shown_address(url), reason=backend)
    return url


def located_address(address: str, folder: Path) -> str:
    """Return an address whose file, if it is one, is taken from a folder.

    Examples
    --------
    >>> located_address("quotas.db", Path("zone")), located_address("postgresql://bureau@db/quotas", Path("zone"))
    ('zone/quotas.db', 'postgresql://bureau@db/quotas')
    """
    is_file = "://" not in address and not NO_FILE.search(address)
    return (folder / address).as_posix() if is_file else address


def shown_address(url: URL) -> str:
    """Return an address for people to read; of a file its path.

    Examples
    --------
    >>> shown_address(read_address("postgresql://bureau:secret@db/quotas?password=secret"))
    'postgresql://bureau:***@db/quotas?password=hidden'
    """
    if url.get_backend_name() == "sqlite":
        return url.database or ""
    secret = [name for name in url.query if name.lower() in SECRETS]
    return url.update_query_dict(dict.fromkeys(secret, HIDDEN)).render_as_string(hide_password=True)


def ledger_files(address: str) -> list[Path]:
    """Return the file of a ledger, for a list of what is read; none for a database on a server.

    Examples
    --------
    >>> [path.name for path in ledger_files("zone/quotas.db")], ledger_files("postgresql://bureau@db/quotas")
    (['quotas.db'], [])
    """
    url = read_address(address)
    return [Path(url.database)] if url.get_backend_name() == "sqlite" and url.database else []
