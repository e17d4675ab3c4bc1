"""What the records of the parcels say: dates, money and uses that fit together and fit the card."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gis.samples.cards import CARDS, of_cards
from gis.schema import land_use_name

if TYPE_CHECKING:
    import datetime as dt

    from gis.samples.coverage import ParcelPlaces
    from gis.samples.draws import Draws

__all__ = ["SCHEME", "ZONE_ID", "Columns", "ParcelFacts", "parcel_columns", "parcel_facts", "parcel_ids"]

Columns = dict[str, NDArray[Any]]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

ZONE_ID, SCHEME, GREEN_PLAN = "SYN-001", "mnr_2023", "SYN-LH-01"
STAGES = ("reserved", "supplied", "started", "suspended", "completed", "in_production")
STATES = ("not_started", "not_started", "under_construction", "suspended", "completed", "completed")
#: What is missing of a parcel whose status can't be told; each is as likely.
UNCLEAR = ("everything", "start_and_delivery", "suspension_date", "ratios")
#: Of the parcels of a card with ``undated_days``, this many have no agreed start.
UNDATED_SHARE = 0.33
#: Days from the agreed start to the first and to the last day of a cause that excuses the delay: before the limit.
CAUSE_BEGAN, CAUSE_ENDED = (10, 60), (120, 330)
STEMS, BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
#: The sixty names of the old calendar: clearly no company's.
NAMES = tuple(STEMS[n % len(STEMS)] + BRANCHES[n % len(BRANCHES)] for n in range(60))
TRADES = {
    "10": ("精密制造", "电子科技", "医疗器械"),
    "11": ("物流", "供应链", "仓储"),
    "08": ("研发", "检测技术"),
    "09": ("国际贸易",),
}
EXEMPT_CAUSES = ("government_cause", "force_majeure")
LEGAL_AREA_SPREAD = 0.0003
#: Sectors (GB/T 4754-2017) by the beginning of the land-use code.
SECTORS = {"10": ("3411", "3562", "3912", "2720"), "11": ("5930", "5941"), "08": ("7320", "7340")}
LISTED_SHARE, SURPLUS_SHARE, SURPLUS_OF_PARCEL = 0.04, 0.06, 0.15


@dataclasses.dataclass(frozen=True)
class ParcelFacts:
    """What decides the rest of a parcel's record.

    Attributes
    ----------
    card
        Place in `CARDS`.
    code
        Land-use code of each parcel.
    unclear
        Which entry of `UNCLEAR` it is, or -1.
    completed_days
        Days since completion; only for parcels that have come so far.
    columns
        Columns of dates, in ``datetime64[D]``.
    """

    card: Ints
    code: NDArray[np.object_]
    unclear: Ints
    columns: Columns


def _stage(card: Ints, unclear: Ints) -> Ints:
    """Return how far each parcel has come, as a place in `STAGES`."""
    known = [STAGES.index(kind.stage) if kind.stage in STAGES else -1 for kind in CARDS]
    of_unclear = np.array([STAGES.index(name) for name in ("supplied", "supplied", "suspended", "suspended")])
    return np.where(unclear >= 0, of_unclear[np.maximum(unclear, 0)], np.array(known)[card])


def _where(known: Any, values: Any) -> NDArray[np.object_]:
    """Return ``values`` where known, and None elsewhere."""
    chosen = np.full(len(known), None, dtype=np.object_)
    chosen[known] = np.broadcast_to(np.asarray(values, dtype=np.object_), chosen.shape)[known]
    return chosen


def _before(as_of: dt.date, days: NDArray[Any], known: Mask) -> NDArray[np.datetime64]:
    """Return the days so many days before ``as_of``, missing where not known."""
    moments = np.datetime64(as_of, "D") - days.astype("timedelta64[D]")
    return np.where(known, moments, np.datetime64("NaT", "D"))


def parcel_facts(card: Ints, ordinal: Ints, *, draws: Draws, as_of: dt.date) -> ParcelFacts:
    """Draw use and dates of parcels.

    One line of time is drawn for each, from supply to production, all in days before ``as_of``; the
    card says how much of it has happened.
    """

    def whole(low: Any, high: Any, purpose: str) -> Ints:
        return draws.whole(low, high, purpose, ordinal)

    is_unclear = of_cards(card, "stage") == "unclear"
    unclear = np.where(is_unclear, whole(0, len(UNCLEAR) - 1, "unclear"), -1)
    stage = _stage(card, unclear)
    low, high = of_cards(card, "undated_days", 0), of_cards(card, "undated_days", 1)
    undated = ~np.isnan(low) & draws.chance(UNDATED_SHARE, "undated", ordinal)
    start = whole(of_cards(card, "start_days", 0), of_cards(card, "start_days", 1), "start")
    delivery = np.maximum(start + whole(100, 330, "delivery"), whole(3, 9, "delivery-late"))
    delivery = np.where(undated, whole(np.nan_to_num(low), np.nan_to_num(high), "delivery-undated"), delivery)
    supply = delivery + whole(5, 60, "supply")
    agreed_completion = start - whole(600, 700, "agreed-completion")
    commencement = start - whole(-20, 30, "commencement")
    suspension = whole(of_cards(card, "suspended_days", 0), of_cards(card, "suspended_days", 1), "suspension")
    completion = commencement - whole(350, 700, "completion")
    production = completion - whole(60, 300, "production")

    blank = unclear == UNCLEAR.index("everything")
    supplied, started = (stage >= STAGES.index("supplied")) & ~blank, stage >= STAGES.index("started")
    no_start = unclear == UNCLEAR.index("start_and_delivery")
    agreed = supplied & ~undated & ~no_start
    industrial = of_cards(card, "tenure") != "allocated"
    suspended = (stage == STAGES.index("suspended")) & (unclear != UNCLEAR.index("suspension_date"))
    choices = [kind.uses for kind in CARDS]
    pick = draws.uniform("use", ordinal)
    code = np.array([choices[c][int(p * len(choices[c]))] for c, p in zip(card, pick, strict=True)], dtype=object)
    columns: Columns = {
        "supply_date": _before(as_of, supply, supplied),
        "delivery_date": _before(as_of, delivery, supplied & ~no_start),
        "agreed_commencement_date": _before(as_of, start, agreed),
        "commencement_date": _before(as_of, commencement, started),
        "suspension_date": _before(as_of, suspension, suspended),
        "agreed_completion_date": _before(as_of, agreed_completion, agreed),
        "completion_date": _before(as_of, completion, stage >= STAGES.index("completed")),
        "agreed_production_date": _before(as_of, agreed_completion - 365, agreed & industrial),
        "production_date": _before(as_of, production, stage >= STAGES.index("in_production")),
    }
    excused = np.isin(of_cards(card, "cause"), EXEMPT_CAUSES)
    for end, after in (("first", CAUSE_BEGAN), ("last", CAUSE_ENDED)):
        columns[f"delay_cause_{end}_date"] = _before(as_of, start - whole(*after, f"cause-{end}"), excused)
    columns["start_agreement"] = np.select([agreed, supplied & ~no_start], ["agreed", "not_agreed"], "").astype(object)
    columns["start_agreement"][~supplied | no_start] = None
    state = np.array(STATES, dtype=object)[stage]
    columns["construction_state"] = _where(~blank & (stage != STAGES.index("reserved")), state)
    return ParcelFacts(card, code, unclear, columns)


def parcel_ids(ordinal: Ints) -> NDArray[np.object_]:
    """Return the parcels' ids: eight digits from 00000001, so that zeros have to be kept."""
    return np.array([f"{number + 1:08d}" for number in ordinal.tolist()], dtype=np.object_)


def _names(facts: ParcelFacts, ordinal: Ints, draws: Draws) -> Columns:
    """Return texts: names of holders and projects, which say themselves that they are made up."""
    name = draws.whole(0, len(NAMES) - 1, "holder", ordinal).tolist()
    trade = draws.uniform("trade", ordinal).tolist()
    holders, projects, uses = [], [], []
    known = {code: land_use_name(SCHEME, code, "zh") for code in set(facts.code)}
    for number, code, n, t in zip(ordinal.tolist(), facts.code.tolist(), name, trade, strict=True):
        trades = TRADES.get(code[:2])
        project = trades[int(t * len(trades))] if trades else known[code].removesuffix("用地")
        holders.append(f"示例{NAMES[n]}{project}有限公司（虚构）" if trades else "示例园区管理机构（虚构）")
        projects.append(f"示例{project}项目{number + 1:07d}")
        uses.append(known[code])
    texts = {"holder": holders, "parcel_name": projects, "land_use_name": uses}
    return {field: np.array(values, dtype=object) for field, values in texts.items()}


def _money_and_land(facts: ParcelFacts, legal: NDArray[np.float64], ordinal: Ints, draws: Draws) -> Columns:
    """Return land and investment so far; the investment is without land price (order 53 art. 30)."""
    card = facts.card
    share_low, share_high = (of_cards(card, "developed", end) for end in (0, 1))
    money_low, money_high = (of_cards(card, "invested", end) for end in (0, 1))
    to_develop = np.round(legal * draws.between(0.7, 1.0, "to-develop", ordinal), 2)
    developed = np.round(to_develop * draws.between(share_low, share_high, "developed", ordinal), 2)
    total = np.round(legal * draws.between(1500, 6000, "investment", ordinal), -4)
    invested = np.round(total * draws.between(money_low, money_high, "invested", ordinal), -4)
    price = np.round(legal * draws.between(700, 1600, "price", ordinal), -4)
    supplied = ~np.isnat(facts.columns["supply_date"])
    measured = supplied & (facts.unclear != UNCLEAR.index("ratios"))
    granted = supplied & (of_cards(card, "tenure") != "allocated")
    return {
        "land_to_develop_m2": np.where(measured, to_develop, np.nan),
        "developed_area_m2": np.where(measured, developed, np.nan),
        "total_investment_cny": np.where(supplied, total, np.nan),
        "invested_cny": np.where(measured, invested, np.nan),
        "land_price_cny": np.where(granted, price, np.nan),
    }


def _planning(facts: ParcelFacts, ordinal: Ints, draws: Draws) -> Columns:
    """Return planning conditions: a green share set by the park's green plan, for most parcels."""
    public = of_cards(facts.card, "tenure") == "allocated"
    gas = of_cards(facts.card, "harmful_gas").astype(bool)
    pick = draws.uniform("green-floor", ordinal)
    floor = np.select([gas, public, pick < 0.2, pick < 0.35, pick < 0.75], [0.3, np.nan, 0.15, 0.25, 0.2], np.nan)
    industrial = np.array([code.startswith("1001") for code in facts.code])
    ceiling = np.where(industrial & ~gas & draws.chance(0.2, "green-ceiling", ordinal), 0.4, np.nan)
    built_up = np.array([code[:2] in TRADES for code in facts.code])
    return {
        "green_floor_ratio": floor,
        "green_ceiling_ratio": ceiling,
        "green_plan_id": _where(~np.isnan(floor), GREEN_PLAN),
        "planned_far": np.where(built_up, np.round(draws.between(1.2, 2.5, "far", ordinal), 1), np.nan),
    }


def _use_of_land(facts: ParcelFacts, legal: NDArray[np.float64], ordinal: Ints, draws: Draws) -> Columns:
    """Return what the classes of underused land ask for: sector, phase-out list, stated surplus."""
    blank = facts.unclear == UNCLEAR.index("everything")
    pick = draws.uniform("sector", ordinal).tolist()
    sectors = [SECTORS.get(code[:2], ()) for code in facts.code.tolist()]
    sector = [own[int(p * len(own))] if own else None for own, p in zip(sectors, pick, strict=True)]
    producing = ~np.isnat(facts.columns["production_date"])
    listed = producing & draws.chance(LISTED_SHARE, "phase-out", ordinal)
    surplus = producing & draws.chance(SURPLUS_SHARE, "surplus", ordinal)
    return {
        "industry_code": _where(~blank, np.array(sector, dtype=object)),
        "phase_out": _where(~blank, np.where(listed, "listed", "none")),
        "surplus_land_m2": np.where(surplus, np.round(legal * SURPLUS_OF_PARCEL, -1), np.nan),
    }


def parcel_columns(
    facts: ParcelFacts,
    places: ParcelPlaces,
    ids: NDArray[np.object_],
    area_m2: NDArray[np.float64],
    *,
    counted_floor_area_m2: NDArray[np.float64],
    draws: Draws,
) -> Columns:
    """Return the columns of the table ``parcels``."""
    ordinal, card = places.ordinal, facts.card
    blank = facts.unclear == UNCLEAR.index("everything")
    reserved = of_cards(card, "stage") == "reserved"
    supplied = ~np.isnat(facts.columns["supply_date"])
    spread = draws.between(-LEGAL_AREA_SPREAD, LEGAL_AREA_SPREAD, "legal-area", ordinal)
    legal = np.round(area_m2 * (1 + spread), 2)
    grades = of_cards(card, "grade")
    pick = draws.uniform("grade", ordinal)
    grade = [text[int(p * len(text))] if text else None for text, p in zip(grades.tolist(), pick.tolist(), strict=True)]
    cause = of_cards(card, "cause").astype(object)
    force = (of_cards(card, "name") == "idle_excepted") & draws.chance(0.3, "force-majeure", ordinal)
    cause[force] = "force_majeure"
    item = np.char.mod("%d", draws.whole(1, 6, "cause-item", ordinal)).astype(object)
    texts = _names(facts, ordinal, draws)
    texts["holder"] = _where(~reserved, texts["holder"])
    contracts = np.array([f"SYN-{number + 1:09d}" for number in ordinal.tolist()], dtype=object)
    return {
        "parcel_id": ids,
        "zone_id": np.full(len(ids), ZONE_ID, dtype=np.object_),
        "contract_id": _where(supplied, contracts),
        "land_use_scheme": np.full(len(ids), SCHEME, dtype=np.object_),
        "land_use_code": facts.code,
        "tenure": _where(~reserved, of_cards(card, "tenure")),
        "supply_status": _where(~blank, np.where(reserved, "approved_not_supplied", "supplied")),
        "legal_area_m2": legal,
        "delay_cause": _where(cause != "", cause),
        "delay_cause_item": _where(cause == "government_cause", item),
        "counted_floor_area_m2": counted_floor_area_m2,
        "efficiency_grade": _where(~blank, np.array(grade, dtype=object)),
        "is_key_project": _where(~blank, of_cards(card, "is_key_project")),
        "harmful_gas": _where(~blank, of_cards(card, "harmful_gas")),
        **texts,
        **_money_and_land(facts, legal, ordinal, draws),
        **_planning(facts, ordinal, draws),
        **_use_of_land(facts, legal, ordinal, draws),
        **facts.columns,
    }
