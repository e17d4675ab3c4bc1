"""For eyes and hands: contrast, names of controls, and everything within reach of the keyboard."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from gis.maps import draw_comparison, draw_map

pytestmark = pytest.mark.browser

#: Texts whose contrast to their ground is below WCAG 2.1 AA (4.5, large 3), and controls without a name.
FLAWS = """() => {
  const light = (c) => { const v = c.map((x) => { x /= 255; return x <= 0.03928 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4); });
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const read = (s) => { const m = s.match(/[\\d.]+/g).map(Number); return m.length > 3 && m[3] === 0 ? null : m.slice(0, 3); };
  const ground = (n) => { for (; n; n = n.parentElement) { const s = getComputedStyle(n);
      if (s.backgroundImage !== "none") return null; const c = read(s.backgroundColor); if (c) return c; } return [255, 255, 255]; };
  const flaws = [];
  for (const n of document.querySelectorAll("body *")) {
    if (!n.offsetParent || n.closest("noscript") || n.disabled) continue;
    if (!Array.from(n.childNodes).some((c) => c.nodeType === 3 && c.textContent.trim())) continue;
    const s = getComputedStyle(n), back = ground(n), ink = read(s.color);
    if (!back || !ink) continue;
    const a = light(ink), b = light(back), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(s.fontSize), isLarge = size >= 24 || (size >= 18.66 && Number(s.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) flaws.push([n.tagName, n.id || n.className, n.textContent.slice(0, 30), ratio]);
  }
  for (const n of document.querySelectorAll("button, input, select, textarea, a[href]")) {
    if (!n.offsetParent) continue;
    const labels = n.labels && n.labels[0] ? n.labels[0].textContent.trim() : "";
    if (!(n.getAttribute("aria-label") || n.textContent.trim() || labels || n.title)) flaws.push(["no name", n.outerHTML.slice(0, 90)]);
  }
  return flaws; }"""


@pytest.fixture(scope="module")
def zone(made):
    return made.make_zone(90)


@pytest.fixture(scope="module")
def page(zone, made, tmp_path_factory):
    path = tmp_path_factory.mktemp("access") / "map.html"
    draw_map(zone.parcels, zone.idle, zone.green, zone.mix, **zone.layers(), history=made.made_history(zone)).save(path)
    return path


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_text_stands_out_and_every_control_has_a_name(open_page, page, lang):
    opened = open_page(page, link=f"#lang={lang}")
    assert opened.read(FLAWS) == []
    opened.page.fill("#zg-search", "1")
    assert opened.read(FLAWS) == []
    opened.page.keyboard.press("Escape")
    opened.page.click("#zg-tab-table")
    opened.read("() => { ZoneGIS.findParcel(3); }")
    assert opened.read(FLAWS) == []
    opened.page.click("#zg-tab-notes")
    assert opened.read(FLAWS) == []
    opened.page.context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_comparison_too(open_page, zone, tmp_path, lang):
    former = dataclasses.replace(
        zone.idle, as_of=dt.date(2024, 3, 31), parcels=zone.idle.parcels.assign(status="completed")
    )
    draw_comparison(
        zone.parcels, [former], [zone.idle], names=("2024", "2026"), boundary=zone.boundary, lang=lang
    ).save(tmp_path / "two.html")
    opened = open_page(tmp_path / "two.html")
    assert opened.read(FLAWS) == []
    opened.page.check("#zc-mode-swipe")
    assert opened.read(FLAWS) == []
    opened.page.context.close()


def test_the_tab_key_reaches_every_control_and_shows_where_it_is(open_page, page):
    opened = open_page(page)
    wanted = set(
        opened.read(
            """Array.from(document.querySelectorAll("button[id], input[id], select[id]"))
                 .filter((n) => n.offsetParent && !n.disabled && n.tabIndex >= 0 && n.type !== "radio").map((n) => n.id)"""
        )
    )
    reached, outlined = set(), 0
    for _ in range(120):
        opened.page.keyboard.press("Tab")
        id_, outline = opened.read(
            "(() => { const n = document.activeElement; return [n.id, getComputedStyle(n).outlineStyle]; })()"
        )
        if id_:
            reached.add(id_)
            outlined += outline != "none"
    assert wanted - reached == set()
    assert outlined > len(wanted) / 2
    opened.page.focus("#zg-view-status")
    opened.page.keyboard.press("ArrowDown")
    assert opened.read("ZoneGIS.page.view") == "ground", "arrow keys walk through the themes"
    opened.page.context.close()


def test_arrow_keys_move_the_map_and_plus_zooms(open_page, page):
    opened = open_page(page)
    opened.page.focus(".folium-map")
    before = opened.read("[ZoneGIS.page.map.getCenter().lng, ZoneGIS.page.map.getZoom()]")
    opened.page.keyboard.press("ArrowRight")
    opened.page.keyboard.press("+")
    opened.page.wait_for_timeout(700)
    after = opened.read("[ZoneGIS.page.map.getCenter().lng, ZoneGIS.page.map.getZoom()]")
    assert after[0] > before[0] and after[1] > before[1]
    opened.page.context.close()
