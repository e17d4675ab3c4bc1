"""The chapter on idle and underused land."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from gis.analyses import doubled_among
from gis.errors import listed
from gis.reports.blocks import Bar, Block, Cell, Chart, Head, Prose, Row, Section, Table
from gis.reports.face import day_text
from gis.reports.land_table import LandLine, land_lines
from gis.reports.lists import date_cell, parcel_list
from gis.reports.numbers import ABSENT, M2_DIGITS, grouped, is_absent, mu_text
from gis.reports.summary import idle_range
from gis.reports.words import Voice, words
from gis.units import round_to_sum

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from gis.analyses import Balance
    from gis.reports.content import ReportContent

__all__ = ["land_section"]

#: The next dates are a reminder, not a balance: the nearest of them.
NEXT_DATES = 20
LISTED_STATUSES = ("idle", "idle_recognisable")


def land_section(content: ReportContent, voice: Voice) -> Section | None:
    """Return the chapter, or None where idle land was not assessed."""
    balance = content.balances.get("idle_land")
    if balance is None:
        return None
    blocks: list[Block] = []
    for number, zone in enumerate(_zones(balance), start=1):
        lines = land_lines(balance, zone)
        blocks += [_land_table(zone, lines, voice), _chart(zone, lines, voice, number)]
    bureau = balance.tables.get("bureau")
    if bureau is not None and len(bureau):
        whole = {str(key): value for key, value in bureau.iloc[0].items()} | {"zone_name": voice.say("all_zones")}
        blocks.append(_land_table(whole, land_lines(balance, whole), voice))
    parcels = balance.parcels[balance.parcels["zone_id"].notna()]
    blocks += [
        _idle_list(parcels, balance.tables.get("claims"), voice),
        _next_dates(parcels, voice),
        _undetermined(parcels, balance.tables.get("claims"), voice),
        Prose(tuple(words(note, voice.lang) for note in balance.notes)),
    ]
    return Section("land", voice.say("section_land"), tuple(blocks))


def _zones(balance: Balance) -> list[Mapping[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in balance.zones.to_dict("records")]


def line_label(line: LandLine, voice: Voice) -> str:
    """Return what a line of the land table is called."""
    if line.kind != "part":
        return voice.say(f"land_{line.key}")
    if line.block == "not_supplied" and line.key == "undetermined":
        return voice.say("land_supply_unknown")
    return voice.status(line.key)


def _land_table(zone: Mapping[str, Any], lines: list[LandLine], voice: Voice) -> Table:
    head = (
        Head(voice.say("land_line"), width=34),
        Head(voice.say("parcels_count"), "number", 10),
        Head("m²", "number", 18),
        Head(voice.say("ha"), "number", 14),
        Head(voice.say("mu"), "number", 13),
        Head(voice.say("share"), "number", 11),
    )
    rows = []
    for line in lines:
        count = "" if line.count is None else f"{line.count:,}"
        state = (
            "undetermined" if line.key == "contested" or (line.kind == "part" and line.key == "undetermined") else ""
        )
        cells = (
            Cell(line_label(line, voice), state=state),
            Cell(count, "number"),
            Cell(line.shown_m2, "number"),
            Cell(line.shown_ha, "number"),
            Cell(line.shown_mu, "number"),
            Cell(line.shown_percent, "number"),
        )
        rows.append(Row(cells, line.kind))
    notes = [voice.say("land_note"), *idle_range(zone, voice)]
    if not any(line.key == "zone" for line in lines):
        notes.append(voice.say("zone_area_unknown"))
    return Table(voice.say("land_of", zone=zone["zone_name"]), head, tuple(rows), tuple(notes))


def _chart(zone: Mapping[str, Any], lines: list[LandLine], voice: Voice, number: int) -> Chart:
    parts = [line for line in lines if line.kind == "part" or line.key in {"contested", "not_in_parcels", "gaps"}]
    longest = max((line.m2 for line in parts), default=0.0)
    bars = tuple(
        Bar(
            line_label(line, voice),
            voice.say("bar_value", ha=line.shown_ha, share=line.shown_percent),
            max(line.m2, 0.0) / longest if longest > 0 else 0.0,
            "undetermined"
            if line.key == "contested"
            else line.key
            if line.key in {"idle", "idle_recognisable", "undetermined"}
            else "",
        )
        for line in parts
    )
    described = voice.joined(f"{bar.label} {bar.value}" for bar in bars)
    return Chart(f"chart-land-{number}", voice.say("land_chart", zone=zone["zone_name"]), described, bars)


def _idle_list(parcels: pd.DataFrame, claims: pd.DataFrame | None, voice: Voice) -> Table:
    chosen = parcels[parcels["status"].isin(LISTED_STATUSES)]
    columns = [
        (Head(voice.say("status_and_reason"), width=23), _status),
        (
            Head(voice.say("clock"), "date", 13),
            lambda p, v: date_cell(p["clock_start"], v.known("idle", p["clock_start_ground"])),
        ),
        (Head(voice.say("since"), "date", 11), lambda p, _: date_cell(p["status_since"])),
        (Head(voice.say("article_and_route"), width=22), _article),
    ]
    sheet = voice.say("sheet_parcels", balance=voice.say("short_idle_land"))
    caption = voice.say("idle_list")
    notes = (voice.say("idle_list_note"),)
    return parcel_list(chosen, columns, voice, caption=caption, sheet=sheet, notes=notes, claims=claims)


def _status(parcel: Mapping[str, Any], voice: Voice) -> Cell:
    missing = voice.missing(parcel["missing"])
    ground = voice.known("idle", parcel["ground"])
    event = voice.known("idle", parcel["next_event"])
    lines = [ground]
    if event:
        lines.append(voice.say("next_is", event=event, day=day_text(parcel["next_date"])))
    if not is_absent(parcel["not_started_until"]):
        lines.append(voice.say("taken_not_started", day=day_text(parcel["not_started_until"])))
    if missing:
        lines.append(voice.say("missing_is", fields=missing))
    return Cell(
        voice.status(parcel["status"]), detail="\n".join(line for line in lines if line), state=parcel["status"]
    )


def _article(parcel: Mapping[str, Any], voice: Voice) -> Cell:
    route = parcel["route"]
    return Cell(voice.citation(parcel["citation"]), detail=voice.known("idle", f"route_{route}") if route else "")


def _next_dates(parcels: pd.DataFrame, voice: Voice) -> Table:
    coming = parcels[parcels["next_date"].notna()].sort_values(["next_date", "parcel_id"])
    rows = []
    for record in coming.head(NEXT_DATES).to_dict("records"):
        cells = (
            date_cell(record["next_date"]),
            Cell(voice.known("idle", record["next_event"])),
            Cell(str(record["parcel_id"]), "id", detail=_text(record["parcel_name"])),
            Cell(voice.status(record["status"])),
            Cell(
                grouped(record["area_m2"], M2_DIGITS),
                "number",
                detail=f"{mu_text(record['area_m2'])} {voice.say('mu')}",
            ),
        )
        rows.append(Row(cells))
    head = (
        Head(voice.say("next_date"), "date", 13),
        Head(voice.say("next_event"), width=27),
        Head(voice.say("parcel"), "id", 27),
        Head(voice.say("status"), width=17),
        Head("m²", "number", 16),
    )
    rest = len(coming) - len(rows)
    sheet = voice.say("sheet_parcels", balance=voice.say("short_idle_land"))
    notes = (voice.say("more_dates", count=rest, sheet=sheet),) if rest > 0 else ()
    return Table(voice.say("next_dates"), head, tuple(rows), notes if rows else (voice.say("none_listed"),))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _undetermined(parcels: pd.DataFrame, claims: pd.DataFrame | None, voice: Voice) -> Table:
    """Return what is missing for which parcels: the work list of whoever keeps the data."""
    unknown = parcels[parcels["status"] == "undetermined"]
    groups = [(str(names), rows) for names, rows in unknown.groupby("missing", sort=True)]
    groups.sort(key=lambda group: (-len(group[1]), group[0]))
    doubled = doubled_among(claims, unknown["parcel_id"].astype("str"))
    *areas, taken = round_to_sum([*(math.fsum(rows["area_m2"]) for _, rows in groups), -doubled], M2_DIGITS)
    rows = [
        Row(
            (
                Cell(voice.missing(names) or ABSENT),
                Cell(f"{len(own):,}", "number"),
                Cell(grouped(area, M2_DIGITS), "number"),
                Cell(listed(sorted(own["parcel_id"])), "id"),
            )
        )
        for (names, own), area in zip(groups, areas, strict=True)
    ]
    if doubled:
        less = (Cell(voice.say("land_claimed")), Cell(""), Cell(grouped(taken, M2_DIGITS), "number"), Cell(""))
        rows.append(Row(less))
    if rows:
        whole = (
            Cell(voice.say("total")),
            Cell(f"{len(unknown):,}", "number"),
            Cell(grouped(math.fsum([*areas, taken]), M2_DIGITS), "number"),
        )
        rows.append(Row((*whole, Cell("")), "total"))
    head = (
        Head(voice.say("missing_fields"), width=38),
        Head(voice.say("parcels_count"), "number", 10),
        Head("m²", "number", 16),
        Head(voice.say("parcels"), "id", 36),
    )
    notes = (voice.say("undetermined_note"),) if rows else (voice.say("none_listed"),)
    return Table(voice.say("undetermined_list"), head, tuple(rows), notes)
