"""A made-up zone for the map tests: parcels that share wavy edges, and balances as the analyses return them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from collections.abc import Mapping

CRS = "EPSG:4549"
AS_OF = dt.date(2026, 3, 31)
ORIGIN = (652_000.0, 3_467_000.0)
STATUSES = (
    "idle", "idle_recognisable", "approved_not_built", "approved_not_supplied", "under_construction", "completed",
    "in_production", "undetermined",
)  # fmt: skip
SHARES = (0.04, 0.03, 0.06, 0.05, 0.1, 0.12, 0.52, 0.08)
GROUNDS = {
    "idle": "ground_start_overdue", "idle_recognisable": "ground_suspended_low",
    "approved_not_built": "ground_within_clock", "approved_not_supplied": "ground_not_supplied",
    "under_construction": "ground_building", "completed": "ground_completed",
    "in_production": "ground_in_production", "undetermined": "ground_missing",
}  # fmt: skip
#: Names that would run, break out or compute where text is taken for code.
HOSTILE = (
    "<img src=x onerror=\"window.__hacked='img'\">",
    "`${window.__hacked='backtick'}`",
    "</script><script>window.__hacked='script'</script>",
    "${7*7} {{7*7}} {% raw %} {#c#}",
    "\u202eمرحبا RTL שלום",
    "𠮷野家 🏭🚧 𪚥",
    "a\u2028b\u2029c\\'\"</style><!-- <script>",
)


@dataclasses.dataclass(frozen=True)
class MadeBalance:
    """The part of `gis.analyses.Balance` that a map reads."""

    name: str
    parcels: pd.DataFrame
    as_of: dt.date = AS_OF
    place: str = "310115"
    area_basis: str = "planar EPSG:4549"
    rules: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    tables: Mapping[str, pd.DataFrame] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class MadeZone:
    parcels: gpd.GeoDataFrame
    boundary: gpd.GeoDataFrame
    green_spaces: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    idle: MadeBalance
    green: MadeBalance
    mix: MadeBalance

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        return {"boundary": self.boundary, "green_spaces": self.green_spaces, "roads": self.roads}


def _nodes(count: int, block: int, size: float, street: float) -> np.ndarray:
    """Places of grid lines, with a street after every block: (from, to) of each cell."""
    starts = np.arange(count) * size + (np.arange(count) // block) * street
    return np.column_stack([starts, starts + size])


def _cells(count: int, seed: int) -> tuple[list[shapely.Polygon], np.ndarray]:
    """Cells of 12 vertices; within a block neighbours share theirs."""
    columns = max(1, round((count * 1.5) ** 0.5))
    rows = -(-count // columns)
    xs, ys = _nodes(columns, 6, 110.0, 28.0), _nodes(rows, 4, 90.0, 22.0)
    wave = lambda x, y: np.column_stack([x + 4 * np.sin(y / 37.0 + seed), y + 4 * np.cos(x / 41.0)])  # noqa: E731
    part = np.array([0, 1 / 3, 2 / 3])
    cells = []
    for number in range(count):
        (x0, x1), (y0, y1) = xs[number % columns], ys[number // columns]
        w, h = x1 - x0, y1 - y0
        x = np.concatenate([x0 + part * w, np.full(3, x1), x1 - part * w, np.full(3, x0)])
        y = np.concatenate([np.full(3, y0), y0 + part * h, np.full(3, y1), y1 - part * h])
        cells.append(shapely.Polygon(wave(x, y) + ORIGIN))
    return cells, np.array([xs[-1, 1], ys[-1, 1]])


def _dates(rng: np.random.Generator, count: int, known: np.ndarray) -> pd.Series:
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 1100, count), unit="D")
    return pd.Series(days, dtype="datetime64[us]").where(known)


def make_zone(count: int = 60, *, seed: int = 7) -> MadeZone:
    """Make a zone of ``count`` parcels; ids 001, 1 and 0001 are among them, and hostile names."""
    rng = np.random.default_rng(seed)
    cells, extent = _cells(count, seed)
    ids = ["001", "1", "0001", *(f"310115-{number:05d}" for number in range(4, count + 1))][:count]
    names = [
        HOSTILE[i] if i < len(HOSTILE) else f"{'保税仓储物流生产加工'[i % 5 * 2 : i % 5 * 2 + 2]}项目{i}"
        for i in range(count)
    ]
    area = np.round(shapely.area(np.array(cells)), 6)
    parcels = gpd.GeoDataFrame(
        {
            "parcel_id": pd.Series(ids, dtype="str"),
            "parcel_name": pd.Series(names, dtype="str"),
            "holder": pd.Series([f"外高桥第{i % 97}实业有限公司" for i in range(count)], dtype="str"),
            "land_use_scheme": pd.Series(["mnr_2023"] * count, dtype="str"),
            "land_use_code": pd.Series(["1001", "1101", "0901"] * count, dtype="str")[:count],
            "land_use_name": pd.Series([None] * count, dtype="str"),
            "legal_area_m2": np.where(np.arange(count) % 9, np.round(area), np.nan),
            "source_file": pd.Series(["parcels.gpkg"] * count, dtype="str"),
            "source_row": np.arange(1, count + 1),
        },
        geometry=cells,
        crs=CRS,
    )
    base = pd.DataFrame(parcels[["parcel_id", "parcel_name", "holder", "source_file", "source_row"]])
    base = base.assign(zone_id="Z1", area_m2=area)
    box = shapely.box(-40, -40, extent[0] + 40, extent[1] + 40)
    outline = shapely.transform(box, lambda xy: xy + ORIGIN)
    boundary = gpd.GeoDataFrame(
        {"zone_id": ["Z1"], "zone_name": ["样例综合保税区"], "boundary_quality": ["synthetic"]},
        geometry=[outline],
        crs=CRS,
    )
    gardens = [cell.buffer(-30) for cell in cells[::3]]
    green_spaces = gpd.GeoDataFrame({"green_id": [f"G{i}" for i in range(len(gardens))]}, geometry=gardens, crs=CRS)
    roads = gpd.GeoDataFrame(geometry=[outline.difference(shapely.union_all(cells[: min(count, 400)]))], crs=CRS)
    return MadeZone(parcels, boundary, green_spaces, roads, _idle(base, rng), _green(base, rng), _mix(base, rng))


def _idle(base: pd.DataFrame, rng: np.random.Generator) -> MadeBalance:
    count = len(base)
    status = pd.Series(rng.choice(STATUSES, count, p=SHARES), dtype="str")
    status[: len(STATUSES)] = list(STATUSES)[:count]
    underused = pd.Series(rng.choice(["met", "not_met", "undetermined"], count, p=[0.1, 0.7, 0.2]), dtype="str")
    legal = status.isin(["idle", "idle_recognisable"])
    table = base.assign(
        status=status,
        status_since=_dates(rng, count, (status != "undetermined").to_numpy()),
        clock_start=_dates(rng, count, legal.to_numpy()),
        clock_start_ground=pd.Series(np.where(legal, "clock_agreed", ""), dtype="str"),
        ground=status.map(GROUNDS),
        citation=pd.Series(np.where(legal, "《闲置土地处置办法》第二条", ""), dtype="str"),
        route=pd.Series(np.where(status == "idle", "fee", ""), dtype="str"),
        next_event=pd.Series(np.where(status == "idle", "reclaim", ""), dtype="str"),
        next_date=_dates(rng, count, (status == "idle").to_numpy()),
        missing=pd.Series(
            np.where(status == "undetermined", "supply_status;agreed_commencement_date|delivery_date", ""), dtype="str"
        ),
        underused=underused,
        underused_class=pd.Series(np.where(underused == "met", "underused_grade", ""), dtype="str"),
        underused_citation=pd.Series(np.where(underused == "met", "浦府规〔2022〕3号 第四条", ""), dtype="str"),
        underused_missing=pd.Series(np.where(underused == "undetermined", "efficiency_grade", ""), dtype="str"),
    )
    rules = (
        {
            "name": "idle_land.start_overdue_period", "verified": True, "citation_zh": "《闲置土地处置办法》第二条",
            "citation_en": "Measures for Disposing of Idle Land, art. 2",
        },
        {"name": "idle_land.anniversary_counts", "verified": False, "citation_zh": "–", "citation_en": "–"},
    )
    return MadeBalance("idle_land", table, rules=rules, notes=("idle.note_data_date",))


def _green(base: pd.DataFrame, rng: np.random.Generator) -> MadeBalance:
    ratio = np.round(rng.uniform(0.02, 0.42, len(base)), 4)
    ratio[:4] = [0.2, 0.199999, 0.05, 0.4][: len(base)]
    green = np.round(ratio * base["area_m2"], 6)
    margin = np.round(green - 0.2 * base["area_m2"], 6)
    table = base.assign(
        green_m2=green,
        green_ratio=ratio,
        floor_ratio=0.2,
        floor_ground=pd.Series(["floor_zone"] * len(base), dtype="str"),
        floor_citation=pd.Series(["《上海市绿化条例》第十五条"] * len(base), dtype="str"),
        ceiling_ratio=np.nan,
        verdict=pd.Series(np.where(ratio >= 0.2, "met", "not_met"), dtype="str"),
        shortfall_m2=(-margin).clip(lower=0.0),
        surplus_m2=margin.clip(lower=0.0),
        missing=pd.Series([""] * len(base), dtype="str"),
    )
    return MadeBalance("green_ratio", table, notes=("green.note_total",))


def _mix(base: pd.DataFrame, rng: np.random.Generator) -> MadeBalance:
    first = np.round(rng.uniform(0.4, 1.0, len(base)), 4)
    shares = np.column_stack([first, 1 - first])
    logs = np.log(np.where(shares > 0, shares, 1.0))
    table = base.assign(
        hill_1=np.exp(-(shares * logs).sum(axis=1)),
        dominant_group=pd.Series(np.where(first >= 0.5, "industrial", "logistics"), dtype="str"),
        verdict=pd.Series(["undetermined"] * len(base), dtype="str"),
        missing=pd.Series(["floor_area_m2"] * len(base), dtype="str"),
    )
    parts = [
        pd.DataFrame(
            {
                "zone_id": "Z1",
                "parcel_id": base["parcel_id"],
                "land_use_group": group,
                "area_m2": shares[:, place] * base["area_m2"],
                "share": shares[:, place],
            }
        )
        for place, group in enumerate(("industrial", "logistics"))
    ]
    return MadeBalance("mixed_use", table, tables={"shares": pd.concat(parts, ignore_index=True)})


def made_history(zone: MadeZone, *, seed: int = 5) -> pd.DataFrame:
    """Make a history that ends in the statuses of the balance; two parcels in three changed once."""
    rng = np.random.default_rng(seed)
    first, last = pd.Timestamp("2022-01-01"), pd.Timestamp(AS_OF)
    rows = []
    for place, parcel in enumerate(zone.idle.parcels.itertuples()):
        start = first
        if place % 3:
            changed = first + pd.Timedelta(days=int(rng.integers(30, (last - first).days)))
            former = STATUSES[(STATUSES.index(parcel.status) + 1) % len(STATUSES)]
            rows.append((parcel.parcel_id, former, first, changed - pd.Timedelta(days=1)))
            start = changed
        rows.append((parcel.parcel_id, parcel.status, start, last))
    return pd.DataFrame(rows, columns=["parcel_id", "status", "valid_from", "valid_to"])


def with_rough_edges(zone: MadeZone) -> gpd.GeoDataFrame:
    """Move every vertex by up to a metre, neighbours' alike: smooth edges would compress better than surveyed ones."""

    def moved(xy: np.ndarray) -> np.ndarray:
        noise = np.sin(np.rint(xy * 1000) @ [[12.9898, 39.346], [78.233, 11.135]]) * 43758.5453
        return xy + 2 * (noise - np.floor(noise)) - 1

    shapes = shapely.transform(np.asarray(zone.parcels.geometry.array), moved)
    return zone.parcels.set_geometry(shapes, crs=zone.parcels.crs)
