"""Roofs that begin to count at some green on the ground, up to a cap: solved, bounded and certified as such."""

import copy
import itertools
import random

import pytest
from green_questions import F

from gis.errors import InfeasibleError, SchemaError
from gis.scenarios import ParcelChoice, Problem, ZoneTarget, cost_frontier, explain_impossible, solve_green
from gis.scenarios.certificate import build_certificate
from gis.scenarios.certificate_check import check_certificate, digest_of
from gis.scenarios.problem import OBJECTIVES

MM2 = F(1, 10**6)


def roofed(name, area, start, floor, ceiling, roof, begins, cost=1, **more):
    return ParcelChoice(name, "Z", *map(F, (area, start, start, floor, ceiling, cost)), roof_m2=F(roof),
                        roof_from_m2=F(begins), **more)  # fmt: skip


def zone(land, target, cap="1"):
    return ZoneTarget("Z", F(land), F(target), roof_cap_ratio=F(cap))


def test_green_that_brings_a_roof_in_is_worth_both():
    # 20 of 100: A at 10 brings 6 of roof; B costs less a m², but has to give all of it.
    parcels = (roofed("A", 50, 5, 0, 50, 6, 10, cost=3), roofed("B", 50, 5, 0, 50, 0, 0, cost=2))
    answer = solve_green(Problem((zone(100, "0.2"),), parcels))
    # Ten more by B alone cost 20 CNY; by A five and its six of roof, 15.
    assert (answer.green_m2, answer.objective) == ({"A": F(10), "B": F(5)}, 15)
    # Four more by B cost 8 CNY: there the roof is not worth its beginning.
    answer = solve_green(Problem((zone(100, "0.14"),), parcels))
    assert (answer.green_m2, answer.objective) == ({"A": F(5), "B": F(9)}, 8)


def test_a_cap_on_roofs_counts_in_the_answer():
    parcels = (roofed("A", 100, 10, 0, 100, 50, 10),)
    uncapped, capped = (solve_green(Problem((zone(100, "0.4", cap),), parcels)) for cap in ("1", "0.2"))
    assert (uncapped.green_m2["A"], uncapped.objective) == (F(10), 0)
    assert (capped.green_m2["A"], capped.objective, capped.proven) == (F(32), 22, True)  # 40 − 0.2 · 40
    assert "roof_cap" in {one["limit"] for one in build_certificate(capped)["derived"]["binding"]}


def random_roofs(rng, *, objective, parcels):
    rows = []
    for number in range(parcels):
        area = rng.randint(3, 12)
        floor, ceiling = rng.choice([0, 0, rng.randint(0, area // 2)]), rng.randint(area // 2, area + 3)
        start, begins = rng.randint(0, area // 2), rng.randint(0, area)
        fixed, patch = rng.choice([0, 0, rng.randint(1, 9)]), rng.choice([0, 0, rng.randint(1, 3)])
        rows.append(
            roofed(f"p{number}", area, start, floor, ceiling, rng.randint(0, 6), begins,
                   rng.randint(0, 9), fixed_cost_cny=F(fixed), patch_m2=F(patch), locked=rng.random() < 0.15)
        )  # fmt: skip
    land = sum(int(row.area_m2) for row in rows)
    needed = rng.randint(1, land)
    budget = F(rng.randint(0, 60)) if rng.random() < 0.3 and objective != "least_largest_change" else None
    # The cap is whole, so that whole m² have the best answer.
    cap = F(rng.randint(0, needed), needed)
    return Problem((zone(land, F(needed, land), cap),), tuple(rows), objective, budget)


def counted(parcel, green):
    """What counts, told anew: the ground, and the roof where the ground is enough."""
    return green + (parcel.roof_m2 if green >= parcel.roof_from_m2 else 0)


def tried(problem, slack):
    """The best over whole m² and the last mm² before a roof begins, every zone ``slack`` less than its need."""
    (own,), best = problem.zones, None
    choices = []
    for parcel in problem.parcels:
        every = {F(g) for g in range(int(parcel.area_m2) + 4)} | {parcel.roof_from_m2 - MM2}
        every = {parcel.green_m2} if parcel.locked else {g for g in every if g >= 0}
        choices.append([
            g for g in sorted(every) if parcel.floor_m2 <= counted(parcel, g) <= parcel.ceiling_m2
            and (parcel.locked or g <= parcel.start_m2 or g - parcel.start_m2 >= parcel.patch_m2)
        ])  # fmt: skip
    cap = own.roof_cap_ratio * own.target_ratio * own.land_m2
    for green in itertools.product(*choices):
        pairs = list(zip(problem.parcels, green, strict=True))
        total = sum(green) + min(sum(counted(p, g) - g for p, g in pairs), cap)
        cost = sum(p.fixed_cost_cny + p.cost_cny_m2 * (g - p.start_m2) for p, g in pairs if g > p.start_m2)
        if total < own.target_ratio * own.land_m2 - slack or (problem.budget_cny is not None
                                                              and cost > problem.budget_cny + 9 * slack):  # fmt: skip
            continue
        value = {
            "least_cost": cost,
            "least_parcels": sum(g != p.start_m2 for p, g in pairs),
            "least_largest_change": max(abs(g - p.start_m2) for p, g in pairs),
            "most_surplus": own.target_ratio * own.land_m2 - total,
        }[problem.objective]
        best = value if best is None else min(best, value)
    return best


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_small_questions_with_roofs_are_answered_as_by_trying(objective):
    rng = random.Random(f"roofs {objective}")
    possible = opened = proven = 0
    for _ in range(120):
        problem = random_roofs(rng, objective=objective, parcels=rng.randint(1, 3))
        strict, loose = tried(problem, F(0)), tried(problem, 10 * MM2)
        try:
            answer = solve_green(problem)
        except InfeasibleError:
            assert strict is None, problem
            continue
        assert loose is not None or problem.budget_cny is not None, problem
        possible += 1
        opened += any(parcel.roof_open for parcel in problem.parcels)
        proven += answer.proven
        sign = -1 if objective == "most_surplus" else 1
        value = sign * answer.objective
        if strict is not None:
            assert value <= strict, problem
        whole = objective == "least_largest_change" or problem.budget_cny is not None
        if loose is not None:
            # What a budget buys, and the largest change, are not whole: by less than a m² a parcel.
            most = F(len(problem.parcels) + 1) if whole else 100 * MM2
            assert value >= loose - most, problem
        assert sign * answer.bound <= value
        content = build_certificate(answer)
        assert check_certificate(content) == []
    assert possible > 50
    assert opened > 15
    assert proven > 30


def test_the_bound_of_a_wrong_roof_price_is_refused():
    parcels = (roofed("A", 60, 10, 0, 60, 20, 30, cost=2), roofed("B", 40, 5, 0, 40, 4, 5))
    content = build_certificate(solve_green(Problem((zone(100, "0.7", "0.3"),), parcels)))
    changed = copy.deepcopy(content)
    changed["roof_prices"]["Z"] = "1000"
    changed["sha256"] = digest_of(changed)
    assert any("roof_prices" in fault for fault in check_certificate(changed))
    stronger = copy.deepcopy(content)
    stronger["problem"]["parcels"][0]["roof_from_m2"] = "60"
    stronger["sha256"] = digest_of(stronger)
    assert check_certificate(stronger)


def test_what_is_reachable_counts_roofs_and_their_cap():
    # 20 on the ground at most, and 30 of roofs of which at most a fifth of the 40 needed counts.
    problem = Problem((zone(100, "0.4", "0.2"),), (roofed("A", 100, 5, 0, 50, 30, 10),))
    why = explain_impossible(problem)
    assert (why.shortfalls[0].reachable_m2, why.shortfalls[0].short_m2) == (28, 12)
    target = next(change for change in why.changes if change.kind == "target")
    # At a lower target fewer m² of roofs count: x = 20 + 0.2 x.
    assert abs(target.value_to - F(25, 100)) < F(1, 10**7)
    assert target.value_to <= F(25, 100)
    assert solve_green(problem.at_target("Z", target.value_to))


def test_a_roof_may_stand_in_the_way_of_its_own_ceiling():
    # The roof counts from 20 on the ground, and makes 25: the ceiling of 24 holds the ground below 20.
    parcel = roofed("A", 100, 10, 0, 24, 5, 20)
    answer = solve_green(Problem((zone(100, "0.19"),), (parcel,)))
    assert answer.green_m2["A"] == 19
    why = explain_impossible(Problem((zone(100, "0.2"),), (parcel,)))
    assert why.shortfalls[0].short_m2 == MM2
    locked = roofed("A", 100, 22, 0, 24, 5, 20, locked=True)
    why = explain_impossible(Problem((zone(100, "0.1"),), (locked,)), try_changes=False)
    assert [one.kind for one in why.contradictions] == ["lock_outside"]
    never = roofed("A", 100, 22, 0, 4, 5, 0)
    why = explain_impossible(Problem((zone(100, "0.1"),), (never,)), try_changes=False)
    assert [one.kind for one in why.contradictions] == ["roof_above_ceiling"]


def test_a_curve_of_costs_is_refused_where_roofs_follow_the_target():
    with pytest.raises(SchemaError, match="roof"):
        cost_frontier(Problem((zone(100, "0.4"),), (roofed("A", 100, 5, 0, 50, 30, 10),)), "Z")


def changes_of(parcel, target, land=100, cap="1"):
    why = explain_impossible(Problem((zone(land, target, cap),), (parcel,)))
    return {change.kind: change.value_to for change in why.changes}


def test_the_highest_target_is_found_where_a_lower_one_brings_roofs_in():
    # Locked at 16; from 80 % of the target on the ground its roof of 20 counts: at 20 % it does.
    parcel = roofed("A", 100, 16, 0, 100, 20, 20, locked=True, roof_from_ratio=F(4, 5))
    assert changes_of(parcel, "0.25")["target"] == F(1, 5)


def test_single_changes_count_the_roofs_that_they_bring_in():
    for ceiling in (20, 24):  # 15 on the ground and 10 of roof
        assert changes_of(roofed("A", 100, 0, 0, ceiling, 10, 15), "0.25")["ceiling"] == 25
    assert changes_of(roofed("A", 100, 10, 0, 40, 25, 15, locked=True), "0.4")["unlock"] == 15
    assert changes_of(roofed("A", 100, 10, 0, 32, 20, 12, locked=True), "0.3")["unlock"] == 12
    patched = roofed("A", 100, 0, 5, 50, 5, 10, patch_m2=F(60))
    assert changes_of(patched, "0.05")["patch"] == 45
    # A ceiling above the land is no remedy: its edit would be refused.
    assert "ceiling" not in changes_of(roofed("A", 100, 0, 97, 98, 30, 80), "0.5")


def test_a_roof_begins_at_a_whole_square_millimetre():
    parcel = ParcelChoice("A", "Z", *map(F, (1, 0, 0, 0)), F("0.4"), F(1), roof_m2=F(1), roof_from_m2=F(1, 3))
    answer = solve_green(Problem((zone(1, "0.333333"),), (parcel,)))
    assert answer.green_m2["A"] == F("0.333333")


def test_a_roof_a_square_millimetre_away_is_reached():
    near = roofed("A", 5_000, 2_213, 0, 5_000, 927, "2213.000001", fixed_cost_cny=F(50), patch_m2=F(0))
    other = roofed("B", 5_000, 100, 0, 100, 0, 0)
    answer = solve_green(Problem((zone(10_000, "0.324"),), (near, other)))
    assert answer.problem.total_m2(answer.problem.zones[0], answer.green_m2) >= 3_240
