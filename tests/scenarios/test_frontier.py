"""The curve of cost against target, corner by corner, against the solver."""

import dataclasses
import itertools
import random

import pytest
from green_questions import F, random_question, z1

from gis.errors import InfeasibleError, SchemaError
from gis.scenarios import Problem, ZoneTarget, cost_frontier, draw_frontier, solve_green, write_frontier


def test_z1_corner_by_corner():
    curve = cost_frontier(z1(), "Z1")
    assert [(int(c.green_m2), int(c.cost_cny), c.price_cny_m2, c.stopped) for c in curve.corners] == [
        (6_500, 21_500, 1, ()), (10_100, 25_100, 2, ("B",)), (15_100, 35_100, 3, ("C",)), (27_600, 72_600, 5, ("A",)),
        (33_600, 102_600, None, ("D",)),
    ]  # fmt: skip
    assert (curve.cost(F(28_000)), curve.cost(F(28_700)), curve.cost(F(33_600))) == (74_600, 78_100, 102_600)
    assert curve.cost(F("33600.000001")) is None
    assert curve.corners[-1].ratio == F("0.24")


@pytest.mark.parametrize("seed", range(12))
def test_the_solver_finds_the_same_cost_at_and_between_corners(seed):
    rng = random.Random(seed)
    problem = random_question(rng, parcels=9, unit=100)
    zone = problem.zones[0]
    curve = cost_frontier(problem, zone.zone_id)
    others = tuple(dataclasses.replace(z, target_ratio=F(0)) for z in problem.zones[1:])
    alone = solve_green(Problem((dataclasses.replace(zone, target_ratio=F(0)), *others), problem.parcels)).objective
    corners = [corner.green_m2 for corner in curve.corners]
    wanted = [*corners, *((a + b) / 2 for a, b in itertools.pairwise(corners)), corners[0] / 2]
    for green in wanted:
        asked = Problem((ZoneTarget(zone.zone_id, zone.land_m2, green / zone.land_m2), *others), problem.parcels)
        assert solve_green(asked).objective - alone == curve.cost(green) - curve.corners[0].cost_cny
    prices = [corner.price_cny_m2 for corner in curve.corners[:-1]]
    assert prices == sorted(set(prices))
    beyond = (corners[-1] + 1) / zone.land_m2
    with pytest.raises(InfeasibleError):
        solve_green(Problem((ZoneTarget(zone.zone_id, zone.land_m2, beyond), *others), problem.parcels))


def test_what_has_no_exact_line_is_refused(tmp_path):
    for problem, zone in ((z1(fixed_cost_cny=F(1)), "Z1"), (z1(patch_m2=F(1)), "Z1"), (z1(), "Z2")):
        with pytest.raises(SchemaError):
            cost_frontier(problem, zone)
    with pytest.raises(SchemaError):
        write_frontier(cost_frontier(z1(), "Z1"), tmp_path / "c.doc")


@pytest.mark.parametrize("suffix", [".csv", ".png", ".svg"])
def test_the_same_curve_gives_the_same_bytes(tmp_path, suffix):
    curve = cost_frontier(z1(), "Z1")
    one, other = (write_frontier(curve, tmp_path / f"{name}{suffix}", lang="en").read_bytes() for name in "ab")
    assert one == other and len(one) > 100


def test_the_picture_shows_the_corners_and_the_target():
    axes = draw_frontier(cost_frontier(z1(), "Z1"), lang="en").axes[0]
    line, target = axes.lines
    assert line.get_ydata().tolist() == [21_500, 25_100, 35_100, 72_600, 102_600]
    assert target.get_xdata() == [20, 20]
