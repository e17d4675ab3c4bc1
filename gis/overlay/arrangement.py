"""Ground by what lies on it, from the outlines alone: a scan line over all layers at once, each m² once.

Every shape carries the labels of its layer as bits of one number. A vertical line sweeps over the edges of all
shapes; between two edges that follow each other upwards, the labels of the shapes below and above are known, and
the strip between them belongs to that set of labels, however many shapes carry one. No shape is built and no pair
is looked at, so this shares neither the pairwise integrals of the kernel nor the noding of GEOS. On the ellipsoid each
strip is weighed with the areal scale of its place, taken from PROJ by differences, not from the kernel's polynomial.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer

from gis.crs import equal_area_crs
from gis.overlay.edges import EdgeTable, Floats, Integers, flatten_edges
from gis.overlay.threads import in_threads

__all__ = ["LABELS_AT_MOST", "measure_label_sets"]

Masks = npt.NDArray[np.uint64]
#: A set of labels is one number of 64 bits.
LABELS_AT_MOST = 64
#: How many edges a tile of the sweep is to hold; tiles keep the work proportional to the number of edges.
EDGES_PER_TILE = 200.0
#: Two edges that cross inside a strip split it, unless the wrong side of them is smaller than this (m²).
CROSSING_M2 = 1e-12
#: Heights closer than this (m) are one: edges on one line differ by rounding, and would seem to cross at every split.
SAME_M = 1e-10
#: Splits of one strip that wait to be done at a time; each is at a crossing of its own, left of the one before.
SPLITS_AT_MOST = 1_000
#: On the ellipsoid the areal scale is taken as a plane inside a tile; up to this size (m) it is one to 1e-9.
WIDEST_TILE_M = 500.0
#: Half the way over which the areal scale is a difference quotient, in m: off by (way / earth's radius)².
NEAR_M = 50.0
#: Places in the table of label sets of one piece of work; a power of two.
TABLE_PLACES = 1 << 14


def measure_label_sets(
    layers: Sequence[tuple[npt.NDArray[Any], Masks]], bounds: Sequence[float], *, on_ellipsoid_of: CRS | None = None
) -> dict[int, float]:
    """Return the m² of ground under every set of labels that occurs.

    ``area(S) = ∫ 1[labels of the shapes over the point = S]``, so a point counts once, under the one set of all labels
    that cover it; the area of a label is the sum over the sets that hold it.

    Parameters
    ----------
    layers
        Of each layer its n valid polygons or multipolygons, and the labels of each as bits (n,) of a ``uint64``.
    bounds
        West, south, east, north: only ground inside is measured.
    on_ellipsoid_of
        The projected system of the shapes, where the m² are to be those on the GRS80 ellipsoid; by default they are
        those of the plane.

    Returns
    -------
    Set of labels (their bits) → m², without the empty set.

    Raises
    ------
    TopologyError
        If a shape is missing, empty, not polygonal or invalid.

    Examples
    --------
    >>> from shapely import box
    >>> shapes = np.array([box(0, 0, 6, 10), box(4, 0, 10, 10), box(0, 0, 5, 1)])
    >>> labels = np.array([1, 1, 2], dtype=np.uint64)
    >>> sorted(measure_label_sets([(shapes, labels)], (0, 0, 10, 10)).items())
    [(1, 95.0), (3, 5.0)]
    """
    shapes = np.concatenate([np.asarray(own, dtype=object) for own, _ in layers])
    masks = np.concatenate([np.asarray(bits, dtype=np.uint64) for _, bits in layers])
    west, south, east, north = (float(value) for value in bounds)
    if not len(shapes) or not (east > west and north > south):
        return {}
    edges = flatten_edges(shapes)
    widest = WIDEST_TILE_M if on_ellipsoid_of is not None else math.inf
    tiles, first, members = _tiles(edges, (west, south, east, north), widest)
    scale = np.tile([1.0, 0.0, 0.0], (len(tiles), 1)) if on_ellipsoid_of is None else _scale(tiles, on_ellipsoid_of)
    parts: list[tuple[Masks, Floats]] = []

    def sweep(low: int, high: int) -> None:
        keys, areas = np.zeros(TABLE_PLACES, dtype=np.uint64), np.zeros(TABLE_PLACES)
        if _sweep_tiles(
            edges.left, edges.right, edges.start, masks, tiles, scale, first, members, keys, areas, low, high
        ):
            held = np.flatnonzero(keys)
            parts.append((keys[held], areas[held]))
        elif high - low > 1:
            middle = (low + high) // 2
            sweep(low, middle)
            sweep(middle, high)
        else:
            raise MemoryError("a tile holds more sets of labels than the table has places")

    in_threads(sweep, len(tiles), smallest=64)
    sums: dict[int, list[float]] = {}
    for keys, areas in parts:
        for key, area in zip(keys.tolist(), areas.tolist(), strict=True):
            sums.setdefault(key, []).append(area)
    return {key: math.fsum(sums[key]) for key in sorted(sums)}


def _tiles(
    edges: EdgeTable, bounds: tuple[float, float, float, float], widest: float
) -> tuple[Floats, Integers, Integers]:
    """Return the tiles that any shape meets, and the shapes of each (as ``members[first[t]:first[t + 1]]``)."""
    west, south, east, north = bounds
    box = edges.bounds
    meets = (box[:, 0] < east) & (box[:, 2] > west) & (box[:, 1] < north) & (box[:, 3] > south)
    chosen = np.flatnonzero(meets)
    count = max(1.0, float((edges.start[chosen + 1] - edges.start[chosen]).sum()) / EDGES_PER_TILE)
    columns = max(1, round(math.sqrt(count * (east - west) / (north - south))))
    rows = max(1, math.ceil(count / columns), math.ceil((north - south) / widest))
    columns = max(columns, math.ceil((east - west) / widest))
    x, y = np.linspace(west, east, columns + 1), np.linspace(south, north, rows + 1)
    ranges = [
        np.clip(np.searchsorted(lines, box[chosen, side]) - 1, 0, len(lines) - 2).astype(np.int64)
        for lines, side in ((x, 0), (x, 2), (y, 1), (y, 3))
    ]
    low_x, high_x, low_y, high_y = ranges
    wide, tall = high_x - low_x + 1, high_y - low_y + 1
    owner = np.repeat(np.arange(len(chosen)), wide * tall)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(wide * tall) - wide * tall, wide * tall)
    tile = (low_y[owner] + place // wide[owner]) * columns + low_x[owner] + place % wide[owner]
    order = np.argsort(tile, kind="stable")
    numbers, begins = np.unique(tile[order], return_index=True)
    first = np.append(begins, len(order)).astype(np.int64)
    column, row = numbers % columns, numbers // columns
    return np.column_stack([x[column], y[row], x[column + 1], y[row + 1]]), first, chosen[owner[order]]


def _scale(tiles: Floats, crs: CRS) -> Floats:
    """Return ellipsoidal / planar area of each tile as a plane: in its middle, and its growth by m of x and of y."""
    west, south = tiles[:, :2].min(axis=0)
    east, north = tiles[:, 2:].max(axis=0)
    to_local = Transformer.from_crs(crs, equal_area_crs((west, south, east, north), crs), always_xy=True)

    def at(x: Floats, y: Floats) -> Floats:
        (u0, v0), (u1, v1), (u2, v2), (u3, v3) = (
            to_local.transform(x + dx, y + dy) for dx, dy in ((-NEAR_M, 0), (NEAR_M, 0), (0, -NEAR_M), (0, NEAR_M))
        )
        return np.asarray(np.abs((u1 - u0) * (v3 - v2) - (u3 - u2) * (v1 - v0)) / (2 * NEAR_M) ** 2)

    x, y = (tiles[:, 0] + tiles[:, 2]) / 2, (tiles[:, 1] + tiles[:, 3]) / 2
    half = 5 * NEAR_M
    slopes = [(at(x + dx, y + dy) - at(x - dx, y - dy)) / (2 * half) for dx, dy in ((half, 0.0), (0.0, half))]
    return np.column_stack([at(x, y), *slopes])


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _add(keys: Masks, areas: Floats, key: np.uint64, area: float) -> bool:
    """Add to the area of a set; False where the table is full."""
    places = len(keys)
    spot = int((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(50)) & (places - 1)
    for _ in range(places):
        if keys[spot] == key:
            areas[spot] += area
            return True
        if keys[spot] == 0:
            keys[spot] = key
            areas[spot] = area
            return True
        spot = (spot + 1) & (places - 1)
    return False


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _sweep_tiles(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    left: Floats, right: Floats, start: Integers, masks: Masks, tiles: Floats, scale: Floats, first: Integers,
    members: Integers, keys: Masks, areas: Floats, low: int, high: int,
) -> bool:  # fmt: skip
    for t in range(low, high):
        west, south, east, north = tiles[t, 0], tiles[t, 1], tiles[t, 2], tiles[t, 3]
        count = 2
        for m in range(first[t], first[t + 1]):
            shape = members[m]
            for k in range(start[shape], start[shape + 1]):
                if left[k, 0] < east and right[k, 0] > west and min(left[k, 1], right[k, 1]) < north:
                    count += 1
        xl, yl, xr, yr = np.empty(count), np.empty(count), np.empty(count), np.empty(count)
        # The tile's own lower and upper side are edges too, of no shape: −1 opens the tile and −2 closes it.
        owner = np.empty(count, dtype=np.int64)
        xl[:2], xr[:2], owner[0], owner[1] = 0.0, east - west, -1, -2
        yl[0], yr[0], yl[1], yr[1] = 0.0, 0.0, north - south, north - south
        at = 2
        for m in range(first[t], first[t + 1]):
            shape = members[m]
            for k in range(start[shape], start[shape + 1]):
                if left[k, 0] < east and right[k, 0] > west and min(left[k, 1], right[k, 1]) < north:
                    xl[at], yl[at] = left[k, 0] - west, left[k, 1] - south
                    xr[at], yr[at] = right[k, 0] - west, right[k, 1] - south
                    owner[at] = m - first[t]
                    at += 1
        own_masks = masks[members[first[t] : first[t + 1]]]
        if not _sweep_tile(xl, yl, xr, yr, owner, own_masks, east - west, north - south, scale[t], keys, areas):
            return False
    return True


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _sweep_tile(  # noqa: C901, PLR0913, PLR0917 - compiled code takes arrays, not objects
    xl: Floats, yl: Floats, xr: Floats, yr: Floats, owner: Integers, masks: Masks, width: float,
    height: float, scale: Floats, keys: Masks, areas: Floats,
) -> bool:  # fmt: skip
    ends = np.empty(2 * len(xl))
    used = 0
    for k in range(len(xl)):
        ends[used], ends[used + 1] = min(max(xl[k], 0.0), width), min(max(xr[k], 0.0), width)
        used += 2
    ends = np.unique(ends)
    by_left = np.argsort(xl)
    active = np.empty(len(xl), dtype=np.int64)
    ya, yb = np.empty(len(xl)), np.empty(len(xl))
    inside = np.zeros(len(masks), dtype=np.int64)
    carried = np.zeros(64, dtype=np.int64)
    todo = np.empty(SPLITS_AT_MOST + 2)
    count, following = 0, 0
    for strip in range(len(ends) - 1):
        begin, end = ends[strip], ends[strip + 1]
        kept = 0
        for k in range(count):
            if xr[active[k]] > begin:
                active[kept] = active[k]
                kept += 1
        count = kept
        while following < len(by_left) and xl[by_left[following]] <= begin:
            if xr[by_left[following]] > begin:
                active[count] = by_left[following]
                count += 1
            following += 1
        # What is still to be done lies between ``a`` and the nearest of the stacked right ends.
        todo[0], depth, a = end, 1, begin
        while depth > 0:
            b = todo[depth - 1]
            for k in range(count):
                e = active[k]
                slope = (yr[e] - yl[e]) / (xr[e] - xl[e])
                ya[e], yb[e] = yl[e] + slope * (a - xl[e]), yl[e] + slope * (b - xl[e])
            _sort_upwards(active, ya, yb, count)
            cut = _crossing(active, ya, yb, count, a, b) if depth <= SPLITS_AT_MOST else b
            if a < cut < b:
                todo[depth] = cut
                depth += 1
                continue
            weight = scale[0] + scale[1] * (0.5 * (a + b - width)) - scale[2] * 0.5 * height
            if not _climb(active, ya, yb, count, b - a, weight, scale, owner, masks, inside, carried, keys, areas):
                return False
            a = b
            depth -= 1
    return True


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _sort_upwards(active: Integers, ya: Floats, yb: Floats, count: int) -> None:
    """Sort by height in the middle of the strip; the order of the strip before is nearly right."""
    for k in range(1, count):
        e = active[k]
        height = ya[e] + yb[e]
        j = k - 1
        while j >= 0 and ya[active[j]] + yb[active[j]] > height:
            active[j + 1] = active[j]
            j -= 1
        active[j + 1] = e


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _crossing(active: Integers, ya: Floats, yb: Floats, count: int, a: float, b: float) -> float:
    """Return where two neighbours cross inside the strip so that it matters, or its end."""
    for k in range(count - 1):
        lower, upper = active[k], active[k + 1]
        at_a, at_b = ya[upper] - ya[lower], yb[upper] - yb[lower]
        if (at_a < 0.0) == (at_b < 0.0):
            continue
        share = at_a / (at_a - at_b)
        wrong = abs(at_a) * share if at_a < 0.0 else abs(at_b) * (1.0 - share)
        if wrong > SAME_M and 0.5 * wrong * (b - a) > CROSSING_M2:
            return float(a + share * (b - a))
    return b


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _climb(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    active: Integers, ya: Floats, yb: Floats, count: int, width: float, weight: float, scale: Floats,
    owner: Integers, masks: Masks, inside: Integers, carried: Integers, keys: Masks, areas: Floats,
) -> bool:  # fmt: skip
    """Go from the lowest edge to the highest and give each part of the strip to the labels that lie on it."""
    current = np.uint64(0)
    in_tile = False
    lower, fits = active[0], True
    for k in range(count):
        e = active[k]
        at_a, at_b = ya[e] - ya[lower], yb[e] - yb[lower]
        if in_tile and current != 0 and at_a + at_b > 0.0:
            middle = 0.25 * (ya[e] + yb[e] + ya[lower] + yb[lower])
            # A strip that widens to one side has its middle nearer to that side.
            area = 0.5 * (at_a + at_b) * width * (weight + scale[2] * middle)
            area += scale[1] * width * width * (at_b - at_a) / 12.0
            fits = fits and _add(keys, areas, current, area)
        lower = e
        shape = owner[e]
        if shape < 0:
            in_tile = shape == -1
            if not in_tile:
                break
            continue
        inside[shape] = 1 - inside[shape]
        step = 1 if inside[shape] == 1 else -1
        rest = masks[shape]
        for label in range(64):
            bit = np.uint64(1) << np.uint64(label)
            if rest & bit:
                carried[label] += step
                current = current | bit if carried[label] > 0 else current & ~bit
    for k in range(count):
        if owner[active[k]] >= 0:
            inside[owner[active[k]]] = 0
    carried[:] = 0
    return fits
