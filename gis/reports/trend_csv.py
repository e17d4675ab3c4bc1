"""The trend as CSV: its lines and its totals, areas with all their decimals."""

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

__all__ = ["write_trend_csv"]


def write_trend_csv(path: Path, table: pd.DataFrame, *, lang: Lang = "zh") -> None:
    """Write a table of a trend: UTF-8 with BOM, CRLF, heads and statuses in words beside their codes.

    Parameters
    ----------
    path
        Where to; replaced as a whole, or not at all.
    table
        ``lines`` or ``totals`` of a `gis.analyses.Trend`. The lines of a block add up to its total, digit by digit.
    lang
        ``"zh"`` or ``"en"``.
    """
    voice = Voice(lang)
    heads = [column_label(str(name), voice) for name in table.columns]
    named = "line" in table.columns
    rows = (
        [*(_cell(value) for value in row.values()), *([voice.status(row["line"])] if named else [])]
        for row in table.to_dict("records")
    )
    write_csv(path, [*heads, *([voice.say("status")] if named else [])], rows, encoding="utf-8-sig", line_end="\r\n")


def _cell(value: Any) -> Any:
    """Return an area with nine decimals, a missing one as nothing, all else as it is."""
    if isinstance(value, float):
        return None if is_absent(value) else Decimal(f"{value:.9f}")
    return value
