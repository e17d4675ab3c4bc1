"""Yields of land, compared with a limit exactly: the mean of yearly sums over land, in whole fen and mm²."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gis.areas import SQUARE_MM

if TYPE_CHECKING:
    from fractions import Fraction

    from gis.analyses.event_reduction import EventReduction

__all__ = ["is_mean_below", "yearly_sums"]

FEN = 100
#: Nearer than this share of the limit, floats do not decide.
NEAR = 1e-9
#: Sums and areas beyond these are no data of a parcel; whole numbers would not hold them.
MOST_CNY, MOST_M2 = 1e15, 1e11
Array = Any


def yearly_sums(seen: EventReduction, kind: str, *, before: int, years: int) -> Array:
    """Return Σ of a yearly figure over the years before a calculation year, in whole fen.

    Parameters
    ----------
    seen
        The events up to the as-of date; the figure of a year is dated within it.
    kind
        ``tax`` or ``output``.
    before
        The calculation year, itself not counted (不含当前测算年).
    years
        How many.

    Returns
    -------
    Whole numbers, −1 where the figure of any of the years is missing.
    """
    total = np.zeros(seen.count, dtype=np.int64)
    known = np.ones(seen.count, dtype=bool)
    for year in range(before - years, before):
        value = seen.number_of_year(kind, year)
        there = (value >= 0) & (value <= MOST_CNY)
        total += np.rint(np.where(there, value, 0) * FEN).astype(np.int64)
        known &= there
    return np.where(known, total, -1)


def is_mean_below(total_fen: Array, land_m2: Array, limit_cny_per_m2: Fraction, *, years: int) -> tuple[Array, Array]:
    """Tell where Σ / years / land is below a limit, exactly, and where that is known.

    Exactly the limit is not below it.

    Examples
    --------
    >>> from fractions import Fraction
    >>> below, known = is_mean_below(np.array([15_000_00, 14_999_99, -1]), np.array([100.0] * 3), Fraction(50), years=3)
    >>> below.tolist(), known.tolist()
    ([False, True, False], [True, True, False])
    """
    land = np.asarray(land_m2, dtype="float64")
    known = (total_fen >= 0) & (land > 0) & (land <= MOST_M2)
    area = np.rint(np.where(known, land, 0) * SQUARE_MM).astype(np.int64)
    left = total_fen / FEN
    right = float(limit_cny_per_m2) * years * (area / SQUARE_MM)
    below = known & (left < right)
    for row in np.flatnonzero(known & (np.abs(left - right) <= NEAR * right)):
        exact = limit_cny_per_m2 * years * int(area[row]) * FEN
        below[row] = int(total_fen[row]) * SQUARE_MM < exact
    return below, known
