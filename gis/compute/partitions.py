"""A layer in Hilbert order, as GeoParquet files of so many rows: read by box, and larger than memory if need be."""

from __future__ import annotations

import dataclasses
import functools
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.writing import atomic_folder

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray

__all__ = ["Partitions", "open_partitions", "write_partitions"]

INDEX = "index.json"
HILBERT_LEVEL = 16
#: Partitions kept in memory: neighbours in Hilbert order meet the same ones again.
KEPT = 24


@dataclasses.dataclass(frozen=True)
class Partitions:
    """The files of a layer.

    Attributes
    ----------
    files
        One GeoParquet file a partition, in Hilbert order.
    bounds
        (k, 4) box of the shapes of each.
    rows
        How many rows each has.
    key
        What they were made from.
    remarks
        What was to be said of the reading; it outlives a restart that finds them made.
    """

    files: tuple[Path, ...]
    bounds: NDArray[np.float64]
    rows: tuple[int, ...]
    key: str
    remarks: tuple[str, ...] = ()

    def read(self, number: int) -> GeoDataFrame:
        """Return one partition."""
        file = self.files[number]
        return _read(file, file.stat().st_mtime_ns)

    def read_box(self, box: tuple[float, float, float, float]) -> GeoDataFrame:
        """Return the rows whose boxes meet a box, in the order of the files."""
        import pandas as pd

        west, south, east, north = box
        meets = (self.bounds[:, 0] <= east) & (self.bounds[:, 2] >= west)
        meets &= (self.bounds[:, 1] <= north) & (self.bounds[:, 3] >= south)
        parts = []
        for number in np.flatnonzero(meets) if meets.any() else [0]:
            frame = self.read(int(number))
            own = shapely.bounds(frame.geometry.to_numpy())
            inside = (own[:, 0] <= east) & (own[:, 2] >= west) & (own[:, 1] <= north) & (own[:, 3] >= south)
            parts.append(frame[inside])
        joined: GeoDataFrame = pd.concat(parts, ignore_index=True)
        return joined


@functools.lru_cache(maxsize=KEPT)
def _read(file: Path, changed: int) -> GeoDataFrame:  # noqa: ARG001 - a file written again is another file
    import geopandas as gpd

    return gpd.read_parquet(file)


def write_partitions(
    read_batches: Callable[[], Iterator[GeoDataFrame]],
    folder: Path | str,
    *,
    rows: int,
    key: str,
    remarks: Callable[[], Iterable[str]] = tuple,
) -> Partitions:
    """Write a layer as partitions, reading it twice and never whole.

    Parameters
    ----------
    read_batches
        Returns the layer batch by batch, in a fixed order, each time it is called.
    folder
        Replaced when everything was written; kept as it is where it was made from the same ``key``.
    rows
        Rows a partition.
    key
        Fingerprint of what the batches come from.
    remarks
        Called when all is read: what is to be said of it.

    Examples
    --------
    >>> import tempfile
    >>> import geopandas as gpd
    >>> shapes = shapely.box([0, 9, 0, 9], 0, [1, 10, 1, 10], 1)
    >>> layer = gpd.GeoDataFrame({"id": list("abcd")}, geometry=shapes, crs=4549)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     made = write_partitions(lambda: iter([layer]), f"{place}/layer", rows=2, key="k")
    ...     [sorted(made.read(number)["id"]) for number in range(2)], len(made.read_box((8, 0, 9, 1)))
    ([['a', 'c'], ['b', 'd']], 2)
    """
    folder = Path(folder)
    found = open_partitions(folder, key=f"{key} rows={rows}")
    if found is not None:
        return found
    partition_of = _partition_of(read_batches, rows)
    count = int(partition_of.max()) + 1 if len(partition_of) else 0
    with atomic_folder(folder, kind="partitions", manifest=INDEX) as place:
        pieces = place / "pieces"
        pieces.mkdir()
        at = 0
        for number, batch in enumerate(read_batches()):
            own = partition_of[at : at + len(batch)]
            at += len(batch)
            for partition in np.unique(own):
                batch[own == partition].to_parquet(pieces / f"{partition:06d}-{number:06d}.parquet")
        bounds = [_joined(pieces, place, partition) for partition in range(count)]
        shutil.rmtree(pieces)
        counts = np.bincount(partition_of, minlength=count).tolist()
        index = {"key": f"{key} rows={rows}", "rows": counts, "bounds": bounds, "remarks": list(remarks())}
        (place / INDEX).write_text(json.dumps(index), "utf-8")
    made = open_partitions(folder, key=f"{key} rows={rows}")
    if made is None:
        raise RuntimeError(f"{folder} holds no partitions after writing them")
    return made


def open_partitions(folder: Path | str, *, key: str) -> Partitions | None:
    """Return the partitions of a folder, or None where there are none of this key."""
    index = Path(folder) / INDEX
    if not index.exists():
        return None
    content = json.loads(index.read_text("utf-8"))
    files = tuple(index.parent / _file_name(number) for number in range(len(content["rows"])))
    if content["key"] != key or "remarks" not in content or not all(file.exists() for file in files):
        return None
    bounds = np.array(content["bounds"], dtype="float64").reshape(-1, 4)
    return Partitions(files, bounds, tuple(content["rows"]), key, tuple(content["remarks"]))


def _file_name(number: int) -> str:
    return f"part-{number:06d}.parquet"


def _partition_of(read_batches: Callable[[], Iterator[GeoDataFrame]], rows: int) -> NDArray[np.int64]:
    """Return the partition of every row, by the Hilbert distance of its box's centre."""
    import geopandas as gpd

    centres = []
    for batch in read_batches():
        box = shapely.bounds(batch.geometry.to_numpy())
        centres.append(np.nan_to_num((box[:, :2] + box[:, 2:]) / 2))
    if not centres:
        return np.zeros(0, dtype=np.int64)
    middle = np.concatenate(centres)
    distance = gpd.GeoSeries(shapely.points(middle)).hilbert_distance(level=HILBERT_LEVEL).to_numpy()
    rank = np.empty(len(middle), dtype=np.int64)
    rank[np.argsort(distance, kind="stable")] = np.arange(len(middle))
    partition: NDArray[np.int64] = rank // rows
    return partition


def _joined(pieces: Path, place: Path, partition: int) -> list[float]:
    import geopandas as gpd
    import pandas as pd

    parts: list[Any] = [gpd.read_parquet(piece) for piece in sorted(pieces.glob(f"{partition:06d}-*.parquet"))]
    whole = pd.concat(parts, ignore_index=True)
    whole.to_parquet(place / _file_name(partition))
    return [float(number) for number in whole.total_bounds]
