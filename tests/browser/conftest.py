"""A real headless Chromium with the network shut, for the pages that ZoneGIS writes."""

from __future__ import annotations

import dataclasses
import gc
import os
import time
from pathlib import Path

import made_zone
import pytest

from gis.maps import find_chromium

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
VIEW = {"width": 1400, "height": 900}
SHOWN = "performance.getEntriesByName('zonegis-shown').length > 0"


def _without_chromium(why: str):
    message = f"{why}: as root `apt-get install chromium fonts-noto-cjk`, and `pip install playwright`"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture(scope="session")
def browser():
    """Return one Chromium for all tests; without it they fail under CI=true and are skipped elsewhere."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _without_chromium("playwright is not installed")
    path = find_chromium()
    if path is None:
        _without_chromium("no Chromium found")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()
    gc.collect()  # what playwright leaves behind is collected here, not in somebody else's test


@dataclasses.dataclass
class Opened:
    """A page of the browser, and everything it did that it should not have."""

    page: object
    refused: list[str]
    complaints: list[str]

    def read(self, script: str, argument=None):
        return self.page.evaluate(script, argument)

    def wait_until(self, condition: str, *, seconds: float = 30.0):
        """Wait for a condition; the page's policy forbids eval, which playwright's own waiting uses to ask again."""
        end = time.monotonic() + seconds
        while not self.read(condition):
            assert time.monotonic() < end, f"not within {seconds:g} s: {condition}"
            self.page.wait_for_timeout(20)


@pytest.fixture(scope="session")
def open_page(browser):
    """Return a function that opens a file with every other request aborted and recorded."""
    contexts = []

    def opened(path: Path, *, wait: str = SHOWN, link: str = "", beside: bool = False, **options) -> Opened:
        context = browser.new_context(viewport=options.pop("viewport", VIEW), **options)
        contexts.append(context)
        refused, complaints = [], []
        address = path.resolve().as_uri()
        data = address.removesuffix(".html") + "-data-"

        def decide(route):
            url = route.request.url.partition("#")[0]
            if url == address or (beside and url.startswith(data)):
                route.continue_()
            else:
                refused.append(route.request.url)
                route.abort()

        context.route("**/*", decide)
        page = context.new_page()
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: refused.append(request.url))
        page.goto(address + link)
        shown = Opened(page, refused, complaints)
        shown.wait_until(wait)
        return shown

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def opened(open_page, path):
    """Open the page of a file's own ``path``; whatever a test does there, nothing is asked for and nothing complains."""
    opened = open_page(path)
    yield opened
    assert opened.refused == opened.complaints == []
    assert opened.read("window.__hacked") is None
    opened.page.context.close()


@pytest.fixture(scope="session")
def made():
    return made_zone


@pytest.fixture(scope="session")
def shots(tmp_path_factory) -> Path:
    """Return the folder the screenshots go to (set ZONEGIS_SHOTS to keep them)."""
    kept = os.environ.get("ZONEGIS_SHOTS")
    if kept:
        Path(kept).mkdir(parents=True, exist_ok=True)
        return Path(kept)
    return tmp_path_factory.mktemp("shots")
