from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box

from gis.checks import Tolerances, check_geometry
from gis.checks.rings import close_vertices, spikes
from gis.errors import CrsError

SPIKY = [(0, 0), (10, 0), (10, 5), (30, 5.01), (10, 5.02), (10, 10), (0, 10)]


@pytest.mark.parametrize(
    ("shape", "code", "reason", "where"),
    [
        (Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]), "geometry-invalid", "Self-intersection", "5.00 5.00"),
        (Polygon([(0, 0), (9, 0), (9, 9)], [[(20, 20), (21, 20), (21, 21)]]), "geometry-invalid",
         "Hole lies outside shell", "20.00 20.00"),
        (MultiPolygon([box(0, 0, 9, 9), box(1, 1, 2, 2)]), "geometry-invalid", "Nested shells", "2.00 1.00"),
        (Polygon([(0, 0), (20, 0), (20, 20), (10, 20), (15, 10), (5, 10), (10, 20), (0, 20)]),
         "geometry-self-touching", "Ring Self-intersection", "10.00 20.00"),
    ],
)  # fmt: skip
def test_an_invalid_shape_has_a_reason_and_a_place(make, log, shape, code, reason, where):
    check_geometry(make([box(50, 50, 60, 60), shape]), "parcels", issues=log)
    (issue,) = log
    assert (issue.code, issue.ids, issue.rows, issue.found) == (code, ("2",), (2,), reason)
    assert issue.where == where
    if code == "geometry-invalid":
        assert reason not in issue.text("zh")


def test_coordinates_that_are_no_numbers_are_invalid(make, log):
    check_geometry(make([Polygon([(0, 0), (np.inf, 0), (9, 9)])]), "parcels", issues=log)
    assert log.codes() == ["geometry-invalid"]
    assert log.of("geometry-invalid")[0].where == ""


@pytest.mark.parametrize(
    "shape",
    [
        Polygon([(0, 0), (20, 0), (20, 20), (0, 20)], [[(10, 20), (15, 10), (5, 10)]]),
        MultiPolygon([box(0, 0, 10, 10), box(10, 10, 20, 20)]),
        Polygon([(0, 0), (5, 0), (10, 0), (10, 10), (0, 10)]),
        shapely.Point(0, 0).buffer(50),
        shapely.force_3d(box(0, 0, 10, 10), 4.0),
    ],
    ids=["hole touches shell", "parts touch in a point", "vertex on an edge", "circle", "with heights"],
)
def test_a_good_shape_raises_nothing(make, log, shape):
    check_geometry(make([shape]), "parcels", issues=log)
    assert log.codes() == []


def test_missing_and_empty_shapes(make, log):
    frame = make([None, Polygon(), box(0, 0, 9, 9)])
    check_geometry(frame, "parcels", issues=log)
    (issue,) = log
    assert (issue.code, issue.ids) == ("geometry-missing", ("1", "2"))


def test_buildings_may_lack_a_shape(make, log):
    check_geometry(make([None, box(0, 0, 9, 9)], "buildings"), "buildings", issues=log)
    check_geometry(pd.DataFrame({"building_id": ["1"]}), "buildings", issues=log)
    assert log.codes() == []


def test_a_table_of_parcels_without_geometry_lacks_all_shapes(log):
    check_geometry(pd.DataFrame({"parcel_id": ["1", "2"]}), "parcels", issues=log)
    assert [(issue.code, issue.ids) for issue in log] == [("geometry-missing", ("1", "2"))]


def test_other_types_are_named(make, log):
    collection = shapely.GeometryCollection([box(0, 0, 1, 1), shapely.Point(3, 3)])
    check_geometry(make([shapely.Point(0, 0), collection, shapely.Point(1, 1)]), "parcels", issues=log)
    assert {issue.found: issue.ids for issue in log} == {"Point": ("1", "3"), "GeometryCollection": ("2",)}
    assert set(log.codes()) == {"geometry-without-area"}


def test_a_flat_shape_has_no_ground_but_a_bowtie_has(make, log):
    flat, bowtie = Polygon([(0, 0), (10, 10), (5, 5)]), Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    assert shapely.area(bowtie) == 0
    check_geometry(make([flat, bowtie]), "parcels", issues=log)
    assert {issue.code: issue.ids for issue in log} == {"geometry-zero-area": ("1",), "geometry-invalid": ("2",)}


def test_the_same_shape_is_found_whatever_its_first_vertex_and_direction(make, log):
    ring = [(0, 0), (10, 0), (10, 10), (0, 10)]
    shapes = [
        Polygon(ring),
        box(20, 0, 30, 10),
        Polygon(ring[2:] + ring[:2]),
        Polygon(ring[::-1]),
        box(0, 0, 10, 10.001),
    ]
    check_geometry(make(shapes), "parcels", issues=log)
    (issue,) = log
    assert (issue.code, issue.ids, issue.area_m2) == ("geometry-duplicate", ("1", "3", "4"), 100.0)


@pytest.mark.parametrize(
    ("shape", "is_sliver"),
    [
        (box(0, 0, 1000, 0.19), True),
        (box(0, 0, 1000, 0.21), False),
        (box(0, 0, 15, 0.3), True),
        (box(0, 0, 8, 0.3), False),
        (box(0, 0, 3, 3), False),
    ],
    ids=["long, 19 cm", "long, 21 cm", "4.5 m², 1:50", "2.4 m², 1:27", "small but square"],
)
def test_slivers_are_narrow_or_small_and_thin(make, log, shape, is_sliver):
    check_geometry(make([shape]), "parcels", issues=log)
    assert log.codes() == (["geometry-sliver"] if is_sliver else [])


@pytest.mark.parametrize("turn", range(len(SPIKY)))
def test_a_spike_is_found_wherever_the_ring_starts(turn):
    ring = SPIKY[turn:] + SPIKY[:turn]
    assert spikes(np.array([Polygon(ring)]), angle_deg=1.0) == [(0, 30.0, 5.01)]
    assert spikes(np.array([Polygon(ring[::-1])]), angle_deg=1.0) == [(0, 30.0, 5.01)]


def test_a_spike_of_a_hole_is_found_behind_a_doubled_point(make, log):
    hole = [(x + 20, y + 20) for x, y in SPIKY]
    hole.insert(4, hole[3])
    shape = Polygon(box(0, 0, 100, 100).exterior, [hole])
    check_geometry(make([box(200, 0, 210, 10), shape]), "parcels", issues=log)
    assert {issue.code: issue.ids for issue in log} == {"geometry-spike": ("2",), "geometry-close-points": ("2",)}
    assert log.of("geometry-spike")[0].where == "50.00 25.01"


@pytest.mark.parametrize(("degrees", "count"), [(0.99, 1), (1.01, 0)])
def test_the_angle_of_a_spike_is_the_limit(degrees, count):
    half = np.tan(np.radians(degrees) / 2) * 30
    kite = Polygon([(0, 0), (30, -half), (40, 0), (30, half)])
    assert len(spikes(np.array([kite]), angle_deg=1.0)) == count


@pytest.mark.parametrize(("gap", "count"), [(0.0009, 1), (0.0011, 0), (0.0, 1)])
def test_close_points_are_those_below_a_millimetre(gap, count):
    shape = Polygon([(0, 0), (9, 0), (9, 5), (9, 5 + gap), (0, 9)])
    assert close_vertices(np.array([shape]), gap_m=0.001).tolist() == [count]


def test_no_shapes_at_all():
    none = np.zeros(0, dtype=object)
    assert spikes(none, angle_deg=1.0) == []
    assert close_vertices(none, gap_m=1.0).tolist() == []


def test_limits_can_be_set(make, log):
    strict = Tolerances(sliver_width_m=100, vertices_count=3, vertex_gap_m=50, spike_angle_deg=100)
    check_geometry(make([box(0, 0, 40, 40)]), "parcels", issues=log, tolerances=strict)
    assert set(log.codes()) == {"geometry-sliver", "geometry-heavy", "geometry-close-points", "geometry-spike"}


@pytest.mark.parametrize(("crs", "words"), [(4490, "degrees"), (3857, "Mercator"), (None, "no reference system")])
def test_a_system_without_areas_is_refused(make, log, crs, words):
    with pytest.raises(CrsError, match=words):
        check_geometry(make([box(0, 0, 1, 1)], crs=crs), "parcels", issues=log)


def test_the_shapes_are_not_changed(make, log):
    frame = make([Polygon(SPIKY), Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]), None])
    before = frame.to_wkb()
    check_geometry(frame, "parcels", issues=log)
    pd.testing.assert_frame_equal(frame.to_wkb(), before)


@pytest.mark.parametrize(("side", "large", "found"), [(0.99, 30, True), (1.01, 30, False), (2, 30, False), (3, 100, True)])
def test_a_parcel_below_the_least_area_or_share_of_the_median_is_named(make, log, side, large, found):
    """1 m², or a thousandth of 900 m² or 10,000 m²."""
    shapes = [shapely.box(0, 0, side, side), *(shapely.box(n, 0, n + large, large) for n in (200, 400, 600))]
    check_geometry(make(shapes), "parcels", issues=log)
    assert [issue.ids for issue in log.of("parcel-small")] == ([("1",)] if found else [])
    check_geometry(make(shapes, "green_spaces"), "green_spaces", issues=log)
    assert len(log.of("parcel-small")) == found
