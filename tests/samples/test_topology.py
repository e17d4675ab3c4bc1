"""The geometry of the sample, checked without the code that made it."""

import itertools
import math

import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer
from shapely.coordinates import get_coordinates

SIZES = [(40, 1), (400, 1), (83, 5), (1001, 9)]


def shapes(layer):
    return np.asarray(layer.geometry.array, dtype=object)


def shoelace(shape):
    """Area by the corner formula, in whole square millimetres: no library measures here."""
    total = 0
    for sign, ring in [(1, shape.exterior), *((-1, hole) for hole in shape.interiors)]:
        points = [(round(x * 1000), round(y * 1000)) for x, y in ring.coords]
        twice = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in itertools.pairwise(points))
        total += sign * abs(twice)
    return total


@pytest.mark.parametrize(("parcels", "seed"), SIZES)
def test_parcels_and_streets_are_the_zone_without_gap_or_overlap(layers_of, parcels, seed):
    layers = layers_of(parcels, seed)
    patches = layers["land_use"]
    streets = patches[patches["land_use_code"] == "1207"]
    zone = layers["approved_boundaries"].geometry.iloc[0]
    every = np.concatenate([shapes(layers["parcels"]), shapes(streets)])
    assert shapely.coverage_is_valid(every)
    # Edges coincide to the millimetre, so the identity holds exactly, not within a tolerance.
    assert sum(shoelace(shape) for shape in every) == shoelace(zone)
    assert math.fsum(shapely.area(every)) == pytest.approx(zone.area, rel=1e-9)


@pytest.mark.parametrize(("parcels", "seed"), SIZES)
def test_land_use_covers_the_zone_with_shared_edges(layers_of, parcels, seed):
    layers = layers_of(parcels, seed)
    patches = shapes(layers["land_use"])
    assert shapely.coverage_is_valid(patches)
    assert sum(map(shoelace, patches)) == shoelace(layers["approved_boundaries"].geometry.iloc[0])
    assert layers["land_use"]["patch_id"].is_unique


def test_coverage_check_sees_a_shift_of_a_millimetre(layers_of):
    every = shapes(layers_of(40)["parcels"]).copy()
    every[0] = shapely.transform(every[0], lambda points: points + np.array([0.001, 0.0]))
    assert not shapely.coverage_is_valid(every)


@pytest.mark.parametrize("table", ["parcels", "land_use", "green_spaces", "buildings", "plan_units"])
def test_every_shape_is_valid_simple_and_on_the_millimetre_grid(layers_of, table):
    for parcels, seed in SIZES:
        own = shapes(layers_of(parcels, seed)[table])
        assert shapely.is_valid(own).all()
        assert (shapely.get_type_id(own) == shapely.GeometryType.POLYGON).all()
        assert shapely.is_ccw(shapely.get_exterior_ring(own)).all()
        points = get_coordinates(own)
        assert np.abs(points * 1000 - np.rint(points * 1000)).max() < 1e-5


def test_parcels_have_a_survey_s_vertices_and_some_have_a_dog_leg(layers_of):
    own = shapes(layers_of(1001, 9)["parcels"])
    counts = shapely.get_num_coordinates(own) - 1
    assert counts.min() >= 8
    assert 8 <= counts.mean() <= 30
    hull_share = shapely.area(own) / shapely.area(shapely.convex_hull(own))
    assert 0.03 < (hull_share < 0.93).mean() < 0.5


def test_streets_are_not_along_the_axes(layers_of):
    ring = get_coordinates(layers_of(400)["approved_boundaries"].geometry.iloc[0])
    steps = np.diff(ring, axis=0)
    angles = np.degrees(np.arctan2(steps[:, 1], steps[:, 0])) % 90
    assert 5 < np.median(angles) < 16


@pytest.mark.parametrize(("parcels", "seed"), SIZES)
def test_green_spaces_do_not_overlap_and_lie_where_their_kind_says(layers_of, parcels, seed):
    layers = layers_of(parcels, seed)
    green, own = layers["green_spaces"], shapes(layers["green_spaces"])
    first, second = shapely.STRtree(own).query(own, predicate="intersects")
    assert (first == second).all()
    on_land = green["green_kind"].isin(["attached", "park", "protective", "roof"]).to_numpy()
    lots = shapes(layers["parcels"])
    inside, _ = shapely.STRtree(lots).query(own, predicate="covered_by")
    assert set(inside) == set(np.flatnonzero(on_land))
    houses = shapes(layers["buildings"])
    under_roof, _ = shapely.STRtree(houses).query(own, predicate="intersects")
    assert set(under_roof) == set(np.flatnonzero(green["green_kind"] == "roof"))


@pytest.mark.parametrize(("parcels", "seed"), SIZES)
def test_buildings_stand_on_their_parcel_and_apart(layers_of, parcels, seed):
    layers = layers_of(parcels, seed)
    houses, own = layers["buildings"], shapes(layers["buildings"])
    lots = layers["parcels"].set_index("parcel_id").geometry
    assert shapely.covers(np.asarray(lots.loc[houses["parcel_id"]].array, dtype=object), own).all()
    first, second = shapely.STRtree(own).query(own, predicate="intersects")
    assert (first == second).all()


def test_plan_units_are_the_blocks(layers_of):
    layers = layers_of(400)
    units, lots = shapes(layers["plan_units"]), shapes(layers["parcels"])
    assert sum(map(shoelace, units)) == sum(map(shoelace, lots))
    inside, _ = shapely.STRtree(units).query(lots, predicate="covered_by")
    assert sorted(inside) == list(range(400))


def test_recorded_areas_are_near_the_measured_ones(layers_of):
    fields = {
        "parcels": "legal_area_m2", "land_use": "recorded_area_m2", "green_spaces": "recorded_area_m2",
        "approved_boundaries": "approved_area_m2",
    }  # fmt: skip
    for table, field in fields.items():
        layer = layers_of(400)[table]
        assert (layer[field] / layer.geometry.area - 1).abs().max() < 0.0005


@pytest.mark.parametrize("parcels", [40, 200_000, 1_000_000])
def test_zone_lies_in_the_area_of_use_near_121_degrees_at_every_size(parcels):
    import datetime as dt

    from gis.samples import SampleZone
    from gis.samples.street_grid import CRS as SAMPLE_CRS

    _, (zone,) = SampleZone(parcels=parcels, seed=1, as_of=dt.date(2026, 3, 31)).boundary()
    to_degrees = Transformer.from_crs(SAMPLE_CRS, "EPSG:4490", always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(*zone.bounds)
    use = CRS(SAMPLE_CRS).area_of_use
    assert use.west < west
    assert east < use.east
    assert 30 < south < north < 32
    if parcels == 40:
        assert abs(west - 121.2) < 0.02
    assert zone.is_valid
