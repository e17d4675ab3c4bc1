"""Dated cases of quota rules, written by hand from what the documents say, not from the rule file.

Each has the day before, the first day and, where a rule ends, its last day and the day after.
"""

from decimal import Decimal

import pytest

from gis.errors import QuotaError, RuleError
from gis.ledgers import (
    Need,
    Project,
    balance_pollutant,
    create_ledger,
    energy_in_tce,
    linked_quota,
    pollutant_need,
    quota_kind,
    review_energy,
    split_reward,
    try_project,
)
from gis.regulations import load_rules

PUDONG, JIADING, SONGJIANG, QINGPU, FENGXIAN, GUANGZHOU = "310115", "310114", "310117", "310118", "310120", "440100"
#: 节能审查办法: at 10,000 tce and above the provincial body; below 1,000 tce and below 5 million kWh none.
TCE = {"just below": "9999.999", "exactly": "10000.000", "just above": "10000.001"}


def tce(quantity):
    return energy_in_tce({"diesel": "1"}, basis="calorific", own_factors={"diesel": (str(Decimal(quantity) * 1000), "test")})


@pytest.mark.parametrize(("day", "quantity", "kwh", "level"), [
    # 国家发展改革委令2023年第2号 is in force from 2023-06-01 …
    ("2023-05-31", TCE["exactly"], "0", "undetermined"),
    ("2023-06-01", TCE["just below"], "0", "local"),
    ("2023-06-01", TCE["exactly"], "0", "provincial"),
    ("2023-06-02", TCE["just above"], "0", "provincial"),
    # … the 5,000 tce of the draft of 2022 never were.
    ("2023-06-01", "5000.000", "0", "local"),
    ("2023-05-31", "5000.000", "0", "undetermined"),
    # Exempt only below both limits; a limit itself is not below it.
    ("2023-06-01", "999.999", "4999999", "exempt"),
    ("2023-06-01", "1000.000", "4999999", "local"),
    ("2023-06-01", "999.999", "5000000", "local"),
    ("2023-06-01", "999.999", None, "undetermined"),
    # Order 31 of 2025 took its place; the thresholds of the new text were not found.
    ("2025-08-31", TCE["exactly"], "0", "provincial"),
    ("2025-09-01", TCE["exactly"], "0", "undetermined"),
])  # fmt: skip
def test_who_reviews_energy(day, quantity, kwh, level):
    review = review_energy(tce(quantity), load_rules(as_of=day, place=PUDONG), kwh=kwh)
    assert (review.level, review.verified) == (level, False)


# 沪新城规建办〔2021〕7号: 优秀 100/60/30 %, 良好 80/40/20 % (市政公益/产业/经营性); valid to 2026-12-31; four districts.
@pytest.mark.parametrize(("grade", "purpose", "reward"), [
    ("excellent", "public", "1000"), ("excellent", "industry", "600"), ("excellent", "commercial", "300"),
    ("good", "public", "800"), ("good", "industry", "400"), ("good", "commercial", "200"),
])  # fmt: skip
@pytest.mark.parametrize("place", [JIADING, SONGJIANG, QINGPU, FENGXIAN])
def test_what_the_reward_pays_on_its_last_day(grade, purpose, reward, place):
    split = split_reward("1000", grade=grade, purpose=purpose, rules=load_rules(as_of="2026-12-31", place=place))
    assert (split.reward_m2, split.district_m2) == (Decimal(reward), 1000 - Decimal(reward))


@pytest.mark.parametrize(("day", "place"), [
    ("2027-01-01", JIADING), ("2027-01-01", FENGXIAN), ("2026-12-31", PUDONG), ("2026-12-31", GUANGZHOU),
])  # fmt: skip
def test_the_reward_is_over_the_day_after_and_nowhere_else(day, place):
    with pytest.raises(RuleError):
        split_reward("1000", grade="good", purpose="public", rules=load_rules(as_of=day, place=place))


@pytest.mark.parametrize(("year", "kept"), [(2020, False), (2021, True), (2026, True), (2027, False)])
def test_the_account_of_the_reward_has_the_years_of_its_document(year, kept):
    assert quota_kind("new_town_reward_land").is_kept_in(year) is kept


# 环发〔2014〕197号: once where the quality was met, twice where it was not; from memory, so never verified.
@pytest.mark.parametrize(("day", "kind", "status", "need"), [
    ("2014-12-30", "nox", "met", "1"), ("2014-12-30", "nox", "not_met", "2"), ("2020-12-31", "so2", "not_met", "2"),
    ("2021-01-01", "cod", "not_met", "2"), ("2025-12-31", "nh3_n", "met", "1"), ("2026-01-01", "tp", "not_met", "2"),
])  # fmt: skip
def test_once_or_twice(day, kind, status, need):
    found = pollutant_need(kind, "1", status=status, rules=load_rules(as_of=day, place=PUDONG))
    assert found.need == Decimal(need) and not any(rule["verified"] for rule in found.rules)


@pytest.mark.parametrize(("day", "kind", "error"), [
    ("2014-12-29", "nox", RuleError),     # the day before: no rule
    ("2021-01-01", "so2", QuotaError),    # no more in the list of 十四五
    ("2026-01-01", "nh3_n", QuotaError),  # no more in the list of 2026
    ("2025-12-31", "tp", QuotaError),     # not yet in it
])  # fmt: skip
def test_neither_before_nor_after(day, kind, error):
    with pytest.raises(error):
        pollutant_need(kind, "1", status="met", rules=load_rules(as_of=day, place=PUDONG))


# 沪环规〔2023〕4号, 2023-05-29: enterprise → industry → area, then the city's reserve. In Shanghai only.
@pytest.mark.parametrize(("day", "place", "holds"), [
    ("2023-05-28", PUDONG, False), ("2023-05-29", PUDONG, True), ("2023-05-30", JIADING, True),
    ("2026-03-31", GUANGZHOU, False),
])  # fmt: skip
def test_the_order_of_sources(day, place, holds):
    rules = load_rules(as_of=day, place=place)
    need = pollutant_need("nox", "3", status="met", rules=rules)
    if not holds:
        with pytest.raises(RuleError):
            balance_pollutant(need, {"area": "9"}, rules)
        return
    balance = balance_pollutant(need, {"area": "9", "industry": "1", "enterprise": "0.5"}, rules)
    assert balance.draws["drawn"].tolist() == [Decimal("0.5"), Decimal(1), Decimal("1.5")] and balance.gap == 0


# 沪府发〔2021〕1号 一(五): 2021-01-15 to 2026-05-27; 沪发改开放〔2026〕192号 since, whose clause is not known.
@pytest.mark.parametrize(("day", "verdict", "said"), [
    ("2021-01-14", "undetermined", "没有生效的综合保税区政策"), ("2021-01-15", "met", ""), ("2021-01-16", "met", ""),
    ("2026-05-26", "met", ""), ("2026-05-27", "met", ""), ("2026-05-28", "undetermined", "192号"),
    ("2026-05-29", "undetermined", "192号"),
])  # fmt: skip
def test_to_the_city(tmp_path, day, verdict, said):
    year = int(day[:4])
    need = Need("nox", year, "1", ("district:310115",))
    with create_ledger(str(tmp_path / "q.db")) as ledger:
        project = Project("P", "D", (need,), is_major_quality=True, is_large=True, air_quality="met")
        [one] = try_project(ledger, project, as_of=day, expires=f"{year}-12-31").shortages
    assert one.escalation.value == verdict
    assert said in one.escalation_note.get("zh", "") and bool(said) == bool(one.escalation_note)


# 自然资规〔2018〕1号: about half of what was disposed of, a tenth more or a fifth less; from memory, and by year.
@pytest.mark.parametrize(("day", "task", "quota"), [("2018-06-25", True, "5500"), ("2018-06-26", False, "4000")])
def test_linkage(day, task, quota):
    found = linked_quota("10000", task_met=task, rules=load_rules(as_of=day, place=PUDONG))
    assert found.quota_m2 == Decimal(quota) and not any(rule["verified"] for rule in found.rules)


def test_no_linkage_the_day_before():
    with pytest.raises(RuleError):
        linked_quota("10000", task_met=True, rules=load_rules(as_of="2018-06-24", place=PUDONG))
