"""The files under boundaries/: not stale, of the stated quality, with the stated area."""

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from pyproj import CRS, Geod

from gis.checks import indicative_footprints
from gis.regulations import find_zone, zone_areas_csv, zone_register, zone_register_csv
from gis.samples import sample_boundary_geojson, write_sample
from gis.schema import text

BOUNDARIES = Path(__file__).parents[2] / "boundaries"
FOOTPRINTS = BOUNDARIES / "indicative_footprints.geojson"
SAMPLE = BOUNDARIES / "sample" / "approved_boundary.geojson"


def test_the_csv_files_are_the_packaged_register_byte_for_byte():
    assert (BOUNDARIES / "zones.csv").read_bytes() == zone_register_csv().encode("utf-8"), (
        "stale: zonegis boundaries list --csv > boundaries/zones.csv"
    )
    assert (BOUNDARIES / "zone_areas.csv").read_bytes() == zone_areas_csv().encode("utf-8"), (
        "stale: zonegis boundaries list --csv --areas > boundaries/zone_areas.csv"
    )


def test_footprints_are_not_stale():
    made, _ = indicative_footprints(zone_register())
    assert json.loads(FOOTPRINTS.read_text("utf-8")) == json.loads(made.to_json(to_wgs84=False, drop_id=True)), (
        "stale: zonegis boundaries footprints boundaries/indicative_footprints.geojson"
    )


def test_footprints_have_the_published_area_on_an_equal_area_projection():
    footprints = gpd.read_file(FOOTPRINTS)
    assert footprints["zone_id"].tolist() == ["waigaoqiao_port", "jinqiao"]
    for row in footprints.itertuples():
        zone = find_zone(row.zone_id)
        published_m2 = float(zone.approved_area_km2) * 1e6
        middle = f"+proj=laea +lon_0={zone.point_lon} +lat_0={zone.point_lat} +ellps=GRS80 +units=m"
        plane = gpd.GeoSeries([row.geometry], crs=footprints.crs).to_crs(CRS(middle)).iloc[0]
        assert plane.area == pytest.approx(published_m2, rel=1e-4)
        on_ellipsoid, _ = Geod(ellps="GRS80").geometry_area_perimeter(row.geometry)
        assert on_ellipsoid == pytest.approx(published_m2, rel=1e-7)
        # A disc about the published point: every corner as far from it as any other.
        centre = shapely.Point(zone.point_lon, zone.point_lat)
        distances = [Geod(ellps="GRS80").line_length(*zip(centre.coords[0], corner, strict=True))
                     for corner in row.geometry.exterior.coords]  # fmt: skip
        assert max(distances) - min(distances) < 0.01


def test_footprints_say_that_they_are_no_boundary():
    footprints = gpd.read_file(FOOTPRINTS)
    assert footprints["boundary_quality"].eq("indicative").all()
    assert footprints["method"].str.contains("not a boundary").all()
    assert footprints["method_zh"].str.contains("不是界线").all()
    assert footprints["source"].str.len().gt(0).all()


def test_zones_left_out_have_a_reason_and_the_readme_lists_them():
    made, left_out = indicative_footprints(zone_register())
    assert set(made["zone_id"]) | set(left_out) == {zone.zone_id for zone in zone_register()}
    readme = (BOUNDARIES / "README.md").read_text("utf-8")
    for zone_id, reason in left_out.items():
        assert text(reason, "zh")
        assert text(reason, "en") != text(reason, "zh")
        assert find_zone(zone_id).zone_name_zh.removesuffix("综合保税区") in readme
    reasons = {zone_id: reason.rpartition("_")[2] for zone_id, reason in left_out.items()}
    assert reasons == {
        "yangshan": "parts", "waigaoqiao": "parts", "pudong_airport": "derived", "songjiang": "area",
        "caohejing": "area", "fengxian": "area", "qingpu": "area", "jiading": "area",
    }  # fmt: skip


def test_sample_boundary_is_not_stale():
    assert SAMPLE.read_text("utf-8") == sample_boundary_geojson(parcels=40, seed=1)


def test_sample_boundary_is_that_of_the_sample(tmp_path):
    written = gpd.read_file(write_sample(tmp_path, parcels=40, seed=1)["approved_boundaries"])
    stored = gpd.read_file(SAMPLE).to_crs("EPSG:4549")
    assert stored["boundary_quality"].tolist() == ["synthetic"]
    assert "虚构" in stored["zone_name"].iloc[0]
    assert shapely.hausdorff_distance(stored.geometry.iloc[0], written.geometry.iloc[0]) < 0.001
    assert stored.area.iloc[0] == pytest.approx(written.area.iloc[0], rel=1e-6)
    assert stored["approved_area_m2"].iloc[0] == pytest.approx(stored.area.iloc[0], rel=1e-5)


@pytest.mark.parametrize(
    "name", ["zones.csv", "zone_areas.csv", "indicative_footprints.geojson", "sample/approved_boundary.geojson"]
)
def test_readme_states_each_file(name):
    lines = (BOUNDARIES / "README.md").read_text("utf-8").splitlines()
    row = next(line for line in lines if line.startswith(f"| `{name}`"))
    assert row.count("|") == 7
    assert all(cell.strip() for cell in row.strip("|").split("|"))
