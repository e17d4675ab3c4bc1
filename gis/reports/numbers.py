"""Numbers as people read them, rounded once, so that the parts of a table add up to its totals."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.units import HA_M2, MU_M2, round_to_sum

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ABSENT",
    "HA_DIGITS",
    "M2_DIGITS",
    "MU_DIGITS",
    "PERCENT_DIGITS",
    "grouped",
    "is_absent",
    "m2_text",
    "mu_text",
    "percent_beside",
    "percent_text",
    "rounded_parts",
    "split_total",
]

M2_DIGITS = 2
HA_DIGITS = 4
MU_DIGITS = 2
PERCENT_DIGITS = 2
#: A ratio beside its limit has more decimals where it needs them.
MOST_DIGITS = 9
#: Parts are rounded from exact numbers where there are some.
Number = float | Fraction
#: A number that can't be given; never 0.
ABSENT = "—"


def is_absent(value: Any) -> bool:
    """Tell whether a number is missing."""
    return value is None or bool(pd.isna(value))


def grouped(value: Any, digits: int) -> str:
    """Return a number with thousands separators, or a dash.

    Examples
    --------
    >>> grouped(1234.5, 2), grouped(None, 2), grouped(-0.001, 2)
    ('1,234.50', '—', '0.00')
    """
    if is_absent(value) or math.isinf(value):
        return ABSENT
    rounded = round(float(value), digits) + 0.0
    return f"{rounded:,.{digits}f}"


def m2_text(value: Any) -> str:
    """Return an area in m² with its two decimals."""
    return grouped(value, M2_DIGITS)


def ha_text(value: Any) -> str:
    """Return an area, given in m², in hectares."""
    return ABSENT if is_absent(value) else grouped(float(Fraction(value) / HA_M2), HA_DIGITS)


def mu_text(value: Any) -> str:
    """Return an area, given in m², in 亩.

    Examples
    --------
    >>> mu_text(10_000)
    '15.00'
    """
    return ABSENT if is_absent(value) else grouped(float(Fraction(value) / MU_M2), MU_DIGITS)


def percent_text(ratio: Any) -> str:
    """Return a ratio as per cent.

    Examples
    --------
    >>> percent_text(0.2), percent_text(float("nan"))
    ('20.00%', '—')
    """
    return ABSENT if is_absent(ratio) else f"{grouped(float(ratio) * 100, PERCENT_DIGITS)}%"


def percent_beside(ratio: Any, limit: float) -> str:
    """Return a ratio as per cent, with as many decimals as tell it from its limit.

    Examples
    --------
    >>> percent_beside(0.199996, 0.2), percent_beside(0.2, 0.2), percent_beside(0.15, 0.2)
    ('19.9996%', '20.00%', '15.00%')
    """
    if is_absent(ratio) or Fraction(float(ratio)) == Fraction(limit):
        return percent_text(ratio)
    for digits in range(PERCENT_DIGITS, MOST_DIGITS):
        shown = grouped(float(ratio) * 100, digits)
        if shown != grouped(limit * 100, digits):
            return f"{shown}%"
    return f"{grouped(float(ratio) * 100, MOST_DIGITS)}%"


def split_total(values: Sequence[Number], total: float, digits: int) -> list[float]:
    """Round parts so that they add up to a total that is already rounded (largest remainder).

    Examples
    --------
    >>> split_total([1.4, 1.4, 0.0], 3.0, 0)
    [2.0, 1.0, 0.0]
    """
    scale = 10**digits
    exact = [Fraction(value) * scale for value in values]
    floors = [part.numerator // part.denominator for part in exact]
    order = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    for i in order[: round(Fraction(total) * scale) - sum(floors)]:
        floors[i] += 1
    return [number / scale for number in floors]


def rounded_parts(blocks: Sequence[Sequence[Number]], digits: int) -> list[tuple[float, list[float]]]:
    """Round a table of blocks: lines add up to their block, blocks to the rounded whole.

    Parameters
    ----------
    blocks
        The unrounded lines of each block.
    digits
        Decimals to keep.

    Returns
    -------
    One pair (shown subtotal, shown lines) a block; no shown number is off by a whole unit of its
    last decimal.

    Examples
    --------
    >>> rounded_parts([[Fraction(1, 3), Fraction(1, 3)], [Fraction(1, 3)]], 2)
    [(0.67, [0.34, 0.33]), (0.33, [0.33])]
    """
    totals = round_to_sum([_whole(lines) for lines in blocks], digits)
    return [(total, split_total(lines, total, digits)) for total, lines in zip(totals, blocks, strict=True)]


def _whole(lines: Sequence[Number]) -> Any:
    """Return the exact sum, which `round_to_sum` takes as it is."""
    return sum((Fraction(line) for line in lines), Fraction(0))
