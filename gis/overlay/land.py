"""The land that figures are about: zones with their area, and parcels inside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gis.crs import AreaBasis, area_basis, require_area_crs
from gis.errors import TopologyError
from gis.overlay.claims import find_claims
from gis.overlay.cover import polygons_only
from gis.overlay.edges import require_valid
from gis.overlay.pairs import AREA_DIGITS, RESOLUTION_M2, intersect_pairs, measure_areas
from gis.schema import worst_quality

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.overlay.claims import Claims

__all__ = ["compare_areas", "measure_overlap", "measure_parcels", "measure_zones"]


def measure_zones(boundary: GeoDataFrame, *, basis: AreaBasis = "planar") -> GeoDataFrame:
    """Return one row a zone, its parts united, with its area on both bases.

    Parameters
    ----------
    boundary
        Canonical table ``approved_boundaries``; a zone may have several rows.
    basis
        What ``zone_area_m2``, and every m² that is measured with these zones, is on.

    Returns
    -------
    zone_id, zone_name, boundary_quality, parts_count, zone_area_m2, area_basis, measured_area_m2
    (planar), ellipsoidal_area_m2, the areas named in the approval, source_file, source_row,
    geometry; sorted by zone_id.

    Raises
    ------
    TopologyError
        If a part has no usable shape.
    """
    import geopandas as gpd

    crs = require_area_crs(boundary.crs, where="approved_boundaries")
    require_valid(np.asarray(boundary.geometry.array), boundary["zone_id"])  # a union passes over what is missing
    rows = []
    for zone_id, parts in boundary.groupby("zone_id", sort=True):
        names = parts["zone_name"].dropna()
        named = parts[["approved_area_m2", "fenced_area_m2", "accepted_area_m2"]].sum(min_count=1)
        rows.append(
            {
                "zone_id": str(zone_id),
                "zone_name": names.iloc[0] if len(names) else str(zone_id),
                "boundary_quality": worst_quality([*parts["boundary_quality"].dropna()] or ["indicative"]),
                **named.to_dict(),
                "source_file": parts["source_file"].iloc[0],
                "source_row": int(parts["source_row"].iloc[0]),
                "geometry": shapely.union_all(np.asarray(parts.geometry.array)),
            }
        )
    zones = gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=boundary.crs)
    own = measure_areas(zones), measure_areas(zones, basis="ellipsoidal")
    places = {
        "parts_count": shapely.get_num_geometries(np.asarray(zones.geometry.array)),
        "zone_area_m2": own[basis == "ellipsoidal"],
        "area_basis": area_basis(crs, basis),
        "measured_area_m2": own[0],
        "ellipsoidal_area_m2": own[1],
    }
    for place, (name, values) in enumerate(places.items(), start=3):
        zones.insert(place, name, values)
    return zones


def _basis_of(zones: GeoDataFrame) -> AreaBasis:
    """Return the basis that zones were measured on."""
    planar = "area_basis" not in zones or set(zones["area_basis"]) <= {area_basis(zones.crs)}
    return "planar" if planar else "ellipsoidal"


def measure_parcels(parcels: GeoDataFrame, zones: GeoDataFrame, *, may_lie_outside: bool = False) -> GeoDataFrame:
    """Return the parcels with the zone they lie in and their area inside it.

    A parcel that the boundary cuts is clipped to its zone; one that several zones share belongs to
    the zone that holds most of it. What is left outside is in ``outside_m2``, never dropped. Which
    zone a parcel lies in, and whether it is cut, is told in the plane on either basis.

    Parameters
    ----------
    parcels
        Canonical table ``parcels``.
    zones
        From `measure_zones`; the m² are on their basis.
    may_lie_outside
        Whether it is fine that no parcel at all lies inside a zone, as in a part of a larger table.

    Returns
    -------
    A new table on the same index with ``zone_id`` (missing where no zone is met), ``area_m2``
    (inside the zone), ``outside_m2`` and their ``area_basis``; and of the whole shape
    ``measured_area_m2`` (planar) and ``ellipsoidal_area_m2``.

    Raises
    ------
    TopologyError
        If no parcel lies inside any zone.
    """
    pairs = intersect_pairs(parcels, zones, source_id="parcel_id", target_id="zone_id")
    if not len(pairs) and not may_lie_outside:
        raise TopologyError("land_outside_zones")
    basis = _basis_of(zones)
    best = pairs.sort_values(["source_id", "area_m2", "target_id"], ascending=[True, False, True])
    best = best.drop_duplicates("source_id").set_index("source_id")
    ids = parcels["parcel_id"].astype("str")
    measured, ellipsoidal = measure_areas(parcels), measure_areas(parcels, basis="ellipsoidal")
    inside = ids.map(best["area_m2"]).astype("float64").fillna(0.0)
    # An uncut parcel has one area, not two that differ in the last digit by method.
    whole = (inside - measured).abs() <= np.maximum(1e-9 * measured, 10 * RESOLUTION_M2)
    zone_of = ids.map(best["target_id"]).astype("str").mask(inside <= 0)
    cut = np.flatnonzero((inside > 0) & ~whole)
    area = measured if basis == "planar" else ellipsoidal
    if basis == "ellipsoidal":
        inside = _inside_on_ellipsoid(parcels.iloc[cut], zones, zone_of).reindex(parcels.index).fillna(0.0)
    inside = inside.mask(whole, area)
    result = parcels.assign(
        zone_id=zone_of,
        measured_area_m2=measured,
        ellipsoidal_area_m2=ellipsoidal,
        area_m2=inside,
        outside_m2=(area - inside).round(AREA_DIGITS),
        area_basis=pd.Series(area_basis(parcels.crs, basis), index=parcels.index, dtype="str"),
    )
    if not len(cut):
        return result
    shapes = np.asarray(result.geometry.array).copy()
    by_zone = dict(zip(zones["zone_id"], zones.geometry, strict=True))
    for position in cut:
        clipped = shapely.intersection(shapes[position], by_zone[result["zone_id"].iloc[position]])
        shapes[position] = polygons_only(clipped)
    return result.set_geometry(shapes, crs=parcels.crs)


def _inside_on_ellipsoid(cut: GeoDataFrame, zones: GeoDataFrame, zone_of: pd.Series[str]) -> pd.Series[float]:
    """Return the ellipsoidal area inside their zone of parcels that a boundary cuts, on their index."""
    pairs = intersect_pairs(cut, zones, source_id="parcel_id", target_id="zone_id", basis="ellipsoidal")
    areas = pairs.set_index(["source_id", "target_id"])["area_m2"]
    keys = pd.MultiIndex.from_arrays([cut["parcel_id"].astype("str"), zone_of.loc[cut.index]])
    return pd.Series(areas.reindex(keys).to_numpy(), index=cut.index, dtype="float64")


def measure_overlap(zones: GeoDataFrame, parcels: GeoDataFrame, *, claims: Claims | None = None) -> GeoDataFrame:
    """Return the zones with ``overlap_m2``: what a sum over the parcels of each counts more than once.

    Parameters
    ----------
    zones
        From `measure_zones`.
    parcels
        From `measure_parcels`.
    claims
        From `find_claims` of these parcels; found here without it.
    """
    claims = find_claims(parcels, basis=_basis_of(zones)) if claims is None else claims
    return zones.assign(overlap_m2=zones["zone_id"].astype("str").map(claims.doubled_m2).fillna(0.0).round(AREA_DIGITS))


def compare_areas(parcels: GeoDataFrame) -> pd.DataFrame:
    """Return deed, planar and ellipsoidal area of every whole parcel side by side, with their differences.

    Parameters
    ----------
    parcels
        From `measure_parcels`.

    Returns
    -------
    parcel_id, parcel_name, zone_id, legal_area_m2 (missing where no deed names one),
    measured_area_m2, ellipsoidal_area_m2, measured_less_legal_m2, ellipsoidal_less_legal_m2,
    ellipsoidal_less_measured_m2, source_file, source_row; sorted by parcel_id.
    """
    table = pd.DataFrame(parcels.drop(columns="geometry")).sort_values("parcel_id", ignore_index=True)
    sizes = {name: f"{name}_area_m2" for name in ("legal", "measured", "ellipsoidal")}
    pairs = (("measured", "legal"), ("ellipsoidal", "legal"), ("ellipsoidal", "measured"))
    differences = {f"{a}_less_{b}_m2": (table[sizes[a]] - table[sizes[b]]).round(AREA_DIGITS) for a, b in pairs}
    own = ["parcel_id", "parcel_name", "zone_id", *sizes.values()]
    return table.assign(**differences)[[*own, *differences, "source_file", "source_row"]]
