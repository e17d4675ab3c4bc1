"""A small made-up run, computed by the analyses themselves, whose figures can be checked by hand.

Zone Z1 is 500 m × 400 m = 200,000 m²; its parcels A, B, C, D take 50,000, 30,000, 20,000 and
40,000 m² of it, so 60,000 m² are in no parcel. Green land: 15,000 + 3,600 + 7,000 + 2,400 = 28,000 m²,
14 % of the zone, 12,000 m² short of 20 %. Zone Z2 is 100 m × 100 m in three strips of 3,333.333 m².
"""

from __future__ import annotations

import dataclasses
import datetime as dt

import geopandas as gpd
import pandas as pd
import shapely

from gis.analyses import evaluate_green_ratio, evaluate_idle_land, evaluate_mixed_use
from gis.crs import area_basis
from gis.issues import IssueLog
from gis.overlay import intersect_pairs, measure_overlap, measure_parcels, measure_zones
from gis.regulations import load_rules, place_name, policy_clauses, policy_in_force
from gis.reports import ReportContent
from gis.schema import FieldType, fields_of

CRS = "EPSG:4549"
ORIGIN = (652_000.0, 3_467_000.0)
AS_OF = dt.date(2026, 3, 31)
FORMULA = "=cmd|' /C calc'!A0"
SCRIPT = "<script>alert(1)</script>"
MARKUP = "<r><t>rich</t></r>"
DTYPES = {
    FieldType.DATE: "datetime64[us]",
    FieldType.FLAG: "boolean",
    FieldType.INTEGER: "Int64",
}


def box(x: float, y: float, width: float, height: float) -> shapely.Polygon:
    return shapely.box(ORIGIN[0] + x, ORIGIN[1] + y, ORIGIN[0] + x + width, ORIGIN[1] + y + height)


def canonical(table: str, rows: list[dict], order: int) -> gpd.GeoDataFrame:
    """A canonical table: every field of the dictionary; ``order=-1`` turns its rows round."""
    columns = {}
    for name, field in fields_of(table).items():
        dtype = DTYPES.get(field.type, "str" if field.type.is_text else "float64")
        columns[name] = pd.Series([row.get(name) for row in rows], dtype="object").astype(dtype)
    columns["source_file"] = pd.Series([f"{table}.gpkg"] * len(rows), dtype="str")
    columns["source_row"] = range(1, len(rows) + 1)
    made = gpd.GeoDataFrame(columns, geometry=[row.get("geometry") for row in rows], crs=CRS)
    return made[::order].reset_index(drop=True)


BUILDING = {"supply_status": "supplied", "construction_state": "under_construction"}
PARCELS = [
    {
        "parcel_id": "0001",
        "parcel_name": FORMULA,
        "holder": SCRIPT,
        "geometry": box(0, 0, 250, 200),
        "supply_status": "supplied",
        "construction_state": "not_started",
        "delay_cause": "none",
        "delivery_date": "2023-12-30",
        "agreed_commencement_date": "2024-06-30",
        "agreed_production_date": "2026-01-01",
    },
    {
        "parcel_id": "001",
        "parcel_name": MARKUP,
        "holder": "甲公司 & Co",
        "geometry": box(250, 0, 150, 200),
        "supply_status": "supplied",
        "construction_state": "completed",
        "commencement_date": "2019-02-01",
        "completion_date": "2020-03-01",
        "production_date": "2020-09-01",
        "agreed_production_date": "2021-01-01",
        "efficiency_grade": "D",
    },
    {"parcel_id": "1", "geometry": box(0, 200, 100, 200), "supply_status": "supplied"},
    {
        "parcel_id": "D-4",
        "parcel_name": "𠮷野仓储",
        "holder": "-丁公司",
        "geometry": box(100, 200, 200, 200),
        "supply_status": "supplied",
        "construction_state": "suspended",
        "commencement_date": "2023-01-10",
        "suspension_date": "2024-02-29",
        "developed_area_m2": 5000.0,
        "land_to_develop_m2": 40000.0,
        "invested_cny": 1e6,
        "total_investment_cny": 1e8,
    },
    {"parcel_id": "E-1", "geometry": box(1000, 0, 100 / 3, 100), "supply_status": "approved_not_supplied"},
    {
        "parcel_id": "E-2",
        "geometry": box(1000 + 100 / 3, 0, 100 / 3, 100),
        **BUILDING,
        "commencement_date": "2025-05-05",
    },
    {"parcel_id": "E-3", "geometry": box(1000 + 200 / 3, 0, 100 / 3, 100)},
]
ZONES = [
    {
        "zone_id": "Z1",
        "zone_name": "甲区",
        "boundary_quality": "synthetic",
        "approved_area_m2": 200_000.0,
        "geometry": box(0, 0, 500, 400),
    },
    {"zone_id": "Z2", "zone_name": "乙区", "boundary_quality": "approved", "geometry": box(1000, 0, 100, 100)},
]
GREEN = [
    {"green_id": f"G{number}", "green_kind": "attached", "geometry": shape}
    for number, shape in enumerate(
        (box(0, 0, 150, 100), box(250, 0, 60, 60), box(0, 200, 70, 100), box(100, 200, 60, 40)), start=1
    )
] + [{"green_id": "G5", "green_kind": "park", "geometry": box(200, 300, 10, 10)}]
LAND_USE = [
    {"patch_id": f"P{number}", "land_use_scheme": "mnr_2023", "land_use_code": code, "geometry": shape}
    for number, (code, shape) in enumerate(
        (
            ("1001", box(0, 0, 125, 200)),
            ("1101", box(125, 0, 125, 200)),
            ("1101", box(250, 0, 150, 200)),
            ("99", box(0, 200, 100, 200)),
            ("1001", box(100, 200, 200, 200)),
            ("0901", box(1000, 0, 100, 100)),
        ),
        start=1,
    )
]
BUILDINGS = [
    {
        "building_id": "b1",
        "parcel_id": "001",
        "land_use_scheme": "mnr_2023",
        "land_use_code": "1101",
        "floor_area_m2": 800.0,
    },
    {
        "building_id": "b2",
        "parcel_id": "001",
        "land_use_scheme": "mnr_2023",
        "land_use_code": "0901",
        "floor_area_m2": 200.0,
    },
]


def make_issues() -> IssueLog:
    issues = IssueLog()
    issues.add(
        "parcel-overlap",
        "parcels",
        ids=("0001", "001"),
        who="0001, 001",
        where="1 2",
        expected="0 m²",
        area_m2=1.25,
        file="=evil.gpkg",
        rows=(1, 2),
        found="-2",
    )
    issues.add("geometry-not-polygon", "parcels", file="@x.gpkg", count=2, found="line", rows=(3,))
    issues.add("table-transformed", "parcels", file="parcels.gpkg", found="EPSG:4490", expected=CRS)
    return issues


def make_content(
    *,
    as_of: dt.date = AS_OF,
    place: str = "310113",
    replaced: tuple[tuple[str, str, str], ...] = (),
    order: int = 1,
    parcels: list[dict] | None = None,
    **changes,
) -> ReportContent:
    """Compute the run; ``order=-1`` turns the rows of every table round, ``changes`` replace parts of the content."""
    rows = PARCELS if parcels is None else parcels
    zones = measure_zones(canonical("approved_boundaries", ZONES, order))
    land = measure_parcels(canonical("parcels", rows, order), zones)
    zones = measure_overlap(zones, land)
    rules = load_rules(as_of=as_of, place=place)
    for name, value, reason in replaced:
        rules = rules.replace(name, value, reason)
    green, patches = canonical("green_spaces", GREEN, order), canonical("land_use", LAND_USE, order)
    buildings = pd.DataFrame(canonical("buildings", BUILDINGS, order).drop(columns="geometry"))
    balances = {
        "idle_land": evaluate_idle_land(land, rules, zones=zones),
        "green_ratio": evaluate_green_ratio(
            land, intersect_pairs(land, green), green_spaces=green, rules=rules, zones=zones
        ),
        "mixed_use": evaluate_mixed_use(
            land, intersect_pairs(land, patches), land_use=patches, rules=rules, zones=zones, buildings=buildings
        ),
    }
    content = ReportContent(
        run_name="made",
        title="甲乙两区报告",
        as_of=as_of,
        place=place,
        place_name=place_name(place),
        area_basis=area_basis(land.crs),
        boundary_quality="synthetic",
        zones=zones,
        balances=balances,
        issues=make_issues(),
        inputs=[
            {
                "table": "parcels",
                "path": "parcels.gpkg",
                "sha256": "ab" * 32,
                "rows": 7,
                "crs": CRS,
                "encoding": "utf-8",
            },
            {"table": "approved_boundaries", "path": "zone.gpkg", "sha256": "cd" * 32, "rows": 2, "crs": CRS},
        ],
        rules=rules.read,
        policy=policy_in_force(as_of),
        clauses=[dataclasses.asdict(clause) for clause in policy_clauses(as_of)],
        cross_checks=[
            {"name": {"zh": "椭球面积", "en": "ellipsoidal area"}, "value": 199_900.5, "unit": "m2", "note": "GRS80"}
        ],
        notes=("idle.note_data_date",),
    )
    return dataclasses.replace(content, **changes)
