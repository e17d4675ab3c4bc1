"""Filters by m² and date, and the link that remembers them."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from gis.areas import ha_text
from gis.maps import Measure, draw_map

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def zone(made):
    return made.make_zone(160)


@pytest.fixture(scope="module")
def path(zone, tmp_path_factory):
    values = zone.idle.parcels.set_index("parcel_id")["area_m2"] / 10_000
    measure = Measure.of_text("use_ratio", values)
    path = tmp_path_factory.mktemp("filters") / "map.html"
    draw_map(zone.parcels, zone.idle, zone.green, zone.mix, **zone.layers(), measures=[measure]).save(path)
    return path


SHOWN = """() => { const p = ZoneGIS.page.parcels, ids = [];
  for (let i = 0; i < p.shapes.count; i++) if (p.shows(i)) ids.push(p.read("id", i));
  return ids.sort(); }"""


def fill(opened, field, value):
    opened.page.fill(f"#zg-{field}", value)
    opened.page.dispatch_event(f"#zg-{field}", "change")


def test_area_and_date_filter_what_is_shown_listed_and_asked(opened, zone, shots):
    table = zone.idle.parcels
    middle = float(table["area_m2"].median().round(2))
    fill(opened, "area-from", str(middle))
    kept = table[table["area_m2"].round(2) >= middle]
    assert opened.read(SHOWN) == sorted(kept["parcel_id"])
    told = opened.page.text_content("#zg-filter-told")
    assert f"{len(kept)} 宗，{ha_text(math.fsum(kept['area_m2']))} 公顷" in told
    day = table["status_since"].dropna().sort_values().iloc[60]
    fill(opened, "date-to", f"{day:%Y-%m-%d}")
    kept = kept[kept["status_since"] <= day]
    assert opened.read(SHOWN) == sorted(kept["parcel_id"]), "a parcel without the date does not pass"
    opened.page.click("#zg-tab-table")
    opened.page.select_option("#zg-scope", "all")
    ids = opened.read("Array.from(document.querySelectorAll('#zg-table tbody th'), (th) => th.textContent)")
    assert ids == sorted(kept["parcel_id"])[:100]
    opened.page.click("#zg-tab-legend")
    opened.page.screenshot(path=shots / "filter_zh.png", full_page=True)
    opened.page.click("#zg-filter-clear")
    assert len(opened.read(SHOWN)) == len(table)
    assert "未筛选" in opened.page.text_content("#zg-filter-told")


SEEN = """() => { const { map, view, lang, on, off, filter } = ZoneGIS.page, centre = map.getCenter();
  return [centre.lat.toFixed(5), centre.lng.toFixed(5), map.getZoom(), view, lang, on, Object.keys(off[view] || {}).filter((key) => off[view][key]), filter, ZoneGIS.overview || ""]; }"""


def test_a_link_opens_what_was_seen(opened, open_page, path):
    page = opened.page
    page.check("#zg-view-ground")
    page.uncheck("#zg-class-ground_completed")
    page.uncheck("#zg-layer-roads")
    page.check("#zg-overview-worst")
    fill(opened, "area-from", "9000")
    fill(opened, "date-from", "2024-05-01")
    page.click("#zg-lang-en")
    opened.read("() => { ZoneGIS.page.map.setView(ZoneGIS.page.bounds.getSouthWest(), 16.5, { animate: false }); }")
    link = page.evaluate("window.location.hash")
    other = open_page(path, link=link)
    assert other.read(SEEN) == opened.read(SEEN)
    assert other.read(SHOWN) == opened.read(SHOWN)
    assert other.page.input_value("#zg-area-from") == "9000"
    assert not other.page.is_checked("#zg-class-ground_completed")
    assert other.complaints == other.refused == []
    other.page.context.close()


@pytest.mark.parametrize(
    "link",
    [
        "#view=nonsense&lang=xx&at=a,b,c&area_from=-5&date_from=yesterday&date=id&hidden=",
        "#at=1,2",
        "#%%%",
        "#view=constructor&off=<img>&day=2020",
    ],
)
def test_a_link_that_makes_no_sense_changes_nothing(open_page, path, opened, link):
    other = open_page(path, link=link)
    before, after = opened.read(SEEN), other.read(SEEN)
    assert after == before
    assert other.complaints == other.refused == []
    other.page.context.close()


def test_a_measure_is_a_theme_and_a_line_of_the_popup(opened, zone, shots):
    opened.page.check("#zg-view-use_ratio")
    counts = opened.read("ZoneGIS.page.views.use_ratio.classes.map((item) => item.count)")
    assert sum(counts) == 160
    opened.read("() => { ZoneGIS.findParcel(ZoneGIS.page.parcels.placeOf('0001')); }")
    rows = opened.read(
        "Array.from(document.querySelectorAll('.leaflet-popup dt'), (dt) => [dt.textContent, dt.nextSibling.textContent])"
    )
    area = zone.idle.parcels.set_index("parcel_id")["area_m2"]["0001"]
    assert dict(rows)["容积率使用率"] == f"{area / 10_000:.2f}"
    assert pd.notna(area)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_theme_in_both_languages(open_page, path, shots, lang):
    opened = open_page(path, link=f"#lang={lang}")
    for name in opened.read("Object.keys(ZoneGIS.page.views)"):
        opened.page.check(f"#zg-view-{name}")
        opened.page.screenshot(path=shots / f"theme_{name}_{lang}.png")
        assert opened.read("ZoneGIS.page.views[ZoneGIS.page.view].classes.every((item) => item.words.every(Boolean))")
    assert opened.complaints == opened.refused == []
    opened.page.context.close()
