"""The page of Z1, with floors, ceilings and a lock, and a solved preset."""

import pandas as pd

import gis
from gis.maps.scenario_page import draw_scenario_page

AREAS = {"A": 50_000.0, "B": 30_000.0, "C": 20_000.0, "D": 40_000.0}
BASE = {"A": 15_000.0, "B": 3_600.0, "C": 7_000.0, "D": 1_000.000001}
SOLVED = {"A": 15_000.0, "B": 3_600.0, "C": 7_000.0, "D": 2_400.0}
FLOORS = {"A": 0.05, "B": 0.0, "C": 0.10, "D": 0.025}
CEILINGS = {"A": 0.30, "B": 0.12, "C": 0.35, "D": 0.20}
HOSTILE = "</script><img src=x onerror=alert(1)>"


def scenario_table(names=None):
    ids = list(AREAS)
    return pd.DataFrame({
        "parcel_id": ids, "parcel_name": [(names or {}).get(key, f"地块 {key}") for key in ids], "zone_id": "Z1",
        "area_m2": [AREAS[key] for key in ids], "green_m2": [BASE[key] for key in ids],
        "floor_m2": [FLOORS[key] * AREAS[key] for key in ids],
        "ceiling_m2": [CEILINGS[key] * AREAS[key] for key in ids],
        "is_locked": [key == "C" for key in ids], "floor_ground": "园区绿化专项规划：LH-01",
        "ceiling_ground": "规划条件", "lock_ground": ["", "", "施工中", ""],
    })  # fmt: skip


def scenario_page(tables, *, lang="zh", table=None, open_m2=0.0, **options):
    zones = pd.DataFrame({
        "zone_id": ["Z1"], "zone_name": ["示例区"], "land_m2": [140_000.0], "needed_m2": [28_000.0],
        "target_ratio": [0.2], "open_m2": [open_m2], "citation": [["《上海市绿化条例》第15条", "Shanghai Greening Regulation, art. 15"]],
    })  # fmt: skip
    return draw_scenario_page(
        tables["parcels"],
        scenario_table() if table is None else table,
        zones=zones,
        presets={"solved": (["求解方案", "Solved"], pd.Series(SOLVED))},
        head=["zonegis_scenario: 1", 'base: "RUN.yaml"'],
        base_name="RUN.yaml",
        name="方案一",
        as_of="2026-03-31",
        boundary=gis.measure_zones(tables["approved_boundaries"]),
        lang=lang,
        quality="synthetic",
        **options,
    )
