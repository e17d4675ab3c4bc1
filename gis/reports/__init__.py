"""The report and the workbook that a bureau signs, and the list of issues."""

from __future__ import annotations

from gis.reports.content import ReportContent
from gis.reports.issues_csv import write_issues_csv
from gis.reports.numbers import percent_beside
from gis.reports.page import write_report
from gis.reports.workbook import write_workbook

__all__ = ["ReportContent", "percent_beside", "write_issues_csv", "write_report", "write_workbook"]
