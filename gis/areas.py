"""Amounts as people read them: one grid, one rounding, one text for each unit, on every face of a run.

The rule. A number is its shortest decimal text (``repr``). An area is first put on the grid of whole mm² (1e-6 m²,
beyond what any survey knows), a ratio on that of 1e-9. Then it is converted exactly and rounded half away from zero,
as a spreadsheet displays it, to the decimals that `DIGITS` has for the unit. The shown text of a figure is always its
own plain rounding, never fitted to its neighbours: shown parts may differ from a shown total in the last digit, and
the text ``facts.rounding_note`` says so. ``maps/assets/words.js`` follows the same rule in the browser.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from gis.units import HA_M2, KM2_M2, MU_M2

__all__ = [
    "ABSENT",
    "DIGITS",
    "SQUARE_MM",
    "cny_text",
    "grouped",
    "ha_text",
    "hectares",
    "index_text",
    "is_absent",
    "km2_text",
    "m2_text",
    "mu_text",
    "number_format",
    "on_grid",
    "percent_beside",
    "percent_text",
    "signed",
    "square_mm",
]

#: Decimals of each unit, on every face.
DIGITS: Final = {"m2": 2, "ha": 4, "mu": 2, "km2": 4, "percent": 2, "cny": 2, "index": 3}
#: Square millimetres in one m².
SQUARE_MM: Final = 1_000_000
RATIO_GRID: Final = 10**9
#: A ratio beside its limit has more decimals where it needs them: as many as its grid holds.
MOST_PERCENT_DIGITS: Final = 7
#: A number that can't be given; never 0.
ABSENT: Final = "—"


def is_absent(value: Any) -> bool:
    """Tell whether a number is missing.

    Examples
    --------
    >>> is_absent(None), is_absent(float("nan")), is_absent(0)
    (True, True, False)
    """
    import pandas as pd  # a bare `import gis` stays light

    return value is None or bool(pd.isna(value))


def _exact(value: Any) -> Fraction:
    """Return what the shortest text of a number says: 0.1 is a tenth."""
    if isinstance(value, Fraction | int | Decimal):
        return Fraction(value)
    return Fraction(repr(float(value)))


def _rounded(exact: Fraction) -> int:
    """Round half away from zero."""
    whole = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return -whole if exact < 0 else whole


def _is_finite(value: Any) -> bool:
    return not is_absent(value) and not math.isinf(value)


def _text(exact: Fraction, digits: int) -> str:
    return f"{Decimal(_rounded(exact * 10**digits)).scaleb(-digits):,f}"


def grouped(value: Any, digits: int) -> str:
    """Return a number with thousands separators, or a dash.

    Examples
    --------
    >>> grouped(1234.5, 2), grouped(None, 2), grouped(-0.001, 2), grouped(0.125, 2)
    ('1,234.50', '—', '0.00', '0.13')
    """
    return _text(_exact(value), digits) if _is_finite(value) else ABSENT


def square_mm(area_m2: Any) -> int:
    """Return an area on the grid: whole mm².

    Examples
    --------
    >>> square_mm(90355.4777), square_mm(-0.0000005)
    (90355477700, -1)
    """
    return _rounded(_exact(area_m2) * SQUARE_MM)


def on_grid(area_m2: Any) -> float:
    """Return an area to the whole mm², as a page or a workbook holds it.

    Examples
    --------
    >>> on_grid(0.1 + 0.2)
    0.3
    """
    return square_mm(area_m2) / SQUARE_MM


def _area_text(area_m2: Any, unit_m2: Fraction | int, digits: int) -> str:
    return _text(Fraction(square_mm(area_m2), SQUARE_MM) / unit_m2, digits) if _is_finite(area_m2) else ABSENT


def m2_text(area_m2: Any) -> str:
    """Return an area in m².

    Examples
    --------
    >>> m2_text(90355.4777), m2_text(0.125), m2_text(-0.125)
    ('90,355.48', '0.13', '-0.13')
    """
    return _area_text(area_m2, 1, DIGITS["m2"])


def ha_text(area_m2: Any) -> str:
    """Return an area, given in m², in hectares.

    Examples
    --------
    >>> ha_text(90355.4777), ha_text(90355.5), ha_text(None)
    ('9.0355', '9.0356', '—')
    """
    return _area_text(area_m2, HA_M2, DIGITS["ha"])


def mu_text(area_m2: Any) -> str:
    """Return an area, given in m², in 亩.

    Examples
    --------
    >>> mu_text(10_000)
    '15.00'
    """
    return _area_text(area_m2, MU_M2, DIGITS["mu"])


def km2_text(area_m2: Any) -> str:
    """Return an area, given in m², in km².

    Examples
    --------
    >>> km2_text(1_234_560)
    '1.2346'
    """
    return _area_text(area_m2, KM2_M2, DIGITS["km2"])


def signed(text: str) -> str:
    """Return the text of a difference with its sign, also where it is more.

    Examples
    --------
    >>> signed(m2_text(0.5)), signed(m2_text(-0.5))
    ('+0.50', '-0.50')
    """
    return text if text.startswith("-") else f"+{text}"


def cny_text(amount_cny: Any) -> str:
    """Return an amount of money in yuan.

    Examples
    --------
    >>> cny_text(1234567.005)
    '1,234,567.01'
    """
    return grouped(amount_cny, DIGITS["cny"])


def index_text(value: Any) -> str:
    """Return an index of mixed use, such as an effective number of uses.

    Examples
    --------
    >>> index_text(3.5455), index_text(None)
    ('3.546', '—')
    """
    return grouped(value, DIGITS["index"])


def hectares(area_m2: float) -> float:
    """Return an area in ha, for the height of a mark in a chart and never for a text."""
    return area_m2 / HA_M2


def _percent(ratio: Any, digits: int) -> str:
    on_grid = Fraction(_rounded(_exact(ratio) * RATIO_GRID), RATIO_GRID)
    return f"{_text(on_grid * 100, digits)}%"


def percent_text(ratio: Any) -> str:
    """Return a ratio as per cent.

    Examples
    --------
    >>> percent_text(0.2), percent_text(0.12345), percent_text(float("nan"))
    ('20.00%', '12.35%', '—')
    """
    return _percent(ratio, DIGITS["percent"]) if _is_finite(ratio) else ABSENT


def percent_beside(ratio: Any, limit: Any) -> str:
    """Return a ratio as per cent, with as many decimals as tell it from its limit.

    Examples
    --------
    >>> percent_beside(0.199996, 0.2), percent_beside(0.2, 0.2), percent_beside(0.15, 0.2)
    ('19.9996%', '20.00%', '15.00%')
    """
    if not _is_finite(ratio) or not _is_finite(limit) or _exact(ratio) == _exact(limit):
        return percent_text(ratio)
    shown = ""
    for digits in range(DIGITS["percent"], MOST_PERCENT_DIGITS + 1):
        shown = _percent(ratio, digits)
        if shown != _percent(limit, digits):
            break
    return shown


def number_format(unit: str) -> str:
    """Return the display format of a spreadsheet that shows a number as this module writes it.

    Examples
    --------
    >>> number_format("m2"), number_format("percent")
    ('#,##0.00', '0.00%')
    """
    decimals = "0." + "0" * DIGITS[unit]
    return f"{decimals}%" if unit == "percent" else f"#,##{decimals}"
