"""What must hold whatever the data: lines add up to their totals, pieces to their parcel, no class exceeds it.

Run on every run; the residuals go into the manifest, and one beyond rounding stops the run.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.analyses import STATUSES
from gis.areas import grouped, m2_text
from gis.errors import TopologyError
from gis.overlay import intersect_pairs, measure_areas

if TYPE_CHECKING:
    import pandas as pd

    from gis.analyses import Balance
    from gis.crs import AreaBasis
    from gis.workflow.balances import Measured

__all__ = ["check_invariants"]

#: What the lines of a balance may miss of their total: rounding to 1 mm² a line, and no more.
RESIDUAL_M2 = 1e-3
#: What all parcels are by supply.
SUPPLY = ("supplied_area_m2", "approved_not_supplied_m2", "supply_undetermined_m2", "supply_contested_m2")


def check_invariants(measured: Measured, parcels: Any, basis: AreaBasis) -> list[dict[str, Any]]:
    """Return every invariant with its residual in m², per zone or, with zone_id "", the worst of all parcels.

    Parameters
    ----------
    measured
        Land and balances of a run.
    parcels
        The parcels as read, before any was clipped.
    basis
        The run's area basis.

    Raises
    ------
    TopologyError
        If a residual is beyond rounding; it names the zone or parcel.
    """
    return [*_lines(measured), _pieces(measured, parcels, basis), *_classes(measured)]


def _lines(measured: Measured) -> list[dict[str, Any]]:
    found = []
    balance = measured.balances["idle_land"]
    lines = balance.tables["ground"].groupby(["zone_id", "block"])["area_m2"].agg(math.fsum)
    for zone in balance.zones.to_dict("records"):
        name = zone["zone_id"]
        own = lines.xs(name) if name in lines.index.get_level_values("zone_id") else lines.droplevel(0).iloc[:0]
        statuses = math.fsum(zone[f"{status}_m2"] for status in STATUSES) + zone["contested_m2"]
        claims = math.fsum(measured.land.loc[measured.land["zone_id"] == name, "area_m2"])
        found += [
            _held(name, "Σ status + contested = parcels", statuses, zone["parcel_area_m2"]),
            _held(name, "supplied + approved + undetermined + contested supply = parcels",
                  math.fsum(zone[part] for part in SUPPLY), zone["parcel_area_m2"]),
            _held(name, "Σ lines = parcels", math.fsum(own), zone["parcel_area_m2"]),
            _held(name, "Σ lines of supplied land = supplied", own.get("supplied", 0.0), zone["supplied_area_m2"]),
            _held(name, "Σ claims − claimed by several = parcels", claims - zone["overlap_m2"], zone["parcel_area_m2"]),
            _held(name, "parcels + remainder = zone", zone["parcel_area_m2"] + zone["not_in_parcels_m2"],
                  zone["zone_area_m2"]),
        ]  # fmt: skip
        if zone["not_in_parcels_m2"] < -RESIDUAL_M2 * 10:
            raise TopologyError("cover_negative", zone=name, covered=m2_text(zone["parcel_area_m2"]),
                                area=m2_text(zone["zone_area_m2"]))  # fmt: skip
    ground = balance.zones.set_index("zone_id")["parcel_area_m2"]
    for name, once in (("green_ratio", _green_terms), ("mixed_use", _use_terms)):
        judged = measured.balances.get(name)
        if judged is not None:
            for zone in judged.zones.to_dict("records"):
                found += once(zone, judged, float(ground[zone["zone_id"]]))
    return found


def _use_terms(zone: dict[Any, Any], mixed: Balance, ground: float) -> list[dict[str, Any]]:
    lines = zone["classified_m2"] + zone["unclassified_m2"] + zone["contested_m2"]
    verdicts = math.fsum(zone[f"verdict_{name}_m2"] for name in ("met", "not_met", "undetermined"))
    tolerance = RESIDUAL_M2 * max(len(mixed.parcels), 1)
    return [
        _held(zone["zone_id"], "classified + unclassified + contested = parcels", lines, ground, tolerance),
        _held(zone["zone_id"], "in the indices + left out = classified", zone["index_m2"] + zone["index_left_out_m2"],
              zone["classified_m2"], tolerance),
        _held(zone["zone_id"], "Σ verdicts + contested = parcels", verdicts + zone["mixed_contested_m2"], ground,
              tolerance),
    ]  # fmt: skip


def _green_terms(zone: dict[Any, Any], green: Balance, ground: float) -> list[dict[str, Any]]:
    """Green of all kinds is no more than the ground of the parcels; roofs count for less than they cover."""
    own = math.fsum(zone[name] for name in ("green_m2", "green_not_counted_m2", "green_contested_m2"))
    excess = max(0.0, own - ground)
    return [_held(zone["zone_id"], "Σ green ≤ parcels", excess, 0.0, RESIDUAL_M2 * max(len(green.parcels), 1))]


def _pieces(measured: Measured, parcels: Any, basis: AreaBasis) -> dict[str, Any]:
    """Add up each parcel's pieces in all zones (by edges) and what GEOS leaves of it outside: the whole parcel."""
    pairs = intersect_pairs(parcels, measured.zones, source_id="parcel_id", target_id="zone_id", basis=basis)
    ids = parcels["parcel_id"].astype("str")
    inside = ids.map(pairs.groupby("source_id")["area_m2"].agg(math.fsum)).fillna(0.0)
    whole = measure_areas(parcels, basis=basis)
    cut = np.flatnonzero((whole - inside).abs() > _rounding(whole))
    outside = np.zeros(len(parcels))
    if len(cut):
        zones = shapely.union_all(np.asarray(measured.zones.geometry.array))
        left = parcels.iloc[cut].set_geometry(shapely.difference(parcels.geometry.to_numpy()[cut], zones))
        there = np.flatnonzero(shapely.area(left.geometry.to_numpy()) > 0)
        areas = measure_areas(left.iloc[there], basis=basis)
        outside[cut[there]] = areas.to_numpy()
    return _worst("Σ pieces in zones + outside = parcel", ids, inside + outside - whole, _rounding(whole))


def _classes(measured: Measured) -> list[dict[str, Any]]:
    """Tell by how much the pieces of a class exceed their parcel at most: ground in a class is counted once."""
    found = []
    columns = {"green_ratio": ("green_m2", "green_not_counted_m2"), "mixed_use": ("classified_m2", "contested_m2")}
    for name, parts in columns.items():
        if name in measured.balances:
            table = measured.balances[name].parcels
            excess = (sum(table[part] for part in parts) - table["area_m2"]).clip(lower=0.0)
            ids = table["parcel_id"].astype("str")
            found.append(_worst(f"{name}: Σ pieces ≤ parcel", ids, excess, _rounding(table["area_m2"])))
    return found


def _rounding(area: pd.Series[float]) -> pd.Series[float]:
    return 1e-8 * area + RESIDUAL_M2


def _held(zone: str, name: str, lines: float, total: float, tolerance: float = RESIDUAL_M2) -> dict[str, Any]:
    residual = lines - total
    if abs(residual) > tolerance:
        raise TopologyError("lines_do_not_add_up", zone=zone, name=name,
                            lines=grouped(lines, 6), total=grouped(total, 6))  # fmt: skip
    return {"zone_id": zone, "invariant": name, "residual_m2": round(residual, 9)}


def _worst(name: str, ids: pd.Series[str], residuals: pd.Series[float], tolerance: pd.Series[float]) -> dict[str, Any]:
    wrong = np.flatnonzero((residuals.abs() > tolerance).to_numpy())
    if len(wrong):
        at = int(wrong[0])
        raise TopologyError(
            "pieces_do_not_add_up", name=name, ids=[ids.iloc[row] for row in wrong], count=len(wrong),
            residual=grouped(residuals.iloc[at], 6),
        )  # fmt: skip
    return {"zone_id": "", "invariant": name, "residual_m2": round(float(residuals.abs().max()), 9)}
