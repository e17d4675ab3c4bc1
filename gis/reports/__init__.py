"""The report and the workbook that a bureau signs, and the list of issues."""

from __future__ import annotations

from gis.areas import percent_beside
from gis.reports.case_content import Ahead, CaseContent, Cause, Draft, Fact, Mark, Missing, Span, Step
from gis.reports.case_drafts import blanks_of, write_draft
from gis.reports.case_line import write_line
from gis.reports.case_page import write_case_page
from gis.reports.content import ReportContent
from gis.reports.issues_csv import write_issues_csv
from gis.reports.page import write_report
from gis.reports.publication import Publication
from gis.reports.quota_book import write_quota_workbook
from gis.reports.quota_chart import draw_waterfall
from gis.reports.trend_chart import draw_trend
from gis.reports.trend_csv import write_trend_csv
from gis.reports.workbook import write_workbook

__all__ = [
    "Ahead",
    "CaseContent",
    "Cause",
    "Draft",
    "Fact",
    "Mark",
    "Missing",
    "Publication",
    "ReportContent",
    "Span",
    "Step",
    "blanks_of",
    "draw_trend",
    "draw_waterfall",
    "percent_beside",
    "write_case_page",
    "write_draft",
    "write_issues_csv",
    "write_line",
    "write_quota_workbook",
    "write_report",
    "write_trend_csv",
    "write_workbook",
]
