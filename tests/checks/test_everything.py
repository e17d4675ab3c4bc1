from __future__ import annotations

import time

import pandas as pd
import pytest
import shapely

from gis.checks import check_all, check_topology
from gis.issues import IssueLog

AS_OF = "2026-03-31"


def test_each_step_is_announced(clean, log):
    steps = []
    check_all(clean, as_of=AS_OF, issues=log, progress=steps.append)
    assert steps == [*(f"check {table}" for table in clean), "check references", "check topology"]


def test_the_topology_comes_back(clean, log):
    summary = check_all(clean, as_of=AS_OF, issues=log)
    assert summary.parcel_area_m2 == summary.boundary_area_m2 == 40_000


def test_without_a_boundary_there_is_no_topology_but_overlaps_are_found(flaws, log):
    tables = flaws.flawed_tables("parcel-overlap")
    del tables["approved_boundaries"]
    assert check_all(tables, as_of=AS_OF, issues=log) is None
    assert "parcel-overlap" in log.codes()


def test_the_same_tables_give_the_same_bytes(flaws):
    tables = flaws.clean_tables()
    for code in ("parcel-overlap", "geometry-invalid", "date-order", "id-lookalike", "land-use-code-unknown"):
        tables = flaws.FLAWS[code].spoil(tables)
    logs = [IssueLog(), IssueLog()]
    for issues in logs:
        check_all(tables, as_of=AS_OF, issues=issues)
    assert logs[0].to_frame().to_csv() == logs[1].to_frame().to_csv()


def test_the_order_of_rows_changes_nothing(flaws):
    tables = flaws.clean_tables()
    for code in (
        "id-lookalike",
        "parcel-overlap",
        "date-order",
        "category-unknown",
        "geometry-duplicate",
        "area-differs",
    ):
        tables = flaws.FLAWS[code].spoil(tables)
    logs = [IssueLog(), IssueLog()]
    check_all(tables, as_of=AS_OF, issues=logs[0])
    check_all({name: frame.iloc[::-1] for name, frame in tables.items()}, as_of=AS_OF, issues=logs[1])
    assert len(logs[0]) > 5
    assert logs[0].to_frame().to_csv() == logs[1].to_frame().to_csv()


def test_no_table_is_changed(flaws, log):
    tables = flaws.flawed_tables("geometry-invalid")

    def plain(frame):
        return frame.to_wkb() if hasattr(frame, "geom_type") else frame.copy()

    before = {name: plain(frame) for name, frame in tables.items()}
    check_all(tables, as_of=AS_OF, issues=log)
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(plain(frame), before[name])


def test_an_empty_table_stops_no_other_check(clean, log):
    tables = {**clean, "parcels": clean["parcels"].iloc[:0]}
    check_all(tables, as_of=AS_OF, issues=log)
    assert {"table-empty", "reference-unknown"} == set(log.codes())


@pytest.mark.slow
def test_twenty_thousand_parcels_take_seconds(make, zone, log):
    """1,250 blocks of 16 parcels with 25 points each, turned by 17°, in survey coordinates."""
    step, blocks, side = 60.0, 1250, 36
    shapes = [
        shapely.segmentize(shapely.box(x, y, x + step, y + step), 10.001)
        for block in range(blocks)
        for place in range(16)
        for x, y in [(block % side * 260 + place % 4 * step, block // side * 260 + place // 4 * step)]
    ]
    turned = shapely.affinity.rotate(shapely.GeometryCollection(shapes), 17, origin=(0, 0))
    parts = shapely.get_parts(shapely.affinity.translate(turned, 652_303.37, 3_467_559.11))
    boundary = make([shapely.union_all(parts).convex_hull.buffer(10)], "approved_boundaries", ["Z"])
    parcels = make(parts)
    check_topology(parcels.iloc[:10], boundary, issues=IssueLog())
    start = time.process_time()
    summary = check_topology(parcels, boundary, issues=log)
    assert time.process_time() - start < 8
    assert summary.union_area_m2 == pytest.approx(20_000 * step**2)
    assert log.codes() == ["land-not-in-parcels"]
