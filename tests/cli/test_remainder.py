"""Land in no parcel and gaps: one name, one figure, in issues, console, report and workbook."""

from __future__ import annotations

import re

import geopandas as gpd
import pandas as pd
import pytest


@pytest.fixture
def gappy(zone):
    """One parcel is drawn 5 cm inside its lines: a ring of gap around it."""
    parcels = zone.table("parcels")
    shapes = parcels.geometry.to_numpy().copy()
    shapes[3] = shapes[3].buffer(-0.05, join_style="mitre")
    zone.put("parcels", parcels.set_geometry(shapes))
    return zone


def test_land_in_no_parcel_is_one_number(gappy, zonegis):
    code, printed = zonegis("run", gappy.run_file, "--lang", "en", "--output", gappy.folder / "results")
    assert code == 0, printed
    land, gaps = re.search(r"land in no parcel ([\d,.]+) m²; gaps beside it ([\d,.]+) m²", printed).groups()
    issues = gpd.read_file(gappy.folder / "results" / "findings.gpkg", layer="issues")
    assert float(gaps.replace(",", "")) > 1
    by_code = issues.groupby("code")["area_m2"].agg(lambda texts: f"{sum(map(float, texts)):,.2f}")
    assert by_code["land-not-in-parcels"] == land
    found = issues[issues["code"].isin(["parcel-gap", "gap-small"])]["area_m2"].astype(float).sum()
    assert f"{found:,.2f}" == gaps
    page = (gappy.folder / "results" / "report.html").read_text("utf-8")
    for label, value in (("Land in no parcel", land), ("Gaps between parcels", gaps)):
        row = re.search(rf"<t[hd][^>]*>{label}</t[hd]>(.*?)</tr>", page, re.DOTALL)[1]
        shown = re.findall(r">([\d,.]+)<", row)[0]  # lines of this table are rounded so that they add up
        assert float(shown.replace(",", "")) == pytest.approx(float(value.replace(",", "")), abs=0.0101), row
    sheets = pd.read_excel(gappy.folder / "results" / "workbook.xlsx", sheet_name=None, header=None)
    cells = {str(cell): row for sheet in sheets.values() for row in sheet.to_numpy().tolist() for cell in row}
    for label, value in (("Land in no parcel", land), ("Gaps between parcels", gaps)):
        numbers = [cell for cell in cells[label] if isinstance(cell, float | int) and cell == cell]
        assert f"{numbers[0]:,.2f}" == value, cells[label]


def test_without_gaps_the_land_is_the_ground(zone, zonegis):
    code, printed = zonegis("run", zone.run_file, "--lang", "en", "--output", zone.folder / "results")
    assert code == 0, printed
    assert re.search(r"land in no parcel [\d,.]+ m²; gaps beside it 0.00 m²", printed)
