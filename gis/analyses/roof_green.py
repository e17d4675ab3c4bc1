"""Green on roofs: converted by a dated table where the rules count it, listed with its reasons where not."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.findings import exact_m2
from gis.regulations import holds, roof_scheme

if TYPE_CHECKING:
    from gis.regulations import Rulebook

__all__ = ["ROOF", "ROOF_COLUMNS", "convert_roofs", "over_cap_m2", "roofs_from_m2", "withhold_roofs"]

ROOF = "roof"
MM2_A_M2 = 10**6
ROOF_COLUMNS = [
    "parcel_id", "green_id", "zone_id", "area_m2", "roof_height_m", "roof_green_kind", "coefficient", "credited_m2",
    "roof_ground", "source_file", "source_row",
]  # fmt: skip


def convert_roofs(pieces: pd.DataFrame, green_spaces: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    """Return the pieces of green with what each counts for.

    ``credited_m2 = area_m2 × coefficient``; on the ground the coefficient is 1, on roofs that of
    `gis.regulations.RoofScheme`.

    Parameters
    ----------
    pieces
        A row a parcel and green space: green_id, green_kind, area_m2.
    green_spaces
        Canonical table; ``roof_height_m`` and ``roof_green_kind`` may be absent.
    rules
        Names the table: ``green.roof_scheme``; asked only where there are roofs.

    Returns
    -------
    The same rows with roof_height_m, roof_green_kind, coefficient, converted_m2 (before anything is withheld),
    credited_m2, and roof_ground: why a
    roof counts for nothing (what is missing, or ``not_stated``), or empty.
    """
    table = pieces.assign(coefficient=1.0, credited_m2=pieces["area_m2"], roof_ground="")
    green = green_spaces.drop_duplicates("green_id").set_index("green_id")
    for column in ("roof_height_m", "roof_green_kind"):
        known = green[column] if column in green.columns else pd.Series(index=green.index, dtype="object")
        table[column] = pieces["green_id"].map(known)
    table["roof_height_m"] = table["roof_height_m"].astype("float64")
    roofs = (pieces["green_kind"] == ROOF).to_numpy()
    if not roofs.any():
        return table.assign(converted_m2=table["credited_m2"])
    scheme = roof_scheme(rules.get("green.roof_scheme").value)
    found = [
        scheme.coefficient(height, kind if isinstance(kind, str) else None)
        for height, kind in zip(table.loc[roofs, "roof_height_m"], table.loc[roofs, "roof_green_kind"], strict=True)
    ]
    factors = [Fraction(0) if factor is None else factor for factor, _ in found]
    table.loc[roofs, "roof_ground"] = [ground for _, ground in found]
    table.loc[roofs, "coefficient"] = [float(factor) for factor in factors]
    areas = table.loc[roofs, "area_m2"]
    credited = [float(factor * exact_m2([area])) for factor, area in zip(factors, areas, strict=True)]
    table.loc[roofs, "credited_m2"] = np.round(credited, 6)
    return table.assign(converted_m2=table["credited_m2"])


def withhold_roofs(pieces: pd.DataFrame, parcels: pd.DataFrame, counted: set[str], rules: Rulebook) -> pd.DataFrame:
    """Count no roof of a parcel whose green on the ground is short of the least share of its own requirement.

    ``ground green ≥ least share × floor · area`` (``green.roof_least_ground_share``), compared exactly.

    Parameters
    ----------
    pieces
        From `convert_roofs`.
    parcels
        parcel_id, area_m2 and floor_ratio.
    counted
        Kinds of green that count.
    """
    roofs = pieces["green_kind"] == ROOF
    if not roofs.any() or ROOF not in counted:
        return pieces
    ground = pieces[pieces["green_kind"].isin(counted - {ROOF})]
    own = {key: exact_m2(rows) for key, rows in ground.groupby("parcel_id")["area_m2"]}
    floors = dict(zip(parcels["parcel_id"], zip(parcels["area_m2"], parcels["floor_ratio"], strict=True), strict=True))
    short = set()
    for parcel in pieces.loc[roofs, "parcel_id"].unique():
        area, floor = floors[parcel]
        if own.get(parcel, Fraction(0)) < roofs_from_m2(exact_m2([area]), Fraction(str(floor)), rules):
            short.add(parcel)
    withheld = roofs & pieces["parcel_id"].isin(short) & (pieces["roof_ground"] == "")
    return pieces.assign(
        credited_m2=pieces["credited_m2"].mask(withheld, 0.0),
        roof_ground=pieces["roof_ground"].mask(withheld, "ground_green_short"),
    )


def roofs_from_m2(area_m2: Fraction, floor_ratio: Fraction, rules: Rulebook) -> Fraction:
    """Return the least green on the ground, in whole mm², with which the roofs of a parcel are converted.

    ``least share × floor · area`` (``green.roof_least_ground_share``), and one mm² more where the share itself
    is not enough.
    """
    least = rules.get("green.roof_least_ground_share")
    assert least.bound is not None  # noqa: S101 - a ratio has a bound
    required = floor_ratio * area_m2
    if not required:
        return Fraction(0)
    whole = Fraction(math.ceil(least.value * required * MM2_A_M2), MM2_A_M2)
    return whole if holds(least.bound, whole / required, least.value) else whole + Fraction(1, MM2_A_M2)


def over_cap_m2(credited: Any, required: Fraction, cap: Fraction) -> Fraction:
    """Return how much credited roof green is above its share of a zone's requirement, in whole mm², rounded up.

    Examples
    --------
    >>> float(over_cap_m2([30.0, 20.0], Fraction(100), Fraction(2, 5)))
    10.0
    """
    over = exact_m2(credited) - cap * required
    return max(Fraction(0), Fraction(math.ceil(over * MM2_A_M2), MM2_A_M2))
