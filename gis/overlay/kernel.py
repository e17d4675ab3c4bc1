"""The area of P ∩ Q from the edges of P and Q, without building the shape.

With T(e) the region below edge e, a polygon is 1_P = Σ s_e·1_T(e), so that

    area(P ∩ Q) = Σ_e Σ_f s_e s_f · ∫ min(e(x), f(x)) dx

over the x-range that both edges cover: a closed form with at most one crossing. There is no
topology in it, hence no degenerate case: shared edges, touching corners, holes and identical
polygons need no branch of their own. Heights are taken from where the two boxes meet and widths
are differences, so that rounding stays that of the coordinates, wherever the survey's origin is;
nothing depends on the other pairs, so that a pair gives the same bits in any company.
"""

from __future__ import annotations

import numba
import numpy as np

from gis.overlay.edges import BLOCK, SMALL, EdgeTable, Floats, Integers
from gis.overlay.threads import in_threads

__all__ = ["overlap_areas"]


@numba.njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _below_both(ea: float, eb: float, fa: float, fb: float, width: float) -> float:
    """Return ∫ min(e, f) dx over a range where e runs ea → eb and f runs fa → fb."""
    da, db = ea - fa, eb - fb
    if da * db >= 0.0:
        return 0.5 * width * (min(ea, fa) + min(eb, fb))
    t = da / (da - db)
    crossing = ea + t * (eb - ea)
    return 0.5 * width * (t * (min(ea, fa) + crossing) + (1.0 - t) * (crossing + min(eb, fb)))


@numba.njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _height(x: float, xl: float, yl: float, xr: float, yr: float) -> float:
    if x == xl:
        return yl
    if x == xr:
        return yr
    return yl + (yr - yl) * ((x - xl) / (xr - xl))


@numba.njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _strip(exl: float, eyl: float, exr: float, eyr: float, fxl: float, fyl: float, fxr: float, fyr: float) -> float:
    """Return ∫ min(e, f) dx over the range that both edges cover."""
    a, b = max(exl, fxl), min(exr, fxr)
    ea, eb = _height(a, exl, eyl, exr, eyr), _height(b, exl, eyl, exr, eyr)
    fa, fb = _height(a, fxl, fyl, fxr, fyr), _height(b, fxl, fyl, fxr, fyr)
    area: float = _below_both(ea, eb, fa, fb, b - a)
    return area


@numba.njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _lost(total: float, term: float, summed: float) -> float:
    if abs(total) >= abs(term):
        return (total - summed) + term
    return (term - summed) + total


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _area_of_small(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    p_left: Floats, p_right: Floats, p_sign: Floats, p_first: int, p_last: int,
    q_left: Floats, q_right: Floats, q_sign: Floats, q_first: int, q_last: int,
    low: float, high: float, base: float,
) -> float:  # fmt: skip
    """Return the area where both are small: a loop of its own, since blocks and kept losses double its time."""
    total = 0.0
    for e in range(p_first, p_last):
        exl, exr = p_left[e, 0], p_right[e, 0]
        if exl >= high:
            break
        if exr <= low:
            continue
        eyl, eyr = p_left[e, 1] - base, p_right[e, 1] - base
        for f in range(q_first, q_last):
            fxl, fxr = q_left[f, 0], q_right[f, 0]
            if fxl >= exr:
                break
            if fxr > exl:
                fyl, fyr = q_left[f, 1] - base, q_right[f, 1] - base
                total += p_sign[e] * q_sign[f] * _strip(exl, eyl, exr, eyr, fxl, fyl, fxr, fyr)
    return total


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _area_with_large(  # noqa: C901, PLR0913, PLR0917 - compiled code takes arrays, not objects
    p_left: Floats, p_right: Floats, p_sign: Floats, p_first: int, p_last: int,
    q_left: Floats, q_right: Floats, q_sign: Floats, q_first: int, q_last: int,
    q_reach: Floats, low: float, high: float, base: float,
) -> float:  # fmt: skip
    """Return the area where Q is large: its blocks that end left of an edge of P are passed over."""
    total, lost = 0.0, 0.0
    blocks = -(-(q_last - q_first) // BLOCK)
    for e in range(p_first, p_last):
        exl, exr = p_left[e, 0], p_right[e, 0]
        if exl >= high:
            break
        if exr <= low:
            continue
        eyl, eyr = p_left[e, 1] - base, p_right[e, 1] - base
        block = -1
        while block + 1 < blocks:
            block += 1
            if block % BLOCK == 0 and q_reach[blocks + block // BLOCK] <= exl:
                block += BLOCK - 1
                continue
            begin = q_first + block * BLOCK
            if q_left[begin, 0] >= exr:
                break
            if q_reach[block] <= exl:
                continue
            for f in range(begin, min(begin + BLOCK, q_last)):
                fxl, fxr = q_left[f, 0], q_right[f, 0]
                if fxl >= exr:
                    break
                if fxr > exl:
                    fyl, fyr = q_left[f, 1] - base, q_right[f, 1] - base
                    term = p_sign[e] * q_sign[f] * _strip(exl, eyl, exr, eyr, fxl, fyl, fxr, fyr)
                    # Neumaier's sum: what many terms lose to one another is kept apart.
                    summed = total + term
                    lost += _lost(total, term, summed)
                    total = summed
    return total + lost


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _areas_of_pairs(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    p_left: Floats, p_right: Floats, p_sign: Floats, p_start: Integers, p_bounds: Floats, p_reach: Floats,
    p_blocks: Integers, q_left: Floats, q_right: Floats, q_sign: Floats, q_start: Integers, q_bounds: Floats,
    q_reach: Floats, q_blocks: Integers, pairs: Integers, areas: Floats, first: int, last: int,
) -> None:  # fmt: skip
    for k in range(first, last):
        i, j = pairs[k, 0], pairs[k, 1]
        low = max(p_bounds[i, 0], q_bounds[j, 0])
        high = min(p_bounds[i, 2], q_bounds[j, 2])
        base = max(p_bounds[i, 1], q_bounds[j, 1])
        if low >= high or base >= min(p_bounds[i, 3], q_bounds[j, 3]):
            areas[k] = 0.0
            continue
        p_count, q_count = p_start[i + 1] - p_start[i], q_start[j + 1] - q_start[j]
        if max(p_count, q_count) <= SMALL:
            areas[k] = _area_of_small(
                p_left, p_right, p_sign, p_start[i], p_start[i + 1],
                q_left, q_right, q_sign, q_start[j], q_start[j + 1], low, high, base,
            )  # fmt: skip
        elif p_count <= q_count:
            # The smaller polygon outside: cost follows it, and what of the larger one lies over it.
            areas[k] = _area_with_large(
                p_left, p_right, p_sign, p_start[i], p_start[i + 1],
                q_left, q_right, q_sign, q_start[j], q_start[j + 1], q_reach[q_blocks[j] : q_blocks[j + 1]],
                low, high, base,
            )  # fmt: skip
        else:
            areas[k] = _area_with_large(
                q_left, q_right, q_sign, q_start[j], q_start[j + 1],
                p_left, p_right, p_sign, p_start[i], p_start[i + 1], p_reach[p_blocks[i] : p_blocks[i + 1]],
                low, high, base,
            )  # fmt: skip


def overlap_areas(p: EdgeTable, q: EdgeTable, pairs: Integers) -> Floats:
    """Return area(P_i ∩ Q_j) in m² for each pair.

    Parameters
    ----------
    p, q
        Edge tables.
    pairs
        (k, 2) positions i in ``p`` and j in ``q``.

    Raises
    ------
    IndexError
        If ``pairs`` are not (k, 2) whole numbers, or lie outside the tables: compiled code would read beyond them.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> from gis.overlay.edges import flatten_edges
    >>> squares = flatten_edges(shapely.box([0, 1], [0, 1], [2, 3], [2, 3]))
    >>> overlap_areas(squares, squares, np.array([[0, 0], [0, 1]])).tolist()
    [4.0, 1.0]
    """
    pairs = np.asarray(pairs)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or not np.issubdtype(pairs.dtype, np.integer):
        raise IndexError("pairs must be (k, 2) whole numbers")
    if len(pairs) and (pairs.min() < 0 or (pairs.max(axis=0) >= (len(p.bounds), len(q.bounds))).any()):
        raise IndexError("a position in pairs lies outside the edge tables")
    pairs = np.ascontiguousarray(pairs, dtype=np.int64)
    areas = np.zeros(len(pairs))

    def work(first: int, last: int) -> None:
        _areas_of_pairs(
            p.left, p.right, p.sign, p.start, p.bounds, p.reach, p.reach_start,
            q.left, q.right, q.sign, q.start, q.bounds, q.reach, q.reach_start, pairs, areas, first, last,
        )  # fmt: skip

    in_threads(work, len(pairs), smallest=10_000)
    return areas
