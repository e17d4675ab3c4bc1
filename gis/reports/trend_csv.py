"""The trend as CSV: its lines and its totals, areas with all their decimals."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gis.areas import is_absent
from gis.reports.frames import column_label
from gis.reports.issues_csv import guarded
from gis.reports.words import Lang, Voice
from gis.writing import atomic_file

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
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    heads = [column_label(str(name), voice) for name in table.columns]
    named = "line" in table.columns
    writer.writerow([*heads, *([voice.say("status")] if named else [])])
    for row in table.to_dict("records"):
        words = [voice.status(row["line"])] if named else []
        writer.writerow([*(_cell(value) for value in row.values()), *words])
    with atomic_file(path) as temporary:
        temporary.write_bytes(stream.getvalue().encode("utf-8-sig", "replace"))


def _cell(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, float) or value is None:
        return "" if value is None or is_absent(value) else f"{value:.9f}"
    return guarded(value) if isinstance(value, str) else str(value)
