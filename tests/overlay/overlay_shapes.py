"""Shapes that overlay tests share, how exactly two methods must agree on them, and an exact third one."""

from __future__ import annotations

from fractions import Fraction

import geopandas as gpd
import numpy as np
import shapely
from shapely import Polygon

from gis.overlay.edges import flatten_edges
from gis.overlay.kernel import overlap_areas

#: Where a survey puts its shapes: at the origin, in a zone of CGCS2000, and with the zone's number before the easting.
PLACES = {"origin": (0.0, 0.0), "zone": (652_303.0, 3_467_559.0), "prefixed": (40_652_303.0, 3_467_559.0)}


def layer(shapes, name="parcel_id", crs=4549):
    return gpd.GeoDataFrame({name: [str(i) for i in range(len(shapes))]}, geometry=list(shapes), crs=crs)


def array(*shapes):
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


def kernel_areas(first, second):
    """The edges' area of first[k] ∩ second[k]."""
    own = np.arange(len(first))
    return overlap_areas(flatten_edges(first), flatten_edges(second), np.column_stack([own, own]))


def kernel_areas_of_one(shape, others):
    """The edges' areas of one shape with each of many; its edges are made once."""
    pairs = np.column_stack([np.zeros(len(others), dtype=np.int64), np.arange(len(others))])
    return overlap_areas(flatten_edges(array(shape)), flatten_edges(others), pairs)


def kernel_area(first, second):
    return float(kernel_areas(array(first), array(second))[0])


def geos_areas(first, second):
    return shapely.area(shapely.intersection(first, second))


def tolerance_m2(first, second):
    """Return how far two methods may be apart: 1e-9 of the pair's size, or the rounding of its coordinates.

    The size of a pair is the area of its smaller shape, more than which it can't share. A method that
    builds the shape puts each corner where a double can be, up to one last place (ulp) of the
    largest coordinate away; that moves at most the whole boundary, which is no longer than those
    of both shapes: ulp × (length + length).
    """
    first, second = np.atleast_1d(first), np.atleast_1d(second)
    largest = np.maximum(*(np.abs(shapely.bounds(shapes)).max(axis=1) for shapes in (first, second)))
    rounding = np.spacing(largest) * (shapely.length(first) + shapely.length(second))
    return np.maximum(1e-9 * np.minimum(shapely.area(first), shapely.area(second)), rounding)


def assert_same(found, expected, first, second):
    """Assert that two methods agree on every pair; say which pair is worst."""
    excess = np.abs(np.asarray(found) - expected) / tolerance_m2(first, second)
    worst = int(np.argmax(excess))
    assert excess[worst] <= 1, f"pair {worst}: {found[worst]!r} and {expected[worst]!r}, {excess[worst]:.3g} × allowed"


def star(rng, *, reach=50.0, corners=40, centre=(0.0, 0.0), spread=60.0):
    """A star-shaped, hence valid, polygon of random corners around a random centre."""
    angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(5, corners + 1)))
    radii = reach * rng.uniform(0.3, 1, len(angles))
    offset = np.asarray(centre) + rng.uniform(-spread / 2, spread / 2, 2)
    shape = Polygon(np.column_stack([np.cos(angles), np.sin(angles)]) * radii[:, None] + offset)
    return shape if shape.is_valid else shape.convex_hull


def stars(rng, count, **facts):
    return array(*(star(rng, **facts) for _ in range(count)))


def holed(shape, share=0.6):
    """Return the shape with a hole of its own form in it."""
    hole = shapely.affinity.scale(shape, share, share, origin=shape.centroid)
    return shape.difference(hole) if shape.contains_properly(hole) else shape


def grid_cells(rng, count, *, step=20.0, jitter=0.3, corner=(0.0, 0.0)):
    """The cells of a grid whose nodes were moved: neighbours share edges, corner for corner."""
    nodes = np.stack(np.meshgrid(np.arange(count + 1.0), np.arange(count + 1.0), indexing="ij"), axis=-1)
    nodes = (nodes + rng.uniform(-jitter, jitter, nodes.shape)) * step + corner
    cells = np.stack([nodes[:-1, :-1], nodes[1:, :-1], nodes[1:, 1:], nodes[:-1, 1:]], axis=2)
    return array(*(Polygon(cell) for cell in cells.reshape(-1, 4, 2)))


def every_pair(first, second):
    """Return both shapes of every pair whose boxes meet."""
    i, j = shapely.STRtree(second).query(first)
    return first[i], second[j]


def valid_pairs(first, second):
    keep = shapely.is_valid(first) & shapely.is_valid(second) & ~shapely.is_empty(first) & ~shapely.is_empty(second)
    return first[keep], second[keep]


def coast(rng, corners, *, reach=1000.0, centre=(0.0, 0.0)):
    """A polygon with very many corners and bays at every scale."""
    angles = 2 * np.pi * (np.arange(corners) + rng.uniform(0, 0.5, corners)) / corners
    waves = sum(np.sin(angles * k + rng.uniform(0, 6)) / k for k in (3, 7, 19, 53, 211, 1009))
    radii = reach * (1 + 0.15 * waves + 0.5 / corners * rng.uniform(-1, 1, corners))
    return Polygon(np.column_stack([np.cos(angles), np.sin(angles)]) * radii[:, None] + np.asarray(centre))


def exact_convex_overlap(first, second):
    """The exact area, in fractions, of the overlap of two convex polygons: the second cut by the first's sides."""

    def corners(shape):
        ring = shapely.orient_polygons(shape).exterior
        return [(Fraction(x), Fraction(y)) for x, y in ring.coords[:-1]]

    def side(a, b, p):
        return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])

    kept, border = corners(second), corners(first)
    for a, b in zip(border, border[1:] + border[:1], strict=True):
        cut = []
        for p, q in zip(kept, kept[1:] + kept[:1], strict=True):
            at, to = side(a, b, p), side(a, b, q)
            if at >= 0:
                cut.append(p)
            if at * to < 0:
                cut.append(tuple(u + (v - u) * at / (at - to) for u, v in zip(p, q, strict=True)))
        kept = cut
    crossed = (p[0] * q[1] - q[0] * p[1] for p, q in zip(kept, kept[1:] + kept[:1], strict=True))
    return sum(crossed, Fraction(0)) / 2
