"""Lists of parcels: at most so many on the page, the rest counted, and where the whole list is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gis.analyses import doubled_among
from gis.areas import m2_text, mu_text
from gis.reports.blocks import Cell, Head, Row, Table
from gis.reports.face import day_text
from gis.reports.words import Voice

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LISTED_PARCELS", "date_cell", "parcel_cell", "parcel_list"]

#: A page lists at most this many parcels a table; the workbook has them all.
LISTED_PARCELS = 500
CellMaker = Callable[[Mapping[str, Any], Voice], Cell]


def parcel_cell(parcel: Mapping[str, Any], voice: Voice) -> Cell:  # noqa: ARG001 - every maker is called alike
    """Return id, and name and holder below it; all three are the data's own words."""
    named = [parcel.get("parcel_name"), parcel.get("holder")]
    detail = " · ".join(part for part in named if isinstance(part, str) and part)
    return Cell(str(parcel["parcel_id"]), "id", detail=detail)


def date_cell(value: Any, detail: str = "") -> Cell:
    """Return a day, and what it means below it."""
    return Cell(day_text(value), "date", detail=detail)


def parcel_list(
    parcels: pd.DataFrame,
    columns: Iterable[tuple[Head, CellMaker]],
    voice: Voice,
    *,
    caption: str,
    sheet: str,
    order: str = "area_m2",
    notes: tuple[str, ...] = (),
    claims: pd.DataFrame | None = None,
) -> Table:
    """Return a table of parcels: id, area, then the columns given, and the total of all.

    Parameters
    ----------
    parcels
        In any order.
    columns
        Head and maker of each further column.
    voice
        The language.
    caption
        Of the table.
    sheet
        Name of the sheet of the workbook that has the whole list.
    order
        The column whose largest values come first.
    notes
        To stand below the table.
    claims
        Who claims which ground (of the idle-land balance): what those listed hold more than once is taken off their
        total on a line of its own.
    """
    columns = list(columns)
    ordered = parcels.sort_values([order, "parcel_id"], ascending=[False, True])
    shown = ordered.head(LISTED_PARCELS)
    rows = []
    for record in shown.to_dict("records"):
        parcel = {str(key): value for key, value in record.items()}
        m2 = float(parcel["area_m2"])
        size = Cell(m2_text(m2), "number", detail=f"{mu_text(parcel['area_m2'])} {voice.say('mu')}", sort=repr(m2))
        rows.append(Row((parcel_cell(parcel, voice), size, *(make(parcel, voice) for _, make in columns))))
    total = math.fsum(ordered["area_m2"])
    left_out = list(ordered["area_m2"])[len(shown) :]
    lines = list(notes)
    if left_out:
        rest, named = m2_text(math.fsum(left_out)), voice.say(f"order_{order}")
        lines.insert(
            0, voice.say("left_out", shown=len(shown), count=len(left_out), area=rest, sheet=sheet, order=named)
        )
    if len(ordered):
        doubled = doubled_among(claims, ordered["parcel_id"].astype("str"))
        if doubled:
            taken = (Cell(voice.say("land_claimed")), Cell(m2_text(-doubled), "number"))
            rows.append(Row((*taken, *(Cell("") for _ in columns))))
        every = (Cell(voice.say("total_of", count=len(ordered))), Cell(m2_text(total - doubled), "number"))
        rows.append(Row((*every, *(Cell("") for _ in columns)), "total"))
    else:
        lines.insert(0, voice.say("none_listed"))
    head = (Head(voice.say("parcel"), "id", 19), Head("m²", "number", 12), *(entry for entry, _ in columns))
    return Table(caption, head, tuple(rows), tuple(lines), is_long=len(rows) > 12)
