"""GeoParquet: both ends, bounded, and what the ``geo`` metadata says of the columns is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from gis.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gis.gate.limits import Limits

__all__ = ["PARQUET_SUFFIXES", "check_parquet"]

PARQUET_SUFFIXES: Final = frozenset({".parquet", ".geoparquet"})
MAGIC: Final = b"PAR1"
ENCODINGS: Final = frozenset(
    {"WKB", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon"}
)


def check_parquet(path: Path, limits: Limits) -> int:
    """Return how many rows a GeoParquet holds by its own count.

    Raises
    ------
    InputError
        If it is none, damaged, larger than the limits, or its ``geo`` metadata can't be used.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with path.open("rb") as file:
        start = file.read(4)
        file.seek(-4, 2) if path.stat().st_size >= 12 else None
        end = file.read(4)
    if start != MAGIC:
        raise InputError("content_not_suffix", path=path, format="GeoParquet", found=ascii(start)[1:])
    if end != MAGIC:
        raise InputError("file_corrupt", path=path, format="GeoParquet", why="its end is missing: it was cut short")
    try:
        about = pq.read_metadata(path)
        schema = about.schema.to_arrow_schema()
        groups = [about.row_group(number) for number in range(about.num_row_groups)]
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        why = str(error).split("\n")[0]
        raise InputError("file_corrupt", path=path, format="GeoParquet", why=why) from None
    limits.require("rows", about.num_rows, path=path)
    limits.require("columns", about.num_columns, path=path)
    limits.require("unpacked_bytes", sum(max(group.total_byte_size, 0) for group in groups), path=path)
    if sum(group.num_rows for group in groups) != about.num_rows:
        raise InputError("file_corrupt", path=path, format="GeoParquet", why="its groups hold another number of rows")
    is_bytes = {field.name: pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type) for field in schema}
    _check_geo((schema.metadata or {}).get(b"geo"), is_bytes, path)
    return int(about.num_rows)


def _check_geo(stored: bytes | None, is_bytes: Mapping[str, bool], path: Path) -> None:
    try:
        why = "there is none" if stored is None else _fault_of(json.loads(stored), is_bytes)
    except (ValueError, RecursionError) as error:
        why = str(error)
    if why:
        raise InputError("parquet_geo_wrong", path=path, why=why)


def _fault_of(about: Any, is_bytes: Mapping[str, bool]) -> str:
    """Return what is wrong with the ``geo`` metadata, or nothing."""
    if not isinstance(about, dict) or not isinstance(about.get("columns"), dict):
        return "it lists no columns"
    if not isinstance(about.get("version"), str):
        return "it states no version"
    main = about.get("primary_column")
    if not isinstance(main, str) or main not in about["columns"]:
        return f"its primary_column {main!r} is not there"
    faults = (_fault_of_column(name, column, is_bytes) for name, column in about["columns"].items())
    return next((fault for fault in faults if fault), "")


def _fault_of_column(name: str, column: Any, is_bytes: Mapping[str, bool]) -> str:
    if not isinstance(column, dict) or name not in is_bytes:
        return f"its column {name!r} is not there"
    encoding = column.get("encoding")
    if not isinstance(encoding, str) or encoding not in ENCODINGS:
        return f"column {name!r} is encoded as {encoding!r}"
    if (encoding == "WKB") != is_bytes[name]:
        return f"column {name!r} is encoded as {encoding!r}, and holds something else"
    system = column.get("crs")
    if isinstance(system, str) and "://" in system:
        return f"column {name!r} names its system by an address"
    if not isinstance(system, dict | str | None):
        return f"the system of column {name!r} can't be understood"
    return ""
