"""The benchmark measures what it says: each contestant's table, agreement, growth, and what did not finish."""

import json

import bench_report
import bench_text
import geopandas as gpd
import pandas as pd
import pytest
import run_bench
import run_contestant
from overlay_data import OverlayFiles, sample_files
from overlay_peers import CONTESTANTS
from shapely import MultiPolygon, Polygon, box

X, Y = 610_000.0, 3_450_000.0
PEERS = [name for name in CONTESTANTS if name != "kernel"]


def at(*corners):
    """Return a rectangle near the place of the sample."""
    x0, y0, x1, y1 = corners
    return box(X + x0, Y + y0, X + x1, Y + y1)


@pytest.fixture(scope="module")
def drawn_files(tmp_path_factory):
    """Two parcels and what lies over them, small enough for the areas to be seen."""
    folder = tmp_path_factory.mktemp("drawn")
    ring = Polygon(at(-5, -5, 15, 15).exterior, [at(2, 2, 8, 8).exterior])
    parts = MultiPolygon([at(12, 0, 14, 2), at(16, 0, 17, 5)])
    triangle = Polygon([(X + 10, Y), (X + 20, Y), (X + 10, Y + 10)])
    parcels = {"parcel_id": ["A", "B"], "geometry": [at(0, 0, 10, 10), at(10, 0, 20, 10)]}
    layer = {
        "kind": ["ring", "parts", "triangle", "twice", "twice", "beside"],
        "geometry": [ring, parts, triangle, at(0, 0, 1, 1), at(9, 9, 11, 10), at(0, 10, 20, 12)],
    }
    for name, columns in (("parcels", parcels), ("layer", layer)):
        gpd.GeoDataFrame(columns, crs="EPSG:4549").to_parquet(folder / f"{name}.parquet")
    return OverlayFiles(folder / "parcels.parquet", folder / "layer.parquet", "kind")


DRAWN = {
    ("A", "ring"): 64.0, ("A", "twice"): 2.0,
    ("B", "ring"): 50.0, ("B", "parts"): 9.0, ("B", "triangle"): 50.0, ("B", "twice"): 1.0,
}  # fmt: skip


def table_of(name, files, threads=2):
    contestant = CONTESTANTS[name]
    data = contestant.read(files, threads=threads if contestant.uses_threads else 1)
    result = contestant.compute(data)
    return result if contestant.tabulate is None else contestant.tabulate(data, result)


# The streamed path reads a run's tables, so it is compared on the sample below.
@pytest.mark.parametrize("name", [name for name in CONTESTANTS if name != "kernel_streamed"])
def test_each_contestant_finds_the_drawn_areas(name, drawn_files):
    table = table_of(name, drawn_files)
    found = {(row.parcel_id, row._2): row.area_m2 for row in table[["parcel_id", "class", "area_m2"]].itertuples()}
    assert found == pytest.approx(DRAWN, abs=1e-6)


@pytest.mark.parametrize("layer", ["land_use", "green_spaces"])
def test_all_agree_on_the_sample(layer, tmp_path):
    files = sample_files(tmp_path, parcels=300, layer=layer)
    ours = table_of("kernel", files)
    assert len(ours) > 200
    apart = {name: bench_report.difference_of(ours, table_of(name, files)) for name in PEERS}
    assert [name for name, difference in apart.items() if not difference["agrees"]] == []
    assert max(difference["rows_in_one"] for difference in apart.values()) == 0


def test_the_sample_is_written_once(tmp_path):
    first = sample_files(tmp_path, parcels=60, layer="land_use")
    written = first.parcels.stat().st_mtime_ns
    assert sample_files(tmp_path, parcels=60, layer="green_spaces").parcels.stat().st_mtime_ns == written
    assert sample_files(tmp_path, parcels=60, layer="land_use", seed=2).parcels != first.parcels


def test_a_difference_is_seen():
    ours = pd.DataFrame({"parcel_id": ["A", "B"], "class": ["g", "g"], "area_m2": [100.0, 50.0]})
    other = pd.DataFrame({"parcel_id": ["A", "C"], "class": ["g", "g"], "area_m2": [100.5, 0.5]})
    found = bench_report.difference_of(ours, other)
    assert found == {"difference_m2": 50.0, "difference_ratio": 1.0, "rows_in_one": 2, "agrees": False}
    assert bench_report.difference_of(ours, ours.iloc[::-1])["agrees"]


def test_the_exponent_is_that_of_the_law():
    sizes = [10_000, 100_000, 1_000_000]
    assert bench_report.growth_exponent(sizes, [3e-6 * n**1.3 for n in sizes]) == pytest.approx(1.3)


def row(contestant, seconds, *, size=100_000, **more):
    facts = CONTESTANTS[contestant]
    return {
        "layer": "land_use", "parcels_count": size, "features_count": size, "contestant": contestant,
        "label": facts.label, "by_pair": facts.by_pair, "threads": 2, "status": "measured", "seconds": seconds, **more,
    }  # fmt: skip


def test_targets_and_the_readme_are_what_was_measured(tmp_path):
    rows = [
        row("kernel", 1.0, size=10_000), row("kernel", 10.0), row("kernel", 200.0, size=1_000_000, peak_mb=4096.0),
        row("geopandas", 150.0), row("shapely", 45.0), row("duckdb", 30.0), row("kernel_by_pair", 1.0),
        row("shapely_by_pair", 30.0), row("shapely_by_pair_threads", 15.0),
    ]  # fmt: skip
    report = bench_report.build_report(bench_report.compared(rows), threads=2, repeats=1, seed=1)
    measured = [(target["measured"], target["met"]) for target in report["targets"]]
    assert measured[:5] == [(15.0, True), (3.0, False), (30.0, True), (15.0, False), (4.0, True)]
    assert measured[5] == (pytest.approx(1.1505, abs=1e-4), False)
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n", "utf-8")
    bench_text.update_readme(readme, report)
    said = readme.read_text("utf-8")
    assert said.startswith("before\n") and said.endswith("after\n") and "old" not in said
    assert "| geopandas.overlay | 15.0 |" in said and "| DuckDB spatial | 3.0 |" in said and "Aims missed" in said
    readme.write_text("no marks", "utf-8")
    with pytest.raises(ValueError, match="lacks the marks"):
        bench_text.update_readme(readme, report)


def test_a_run_writes_one_table(tmp_path):
    words = ["--sizes", "300,60", "--layers", "green_spaces", "--contestants", "geopandas,kernel", "--repeats", "1"]
    assert run_bench.main([*words, "--folder", str(tmp_path)]) == 0
    report = json.loads((tmp_path / "overlay.json").read_text("utf-8"))
    assert [(row["parcels_count"], row["contestant"]) for row in report["rows"]] == [
        (60, "kernel"), (60, "geopandas"), (300, "kernel"), (300, "geopandas"),
    ]  # fmt: skip
    for measured in report["rows"]:
        assert measured["agrees"] and measured["rows_count"] > 0 and measured["peak_mb"] > 50
        assert 0 < measured["seconds"] == min(measured["runs_s"])
    assert {fit["contestant"] for fit in report["growth"]} == {"kernel", "geopandas"}
    assert report["versions"]["duckdb"] == "1.5.5" and report["machine"]["cpu_count"]
    table = pd.read_csv(tmp_path / "overlay.csv")
    assert table["seconds"].tolist() == [measured["seconds"] for measured in report["rows"]]
    assert "| gis.intersect_pairs |" in (tmp_path / "overlay.md").read_text("utf-8")


def test_what_does_not_finish_or_fails_is_said(drawn_files, tmp_path):
    job = row("geopandas", 0.0) | {"class_column": "kind", "repeats": 1, "parcels_file": str(drawn_files.parcels)}
    del job["seconds"]
    slow = run_bench.run_job(job | {"layer_file": str(drawn_files.layer)}, tmp_path, timeout_s=0.01)
    assert slow["status"] == "not finished in 0.01 s" and "seconds" not in slow
    absent = run_bench.run_job(job | {"layer_file": str(tmp_path / "absent.parquet")}, tmp_path, timeout_s=100)
    assert absent["status"].startswith("failed: ") and "absent.parquet" in absent["status"]


def test_peers_are_left_out_above_their_size_unless_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(run_bench, "PEERS_UP_TO", 50)
    monkeypatch.setattr(run_bench, "run_job", lambda job, folder, timeout_s: job | {"status": "measured"})
    words = ["--sizes", "60", "--layers", "land_use", "--folder", str(tmp_path)]
    ours = {name for name in CONTESTANTS if CONTESTANTS[name].is_ours}

    def ran(*more):
        assert run_bench.main([*words, *more]) == 0
        rows = json.loads((tmp_path / "overlay.json").read_text("utf-8"))["rows"]
        return {row["contestant"] for row in rows if row["status"] == "measured"}

    assert ran() == ours and ran("--all") == set(CONTESTANTS)


def test_an_unknown_contestant_is_a_wrong_use(capsys):
    with pytest.raises(SystemExit) as stopped:
        run_bench.main(["--contestants", "kernel,postgis"])
    assert stopped.value.code == 2 and "unknown: postgis" in capsys.readouterr().err


def test_memory_is_that_of_the_process():
    before = run_contestant.peak_mb()
    held = bytearray(b"x" * (64 * 2**20))
    assert run_contestant.peak_mb() >= max(before, len(held) / 2**20)
