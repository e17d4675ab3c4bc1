"""What every balance needs of the land: measured parcels, zones, and rows that carry m²."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.crs import area_basis
from gis.errors import SchemaError, listed
from gis.overlay import intersect_pairs

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["area_rows", "basis_of", "require_measured", "zone_table", "zones_stand_apart"]


def require_measured(parcels: pd.DataFrame) -> None:
    """Refuse parcels that `gis.measure_parcels` has not seen.

    Raises
    ------
    SchemaError
        If ``area_m2`` or ``zone_id`` is missing.
    """
    if not {"area_m2", "zone_id", "outside_m2"} <= set(parcels.columns):
        raise SchemaError("land_not_measured")


def basis_of(parcels: GeoDataFrame, *, zones: pd.DataFrame | None = None, pairs: pd.DataFrame | None = None) -> str:
    """Return the one area basis of all that a balance is made of.

    Zones and parcels carry it in the column ``area_basis``, pairs in ``attrs``; parcels without it were
    measured by the caller, in the plane of their system.

    Raises
    ------
    SchemaError
        If areas on several bases would be added up.
    """
    planar = area_basis(parcels.crs)
    found = set(parcels["area_basis"]) if "area_basis" in parcels else {planar}
    found |= set(zones["area_basis"]) if zones is not None and "area_basis" in zones else set()
    found |= {pairs.attrs["area_basis"]} if pairs is not None and "area_basis" in pairs.attrs else set()
    if len(found) > 1:
        raise SchemaError("area_bases_differ", bases=listed(sorted(found)))
    return found.pop() if found else planar


def area_rows(frame: pd.DataFrame, as_of: dt.date, clause: Any = "", *, value: str = "area_m2") -> pd.DataFrame:
    """Return rows of a figure: one a parcel, with its m², clause, date and source."""
    return pd.DataFrame(
        {
            "entity_id": frame["parcel_id"],
            "value": frame[value],
            "clause": clause,
            "as_of": as_of.isoformat(),
            "source_file": frame["source_file"],
            "source_row": frame["source_row"],
        }
    ).reset_index(drop=True)


def zones_stand_apart(zones: GeoDataFrame | None) -> bool:
    """Tell whether no two zones share ground; where some do, a sum over all zones counts it twice and is not stated."""
    if zones is None or "geometry" not in zones:
        return True
    pairs = intersect_pairs(zones, zones, source_id="zone_id", target_id="zone_id")
    return bool((pairs["source_id"] == pairs["target_id"]).all())


def zone_table(inside: pd.DataFrame, zones: GeoDataFrame | None) -> Iterator[dict[str, Any]]:
    """Yield zone_id, zone_name, zone_area_m2, overlap_m2 and source of every zone, by id."""
    if zones is None:
        for zone_id in sorted(inside["zone_id"].unique()):
            yield {
                "zone_id": zone_id, "zone_name": zone_id, "zone_area_m2": float("nan"), "overlap_m2": 0.0,
                "source": {"source_file": "", "source_row": 0},
            }  # fmt: skip
        return
    for _, zone in zones.sort_values("zone_id").iterrows():
        yield {
            "zone_id": zone["zone_id"],
            "zone_name": zone["zone_name"],
            "zone_area_m2": float(zone["zone_area_m2"]),
            "overlap_m2": float(zone.get("overlap_m2", 0.0)),
            "source": {"source_file": zone["source_file"], "source_row": int(zone["source_row"])},
        }
