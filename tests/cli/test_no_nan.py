"""A number that there is not is a dash on the console, never nan."""

from __future__ import annotations

import re

import geopandas as gpd
import pandas as pd
import pytest

from gis.cli.console import print_records

ACCEPT = """checks:
  stop_at: error
  accept:
    - {code: land-not-in-parcels-large, reason: test}
"""


@pytest.fixture
def bare(zone):
    """A second zone in which nothing lies, and no land use anywhere that is of a known group."""
    boundary = zone.table("approved_boundaries")
    more = boundary.assign(zone_id="BARE", zone_name="Bare").set_geometry(boundary.geometry.translate(3_000, 0))
    zone.put("approved_boundaries", gpd.GeoDataFrame(pd.concat([boundary, more], ignore_index=True), crs=boundary.crs))
    zone.change("checks:\n  stop_at: error\n  accept: []\n", ACCEPT)
    return zone


def nothing_missing(printed):
    assert not re.search(r"(?i)\bnan\b|\bnat\b|<NA>|\bNone\b", printed), printed
    return printed


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_zone_without_parcels(bare, zonegis, lang):
    code, printed = zonegis("run", bare.run_file, "--lang", lang, "--output", bare.folder / "results")
    assert code == 0, printed
    assert "—" in nothing_missing(printed)
    code, printed = zonegis("check", bare.run_file, "--lang", lang)
    nothing_missing(printed)


def test_a_trend_of_a_zone_without_parcels(bare, zonegis):
    words = ("--from", "2025-03-31", "--to", "2026-03-31", "--every", "year", "--output", bare.folder / "results")
    code, printed = zonegis("trend", bare.run_file, *words, "--lang", "en")
    assert code == 0, printed
    nothing_missing(printed)


def test_missing_values_of_a_table(capsys):
    print_records([{"a": float("nan"), "b": pd.NaT, "c": pd.NA, "d": None, "e": 1.5}], {key: key for key in "abcde"})
    nothing_missing(capsys.readouterr().out)
