"""Edits applied to land and green: new tables out, geometry measured by the kernel, nothing else touched."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from gis.analyses import Balance, Precedence, cover_green, evaluate_green_ratio
from gis.analyses.findings import exact_m2
from gis.analyses.ground import NO_PAIRS
from gis.errors import InputError
from gis.overlay import Claims, intersect_pairs, verify_pairs
from gis.scenarios.green_file import (
    AddGreenEdit,
    AmountEdit,
    LockEdit,
    RemoveGreenEdit,
    RoofEdit,
    RuleEdit,
    TargetEdit,
    UseEdit,
)
from gis.scenarios.problem import ceil_mm2, floor_mm2
from gis.schema import land_use_group

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.crs import AreaBasis
    from gis.regulations import Rulebook

__all__ = ["GreenLand", "apply_edits", "evaluate_land"]

#: What measuring a parcel and its parts apart may differ by.
ROUNDING = Fraction(1, 10**4)
ROOF, FLOOR_RULE = "roof", "green.zone_floor_ratio"


@dataclasses.dataclass(frozen=True)
class GreenLand:
    """What a green balance is made of, and what scenarios have said of single parcels.

    Attributes
    ----------
    land, zones, green_spaces, pairs, road_land, rules
        As for `gis.evaluate_green_ratio`; the pairs are those of parcels inside a zone, with ground that green
        spaces share counted once. The green spaces themselves stay as they are in the data.
    basis
        Of every m².
    limits
        ``("floor" or "ceiling", parcel_id)`` → edit.
    locks
        parcel_id → edit.
    written
        Amounts that edits set: rows of pairs, and the green spaces that they stand for; by parcel and,
        of roofs, edit.
    added
        Ids of green spaces that edits drew.
    claims, claimed_green
        Ground that several parcels claim, and the pairs of its faces with the green: as for the balance.
    precedence
        What holds ground that several kinds of green claim.
    """

    land: GeoDataFrame
    zones: GeoDataFrame
    green_spaces: GeoDataFrame
    pairs: pd.DataFrame
    road_land: pd.DataFrame | None
    rules: Rulebook
    basis: AreaBasis = "planar"
    limits: dict[tuple[str, str], AmountEdit] = dataclasses.field(default_factory=dict)
    locks: dict[str, LockEdit] = dataclasses.field(default_factory=dict)
    written: dict[tuple[str, str], dict[str, Any]] = dataclasses.field(default_factory=dict)
    added: frozenset[str] = frozenset()
    claims: Claims | None = None
    claimed_green: pd.DataFrame | None = None
    precedence: Precedence | None = None
    known_areas: dict[str, Fraction] = dataclasses.field(default_factory=dict, repr=False, compare=False)

    @property
    def areas(self) -> dict[str, Fraction]:
        """Land of every parcel inside a zone, exactly; no edit changes it, so that it is taken along."""
        if not self.known_areas:
            inside = self.land[self.land["zone_id"].notna()]
            pairs = zip(inside["parcel_id"], inside["area_m2"], strict=True)
            self.known_areas.update({key: exact_m2([area]) for key, area in pairs})
        return self.known_areas

    @functools.cached_property
    def kinds(self) -> dict[str, str]:
        """The kind of every green space."""
        return dict(zip(self.green_spaces["green_id"].astype("str"), self.green_spaces["green_kind"], strict=True))

    @functools.cached_property
    def claimed(self) -> pd.DataFrame:
        """Green on ground that several parcels claim, for each of them: parcel_id, green_id, area_m2."""
        if self.claims is None or self.claimed_green is None:
            return NO_PAIRS.rename(columns={"source_id": "parcel_id", "target_id": "green_id"})
        own = self.claimed_green.rename(columns={"source_id": "face_id", "target_id": "green_id"})
        every = self.claims.members[["face_id", "parcel_id"]].merge(own, on="face_id")
        return every.groupby(["parcel_id", "green_id"])["area_m2"].agg(math.fsum).round(6).reset_index()

    @functools.cached_property
    def claimed_limits(self) -> dict[str, tuple[Fraction, Fraction]]:
        """Between what an amount can set the green of each parcel that shares ground.

        Where on a parcel an amount lies is not known. Green on ground that others claim too stays as measured, so
        that it is counted once and no claimant loses it; what an amount changes lies on ground of the parcel's own.
        """
        if self.claims is None or not len(self.claims.members):
            return {}
        own = self.claimed[self.claimed["green_id"].map(self.kinds).isin(self.ground_kinds)]
        least = {str(key): exact_m2(areas) for key, areas in own.groupby("parcel_id")["area_m2"]}
        found = {}
        for key, areas in self.claims.members.groupby("parcel_id")["area_m2"]:
            kept = least.get(str(key), Fraction(0))
            found[str(key)] = kept, kept + max(Fraction(0), self.areas[str(key)] - exact_m2(areas))
        return found

    @property
    def ground_kinds(self) -> set[str]:
        """The kinds that count on the ground."""
        return set(self.rules.get("green.counted_kinds").value) - {ROOF}


def apply_edits(base: GreenLand, edits: Iterable[tuple[Path, Any]]) -> GreenLand:
    """Return the land and green after edits, made in their order; the base stays as it is.

    Polygons that are added or removed are measured again by `gis.overlay`, and the areas verified by its second
    method as on loading (each pair of an added polygon among them); ground that they share with
    other green counts once. An amount that is set takes the place of all green on the ground that counts
    on that parcel, also of polygons that later edits add there.

    Parameters
    ----------
    base
        The measured run.
    edits
        From `gis.scenarios.load_green_scenario`.

    Raises
    ------
    InputError
        If an edit names what is not there, sets more green than there is land, moves the green of a locked
        parcel by a polygon or an amount, or draws what is no polygon.
    RuleError
        If a rule is unknown or its value is of another kind.
    TopologyError
        If two methods disagree on an area after polygons were edited.
    """
    state, shapes_changed, edits = base, False, list(edits)
    for number, (file, edit) in enumerate(edits, 1):
        parcel_id = getattr(edit, "parcel_id", None)
        if parcel_id is not None and parcel_id not in state.areas:
            raise InputError("scenario_parcel_unknown", name=edit.label, parcel=parcel_id, path=file)
        shapes_changed |= isinstance(edit, AddGreenEdit | RemoveGreenEdit)
        state = _STEPS[type(edit)](state, edit, (file.name, number))
    laws_changed = any(isinstance(edit, RuleEdit) for _, edit in edits)
    if not shapes_changed and not laws_changed:
        return state
    green = cover_green(state.green_spaces, state.rules, state.precedence)
    if not shapes_changed and green is state.green_spaces:
        return state  # what counts decides who holds ground that kinds share; none do
    inside = state.land[state.land["zone_id"].notna()].reset_index(drop=True)
    pairs = intersect_pairs(inside, green, source_id="parcel_id", target_id="green_id", basis=state.basis)
    added = [edit.green_id for _, edit in edits if isinstance(edit, AddGreenEdit)]
    verify_pairs(pairs, inside, target=green, source_id="parcel_id", target_id="green_id", basis=state.basis,
                 doubted=((), added))  # fmt: skip
    if shapes_changed:
        _require_still_locked(base, state, pairs)
    claimed = state.claimed_green
    if state.claims is not None:
        claimed = intersect_pairs(
            state.claims.faces, green, source_id="face_id", target_id="green_id", basis=state.basis
        )
    return dataclasses.replace(state, pairs=pairs, claimed_green=claimed)


def _require_still_locked(base: GreenLand, state: GreenLand, pairs: pd.DataFrame) -> None:
    """Refuse polygons that change the measured green of a locked parcel, wherever in the stack the lock stands."""
    for parcel_id, lock in sorted(state.locks.items()):
        # What counts is what is locked: green of another kind over it would take its ground.
        before, after = (_ground_of(parcel_id, one) for one in (base, dataclasses.replace(state, pairs=pairs)))
        if before != after and (parcel_id, "") not in state.written:
            raise InputError("scenario_locked", name="add_green / remove_green", parcel=parcel_id, lock=lock.label,
                             why=lock.reason)  # fmt: skip


def _ground_of(parcel_id: str, state: GreenLand) -> Fraction:
    """Return what counts on the ground of a parcel as measured, without amounts that edits set."""
    counts = state.pairs["target_id"].map(state.kinds).isin(state.ground_kinds)
    return exact_m2(state.pairs.loc[(state.pairs["source_id"] == parcel_id) & counts, "area_m2"])


def _amount(state: GreenLand, edit: AmountEdit, source: tuple[str, int]) -> GreenLand:
    if edit.edit != "set_green":
        if edit.m2_of(state.areas[edit.parcel_id]) > state.areas[edit.parcel_id]:
            raise InputError("scenario_limit_impossible", name=edit.label, parcel=edit.parcel_id,
                             limit=float(edit.m2_of(state.areas[edit.parcel_id])),
                             area=float(state.areas[edit.parcel_id]))  # fmt: skip
        return dataclasses.replace(state, limits=state.limits | {(edit.edit, edit.parcel_id): edit})
    _require_unlocked(state, edit)
    area = state.areas[edit.parcel_id]
    green = ceil_mm2(edit.m2_of(area)) if edit.ratio is not None else edit.m2_of(area)
    if green > area or green != floor_mm2(green):
        raise InputError("scenario_green_impossible", name=edit.label, parcel=edit.parcel_id, green=float(green),
                         area=float(area))  # fmt: skip
    row = {"parcel_id": edit.parcel_id, "area_m2": float(green), "green_kind": "", "name": edit.label,
           "source_file": source[0], "source_row": source[1]}  # fmt: skip
    return dataclasses.replace(state, written=state.written | {(edit.parcel_id, ""): row})


def _require_unlocked(state: GreenLand, edit: AmountEdit | RoofEdit) -> None:
    """Refuse to move the green of a locked parcel: a lock that gives way in silence is none."""
    lock = state.locks.get(edit.parcel_id)
    if lock is not None:
        raise InputError("scenario_locked", name=edit.label, parcel=edit.parcel_id, lock=lock.label, why=lock.reason)


def _roof(state: GreenLand, edit: RoofEdit, source: tuple[str, int]) -> GreenLand:
    _require_unlocked(state, edit)
    if edit.m2 != floor_mm2(edit.m2):
        raise InputError("scenario_green_impossible", name=edit.label, parcel=edit.parcel_id, green=float(edit.m2),
                         area=float(state.areas[edit.parcel_id]))  # fmt: skip
    row = {"parcel_id": edit.parcel_id, "area_m2": float(edit.m2), "green_kind": ROOF, "name": edit.label,
           "roof_height_m": float(edit.roof_height_m), "roof_green_kind": edit.roof_green_kind,
           "source_file": source[0], "source_row": source[1]}  # fmt: skip
    return dataclasses.replace(state, written=state.written | {(edit.parcel_id, str(source[1])): row})


def _lock(state: GreenLand, edit: LockEdit, _source: tuple[str, int]) -> GreenLand:
    locks = {key: value for key, value in state.locks.items() if key != edit.parcel_id}
    return dataclasses.replace(state, locks=locks | ({edit.parcel_id: edit} if edit.edit == "lock" else {}))


def _add(state: GreenLand, edit: AddGreenEdit, source: tuple[str, int]) -> GreenLand:
    import geopandas as gpd

    try:
        shape = shapely.from_wkt(edit.wkt)
    except shapely.errors.GEOSException as error:
        raise InputError("scenario_shape_invalid", name=edit.label, why=str(error)) from None
    if shapely.get_type_id(shape) not in {3, 6} or not shape.is_valid or shape.is_empty:
        raise InputError("scenario_shape_invalid", name=edit.label, why=shapely.is_valid_reason(shape))
    if edit.green_id in state.kinds:
        raise InputError("scenario_green_known", name=edit.label, green=edit.green_id)
    row = {"green_id": edit.green_id, "green_kind": edit.green_kind, "green_name": edit.label,
           "source_file": source[0], "source_row": source[1]}  # fmt: skip
    added = gpd.GeoDataFrame([row], geometry=[shape], crs=state.green_spaces.crs)
    filled = added.reindex(columns=state.green_spaces.columns).astype(state.green_spaces.dtypes.to_dict())
    joined = pd.concat([state.green_spaces, filled], ignore_index=True)
    return dataclasses.replace(state, green_spaces=joined, added=state.added | {edit.green_id})


def _remove(state: GreenLand, edit: RemoveGreenEdit, _source: tuple[str, int]) -> GreenLand:
    if edit.green_id not in state.kinds:
        raise InputError("scenario_green_unknown", name=edit.label, green=edit.green_id)
    kept = state.green_spaces[state.green_spaces["green_id"].astype("str") != edit.green_id]
    return dataclasses.replace(state, green_spaces=kept.reset_index(drop=True))


def _use(state: GreenLand, edit: UseEdit, _source: tuple[str, int]) -> GreenLand:
    if land_use_group(edit.land_use_scheme, edit.land_use_code) is None:
        raise InputError("scenario_use_unknown", name=edit.label, scheme=edit.land_use_scheme, code=edit.land_use_code)
    here = state.land["parcel_id"] == edit.parcel_id
    changed = {column: state.land[column].mask(here, value) for column, value in (
        ("land_use_scheme", edit.land_use_scheme), ("land_use_code", edit.land_use_code))}  # fmt: skip
    return dataclasses.replace(state, land=state.land.assign(**changed))


def _rule(state: GreenLand, edit: RuleEdit, _source: tuple[str, int]) -> GreenLand:
    return dataclasses.replace(state, rules=state.rules.replace(edit.rule, edit.value, edit.reason))


def _target(state: GreenLand, edit: TargetEdit, _source: tuple[str, int]) -> GreenLand:
    if edit.ratio > 1:
        raise InputError("scenario_target_above_one", name=edit.label, ratio=float(edit.ratio))
    reason = f"{edit.label}: {edit.reason} ({edit.citation})"
    return dataclasses.replace(state, rules=state.rules.replace(FLOOR_RULE, edit.ratio, reason))


_STEPS: dict[type, Callable[[GreenLand, Any, tuple[str, int]], GreenLand]] = {
    AmountEdit: _amount,
    RoofEdit: _roof,
    LockEdit: _lock,
    AddGreenEdit: _add,
    RemoveGreenEdit: _remove,
    UseEdit: _use,
    RuleEdit: _rule,
    TargetEdit: _target,
}


def evaluate_land(state: GreenLand) -> Balance:
    """Return the green balance of an edited state, by the function that judges reality.

    Amounts that edits set enter as rows of pairs of their own, each with the scenario file as its source.
    """
    kinds = state.ground_kinds
    ground = min(kinds, key=lambda kind: (kind != "attached", kind), default="attached")
    set_here = {row["parcel_id"] for row in state.written.values() if row["green_kind"] != ROOF}
    pairs, claimed = state.pairs, state.claimed
    kept = claimed[claimed["parcel_id"].isin(set_here) & claimed["green_id"].map(state.kinds).isin(kinds)]
    stays = {str(key): exact_m2(areas) for key, areas in kept.groupby("parcel_id")["area_m2"]}
    replaced = pairs["source_id"].isin(set_here) & pairs["target_id"].map(state.kinds).isin(kinds)
    rows, spaces = [], []
    for row in state.written.values():
        green_id = f"{row['source_file']}#{row['source_row']} {row['name']}"
        area = row["area_m2"]
        if row["green_kind"] != ROOF:
            _require_unclaimed(state, row)
            area = float(exact_m2([area]) - stays.get(row["parcel_id"], Fraction(0)))
        rows.append({"source_id": row["parcel_id"], "target_id": green_id, "area_m2": area})
        spaces.append({**row, "green_id": green_id, "green_kind": row["green_kind"] or ground})
    shared = kept.rename(columns={"parcel_id": "source_id", "green_id": "target_id"})
    parts = [pairs[~replaced], shared, pd.DataFrame(rows)]
    made = pd.concat([part for part in parts if len(part)] or [pairs], ignore_index=True)
    made.attrs = pairs.attrs
    green = state.green_spaces
    if spaces:
        columns = [name for name in green.columns if name != "geometry"]
        extra = pd.DataFrame(spaces).reindex(columns=columns)
        green = pd.concat([green, extra.astype(green[columns].dtypes.to_dict())], ignore_index=True)
    return evaluate_green_ratio(
        state.land, made, green_spaces=green, rules=state.rules, zones=state.zones, road_land=state.road_land,
        claims=state.claims, claimed_green=state.claimed_green,
    )  # fmt: skip


def _require_unclaimed(state: GreenLand, row: dict[str, Any]) -> None:
    """Refuse an amount that would need ground that several parcels claim: whose it is then is not known."""
    limits, green = state.claimed_limits.get(row["parcel_id"]), exact_m2([row["area_m2"]])
    if limits is not None and not limits[0] - ROUNDING <= green <= limits[1] + ROUNDING:
        raise InputError("scenario_green_claimed", name=row["name"], parcel=row["parcel_id"], green=float(green),
                         least=float(limits[0]), most=float(limits[1]))  # fmt: skip
