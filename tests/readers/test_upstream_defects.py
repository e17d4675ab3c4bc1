"""Defects of the libraries that the readers guard against (known defects R15, R16, R17, R24).

Each test states what the library does today. When one fails, the library was repaired: the guard
that it names may then be looked at again.
"""

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

pytestmark = pytest.mark.filterwarnings("ignore")

SQUARE = shapely.box(652300, 3467500, 652400, 3467600)


@pytest.mark.parametrize("engine", ["pyogrio", "fiona"])
def test_r15_gbk_without_cpg_is_read_as_mojibake_without_an_error(shapefile, engine):
    path = shapefile(["用途".encode("gbk")], [["工业用地".encode("gbk")]])
    frame = gpd.read_file(path, engine=engine)
    assert frame.columns[0] == "ÓÃÍ¾"  # guard: gis.readers.encodings
    assert frame.iloc[0, 0] == "¹¤ÒµÓÃµØ"


def test_r15_gbk_loses_characters_of_four_bytes_in_silence(shapefile):
    path = shapefile([b"name"], [["䶮路㐀".encode("gb18030")]])
    assert pyogrio.read_dataframe(path, encoding="GB18030")["name"].item() == "䶮路㐀"
    assert pyogrio.read_dataframe(path, encoding="GBK")["name"].item() != "䶮路㐀"  # guard: GBK is read as GB18030


def test_r16_a_chinese_name_of_four_characters_makes_an_unreadable_shapefile(tmp_path):
    frame = gpd.GeoDataFrame({"地块编号": ["001"]}, geometry=[SQUARE], crs="EPSG:4549")
    frame.to_file(tmp_path / "p.shp")
    with pytest.raises(UnicodeDecodeError):  # guard: write_shapefile refuses, prove_dbf explains
        gpd.read_file(tmp_path / "p.shp")


def test_r17_mixed_zones_move_the_day(tmp_path):
    frame = gpd.GeoDataFrame(
        {"d": ["2021-01-15T00:00:00+08:00", "2021-01-15T00:00:00Z"]}, geometry=[SQUARE] * 2, crs=4326
    )
    frame.to_file(tmp_path / "p.geojson")
    column = pyogrio.read_dataframe(tmp_path / "p.geojson")["d"]
    assert column.iloc[0] == pd.Timestamp("2021-01-14 16:00Z")  # guard: dates are read as text


def test_r17_arrow_moves_a_day_that_does_not_exist(tmp_path):
    frame = gpd.GeoDataFrame({"d": ["2021-02-30"]}, geometry=[SQUARE], crs=4326)
    frame.to_file(tmp_path / "p.geojson")
    column = pyogrio.read_dataframe(tmp_path / "p.geojson", use_arrow=True)["d"]
    assert str(column.item()) == "2021-03-02"  # guard: dates are read as text
    with pytest.raises(ValueError, match="day is out of range"):  # and no row is named
        pyogrio.read_dataframe(tmp_path / "p.geojson", use_arrow=False)


def test_r24_ids_become_numbers_and_na_goes_missing(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("id,code\n0010010001,NA\n")
    frame = pd.read_csv(path)
    assert frame["id"].item() == 10_010_001  # guard: gis.readers.attributes
    assert frame["code"].isna().item()


def test_r24_text_that_looks_like_json_becomes_numbers(tmp_path):
    path = tmp_path / "p.geojson"
    feature = '{{"type": "Feature", "properties": {{"id": {0}}}, "geometry": null}}'
    rows = ", ".join(feature.format(value) for value in ("1", '"1.0"'))
    path.write_text(f'{{"type": "FeatureCollection", "features": [{rows}]}}')
    frame = pyogrio.read_dataframe(path)
    assert frame["id"].tolist() == [1, 1.0]  # two ids that are different texts; guard: features come as Arrow


def test_whole_numbers_beside_a_gap_lose_their_digits(tmp_path):
    number = 2**53 + 1
    frame = gpd.GeoDataFrame({"n": pd.array([number, None], dtype="Int64")}, geometry=[SQUARE] * 2, crs=4549)
    frame.to_file(tmp_path / "p.gpkg")
    assert pyogrio.read_dataframe(tmp_path / "p.gpkg")["n"].iloc[0] == number - 1  # guard: whole numbers as Int64
