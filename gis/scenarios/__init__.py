"""Scenarios: green land moved between parcels, and good premises offered for underused land (优质物业换低效用地)."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gis.scenarios.problem import ParcelChoice, Problem, ZoneTarget
    from gis.scenarios.solving import Solution, solve_green
    from gis.scenarios.swap import SwapResult, measure_swap, solve_swap

__all__ = [
    "ParcelChoice",
    "Problem",
    "Solution",
    "SwapResult",
    "ZoneTarget",
    "measure_swap",
    "solve_green",
    "solve_swap",
]

_HOMES = {
    "ParcelChoice": "problem",
    "Problem": "problem",
    "ZoneTarget": "problem",
    "Solution": "solving",
    "solve_green": "solving",
    "SwapResult": "swap",
    "measure_swap": "swap",
    "solve_swap": "swap",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
