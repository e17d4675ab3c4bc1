"""Invalid rings never reach the kernel; if forced, there is an error, not a number."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import shapely
from overlay_shapes import array, kernel_area, layer
from shapely import GeometryCollection, LinearRing, LineString, MultiPolygon, Point, Polygon, box

import gis
from gis.errors import TopologyError
from gis.overlay import measure_by_class, measure_cover, self_overlaps, without_double_cover
from gis.overlay.edges import flatten_edges, require_valid
from gis.overlay.kernel import overlap_areas

SQUARE = box(0, 0, 10, 10)


def not_finite(value, *, hole=False):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ring = [(1, 1), (2, 1), (2, value), (1, 2)]
        return Polygon(SQUARE.exterior, [ring]) if hole else Polygon(ring)


#: What shows at a glance …
PLAIN = {
    "missing": None,
    "empty": Polygon(),
    "empty multipolygon": MultiPolygon(),
    "multipolygon of nothing": MultiPolygon([Polygon()]),
    "point": Point(1, 1),
    "line": LineString([(0, 0), (1, 1), (1, 0)]),
    "closed line": LineString([(0, 0), (1, 1), (1, 0), (0, 0)]),
    "ring": LinearRing([(0, 0), (1, 1), (1, 0)]),
    "collection": GeometryCollection([SQUARE]),
    "nan": not_finite(np.nan),
    "nan in a hole": not_finite(np.nan, hole=True),
    "infinite": not_finite(np.inf),
}
#: … and what only a look at the rings tells.
RINGS = {
    "bow tie": Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]),
    "flat": Polygon([(0, 0), (1, 1), (2, 2)]),
    "hole across the shell": Polygon(SQUARE.exterior, [box(8, 2, 12, 6).exterior]),
    "hole outside": Polygon(SQUARE.exterior, [box(20, 2, 22, 6).exterior]),
    "nested holes": Polygon(SQUARE.exterior, [box(1, 1, 9, 9).exterior, box(2, 2, 4, 4).exterior]),
    "parts on one another": MultiPolygon([SQUARE, box(5, 5, 15, 15)]),
    "part given twice": MultiPolygon([SQUARE, SQUARE]),
    "ring that runs twice": Polygon([*SQUARE.exterior.coords, *SQUARE.exterior.coords[1:]]),
}
EVERY = PLAIN | RINGS
each_shape = pytest.mark.parametrize("shape", EVERY.values(), ids=EVERY)


def with_wrong(shape, name="parcel_id"):
    """Three rows, the second of which is the wrong one."""
    frame = layer([SQUARE, shape, box(20, 0, 30, 10)], name)
    frame[name] = ["A-1", "B-2", "C-3"]
    return frame.assign(kind="k")


@each_shape
@pytest.mark.parametrize(
    "verb",
    [
        gis.intersect_pairs,
        lambda wrong, right: gis.intersect_pairs(right, wrong),
        lambda wrong, _: self_overlaps(wrong),
        lambda wrong, _: without_double_cover(wrong),
        lambda wrong, right: measure_cover(right, wrong),
        measure_cover,
        lambda wrong, right: measure_by_class(wrong, right, by="kind"),
    ],
    ids=["source", "target", "self", "double", "inner", "outer", "by class"],
)
def test_every_verb_refuses_and_names_the_row(shape, verb):
    right = layer([box(2, 2, 5, 5)], "green_id").assign(kind="k")
    with pytest.raises(TopologyError, match="1 shape") as caught:
        verb(with_wrong(shape), right)
    assert "B-2" in str(caught.value)
    assert "A-1" not in str(caught.value) and "C-3" not in str(caught.value)


@each_shape
def test_forced_past_the_tables_it_is_an_error_too(shape):
    with pytest.raises(TopologyError, match=r"1 shape\(s\): 1 \("):
        flatten_edges(array(SQUARE, shape, SQUARE))


@pytest.mark.parametrize("shape", PLAIN.values(), ids=PLAIN)
def test_what_shows_at_a_glance_is_refused_even_where_a_caller_vouches_for_it(shape):
    with pytest.raises(TopologyError, match=r"1 shape\(s\): 1 \("):
        flatten_edges(array(SQUARE, shape, SQUARE), checked=True)


def test_one_wrong_shape_among_many_is_found_on_every_thread(monkeypatch):
    monkeypatch.setenv("NUMBA_NUM_THREADS", "3")
    many = np.repeat(array(SQUARE), 30_000)
    wrong = [3, 14_999, 29_999]
    many[wrong] = RINGS["bow tie"]
    with pytest.raises(TopologyError, match=r"3 shape\(s\): 3, 14999, 29999 \(Self-intersection"):
        flatten_edges(many)


@pytest.mark.parametrize(
    ("name", "why"),
    [("missing", "no geometry"), ("empty", "empty"), ("line", "LineString"), ("ring", "LinearRing"),
     ("collection", "GeometryCollection"), ("nan", "Invalid Coordinate"), ("bow tie", "Self-intersection")],
)  # fmt: skip
def test_the_reason_is_said(name, why):
    with pytest.raises(TopologyError, match=rf"x \({why}"):
        require_valid(array(EVERY[name]), ["x"])


@pytest.mark.parametrize("thing", ["POLYGON ((0 0, 1 0, 1 1, 0 0))", 5.0, [(0, 0), (1, 0), (1, 1)]])
def test_what_is_no_geometry_at_all_is_refused(thing):
    shapes = np.empty(1, dtype=object)
    shapes[0] = thing
    with pytest.raises(TypeError, match=r"[Gg]eometry"):
        flatten_edges(shapes)


@pytest.mark.parametrize(
    "pairs",
    [[[0, 2]], [[2, 0]], [[-1, 0]], [[0, 0], [0, 10**9]], [[0.0, 1.0]], [[0.5, 1.0]], [0, 1], [[0, 1, 1]], [[True, False]]],
    ids=str,
)  # fmt: skip
def test_pairs_outside_the_tables_are_refused(pairs):
    edges = flatten_edges(array(SQUARE, box(5, 5, 15, 15)))
    assert overlap_areas(edges, edges, np.array([[0, 1]])).tolist() == [25.0]
    with pytest.raises(IndexError, match="pairs"):
        overlap_areas(edges, edges, np.array(pairs))


def test_nothing_at_all_is_no_error():
    nothing = np.empty(0, dtype=object)
    edges = flatten_edges(nothing)
    assert len(edges.left) == 0 and edges.start.tolist() == [0]
    assert overlap_areas(edges, edges, np.empty((0, 2), dtype=np.int64)).tolist() == []
    assert not len(gis.intersect_pairs(layer([]), layer([SQUARE])))
    assert not len(gis.intersect_pairs(layer([SQUARE]), layer([])))
    assert gis.verify_pairs(gis.intersect_pairs(layer([]), layer([])), layer([]), target=layer([]))["pairs"] == 0


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        (MultiPolygon([Polygon(), box(2, 2, 4, 4)]), 4.0),
        (shapely.force_3d(SQUARE, z=8.0), 100.0),
        (Polygon([(0, 0, np.nan), (10, 0, 1), (10, 10, 2)]), 50.0),
        # Rings that touch at a point are valid: a shell with itself around a hole, and hole with shell.
        (Polygon([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)], [[(0, 0), (5, 2), (2, 5)]]), 100 - 10.5),
        (Polygon(SQUARE.exterior, [[(2, 2), (5, 5), (2, 5)], [(5, 5), (8, 8), (5, 8)]]), 100 - 9.0),
    ],
    ids=["empty part", "heights", "heights that are no numbers", "hole touches shell", "holes touch"],
)
def test_unusual_but_valid_shapes_are_measured(shape, area):
    assert shapely.is_valid(shape)
    assert kernel_area(shape, box(-1, -1, 11, 11)) == pytest.approx(area, rel=1e-12)
    assert shapely.area(shape) == pytest.approx(area, rel=1e-12)
