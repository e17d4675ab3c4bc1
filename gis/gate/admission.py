"""Admission: one function that every opening of an input file goes through."""

from __future__ import annotations

import dataclasses
import functools
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gis.errors import InputError
from gis.gate.archives import XLSX_SUFFIXES, check_workbook
from gis.gate.files import State, data_files, require_file, require_single_names, require_size, states_of
from gis.gate.json_files import GEOJSON_SUFFIXES, check_geojson
from gis.gate.limits import Limits
from gis.gate.parquet_files import PARQUET_SUFFIXES, check_parquet
from gis.gate.sqlite_files import Layers, check_geopackage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["InputFile", "admit"]

DEFAULT: Final = Limits()
TEXT_SUFFIXES: Final = frozenset({".csv", ".tsv", ".txt"})
#: GDAL's driver by suffix; the others are read without it.
DRIVERS: Final[Mapping[str, str]] = {
    ".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".gdb": "OpenFileGDB", ".geojson": "GeoJSON", ".json": "GeoJSON",
}  # fmt: skip
#: Letters at which GDAL's bindings cut a path, so that they would open another file.
CUTTING: Final = "!;"
#: Beginnings of binary files, which a text table never has.
BINARY: Final = {b"SQLite format 3\0": "SQLite", b"PK\3\4": "ZIP", b"PAR1": "Parquet", b"%PDF": "PDF"}
MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
BLOCK_BYTES: Final = 1 << 22
#: A file that changed so shortly ago may change again under the same time stamp: its check is not remembered.
SETTLED_NS: Final = 1_000_000_000


@dataclasses.dataclass(frozen=True)
class InputFile:
    """A data set that was checked.

    Attributes
    ----------
    path
        Absolute; libraries get this one.
    driver
        The one driver of GDAL that may open it, or "".
    layers
        Of a GeoPackage; None for formats whose layers GDAL lists.
    rows, deleted
        Rows by the format's own count where it has one, and those among them that are marked as deleted.
    """

    path: Path
    driver: str
    layers: Layers | None = None
    rows: int | None = None
    deleted: int = 0


def admit(path: Path | str, *, layer: str | None = None, limits: Limits | None = None) -> InputFile:
    """Check what a file holds by its bytes, before a library opens it.

    Parameters
    ----------
    path
        A vector file, CSV or XLSX.
    layer
        The layer that the user names, if any.
    limits
        By default `Limits()`.

    Raises
    ------
    InputError
        If it is absent, no plain file, of another content than its suffix says, damaged, beyond a limit, or would
        make a library read from elsewhere.
    """
    whole = require_file(path)
    require_single_names(whole)
    limits = limits or DEFAULT
    states = states_of(whole)
    if time.time_ns() - max(ctime for *_, ctime, _ in states) < SETTLED_NS:
        return _admitted(whole, layer, limits)
    return _remembered(whole, states, layer, limits)


@functools.lru_cache(maxsize=64)
def _remembered(path: Path, _states: tuple[State, ...], layer: str | None, limits: Limits) -> InputFile:
    return _admitted(path, layer, limits)


def _admitted(path: Path, layer: str | None, limits: Limits) -> InputFile:
    require_size(path, limits)
    suffix = path.suffix.lower()
    file = InputFile(path, DRIVERS.get(suffix, ""))
    if file.driver and any(letter in str(path) for letter in CUTTING):
        raise InputError("path_cut", path=path, letters=" ".join(CUTTING))
    try:
        if suffix == ".gpkg":
            return dataclasses.replace(file, layers=check_geopackage(path, data_files(path), limits, layer))
        if suffix == ".shp":
            from gis.gate.shapefiles import check_shapefile  # it takes arrays, which a ledger does without

            rows, deleted = check_shapefile(data_files(path), limits)
            return dataclasses.replace(file, rows=rows, deleted=deleted)
        if suffix in COUNTING:
            return dataclasses.replace(file, rows=COUNTING[suffix](path, limits))
        if suffix in CHECKS:
            CHECKS[suffix](path, limits)
    except InputError:
        raise
    except OSError as error:
        raise InputError("file_unreadable", path=path, why=error.strerror or str(error)) from None
    return file


def _check_text(path: Path, _: Limits) -> None:
    """Refuse what is no text: NUL bytes (but in UTF-16, which a mark at the start tells), or another format."""
    with path.open("rb") as file:
        block = file.read(BLOCK_BYTES)
        found = next((name for start, name in BINARY.items() if block.startswith(start)), "")
        marked = block.startswith(MARKS)
        while block and not found and not marked:
            found = "NUL" if b"\0" in block else ""
            block = file.read(BLOCK_BYTES)
    if found:
        raise InputError("content_not_suffix", path=path, format=path.suffix.lstrip(".").upper(), found=found)


def _check_geodatabase(path: Path, _: Limits) -> None:
    """Refuse a folder that is no file geodatabase: its catalogue and the index of it have to be there."""
    if not path.is_dir():
        raise InputError("content_not_suffix", path=path, format="File Geodatabase", found="a file, no folder")
    files = data_files(path)
    missing = [name for name in ("a00000001.gdbtable", "a00000001.gdbtablx") if name not in files]
    if missing:
        found = f"a folder without {', '.join(missing)}"
        raise InputError("content_not_suffix", path=path, format="File Geodatabase", found=found)
    for name, file in files.items():
        if name.endswith(".gdbtable"):
            with file.open("rb") as stream:
                head = stream.read(GDB_HEAD)
            if head[:4] not in {b"\3\0\0\0", b"\4\0\0\0"}:
                why = f"begins with {head[:4].hex()}"
                raise InputError("file_corrupt", path=file, format="File Geodatabase", why=why)
            _require_whole(file, int.from_bytes(head[24:32], "little"))
        elif name.endswith(".gdbtablx"):
            with file.open("rb") as stream:
                head = stream.read(16)
            blocks, width = (int.from_bytes(head[place : place + 4], "little") for place in (4, 12))
            _require_whole(file, 16 + 1024 * blocks * width)


def _require_whole(file: Path, bytes_count: int) -> None:
    """Refuse a file of a geodatabase that is shorter than its own head says: its last rows would be lost."""
    found = file.stat().st_size
    if found < bytes_count:
        why = f"its head says {bytes_count:,} bytes, it has {found:,}: it was cut short"
        raise InputError("file_corrupt", path=file, format="File Geodatabase", why=why)


#: The head of a table: mark, rows, largest row, version, nothing, bytes of the file, place of the fields.
GDB_HEAD: Final = 40
COUNTING: Final[Mapping[str, Callable[[Path, Limits], int]]] = {
    **dict.fromkeys(GEOJSON_SUFFIXES, check_geojson),
    **dict.fromkeys(PARQUET_SUFFIXES, check_parquet),
}
CHECKS: Final[Mapping[str, Callable[[Path, Limits], None]]] = {
    **dict.fromkeys(XLSX_SUFFIXES, check_workbook),
    **dict.fromkeys(TEXT_SUFFIXES, _check_text),
    ".gdb": _check_geodatabase,
}
