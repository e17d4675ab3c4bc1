"""The scenario page of a run: what is measured, what a solver proposes, and room for a manager's own."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from gis.analyses import citation_text, citations_in
from gis.analyses.green_ratio import ROOF_FACTS
from gis.schema import text, worst_quality
from gis.workflow.fresh import made_from_lines
from gis.workflow.green_scenarios import GreenRun

if TYPE_CHECKING:
    from gis.maps.scenario_page import ScenarioMap
    from gis.scenarios import ScenarioState

__all__ = ["draw_scenario"]


def draw_scenario(
    opened: GreenRun, state: ScenarioState, *, solved: ScenarioState | None = None, lang: Literal["zh", "en"] = "zh"
) -> ScenarioMap:
    """Draw the page of a scenario.

    The amounts of the page are green on the ground, which is what ``set_green`` sets.

    Parameters
    ----------
    opened
        From `gis.workflow.open_scenario`.
    state
        Its evaluation.
    solved
        The state after the solver's answer, as a preset.
    lang
        The language the page opens in; both are in it.
    """
    from gis.maps.scenario_page import draw_scenario_page

    last = opened.scenario.files[-1] if opened.scenario.files else opened.scenario.run_file
    presets = {}
    if solved is not None:
        presets["solved"] = ([text("scenario_page.preset_solved", "zh"), text("scenario_page.preset_solved", "en")],
                             _ground(solved))  # fmt: skip
    return draw_scenario_page(
        opened.base.land,
        _table(opened, state),
        zones=_zones(state),
        presets=presets,
        head=[
            "zonegis_scenario: 1",
            f"base: {json.dumps(last.name, ensure_ascii=False)}",
            *made_from_lines(opened.fingerprints),
        ],
        base_name=last.name,
        name=f"{opened.scenario.name}-1",
        title=opened.scenario.title or opened.run.title,
        as_of=opened.run.as_of.isoformat(),
        boundary=opened.base.zones,
        area_basis=state.balance.area_basis,
        quality=worst_quality(opened.base.zones["boundary_quality"]),
        notes=state.balance.notes,
        lang=lang,
    )


def _ground(state: ScenarioState) -> pd.Series[float]:
    return pd.Series({choice.parcel_id: float(choice.green_m2) for choice in state.choices}, dtype="float64")


def _table(opened: GreenRun, state: ScenarioState) -> pd.DataFrame:
    """Return the limits as the solver has them, with the words that the scenario table gives of each."""
    land = opened.base.land.set_index("parcel_id")["parcel_name"]
    said = {row["parcel_id"]: row for row in state.parcels.to_dict("records")}
    rows = [
        {
            "parcel_id": choice.parcel_id,
            "zone_id": choice.zone_id,
            "parcel_name": land.get(choice.parcel_id),
            "area_m2": float(choice.area_m2),
            "green_m2": float(choice.green_m2),
            "floor_m2": float(choice.floor_m2),
            "roof_m2": float(choice.roof_m2),
            "roof_from_m2": float(choice.roof_from_m2),
            "ceiling_m2": min(said[choice.parcel_id]["ceiling_m2"], _most(said[choice.parcel_id])),
            "is_locked": choice.locked,
            "floor_ground": _ground_of(said[choice.parcel_id], "floor"),
            "ceiling_ground": _ground_of(said[choice.parcel_id], "ceiling"),
            "lock_ground": said[choice.parcel_id]["lock_reason"],
            "floor_open_m2": said[choice.parcel_id]["floor_open_m2"],
            "ceiling_open_m2": min(said[choice.parcel_id]["ceiling_open_m2"], _most(said[choice.parcel_id])),
            "belt": _belt_of(said[choice.parcel_id]),
        }
        for choice in state.choices
    ]
    return pd.DataFrame(rows)


def _most(row: dict[Any, Any]) -> float:
    """Return the most green that an amount can give a parcel that shares ground."""
    most = float(row["claimed_most_m2"])
    return math.inf if math.isnan(most) else max(most, float(row["green_m2"]))


def _ground_of(row: dict[Any, Any], limit: str) -> str:
    """Return the citation of a limit, and which edit set it, if one did."""
    source, cited = str(row[f"{limit}_source"]), str(row[f"{limit}_citation"])
    edit = source.removeprefix("edit:") if source.startswith("edit:") else ""
    return " · ".join(part for part in (citation_text(cited, {}, "zh") if cited else "", edit) if part)


def _belt_of(row: dict[Any, Any]) -> str:
    """Return the address of what is said of a parcel's protective belt; empty where none is asked for."""
    return f"scenario_page.{row['belt_ground']}" if row["belt_verdict"] else ""


def _open_roofs(state: ScenarioState) -> pd.Series[float]:
    """Return the roof green of each zone that may count once its height or kind is told."""
    pieces = state.balance.tables["green_pieces"]
    untold = pieces["roof_ground"].isin(ROOF_FACTS) & ("green.note_roof_in" in state.balance.notes)
    return pieces[untold].groupby("zone_id")["area_m2"].sum()


def _zones(state: ScenarioState) -> pd.DataFrame:
    english = citations_in(state.balance.rules, "en")
    by_id = {row["zone_id"]: row for row in state.zones.to_dict("records")}
    untold = _open_roofs(state)
    rows = [
        {
            "zone_id": target.zone_id,
            "zone_name": by_id[target.zone_id]["zone_name"],
            "land_m2": float(target.land_m2),
            "needed_m2": float(by_id[target.zone_id]["needed_m2"]),
            "roof_cap_m2": float(target.roof_cap_m2),
            "claimed_m2": float(target.claimed_m2),
            "open_m2": float(untold.get(target.zone_id, 0.0)),
            "target_ratio": float(target.target_ratio),
            "citation": [
                citation_text(by_id[target.zone_id]["citation"], {}, "zh"),
                citation_text(by_id[target.zone_id]["citation"], english, "en"),
            ],
        }
        for target in state.targets
    ]
    return pd.DataFrame(rows)
