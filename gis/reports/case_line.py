"""The time line of a case: bars of clocks, causes and terms, marks of events and of days ahead, one row each."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

from gis.reports.page import environment
from gis.schema import text
from gis.writing import atomic_file

if TYPE_CHECKING:
    from pathlib import Path

    from gis.reports.case_content import CaseContent

__all__ = ["line_markup", "write_line"]

WIDTH, LABELS, TEXTS, ROW, TOP = 1000, 210, 130, 21, 30
#: Events that are drawn; of more, the latest.
MOST_MARKS = 16
#: Ticks: the least step in years that leaves so many.
MOST_TICKS = 12
MARGIN_DAYS = 45


@dataclasses.dataclass(frozen=True)
class _Scale:
    first: dt.date
    last: dt.date

    def at(self, day: dt.date) -> float:
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return LABELS + share * (WIDTH - LABELS - TEXTS)

    def years(self) -> list[dict[str, Any]]:
        years = list(range(self.first.year + 1, self.last.year + 1))
        step = -(-len(years) // MOST_TICKS) or 1
        return [{"x": self.at(dt.date(year, 1, 1)), "text": str(year)} for year in years if year % step == 0]


def line_markup(content: CaseContent) -> str:
    """Return the time line as SVG; "" where there is no day to draw.

    Parameters
    ----------
    content
        Its spans, marks and days ahead are drawn; every text is escaped.
    """
    ordered = sorted(content.marks, key=lambda mark: (mark.is_ahead, mark.day))
    left = max(sum(not mark.is_ahead for mark in ordered) - MOST_MARKS, 0)
    marks = ordered[left:]
    days = [span.first for span in content.spans] + [span.last for span in content.spans if span.last]
    days += [mark.day for mark in marks]
    if not days:
        return ""
    margin = dt.timedelta(days=MARGIN_DAYS)
    scale = _Scale(min(*days, content.as_of) - margin, max(*days, content.as_of) + margin)
    rows: dict[str, list[dict[str, Any]]] = {}
    for span in content.spans:
        end = span.last or scale.last
        x = scale.at(span.first)
        bar = {"x": x, "width": max(scale.at(end) - x, 2.0), "kind": span.kind, "text": span.text,
               "is_open": span.last is None, "label": span.label}  # fmt: skip
        rows.setdefault(span.row, []).append(bar)
    return str(
        environment()
        .get_template("case_line.svg.j2")
        .render(
            title=text("case.line_title", content.lang, parcel=content.parcel_id),
            rows=list(rows.items()),
            marks=[{"x": scale.at(mark.day), "label": mark.label, "day": mark.day.isoformat(),
                    "is_ahead": mark.is_ahead} for mark in marks],
            years=scale.years(),
            today={"x": scale.at(content.as_of), "text": text("case.as_of", content.lang, day=content.as_of)},
            left=text("case.events_left", content.lang, count=left) if left else "",
            width=WIDTH, labels=LABELS, texts=TEXTS, row=ROW, top=TOP,
        )
    )


def write_line(path: Path | str, content: CaseContent) -> bool:
    """Write the time line as one SVG file; tell whether there was a day to draw.

    Raises
    ------
    OutputError
        If the file can't be written.
    """
    markup = line_markup(content)
    if not markup:
        return False
    with atomic_file(path) as temporary:
        temporary.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{markup}\n', "utf-8", newline="\n")
    return True
