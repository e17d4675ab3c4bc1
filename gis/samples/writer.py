"""The sample zone on disk: made and written cell by cell, so that a million parcels need no memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.errors import InputError
from gis.samples.cases import draw_cases, of_case, parcel_attributes
from gis.samples.layout import PARCELS_A_BLOCK, BlockShapes, Grid, inside_parcel, make_blocks
from gis.writing import atomic_folder, fixed_gdal_time

__all__ = ["LEAST_PARCELS", "make_sample", "write_sample"]

CRS = "EPSG:4549"
#: Cells made at a time; each chunk has a generator of its own, so that no order matters. A multiple
#: of five: five blocks hold forty parcels, one whole mix of cases.
CHUNK_CELLS = 500
#: Fewer parcels would not show every status.
LEAST_PARCELS = 40
#: Shares of a parcel's depth that its buildings take.
BUILDING_FROM, BUILDING_TO = 0.54, 0.92
README = """示例综合保税区（虚构） / SYNTHETIC SAMPLE ZONE

本文件夹中的边界、地块、建筑、绿地、权利人和日期全部由程序生成，与任何真实区域无关。
Everything in this folder is made up by a program; it describes no real zone.

parcels {parcels}; seed {seed}; as of {as_of}; {crs}
"""


def make_sample(
    *, parcels: int, seed: int, as_of: dt.date, progress: Callable[[int, int], None] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the sample's layers chunk by chunk, as GeoDataFrames by table name.

    The same arguments give the same rows.
    """
    blocks = -(-parcels // PARCELS_A_BLOCK)
    grid = Grid(blocks)
    for chunk, start in enumerate(range(0, blocks, CHUNK_CELLS)):
        cells = np.arange(start, min(start + CHUNK_CELLS, blocks))
        yield _chunk(grid, cells, np.random.default_rng([seed, chunk]), as_of)
        if progress is not None:
            progress(min((start + len(cells)) * PARCELS_A_BLOCK, parcels), parcels)


def _chunk(grid: Grid, cells: Any, rng: np.random.Generator, as_of: dt.date) -> dict[str, Any]:
    shapes = make_blocks(grid, cells, rng)
    case = draw_cases(len(shapes.parcels), rng)
    first = int(cells[0]) * PARCELS_A_BLOCK + 1
    record = parcel_attributes(case, shapely.area(shapes.parcels), first=first, as_of=as_of, rng=rng)
    built, split = of_case(case, "built").astype(bool), of_case(case, "split").astype(bool)
    return {
        "parcels": _layer(record, shapes.parcels),
        "land_use": _land_use(record, shapes, cells, split),
        "green_spaces": _green_spaces(record, shapes, grid, case=case, rng=rng),
        "buildings": _buildings(record, shapes, grid, built=built, split=split),
        "plan_units": _plan_units(cells, grid),
    }


def _layer(record: pd.DataFrame, shapes: Any) -> Any:
    import geopandas as gpd

    return gpd.GeoDataFrame(record.reset_index(drop=True), geometry=shapes, crs=CRS)


def _land_use(record: pd.DataFrame, shapes: BlockShapes, cells: Any, split: Any) -> Any:
    whole = record.loc[~split, ["parcel_id", "land_use_code", "land_use_name"]]
    halves = record.loc[split, ["parcel_id"]]
    tables = [
        whole.assign(patch_id="T" + whole["parcel_id"]),
        halves.assign(patch_id="T" + halves["parcel_id"] + "a", land_use_code="100101", land_use_name="一类工业用地"),
        halves.assign(patch_id="T" + halves["parcel_id"] + "b", land_use_code="0901", land_use_name="商业用地"),
        pd.DataFrame({"patch_id": [f"R{cell:07d}" for cell in cells]}).assign(
            land_use_code="1207", land_use_name="城镇村道路用地"
        ),
    ]
    table = pd.concat(tables, ignore_index=True).assign(land_use_scheme="mnr_2023")
    geometry = np.concatenate([shapes.parcels[~split], shapes.halves[split, 0], shapes.halves[split, 1], shapes.roads])
    return _layer(table[["patch_id", "land_use_scheme", "land_use_code", "land_use_name"]], geometry)


def _green_spaces(record: pd.DataFrame, shapes: BlockShapes, grid: Grid, *, case: Any, rng: np.random.Generator) -> Any:
    """Return a wavy strip at the front of each parcel that is built or begun, and most of each park parcel."""
    built, park = of_case(case, "built").astype(bool), of_case(case, "park").astype(bool)
    started = np.array([span is not None for span in of_case(case, "start")])
    rows = np.flatnonzero(started | park)
    share = np.linspace(0.06, 0.94, 9)
    depth = np.where(built[rows], rng.uniform(0.24, 0.42, len(rows)), rng.uniform(0.1, 0.3, len(rows)))
    depth = np.where(park[rows], 0.8, depth)
    wave = depth[:, None] * (1 + rng.uniform(-0.08, 0.08, (len(rows), len(share))))
    front = np.broadcast_to(share, wave.shape)
    s = np.concatenate([front, front[:, ::-1], front[:, :1]], axis=1)
    t = np.concatenate([np.full_like(wave, 0.06), 0.06 + wave[:, ::-1], np.full((len(rows), 1), 0.06)], axis=1)
    geometry = shapely.polygons(grid.to_map(inside_parcel(shapes.corners[rows], s, t)))
    ids = "G" + record["parcel_id"].iloc[rows].reset_index(drop=True)
    kind = np.where(park[rows], "公园绿地", "附属绿地")
    table = pd.DataFrame({"green_id": ids, "green_kind": kind, "green_name": "示例" + pd.Series(kind)})
    return _layer(table, geometry)


def _buildings(record: pd.DataFrame, shapes: BlockShapes, grid: Grid, *, built: Any, split: Any) -> Any:
    """Return two buildings a built parcel; of mixed parcels the second has another use."""
    rows = np.flatnonzero(built)
    part = record.iloc[rows]
    geometry, tables = [], []
    for number, (left, right, share) in enumerate(((0.1, 0.55, 0.7), (0.62, 0.9, 0.3))):
        s = np.tile([left, right, right, left, left], (len(rows), 1))
        t = np.tile([BUILDING_FROM, BUILDING_FROM, BUILDING_TO, BUILDING_TO, BUILDING_FROM], (len(rows), 1))
        geometry.append(shapely.polygons(grid.to_map(inside_parcel(shapes.corners[rows], s, t))))
        floor = (part["counted_floor_area_m2"] * share).round(1)
        tables.append(
            pd.DataFrame(
                {
                    "building_id": part["parcel_id"] + f"-{number + 1}",
                    "parcel_id": part["parcel_id"],
                    "land_use_scheme": "mnr_2023",
                    "land_use_code": np.where(split[rows] & (number == 1), "0901", part["land_use_code"]),
                    "floor_area_m2": floor,
                    "counted_floor_area_m2": floor,
                    "floors_count": 4 - number,
                    "building_height_m": 22.5 - 6.0 * number,
                }
            )
        )
    return _layer(pd.concat(tables, ignore_index=True), np.concatenate(geometry))


def _plan_units(cells: Any, grid: Grid) -> Any:
    at = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
    rings = np.stack([grid.corner(cells, *corner) for corner in at], axis=1)
    table = pd.DataFrame({"plan_unit_id": [f"U{cell:07d}" for cell in cells]}).assign(
        plan_name="示例控制性详细规划（虚构）", land_use_scheme="mnr_2023", land_use_code="100101", planned_far=2.0,
        height_limit_m=30.0,
    )  # fmt: skip
    return _layer(table, shapely.polygons(grid.to_map(rings)))


def _boundary(parcels: int) -> Any:
    shape = Grid(-(-parcels // PARCELS_A_BLOCK)).boundary()
    record = {
        "zone_id": "SAMPLE", "zone_name": "示例综合保税区（虚构）", "adcode": "310118", "boundary_quality": "synthetic",
        "approval_document": "虚构", "approval_date": "2016-01-01", "approved_area_m2": round(shape.area, 2),
    }  # fmt: skip
    return _layer(pd.DataFrame([record]), np.array([shape], dtype=object))


def write_sample(
    folder: Path | str,
    *,
    parcels: int = 400,
    seed: int = 1,
    as_of: dt.date,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Path]:
    """Write a synthetic bonded zone as GeoPackages, one a table, and a README that says so.

    Parameters
    ----------
    folder
        Made anew; replaced only when everything was written.
    parcels
        At least 40, rounded up to whole rounds of forty (five blocks of eight).
    seed
        The same arguments give the same bytes.
    as_of
        The date that the events of the parcels lie before.
    progress
        Called with parcels done and in all.

    Returns
    -------
    table → path.

    Raises
    ------
    InputError
        For fewer than 40 parcels.
    OutputError
        If the folder can't be written; a former one is left whole.
    """
    if parcels < LEAST_PARCELS:
        raise InputError("sample_too_small", found=parcels, least=LEAST_PARCELS)
    folder = Path(folder)
    # Whole rounds of forty keep the mix of cases the same at every size.
    parcels = -(-parcels // LEAST_PARCELS) * LEAST_PARCELS
    names = ["approved_boundaries"]
    with atomic_folder(folder) as place, fixed_gdal_time():
        _write_layer(_boundary(parcels), place, names[0], new=True)
        for number, layers in enumerate(make_sample(parcels=parcels, seed=seed, as_of=as_of, progress=progress)):
            for table, frame in layers.items():
                _write_layer(frame, place, table, new=number == 0)
            names += list(layers) if number == 0 else []
        text = README.format(parcels=parcels, seed=seed, as_of=as_of.isoformat(), crs=CRS)
        (place / "README.txt").write_text(text, "utf-8")
    return {name: folder / f"{name}.gpkg" for name in names}


def _write_layer(frame: Any, folder: Path, table: str, *, new: bool) -> None:
    import pyogrio

    path = folder / f"{table}.gpkg"
    pyogrio.write_dataframe(frame, path, layer=table, driver="GPKG", append=not new, geometry_type="Polygon")
