"""What a run file expects of its data, held against what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.areas import percent_beside, percent_text
from gis.checks.topology import NOISE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.checks.topology import TopologySummary
    from gis.issues import IssueLog

__all__ = ["check_expected_land", "check_expected_rows"]


def check_expected_rows(
    expected: Mapping[str, int], rows: Mapping[str, int], files: Mapping[str, str], *, issues: IssueLog
) -> None:
    """Report every table whose file holds another number of rows than expected (``expected-rows-differ``).

    Parameters
    ----------
    expected, rows, files
        table → expected rows, rows of the file, and its name.
    issues
        Takes the differences.

    Examples
    --------
    >>> from gis.issues import IssueLog
    >>> log = IssueLog()
    >>> check_expected_rows({"parcels": 60}, {"parcels": 59}, {"parcels": "p.gpkg"}, issues=log)
    >>> [issue.text() for issue in log]
    ['p.gpkg: the run file expects 60 row(s) of parcels, the file holds 59.']
    """
    for table, count in expected.items():
        if rows[table] != count:
            issues.add(
                "expected-rows-differ", table, file=files[table], found=f"{rows[table]:,}", expected=f"{count:,}"
            )  # fmt: skip


def check_expected_land(least: float, summary: TopologySummary | None, *, file: str, issues: IssueLog) -> None:
    """Report where parcels cover less of the boundary than expected (``expected-land-share-missed``).

    Parameters
    ----------
    least
        Share of the approved boundary's area, ground once.
    summary
        From `check_topology`; without areas no share is met.
    file
        The file of the parcels.
    issues
        Takes the difference.
    """
    share = None if summary is None else summary.land_ratio
    if share is None or share < least - NOISE:
        found = percent_beside(share, least)
        issues.add("expected-land-share-missed", "parcels", file=file, found=found, expected=f"≥ {percent_text(least)}")
