"""The balances: rules applied to tables; each stands alone, table in, findings out."""

from __future__ import annotations

from gis.analyses.area_bases import compare_bases, flipping_findings
from gis.analyses.capacity import doubled_capacity
from gis.analyses.causes import cause_texts
from gis.analyses.findings import Balance, Figure, citation_text, citations_in, explain
from gis.analyses.green_outside import with_green_outside
from gis.analyses.green_ratio import GREEN_RULES, evaluate_green_ratio
from gis.analyses.ground import CLAIMED, CONTESTED, doubled_among
from gis.analyses.idle_land import ALL_ZONES, evaluate_idle_land
from gis.analyses.idle_status import OPEN_GROUNDS, STATUSES
from gis.analyses.mixed_use import MIXED_USE_GROUPS, evaluate_mixed_use
from gis.analyses.precedence import (
    Precedence,
    cover_green,
    cover_land_use,
    default_precedence,
    overlapping_kinds,
    with_other_precedence,
)
from gis.analyses.reactivation import Weights, example_weights, rank_candidates
from gis.analyses.rule_years import FOUR, compare_flips, compare_status_areas
from gis.analyses.sites import SiteRequest, Sites, find_sites
from gis.analyses.status_history import HISTORY_COLUMNS, trace_statuses
from gis.analyses.trend import STEPS, Trend, days_between, trend_of_idle_land
from gis.analyses.underused import CLASSES as UNDERUSED_CLASSES
from gis.analyses.underused import NO_DEFINITION
from gis.analyses.what_changes import list_changes

__all__ = [
    "ALL_ZONES",
    "CLAIMED",
    "CONTESTED",
    "FOUR",
    "GREEN_RULES",
    "HISTORY_COLUMNS",
    "MIXED_USE_GROUPS",
    "NO_DEFINITION",
    "OPEN_GROUNDS",
    "STATUSES",
    "STEPS",
    "UNDERUSED_CLASSES",
    "Balance",
    "Figure",
    "Precedence",
    "SiteRequest",
    "Sites",
    "Trend",
    "Weights",
    "cause_texts",
    "citation_text",
    "citations_in",
    "compare_bases",
    "compare_flips",
    "compare_status_areas",
    "cover_green",
    "cover_land_use",
    "days_between",
    "default_precedence",
    "doubled_among",
    "doubled_capacity",
    "evaluate_green_ratio",
    "evaluate_idle_land",
    "evaluate_mixed_use",
    "example_weights",
    "explain",
    "find_sites",
    "flipping_findings",
    "list_changes",
    "overlapping_kinds",
    "rank_candidates",
    "trace_statuses",
    "trend_of_idle_land",
    "with_green_outside",
    "with_other_precedence",
]
