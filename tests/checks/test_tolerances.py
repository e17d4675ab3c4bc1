from __future__ import annotations

import dataclasses
import math

import pytest

from gis.checks import Tolerances
from gis.errors import InputError


@pytest.mark.parametrize("value", [-1e-9, math.nan, math.inf])
@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Tolerances)])
def test_a_limit_is_a_number_of_at_least_zero(name, value):
    with pytest.raises(InputError, match=name):
        Tolerances(**{name: value})


def test_every_limit_is_documented():
    for field in dataclasses.fields(Tolerances):
        assert field.name in Tolerances.__doc__


def test_limits_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Tolerances().gap_m2 = 3
