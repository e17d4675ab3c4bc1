"""Limits on green that contradict each other: reported, for the authority to say which yields."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.findings import PLAN_CITATION, exact_m2
from gis.schema import land_use_groups

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.regulations import Parameter, Rulebook

__all__ = ["CONFLICT_COLUMNS", "OWN_FLOORS", "ceiling_of", "find_limit_conflicts", "is_industrial"]

CONFLICT_COLUMNS = [
    "level", "entity_id", "zone_id", "conflict", "floor_m2", "floor_citation", "ceiling_m2", "ceiling_citation",
    "gap_m2", "verdict", "missing", "source_file", "source_row",
]  # fmt: skip
#: Floors that bind one parcel, and where they come from; the zone's own floor is the zone's.
OWN_FLOORS = {"floor_plan": "plan", "floor_harmful_gas": "statute"}
#: The fact without which nobody can say whether the ceiling of industrial projects binds a parcel.
USE_FACT = "land_use_code"


def is_industrial(parcels: pd.DataFrame) -> pd.Series[bool]:
    """Return whether each parcel is industrial land: missing, not False, where its use is not told or not known.

    Examples
    --------
    >>> facts = {"land_use_scheme": ["mnr_2023", "mnr_2023", None], "land_use_code": ["1001", "0701", None]}
    >>> is_industrial(pd.DataFrame(facts)).tolist()
    [True, False, <NA>]
    """
    groups = land_use_groups(parcels)
    return (groups == "industrial").astype("boolean").mask(groups.isna())


def ceiling_of(own: Any, plan: Any, national: Parameter | None) -> tuple[Fraction, str, str]:
    """Return the greatest green ratio of a parcel, where it comes from and its citation.

    Parameters
    ----------
    own
        The parcel's own ceiling, missing where its plan names none.
    plan
        The number of that plan, which may be missing.
    national
        The national ceiling, where the parcel is industrial land and it is applied.

    Returns
    -------
    The ratio; ``plan``, ``statute`` or ``land`` (all of it); the citation, empty for land.

    Examples
    --------
    >>> ceiling_of(0.12, "LH-7", None)[:2], ceiling_of(None, None, None)
    ((Fraction(3, 25), 'plan'), (Fraction(1, 1), 'land', ''))
    """
    if not pd.isna(own):
        return Fraction(str(own)), "plan", PLAN_CITATION + ("" if pd.isna(plan) else str(plan))
    if national is not None:
        return national.value, "statute", national.citation.text("zh")
    return Fraction(1), "land", ""


def find_limit_conflicts(
    parcels: pd.DataFrame, zones: pd.DataFrame, rules: Rulebook, *, claims: pd.DataFrame | None = None
) -> pd.DataFrame:
    """List parcels whose floor is above their ceiling, and zones whose ceilings do not add up to the floor.

    ``ceiling = the parcel's own, else the national one of industrial projects, else its land``;
    a zone's conflict is ``Σ ceilings of its parcels < floor · land``. Compared exactly. Green on ground that several
    parcels claim counts once for the zone and within the ceiling of each: less than Σ ceilings may then be possible,
    and the most that is (a linear programme over who claims which ground) takes its place. Where a parcel's use is
    not told, the national ceiling may bind it or not: what contradicts only if it does is ``undetermined``.

    Parameters
    ----------
    parcels
        A row a parcel inside a zone: area_m2, floor_ratio, floor_ground, floor_citation, ceiling_ratio,
        green_plan_id, land_use_scheme, land_use_code.
    zones
        zone_id, land_m2, floor_ratio, citation.
    rules
        ``green.industrial_ceiling_ratio``; asked only where land is, or may be, industrial.
    claims
        Who claims which ground, as ``members`` of `gis.overlay.Claims`.

    Returns
    -------
    ``CONFLICT_COLUMNS``: level ``parcel`` (conflict ``floor_above_ceiling``) or ``zone``
    (``ceilings_below_floor``), by level and id; verdict ``not_met``, or ``undetermined`` with what is missing.

    Notes
    -----
    Source: 上海市绿化条例 art. 15 (at least 20 % of the park, 30 % of harmful-gas projects) against the national
    indicators of industrial projects (at most 20 % of one project).
    """
    industrial = is_industrial(parcels)
    asked = industrial.isna() & parcels["ceiling_ratio"].isna()
    national = rules.get("green.industrial_ceiling_ratio") if (industrial.fillna(False) | asked).any() else None
    rows: list[dict[str, Any]] = []
    # Of each zone and parcel: the ceiling that is certain, and the one if all land of an untold use is industrial.
    limits: dict[str, dict[str, tuple[Fraction, Fraction]]] = {}
    for record, factory, is_open in zip(parcels.to_dict("records"), industrial.fillna(False), asked, strict=True):
        area, plan = exact_m2([record["area_m2"]]), record.get("green_plan_id")
        sure = ceiling_of(record["ceiling_ratio"], plan, national if factory else None)
        strict = ceiling_of(record["ceiling_ratio"], plan, national if factory or is_open else None)
        limits.setdefault(record["zone_id"], {})[str(record["parcel_id"])] = sure[0] * area, strict[0] * area
        floor = Fraction(str(record["floor_ratio"])) if record["floor_ground"] in OWN_FLOORS else Fraction(0)
        if floor > strict[0] and area > 0:
            rows.append(
                _row("parcel", record["parcel_id"], record["zone_id"], (floor * area, strict[0] * area))
                | _verdict(certain=floor > sure[0])
                | {"floor_citation": record["floor_citation"], "ceiling_citation": strict[2],
                   "source_file": record["source_file"], "source_row": record["source_row"]}
            )  # fmt: skip
    areas = dict(zip(parcels["parcel_id"].astype("str"), parcels["area_m2"], strict=True))
    for zone in zones.to_dict("records"):
        needed = Fraction(str(zone["floor_ratio"])) * exact_m2([zone["land_m2"]])
        own = limits.get(zone["zone_id"], {})
        most, least = (
            sum((pair[side] for pair in own.values()), Fraction(0)) - _unreachable(own, side, areas, claims)
            for side in (0, 1)
        )
        if least < needed:
            certain = most < needed
            rows.append(_row("zone", zone["zone_id"], zone["zone_id"], (needed, most if certain else least))
                        | _verdict(certain=certain)
                        | {"floor_citation": zone["citation"], "ceiling_citation": "", "source_file": "",
                           "source_row": 0})  # fmt: skip
    return pd.DataFrame(rows, columns=CONFLICT_COLUMNS).sort_values(["level", "entity_id"], ignore_index=True)


def _unreachable(
    limits: Mapping[str, tuple[Fraction, Fraction]], side: int, areas: Mapping[str, float], claims: pd.DataFrame | None
) -> Fraction:
    """Return by how much Σ ceilings exceeds the green that fits on the ground of a zone, each m² once.

    Most Σ green of the pieces of ground (each parcel's own, and each face that several claim), each within its area,
    and those that a parcel claims within its ceiling.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    members = None if claims is None else claims[claims["parcel_id"].isin(list(limits))]
    if members is None or not len(members):
        return Fraction(0)
    parcel, ids = pd.factorize(members["parcel_id"].astype("str"))
    face, faces = pd.factorize(members["face_id"])
    ceilings = np.array([float(limits[key][side]) for key in ids])
    shared = members.groupby(parcel)["area_m2"].sum().to_numpy()
    own = np.maximum(np.array([areas[key] for key in ids]) - shared, 0.0)
    sizes = members.groupby(face)["area_m2"].first().to_numpy()
    rows, columns = np.append(np.arange(len(ids)), parcel), np.append(np.arange(len(ids)), len(ids) + face)
    within = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(ids), len(ids) + len(faces))).tocsr()
    upper = np.append(own, sizes)
    found = linprog(-np.ones(len(upper)), A_ub=within, b_ub=ceilings, bounds=np.column_stack([0 * upper, upper]))
    # To the mm²; below that it is rounding of the programme.
    return Fraction(max(0, round((float(ceilings.sum()) + found.fun) * 1e6)), 10**6)


def _verdict(*, certain: bool) -> dict[str, str]:
    return {"verdict": "not_met" if certain else "undetermined", "missing": "" if certain else USE_FACT}


def _row(level: str, entity: str, zone: str, limits: tuple[Fraction, Fraction]) -> dict[str, Any]:
    floor, ceiling = limits
    return {
        "level": level, "entity_id": entity, "zone_id": zone,
        "conflict": "floor_above_ceiling" if level == "parcel" else "ceilings_below_floor",
        "floor_m2": round(float(floor), 6), "ceiling_m2": round(float(ceiling), 6),
        "gap_m2": round(float(floor - ceiling), 6),
    }  # fmt: skip
