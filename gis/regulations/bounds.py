"""Bounds and verdicts: whether the number itself is inside a limit depends on a word of the text.

Civil Code art. 1259: 以上, 以下, 以内 and 届满 include the number; 不满, 超过 and 以外 do not.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from gis.errors import RuleError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Bound", "Verdict", "holds", "holds_in_whole_numbers", "judge"]


class Bound(StrEnum):
    """How an observation must stand to a threshold: 不低于 / 超过 / 不高于 / 不足 / 等于."""

    AT_LEAST = "at_least"
    MORE_THAN = "more_than"
    AT_MOST = "at_most"
    LESS_THAN = "less_than"
    EQUALS = "equals"


COMPARE: dict[Bound, Callable[[Any, Any], Any]] = {
    Bound.AT_LEAST: operator.ge,
    Bound.MORE_THAN: operator.gt,
    Bound.AT_MOST: operator.le,
    Bound.LESS_THAN: operator.lt,
    Bound.EQUALS: operator.eq,
}


class Verdict(StrEnum):
    """达标 / 不达标 / 待定."""

    MET = "met"
    NOT_MET = "not_met"
    UNDETERMINED = "undetermined"


def holds(bound: Bound | str, observed: float | Fraction, threshold: float | Fraction) -> bool:
    """Tell whether ``observed`` stands to ``threshold`` as the bound says, exactly.

    It says nothing of good or bad: ``less_than 1/3`` of the land developed is a condition that
    *makes* suspended land idle, ``at_least 20%`` green is one that a zone must keep.

    Parameters
    ----------
    bound
        The word of the text.
    observed, threshold
        Finite numbers; a float is taken at its exact binary value, so pass a `Fraction` of the
        areas where equality matters (``Fraction(green, land)``, never 0.2).

    Raises
    ------
    ValueError
        If the bound is none, or a number is NaN (see `judge` for what may be missing).
    OverflowError
        If a number is infinite.

    Examples
    --------
    >>> holds("less_than", Fraction(1, 3), Fraction(1, 3)), holds("at_least", Fraction(28, 140), Fraction(1, 5))
    (False, True)
    """
    return bool(COMPARE[Bound(bound)](Fraction(observed), Fraction(threshold)))


def holds_in_whole_numbers(bound: Bound | str, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell, element by element, whether whole numbers stand as the bound says: `holds` for many at once.

    Raises
    ------
    TypeError
        If an array holds anything but whole numbers, which compare exactly.

    Examples
    --------
    >>> import numpy as np
    >>> holds_in_whole_numbers("more_than", np.array([10, 11]), np.array([10, 10])).tolist()
    [False, True]
    """
    if left.dtype.kind != "i" or right.dtype.kind != "i":
        raise TypeError("whole numbers only: floats do not compare exactly")
    above: NDArray[np.bool_] = COMPARE[Bound(bound)](left, right)
    return above


def judge(bound: Bound | str | None, observed: float | Fraction | None, threshold: float | Fraction) -> Verdict:
    """Return the verdict on an observation that a bound asks for; a missing one is undetermined.

    Parameters
    ----------
    bound
        The bound of the parameter (`Parameter.bound`).
    observed
        What was measured; None or NaN where it is not known.
    threshold
        The value of the parameter.

    Raises
    ------
    RuleError
        If the parameter has no bound to judge by.

    Examples
    --------
    >>> judge("at_least", Fraction(1, 5), Fraction(1, 5)).value, judge("at_least", None, Fraction(1, 5)).value
    ('met', 'undetermined')
    """
    if bound is None:
        raise RuleError("rule_without_bound")
    if observed is None or (isinstance(observed, float) and math.isnan(observed)):
        return Verdict.UNDETERMINED
    return Verdict.MET if holds(bound, observed, threshold) else Verdict.NOT_MET
