"""Ledgers in a file of SQLite and in a real PostgreSQL server, which the tests start for themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from gis.ledgers import create_ledger


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders and (folders[-1] / "initdb").exists() else None


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory):
    """Return what an address begins with, of a server on a socket of its own that is stopped and removed at the end."""
    binaries = _binaries()
    if binaries is None:
        message = "no PostgreSQL server found: as root `apt-get install postgresql`"
        if os.environ.get("CI") == "true":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    # The server refuses root, and a socket's path may have 107 letters.
    folder = Path("/tmp") / f"zonegis-pg-{uuid.uuid4().hex[:8]}"
    folder.mkdir(mode=0o755)
    user = {"user": "postgres"} if os.geteuid() == 0 else {}
    if user:
        shutil.chown(folder, "postgres")
    data = folder / "data"

    def run(*command):
        # The server outlives pg_ctl and would keep a pipe open.
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **user)

    run(binaries / "initdb", "-D", data, "-U", "zonegis", "-A", "trust", "-E", "UTF8", "--locale", "C")
    options = f"-k {folder} -c listen_addresses='' -c fsync=on -c max_connections=50"
    control = [binaries / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w"]
    run(*control, "start")
    yield f"postgresql://zonegis@/{{database}}?host={folder}"
    run(*control, "-m", "immediate", "stop")
    shutil.rmtree(folder)


def _new_database(server: str) -> str:
    name = f"z{uuid.uuid4().hex}"
    address = server.format(database="postgres").replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.format(database=name)


@pytest.fixture
def postgres_address(postgres_server):
    """Return the address of a new database of the server, without a ledger."""
    return _new_database(postgres_server)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """Return the address of a ledger that is not there yet, on each database."""
    if request.param == "sqlite":
        return str(tmp_path / "quotas.db")
    return _new_database(request.getfixturevalue("postgres_server"))


@pytest.fixture
def ledger(address):
    with create_ledger(address) as made:
        yield made
