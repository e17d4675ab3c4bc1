from pathlib import Path

import geopandas as gpd
import pytest
from pyproj import Geod

from gis.checks import indicative_footprints
from gis.regulations import zone_areas_csv, zone_register, zone_register_csv

ROOT = Path(__file__).resolve().parents[2]


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
