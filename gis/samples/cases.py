"""What the sample's parcels are: a fixed mix of forty cases, so that every size has the same statistics."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["CASES", "Case", "draw_cases", "parcel_attributes"]

Span = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Case:
    """One kind of parcel: how many of forty it is, and what its record says.

    Dates are days before the as-of date, as (least, most); None is missing. ``built`` parcels have
    buildings.
    """

    name: str
    share: int
    state: str | None = None
    supplied: Span | None = (1500, 4000)
    agreed_start: Span | None = None
    start: Span | None = None
    suspended: Span | None = None
    completed: Span | None = None
    agreed_production: Span | None = None
    production: Span | None = None
    cause: str | None = None
    developed: float | None = None
    invested: float | None = None
    grade: str | None = None
    built: bool = False
    split: bool = False
    park: bool = False
    harmful_gas: bool = False
    supply_status: str = "supplied"
    delivered: bool = True


_WORKING = Case(
    "working", 0, "completed", (3600, 4500), (2500, 3500), (2400, 3400), None, (1500, 2300), (1100, 1400), (900, 1050),
    developed=1.0, invested=1.0, built=True,
)  # fmt: skip
_BUILDING = Case("building", 4, "under_construction", (700, 1200), (150, 600), (100, 500), developed=0.7, invested=0.5)
_WAITING = Case("waiting", 0, "not_started", developed=0.0, invested=0.02)
_STOPPED = Case("stopped", 0, "suspended", (2400, 3000), (1600, 2300), (1500, 2200), (400, 1200))
_also = dataclasses.replace

CASES = (
    Case("approved_not_supplied", 2, supplied=None, supply_status="approved_not_supplied", delivered=False),
    _also(_WAITING, name="not_built", share=3, supplied=(400, 500), agreed_start=(-100, 300)),
    _also(_WAITING, name="idle_fee", share=2, agreed_start=(400, 700), supplied=(800, 1000), cause="enterprise_cause"),
    _also(_WAITING, name="idle_reclaim", share=1, agreed_start=(800, 1600), supplied=(1700, 2200), cause="enterprise_cause"),  # noqa: E501
    _also(_WAITING, name="idle_government", share=1, agreed_start=(500, 1300), supplied=(1400, 2000), cause="government_cause"),  # noqa: E501
    _also(_WAITING, name="idle_by_delivery", share=1, supplied=(1000, 1400), cause="none"),
    _also(_STOPPED, name="suspended_low_land", share=1, developed=0.2, invested=0.4),
    _also(_STOPPED, name="suspended_low_money", share=1, developed=0.5, invested=0.15),
    _also(_STOPPED, name="suspended_above", share=1, developed=0.6, invested=0.6),
    _also(_STOPPED, name="suspended_short", share=1, suspended=(60, 300), developed=0.2, invested=0.2),
    _BUILDING,
    _also(_WORKING, name="production_overdue", share=1, state="under_construction", completed=None, production=None,
          agreed_production=(700, 1100), grade="C"),
    _also(_WORKING, name="completed", share=2, production=None, agreed_production=(-400, -100), completed=(100, 400)),
    _also(_WORKING, name="producing_a", share=3, grade="A"),
    _also(_WORKING, name="producing_b", share=5, grade="B"),
    _also(_WORKING, name="producing_c", share=2, grade="C"),
    _also(_WORKING, name="producing_d", share=2, grade="D"),
    Case("no_clock", 1, state="not_started", delivered=False),
    Case("no_state", 1, agreed_start=(500, 900)),
    _also(_STOPPED, name="no_ratios", share=1, suspended=(400, 900)),
    _also(_WORKING, name="park", share=1, agreed_production=None, production=None, built=False, park=True),
    _also(_WORKING, name="mixed", share=2, grade="A", split=True),
    _also(_WORKING, name="harmful_gas", share=1, grade="B", harmful_gas=True),
)  # fmt: skip
TENURES = ("granted", "granted", "granted", "leased", "allocated")
HOLDERS = ("甲", "乙", "丙", "丁", "戊", "己", "庚", "辛")
TRADES = ("物流", "精密制造", "供应链", "国际贸易", "医疗器械", "电子科技")
NAMES = {"1401": "公园绿地", "100101": "一类工业用地", "110101": "一类物流仓储用地"}
MONEY_A_M2 = 6_000.0
PRICE_A_M2 = 1_100.0


def draw_cases(count: int, rng: np.random.Generator) -> Any:
    """Return case numbers of ``count`` parcels: each forty in a row hold the whole mix, shuffled."""
    cycle = np.repeat(np.arange(len(CASES)), [case.share for case in CASES])
    rounds = -(-count // len(cycle))
    return rng.permuted(np.tile(cycle, (rounds, 1)), axis=1).ravel()[:count]


def of_case(case: Any, field: str) -> Any:
    """Return what the cases of parcels say in one field."""
    values = np.empty(len(CASES), dtype=object)
    values[:] = [getattr(entry, field) for entry in CASES]
    return values[case]


def _days(case: Any, field: str, as_of: dt.date, rng: np.random.Generator) -> Any:
    """Return a date for each parcel whose case has that event, drawn in the case's range."""
    spans = of_case(case, field)
    known = np.array([span is not None for span in spans])
    low = np.array([span[0] if span else 0 for span in spans])
    high = np.array([span[1] if span else 1 for span in spans])
    back = rng.integers(low, high).astype("timedelta64[D]")
    return np.where(known, np.datetime64(as_of) - back, np.datetime64("NaT"))


def _numbers(case: Any, field: str) -> Any:
    return np.array([np.nan if getattr(e, field) is None else getattr(e, field) for e in CASES], dtype="float64")[case]


def parcel_attributes(case: Any, areas: Any, *, first: int, as_of: dt.date, rng: np.random.Generator) -> pd.DataFrame:
    """Return the record of each parcel.

    Parameters
    ----------
    case
        (n,) case numbers.
    areas
        (n,) measured m².
    first
        Number of the first parcel, from 1.
    as_of
        The date that the events lie before.
    rng
        Draws dates, holders and amounts.
    """
    number = np.arange(first, first + len(case))
    legal = np.round(areas * (1 + rng.uniform(-3e-4, 3e-4, len(case))), 2)
    total = np.round(legal * MONEY_A_M2 * rng.uniform(0.6, 1.6, len(case)), -4)
    developed, invested = _numbers(case, "developed"), _numbers(case, "invested")
    code = np.where(of_case(case, "park"), "1401", np.where(rng.random(len(case)) < 0.6, "100101", "110101"))
    who = rng.integers(0, len(HOLDERS), len(case)), rng.integers(0, len(TRADES), len(case))
    floor = np.where(of_case(case, "built"), np.round(legal * rng.uniform(0.7, 2.2, len(case)), 1), 0.0)
    ids = [f"{entry:08d}" for entry in number]
    supplied = of_case(case, "supply_status") == "supplied"
    return pd.DataFrame(
        {
            "parcel_id": ids,
            "parcel_name": [f"示例地块{entry:04d}" for entry in number],
            "zone_id": "SAMPLE",
            "holder": [f"示例{HOLDERS[a]}{TRADES[b]}有限公司（虚构）" for a, b in zip(*who, strict=True)],
            "contract_id": [f"示例合同-{id_}" if has else None for id_, has in zip(ids, supplied, strict=True)],
            "land_use_scheme": "mnr_2023",
            "land_use_code": code,
            "land_use_name": [NAMES[entry] for entry in code],
            "tenure": np.array(TENURES)[rng.integers(0, len(TENURES), len(case))],
            "supply_status": of_case(case, "supply_status"),
            "legal_area_m2": legal,
            **_dates(case, as_of, rng),
            "construction_state": of_case(case, "state"),
            "delay_cause": of_case(case, "cause"),
            "delay_cause_item": np.where(of_case(case, "cause") == "government_cause", "1", None),
            "land_to_develop_m2": np.where(np.isnan(developed), np.nan, legal),
            "developed_area_m2": np.round(legal * developed, 2),
            "total_investment_cny": np.where(np.isnan(invested), np.nan, total),
            "invested_cny": np.round(total * invested, 2),
            "land_price_cny": np.round(legal * PRICE_A_M2, -3),
            "planned_far": np.round(rng.uniform(1.5, 2.5, len(case)), 1),
            "counted_floor_area_m2": floor,
            "green_floor_ratio": np.where(number % 10 == 0, 0.15, np.nan),
            "green_plan_id": np.where(number % 10 == 0, "LH-示例-01", None),
            "efficiency_grade": of_case(case, "grade"),
            "is_key_project": np.where(number % 17 == 0, "是", "否"),
            "harmful_gas": np.where(of_case(case, "harmful_gas"), "是", "否"),
        }
    )


def _dates(case: Any, as_of: dt.date, rng: np.random.Generator) -> dict[str, pd.Series[str]]:
    supplied = _days(case, "supplied", as_of, rng)
    later = rng.integers(10, 60, len(case)).astype("timedelta64[D]")
    days = {
        "supply_date": supplied,
        "delivery_date": np.where(of_case(case, "delivered").astype(bool), supplied + later, np.datetime64("NaT")),
        "agreed_commencement_date": _days(case, "agreed_start", as_of, rng),
        "commencement_date": _days(case, "start", as_of, rng),
        "suspension_date": _days(case, "suspended", as_of, rng),
        "completion_date": _days(case, "completed", as_of, rng),
        "agreed_production_date": _days(case, "agreed_production", as_of, rng),
        "production_date": _days(case, "production", as_of, rng),
    }
    return {name: pd.Series(column).dt.strftime("%Y-%m-%d") for name, column in days.items()}
