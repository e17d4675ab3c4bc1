"""The key figures of each zone, with what is required, the verdict in words, and the article."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from gis.analyses import NO_DEFINITION, UNDERUSED_CLASSES
from gis.areas import ABSENT, ha_text, index_text, is_absent, m2_text, mu_text, percent_beside, percent_text
from gis.regulations import place_name
from gis.reports.bases import flip_text
from gis.reports.blocks import Cell, Head, Row, Section, Table
from gis.reports.face import zone_areas
from gis.reports.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from gis.analyses import Balance
    from gis.reports.content import ReportContent
    from gis.reports.words import Voice

__all__ = [
    "comparison_lines", "count_verdict", "green_verdict", "idle_range", "summary_section", "verdict_cell", "zone_row",
]  # fmt: skip

SYMBOLS = {"met": "✓", "not_met": "✗", "undetermined": "?"}
NO_CELL = Cell(ABSENT)


def verdict_cell(verdict: str, voice: Voice, *, word: str = "") -> Cell:
    """Return a verdict as sign and word: never a colour alone.

    Examples
    --------
    >>> from gis.reports.words import Voice
    >>> verdict_cell("not_met", Voice("zh")).text
    '✗ 不达标'
    """
    return Cell(f"{SYMBOLS[verdict]} {word or voice.status(verdict)}", "verdict", state=verdict)


def count_verdict(found: int, undetermined: int, voice: Voice) -> Cell:
    """Return the verdict on parcels that should not be there: found, perhaps (data missing), or none.

    Examples
    --------
    >>> from gis.reports.words import Voice
    >>> count_verdict(0, 3, Voice("en")).text, count_verdict(0, 0, Voice("en")).text
    ('? 3 undetermined', '✓ none found')
    """
    if found:
        key = "found_and_open" if undetermined else "found"
        return verdict_cell("not_met", voice, word=voice.say(key, count=found, open=undetermined))
    if undetermined:
        return verdict_cell("undetermined", voice, word=voice.say("found_open", open=undetermined))
    return verdict_cell("met", voice, word=voice.say("found_none"))


def zone_row(balance: Balance, zone_id: str) -> Mapping[str, Any] | None:
    """Return the row of a zone in a balance, or None."""
    rows = balance.zones[balance.zones["zone_id"] == zone_id].to_dict("records")
    return {str(key): value for key, value in rows[0].items()} if rows else None


def idle_range(zone: Mapping[str, Any], voice: Voice) -> list[str]:
    """Return between what the idle ratio lies where contested ground could change it; nothing where it could not."""
    least, most = zone["idle_ratio_least"], zone["idle_ratio_most"]
    if not is_absent(zone["idle_ratio"]) or is_absent(least) or is_absent(most):
        return []
    area = m2_text(zone["contested_m2"])
    return [voice.say("idle_range", least=percent_text(least), most=percent_text(most), area=area)]


def _ground_rows(
    balance: str, zone: Mapping[str, Any], names: Mapping[str, str], voice: Voice
) -> Iterator[tuple[Cell, ...]]:
    """Return what parcels claim more than once and what they dispute, where there is any."""
    for name, address in names.items():
        if zone.get(name):
            yield (Cell(voice.say(address)), _area(balance, zone, name, voice), *(NO_CELL,) * 4)


def summary_section(content: ReportContent, voice: Voice) -> Section:
    """Return the chapter of key figures: one table a zone."""
    head = (
        Head(voice.say("figure"), width=18),
        Head(voice.say("value"), "number", width=20),
        Head(voice.say("parcels_count"), "number", width=7),
        Head(voice.say("requirement"), width=17),
        Head(voice.say("verdict"), "verdict", width=15),
        Head(voice.say("citation"), width=23),
    )
    makers = {"idle_land": _idle_rows, "green_ratio": _green_rows, "mixed_use": _mixed_rows}
    tables = [zone_areas(content, voice)]
    for zone in content.zones.to_dict("records"):
        rows: list[Row] = []
        for name, maker in makers.items():
            balance = content.balances.get(name)
            own = zone_row(balance, zone["zone_id"]) if balance is not None else None
            if balance is not None and own is not None:
                rows += [Row(cells) for cells in maker(content, balance, own, voice)]
        caption = voice.say("summary_of", zone=zone["zone_name"])
        tables.append(Table(caption, head, tuple(rows), (voice.say("verdict_note"),)))
    return Section("summary", voice.say("section_summary"), tuple(tables))


def _area(balance: str, zone: Mapping[str, Any], name: str, voice: Voice, *, extra: str = "") -> Cell:
    m2 = zone[name]
    detail = "" if is_absent(m2) else voice.say("ha_and_mu", ha=ha_text(m2), mu=mu_text(m2))
    lines = "\n".join(part for part in (detail, extra) if part)
    return Cell(f"{m2_text(m2)} m²", "number", detail=lines, figure=f"{balance}/{zone['zone_id']}/{name}")


def _required(content: ReportContent, name: str, voice: Voice, citation: str | None = None) -> tuple[Cell, Cell]:
    """Return what a rule asks and where it stands, as two cells."""
    rule = content.rule(name, citation=citation)
    if rule is None:
        return NO_CELL, NO_CELL
    return Cell(voice.requirement(rule), detail=rule[f"label_{voice.lang}"]), Cell(voice.citation(rule["citation_zh"]))


def _idle_rows(
    content: ReportContent, balance: Balance, zone: Mapping[str, Any], voice: Voice
) -> Iterator[tuple[Cell, ...]]:
    parcels = balance.parcels[balance.parcels["zone_id"] == zone["zone_id"]]
    counts = parcels["status"].value_counts()
    open_count = int(counts.get("undetermined", 0))
    supplied = parcels["is_supplied"].astype(bool)
    yield (
        Cell(voice.say("supplied")),
        _area("idle_land", zone, "supplied_area_m2", voice),
        Cell(str(int(supplied.sum())), "number"),
        NO_CELL,
        NO_CELL,
        NO_CELL,
    )
    for label, key, own in (
        (voice.status("approved_not_supplied"), "approved_not_supplied_m2", counts.get("approved_not_supplied", 0)),
        (voice.say("supply_undetermined"), "supply_undetermined_m2",
         ((parcels["status"] != "approved_not_supplied") & ~supplied).sum()),
    ):  # fmt: skip
        yield Cell(label), _area("idle_land", zone, key, voice), Cell(str(int(own)), "number"), *(NO_CELL,) * 3
    rules = {"idle": "idle_land.start_overdue_period", "idle_recognisable": "idle_land.suspension_period"}
    for status, rule in rules.items():
        count = int(counts.get(status, 0))
        share = left_out = ""
        if status == "idle":
            share = "\n".join(idle_range(zone, voice)) or voice.say(
                "of_supplied", share=percent_text(zone["idle_ratio"])
            )
            if zone["supply_undetermined_m2"] or zone["supplied_undetermined_m2"]:
                open_, state = (m2_text(zone[f"{name}_undetermined_m2"]) for name in ("supply", "supplied"))
                left_out = voice.say("ratio_leaves_out", open=open_, state=state)
        _, citation = _required(content, rule, voice)
        yield (
            Cell(voice.status(status), detail=left_out),
            _area("idle_land", zone, f"{status}_m2", voice, extra=share),
            Cell(str(count), "number"),
            Cell(voice.say(f"duty_{status}", **_periods(content, voice))),
            count_verdict(count, open_count, voice),
            citation,
        )
    for status in ("approved_not_built", "undetermined"):
        yield (
            Cell(voice.status(status)),
            _area("idle_land", zone, f"{status}_m2", voice),
            Cell(str(int(counts.get(status, 0))), "number"),
            NO_CELL,
            NO_CELL,
            NO_CELL,
        )
    yield _underused(content, parcels, zone, voice)
    names = {
        "contested_m2": "ground_contested",
        "underused_contested_m2": "underused_contested",
        "overlap_m2": "claimed",
    }
    yield from _ground_rows("idle_land", zone, names, voice)


def _periods(content: ReportContent, voice: Voice) -> dict[str, str]:
    """Return the values that the duties name."""
    names = ("start_overdue_period", "suspension_period", "developed_area_ratio", "invested_ratio")
    found = {name: content.rule(f"idle_land.{name}") for name in names}
    return {name: ABSENT if rule is None else voice.rule_value(rule) for name, rule in found.items()}


def _underused(
    content: ReportContent, parcels: pd.DataFrame, zone: Mapping[str, Any], voice: Voice
) -> tuple[Cell, ...]:
    verdicts = parcels["underused"].value_counts()
    found, unknown = int(verdicts.get("met", 0)), int(verdicts.get("undetermined", 0))
    if NO_DEFINITION in set(parcels["underused_missing"]):
        # The headline says that nothing is known; another district's definition stands in the same cell, by name.
        state = verdict_cell("undetermined", voice, word=voice.say("found_open", open=unknown))
        told = comparison_lines(parcels, voice)
        return (
            Cell(voice.say("underused")),
            dataclasses.replace(NO_CELL, detail="\n".join(told)),
            NO_CELL,
            Cell(voice.say("no_definition", place=words(content.place_name, voice.lang))),
            state,
            NO_CELL,
        )
    cited = [content.rule(name) for name in UNDERUSED_CLASSES.values()]
    return (
        Cell(voice.say("underused")),
        _area("idle_land", zone, "underused_m2", voice),
        Cell(str(found), "number"),
        Cell(voice.say("duty_underused")),
        count_verdict(found, unknown, voice),
        Cell(voice.clauses(rule["citation_zh"] for rule in cited if rule is not None)),
    )


def comparison_lines(parcels: pd.DataFrame, voice: Voice) -> list[str]:
    """Return how many parcels, with which area, another district's definition would call what; it is named."""
    compared = parcels[parcels["underused_comparison"] != ""]
    if not len(compared):
        return []
    other = place_name(str(compared["underused_compared_with"].iloc[0]))[voice.lang]
    counts = [
        voice.say(
            "compared_count",
            verdict=voice.say(f"underused_{verdict}"),
            count=int((compared["underused_comparison"] == verdict).sum()),
            area=m2_text(math.fsum(compared.loc[compared["underused_comparison"] == verdict, "area_m2"])),
        )
        for verdict in ("met", "undetermined", "not_met")
    ]
    return [voice.say("comparison", other=other), *counts]


def _green_rows(
    content: ReportContent, balance: Balance, zone: Mapping[str, Any], voice: Voice
) -> Iterator[tuple[Cell, ...]]:
    rule = content.rule("green.zone_floor_ratio")
    floor = percent_text(zone["floor_ratio"])
    duty = Cell(floor if rule is None else voice.say(f"bound_{rule['bound']}", value=floor))
    parcels = balance.parcels[balance.parcels["zone_id"] == zone["zone_id"]]
    yield (
        Cell(voice.say("zone_green_ratio")),
        Cell(
            percent_beside(zone["green_ratio"], zone["floor_ratio"]),
            "number",
            detail=_margin(zone, voice),
            figure=f"green_ratio/{zone['zone_id']}/zone_green_ratio",
        ),
        Cell(str(len(parcels)), "number"),
        duty,
        green_verdict(balance, zone, voice),
        Cell(voice.citation(zone["citation"])),
    )
    names = {
        "green_outside_m2": "green_outside", "green_outside_not_counted_m2": "green_outside_not_counted",
        "green_contested_m2": "green_contested", "green_claimed_m2": "green_claimed",
    }  # fmt: skip
    yield from _ground_rows("green_ratio", zone, names, voice)
    below = parcels[parcels["verdict"] == "not_met"]
    short = f"{m2_text(math.fsum(below['shortfall_m2']))} m²"
    together = "short_together_claimed" if "ground.note_claims" in balance.notes else "short_together"
    yield (
        Cell(voice.say("parcels_below")),
        Cell(short, "number", detail=voice.say(together)),
        Cell(str(len(below)), "number"),
        Cell(voice.say("duty_parcels_below")),
        NO_CELL,
        NO_CELL,
    )


def green_verdict(balance: Balance, zone: Mapping[str, Any], voice: Voice) -> Cell:
    """Return the zone's verdict, with what could turn it: another area basis, contested ground, another precedence."""
    lines = [flip_text(balance, zone["zone_id"], voice)]
    if zone["verdict"] == "undetermined" and zone["green_contested_m2"]:
        lines.append(voice.say("green_turns", area=m2_text(zone["green_contested_m2"])))
    other = zone.get("verdict_other_precedence")
    if isinstance(other, str) and other != zone["verdict"]:
        lines.append(
            voice.say("other_precedence", area=m2_text(zone["green_other_precedence_m2"]), verdict=voice.status(other))
        )
    return dataclasses.replace(verdict_cell(zone["verdict"], voice), detail="\n".join(line for line in lines if line))


def _margin(zone: Mapping[str, Any], voice: Voice) -> str:
    if zone["shortfall_m2"] > 0:
        return voice.say("short_by", area=m2_text(zone["shortfall_m2"]))
    return voice.say("surplus_of", area=m2_text(zone["surplus_m2"]))


def _mixed_rows(
    content: ReportContent, balance: Balance, zone: Mapping[str, Any], voice: Voice
) -> Iterator[tuple[Cell, ...]]:
    hill = index_text(zone["hill_1"])
    entropy = index_text(zone["entropy"])
    yield (
        Cell(voice.say("effective_uses")),
        Cell(hill, "number", detail=voice.say("entropy_with_k", entropy=entropy, k=zone["k"])),
        NO_CELL,
        NO_CELL,
        NO_CELL,
        NO_CELL,
    )
    duty, citation = _required(content, "mixed_use.use_share_floor", voice, zone["citation"])
    parcels = balance.parcels[balance.parcels["zone_id"] == zone["zone_id"]]
    verdicts = parcels["verdict"].value_counts()
    unknown = int(verdicts.get("undetermined", 0))
    yield (
        Cell(voice.say("mixed_parcels")),
        _area("mixed_use", zone, "verdict_met_m2", voice),
        Cell(str(int(verdicts.get("met", 0))), "number"),
        duty,
        Cell(voice.say("open_count", count=unknown)) if unknown else NO_CELL,
        citation,
    )
    names = {"contested_m2": "use_contested", "mixed_contested_m2": "mixed_contested", "claimed_m2": "claimed"}
    yield from _ground_rows("mixed_use", zone, names, voice)
