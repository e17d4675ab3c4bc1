"""The bad input that users meet, each through ``zonegis run`` with the message it gets and nothing left behind."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
import shapely

UNREADABLE, STOPPED = 3, 1


def without_crs(zone):
    parcels = zone.table("parcels")[["parcel_id", "geometry"]]
    path = zone.put("parcels", parcels, ".shp", encoding="utf-8")
    path.with_suffix(".prj").unlink()


def in_degrees(zone):
    zone.put("approved_boundaries", zone.table("approved_boundaries").to_crs("EPSG:4490"))


def in_mercator(zone):
    zone.put("approved_boundaries", zone.table("approved_boundaries").to_crs("EPSG:3857"))


def axes_swapped(zone):
    parcels = zone.table("parcels")
    zone.put("parcels", parcels.set_geometry(shapely.transform(parcels.geometry, lambda xy: xy[:, ::-1])))


def other_meridian(zone):
    parcels = zone.table("parcels").to_crs("EPSG:4528")
    moved = shapely.transform(parcels.geometry, lambda xy: xy - [40_000_000, 0])
    zone.put("parcels", parcels.set_geometry(moved).set_crs("EPSG:4550", allow_override=True))


def gbk_unproved(zone):
    """Bytes that are neither UTF-8 nor provably GBK: a shapefile of Latin text in an unknown page."""
    parcels = zone.table("parcels")[["parcel_id", "geometry"]].assign(holder="Ünïcode")
    path = zone.put("parcels", parcels.rename(columns={"parcel_id": "DKBH"}), ".shp", encoding="ISO-8859-1")
    path.with_suffix(".cpg").unlink()


def names_cut(zone):
    parcels = zone.table("parcels")
    frame = parcels[["parcel_id", "geometry"]].assign(HOLDERNAME=parcels["holder"])
    path = zone.put("parcels", frame.rename(columns={"parcel_id": "DKBH"}), ".shp", encoding="utf-8")
    dbf = path.with_suffix(".dbf").read_bytes()
    cut = "土地使用权人名称".encode()[:10]  # as a writer does that counts bytes
    path.with_suffix(".dbf").write_bytes(dbf.replace(b"HOLDERNAME", cut))


def zones_of_time_mixed(zone):
    parcels = zone.table("parcels").astype({"delivery_date": "object"})
    stamps = ["2020-01-15T00:00:00+08:00", "2020-01-15T00:00:00Z"]
    parcels["delivery_date"] = np.resize(stamps, len(parcels))
    zone.put("parcels", parcels, ".geojson")


def ids_alike(zone):
    parcels, buildings = zone.table("parcels"), zone.table("buildings")
    alike = dict(zip(parcels["parcel_id"], ["001", "1"], strict=False))
    zone.put("parcels", parcels.assign(parcel_id=parcels["parcel_id"].replace(alike)))
    zone.put("buildings", buildings.assign(parcel_id=buildings["parcel_id"].replace(alike)))


def empty_layer(zone):
    zone.put("green_spaces", zone.table("green_spaces").iloc[:0])


def overlapping(zone):
    parcels = zone.table("parcels")
    shapes = parcels.geometry.to_numpy().copy()
    shapes[0] = shapes[0].buffer(20, join_style="mitre")
    zone.put("parcels", parcels.set_geometry(shapes))


def outside(zone):
    parcels = zone.table("parcels")
    shapes = parcels.geometry.to_numpy().copy()
    shapes[0] = shapely.affinity.translate(shapes[0], 5000, 0)
    zone.put("parcels", parcels.set_geometry(shapes))


def scheme_unknown(zone):
    zone.put("land_use", zone.table("land_use").assign(land_use_scheme="my_own"))


def from_the_future(zone):
    zone.change("as_of: 2026-03-31", "as_of: 2999-01-01")


def not_a_data_file(zone):
    path = zone.folder / "parcels.gpkg"
    path.write_bytes(b"\x00 this is no GeoPackage \xff" * 50)
    zone.use("parcels", path)


def absent(zone):
    zone.use("parcels", zone.folder / "nowhere.gpkg")


def id_doubled(zone):
    parcels = zone.table("parcels").astype({"parcel_id": "object"})
    parcels.loc[1, "parcel_id"] = parcels.loc[0, "parcel_id"]
    zone.put("parcels", parcels)


CASES = [
    (without_crs, UNREADABLE, ["parcels.shp", "no reference system", "crs: EPSG"]),
    (in_degrees, UNREADABLE, ["approved_boundaries.gpkg", "degrees", "crs:"]),
    (in_mercator, UNREADABLE, ["approved_boundaries.gpkg", "Mercator", "crs:"]),
    (axes_swapped, UNREADABLE, ["parcels.gpkg", "swapped"]),
    (other_meridian, UNREADABLE, ["parcels.gpkg", "EPSG:4549"]),
    (gbk_unproved, UNREADABLE, ["parcels.shp", "encoding: gbk", ".cpg"]),
    (names_cut, UNREADABLE, ["parcels.shp", "10 bytes"]),
    (zones_of_time_mixed, STOPPED, ["date-mixed-zones"]),
    (ids_alike, 0, ["warning"]),
    (empty_layer, UNREADABLE, ["green_spaces.gpkg", "no feature in it"]),
    (overlapping, STOPPED, ["parcel-overlap", "m²", "results-issues.csv", "checks.accept"]),
    (outside, STOPPED, ["parcel-outside", "results-issues.csv"]),
    (scheme_unknown, STOPPED, ["land-use-scheme-unknown"]),
    (from_the_future, UNREADABLE, ["2999-01-01", "today"]),
    (not_a_data_file, UNREADABLE, ["parcels.gpkg", "can't be read"]),
    (absent, UNREADABLE, ["nowhere.gpkg", "does not exist"]),
    (id_doubled, STOPPED, ["id-duplicate"]),
]


@pytest.mark.parametrize(("spoil", "code", "says"), CASES, ids=[case[0].__name__ for case in CASES])
def test_bad_input_gets_its_message(zone, zonegis, spoil, code, says):
    spoil(zone)
    found, said = zonegis("run", zone.run_file, "--lang", "en")
    assert found == code, said
    assert [part for part in says if part not in said] == []
    assert zone.left() == {0: ["results"], STOPPED: ["results-issues.csv"], UNREADABLE: []}[code]


def test_an_id_alike_is_said_and_both_stay(zone, zonegis):
    ids_alike(zone)
    _, said = zonegis("check", zone.run_file, "--lang", "en")
    assert "id-lookalike" in said
    code, said = zonegis("explain", zone.run_file, "001", "--lang", "en")
    assert code == 0
    assert "001" in said
    code, said = zonegis("explain", zone.run_file, "0001", "--lang", "en")
    assert code == UNREADABLE
    assert "letter for letter" in said


@pytest.mark.parametrize(
    ("number", "says"), [(errno.ENOSPC, "No space left on device"), (errno.EACCES, "Permission denied")]
)
def test_a_disk_that_refuses_gets_a_message_and_keeps_the_former_results(zone, zonegis, monkeypatch, number, says):
    """Full disk and missing permission, at the last file of the folder (root may write anywhere, so simulated)."""
    assert zonegis("run", zone.run_file)[0] == 0
    folder = zone.folder / "results"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def refuse(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("gis.workflow.results.write_manifest", refuse)
    code, said = zonegis("run", zone.run_file, "--lang", "en")
    assert code == UNREADABLE
    assert says in said
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert zone.left() == ["results"]


@pytest.mark.skipif(not Path("/sys").is_dir(), reason="a folder that refuses even root: the kernel's own, on Linux")
def test_a_folder_without_write_permission(zone, zonegis):
    code, said = zonegis("run", zone.run_file, "--lang", "en", "--output", "/sys/zonegis-results")
    assert code == UNREADABLE
    assert "/sys/zonegis-results can't be written" in said
    assert "may write to" in said


@pytest.mark.parametrize("code", ["id-duplicate", "geometry-invalid"])
def test_what_nothing_can_be_computed_of_is_never_accepted(zone, zonegis, code):
    zone.change("accept: []", f"accept: [{{code: {code}, reason: as delivered}}]")
    found, said = zonegis("run", zone.run_file, "--lang", "en")
    assert found == UNREADABLE
    assert code in said
    assert "can't be accepted" in said
