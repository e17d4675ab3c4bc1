"""Scenarios: good premises offered for underused land (优质物业换低效用地)."""

from __future__ import annotations

from gis.scenarios.swap import SwapResult, measure_swap, solve_swap

__all__ = ["SwapResult", "measure_swap", "solve_swap"]
