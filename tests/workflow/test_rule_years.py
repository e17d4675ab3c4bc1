"""Two rule years on the sample: the four combinations, the split, and a law that was changed in a copy."""

import datetime as dt
import json
import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from gis.analyses.idle_status import classify_status
from gis.analyses.rule_years import FOUR
from gis.cli import app
from gis.errors import InputError
from gis.regulations import load_rules
from gis.regulations.rule_set import RULES_FOLDER
from gis.workflow import check_run, compare_rule_years, write_sample_run

FIRST, SECOND, TODAY = dt.date(2023, 3, 31), dt.date(2026, 3, 31), dt.date(2026, 3, 31)
EFFECTS = ["rule_effect_m2", "data_effect_m2", "joint_m2"]


@pytest.fixture(scope="module")
def run_file(tmp_path_factory):
    return write_sample_run(tmp_path_factory.mktemp("years") / "z", parcels=80, seed=4, as_of=SECOND)


@pytest.fixture(scope="module")
def stricter(tmp_path_factory):
    """A law in which half a year without a start makes land idle."""
    folder = tmp_path_factory.mktemp("law") / "rules"
    shutil.copytree(RULES_FOLDER, folder)
    path = folder / "idle_land.yaml"
    old = 'value: P1Y, bound: at_least, scope: plot, source: order_53_2012, article: "2¶1"'
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, old.replace("P1Y", "P6M")), "utf-8")
    return folder


@pytest.fixture(scope="module")
def changed(run_file, stricter):
    return compare_rule_years(run_file, (FIRST, SECOND), today=TODAY, folders=(None, stricter))


def test_the_total_is_rule_plus_data_plus_joint_exactly(changed):
    areas = changed.areas
    assert (areas[EFFECTS].sum(axis=1) == areas["total_m2"]).all()
    assert (areas["law_2_facts_2_m2"] - areas["law_1_facts_1_m2"] == areas["total_m2"]).all()
    for _, zone in areas.groupby("zone_id"):  # what one status gains another loses
        assert all(zone[name].sum() == 0 for name in [*EFFECTS, "total_m2"])
        totals = {zone[f"law_{law}_facts_{facts}_m2"].sum() for law, facts in FOUR}
        assert len(totals) == 1


def test_each_combination_is_what_classifying_a_second_time_finds(changed, run_file, stricter):
    tables = check_run(run_file, today=TODAY).tables
    parcels = pd.DataFrame(tables["parcels"].drop(columns="geometry"))
    laws = {1: load_rules(as_of=FIRST, place="310115"), 2: load_rules(as_of=SECOND, place="310115", folder=stricter)}
    days = {1: FIRST, 2: SECOND}
    found = {
        cell: classify_status(parcels, laws[cell[0]].judging(days[cell[1]]), events=tables["parcel_events"])["status"]
        for cell in FOUR
    }
    own = changed.flips[changed.flips["item"] == "status"].set_index("entity_id")
    columns = {(1, 1): "from", (2, 2): "to", (2, 1): "law_alone", (1, 2): "facts_alone"}
    table = pd.DataFrame(found).set_axis(list(found), axis=1).set_axis(parcels["parcel_id"], axis=0)
    differing = table[[len(set(row)) > 1 for row in table.to_numpy()]]
    assert set(own.index) == set(differing.index)
    for cell, side in columns.items():
        assert own[f"verdict_{side}"].sort_index().tolist() == differing[cell].sort_index().tolist()
    assert {"rule", "data"} & set(own["effect"])


def test_a_flip_opens_to_both_values_and_clauses(changed):
    rule = changed.flips[changed.flips["item"] == "idle_land.start_overdue_period"]
    assert len(rule)
    both = rule[(rule["threshold_from"] != "") & (rule["threshold_to"] != "")]
    assert len(both)
    assert set(both["threshold_from"]) == {"P1Y"}
    assert set(both["threshold_to"]) == {"P6M"}
    assert both["citation_from"].str.contains("第二条|53").all()
    [record] = [record for record in changed.rules if record["name"] == "idle_land.start_overdue_period"]
    assert (record["change"], record["value_from"], record["value_to"]) == ("value", "P1Y", "P6M")


def test_the_same_law_has_no_rule_effect_and_the_same_day_no_data_effect(run_file, stricter):
    same_law = compare_rule_years(run_file, (FIRST, SECOND), today=TODAY).areas
    assert (same_law["rule_effect_m2"] == 0).all() and (same_law["joint_m2"] == 0).all()
    assert (same_law["data_effect_m2"] != 0).any()
    same_day = compare_rule_years(run_file, (SECOND, SECOND), today=TODAY, folders=(None, stricter)).areas
    assert (same_day["data_effect_m2"] == 0).all() and (same_day["joint_m2"] == 0).all()
    assert (same_day["rule_effect_m2"] != 0).any()


def test_facts_of_a_day_to_come_are_refused(run_file):
    with pytest.raises(InputError) as error:
        compare_rule_years(run_file, (FIRST, SECOND), today=FIRST)
    assert error.value.key == "as_of_in_future"


def test_the_command_lists_the_rules_and_the_flips(run_file):
    done = CliRunner().invoke(app, ["rules", "diff", "--from", "2021-12-31", "--to", "2027-02-01", "--json"])
    assert done.exit_code == 0
    rules = {record["name"]: record for record in json.loads(done.stdout)["rules"]}
    assert (rules["green.balance_scope"]["value_from"], rules["green.balance_scope"]["value_to"]) == ("zone", "park")
    assert rules["idle_land.contract_exit_grounds"]["change"] == "citation"  # goes on under toolbox 2.0 item 1-5
    words = ["rules", "diff", "--from", "2025-03-31", "--to", "2026-03-31", "--data", str(run_file), "--lang", "en"]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0, shown.output
    assert "rule effect + data effect + joint" in shown.output
