"""No file makes any command ask for an address: a server on this machine counts the requests."""

from __future__ import annotations

import contextlib
import http.server
import json
import sqlite3
import subprocess
import sys
import threading
import warnings
import zipfile

import pytest

UNREADABLE = 3


class _Counter(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_error(404)

    do_HEAD = do_POST = do_GET  # noqa: N815 - the library's names

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Counter) as running:
        running.asked = []
        running.address = f"http://127.0.0.1:{running.server_address[1]}"
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def vrt(address):
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="parcels"><SrcDataSource>/vsicurl/{address}/vrt.geojson</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )


def feature(**more):
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    return {"type": "Feature", "properties": {"DKBH": "1"}, "geometry": square} | more


def linked(address):
    return {"type": "link", "properties": {"href": f"{address}/crs", "type": "ogcwkt"}}


def collection(**more):
    return json.dumps({"type": "FeatureCollection"} | more | {"features": [feature()]})


def escaped_key(address):
    return collection(crs=linked(address)).replace('"crs"', r'"\u0063rs"')


#: name of the file → its text, given the server's address.
TEXTS = {
    "vrt.gpkg": vrt,
    "vrt.shp": vrt,
    "vrt.geojson": vrt,
    "vrt.parquet": vrt,
    "wfs.gpkg": lambda address: f"<OGRWFSDataSource><URL>{address}/wfs</URL></OGRWFSDataSource>",
    "wms.gpkg": lambda address: f'<GDAL_WMS><Service name="WMS"><ServerUrl>{address}/wms</ServerUrl></Service></GDAL_WMS>',
    "wfs.geojson": lambda address: f"<OGRWFSDataSource><URL>{address}/wfs</URL></OGRWFSDataSource>",
    "linked.geojson": lambda address: collection(crs=linked(address)),
    "linked.json": escaped_key,
    "named.geojson": lambda address: collection(crs={"type": "name", "properties": {"name": f"{address}/crs"}}),
    "in_feature.geojson": lambda address: json.dumps(
        {"type": "FeatureCollection", "features": [feature(crs=linked(address))]}
    ),
    "topology.json": lambda address: json.dumps({"type": "Topology", "objects": {}, "arcs": [], "url": address}),
    "esri.json": lambda address: json.dumps({"features": [], "url": f"{address}/FeatureServer/0/query?f=json"}),
    "gdalg.json": lambda address: json.dumps(
        {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read /vsicurl/{address}/g.geojson"}
    ),
    "address.geojson": lambda address: f"{address}/features.geojson",
    "kml.gpkg": lambda address: (
        f'<!DOCTYPE kml [<!ENTITY e SYSTEM "{address}/kml">]><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<NetworkLink><Link><href>{address}/link.kml</href></Link></NetworkLink>&e;</kml>"
    ),
    "gml.geojson": lambda address: (
        f'<!DOCTYPE g [<!ENTITY e SYSTEM "{address}/gml">]><gml:FeatureCollection '
        f'xmlns:gml="http://www.opengis.net/gml" xsi:schemaLocation="{address}/schema.xsd">&e;</gml:FeatureCollection>'
    ),
}  # fmt: skip


def virtual_table(path, address):
    """A GeoPackage whose layer is a virtual table of a module that reads another source."""
    sound_geopackage(path)
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES ('table', 'v', 'v', 0, ?)",
            (f"CREATE VIRTUAL TABLE v USING VirtualOGR('/vsicurl/{address}/virtual.geojson')",),
        )
    database.close()


def view_that_asks(path, address):
    """A GeoPackage whose only layer is a view that calls a function of GDAL."""
    sound_geopackage(path)
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE VIEW w AS SELECT fid, geom, ogr_geocode('{address}/view') AS a FROM parcels")
        database.execute("UPDATE gpkg_contents SET table_name = 'w'")
        database.execute("UPDATE gpkg_geometry_columns SET table_name = 'w'")
    database.close()


def sound_geopackage(path):
    import geopandas as gpd
    from shapely import box

    gpd.GeoDataFrame({"DKBH": ["1"]}, geometry=[box(0, 0, 1, 1)], crs="EPSG:4549").to_file(path, layer="parcels")


@pytest.fixture(scope="module")
def hostile(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    for name, text in TEXTS.items():
        (folder / name).write_text(text(server.address), "utf-8")
    for beside in (".shx", ".dbf"):
        (folder / f"vrt{beside}").write_text(vrt(server.address))
    virtual_table(folder / "virtual.gpkg", server.address)
    view_that_asks(folder / "view.gpkg", server.address)
    return folder


HOSTILE = [*TEXTS, "virtual.gpkg", "view.gpkg"]


def read_by_gdal_alone(path):
    code = (
        "import sys, pyogrio\n"
        "try:\n"
        "    pyogrio.list_layers(sys.argv[1]); pyogrio.read_arrow(sys.argv[1])\n"
        "except Exception: pass\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True)


@pytest.mark.parametrize("name", ["vrt.gpkg", "wfs.gpkg", "linked.geojson"])
def test_gdal_alone_would_ask(server, hostile, name):
    server.asked.clear()
    read_by_gdal_alone(hostile / name)
    assert server.asked


@pytest.mark.parametrize("name", HOSTILE)
def test_no_command_asks(server, hostile, zone, zonegis, tmp_path, name):
    server.asked.clear()
    file = hostile / name
    zone.change(f'path: "{(zone.sample.parent / "parcels.gpkg").as_posix()}"', f'path: "{file.as_posix()}"')
    boundary = zone.sample.parent / "approved_boundaries.gpkg"
    scenario = zone.folder / "S.yaml"
    scenario.write_text("zonegis_scenario: 1\nname: s\nbase: RUN.yaml\nedits: []\n", "utf-8")
    commands = [
        ("inspect", file),
        ("init", "--boundary", boundary, "--parcels", file, "--output", tmp_path / "new.yaml", "--as-of", "2026-03-31"),
        ("boundaries", "check", file, "--zone", "waigaoqiao"),
        ("check", zone.run_file),
        ("run", zone.run_file),
        ("areas", zone.run_file, "--output", tmp_path / "areas"),
        ("repair", zone.run_file, "parcels", tmp_path / "new.gpkg"),
        ("scenario", "run", scenario),
    ]
    for words in commands:
        code, said = zonegis(*words)
        assert code == UNREADABLE, (words, said)
        assert name in said.replace(" ", ""), (words, said)
    assert not server.asked


@pytest.mark.parametrize("name", HOSTILE)
def test_the_drivers_are_not_there_even_if_the_gate_is_open(server, hostile, name):
    """The second lock alone: GDAL knows four drivers, and no way to the network."""
    import pyogrio

    from gis.readers.drivers import confined_gdal

    server.asked.clear()
    with warnings.catch_warnings(action="ignore"), contextlib.suppress(Exception), confined_gdal():
        pyogrio.list_layers(hostile / name)
        pyogrio.read_arrow(hostile / name)
    assert not server.asked
    assert len(pyogrio.list_drivers()) > 10, "the drivers of others are back"


def test_joined_tables_guides_and_ledgers_do_not_ask(server, zone, zonegis):
    server.asked.clear()
    book = zone.folder / "join.xlsx"
    hostile_workbook(book, server.address)
    before = zone.run_file.read_text("utf-8")
    parcels = f'path: "{(zone.sample.parent / "parcels.gpkg").as_posix()}"'
    for name, new in {
        "join": before.replace(parcels, f"{parcels}, join: {{path: join.xlsx, key: id}}"),
        "guide": f"{before}land_guide: {server.address}/guide.csv\n",
        "vsi": before.replace(parcels, f'path: "/vsicurl/{server.address}/parcels.gpkg"'),
        "url": before.replace(parcels, f'path: "{server.address}/parcels.gpkg"'),
    }.items():
        zone.run_file.write_text(new, "utf-8")
        code, said = zonegis("run", zone.run_file, "--lang", "en")
        assert code == UNREADABLE, (name, said)
    ledger = zone.folder / "ledger.db"
    ledger.write_text(vrt(server.address))
    code, said = zonegis("ledger", "verify", "-d", ledger, "--lang", "en")
    assert code == UNREADABLE, said
    assert not server.asked


def hostile_workbook(path, address):
    """A workbook one part of which declares an entity from elsewhere."""
    import openpyxl

    plain = path.with_name("plain.xlsx")
    book = openpyxl.Workbook()
    book.active.append(["id", "name"])
    book.active.append(["1", "x"])
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for part in old.namelist():
            content = old.read(part)
            if part == "xl/worksheets/sheet1.xml":
                content = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{address}/entity">]>'.encode() + content
            new.writestr(part, content)
