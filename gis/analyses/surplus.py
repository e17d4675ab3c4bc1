"""Surplus land and surplus floor (节余土地、节余房屋): candidates, with the conditions that the texts set.

What is surplus is what the holder or the district states: the texts set conditions and no share, and
none is made up here. A condition is met by a recorded step or by a fact of the parcel; what is
neither recorded nor known is undetermined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.underused_facts import land_uses

if TYPE_CHECKING:
    from gis.regulations import Rulebook

__all__ = ["SURPLUS_COLUMNS", "list_surplus"]

SURPLUS_COLUMNS = (
    "parcel_id", "zone_id", "surplus_kind", "surplus_area_m2", "condition", "condition_verdict", "condition_date",
    "surplus_citation", "conditions_met_count", "conditions_count",
)  # fmt: skip
#: Kind of surplus → its column, the events of its steps, and the rule that lists its conditions.
KINDS = {
    "land": ("surplus_land_m2", "surplus_land_step", "underused.surplus_land_conditions"),
    "floor": ("surplus_floor_m2", "surplus_floor_step", "underused.surplus_floor_conditions"),
}
GRANTED, INDUSTRIAL = "granted", "industrial_use"


def list_surplus(parcels: pd.DataFrame, log: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    """Return the conditions of each parcel whose surplus land or floor is stated.

    Parameters
    ----------
    parcels
        Canonical table ``parcels``, with ``zone_id``.
    log
        From `gis.schema.combine_events`: steps up to the as-of date count.
    rules
        The rulebook; a surplus whose conditions no text in force lists has one row, without a condition.

    Returns
    -------
    `SURPLUS_COLUMNS`, a row a parcel, kind of surplus and condition, in the order of the text.

    Notes
    -----
    Sources: 沪规划资源规〔2021〕6号 art. 16, 沪规划资源产〔2025〕322号 items 3 and 12-2 (which cites
    沪规划资源用〔2020〕351号 art. 25), and those of the districts.
    """
    parts = [_of_kind(kind, parcels, log, rules) for kind in KINDS]
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame({name: [] for name in SURPLUS_COLUMNS})
    found = pd.concat(filled, ignore_index=True)
    order = ["parcel_id", "surplus_kind", "_place"]
    return found.sort_values(order, ascending=[True, False, True], ignore_index=True)[list(SURPLUS_COLUMNS)]


def _of_kind(kind: str, parcels: pd.DataFrame, log: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    column, event, rule_name = KINDS[kind]
    chosen = np.flatnonzero((parcels["zone_id"].notna() & (parcels[column] > 0)).to_numpy())
    own = parcels.iloc[chosen]
    rule = rules.get(rule_name) if len(own) and rules.covers(rule_name) else None
    conditions = rule.value if rule is not None else ("",)
    done = _steps(log, event, rules)
    use = land_uses(own)
    parts = []
    for place, condition in enumerate(conditions):
        verdict: Any = np.full(len(own), "undetermined", dtype=object)
        days: Any = np.full(len(own), "NaT", dtype="datetime64[us]")
        if condition == GRANTED:
            verdict = _by_fact(own["tenure"], own["tenure"] == "granted")
        elif condition == INDUSTRIAL:
            verdict = _by_fact(use, use == "industrial")
        else:
            days = done[done["word"] == condition].set_index("parcel")["event_date"].reindex(chosen).to_numpy()
            verdict[~np.isnat(days)] = "met"
        parts.append(
            pd.DataFrame(
                {
                    "parcel_id": own["parcel_id"].to_numpy(),
                    "zone_id": own["zone_id"].to_numpy(),
                    "surplus_kind": kind,
                    "surplus_area_m2": own[column].to_numpy(),
                    "condition": condition,
                    "condition_verdict": verdict,
                    "condition_date": days,
                    "surplus_citation": "" if rule is None else rule.citation.text("zh"),
                    "conditions_count": len(conditions) if rule is not None else 0,
                    "_place": place,
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    met = (table["condition_verdict"] == "met").groupby(table["parcel_id"]).transform("sum")
    return table.assign(conditions_met_count=met.astype("int64"))


def _by_fact(values: pd.Series[Any], holds: pd.Series[bool]) -> Any:
    return np.select([values.isna().to_numpy(), holds.to_numpy(dtype=bool, na_value=False)], ["undetermined", "met"], "not_met").astype(object)  # noqa: E501  # fmt: skip


def _steps(log: pd.DataFrame, event: str, rules: Rulebook) -> pd.DataFrame:
    """Return the first day of each recorded step of each parcel, up to the as-of date."""
    seen = log[(log["event_kind"] == event) & log["is_given"] & (log["event_date"] <= pd.Timestamp(rules.as_of))]
    table = pd.DataFrame({name: seen[name] for name in ("parcel", "event_date")})
    table["word"] = seen["word"].astype("str")
    return table.groupby(["parcel", "word"])["event_date"].min().reset_index()
