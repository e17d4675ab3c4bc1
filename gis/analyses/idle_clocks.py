"""The two clocks of order 53: type A from the agreed start (art. 2 ¶1), type B from the suspension (art. 2 ¶2)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.causes import judge_causes
from gis.regulations import anniversaries, completions

if TYPE_CHECKING:
    from gis.regulations import Rulebook

    #: The as-of date, or one of each row.
    Today = pd.Timestamp | pd.Series[Any]

__all__ = ["Limits", "run_start_clock", "run_suspension_clock"]

Mask = Any
#: Ratios are compared in whole parts of a unit: a mm² of land, a hundredth of a cent.
AREA_PARTS, MONEY_PARTS = 10**6, 10**4
#: Answers to whether a start was agreed that make it delivery and a year (art. 22 ¶2).
NOT_AGREED = ("not_agreed", "unclear")
#: The holder's own cause, and no cause: the first explains a late delivery too, the second does not.
OWN_CAUSE, NO_CAUSE = "enterprise_cause", "none"


@dataclasses.dataclass(frozen=True)
class Limits:
    """The parameters that decide a status, read once from the rulebook."""

    start_period: str
    not_started_period: str
    default_start_period: str
    suspension_period: str
    reclaim_period: str
    anniversary_counts: bool
    developed_ratio: Any
    invested_ratio: Any
    exempt_causes: tuple[str, ...]
    restart_reaches_suspension: bool

    @staticmethod
    def of(rules: Rulebook) -> Limits:
        """Read the parameters."""
        value = {
            name: rules.get(f"idle_land.{name}").value
            for name in (
                "start_overdue_period", "not_started_known_for", "default_start_after_delivery", "suspension_period",
                "reclaim_period", "anniversary_counts", "developed_area_ratio", "invested_ratio", "exempt_causes",
                "restart_reaches_suspension",
            )
        }  # fmt: skip
        return Limits(
            start_period=value["start_overdue_period"],
            not_started_period=value["not_started_known_for"],
            default_start_period=value["default_start_after_delivery"],
            suspension_period=value["suspension_period"],
            reclaim_period=value["reclaim_period"],
            anniversary_counts=value["anniversary_counts"],
            developed_ratio=value["developed_area_ratio"],
            invested_ratio=value["invested_ratio"],
            exempt_causes=tuple(value["exempt_causes"]),
            restart_reaches_suspension=value["restart_reaches_suspension"],
        )


def run_start_clock(
    facts: pd.DataFrame, masks: dict[str, Mask], limits: Limits, *, today: Today
) -> pd.DataFrame:
    """Return the clock of type A and where it leads, for land that is supplied and not started.

    Parameters
    ----------
    facts
        From `gis.analyses.parcel_facts.facts_on`.
    masks
        ``supplied`` and ``not_started`` among them.
    limits
        The parameters.
    today
        The as-of date, or one of each row.

    Returns
    -------
    applies, known, idle, clock_start, clock_ground, since, reclaim_from, coming_reclaim, route,
    fault_known (whether it is known that no cause of art. 8 excuses the delay), late_delivery_days,
    delivery_open (where it is late or not recorded, and not through the holder), delivery_state
    (``late_delivery``, ``no_delivery`` on record, or ""), days, and what `judge_causes` says of the
    causes.
    """
    agreed = facts["agreed_commencement_date"]
    not_agreed = facts["start_agreement"].isin(NOT_AGREED)
    by_delivery = anniversaries(facts["delivery_date"], limits.default_start_period).where(not_agreed)
    start = agreed.where(agreed.notna(), by_delivery)
    idle_from = completions(start, limits.start_period, anniversary_counts=limits.anniversary_counts)
    reclaim_from = completions(start, limits.reclaim_period, anniversary_counts=limits.anniversary_counts)
    applies = masks["supplied"] & masks["not_started"]
    known = start.notna().to_numpy() & ~facts["is_restart_open"].to_numpy()
    idle = applies & known & (idle_from <= today).to_numpy()
    causes = judge_causes(facts, idle_from.where(applies & known), today, exempt_causes=limits.exempt_causes)
    late_days, not_delivered, delivery_open = _late_delivery(facts, today)
    late_days = late_days.where(applies & known)
    own, none = ((facts["delay_cause"] == word).to_numpy() for word in (OWN_CAUSE, NO_CAUSE))
    counts, cause_open = ((causes["cause_state"] == state).to_numpy() for state in ("counts", "open"))
    fault_known = ~counts & ~cause_open & (own | none & ~delivery_open)
    reclaimable = (reclaim_from <= today).to_numpy()
    route = np.select(
        [~idle, counts, cause_open, fault_known & reclaimable, fault_known, delivery_open],
        ["", "article_12", "cause_open", "reclaim", "fee", "delivery_open"],
        default="cause_unknown",
    )
    return causes.assign(
        applies=applies,
        known=known,
        idle=idle,
        clock_start=start,
        clock_ground=np.where(agreed.notna(), facts["agreed_ground"], np.where(start.notna(), "clock_delivery", "")),
        since=idle_from,
        reclaim_from=reclaim_from,
        coming_reclaim=route == "fee",
        route=route,
        fault_known=fault_known,
        delivery_open=applies & delivery_open & ~own,
        late_delivery_days=late_days,
        delivery_state=np.select([late_days.isna(), not_delivered], ["", "no_delivery"], "late_delivery"),
        days=(today - start).dt.days,
    )


def _late_delivery(facts: pd.DataFrame, today: Today) -> tuple[pd.Series[float], Mask, Mask]:
    """Return by how many days the delivery is later than the agreed start, where none is recorded, and where either is.

    Land that was not delivered can't be started on (art. 8(1)); without an agreed start the clock begins with the
    delivery itself.
    """
    agreed, delivery = facts["agreed_commencement_date"], facts["delivery_date"]
    delivered = delivery <= today
    days = (delivery.where(delivered, today) - agreed).dt.days.astype("float64")
    late = days.where(days > 0)
    return late, ~delivered.to_numpy(), (agreed.notna() & (late.notna() | ~delivered)).to_numpy()


def _ratio_low(part: pd.Series[float], whole: pd.Series[float], limit: Any, parts: int) -> tuple[Mask, Mask]:
    """Tell where part/whole is below the limit, exactly, and where that is known."""
    most = np.iinfo(np.int64).max // (parts * max(limit.denominator, limit.numerator))
    known = (part.between(0, most) & whole.between(0, most, inclusive="right")).to_numpy()
    # p/w < n/d as d·p < n·w, in whole numbers: exactly 1/3 stays exactly 1/3.
    left = np.rint(part.where(known, 0).to_numpy() * parts).astype(np.int64) * limit.denominator
    right = np.rint(whole.where(known, 0).to_numpy() * parts).astype(np.int64) * limit.numerator
    return known & (left < right), known


def run_suspension_clock(
    facts: pd.DataFrame, masks: dict[str, Mask], limits: Limits, *, today: Today
) -> pd.DataFrame:
    """Return the clock of type B and where it leads, for land whose construction is suspended.

    Parameters
    ----------
    facts, limits, today
        As for `run_start_clock`.
    masks
        ``suspended`` among them.

    Returns
    -------
    applies, recognisable, short, above, open, missing_date, missing_land, missing_money,
    low_or_open, clock_start, clock_ground, since, days.
    """
    stopped = facts["suspension_date"]
    start, ground = stopped, pd.Series("clock_suspension", index=facts.index, dtype="str")
    if limits.restart_reaches_suspension:
        anew = (facts["restart_date"] >= stopped) & (facts["agreed_commencement_date"] > stopped)
        start = stopped.mask(anew, facts["agreed_commencement_date"])
        ground = ground.mask(anew, "clock_article_12")
    from_day = completions(start, limits.suspension_period, anniversary_counts=limits.anniversary_counts)
    applies = masks["suspended"]
    land_low, land_known = _ratio_low(
        facts["developed_area_m2"], facts["land_to_develop_m2"], limits.developed_ratio, AREA_PARTS
    )
    money_low, money_known = _ratio_low(
        facts["invested_cny"], facts["total_investment_cny"], limits.invested_ratio, MONEY_PARTS
    )
    dated = stopped.notna().to_numpy()
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
            "clock_start": start,
            "clock_ground": ground,
            "since": from_day,
            "days": (today - start).dt.days,
        },
        index=facts.index,
    )
