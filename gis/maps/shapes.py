"""Shapes for display: to degrees, quantised, and packed into columns of small integers.

The packed form is what the browser unpacks into typed arrays; nothing is measured from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.errors import CrsError

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.crs import Bounds

__all__ = ["UNITS_PER_DEGREE", "bounds_in_degrees", "pack_shapes", "to_degrees"]

#: Coordinates are shown to 1e-7 degree, about 1 cm.
UNITS_PER_DEGREE = 10**7
POLYGON_TYPES = (3, 6)
LINE_TYPES = (1, 2, 5)


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


def pack_shapes(shapes: Any) -> dict[str, Any]:
    """Pack polygons and lines for the browser.

    Parameters
    ----------
    shapes
        Array of shapely geometries in degrees; None, empty shapes and points pack to nothing.

    Returns
    -------
    ``units`` (per degree), ``x`` and ``y`` (integers, each the difference from the vertex before,
    through all rings), ``rings`` (vertices of each ring; negative for an open line) and ``counts``
    (rings of each shape). Outer rings run against holes, so that filling by winding number keeps
    holes open and overlapping parts closed; the closing vertex is left out.

    Examples
    --------
    >>> pack_shapes([shapely.box(121, 31, 121.0000002, 31.0000001), None])["x"]
    [1210000002, 0, -2, 0]
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
    xy, sizes, kept = _vertices(pieces, is_open)
    steps = np.diff(xy, axis=0, prepend=np.zeros((1, 2), "int64"))
    signed = np.where(is_open[kept], -sizes, sizes)
    return {
        "units": UNITS_PER_DEGREE,
        "x": steps[:, 0].tolist(),
        "y": steps[:, 1].tolist(),
        "rings": signed.tolist(),
        "counts": np.bincount(owners[kept], minlength=len(shapes)).tolist(),
    }


def _vertices(pieces: Any, is_open: Any) -> tuple[Any, Any, Any]:
    """Return quantised vertices without closing and repeated ones, ring sizes, and the rings kept.

    A ring that quantisation leaves with fewer than three vertices (a line: two) has nothing to show.
    """
    degrees, piece = shapely.get_coordinates(pieces, return_index=True)
    units = np.rint(degrees * UNITS_PER_DEGREE).astype("int64")
    if not len(units):
        return units.reshape(0, 2), np.zeros(0, "int64"), np.zeros(len(pieces), bool)
    first = np.r_[True, piece[1:] != piece[:-1]]
    last = np.r_[first[1:], True]
    same = ~first & (units == np.roll(units, 1, axis=0)).all(axis=1)
    keep = ~(last & ~is_open[piece]) & ~same
    sizes = np.bincount(piece[keep], minlength=len(pieces))
    kept = sizes >= np.where(is_open, 2, 3)
    return units[keep & kept[piece]], sizes[kept], kept
