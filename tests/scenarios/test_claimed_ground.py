"""Scenarios on ground that several parcels claim: counted once, and amounts stay off it."""

import datetime as dt
import json

import pytest
from arrangements import balances_of, green_of, parcels_of, rules
from shapely import box

from gis.errors import InputError
from gis.overlay import find_claims, intersect_pairs
from gis.scenarios import GreenLand, apply_edits, build_certificate, build_scenario_table, problem_of, solve_green
from gis.scenarios.certificate_check import check_certificate
from gis.scenarios.green_compare import compare_scenarios
from gis.scenarios.green_file import AmountEdit, SolveSettings, parse_scenario

HECTARE, DAY = box(0, 0, 100, 100), dt.date(2026, 3, 31)


@pytest.fixture
def base():
    """Two parcels of 60 × 100 m share 20 × 100 m, 15 × 100 m of it green; the first has 500 m² of its own."""
    parcels = parcels_of([("1", "idle", box(0, 0, 60, 100)), ("2", "idle", box(40, 0, 100, 100))])
    green = green_of([("shared", "attached", box(40, 0, 60, 75)), ("own", "attached", box(0, 0, 5, 100))])
    zones, land, _ = balances_of(parcels, zone=HECTARE)
    claims = find_claims(land)
    return GreenLand(
        land, zones, green, intersect_pairs(land, green), None, rules(), claims=claims,
        claimed_green=intersect_pairs(claims.faces, green),
    )  # fmt: skip


def edits(*rows):
    text = "zonegis_scenario: 1\nname: x\nbase: y\nedits:\n" + "\n".join(f"  - {json.dumps(row)}" for row in rows)
    from pathlib import Path

    return [(Path("x.yaml"), edit) for edit in parse_scenario(text, name="x.yaml").edits]


def set_green(parcel, m2):
    return {"edit": "set_green", "parcel_id": parcel, "green_m2": m2}


def test_the_state_is_the_balance_and_the_zone_counts_ground_once(base):
    state = build_scenario_table("x", base)
    assert state.zones.iloc[0][["green_m2", "green_claimed_m2", "verdict"]].tolist() == [2_000.0, 1_500.0, "met"]
    assert state.parcels["green_m2"].tolist() == [2_000.0, 1_500.0]


def test_an_amount_changes_ground_of_the_parcels_own(base):
    state = build_scenario_table("x", apply_edits(base, edits(set_green("2", "2500"))))
    assert state.parcels["green_m2"].tolist() == [2_000.0, 2_500.0]
    assert state.zones["green_m2"].tolist() == [3_000.0], "1,500 shared, 500 and 1,000 of their own"


@pytest.mark.parametrize("m2", ["1000", "5600"])
def test_an_amount_that_needs_shared_ground_is_refused(base, m2):
    with pytest.raises(InputError, match=r"from 1500\.0 m²"):
        build_scenario_table("x", apply_edits(base, edits(set_green("2", m2))))


@pytest.mark.parametrize("objective", ["least_cost", "least_parcels", "least_largest_change", "most_surplus"])
def test_what_the_solver_answers_the_balance_measures_and_the_certificate_proves(base, objective):
    higher = [{"edit": "target", "ratio": "0.3", "citation": "test", "reason": "test reason"}]
    asked = apply_edits(base, edits(*higher))
    settings = SolveSettings(objective=objective, industrial_ceiling="not_applied")
    before = build_scenario_table("x", asked, settings=settings)
    solution = solve_green(problem_of(before, settings))
    changed = [set_green(key, str(float(green))) for key, green in solution.green_m2.items()]
    after = build_scenario_table("y", apply_edits(base, edits(*higher, *changed)), settings=settings)
    zone = solution.problem.zones[0]
    assert after.zones["verdict"].tolist() == ["met"]
    assert after.zones["green_m2"].iloc[0] == float(solution.problem.total_m2(zone, solution.green_m2))
    content = build_certificate(solution)
    assert content["derived"]["zones"][0]["green_m2"] == str(solution.problem.total_m2(zone, solution.green_m2))
    assert check_certificate(content) == []
    if objective != "most_surplus":
        assert after.zones["green_m2"].tolist() == [3_000.0]


def test_an_edit_is_an_amount():
    assert isinstance(edits(set_green("1", "5"))[0][1], AmountEdit)


def test_a_comparison_adds_up_with_what_is_claimed_on_a_row_of_its_own(base):
    states = [build_scenario_table("x", base),
              build_scenario_table("y", apply_edits(base, edits(set_green("2", "2500"))))]  # fmt: skip
    rows = compare_scenarios(*states).set_index("level")
    assert float(rows.loc["claimed", "second_m2"]) == -1_500.0
    for side in ("first_m2", "second_m2"):
        assert rows.drop("zone")[side].sum() == rows.loc["zone", side]
