"""Files in, canonical tables out: the one way by which vector data enters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from pyproj import CRS

from gis.errors import InputError, listed
from gis.gate import Limits
from gis.readers.attributes import TABLE_SUFFIXES, read_attributes
from gis.readers.joining import Join, join_attributes
from gis.readers.mojibake import garbled_values, likely_original
from gis.readers.placement import require_same_place
from gis.readers.systems import box_of, settle_crs, transformed
from gis.readers.vector_files import RawTable, read_vector
from gis.schema import FieldType, conform, fields_of, id_field, match_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geopandas import GeoDataFrame

    from gis.issues import IssueLog

__all__ = ["Join", "RawTable", "read_raw", "read_table"]

#: Tables that may come without shapes.
GEOMETRY_OPTIONAL: Final = frozenset({"buildings", "parcel_events"})
#: Tables that have none: where their source has shapes, those are left off.
GEOMETRY_UNUSED: Final = frozenset({"parcel_events"})
#: From here a float no longer holds every whole number: the last digits of an id are lost.
EXACT_BELOW: Final = 2**53


def read_raw(
    path: Path | str,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    max_features: int | None = None,
    limits: Limits | None = None,
) -> RawTable:
    """Read a file as it is: original columns, dates as text, ids as stored.

    Parameters
    ----------
    path
        A vector file, CSV or XLSX.
    layer
        Layer or sheet; needed where the file has several.
    encoding
        Of a shapefile or CSV that does not tell or prove it.
    max_features
        Read only so many from the start.
    limits
        See `gis.gate.Limits`.

    Raises
    ------
    InputError
        If the gate refuses the file, it is empty, or the layer or encoding can't be settled.
    """
    path = Path(path)
    if path.suffix.lower() in TABLE_SUFFIXES:
        frame, evidence = read_attributes(path, sheet=layer, encoding=encoding, limits=limits)
        frame = frame if max_features is None else frame.head(max_features)
        return RawTable(frame, layer or path.stem, evidence)
    raw = read_vector(path, layer=layer, encoding=encoding, max_features=max_features, limits=limits)
    if not len(raw.frame):
        raise InputError("layer_empty", path=path, layer=raw.layer)
    return raw


def read_table(  # noqa: PLR0913 - each is a line of the run file
    path: Path | str,
    table: str,
    *,
    issues: IssueLog,
    layer: str | None = None,
    encoding: str | None = None,
    crs: Any = None,
    to_crs: Any = None,
    fields: Mapping[str, str | None] | None = None,
    units: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
    join: Join | None = None,
    name: str | None = None,
    boundary: GeoDataFrame | None = None,
    limits: Limits | None = None,
) -> GeoDataFrame:
    """Read a file as a canonical table.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, shapefile, file geodatabase, GeoParquet; CSV or XLSX where the table may
        come without shapes.
    table
        Name of the canonical table.
    issues
        Takes what is wrong with fields, values and shapes, and what was done (a transformation).
    layer
        Needed where a file has several.
    encoding
        Of a shapefile or CSV that does not tell or prove it.
    crs
        The system of a file that does not tell it; must equal the file's own where it does.
    to_crs
        Transform to this system (axes as easting, northing).
    fields, units, values
        The user's declarations (see `gis.schema.conform`).
    join
        An attribute table to be joined by id first.
    name
        What to call the file in messages and ``source_file``; by default its name.
    boundary
        The approved boundary; the layer must lie where it is.
    limits
        How much is read at most (see `gis.gate.Limits`).

    Returns
    -------
    The canonical table; ``source_row`` counts from 1 in the order of the file, and
    ``attrs["encoding"]`` says how its text was read, ``attrs["joined"]`` where the rows of a joined
    table went, ``attrs["source_crs"]`` the file's system where it was transformed. Reading measures nothing: whether
    areas may be computed in the system is asked where they are.

    Raises
    ------
    InputError, CrsError, SchemaError
        See the messages: each names the file and the fix.
    """
    path = Path(path)
    name = name or path.name
    raw = read_raw(path, layer=layer, encoding=encoding, limits=limits)
    where = f"{name}, layer {raw.layer}"
    _require_sound_names(raw, path)
    _report_reading(raw, table, file=name, issues=issues)
    frame, mapping = raw.frame, dict(fields or {})
    if join is not None:
        frame, mapping = _joined(frame, table, join, mapping=mapping, file=name, issues=issues, limits=limits)
    joined = frame.attrs.get("joined")
    if table in GEOMETRY_UNUSED and hasattr(frame, "geom_type"):
        frame = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    spatial = hasattr(frame, "geom_type")
    if not spatial and table not in GEOMETRY_OPTIONAL:
        raise InputError("table_without_geometry", path=path, table=table)
    if spatial:
        frame = settle_crs(
            frame, crs, stated=raw.crs_stated, table=table, file=name, where=where, issues=issues
        )  # fmt: skip
        frame = _flat(frame, table, file=name, issues=issues)
    _report_lost_digits(frame, table, mapping, file=name, issues=issues)
    result = conform(frame, table, issues=issues, file=name, mapping=mapping, units=units, values=values)
    result.attrs["joined"] = joined
    result.attrs["encoding"] = "" if raw.encoding is None else f"{raw.encoding.encoding} ({raw.encoding.how})"
    if not spatial:
        return result
    _report_not_polygons(result, table, raw, file=name, issues=issues)
    box, own = box_of(result), CRS(result.crs)
    if to_crs is not None:
        result = transformed(result, to_crs, table=table, file=name, issues=issues)
        if CRS(result.crs) != own:
            result.attrs["source_crs"] = own.to_wkt()
    if boundary is not None and box is not None:
        require_same_place(result, boundary, table=table, stored=(box, own))
    return result


def _columns(frame: Any) -> list[str]:
    return [str(column) for column in frame.columns if column != "geometry"]


def _require_sound_names(raw: RawTable, path: Path) -> None:
    """Refuse field names decoded with the wrong encoding: nothing could be mapped, or all wrongly."""
    garbled = {name: original for name in _columns(raw.frame) if (original := likely_original(name)) is not None}
    if garbled:
        shown = [f"{name} ({original})" if original else name for name, original in garbled.items()]
        raise InputError("names_garbled", path=path, layer=raw.layer, names=shown)


def _report_reading(raw: RawTable, table: str, *, file: str, issues: IssueLog) -> None:
    """Record how the text was decoded, what could not be, and what GDAL remarked."""
    if raw.encoding is not None and raw.encoding.how == "proved":
        issues.add("encoding-proved", table, file=file, found=raw.encoding.encoding, evidence=raw.encoding.detail)
    for remark in raw.remarks:
        issues.add("reader-remark", table, file=file, found=remark)
    for column, rows in (raw.cut or {}).items():
        issues.add("text-cut", table, file=file, rows=rows, column=column, count=len(rows))
    for column in _columns(raw.frame):
        garbled = garbled_values(raw.frame[column])
        if garbled:
            places = np.flatnonzero(raw.frame[column].isin(list(garbled))) + 1
            shown = listed(f"{text} ({original})" if original else text for text, original in garbled.items())
            issues.add("text-garbled", table, file=file, rows=places, column=column, found=shown, count=len(places))


def _joined(
    frame: Any, table: str, join: Join, *, mapping: dict[str, str | None], file: str, issues: IssueLog,
    limits: Limits | None,
) -> tuple[Any, dict[str, str | None]]:
    attributes, _ = read_attributes(join.path, sheet=join.sheet, encoding=join.encoding, limits=limits)
    columns = _columns(frame)
    own = id_field(table)
    known = {field: column for field, column in mapping.items() if column in columns}
    left = join.column_of_key or match_fields(columns, table, mapping=known).found.get(own)
    if left is None or left not in columns:
        raise InputError("join_id_missing", path=file, field=own, columns=columns)
    joined = join_attributes(frame, attributes, join=join, left=left, table=table, issues=issues)
    return joined, {own: left} | mapping


def _flat(frame: GeoDataFrame, table: str, *, file: str, issues: IssueLog) -> GeoDataFrame:
    """Return the layer in the plane: heights and measures left off, with a note."""
    import shapely

    shapes = np.asarray(frame.geometry.array)
    raised = shapely.has_z(shapes) | shapely.has_m(shapes)
    if not raised.any():
        return frame
    issues.add("geometry-has-heights", table, file=file, count=int(raised.sum()))
    return frame.set_geometry(shapely.force_2d(shapes), crs=frame.crs)


def _report_not_polygons(frame: GeoDataFrame, table: str, raw: RawTable, *, file: str, issues: IssueLog) -> None:
    """Record shapes that have no area, and shapes that could not be built; none is dropped."""
    own = id_field(table)
    kinds = frame.geometry.geom_type
    wrong = np.flatnonzero(kinds.notna() & ~kinds.isin(["Polygon", "MultiPolygon"]))
    if len(wrong):
        found = listed(sorted(set(kinds.iloc[wrong].astype("str"))))
        ids = sorted(frame[own].iloc[wrong].dropna())
        issues.add("geometry-not-polygon", table, file=file, ids=ids, rows=wrong + 1, found=found, count=len(wrong))
    if raw.unreadable:
        ids = sorted(frame[own].iloc[[row - 1 for row in raw.unreadable]].dropna())
        issues.add("geometry-unreadable", table, file=file, ids=ids, rows=raw.unreadable, count=len(raw.unreadable))


def _report_lost_digits(
    frame: Any, table: str, mapping: Mapping[str, str | None], *, file: str, issues: IssueLog
) -> None:
    """Record ids that are stored as floating-point numbers too great to be whole."""
    found = match_fields(_columns(frame), table, mapping=mapping).found
    for field in fields_of(table).values():
        column = found.get(field.name, "")
        if field.type not in {FieldType.ID, FieldType.CODE} or column not in frame.columns:
            continue
        values = frame[column]
        if not pd.api.types.is_float_dtype(values.dtype):
            continue
        lost = np.flatnonzero(values.abs() >= EXACT_BELOW)
        if len(lost):
            shown = listed(f"{value:.0f}" for value in values.iloc[lost].head(3))
            issues.add(
                "id-digits-lost", table, file=file, rows=lost + 1, field=field.name, column=column, found=shown,
                count=len(lost),
            )  # fmt: skip
