"""One minimal flawed set of tables for each issue code of the checks, made by code.

The clean set is a zone of 200 m by 200 m, four parcels that fill it, a land-use patch and a green
space in each, one building and one plan unit: nothing is wrong with it, not even worth a note.

    y 200 +-------+-------+
          | P-003 | P-004 |
      100 +-------+-------+
          | P-001 | P-002 |
        0 +-------+-------+
          0      100     200 x
"""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import LineString, Polygon, affinity

from gis.issues import IssueLog
from gis.schema import conform

if TYPE_CHECKING:
    from collections.abc import Callable

AS_OF = "2026-03-31"
CRS = 4549
ORIGIN = (652000.0, 3467000.0)
Tables = dict[str, Any]
NOT_A_DATE = pd.NaT


@dataclasses.dataclass(frozen=True)
class Flaw:
    """What spoils the clean tables, and which codes may come along with its own."""

    code: str
    spoil: Callable[[Tables], Tables]
    companions: frozenset[str]


FLAWS: dict[str, Flaw] = {}


def flaw(code: str, *companions: str) -> Callable[[Callable[[Tables], Tables]], Callable[[Tables], Tables]]:
    def register(spoil: Callable[[Tables], Tables]) -> Callable[[Tables], Tables]:
        assert code not in FLAWS
        FLAWS[code] = Flaw(code, spoil, frozenset(companions))
        return spoil

    return register


def box(west: float, south: float, east: float, north: float) -> Polygon:
    """A rectangle in metres from the zone's corner."""
    return affinity.translate(shapely.box(west, south, east, north), *ORIGIN)


def shape(*points: tuple[float, float]) -> Polygon:
    """A polygon in metres from the zone's corner."""
    return affinity.translate(Polygon(points), *ORIGIN)


def table(name: str, columns: dict[str, list[Any]], shapes: list[Any], crs: Any = CRS) -> gpd.GeoDataFrame:
    """A canonical table of the given columns."""
    raw = gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)
    log = IssueLog()
    made = conform(raw, name, issues=log, file=f"{name}.gpkg")
    assert not len(log), list(log)
    return made


QUARTERS = [box(0, 0, 100, 100), box(100, 0, 200, 100), box(0, 100, 100, 200), box(100, 100, 200, 200)]


#: Every event agrees with the columns of the parcels, which are short for them.
EVENTS = [
    ("P-001", "2020-01-10", "supplied", None), ("P-001", "2021-02-01", "commenced", None),
    ("P-001", "2022-06-01", "completed", None), ("P-001", "2022-09-01", "in_production", None),
    ("P-001", "2021-12-31", "investment_counted", "12000000"), ("P-001", "2022-12-31", "investment_counted", "20000000"),
    ("P-003", "2020-01-10", "agreed_commencement", "2021-03-01"), ("P-003", "2022-05-01", "filed_in_monitoring", None),
    ("P-004", "2021-03-15", "commenced", None), ("P-004", "2021-09-01", "suspended", None),
    ("P-004", "2022-02-01", "resumed", None), ("P-004", "2023-01-01", "suspended", None),
]  # fmt: skip


def clean_events(*more: tuple[Any, ...]) -> pd.DataFrame:
    columns = ["parcel_id", "event_date", "event_kind", "value", "last_date"]
    log = IssueLog()
    rows = [(*event, None)[:5] for event in (*EVENTS, *more)]
    made = conform(pd.DataFrame(rows, columns=columns), "parcel_events", issues=log, file="events.csv")
    assert not len(log), list(log)
    return made


def clean_parcels() -> gpd.GeoDataFrame:
    columns = {
        "parcel_id": ["P-001", "P-002", "P-003", "P-004"],
        "zone_id": ["Z1"] * 4,
        "holder": ["Made-up Trading"] * 4,
        "land_use_scheme": ["mnr_2023"] * 4,
        "land_use_code": ["1001", "1101", "1001", "1101"],
        "tenure": ["granted"] * 4,
        "supply_status": ["supplied"] * 4,
        "legal_area_m2": [10_000.0] * 4,
        "supply_date": ["2020-01-10"] * 4,
        "delivery_date": ["2020-03-01"] * 4,
        "agreed_commencement_date": ["2021-03-01"] * 4,
        "commencement_date": ["2021-02-01", "2021-02-01", None, "2021-03-15"],
        "suspension_date": [None, None, None, "2023-01-01"],
        "agreed_completion_date": ["2023-03-01"] * 4,
        "completion_date": ["2022-06-01", None, None, None],
        "production_date": ["2022-09-01", None, None, None],
        "agreed_production_date": ["2024-03-01"] * 4,
        "construction_state": ["completed", "under_construction", "not_started", "suspended"],
        "total_investment_cny": [2e7] * 4,
        "invested_cny": [2e7, 1e7, 0.0, 1e6],
        "planned_far": [2.0] * 4,
        "green_floor_ratio": [0.2] * 4,
    }
    return table("parcels", columns, QUARTERS)


@functools.cache
def _clean() -> Tables:
    zone = {"zone_id": ["Z1"], "zone_name": ["Sample"], "boundary_quality": ["synthetic"]}
    patches = {
        "patch_id": ["T1", "T2", "T3", "T4"],
        "land_use_scheme": ["mnr_2023"] * 4,
        "land_use_code": ["1001", "1101", "1001", "1101"],
        "recorded_area_m2": [10_000.0] * 4,
    }
    green = {"green_id": ["G1", "G2"], "green_kind": ["attached"] * 2, "recorded_area_m2": [400.0] * 2}
    building = {"building_id": ["B1"], "parcel_id": ["P-001"], "floors_count": [4], "floor_area_m2": [4_000.0]}
    plan = {"plan_unit_id": ["U1"], "planned_far": [2.0]}
    return {
        "approved_boundaries": table("approved_boundaries", zone, [box(0, 0, 200, 200)]),
        "parcels": clean_parcels(),
        "land_use": table("land_use", patches, QUARTERS),
        "green_spaces": table("green_spaces", green, [box(10, 10, 30, 30), box(110, 10, 130, 30)]),
        "buildings": table("buildings", building, [box(40, 40, 60, 90)]),
        "plan_units": table("plan_units", plan, [box(0, 0, 200, 200)]),
        "parcel_events": clean_events(),
    }


def clean_tables() -> Tables:
    """The tables with which nothing is wrong; the flaws below copy what they change."""
    return dict(_clean())


def flawed_tables(code: str) -> Tables:
    """The clean tables, spoilt in the one way that the code is about."""
    return FLAWS[code].spoil(clean_tables())


def put(tables: Tables, name: str, field: str, value: Any, row: int = 0) -> Tables:
    """Change one cell."""
    frame = tables[name].copy()
    frame.loc[row, field] = value
    return {**tables, name: frame}


def draw(tables: Tables, name: str, row: int, drawn: Any) -> Tables:
    """Change one shape; a recorded area follows it."""
    frame = tables[name].copy()
    shapes = list(frame.geometry)
    shapes[row] = drawn
    frame = frame.set_geometry(shapes, crs=frame.crs)
    for field in {"legal_area_m2", "recorded_area_m2"} & set(frame.columns):
        frame.loc[row, field] = np.nan if drawn is None else drawn.area
    return {**tables, name: frame}


def zone_of(tables: Tables, shapes: list[Any], ids: list[str] | None = None) -> Tables:
    """Another boundary."""
    count = len(shapes)
    columns = {"zone_id": ids or ["Z1"] * count, "boundary_quality": ["synthetic"] * count}
    return {**tables, "approved_boundaries": table("approved_boundaries", columns, shapes)}


# --- tables


@flaw("table-empty")
def _(tables: Tables) -> Tables:
    return {**tables, "green_spaces": tables["green_spaces"].iloc[:0]}


@flaw("field-absent")
def _(tables: Tables) -> Tables:
    return {**tables, "parcels": tables["parcels"].drop(columns="holder")}


@flaw("field-type")
def _(tables: Tables) -> Tables:
    return {**tables, "parcels": tables["parcels"].assign(planned_far="two")}


@flaw("value-missing")
def _(tables: Tables) -> Tables:
    return put(tables, "land_use", "land_use_code", None)


@flaw("value-negative")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "invested_cny", -1.0)


@flaw("value-not-finite")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "total_investment_cny", np.inf)


@flaw("ratio-above-one")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "green_floor_ratio", 20.0)


@flaw("far-implausible")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "planned_far", 200.0)


@flaw("category-unknown")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "tenure", "borrowed")


@flaw("land-use-scheme-unknown")
def _(tables: Tables) -> Tables:
    return put(tables, "land_use", "land_use_scheme", "gb_1991")


@flaw("land-use-scheme-missing")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "land_use_scheme", None)


@flaw("land-use-schemes-mixed")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "land_use_scheme", "third_survey")


@flaw("land-use-code-unknown")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "land_use_code", "9901")


@flaw("part-above-whole")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "invested_cny", 2e7 + 1)


# --- ids


@flaw("id-missing")
def _(tables: Tables) -> Tables:
    return put(tables, "green_spaces", "green_id", None)


@flaw("id-duplicate")
def _(tables: Tables) -> Tables:
    return put(tables, "green_spaces", "green_id", "G2")


@flaw("id-lookalike")
def _(tables: Tables) -> Tables:
    return put(tables, "green_spaces", "green_id", "ｇ０02")


@flaw("reference-unknown")
def _(tables: Tables) -> Tables:
    return put(tables, "buildings", "parcel_id", "P-1")


# --- dates


@flaw("date-placeholder")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "agreed_production_date", pd.Timestamp("1900-01-01"))


@flaw("date-in-future")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "production_date", pd.Timestamp("2026-04-01"))


@flaw("date-order")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "commencement_date", pd.Timestamp("2022-06-02"))


@flaw("date-order-unusual")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "delivery_date", pd.Timestamp("2020-01-09"))


@flaw("state-contradicts-date")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "construction_state", "not_started", row=1)


@flaw("state-date-missing")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "commencement_date", NOT_A_DATE, row=1)


# --- shapes, each on its own


@flaw("geometry-missing", "shapes-left-out")
def _(tables: Tables) -> Tables:
    return draw(tables, "green_spaces", 0, None)


@flaw("geometry-without-area", "shapes-left-out")
def _(tables: Tables) -> Tables:
    return draw(tables, "green_spaces", 0, affinity.translate(LineString([(10, 10), (30, 30)]), *ORIGIN))


@flaw("geometry-zero-area", "shapes-left-out")
def _(tables: Tables) -> Tables:
    return draw(tables, "green_spaces", 0, shape((10, 10), (30, 10), (20, 10)))


@flaw("geometry-invalid", "shapes-left-out")
def _(tables: Tables) -> Tables:
    return draw(tables, "green_spaces", 0, shape((10, 10), (30, 30), (30, 10), (10, 30)))


@flaw("geometry-self-touching", "shapes-left-out")
def _(tables: Tables) -> Tables:
    ring = shape((10, 10), (30, 10), (30, 30), (20, 30), (25, 20), (15, 20), (20, 30), (10, 30))
    return draw(tables, "green_spaces", 0, ring)


@flaw("geometry-duplicate", "layer-overlap")
def _(tables: Tables) -> Tables:
    return draw(tables, "green_spaces", 1, shape((30, 30), (30, 10), (10, 10), (10, 30)))


@flaw("geometry-sliver")
def _(tables: Tables) -> Tables:
    return draw(tables, "green_spaces", 0, box(10, 10, 60, 10.15))


@flaw("parcel-small", "land-not-in-parcels")
def _(tables: Tables) -> Tables:
    return draw(tables, "parcels", 0, box(0, 0, 0.9, 0.9))


@flaw("geometry-spike")
def _(tables: Tables) -> Tables:
    return draw(tables, "green_spaces", 0, shape((10, 10), (30, 10), (30, 20), (60, 20.01), (30, 20.02), (30, 30)))


@flaw("geometry-close-points")
def _(tables: Tables) -> Tables:
    return draw(tables, "green_spaces", 0, shape((10, 10), (30, 10), (30, 10.0005), (30, 30), (10, 30)))


@flaw("geometry-heavy")
def _(tables: Tables) -> Tables:
    return draw(tables, "green_spaces", 0, box(50, 50, 50.1, 50.1).centroid.buffer(40, quad_segs=2600))


# --- shapes against one another


@flaw("shapes-left-out", "geometry-invalid")
def _(tables: Tables) -> Tables:
    return draw(tables, "land_use", 0, shape((0, 0), (100, 100), (100, 0), (0, 100)))


@flaw("parcel-overlap")
def _(tables: Tables) -> Tables:
    return draw(tables, "parcels", 0, box(0, 0, 100.1, 100))


def beside_a_parallel(dense: str) -> Tables:
    """Two parcels of some 1 km by 300 m that share an edge along a parallel, on which one of them has 30 vertices.

    In degrees they fit exactly; in the plane chord and curve are up to 12 mm apart.
    """
    west, east, south, middle, north = 122.0, 122.0105, 30.60, 30.603, 30.606
    line = [(x, middle) for x in np.linspace(west, east, 30)]
    ends = [line[0], line[-1]]
    low, high = (line if dense == side else ends for side in ("south", "north"))
    shapes = [Polygon([(west, south), (east, south), *low[::-1]]), Polygon([*high, (east, north), (west, north)])]
    corners = Polygon([(west, south), (east, south), ends[1], (east, north), (west, north), ends[0]])
    degrees = gpd.GeoDataFrame({"parcel_id": ["1", "2"]}, geometry=shapes, crs=4490)
    made = degrees.to_crs(4548)
    parcels = table("parcels", {"parcel_id": ["1", "2"]}, list(made.geometry), 4548)
    parcels.attrs["source_crs"] = "EPSG:4490"
    zone = gpd.GeoSeries([corners], crs=4490).to_crs(4548)
    columns = {"zone_id": ["Z1"], "boundary_quality": ["synthetic"]}
    return {"approved_boundaries": table("approved_boundaries", columns, list(zone), 4548), "parcels": parcels}


@flaw("overlap-by-projection")
def _(_: Tables) -> Tables:
    return beside_a_parallel("north")


@flaw("gap-by-projection")
def _(_: Tables) -> Tables:
    return beside_a_parallel("south")


@flaw("boundary-parts-overlap")
def _(tables: Tables) -> Tables:
    return zone_of(tables, [box(0, 0, 101, 200), box(100, 0, 200, 200)])


@flaw("zones-overlap")
def _(tables: Tables) -> Tables:
    return zone_of(tables, [box(0, 0, 101, 200), box(100, 0, 200, 200)], ["Z1", "Z2"])


@flaw("layer-overlap")
def _(tables: Tables) -> Tables:
    return draw(tables, "land_use", 0, box(0, 0, 100.1, 100))


@flaw("overlap-small")
def _(tables: Tables) -> Tables:
    return draw(tables, "parcels", 0, box(0, 0, 100.005, 100))


@flaw("parcel-outside")
def _(tables: Tables) -> Tables:
    return zone_of(tables, [box(0, 0, 199, 200)])


@flaw("outside-undetermined", "geometry-invalid", "shapes-left-out", "remainder-undetermined")
def _(tables: Tables) -> Tables:
    """The strip that parcels reach beyond the boundary may lie in a part of it that is a bowtie."""
    return zone_of(tables, [box(0, 0, 199, 200), shape((199, 0), (201, 200), (201, 0), (199, 200))])


@flaw("layer-shifted", "parcel-gap", "land-not-in-parcels-large")
def _(tables: Tables) -> Tables:
    """The whole layer lies 40 m east and 25 m south of where it fits."""
    moved = tables["parcels"].geometry.translate(40.0, -25.0)
    return {**tables, "parcels": tables["parcels"].set_geometry(moved, crs=tables["parcels"].crs)}


@flaw("outside-small")
def _(tables: Tables) -> Tables:
    return zone_of(tables, [box(0, 0, 199.995, 200)])


@flaw("parcel-gap")
def _(tables: Tables) -> Tables:
    return draw(tables, "parcels", 0, box(0, 0, 99.95, 100))


@flaw("gap-small")
def _(tables: Tables) -> Tables:
    return draw(tables, "parcels", 0, box(0, 0, 99.9968, 100))


@flaw("land-not-in-parcels")
def _(tables: Tables) -> Tables:
    return zone_of(tables, [box(0, 0, 220, 200)])


@flaw("land-not-in-parcels-large")
def _(tables: Tables) -> Tables:
    return zone_of(tables, [box(0, 0, 270, 200)])


@flaw("remainder-undetermined", "geometry-invalid", "shapes-left-out")
def _(tables: Tables) -> Tables:
    """A quarter of the zone is a bowtie: it is neither land in no parcel nor a gap."""
    return draw(tables, "parcels", 0, shape((0, 0), (100, 100), (100, 0), (0, 100)))


@flaw("green-outside-parcels")
def _(tables: Tables) -> Tables:
    return draw(tables, "green_spaces", 0, box(-20, 10, 10, 30))


def touching_pair() -> list[Polygon]:
    """Two valid rectangles that share an edge, for which GEOS 3.14 gives a wrong union (libgeos/geos#1344)."""
    west = [(-295.25030351249666, 4.236074061427525), (-295.08711234218333, -2.301948231163383),
            (-314.64218025800653, -2.7900491087570383), (-314.80537142831986, 3.7479731838338695)]  # fmt: skip
    east = [(-275.69523559667346, 4.7241749390211805), (-275.53204442636013, -1.8138473535697273),
            (-295.08711234218333, -2.3019482311633825), (-295.25030351249666, 4.236074061427525)]  # fmt: skip
    return [Polygon(west), Polygon(east)]


@flaw("methods-differ", "land-not-in-parcels-large")
def _(tables: Tables) -> Tables:
    parcels = table("parcels", {"parcel_id": ["1", "2"]}, touching_pair())
    return {**zone_of({}, [shapely.box(-330, -20, -260, 20)]), "parcels": parcels}


# --- recorded areas


@flaw("area-differs")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "legal_area_m2", 10_011.0)


@flaw("area-unit-suspect")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "legal_area_m2", 15.0)


# --- events of parcels


@flaw("event-value-missing")
def _(tables: Tables) -> Tables:
    return {**tables, "parcel_events": clean_events(("P-003", "2024-01-01", "article_12_agreement", None))}


@flaw("event-value-invalid")
def _(tables: Tables) -> Tables:
    return {**tables, "parcel_events": clean_events(("P-003", "2024-01-01", "area_developed", "a third"))}


@flaw("event-value-unwanted")
def _(tables: Tables) -> Tables:
    return {**tables, "parcel_events": clean_events(("P-003", "2024-01-01", "filed_in_monitoring", "yes"))}


@flaw("event-repeated")
def _(tables: Tables) -> Tables:
    return {**tables, "parcel_events": clean_events(("P-001", "2021-02-01", "commenced", None))}


@flaw("event-contradicts-event")
def _(tables: Tables) -> Tables:
    return {**tables, "parcel_events": clean_events(("P-001", "2021-02-11", "commenced", None))}


@flaw("event-last-day-before-first")
def _(tables: Tables) -> Tables:
    return {**tables, "parcel_events": clean_events(("P-003", "2022-01-02", "force_majeure", None, "2022-01-01"))}


@flaw("event-last-day-missing")
def _(tables: Tables) -> Tables:
    return {**tables, "parcel_events": clean_events(("P-003", "2022-01-02", "government_cause", "1"))}


@flaw("event-last-day-unwanted")
def _(tables: Tables) -> Tables:
    return {**tables, "parcel_events": clean_events(("P-003", "2022-01-02", "idle_finding", None, "2022-01-03"))}


@flaw("event-order")
def _(tables: Tables) -> Tables:
    return {
        **tables,
        "parcel_events": clean_events(
            ("P-002", "2022-01-01", "resumed", None),
            ("P-002", "2022-01-02", "suspended", None),
            ("P-002", "2022-01-03", "resumed", None),
        ),
    }


@flaw("event-order-unusual")
def _(tables: Tables) -> Tables:
    return {**tables, "parcel_events": clean_events(("P-001", "2021-02-11", "construction_permit", None))}


@flaw("event-value-decreases")
def _(tables: Tables) -> Tables:
    more = (("P-003", "2023-01-01", "area_developed", "900"), ("P-003", "2024-01-01", "area_developed", "800"))
    return {**tables, "parcel_events": clean_events(*more)}


@flaw("event-contradicts-field")
def _(tables: Tables) -> Tables:
    return {**tables, "parcel_events": clean_events(("P-002", "2021-02-11", "commenced", None))}


@flaw("events-after-date")
def _(tables: Tables) -> Tables:
    return {**tables, "parcel_events": clean_events(("P-002", "2026-04-01", "completed", None))}


@flaw("investment-includes-price")
def _(tables: Tables) -> Tables:
    return put(tables, "parcels", "investment_basis", "with_land_price")
