"""Which surplus covers which deficit: least m² · m, no m² pledged twice, and who depends on whom.

A parcel above its reference (the zone's target, or its own floor where it has one) has a surplus; one
below has a deficit. The transport problem moves each m² of deficit to a donor over the least distance.
Its solutions at a corner are whole wherever supplies and demands are, so that in mm² they are exact.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.errors import InfeasibleError, SchemaError
from gis.scenarios.highs import Asked, ask_highs
from gis.scenarios.problem import as_decimal, ceil_mm2, exact

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["Pledges", "dependants", "measure_pledges", "pair_surplus"]

PLEDGE_COLUMNS = ["donor_id", "receiver_id", "pledged_m2", "distance_m"]
#: A distance is taken to the millimetre.
MM = 1000


@dataclasses.dataclass(frozen=True)
class Pledges:
    """The pledges of one zone.

    Attributes
    ----------
    pledges
        donor_id, receiver_id, pledged_m2 (`decimal.Decimal`), distance_m; by receiver and donor.
    uncovered
        receiver → m² of its deficit that no surplus is left for.
    spare
        donor → m² of its surplus that are pledged to nobody.
    moved_m2_m
        Σ pledged · distance, the least there is.
    """

    zone_id: str
    pledges: pd.DataFrame
    uncovered: dict[str, Decimal]
    spare: dict[str, Decimal]
    moved_m2_m: Decimal


def pair_surplus(table: pd.DataFrame, land: GeoDataFrame, *, zone_id: str, target_ratio: Any) -> Pledges:
    """Pair the surplus and the deficits of a zone over the least distance.

    ``surplus or deficit = green − reference``, the reference being the parcel's own floor where it has one,
    else ``target · area`` up to the mm²; ``least Σ pledged · distance``, between points inside the parcels.

    Parameters
    ----------
    table
        A scenario table (see `gis.scenarios.build_scenario_table`).
    land
        The parcels with their shapes.
    zone_id, target_ratio
        The zone, and its target as a ratio or text such as ``"20%"``.

    Raises
    ------
    SchemaError
        If the zone has no parcel.
    InfeasibleError
        If the pledges do not stand when they are measured again: a defect.
    """
    own = table[table["zone_id"] == zone_id].sort_values("parcel_id")
    if own.empty:
        raise SchemaError("frontier_zone_unknown", zone=zone_id, choices=sorted(set(table["zone_id"])))
    target = exact(target_ratio)
    margin = {row["parcel_id"]: exact(row["green_m2"]) - _reference(row, target) for row in own.to_dict("records")}
    donors = {key: value for key, value in margin.items() if value > 0}
    receivers = {key: -value for key, value in margin.items() if value < 0}
    points = dict(zip(land["parcel_id"], land.geometry.representative_point(), strict=True))
    distance = {(d, r): round(points[d].distance(points[r]) * MM) for d in donors for r in receivers}
    flows = _transport(donors, receivers, distance) if donors and receivers else {}
    rows = [
        {"donor_id": donor, "receiver_id": receiver, "pledged_m2": as_decimal(amount),
         "distance_m": distance[donor, receiver] / MM} for (donor, receiver), amount in flows.items()
    ]  # fmt: skip
    pledges = pd.DataFrame(rows, columns=PLEDGE_COLUMNS).sort_values(["receiver_id", "donor_id"], ignore_index=True)
    moved = sum((amount * distance[pair] for pair, amount in flows.items()), Fraction(0)) / MM
    left = measure_pledges(pledges, donors, receivers)
    return Pledges(zone_id, pledges, left[1], left[0], Decimal(moved.numerator) / Decimal(moved.denominator))


def _reference(row: Mapping[Any, Any], target: Fraction) -> Fraction:
    if row["floor_source"] != "none":
        return exact(row["floor_m2"])
    return ceil_mm2(target * exact(row["area_m2"]))


def _transport(
    donors: Mapping[str, Fraction], receivers: Mapping[str, Fraction], distance: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str], Fraction]:
    """Return the flows in exact numbers; as much as can be is moved, then over the least distance.

    The lesser side is met in full. Flows of the solver are taken to the grid; what rounding left is settled
    on flows that are already there.
    """
    pairs = list(distance)
    give, take = sum(donors.values(), Fraction(0)), sum(receivers.values(), Fraction(0))
    names = [("d", key) for key in donors] + [("r", key) for key in receivers]
    place = {name: number for number, name in enumerate(names)}
    most = [float(amount) for amount in (*donors.values(), *receivers.values())]
    full = "d" if give <= take else "r"
    least = [amount if name[0] == full else 0.0 for name, amount in zip(names, most, strict=True)]
    columns = np.repeat(np.arange(len(pairs)), 2)
    rows = np.array([number for d, r in pairs for number in (place["d", d], place["r", r])])
    cost = [float(distance[pair]) for pair in pairs]
    told = ask_highs(
        Asked(cost, [0.0] * len(pairs), [np.inf] * len(pairs), least, most, rows, columns, [1.0] * len(rows))
    )
    if told is None:
        raise InfeasibleError("pledges_broken", ids=[])
    left = {(side, key): amount for side, own in (("d", donors), ("r", receivers)) for key, amount in own.items()}
    found = np.asarray(told.values)
    flows: dict[tuple[str, str], Fraction] = {}
    used = [number for number in np.argsort(-found, kind="stable") if found[number] > 1e-6]
    # The flows of the solver to the grid, then what rounding left: on those flows, else over the nearest pairs.
    nearest = sorted(range(len(pairs)), key=lambda number: (cost[number], pairs[number]))
    for settle, numbers in ((False, used), (True, used), (True, nearest)):
        for number in numbers:
            donor, receiver = pairs[number]
            room = min(left["d", donor], left["r", receiver])
            amount = room if settle else min(room, Fraction(round(found[number] * 10**6), 10**6))
            if amount > 0:
                flows[donor, receiver] = flows.get((donor, receiver), Fraction(0)) + amount
                left["d", donor] -= amount
                left["r", receiver] -= amount
    return flows


def measure_pledges(
    pledges: pd.DataFrame, donors: Mapping[str, Fraction], receivers: Mapping[str, Fraction]
) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Return what donors have to spare and what receivers still lack, after looking at every m² again.

    Raises
    ------
    InfeasibleError
        If a m² is pledged twice, more is taken than lacks, or something is left on both sides.
    """
    spare, lack = dict(donors), dict(receivers)
    for row in pledges.to_dict("records"):
        amount = exact(row["pledged_m2"])
        spare[row["donor_id"]] -= amount
        lack[row["receiver_id"]] -= amount
    broken = [key for key, value in (*spare.items(), *lack.items()) if value < 0]
    both = sum(spare.values(), Fraction(0)) > 0 and sum(lack.values(), Fraction(0)) > 0
    if broken or both:
        raise InfeasibleError("pledges_broken", ids=broken or [*spare, *lack])
    return (
        {key: as_decimal(value) for key, value in spare.items() if value > 0},
        {key: as_decimal(value) for key, value in lack.items() if value > 0},
    )


def dependants(pledges: pd.DataFrame, green_m2: Mapping[str, Any], references: Mapping[str, Any]) -> pd.DataFrame:
    """Return the pledges that changed donors no longer cover, each with its receiver: who has to be told.

    A donor whose surplus has shrunk below what it pledged is short by the difference; every receiver of it
    is flagged, for the text does not say who comes first.

    Parameters
    ----------
    pledges
        As made before.
    green_m2, references
        parcel_id → green after the change, and what the parcel itself must have.

    Returns
    -------
    The pledges of such donors with surplus_m2 (after) and short_m2 of the donor.
    """
    rows = []
    for donor, own in pledges.groupby("donor_id", sort=True):
        surplus = max(Fraction(0), exact(green_m2[str(donor)]) - exact(references[str(donor)]))
        short = sum((exact(value) for value in own["pledged_m2"]), Fraction(0)) - surplus
        if short > 0:
            figures = {"surplus_m2": surplus, "short_m2": short}
            told: dict[str, Any] = {name: [as_decimal(value)] * len(own) for name, value in figures.items()}
            rows.append(own.assign(**told))
    columns = [*PLEDGE_COLUMNS, "surplus_m2", "short_m2"]
    return pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)


def references_of(table: pd.DataFrame, target_ratio: Any) -> dict[str, Fraction]:
    """Return what each parcel of a scenario table must have itself (see `pair_surplus`)."""
    rows: Iterable[Any] = table.to_dict("records")
    return {row["parcel_id"]: _reference(row, exact(target_ratio)) for row in rows}
