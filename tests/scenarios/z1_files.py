"""Z1 as files on disk: four parcels side by side with the green that is asked for, and scenarios on them."""

import datetime as dt

import yaml_text
from shapely import box

from gis.readers import write_geopackage

DAY = dt.date(2026, 3, 31)
WIDTHS = {"A": 500, "B": 300, "C": 200, "D": 400}
FLOORS, CEILINGS = {"A": 0.05, "B": None, "C": 0.1, "D": 0.05}, {"A": 0.3, "B": 0.12, "C": 0.35, "D": 0.2}
EAST, NORTH = 610_000, 3_450_000
RUN = """zonegis: 1
title: Z1
as_of: 2026-03-31
place: "310115"
output: results
tables:
  approved_boundaries: {path: approved_boundaries.gpkg}
  parcels: {path: parcels.gpkg}
  green_spaces: {path: green_spaces.gpkg}
checks: {stop_at: error, accept: []}
"""
SOLVE = {"objective": "least_cost", "start": "bare", "costs": {"A": 3, "B": 1, "C": 2, "D": 5}}


def write_z1(folder, greens, make_table, **columns):
    """Write the run; ``greens`` is m² of attached green by parcel; ``columns`` are further facts of parcels."""
    folder.mkdir(parents=True, exist_ok=True)
    parcels, green, x = {}, {}, EAST
    for name, width in WIDTHS.items():
        parcels[name] = box(x, NORTH, x + width, NORTH + 100)
        if greens.get(name):
            green[name] = box(x, NORTH, x + greens[name] / 100, NORTH + 100)
        x += width
    facts = [
        {"parcel_id": name, "green_floor_ratio": FLOORS[name], "green_ceiling_ratio": CEILINGS[name],
         "green_plan_id": "LH-7", "harmful_gas": False, **{key: values.get(name) for key, values in columns.items()}} for name in parcels
    ]  # fmt: skip
    tables = {
        "approved_boundaries": make_table(
            "approved_boundaries",
            [{"zone_id": "Z1", "boundary_quality": "approved"}],
            [box(EAST, NORTH, x, NORTH + 100)],
        ),
        "parcels": make_table("parcels", facts, parcels.values()),
        "green_spaces": make_table(
            "green_spaces", [{"green_id": f"g{name}", "green_kind": "attached"} for name in green], green.values()
        ),
    }
    for name, table in tables.items():
        write_geopackage(folder / f"{name}.gpkg", {name: table.drop(columns=["source_file", "source_row"])})
    (folder / "RUN.yaml").write_text(RUN, "utf-8")
    return folder / "RUN.yaml"


def write_scenario_file(path, name, base, *edits, solve=None):
    content = {"zonegis_scenario": 1, "name": name, "base": str(base), "edits": list(edits)}
    if solve is not None:
        content["solve"] = solve
    path.write_text(yaml_text.dump(content), "utf-8")
    return path


def target(ratio, name="target"):
    return {"edit": "target", "name": name, "ratio": ratio, "reason": "what if", "citation": "draft"}


def set_green(parcel, name=None, **amount):
    return {"edit": "set_green", "name": name or f"green {parcel}", "parcel_id": parcel, "reason": "what if", **amount}
