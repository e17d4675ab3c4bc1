"""Layers on disk, chunk by chunk: GeoPackage or GeoParquet, with the fields of the data dictionary."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, Literal

import shapely

from gis.errors import OutputError
from gis.schema import FieldType, fields_of
from gis.writing import atomic_file
from gis.writing.gdal import fixed_gdal_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from gis.samples.attributes import Columns

__all__ = ["Format", "LayerWriter", "layer_writers"]

Format = Literal["gpkg", "parquet"]
GEOMETRY = "geometry"


class LayerWriter:
    """Appends rows to one layer.

    Parameters
    ----------
    path
        A file that is not there yet.
    table
        Name of the canonical table, and of the layer.
    crs
        Such as ``"EPSG:4549"``.
    """

    def __init__(self, path: Path, table: str, *, crs: str) -> None:
        import pyarrow as pa

        kinds = {
            FieldType.FLAG: pa.bool_(),
            FieldType.DATE: pa.date32(),
            FieldType.INTEGER: pa.int32(),
        }
        self._path, self._table, self._crs = path, table, crs
        self._types = {
            name: pa.string() if field.type.is_text else kinds.get(field.type, pa.float64())
            for name, field in fields_of(table).items()
        }

    def write(self, columns: Columns, shapes: NDArray[np.object_]) -> None:
        """Append rows; fields of the dictionary that ``columns`` lacks are written as missing."""
        import pyarrow as pa

        arrays = {
            name: pa.array(columns[name], kind, from_pandas=True) if name in columns else pa.nulls(len(shapes), kind)
            for name, kind in self._types.items()
        }
        arrays[GEOMETRY] = pa.array(shapely.to_wkb(shapes), pa.binary())
        self._append(pa.table(arrays))

    def _append(self, rows: Any) -> None:
        from pyogrio.errors import DataLayerError, DataSourceError
        from pyogrio.raw import write_arrow

        try:
            write_arrow(
                rows, self._path, layer=self._table, driver="GPKG", geometry_name=GEOMETRY, geometry_type="Polygon",
                crs=self._crs, append=self._path.exists(), layer_options={"SPATIAL_INDEX": "NO"},
            )  # fmt: skip
        except (DataLayerError, DataSourceError) as error:
            raise OutputError("output_failed", path=self._path, why=str(error)) from error

    def close(self) -> None:
        """Finish the file."""


class ParquetWriter(LayerWriter):
    """Appends rows to one GeoParquet file (version 1.0, WKB)."""

    _writer: Any = None

    def _append(self, rows: Any) -> None:
        import pyarrow.parquet as pq

        if self._writer is None:
            rows = rows.replace_schema_metadata({"geo": json.dumps(self._geo())})
            self._writer = pq.ParquetWriter(self._path, rows.schema, compression="zstd")
        self._writer.write_table(rows.replace_schema_metadata(self._writer.schema.metadata))

    def _geo(self) -> dict[str, Any]:
        from pyproj import CRS

        column = {"encoding": "WKB", "geometry_types": ["Polygon"], "crs": CRS(self._crs).to_json_dict()}
        return {"version": "1.0.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()


@contextlib.contextmanager
def layer_writers(paths: dict[str, Path], *, crs: str, format: Format) -> Iterator[dict[str, LayerWriter]]:  # noqa: A002 - the public word
    """Give a writer for each table; the files get their names when all were written well.

    Raises
    ------
    OutputError
        If a file can't be written; former ones stay as they were.
    """
    kind = ParquetWriter if format == "parquet" else LayerWriter
    with contextlib.ExitStack() as stack:
        temporary = {table: stack.enter_context(atomic_file(path)) for table, path in paths.items()}
        stack.enter_context(fixed_gdal_time())
        writers = {table: kind(path, table, crs=crs) for table, path in temporary.items()}
        try:
            yield writers
        finally:
            for writer in writers.values():
                writer.close()
