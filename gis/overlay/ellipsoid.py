"""Areas on the ellipsoid, of shapes whose edges are straight lines of the declared plane.

The area is ∫∫ J dx dy with the areal scale J (`gis.overlay.areal_scale`). What J has beyond 1 is
integrated edge by edge as the area itself is: with V = ∫ (J − 1) dy,

    ellipsoidal − planar = Σ_e Σ_f s_e s_f · ∫ V(x, min(e(x), f(x))) dx

V is a polynomial of degree 5, along a straight edge too, so that three Gauss points are exact. Shapes
stay where they are: neighbours that share a line in the plane share it on the ellipsoid, wherever
their vertices lie on it, which copies of the shapes with chords for curves would not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numba
import numpy as np
import shapely
from pyproj import Transformer

from gis.crs import densified, equal_area_crs, require_area_crs
from gis.overlay.areal_scale import ArealScale
from gis.overlay.edges import BLOCK, EdgeTable, Floats, Integers
from gis.overlay.threads import in_threads

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["ellipsoidal_excess", "ellipsoidal_overlap_excess", "on_ellipsoid"]

#: Distance of the outer Gauss points from the middle, in half widths.
OUTER = math.sqrt(0.6)


@numba.njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _excess_below(c: Floats, s: float, t: float) -> float:
    """Return V at a place, in units of the reach: Σ c_ij sⁱ t^(j+1)/(j+1)."""
    a0 = c[0] + s * (c[1] + s * (c[2] + s * (c[3] + s * c[4])))
    a1 = c[5] + s * (c[6] + s * (c[7] + s * c[8]))
    a2 = c[9] + s * (c[10] + s * c[11])
    a3 = c[12] + s * c[13]
    return float(t * (a0 + t * (a1 / 2.0 + t * (a2 / 3.0 + t * (a3 / 4.0 + t * c[14] / 5.0)))))


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _excess_under_edge(c: Floats, frame: Floats, xa: float, ya: float, xb: float, yb: float) -> float:
    """Return ∫ V dx below a straight edge, in m²."""
    reach = frame[2]
    s, t = (0.5 * (xa + xb) - frame[0]) / reach, (0.5 * (ya + yb) - frame[1]) / reach
    ds, dt = OUTER * 0.5 * (xb - xa) / reach, OUTER * 0.5 * (yb - ya) / reach
    outer = _excess_below(c, s - ds, t - dt) + _excess_below(c, s + ds, t + dt)
    return float((xb - xa) * reach * (5.0 * outer + 8.0 * _excess_below(c, s, t)) / 18.0)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _excess_below_both(
    c: Floats, frame: Floats, a: float, b: float, ea: float, eb: float, fa: float, fb: float
) -> float:
    da, db = ea - fa, eb - fb
    if da * db >= 0.0:
        e_is_lower = da + db < 0.0
        return float(_excess_under_edge(c, frame, a, ea if e_is_lower else fa, b, eb if e_is_lower else fb))
    share = da / (da - db)
    x, y = a + share * (b - a), ea + share * (eb - ea)
    left = _excess_under_edge(c, frame, a, min(ea, fa), x, y)
    return float(left + _excess_under_edge(c, frame, x, y, b, min(eb, fb)))


@numba.njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _height(x: float, xl: float, yl: float, xr: float, yr: float) -> float:
    return yl + (yr - yl) * ((x - xl) / (xr - xl))


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _excess_of_pair(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    c: Floats, frame: Floats,
    p_left: Floats, p_right: Floats, p_sign: Floats, p_first: int, p_last: int,
    q_left: Floats, q_right: Floats, q_sign: Floats, q_first: int, q_last: int,
    q_reach: Floats, low: float, high: float,
) -> float:  # fmt: skip
    total = 0.0
    step = BLOCK if len(q_reach) else max(q_last - q_first, 1)
    for e in range(p_first, p_last):
        exl, exr = p_left[e, 0], p_right[e, 0]
        if exl >= high:
            break
        if exr <= low:
            continue
        for block in range(-(-(q_last - q_first) // step)):
            begin = q_first + block * step
            if q_left[begin, 0] >= exr:
                break
            if len(q_reach) and q_reach[block] <= exl:
                continue
            for f in range(begin, min(begin + step, q_last)):
                fxl, fxr = q_left[f, 0], q_right[f, 0]
                if fxl >= exr:
                    break
                a, b = max(exl, fxl), min(exr, fxr)
                if b <= a:
                    continue
                ea = _height(a, exl, p_left[e, 1], exr, p_right[e, 1])
                eb = _height(b, exl, p_left[e, 1], exr, p_right[e, 1])
                fa = _height(a, fxl, q_left[f, 1], fxr, q_right[f, 1])
                fb = _height(b, fxl, q_left[f, 1], fxr, q_right[f, 1])
                total += p_sign[e] * q_sign[f] * _excess_below_both(c, frame, a, b, ea, eb, fa, fb)
    return total


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _excess_of_pairs(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    c: Floats, frame: Floats,
    p_left: Floats, p_right: Floats, p_sign: Floats, p_start: Integers, p_bounds: Floats, p_reach: Floats,
    p_blocks: Integers, q_left: Floats, q_right: Floats, q_sign: Floats, q_start: Integers, q_bounds: Floats,
    q_reach: Floats, q_blocks: Integers, pairs: Integers, excess: Floats, first: int, last: int,
) -> None:  # fmt: skip
    for k in range(first, last):
        i, j = pairs[k, 0], pairs[k, 1]
        low, high = max(p_bounds[i, 0], q_bounds[j, 0]), min(p_bounds[i, 2], q_bounds[j, 2])
        if p_start[i + 1] - p_start[i] <= q_start[j + 1] - q_start[j]:
            excess[k] = _excess_of_pair(
                c, frame, p_left, p_right, p_sign, p_start[i], p_start[i + 1],
                q_left, q_right, q_sign, q_start[j], q_start[j + 1], q_reach[q_blocks[j] : q_blocks[j + 1]], low, high,
            )  # fmt: skip
        else:
            excess[k] = _excess_of_pair(
                c, frame, q_left, q_right, q_sign, q_start[j], q_start[j + 1],
                p_left, p_right, p_sign, p_start[i], p_start[i + 1], p_reach[p_blocks[i] : p_blocks[i + 1]], low, high,
            )  # fmt: skip


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _excess_of_shapes(
    c: Floats, frame: Floats, left: Floats, right: Floats, sign: Floats, start: Integers, excess: Floats,
    first: int, last: int,
) -> None:  # fmt: skip
    for i in range(first, last):
        for e in range(start[i], start[i + 1]):
            excess[i] += sign[e] * _excess_under_edge(c, frame, left[e, 0], left[e, 1], right[e, 0], right[e, 1])


def ellipsoidal_excess(p: EdgeTable, scale: ArealScale) -> Floats:
    """Return ellipsoidal − planar area of each polygon in m².

    Examples
    --------
    >>> from pyproj import CRS
    >>> from gis.overlay.areal_scale import areal_scale
    >>> from gis.overlay.edges import flatten_edges
    >>> cell = shapely.box([652_000], [3_467_000], [653_000], [3_468_000])
    >>> scale = areal_scale(tuple(cell[0].bounds), CRS("EPSG:4549"))
    >>> ellipsoidal_excess(flatten_edges(cell), scale).round(1).tolist()
    [-573.2]
    """
    excess = np.zeros(len(p.start) - 1)

    def work(first: int, last: int) -> None:
        _excess_of_shapes(scale.excess, scale.frame, p.left, p.right, p.sign, p.start, excess, first, last)

    in_threads(work, len(excess), smallest=10_000)
    return excess


def ellipsoidal_overlap_excess(p: EdgeTable, q: EdgeTable, pairs: Integers, *, scale: ArealScale) -> Floats:
    """Return ellipsoidal − planar area of P_i ∩ Q_j in m² for each pair (k, 2) of positions."""
    pairs = np.ascontiguousarray(pairs, dtype=np.int64)
    excess = np.zeros(len(pairs))

    def work(first: int, last: int) -> None:
        _excess_of_pairs(
            scale.excess, scale.frame, p.left, p.right, p.sign, p.start, p.bounds, p.reach, p.reach_start,
            q.left, q.right, q.sign, q.start, q.bounds, q.reach, q.reach_start, pairs, excess, first, last,
        )  # fmt: skip

    in_threads(work, len(pairs), smallest=10_000)
    return excess


def on_ellipsoid(frame: GeoDataFrame) -> GeoDataFrame:
    """Return the rows in an equal-area projection, edges in chords of at most `gis.crs.EDGE_STEP_M`.

    The second method: the planar area of a row is its ellipsoidal area, to 0.005 ppm for shapes from
    10 m on. Its chords are no partition: a corner of one shape on the edge of another may leave
    some mm² between them.

    Raises
    ------
    CrsError
        If areas may not be computed in the frame's system.
    """
    crs = require_area_crs(frame.crs, where="table")
    west, south, east, north = (float(number) for number in frame.total_bounds)
    local = equal_area_crs((west, south, east, north), crs)
    to_local = Transformer.from_crs(crs, local, always_xy=True)
    shapes = densified(np.asarray(frame.geometry.array))
    moved = shapely.transform(shapes, lambda xy: np.column_stack(to_local.transform(xy[:, 0], xy[:, 1])))
    return frame.set_geometry(moved, crs=local)
