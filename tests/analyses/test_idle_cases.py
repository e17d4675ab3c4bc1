"""Dated cases of order 53, one day before, on and after each limit; and no clause without a case."""

from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

import gis
from gis.analyses.idle_routes import settle_routes
from gis.analyses.idle_status import classify_facts
from gis.analyses.parcel_facts import facts_on
from gis.analyses.procedure import list_terms
from gis.issues import IssueLog
from gis.schema import combine_events, conform

SUPPLIED = "2018-06-01"
FOLDER = Path(__file__).parents[1] / "cases"


def load(name):
    return YAML(typ="safe").load((FOLDER / name).read_text("utf-8"))


HISTORIES, CLAUSES, RULE_CASES, UNDERUSED = (
    load(f"{name}.yaml") for name in ("idle_status", "idle_clauses", "rule_values", "underused")
)
DAYS = [
    pytest.param(history, day, expected, id=f"{name}-{day}")
    for name, history in HISTORIES.items()
    for day, expected in history["on"].items()
]
#: The rows of the rules on idle land (order 53, arithmetic of periods, Shanghai's terms) and their traps.
ROWS = {
    "order_53_art_2_1_type_a", "order_53_art_2_2_type_b_land", "order_53_art_2_2_type_b_money",
    "order_53_art_2_2_suspended_for_a_year", "order_53_art_30_start", "order_53_art_30_investment_without_price",
    "order_53_art_22_2_no_start_date", "order_53_art_5_investigation", "order_53_art_9_to_11_finding",
    "order_53_art_8_government_causes", "order_53_art_8_1_late_delivery", "order_53_art_8_force_majeure", "order_53_art_12_1_1_extension",
    "order_53_art_12_1_2_changed_use", "order_53_art_12_1_3_temporary_use", "order_53_art_12_1_4_paid_reclaim",
    "order_53_art_12_1_5_swap", "order_53_art_12_1_6_other", "order_53_art_12_2_restart", "order_53_art_12_3_type_b",
    "order_53_art_14_1_fee", "order_53_art_14_2_reclaim", "order_53_art_17_payment", "order_53_art_24_sanctions",
    "order_53_art_25_filing", "order_53_art_31_collective_land", "real_estate_law_art_26_ceiling",
    "real_estate_law_art_26_preparatory_work", "shanghai_2018_art_37_38", "civil_code_201_first_day_not_counted",
    "civil_code_202_corresponding_day", "civil_code_203_ends_at_24", "civil_code_203_holiday_shift",
    "no_agreed_date_idle_after_two_years_reclaim_after_three", "land_to_develop_is_not_the_registered_area",
    "exact_fractions", "missing_data_is_unknown", "shanghai_approved_not_supplied", "shanghai_approved_not_built",
    *(f"shanghai_underused_{name}" for name in ("1_phased_out", "2_idle_to_be_reclaimed", "3_production_overdue",
                                                "4_tax_and_output", "5_grade_d")),
    "shanghai_compensation_caps", "shanghai_toolbox", "shanghai_surplus_land_and_floor", "shanghai_hold_ratios",
    "shanghai_secondary_market", "shanghai_forced_exit_2021_6_art_15", "shanghai_voluntary_exit_2021_6_art_14",
    "shanghai_land_plan_2026_233", "trap_1_exact_limits_and_29_february", "trap_2_no_agreed_date",
    "trap_3_government_cause_after_two_years", "trap_4_suspended_three_years_no_fee",
    "trap_5_price_inside_the_investment", "trap_16_rule_expired",
}  # fmt: skip


def tables(history):
    """Return the tables of a history; the supply is an event where it has a log, else a column."""
    log, parcel = IssueLog(), {"parcel_id": "1"} | history.get("parcel", {})
    rows = list(history.get("events", ()))
    if "supply_date" not in parcel and "events" in history:
        rows.append((SUPPLIED, "supplied", None))
    elif "supply_date" not in parcel:
        parcel["supply_date"] = SUPPLIED
    parcel = {name: str(value) if hasattr(value, "isoformat") else value for name, value in parcel.items()}
    values = [("1", *(None if part is None else str(part) for part in (*row, None)[:4])) for row in rows]
    parcels = conform(pd.DataFrame([parcel]), "parcels", issues=log)
    columns = ["parcel_id", "event_date", "event_kind", "value", "last_date"]
    events = conform(pd.DataFrame(values, columns=columns, dtype="str"), "parcel_events", issues=log)
    assert not len(log), list(log)
    return parcels, events


def judged(history, day):
    parcels, events = tables(history)
    rules = gis.load_rules(as_of=day, place="310115")
    for name, value in history.get("rules", {}).items():
        rules = rules.replace(name, value, "the other reading")
    facts = facts_on(parcels, combine_events(parcels, events), rules.as_of)
    status = classify_facts(facts, rules)
    routes = settle_routes(facts, status, rules)
    return status.join(routes[[name for name in routes if name not in status]]).iloc[0]


def shown(value):
    if isinstance(value, pd.Timestamp):
        return value.date()
    return "" if pd.isna(value) else value


@pytest.mark.parametrize(("history", "day", "expected"), DAYS)
def test_on_the_day(history, day, expected):
    found = judged(history, day)
    assert {name: shown(found[name]) for name in expected} == expected


def test_no_row_of_the_rules_is_without_a_case():
    assert set(CLAUSES) == ROWS
    for name, clause in CLAUSES.items():
        assert set(clause) <= {"cases", "underused", "rules", "reason"}, name
        assert set(clause.get("underused", ())) <= set(UNDERUSED), name
        assert clause.get("cases") or clause.get("rules") or clause.get("reason"), name
        assert set(clause.get("cases", ())) <= set(HISTORIES), name
        assert set(clause.get("rules", ())) <= set(RULE_CASES), name


def test_every_case_belongs_to_a_row():
    used = {case for clause in CLAUSES.values() for case in clause.get("cases", ())}
    assert used == set(HISTORIES)
    assert {case for clause in CLAUSES.values() for case in clause.get("underused", ())} == set(UNDERUSED)


def test_every_encoded_parameter_of_idle_land_belongs_to_a_row_or_is_read_by_a_case():
    rules = gis.load_rules(as_of="2026-03-31", place="310115")
    parcels, events = tables(HISTORIES["contract_exit"])
    facts = facts_on(parcels, combine_events(parcels, events), rules.as_of)
    settle_routes(facts, classify_facts(facts, rules), rules)
    list_terms(parcels["parcel_id"], combine_events(parcels, events), rules)
    read = {record["name"] for record in rules.read}
    assert {name for name in rules.names() if name.startswith("idle_land.")} == read


@pytest.mark.parametrize("name", [name for name, clause in CLAUSES.items() if clause.get("cases")])
def test_the_cases_of_a_row_stand_on_more_than_one_side_of_its_limit(name):
    """Another day, or another history of the same row, gives another answer: a case that can't fail shows nothing."""
    answers = {str(expected) for case in CLAUSES[name]["cases"] for expected in HISTORIES[case]["on"].values()}
    single = {"order_53_art_12_1_2_changed_use", "order_53_art_12_1_3_temporary_use", "order_53_art_12_1_6_other",
              "land_to_develop_is_not_the_registered_area"}  # fmt: skip
    assert len(answers) >= 2 or name in single
