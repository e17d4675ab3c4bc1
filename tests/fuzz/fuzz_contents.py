"""Damage to what texts hold: CSV, JSON and GeoJSON, YAML, sidecars."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fuzz_bytes import Change

BAD_TEXTS = ("2026-02-29", "9999-99-99", "1e309", "NaN", "-1", "0", "1" * 5000, "=1+1", "\x1b[31m", "\x00", "\u202e", "1,5", "[]")


def of_text(change: Callable[[str, random.Random], str | bytes]) -> Change:
    """Make a mutation of a text file from one of its text."""

    def changed(path: Path, dice: random.Random) -> None:
        made = change(path.read_bytes().decode("utf-8-sig"), dice)
        path.write_bytes(made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass"))

    return changed


def _somewhere(text: str, dice: random.Random) -> int:
    return dice.randrange(1, len(text))


def with_bom(text: str, dice: random.Random) -> str:
    """Put one or two byte order marks before it."""
    return "\ufeff" * dice.randint(1, 2) + text


def other_line_ends(text: str, dice: random.Random) -> str:
    """Write other line ends."""
    return text.replace("\r\n", "\n").replace("\n", dice.choice(["\r\n", "\r", "\n\n"]))


def other_encoding(text: str, dice: random.Random) -> bytes:
    """Encode the text otherwise."""
    return text.encode(dice.choice(["utf-16", "utf-16-le", "utf-32", "gb18030"]))


def bad_utf8(text: str, dice: random.Random) -> bytes:
    """Put a byte into it that no UTF-8 has, or half a character, or a lone surrogate."""
    data, place = text.encode(), dice.randrange(1, len(text.encode()))
    return data[:place] + dice.choice([b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"]) + data[place:]


def nul(text: str, dice: random.Random) -> str:
    """Put a NUL or another control character into it."""
    place = _somewhere(text, dice)
    return text[:place] + dice.choice(["\x00", "\x0b", "\x1a", "\x1b[2J", "\x85", "\u2028"]) + text[place:]


def swallowed_quote(text: str, dice: random.Random) -> str:
    """Put a quotation mark into it."""
    place = _somewhere(text, dice)
    return text[:place] + dice.choice(['"', "'", '"""']) + text[place:]


# CSV


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").rstrip("\n").split("\n")


def csv_row_dropped(text: str, dice: random.Random) -> str:
    """Leave rows out."""
    lines = _lines(text)
    del lines[dice.randrange(1, len(lines))]
    return "\n".join(lines) + "\n"


def csv_row_doubled(text: str, dice: random.Random) -> str:
    """Write a row twice."""
    lines = _lines(text)
    place = dice.randrange(1, len(lines))
    return "\n".join([*lines[:place], lines[place], *lines[place:]]) + "\n"


def csv_ragged(text: str, dice: random.Random) -> str:
    """Give a row more or fewer cells."""
    lines = _lines(text)
    place = dice.randrange(0, len(lines))
    lines[place] = dice.choice([lines[place] + ",x", lines[place].rpartition(",")[0], "," + lines[place]])
    return "\n".join(lines) + "\n"


def csv_header_doubled(text: str, dice: random.Random) -> str:
    """Name two columns the same, or none."""
    first, rest = text.split("\n", 1)
    names = first.strip().split(",")
    names[dice.randrange(len(names))] = dice.choice([*names, ""])
    return ",".join(names) + "\n" + rest


def csv_header_missing(text: str, dice: random.Random) -> str:
    """Leave the header out, or the file blank."""
    return dice.choice([text.split("\n", 1)[1], "\n\n"])


def csv_rows_missing(text: str, dice: random.Random) -> str:
    """Leave every row out but the header."""
    return text.split("\n", 1)[0] + dice.choice(["\n", ""])


def csv_cell(text: str, dice: random.Random) -> str:
    """Write something odd into a cell."""
    lines = _lines(text)
    place = dice.randrange(1, len(lines))
    cells = lines[place].split(",")
    cells[dice.randrange(len(cells))] = dice.choice([*BAD_TEXTS, "x" * 1_000_000])
    lines[place] = ",".join(cells)
    return "\n".join(lines) + "\n"


def csv_empty_lines(text: str, dice: random.Random) -> str:
    """Put empty lines into it."""
    lines = _lines(text)
    for _ in range(dice.randint(1, 5)):
        lines.insert(dice.randrange(1, len(lines)), "")
    return "\n".join(lines) + "\n\n\n"


def csv_huge_width(text: str, dice: random.Random) -> str:
    """Give every row a hundred thousand cells more."""
    return "\n".join(line + "," * 20_000 for line in _lines(text)) + "\n"


# JSON and GeoJSON


def of_json(change: Callable[[Any, random.Random], Any]) -> Change:
    """Make a mutation of a JSON file from one of its content; text is written as it is."""

    def changed(text: str, dice: random.Random) -> str:
        content = json.loads(text)
        made = change(content, dice)
        return made if isinstance(made, str) else json.dumps(content if made is None else made, ensure_ascii=False)

    return of_text(changed)


def _places(content: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, Any]]:
    """Return container and key of everything in a JSON value."""
    if isinstance(content, dict):
        return [pair for key, part in content.items() for pair in [(content, key), *_places(part)]]
    if isinstance(content, list):
        return [pair for key, part in enumerate(content) for pair in [(content, key), *_places(part)]]
    return []


def json_value(content: Any, dice: random.Random) -> None:
    """Put a value of another kind anywhere."""
    container, key = dice.choice(_places(content))
    container[key] = dice.choice([None, True, 0, -1, 1e308, "x", "", [], {}, [[]], {"a": 1}, 10**30, "2026-02-29"])


def json_key_dropped(content: Any, dice: random.Random) -> None:
    """Leave a key or element out."""
    container, key = dice.choice(_places(content))
    del container[key]


def json_key_doubled(text: str, dice: random.Random) -> str:
    """Write a key twice, the second time with another value."""
    keys = list(re.finditer(r'"([A-Za-z_0-9]+)"\s*:', text))
    chosen = dice.choice(keys)
    value = dice.choice(["null", "0", '"x"', "[]", "{}", '"00000001"'])
    if dice.random() < 0.5:
        return text[: chosen.start()] + f'"{chosen[1]}": {value}, ' + text[chosen.start() :]
    end = text.rstrip().rfind("}")
    return text[:end] + f', "{keys[0][1] if dice.random() < 0.5 else "features"}": {value}' + text[end:]


def json_number(text: str, dice: random.Random) -> str:
    """Write a number out of all proportion."""
    numbers = list(re.finditer(r"-?\d+\.\d+", text))
    chosen = dice.choice(numbers or list(re.finditer(r"\d+", text)))
    value = dice.choice(["1e308", "1e999", "-1e999", "NaN", "Infinity", "1" * 6000, "0." + "3" * 6000, "1e-400", "-0.0"])
    return text[: chosen.start()] + value + text[chosen.end() :]


def json_nested(text: str, dice: random.Random) -> str:
    """Nest brackets without end."""
    keys = list(re.finditer(r":\s*", text))
    place = dice.choice(keys).end()
    depth, mark = dice.choice([1000, 100_000]), dice.choice(["[", '{"a":'])
    return text[:place] + mark * depth + dice.choice(["", "]" * depth if mark == "[" else "1" + "}" * depth + ","]) + text[place:]


def json_spaced(content: Any, dice: random.Random) -> str:
    """Write the same content with other spaces and escapes."""
    return json.dumps(content, indent=dice.choice([None, 1, 4]), ensure_ascii=dice.random() < 0.5)


def json_broken(text: str, dice: random.Random) -> str:
    """Put a mark where none belongs, or a second document behind."""
    place = _somewhere(text, dice)
    mark = dice.choice([",", "}", "]", "//x\n", "/*", "{", ":"])
    return dice.choice([text[:place] + mark + text[place:], text + text, text + "garbage", text + "]"])


def feature_without_shape(content: Any, dice: random.Random) -> None:
    """Take the shape of a feature away, or make no feature of it."""
    feature = dice.choice(content["features"])
    key = dice.choice(["geometry", "type", "properties", "all"])
    if key == "all":
        content["features"][content["features"].index(feature)] = dice.choice([None, {}, [], "x", 7])
    else:
        feature[key] = dice.choice([None, "x", {"type": "Polygon"}, {"type": "Nothing", "coordinates": []}, []])


def feature_dropped(content: Any, dice: random.Random) -> None:
    """Leave a feature out."""
    content["features"].pop(dice.randrange(len(content["features"])))


def feature_doubled(content: Any, dice: random.Random) -> None:
    """Write a feature twice."""
    content["features"].append(dice.choice(content["features"]))


def ring_broken(content: Any, dice: random.Random) -> None:
    """Damage the coordinates of a shape."""
    shape = dice.choice(content["features"])["geometry"]
    rings = shape["coordinates"] if shape["type"] == "Polygon" else shape["coordinates"][0]
    ring = rings[0]
    kind = dice.randrange(7)
    if kind == 0:
        ring.pop()
    elif kind == 1:
        del ring[2:]
    elif kind == 2:
        ring[1] = dice.choice([["a", "b"], [None, None], [], [1e308, -1e308], [1], "x", {"x": 1}])
    elif kind == 3:
        ring.clear()
    elif kind == 4:
        shape["coordinates"] = shape["coordinates"][0]
    elif kind == 5:
        shape["coordinates"] = [shape["coordinates"]]
    else:
        shape["type"] = dice.choice(["Point", "LineString", "MultiPolygon", "GeometryCollection", "CurvePolygon", ""])


def crs_damaged(content: Any, dice: random.Random) -> None:
    """Name another system, none, one behind a link, or nonsense."""
    names = ["urn:ogc:def:crs:EPSG::999999", "EPSG:4549x", "", "urn:ogc:def:crs:EPSG::4490", "x" * 10_000]
    link = {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs", "type": "proj4"}}
    content["crs"] = dice.choice([
        None, [], "EPSG:4549", link, {"type": "name"}, {"type": "name", "properties": {"name": dice.choice(names)}},
    ])  # fmt: skip
    if dice.random() < 0.2:
        del content["crs"]


# YAML


def yaml_line_doubled(text: str, dice: random.Random) -> str:
    """Write a line with a key twice."""
    lines = text.splitlines(keepends=True)
    keyed = [n for n, line in enumerate(lines) if ":" in line and not line.lstrip().startswith(("-", "#"))]
    place = dice.choice(keyed)
    return "".join([*lines[:place], lines[place], *lines[place:]])


def yaml_line_dropped(text: str, dice: random.Random) -> str:
    """Leave a line out."""
    lines = text.splitlines(keepends=True)
    del lines[dice.randrange(len(lines))]
    return "".join(lines)


def yaml_unknown_key(text: str, dice: random.Random) -> str:
    """Add a key that nobody knows, at the end or before any line."""
    lines = text.splitlines(keepends=True)
    place = dice.randrange(len(lines) + 1)
    indent = re.match(r" *", lines[min(place, len(lines) - 1)]).group()
    return "".join([*lines[:place], f"{indent}nobody_knows_{dice.randrange(99)}: 1\n", *lines[place:]])


def yaml_value(text: str, dice: random.Random) -> str:
    """Put another value behind a key."""
    keys = list(re.finditer(r":[ ]+([^\n,}]+)", text))
    chosen = dice.choice(keys)
    value = dice.choice([
        "2026-02-29", "null", "true", "[]", "{}", "-1", "1e999", ".nan", "1" * 20_000, "0x1F", "!!binary aGk=", "''", "rot13",
        "../../etc/passwd", "/dev/zero", ".", "'\\0'", '"\\0"', "2026-13-45", "!!set {a}", "[" * 500, "? a", "'*'", "12:30:45", "!!float x",
        "!!timestamp x", "!!int ''", "!!omap [a]", "1_000", "9999999999-01-01", '"\\ud800"', '"\\U0011FFFF"', "\U0001f600",
    ])  # fmt: skip
    return text[: chosen.start(1)] + value + text[chosen.end(1) :]


def yaml_hostile(text: str, dice: random.Random) -> str:
    """Add tags, aliases without end, nesting without end, tabs, a second document."""
    bomb = "a: &a [x, x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9))
    return dice.choice([
        text + "x: !!python/object/apply:os.system ['true']\n", bomb + text, text + "deep: " + "[" * 5000 + "]" * 5000 + "\n",
        text + "deep: " + "{a: " * 3000 + "1" + "}" * 3000 + "\n", text + "\tx: 1\n", text + "---\n" + text,
        text + "self: &s [*s]\n", "<<: &m {zonegis: 1, <<: *m}\n" + text, text + "...\ngarbage: [\n", "%YAML 9.9\n---\n" + text,
        text + "x: *nowhere\n", text + "? [a, b]\n: c\n", text + "- x\n", "%TAG ! tag:x,2000:\n---\n" + text, text + "{a: 1}: 2\n",
    ])  # fmt: skip


# sidecars


def prj_damaged(text: str, dice: random.Random) -> str:
    """Damage the text of a reference system, without making another sound one."""
    return dice.choice([
        text[: dice.randrange(len(text))], text.replace("[", "(", 1), text + text, "GEOGCS[" * 5000, "EPSG:4549x", "\x00" * 10,
        text.replace("PROJCS", "PROJXS"), "http://127.0.0.1:9/crs", "ESRI::" + text, "+init=/etc/passwd", "x" * 300_000, "LOCAL_CS[\"x\"]",
    ])  # fmt: skip


def cpg_damaged(text: str, dice: random.Random) -> str:
    """Name another encoding, or nonsense."""
    return dice.choice(["rot13", "gbk", "UTF-16", "", "\x00", "utf-8\nutf-8", "cp65001", "x" * 100_000, "idna", "base64", "undefined", "中"])
