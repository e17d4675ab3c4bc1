"""Packed blocks read back by a way of their own: struct and plain lists, not the package and not numpy views."""

from __future__ import annotations

import base64
import gzip
import json
import re
import struct

LETTERS = {"uint8": "B", "uint16": "H", "uint32": "I", "int8": "b", "int16": "h", "int32": "i", "float64": "d"}


def unpack(packed: bytes):
    """Return the tree of a block, arrays as lists."""
    assert packed[:4] == b"ZGP2"
    (length,) = struct.unpack("<I", packed[4:8])
    start = 8 + length

    def revived(value):
        if isinstance(value, dict) and "$array" in value:
            name, place, count = value["$array"]
            width = struct.calcsize(f"<{LETTERS[name]}")
            planes = [packed[start + place + k * count : start + place + (k + 1) * count] for k in range(width)]
            return [struct.unpack(f"<{LETTERS[name]}", bytes(parts))[0] for parts in zip(*planes, strict=True)]
        if isinstance(value, dict):
            return {key: revived(part) for key, part in value.items()}
        return [revived(part) for part in value] if isinstance(value, list) else value

    return revived(json.loads(packed[8:start].decode("utf-8")))


def packed_text(page: str, name: str) -> tuple[str, int]:
    """Return a block of a page as it is written, and the size it says it has."""
    found = re.search(
        rf'<script type="application/gzip" id="zonegis-{name}" data-size="(\d+)">([A-Za-z0-9+/=]*)</script>', page
    )
    return found[2], int(found[1])


def read_block(page: str, name: str) -> dict:
    text, size = packed_text(page, name)
    packed = gzip.decompress(base64.b64decode(text, validate=True))
    assert len(packed) == size
    content = unpack(packed)
    for column in content.get("columns", {}).values():
        column["rows"] = rows_of(column)
    return content


def rows_of(column: dict) -> list:
    """Return what a column says of each row."""
    if column["kind"] == "coded":
        return [column["values"][code] for code in column["codes"]]
    if column["kind"] == "number":
        return [None if v == column.get("null") else v / 10 ** column["digits"] for v in column["values"]]
    if column["kind"] == "text":
        return split(bytes(column["bytes"]), column["lengths"], lambda part: part.decode("utf-8"))
    pairs = list(zip(column["group"], column["share"], strict=True))
    return split(pairs, column["counts"], list)


def split(run, lengths, made) -> list:
    parts, at = [], 0
    for length in lengths:
        parts.append(made(run[at : at + length]))
        at += length
    return parts


def rings_of(shapes: dict) -> list[list[list[tuple[float, float]]]]:
    """Return the rings of each shape in degrees, by running sums as the browser makes them."""
    wrap = lambda value: (value + 2**31) % 2**32 - 2**31  # noqa: E731
    is_wide = shapes.get("wide") or [0] * len(shapes["sizes"])
    steps = {0: zip(shapes["dx"], shapes["dy"], strict=True)}
    steps[1] = zip(shapes.get("wide_dx", []), shapes.get("wide_dy", []), strict=True)
    first_x = first_y = 0
    rings = []
    for place, size in enumerate(shapes["sizes"]):
        first_x, first_y = wrap(first_x + shapes["start_x"][place]), wrap(first_y + shapes["start_y"][place])
        x, y = first_x, first_y
        ring = [(x, y)]
        for _ in range(size - 1):
            dx, dy = next(steps[int(is_wide[place])])
            x, y = wrap(x + dx), wrap(y + dy)
            ring.append((x, y))
        rings.append([(x / shapes["units"], y / shapes["units"]) for x, y in ring])
    return split(rings, shapes["counts"], list)
