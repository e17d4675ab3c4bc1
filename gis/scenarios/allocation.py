"""Who gets what of a year's quotas: a proposal by priority; nothing is ever booked by it.

Each request is given whole or not at all: ``x ∈ {0, 1}``. Class by class, the first first,

    maximise Σ value · x   subject to   Σ quantity · x ≤ quota   of each kind and year,

and what a class has reached no later class takes away: its value stays a constraint. No weight stands for
"first". HiGHS answers in floats; the answer is added up again in whole units, and a set of requests that only
just exceeds a quota is cut off and asked again. The price of a quota is what a unit more would add to the value of a
class in the relaxation, where requests may be given in part.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.errors import InfeasibleError, SchemaError
from gis.ledgers.kinds import quota_kind
from gis.scenarios.highs import Asked, Told, ask_highs

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["REPLACED_COLUMNS", "Allocation", "propose_allocation", "request_facts"]

Key = tuple[str, int]
REQUEST_COLUMNS = ("project", "priority", "value", "kind", "year", "quantity")
REPLACED_COLUMNS = ("project", "kind", "year", "emission", "medium", "status", "ratio", "need", "unit")
QUOTA_COLUMNS = ("kind", "year", "quantity")
#: A set of requests that exceeds a quota by less than the solver sees is cut off so often.
MOST_CUTS = 50
#: Below this a dual value is rounding.
LEAST_PRICE = 1e-9


@dataclasses.dataclass(frozen=True)
class Allocation:
    """A proposal.

    Attributes
    ----------
    projects
        One row a project: priority, value, ``given``, ``reason`` (empty; ``exceeds_quota`` where it asks for more
        than there is, ``no_quota`` where there is none of a kind, ``outweighed`` where what is left does not do,
        ``undetermined`` where what a request needs can't be told: nothing is kept for it) and
        ``short_of``, the kinds and years with the amount that lacks.
    lines
        One row a project and kind that is given.
    quotas
        One row a kind and year: quota, given, left, ``is_binding`` (some project is left out for it), price and the
        priority whose value the price is of.
    classes
        One row a priority: value reached and the solver's bound on it.
    replaced
        One row a project and pollutant: emission, the ratio that the quality of its medium sets, and the need that was
        shared out; filled by `gis.workflow.propose_quotas`.
    """

    projects: pd.DataFrame
    lines: pd.DataFrame
    quotas: pd.DataFrame
    classes: pd.DataFrame
    replaced: pd.DataFrame = dataclasses.field(default_factory=lambda: pd.DataFrame(columns=list(REPLACED_COLUMNS)))


@dataclasses.dataclass(frozen=True)
class _Question:
    """Requests and quotas in whole units; projects and keys in order."""

    projects: list[str]
    priority: list[int]
    value: list[int]
    needs: list[dict[Key, int]]
    quotas: dict[Key, int]


def propose_allocation(requests: pd.DataFrame, quotas: pd.DataFrame) -> Allocation:
    """Propose who gets what.

    Parameters
    ----------
    requests
        One row a project and kind: project, priority (1 comes first), value (a whole number, the same in all rows of
        a project), kind, year and quantity (exact: text or decimals).
    quotas
        kind, year and quantity, such as a district's rows of `gis.ledgers.Ledger.balance`.

    Raises
    ------
    SchemaError
        If a column is missing, a project has two priorities or values, or a row is doubled.
    QuotaError
        If a kind is unknown or a quantity is not exact.
    InfeasibleError
        If the answer does not stand when it is added up again: a defect.

    Examples
    --------
    >>> requests = pd.DataFrame({"project": ["P1", "P2", "P3"], "priority": [1, 2, 2], "value": [1, 3, 2],
    ...     "kind": ["energy_equal_value"] * 3, "year": [2026] * 3, "quantity": ["60000", "50000", "40000"]})
    >>> quotas = pd.DataFrame({"kind": ["energy_equal_value"], "year": [2026], "quantity": ["100000"]})
    >>> proposal = propose_allocation(requests, quotas)
    >>> proposal.projects[["project", "given", "reason", "short_of"]].values.tolist()
    [['P1', True, '', ''], ['P2', False, 'outweighed', 'energy_equal_value 2026: 50000.000'], ['P3', True, '', '']]
    """
    asked = _question(requests, quotas)
    reached: list[tuple[int, int]] = []
    cuts: list[list[int]] = []
    classes: list[dict[str, Any]] = []
    prices: dict[Key, tuple[float, int]] = {}
    chosen = np.zeros(len(asked.projects), dtype=bool)
    for priority in sorted(set(asked.priority)):
        chosen, told = _solve(asked, priority, reached, cuts)
        value = sum(asked.value[i] for i in np.flatnonzero(chosen) if asked.priority[i] == priority)
        reached.append((priority, value))
        classes.append({"priority": priority, "value": value, "bound": -told.bound})
        for key, price in _prices(asked, priority, reached[:-1]).items():
            prices.setdefault(key, (price, priority))
    left = _left(asked, chosen)
    if any(units < 0 for units in left.values()):
        raise InfeasibleError("allocation_exceeds", kinds=[f"{k} {y}" for (k, y), units in left.items() if units < 0])
    return Allocation(
        _projects(asked, chosen, left), _lines(asked, chosen), _quotas(asked, chosen, left, prices),
        pd.DataFrame(classes, columns=["priority", "value", "bound"]),
    )  # fmt: skip


# ---- the question ----
def _question(requests: pd.DataFrame, quotas: pd.DataFrame) -> _Question:
    facts = request_facts(requests)
    _require(quotas, QUOTA_COLUMNS, ["kind", "year"], "quotas")
    needs: dict[str, dict[Key, int]] = {project: {} for project in facts["project"]}
    for row in requests.to_dict("records"):
        key = (str(row["kind"]), int(row["year"]))
        needs[row["project"]][key] = quota_kind(key[0]).units(row["quantity"])
    has = {
        (str(row["kind"]), int(row["year"])): _quota_units(str(row["kind"]), row["quantity"])
        for row in quotas.to_dict("records")
    }
    keys = sorted(has.keys() | {key for need in needs.values() for key in need})
    projects = facts["project"].tolist()
    return _Question(
        projects, [int(one) for one in facts["priority"]], [int(one) for one in facts["value"]],
        [needs[project] for project in projects], {key: has.get(key, 0) for key in keys},
    )  # fmt: skip


def request_facts(requests: pd.DataFrame) -> pd.DataFrame:
    """Return project, priority and value of requests, one row a project, in order.

    Raises
    ------
    SchemaError
        If a column is missing, a row is doubled, or a project has two priorities or values, or one that is not whole.

    Examples
    --------
    >>> row = {"project": "P1", "priority": 1, "value": 2, "kind": "cod", "year": 2026, "quantity": "1"}
    >>> request_facts(pd.DataFrame([row, row | {"kind": "tp"}])).values.tolist()
    [['P1', 1, 2]]
    """
    _require(requests, REQUEST_COLUMNS, ["project", "kind", "year"], "requests")
    facts = requests[["project", "priority", "value"]].drop_duplicates()
    doubled = facts["project"][facts["project"].duplicated()]
    if len(doubled):
        raise SchemaError("allocation_facts_differ", projects=sorted(set(doubled.astype(str))))
    facts = facts.sort_values("project", ignore_index=True)
    for name in ("priority", "value"):
        whole = [isinstance(one, int | np.integer) and not isinstance(one, bool) and one > 0 for one in facts[name]]
        if not all(whole):
            raise SchemaError("allocation_not_whole", column=name, projects=facts["project"][~np.array(whole)].tolist())
    return facts


def _quota_units(kind: str, quantity: Any) -> int:
    """Return a quota in whole units; one that is used up is 0, which no request may be."""
    used_up = isinstance(quantity, str | int | Decimal) and re.fullmatch(r"0(\.0*)?(E-?\d+)?", str(quantity))
    return 0 if used_up else quota_kind(kind).units(quantity)


def _require(table: pd.DataFrame, columns: Sequence[str], key: list[str], name: str) -> None:
    lacking = [column for column in columns if column not in table.columns]
    if lacking:
        raise SchemaError("allocation_columns_missing", table=name, columns=lacking)
    bad = table[table[key].isna().any(axis=1) | table.duplicated(key)]
    if len(bad):
        raise SchemaError("allocation_rows_doubled", table=name, rows=[list(row) for row in bad[key].to_numpy()[:10]])


# ---- the solver ----
def _programme(
    asked: _Question, priority: int, reached: Iterable[tuple[int, int]], cuts: Iterable[list[int]], *, whole: bool
) -> Asked:  # fmt: skip
    """Return the programme of a class: a row a quota, a row a class that was reached, a row a cut."""
    count = len(asked.projects)
    rows: list[tuple[dict[int, float], float, float]] = []
    for key, quota in asked.quotas.items():
        # In the unit of the kind, not in smallest units: a solver likes numbers that are near to one.
        scale = 10.0 ** -quota_kind(key[0]).digits
        line = {i: need[key] * scale for i, need in enumerate(asked.needs) if key in need}
        rows.append((line, -np.inf, quota * scale))
    for former, value in reached:
        rows.append(({i: float(asked.value[i]) for i in range(count) if asked.priority[i] == former}, value, np.inf))
    rows += [(dict.fromkeys(cut, 1.0), -np.inf, len(cut) - 1.0) for cut in cuts]
    cells = [(row, column, value) for row, (line, _, _) in enumerate(rows) for column, value in line.items()]
    cost = [-float(asked.value[i]) if asked.priority[i] == priority else 0.0 for i in range(count)]
    return Asked(
        cost, np.zeros(count), np.ones(count), [low for _, low, _ in rows], [high for _, _, high in rows],
        [row for row, _, _ in cells], [column for _, column, _ in cells], [value for _, _, value in cells],
        np.ones(count, dtype=bool) if whole else None,
    )  # fmt: skip


def _solve(
    asked: _Question, priority: int, reached: list[tuple[int, int]], cuts: list[list[int]]
) -> tuple[Any, Told]:  # fmt: skip
    for _ in range(MOST_CUTS):
        told = ask_highs(_programme(asked, priority, reached, cuts, whole=True))
        if told is None:
            raise InfeasibleError("allocation_without_answer", priority=priority)
        chosen = np.rint(told.values) == 1
        over = [key for key, units in _left(asked, chosen).items() if units < 0]
        if not over:
            return chosen, told
        cuts.append([int(i) for i in np.flatnonzero(chosen) if over[0] in asked.needs[i]])
    raise InfeasibleError("allocation_without_answer", priority=priority)


def _prices(asked: _Question, priority: int, reached: list[tuple[int, int]]) -> dict[Key, float]:
    """Return what a unit more of each quota adds to the value of a class, where requests may be given in part."""
    told = ask_highs(_programme(asked, priority, reached, [], whole=False))
    if told is None:
        return {}
    duals = zip(asked.quotas, told.prices, strict=False)
    return {key: float(-dual) for key, dual in duals if -dual > LEAST_PRICE}


# ---- the answer, in whole units ----
def _left(asked: _Question, chosen: Any) -> dict[Key, int]:
    left = dict(asked.quotas)
    for i in np.flatnonzero(chosen):
        for key, units in asked.needs[i].items():
            left[key] -= units
    return left


def _projects(asked: _Question, chosen: Any, left: dict[Key, int]) -> pd.DataFrame:
    rows = []
    for i, project in enumerate(asked.projects):
        reason, lacking = "", []
        if not chosen[i]:
            lacking = [
                f"{kind} {year}: {quota_kind(kind).quantity(units - left[kind, year])}"
                for (kind, year), units in sorted(asked.needs[i].items()) if units > left[kind, year]
            ]  # fmt: skip
            over = [key for key, units in asked.needs[i].items() if units > asked.quotas[key]]
            reason = "outweighed"
            if over:
                reason = "no_quota" if any(asked.quotas[key] == 0 for key in over) else "exceeds_quota"
        rows.append({
            "project": project, "priority": asked.priority[i], "value": asked.value[i], "given": bool(chosen[i]),
            "reason": reason, "short_of": ", ".join(lacking),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=["project", "priority", "value", "given", "reason", "short_of"])


def _lines(asked: _Question, chosen: Any) -> pd.DataFrame:
    rows = [
        {"project": asked.projects[i], "kind": kind, "year": year, "quantity": quota_kind(kind).quantity(units),
         "unit": quota_kind(kind).unit}
        for i in np.flatnonzero(chosen) for (kind, year), units in sorted(asked.needs[i].items())
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["project", "kind", "year", "quantity", "unit"])


def _quotas(asked: _Question, chosen: Any, left: dict[Key, int], prices: dict[Key, tuple[float, int]]) -> pd.DataFrame:
    refused = [asked.needs[i] for i in np.flatnonzero(~np.asarray(chosen))]
    rows = []
    for key, units in asked.quotas.items():
        kind = quota_kind(key[0])
        price, priority = prices.get(key, (0.0, None))
        quota, rest = kind.quantity(units), kind.quantity(left[key])
        rows.append({
            "kind": key[0], "year": key[1], "unit": kind.unit, "quota": quota, "given": quota - rest, "left": rest,
            "is_binding": any(need.get(key, 0) > left[key] for need in refused), "price": price,
            "price_priority": priority,
        })  # fmt: skip
    columns = ["kind", "year", "unit", "quota", "given", "left", "is_binding", "price", "price_priority"]
    return pd.DataFrame(rows, columns=columns).astype({"price_priority": "Int64"})
