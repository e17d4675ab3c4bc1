"""The mixed-use balance: shares of land by group, Hill numbers, and entropy with its k stated.

Diversity is measured on land area (land-use patches inside each parcel); whether a parcel counts as
mixed-use land goes by floor area above ground, as the bonded-zone rule says.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.findings import ROW_COLUMNS, Balance, Figure, finding_rows, findings_table
from gis.analyses.ground import CONTESTED, NO_PAIRS, ROUNDING_M2, Shares, claims_notes, claims_of, share_out, taken_off
from gis.analyses.land import area_rows, basis_of, require_measured, zone_table
from gis.analyses.precedence import cover_land_use
from gis.areas import SQUARE_MM
from gis.errors import RuleError, SchemaError
from gis.overlay import intersect_pairs
from gis.regulations import holds_in_whole_numbers
from gis.schema import land_use_groups

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.overlay import Claims
    from gis.regulations import Parameter, Rulebook

__all__ = ["MIXED_USE_GROUPS", "diversity", "evaluate_mixed_use"]

#: The groups that entropy is normalised by: fixed, so that zones can be compared (k = 8).
MIXED_USE_GROUPS = (
    "industrial", "logistics", "commercial", "public_service", "residential", "transport", "utilities", "green",
)  # fmt: skip
VERDICTS = ("met", "not_met", "undetermined")
#: Codes of urban housing by scheme: how they begin, and what begins so and is none (services of a housing estate).
HOUSING_CODES = {
    "mnr_2023": (("0701",), ()), "third_survey": (("0701",), ()), "gb50137_2011": (("R",), ("R12", "R22", "R32")),
    "shanghai_control_plan": (("R",), ()),
}  # fmt: skip
#: What the rule bars → the column of buildings that tells it.
BARRED = {"commodity_housing": "commodity_housing"}
PARCEL_COLUMNS = [
    "parcel_id", "parcel_name", "zone_id", "area_m2", "uses_count", "hill_1", "hill_2", "entropy", "dominant_group",
    "dominant_share", "classified_m2", "unclassified_m2", "contested_m2", "overlap_m2", "floor_area_m2",
    "floor_uses_count", "barred_floor_m2", "single_use", "verdict", "missing", "source_file", "source_row",
]  # fmt: skip


def diversity(areas: dict[str, float], k: int = len(MIXED_USE_GROUPS)) -> dict[str, float]:
    """Return Hill numbers and entropy of a set of areas.

    With shares p: ``hill_1 = exp(−Σ p ln p)``, ``hill_2 = 1/Σp²`` (effective numbers of uses) and
    ``entropy = −Σ p ln p / ln k`` (Cervero & Kockelman 1997); a share of 0 adds 0. Without any area
    nothing is defined (NaN), and k = 1 gives 0.

    Examples
    --------
    >>> even = diversity({"industrial": 50.0, "logistics": 50.0}, k=2)
    >>> round(even["hill_1"], 9), even["hill_2"], round(even["entropy"], 9)
    (2.0, 2.0, 1.0)
    """
    total = math.fsum(areas.values())
    if total <= 0:
        return {"hill_1": math.nan, "hill_2": math.nan, "entropy": math.nan}
    shares = [area / total for area in areas.values() if area > 0]
    shannon = -math.fsum(share * math.log(share) for share in shares) + 0.0
    return {
        "hill_1": math.exp(shannon),
        "hill_2": 1 / math.fsum(share * share for share in shares),
        "entropy": shannon / math.log(k) if k > 1 else 0.0,
    }


def evaluate_mixed_use(
    parcels: GeoDataFrame,
    pairs: pd.DataFrame,
    *,
    land_use: pd.DataFrame,
    rules: Rulebook,
    zones: GeoDataFrame | None = None,
    buildings: pd.DataFrame | None = None,
    claims: Claims | None = None,
    claimed_use: pd.DataFrame | None = None,
) -> Balance:
    """Measure the mix of uses of each parcel and zone.

    Parameters
    ----------
    parcels
        From `gis.measure_parcels`.
    pairs
        ``gis.intersect_pairs(parcels, land_use)``, made from shapes without double cover.
    land_use
        Canonical table ``land_use``; best as `gis.analyses.cover_land_use` returns it, with ground that patches of
        different groups claim in group ``contested``.
    rules
        The rulebook of the date and place.
    zones
        From `gis.measure_zones`.
    buildings
        Canonical table ``buildings``: floor area by use, for the verdict.
    claims
        From `gis.overlay.find_claims` of these parcels; found here without it.
    claimed_use
        ``gis.intersect_pairs(claims.faces, land_use)`` of the same patches as ``pairs``; measured here without it,
        where several parcels claim some ground.

    Returns
    -------
    A balance; ``tables["shares"]`` holds area and share by parcel (and by zone, with parcel_id "")
    and group. Area of codes that no group knows is ``unclassified_m2``, never dropped; what patches of different
    groups claim is ``contested_m2``, in no group. Figures of a zone are of ground, each m² once.

    Notes
    -----
    Source of the verdict: 中（沪）自保管〔2021〕175号 art. 3 in the three zones that it names (two or more
    uses, each more than 10 % of the floor area above ground, and no commodity housing); elsewhere
    上海市控制性详细规划技术准则 3.4.1 (each 10 % or more; one above 90 % is single-use).
    """
    require_measured(parcels)
    area_basis = basis_of(parcels, zones=zones, pairs=pairs)
    rules = rules.recorder()
    pieces = _pieces(pairs, land_use, parcels)
    table = pd.DataFrame(parcels.drop(columns="geometry")).sort_values("parcel_id", ignore_index=True)
    table = _with_diversity(table, pieces)
    listed_zones = list(zone_table(table[table["zone_id"].notna()], zones))
    names = {zone["zone_id"]: zone["zone_name"] for zone in listed_zones}
    table, floor_findings, notes = _with_verdict(table, buildings, rules, names)
    inside = table[table["zone_id"].notna()]
    cited = {zone_id: rows["citation"].iloc[0] for part in floor_findings for zone_id, rows in part.groupby("zone_id")}
    claims = claims_of(parcels, claims)
    shares = _claim_shares(pieces, table, claims, _claimed(claims, claimed_use, land_use, pairs))
    judged_zones = [{**zone, "citation": cited.get(zone["zone_id"], "")} for zone in listed_zones]
    balances = [_zone(zone, pieces, inside, shares, rules) for zone in judged_zones]
    return Balance(
        name="mixed_use",
        as_of=rules.as_of,
        place=rules.place,
        area_basis=area_basis,
        parcels=table[PARCEL_COLUMNS],
        zones=pd.DataFrame([row for row, _ in balances]),
        findings=findings_table(floor_findings, area_basis=area_basis),
        figures=tuple(figure for _, figures in balances for figure in figures),
        rules=rules.read,
        notes=("mixed.note_basis_land", "mixed.note_basis_floor", "mixed.note_entropy", "mixed.note_left_out",
               *notes, *claims_notes(claims)),
        tables={"shares": _shares(pieces, shares.groups)},
    )


def _pieces(pairs: pd.DataFrame, land_use: pd.DataFrame, parcels: pd.DataFrame) -> pd.DataFrame:
    patches = land_use.drop_duplicates("patch_id").set_index("patch_id")
    groups = patches["land_use_group"] if "land_use_group" in patches else land_use_groups(patches)
    zone_of = pd.Series(parcels["zone_id"].to_numpy(), index=parcels["parcel_id"].astype("str"))
    ids = pairs["target_id"]
    return pd.DataFrame(
        {
            "parcel_id": pairs["source_id"],
            "patch_id": ids,
            "group": ids.map(groups).fillna("").astype("str"),
            "zone_id": pairs["source_id"].map(zone_of),
            "area_m2": pairs["area_m2"],
            "source_file": ids.map(patches["source_file"]),
            "source_row": ids.map(patches["source_row"]),
        }
    )


def _claimed(claims: Claims, claimed: pd.DataFrame | None, land_use: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the m² of each patch on each face that several parcels claim."""
    if claimed is not None or not len(claims.faces):
        return NO_PAIRS if claimed is None else claimed
    if "geometry" not in land_use.columns:
        raise SchemaError("use_without_shapes", zones=sorted(set(claims.faces["zone_id"])))
    on_ellipsoid = str(pairs.attrs.get("area_basis", "")).startswith("ellipsoidal")
    held: Any = land_use if "land_use_group" in land_use else cover_land_use(land_use)
    return intersect_pairs(
        claims.faces, held, source_id="face_id", target_id="patch_id", basis="ellipsoidal" if on_ellipsoid else "planar"
    )


@dataclasses.dataclass(frozen=True)
class _ClaimShares:
    """What shared ground takes off each group of use, and off parcels by their verdict."""

    groups: Shares
    verdicts: Shares
    land: Shares


def _claim_shares(pieces: pd.DataFrame, table: pd.DataFrame, claims: Claims, claimed: pd.DataFrame) -> _ClaimShares:
    """Return what shared ground takes off; a patch has one use whoever claims it, so that no group is contested."""
    own = claimed.rename(columns={"source_id": "face_id", "target_id": "patch_id"})
    members = claims.members.drop(columns="area_m2").merge(own, on="face_id")
    members = members.merge(pieces[["parcel_id", "patch_id", "group"]], on=["parcel_id", "patch_id"]).assign(
        face_id=lambda rows: rows["face_id"].astype("str") + " × " + rows["patch_id"].astype("str")
    )
    verdicts = claims.members["parcel_id"].map(table.set_index(table["parcel_id"].astype("str"))["verdict"])
    return _ClaimShares(
        share_out(members, members["group"]), share_out(claims.members, verdicts),
        share_out(claims.members, ["land"] * len(claims.members)),
    )  # fmt: skip


def _with_diversity(table: pd.DataFrame, pieces: pd.DataFrame) -> pd.DataFrame:
    wide = pieces.pivot_table(index="parcel_id", columns="group", values="area_m2", aggfunc=math.fsum, fill_value=0.0)
    known = wide.reindex(columns=[name for name in wide.columns if name not in {"", CONTESTED}], fill_value=0.0)
    contested = wide[CONTESTED] if CONTESTED in wide else pd.Series(0.0, index=wide.index)
    mixed = known.reindex(columns=list(MIXED_USE_GROUPS), fill_value=0.0)
    total = mixed.sum(axis=1)
    shares = mixed.div(total.where(total > 0), axis=0)
    logs = np.log(shares.where(shares > 0, 1.0))
    shannon = -(shares * logs).sum(axis=1).where(total > 0)
    per_parcel = pd.DataFrame(
        {
            "uses_count": (mixed > 0).sum(axis=1),
            "hill_1": np.exp(shannon),
            "hill_2": 1 / (shares**2).sum(axis=1).where(total > 0),
            "entropy": shannon / math.log(len(MIXED_USE_GROUPS)) + 0.0,
            "dominant_group": mixed.idxmax(axis=1).where(total > 0),
            "dominant_share": shares.max(axis=1),
            "classified_m2": known.sum(axis=1),
            "contested_m2": contested,
        }
    )
    covered = pieces.groupby("parcel_id")["area_m2"].agg(math.fsum)
    table = table.join(per_parcel, on="parcel_id")
    table["uses_count"] = table["uses_count"].fillna(0).astype("int64")
    table["classified_m2"] = table["classified_m2"].fillna(0.0).round(6)
    over = (table["parcel_id"].map(covered).fillna(0.0) - table["area_m2"]).clip(lower=0.0)
    # Patches without double cover can't hold more than the parcel; rounding of many can, by mm².
    table["overlap_m2"] = over.where(over > 1e-3, 0.0).round(6)
    table["contested_m2"] = table["contested_m2"].fillna(0.0).round(6)
    rest = table["area_m2"] - table["classified_m2"] - table["contested_m2"]
    table["unclassified_m2"] = rest.clip(lower=0.0).round(6)
    table.loc[table["unclassified_m2"] < 1e-3, "unclassified_m2"] = 0.0
    return table.assign(dominant_group=table["dominant_group"].astype("str"))


def _with_verdict(
    table: pd.DataFrame, buildings: pd.DataFrame | None, rules: Rulebook, names: dict[str, str]
) -> tuple[pd.DataFrame, list[pd.DataFrame], tuple[str, ...]]:
    """Judge each parcel by the rule that reaches its zone: the bonded-area text names three zones only."""
    floors, housing = _floor_areas(buildings), _commodity_housing(buildings)
    total = table["parcel_id"].astype("str").map(floors.sum(axis=1))
    table = table.assign(
        floor_area_m2=total,
        floor_uses_count=0,
        barred_floor_m2=0.0,
        single_use="",
        verdict="undetermined",
        missing=np.where(total > 0, "", "floor_area_m2"),
    )
    zone_ids = table["zone_id"].astype("str").where(table["zone_id"].notna(), "")
    parts, findings, without_rule = [], [], False
    for zone_id, part in table.groupby(zone_ids, sort=True):
        try:
            zone = names.get(zone_id, zone_id)
            share = rules.get("mixed_use.use_share_floor", zone=zone)
            least = rules.get("mixed_use.least_uses", zone=zone)
        except RuleError:
            without_rule = True
            parts.append(part.assign(missing=""))
            continue
        judged, found = _judged(part, floors, share, least, rules)
        barred, found_barred = _barred(_single_use(judged, floors, share, rules), housing, zone, rules)
        parts.append(barred)
        findings += [found, *found_barred]
    judged_table = pd.concat(parts).reindex(table.index) if parts else table
    return judged_table, findings, ("mixed.note_no_rule",) if without_rule else ()


def _judged(
    part: pd.DataFrame, floors: pd.DataFrame, share: Parameter, least: Parameter, rules: Rulebook
) -> tuple[pd.DataFrame, pd.DataFrame]:
    ids = part["parcel_id"].astype("str")
    own = floors.loc[floors.index.isin(ids)]
    uses = ids.map(_uses_above(own, share)).fillna(0).astype("int64")
    known = part["floor_area_m2"] > 0
    verdict = np.where(~known, "undetermined", np.where(uses >= int(least.value), "met", "not_met"))
    part = part.assign(floor_uses_count=uses, verdict=verdict)
    rows = part.rename(columns={"parcel_id": "entity_id"}).assign(observed=uses.astype("float64"), note="")
    found = finding_rows(rows, analysis="mixed_use", rule=least, as_of=rules.as_of)
    return part, found.assign(unit="count", citation=share.citation.text("zh"))


def _single_use(part: pd.DataFrame, floors: pd.DataFrame, share: Parameter, rules: Rulebook) -> pd.DataFrame:
    """Tell whether one use alone makes land single-use, where the text that the mix is judged by says so; else ""."""
    name = "mixed_use.single_use_share"
    if not rules.covers(name) or rules.at(rules.place).get(name).citation.source != share.citation.source:
        return part
    ids = part["parcel_id"].astype("str")
    above = ids.map(_uses_above(floors.loc[floors.index.isin(ids)], rules.get(name))).fillna(0) > 0
    known = part["floor_area_m2"] > 0
    return part.assign(single_use=np.where(~known, "undetermined", np.where(above, "met", "not_met")))


def _barred(
    part: pd.DataFrame, housing: pd.Series[float], zone: str, rules: Rulebook
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Leave out of mixed-use land, whatever the shares, what holds a use that the zone's rule bars."""
    name = "mixed_use.barred_uses"
    if not rules.covers(name, zone=zone):
        return part, []
    rule = rules.get(name, zone=zone)
    held = part["parcel_id"].astype("str").map(housing)
    has = (held.notna() & bool(set(rule.value) & set(BARRED))).to_numpy()
    part = part.assign(
        barred_floor_m2=held.fillna(0.0).round(6), verdict=np.where(has, "not_met", part["verdict"]),
        missing=np.where(has, "", part["missing"]),
    )  # fmt: skip
    rows = part[has].rename(columns={"parcel_id": "entity_id"}).assign(observed=part["barred_floor_m2"], note="")
    found = finding_rows(rows, analysis="mixed_use", rule=rule, as_of=rules.as_of)
    return part, [found.assign(unit="m2", bound="at_most", threshold="0")]


def _commodity_housing(buildings: pd.DataFrame | None) -> pd.Series[float]:
    """Return the m² of commodity housing by parcel, of those that have any: as told, else by the code of the use."""
    if buildings is None or not len(buildings):
        return pd.Series(dtype="float64")
    rows = buildings[buildings["parcel_id"].notna()]
    told = rows["commodity_housing"]
    by_code = pd.Series(data=False, index=rows.index)
    for scheme, (begins, services) in HOUSING_CODES.items():
        code = rows["land_use_code"].astype("str").where(rows["land_use_scheme"] == scheme, "")
        by_code |= code.str.startswith(begins) & ~(code.str.startswith(services) if services else False)
    chosen = rows[told.fillna(by_code).astype(bool) & (rows["floor_area_m2"].isna() | (rows["floor_area_m2"] > 0))]
    return chosen["floor_area_m2"].fillna(0.0).groupby(chosen["parcel_id"].astype("str")).agg(math.fsum)


def _uses_above(areas: pd.DataFrame, share: Parameter) -> pd.Series[int]:
    """Return how many uses of each parcel hold more than the share, exactly: 10 % is not above 10 %.

    ``area / total`` against n/d is ``d · area`` against ``n · total``, in whole mm².
    """
    whole = np.rint(areas.to_numpy(dtype="float64") * SQUARE_MM).astype("int64")
    total = whole.sum(axis=1, keepdims=True)
    left, right = whole * share.value.denominator, total * share.value.numerator
    above = holds_in_whole_numbers(share.bound or "", left, right) & (total > 0)
    return pd.Series(above.sum(axis=1), index=areas.index)


def _floor_areas(buildings: pd.DataFrame | None) -> pd.DataFrame:
    """Return floor area above ground by parcel (rows) and land-use group (columns).

    A building without a group leaves its parcel out: a share of an unknown total is not a share.
    """
    empty = pd.DataFrame(index=pd.Index([], dtype="str"))
    if buildings is None or not len(buildings):
        return empty
    rows = buildings[buildings["parcel_id"].notna()]
    rows = rows.assign(group=land_use_groups(rows))
    unknown = rows.loc[rows["group"].isna() | rows["floor_area_m2"].isna(), "parcel_id"]
    rows = rows[~rows["parcel_id"].isin(unknown)]
    if not len(rows):
        return empty
    wide = rows.pivot_table(index="parcel_id", columns="group", values="floor_area_m2", aggfunc=math.fsum)
    return wide.fillna(0.0)


def _zone(
    zone: dict[str, Any], pieces: pd.DataFrame, inside: pd.DataFrame, shares: _ClaimShares, rules: Rulebook
) -> tuple[dict[str, Any], list[Figure]]:
    zone_id, as_of = zone["zone_id"], rules.as_of
    own = pieces[(pieces["zone_id"] == zone_id) & (pieces["group"] != "")]
    named = own.assign(parcel_id=own["parcel_id"] + " × " + own["patch_id"])
    land = inside[inside["zone_id"] == zone_id]

    def once(*groups: str) -> pd.DataFrame:
        rows = area_rows(named[named["group"].isin(groups)], as_of)
        return shares.groups.once(rows, zone_id, groups, as_of)

    known = sorted(set(named["group"]) - {CONTESTED})
    by_group = {group: once(group) for group in known}
    areas = {group: math.fsum(rows["value"]) for group, rows in by_group.items()}
    mixed = {group: area for group, area in areas.items() if group in MIXED_USE_GROUPS}
    indices = diversity(mixed)
    figures = [Figure.of_sum(f"land_use_{group}_m2", zone_id, rows) for group, rows in by_group.items()]
    classified = Figure.of_sum("classified_m2", zone_id, once(*known))
    left_out = Figure.of_sum("index_left_out_m2", zone_id, once(*(group for group in known if group not in mixed)))
    claimed = area_rows(land, as_of, value="unclassified_m2")
    off = shares.land.off(zone_id, ["land"]) - shares.groups.off(zone_id, [*known, CONTESTED])
    # Below the rounding of what was summed a difference is no ground.
    off = off if abs(off) > ROUNDING_M2 else 0.0
    unclassified = Figure.of_sum("unclassified_m2", zone_id, taken_off(claimed[claimed["value"] > 0], off, as_of))
    figures += [classified, unclassified, Figure.of_sum("index_m2", zone_id, once(*mixed)), left_out]
    contested = once(CONTESTED)
    figures += [Figure.of_sum("use_contested_m2", zone_id, contested)] if len(contested) else []
    rows = once(*mixed).assign(term="sum")[list(ROW_COLUMNS)]
    for name, unit in (("hill_1", "effective_uses"), ("hill_2", "effective_uses"), ("entropy", "ratio")):
        value = None if math.isnan(indices[name]) else indices[name]
        figures.append(Figure(f"zone_{name}", zone_id, value, unit, rows))
    row = {
        "zone_id": zone_id,
        "zone_name": zone["zone_name"],
        "k": len(MIXED_USE_GROUPS),
        "uses_count": sum(area > 0 for area in mixed.values()),
        **indices,
        "classified_m2": math.fsum(areas.values()),
        "unclassified_m2": unclassified.value,
        "index_m2": math.fsum(mixed.values()),
        "index_left_out_m2": left_out.value,
        "reserved_m2": areas.get("reserved", 0.0),
        "mixed_parcels_count": int((land["verdict"] == "met").sum()),
        "single_use_parcels_count": int((land["single_use"] == "met").sum()),
        "barred_parcels_count": int((land["barred_floor_m2"] > 0).sum()),
        "citation": zone["citation"],
        "contested_m2": math.fsum(contested["value"]),
        "claimed_m2": shares.land.off(zone_id, ["land"]),
        "mixed_contested_m2": math.fsum(shares.verdicts.disputed(zone_id)["area_m2"]),
        **{f"verdict_{name}_m2": _of_verdict(land, shares.verdicts, zone_id, name, rules) for name in VERDICTS},
    }
    return row, figures


def _of_verdict(land: pd.DataFrame, shares: Shares, zone_id: str, verdict: str, rules: Rulebook) -> float:
    rows = area_rows(land[land["verdict"] == verdict], rules.as_of)
    return math.fsum(shares.once(rows, zone_id, [verdict], rules.as_of)["value"]) + 0.0


def _shares(pieces: pd.DataFrame, claims: Shares) -> pd.DataFrame:
    """Return area and share by parcel and group, then by zone (parcel_id ""): ground, each m² once."""
    parts = []
    for keys in (["zone_id", "parcel_id"], ["zone_id"]):
        table = pieces.groupby([*keys, "group"], dropna=False)["area_m2"].agg(math.fsum).reset_index()
        if "parcel_id" not in keys:
            places = zip(table["zone_id"], table["group"], strict=True)
            table["area_m2"] -= [claims.taken.get((str(zone), str(group)), 0.0) for zone, group in places]
        total = table.groupby(keys, dropna=False)["area_m2"].transform("sum")
        parts.append(table.assign(share=table["area_m2"] / total, parcel_id=table.get("parcel_id", "")))
    shares = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    shares = shares.rename(columns={"group": "land_use_group"})
    return shares[["zone_id", "parcel_id", "land_use_group", "area_m2", "share"]]
