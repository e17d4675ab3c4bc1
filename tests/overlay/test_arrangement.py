"""Ground by label sets: by hand, against unions built by GEOS, and in exact fractions where GEOS is wrong."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from flaws import touching_pair
from overlay_shapes import PLACES, array, coast, exact_convex_overlap, grid_cells, holed, stars
from pyproj import CRS
from shapely import MultiPolygon, box

from gis.crs import ellipsoidal_area_m2
from gis.errors import TopologyError
from gis.overlay import arrangement
from gis.overlay.arrangement import measure_label_sets


def labels(*bits):
    return np.array(bits, dtype=np.uint64)


def by_label(sets, label):
    return sum(area for key, area in sets.items() if key >> label & 1)


def by_unions(shapes, bits, count):
    """Every set of labels by unions, intersections and differences of shapely alone."""
    united = [shapely.union_all(shapes[bits == np.uint64(1 << label)]) for label in range(count)]
    found = {}
    for key in range(1, 1 << count):
        ground = shapely.intersection_all([united[label] for label in range(count) if key >> label & 1])
        others = shapely.union_all([united[label] for label in range(count) if not key >> label & 1])
        found[key] = shapely.difference(ground, others).area
    return found


def test_ground_that_three_claim_counts_once():
    shapes = array(box(0, 0, 10, 10), box(0, 0, 10, 10), box(5, 0, 15, 10))
    assert measure_label_sets([(shapes, labels(1, 1, 1))], (0, 0, 20, 20)) == {1: 150.0}


def test_labels_of_layers_meet_on_the_ground():
    parcels = array(box(0, 0, 60, 100), box(40, 0, 100, 100))
    green = array(box(40, 0, 55, 100))
    sets = measure_label_sets([(parcels, labels(1, 2)), (green, labels(4))], (0, 0, 100, 100))
    assert sets == {1: 4000.0, 2: 4000.0, 3: 500.0, 7: 1500.0}


def test_holes_multiparts_and_touching_corners():
    ring = box(0, 0, 10, 10).difference(box(2, 2, 8, 8))
    corners = MultiPolygon([box(10, 10, 12, 12), box(12, 12, 14, 14)])
    inner = box(2, 2, 8, 8)
    sets = measure_label_sets([(array(ring, corners, inner), labels(1, 2, 4))], (0, 0, 20, 20))
    assert sets == {1: 64.0, 2: 8.0, 4: 36.0}


def test_only_ground_inside_the_bounds_is_measured():
    assert measure_label_sets([(array(box(-5, -5, 5, 5)), labels(1))], (0, 0, 3, 100)) == {1: 15.0}
    assert measure_label_sets([(array(box(0, 0, 1, 1)), labels(1))], (5, 5, 9, 9)) == {}


def test_shapes_that_no_area_may_be_taken_of_are_refused():
    bowtie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    with pytest.raises(TopologyError):
        measure_label_sets([(array(bowtie), labels(1))], (0, 0, 2, 2))


def test_rectangles_that_geos_unites_wrongly():
    """libgeos/geos#1344: two rectangles that only touch; what they share is exact by cutting in fractions."""
    first, second = touching_pair()
    sets = measure_label_sets([(array(first, second), labels(1, 2))], shapely.total_bounds(touching_pair()))
    assert sets.get(3, 0.0) == pytest.approx(float(exact_convex_overlap(first, second)), abs=1e-9)
    assert sets[1] == pytest.approx(first.area, abs=1e-9)
    assert sets[2] == pytest.approx(second.area, abs=1e-9)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("seed", range(40))
def test_random_arrangements_equal_unions(seed, place):
    rng = np.random.default_rng(seed)
    shapes = stars(rng, int(rng.integers(2, 31)), centre=PLACES[place], corners=12)
    if seed % 2:
        shapes = array(*(holed(shape) for shape in shapes))
    if seed % 5 == 0:  # corners on whole metres: shared edges, corners on edges, several at one point
        rounded = [shapely.from_wkb(shapely.to_wkb(shapely.set_precision(shape, 1.0))) for shape in shapes]
        shapes = array(*(shape for shape in rounded if not shape.is_empty and shape.geom_type.endswith("Polygon")))
    bits = np.uint64(1) << rng.integers(0, 4, len(shapes)).astype(np.uint64)
    sets = measure_label_sets([(shapes, bits)], shapely.total_bounds(shapes))
    rounding = np.spacing(np.abs(shapely.total_bounds(shapes)).max()) * shapely.length(shapes).sum()
    for key, area in by_unions(shapes, bits, 4).items():
        assert sets.get(key, 0.0) == pytest.approx(area, rel=1e-9, abs=max(1e-8, rounding))


def test_neighbours_that_share_edges_leave_nothing_between_them():
    cells = grid_cells(np.random.default_rng(3), 30, corner=PLACES["zone"])
    whole = shapely.union_all(cells)
    sets = measure_label_sets([(cells, np.resize(labels(1, 2, 4, 8, 16), len(cells)))], shapely.total_bounds(cells))
    assert sum(sets.values()) == pytest.approx(whole.area, abs=1e-6)
    assert sum(area for key, area in sets.items() if key.bit_count() > 1) < 1e-6


def test_tiles_and_order_of_rows_change_nothing(monkeypatch):
    rng = np.random.default_rng(11)
    shapes = array(*stars(rng, 60, spread=400.0), coast(rng, 2000, reach=200.0))
    bits = np.uint64(1) << rng.integers(0, 6, len(shapes)).astype(np.uint64)
    found = []
    for edges, order in itertools.product((10.0, 200.0, 1e9), (np.arange(len(shapes)), rng.permutation(len(shapes)))):
        monkeypatch.setattr(arrangement, "EDGES_PER_TILE", edges)
        found.append(measure_label_sets([(shapes[order], bits[order])], shapely.total_bounds(shapes)))
    for other in found[1:]:
        for key in set(other) | set(found[0]):
            assert other.get(key, 0.0) == pytest.approx(found[0].get(key, 0.0), rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("easting", [400_000.0, 652_303.0])
def test_on_the_ellipsoid_it_is_what_geodesics_enclose(easting):
    shapes = stars(np.random.default_rng(7), 6, reach=2000.0, spread=20_000.0, centre=(easting, 3_467_559.0))
    bits = np.uint64(1) << np.arange(6).astype(np.uint64)
    sets = measure_label_sets([(shapes, bits)], shapely.total_bounds(shapes), on_ellipsoid_of=CRS(4549))
    for label, shape in enumerate(shapes):
        assert by_label(sets, label) == pytest.approx(ellipsoidal_area_m2(shape, CRS(4549)), rel=5e-9)
        assert by_label(sets, label) != pytest.approx(shape.area, rel=1e-6)


@pytest.mark.parametrize("scale", [1.0, 20.0])
@pytest.mark.parametrize("doubled", [False, True])
def test_many_crossings_between_two_ends_are_all_seen(scale, doubled):
    """Sixty strips from one side to the other cross each other some thousand times without an end between."""
    rng = np.random.default_rng(14)
    starts, ends = rng.uniform(0, 900, 60), rng.uniform(0, 900, 60)
    shapes = np.array([
        shapely.Polygon(np.array([(0, one), (1_000, other), (1_000, other + 40), (0, one + 40)]) * scale + (650_000, 3_460_000))
        for one, other in zip(starts, ends, strict=True)
    ])  # fmt: skip
    masks = np.where(np.arange(60) % 2, 1, 2).astype(np.uint64)
    # The same shapes again, with points between on their outlines: coincident edges that differ by rounding.
    layers = [(shapes, masks), *([(shapely.segmentize(shapes, 37.0 * scale), masks)] if doubled else [])]
    sets = measure_label_sets(layers, shapely.total_bounds(shapes))
    one, other = (shapely.union_all(shapes[masks == bit]) for bit in (1, 2))
    expected = {1: one.area - one.intersection(other).area, 2: other.area - one.intersection(other).area,
                3: one.intersection(other).area}  # fmt: skip
    for key, area in expected.items():
        assert sets[key] == pytest.approx(area, rel=1e-9), key
