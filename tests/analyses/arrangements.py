"""Arrangements of overlapping parcels, green and use, and the figures of their zone from unions of shapely alone."""

from __future__ import annotations

import functools
import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import affinity, box

import gis
from gis.analyses import cover_green, cover_land_use
from gis.issues import IssueLog
from gis.overlay import measure_label_sets
from gis.schema import conform

CRS, SIDE = "EPSG:4549", 200.0
ORIGIN = (652_000.0, 3_467_000.0)
#: Facts of a parcel by its status.
FACTS: dict[str, dict[str, Any]] = {
    "idle": {"supply_status": "supplied", "construction_state": "not_started", "agreed_commencement_date": "2020-01-01",
             "delay_cause": "enterprise_cause"},
    "in_production": {"supply_status": "supplied", "construction_state": "completed", "completion_date": "2021-01-01",
                      "production_date": "2021-06-01"},
    "approved_not_supplied": {"supply_status": "approved_not_supplied"},
    "undetermined": {},
}  # fmt: skip
CODES = {"industrial": "1001", "commercial": "0901", "green": "1401"}


def table(name: str, records: list[dict], shapes: list) -> gpd.GeoDataFrame:
    """Return a canonical table of shapes that are given from the origin of the zone."""
    moved = [affinity.translate(shape, *ORIGIN) for shape in shapes]
    frame = gpd.GeoDataFrame(pd.DataFrame(records), geometry=moved, crs=CRS)
    return conform(frame, name, issues=IssueLog(), file=f"{name}.gpkg")


def parcels_of(rows: list[tuple[str, str, Any]]) -> gpd.GeoDataFrame:
    """Return parcels of (id, status, shape)."""
    return table("parcels", [{"parcel_id": key, **FACTS[status]} for key, status, _ in rows], [s for *_, s in rows])


def green_of(rows: list[tuple[str, str, Any]]) -> gpd.GeoDataFrame:
    """Return green spaces of (id, kind, shape)."""
    return table(
        "green_spaces", [{"green_id": key, "green_kind": kind} for key, kind, _ in rows], [s for *_, s in rows]
    )


def use_of(rows: list[tuple[str, str, Any]]) -> gpd.GeoDataFrame:
    """Return land use of (id, group, shape)."""
    records = [{"patch_id": key, "land_use_scheme": "mnr_2023", "land_use_code": CODES[use]} for key, use, _ in rows]
    return table("land_use", records, [s for *_, s in rows])


@functools.cache
def rules() -> Any:
    return gis.load_rules(as_of="2026-03-31", place="310115")


def balances_of(parcels: Any, green: Any = None, use: Any = None, *, zone: Any = None, zones_given: bool = True) -> Any:
    """Return zones, land and the balances by name; ``zones_given=False`` leaves the zones' own areas untold.

    ``zone`` is a shape, or several by id.
    """
    named = zone if isinstance(zone, dict) else {"Z": box(0, 0, SIDE, SIDE) if zone is None else zone}
    records = [{"zone_id": key, "boundary_quality": "approved"} for key in named]
    boundary = table("approved_boundaries", records, list(named.values()))
    zones = gis.measure_zones(boundary)
    land = gis.measure_parcels(parcels, zones)
    known = zones if zones_given else None
    inside = land[land["zone_id"].notna()].reset_index(drop=True)
    found = {"idle_land": gis.evaluate_idle_land(land, rules(), zones=known)}
    if green is not None:
        pairs = gis.intersect_pairs(inside, cover_green(green, rules()), target_id="green_id")
        found["green_ratio"] = gis.evaluate_green_ratio(land, pairs, green_spaces=green, rules=rules(), zones=known)
    if use is not None:
        patches = cover_land_use(use)
        pairs = gis.intersect_pairs(inside, patches, target_id="patch_id")
        found["mixed_use"] = gis.evaluate_mixed_use(land, pairs, land_use=patches, rules=rules(), zones=known)
    return zones, land, found


def areal(shape: Any) -> Any:
    """Return the polygons of a shape."""
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])


def united(shapes: list) -> Any:
    return shapely.union_all(shapes) if shapes else shapely.Polygon()


def by_answer(shapes: list, answers: list[str]) -> dict[str, float]:
    """Return the m² of ground of each answer alone, and ``contested``: what shapes of several answers hold."""
    unions = {name: united([s for s, a in zip(shapes, answers, strict=True) if a == name]) for name in set(answers)}
    alone = {
        name: shapely.area(shapely.difference(own, united([u for other, u in unions.items() if other != name])))
        for name, own in unions.items()
    }
    return alone | {"contested": shapely.area(united(shapes)) - math.fsum(alone.values())}


def expected_figures(zone: Any, parcels: Any, answers: dict[str, str], green: Any, use: Any) -> dict[str, float]:
    """Return the figures of a zone from unions alone; the answers are those of its parcels."""
    clipped = {
        key: areal(shapely.intersection(shape, zone)) for key, shape in zip(*parcels, strict=True) if key in answers
    }
    shapes, keys = list(clipped.values()), list(clipped)
    land = united(shapes)
    found = {"parcel_area_m2": shapely.area(land), "not_in_parcels_m2": SIDE * SIDE - shapely.area(land)}
    for answer, area in by_answer(shapes, [answers[key] for key in keys]).items():
        name = "contested_m2" if answer == "contested" else f"{answer.split('/')[1]}_m2"
        found[name] = found.get(name, 0.0) + area
    supply = by_answer(shapes, [answers[key].split("/")[0] for key in keys])
    found["supplied_area_m2"] = supply.get("supplied", 0.0)
    ways = [answers[key].split("/") for key in keys]
    three = by_answer(shapes, [supply_of(*way) for way in ways])
    found["supply_undetermined_m2"] = three.get("undetermined", 0.0)
    found["supply_contested_m2"] = three["contested"]
    alone = by_answer(shapes, [answers[key] for key in keys])
    found["supplied_undetermined_m2"] = alone.get("supplied/undetermined", 0.0)
    kinds = {kind: united([shape for own, shape in green if own == kind]) for kind, _ in green}
    others = united([shape for kind, shape in kinds.items() if kind != "attached"])
    counted = shapely.difference(kinds.get("attached", shapely.Polygon()), others)
    found["green_m2"] = shapely.area(shapely.intersection(land, counted))
    found["green_not_counted_m2"] = shapely.area(shapely.intersection(land, others))
    groups = {group: united([shape for own, shape in use if own == group]) for group, _ in use}
    for group, own in groups.items():
        rest = united([shape for other, shape in groups.items() if other != group])
        found[f"land_use_{group}_m2"] = shapely.area(shapely.intersection(land, shapely.difference(own, rest)))
    covered = united(list(groups.values()))
    found["classified_m2"] = math.fsum(area for name, area in found.items() if name.startswith("land_use_"))
    found["unclassified_m2"] = shapely.area(shapely.difference(land, covered))
    found["use_contested_m2"] = shapely.area(shapely.intersection(land, covered)) - found["classified_m2"]
    return found


def supply_of(block: str, status: str) -> str:
    """Return whether land is supplied, approved, or neither is known, as by its block and status."""
    known = {"supplied": "supplied", "approved_not_supplied": "approved"}
    return known.get(block) or known.get(status) or "undetermined"


def scanned_figures(zone: Any, parcels: Any, answers: dict[str, str], green: Any, use: Any) -> dict[str, float]:
    """Return the same figures from the sweep over all outlines (`gis.overlay.measure_label_sets`) alone."""
    own = [(f"p:{answers[key]}", shape) for key, shape in zip(*parcels, strict=True) if key in answers]
    rows = [*own, *((f"g:{kind}", shape) for kind, shape in green), *((f"u:{group}", shape) for group, shape in use)]
    bits = {name: np.uint64(1 << place) for place, name in enumerate(sorted({name for name, _ in rows}))}
    shapes, masks = np.array([shape for _, shape in rows], dtype=object), np.array([bits[name] for name, _ in rows])
    found: dict[str, float] = {}

    def add(name: str, area: float) -> None:
        found[name] = found.get(name, 0.0) + area

    for key, area in measure_label_sets([(shapes, masks)], zone.bounds).items():
        there = {letter: [name[2:] for name, bit in bits.items() if key & int(bit) and name[0] == letter] for letter in "pgu"}
        if not there["p"]:
            continue
        add("parcel_area_m2", area)
        add(f"{there['p'][0].split('/')[1]}_m2" if len(there["p"]) == 1 else "contested_m2", area)
        if {answer.split("/")[0] for answer in there["p"]} == {"supplied"}:
            add("supplied_area_m2", area)
        supply = {supply_of(*answer.split("/")) for answer in there["p"]}
        if len(supply) > 1 or supply == {"undetermined"}:
            add("supply_contested_m2" if len(supply) > 1 else "supply_undetermined_m2", area)
        if there["g"]:
            add("green_m2" if there["g"] == ["attached"] else "green_not_counted_m2", area)
        if len(there["u"]) == 1:
            add(f"land_use_{there['u'][0]}_m2", area)
            add("classified_m2", area)
        else:
            add("use_contested_m2" if there["u"] else "unclassified_m2", area)
    return found | {"not_in_parcels_m2": SIDE * SIDE - found.get("parcel_area_m2", 0.0)}


def stated_figures(found: dict[str, Any], zone_id: str) -> dict[str, float]:
    """Return the same figures as the balances state them."""
    idle, green, use = (one.zones.set_index("zone_id").loc[zone_id] for one in found.values())
    names = [name for name in idle.index if name.endswith("_m2") and "underused" not in name and name != "overlap_m2"]
    stated = {name: float(idle[name]) for name in names if name != "zone_area_m2"}
    stated |= {name: float(green[name]) for name in ("green_m2", "green_not_counted_m2")}
    stated |= {name: float(use[name]) for name in ("classified_m2", "unclassified_m2")}
    stated["use_contested_m2"] = float(use["contested_m2"])
    own = [figure for figure in found["mixed_use"].figures if figure.zone_id == zone_id]
    return stated | {f.name: float(f.value or 0.0) for f in own if f.name.startswith("land_use_")}


def random_shape(draw: Any) -> Any:
    """Return a box on the grid or turned, with a hole, of several parts, or of parts that touch in a corner."""
    size = lambda: draw.choice((10, 20, 40, 60, draw.uniform(5, 90)))  # noqa: E731
    x, y = (draw.choice((draw.randrange(0, 180, 10), draw.uniform(-10, 180))) for _ in range(2))
    shape: Any = box(x, y, x + size(), y + size())
    kind = draw.randrange(7)
    if kind == 1:
        shape = affinity.rotate(shape, draw.uniform(0, 90))
    elif kind == 2:
        shape = shapely.difference(shape, affinity.scale(shape, 0.5, 0.4))
    elif kind == 3:
        shape = shapely.MultiPolygon([shape, affinity.translate(shape, 2 * (shape.bounds[2] - x), 0)])
    elif kind == 4:
        shape = shapely.MultiPolygon([shape, affinity.translate(shape, shape.bounds[2] - x, shape.bounds[3] - y)])
    elif kind == 5:
        shape = shapely.Point(x, y).buffer(draw.uniform(5, 50), quad_segs=draw.choice((2, 5)))
    return shape


def random_layer(draw: Any, count: int) -> list:
    """Return shapes, some of them the same as one before or sharing its edges."""
    shapes: list = []
    for _ in range(count):
        if shapes and draw.random() < 0.2:
            shapes.append(draw.choice(shapes))
        elif shapes and draw.random() < 0.2:
            shapes.append(affinity.translate(draw.choice(shapes), draw.choice((0, 10, 20)), draw.choice((0, 10))))
        else:
            shapes.append(random_shape(draw))
    return shapes


Rows = list[tuple[str, str, Any]]


def random_arrangement(draw: Any, name: str = "") -> tuple[Rows, Rows, Rows]:
    """Return rows of parcels, green and use, 30 shapes at most."""
    shapes = [random_layer(draw, count) for count in (draw.randint(2, 12), draw.randint(1, 9), draw.randint(1, 9))]
    words = (list(FACTS), ("attached", "attached", "park", "road"), list(CODES))
    return tuple(
        [(f"{name}{letter}{n}", draw.choice(known), shape) for n, shape in enumerate(layer)]
        for letter, known, layer in zip("pgu", words, shapes, strict=True)
    )  # type: ignore[return-value]


def moved(rows: Rows, east: float) -> Rows:
    return [(key, word, affinity.translate(shape, east, 0)) for key, word, shape in rows]
