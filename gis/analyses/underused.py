"""Underused land (低效用地): two of the five classes of the district rules, with their own verdicts.

Assessed are *production overdue* (more than a period past the agreed production date and not in
production, at 1 January of the calculation year) and *grade D* of the resource-efficiency
evaluation. The other classes need data that is not read yet; they are said to be not assessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.regulations import anniversaries

if TYPE_CHECKING:
    from gis.regulations import Rulebook

__all__ = ["CLASSES", "classify_underused", "is_underused_defined"]

#: Class → the rule that defines it.
CLASSES = {"production_overdue": "underused.production_overdue_period", "grade": "underused.grade"}

#: States in which a parcel is known not to be in production.
NOT_PRODUCING = ("approved_not_built", "idle", "idle_recognisable", "under_construction")


def is_underused_defined(rules: Rulebook) -> bool:
    """Tell whether a definition of underused land is in force on the day at the place."""
    return all(rules.covers(name) for name in CLASSES.values())


def classify_underused(parcels: pd.DataFrame, status: pd.Series[str], rules: Rulebook) -> pd.DataFrame:
    """Return the verdict of each assessed class.

    Parameters
    ----------
    parcels
        Canonical table ``parcels``.
    status
        From `gis.analyses.idle_status.classify_status`.
    rules
        The district's definition, by the rulebook's place.

    Returns
    -------
    On the same index: ``production_overdue`` and ``grade`` (``met`` means the land *is* in the
    class), ``underused`` (any of them) with ``underused_class``, ``underused_citation`` and
    ``underused_missing``. ``not_met`` speaks of the two classes only. Where no definition is in force
    on the day, everything is ``undetermined``, and that is what is missing.
    """
    if not is_underused_defined(rules):
        return _undefined(parcels.index)
    overdue_rule, grade_rule = rules.get("underused.production_overdue_period"), rules.get("underused.grade")
    basis = pd.Timestamp(year=rules.as_of.year, month=1, day=1)
    agreed = parcels["agreed_production_date"]
    past = (anniversaries(agreed, overdue_rule.value) < basis).to_numpy()
    producing = (parcels["production_date"] < basis).to_numpy()
    later = (parcels["production_date"] >= basis).to_numpy()
    idle = status.isin(NOT_PRODUCING).to_numpy() | later
    dated = agreed.notna().to_numpy()
    not_due = dated & ~past
    overdue = np.select([past & idle & ~producing, producing | not_due], ["met", "not_met"], default="undetermined")
    grades = parcels["efficiency_grade"]
    graded = np.select(
        [(grades == grade_rule.value).to_numpy(), grades.notna().to_numpy()], ["met", "not_met"], default="undetermined"
    )
    any_met = (overdue == "met") | (graded == "met")
    both_known = (overdue != "undetermined") & (graded != "undetermined")
    underused = np.select([any_met, both_known], ["met", "not_met"], default="undetermined")
    first = np.where(overdue == "met", "underused_production_overdue", np.where(graded == "met", "underused_grade", ""))
    citation = np.select(
        [overdue == "met", graded == "met"],
        [overdue_rule.citation.text("zh"), grade_rule.citation.text("zh")],
        default="",
    )
    lacking_date = np.where(~dated, "agreed_production_date", "production_date")
    lacking = pd.Series(np.where(overdue == "undetermined", lacking_date, ""), index=parcels.index, dtype="str")
    lacking_grade = np.where(graded == "undetermined", "efficiency_grade", "")
    lacking = (lacking + ";" + pd.Series(lacking_grade, index=parcels.index, dtype="str")).str.strip(";")
    columns = {
        "production_overdue": overdue,
        "grade": graded,
        "underused": underused,
        "underused_class": first,
        "underused_citation": citation,
        "underused_missing": lacking.mask(underused == "met", ""),
    }
    return pd.DataFrame({name: pd.Series(column, index=parcels.index, dtype="str") for name, column in columns.items()})


def _undefined(index: pd.Index[Any]) -> pd.DataFrame:
    open_ = dict.fromkeys([*CLASSES, "underused"], "undetermined")
    columns = open_ | {"underused_class": "", "underused_citation": "", "underused_missing": "underused_definition"}
    return pd.DataFrame({name: pd.Series(value, index=index, dtype="str") for name, value in columns.items()})
