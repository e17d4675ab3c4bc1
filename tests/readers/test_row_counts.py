"""The rows of a file by its own count: files with known numbers of rows, made by code, and damaged ones."""

import json
import sqlite3

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from shapely import box

from gis.errors import InputError
from gis.readers import count_rows, read_raw

ROWS = 7


def layer(rows=ROWS):
    names = [f"地块 {number}" for number in range(rows)]
    shapes = [box(number, 0, number + 1, 1) for number in range(rows)]
    return gpd.GeoDataFrame({"id": names}, geometry=shapes, crs=4549)


def write(path, rows=ROWS):
    frame = layer(rows)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".csv":
        pd.DataFrame(frame[["id"]]).assign(note='a "quoted"\nword, and more').to_csv(path, index=False)
    elif path.suffix == ".xlsx":
        pd.DataFrame(frame[["id"]]).to_excel(path, index=False)
    else:
        frame.to_file(path, **({"encoding": "utf-8"} if path.suffix == ".shp" else {}))
    return path


@pytest.mark.parametrize("rows", [1, ROWS])
@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson", ".parquet", ".csv", ".xlsx"])
def test_every_format_says_how_many_rows_it_has(tmp_path, suffix, rows):
    path = write(tmp_path / f"t{suffix}", rows)
    found = count_rows(path)
    assert (found.count, dict(found.left_out)) == (rows, {})
    assert found.counted_by
    assert len(read_raw(path).frame) == rows


def test_a_file_geodatabase_has_no_count_of_its_own(tmp_path):
    (tmp_path / "t.gdb").mkdir()
    assert count_rows(tmp_path / "t.gdb").count is None


def test_the_layer_named_is_counted(tmp_path):
    path = tmp_path / "t.gpkg"
    layer(3).to_file(path, layer='odd "name"')
    layer(5).to_file(path, layer="b")
    assert count_rows(path, layer='odd "name"').count == 3
    assert count_rows(path, layer="b").count == 5
    with pytest.raises(InputError, match="b"):
        count_rows(path)


def test_counting_leaves_no_file_beside_a_geopackage(tmp_path):
    path = write(tmp_path / "t.gpkg")
    before = path.read_bytes()
    count_rows(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.gpkg"]
    assert path.read_bytes() == before


def test_rows_flagged_deleted_in_a_dbf_are_named(tmp_path):
    path = write(tmp_path / "t.shp")
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    start, size = int.from_bytes(dbf[8:10], "little"), int.from_bytes(dbf[10:12], "little")
    for row in (1, 4):
        dbf[start + row * size] = ord("*")
    path.with_suffix(".dbf").write_bytes(dbf)
    found = count_rows(path)
    assert (found.count, dict(found.left_out)) == (ROWS, {"deleted": 2})
    assert len(read_raw(path).frame) == ROWS - 2


@pytest.mark.parametrize("suffix", [".dbf", ".shx"])
def test_a_part_of_a_shapefile_that_is_cut_does_not_lower_the_count(tmp_path, suffix):
    path = write(tmp_path / "t.shp")
    part = path.with_suffix(suffix)
    part.write_bytes(part.read_bytes()[: -2 * 8] if suffix == ".shx" else part.read_bytes()[:-200])
    assert count_rows(path).count == ROWS


def test_blank_lines_of_a_csv_are_left_out_by_name(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('id;name\n1;a\n\n\n2;"b\n\nc"\n3;\n\n\n', "utf-8")
    found = count_rows(path)
    assert (found.count, dict(found.left_out)) == (5, {"empty": 2})
    assert len(read_raw(path).frame) == 3


def test_rows_of_a_sheet_end_with_the_last_that_holds_anything(tmp_path):
    book = openpyxl.Workbook()
    for row in (["id", "name"], ["1", "a"], [None, None], ["2", 0]):
        book.active.append(row)
    book.active.cell(9, 1).value = ""
    book.save(tmp_path / "t.xlsx")
    assert count_rows(tmp_path / "t.xlsx").count == 3
    assert len(read_raw(tmp_path / "t.xlsx").frame) == 3


@pytest.mark.parametrize(
    ("content", "count"),
    [
        ('{"type": "FeatureCollection", "features": []}', 0),
        ('\ufeff{"features":[{"type":"Feature","geometry":null,"properties":{"features":[1,2],"a":"]}{"}}],"a":[]}', 1),
        ('{"type": "Feature", "geometry": null, "properties": {"n": ' + "9" * 6000 + "}}", 1),
        ('{"type": "Point", "coordinates": [1, 2]}', 1),
        ('{"type": "Topology", "objects": {}}', None),
        ("{}", None),
    ],
)
def test_features_of_a_geojson_are_counted_at_its_top_level_only(tmp_path, content, count):
    (tmp_path / "t.geojson").write_text(content, "utf-8")
    assert count_rows(tmp_path / "t.geojson").count == count


@pytest.mark.parametrize(
    "content", ["", "[]", '{"features": [{}', '{"features": [{} {}]}', '{"a" 1}', '{"a": ' + "[" * 200_000]
)
def test_a_broken_geojson_is_an_error(tmp_path, content):
    (tmp_path / "t.geojson").write_text(content, "utf-8")
    with pytest.raises(InputError, match=r"t\.geojson"):
        count_rows(tmp_path / "t.geojson")


def test_the_order_of_the_members_of_a_geojson_changes_no_count(tmp_path):
    """The count is of what stands there, whatever order the members are in."""
    features = [{"type": "Feature", "geometry": None, "properties": {"id": n}} for n in range(12)]
    content = {"features": features, "name": "n", "type": "FeatureCollection", "bbox": [0, 0, 1, 1]}
    (tmp_path / "t.geojson").write_text(json.dumps(content, indent=2), "utf-8")
    assert count_rows(tmp_path / "t.geojson").count == 12


def test_a_geopackage_that_sqlite_cannot_walk_is_an_error(tmp_path):
    path = write(tmp_path / "t.gpkg")
    database = sqlite3.connect(path)
    root = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 't'").fetchone()[0]
    size = database.execute("PRAGMA page_size").fetchone()[0]
    database.close()
    content = bytearray(path.read_bytes())
    content[(root - 1) * size : (root - 1) * size + 64] = b"\xee" * 64
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"t\.gpkg"):
        count_rows(path)
