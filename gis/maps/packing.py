"""Columns of numbers as one compressed block of the page, small enough for a million parcels.

A block is a tree of plain values with arrays among its leaves. Packed, it is ``ZGP2``, the length of
a JSON header, the header, and the arrays one after another, each on a multiple of eight bytes so that
the browser reads them where they lie. Numbers of several bytes are written as planes, all their first
bytes before all their second ones: the high bytes of near numbers are alike, which saves a seventh of a
page. The whole is gzipped and written as base64.
"""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ARRAY_KEY", "least_integers", "pack_block", "packed_base64"]

MAGIC = b"ZGP2"
ALIGNMENT = 8
#: Level 6: level 9 takes four times as long for one per cent.
LEVEL = 6
#: An object with this one key stands for an array: [type, place, length].
ARRAY_KEY = "$array"
TYPES = ("uint8", "uint16", "uint32", "int8", "int16", "int32", "float64")


def least_integers(values: Any) -> NDArray[Any]:
    """Return whole numbers in the smallest type that holds them all.

    Parameters
    ----------
    values
        Whole numbers; beyond 32 bits they are kept as floats, exact up to 2**53.

    Examples
    --------
    >>> least_integers([0, 255]).dtype, least_integers([-1, 300]).dtype, least_integers([2**40]).dtype
    (dtype('uint8'), dtype('int16'), dtype('float64'))
    """
    whole = np.asarray(values, dtype="int64")
    low, high = (int(whole.min()), int(whole.max())) if whole.size else (0, 0)
    for name in TYPES[:-1]:
        limits = np.iinfo(name)
        if limits.min <= low and high <= limits.max:
            return whole.astype(name)
    return whole.astype("float64")


def pack_block(content: Any) -> bytes:
    """Return a tree of plain values and arrays as bytes; the same tree gives the same bytes.

    Examples
    --------
    >>> pack_block({"n": 2, "codes": np.array([1, 2], dtype="uint8")})[8:48]
    b'{"n":2,"codes":{"$array":["uint8",0,2]}}'
    """
    arrays: list[NDArray[Any]] = []
    places = [0]

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            if value.dtype.name not in TYPES:
                raise TypeError(f"no block holds {value.dtype}")
            arrays.append(np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<")))
            places.append(_aligned(places[-1] + value.nbytes))
            return {ARRAY_KEY: [value.dtype.name, places[-2], len(value)]}
        if isinstance(value, dict):
            return {key: plain(part) for key, part in value.items()}
        return [plain(part) for part in value] if isinstance(value, list | tuple) else value

    header = json.dumps(plain(content), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    header += b" " * (_aligned(len(MAGIC) + 4 + len(header)) - len(MAGIC) - 4 - len(header))
    parts = [MAGIC, len(header).to_bytes(4, "little"), header]
    for array, place, after in zip(arrays, places, places[1:], strict=False):
        parts += [_planes(array), bytes(after - place - array.nbytes)]
    return b"".join(parts)


def _planes(array: NDArray[Any]) -> bytes:
    r"""Return the first bytes of all numbers, then the second ones, and so on.

    Examples
    --------
    >>> _planes(np.array([1, 258], dtype="<u2"))
    b'\x01\x02\x00\x01'
    """
    return array.view("uint8").reshape(len(array), array.itemsize).T.tobytes()


def _aligned(length: int) -> int:
    return -(-length // ALIGNMENT) * ALIGNMENT


def packed_base64(content: Any) -> tuple[str, int]:
    """Return a block gzipped and in base64, and its length before compression.

    Examples
    --------
    >>> text, length = packed_base64({})
    >>> length, gzip.decompress(base64.b64decode(text))[8:10]
    (16, b'{}')
    """
    packed = pack_block(content)
    return base64.b64encode(gzip.compress(packed, LEVEL, mtime=0)).decode("ascii"), len(packed)
