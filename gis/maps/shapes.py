"""Shapes for display: to degrees, along a Hilbert curve, quantised, and packed into columns of small integers.

The packed form is what the browser reads as typed arrays; nothing is measured from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.errors import CrsError, InputError
from gis.maps.packing import least_integers

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray

    from gis.crs import Bounds

__all__ = [
    "UNITS_PER_DEGREE",
    "bounds_in_degrees",
    "hilbert_order",
    "opening_bounds",
    "ordered",
    "pack_shapes",
    "to_degrees",
    "units_for",
]

#: Coordinates are shown to 1e-7 degree, about 1 cm; of many shapes to 1e-6, so that the file stays small.
UNITS_PER_DEGREE = 10**7
COARSE_UNITS = 10**6
FINE_UP_TO = 10_000
POLYGON_TYPES = (3, 6)
LINE_TYPES = (1, 2, 5)
NARROW = 2**15 - 1


def to_degrees(frame: GeoDataFrame, *, table: str) -> Any:
    """Return the shapes of a table in EPSG:4326, as an array in row order.

    CGCS2000 (EPSG:4490) and WGS 84 differ by less than is displayed.

    Raises
    ------
    CrsError
        If the table does not say what its coordinates are in.
    """
    if frame.crs is None:
        raise CrsError("map_crs_missing", table=table)
    return np.asarray(frame.geometry.to_crs("EPSG:4326").array, dtype=object)


def bounds_in_degrees(shapes: Any) -> Bounds | None:
    """Return west, south, east, north of an array of shapes, or None if it is empty."""
    bounds = shapely.total_bounds(shapes) if len(shapes) else np.full(4, np.nan)
    if np.isnan(bounds).any():
        return None
    west, south, east, north = (round(float(value), 7) for value in bounds)
    return west, south, east, north


def opening_bounds(boundary: Any, parcels: Any) -> Bounds:
    """Return the box of the boundary and the parcels together, in degrees.

    Raises
    ------
    InputError
        If none of them has a shape.
    """
    boxes = [box for box in (bounds_in_degrees(boundary), bounds_in_degrees(parcels)) if box is not None]
    if not boxes:
        raise InputError("map_nothing_to_draw", count=len(parcels))
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def units_for(count: int) -> int:
    """Return the units per degree that so many shapes are shown in.

    Examples
    --------
    >>> units_for(400), units_for(1_000_000)
    (10000000, 1000000)
    """
    return UNITS_PER_DEGREE if count <= FINE_UP_TO else COARSE_UNITS


def hilbert_order(shapes: Any) -> NDArray[np.int64]:
    """Return the order along a Hilbert curve: neighbours on the ground are neighbours in the file.

    That makes differences small, and a run of shapes a compact patch, which is the browser's index.
    Shapes of the same place keep their order; missing and empty ones come last.

    Examples
    --------
    >>> hilbert_order([None, shapely.box(9, 9, 10, 10), shapely.box(0, 0, 1, 1)]).tolist()
    [2, 1, 0]
    """
    import geopandas as gpd

    shapes = np.asarray(shapes, dtype=object)
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    away = np.setdiff1d(np.arange(len(shapes)), there)
    if not len(there):
        return away
    distance = gpd.GeoSeries(shapes[there]).hilbert_distance().to_numpy()
    return np.concatenate([there[np.argsort(distance, kind="stable")], away])


def ordered(shapes: Any) -> Any:
    """Return the shapes that are there in an order that does not depend on the order of rows."""
    there = shapes[~shapely.is_missing(shapes)]
    if not len(there):
        return there
    by_shape = there[np.argsort(shapely.to_wkb(there), kind="stable")]
    return by_shape[hilbert_order(by_shape)]


def pack_shapes(shapes: Any, *, units: int = UNITS_PER_DEGREE) -> dict[str, Any]:
    """Pack polygons and lines for the browser.

    Parameters
    ----------
    shapes
        Array of shapely geometries in degrees; None, empty shapes and points pack to nothing.
    units
        Units per degree: coordinates are rounded to ``1 / units``.

    Returns
    -------
    ``units``; ``counts`` (rings of each shape) and ``sizes`` (vertices of each ring); ``start_x`` and
    ``start_y``, the first vertex of each ring as the difference from that of the ring before (modulo
    2**32); ``dx`` and ``dy``, 16-bit differences from the vertex before. A ring with a longer edge
    is marked in ``wide`` and has its differences in ``wide_dx`` and ``wide_dy``; one that is an open
    line is marked in ``open``. Outer rings run against holes, so that filling by winding number
    keeps holes open and overlapping parts closed; the closing vertex is left out.

    Examples
    --------
    >>> packed = pack_shapes([shapely.box(121, 31, 121.0000002, 31.0000001), None])
    >>> packed["start_x"].tolist(), packed["dx"].tolist(), packed["counts"].tolist()
    ([1210000002], [0, -2, 0], [1, 0])
    """
    shapes = shapely.orient_polygons(np.asarray(shapes, dtype=object))
    parts, owner = shapely.get_parts(shapes, return_index=True)
    kinds = shapely.get_type_id(parts)
    area = np.isin(kinds, POLYGON_TYPES) & ~shapely.is_empty(parts)
    line = np.isin(kinds, LINE_TYPES) & ~shapely.is_empty(parts)
    rings, ring_part = shapely.get_rings(parts[area], return_index=True)
    pieces = np.concatenate([rings, parts[line]])
    owners = np.concatenate([owner[area][ring_part], owner[line]]).astype("int64")
    is_open = np.concatenate([np.zeros(len(rings), bool), np.ones(int(line.sum()), bool)])
    order = np.argsort(owners, kind="stable")
    pieces, owners, is_open = pieces[order], owners[order], is_open[order]
    xy, sizes, kept = _vertices(pieces, is_open, units)
    packed = {
        "units": units,
        "counts": least_integers(np.bincount(owners[kept], minlength=len(shapes))),
        "sizes": least_integers(sizes),
        **_differences(xy, sizes),
    }
    if is_open[kept].any():
        packed["open"] = is_open[kept].astype("uint8")
    return packed


def _differences(xy: NDArray[np.int64], sizes: NDArray[np.int64]) -> dict[str, Any]:
    """Return first vertices, and the steps from vertex to vertex, rings with long steps apart."""
    first = np.zeros(len(xy), bool)
    first[np.cumsum(sizes) - sizes] = True
    starts = np.diff(xy[first], axis=0, prepend=np.zeros((1, 2), "int64")).astype("int32")
    steps = np.diff(xy, axis=0, prepend=np.zeros((1, 2), "int64"))[~first]
    ring = np.repeat(np.arange(len(sizes)), sizes - 1)
    is_wide = np.zeros(len(sizes), bool)
    is_wide[ring[(np.abs(steps) > NARROW).any(axis=1)]] = True
    narrow, wide = steps[~is_wide[ring]].astype("int16"), steps[is_wide[ring]].astype("int32")
    packed = {
        "start_x": starts[:, 0].copy(), "start_y": starts[:, 1].copy(),
        "dx": narrow[:, 0].copy(), "dy": narrow[:, 1].copy(),
    }  # fmt: skip
    if is_wide.any():
        packed |= {"wide": is_wide.astype("uint8"), "wide_dx": wide[:, 0].copy(), "wide_dy": wide[:, 1].copy()}
    return packed


def _vertices(pieces: Any, is_open: Any, units: int) -> tuple[Any, Any, Any]:
    """Return quantised vertices without closing and repeated ones, ring sizes, and the rings kept.

    A ring that quantisation leaves with fewer than three vertices (a line: two) has nothing to show.
    """
    degrees, piece = shapely.get_coordinates(pieces, return_index=True)
    quantised = np.rint(degrees * units).astype("int64")
    if not len(quantised):
        return quantised.reshape(0, 2), np.zeros(0, "int64"), np.zeros(len(pieces), bool)
    first = np.r_[True, piece[1:] != piece[:-1]]
    last = np.r_[first[1:], True]
    same = ~first & (quantised == np.roll(quantised, 1, axis=0)).all(axis=1)
    keep = ~(last & ~is_open[piece]) & ~same
    sizes = np.bincount(piece[keep], minlength=len(pieces))
    kept = sizes >= np.where(is_open, 2, 3)
    return quantised[keep & kept[piece]], sizes[kept], kept
