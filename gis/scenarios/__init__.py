"""Scenarios: green moved between parcels, premises for underused land (优质物业换低效用地), quotas for projects."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gis.scenarios.allocation import Allocation, propose_allocation
    from gis.scenarios.certificate import build_certificate, certificate_text
    from gis.scenarios.certificate_check import check_certificate, read_certificate
    from gis.scenarios.frontier import Frontier, cost_frontier, draw_frontier, write_frontier
    from gis.scenarios.green_compare import compare_scenarios
    from gis.scenarios.green_edits import GreenLand, apply_edits
    from gis.scenarios.green_file import GreenScenario, SolveSettings, load_green_scenario
    from gis.scenarios.green_table import ScenarioState, build_scenario_table, problem_of
    from gis.scenarios.impossible import Impossible, explain_impossible, find_contradictions
    from gis.scenarios.pairing import Pledges, dependants, pair_surplus
    from gis.scenarios.problem import ParcelChoice, Problem, ZoneTarget
    from gis.scenarios.solving import Solution, solve_green
    from gis.scenarios.swap import SwapResult, measure_swap, solve_swap
    from gis.scenarios.wording import (
        amount_text,
        belt_lines,
        binding_lines,
        conflict_lines,
        impossible_lines,
        open_lines,
        percent_text,
    )

__all__ = [
    "Allocation",
    "Frontier",
    "GreenLand",
    "GreenScenario",
    "Impossible",
    "ParcelChoice",
    "Pledges",
    "Problem",
    "ScenarioState",
    "Solution",
    "SolveSettings",
    "SwapResult",
    "ZoneTarget",
    "amount_text",
    "apply_edits",
    "belt_lines",
    "binding_lines",
    "build_certificate",
    "build_scenario_table",
    "certificate_text",
    "check_certificate",
    "compare_scenarios",
    "conflict_lines",
    "cost_frontier",
    "dependants",
    "draw_frontier",
    "explain_impossible",
    "find_contradictions",
    "impossible_lines",
    "load_green_scenario",
    "measure_swap",
    "open_lines",
    "pair_surplus",
    "percent_text",
    "problem_of",
    "propose_allocation",
    "read_certificate",
    "solve_green",
    "solve_swap",
    "write_frontier",
]

_HOMES = {
    "Allocation": "allocation",
    "propose_allocation": "allocation",
    "Frontier": "frontier",
    "cost_frontier": "frontier",
    "draw_frontier": "frontier",
    "write_frontier": "frontier",
    "Pledges": "pairing",
    "dependants": "pairing",
    "pair_surplus": "pairing",
    "build_certificate": "certificate",
    "certificate_text": "certificate",
    "check_certificate": "certificate_check",
    "read_certificate": "certificate_check",
    "GreenLand": "green_edits",
    "apply_edits": "green_edits",
    "GreenScenario": "green_file",
    "SolveSettings": "green_file",
    "load_green_scenario": "green_file",
    "ScenarioState": "green_table",
    "build_scenario_table": "green_table",
    "compare_scenarios": "green_compare",
    "problem_of": "green_table",
    "Impossible": "impossible",
    "explain_impossible": "impossible",
    "find_contradictions": "impossible",
    "ParcelChoice": "problem",
    "Problem": "problem",
    "ZoneTarget": "problem",
    "Solution": "solving",
    "solve_green": "solving",
    "SwapResult": "swap",
    "measure_swap": "swap",
    "solve_swap": "swap",
    "amount_text": "wording",
    "belt_lines": "wording",
    "binding_lines": "wording",
    "conflict_lines": "wording",
    "impossible_lines": "wording",
    "open_lines": "wording",
    "percent_text": "wording",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
