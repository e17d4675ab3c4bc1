"""Small flawed files, made by code: one for each case."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest
from pyproj import CRS
from shapely.geometry import box

if TYPE_CHECKING:
    from pathlib import Path

# A block near Waigaoqiao in EPSG:4549 (CM 120°), and the same ground in EPSG:4550 (CM 123°).
EAST_120, EAST_123, NORTH = 652_300.0, 366_736.0, 3_467_500.0


def squares(count, *, east=EAST_120, north=NORTH, side=100.0):
    return [box(east + i * side, north, east + (i + 1) * side, north + side) for i in range(count)]


def layer(*, crs="EPSG:4549", shapes=None, **columns):
    count = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(columns, geometry=shapes or squares(count), crs=crs)


def write_dbf(path: Path, names: list[bytes], rows: list[list[bytes]], *, widths: list[int], language_byte: int = 0):
    """Write a DBF byte by byte, so that nothing is encoded, padded or repaired on the way."""
    record = 1 + sum(widths)
    header = struct.pack("<BBBBIHH", 3, 121, 1, 1, len(rows), 32 + 32 * len(names) + 1, record)
    header += bytes(17) + bytes([language_byte]) + bytes(2)
    for name, width in zip(names, widths, strict=True):
        header += name.ljust(11, b"\0") + b"C" + bytes(4) + bytes([width, 0]) + bytes(14)
    body = b"".join(b" " + b"".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    path.write_bytes(header + b"\r" + body + b"\x1a")


@pytest.fixture
def shapefile(tmp_path):
    """Make a shapefile whose DBF holds exactly the bytes given."""

    def make(names, rows, *, widths=None, cpg=None, language_byte=0, stem="parcels", crs="EPSG:4549"):
        path = tmp_path / f"{stem}.shp"
        layer(n=list(range(len(rows))), crs=crs).to_file(path)
        path.with_suffix(".cpg").unlink(missing_ok=True)
        if cpg is not None:
            path.with_suffix(".cpg").write_text(cpg)
        widths = widths or [40] * len(names)
        write_dbf(path.with_suffix(".dbf"), names, rows, widths=widths, language_byte=language_byte)
        return path

    return make


@pytest.fixture
def geopackage(tmp_path):
    """Write a layer into a GeoPackage."""

    def make(frame, *, stem="parcels", name="parcels", **options):
        path = tmp_path / f"{stem}.gpkg"
        frame.to_file(path, layer=name, **options)
        return path

    return make


@pytest.fixture
def make_layer():
    return layer


@pytest.fixture
def make_squares():
    return squares


@pytest.fixture
def xlsx(tmp_path):
    """Write rows of cells into a workbook: sheet name → rows."""
    import openpyxl

    def make(stem="table", **sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        path = tmp_path / f"{stem}.xlsx"
        book.save(path)
        return path

    return make


@pytest.fixture
def boundary():
    """Return a canonical boundary around the squares, in EPSG:4549."""
    frame = gpd.GeoDataFrame(
        {"zone_id": ["Z1"], "source_file": ["boundary.gpkg"]},
        geometry=[box(EAST_120 - 500, NORTH - 500, EAST_120 + 2000, NORTH + 1000)],
        crs=CRS("EPSG:4549"),
    )
    return frame.astype({"zone_id": pd.StringDtype(na_value=float("nan"))})
