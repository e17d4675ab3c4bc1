"""The chapter on what follows: the routes of disposal with fees and gates, and the early warnings by window."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from gis.analyses import cause_texts, doubled_among
from gis.areas import ABSENT, cny_text, is_absent, m2_text
from gis.reports.blocks import Block, Cell, Head, Prose, Row, Section, Table
from gis.reports.face import day_text
from gis.reports.lists import date_cell, parcel_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from gis.analyses import Balance
    from gis.reports.content import ReportContent
    from gis.reports.words import Voice

__all__ = ["EVENTS", "WARNED", "routes_section", "with_land"]

ROUTES = ("fee", "reclaim", "article_12", "cause_unknown", "cause_open", "delivery_open")
EVENTS = (
    "becomes_idle", "fee", "reclaim", "becomes_recognisable", "investigation_due", "answer_due", "payment_due",
    "deregistration_due", "reconsideration_due", "lawsuit_due",
)  # fmt: skip
WINDOWS = (30, 90, 180, 365)
#: A page lists so many of the days that come; the workbook has them all.
WARNED = 200


def with_land(table: pd.DataFrame, balance: Balance) -> pd.DataFrame:
    """Return a table by parcel with the parcel's name, holder, zone and area."""
    land = balance.parcels[["parcel_id", "parcel_name", "holder", "zone_id", "area_m2"]]
    own = [name for name in land.columns if name == "parcel_id" or name not in table.columns]
    return table.merge(land[own], on="parcel_id", how="left", validate="many_to_one")


def routes_section(content: ReportContent, voice: Voice) -> Section | None:
    """Return the chapter, or None where idle land was not assessed."""
    balance = content.balances.get("idle_land")
    if balance is None:
        return None
    routes, warnings = (with_land(balance.tables[name], balance) for name in ("routes", "early_warnings"))
    routes, warnings = routes[routes["zone_id"].notna()], warnings[warnings["zone_id"].notna()]
    claims = balance.tables.get("claims")
    blocks: list[Block] = [
        _by_route(routes, claims, voice),
        _route_list(routes[routes["route"] != ""], claims, voice),
        _exit_list(routes[routes["contract_exit"] != ""], claims, voice),
        _by_window(warnings, claims, voice),
        _warning_list(warnings, voice),
        Prose((voice.say("routes_note"),)),
    ]
    return Section("routes", voice.say("section_routes"), tuple(blocks))


def _sheet(name: str, voice: Voice) -> str:
    return voice.say(f"sheet_{name}", balance=voice.say("short_idle_land"))


def _by_route(routes: pd.DataFrame, claims: pd.DataFrame | None, voice: Voice) -> Table:
    """Return parcels, m² and fees by route: the routes are apart, so that the lines add up."""
    groups = [(route, routes[routes["route"] == route]) for route in ROUTES]
    doubled = doubled_among(claims, routes.loc[routes["route"].isin(ROUTES), "parcel_id"].astype("str"))
    areas, taken = [math.fsum(rows["area_m2"]) for _, rows in groups], -doubled
    rows = []
    for (route, own), area in zip(groups, areas, strict=True):
        cited = voice.clauses(own["route_citation"].unique()) if len(own) else ""
        fees = own["fee_cny"].dropna()
        unknown = int(own["fee_cny"].isna().sum()) if route == "fee" else 0
        money = cny_text(math.fsum(fees)) if route == "fee" else ""
        rows.append(
            Row((
                Cell(voice.known("idle", f"route_{route}")),
                Cell(f"{len(own):,}", "number"),
                Cell(m2_text(area), "number"),
                Cell(money, "number", detail=voice.say("fees_unknown", count=unknown) if unknown else ""),
                Cell(cited),
            ))
        )  # fmt: skip
    if doubled:
        less = (Cell(voice.say("land_claimed")), Cell(""), Cell(m2_text(taken), "number"))
        rows.append(Row((*less, Cell(""), Cell(""))))
    total = (Cell(voice.say("total")), Cell(f"{sum(len(own) for _, own in groups):,}", "number"))
    rows.append(Row((*total, Cell(m2_text(math.fsum([*areas, taken])), "number"), Cell(""), Cell("")), "total"))
    head = (
        Head(voice.say("disposal"), width=30),
        Head(voice.say("parcels_count"), "number", 9),
        Head("m²", "number", 16),
        Head(voice.say("fee_cny"), "number", 19),
        Head(voice.say("citation"), width=26),
    )
    return Table(voice.say("routes_by_kind"), head, tuple(rows))


def _route_list(routes: pd.DataFrame, claims: pd.DataFrame | None, voice: Voice) -> Table:
    columns = [
        (Head(voice.say("disposal"), width=22), _route),
        (Head(voice.say("fee_cny"), "number", 14), _fee),
        (Head(voice.say("gates"), width=26), _gates),
    ]
    caption, sheet = voice.say("routes_list"), _sheet("routes", voice)
    return parcel_list(routes, columns, voice, caption=caption, sheet=sheet, claims=claims)


def _route(parcel: Mapping[str, Any], voice: Voice) -> Cell:
    return Cell(voice.known("idle", f"route_{parcel['route']}"), detail=voice.citation(parcel["route_citation"]))


def _fee(parcel: Mapping[str, Any], voice: Voice) -> Cell:
    due = parcel["payment_due_date"]
    detail = "" if is_absent(due) else voice.say("pay_by", day=day_text(due))
    return Cell(cny_text(parcel["fee_cny"]) if parcel["route"] == "fee" else "", "number", detail=detail)


def _gates(parcel: Mapping[str, Any], voice: Voice) -> Cell:
    """Return the options of art. 12 with their gate, what causes cover, what is or may be barred, what is missing."""
    lines = [voice.known_code("idle", "option_", each) for each in parcel["options"].split(";") if each]
    if parcel["filing"]:
        lines.insert(0, voice.say(f"filing_{parcel['filing']}"))
    barred = [voice.known_code("idle", "restriction_", each) for each in parcel["restrictions"].split(";") if each]
    lines += cause_texts(parcel, voice.lang)
    lines += [voice.known("idle", parcel["bar"])] if parcel["bar"] else []
    lines += [voice.joined(barred)] if barred else []
    missing = voice.missing(parcel["route_missing"])
    lines += [voice.say("missing_is", fields=missing)] if missing else []
    return Cell(lines[0] if lines else "", detail="\n".join(lines[1:]))


def _exit_list(routes: pd.DataFrame, claims: pd.DataFrame | None, voice: Voice) -> Table:
    columns = [
        (
            Head(voice.say("contract_exit"), width=40),
            lambda p, v: Cell(v.joined(v.known_code("idle", "exit_", each) for each in p["contract_exit"].split(";"))),
        ),
        (Head(voice.say("citation"), width=25), lambda p, v: Cell(v.citation(p["contract_exit_citation"]))),
    ]
    caption, sheet = voice.say("exit_list"), _sheet("routes", voice)
    return parcel_list(routes, columns, voice, caption=caption, sheet=sheet, claims=claims)


def _by_window(warnings: pd.DataFrame, claims: pd.DataFrame | None, voice: Voice) -> Table:
    """Return parcels and m² by event, within each number of days; a window holds the shorter ones."""
    rows = []
    for event in EVENTS:
        own = warnings[warnings["event"] == event]
        cells = [Cell(voice.known("idle", event))]
        for window in WINDOWS:
            within = own[own["days_left"] <= window]
            ground = math.fsum(within["area_m2"]) - doubled_among(claims, within["parcel_id"].astype("str"))
            cells.append(Cell(f"{len(within):,}", "number", detail=f"{m2_text(ground)} m²"))
        rows.append(Row(tuple(cells)))
    head = [Head(voice.say("next_event"), width=28)]
    head += [Head(voice.say("within_days", count=window), "number", 18) for window in WINDOWS]
    return Table(voice.say("warnings_by_window"), tuple(head), tuple(rows), (voice.say("warnings_note"),))


def _warning_list(warnings: pd.DataFrame, voice: Voice) -> Table:
    rows = []
    for record in warnings.head(WARNED).to_dict("records"):
        missing = voice.missing(record["route_missing"])
        rows.append(
            Row((
                date_cell(record["event_date"], voice.say("days_left", count=record["days_left"])),
                Cell(voice.known("idle", record["event"])),
                Cell(str(record["parcel_id"]), "id", detail=_text(record["parcel_name"])),
                Cell(m2_text(record["area_m2"]), "number"),
                Cell(voice.citation(record["citation"]),
                     detail=voice.say("missing_is", fields=missing) if missing else ""),
            ))
        )  # fmt: skip
    left = warnings.iloc[WARNED:]
    notes = [voice.say("none_listed")] if not rows else []
    if len(left):
        parcels = left.drop_duplicates("parcel_id")
        area = m2_text(math.fsum(parcels["area_m2"]))
        sheet = _sheet("early_warnings", voice)
        notes = [voice.say("warnings_left", shown=WARNED, count=len(left), area=area, sheet=sheet)]
    head = (
        Head(voice.say("next_date"), "date", 14),
        Head(voice.say("next_event"), width=24),
        Head(voice.say("parcel"), "id", 22),
        Head("m²", "number", 14),
        Head(voice.say("citation"), width=26),
    )
    return Table(voice.say("warnings_list"), head, tuple(rows), tuple(notes), is_long=len(rows) > 12)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ABSENT if value is None else ""
