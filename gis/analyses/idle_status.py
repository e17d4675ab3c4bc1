"""The status of each parcel as of a date, under order 53 (闲置土地处置办法).

Type A (art. 2 ¶1): not started a full year after the agreed start, or after delivery + 1 year where
none was agreed (art. 22). Type B (art. 2 ¶2): started, less than 1/3 of the land developed or less
than 25 % of the investment made, and suspended for a full year; it *may* be found idle. A fact that
is missing makes the status undetermined: never "not idle".
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.regulations import anniversaries, completions

if TYPE_CHECKING:
    from gis.regulations import Rulebook

__all__ = ["STATUSES", "classify_status"]

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
Mask = Any


@dataclasses.dataclass(frozen=True)
class _Limits:
    """The parameters that decide a status, read once from the rulebook."""

    start_period: str
    default_start_period: str
    suspension_period: str
    reclaim_period: str
    anniversary_counts: bool
    developed_ratio: Any
    invested_ratio: Any
    exempt_causes: tuple[str, ...]

    @staticmethod
    def of(rules: Rulebook) -> _Limits:
        value = {
            name: rules.get(f"idle_land.{name}").value
            for name in (
                "start_overdue_period", "default_start_after_delivery", "suspension_period", "reclaim_period",
                "anniversary_counts", "developed_area_ratio", "invested_ratio", "exempt_causes",
            )
        }  # fmt: skip
        return _Limits(
            start_period=value["start_overdue_period"],
            default_start_period=value["default_start_after_delivery"],
            suspension_period=value["suspension_period"],
            reclaim_period=value["reclaim_period"],
            anniversary_counts=value["anniversary_counts"],
            developed_ratio=value["developed_area_ratio"],
            invested_ratio=value["invested_ratio"],
            exempt_causes=tuple(value["exempt_causes"]),
        )


def classify_status(parcels: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    """Return the status of each parcel as of the rulebook's date.

    Parameters
    ----------
    parcels
        Canonical table ``parcels``.
    rules
        A rulebook; its ``as_of`` is the date.

    Returns
    -------
    On the same index: status, status_since, clock_start, clock_start_ground, ground, route,
    next_event, next_date, missing, is_supplied, type_a and type_b (``met`` where the duty is kept,
    ``not_met`` where the land is or may be found idle, ``undetermined``, or "" where the rule does
    not apply), days_elapsed.
    """
    limits = _Limits.of(rules)
    today = pd.Timestamp(rules.as_of)
    facts = _facts(parcels, today)
    not_started = _type_a(parcels, facts, limits, today)
    suspended = _type_b(parcels, facts, limits, today)
    return _settle(parcels, facts, not_started, suspended)


def _facts(parcels: pd.DataFrame, today: pd.Timestamp) -> dict[str, Mask]:
    """Return what is known of each parcel on the day: three-valued facts as two masks each."""
    happened = {
        name: (parcels[f"{name}_date"] <= today).to_numpy()
        for name in ("supply", "delivery", "commencement", "suspension", "completion", "production")
    }
    state = parcels["construction_state"]
    future_start = (parcels["commencement_date"] > today).to_numpy()
    later_supply = (parcels["supply_date"] > today).to_numpy()
    supply = parcels["supply_status"]
    evidence = happened["supply"] | happened["delivery"] | happened["commencement"]
    evidence |= (
        parcels["agreed_commencement_date"].notna() | parcels["contract_id"].notna()
    ).to_numpy() & ~later_supply
    not_supplied = (supply == "approved_not_supplied").to_numpy() & ~happened["supply"] | later_supply
    supplied = ((supply == "supplied").to_numpy() | evidence) & ~not_supplied
    building = state.isin(["under_construction", "suspended", "completed"]).to_numpy()
    started = happened["commencement"] | happened["completion"] | happened["production"] | (building & ~future_start)
    not_started = ~started & (future_start | (state == "not_started").to_numpy())
    completed = (
        happened["completion"] | (state == "completed").to_numpy() & parcels["completion_date"].isna().to_numpy()
    )
    suspended = (happened["suspension"] | (state == "suspended").to_numpy()) & ~completed & ~happened["production"]
    return {
        "supplied": supplied,
        "not_supplied": not_supplied,
        "started": started,
        "not_started": not_started,
        "in_production": happened["production"],
        "completed": completed & ~happened["production"],
        "suspended": suspended,
        "building": started
        & ~completed
        & ~happened["production"]
        & ~suspended
        & (state == "under_construction").to_numpy(),
    }


def _type_a(parcels: pd.DataFrame, facts: dict[str, Mask], limits: _Limits, today: pd.Timestamp) -> pd.DataFrame:
    agreed = parcels["agreed_commencement_date"]
    by_delivery = anniversaries(parcels["delivery_date"], limits.default_start_period)
    start = agreed.where(agreed.notna(), by_delivery)
    idle_from = completions(start, limits.start_period, anniversary_counts=limits.anniversary_counts)
    reclaim_from = completions(start, limits.reclaim_period, anniversary_counts=limits.anniversary_counts)
    applies = facts["supplied"] & facts["not_started"]
    known = start.notna().to_numpy()
    idle = applies & known & (idle_from <= today).to_numpy()
    exempt = parcels["delay_cause"].isin(limits.exempt_causes).to_numpy()
    cause_known = parcels["delay_cause"].notna().to_numpy()
    reclaimable = (reclaim_from <= today).to_numpy()
    route = np.select(
        [idle & exempt, idle & ~cause_known, idle & reclaimable, idle],
        ["article_12", "cause_unknown", "reclaim", "fee"],
        default="",
    )
    return pd.DataFrame(
        {
            "applies": applies,
            "known": known,
            "idle": idle,
            "exempt": exempt,
            "clock_start": start,
            "clock_ground": np.where(agreed.notna(), "clock_agreed", np.where(known, "clock_delivery", "")),
            "since": idle_from,
            "reclaim_from": reclaim_from,
            "coming_reclaim": idle & ~exempt & ~reclaimable,
            "route": route,
            "days": (today - start).dt.days,
        },
        index=parcels.index,
    )


def _ratio_low(part: pd.Series[float], whole: pd.Series[float], limit: Any) -> tuple[Mask, Mask]:
    """Tell where part/whole is below the limit, exactly, and where that is known."""
    known = (part.notna() & whole.notna() & (whole > 0)).to_numpy()
    # p/w < n/d as d·p < n·w: exactly 1/3 stays exactly 1/3 (values carry six decimals at most).
    left = np.rint(part.fillna(0).to_numpy() * 10**6) * limit.denominator
    right = np.rint(whole.fillna(0).to_numpy() * 10**6) * limit.numerator
    return known & (left < right), known


def _type_b(parcels: pd.DataFrame, facts: dict[str, Mask], limits: _Limits, today: pd.Timestamp) -> pd.DataFrame:
    from_day = completions(
        parcels["suspension_date"], limits.suspension_period, anniversary_counts=limits.anniversary_counts
    )
    applies = facts["suspended"]
    land_low, land_known = _ratio_low(
        parcels["developed_area_m2"], parcels["land_to_develop_m2"], limits.developed_ratio
    )
    money_low, money_known = _ratio_low(parcels["invested_cny"], parcels["total_investment_cny"], limits.invested_ratio)
    dated = parcels["suspension_date"].notna().to_numpy()
    long_enough = dated & (from_day <= today).to_numpy()
    low = land_low | money_low
    return pd.DataFrame(
        {
            "applies": applies,
            "recognisable": applies & long_enough & low,
            "short": applies & dated & ~long_enough,
            "above": applies & long_enough & ~low & land_known & money_known,
            "open": applies & (~dated | (long_enough & ~low & ~(land_known & money_known))),
            "missing_date": applies & ~dated,
            "missing_land": applies & ~low & ~land_known & (long_enough | ~dated),
            "missing_money": applies & ~low & ~money_known & (long_enough | ~dated),
            "low_or_open": low | ~(land_known & money_known),
            "since": from_day,
            "days": (today - parcels["suspension_date"]).dt.days,
        },
        index=parcels.index,
    )


def _settle(parcels: pd.DataFrame, facts: dict[str, Mask], a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    supply_open = ~facts["supplied"] & ~facts["not_supplied"]
    start_open = facts["supplied"] & ~facts["started"] & ~facts["not_started"]
    state_open = (
        facts["started"] & ~facts["in_production"] & ~facts["completed"] & ~facts["suspended"] & ~facts["building"]
    )
    clock_open = (a["applies"] & ~a["known"]).to_numpy()
    suspended_fine = (b["short"] | b["above"]).to_numpy()
    decided = [
        (facts["not_supplied"] & ~facts["started"], "approved_not_supplied", "ground_not_supplied"),
        (facts["in_production"], "in_production", "ground_in_production"),
        (facts["completed"], "completed", "ground_completed"),
        ((a["idle"] & a["exempt"]).to_numpy(), "idle", "ground_start_overdue_exempt"),
        (a["idle"].to_numpy(), "idle", "ground_start_overdue"),
        ((a["applies"] & a["known"]).to_numpy(), "approved_not_built", "ground_within_clock"),
        (b["recognisable"].to_numpy(), "idle_recognisable", "ground_suspended_low"),
        (b["short"].to_numpy(), "under_construction", "ground_suspended_short"),
        (b["above"].to_numpy(), "under_construction", "ground_suspended_above"),
        (facts["building"], "under_construction", "ground_building"),
    ]
    masks = [mask for mask, *_ in decided]
    status = np.select(masks, [name for _, name, _ in decided], default="undetermined")
    ground = np.select(masks, [ground for *_, ground in decided], default="ground_missing")
    undetermined = status == "undetermined"
    lacking = [
        (undetermined & supply_open, "supply_status"),
        (
            undetermined & (start_open | supply_open & ~facts["started"] & ~facts["not_started"]),
            "construction_state|commencement_date",
        ),
        (
            undetermined & (clock_open | (start_open | supply_open) & ~a["known"].to_numpy()),
            "agreed_commencement_date|delivery_date",
        ),
        (undetermined & state_open, "construction_state|completion_date"),
        (b["missing_date"].to_numpy(), "suspension_date"),
        (b["missing_land"].to_numpy(), "developed_area_m2|land_to_develop_m2"),
        (b["missing_money"].to_numpy(), "invested_cny|total_investment_cny"),
        ((a["route"] == "cause_unknown").to_numpy(), "delay_cause"),
    ]
    type_a = np.select(
        [a["idle"].to_numpy(), (a["applies"] & a["known"]).to_numpy() | facts["started"], facts["not_supplied"]],
        ["not_met", "met", ""],
        default="undetermined",
    )
    type_b = np.select(
        [b["recognisable"].to_numpy(), suspended_fine | facts["building"], undetermined & facts["started"]],
        ["not_met", "met", "undetermined"],
        default="",
    )
    return (
        _dated(parcels, a, b)
        .assign(
            status=pd.Series(status, index=parcels.index, dtype="str"),
            ground=pd.Series(ground, index=parcels.index, dtype="str"),
            missing=_joined(lacking, parcels.index),
            is_supplied=facts["supplied"],
            type_a=pd.Series(type_a, index=parcels.index, dtype="str"),
            type_b=pd.Series(type_b, index=parcels.index, dtype="str"),
        )
        .pipe(_with_dates, parcels)
    )


def _joined(masks: list[tuple[Mask, str]], index: pd.Index[Any]) -> pd.Series[str]:
    text = np.full(len(index), "", dtype=object)
    for mask, name in masks:
        separator = np.where(text[mask] == "", "", ";")
        text[mask] = text[mask] + separator + name
    return pd.Series(text, index=index, dtype="str")


def _dated(parcels: pd.DataFrame, a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Return clock, route and what comes next; since when follows once the status is known."""
    waiting = (a["applies"] & a["known"] & ~a["idle"]).to_numpy()
    coming_b = (b["short"] & b["low_or_open"]).to_numpy()
    event = np.select(
        [waiting, a["coming_reclaim"].to_numpy(), coming_b],
        ["becomes_idle", "reclaim", "becomes_recognisable"],
        default="",
    )
    none = pd.Series(pd.NaT, index=parcels.index, dtype="datetime64[us]")
    coming = none.mask(waiting, a["since"]).mask(a["coming_reclaim"], a["reclaim_from"]).mask(coming_b, b["since"])
    clock = none.mask(b["applies"], parcels["suspension_date"]).mask(a["applies"], a["clock_start"])
    ground = np.select(
        [a["applies"].to_numpy(), (b["applies"] & parcels["suspension_date"].notna()).to_numpy()],
        [a["clock_ground"], "clock_suspension"],
        default="",
    )
    route = np.where(b["recognisable"], "article_12", np.where(a["applies"], a["route"], ""))
    days = a["days"].where(a["applies"], b["days"].where(b["applies"]))
    return pd.DataFrame(
        {
            "clock_start": clock,
            "clock_start_ground": pd.Series(ground, index=parcels.index, dtype="str"),
            "route": pd.Series(route, index=parcels.index, dtype="str"),
            "next_event": pd.Series(event, index=parcels.index, dtype="str"),
            "next_date": coming,
            "days_elapsed": days,
            "idle_since": a["since"],
            "recognisable_since": b["since"],
        },
        index=parcels.index,
    )


def _with_dates(result: pd.DataFrame, parcels: pd.DataFrame) -> pd.DataFrame:
    source = {
        "idle": result["idle_since"],
        "idle_recognisable": result["recognisable_since"],
        "approved_not_built": parcels["supply_date"],
        "under_construction": parcels["commencement_date"],
        "completed": parcels["completion_date"],
        "in_production": parcels["production_date"],
    }
    since = pd.Series(pd.NaT, index=parcels.index, dtype="datetime64[us]")
    for status, dates in source.items():
        since = since.mask(result["status"] == status, dates)
    return result.assign(status_since=since).drop(columns=["idle_since", "recognisable_since"])
