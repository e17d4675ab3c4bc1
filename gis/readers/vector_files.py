"""Vector files as they are: original columns, dates as the text that is stored, whole numbers whole.

Three habits of the libraries are avoided on purpose: dates are moved by time zones (and 02-30
becomes 03-02), whole numbers with a gap become floats that lose digits, and text that looks like
JSON becomes numbers. So features come as Arrow tables, and dates as text cast by GDAL.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from gis.errors import InputError
from gis.gate import GEOJSON_SUFFIXES, PARQUET_SUFFIXES, InputFile, Limits, admit, require_file
from gis.readers.drivers import confined_gdal, opening_options
from gis.readers.encodings import EncodingEvidence, prove_dbf, require_utf8
from gis.readers.mojibake import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

__all__ = [
    "GEOJSON_SUFFIXES", "PARQUET_SUFFIXES", "VECTOR_SUFFIXES", "RawTable", "choose_layer", "geometry_kinds",
    "layer_names", "open_vector", "read_vector", "remarks_of_gdal",
]  # fmt: skip

VECTOR_SUFFIXES: Final = frozenset({".gpkg", ".shp", ".gdb", *GEOJSON_SUFFIXES, *PARQUET_SUFFIXES})
#: Codes of WKB shapes with arcs: circular string, compound curve, curve polygon, multi curve, multi surface.
CURVES: Final = frozenset(range(8, 13))
KINDS: Final = {
    1: "Point", 2: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon",
    7: "GeometryCollection", 8: "CircularString", 9: "CompoundCurve", 10: "CurvePolygon", 11: "MultiCurve",
    12: "MultiSurface", 15: "PolyhedralSurface", 16: "TIN", 17: "Triangle",
}  # fmt: skip
TEMPORAL: Final = frozenset({"OFTDate", "OFTTime", "OFTDateTime"})
#: Every byte has its own character in Latin-1, so the bytes of a column can be had back.
BYTES_AS_TEXT: Final = "ISO-8859-1"
GEOJSON_CRS: Final = re.compile(rb'"crs"\s*:\s*\{')


@dataclass(frozen=True)
class RawTable:
    """Rows as a file holds them, with what is known of the file.

    Attributes
    ----------
    frame
        The rows; a GeoDataFrame where the layer has shapes.
    layer
        Name of the layer or sheet.
    encoding
        How its text is encoded, and how that is known.
    crs_stated
        Whether the file itself states its system (GeoJSON without a ``crs`` member does not).
    remarks
        What GDAL remarked while reading.
    cut
        column → rows (from 1) whose value was cut inside a character.
    unreadable
        Rows (from 1) whose shape can't be built, such as an unclosed ring; their shape is missing.
    """

    frame: Any
    layer: str
    encoding: EncodingEvidence | None
    crs_stated: bool = True
    remarks: tuple[str, ...] = ()
    cut: dict[str, list[int]] | None = None
    unreadable: tuple[int, ...] = ()


@contextmanager
def remarks_of_gdal(remarks: list[str]) -> Iterator[None]:
    """Collect what a library would warn of, so that it reaches the issue log and not a console."""
    with warnings.catch_warnings(record=True, action="always") as caught:
        yield
    remarks.extend(dict.fromkeys(str(entry.message) for entry in caught))


def open_vector(path: Path, *, layer: str | None = None, limits: Limits | None = None) -> InputFile:
    """Let a vector file through the gate (see `gis.gate.admit`).

    Raises
    ------
    InputError
        If it is of no kind that is read, or the gate refuses it.
    """
    require_file(path)
    if path.suffix.lower() not in VECTOR_SUFFIXES:
        raise InputError("file_format_unknown", path=path, formats=sorted(VECTOR_SUFFIXES))
    return admit(path, layer=layer, limits=limits)


def layer_names(file: InputFile | Path) -> list[str]:
    """Return the layers of a vector file in its order; views are none of them.

    Raises
    ------
    InputError
        If the gate refuses it, or GDAL can't open it.
    """
    import pyogrio

    file = open_vector(file) if isinstance(file, Path) else file
    if file.layers is not None:
        return list(file.layers.names)
    path = file.path
    try:
        with remarks_of_gdal([]), confined_gdal():
            return [str(name) for name, _ in pyogrio.list_layers(path)]
    except (RuntimeError, ValueError, OSError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("file_corrupt", path=path, format=path.suffix, why=_first_line(error)) from None


def _first_line(error: Exception) -> str:
    return str(error).split(";")[0].strip().split("\n")[0]


def choose_layer(path: Path, names: Sequence[str], layer: str | None) -> str:
    """Return the layer to read: the named one, or the only one.

    Raises
    ------
    InputError
        If there is none, several and none named, or none of that name.
    """
    if not names:
        raise InputError("layer_empty", path=path, layer=layer or "")
    if layer is not None and layer not in names:
        raise InputError("layer_missing", path=path, layer=layer, layers=list(names))
    if layer is None and len(names) > 1:
        raise InputError("layer_not_named", path=path, layers=list(names))
    return layer or names[0]


def read_vector(
    path: Path,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    max_features: int | None = None,
    limits: Limits | None = None,
) -> RawTable:
    """Read one layer of a vector file.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, shapefile, file geodatabase or GeoParquet.
    layer
        Needed where the file has several.
    encoding
        Declared encoding of a shapefile.
    max_features
        Read only so many from the start.
    limits
        See `gis.gate.Limits`.

    Raises
    ------
    InputError
        If the gate refuses the file, or its layer, its encoding or a curved shape can't be used.
    """
    file = open_vector(path, layer=layer, limits=limits)
    path = file.path
    if path.suffix.lower() in PARQUET_SUFFIXES:
        frame = _read_parquet(path)
        frame = frame if max_features is None else frame.head(max_features)
        return RawTable(frame, path.stem, EncodingEvidence("utf-8", "format", path.suffix))
    name = choose_layer(path, layer_names(file), layer)
    evidence = EncodingEvidence("utf-8", "format", path.suffix.lower())
    cut: tuple[str, ...] = ()
    if path.suffix.lower() == ".shp":
        evidence, cut = prove_dbf(path, declared=encoding)
    elif path.suffix.lower() in GEOJSON_SUFFIXES:
        evidence = require_utf8(path)
    remarks: list[str] = []
    try:
        with remarks_of_gdal(remarks), confined_gdal():
            frame, unreadable = _read_layer(file, name, evidence, bool(cut), max_features)
    except (RuntimeError, ValueError, OSError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("file_corrupt", path=path, format=path.suffix, why=_first_line(error)) from None
    cut_rows: dict[str, list[int]] = {}
    if cut:
        frame, cut_rows = _decode_cut(frame, evidence.encoding)
    stated = path.suffix.lower() not in GEOJSON_SUFFIXES or _states_crs(path)
    return RawTable(frame, name, evidence, stated, tuple(remarks), cut_rows, unreadable)


def _read_parquet(path: Path) -> Any:
    import geopandas as gpd
    import pyarrow as pa
    from pyproj.exceptions import ProjError
    from shapely.errors import ShapelyError

    try:
        # A page's checksum is compared where the writer has put one.
        return gpd.read_parquet(
            path, to_pandas_kwargs={"types_mapper": _pandas_type}, page_checksum_verification=True
        )  # fmt: skip
    except ProjError:
        raise InputError("parquet_geo_wrong", path=path, why="its system can't be understood") from None
    except (ValueError, OSError, KeyError, TypeError, ShapelyError, pa.ArrowException) as error:
        raise InputError("file_corrupt", path=path, format="GeoParquet", why=_first_line(error)) from None


def _pandas_type(kind: pa.DataType) -> Any:
    """Keep whole numbers whole where some are missing; None leaves a type as pandas takes it."""
    import pyarrow as pa

    if pa.types.is_integer(kind):
        return pd.Int64Dtype()
    return pd.BooleanDtype() if pa.types.is_boolean(kind) else None


def _read_layer(
    file: InputFile, layer: str, evidence: EncodingEvidence, as_bytes: bool, max_features: int | None
) -> tuple[Any, tuple[int, ...]]:
    import geopandas as gpd
    import pyogrio

    path, options = file.path, {"max_features": max_features} | opening_options(file)
    if path.suffix.lower() == ".shp":
        options["encoding"] = BYTES_AS_TEXT if as_bytes else evidence.encoding.upper()
    opening = opening_options(file) | ({"DATE_AS_STRING": "YES"} if file.driver == "GeoJSON" else {})
    info = pyogrio.read_info(path, layer=layer, encoding=options.get("encoding"), **opening)
    if info["driver"] != file.driver:
        raise InputError("content_not_suffix", path=path, format=file.driver, found=info["driver"])
    names = [str(name) for name in info["fields"]]
    dates = [name for name, kind in zip(names, info["ogr_types"], strict=True) if kind in TEMPORAL]
    plain = [name for name in names if name not in dates]
    meta, table = pyogrio.read_arrow(path, layer=layer, columns=plain, **(options | opening))
    shapes = meta["geometry_name"] or "wkb_geometry"
    frame = table.select(plain).to_pandas(types_mapper=_pandas_type)
    if dates:
        casts = ", ".join(f"CAST({_quoted(name)} AS CHARACTER(64)) AS {_quoted(name)}" for name in dates)
        query = f"SELECT {casts} FROM {_quoted(layer)}"  # noqa: S608 - names come from the file and are quoted
        _, text = pyogrio.read_arrow(path, sql=query, sql_dialect="OGRSQL", read_geometry=False, **options)
        frame = frame.join(text.select(dates).to_pandas())[names]
    if info["geometry_type"] is None or shapes not in table.column_names:
        return frame, ()
    geometry, unreadable = shapes_of_wkb(table.column(shapes), path)
    return gpd.GeoDataFrame(frame, geometry=geometry, crs=meta["crs"]), unreadable


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def shapes_of_wkb(column: pa.ChunkedArray | pa.Array, path: Path) -> tuple[Any, tuple[int, ...]]:
    import shapely

    stored = np.array(column.to_pylist(), dtype=object)
    try:
        shapes = shapely.from_wkb(stored, on_invalid="ignore")
    except NotImplementedError:
        rows = [number for number, value in enumerate(stored, 1) if value is not None and _kind(value) in CURVES]
        raise InputError("geometry_curved", path=path, count=len(rows), rows=rows) from None
    lost = shapely.is_missing(shapes) & np.array([value is not None for value in stored], dtype=bool)
    return shapes, tuple(int(row) + 1 for row in np.flatnonzero(lost))


def _kind(wkb: bytes) -> int:
    """Return the kind of shape that a WKB header names, heights and measures set aside."""
    return (int.from_bytes(wkb[1:5], "little" if wkb[0] else "big") & 0xFFFF) % 1000


def geometry_kinds(file: InputFile, layer: str) -> dict[str, int]:
    """Return how many shapes of each kind a layer really holds, ``None`` for rows without one."""
    import pyogrio

    encoding = BYTES_AS_TEXT if file.driver == "ESRI Shapefile" else None  # names are decoded, though not read
    with remarks_of_gdal([]), confined_gdal():
        meta, table = pyogrio.read_arrow(
            file.path, layer=layer, columns=[], encoding=encoding, **opening_options(file)
        )  # fmt: skip
    shapes = meta["geometry_name"] or "wkb_geometry"
    if shapes not in table.column_names:
        return {}
    kinds = Counter(None if wkb is None else _kind(wkb) for wkb in table.column(shapes).to_pylist())
    named = {"None" if kind is None else KINDS.get(kind, f"WKB {kind}"): count for kind, count in kinds.items()}
    return dict(sorted(named.items()))


def _decode_cut(frame: Any, encoding: str) -> tuple[Any, dict[str, list[int]]]:
    """Decode text columns that were read as bytes; return also the rows with a cut last character."""
    names = {name: str(name).encode(BYTES_AS_TEXT).decode(encoding) for name in frame.columns if name != "geometry"}
    text, cut = {}, {}
    for name, real in names.items():
        column = frame[name]
        if not isinstance(column.dtype, pd.StringDtype):
            continue
        readings = {value: _reading(value, encoding) for value in column.dropna().unique()}
        rows = [number for number, value in enumerate(column, 1) if readings.get(value, ("", False))[1]]
        if rows:
            cut[real] = rows
        text[name] = column.map({value: reading for value, (reading, _) in readings.items()}).astype("str")
    return frame.assign(**text).rename(columns=names), cut


def _reading(value: str, encoding: str) -> tuple[str, bool]:
    reading = decoded(value.encode(BYTES_AS_TEXT), encoding, may_be_cut=True)
    return reading or ("\ufffd", False)


def _states_crs(path: Path) -> bool:
    """Tell whether a GeoJSON has a ``crs`` member; writers put it at the start or at the end."""
    with path.open("rb") as file:
        start = file.read(1 << 16)
        file.seek(max(path.stat().st_size - (1 << 12), 0))
        return bool(GEOJSON_CRS.search(start) or GEOJSON_CRS.search(file.read()))
