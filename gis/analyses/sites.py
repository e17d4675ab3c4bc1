"""Which land fits a key project: parcels, and neighbours that reach the area together.

Looked at are parcels that are idle, may be found idle, or are approved and not supplied, and surplus
land where it is given. Every condition is met, not met or undetermined; what is not known rules
nothing out and is never met.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gis.analyses.findings import exact_m2
from gis.analyses.land import require_measured
from gis.areas import SQUARE_MM
from gis.schema import land_use_groups

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geopandas import GeoDataFrame

    from gis.analyses.findings import Balance

__all__ = ["CONDITIONS", "LEFT_OUT_COLUMNS", "SITE_STATUSES", "SiteRequest", "Sites", "find_sites"]

SITE_STATUSES = ("idle", "idle_recognisable", "approved_not_supplied")
CONDITIONS = ("area", "use", "far", "tenure", "date")
VERDICTS = ("met", "undetermined", "not_met")
#: Neighbours' edges are drawn to the millimetre: so far apart they still are one edge.
EDGE_TOLERANCE_M = 0.002
SITE_COLUMNS = ["parcel_ids", "parcels_count", "kinds", "zone_id", "area_m2", *CONDITIONS, "verdict",
                "conditions_met_count", "conditions_count", "area_off_m2", "available_date",
                "shared_edge_m"]  # fmt: skip

LEFT_OUT_COLUMNS = ["parcel_ids", "parcels_count", "area_m2", "reason"]
#: Why a set of neighbours, or a parcel beside them, is not offered as a joined site.
TOO_LARGE, HOLDS_SMALLER, TOO_SMALL, RULED_OUT = "too_large", "holds_a_smaller_site", "too_small", "ruled_out"


@dataclasses.dataclass(frozen=True)
class Sites:
    """What a search found, and what it left out.

    Attributes
    ----------
    sites
        In ``sites`` one row a parcel, or set of joined neighbours (see `find_sites`).
    left_out
        `LEFT_OUT_COLUMNS`: joined sets that are not offered, and parcels beside others that were not
        joined, each with its m² and the reason: ``too_large`` (above the largest area),
        ``too_small`` (as many parcels as may be joined do not reach the area), ``holds_a_smaller_site``
        (without one of its parcels it would still do), ``ruled_out`` (a condition is not met; the parcel
        has a row of its own among the sites). Sets may share parcels: their m² do not add up.
    """

    sites: pd.DataFrame
    left_out: pd.DataFrame


@dataclasses.dataclass(frozen=True)
class SiteRequest:
    """What a project needs; a condition that is None is not asked.

    Attributes
    ----------
    least_area_m2, most_area_m2
        The land, both included.
    use
        A land-use group (see `gis.schema.LAND_USE_GROUPS`).
    least_far
        The planned floor-area ratio must allow this much.
    tenure
        ``granted``, ``allocated`` or ``leased``.
    needed_by
        The last day on which the land may become available.
    shared_edge_m
        Neighbours that share at least this length of edge may be joined; without it none are.
    parcels_at_most
        How many may be joined.
    """

    least_area_m2: float
    most_area_m2: float | None = None
    use: str | None = None
    least_far: float | None = None
    tenure: str | None = None
    needed_by: dt.date | None = None
    shared_edge_m: float | None = None
    parcels_at_most: int = 3


def find_sites(
    land: GeoDataFrame,
    idle: Balance,
    request: SiteRequest,
    *,
    available: Mapping[str, dt.date] | None = None,
    surplus_m2: Mapping[str, float] | None = None,
) -> Sites:
    """Return the land that could serve a project, with each condition judged.

    Parameters
    ----------
    land
        From `gis.measure_parcels`.
    idle
        From `gis.evaluate_idle_land`, of the same parcels.
    request
        What is needed.
    available
        Day on which a parcel can be handed over, by id. Land not supplied is available on the
        as-of date if nothing is given; for other land the day is then not known.
    surplus_m2
        Surplus land (节余土地) of parcels in use, by id: offered with that area, and never joined
        with neighbours, since where on the parcel it lies is not known.

    Returns
    -------
    One row a parcel, or set of joined neighbours none of which could be left out, with parcel_ids
    (joined by ``;``), kinds, area_m2, the verdicts of `CONDITIONS` ("" where not asked), their worst, how
    many of those asked are met, area_off_m2 (how far the area is from the least that is asked for),
    available_date (of the last to come) and shared_edge_m (the edge inside the set). What fits best comes
    first: by conditions met, then by fewest not met, then by nearness to the area asked for. In ``left_out`` the
    joined sets and neighbours that were considered and are not offered, with their m².
    """
    require_measured(land)
    offers = _offers(land, idle, request, available or {}, surplus_m2 or {})
    rows = [_site(offers, (position,), {}, request) for position in range(len(offers))]
    left: list[tuple[tuple[int, ...], str]] = []
    if request.shared_edge_m is not None:
        edges = _shared_edges(land, offers, request.shared_edge_m)
        groups, left = _groups(offers, edges, request)
        rows += [_site(offers, group, edges, request) for group in groups]
    table = pd.DataFrame(rows, columns=SITE_COLUMNS)
    missed = (table[list(CONDITIONS)] == "not_met").sum(axis=1)
    order = {"_met": -table["conditions_met_count"], "_missed": missed}
    table = table.assign(**order).sort_values([*order, "area_off_m2", "parcel_ids"], ignore_index=True)
    return Sites(table.drop(columns=list(order)), _left_out(offers, left))


def _left_out(offers: pd.DataFrame, left: list[tuple[tuple[int, ...], str]]) -> pd.DataFrame:
    rows = [
        {
            "parcel_ids": ";".join(offers["parcel_id"].iloc[list(group)]),
            "parcels_count": len(group),
            "area_m2": float(exact_m2(offers["area_m2"].iloc[list(group)])),
            "reason": reason,
        }
        for group, reason in left
    ]
    return pd.DataFrame(rows, columns=LEFT_OUT_COLUMNS).sort_values(["reason", "parcel_ids"], ignore_index=True)


def _offers(
    land: GeoDataFrame,
    idle: Balance,
    request: SiteRequest,
    available: Mapping[str, dt.date],
    surplus_m2: Mapping[str, float],
) -> pd.DataFrame:
    """Return the parcels on offer by id, with what is known of each and its own conditions."""
    status = idle.parcels.set_index("parcel_id")["status"]
    table = pd.DataFrame(land.drop(columns=land.geometry.name)).assign(_position=np.arange(len(land)))
    table["status"] = table["parcel_id"].map(status)
    table["use_group"] = land_use_groups(table)
    offered = table["status"].isin(SITE_STATUSES)
    surplus = table["parcel_id"].map(dict(surplus_m2)).astype("float64")
    is_surplus = ~offered & (surplus > 0)
    table["kind"] = table["status"].mask(is_surplus, "surplus")
    table["area_m2"] = table["area_m2"].mask(is_surplus, surplus)
    table = table[(offered | is_surplus) & table["zone_id"].notna()].sort_values("parcel_id", ignore_index=True)
    days = pd.to_datetime(pd.Series([available.get(key) for key in table["parcel_id"]], dtype="object"))
    days = days.astype("datetime64[us]")
    unsupplied = (table["kind"] == "approved_not_supplied") & days.isna()
    table["available_date"] = days.mask(unsupplied, pd.Timestamp(idle.as_of))
    needed = None if request.needed_by is None else pd.Timestamp(request.needed_by)
    table["use"] = _judged(table["use_group"], request.use, table["use_group"] == request.use)
    table["far"] = _judged(table["planned_far"], request.least_far, table["planned_far"] >= (request.least_far or 0))
    table["tenure_verdict"] = _judged(table["tenure"], request.tenure, table["tenure"] == request.tenure)
    table["date"] = _judged(table["available_date"], needed, table["available_date"] <= (needed or pd.Timestamp.max))
    return table


def _judged(values: pd.Series[Any], asked: Any, holds: pd.Series[bool]) -> pd.Series[str]:
    if asked is None:
        return pd.Series("", index=values.index, dtype="str")
    conditions = [values.isna().to_numpy(), holds.to_numpy(dtype=bool, na_value=False)]
    verdict = np.select(conditions, ["undetermined", "met"], "not_met")
    return pd.Series(verdict, index=values.index, dtype="str")


def _worst(verdicts: Any) -> str:
    known = [VERDICTS.index(verdict) for verdict in verdicts if verdict]
    return VERDICTS[max(known)] if known else ""


def _site(
    offers: pd.DataFrame, group: tuple[int, ...], edges: Mapping[tuple[int, int], float], request: SiteRequest
) -> dict[str, Any]:
    rows = offers.iloc[list(group)]
    area = exact_m2(rows["area_m2"])
    fits = area >= exact_m2([request.least_area_m2])
    fits &= request.most_area_m2 is None or area <= exact_m2([request.most_area_m2])
    verdicts = {"area": "met" if fits else "not_met"}
    for name, column in (("use", "use"), ("far", "far"), ("tenure", "tenure_verdict"), ("date", "date")):
        verdicts[name] = _worst(rows[column])
    days = rows["available_date"]
    inside = [length for (one, other), length in sorted(edges.items()) if one in group and other in group]
    return {
        "parcel_ids": ";".join(rows["parcel_id"]),
        "parcels_count": len(group),
        "kinds": ";".join(sorted(set(rows["kind"]))),
        "zone_id": ";".join(sorted(set(rows["zone_id"]))),
        "area_m2": float(area),
        **verdicts,
        "verdict": _worst(verdicts.values()),
        "conditions_met_count": sum(verdict == "met" for verdict in verdicts.values()),
        "conditions_count": sum(bool(verdict) for verdict in verdicts.values()),
        "area_off_m2": float(abs(area - exact_m2([request.least_area_m2]))),
        "available_date": pd.NaT if days.isna().any() else days.max(),
        "shared_edge_m": round(sum(inside), 3),
    }


def _shared_edges(land: GeoDataFrame, offers: pd.DataFrame, least_m: float) -> dict[tuple[int, int], float]:
    """Return the pairs of neighbours (positions of offers) with the length of edge that they share."""
    shapes = np.asarray(land.geometry.array)[offers["_position"].to_numpy()]
    pairs = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=EDGE_TOLERANCE_M).T
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    near = shapely.buffer(shapes[pairs[:, 1]], EDGE_TOLERANCE_M, cap_style="square", join_style="mitre")
    lengths = shapely.length(shapely.intersection(shapely.boundary(shapes[pairs[:, 0]]), near))
    joined = {(int(a), int(b)): float(m) for (a, b), m in zip(pairs, lengths, strict=True) if m >= least_m}
    kinds = offers["kind"].to_numpy()
    return {pair: length for pair, length in joined.items() if "surplus" not in {kinds[pair[0]], kinds[pair[1]]}}


def _groups(
    offers: pd.DataFrame, edges: Mapping[tuple[int, int], float], request: SiteRequest
) -> tuple[list[tuple[int, ...]], list[tuple[tuple[int, ...], str]]]:
    """Return the connected sets of two or more that reach the area and have no connected part that does.

    Parcels that a condition rules out, or that reach the area alone, are joined with nothing. What is
    left out comes second, with the reason.
    """
    least = int(exact_m2([request.least_area_m2]) * SQUARE_MM)
    areas = [round(area * SQUARE_MM) for area in offers["area_m2"]]
    out = (offers[["use", "far", "tenure_verdict", "date"]] == "not_met").any(axis=1).to_numpy()
    usable = {position for position, area in enumerate(areas) if not out[position] and area < least}
    near: dict[int, set[int]] = {position: set() for position in usable}
    for one, other in edges:
        if one in usable and other in usable:
            near[one].add(other)
            near[other].add(one)
    found: list[tuple[int, ...]] = []
    sets = {frozenset({position}) for position in usable}
    for _ in range(request.parcels_at_most - 1):
        grown = {group | {more} for group in sets for member in group for more in near[member] - group}
        reached = {group for group in grown if sum(areas[member] for member in group) >= least}
        found += sorted(tuple(sorted(group)) for group in reached)
        sets = grown - reached
    minimal = [group for group in found if not any(set(other) < set(group) for other in found)]
    most = request.most_area_m2
    limit = None if most is None else int(exact_m2([most]) * SQUARE_MM)
    kept = [group for group in minimal if limit is None or sum(areas[member] for member in group) <= limit]
    touching = {member for edge in edges for member in edge}
    left = [(group, HOLDS_SMALLER) for group in found if group not in set(minimal)]
    left += [(group, TOO_LARGE) for group in minimal if group not in set(kept)]
    left += [(tuple(sorted(group)), TOO_SMALL) for group in sets if len(group) > 1]
    left += [((position,), RULED_OUT) for position in sorted(touching) if out[position]]
    return kept, left
