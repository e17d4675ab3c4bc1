"""``zonegis publish``: what goes out is named, on a grid, and read back; every planted leak is found."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import gzip
import json
import re
import shutil
import sqlite3
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import gis.workflow.publishing as publishing
from gis.errors import InputError, OutputError
from gis.maps.packing import packed_base64
from gis.regulations import secrecy_notices
from gis.workflow import compute_run, publish_run, write_sample_run
from gis.workflow.publication_check import check_publication, withheld_texts

FIELDS = ("parcel_id", "area_m2", "status", "green_ratio", "floor_ratio", "green_verdict")
TODAY = dt.date(2026, 11, 24)
GRID = 10.0
HOLDER = "张三"


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    run_file = write_sample_run(tmp_path_factory.mktemp("zone") / "z", parcels=40, seed=1, as_of=dt.date(2026, 3, 31))
    parcels = gpd.read_file(run_file.parent / "parcels.gpkg")
    parcels.loc[3, "holder"] = HOLDER
    (run_file.parent / "parcels.gpkg").unlink()
    parcels.to_file(run_file.parent / "parcels.gpkg")
    return compute_run(run_file, today=TODAY)


@pytest.fixture(scope="module")
def published(computed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out") / "public"
    return publish_run(*computed, folder, fields=FIELDS, precision="10m", lang="zh")


def faults_of(folder, computed, fields=FIELDS):
    loaded, measured = computed
    return check_publication(
        folder, fields=fields, precision_m=GRID, crs=measured.land.crs, withheld=withheld_texts(loaded, fields)
    )


@pytest.fixture
def copy(published, tmp_path):
    return Path(shutil.copytree(published.folder, tmp_path / "copy"))


def test_it_holds_the_named_fields_and_no_more(published, computed):
    assert {path.name for path in published.folder.iterdir()} == {
        "map.html", "report.html", "findings.gpkg", "manifest.json",
    }  # fmt: skip
    parcels = gpd.read_file(published.folder / "findings.gpkg", layer="parcels")
    assert list(parcels.columns) == [*FIELDS, "geometry"]
    assert not np.mod(shapely.get_coordinates(parcels.geometry.to_numpy()), GRID).any()
    idle = computed[1].balances["idle_land"].parcels.sort_values("parcel_id")
    assert parcels["area_m2"].tolist() == idle["area_m2"].round(2).tolist(), "figures are those before coarsening"
    assert parcels["status"].tolist() == idle["status"].tolist()
    manifest = json.loads((published.folder / "manifest.json").read_text("utf-8"))
    assert manifest["fields"] == list(FIELDS) and manifest["precision_m"] == "10"
    assert faults_of(published.folder, computed) == []


def test_the_effect_on_areas_is_told(published, computed):
    effect = gpd.read_file(published.folder / "findings.gpkg", layer="effect")
    before = {key: shapely.area(shape) for key, shape in zip(computed[1].land["parcel_id"], computed[1].land.geometry,
                                                             strict=True)}  # fmt: skip
    rounded = {key: round(area, 2) for key, area in before.items()}
    assert dict(zip(effect["parcel_id"], effect["area_before_m2"], strict=True)) == pytest.approx(rounded, abs=1e-9)
    assert np.allclose(effect["difference_m2"], effect["area_after_m2"] - effect["area_before_m2"], atol=0.0101)
    report = (published.folder / "report.html").read_text("utf-8")
    assert f"{sum(before.values()):,.2f}" in report and "不得据以量算" in report
    for notice in secrecy_notices("310115"):
        assert notice.zh in report and not notice.verified
    assert "未核实" in report


def test_figures_by_a_field_stand_only_where_it_does(computed, tmp_path):
    """The sum of a status that one parcel has, beside the areas of all, would tell which parcel it is."""
    done = publish_run(*computed, tmp_path / "areas", fields=["parcel_id", "area_m2"], precision="10m", lang="en")
    report = (done.folder / "report.html").read_text("utf-8")
    idle = computed[1].balances["idle_land"].parcels
    single = idle[idle.groupby("status")["status"].transform("size") == 1]
    assert len(single)
    for status in ("idle", "idle_recognisable", "approved_not_built", "undetermined"):
        total = idle.loc[idle["status"] == status, "area_m2"].sum()
        if (idle["status"] == status).sum() > 1:
            assert f"{total:,.2f}" not in report


def test_the_page_says_what_it_is(published):
    page = (published.folder / "map.html").read_text("utf-8")
    assert "公开版：坐标已粗化" in page and "仅供内部使用" not in page and "GCJ-02" in page


@pytest.mark.parametrize(
    ("fields", "precision", "reason", "key"),
    [
        (("parcel_id", "area_m2", "nonsense"), "10m", "", "publish_field_unknown"),
        (("parcel_id", "status"), "10m", "", "publish_field_needed"),
        ((*FIELDS, "holder"), "10m", "", "publish_personal"),
        ((*FIELDS, "holder"), "10m", "  ", "publish_personal"),
        (FIELDS, "0.001m", "", "publish_precision"),
        (FIELDS, "ten", "", "publish_precision"),
    ],
)
def test_what_may_not_be_asked_for(computed, tmp_path, fields, precision, reason, key):
    with pytest.raises(InputError) as caught:
        publish_run(*computed, tmp_path / "p", fields=fields, precision=precision, lang="zh", reason=reason)
    assert caught.value.key == key and not (tmp_path / "p").exists()


def test_holders_go_out_with_a_reason_only(computed, tmp_path):
    fields = (*FIELDS, "holder")
    done = publish_run(*computed, tmp_path / "p", fields=fields, precision="10m", lang="zh", reason="公示期内")
    assert HOLDER in set(gpd.read_file(done.folder / "findings.gpkg", layer="parcels")["holder"])
    assert "公示期内" in (done.folder / "report.html").read_text("utf-8")
    assert faults_of(done.folder, computed) != [], "the same files are a leak where holders were not named"


def test_parcels_that_have_nothing_left_are_named_with_their_area(computed, tmp_path):
    done = publish_run(*computed, tmp_path / "p", fields=FIELDS, precision="200m", lang="en")
    gone = done.publication.effect[done.publication.effect["is_left_out"]]
    assert len(gone)
    told = " ".join(done.publication.lines("en"))
    assert f"{gone['area_before_m2'].sum():,.2f} m² together" in told and gone["parcel_id"].iloc[0] in told


# Planted faults, each in the finished files


def change_block(folder, name, change):
    page = (folder / "map.html").read_text("utf-8")
    found = re.search(rf'<script type="application/gzip" id="{name}" data-size="\d+">([^<]*)</script>', page)
    from gis.workflow.publication_check import _unpacked

    block = _unpacked(gzip.decompress(base64.b64decode(found[1])))
    change(block)
    text, size = packed_base64(block)
    new = f'<script type="application/gzip" id="{name}" data-size="{size}">{text}</script>'
    (folder / "map.html").write_text(page.replace(found[0], new), "utf-8")


def holder_in_column(folder):
    def change(block):
        block["columns"]["holder"] = {
            "kind": "coded", "values": ["", HOLDER], "codes": np.ones(len(block["columns"]["area"]["values"]), "uint8"),
        }  # fmt: skip

    change_block(folder, "zonegis-parcels", change)


def column_in_page(folder):
    def change(block):
        block["columns"]["route"] = {
            "kind": "coded", "values": ["", "x"], "codes": np.ones(len(block["columns"]["area"]["values"]), "uint8"),
        }  # fmt: skip

    change_block(folder, "zonegis-parcels", change)


def theme_in_page(folder):
    change_block(folder, "zonegis-parcels", lambda block: block["views"].update(ground=block["views"]["status"]))


def finer_vertex_in_page(folder):
    def change(block):
        block["shapes"]["start_x"][0] += 300  # some three metres

    change_block(folder, "zonegis-parcels", change)


def finer_vertex_in_layer(folder):
    change_block(folder, "zonegis-boundary", lambda block: block["shapes"]["start_y"].__setitem__(0, 355_000_123))


def holder_in_words(folder):
    page = (folder / "map.html").read_text("utf-8")
    (folder / "map.html").write_text(page.replace("公开版：坐标已粗化", f"地块 {HOLDER} 所有", 1), "utf-8")


def escaped_holder_in_script(folder):
    page = (folder / "map.html").read_text("utf-8")
    extra = f"<div title='{''.join(f'&#{ord(one)};' for one in HOLDER)}'></div></body>"
    (folder / "map.html").write_text(page.replace("</body>", extra, 1), "utf-8")


def holder_in_report(folder):
    report = (folder / "report.html").read_text("utf-8")
    (folder / "report.html").write_text(report.replace("</main>", f"<p>{HOLDER}</p></main>", 1)
                                        if "</main>" in report else report + HOLDER, "utf-8")  # fmt: skip


def sql(folder, *statements, vacuum=False):
    connection = sqlite3.connect(folder / "findings.gpkg")
    connection.execute("PRAGMA secure_delete = OFF")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    if vacuum:
        connection.execute("VACUUM")
    connection.close()


def column_in_geopackage(folder):
    sql(folder, "ALTER TABLE notice ADD COLUMN supply_price_cny REAL")


def layer_in_geopackage(folder):
    sql(folder, "CREATE TABLE issues (message TEXT)")


def holder_in_metadata(folder):
    sql(folder, f"UPDATE gpkg_contents SET description = '{HOLDER}' WHERE table_name = 'effect'")


def plant_deleted_row(folder, *, vacuum=False):
    sql(folder, f"INSERT INTO notice (line) VALUES ('{HOLDER}')", f"DELETE FROM notice WHERE line = '{HOLDER}'",
        vacuum=vacuum)  # fmt: skip


def finer_shape_in_geopackage(folder):
    parcels = gpd.read_file(folder / "findings.gpkg", layer="parcels")
    shape = shapely.transform(parcels.geometry[0], lambda xy: xy + 0.25)
    sizes = bytes.fromhex("475000010000000000")[:4] + (4549).to_bytes(4, "little")
    blob = sizes[:3] + b"\x01" + sizes[4:] + shapely.to_wkb(shape)
    connection = sqlite3.connect(folder / "findings.gpkg")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{name}"')
    connection.execute("UPDATE parcels SET geom = ? WHERE fid = 1", (blob,))
    connection.commit()
    connection.close()


def path_in_manifest(folder):
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["run_file"] = {"path": "RUN.yaml"}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def another_file(folder):
    (folder / "issues.csv").write_text("code\n", "utf-8")


PLANTED = [
    holder_in_column, column_in_page, theme_in_page, finer_vertex_in_page, finer_vertex_in_layer, holder_in_words,
    escaped_holder_in_script, holder_in_report, column_in_geopackage, layer_in_geopackage, holder_in_metadata,
    plant_deleted_row, finer_shape_in_geopackage, path_in_manifest, another_file,
]  # fmt: skip


@pytest.mark.parametrize("plant", PLANTED)
def test_a_planted_leak_is_found(copy, computed, plant):
    plant(copy)
    faults = faults_of(copy, computed)
    assert faults
    assert HOLDER not in "".join(faults), "the message repeats what it withholds"


def test_a_row_that_was_let_go_of_is_gone_after_a_vacuum(copy, computed):
    plant_deleted_row(copy, vacuum=True)
    assert faults_of(copy, computed) == []


def test_a_coordinate_in_the_report_is_found(copy, computed):
    point = shapely.get_coordinates(computed[1].land.geometry.to_numpy())[5]
    report = (copy / "report.html").read_text("utf-8")
    (copy / "report.html").write_text(report + f"<p>{point[0]:.3f} {point[1]:.3f}</p>", "utf-8")
    assert [fault for fault in faults_of(copy, computed) if fault.startswith("report.html")]


def test_nothing_stands_where_a_writer_leaks(computed, tmp_path, monkeypatch):
    """A writer that is wrong: a column more in the layer, a shape that was not snapped, a name in another's place."""
    loaded, measured = computed
    table = publishing._fields_table
    monkeypatch.setattr(publishing, "_fields_table", lambda *given: table(*given).assign(
        tax_cny=1.0, status=measured.land["holder"].to_numpy()))  # fmt: skip
    former = tmp_path / "p"
    with pytest.raises(OutputError) as caught:
        publish_run(loaded, measured, former, fields=FIELDS, precision="10m", lang="zh")
    assert caught.value.key == "publish_leak" and not former.exists() and not list(tmp_path.iterdir())
    monkeypatch.undo()
    monkeypatch.setattr(publishing, "_coarse_layer", lambda frame, grid: frame[["geometry"]].reset_index(drop=True))
    with pytest.raises(OutputError) as caught:
        publish_run(loaded, measured, former, fields=FIELDS, precision="10m", lang="zh")
    assert "map.html" in caught.value.text() and not former.exists()


def test_a_holder_inside_a_published_name_is_a_leak(computed, tmp_path):
    loaded, measured = computed
    land = measured.land.copy()
    names = land["parcel_name"].astype("object").copy()
    names.iloc[0] = f"{HOLDER}地块"
    loaded = dataclasses.replace(loaded, tables={**loaded.tables, "parcels": loaded.tables["parcels"]})
    wrong = dataclasses.replace(measured, land=land.assign(parcel_name=pd.Series(names, dtype="str")))
    with pytest.raises(OutputError):
        publish_run(loaded, wrong, tmp_path / "p", fields=(*FIELDS, "parcel_name"), precision="10m", lang="zh")
