"""The map inside a notebook's cell: a page in a frame, which has no address and no link of its own."""

from __future__ import annotations

import pytest

from gis.maps import draw_map

pytestmark = pytest.mark.browser


def test_the_map_works_inside_a_frame(open_page, made, tmp_path, shots):
    zone = made.make_zone(80)
    drawn = draw_map(zone.parcels, zone.idle, zone.green, zone.mix, **zone.layers(), history=made.made_history(zone))
    notebook = f"<!DOCTYPE html><title>notebook</title><h1>In [1]</h1>{drawn._repr_html_()}"
    (tmp_path / "notebook.html").write_text(notebook, "utf-8")
    opened = open_page(tmp_path / "notebook.html", wait="document.querySelector('iframe') !== null")
    frame = opened.page.frame_locator("iframe")
    frame.locator("#zg-classes tbody tr").first.wait_for()
    frame.locator("#zg-view-green").check()
    assert "绿地率" in frame.locator("#zg-classes h2").text_content()
    frame.locator("#zg-tab-table").click()
    frame.locator("#zg-table tbody button").first.click()
    assert frame.locator(".zg-popup h2").text_content() == frame.locator("#zg-table tbody button").first.text_content()
    opened.page.screenshot(path=shots / "notebook.png")
    assert opened.refused == opened.complaints == []
    opened.page.context.close()
