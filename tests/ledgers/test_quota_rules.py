"""Rules of quotas: energy and its review, what pollutants must be replaced, what land needs and earns."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import QuotaError, RuleError
from gis.ledgers import (
    balance_pollutant,
    energy_factors,
    energy_in_tce,
    linked_quota,
    new_land_need,
    pollutant_need,
    quota_kinds,
    review_energy,
    split_reward,
)
from gis.regulations import load_rules

PUDONG = load_rules(as_of="2026-03-31", place="310115")
ORDER_2 = load_rules(as_of="2025-03-31", place="310115")


# ---- energy ----
def test_energy_is_the_sum_of_carriers_and_each_basis_is_a_kind_of_its_own():
    figure = energy_in_tce({"electricity": "1000000", "raw_coal": "500", "diesel": 200}, basis="calorific")
    assert figure.tce == Decimal("122.9") + Decimal("0.35715") + Decimal("0.29142")
    assert figure.booked_tce == Decimal("123.549")
    assert not figure.verified
    other = energy_in_tce({"electricity": "1000000"}, basis="equivalent", own_factors={"electricity": ("0.3", "年报")})
    assert (other.kind, other.tce) == ("energy_equal_value", Decimal(300))
    assert {figure.kind, other.kind} <= set(quota_kinds())
    assert other.lines["source"].tolist() == ["年报"]


@pytest.mark.parametrize(("carrier", "basis"), [("electricity", "equivalent"), ("heat", "equivalent"), ("natural_gas", "calorific")])
def test_a_factor_that_no_table_gives_is_asked_for_and_not_taken_from_the_other_basis(carrier, basis):
    with pytest.raises(QuotaError, match="own_factors"):
        energy_in_tce({carrier: "1"}, basis=basis)


@pytest.mark.parametrize("amount", [1.5, "x", None, True, "-1", "NaN"])
def test_an_amount_of_energy_is_exact(amount):
    with pytest.raises(QuotaError, match="exact"):
        energy_in_tce({"diesel": amount}, basis="calorific")


def test_unknown_carriers_and_bases_are_refused():
    with pytest.raises(QuotaError, match="no factor for wood"):
        energy_in_tce({"wood": "1"}, basis="calorific")
    with pytest.raises(QuotaError, match="no basis"):
        energy_in_tce({"diesel": "1"}, basis="等价")


@pytest.mark.parametrize(
    ("coal_kg", "kwh", "level"),
    [
        ("13999720", "6000000", "provincial"),  # 9,999.999996 tce of coal, and electricity lifts it over
        ("1399972", "6000000", "local"),
        ("100000", "4999999.9", "exempt"),
        ("100000", "5000000", "local"),
        ("100000", None, "undetermined"),
    ],
)
def test_who_reviews(coal_kg, kwh, level):
    consumption = {"raw_coal": coal_kg} | ({"electricity": kwh} if kwh else {})
    assert review_energy(energy_in_tce(consumption, basis="calorific"), ORDER_2, kwh=kwh).level == level


@pytest.mark.parametrize(("tce", "level"), [("9999.999", "local"), ("10000", "provincial"), ("10000.001", "provincial")])
def test_ten_thousand_itself_is_the_provinces(tce, level):
    figure = energy_in_tce({"diesel": "1"}, basis="calorific", own_factors={"diesel": (str(Decimal(tce) * 1000), "test")})
    assert figure.tce == Decimal(tce)
    review = review_energy(figure, ORDER_2, kwh="0")
    assert review.level == level
    assert not review.verified and {rule["value"] for rule in review.rules} >= {"10000", "1000"}


@pytest.mark.parametrize(("day", "known"), [("2023-05-31", False), ("2023-06-01", True), ("2025-08-31", True), ("2025-09-01", False)])
def test_thresholds_end_with_their_order(day, known):
    figure = energy_in_tce({"raw_coal": "20000000"}, basis="calorific")
    level = review_energy(figure, load_rules(as_of=day, place="310115"), kwh="0").level
    assert level == ("provincial" if known else "undetermined")


def test_the_equivalent_basis_is_not_judged_by_thresholds_of_the_other():
    figure = energy_in_tce({"electricity": "1"}, basis="equivalent", own_factors={"electricity": ("0.3", "x")})
    with pytest.raises(QuotaError, match="calorific"):
        review_energy(figure, ORDER_2, kwh="1")


def test_every_factor_names_its_source_and_whether_it_was_verified():
    rows = energy_factors()
    assert {row["basis"] for row in rows} == {"calorific", "equivalent", "any"}
    assert all(row["source"] and row["note_zh"] and row["note_en"] for row in rows)
    assert {row["verified"] for row in rows} == {"false"}


# ---- pollutants ----
@pytest.mark.parametrize(
    ("kind", "medium"), [("cod", "water"), ("nh3_n", "water"), ("tp", "water"), ("so2", "air"), ("nox", "air"), ("vocs", "air")]
)
@pytest.mark.parametrize(("status", "ratio"), [("met", 1), ("not_met", 2)])
def test_each_pollutant_is_replaced_once_or_twice_by_its_medium(kind, medium, status, ratio):
    year = {"so2": 2020, "nh3_n": 2025}.get(kind, 2026)
    need = pollutant_need(kind, "1.234567", status=status, rules=PUDONG, year=year)
    assert (need.medium, need.ratio, need.need) == (medium, ratio, Decimal("1.234567") * ratio)
    assert not any(rule["verified"] for rule in need.rules)


@pytest.mark.parametrize("status", [None, "", "unknown", "达标"])
def test_an_unknown_status_is_not_taken_for_met(status):
    with pytest.raises(QuotaError, match="once and twice"):
        pollutant_need("cod", "1", status=status, rules=PUDONG)


def test_a_kind_that_no_rule_names_has_no_ratio():
    with pytest.raises(QuotaError, match="new_construction_land"):
        pollutant_need("new_construction_land", "1", status="met", rules=PUDONG)
    nation = load_rules(as_of="2026-03-31", place="440100")
    with pytest.raises(QuotaError, match="tp"):
        pollutant_need("tp", "1", status="met", rules=nation)


def test_half_a_smallest_unit_is_replaced_as_a_whole_one():
    rules = PUDONG.replace("quotas.replacement_ratio_not_met", "1.5", "test")
    assert pollutant_need("cod", "0.000001", status="not_met", rules=rules).need == Decimal("0.000002")


TONNES = st.decimals(0, 50, places=6)


@given(emission=st.decimals("0.000001", 50, places=6), enterprise=TONNES, industry=TONNES, area=TONNES)
def test_sources_are_drawn_in_order_and_add_up(emission, enterprise, industry, area):
    need = pollutant_need("nox", emission, status="not_met", rules=PUDONG)
    supplies = {"area": area, "industry": industry, "enterprise": enterprise}
    balance = balance_pollutant(need, supplies, PUDONG)
    assert balance.draws["level"].tolist() == ["enterprise", "industry", "area"]
    assert sum(balance.draws["drawn"]) + balance.gap == need.need == 2 * emission
    # The second computation: what is left after each source, as fractions.
    left = Fraction(need.need)
    for level, drawn in zip(balance.draws["level"], balance.draws["drawn"], strict=True):
        rest = max(Fraction(0), left - Fraction(supplies[level]))
        assert Fraction(drawn) == left - rest
        left = rest
    assert Fraction(balance.gap) == left


def test_the_citys_reserve_is_not_drawn_on():
    need = pollutant_need("cod", "1", status="met", rules=PUDONG)
    with pytest.raises(QuotaError, match="asked for"):
        balance_pollutant(need, {"city": "5"}, PUDONG)


# ---- land ----
@pytest.mark.parametrize(("existing", "need"), [("0", "10000.50"), ("4000.25", "6000.25"), ("10000.50", "0.00")])
def test_redevelopment_needs_no_new_land(existing, need):
    assert new_land_need("10000.50", existing_construction_m2=existing, rules=PUDONG) == Decimal(need)


def test_more_existing_land_than_the_project_has_is_refused():
    with pytest.raises(QuotaError, match="part inside"):
        new_land_need("100", existing_construction_m2="100.01", rules=PUDONG)


@pytest.mark.parametrize(
    ("grade", "purpose", "percent"),
    [("excellent", "public", 100), ("excellent", "industry", 60), ("excellent", "commercial", 30),
     ("good", "public", 80), ("good", "industry", 40), ("good", "commercial", 20)],
)  # fmt: skip
def test_who_pays_in_a_new_town(grade, purpose, percent):
    split = split_reward("1000.03", grade=grade, purpose=purpose, rules=load_rules(as_of="2026-12-31", place="310118"))
    assert split.reward_m2 + split.district_m2 == split.total_m2 == Decimal("1000.03")
    assert 0 <= Decimal("1000.03") * percent / 100 - split.reward_m2 < Decimal("0.01")
    assert split.rules[0]["verified"]


@pytest.mark.parametrize(("day", "place"), [("2027-01-01", "310118"), ("2026-06-30", "310115")])
def test_the_reward_ends_and_is_of_four_districts(day, place):
    with pytest.raises(RuleError):
        split_reward("1", grade="good", purpose="public", rules=load_rules(as_of=day, place=place))


def test_next_years_quota_hangs_on_disposal_by_the_parameters_of_the_year():
    met, cut = (linked_quota("12345.67", task_met=flag, rules=PUDONG) for flag in (True, False))
    assert (met.quota_m2, cut.quota_m2) == (Decimal("6790.11"), Decimal("4938.26"))
    assert all(one.linked_m2 + one.change_m2 == one.quota_m2 for one in (met, cut))
    assert not any(rule["verified"] for rule in met.rules)
    with pytest.raises(QuotaError, match="true or false"):
        linked_quota("1", task_met=None, rules=PUDONG)
