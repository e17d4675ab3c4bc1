"""The finished files of a publication, read back by a way of their own: no other field, value or finer coordinate.

Nothing here asks the writers what they wrote. The page's blocks are taken apart byte by byte, the GeoPackage is read
as the SQLite file that it is, and what was withheld is looked for, as it stands in the inputs, in everything.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import gzip
import html
import importlib.resources
import json
import re
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from gis.schema import FieldType, fields_of

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from gis.workflow.loading import Loaded

__all__ = ["check_publication", "withheld_texts"]

FILES: Final = {"map.html", "report.html", "findings.gpkg", "manifest.json"}
#: Column of the page's parcels → fields that it shows, where its name is another.
MAP_FIELDS: Final = {
    "id": {"parcel_id"}, "name": {"parcel_name"}, "area": {"area_m2"}, "legal_area": {"legal_area_m2"},
    "land_use": {"land_use_scheme", "land_use_code", "land_use_name"}, "file": {"source_file"}, "row": {"source_row"},
}  # fmt: skip
THEME_FIELDS: Final[dict[str, set[str]]] = {
    "age": {"status", "status_since"}, "green": {"green_ratio", "floor_ratio", "green_verdict"}, "mixed": {"hill_1"},
    "underused_class": {"underused", "underused_class"}, "plain": set(),
}  # fmt: skip
LAYER_FIELDS: Final = {
    "zones": {"zone_id", "zone_name"}, "notice": {"line"},
    "effect": {"parcel_id", "area_before_m2", "area_after_m2", "difference_m2", "is_left_out"},
}  # fmt: skip
#: A value in Latin letters that is shorter stands by chance in any file.
LEAST_LATIN, LEAST_OTHER = 3, 2
CODES: Final = ("utf-8", "utf-16-le")
NAMED_FAULTS = 10
#: Metres of a degree of latitude, at most.
DEGREE_M = 111_700
#: A box is written to 1e-7 degrees, shapes to 1e-6 at the coarsest.
BOX_DEGREES = 1.2e-6
LETTERS: Final = {"uint8": "B", "uint16": "H", "uint32": "I", "int8": "b", "int16": "h", "int32": "i", "float64": "d"}
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
STYLE = re.compile(r"<style\b[^>]*>.*?</style>", re.DOTALL | re.IGNORECASE)
PAIR = re.compile(r"(?<![\d.,])(\d{5,8}(?:\.\d+)?)[\s,;，；]+(\d{5,8}(?:\.\d+)?)(?![\d.])")


def withheld_texts(loaded: Loaded, fields: Sequence[str]) -> dict[str, bool]:
    """Return what may not be in a publication: the texts of every field not named, and of the run file.

    Returns
    -------
    text → whether it names a person or company, so that it is looked for however common it is.
    """
    shown: set[str] = set()
    hidden: dict[str, bool] = {}
    for table, frame in loaded.tables.items():
        known = fields_of(table)
        for column in map(str, frame.columns):
            if column == "geometry" or frame[column].dtype.kind in "biufM":
                continue
            field = known.get(column)
            values = {str(value).strip() for value in pd.unique(frame[column].dropna())}
            if (table == "parcels" and column in fields) or column in {"zone_id", "zone_name", "parcel_id"}:
                shown |= values
            elif field is None or field.type in {FieldType.TEXT, FieldType.ID}:
                is_personal = field is not None and field.is_personal
                hidden |= {value: is_personal or hidden.get(value, False) for value in values}
    hidden |= dict.fromkeys(_run_texts(loaded), False)
    return {value: personal for value, personal in hidden.items() if value not in shown and _is_told(value)}


def _run_texts(loaded: Loaded) -> Iterator[str]:
    """Yield what the run file says of people and places on the disk."""
    run = loaded.run
    yield from loaded.issues.accepted.values()
    yield from (rule.reason for rule in run.rules)
    yield from (str(entry["path"]) for entry in loaded.inputs)
    if run.ledger:
        yield run.ledger
    if run.file is not None:
        yield run.file.name
        home = run.file.resolve().parent
        yield from (str(folder) for folder in (home, *home.parents) if len(folder.parts) > 2)


def _is_told(value: str) -> bool:
    return len(value) >= (LEAST_LATIN if value.isascii() else LEAST_OTHER) and not value.isspace()


def check_publication(
    folder: Path, *, fields: Sequence[str], precision_m: float, crs: Any, withheld: dict[str, bool]
) -> list[str]:
    """Return the faults of a finished publication; none where it holds what was named and no more.

    Parameters
    ----------
    folder
        With map.html, report.html, findings.gpkg and manifest.json, and nothing else.
    fields
        The fields of parcels that may be in it.
    precision_m, crs
        The grid of coordinates, in metres of a projected system.
    withheld
        From `withheld_texts`.
    """
    faults = [f"{name}: not a file of a publication" for name in sorted(_names(folder) ^ FILES)]
    if faults:
        return faults
    page = (folder / "map.html").read_text("utf-8")
    texts, cells = {}, set()
    blocks = dict(_blocks(page))
    if "zonegis-parcels" not in blocks:
        faults.append("map.html: no block of parcels")
    for name, block in blocks.items():
        texts[f"map.html {name}"] = "\n".join(_strings(block))
        cells |= set(_strings(block.get("columns", {})))
        faults += _map_faults(name, block, set(fields), precision_m, crs)
    texts["map.html"] = _page_text(page)
    faults += _bounds_faults(page, blocks)
    report = html.unescape(_page_text((folder / "report.html").read_text("utf-8")))
    texts["report.html"], texts["manifest.json"] = report, (folder / "manifest.json").read_text("utf-8")
    faults += _pair_faults(report, _extent(folder / "findings.gpkg"), precision_m)
    found, stored = _geopackage_faults(folder / "findings.gpkg", set(fields), precision_m)
    faults += found
    cells |= stored
    texts["findings.gpkg"] = "\n".join(stored)
    raw = (folder / "findings.gpkg").read_bytes()
    faults += _leaks(texts, cells, raw, withheld)
    return faults


def _names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


# The page


def _blocks(page: str) -> Iterator[tuple[str, Any]]:
    """Yield the packed blocks of a page by id."""
    for attributes, body in SCRIPT.findall(page):
        if "application/gzip" in attributes:
            name = re.search(r'id="([^"]*)"', attributes)
            packed = gzip.decompress(base64.b64decode(body, validate=True))
            yield name[1] if name else "", _unpacked(packed)


def _unpacked(packed: bytes) -> Any:
    (length,) = struct.unpack("<I", packed[4:8])
    start = 8 + length

    def revived(value: Any) -> Any:
        if isinstance(value, dict) and "$array" in value:
            kind, place, count = value["$array"]
            width = struct.calcsize(f"<{LETTERS[kind]}")
            planes = np.frombuffer(packed, "uint8", count * width, start + place).reshape(width, count)
            return planes.T.copy().view(np.dtype(f"<{LETTERS[kind]}")).ravel()
        if isinstance(value, dict):
            return {key: revived(part) for key, part in value.items()}
        return [revived(part) for part in value] if isinstance(value, list) else value

    return revived(json.loads(packed[8:start].decode("utf-8")))


def _strings(value: Any) -> Iterator[str]:
    """Yield every text of a block, those of its columns of letters one by one."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        if value.get("kind") == "text":
            letters, at = bytes(value["bytes"]), 0
            for length in map(int, value["lengths"]):
                yield letters[at:at + length].decode("utf-8")
                at += length
        for key, part in value.items():
            yield str(key)
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


def _is_blank(column: dict[str, Any]) -> bool:
    """Tell whether a column says nothing of any parcel."""
    if column["kind"] == "coded":
        return not np.any(column["codes"]) and column["values"] == [""]
    if column["kind"] == "text":
        return not len(column["bytes"])
    if column["kind"] == "number":
        return "null" in column and bool(np.all(column["values"] == column["null"]))
    return False


def _map_faults(name: str, block: dict[str, Any], fields: Set[str], precision_m: float, crs: Any) -> Iterator[str]:
    for column, content in block.get("columns", {}).items():
        needed = MAP_FIELDS.get(column, {column})
        if not needed & fields and not _is_blank(content):
            yield f"map.html {name}: column {column} is not empty"
        elif column == "land_use" and not needed <= fields and not _is_blank(content):
            told = [part for part in _strings(content["values"]) if part]
            if "land_use_code" not in fields and any(re.search(r" \w*\d{2,}$", part) for part in told):
                yield f"map.html {name}: column {column} tells codes"
    for theme in block.get("views", {}):
        if not THEME_FIELDS.get(theme, {theme}) <= fields:
            yield f"map.html {name}: theme {theme}"
    if block.get("measures") or "timeline" in block:
        yield f"map.html {name}: measures or a timeline"
    if len(block.get("attention", ())) and not {"status", "underused"} & fields:
        yield f"map.html {name}: names idle parcels"
    if "shapes" in block:
        xy, room = _degrees(block["shapes"])
        yield from _grid_faults(f"map.html {name}", _projected(xy, crs), precision_m, room_m=room * DEGREE_M)


def _degrees(shapes: dict[str, Any]) -> tuple[Any, float]:
    """Return all vertices in degrees, and how far the packing may have moved one."""
    sizes = np.asarray(shapes["sizes"], "int64")
    starts = np.cumsum(np.stack([shapes["start_x"], shapes["start_y"]], axis=1).astype("int64"), axis=0)
    starts = (starts + 2**31) % 2**32 - 2**31
    is_wide = np.asarray(shapes["wide"], bool) if "wide" in shapes else np.zeros(len(sizes), bool)
    ring = np.repeat(np.arange(len(sizes)), sizes - 1)
    steps = np.zeros((len(ring), 2), "int64")
    for wide, names in ((False, ("dx", "dy")), (True, ("wide_dx", "wide_dy"))):
        if names[0] in shapes:
            steps[is_wide[ring] == wide] = np.stack([shapes[one] for one in names], axis=1)
    points = []
    ends = np.cumsum(sizes - 1)
    for place, size in enumerate(sizes):
        own = steps[ends[place] - size + 1:ends[place]]
        points.append(np.vstack([starts[place:place + 1], starts[place] + np.cumsum(own, axis=0)]))
    xy = np.concatenate(points) if points else np.empty((0, 2))
    return xy / shapes["units"], 0.5 / shapes["units"]


def _projected(degrees: Any, crs: Any) -> Any:
    from pyproj import Transformer

    return np.stack(Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(*degrees.T), axis=1)


def _grid_faults(name: str, xy: Any, precision_m: float, *, room_m: float) -> Iterator[str]:
    """Tell of coordinates that lie on no multiple of the grid, with room for rounding where they were written."""
    off = np.abs(xy - np.rint(xy / precision_m) * precision_m) > room_m + 1e-6 + 1e-12 * np.abs(xy)
    if off.any():
        yield f"{name}: {int(off.any(axis=1).sum())} vertices are finer than {precision_m:g} m"


def _bounds_faults(page: str, blocks: dict[str, Any]) -> Iterator[str]:
    """Tell of a box that a page opens on which is not that of its coarse boundary and parcels."""
    found = re.search(r'<script type="application/json" id="zonegis-page">(.*?)</script>', page, re.DOTALL)
    if found is None:
        yield "map.html: no block of words"
        return
    own = [_degrees(blocks[name]["shapes"])[0] for name in ("zonegis-boundary", "zonegis-parcels") if name in blocks]
    corners = np.concatenate(own) if own else np.zeros((1, 2))
    box = [*corners.min(axis=0), *corners.max(axis=0)]
    bounds = json.loads(found[1]).get("bounds", [])
    if len(bounds) != len(box) or any(abs(a - b) > BOX_DEGREES for a, b in zip(bounds, box, strict=True)):
        yield "map.html: its box is not that of its shapes"


@functools.cache
def _package_scripts() -> frozenset[str]:
    """Return the scripts that every page carries, as they stand in the package."""
    from gis.maps.offline import inline_script

    folder = importlib.resources.files("gis.maps") / "assets"
    names = [file.name for file in folder.iterdir() if file.name.endswith(".js")]
    names += ["leaflet/leaflet.js", "fflate/fflate.js"]
    report = (importlib.resources.files("gis.reports") / "templates" / "report.js").read_text("utf-8")
    return frozenset({*(inline_script(name).strip() for name in names), report.strip()})


def _page_text(page: str) -> str:
    """Return what a page holds beside packed data, scripts and styles of the package."""

    def kept(found: re.Match[str]) -> str:
        if "application/gzip" in found[1] or found[2].strip() in _package_scripts():
            return " "
        if "application/json" in found[1]:
            return "\n".join(_strings(json.loads(found[2])))
        return found[0]

    return html.unescape(STYLE.sub(" ", SCRIPT.sub(kept, page)))


def _pair_faults(report: str, extent: tuple[float, float, float, float], precision_m: float) -> Iterator[str]:
    """Tell of a point of the zone written as two numbers that lie on no grid."""
    west, south, east, north = extent
    for x, y in ((float(a), float(b)) for a, b in PAIR.findall(report)):
        for one, other in ((x, y), (y, x)):
            if west <= one <= east and south <= other <= north:
                yield from _grid_faults("report.html", np.array([[one, other]]), precision_m, room_m=0.0)


# The GeoPackage


def _rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        return connection.execute(query).fetchall()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _shape(blob: bytes) -> tuple[Any, Any]:
    """Return the shape in a blob of a GeoPackage, and the envelope that stands before it."""
    flags = blob[3]
    count = (0, 4, 6, 6, 8)[(flags >> 1) & 7]
    envelope = struct.unpack(f"{'<' if flags & 1 else '>'}{count}d", blob[8:8 + 8 * count])
    return shapely.from_wkb(blob[8 + 8 * count:]), envelope[:4]


def _extent(path: Path) -> tuple[float, float, float, float]:
    shapes = [_shape(blob)[0] for (blob,) in _rows(path, 'SELECT geom FROM "zones"') if blob is not None]
    west, south, east, north = (float(side) for side in shapely.total_bounds(shapes))
    return west - 1000, south - 1000, east + 1000, north + 1000


def _geopackage_faults(path: Path, fields: Set[str], precision_m: float) -> tuple[list[str], set[str]]:
    """Return the faults of a GeoPackage, and every text in it."""
    faults: list[str] = []
    texts: set[str] = set()
    tables = [name for (name,) in _rows(path, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
    layers = {name for (name,) in _rows(path, "SELECT table_name FROM gpkg_contents")}
    allowed = {"parcels": set(fields), **LAYER_FIELDS}
    for name in tables:
        own = name.startswith(("gpkg_", "sqlite_", "rtree_"))
        columns = [row[1] for row in _rows(path, f"PRAGMA table_info({_quoted(name)})")]
        if not own:
            extra = set(columns) - allowed.get(name, set()) - {"fid", "geom"}
            if name not in allowed or name not in layers:
                faults.append(f"findings.gpkg: layer {name}")
            elif extra:
                faults.append(f"findings.gpkg: {name} has {', '.join(sorted(extra))}")
        if name.startswith("rtree_"):
            continue
        for row in _rows(path, f"SELECT * FROM {_quoted(name)}"):  # noqa: S608 - quoted
            texts |= {cell for cell in row if isinstance(cell, str)}
            for cell in row:
                if isinstance(cell, bytes) and cell[:2] == b"GP":
                    shape, envelope = _shape(cell)
                    xy = np.vstack([shapely.get_coordinates(shape), np.array(envelope).reshape(2, -1).T])
                    faults += _grid_faults(f"findings.gpkg {name}", xy, precision_m, room_m=0.0)
    return sorted(set(faults))[:NAMED_FAULTS], texts


# What was withheld


@functools.cache
def _words_of_package() -> str:
    """Return the words that any publication holds: a withheld text that is one of them tells nothing by being there."""
    parts = []
    for room, folder, suffixes in (
        ("gis.schema", "texts", (".yaml",)), ("gis.regulations", "rules", (".yaml",)),
        ("gis.maps", "assets", (".html", ".yaml")), ("gis.reports", "templates", (".j2",)),
        ("gis.schema", ".", (".csv",)), ("gis.regulations", ".", (".csv",)),
    ):  # fmt: skip
        files = importlib.resources.files(room) / folder
        parts += [file.read_text("utf-8") for file in files.iterdir() if file.name.endswith(suffixes)]
    return "\n".join(parts)


def _leaks(texts: dict[str, str], cells: Set[str], raw: bytes, withheld: dict[str, bool]) -> list[str]:
    """Tell in which file a withheld text stands; the text itself is not repeated."""
    faults: dict[str, int] = {}
    live = texts["findings.gpkg"]
    for value, is_personal in withheld.items():
        is_common = not is_personal and value in _words_of_package()
        places = [name for name, text in texts.items() if not is_common and _stands(value, text)]
        if is_common and value in cells:
            places.append("cells")
        # In no row that is read, but in the file: in a page that was let go of. A piece of what is shown tells nothing.
        if not is_common and value not in live and any(value.encode(code, "replace") in raw for code in CODES):
            places.append("findings.gpkg, outside its rows")
        for name in places:
            kind = "a person or company" if is_personal else "a withheld field"
            faults[f"{name}: a text of {kind}"] = faults.get(f"{name}: a text of {kind}", 0) + 1
    return [f"{place} ({count})" for place, count in sorted(faults.items())]


def _stands(value: str, text: str) -> bool:
    """Tell whether a text stands in another one; one in Latin letters as a word of its own."""
    if value not in text:
        return False
    return not value.isascii() or re.search(rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])", text) is not None
