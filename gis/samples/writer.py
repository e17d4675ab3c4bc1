"""The synthetic zone on disk: made and written chunk by chunk, so that a million parcels need no memory."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from gis.samples.events import event_rows, write_events
from gis.samples.layers import Format, layer_writers
from gis.samples.street_grid import CRS
from gis.samples.zone import CHUNK_BLOCKS, SampleZone
from gis.schema import text
from gis.writing import atomic_file, merged_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray

    from gis.samples.attributes import Columns

__all__ = ["SAMPLE_FILES", "SAMPLE_TABLES", "make_sample", "sample_boundary_geojson", "write_sample"]

#: The day that the records of a sample speak of, unless another is given.
SAMPLE_DAY = dt.date(2026, 3, 31)
SAMPLE_TABLES = ("approved_boundaries", "parcels", "land_use", "green_spaces", "buildings", "plan_units")
README, EVENTS = "README.txt", "parcel_events.csv"
#: What a sample of GeoPackages consists of.
SAMPLE_FILES = (*(f"{table}.gpkg" for table in SAMPLE_TABLES), EVENTS, README)


def write_sample(
    folder: Path | str,
    *,
    parcels: int = 400,
    seed: int = 1,
    as_of: dt.date = SAMPLE_DAY,
    progress: Callable[[int, int], None] | None = None,
    format: Format = "gpkg",  # noqa: A002 - the word users know
    chunk_blocks: int = CHUNK_BLOCKS,
) -> dict[str, Path]:
    """Write a synthetic bonded zone: one file a layer, a log of events, and a README that says that it is synthetic.

    Σ parcels + streets = boundary; every status of use occurs, in the same shares at every size.

    Parameters
    ----------
    folder
        Made where it is not there; other files in it stay, and a sample in it that was changed is not replaced.
    parcels
        From 40 to 1,000,000.
    seed
        The same arguments give the same bytes.
    as_of
        The day that the records speak of.
    progress
        Called with the parcels done and all parcels, after each chunk.
    format
        ``gpkg``, or ``parquet`` for GeoParquet.
    chunk_blocks
        Blocks (of about ten parcels) made at a time: memory, not content, depends on it.

    Returns
    -------
    table → file, in EPSG:4549; beside them ``parcel_events.csv``, the log of one parcel in eight.

    Raises
    ------
    InputError
        For a number of parcels out of range.
    OutputError
        If a file can't be written; former ones stay as they were.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_sample(folder, parcels=40)["parcels"].name
    'parcels.gpkg'
    """
    folder, zone = Path(folder), SampleZone(parcels=parcels, seed=seed, as_of=as_of)
    names = {table: f"{table}.{format}" for table in SAMPLE_TABLES}
    with merged_folder(folder, kind="sample", names=[*names.values(), EVENTS, README]) as place:
        _write(zone, {table: place / name for table, name in names.items()}, format, chunk_blocks, progress)
        _write_readme(place / README, zone)
    return {table: folder / name for table, name in names.items()}


def _write(
    zone: SampleZone, paths: dict[str, Path], format: Format, chunk_blocks: int,  # noqa: A002
    progress: Callable[[int, int], None] | None,
) -> None:  # fmt: skip
    """Write layers and events, chunk by chunk."""
    boundary = zone.boundary()
    events: list[Any] = []
    with layer_writers(paths, crs=CRS, format=format) as writers:
        writers["approved_boundaries"].write(*boundary)
        for done, layers in zone.chunks(chunk_blocks):
            for table, (columns, shapes) in layers.items():
                writers[table].write(columns, shapes)
            events += event_rows(layers["parcels"][0], zone.as_of)
            if progress is not None:
                progress(done, zone.parcels)
    write_events(paths["parcels"].with_name(EVENTS), events)


def _write_readme(path: Path, zone: SampleZone) -> None:
    facts = {"parcels": zone.parcels, "seed": zone.seed, "as_of": zone.as_of.isoformat(), "crs": CRS}
    said = [text("samples.readme", "zh", **facts), text("samples.readme", "en", **facts)]
    with atomic_file(path) as temporary:
        temporary.write_text("\n\n".join(said) + "\n", "utf-8")


def make_sample(
    *, parcels: int, seed: int, as_of: dt.date = SAMPLE_DAY, chunk_blocks: int = CHUNK_BLOCKS
) -> Iterator[dict[str, GeoDataFrame]]:
    """Yield the synthetic zone's layers in memory, chunk by chunk, by table.

    The first chunk has the boundary too; see `write_sample` for the rest.

    Examples
    --------
    >>> layers = next(make_sample(parcels=40, seed=1))
    >>> len(layers["parcels"]), layers["approved_boundaries"].loc[0, "boundary_quality"]
    (40, 'synthetic')
    """
    zone = SampleZone(parcels=parcels, seed=seed, as_of=as_of)
    first = {"approved_boundaries": zone.boundary()}
    for _, layers in zone.chunks(chunk_blocks):
        yield {table: _frame(*layer) for table, layer in (first | layers).items()}
        first = {}


def _frame(columns: Columns, shapes: NDArray[np.object_]) -> GeoDataFrame:
    import geopandas as gpd

    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def sample_boundary_geojson(*, parcels: int = 40, seed: int = 1, as_of: dt.date = SAMPLE_DAY) -> str:
    """Return the synthetic zone's boundary as GeoJSON (RFC 7946: WGS 84, longitude first).

    CGCS2000 is taken as WGS 84, which differs by less than a decimetre. Nine decimals of a degree
    are 0.1 mm.

    Examples
    --------
    >>> feature = json.loads(sample_boundary_geojson())["features"][0]
    >>> feature["properties"]["boundary_quality"], feature["geometry"]["type"]
    ('synthetic', 'Polygon')
    """
    from pyproj import Transformer

    zone = SampleZone(parcels=parcels, seed=seed, as_of=as_of)
    columns, shapes = zone.boundary()
    to_degrees = Transformer.from_crs(CRS, "EPSG:4490", always_xy=True)
    ring = shapely.get_coordinates(shapes[0])
    lon, lat = to_degrees.transform(ring[:, 0], ring[:, 1])
    values: dict[str, Any] = {name: _plain(values[0]) for name, values in columns.items()}
    values |= {"parcels": parcels, "seed": seed, "source_crs": CRS}
    corners = [[round(float(x), 9), round(float(y), 9)] for x, y in zip(lon, lat, strict=True)]
    geometry = {"type": "Polygon", "coordinates": [corners]}
    feature = {"type": "Feature", "properties": values, "geometry": geometry}
    collection = {"type": "FeatureCollection", "name": "synthetic_sample_boundary", "features": [feature]}
    return json.dumps(collection, ensure_ascii=False, indent=1) + "\n"


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: days as ISO text, numbers as numbers."""
    return value if isinstance(value, str) else float(value) if isinstance(value, float) else str(value)
