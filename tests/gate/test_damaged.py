"""Damaged files: refused with what is wrong, or read to exactly the same rows."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import struct
import zipfile

import geopandas as gpd
import numpy as np
import pytest
from shapely import box

from gis.errors import InputError
from gis.gate import admit
from gis.readers import read_raw

ROWS = 60


def made(path):
    shapes = [box(650_000 + 100 * i, 3_460_000, 650_100 + 100 * i, 3_460_100) for i in range(ROWS)]
    columns = {"DKBH": [f"{i:04d}" for i in range(ROWS)], "TDYT": ["工业用地" * 20] * ROWS, "area": np.arange(ROWS) * 1.5}
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4549")
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".csv":
        frame.drop(columns="geometry").to_csv(path, index=False)
    elif path.suffix == ".xlsx":
        frame.drop(columns="geometry").to_excel(path, index=False)
    elif path.suffix == ".geojson":
        frame.to_crs("EPSG:4490").to_file(path)
    else:
        frame.to_file(path, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    return {name: made(folder / f"p{name}") for name in (".shp", ".gpkg", ".geojson", ".parquet", ".xlsx", ".csv")}


@pytest.fixture
def copied(sound, tmp_path):
    def copy(suffix):
        for part in sound[suffix].parent.iterdir():
            if part.stem == sound[suffix].stem:
                shutil.copy(part, tmp_path / part.name)
        return tmp_path / sound[suffix].name

    return copy


def cut(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def test_half_a_dbf_names_what_each_part_holds(copied):
    path = copied(".shp")
    cut(path.with_suffix(".dbf"), 0.5)
    with pytest.raises(InputError, match=r"\.shx lists 60 shapes, \.dbf holds 29 whole rows and its header says 60"):
        read_raw(path)


def test_a_count_lowered_in_the_dbf(copied):
    path = copied(".shp")
    dbf = path.with_suffix(".dbf")
    content = bytearray(dbf.read_bytes())
    content[4:8] = struct.pack("<I", 20)
    dbf.write_bytes(content)
    with pytest.raises(InputError, match=r"60 whole rows and its header says 20"):
        read_raw(path)


def test_the_dbf_of_another_file(copied):
    path = copied(".shp")
    dbf = path.with_suffix(".dbf")
    content = dbf.read_bytes()
    head, width = struct.unpack("<HH", content[8:12])
    short = bytearray(content[: head + 59 * width] + b"\x1a")
    short[4:8] = struct.pack("<I", 59)
    dbf.write_bytes(short)
    with pytest.raises(InputError, match="holds 59 whole rows"):
        read_raw(path)


@pytest.mark.parametrize("share", [0.001, 0.3, 0.6, 0.99])
@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf", ".gpkg", ".geojson", ".parquet", ".xlsx"])
def test_a_file_cut_short_is_refused(copied, part, share):
    path = copied(".shp" if part in {".shx", ".dbf"} else part)
    cut(path.with_suffix(part), share)
    with pytest.raises(InputError):
        read_raw(path)


def test_a_damaged_page_of_a_geopackage(copied):
    path = copied(".gpkg")
    database = sqlite3.connect(path)
    page = database.execute("select rootpage from sqlite_master where name = 'p'").fetchone()[0]
    size = database.execute("pragma page_size").fetchone()[0]
    database.close()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size + 3 : (page - 1) * size + 5] = b"\0\1"  # how many cells the page says that it holds
    path.write_bytes(content)
    with pytest.raises(InputError, match="GeoPackage is damaged"):
        read_raw(path)


def test_records_that_lie_elsewhere(copied):
    path = copied(".shp")
    shx = path.with_suffix(".shx")
    content = bytearray(shx.read_bytes())
    content[100 + 8 * 5 : 108 + 8 * 5] = content[100 + 8 * 6 : 108 + 8 * 6]  # the sixth record is the seventh
    shx.write_bytes(content)
    with pytest.raises(InputError, match="records"):
        read_raw(path)


def _figures(frame):
    plain = frame.drop(columns="geometry", errors="ignore").astype("str").to_numpy().tolist()
    return plain, frame.geometry.to_wkb().tolist() if hasattr(frame, "geom_type") else []


@pytest.mark.parametrize("suffix", [".shp", ".xlsx", ".gpkg"])
def test_flipped_bits_outside_of_values(copied, sound, suffix):
    """Structure only: a bit of a value gives another value of the same form, which no file without a sum can tell."""
    path = copied(suffix)
    known = _figures(read_raw(sound[suffix]).frame)
    part = path.with_suffix(".shx") if suffix == ".shp" else path
    content, chance = part.read_bytes(), random.Random(7)
    for _ in range(60):
        place = chance.randrange(100 if suffix == ".gpkg" else len(content))
        spoilt = bytearray(content)
        spoilt[place] ^= 1 << chance.randrange(8)
        part.write_bytes(spoilt)
        try:
            found = _figures(read_raw(path).frame)
        except InputError:
            continue
        assert found == known, place


def test_deleted_rows_are_counted(copied):
    path = copied(".shp")
    dbf = path.with_suffix(".dbf")
    content = bytearray(dbf.read_bytes())
    head, width = struct.unpack("<HH", content[8:12])
    content[head + 3 * width] = ord("*")
    dbf.write_bytes(content)
    file = admit(path)
    assert (file.rows, file.deleted) == (ROWS, 1)
    assert len(read_raw(path).frame) == ROWS - 1


GEO = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}


@pytest.mark.parametrize(
    ("geo", "why"),
    [
        (None, "there is none"), ("{", "Expecting"), ("[]", "lists no columns"), ({"version": 1}, "states no version"),
        ({"primary_column": "gone"}, "primary_column 'gone'"), ({"columns": {"geometry": 5}}, "is not there"),
        ({"columns": {"geometry": {"encoding": "WKT"}}}, "encoded as"),
        ({"columns": {"geometry": {"encoding": "point"}}}, "holds something else"),
        ({"columns": {"geometry": {"encoding": {"a": 1}}}}, "encoded as"),
        ({"columns": {"geometry": {"encoding": "WKB", "crs": "http://127.0.0.1/x"}}}, "by an address"),
        ({"columns": {"geometry": {"encoding": "WKB", "crs": {"type": "x"}}}}, "can't be understood"),
        ("[" * 100_000, "recursion"),
    ],
)  # fmt: skip
def test_bad_metadata_of_a_parquet(tmp_path, sound, geo, why):
    import pyarrow.parquet as pq

    table = pq.read_table(sound[".parquet"])
    text = geo if isinstance(geo, str) or geo is None else json.dumps(GEO | geo)
    table = table.replace_schema_metadata({} if text is None else {"geo": text})
    pq.write_table(table, tmp_path / "p.parquet")
    with pytest.raises(InputError, match=why) as caught:
        read_raw(tmp_path / "p.parquet")
    assert caught.value.key == "parquet_geo_wrong"


def test_a_workbook_with_a_flipped_bit_in_a_part(copied):
    path = copied(".xlsx")
    with zipfile.ZipFile(path) as book:
        part = book.getinfo("xl/worksheets/sheet1.xml")
        place = part.header_offset + 30 + len(part.filename) + part.compress_size // 2
    content = bytearray(path.read_bytes())
    content[place] ^= 16
    path.write_bytes(content)
    with pytest.raises(InputError, match="can't be read as XLSX"):
        read_raw(path)


def test_a_shape_of_a_parquet_cut_short(tmp_path, sound):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(sound[".parquet"])
    shapes = [wkb[:-7] for wkb in table["geometry"].to_pylist()]
    place = table.schema.get_field_index("geometry")
    pq.write_table(table.set_column(place, table.schema.field(place), pa.array(shapes)), tmp_path / "p.parquet")
    with pytest.raises(InputError, match="can't be read as GeoParquet"):
        read_raw(tmp_path / "p.parquet")


@pytest.mark.parametrize("suffix", [".gdbtable", ".gdbtablx"])
def test_a_geodatabase_cut_short(tmp_path, suffix):
    """Nothing else in it says how many rows there were."""
    path = tmp_path / "p.gdb"
    shapes = [box(650_000 + 100 * i, 3_460_000, 650_100 + 100 * i, 3_460_100) for i in range(5)]
    frame = gpd.GeoDataFrame({"DKBH": list("abcde")}, geometry=shapes, crs="EPSG:4549")
    frame.to_file(path, driver="OpenFileGDB", layer="parcels")
    assert len(read_raw(path, layer="parcels").frame) == len(frame)
    part = max(path.glob(f"*{suffix}"), key=lambda file: file.stat().st_size)
    part.write_bytes(part.read_bytes()[:-60 if suffix == ".gdbtable" else -1100])
    with pytest.raises(InputError, match="cut short"):
        read_raw(path, layer="parcels")
