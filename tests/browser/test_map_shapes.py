"""Awkward shapes and hostile ids: drawn, found, and harmless."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from made_zone import CRS, ORIGIN

from gis.maps import draw_map

pytestmark = pytest.mark.browser

HOLE = shapely.box(0, 0, 300, 300).difference(shapely.box(100, 100, 200, 200))
PARTS = shapely.MultiPolygon([shapely.box(400, 0, 500, 100), shapely.box(400, 200, 500, 300)])
CASES = {
    "001": HOLE,
    "1": PARTS,
    "0001": shapely.box(600, 0, 600.4, 300),  # a sliver of 40 cm
    "`${1}`": shapely.box(700, 0, 800, 100),  # touches the next at a corner
    "</script><img src=x onerror=\"window.__hacked='id'\">": shapely.box(800, 100, 900, 200),
    "𠮷🏭": shapely.box(0, 400, 300, 500).buffer(40),
    "\u202eמגרש 7": shapely.box(400, 400, 800, 450).union(shapely.box(400, 400, 450, 800)),
}
#: A point of each parcel, and points that lie in none.
INSIDE = {
    "001": [(50, 50), (250, 150), (150, 250)],
    "1": [(450, 50), (450, 250)],
    "0001": [(600.2, 150)],
    "`${1}`": [(799, 99), (701, 50)],
    "</script><img src=x onerror=\"window.__hacked='id'\">": [(801, 101)],
    "𠮷🏭": [(150, 450), (-30, 450)],
    "\u202eמגרש 7": [(600, 425), (425, 700)],
}
NOWHERE = [(150, 150), (450, 150), (601, 150), (799, 101), (801, 99), (600, 600)]
AT = """([lng, lat]) => { const { map } = ZoneGIS.page;
  map.closePopup(ZoneGIS.page.popup);
  map.setView([lat, lng], 21, { animate: false });
  const at = map.latLngToContainerPoint([lat, lng]), box = map.getContainer().getBoundingClientRect();
  return [box.x + at.x, box.y + at.y]; }"""


@pytest.fixture(scope="module")
def degrees():
    return lambda points: gpd.GeoSeries(
        [shapely.Point(ORIGIN[0] + x, ORIGIN[1] + y) for x, y in points], crs=CRS
    ).to_crs("EPSG:4326")


@pytest.fixture(scope="module")
def opened(open_page, tmp_path_factory):
    shapes = [shapely.transform(shape, lambda xy: xy + ORIGIN) for shape in CASES.values()]
    ids = pd.Series(list(CASES), dtype="str")
    parcels = gpd.GeoDataFrame({"parcel_id": ids, "parcel_name": ids, "holder": ids}, geometry=shapes, crs=CRS)
    outline = gpd.GeoDataFrame(
        {"zone_name": ["样例"], "boundary_quality": ["synthetic"]},
        geometry=[shapely.box(*parcels.total_bounds).buffer(30)], crs=CRS,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("shapes") / "map.html"
    draw_map(parcels, boundary=outline).save(path)
    opened = open_page(path)
    yield opened
    assert opened.read("window.__hacked") is None
    assert opened.complaints == opened.refused == []
    opened.page.context.close()


def popup_id(opened):
    found = opened.page.query_selector(".leaflet-popup .zg-popup h2")
    return found.text_content() if found else None


def click(opened, at):
    opened.page.mouse.click(*opened.read(AT, [at.x, at.y]))


@pytest.mark.parametrize("parcel", CASES, ids=["hole", "parts", "sliver", "corner", "script", "planes", "rtl"])
def test_every_part_of_a_parcel_answers_with_its_id(opened, degrees, parcel):
    for at in degrees(INSIDE[parcel]):
        click(opened, at)
        assert popup_id(opened) == parcel
        assert opened.page.query_selector(".leaflet-popup img") is None
        assert opened.page.locator(".zg-others button").count() == 0


def test_holes_gaps_and_corners_belong_to_nobody(opened, degrees):
    for at in degrees(NOWHERE):
        click(opened, at)
        assert popup_id(opened) is None


def test_every_id_is_found_letter_for_letter(opened):
    for parcel in CASES:
        opened.page.fill("#zg-search", parcel)
        first = opened.page.locator("#zg-results li b").first
        assert first.text_content() == parcel
        opened.page.keyboard.press("Enter")
        assert popup_id(opened) == parcel
    assert opened.page.query_selector("#zg-panel img") is None


COVER = """() => { const { map, parcels, bounds } = ZoneGIS.page;
  ZoneGIS.showLabels = false;
  map.fitBounds(bounds, { animate: false });
  parcels.redraw();
  let cover = 0;
  for (const key of Object.keys(parcels._tiles)) {
    const el = parcels._tiles[key].el;
    if (el.width === 1) continue;
    const pixels = el.getContext("2d").getImageData(0, 0, el.width, el.height).data;
    for (let at = 3; at < pixels.length; at += 4) cover += pixels[at] / 255;
  }
  const metres = map.distance(map.containerPointToLatLng([0, 300]), map.containerPointToLatLng([1, 300]));
  return cover * metres * metres; }"""


def test_holes_stay_open_on_the_canvas(opened, shots):
    """The land covered on the canvas is the land there is, but for outlines: a filled hole would add a tenth."""
    drawn = opened.read(COVER)
    opened.page.screenshot(path=shots / "shapes.png")
    assert drawn == pytest.approx(sum(shape.area for shape in CASES.values()), rel=0.04)


def test_a_search_takes_no_two_texts_for_one_and_no_letter_away(opened):
    """Texts are searched in runs of 512, with a mark between them that a text may hold itself."""
    texts = [
        "ab",
        "ba",
        "",
        "\ufeffab",
        "e",
        "\u0301x",
        *(f"项目{k}" for k in range(1200)),
        "a\u0000b",
        "ÅNGSTRÖM",
        "末",
    ]
    found = opened.read(
        """([texts, asked]) => { const parts = texts.map((text) => new TextEncoder().encode(text));
             const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
             let at = 0;
             for (const part of parts) { bytes.set(part, at); at += part.length; }
             const column = ZoneGIS.columnsOf({ x: { kind: "text", lengths: Uint16Array.from(parts, (part) => part.length), bytes } }).x;
             const fold = (text) => text.normalize("NFKC").toLowerCase();
             return [texts.map((_, i) => column.read(i)), texts.map((text) => column.find(text)),
                     asked.map((words) => { const hits = []; column.search(fold(words), fold, (i) => hits.push(i)); return hits; })]; }""",
        [texts, ["ab", "aba", "ångström", "\u00e9", "项目119", "b"]],
    )
    read, places, hits = found
    assert read == texts
    assert places == [texts.index(text) for text in texts]
    last = len(texts)
    assert hits[0] == [0, 3], "neither across two texts nor across a mark inside one"
    assert hits[1] == []
    assert hits[2] == [last - 2]
    assert hits[3] == [], "an accent that begins a text does not join the text before it"
    assert hits[4] == [6 + 119, *(6 + 1190 + k for k in range(10))]
    assert hits[5] == [0, 1, 3, last - 3]
