"""Step two: land measured, layers overlaid and verified, the three balances computed."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from gis.analyses import STATUSES, Balance, evaluate_green_ratio, evaluate_idle_land, evaluate_mixed_use
from gis.crs import area_basis
from gis.errors import TopologyError
from gis.issues import IssueLog, Severity
from gis.overlay import (
    intersect_pairs,
    measure_overlap,
    measure_parcels,
    measure_zones,
    verify_pairs,
    without_double_cover,
)
from gis.regulations import Rulebook, load_rules
from gis.schema import land_use_groups, worst_quality
from gis.workflow.loading import Loaded, Progress

__all__ = ["Measured", "balance_land", "rules_of"]

#: What the lines of a balance may miss of their total: rounding to 1 mm² a line, and no more.
RESIDUAL_M2 = 1e-3


@dataclasses.dataclass
class Measured:
    """Everything a run computed."""

    rules: Rulebook
    zones: Any
    land: Any
    balances: dict[str, Balance]
    verification: list[dict[str, Any]]
    invariants: list[dict[str, Any]]

    @property
    def area_basis(self) -> str:
        """The basis of every m²."""
        return area_basis(self.zones.crs)

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
        If a rule is not in force.
    """
    step = progress or (lambda _: None)
    tables = loaded.tables
    step("measure land")
    zones = measure_zones(tables["approved_boundaries"])
    land = measure_parcels(tables["parcels"], zones)
    zones = measure_overlap(zones, land)
    measured = Measured(rules or rules_of(loaded), zones, land, {}, [], [])
    inside = land[land["zone_id"].notna()].reset_index(drop=True)
    _verify(measured, loaded.issues, "approved_boundaries", land, zones, "zone_id")
    step("balance idle_land")
    measured.balances["idle_land"] = evaluate_idle_land(
        land, measured.rules, zones=zones, events=tables.get("parcel_events")
    )
    if "green_spaces" in tables:
        step("balance green_ratio")
        green = without_double_cover(tables["green_spaces"])
        pairs = _verify(measured, loaded.issues, "green_spaces", inside, green, "green_id")
        measured.balances["green_ratio"] = evaluate_green_ratio(
            land, pairs, green_spaces=green, rules=measured.rules, zones=zones, road_land=_road_land(tables, zones)
        )
    if "land_use" in tables:
        step("balance mixed_use")
        patches = without_double_cover(tables["land_use"])
        pairs = _verify(measured, loaded.issues, "land_use", inside, patches, "patch_id")
        measured.balances["mixed_use"] = evaluate_mixed_use(
            land, pairs, land_use=patches, rules=measured.rules, zones=zones, buildings=tables.get("buildings")
        )
    _check_invariants(measured)
    return measured


def _verify(measured: Measured, issues: IssueLog, table: str, source: Any, target: Any, target_id: str) -> Any:
    pairs = intersect_pairs(source, target, source_id="parcel_id", target_id=target_id)
    doubted = (doubted_ids(issues, "parcels"), doubted_ids(issues, table))
    result = verify_pairs(pairs, source, target=target, source_id="parcel_id", target_id=target_id, doubted=doubted)
    measured.verification.append({
        "overlay": f"parcels × {table}", "pairs": len(pairs), "pairs_checked": result["pairs"],
        "empty_pairs_checked": result["empty_pairs"], "doubted_pairs_checked": result["doubted_pairs"],
        "largest_difference_m2": result["largest_difference_m2"],
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


def _road_land(tables: dict[str, Any], zones: Any) -> Any:
    """Return road land inside each zone, for the case that it does not count as land."""
    if "land_use" not in tables:
        return None
    patches = tables["land_use"]
    roads = patches[land_use_groups(patches) == "transport"].reset_index(drop=True)
    if not len(roads):
        return None
    pairs = intersect_pairs(without_double_cover(roads), zones, source_id="patch_id", target_id="zone_id")
    pairs = pairs.rename(columns={"source_id": "patch_id", "target_id": "zone_id"})
    sources = roads.drop_duplicates("patch_id")[["patch_id", "source_file", "source_row"]]
    return pairs.merge(sources, on="patch_id", how="left", validate="many_to_one")


def _check_invariants(measured: Measured) -> None:
    """Prove that lines add up to their totals; the residuals go into the manifest."""
    for zone in measured.balances["idle_land"].zones.to_dict("records"):
        lines = math.fsum(zone[f"{status}_m2"] for status in STATUSES)
        _residual(measured, zone["zone_id"], "Σ status = parcels", lines, zone["parcel_area_m2"])
        whole = zone["parcel_area_m2"] - zone["overlap_m2"] + zone["not_in_parcels_m2"]
        _residual(measured, zone["zone_id"], "parcels − overlap + remainder = zone", whole, zone["zone_area_m2"])
        if zone["not_in_parcels_m2"] < -RESIDUAL_M2 * 10:
            raise TopologyError("cover_negative", zone=zone["zone_id"], covered=f"{zone['parcel_area_m2']:,.2f}",
                                area=f"{zone['zone_area_m2']:,.2f}")  # fmt: skip
    for zone in measured.balances["mixed_use"].zones.to_dict("records") if "mixed_use" in measured.balances else ():
        table = measured.balances["mixed_use"].parcels
        land = math.fsum(table.loc[table["zone_id"] == zone["zone_id"], "area_m2"])
        lines = zone["classified_m2"] + zone["unclassified_m2"]
        tolerance = RESIDUAL_M2 * max(len(table), 1)
        _residual(measured, zone["zone_id"], "classified + unclassified = parcels", lines, land, tolerance)


def _residual(
    measured: Measured, zone: str, name: str, lines: float, total: float, tolerance: float = RESIDUAL_M2
) -> None:
    residual = lines - total
    measured.invariants.append({"zone_id": zone, "invariant": name, "residual_m2": round(residual, 9)})
    if abs(residual) > tolerance:
        raise TopologyError("lines_do_not_add_up", zone=zone, name=name, lines=f"{lines:,.6f}", total=f"{total:,.6f}")
