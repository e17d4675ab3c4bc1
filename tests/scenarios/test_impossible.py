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
