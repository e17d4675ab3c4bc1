"""What follows from a status under order 53: fee, reclaim or art. 12, with limits, gates and the next dates.

Type B land, government causes and force majeure are disposed of under art. 12 alone: never fee, never
free reclaim. An exit under the grant contract is another route, which the contract decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.regulations import anniversaries

if TYPE_CHECKING:
    from fractions import Fraction

    from gis.regulations import Rulebook

__all__ = ["ROUTE_COLUMNS", "settle_routes"]

ROUTE_COLUMNS = (
    "parcel_id", "status", "route", "route_citation", "delay_cause", "delay_cause_item", "fee_ratio",
    "fee_ceiling_ratio", "land_price_cny", "fee_cny", "fee_served_date", "fee_served_cny", "payment_due_date",
    "options", "options_citation", "filing", "restart_date", "extension_until", "restrictions",
    "hoarding_restrictions", "contract_exit", "contract_exit_citation", "becomes_idle_date", "fee_date",
    "reclaim_date", "recognisable_date", "route_missing",
)  # fmt: skip
CENTS = 100
SWAP = "swap"
#: Statuses in which construction is known not to be completed, and production known not to have begun.
NOT_COMPLETED = ("approved_not_built", "idle", "idle_recognisable", "under_construction")
NOT_PRODUCING = (*NOT_COMPLETED, "completed")
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
    under an agreement in force (art. 12¶1(1)); ``contract_exit`` grounds that the contract has to
    be looked at for; the last four dates lie after the as-of date.

    Raises
    ------
    RuleError
        If a rule is not in force on the date.
    """
    today = pd.Timestamp(rules.as_of)
    exempt = facts["delay_cause"].isin(rules.get("idle_land.exempt_causes").value).to_numpy()
    parts = [
        facts[["parcel_id", "delay_cause", "delay_cause_item", "land_price_cny", "restart_date"]],
        facts[["fee_served_date", "fee_served_cny"]],
        status[["status", "route"]],
        _fee(facts, status, rules),
        _article_12(facts, status, rules),
        _restrictions(status, exempt, rules),
        _contract_exit(facts, status, exempt, rules),
        _coming(status, exempt, today),
    ]
    routes = pd.concat(parts, axis=1)
    return routes.assign(route_citation=_citations(status["route"], rules), route_missing=_missing(facts, routes))[
        list(ROUTE_COLUMNS)
    ]


def _texts(values: Any, index: pd.Index[Any]) -> pd.Series[str]:
    return pd.Series(values, index=index, dtype="str")


def _citations(route: pd.Series[str], rules: Rulebook) -> pd.Series[str]:
    named = {"fee": "fee_ratio", "reclaim": "reclaim_period", "article_12": "disposal_options",
             "cause_unknown": "exempt_causes"}  # fmt: skip
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
    plan_changed = facts["delay_cause_item"].isin(rules.get("idle_land.swap_cause_items").value)
    item_open = (facts["delay_cause"] == "government_cause") & facts["delay_cause_item"].isna()
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


def _restrictions(status: pd.DataFrame, exempt: Mask, rules: Rulebook) -> pd.DataFrame:
    """Return what art. 24 bars for idle land that no government cause or force majeure excuses."""
    barred = (status["status"] == "idle").to_numpy() & ~exempt
    columns = {
        name: _texts(np.where(barred, ";".join(rules.get(f"idle_land.{rule}").value), ""), status.index)
        for name, rule in (("restrictions", "parcel_restrictions"), ("hoarding_restrictions", "hoarding_restrictions"))
    }
    return pd.DataFrame(columns)


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


def _coming(status: pd.DataFrame, exempt: Mask, today: pd.Timestamp) -> pd.DataFrame:
    """Return the days ahead, if nothing else happens."""
    idle = status["idle_from"].where(status["idle_from"] > today)
    return pd.DataFrame(
        {
            "becomes_idle_date": idle,
            "fee_date": idle.mask(exempt),
            "reclaim_date": status["reclaim_from"].where(status["reclaim_from"] > today),
            "recognisable_date": status["recognisable_from"].where(status["recognisable_from"] > today),
        }
    )


def _missing(facts: pd.DataFrame, routes: pd.DataFrame) -> pd.Series[str]:
    """Return what would have to be known to settle the route."""
    cause = facts["delay_cause"].isna() & (
        routes["route"].isin(["cause_unknown"]) | routes["becomes_idle_date"].notna()
    )
    lacking = {
        "delay_cause": cause,
        "land_price_cny": (routes["route"] == "fee") & routes["fee_cny"].isna(),
        "filed_in_monitoring": routes["filing"] == "undetermined",
    }
    text: Any = np.full(len(facts), "", dtype=object)
    for name, mask in lacking.items():
        rows = mask.to_numpy(dtype=bool)
        text[rows] = np.where(text[rows] == "", name, text[rows] + f";{name}")
    return _texts(text, facts.index)
