"""Candidates, swaps and sites on the sample and on a row of four squares."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest
from shapely import box
from typer.testing import CliRunner

import gis
from gis.analyses import SiteRequest, example_weights, find_sites, rank_candidates
from gis.cli import app
from gis.errors import InputError
from gis.workflow import compute_run, write_sample_run

DAY = dt.date(2026, 3, 31)
PARTS = ["area_part", "age_part", "route_part", "readiness_part"]


@pytest.fixture(scope="module")
def run_file(tmp_path_factory):
    """The sample, judged as if it lay in Baoshan: a district whose definition of underused land is at hand."""
    target = write_sample_run(tmp_path_factory.mktemp("jobs") / "z", parcels=60, seed=1, as_of=DAY)
    return moved(target, "310113")


def moved(run_file, place):
    content = run_file.read_text("utf-8")
    assert 'place: "310115"' in content
    target = run_file.with_name(f"RUN-{place}.yaml")
    target.write_text(content.replace('place: "310115"', f'place: "{place}"'), "utf-8")
    return target


@pytest.fixture(scope="module", autouse=True)
def computed_once(run_file):
    """Compute the run for its first command only: the others ask other things of the same files."""
    made, real = {}, compute_run

    def remembered(path, *, today, progress=None):
        if Path(path) != run_file:
            return real(path, today=today, progress=progress)
        if today not in made:
            made[today] = real(path, today=today, progress=progress)
        return made[today]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gis.workflow.compute_run", remembered)
        yield


@pytest.fixture(scope="module")
def idle(run_file):
    return compute_run(run_file, today=DAY)[1].balances["idle_land"]


def test_a_score_is_the_sum_of_what_it_opens_to_and_nobody_is_left_out(idle):
    table = rank_candidates(idle)
    assert table[PARTS].sum(axis=1).tolist() == table["score"].tolist()
    assert table["score"].between(Decimal(0), Decimal(1)).all()
    chosen = idle.parcels["status"].isin(["idle", "idle_recognisable"]) | (idle.parcels["underused"] == "met")
    assert set(table["parcel_id"]) == set(idle.parcels.loc[chosen, "parcel_id"])
    keys = list(zip(-table["score"], table["parcel_id"], strict=True))
    assert keys == sorted(keys) and table["rank"].tolist() == list(range(1, len(table) + 1))


def test_one_weight_alone_orders_by_that_alone(idle):
    only = dict.fromkeys(["area", "age", "route", "readiness"], "0")
    by_area = rank_candidates(idle, weights=example_weights().replace(weights=only | {"area": "7"}))
    assert by_area["recoverable_m2"].is_monotonic_decreasing
    assert by_area["score"].iloc[0] == 1
    by_age = rank_candidates(idle, weights=example_weights().replace(weights=only | {"age": "1"}))
    days = by_age["age_days"].fillna(0)
    assert days.is_monotonic_decreasing and days.iloc[0] > days.iloc[-1]


def test_known_encumbrances_make_readier_and_wrong_weights_are_refused(idle):
    plain = rank_candidates(idle).set_index("parcel_id")
    first = plain.index[-1]
    told = rank_candidates(idle, encumbrances={first: "none"}).set_index("parcel_id")
    assert told.loc[first, "known_count"] == plain.loc[first, "known_count"] + 1
    assert told.loc[first, "score"] > plain.loc[first, "score"]
    for wrong in (
        {"size": "1"},
        {"age": "-1"},
        {"age": "much"},
        dict.fromkeys(["area", "age", "route", "readiness"], "0"),
    ):
        with pytest.raises(InputError):
            example_weights().replace(weights=wrong)
    with pytest.raises(InputError):
        rank_candidates(idle, encumbrances={"no such": "none"})


@pytest.fixture
def row(make_table):
    """Four squares of 100 m side by side, not supplied; D touches C's corner only."""
    zone = make_table(
        "approved_boundaries",
        [{"zone_id": "Z", "boundary_quality": "approved"}],
        [box(610_000, 3_450_000, 610_500, 3_450_500)],
    )
    at = {"A": (0, 0), "B": (100, 0), "C": (200, 0), "D": (300, 100)}
    shapes = [box(610_000 + x, 3_450_000 + y, 610_100 + x, 3_450_100 + y) for x, y in at.values()]
    facts = {"supply_status": "approved_not_supplied", "tenure": "granted"}
    records = [
        {"parcel_id": name, "planned_far": far, **facts} for name, far in zip(at, (2.0, 2.0, None, 1.0), strict=True)
    ]
    zones = gis.measure_zones(zone)
    land = gis.measure_parcels(make_table("parcels", records, shapes), zones)
    return land, gis.evaluate_idle_land(land, gis.load_rules(as_of=DAY, place="310115"), zones=zones)


def test_conditions_are_judged_at_their_limits(row):
    land, idle = row
    request = SiteRequest(10_000.0, most_area_m2=10_000.0, least_far=2.0, tenure="granted", needed_by=DAY)
    table = find_sites(land, idle, request).sites.set_index("parcel_ids")
    assert table["verdict"].to_dict() == {"A": "met", "B": "met", "C": "undetermined", "D": "not_met"}
    assert (table["area"] == "met").all() and (table["date"] == "met").all()
    early = SiteRequest(10_000.0, needed_by=DAY - dt.timedelta(days=1))
    assert set(find_sites(land, idle, early).sites["date"]) == {"not_met"}
    later = find_sites(land, idle, request, available={"A": DAY + dt.timedelta(days=1)}).sites.set_index("parcel_ids")
    assert later.loc["A", "verdict"] == "not_met"


def test_what_fits_best_comes_first_and_not_the_smallest(make_table):
    """By conditions met, then by what is missed, then by nearness to the area that is asked for."""
    zone = {"zone_id": "Z", "boundary_quality": "approved"}
    zones = gis.measure_zones(make_table("approved_boundaries", [zone], [box(0, 0, 1_000, 1_000)]))
    #         area     far   tenure
    offers = {
        "tiny": (100, 2.0, "granted"),  # far too small: two of three
        "small": (2_900, 2.0, "granted"),  # too small, but near: two of three
        "large": (9_000, 2.0, "granted"),  # all three, thrice the area
        "near": (3_100, 2.0, "granted"),  # all three, nearest
        "open": (3_000, None, "granted"),  # two of three, the last not known
        "wrong": (3_000, 1.0, "granted"),  # two of three, the last not met
        "poor": (3_000, 1.0, "leased"),  # one of three
    }
    shapes, x = [], 0
    for area, *_ in offers.values():
        shapes.append(box(x, 0, x + area / 100, 100))
        x += area / 100 + 1
    records = [
        {"parcel_id": name, "supply_status": "approved_not_supplied", "planned_far": far, "tenure": tenure}
        for name, (_, far, tenure) in offers.items()
    ]
    land = gis.measure_parcels(make_table("parcels", records, shapes), zones)
    idle = gis.evaluate_idle_land(land, gis.load_rules(as_of=DAY, place="310115"), zones=zones)
    found = find_sites(land, idle, SiteRequest(3_000.0, least_far=2.0, tenure="granted")).sites
    assert found["parcel_ids"].tolist() == ["near", "large", "open", "wrong", "small", "tiny", "poor"]
    assert found["conditions_met_count"].tolist() == [3, 3, 2, 2, 2, 2, 1]
    assert set(found["conditions_count"]) == {3}
    assert found["area_off_m2"].tolist() == pytest.approx([100, 6_000, 0, 0, 100, 2_900, 0])


def test_neighbours_are_joined_over_an_edge_and_never_over_a_corner(row):
    land, idle = row
    pairs = find_sites(land, idle, SiteRequest(20_000.0, shared_edge_m=50.0)).sites
    fit = pairs[pairs["verdict"] == "met"].set_index("parcel_ids")
    assert fit.index.tolist() == ["A;B", "B;C"]
    assert (fit["area_m2"] == 20_000.0).all()
    assert fit["shared_edge_m"].tolist() == pytest.approx([100.0, 100.0], abs=0.01)
    three = find_sites(land, idle, SiteRequest(20_001.0, shared_edge_m=50.0)).sites
    assert three.loc[three["verdict"] == "met", "parcel_ids"].tolist() == ["A;B;C"]
    assert not (find_sites(land, idle, SiteRequest(20_000.0)).sites["verdict"] == "met").any()


def test_the_commands(run_file, tmp_path):
    def call(*words):
        done = CliRunner().invoke(app, [str(word) for word in words])
        return done.exit_code, done.stdout

    code, found = call("candidates", run_file, "--weights", "area=1,age=0", "--json")
    assert code == 0
    told = json.loads(found)
    assert told["weights"]["area"] == "1" and len(told["candidates"]) > 5
    premises = tmp_path / "premises.csv"
    rows = "premises_id,floor_area_m2,land_use_group,available_date\np1,90000,industrial,2026-01-01\n"
    premises.write_text(rows, "utf-8")
    underused = [row["parcel_id"] for row in told["candidates"] if row["underused"] == "met"]
    needs = tmp_path / "needs.csv"
    lines = [f"{parcel},500,industrial,2026-02-01" for parcel in underused]
    needs.write_text("\n".join(["parcel_id,needed_floor_area_m2,land_use_group,needed_by_date", *lines]), "utf-8")
    code, found = call("swap", run_file, premises, "--needs", needs, "--json")
    assert code == 0
    swap = json.loads(found)
    largest = max(
        (row for row in told["candidates"] if row["underused"] == "met"), key=lambda row: row["recoverable_m2"]
    )
    assert [match["parcel_id"] for match in swap["matches"]] == [largest["parcel_id"]]
    assert {row["reason"] for row in swap["unmatched"]} == {"taken"}
    code, found = call("sites", run_file, "--area-m2", 5000, "--json")
    assert code == 0 and json.loads(found)["sites"]
    for words in (("candidates", run_file), ("swap", run_file, premises), ("sites", run_file, "--area-m2", 5000)):
        assert call(*words, "--lang", "en")[0] == 0
    premises.write_text(rows.replace("90000", "-1"), "utf-8")
    assert call("swap", run_file, premises)[0] != 0
    assert call("sites", run_file, "--area-m2", 5000, "--use", "moon")[0] == 3


def test_where_no_definition_is_at_hand_a_swap_names_the_comparison_or_is_refused(run_file, tmp_path):
    """In Pudong nothing is underused by its own text: who is to move is asked for, by another district's on request."""
    pudong = moved(run_file.with_name("RUN.yaml"), "310115").with_name("RUN.yaml")
    premises = tmp_path / "premises.csv"
    premises.write_text("premises_id,floor_area_m2,land_use_group,available_date\np1,900000,industrial,2026-01-01\n", "utf-8")
    plain = CliRunner().invoke(app, ["swap", str(pudong), str(premises), "--lang", "en"])
    assert plain.exit_code == 3
    assert "Pudong New Area" in plain.output and "--by-comparison" in plain.output
    asked = CliRunner().invoke(app, ["swap", str(pudong), str(premises), "--by-comparison", "--json"])
    assert asked.exit_code == 0
    told = json.loads(asked.stdout)
    assert told["definition"] == "310113" and len(told["matches"]) == 1
    words = ["explain", str(pudong), told["matches"][0]["parcel_id"], "--lang", "en"]
    shown = " ".join(CliRunner().invoke(app, words).output.split())
    assert "undetermined: no definition at hand for Pudong New Area (by the definition of Baoshan District, a comparison and no verdict: yes)" in shown
    own = CliRunner().invoke(app, ["swap", str(run_file), str(premises), "--json"])
    told = json.loads(own.stdout)
    assert (told["definition"], told["preference"], told["not_comparable"]) == ("", "floor_area_m2", "value_missing")
    rows = premises.read_text("utf-8").splitlines()
    premises.write_text("\n".join([f"{rows[0]},value_cny,value_basis", f"{rows[1]},1000000,评估2026-01-01"]), "utf-8")
    told = json.loads(CliRunner().invoke(app, ["swap", str(run_file), str(premises), "--json"]).stdout)
    assert (told["preference"], told["not_comparable"], float(told["given_away"])) == ("value_cny", "", 1_000_000.0)


def test_what_is_joined_and_not_offered_is_listed_with_its_area(row):
    land, idle = row
    pairs = find_sites(land, idle, SiteRequest(20_000.0, shared_edge_m=50.0, parcels_at_most=3))
    left = pairs.left_out
    assert left.empty  # A;B and B;C are offered; D touches a corner only
    wide = find_sites(land, idle, SiteRequest(15_000.0, most_area_m2=19_999.0, shared_edge_m=50.0))
    assert wide.left_out[["parcel_ids", "area_m2", "reason"]].to_numpy().tolist() == [
        ["A;B", 20_000.0, "too_large"], ["B;C", 20_000.0, "too_large"],
    ]  # fmt: skip
    short = find_sites(land, idle, SiteRequest(40_000.0, shared_edge_m=50.0, parcels_at_most=2)).left_out
    assert set(short["reason"]) == {"too_small"} and short["parcel_ids"].tolist() == ["A;B", "B;C"]
    # B is ruled out by its ratio: it is named with its m², and A and C have nobody to join.
    strict = SiteRequest(20_000.0, least_far=2.1, shared_edge_m=50.0)
    ruled = find_sites(land, idle, strict).left_out
    assert ruled[["parcel_ids", "area_m2", "reason"]].to_numpy().tolist() == [
        ["A", 10_000.0, "ruled_out"], ["B", 10_000.0, "ruled_out"],
    ]  # fmt: skip


def test_a_table_that_is_cut_says_how_much_it_leaves_out(run_file, monkeypatch):
    def call(*words):
        done = CliRunner().invoke(app, [str(word) for word in words])
        return " ".join(done.output.split())

    for room in ("land_jobs", "jobs"):
        monkeypatch.setattr(f"gis.cli.{room}.SHOWN_AT_MOST", 2)
    whole = len(json.loads(CliRunner().invoke(app, ["candidates", str(run_file), "--json"]).stdout)["candidates"])
    assert whole > 2
    assert f"2 row(s) shown, {whole - 2} more left out" in call("candidates", run_file, "--lang", "en")
    assert "left out; --json" in call("sites", run_file, "--area-m2", 5000, "--lang", "en")
    monkeypatch.setattr("gis.cli.land_jobs.SHOWN_AT_MOST", 10_000)
    assert "left out; --json" not in call("candidates", run_file, "--lang", "en")


def test_json_has_no_nan(run_file):
    def told(*words):
        text = CliRunner().invoke(app, [*map(str, words), "--json"]).stdout
        return json.loads(text, parse_constant=pytest.fail)

    for words in (
        ("candidates", run_file), ("sites", run_file, "--area-m2", 5000), ("check", run_file),
        ("rules", "diff", "--from", "2022-01-01", "--to", "2026-03-31", "--data", run_file),
    ):  # fmt: skip
        assert told(*words)


def test_a_filled_land_guide_decides_low_yields_and_is_an_input(run_file, tmp_path):
    guide = run_file.parent / "land_guide.csv"
    guide.unlink(missing_ok=True)
    assert CliRunner().invoke(app, ["rules", "guide", str(guide)]).exit_code == 0
    assert CliRunner().invoke(app, ["rules", "guide", str(guide)]).exit_code == 2
    rows = [f"2019,2019-01-01,,{sector},0.01,0.01,made up,1," for sector in ("34", "35", "39", "27", "59", "73")]
    guide.write_text(guide.read_text("utf-8-sig").rstrip() + "\n" + "\n".join(rows) + "\n", "utf-8")
    target = run_file.with_name("RUN-guide.yaml")
    target.write_text(run_file.read_text("utf-8") + "\nland_guide: land_guide.csv\n", "utf-8")
    (_, plain), (loaded, filled) = (compute_run(path, today=DAY) for path in (run_file, target))
    before, after = (run.balances["idle_land"] for run in (plain, filled))
    assert "idle.note_land_guide" in before.notes and "idle.note_land_guide" not in after.notes
    assert next(entry for entry in loaded.inputs if entry["table"] == "land_guide")["rows"] == 6
    lacking = [
        table.tables["underused"]["underused_missing"].str.contains("land_guide").sum() for table in (before, after)
    ]
    assert lacking[0] > lacking[1] == 0
