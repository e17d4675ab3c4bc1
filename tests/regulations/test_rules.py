import datetime as dt

import pytest

import gis
from gis.errors import RuleError
from gis.regulations import anniversary, holds, policy_clauses, policy_in_force
from gis.regulations.parameters import load_rule_set

UNVERIFIED = {
    "idle_land.anniversary_counts", "green.counted_kinds", "green.road_land_counts", "green.industrial_ceiling_ratio",
    "mixed_use.single_use_share",
}  # fmt: skip


def test_every_rule_of_pudong_loads_and_inferred_ones_are_unverified():
    rules = gis.load_rules(as_of="2026-03-31", place="310115")
    for name in rules.names():
        parameter = rules.get(name)
        assert parameter.citation.article
        if name in UNVERIFIED or name.startswith("underused."):
            assert not parameter.verified, name
        else:
            assert parameter.verified, name
    assert [record["name"] for record in rules.read] == rules.names()


@pytest.mark.parametrize(
    ("day", "scope"), [("2021-01-14", "park"), ("2021-01-15", "zone"), ("2026-05-27", "zone"), ("2026-05-28", "park")]
)
def test_the_green_balance_follows_the_policy_dates(day, scope):
    assert gis.load_rules(as_of=day, place="310115").get("green.balance_scope").value == scope


@pytest.mark.parametrize("day", ["2022-01-19", "2027-01-20"])
def test_a_rule_out_of_force_raises_with_the_dates_covered(day):
    with pytest.raises(RuleError, match="2022-01-20"):
        gis.load_rules(as_of=day, place="310115").get("mixed_use.use_share_floor")


def test_the_district_decides():
    assert gis.load_rules(as_of="2026-03-31", place="310113").get("underused.grade").verified
    assert not gis.load_rules(as_of="2026-03-31", place="310117").get("underused.grade").verified
    with pytest.raises(RuleError):
        gis.load_rules(as_of="2026-03-31", place="440300").get("underused.grade")


def test_the_policy_register_is_whole():
    clauses = policy_clauses()
    assert len(clauses) == 22
    assert {c.number for c in clauses if c.conditions} == {"一(五)", "三(五)"}
    assert policy_in_force(dt.date(2026, 5, 28))["id"] == "measures_2026_192"


def test_every_source_is_cited_or_a_policy():
    rule_set = load_rule_set()
    cited = {value.citation.source.id for entry in rule_set.entries.values() for value in entry.values}
    assert set(rule_set.sources) - cited == {"measures_2026_192"}


@pytest.mark.parametrize(
    ("start", "end"), [((2024, 2, 29), (2025, 2, 28)), ((2023, 3, 1), (2024, 3, 1)), ((2023, 12, 31), (2024, 12, 31))]
)
def test_calendar_years(start, end):
    assert anniversary(dt.date(*start), "P1Y") == dt.date(*end)


def test_bounds_at_the_limit():
    assert [holds(bound, 2, 2) for bound in ("at_least", "more_than", "at_most", "less_than")] == [
        True,
        False,
        True,
        False,
    ]


GOOD = """
a.rule:
  label: {zh: 甲, en: a}
  kind: ratio
  unit: ratio
  bound: at_least
  scope: park
  values:
    - {from: 2020-01-01, value: "20%", source: law, article: "1", verified: true}
"""
SOURCE = """
law:
  {title_zh: 法, title_en: law, number: null, issuer: x, promulgated: null, in_force: 2020-01-01, expires: 2024-12-31,
   superseded_by: null, url: null, checked_on: 2026-01-01, dates_verified: true, note: null}
"""


def load(tmp_path, text):
    (tmp_path / "sources.yaml").write_text(SOURCE, "utf-8")
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    return load_rule_set(tmp_path)


def test_a_sound_file_loads(tmp_path):
    assert str(load(tmp_path, GOOD).entries["a.rule"].values[0].value) == "1/5"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("scope: park", "scope: park\n  colour: red"),
        ("kind: ratio", "kind: ratio\n  kind: ratio"),
        (', article: "1"', ""),
        ('article: "1"', 'article: " "'),
        ("from: 2020-01-01", "from: 2019-12-31"),
        ("from: 2020-01-01", "from: 2024-01-01, until: 2025-01-01"),
        ("from: 2020-01-01", "from: 1 January 2020"),
        ("source: law", "source: rumour"),
        ("bound: at_least", "bound: roughly"),
        ("unit: ratio", "unit: acre"),
        ('value: "20%"', "value: 0.2"),
        ("verified: true", "verified: perhaps"),
    ],
)
def test_a_flawed_file_is_refused(tmp_path, before, after):
    assert before in GOOD
    with pytest.raises((RuleError, ValueError), match=r"a\.yaml"):
        load(tmp_path, GOOD.replace(before, after, 1))
