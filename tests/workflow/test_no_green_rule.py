"""A day on which no green floor is at hand: a run says what is missing, and gives everything else."""

import datetime as dt
import json

import pytest
from typer.testing import CliRunner

from gis.cli import app
from gis.workflow import compare_rule_years, compute_run, write_sample_run

TODAY = dt.date(2026, 11, 24)
BEFORE, FIRST, AFTER = dt.date(2018, 12, 31), dt.date(2019, 1, 1), dt.date(2019, 1, 2)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("green")
    made = write_sample_run(folder / "z", parcels=40, seed=2, as_of=BEFORE)
    found = {}
    for day in (BEFORE, FIRST, AFTER):
        found[day] = made.with_name(f"RUN-{day}.yaml")
        found[day].write_text(made.read_text("utf-8").replace(str(BEFORE), str(day)), "utf-8")
    return found


@pytest.mark.parametrize(("day", "judged"), [(BEFORE, False), (FIRST, True), (AFTER, True)])
def test_the_green_balance_is_left_out_only_where_no_rule_is_at_hand(runs, day, judged):
    _, measured = compute_run(runs[day], today=TODAY)
    assert ("green_ratio" in measured.balances) is judged
    assert {"idle_land", "mixed_use"} <= set(measured.balances)
    lacking = measured.left_out.get("green_ratio", ())
    assert bool(lacking) is not judged
    if not judged:
        told = {one["name"]: one for one in lacking}
        assert "green.zone_floor_ratio" in told
        assert told["green.zone_floor_ratio"]["covered"] == ["2019-01-01 – …"]
        assert measured.accounts["green_spaces"].left_out == {"not_used": measured.accounts["green_spaces"].read}


def test_every_output_says_what_is_missing(runs):
    shown = CliRunner().invoke(app, ["run", str(runs[BEFORE]), "--lang", "en"])
    assert shown.exit_code == 0, shown.output
    told = " ".join(shown.output.split())
    assert "2018-12-31" in told and "Least share of attached green land in the park" in told and "2019-01-01" in told
    folder = runs[BEFORE].parent / "results"
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert [one["name"] for one in manifest["left_out"]["green_ratio"]]
    page = (folder / "report.html").read_text("utf-8")
    assert "Least share of attached green land in the park" in page and "2019-01-01 – …" in page


def test_two_laws_of_which_one_has_no_green_floor_are_compared_by_what_both_judge(runs):
    found = compare_rule_years(runs[FIRST], (BEFORE, FIRST), today=TODAY)
    assert set(found.flips["analysis"]) <= {"idle_land", "mixed_use"}
    assert any(rule["change"] == "begins" for rule in found.rules if rule["name"] == "green.zone_floor_ratio")
