"""Good premises for underused land (优质物业换低效用地): who could move where, so that most land comes free.

One parcel's occupant moves into at most one of the premises, and into each moves at most one. A
pair is allowed where the premises have at least the floor area needed, are of the use needed, are
there by the day needed, and the two are not forbidden. What is maximised is stated: ``land`` (m² of
underused land that comes free) or ``moves`` (their number). Of several matches that reach it, the one is
taken that gives least away: least value of premises, where all that could be given have a value on one basis;
where they have not, that is said, and least floor area beyond what is needed. Among equals of these the other
objective decides, and never an id. What several parcels that move claim counts once in what comes free, and stands
apart.

This is the assignment problem: scipy's exact algorithm for it always ends at an optimum in
polynomial time, so no general solver is asked. Weights are whole numbers, and the answer is
measured again by `measure_swap`, which knows nothing of how it was found.
"""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from gis.analyses import doubled_among
from gis.areas import SQUARE_MM, square_mm
from gis.errors import InfeasibleError, SchemaError

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["SwapResult", "measure_swap", "solve_swap"]

Objective = Literal["land", "moves"]
Pair = tuple[str, str]
#: Weights are whole dm²: sums of them stay exact in a float.
PARTS = 100
HOLDER_COLUMNS = ("parcel_id", "holder", "area_m2", "needed_floor_area_m2", "land_use_group", "needed_by_date")
PREMISES_COLUMNS = ("premises_id", "floor_area_m2", "land_use_group", "available_date")
#: What premises may have beside: their value, and what it was assessed by and for which day.
VALUE_COLUMNS = ("value_cny", "value_basis")
MATCH_COLUMNS = ["parcel_id", "holder", "premises_id", "area_m2", "needed_floor_area_m2", "floor_area_m2",
                 "land_use_group", "needed_by_date", "available_date"]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class SwapResult:
    """The matches, who is left and why, the premises left over, and what the matches free.

    ``preference`` is what was kept least among the best: ``value_cny`` of the premises given, or ``floor_area_m2``
    beyond what is needed, where values do not compare; ``not_comparable`` says why (``value_missing``,
    ``value_basis_missing``, ``value_basis_differs``, else ""), ``given_away`` how much of it the matches give.
    """

    objective: Objective
    matches: pd.DataFrame
    unmatched: pd.DataFrame
    unused_premises: tuple[str, ...]
    freed_m2: Decimal
    moves_count: int
    preference: Literal["value_cny", "floor_area_m2"] = "floor_area_m2"
    given_away: Decimal = Decimal(0)
    not_comparable: str = ""
    claimed_m2: Decimal = Decimal(0)


def solve_swap(
    holders: pd.DataFrame,
    premises: pd.DataFrame,
    *,
    objective: Objective = "land",
    forbidden: Collection[Pair] = (),
    claims: pd.DataFrame | None = None,
) -> SwapResult:
    """Match occupants of underused parcels with premises, and maximise the objective.

    Parameters
    ----------
    holders
        One row a parcel: parcel_id, holder, area_m2, needed_floor_area_m2, land_use_group and
        needed_by_date (missing: any day will do).
    premises
        premises_id, floor_area_m2, land_use_group, available_date; value_cny and value_basis where known.
    objective
        ``land`` or ``moves``.
    forbidden
        Pairs (parcel_id, premises_id) that must not be.
    claims
        Who claims which ground (table ``claims`` of an idle-land balance). What the parcels that move hold more than
        once is ``claimed_m2``, and is taken off ``freed_m2``; the choice itself goes by what each parcel claims.

    Returns
    -------
    Matches by parcel id; the unmatched with a reason: ``need_unknown``, ``no_such_use``,
    ``too_small``, ``too_late``, ``forbidden`` (the first condition that leaves none of the
    premises) or ``taken`` (some would do, and go to others in the optimum that was found).

    Raises
    ------
    SchemaError
        If a column is missing, or an id is doubled or missing.
    InfeasibleError
        If the answer does not stand when it is measured again: a defect.

    Examples
    --------
    >>> holders = pd.DataFrame({"parcel_id": ["1", "2"], "holder": ["a", "b"], "area_m2": [900.0, 400.0],
    ...     "needed_floor_area_m2": [80.0, 50.0], "land_use_group": ["industrial"] * 2, "needed_by_date": [pd.NaT] * 2})
    >>> premises = pd.DataFrame({"premises_id": ["p"], "floor_area_m2": [100.0], "land_use_group": ["industrial"],
    ...     "available_date": [pd.Timestamp("2026-01-01")]})
    >>> result = solve_swap(holders, premises)
    >>> result.matches[["parcel_id", "premises_id"]].to_dict("list"), result.unmatched["reason"].tolist()
    ({'parcel_id': ['1'], 'premises_id': ['p']}, ['taken'])
    """
    holders = _ordered(holders, HOLDER_COLUMNS, "parcel_id")
    offered, premises = premises, _ordered(premises, PREMISES_COLUMNS, "premises_id")
    # By id, in whatever order the premises were put.
    values = offered.reindex(columns=["premises_id", *VALUE_COLUMNS]).set_index("premises_id")
    values = values.reindex(premises["premises_id"]).reset_index(drop=True)
    stages = _stages(holders, premises, set(forbidden))
    allowed = stages[-1][1]
    area = np.rint(holders["area_m2"].to_numpy(dtype="float64") * PARTS)
    costs, preference, why = _given_away(holders, premises, values, allowed)
    freed_parts, moved = (np.where(allowed, np.reshape(gain, (-1, 1)), 0.0) for gain in (area, np.ones(len(area))))
    first, last = (freed_parts, moved) if objective == "land" else (moved, freed_parts)
    rows, columns = _best_in_turn(-first, np.where(allowed, costs, 0.0), -last)
    kept = allowed[rows, columns]
    rows, columns = rows[kept], columns[kept]
    matches = _matches(holders, premises, rows, columns)
    freed = measure_swap(matches[["parcel_id", "premises_id"]], holders, premises, forbidden=forbidden)
    left = np.setdiff1d(np.arange(len(holders)), rows)
    told = holders["needed_floor_area_m2"].notna() & holders["land_use_group"].notna()
    reasons = [_reason(int(row), bool(told.iloc[row]), stages) for row in left]
    unmatched = holders.iloc[left][["parcel_id", "holder", "area_m2"]].reset_index(drop=True)
    unmatched = unmatched.assign(reason=pd.Series(reasons, dtype="str")).sort_values("parcel_id", ignore_index=True)
    unused = sorted(premises["premises_id"].drop(premises.index[columns]))
    twice = Decimal(f"{doubled_among(claims, matches['parcel_id'].astype('str')):.6f}")
    return SwapResult(
        objective, matches, unmatched, tuple(unused), freed - twice, len(matches), preference,
        Decimal(int(costs[rows, columns].sum())) / PARTS, why, twice,
    )  # fmt: skip


def _given_away(
    holders: pd.DataFrame, premises: pd.DataFrame, values: pd.DataFrame, allowed: Any
) -> tuple[Any, Literal["value_cny", "floor_area_m2"], str]:
    """Return what each pair gives away in whole hundredths, of what, and why not of value where it is not of that."""
    offered = allowed.any(axis=0) | (not allowed.any())  # where nothing can be given, all that is there
    money = pd.to_numeric(values["value_cny"], errors="coerce").to_numpy(dtype="float64")
    basis = values["value_basis"][offered]
    why = ""
    if not (money[offered] >= 0).all():
        why = "value_missing"
    elif basis.isna().any():
        why = "value_basis_missing"
    elif len(set(basis)) > 1:
        why = "value_basis_differs"
    if not why:
        return np.broadcast_to(np.rint(np.nan_to_num(money) * PARTS), allowed.shape), "value_cny", ""
    floor, need = premises["floor_area_m2"].to_numpy(dtype="float64"), holders["needed_floor_area_m2"]
    beyond = floor[None, :] - np.nan_to_num(need.to_numpy(dtype="float64"))[:, None]
    return np.rint(np.where(allowed, beyond, 0.0) * PARTS), "floor_area_m2", why


def _best_in_turn(*losses: Any) -> tuple[Any, Any]:
    """Return an assignment of least loss, among those one of least second loss, and so on; all are whole numbers.

    Every assignment of least loss uses only pairs that are tight under any optimal prices, and every perfect one of
    tight pairs is such an assignment: so the next loss is looked at among those pairs. Prices are the shortest ways
    between the columns of the answer (there is no way round that gains: it is the best).
    """
    from scipy.optimize import linear_sum_assignment

    shape = losses[0].shape
    size = max(shape)
    padding = [(0, size - length) for length in shape]
    tight = np.ones((size, size), dtype=bool)
    column_of = np.arange(size)
    for loss in losses:
        left = np.where(tight, np.pad(loss, padding), np.inf)
        _, column_of = linear_sum_assignment(left)
        own = left[np.arange(size), column_of]
        steps = left[:, column_of] - own[:, None]  # row i in place of row k: to k's column from its own
        price = np.zeros(size)
        for _ in range(size):
            shorter = np.minimum(price, (price[:, None] + steps).min(axis=0, initial=np.inf))
            if (shorter == price).all():
                break
            price = shorter
        of_column = np.empty(size)
        of_column[column_of] = price
        tight = left - (own - price)[:, None] - of_column[None, :] == 0
    rows = np.arange(size)
    inside = (rows < shape[0]) & (column_of < shape[1])
    return rows[inside], column_of[inside]


def _ordered(table: pd.DataFrame, columns: tuple[str, ...], key: str) -> pd.DataFrame:
    """Return the columns in the order of what is known of each row, so that neither rows' order nor ids decide."""
    lacking = [name for name in columns if name not in table.columns]
    if lacking:
        raise SchemaError("swap_columns_missing", columns=lacking, table=key.removesuffix("_id"))
    doubled = table[key][table[key].duplicated() | table[key].isna()]
    if len(doubled):
        raise SchemaError("swap_ids_doubled", column=key, ids=sorted({str(value) for value in doubled}))
    facts = [name for name in columns if name not in {key, "holder"}]
    return table[list(columns)].sort_values([*facts, key], ignore_index=True)


def _stages(holders: pd.DataFrame, premises: pd.DataFrame, forbidden: set[Pair]) -> list[tuple[str, Any]]:
    """Return the conditions one after another, each mask with those before it: holders × premises."""
    need = holders["needed_floor_area_m2"].to_numpy(dtype="float64")[:, None]
    by, there = holders["needed_by_date"].to_numpy()[:, None], premises["available_date"].to_numpy()[None, :]
    use, offered = (table["land_use_group"].to_numpy(dtype=object) for table in (holders, premises))
    shape = (len(holders), len(premises))
    banned = [[(one, other) in forbidden for other in premises["premises_id"]] for one in holders["parcel_id"]]
    conditions = {
        "need_unknown": ~np.isnan(need) & ~pd.isna(use)[:, None],
        "no_such_use": offered[None, :] == use[:, None],
        "too_small": premises["floor_area_m2"].to_numpy(dtype="float64")[None, :] >= need,
        "too_late": pd.isna(by) | (~pd.isna(there) & (there <= by)),
        "forbidden": ~np.array(banned, dtype=bool).reshape(shape),
    }
    stages: list[tuple[str, Any]] = []
    allowed = np.ones(shape, dtype=bool)
    for name, mask in conditions.items():
        allowed = allowed & mask
        stages.append((name, allowed))
    return stages


def _reason(row: int, need_known: bool, stages: list[tuple[str, Any]]) -> str:
    """Return the first condition that leaves a holder none of the premises."""
    if not need_known:
        return "need_unknown"
    return next((name for name, mask in stages[1:] if not mask[row].any()), "taken")


def _matches(holders: pd.DataFrame, premises: pd.DataFrame, rows: Any, columns: Any) -> pd.DataFrame:
    one = holders.iloc[rows].reset_index(drop=True)
    other = premises.iloc[columns].drop(columns="land_use_group").reset_index(drop=True)
    both: pd.DataFrame = pd.concat([one, other], axis=1)[MATCH_COLUMNS]
    return both.sort_values("parcel_id", ignore_index=True)


def measure_swap(
    pairs: pd.DataFrame, holders: pd.DataFrame, premises: pd.DataFrame, *, forbidden: Collection[Pair] = ()
) -> Decimal:
    """Return the m² that given matches free, after looking at every condition again, pair by pair.

    Parameters
    ----------
    pairs
        parcel_id, premises_id.
    holders, premises, forbidden
        As for `solve_swap`.

    Raises
    ------
    InfeasibleError
        If a pair breaks a condition, or a parcel or premises occurs twice.
    """
    parcels = {row["parcel_id"]: row for row in holders.to_dict("records")}
    offers = {row["premises_id"]: row for row in premises.to_dict("records")}
    seen: set[str] = set()
    freed = Decimal(0)
    for parcel_id, premises_id in zip(pairs["parcel_id"], pairs["premises_id"], strict=True):
        holder, offer = parcels[parcel_id], offers[premises_id]
        broken = [
            name
            for name, holds in (
                ("one_each", not {f"h{parcel_id}", f"p{premises_id}"} & seen),
                ("use", holder["land_use_group"] == offer["land_use_group"]),
                ("area", offer["floor_area_m2"] >= holder["needed_floor_area_m2"]),
                ("date", pd.isna(holder["needed_by_date"]) or offer["available_date"] <= holder["needed_by_date"]),
                ("forbidden", (parcel_id, premises_id) not in set(forbidden)),
            )
            if not holds
        ]
        if broken:
            raise InfeasibleError("swap_broken", parcel=parcel_id, premises=premises_id, conditions=broken)
        seen |= {f"h{parcel_id}", f"p{premises_id}"}
        freed += Decimal(square_mm(holder["area_m2"])) / SQUARE_MM
    return freed
