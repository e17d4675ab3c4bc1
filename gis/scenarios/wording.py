"""What scenarios say in words: amounts, limits with their sources, and the impossible."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal

from gis.analyses import citation_text, citations_in
from gis.errors import listed
from gis.scenarios.green_table import ScenarioState
from gis.scenarios.impossible import Contradiction, Impossible, Shortfall, SingleChange
from gis.schema import text

__all__ = [
    "amount_text", "belt_lines", "binding_lines", "conflict_lines", "impossible_lines", "open_lines", "percent_text",
]  # fmt: skip

Lang = Literal["en", "zh"]
#: So many contradictions are written out, then their number.
SHOWN_AT_MOST = 10


def amount_text(value: Any) -> str:
    """Return an amount with thousands and at most six decimals; ``≈`` where it has more.

    Examples
    --------
    >>> amount_text(Fraction(8400)), amount_text(Fraction(1, 3)), amount_text("0.5")
    ('8,400', '≈0.333333', '0.5')
    """
    exact = Fraction(value)
    rounded = round(exact, 6)
    shown = f"{rounded.numerator:,}" if rounded.denominator == 1 else f"{float(rounded):,.6f}".rstrip("0")
    return shown if rounded == exact else f"≈{shown}"


def percent_text(ratio: Any) -> str:
    """Return a ratio in per cent, with at most six decimals.

    Examples
    --------
    >>> percent_text(Fraction(41, 200))
    '20.5 %'
    """
    return f"{amount_text(Fraction(ratio) * 100)} %"


Rows = Mapping[str, Mapping[Any, Any]]


def _rows(state: ScenarioState) -> Rows:
    """Return the rows of the scenario table by parcel."""
    return {row["parcel_id"]: row for row in state.parcels.to_dict("records")}


def _limit(state: ScenarioState, row: Mapping[Any, Any], limit: str, lang: Lang) -> str:
    """Return where a limit of a parcel comes from, with its citation."""
    source, citation = str(row[f"{limit}_source"]), str(row[f"{limit}_citation"])
    kind, _, edit = source.partition(":")
    cited = citation_text(citation, citations_in(state.balance.rules, lang), lang) if citation else ""
    return text(f"scenario.source_{kind}", lang, edit=edit, citation=cited)


def _contradiction(found: Contradiction, state: ScenarioState, row: Mapping[Any, Any], lang: Lang) -> str:
    return text(
        f"scenario.{found.kind}", lang, parcel=found.parcel_id, floor=amount_text(found.floor_m2),
        ceiling=amount_text(found.ceiling_m2), green=amount_text(found.green_m2),
        floor_source=_limit(state, row, "floor", lang),
        ceiling_source=_limit(state, row, "ceiling", lang),
    )  # fmt: skip


def _shortfall(found: Shortfall, lang: Lang) -> str:
    stops = [text(f"scenario.stopped_{limit}", lang, ids=listed(ids)) for limit, ids in found.stopped_by.items()]
    return text(
        "scenario.short", lang, zone=found.zone_id, needed=amount_text(found.needed_m2),
        target=percent_text(found.target_ratio), reachable=amount_text(found.reachable_m2),
        ratio=percent_text(found.reachable_ratio), short=amount_text(found.short_m2),
        stops=text("scenario.and", lang).join(stops),
    )  # fmt: skip


def _change(change: SingleChange, lang: Lang) -> str:
    shown = percent_text if change.kind == "target" else amount_text
    return text(f"scenario.change_{change.kind}", lang, id=change.id, before=shown(change.value_from),
                after=shown(change.value_to))  # fmt: skip


def conflict_lines(found: Impossible, state: ScenarioState, lang: Lang) -> list[str]:
    """Say which limits contradict each other, and which zone can't reach its target."""
    rows = _rows(state)
    lines = [_contradiction(one, state, rows[one.parcel_id], lang) for one in found.contradictions[:SHOWN_AT_MOST]]
    if len(found.contradictions) > SHOWN_AT_MOST:
        lines.append(text("scenario.more_contradictions", lang, count=len(found.contradictions) - SHOWN_AT_MOST))
    national = [one for one in found.contradictions if rows[one.parcel_id]["ceiling_source"].startswith("statute")]
    if national:
        lines.append(text("scenario.national_ceiling", lang, count=len(national)))
    return lines + [_shortfall(one, lang) for one in found.shortfalls]


def open_lines(state: ScenarioState, lang: Lang) -> list[str]:
    """Say which parcels' limits are open because facts are missing, and what is done there."""
    table = state.parcels
    strict = table.loc[table["ceiling_source"] == "statute_open", "parcel_id"].tolist()
    lines = [text("scenario.strict_ceiling", lang, count=len(strict), ids=listed(strict))] if strict else []
    for fact in ("land_use_code", "harmful_gas"):
        ids = [key for key, facts in zip(table["parcel_id"], table["missing"], strict=True) if fact in facts.split(";")]
        if ids:
            lines.append(text(f"scenario.open_{fact}", lang, count=len(ids), ids=listed(ids)))
    return lines


def belt_lines(state: ScenarioState, lang: Lang) -> list[str]:
    """Say of each verdict on protective belts which parcels it is of; nothing where no belt is asked for."""
    asked = state.parcels[state.parcels["belt_verdict"] != ""]
    belts = state.balance.tables.get("protective_belts")
    lines = []
    for ground, rows in asked.groupby("belt_ground"):
        lines.append(
            text("scenario.belt", lang, width=f"{belts['belt_width_m'].iloc[0]:g}" if belts is not None else "",
                 said=text(f"scenario_page.{ground}", lang), count=len(rows),
                 ids=listed(rows["parcel_id"].tolist()))
        )  # fmt: skip
    return lines


def impossible_lines(found: Impossible, state: ScenarioState, lang: Lang) -> list[str]:
    """Say why a scenario has no answer, and which single changes would give it one."""
    lines = conflict_lines(found, state, lang)
    if found.least_cost_cny is not None:
        lines.append(text("scenario.dear", lang, cost=amount_text(found.least_cost_cny),
                          budget=amount_text(found.budget_cny)))  # fmt: skip
    if found.changes:
        lines.append(text("scenario.changes", lang))
        return lines + [f"  – {_change(change, lang)}" for change in found.changes]
    several = found.least_changes > 1
    facts = {"count": found.least_changes, "parcels": len(found.contradictions), "zones": len(found.shortfalls)}
    lines.append(text("scenario.no_single_change" if several else "scenario.no_change", lang, **facts))
    for changes in found.change_sets:
        key = "scenario.least_set" if len(changes) == found.least_changes else "scenario.some_set"
        lines.append(text(key, lang, count=len(changes)))
        lines += [f"  – {_change(change, lang)}" for change in changes[:SHOWN_AT_MOST]]
        if len(changes) > SHOWN_AT_MOST:
            lines.append(text("scenario.more_changes", lang, count=len(changes) - SHOWN_AT_MOST))
    return lines


def binding_lines(certificate: Mapping[str, Any], state: ScenarioState, lang: Lang) -> list[str]:
    """Say which limits hold an answer where it is, where each comes from, and what a m² of it is worth."""
    facts = certificate["derived"]
    unit = text(f"scenario.unit_{facts['unit']}", lang)
    rows, lines = _rows(state), []
    for one in facts["binding"]:
        source = _limit(state, rows[one["id"]], one["limit"], lang) if one["limit"] in {"floor", "ceiling"} else ""
        if one["limit"] == "lock":
            source = str(rows[one["id"]]["lock_reason"])
        key = "scenario.worth_budget" if one["limit"] == "budget" else "scenario.worth"
        price = "" if one["price"] is None else text(key, lang, price=amount_text(one["price"]), unit=unit)
        lines.append(text(f"scenario.binds_{one['limit']}", lang, id=one["id"], source=source) + price)
    return lines
