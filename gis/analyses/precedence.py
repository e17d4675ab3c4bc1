"""Which kind of green or use holds ground that several claim: by declared data, never by ids or the order of rows."""

from __future__ import annotations

import dataclasses
import functools
import importlib.resources
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.ground import CONTESTED
from gis.analyses.roof_green import ROOF, convert_roofs
from gis.overlay import find_faces, intersect_pairs, without_double_cover
from gis.schema import land_use_groups
from gis.yaml_files import parse_yaml

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.analyses.findings import Balance
    from gis.crs import AreaBasis
    from gis.regulations import Rulebook

__all__ = [
    "KIND_OVERLAP_COLUMNS", "LEAST", "MOST", "Precedence", "cover_green", "cover_land_use", "default_precedence",
    "overlapping_kinds", "with_other_precedence",
]  # fmt: skip

LEAST, MOST = "counts_least", "counts_most"
KIND_OVERLAP_COLUMNS = ["zone_id", "kind_a", "kind_b", "area_m2", "held_by"]
Order = str | tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Precedence:
    """What holds ground that several kinds claim.

    Attributes
    ----------
    order
        Of green ``counts_least`` (what counts for less holds it) or ``counts_most``; of land use ``contested`` (in no
        group, in a line of its own); or kinds (groups) by name, the first holds.
    reason
        Of a run file that declares it; empty for the program's own.
    """

    order: Order
    reason: str = ""

    @property
    def other(self) -> Precedence:
        """The one that counts most, or least where this one counts most."""
        return Precedence(LEAST if self.order == MOST else MOST)


@functools.cache
def default_precedence(table: str) -> Precedence:
    """Return the program's own precedence for a table, ``green_spaces`` or ``land_use``.

    Examples
    --------
    >>> default_precedence("green_spaces").order, default_precedence("land_use").order
    ('counts_least', 'contested')
    """
    file = importlib.resources.files("gis.analyses") / "precedence.yaml"
    return Precedence(parse_yaml(file.read_text("utf-8"), name="precedence.yaml")[table]["order"])


def _green_rank(green: pd.DataFrame, rules: Rulebook, precedence: Precedence) -> Any:
    """Return the rank of each green space: its place in the order, then what a m² of it counts for, then its kind."""
    counted = set(rules.get("green.counted_kinds").value)
    kinds = green["green_kind"].astype("str")
    roofs = ((kinds == ROOF) & (ROOF in counted)).to_numpy()
    worth = kinds.isin(counted).to_numpy().astype("float64")
    if roofs.any():
        # A roof whose facts are missing counts for nothing yet, though it may.
        own = green[roofs].assign(area_m2=1.0, green_id=np.arange(roofs.sum()).astype("str"))
        worth[roofs] = convert_roofs(own, own, rules)["credited_m2"].to_numpy()
    named = () if isinstance(precedence.order, str) else precedence.order
    place = kinds.map({kind: number for number, kind in enumerate(named)}).fillna(len(named)).to_numpy()
    value = -worth if precedence.order == MOST else worth
    keys = pd.DataFrame({"place": place, "value": value, "kind": kinds.to_numpy()})
    return keys.groupby(["place", "value", "kind"], sort=True).ngroup().to_numpy()


def cover_green(green: GeoDataFrame, rules: Rulebook, precedence: Precedence | None = None) -> GeoDataFrame:
    """Return the green spaces with every piece of ground in one of them, held as the precedence says.

    Parameters
    ----------
    green
        Canonical table ``green_spaces`` with its shapes.
    rules
        Say which kinds count, and what roofs do.
    precedence
        By default `default_precedence`.
    """
    own = precedence or default_precedence("green_spaces")
    return without_double_cover(green, id="green_id", rank=_green_rank(green, rules, own))


def overlapping_kinds(
    green: GeoDataFrame,
    rules: Rulebook,
    zones: GeoDataFrame,
    *,
    precedence: Precedence | None = None,
    basis: AreaBasis = "planar",
) -> pd.DataFrame:
    """Return the m² inside each zone that two kinds of green both claim, and which of the two comes first.

    Ground that three kinds claim is in each of its pairs.

    Returns
    -------
    `KIND_OVERLAP_COLUMNS`, by zone and kinds; a kind with itself is left out.
    """
    import geopandas as gpd

    rank = _green_rank(green, rules, precedence or default_precedence("green_spaces"))
    kinds = green["green_kind"].astype("str").to_numpy()
    faces, holders = find_faces(np.asarray(green.geometry.array), green["green_id"].astype("str").to_numpy())
    table = pd.DataFrame({"face": holders[:, 0], "kind": kinds[holders[:, 1]], "rank": rank[holders[:, 1]]})
    first = table.sort_values(["face", "rank"]).drop_duplicates(["face", "kind"])
    rows = [
        {"face": face, "kind_a": one, "kind_b": other}
        for face, own in first.groupby("face")["kind"]
        for one, other in itertools.combinations(sorted(own), 2)
    ]
    if not rows:
        return pd.DataFrame({name: [] for name in KIND_OVERLAP_COLUMNS})
    found = pd.DataFrame(rows).assign(held_by=lambda own: _first_of(own, first))
    layer = gpd.GeoDataFrame({"face": np.arange(len(faces)).astype("str")}, geometry=faces, crs=green.crs)
    inside = intersect_pairs(layer, zones, source_id="face", target_id="zone_id", basis=basis)
    inside = inside.assign(face=inside["source_id"].astype("int64"), zone_id=inside["target_id"])
    joined = inside[["face", "zone_id", "area_m2"]].merge(found, on="face")
    keys = ["zone_id", "kind_a", "kind_b", "held_by"]
    return joined.groupby(keys)["area_m2"].sum().round(6).reset_index()[KIND_OVERLAP_COLUMNS]


def _first_of(pairs: pd.DataFrame, first: pd.DataFrame) -> Any:
    """Return, of two kinds on a face, the one of the lesser rank."""
    rank = first.set_index(["face", "kind"])["rank"]
    one, other = (
        rank.loc[list(zip(pairs["face"], pairs[side], strict=True))].to_numpy() for side in ("kind_a", "kind_b")
    )
    return np.where(one <= other, pairs["kind_a"], pairs["kind_b"])


def cover_land_use(patches: GeoDataFrame, precedence: Precedence | None = None) -> GeoDataFrame:
    """Return the patches with their ``land_use_group`` and every piece of ground in one of them.

    Ground that patches of different groups claim is in rows of group ``contested``, unless a precedence is declared.

    Parameters
    ----------
    patches
        Canonical table ``land_use`` with its shapes.
    precedence
        By default `default_precedence`.
    """
    import geopandas as gpd

    own = precedence or default_precedence("land_use")
    groups = land_use_groups(patches).fillna("").astype("str")
    table = patches.assign(land_use_group=groups)
    if not isinstance(own.order, str):
        place = groups.map({group: number for number, group in enumerate(own.order)}).fillna(len(own.order))
        keys = pd.DataFrame({"place": place, "group": groups})
        return without_double_cover(table, id="patch_id", rank=keys.groupby(["place", "group"]).ngroup().to_numpy())
    faces, holders = find_faces(np.asarray(patches.geometry.array), patches["patch_id"].astype("str").to_numpy())
    if not len(faces):
        return table
    claimed = pd.DataFrame({"face": holders[:, 0], "group": groups.to_numpy()[holders[:, 1]]})
    by_face = claimed.groupby("face")["group"].agg(["min", "max"])
    disputed = np.flatnonzero((by_face["min"] != by_face["max"]).to_numpy())
    extra = pd.DataFrame({
        "patch_id": [f"{CONTESTED}/{number}" for number in range(1, len(disputed) + 1)],
        "land_use_group": CONTESTED, "source_file": "", "source_row": 0,
    })  # fmt: skip
    columns = [name for name in table.columns if name != "geometry"]
    rows = pd.concat([table[columns], extra.reindex(columns=columns).astype(table[columns].dtypes.to_dict())],
                     ignore_index=True)  # fmt: skip
    shapes = np.concatenate([np.asarray(table.geometry.array), faces[disputed]])
    every = gpd.GeoDataFrame(rows, geometry=shapes, crs=patches.crs)
    rank = (every["land_use_group"] != CONTESTED).astype("int64").to_numpy()
    return without_double_cover(every, id="patch_id", rank=rank)


def with_other_precedence(balance: Balance, other: Balance, overlaps: pd.DataFrame) -> Balance:
    """Return a green balance with the pairs of kinds that overlap, and its totals under another precedence.

    Parameters
    ----------
    balance, other
        `gis.evaluate_green_ratio` of the same land, with green held by one precedence and by the other.
    overlaps
        From `overlapping_kinds`.

    Returns
    -------
    A new balance: its zones have ``kinds_overlap_m2``, ``green_other_precedence_m2`` and
    ``verdict_other_precedence``; its table ``kinds_overlap`` is ``overlaps``.
    """
    theirs = other.zones.set_index("zone_id")
    zones, by_zone = balance.zones, overlaps.groupby("zone_id")["area_m2"].sum()
    found = zones.assign(
        kinds_overlap_m2=zones["zone_id"].map(by_zone).fillna(0.0).round(6),
        green_other_precedence_m2=zones["zone_id"].map(theirs["green_m2"]),
        verdict_other_precedence=zones["zone_id"].map(theirs["verdict"]),
    )
    tables = {**balance.tables, "kinds_overlap": overlaps}
    return dataclasses.replace(balance, zones=found, tables=tables, notes=(*balance.notes, "ground.note_kinds"))
