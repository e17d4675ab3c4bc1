"""Which source meets which target over what area: the one table every balance is summed from."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gis.crs import require_area_crs
from gis.errors import CrsError
from gis.overlay.edges import EdgeTable, flatten_edges, require_valid

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["Pairs", "find_pairs", "intersect_pairs", "measure_areas", "self_overlaps", "shared_pairs"]

#: Areas are kept to a millionth of a square metre (1 mm²): below it lies rounding, not land.
AREA_DIGITS = 6
RESOLUTION_M2 = 10.0**-AREA_DIGITS


def _shapes(frame: GeoDataFrame) -> Any:
    return np.asarray(frame.geometry.array)


def require_same_crs(source: GeoDataFrame, target: GeoDataFrame) -> None:
    crs = require_area_crs(source.crs, where="source")
    if require_area_crs(target.crs, where="target") != crs:
        raise CrsError("crs_differ", source=source.crs, target=target.crs)


def measure_areas(frame: GeoDataFrame) -> pd.Series[float]:
    """Return the planar area of each shape in m², on the frame's index.

    Raises
    ------
    CrsError
        If areas may not be computed in the frame's system.
    """
    require_area_crs(frame.crs, where="table")
    return pd.Series(shapely.area(_shapes(frame)), index=frame.index, name="area_m2").round(AREA_DIGITS)


def _noise_m2(p: EdgeTable, q: EdgeTable, positions: Any) -> Any:
    """Return the area that rounding of the coordinates alone can make of each pair."""
    first, second = p.bounds[positions[:, 0]], q.bounds[positions[:, 1]]
    reach = np.minimum(first[:, 2:], second[:, 2:]) - np.maximum(first[:, :2], second[:, :2])
    largest = np.maximum(np.abs(first).max(axis=1), np.abs(second).max(axis=1))
    return np.maximum(RESOLUTION_M2, 4 * np.spacing(largest) * np.maximum(reach, 0).sum(axis=1))


def _overlapping(p: EdgeTable, q: EdgeTable, positions: Any) -> tuple[Any, Any]:
    """Return those positions that share ground, and its area; pairs of boxes that only meet are left out."""
    from gis.overlay.kernel import overlap_areas

    if not len(positions):
        return positions, np.zeros(0)
    areas = overlap_areas(p, q, positions)
    above = np.flatnonzero(areas > RESOLUTION_M2)
    above = above[areas[above] > _noise_m2(p, q, positions[above])]
    return positions[above], areas[above]


@dataclasses.dataclass(frozen=True)
class Pairs:
    """Which row of a layer shares ground with which of another: rows by position.

    Attributes
    ----------
    first, second
        Shapes of both layers.
    second_edges
        Edges of the second.
    positions
        (k, 2) rows in ``first`` and ``second``.
    areas
        (k,) m² of each pair, all above the rounding of the coordinates.
    """

    first: Any
    second: Any
    second_edges: EdgeTable
    positions: Any
    areas: Any


def find_pairs(source: GeoDataFrame, target: GeoDataFrame, *, source_ids: Any = None, target_ids: Any = None) -> Pairs:
    """Return the pairs of rows that share ground, by position; ids are for messages only.

    Raises
    ------
    CrsError
        If the systems differ, or areas may not be computed in them.
    TopologyError
        If a shape is missing, empty, or invalid.
    """
    require_same_crs(source, target)
    first, second = _shapes(source), _shapes(target)
    require_valid(first, np.arange(len(first)) if source_ids is None else source_ids)
    require_valid(second, np.arange(len(second)) if target_ids is None else target_ids)
    positions = shapely.STRtree(second).query(first).T.astype(np.int64)
    edges = flatten_edges(second, checked=True)
    return Pairs(first, second, edges, *_overlapping(flatten_edges(first, checked=True), edges, positions))


def shared_pairs(shapes: Any, edges: EdgeTable | None = None) -> tuple[Any, Any]:
    """Return (k, 2) rows i < j of one layer of valid shapes that share ground, and the m² of each."""
    edges = flatten_edges(shapes, checked=True) if edges is None else edges
    positions = shapely.STRtree(shapes).query(shapes).T.astype(np.int64)
    return _overlapping(edges, edges, positions[positions[:, 0] < positions[:, 1]])


def intersect_pairs(
    source: GeoDataFrame, target: GeoDataFrame, *, source_id: str | None = None, target_id: str | None = None
) -> pd.DataFrame:
    """Return the overlap area of every source with every target it meets.

    Parameters
    ----------
    source, target
        Tables of valid polygons in the same projected system in metres.
    source_id, target_id
        Columns that identify the rows; by default the first column of each table.

    Returns
    -------
    Columns ``source_id``, ``target_id`` (text) and ``area_m2`` (planar, to 1 mm²), sorted by both
    ids; pairs that only touch are left out. Several rows with one id stay several pairs' sum.

    Raises
    ------
    CrsError
        If the systems differ, or areas may not be computed in them.
    TopologyError
        If a shape is missing, empty, or invalid.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> parcels = gpd.GeoDataFrame({"parcel_id": ["A"]}, geometry=[box(0, 0, 10, 10)], crs=4549)
    >>> green = gpd.GeoDataFrame({"green_id": ["g"]}, geometry=[box(5, 5, 20, 20)], crs=4549)
    >>> intersect_pairs(parcels, green).values.tolist()
    [['A', 'g', 25.0]]
    """
    sources = source[source_id or source.columns[0]].astype("str").to_numpy()
    targets = target[target_id or target.columns[0]].astype("str").to_numpy()
    pairs = find_pairs(source, target, source_ids=sources, target_ids=targets)
    table = pd.DataFrame(
        {
            "source_id": pd.Series(sources[pairs.positions[:, 0]], dtype="str"),
            "target_id": pd.Series(targets[pairs.positions[:, 1]], dtype="str"),
            "area_m2": pairs.areas,
        }
    )
    return _tidy(table, ["source_id", "target_id"])


def _tidy(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    table = table.sort_values([*keys, "area_m2"], ignore_index=True)
    if table.duplicated(keys).any():
        table = table.groupby(keys, dropna=False)["area_m2"].sum().reset_index()
    return table.assign(area_m2=table["area_m2"].round(AREA_DIGITS))


def self_overlaps(frame: GeoDataFrame, *, id: str | None = None) -> pd.DataFrame:  # noqa: A002 - the field's term
    """Return the area shared by each two rows of one layer: m² that a plain sum counts twice.

    Returns
    -------
    Columns ``first_id``, ``second_id`` (text, in row order of the ids) and ``area_m2``.
    """
    require_area_crs(frame.crs, where="table")
    shapes = _shapes(frame)
    ids = frame[id or frame.columns[0]].astype("str").to_numpy()
    require_valid(shapes, ids)
    positions, areas = shared_pairs(shapes)
    names = np.sort(ids[positions].astype("str"), axis=1) if len(positions) else np.empty((0, 2), dtype="str")
    table = pd.DataFrame(
        {
            "first_id": pd.Series(names[:, 0], dtype="str"),
            "second_id": pd.Series(names[:, 1], dtype="str"),
            "area_m2": areas,
        }
    )
    return _tidy(table, ["first_id", "second_id"])
