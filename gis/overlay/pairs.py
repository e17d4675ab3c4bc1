"""Which source meets which target over what area: the one table every balance is summed from."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gis.crs import AreaBasis, Bounds, area_basis, require_area_crs
from gis.errors import CrsError
from gis.overlay.edges import EdgeTable, flatten_edges, require_valid

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.overlay.areal_scale import ArealScale

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


def _bounds(frame: GeoDataFrame) -> Bounds:
    west, south, east, north = (float(number) for number in frame.total_bounds)
    return west, south, east, north


def measure_areas(frame: GeoDataFrame, *, basis: AreaBasis = "planar") -> pd.Series[float]:
    """Return the area of each shape in m², on the frame's index.

    Parameters
    ----------
    frame
        A table of valid polygons.
    basis
        The plane of the frame's system, or the GRS80 ellipsoid; edges are straight in the plane on both.

    Raises
    ------
    CrsError
        If areas may not be computed in the frame's system.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> cell = gpd.GeoDataFrame({"id": ["a"]}, geometry=[box(652_000, 3_467_000, 653_000, 3_468_000)], crs=4549)
    >>> measure_areas(cell).tolist(), measure_areas(cell, basis="ellipsoidal").round(1).tolist()
    ([1000000.0], [999426.8])
    """
    crs = require_area_crs(frame.crs, where="table")
    shapes = _shapes(frame)
    areas = shapely.area(shapes)
    if basis == "ellipsoidal" and len(frame):
        from gis.overlay.areal_scale import areal_scale
        from gis.overlay.edges import flatten_edges
        from gis.overlay.ellipsoid import ellipsoidal_excess

        areas = areas + ellipsoidal_excess(flatten_edges(shapes), areal_scale(_bounds(frame), crs))
    return pd.Series(areas, index=frame.index, name="area_m2").round(AREA_DIGITS)


def _noise_m2(p: EdgeTable, q: EdgeTable, positions: Any) -> Any:
    """Return the area that rounding of the coordinates alone can make of each pair."""
    first, second = p.bounds[positions[:, 0]], q.bounds[positions[:, 1]]
    reach = np.minimum(first[:, 2:], second[:, 2:]) - np.maximum(first[:, :2], second[:, :2])
    largest = np.maximum(np.abs(first).max(axis=1), np.abs(second).max(axis=1))
    return np.maximum(RESOLUTION_M2, 4 * np.spacing(largest) * np.maximum(reach, 0).sum(axis=1))


def _overlapping(p: EdgeTable, q: EdgeTable, positions: Any, *, scale: ArealScale | None = None) -> tuple[Any, Any]:
    """Return those positions that share ground, and its area; pairs of boxes that only meet are left out.

    Whether two shapes share ground is told in the plane, on either basis.
    """
    from gis.overlay.kernel import overlap_areas

    if not len(positions):
        return positions, np.zeros(0)
    areas = overlap_areas(p, q, positions)
    above = np.flatnonzero(areas > RESOLUTION_M2)
    above = above[areas[above] > _noise_m2(p, q, positions[above])]
    positions, areas = positions[above], areas[above]
    if scale is not None:
        from gis.overlay.ellipsoid import ellipsoidal_overlap_excess

        areas = areas + ellipsoidal_overlap_excess(p, q, positions, scale=scale)
    return positions, areas


def _common_scale(source: GeoDataFrame, target: GeoDataFrame) -> ArealScale:
    """Return the areal scale over the box that both tables share, where alone there can be overlap."""
    from gis.overlay.areal_scale import areal_scale

    first, second = _bounds(source), _bounds(target)
    west, south = max(first[0], second[0]), max(first[1], second[1])
    return areal_scale((west, south, min(first[2], second[2]), min(first[3], second[3])), source.crs)


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


def find_pairs(
    source: GeoDataFrame,
    target: GeoDataFrame,
    *,
    source_ids: Any = None,
    target_ids: Any = None,
    basis: AreaBasis = "planar",
) -> Pairs:
    """Return the pairs of rows that share ground, by position, on an area basis; ids are for messages only.

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
    scale = _common_scale(source, target) if basis == "ellipsoidal" and len(positions) else None
    edges = flatten_edges(second, checked=True)
    found = _overlapping(flatten_edges(first, checked=True), edges, positions, scale=scale)
    return Pairs(first, second, edges, *found)


def shared_pairs(shapes: Any, edges: EdgeTable | None = None) -> tuple[Any, Any]:
    """Return (k, 2) rows i < j of one layer of valid shapes that share ground, and the m² of each."""
    edges = flatten_edges(shapes, checked=True) if edges is None else edges
    positions = shapely.STRtree(shapes).query(shapes).T.astype(np.int64)
    return _overlapping(edges, edges, positions[positions[:, 0] < positions[:, 1]])


def intersect_pairs(
    source: GeoDataFrame,
    target: GeoDataFrame,
    *,
    source_id: str | None = None,
    target_id: str | None = None,
    basis: AreaBasis = "planar",
) -> pd.DataFrame:
    """Return the overlap area of every source with every target it meets.

    Parameters
    ----------
    source, target
        Tables of valid polygons in the same projected system in metres.
    source_id, target_id
        Columns that identify the rows; by default the first column of each table.
    basis
        The plane of the tables' system, or the GRS80 ellipsoid.

    Returns
    -------
    Columns ``source_id``, ``target_id`` (text) and ``area_m2`` (to 1 mm²), sorted by both
    ids; pairs that only touch are left out. Several rows with one id stay several pairs' sum.
    ``attrs["area_basis"]`` names the basis.

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
    pairs = find_pairs(source, target, source_ids=sources, target_ids=targets, basis=basis)
    names = (sources, targets)
    tidy = _summed(names, pairs.positions, pairs.areas, columns=("source_id", "target_id"))
    tidy.attrs["area_basis"] = area_basis(source.crs, basis)
    return tidy


def _summed(ids: tuple[Any, Any], positions: Any, areas: Any, *, columns: tuple[str, str]) -> pd.DataFrame:
    """Return the m² of each pair of ids, sorted by both: rows that share their ids are summed, the least first."""
    coded = [_codes(own) for own in ids]
    first, second = (codes[positions[:, place]] for place, (codes, _) in enumerate(coded))
    order = np.lexsort((areas, second, first))
    first, second, areas = first[order], second[order], areas[order]
    begins = np.ones(len(first), dtype=bool)
    begins[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    starts = np.flatnonzero(begins)
    summed = areas if begins.all() else np.add.reduceat(areas, starts)
    named = [pd.Series(names.take(codes[starts])) for codes, (_, names) in zip((first, second), coded, strict=True)]
    return pd.DataFrame({columns[0]: named[0], columns[1]: named[1], "area_m2": summed.round(AREA_DIGITS)})


def _codes(ids: Any) -> tuple[Any, Any]:
    """Return whole numbers in the order of the ids, and the ids by them."""
    index = pd.Index(ids)
    if index.is_unique and index.is_monotonic_increasing:
        return np.arange(len(ids)), pd.array(ids, dtype="str")
    codes, names = pd.factorize(ids, sort=True)
    return codes, pd.array(names, dtype="str")


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
    codes, _ = _codes(ids)
    swap = codes[positions[:, 0]] > codes[positions[:, 1]]
    ordered = np.where(swap[:, None], positions[:, ::-1], positions)
    return _summed((ids, ids), ordered, areas, columns=("first_id", "second_id"))
