"""The only place where steps meet: a run file, and the one function that joins them."""

from __future__ import annotations

from gis.workflow.case import Case, case_of, write_case
from gis.workflow.explaining import explain_parcel
from gis.workflow.fresh import require_fresh
from gis.workflow.green_pairs import Pairing, pair_scenario
from gis.workflow.green_scenarios import (
    GreenRun,
    certify_solution,
    evaluate_scenario,
    explain_scenario,
    export_scenario,
    open_scenario,
    solve_scenario,
    write_scenario,
)
from gis.workflow.inputs import files_of
from gis.workflow.land_jobs import compared_with, propose_swap, rank_run, site_run
from gis.workflow.maps import compare_days, compare_runs, draw_run, print_run
from gis.workflow.publishing import Published, publish, publish_run
from gis.workflow.quota_files import ProjectFile, propose_quotas, read_project, read_requests
from gis.workflow.quotas import ledger_record
from gis.workflow.rule_years import RuleYears, compare_rule_years
from gis.workflow.run import STEPS, RunResult, check_run, compute_run, run
from gis.workflow.run_file import RunFile, load_run_file, run_file_schema
from gis.workflow.scenario_page import draw_scenario
from gis.workflow.starting import start_run_file, write_sample_run
from gis.workflow.streaming import StreamedAreas, stream_areas
from gis.workflow.trend import trend_run, write_trend

__all__ = [
    "STEPS",
    "Case",
    "GreenRun",
    "Pairing",
    "ProjectFile",
    "Published",
    "RuleYears",
    "RunFile",
    "RunResult",
    "StreamedAreas",
    "case_of",
    "certify_solution",
    "check_run",
    "compare_days",
    "compare_rule_years",
    "compare_runs",
    "compared_with",
    "compute_run",
    "draw_run",
    "draw_scenario",
    "evaluate_scenario",
    "explain_parcel",
    "explain_scenario",
    "export_scenario",
    "files_of",
    "ledger_record",
    "load_run_file",
    "open_scenario",
    "pair_scenario",
    "print_run",
    "propose_quotas",
    "propose_swap",
    "publish",
    "publish_run",
    "rank_run",
    "read_project",
    "read_requests",
    "require_fresh",
    "run",
    "run_file_schema",
    "site_run",
    "solve_scenario",
    "start_run_file",
    "stream_areas",
    "trend_run",
    "write_case",
    "write_sample_run",
    "write_scenario",
    "write_trend",
]
