"""How a layer covers another: overlap, gap and remainder as separate figures, never netted."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.crs import require_area_crs
from gis.errors import TopologyError
from gis.overlay.by_class import united
from gis.overlay.edges import require_valid
from gis.overlay.pairs import AREA_DIGITS, RESOLUTION_M2, intersect_pairs, measure_areas, shared_pairs

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["Cover", "measure_cover", "without_double_cover"]


@dataclasses.dataclass(frozen=True)
class Cover:
    """How ``inner`` covers ``outer``, all in m².

    Attributes
    ----------
    outer_m2
        Area of the outer layer.
    inner_m2
        Sum of the inner shapes' areas, wherever they lie.
    inside_m2
        Sum of the inner shapes' areas inside the outer layer; ground covered twice counts twice.
    covered_m2
        Ground inside the outer layer that is covered at least once.
    overlap_m2
        ``inside_m2 − covered_m2``: what a plain sum counts too often.
    remainder_m2
        ``outer_m2 − covered_m2``: ground that nothing covers.
    outside_m2
        ``inner_m2 − inside_m2``: what lies outside the outer layer.
    """

    outer_m2: float
    inner_m2: float
    inside_m2: float
    covered_m2: float
    overlap_m2: float
    remainder_m2: float
    outside_m2: float


def without_double_cover(
    frame: GeoDataFrame,
    *,
    id: str | None = None,  # noqa: A002 - the field's term
    rank: Any = None,
) -> GeoDataFrame:
    """Return the layer with every piece of ground in one shape only, so that a sum is the union.

    Where shapes overlap, the one of the least rank keeps the ground and the others lose it; among equals geometry
    decides (the smaller shape, then its coordinates in standard order), so that neither ids nor the order of rows
    do: between identical shapes of one rank, where no figure hangs on it, the id says which row is named. Rows left
    without ground are dropped. Without overlaps the layer comes back as it is.

    Parameters
    ----------
    frame
        A layer of valid polygons.
    id
        Column that names the rows; by default the first.
    rank
        A number a row; without it all are equal.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> layer = gpd.GeoDataFrame({"green_id": ["b", "a"]}, geometry=[box(0, 0, 3, 1), box(1, 0, 3, 1)], crs=4549)
    >>> without_double_cover(layer).area.tolist(), without_double_cover(layer, rank=[0, 1]).area.tolist()
    ([1.0, 2.0], [3.0])
    """
    id = id or str(frame.columns[0])  # noqa: A001
    require_area_crs(frame.crs, where="table")
    names = frame[id].astype("str").to_numpy()
    shapes = np.asarray(frame.geometry.array)
    require_valid(shapes, names)
    pairs, overlaps = shared_pairs(shapes)
    if not len(pairs):
        return frame
    place = _precedence(shapes, names, np.unique(pairs), np.zeros(len(frame)) if rank is None else np.asarray(rank))
    later = np.where(place[pairs[:, 0]] > place[pairs[:, 1]], pairs[:, 0], pairs[:, 1])
    earlier = pairs.sum(axis=1) - later
    order = np.argsort(later, kind="stable")
    cut, begins = np.unique(later[order], return_index=True)
    taken = [shapes[others] for others in np.split(earlier[order], begins[1:])]
    shared = np.split(overlaps[order], begins[1:])
    left = [polygons_only(shapely.difference(shapes[i], united(others))) for i, others in zip(cut, taken, strict=True)]
    kept = shapes.copy()
    kept[cut] = left
    _require_believable(names[cut], shapely.area(shapes[cut]), shapely.area(left), shared)
    ground = shapely.area(kept) > RESOLUTION_M2
    return frame.set_geometry(kept, crs=frame.crs)[ground].reset_index(drop=True)


def _precedence(shapes: Any, names: Any, rows: Any, rank: Any) -> Any:
    """Return the place of each row that overlaps another: by rank, then area, then coordinates."""
    written = np.empty(len(rows), dtype=object)
    written[:] = shapely.to_wkb(shapely.normalize(shapes[rows]))
    by_shape = np.unique(written, return_inverse=True)[1].reshape(-1)
    place = np.empty(len(shapes), dtype=np.int64)
    # Areas differ by rounding where one outline begins at different points.
    areas = shapely.area(shapes[rows]).round(AREA_DIGITS)
    place[rows[np.lexsort((names[rows], by_shape, areas, rank[rows]))]] = np.arange(len(rows))
    return place


def _require_believable(names: Any, before: Any, after: Any, overlaps: Any) -> None:
    """Refuse a difference whose area the overlaps by edges do not allow (libgeos/geos#1344 loses half of one)."""
    lowest = before - np.array([math.fsum(shared) for shared in overlaps])
    highest = before - np.array([shared.max() for shared in overlaps])
    noise = 10 * RESOLUTION_M2 + 1e-9 * before
    wrong = np.flatnonzero((after < lowest - noise) | (after > highest + noise))
    if len(wrong):
        raise TopologyError("cover_untrusted", ids=[str(name) for name in names[wrong]], count=len(wrong))


def polygons_only(shape: shapely.Geometry) -> shapely.Geometry:
    """Return what of a shape has an area: lines and points where shapes only touch are left out."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def measure_cover(outer: GeoDataFrame, inner: GeoDataFrame) -> Cover:
    """Measure how ``inner`` covers ``outer``.

    Parameters
    ----------
    outer
        Shapes that do not overlap one another, such as zones.
    inner
        Shapes that may.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> zone = gpd.GeoDataFrame({"zone_id": ["Z"]}, geometry=[box(0, 0, 10, 10)], crs=4549)
    >>> parcels = gpd.GeoDataFrame({"parcel_id": ["a", "b"]}, geometry=[box(0, 0, 6, 10), box(5, 0, 9, 10)], crs=4549)
    >>> cover = measure_cover(zone, parcels)
    >>> cover.inside_m2, cover.covered_m2, cover.overlap_m2, cover.remainder_m2
    (100.0, 90.0, 10.0, 10.0)
    """
    # First what refuses invalid shapes: no area may be taken of one.
    inside_m2 = math.fsum(intersect_pairs(inner, outer)["area_m2"])
    outer_m2 = math.fsum(measure_areas(outer))
    inner_m2 = math.fsum(measure_areas(inner))
    covered_m2 = math.fsum(intersect_pairs(without_double_cover(inner), outer)["area_m2"])
    differences = (inside_m2 - covered_m2, outer_m2 - covered_m2, inner_m2 - inside_m2)
    overlap, remainder, outside = (round(value, AREA_DIGITS - 1) + 0.0 for value in differences)
    return Cover(outer_m2, inner_m2, inside_m2, covered_m2, overlap, remainder, outside)
