"""The map as a drawing: true shapes, true figures, letters that are there, the same bytes twice."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gis.areas import ha_text
from gis.errors import OutputError
from gis.maps import prepare_sheet, static_map
from gis.maps.static_map import chinese_family, draw_static_map, save_static_map
from gis.maps.views import signs

needs_font = pytest.mark.skipif(
    chinese_family(["中"]) is None, reason="no Chinese font: apt-get install fonts-noto-cjk"
)


@pytest.fixture(scope="module")
def sheet(zone):
    return prepare_sheet(
        zone.parcels,
        zone.idle,
        zone.green,
        zone.mix,
        boundary=zone.boundary,
        roads=zone.roads,
        notes=("资料来源：样例",),
    )


def words_of(figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(lambda item: hasattr(item, "get_text")))


@needs_font
def test_the_sheet_says_what_the_page_says(sheet, zone):
    told = words_of(draw_static_map(sheet))
    for needed in (
        "样例综合保税区 土地利用状况图",
        "仅供内部使用",
        "2026-03-31",
        "EPSG:4549",
        "虚构数据",
        "北",
        "用地状态",
        "资料来源：样例",
    ):
        assert needed in told
    for status, rows in zone.idle.parcels.groupby("status"):
        assert f"{len(rows):,}" in told
        assert any(ha_text(item["m2"]) in told for item in sheet.views["status"].classes if item["key"] == status)
    assert ha_text(math.fsum(zone.idle.parcels["area_m2"])) in told
    assert "离线文件" not in told, "that is said of the page"


def test_in_english_and_in_every_theme(sheet):
    for view in sheet.views:
        told = words_of(draw_static_map(sheet, view=view, lang="en"))
        assert sheet.views[view].title[1] in told
        assert "SYNTHETIC DATA" in told and "Internal use only" in told


def test_a_metre_is_as_long_east_as_north_and_the_bar_is_its_own_length(sheet):
    figure = draw_static_map(sheet)
    axes = figure.axes[0]
    corner = axes.transData.transform([(0, 0), (1000, 0), (0, 1000)])
    assert corner[1, 0] - corner[0, 0] == pytest.approx(corner[2, 1] - corner[0, 1], rel=1e-9)
    label = next(text.get_text() for text in axes.texts if text.get_text().endswith("m"))
    metres = float(label.split()[0]) * (1000 if label.endswith("km") else 1)
    from matplotlib.patches import Rectangle

    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert sum(bar.get_width() for bar in bars) == pytest.approx(metres)


def test_every_parcel_has_the_colour_of_its_class(sheet, zone):
    """Patches are counted by colour: as many as the class has parcels."""
    from matplotlib.colors import to_hex

    axes = draw_static_map(sheet).axes[0]
    drawn = {}
    for collection in axes.collections:
        colour = to_hex(collection.get_facecolor()[0]) if len(collection.get_facecolor()) else None
        drawn[colour] = drawn.get(colour, 0) + len(collection.get_paths())
    for status, rows in zone.idle.parcels.groupby("status"):
        assert drawn[signs()["status"]["classes"][status]["fill"]] == len(rows)


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_the_same_bytes_twice(sheet, tmp_path, kind):
    for name in ("a", "b"):
        save_static_map(draw_static_map(sheet), tmp_path / f"{name}.{kind}")
    first = (tmp_path / f"a.{kind}").read_bytes()
    assert first == (tmp_path / f"b.{kind}").read_bytes()
    assert first[:4] == {"png": b"\x89PNG", "pdf": b"%PDF"}[kind]
    assert len(list(tmp_path.iterdir())) == 2


def test_without_a_chinese_font_it_speaks_english_or_says_what_lacks(sheet, zone, monkeypatch):
    monkeypatch.setattr(static_map, "FAMILIES", ())
    latin = prepare_sheet(zone.parcels, zone.idle, boundary=zone.boundary, title="Sample zone")
    told = words_of(draw_static_map(latin, lang="zh"))
    assert "Idle land" in told and "闲置" not in told
    with pytest.raises(OutputError, match="样例综合保税区") as caught:
        draw_static_map(sheet, lang="zh")
    assert "fonts-noto-cjk" in caught.value.text("zh")
    with pytest.raises(OutputError, match="boxes"):
        sheet.require_font("", "zh")


@needs_font
def test_no_letter_is_missing_from_the_chosen_font(sheet):
    """matplotlib warns of letters that it draws as boxes, and warnings are errors here."""
    figure = draw_static_map(sheet)
    figure.canvas.draw()
    assert chinese_family(["中\U0010fffd"]) is None


def test_the_arguments_are_left_as_they_were(sheet, zone):
    before = np.array(zone.parcels.geometry.to_wkb())
    draw_static_map(sheet)
    assert (np.array(zone.parcels.geometry.to_wkb()) == before).all()
