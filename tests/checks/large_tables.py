"""Tables of shapes, and large ones, that the checks are asked about: shared by the tests and `bench_limits`."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from gis.issues import IssueLog
from gis.schema import conform

#: The side of a parcel in metres.
STEP = 60.0


def table_of(shapes, table="parcels", ids=None, crs=4549, **columns):
    """A table of shapes in plain local coordinates: ids 1, 2, …, rows 1, 2, …"""
    field = {"parcels": "parcel_id", "approved_boundaries": "zone_id", "green_spaces": "green_id",
             "land_use": "patch_id", "buildings": "building_id"}[table]  # fmt: skip
    ids = ids or [str(number) for number in range(1, len(shapes) + 1)]
    data = {field: ids, "source_file": f"{table}.gpkg", "source_row": range(1, len(shapes) + 1), **columns}
    return gpd.GeoDataFrame(data, geometry=list(shapes), crs=crs)


def turned_blocks(blocks):
    """Return blocks of 16 parcels with 25 points each, turned by 17°, in survey coordinates, and their boundary."""
    step, side = STEP, 36
    shapes = [
        shapely.segmentize(shapely.box(x, y, x + step, y + step), 10.001)
        for block in range(blocks)
        for place in range(16)
        for x, y in [(block % side * 260 + place % 4 * step, block // side * 260 + place // 4 * step)]
    ]
    turned = shapely.affinity.rotate(shapely.GeometryCollection(shapes), 17, origin=(0, 0))
    parts = shapely.get_parts(shapely.affinity.translate(turned, 652_303.37, 3_467_559.11))
    boundary = table_of([shapely.union_all(parts).convex_hull.buffer(10)], "approved_boundaries", ["Z"])
    return table_of(parts), boundary


def contradicted(count):
    """Return parcels, each with a start, a completion and a grade that its columns contradict, and their events."""
    setup = IssueLog()
    ids = [f"{number:06d}" for number in range(count)]
    own = {"parcel_id": ids, "commencement_date": "2020-01-01", "completion_date": "2022-01-01", "efficiency_grade": "B"}
    parcels = conform(pd.DataFrame(own), "parcels", issues=setup)
    kinds = {"commenced": None, "completed": None, "efficiency_grade": "C"}
    told = [(parcel, "2021-06-01", kind, value) for parcel in ids for kind, value in kinds.items()]
    columns = ["parcel_id", "event_date", "event_kind", "value"]
    events = conform(pd.DataFrame(told, columns=columns, dtype="str"), "parcel_events", issues=setup)
    return parcels, events
