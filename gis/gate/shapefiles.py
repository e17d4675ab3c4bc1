"""Shapefiles: .shp, .shx and .dbf hold the same number of records, and each record is where the index says."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gis.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from gis.gate.limits import Limits

__all__ = ["check_shapefile"]

MAGIC: Final = 9994
VERSION: Final = 1000
HEADER_BYTES: Final = 100
#: Kinds of shapes with parts: bytes before the points, and whether heights and measures may follow.
WITH_PARTS: Final = {3: False, 5: False, 13: True, 15: True, 23: True, 25: True}
KINDS: Final = frozenset({0, 1, 3, 5, 8, 11, 13, 15, 18, 21, 23, 25, 28, 31})
PARTS_FROM: Final = 44
SHOWN: Final = 10
DELETED, KEPT = 0x2A, 0x20


def check_shapefile(parts: dict[str, Path], limits: Limits) -> tuple[int, int]:
    """Return how many rows a shapefile holds, and how many of them are marked as deleted.

    Parameters
    ----------
    parts
        Its files by suffix.
    limits
        See `gis.gate.Limits`.

    Raises
    ------
    InputError
        If a part is missing, cut short or none of its kind, or if their rows do not agree.
    """
    missing = [suffix for suffix in (".dbf", ".shx") if suffix not in parts]
    if missing:
        raise InputError("shapefile_incomplete", path=parts[".shp"], missing=missing)
    shp = _mapped(parts[".shp"], "SHP")
    shx = _mapped(parts[".shx"], "SHX")
    kind = _header(shp, parts[".shp"], "SHP")
    if _header(shx, parts[".shx"], "SHX") != kind:
        raise InputError("file_corrupt", path=parts[".shx"], format="SHX", why="another kind of shapes than in .shp")
    if (len(shx) - HEADER_BYTES) % 8:
        raise InputError("file_corrupt", path=parts[".shx"], format="SHX", why="its last record is cut")
    index = np.frombuffer(shx[HEADER_BYTES:].tobytes(), dtype=">i4").reshape(-1, 2).astype(np.int64) * 2
    rows, deleted, declared, columns = _dbf_rows(parts[".dbf"])
    if not len(index) == rows == declared:
        raise InputError("shapefile_counts", path=parts[".shp"], shx=len(index), dbf=rows, header=declared)
    limits.require("rows", rows, path=parts[".shp"])
    limits.require("columns", columns, path=parts[".dbf"])
    _check_records(shp, index, kind, parts[".shp"])
    return rows, deleted


def _mapped(path: Path, form: str) -> Any:
    if path.stat().st_size < HEADER_BYTES:
        raise InputError("file_corrupt", path=path, format=form, why="shorter than its header")
    return np.memmap(path, dtype=np.uint8, mode="r")


def _header(content: Any, path: Path, form: str) -> int:
    """Return the kind of shapes; the file has to be as long as it says."""
    head = content[:HEADER_BYTES].tobytes()
    magic, words = struct.unpack(">i20xi", head[:28])
    version, kind = struct.unpack("<ii", head[28:36])
    if magic != MAGIC or version != VERSION or kind not in KINDS:
        raise InputError("content_not_suffix", path=path, format=form, found=_start(head))
    if words * 2 != len(content):
        why = f"its header says {words * 2} bytes, there are {len(content)}"
        raise InputError("file_corrupt", path=path, format=form, why=why)
    return int(kind)


def _start(head: bytes) -> str:
    return head[:16].decode("ascii", errors="replace").encode("ascii", "backslashreplace").decode()


def _dbf_rows(path: Path) -> tuple[int, int, int, int]:
    """Return the whole rows of a DBF by its size, those marked as deleted, the header's count, and its columns."""
    content = _dbf_bytes(path)
    declared, head, width = struct.unpack("<IHH", content[4:12].tobytes())
    columns = (head - 33) // 32
    if content[0] & 7 not in {3, 4, 5} or head < 65 or width < 2 or head > len(content):
        raise InputError("content_not_suffix", path=path, format="DBF", found=_start(content[:16].tobytes()))
    rows = (len(content) - head) // width
    if not rows:
        return 0, 0, declared, columns
    flags = content[head : head + rows * width].reshape(rows, width)[:, 0]
    wrong = np.flatnonzero((flags != KEPT) & (flags != DELETED))
    if len(wrong):
        numbers = [int(row) + 1 for row in wrong[:SHOWN]]
        raise InputError("file_corrupt", path=path, format="DBF", why=f"rows without a beginning: {numbers}")
    return rows, int((flags == DELETED).sum()), declared, columns


def _dbf_bytes(path: Path) -> Any:
    if path.stat().st_size < 65:
        raise InputError("file_corrupt", path=path, format="DBF", why="shorter than its header")
    return np.memmap(path, dtype=np.uint8, mode="r")


def _check_records(shp: Any, index: Any, kind: int, path: Path) -> None:
    """Refuse records that are not where the index says, overlap, or hold another number of points than they say."""
    if not len(index):
        return
    start, length = index[:, 0], index[:, 1]
    inside = (start >= HEADER_BYTES) & (length >= 4) & (start + 8 + length <= len(shp))
    _refuse(~inside, path, "records lie outside the file")
    order = np.argsort(start, kind="stable")
    ends = (start + 8 + length)[order]
    overlap = np.zeros(len(index), dtype=bool)
    overlap[order[1:]] = ends[:-1] > start[order][1:]
    _refuse(overlap, path, "records lie on one another")
    number, stored = _integers(shp, start, ">i4"), _integers(shp, start + 4, ">i4") * 2
    _refuse(number != np.arange(1, len(index) + 1), path, "records carry another number")
    _refuse(stored != length, path, "records have another length than in .shx")
    kinds = _integers(shp, start + 8, "<i4")
    _refuse((kinds != kind) & (kinds != 0), path, "records hold another kind of shape")
    if kind in WITH_PARTS:
        _check_parts(shp, start, length, kinds, kind, path)


def _check_parts(shp: Any, start: Any, length: Any, kinds: Any, kind: int, path: Path) -> None:
    full = np.flatnonzero(kinds != 0)
    at, size = start[full] + 8, length[full]
    short = np.zeros(len(start), dtype=bool)
    short[full[size < PARTS_FROM]] = True
    _refuse(short, path, "records are cut")
    if not len(full):
        return
    parts, points = _integers(shp, at + 36, "<i4"), _integers(shp, at + 40, "<i4")
    plain = PARTS_FROM + 4 * parts + 16 * points
    fits = size == plain
    if WITH_PARTS[kind]:
        fits |= (size == plain + 16 + 8 * points) | (size == plain + 32 + 16 * points)
    wrong = np.zeros(len(start), dtype=bool)
    wrong[full[~(fits & (parts >= 0) & (points >= 0))]] = True
    _refuse(wrong, path, "records have another size than their points")
    owner = np.repeat(np.arange(len(full)), parts)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(parts) - parts, parts)
    first = _integers(shp, at[owner] + PARTS_FROM + 4 * place, "<i4")
    bad = (first < 0) | (first >= points[owner])
    bad |= (place == 0) & (first != 0)
    bad[1:] |= (place[1:] > 0) & (first[1:] <= first[:-1])
    wrong[full[owner[bad]]] = True
    _refuse(wrong, path, "records have parts that do not follow one another")


def _integers(content: Any, places: Any, form: str) -> Any:
    spots = places[:, None] + np.arange(4)
    return np.ascontiguousarray(content[spots]).view(form)[:, 0].astype(np.int64)


def _refuse(wrong: Any, path: Path, why: str) -> None:
    if wrong.any():
        rows = [int(row) + 1 for row in np.flatnonzero(wrong)]
        raise InputError("records_damaged", path=path, count=len(rows), rows=rows, why=why)
