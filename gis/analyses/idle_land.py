"""The idle-land balance: m² by status, adding up to supplied land and to the zone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.analyses.capacity import measure_unused_capacity
from gis.analyses.early_warning import list_early_warnings
from gis.analyses.findings import Balance, Figure, finding_rows, findings_table
from gis.analyses.idle_routes import settle_routes
from gis.analyses.idle_status import STATUSES, classify_facts
from gis.analyses.land import area_rows, basis_of, require_measured, zone_table
from gis.analyses.parcel_facts import facts_on
from gis.analyses.surplus import list_surplus
from gis.analyses.underused import CLASSES, classify_underused, is_underused_defined
from gis.analyses.underused_facts import underused_facts
from gis.analyses.underused_list import list_underused
from gis.schema import combine_events

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.regulations import LandGuide, Rulebook

__all__ = ["ALL_ZONES", "classify_land", "evaluate_idle_land"]

#: Zones from which on there are figures over all of them.
MORE = 2
#: What the figures over all zones of a run stand under; there are some where there are several zones.
ALL_ZONES = "*"

CITED = {"idle": "idle_land.start_overdue_period", "idle_recognisable": "idle_land.suspension_period"}
NOTES = ("idle.note_data_date", "idle.note_underused_classes", "idle.note_anniversary")
LOG_NOTE, UNDEFINED_NOTE, GUIDE_NOTE = "idle.note_log", "idle.note_underused_undefined", "idle.note_land_guide"
PARCEL_COLUMNS = [
    "parcel_id", "parcel_name", "holder", "zone_id", "area_m2", "legal_area_m2", "status", "status_since",
    "clock_start", "clock_start_ground", "ground", "citation", "route", "next_event", "next_date", "missing",
    "is_supplied", "underused", "underused_class", "underused_classes", "underused_citation", "underused_missing",
    "source_file", "source_row",
]  # fmt: skip


def evaluate_idle_land(
    parcels: GeoDataFrame,
    rules: Rulebook,
    *,
    zones: GeoDataFrame | None = None,
    events: pd.DataFrame | None = None,
    guide: LandGuide | None = None,
) -> Balance:
    """Classify every parcel and balance the land of each zone by status.

    Parameters
    ----------
    parcels
        From `gis.measure_parcels`.
    rules
        A rulebook; its date is the as-of date.
    zones
        From `gis.measure_zones`; without it the zone's own area is not given.
    events
        Table ``parcel_events``; those up to the as-of date count.
    guide
        Adjustment values of the industrial-land guide (`gis.read_land_guide`); without them the yields of
        underused land stay undetermined.

    Returns
    -------
    A balance whose figures are, by zone, and over all zones (``"*"``) where there are several: one
    ``<status>_area_m2`` a status, ``underused_area_m2`` and ``underused_undetermined_area_m2``,
    ``parcel_area_m2`` (the sum of the statuses), ``supplied_area_m2``, ``not_in_parcels_m2``
    (zone − parcels) and ``idle_ratio`` = idle land (type A) / supplied land, the land-idleness rate
    G/D of TD/T 1029. Its tables are ``routes`` (see `settle_routes`), ``early_warnings``
    (`list_early_warnings`), ``underused`` (`list_underused`), ``unused_capacity``
    (`measure_unused_capacity`), ``surplus`` (`list_surplus`), and of several zones ``bureau``, one row
    over all of them.

    Raises
    ------
    SchemaError
        If the parcels are not measured.
    RuleError
        If a rule of idle land is not in force on the date. Without a definition of underused land on
        the date, that alone is undetermined.

    Notes
    -----
    Source: 闲置土地处置办法 (order 53 of the Ministry of Land and Resources, in force 2012-07-01).
    """
    require_measured(parcels)
    area_basis = basis_of(parcels, zones=zones)
    rules = rules.recorder()
    log = combine_events(parcels, events)
    facts, status, yields, underused = classify_land(parcels, log, rules, guide=guide)
    citations = {name: rules.get(rule).citation.text("zh") for name, rule in CITED.items()}
    table = pd.DataFrame(parcels.drop(columns=parcels.geometry.name)).join(status).join(underused)
    table["citation"] = table["status"].map(citations).fillna("").astype("str")
    inside = table.sort_values("parcel_id", ignore_index=True)
    inside = inside[inside["zone_id"].notna()]
    balances = [_zone(zone, inside, rules) for zone in zone_table(inside, zones)]
    zones_table = pd.DataFrame([row for row, _ in balances])
    figures = tuple(figure for _, figures in balances for figure in figures)
    bureau, over_all = _over_all(zones_table, figures)
    tables = _routes(facts, status, rules) | {
        "bureau": bureau,
        "underused": list_underused(yields, table, rules),
        "unused_capacity": measure_unused_capacity(parcels),
        "surplus": list_surplus(parcels, log, rules),
    }
    table = table.sort_values("parcel_id", ignore_index=True)
    return Balance(
        name="idle_land",
        as_of=rules.as_of,
        place=rules.place,
        area_basis=area_basis,
        parcels=table[PARCEL_COLUMNS],
        zones=zones_table,
        findings=findings_table(_findings(table, rules), area_basis=area_basis),
        figures=(*figures, *over_all),
        rules=rules.read,
        notes=_notes(rules, events, guide),
        tables=tables,
    )


def classify_land(
    parcels: pd.DataFrame, log: pd.DataFrame, rules: Rulebook, *, guide: LandGuide | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return facts, status, facts of use, and verdicts on underused land, on the index of ``parcels``."""
    facts = facts_on(parcels, log, rules.as_of)
    status = classify_facts(facts, rules)
    yields = facts
    if is_underused_defined(rules):
        yields = underused_facts(parcels, log, rules).assign(production_date=facts["production_date"])
    return facts, status, yields, classify_underused(yields, status, rules, guide=guide)


def _notes(rules: Rulebook, events: pd.DataFrame | None, guide: LandGuide | None) -> tuple[str, ...]:
    lacking = UNDEFINED_NOTE if not is_underused_defined(rules) else "" if guide and guide.entries else GUIDE_NOTE
    return (*NOTES, *((lacking,) if lacking else ()), *(() if events is None else (LOG_NOTE,)))


def _routes(facts: pd.DataFrame, status: pd.DataFrame, rules: Rulebook) -> dict[str, pd.DataFrame]:
    """Return where each status leads, and what comes next; parcels that nothing follows for are left off."""
    routes = settle_routes(facts, status, rules)
    ahead = ["becomes_idle_date", "reclaim_date", "recognisable_date", "payment_due_date"]
    open_rows = (routes["route"] != "") | (routes["contract_exit"] != "") | routes[ahead].notna().any(axis=1)
    listed = routes[open_rows].sort_values("parcel_id", ignore_index=True)
    return {"routes": listed, "early_warnings": list_early_warnings(routes, rules)}


def _zone(zone: dict[str, Any], inside: pd.DataFrame, rules: Rulebook) -> tuple[dict[str, Any], list[Figure]]:
    zone_id = zone["zone_id"]
    land = inside[inside["zone_id"] == zone_id]
    figures = []
    for status in STATUSES:
        rows = land[land["status"] == status]
        figures.append(Figure.of_sum(f"{status}_area_m2", zone_id, area_rows(rows, rules.as_of, rows["citation"])))
    supplied = area_rows(land[land["is_supplied"]], rules.as_of)
    underused, open_ = (land[land["underused"] == verdict] for verdict in ("met", "undetermined"))
    idle = land[land["status"] == "idle"]
    figures += [
        Figure.of_sum("underused_area_m2", zone_id, area_rows(underused, rules.as_of, underused["underused_citation"])),
        Figure.of_sum("underused_undetermined_area_m2", zone_id, area_rows(open_, rules.as_of)),
        Figure.of_sum("parcel_area_m2", zone_id, area_rows(land, rules.as_of)),
        Figure.of_sum("supplied_area_m2", zone_id, supplied),
        Figure.of_ratio(
            "idle_ratio", zone_id, numerator=area_rows(idle, rules.as_of, idle["citation"]), denominator=supplied
        ),
    ]
    if not math.isnan(zone["zone_area_m2"]):
        figures.append(Figure.of_sum("not_in_parcels_m2", zone_id, _remainder_rows(zone, land, rules)))
    return dict(zone) | {_column(figure): figure.value for figure in figures}, figures


def _over_all(zones: pd.DataFrame, figures: tuple[Figure, ...]) -> tuple[pd.DataFrame, tuple[Figure, ...]]:
    """Return the row and figures over all zones where there are several, from the rows of those of each zone."""
    if len(zones) < MORE:
        return pd.DataFrame(), ()
    found = []
    for name in dict.fromkeys(figure.name for figure in figures):
        own = [figure for figure in figures if figure.name == name]
        if len(own) < len(zones):  # a zone without an area of its own leaves the whole without one
            continue
        rows = pd.concat([figure.rows for figure in own if len(figure.rows)] or [own[0].rows], ignore_index=True)
        if own[0].unit == "ratio":
            above, below = (rows[rows["term"] == term] for term in ("numerator", "denominator"))
            found.append(Figure.of_ratio(name, ALL_ZONES, numerator=above, denominator=below))
        else:
            found.append(Figure.of_sum(name, ALL_ZONES, rows, unit=own[0].unit))
    row: dict[str, Any] = {"zone_id": ALL_ZONES, "zones_count": len(zones)}
    known = zones["zone_area_m2"].notna().all()
    row["zone_area_m2"] = math.fsum(zones["zone_area_m2"]) if known else float("nan")
    row["overlap_m2"] = math.fsum(zones["overlap_m2"])
    row |= {_column(figure): float("nan") if figure.value is None else figure.value for figure in found}
    return pd.DataFrame([row]), tuple(found)


def _column(figure: Figure) -> str:
    whole = figure.name in {"parcel_area_m2", "supplied_area_m2"}
    return figure.name if whole else figure.name.replace("_area_m2", "_m2")


def _remainder_rows(zone: dict[str, Any], land: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    """Return the zone's area, less each parcel, plus what parcels cover twice."""
    own = pd.DataFrame([{"entity_id": zone["zone_id"], "value": zone["zone_area_m2"], **zone["source"]}])
    taken = area_rows(land, rules.as_of).assign(value=lambda rows: -rows["value"])
    twice = pd.DataFrame([{"entity_id": "overlap", "value": zone["overlap_m2"], **zone["source"]}])
    parts = [own.assign(clause="", as_of=rules.as_of.isoformat()), taken]
    if zone["overlap_m2"]:
        parts.append(twice.assign(clause="", as_of=rules.as_of.isoformat()))
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _findings(table: pd.DataFrame, rules: Rulebook) -> list[pd.DataFrame]:
    base = table.rename(columns={"parcel_id": "entity_id"})
    parts = []
    for column, rule in (("type_a", "start_overdue_period"), ("type_b", "suspension_period")):
        rows = base[base[column] != ""]
        rows = rows.assign(verdict=rows[column], observed=rows["days_elapsed"].astype("float64"), note=rows["ground"])
        found = finding_rows(rows, analysis="idle_land", rule=rules.get(f"idle_land.{rule}"), as_of=rules.as_of)
        parts.append(found.assign(unit="days"))
    for column, rule in CLASSES.items() if is_underused_defined(rules) else ():
        # In these classes "met" means that the land is underused: the duty is then not met.
        turned = base[column].map({"met": "not_met", "not_met": "met"}).fillna("undetermined").astype("str")
        rows = base.assign(
            verdict=turned, observed=float("nan"), note=base["underused_class"], missing=base["underused_missing"]
        )
        parts.append(finding_rows(rows, analysis="idle_land", rule=rules.get(rule), as_of=rules.as_of))
    return parts
