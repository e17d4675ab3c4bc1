import math
from fractions import Fraction

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from gis.errors import RuleError
from gis.regulations import Bound, Verdict, holds, judge

THIRD = Fraction(1, 3)


@pytest.mark.parametrize(
    ("bound", "below", "equal", "above"),
    [
        ("at_least", False, True, True),
        ("more_than", False, False, True),
        ("at_most", True, True, False),
        ("less_than", True, False, False),
        ("equals", False, True, False),
    ],
)
def test_each_bound_below_at_and_above_the_limit(bound, below, equal, above):
    tiny = Fraction(1, 10**30)
    assert [holds(bound, THIRD + step, THIRD) for step in (-tiny, 0, tiny)] == [below, equal, above]


def test_every_bound_is_tested():
    assert {bound.value for bound in Bound} == {"at_least", "more_than", "at_most", "less_than", "equals"}


def test_third_of_an_area_is_exact_where_a_float_is_not():
    assert not holds("less_than", Fraction(10_000, 30_000), THIRD)
    assert holds("less_than", 0.3333, THIRD)
    assert not holds("equals", 1 / 3, THIRD)


def test_equality_at_a_fifth_needs_a_fraction_of_the_areas():
    assert holds("at_least", Fraction(28_000, 140_000), Fraction(1, 5))
    assert holds("more_than", 0.2, Fraction(1, 5))  # the float 0.2 is a little more than 1/5


@given(st.fractions(), st.fractions())
def test_bounds_are_opposites(left, right):
    assert holds("at_least", left, right) != holds("less_than", left, right)
    assert holds("at_most", left, right) != holds("more_than", left, right)
    assert holds("equals", left, right) == (holds("at_least", left, right) and holds("at_most", left, right))


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_floats_compare_as_python_compares_them(left, right):
    assert holds("more_than", left, right) == (left > right)
    assert holds("at_most", left, right) == (left <= right)


@pytest.mark.parametrize("missing", [None, math.nan, np.float64("nan")])
def test_missing_is_undetermined_and_never_met(missing):
    assert {judge(bound, missing, THIRD) for bound in Bound} == {Verdict.UNDETERMINED}


def test_judge_says_met_and_not_met():
    assert (judge("at_least", 0.25, Fraction(1, 5)), judge("at_least", 0.15, Fraction(1, 5))) == (
        Verdict.MET,
        Verdict.NOT_MET,
    )


def test_a_rule_without_bound_judges_nothing():
    with pytest.raises(RuleError, match="no bound"):
        judge(None, 1.0, THIRD)


def test_unknown_bound_and_nan_are_errors_in_holds():
    with pytest.raises(ValueError, match="around"):
        holds("around", 1, 1)
    with pytest.raises(ValueError, match="NaN"):
        holds("at_least", math.nan, 1)
