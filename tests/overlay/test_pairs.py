import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

import gis
from gis.errors import CrsError, TopologyError


def layer(shapes, name="parcel_id", crs=4549):
    return gpd.GeoDataFrame({name: [str(i) for i in range(len(shapes))]}, geometry=list(shapes), crs=crs)


def star(rng, reach):
    angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(5, 40)))
    radii = reach * rng.uniform(0.3, 1, len(angles))
    centre = rng.uniform(0, 60, 2) + (652_000, 3_467_000)  # noqa: RUF005
    shape = shapely.Polygon(np.column_stack([np.cos(angles), np.sin(angles)]) * radii[:, None] + centre)
    return shape if shape.is_valid else shape.convex_hull


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_two_methods_agree_and_the_order_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    first, second = star(rng, 50), star(rng, 50)
    hole = second.buffer(-5)
    if hole.geom_type == "Polygon" and not hole.is_empty:
        second = shapely.Polygon(second.exterior, [hole.exterior])
    pairs = gis.intersect_pairs(layer([first]), layer([second], "green_id"))
    found = float(pairs["area_m2"].sum())
    assert found == pytest.approx(shapely.area(shapely.intersection(first, second)), abs=1e-5)
    turned = gis.intersect_pairs(layer([second]), layer([first], "green_id"))
    assert found == pytest.approx(float(turned["area_m2"].sum()), abs=2e-6)


def test_shapes_that_only_touch_have_no_pair():
    assert not len(gis.intersect_pairs(layer([box(0, 0, 1, 1)]), layer([box(1, 0, 2, 1), box(1, 1, 2, 2)])))


def test_identical_shapes_overlap_wholly():
    shape = box(0, 0, 10, 10).difference(box(2, 2, 4, 4))
    assert gis.intersect_pairs(layer([shape]), layer([shape]))["area_m2"].tolist() == [96.0]


def test_invalid_shapes_never_reach_the_kernel():
    bowtie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    with pytest.raises(TopologyError, match="repair"):
        gis.intersect_pairs(layer([bowtie]), layer([box(0, 0, 1, 1)]))


@pytest.mark.parametrize("crs", [4326, 3857, 2232])
def test_no_area_in_degrees_mercator_or_feet(crs):
    shapes = layer([box(0, 0, 1, 1)], crs=crs)
    with pytest.raises(CrsError, match="crs"):
        gis.intersect_pairs(shapes, shapes)


def test_a_wrong_pair_is_named():
    parcels, green = layer([box(0, 0, 10, 10)]), layer([box(0, 0, 5, 10)], "green_id")
    pairs = gis.intersect_pairs(parcels, green)
    with pytest.raises(TopologyError, match=r"0 with 0"):
        gis.verify_pairs(pairs.assign(area_m2=pairs["area_m2"] + 0.01), parcels, target=green)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_ground_is_counted_once(seed):
    rng = np.random.default_rng(seed)
    shapes = layer([star(rng, 30) for _ in range(4)], "green_id")
    single = gis.without_double_cover(shapes)
    assert float(single.area.sum()) == pytest.approx(shapely.area(shapely.union_all(shapes.geometry.array)), abs=1e-4)
