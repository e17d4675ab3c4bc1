"""The status of each parcel as of a date, under order 53 (闲置土地处置办法).

Type A (art. 2 ¶1): not started a full year after the agreed start, or after delivery + 1 year where
none was agreed (art. 22). Type B (art. 2 ¶2): started, less than 1/3 of the land developed or less
than 25 % of the investment made, and suspended for a full year; it *may* be found idle. A fact that
is missing makes the status undetermined: never "not idle". That work has not begun is such a fact: it
is known from a record (a state, a check on a day), never from silence. A suspension without a recorded
start shows that there was work, not that it came to a start in the sense of art. 30: no clock runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.idle_clocks import NOT_AGREED, Limits, run_start_clock, run_suspension_clock
from gis.analyses.parcel_facts import facts_on
from gis.regulations import anniversaries
from gis.schema import combine_events

if TYPE_CHECKING:
    from gis.analyses.idle_clocks import Today
    from gis.regulations import Rulebook

__all__ = ["OPEN_GROUNDS", "STATUSES", "classify_facts", "classify_status", "joined_names", "lacking_of_cause"]

STATUSES = (
    "idle",
    "idle_recognisable",
    "approved_not_built",
    "approved_not_supplied",
    "under_construction",
    "completed",
    "in_production",
    "undetermined",
)
#: Why a status is not known.
OPEN_GROUNDS = (
    "ground_stopped_without_start", "ground_start_unclear", "ground_check_lapsed", "ground_silent", "ground_missing",
)  # fmt: skip
CAUSE_COLUMNS = (
    "cause_state", "cause", "cause_item", "cause_first_date", "cause_last_date", "cause_days", "late_delivery_days",
    "delivery_state",
)  # fmt: skip
Mask = Any


def classify_status(parcels: pd.DataFrame, rules: Rulebook, *, events: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the status of each parcel as of the rulebook's date.

    Parameters
    ----------
    parcels
        Canonical table ``parcels``.
    rules
        A rulebook; its ``as_of`` is the date.
    events
        Canonical table ``parcel_events``: those up to the date count (see `facts_on`).

    Returns
    -------
    On the same index: status, status_since, clock_start, clock_start_ground, ground, route,
    next_event, next_date, missing, is_supplied, type_a and type_b (``met`` where the duty is kept,
    ``not_met`` where the land is or may be found idle, ``undetermined``, or "" where the rule does
    not apply), days_elapsed; cause_state, cause, cause_item, cause_first_date, cause_last_date and
    cause_days (see `gis.analyses.causes.judge_causes`), late_delivery_days (by which the delivery is
    later than the agreed start), delivery_state, delivery_open, fault_known; not_started_until (the
    last day on which a check is still taken to show that work has not begun, where the status hangs
    on it); and idle_from,
    reclaim_from, recognisable_from, the days on which these would come if nothing else happened.
    """
    return classify_facts(facts_on(parcels, combine_events(parcels, events), rules.as_of), rules)


def classify_facts(facts: pd.DataFrame, rules: Rulebook, *, days: pd.Series[Any] | None = None) -> pd.DataFrame:
    """Return the status of each parcel from what is known of it (see `classify_status`).

    Parameters
    ----------
    facts
        From `facts_on`.
    rules
        The law; its ``as_of`` is the date.
    days
        On the index of ``facts``: a date for each row in place of that one, where the same law holds on all.
    """
    limits = Limits.of(rules)
    today = pd.Timestamp(rules.as_of) if days is None else days
    until = anniversaries(facts["not_commenced_date"], limits.not_started_period)
    masks = _masks(facts, today, until)
    not_started = run_start_clock(facts, masks, limits, today=today)
    suspended = run_suspension_clock(facts, masks, limits, today=today)
    settled = _settle(facts, masks, not_started, suspended)
    return settled.assign(not_started_until=until.where(masks["checked"] & masks["not_started"]))


def _masks(facts: pd.DataFrame, today: Today, until: pd.Series[Any]) -> dict[str, Mask]:
    """Return what is known of each parcel on the day: three-valued facts as two masks each."""
    happened = {
        name: (facts[f"{name}_date"] <= today).to_numpy()
        for name in ("supply", "delivery", "commencement", "suspension", "completion", "production")
    }
    log_shows_start, stop_log, unclear = (
        facts[name].to_numpy() for name in ("has_start_log", "has_stop_log", "is_start_unclear")
    )
    state = facts["construction_state"]
    future_start = (facts["commencement_date"] > today).to_numpy()
    later_supply = (facts["supply_date"] > today).to_numpy()
    supply = facts["supply_status"]
    evidence = happened["supply"] | happened["delivery"] | happened["commencement"] | facts["is_agreed_by_log"]
    evidence |= (facts["agreed_commencement_date"].notna() | facts["contract_id"].notna()).to_numpy() & ~later_supply
    not_supplied = (supply == "approved_not_supplied").to_numpy() & ~happened["supply"] | later_supply
    supplied = ((supply == "supplied").to_numpy() | evidence.to_numpy()) & ~not_supplied
    building = state.isin(["under_construction", "suspended", "completed"]).to_numpy()
    started = happened["commencement"] | happened["completion"] | happened["production"] | building & ~future_start
    # A stop without a start: there was work, and no record says that it came to a start (art. 30).
    hinted = ~started & (stop_log | happened["suspension"])
    told = future_start | (state == "not_started").to_numpy()
    checked = ~told & (until >= today).to_numpy()
    not_started = ~started & ~hinted & (told | checked)
    completed = (state == "completed").to_numpy() & facts["completion_date"].isna().to_numpy() & ~future_start
    completed |= happened["completion"]
    resumed = facts["resumed_date"].notna().to_numpy()
    suspended = happened["suspension"] | (state == "suspended").to_numpy() & ~resumed
    suspended &= started & ~completed & ~happened["production"]
    at_work = (state == "under_construction").to_numpy() | log_shows_start
    return {
        "supplied": supplied,
        "not_supplied": not_supplied,
        "started": started,
        "not_started": not_started,
        "unclear": unclear,
        "hinted": hinted,
        "checked": checked,
        "lapsed": ~started & ~hinted & ~not_started & facts["not_commenced_date"].notna().to_numpy(),
        "in_production": happened["production"],
        "completed": completed & ~happened["production"],
        "suspended": suspended,
        "building": started & ~completed & ~happened["production"] & ~suspended & at_work,
    }


def _settle(facts: pd.DataFrame, masks: dict[str, Mask], a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    suspended_fine = (b["short"] | b["above"]).to_numpy()
    decided = [
        (masks["not_supplied"] & ~masks["started"], "approved_not_supplied", "ground_not_supplied"),
        (masks["in_production"], "in_production", "ground_in_production"),
        (masks["completed"], "completed", "ground_completed"),
        ((a["route"] == "article_12").to_numpy(), "idle", "ground_start_overdue_exempt"),
        (a["idle"].to_numpy(), "idle", "ground_start_overdue"),
        ((a["applies"] & a["known"]).to_numpy(), "approved_not_built", "ground_within_clock"),
        (b["recognisable"].to_numpy(), "idle_recognisable", "ground_suspended_low"),
        (b["short"].to_numpy(), "under_construction", "ground_suspended_short"),
        (b["above"].to_numpy(), "under_construction", "ground_suspended_above"),
        (masks["building"], "under_construction", "ground_building"),
    ]
    conditions = [mask for mask, *_ in decided]
    status = np.select(conditions, [name for _, name, _ in decided], default="undetermined")
    ground = np.select(conditions, [ground for *_, ground in decided], default="ground_missing")
    undetermined = status == "undetermined"
    silent = masks["supplied"] & ~masks["started"] & ~masks["not_started"]
    reasons = [masks["hinted"], silent & masks["unclear"], silent & masks["lapsed"], silent]
    *named, otherwise = OPEN_GROUNDS
    ground = np.where(undetermined, np.select(reasons, named, default=otherwise), ground)
    type_a = np.select(
        [a["idle"].to_numpy(), (a["applies"] & a["known"]).to_numpy() | masks["started"], masks["not_supplied"]],
        ["not_met", "met", ""],
        default="undetermined",
    )
    works = masks["started"] | masks["hinted"]
    type_b = np.select(
        [b["recognisable"].to_numpy(), suspended_fine | masks["building"], undetermined & works],
        ["not_met", "met", "undetermined"],
        default="",
    )
    return (
        _dated(facts, a, b)
        .assign(
            status=pd.Series(status, index=facts.index, dtype="str"),
            ground=pd.Series(ground, index=facts.index, dtype="str"),
            missing=joined_names(_lacking(facts, masks, a, b, undetermined=undetermined), facts.index),
            is_supplied=masks["supplied"],
            type_a=pd.Series(type_a, index=facts.index, dtype="str"),
            type_b=pd.Series(type_b, index=facts.index, dtype="str"),
        )
        .pipe(_with_dates, facts)
    )


def _lacking(
    facts: pd.DataFrame, masks: dict[str, Mask], a: pd.DataFrame, b: pd.DataFrame, *, undetermined: Mask
) -> list[tuple[Mask, str]]:
    """Return where which fact would have to be known: alternatives with ``|`` between them."""
    supply_open = ~masks["supplied"] & ~masks["not_supplied"]
    start_open = masks["supplied"] & ~masks["started"] & ~masks["not_started"]
    further = masks["in_production"] | masks["completed"] | masks["suspended"] | masks["building"]
    clock_open = (a["applies"] & ~a["known"]).to_numpy()
    untold = facts["is_restart_open"].to_numpy()
    clock_unknown = undetermined & (clock_open | (start_open | supply_open) & ~a["known"].to_numpy()) & ~untold
    agreement = facts["start_agreement"]
    dateless, not_agreed = ((agreement.isin(words)).to_numpy() for words in (["agreed"], NOT_AGREED))
    unstarted = supply_open & ~masks["started"] & ~masks["not_started"]
    return [
        (undetermined & supply_open, "supply_status"),
        (undetermined & (start_open | unstarted), "construction_state|commencement_date"),
        (undetermined & masks["unclear"], "construction_permit"),
        (undetermined & a["applies"].to_numpy() & untold, "article_12_agreement"),
        (clock_unknown & ~dateless & ~not_agreed, "agreed_commencement_date|start_agreement"),
        (clock_unknown & dateless, "agreed_commencement_date"),
        (clock_unknown & not_agreed, "delivery_date"),
        (undetermined & masks["started"] & ~further, "construction_state|completion_date"),
        (b["missing_date"].to_numpy(), "suspension_date"),
        (b["missing_land"].to_numpy(), "developed_area_m2|land_to_develop_m2"),
        (b["missing_money"].to_numpy(), "invested_cny|total_investment_cny"),
        *lacking_of_cause(a, facts, a["idle"].to_numpy()),
    ]


def lacking_of_cause(causes: pd.DataFrame, facts: pd.DataFrame, rows: Mask) -> list[tuple[Mask, str]]:
    """Return where which fact about cause and delivery would have to be known, of some rows."""
    is_open = rows & (causes["cause_state"] == "open").to_numpy()
    unknown = rows & ~is_open & ~causes["fault_known"].to_numpy() & (causes["cause_state"] != "counts").to_numpy()
    delivered = facts["delivery_date"].notna() | facts["agreed_commencement_date"].isna()
    return [
        (is_open & causes["cause_first_date"].isna().to_numpy(), "delay_cause_first_date"),
        (is_open & causes["cause_last_date"].isna().to_numpy(), "delay_cause_last_date"),
        (unknown & ~delivered.to_numpy(), "delivery_date"),
        (unknown, "delay_cause"),
    ]


def joined_names(masks: list[tuple[Mask, str]], index: pd.Index[Any]) -> pd.Series[str]:
    """Return the names of all masks that hold at each row, ``;`` between."""
    text = np.full(len(index), "", dtype=object)
    for mask, name in masks:
        separator = np.where(text[mask] == "", "", ";")
        text[mask] = text[mask] + separator + name
    return pd.Series(text, index=index, dtype="str")


def _dated(facts: pd.DataFrame, a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Return clock, route and what comes next; since when follows once the status is known."""
    waiting = (a["applies"] & a["known"] & ~a["idle"]).to_numpy()
    coming_b = (b["short"] & b["low_or_open"]).to_numpy() & ~waiting & ~a["coming_reclaim"].to_numpy()
    event = np.select(
        [waiting, a["coming_reclaim"].to_numpy(), coming_b],
        ["becomes_idle", "reclaim", "becomes_recognisable"],
        default="",
    )
    none = pd.Series(pd.NaT, index=facts.index, dtype="datetime64[us]")
    coming = none.mask(waiting, a["since"]).mask(a["coming_reclaim"], a["reclaim_from"]).mask(coming_b, b["since"])
    clock = none.mask(b["applies"], b["clock_start"]).mask(a["applies"], a["clock_start"])
    ground = np.select(
        [a["applies"].to_numpy(), (b["applies"] & facts["suspension_date"].notna()).to_numpy()],
        [a["clock_ground"], b["clock_ground"]],
        default="",
    )
    route = np.where(b["recognisable"], "article_12", np.where(a["applies"], a["route"], ""))
    days = a["days"].where(a["applies"], b["days"].where(b["applies"]))
    return pd.DataFrame(
        {
            "clock_start": clock,
            "clock_start_ground": pd.Series(ground, index=facts.index, dtype="str"),
            "route": pd.Series(route, index=facts.index, dtype="str"),
            "next_event": pd.Series(event, index=facts.index, dtype="str"),
            "next_date": coming,
            "days_elapsed": days,
            "idle_from": a["since"].where(a["applies"] & a["known"]),
            "reclaim_from": a["reclaim_from"].where(a["applies"] & a["known"] & a["fault_known"]),
            "fault_known": a["fault_known"],
            "delivery_open": a["delivery_open"],
            **{name: a[name] for name in CAUSE_COLUMNS},
            "recognisable_from": b["since"].where(b["applies"] & b["low_or_open"]),
        },
        index=facts.index,
    )


def _with_dates(result: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    source = {
        "idle": result["idle_from"],
        "idle_recognisable": result["recognisable_from"],
        "approved_not_built": facts["supply_date"],
        "under_construction": facts["commencement_date"],
        "completed": facts["completion_date"],
        "in_production": facts["production_date"],
    }
    since = pd.Series(pd.NaT, index=facts.index, dtype="datetime64[us]")
    for status, dates in source.items():
        since = since.mask(result["status"] == status, dates)
    return result.assign(status_since=since)
