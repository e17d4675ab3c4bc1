"""What `zonegis inspect` shows."""

import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gis.errors import InputError
from gis.readers import inspect_file, likely_table, render_inspection


def test_layers_schema_system_and_mapping(make_layer, geopackage):
    frame = make_layer(DKBH=["001", "NA"], MJ=[1.5, 2.0], 土地用途=["工业用地", None], other=[1, 2])
    inspection = inspect_file(geopackage(frame, name="宗地"))
    (layer,) = inspection.layers
    assert (layer.name, layer.driver, layer.count, layer.geometry) == ("宗地", "GPKG", 2, "Polygon")
    assert layer.kinds == {"Polygon": 2}
    assert layer.crs.startswith("EPSG:4549")
    assert (layer.crs_unit, layer.axes, layer.areas_allowed) == ("metre", "X north, Y east", "yes")
    assert layer.bounds == pytest.approx(list(frame.total_bounds))
    assert layer.table == "parcels"
    assert layer.missing_required == []
    fields = {field.name: field for field in layer.fields}
    assert (fields["DKBH"].field, fields["DKBH"].samples) == ("parcel_id", ["001", "NA"])
    assert (fields["MJ"].field, fields["MJ"].choices) == ("legal_area_m2", ["m2", "ha", "mu", "km2"])
    assert fields["土地用途"].field == "land_use_name"
    assert fields["other"].field == ""


def test_both_languages_and_json(make_layer, geopackage):
    inspection = inspect_file(geopackage(make_layer(DKBH=["001"], MJ=[1.5], 名称2=["x" * 50])))
    english, chinese = render_inspection(inspection, "en"), render_inspection(inspection, "zh")
    assert "MJ (float) → legal_area_m2 (Legal area) unit to be declared under units: m2, ha, mu, km2" in english
    assert "MJ (float) → legal_area_m2 (证载面积) 单位须用 units: 声明：m2, ha, mu, km2" in chinese
    assert "areas may be computed in it" in english
    assert "可直接计算面积" in chinese
    assert "x" * 23 + "…" in english
    assert len(english.split("\n")) == len(chinese.split("\n"))
    plain = json.loads(json.dumps(inspection.to_dict(), ensure_ascii=False))
    assert plain["layers"][0]["fields"][0]["field"] == "parcel_id"


def test_several_columns_for_one_field_are_named(make_layer, geopackage):
    inspection = inspect_file(geopackage(make_layer(DKBH=["001"], 地块编号=["1"])))
    fields = {field.name: field for field in inspection.layers[0].fields}
    assert fields["DKBH"].rivals == ["地块编号"]
    assert "or 地块编号: name one under fields:" in render_inspection(inspection, "en")
    assert "须用 fields: 指定" in render_inspection(inspection, "zh")


def test_every_layer_is_shown_and_one_can_be_chosen(make_layer, geopackage):
    path = geopackage(make_layer(DKBH=["001"]), name="parcels")
    geopackage(make_layer(LDBH=["G1"], LDLB=["attached"]), name="green", mode="a")
    assert [(layer.name, layer.table) for layer in inspect_file(path).layers] == [
        ("parcels", "parcels"),
        ("green", "green_spaces"),
    ]
    assert [layer.name for layer in inspect_file(path, layer="green").layers] == ["green"]


def test_encoding_evidence(shapefile):
    names, rows = ["编号".encode("gbk"), "用途".encode("gbk")], [[b"001", "工业用地".encode("gbk")]]
    inspection = inspect_file(shapefile(names, rows))
    assert (inspection.encoding.encoding, inspection.encoding.how) == ("gb18030", "proved")
    assert "gb18030 (proved by its content: " in render_inspection(inspection, "en")
    assert "由内容证实" in render_inspection(inspection, "zh")
    assert inspection.layers[0].fields[1].samples == ["工业用地"]
    assert inspection.layers[0].fields[1].type == "str:40"
    cpg = inspect_file(shapefile(names, rows, cpg="GBK"))
    assert "(.cpg file: GBK)" in render_inspection(cpg, "en")


def test_an_unknown_encoding_is_shown_in_each_reading_to_choose_from(shapefile):
    inspection = inspect_file(shapefile([b"id", b"name"], [[b"1", "凊凌".encode("gbk")]]))
    assert inspection.encoding.how == "unknown"
    assert inspection.readings["gb18030"] == "凊凌"
    text = render_inspection(inspection, "en")
    assert "encoding: unknown, to be declared" in text
    assert "gb18030: 凊凌" in text
    assert "Declare `encoding: gbk`" in text
    assert "编码：未知" in render_inspection(inspection, "zh")


def test_cut_names_are_refused(shapefile):
    with pytest.raises(InputError, match="cut at 10 bytes"):
        inspect_file(shapefile(["地块编号".encode()[:10]], [[b"1"]], cpg="UTF-8"))


@pytest.mark.parametrize(
    ("crs", "shape", "english", "chinese"),
    [
        ("EPSG:4490", shapely.box(121.6, 31.3, 121.61, 31.31), "is in degrees", "以度为单位"),
        ("EPSG:3857", shapely.box(13536000, 3675000, 13536100, 3675100), "Mercator", "墨卡托"),
        ("EPSG:4549", shapely.box(3467500, 652300, 3467600, 652400), "axes swapped", "坐标轴颠倒"),
        ("EPSG:4549", shapely.box(40652300, 3467500, 40652400, 3467600), "zone prefix 40", "带号 40"),
    ],
)
def test_why_areas_may_not_be_computed(geopackage, crs, shape, english, chinese):
    frame = gpd.GeoDataFrame({"DKBH": ["001"]}, geometry=[shape], crs=crs)
    inspection = inspect_file(geopackage(frame))
    assert inspection.layers[0].areas_allowed == "no"
    assert english in render_inspection(inspection, "en")
    assert chinese in render_inspection(inspection, "zh")


def test_a_layer_without_system(make_layer, tmp_path):
    path = tmp_path / "p.shp"
    make_layer(DKBH=["001"]).to_file(path)
    path.with_suffix(".prj").unlink()
    inspection = inspect_file(path)
    assert inspection.layers[0].crs == ""
    assert inspection.layers[0].areas_allowed == "no"
    assert "no reference system" in render_inspection(inspection, "en")


def test_an_empty_layer_and_mixed_kinds(make_layer, geopackage):
    assert inspect_file(geopackage(make_layer(DKBH=["001"]).iloc[:0])).layers[0].count == 0
    frame = make_layer(
        DKBH=["001", "002", "003"],
        shapes=[shapely.Point(652300, 3467500), None, shapely.box(652300, 3467500, 652400, 3467600)],
    )
    assert inspect_file(geopackage(frame, stem="mixed")).layers[0].kinds == {"None": 1, "Point": 1, "Polygon": 1}


def test_tables_without_shapes(tmp_path, xlsx):
    path = tmp_path / "attributes.csv"
    path.write_bytes("JZBH,DKBH,层数\nB1,001,3\n".encode("gbk"))
    inspection = inspect_file(path)
    (layer,) = inspection.layers
    assert (layer.geometry, layer.areas_allowed, layer.table) == ("None", "", "buildings")
    assert inspection.encoding.how == "proved"
    book = xlsx(A=[["DKBH", "MJ"], ["001", 1.5]], B=[["x"], [1]])
    assert inspect_file(book, layer="A").layers[0].fields[1].samples == ["1.5"]
    assert "declared" not in render_inspection(inspection, "en")


def test_geoparquet(make_layer, tmp_path):
    path = tmp_path / "p.parquet"
    make_layer(DKBH=["001", "002"]).to_parquet(path)
    (layer,) = inspect_file(path).layers
    assert (layer.driver, layer.geometry, layer.kinds, layer.areas_allowed) == (
        "PARQUET",
        "Polygon",
        {"Polygon": 2},
        "yes",
    )


def test_a_named_table_is_matched_instead_of_the_likeliest(make_layer, geopackage):
    path = geopackage(make_layer(name=["x"]))
    inspection = inspect_file(path, table="green_spaces")
    assert inspection.layers[0].missing_required == ["green_id", "green_kind"]
    assert "required fields missing: green_id, green_kind" in render_inspection(inspection, "en")
    assert "缺少必需字段" in render_inspection(inspection, "zh")


def test_likely_tables():
    assert likely_table(["ZONE_ID", "界线质量"])[0] == "approved_boundaries"
    assert likely_table(["TBBH", "DLBM", "分类标准"])[0] == "land_use"
    assert likely_table(["GHDYBH", "GHYT"])[0] == "plan_units"


def test_samples_show_dates_as_stored(make_layer, geopackage):
    frame = make_layer(DKBH=["001"], GYRQ=pd.to_datetime(["2021-01-15"]).tz_localize("Asia/Shanghai"))
    fields = {field.name: field for field in inspect_file(geopackage(frame)).layers[0].fields}
    assert fields["GYRQ"].samples == ["2021/01/15 00:00:00+08"]
