"""The map in a browser without a network: what a reader sees is what the tables say."""

from __future__ import annotations

import math
import random
import re

import numpy as np
import pandas as pd
import pytest
import shapely
from measured_page import POINT

from gis.areas import ha_text, m2_text, mu_text, percent_beside
from gis.maps import draw_map
from gis.maps.views import signs
from gis.schema import fact_label, text, texts_of

pytestmark = pytest.mark.browser
COUNT = 320


@pytest.fixture(scope="module")
def zone(made):
    return made.make_zone(COUNT)


@pytest.fixture(scope="module")
def path(zone, tmp_path_factory):
    drawn = draw_map(zone.parcels, zone.idle, zone.green, zone.mix, **zone.layers(), notes=("资料来源：样例",))
    file = tmp_path_factory.mktemp("map") / "地图 map.html"
    drawn.save(file)
    return file


def places(zone) -> tuple[shapely.STRtree, list[str], object]:
    """Return the parcels in degrees by a way of their own: a tree, and ids in its order."""
    shapes = zone.parcels.geometry.to_crs("EPSG:4490").array
    return shapely.STRtree(np.asarray(shapes)), list(zone.parcels["parcel_id"]), shapes


def popup_rows(opened) -> dict[str, str]:
    return dict(
        opened.read(
            """() => Array.from(document.querySelectorAll(".leaflet-popup dt"), (dt) =>
                 [dt.textContent, dt.nextSibling.textContent])"""
        )
    )


def popup_id(opened) -> str | None:
    found = opened.page.query_selector(".leaflet-popup .zg-popup h2")
    return found.text_content() if found else None


def close_popup(opened) -> None:
    opened.read("() => { ZoneGIS.page.map.closePopup(ZoneGIS.page.popup); }")


def test_it_loads_from_a_file_without_a_request_or_a_complaint(opened, zone, shots):
    assert opened.read("performance.getEntriesByType('resource').length") == 0
    assert opened.page.title() == "样例综合保税区 土地利用状况图"
    assert opened.page.text_content(".zg-internal") == "仅供内部使用"
    assert all(word in opened.page.text_content(".zg-secrecy") for word in ("测绘成果保密", "地图审核", "GCJ-02"))
    assert "2026-03-31" in opened.page.text_content("#zg-facts")
    assert "EPSG:4549" in opened.page.text_content("#zg-facts")
    assert opened.page.is_visible("#zg-quality")
    assert "虚构数据" in opened.page.text_content("#zg-quality")
    assert opened.page.text_content(".leaflet-control-attribution") == "Leaflet 1.9.4 · ZoneGIS"
    assert opened.page.query_selector(".leaflet-control-attribution svg") is None
    opened.page.screenshot(path=shots / "map_zh.png")


def click_parcels(opened, zone, *, count: int, seed: int) -> int:
    """Click on pixels that lie in a parcel and say which should answer; return how many did."""
    tree, ids, _ = places(zone)
    rng = random.Random(seed)
    box = opened.page.locator(".folium-map").bounding_box()
    answered = 0
    while answered < count:
        x = rng.randrange(int(box["x"]) + 20, int(box["x"] + box["width"]) - 20)
        y = rng.randrange(int(box["y"]) + 20, int(box["y"] + box["height"]) - 20)
        lon, lat, on_control = opened.read(POINT, [x, y])
        here = [ids[i] for i in tree.query(shapely.Point(lon, lat), predicate="within")]
        if not here or on_control:
            continue
        opened.page.mouse.click(x, y)
        assert popup_id(opened) == here[0], (x, y, lon, lat)
        answered += 1
        close_popup(opened)
        opened.read("() => { ZoneGIS.page.map.fitBounds(ZoneGIS.page.bounds, { animate: false }); }")
    return answered


def test_clicks_open_the_parcel_that_is_there(opened, zone):
    assert click_parcels(opened, zone, count=30, seed=11) == 30


def test_the_hit_test_is_exact(opened, zone):
    tree, ids, shapes = places(zone)
    rng = np.random.default_rng(5)
    west, south, east, north = shapely.total_bounds(np.asarray(shapes))
    points = np.column_stack([rng.uniform(west, east, 4000), rng.uniform(south, north, 4000)])
    found = opened.read(
        """(points) => points.map(([lng, lat]) => ZoneGIS.page.parcels.shapes.hits({ lat, lng })
             .map((i) => ZoneGIS.page.parcels.read("id", i)))""",
        points.tolist(),
    )
    edges = shapely.union_all(shapely.boundary(np.asarray(shapes)))
    unsure = shapely.distance(edges, shapely.points(points)) < 3e-7
    wrong = 0
    for place, hits in enumerate(found):
        expected = sorted(ids[i] for i in tree.query(shapely.Point(points[place]), predicate="within"))
        wrong += not unsure[place] and sorted(hits) != expected
    assert wrong == 0
    assert unsure.sum() < 20
    assert sum(bool(hits) for hits in found) > 3000


def expected_rows(zone, place: int) -> dict[str, str]:
    """Return what the page has to say of a parcel, written from the tables alone."""
    parcel, idle = zone.parcels.iloc[place], zone.idle.parcels.iloc[place]
    green, mix = zone.green.parcels.iloc[place], zone.mix.parcels.iloc[place]
    day = lambda value: "" if pd.isna(value) else f"{value:%Y-%m-%d}"  # noqa: E731
    m2 = lambda value: f"{m2_text(value)} m²"  # noqa: E731
    mu = lambda value: f"{m2(value)} · {mu_text(value)} 亩"  # noqa: E731
    words = lambda *parts: " · ".join(part for part in parts if part)  # noqa: E731
    told = {"met": "是", "not_met": "否", "undetermined": "待定（缺资料）"}
    facts = dict.fromkeys(part for cell in (idle["missing"], idle["underused_missing"]) for part in cell.split(";"))
    lacking = "；".join("或".join(fact_label(name) for name in part.split("|")) for part in facts if part)
    share = mix_shares(zone, parcel["parcel_id"])
    percent = percent_beside(green["green_ratio"], 0.2)
    margin = ("缺口 " + m2(green["shortfall_m2"])) if green["shortfall_m2"] > 0 else ("富余 " + m2(green["surplus_m2"]))
    rows = {
        "土地使用权人": parcel["holder"],
        "用地性质": {"1001": "工业用地 1001", "1101": "物流仓储用地 1101", "0901": "商业用地 0901"}[
            parcel["land_use_code"]
        ],
        "用地状态": text(f"status.{idle['status']}", "zh"),
        "判定理由": text(f"idle.{idle['ground']}", "zh"),
        "起始日期": day(idle["status_since"]),
        "起算日": words(day(idle["clock_start"]), "约定（规定）动工日期" if idle["clock_start_ground"] else ""),
        "法规依据": idle["citation"],
        "处置途径": "征缴土地闲置费（第十四条第一项）" if idle["route"] else "",
        "下一节点": words(day(idle["next_date"]), "可无偿收回（第十四条第二项）" if idle["next_event"] else ""),
        "低效用地": words(
            told[idle["underused"]], text(f"idle.{idle['underused_class']}", "zh") if idle["underused_class"] else ""
        ),
        "低效依据": idle["underused_citation"],
        "缺少资料": "；".join(part for part in (lacking, "地上建筑面积") if part),
        "图形面积": mu(idle["area_m2"]),
        "证载面积": "" if pd.isna(parcel["legal_area_m2"]) else mu(parcel["legal_area_m2"]),
        "绿地率": f"{percent}，" + ("达到下限" if green["verdict"] == "met" else "低于下限"),
        "绿地率下限": "20.00% · 区域总量下限（仅供对照；单个地块可低于此值） · 《上海市绿化条例》第十五条",
        "绿地盈缺": margin if max(green["shortfall_m2"], green["surplus_m2"]) >= 0.005 else "",
        "用途构成": share,
        "有效用途数": f"{mix['hill_1']:.2f}",
        "混合用地": "待定（缺资料）",
        "资料来源": f"parcels.gpkg，第 {parcel['source_row']} 行",
    }
    return {label: value for label, value in rows.items() if value}


def mix_shares(zone, parcel_id: str) -> str:
    shares = zone.mix.tables["shares"]
    own = shares[(shares["parcel_id"] == parcel_id) & (shares["area_m2"] > 0)].sort_values("share", ascending=False)
    names = {"industrial": "工业", "logistics": "物流仓储"}
    return "、".join(f"{names[row.land_use_group]} {round(row.share * 10_000) / 100:.1f} %" for row in own.itertuples())


def test_every_value_of_300_parcels_is_the_table_s(opened, zone):
    shown = opened.read(
        """() => Array.from({ length: ZoneGIS.page.parcels.shapes.count }, (_, i) => {
             const node = ZoneGIS.describe([i], i);
             const text = (tag) => Array.from(node.querySelectorAll(tag), (item) => item.textContent);
             return [text("h2")[0], text("h3")[0], text("dt"), text("dd")];
           })"""
    )
    by_id = {id_: (name, dict(zip(labels, values, strict=True))) for id_, name, labels, values in shown}
    assert len(by_id) == COUNT >= 300
    for place, parcel in enumerate(zone.parcels.itertuples()):
        name, rows = by_id[parcel.parcel_id]
        assert name == parcel.parcel_name
        expected = expected_rows(zone, place)
        differing = {
            key: (rows.get(key), expected.get(key))
            for key in rows.keys() | expected.keys()
            if rows.get(key) != expected.get(key)
        }
        # A share on the edge of rounding may go either way between two ways of writing it.
        assert set(differing) <= {"用途构成", "有效用途数"}, (parcel.parcel_id, differing)
        for found, wanted in differing.values():
            numbers = [np.array([float(n) for n in re.findall(r"[\d.]+", line)]) for line in (found, wanted)]
            assert np.allclose(*numbers, atol=0.1001), (found, wanted)


def test_hostile_names_are_shown_as_text_everywhere(opened, zone, made):
    opened.page.click("#zg-tab-table")
    opened.page.select_option("#zg-scope", "all")
    for place, hostile in enumerate(made.HOSTILE):
        id_ = zone.parcels["parcel_id"][place]
        opened.read("(id) => { ZoneGIS.findParcel(ZoneGIS.page.parcels.placeOf(id)); }", id_)
        assert opened.page.text_content(".zg-popup h3") == hostile
        row = opened.page.locator(f'#zg-table tr[data-parcel="{id_}"] td').first
        assert row.text_content() == hostile
        opened.page.fill("#zg-search", id_)
        opened.page.wait_for_selector("#zg-results li")
        assert hostile in opened.page.text_content("#zg-results li:first-child")
    assert opened.page.query_selector("#zg-panel img, .zg-popup img") is None
    opened.page.wait_for_timeout(50)


def test_search_tells_look_alike_ids_apart(opened):
    def found() -> list[str]:
        return opened.read("Array.from(document.querySelectorAll('#zg-results li b'), (b) => b.textContent)")

    opened.page.fill("#zg-search", "001")
    assert found()[:2] == ["001", "0001"]
    assert "1" not in found()
    assert opened.read("ZoneGIS.page.search.found.every((i) => ZoneGIS.page.parcels.read('id', i).includes('001'))")
    opened.page.fill("#zg-search", "1")
    assert found()[0] == "1"
    opened.page.fill("#zg-search", "００１")
    assert found()[0] == "001", "full-width digits of an input method are the same digits"
    opened.page.fill("#zg-search", "外高桥第13实业")
    assert opened.page.text_content("#zg-found") == f"找到 {sum(i % 97 == 13 for i in range(COUNT))} 个地块"
    opened.page.fill("#zg-search", "没有这样的名称")
    assert opened.page.text_content("#zg-found") == "没有匹配的地块"
    opened.page.fill("#zg-search", "")
    assert opened.page.text_content("#zg-found") == ""


def test_search_waits_for_an_input_method(opened):
    opened.page.focus("#zg-search")
    session = opened.page.context.new_cdp_session(opened.page)
    session.send("Input.imeSetComposition", {"text": "1", "selectionStart": 1, "selectionEnd": 1})
    assert opened.page.input_value("#zg-search") == "1"
    assert opened.page.locator("#zg-results li").count() == 0, "an unfinished composition is not a question"
    session.send("Input.insertText", {"text": "外高桥第5实业"})
    opened.page.wait_for_selector("#zg-results li")
    assert "找到" in opened.page.text_content("#zg-found")
    assert "外高桥第5实业有限公司" in opened.page.text_content("#zg-results li:first-child")


def test_search_by_keyboard_alone_and_back(opened, shots):
    page = opened.page
    page.keyboard.press("Tab")
    assert opened.read("document.activeElement.id") == "zg-skip"
    while opened.read("document.activeElement.id") != "zg-search":
        page.keyboard.press("Tab")
    page.keyboard.type("310115-0002")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    active = page.get_attribute("#zg-search", "aria-activedescendant")
    wanted = page.get_attribute(f"#{active}", "data-parcel")
    assert wanted == "310115-00021"
    page.keyboard.press("Enter")
    assert popup_id(opened) == wanted
    assert opened.read("document.activeElement.className") == "zg-copy"
    page.screenshot(path=shots / "popup_zh.png")
    page.keyboard.press("Escape")
    opened.wait_until("!document.querySelector('.leaflet-popup')")
    assert opened.read("document.activeElement.id") == "zg-search"


def test_tabs_and_table_by_keyboard(opened):
    page = opened.page
    page.focus("#zg-tab-legend")
    page.keyboard.press("ArrowRight")
    assert page.is_visible("#zg-table table")
    assert page.get_attribute("#zg-tab-table", "aria-selected") == "true"
    first = page.locator("#zg-table tbody button").first
    first.focus()
    page.keyboard.press("Enter")
    assert popup_id(opened) == first.text_content()
    assert page.get_attribute("#zg-table tbody tr", "aria-current") == "true"
    page.keyboard.press("Escape")
    opened.wait_until("!document.querySelector('.leaflet-popup')")
    assert opened.read("document.activeElement === document.querySelector('#zg-table tbody button')")


def table_rows(opened) -> list[list[str]]:
    return opened.read(
        """() => Array.from(document.querySelectorAll("#zg-table tbody tr"), (tr) =>
             Array.from(tr.children, (cell) => cell.textContent))"""
    )


def test_the_table_lists_what_the_balance_lists(opened, zone, shots):
    idle = zone.idle.parcels
    wanted = idle[idle["status"].isin(["idle", "idle_recognisable"]) | (idle["underused"] == "met")].sort_values(
        "parcel_id"
    )
    opened.page.click("#zg-tab-table")
    rows = table_rows(opened)
    assert [row[0] for row in rows] == wanted["parcel_id"].tolist()[:100]
    for row, expected in zip(rows, wanted.itertuples(), strict=False):
        status = text(f"status.{expected.status}", "zh") + ("；低效" if expected.underused == "met" else "")
        cited = "；".join(part for part in (expected.citation, expected.underused_citation) if part)
        since = "" if pd.isna(expected.status_since) else f"{expected.status_since:%Y-%m-%d}"
        assert row == [expected.parcel_id, expected.parcel_name, status, since, m2_text(expected.area_m2), cited]
    opened.page.screenshot(path=shots / "table_zh.png")
    opened.page.click("#zg-sort-area")
    opened.page.click("#zg-sort-area")
    areas = [float(row[4].replace(",", "")) for row in table_rows(opened)]
    assert areas == sorted(areas, reverse=True)
    opened.page.select_option("#zg-scope", "all")
    seen = [row[0] for row in table_rows(opened)]
    while opened.page.is_enabled("#zg-after"):
        opened.page.click("#zg-after")
        seen += [row[0] for row in table_rows(opened)]
    assert sorted(seen) == sorted(zone.parcels["parcel_id"])


def legend(opened) -> dict[str, tuple[str, str]]:
    rows = opened.read(
        """() => Array.from(document.querySelectorAll("#zg-classes tbody tr, #zg-classes tfoot tr"), (tr) =>
             [tr.getAttribute("data-class") || "total", tr.children[1].textContent, tr.children[2].textContent])"""
    )
    return {key: (count, ha) for key, count, ha in rows}


def test_the_legend_counts_what_the_table_holds(opened, zone):
    shown = legend(opened)
    for status, rows in zone.idle.parcels.groupby("status"):
        assert shown[status][0] == f"{len(rows):,}"
        assert shown[status][1] == ha_text(math.fsum(rows["area_m2"]))
    assert shown["total"] == (f"{COUNT:,}", ha_text(math.fsum(zone.idle.parcels["area_m2"])))
    opened.page.check("#zg-view-underused")
    assert legend(opened)["met"][0] == str((zone.idle.parcels["underused"] == "met").sum())


PIXEL = """(id) => {
  const parcels = ZoneGIS.page.parcels, map = ZoneGIS.page.map;
  const i = parcels.placeOf(id);
  const [x, y] = parcels.shapes.labelPlace(i);
  const at = map.latLngToContainerPoint(map.options.crs.pointToLatLng(L.point(x, y), 0));
  const box = map.getContainer().getBoundingClientRect();
  for (const key of Object.keys(parcels._tiles)) {
    const el = parcels._tiles[key].el, r = el.getBoundingClientRect();
    const px = ((box.x + at.x - r.x) / r.width) * el.width, py = ((box.y + at.y - r.y) / r.height) * el.height;
    if (px >= 0 && py >= 0 && px < el.width && py < el.height && el.width > 1) {
      // Read from a canvas of one pixel, since reading a tile back would change how it is kept.
      const one = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
      one.drawImage(el, -Math.floor(px), -Math.floor(py));
      return Array.from(one.getImageData(0, 0, 1, 1).data);
    }
  }
  return null;
}"""


def rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def test_colours_on_the_canvas_are_those_of_the_class(opened, zone):
    opened.page.uncheck("#zg-layer-labels")
    status = signs()["status"]["classes"]
    checked = 0
    for parcel in zone.idle.parcels.itertuples():
        if "pattern" in status[parcel.status]:
            continue
        pixel = opened.read(PIXEL, parcel.parcel_id)
        assert pixel[:3] == rgb(status[parcel.status]["fill"]), (parcel.parcel_id, parcel.status)
        checked += 1
    assert checked > 200


def test_a_class_can_be_hidden_and_is_then_not_there_to_click(opened, zone):
    opened.page.uncheck("#zg-layer-labels")
    one = zone.idle.parcels.query("status == 'in_production'").iloc[0]
    before = legend(opened)
    opened.page.uncheck("#zg-class-in_production")
    assert opened.read(PIXEL, one["parcel_id"])[3] == 0
    assert legend(opened) == before
    hits = """(id) => { const p = ZoneGIS.page.parcels, i = p.placeOf(id);
        const [x, y] = p.shapes.labelPlace(i), m = ZoneGIS.page.map;
        const at = m.latLngToContainerPoint(m.options.crs.pointToLatLng(L.point(x, y), 0));
        const box = m.getContainer().getBoundingClientRect(); return [box.x + at.x, box.y + at.y]; }"""
    at = opened.read(hits, one["parcel_id"])
    opened.page.mouse.click(*at)
    assert popup_id(opened) is None
    opened.page.check("#zg-class-in_production")
    assert opened.read(PIXEL, one["parcel_id"])[:3] == rgb(signs()["status"]["classes"]["in_production"]["fill"])
    opened.page.mouse.click(*at)
    assert popup_id(opened) == one["parcel_id"]


def test_themes_and_layers_switch(opened, zone, shots):
    opened.page.uncheck("#zg-layer-labels")
    one = zone.green.parcels.iloc[10]
    diff = round(one["green_ratio"] - 0.2, 9)
    key = ["below_10", "below_5", "below_0", "above_0", "above_5", "above_10"][
        int(np.searchsorted([-0.1, -0.05, 0, 0.05, 0.1], diff, side="right"))
    ]
    assert not opened.page.is_checked("#zg-layer-green_spaces")
    opened.page.check("#zg-view-green")
    assert opened.page.is_checked("#zg-layer-green_spaces"), "the green theme brings the green spaces"
    assert opened.read(PIXEL, one["parcel_id"])[:3] == rgb(signs()["green"]["classes"][key]["fill"])
    assert sum(int(count.replace(",", "")) for name, (count, _) in legend(opened).items() if name != "total") == COUNT
    opened.page.screenshot(path=shots / "green_zh.png")
    for name in ("roads", "boundary", "green_spaces", "parcels"):
        opened.page.uncheck(f"#zg-layer-{name}")
        assert not opened.read("(name) => ZoneGIS.page.map.hasLayer(ZoneGIS.page.layers[name])", name)
        opened.page.check(f"#zg-layer-{name}")
        assert opened.read("(name) => ZoneGIS.page.map.hasLayer(ZoneGIS.page.layers[name])", name)
    opened.page.check("#zg-view-mixed")
    assert "希尔数" in opened.page.text_content("#zg-classes")


def test_the_whole_page_changes_its_language(opened, zone, shots):
    opened.read("ZoneGIS.findParcel(ZoneGIS.page.parcels.placeOf('310115-00021'))")
    chinese = opened.page.inner_text("body")
    opened.page.click("#zg-lang-en")
    assert opened.page.get_attribute("html", "lang") == "en"
    assert opened.page.title() == "样例综合保税区 – Land-use status map"
    assert "SYNTHETIC DATA" in opened.page.text_content("#zg-quality")
    assert opened.page.text_content("#zg-tab-notes") == "Notes"
    rows = popup_rows(opened)
    assert {"Holder", "Status of use", "Measured area", "Green ratio", "Source"} <= set(rows)
    assert rows["Source"] == "parcels.gpkg, row 21"
    assert rows["Measured area"].endswith(" mu")
    assert legend(opened)["total"][0] == f"{COUNT:,}"
    opened.page.screenshot(path=shots / "map_en.png")
    chrome = opened.read(
        """Array.from(document.querySelectorAll("[data-word], #zg-classes th, #zg-layers label"),
             (node) => node.textContent).join(" ")"""
    )
    assert re.findall(r"[\u4e00-\u9fff]+", chrome) == []
    opened.page.click("#zg-tab-notes")
    assert texts_of("idle")["note_data_date"]["en"] in opened.page.text_content("#zg-notes")
    opened.page.click("#zg-lang-zh")
    opened.page.click("#zg-tab-legend")
    assert opened.page.inner_text("body") == chinese


def test_it_opens_in_english_when_asked(open_page, zone, tmp_path):
    drawn = draw_map(zone.parcels, zone.idle, boundary=zone.boundary.assign(boundary_quality="approved"), lang="en")
    drawn.save(tmp_path / "en.html")
    opened = open_page(tmp_path / "en.html")
    assert opened.page.text_content("#zg-tab-legend") == "Legend"
    assert not opened.page.is_visible("#zg-quality"), "an approved boundary needs no warning"
    assert opened.page.locator("#zg-views input").count() == 5
    assert opened.complaints == opened.refused == []
    opened.page.context.close()


def test_a_parcel_is_copied_as_text(open_page, path):
    opened = open_page(path, permissions=["clipboard-read", "clipboard-write"])
    opened.read("ZoneGIS.findParcel(ZoneGIS.page.parcels.placeOf('001'))")
    opened.page.click(".zg-copy")
    opened.wait_until("document.querySelector('.zg-actions [role=status]').textContent === '已复制'")
    copied = opened.read("navigator.clipboard.readText()")
    assert copied.startswith("地块编号：001\n地块名称：<img src=x onerror=")
    assert "用地状态：闲置土地" in copied
    assert "基准日：2026-03-31" in copied
    assert copied.rstrip().endswith("与任何真实地块无关。")
    opened.page.context.close()


def test_overlapping_parcels_are_all_offered(open_page, made, tmp_path):
    zone = made.make_zone(4)
    parcels = zone.parcels.copy()
    parcels.loc[1, "geometry"] = parcels.geometry[0].buffer(-20)
    draw_map(parcels, zone.idle, boundary=zone.boundary).save(tmp_path / "overlap.html")
    opened = open_page(tmp_path / "overlap.html")
    inside = parcels.to_crs("EPSG:4326").geometry[1].representative_point()
    at = opened.read(
        "([lat, lng]) => { const p = ZoneGIS.page.map.latLngToContainerPoint([lat, lng]); return [p.x, p.y]; }",
        [inside.y, inside.x],
    )
    box = opened.page.locator(".folium-map").bounding_box()
    opened.page.mouse.click(box["x"] + at[0], box["y"] + at[1])
    offered = opened.page.locator(".zg-others button")
    assert sorted(offered.all_text_contents()) == ["001", "1"]
    offered.filter(has_text=re.compile("^1$")).click()
    assert popup_id(opened) == "1"
    opened.page.context.close()


def test_a_browser_without_unzipping_reads_the_same(browser, path, opened):
    old = browser.new_context(viewport={"width": 1400, "height": 900})
    old.add_init_script("delete window.DecompressionStream; delete Uint8Array.fromBase64;")
    page = old.new_page()
    page.goto(path.resolve().as_uri())
    while not page.evaluate("performance.getEntriesByName('zonegis-shown').length"):
        page.wait_for_timeout(20)
    assert page.evaluate("typeof DecompressionStream") == "undefined"
    everything = """() => Array.from({ length: ZoneGIS.page.parcels.shapes.count }, (_, i) =>
        [ZoneGIS.textOf(i), ZoneGIS.page.parcels.shapes.rings(i)])"""
    assert page.evaluate(everything) == opened.read(everything)
    old.close()


def test_data_that_cannot_be_read_is_said(open_page, path, tmp_path):
    broken = path.read_text("utf-8").replace('id="zonegis-parcels" data-size="', 'id="zonegis-parcels" data-size="1')
    (tmp_path / "broken.html").write_text(broken, "utf-8")
    opened = open_page(tmp_path / "broken.html", wait="!document.getElementById('zg-quality').hidden")
    assert "无法读取本页数据" in opened.page.text_content("#zg-quality")
    opened.page.context.close()


def test_paper_has_title_legend_scale_and_the_whole_map(opened, shots):
    sheet = opened.page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    width, height = (float(number) for number in re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", sheet).groups())
    assert (width / 72 * 25.4, height / 72 * 25.4) == pytest.approx((420, 297), abs=1)
    assert opened.read("document.body.className") == "", "after printing the screen is as before"
    opened.page.set_viewport_size({"width": 1527, "height": 1062})
    opened.read("ZoneGIS.toPaper()")
    opened.page.emulate_media(media="print")
    opened.page.screenshot(path=shots / "paper_zh.png")
    for kept in (
        "#zg-title",
        ".zg-internal",
        "#zg-quality",
        "#zg-classes",
        "#zg-notes",
        ".leaflet-control-scale",
        ".zg-north",
    ):
        assert opened.page.is_visible(kept), kept
    for gone in ("#zg-search", "#zg-print", "#zg-tab-legend", ".leaflet-control-zoom", "#zg-table"):
        assert not opened.page.is_visible(gone), gone
    covered = opened.read(
        """() => { const box = ZoneGIS.page.map.getContainer().getBoundingClientRect();
             const tiles = Object.values(ZoneGIS.page.parcels._tiles).map((tile) => tile.el.getBoundingClientRect());
             const least = (side) => Math.min(...tiles.map((tile) => tile[side]));
             const most = (side) => Math.max(...tiles.map((tile) => tile[side]));
             return [box.left >= least("left"), box.right <= most("right"), box.top >= least("top"),
                     box.bottom <= most("bottom"), ZoneGIS.page.map.getBounds().contains(ZoneGIS.page.bounds)]; }"""
    )
    assert covered == [True] * 5, "no blank tile, and the zone is whole"
    long = opened.read(
        """() => { ZoneGIS.toScreen();
             for (let i = 0; i < 16; i++) ZoneGIS.page.facts.notes.push("一条较长的说明。".repeat(12));
             document.getElementById("zg-lang-zh").click();
             ZoneGIS.toPaper();
             const notes = document.getElementById("zg-notes");
             return [notes.scrollHeight <= notes.clientHeight, parseFloat(getComputedStyle(notes).fontSize)]; }"""
    )
    assert long[0], "no note is cut off"
    assert 6 <= long[1] < 12
    opened.read("ZoneGIS.toScreen()")
