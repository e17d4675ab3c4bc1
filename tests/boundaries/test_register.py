from pathlib import Path

import geopandas as gpd
import pytest
from pyproj import Geod

from gis.checks import compare_with_register, indicative_footprints
from gis.issues import IssueLog
from gis.readers import read_table
from gis.regulations import find_zone, zone_areas_csv, zone_register, zone_register_csv

ROOT = Path(__file__).resolve().parents[2]
WAIGAOQIAO = ROOT.parent / "shared" / "data" / "shanghai_waigaoqiao_zone" / "subscopes.wgs84.json"


def test_the_committed_register_is_not_stale():
    assert (ROOT / "boundaries" / "zones.csv").read_text("utf-8") == zone_register_csv()
    assert (ROOT / "boundaries" / "zone_areas.csv").read_text("utf-8") == zone_areas_csv()


def test_footprints_have_the_published_area_and_say_what_they_are():
    made, left_out = indicative_footprints(zone_register())
    committed = gpd.read_file(ROOT / "boundaries" / "indicative_footprints.geojson")
    assert committed["zone_id"].tolist() == made["zone_id"].tolist()
    assert set(committed["boundary_quality"]) == {"indicative"}
    for shape, area in zip(committed.geometry, committed["approved_area_m2"], strict=True):
        assert abs(Geod(ellps="GRS80").geometry_area_perimeter(shape)[0]) == pytest.approx(area, rel=1e-5)
    assert "yangshan" in left_out and "pudong_airport" in left_out


@pytest.mark.shared_data
@pytest.mark.skipif(not WAIGAOQIAO.exists(), reason="the open layers beside the checkout are absent")
def test_waigaoqiao_is_compared_with_both_published_areas():
    issues = IssueLog()
    values = {"zone_id": "waigaoqiao", "boundary_quality": "indicative"}
    boundary = read_table(WAIGAOQIAO, "approved_boundaries", issues=issues, to_crs="EPSG:32651", values=values,
                          fields={"zone_name": "name"})  # fmt: skip
    table = compare_with_register(boundary, find_zone("waigaoqiao"), issues=issues)
    # The published 10.164 km² is planar in UTM zone 51; on the ellipsoid the same vector has 365 ppm more.
    planar = table[table["basis"] == "planar EPSG:32651"].set_index("published_km2")
    assert planar["measured_km2"].tolist() == pytest.approx([10.164, 10.164], abs=0.002)
    assert planar["difference_ratio"].to_dict() == pytest.approx({10.0: 0.0164, 10.34: -0.0171}, abs=3e-4)
    assert len([issue for issue in issues if issue.code == "register-area-differs"]) == 2
