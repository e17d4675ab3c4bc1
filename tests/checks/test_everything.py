from __future__ import annotations

import pandas as pd
import pytest
from large_tables import STEP, turned_blocks

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
def test_twenty_thousand_parcels_are_whole(log):
    parcels, boundary = turned_blocks(1250)
    summary = check_topology(parcels, boundary, issues=log)
    assert summary.union_area_m2 == pytest.approx(20_000 * STEP**2)
    assert log.codes() == ["land-not-in-parcels"]


def test_twice_the_parcels_are_at_most_twice_the_calls(count_calls):
    once, twice = turned_blocks(25), turned_blocks(50)
    check_topology(*once, issues=IssueLog())  # compiled and imported once
    calls = [count_calls(lambda made=made: check_topology(*made, issues=IssueLog())) for made in (once, twice)]
    assert calls[1] < 2.5 * calls[0]
