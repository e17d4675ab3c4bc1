"""The slider over the days of change: every day's colours and legend are those of its statuses."""

from __future__ import annotations

import pandas as pd
import pytest

from gis.maps import draw_map

pytestmark = pytest.mark.browser
COUNT = 120


@pytest.fixture(scope="module")
def zone(made):
    return made.make_zone(COUNT)


@pytest.fixture(scope="module")
def history(made, zone):
    return made.made_history(zone)


@pytest.fixture(scope="module")
def path(zone, history, tmp_path_factory):
    path = tmp_path_factory.mktemp("time") / "map.html"
    draw_map(zone.parcels, zone.idle, zone.green, **zone.layers(), history=history).save(path)
    return path


PAINTED = """() => { const p = ZoneGIS.page.parcels, found = {};
  for (let i = 0; i < p.shapes.count; i++) found[p.read("id", i)] = p.signs[p.codes[i]].key;
  return found; }"""
LEGEND = """() => Object.fromEntries(Array.from(document.querySelectorAll("#zg-classes tbody tr"), (tr) =>
  [tr.getAttribute("data-class"), [Number(tr.children[1].textContent), Number(tr.children[2].textContent)]]))"""


def on(history, day):
    then = history[(history["valid_from"] <= day) & (history["valid_to"] >= day)]
    return dict(zip(then["parcel_id"], then["status"], strict=True))


def slide(opened, place):
    opened.read(
        "(value) => { const s = document.getElementById('zg-time-slider'); s.value = value; s.dispatchEvent(new Event('input')); }",
        str(place),
    )


def test_every_third_day_of_change_is_painted_and_counted(opened, zone, history, shots):
    days = sorted(history["valid_from"].unique())
    areas = zone.idle.parcels.set_index("parcel_id")["area_m2"]
    for place in range(0, len(days), 3):
        slide(opened, place)
        expected = on(history, days[place])
        assert opened.read(PAINTED) == expected
        assert (
            f"{days[place]:%Y-%m-%d} 的状态（第 {place + 1} 个变化日，共 {len(days)} 个）"
            == opened.page.text_content("#zg-time-told")
        )
        legend = opened.read(LEGEND)
        for status, rows in pd.Series(expected).groupby(pd.Series(expected)):
            assert legend[status][0] == len(rows)
            assert legend[status][1] == pytest.approx(areas[rows.index].sum() / 10_000, abs=0.0101)
        assert sum(count for count, _ in legend.values()) == COUNT
    opened.page.screenshot(path=shots / "time_zh.png")


def test_beyond_the_last_day_it_is_the_run_s_own_finding(opened, zone):
    slide(opened, 3)
    opened.page.click("#zg-time-now")
    assert opened.read(PAINTED) == zone.idle.parcels.set_index("parcel_id")["status"].to_dict()
    assert opened.page.text_content("#zg-time-told") == "基准日：2026-03-31"


def test_play_goes_on_to_the_end_and_stops(opened, history):
    days = history["valid_from"].nunique()
    slide(opened, days - 4)
    opened.page.click("#zg-time-play")
    opened.wait_until("!ZoneGIS.page.timeline.playing")
    assert opened.read("ZoneGIS.page.timeline.place") == days
    assert opened.page.text_content("#zg-time-play") == "播放"


def test_by_keyboard_and_with_hidden_classes(opened, history):
    opened.page.uncheck("#zg-class-idle")
    opened.page.focus("#zg-time-slider")
    opened.page.keyboard.press("Home")
    assert opened.read("ZoneGIS.page.timeline.place") == 0
    opened.page.keyboard.press("ArrowRight")
    assert opened.read("ZoneGIS.page.timeline.place") == 1
    assert opened.read("document.activeElement.id") == "zg-time-slider"
    day = sorted(history["valid_from"].unique())[1]
    shown = opened.read(
        "() => { const p = ZoneGIS.page.parcels; let n = 0; for (let i = 0; i < p.shapes.count; i++) n += p.shows(i); return n; }"
    )
    assert shown == sum(status != "idle" for status in on(history, day).values())


def test_a_link_remembers_the_day_and_the_popup_tells_the_history(opened, open_page, path, history, shots):
    slide(opened, 10)
    other = open_page(path, link=opened.page.evaluate("window.location.hash") + "&lang=en")
    assert other.read(PAINTED) == opened.read(PAINTED)
    opened.read("() => { ZoneGIS.findParcel(ZoneGIS.page.parcels.placeOf('310115-00005')); }")
    rows = dict(
        opened.read(
            "Array.from(document.querySelectorAll('.leaflet-popup dt'), (dt) => [dt.textContent, dt.nextSibling.textContent])"
        )
    )
    own = history[history["parcel_id"] == "310115-00005"]
    assert [part.removeprefix("≤ ")[:10] for part in rows["状态历史"].split("；")] == [
        f"{day:%Y-%m-%d}" for day in own["valid_from"]
    ]
    assert rows["状态历史"].startswith("≤ 2022-01-01 ")
    assert other.complaints == other.refused == []
    other.page.context.close()


def test_a_map_without_history_has_no_slider(open_page, zone, tmp_path):
    draw_map(zone.parcels, zone.idle, boundary=zone.boundary).save(tmp_path / "plain.html")
    opened = open_page(tmp_path / "plain.html")
    assert not opened.page.is_visible("#zg-time")
    opened.page.context.close()
