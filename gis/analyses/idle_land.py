"""The idle-land balance: m² by status, adding up to supplied land and to the zone."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.analyses.capacity import measure_unused_capacity
from gis.analyses.early_warning import list_early_warnings
from gis.analyses.findings import Balance, Figure, finding_rows, findings_table
from gis.analyses.ground import (
    BLOCKS,
    CONTESTED,
    NOT_SUPPLIED,
    ROUNDING_M2,
    SUPPLIED,
    Shares,
    claims_notes,
    claims_of,
    ground_row,
    lines_by_status,
    ratio_limits,
    share_out,
    taken_off,
)
from gis.analyses.idle_routes import settle_routes
from gis.analyses.idle_status import STATUSES, classify_facts
from gis.analyses.land import area_rows, basis_of, require_measured, zone_table, zones_stand_apart
from gis.analyses.parcel_facts import facts_on
from gis.analyses.procedure import list_terms
from gis.analyses.surplus import list_surplus
from gis.analyses.underused import (
    CLASSES,
    COMPARISON_COLUMNS,
    classify_underused,
    compare_underused,
    comparison_rules,
    is_underused_defined,
)
from gis.analyses.underused_facts import underused_facts
from gis.analyses.underused_list import list_underused
from gis.areas import SQUARE_MM
from gis.schema import combine_events

if TYPE_CHECKING:
    import datetime as dt

    from geopandas import GeoDataFrame

    from gis.overlay import Claims
    from gis.regulations import LandGuide, Rulebook

__all__ = ["ALL_ZONES", "classify_land", "evaluate_idle_land"]

#: Zones from which on there are figures over all of them.
MORE = 2
#: What the figures over all zones of a run stand under; there are some where there are several zones.
ALL_ZONES = "*"

#: Ground whose claimants differ, in three kinds of answer: a figure where there is any.
CONTESTED_FIGURES = ("contested_m2", "supply_contested_m2", "underused_contested_m2")
APPROVED = "approved_not_supplied"
CITED = {"idle": "idle_land.start_overdue_period", "idle_recognisable": "idle_land.suspension_period"}
NOTES = ("idle.note_data_date", "idle.note_underused_classes", "idle.note_anniversary", "idle.note_ratio")
OVERLAP_NOTE = "ground.note_zones_overlap"
LOG_NOTE, UNDEFINED_NOTE, GUIDE_NOTE = "idle.note_log", "idle.note_underused_undefined", "idle.note_land_guide"
PARCEL_COLUMNS = [
    "parcel_id", "parcel_name", "holder", "zone_id", "area_m2", "legal_area_m2", "status", "status_since",
    "clock_start", "clock_start_ground", "ground", "citation", "route", "bar", "cause_state", "cause_first_date",
    "cause_last_date", "cause_days", "delivery_state", "late_delivery_days", "not_started_until", "next_event",
    "next_date", "missing",
    "is_supplied", "underused", "underused_class", "underused_classes", "underused_citation", "underused_missing",
    *COMPARISON_COLUMNS, "source_file", "source_row",
]  # fmt: skip


def evaluate_idle_land(
    parcels: GeoDataFrame,
    rules: Rulebook,
    *,
    zones: GeoDataFrame | None = None,
    events: pd.DataFrame | None = None,
    guide: LandGuide | None = None,
    claims: Claims | None = None,
    gaps: pd.DataFrame | None = None,
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
    claims
        From `gis.overlay.find_claims` of these parcels; found here without it.
    gaps
        Gaps between parcels by zone: zone_id, entity_id, area_m2. Without them they are among the ground in no parcel.

    Returns
    -------
    A balance whose figures are, by zone, and over all zones (``"*"``) where there are several: one
    ``<status>_area_m2`` a status, ``underused_area_m2`` and ``underused_undetermined_area_m2``,
    ``parcel_area_m2`` (the sum of the statuses), ``supplied_area_m2``, which with
    ``approved_not_supplied_area_m2`` and ``supply_undetermined_area_m2`` (and ``supply_contested_m2`` where claimants
    differ) is the parcels again, ``supplied_undetermined_area_m2`` (supplied, status not known), ``not_in_parcels_m2``
    (zone − parcels; where there are gaps, they are ``gaps_m2`` and the rest
    ``land_not_in_parcels_m2``) and ``idle_ratio`` = idle land (type A) / supplied land, the land-idleness rate
    G/D of TD/T 1029: land of unknown supply is in neither, supplied land of unknown status below alone. All are of
    ground: what several parcels claim counts once, and where they differ in status it is in ``contested_m2``
    (``underused_contested_m2``) and in no status; the idle ratio is then None, between
    ``idle_ratio_least`` and ``idle_ratio_most``. Its tables are ``ground`` (`lines_by_status` of each zone),
    ``claims`` (who claims which ground, where several do), ``routes`` (see `settle_routes`), ``early_warnings``
    (`list_early_warnings`), ``terms`` (`list_terms`), ``underused`` (`list_underused`), ``unused_capacity``
    (`measure_unused_capacity`), ``surplus`` (`list_surplus`), and of several zones ``bureau``, one row
    over all of them. Where zones share ground nothing is stated over all, for it would count that ground twice.

    Raises
    ------
    SchemaError
        If the parcels are not measured.
    RuleError
        If a rule of idle land is not in force on the date. Without a definition of underused land on
        the date at the place, that alone is undetermined; what the land would be by another district's
        definition stands beside it (``underused_comparison``), in no figure.

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
    routes = settle_routes(facts, status, rules)
    table = pd.DataFrame(parcels.drop(columns=parcels.geometry.name)).join(status).join(underused).join(routes["bar"])
    table["citation"] = table["status"].map(citations).fillna("").astype("str")
    table["block"] = table["is_supplied"].map({True: SUPPLIED, False: NOT_SUPPLIED})
    inside = table.sort_values("parcel_id", ignore_index=True)
    inside = inside[inside["zone_id"].notna()]
    claims = claims_of(parcels, claims)
    shares = _Answers.of(inside, claims)
    balances = [_zone(zone, inside, shares, rules, gaps=gaps) for zone in zone_table(inside, zones)]
    zones_table = pd.DataFrame([row for row, _ in balances])
    figures = tuple(figure for _, figures in balances for figure in figures)
    is_apart = zones_stand_apart(zones)
    is_whole = is_apart and len(zones_table) >= MORE
    bureau, over_all = _over_all(zones_table, figures) if is_whole else (pd.DataFrame(), ())
    tables = _listed(routes, rules, list_terms(parcels["parcel_id"], log, rules)) | {
        "bureau": bureau,
        "ground": _ground(inside, shares.status, [*zones_table["zone_id"], *([ALL_ZONES] if is_whole else [])]),
        "underused": list_underused(yields, table, rules),
        "underused_ground": _underused_ground(inside, claims),
        "unused_capacity": measure_unused_capacity(parcels),
        "surplus": list_surplus(parcels, log, rules),
    }
    if len(claims.members):
        tables["claims"] = claims.members
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
        notes=(*_notes(rules, events, guide), *claims_notes(claims), *(() if is_apart else (OVERLAP_NOTE,))),
        tables=tables,
    )


def classify_land(
    parcels: pd.DataFrame, log: pd.DataFrame, rules: Rulebook, *, guide: LandGuide | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return facts, status, facts of use, and verdicts on underused land, on the index of ``parcels``."""
    facts = facts_on(parcels, log, rules.as_of)
    status = classify_facts(facts, rules)
    yields, other = facts, comparison_rules(rules)
    judging = rules if is_underused_defined(rules) else other
    if judging is not None:
        yields = underused_facts(parcels, log, judging).assign(production_date=facts["production_date"])
    found = classify_underused(yields, status, rules, guide=guide)
    return facts, status, yields, found.join(compare_underused(yields, status, other, guide=guide))


def _notes(rules: Rulebook, events: pd.DataFrame | None, guide: LandGuide | None) -> tuple[str, ...]:
    lacking = UNDEFINED_NOTE if not is_underused_defined(rules) else "" if guide and guide.entries else GUIDE_NOTE
    return (*NOTES, *((lacking,) if lacking else ()), *(() if events is None else (LOG_NOTE,)))


def _listed(routes: pd.DataFrame, rules: Rulebook, terms: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return where each status leads, and what comes next; parcels that nothing follows for are left off."""
    paid = set(terms.loc[(terms["term"] == "payment_due") & terms["done_date"].notna(), "parcel_id"])
    settled = routes["parcel_id"].astype("str").isin(paid)
    routes = routes.assign(payment_due_date=routes["payment_due_date"].mask(settled))
    ahead = ["becomes_idle_date", "reclaim_date", "recognisable_date", "payment_due_date"]
    open_rows = (routes["route"] != "") | (routes["contract_exit"] != "") | routes[ahead].notna().any(axis=1)
    listed = routes[open_rows].sort_values("parcel_id", ignore_index=True)
    return {"routes": listed, "early_warnings": list_early_warnings(routes, rules, terms=terms), "terms": terms}


@dataclasses.dataclass(frozen=True)
class _Answers:
    """What shared ground takes off each kind of answer: block and status, block, supply, use, lying in any parcel."""

    status: Shares
    block: Shares
    supply: Shares
    underused: Shares
    parcels: Shares

    @staticmethod
    def of(inside: pd.DataFrame, claims: Claims) -> _Answers:
        by_id = inside.set_index(inside["parcel_id"].astype("str"))
        members = claims.members
        line, block, use = (members["parcel_id"].map(by_id[name]) for name in ("status", "block", "underused"))
        # Of land not supplied it is either known that it is approved, or not known whether it was supplied.
        supply = block.where(block == SUPPLIED, line.where(line == APPROVED, "undetermined"))
        answers = (block.astype("str") + "/" + line.astype("str"), block, supply, use, ["parcels"] * len(members))
        return _Answers(*(share_out(members, each) for each in answers))


def _ground(inside: pd.DataFrame, shares: Shares, scopes: list[str]) -> pd.DataFrame:
    """Return the ground of every zone by block and status, and of all together where that is asked for."""
    land = inside.assign(line=inside["status"])
    rows = [
        {"zone_id": zone, "block": block, "line": line, "parcels_count": count, "area_m2": mm2 / SQUARE_MM}
        for zone in scopes
        for block, line, count, mm2 in lines_by_status(land, shares, None if zone == ALL_ZONES else zone)
    ]
    return pd.DataFrame(rows, columns=["zone_id", "block", "line", "parcels_count", "area_m2"])


def _underused_ground(inside: pd.DataFrame, claims: Claims) -> pd.DataFrame:
    """Return the ground that is, may be or is contested to be underused: by class, then in any (class "")."""
    rows = []
    by_id, zone_ids = inside.set_index(inside["parcel_id"].astype("str")), sorted(set(inside["zone_id"]))
    for name in (*CLASSES, "underused"):
        shares = share_out(claims.members, claims.members["parcel_id"].map(by_id[name]))
        sums = {
            verdict: math.fsum(inside.loc[inside[name] == verdict, "area_m2"])
            - math.fsum(shares.off(zone, [verdict]) for zone in zone_ids)
            for verdict in ("met", "undetermined")
        }
        sums[CONTESTED] = math.fsum(shares.contested["area_m2"])
        whole = {verdict: round(area, 6) if abs(area) > ROUNDING_M2 else 0.0 for verdict, area in sums.items()}
        rows += [
            {"class": "" if name == "underused" else name, "verdict": key, "area_m2": m2} for key, m2 in whole.items()
        ]
    return pd.DataFrame(rows)


def _zone(
    zone: dict[str, Any], inside: pd.DataFrame, shares: _Answers, rules: Rulebook, *, gaps: pd.DataFrame | None
) -> tuple[dict[str, Any], list[Figure]]:
    zone_id, as_of = zone["zone_id"], rules.as_of
    land = inside[inside["zone_id"] == zone_id]

    def once(rows: pd.DataFrame, cited: Any, of: Shares, *answers: str) -> pd.DataFrame:
        return of.once(area_rows(rows, as_of, cited), zone_id, answers, as_of)

    by_status = {}
    for status in STATUSES:
        rows = land[land["status"] == status]
        by_status[status] = once(rows, rows["citation"], shares.status, *(f"{block}/{status}" for block in BLOCKS))
    supplied = once(land[land["is_supplied"]], "", shares.block, SUPPLIED)
    undetermined = land[land["status"] == "undetermined"]
    open_state = undetermined[undetermined["is_supplied"]]
    # Work can be on record where no supply is: the state is then known, and the supply is not.
    open_supply = land[~land["is_supplied"] & (land["status"] != APPROVED)]
    used, open_ = (land[land["underused"] == verdict] for verdict in ("met", "undetermined"))
    figures = [Figure.of_sum(f"{status}_area_m2", zone_id, rows) for status, rows in by_status.items()]
    figures += [
        Figure.of_sum("underused_area_m2", zone_id, once(used, used["underused_citation"], shares.underused, "met")),
        Figure.of_sum("underused_undetermined_area_m2", zone_id, once(open_, "", shares.underused, "undetermined")),
        Figure.of_sum("parcel_area_m2", zone_id, once(land, "", shares.parcels, "parcels")),
        Figure.of_sum("supplied_area_m2", zone_id, supplied),
        Figure.of_sum("supply_undetermined_area_m2", zone_id, once(open_supply, "", shares.supply, "undetermined")),
        Figure.of_sum(
            "supplied_undetermined_area_m2", zone_id,
            once(open_state, "", shares.status, f"{SUPPLIED}/undetermined"),
        ),
        *_idle_ratio(zone_id, by_status["idle"], supplied, shares.status, as_of),
    ]
    disputes = (
        ("contested_m2", shares.status), ("supply_contested_m2", shares.supply),
        ("underused_contested_m2", shares.underused),
    )  # fmt: skip
    for name, of in disputes:
        rows = of.disputed_rows(zone_id, as_of)
        figures += [Figure.of_sum(name, zone_id, rows)] if len(rows) else []
    doubled = shares.parcels.off(zone_id, ["parcels"])
    if not math.isnan(zone["zone_area_m2"]):
        rest = _remainder_rows(zone, land, doubled, rules)
        figures += [Figure.of_sum("not_in_parcels_m2", zone_id, rest), *_gap_figures(zone_id, rest, gaps, as_of)]
    told: dict[str, Any] = {_column(figure): figure.value for figure in figures}
    none = {"overlap_m2": doubled} | dict.fromkeys(CONTESTED_FIGURES, 0.0)
    limits = dict.fromkeys(("idle_ratio_least", "idle_ratio_most"), told["idle_ratio"])
    known = {}
    if gaps is not None and "not_in_parcels_m2" in told:
        known = {"land_not_in_parcels_m2": told["not_in_parcels_m2"], "gaps_m2": 0.0}
    return dict(zone) | none | limits | known | told, figures


def _gap_figures(zone_id: str, rest: pd.DataFrame, gaps: pd.DataFrame | None, as_of: dt.date) -> list[Figure]:
    """Return gaps and land in no parcel apart, where there are gaps."""
    own = None if gaps is None else gaps[gaps["zone_id"] == zone_id]
    if own is None or not len(own):
        return []
    columns: dict[str, Any] = {"clause": "", "as_of": as_of.isoformat(), "source_file": "", "source_row": 0}
    rows = own.assign(value=own["area_m2"], **columns)[["entity_id", "value", *columns]]
    land = pd.concat([rest, rows.assign(value=-rows["value"])], ignore_index=True)
    return [Figure.of_sum("gaps_m2", zone_id, rows), Figure.of_sum("land_not_in_parcels_m2", zone_id, land)]


def _idle_ratio(
    zone_id: str, idle: pd.DataFrame, supplied: pd.DataFrame, shares: Shares, as_of: dt.date
) -> list[Figure]:
    """Return the idle ratio; where contested ground could change it, None and the limits between which it lies."""
    limits = ratio_limits(shares, zone_id)
    ratio = Figure.of_ratio("idle_ratio", zone_id, numerator=idle, denominator=supplied)
    if not any(any(pair) for pair in limits.values()):
        return [ratio]
    found = [Figure("idle_ratio", zone_id, None, "ratio", ratio.rows.iloc[:0])]
    for name, added in limits.items():
        terms = [
            pd.concat([part for part in (rows, ground_row(more, as_of, entity=CONTESTED)) if len(part)] or [rows])
            for rows, more in zip((idle, supplied), added, strict=True)
        ]
        found.append(Figure.of_ratio(f"idle_ratio_{name}", zone_id, numerator=terms[0], denominator=terms[1]))
    return found


def _over_all(zones: pd.DataFrame, figures: tuple[Figure, ...]) -> tuple[pd.DataFrame, tuple[Figure, ...]]:
    """Return the row and figures over all zones, from the rows of those of each zone."""
    found = []
    by_zone = {(figure.zone_id, figure.name): figure for figure in figures}
    for name in dict.fromkeys(figure.name for figure in figures):
        # Where nothing is contested a zone's ratio is its own limit, and no ground of it is contested.
        stand_in = {"land_not_in_parcels_m2": "not_in_parcels_m2"}.get(name, name)
        stand_in = "idle_ratio" if name.startswith("idle_ratio_") else stand_in
        own = [by_zone.get((zone, name)) or by_zone.get((zone, stand_in)) for zone in zones["zone_id"]]
        there = [figure for figure in own if figure is not None]
        if len(there) < len(zones) and name not in {*CONTESTED_FIGURES, "gaps_m2"}:
            continue  # a zone without an area of its own leaves the whole without one
        rows = pd.concat([figure.rows for figure in there if len(figure.rows)] or [there[0].rows], ignore_index=True)
        if name == "idle_ratio" and any((zone, "idle_ratio_least") in by_zone for zone in zones["zone_id"]):
            found.append(Figure(name, ALL_ZONES, None, "ratio", rows.iloc[:0]))
        elif there[0].unit == "ratio":
            above, below = (rows[rows["term"] == term] for term in ("numerator", "denominator"))
            found.append(Figure.of_ratio(name, ALL_ZONES, numerator=above, denominator=below))
        else:
            found.append(Figure.of_sum(name, ALL_ZONES, rows, unit=there[0].unit))
    row: dict[str, Any] = {"zone_id": ALL_ZONES, "zones_count": len(zones)}
    known = zones["zone_area_m2"].notna().all()
    row["zone_area_m2"] = math.fsum(zones["zone_area_m2"]) if known else float("nan")
    row |= {name: math.fsum(zones[name]) for name in ("overlap_m2", *CONTESTED_FIGURES)}
    if "gaps_m2" in zones:
        apart = ("gaps_m2", "land_not_in_parcels_m2")
        row |= {name: math.fsum(zones[name]) if known else float("nan") for name in apart}
    told = {_column(figure): float("nan") if figure.value is None else figure.value for figure in found}
    row |= dict.fromkeys(("idle_ratio_least", "idle_ratio_most"), told["idle_ratio"]) | told
    return pd.DataFrame([row]), tuple(found)


def _column(figure: Figure) -> str:
    whole = figure.name in {"parcel_area_m2", "supplied_area_m2"}
    return figure.name if whole else figure.name.replace("_area_m2", "_m2")


def _remainder_rows(zone: dict[str, Any], land: pd.DataFrame, doubled: float, rules: Rulebook) -> pd.DataFrame:
    """Return the zone's area, less each parcel, plus what parcels claim more than once."""
    own = pd.DataFrame([{"entity_id": zone["zone_id"], "value": zone["zone_area_m2"], **zone["source"]}])
    taken = area_rows(land, rules.as_of).assign(value=lambda rows: -rows["value"])
    parts = [own.assign(clause="", as_of=rules.as_of.isoformat()), taken]
    return taken_off(pd.concat([part for part in parts if len(part)], ignore_index=True), -doubled, rules.as_of)


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
