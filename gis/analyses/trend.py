"""The idle-land balance over a series of days: each with the rules in force then, and lines that add up exactly."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.ground import (
    BLOCKS,
    CONTESTED,
    NOT_SUPPLIED,
    SUPPLIED,
    Shares,
    claims_notes,
    claims_of,
    lines_by_status,
    ratio_limits,
    share_out,
)
from gis.analyses.idle_land import ALL_ZONES, classify_land
from gis.analyses.idle_status import STATUSES
from gis.analyses.land import basis_of, require_measured, zone_table, zones_stand_apart
from gis.areas import SQUARE_MM
from gis.errors import InputError
from gis.regulations import anniversary
from gis.schema import combine_events

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geopandas import GeoDataFrame

    from gis.overlay import Claims
    from gis.regulations import LandGuide, Rulebook

__all__ = ["STEPS", "TREND_COLUMNS", "Trend", "days_between", "trend_of_idle_land"]

#: How often → the period between two days.
STEPS = {"month": "P1M", "quarter": "P3M", "year": "P1Y"}
#: Months of a hundred years: each day is a whole judgement of every parcel.
MOST_DAYS = 1200
LINE_COLUMNS = ("as_of", "zone_id", "zone_name", "block", "line", "parcels_count", "area_m2")
TREND_COLUMNS = (
    "as_of", "zone_id", "zone_name", "supplied_m2", "not_supplied_m2", "parcels_m2", "not_in_parcels_m2", "overlap_m2",
    "zone_m2", "idle_m2", "idle_recognisable_m2", "undetermined_m2", "idle_ratio", "underused_m2",
    "underused_undetermined_m2", "contested_m2", "idle_ratio_least", "idle_ratio_most", "underused_contested_m2",
)  # fmt: skip
#: m² with six decimals, exactly.
EXPONENT = -6


@dataclasses.dataclass(frozen=True)
class Trend:
    """The balance of every day.

    Attributes
    ----------
    lines
        as_of, zone_id (``"*"`` for all zones), zone_name, block (``supplied`` or ``not_supplied``),
        line (a status), parcels_count, area_m2. Every status has a line in both blocks where it can
        occur, ``undetermined`` among them. Ground whose claimants differ in status has the line ``contested`` of
        their block, or of a block ``contested`` where they differ in supply too.
    totals
        `TREND_COLUMNS`, a row a day and zone. Areas are `decimal.Decimal`, exactly: the lines of a
        block add up to it, all blocks to ``parcels_m2`` (ground, each m² once), and ``parcels_m2 +
        not_in_parcels_m2`` is ``zone_m2`` (missing without zones); ``overlap_m2`` is what the parcels' own areas
        hold more than once. ``idle_ratio`` = idle / supplied, None where nothing is supplied and where contested
        ground could change it: it then lies between ``idle_ratio_least`` and ``idle_ratio_most``.
    rules
        The parameters that were read, each once, of all days.
    area_basis, place
        As of a balance.
    notes
        Addresses of texts that a reader must know.
    parcel_rows
        Source rows of the parcels that the lines are of.
    """

    lines: pd.DataFrame
    totals: pd.DataFrame
    rules: tuple[dict[str, Any], ...]
    area_basis: str
    place: str
    notes: tuple[str, ...]
    parcel_rows: tuple[int, ...] = ()


def days_between(first: dt.date, last: dt.date, every: str) -> tuple[dt.date, ...]:
    """Return the days from a first to a last by months, quarters or years; the last day is one of them.

    Raises
    ------
    InputError
        If the last day lies before the first, the step is none of `STEPS`, or there are more than `MOST_DAYS` steps.

    Examples
    --------
    >>> [day.isoformat() for day in days_between(dt.date(2025, 11, 30), dt.date(2026, 3, 31), "month")]
    ['2025-11-30', '2025-12-30', '2026-01-30', '2026-02-28', '2026-03-30', '2026-03-31']
    """
    if every not in STEPS:
        raise InputError("trend_step_unknown", found=every, choices=list(STEPS))
    if last < first:
        raise InputError("trend_days_reversed", first=first, last=last)
    months = {"month": 1, "quarter": 3, "year": 12}[every]
    steps = ((last.year - first.year) * 12 + last.month - first.month) // months
    if steps > MOST_DAYS:
        raise InputError("trend_days_many", first=first, last=last, count=steps, most=MOST_DAYS)
    days = [anniversary(first, f"P{months * count}M") for count in range(1, steps + 1)]
    return tuple(dict.fromkeys([first, *(day for day in days if day < last), last]))


def trend_of_idle_land(
    parcels: GeoDataFrame,
    dates: Iterable[dt.date],
    *,
    rules: Rulebook,
    events: pd.DataFrame | None = None,
    zones: GeoDataFrame | None = None,
    guide: LandGuide | None = None,
    claims: Claims | None = None,
) -> Trend:
    """Balance the land of each zone, and of all, by status on every day of a series.

    Parameters
    ----------
    parcels
        From `gis.measure_parcels`.
    dates
        The days, in any order; each is judged by the rules in force on it.
    rules
        A rulebook: its place and its hypothetical values are used, its day is not.
    events
        Table ``parcel_events``; on each day those up to it count.
    zones
        From `gis.measure_zones`; without it the zones' own areas are not given.
    guide
        Adjustment values of the industrial-land guide.
    claims
        From `gis.overlay.find_claims` of these parcels; found here without it.

    Raises
    ------
    SchemaError
        If the parcels are not measured.
    RuleError
        If a rule of idle land is not in force on a day.

    Notes
    -----
    A column without a day of its own (state, cause, sum, grade) speaks of the day of the data, and is
    taken for earlier days too, unless an event says when it came about (see ``idle.note_trend``).

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from gis.issues import IssueLog
    >>> from gis.regulations import load_rules
    >>> from gis.schema import conform
    >>> raw = {"parcel_id": ["1"], "supply_status": ["supplied"], "agreed_commencement_date": ["2023-06-01"],
    ...        "construction_state": ["not_started"], "delay_cause": ["none"]}
    >>> table = conform(pd.DataFrame(raw), "parcels", issues=IssueLog()).assign(zone_id="Z", area_m2=100.0)
    >>> land = gpd.GeoDataFrame(table.assign(outside_m2=0.0), geometry=[shapely.box(0, 0, 10, 10)], crs=4549)
    >>> trend = trend_of_idle_land(land, [dt.date(2024, 6, 1), dt.date(2024, 6, 2)],
    ...                            rules=load_rules(as_of="2024-06-01", place="310115"))
    >>> [(row.as_of.isoformat(), str(row.idle_m2)) for row in trend.totals.itertuples()]
    [('2024-06-01', '0.000000'), ('2024-06-02', '100.000000')]
    """
    require_measured(parcels)
    log = combine_events(parcels, events)
    inside = parcels["zone_id"].notna().to_numpy()
    claims = claims_of(parcels, claims)
    doubled = claims.doubled_m2
    known = [zone | {"overlap_m2": doubled.get(zone["zone_id"], 0.0)} for zone in zone_table(parcels[inside], zones)]
    is_apart = zones_stand_apart(zones)
    whole = [_whole(known)] if len(known) > 1 and is_apart else []
    lines: list[dict[str, Any]] = []
    totals: list[dict[str, Any]] = []
    read: dict[tuple[Any, ...], dict[str, Any]] = {}
    for day in sorted(set(dates)):
        own = rules.on(day)
        _, status, _, underused = classify_land(parcels, log, own, guide=guide)
        table = pd.DataFrame(
            {
                "parcel_id": parcels["parcel_id"].astype("str"),
                "zone_id": parcels["zone_id"],
                "area_m2": parcels["area_m2"],
                "mm2": np.rint(parcels["area_m2"].to_numpy() * SQUARE_MM).astype(np.int64),
                "line": status["status"],
                "block": np.where(status["is_supplied"], SUPPLIED, NOT_SUPPLIED),
                "underused": underused["underused"],
            }
        )[inside]
        read |= {(rule["name"], rule["citation_zh"], rule["in_force"]): rule for rule in own.read}
        shares = _shares(table, claims)
        for zone in [*known, *whole]:
            rows, total = _of_zone(day, zone, table, shares)
            lines += rows
            totals.append(total)
    return Trend(
        lines=pd.DataFrame(lines, columns=list(LINE_COLUMNS)),
        totals=pd.DataFrame(totals, columns=list(TREND_COLUMNS)),
        rules=tuple(rule for _, rule in sorted(read.items())),
        area_basis=basis_of(parcels, zones=zones),
        place=rules.place,
        notes=("idle.note_trend", "idle.note_data_date", "idle.note_anniversary", *claims_notes(claims),
               *(() if is_apart else ("ground.note_zones_overlap",))),
        parcel_rows=tuple(parcels.loc[inside, "source_row"].astype("int64")) if "source_row" in parcels else (),
    )  # fmt: skip


def _whole(zones: list[dict[str, Any]]) -> dict[str, Any]:
    """Return all zones as one."""
    areas = [_exact(zone["zone_area_m2"]) for zone in zones]
    told = [area for area in areas if area is not None]
    return {
        "zone_id": ALL_ZONES,
        "zone_name": "",
        "zone_area_m2": sum(told, Decimal(0)) if len(told) == len(zones) else None,
        "overlap_m2": sum((_exact(zone["overlap_m2"]) or Decimal(0) for zone in zones), Decimal(0)),
    }


def _exact(area: Any) -> Decimal | None:
    """Return an area to the mm², as a decimal; None where it is missing."""
    if isinstance(area, Decimal) or area is None:
        return area
    return None if np.isnan(area) else _m2(round(float(area) * SQUARE_MM))


def _m2(whole: Any) -> Decimal:
    return Decimal(int(whole)).scaleb(EXPONENT)


def _shares(table: pd.DataFrame, claims: Claims) -> tuple[Shares, Shares]:
    """Return what shared ground takes off block and status, and off the verdicts on underused land."""
    by_id, ids = table.set_index("parcel_id"), claims.members["parcel_id"]
    status = ids.map(by_id["block"]).astype("str") + "/" + ids.map(by_id["line"]).astype("str")
    return share_out(claims.members, status), share_out(claims.members, ids.map(by_id["underused"]))


def _of_zone(
    day: dt.date, zone: dict[str, Any], table: pd.DataFrame, shares: tuple[Shares, Shares]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    named = {"as_of": day, "zone_id": zone["zone_id"], "zone_name": zone["zone_name"]}
    is_whole = zone["zone_id"] == ALL_ZONES
    rows = table if is_whole else table[table["zone_id"] == zone["zone_id"]]
    zones = sorted(set(rows["zone_id"]))
    by_status, by_use = shares
    found = {
        (block, line): (count, _m2(mm2))
        for block, line, count, mm2 in lines_by_status(table, by_status, None if is_whole else zone["zone_id"])
    }
    none = (0, _m2(0))
    keys = [
        (block, status) for block in BLOCKS for status in (*STATUSES, CONTESTED)
        if found.get((block, status), none) != none
        or (status != CONTESTED and (block == SUPPLIED or status in {"approved_not_supplied", "undetermined"}))
    ]  # fmt: skip
    keys += [(CONTESTED, CONTESTED)] if (CONTESTED, CONTESTED) in found else []
    lines = []
    for block, line in keys:
        count, area = found.get((block, line), none)
        lines.append(named | {"block": block, "line": line, "parcels_count": count, "area_m2": area})

    def total(**wanted: str) -> Decimal:
        return sum(
            (line["area_m2"] for line in lines if all(line[key] == value for key, value in wanted.items())), _m2(0)
        )

    def used(verdict: str) -> Decimal:
        off = sum(round(by_use.off(str(each), [verdict]) * SQUARE_MM) for each in zones)
        return _m2(rows.loc[rows["underused"] == verdict, "mm2"].sum() - off)

    disputed = [by_use.disputed(str(each))["area_m2"].sum() for each in zones]
    parcels, overlap, whole = total(), _exact(zone["overlap_m2"]) or _m2(0), _exact(zone["zone_area_m2"])
    supplied, idle = total(block=SUPPLIED), total(line="idle")
    return lines, named | {
        "supplied_m2": supplied,
        "not_supplied_m2": total(block=NOT_SUPPLIED),
        "parcels_m2": parcels,
        "not_in_parcels_m2": None if whole is None else whole - parcels,
        "overlap_m2": overlap,
        "zone_m2": whole,
        "idle_m2": idle,
        "idle_recognisable_m2": total(line="idle_recognisable"),
        "undetermined_m2": total(line="undetermined"),
        "underused_m2": used("met"),
        "underused_undetermined_m2": used("undetermined"),
        "contested_m2": total(line=CONTESTED),
        "underused_contested_m2": _m2(round(sum(disputed) * SQUARE_MM)),
        **_ratios(idle, supplied, by_status, zones),
    }


def _ratios(idle: Decimal, supplied: Decimal, shares: Shares, zones: list[Any]) -> dict[str, float | None]:
    """Return the idle ratio and the limits that contested ground sets it."""
    found: dict[str, float | None] = {}
    added = {name: [Decimal(0), Decimal(0)] for name in ("least", "most")}
    for zone in zones:
        for name, pair in ratio_limits(shares, str(zone)).items():
            added[name] = [one + _m2(round(more * SQUARE_MM)) for one, more in zip(added[name], pair, strict=True)]
    for name, (more_idle, more_supplied) in added.items():
        below = supplied + more_supplied
        found[f"idle_ratio_{name}"] = float((idle + more_idle) / below) if below else None
    ratio = float(idle / supplied) if supplied else None
    return {"idle_ratio": None if any(any(pair) for pair in added.values()) else ratio, **found}
