"""Random parcels with random logs, near days that matter, as a person would and would not write them."""

import datetime as dt

import numpy as np
import pandas as pd
from idle_by_hand import years_on

from gis.analyses.procedure import STEP_KINDS
from gis.issues import IssueLog
from gis.schema import conform, event_kinds

#: Steps of a case change no status; what is drawn is to change one often.
KINDS = [kind for kind in event_kinds() if kind == "fee_served" or kind not in STEP_KINDS]
DATE_COLUMNS = ("supply_date", "delivery_date", "agreed_commencement_date", "commencement_date", "suspension_date",
                "completion_date", "production_date")  # fmt: skip
CAUSES = ("government_cause", "force_majeure")
DAY_0 = dt.date(2017, 1, 1)


def some_day(draw, near):
    """A day, often the anniversary of an earlier one give or take a day, and often at the end of February."""
    pick = draw.random()
    if pick < 0.1:
        return draw.choice([dt.date(2020, 2, 28), dt.date(2020, 2, 29), dt.date(2020, 3, 1), dt.date(2019, 2, 28)])
    if pick < 0.5:
        return years_on(draw.choice(near), -draw.randint(1, 3)) + dt.timedelta(days=draw.randint(-2, 2))
    return DAY_0 + dt.timedelta(days=draw.randint(0, 3000))


def value_of(draw, kind, near):
    entry = event_kinds()[kind]
    if kind == "area_developed":
        return draw.choice([0.0, 3333.0, 3334.0, 3000.0, 9000.0])
    if kind == "investment_counted":
        return draw.choice([0.0, 24_990_000.0, 25_000_000.0, 25_000_000.01, 60_000_000.0])
    if entry.value.is_number:
        return float(draw.randint(0, 10**7))
    if kind == "article_12_agreement" and draw.random() < 0.25:
        return draw.choice([None, "paid_reclaim"])
    if kind == "agreed_commencement" and draw.random() < 0.2:
        return draw.choice(["not_agreed", "unclear"])
    if entry.value.is_date:
        return some_day(draw, near)
    return draw.choice(entry.choices) if entry.choices else None


def event_of(draw, kind, day, near):
    """An event; a cause mostly with its last day, sometimes one before its first."""
    last = day + dt.timedelta(days=draw.choice([-1, 0, 1, 30, 200, 500])) if draw.random() < 0.7 else None
    event = (day, kind, value_of(draw, kind, near))
    return (*event, last) if kind in CAUSES else event


def waiting_history(draw, near):
    """Land that waits for its start, with its facts near the days that decide: few contradictions, many limits."""
    agreed = years_on(draw.choice(near), -draw.randint(1, 2)) + dt.timedelta(days=draw.randint(-2, 2))
    limit = years_on(agreed, 1)

    def about(day, days=2):
        return day + dt.timedelta(days=draw.randint(-days, days))

    parcel = {"supply_status": "supplied", "delay_cause": draw.choice(["enterprise_cause", "none", "government_cause"])}
    events = []
    if draw.random() < 0.8:
        parcel |= {"agreed_commencement_date": agreed}
    else:
        parcel |= draw.choice([{}, *({"start_agreement": said} for said in ("agreed", "not_agreed", "unclear"))])
    known = draw.random()
    if known < 0.5:
        parcel |= {"construction_state": "not_started"}
    elif known < 0.8:
        events.append((about(draw.choice(near), 100), "not_commenced", None))
    if draw.random() < 0.8:
        parcel |= {"delivery_date": about(draw.choice([agreed, years_on(agreed, -1), limit]))}
    if draw.random() < 0.2:
        parcel |= {"suspension_date": about(draw.choice([limit, draw.choice(near)]))}
    for end in ("first", "last"):
        if draw.random() < 0.6:
            parcel |= {f"delay_cause_{end}_date": about(draw.choice([agreed, limit]), 40)}
    for _ in range(draw.choice([0, 0, 1, 2])):
        first = about(draw.choice([agreed, limit, years_on(agreed, 2)]))
        events.append(event_of(draw, draw.choice(CAUSES), first, near))
    others = ("idle_finding", "hoarding_decision", "article_12_agreement", "commenced", "foundation_facts")
    chosen = [kind for kind in others if draw.random() < 0.15]
    events += [event_of(draw, kind, about(draw.choice([limit, *near]), 60), near) for kind in chosen]
    return parcel, events


def random_history(draw, near):
    parcel = {
        "land_to_develop_m2": draw.choice([9000.0, 10_000.0, None]),
        "total_investment_cny": draw.choice([1e8, 100_000_000.04, None]),
    }
    for column in (*DATE_COLUMNS, "delay_cause_first_date", "delay_cause_last_date"):
        if draw.random() < 0.2:
            parcel[column] = some_day(draw, near)
    for column, words, share in (
        ("construction_state", ("not_started", "under_construction", "suspended", "completed"), 0.4),
        ("supply_status", ("supplied", "approved_not_supplied"), 0.4),
        ("start_agreement", ("agreed", "not_agreed", "unclear"), 0.2),
        ("delay_cause", ("none", "enterprise_cause", "government_cause", "force_majeure"), 0.5),
        ("contract_id", ("C1",), 0.1),
        ("investment_basis", ("with_land_price", "without_land_price"), 0.1),
        ("invested_cny", (25_000_000.0, 24_999_999.99), 0.3),
        ("developed_area_m2", (3333.0, 3334.0, 3000.0), 0.3),
    ):
        if draw.random() < share:
            parcel[column] = draw.choice(words)
    events = []
    for _ in range(draw.choice([0, 0, 1, 2, 3, 4, 5, 6, 8])):
        kind = draw.choice(KINDS)
        events.append(event_of(draw, kind, some_day(draw, near), near))
    return {name: value for name, value in parcel.items() if value is not None}, events


def written(value):
    return (
        None
        if value is None
        else value.isoformat()
        if isinstance(value, dt.date)
        else repr(value)
        if isinstance(value, float)
        else value
    )


def as_tables(histories):
    log = IssueLog()
    rows = [
        {"parcel_id": str(n)} | {k: written(v) for k, v in parcel.items()} for n, (parcel, _) in enumerate(histories)
    ]
    parcels = conform(pd.DataFrame(rows), "parcels", issues=log)
    rows = [(str(n), *event) for n, (_, events) in enumerate(histories) for event in events]
    told = [tuple(map(written, (*row, None)[:5])) for row in rows]
    columns = ["parcel_id", "event_date", "event_kind", "value", "last_date"]
    events = conform(pd.DataFrame(told, columns=columns, dtype="str"), "parcel_events", issues=log)
    assert not len(log), list(log)
    return parcels, events


def random_million(parcels, events):
    """Columns of a large log, drawn at once."""
    draw = np.random.default_rng(3)
    ids = np.char.mod("%08d", np.arange(parcels))
    kinds = np.array(KINDS)[draw.integers(0, len(KINDS), events)]
    day = np.datetime64("2014-01-01") + draw.integers(0, 4000, events).astype("timedelta64[D]")
    ahead = (day + draw.integers(0, 700, events).astype("timedelta64[D]")).astype(str)
    number = draw.integers(0, 10**7, events).astype(str)
    value = np.full(events, None, dtype=object)
    for name, kind in event_kinds().items():
        rows = kinds == name
        value[rows] = ahead[rows] if kind.value.is_date else number[rows] if kind.value.is_number else None
        if kind.value == "choice":
            value[rows] = np.array(kind.choices, dtype=object)[draw.integers(0, len(kind.choices), rows.sum())]
    told = {"parcel_id": ids[draw.integers(0, parcels, events)], "event_date": day.astype(str), "event_kind": kinds,
            "value": pd.Series(value, dtype="str")}  # fmt: skip
    own = {
        "parcel_id": ids,
        "land_to_develop_m2": 1e4,
        "total_investment_cny": 1e7,
        "construction_state": "not_started",
    }
    log = IssueLog()
    return conform(pd.DataFrame(own), "parcels", issues=log), conform(pd.DataFrame(told), "parcel_events", issues=log)
