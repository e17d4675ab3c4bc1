"""Values of parameters, exactly: fractions, calendar periods, flags, texts and lists."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from gis.errors import RuleError
from gis.regulations.periods import parse_period
from gis.units import exact_number

if TYPE_CHECKING:
    from gis.regulations.strict import Spot

__all__ = ["FORMS", "UNITS", "Kind", "exact_value", "value_text"]


class Kind(StrEnum):
    """What sort of value a parameter has."""

    RATIO = "ratio"
    NUMBER = "number"
    PERIOD = "period"
    FLAG = "flag"
    TEXT = "text"
    LIST = "list"


#: The units that a kind of value may be in.
UNITS: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.RATIO: ("ratio",),
    Kind.NUMBER: ("count", "m", "m2", "cny", "cny_per_mu", "kwh", "tce", "t"),
    Kind.PERIOD: ("calendar",),
    Kind.FLAG: ("flag",),
    Kind.TEXT: ("category",),
    Kind.LIST: ("category",),
}
#: How a value is written in a rule file or a run file.
FORMS: Final[dict[Kind, str]] = {
    Kind.RATIO: '"1/3", "20%"',
    Kind.NUMBER: '"2", "1.5"',
    Kind.PERIOD: "P1Y, P6M, P30D",
    Kind.FLAG: "true, false",
    Kind.TEXT: '"zone"',
    Kind.LIST: "[attached, park]",
}


def exact_value(spot: Spot, kind: Kind, raw: Any) -> Any:
    """Return a written value as what it stands for; a float is refused, for it is not exact.

    Returns
    -------
    A `Fraction` for ratios (0 to 1) and numbers, the period as text, a bool, a text, or a tuple.

    Raises
    ------
    RuleError
        If the value is not of its kind.
    """
    value = _value(kind, raw)
    if value is None:
        raise spot.refused("rule_value_invalid", kind=kind.value, found=repr(raw), form=FORMS[kind])
    return value


def _value(kind: Kind, raw: Any) -> Any:
    """Return the value, or None where it is not of its kind."""
    is_flag = isinstance(raw, bool)
    if kind is Kind.FLAG:
        return raw if is_flag else None
    if kind is Kind.LIST:
        items = tuple(raw) if isinstance(raw, list | tuple) else ()
        return items if items and all(isinstance(item, str) and item for item in items) else None
    if kind in {Kind.RATIO, Kind.NUMBER}:
        whole = isinstance(raw, int | Fraction) and not is_flag
        value = Fraction(raw) if whole else _fraction(raw) if isinstance(raw, str) else None
        return None if kind is Kind.RATIO and value is not None and not 0 <= value <= 1 else value
    if kind is Kind.PERIOD and not _is_period(raw):
        return None
    return raw if isinstance(raw, str) and raw.strip() else None


def _fraction(text: str) -> Fraction | None:
    percent = text.endswith("%")
    try:
        return exact_number(text[:-1]) / 100 if percent else exact_number(text)
    except (ValueError, ZeroDivisionError):
        return None


def _is_period(raw: Any) -> bool:
    try:
        parse_period(raw)
    except RuleError:
        return False
    return True


def value_text(kind: Kind, value: Any) -> str:
    """Return a value as text, exactly.

    Examples
    --------
    >>> value_text(Kind.RATIO, Fraction(1, 5)), value_text(Kind.RATIO, Fraction(1, 3)), value_text(Kind.FLAG, False)
    ('20%', '1/3', 'false')
    """
    if kind is Kind.RATIO:
        percent = value * 100
        return f"{percent}%" if percent.denominator == 1 else str(value)
    if kind is Kind.LIST:
        return ", ".join(value)
    return str(value).lower() if kind is Kind.FLAG else str(value)
