"""The report for people outside: key figures of the zones, what was withheld and coarsened, and its effect on areas."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from gis.areas import m2_text
from gis.reports.blocks import Callout, Cell, Head, Row, Section, Table
from gis.reports.lists import LISTED_PARCELS
from gis.schema import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from gis.regulations.secrecy import SecrecyNotice
    from gis.reports.content import ReportContent
    from gis.reports.words import Voice

__all__ = ["Publication"]


@dataclasses.dataclass(frozen=True)
class Publication:
    """What is published of a run.

    Attributes
    ----------
    fields
        The fields of parcels, as named.
    precision_m
        The grid of every coordinate.
    effect
        parcel_id, area_before_m2, area_after_m2, difference_m2, is_left_out: planar, of the drawn outline.
    notices
        What the place has to be told (`gis.regulations.secrecy_notices`).
    reason
        Why names of persons or companies are in it; "" where none are.
    """

    fields: tuple[str, ...]
    precision_m: str
    effect: pd.DataFrame
    notices: Sequence[SecrecyNotice]
    reason: str = ""

    def lines(self, lang: Any) -> list[str]:
        """Return what a reader of any of the files has to know, a sentence a line."""
        said = [
            text("publish.fields", lang, fields=", ".join(self.fields)),
            text("publish.coarse", lang, precision=self.precision_m),
            text("publish.effect", lang, **self.totals()),
        ]
        left_out = self.effect[self.effect["is_left_out"]]
        if len(left_out):
            gone = m2_text(math.fsum(left_out["area_before_m2"]))
            said.append(text("publish.left_out", lang, ids=list(left_out["parcel_id"]), count=len(left_out), m2=gone))
        if self.reason:
            said.append(text("publish.personal", lang, reason=self.reason))
        said += [
            f"{getattr(notice, lang)}"
            + text("publish.source" if notice.verified else "publish.source_unverified", lang, source=notice.source)
            for notice in self.notices
        ]
        return said

    def totals(self) -> dict[str, str]:
        """Return the planar area of all outlines before and after, and the greatest difference of one."""
        before, after = (math.fsum(self.effect[f"area_{name}_m2"]) for name in ("before", "after"))
        most = self.effect["difference_m2"].abs().max() if len(self.effect) else 0.0
        return {"before": m2_text(before), "after": m2_text(after), "difference": m2_text(after - before),
                "most": m2_text(most)}  # fmt: skip

    def section(self, content: ReportContent, voice: Voice) -> Section:  # noqa: ARG002 - chapters are made alike
        """Return the chapter of the report: the lines, and the effect on each parcel's outline."""
        lang = voice.lang
        heads = ("parcel_id", "area_before_m2", "area_after_m2", "difference_m2")
        ordered = self.effect.assign(size=self.effect["difference_m2"].abs())
        ordered = ordered.sort_values(["size", "parcel_id"], ascending=[False, True])
        rows = [
            Row((Cell(str(row["parcel_id"]), "id"), *(Cell(m2_text(row[name]), "number") for name in heads[1:])))
            for row in ordered.head(LISTED_PARCELS).to_dict("records")
        ]
        totals = self.totals()
        sums = (Cell(totals[name], "number") for name in ("before", "after", "difference"))
        rows.append(Row((Cell(text("publish.total", lang, count=len(ordered))), *sums), "total"))
        rest = len(ordered) - LISTED_PARCELS
        notes = [text("publish.effect_note", lang)]
        notes += [text("publish.effect_rest", lang, count=rest)] if rest > 0 else []
        head = tuple(Head(text(f"publish.col_{name}", lang), "id" if name == "parcel_id" else "number")
                     for name in heads)  # fmt: skip
        table = Table(text("publish.effect_caption", lang), head, tuple(rows), tuple(notes), is_long=len(rows) > 12)
        told = Callout(text("publish.notice_title", lang), tuple(self.lines(lang)), "warning")
        return Section("publication", text("publish.section", lang), (told, table))
