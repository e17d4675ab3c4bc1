"""Two states on one page: both maps move together, and what differs is outlined, counted and listed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re

import numpy as np
import pandas as pd
import pytest
from made_zone import STATUSES

from gis.areas import ha_text
from gis.errors import InputError
from gis.maps import draw_comparison
from gis.schema import text

pytestmark = pytest.mark.browser
COUNT = 150


@pytest.fixture(scope="module")
def zone(made):
    return made.make_zone(COUNT)


@pytest.fixture(scope="module")
def former(zone):
    """The same land two years earlier: one parcel in four had another status."""
    rng = np.random.default_rng(9)
    table = zone.idle.parcels
    other = pd.Series(rng.choice(STATUSES, len(table)), index=table.index, dtype="str")
    status = table["status"].where(rng.random(len(table)) > 0.25, other)
    return dataclasses.replace(zone.idle, parcels=table.assign(status=status), as_of=dt.date(2024, 3, 31))


@pytest.fixture(scope="module")
def former_green(zone, former):
    return dataclasses.replace(zone.green, as_of=former.as_of)


@pytest.fixture(scope="module")
def path(zone, former, former_green, tmp_path_factory):
    drawn = draw_comparison(
        zone.parcels, [former, former_green], [zone.idle, zone.green], names=("2024-03-31", ["现状", "Today"]),
        boundary=zone.boundary, roads=zone.roads,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("compare") / "compare.html"
    drawn.save(path)
    return path


@pytest.fixture(scope="module")
def differing(zone, former):
    own, other = (balance.parcels.set_index("parcel_id")["status"] for balance in (zone.idle, former))
    return sorted(own.index[own != other[own.index]])


#: How far apart the middles of both maps are, in pixels, the difference of their zooms, and where the first one is.
VIEWS = """() => { const { first, second } = ZoneGIS.page.maps, zoom = first.getZoom();
  return [first.project(first.getCenter(), zoom).distanceTo(first.project(second.getCenter(), zoom)),
          Math.abs(zoom - second.getZoom()), [first.getCenter().lat, first.getCenter().lng, zoom]]; }"""


def where(opened):
    """Return where both maps are; they may be apart by the pixel to which Leaflet rounds."""
    apart, zooms, place = opened.read(VIEWS)
    assert apart <= 1.5 and zooms == 0
    return place


def test_what_differs_is_listed_summed_and_outlined(opened, zone, former, differing, shots):
    opened.page.screenshot(path=shots / "compare_zh.png")
    listed = opened.read(
        "Array.from(document.querySelectorAll('#zc-list tbody tr'), (tr) => tr.getAttribute('data-parcel'))"
    )
    assert listed == differing[:100]
    areas = zone.idle.parcels.set_index("parcel_id")["area_m2"]
    assert f"{len(differing)} 宗类别不同，{ha_text(math.fsum(areas[differing]))} 公顷" == opened.page.text_content(
        "#zc-told"
    )
    outlined = opened.read(
        """() => ["first", "second"].map((side) => { const o = ZoneGIS.page.outlines[side], found = [];
             for (let i = 0; i < o.shapes.count; i++) if (o.shows(i)) found.push(ZoneGIS.page.columns.id.read(i));
             return found.sort(); })"""
    )
    assert outlined == [differing, differing]
    rows = opened.read(
        """Array.from(document.querySelectorAll("#zc-moves tbody tr"), (tr) => Array.from(tr.children, (td) => td.textContent))"""
    )
    assert sum(int(row[1]) for row in rows) == len(differing)
    assert len({row[0] for row in rows}) == len(rows)


def test_counts_on_either_side_are_those_of_its_balance(opened, zone, former):
    rows = opened.read(
        """Array.from(document.querySelectorAll("#zc-classes tbody tr"), (tr) =>
             [tr.getAttribute("data-class"), tr.children[1].textContent, tr.children[2].textContent])"""
    )
    for key, first, second in rows:
        for told, balance in ((first, former), (second, zone.idle)):
            own = balance.parcels[balance.parcels["status"] == key]
            count, ha = re.match(r"([\d,]+) · ([\d,.]+) 公顷", told).groups()
            assert int(count) == len(own)
            assert ha == ha_text(math.fsum(own["area_m2"]))


def test_either_map_takes_the_other_along(opened):
    opened.read("() => { ZoneGIS.page.maps.first.setView([31.33, 121.62], 15.3, { animate: false }); }")
    start = where(opened)
    assert start == pytest.approx([31.33, 121.62, 15.3])
    opened.read("() => { ZoneGIS.page.maps.second.panBy([120, -80], { animate: false }); }")
    moved = where(opened)
    assert moved[:2] != pytest.approx(start[:2], abs=1e-4)
    box = opened.page.locator("#zc-second-map").bounding_box()
    opened.page.mouse.move(box["x"] + 300, box["y"] + 300)
    opened.page.mouse.wheel(0, -300)
    opened.page.wait_for_timeout(600)
    assert where(opened)[2] > moved[2]


COLOURS = """(id) => ["first", "second"].map((side) => { const p = ZoneGIS.page.parcels[side];
  return p.signs[p.codes[ZoneGIS.page.columns.id.find(id)]].key; })"""


def test_each_side_is_painted_by_its_own_state_and_the_popup_tells_both(opened, zone, former, differing):
    own, other = (balance.parcels.set_index("parcel_id")["status"] for balance in (zone.idle, former))
    for parcel in [*differing[:5], "001", "1", "0001"]:
        assert opened.read(COLOURS, parcel) == [other[parcel], own[parcel]]
    opened.read("(id) => ZoneGIS.findDifference(ZoneGIS.page.columns.id.find(id))", "001")
    assert opened.page.text_content(".zg-popup h3").startswith("<img src=x")
    labels = opened.page.locator(".zg-popup dt").all_text_contents()
    assert "2024-03-31" in labels and "现状" in labels
    assert opened.page.query_selector(".zg-popup img") is None


def test_swipe_shows_one_state_on_either_side_of_the_divider(opened, zone, former, differing, shots):
    opened.page.check("#zc-mode-swipe")
    boxes = [opened.page.locator(f"#zc-{side}").bounding_box() for side in ("first", "second")]
    assert boxes[0] == boxes[1], "both maps lie on the same ground"
    where(opened)
    opened.page.focus("#zc-divider")
    opened.page.keyboard.press("Home")
    clip = "() => ZoneGIS.page.maps.first.getPane('zg-parcels').style.clip.match(/-?[\\d.]+px/g).map(parseFloat)"
    none = opened.read(clip)
    assert none[1] == pytest.approx(none[3]), "nothing of the first map is left"
    opened.page.keyboard.press("End")
    whole = opened.read(clip)
    assert whole[1] - whole[3] == pytest.approx(boxes[0]["width"], abs=1)
    opened.page.keyboard.press("PageDown")
    opened.page.screenshot(path=shots / "compare_swipe.png")
    opened.page.check("#zc-mode-side")
    assert opened.read("ZoneGIS.page.maps.first.getPane('zg-parcels').style.clip") == ""


def test_only_what_differs_and_both_languages(opened, differing, shots):
    opened.page.check("#zc-only")
    shown = opened.read(
        "() => { const p = ZoneGIS.page.parcels.first; let n = 0; for (let i = 0; i < p.shapes.count; i++) n += p.shows(i); return n; }"
    )
    assert shown == len(differing)
    opened.page.click("#zg-lang-en")
    assert "Today" in opened.page.text_content("#zc-second .zc-name")
    assert f"{len(differing)} parcels differ in class" in opened.page.text_content("#zc-told")
    assert "2024-03-31 → 2026-03-31" in opened.page.text_content("#zg-facts")
    chrome = opened.read(
        "Array.from(document.querySelectorAll('[data-word], #zc-classes, #zc-moves th, #zc-list th[scope=col]'), (n) => n.textContent).join(' ')"
    )
    assert re.findall(r"[\u4e00-\u9fff]+", chrome) == []
    opened.page.screenshot(path=shots / "compare_en.png")
    opened.page.check("#zc-view-green")
    assert opened.page.text_content("#zc-told") == "No parcel differs in class"


def test_same_bytes_whatever_the_order_of_rows_and_nothing_in_common_is_refused(zone, former, former_green, path):
    mixed = dataclasses.replace(former, parcels=former.parcels.sample(frac=1, random_state=2))
    drawn = draw_comparison(
        zone.parcels.sample(frac=1, random_state=1), [former_green, mixed], [zone.idle, zone.green],
        names=("2024-03-31", ["现状", "Today"]), boundary=zone.boundary, roads=zone.roads,
    )  # fmt: skip
    assert drawn.get_root().render().encode() == path.read_bytes()
    with pytest.raises(InputError, match="no balance in common"):
        draw_comparison(zone.parcels, [zone.green], [zone.idle], names=("a", "b"), boundary=zone.boundary)


def test_what_both_states_are_based_on_can_be_read(opened, zone):
    told = opened.read("[...document.querySelectorAll('#zg-notes li')].map((note) => note.textContent)")
    assert {text(note, "zh") for note in (*zone.idle.notes, *zone.green.notes)} <= set(told)
