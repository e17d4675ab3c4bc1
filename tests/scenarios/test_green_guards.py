"""What a second pair of eyes tried against green scenarios."""

import zipfile

import pytest
from shapely import box
from z1_files import DAY, EAST, NORTH, write_scenario_file, write_z1

from gis.errors import InputError, SchemaError, StaleError
from gis.readers import write_geopackage
from gis.scenarios import belt_lines, compare_scenarios
from gis.workflow import evaluate_scenario, export_scenario, open_scenario, write_scenario

NOW = {"A": 4_000, "B": 1_500, "C": 7_000, "D": 2_400}


@pytest.fixture
def run_file(tmp_path, make_table):
    return write_z1(tmp_path / "z1", NOW, make_table)


def scenario(run_file, *edits, solve=None, name="s"):
    return write_scenario_file(run_file.with_name(f"{name}.yaml"), name, "RUN.yaml", *edits, solve=solve)


def green(state):
    return dict(zip(state.parcels["parcel_id"], state.parcels["green_m2"], strict=True))


def test_what_lies_below_a_removed_polygon_counts(run_file, make_table):
    """0–60 m and 20–100 m of A, 100 m deep: together 10,000 m², without the first 8,000, without the second 6,000."""
    shapes = [box(EAST, NORTH, EAST + 60, NORTH + 100), box(EAST + 20, NORTH, EAST + 100, NORTH + 100)]
    table = make_table("green_spaces", [{"green_id": f"g{k}", "green_kind": "attached"} for k in (1, 2)], shapes)
    file = run_file.with_name("green_spaces.gpkg")
    file.unlink()
    write_geopackage(file, {"green_spaces": table.drop(columns=["source_file", "source_row"])})
    assert green(evaluate_scenario(run_file, today=DAY))["A"] == 10_000
    for removed, left in (("g1", 8_000), ("g2", 6_000)):
        path = scenario(run_file, {"edit": "remove_green", "green_id": removed, "reason": "built over"}, name=removed)
        assert green(evaluate_scenario(path, today=DAY))["A"] == left


def test_a_lock_holds_against_green_of_another_kind(run_file):
    wkt = f"POLYGON (({EAST} {NORTH}, {EAST + 10} {NORTH}, {EAST + 10} {NORTH + 50}, {EAST} {NORTH + 50}, {EAST} {NORTH}))"
    over = {"edit": "add_green", "green_id": "0", "green_kind": "road", "wkt": wkt, "reason": "verge"}
    lock = {"edit": "lock", "parcel_id": "A", "reason": "trees"}
    with pytest.raises(InputError, match="trees"):
        evaluate_scenario(scenario(run_file, lock, over), today=DAY)


@pytest.mark.parametrize("edit", ["floor", "ceiling"])
def test_a_limit_above_the_land_is_refused(run_file, edit):
    wrong = {"edit": edit, "parcel_id": "B", "ratio": 12, "reason": "plan", "citation": "letter 5"}
    with pytest.raises(InputError, match="12%"):
        evaluate_scenario(scenario(run_file, wrong), today=DAY)


@pytest.mark.parametrize(("rows", "told"), [("A,3\nB,1\nB,9\nC,2\nD,5\n", "B"), ("A,3\nB,1\nC,2\nD,\n", "D")])
def test_a_cost_that_is_missing_or_doubled_is_refused(run_file, rows, told):
    run_file.with_name("costs.csv").write_text(f"parcel_id,cost_cny_m2\n{rows}", "utf-8")
    with pytest.raises(InputError) as caught:
        open_scenario(scenario(run_file, solve={"costs_file": "costs.csv"}), today=DAY)
    assert caught.value.facts["ids"] == [told]


def test_only_the_green_of_today_may_stay_above_a_ceiling(run_file):
    edits = [
        {"edit": "ceiling", "parcel_id": "A", "ratio": "5%", "reason": "plan", "citation": "letter 5"},
        {"edit": "set_green", "parcel_id": "B", "ratio": "90%", "reason": "what if"},
    ]
    kept = {"above_ceiling": "kept"}
    table = evaluate_scenario(scenario(run_file, *edits, solve=kept), today=DAY).parcels.set_index("parcel_id")
    for ratio, fits in (("8%", "met"), ("7%", "met"), ("8.1%", "not_met")):  # A has 8 % today
        moved = {"edit": "set_green", "parcel_id": "A", "ratio": ratio, "reason": "what if"}
        again = evaluate_scenario(scenario(run_file, *edits, moved, solve=kept), today=DAY).parcels
        assert again.set_index("parcel_id").loc["A", ["ceiling_m2", "within_limits"]].tolist() == [4_000, fits]
    assert table.loc[["A", "B"], "ceiling_m2"].tolist() == [4_000, 3_600]
    assert table.loc[["A", "B"], "within_limits"].tolist() == ["met", "not_met"]


def test_a_text_that_looks_like_a_formula_stays_a_text(run_file, tmp_path):
    lock = {"edit": "lock", "parcel_id": "A", "reason": '=HYPERLINK("http://evil","click")'}
    opened = open_scenario(scenario(run_file, lock), today=DAY)
    folder = write_scenario(opened, opened.state(), tmp_path / "out")
    export_scenario(folder, tmp_path / "out.xlsx")
    with zipfile.ZipFile(tmp_path / "out.xlsx") as book:
        assert not any(b"<f>" in book.read(name) for name in book.namelist() if "sheet" in name)


def test_a_changed_table_of_a_result_is_not_exported(run_file, tmp_path):
    opened = open_scenario(scenario(run_file), today=DAY)
    folder = write_scenario(opened, opened.state(), tmp_path / "out")
    export_scenario(folder, tmp_path / "first.csv")
    file = folder / "parcels.csv"
    file.write_text(file.read_text("utf-8").replace("4000", "9999"), "utf-8")
    with pytest.raises(StaleError, match=r"parcels\.csv"):
        export_scenario(folder, tmp_path / "second.csv")


def test_each_side_of_a_comparison_has_its_own_land(tmp_path, run_file, make_table):
    import dataclasses

    first = evaluate_scenario(run_file, today=DAY)
    half = first.parcels.assign(area_m2=first.parcels["area_m2"] / 2)
    rows = compare_scenarios(first, dataclasses.replace(first, parcels=half)).set_index("id")
    assert (rows.loc["A", "first_ratio"], rows.loc["A", "second_ratio"]) == (0.08, 0.16)
    other = first.parcels.assign(zone_id="Z2")
    with pytest.raises(SchemaError):
        compare_scenarios(first, dataclasses.replace(first, parcels=other))


def test_areas_after_polygon_edits_are_verified_by_the_second_method(run_file, monkeypatch):
    from gis.errors import TopologyError
    from gis.scenarios import green_edits

    wkt = f"POLYGON (({EAST + 200} {NORTH}, {EAST + 260} {NORTH}, {EAST + 260} {NORTH + 50}, {EAST + 200} {NORTH}))"
    edits = [
        {"edit": "add_green", "green_id": "new", "wkt": wkt, "reason": "x"},
        {"edit": "remove_green", "green_id": "gB", "reason": "x"},
    ]
    before = green(evaluate_scenario(run_file, today=DAY))
    after = green(evaluate_scenario(scenario(run_file, *edits), today=DAY))
    assert (after["A"] - before["A"], after["B"]) == (1_500, 0)
    intersect = green_edits.intersect_pairs

    def wrong(*args, **options):
        pairs = intersect(*args, **options)
        return pairs.assign(area_m2=pairs["area_m2"].where(pairs["target_id"] != "new", 1_400.0))

    monkeypatch.setattr(green_edits, "intersect_pairs", wrong)
    for edit in edits[:1]:
        with pytest.raises(TopologyError):
            evaluate_scenario(scenario(run_file, edit, name="w"), today=DAY)


def test_the_protective_belt_is_in_the_table_and_told(tmp_path, make_table):
    gas = {"A": False, "B": None, "C": True, "D": False}
    run_file = write_z1(tmp_path / "z1", NOW, make_table, harmful_gas=gas, green_floor_ratio={}, green_ceiling_ratio={})
    state = evaluate_scenario(run_file, today=DAY)
    table = state.parcels.set_index("parcel_id")
    assert table["belt_verdict"].tolist() == ["", "undetermined", "not_met", ""]
    assert table["belt_ground"].tolist() == ["", "belt_gas_untold", "belt_none", ""]
    told = belt_lines(state, "en")
    assert [("C" in line, "B" in line) for line in told] and all("(50 m)" in line for line in told) and len(told) == 2
    # Green all around C, as an edit: the belt is there.
    x = EAST + 800
    ring = box(x - 50, NORTH - 50, x + 250, NORTH + 150).difference(box(x, NORTH, x + 200, NORTH + 100))
    edit = {"edit": "add_green", "green_id": "ring", "green_kind": "protective", "wkt": ring.wkt, "reason": "belt"}
    after = evaluate_scenario(scenario(run_file, edit), today=DAY).parcels.set_index("parcel_id")
    assert after.loc["C", "belt_verdict"] == "met"


def test_green_that_an_edit_draws_is_not_of_today(run_file):
    from z1_files import EAST, NORTH

    drawn = f"POLYGON(({EAST + 300} {NORTH}, {EAST + 400} {NORTH}, {EAST + 400} {NORTH + 100}, {EAST + 300} {NORTH + 100}, {EAST + 300} {NORTH}))"
    edits = [
        {"edit": "ceiling", "parcel_id": "A", "ratio": "5%", "reason": "plan", "citation": "letter 5"},
        {"edit": "add_green", "green_id": "new", "green_kind": "attached", "wkt": drawn, "reason": "what if"},
    ]
    table = evaluate_scenario(scenario(run_file, *edits, solve={"above_ceiling": "kept"}), today=DAY).parcels
    row = table.set_index("parcel_id").loc["A"]
    assert (row["green_m2"], row["ceiling_m2"], row["within_limits"]) == (14_000, 4_000, "not_met")
