"""Canonical tables made in code, shared by the tests."""

from __future__ import annotations

import sys

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import settings
from shapely import box

from gis.issues import IssueLog
from gis.schema import conform

# A busy machine misses any deadline of a single example; what costs time is bounded by `make bench-limits`.
settings.register_profile("zonegis", deadline=None)
settings.load_profile("zonegis")
CRS = "EPSG:4549"


def table(name, records, shapes):
    frame = gpd.GeoDataFrame(pd.DataFrame(records), geometry=list(shapes), crs=CRS)
    issues = IssueLog()
    result = conform(frame, name, issues=issues, file=f"{name}.gpkg")
    assert not [issue.text() for issue in issues]
    return result


@pytest.fixture
def make_table():
    return table


@pytest.fixture(scope="session")
def count_calls():
    """Count the calls of a piece of work, of Python's functions and of C's: the same on any machine, however busy."""

    def counted(work):
        calls = 0

        def see(frame, event, argument):
            nonlocal calls
            calls += event in ("call", "c_call")

        former = sys.getprofile()
        sys.setprofile(see)
        try:
            work()
        finally:
            sys.setprofile(former)
        return calls

    return counted


@pytest.fixture
def zone_z1():
    """Four parcels side by side: 50,000, 30,000, 20,000 and 40,000 m² with 15,000, 3,600, 7,000, 2,400 m² of green."""
    widths = {"A": 500, "B": 300, "C": 200, "D": 400}
    greens = {"A": 15_000, "B": 3_600, "C": 7_000, "D": 2_400}
    x, parcels, green = 610_000, {}, {}
    for name, width in widths.items():
        parcels[name] = box(x, 3_450_000, x + width, 3_450_100)
        green[name] = box(x, 3_450_000, x + greens[name] / 100, 3_450_100)
        x += width
    return {
        "approved_boundaries": table(
            "approved_boundaries",
            [{"zone_id": "Z1", "boundary_quality": "approved"}],
            [box(610_000, 3_450_000, x, 3_450_100)],
        ),
        "parcels": table("parcels", [{"parcel_id": name} for name in parcels], parcels.values()),
        "green_spaces": table(
            "green_spaces", [{"green_id": f"g{name}", "green_kind": "attached"} for name in green], green.values()
        ),
    }
