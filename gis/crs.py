"""Reference systems that areas may be computed in, and the mix-ups that have to be caught.

The laws (each refuses, none warns): no area in degrees, none in Web Mercator; coordinates with a
zone prefix need a system with one; a surveyor's X is north, so swapped axes are found by range;
CM 120° and CM 123° coordinates look alike, so a layer has to lie where the boundary is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pyproj.network
from pyproj import CRS, Geod, Transformer
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import LambertAzimuthalEqualAreaConversion
from pyproj.exceptions import ProjError

from gis.errors import CrsError

__all__ = [
    "EDGE_STEP_M",
    "AreaBasis",
    "Bounds",
    "area_basis",
    "bounds_in",
    "crs_name",
    "densified",
    "ellipsoidal_area_m2",
    "equal_area_crs",
    "explain_misplacement",
    "parse_crs",
    "require_area_crs",
    "require_plausible_coordinates",
]

# PROJ would fetch shift grids where a user's settings let it: figures would depend on the network.
pyproj.network.set_network_enabled(active=False)  # type: ignore[attr-defined]

#: west, south, east, north, in the order geopandas gives total_bounds.
Bounds = tuple[float, float, float, float]
#: What a measured m² is on: the plane of the declared system, or the GRS80 ellipsoid (CGCS2000).
AreaBasis = Literal["planar", "ellipsoidal"]

#: Mercator keeps angles, not areas: at 31° N it shows 36 % too much.
MERCATOR_METHODS = ("Popular Visualisation Pseudo Mercator", "Mercator (variant A)", "Mercator (variant B)")
#: CGCS2000 3-degree Gauss-Krüger: (zone number, EPSG with prefix, EPSG without).
GAUSS_KRUGER = tuple((zone, 4513 + zone - 25, 4534 + zone - 25) for zone in range(25, 46))
GEOD_GRS80 = Geod(ellps="GRS80")
#: A straight edge of a projected system is a curve elsewhere: it is followed in chords of at most so
#: many metres. The ground between chord and curve is κ·s³/12, with κ about E/R² at a distance E from
#: the central meridian: s²·E/(12·R²·L) of a shape of size L, below 0.005 ppm from 10 m on.
EDGE_STEP_M = 10.0


def parse_crs(text: Any, *, where: str) -> CRS:
    """Return the reference system that a user named.

    Parameters
    ----------
    text
        Anything pyproj understands, such as ``"EPSG:4549"``.
    where
        What to call the place in a message.

    Raises
    ------
    CrsError
        If pyproj does not know it.

    Examples
    --------
    >>> crs_name(parse_crs("EPSG:4549", where="run file"))
    'EPSG:4549 (CGCS2000 / 3-degree Gauss-Kruger CM 120E)'
    """
    try:
        return CRS.from_user_input(text)
    except Exception as error:
        raise CrsError("crs_unknown", where=where, crs=text, why=str(error).split(":")[-1].strip()) from None


def crs_name(crs: CRS) -> str:
    """Return a reference system as ``EPSG:code (name)``."""
    authority = crs.to_authority()
    return f"{':'.join(authority)} ({crs.name})" if authority else crs.name


def area_basis(crs: CRS, basis: AreaBasis = "planar") -> str:
    """Return the name of the area basis that figures in ``crs`` carry.

    Examples
    --------
    >>> area_basis(CRS("EPSG:4549")), area_basis(CRS("EPSG:4549"), "ellipsoidal")
    ('planar EPSG:4549', 'ellipsoidal GRS80')
    """
    if basis == "ellipsoidal":
        return "ellipsoidal GRS80"
    authority = crs.to_authority()
    return f"planar {':'.join(authority) if authority else crs.name}"


def _is_mercator(crs: CRS) -> bool:
    operation = crs.coordinate_operation
    return operation is not None and operation.method_name in MERCATOR_METHODS


def require_area_crs(crs: Any, *, where: str) -> CRS:
    """Return ``crs`` if areas may be computed in it.

    Parameters
    ----------
    crs
        The declared system, or None.
    where
        File and layer, for the message.

    Raises
    ------
    CrsError
        For no system, degrees, Mercator, or a unit other than the metre.

    Examples
    --------
    >>> require_area_crs("EPSG:4326", where="parcels.gpkg")
    Traceback (most recent call last):
    ...
    gis.errors.CrsError: parcels.gpkg: EPSG:4326 (WGS 84) is in degrees; ...
    """
    if crs is None:
        raise CrsError("crs_missing", where=where)
    system = parse_crs(crs, where=where)
    name = crs_name(system)
    if system.is_geographic:
        raise CrsError("crs_degrees", where=where, crs=name)
    if not system.is_projected:
        raise CrsError("crs_not_planar", where=where, crs=name)
    if _is_mercator(system):
        raise CrsError("crs_mercator", where=where, crs=name)
    units = {axis.unit_conversion_factor for axis in system.axis_info}
    if units != {1.0}:
        raise CrsError("crs_not_metres", where=where, crs=name, unit=system.axis_info[0].unit_name)
    return system


def ellipsoidal_area_m2(geometry: Any, crs: CRS) -> float:
    """Return the area on the GRS80 ellipsoid in m², edges being straight lines of ``crs``.

    `pyproj.Geod` computes it, along geodesics of at most `EDGE_STEP_M`: the independent check of what
    `gis.measure_areas` says on the ellipsoidal basis.
    """
    import shapely

    to_degrees = Transformer.from_crs(crs, "EPSG:4490", always_xy=True)
    dense = densified([geometry])[0]
    degrees = shapely.transform(dense, lambda xy: _pairs(to_degrees, xy))
    area, _ = GEOD_GRS80.geometry_area_perimeter(shapely.orient_polygons(degrees))
    return abs(float(area))


def densified(shapes: Any) -> Any:
    """Return polygons as multipolygons with points at most `EDGE_STEP_M` apart, ring by ring.

    GEOS repairs a whole polygon when it adds points, and beside a sliver then drops parts that are sound.

    Examples
    --------
    >>> from shapely import box
    >>> dense = densified([box(0, 0, 40, 10)])[0]
    >>> dense.geom_type, dense.area, len(dense.geoms[0].exterior.coords)
    ('MultiPolygon', 400.0, 11)
    """
    import numpy as np
    import shapely

    parts, of_shape = shapely.get_parts(shapes, return_index=True)
    # Lines and points of a collection have no area.
    there = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    parts, of_shape = parts[there], of_shape[there]
    rings, of_part = shapely.get_rings(parts, return_index=True)
    whole = shapely.polygons(shapely.segmentize(rings, EDGE_STEP_M), indices=of_part)
    found = np.full(len(shapes), shapely.MultiPolygon(), dtype=object)
    shapely.multipolygons(whole, indices=of_shape, out=found)
    return found


def equal_area_crs(bounds: Bounds, crs: CRS) -> CRS:
    """Return the Lambert azimuthal equal-area projection around ``bounds``, on CGCS2000 (GRS80).

    Its centre is rounded to 0.1°, so that the layers of one zone share a projection.

    Parameters
    ----------
    bounds, crs
        Where the data lie, and in which system.

    Raises
    ------
    CrsError
        If the data lie where the system can't be taken to degrees, such as at 1e172.

    Examples
    --------
    >>> local = equal_area_crs((652_000, 3_467_000, 653_000, 3_468_000), CRS("EPSG:4549"))
    >>> local.coordinate_operation.method_name, [round(p.value, 1) for p in local.coordinate_operation.params[:2]]
    ('Lambert Azimuthal Equal Area', [31.3, 121.6])
    """
    west, south, east, north = found = bounds_in(bounds, crs, CRS("EPSG:4490"))
    if not all(map(math.isfinite, found)):
        shown = [f"{number:.6g}" for number in bounds]
        raise CrsError("crs_out_of_range", where="layer", crs=crs_name(crs), bounds=shown)
    latitude, longitude = round((south + north) / 2, 1), round((west + east) / 2, 1)
    return ProjectedCRS(
        LambertAzimuthalEqualAreaConversion(latitude, longitude), "local equal area", geodetic_crs=CRS("EPSG:4490")
    )


def _pairs(transformer: Transformer, xy: Any) -> Any:
    import numpy

    return numpy.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))


def bounds_in(bounds: Bounds, source: CRS, target: CRS) -> Bounds:
    """Return the box of ``bounds`` in another system (edges densified)."""
    transformer = Transformer.from_crs(source, target, always_xy=True)
    west, south, east, north = transformer.transform_bounds(*bounds, densify_pts=21)
    return float(west), float(south), float(east), float(north)


def _swapped(bounds: Bounds) -> Bounds:
    return bounds[1], bounds[0], bounds[3], bounds[2]


def _degrees_valid(bounds: Bounds) -> bool:
    return -180 <= bounds[0] <= bounds[2] <= 180 and -90 <= bounds[1] <= bounds[3] <= 90


def _near(crs: CRS, bounds: Bounds) -> bool:
    """Tell whether coordinates lie within, or within some 6° of, the system's area of use."""
    area = crs.area_of_use
    if crs.is_geographic:
        return _degrees_valid(bounds)
    try:
        place = bounds_in(bounds, crs, CRS("EPSG:4326"))
    except ProjError:
        return False
    if not all(-360 < number < 360 for number in place) or not _degrees_valid(place):
        return False
    if area is None:
        return True
    margin = 6.0
    return bool(
        place[2] > area.west - margin
        and place[0] < area.east + margin
        and place[3] > area.south - margin
        and place[1] < area.north + margin
    )


def _zone_prefix(crs: CRS) -> int | None:
    """Return the zone number that eastings of a Gauss-Krüger system carry, if any."""
    code = crs.to_epsg()
    return next((zone for zone, prefixed, _ in GAUSS_KRUGER if code == prefixed), None)


def _read_prefix(easting: float) -> int | None:
    zone = int(easting // 1_000_000)
    return zone if 25 <= zone <= 45 else None


def require_plausible_coordinates(bounds: Bounds, crs: CRS, *, where: str) -> None:
    """Refuse coordinates that can't belong to the declared system.

    Parameters
    ----------
    bounds
        west, south, east, north as stored.
    crs
        The declared system.
    where
        File and layer, for the message.

    Raises
    ------
    CrsError
        For swapped axes, a zone prefix without a system that has one (and the reverse), or
        coordinates far from the system's area of use.

    Examples
    --------
    >>> require_plausible_coordinates((40686000, 3418000, 40687000, 3419000), CRS(4549), where="p.shp")
    Traceback (most recent call last):
    ...
    gis.errors.CrsError: p.shp: eastings such as 40686000 carry the zone prefix 40, ...
    """
    found = _read_prefix(bounds[0])
    declared = _zone_prefix(crs)
    gauss_kruger = declared is not None or crs.to_epsg() in {plain for *_, plain in GAUSS_KRUGER}
    facts = {"where": where, "crs": crs_name(crs), "found": f"{bounds[0]:.0f}"}
    if gauss_kruger and found is not None and found != declared:
        right = next(prefixed for zone, prefixed, _ in GAUSS_KRUGER if zone == found)
        raise CrsError("crs_zone_prefix", zone=found, right=f"EPSG:{right}", **facts)
    if declared is not None and found is None and not _near(crs, _swapped(bounds)):
        right = next(plain for zone, _, plain in GAUSS_KRUGER if zone == declared)
        raise CrsError("crs_prefix_missing", zone=declared, right=f"EPSG:{right}", **facts)
    if _near(crs, bounds):
        return
    if _near(crs, _swapped(bounds)):
        raise CrsError("crs_axes_swapped", **facts)
    raise CrsError("crs_out_of_range", bounds=[f"{number:.2f}" for number in bounds], **facts)


@dataclass(frozen=True)
class Misplacement:
    """A reading of a layer's coordinates under which it would lie where the boundary is."""

    crs: CRS
    swapped: bool


def _readings(crs: CRS) -> Iterator[Misplacement]:
    yield Misplacement(crs, True)
    for code in (epsg for zone in GAUSS_KRUGER if 38 <= zone[0] <= 42 for epsg in zone[1:]):
        for swapped in (False, True):
            yield Misplacement(CRS(code), swapped)
    for code in (4490, 4326, 32650, 32651, 3857):
        for swapped in (False, True):
            yield Misplacement(CRS(code), swapped)


def _share_inside(inner: Bounds, outer: Bounds) -> float:
    width = min(inner[2], outer[2]) - max(inner[0], outer[0])
    height = min(inner[3], outer[3]) - max(inner[1], outer[1])
    if width < 0 or height < 0:
        return 0.0
    area = max((inner[2] - inner[0]) * (inner[3] - inner[1]), 1e-9)
    return max(width * height / area, 1e-12)


def explain_misplacement(bounds: Bounds, crs: CRS, boundary: Bounds, boundary_crs: CRS) -> Misplacement | None:
    """Find the reading under which a layer that misses the boundary would lie on it.

    Parameters
    ----------
    bounds, crs
        The layer's box and declared system.
    boundary, boundary_crs
        The approved boundary's box and system.

    Returns
    -------
    The best reading (another meridian, a zone prefix, swapped axes), or None.

    Examples
    --------
    >>> found = explain_misplacement((366000, 3467000, 367000, 3468000), CRS(4549),
    ...                              (652000, 3467000, 653000, 3468000), CRS(4549))
    >>> crs_name(found.crs), found.swapped
    ('EPSG:4550 (CGCS2000 / 3-degree Gauss-Kruger CM 123E)', False)
    """
    best: tuple[float, Misplacement] | None = None
    for reading in _readings(crs):
        if reading.crs == crs and not reading.swapped:
            continue
        try:
            place = bounds_in(_swapped(bounds) if reading.swapped else bounds, reading.crs, boundary_crs)
        except ProjError:
            continue
        share = _share_inside(place, boundary)
        if share > 0 and (best is None or share > best[0]):
            best = (share, reading)
    return best[1] if best else None
