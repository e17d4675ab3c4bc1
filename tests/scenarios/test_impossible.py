"""The impossible: contradictions, what can be reached, and single changes that the solver confirms."""

import dataclasses
import random

import pytest
from green_questions import F, random_question, z1

from gis.errors import InfeasibleError
from gis.scenarios import Problem, ZoneTarget, explain_impossible, find_contradictions, solve_green


def with_parcel(problem, name, **facts):
    parcels = tuple(dataclasses.replace(p, **facts) if p.parcel_id == name else p for p in problem.parcels)
    return dataclasses.replace(problem, parcels=parcels)


def test_z1_at_30_percent_is_short_by_8400():
    why = explain_impossible(z1("0.3"))
    (short,) = why.shortfalls
    assert (short.needed_m2, short.reachable_m2, short.short_m2) == (42_000, 33_600, 8_400)
    assert short.reachable_ratio == F("0.24")
    assert short.stopped_by == {"ceiling": ("A", "B", "C", "D")}
    found = {(change.kind, change.id): change.value_to for change in why.changes}
    assert found == {
        ("target", "Z1"): F("0.24"), ("ceiling", "A"): 23_400, ("ceiling", "B"): 12_000, ("ceiling", "C"): 15_400,
        ("ceiling", "D"): 16_400,
    }  # fmt: skip
    assert not why.possible
    assert explain_impossible(z1("0.24")).possible


def test_each_change_is_the_smallest_that_does():
    base = z1("0.3")
    for change in explain_impossible(base).changes:
        step = F(1, 10**6)
        if change.kind == "target":
            nearly = Problem((ZoneTarget("Z1", F(140_000), change.value_to + F(1, 10**9)),), base.parcels)
            done = Problem((ZoneTarget("Z1", F(140_000), change.value_to),), base.parcels)
        else:
            nearly = with_parcel(base, change.id, ceiling_m2=change.value_to - step)
            done = with_parcel(base, change.id, ceiling_m2=change.value_to)
        assert solve_green(done).gap == 0
        with pytest.raises(InfeasibleError):
            solve_green(nearly)


def test_contradictions_are_seen_before_solving():
    cases = {
        "floor_above_ceiling": {"floor_m2": F(16_000)},
        "lock_outside": {"locked": True},  # locked at 0, floor 2,500
        "patch_above_ceiling": {"patch_m2": F(20_000)},
    }
    for kind, facts in cases.items():
        problem = with_parcel(z1("0.1"), "A", **facts)
        assert [(one.parcel_id, one.kind) for one in find_contradictions(problem)] == [("A", kind)]
        why = explain_impossible(problem)
        assert why.changes and not why.possible
        with pytest.raises(InfeasibleError):
            solve_green(problem)
    assert find_contradictions(z1("0.3")) == ()


def test_locks_patches_and_budgets_are_named():
    locked = with_parcel(z1("0.2"), "A", locked=True, floor_m2=F(0))
    why = explain_impossible(locked)
    assert why.shortfalls[0].stopped_by["lock"] == ("A",)
    assert ("unlock", "A") in {(change.kind, change.id) for change in why.changes}
    patched = with_parcel(z1("0.24"), "B", patch_m2=F(5_000))
    why = explain_impossible(patched)
    assert why.shortfalls[0].stopped_by["patch"] == ("B",)
    assert ("patch", "B", 3_600) in {(change.kind, change.id, change.value_to) for change in why.changes}
    why = explain_impossible(z1(objective="least_parcels", budget=F(70_000)))
    assert (why.least_cost_cny, why.budget_cny) == (74_600, 70_000)
    assert [(change.kind, change.value_to) for change in why.changes] == [("budget", 74_600)]


def test_it_explains_exactly_what_can_not_be_solved():
    rng = random.Random(11)
    told = 0
    for _ in range(150):
        problem = random_question(rng, parcels=rng.randint(1, 6), stepped=rng.random() < 0.5)
        zones = tuple(
            dataclasses.replace(zone, target_ratio=zone.target_ratio + F(rng.choice([0, 0, 1]), 50))
            for zone in problem.zones
        )
        problem = dataclasses.replace(problem, zones=zones)
        why = explain_impossible(problem)
        if why.possible:
            solve_green(problem)
        else:
            told += 1
            with pytest.raises(InfeasibleError):
                solve_green(problem)
    assert 10 < told < 140


def changed(problem, changes):
    """The question after changes, told anew from what each says."""
    fields = {"ceiling": "ceiling_m2", "floor": "floor_m2", "patch": "patch_m2"}
    for change in changes:
        if change.kind == "target":
            problem = problem.at_target(change.id, change.value_to)
        elif change.kind == "budget":
            problem = dataclasses.replace(problem, budget_cny=change.value_to)
        else:
            facts = {"locked": False} if change.kind == "unlock" else {fields[change.kind]: change.value_to}
            problem = with_parcel(problem, change.id, **facts)
    return problem


def test_a_contradiction_that_meets_a_shortfall_has_a_single_change():
    """Z1 at 26 %, 36,400 m²: B's floor of 5,000 is above its 3,600; all ceilings come to 33,600."""
    why = explain_impossible(with_parcel(z1("0.26"), "B", floor_m2=F(5_000)))
    assert why.contradictions and why.shortfalls and why.least_changes == 1
    # B at most 5,000 reaches 35,000; the zone lacks 1,400 more.
    assert [(one.kind, one.id, one.value_to) for one in why.changes] == [("ceiling", "B", 6_400)]
    assert solve_green(changed(with_parcel(z1("0.26"), "B", floor_m2=F(5_000)), why.changes)).gap == 0


def test_several_contradictions_and_a_shortfall_take_a_set():
    problem = with_parcel(with_parcel(z1("0.3"), "B", floor_m2=F(5_000)), "D", locked=True)  # D's floor: 2,000
    why = explain_impossible(problem)
    assert why.changes == () and why.least_changes == 2
    assert [len(one) for one in why.change_sets] == [2, 3]
    for changes in why.change_sets:
        assert solve_green(changed(problem, changes)).gap == 0
        for left_out in changes:
            with pytest.raises(InfeasibleError):
                solve_green(changed(problem, [one for one in changes if one != left_out]))
    assert {one.kind for one in why.change_sets[1]} >= {"target"} and "target" not in {
        one.kind for one in why.change_sets[0]
    }


def test_a_budget_too_small_for_the_mended_question_is_part_of_the_set():
    problem = dataclasses.replace(z1("0.2"), budget_cny=F(70_000))
    problem = with_parcel(with_parcel(problem, "A", floor_m2=F(16_000)), "C", floor_m2=F(8_000))
    why = explain_impossible(problem)
    assert why.change_sets and all("budget" in {one.kind for one in changes} for changes in why.change_sets)
    for changes in why.change_sets:
        solve_green(changed(problem, changes))


def test_every_set_is_verified_and_needed():
    rng = random.Random(5)
    sets = 0
    for _ in range(200):
        problem = random_question(rng, parcels=rng.randint(2, 7), stepped=rng.random() < 0.3)
        for parcel in rng.sample(problem.parcels, min(2, len(problem.parcels))):
            facts = {"floor_m2": parcel.ceiling_m2 + 1} if rng.random() < 0.7 else {"locked": True}
            problem = with_parcel(problem, parcel.parcel_id, **facts)
        zones = tuple(dataclasses.replace(z, target_ratio=z.target_ratio + F(rng.choice([0, 1]), 20)) for z in problem.zones)
        problem = dataclasses.replace(problem, zones=zones)
        why = explain_impossible(problem)
        assert why.possible or why.changes or why.change_sets or any(p.ceiling_m2 + 1 > p.area_m2 for p in problem.parcels)
        for changes in (*((one,) for one in why.changes), *why.change_sets):
            solve_green(changed(problem, changes))
            assert len(changes) >= why.least_changes
        sets += len(why.change_sets)
    assert sets > 20
