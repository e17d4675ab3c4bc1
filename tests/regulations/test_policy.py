import dataclasses
import datetime as dt
import itertools

import pytest

from gis.regulations import Verdict, judge_effect, load_rule_set, policy_clauses, policy_in_force

CHAPTERS = {"一": "一二三四五六七八九", "二": "一二三四五六", "三": "一二三四五六"}
ESCALATION = {"is_major_quality_project": True, "is_large_user_or_emitter": True, "district_shortfall": 0.5}
EXIT = {
    "years_since_establishment": 5, "consecutive_years_class_c_nation": 2, "consecutive_years_class_c_east": 2,
    "rank_from_last": 5,
}  # fmt: skip


def effect(number, name):
    clause = next(clause for clause in policy_clauses() if clause.number == number)
    return next(effect for effect in clause.effects if effect.name == name)


def test_every_clause_of_the_text_is_registered_in_its_order():
    expected = [f"{chapter}({item})" for chapter, items in CHAPTERS.items() for item in items]
    assert [clause.number for clause in policy_clauses()] == [*expected, "结尾"]


def test_policy_of_the_day(cases):
    for case in cases("policy.yaml"):
        policy = policy_in_force(case["as_of"])
        assert (policy and policy["number"]) == case["number"], case
        assert len(policy_clauses(case["as_of"])) == case["clauses"], case


def test_clauses_hold_between_the_days_of_the_policy():
    days = {(clause.in_force, clause.expires) for clause in policy_clauses()}
    assert days == {(dt.date(2021, 1, 15), dt.date(2026, 5, 27))}
    sources = load_rule_set().sources
    assert sources["policy_2021_1"].superseded_by == "measures_2026_192"
    assert sources["measures_2026_192"].in_force == sources["policy_2021_1"].repealed


def test_what_is_not_settled_about_the_repeal_is_said():
    for day in (dt.date(2026, 5, 27), dt.date(2026, 5, 28)):
        policy = policy_in_force(day)
        assert "待核" in policy["note_zh"]
        assert "to be verified" in policy["note_en"]
    assert policy_in_force(dt.date(2026, 5, 27))["has_clauses"]
    assert not policy_in_force(dt.date(2026, 5, 28))["has_clauses"]


def test_clauses_are_served_by_what_they_speak_of():
    served = {clause.number: clause.served_by for clause in policy_clauses() if clause.served_by != ("none",)}
    assert served == {
        "一(三)": ("boundaries", "quotas", "mixed_use"),
        "一(四)": ("idle_land",),
        "一(五)": ("quotas",),
        "一(六)": ("green_ratio",),
        "三(五)": ("register_only",),
        "结尾": ("boundaries",),
    }


def test_every_clause_but_the_last_names_who_answers_for_it():
    assert [clause.number for clause in policy_clauses() if not clause.bodies] == ["结尾"]
    by_number = {clause.number: clause.bodies for clause in policy_clauses()}
    assert by_number["一(五)"] == ("所在区政府", "市发展改革委", "市经济信息化委", "市生态环境局")
    assert by_number["三(五)"] == ("各综合保税区管理机构", "所在区政府", "市发展改革委", "上海海关")


def test_summaries_are_in_both_languages_and_not_in_the_wrong_one():
    for clause in policy_clauses():
        assert any("\u4e00" <= letter <= "\u9fff" for letter in clause.summary["zh"])
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in clause.summary["en"])


@pytest.mark.parametrize("left_out", range(8))
def test_escalation_needs_all_three(left_out):
    """Every subset of the three conditions: only all of them together escalate."""
    escalation = effect("一(五)", "escalate_to_city")
    failing = {"is_major_quality_project": False, "is_large_user_or_emitter": False, "district_shortfall": 0}
    chosen = [fact for position, fact in enumerate(failing) if left_out >> position & 1]
    facts = ESCALATION | {fact: failing[fact] for fact in chosen}
    assert judge_effect(escalation, facts) == (Verdict.NOT_MET if chosen else Verdict.MET)


def test_a_shortfall_alone_does_not_escalate_and_a_missing_fact_leaves_it_open():
    escalation = effect("一(五)", "escalate_to_city")
    assert judge_effect(escalation, {"district_shortfall": 100}) == Verdict.UNDETERMINED
    assert judge_effect(escalation, {"district_shortfall": 0}) == Verdict.NOT_MET
    for fact in ESCALATION:
        assert judge_effect(escalation, ESCALATION | {fact: None}) == Verdict.UNDETERMINED


@pytest.mark.parametrize(
    ("fact", "kept", "failed"),
    [
        ("years_since_establishment", (5, 5.5, 20), (4, 4.99)),
        ("consecutive_years_class_c_nation", (2, 3), (0, 1)),
        ("consecutive_years_class_c_east", (2, 3), (0, 1)),
        ("rank_from_last", (1, 4, 5), (6, 70)),
    ],
)
def test_exit_is_a_conjunction_at_and_past_each_limit(fact, kept, failed):
    start_exit = effect("三(五)", "start_exit")
    assert {condition.fact for condition in start_exit.all_of} == EXIT.keys()
    assert {judge_effect(start_exit, EXIT | {fact: value}) for value in kept} == {Verdict.MET}
    assert {judge_effect(start_exit, EXIT | {fact: value}) for value in failed} == {Verdict.NOT_MET}
    assert judge_effect(start_exit, EXIT | {fact: float("nan")}) == Verdict.UNDETERMINED


@pytest.mark.parametrize(
    ("day", "told"),
    [(dt.date(2025, 5, 11), 0), (dt.date(2025, 5, 12), 1), (dt.date(2025, 5, 13), 1), (dt.date(2026, 5, 27), 1)],
)
def test_a_body_that_was_abolished_is_said_so_from_the_day_that_it_is_told(day, told):
    clauses = {clause.number: clause.abolished for clause in policy_clauses(day)}
    assert {number for number, gone in clauses.items() if gone} == ({"三(一)"} if told else set())
    assert [one.source for one in clauses["三(一)"]] == ["reply_2025_10"] * told
    [whole] = next(clause.abolished for clause in policy_clauses() if clause.number == "三(一)")
    assert "市发展改革委" in whole.note["zh"]


def test_evaluation_goes_step_by_step():
    assert judge_effect(effect("三(五)", "pilot_first"), {"evaluation_class": "A"}) == Verdict.MET
    assert judge_effect(effect("三(五)", "pilot_first"), {"evaluation_class": "B"}) == Verdict.NOT_MET
    below = effect("三(五)", "explain_and_rectify")
    assert [judge_effect(below, {"score_minus_east_mean": d}).value for d in (-0.1, 0, 0.1)] == [
        "met",
        "not_met",
        "not_met",
    ]
    summon = effect("三(五)", "summon")
    cases = itertools.product((1.9, 2), (True, False))
    found = [judge_effect(summon, {"rectification_years": y, "rectification_is_met": m}).value for y, m in cases]
    assert found == ["not_met", "not_met", "not_met", "met"]


def test_clauses_become_plain_data_for_reports():
    plain = [dataclasses.asdict(clause) for clause in policy_clauses()]
    assert plain[4]["effects"][0]["all_of"][2]["fact"] == "district_shortfall"
