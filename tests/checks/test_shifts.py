"""A shifted layer is named once, as what it is, and only where the shift explains what lies outside."""

from __future__ import annotations

import flaws
import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Transformer

from gis.checks import check_all
from gis.checks.shifts import bd09_of_gcj02, gcj02_of_wgs84
from gis.issues import IssueLog

#: Corners of a zone of 4 by 3 km in Waigaoqiao, in EPSG:4549.
ZONE = (750_000.0, 3_470_000.0, 754_000.0, 3_473_000.0)


def cells(columns=12, rows=9):
    west, south, east, north = ZONE
    x, y = np.linspace(west, east, columns + 1), np.linspace(south, north, rows + 1)
    return np.array([shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for i in range(columns) for j in range(rows)])


def read_as(shapes, *systems):
    """The shapes as a careless exporter stores them: coordinates of another system under the same name."""
    to_degrees = Transformer.from_crs(4549, 4490, always_xy=True)

    def move(xy):
        place = to_degrees.transform(xy[:, 0], xy[:, 1])
        for system in systems:
            place = system(*place)
        return np.column_stack(to_degrees.transform(*place, direction="INVERSE"))

    return shapely.transform(shapes, move)


def issues_of(parcels, zone=None, **layers):
    tables = {
        "approved_boundaries": flaws.table(
            "approved_boundaries", {"zone_id": ["Z"], "boundary_quality": ["synthetic"]}, [zone or shapely.box(*ZONE)]
        ),
        "parcels": flaws.table("parcels", {"parcel_id": [f"P{i}" for i in range(len(parcels))]}, list(parcels)),
    }
    for name, shapes in layers.items():
        columns = {"green_id": [f"G{i}" for i in range(len(shapes))], "green_kind": ["park"] * len(shapes)}
        tables[name] = flaws.table(name, columns, list(shapes))
    log = IssueLog()
    check_all(tables, as_of=flaws.AS_OF, issues=log)
    return log


def the_shift(log):
    found = [issue for issue in log if issue.code == "layer-shifted"]
    assert len(found) == 1
    assert not [issue for issue in log if issue.code in {"parcel-outside", "outside-small"} and found[0].table == "parcels"]
    return found[0]


@pytest.mark.parametrize(("wgs84", "gcj02"), [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
], ids=["Shanghai", "Shenzhen", "Beijing"])  # fmt: skip
def test_published_pairs_of_gcj02(wgs84, gcj02):
    lon, lat = gcj02_of_wgs84(*(np.array([degrees]) for degrees in wgs84))
    assert [lon[0], lat[0]] == pytest.approx(gcj02, abs=1e-6)


@pytest.mark.parametrize(
    ("systems", "words"), [((gcj02_of_wgs84,), "GCJ-02"), ((gcj02_of_wgs84, bd09_of_gcj02), "BD-09")]
)
def test_a_web_map_system_declared_as_the_national_one_is_one_issue(systems, words):
    issue = the_shift(issues_of(read_as(cells(), *systems)))
    assert words in issue.text("en")
    assert words in issue.text("zh")
    assert "the layer is" in issue.text("en")
    outside = read_as(cells(), *systems)
    assert len(issue.ids) == int((~shapely.covers(shapely.box(*ZONE), outside)).sum())
    true_area = shapely.area(outside).sum() - shapely.area(shapely.intersection(outside, shapely.box(*ZONE))).sum()
    assert issue.area_m2 == pytest.approx(true_area, rel=1e-9)


def test_a_boundary_in_gcj02_is_told_from_parcels_in_it():
    zone = read_as(np.array([shapely.segmentize(shapely.box(*ZONE), 50.0)]), gcj02_of_wgs84)[0]
    text = the_shift(issues_of(shapely.segmentize(cells(), 50.0), zone)).text("en")
    assert "the boundary is in GCJ-02" in text


def test_a_uniform_shift_is_told_with_its_size():
    moved = shapely.transform(cells(), lambda xy: xy + np.array([404.0, -234.0]))
    issue = the_shift(issues_of(moved))
    assert "+404.0 m east and -234.0 m north" in issue.text("en")
    assert "by up to 0.0 m" in issue.text("en")


def test_another_layer_beside_the_boundary_is_told_too():
    log = issues_of(cells(), green_spaces=read_as(shapely.buffer(cells(), -20.0), gcj02_of_wgs84))
    assert the_shift(log).table == "green_spaces"


@pytest.mark.parametrize("parcels", [
    shapely.transform(cells()[:1], lambda xy: xy - np.array([60.0, 0.0])),
    np.append(cells()[:-1], shapely.box(ZONE[2] - 300, ZONE[3] - 300, ZONE[2] + 200, ZONE[3])),
], ids=["one of few", "one of many"])  # fmt: skip
def test_single_parcels_that_reach_outside_are_not_called_a_shift(parcels):
    codes = [issue.code for issue in issues_of(parcels)]
    assert "layer-shifted" not in codes
    assert "parcel-outside" in codes


def test_a_layer_that_goes_on_beyond_the_zone_is_not_called_shifted():
    west, south, east, north = ZONE
    wide = gpd.GeoSeries([shapely.box(west - 2000, south - 2000, east + 2000, north + 2000)])
    assert "layer-shifted" not in {issue.code for issue in issues_of(cells(), green_spaces=wide)}
