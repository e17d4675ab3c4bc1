"""A layer read batch by batch, with the columns that are asked for: for layers larger than memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import ProjError

from gis.errors import InputError
from gis.gate import GEOJSON_SUFFIXES, PARQUET_SUFFIXES, InputFile, Limits
from gis.issues import Issue, IssueLog
from gis.overlay.edges import require_valid
from gis.readers.drivers import confined_gdal, opening_options
from gis.readers.encodings import prove_dbf
from gis.readers.placement import require_same_place
from gis.readers.systems import settle_crs, transformed
from gis.readers.vector_files import choose_layer, layer_names, open_vector, remarks_of_gdal, shapes_of_wkb
from gis.schema import conform, fields_of, match_fields

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["BATCH_ROWS", "read_batches"]

#: Rows read at a time.
BATCH_ROWS = 50_000
#: Issues that are of a layer as a whole, and the same for each batch of it.
WHOLE_LAYER = frozenset({"datum-grid-missing", "datums-taken-as-one", "table-transformed", "crs-declared"})


def read_batches(  # noqa: PLR0913 - each is a line of the run file
    path: Path | str,
    table: str,
    *,
    keep: tuple[str, ...],
    boundary: GeoDataFrame,
    layer: str | None = None,
    encoding: str | None = None,
    crs: Any = None,
    fields: Mapping[str, str | None] | None = None,
    units: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
    batch_rows: int = BATCH_ROWS,
    limits: Limits | None = None,
    remarks: IssueLog | None = None,
) -> Iterator[GeoDataFrame]:
    """Read some fields of a canonical table, batch by batch, in the boundary's system.

    Parameters
    ----------
    path, table, layer, encoding, crs, fields, units, values, limits
        As for `gis.read_table`.
    keep
        Fields to read; ``geometry`` always comes.
    boundary
        The approved boundary: its system is the layer's afterwards, and the layer must lie there.
    batch_rows
        Rows at a time.
    remarks
        Takes what the reader remarked and what was done to the whole layer, such as a transformation; once.

    Raises
    ------
    InputError, CrsError, GateError, TopologyError
        As `gis.read_table`; an issue of severity error, or a shape that has no area, stops the reading.
    """
    path = Path(path)
    file = open_vector(path, layer=layer, limits=limits)
    columns, raw = _open(file, table, keep, layer=layer, encoding=encoding, fields=fields, batch_rows=batch_rows)
    mapping = {field: column for field, column in (fields or {}).items() if field in keep} | columns
    boxes, row, said = [], 0, set[str]()
    for batch in _with_remarks(raw, table, path.name, remarks, said):
        issues = IssueLog()
        stated = path.suffix.lower() not in GEOJSON_SUFFIXES or batch.crs is not None
        own = settle_crs(batch, crs, stated=stated, table=table, file=path.name, where=path.name, issues=issues)
        whole = conform(own, table, issues=issues, file=path.name, mapping=mapping, units=units, values=values)
        errors = [issue for issue in issues.at_least("error") if issue.facts.get("field") in keep]
        if errors:
            raise InputError("batch_unusable", path=path, why=errors[0].text("en"))
        part = transformed(whole[[*keep, "geometry"]], boundary.crs, table=table, file=path.name, issues=issues)
        # A row without a box meets no partition's: it would be left out without a word, and its ground called bare.
        require_valid(np.asarray(part.geometry.array), part[keep[0]])
        _add_once(remarks, [issue for issue in issues if issue.code in WHOLE_LAYER], said)
        boxes.append(part.total_bounds)
        yield part.assign(source_row=np.arange(row + 1, row + 1 + len(part)))
        row += len(part)
    if not boxes:
        raise InputError("layer_empty", path=path, layer=layer or "")
    _require_there(np.array(boxes), boundary, table=table, file=path.name)


def _with_remarks(
    raw: Iterator[GeoDataFrame], table: str, file: str, remarks: IssueLog | None, said: set[str]
) -> Iterator[GeoDataFrame]:
    """Yield batches; what GDAL remarks while it reads each becomes an issue and is not printed."""
    while True:
        found: list[str] = []
        with remarks_of_gdal(found):
            batch = next(raw, None)
        _add_once(remarks, [Issue("reader-remark", table, file=file, found=remark) for remark in found], said)
        if batch is None:
            return
        yield batch


def _add_once(remarks: IssueLog | None, issues: list[Issue], said: set[str]) -> None:
    if remarks is not None:
        remarks.extend(issue for issue in issues if issue.text() not in said)
    said.update(issue.text() for issue in issues)


def _require_there(boxes: Any, boundary: GeoDataFrame, *, table: str, file: str) -> None:
    import geopandas as gpd

    box = shapely.box(*np.nanmin(boxes[:, :2], axis=0), *np.nanmax(boxes[:, 2:], axis=0))
    frame = gpd.GeoDataFrame({"source_file": [file]}, geometry=[box], crs=boundary.crs)
    require_same_place(frame, boundary, table=table)


def _open(
    file: InputFile, table: str, keep: tuple[str, ...], *, layer: str | None, encoding: str | None,
    fields: Mapping[str, str | None] | None, batch_rows: int,
) -> tuple[dict[str, str], Iterator[GeoDataFrame]]:  # fmt: skip
    """Return which column is which kept field, and the raw batches of those columns."""
    path = file.path
    if path.suffix.lower() in PARQUET_SUFFIXES:
        import pyarrow.parquet as pq

        names = [name for name in pq.read_schema(path).names if name != "geometry"]
        wanted = _wanted(names, table, keep, fields)
        return wanted, _parquet_batches(path, sorted(set(wanted.values())), batch_rows)
    import pyogrio

    name = choose_layer(path, layer_names(file), layer)
    read_as = encoding
    if path.suffix.lower() == ".shp":
        evidence, _ = prove_dbf(path, declared=encoding)
        read_as = evidence.encoding.upper()
    with confined_gdal():
        info = pyogrio.read_info(path, layer=name, encoding=read_as, **opening_options(file))
    wanted = _wanted([str(field) for field in info["fields"]], table, keep, fields)
    return wanted, _ogr_batches(file, name, sorted(set(wanted.values())), batch_rows, encoding=read_as)


def _wanted(
    names: list[str], table: str, keep: tuple[str, ...], fields: Mapping[str, str | None] | None
) -> dict[str, str]:
    known = {field: column for field, column in (fields or {}).items() if field in fields_of(table)}
    found = match_fields(names, table, mapping=known).found
    return {field: found[field] for field in keep if field in found and found[field] in names}


def _ogr_batches(
    file: InputFile, layer: str, columns: list[str], batch_rows: int, *, encoding: str | None
) -> Iterator[GeoDataFrame]:
    import geopandas as gpd
    import pyogrio

    path, options = file.path, opening_options(file)
    if file.driver == "ESRI Shapefile" and encoding is not None:
        options["encoding"] = encoding
    with ExitStack() as stack:
        with confined_gdal():
            meta, reader = stack.enter_context(
                pyogrio.open_arrow(
                    path, layer=layer, columns=columns, batch_size=batch_rows, use_pyarrow=True, **options
                )
            )  # fmt: skip
        shapes = meta["geometry_name"] or "wkb_geometry"
        for batch in reader:
            geometry, _ = shapes_of_wkb(batch.column(shapes), path)
            yield gpd.GeoDataFrame(batch.select(columns).to_pandas(), geometry=geometry, crs=meta["crs"])


def _parquet_batches(path: Path, columns: list[str], batch_rows: int) -> Iterator[GeoDataFrame]:
    import geopandas as gpd
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        about = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
        shapes = about.get("primary_column", "geometry")
        stored = about.get("columns", {}).get(shapes, {}).get("crs", "OGC:CRS84")
        try:
            crs = None if stored is None else CRS.from_user_input(stored)
        except ProjError:
            raise InputError("parquet_geo_wrong", path=path, why="its system can't be understood") from None
        for batch in file.iter_batches(batch_size=batch_rows, columns=[*columns, shapes]):
            geometry, _ = shapes_of_wkb(batch.column(shapes), path)
            yield gpd.GeoDataFrame(batch.select(columns).to_pandas(), geometry=geometry, crs=crs)
