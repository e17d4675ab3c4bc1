"""Marks by which a single file is known as this product's: only such a one is replaced unasked.

What people edit has no mark of its own. A CSV, GeoPackage, YAML or GeoJSON stays as it is (unless the user says
``--overwrite``), for its mark would outlive the edit:

========== ==========================================================================================
HTML       ``<meta name="generator" content="ZoneGIS">``
PNG        the text ``ZoneGIS`` with the SHA-256 of the rest, before the end: an edited picture is none
PDF, SVG   the same in a comment as the last line
XLSX       author and last author ``ZoneGIS``: a spreadsheet that saves the file names another
Parquet    metadata ``zonegis``
JSON       a key that begins with ``zonegis``
any        the SHA-256 that ``<name>.json`` beside it tells, where that file carries such a key
========== ==========================================================================================
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, Final

from gis.writing.manifests import digest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_own", "seal"]

NAME: Final = "ZoneGIS"
GENERATOR: Final = b'<meta name="generator" content="ZoneGIS">'
#: Where in a page its generator stands at the latest.
HEAD_BYTES: Final = 4096
#: The last chunk of every PNG, and the length of a text chunk with a name and a SHA-256.
PNG_END: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"
PNG_SEAL_BYTES: Final = 12 + len(NAME) + 1 + 64
COMMENTS: Final = {".pdf": ("%", ""), ".svg": ("<!-- ", " -->")}


def seal(path: Path, suffix: str) -> None:
    """Put the mark into a finished picture or PDF; other formats get theirs from their writers."""
    if suffix == ".png":
        content = path.read_bytes()
        if content.endswith(PNG_END):
            body = content[: -len(PNG_END)]
            with path.open("wb") as stream:
                stream.write(body + _png_text(body) + PNG_END)
    elif suffix in COMMENTS:
        content = path.read_bytes()
        content += b"" if content.endswith(b"\n") else b"\n"
        with path.open("wb") as stream:
            stream.write(content + _comment(content, suffix))


def _png_text(body: bytes) -> bytes:
    data = b"tEXt" + f"{NAME}\0{hashlib.sha256(body).hexdigest()}".encode("ascii")
    return struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))


def _comment(content: bytes, suffix: str) -> bytes:
    start, end = COMMENTS[suffix]
    return f"{start}{NAME} {hashlib.sha256(content).hexdigest()}{end}\n".encode("ascii")


def is_own(path: Path) -> bool:
    """Tell whether a file is this product's, by reading it; what can't be read is not."""
    suffix = path.suffix.lower()
    tests = {".html": _is_own_page, ".xlsx": _is_own_book, ".parquet": _is_own_table, ".json": _is_own_record}
    try:
        if suffix == ".png":
            body = path.read_bytes()[: -len(PNG_END) - PNG_SEAL_BYTES]
            own = path.read_bytes()[len(body) :] == _png_text(body) + PNG_END
        elif suffix in COMMENTS:
            body, _, last = path.read_bytes().rstrip(b"\n").rpartition(b"\n")
            own = last + b"\n" == _comment(body + b"\n", suffix)
        else:
            own = suffix in tests and tests[suffix](path)
        return own or _is_told_beside(path)
    except Exception:  # whatever a reader makes of a strange file: it is not known, so it stays
        return False


def _is_own_page(path: Path) -> bool:
    with path.open("rb") as stream:
        return GENERATOR in stream.read(HEAD_BYTES)


def _is_own_book(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive, archive.open("docProps/core.xml") as stream:
        core = stream.read(1 << 16).decode("utf-8")
    found = [re.findall(rf"<{tag}>([^<]*)</{tag}>", core) for tag in ("dc:creator", "cp:lastModifiedBy")]
    return found == [[NAME], [NAME]]


def _is_own_table(path: Path) -> bool:
    import pyarrow.parquet as pq

    return b"zonegis" in (pq.read_schema(path).metadata or {})


def _is_own_record(path: Path) -> bool:
    content = json.loads(path.read_text("utf-8"))
    return isinstance(content, dict) and any(str(key).startswith("zonegis") for key in content)


def _is_told_beside(path: Path) -> bool:
    beside = path.with_name(f"{path.name}.json")
    if beside.is_symlink() or not beside.is_file() or not _is_own_record(beside):
        return False
    told: dict[str, Any] = json.loads(beside.read_text("utf-8"))
    return told.get("sha256") == digest(path)
