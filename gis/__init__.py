"""ZoneGIS: land use and quotas in customs bonded zones (综合保税区).

The verbs, in the order the data flows; each is imported when it is first used, so that a bare
``import gis`` stays light.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "IssueLog": "gis.issues",
    "load_rules": "gis.regulations",
    "list_rules": "gis.regulations",
    "read_land_guide": "gis.regulations",
    "policy_clauses": "gis.regulations",
    "inspect_file": "gis.readers",
    "read_table": "gis.readers",
    "check_all": "gis.checks",
    "check_table": "gis.checks",
    "check_geometry": "gis.checks",
    "check_topology": "gis.checks",
    "compare_with_register": "gis.checks",
    "repair_geometry": "gis.checks",
    "measure_zones": "gis.overlay",
    "measure_parcels": "gis.overlay",
    "measure_cover": "gis.overlay",
    "intersect_pairs": "gis.overlay",
    "measure_by_class": "gis.overlay",
    "verify_pairs": "gis.overlay",
    "without_double_cover": "gis.overlay",
    "evaluate_idle_land": "gis.analyses",
    "trend_of_idle_land": "gis.analyses",
    "days_between": "gis.analyses",
    "evaluate_mixed_use": "gis.analyses",
    "evaluate_green_ratio": "gis.analyses",
    "compare_bases": "gis.analyses",
    "cover_green": "gis.analyses",
    "cover_land_use": "gis.analyses",
    "trace_statuses": "gis.analyses",
    "rank_candidates": "gis.analyses",
    "explain": "gis.analyses",
    "draw_map": "gis.maps",
    "draw_trend": "gis.reports",
    "write_report": "gis.reports",
    "write_workbook": "gis.reports",
    "write_sample": "gis.samples",
    "run": "gis.workflow",
    "open_scenario": "gis.workflow",
    "evaluate_scenario": "gis.workflow",
    "solve_scenario": "gis.workflow",
    "compare_scenarios": "gis.scenarios",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'gis' has no attribute {name!r}; it has {', '.join(_HOMES)}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
