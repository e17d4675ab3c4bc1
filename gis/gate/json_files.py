"""JSON: brackets and numbers counted before it is parsed; a GeoJSON parsed strictly, a feature at a time."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from gis.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gis.gate.limits import Limits

__all__ = ["GEOJSON_SUFFIXES", "check_geojson", "require_json"]

GEOJSON_SUFFIXES: Final = frozenset({".geojson", ".json"})
SHAPES: Final = frozenset(
    {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"}
)
BLOCK_BYTES: Final = 1 << 22
SPACE: Final = re.compile(r"[ \t\r\n]*")
ADDRESS: Final = re.compile(r"^\s*(https?|ftp|file)://(?!www\.opengis\.net/(def|gml)/)", re.IGNORECASE)
QUOTE, BACKSLASH = 34, 92


def require_json(path: Path, limits: Limits) -> None:
    """Refuse a JSON with more brackets within brackets, or longer numbers, than the limits allow, or one cut short.

    Raises
    ------
    InputError
        Naming the limit, or that brackets are left open.
    """
    import numpy as np  # who only books in a ledger waits for no arrays

    depth, longest, run = 0, 0, 0
    inside = escaped = False
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            letters = np.frombuffer(block, dtype=np.uint8)
            quotes, escaped = _quotes(letters, escaped)
            within = (np.cumsum(quotes) + inside) & 1 == 1
            inside = bool(within[-1])
            steps = (((letters == 91) | (letters == 123)) & ~within).astype(np.int64)
            steps -= ((letters == 93) | (letters == 125)) & ~within
            depths = depth + np.cumsum(steps)
            limits.require("nesting", int(depths.max()), path=path)
            depth = int(depths[-1])
            other = np.flatnonzero((letters < 48) | (letters > 57) | within)
            edges = np.concatenate(([-1 - run], other, [len(letters)]))
            longest = max(longest, int(np.diff(edges).max()) - 1)
            run = len(letters) - 1 - int(edges[-2])
    limits.require("number_digits", longest, path=path)
    if depth or inside:
        raise InputError("file_corrupt", path=path, format="JSON", why="brackets are left open: it was cut short")


def _quotes(letters: Any, escaped: bool) -> tuple[Any, bool]:
    """Return where a quotation mark opens or closes a text, and whether the next block begins escaped."""
    import numpy as np

    quotes = letters == QUOTE
    slashes = np.flatnonzero(letters == BACKSLASH)
    if escaped:
        quotes[0] = False
        slashes = slashes[slashes != 0]
    if not len(slashes):
        return quotes, False
    first = np.concatenate(([True], np.diff(slashes) != 1))
    runs = np.flatnonzero(first)[np.cumsum(first) - 1]
    active = slashes[(np.arange(len(slashes)) - runs) % 2 == 0] + 1
    quotes[active[active < len(letters)]] = False
    return quotes, bool(active[-1] == len(letters))


def check_geojson(path: Path, limits: Limits) -> int:
    """Return how many features a GeoJSON holds, each parsed strictly.

    Raises
    ------
    InputError
        If it is none (another dialect that begins with a bracket as well), cut short, or names a reference system
        by an address.
    """
    with path.open("rb") as file:
        start = file.read(256)
    if not start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        raise InputError("content_not_suffix", path=path, format="GeoJSON", found=ascii(start[:16])[1:])
    require_json(path, limits)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("encoding_not_utf8", path=path) from None
    try:
        return _count(text, path, limits)
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        why = str(error) or type(error).__name__
        raise InputError("file_corrupt", path=path, format="GeoJSON", why=why) from None


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _count(text: str, path: Path, limits: Limits) -> int:
    kind, count, listed = None, 0, False
    for key, value in _members(text):
        if key == "type":
            kind = value
        elif key == "crs":
            _require_named_system(value, path)
        elif key == "features":
            if listed:
                raise ValueError("features are listed twice")
            listed = True
            if isinstance(value, str | int | float | bool | None):
                raise ValueError("features are no list")
            for feature in value:
                count += 1
                _check_feature(feature, count, path)
        elif key == "geometry" and isinstance(value, dict):
            _require_named_system(value.get("crs"), path)
    is_single = isinstance(kind, str) and kind in {"Feature", *SHAPES}
    if not (kind == "FeatureCollection" and listed) and not is_single:
        raise InputError("content_not_suffix", path=path, format="GeoJSON", found=f'JSON, "type": {kind!r}')
    limits.require("rows", count, path=path)
    return count if listed else 1


def _check_feature(feature: Any, number: int, path: Path) -> None:
    shape = feature.get("geometry") if isinstance(feature, dict) else None
    sound = isinstance(feature, dict) and feature.get("type") == "Feature"
    sound = sound and isinstance(feature.get("properties") or {}, dict)
    if sound and shape is not None:
        sound = isinstance(shape, dict) and isinstance(shape.get("type"), str) and shape["type"] in SHAPES
        sound = sound and isinstance(shape.get("coordinates", shape.get("geometries")), list)
    if not sound:
        raise ValueError(f"feature {number} is no feature of GeoJSON")
    _require_named_system(feature.get("crs"), path)
    if shape is not None:
        _require_named_system(shape.get("crs"), path)


def _require_named_system(crs: Any, path: Path) -> None:
    """Refuse a system that is described at an address: nothing is fetched."""
    if not isinstance(crs, dict):
        return
    about = crs.get("properties")
    texts = [value for value in (about.values() if isinstance(about, dict) else ()) if isinstance(value, str)]
    if str(crs.get("type")).lower() in {"link", "url"} or any(ADDRESS.match(value) for value in texts):
        raise InputError("geojson_crs_linked", path=path, found=json.dumps(crs, ensure_ascii=False)[:120])


def _members(text: str) -> Iterator[tuple[str, Any]]:
    """Yield the members of the outermost object; features come one by one, so that memory does not follow the file."""
    decoder = json.JSONDecoder(parse_constant=_no_number)
    place = _after(text, _skip(text, 0), "{")
    while text[place : place + 1] != "}":
        key, place = decoder.raw_decode(text, place)
        if not isinstance(key, str):
            raise ValueError("a name is no text")
        place = _after(text, _skip(text, place), ":")
        if key == "features" and text[place : place + 1] == "[":
            spot = [place + 1]
            yield key, _elements(text, decoder, spot)
            place = spot[0]
        else:
            value, place = decoder.raw_decode(text, place)
            yield key, value
        place = _skip(text, place)
        if text[place : place + 1] == ",":
            place = _skip(text, place + 1)
        elif text[place : place + 1] != "}":
            raise ValueError(f"no comma at letter {place}")
    if _skip(text, place + 1) != len(text):
        raise ValueError(f"more after the end, at letter {place + 1}")


def _elements(text: str, decoder: json.JSONDecoder, spot: list[int]) -> Iterator[Any]:
    """Yield the elements of a list, and leave in ``spot`` where it ends."""
    place = _skip(text, spot[0])
    while text[place : place + 1] != "]":
        value, place = decoder.raw_decode(text, place)
        yield value
        place = _skip(text, place)
        if text[place : place + 1] == ",":
            place = _skip(text, place + 1)
        elif text[place : place + 1] != "]":
            raise ValueError(f"no comma at letter {place}")
    spot[0] = place + 1


def _skip(text: str, place: int) -> int:
    found = SPACE.match(text, place)
    return place if found is None else found.end()


def _after(text: str, place: int, letter: str) -> int:
    if text[place : place + 1] != letter:
        raise ValueError(f"no {letter} at letter {place}")
    return _skip(text, place + 1)
