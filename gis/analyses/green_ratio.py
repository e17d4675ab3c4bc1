"""The green-ratio balance: Σ green / Σ land of the zone, held as a total, never a mean of ratios."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.findings import PLAN_CITATION, Balance, Figure, exact_m2, finding_rows, findings_table
from gis.analyses.green_conflicts import find_limit_conflicts
from gis.analyses.ground import CLAIMED, NO_PAIRS, Shares, claims_notes, claims_of, share_out, taken_off
from gis.analyses.land import area_rows, basis_of, require_measured, zone_table
from gis.analyses.precedence import cover_green
from gis.analyses.protective_belts import measure_protective_belts
from gis.analyses.roof_green import ROOF, ROOF_COLUMNS, convert_roofs, over_cap_m2, withhold_roofs
from gis.errors import SchemaError
from gis.overlay import intersect_pairs
from gis.regulations import Verdict, judge
from gis.schema import land_use_groups

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.overlay import Claims
    from gis.regulations import Parameter, Rulebook

__all__ = ["GREEN_RULES", "evaluate_green_ratio"]

#: Rules without which there is no green balance: what counts, of what, and how much there has to be.
GREEN_RULES = (
    "green.zone_floor_ratio", "green.harmful_gas_floor_ratio", "green.balance_scope", "green.counted_kinds",
    "green.road_land_counts",
)  # fmt: skip
PARCEL_COLUMNS = [
    "parcel_id", "parcel_name", "zone_id", "area_m2", "green_m2", "green_not_counted_m2", "green_ratio", "floor_ratio",
    "floor_ground", "floor_citation", "ceiling_ratio", "verdict", "shortfall_m2", "surplus_m2", "missing",
    "source_file", "source_row",
]  # fmt: skip
#: Facts without which a roof counts for nothing, though it may be worth something.
ROOF_FACTS = ("roof_height_m", "roof_green_kind")


def evaluate_green_ratio(
    parcels: GeoDataFrame,
    pairs: pd.DataFrame,
    *,
    green_spaces: pd.DataFrame,
    rules: Rulebook,
    zones: GeoDataFrame | None = None,
    road_land: pd.DataFrame | None = None,
    claims: Claims | None = None,
    claimed_green: pd.DataFrame | None = None,
) -> Balance:
    """Balance green land against the zone's floor, and list the parcels below it.

    ``zone_green_ratio = Σ counted green inside parcels / total land of the zone``;
    ``shortfall = max(0, floor · land − Σ green)``. Where roof green counts (``green.counted_kinds``) it does
    so as converted (`gis.analyses.roof_green`), up to its share of the zone's requirement.

    Parameters
    ----------
    parcels
        From `gis.measure_parcels`.
    pairs
        ``gis.intersect_pairs(parcels, green_spaces)``, made from shapes without double cover.
    green_spaces
        Canonical table ``green_spaces``; its kinds decide what counts.
    rules
        The rulebook of the date and place.
    zones
        From `gis.measure_zones`; without it the zone's land is the sum of its parcels.
    road_land
        zone_id, area_m2, source_file, source_row of road land; taken off the land where the
        rulebook says that road land does not count.
    claims
        From `gis.overlay.find_claims` of these parcels; found here without it.
    claimed_green
        ``gis.intersect_pairs(claims.faces, green_spaces)`` of the same green as ``pairs``; measured here without
        it, where several parcels claim some ground.

    Returns
    -------
    A balance with the figures, by zone: ``zone_green_ratio``, ``zone_green_m2``, ``zone_land_m2``,
    ``green_shortfall_m2``, ``green_surplus_m2``, ``green_not_counted_m2``, ``parcels_below_count``. They are of
    ground: what several parcels claim counts once; where it counts for one of them and not for another it is in
    ``green_contested_m2`` and in no total, and a verdict that could turn with it is ``undetermined``.

    Raises
    ------
    SchemaError
        If the parcels are not measured, or several parcels claim some ground and the green spaces have no shapes.
    RuleError
        If a rule is not in force on the date.

    Notes
    -----
    Source: 上海市绿化条例 art. 15 (20 % of the park's total land); 沪府发〔2021〕1号 一(六) (balance by zone);
    沪绿容〔2014〕74号 (roof green). Missing facts of a roof make no zone ``not_met`` that they could lift over
    its floor: it is ``undetermined``.
    """
    require_measured(parcels)
    area_basis = basis_of(parcels, zones=zones, pairs=pairs)
    rules = rules.recorder()
    floor = rules.get("green.zone_floor_ratio")
    rules.get("green.balance_scope")
    counted = set(rules.get("green.counted_kinds").value)
    pieces = convert_roofs(_pieces(pairs, green_spaces, parcels), green_spaces, rules)
    table = _floors(parcels, rules)
    pieces = withhold_roofs(pieces, table, counted, rules)
    table = _unknown_gas(_parcels(table, pieces, counted), rules.get("green.harmful_gas_floor_ratio").value)
    inside = table[table["zone_id"].notna()]
    claims = claims_of(parcels, claims)
    shares = _shares(pieces, counted, claims, _claimed(claims, claimed_green, green_spaces, rules, pairs))
    roads_count = bool(rules.get("green.road_land_counts").value)
    roads = None if roads_count else road_land
    balances = [
        _zone(zone, inside, pieces, shares=shares, counted=counted, floor=floor, roads=roads, rules=rules)
        for zone in zone_table(inside, zones)
    ]
    zone_rows = pd.DataFrame([row for row, _ in balances])
    tables = _tables(parcels, green_spaces, pieces, rules)
    tables["limit_conflicts"] = find_limit_conflicts(inside, zone_rows, rules, claims=claims.members)
    columns = (("area_m2", "roof_rows"), ("credited_m2", "roof_credits"))
    tables["roofs_claimed"] = pd.DataFrame(
        {"zone_id": zone, **{name: shares.off(kind, zone) for name, kind in columns}} for zone in zone_rows["zone_id"]
    )
    return Balance(
        name="green_ratio",
        as_of=rules.as_of,
        place=rules.place,
        area_basis=area_basis,
        parcels=table[PARCEL_COLUMNS],
        zones=zone_rows,
        findings=findings_table(_findings(table, zone_rows, floor, rules), area_basis=area_basis),
        figures=tuple(figure for _, figures in balances for figure in figures),
        rules=rules.read,
        notes=(
            "green.note_total", "green.note_kinds", "green.note_roof_in" if ROOF in counted else "green.note_roof_out",
            "green.note_road_in" if roads is None else "green.note_road_out", *claims_notes(claims),
        ),
        tables=tables,
    )  # fmt: skip


def _claimed(
    claims: Claims, claimed: pd.DataFrame | None, green: pd.DataFrame, rules: Rulebook, pairs: pd.DataFrame
) -> pd.DataFrame:
    """Return the m² of each green space on each face that several parcels claim."""
    if claimed is not None or not len(claims.faces):
        return NO_PAIRS if claimed is None else claimed
    if "geometry" not in green.columns:
        raise SchemaError("green_without_shapes", zones=sorted(set(claims.faces["zone_id"])))
    on_ellipsoid = str(pairs.attrs.get("area_basis", "")).startswith("ellipsoidal")
    held: Any = cover_green(green, rules)
    return intersect_pairs(
        claims.faces, held, source_id="face_id", target_id="green_id", basis="ellipsoidal" if on_ellipsoid else "planar"
    )


@dataclasses.dataclass(frozen=True)
class _Shares:
    """What shared ground takes off the green of parcels: on the ground, on roofs, not counted; and off their land."""

    ground: Shares
    roofs: Shares
    not_counted: Shares
    land: Shares
    roof_rows: Shares
    roof_credits: Shares

    def off(self, kind: str, zone_id: str) -> float:
        """Return the m² that the parcels of a zone hold twice, or in dispute, of one kind."""
        shares: Shares = getattr(self, kind)
        return math.fsum(off for (zone, _), off in shares.taken.items() if zone == zone_id)


def _shares(pieces: pd.DataFrame, counted: set[str], claims: Claims, claimed: pd.DataFrame) -> _Shares:
    """Return what the parcels' pieces hold twice: a piece of green on a face, once a claimant.

    Its answer is what a m² of it counts for there: roofs of a parcel that is short of green on the ground count for
    nothing, though they may for the other claimant.
    """
    own = claimed.rename(columns={"source_id": "face_id", "target_id": "green_id"})
    members = claims.members.drop(columns="area_m2").merge(own, on="face_id")
    facts = pieces[["parcel_id", "green_id", "green_kind", "coefficient", "roof_ground"]]
    members = members.merge(facts, on=["parcel_id", "green_id"]).assign(
        face_id=lambda rows: rows["face_id"].astype("str") + " × " + rows["green_id"].astype("str")
    )
    worth = members["coefficient"].where(members["roof_ground"] == "", 0.0)
    counts, roofs = members["green_kind"].isin(counted), members["green_kind"] == ROOF
    found = {
        name: share_out(members[rows], worth[rows].astype("str"), weights=worth[rows])
        for name, rows in (("ground", counts & ~roofs), ("roofs", counts & roofs))
    }
    rest = members[~counts]
    found["not_counted"] = share_out(rest, ["green"] * len(rest))
    roofs_only = members[members["green_kind"] == ROOF]
    found["roof_rows"] = share_out(roofs_only, ["roof"] * len(roofs_only))
    worth = roofs_only["coefficient"].where(roofs_only["roof_ground"] == "", 0.0)
    found["roof_credits"] = share_out(roofs_only, worth.astype("str"), weights=worth)
    found["land"] = share_out(claims.members, ["land"] * len(claims.members))
    return _Shares(**found)


def _tables(
    parcels: GeoDataFrame, green_spaces: pd.DataFrame, pieces: pd.DataFrame, rules: Rulebook
) -> dict[str, pd.DataFrame]:
    tables = {"green_pieces": pieces, "roof_green": pieces.loc[pieces["green_kind"] == ROOF, ROOF_COLUMNS]}
    if "geometry" in green_spaces.columns:
        tables["protective_belts"] = measure_protective_belts(parcels, green_spaces, rules)
    return tables


def _pieces(pairs: pd.DataFrame, green_spaces: pd.DataFrame, parcels: pd.DataFrame) -> pd.DataFrame:
    """Return one row a parcel and green space: kind, m², zone and the green's source row."""
    green = green_spaces.drop_duplicates("green_id").set_index("green_id")
    zone_of = pd.Series(parcels["zone_id"].to_numpy(), index=parcels["parcel_id"].astype("str"))
    ids = pairs["target_id"]
    return pd.DataFrame(
        {
            "parcel_id": pairs["source_id"],
            "green_id": ids,
            "green_kind": ids.map(green["green_kind"]),
            "zone_id": pairs["source_id"].map(zone_of),
            "area_m2": pairs["area_m2"],
            "source_file": ids.map(green["source_file"]),
            "source_row": ids.map(green["source_row"]),
        }
    )


def _floors(parcels: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    """Return the parcels with the floor of each, its ground and its clause."""
    floor, harmful = rules.get("green.zone_floor_ratio"), rules.get("green.harmful_gas_floor_ratio")
    table = pd.DataFrame(parcels.drop(columns="geometry")).sort_values("parcel_id", ignore_index=True)
    planned = table["green_floor_ratio"].notna()
    gas = table["harmful_gas"].fillna(False).astype(bool) & ~(
        planned & (table["green_floor_ratio"] >= float(harmful.value))
    )
    table["floor_ground"] = np.select([gas, planned], ["floor_harmful_gas", "floor_plan"], default="floor_zone")
    own_floor = table["green_floor_ratio"].fillna(float(floor.value))
    table["floor_ratio"] = own_floor.mask(gas, float(harmful.value))
    plan = PLAN_CITATION + table["green_plan_id"].fillna("").astype("str")
    cited = plan.where(planned, floor.citation.text("zh"))
    table["floor_citation"] = cited.mask(gas, harmful.citation.text("zh"))
    table["ceiling_ratio"] = table["green_ceiling_ratio"]
    table["missing"] = np.where(planned & table["green_plan_id"].isna(), "green_plan_id", "")
    return table


def _parcels(table: pd.DataFrame, pieces: pd.DataFrame, counted: set[str]) -> pd.DataFrame:
    counts = pieces["green_kind"].isin(counted)
    for column, rows, value in (
        ("green_m2", pieces[counts], "credited_m2"), ("green_not_counted_m2", pieces[~counts], "area_m2"),
    ):  # fmt: skip
        by_parcel = rows.groupby("parcel_id")[value].agg(math.fsum)
        table[column] = table["parcel_id"].map(by_parcel).fillna(0.0).astype("float64").round(6)
    area = table["area_m2"].where(table["area_m2"] > 0)
    table["green_ratio"] = table["green_m2"] / area
    margin = _margins(table)
    table["shortfall_m2"], table["surplus_m2"] = (-margin).clip(lower=0.0), margin.clip(lower=0.0)
    table["verdict"] = np.where(margin.isna(), "undetermined", np.where(margin < 0, "not_met", "met"))
    return table


def _unknown_gas(table: pd.DataFrame, harmful: Fraction) -> pd.DataFrame:
    """Leave open what would be short of the harmful-gas floor, where nobody has told whether the project is one.

    Only land that may be industrial is asked: a project of another use gives off none.
    """
    groups = land_use_groups(table)
    asked = table["harmful_gas"].isna() & (groups.isna() | (groups == "industrial")) & (table["verdict"] == "met")
    pairs = zip(table["green_m2"], table["area_m2"], asked, strict=True)
    short = np.array([bool(ask) and exact_m2([green]) < harmful * exact_m2([area]) for green, area, ask in pairs])
    joined = [";".join(part for part in (old, "harmful_gas") if part) for old in table["missing"]]
    return table.assign(
        verdict=np.where(short, "undetermined", table["verdict"]), missing=np.where(short, joined, table["missing"])
    )


def _margins(table: pd.DataFrame) -> pd.Series[float]:
    """Return green − floor · area of each parcel in m², exact to the mm² before it is rounded."""
    triples = zip(table["green_m2"], table["floor_ratio"], table["area_m2"], strict=True)
    margins = [
        float(exact_m2([green]) - Fraction(str(floor)) * exact_m2([area])) if area > 0 else float("nan")
        for green, floor, area in triples
    ]
    return pd.Series(margins, index=table.index, dtype="float64").round(6)


def _zone(
    zone: dict[str, Any],
    inside: pd.DataFrame,
    pieces: pd.DataFrame,
    *,
    shares: _Shares,
    counted: Sequence[str] | set[str],
    floor: Parameter,
    roads: pd.DataFrame | None,
    rules: Rulebook,
) -> tuple[dict[str, Any], list[Figure]]:
    zone_id, as_of = zone["zone_id"], rules.as_of
    land = inside[inside["zone_id"] == zone_id]
    own = pieces[pieces["zone_id"] == zone_id]
    counts = own["green_kind"].isin(counted)
    clause = floor.citation.text("zh")
    land_rows = _land_rows(zone, land, roads, rules, off=shares.off("land", zone_id))
    required = floor.value * exact_m2(land_rows["value"])
    off_roofs, off_others = shares.off("roofs", zone_id), shares.off("not_counted", zone_id)
    green_rows = _green_rows(own[counts], rules, clause, required, off_roofs=off_roofs)
    claimed = shares.off("ground", zone_id) + off_roofs
    green_rows = taken_off(green_rows, claimed, as_of)
    other_rows = taken_off(_piece_rows(own[~counts], rules, ""), off_others, as_of)
    contested = shares.roofs.disputed_rows(zone_id, as_of)
    ratio = Figure.of_ratio("zone_green_ratio", zone_id, numerator=green_rows, denominator=land_rows)
    margin = exact_m2(green_rows["value"]) - required
    needed = land_rows.assign(value=land_rows["value"] * float(floor.value), clause=clause)
    below = land[(land["verdict"] == "not_met")]
    signed = pd.concat([part for part in (green_rows, needed.assign(value=-needed["value"])) if len(part)])
    count_rows = area_rows(below.assign(one=1.0), as_of, below["floor_citation"], value="one")
    figures = [
        ratio,
        Figure.of_sum("zone_green_m2", zone_id, green_rows),
        Figure.of_sum("zone_land_m2", zone_id, land_rows),
        Figure.of_sum("green_not_counted_m2", zone_id, other_rows),
        Figure.of_sum("parcels_below_count", zone_id, count_rows, unit="count"),
        _margin_figure("green_surplus_m2", zone_id, signed, margin),
        _margin_figure("green_shortfall_m2", zone_id, signed.assign(value=-signed["value"]), -margin),
        *([Figure.of_sum("green_contested_m2", zone_id, contested)] if len(contested) else []),
    ]
    verdict = judge(floor.bound, exact_ratio(green_rows, land_rows), floor.value)
    unknown = own[counts & own["roof_ground"].isin(ROOF_FACTS)]
    missing = set(unknown["roof_ground"]) | ({CLAIMED} if len(contested) else set())
    if margin < 0 and (len(unknown) or len(contested)):
        # Both are roofs, which count up to their share of the requirement: no more of them can turn the verdict.
        roofs = exact_m2([*own.loc[counts & (own["green_kind"] == ROOF), "credited_m2"], -off_roofs])
        room = max(Fraction(0), rules.get("green.roof_share_cap").value * required - roofs)
        if margin + min(room, exact_m2(unknown["area_m2"]) + exact_m2(contested["value"])) >= 0:
            verdict = Verdict.UNDETERMINED
    row = {
        "zone_id": zone_id,
        "zone_name": zone["zone_name"],
        "land_m2": ratio.term("denominator"),
        "green_m2": ratio.term("numerator"),
        "green_ratio": ratio.value,
        "floor_ratio": float(floor.value),
        "verdict": str(verdict),
        "shortfall_m2": round(float(max(-margin, Fraction(0))), 6),
        "surplus_m2": round(float(max(margin, Fraction(0))), 6),
        "green_not_counted_m2": math.fsum(other_rows["value"]) + 0.0,
        "citation": clause,
        "parcels_below_count": len(below),
        "missing": ";".join(sorted(missing)) if verdict == Verdict.UNDETERMINED else "",
        "green_claimed_m2": claimed,
        "green_contested_m2": math.fsum(contested["value"]),
        "roofs_claimed_m2": off_roofs,
    }
    return row, figures


def exact_ratio(numerator: pd.DataFrame, denominator: pd.DataFrame) -> Fraction | None:
    """Return Σ/Σ of two sets of rows exactly, or None without land."""
    below = exact_m2(denominator["value"])
    return exact_m2(numerator["value"]) / below if below else None


def _margin_figure(name: str, zone_id: str, rows: pd.DataFrame, margin: Fraction) -> Figure:
    """Return a surplus or shortfall; it has no rows where there is none."""
    return Figure.of_sum(name, zone_id, rows if margin > 0 else rows.iloc[:0])


def _green_rows(
    pieces: pd.DataFrame, rules: Rulebook, clause: str, required: Fraction, *, off_roofs: float
) -> pd.DataFrame:
    """Return what counts, piece by piece; roof green above its share of the requirement is a row below zero."""
    rows = _piece_rows(pieces.assign(area_m2=pieces["credited_m2"]), rules, clause)
    roofs = (pieces["green_kind"] == ROOF).to_numpy()
    if not roofs.any():
        return rows
    rows.loc[roofs, "clause"] = rules.get("green.roof_scheme").citation.text("zh")
    cap = rules.get("green.roof_share_cap")
    over = over_cap_m2([*pieces.loc[roofs, "credited_m2"], -off_roofs], required, cap.value)
    if over <= 0:
        return rows
    above = {"entity_id": "roof > cap", "value": -float(over), "clause": cap.citation.text("zh"),
             "as_of": rules.as_of.isoformat(), "source_file": "", "source_row": 0}  # fmt: skip
    return pd.concat([rows, pd.DataFrame([above])], ignore_index=True)


def _piece_rows(pieces: pd.DataFrame, rules: Rulebook, clause: str) -> pd.DataFrame:
    named = pieces.assign(parcel_id=pieces["parcel_id"] + " × " + pieces["green_id"])
    return area_rows(named, rules.as_of, clause)


def _land_rows(
    zone: dict[str, Any], land: pd.DataFrame, roads: pd.DataFrame | None, rules: Rulebook, *, off: float
) -> pd.DataFrame:
    """Return the zone's land: its own area where it has one, else the ground of its parcels."""
    if math.isnan(zone["zone_area_m2"]):
        return taken_off(area_rows(land, rules.as_of), off, rules.as_of)
    rows = [{"parcel_id": zone["zone_id"], "area_m2": zone["zone_area_m2"], **zone["source"]}]
    if roads is not None:
        own = roads[roads["zone_id"] == zone["zone_id"]]
        rows += own.assign(area_m2=-own["area_m2"], parcel_id=own["patch_id"]).to_dict("records")
    return area_rows(pd.DataFrame(rows), rules.as_of)


def _findings(table: pd.DataFrame, zones: pd.DataFrame, floor: Parameter, rules: Rulebook) -> list[pd.DataFrame]:
    columns = {"zone_id": zones["zone_id"], "entity_id": zones["zone_id"], "observed": zones["green_ratio"]}
    frame = pd.DataFrame(columns).assign(
        verdict=zones["verdict"],
        area_m2=zones["land_m2"],
        missing=zones["missing"],
        note="",
        source_file="",
        source_row=0,
    )
    parts = [finding_rows(frame, analysis="green_ratio", rule=floor, as_of=rules.as_of, entity="approved_boundaries")]
    base = table[table["zone_id"].notna()].rename(columns={"parcel_id": "entity_id", "green_ratio": "observed"})
    harmful = rules.get("green.harmful_gas_floor_ratio")
    for ground, rule in (("floor_zone", floor), ("floor_plan", floor), ("floor_harmful_gas", harmful)):
        rows = base[base["floor_ground"] == ground].assign(note=ground)
        found = finding_rows(rows, analysis="green_ratio", rule=rule, as_of=rules.as_of)
        parts.append(found.assign(threshold=rows["floor_ratio"].astype("str"), citation=rows["floor_citation"]))
    return parts
