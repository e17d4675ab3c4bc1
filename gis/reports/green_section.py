"""The chapter on the green ratio: the zone's total against its floor, then the parcels below theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gis.areas import ha_text, is_absent, m2_text, mu_text, percent_beside, percent_text
from gis.reports.blocks import Bar, Block, Cell, Chart, Head, Prose, Row, Section, Table
from gis.reports.green_extras import roof_and_belt_blocks
from gis.reports.lists import parcel_list
from gis.reports.summary import green_verdict
from gis.reports.words import Voice, words
from gis.schema import choice_label

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from gis.analyses import Balance
    from gis.reports.content import ReportContent

__all__ = ["green_section"]

AREA_LINES = ("land_m2", "green_m2", "green_required_m2", "shortfall_m2", "surplus_m2", "green_not_counted_m2")
#: Shown where there is any.
CLAIM_LINES = ("green_outside_m2", "green_outside_not_counted_m2", "green_contested_m2", "green_claimed_m2")


def green_section(content: ReportContent, voice: Voice) -> Section | None:
    """Return the chapter, or None where the green ratio was not assessed."""
    balance = content.balances.get("green_ratio")
    if balance is None:
        return None
    blocks: list[Block] = []
    for number, row in enumerate(balance.zones.to_dict("records"), start=1):
        zone = {str(key): value for key, value in row.items()}
        blocks += [_zone_table(balance, zone, voice), _chart(zone, voice, number)]
        blocks += _kinds_overlap(balance, zone, voice)
    parcels = balance.parcels[balance.parcels["zone_id"].notna()]
    notes = Prose(tuple(words(note, voice.lang) for note in balance.notes))
    idle = content.balances.get("idle_land")
    claims = idle.tables.get("claims") if idle else None
    blocks += [_below(parcels, claims, voice), *roof_and_belt_blocks(balance, voice, claims=claims), notes]
    return Section("green", voice.say("section_green"), tuple(blocks))


def _kinds_overlap(balance: Balance, zone: Mapping[str, Any], voice: Voice) -> list[Block]:
    """Return the m² that two kinds of green both claim, which of them holds it, and the total in the other order."""
    found = balance.tables.get("kinds_overlap")
    own = [] if found is None else found[found["zone_id"] == zone["zone_id"]].to_dict("records")
    if not own:
        return []
    rows = [
        Row((
            Cell(voice.joined(choice_label("green_spaces", "green_kind", row[side], voice.lang)
                              for side in ("kind_a", "kind_b"))),
            Cell(m2_text(row["area_m2"]), "number"),
            Cell(choice_label("green_spaces", "green_kind", row["held_by"], voice.lang)),
        ))
        for row in own
    ]  # fmt: skip
    head = (
        Head(voice.say("kinds_claiming"), width=46),
        Head("m²", "number", 20),
        Head(voice.say("kind_holding"), width=34),
    )
    note = voice.say("kinds_note", area=m2_text(zone["green_other_precedence_m2"]), own=m2_text(zone["green_m2"]))
    return [Table(voice.say("kinds_of", zone=zone["zone_name"]), head, tuple(rows), (note,))]


def _zone_table(balance: Balance, zone: Mapping[str, Any], voice: Voice) -> Table:
    required = zone["land_m2"] * zone["floor_ratio"]
    areas = {**zone, "green_required_m2": required}
    rows = [
        Row(
            (
                Cell(voice.say(f"green_{name}")),
                Cell(m2_text(areas[name]), "number"),
                Cell(ha_text(areas[name]), "number"),
                Cell(mu_text(areas[name]), "number"),
            )
        )
        for name in (*AREA_LINES, *(name for name in CLAIM_LINES if zone.get(name)))
    ]
    ratio = Row(
        (
            Cell(voice.say("zone_green_ratio")),
            Cell(percent_beside(zone["green_ratio"], zone["floor_ratio"]), "number"),
            Cell(""),
            Cell(""),
        ),
        "total",
    )
    floor = Row(
        (
            Cell(voice.say("green_floor"), detail=voice.citation(zone["citation"])),
            Cell(percent_text(zone["floor_ratio"]), "number"),
            Cell(""),
            Cell(""),
        ),
        "subtotal",
    )
    verdict = Row((Cell(voice.say("verdict")), green_verdict(balance, zone, voice), Cell(""), Cell("")), "subtotal")
    head = (
        Head(voice.say("green_line"), width=46),
        Head("m²", "number", 20),
        Head(voice.say("ha"), "number", 17),
        Head(voice.say("mu"), "number", 17),
    )
    caption = voice.say("green_of", zone=zone["zone_name"])
    return Table(caption, head, (*rows, ratio, floor, verdict), (voice.say("formula_zone_green_ratio"),))


def _chart(zone: Mapping[str, Any], voice: Voice, number: int) -> Chart:
    """Return the ratio as a bar against the mark of the floor; the scale ends above the larger of both."""
    ratio = 0.0 if is_absent(zone["green_ratio"]) else float(zone["green_ratio"])
    scale = max(ratio, zone["floor_ratio"]) * 1.25 or 1.0
    bar = Bar(
        voice.say("green_ratio_bar"),
        percent_beside(zone["green_ratio"], zone["floor_ratio"]),
        ratio / scale,
        str(zone["verdict"]),
    )
    label = voice.say("floor_mark", floor=percent_text(zone["floor_ratio"]))
    described = voice.joined([f"{bar.label} {bar.value}", label])
    return Chart(
        f"chart-green-{number}",
        voice.say("green_chart", zone=zone["zone_name"]),
        described,
        (bar,),
        mark=zone["floor_ratio"] / scale,
        mark_label=label,
    )


def _below(parcels: pd.DataFrame, claims: pd.DataFrame | None, voice: Voice) -> Table:
    chosen = parcels[parcels["verdict"] == "not_met"]
    columns = [
        (Head(voice.say("green_m2"), "number", 13), lambda p, _: _number(p["green_m2"])),
        (Head(voice.say("green_ratio"), "number", 11), lambda p, _: _ratio(p["green_ratio"], p["floor_ratio"])),
        (Head(voice.say("floor"), "number", 10), lambda p, _: _ratio(p["floor_ratio"])),
        (Head(voice.say("shortfall"), "number", 13), lambda p, _: _number(p["shortfall_m2"])),
        (Head(voice.say("floor_ground"), width=20), _ground),
    ]
    sheet = voice.say("sheet_parcels", balance=voice.say("short_green_ratio"))
    notes = (voice.say("below_note"), *_floors_cited(chosen, voice))
    return parcel_list(
        chosen,
        columns,
        voice,
        caption=voice.say("below_list"),
        sheet=sheet,
        notes=notes,
        order="shortfall_m2",
        claims=claims,
    )


def _number(value: Any) -> Cell:
    return Cell(m2_text(value), "number", sort=repr(value))


def _ratio(value: Any, floor: float | None = None) -> Cell:
    return Cell(percent_text(value) if floor is None else percent_beside(value, floor), "number", sort=repr(value))


def _ground(parcel: Mapping[str, Any], voice: Voice) -> Cell:
    """Return the ground in a word or two; the plan is named beside it, an article below the table."""
    ground, cited = parcel["floor_ground"], voice.citation(parcel["floor_citation"])
    missing = voice.missing(parcel["missing"])
    lines = [cited if ground == "floor_plan" else "", voice.say("missing_is", fields=missing) if missing else ""]
    return Cell(voice.named("ground", ground), detail="\n".join(line for line in lines if line))


def _floors_cited(parcels: pd.DataFrame, voice: Voice) -> list[str]:
    """Return the grounds of the floors that occur, each with its article."""
    cited = parcels.loc[parcels["floor_ground"] != "floor_plan", ["floor_ground", "floor_citation"]].drop_duplicates()
    pairs = sorted(zip(cited["floor_ground"], cited["floor_citation"], strict=True))
    return [
        voice.say("floor_cited", ground=voice.named("ground", ground), article=voice.citation(article))
        for ground, article in pairs
    ]
