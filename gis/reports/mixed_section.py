"""The chapter on the mix of uses: shares of land, effective numbers, entropy with its k."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from gis.areas import SQUARE_MM, ha_text, index_text, m2_text, mu_text, percent_text, square_mm
from gis.reports.blocks import Bar, Block, Cell, Chart, Head, Prose, Row, Section, Table
from gis.reports.summary import verdict_cell
from gis.reports.words import Voice, words
from gis.schema import LAND_USE_GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.analyses import Balance
    from gis.reports.content import ReportContent

__all__ = ["mixed_section", "shares_of"]

RESERVED = "reserved"


def mixed_section(content: ReportContent, voice: Voice) -> Section | None:
    """Return the chapter, or None where mixed use was not assessed."""
    balance = content.balances.get("mixed_use")
    if balance is None:
        return None
    blocks: list[Block] = []
    zones = [{str(key): value for key, value in row.items()} for row in balance.zones.to_dict("records")]
    for number, zone in enumerate(zones, start=1):
        shares = shares_of(balance, zone)
        blocks += [_shares_table(zone, shares, voice), _chart(zone, shares, voice, number)]
    blocks += [_indices(zones, voice), _verdicts(balance, voice)]
    blocks.append(Prose(tuple(words(note, voice.lang) for note in balance.notes)))
    return Section("mixed", voice.say("section_mixed"), tuple(blocks))


def shares_of(balance: Balance, zone: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Return m² by land-use group of one zone, then land that no group knows ("") and land that several claim."""
    figures = {figure.name: figure.value for figure in balance.figures if figure.zone_id == zone["zone_id"]}
    areas = [(group, figures.get(f"land_use_{group}_m2") or 0.0) for group in LAND_USE_GROUPS]
    apart = [("contested", float(zone["contested_m2"]))] if zone["contested_m2"] else []
    # Reserved land (留白) has its line though there be none: no index counts it.
    shown = [(group, area) for group, area in areas if area or group == RESERVED]
    return [*shown, ("", float(zone["unclassified_m2"])), *apart]


def _shares_table(zone: Mapping[str, Any], shares: list[tuple[str, float]], voice: Voice) -> Table:
    areas = [Fraction(square_mm(area), SQUARE_MM) for _, area in shares]
    whole = sum(areas, Fraction(0))
    rows = []
    for (group, _), area in zip(shares, areas, strict=True):
        state = "undetermined" if group in {"", "contested"} else ""
        rows.append(Row((Cell(voice.group(group), state=state), *_numbers(area, whole))))
    rows.append(Row((Cell(voice.say("land_parcels")), *_numbers(whole, whole)), "total"))
    head = (
        Head(voice.say("use"), width=32),
        Head("m²", "number", 20),
        Head(voice.say("ha"), "number", 17),
        Head(voice.say("mu"), "number", 17),
        Head(voice.say("share"), "number", 14),
    )
    notes = [voice.say("uses_note"), words("facts.rounding_note", voice.lang)]
    if zone["claimed_m2"]:
        notes.append(voice.say("claimed_note", area=m2_text(zone["claimed_m2"])))
    return Table(voice.say("uses_of", zone=zone["zone_name"]), head, tuple(rows), tuple(notes))


def _numbers(area: Fraction, whole: Fraction) -> list[Cell]:
    texts = (m2_text(area), ha_text(area), mu_text(area), percent_text(area / whole if whole else 0))
    return [Cell(text, "number") for text in texts]


def _chart(zone: Mapping[str, Any], shares: list[tuple[str, float]], voice: Voice, number: int) -> Chart:
    whole, longest = math.fsum(area for _, area in shares), max(area for _, area in shares)
    bars = tuple(
        Bar(
            voice.group(group),
            percent_text(area / whole if whole else 0.0),
            area / longest if longest else 0.0,
            "undetermined" if group in {"", "contested"} else "",
        )
        for group, area in shares
    )
    described = voice.joined(f"{bar.label} {bar.value}" for bar in bars)
    return Chart(f"chart-mixed-{number}", voice.say("uses_chart", zone=zone["zone_name"]), described, bars)


def _index(value: Any) -> Cell:
    return Cell(index_text(value), "number")


def _indices(zones: list[dict[str, Any]], voice: Voice) -> Table:
    rows = [
        Row(
            (
                Cell(zone["zone_name"], detail=zone["zone_id"]),
                Cell(str(zone["uses_count"]), "number"),
                _index(zone["hill_1"]),
                _index(zone["hill_2"]),
                _index(zone["entropy"]),
                Cell(str(zone["k"]), "number"),
                Cell(m2_text(zone["index_m2"]), "number"),
                Cell(m2_text(zone["index_left_out_m2"]), "number"),
            )
        )
        for zone in zones
    ]
    head = (
        Head(voice.say("zone"), width=20),
        Head(voice.say("uses_count"), "number", 7),
        *(Head(voice.say(name), "number", 10) for name in ("hill_1", "hill_2", "entropy")),
        Head(voice.say("k"), "number", 7),
        Head(voice.say("index_m2"), "number", 18),
        Head(voice.say("index_left_out_m2"), "number", 18),
    )
    notes = tuple(voice.say(f"formula_{name}") for name in ("zone_hill_1", "zone_hill_2", "zone_entropy"))
    return Table(voice.say("indices"), head, tuple(rows), notes)


def _verdicts(balance: Balance, voice: Voice) -> Table:
    """Return how many parcels are mixed-use land, are not, or can't be judged, with their m²."""
    parcels = balance.parcels[balance.parcels["zone_id"].notna()]
    groups = [(name, parcels[parcels["verdict"] == name]) for name in ("met", "not_met", "undetermined")]
    sums = [math.fsum(balance.zones[f"verdict_{name}_m2"]) for name, _ in groups]
    names = {"met": voice.say("flag_true"), "not_met": voice.say("flag_false"), "undetermined": ""}
    rows = [
        Row(
            (
                verdict_cell(name, voice, word=names[name]) if name == "undetermined" else Cell(names[name]),
                Cell(f"{len(own):,}", "number"),
                Cell(m2_text(area), "number"),
                Cell(voice.clauses(balance.findings.loc[balance.findings["verdict"] == name, "citation"].unique())),
            )
        )
        for (name, own), area in zip(groups, sums, strict=True)
    ]
    head = (
        Head(voice.say("is_mixed"), width=24),
        Head(voice.say("parcels_count"), "number", 12),
        Head("m²", "number", 22),
        Head(voice.say("citation"), width=42),
    )
    contested = math.fsum(balance.zones["mixed_contested_m2"])
    notes: tuple[str, ...] = (voice.say("mixed_contested_note", area=m2_text(contested)),) if contested else ()
    single, barred = parcels[parcels["single_use"] == "met"], parcels[parcels["barred_floor_m2"] > 0]
    for key, own in (("single_use_note", single), ("barred_use_note", barred)):
        if len(own):
            floor = m2_text(math.fsum(own["barred_floor_m2"]))
            notes += (voice.say(key, count=len(own), area=m2_text(math.fsum(own["area_m2"])), floor=floor),)
    return Table(voice.say("mixed_verdicts"), head, tuple(rows), notes)
