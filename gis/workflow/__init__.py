"""The only place where steps meet: a run file, and the one function that joins them."""

from __future__ import annotations

from gis.workflow.explaining import explain_parcel
from gis.workflow.land_jobs import propose_swap, rank_run, site_run
from gis.workflow.rule_years import RuleYears, compare_rule_years
from gis.workflow.run import STEPS, RunResult, check_run, compute_run, run
from gis.workflow.run_file import RunFile, load_run_file, run_file_schema
from gis.workflow.starting import start_run_file, write_sample_run
from gis.workflow.streaming import StreamedAreas, stream_areas
from gis.workflow.trend import trend_run, write_trend

__all__ = [
    "STEPS",
    "RuleYears",
    "RunFile",
    "RunResult",
    "StreamedAreas",
    "check_run",
    "compare_rule_years",
    "compute_run",
    "explain_parcel",
    "load_run_file",
    "propose_swap",
    "rank_run",
    "run",
    "run_file_schema",
    "site_run",
    "start_run_file",
    "stream_areas",
    "trend_run",
    "write_sample_run",
    "write_trend",
]
