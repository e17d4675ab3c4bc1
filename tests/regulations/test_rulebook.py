import dataclasses
import datetime as dt
import pickle
import threading
from fractions import Fraction

import pytest

from gis.errors import RuleError
from gis.regulations import load_rules

NOON = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
FLOOR, FEE = "green.zone_floor_ratio", "idle_land.fee_ratio"


@pytest.fixture
def rules():
    return load_rules(as_of="2026-03-31", place="310115")


def test_parameter_carries_its_law(rules):
    floor = rules.get(FLOOR)
    assert (floor.value, floor.bound, floor.scope, floor.unit) == (Fraction(1, 5), "at_least", "park", "ratio")
    assert floor.citation.text("zh") == "《上海市绿化条例（2018年12月修正）》第15条第1款第3项"
    assert (
        floor.citation.text("en") == "Shanghai Greening Regulation (amendment of December 2018), art. 15 para. 1 item 3"
    )
    assert (floor.in_force, floor.expires, floor.verified, floor.hypothetical) == (
        dt.date(2019, 1, 1),
        None,
        True,
        False,
    )
    assert floor.citation.source.issuer == "上海市人民代表大会常务委员会"


def test_values_are_exact_by_kind(rules):
    found = {name: rules.get(name).value for name in rules.names() if rules.covers(name)}
    assert found["idle_land.developed_area_ratio"] == Fraction(1, 3)
    assert found["idle_land.start_overdue_period"] == "P1Y"
    assert found["idle_land.anniversary_counts"] is False
    assert found["idle_land.exempt_causes"] == ("government_cause", "force_majeure")
    assert found["mixed_use.least_uses"] == Fraction(2)
    assert not any(isinstance(value, float) for value in found.values())


def test_reads_are_recorded_once_and_in_order_of_name(rules):
    for name in (FEE, FLOOR, FEE):
        rules.get(name)
    assert [record["name"] for record in rules.read] == [FLOOR, FEE]
    record = rules.read[1]
    assert (record["value"], record["unit"], record["bound"], record["scope"]) == ("20%", "ratio", "equals", "plot")
    assert (record["in_force"], record["expires"], record["verified"]) == ("2012-07-01", "", True)
    assert record["citation_zh"].endswith("第14条第1项")
    assert (record["hypothetical"], record["reason"]) == (False, "")


def test_records_hold_texts_and_flags_only(rules):
    names = [name for name in rules.names() if rules.covers(name)]
    for name in names:
        rules.get(name)
    assert len(rules.read) == len(names)
    assert {type(value) for record in rules.read for value in record.values()} == {str, bool}


def test_a_rulebook_can_not_be_changed(rules):
    with pytest.raises(dataclasses.FrozenInstanceError):
        rules.as_of = dt.date(2020, 1, 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        rules.get(FLOOR).value = Fraction(0)
    rules.get(FLOOR)
    rules.read[0]["value"] = "0%"
    assert rules.read[0]["value"] == "20%"


def test_recorders_keep_apart_and_reach_the_parent(rules):
    one, other = rules.recorder(), rules.recorder()
    one.get(FEE)
    other.recorder().get(FLOOR)
    names = [[record["name"] for record in book.read] for book in (one, other, rules)]
    assert names == [[FEE], [FLOOR], [FLOOR, FEE]]
    assert rules.recorder().read == ()


def test_a_replaced_value_says_so_everywhere(rules):
    rules.get(FEE)
    what_if = rules.replace(FLOOR, "25%", "draft of 2027")
    floor = what_if.get(FLOOR)
    assert (floor.value, floor.hypothetical, floor.verified, floor.reason) == (
        Fraction(1, 4),
        True,
        False,
        "draft of 2027",
    )
    assert (
        floor.citation.text("zh")
        == "假设取值（draft of 2027），替代《上海市绿化条例（2018年12月修正）》第15条第1款第3项"
    )
    assert floor.citation.text("en").startswith("hypothetical value (draft of 2027) in place of Shanghai Greening")
    assert what_if.hypothetical == (FLOOR,)
    assert [record["hypothetical"] for record in what_if.read] == [True]


def test_a_replacement_shares_nothing_with_the_original(rules):
    own = rules.recorder()
    what_if = own.replace(FLOOR, Fraction(1, 4), "test").replace(FEE, "10%", "test")
    what_if.get(FEE)
    assert (rules.read, own.read, rules.hypothetical) == ((), (), ())
    assert rules.get(FLOOR).value == Fraction(1, 5)
    assert (what_if.get(FLOOR).value, what_if.get(FEE).value) == (Fraction(1, 4), Fraction(1, 10))
    assert what_if.recorder().get(FLOOR).hypothetical


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (FLOOR, 0.25), (FLOOR, "a fifth"), (FLOOR, "120%"), (FLOOR, "-1%"), (FLOOR, True), (FLOOR, "1/0"),
        (FLOOR, None),
        ("idle_land.start_overdue_period", Fraction(1)), ("idle_land.start_overdue_period", "365"),
        ("idle_land.anniversary_counts", "true"), ("idle_land.anniversary_counts", 1), ("green.balance_scope", ["D"]),
        ("green.counted_kinds", "attached"), ("green.counted_kinds", []), ("mixed_use.least_uses", 2.0),
    ],
)  # fmt: skip
def test_a_replacement_of_another_kind_is_refused(rules, name, value):
    with pytest.raises(RuleError) as caught:
        rules.replace(name, value, "test")
    assert caught.value.key == "rule_value_invalid"
    assert name in str(caught.value)


def test_a_replacement_needs_a_reason_a_known_name_and_a_value_in_force(rules):
    with pytest.raises(RuleError, match="needs a reason"):
        rules.replace(FLOOR, "25%", "  ")
    with pytest.raises(RuleError, match=r"no rule 'green\.floor'"):
        rules.replace("green.floor", "25%", "test")
    with pytest.raises(RuleError, match="no value in force on 2001-01-01"):
        load_rules(as_of="2001-01-01", place="31").replace(FLOOR, "25%", "test")


def test_whole_numbers_and_lists_may_replace(rules):
    what_if = rules.replace("mixed_use.least_uses", 3, "test").replace(
        "green.counted_kinds", ["attached", "park"], "test"
    )
    assert what_if.get("mixed_use.least_uses").value == 3
    assert what_if.get("green.counted_kinds").value == ("attached", "park")


def test_an_unknown_name_is_refused_with_the_names_there_are(rules):
    with pytest.raises(RuleError, match=r"no rule 'idle'.*green\.balance_scope"):
        rules.get("idle")


@pytest.mark.parametrize("as_of", ["2026-3-31", "20260331", "2026-W13-2", "2026-02-30", "", None, 20260331, NOON])
def test_the_day_is_a_day_and_is_never_guessed(as_of):
    with pytest.raises(RuleError, match="no date"):
        load_rules(as_of=as_of, place="310115")


@pytest.mark.parametrize("place", ["", "3", "31011", "Shanghai", 310115, None, "３１０１１５", "310115 "])
def test_the_place_is_a_division_code_as_text(place):
    with pytest.raises(RuleError, match="no administrative division code"):
        load_rules(as_of="2026-03-31", place=place)


@pytest.mark.parametrize("place", ["31", "3101", "310115", "310115125", "310115125201"])
def test_a_place_inside_a_prefix_has_its_value(place):
    assert load_rules(as_of=dt.date(2026, 3, 31), place=place).get(FLOOR).value == Fraction(1, 5)


def test_the_most_specific_place_wins_whatever_the_order(made_rules):
    def three_places(content):
        base = content["made.yaml"]["made.share"]["values"][0]
        places = (None, ["31"], ["310115", "310114"])
        content["made.yaml"]["made.share"]["values"] = [
            base | {"places": place, "value": value} for place, value in zip(places, ("1/2", "1/3", "1/4"), strict=True)
        ][::-1]

    folder = made_rules(three_places)
    found = {
        place: str(load_rules(as_of="2026-03-31", place=place, folder=folder).get("made.share").value)
        for place in ("44", "31", "310101", "310115", "310114")
    }
    assert found == {"44": "1/2", "31": "1/3", "310101": "1/3", "310115": "1/4", "310114": "1/4"}


def test_a_value_limited_to_zones_reaches_no_other_zone(rules):
    name = "mixed_use.use_share_floor"
    named, other = rules.get(name, zone="外高桥保税区"), rules.get(name, zone="金桥综合保税区")
    assert (named.bound, other.bound, named.verified, other.verified) == ("more_than", "at_least", True, False)
    assert "外高桥保税区" in named.zones
    assert other.zones == ()
    assert len(rules.read) == 2
    assert rules.get(name).bound == "more_than"


def test_the_same_reads_give_the_same_record_in_any_order(rules):
    backwards = load_rules(as_of="2026-03-31", place="310115")
    names = [name for name in rules.names() if rules.covers(name)]
    for name in names:
        rules.get(name)
    for name in reversed(names):
        backwards.get(name)
    assert rules.read == backwards.read


def test_threads_may_share_a_rulebook(rules):
    names = [name for name in rules.names() if rules.covers(name)]
    books = [rules.recorder() for _ in range(8)]
    failures = []

    def read(book):
        try:
            for _ in range(50):
                for name in names:
                    book.get(name)
                assert len(rules.read) <= len(names)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=read, args=(book,)) for book in books]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert all(book.read == rules.read for book in books)
    assert len(rules.read) == len(names)


def test_a_rulebook_travels_to_another_process(rules):
    copy = pickle.loads(pickle.dumps(rules.replace(FLOOR, "25%", "test")))
    assert copy.get(FLOOR).value == Fraction(1, 4)
    assert copy.fingerprint == rules.fingerprint
    assert "310115" in repr(copy)
