"""Step two: land measured, layers overlaid and verified, the three balances computed."""

from __future__ import annotations

import dataclasses
from typing import Any

import geopandas as gpd
import pandas as pd

from gis.analyses import (
    GREEN_RULES,
    Balance,
    Precedence,
    compare_bases,
    cover_green,
    cover_land_use,
    default_precedence,
    evaluate_green_ratio,
    evaluate_idle_land,
    evaluate_mixed_use,
    overlapping_kinds,
    with_green_outside,
    with_other_precedence,
)
from gis.checks.recorder import place_of
from gis.crs import AreaBasis
from gis.errors import InputError
from gis.issues import IssueLog, Severity
from gis.ledgers import LedgerState
from gis.overlay import (
    Claims,
    find_claims,
    intersect_pairs,
    measure_overlap,
    measure_parcels,
    measure_zones,
    verify_pairs,
)
from gis.regulations import Rulebook, load_rules
from gis.scenarios import GreenLand
from gis.schema import worst_quality
from gis.workflow.ground_check import check_ground
from gis.workflow.invariants import check_invariants
from gis.workflow.loading import Loaded, Progress
from gis.workflow.quotas import read_quotas
from gis.workflow.row_accounts import RowAccount, account_green, account_use
from gis.workflow.run_file import RunFile

__all__ = [
    "Measured", "balance_land", "claims_in", "claims_record", "measure_green", "measured_land", "rules_of",
]  # fmt: skip


@dataclasses.dataclass
class Measured:
    """Everything a run computed."""

    rules: Rulebook
    zones: Any
    land: Any
    claims: Claims
    balances: dict[str, Balance]
    verification: list[dict[str, Any]]
    invariants: list[dict[str, Any]]
    quotas: LedgerState | None = None
    accounts: dict[str, RowAccount] = dataclasses.field(default_factory=dict)
    outlines: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    #: Balance → the rules without a value on the day at the place, for want of which it was not made.
    left_out: dict[str, list[dict[str, Any]]] = dataclasses.field(default_factory=dict)

    @property
    def area_basis(self) -> str:
        """The basis of every m²."""
        return str(self.zones["area_basis"].iloc[0])

    @property
    def quality(self) -> str:
        """The worst quality of a boundary among the zones."""
        return worst_quality(self.zones["boundary_quality"])


def rules_of(loaded: Loaded) -> Rulebook:
    """Return the rulebook of a run, with its hypothetical values."""
    rules = load_rules(as_of=loaded.run.as_of, place=loaded.run.place)
    for entry in loaded.run.rules:
        rules = rules.replace(entry.name, entry.value, entry.reason)
    return rules


def balance_land(loaded: Loaded, *, rules: Rulebook | None = None, progress: Progress | None = None) -> Measured:
    """Compute the balances of a run that passed its gate, under its own rules or those given.

    Raises
    ------
    TopologyError
        If two methods disagree on an area, or the lines of a balance do not add up.
    RuleError
        If a rule is not in force; without a green floor on the day, only the green balance is left out.
    QuotaError, InputError
        If the run's ledger is not whole, or can't be read; if a row was lost between file and figures.
    """
    step = progress or (lambda _: None)
    tables, basis = loaded.tables, loaded.run.area_basis
    step("measure land")
    zones, land = measured_land(tables, basis)
    claims = claims_in(loaded, land)
    zones = measure_overlap(zones, land, claims=claims)
    measured = Measured(rules or rules_of(loaded), zones, land, claims, {}, [], [])
    inside = land[land["zone_id"].notna()].reset_index(drop=True)
    _verify(measured, loaded.issues, "approved_boundaries", land, zones, "zone_id", basis=basis)
    step("balance idle_land")
    measured.balances["idle_land"] = evaluate_idle_land(
        land, measured.rules, zones=zones, events=tables.get("parcel_events"), guide=loaded.guide, claims=claims,
        gaps=gaps_in(loaded, zones, basis),
    )
    lacking = measured.rules.lacking(GREEN_RULES) if "green_spaces" in tables else []
    if lacking:
        measured.left_out["green_ratio"] = lacking
    elif "green_spaces" in tables:
        step("balance green_ratio")
        measured.balances["green_ratio"] = _green_ratio(measured, loaded, basis)
    if "land_use" in tables:
        step("balance mixed_use")
        patches = cover_land_use(tables["land_use"], precedence_of(loaded.run, "land_use"))
        pairs = _verify(measured, loaded.issues, "land_use", inside, patches, "patch_id", basis=basis)
        measured.balances["mixed_use"] = evaluate_mixed_use(
            land, pairs, land_use=patches, rules=measured.rules, zones=zones, buildings=tables.get("buildings"),
            claims=claims, claimed_use=_claimed_pairs(claims, patches, "patch_id", basis),
        )  # fmt: skip
    measured.invariants += check_invariants(measured, tables["parcels"], basis)
    measured.accounts |= account_use(loaded.accounts, tables, land, measured.balances, as_of=measured.rules.as_of)
    step("check ground")
    held_by = {table: precedence_of(loaded.run, table) for table in ("green_spaces", "land_use")}
    measured.outlines += check_ground(measured, loaded, held_by)
    if loaded.run.ledger is not None:
        step("read ledger")
        measured.quotas = read_quotas(loaded.run, land)
    return measured


def measured_land(tables: dict[str, Any], basis: AreaBasis) -> tuple[Any, Any]:
    """Return the zones and the parcels of a run, measured on a basis."""
    zones = measure_zones(tables["approved_boundaries"], basis=basis)
    return zones, measure_parcels(tables["parcels"], zones)


def gaps_in(loaded: Loaded, zones: Any, basis: AreaBasis) -> Any:
    """Return the gaps between parcels that the checks found, by zone: zone_id, entity_id, area_m2; None if unknown."""
    shapes = [] if loaded.topology is None else loaded.topology.gaps
    if loaded.topology is None or not all(shape.is_valid for shape in shapes):
        return None
    if not shapes:
        return pd.DataFrame({"zone_id": [], "entity_id": [], "area_m2": []})
    places = [f"gap {number:04d} @ {place_of(shape)}" for number, shape in enumerate(shapes, start=1)]
    frame = gpd.GeoDataFrame({"gap_id": pd.Series(places, dtype="str")}, geometry=list(shapes), crs=zones.crs)
    pairs = intersect_pairs(frame, zones, source_id="gap_id", target_id="zone_id", basis=basis)
    return pairs.rename(columns={"source_id": "entity_id", "target_id": "zone_id"})


def claims_in(loaded: Loaded, land: Any) -> Claims:
    """Return the ground that several parcels of a run claim, settled by the priority that its run file declares.

    Raises
    ------
    TopologyError
        If the faces that GEOS builds are not borne out by the overlaps.
    """
    basis: AreaBasis = loaded.run.area_basis
    claims, declared = find_claims(land, basis=basis), loaded.run.claims
    if declared is None or not len(claims.faces):
        return claims
    values = land.set_index(land["parcel_id"].astype("str"))[declared.priority]
    return claims.settled_by(values, greatest=declared.order in {"newest", "highest"})


def precedence_of(run: RunFile, table: str) -> Precedence:
    """Return what holds ground that several kinds claim: what the run file declares, or the program's own."""
    declared = getattr(run.covers, table)
    return default_precedence(table) if declared is None else Precedence(declared.order, declared.reason)


def claims_record(run: RunFile) -> dict[str, Any]:
    """Return, for a manifest, what decides about ground that several claim."""
    return {
        "parcels": None if run.claims is None else run.claims.model_dump(),
        **{table: vars(precedence_of(run, table)) for table in ("green_spaces", "land_use")},
    }


def _claimed_pairs(claims: Claims, layer: Any, layer_id: str, basis: AreaBasis) -> Any:
    """Return what of a layer lies on ground that several parcels claim."""
    return intersect_pairs(claims.faces, layer, source_id="face_id", target_id=layer_id, basis=basis)


def _green_ratio(measured: Measured, loaded: Loaded, basis: AreaBasis) -> Balance:
    """Return the green balance on the run's basis, its verdicts compared with those on the other one.

    It alone judges measured areas: idle land goes by dates and recorded areas, mixed use by floor areas. Where
    kinds of green overlap, its totals with the other precedence stand beside it.
    """
    tables, rules = loaded.tables, measured.rules
    other: AreaBasis = "planar" if basis == "ellipsoidal" else "ellipsoidal"
    precedence = precedence_of(loaded.run, "green_spaces")
    roads = _road_patches(loaded)

    def balance(on: AreaBasis, held_by: Precedence) -> Balance:
        zones, land = (measured.zones, measured.land) if on == basis else measured_land(tables, on)
        claims = measured.claims if on == basis else measured.claims.on_basis(on)
        green = cover_green(tables["green_spaces"], rules, held_by)
        pairs, road_land = _green_pairs(measured, loaded, (zones, land), green=green, roads=roads, basis=on)
        claimed = _claimed_pairs(claims, green, "green_id", on)
        found = evaluate_green_ratio(
            land, pairs, green_spaces=tables["green_spaces"], rules=rules, zones=zones, road_land=road_land,
            claims=claims, claimed_green=claimed,
        )  # fmt: skip
        in_zones = intersect_pairs(zones, green, source_id="zone_id", target_id="green_id", basis=on)
        return with_green_outside(
            found, in_zones, pairs, green_spaces=tables["green_spaces"], claims=claims, claimed_green=claimed,
            counted=rules.get("green.counted_kinds").value,
        )  # fmt: skip

    found = compare_bases(balance(basis, precedence), balance(other, precedence))
    overlaps = overlapping_kinds(
        tables["green_spaces"], rules, measured.zones, precedence=precedence, basis=basis
    )  # fmt: skip
    return with_other_precedence(found, balance(basis, precedence.other), overlaps) if len(overlaps) else found


def _green_pairs(
    measured: Measured, loaded: Loaded, zones_and_land: tuple[Any, Any], *, green: Any, roads: Any, basis: AreaBasis
) -> tuple[Any, Any]:
    """Return the verified pairs of parcels and green, and the road land, on one basis."""
    zones, land = zones_and_land
    inside = land[land["zone_id"].notna()].reset_index(drop=True)
    pairs = _verify(measured, loaded.issues, "green_spaces", inside, green, "green_id", basis=basis)
    return pairs, None if roads is None else _road_land(roads, zones, basis)


def measure_green(loaded: Loaded, *, progress: Progress | None = None) -> GreenLand:
    """Return what the green balance of a run is made of, on its own basis, for scenarios to edit.

    Raises
    ------
    InputError
        If the run has no table of green spaces.
    TopologyError
        If two methods disagree on an area.
    """
    step = progress or (lambda _: None)
    tables, basis = loaded.tables, loaded.run.area_basis
    if "green_spaces" not in tables:
        raise InputError("scenario_without_green", tables=sorted(tables))
    step("measure land")
    zones, land = measured_land(tables, basis)
    claims, precedence = claims_in(loaded, land), precedence_of(loaded.run, "green_spaces")
    zones = measure_overlap(zones, land, claims=claims)
    measured = Measured(rules_of(loaded), zones, land, claims, {}, [], [])
    green, roads = cover_green(tables["green_spaces"], measured.rules, precedence), _road_patches(loaded)
    step("measure green_spaces")
    pairs, road_land = _green_pairs(measured, loaded, (zones, land), green=green, roads=roads, basis=basis)
    account_green(loaded.accounts["green_spaces"], tables["green_spaces"], pairs, land)
    claimed = _claimed_pairs(claims, green, "green_id", basis)
    # Uncut, for an edit may remove the green that lies over other green: what is below then counts.
    return GreenLand(
        land, zones, tables["green_spaces"], pairs, road_land, measured.rules, basis, claims=claims,
        claimed_green=claimed, precedence=precedence,
    )  # fmt: skip


def _verify(
    measured: Measured, issues: IssueLog, table: str, source: Any, target: Any, target_id: str, *, basis: AreaBasis
) -> Any:
    pairs = intersect_pairs(source, target, source_id="parcel_id", target_id=target_id, basis=basis)
    doubted = (doubted_ids(issues, "parcels"), doubted_ids(issues, table))
    result = verify_pairs(
        pairs, source, target=target, source_id="parcel_id", target_id=target_id, doubted=doubted, basis=basis
    )
    measured.verification.append({
        "overlay": f"parcels × {table}", "area_basis": pairs.attrs["area_basis"], "pairs": len(pairs),
        "pairs_checked": result["pairs"], "empty_pairs_checked": result["empty_pairs"],
        "doubted_pairs_checked": result["doubted_pairs"], "largest_difference_m2": result["largest_difference_m2"],
    })  # fmt: skip
    return pairs


def doubted_ids(issues: IssueLog, table: str) -> list[str]:
    """Return the ids of a table whose shape or area an issue doubts; notes doubt nothing.

    Examples
    --------
    >>> log = IssueLog()
    >>> _ = log.add("parcel-overlap", "parcels", ids=["2", "1"], area_m2=4.0, found="4 m²", expected="0 m²")
    >>> _ = log.add("date-order", "parcels", ids=["3"])
    >>> doubted_ids(log, "parcels")
    ['1', '2']
    """
    return sorted({
        key for issue in issues for key in issue.ids
        if issue.table == table and issue.severity.rank >= Severity.WARNING.rank
        and (issue.area_m2 is not None or issue.code.startswith("geometry-"))
    })  # fmt: skip


def _road_patches(loaded: Loaded) -> Any:
    """Return the patches of road land, or None where there are none.

    Ground that other groups claim too is not among them: taken off the zone's land, it would raise the green ratio.
    """
    if "land_use" not in loaded.tables:
        return None
    patches = cover_land_use(loaded.tables["land_use"], precedence_of(loaded.run, "land_use"))
    roads = patches[patches["land_use_group"] == "transport"].reset_index(drop=True)
    return roads if len(roads) else None


def _road_land(roads: Any, zones: Any, basis: AreaBasis) -> Any:
    """Return road land inside each zone, for the case that it does not count as land."""
    pairs = intersect_pairs(roads, zones, source_id="patch_id", target_id="zone_id", basis=basis)
    pairs = pairs.rename(columns={"source_id": "patch_id", "target_id": "zone_id"})
    sources = roads.drop_duplicates("patch_id")[["patch_id", "source_file", "source_row"]]
    return pairs.merge(sources, on="patch_id", how="left", validate="many_to_one")
