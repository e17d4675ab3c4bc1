"""SQLite files: sound pages, no unmerged log, and only layers that the file itself holds."""

from __future__ import annotations

import dataclasses
import re
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gis.errors import InputError

if TYPE_CHECKING:
    from gis.gate.limits import Limits

__all__ = ["Layers", "check_geopackage", "require_sqlite"]

MAGIC: Final = b"SQLite format 3\0"
APPLICATION_IDS: Final = frozenset({b"GPKG", b"GP10", b"GP11"})
WAL_HEADER_BYTES: Final = 32
DATA_TYPES: Final = ("features", "attributes", "aspatial")
#: Tables in a GeoPackage that hold how layers look, not data.
STYLES: Final = frozenset({"layer_styles", "qgis_projects"})
#: Modules of virtual tables that live in the file itself; any other reads from elsewhere.
OWN_MODULES: Final = frozenset({"rtree", "rtree_i32", "fts3", "fts4", "fts5", "geopoly"})
MODULE: Final = re.compile(r"USING\s+[\"'`\[]?(\w+)", re.IGNORECASE)
SYSTEM: Final = re.compile(r"^(gpkg_|rtree_|sqlite_|ogr_|fts\d?_|data_licenses)", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Layers:
    """The layers of a GeoPackage that may be read, in its order, and its views (triggers run on writing only)."""

    names: tuple[str, ...]
    views: tuple[str, ...] = ()


def require_sqlite(path: Path, *, form: str = "SQLite") -> None:
    """Refuse a file that is no SQLite, cut short, or whose last write was not finished.

    Raises
    ------
    InputError
        Naming the file and what it is.
    """
    try:
        with path.open("rb") as file:
            head = file.read(100)
            size = path.stat().st_size
    except OSError as error:
        raise InputError("file_unreadable", path=path, why=error.strerror or str(error)) from None
    if len(head) < 100 or not head.startswith(MAGIC):
        found = head[:16].decode("ascii", errors="replace").encode("ascii", "backslashreplace").decode()
        raise InputError("content_not_suffix", path=path, format=form, found=found)
    page = struct.unpack(">H", head[16:18])[0]
    page = 65536 if page == 1 else page
    pages, changed, valid_for = (struct.unpack(">I", head[at : at + 4])[0] for at in (28, 24, 92))
    if page < 512 or page & (page - 1) or (changed == valid_for and pages * page > size):
        raise InputError("file_corrupt", path=path, format=form, why=f"{pages} pages of {page} bytes in {size} bytes")


def check_geopackage(path: Path, parts: dict[str, Path], limits: Limits, layer: str | None) -> Layers:
    """Return the layers of a sound GeoPackage.

    Parameters
    ----------
    path, parts
        The file, and all its files by what follows the name.
    limits
        See `gis.gate.Limits`.
    layer
        The layer that the user names: a view is followed only if it is this one.

    Raises
    ------
    InputError
        If it is none, a page is damaged, changes wait in a log beside it, its contents do not agree, or a
        layer would read from elsewhere.
    """
    require_sqlite(path, form="GeoPackage")
    _require_merged(path, parts)
    with path.open("rb") as file:
        mark = file.read(72)[68:72]
    if mark not in APPLICATION_IDS:
        found = f"SQLite, application_id {mark.hex()}"
        raise InputError("content_not_suffix", path=path, format="GeoPackage", found=found)
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            database.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA ignore_check_constraints = ON")  # they may call functions of another program
            return _checked(database, path, limits, layer)
    except sqlite3.Error as error:
        raise InputError("file_corrupt", path=path, format="GeoPackage", why=str(error)) from None


def _require_merged(path: Path, parts: dict[str, Path]) -> None:
    """Refuse changes that another program has not yet put into the file."""
    log, journal = parts.get(".gpkg-wal"), parts.get(".gpkg-journal")
    if log is not None and log.stat().st_size > WAL_HEADER_BYTES:
        raise InputError("gpkg_unmerged", path=path, beside=log.name)
    if journal is not None:
        with journal.open("rb") as file:
            if file.read(8).strip(b"\0"):
                raise InputError("gpkg_unmerged", path=path, beside=journal.name)


def _checked(database: sqlite3.Connection, path: Path, limits: Limits, layer: str | None) -> Layers:
    faults = [str(row[0]) for row in database.execute("PRAGMA quick_check(3)")]
    if faults != ["ok"]:
        raise InputError("gpkg_damaged", path=path, why=" | ".join(faults).replace("\n", " ")[:300])
    known = {
        str(name): (str(kind), str(sql or ""))
        for kind, name, sql in database.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid"
        )
    }
    _require_own_tables(known, path)
    contents = _contents(database, known, path)
    views = tuple(name for name, (kind, _) in known.items() if kind == "view")
    names = [name for name, kind in contents.items() if kind in DATA_TYPES and name not in STYLES]
    unlisted = [name for name in known if name not in contents and not SYSTEM.match(name) and name not in STYLES]
    names += [name for name in unlisted if name == layer or not names]
    if layer in views:
        _require_own_view(database, layer, path)
        return Layers((layer,), views)
    tables = tuple(name for name in names if name not in views)
    if names and not tables:
        raise InputError("gpkg_view_only", path=path, views=[name for name in names if name in views])
    for name in tables:
        limits.require("columns", len(database.execute(f"PRAGMA table_info({_quoted(name)})").fetchall()), path=path)
        counted = database.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()  # noqa: S608 - quoted
        limits.require("rows", counted[0], path=path)
    return Layers(tables, views)


def _require_own_tables(known: dict[str, tuple[str, str]], path: Path) -> None:
    """Refuse virtual tables whose module reads from elsewhere."""
    foreign = []
    for name, (_, sql) in known.items():
        if sql[:40].upper().split()[:2] == ["CREATE", "VIRTUAL"]:
            module = MODULE.search(sql)
            if module is None or module[1].lower() not in OWN_MODULES:
                foreign.append(f"{name} ({module[1] if module else '?'})")
    if foreign:
        raise InputError("gpkg_reads_elsewhere", path=path, names=foreign)


def _contents(database: sqlite3.Connection, known: dict[str, tuple[str, str]], path: Path) -> dict[str, str]:
    """Return table → kind of data as ``gpkg_contents`` lists them; what it lists has to be there."""
    needed = [name for name in ("gpkg_contents", "gpkg_spatial_ref_sys") if name not in known]
    if needed:
        raise InputError("gpkg_contents_wrong", path=path, why=f"no table {', '.join(needed)}")
    contents = {str(row[0]): str(row[1]) for row in database.execute("SELECT table_name, data_type FROM gpkg_contents")}
    data = {name for name, kind in contents.items() if kind in DATA_TYPES}
    absent = sorted(data - known.keys())
    if absent:
        raise InputError("gpkg_contents_wrong", path=path, why=f"listed, but not there: {', '.join(absent)}")
    shapes = {name for name, kind in contents.items() if kind == "features"}
    if not shapes:
        return contents
    if "gpkg_geometry_columns" not in known:
        raise InputError("gpkg_contents_wrong", path=path, why="no table gpkg_geometry_columns")
    systems = {row[0] for row in database.execute("SELECT srs_id FROM gpkg_spatial_ref_sys")}
    columns: dict[str, list[Any]] = {}
    for name, column, system in database.execute("SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns"):
        columns.setdefault(str(name), []).append((str(column), system))
    for name in sorted(shapes):
        there = {str(row[1]).lower() for row in database.execute(f"PRAGMA table_info({_quoted(name)})")}
        stated = columns.get(name, [])
        if len(stated) != 1 or stated[0][0].lower() not in there or stated[0][1] not in systems:
            why = f"layer {name} has no single column of shapes with a system that the file describes"
            raise InputError("gpkg_contents_wrong", path=path, why=why)
    return contents


def _require_own_view(database: sqlite3.Connection, view: str, path: Path) -> None:
    """Refuse a view that calls what plain SQLite has not: functions of GDAL can reach files and addresses."""
    allowed = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}

    def permit(action: int, _first: str | None, second: str | None, *_: Any) -> int:
        outside = second is not None and second.lower() in {"load_extension", "readfile", "writefile", "edit"}
        return sqlite3.SQLITE_OK if action in allowed and not outside else sqlite3.SQLITE_DENY

    database.set_authorizer(permit)
    try:
        query = f"EXPLAIN SELECT * FROM {_quoted(view)}"  # noqa: S608 - the name is quoted
        database.execute(query).close()
    except sqlite3.Error as error:
        raise InputError("gpkg_view_refused", path=path, layer=view, why=str(error)) from None
    finally:
        database.set_authorizer(None)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
