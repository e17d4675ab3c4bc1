"""What an analysis returns: findings, figures that open to their rows, and the record of the rules."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from gis.analyses.ground import CLAIMED_CLAUSE
from gis.areas import SQUARE_MM
from gis.errors import SchemaError, listed
from gis.schema import text

if TYPE_CHECKING:
    from gis.regulations import Parameter

__all__ = [
    "FINDING_COLUMNS",
    "PLAN_CITATION",
    "ROW_COLUMNS",
    "Balance",
    "Figure",
    "citation_text",
    "citations_in",
    "exact_m2",
    "explain",
    "findings_table",
]

FINDING_COLUMNS = (
    "analysis", "entity_table", "entity_id", "zone_id", "rule", "observed", "unit", "bound", "threshold",
    "verdict", "citation", "verified", "as_of", "area_m2", "area_basis", "other_basis_observed", "other_basis_verdict",
    "missing", "note", "source_file", "source_row",
)  # fmt: skip
ROW_COLUMNS = ("term", "entity_id", "value", "clause", "as_of", "source_file", "source_row")
#: How a balance cites, in Chinese, the approved park green plan that sets one parcel's share.
PLAN_CITATION = "园区绿化专项规划："
#: Areas carry six decimals (see `gis.overlay.pairs`), so a sum of them is exact in whole mm².


def exact_m2(values: Iterable[float]) -> Fraction:
    """Return the sum of areas exactly, each taken to the square millimetre.

    A verdict at equality must not hang on the last bit of a float.

    Examples
    --------
    >>> exact_m2([0.1, 0.2]) == Fraction(3, 10)
    True
    """
    whole = np.rint(np.fromiter(values, dtype="float64") * SQUARE_MM)
    return Fraction(sum(int(value) for value in whole), SQUARE_MM)


@dataclasses.dataclass(frozen=True)
class Figure:
    """One number of a balance, with the rows it is made of.

    Attributes
    ----------
    name
        Such as ``zone_green_ratio``.
    zone_id
        The zone it speaks of.
    value
        The number, or None where it can't be given.
    unit
        ``m2``, ``ratio``, ``count`` or ``effective_uses``.
    rows
        Columns term (``sum``, or ``numerator`` and ``denominator``), entity_id, value, clause, as_of,
        source_file, source_row. ``math.fsum`` of a term's values is the term, exactly.
    """

    name: str
    zone_id: str
    value: float | None
    unit: str
    rows: pd.DataFrame

    def term(self, term: str = "sum") -> float:
        """Return the exact sum of the rows of one term."""
        return math.fsum(self.rows.loc[self.rows["term"] == term, "value"])

    @staticmethod
    def of_sum(name: str, zone_id: str, rows: pd.DataFrame, *, unit: str = "m2") -> Figure:
        """Make a figure that is the sum of its rows."""
        return Figure(name, zone_id, math.fsum(rows["value"]) + 0.0, unit, rows.assign(term="sum")[list(ROW_COLUMNS)])

    @staticmethod
    def of_ratio(name: str, zone_id: str, *, numerator: pd.DataFrame, denominator: pd.DataFrame) -> Figure:
        """Make a figure Σ numerator / Σ denominator; None where the denominator is 0."""
        parts = [numerator.assign(term="numerator"), denominator.assign(term="denominator")]
        rows = pd.concat([part[list(ROW_COLUMNS)] for part in parts if len(part)] or parts, ignore_index=True)
        below = exact_m2(denominator["value"])
        value = float(exact_m2(numerator["value"]) / below) if below else None
        return Figure(name, zone_id, value, "ratio", rows)


@dataclasses.dataclass(frozen=True)
class Balance:
    """What an analysis found about all zones.

    Attributes
    ----------
    name
        ``idle_land``, ``mixed_use`` or ``green_ratio``.
    as_of, place
        The date and the place (adcode) of the rules.
    area_basis
        Such as ``planar EPSG:4549``; every m² of the balance is on it.
    parcels, zones
        One row a parcel and a zone.
    findings
        One row a rule and entity (`FINDING_COLUMNS`). ``other_basis_verdict`` is the verdict on the
        other area basis, empty where it was not judged there (`gis.analyses.compare_bases`).
    figures
        Every figure, with its rows.
    rules
        The parameters that were read, with citation and whether they are verified.
    notes
        Addresses of texts (see `gis.schema.text`) that a reader must know.
    tables
        Further tables by name.
    """

    name: str
    as_of: dt.date
    place: str
    area_basis: str
    parcels: pd.DataFrame
    zones: pd.DataFrame
    findings: pd.DataFrame
    figures: tuple[Figure, ...]
    rules: tuple[dict[str, Any], ...]
    notes: tuple[str, ...] = ()
    tables: Mapping[str, pd.DataFrame] = dataclasses.field(default_factory=dict)

    def figure(self, name: str, zone_id: str | None = None) -> Figure:
        """Return a figure by name, and by zone where there are several.

        Raises
        ------
        SchemaError
            If there is none, or several zones have one and none is named.
        """
        found = [f for f in self.figures if f.name == name and zone_id in {None, f.zone_id}]
        if len(found) != 1:
            known = listed(f"{f.name} ({f.zone_id})" for f in self.figures)
            raise SchemaError("figure_unknown", figure=name, zone=zone_id or "?", choices=known)
        return found[0]


def explain(balance: Balance, figure: str, *, zone_id: str | None = None) -> pd.DataFrame:
    """Open a figure to the rows it is made of.

    Parameters
    ----------
    balance
        What an ``evaluate_…`` verb returned.
    figure
        Name of the figure.
    zone_id
        Needed where several zones have one.

    Returns
    -------
    Columns term, entity_id, value, clause, as_of, source_file, source_row. The values of a term add
    up (``math.fsum``) to it exactly; a ratio is its numerator over its denominator.

    Raises
    ------
    SchemaError
        If there is no such figure, or the zone must be named.
    """
    return balance.figure(figure, zone_id).rows.copy()


def citation_text(citation: str, known: Mapping[str, str], lang: Literal["en", "zh"]) -> str:
    """Return a citation, which balances carry in Chinese, in a language; ``known`` has those of the rules.

    Examples
    --------
    >>> citation_text("第一条", {"第一条": "art. 1"}, "en")
    'art. 1'
    >>> citation_text(PLAN_CITATION + "LH-7", {}, "en"), citation_text(PLAN_CITATION, {}, "en")
    ('park green plan: LH-7', 'park green plan: number not given')
    """
    if citation == CLAIMED_CLAUSE:
        return text("ground.clause", lang)
    if citation.startswith(PLAN_CITATION):
        plan = citation.removeprefix(PLAN_CITATION) or text("green.plan_unnamed", lang)
        return text("green.plan_citation", lang, plan=plan)
    return known.get(citation, citation)


def citations_in(rules: Iterable[Mapping[str, Any]], lang: Literal["en", "zh"]) -> dict[str, str]:
    """Return, for the rules that were read, each citation as balances carry it (in Chinese) → in a language."""
    return {rule["citation_zh"]: rule[f"citation_{lang}"] for rule in rules}


def findings_table(rows: list[pd.DataFrame], *, area_basis: str) -> pd.DataFrame:
    """Join the findings of the rules of one analysis, in the order of rule and entity.

    What they would be on the other area basis is for `compare_bases` to say; until then it is empty.
    """
    filled = [part for part in rows if len(part)]
    if not filled:
        return pd.DataFrame({column: [] for column in FINDING_COLUMNS})
    table = pd.concat([part.reindex(columns=list(FINDING_COLUMNS)) for part in filled], ignore_index=True)
    table = table.assign(area_basis=area_basis, other_basis_observed=float("nan"), other_basis_verdict="")
    return table.sort_values(["rule", "entity_table", "entity_id"], kind="stable", ignore_index=True)


def finding_rows(
    frame: pd.DataFrame, *, analysis: str, rule: Parameter, as_of: dt.date, entity: str = "parcels"
) -> pd.DataFrame:
    """Return findings of one rule for a frame that has entity_id, zone_id, observed, verdict, area_m2, missing, note."""  # noqa: E501
    return frame.assign(
        analysis=analysis,
        entity_table=entity,
        rule=rule.name,
        unit=rule.unit,
        bound=str(rule.bound or ""),
        threshold=str(rule.value),
        citation=rule.citation.text("zh"),
        verified=rule.verified,
        as_of=as_of.isoformat(),
    )
