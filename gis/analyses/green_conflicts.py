"""Limits on green that contradict each other: reported, for the authority to say which yields."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.analyses.findings import PLAN_CITATION, exact_m2
from gis.schema import land_use_groups

if TYPE_CHECKING:
    from gis.regulations import Rulebook

__all__ = ["CONFLICT_COLUMNS", "find_limit_conflicts"]

CONFLICT_COLUMNS = [
    "level", "entity_id", "zone_id", "conflict", "floor_m2", "floor_citation", "ceiling_m2", "ceiling_citation",
    "gap_m2", "source_file", "source_row",
]  # fmt: skip
#: Floors that bind one parcel; the zone's own floor is the zone's.
OWN_FLOORS = ("floor_plan", "floor_harmful_gas")


def find_limit_conflicts(parcels: pd.DataFrame, zones: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    """List parcels whose floor is above their ceiling, and zones whose ceilings do not add up to the floor.

    ``ceiling = the parcel's own, else the national one of industrial projects, else its land``;
    a zone's conflict is ``Σ ceilings of its parcels < floor · land``. Compared exactly.

    Parameters
    ----------
    parcels
        A row a parcel inside a zone: area_m2, floor_ratio, floor_ground, floor_citation, ceiling_ratio,
        green_plan_id, land_use_scheme, land_use_code.
    zones
        zone_id, land_m2, floor_ratio, citation.
    rules
        ``green.industrial_ceiling_ratio``; asked only where there is industrial land.

    Returns
    -------
    ``CONFLICT_COLUMNS``: level ``parcel`` (conflict ``floor_above_ceiling``) or ``zone``
    (``ceilings_below_floor``), by level and id.

    Notes
    -----
    Source: 上海市绿化条例 art. 15 (at least 20 % of the park, 30 % of harmful-gas projects) against the national
    indicators of industrial projects (at most 20 % of one project).
    """
    industrial = land_use_groups(parcels) == "industrial"
    national = rules.get("green.industrial_ceiling_ratio") if industrial.any() else None
    rows: list[dict[str, Any]] = []
    sums: dict[str, Fraction] = {}
    for record, factory in zip(parcels.to_dict("records"), industrial, strict=True):
        area = exact_m2([record["area_m2"]])
        ratio, cited = Fraction(1), ""
        if not pd.isna(record["ceiling_ratio"]):
            plan = record.get("green_plan_id")
            ratio, cited = Fraction(str(record["ceiling_ratio"])), PLAN_CITATION + ("" if pd.isna(plan) else str(plan))
        elif factory and national is not None:
            ratio, cited = national.value, national.citation.text("zh")
        sums[record["zone_id"]] = sums.get(record["zone_id"], Fraction(0)) + ratio * area
        floor = Fraction(str(record["floor_ratio"])) if record["floor_ground"] in OWN_FLOORS else Fraction(0)
        if floor > ratio and area > 0:
            rows.append(
                _row("parcel", record["parcel_id"], record["zone_id"], (floor * area, ratio * area))
                | {"floor_citation": record["floor_citation"], "ceiling_citation": cited,
                   "source_file": record["source_file"], "source_row": record["source_row"]}
            )  # fmt: skip
    for zone in zones.to_dict("records"):
        needed = Fraction(str(zone["floor_ratio"])) * exact_m2([zone["land_m2"]])
        reach = sums.get(zone["zone_id"], Fraction(0))
        if reach < needed:
            rows.append(_row("zone", zone["zone_id"], zone["zone_id"], (needed, reach))
                        | {"floor_citation": zone["citation"], "ceiling_citation": "", "source_file": "",
                           "source_row": 0})  # fmt: skip
    return pd.DataFrame(rows, columns=CONFLICT_COLUMNS).sort_values(["level", "entity_id"], ignore_index=True)


def _row(level: str, entity: str, zone: str, limits: tuple[Fraction, Fraction]) -> dict[str, Any]:
    floor, ceiling = limits
    return {
        "level": level, "entity_id": entity, "zone_id": zone,
        "conflict": "floor_above_ceiling" if level == "parcel" else "ceilings_below_floor",
        "floor_m2": round(float(floor), 6), "ceiling_m2": round(float(ceiling), 6),
        "gap_m2": round(float(floor - ceiling), 6),
    }  # fmt: skip
