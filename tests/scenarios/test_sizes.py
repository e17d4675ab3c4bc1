"""Work grows as the question does, large ones are proven, and the solver writes nothing to standard output."""

import random
import subprocess
import sys

import pytest
from green_questions import fixed_charges, random_question

from gis.scenarios import solve_green


def test_ten_thousand_parcels_are_solved_and_proven():
    assert solve_green(random_question(random.Random(8), parcels=10_000, unit=1_000)).proven


def test_twice_the_parcels_are_twice_the_work(count_calls):
    once, twice = (random_question(random.Random(8), parcels=parcels, unit=1_000) for parcels in (500, 1_000))
    solve_green(once)  # the solver is loaded once
    assert count_calls(lambda: solve_green(twice)) < 2.5 * count_calls(lambda: solve_green(once))


@pytest.mark.slow
def test_five_thousand_fixed_charges_are_solved_with_a_proven_gap():
    answer = solve_green(fixed_charges(5_000))
    assert 0 <= answer.gap < answer.objective / 100_000


def test_the_solver_prints_nothing():
    """In a process of its own: the banner comes from C++, past sys.stdout."""
    code = "from gis.scenarios.highs import highs_version, ask_highs, Asked; highs_version(); " \
           "ask_highs(Asked([1.0], [0.0], [1.0], [0.5], [9.0], [0], [0], [1.0]))"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
