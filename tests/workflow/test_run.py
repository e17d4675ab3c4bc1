import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest

import gis.workflow.results
from gis.errors import CrsError, GateError, InputError
from gis.workflow import load_run_file, run, run_file_schema, write_sample_run

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
TODAY = dt.date(2026, 11, 24)
DAY = dt.date(2026, 3, 31)
FILES = ("map.html", "report.html", "workbook.xlsx", "findings.gpkg", "issues.csv")


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return write_sample_run(tmp_path_factory.mktemp("zone") / "z", parcels=80, seed=1, as_of=DAY)


@pytest.fixture(scope="module")
def result(sample):
    return run(sample, today=TODAY)


def test_a_run_writes_everything(result):
    assert sorted(path.name for path in result.folder.iterdir()) == sorted([*FILES, "manifest.json"])
    manifest = json.loads((result.folder / "manifest.json").read_text("utf-8"))
    assert all(abs(entry["residual_m2"]) < 1e-3 for entry in manifest["invariants"])
    assert manifest["boundary_quality"] == "synthetic"


def test_every_status_occurs(result):
    from gis.analyses import STATUSES

    assert set(result.measured.balances["idle_land"].parcels["status"]) == set(STATUSES)


def test_two_runs_give_the_same_bytes(sample, result, tmp_path):
    again = run(sample, today=TODAY, output=tmp_path / "again")
    for name in FILES:
        assert (again.folder / name).read_bytes() == (result.folder / name).read_bytes(), name


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_says_what_it_is(sample, tmp_path, lang):
    page = (run(sample, today=TODAY, lang=lang, output=tmp_path / "o").folder / "report.html").read_text("utf-8")
    assert ("虚构数据" if lang == "zh" else "SYNTHETIC DATA") in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_findings_can_be_read_again(result):
    parcels = gpd.read_file(result.folder / "findings.gpkg", layer="idle_land_parcels")
    assert len(parcels) == 80
    assert parcels["parcel_id"].str.len().eq(8).all()


def test_an_error_in_the_middle_leaves_the_former_output_whole(sample, tmp_path, monkeypatch):
    folder = run(sample, today=TODAY, output=tmp_path / "o").folder
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full_disk(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gis.workflow.results, "write_report", full_disk)
    with pytest.raises(OSError, match="space"):
        run(sample, today=TODAY, output=folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["o"]


def edited(sample, tmp_path, change):
    text = sample.read_text("utf-8")
    for table in ("approved_boundaries", "parcels", "land_use", "green_spaces", "buildings", "plan_units"):
        text = text.replace(f"path: {table}.gpkg", f'path: "{(sample.parent / f"{table}.gpkg").as_posix()}"')
    text = text.replace("path: parcel_events.csv", f'path: "{(sample.parent / "parcel_events.csv").as_posix()}"')
    target = tmp_path / "RUN.yaml"
    target.write_text(change(text), "utf-8")
    return target


def test_a_future_date_is_refused(sample, tmp_path):
    target = edited(sample, tmp_path, lambda text: text.replace("2026-03-31", "2026-11-25"))
    with pytest.raises(InputError, match="2026-11-25"):
        run(target, today=TODAY)


def test_an_unknown_key_is_refused(sample, tmp_path):
    target = edited(sample, tmp_path, lambda text: text + "colour: red\n")
    with pytest.raises(InputError, match="colour: unknown key"):
        load_run_file(target)


def test_the_gate_stops_before_any_figure(sample, tmp_path):
    shifted = gpd.read_file(sample.parent / "parcels.gpkg")
    shifted.geometry = shifted.geometry.translate(3, 0)
    shifted.to_file(tmp_path / "shifted.gpkg")
    old = f'"{(sample.parent / "parcels.gpkg").as_posix()}"'
    target = edited(sample, tmp_path, lambda text: text)
    target.write_text(target.read_text("utf-8").replace(old, "shifted.gpkg").replace(
        "stop_at: error", "stop_at: error\n  tolerances: {outside_m2: 0.5}"), "utf-8")  # fmt: skip
    first = shifted.geometry.iloc[0]
    shifted.loc[0, "geometry"] = first.buffer(20, join_style="mitre")
    shifted.to_file(tmp_path / "shifted.gpkg")
    with pytest.raises(GateError, match="parcel-overlap"):
        run(target, today=TODAY)
    assert not (tmp_path / "results").exists()
    assert "parcel-overlap" in (tmp_path / "results-issues.csv").read_text("utf-8-sig")


def test_the_committed_schema_is_not_stale():
    path = Path(gis.workflow.__file__).with_name("run_file.schema.json")
    assert path.read_text("utf-8") == run_file_schema()


REAL = Path(__file__).parents[1] / "real_layers"


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.exists(), reason="the open layers beside the checkout are absent")
def test_swiss_layers_give_the_known_answers(tmp_path):
    balances = run(REAL / "swiss.yaml", today=TODAY, output=tmp_path / "out").measured.balances
    zone = balances["green_ratio"].zones.iloc[0]
    assert zone["land_m2"] / 1e4 == pytest.approx(60.793, abs=5e-4)
    assert zone["green_m2"] / 1e4 == pytest.approx(10.422, abs=5e-4)
    assert zone["green_ratio"] == pytest.approx(0.1714, abs=5e-5)
    assert zone["verdict"] == "not_met"
    assert zone["shortfall_m2"] == pytest.approx(0.2 * zone["land_m2"] - zone["green_m2"], abs=1e-4)
    idle = balances["idle_land"].parcels
    assert set(idle["status"]) == {"undetermined"}
    assert idle["missing"].str.contains("supply_status").all()


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.exists(), reason="the open layers beside the checkout are absent")
def test_bubenec_is_refused_in_mercator_and_measured_in_krovak(tmp_path):
    declared = load_run_file(REAL / "bubenec.yaml")
    with pytest.raises(CrsError, match="EPSG:5514"):
        run(declared.model_copy(update={"crs": None}), today=TODAY, output=tmp_path / "mercator")
    measured = run(declared, today=TODAY, output=tmp_path / "out").measured
    assert measured.land["measured_area_m2"].sum() / 1e4 == pytest.approx(27.889, abs=1e-3)


@pytest.mark.slow
def test_twenty_thousand_parcels(tmp_path):
    run_file = write_sample_run(tmp_path / "z", parcels=20_000, seed=1, as_of=DAY)
    words = [sys.executable, "-m", "gis.cli", "run", str(run_file), "--lang", "en"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "… write map.html" in done.stderr, "progress is shown"
