"""The certificate of an answer: everything that is needed to prove it, without the solver and without trust."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gis.errors import InfeasibleError
from gis.scenarios.certificate_check import check_certificate, derived, digest_of
from gis.scenarios.highs import highs_version
from gis.scenarios.solving import Solution, problem_record, question_of

__all__ = ["build_certificate", "certificate_text"]


def build_certificate(
    solution: Solution,
    *,
    scenario: str = "",
    as_of: str = "",
    area_basis: str = "",
    fingerprints: Mapping[str, str] = {},
) -> dict[str, Any]:
    """Return the certificate of an answer, checked.

    Parameters
    ----------
    solution
        From `gis.scenarios.solve_green`.
    scenario, as_of, area_basis, fingerprints
        What it is of, and what it was made from.

    Raises
    ------
    InfeasibleError
        If it does not prove what it says: a defect.

    Examples
    --------
    >>> from fractions import Fraction as F
    >>> from gis.scenarios import ParcelChoice, Problem, ZoneTarget, solve_green
    >>> parcel = ParcelChoice("A", "Z", F(100), F(0), F(0), F(0), F(30), F(3))
    >>> content = build_certificate(solve_green(Problem((ZoneTarget("Z", F(100), F(1, 5)),), (parcel,))))
    >>> content["derived"]["sentences"]["en"][-1]
    'Each m² more of the target of zone Z raises the least cost by at least 3 CNY.'
    """
    question = question_of(solution.problem)
    claimed = solution.solver_bound
    solver = {
        "name": f"HiGHS {highs_version()}",
        "claimed_bound": None if claimed is None else f"{claimed:.6f}",
    }
    content: dict[str, Any] = {
        "zonegis_certificate": 2,
        "scenario": scenario,
        "as_of": as_of,
        "area_basis": area_basis,
        "fingerprints": dict(fingerprints or {}),
        "problem": problem_record(solution.problem),
        "answer": {key: str(green) for key, green in solution.green_m2.items()},
        "prices": {key: str(price) for key, price in solution.prices.items()},
        "budget_price": str(solution.budget_price),
        "roof_prices": {key: str(price) for key, price in solution.roof_prices.items()},
        "solver": solver,
        "derived": derived(
            question, solution.green_m2, solution.prices, solution.budget_price, solution.roof_prices, solver
        ),
    }
    content["sha256"] = digest_of(content)
    faults = check_certificate(content)
    if faults:
        raise InfeasibleError("certificate_unsound", problems=faults)
    return content


def certificate_text(content: Mapping[str, Any]) -> str:
    """Return a certificate as the text of its file."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
