"""Scenarios on Z1 on disk: edits, limits with their sources, stacks, comparison, staleness, and a solved one."""

import json
from decimal import Decimal

import pandas as pd
import pytest
from z1_files import DAY, EAST, NORTH, SOLVE, set_green, target, write_scenario_file, write_z1

from gis.errors import InfeasibleError, InputError, SchemaError, StaleError
from gis.scenarios import compare_scenarios, load_green_scenario, open_lines
from gis.workflow import (
    evaluate_scenario,
    explain_scenario,
    export_scenario,
    open_scenario,
    require_fresh,
    solve_scenario,
    write_scenario,
)
from gis.writing import permitted

NOW = {"A": 4_000, "B": 1_500, "C": 7_000, "D": 2_400}


@pytest.fixture
def run_file(tmp_path, make_table):
    return write_z1(tmp_path / "z1", NOW, make_table)


def evaluated(path):
    return evaluate_scenario(path, today=DAY)


def greens(state):
    return dict(zip(state.parcels["parcel_id"], state.parcels["green_m2"], strict=True))


def test_the_table_has_each_limit_with_its_source(run_file):
    path = write_scenario_file(
        run_file.with_name("s.yaml"), "limits", "RUN.yaml",
        {"edit": "floor", "name": "f", "parcel_id": "B", "m2": 300, "reason": "pond", "citation": "letter 5"},
        {"edit": "lock", "name": "l", "parcel_id": "D", "reason": "trees"},
    )  # fmt: skip
    table = evaluated(path).parcels.set_index("parcel_id")
    assert table["area_m2"].tolist() == [50_000, 30_000, 20_000, 40_000]
    assert table["floor_m2"].tolist() == [2_500, 300, 2_000, 2_000]
    assert table["floor_source"].tolist() == ["plan", "edit:f", "plan", "plan"]
    assert table["ceiling_m2"].tolist() == [15_000, 3_600, 7_000, 8_000]
    assert table.loc["A", "ceiling_citation"].endswith("LH-7") and table.loc["B", "floor_citation"] == "letter 5"
    assert table["is_locked"].tolist() == [False, False, False, True]
    assert table.loc["D", "lock_reason"] == "trees"


def test_z1_is_solved_and_measured_again(run_file):
    path = write_scenario_file(run_file.with_name("s.yaml"), "z1", "RUN.yaml", solve=SOLVE)
    after, solution, text = solve_scenario(open_scenario(path, today=DAY))
    assert greens(after) == {"A": 15_000, "B": 3_600, "C": 7_000, "D": 2_400}
    assert (solution.objective, solution.gap) == (74_600, 0)
    zone = after.zones.iloc[0]
    assert (zone["green_m2"], zone["green_ratio"], zone["verdict"]) == (28_000, 0.2, "met")
    # The solved file, read again from disk, gives the same figures.
    folder = write_scenario(open_scenario(path, today=DAY), after, run_file.with_name("out"), kind="solve",
                            files={"solved.yaml": text})  # fmt: skip
    again = evaluated(folder / "solved.yaml")
    pd.testing.assert_frame_equal(again.zones, after.zones)
    kept = [column for column in after.parcels if column != "source_file"]
    pd.testing.assert_frame_equal(again.parcels[kept], after.parcels[kept])


def test_scenarios_stack_and_a_higher_target_is_another_scenario(run_file):
    first = write_scenario_file(run_file.with_name("a.yaml"), "a", "RUN.yaml", set_green("A", ratio="20%"), solve=SOLVE)
    second = write_scenario_file(run_file.with_name("b.yaml"), "b", "a.yaml", target("20.5%"), set_green("B", m2=100))
    state = evaluated(second)
    assert greens(state) == {**NOW, "A": 10_000, "B": 100}
    assert state.zones["needed_m2"].iloc[0] == 28_700
    assert state.zones["verdict"].iloc[0] == "not_met"
    assert solve_scenario(open_scenario(second, today=DAY))[1].objective == 78_100
    impossible = write_scenario_file(run_file.with_name("c.yaml"), "c", "b.yaml", target("30%", "more"))
    with pytest.raises(InfeasibleError):
        solve_scenario(open_scenario(impossible, today=DAY))
    assert evaluated(first).zones["needed_m2"].iloc[0] == 28_000


def test_two_scenarios_compare_by_rows_that_add_up_exactly(run_file):
    first = write_scenario_file(run_file.with_name("a.yaml"), "a", "RUN.yaml", set_green("A", ratio="1/3"))
    second = write_scenario_file(run_file.with_name("b.yaml"), "b", "a.yaml", set_green("B", m2="0.000001"))
    rows = compare_scenarios(evaluated(first), evaluated(second))
    parcels, zone = rows[rows["level"] == "parcel"], rows[rows["level"] == "zone"].iloc[0]
    for column in ("first_m2", "second_m2", "difference_m2"):
        assert sum(parcels[column], Decimal(0)) == zone[column]
    assert zone["first_m2"] == Decimal("16666.666667") + 1_500 + 7_000 + 2_400
    assert zone["difference_m2"] == Decimal("-1499.999999")
    assert set(rows["level"]) == {"parcel", "zone"}


def test_what_the_scenario_page_exports_is_read(run_file):
    path = run_file.with_name("page.yaml")
    path.write_text(
        'zonegis_scenario: 1\nbase: "RUN.yaml"\nname: "他的方案"\nedits:\n  - edit: set_green\n    parcel_id: "A"\n'
        '    green_m2: "5000.25"\n', "utf-8",
    )  # fmt: skip
    above = write_scenario_file(run_file.with_name("s.yaml"), "s", "page.yaml", set_green("A", " ", m2=7))
    assert greens(evaluated(path)) == {**NOW, "A": 5_000.25}
    assert greens(evaluated(above)) == {**NOW, "A": 7}


def test_polygons_are_measured_by_the_kernel_and_no_ground_counts_twice(run_file):
    # 100 m × 20 m of which the first 40 m are green already; it reaches 10 m into B.
    wkt = (f"POLYGON(({EAST} {NORTH}, {EAST + 510} {NORTH}, {EAST + 510} {NORTH + 20}, {EAST} {NORTH + 20}, "
           f"{EAST} {NORTH}))")  # fmt: skip
    path = write_scenario_file(
        run_file.with_name("s.yaml"), "s", "RUN.yaml",
        {"edit": "add_green", "name": "strip", "green_id": "new", "wkt": wkt, "reason": "what if"},
        {"edit": "remove_green", "name": "gone", "green_id": "gC", "reason": "what if"},
    )  # fmt: skip
    assert greens(evaluated(path)) == {"A": 4_000 + 460 * 20, "B": 1_500, "C": 0, "D": 2_400}
    bad = write_scenario_file(run_file.with_name("t.yaml"), "t", "RUN.yaml",
                              {"edit": "add_green", "name": "x", "green_id": "n", "wkt": "POINT(1 1)", "reason": "r"})  # fmt: skip
    with pytest.raises(InputError):
        evaluated(bad)


def test_a_changed_use_brings_the_national_ceiling(tmp_path, make_table):
    uses = {"land_use_scheme": dict.fromkeys("CD", "mnr_2023"), "land_use_code": dict.fromkeys("CD", "1101")}
    run_file = write_z1(tmp_path / "z", NOW, make_table, green_ceiling_ratio={"A": 0.3}, **uses)
    use = {"edit": "change_use", "name": "u", "parcel_id": "B", "land_use_scheme": "mnr_2023", "reason": "what if",
           "land_use_code": "100101"}  # fmt: skip
    free = {"edit": "ceiling", "name": "c", "parcel_id": "B", "ratio": 1, "reason": "what if", "citation": "none"}
    limits = ["ceiling_source", "ceiling_m2"]
    used = write_scenario_file(run_file.with_name("s.yaml"), "s", "RUN.yaml", use)
    table = evaluated(used).parcels.set_index("parcel_id")
    assert table[limits].to_numpy().tolist() == [
        ["plan", 15_000],
        ["statute", 6_000],
        ["land", 20_000],
        ["land", 40_000],
    ]
    without = write_scenario_file(
        run_file.with_name("w.yaml"), "w", "s.yaml", solve={"industrial_ceiling": "not_applied"}
    )
    assert evaluated(without).parcels.set_index("parcel_id").loc["B", "ceiling_source"] == "land"
    freed = evaluated(write_scenario_file(run_file.with_name("t.yaml"), "t", "s.yaml", free))
    assert freed.parcels.set_index("parcel_id").loc["B", limits].tolist() == ["edit:c", 30_000]


def test_land_of_an_untold_use_keeps_to_the_stricter_ceiling_and_is_undetermined_above_it(tmp_path, make_table):
    """Only A has a use, which is none of industry; 20 % may bind B, C and D, of which C and D are above it."""
    told = {"land_use_scheme": {"A": "mnr_2023"}, "land_use_code": {"A": "1101"}, "green_ceiling_ratio": {}}
    now = {"A": 11_000, "B": 5_000, "C": 4_400, "D": 8_800}
    run_file = write_z1(tmp_path / "z", now, make_table, **told)
    state = evaluated(run_file)
    table = state.parcels.set_index("parcel_id")
    assert table["ceiling_source"].tolist() == ["land", *["statute_open"] * 3]
    assert table["within_limits"].tolist() == ["met", "met", "undetermined", "undetermined"]
    assert table["missing"].tolist() == ["", "", "land_use_code", "land_use_code"]
    lines = open_lines(state, "en")
    assert len(lines) == 2 and "stricter" in lines[0] and "undetermined" in lines[1]
    assert ["B, C, D" in line for line in lines] == [True, False]
    # 23 % of 140,000 m² are 32,200, 3,000 more than now: B, the cheapest, up to its 20 %, A the rest; none goes.
    more = write_scenario_file(
        run_file.with_name("m.yaml"), "m", "RUN.yaml", target("23%"), solve={"cost_cny_m2": 1, "costs": {"A": 2}}
    )
    after, solution, _ = solve_scenario(open_scenario(more, today=DAY))
    assert solution.green_m2 == {"A": 13_000, "B": 6_000, "C": 4_400, "D": 8_800}
    assert after.parcels["within_limits"].tolist() == ["met", "met", "undetermined", "undetermined"]
    use = {"edit": "change_use", "parcel_id": "C", "land_use_scheme": "mnr_2023", "land_use_code": "1101", "reason": "x"}
    known = evaluated(write_scenario_file(run_file.with_name("k.yaml"), "k", "RUN.yaml", use)).parcels
    assert known.set_index("parcel_id").loc["C", ["ceiling_source", "within_limits"]].tolist() == ["land", "met"]
    free = write_scenario_file(run_file.with_name("f.yaml"), "f", "RUN.yaml", solve={"industrial_ceiling": "not_applied"})
    assert set(evaluated(free).parcels["within_limits"]) == {"met"}


@pytest.mark.parametrize(("gas", "green", "verdict"), [
    (None, 14_999, "undetermined"), (None, 15_000, "met"), (False, 14_999, "met"), (True, 14_999, "not_met"),
])  # fmt: skip
def test_an_untold_gas_leaves_open_what_is_below_its_floor(tmp_path, make_table, gas, green, verdict):
    """30 % of A's 50,000 m² are 15,000."""
    run_file = write_z1(tmp_path / "z", NOW | {"A": green}, make_table, harmful_gas=dict.fromkeys("BCD", False) | {"A": gas})
    state = evaluated(run_file)
    row = state.parcels.set_index("parcel_id").loc["A"]
    assert (row["within_limits"], row["missing"]) == (verdict, "harmful_gas" if verdict == "undetermined" else "")
    assert any("harmful" in line for line in open_lines(state, "en")) == (verdict == "undetermined")


def test_green_above_a_ceiling_comes_down_unless_it_may_stay(run_file):
    down = {"edit": "ceiling", "name": "c", "parcel_id": "C", "ratio": "20%", "reason": "what if", "citation": "none"}
    reduced = write_scenario_file(run_file.with_name("s.yaml"), "s", "RUN.yaml", target("10%"), down, solve={})
    state = evaluated(reduced)
    assert state.parcels.set_index("parcel_id").loc["C", "within_limits"] == "not_met"
    assert greens(solve_scenario(open_scenario(reduced, today=DAY))[0])["C"] == 4_000
    kept = write_scenario_file(run_file.with_name("t.yaml"), "t", "s.yaml", solve={"above_ceiling": "kept"})
    assert greens(solve_scenario(open_scenario(kept, today=DAY))[0])["C"] == 7_000


def test_a_stale_result_refuses_export(run_file, make_table):
    path = write_scenario_file(run_file.with_name("s.yaml"), "s", "RUN.yaml", set_green("A", m2=5_000))
    opened = open_scenario(path, today=DAY)
    folder = write_scenario(opened, opened.state(), run_file.with_name("out"))
    table = pd.read_csv(export_scenario(folder, folder.with_name("t.csv")), dtype={"parcel_id": "str"})
    assert table["green_m2"].tolist() == [5_000, 1_500, 7_000, 2_400]
    assert export_scenario(folder, folder.with_name("t.xlsx")).stat().st_size > 1_000
    assert json.loads((folder / "scenario.json").read_text("utf-8"))["zones"][0]["green_m2"] == 15_900
    with permitted(overwrite=True):
        write_z1(run_file.parent, {**NOW, "B": 1_600}, make_table)
    with pytest.raises(StaleError, match="table green_spaces"):
        require_fresh(folder)
    with pytest.raises(StaleError):
        export_scenario(folder, folder.with_name("u.csv"))
    assert not folder.with_name("u.csv").exists()


@pytest.mark.parametrize(
    "content",
    [
        '{"zonegis_scenario": 1, "name": "a", "base": "RUN.yaml", "edit": []}',
        '{"zonegis_scenario": 2, "name": "a", "base": "RUN.yaml"}',
        '{"zonegis_scenario": 1, "name": "a", "base": "s.yaml"}',
        '{"zonegis_scenario": 1, "name": "a", "base": "absent.yaml"}',
        '{"zonegis_scenario": 1, "name": "a", "base": "RUN.yaml", "edits": [{"edit": "set_green", "name": "x", "parcel_id": 7, "m2": 1, "reason": "r"}]}',
        '{"zonegis_scenario": 1, "name": "a", "base": "RUN.yaml", "edits": [{"edit": "set_green", "name": "x", "parcel_id": "A", "m2": -1, "reason": "r"}]}',
        '{"zonegis_scenario": 1, "name": "a", "base": "RUN.yaml", "edits": [{"edit": "set_green", "name": "x", "parcel_id": "A", "m2": 1, "ratio": 1, "reason": "r"}]}',
        '{"zonegis_scenario": 1, "name": "a", "base": "RUN.yaml", "edits": [{"edit": "floor", "name": "x", "parcel_id": "A", "m2": 1, "reason": "r"}]}',
        '{"zonegis_scenario": 1, "name": "a", "base": "RUN.yaml", "edits": [{"edit": "set_green", "name": "x", "parcel_id": "Q", "m2": 1, "reason": "r"}]}',
        '{"zonegis_scenario": 1, "name": "a", "base": "RUN.yaml", "edits": [{"edit": "set_green", "name": "x", "parcel_id": "A", "m2": 50001, "reason": "r"}]}',
        '{"zonegis_scenario": 1, "name": "a", "base": "RUN.yaml", "edits": [{"edit": "target", "name": "x", "ratio": 20, "reason": "r", "citation": "c"}]}',
        '{"zonegis_scenario": 1, "name": "a", "base": "RUN.yaml", "edits": [{"edit": "lock", "name": "x", "parcel_id": "A", "reason": ""}]}',
    ],
)  # fmt: skip
def test_wrong_scenarios_are_refused(run_file, content):
    path = run_file.with_name("s.yaml")
    path.write_text(content, "utf-8")
    with pytest.raises(InputError):
        evaluated(path)


def test_names_may_not_repeat_in_a_stack_and_costs_must_be_of_the_run(run_file):
    write_scenario_file(run_file.with_name("a.yaml"), "a", "RUN.yaml", set_green("A", m2=1))
    twice = write_scenario_file(run_file.with_name("b.yaml"), "b", "a.yaml", set_green("A", m2=2))
    with pytest.raises(InputError, match="green A"):
        load_green_scenario(twice)
    same = write_scenario_file(run_file.with_name("c.yaml"), "a", "a.yaml")
    with pytest.raises(InputError):
        load_green_scenario(same)
    stray = write_scenario_file(run_file.with_name("d.yaml"), "d", "a.yaml", solve={"costs": {"Q": 1}})
    with pytest.raises(SchemaError):
        evaluated(stray)


def test_a_floor_and_ceiling_of_one_share_leave_that_share(tmp_path, make_table):
    """0.12345678901 of 50,000 m² lies between two whole mm²: not below the floor, and no contradiction."""
    share = {"A": 0.12345678901}
    run = write_z1(tmp_path / "z1", NOW, make_table, green_floor_ratio=share, green_ceiling_ratio=share)
    table = evaluated(run).parcels.set_index("parcel_id")
    assert table.loc["A", ["floor_m2", "ceiling_m2"]].tolist() == [6_172.839451, 6_172.839451]
    above = {"A": 0.12345678899}
    run = write_z1(tmp_path / "z2", NOW, make_table, green_floor_ratio=share, green_ceiling_ratio=above)
    table = evaluated(run).parcels.set_index("parcel_id")
    assert table.loc["A", "floor_m2"] > table.loc["A", "ceiling_m2"]


def roofs(height="12", m2=4_000):
    return [
        {"edit": "rule", "name": "count roofs", "rule": "green.counted_kinds", "value": ["attached", "roof"],
         "reason": "what if roofs counted"},
        {"edit": "roof_green", "name": "roof D", "parcel_id": "D", "m2": m2, "roof_height_m": height,
         "roof_green_kind": "garden", "reason": "what if"},
    ]  # fmt: skip


@pytest.mark.parametrize(("height", "credited"), [("12", 2_800), ("12.1", 2_000), ("24", 2_000), ("24.1", 0)])
def test_green_on_roofs_counts_as_the_table_converts_it(tmp_path, make_table, height, credited):
    run_file = write_z1(tmp_path / "z", {**NOW, "D": 6_400}, make_table)
    path = write_scenario_file(run_file.with_name("s.yaml"), "s", "RUN.yaml", *roofs(height), solve={"cost_cny_m2": 1})
    state = evaluated(path)
    row = state.parcels.set_index("parcel_id").loc["D"]
    assert (row["green_m2"], row["roof_credited_m2"]) == (6_400 + credited, credited)
    choice = next(one for one in state.choices if one.parcel_id == "D")
    # From 80 % of its plan's 5 % of 40,000 m² on the ground.
    assert (choice.roof_m2, choice.roof_from_m2) == (credited, 1_600 if credited else 0)
    assert state.targets[0].needed_m2 == 28_000


def test_the_solver_may_bring_a_roof_in_and_the_balance_confirms_it(tmp_path, make_table):
    own = {"green_floor_ratio": {"A": 0.05, "C": 0.1}}  # the zone's 20 % at D: roofs count from 6,400 m²
    run_file = write_z1(tmp_path / "z", {**NOW, "D": 6_000}, make_table, green_ceiling_ratio={"D": 0.4}, **own)
    costs = {"A": 9, "B": 9, "C": 9, "D": 1}
    path = write_scenario_file(
        run_file.with_name("s.yaml"), "s", "RUN.yaml", *roofs(), solve={"cost_cny_m2": 9, "costs": costs}
    )
    opened = open_scenario(path, today=DAY)
    before = opened.state()
    assert before.parcels.set_index("parcel_id").loc["D", "roof_credited_m2"] == 0  # 400 m² short on the ground
    after, solution, _ = solve_scenario(opened)
    row = after.parcels.set_index("parcel_id").loc["D"]
    assert (row["roof_credited_m2"], row["green_m2"]) == (2_800, float(solution.green_m2["D"]) + 2_800)
    assert solution.objective == 28_000 - 4_000 - 1_500 - 7_000 - 6_000 - 2_800  # each m² at D, less what the roof adds
    assert after.zones["green_m2"].iloc[0] == 28_000


def test_a_lower_target_is_tried_with_the_roofs_that_count_at_it(tmp_path, make_table):
    from gis.scenarios import problem_of

    limits = {"A": 0.08, "B": 0.05, "C": 0.35, "D": 0.25}
    own = {"green_floor_ratio": {"A": 0.05, "C": 0.1}}
    run_file = write_z1(tmp_path / "z", {**NOW, "D": 6_000}, make_table, green_ceiling_ratio=limits, **own)
    path = write_scenario_file(run_file.with_name("s.yaml"), "s", "RUN.yaml", *roofs(m2=9_000))
    opened = open_scenario(path, today=DAY)
    _, why = explain_scenario(opened)
    target = next(change for change in why.changes if change.kind == "target")
    edit = {"edit": "target", "ratio": str(float(target.value_to) - 1e-9), "reason": "x", "citation": "y"}
    lower = write_scenario_file(run_file.with_name("t.yaml"), "t", "RUN.yaml", *roofs(m2=9_000), edit)
    again = open_scenario(lower, today=DAY)
    state = again.state()
    same = problem_of(opened.state(), opened.scenario.solve).at_target("Z1", state.targets[0].target_ratio)
    assert (same.zones, same.parcels) == (state.targets, state.choices)
    after, _, _ = solve_scenario(again)
    assert after.zones["verdict"].iloc[0] == "met"


def test_a_solved_scenario_with_roofs_is_confirmed_and_certified(tmp_path, make_table):
    from gis.workflow import certify_solution

    run_file = write_z1(
        tmp_path / "z", {**NOW, "D": 6_400}, make_table, green_ceiling_ratio={"A": 0.3, "B": 0.12, "C": 0.35, "D": 0.25}
    )
    path = write_scenario_file(run_file.with_name("s.yaml"), "s", "RUN.yaml", *roofs(), solve={"cost_cny_m2": 1})
    opened = open_scenario(path, today=DAY)
    after, solution, _ = solve_scenario(opened)
    assert after.zones["green_m2"].iloc[0] == 28_000
    assert solution.objective == 28_000 - (4_000 + 1_500 + 7_000 + 6_400 + 2_800)
    certificate = certify_solution(opened, solution, after)
    assert certificate["derived"]["zones"][0]["green_m2"] == "28000"
    assert certificate["derived"]["sentences"]["en"][0] == "Zone Z1: 28,000 m² of green, 28,000 m² needed."


def test_costs_come_from_a_file_and_whole_decisions_from_the_settings(run_file):
    run_file.with_name("costs.csv").write_text("parcel_id,cost_cny_m2\nA,3\nB,1\nC,2\nD,5\n", "utf-8")
    solve = {"start": "bare", "costs_file": "costs.csv"}
    path = write_scenario_file(run_file.with_name("s.yaml"), "s", "RUN.yaml", solve=solve)
    assert solve_scenario(open_scenario(path, today=DAY))[1].objective == 74_600
    fewest = write_scenario_file(run_file.with_name("t.yaml"), "t", "RUN.yaml", solve={"objective": "least_parcels"})
    after, solution, _ = solve_scenario(open_scenario(fewest, today=DAY))
    # 13,100 m² are missing; A can take 11,000, B 2,100 and D 5,600 more: no one alone, A with B or D.
    assert solution.objective == 2 and greens(after)["A"] > 4_000
    charged = write_scenario_file(run_file.with_name("u.yaml"), "u", "RUN.yaml",
                                  solve={"costs_file": "costs.csv", "fixed_cost_cny": 10_000, "patch_m2": 3_000})  # fmt: skip
    after, solution, _ = solve_scenario(open_scenario(charged, today=DAY))
    # B can't take a patch of 3,000; A takes at most 11,000, so that D needs a patch: 3,000 at D, 10,100 at A.
    assert greens(after) == {"A": 14_100, "B": 1_500, "C": 7_000, "D": 5_400}
    assert solution.cost_cny == 10_100 * 3 + 3_000 * 5 + 2 * 10_000


def test_a_locked_parcel_stays_and_a_stack_may_unlock_it(run_file):
    lock = {"edit": "lock", "name": "l", "parcel_id": "A", "reason": "trees"}
    path = write_scenario_file(run_file.with_name("s.yaml"), "s", "RUN.yaml", lock, target("15%"), solve=SOLVE)
    assert greens(solve_scenario(open_scenario(path, today=DAY))[0])["A"] == 4_000
    free = {"edit": "unlock", "name": "u", "parcel_id": "A", "reason": "felled"}
    above = write_scenario_file(run_file.with_name("t.yaml"), "t", "s.yaml", free, set_green("A", m2=2_400))
    assert not evaluated(above).parcels["is_locked"].any()


def test_no_edit_moves_the_green_of_a_locked_parcel(run_file):
    lock = {"edit": "lock", "name": "l", "parcel_id": "A", "reason": "trees"}
    gone = {"edit": "remove_green", "name": "gone", "green_id": "gA", "reason": "what if"}
    elsewhere = {**gone, "green_id": "gC"}
    for edit in (set_green("A", m2=1), roofs()[1] | {"parcel_id": "A"}, gone):
        path = write_scenario_file(run_file.with_name("s.yaml"), "s", "RUN.yaml", lock, edit)
        with pytest.raises(InputError, match="trees"):
            evaluated(path)
    assert evaluated(write_scenario_file(run_file.with_name("s.yaml"), "s", "RUN.yaml", lock, elsewhere)) is not None


def test_a_run_on_the_ellipsoid_is_edited_solved_and_confirmed_on_it(run_file):
    text = run_file.read_text("utf-8")
    run_file.write_text(text.replace("output: results", "output: results\narea_basis: ellipsoidal"), "utf-8")
    wkt = f"POLYGON(({EAST + 50} {NORTH}, {EAST + 90} {NORTH}, {EAST + 90} {NORTH + 50}, {EAST + 50} {NORTH + 50}, {EAST + 50} {NORTH}))"
    add = {"edit": "add_green", "name": "strip", "green_id": "new", "wkt": wkt, "reason": "what if"}
    path = write_scenario_file(run_file.with_name("s.yaml"), "s", "RUN.yaml", add, solve={"cost_cny_m2": 2})
    after, solution, _ = solve_scenario(open_scenario(path, today=DAY))
    before = evaluated(path)
    assert before.balance.area_basis.startswith("ellipsoidal")
    scale = before.parcels["area_m2"].iloc[0] / 50_000
    assert 0 < abs(scale - 1) < 2e-3
    assert greens(before)["A"] == pytest.approx(6_000 * scale, rel=1e-5)
    assert after.zones["verdict"].iloc[0] == "met" and solution.gap == 0
    assert after.zones["surplus_m2"].iloc[0] < 1e-5
