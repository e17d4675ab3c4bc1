"""Random layouts on a grid of whole metres, where counting cells gives the truth."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.checks import check_areas, check_geometry, check_topology
from gis.issues import IssueLog

SIZE = 14
EDGE = st.integers(0, SIZE - 1)
#: The scale makes each cell 1,000 m by 700 m, off the axes, at coordinates of a real survey.
ORIGIN, STEP, TURN = (652_311.37, 3_467_902.91), (10.0, 7.0), 23.0


@st.composite
def rectangles(draw, least, most):
    made = []
    for _ in range(draw(st.integers(least, most))):
        west, south = draw(EDGE), draw(EDGE)
        made.append((west, south, draw(st.integers(west + 1, SIZE)), draw(st.integers(south + 1, SIZE))))
    return made


def counts(boxes):
    grid = np.zeros((SIZE, SIZE), dtype=int)
    for west, south, east, north in boxes:
        grid[west:east, south:north] += 1
    return grid


def placed(boxes, table, field, ids=None):
    """The boxes as a table, scaled, turned and moved."""
    shapes = shapely.affinity.scale(shapely.GeometryCollection([shapely.box(*b) for b in boxes]), *STEP, origin=(0, 0))
    shapes = shapely.affinity.translate(shapely.affinity.rotate(shapes, TURN, origin=(0, 0)), *ORIGIN)
    rows = {"source_file": f"{table}.gpkg", "source_row": range(1, len(boxes) + 1)}
    ids = ids or [f"{i:03d}" for i in range(len(boxes))]
    return gpd.GeoDataFrame({field: ids, **rows}, geometry=list(shapely.get_parts(shapes)), crs=4549)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(rectangles(1, 7), rectangles(1, 3))
def test_the_areas_are_those_that_counting_gives(parcels, zones):
    """Two methods that share nothing: edges and GEOS here, cells there."""
    summary = check_topology(
        placed(parcels, "parcels", "parcel_id"),
        placed(zones, "zones", "zone_id", ["Z"] * len(zones)),
        issues=IssueLog(),
    )
    cell = STEP[0] * STEP[1]
    land, zone = counts(parcels), counts(zones) > 0
    truth = {
        "boundary_area_m2": zone.sum(),
        "parcel_area_m2": land.sum(),
        "union_area_m2": (land > 0).sum(),
        "overlap_m2": np.maximum(land - 1, 0).sum(),
        "outside_m2": ((land > 0) & ~zone).sum(),
        "remainder_m2": ((land == 0) & zone).sum(),
    }
    for name, cells in truth.items():
        assert getattr(summary, name) == pytest.approx(cells * cell, abs=0.01), name
    assert 0 <= summary.gap_m2 <= summary.remainder_m2 + 0.01


@settings(max_examples=15, deadline=None, derandomize=True)
@given(rectangles(2, 6), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(boxes, random):
    parcels = placed(boxes, "parcels", "parcel_id").assign(legal_area_m2=70.0)
    zones = placed([(1, 1, 9, 9), (9, 1, 13, 9)], "zones", "zone_id", ["Z", "Y"])
    order = list(range(len(boxes)))
    random.shuffle(order)
    tables = {"approved_boundaries": zones, "parcels": parcels}
    shuffled = {"approved_boundaries": zones.iloc[::-1], "parcels": parcels.iloc[order]}
    found = []
    for case in (tables, shuffled):
        log = IssueLog()
        summary = check_topology(case["parcels"], case["approved_boundaries"], issues=log)
        check_geometry(case["parcels"], "parcels", issues=log)
        check_areas(case["parcels"], issues=log)
        found.append((summary, log.to_frame("zh").to_csv(), log.to_frame("en").to_csv()))
    assert found[0] == found[1]
