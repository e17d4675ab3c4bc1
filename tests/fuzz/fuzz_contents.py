"""Damage to what files hold: texts (CSV, JSON, YAML), zipped sheets, tables of SQLite, metadata of GeoParquet."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import zipfile
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
    return text.encode(dice.choice(["utf-16", "utf-16-le", "utf-32", "gb18030", "utf-7"]))


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


def csv_huge_width(text: str, dice: random.Random) -> str:  # noqa: ARG001 - every mutation takes both
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
    keys = [match for match in re.finditer(r":[ ]+([^\n,}]+)", text)]
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


# XLSX


def of_zip(change: Callable[[dict[str, bytes], random.Random], dict[str, bytes] | None]) -> Change:
    """Make a mutation of a zipped file from one of its members."""

    def changed(path: Path, dice: random.Random) -> None:
        with zipfile.ZipFile(path) as parts:
            members = {name: parts.read(name) for name in parts.namelist()}
        made = change(members, dice) or members
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
            for name, data in made.items():
                parts.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)

    return changed


def member_dropped(members: dict[str, bytes], dice: random.Random) -> None:
    """Leave a member out."""
    del members[dice.choice(sorted(members))]


def member_cut(members: dict[str, bytes], dice: random.Random) -> None:
    """Cut the end off a member."""
    name = dice.choice(sorted(members))
    members[name] = members[name][: dice.randrange(len(members[name]))]


def member_of_noise(members: dict[str, bytes], dice: random.Random) -> None:
    """Fill a member with something else."""
    name = dice.choice(sorted(members))
    members[name] = dice.choice([b"", b"\x00" * 100, b"<a>", dice.randbytes(200), b"<?xml version='1.0'?><x/>", b"\xff\xfe<\x00a\x00"])


SHEET = "xl/worksheets/sheet1.xml"


def sheet_hostile(members: dict[str, bytes], dice: random.Random) -> None:
    """Write what no sheet should hold: entities, nesting, cells far away, rows out of order, wrong kinds."""
    sheet = members[SHEET].decode()
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    kind = dice.choice(["bomb", "external", "deep", "far", "row", "index", "type", "text", "cell"])
    if kind == "bomb":
        sheet = sheet.replace("<worksheet", f'<!DOCTYPE x [<!ENTITY e0 "x">{entities}]><worksheet', 1)
        sheet = sheet.replace("<v>0</v>", "<v>&e9;</v>", 1)
    elif kind == "external":
        sheet = sheet.replace("<worksheet", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><worksheet', 1)
        sheet = sheet.replace("<v>0</v>", "<v>&e;</v>", 1)
    elif kind == "deep":
        sheet = sheet.replace("<sheetData>", "<sheetData>" + "<a>" * 50_000 + "</a>" * 50_000, 1)
    elif kind == "far":
        sheet = sheet.replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>', 1)
    elif kind == "row":
        sheet = re.sub(r'<row r="3"', f'<row r="{dice.choice(["2", "99999999999", "0", "-1", "x", "2000000"])}"', sheet, count=1)
    elif kind == "index":
        sheet = re.sub(r"<v>\d+</v>", f"<v>{dice.choice(['999999', '-1', 'x', '', '1e9', '9' * 5000])}</v>", sheet, count=1)
    elif kind == "type":
        sheet = re.sub(r't="s"', f't="{dice.choice(["n", "d", "b", "e", "str", "zz", ""])}"', sheet, count=dice.randint(1, 3))
    elif kind == "text":
        sheet = sheet.replace("<v>", f"<v>{dice.choice(['&#0;', '&x;', '<', chr(0)])}", 1)
    else:
        sheet = re.sub(r'<c r="B2"', f'<c r="{dice.choice(["A2", "ZZZZ2", "B", "2", "", "B3"])}"', sheet, count=1)
    members[SHEET] = sheet.encode()


def sheet_row_dropped(members: dict[str, bytes], dice: random.Random) -> None:
    """Leave a row out."""
    rows = re.findall(rb"<row .*?</row>", members[SHEET], re.DOTALL)
    members[SHEET] = members[SHEET].replace(dice.choice(rows[1:]), b"", 1)


def zip_bomb(members: dict[str, bytes], dice: random.Random) -> None:
    """Unpack to some hundred MB."""
    name = dice.choice([SHEET, "xl/sharedStrings.xml", "xl/styles.xml"])
    members[name] = members[name].replace(b"</", b" " * dice.choice([50_000_000, 300_000_000]) + b"</", 1)


def member_doubled(path: Path, dice: random.Random) -> None:
    """Write the sheet twice under one name, the second time with fewer rows."""
    import warnings

    with zipfile.ZipFile(path) as parts:
        sheet = parts.read(SHEET)
    rows = re.findall(rb"<row .*?</row>", sheet, re.DOTALL)
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr(zipfile.ZipInfo(SHEET, (2026, 1, 1, 0, 0, 0)), sheet.replace(dice.choice(rows[1:]), b"", 1))


# SQLite: GeoPackage and ledger


def of_sql(change: Callable[[sqlite3.Connection, random.Random], None]) -> Change:
    """Make a mutation of a database from statements; triggers do not run, as in a damaged file."""

    def changed(path: Path, dice: random.Random) -> None:
        database = sqlite3.connect(path, isolation_level=None)
        try:
            database.execute("PRAGMA writable_schema = ON")
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                database.execute(f'DROP TRIGGER "{name}"')
            change(database, dice)
        finally:
            database.close()
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)

    return changed


def _layer(database: sqlite3.Connection) -> tuple[str, str]:
    return database.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchone()


def gpkg_register(database: sqlite3.Connection, dice: random.Random) -> None:
    """Damage what a GeoPackage says of its layers."""
    layer, _ = _layer(database)
    statement = dice.choice([
        "DELETE FROM gpkg_contents", "DELETE FROM gpkg_geometry_columns", "DELETE FROM gpkg_spatial_ref_sys",
        "DELETE FROM gpkg_spatial_ref_sys WHERE srs_id > 0", "DROP TABLE gpkg_contents", "DROP TABLE gpkg_spatial_ref_sys",
        "DROP TABLE gpkg_geometry_columns", "UPDATE gpkg_contents SET srs_id = 4326", "UPDATE gpkg_geometry_columns SET srs_id = 4326",
        "UPDATE gpkg_geometry_columns SET column_name = 'x'", "UPDATE gpkg_contents SET data_type = 'attributes'",
        "UPDATE gpkg_geometry_columns SET geometry_type_name = 'POINT'", "UPDATE gpkg_geometry_columns SET z = 99",
        "UPDATE gpkg_contents SET table_name = 'elsewhere'", "UPDATE gpkg_spatial_ref_sys SET definition = 'x'",
        "UPDATE gpkg_spatial_ref_sys SET organization_coordsys_id = 99999999", f'ALTER TABLE "{layer}" RENAME TO moved',
        "UPDATE gpkg_contents SET identifier = char(0)", "PRAGMA application_id = 0", "PRAGMA user_version = -1",
        "UPDATE sqlite_master SET sql = 'x'", "UPDATE sqlite_master SET rootpage = 99999", "UPDATE sqlite_master SET rootpage = 2",
        f"INSERT INTO gpkg_contents (table_name, data_type) VALUES ('ghost', 'features')",
    ])  # fmt: skip
    database.execute(statement)


def gpkg_shape(database: sqlite3.Connection, dice: random.Random) -> None:
    """Damage the head, the length or the kind of some shapes."""
    layer, column = _layer(database)
    value = dice.choice([
        "NULL", "x''", f'substr("{column}", 1, {dice.randrange(1, 120)})', f'x\'00\' || substr("{column}", 2)', "'text'", "7",
        f'substr("{column}", 1, 8) || x\'ff\' || substr("{column}", 10)', f'CAST("{column}" || x\'00\' AS BLOB)',
        f'CAST(substr("{column}", 1, 3) || x\'ff\' || substr("{column}", 5) AS BLOB)',
    ])  # fmt: skip
    database.execute(f'UPDATE "{layer}" SET "{column}" = {value} WHERE rowid % {dice.choice([1, 2, 7, 40])} = 0')


def gpkg_row_dropped(database: sqlite3.Connection, dice: random.Random) -> None:
    """Delete rows and leave the count that the file itself keeps."""
    layer, _ = _layer(database)
    database.execute(f'DELETE FROM "{layer}" WHERE rowid = (SELECT max(rowid) - {dice.randrange(5)} FROM "{layer}")')


def gpkg_row_doubled(database: sqlite3.Connection, dice: random.Random) -> None:
    """Write a row twice under another number."""
    layer, _ = _layer(database)
    names = [row[1] for row in database.execute(f'PRAGMA table_info("{layer}")')][1:]
    columns = ", ".join(f'"{name}"' for name in names)
    database.execute(f'INSERT INTO "{layer}" ({columns}) SELECT {columns} FROM "{layer}" WHERE rowid = {dice.randint(1, 9)}')


def gpkg_view(database: sqlite3.Connection, dice: random.Random) -> None:
    """Put a view with fewer rows in the place of the table."""
    layer, _ = _layer(database)
    database.execute("PRAGMA writable_schema = OFF")
    database.execute("PRAGMA legacy_alter_table = ON")
    database.execute(f'ALTER TABLE "{layer}" RENAME TO "inner"')
    database.execute(f'CREATE VIEW "{layer}" AS SELECT * FROM "inner" WHERE rowid % {dice.randint(2, 9)} != 0')


def gpkg_cell(database: sqlite3.Connection, dice: random.Random) -> None:
    """Write values of other kinds into cells; SQLite keeps anything in any column."""
    layer, shape = _layer(database)
    names = [row[1] for row in database.execute(f'PRAGMA table_info("{layer}")') if row[1] != shape][1:]
    value = dice.choice(["CAST(x'ff' AS TEXT)", "x'00ff'", "9e999", "-9e999", "'2026-02-29'", "''", "char(0)", "printf('%.*c', 100000, 'x')",
                         "NULL", "1e308", "-1", "'[1]'", "9223372036854775807"])  # fmt: skip
    rows = dice.choice(["1", f"rowid = {dice.randint(1, 30)}"])
    try:
        database.execute(f'UPDATE "{layer}" SET "{dice.choice(names)}" = {value} WHERE {rows}')
    except sqlite3.IntegrityError:
        database.execute(f'UPDATE "{layer}" SET "{names[-1]}" = {value}')


def ledger_row(database: sqlite3.Connection, dice: random.Random) -> None:
    """Change, delete, double or blank a cell or a row of any table of a ledger."""
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    table = dice.choice([name for name in tables if not name.startswith("sqlite_")])
    columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
    column, rows = dice.choice(columns), [row for (row,) in database.execute(f'SELECT rowid FROM "{table}"')]
    where = f"rowid = {dice.choice(rows)}" if rows else "1"
    value = dice.choice([f'"{column}" || 1', "NULL", "-1", "CAST(x'ff' AS TEXT)", "x'00'", "'x'", "9e999", "9223372036854775807", "''",
                         f'"{column}" + 1', "'2026-02-30'", "char(27)", "printf('%.*c', 300000, '9')", "1.5"])  # fmt: skip
    statement = dice.choice([f'UPDATE "{table}" SET "{column}" = {value} WHERE {where}'] * 4 + [
        f'DELETE FROM "{table}" WHERE {where}', f'DELETE FROM "{table}"', f'DROP TABLE "{table}"', f'ALTER TABLE "{table}" RENAME TO moved',
        f'INSERT INTO "{table}" SELECT * FROM "{table}" WHERE {where}', f'ALTER TABLE "{table}" ADD COLUMN extra TEXT',
    ])  # fmt: skip
    try:
        database.execute(statement)
    except sqlite3.IntegrityError:
        database.execute(f'DELETE FROM "{table}"')


# GeoParquet


def geo_metadata(path: Path, dice: random.Random) -> None:
    """Damage the metadata ``geo`` of a GeoParquet."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    metadata = dict(table.schema.metadata)
    geo = json.loads(metadata[b"geo"])
    text = None
    kind = dice.randrange(6)
    if kind == 0:
        del metadata[b"geo"]
    elif kind == 1:
        text = dice.choice([b"", b"{", b"null", b"[]", b"\xff", b"[" * 100_000, b'{"a":' * 5000, b"1" * 6000])
    elif kind == 2:
        json_value(geo, dice)
    elif kind == 3:
        json_key_dropped(geo, dice)
    elif kind == 4:
        geo["columns"]["geometry"]["encoding"] = dice.choice(["point", "WKT", "", 7, None, "polygon"])
    else:
        geo["primary_column"] = dice.choice(["parcel_id", "", 7, None, "nowhere", ["geometry"]])
    if kind:
        metadata[b"geo"] = text if text is not None else json.dumps(geo).encode()
    pq.write_table(table.replace_schema_metadata(metadata), path)


def parquet_columns(path: Path, dice: random.Random) -> None:
    """Write the shapes as another type, or columns under one name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    column = table.schema.get_field_index("geometry")
    rows = len(table)
    kind = dice.randrange(5)
    if kind == 0:
        table = table.set_column(column, "geometry", pa.array(["x"] * rows))
    elif kind == 1:
        table = table.set_column(column, "geometry", pa.array([b"\x01"] * rows))
    elif kind == 2:
        table = table.set_column(column, "geometry", pa.array([None] * rows, pa.binary()))
    elif kind == 3:
        table = table.append_column(table.column_names[0], table.column(dice.randrange(3)))
    else:
        table = table.set_column(0, table.column_names[0], pa.array([[1, 2]] * rows))
    pq.write_table(table, path)


# sidecars


def prj_damaged(text: str, dice: random.Random) -> str:
    """Damage the text of a reference system, without making another sound one."""
    return dice.choice([
        text[: dice.randrange(len(text))], text.replace("[", "(", 1), text + text, "GEOGCS[" * 5000, "EPSG:4549x", "\x00" * 10,
        text.replace("PROJCS", "PROJXS"), "http://127.0.0.1:9/crs", "ESRI::" + text, "+init=/etc/passwd", "x" * 300_000, "LOCAL_CS[\"x\"]",
    ])  # fmt: skip


def cpg_damaged(text: str, dice: random.Random) -> str:  # noqa: ARG001 - every mutation takes both
    """Name another encoding, or nonsense."""
    return dice.choice(["rot13", "gbk", "UTF-16", "", "\x00", "utf-8\nutf-8", "cp65001", "x" * 100_000, "idna", "base64", "undefined", "中"])
