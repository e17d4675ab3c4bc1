"""Polygons as signed edges: what the area kernel works on.

Each ring is turned so that its area counts + for a shell and − for a hole when every edge is
summed as ∫ y dx from left to right; vertical edges contribute nothing and are left out.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.errors import TopologyError

__all__ = ["EdgeTable", "flatten_edges", "require_valid"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class EdgeTable:
    """The edges of n polygons, each edge from left to right.

    Attributes
    ----------
    left, right
        (m, 2) x and y of the ends, relative to ``origin``; sorted by left x inside a polygon.
    sign
        (m,) +1 for an edge with the polygon below it, −1 for one with the polygon above.
    start
        (n + 1,) edges of polygon i are ``start[i]:start[i + 1]``.
    bounds
        (n, 4) boxes, relative to ``origin``.
    origin
        (2,) what was taken off the coordinates.
    """

    left: Floats
    right: Floats
    sign: Floats
    start: Integers
    bounds: Floats
    origin: Floats


def require_valid(shapes: npt.NDArray[Any], ids: Any) -> None:
    """Refuse shapes that no area may be computed from.

    Raises
    ------
    TopologyError
        Naming the ids that are missing, empty, not polygons, or invalid.
    """
    polygonal = np.isin(shapely.get_type_id(shapes), (3, 6))
    usable = polygonal & ~shapely.is_empty(shapes) & shapely.is_valid(shapes)
    if not usable.all():
        wrong = np.flatnonzero(~usable)
        names = [str(np.asarray(ids)[position]) for position in wrong]
        first = shapes[wrong[0]]
        why = shapely.is_valid_reason(first) if first is not None else "no geometry"
        raise TopologyError("shape_unusable", ids=names, count=len(names), why=why)


def flatten_edges(shapes: npt.NDArray[Any], *, origin: Floats | None = None) -> EdgeTable:
    """Return the edges of valid polygons and multipolygons.

    Parameters
    ----------
    shapes
        (n,) shapely polygons or multipolygons.
    origin
        A point near the data; both layers of an overlay must use the same one. By default the
        lower left corner of the box of all shapes.
    """
    bounds = shapely.bounds(shapes)
    if origin is None:
        origin = np.floor(bounds[:, :2].min(axis=0)) if len(shapes) else np.zeros(2)
    parts, part_owner = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, point_ring = shapely.get_coordinates(rings, return_index=True)
    xy = xy - origin
    inner = point_ring[1:] == point_ring[:-1]
    begin, end, edge_ring = xy[:-1][inner], xy[1:][inner], point_ring[:-1][inner]
    twice_area = (end[:, 0] - begin[:, 0]) * (begin[:, 1] + end[:, 1])
    ring_sign = np.sign(np.bincount(edge_ring, weights=twice_area, minlength=len(rings)))
    is_shell = np.ones(len(rings), dtype=bool)
    is_shell[1:] = ring_part[1:] != ring_part[:-1]
    ring_sign = np.where(is_shell, ring_sign, -ring_sign)
    to_right = end[:, 0] > begin[:, 0]
    sign = np.where(to_right, 1.0, -1.0) * ring_sign[edge_ring]
    left = np.where(to_right[:, None], begin, end)
    right = np.where(to_right[:, None], end, begin)
    owner = part_owner[ring_part[edge_ring]]
    sloped = end[:, 0] != begin[:, 0]
    left, right, sign, owner = left[sloped], right[sloped], sign[sloped], owner[sloped]
    order = np.lexsort((left[:, 0], owner))
    start = np.zeros(len(shapes) + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=len(shapes)), out=start[1:])
    moved = bounds - np.concatenate([origin, origin])
    return EdgeTable(left[order], right[order], sign[order], start, moved, origin)
