"""Green that a ratio leaves out, for its kind or for it lies in no parcel, is said with its m²: console and report."""

from __future__ import annotations

import json
import re

import pytest
import shapely


def test_green_left_out_is_said_with_its_area_and_reason(zone, zonegis):
    green, parcels = zone.table("green_spaces"), zone.table("parcels")
    land, border = parcels.union_all(), zone.table("approved_boundaries").union_all()
    bare = max(shapely.get_parts(border.difference(land)), key=lambda part: part.area)
    strips = [shapely.intersection(bare, shapely.box(*bare.bounds).buffer(-10)), parcels.geometry.iloc[0].buffer(30)]
    shapes = green.geometry.to_numpy().copy()
    rows = green.iloc[:2].assign(green_id=["out-1", "out-2"], green_kind=["attached", "roof"], recorded_area_m2=None)
    import pandas as pd

    zone.put("green_spaces", pd.concat([green.set_geometry(shapes), rows.set_geometry(strips)], ignore_index=True))
    code, printed = zonegis("run", zone.run_file, "--lang", "en", "--output", zone.folder / "results")
    assert code == 0, printed
    stated = re.search(r"in no parcel: ([\d,.]+) m² of kinds that count, ([\d,.]+) m² of others", printed).groups()
    counts = [shapely.union_all(shape) for shape in (
        [*green.geometry[green["green_kind"] != "roof"], strips[0]], [*green.geometry[green["green_kind"] == "roof"], strips[1]])]
    manifest = json.loads((zone.folder / "results" / "manifest.json").read_text("utf-8"))
    found = {entry["figure"]: entry for entry in manifest["by_outlines"]}
    assert found["green_outside_m2"]["stated_m2"] > 1
    for name, text in zip(("green_outside_m2", "green_outside_not_counted_m2"), stated, strict=True):
        assert f"{found[name]['by_outlines_m2']:,.2f}" == text
    everything = shapely.union_all(counts).intersection(border).difference(land).area
    assert sum(float(text.replace(",", "")) for text in stated) == pytest.approx(everything, abs=0.02)
    assert re.search(r"green not counted for its kind [\d,.]+ m² \([^)]*[Rr]oof[^)]*\); by \S+", printed)
    page = (zone.folder / "results" / "report.html").read_text("utf-8")
    assert "Green in the zone but in no parcel, of kinds that count" in page
    assert stated[0] in page
