"""Whether a verdict hangs on the area basis: the same balance, evaluated on the plane and on the ellipsoid."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from gis.errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

    from gis.analyses.findings import Balance

__all__ = ["compare_bases", "flipping_findings"]

KEYS = ["rule", "entity_table", "entity_id"]


def compare_bases(balance: Balance, other: Balance) -> Balance:
    """Return the balance with what each of its findings would be on the other area basis.

    Parameters
    ----------
    balance
        What an ``evaluate_…`` verb returned.
    other
        The same evaluation of zones, parcels and pairs measured on another basis.

    Returns
    -------
    A new balance; its findings have ``other_basis_observed`` and ``other_basis_verdict`` filled in.

    Raises
    ------
    SchemaError
        If the two are not of the same analysis, date, place and entities.
    """
    mine, theirs = balance.findings, other.findings
    same = (balance.name, balance.as_of, balance.place) == (other.name, other.as_of, other.place)
    if not same or not mine[KEYS].reset_index(drop=True).equals(theirs[KEYS].reset_index(drop=True)):
        first, second = (f"{each.name}, {each.area_basis}" for each in (balance, other))
        raise SchemaError("balances_not_comparable", first=first, second=second)
    if not len(mine):
        return balance
    found = mine.assign(other_basis_observed=theirs["observed"], other_basis_verdict=theirs["verdict"])
    return dataclasses.replace(balance, findings=found)


def flipping_findings(findings: pd.DataFrame) -> pd.DataFrame:
    """Return the findings whose verdict is another one on the other area basis."""
    judged = findings["other_basis_verdict"].fillna("").astype("str") != ""
    return findings[judged & (findings["other_basis_verdict"] != findings["verdict"])]
