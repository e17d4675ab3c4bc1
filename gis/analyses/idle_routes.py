"""What follows from a status under order 53: fee, reclaim or art. 12, with limits, gates and the next dates.

Type B land, government causes and force majeure are disposed of under art. 12 alone: never fee, never
free reclaim. An exit under the grant contract is another route, which the contract decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.idle_status import CAUSE_COLUMNS, joined_names, lacking_of_cause
from gis.regulations import anniversaries

if TYPE_CHECKING:
    from fractions import Fraction

    from gis.regulations import Rulebook

__all__ = ["ROUTE_COLUMNS", "settle_routes"]

ROUTE_COLUMNS = (
    "parcel_id", "status", "route", "route_citation", "delay_cause", "delay_cause_item", "cause_state",
    "cause_first_date", "cause_last_date", "cause_days", "late_delivery_days", "delivery_state", "fee_ratio",
    "fee_ceiling_ratio", "land_price_cny", "fee_cny", "fee_served_date", "fee_served_cny", "payment_due_date",
    "options", "options_citation", "filing", "restart_date", "extension_until", "bar", "restrictions",
    "hoarding_restrictions", "contract_exit", "contract_exit_citation", "becomes_idle_date", "fee_date",
    "reclaim_date", "recognisable_date", "route_missing",
)  # fmt: skip
#: What the status calls the cause, and the routes.
NAMES = {"cause": "delay_cause", "cause_item": "delay_cause_item"}
CENTS = 100
SWAP = "swap"
#: Statuses in which construction is known not to be completed, and production known not to have begun.
NOT_COMPLETED = ("approved_not_built", "idle", "idle_recognisable", "under_construction")
NOT_PRODUCING = (*NOT_COMPLETED, "completed")
#: Statuses of land that is or may be found idle.
IDLE = ("idle", "idle_recognisable")
#: Whether a finding and a hoarding decision are recorded → what is said of art. 24.
BARS = {
    (True, True): "bar_stated",
    (True, False): "bar_lacks_hoarding",
    (False, True): "bar_lacks_finding",
    (False, False): "bar_lacks_both",
}
Mask = Any


def settle_routes(facts: pd.DataFrame, status: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    """Return what follows from the status of each parcel, with the dates ahead.

    Parameters
    ----------
    facts
        From `gis.analyses.parcel_facts.facts_on`.
    status
        From `gis.analyses.idle_status.classify_facts`, on the same index.
    rules
        A rulebook; its date is the as-of date.

    Returns
    -------
    On the same index, `ROUTE_COLUMNS`. ``fee_cny`` = ``fee_ratio`` × ``land_price_cny`` to the cent
    (art. 14(1); the law's ceiling is ``fee_ceiling_ratio``); ``payment_due_date`` the last day to
    pay (art. 17); ``options`` those of art. 12 that remain, ``filing`` whether the gate of art. 25
    is shown to be open (``met`` or ``undetermined``); ``extension_until`` the last day to start
    under an agreement in force (art. 12¶1(1)); ``bar`` what is said of art. 24: ``bar_stated`` only
    with a recorded finding and a recorded hoarding decision, else what it would follow from, and
    ``restrictions`` and ``hoarding_restrictions`` are blank; ``contract_exit`` grounds that the contract has to
    be looked at for; the last four dates lie after the as-of date. Fee and reclaim, and the
    days ahead of both, are blank where a cause is open.

    Raises
    ------
    RuleError
        If a rule is not in force on the date.
    """
    today = pd.Timestamp(rules.as_of)
    exempt = (status["cause_state"] == "counts").to_numpy()
    excused = (status["cause_state"].isin(["counts", "open"]) | status["delivery_open"]).to_numpy(dtype=bool)
    told = ["status", "route", *(name for name in CAUSE_COLUMNS if name not in NAMES)]
    parts = [
        facts[["parcel_id", "land_price_cny", "restart_date"]],
        status[list(NAMES)].rename(columns=NAMES),
        facts[["fee_served_date", "fee_served_cny"]],
        status[told],
        _fee(facts, status, rules),
        _article_12(facts, status, rules),
        _restrictions(facts, status, exempt, rules),
        _contract_exit(facts, status, excused, rules),
        _coming(status, today),
    ]
    routes = pd.concat(parts, axis=1)
    missing = _missing(facts, status, routes)
    return routes.assign(route_citation=_citations(status["route"], rules), route_missing=missing)[list(ROUTE_COLUMNS)]


def _texts(values: Any, index: pd.Index[Any]) -> pd.Series[str]:
    return pd.Series(values, index=index, dtype="str")


def _citations(route: pd.Series[str], rules: Rulebook) -> pd.Series[str]:
    named = {"fee": "fee_ratio", "reclaim": "reclaim_period", "article_12": "disposal_options",
             "cause_unknown": "exempt_causes", "cause_open": "exempt_causes",
             "delivery_open": "delivery_cause_item"}  # fmt: skip
    cited = {key: rules.get(f"idle_land.{name}").citation.text("zh") for key, name in named.items()}
    return route.map(cited).fillna("").astype("str")


def share_of_money(money: pd.Series[float], ratio: Fraction) -> pd.Series[float]:
    """Return a share of money to the cent, computed in whole cents; half a cent goes up.

    Examples
    --------
    >>> from fractions import Fraction
    >>> share_of_money(pd.Series([12_345_678.90, None]), Fraction(1, 5)).tolist()
    [2469135.78, nan]
    """
    known = money.between(0, np.iinfo(np.int64).max // (4 * CENTS * ratio.denominator))
    cents = np.rint(money.where(known, 0).to_numpy() * CENTS).astype(np.int64)
    share = (2 * cents * ratio.numerator + ratio.denominator) // (2 * ratio.denominator)
    return pd.Series(share / CENTS, index=money.index).where(known)


def _fee(facts: pd.DataFrame, status: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    ratio = rules.get("idle_land.fee_ratio").value
    ceiling = "idle_land.fee_ratio_ceiling"
    most = float(rules.get(ceiling).value) if rules.covers(ceiling) else np.nan
    levied = (status["route"] == "fee").to_numpy()
    served = facts["fee_served_date"]
    return pd.DataFrame(
        {
            "fee_ratio": np.where(levied, float(ratio), np.nan),
            "fee_ceiling_ratio": np.where(levied, most, np.nan),
            "fee_cny": share_of_money(facts["land_price_cny"], ratio).where(levied),
            "payment_due_date": anniversaries(served, rules.get("idle_land.payment_period").value),
        },
        index=facts.index,
    )


def _article_12(facts: pd.DataFrame, status: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    """Return the options of art. 12 for the land that they are open to."""
    rule = rules.get("idle_land.disposal_options")
    opened = (status["route"] == "article_12").to_numpy()
    plan_changed = status["cause_item"].isin(rules.get("idle_land.swap_cause_items").value)
    item_open = (status["cause"] == "government_cause") & status["cause_item"].isna()
    may_swap = (plan_changed | item_open).to_numpy()
    every = ";".join(rule.value)
    others = ";".join(option for option in rule.value if option != SWAP)
    gate = rules.get("idle_land.filing_required").value
    filed = facts["filed_date"].notna().to_numpy() | (not gate)
    until = anniversaries(facts["agreed_commencement_date"], rules.get("idle_land.extension_period").value)
    waiting = facts["restart_date"].notna() & status["status"].isin(["approved_not_built", "idle"])
    rules.get("idle_land.temporary_use_period")  # its limit stands beside the options, in the record of rules
    rules.get("idle_land.no_restart_options")
    return pd.DataFrame(
        {
            "options": _texts(np.select([opened & may_swap, opened], [every, others], ""), facts.index),
            "options_citation": _texts(np.where(opened, rule.citation.text("zh"), ""), facts.index),
            "filing": _texts(np.select([opened & filed, opened], ["met", "undetermined"], ""), facts.index),
            "extension_until": until.where(waiting),
        },
        index=facts.index,
    )


def _restrictions(facts: pd.DataFrame, status: pd.DataFrame, exempt: Mask, rules: Rulebook) -> pd.DataFrame:
    """Return what art. 24 bars, and what is said of it.

    One condition (恶意囤地、炒地) stands before both halves, and the second speaks of land that was found idle
    (被认定为闲置土地): without both records nothing is barred. An art. 12 agreement settles what was found before it.
    """
    settled = facts["restart_date"]
    found, hoards = (
        (facts[name].notna() & ~(facts[name] <= settled)).to_numpy() for name in ("finding_date", "hoarding_date")
    )
    idle = status["status"].isin(IDLE).to_numpy()
    barred = idle & found & hoards
    bar: Any = np.full(len(facts), "", dtype=object)
    for (is_found, is_hoarding), name in BARS.items():
        bar[idle & (found == is_found) & (hoards == is_hoarding) & (barred | ~exempt)] = name
    columns = {
        name: _texts(np.where(barred, ";".join(rules.get(f"idle_land.{rule}").value), ""), status.index)
        for name, rule in (("restrictions", "parcel_restrictions"), ("hoarding_restrictions", "hoarding_restrictions"))
    }
    return pd.DataFrame(columns | {"bar": _texts(bar, status.index)})


def _contract_exit(facts: pd.DataFrame, status: pd.DataFrame, exempt: Mask, rules: Rulebook) -> pd.DataFrame:
    """Return in what a parcel is later than agreed: whether it is too late, the contract says."""
    name = "idle_land.contract_exit_grounds"
    grounds: Any = np.full(len(facts), "", dtype=object)
    if not rules.covers(name):
        none = _texts(grounds, facts.index)
        return pd.DataFrame({"contract_exit": none, "contract_exit_citation": none})
    rule, today, state = rules.get(name), pd.Timestamp(rules.as_of), status["status"]
    late = {
        "late_start": (facts["agreed_commencement_date"] < today) & state.isin(["approved_not_built", "idle"]),
        "late_completion": (facts["agreed_completion_date"] < today) & state.isin(NOT_COMPLETED),
        "late_production": (facts["agreed_production_date"] < today) & state.isin(NOT_PRODUCING),
    }
    for ground in rule.value:
        mask = late[ground].to_numpy() & ~exempt
        grounds[mask] = np.where(grounds[mask] == "", ground, grounds[mask] + f";{ground}")
    return pd.DataFrame(
        {
            "contract_exit": _texts(grounds, facts.index),
            "contract_exit_citation": _texts(np.where(grounds != "", rule.citation.text("zh"), ""), facts.index),
        }
    )


def _coming(status: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """Return the days ahead, if nothing else happens; those of fee and reclaim only where no cause is open."""
    idle = status["idle_from"].where(status["idle_from"] > today)
    return pd.DataFrame(
        {
            "becomes_idle_date": idle,
            "fee_date": idle.where(status["fault_known"]),
            "reclaim_date": status["reclaim_from"].where(status["reclaim_from"] > today),
            "recognisable_date": status["recognisable_from"].where(status["recognisable_from"] > today),
        }
    )


def _missing(facts: pd.DataFrame, status: pd.DataFrame, routes: pd.DataFrame) -> pd.Series[str]:
    """Return what would have to be known to settle the route."""
    concerned = (status["status"] == "idle") | routes["becomes_idle_date"].notna()
    lacking = [
        *lacking_of_cause(status, facts, concerned.to_numpy()),
        ((routes["route"] == "fee") & routes["fee_cny"].isna(), "land_price_cny"),
        (routes["filing"] == "undetermined", "filed_in_monitoring"),
    ]
    return joined_names([(np.asarray(mask, dtype=bool), name) for mask, name in lacking], facts.index)
