"""Writing layers: GeoPackage by default; a shapefile only where its names can be read again."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from gis.errors import OutputError
from gis.writing import atomic_file
from gis.writing.gdal import fixed_gdal_time

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["write_geopackage", "write_shapefile"]

DBF_NAME_BYTES: Final = 10
DBF_TEXT_BYTES: Final = 254
PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def write_geopackage(path: Path | str, layers: Mapping[str, pd.DataFrame]) -> None:
    """Write tables as layers of one GeoPackage; tables without shapes become attribute layers.

    The same tables give the same bytes. Dates are written as ISO text: a business date has no zone.

    Parameters
    ----------
    path
        The ``.gpkg``; replaced only when everything was written.
    layers
        name → table, in the order they are to stand in the file.

    Raises
    ------
    OutputError
        If it can't be written; what was there before is untouched.
    """
    import pyogrio
    import pyogrio.errors

    with atomic_file(path) as temporary, fixed_gdal_time():
        for number, (name, frame) in enumerate(layers.items()):
            try:
                pyogrio.write_dataframe(
                    _storable(frame), temporary, layer=name, driver="GPKG", append=number > 0, use_arrow=True,
                    dataset_options={"VERSION": "1.3"} if number == 0 else None,
                )  # fmt: skip
            except RuntimeError as error:  # pyogrio's errors have no other base
                raise OutputError("output_failed", path=path, why=str(error)) from error


def _storable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy whose columns a GeoPackage holds as they are."""
    shapes = frame.geometry.name if hasattr(frame, "geom_type") else None
    data: dict[str, Any] = {}
    for name in frame.columns:
        column = frame[name]
        if name == shapes:
            pass
        elif pd.api.types.is_datetime64_any_dtype(column.dtype):
            column = column.dt.strftime("%Y-%m-%d")
        elif pd.api.types.is_object_dtype(column.dtype) or isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype("object").map(str, na_action="ignore").astype("str")
        data[str(name)] = column
    plain = pd.DataFrame(data, index=frame.index)
    if shapes is None:
        return plain
    import geopandas as gpd

    shaped: pd.DataFrame = gpd.GeoDataFrame(plain, geometry=shapes, crs=frame.crs)
    return shaped


def write_shapefile(path: Path | str, frame: Any, *, encoding: str = "utf-8") -> None:
    """Write polygons as a shapefile, streamed and typed by a schema, with a ``.cpg``.

    Parameters
    ----------
    path
        The ``.shp``; its parts are replaced only when everything was written.
    frame
        The layer; its names and text have to fit into a DBF.
    encoding
        ``utf-8`` or ``gbk``.

    Raises
    ------
    OutputError
        If a field name is longer than the ten bytes that a DBF holds (cut inside a Chinese
        character, the file could not be read again), a text longer than 254 bytes, or the disk is
        full.
    """
    path = Path(path)
    shapes = frame.geometry.name
    names = [str(name) for name in frame.columns if name != shapes]
    long = [name for name in names if len(name.encode(encoding)) > DBF_NAME_BYTES]
    if long:
        raise OutputError("dbf_name_too_long", path=path, names=long, encoding=encoding)
    columns = {name: _dbf_column(frame[name], path, encoding) for name in names}
    schema = {"geometry": "Polygon", "properties": {name: kind for name, (kind, _) in columns.items()}}
    with contextlib.ExitStack() as stack:
        parts = {suffix: stack.enter_context(atomic_file(path.with_suffix(suffix))) for suffix in PARTS}
        # Named after a part that is being written, it is swept with it.
        folder = parts[".shp"].with_name(f"{parts['.shp'].name}.parts")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.mkdir()
        _write_parts(folder / path.name, frame, columns, schema, encoding)
        for suffix, part in parts.items():
            (folder / path.with_suffix(suffix).name).replace(part)


def _write_parts(
    path: Path, frame: Any, columns: Mapping[str, tuple[str, list[Any]]], schema: Any, encoding: str
) -> None:
    import fiona

    try:
        with fiona.open(
            path, "w", driver="ESRI Shapefile", schema=schema, crs_wkt=frame.crs.to_wkt(), encoding=encoding
        ) as out:
            out.writerecords(
                {
                    "geometry": None if shape is None else shape.__geo_interface__,
                    "properties": {name: cells[row] for name, (_, cells) in columns.items()},
                }
                for row, shape in enumerate(frame.geometry)
            )
    except Exception as error:  # GDAL's own errors have no public base in fiona
        raise OSError(str(error)) from error


def _dbf_column(column: pd.Series[Any], path: Path, encoding: str) -> tuple[str, list[Any]]:
    """Return the type of a column in a DBF and its cells; None is missing."""
    missing = column.isna().to_numpy()
    kind = column.dtype
    if pd.api.types.is_bool_dtype(kind):
        return "int:1", [None if gone else int(value) for value, gone in zip(column, missing, strict=True)]
    if pd.api.types.is_integer_dtype(kind):
        return "int:18", [None if gone else int(value) for value, gone in zip(column, missing, strict=True)]
    if pd.api.types.is_float_dtype(kind):
        return "float:24.6", [None if gone else float(value) for value, gone in zip(column, missing, strict=True)]
    if pd.api.types.is_datetime64_any_dtype(kind):
        return "date", [None if gone else f"{value:%Y-%m-%d}" for value, gone in zip(column, missing, strict=True)]
    cells = [None if gone else str(value) for value, gone in zip(column, missing, strict=True)]
    widths = np.array([0 if cell is None else len(cell.encode(encoding)) for cell in cells], dtype=int)
    long = np.flatnonzero(widths > DBF_TEXT_BYTES)
    if len(long):
        raise OutputError(
            "dbf_text_too_long", path=path, column=column.name, rows=[int(row) + 1 for row in long], encoding=encoding
        )
    return f"str:{max(int(widths.max(initial=1)), 1)}", cells
