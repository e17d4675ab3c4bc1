"""The map in a real browser with the network off."""

import datetime as dt
import os
import shutil

import pytest

from gis.workflow import run, write_sample_run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"]  # fmt: skip

pytestmark = [pytest.mark.browser]


@pytest.fixture(scope="module")
def page_of(tmp_path_factory):
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: apt-get install chromium")
        pytest.skip("Chromium is missing: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    folder = tmp_path_factory.mktemp("map") / "zone"
    result = run(write_sample_run(folder, parcels=80, seed=1, as_of=dt.date(2026, 3, 31)), today=dt.date(2026, 11, 24))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser, result
        browser.close()


@pytest.mark.parametrize("name", ["map.html", "report.html"])
def test_a_page_opens_without_the_network(page_of, name):
    browser, result = page_of
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    asked, errors = [], []
    page.route(
        "**/*",
        lambda route: (
            route.continue_()
            if route.request.url.startswith("file:")
            else (asked.append(route.request.url), route.abort())
        ),
    )
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((result.folder / name).as_uri())
    page.wait_for_timeout(800)
    assert not [url for url in asked if not url.startswith(("data:", "blob:"))]
    assert errors == []
    assert "示例综合保税区" in page.content()
    assert "虚构" in page.inner_text("body")
    page.screenshot(path=str(result.folder.parent / f"{name}.png"))
    page.close()
