"""The second method: overlap areas computed again with GEOS, which builds the shapes.

The edges (`gis.overlay.kernel`) know no topology and GEOS no edges, so that the two cannot share a
fault. A pair that one of them calls empty is looked at like any other: libgeos/geos#1344 gives two
rectangles that only touch the whole area of one of them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.areas import grouped
from gis.errors import TopologyError
from gis.overlay.pairs import RESOLUTION_M2, require_same_crs
from gis.overlay.threads import in_threads

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.crs import AreaBasis

__all__ = ["WHOLE_PAIRS", "verify_pairs"]

#: Tables of at most this many pairs are computed again whole.
WHOLE_PAIRS = 5_000
#: Share of the smaller shape's area by which two methods may differ.
AGREEMENT = 1e-9
#: The same on the ellipsoid, where chords stand for curves (see `gis.crs.EDGE_STEP_M`).
ELLIPSOIDAL_AGREEMENT = 1e-8
#: How far building a shape may move its boundary, in units of the coordinates' last place.
PLACES = 8
KEYS = ["source_id", "target_id"]
Positions = npt.NDArray[np.int64]


def verify_pairs(
    pairs: pd.DataFrame,
    source: GeoDataFrame,
    *,
    target: GeoDataFrame,
    source_id: str | None = None,
    target_id: str | None = None,
    basis: AreaBasis = "planar",
    sample: int = 1000,
    seed: int = 1,
    whole: int = WHOLE_PAIRS,
    doubted: tuple[Collection[str], Collection[str]] = ((), ()),
) -> dict[str, float | int]:
    """Compute pairs again with GEOS: a seeded sample, those that a check doubts, and small tables whole.

    Also computed again are *empty* pairs: shapes whose boxes meet and that ``pairs`` does not list.
    An area must be the other method's but for ``1e-9 × area + 8 ulp × length`` (area of the smaller
    shape; ulp the last place of the largest coordinate; length of both boundaries) and 10 mm².

    Parameters
    ----------
    pairs
        From `intersect_pairs`.
    source, target, source_id, target_id
        What it was computed from.
    basis
        What ``pairs`` is on; on the ellipsoid GEOS's shapes are measured in an equal-area projection
        (`on_ellipsoid`), whose chords follow the edges to 0.005 ppm, so that ``1e-8 × area`` is allowed.
    sample
        How many pairs, how many empty pairs; all where ``pairs`` is small.
    seed
        Of the sample; the order of rows does not matter.
    whole
        Up to how many pairs ``pairs`` is small.
    doubted
        Ids of sources and ids of targets whose shape or area a check doubts: each pair of theirs is
        computed again, empty ones included.

    Returns
    -------
    For the manifest: ``pairs``, ``empty_pairs`` and, out of both, ``doubted_pairs`` checked, and
    ``largest_difference_m2``.

    Raises
    ------
    CrsError
        If the systems differ, or areas may not be computed in them.
    TopologyError
        If the two methods differ by more; it names the pair and both areas.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from gis.overlay import intersect_pairs
    >>> parcels = gpd.GeoDataFrame({"parcel_id": ["A"]}, geometry=[box(0, 0, 10, 10)], crs=4549)
    >>> green = gpd.GeoDataFrame({"green_id": ["g", "h"]}, geometry=[box(5, 5, 20, 20), box(10, 0, 20, 9)], crs=4549)
    >>> verify_pairs(intersect_pairs(parcels, green), parcels, target=green, doubted=((), ["h"]))
    {'pairs': 1, 'empty_pairs': 1, 'doubted_pairs': 1, 'largest_difference_m2': 0.0}
    """
    require_same_crs(source, target)
    first, second = np.asarray(source.geometry.array), np.asarray(target.geometry.array)
    sources = source[source_id or source.columns[0]].astype("str")
    targets = target[target_id or target.columns[0]].astype("str")
    doubts = (np.flatnonzero(sources.isin(doubted[0])), np.flatnonzero(targets.isin(doubted[1])))
    small = len(pairs) <= whole
    rows = np.arange(len(first)) if small else np.union1d(_sampled_rows(sources, sample, seed), doubts[0])
    met = _boxes_meet(first, second, rows, doubts[1])
    empty = pd.DataFrame({"source_id": sources.to_numpy()[met[:, 0]], "target_id": targets.to_numpy()[met[:, 1]]})
    empty = _not_listed(empty, pairs).assign(area_m2=0.0)
    if small:
        listed = pairs
    else:
        listed, empty = (_chosen(table, sample, seed, doubted) for table in (pairs, empty))
    chosen = pd.concat([listed, empty], ignore_index=True)
    again, allowed = _areas_again(chosen, (first, sources), (second, targets), crs=source.crs, basis=basis)
    difference = np.abs(again - chosen["area_m2"].to_numpy())
    wrong = np.flatnonzero(~(difference <= allowed))  # What is no number agrees with nothing.
    if len(wrong):
        row = chosen.iloc[int(wrong[0])]
        raise TopologyError(
            "methods_disagree", source=row["source_id"], target=row["target_id"], count=len(wrong),
            edges=grouped(row["area_m2"], 6), geos=grouped(again[wrong[0]], 6),
        )  # fmt: skip
    return {
        "pairs": len(listed),
        "empty_pairs": len(empty),
        "doubted_pairs": int(_doubtful(chosen, doubted).sum()),
        "largest_difference_m2": float(difference.max(initial=0.0)),
    }


def _sampled_rows(ids: pd.Series[str], sample: int, seed: int) -> Positions:
    """Return rows drawn by a hash of their ids, so that no order of rows matters."""
    if len(ids) <= sample:
        return np.arange(len(ids))
    draws = pd.util.hash_array(ids.to_numpy(dtype=object), hash_key=f"{seed % 10**16:016d}", categorize=False)
    return np.asarray(np.argpartition(draws, sample)[:sample], dtype=np.int64)


def _boxes_meet(first: Any, second: Any, rows: Positions, target_rows: Positions) -> Positions:
    """Return (k, 2) positions of shapes whose boxes meet, where the source or the target is one asked for."""
    of_sources = shapely.STRtree(second).query(first[rows])
    of_targets = shapely.STRtree(second[target_rows]).query(first) if len(target_rows) else np.zeros((2, 0), np.int64)
    found = [(rows[of_sources[0]], of_sources[1]), (of_targets[0], target_rows[of_targets[1]])]
    return np.concatenate([np.column_stack(part) for part in found]).astype(np.int64)


def _not_listed(table: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of ids that ``pairs`` does not have, each once, in their order."""
    known = pairs.loc[pairs["source_id"].isin(table["source_id"].unique()), KEYS]
    found = table.drop_duplicates().merge(known, on=KEYS, how="left", indicator="known")
    return found.loc[found["known"] == "left_only", KEYS].sort_values(KEYS, ignore_index=True)


def _doubtful(table: pd.DataFrame, doubted: tuple[Collection[str], Collection[str]]) -> pd.Series[bool]:
    return table["source_id"].isin(doubted[0]) | table["target_id"].isin(doubted[1])


def _chosen(
    table: pd.DataFrame, sample: int, seed: int, doubted: tuple[Collection[str], Collection[str]]
) -> pd.DataFrame:
    drawn = table.sample(min(sample, len(table)), random_state=seed).index
    return table.loc[table.index.isin(drawn) | _doubtful(table, doubted)]


def _areas_again(
    chosen: pd.DataFrame,
    source: tuple[Any, pd.Series[str]],
    target: tuple[Any, pd.Series[str]],
    *,
    crs: Any,
    basis: AreaBasis,
) -> tuple[Any, Any]:
    """Return GEOS's area of each pair of ids, and the m² it may be off; several rows of one id are summed."""
    rows = chosen[KEYS].assign(pair=np.arange(len(chosen)))
    for key, (_, ids) in zip(KEYS, (source, target), strict=True):
        kept = np.flatnonzero(ids.isin(chosen[key].unique()))
        rows = rows.merge(pd.DataFrame({key: ids.to_numpy()[kept], f"{key}_row": kept}), on=key)
    first, second = source[0][rows["source_id_row"]], target[0][rows["target_id_row"]]
    areas, allowed = np.zeros(len(rows)), np.zeros(len(rows))
    built = np.empty(len(rows), dtype=object)
    share = AGREEMENT if basis == "planar" else ELLIPSOIDAL_AGREEMENT

    def compute(low: int, high: int) -> None:
        one, other = first[low:high], second[low:high]
        built[low:high] = shapely.intersection(one, other)
        areas[low:high] = shapely.area(built[low:high])
        last_place = np.spacing(np.abs(shapely.bounds(one)).max(axis=1, initial=0.0))
        length = shapely.length(one) + shapely.length(other)
        smaller = np.minimum(shapely.area(one), shapely.area(other))
        allowed[low:high] = share * smaller + PLACES * last_place * length

    in_threads(compute, len(rows), smallest=500)
    if basis == "ellipsoidal":
        areas = _areas_on_ellipsoid(built, areas, crs)
    pair = rows["pair"].to_numpy()
    of_pair = [np.bincount(pair, weights=values, minlength=len(chosen)) for values in (areas, allowed)]
    return of_pair[0], of_pair[1] + 10 * RESOLUTION_M2


def _areas_on_ellipsoid(built: Any, planar: Any, crs: Any) -> Any:
    """Return the areas of built shapes in an equal-area projection; what has no area in the plane has none."""
    import geopandas as gpd

    from gis.overlay.ellipsoid import on_ellipsoid

    areas, ground = np.zeros(len(built)), np.flatnonzero(planar > 0)
    if len(ground):
        moved = on_ellipsoid(gpd.GeoDataFrame(geometry=built[ground], crs=crs))
        areas[ground] = shapely.area(np.asarray(moved.geometry.array))
    return areas
