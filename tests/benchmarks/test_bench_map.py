"""The map benchmark measures what it says, of both contestants."""

from __future__ import annotations

import bench_map
import pytest
from rich.console import Console

pytestmark = pytest.mark.browser


def test_both_pages_are_built_shown_and_asked(browser_path, tmp_path):
    zone, parcels = bench_map.rough_zone(300)
    rows = [bench_map.measure(name, zone, parcels, tmp_path, timeout_s=60) for name in bench_map.BUILDERS]
    ours, explore = rows
    assert set(bench_map.FIGURES) <= set(ours) and set(bench_map.FIGURES) <= set(explore)
    assert ours["right"] == bench_map.CLICKS
    assert explore["right"] > bench_map.CLICKS / 2, "it is asked in a way that it can answer"
    assert explore["renderer_mb"] > 20 and explore["heap_mb"] > 1
    console = Console(record=True, width=160)
    bench_map.print_rows(rows, console)
    assert "explore" in console.export_text()


def test_a_bound_that_is_missed_is_named():
    row = {"contestant": "zonegis", "parcels_count": 20_000, "shown_s": 0.5, "popup_s": 0.01, "right": 50, "heap_mb": 3,
           "renderer_mb": 200, "bytes_a_parcel": 50}  # fmt: skip
    small = row | {"parcels_count": 1_000, "shown_s": 0.3, "bytes_a_parcel": 80}
    explore = row | {"contestant": "explore", "shown_s": 10, "heap_mb": 100, "bytes_a_parcel": 1_000}
    assert bench_map.missed(row) == bench_map.missed(small) == []
    assert bench_map.missed(row | {"right": 49}) == ["right"]
    assert bench_map.missed(row | {"bytes_a_parcel": 70}) == ["bytes_a_parcel"]

    def named(*rows):
        return [f"{limit.what} ÷ {limit.beside}" for limit in bench_map.limits_of(list(rows)) if limit.is_missed]

    assert len(bench_map.limits_of([small, row, explore])) == 4 + 3
    assert named(small, row, explore) == []
    assert named(small, row | {"shown_s": 1.3}, explore) == ["shown_s, 20,000 ÷ 1,000"]
    assert named(small, row | {"heap_mb": 60}, explore) == ["heap_mb, 20,000 ÷ 1,000", "heap_mb, 20,000 ÷ explore()"]
    slow = {"contestant": "zonegis", "parcels_count": 20_000, "status": "not shown in 180 s"}
    assert bench_map.missed(slow) == ["bytes_a_parcel", "right"]
    assert len(named(small, slow)) == 4


@pytest.fixture
def browser_path():
    from gis.maps import find_chromium

    if find_chromium() is None:
        pytest.skip("no Chromium: apt-get install chromium")
