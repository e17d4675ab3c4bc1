"""Green inside a zone that lies in no parcel: its land is in the denominator of the ratio, it is in no numerator."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.analyses.findings import Balance, Figure

if TYPE_CHECKING:
    from collections.abc import Collection

    from gis.overlay import Claims

__all__ = ["with_green_outside"]

#: Of one green space, less than this is what rounding of its pieces leaves, not ground.
ROUNDING_M2 = 1e-5
DIGITS = 6


def with_green_outside(
    balance: Balance, in_zones: pd.DataFrame, in_parcels: pd.DataFrame, *, green_spaces: Any, claims: Claims,
    claimed_green: pd.DataFrame, counted: Collection[str],
) -> Balance:  # fmt: skip
    """Return a green balance with what lies in no parcel of its zone, each m² once.

    Parameters
    ----------
    balance
        From `gis.evaluate_green_ratio`.
    in_zones, in_parcels
        ``gis.intersect_pairs`` of zones and of the parcels inside them with one green layer without double cover.
    green_spaces
        Canonical table: green_id, green_kind, source_file, source_row.
    claims, claimed_green
        Ground that several parcels claim, and ``gis.intersect_pairs`` of its faces with the same green.
    counted
        Kinds that count.

    Returns
    -------
    The balance with two more columns of zones, ``green_outside_m2`` of kinds that count and
    ``green_outside_not_counted_m2`` of the others, and, where there is any, a figure each, a row a green space.
    """
    zone_of = balance.parcels.set_index(balance.parcels["parcel_id"].astype("str"))["zone_id"]
    parts = [
        in_zones.assign(zone_id=in_zones["source_id"], value=in_zones["area_m2"]),
        in_parcels.assign(zone_id=in_parcels["source_id"].map(zone_of), value=-in_parcels["area_m2"]),
    ]
    if len(claimed_green):
        members = claims.members.groupby("face_id")
        parts.append(claimed_green.assign(
            zone_id=claimed_green["source_id"].map(members["zone_id"].first()),
            value=claimed_green["area_m2"] * (claimed_green["source_id"].map(members.size()) - 1),
        ))  # fmt: skip
    terms = pd.concat([part[["zone_id", "target_id", "value"]] for part in parts if len(part)] or [parts[0]])
    left = terms.groupby(["zone_id", "target_id"])["value"].agg(math.fsum).round(DIGITS).reset_index()
    green = green_spaces.drop_duplicates("green_id").set_index("green_id")
    counts = left["target_id"].map(green["green_kind"]).isin(set(counted))
    rows = pd.DataFrame({
        "entity_id": left["target_id"], "value": left["value"], "clause": "", "as_of": balance.as_of.isoformat(),
        **{name: left["target_id"].map(green[name]) for name in ("source_file", "source_row")},
    })  # fmt: skip
    sums: dict[str, list[float]] = {}
    figures = []
    for name, kept in (("green_outside_m2", counts), ("green_outside_not_counted_m2", ~counts)):
        sums[name] = []
        for zone_id in balance.zones["zone_id"]:
            own = rows[kept & (left["zone_id"] == zone_id) & (left["value"] > ROUNDING_M2)].reset_index(drop=True)
            sums[name].append(math.fsum(own["value"]))
            figures += [Figure.of_sum(name, zone_id, own)] if len(own) else []
    return dataclasses.replace(balance, zones=balance.zones.assign(**sums), figures=(*balance.figures, *figures))
