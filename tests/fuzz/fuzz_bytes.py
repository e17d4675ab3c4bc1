"""Damage to files as bytes: cut, filled, flipped in heads, pages exchanged, parts missing or of another layer.

A mutation is ``change(path, dice)``: it damages the file in place. The dice decide everything, so that a seed repeats it.
"""

from __future__ import annotations

import random
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

Change = Callable[[Path, random.Random], None]
PAGE = 4096


def of_bytes(change: Callable[[bytearray, random.Random], bytes | bytearray]) -> Change:
    """Make a mutation of a file from one of its bytes."""

    def changed(path: Path, dice: random.Random) -> None:
        path.write_bytes(bytes(change(bytearray(path.read_bytes()), dice)))

    return changed


def cut(data: bytearray, dice: random.Random) -> bytearray:
    """Cut the end off, anywhere."""
    return data[: dice.randrange(1, len(data))]


def cut_half(data: bytearray, dice: random.Random) -> bytearray:
    """Keep the first half."""
    return data[: len(data) // 2]


def cut_tail(data: bytearray, dice: random.Random) -> bytearray:
    """Cut a few bytes off."""
    return data[: -dice.randrange(1, min(64, len(data)))]


def emptied(data: bytearray, dice: random.Random) -> bytes:
    """Leave nothing."""
    return b""


def lengthened(data: bytearray, dice: random.Random) -> bytes:
    """Add random bytes at the end."""
    return bytes(data) + dice.randbytes(dice.choice([1, 100, PAGE, 20_000]))


def wrong_magic(data: bytearray, dice: random.Random) -> bytearray:
    """Put the head of another format on it."""
    heads = [b"PK\x03\x04", b"SQLite format 3\x00", b"PAR1", b"%PDF-1.7\n", b"\x00\x00\x27\x0a", b"<?xml ", b"{", b"\x7fELF"]
    head = dice.choice(heads)
    data[: len(head)] = head
    return data


def other_format(data: bytearray, dice: random.Random) -> bytes:
    """Put something else there by the same name."""
    kinds = [b"hello\n", b"\x00" * 5000, b"{}", b"[]", b"null", b"<html></html>", b"PK\x05\x06" + b"\x00" * 18,
             b"<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
             dice.randbytes(3000)]  # fmt: skip
    return dice.choice(kinds)


def flips(start: int, end: int | None = None, *, count: int = 3) -> Callable[[bytearray, random.Random], bytearray]:
    """Return what flips bits of up to so many bytes of a part."""

    def flipped(data: bytearray, dice: random.Random) -> bytearray:
        first = start if start >= 0 else max(0, len(data) + start)
        last = len(data) if end is None else min(end, len(data))
        for _ in range(dice.randint(1, count)):
            data[dice.randrange(min(first, last - 1), last)] ^= 1 << dice.randrange(8)
        return data

    return flipped


def filled(data: bytearray, dice: random.Random) -> bytearray:
    """Fill a stretch with zeros, 0xFF or noise."""
    size = min(len(data), dice.choice([16, 64, 512]))
    start = dice.randrange(0, len(data) - size + 1)
    data[start : start + size] = dice.choice([bytes(size), b"\xff" * size, dice.randbytes(size)])
    return data


def page_filled(data: bytearray, dice: random.Random) -> bytearray:
    """Fill a whole page of a database with zeros, noise or 0xFF."""
    page = dice.randrange(0, len(data) // PAGE)
    data[page * PAGE : (page + 1) * PAGE] = dice.choice([bytes(PAGE), b"\xff" * PAGE, dice.randbytes(PAGE)])
    return data


def page_head_flipped(data: bytearray, dice: random.Random) -> bytearray:
    """Flip bits in the head of a page, where kind and number of its cells stand."""
    page = dice.randrange(1, max(2, len(data) // PAGE))
    data[page * PAGE + dice.randrange(0, 8)] ^= 1 << dice.randrange(8)
    return data


def pages_exchanged(data: bytearray, dice: random.Random) -> bytearray:
    """Exchange two pages of a database, or write one over the other."""
    one, other = dice.sample(range(len(data) // PAGE), 2)
    first, second = data[one * PAGE : (one + 1) * PAGE], data[other * PAGE : (other + 1) * PAGE]
    data[one * PAGE : (one + 1) * PAGE] = second
    if dice.random() < 0.5:
        data[other * PAGE : (other + 1) * PAGE] = first
    return data


def beside(path: Path, suffix: str) -> Path:
    """Return a part of a shapefile."""
    return path.with_suffix(suffix)


def part_deleted(path: Path, dice: random.Random) -> None:
    """Delete one part of a shapefile."""
    beside(path, dice.choice([".shp", ".shx", ".dbf", ".prj", ".cpg"])).unlink()


def part_exchanged(path: Path, dice: random.Random) -> None:
    """Take one part of the other layer."""
    other = path.with_name("green_spaces.shp" if path.stem == "parcels" else "parcels.shp")
    suffix = dice.choice([".shp", ".shx", ".dbf"])
    shutil.copy(beside(other, suffix), beside(path, suffix))


def all_parts_cut(path: Path, dice: random.Random) -> None:
    """Cut the same share off .shp, .shx and .dbf, as a broken copy does."""
    share = dice.uniform(0.1, 0.9)
    for suffix in (".shp", ".shx", ".dbf"):
        data = beside(path, suffix).read_bytes()
        beside(path, suffix).write_bytes(data[: int(len(data) * share)])


def shp_length(data: bytearray, dice: random.Random) -> bytearray:
    """State another length of the file."""
    struct.pack_into(">i", data, 24, dice.choice([0, -1, 50, 2**31 - 1, len(data) // 4, len(data)]))
    return data


def shp_record_head(data: bytearray, dice: random.Random) -> bytearray:
    """Damage number, length, kind, or counts of a record."""
    offset, places = 100, []
    while offset + 12 <= len(data):
        places.append(offset)
        offset += 8 + 2 * struct.unpack_from(">i", data, offset + 4)[0]
    place = dice.choice(places)
    field, form = dice.choice([(4, ">i"), (8, "<i"), (44, "<i"), (48, "<i"), (52, "<i")])
    struct.pack_into(form, data, place + field, dice.choice([0, -1, 1, 2, 3, 2**31 - 1, 10**6]))
    return data


def dbf_record_dropped(data: bytearray, dice: random.Random) -> bytearray:
    """Take records out of the body and leave the count in the head."""
    head, size = struct.unpack_from("<HH", data, 8)
    count = struct.unpack_from("<I", data, 4)[0]
    first = dice.randrange(count)
    last = dice.randrange(first + 1, count + 1)
    return data[: head + first * size] + data[head + last * size :]


def dbf_rows_fewer(data: bytearray, dice: random.Random) -> bytearray:
    """Take records out of the body and count them so in the head: fewer rows than shapes."""
    count = struct.unpack_from("<I", data, 4)[0]
    data = dbf_record_dropped(data, dice)
    head, size = struct.unpack_from("<HH", data, 8)
    struct.pack_into("<I", data, 4, min(count - 1, (len(data) - head) // size))
    return data


def dbf_count(data: bytearray, dice: random.Random) -> bytearray:
    """State another number of rows, length of head or of a row."""
    place, form, most = dice.choice([(4, "<I", 2**32 - 1), (8, "<H", 65_535), (10, "<H", 65_535)])
    struct.pack_into(form, data, place, dice.choice([0, 1, 2, 20, most, 33, 39, 41]))
    return data


def dbf_field_head(data: bytearray, dice: random.Random) -> bytearray:
    """Damage type, length or decimals in the description of a field."""
    head = struct.unpack_from("<H", data, 8)[0]
    field = dice.randrange((head - 33) // 32)
    place = 32 + 32 * field + dice.choice([11, 16, 17])
    data[place] = dice.choice([0, 1, 2, 255, ord("N"), ord("D"), ord("M"), ord("?"), dice.randrange(256)])
    return data


def dbf_deleted_mark(data: bytearray, dice: random.Random) -> bytearray:
    """Mark rows as deleted: they are in the file, and no reader shows them."""
    head, size = struct.unpack_from("<HH", data, 8)
    for _ in range(dice.randint(1, 5)):
        data[head + size * dice.randrange(struct.unpack_from("<I", data, 4)[0])] = ord("*")
    return data


def shx_entry(data: bytearray, dice: random.Random) -> bytearray:
    """Let an entry of the index point elsewhere."""
    count = (len(data) - 100) // 8
    place = 100 + 8 * dice.randrange(count) + dice.choice([0, 4])
    struct.pack_into(">i", data, place, dice.choice([0, 50, -1, 2**31 - 1, struct.unpack_from(">i", data, 100)[0]]))
    return data


def one_of_gdb(path: Path, dice: random.Random) -> Path:
    """Return a file of a geodatabase."""
    return dice.choice(sorted(file for file in path.iterdir() if file.stat().st_size))


def gdb_file(change: Callable[[bytearray, random.Random], bytes | bytearray]) -> Change:
    """Make a mutation of one file of a geodatabase."""

    def changed(path: Path, dice: random.Random) -> None:
        of_bytes(change)(one_of_gdb(path, dice), dice)

    return changed


def gdb_file_deleted(path: Path, dice: random.Random) -> None:
    """Delete a file of a geodatabase."""
    one_of_gdb(path, dice).unlink()


def row_group_of_zeros(data: bytearray, dice: random.Random) -> bytearray:
    """Fill a stretch of a GeoParquet's pages, the footer left whole."""
    footer = struct.unpack_from("<I", data, len(data) - 8)[0]
    end = len(data) - 8 - footer
    size = dice.choice([8, 64, 512])
    start = dice.randrange(4, max(5, end - size))
    data[start : start + size] = dice.choice([bytes(size), dice.randbytes(size)])
    return data


def footer_length(data: bytearray, dice: random.Random) -> bytearray:
    """State another length of the footer of a GeoParquet."""
    struct.pack_into("<I", data, len(data) - 8, dice.choice([0, 1, 2**32 - 1, len(data), 2**31 - 1, 100]))
    return data
