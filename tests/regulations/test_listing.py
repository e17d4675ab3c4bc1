import pytest

from gis.errors import RuleError
from gis.regulations import list_rules, load_rule_set, load_rules, show_rule


def test_every_rule_is_listed_once_at_a_place_in_order_of_name():
    names = [record["name"] for record in list_rules(as_of="2026-03-31", place="310115")]
    assert names == sorted(load_rule_set().entries)


@pytest.mark.parametrize("place", ["31", "310113", "310114", "310115"])
@pytest.mark.parametrize("as_of", ["2021-06-30", "2024-01-01", "2026-03-31", "2026-11-24"])
def test_the_list_is_what_the_rulebook_gives(as_of, place):
    rules = load_rules(as_of=as_of, place=place)
    listed = {record["name"]: record for record in list_rules(as_of=as_of, place=place)}
    assert list(listed) == rules.names()
    covered = [name for name in rules.names() if rules.covers(name)]
    assert {name: listed[name] for name in covered} == {name: rules.get(name).record() for name in covered}
    assert {name for name in rules.names() if not listed[name]["value"]} == set(rules.names()) - set(covered)
    # Rules of quotas come and go with their documents, and some hold in four districts only; underused land is
    # defined by two districts.
    absent = {name for name in rules.names() if not name.startswith(("quotas.", "underused."))}
    assert absent - set(covered) <= {
        "idle_land.contract_exit_grounds", "idle_land.reconsideration_period", "mixed_use.barred_uses",
    }  # fmt: skip


def test_a_rule_that_is_not_in_force_keeps_its_name_and_nothing_to_use():
    before = {record["name"]: record for record in list_rules(as_of="2012-06-30", place="310115")}
    fee = before["idle_land.fee_ratio"]
    assert (fee["label_en"], fee["value"], fee["citation_zh"], fee["verified"]) == (
        "Idle-land fee / land price",
        "",
        "",
        False,
    )
    assert before["green.industrial_ceiling_ratio"]["value"] == "20%"


def test_without_a_day_the_most_specific_and_newest_value_is_listed():
    found = {record["name"]: record for record in list_rules(place="310115")}
    assert found["green.balance_scope"]["in_force"] == "2026-09-20"
    assert found["mixed_use.use_share_floor"]["source"] == "bonded_mixed_2021_175"


def test_without_a_place_every_value_of_the_day_is_listed():
    records = list_rules(as_of="2026-03-31")
    places = [record["places"] for record in records if record["name"] == "underused.grade"]
    assert sorted(places) == ["310113", "310114"]
    assert len(list_rules()) == sum(len(entry.values) for entry in load_rule_set().entries.values())


def test_every_dated_value_is_shown():
    records = show_rule("green.balance_scope")
    assert [(record["in_force"], record["expires"], record["value"]) for record in records] == [
        ("2019-01-01", "2021-01-14", "park"),
        ("2021-01-15", "2026-05-27", "zone"),
        ("2026-05-28", "2026-09-19", "park"),
        ("2026-09-20", "", "park"),
    ]
    assert [record["verified"] for record in records] == [False, True, False, False]
    assert records[0]["note"] == f"{records[0]['note_zh']} / {records[0]['note_en']}"
    assert records[0]["basis"] == "inference"


def test_an_unknown_name_or_day_or_place_is_refused():
    with pytest.raises(RuleError, match="no rule 'green'"):
        show_rule("green")
    with pytest.raises(RuleError, match="no date"):
        list_rules(as_of="yesterday")
    with pytest.raises(RuleError, match="no administrative division code"):
        list_rules(place="Pudong")
