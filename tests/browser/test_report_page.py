"""The report in a real browser: complete without script and network, sortable with, printable on A4."""

from __future__ import annotations

import dataclasses
import re

import made_report
import pytest

from gis.reports import write_report

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report with more than a page of parcels, by language."""
    strips = [
        {**made_report.PARCELS[0], "parcel_id": f"{number:04d}", "geometry": made_report.box(0, number * 10, 250, 10)}
        for number in range(40)
    ]
    content = made_report.make_content(parcels=strips)
    folder = tmp_path_factory.mktemp("report")
    for lang in ("zh", "en"):
        write_report(folder / f"{lang}.html", content, lang=lang)
    write_report(folder / "approved.html", dataclasses.replace(content, boundary_quality="approved"))
    return folder


@pytest.fixture
def shown(browser, report):
    """Open a page, and note whatever it asks for or complains of."""
    contexts = []

    def show(name: str = "zh", **options):
        context = browser.new_context(viewport={"width": 1000, "height": 900}, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (page.complaints.append("dialog"), dialog.dismiss()))
        page.goto((report / f"{name}.html").as_uri())
        return page

    yield show
    for context in contexts:
        context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_asks_for_nothing_and_runs_nothing_of_the_data(shown, lang):
    page = shown(lang)
    assert len(page.asked) == 1
    assert page.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_without_script_nothing_is_missing(shown):
    without, scripted = shown(java_script_enabled=False), shown()
    assert without.locator("table").count() == scripted.locator("table").count() > 10
    assert without.locator("tbody tr").count() == scripted.locator("tbody tr").count()
    assert without.locator(".filter").count() == 0
    assert scripted.locator(".filter").count() > 0


def test_a_long_table_sorts_by_mouse_and_keyboard_and_keeps_its_total_last(shown):
    page = shown()
    table = page.locator("table.long", has_text="闲置与可认定闲置地块")
    cells = lambda: table.locator("tbody tr td:first-child").all_text_contents()  # noqa: E731
    head = table.locator("th [role=button]").first
    head.click()
    up = cells()
    head.focus()
    page.keyboard.press("Enter")
    down = cells()
    assert up[-1] == down[-1] == "合计 40 宗"
    assert up[:-1] == down[:-1][::-1] == sorted(up[:-1])
    assert table.locator("th").first.get_attribute("aria-sort") == "descending"


def test_the_filter_hides_rows_and_counts_the_rest(shown):
    page = shown()
    block = page.locator(".table-block", has_text="闲置与可认定闲置地块")
    block.locator("input").fill("0007")
    assert block.locator("tbody tr:visible").count() == 2
    assert block.locator("output").text_content() == "1 行"


def test_charts_are_named_and_drawn(shown):
    page = shown()
    charts = page.locator("svg[role=img]")
    assert charts.count() == 6
    for place in range(charts.count()):
        chart = charts.nth(place)
        box = chart.bounding_box()
        assert box["width"] > 300
        assert box["height"] > 30
        named = chart.get_attribute("aria-labelledby").split()
        assert all(chart.locator(f"#{name}").text_content() for name in named)
        inside = "svg => { const b = svg.viewBox.baseVal; return [...svg.querySelectorAll('text')].every(t => "
        inside += "{ const r = t.getBBox(); return r.x >= 0 && r.x + r.width <= b.width }) }"
        assert chart.evaluate(inside)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_prints_on_a4_with_the_whole_face_on_the_first_page(shown, lang):
    page = shown(lang)
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    boxes = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed))
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(595, 842)}
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 900})
    face = page.locator(".contents").bounding_box()
    assert face["y"] + face["height"] < 297 / 25.4 * 96 - 34 / 25.4 * 96


def test_a_synthetic_boundary_is_named_wherever_one_looks(shown):
    page = shown()
    page.mouse.wheel(0, 5000)
    strip = page.locator(".strip")
    assert strip.is_visible()
    assert "虚构数据" in strip.text_content()
    assert shown("approved").locator(".strip").count() == 0
