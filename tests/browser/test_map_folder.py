"""Beyond a number of parcels the data lies beside the page, in scripts: a page opened as a file loads nothing else."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import measured_page
import pytest
from read_block import read_block

from gis.errors import OutputError
from gis.maps import draw_map

pytestmark = pytest.mark.browser
COUNT, LIMIT = 2_000, 500
LEGEND = """() => Object.fromEntries(ZoneGIS.page.views.status.classes.map((item) => [item.key, item.count]))"""
FOUND = "document.getElementById('zg-found').textContent"


def drawn(zone, **changes):
    return draw_map(zone.parcels, zone.idle, zone.green, zone.mix, boundary=zone.boundary, **changes)


@pytest.fixture(scope="module")
def zone(made):
    return made.make_zone(COUNT)


@pytest.fixture
def small_parts(monkeypatch):
    """Cut the data as a large zone's would be: into many parts."""
    monkeypatch.setattr("gis.maps.figure.PART_LETTERS", 1 << 14)


@pytest.fixture
def saved(zone, tmp_path, small_parts):
    page = drawn(zone, one_file_limit=LIMIT)
    path = tmp_path / "地图 1.html"
    page.save(path)
    return page, path


def parts_of(path):
    return sorted(path.parent.glob(f"{path.stem}-data-*/part-*.js"))


def test_it_answers_as_one_file_does(saved, zone, open_page, shots):
    page, path = saved
    assert len(parts_of(path)) > 5
    opened = open_page(path, beside=True)
    answers = measured_page.ask(opened.page, zone.parcels, count=50, seed=3)
    assert answers.wrong == []
    counts = zone.idle.parcels["status"].value_counts().to_dict()
    assert {key: count for key, count in opened.read(LEGEND).items() if count} == counts
    opened.page.fill("#zg-search", "310115-01999")
    opened.wait_until(f"{FOUND} !== ''")
    assert opened.read(FOUND) == "找到 1 个地块"
    opened.page.keyboard.press("Enter")
    assert opened.read(measured_page.POPUP) == "310115-01999"
    opened.page.screenshot(path=shots / "folder.png")
    assert opened.refused == opened.complaints == []
    loaded = opened.read("performance.getEntriesByType('resource').map((entry) => decodeURI(entry.name))")
    assert all("/地图 1-data-" in name for name in loaded)
    assert any("文件夹" in note[0] and "500" in note[0] for note in page.page["notes"] if isinstance(note, list))
    opened.page.context.close()


def test_its_parts_together_are_the_block_of_one_file(saved, zone):
    _, path = saved
    together = "".join(re.fullmatch(r'ZoneGIS\.part\("zonegis-parcels",\d+,"(.*)"\);\n', part.read_text())[1]
                       for part in parts_of(path))  # fmt: skip
    one = drawn(zone).get_root().render()
    assert f">{together}</script>" in one
    assert "-data-" not in one and "script-src" in one and "file:" not in one.split("script-src")[1].split(";")[0]
    assert len(read_block(one, "parcels")["columns"]["id"]["rows"]) == COUNT


def test_at_the_limit_it_is_one_file(zone, tmp_path):
    for limit, names in ((COUNT, ["map.html"]), (COUNT - 1, ["map-data-", "map.html"])):
        folder = tmp_path / str(limit)
        drawn(zone, one_file_limit=limit).save(folder / "map.html")
        assert [re.sub(r"[0-9a-f]{12}$", "", file.name) for file in sorted(folder.iterdir())] == names


def test_two_pages_have_the_same_bytes(saved, zone, tmp_path):
    _, path = saved
    drawn(zone, one_file_limit=LIMIT).save(tmp_path / "again" / path.name)
    first, second = ({file.relative_to(root): file.read_bytes() for file in root.rglob("*") if file.is_file()}
                     for root in (tmp_path, tmp_path / "again"))  # fmt: skip
    assert second == {name: content for name, content in first.items() if name.parts[0] != "again"}


def test_a_full_disk_leaves_the_former_page_and_its_data(saved, zone, monkeypatch):
    _, path = saved
    former = {file: file.read_bytes() for file in path.parent.rglob("*") if file.is_file()}
    other = zone.idle.parcels.assign(status="completed")
    changed = draw_map(zone.parcels, type(zone.idle)("idle_land", other), boundary=zone.boundary, one_file_limit=LIMIT)
    write, left = Path.write_bytes, iter(range(3))

    def full(self, data):
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        return write(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OutputError, match="No space left"):
            changed.save(path)
    assert {file: file.read_bytes() for file in path.parent.rglob("*") if file.is_file()} == former
    changed.save(path)
    assert len(list(path.parent.glob("*-data-*"))) == 1, "the former data goes once the new page is there"
    assert not set(parts_of(path)) & set(former)


def test_folders_of_others_stay(saved, zone):
    _, path = saved
    others = [
        path.with_name(name) for name in ("地图 1-data-mine", "other-data-0123456789ab", "地图 1-data-0123456789ab")
    ]
    for folder in others:
        folder.mkdir()
        (folder / "notes.txt").write_text("mine")
    drawn(zone).save(path)
    assert sorted(path.parent.glob("*-data-*")) == sorted(others)


def test_a_part_that_is_lost_is_named_on_the_page(saved, open_page):
    _, path = saved
    parts_of(path)[2].unlink()
    opened = open_page(path, beside=True, wait="!document.getElementById('zg-quality').hidden")
    assert "part-0002.js" in opened.read("document.getElementById('zg-quality').textContent")
    opened.page.context.close()


def test_it_needs_a_path_and_is_not_put_into_a_cell(zone, tmp_path):
    page = drawn(zone, one_file_limit=LIMIT)
    with (tmp_path / "open.html").open("wb") as stream, pytest.raises(OutputError, match="path"):
        page.save(stream)
    assert "<iframe" not in page._repr_html_()


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_more_than_a_million(made, open_page, tmp_path):
    count = int(os.environ.get("ZONEGIS_BEYOND", "0"))
    if not count:
        pytest.skip("takes minutes and 8 GB: set ZONEGIS_BEYOND=1500000")
    zone = made.make_zone(count)
    path = tmp_path / "beyond.html"
    draw_map(zone.parcels, zone.idle, boundary=zone.boundary).save(path)
    opened = open_page(path, beside=True)
    answers = measured_page.ask(opened.page, zone.parcels, count=50, seed=count)
    assert answers.wrong == []
    counts = zone.idle.parcels["status"].value_counts().to_dict()
    assert {key: number for key, number in opened.read(LEGEND).items() if number} == counts
    assert opened.refused == opened.complaints == []
    opened.page.context.close()
    shutil.rmtree(tmp_path)
