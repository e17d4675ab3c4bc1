"""From a declaration to a booking: land, energy and emissions go through their rules, and the entries keep how."""

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from gis.errors import QuotaError, RuleError
from gis.ledgers import Declaration, book_project, declared_project, try_project, verify_ledger
from gis.regulations import load_rules

JIADING = "district:310114"
RULES = load_rules(as_of="2026-03-31", place="310114")
ORDER_2 = load_rules(as_of="2025-03-31", place="310114")
TOLD = Declaration(
    "P1", "D-01", 2026, {"land": (JIADING,), "energy": (JIADING,), "pollutant": (JIADING,), "new_town_reward_land": ("city",)},
    land_m2="10000.50", existing_construction_m2="4000.25", new_town=("excellent", "industry"),
    energy={"electricity": "1000000", "diesel": "200"}, kwh="1000000", emissions={"cod": "0.5", "nox": "0.25"},
    water_quality="not_met", air_quality="met",
)  # fmt: skip
DAYS = {"as_of": "2026-03-31", "expires": "2026-08-01"}


@pytest.fixture
def stocked(ledger):
    for kind, much in (("new_construction_land", "9000"), ("energy_calorific_value", "200"), ("cod", "2"), ("nox", "2")):
        ledger.issue(kind, 2026, much, account=JIADING, as_of="2026-01-05")
    ledger.issue("new_town_reward_land", 2026, "9000", account="city", as_of="2026-01-05")
    return ledger


def test_what_is_declared_is_booked_through_the_rules(stocked):
    found = declared_project(TOLD, RULES)
    answer = book_project(stocked, found.project, document="9号", **DAYS)
    # By hand: 10,000.50 − 4,000.25 = 6,000.25 m², of which 60 % are 3,600.15; 122.9 + 0.29142 tce; COD twice, NOx once.
    expected = {
        "new_town_reward_land": ("city", Decimal("3600.15")), "new_construction_land": (JIADING, Decimal("2400.10")),
        "energy_calorific_value": (JIADING, Decimal("123.192")), "cod": (JIADING, Decimal(1)), "nox": (JIADING, Decimal("0.25")),
    }  # fmt: skip
    assert {one.kind: (one.holder, one.quantity) for one in answer.reservations} == expected
    assert found.land_m2 == found.reward.reward_m2 + found.reward.district_m2 == Decimal("6000.25")
    kept = {row.kind: json.loads(row.basis) for row in stocked.statement().itertuples() if row.action == "reserve"}
    assert set(kept) == set(expected)
    assert kept["new_construction_land"]["existing_construction_m2"] == "4000.25"
    assert {rule["name"] for rule in kept["new_town_reward_land"]["rules"]} == {
        "quotas.redevelopment_uses_new_land", "quotas.reward_excellent_industry",
    }  # fmt: skip
    lines = kept["energy_calorific_value"]["lines"]
    assert sum(Fraction(line["amount"]) * Fraction(line["kgce_per_unit"]) / 1000 for line in lines) == Fraction("123.19142")
    assert (kept["cod"]["ratio"], kept["nox"]["ratio"]) == ("2", "1")
    for kind, (_, quantity) in expected.items():
        assert Decimal(kept[kind]["need"]) == quantity
    assert book_project(stocked, declared_project(TOLD, RULES).project, document="9号", **DAYS) == answer
    assert verify_ledger(stocked).is_whole


def test_redevelopment_needs_no_land_quota(stocked):
    found = declared_project(replace(TOLD, existing_construction_m2="10000.50"), RULES)
    assert found.land_m2 == 0 and not any("land" in need.kind for need in found.project.needs)
    assert try_project(stocked, found.project, **DAYS).fits


@pytest.mark.parametrize(("rules", "energy", "level"), [
    (ORDER_2, {"raw_coal": "14000000"}, "provincial"), (ORDER_2, {"raw_coal": "1500000"}, "local"),
    (ORDER_2, {"diesel": "200"}, "exempt"), (RULES, {"raw_coal": "14000000"}, "undetermined"),
])  # fmt: skip
def test_who_reviews_is_said_beside_the_booking(rules, energy, level):
    assert declared_project(replace(TOLD, energy=energy, kwh="0", new_town=None), rules).review.level == level


def test_on_the_equivalent_basis_a_kind_of_its_own_is_booked_and_no_review_is_judged():
    told = replace(TOLD, energy={"electricity": "1000"}, energy_basis="equivalent", own_factors={"electricity": ("0.3", "年报")})
    found = declared_project(told, RULES)
    assert found.review.level == "undetermined"
    [need] = [need for need in found.project.needs if need.kind.startswith("energy")]
    assert (need.kind, need.quantity) == ("energy_equal_value", Decimal("0.300"))


def test_what_is_not_known_or_not_allowed_is_refused(stocked):
    with pytest.raises(QuotaError, match="decimal"):
        declared_project(replace(TOLD, existing_construction_m2=None), RULES)
    with pytest.raises(QuotaError, match="holders"):
        declared_project(replace(TOLD, holders={"land": (JIADING,)}), RULES)
    with pytest.raises(QuotaError, match="energy_equal_value"):
        declared_project(replace(TOLD, emissions={"energy_equal_value": "1"}), RULES)
    with pytest.raises(RuleError):  # the reward is of four districts
        declared_project(TOLD, load_rules(as_of="2026-03-31", place="310115"))
    with pytest.raises(QuotaError, match="once and twice"):
        try_project(stocked, declared_project(replace(TOLD, water_quality=None), RULES).project, **DAYS)
    with pytest.raises(QuotaError, match="not kept in 2026"):
        try_project(stocked, declared_project(replace(TOLD, emissions={"nh3_n": "1"}), RULES).project, **DAYS)


def test_a_quantity_that_is_not_that_of_its_basis_is_refused(stocked):
    project = declared_project(TOLD, RULES).project
    needs = tuple(replace(need, quantity="1") if need.kind == "new_construction_land" else need for need in project.needs)
    with pytest.raises(QuotaError, match=r"basis says 2400\.10"):
        book_project(stocked, replace(project, needs=needs), **DAYS)
    assert stocked.reservations() == []
