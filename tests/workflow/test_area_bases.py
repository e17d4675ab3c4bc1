"""A run on the ellipsoid, and a run whose verdict hangs on the basis: what each output says."""

import datetime as dt
import json

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from pyproj import CRS
from shapely import box

from gis.crs import ellipsoidal_area_m2
from gis.errors import InputError
from gis.workflow import load_run_file, run, write_sample_run

TODAY = dt.date(2026, 11, 24)
DAY = dt.date(2026, 3, 31)
FILES = ("map.html", "report.html", "workbook.xlsx", "findings.gpkg", "issues.csv")
X, Y = 680_000, 3_420_000
RUN = """zonegis: 1
title: 长条区
as_of: 2026-03-31
place: "310115"
area_basis: {basis}
output: results
tables:
  approved_boundaries: {{path: approved_boundaries.gpkg}}
  parcels: {{path: parcels.gpkg}}
  green_spaces: {{path: green_spaces.gpkg}}
"""


def sheet(result, name):
    book = openpyxl.load_workbook(result.folder / "workbook.xlsx", read_only=True)
    head, *rows = book[name].iter_rows(values_only=True)
    return pd.DataFrame(rows, columns=list(head))


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    target = write_sample_run(tmp_path_factory.mktemp("zone") / "z", parcels=60, seed=1, as_of=DAY)
    plain = target.read_text("utf-8")
    other = target.with_name("ELLIPSOID.yaml")
    other.write_text(plain.replace("output: results", "output: ellipsoid\narea_basis: ellipsoidal"), "utf-8")
    return target, other


@pytest.fixture(scope="module")
def planar(sample):
    return run(sample[0], today=TODAY)


@pytest.fixture(scope="module")
def ellipsoidal(sample):
    return run(sample[1], today=TODAY)


def test_every_m2_of_an_ellipsoidal_run_is_on_the_ellipsoid(planar, ellipsoidal):
    crs = ellipsoidal.measured.land.crs
    land = ellipsoidal.measured.land
    again = [ellipsoidal_area_m2(shape, crs) for shape in land.geometry]
    inside = land["zone_id"].notna()
    assert land.loc[inside, "area_m2"].tolist() == pytest.approx(
        [area for area, own in zip(again, inside, strict=True) if own], rel=1e-8, abs=2e-4
    )
    plane = {(b.name, f.zone_id, f.name): f for b in planar.measured.balances.values() for f in b.figures}
    compared = 0
    for balance in ellipsoidal.measured.balances.values():
        for figure in balance.figures:
            twin = plane[balance.name, figure.zone_id, figure.name]
            if figure.unit == "m2" and twin.value and "surplus" not in figure.name and "shortfall" not in figure.name:
                assert 100e-6 < abs(twin.value / figure.value - 1) < 1000e-6, figure.name
                compared += 1
    assert compared > 15
    manifest = json.loads((ellipsoidal.folder / "manifest.json").read_text("utf-8"))
    assert all(abs(entry["residual_m2"]) < 1e-3 for entry in manifest["invariants"])


def test_every_output_says_the_basis(planar, ellipsoidal):
    for result, name, said in (
        (planar, "planar EPSG:4549", "平面面积，EPSG:4549"),
        (ellipsoidal, "ellipsoidal GRS80", "椭球面积，GRS80（CGCS2000 椭球）"),
    ):
        assert json.loads((result.folder / "manifest.json").read_text("utf-8"))["area_basis"] == name
        assert said in (result.folder / "report.html").read_text("utf-8")
        assert said in (result.folder / "map.html").read_text("utf-8")
        assert set(sheet(result, "指标")["面积基准"].dropna()) == {name}
        assert set(sheet(result, "明细")["面积基准"]) == {name}
        for layer in ("zones", "parcels", "findings", "figures"):
            table = gpd.read_file(result.folder / "findings.gpkg", layer=layer)
            assert set(table["area_basis"]) == {name}, layer


def test_shapes_do_not_move(planar, ellipsoidal):
    first, second = (
        gpd.read_file(result.folder / "findings.gpkg", layer="parcels") for result in (planar, ellipsoidal)
    )
    assert first.crs == second.crs
    assert first.geometry.to_wkb().tolist() == second.geometry.to_wkb().tolist()


def test_three_areas_stand_side_by_side_whatever_the_basis(planar, ellipsoidal):
    names = ["legal_area_m2", "measured_area_m2", "ellipsoidal_area_m2", "measured_less_legal_m2",
             "ellipsoidal_less_legal_m2", "ellipsoidal_less_measured_m2"]  # fmt: skip
    tables = [gpd.read_file(result.folder / "findings.gpkg", layer="parcels") for result in (planar, ellipsoidal)]
    assert tables[0][names].equals(tables[1][names])
    known = tables[0][tables[0]["legal_area_m2"].notna()]
    assert len(known)
    difference = known["measured_area_m2"] - known["legal_area_m2"]
    assert known["measured_less_legal_m2"].tolist() == pytest.approx(difference.tolist(), abs=1e-6)
    areas = sheet(planar, "面积对照")
    assert len(areas) == len(tables[0])
    assert areas["椭球 − 图形（m²）"].tolist() == pytest.approx(
        tables[0].sort_values("parcel_id")["ellipsoidal_less_measured_m2"].tolist(), abs=1e-6
    )
    assert "地块证载、平面、椭球面积对照" in (planar.folder / "report.html").read_text("utf-8")


def test_two_ellipsoidal_runs_give_the_same_bytes(sample, ellipsoidal, tmp_path):
    again = run(sample[1], today=TODAY, output=tmp_path / "again")
    for name in FILES:
        assert (again.folder / name).read_bytes() == (ellipsoidal.folder / name).read_bytes(), name


def test_verdicts_that_do_not_judge_measured_areas_are_the_same_on_both(planar, ellipsoidal):
    for name in ("idle_land", "mixed_use"):
        first, second = (result.measured.balances[name].findings for result in (planar, ellipsoidal))
        assert len(first)
        assert first["verdict"].tolist() == second["verdict"].tolist()
        assert set(first["other_basis_verdict"]) == {""}


@pytest.fixture(scope="module")
def long_zone(tmp_path_factory):
    """Exactly 1/5 green in the plane, at the eastern end of 10 km: below 1/5 on the ellipsoid."""
    folder = tmp_path_factory.mktemp("long")
    west, east = box(X, Y, X + 5000, Y + 1000), box(X + 5000, Y, X + 10_000, Y + 1000)
    tables = {
        "approved_boundaries": ([{"zone_id": "Z", "zone_name": "长条区", "boundary_quality": "approved"}],
                                [box(X, Y, X + 10_000, Y + 1000)]),
        "parcels": ([{"parcel_id": "W"}, {"parcel_id": "E"}], [west, east]),
        "green_spaces": ([{"green_id": "g", "green_kind": "attached"}], [box(X + 8000, Y, X + 10_000, Y + 1000)]),
    }  # fmt: skip
    for name, (records, shapes) in tables.items():
        gpd.GeoDataFrame(records, geometry=shapes, crs=CRS(4549)).to_file(folder / f"{name}.gpkg")
    return folder


@pytest.mark.parametrize(
    ("basis", "verdicts", "title", "line"),
    [
        ("planar", ("met", "not_met"), "椭球面积下结论不同", "长条区：达标结论在椭球面积下改变"),
        ("ellipsoidal", ("not_met", "met"), "平面面积下结论不同", "长条区：达标结论在平面面积下改变"),
    ],
)
def test_a_flip_is_said_everywhere(long_zone, tmp_path, basis, verdicts, title, line):
    target = long_zone / f"{basis}.yaml"
    target.write_text(RUN.format(basis=basis), "utf-8")
    result = run(target, today=TODAY, output=tmp_path / "out")
    zone = gpd.read_file(result.folder / "findings.gpkg", layer="findings").set_index("entity_id").loc["Z"]
    assert (zone["verdict"], zone["other_basis_verdict"]) == verdicts
    assert abs(zone["observed"] - zone["other_basis_observed"]) == pytest.approx(0.2 * 36e-6, rel=0.05)
    page = (result.folder / "report.html").read_text("utf-8")
    assert title in page
    assert line in page
    assert "两种面积基准都判定的结论共 3 个；改变的有区域 1 个、地块 0 个" in page
    assert line in sheet(result, "核对").iloc[:, 0].tolist()
    manifest = json.loads((result.folder / "manifest.json").read_text("utf-8"))
    told = {"judged": 3, "flips": ["approved_boundaries/Z"]}
    assert manifest["verdicts_on_both_bases"] == {"green_ratio": told}
    bases = [entry["area_basis"] for entry in manifest["second_method"] if "green" in entry["overlay"]]
    assert sorted(bases) == ["ellipsoidal GRS80", "planar EPSG:4549"], "both are checked by the second method"


def test_an_unknown_basis_is_refused(long_zone):
    target = long_zone / "deed.yaml"
    target.write_text(RUN.format(basis="deed"), "utf-8")
    with pytest.raises(InputError, match="area_basis"):
        load_run_file(target)
