"""What else the chapter on green tells: conflicts of limits, what roofs count for, belts of harmful-gas projects."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from gis.areas import grouped, m2_text, percent_text
from gis.reports.blocks import Block, Cell, Head, Row, Table
from gis.reports.lists import parcel_list
from gis.reports.summary import verdict_cell
from gis.reports.words import Voice, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from gis.analyses import Balance

__all__ = ["roof_and_belt_blocks"]


def roof_and_belt_blocks(balance: Balance, voice: Voice, *, claims: pd.DataFrame | None = None) -> list[Block]:
    """Return the tables of conflicts, of roofs and of belts, each where there is one.

    ``claims`` says who claims which ground (of the idle-land balance).
    """
    roofs, belts = balance.tables.get("roof_green"), balance.tables.get("protective_belts")
    conflicts = balance.tables.get("limit_conflicts")
    blocks: list[Block] = []
    if conflicts is not None and len(conflicts):
        blocks.append(_conflicts(conflicts, voice))
    if roofs is not None and len(roofs):
        claimed = balance.tables.get("roofs_claimed")
        blocks.append(_roofs(roofs, claimed, voice, counted="green.note_roof_in" in balance.notes))
    if belts is not None and len(belts):
        area = balance.parcels.set_index("parcel_id")[["parcel_name", "area_m2"]]
        blocks.append(_belts(belts.join(area, on="parcel_id"), voice, claims))
    return blocks


def _conflicts(conflicts: pd.DataFrame, voice: Voice) -> Table:
    """Return the limits that contradict each other, a row a pair of texts; nothing says which of the two yields."""
    rows = []
    for (conflict, missing, floor, ceiling), part in conflicts.groupby(
        ["conflict", "missing", "floor_citation", "ceiling_citation"]
    ):
        said = words(f"green.{conflict}", voice.lang) + (words(f"green.open_{missing}", voice.lang) if missing else "")
        cited = [voice.citation(str(text)) for text in (floor, ceiling) if text]
        sums = (math.fsum(part[column]) for column in ("floor_m2", "ceiling_m2", "gap_m2"))
        rows.append(Row((
            Cell(said, detail=" / ".join(cited)), Cell(grouped(len(part), 0), "number"),
            *(Cell(m2_text(area), "number") for area in sums),
        )))  # fmt: skip
    heads = (
        Head(voice.say("conflict"), width=40), Head(voice.say("conflict_count"), "number", 10),
        Head(voice.say("conflict_floor"), "number", 17), Head(voice.say("conflict_ceiling"), "number", 17),
        Head(voice.say("conflict_gap"), "number", 16),
    )  # fmt: skip
    return Table(voice.say("conflicts"), heads, tuple(rows), (voice.say("conflicts_note"),))


def _roofs(roofs: pd.DataFrame, claimed: pd.DataFrame | None, voice: Voice, *, counted: bool) -> Table:
    rows = []
    for ground, part in sorted(roofs.groupby("roof_ground"), key=lambda pair: str(pair[0])):
        said = words("green." + str(ground), voice.lang) if ground else voice.say("roof_converted")
        rows.append(Row((Cell(said), *_sums(part))))
    off = [0.0, 0.0] if claimed is None else [math.fsum(claimed[column]) for column in ("area_m2", "credited_m2")]
    if any(off):
        shown = (Cell(m2_text(-area), "number") for area in off)
        rows.append(Row((Cell(voice.say("land_claimed")), Cell(""), *shown)))
    total = Row((Cell(voice.say("total")), *_sums(roofs, off=off)), "total")
    heads = (
        Head(voice.say("roof_state"), width=40), Head(voice.say("roof_count"), "number", 10),
        Head(voice.say("roof_area"), "number", 25), Head(voice.say("roof_credited"), "number", 25),
    )  # fmt: skip
    note = voice.say("roofs_note_in" if counted else "roofs_note_out")
    return Table(voice.say("roofs"), heads, (*rows, total), (note,))


def _sums(part: pd.DataFrame, *, off: Sequence[float] = (0.0, 0.0)) -> tuple[Cell, ...]:
    pairs = zip(("area_m2", "credited_m2"), off, strict=True)
    areas = (math.fsum([*part[column], -less]) for column, less in pairs)
    return Cell(grouped(len(part), 0), "number"), *(Cell(m2_text(area), "number") for area in areas)


def _belts(belts: pd.DataFrame, voice: Voice, claims: pd.DataFrame | None) -> Table:
    columns = [
        (Head(voice.say("belt_width"), "number", 11), lambda p, _: Cell(f"{p['belt_width_m']:g}", "number")),
        (Head(voice.say("belt_share"), "number", 14), lambda p, _: Cell(percent_text(p["belt_share"]), "number")),
        (
            Head(voice.say("belt_wide"), "number", 16),
            lambda p, _: Cell(m2_text(p["wide_belt_m2"]), "number"),
        ),
        (Head(voice.say("verdict"), width=26), _verdict),
    ]
    sheet = voice.say("sheet_parcels", balance=voice.say("short_green_ratio"))
    cited = tuple(voice.citation(text) for text in sorted(set(belts["citation"])))
    return parcel_list(belts, columns, voice, caption=voice.say("belts"), sheet=sheet, notes=cited, claims=claims)


def _wide(parcel: Mapping[str, Any], voice: Voice) -> Cell:  # noqa: ARG001 - every maker is called alike
    return Cell(m2_text(parcel["wide_belt_m2"]), "number")


def _verdict(parcel: Mapping[str, Any], voice: Voice) -> Cell:
    cell = verdict_cell(parcel["verdict"], voice)
    return dataclasses.replace(cell, detail=words(f"green.{parcel['belt_ground']}", voice.lang))
