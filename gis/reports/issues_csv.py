"""The list of issues as CSV that a spreadsheet opens rightly, and that runs nothing there."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from gis.areas import is_absent
from gis.reports.frames import column_label
from gis.reports.words import Lang, Voice
from gis.writing import atomic_file

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from gis.issues import IssueLog

__all__ = ["guarded", "issue_table", "write_issues_csv"]

#: What a spreadsheet takes for the start of a formula, also in full width.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def guarded(value: str) -> str:
    """Return a text that a spreadsheet does not run: an apostrophe before a formula's start.

    Examples
    --------
    >>> guarded("=1+1"), guarded("parcel 1"), guarded("-5")
    ("'=1+1", 'parcel 1', "'-5")
    """
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


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
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([column_label(str(name), voice) for name in table.columns])
    for record in table.itertuples(index=False, name=None):
        writer.writerow([_cell(value) for value in record])
    with atomic_file(path) as temporary:
        temporary.write_bytes(stream.getvalue().encode("utf-8-sig", "replace"))


def _cell(value: Any) -> str:
    """Return numbers as they are, texts guarded, a missing number as nothing."""
    if isinstance(value, float):
        return "" if is_absent(value) else f"{value:.6f}".rstrip("0").rstrip(".")
    return guarded(str(value))
