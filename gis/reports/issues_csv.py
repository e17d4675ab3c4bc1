"""The list of issues as CSV that a spreadsheet opens rightly, and that runs nothing there."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gis.areas import is_absent
from gis.csv_files import write_csv
from gis.reports.frames import column_label
from gis.reports.words import Lang, Voice

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from gis.issues import IssueLog

__all__ = ["issue_table", "write_issues_csv"]


def issue_table(issues: IssueLog, *, lang: Lang = "zh") -> pd.DataFrame:
    """Return the issues with severity, table and responsibility in words.

    Parameters
    ----------
    issues
        What the checks found.
    lang
        ``"zh"`` or ``"en"``.

    Returns
    -------
    The columns of `gis.issues.IssueLog.to_frame`, worst first.
    """
    voice = Voice(lang)
    table = issues.to_frame(lang)
    rooms = {"severity": "severity", "responsibility": "responsibility", "table": "table"}
    for column, prefix in rooms.items():
        known = {value: voice.named(prefix, value) for value in table[column].unique()}
        table[column] = table[column].map(known).astype("str")
    return table


def write_issues_csv(path: Path | str, issues: IssueLog, *, lang: Lang = "zh") -> None:
    """Write the list of issues: UTF-8 with BOM, CRLF, one line an issue, worst first.

    Parameters
    ----------
    path
        Where to; replaced as a whole, or not at all.
    issues
        What the checks found.
    lang
        ``"zh"`` or ``"en"``.

    Raises
    ------
    OutputError
        If the file can't be written.

    Notes
    -----
    A text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    voice = Voice(lang)
    table = issue_table(issues, lang=lang)
    heads = [column_label(str(name), voice) for name in table.columns]
    rows = ([_cell(value) for value in record] for record in table.itertuples(index=False, name=None))
    write_csv(path, heads, rows, encoding="utf-8-sig", line_end="\r\n")


def _cell(value: Any) -> Any:
    """Return a measured number with at most six decimals, a missing one as nothing, all else as text."""
    if isinstance(value, float):
        return None if is_absent(value) else Decimal(f"{value:.6f}".rstrip("0").rstrip("."))
    return str(value)
