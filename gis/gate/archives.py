"""Workbooks: sound ZIP archives of bounded size, whose XML declares nothing from elsewhere."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from gis.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from gis.gate.limits import Limits

__all__ = ["XLSX_SUFFIXES", "check_workbook"]

XLSX_SUFFIXES: Final = frozenset({".xlsx"})
NEEDED: Final = frozenset({"[Content_Types].xml", "xl/workbook.xml"})
#: Below this a part may be packed as tightly as it likes.
SMALL_BYTES: Final = 1 << 22
BLOCK_BYTES: Final = 1 << 20
#: What declares entities; longer than a block's edge may cut.
DECLARATIONS: Final = tuple(
    word.encode(encoding) for word in ("<!DOCTYPE", "<!ENTITY") for encoding in ("ascii", "utf-16-le", "utf-16-be")
)
EDGE_BYTES: Final = max(map(len, DECLARATIONS))


def check_workbook(path: Path, limits: Limits) -> None:
    """Refuse a workbook that is damaged, unpacks to more than the limits, or declares entities.

    Every part is unpacked once, and its checksum compared.

    Raises
    ------
    InputError
        Naming the part and what is wrong.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start != b"PK\3\4":
        raise InputError("content_not_suffix", path=path, format="XLSX", found=ascii(start)[1:])
    try:
        with zipfile.ZipFile(path) as archive:
            _check_parts(archive, path, limits)
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError, ValueError, EOFError) as error:
        if isinstance(error, InputError):
            raise
        why = str(error) or type(error).__name__
        raise InputError("file_corrupt", path=path, format="XLSX", why=why) from None


def _check_parts(archive: zipfile.ZipFile, path: Path, limits: Limits) -> None:
    parts = archive.infolist()
    names = [part.filename for part in parts]
    if not set(names) >= NEEDED:
        found = f"ZIP without {', '.join(sorted(NEEDED - set(names)))}"
        raise InputError("content_not_suffix", path=path, format="XLSX", found=found)
    if len(set(names)) != len(names):
        raise ValueError("a part stands in it twice")
    if any(part.flag_bits & 1 for part in parts):
        raise InputError("workbook_locked", path=path)
    limits.require("unpacked_bytes", sum(part.file_size for part in parts), path=path)
    for part in parts:
        if part.file_size > SMALL_BYTES:
            ratio = -(-part.file_size // max(part.compress_size, 1))
            limits.require("unpacked_ratio", ratio, path=path)
        edge = b""
        with archive.open(part) as stream:  # zipfile compares the checksum at the end
            while block := stream.read(BLOCK_BYTES):
                text = edge + block
                if part.filename.endswith((".xml", ".rels", ".vml")) and any(word in text for word in DECLARATIONS):
                    raise InputError("workbook_entities", path=path, part=part.filename)
                edge = block[-EDGE_BYTES:]
