"""What the gate lets in, and what it refuses: content against suffix, limits, sidecars, layers."""

from __future__ import annotations

import os
import shutil
import sqlite3
import zipfile
from contextlib import closing

import geopandas as gpd
import pytest
from shapely import box

from gis.errors import InputError
from gis.gate import Limits, admit, unchanged
from gis.provenance import file_hashes, fingerprint
from gis.readers import inspect_file, read_raw


@pytest.fixture
def frame():
    shapes = [box(650_000 + 100 * i, 3_460_000, 650_100 + 100 * i, 3_460_100) for i in range(5)]
    return gpd.GeoDataFrame({"DKBH": list("abcde")}, geometry=shapes, crs="EPSG:4549")


@pytest.fixture
def package(frame, tmp_path):
    path = tmp_path / "p.gpkg"
    frame.to_file(path, layer="parcels")
    return path


def change(path, *statements):
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson", ".parquet", ".xlsx", ".csv"])
def test_another_content_than_the_suffix_says(package, tmp_path, suffix):
    path = tmp_path / f"other{suffix}"
    if suffix == ".gpkg":
        path.write_text('{"type": "FeatureCollection", "features": []}')
    else:
        shutil.copy(package, path)
    if suffix == ".shp":
        for part in (".shx", ".dbf"):
            shutil.copy(package, path.with_suffix(part))
    with pytest.raises(InputError, match="other") as caught:
        read_raw(path)
    assert caught.value.key == "content_not_suffix"


def test_pipes_and_devices_are_not_opened(tmp_path):
    os.mkfifo(tmp_path / "p.gpkg")
    with pytest.raises(InputError, match="not a plain file"):
        read_raw(tmp_path / "p.gpkg")
    (tmp_path / "null.csv").symlink_to("/dev/null")
    with pytest.raises(InputError, match="not a plain file"):
        read_raw(tmp_path / "null.csv")


def test_a_pipe_beside_a_shapefile(frame, tmp_path):
    frame.to_file(tmp_path / "p.shp")
    (tmp_path / "p.cpg").unlink()
    os.mkfifo(tmp_path / "p.cpg")
    with pytest.raises(InputError, match="not a plain file"):
        read_raw(tmp_path / "p.shp")


@pytest.mark.parametrize("path", ["http://127.0.0.1/p.gpkg", "/vsizip/a.zip/p.shp", "PG:dbname=x", "MVT:/a/b", "zip://a.zip!p.shp"])  # fmt: skip
def test_addresses_are_no_files(path):
    with pytest.raises(InputError, match="is an address or a virtual path"):
        read_raw(path)


@pytest.mark.parametrize("name", ["a!p.gpkg", "a;p.gpkg"])
def test_names_that_libraries_cut(package, name):
    cut = package.with_name(name)
    shutil.copy(package, cut)
    with pytest.raises(InputError, match="would open another file"):
        read_raw(cut)


def test_a_link_to_a_file_is_followed(package, tmp_path):
    (tmp_path / "link.gpkg").symlink_to(package)
    assert len(read_raw(tmp_path / "link.gpkg").frame) == 5


def test_names_alike_but_for_capitals(frame, tmp_path):
    frame.to_file(tmp_path / "p.shp")
    (tmp_path / "probe").write_text("")
    if (tmp_path / "PROBE").exists():
        pytest.skip("this disk knows no capitals")
    shutil.copy(tmp_path / "p.dbf", tmp_path / "p.DBF")
    with pytest.raises(InputError, match=r"p\.DBF, p\.dbf"):
        read_raw(tmp_path / "p.shp")


def test_a_shapefile_in_capitals_and_with_an_index(frame, tmp_path):
    frame.to_file(tmp_path / "p.shp")
    for part in list(tmp_path.iterdir()):
        part.rename(part.with_suffix(part.suffix.upper()))
    (tmp_path / "p.SBN").write_bytes(b"index")
    assert len(read_raw(tmp_path / "p.SHP").frame) == 5
    assert set(file_hashes(tmp_path / "p.SHP")) == {".shp", ".shx", ".dbf", ".prj", ".cpg", ".sbn"}


@pytest.mark.parametrize("mark", [b"GP10", b"GP11", b"GPKG"])
def test_marks_of_geopackages(package, mark):
    content = bytearray(package.read_bytes())
    content[68:72] = mark
    package.write_bytes(content)
    assert len(read_raw(package).frame) == 5


def test_a_geopackage_as_qgis_leaves_it(package):
    change(
        package,
        "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, styleQML TEXT)",
        "INSERT INTO layer_styles VALUES (1, '<qgis/>')",
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('layer_styles', 'attributes', 'layer_styles')",
    )
    package.with_name("p.gpkg-shm").write_bytes(bytes(32768))
    package.with_name("p.gpkg-wal").write_bytes(b"")
    assert admit(package).layers.names == ("parcels",)
    assert [view.name for view in inspect_file(package).layers] == ["parcels"]
    assert len(read_raw(package).frame) == 5
    assert not [part for part in package.parent.iterdir() if "journal" in part.name]


def test_changes_that_wait_in_a_log(package):
    database = sqlite3.connect(package)
    for (name,) in database.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        database.execute(f'drop trigger "{name}"')
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA wal_autocheckpoint = 0")
    database.execute("DELETE FROM parcels WHERE DKBH = 'a'")
    database.commit()
    with pytest.raises(InputError, match=r"p\.gpkg-wal beside it holds changes"):
        read_raw(package)
    database.close()
    assert len(read_raw(package).frame) == 4


def test_a_view_is_read_where_it_is_named(package):
    change(
        package,
        "CREATE VIEW some AS SELECT fid, geom, DKBH FROM parcels WHERE DKBH < 'c'",
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('some', 'features', 'some', 4549)",
        "INSERT INTO gpkg_geometry_columns SELECT 'some', column_name, geometry_type_name, srs_id, z, m "
        "FROM gpkg_geometry_columns",
    )
    assert len(read_raw(package).frame) == 5, "the one layer that is no view"
    assert len(read_raw(package, layer="some").frame) == 2


def test_a_view_alone_has_to_be_named(package):
    change(
        package,
        "ALTER TABLE parcels RENAME TO base",
        "CREATE VIEW parcels AS SELECT * FROM base",
        "UPDATE gpkg_contents SET table_name = 'parcels'",
        "UPDATE gpkg_geometry_columns SET table_name = 'parcels'",
    )
    with pytest.raises(InputError, match="layer: parcels"):
        read_raw(package)
    assert len(read_raw(package, layer="parcels").frame) == 5


@pytest.mark.parametrize("call", ["ogr_geocode('x')", "load_extension('x')", "ST_Area(geom)"])
def test_a_view_that_calls_another_program(package, call):
    change(package, f"CREATE VIEW v AS SELECT fid, geom, {call} AS a FROM parcels")
    with pytest.raises(InputError, match="can't be read by SQLite alone"):
        read_raw(package, layer="v")


def test_contents_that_do_not_agree(package):
    change(package, "UPDATE gpkg_geometry_columns SET column_name = 'shape'")
    with pytest.raises(InputError, match="does not agree"):
        read_raw(package)


def test_an_sqlite_that_is_no_geopackage(package):
    change(package, "PRAGMA application_id = 0")
    with pytest.raises(InputError, match="application_id"):
        read_raw(package)


def numbered(digits):
    return '{"type": "FeatureCollection", "features": [], "n": ' + "9" * digits + "}"


def nested(depth):
    return '{"type": "FeatureCollection", "features": [], "n": ' + "[" * depth + "]" * depth + "}"


@pytest.mark.parametrize(
    ("text", "limit"), [(numbered(5000), "number_digits"), (nested(200), "nesting"), (nested(200_000), "nesting")]
)
def test_limits_of_json(tmp_path, text, limit):
    path = tmp_path / "p.geojson"
    path.write_text(text)
    with pytest.raises(InputError, match=limit) as caught:
        read_raw(path)
    assert f"`limits: {{{limit}:" in str(caught.value)


def test_brackets_and_digits_in_texts_do_not_count(tmp_path):
    path = tmp_path / "p.geojson"
    text = "[" * 500 + "9" * 5000 + r" \\\" \\" + "{" * 500
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"a": "' + text + '"}, '
        '"geometry": {"type": "Point", "coordinates": [1, 2]}}]}'
    )
    assert admit(path).rows == 1


@pytest.mark.parametrize("limit", ["rows", "columns", "file_bytes"])
@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson", ".parquet"])
def test_limits_of_tables(frame, tmp_path, suffix, limit):
    path = tmp_path / f"p{suffix}"
    frame = frame.assign(a=1, b=2)
    frame.to_parquet(path) if suffix == ".parquet" else frame.to_file(path)
    if (suffix, limit) == (".geojson", "columns"):
        pytest.skip("a GeoJSON has no columns of its own")
    with pytest.raises(InputError, match=f"{limit} are more than the limit of 2") as caught:
        read_raw(path, limits=Limits(**{limit: 2}))
    assert "提高上限" in caught.value.text("zh")


def sheet(path, *cells):
    import openpyxl

    book = openpyxl.Workbook()
    for place, value in cells:
        book.active[place] = value
    book.save(path)


def test_one_cell_far_out(tmp_path):
    sheet(tmp_path / "a.xlsx", ("A1", "id"), ("A2", "1"), ("XFD1048576", "x"))
    with pytest.raises(InputError, match="cells are more than the limit"):
        read_raw(tmp_path / "a.xlsx")


def test_a_workbook_that_unpacks_to_too_much(tmp_path):
    sheet(tmp_path / "plain.xlsx", ("A1", "id"), ("A2", "1"))
    with (
        zipfile.ZipFile(tmp_path / "plain.xlsx") as old,
        zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            new.writestr(part, old.read(part))
        new.writestr("xl/media/a.bin", bytes(1 << 23))
    with pytest.raises(InputError, match="unpacked_ratio"):
        read_raw(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match="unpacked_bytes"):
        read_raw(tmp_path / "a.xlsx", limits=Limits(unpacked_bytes=1 << 20))
    assert len(read_raw(tmp_path / "a.xlsx", limits=Limits(unpacked_ratio=2000)).frame) == 1


def test_a_file_that_changes_while_it_is_read(package):
    with pytest.raises(InputError, match=r"\.gpkg changed while it was read"), unchanged(package):
        package.write_bytes(package.read_bytes())


def test_every_sidecar_is_in_the_fingerprint(frame, tmp_path):
    path = tmp_path / "p.shp"
    frame.to_file(path)
    known = {fingerprint(path)}
    for name in ("p.qix", "p.sbn", "p.shp.xml", "p.qpj"):
        (tmp_path / name).write_bytes(b"1")
        known.add(fingerprint(path))
    assert len(known) == 5
    (tmp_path / "p_other.dbf").write_bytes(b"1")
    assert fingerprint(path) in known


def test_a_folder_of_shapefiles_is_no_geodatabase(frame, tmp_path):
    folder = tmp_path / "p.gdb"
    folder.mkdir()
    frame.to_file(folder / "p.shp")
    with pytest.raises(InputError, match="File Geodatabase"):
        read_raw(folder)


@pytest.mark.parametrize(
    "text",
    [
        '{"type": {"a": 1}, "features": []}', '{"type": ["Feature"]}', '{"type": "FeatureCollection", "features": 3}',
        '{"type": "FeatureCollection", "features": {"a": 1}}',
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, '
        '"geometry": {"type": {"a": 1}, "coordinates": []}}]}',
    ],
)  # fmt: skip
def test_geojson_whose_kinds_are_no_words_is_refused(tmp_path, text):
    path = tmp_path / "t.geojson"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"t\.geojson"):
        admit(path)
