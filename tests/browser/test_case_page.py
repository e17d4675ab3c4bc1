"""The case of a parcel in a real browser with the network shut: complete, nothing asked for, printed on A4."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from gis.reports import write_case_page
from gis.workflow import case_of, compute_run, write_sample_run

pytestmark = pytest.mark.browser
LOADED = "document.readyState === 'complete'"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("case")
    run_file = write_sample_run(folder / "zone", parcels=60, seed=1, as_of=dt.date(2026, 3, 31))
    loaded, measured = compute_run(run_file, today=dt.date(2026, 11, 25))
    parcels = measured.balances["idle_land"].parcels
    parcel = parcels.loc[parcels["route"] == "reclaim", "parcel_id"].iloc[0]
    for lang in ("zh", "en"):
        write_case_page(folder / f"{lang}.html", case_of(loaded, measured, parcel, lang=lang))
    return folder


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_asks_for_nothing_and_shows_the_clocks(open_page, pages, lang, shots):
    opened = open_page(pages / f"{lang}.html", wait=LOADED, viewport={"width": 1000, "height": 900})
    assert opened.refused == opened.complaints == []
    assert opened.read("document.querySelectorAll('.line svg rect').length") >= 4
    # Nothing is wider than the page, and no label of the time line runs out of it.
    assert opened.read("document.documentElement.scrollWidth <= window.innerWidth")
    outside = """[...document.querySelectorAll('.line text')].filter(text => {
        const own = text.getBoundingClientRect(), whole = text.ownerSVGElement.getBoundingClientRect();
        return own.left < whole.left - 1 || own.right > whole.right + 1;
    }).map(text => text.textContent)"""
    assert opened.read(outside) == []
    opened.page.screenshot(path=shots / f"case-{lang}.png", full_page=True)
    printed = opened.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2
    sizes = {tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox\s*\[([^\]]*)\]", printed)}
    assert {(round(width / 72 * 25.4), round(height / 72 * 25.4)) for *_, width, height in sizes} == {(210, 297)}
