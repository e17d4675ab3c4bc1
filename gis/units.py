"""Units of land, money and energy, and the one place where they are converted.

In code every column carries its unit (``_m2``, ``_cny``, ``_ratio``); hectares, 亩 (mu) and per
cent exist in files that come in and in reports that go out. 1 ha = 10,000 m² = 15 亩.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from gis.errors import SchemaError

__all__ = ["FACTORS", "HA_M2", "KM2_M2", "MU_M2", "choices", "exact_number", "factor"]

#: Square metres in one hectare, one square kilometre, and one 亩.
HA_M2: Final = 10_000
KM2_M2: Final = 1_000_000
MU_M2: Final = Fraction(10_000, 15)

#: base unit → unit in a file → how many base units one of it is.
FACTORS: Final[dict[str, dict[str, Fraction]]] = {
    "m2": {"m2": Fraction(1), "ha": Fraction(HA_M2), "mu": MU_M2, "km2": Fraction(KM2_M2)},
    "cny": {"cny": Fraction(1), "10k_cny": Fraction(10_000)},
    "ratio": {"ratio": Fraction(1), "percent": Fraction(1, 100)},
    "m": {"m": Fraction(1), "km": Fraction(1000)},
}

#: Beyond it a float ends, and a fraction of ``1e999999`` would be made of a million digits.
MOST_EXPONENT: Final = 300
EXPONENT: Final = re.compile(r"[eE]([+-]?\d+)$")


def exact_number(text: str) -> Fraction:
    """Return a number exactly as it is written: decimals, a fraction, or with an exponent up to 300.

    Raises
    ------
    ValueError
        If it is no number, or of more than 300 digits.
    ZeroDivisionError
        If it is a fraction over 0.

    Examples
    --------
    >>> exact_number("0.12") == Fraction(3, 25), exact_number("1/3") == Fraction(1, 3)
    (True, True)
    >>> exact_number("1e999999999")
    Traceback (most recent call last):
    ...
    ValueError: more than 300 digits
    """
    written = text.strip()
    exponent = EXPONENT.search(written)
    digits = exponent[1].lstrip("+-0") if exponent else ""
    if len(written) > MOST_EXPONENT or len(digits) > len(str(MOST_EXPONENT)) or int(digits or 0) > MOST_EXPONENT:
        raise ValueError(f"more than {MOST_EXPONENT} digits")
    return Fraction(written)


def choices(base: str) -> list[str]:
    """Return the units a field with base unit ``base`` may be given in.

    Examples
    --------
    >>> choices("m2")
    ['m2', 'ha', 'mu', 'km2']
    """
    return list(FACTORS.get(base, {base: Fraction(1)}))


def factor(unit: str, base: str) -> Fraction:
    """Return how many ``base`` units one ``unit`` is, exactly.

    Raises
    ------
    SchemaError
        If ``unit`` is not a unit of ``base``.

    Examples
    --------
    >>> factor("mu", "m2") * 15 == factor("ha", "m2")
    True
    """
    if unit == base:
        return Fraction(1)
    try:
        return FACTORS[base][unit]
    except KeyError:
        raise SchemaError("unit_unknown", unit=unit, base=base, choices=choices(base)) from None
