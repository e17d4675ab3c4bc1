"""The chapter on underused land: each class with its article, the parcels, unused capacity, and surplus."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from gis.analyses import NO_DEFINITION, UNDERUSED_CLASSES, doubled_capacity
from gis.areas import grouped, is_absent, m2_text
from gis.reports.blocks import Block, Callout, Cell, Head, Prose, Row, Section, Table
from gis.reports.lists import parcel_list
from gis.reports.routes_section import with_land
from gis.reports.summary import comparison_lines
from gis.reports.words import words
from gis.units import FACTORS, HA_M2

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from gis.analyses import Balance
    from gis.reports.content import ReportContent
    from gis.reports.words import Voice

__all__ = ["underused_section"]

#: 1 CNY/m² in 万元/公顷.
PER_HA = float(HA_M2 / FACTORS["cny"]["10k_cny"])
#: Kind of capacity, what the plan permits, and what is used.
LIMITED = (
    ("floor", "permitted_floor_m2", "counted_floor_area_m2"), ("footprint", "permitted_footprint_m2", "footprint_m2"),
)  # fmt: skip


def underused_section(content: ReportContent, voice: Voice) -> Section | None:
    """Return the chapter, or None where idle land was not assessed."""
    balance = content.balances.get("idle_land")
    if balance is None:
        return None
    listed = with_land(balance.tables["underused"], balance)
    inside = balance.parcels[balance.parcels["zone_id"].notna()]
    judged: list[Block] = [
        _by_class(content, balance, listed, voice),
        _parcels(listed[listed["underused"] == "met"], balance.tables.get("claims"), voice),
        _missing(listed[listed["underused"] == "undetermined"], voice),
    ]
    if NO_DEFINITION in set(inside["underused_missing"]):
        told = (voice.say("no_definition_text"), *comparison_lines(inside, voice))
        place = words(content.place_name, voice.lang)
        judged = [Callout(voice.say("no_definition", place=place), told, "warning")]
    blocks: list[Block] = [
        *judged,
        _capacity(balance.tables["unused_capacity"], balance.tables.get("claims"), voice),
        _surplus(balance, voice),
        Prose((voice.say("underused_note"),)),
    ]
    return Section("underused", voice.say("section_underused"), tuple(blocks))


def _sheet(name: str, voice: Voice) -> str:
    return voice.say(f"sheet_{name}", balance=voice.say("short_idle_land"))


def _by_class(content: ReportContent, balance: Balance, listed: pd.DataFrame, voice: Voice) -> Table:
    """Return parcels and m² of each class, and of land in any; a parcel in two classes counts once in the whole."""
    rows = []
    ground = balance.tables["underused_ground"].set_index(["class", "verdict"])["area_m2"]
    for name, rule_name in UNDERUSED_CLASSES.items():
        rule = content.rule(rule_name)
        own, open_ = (listed[listed[name] == verdict] for verdict in ("met", "undetermined"))
        cited = "" if rule is None else voice.citation(rule["citation_zh"])
        asked = "" if rule is None else f"{rule[f'label_{voice.lang}']}: {voice.requirement(rule)}"
        unseen = "" if rule is None or rule["verified"] else voice.say("unverified")
        rows.append(
            Row((
                Cell(voice.known("idle", f"underused_{name}"), detail=asked),
                Cell(f"{len(own):,}", "number"),
                Cell(m2_text(ground[name, "met"]), "number"),
                Cell(f"{len(open_):,}", "number", detail=f"{m2_text(ground[name, 'undetermined'])} m²"),
                Cell(cited, detail=unseen),
            ))
        )  # fmt: skip
    parcels = balance.parcels[balance.parcels["zone_id"].notna()]
    own, open_ = (parcels[parcels["underused"] == verdict] for verdict in ("met", "undetermined"))
    rows.append(
        Row((
            Cell(voice.say("any_class")),
            Cell(f"{len(own):,}", "number"),
            Cell(m2_text(ground["", "met"]), "number"),
            Cell(f"{len(open_):,}", "number", detail=f"{m2_text(ground['', 'undetermined'])} m²"),
            Cell(""),
        ), "total")
    )  # fmt: skip
    head = (
        Head(voice.say("underused_class"), width=36),
        Head(voice.say("parcels_count"), "number", 9),
        Head("m²", "number", 15),
        Head(voice.say("open_parcels"), "number", 15),
        Head(voice.say("citation"), width=25),
    )
    notes = [voice.say("underused_class_note")]
    claimed, contested = math.fsum(balance.zones["overlap_m2"]), ground["", "contested"]
    if claimed:
        notes.append(voice.say("underused_claimed_note", area=m2_text(claimed), contested=m2_text(contested)))
    return Table(voice.say("underused_by_class"), head, tuple(rows), tuple(notes))


def _parcels(chosen: pd.DataFrame, claims: pd.DataFrame | None, voice: Voice) -> Table:
    columns = [
        (Head(voice.say("underused_class"), width=30), _classes),
        (Head(voice.say("citation"), width=25), _citations),
        (Head(voice.say("yields"), "number", 16), _yields),
    ]
    caption, sheet = voice.say("underused_list"), _sheet("underused", voice)
    return parcel_list(chosen, columns, voice, caption=caption, sheet=sheet, claims=claims)


def _classes(parcel: Mapping[str, Any], voice: Voice) -> Cell:
    first, *others = [voice.known("idle", f"underused_{name}") for name in parcel["underused_classes"].split(";")]
    return Cell(first, detail="\n".join(others))


def _citations(parcel: Mapping[str, Any], voice: Voice) -> Cell:
    first, *others = dict.fromkeys(voice.citation(each) for each in parcel["underused_citations"].split(";"))
    return Cell(first, detail="\n".join(others))


def _yields(parcel: Mapping[str, Any], voice: Voice) -> Cell:
    """Return the means of tax and output in 万元/公顷, as the guide states them."""
    told = [
        voice.say(f"{kind}_mean", value=grouped(parcel[f"{kind}_mean_cny_per_m2"] * PER_HA, 2))
        for kind in ("tax", "output")
        if not is_absent(parcel[f"{kind}_mean_cny_per_m2"])
    ]
    return Cell(told[0] if told else "", "number", detail="\n".join(told[1:]))


def _missing(unknown: pd.DataFrame, voice: Voice) -> Table:
    """Return which facts keep how many parcels undetermined; a parcel may lack several."""
    lacking: dict[str, list[float]] = {}
    for facts, area in zip(unknown["underused_missing"], unknown["area_m2"], strict=True):
        for fact in facts.split(";"):
            lacking.setdefault(fact, []).append(area)
    order = sorted(lacking, key=lambda fact: (-len(lacking[fact]), fact))
    rows = [
        Row((
            Cell(voice.missing(fact)),
            Cell(f"{len(lacking[fact]):,}", "number"),
            Cell(m2_text(math.fsum(lacking[fact])), "number"),
        ))
        for fact in order
    ]  # fmt: skip
    head = (
        Head(voice.say("missing_fields"), width=60),
        Head(voice.say("parcels_count"), "number", 15),
        Head("m²", "number", 25),
    )
    notes = (voice.say("underused_missing_note", sheet=_sheet("underused", voice)),)
    return Table(voice.say("underused_missing_list"), head, tuple(rows), notes if rows else (voice.say("none_listed"),))


def _capacity(capacity: pd.DataFrame, claims: pd.DataFrame | None, voice: Voice) -> Table:
    """Return planned against used floor and ground: sums of what is known, and how many are not.

    What several parcels' plans permit on one ground is taken off once in a row of its own, also off what is unused, as
    far as there is any: the least that is left.
    """
    rows = []
    for kind, planned, used in LIMITED:
        known = capacity[capacity[planned].notna() & capacity[used].notna()]
        sums = [math.fsum(known[name]) for name in (planned, used, f"unused_{kind}_m2", f"excess_{kind}_m2")]
        unknown = len(capacity) - len(known)
        cells = [Cell(m2_text(value), "number") for value in sums]
        rows.append(
            Row((Cell(voice.say(f"capacity_{kind}")), Cell(f"{len(known):,}", "number"), *cells,
                 Cell(f"{unknown:,}", "number")))
        )  # fmt: skip
        doubled = doubled_capacity(known, claims, kind)
        if doubled:
            off = (-doubled, None, -min(doubled, sums[2]), None)
            once = [total + (less or 0.0) for total, less in zip(sums, off, strict=True)]
            for label, values in (("land_claimed", off), ("capacity_once", once)):
                shown = [Cell("" if value is None else m2_text(value), "number") for value in values]
                rows.append(Row((Cell(voice.say(label)), Cell(""), *shown, Cell("")), "subtotal"))
    head = (
        Head(voice.say("capacity"), width=18),
        Head(voice.say("parcels_count"), "number", 9),
        *(Head(voice.say(f"capacity_{name}"), "number", 15) for name in ("planned", "used", "unused", "excess")),
        Head(voice.say("unknown_parcels"), "number", 11),
    )
    notes = [voice.say("capacity_note", sheet=_sheet("unused_capacity", voice))]
    notes += [voice.say("capacity_claimed_note")] if len(rows) > len(LIMITED) else []
    return Table(voice.say("capacity_list"), head, tuple(rows), tuple(notes))


def _condition(row: Mapping[Any, Any], voice: Voice) -> str:
    verdict, named = row["condition_verdict"], voice.known_code("idle", "named_", row["condition"])
    return f"{voice.say(f'condition_{verdict}')} {named}"


def _surplus(balance: Balance, voice: Voice) -> Table:
    surplus = balance.tables["surplus"]
    rows = []
    if len(surplus):
        for (parcel_id, kind), own in surplus.groupby(["parcel_id", "surplus_kind"], sort=True):
            first = own.iloc[0]
            told = [_condition(row, voice) for row in own.to_dict("records") if row["condition"]]
            rows.append(
                Row((
                    Cell(str(parcel_id), "id"),
                    Cell(voice.say(f"surplus_{kind}")),
                    Cell(m2_text(first["surplus_area_m2"]), "number"),
                    Cell(told[0] if told else voice.say("surplus_no_text"), detail="\n".join(told[1:])),
                    Cell(voice.citation(first["surplus_citation"])),
                ))
            )  # fmt: skip
    head = (
        Head(voice.say("parcel"), "id", 18),
        Head(voice.say("surplus_kind"), width=12),
        Head("m²", "number", 14),
        Head(voice.say("conditions"), width=34),
        Head(voice.say("citation"), width=22),
    )
    notes = (voice.say("surplus_note"),) if rows else (voice.say("none_listed"),)
    return Table(voice.say("surplus_list"), head, tuple(rows), notes)
