"""Writing layers: the same bytes each time, and whole or not at all (known defect R16)."""

import datetime as dt
import errno
import time

import numpy as np
import pandas as pd
import pyogrio
import pytest

from gis.errors import OutputError
from gis.issues import IssueLog
from gis.readers import read_raw, read_table, write_geopackage, write_shapefile


@pytest.fixture
def tables(make_layer):
    parcels = make_layer(
        parcel_id=pd.array(["001", "NA", None], dtype="str"),
        supply_date=pd.to_datetime(["2021-01-15", None, "2021-03-01"]).astype("datetime64[us]"),
        floors_count=pd.array([1, None, 2**53 + 1], dtype="Int64"),
        is_key_project=pd.array([True, None, False], dtype="boolean"),
        legal_area_m2=[1.5, np.nan, 3.25],
    )
    findings = pd.DataFrame(
        {"entity_id": ["001", "NA"], "as_of": [dt.date(2026, 3, 31), None], "observed": [0.5, np.nan]}
    )
    return {"parcels": parcels, "findings": findings}


def test_two_writes_give_the_same_bytes(tables, tmp_path):
    write_geopackage(tmp_path / "a.gpkg", tables)
    time.sleep(1.1)  # GDAL's own stamp has milliseconds; SQLite's none
    write_geopackage(tmp_path / "b.gpkg", tables)
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_what_is_written_is_read_again(tables, tmp_path):
    path = tmp_path / "tables.gpkg"
    before = {name: frame.copy() for name, frame in tables.items()}
    write_geopackage(path, tables)
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before[name]))
    assert pyogrio.list_layers(path).tolist() == [["parcels", "Polygon"], ["findings", None]]
    parcels = read_table(path, "parcels", layer="parcels", issues=IssueLog())
    assert parcels["parcel_id"].tolist() == ["001", "NA", np.nan]
    assert parcels["supply_date"].dt.strftime("%F").tolist() == ["2021-01-15", np.nan, "2021-03-01"]
    assert parcels["is_key_project"].tolist() == [True, pd.NA, False]
    assert parcels["legal_area_m2"].tolist() == [1.5, pytest.approx(np.nan, nan_ok=True), 3.25]
    assert parcels.geometry.tolist() == tables["parcels"].geometry.tolist()
    raw = read_raw(path, layer="parcels").frame
    assert raw["floors_count"].tolist() == [1, pd.NA, 2**53 + 1]
    findings = read_raw(path, layer="findings").frame
    assert findings["as_of"].tolist() == ["2026-03-31", np.nan]
    assert not hasattr(findings, "geom_type")


def test_a_full_disk_leaves_the_former_file_whole(tables, tmp_path, monkeypatch):
    path = tmp_path / "tables.gpkg"
    write_geopackage(path, tables)
    former = path.read_bytes()
    real = pyogrio.write_dataframe

    def full(frame, target, *, layer, **options):
        real(frame, target, layer=layer, **options)
        if layer == "findings":
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pyogrio, "write_dataframe", full)
    with pytest.raises(OutputError, match="No space left on device") as caught:
        write_geopackage(path, tables)
    assert "原有内容未被改动" in caught.value.text("zh")
    assert path.read_bytes() == former
    assert [file.name for file in tmp_path.iterdir()] == ["tables.gpkg"]


def test_an_error_of_gdal_is_an_output_error(tables, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise pyogrio.errors.DataSourceError("Failed to commit transaction")

    monkeypatch.setattr(pyogrio, "write_dataframe", refuse)
    with pytest.raises(OutputError, match="Failed to commit transaction"):
        write_geopackage(tmp_path / "tables.gpkg", tables)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_can_not_be_written(tables, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for write in (
        lambda path: write_geopackage(path, tables),
        lambda path: write_shapefile(path, tables["parcels"][["geometry"]].assign(id="1")),
    ):
        with pytest.raises(OutputError, match="can't be written") as caught:
            write(tmp_path / "file" / "out.shp")
        assert "无法写入" in caught.value.text("zh")


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_shapefile_is_typed_and_read_again(make_layer, tmp_path, encoding):
    frame = make_layer(
        DKBH=["001", "NA", None], 用途=["工业用地", "仓储", None], MJ=[1.5, np.nan, 2.0],
        N=pd.array([1, None, 3], dtype="Int64"), F=pd.array([True, None, False], dtype="boolean"),
        GYRQ=pd.to_datetime(["2021-01-15", None, "2021-03-01"]),
    )  # fmt: skip
    path = tmp_path / "p.shp"
    write_shapefile(path, frame, encoding=encoding)
    assert sorted(part.suffix for part in tmp_path.iterdir()) == [".cpg", ".dbf", ".prj", ".shp", ".shx"]
    raw = read_raw(path)
    assert raw.encoding.how == "cpg"
    assert raw.frame["DKBH"].tolist() == ["001", "NA", np.nan]
    assert raw.frame["用途"].tolist() == ["工业用地", "仓储", np.nan]
    assert raw.frame["N"].tolist() == [1, pd.NA, 3]
    assert raw.frame["MJ"].tolist() == [1.5, pytest.approx(np.nan, nan_ok=True), 2.0]
    dates = read_table(path, "parcels", issues=IssueLog(), units={"legal_area_m2": "m2"})["supply_date"]
    assert dates.dt.strftime("%F").tolist() == ["2021-01-15", np.nan, "2021-03-01"]


def test_names_that_could_not_be_read_again_are_refused(make_layer, tmp_path):
    frame = make_layer(地块编号=["001"], agreed_commencement=["x"])
    with pytest.raises(
        OutputError, match="at most 10 bytes in utf-8; too long are 地块编号, agreed_commencement"
    ) as caught:
        write_shapefile(tmp_path / "p.shp", frame)
    assert "最多 10 字节" in caught.value.text("zh")
    assert list(tmp_path.iterdir()) == []
    write_shapefile(tmp_path / "p.shp", frame[["地块编号", "geometry"]], encoding="gbk")
    assert read_raw(tmp_path / "p.shp").frame["地块编号"].tolist() == ["001"]


def test_text_that_would_be_cut_is_refused(make_layer, tmp_path):
    frame = make_layer(BZ=["短", "长" * 85])
    with pytest.raises(OutputError, match=r"column BZ has longer text in rows 2") as caught:
        write_shapefile(tmp_path / "p.shp", frame)
    assert "254 字节" in caught.value.text("zh")


def test_a_failure_while_writing_a_shapefile_leaves_the_former_one(make_layer, tmp_path, monkeypatch):
    import fiona

    path = tmp_path / "p.shp"
    write_shapefile(path, make_layer(DKBH=["001"]))
    former = {part.name: part.read_bytes() for part in tmp_path.iterdir()}

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fiona, "open", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_shapefile(path, make_layer(DKBH=["002"]))
    assert {part.name: part.read_bytes() for part in tmp_path.iterdir()} == former
