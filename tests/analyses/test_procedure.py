"""The terms of a case on the day before, on and after their last day, counted here by whole days and months."""

import datetime as dt

import pandas as pd
import pytest

from gis.analyses import evaluate_idle_land
from gis.analyses.early_warning import list_early_warnings
from gis.analyses.procedure import TERM_COLUMNS, list_terms
from gis.issues import IssueLog
from gis.regulations import load_rules
from gis.schema import combine_events, conform

ONE = dt.timedelta(days=1)


def terms_on(events, day, parcel="7"):
    log = IssueLog()
    parcels = conform(pd.DataFrame({"parcel_id": [parcel]}), "parcels", issues=log)
    rows = pd.DataFrame([(parcel, str(when), kind, value) for when, kind, value in events],
                        columns=["parcel_id", "event_date", "event_kind", "value"])  # fmt: skip
    given = conform(rows.astype("str").mask(rows.isna()), "parcel_events", issues=log)
    found = list_terms(parcels["parcel_id"], combine_events(parcels, given), load_rules(as_of=day, place="310115"))
    return {row.term: row for row in found.itertuples()}, found


# Step that begins, what it is worth, step that ends, term, and its last day by hand: 30 days, 60 days, six months.
BEGUN = dt.date(2024, 8, 31)
CASES = [
    ("idle_suspected", None, "investigation_notice", None, "investigation_due", dt.date(2024, 9, 30)),
    ("investigation_notice", None, "investigation_answer", None, "answer_due", dt.date(2024, 9, 30)),
    ("fee_served", "5", "fee_paid", "5", "payment_due", dt.date(2024, 9, 30)),
    ("reclaim_served", None, "right_deregistered", None, "deregistration_due", dt.date(2024, 9, 30)),
    ("fee_served", "5", "objection", "reconsideration", "reconsideration_due", dt.date(2024, 10, 30)),
    ("reclaim_served", None, "objection", "lawsuit", "lawsuit_due", dt.date(2025, 2, 28)),
]


@pytest.mark.parametrize(("begins", "value", "ends", "done", "term", "due"), CASES)
def test_a_term_runs_to_the_end_of_its_last_day(begins, value, ends, done, term, due):
    begun = [(BEGUN, begins, value)]
    assert terms_on(begun, BEGUN - ONE)[0] == {}
    for day, state in ((BEGUN, "running"), (due - ONE, "running"), (due, "running"), (due + ONE, "passed")):
        found = terms_on(begun, day)[0][term]
        assert (found.state, found.begun_date.date(), found.due_date.date()) == (state, BEGUN, due)
    for day, state in ((BEGUN, "done"), (due, "done"), (due + ONE, "done_late")):
        found = terms_on([*begun, (day, ends, done)], due + ONE)[0][term]
        assert (found.state, found.done_date.date()) == (state, day)
    # What was done before the term began is of a former round.
    assert terms_on([(BEGUN - ONE, ends, done), *begun], due)[0][term].state == "running"


def test_a_new_notice_begins_anew_and_an_agreement_ends_the_case():
    events = [(dt.date(2024, 3, 1), "investigation_notice", None), (dt.date(2024, 5, 1), "investigation_notice", None)]
    assert terms_on(events, dt.date(2024, 5, 31))[0]["answer_due"].due_date.date() == dt.date(2024, 5, 31)
    agreed = [*events, (dt.date(2024, 5, 1), "article_12_agreement", "2025-01-01")]
    assert terms_on(agreed, dt.date(2024, 5, 31))[0] == {}
    assert "answer_due" in terms_on(agreed, dt.date(2024, 4, 30))[0]


def test_reconsideration_has_no_term_before_its_law_was_read():
    served = [(dt.date(2023, 12, 20), "reclaim_served", None)]
    assert "reconsideration_due" not in terms_on(served, dt.date(2023, 12, 31))[0]
    assert "reconsideration_due" in terms_on(served, dt.date(2024, 1, 1))[0]


def test_terms_that_run_are_warned_of_on_their_last_day_too():
    events = [(dt.date(2026, 3, 1), "investigation_notice", None)]
    for day, left in ((dt.date(2026, 3, 30), 1), (dt.date(2026, 3, 31), 0), (dt.date(2026, 4, 1), None)):
        table = terms_on(events, day)[1]
        routes = pd.DataFrame({"parcel_id": ["7"], "status": ["idle"], "route_missing": ["delay_cause"]})
        for name in ("becomes_idle_date", "fee_date", "reclaim_date", "recognisable_date", "payment_due_date"):
            routes[name] = pd.Series([pd.NaT], dtype="datetime64[us]")
        found = list_early_warnings(routes, load_rules(as_of=day, place="310115"), terms=table)
        told = [(row.event, row.days_left, row.window_days, row.status) for row in found.itertuples()]
        assert told == ([] if left is None else [("answer_due", left, 30, "idle")])


def test_no_event_no_term():
    assert list(terms_on([], dt.date(2026, 3, 31))[1].columns) == list(TERM_COLUMNS)
    assert evaluate_idle_land.__doc__ and "terms" in evaluate_idle_land.__doc__
