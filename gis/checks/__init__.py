"""Diagnose everything; repair only on request, with the area before and after."""

from __future__ import annotations

from gis.checks.areas import check_areas
from gis.checks.dates import check_dates
from gis.checks.events import check_events, check_investment
from gis.checks.everything import check_all
from gis.checks.expected import check_expected_land, check_expected_rows
from gis.checks.geometry import check_geometry
from gis.checks.identifiers import check_ids, check_references
from gis.checks.overlaps import check_green_location, check_overlaps
from gis.checks.register import compare_with_register, indicative_footprints
from gis.checks.repair import RepairReport, apply_repairs, propose_repairs, repair_geometry
from gis.checks.tables import check_table
from gis.checks.tolerances import Tolerances
from gis.checks.topology import TopologySummary, check_topology

__all__ = [
    "RepairReport",
    "Tolerances",
    "TopologySummary",
    "apply_repairs",
    "check_all",
    "check_areas",
    "check_dates",
    "check_events",
    "check_expected_land",
    "check_expected_rows",
    "check_geometry",
    "check_green_location",
    "check_ids",
    "check_investment",
    "check_overlaps",
    "check_references",
    "check_table",
    "check_topology",
    "compare_with_register",
    "indicative_footprints",
    "propose_repairs",
    "repair_geometry",
]
