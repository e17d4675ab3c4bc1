"""Two rule years on one record: whose verdict flips, and how much of the change is law, time, or both.

Four evaluations are compared: the law of a first and a second day, each on the facts of either day.
With A(law, facts) the m² of a status::

    rule effect = A(2, 1) − A(1, 1)        data effect = A(1, 2) − A(1, 1)
    joint = A(2, 2) − A(2, 1) − A(1, 2) + A(1, 1)
    total = A(2, 2) − A(1, 1) = rule effect + data effect + joint

Areas carry six decimals, so all of it is exact in decimals.
"""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from gis.analyses.findings import exact_m2
from gis.analyses.ground import CONTESTED
from gis.analyses.idle_land import ALL_ZONES
from gis.analyses.idle_status import STATUSES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.analyses.findings import Balance

__all__ = ["FOUR", "compare_flips", "compare_status_areas"]

#: (law of, facts of): 1 the first day, 2 the second.
Cell = tuple[Literal[1, 2], Literal[1, 2]]
FOUR: tuple[Cell, ...] = ((1, 1), (2, 1), (1, 2), (2, 2))
KEY = ["analysis", "item", "entity_table", "entity_id"]
EXACT = Decimal("0.000001")
LINES = (*STATUSES, CONTESTED)
FLIP_COLUMNS = [
    *KEY, "zone_id", "area_m2", "verdict_from", "verdict_to", "threshold_from", "threshold_to", "citation_from",
    "citation_to", "verdict_law_alone", "verdict_facts_alone", "effect", "source_file", "source_row",
]  # fmt: skip


def compare_status_areas(four: Mapping[Cell, Balance]) -> pd.DataFrame:
    """Return the m² of each status under the four combinations, and the three effects.

    Parameters
    ----------
    four
        Idle-land balances of the same parcels, by (law, facts).

    Returns
    -------
    zone_id, status, ``law_1_facts_1_m2`` … ``law_2_facts_2_m2``, ``rule_effect_m2``,
    ``data_effect_m2``, ``joint_m2``, ``total_m2``, all `decimal.Decimal` and exact; one row a zone
    and status that occurs in any of the four; ground whose claimants differ in status is ``contested``.
    """
    areas = {cell: _status_areas(four[cell]) for cell in FOUR}
    rows = []
    for zone_id, status in itertools.product(sorted({zone for found in areas.values() for zone, _ in found}), LINES):
        a = {cell: areas[cell].get((zone_id, status), Decimal(0).quantize(EXACT)) for cell in FOUR}
        if not any(a.values()):
            continue
        row: dict[str, object] = {"zone_id": zone_id, "status": status}
        row |= {f"law_{law}_facts_{facts}_m2": a[law, facts] for law, facts in FOUR}
        row["rule_effect_m2"], row["data_effect_m2"] = a[2, 1] - a[1, 1], a[1, 2] - a[1, 1]
        row["joint_m2"] = a[2, 2] - a[2, 1] - a[1, 2] + a[1, 1]
        row["total_m2"] = a[2, 2] - a[1, 1]
        rows.append(row)
    named = [f"law_{law}_facts_{facts}_m2" for law, facts in FOUR]
    columns = ["zone_id", "status", *named, "rule_effect_m2", "data_effect_m2", "joint_m2", "total_m2"]
    return pd.DataFrame(rows, columns=columns)


def _status_areas(balance: Balance) -> dict[tuple[str, str], Decimal]:
    """Return the ground of each status and zone, contested ground as a status of its own."""
    table = balance.tables["ground"]
    found = {}
    for (zone_id, status), rows in table[table["zone_id"] != ALL_ZONES].groupby(["zone_id", "line"], sort=True):
        exact = exact_m2(rows["area_m2"])
        found[str(zone_id), str(status)] = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(EXACT)
    return found


def compare_flips(four: Mapping[Cell, Mapping[str, Balance]]) -> pd.DataFrame:
    """Return every status and verdict that is not the same under the four combinations.

    Parameters
    ----------
    four
        The balances of one run by name, by (law, facts).

    Returns
    -------
    Columns: analysis, item (``status`` or the name of the rule), entity, m², verdict, threshold and
    citation under (1, 1) and (2, 2), the verdict with the law alone changed (2, 1) and with the
    facts alone changed (1, 2), and ``effect``: ``rule``, ``data`` or ``either`` where that alone
    gives the final verdict, ``joint`` where only both do, ``cancelled`` where the verdict is as it was.
    """
    # A law without a green floor makes no green balance: what only some of the four judge can't flip.
    names = [name for name in four[1, 1] if all(name in balances for balances in four.values())]
    tables = {cell: pd.concat([_verdicts(four[cell][name]) for name in names]) for cell in FOUR}
    every = pd.concat(tables.values()).drop_duplicates(KEY)
    result = every[[*KEY, "zone_id", "area_m2", "source_file", "source_row"]].set_index(KEY).sort_index()
    sides: dict[Cell, str] = {(1, 1): "from", (2, 2): "to", (2, 1): "law_alone", (1, 2): "facts_alone"}
    for cell, side in sides.items():
        own = tables[cell].set_index(KEY).reindex(result.index)
        for column in ("verdict", "threshold", "citation"):
            result[f"{column}_{side}"] = own[column].fillna("").astype("str")
    before, after, law, facts = (result[f"verdict_{side}"] for side in ("from", "to", "law_alone", "facts_alone"))
    result["effect"] = np.select(
        [before == after, (law == after) & (facts == after), law == after, facts == after],
        ["cancelled", "either", "rule", "data"],
        default="joint",
    )
    changed = (before != after) | (before != law) | (before != facts)
    return result[changed].reset_index()[FLIP_COLUMNS]


def _verdicts(balance: Balance) -> pd.DataFrame:
    """Return verdicts of every rule, and for idle land the status, in one form."""
    columns = [*KEY, "zone_id", "area_m2", "verdict", "threshold", "citation", "source_file", "source_row"]
    parts = [balance.findings.assign(item=balance.findings["rule"])[columns]]
    if "status" in balance.parcels.columns:
        status = balance.parcels.rename(columns={"parcel_id": "entity_id", "status": "verdict"})
        status = status.assign(analysis=balance.name, item="status", entity_table="parcels", threshold="")
        parts.append(status[columns])
    filled = [part for part in parts if len(part)]
    return pd.concat(filled or parts, ignore_index=True)
