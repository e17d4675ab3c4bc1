"""Every theme looks as it did when somebody looked at it: pictures, made small, within a tolerance.

The pictures in ``tests/golden/maps`` are of the map alone, without letters, 64 pixels wide. After a change that is
meant, look at the screenshots and write them anew with ZONEGIS_GOLDEN=1.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest

from gis.maps import draw_map

pytestmark = pytest.mark.browser

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "maps"
THEMES = ("status", "ground", "age", "underused", "underused_class", "green", "mixed")
WIDTH, HEIGHT = 64, 40
#: Of 255: antialiasing moves a small picture's pixel by two or three, another class by thirty and more.
MEAN_TOLERANCE, PIXEL_TOLERANCE = 2.5, 24


@pytest.fixture(scope="module")
def opened(open_page, made, tmp_path_factory):
    zone = made.make_zone(96)
    path = tmp_path_factory.mktemp("golden") / "map.html"
    draw_map(zone.parcels, zone.idle, zone.green, zone.mix, **zone.layers()).save(path)
    opened = open_page(path)
    opened.page.uncheck("#zg-layer-labels")
    yield opened
    assert opened.complaints == opened.refused == []
    opened.page.context.close()


def small(picture: bytes) -> np.ndarray:
    """Return a screenshot as the mean colours of 64 × 40 fields."""
    from PIL import Image

    image = Image.open(io.BytesIO(picture)).convert("RGB")
    return np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.BOX), dtype=float)


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_looks_as_it_did(opened, theme):
    from PIL import Image

    opened.page.check(f"#zg-view-{theme}")
    if opened.page.is_checked("#zg-layer-green_spaces"):
        opened.page.uncheck("#zg-layer-green_spaces")
    box = opened.page.locator(".folium-map").bounding_box()
    middle = {"x": box["x"] + 60, "y": box["y"] + 130, "width": box["width"] - 120, "height": box["height"] - 220}
    found = small(opened.page.screenshot(clip=middle))
    file = GOLDEN / f"{theme}.png"
    if os.environ.get("ZONEGIS_GOLDEN"):
        GOLDEN.mkdir(parents=True, exist_ok=True)
        Image.fromarray(found.astype("uint8")).save(file)
    with Image.open(file) as image:
        apart = np.abs(found - np.asarray(image.convert("RGB"), dtype=float))
    assert apart.mean() < MEAN_TOLERANCE
    assert apart.max() < PIXEL_TOLERANCE


def test_the_themes_do_not_look_alike():
    """The comparison would notice one theme in the place of another."""
    from PIL import Image

    pictures = {}
    for theme in THEMES:
        with Image.open(GOLDEN / f"{theme}.png") as image:
            pictures[theme] = np.asarray(image.convert("RGB"), dtype=float)
    # Status and its reasons share most colours by design.
    for one, other in [(a, b) for a in THEMES for b in THEMES if a < b and {a, b} != {"status", "ground"}]:
        assert np.abs(pictures[one] - pictures[other]).max() > 2 * PIXEL_TOLERANCE, (one, other)
