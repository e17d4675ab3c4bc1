"""The issues as a CSV that opens in a spreadsheet: UTF-8 with BOM, no cell that acts as a formula."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from gis.issues import IssueLog
from gis.writing import atomic_file

__all__ = ["write_issues_csv"]

Lang = Literal["en", "zh"]
#: A spreadsheet takes a cell that starts with one of these as a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def _harmless(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value


def write_issues_csv(path: Path | str, issues: IssueLog, *, lang: Lang = "zh") -> None:
    """Write the issues, worst first; a text that would act as a formula gets a leading apostrophe.

    Parameters
    ----------
    path
        The CSV; replaced only when everything was written.
    issues
        What the checks found.
    lang
        Language of titles, messages and fixes.
    """
    frame = issues.to_frame(lang)
    frame = frame.assign(**{name: frame[name].map(_harmless) for name in frame.columns if name != "area_m2"})
    with atomic_file(path) as temporary:
        frame.to_csv(temporary, index=False, encoding="utf-8-sig", lineterminator="\r\n")
