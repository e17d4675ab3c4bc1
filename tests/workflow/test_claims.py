"""Runs on cadastres whose parcels share ground: the whole way from files to what is written."""

import datetime as dt
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import shapely
from arrangements import green_of, parcels_of, table
from shapely import box

from gis.errors import InputError
from gis.overlay import find_claims
from gis.readers import write_geopackage
from gis.workflow import load_run_file, run

TODAY = dt.date(2026, 11, 24)
LEVELS = Path(__file__).parents[3] / "shared" / "data" / "lingang_grid" / "lingang_grid.geojson"
RUN = """zonegis: 1
title: twice
as_of: 2026-03-31
place: "310115"
lang: en
output: out
tables:
  approved_boundaries: {path: zone.gpkg}
  parcels: {path: parcels.gpkg}
  green_spaces: {path: green.gpkg}
checks: {accept: [{code: parcel-overlap, reason: two titles}, {code: layer-overlap, reason: two surveys}]}
"""


@pytest.fixture
def folder(tmp_path):
    """One hectare: an idle parcel and one in production share 20 × 100 m; green there, of two kinds on 5 × 100 m."""
    parcels = parcels_of([("1", "idle", box(0, 0, 60, 100)), ("2", "in_production", box(40, 0, 100, 100))])
    parcels["supply_date"] = ["2019-01-01", "2015-01-01"]
    green = green_of([("1", "attached", box(40, 0, 55, 100)), ("2", "park", box(50, 0, 60, 100))])
    zone = table("approved_boundaries", [{"zone_id": "Z", "boundary_quality": "approved"}], [box(0, 0, 100, 100)])
    for name, layer in (("zone", zone), ("parcels", parcels), ("green", green)):
        kept = layer.drop(columns=["source_file", "source_row"]).dropna(axis=1, how="all")
        write_geopackage(tmp_path / f"{name}.gpkg", {name: kept})
    return tmp_path


def made(folder, more=""):
    (folder / "RUN.yaml").write_text(RUN + more, "utf-8")
    return run(folder / "RUN.yaml", today=TODAY)


def test_contested_ground_and_kinds_are_in_every_output(folder):
    result = made(folder)
    idle, green = (result.measured.balances[name].zones.iloc[0] for name in ("idle_land", "green_ratio"))
    assert (idle["idle_m2"], idle["contested_m2"], idle["overlap_m2"]) == (4_000.0, 2_000.0, 2_000.0)
    assert (green["green_m2"], green["green_other_precedence_m2"], green["kinds_overlap_m2"]) == (
        1_000.0,
        1_500.0,
        500.0,
    )
    report = (result.folder / "report.html").read_text("utf-8")
    for words in ("Claimed by more than one parcel", "Contested", "between 40.00% and 60.00%", "Held by"):
        assert words in report
    assert "zg-claimed" in result.map.read_text("utf-8")
    book = openpyxl.load_workbook(result.folder / "workbook.xlsx", read_only=True)
    cells = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell}
    assert "claimed_by_several" in cells
    assert any("not that the ground was measured right" in cell for cell in cells)
    assert not any(cell.removeprefix("✗ ") == "rows do not add up" for cell in cells)


def test_a_declared_priority_is_said_everywhere(folder):
    result = made(
        folder, "claims: {priority: supply_date, order: newest, reason: the later title replaced the first}\n"
    )
    idle = result.measured.balances["idle_land"].zones.iloc[0]
    assert (idle["idle_m2"], idle["in_production_m2"], idle["contested_m2"]) == (6_000.0, 4_000.0, 0.0)
    manifest = json.loads((result.folder / "manifest.json").read_text("utf-8"))
    assert manifest["claims"]["parcels"]["reason"] == "the later title replaced the first"
    assert manifest["claims"]["green_spaces"]["order"] == "counts_least"
    assert "the later title replaced the first" in (result.folder / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("order", "said"),
    [("counts_most", "order is what counts most comes first"),
     ("[park, attached]", "order is park; attached")],
)  # fmt: skip
def test_a_declared_order_of_kinds_is_said_in_words(folder, order, said):
    result = made(folder, f"covers: {{green_spaces: {{order: {order}, reason: why not}}}}\n")
    assert said in (result.folder / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("claims: {priority: holder, order: newest, reason: x}\n", "claims.priority: holder is no date"),
        ("claims: {priority: supply_date, order: highest, reason: x}\n", "is no number of parcels"),
        ("covers: {green_spaces: {order: contested, reason: x}}\n", "covers.green_spaces.order"),
        ("covers: {land_use: {order: [industrial, industrial], reason: x}}\n", "must be different ones"),
    ],
)
def test_what_can_not_be_a_priority_is_refused(tmp_path, more, said):
    (tmp_path / "RUN.yaml").write_text(RUN + more, "utf-8")
    with pytest.raises(InputError, match=said):
        load_run_file(tmp_path / "RUN.yaml")


@pytest.mark.shared_data
@pytest.mark.skipif(not LEVELS.exists(), reason="the open layers beside the checkout are absent")
def test_levels_of_real_outlines_and_copies_a_centimetre_off_are_told_apart():
    """Cut by a circle and rounded where a zone lies, outlines that nearly coincide lost a face in GEOS."""
    levels = np.asarray(gpd.read_file(LEVELS).to_crs("EPSG:4549").geometry.array)
    circle = shapely.union_all(levels).representative_point().buffer(4_000)
    copies = shapely.transform(levels, lambda places: places + np.array([0.01, 0.02]))
    every = shapely.intersection(np.concatenate([levels, copies]), circle)
    shapes = every[shapely.area(every) > 1]
    ids = [str(number) for number in range(len(shapes))]
    land = gpd.GeoDataFrame({"parcel_id": ids, "zone_id": "Z"}, geometry=list(shapes), crs="EPSG:4549")
    doubled = find_claims(land).doubled_m2["Z"]
    assert shapely.area(shapes).sum() - doubled == pytest.approx(shapely.union_all(shapes).area, abs=1e-2)
