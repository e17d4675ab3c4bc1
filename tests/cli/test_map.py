"""``zonegis map``: a page, and sheets by a browser or by a drawing."""

from __future__ import annotations

import json
import re
import struct

import pytest

from gis.maps import chinese_family, find_chromium

needs_font = pytest.mark.skipif(
    chinese_family(["中"]) is None, reason="no Chinese font: apt-get install fonts-noto-cjk"
)


def told(text: str) -> dict:
    return json.loads(text[text.index("{") :])


def test_without_a_target_the_page_stands_beside_the_results(zonegis, zone):
    code, said = zonegis("map", zone.run_file)
    page = zone.folder / "results-map.html"
    assert code == 0
    assert "已写出地图网页" in said
    assert '<html lang="zh-CN">' in page.read_text("utf-8")


def test_more_parcels_than_one_file_takes_are_said(zonegis, zone):
    code, said = zonegis("map", zone.run_file, "--output", zone.folder / "big.html", "--one-file-limit", "2")
    (folder,) = zone.folder.glob("big-data-*")
    said = "".join(said.split())
    assert code == 0
    assert "超过单个文件的上限2个" in said and folder.name in said
    code, said = zonegis("map", zone.run_file, "--output", zone.folder / "big.html", "--json")
    assert (code, list(zone.folder.glob("big-data-*"))) == (0, [])
    assert told(said)["written"] == {str(zone.folder / "big.html"): "page"}


@needs_font
def test_a_drawing_needs_no_browser(zonegis, zone, monkeypatch):
    monkeypatch.setattr("gis.workflow.maps.find_chromium", lambda: None)
    code, said = zonegis("map", zone.run_file, "--png", zone.folder / "a.png", "--pdf", zone.folder / "a.pdf", "--json")
    assert code == 0
    assert set(told(said)["written"].values()) == {"drawing"}
    width, height = struct.unpack(">II", (zone.folder / "a.png").read_bytes()[16:24])
    assert width / height == pytest.approx(420 / 297, abs=0.002)
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", (zone.folder / "a.pdf").read_bytes())
    assert [float(side) / 72 * 25.4 for side in box.groups()] == pytest.approx([420, 297], abs=1)


@needs_font
@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium: apt-get install chromium")
def test_a_browser_prints_one_sheet(zonegis, zone):
    png, pdf = zone.folder / "b.png", zone.folder / "b.pdf"
    code, said = zonegis(
        "map", zone.run_file, "--png", png, "--pdf", pdf, "--theme", "ground", "--lang", "en", "--json"
    )
    assert code == 0
    assert set(told(said)["written"].values()) == {"browser"}
    assert struct.unpack(">II", png.read_bytes()[16:24]) == (3054, 2124)
    sheet = pdf.read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", sheet)
    assert [float(side) / 72 * 25.4 for side in box.groups()] == pytest.approx([420, 297], abs=1)
    assert colours_of(png) > 8, "the parcels are on the sheet"
    assert sorted(path.name for path in zone.folder.iterdir()) == ["RUN.yaml", "b.pdf", "b.png"]


def colours_of(png) -> int:
    """Count colours that cover more than a thousandth of a picture."""
    import numpy as np
    from matplotlib.image import imread

    pixels = (imread(png)[::3, ::3, :3] * 255).astype(int).reshape(-1, 3)
    _, counts = np.unique(pixels, axis=0, return_counts=True)
    return int((counts > len(pixels) / 1000).sum())


def test_a_failing_browser_leaves_the_former_sheet_and_says_why(zonegis, zone, monkeypatch, tmp_path):
    from pathlib import Path

    if chinese_family(["中"]) is None:
        pytest.skip("no Chinese font")
    broken = tmp_path / "browser"
    broken.write_text("#!/bin/sh\necho 'no display here' >&2\nexit 9\n")
    broken.chmod(0o755)
    monkeypatch.setattr("gis.workflow.maps.find_chromium", lambda: Path(broken))
    (zone.folder / "c.png").write_text("former")
    code, said = zonegis("map", zone.run_file, "--png", zone.folder / "c.png", "--overwrite")
    assert code == 3
    assert "no display here" in said
    assert (zone.folder / "c.png").read_text() == "former"


def test_quotas_are_a_theme_and_bad_ones_are_refused(zonegis, zone):
    parcel = str(zone.table("parcels").iloc[0, 0])
    (zone.folder / "q.csv").write_text(f"parcel_id,quota_ratio\n{parcel},0\n", "utf-8")
    assert zonegis("map", zone.run_file, "--quotas", zone.folder / "q.csv", "-o", zone.folder / "q.html")[0] == 0
    (zone.folder / "bad.csv").write_text(f"parcel_id,quota_ratio\n{parcel},many\n", "utf-8")
    code, said = zonegis("map", zone.run_file, "--quotas", zone.folder / "bad.csv", "-o", zone.folder / "bad.html")
    assert code in {1, 3}
    assert "many" in said
    assert not (zone.folder / "bad.html").exists()


def test_a_theme_that_is_not_there_is_named_with_those_that_are(zonegis, zone):
    code, said = zonegis("map", zone.run_file, "--png", zone.folder / "d.png", "--theme", "weather", "--lang", "en")
    assert code == 3
    assert "'weather'" in said and "status" in said and "green" in said


def test_the_slider_comes_on_request(zonegis, zone):
    page = zone.folder / "time.html"
    assert zonegis("map", zone.run_file, "-o", page, "--since", "2026-01-01")[0] == 0
    assert "逐日" in page.read_text("utf-8") or "每一日" in page.read_text("utf-8")
    code, said = zonegis("map", zone.run_file, "-o", page, "--since", "2026-04-01")
    assert code == 3
    assert "2026-04-01" in said


def test_two_days_and_two_runs_are_compared(zonegis, zone):
    code, said = zonegis("map", zone.run_file, "--compare", "2025-03-31")
    assert code == 0
    page = (zone.folder / "results-comparison.html").read_text("utf-8")
    assert '"first_name":["2025-03-31","2025-03-31"]' in page
    other = zone.folder / "OTHER.yaml"
    other.write_text(zone.run_file.read_text("utf-8").replace("title: ", "title: base of ", 1), "utf-8")
    code, said = zonegis("map", zone.run_file, "--against", other, "-o", zone.folder / "two.html", "--lang", "en")
    assert code == 0, said
    assert '"first_name":["base of ' in (zone.folder / "two.html").read_text("utf-8")
    assert zonegis("map", zone.run_file, "--against", other, "--compare", "2025-03-31")[0] == 2
    assert zonegis("map", zone.run_file, "--since", "2025-01-01", "--compare", "2025-03-31")[0] == 2
    assert zonegis("map", zone.run_file, "--theme", "green")[0] == 2
    assert zonegis("map", zone.run_file, "--compare", "2012-06-30")[0] == 1
