"""Files of the sample: the same bytes, whatever the chunks; whole or not at all."""

import datetime as dt
import hashlib

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from geopandas.testing import assert_geodataframe_equal

from gis.errors import InputError, OutputError
from gis.samples import SAMPLE_TABLES, SampleZone, write_sample
from gis.schema import fields_of

OTHERS = {"README.txt", "parcel_events.csv", "manifest.json"}


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("form", ["gpkg", "parquet"])
def test_same_arguments_give_the_same_bytes(tmp_path, form):
    for name in ("first", "second"):
        write_sample(tmp_path / name, parcels=120, seed=3, chunk_blocks=5, format=form)
    assert digests(tmp_path / "first") == digests(tmp_path / "second")
    assert set(digests(tmp_path / "first")) == {f"{table}.{form}" for table in SAMPLE_TABLES} | OTHERS


def test_another_seed_gives_another_zone(tmp_path):
    for seed in (1, 2):
        write_sample(tmp_path / str(seed), parcels=40, seed=seed)
    first, second = digests(tmp_path / "1"), digests(tmp_path / "2")
    assert all(first[name] != second[name] for name in first)


def test_writing_over_a_sample_gives_the_same_bytes_and_leaves_other_files(tmp_path):
    write_sample(tmp_path, parcels=80, seed=2)
    (tmp_path / "RUN.yaml").write_text("mine", "utf-8")
    write_sample(tmp_path, parcels=40, seed=1)
    write_sample(tmp_path.with_name("other"), parcels=40, seed=1)
    assert digests(tmp_path) == digests(tmp_path.with_name("other")) | {"RUN.yaml": digests(tmp_path)["RUN.yaml"]}
    assert (tmp_path / "RUN.yaml").read_text("utf-8") == "mine"


@pytest.mark.parametrize("table", SAMPLE_TABLES)
def test_streaming_equals_one_chunk(tmp_path_factory, table):
    folders = {}
    for chunk in (3, 7, 1000):
        folders[chunk] = tmp_path_factory.getbasetemp() / f"chunk{chunk}"
        if not folders[chunk].exists():
            write_sample(folders[chunk], parcels=250, seed=4, chunk_blocks=chunk)
    whole = gpd.read_file(folders[1000] / f"{table}.gpkg")
    for chunk in (3, 7):
        assert_geodataframe_equal(gpd.read_file(folders[chunk] / f"{table}.gpkg"), whole)


def test_a_block_is_the_same_alone_and_among_others():
    zone = SampleZone(parcels=400, seed=6, as_of=dt.date(2026, 3, 31))
    one = [layers for _, layers in zone.chunks(1)]
    whole = next(layers for _, layers in zone.chunks(1000))
    ids = [name for layers in one for name in layers["green_spaces"][0]["green_id"]]
    assert ids == whole["green_spaces"][0]["green_id"].tolist()
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("parcels", [40, 41, 79, 83, 400, 999])
def test_exactly_as_many_parcels_as_asked_for_with_ids_of_their_own(parcels):
    zone = SampleZone(parcels=parcels, seed=1, as_of=dt.date(2026, 3, 31))
    ids = [name for _, layers in zone.chunks(4) for name in layers["parcels"][0]["parcel_id"]]
    assert len(ids) == len(set(ids)) == parcels
    assert ids == [f"{number:08d}" for number in range(1, parcels + 1)]


def test_progress_counts_to_the_end(tmp_path):
    seen = []
    write_sample(tmp_path, parcels=400, chunk_blocks=10, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (400, 400)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert len(seen) == 5


def test_parquet_and_geopackage_hold_the_same(tmp_path):
    packages = write_sample(tmp_path, parcels=40)
    parquets = write_sample(tmp_path, parcels=40, format="parquet")
    for table in SAMPLE_TABLES:
        from_package, from_parquet = gpd.read_file(packages[table]), gpd.read_parquet(parquets[table])
        assert from_parquet.crs == from_package.crs == "EPSG:4549"
        assert (from_parquet.geometry == from_package.geometry).all()
        assert list(from_parquet.columns) == list(from_package.columns)
        for name, field in fields_of(table).items():
            one, other = from_package[name], from_parquet[name]
            assert (one.isna() == other.isna()).all(), name
            if field.type == "date":
                one, other = pd.to_datetime(one), pd.to_datetime(other)
            if field.type.is_measure:
                assert one.dropna().to_list() == other.dropna().to_list(), name
            elif field.type == "flag":
                assert one.dropna().astype(bool).tolist() == other.dropna().astype(bool).tolist(), name
            else:
                assert one.dropna().astype("str").tolist() == other.dropna().astype("str").tolist(), name


def test_files_have_the_dictionary_s_fields_and_dates_are_days(tmp_path):
    for table, path in write_sample(tmp_path, parcels=40).items():
        info = pyogrio.read_info(path, layer=table)
        assert list(info["fields"]) == list(fields_of(table))
        kinds = dict(zip(info["fields"], info["ogr_types"], strict=True))
        for name, field in fields_of(table).items():
            if field.type == "date":
                assert kinds[name] == "OFTDate"
            if field.type.is_text:
                assert kinds[name] == "OFTString"


def test_readme_says_synthetic_in_both_languages_with_size_and_seed(tmp_path):
    write_sample(tmp_path, parcels=77, seed=12, as_of=dt.date(2025, 6, 30))
    said = (tmp_path / "README.txt").read_text("utf-8")
    assert "SYNTHETIC" in said
    assert "虚构" in said
    for fact in ("77", "12", "2025-06-30", "EPSG:4549"):
        assert said.count(fact) >= 2


@pytest.mark.parametrize("parcels", [0, 39, 1_000_001])
def test_sizes_out_of_range_are_refused_before_anything_is_written(tmp_path, parcels):
    with pytest.raises(InputError) as caught:
        write_sample(tmp_path / "zone", parcels=parcels)
    assert str(parcels) in caught.value.text("en")
    assert "40" in caught.value.text("zh")
    assert not (tmp_path / "zone").exists()


def test_a_failure_in_the_middle_leaves_the_former_files_whole(tmp_path):
    write_sample(tmp_path, parcels=40, seed=1)
    before = digests(tmp_path)

    def fail(done, total):
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        write_sample(tmp_path, parcels=400, seed=2, chunk_blocks=5, progress=fail)
    assert digests(tmp_path) == before


def test_a_folder_that_is_a_file_is_an_output_error(tmp_path):
    (tmp_path / "taken").write_text("", "utf-8")
    with pytest.raises(OutputError):
        write_sample(tmp_path / "taken", parcels=40)


def test_a_driver_s_failure_is_an_output_error_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise pyogrio.errors.DataSourceError("database or disk is full")

    monkeypatch.setattr("pyogrio.raw.write_arrow", full)
    with pytest.raises(OutputError, match="disk is full"):
        write_sample(tmp_path, parcels=40)
    assert list(tmp_path.iterdir()) == []


def test_gdal_s_clock_setting_is_restored(tmp_path):
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "1999-01-01T00:00:00.000Z"})
    try:
        write_sample(tmp_path, parcels=40)
        assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") == "1999-01-01T00:00:00.000Z"
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def test_the_log_says_what_the_columns_say(tmp_path):
    """Told apart from the writer: every day of a logged parcel's columns is an event, and every such event a column."""
    parcels = gpd.read_file(write_sample(tmp_path, parcels=400)["parcels"]).set_index("parcel_id")
    events = pd.read_csv(tmp_path / "parcel_events.csv", dtype="str")
    assert set(events.columns) == set(fields_of("parcel_events"))
    assert 30 < events["parcel_id"].nunique() <= 50
    assert set(events["event_kind"]) <= set(fields_of("parcel_events")["event_kind"].choices)
    assert events["document"].str.contains("虚构").all()
    assert (events["event_date"] <= "2026-03-31").all()
    for column, kind in (("supply_date", "supplied"), ("commencement_date", "commenced"), ("completion_date", "completed"),
                         ("suspension_date", "suspended"), ("production_date", "in_production")):  # fmt: skip
        told = events[events["event_kind"] == kind].set_index("parcel_id")["event_date"].sort_index()
        own = parcels.loc[sorted(set(events["parcel_id"])), column].dropna().astype("str").str[:10]
        assert told.to_dict() == own.to_dict()
        assert len(told)
    agreed = events[events["event_kind"] == "agreed_commencement"].set_index("parcel_id")["value"]
    assert (agreed == parcels.loc[agreed.index, "agreed_commencement_date"].astype("str").str[:10]).all()
