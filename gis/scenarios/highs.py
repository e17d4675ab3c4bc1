"""HiGHS: the only module that knows the solver. Floats go in, floats come out; nothing here is proof."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from gis.errors import InfeasibleError

__all__ = ["Asked", "Told", "ask_highs", "highs_version"]

#: The search ends after this many nodes, not after a time: the same question gets the same answer.
MOST_NODES = 2_000


@dataclasses.dataclass(frozen=True)
class Asked:
    """A linear programme: minimise cost · x, lower ≤ x ≤ upper, row_lower ≤ A x ≤ row_upper.

    ``columns``, ``rows`` and ``values`` are the entries of A; ``whole`` marks the columns that must be integers.
    """

    cost: Any
    lower: Any
    upper: Any
    row_lower: Any
    row_upper: Any
    rows: Any
    columns: Any
    values: Any
    whole: Any | None = None


@dataclasses.dataclass(frozen=True)
class Told:
    """What the solver answers: values, dual values of the rows (none with integers), objective and bound."""

    values: Any
    prices: Any
    objective: float
    bound: float


def _quiet_solver() -> Any:
    """Return a solver that prints nothing: turning its callbacks on writes a banner to standard output."""
    import highspy

    class Quiet(highspy.Highs):  # type: ignore[misc]
        def enableCallbacks(self) -> None:  # noqa: N802 - HiGHS's name
            """Leave them off."""

    return Quiet()


def highs_version() -> str:
    """Return the version of the solver."""
    return str(_quiet_solver().version())


def ask_highs(asked: Asked, *, gap_ratio: float = 0.0) -> Told | None:
    """Solve a programme; None where the solver says that there is no solution.

    Parameters
    ----------
    asked
        The programme.
    gap_ratio
        With integers, the search may end when the objective is this near to its bound.

    Raises
    ------
    InfeasibleError
        If the solver ends without an answer.
    """
    import highspy

    solver = _quiet_solver()
    # Tolerances are HiGHS's own: tighter ones cost minutes, and the answer is taken to exact numbers anyway.
    options = {
        "output_flag": False, "threads": 1, "random_seed": 0, "mip_rel_gap": gap_ratio,
        "mip_abs_gap": 0.0 if gap_ratio == 0 else 1e-6, "mip_max_nodes": MOST_NODES,
    }  # fmt: skip
    for name, value in options.items():
        solver.setOptionValue(name, value)
    whole = None if asked.whole is None or not np.any(asked.whole) else np.asarray(asked.whole)
    solver.passModel(_model(highspy, asked, whole))
    solver.run()
    status = solver.getModelStatus()
    found = highspy.HighsModelStatus
    if status in {found.kInfeasible, found.kUnboundedOrInfeasible}:
        return None
    info, solution = solver.getInfo(), solver.getSolution()
    fine = {found.kOptimal, found.kSolutionLimit, found.kIterationLimit}
    if status not in fine or not len(solution.col_value) or info.primal_solution_status != 2:
        raise InfeasibleError("solver_without_answer", status=solver.modelStatusToString(status))
    bound = info.mip_dual_bound if whole is not None else info.objective_function_value
    prices = np.zeros(len(asked.row_lower)) if whole is not None else np.array(solution.row_dual)
    return Told(np.array(solution.col_value), prices, float(info.objective_function_value), float(bound))


def _model(highspy: Any, asked: Asked, whole: Any) -> Any:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(asked.cost), len(asked.row_lower)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = (_floats(part) for part in (asked.cost, asked.lower, asked.upper))
    lp.row_lower_, lp.row_upper_ = _floats(asked.row_lower), _floats(asked.row_upper)
    columns, rows = np.asarray(asked.columns, dtype=np.int32), np.asarray(asked.rows, dtype=np.int32)
    order = np.lexsort((rows, columns))
    counts = np.bincount(columns, minlength=lp.num_col_)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    lp.a_matrix_.index_ = rows[order]
    lp.a_matrix_.value_ = _floats(asked.values)[order]
    if whole is not None:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(flag)] for flag in whole]
    return lp


def _floats(values: Sequence[Any]) -> Any:
    return np.array([float(value) for value in values], dtype="float64")
