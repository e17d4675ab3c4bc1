"""Areas on the ellipsoid against `pyproj.Geod`, against a second projection, and as a partition."""

import itertools
import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from shapely import box

import gis
from gis.crs import GEOD_GRS80, ellipsoidal_area_m2, equal_area_crs
from gis.errors import CrsError, SchemaError, TopologyError
from gis.overlay import compare_areas, measure_areas, measure_overlap
from gis.overlay.areal_scale import areal_scale
from gis.overlay.ellipsoid import on_ellipsoid

PLACES = {"waigaoqiao": (121.60, 31.32), "yangshan": (121.93, 30.88), "jiading": (121.25, 31.38)}
SYSTEMS = (4528, 4529, 32651)
#: Plane / ellipsoid − 1 in ppm, of a cell of 1 km² north-east of the place.
KNOWN_PPM = {
    "waigaoqiao": (576, 435, -365),
    "yangshan": (845, 256, -544),
    "jiading": (351, 680, -121),
}
#: What `pyproj.Geod` itself loses in many short edges, in m²: 1 ppm of a shape of 10 m.
GEOD_NOISE_M2 = 2e-4


def layer(shapes, crs=4549, name="parcel_id"):
    return gpd.GeoDataFrame({name: [f"{i:04d}" for i in range(len(shapes))]}, geometry=list(shapes), crs=crs)


def corner(place, epsg):
    return Transformer.from_crs(4490, epsg, always_xy=True).transform(*PLACES[place])


def star(x, y, reach, seed):
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 15))
    radii = reach * rng.uniform(0.3, 1, 15)
    return shapely.Polygon(np.column_stack([x + radii * np.cos(angles), y + radii * np.sin(angles)]))


def along_geodesics(shape, epsg, size):
    """The area by geodesics, written out here so that nothing of the package is in it but the ellipsoid."""
    to_degrees = Transformer.from_crs(epsg, 4490, always_xy=True)
    dense = shapely.segmentize(shape, max(size / 64, 50))
    degrees = shapely.transform(dense, lambda xy: np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1])))
    return abs(GEOD_GRS80.geometry_area_perimeter(shapely.orient_polygons(degrees))[0])


@pytest.mark.parametrize("epsg", SYSTEMS)
@pytest.mark.parametrize("place", PLACES)
def test_plane_against_ellipsoid_is_the_known_ppm(place, epsg):
    x, y = corner(place, epsg)
    cell = layer([box(x, y, x + 1000, y + 1000)], epsg)
    ppm = (1e6 / measure_areas(cell, basis="ellipsoidal").iloc[0] - 1) * 1e6
    assert ppm == pytest.approx(KNOWN_PPM[place][SYSTEMS.index(epsg)], abs=1)


@pytest.mark.parametrize("epsg", SYSTEMS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("size", [10, 100, 1000, 10_000, 30_000])
def test_areas_agree_with_geodesics_and_with_a_projection(place, epsg, size):
    x, y = corner(place, epsg)
    shapes = [
        box(x, y, x + size, y + size),
        shapely.Polygon([(x, y), (x, y + size), (x + 0.3 * size, y + size)]),
        star(x, y, size, seed=size),
        box(x, y, x + size, y + size).difference(box(x + size / 4, y + size / 4, x + size / 2, y + size / 2)),
    ]
    table = layer(shapes, epsg)
    found = measure_areas(table, basis="ellipsoidal").to_numpy()
    geodesic = np.array([along_geodesics(shape, epsg, size) for shape in shapes])
    assert (np.abs(found - geodesic) <= 5e-9 * geodesic + GEOD_NOISE_M2).all(), "0.005 ppm; 1 ppm is asked"
    projected = on_ellipsoid(table).area.to_numpy()
    assert (np.abs(found - projected) <= 5e-9 * projected + 2e-6).all()
    itself = gis.intersect_pairs(table.iloc[[2]], table.iloc[[2]], basis="ellipsoidal")["area_m2"].iloc[0]
    assert itself == pytest.approx(found[2], rel=2e-12, abs=2e-6)


def test_large_polygons_are_measured_as_small_ones():
    """Polygons above 64 edges take the way with blocks; their pieces add up to the same figure."""
    x, y = corner("waigaoqiao", 4549)
    angles = np.linspace(0, 2 * np.pi, 5000, endpoint=False)
    round_lake = shapely.Polygon(np.column_stack([x + 900 * np.cos(angles), y + 700 * np.sin(angles)]))
    ring = round_lake.difference(shapely.affinity.scale(round_lake, 0.5, 0.5))
    cells = [box(x + 100 * i, y + 100 * j, x + 100 * i + 100, y + 100 * j + 100)
             for i in range(-10, 10) for j in range(-10, 10)]  # fmt: skip
    whole = measure_areas(layer([ring]), basis="ellipsoidal").iloc[0]
    for pairs in (
        gis.intersect_pairs(layer(cells), layer([ring]), basis="ellipsoidal"),
        gis.intersect_pairs(layer([ring]), layer(cells), basis="ellipsoidal"),
        gis.intersect_pairs(layer([ring]), layer([round_lake]), basis="ellipsoidal"),
    ):
        assert math.fsum(pairs["area_m2"]) == pytest.approx(whole, abs=1e-6 * len(pairs) + 1e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_a_layer_split_anyhow_adds_up(seed):
    """Corners above a slanting line lie on the long edge of the parcel below it: no gap and no overlap."""
    rng = np.random.default_rng(seed)
    x, y = corner("yangshan", 4549)
    left, right = rng.uniform(100, 900, 2)

    def on_line(w):
        return x + w, y + left + (right - left) * w / 3000

    zone = box(x, y, x + 3000, y + 1000)
    stations = [0, *np.sort(rng.uniform(10, 2990, 5)), 3000]
    upper = [
        shapely.Polygon([on_line(a), on_line(b), (x + b, y + 1000), (x + a, y + 1000)])
        for a, b in itertools.pairwise(stations)
    ]
    lower = shapely.Polygon([(x, y), (x + 3000, y), on_line(3000), on_line(0)])
    pieces, whole = layer([lower, *upper]), measure_areas(layer([zone]), basis="ellipsoidal").iloc[0]
    # Corners are rounded to the last bit of the coordinates: 5e-10 m along 3 km is 1.4e-6 m².
    assert math.fsum(measure_areas(pieces, basis="ellipsoidal")) == pytest.approx(whole, abs=1e-5)
    parts = gis.intersect_pairs(pieces, layer([zone], name="zone_id"), basis="ellipsoidal")
    assert math.fsum(parts["area_m2"]) == pytest.approx(whole, abs=1e-5)
    assert not len(gis.intersect_pairs(layer([lower]), layer(upper), basis="ellipsoidal"))


@pytest.fixture
def cut_land(make_table):
    """Two zones side by side; parcels inside, over the line between them, over the outer line, and in no zone."""
    x, y = 652_000, 3_467_000
    zones = make_table(
        "approved_boundaries",
        [{"zone_id": "Z1", "boundary_quality": "approved"}, {"zone_id": "Z2", "boundary_quality": "approved"}],
        [box(x, y, x + 500, y + 400), box(x + 500, y, x + 900, y + 400)],
    )
    shapes = [
        box(x, y, x + 200, y + 400), box(x + 200, y, x + 600, y + 200), box(x + 600, y + 100, x + 1000, y + 400),
        box(x + 2000, y, x + 2100, y + 100),
    ]  # fmt: skip
    records = [{"parcel_id": f"P{i}", "legal_area_m2": [80_000.0, 80_010.0, None, None][i]} for i in range(4)]
    return zones, make_table("parcels", records, shapes)


@pytest.mark.parametrize("basis", ["planar", "ellipsoidal"])
def test_parcels_are_measured_on_the_basis_of_their_zones(cut_land, basis):
    boundary, parcels = cut_land
    zones = gis.measure_zones(boundary, basis=basis)
    land = gis.measure_parcels(parcels, zones)
    name = {"planar": "planar EPSG:4549", "ellipsoidal": "ellipsoidal GRS80"}[basis]
    assert set(land["area_basis"]) == set(zones["area_basis"]) == {name}
    assert land["zone_id"].fillna("").tolist() == ["Z1", "Z1", "Z2", ""]
    assert land["measured_area_m2"].tolist() == [80_000.0, 80_000.0, 120_000.0, 10_000.0]
    whole = land["measured_area_m2"] if basis == "planar" else land["ellipsoidal_area_m2"]
    assert (land["area_m2"] + land["outside_m2"] - whole).abs().max() < 2e-6
    cut = [
        ellipsoidal_area_m2(shape, boundary.crs) if basis == "ellipsoidal" else shape.area for shape in land.geometry
    ]
    assert land["area_m2"].tolist() == pytest.approx([*cut[:3], 0.0], abs=GEOD_NOISE_M2)
    assert measure_overlap(zones, land)["overlap_m2"].tolist() == [0.0, 0.0]
    two = gpd.GeoDataFrame(land.iloc[[0, 0]].assign(parcel_id=["a", "b"]), crs=land.crs)
    assert measure_overlap(zones, two)["overlap_m2"].tolist() == pytest.approx([cut[0], 0.0], abs=GEOD_NOISE_M2)


def test_deed_planar_and_ellipsoidal_area_stand_side_by_side(cut_land):
    boundary, parcels = cut_land
    table = compare_areas(gis.measure_parcels(parcels[::-1], gis.measure_zones(boundary))).set_index("parcel_id")
    assert table.index.tolist() == ["P0", "P1", "P2", "P3"]
    assert table["measured_less_legal_m2"].tolist()[:2] == [0.0, -10.0]
    assert table["measured_less_legal_m2"].isna().tolist() == [False, False, True, True], "no deed area is not 0"
    assert (table["ellipsoidal_less_measured_m2"] < 0).all()
    p0 = table.loc["P0"]
    assert p0["ellipsoidal_less_legal_m2"] == pytest.approx(p0["ellipsoidal_area_m2"] - 80_000, abs=1e-6)


def test_bases_are_never_added_up(cut_land):
    boundary, parcels = cut_land
    zones = gis.measure_zones(boundary, basis="ellipsoidal")
    land = gis.measure_parcels(parcels, zones)
    rules = gis.load_rules(as_of="2026-03-31", place="310115")
    with pytest.raises(SchemaError, match="ellipsoidal GRS80, planar EPSG:4549"):
        gis.evaluate_idle_land(land, rules, zones=gis.measure_zones(boundary))
    assert gis.evaluate_idle_land(land, rules, zones=zones).area_basis == "ellipsoidal GRS80"


def test_the_second_method_checks_ellipsoidal_pairs():
    parcels, green = layer([star(652_000, 3_467_000, 60, 1)]), layer([star(652_020, 3_467_010, 60, 2)])
    pairs = gis.intersect_pairs(parcels, green, basis="ellipsoidal")
    assert pairs.attrs["area_basis"] == "ellipsoidal GRS80"
    said = gis.verify_pairs(pairs, parcels, target=green, basis="ellipsoidal")
    assert said["largest_difference_m2"] < 1e-5
    with pytest.raises(TopologyError, match="0000 with 0000"):
        gis.verify_pairs(gis.intersect_pairs(parcels, green), parcels, target=green, basis="ellipsoidal")


@pytest.mark.parametrize("crs", [4326, 3857, 3395])
def test_no_ellipsoidal_area_from_degrees_or_mercator(crs):
    shapes = layer([box(0, 0, 1, 1)], crs)
    refused = "degrees" if crs == 4326 else "Mercator"
    with pytest.raises(CrsError, match=refused):
        measure_areas(shapes, basis="ellipsoidal")
    with pytest.raises(CrsError, match=refused):
        on_ellipsoid(shapes)
    with pytest.raises(CrsError, match=refused):
        gis.intersect_pairs(shapes, shapes, basis="ellipsoidal")


def test_layers_of_one_zone_share_projection_and_scale():
    crs = CRS(4549)
    near = [(652_000, 3_467_000, 653_000, 3_468_000), (652_300, 3_467_400, 652_310, 3_467_410)]
    assert equal_area_crs(near[0], crs) == equal_area_crs(near[1], crs)
    assert areal_scale(near[0], crs) is areal_scale(near[1], crs)


@pytest.mark.parametrize("half", [15_000, 60_000, 200_000])
def test_the_scale_is_the_same_however_far_the_data_reach(half):
    crs = CRS(4549)
    x, y = corner("waigaoqiao", 4549)
    wide = areal_scale((x - half, y - half, x + half, y + half), crs)
    narrow = areal_scale((x, y, x + 10, y + 10), crs)
    assert wide.at(x, y) == pytest.approx(narrow.at(x, y), rel=1e-9)


def test_a_scale_that_is_not_known_is_refused():
    x, y = corner("waigaoqiao", 4549)
    with pytest.raises(CrsError, match=r"0\.01 ppm or not at all"):
        areal_scale((x - 900_000, y - 900_000, x + 900_000, y + 900_000), CRS(4549))


def test_coordinates_that_no_projection_takes_are_an_error():
    """A flipped bit made coordinates of 1e172: the projection around the data had an infinite centre."""
    with pytest.raises(CrsError, match="far from where"):
        equal_area_crs((-1.4e157, -4e172, 8e172, 4e172), CRS(4549))


def test_a_sound_part_beside_a_sliver_keeps_its_area_on_the_ellipsoid():
    """GEOS repairs a polygon when it adds points, and then lost 0.35 m² beside a sliver of a kilometre."""
    sliver = shapely.Polygon([(681141.9145942221, 3418551.277623944), (680996.8472140962, 3418694.2127568084),
                              (681682.275575637, 3418018.859042963)])  # fmt: skip
    sound = shapely.Polygon([(680996.8674001892, 3418693.022969701), (680996.2676349455, 3418693.6152875773),
                             (680996.2676349453, 3418693.6152875773), (680996.8472140962, 3418694.2127568084)])  # fmt: skip
    both = shapely.MultiPolygon([sliver, sound])
    assert both.is_valid
    hole = shapely.box(680000, 3418000, 681000, 3419000).difference(shapely.box(680100, 3418100, 680900, 3418900))
    touching = shapely.GeometryCollection([hole, shapely.LineString([(681000, 3418000), (681100, 3418000)])])
    frame = gpd.GeoDataFrame(geometry=[both, touching, hole, shapely.Polygon()], crs=4549)
    moved = on_ellipsoid(frame)
    assert moved.area.tolist() == pytest.approx(frame.area.tolist(), rel=2e-3)
    assert ellipsoidal_area_m2(both, frame.crs) == pytest.approx(both.area, rel=2e-3)
