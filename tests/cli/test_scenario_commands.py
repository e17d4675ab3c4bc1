"""`zonegis scenario` and `zonegis certificate` as a user calls them, on Z1."""

import json

import pytest
from typer.testing import CliRunner
from z1_files import RUN, SOLVE, set_green, target, write_scenario_file, write_z1

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
    assert code == 0 and "15,400.00 m² of green ÷ 140,000.00 m² of land = 11.00% (target 20.00%)" in text
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
    code, text = zonegis("certificate", "check", out / "certificate.json", "--lang", "en")
    own = json.loads((out / "certificate.json").read_text("utf-8"))["sha256"]
    assert code == 0 and f"proven for the problem written in it, fingerprint {own}" in text
    assert "its inputs, rules and versions are still those" in text
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
    code, text = zonegis("scenario", "run", out / "solved.yaml", "--lang", "en")
    assert code == 1 and "solved.yaml is stale" in text and "scenario 1 more.yaml" in text and "made_from" in text


def test_a_certificate_is_compared_with_the_inputs_of_today(files, tmp_path, zonegis):
    _, more, much = files
    out = tmp_path / "out"
    assert zonegis("scenario", "solve", more, "-o", out)[0] == 0
    alone = tmp_path / "alone.json"
    alone.write_bytes((out / "certificate.json").read_bytes())
    code, text = zonegis("certificate", "check", alone, "--lang", "en")
    assert code == 0 and "Not compared with present inputs" in text
    for scenario, changed in ((more, []), (much, ["problem", "scenario 2 much.yaml"])):
        code, text = printed("certificate", "check", alone, "--scenario", scenario, "--json")
        (told,) = json.loads(text)["certificates"]
        assert told["proven"] and code == int(bool(changed)) and sorted(told["changed"]) == changed
        assert told["stale"] is bool(changed)
    # Another amount of green at B is another problem.
    more.write_text(more.read_text("utf-8").replace("2000", "1999"), "utf-8")
    for words in ((out / "certificate.json",), (alone, "--scenario", more)):
        code, text = zonegis("certificate", "check", *words, "--lang", "en")
        assert code == 1 and "proven for the problem written in it" in text and "Stale" in text
    content = json.loads(alone.read_text("utf-8"))
    alone.write_text(json.dumps(content | {"fingerprints": []}), "utf-8")
    assert zonegis("certificate", "check", alone, "--lang", "en")[0] == 1


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
    # Every deficit is covered, and yet the zone is short of its 28,000 m²: it has 15,400.
    assert told["uncovered"] == {} and told["zone"]["shortfall_m2"] == 12_600
    assert told["after_zone"]["shortfall_m2"] == 17_100
    text = zonegis("scenario", "pairs", more, "--lang", "en")[1]
    assert "no longer covered" in text and "in total: short 12,600 m²" in text and "another figure" in text


def test_a_donor_is_measured_by_the_target_of_the_later_scenario(tmp_path, make_table, zonegis):
    """Without a floor of its own, D gives what it has above the target: 6,000 at 5 %, none at 20 %."""
    run_file = write_z1(tmp_path / "z1", {"A": 1_000, "D": 8_000}, make_table, green_floor_ratio={})
    low = write_scenario_file(run_file.with_name("low.yaml"), "low", "RUN.yaml", target("5%"))
    high = write_scenario_file(run_file.with_name("high.yaml"), "high", "RUN.yaml", target("20%"))
    code, text = printed("scenario", "pairs", low, "--after", low, "--json")
    told = json.loads(text)
    assert code == 0 and told["broken"] == [] and {one["donor_id"] for one in told["pledges"]} == {"D"}
    pledged = sum(float(one["pledged_m2"]) for one in told["pledges"])
    assert pledged == 1_500 + 1_500 + 1_000
    told = json.loads(printed("scenario", "pairs", low, "--after", high, "--json")[1])
    assert {one["short_m2"] for one in told["broken"]} == {"4000.000000"} and told["after_zone"]["target_ratio"] == 0.2


def test_curves_and_pledges_carry_what_they_were_made_from(files, tmp_path, zonegis):
    run_file, more, _ = files
    curve, pledges = tmp_path / "c.csv", tmp_path / "p.csv"
    assert zonegis("scenario", "frontier", more, "-o", curve)[0] == 0
    assert zonegis("scenario", "pairs", more, "-o", pledges)[0] == 0
    for table in (curve, pledges):
        made = json.loads(table.with_name(f"{table.name}.json").read_text("utf-8"))
        assert {"rules", "table parcels", "version shapely", "version GEOS", "version numpy", "version geopandas",
                "version HiGHS", "zonegis"} <= set(made["fingerprints"])  # fmt: skip
        assert zonegis("scenario", "export", table, tmp_path / "t.xlsx")[0] == 0
    whole = curve.read_text("utf-8")
    curve.write_text(whole.replace("21500", "21501"), "utf-8")
    code, text = zonegis("scenario", "export", curve, tmp_path / "u.csv", "--lang", "en")
    assert code == 1 and "c.csv" in text and "stale" in text
    run_file.write_text(RUN.replace("title: Z1", "title: Z2"), "utf-8")
    code, text = zonegis("scenario", "export", pledges, tmp_path / "u.csv", "--lang", "en")
    assert code == 1 and "run RUN.yaml" in text and not (tmp_path / "u.csv").exists()


@pytest.mark.parametrize("library", ["shapely", "GEOS", "HiGHS", "numpy", "geopandas"])
def test_another_version_of_what_computes_makes_a_result_stale(files, tmp_path, zonegis, monkeypatch, library):
    from gis.workflow import fresh

    out, curve = tmp_path / "out", tmp_path / "c.csv"
    assert zonegis("scenario", "solve", files[1], "-o", out)[0] == 0
    assert zonegis("scenario", "frontier", files[1], "-o", curve)[0] == 0
    now = fresh.versions_of_figures()
    monkeypatch.setattr(fresh, "versions_of_figures", lambda: now | {library: "99"})
    for words in (("export", out, tmp_path / "t.csv"), ("export", curve, tmp_path / "t.csv"), ("run", out / "solved.yaml")):
        code, text = zonegis("scenario", *words, "--lang", "en")
        assert code == 1 and f"version {library}" in text
    assert zonegis("certificate", "check", out / "certificate.json")[0] == 1
