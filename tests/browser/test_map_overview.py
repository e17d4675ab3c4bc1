"""Zoomed out: what is seen of each class is what there is of it, or no idle parcel is lost; the legend says which."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from gis.maps import draw_map
from gis.maps.views import signs

pytestmark = [pytest.mark.browser, pytest.mark.slow]
COUNT = 100_000
ZOOMS = (8, 9, 10)

#: Sums over all pixels of the parcels: red, green, blue (weighted by how far a pixel is covered), and cover.
SUMS = """([zoom, only]) => { const { map, parcels } = ZoneGIS.page;
  if (only !== null) parcels.hidden = parcels.signs.map((_, code) => code !== only);
  else parcels.hidden = parcels.signs.map(() => false);
  map.setView(ZoneGIS.page.bounds.getCenter(), zoom, { animate: false });
  parcels.redraw();
  const sums = [0, 0, 0, 0];
  for (const key of Object.keys(parcels._tiles)) {
    const el = parcels._tiles[key].el;
    const pixels = el.getContext("2d").getImageData(0, 0, el.width, el.height).data;
    for (let at = 0; at < pixels.length; at += 4) {
      for (let c = 0; c < 3; c++) sums[c] += (pixels[at + c] * pixels[at + 3]) / 255;
      sums[3] += pixels[at + 3] / 255;
    }
  }
  return sums; }"""
PURE = """([zoom, colour]) => { const { map, parcels } = ZoneGIS.page;
  map.setView(ZoneGIS.page.bounds.getCenter(), zoom, { animate: false });
  parcels.redraw();
  let found = 0;
  for (const key of Object.keys(parcels._tiles)) {
    const el = parcels._tiles[key].el;
    const pixels = el.getContext("2d").getImageData(0, 0, el.width, el.height).data;
    for (let at = 0; at < pixels.length; at += 4) {
      if (pixels[at + 3] === 255 && colour.every((value, c) => pixels[at + c] === value)) found++;
    }
  }
  return found; }"""


def rgb(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


@pytest.fixture(scope="module")
def zone(made):
    """A zone whose classes are unequal in size and lie in patches, so that a bias would show."""
    zone = made.make_zone(COUNT)
    x = zone.parcels.geometry.centroid.x.to_numpy()
    wave = np.sin((x - x.min()) / 4000)
    status = zone.idle.parcels["status"].where(wave < 0.9, "idle")
    return dataclasses.replace(
        zone, idle=dataclasses.replace(zone.idle, parcels=zone.idle.parcels.assign(status=status))
    )


@pytest.fixture(scope="module")
def opened(open_page, zone, tmp_path_factory):
    path = tmp_path_factory.mktemp("overview") / "map.html"
    draw_map(zone.parcels, zone.idle, boundary=zone.boundary).save(path)
    opened = open_page(path)
    yield opened
    assert opened.complaints == opened.refused == []
    opened.page.context.close()


@pytest.mark.parametrize("zoom", ZOOMS)
def test_shares_of_the_default_mode_are_true_within_a_point(opened, zone, zoom):
    table = zone.idle.parcels
    true = table.groupby("status")["area_m2"].sum() / table["area_m2"].sum()
    classes = opened.read("ZoneGIS.page.views.status.classes.map((item) => item.key)")
    cover = {key: opened.read(SUMS, [zoom, code])[3] for code, key in enumerate(classes)}
    shown = pd.Series(cover) / sum(cover.values())
    assert ((shown[true.index] - true).abs() < 0.01).all(), (shown, true)
    # The picture as a whole has the mean colour of the land, too.
    *sums, whole = opened.read(SUMS, [zoom, None])
    expected = sum(share * np.array(rgb(signs()["status"]["classes"][key]["fill"])) for key, share in true.items())
    assert np.abs(np.array(sums) / whole - expected).max() < 0.01 * 255
    assert whole == pytest.approx(sum(cover.values()), rel=0.02), "the land covers what its classes cover"


def test_the_other_mode_overstates_and_says_so(opened, zone, shots):
    opened.read(SUMS, [8, None])
    assert "平均颜色" in opened.page.text_content("#zg-overview-now")
    opened.page.screenshot(path=shots / "overview_mean.png")
    opened.page.check("#zg-overview-worst")
    assert "显示每一宗闲置地块" in opened.page.text_content("#zg-overview-now")
    table = zone.idle.parcels
    true = table.loc[table["status"] == "idle", "area_m2"].sum() / table["area_m2"].sum()
    idle = opened.read(PURE, [8, rgb(signs()["status"]["classes"]["idle"]["fill"])])
    whole = opened.read(SUMS, [8, None])[3]
    assert idle / whole > true + 0.05
    opened.page.screenshot(path=shots / "overview_worst.png")
    opened.page.click("#zg-lang-en")
    assert "Show every idle parcel" in opened.page.text_content("#zg-overview-now")
    opened.page.click("#zg-lang-zh")
    opened.page.check("#zg-overview-mean")
    opened.read("() => { ZoneGIS.page.map.setZoom(16, { animate: false }); }")
    assert "逐宗绘制" in opened.page.text_content("#zg-overview-now")


def test_one_idle_parcel_among_a_hundred_thousand_is_a_pixel(open_page, zone, tmp_path):
    status = pd.Series("in_production", index=zone.idle.parcels.index).mask(zone.idle.parcels.index == 54_321, "idle")
    idle = dataclasses.replace(zone.idle, parcels=zone.idle.parcels.assign(status=status))
    draw_map(zone.parcels, idle, boundary=zone.boundary).save(tmp_path / "one.html")
    opened = open_page(tmp_path / "one.html")
    red = rgb(signs()["status"]["classes"]["idle"]["fill"])
    assert opened.read(PURE, [8, red]) == 0, "a mean colour hides a single parcel"
    opened.page.check("#zg-overview-worst")
    assert [opened.read(PURE, [zoom, red]) for zoom in ZOOMS] == [1, 1, 1]
    opened.page.context.close()
