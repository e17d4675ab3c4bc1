"""Area by class inside each source, ground counted once: what a layer covers, doubles and leaves open."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gis.areas import grouped
from gis.errors import TopologyError
from gis.overlay.edges import flatten_edges
from gis.overlay.kernel import overlap_areas
from gis.overlay.pairs import AREA_DIGITS, RESOLUTION_M2, Pairs, find_pairs, shared_pairs

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray

__all__ = ["ClassAreas", "measure_by_class", "measure_doubled", "united"]

#: Grid of the second try where GEOS's full precision gives a union of the wrong area: 1 µm.
GRID_M = 1e-6


@dataclasses.dataclass(frozen=True)
class ClassAreas:
    """What classes of a layer cover inside each source; every figure apart, none netted.

    Attributes
    ----------
    by_class
        source_id, the class, ``area_m2`` (ground of the class, counted once) and ``overlap_m2`` (what
        a plain sum over the features would count again); sorted by both.
    by_source
        source_id, ``source_area_m2``, ``covered_m2`` (ground that any class covers),
        ``between_classes_m2`` (ground that classes share: Σ ``area_m2`` − ``covered_m2``),
        ``overlap_m2`` (Σ of the classes') and ``remainder_m2`` (``source_area_m2 − covered_m2``).
    """

    by_class: pd.DataFrame
    by_source: pd.DataFrame


def measure_by_class(
    source: GeoDataFrame, target: GeoDataFrame, *, by: str, source_id: str | None = None
) -> ClassAreas:
    """Return the area of each class of ``target`` inside each row of ``source``.

    ``area_m2 = area(source ∩ ∪ features of the class)``; features of one class that overlap one
    another count once.

    Parameters
    ----------
    source
        Rows with an id of their own, such as parcels.
    target
        Valid polygons in the same system; a feature without a class has the class "".
    by
        Column of ``target`` with the class.
    source_id
        Column that identifies the source's rows; by default its first.

    Raises
    ------
    CrsError
        If the systems differ, or areas may not be computed in them.
    TopologyError
        If a shape is missing, empty or invalid, an id occurs twice, or a union can't be trusted.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> parcels = gpd.GeoDataFrame({"parcel_id": ["A"]}, geometry=[box(0, 0, 10, 10)], crs=4549)
    >>> shapes = [box(0, 0, 4, 10), box(3, 0, 6, 10), box(5, 0, 8, 10)]
    >>> use = gpd.GeoDataFrame({"group": ["industrial", "industrial", "green"]}, geometry=shapes, crs=4549)
    >>> found = measure_by_class(parcels, use, by="group")
    >>> found.by_class.values.tolist()
    [['A', 'green', 30.0, 0.0], ['A', 'industrial', 60.0, 10.0]]
    >>> found.by_source.values.tolist()
    [['A', 100.0, 80.0, 10.0, 10.0, 20.0]]
    """
    source_id = source_id or str(source.columns[0])
    ids = source[source_id].astype("str")
    if ids.duplicated().any():
        doubled = sorted(set(ids[ids.duplicated()]))
        raise TopologyError("source_ids_doubled", ids=doubled, count=len(doubled))
    pairs = find_pairs(source, target, source_ids=ids.to_numpy())
    classes = target[by].astype("str").where(target[by].notna(), "").to_numpy()
    codes, names = pd.factorize(classes, sort=True)
    shared, _ = shared_pairs(pairs.second, pairs.second_edges)
    of_pair = codes[pairs.positions[:, 1]]
    once = _once(pairs, of_pair, shared[codes[shared[:, 0]] == codes[shared[:, 1]]])
    any_class = _once(pairs, np.zeros(len(of_pair), dtype=np.int64), shared)
    return ClassAreas(_by_class(once, ids.to_numpy(), names, by), _by_source(source, ids, once, any_class))


def measure_doubled(
    source: GeoDataFrame,
    layer: GeoDataFrame,
    *,
    id: str | None = None,  # noqa: A002 - the field's term
) -> pd.DataFrame:
    """Return the ground of each row that rows before it in the same layer have too.

    Its sum over a whole layer is Σ area − area of the union: what a plain sum counts too often. The smaller shape comes
    first, then coordinates in standard order: ids decide only which of two identical shapes is named, so that others
    change no sum.

    Parameters
    ----------
    source
        Rows of the layer, all or some.
    layer
        At least what meets the box of ``source``.
    id
        Column that identifies the rows; by default the first.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> parcels = gpd.GeoDataFrame({"parcel_id": ["a", "b"]}, geometry=[box(0, 0, 4, 1), box(3, 0, 6, 1)], crs=4549)
    >>> measure_doubled(parcels, parcels).values.tolist()
    [['a', 1.0]]
    """
    id = id or str(source.columns[0])  # noqa: A001
    own, others = source[id].astype("str").to_numpy(), layer[id].astype("str").to_numpy()
    pairs = find_pairs(source, layer, source_ids=own, target_ids=others)
    apart = np.flatnonzero(own[pairs.positions[:, 0]] != others[pairs.positions[:, 1]])
    first, second = pairs.positions[apart].T
    place = _places(np.append(pairs.first[first], pairs.second[second]), np.append(own[first], others[second]))
    earlier = apart[place[len(first) :] < place[: len(first)]]
    kept = dataclasses.replace(pairs, positions=pairs.positions[earlier], areas=pairs.areas[earlier])
    met = np.unique(kept.positions[:, 1])
    shared, _ = shared_pairs(pairs.second[met])
    once = _once(kept, np.zeros(len(kept.positions), dtype=np.int64), met[shared])
    table = pd.DataFrame({id: pd.Series(own[once["source"]], dtype="str"), "area_m2": once["area_m2"]})
    return table.sort_values(id, ignore_index=True)


def _places(shapes: NDArray[Any], names: NDArray[Any]) -> NDArray[np.int64]:
    """Return the place of each shape in the order of area, then coordinates, then name; the same one has one place."""
    written = np.empty(len(shapes), dtype=object)
    written[:] = shapely.to_wkb(shapely.normalize(shapes))
    # Areas differ by rounding where one outline begins at different points.
    facts = {"area": shapely.area(shapes).round(AREA_DIGITS), "shape": written, "name": names}
    return np.asarray(pd.DataFrame(facts).groupby(list(facts), sort=True).ngroup(), dtype=np.int64)


def _by_class(once: pd.DataFrame, ids: NDArray[Any], names: NDArray[Any], by: str) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "source_id": pd.Series(ids[once["source"]], dtype="str"),
            by: pd.Series(names[once["group"]], dtype="str"),
            "area_m2": once["area_m2"],
            "overlap_m2": once["overlap_m2"],
        }
    )
    return table.sort_values(["source_id", by], ignore_index=True)


def _by_source(source: GeoDataFrame, ids: pd.Series[str], once: pd.DataFrame, any_class: pd.DataFrame) -> pd.DataFrame:
    area = shapely.area(np.asarray(source.geometry.array))
    sums = once.groupby("source")[["area_m2", "overlap_m2"]].sum().reindex(range(len(ids)), fill_value=0.0)
    covered = any_class.set_index("source")["area_m2"].reindex(range(len(ids)), fill_value=0.0)
    # Below the rounding of what was summed a difference is no ground.
    noise = 10 * RESOLUTION_M2 + 1e-9 * area
    between, remainder = (sums["area_m2"] - covered).to_numpy(), area - covered.to_numpy()
    table = pd.DataFrame(
        {
            "source_id": pd.Series(ids.to_numpy(), dtype="str"),
            "source_area_m2": area,
            "covered_m2": covered,
            "between_classes_m2": np.where(np.abs(between) > noise, between, 0.0),
            "overlap_m2": sums["overlap_m2"],
            "remainder_m2": np.where(np.abs(remainder) > noise, remainder, 0.0),
        }
    )
    numbers = [column for column in table.columns if column != "source_id"]
    table[numbers] = table[numbers].round(AREA_DIGITS) + 0.0
    return table.sort_values("source_id", ignore_index=True)


def _once(pairs: Pairs, groups: NDArray[np.int64], shared: NDArray[np.int64]) -> pd.DataFrame:
    """Return source, group, area_m2 and overlap_m2, with each group's ground inside a source counted once."""
    # Summed from the least up: the order in which a tree finds the pairs changes no digit.
    order = np.lexsort((pairs.areas, groups, pairs.positions[:, 0]))
    source, target = pairs.positions[order].T
    table = pd.DataFrame({"source": source, "target": target, "group": groups[order], "area_m2": pairs.areas[order]})
    summed = table.groupby(["source", "group"])["area_m2"].sum()
    united_m2 = summed.copy()
    doubled = _doubled(table, shared)
    if len(doubled):
        united_m2.loc[doubled] = _united_areas(pairs, table, doubled)
    return pd.DataFrame({"area_m2": united_m2, "overlap_m2": summed - united_m2}).round(AREA_DIGITS).reset_index()


def _doubled(table: pd.DataFrame, shared: NDArray[np.int64]) -> pd.MultiIndex:
    """Return those (source, group) in which two features that share ground both lie."""
    first = pd.DataFrame(shared, columns=["target", "other"])
    met = table[table["target"].isin(np.unique(shared))][["source", "group", "target"]]
    both = met.merge(first, on="target").merge(
        met.rename(columns={"target": "other"}), on=["source", "group", "other"]
    )  # fmt: skip
    return pd.MultiIndex.from_frame(both[["source", "group"]].drop_duplicates().sort_values(["source", "group"]))


def _united_areas(pairs: Pairs, table: pd.DataFrame, doubled: pd.MultiIndex) -> NDArray[np.float64]:
    members = table.set_index(["source", "group"]).sort_index()["target"]
    sources = doubled.get_level_values("source").to_numpy()
    shapes = [united(pairs.second[np.unique(members.loc[[key]].to_numpy())]) for key in doubled]
    p, q = flatten_edges(pairs.first[sources]), flatten_edges(np.array(shapes, dtype=object))
    own = np.arange(len(shapes))
    return overlap_areas(p, q, np.column_stack([own, own]))


def united(shapes: NDArray[Any]) -> shapely.Geometry:
    """Unite shapes; GEOS builds the union, and the areas of overlap by edges say whether to believe it.

    By Bonferroni, Σ area − Σ area of pairs ≤ area of the union ≤ Σ area − the greatest pair; for two
    shapes both are equal. Where full precision fails (libgeos/geos#1344) a grid of 1 µm is tried.

    Raises
    ------
    TopologyError
        If neither union has an area that the overlaps allow.
    """
    shapes = np.asarray(shapes, dtype=object)
    if len(shapes) == 1:
        alone: shapely.Geometry = shapes[0]
        return alone
    shapes = shapes[np.lexsort((shapely.area(shapes), *shapely.bounds(shapes).T))]
    edges = flatten_edges(shapes, checked=True)
    first, second = np.triu_indices(len(shapes), k=1)
    overlaps = overlap_areas(edges, edges, np.column_stack([first, second]))
    total = float(shapely.area(shapes).sum())
    lowest, highest = total - float(overlaps.sum()), total - float(overlaps.max())
    noise = 10 * RESOLUTION_M2 + 1e-9 * total
    for grid in (None, GRID_M):
        union = shapely.union_all(shapes, grid_size=grid)
        if lowest - noise <= shapely.area(union) <= highest + noise:
            return union
    raise TopologyError(
        "union_untrusted", count=len(shapes), area=grouped(shapely.area(union), 6),
        lowest=grouped(lowest, 6), highest=grouped(highest, 6),
    )  # fmt: skip
