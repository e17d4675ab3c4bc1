"""What holds for areas of overlap whatever the shapes: symmetry, additivity, motion, order, company."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from overlay_shapes import (
    PLACES,
    array,
    grid_cells,
    holed,
    kernel_area,
    kernel_areas,
    layer,
    star,
    stars,
    tolerance_m2,
)
from shapely import MultiPolygon, Polygon, box
from shapely.affinity import translate

import gis
from gis.overlay import self_overlaps
from gis.overlay.edges import SMALL, flatten_edges
from gis.overlay.kernel import overlap_areas

EDGE_FIELDS = ("left", "right", "sign", "start", "bounds", "reach", "reach_start")


@st.composite
def shapes(draw, place=None):
    """Stars, with a hole or without, of few corners or many, or two of them as one shape."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    centre = np.array(PLACES[draw(st.sampled_from(sorted(PLACES))) if place is None else place])
    corners = draw(st.sampled_from([6, 20, 3 * SMALL]))
    shape = star(rng, corners=corners, centre=centre)
    if draw(st.booleans()):
        shape = holed(shape)
    if draw(st.booleans()):
        # Beyond the reach of the first: two parts that do not meet.
        shape = MultiPolygon([shape, star(rng, corners=corners, centre=centre + (0, 170))])  # noqa: RUF005
    return shape


@st.composite
def pairs_of_shapes(draw):
    place = draw(st.sampled_from(sorted(PLACES)))
    return draw(shapes(place)), draw(shapes(place))


def same(found, expected, first, second, *, times=1):
    return found == pytest.approx(expected, rel=0, abs=times * float(tolerance_m2(first, second)[0]))


def snapped(shape):
    """Coordinates to 1/64 m: doubles hold them exactly, moved or not, below 2^46 m."""
    moved = shapely.transform(shape, lambda xy: np.round(xy * 64) / 64)
    return moved if moved.is_valid else shapely.convex_hull(moved)


@given(pairs_of_shapes())
@settings(max_examples=150, deadline=None)
def test_symmetry(pair):
    first, second = pair
    assert same(kernel_area(first, second), kernel_area(second, first), first, second)


@given(shapes())
@settings(max_examples=100, deadline=None)
def test_a_shape_with_itself_is_its_area_and_with_a_box_around_it_too(shape):
    assert same(kernel_area(shape, shape), shape.area, shape, shape)
    around = box(*shape.bounds).buffer(3, join_style="mitre")
    assert same(kernel_area(shape, around), shape.area, shape, around)


@given(pairs_of_shapes())
@settings(max_examples=100, deadline=None)
def test_an_overlap_lies_between_nothing_and_the_smaller_shape(pair):
    first, second = pair
    allowed = float(tolerance_m2(first, second)[0])
    assert -allowed <= kernel_area(first, second) <= min(first.area, second.area) + allowed


@given(shapes(), st.lists(st.floats(0, 1), min_size=1, max_size=12), st.booleans())
@settings(max_examples=150, deadline=None)
def test_strips_that_cut_the_plane_add_up(shape, cuts, upright):
    """Σ area(P ∩ strip) = area(P), and no library builds a shape for it."""
    west, south, east, north = box(*shape.bounds).buffer(1, join_style="mitre").bounds
    low, high = (west, east) if upright else (south, north)
    lines = sorted({low, high, *(low + (high - low) * cut for cut in cuts)})
    strips = [box(a, south, b, north) if upright else box(west, a, east, b) for a, b in itertools.pairwise(lines)]
    strips = array(*(strip for strip in strips if strip.area > 0))
    found = math.fsum(kernel_areas(array(*[shape] * len(strips)), strips))
    assert same(found, shape.area, shape, box(west, south, east, north), times=len(strips))


@given(pairs_of_shapes(), st.floats(0, math.pi), st.floats(-0.4, 0.4))
@settings(max_examples=150, deadline=None)
def test_the_pieces_of_a_cut_shape_add_up(pair, angle, aside):
    """Σ area(piece ∩ Q) = area(P ∩ Q) for P cut by a line at any angle."""
    first, second = pair
    centre = np.array(first.centroid.coords[0]) + aside * 50
    along = np.array([math.cos(angle), math.sin(angle)]) * 1000
    across = np.array([-along[1], along[0]])
    half = Polygon([centre - along, centre + along, centre + along + across, centre - along + across])
    pieces = [
        part
        for side in (first.intersection(half), first.difference(half))
        for part in shapely.get_parts(side)
        if part.area > 0
    ]
    made = array(*pieces)
    assert math.fsum(shapely.area(made)) == pytest.approx(first.area, rel=1e-6)
    found = math.fsum(kernel_areas(made, array(*[second] * len(made))))
    assert same(found, kernel_area(first, second), first, second, times=1 + len(made))


@given(pairs_of_shapes(), st.integers(-50_000, 50_000), st.integers(-50_000, 50_000))
@settings(max_examples=100, deadline=None)
def test_moved_by_whole_metres_it_is_the_same_number_bit_for_bit(pair, east, north):
    """Heights and widths are differences, so that no rounding depends on where the origin lies."""
    first, second = map(snapped, pair)
    moved = [translate(shape, east, north) for shape in (first, second)]
    assert kernel_area(*moved) == kernel_area(first, second)


@given(shapes("origin"), shapes("origin"), st.sampled_from([(40_000_000, 3_400_000), (-40_000_000, 0), (0, 10**7)]))
@settings(max_examples=100, deadline=None)
def test_moved_far_away_it_is_the_same_number_bit_for_bit(first, second, far):
    first, second = snapped(first), snapped(second)
    assert kernel_area(translate(first, *far), translate(second, *far)) == kernel_area(first, second)


@given(shapes("zone"), shapes("zone"), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
@settings(max_examples=100, deadline=None)
def test_moved_by_any_offset_it_differs_by_the_rounding_of_the_coordinates(first, second, east, north):
    moved = [translate(shape, east, north) for shape in (first, second)]
    assert same(kernel_area(*moved), kernel_area(first, second), *moved, times=4)


@given(pairs_of_shapes(), st.sampled_from([1, 2, 3]))
@settings(max_examples=100, deadline=None)
def test_turned_by_quarters_it_is_the_same_area(pair, quarters):
    """What was x is now y: the sum runs over other edges in another order."""

    def turn(xy):
        for _ in range(quarters):
            xy = np.column_stack([-xy[:, 1], xy[:, 0]])
        return xy

    first, second = pair
    turned = [shapely.transform(shape, turn) for shape in pair]
    assert same(kernel_area(*turned), kernel_area(first, second), first, second)


@given(pairs_of_shapes(), st.integers(0, 10**6), st.booleans())
@settings(max_examples=100, deadline=None)
def test_where_a_ring_starts_and_which_way_it_runs_does_not_matter(pair, start, backwards):
    def redrawn(ring):
        xy = np.roll(shapely.get_coordinates(ring)[:-1], start, axis=0)
        return np.concatenate([xy, xy[:1]])[:: -1 if backwards else 1]

    first, second = pair
    parts = [
        Polygon(redrawn(part.exterior), [redrawn(hole) for hole in part.interiors]) for part in shapely.get_parts(first)
    ]
    again = MultiPolygon(parts[::-1])
    assert again.is_valid
    assert same(kernel_area(again, second), kernel_area(first, second), first, second)


@given(st.integers(0, 2**32), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_changes_no_bit_of_a_table(seed, random):
    rng = np.random.default_rng(seed)
    parcels = layer(grid_cells(rng, 5, corner=PLACES["zone"]))
    green = layer(stars(rng, 12, centre=PLACES["zone"], spread=120.0), "green_id")
    green.loc[3:5, "green_id"] = "3"  # Three rows of one id are one pair's sum.
    expected, overlaps = gis.intersect_pairs(parcels, green), self_overlaps(green)
    assert len(expected) > 5
    mixed = [frame.iloc[random.sample(range(len(frame)), len(frame))] for frame in (parcels, green)]
    pd.testing.assert_frame_equal(gis.intersect_pairs(*mixed), expected, check_exact=True)
    pd.testing.assert_frame_equal(self_overlaps(mixed[1]), overlaps, check_exact=True)
    mixed = [frame.reset_index(drop=True) for frame in mixed]
    assert gis.verify_pairs(expected, mixed[0], target=mixed[1]) == gis.verify_pairs(expected, parcels, target=green)


@pytest.fixture(scope="module")
def crowd():
    """A thousand shapes, large and small, with holes and parts."""
    rng = np.random.default_rng(21)
    made = [star(rng, centre=PLACES["zone"], corners=(12, 40, 5 * SMALL)[k % 3], spread=150.0) for k in range(1000)]
    return array(*(holed(shape) if k % 4 == 0 else shape for k, shape in enumerate(made)))


def test_a_pair_has_the_same_bits_alone_and_among_a_thousand(crowd):
    edges = flatten_edges(crowd)
    pairs = shapely.STRtree(crowd).query(crowd[:25]).T
    assert len(pairs) > 5000
    together = overlap_areas(edges, edges, pairs)
    assert (together > 1).sum() > 3000
    for k in range(0, len(pairs), 97):
        assert kernel_area(crowd[pairs[k, 0]], crowd[pairs[k, 1]]) == together[k]


@pytest.mark.parametrize("threads", ["2", "3"])
def test_a_pair_has_the_same_bits_on_any_number_of_threads(crowd, threads, monkeypatch):
    """More shapes and pairs than one thread takes for itself."""
    many = np.concatenate([crowd] * 5)
    pairs = shapely.STRtree(many).query(crowd[:15]).T
    assert len(pairs) > 20_000
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    alone = flatten_edges(many)
    expected = np.concatenate([overlap_areas(alone, alone, part) for part in np.array_split(pairs, 9)])
    monkeypatch.setenv("NUMBA_NUM_THREADS", threads)
    shared = flatten_edges(many)
    for field in EDGE_FIELDS:
        assert np.array_equal(getattr(shared, field), getattr(alone, field)), field
    assert np.array_equal(overlap_areas(shared, shared, pairs), expected)


def test_a_table_has_the_same_bits_part_by_part_and_on_any_number_of_threads(crowd, monkeypatch):
    """The sum over partitions by owner is the whole table: what streaming rests on."""
    parcels, green = layer(crowd[:300]), layer(crowd[300:], "green_id")
    monkeypatch.setenv("NUMBA_NUM_THREADS", "2")
    whole = gis.intersect_pairs(parcels, green)
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    parts = [gis.intersect_pairs(parcels.iloc[k::7], green) for k in range(7)]
    joined = pd.concat(parts).sort_values(["source_id", "target_id"], ignore_index=True)
    pd.testing.assert_frame_equal(joined, whole, check_exact=True)
