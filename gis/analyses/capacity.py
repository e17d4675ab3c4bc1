"""Capacity that the planning conditions allow and that is not used: floor area and ground under buildings.

A figure, not a verdict: no text sets a share from which unused capacity would make land underused.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.idle_status import joined_names

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CAPACITY_COLUMNS", "doubled_capacity", "measure_unused_capacity"]

CAPACITY_COLUMNS = (
    "parcel_id", "zone_id", "legal_area_m2", "planned_far", "permitted_floor_m2", "counted_floor_area_m2",
    "unused_floor_m2", "excess_floor_m2", "floor_use_ratio", "planned_coverage_ratio", "permitted_footprint_m2",
    "footprint_m2", "unused_footprint_m2", "excess_footprint_m2", "coverage_ratio", "capacity_missing",
)  # fmt: skip
DIGITS = 6
#: Kind of capacity → the plan's limit.
LIMITS = {"floor": "planned_far", "footprint": "planned_coverage_ratio"}


def measure_unused_capacity(parcels: pd.DataFrame) -> pd.DataFrame:
    """Return planned against built floor area and ground of the parcels that have planning conditions.

    Parameters
    ----------
    parcels
        Canonical table ``parcels``, with ``zone_id``.

    Returns
    -------
    `CAPACITY_COLUMNS`, a row a parcel inside a zone that has a planned FAR or coverage, by id::

        permitted_floor_m2 = planned_far × legal_area_m2
        unused_floor_m2    = max(0, permitted − counted), excess_floor_m2 = max(0, counted − permitted)
        floor_use_ratio    = counted / permitted

    and the same of the ground under buildings, with the planned coverage. What is not known is missing,
    and named; floor area that no table tells is not 0.

    Examples
    --------
    >>> from gis.issues import IssueLog
    >>> from gis.schema import conform
    >>> raw = {"parcel_id": ["1"], "zone_id": ["Z"], "legal_area_m2": [10_000.0], "planned_far": [2.0],
    ...        "counted_floor_area_m2": [5_000.0]}
    >>> found = measure_unused_capacity(conform(pd.DataFrame(raw), "parcels", issues=IssueLog())).iloc[0]
    >>> float(found["unused_floor_m2"]), float(found["floor_use_ratio"]), found["capacity_missing"]
    (15000.0, 0.25, 'planned_coverage_ratio;footprint_m2')
    """
    planned = parcels["planned_far"].notna() | parcels["planned_coverage_ratio"].notna()
    own = parcels[planned & parcels["zone_id"].notna()].sort_values("parcel_id", ignore_index=True)
    table: dict[str, Any] = {name: own[name] for name in CAPACITY_COLUMNS if name in own.columns}
    table |= _compared(own, "planned_far", "counted_floor_area_m2", ("floor", "floor_use_ratio"))
    table |= _compared(own, "planned_coverage_ratio", "footprint_m2", ("footprint", ""))
    land = own["legal_area_m2"]
    table["coverage_ratio"] = own["footprint_m2"] / land.where(land > 0)
    table["capacity_missing"] = joined_names(list(_missing(own)), own.index)
    return pd.DataFrame(table)[list(CAPACITY_COLUMNS)]


def doubled_capacity(capacity: pd.DataFrame, claims: pd.DataFrame | None, kind: str) -> float:
    """Return the permitted floor (or ground under buildings) that plans state more than once for claimed ground.

    Of each piece of ground the least of its claimants' plans counts, whoever holds it; what the others permit there
    is returned, in m².

    Parameters
    ----------
    capacity
        Rows of `measure_unused_capacity`.
    claims
        The table ``claims`` of the idle-land balance, None where no ground is claimed by several.
    kind
        ``floor`` or ``footprint``.
    """
    if claims is None or not len(capacity):
        return 0.0
    ratio = capacity.set_index(capacity["parcel_id"].astype("str"))[LIMITS[kind]].astype("float64")
    own = claims.assign(permitted=claims["parcel_id"].map(ratio) * claims["area_m2"]).dropna(subset=["permitted"])
    faces = own.groupby("face_id")["permitted"]
    return round(math.fsum(faces.sum() - faces.min()), DIGITS)


def _compared(own: pd.DataFrame, limit: str, used: str, names: tuple[str, str]) -> dict[str, Any]:
    name, ratio = names
    permitted = (own[limit] * own["legal_area_m2"]).round(DIGITS)
    left = (permitted - own[used]).round(DIGITS)
    columns = {
        f"permitted_{name}_m2": permitted,
        f"unused_{name}_m2": left.clip(lower=0.0),
        f"excess_{name}_m2": (-left).clip(lower=0.0) + 0.0,
    }
    if ratio:
        columns[ratio] = own[used] / permitted.where(permitted > 0)
    return columns


def _missing(own: pd.DataFrame) -> Iterable[tuple[Any, str]]:
    names = ("legal_area_m2", "planned_far", "counted_floor_area_m2", "planned_coverage_ratio", "footprint_m2")
    return ((np.asarray(own[name].isna()), name) for name in names)
