"""Damage to what is stored in parts: zipped sheets, tables of SQLite, metadata of GeoParquet."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

from fuzz_bytes import Change
from fuzz_contents import json_key_dropped, json_value

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
        "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('ghost', 'features')",
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
