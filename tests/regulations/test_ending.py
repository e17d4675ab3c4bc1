"""Rules that were read and end within a year: the day before the year reaches the end, on it, and after."""

import datetime as dt
import json

import pytest
from typer.testing import CliRunner

from gis.cli import app
from gis.regulations import load_rules, rules_ending
from gis.workflow import write_sample_run

MIX, REWARD, SCOPE = "mixed_use.use_share_floor", "quotas.reward_good_industry", "green.balance_scope"


def ending(name, as_of, place="310115"):
    rules = load_rules(as_of=as_of, place=place)
    rules.get(name)
    return [(one["expires"], one["following"], one["following_source"]) for one in rules_ending(rules)]


@pytest.mark.parametrize(
    ("name", "as_of", "place", "expires", "source"),
    [
        # 中（沪）自保管〔2021〕175号 ends on 2027-01-19; then the guideline speaks, of which the text was not read.
        (MIX, "2026-01-18", "310115", None, ""),
        (MIX, "2026-01-19", "310115", "2027-01-19", "detailed_plan_guideline_2016"),
        (MIX, "2027-01-19", "310115", "2027-01-19", "detailed_plan_guideline_2016"),
        (MIX, "2027-01-20", "310115", None, ""),
        # The reward of the new towns ends on 2026-12-31, and nothing takes its place.
        (REWARD, "2025-12-30", "310114", None, ""),
        (REWARD, "2025-12-31", "310114", "2026-12-31", ""),
        (REWARD, "2026-12-31", "310114", "2026-12-31", ""),
        # The balance by zone ended with the policy of 2021.
        (SCOPE, "2025-05-26", "310115", None, ""),
        (SCOPE, "2025-05-27", "310115", "2026-05-27", "industrial_land_2021_6"),
    ],
)
def test_what_ends_within_a_year_is_told_with_what_follows(name, as_of, place, expires, source):
    found = ending(name, as_of, place)
    if expires is None:
        assert found == []
        return
    [(last, following, cited)] = found
    assert (last, cited, bool(following)) == (expires, source, bool(source))


def test_asking_what_ends_reads_nothing_and_only_what_was_read_is_told():
    rules = load_rules(as_of="2026-03-31", place="310115")
    assert rules_ending(rules) == []
    rules.get(MIX)
    before = rules.read
    assert [one["name"] for one in rules_ending(rules)] == [MIX]
    assert rules.read == before


def test_a_run_warns_in_every_output(tmp_path):
    run_file = write_sample_run(tmp_path / "z", parcels=40, seed=2, as_of=dt.date(2026, 3, 31))
    shown = CliRunner().invoke(app, ["run", str(run_file), "--lang", "en"])
    assert shown.exit_code == 0, shown.output
    told = " ".join(shown.output.split())
    assert "end within a year" in told and "last day 2026-09-19" in told
    manifest = json.loads((run_file.parent / "results" / "manifest.json").read_text("utf-8"))
    names = {one["name"] for one in manifest["rules_ending"]}
    assert {"green.balance_scope", "idle_land.contract_exit_grounds"} <= names
    page = (run_file.parent / "results" / "report.html").read_text("utf-8")
    assert "一年内失效" in page or "end within a year" in page
    # What follows is said in words: "park" is the scope, not the kind of green of that name.
    assert "then park (" in page
    assert "late_start, late_completion" not in page
