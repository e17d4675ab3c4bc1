"""Layers, formats, dates and numbers as a file stores them."""

import json
import sqlite3
import struct

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from gis.errors import InputError
from gis.issues import IssueLog
from gis.readers import read_raw, read_table

ID = "31011500100100" + "12345"  # 19 digits, more than a float can hold


def geojson(path, rows, *, crs=None):
    square = {"type": "Polygon", "coordinates": [[[121.6, 31.3], [121.61, 31.3], [121.61, 31.31], [121.6, 31.3]]]}
    content = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": row, "geometry": square} for row in rows],
    }
    if crs is not None:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(content), "utf-8")
    return path


def execute(path, *statements):
    """Change rows of a GeoPackage behind GDAL's back."""
    with sqlite3.connect(path) as database:
        for (name,) in database.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            database.execute(f'drop trigger "{name}"')
        for statement, values in statements:
            database.execute(statement, values)
    database.close()


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp", ".gdb", ".parquet"])
def test_every_format_gives_the_same_table(tmp_path, make_layer, suffix):
    frame = make_layer(DKBH=["001", "NA", "0010010001"], TDYT=["工业用地", None, "仓储"], crs="EPSG:4490")
    frame = frame.set_geometry(frame.set_crs("EPSG:4549", allow_override=True).to_crs("EPSG:4490").geometry)
    path = tmp_path / f"parcels{suffix}"
    # Left alone, geopandas writes a folder of shapefiles under the name of a geodatabase.
    driver = {"driver": "OpenFileGDB"} if suffix == ".gdb" else {}
    frame.to_parquet(path) if suffix == ".parquet" else frame.to_file(path, **driver)
    parcels = read_table(path, "parcels", issues=IssueLog(), to_crs="EPSG:4549")
    assert parcels["parcel_id"].tolist() == ["001", "NA", "0010010001"]
    assert parcels["land_use_name"].tolist() == ["工业用地", np.nan, "仓储"]
    assert parcels["source_row"].tolist() == [1, 2, 3]
    assert set(parcels["source_file"]) == {path.name}
    assert parcels.crs == "EPSG:4549"
    assert parcels.area.to_numpy() == pytest.approx([10_000] * 3, rel=1e-6)


def test_dates_of_a_geojson_are_the_days_as_written(tmp_path):
    rows = [{"DKBH": "001", "GYRQ": "2021-01-15T00:00:00+08:00"}, {"DKBH": "002", "GYRQ": "2021-01-16T00:00:00+08:00"}]
    parcels = read_table(geojson(tmp_path / "p.geojson", rows), "parcels", issues=IssueLog())
    assert parcels["supply_date"].dt.strftime("%F").tolist() == ["2021-01-15", "2021-01-16"]


def test_mixed_zones_are_an_error_with_rows(tmp_path):
    written = ["2021-01-15T00:00:00+08:00", "2021-01-15T00:00:00+08:00", "2021-01-15T00:00:00Z"]
    rows = [{"DKBH": f"00{i}", "GYRQ": date} for i, date in enumerate(written)]
    issues = IssueLog()
    parcels = read_table(geojson(tmp_path / "p.geojson", rows), "parcels", issues=issues)
    issue = next(issue for issue in issues if issue.code == "date-mixed-zones")
    assert issue.severity == "error"
    assert issue.rows == (3,)
    assert parcels["supply_date"].dt.day.tolist() == [15, 15, 15]
    assert "GYRQ" in issue.text("en")
    assert "时区" in issue.text("zh")


def test_a_time_of_day_is_noted(tmp_path):
    rows = [{"DKBH": "001", "GYRQ": "2021-01-15T09:30:00+08:00"}]
    issues = IssueLog()
    read_table(geojson(tmp_path / "p.geojson", rows), "parcels", issues=issues)
    assert [issue.severity for issue in issues if issue.code == "date-time-of-day"] == ["note"]


def test_a_day_that_does_not_exist_is_not_moved_to_the_next_month(tmp_path, make_layer, geopackage):
    stored = geojson(
        tmp_path / "p.geojson", [{"DKBH": "001", "GYRQ": "2021-02-30"}, {"DKBH": "002", "GYRQ": "2021-02-15"}]
    )
    package = geopackage(make_layer(DKBH=["001", "002"]))
    execute(
        package,
        ("alter table parcels add column GYRQ DATE", ()),
        ("update parcels set GYRQ = '2021-02-30' where fid = 1", ()),
        ("update parcels set GYRQ = '2021-02-15' where fid = 2", ()),
    )
    moved = pyogrio.read_dataframe(package, use_arrow=True)["GYRQ"].astype("str").tolist()
    assert moved == ["2021-03-02", "2021-02-15"]  # what GDAL makes of it through Arrow
    for path in (stored, package):
        issues = IssueLog()
        parcels = read_table(path, "parcels", issues=issues)
        assert parcels["supply_date"].isna().tolist() == [True, False]
        assert next(issue for issue in issues if issue.code == "date-unparseable").rows == (1,)


def test_dates_of_a_shapefile_and_times_of_a_geopackage(tmp_path, make_layer, geopackage):
    frame = make_layer(DKBH=["001", "002"], GYRQ=pd.to_datetime(["2021-01-15", "2021-01-16"]))
    package = geopackage(frame.assign(GYRQ=frame["GYRQ"].dt.tz_localize("Asia/Shanghai")))
    shape = tmp_path / "p.shp"
    pyogrio.write_dataframe(frame.assign(GYRQ=frame["GYRQ"].dt.strftime("%Y/%m/%d")), shape)
    for path in (package, shape):
        parcels = read_table(path, "parcels", issues=IssueLog())
        assert parcels["supply_date"].dt.day.tolist() == [15, 16]


def test_long_ids_stored_as_numbers_keep_their_digits_beside_a_gap(make_layer, geopackage):
    frame = make_layer(DKBH=pd.array([int(ID), None], dtype="Int64"))
    issues = IssueLog()
    parcels = read_table(geopackage(frame), "parcels", issues=issues)
    assert parcels["parcel_id"].tolist() == [ID, np.nan]
    assert [issue.severity for issue in issues if issue.code == "id-stored-as-number"] == ["warning"]
    assert float(ID) != int(ID)


def test_ids_whose_digits_a_float_has_lost_are_an_error(make_layer, geopackage):
    issues = IssueLog()
    read_table(geopackage(make_layer(DKBH=[float(ID), 2.0])), "parcels", issues=issues)
    issue = next(issue for issue in issues if issue.code == "id-digits-lost")
    assert (issue.severity, issue.rows) == ("error", (1,))
    assert "parcel_id" in issue.text("en")
    assert "尾数" in issue.text("zh")


def test_a_column_of_numbers_and_text_stays_letter_for_letter(tmp_path):
    path = geojson(tmp_path / "p.geojson", [{"DKBH": 1}, {"DKBH": "001"}, {"DKBH": "1.0"}])
    assert read_table(path, "parcels", issues=IssueLog())["parcel_id"].tolist() == ["1", "001", "1.0"]


def test_several_layers_and_none_named(make_layer, geopackage):
    path = geopackage(make_layer(DKBH=["001"]), name="宗地")
    geopackage(make_layer(LDBH=["G1"]), name="绿地", mode="a")
    with pytest.raises(InputError, match="several layers: 宗地, 绿地") as caught:
        read_raw(path)
    assert "多个图层：宗地, 绿地" in caught.value.text("zh")
    assert read_raw(path, layer="绿地").frame["LDBH"].tolist() == ["G1"]
    with pytest.raises(InputError, match=r"no layer 'parcels'\. Layers are: 宗地, 绿地") as caught:
        read_raw(path, layer="parcels")
    assert "没有图层“parcels”" in caught.value.text("zh")


def test_an_empty_layer_is_named(make_layer, geopackage):
    path = geopackage(make_layer(DKBH=["001"]).iloc[:0], name="宗地")
    with pytest.raises(InputError, match="layer 宗地: there is no feature") as caught:
        read_table(path, "parcels", issues=IssueLog())
    assert str(path) in caught.value.text("zh")
    assert "没有要素" in caught.value.text("zh")


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.gpkg", b"garbage"), ("a.gpkg", b""), ("a.geojson", b"{not json"), ("a.parquet", b"PAR1xx"), ("a.xlsx", b"PK")],
)
def test_an_unreadable_file(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"can't be read as") as caught:
        read_raw(path)
    assert caught.value.key in {"file_corrupt", "content_not_suffix"}
    for text in (caught.value.text("en"), caught.value.text("zh")):
        assert str(path) in text
        assert "GeoPackage" in text


def test_absent_folder_and_foreign_files(tmp_path):
    with pytest.raises(InputError, match="does not exist") as caught:
        read_raw(tmp_path / "none.gpkg")
    assert "不存在" in caught.value.text("zh")
    with pytest.raises(InputError, match="is a folder") as caught:
        read_raw(tmp_path)
    assert "是文件夹" in caught.value.text("zh")
    (tmp_path / "plan.dwg").write_bytes(b"AC1032")
    with pytest.raises(InputError, match="files of this kind are not read") as caught:
        read_raw(tmp_path / "plan.dwg")
    assert ".gpkg" in caught.value.text("zh")


def test_no_permission(tmp_path, monkeypatch, make_layer, geopackage):
    path = geopackage(make_layer(DKBH=["001"]))

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(InputError, match="can't be read: Permission denied") as caught:
        read_raw(path)
    assert "无法读取" in caught.value.text("zh")


@pytest.mark.parametrize("suffix", [".dbf", ".shx"])
def test_a_shapefile_without_one_of_its_parts(tmp_path, make_layer, suffix):
    path = tmp_path / "p.shp"
    make_layer(DKBH=["001"]).to_file(path)
    path.with_suffix(suffix).unlink()
    with pytest.raises(InputError, match=f"{suffix} is missing beside it") as caught:
        read_raw(path)
    assert suffix in caught.value.text("zh")


def test_parts_in_capitals(tmp_path, make_layer):
    path = tmp_path / "p.shp"
    make_layer(DKBH=["001"], YT=["工业"]).to_file(path)
    for part in list(tmp_path.iterdir()):
        part.rename(part.with_suffix(part.suffix.upper()))
    assert read_raw(tmp_path / "p.SHP").frame["YT"].tolist() == ["工业"]


def test_shapes_without_area_are_reported_and_kept(geopackage):
    shapes = [shapely.box(652000, 3467000, 652100, 3467100), shapely.Point(652000, 3467000), None]
    frame = gpd.GeoDataFrame({"DKBH": ["001", "002", "003"]}, geometry=shapes, crs="EPSG:4549")
    issues = IssueLog()
    parcels = read_table(geopackage(frame), "parcels", issues=issues)
    assert len(parcels) == 3
    issue = next(issue for issue in issues if issue.code == "geometry-not-polygon")
    assert (issue.severity, issue.ids, issue.rows) == ("error", ("002",), (2,))
    assert "Point" in issue.text("en")
    assert "没有面积" in issue.text("zh")


def test_a_ring_that_is_not_closed_is_reported_and_its_row_kept(make_layer, geopackage):
    path = geopackage(make_layer(DKBH=["001", "002"]))
    corners = [(652000, 3467000), (652100, 3467000), (652100, 3467100), (652000, 3467100)]
    ring = struct.pack("<BIII", 1, 3, 1, 4) + b"".join(struct.pack("<dd", *corner) for corner in corners)
    execute(path, ("update parcels set geom = ? where fid = 2", (b"GP\0\1" + struct.pack("<i", 4549) + ring,)))
    issues = IssueLog()
    parcels = read_table(path, "parcels", issues=issues)
    assert parcels.geometry.isna().tolist() == [False, True]
    issue = next(issue for issue in issues if issue.code == "geometry-unreadable")
    assert (issue.ids, issue.rows) == (("002",), (2,))
    assert "not closed" in issue.text("en")
    assert "未闭合" in issue.text("zh")


def test_arcs_are_refused_with_their_rows(make_layer, geopackage):
    path = geopackage(make_layer(DKBH=["001", "002"]))
    circle = [(0, 0), (1, 1), (2, 0), (1, -1), (0, 0)]
    arcs = struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<dd", *point) for point in circle)
    curved = b"GP\0\1" + struct.pack("<i", 4549) + struct.pack("<BII", 1, 10, 1) + arcs
    execute(
        path,
        ("update gpkg_geometry_columns set geometry_type_name = 'GEOMETRY'", ()),
        ("update parcels set geom = ? where fid = 2", (curved,)),
    )
    with pytest.raises(InputError, match=r"1 shape\(s\) have arcs \(rows 2\)") as caught:
        read_raw(path)
    assert "圆弧" in caught.value.text("zh")


def test_heights_are_left_off_with_a_note(make_layer, geopackage, make_squares):
    frame = make_layer(DKBH=["001"], shapes=list(shapely.force_3d(make_squares(1), 4.5)))
    issues = IssueLog()
    parcels = read_table(geopackage(frame), "parcels", issues=issues)
    assert not parcels.has_z.any()
    assert parcels.area.tolist() == [10_000.0]
    assert [issue.severity for issue in issues if issue.code == "geometry-has-heights"] == ["note"]


def test_remarks_of_gdal_reach_the_log_and_are_no_warnings(make_layer, geopackage):
    path = geopackage(make_layer(DKBH=["001"]))
    execute(path, ("update gpkg_geometry_columns set geometry_type_name = 'POINT'", ()))
    issues = IssueLog()
    read_table(path, "parcels", issues=issues)
    assert any("POINT" in issue.text("en") for issue in issues if issue.code == "reader-remark")
