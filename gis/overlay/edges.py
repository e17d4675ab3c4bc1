"""Polygons as signed edges: what the area kernel works on.

Each ring is turned so that its area counts + for a shell and − for a hole when every edge is
summed as ∫ y dx from left to right; vertical edges contribute nothing and are left out.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import shapely

from gis.errors import TopologyError
from gis.overlay.threads import in_threads

__all__ = ["BLOCK", "EdgeTable", "flatten_edges", "require_valid"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
#: Edges of a large polygon are skipped in blocks, and in blocks of blocks.
BLOCK = 32
#: Up to this many edges a polygon is scanned edge by edge, and sorted by insertion.
SMALL = 64
POLYGON = 3
POLYGONAL = (POLYGON, 6)


@dataclasses.dataclass(frozen=True)
class EdgeTable:
    """The edges of n polygons, each edge from left to right.

    Attributes
    ----------
    left, right
        (m, 2) x and y of the ends, as in the source; sorted by left x inside a polygon.
    sign
        (m,) +1 for an edge with the polygon below it, −1 for one with the polygon above.
    start
        (n + 1,) edges of polygon i are ``start[i]:start[i + 1]``.
    bounds
        (n, 4) boxes.
    reach
        Greatest right x of every `BLOCK` edges of a large polygon, and after them of every `BLOCK` of
        those blocks.
    reach_start
        (n + 1,) those of polygon i are ``reach_start[i]:reach_start[i + 1]``; none for a small one.
    """

    left: Floats
    right: Floats
    sign: Floats
    start: Integers
    bounds: Floats
    reach: Floats
    reach_start: Integers


def require_valid(shapes: npt.NDArray[Any], ids: Any) -> None:
    """Refuse shapes that no area may be computed from.

    Raises
    ------
    TopologyError
        Naming the ids that are missing, empty, not polygons, or invalid.
    """
    usable = np.zeros(len(shapes), dtype=bool)

    def look(low: int, high: int) -> None:
        part = shapes[low:high]
        polygonal = np.isin(shapely.get_type_id(part), POLYGONAL)
        usable[low:high] = polygonal & ~shapely.is_empty(part) & shapely.is_valid(part)

    in_threads(look, len(shapes), smallest=5_000)
    if not usable.all():
        wrong = np.flatnonzero(~usable)
        names = [str(np.asarray(ids)[position]) for position in wrong]
        raise TopologyError("shape_unusable", ids=names, count=len(names), why=_why_not(shapes[wrong[0]]))


def _why_not(shape: shapely.Geometry | None) -> str:
    if shape is None:
        return "no geometry"
    if shapely.get_type_id(shape) not in POLYGONAL:
        return str(shape.geom_type)
    return "empty" if shapely.is_empty(shape) else str(shapely.is_valid_reason(shape))


def flatten_edges(shapes: npt.NDArray[Any], *, checked: bool = False) -> EdgeTable:
    """Return the edges of valid polygons and multipolygons.

    Parameters
    ----------
    shapes
        (n,) shapely polygons or multipolygons.
    checked
        Whether `require_valid` has seen these shapes; what costs next to nothing (no geometry, lines,
        empty shapes, coordinates that are no numbers) is looked at even so.

    Raises
    ------
    TopologyError
        If a shape is missing, empty, not polygonal or invalid, naming positions: an error, not a number.

    Examples
    --------
    >>> edges = flatten_edges(shapely.box([0, 5], [0, 0], [2, 6], [1, 1]))
    >>> edges.start.tolist(), edges.left[:, 1].tolist(), edges.sign.tolist()
    ([0, 2, 4], [1.0, 0.0, 1.0, 0.0], [1.0, -1.0, 1.0, -1.0])
    """
    shapes = np.asarray(shapes, dtype=object)
    xy = np.ascontiguousarray(shapely.get_coordinates(shapes))
    plain = np.isin(shapely.get_type_id(shapes), POLYGONAL) & ~shapely.is_empty(shapes)
    if not checked or not plain.all() or not np.isfinite(xy).all():
        require_valid(shapes, np.arange(len(shapes)))
    ring_start, ring_sign, shape_rings = _rings(shapes)
    counts = np.zeros(len(shapes), dtype=np.int64)
    in_threads(lambda low, high: _count_edges(xy, ring_start, shape_rings, counts, low, high), len(shapes))
    start = np.zeros(len(shapes) + 1, dtype=np.int64)
    np.cumsum(counts, out=start[1:])
    left, right, sign = np.empty((start[-1], 2)), np.empty((start[-1], 2)), np.empty(start[-1])
    bounds = np.empty((len(shapes), 4))

    def fill(low: int, high: int) -> None:
        _fill_edges(xy, ring_start, ring_sign, shape_rings, start, left, right, sign, bounds, low, high)

    in_threads(fill, len(shapes))
    large = np.flatnonzero(counts > SMALL)
    for i in large:
        _sort_large(left[start[i] : start[i + 1]], right[start[i] : start[i + 1]], sign[start[i] : start[i + 1]])
    reach = [_reach(right[start[i] : start[i + 1], 0]) for i in large]
    reach_counts = np.zeros(len(shapes) + 1, dtype=np.int64)
    reach_counts[large + 1] = [len(values) for values in reach]
    return EdgeTable(left, right, sign, start, bounds, np.concatenate([np.empty(0), *reach]), np.cumsum(reach_counts))


def _sort_large(left: Floats, right: Floats, sign: Floats) -> None:
    order = np.argsort(left[:, 0], kind="stable")
    left[:], right[:], sign[:] = left[order], right[order], sign[order]


def _reach(right_x: Floats) -> Floats:
    near = np.maximum.reduceat(right_x, np.arange(0, len(right_x), BLOCK))
    return np.concatenate([near, np.maximum.reduceat(near, np.arange(0, len(near), BLOCK))])


def _rings(shapes: npt.NDArray[Any]) -> tuple[Integers, Floats, Integers]:
    """Return where each ring starts among the coordinates, +1 for shells and −1 for holes, and the rings of each shape.

    Most polygons are one ring; only the others are taken apart.
    """
    count = len(shapes)
    single = (shapely.get_type_id(shapes) == POLYGON) & (shapely.get_num_interior_rings(shapes) == 0)
    several = np.flatnonzero(~single)
    parts, part_owner = shapely.get_parts(shapes[several], return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    ring_owner = several[part_owner[ring_part]] if len(rings) else np.zeros(0, dtype=np.int64)
    rings_of = single.astype(np.int64) + np.bincount(ring_owner, minlength=count)
    shape_rings = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(rings_of, out=shape_rings[1:])
    own = shape_rings[:-1][single]
    lengths, signs = np.zeros(shape_rings[-1], dtype=np.int64), np.ones(shape_rings[-1])
    rest = np.ones(shape_rings[-1], dtype=bool)
    rest[own] = False
    lengths[own] = shapely.get_num_coordinates(shapes[single])
    lengths[rest] = shapely.get_num_coordinates(rings)
    is_shell = np.ones(len(rings), dtype=bool)
    is_shell[1:] = ring_part[1:] != ring_part[:-1]
    signs[rest] = np.where(is_shell, 1.0, -1.0)
    ring_start = np.zeros(shape_rings[-1] + 1, dtype=np.int64)
    np.cumsum(lengths, out=ring_start[1:])
    return ring_start, signs, shape_rings


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _count_edges(
    xy: Floats, ring_start: Integers, shape_rings: Integers, counts: Integers, low: int, high: int
) -> None:
    for i in range(low, high):
        count = 0
        for ring in range(shape_rings[i], shape_rings[i + 1]):
            for k in range(ring_start[ring], ring_start[ring + 1] - 1):
                if xy[k, 0] != xy[k + 1, 0]:
                    count += 1
        counts[i] = count


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _turn(xy: Floats, first: int, last: int) -> float:
    """Return the sign of ∫ y dx along a ring, heights taken from its first point."""
    twice = 0.0
    for k in range(first, last - 1):
        twice += (xy[k + 1, 0] - xy[k, 0]) * ((xy[k, 1] - xy[first, 1]) + (xy[k + 1, 1] - xy[first, 1]))
    return float(np.sign(twice))


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _sort_by_left_x(left: Floats, right: Floats, sign: Floats, first: int, last: int) -> None:
    for k in range(first + 1, last):
        x0, y0, x1, y1, s = left[k, 0], left[k, 1], right[k, 0], right[k, 1], sign[k]
        j = k - 1
        while j >= first and left[j, 0] > x0:
            left[j + 1, 0], left[j + 1, 1] = left[j, 0], left[j, 1]
            right[j + 1, 0], right[j + 1, 1] = right[j, 0], right[j, 1]
            sign[j + 1] = sign[j]
            j -= 1
        left[j + 1, 0], left[j + 1, 1], right[j + 1, 0], right[j + 1, 1], sign[j + 1] = x0, y0, x1, y1, s


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _fill_edges(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    xy: Floats, ring_start: Integers, ring_sign: Floats, shape_rings: Integers, start: Integers,
    left: Floats, right: Floats, sign: Floats, bounds: Floats, low: int, high: int,
) -> None:  # fmt: skip
    for i in range(low, high):
        at = start[i]
        west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
        for ring in range(shape_rings[i], shape_rings[i + 1]):
            first, last = ring_start[ring], ring_start[ring + 1]
            turn = _turn(xy, first, last) * ring_sign[ring]
            for k in range(first, last - 1):
                x0, y0, x1, y1 = xy[k, 0], xy[k, 1], xy[k + 1, 0], xy[k + 1, 1]
                west, east = min(west, x0), max(east, x0)
                south, north = min(south, y0), max(north, y0)
                if x0 < x1:
                    left[at, 0], left[at, 1], right[at, 0], right[at, 1], sign[at] = x0, y0, x1, y1, turn
                    at += 1
                elif x0 > x1:
                    left[at, 0], left[at, 1], right[at, 0], right[at, 1], sign[at] = x1, y1, x0, y0, -turn
                    at += 1
        bounds[i, 0], bounds[i, 1], bounds[i, 2], bounds[i, 3] = west, south, east, north
        if at - start[i] <= SMALL:
            _sort_by_left_x(left, right, sign, start[i], at)
