"""`zonegis scenario` and `zonegis certificate` as a user calls them, on Z1."""

import json

import pytest
from typer.testing import CliRunner
from z1_files import SOLVE, set_green, target, write_scenario_file, write_z1

from gis.cli import app

NOW = {"A": 4_000, "B": 1_500, "C": 7_000, "D": 2_400}


@pytest.fixture
def files(tmp_path, make_table):
    run_file = write_z1(tmp_path / "z1", NOW, make_table)
    more = write_scenario_file(
        run_file.with_name("more.yaml"), "more", "RUN.yaml", set_green("B", m2=2_000), solve=SOLVE
    )
    much = write_scenario_file(run_file.with_name("much.yaml"), "much", "more.yaml", target("30%"))
    return run_file, more, much


def printed(*words):
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout


def test_run_solve_check_export_and_solve_again(files, tmp_path, zonegis):
    run_file, more, _ = files
    code, text = zonegis("scenario", "run", more, "--lang", "en")
    assert code == 0 and "15,400 m² of green ÷ 140,000 m² of land = 11.0000% (target 20 %)" in text
    out = tmp_path / "out"
    code, text = zonegis("scenario", "solve", more, "-o", out, "--lang", "en")
    assert code == 0 and "raises the least cost by at least 5 CNY" in text
    assert "binding: the ceiling of parcel B [plan (park green plan: LH-7)], 4 CNY a m²" in text
    assert {path.name for path in out.iterdir()} == {
        "parcels.csv", "zones.csv", "scenario.json", "solved.yaml", "certificate.json",
    }  # fmt: skip
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert zonegis("scenario", "solve", more, "-o", out)[0] == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert zonegis("certificate", "check", out / "certificate.json")[0] == 0
    bad = tmp_path / "bad.json"
    bad.write_text((out / "certificate.json").read_text("utf-8").replace("74600", "74601"), "utf-8")
    code, text = zonegis("certificate", "check", out / "certificate.json", bad, "--lang", "en")
    assert code == 1 and "refused" in text
    assert zonegis("certificate", "check", run_file)[0] == 3
    assert zonegis("scenario", "export", out, tmp_path / "t.csv")[0] == 0
    code, text = printed("scenario", "run", out / "solved.yaml", "--json")
    assert json.loads(text)["zones"][0]["green_m2"] == 28_000
    more.write_text(more.read_text("utf-8").replace("2000", "2001"), "utf-8")
    code, text = zonegis("scenario", "export", out, tmp_path / "u.csv", "--lang", "en")
    assert code == 1 and "stale" in text and not (tmp_path / "u.csv").exists()


def test_compare_and_the_impossible_in_both_languages(files, zonegis):
    run_file, more, much = files
    code, text = printed("scenario", "compare", run_file, more, "--json")
    rows = json.loads(text)["rows"]
    assert code == 0 and [row["difference_m2"] for row in rows if row["level"] == "zone"] == ["500.000000"]
    assert "500" in zonegis("scenario", "compare", run_file, more)[1]
    for command in ("explain", "solve"):
        code, text = zonegis("scenario", command, much, "--lang", "en")
        assert code == 1
        assert ("Zone Z1 needs 42,000 m² (30 %), reachable 33,600 m² (24 %), short 8,400 m²; stopped by the ceilings of "
                "A, B, C, D." in text)  # fmt: skip
        assert "target of zone Z1 from 30 % down to 24 %" in text
    code, text = zonegis("scenario", "explain", much)
    assert "需要 42,000 m²（30 %），最多可达 33,600 m²（24 %），缺 8,400 m²；受A, B, C, D 的上限限制" in text
    code, text = printed("scenario", "solve", much, "--json")
    told = json.loads(text)
    assert code == 1 and told["shortfalls"][0]["short_m2"] == "8400" and not told["possible"]
    code, text = zonegis("scenario", "explain", more)
    assert code == 0 and "起约束作用：区域 Z1 的目标，每 m² 值 5 元" in text
    assert zonegis("scenario", "run", run_file.with_name("absent.yaml"))[0] == 3
    assert zonegis("scenario", "run")[0] == 2


def test_frontier_and_pairs(files, tmp_path, zonegis):
    run_file, more, _ = files
    curve, picture = tmp_path / "c.csv", tmp_path / "c.png"
    code, text = printed("scenario", "frontier", more, "-o", curve, "-o", picture, "--json")
    corners = json.loads(text)["corners"]
    assert code == 0 and [corner["least_cost_cny"] for corner in corners] == [21_500, 25_100, 35_100, 72_600, 102_600]
    assert len(curve.read_text("utf-8").splitlines()) == 6 and picture.stat().st_size > 5_000
    assert zonegis("scenario", "frontier", more, "--lang", "en")[0] == 0
    less = write_scenario_file(run_file.with_name("less.yaml"), "less", "more.yaml", set_green("C", m2=2_500))
    code, text = printed("scenario", "pairs", more, "--after", less, "-o", tmp_path / "p.csv", "--json")
    told = json.loads(text)
    # By their own floors: A +1,500 and C +5,000 and D +400 above; B, without one, is measured by the target: −4,000.
    assert code == 0 and sum(float(one["pledged_m2"]) for one in told["pledges"]) == 4_000
    assert {one["donor_id"] for one in told["broken"]} == {"C"}
    assert "no longer covered" in zonegis("scenario", "pairs", more, "--lang", "en")[1]
