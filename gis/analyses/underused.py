"""Underused industrial land (低效产业用地): the five classes of the district's definition, each with its verdict.

① phased out: an industry on the phase-out list, or an enterprise to be shut down. ② idle land, where
the district says so with the disposal decided as reclaim. ③ production overdue: a period past the
agreed production date and not in production, at 1 January of the calculation year. ④ low yield: a
longer period past that date, and the means of tax and of output over the years before (by deed area)
both below the guide's adjustment value, or tax per 亩 below a floor. ⑤ grade D of the
resource-efficiency evaluation.

Verdicts are ranks here, so that *and* is the least and *or* the greatest of several.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.idle_status import joined_names
from gis.analyses.yields import is_mean_below
from gis.regulations import completions, packaged_guide
from gis.units import MU_M2

if TYPE_CHECKING:
    from gis.regulations import LandGuide, Rulebook

__all__ = [
    "CLASSES", "COMPARISON_COLUMNS", "NO_DEFINITION", "UNDERUSED_COLUMNS", "classify_underused", "compare_underused",
    "comparison_rules", "is_underused_defined",
]  # fmt: skip

#: Class → the rule that defines it, in the order of the texts.
CLASSES = {
    "phased_out": "underused.phase_out_lists",
    "idle_land": "underused.idle_statuses",
    "production_overdue": "underused.production_overdue_period",
    "low_yield": "underused.low_yield_period",
    "grade": "underused.grade",
}
UNDERUSED_COLUMNS = (
    *CLASSES, "underused", "underused_class", "underused_classes", "underused_citation", "underused_missing",
)  # fmt: skip
#: What land would be by another district's definition, where its own is not at hand, and which district that is.
COMPARISON_COLUMNS = ("underused_comparison", "underused_compared_with", "underused_comparison_classes")
#: What is missing where no definition of the district is at hand.
NO_DEFINITION = "underused_definition"
#: States in which a parcel is known not to be in production.
NOT_PRODUCING = ("approved_not_built", "idle", "idle_recognisable", "under_construction")
INDUSTRIAL = "industrial"
NO, OPEN, YES = 0, 1, 2
WORDS = np.array(["not_met", "undetermined", "met"], dtype=object)
Ranks = Any
Mask = Any


def is_underused_defined(rules: Rulebook) -> bool:
    """Tell whether a definition of underused land is in force on the day at the place: the district's own."""
    return all(rules.covers(name) for name in CLASSES.values())


def comparison_rules(rules: Rulebook) -> Rulebook | None:
    """Return the law of the district that serves as a comparison where no definition is at hand, or None.

    Examples
    --------
    >>> from gis.regulations import load_rules
    >>> pudong, baoshan = (load_rules(as_of="2026-03-31", place=place) for place in ("310115", "310113"))
    >>> comparison_rules(pudong).place, comparison_rules(baoshan) is None
    ('310113', True)
    """
    name = "underused.comparison_place"
    if is_underused_defined(rules) or not rules.covers(name):
        return None
    other = rules.at(rules.get(name).value)
    return other if is_underused_defined(other) else None


def compare_underused(
    facts: pd.DataFrame, status: pd.DataFrame, other: Rulebook | None, *, guide: LandGuide | None = None
) -> pd.DataFrame:
    """Return `COMPARISON_COLUMNS`: the verdict by another district's definition, which decides nothing.

    Parameters
    ----------
    facts, status, guide
        As for `classify_underused`, the facts taken with the other district's rules.
    other
        From `comparison_rules`; None, where the district has a definition or there is nothing to compare with, leaves
        the columns empty.
    """
    if other is None:
        return pd.DataFrame({name: pd.Series("", index=facts.index, dtype="str") for name in COMPARISON_COLUMNS})
    found = classify_underused(facts, status, other, guide=guide)
    columns = (found["underused"], pd.Series(other.place, index=facts.index, dtype="str"), found["underused_classes"])
    return pd.concat(columns, axis=1).set_axis(list(COMPARISON_COLUMNS), axis=1)


@dataclasses.dataclass(frozen=True)
class _Class:
    """The verdict on one class, and where which fact is missing."""

    ranks: Ranks
    missing: list[tuple[Mask, str]]


def classify_underused(
    facts: pd.DataFrame, status: pd.DataFrame, rules: Rulebook, *, guide: LandGuide | None = None
) -> pd.DataFrame:
    """Return the verdict on each class.

    Parameters
    ----------
    facts
        From `gis.analyses.underused_facts.underused_facts`, with production_date of `facts_on`; only
        its index is used where no definition is in force.
    status
        From `gis.analyses.idle_status.classify_facts`, on the same index.
    rules
        The district's definition, by the rulebook's place.
    guide
        Adjustment values by sector; the packaged table has none.

    Returns
    -------
    On the same index, `UNDERUSED_COLUMNS`: each class (``met`` means that the land *is* in it),
    ``underused`` (any of them), the first class that is met as address of its text, all that are
    met, the citation of the first, and the facts missing where ``underused`` is undetermined. Land
    of another use is in no class, research and storage are not in those that speak of industrial
    land. Where no definition is in force on the day, everything is ``undetermined``, and that is
    what is missing.
    """
    if not is_underused_defined(rules):
        return _undefined(facts.index)
    basis = pd.Timestamp(year=rules.as_of.year, month=1, day=1)
    inside = facts["use"].isin(rules.get("underused.land_uses").value).to_numpy()
    unknown_use = facts["use"].isna().to_numpy()
    found = {
        "phased_out": _phased_out(facts, rules),
        "idle_land": _idle_land(facts, status, rules, unknown_use),
        "production_overdue": _production_overdue(facts, status, rules, basis),
        "low_yield": _low_yield(facts, rules, basis, guide or packaged_guide()),
        "grade": _grade(facts, rules),
    }
    limited = rules.get("underused.industrial_only_classes").value
    outside = ~inside & ~unknown_use
    other = ~(facts["use"] == INDUSTRIAL).to_numpy(dtype=bool, na_value=False) & ~unknown_use
    ranks = {name: np.where(other if name in limited else outside, NO, each.ranks) for name, each in found.items()}
    whole = functools.reduce(np.maximum, ranks.values())
    lacking = [
        (mask & (ranks[name] == OPEN) & (whole == OPEN), fact)
        for name, each in found.items()
        for mask, fact in each.missing
    ]
    cited = {name: rules.get(rule).citation.text("zh") for name, rule in CLASSES.items()}
    met = [rank == YES for rank in ranks.values()]
    columns = {name: WORDS[rank] for name, rank in ranks.items()} | {
        "underused": WORDS[whole],
        "underused_class": np.select(met, [f"underused_{name}" for name in ranks], ""),
        "underused_classes": joined_names([(rank == YES, name) for name, rank in ranks.items()], facts.index),
        "underused_citation": np.select(met, list(cited.values()), ""),
        "underused_missing": _once(joined_names(lacking, facts.index)),
    }
    return pd.DataFrame({name: pd.Series(column, index=facts.index, dtype="str") for name, column in columns.items()})


def _once(names: pd.Series[str]) -> pd.Series[str]:
    """Return lists of names without the doubles."""
    distinct = {each: ";".join(dict.fromkeys(each.split(";"))) for each in names.unique()}
    return names.map(distinct)


def _undefined(index: pd.Index[Any]) -> pd.DataFrame:
    columns = dict.fromkeys(UNDERUSED_COLUMNS, "") | dict.fromkeys([*CLASSES, "underused"], "undetermined")
    columns["underused_missing"] = NO_DEFINITION
    return pd.DataFrame({name: pd.Series(value, index=index, dtype="str") for name, value in columns.items()})


def _ranked(yes: Mask, no: Mask) -> Ranks:
    return np.select([yes, no], [YES, NO], OPEN)


def _phased_out(facts: pd.DataFrame, rules: Rulebook) -> _Class:
    listed = facts["phase_out"].isin(rules.get("underused.phase_out_lists").value).to_numpy()
    told = facts["phase_out"].notna().to_numpy()
    return _Class(_ranked(listed, told & ~listed), [(~told, "phase_out")])


def _idle_land(facts: pd.DataFrame, status: pd.DataFrame, rules: Rulebook, unknown_use: Mask) -> _Class:
    """Return class ②: a decision counts if it is not older than the time that the land is idle for."""
    idle = status["status"].isin(rules.get("underused.idle_statuses").value).to_numpy()
    open_status = (status["status"] == "undetermined").to_numpy()
    lacking = status["missing"].where(open_status, "")
    names = [((lacking == text).to_numpy(), fact) for text in lacking.unique() for fact in text.split(";") if fact]
    if not rules.get("underused.idle_needs_reclaim_decision").value:
        ranks = _ranked(idle & ~unknown_use, ~idle & ~open_status)
        return _Class(ranks, [*names, (idle & unknown_use, "land_use_code")])
    spent = (facts["disposal_date"] < status["status_since"]).to_numpy() & idle
    decided = (facts["disposal"] != "").to_numpy() & ~spent
    reclaim = decided & (facts["disposal"] == "reclaim").to_numpy()
    ranks = _ranked(reclaim & (idle | open_status) & ~unknown_use, ~idle & ~open_status | decided & ~reclaim)
    told = reclaim | ~(idle | open_status)
    return _Class(ranks, [*names, (~told & ~decided, "disposal_decided"), (reclaim & unknown_use, "land_use_code")])


def _past(facts: pd.DataFrame, period: str, rules: Rulebook, basis: pd.Timestamp) -> tuple[Mask, Mask]:
    """Tell where a period past the agreed production date is full by the day, and where that date is known."""
    counts = rules.get("idle_land.anniversary_counts").value
    full = completions(facts["agreed_production_date"], period, anniversary_counts=counts)
    return (full <= basis).to_numpy(), facts["agreed_production_date"].notna().to_numpy()


def _production_overdue(facts: pd.DataFrame, status: pd.DataFrame, rules: Rulebook, basis: pd.Timestamp) -> _Class:
    past, dated = _past(facts, rules.get(CLASSES["production_overdue"]).value, rules, basis)
    producing = (facts["production_date"] < basis).to_numpy()
    later = (facts["production_date"] >= basis).to_numpy()
    waiting = status["status"].isin(NOT_PRODUCING).to_numpy() | later
    ranks = _ranked(past & waiting & ~producing, producing | dated & ~past)
    return _Class(ranks, [(~dated, "agreed_production_date"), (dated, "production_date")])


def _low_yield(facts: pd.DataFrame, rules: Rulebook, basis: pd.Timestamp, guide: LandGuide) -> _Class:
    """Return class ④: past the period, and both means below the guide's value, or tax below the floor."""
    past, dated = _past(facts, rules.get(CLASSES["low_yield"]).value, rules, basis)
    land = facts["legal_area_m2"].to_numpy(dtype="float64")
    years = int(rules.get("underused.low_yield_years").value)
    limits, valued = _limits(facts, rules, basis.date(), guide)
    means = []
    for kind, by_sector in limits.items():
        below, known = np.zeros(len(facts), dtype=bool), np.zeros(len(facts), dtype=bool)
        for sector, limit in by_sector.items():
            rows = np.flatnonzero((facts["industry_code"] == sector).to_numpy())
            sums = facts[f"{kind}_fen"].to_numpy()[rows]
            below[rows], known[rows] = is_mean_below(sums, land[rows], limit, years=years)
        means.append(_ranked(below, known & ~below))
    low = np.minimum(*means)
    floor_applies = rules.get("underused.tax_floor_applies").value
    by_floor: Ranks = np.full(len(facts), NO)
    if floor_applies:
        limit = rules.get("underused.tax_floor").value / MU_M2
        count = int(rules.get("underused.tax_floor_years").value)
        below, known = is_mean_below(facts["tax_floor_fen"].to_numpy(), land, limit, years=count)
        by_floor = _ranked(below, known & ~below)
    in_time = _ranked(past, dated & ~past)
    ranks = np.minimum(in_time, np.maximum(low, by_floor))
    no_land = ~(land > 0)
    # What the guide would decide is asked for only where its value, not a yearly sum, is missing.
    missing = [
        (~dated, "agreed_production_date"),
        ((facts["tax_fen"] < 0).to_numpy(), "tax"),
        ((low == OPEN) & (facts["output_fen"] < 0).to_numpy(), "output"),
        (no_land, "legal_area_m2"),
        ((low == OPEN) & facts["industry_code"].isna().to_numpy(), "industry_code"),
        ((low == OPEN) & facts["industry_code"].notna().to_numpy() & ~valued, "land_guide"),
    ]
    return _Class(ranks, missing)


def _limits(
    facts: pd.DataFrame, rules: Rulebook, day: dt.date, guide: LandGuide
) -> tuple[dict[str, dict[str, Any]], Mask]:
    """Return the guide's values of tax and output by sector of the parcels, and where there is one."""
    edition = rules.get("underused.guide_edition").value
    known = {code: guide.find(code, edition=edition, day=day) for code in facts["industry_code"].dropna().unique()}
    values = {code: value for code, value in known.items() if value is not None}
    limits = {
        "tax": {code: value.tax_cny_per_m2 for code, value in values.items()},
        "output": {code: value.output_cny_per_m2 for code, value in values.items()},
    }
    return limits, facts["industry_code"].isin(list(values)).to_numpy()


def _grade(facts: pd.DataFrame, rules: Rulebook) -> _Class:
    """Return class ⑤; a confirmation counts for the grade that was given before it."""
    graded = facts["efficiency_grade"].notna().to_numpy()
    bad = (facts["efficiency_grade"] == rules.get(CLASSES["grade"]).value).to_numpy()
    if not rules.get("underused.grade_needs_confirmation").value:
        return _Class(_ranked(bad, graded & ~bad), [(~graded, "efficiency_grade")])
    older = (facts["confirmation_date"] < facts["grade_date"]).to_numpy()
    told = (facts["confirmation"] != "").to_numpy() & ~older
    confirmed = told & (facts["confirmation"] == "confirmed").to_numpy()
    ranks = _ranked(bad & confirmed, graded & ~bad | told & ~confirmed)
    return _Class(ranks, [(~graded, "efficiency_grade"), (bad & ~told, "grade_confirmation")])
