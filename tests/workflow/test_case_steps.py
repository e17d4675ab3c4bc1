"""Each step of a case the day before, on and after its condition; the conditions are written here from the articles."""

import datetime as dt

import pandas as pd
import pytest

from gis.issues import IssueLog
from gis.regulations import load_rules
from gis.schema import conform
from gis.workflow.case_steps import check_steps

DAY = dt.date(2026, 3, 31)
ONE = dt.timedelta(days=1)
# Agreed start 2022-01-10: idle from 2023-01-11 on, to be reclaimed from 2024-01-11 on.
LAND = {"parcel_id": ["7"], "supply_status": ["supplied"], "agreed_commencement_date": ["2022-01-10"],
        "construction_state": ["not_started"], "delay_cause": ["enterprise_cause"]}  # fmt: skip
NOTICE, ANSWER, FINDING = dt.date(2024, 3, 1), dt.date(2024, 3, 20), dt.date(2024, 4, 15)
HEARING_NOTICE, HEARING, DECISION, SERVED = (dt.date(2024, month, 10) for month in (5, 6, 7, 8))
WHOLE = {
    "investigation_notice": (NOTICE, None), "investigation_answer": (ANSWER, None), "idle_finding": (FINDING, None),
    "finding_published": (FINDING, None), "hearing_notice": (HEARING_NOTICE, None), "hearing_held": (HEARING, None),
    "article_14_decision": (DECISION, "reclaim"), "reclaim_served": (SERVED, None),
    "right_deregistered": (SERVED + ONE, None), "objection": (SERVED + ONE, "lawsuit"),
}  # fmt: skip
#: Step → what has to come before it.
NEEDS = [
    ("investigation_answer", "investigation_notice"), ("idle_finding", "investigation_notice"),
    ("finding_published", "idle_finding"), ("hearing_notice", "idle_finding"), ("hearing_held", "hearing_notice"),
    ("article_14_decision", "idle_finding"), ("article_14_decision", "hearing_notice"),
    ("reclaim_served", "article_14_decision"), ("right_deregistered", "reclaim_served"), ("objection", "reclaim_served"),
]  # fmt: skip


def found(steps, land=LAND, more=()):
    log = IssueLog()
    rows = [("7", day, kind, value) for kind, (day, value) in steps.items()] + list(more)
    table = pd.DataFrame(rows, columns=["parcel_id", "event_date", "event_kind", "value"])
    events = conform(table.astype("str").mask(table.isna()), "parcel_events", issues=log)
    parcels = conform(pd.DataFrame(land), "parcels", issues=log)
    check_steps(parcels, events, load_rules(as_of=DAY, place="310115"), issues=log)
    return [(issue.code, issue.facts.get("kind", ""), issue.found, issue.expected) for issue in log]


def test_a_case_in_order_has_no_issue():
    assert found(WHOLE) == []
    assert found({}) == []


@pytest.mark.parametrize(("step", "before"), NEEDS)
def test_a_step_needs_the_step_before_it(step, before):
    day, value = WHOLE[step]
    for shift, wrong in ((-ONE, False), (0 * ONE, False), (ONE, True)):
        steps = {before: (day + shift, WHOLE[before][1]), step: (day, value)}
        codes = [row for row in found(steps) if row[0] == "step-before-condition"]
        assert codes == ([("step-before-condition", step, str(day), str(day + ONE))] if wrong else [])
    told = found({step: (day, value)})
    assert ("step-condition-unrecorded", step, str(day), "–") in told


def test_a_finding_waits_for_the_answer_or_its_last_day():
    last = dt.date(2024, 3, 31)  # 30 days from 1 March
    for day, wrong in ((last - ONE, True), (last, True), (last + ONE, False)):
        codes = found({"investigation_notice": (NOTICE, None), "idle_finding": (day, None)})
        assert codes == ([("step-term-open", "", str(day), str(last))] if wrong else [])
    for day, wrong in ((ANSWER - ONE, True), (ANSWER, False), (ANSWER + ONE, False)):
        steps = {name: WHOLE[name] for name in ("investigation_notice", "investigation_answer")}
        assert bool(found({**steps, "idle_finding": (day, None)})) is wrong


@pytest.mark.parametrize(("kind", "value", "first"), [
    ("idle_finding", None, dt.date(2023, 1, 11)),
    ("article_14_decision", "fee", dt.date(2023, 1, 11)),
    ("article_14_decision", "reclaim", dt.date(2024, 1, 11)),
])  # fmt: skip
def test_a_step_needs_the_status_of_its_day(kind, value, first):
    for day, wrong in ((first - ONE, True), (first, False), (first + ONE, False)):
        told = [row for row in found({kind: (day, value)}) if row[0] == "step-status"]
        assert told == ([("step-status", kind, str(day), "")] if wrong else [])


@pytest.mark.parametrize("cause", ["government_cause", "force_majeure", None])
def test_no_fee_and_no_reclaim_where_a_cause_excuses_or_is_open(cause):
    land = {**LAND, "delay_cause": [cause]}
    for value in ("fee", "reclaim"):
        told = [code for code, *_ in found({**WHOLE, "article_14_decision": (DECISION, value)}, land)]
        assert told == ["step-status"]


def test_an_agreement_begins_a_new_case():
    again = [("7", dt.date(2024, 4, 20), "article_12_agreement", "2026-12-31")]
    told = found({name: WHOLE[name] for name in ("investigation_notice", "investigation_answer", "idle_finding")}, more=again)
    assert told == []
    told = found({name: WHOLE[name] for name in ("investigation_notice", "idle_finding", "hearing_notice")}, more=again)
    assert ("step-condition-unrecorded", "hearing_notice", str(HEARING_NOTICE), "–") in told


def test_what_lies_ahead_is_not_judged():
    assert found({"hearing_held": (DAY + ONE, None)}) == []
    assert len(found({"hearing_held": (DAY, None)})) == 1
