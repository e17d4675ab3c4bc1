"""The contestants: each makes the table (parcel_id, class, area_m2) from the same two files.

``read`` brings the files into the form that the contestant works on, untimed; ``compute`` is what is timed, from
there to a pandas table. Every contestant may use as many threads as it is told, if it can use more than one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from overlay_data import OverlayFiles

__all__ = ["CONTESTANTS", "Contestant"]

#: Areas up to 1 mm² are rounding, not land: the kernel leaves them out, and so does everybody.
RESOLUTION_M2 = 1e-6
KEYS = ["parcel_id", "class"]
#: Parcels that a thread of the shapely contestants takes at a time, and rows of a DuckDB row group (its unit of
#: parallel work, 122,880 by default, would leave one of two threads idle at 100,000 rows).
BLOCK_ROWS, ROW_GROUP = 2_000, 10_240
QUERY = """
    SELECT p.parcel_id AS parcel_id, o.class AS class, sum(ST_Area(ST_Intersection(p.geometry, o.geometry))) AS area_m2
    FROM p JOIN o ON ST_Intersects(p.geometry, o.geometry) GROUP BY p.parcel_id, o.class
"""


@dataclasses.dataclass(frozen=True)
class Contestant:
    """One way to the areas.

    Attributes
    ----------
    label
        As printed.
    read
        ``read(files, rows=…, threads=…)``: all rows of both files, or the first few.
    compute
        The timed step, of what ``read`` returned.
    tabulate
        The untimed step from there to the table, where ``compute`` ends before it.
    uses_threads
        Whether it can use more than one.
    is_ours
        Whether it is this package.
    by_pair
        Whether it is given the pairs, and so competes with its like only.
    packages
        Distributions whose versions matter.
    """

    label: str
    read: Callable[..., Any]
    compute: Callable[[Any], Any]
    tabulate: Callable[[Any, Any], pd.DataFrame] | None
    uses_threads: bool
    is_ours: bool
    by_pair: bool
    packages: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Frames:
    """Both layers as GeoDataFrames with the columns they need."""

    parcels: Any
    layer: Any
    threads: int


def read_frames(files: OverlayFiles, *, rows: int | None = None, threads: int = 1) -> Frames:
    """Read both files with geopandas."""
    import geopandas as gpd

    parcels = gpd.read_parquet(files.parcels, columns=["parcel_id", "geometry"])
    layer = gpd.read_parquet(files.layer, columns=[files.class_column, "geometry"])
    layer = layer.rename(columns={files.class_column: "class"})
    return Frames(parcels.head(rows or len(parcels)), layer.head(rows or len(layer)), threads)


def summed(parcel_ids: Any, classes: Any, areas: Any) -> pd.DataFrame:
    """Sum pairs to the table."""
    import pandas as pd

    table = pd.DataFrame({"parcel_id": parcel_ids, "class": classes, "area_m2": areas})
    table = table[table["area_m2"] > RESOLUTION_M2]
    return table.groupby(KEYS, as_index=False)["area_m2"].sum()


def compute_kernel(data: Frames) -> pd.DataFrame:
    """Run this package's own public verb: validity, tree, edges, kernel, sum by class, sorted."""
    import gis

    pairs = gis.intersect_pairs(data.parcels, data.layer, source_id="parcel_id", target_id="class")
    return pairs.set_axis([*KEYS, "area_m2"], axis="columns")


def read_run(files: OverlayFiles, *, rows: int | None = None, threads: int = 1) -> Any:
    """Make the run of the streamed path, which reads the files itself."""
    import datetime as dt
    import tempfile

    import geopandas as gpd

    from gis.workflow.run_file import RunFile

    folder = Path(tempfile.mkdtemp(prefix="zonegis-bench-"))
    parcels, layer = files.parcels, files.layer
    if rows is not None:
        for file in (parcels, layer):
            gpd.read_parquet(file).head(rows).to_parquet(folder / file.name)
        parcels, layer = folder / parcels.name, folder / layer.name
    name = files.layer.stem
    tables = {
        "approved_boundaries": {"path": files.parcels.with_name("approved_boundaries.parquet")},
        "parcels": {"path": parcels},
        name: {"path": layer},
    }
    run = RunFile.model_validate(
        {"zonegis": 1, "title": "bench", "as_of": dt.date(2026, 3, 31), "place": "310115", "tables": tables}
    )
    return run, name, files.class_column, folder


def compute_streamed(data: Any) -> Path:
    """Run the path for layers larger than memory: sorted into partitions on disk, measured one by one, joined."""
    import tempfile

    from gis.workflow import stream_areas

    run, name, column, folder = data
    fresh = Path(tempfile.mkdtemp(dir=folder))  # a folder of its own: finished partitions would be kept
    stream_areas(run, fresh, classes={name: column})
    return fresh / "areas.parquet"


def tabulate_streamed(_data: Any, file: Path) -> pd.DataFrame:
    """Read the written table, which only the comparison wants in memory: its size is none of the path's peak."""
    import pandas as pd

    table = pd.read_parquet(file, filters=[("term", "==", "class")])
    return table[["parcel_id", "class", "area_m2"]]


def compute_geopandas(data: Frames) -> pd.DataFrame:
    """Run ``geopandas.overlay``, which has no threads."""
    import geopandas as gpd

    pieces = gpd.overlay(data.parcels, data.layer, how="intersection", keep_geom_type=True)
    return summed(pieces["parcel_id"], pieces["class"], pieces.area)


def compute_shapely(data: Frames) -> pd.DataFrame:
    """Ask the tree for pairs that intersect (prepared) and build their shapes, block by block on each thread."""
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np
    import shapely

    first, second = data.parcels.geometry.to_numpy(), data.layer.geometry.to_numpy()
    tree = shapely.STRtree(second)

    def block(start: int) -> tuple[Any, Any, Any]:
        i, j = tree.query(first[start : start + BLOCK_ROWS], predicate="intersects")
        return i + start, j, shapely.area(shapely.intersection(first[i + start], second[j]))

    with ThreadPoolExecutor(data.threads) as pool:
        blocks = list(pool.map(block, range(0, len(first), BLOCK_ROWS)))
    i, j, areas = (np.concatenate(column) for column in zip(*blocks, strict=True))
    return summed(data.parcels["parcel_id"].to_numpy()[i], data.layer["class"].to_numpy()[j], areas)


def read_duckdb(files: OverlayFiles, *, rows: int | None = None, threads: int = 1) -> Any:
    """Put both files into tables in memory; the spatial extension comes from its pip package, never the network."""
    import duckdb
    import duckdb_extension_spatial

    config: dict[str, Any] = {
        "threads": threads, "autoinstall_known_extensions": False, "autoload_known_extensions": False,
    }  # fmt: skip
    connection = duckdb.connect(config=config)
    package = Path(duckdb_extension_spatial.__file__).parent
    connection.load_extension(str(package / "extensions" / f"v{duckdb.__version__}" / "spatial.duckdb_extension"))
    connection.execute(f"ATTACH ':memory:' AS held (ROW_GROUP_SIZE {ROW_GROUP})")
    connection.execute("USE held")
    limit = "" if rows is None else f" LIMIT {rows}"
    for name, file, column in (("p", files.parcels, "parcel_id"), ("o", files.layer, files.class_column)):
        called = "parcel_id" if name == "p" else "class"
        source = f"SELECT {column} AS {called}, geometry FROM read_parquet(?){limit}"
        connection.execute(f"CREATE TABLE {name} AS {source}", [str(file)])
    return connection


def compute_duckdb(connection: Any) -> pd.DataFrame:
    """Run the query in DuckDB, with its spatial join."""
    return connection.execute(f"{QUERY} HAVING area_m2 > {RESOLUTION_M2}").df()


def read_sedona(files: OverlayFiles, *, rows: int | None = None, threads: int = 1) -> Any:
    """Put both files into tables in memory, with as many partitions as threads."""
    import sedonadb

    context = sedonadb.connect()
    context.sql(f"SET datafusion.execution.target_partitions = {threads}").execute()
    for name, file in (("p", files.parcels), ("o", files.layer)):
        frame = context.read_parquet(str(file))
        (frame if rows is None else frame.limit(rows)).to_memtable().to_view(f"{name}_all", overwrite=True)
    context.sql("SELECT parcel_id, geometry FROM p_all").to_view("p", overwrite=True)
    context.sql(f"SELECT {files.class_column} AS class, geometry FROM o_all").to_view("o", overwrite=True)
    return context


def compute_sedona(context: Any) -> pd.DataFrame:
    """Run the query in SedonaDB, with its spatial join."""
    import pyarrow as pa

    table = pa.table(context.sql(QUERY)).to_pandas()
    return table[table["area_m2"] > RESOLUTION_M2].reset_index(drop=True)


@dataclasses.dataclass(frozen=True)
class Pairs:
    """Both layers, the pairs of boxes that the tree found, and what it cost to make edges of the shapes."""

    frames: Frames
    positions: Any
    edges: Any = None
    edges_s: float | None = None


def read_pairs(files: OverlayFiles, *, rows: int | None = None, threads: int = 1) -> Pairs:
    """Find the pairs with the tree, by their boxes."""
    import numpy as np
    import shapely

    frames = read_frames(files, rows=rows, threads=threads)
    tree = shapely.STRtree(frames.layer.geometry.to_numpy())
    return Pairs(frames, np.ascontiguousarray(tree.query(frames.parcels.geometry.to_numpy()).T.astype(np.int64)))


def read_pairs_and_edges(files: OverlayFiles, *, rows: int | None = None, threads: int = 1) -> Pairs:
    """Find the pairs, and make edges of both layers; the seconds of the latter are kept."""
    import time

    from gis.overlay.edges import flatten_edges

    data = read_pairs(files, rows=rows, threads=threads)
    first, second = (frame.geometry.to_numpy() for frame in (data.frames.parcels, data.frames.layer))
    started = time.perf_counter()
    edges = flatten_edges(first, checked=True), flatten_edges(second, checked=True)
    return dataclasses.replace(data, edges=edges, edges_s=time.perf_counter() - started)


def compute_kernel_by_pair(data: Pairs) -> Any:
    """Run the edge kernel alone."""
    from gis.overlay.kernel import overlap_areas

    return overlap_areas(*data.edges, data.positions)


def compute_shapely_by_pair(data: Pairs) -> Any:
    """Build each pair's shape with GEOS and take its area; blocks of pairs on each thread."""
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np
    import shapely

    first, second = data.frames.parcels.geometry.to_numpy(), data.frames.layer.geometry.to_numpy()

    def block(pairs: Any) -> Any:
        return shapely.area(shapely.intersection(first[pairs[:, 0]], second[pairs[:, 1]]))

    if data.frames.threads == 1:
        return block(data.positions)
    blocks = np.array_split(data.positions, len(data.positions) // BLOCK_ROWS + 1)
    with ThreadPoolExecutor(data.frames.threads) as pool:
        return np.concatenate(list(pool.map(block, blocks)))


def tabulate_pairs(data: Pairs, areas: Any) -> pd.DataFrame:
    """Sum the pairs' areas to the table."""
    i, j = data.positions[:, 0], data.positions[:, 1]
    return summed(data.frames.parcels["parcel_id"].to_numpy()[i], data.frames.layer["class"].to_numpy()[j], areas)


#: The kernel comes first: the others are compared with it.
CONTESTANTS = {
    "kernel": Contestant(
        "gis.intersect_pairs", read_frames, compute_kernel, None,
        uses_threads=True, is_ours=True, by_pair=False, packages=("zonegis", "numba", "numpy", "pandas"),
    ),
    "kernel_streamed": Contestant(
        "gis.stream_areas, files included", read_run, compute_streamed, tabulate_streamed,
        uses_threads=True, is_ours=True, by_pair=False, packages=(),
    ),
    "geopandas": Contestant(
        "geopandas.overlay", read_frames, compute_geopandas, None,
        uses_threads=False, is_ours=False, by_pair=False, packages=("geopandas",),
    ),
    "shapely": Contestant(
        "shapely STRtree", read_frames, compute_shapely, None,
        uses_threads=True, is_ours=False, by_pair=False, packages=("shapely",),
    ),
    "duckdb": Contestant(
        "DuckDB spatial", read_duckdb, compute_duckdb, None,
        uses_threads=True, is_ours=False, by_pair=False, packages=("duckdb", "duckdb-extension-spatial"),
    ),
    "sedonadb": Contestant(
        "SedonaDB", read_sedona, compute_sedona, None,
        uses_threads=True, is_ours=False, by_pair=False, packages=("sedonadb", "pyarrow"),
    ),
    "kernel_by_pair": Contestant(
        "edge kernel by pair", read_pairs_and_edges, compute_kernel_by_pair, tabulate_pairs,
        uses_threads=True, is_ours=True, by_pair=True, packages=(),
    ),
    "shapely_by_pair": Contestant(
        "shapely by pair", read_pairs, compute_shapely_by_pair, tabulate_pairs,
        uses_threads=False, is_ours=False, by_pair=True, packages=("shapely",),
    ),
    "shapely_by_pair_threads": Contestant(
        "shapely by pair, threads", read_pairs, compute_shapely_by_pair, tabulate_pairs,
        uses_threads=True, is_ours=False, by_pair=True, packages=("shapely",),
    ),
}  # fmt: skip
