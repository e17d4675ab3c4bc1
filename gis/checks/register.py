"""A supplied boundary against what is published about the zone: area, place and parts.

Every published area is compared on two area bases and every difference is said; which published
figure a vector should equal is for a person to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from gis.areas import grouped, km2_text, percent_text, signed
from gis.crs import GEOD_GRS80, area_basis, ellipsoidal_area_m2, require_area_crs
from gis.errors import InputError
from gis.schema import text
from gis.units import KM2_M2

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray

    from gis.issues import IssueLog
    from gis.regulations import ZoneFacts
    from gis.regulations.zone_register import AreaFact

__all__ = ["compare_with_register", "indicative_footprints"]

TABLE = "approved_boundaries"
ELLIPSOIDAL = "ellipsoidal GRS80"
#: A published point is most often a gate: it stands on the fence, and its place is good to some
#: hundred metres. The distance is always said; beyond this it is an issue.
POINT_ACCURACY_M = 500.0
#: Reference system of the points in the register.
POINT_CRS = "EPSG:4326"
#: Corners of the disc that stands for a zone whose outline is not known, and how often its radius
#: is corrected: each correction divides the error of the area by about a million.
DISC_CORNERS, CORRECTIONS = 128, 3
#: 0.1 mm, in degrees.
DEGREE_DIGITS = 9
COLUMNS = [
    "zone_id", "kind", "published_km2", "date", "basis", "measured_km2", "difference_m2", "difference_ratio",
    "source", "verified", "note",
]  # fmt: skip


def compare_with_register(boundary: GeoDataFrame, facts: ZoneFacts, *, issues: IssueLog) -> pd.DataFrame:
    """Compare a supplied boundary with every published area of a zone, on two area bases.

    ``difference = measured − published``; ``difference_ratio = difference / published``. An area
    agrees where the difference is no more than the rounding of the published figure (10.00 km²
    may be off by 0.005).

    Parameters
    ----------
    boundary
        Canonical ``approved_boundaries`` of one zone, in metres; its rows are the zone's parts.
    facts
        From `gis.regulations.find_zone`.
    issues
        Takes, for each published area, ``register-area-agrees`` or ``register-area-differs``, else
        ``register-no-area``; and one of ``register-place-*`` and ``register-parts-*`` each.

    Returns
    -------
    One row a published area of the whole zone and area basis: what is published, what was
    measured, the difference in m² and as a ratio, source, and whether the figure was verified.

    Raises
    ------
    CrsError
        If areas can't be computed in the boundary's system.
    InputError
        If the boundary has rows of several zones, or no shape.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from gis.issues import IssueLog
    >>> from gis.regulations import find_zone
    >>> square = gpd.GeoDataFrame({"zone_id": ["1"]}, geometry=[shapely.box(0, 0, 1000, 1030)], crs="EPSG:4549")
    >>> table = compare_with_register(square, find_zone("waigaoqiao_port"), issues=IssueLog())
    >>> print(table.loc[[0], ["kind", "published_km2", "basis", "difference_m2"]].to_string(index=False))
        kind  published_km2            basis  difference_m2
    approved           1.03 planar EPSG:4549            0.0
    """
    crs = require_area_crs(boundary.crs, where=TABLE)
    shapes = _without_double(_shapes_of_one_zone(boundary))
    measured = {
        area_basis(crs): float(np.sort(shapely.area(shapes)).sum()),
        ELLIPSOIDAL: float(np.sort([ellipsoidal_area_m2(shape, crs) for shape in shapes]).sum()),
    }
    rows = [_row(facts.zone_id, fact, basis, area) for fact in facts.areas for basis, area in measured.items()]
    for fact in facts.areas:
        _say_area(fact, measured, facts, issues)
    if not facts.areas:
        found = f"{km2_text(measured[area_basis(crs)])} km²"
        issues.add("register-no-area", TABLE, ids=[facts.zone_id], found=found, status=facts.approved_area_status)
    _say_place(shapes, crs, facts, issues)
    _say_parts(shapes, facts, issues)
    return pd.DataFrame(rows, columns=COLUMNS)


def _shapes_of_one_zone(boundary: GeoDataFrame) -> NDArray[Any]:
    zones = sorted(boundary["zone_id"].dropna().astype(str).unique()) if "zone_id" in boundary else []
    shapes = shapely.get_parts(np.asarray(boundary.geometry.dropna().array, dtype=object))
    shapes = shapes[~shapely.is_empty(shapes)]
    if len(zones) > 1 or not len(shapes):
        raise InputError("register_one_zone", zones=zones, count=len(shapes))
    return np.asarray(shapes)


def _without_double(shapes: NDArray[Any]) -> NDArray[Any]:
    """Return the shapes; where interiors meet, their union, so that no ground counts twice.

    A union of shapes that only touch is left alone on purpose: GEOS 3.14 can lose half of it
    (libgeos/geos#1344).
    """
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    apart = first < second
    meets = shapely.relate_pattern(shapes[first[apart]], shapes[second[apart]], "T********")
    if not meets.any():
        return shapes
    return np.asarray(shapely.get_parts(shapely.union_all(shapes)))


def _row(zone_id: str, fact: AreaFact, basis: str, area_m2: float) -> list[Any]:
    published_m2 = float(fact.area_km2 * KM2_M2)
    difference = area_m2 - published_m2
    return [
        zone_id, fact.kind, float(fact.area_km2), fact.date, basis, area_m2 / KM2_M2, difference,
        difference / published_m2, fact.source, fact.verified, fact.note,
    ]  # fmt: skip


def _say_area(fact: AreaFact, measured: dict[str, float], facts: ZoneFacts, issues: IssueLog) -> None:
    published_m2, rounding_m2 = float(fact.area_km2 * KM2_M2), float(fact.rounding_km2 * KM2_M2)
    differences = {basis: area - published_m2 for basis, area in measured.items()}
    agrees = any(abs(difference) <= rounding_m2 for difference in differences.values())
    planar, ellipsoidal = differences
    issues.add(
        "register-area-agrees" if agrees else "register-area-differs",
        TABLE,
        ids=[facts.zone_id],
        area_m2=abs(differences[planar]),
        found=f"{km2_text(measured[planar])} km²",
        expected=f"{fact.area_km2} km²",
        kind=text(f"samples.area_{fact.kind}", "en"),
        kind_zh=text(f"samples.area_{fact.kind}", "zh"),
        date=fact.date or "–",
        source=fact.source,
        basis=planar,
        difference=signed(grouped(differences[planar], 0)),
        share=signed(percent_text(differences[planar] / published_m2)),
        ellipsoidal=f"{km2_text(measured[ellipsoidal])} km²",
        ellipsoidal_difference=signed(grouped(differences[ellipsoidal], 0)),
        ellipsoidal_share=signed(percent_text(differences[ellipsoidal] / published_m2)),
    )


def _say_place(shapes: NDArray[Any], crs: Any, facts: ZoneFacts, issues: IssueLog) -> None:
    if facts.point_lon is None or facts.point_lat is None:
        issues.add("register-place-unknown", TABLE, ids=[facts.zone_id])
        return
    to_plane = Transformer.from_crs(POINT_CRS, crs, always_xy=True)
    point = shapely.Point(*to_plane.transform(facts.point_lon, facts.point_lat))
    away = float(shapely.distance(shapes, point).min())
    code = "register-place-agrees" if away <= POINT_ACCURACY_M else "register-place-differs"
    issues.add(
        code,
        TABLE,
        ids=[facts.zone_id],
        where=f"{point.x:.1f} {point.y:.1f}",
        found=f"{away:,.0f} m",
        expected=facts.point_kind,
        accuracy=f"{POINT_ACCURACY_M:.0f} m",
    )


def _say_parts(shapes: NDArray[Any], facts: ZoneFacts, issues: IssueLog) -> None:
    parts = _separate_parts(shapes)
    if facts.parts_count is None:
        issues.add("register-parts-unknown", TABLE, ids=[facts.zone_id], found=str(parts), parts=facts.parts_zh)
        return
    code = "register-parts-agree" if parts == facts.parts_count else "register-parts-differ"
    issues.add(
        code, TABLE, ids=[facts.zone_id], found=str(parts), expected=str(facts.parts_count), parts=facts.parts_zh
    )


def _separate_parts(shapes: NDArray[Any]) -> int:
    """Return how many pieces of land there are, shapes that touch being one."""
    piece = list(range(len(shapes)))
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        joined, kept = max(piece[one], piece[other]), min(piece[one], piece[other])
        piece = [kept if number == joined else number for number in piece]
    return len(set(piece))


def indicative_footprints(register: tuple[ZoneFacts, ...]) -> tuple[GeoDataFrame, dict[str, str]]:
    """Return a disc of the published approved area around the published point of each zone that has both.

    A disc is a symbol: it says how large a zone is and near where, and can't be taken for a line.
    Its ellipsoidal area is the published one.

    Parameters
    ----------
    register
        From `gis.regulations.zone_register`.

    Returns
    -------
    The footprints in EPSG:4326, with ``boundary_quality: indicative`` and the method in words; and
    the zones that were left out, each with the address of the reason (see `gis.schema.text`): no
    published area, no point, or not known to be one piece of land.

    Examples
    --------
    >>> from gis.regulations import zone_register
    >>> footprints, left_out = indicative_footprints(zone_register())
    >>> footprints["zone_id"].tolist(), left_out["yangshan"]
    (['waigaoqiao_port', 'jinqiao'], 'samples.left_out_parts')
    """
    import geopandas as gpd

    rows: list[dict[str, Any]] = []
    left_out: dict[str, str] = {}
    for zone in register:
        reason = _reason_to_leave_out(zone)
        if reason:
            left_out[zone.zone_id] = f"samples.left_out_{reason}"
            continue
        rows.append(_footprint(zone))
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=POINT_CRS), left_out


def _reason_to_leave_out(zone: ZoneFacts) -> str:
    if zone.approved_area_km2 is None:
        return "derived" if zone.approved_area_status == "derived" else "area"
    if zone.parts_count != 1:
        return "parts"
    return "point" if zone.point_lon is None else ""


def _footprint(zone: ZoneFacts) -> dict[str, Any]:
    fact = next(fact for fact in zone.areas if fact.kind == "approved")
    area_m2 = float(fact.area_km2 * KM2_M2)
    return {
        "zone_id": zone.zone_id,
        "zone_name": zone.zone_name_zh,
        "boundary_quality": "indicative",
        "approved_area_m2": area_m2,
        "method": text("samples.footprint_method", "en", point=zone.point_kind),
        "method_zh": text("samples.footprint_method", "zh", point=zone.point_kind),
        "source": fact.source,
        "verified": fact.verified,
        "geometry": _disc(float(zone.point_lon or 0), float(zone.point_lat or 0), area_m2),
    }


def _disc(lon: float, lat: float, area_m2: float) -> shapely.Polygon:
    """Return a regular polygon whose ellipsoidal area is the given one."""
    # Counter-clockwise, as RFC 7946 wants an outer ring.
    azimuths = np.linspace(360, 0, DISC_CORNERS, endpoint=False)
    # Area of a regular polygon: n/2 · r² · sin(2π/n); a correction takes out the ellipsoid.
    radius = np.sqrt(2 * area_m2 / (DISC_CORNERS * np.sin(2 * np.pi / DISC_CORNERS)))
    everywhere = np.ones(DISC_CORNERS)
    for _ in range(CORRECTIONS):
        east, north, _ = GEOD_GRS80.fwd(lon * everywhere, lat * everywhere, azimuths, radius * everywhere)
        disc = shapely.Polygon(np.column_stack([east, north]).round(DEGREE_DIGITS))
        radius *= np.sqrt(area_m2 / abs(GEOD_GRS80.geometry_area_perimeter(disc)[0]))
    return disc
