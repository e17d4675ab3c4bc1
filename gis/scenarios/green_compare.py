"""Two scenarios side by side, by parcel and by zone: rows that add up exactly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pandas as pd

from gis.analyses.findings import exact_m2
from gis.errors import SchemaError
from gis.scenarios.green_table import ScenarioState
from gis.scenarios.problem import as_decimal, exact

__all__ = ["COMPARE_COLUMNS", "compare_scenarios"]

COMPARE_COLUMNS = ["level", "id", "zone_id", "first_m2", "second_m2", "difference_m2", "first_ratio", "second_ratio"]


def compare_scenarios(first: ScenarioState, second: ScenarioState) -> pd.DataFrame:
    """Compare two scenarios by parcel and by zone; the rows add up exactly.

    A zone's green is the sum of its parcels, less what several of them claim (``claimed``), and of ``other``, what a
    cap on converted roofs takes off; each has a row of its own where there is any.

    Returns
    -------
    level (``parcel``, ``claimed``, ``other`` or ``zone``), id, zone_id, first_m2, second_m2, difference_m2,
    first_ratio, second_ratio. All m² are `decimal.Decimal` with six places, so that Σ of the rows of a
    zone is its row, exactly.

    Raises
    ------
    SchemaError
        If the scenarios are not of the same parcels on the same area basis.
    """
    one, other = first.parcels.set_index("parcel_id"), second.parcels.set_index("parcel_id")
    places = one["zone_id"].equals(other["zone_id"]) and set(first.zones["zone_id"]) == set(second.zones["zone_id"])
    if list(one.index) != list(other.index) or not places or first.balance.area_basis != second.balance.area_basis:
        raise SchemaError("scenarios_differ", first=first.name, second=second.name)
    rows = [
        _pair("parcel", key, zone, (exact_m2([a]), exact_m2([b])), areas)
        for key, zone, a, b, *areas in zip(
            one.index, one["zone_id"], one["green_m2"], other["green_m2"], one["area_m2"], other["area_m2"], strict=True
        )
    ]
    for left, right in zip(
        *(side.zones.sort_values("zone_id").to_dict("records") for side in (first, second)), strict=True
    ):
        zone = left["zone_id"]
        totals = exact_m2([left["green_m2"]]), exact_m2([right["green_m2"]])
        own = [row for row in rows if row["zone_id"] == zone and row["level"] == "parcel"]
        sums = [sum((exact(row[side]) for row in own), Fraction(0)) for side in ("first_m2", "second_m2")]
        claimed = -exact_m2([left["green_claimed_m2"]]), -exact_m2([right["green_claimed_m2"]])
        if any(claimed):
            rows.append(_pair("claimed", zone, zone, claimed, (None, None)))
        rest = totals[0] - sums[0] - claimed[0], totals[1] - sums[1] - claimed[1]
        if any(rest):
            rows.append(_pair("other", zone, zone, rest, (None, None)))
        rows.append(_pair("zone", zone, zone, totals, (left["land_m2"], right["land_m2"])))
    return pd.DataFrame(rows, columns=COMPARE_COLUMNS)


def _pair(level: str, key: str, zone: str, green: tuple[Fraction, Fraction], land: Sequence[Any]) -> dict[str, Any]:
    ratios = [float(amount / exact(area)) if area else None for amount, area in zip(green, land, strict=True)]
    return {
        "level": level, "id": key, "zone_id": zone, "first_m2": as_decimal(green[0]), "second_m2": as_decimal(green[1]),
        "difference_m2": as_decimal(green[1] - green[0]), "first_ratio": ratios[0], "second_ratio": ratios[1],
    }  # fmt: skip
