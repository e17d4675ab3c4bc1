"""A supplied boundary against what is published about the zone: area, place and parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from gis.crs import GEOD_GRS80, area_basis, ellipsoidal_area_m2, require_area_crs
from gis.units import KM2_M2

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.issues import IssueLog
    from gis.regulations import ZoneFacts

__all__ = ["compare_with_register", "indicative_footprints"]

#: A published area is rounded to 0.01 km² or so; within this share it is the same area.
SAME_AREA_RATIO = 0.01
#: Corners of the disc that stands for a zone whose outline is not known.
DISC_CORNERS = 64
COLUMNS = ["zone_id", "kind", "published_km2", "date", "basis", "measured_km2", "difference_m2", "difference_ratio",
           "source", "verified"]  # fmt: skip


def compare_with_register(boundary: GeoDataFrame, facts: ZoneFacts, *, issues: IssueLog) -> pd.DataFrame:
    """Compare a supplied boundary with every published area of a zone, on two area bases.

    Parameters
    ----------
    boundary
        Canonical ``approved_boundaries`` of one zone, in metres.
    facts
        From `gis.regulations.find_zone`.
    issues
        Takes ``register-area-differs``, ``register-place-differs``, ``register-parts-differ`` and
        ``register-no-area``.

    Returns
    -------
    One row a published area and basis: what is published, what was measured, and the difference in
    m² and as a ratio.
    """
    crs = require_area_crs(boundary.crs, where="approved_boundaries")
    shape = shapely.union_all(np.asarray(boundary.geometry.array))
    measured = {area_basis(crs): float(shapely.area(shape)), "ellipsoidal GRS80": ellipsoidal_area_m2(shape, crs)}
    rows = []
    for fact in facts.areas:
        for basis, area in measured.items():
            difference = area - fact.area_km2 * KM2_M2
            ratio = difference / (fact.area_km2 * KM2_M2)
            rows.append([facts.zone_id, fact.kind, fact.area_km2, fact.date, basis, area / KM2_M2, difference, ratio,
                         fact.source, fact.verified])  # fmt: skip
        planar = next(iter(measured.values()))
        difference = planar - fact.area_km2 * KM2_M2
        if abs(difference) > SAME_AREA_RATIO * fact.area_km2 * KM2_M2:
            issues.add(
                "register-area-differs", "approved_boundaries", ids=[facts.zone_id], area_m2=abs(difference),
                found=f"{planar / KM2_M2:.4f} km²", expected=f"{fact.area_km2:.4f} km²", kind=fact.kind,
                share=f"{difference / (fact.area_km2 * KM2_M2):+.2%}",
            )  # fmt: skip
    if not facts.areas:
        issues.add("register-no-area", "approved_boundaries", ids=[facts.zone_id])
    _check_place(shape, boundary, facts, issues)
    parts = int(shapely.get_num_geometries(shape))
    if facts.parts_count is not None and parts != facts.parts_count:
        issues.add("register-parts-differ", "approved_boundaries", ids=[facts.zone_id], found=str(parts),
                   expected=str(facts.parts_count))  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def _check_place(shape: shapely.Geometry, boundary: GeoDataFrame, facts: ZoneFacts, issues: IssueLog) -> None:
    if facts.point_lon is None or facts.point_lat is None:
        return
    to_plane = Transformer.from_crs("EPSG:4490", boundary.crs, always_xy=True)
    point = shapely.Point(*to_plane.transform(facts.point_lon, facts.point_lat))
    away = float(shapely.distance(shape, point))
    # A gate stands on the fence, and its published place is good to some hundred metres.
    if away > 500:
        issues.add("register-place-differs", "approved_boundaries", ids=[facts.zone_id], found=f"{away:,.0f} m",
                   expected=facts.point_kind)  # fmt: skip


def indicative_footprints(register: tuple[ZoneFacts, ...]) -> tuple[GeoDataFrame, dict[str, str]]:
    """Return a disc of the approved area around the published point of each zone that has both.

    A disc is a symbol: it says how large a zone is and near where, and can't be taken for a line.

    Returns
    -------
    The footprints in EPSG:4490 with ``boundary_quality: indicative``, and the zones left out with
    the reason.
    """
    import geopandas as gpd

    rows, left_out = [], {}
    for zone in register:
        approved = [fact for fact in zone.areas if fact.kind == "approved"]
        if not approved or zone.point_lon is None:
            left_out[zone.zone_id] = "no published approved area"
            continue
        if zone.parts_count is not None and zone.parts_count > 1:
            left_out[zone.zone_id] = f"{zone.parts_count} parts in different places, one published point"
            continue
        rows.append(
            {
                "zone_id": zone.zone_id,
                "zone_name": zone.zone_name_zh,
                "boundary_quality": "indicative",
                "approved_area_m2": round(approved[0].area_km2 * KM2_M2, 2),
                "method": f"disc of the approved area around the published point ({zone.point_kind}); not a boundary",
                "source": approved[0].source,
                "geometry": _disc(zone.point_lon, float(zone.point_lat or 0), approved[0].area_km2 * KM2_M2),
            }
        )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490"), left_out


def _disc(lon: float, lat: float, area_m2: float) -> shapely.Polygon:
    """Return a regular polygon whose ellipsoidal area is the given one."""
    angles = np.linspace(0, 360, DISC_CORNERS, endpoint=False)
    # Area of a regular polygon: n/2 · r² · sin(2π/n); one correction takes out the ellipsoid.
    radius = np.sqrt(2 * area_m2 / (DISC_CORNERS * np.sin(2 * np.pi / DISC_CORNERS)))
    for _ in range(3):
        east, north, _ = GEOD_GRS80.fwd(
            np.full(DISC_CORNERS, lon), np.full(DISC_CORNERS, lat), angles, np.full(DISC_CORNERS, radius)
        )
        disc = shapely.orient_polygons(shapely.Polygon(np.column_stack([east, north]).round(7)))
        radius *= np.sqrt(area_m2 / abs(GEOD_GRS80.geometry_area_perimeter(disc)[0]))
    return disc
