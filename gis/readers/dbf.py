"""The raw bytes of a DBF file: language byte, field names and text values, before any decoding.

GDAL decodes while it reads and takes Latin-1 where nothing is declared, so the proof of an
encoding has to look at the bytes themselves.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from gis.errors import InputError

__all__ = ["DbfField", "DbfFile", "dbf_beside", "read_dbf"]

HEADER_BYTES: Final = 32
END_OF_FIELDS: Final = 0x0D


@dataclass(frozen=True)
class DbfField:
    """One column as the header describes it."""

    name: bytes
    type: str
    width: int
    decimals: int
    offset: int


@dataclass(frozen=True)
class DbfFile:
    """Header and non-ASCII text of a DBF file.

    Attributes
    ----------
    language_byte
        Byte 29 of the header; 0x4d says GBK, 0 says nothing.
    text
        field name → distinct values that hold a byte above 0x7f, padding removed.
    full
        The values of ``text`` that fill their column's width: the last character may be cut.
    """

    path: Path
    language_byte: int
    records: int
    fields: tuple[DbfField, ...]
    text: dict[bytes, tuple[bytes, ...]]
    full: dict[bytes, frozenset[bytes]]

    @property
    def names(self) -> list[bytes]:
        """Every field name, as stored."""
        return [field.name for field in self.fields]


def dbf_beside(path: Path) -> Path | None:
    """Return the DBF that belongs to a shapefile, whatever the case of its suffix."""
    for suffix in (".dbf", ".DBF", ".Dbf"):
        beside = path.with_suffix(suffix)
        if beside.exists():
            return beside
    return None


def _fields(header: bytes) -> tuple[DbfField, ...]:
    fields = []
    offset = 1  # the first byte of a record marks it as deleted
    for start in range(HEADER_BYTES, len(header) - 31, 32):
        if header[start] == END_OF_FIELDS:
            break
        entry = header[start : start + 32]
        kind = chr(entry[11])
        fields.append(DbfField(entry[:11].split(b"\0")[0], kind, entry[16], entry[17], offset))
        offset += entry[16]
    return tuple(fields)


def read_dbf(path: Path | str) -> DbfFile:
    """Read the header of a DBF and its text values that are not plain ASCII.

    Parameters
    ----------
    path
        The ``.dbf``.

    Raises
    ------
    InputError
        If the file can't be read or is no DBF.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(HEADER_BYTES)
            if len(start) < HEADER_BYTES:
                raise InputError("file_corrupt", path=path, format="DBF", why="shorter than its header")
            records, header_bytes, record_bytes = struct.unpack("<IHH", start[4:12])
            header = start + file.read(max(header_bytes - HEADER_BYTES, 0))
    except OSError as error:
        raise InputError("file_unreadable", path=path, why=error.strerror) from None
    fields = _fields(header)
    if not record_bytes or record_bytes < 1 + sum(field.width for field in fields):
        raise InputError("file_corrupt", path=path, format="DBF", why="its records are shorter than its fields")
    present = min(records, max(size - header_bytes, 0) // record_bytes)
    text: dict[bytes, tuple[bytes, ...]] = {}
    full: dict[bytes, frozenset[bytes]] = {}
    if present:
        rows = np.memmap(path, dtype=np.uint8, mode="r", offset=header_bytes, shape=(present, record_bytes))
        for field in fields:
            if field.type == "C":
                text[field.name], full[field.name] = _text(rows, field)
    return DbfFile(path, start[29], records, fields, text, full)


def _text(rows: Any, field: DbfField) -> tuple[tuple[bytes, ...], frozenset[bytes]]:
    cells = rows[:, field.offset : field.offset + field.width]
    foreign = np.ascontiguousarray(cells[(cells > 0x7F).any(axis=1)])
    if not len(foreign):
        return (), frozenset()
    distinct = [bytes(cell) for cell in np.unique(foreign.view(f"S{field.width}"))]
    stripped = {cell: cell.split(b"\0")[0].strip(b" ") for cell in distinct}
    filled = frozenset(value for value in stripped.values() if len(value) == field.width)
    return tuple(sorted(set(stripped.values()))), filled
