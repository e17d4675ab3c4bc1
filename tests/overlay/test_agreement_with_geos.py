"""The edges against GEOS (and, for convex shapes, against fractions): within 1e-9 of a pair's size, or its rounding."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from overlay_shapes import (
    PLACES,
    array,
    assert_same,
    coast,
    every_pair,
    exact_convex_overlap,
    geos_areas,
    grid_cells,
    holed,
    kernel_area,
    kernel_areas,
    kernel_areas_of_one,
    layer,
    star,
    stars,
    tolerance_m2,
    valid_pairs,
)
from shapely import MultiPolygon, Polygon, box
from shapely.affinity import rotate, translate

import gis
from gis.overlay import self_overlaps

at_every_place = pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)


def assert_agrees(first, second, *, overlapping):
    """Both ways round; ``overlapping`` of the pairs must share ground, lest nothing be compared."""
    expected = geos_areas(first, second)
    assert (expected > 0).sum() >= overlapping
    assert_same(kernel_areas(first, second), expected, first, second)
    assert_same(kernel_areas(second, first), expected, first, second)


@at_every_place
def test_random_stars(place):
    rng = np.random.default_rng(1)
    first, second = stars(rng, 400, centre=place), stars(rng, 400, centre=place)
    assert_agrees(first, second, overlapping=300)


@at_every_place
def test_stars_of_more_corners_than_are_scanned_one_by_one(place):
    rng = np.random.default_rng(2)
    many, few = stars(rng, 60, centre=place, corners=900), stars(rng, 60, centre=place)
    assert_agrees(many, few, overlapping=50)
    assert_agrees(many, many[::-1].copy(), overlapping=50)


@at_every_place
def test_jittered_grids_whose_cells_share_edges(place):
    rng = np.random.default_rng(3)
    cells = grid_cells(rng, 12, corner=place)
    assert_agrees(*every_pair(cells, cells), overlapping=144)
    others = grid_cells(rng, 9, step=27.0, corner=place)
    assert_agrees(*every_pair(cells, others), overlapping=300)


@pytest.mark.parametrize("metres", [1.0, 0.001])
@at_every_place
def test_rounded_coordinates(place, metres):
    """Many corners and edges coincide, or cross at a grid point, once coordinates are whole."""
    rng = np.random.default_rng(4)
    made = (stars(rng, 500, centre=place, corners=12, reach=12.0, spread=12.0) for _ in range(2))
    first, second = (shapely.transform(shapes, lambda xy: np.round(xy / metres) * metres) for shapes in made)
    assert_agrees(*valid_pairs(first, second), overlapping=150)
    cells = shapely.transform(grid_cells(rng, 12, corner=place), lambda xy: np.round(xy / metres) * metres)
    assert_agrees(*every_pair(cells, cells), overlapping=144)


@at_every_place
def test_identical_shapes_share_their_whole_area(place):
    shapes = array(*(holed(shape) for shape in stars(np.random.default_rng(5), 200, centre=place)))
    assert (shapely.get_num_interior_rings(shapes) > 0).sum() > 20
    assert_same(kernel_areas(shapes, shapes), shapely.area(shapes), shapes, shapes)
    assert_agrees(shapes, shapes, overlapping=200)


@at_every_place
@pytest.mark.parametrize("other", [(10, 0), (0, 10), (10, 10), (-10, 10), (10, 3), (3, -10)])
def test_touching_squares_share_exactly_nothing(place, other):
    square = translate(box(0, 0, 10, 10), *place)
    assert kernel_area(square, translate(square, *other)) == 0.0


@at_every_place
def test_neighbours_that_touch_along_a_slanted_edge_share_no_more_than_rounding(place):
    rng = np.random.default_rng(6)
    cells = grid_cells(rng, 12, corner=place)
    i, j = shapely.STRtree(cells).query(cells)
    first, second = cells[i[i != j]], cells[j[i != j]]
    touching = shapely.touches(first, second)
    assert touching.sum() > 800
    assert (np.abs(kernel_areas(first, second))[touching] <= tolerance_m2(first, second)[touching]).all()
    assert not len(self_overlaps(layer(cells)))


@at_every_place
def test_nested_shapes_share_the_inner_one(place):
    outer = stars(np.random.default_rng(7), 200, centre=place)
    inner = array(*(shape.buffer(-2).buffer(-1) for shape in outer))
    outer, inner = valid_pairs(outer, inner)
    assert_same(kernel_areas(outer, inner), shapely.area(inner), outer, inner)
    assert_agrees(outer, inner, overlapping=100)
    assert kernel_area(Polygon(box(0, 0, 9, 9).exterior, [box(3, 3, 6, 6).exterior]), box(3, 3, 6, 6)) == 0.0


@at_every_place
def test_holes_against_holes(place):
    rng = np.random.default_rng(8)
    first, second = (
        array(*(holed(shape) for shape in stars(rng, 400, centre=place, spread=30.0))) for _ in range(2)
    )  # fmt: skip
    both = (shapely.get_num_interior_rings(first) > 0) & (shapely.get_num_interior_rings(second) > 0)
    assert both.sum() > 15
    assert_agrees(first, second, overlapping=300)


@at_every_place
def test_several_parts_with_holes_and_islands_in_them(place):
    rng = np.random.default_rng(9)

    def scattered():
        near = [star(rng, centre=np.add(place, (150 * k, 40 * (k % 2)))) for k in range(4)]
        return shapely.union_all([holed(shape) for shape in near] + [shape.centroid.buffer(3) for shape in near])

    first, second = array(*(scattered() for _ in range(100))), array(*(scattered() for _ in range(100)))
    assert (shapely.get_num_geometries(first) > 2).mean() > 0.9
    assert_agrees(first, second, overlapping=100)


@at_every_place
def test_slivers_one_millimetre_wide(place):
    """A strip of 100 m × 1 mm, at any angle, across stars and along the edges of squares."""
    rng = np.random.default_rng(10)
    angles = rng.uniform(0, 180, 200)
    slivers = array(*(translate(rotate(box(-50, 0, 50, 0.001), angle, origin=(0, 0)), *place) for angle in angles))
    assert_agrees(slivers, stars(rng, 200, centre=place), overlapping=150)
    squares = array(*(translate(rotate(box(-50, -30, 50, 0.0005), angle, origin=(0, 0)), *place) for angle in angles))
    assert_agrees(slivers, squares, overlapping=200)
    assert kernel_areas(slivers, squares) == pytest.approx(0.05, abs=float(tolerance_m2(slivers, squares).max()))


@at_every_place
def test_clockwise_and_anticlockwise_with_points_doubled_or_on_a_line(place):
    rng = np.random.default_rng(11)
    first = array(*(holed(shape) for shape in stars(rng, 200, centre=place)))
    second = stars(rng, 200, centre=place)
    expected = geos_areas(first, second)
    assert (expected > 0).sum() > 150
    turned = shapely.reverse(first)
    clockwise = shapely.orient_polygons(first, exterior_cw=True)
    # Twice as many points: each second one in the middle of its side, and all of them given twice.
    halved = array(*(shapely.segmentize(shape, shape.length / 40) for shape in shapely.get_parts(first)))
    doubled = array(*(_each_point_twice(shape) for shape in halved))
    assert (shapely.get_num_coordinates(doubled) > 2 * shapely.get_num_coordinates(first)).all()
    for variant in (turned, clockwise, halved, doubled):
        assert shapely.is_valid(variant).all()
        assert_same(kernel_areas(variant, second), expected, first, second)


def _each_point_twice(shape):
    rings = [np.repeat(shapely.get_coordinates(ring), 2, axis=0) for ring in (shape.exterior, *shape.interiors)]
    return Polygon(rings[0], rings[1:])


@at_every_place
def test_convex_shapes_against_fractions(place):
    """No rounding at all on the other side; hence the limit is closer: 1e-12 of the smaller shape's box."""
    rng = np.random.default_rng(12)
    first = shapely.convex_hull(stars(rng, 150, centre=place, corners=8))
    second = shapely.convex_hull(stars(rng, 150, centre=place, corners=8))
    exact = np.array([float(exact_convex_overlap(p, q)) for p, q in zip(first, second, strict=True)])
    assert (exact > 0).sum() > 100
    boxes = np.minimum(shapely.area(shapely.envelope(first)), shapely.area(shapely.envelope(second)))
    assert (np.abs(kernel_areas(first, second) - exact) <= 1e-12 * boxes).all()


def test_the_table_of_pairs_is_rounded_to_a_square_millimetre_and_leaves_out_what_only_touches():
    rng = np.random.default_rng(13)
    parcels, green = grid_cells(rng, 10, corner=PLACES["prefixed"]), stars(rng, 80, centre=PLACES["prefixed"])
    pairs = gis.intersect_pairs(layer(parcels), layer(green, "green_id"))
    first, second = parcels[pairs["source_id"].astype(int)], green[pairs["target_id"].astype(int)]
    found = pairs["area_m2"].to_numpy()
    assert len(found) > 300
    assert (np.abs(found - geos_areas(first, second)) <= tolerance_m2(first, second) + 0.5e-6).all()
    others = every_pair(parcels, green)
    assert geos_areas(*others).sum() == pytest.approx(found.sum(), abs=float(tolerance_m2(*others).sum()) + 1e-3)


@pytest.fixture(scope="module")
def large():
    rng = np.random.default_rng(14)
    centre = np.array(PLACES["zone"])
    return coast(rng, 100_000, centre=centre), coast(rng, 100_000, centre=centre + (400, 250))  # noqa: RUF005


def test_a_hundred_thousand_corners_against_as_many(large):
    first, second = (array(shape) for shape in large)
    assert shapely.get_num_coordinates(first).tolist() == [100_001]
    found, expected = kernel_areas(first, second), geos_areas(first, second)
    assert 0.3 < expected[0] / large[0].area < 0.8
    assert_same(found, expected, first, second)


def test_a_hundred_thousand_corners_against_small_shapes(large):
    rng = np.random.default_rng(15)
    small = stars(rng, 150, centre=PLACES["zone"], spread=2600.0)
    first = np.repeat(array(large[0]), len(small))
    found, expected = kernel_areas_of_one(large[0], small), geos_areas(first, small)
    inside = np.isclose(expected, shapely.area(small), rtol=1e-9)
    assert inside.sum() > 20 and (expected == 0).sum() > 10 and ((expected > 0) & ~inside).sum() > 10
    assert_same(found, expected, first, small)


def test_a_multipolygon_with_holes_of_a_hundred_thousand_corners(large):
    outer = large[0]
    inner = shapely.affinity.scale(outer, 0.5, 0.5, origin=PLACES["zone"])
    ring = Polygon(outer.exterior, [inner.exterior])
    island = shapely.affinity.scale(outer, 0.2, 0.2, origin=PLACES["zone"])
    shape, other = MultiPolygon([ring, island]), large[1]
    assert shape.is_valid
    found = kernel_area(shape, other)
    expected = sum(sign * kernel_area(part, other) for sign, part in ((1, outer), (-1, inner), (1, island)))
    assert found == pytest.approx(expected, rel=1e-12)
    assert_same([found], geos_areas(array(shape), array(other)), array(shape), array(other))
