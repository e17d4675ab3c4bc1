"""The command ``zonegis trend``: files, bytes, and sums that a reader can add up from the CSV."""

import csv
import json
from decimal import Decimal

import pytest

from gis.reports import trend_chart


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


@pytest.fixture
def call(zonegis, sample, tmp_path):
    def run(*words, folder="t"):
        code, said = zonegis(
            "trend", sample, "--from", "2024-03-31", "--to", "2026-03-31", "-o", tmp_path / folder, *words
        )
        return code, said, tmp_path / folder

    return run


def test_it_writes_lines_that_add_up_a_chart_and_a_manifest(call):
    code, said, folder = call("--every", "year")
    assert code == 0, said
    assert sorted(path.name for path in folder.iterdir()) == [
        "manifest.json", "trend.png", "trend_lines.csv", "trend_totals.csv",
    ]  # fmt: skip
    assert (folder / "trend.png").read_bytes()[:4] == b"\x89PNG"
    head, *totals = read(folder / "trend_totals.csv")
    lines = read(folder / "trend_lines.csv")[1:]
    assert len(totals) == 3
    for total in totals:
        row = dict(zip(head, total, strict=True))
        own = [line for line in lines if line[0] == row["日期"]]
        supplied = sum(Decimal(line[6]) for line in own if line[3] == "supplied")
        assert supplied == Decimal(row["已供土地（m²）"])
        whole = sum(Decimal(line[6]) for line in own) + Decimal(row["地块以外，含缝隙（m²）"])
        assert whole == Decimal(row["区域总面积（m²）"])
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["days"] == ["2024-03-31", "2025-03-31", "2026-03-31"]
    assert manifest["boundary_quality"] == "synthetic"
    assert manifest["rules_read"] and manifest["inputs"]


@pytest.mark.parametrize("chart", ["png", "svg"])
def test_the_same_trend_gives_the_same_bytes(call, chart):
    one, other = (call("--every", "year", "--chart", chart, folder=name)[2] for name in ("a", "b"))
    for path in one.iterdir():
        assert path.read_bytes() == (other / path.name).read_bytes(), path.name


def test_without_a_chinese_font_the_chart_is_in_english_and_says_so(call, monkeypatch):
    monkeypatch.setattr(trend_chart, "FAMILIES", ("No Such Family",))
    code, said, _ = call("--every", "year")
    assert code == 0
    assert "未找到中文字体" in said


def test_a_trend_of_one_day_is_drawn_too(zonegis, sample, tmp_path):
    code, said = zonegis("trend", sample, "--from", "2026-03-31", "--to", "2026-03-31", "-o", tmp_path / "t")
    assert code == 0, said
    assert (tmp_path / "t" / "trend.png").stat().st_size > 10_000


def test_json_and_bad_days(call, zonegis, sample):
    code, said, _ = call("--every", "year", "--json")
    assert code == 0
    told = json.loads(said[said.index("{") :])
    assert len(told["totals"]) == 3 and "NaN" not in said
    assert zonegis("trend", sample, "--from", "2026-03-31", "--to", "2025-03-31")[0] == 3
    assert zonegis("trend", sample, "--from", "2012-06-30", "--to", "2025-03-31")[0] == 1
    assert zonegis("trend", sample, "--from", "2025-03-31", "--to", "2999-03-31", "--every", "year")[0] == 3
