"""The area of P ∩ Q from the edges of P and Q, without building the shape.

With T(e) the region below edge e, a polygon is 1_P = Σ s_e·1_T(e), so that

    area(P ∩ Q) = Σ_e Σ_f s_e s_f · ∫ min(e(x), f(x)) dx

over the x-range that both edges cover: a closed form with at most one crossing. There is no
topology in it, hence no degenerate case: shared edges, touching corners, holes and identical
polygons need no branch of their own.
"""

from __future__ import annotations

import numba
import numpy as np

from gis.overlay.edges import EdgeTable, Floats, Integers

__all__ = ["overlap_areas"]


@numba.njit(cache=True, inline="always")  # type: ignore[untyped-decorator]
def _below_both(ea: float, eb: float, fa: float, fb: float, width: float) -> float:
    """Return ∫ min(e, f) dx over a range where e runs ea → eb and f runs fa → fb."""
    da, db = ea - fa, eb - fb
    if da * db >= 0.0:
        return 0.5 * width * (min(ea, fa) + min(eb, fb))
    t = da / (da - db)
    crossing = ea + t * (eb - ea)
    return 0.5 * width * (t * (min(ea, fa) + crossing) + (1.0 - t) * (crossing + min(eb, fb)))


@numba.njit(cache=True, inline="always")  # type: ignore[untyped-decorator]
def _height(x: float, xl: float, yl: float, xr: float, yr: float) -> float:
    if x == xl:
        return yl
    if x == xr:
        return yr
    return yl + (yr - yl) * ((x - xl) / (xr - xl))


@numba.njit(cache=True, parallel=True, nogil=True)  # type: ignore[untyped-decorator]
def _overlap_areas(  # noqa: PLR0913, PLR0917
    p_left: Floats, p_right: Floats, p_sign: Floats, p_start: Integers, p_bounds: Floats,
    q_left: Floats, q_right: Floats, q_sign: Floats, q_start: Integers, q_bounds: Floats,
    pairs: Integers,
) -> Floats:  # fmt: skip
    areas = np.zeros(len(pairs))
    for k in numba.prange(len(pairs)):
        i, j = pairs[k, 0], pairs[k, 1]
        low = max(p_bounds[i, 0], q_bounds[j, 0])
        high = min(p_bounds[i, 2], q_bounds[j, 2])
        # Heights are taken from a baseline near the pair, so that rounding stays that of the pair.
        base = max(p_bounds[i, 1], q_bounds[j, 1])
        total = 0.0
        for e in range(p_start[i], p_start[i + 1]):
            exl, exr = p_left[e, 0], p_right[e, 0]
            if exl >= high:
                break
            if exr <= low:
                continue
            for f in range(q_start[j], q_start[j + 1]):
                fxl, fxr = q_left[f, 0], q_right[f, 0]
                a = max(exl, fxl)
                if fxl >= exr:
                    break
                b = min(exr, fxr)
                if b <= a:
                    continue
                ea = _height(a, exl, p_left[e, 1], exr, p_right[e, 1]) - base
                eb = _height(b, exl, p_left[e, 1], exr, p_right[e, 1]) - base
                fa = _height(a, fxl, q_left[f, 1], fxr, q_right[f, 1]) - base
                fb = _height(b, fxl, q_left[f, 1], fxr, q_right[f, 1]) - base
                total += p_sign[e] * q_sign[f] * _below_both(ea, eb, fa, fb, b - a)
        areas[k] = total
    return areas


def overlap_areas(p: EdgeTable, q: EdgeTable, pairs: Integers) -> Floats:
    """Return area(P_i ∩ Q_j) in m² for each pair.

    Parameters
    ----------
    p, q
        Edge tables with the same origin.
    pairs
        (k, 2) positions i in ``p`` and j in ``q``.
    """
    if not np.array_equal(p.origin, q.origin):
        raise ValueError("both edge tables need the same origin")
    areas: Floats = _overlap_areas(
        p.left, p.right, p.sign, p.start, p.bounds, q.left, q.right, q.sign, q.start, q.bounds,
        np.ascontiguousarray(pairs, dtype=np.int64),
    )  # fmt: skip
    return areas
