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
from gis.gate.shapefiles import check_shapefile
from gis.gate.sqlite_files import Layers, check_geopackage

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["InputFile", "admit"]

DEFAULT: Final = Limits()
TEXT_SUFFIXES: Final = frozenset({".csv", ".tsv", ".txt"})
#: GDAL's driver by suffix; the others are read without it.
DRIVERS: Final[Mapping[str, str]] = {
    ".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".gdb": "OpenFileGDB", ".geojson": "GeoJSON", ".json": "GeoJSON",
}  # fmt: skip
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
    driver = DRIVERS.get(suffix, "")
    try:
        if suffix == ".gpkg":
            return InputFile(path, driver, check_geopackage(path, data_files(path), limits, layer))
        if suffix == ".shp":
            rows, deleted = check_shapefile(data_files(path), limits)
            return InputFile(path, driver, rows=rows, deleted=deleted)
        if suffix in GEOJSON_SUFFIXES:
            return InputFile(path, driver, rows=check_geojson(path, limits))
        if suffix in PARQUET_SUFFIXES:
            return InputFile(path, driver, rows=check_parquet(path, limits))
        if suffix in XLSX_SUFFIXES:
            check_workbook(path, limits)
        elif suffix in TEXT_SUFFIXES:
            _check_text(path)
        elif suffix == ".gdb":
            _check_geodatabase(path)
    except OSError as error:
        if isinstance(error, InputError):
            raise
        raise InputError("file_unreadable", path=path, why=error.strerror or str(error)) from None
    return InputFile(path, driver)


def _check_text(path: Path) -> None:
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


def _check_geodatabase(path: Path) -> None:
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
                head = stream.read(4)
            if head not in {b"\3\0\0\0", b"\4\0\0\0"}:
                raise InputError("file_corrupt", path=file, format="File Geodatabase", why=f"begins with {head.hex()}")
