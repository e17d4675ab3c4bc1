"""How many rows a file says that it holds: by the format's own count, whatever the reading library makes of it.

A library may lose rows without a word: of a GeoPackage with a damaged page, of a shapefile whose DBF was cut short.
So the count comes from elsewhere: SQLite's own, the sizes of .shx and .dbf, the footer of a Parquet file, the features
of a GeoJSON one by one, the records of a CSV, the rows of a sheet. A file geodatabase has none that can be asked.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
import sqlite3
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from gis.errors import InputError
from gis.readers.attributes import LONGEST_CELL, separator_of
from gis.readers.dbf import dbf_beside
from gis.readers.encodings import csv_encoding
from gis.readers.vector_files import GEOJSON_SUFFIXES, PARQUET_SUFFIXES, choose_layer, layer_names, remarks_of_gdal

__all__ = ["FileRows", "count_rows"]

SHX_HEADER_BYTES: Final = 100
SHX_RECORD_BYTES: Final = 8
DELETED: Final = ord("*")
BLANK: Final = re.compile(r"[ \t\r\n]*")
GEOMETRIES: Final = frozenset({
    "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection",
})  # fmt: skip


@dataclasses.dataclass(frozen=True)
class FileRows:
    """The rows of one layer by its file's own count.

    Attributes
    ----------
    count
        How many there are; None where the format has no count of its own.
    counted_by
        What was counted, such as ``.shx 60, .dbf 60``; "" where nothing was.
    left_out
        Reason → rows that no reader takes for rows: ``deleted`` in a DBF, ``empty`` in a CSV.
    """

    count: int | None
    counted_by: str = ""
    left_out: Mapping[str, int] = dataclasses.field(default_factory=dict)


def count_rows(path: Path | str, *, layer: str | None = None, encoding: str | None = None) -> FileRows:
    r"""Count the rows of a file by its format.

    Parameters
    ----------
    path
        A vector file, CSV or XLSX that can be read.
    layer
        Layer or sheet, where the file has several.
    encoding
        Declared encoding of a CSV.

    Raises
    ------
    InputError
        If the file contradicts its own format so that nothing can be counted.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     place = Path(folder) / "t.csv"
    ...     _ = place.write_text("id,name\n1,a\n\n2,b\n", "utf-8")
    ...     count_rows(place)
    FileRows(count=3, counted_by='CSV', left_out={'empty': 1})
    """
    path = Path(path)
    suffix = path.suffix.lower()
    counts: dict[str, Callable[[], FileRows]] = {
        ".gpkg": lambda: _of_geopackage(path, choose_layer(path, layer_names(path), layer)),
        ".shp": lambda: _of_shapefile(path),
        ".xlsx": lambda: _of_sheet(path, layer),
        ".gdb": lambda: FileRows(None),
        **dict.fromkeys(PARQUET_SUFFIXES, lambda: _of_parquet(path)),
        **dict.fromkeys(GEOJSON_SUFFIXES, lambda: _of_geojson(path)),
    }
    try:
        return counts.get(suffix, lambda: _of_csv(path, csv_encoding(path, declared=encoding).encoding))()
    except OSError as error:
        raise InputError("file_unreadable", path=path, why=error.strerror or str(error)) from None
    except (ValueError, sqlite3.Error, struct.error, csv.Error, RecursionError) as error:
        raise InputError("file_corrupt", path=path, format=suffix, why=str(error)) from None


def _of_geopackage(path: Path, layer: str) -> FileRows:
    # An immutable file takes no lock and leaves no file beside it; not so while a log of changes lies there.
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    database = sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True)
    try:
        quoted = '"' + layer.replace('"', '""') + '"'
        known = database.execute(
            "SELECT count(*) FROM sqlite_master WHERE type IN ('table', 'view') AND lower(name) = lower(?)", (layer,)
        ).fetchone()[0]
        if not known:  # a layer that GDAL has named itself, such as one of two geometry columns
            return FileRows(None)
        count = database.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0]  # noqa: S608 - a quoted name
    finally:
        database.close()
    return FileRows(int(count), "SQLite count(*)")


def _of_shapefile(path: Path) -> FileRows:
    """Count by the .shx and by the .dbf; where they differ the greater is what there should be."""
    shx = next(part for form in (".shx", ".SHX", ".Shx") if (part := path.with_suffix(form)).exists())
    dbf = dbf_beside(path)
    shapes = max(shx.stat().st_size - SHX_HEADER_BYTES, 0) // SHX_RECORD_BYTES
    assert dbf is not None  # noqa: S101 - reading has refused a shapefile without one
    with dbf.open("rb") as stream:
        records, header_bytes, record_bytes = struct.unpack("<IHH", stream.read(12)[4:])
    present = min(records, max(dbf.stat().st_size - header_bytes, 0) // max(record_bytes, 1))
    deleted = 0
    if present:
        rows = np.memmap(dbf, dtype=np.uint8, mode="r", offset=header_bytes, shape=(present, record_bytes))
        deleted = int((rows[:, 0] == DELETED).sum())
    left_out = {"deleted": deleted} if deleted else {}
    return FileRows(max(shapes, records), f".shx {shapes:,}, .dbf {records:,}", left_out)


def _of_parquet(path: Path) -> FileRows:
    import pyarrow.parquet as pq

    return FileRows(int(pq.read_metadata(path).num_rows), "Parquet footer")


def _of_geojson(path: Path) -> FileRows:
    """Take the top level apart member by member and decode the features one at a time."""
    text = path.read_bytes().decode("utf-8-sig")
    # A float holds a number of any length; the values are not used.
    decode = json.JSONDecoder(parse_int=float).raw_decode

    def blank(at: int) -> int:
        match = BLANK.match(text, at)
        return at if match is None else match.end()

    def require(at: int, letters: str) -> str:
        if at >= len(text) or text[at] not in letters:
            raise ValueError(f"not JSON at character {at + 1}")
        return text[at]

    at, kind, features = blank(0), None, None
    require(at, "{")
    at = blank(at + 1)
    while text[at : at + 1] != "}":
        name, at = decode(text, at)
        at = blank(at)
        require(at, ":")
        at = blank(at + 1)
        if name == "features" and text[at : at + 1] == "[":
            features = features or 0
            at = blank(at + 1)
            while text[at : at + 1] != "]":
                _, at = decode(text, at)
                features += 1
                at = blank(at)
                if require(at, ",]") == ",":
                    at = blank(at + 1)
            at += 1
        else:
            value, at = decode(text, at)
            kind = value if name == "type" else kind
        at = blank(at)
        if require(at, ",}") == ",":
            at = blank(at + 1)
    if features is not None:
        return FileRows(features, "GeoJSON features")
    return FileRows(1, "GeoJSON features") if kind in GEOMETRIES | {"Feature"} else FileRows(None)


def _of_csv(path: Path, encoding: str) -> FileRows:
    """Count the records below the header; blank lines between them are left out, those at the end are none."""
    text = path.read_bytes().decode(encoding)
    former = csv.field_size_limit(LONGEST_CELL)
    try:
        lines = csv.reader(
            io.StringIO(text, newline=""), delimiter=separator_of(text.split("\n", 1)[0], path), strict=True
        )
        filled = np.array([bool(record) for record in lines], dtype=bool)
    finally:
        csv.field_size_limit(former)
    places = np.flatnonzero(filled)
    if not len(places):
        return FileRows(0, "CSV")
    count = int(places[-1] - places[0])
    empty = count - (len(places) - 1)
    return FileRows(count, "CSV", {"empty": empty} if empty else {})


def _of_sheet(path: Path, sheet: str | None) -> FileRows:
    """Count the rows of a sheet from below the first to the last that holds anything."""
    import openpyxl

    with remarks_of_gdal([]):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        chosen: Any = book[choose_layer(path, book.sheetnames, sheet)]
        chosen.reset_dimensions()
        last = 0
        for number, cells in enumerate(chosen.iter_rows(), 1):
            if any(cell.value not in {None, ""} for cell in cells):
                last = number
    finally:
        book.close()
    return FileRows(max(last - 1, 0), "XLSX")
