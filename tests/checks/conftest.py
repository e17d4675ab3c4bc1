"""What the tests of the checks share: the clean tables, and a log that says what it holds."""

from __future__ import annotations

import flaws as made_flaws
import geopandas as gpd
import pytest
import shapely

from gis.issues import IssueLog


class Log(IssueLog):
    def codes(self):
        return [issue.code for issue in self]

    def of(self, code):
        return [issue for issue in self if issue.code == code]


@pytest.fixture(scope="session")
def flaws():
    return made_flaws


@pytest.fixture
def clean(flaws):
    return flaws.clean_tables()


@pytest.fixture
def log():
    return Log()


@pytest.fixture(scope="session")
def make():
    """A table of shapes in plain local coordinates: ids 1, 2, …, rows 1, 2, …"""

    def made(shapes, table="parcels", ids=None, crs=4549, **columns):
        field = {"parcels": "parcel_id", "approved_boundaries": "zone_id", "green_spaces": "green_id",
                 "land_use": "patch_id", "buildings": "building_id"}[table]  # fmt: skip
        ids = ids or [str(number) for number in range(1, len(shapes) + 1)]
        data = {field: ids, "source_file": f"{table}.gpkg", "source_row": range(1, len(shapes) + 1), **columns}
        return gpd.GeoDataFrame(data, geometry=list(shapes), crs=crs)

    return made


@pytest.fixture(scope="session")
def zone(make):
    """A boundary of the given box."""

    def made(*bounds):
        return make([shapely.box(*bounds)], "approved_boundaries", ["Z"])

    return made
