"""What is known of a parcel for the definitions of underused land, as of a date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.event_reduction import EventReduction
from gis.analyses.yields import yearly_sums
from gis.schema import land_use_groups

if TYPE_CHECKING:
    from gis.regulations import Rulebook

__all__ = ["RESEARCH", "land_uses", "underused_facts"]

RESEARCH = "research"
#: Codes of research land by scheme; other public services are not industrial land.
RESEARCH_CODES = {"mnr_2023": "0802", "gb50137_2011": "A35", "shanghai_control_plan": "C65"}
#: Codes that hold research and other uses alike: whether such land is research is not known.
MIXED_CODES = {"third_survey": "08H2"}


def underused_facts(parcels: pd.DataFrame, log: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    """Reduce columns and events to what the five classes ask for.

    Parameters
    ----------
    parcels
        Canonical table ``parcels``.
    log
        From `gis.schema.combine_events`.
    rules
        For the as-of date and the number of years; a definition must be in force.

    Returns
    -------
    On the index of ``parcels``: use (land-use group or ``research``, missing where not known),
    legal_area_m2, industry_code, agreed_production_date, phase_out, disposal and disposal_date,
    efficiency_grade and grade_date, confirmation and confirmation_date, tax_fen, tax_floor_fen and
    output_fen (sums over the years; −1 where a year is missing).
    """
    seen = EventReduction(log, len(parcels), pd.Timestamp(rules.as_of))
    year = rules.as_of.year
    mean = int(rules.get("underused.low_yield_years").value)
    # A district without a floor of tax says no years of it.
    floor = int(rules.get("underused.tax_floor_years").value) if rules.covers("underused.tax_floor_years") else mean
    tax = yearly_sums(seen, "tax", before=year, years=mean)
    facts: dict[str, Any] = {
        "use": land_uses(parcels),
        **{name: parcels[name] for name in ("legal_area_m2", "industry_code", "agreed_production_date")},
        "phase_out": _stated(parcels, seen, "phase_out"),
        "efficiency_grade": _stated(parcels, seen, "efficiency_grade"),
        "grade_date": _moments(seen.last("efficiency_grade")),
        "tax_fen": tax,
        "tax_floor_fen": tax if floor == mean else yearly_sums(seen, "tax", before=year, years=floor),
        "output_fen": yearly_sums(seen, "output", before=year, years=mean),
    }
    for name, kind in (("disposal", "disposal_decided"), ("confirmation", "grade_confirmation")):
        facts[name] = seen.word(kind)
        facts[f"{name}_date"] = _moments(seen.last(kind))
    return pd.DataFrame(facts, index=parcels.index)


def _moments(days: Any) -> Any:
    return np.ascontiguousarray(days, dtype=np.int64).view("datetime64[us]")


def _stated(parcels: pd.DataFrame, seen: EventReduction, kind: str) -> pd.Series[str]:
    """Return the word of the latest event; a column counts where no event of any day says otherwise."""
    own = parcels[kind].astype("object").where(parcels[kind].notna(), None).to_numpy()
    word = seen.word(kind)
    value = np.where(seen.ever(kind), np.where(word == "", None, word), own)
    return pd.Series(value, index=parcels.index, dtype="str")


def land_uses(parcels: pd.DataFrame) -> pd.Series[str]:
    """Return the land-use group of each parcel, research apart."""
    pairs = parcels[["land_use_scheme", "land_use_code"]]
    distinct = pairs.drop_duplicates().reset_index(drop=True)
    groups = land_use_groups(distinct)
    code, scheme = distinct["land_use_code"].fillna(""), distinct["land_use_scheme"]
    for name, prefix in RESEARCH_CODES.items():
        groups = groups.mask((scheme == name) & code.str.startswith(prefix), RESEARCH)
    for name, prefix in MIXED_CODES.items():
        groups = groups.mask((scheme == name) & code.str.startswith(prefix), None)
    table = distinct.assign(use=groups)
    found = pairs.merge(table, on=["land_use_scheme", "land_use_code"], how="left", validate="many_to_one")
    return pd.Series(found["use"].to_numpy(), index=parcels.index, dtype="str")
