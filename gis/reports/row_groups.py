"""The rows behind every figure, each written once: groups of rows that serve the same figures.

A parcel's area serves its status, supplied land, the idle ratio and the remainder of the zone alike.
Instead of a copy for each, rows that serve exactly the same terms form a *group*; a term is then a
sum of whole groups, which a workbook can add up by itself.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from gis.analyses import Balance, Figure

__all__ = ["RowGroups", "group_rows"]

KEY = ["entity_id", "size", "source_file", "source_row", "unit", "repeat"]
Term = tuple[str, str, str]
#: A row is absent from a term, added to it, or taken off.
ABSENT, ADDED, TAKEN = 0, 1, 2


@dataclasses.dataclass(frozen=True)
class RowGroups:
    """The distinct rows of a balance and what they serve.

    Attributes
    ----------
    rows
        group, zone_id, entity_id, value (never negative), unit, clause (citations, a line each),
        source_file, source_row; by group, then entity.
    totals
        group → exact sum of its values.
    terms
        (zone_id, figure, term) → groups with +1 (added) or −1 (taken off).
    """

    rows: pd.DataFrame
    totals: dict[str, float]
    terms: dict[Term, tuple[tuple[str, int], ...]]

    def value(self, term: Term) -> float:
        """Return a term, added up from its groups."""
        return math.fsum(sign * self.totals[group] for group, sign in self.terms.get(term, ()))


def group_rows(balance: Balance, prefix: str) -> RowGroups:
    """Return the rows of all figures of a balance, each once, in groups.

    Parameters
    ----------
    balance
        What an ``evaluate_…`` verb returned.
    prefix
        What the names of its groups start with.

    Returns
    -------
    For each term of each figure: Σ ± value of its groups = the term.
    """
    zones = sorted({figure.zone_id for figure in balance.figures})
    parts = [_of_zone(balance, zone, prefix, f"{number:02d}") for number, zone in enumerate(zones, start=1)]
    rows = [part.rows for part in parts if len(part.rows)]
    empty = pd.DataFrame(
        columns=["group", "zone_id", "entity_id", "value", "unit", "clause", "source_file", "source_row"]
    )
    return RowGroups(
        rows=pd.concat(rows, ignore_index=True) if rows else empty,
        totals={group: total for part in parts for group, total in part.totals.items()},
        terms={term: groups for part in parts for term, groups in part.terms.items()},
    )


def _of_zone(balance: Balance, zone_id: str, prefix: str, number: str) -> RowGroups:
    figures = [figure for figure in balance.figures if figure.zone_id == zone_id]
    terms, every = _stacked(figures)
    if not len(every):
        return RowGroups(every, {}, {(zone_id, *term): () for term in terms})
    keys = every.groupby(KEY, sort=True, dropna=False).ngroup().to_numpy()
    group_of, states = _signatures(keys, every["term_code"].to_numpy(), every["negative"].to_numpy(), len(terms))
    first = np.unique(keys, return_index=True)[1]
    names = [f"{prefix}-{number}-{place:03d}" for place in range(1, len(states) + 1)]
    rows = every.iloc[first].assign(
        group=np.array(names, dtype=object)[group_of],
        zone_id=zone_id,
        clause=_clauses(keys, every["clause"], len(first)),
    )
    rows = rows.rename(columns={"size": "value"}).sort_values(["group", *_sorted_by()], ignore_index=True)
    totals = {str(name): math.fsum(part) for name, part in rows.groupby("group")["value"]}
    members: dict[Term, tuple[tuple[str, int], ...]] = {}
    for code, term in enumerate(terms):
        used = [
            (name, 1 if state[code] == ADDED else -1) for name, state in zip(names, states, strict=True) if state[code]
        ]
        members[(zone_id, *term)] = tuple(used)
    columns = ["group", "zone_id", "entity_id", "value", "unit", "clause", "source_file", "source_row"]
    return RowGroups(rows[columns], totals, members)


def _sorted_by() -> list[str]:
    return ["entity_id", "value", "source_file", "source_row", "repeat"]


def _stacked(figures: list[Figure]) -> tuple[list[tuple[str, str]], pd.DataFrame]:
    """Return the terms, and all their rows with term_code, size, negative, unit and repeat."""
    terms: list[tuple[str, str]] = []
    parts = []
    for figure in figures:
        names = ("numerator", "denominator") if (figure.rows["term"] != "sum").any() else ("sum",)
        for name in names:
            rows = figure.rows[figure.rows["term"] == name]
            parts.append(_coded(rows, len(terms), "count" if figure.unit == "count" else "m2"))
            terms.append((figure.name, name))
    filled = [part for part in parts if len(part)]
    if not filled:
        return terms, pd.DataFrame(columns=[*KEY, "term_code", "negative", "clause"])
    return terms, pd.concat(filled, ignore_index=True)


def _coded(rows: pd.DataFrame, code: int, unit: str) -> pd.DataFrame:
    value = rows["value"].astype("float64")
    table = pd.DataFrame(
        {
            "entity_id": rows["entity_id"].fillna("").astype("str"),
            "size": value.abs(),
            "source_file": rows["source_file"].fillna("").astype("str"),
            "source_row": rows["source_row"].fillna(0).astype("int64"),
            "clause": rows["clause"].fillna("").astype("str"),
            "negative": value < 0,
        }
    ).assign(unit=unit, term_code=code)
    # A term may hold the same row twice; each is a row of its own, counted in an order of their content.
    row = ["entity_id", "size", "source_file", "source_row"]
    table = table.sort_values([*row, "negative", "clause"], ignore_index=True)
    return table.assign(repeat=table.groupby(row).cumcount())


def _signatures(keys: Any, codes: Any, negative: Any, terms: int) -> tuple[Any, list[tuple[int, ...]]]:
    """Return the group of each key, and for each group how it takes part in each term."""
    count = int(keys.max()) + 1
    states = np.zeros((count, terms), dtype="int8")
    states[keys, codes] = np.where(negative, TAKEN, ADDED)
    signatures, group_of = np.unique(states, axis=0, return_inverse=True)
    return group_of.reshape(-1), [tuple(int(state) for state in row) for row in signatures]


def _clauses(keys: Any, clauses: pd.Series[str], count: int) -> list[str]:
    """Return the distinct citations of each key, a line each."""
    named = pd.DataFrame({"key": keys, "clause": clauses.to_numpy()})
    named = named[named["clause"] != ""].drop_duplicates().sort_values(["key", "clause"])
    joined = [""] * count
    for key, clause in zip(named["key"].tolist(), named["clause"].tolist(), strict=True):
        joined[key] = f"{joined[key]}\n{clause}" if joined[key] else clause
    return joined
