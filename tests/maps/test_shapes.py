"""Packed shapes unpack to the shapes they were, to 1e-7 degree."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import read_block
import shapely
from hypothesis import given
from hypothesis import strategies as st
from read_block import rings_of

from gis.maps.packing import pack_block
from gis.maps.shapes import UNITS_PER_DEGREE, bounds_in_degrees, hilbert_order, pack_shapes, to_degrees


def unpack(packed):
    """Unpack as the browser does, from the bytes."""
    return rings_of(read_block.unpack(pack_block(packed)))


def even_odd(rings):
    """Put rings together by symmetric difference, which is what the hit test does."""
    area = shapely.Polygon()
    for ring in rings:
        area = area.symmetric_difference(shapely.Polygon(ring))
    return area


def test_parcels_come_back_to_a_centimetre(zone):
    degrees = to_degrees(zone.parcels, table="parcels")
    back = unpack(pack_shapes(degrees))
    assert [len(rings) for rings in back] == [1] * len(zone.parcels)
    for original, rings in zip(degrees, back, strict=True):
        assert shapely.Polygon(rings[0]).hausdorff_distance(original) <= 1.01 * 0.5**0.5 / UNITS_PER_DEGREE


def test_holes_parts_and_their_winding():
    hole = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    both = shapely.MultiPolygon([hole, shapely.box(5, 0, 6, 1)])
    packed = pack_shapes([both, shapely.box(9, 9, 10, 10)])
    assert packed["counts"].tolist() == [3, 1]
    assert packed["sizes"].tolist() == [4, 4, 4, 4]
    first = unpack(packed)[0]
    assert even_odd(first).equals(both)
    winding = sorted(shapely.LinearRing(ring).is_ccw for ring in first)
    assert winding == [False, True, True], "a hole runs against its shell, so that filling by winding leaves it open"


def test_shells_are_turned_whatever_way_the_source_had_them():
    square = [(0, 0), (1, 0), (1, 1), (0, 1)]
    ways = [pack_shapes([shapely.Polygon(square)]), pack_shapes([shapely.Polygon(square[::-1])])]
    turns = [shapely.LinearRing(unpack(packed)[0][0]).is_ccw for packed in ways]
    assert turns[0] == turns[1]


def test_lines_are_open_and_stand_in_the_order_of_rows():
    packed = pack_shapes([shapely.LineString([(0, 0), (1, 0), (1, 1)]), shapely.box(2, 2, 3, 3)])
    assert packed["sizes"].tolist() == [3, 4]
    assert packed["open"].tolist() == [1, 0]
    assert packed["counts"].tolist() == [1, 1]
    assert np.array_equal(unpack(packed)[0][0], [(0, 0), (1, 0), (1, 1)])


@pytest.mark.parametrize("nothing", [None, shapely.Polygon(), shapely.Point(1, 1)], ids=["none", "empty", "point"])
def test_what_has_no_area_packs_to_nothing(nothing):
    packed = pack_shapes([nothing, shapely.box(0, 0, 1, 1)])
    assert packed["counts"].tolist() == [0, 1]


def test_a_shape_smaller_than_the_grid_is_left_out_of_the_drawing_only():
    speck = shapely.box(0, 0, 1e-9, 1e-9)
    packed = pack_shapes([speck, shapely.box(0, 0, 1, 1)])
    assert packed["counts"].tolist() == [0, 1]
    assert packed["sizes"].tolist() == [4]


def test_no_shapes_at_all():
    assert len(pack_shapes([])["counts"]) == 0
    assert bounds_in_degrees(np.array([], dtype=object)) is None
    assert bounds_in_degrees(np.array([None], dtype=object)) is None


def test_degrees_are_those_of_another_projection_library_call(zone):
    from pyproj import Transformer

    x, y = zone.parcels.geometry.iloc[0].exterior.coords[0]
    lon, lat = Transformer.from_crs("EPSG:4549", "EPSG:4490", always_xy=True).transform(x, y)
    got = to_degrees(zone.parcels.iloc[:1], table="parcels")[0].exterior.coords[0]
    assert got == pytest.approx((lon, lat), abs=1e-9)


def test_cgcs2000_degrees_are_shown_as_they_are():
    frame = gpd.GeoDataFrame(geometry=[shapely.box(121.6, 31.3, 121.7, 31.4)], crs="EPSG:4490")
    assert bounds_in_degrees(to_degrees(frame, table="boundary")) == (121.6, 31.3, 121.7, 31.4)


def test_long_edges_are_kept_apart_and_exact():
    """16 bits hold 0.0032767 degree; a longer edge anywhere makes its ring a wide one."""
    near = shapely.box(121, 31, 121.0032767, 31.0032767)
    far = shapely.box(-179.9999999, -60, 179.9999999, 60)
    packed = pack_shapes([near, far, near])
    assert packed["wide"].tolist() == [0, 1, 0]
    for shape, rings in zip([near, far, near], unpack(packed), strict=True):
        assert shapely.Polygon(rings[0]).equals(shape)
    assert "wide" not in pack_shapes([near])


@given(st.lists(st.tuples(st.integers(-1800, 1800), st.integers(-600, 600), st.integers(1, 900)), max_size=12))
def test_any_boxes_come_back_unit_for_unit(places):
    boxes = [shapely.box(x / 10, y / 10, x / 10 + w / 1e4, y / 10 + w / 1e4) for x, y, w in places]
    for shape, rings in zip(boxes, unpack(pack_shapes(boxes, units=10**6)), strict=True):
        found = np.rint(np.array(rings[0]) * 1e6).astype(int)
        assert sorted(map(tuple, found)) == sorted(map(tuple, np.rint(shapely.get_coordinates(shape)[:-1] * 1e6).astype(int)))


def test_a_run_of_the_hilbert_order_is_a_compact_patch():
    """The browser's index is the boxes of runs of 64: together they have to be little more than the land."""
    boxes = np.array([shapely.box(x, y, x + 1, y + 1) for x in range(64) for y in range(64)])
    rng = np.random.default_rng(3)
    mixed = boxes[rng.permutation(len(boxes))]
    ordered = mixed[hilbert_order(mixed)]
    assert sorted(shapely.to_wkb(ordered)) == sorted(shapely.to_wkb(boxes))
    runs = [shapely.box(*shapely.total_bounds(ordered[at : at + 64])).area for at in range(0, len(ordered), 64)]
    assert sum(runs) < 1.5 * len(boxes)
    assert hilbert_order([None, None]).tolist() == [0, 1]
