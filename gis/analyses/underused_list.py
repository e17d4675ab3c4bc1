"""Underused parcels as a list: the verdict on each class, what it was judged by, and every article that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.idle_status import joined_names
from gis.analyses.underused import CLASSES, COMPARISON_COLUMNS, comparison_rules, is_underused_defined
from gis.analyses.yields import FEN

if TYPE_CHECKING:
    from gis.regulations import Rulebook

__all__ = ["UNDERUSED_LIST_COLUMNS", "list_underused"]

UNDERUSED_LIST_COLUMNS = (
    "parcel_id", "zone_id", "area_m2", "underused", "underused_classes", *CLASSES, "underused_citations", "phase_out",
    "disposal", "disposal_date", "agreed_production_date", "production_date", "legal_area_m2", "industry_code",
    "tax_mean_cny_per_m2", "output_mean_cny_per_m2", "efficiency_grade", "confirmation", "underused_missing",
    *COMPARISON_COLUMNS,
)  # fmt: skip


def list_underused(facts: pd.DataFrame, table: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    """Return the parcels inside a zone that are underused, or may be.

    Parameters
    ----------
    facts
        From `gis.analyses.underused_facts.underused_facts`, with production_date.
    table
        Parcels with parcel_id, zone_id, area_m2 and the columns of `classify_underused`, on the index of ``facts``.
    rules
        The rulebook that the classes were judged by.

    Returns
    -------
    `UNDERUSED_LIST_COLUMNS`, underused land first, then by parcel id. Without a definition of the district those are
    listed that are underused, or may be, by the one that serves as a comparison; all of them are undetermined.
    ``underused_citations`` has the article of every class that is met. A mean is Σ of the years / their number /
    legal area, shown for the reader; what is compared are the whole sums.
    """
    judging = rules if is_underused_defined(rules) else comparison_rules(rules)
    if judging is None:
        return pd.DataFrame({name: [] for name in UNDERUSED_LIST_COLUMNS})
    years = int(judging.get("underused.low_yield_years").value)
    chosen = table["zone_id"].notna() & (table["underused"] != "not_met") & (table["underused_comparison"] != "not_met")
    own, known = table[chosen], facts[chosen]
    cited = [((own[name] == "met").to_numpy(), judging.get(rule).citation.text("zh")) for name, rule in CLASSES.items()]
    columns: dict[str, Any] = {name: own[name] for name in UNDERUSED_LIST_COLUMNS if name in own}
    columns |= {name: known[name] for name in UNDERUSED_LIST_COLUMNS if name in known}
    columns["underused_citations"] = joined_names(cited, own.index)
    for kind in ("tax", "output"):
        columns[f"{kind}_mean_cny_per_m2"] = _mean(known, kind, years)
    found = pd.DataFrame(columns)[list(UNDERUSED_LIST_COLUMNS)]
    order = ~((found["underused"] == "met") | (found["underused_comparison"] == "met"))
    return found.assign(_order=order).sort_values(["_order", "parcel_id"], ignore_index=True).drop(columns="_order")


def _mean(known: pd.DataFrame, kind: str, years: int) -> Any:
    land = known["legal_area_m2"].to_numpy(dtype="float64")
    total = known[f"{kind}_fen"].to_numpy()
    there = (total >= 0) & (land > 0)
    return np.where(there, total / FEN / years / np.where(there, land, 1.0), np.nan)
