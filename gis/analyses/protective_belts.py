"""The protective belt of harmful-gas projects: whether green as wide as required lies beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gis.crs import require_area_crs
from gis.schema import land_use_groups

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.regulations import Rulebook

__all__ = ["BELT_COLUMNS", "measure_protective_belts"]

PROTECTIVE, GAS_FACT = "protective", "harmful_gas"
#: Two shapes this near to each other adjoin: a drawing's gap, not land.
ADJOINING_M = 1.0
#: Quarter circle in so many pieces: a rounded corner is then off by 0.1 % of its radius.
QUARTER = 16
#: A width measured on drawn lines is uncertain by this much.
WIDTH_TOLERANCE_M = 0.01
BELT_COLUMNS = [
    "parcel_id", "zone_id", "belt_width_m", "ring_m2", "belt_m2", "belt_share", "wide_belt_m2", "verdict",
    "belt_ground", "missing", "citation", "source_file", "source_row",
]  # fmt: skip

UNTOLD = {
    **dict.fromkeys(("ring_m2", "belt_m2", "belt_share", "wide_belt_m2"), float("nan")), "verdict": "undetermined",
    "belt_ground": "belt_gas_untold", "missing": GAS_FACT,
}  # fmt: skip


def measure_protective_belts(parcels: GeoDataFrame, green_spaces: GeoDataFrame, rules: Rulebook) -> pd.DataFrame:
    """Judge the protective green around each parcel of a project that gives off harmful gases.

    The ring is what lies within the required width outside the parcel; ``belt_share = protective green in
    the ring / ring``. Where the whole ring is protective green the belt is there (``met``); where nothing of
    it that adjoins the parcel is as wide as required anywhere (no disc of that width fits), it is not
    (``not_met``). Between the two the text does not say whether the belt has to go all around: ``undetermined``.
    Where nobody has told whether the project gives off such gases, on land that is or may be industrial, the row is
    ``undetermined`` too and nothing is measured: no belt may be asked for, and none is met.

    Parameters
    ----------
    parcels
        From `gis.measure_parcels`, in a planar system in metres.
    green_spaces
        Canonical table with its shapes, in the same system.
    rules
        ``green.harmful_gas_belt_width``.

    Returns
    -------
    A row a parcel that is, or may be, of a harmful-gas project: ring_m2, belt_m2, belt_share, wide_belt_m2
    (adjoining belt that is wide enough; all four missing where it only may be), verdict, its ground, what is missing.

    Raises
    ------
    CrsError
        If lengths may not be measured in the system.

    Notes
    -----
    Source: 上海市绿化条例 art. 15¶1(3) (防护绿地宽度不少于五十米).

    Examples
    --------
    >>> import geopandas as gpd, gis
    >>> from shapely import box
    >>> plant, belt = box(0, 0, 100, 100), box(-60, -60, 160, 160).difference(box(0, 0, 100, 100))
    >>> facts = {"parcel_id": ["A"], "zone_id": ["Z"], "harmful_gas": [True], "source_file": ["p"], "source_row": [1]}
    >>> facts |= {"land_use_scheme": ["mnr_2023"], "land_use_code": ["100102"]}
    >>> parcels = gpd.GeoDataFrame(facts, geometry=[plant], crs=4549)
    >>> green = gpd.GeoDataFrame({"green_id": ["g"], "green_kind": ["protective"]}, geometry=[belt], crs=4549)
    >>> rules = gis.load_rules(as_of="2026-03-31", place="310115")
    >>> measure_protective_belts(parcels, green, rules)[["belt_share", "verdict"]].values.tolist()
    [[1.0, 'met']]
    """
    require_area_crs(parcels.crs, where="parcels")
    gas = parcels["harmful_gas"].astype("boolean")
    groups = land_use_groups(parcels)
    untold = gas.isna() & (groups.isna() | (groups == "industrial"))
    asked = parcels[gas.fillna(False) | untold].sort_values("parcel_id")
    if asked.empty:
        return pd.DataFrame(columns=BELT_COLUMNS)
    rule = rules.get("green.harmful_gas_belt_width")
    width = float(rule.value)
    belts = np.asarray(green_spaces.geometry.array)[(green_spaces["green_kind"] == PROTECTIVE).to_numpy()]
    tree = shapely.STRtree(belts)
    rows = []
    for parcel, shape in zip(asked.to_dict("records"), np.asarray(asked.geometry.array), strict=True):
        measured = dict(UNTOLD)
        if not pd.isna(parcel["harmful_gas"]):
            near = belts[tree.query(shape, predicate="dwithin", distance=2 * width)]
            measured = _belt(shape, shapely.union_all(near), width)
        rows.append({
            "parcel_id": parcel["parcel_id"], "zone_id": parcel["zone_id"], "belt_width_m": width,
            **measured, "citation": rule.citation.text("zh"),
            "source_file": parcel["source_file"], "source_row": parcel["source_row"],
        })  # fmt: skip
    return pd.DataFrame(rows)[BELT_COLUMNS]


def _belt(shape: Any, green: Any, width: float) -> dict[str, Any]:
    around = shapely.buffer(shape, width, quad_segs=QUARTER)
    ring = shapely.difference(around, shape)
    covered = shapely.intersection(ring, green)
    # What a disc of the required width fits into: an opening; the drawing's own rounding is let through.
    radius = width / 2 - WIDTH_TOLERANCE_M
    wide = shapely.buffer(shapely.buffer(green, -radius, quad_segs=QUARTER), radius, quad_segs=QUARTER)
    parts = shapely.get_parts(wide)
    adjoining = parts[shapely.dwithin(parts, shape, ADJOINING_M)]
    ring_m2, belt_m2 = float(shapely.area(ring)), float(shapely.area(covered))
    # A strip of tolerance along the parcel's outline is what drawing leaves open.
    whole = ring_m2 - belt_m2 <= WIDTH_TOLERANCE_M * float(shapely.length(shape))
    verdict = "met" if whole else "undetermined" if len(adjoining) else "not_met"
    return {
        "ring_m2": round(ring_m2, 6),
        "belt_m2": round(belt_m2, 6),
        "belt_share": belt_m2 / ring_m2,
        "wide_belt_m2": round(float(shapely.area(adjoining).sum()), 6),
        "verdict": verdict,
        "belt_ground": {"met": "belt_whole", "not_met": "belt_none", "undetermined": "belt_part"}[verdict],
        "missing": "",
    }
