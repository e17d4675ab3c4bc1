"""``zonegis boundaries check``: one zone of a file against the register; two are never added up."""

import json

import geopandas as gpd
import shapely


def two_zones(folder):
    side = 1_000.0
    x, y = 652_000.0, 3_467_000.0
    squares = [shapely.box(x, y, x + side, y + 1_030.0), shapely.box(x + 2 * side, y, x + 3 * side, y + side)]
    frame = gpd.GeoDataFrame({"zone_id": ["port", "other"]}, geometry=squares, crs="EPSG:4549")
    frame.to_file(folder / "two.gpkg")
    return folder / "two.gpkg"


def test_two_zones_are_not_one(tmp_path, zonegis):
    code, said = zonegis("boundaries", "check", two_zones(tmp_path), "--zone", "waigaoqiao_port", "--lang", "en")
    assert code == 3
    assert "other" in said
    assert "port" in said
    assert "--id" in said


def test_one_of_them_can_be_named(tmp_path, zonegis):
    words = ("boundaries", "check", two_zones(tmp_path), "--zone", "waigaoqiao_port", "--id", "port", "--json")
    _, said = zonegis(*words, "--lang", "en")
    approved = [row for row in json.loads(said)["areas"] if row["kind"] == "approved" and "planar" in row["basis"]]
    assert [row["measured_km2"] for row in approved] == [1.03]
    assert [row["difference_m2"] for row in approved] == [0.0]


def test_footprints_are_written_in_readable_chinese(tmp_path, zonegis):
    assert zonegis("boundaries", "footprints", tmp_path / "f.geojson")[0] == 0
    assert "综合保税区" in (tmp_path / "f.geojson").read_text("utf-8")
