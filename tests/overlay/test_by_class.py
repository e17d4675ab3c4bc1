"""Area by class, ground counted once: against shapely's dissolve and overlay as the second way."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

import gis
from gis.errors import TopologyError
from gis.overlay import by_class, cover
from gis.overlay.by_class import united


def grid(rng, count, reach, at):
    west, south = rng.uniform(0, reach, (2, count))
    size = rng.uniform(3, 25, (2, count))
    return shapely.box(west + at[0], south + at[1], west + size[0] + at[0], south + size[1] + at[1])


def layers(seed, at=(652_000.0, 3_467_000.0)):
    rng = np.random.default_rng(seed)
    cells = shapely.box(*np.array([(x, y, x + 20, y + 20) for x in range(0, 60, 20) for y in range(0, 60, 20)]).T)
    cells = shapely.transform(cells, lambda xy: xy + at)
    parcels = gpd.GeoDataFrame({"parcel_id": [f"{i:02d}" for i in range(len(cells))]}, geometry=cells, crs=4549)
    use = gpd.GeoDataFrame(
        {"patch_id": [str(i) for i in range(14)], "group": rng.choice(["green", "industrial", "logistics", None], 14)},
        geometry=grid(rng, 14, 55, at), crs=4549,
    )  # fmt: skip
    return parcels, use


def dissolved(parcels, use):
    """The second way: geopandas dissolves each class, then overlays it; GEOS builds every shape."""
    classes = use.assign(group=use["group"].fillna("")).dissolve("group", dropna=False).reset_index()
    pieces = gpd.overlay(parcels, classes[["group", "geometry"]], how="intersection", make_valid=False)
    table = pieces.assign(area_m2=pieces.area)[["parcel_id", "group", "area_m2"]]
    return table[table["area_m2"] > 1e-6].sort_values(["parcel_id", "group"], ignore_index=True)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_two_ways_agree_and_the_figures_add_up(seed):
    parcels, use = layers(seed)
    found = gis.measure_by_class(parcels, use, by="group")
    expected = dissolved(parcels, use)
    assert found.by_class[["source_id", "group"]].to_numpy().tolist() == expected[["parcel_id", "group"]].to_numpy().tolist()
    assert found.by_class["area_m2"].to_numpy() == pytest.approx(expected["area_m2"].to_numpy(), abs=2e-6)
    by_source = found.by_source.set_index("source_id")
    whole = shapely.union_all(use.geometry.array)
    covered = shapely.area(shapely.intersection(parcels.geometry.array, whole))
    assert by_source["covered_m2"].to_numpy() == pytest.approx(covered, abs=2e-6)
    assert by_source["remainder_m2"].to_numpy() == pytest.approx(400 - covered, abs=2e-6)
    sums = found.by_class.groupby("source_id")["area_m2"].sum().reindex(by_source.index, fill_value=0.0)
    assert (sums - by_source["between_classes_m2"]).to_numpy() == pytest.approx(covered, abs=1e-5)
    plain = gis.intersect_pairs(parcels, use)["area_m2"].sum()
    assert plain == pytest.approx(sums.sum() + by_source["overlap_m2"].sum(), abs=1e-4)


def test_no_class_is_a_class_and_order_changes_nothing():
    parcels, use = layers(3)
    first = gis.measure_by_class(parcels, use, by="group")
    shuffled = gis.measure_by_class(parcels.sample(frac=1, random_state=1), use.sample(frac=1, random_state=2), by="group")
    pd.testing.assert_frame_equal(first.by_class, shuffled.by_class, check_exact=False, rtol=0, atol=2e-6)
    assert "" in set(first.by_class["group"])


def test_doubled_ids_are_refused():
    parcels, use = layers(1)
    with pytest.raises(TopologyError, match="00"):
        gis.measure_by_class(pd.concat([parcels, parcels.head(1)]), use, by="group")


def test_a_union_of_the_wrong_area_is_tried_on_a_grid_and_then_refused(monkeypatch):
    real = shapely.union_all
    pair = np.array([box(0, 0, 10, 10), box(5, 0, 15, 10)], dtype=object)
    grids = []

    def loses_half(shapes, grid_size=None):
        grids.append(grid_size)
        return shapely.box(0, 0, 5, 10) if grid_size is None else real(shapes, grid_size=grid_size)

    monkeypatch.setattr(by_class.shapely, "union_all", loses_half)
    assert shapely.area(united(pair)) == 150
    assert grids == [None, by_class.GRID_M]
    monkeypatch.setattr(by_class.shapely, "union_all", lambda shapes, grid_size=None: shapely.box(0, 0, 5, 10))
    with pytest.raises(TopologyError, match=r"50\.0.*150\.0"):
        united(pair)


def test_a_difference_of_the_wrong_area_is_refused(monkeypatch):
    layer = gpd.GeoDataFrame({"green_id": ["a", "b"]}, geometry=[box(0, 0, 10, 10), box(5, 0, 15, 10)], crs=4549)
    assert gis.without_double_cover(layer).area.tolist() == [100.0, 50.0]
    monkeypatch.setattr(cover.shapely, "difference", lambda shape, other: shape)
    with pytest.raises(TopologyError, match="b"):
        gis.without_double_cover(layer)
