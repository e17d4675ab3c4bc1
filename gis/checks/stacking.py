"""Ground under three or more shapes of one layer, where a sum of pairs counts too much.

With m shapes over a spot, a sum of areas counts it m times and a sum of pairs m(m−1)/2 times, so

    area(union) = Σ area(shape) − Σ area(pair) + ∫ (m−1)(m−2)/2

and the last term is 0 but where m ≥ 3: on the few shapes that three have in common.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GRID_M", "connected_groups", "stacked_m2"]

#: A grid (m) on which GEOS is right where it fails in full precision; 1 µm is below any survey.
GRID_M = 1e-6
#: More pairs a shape than this are a heap of copies, which is united as a whole.
HEAP = 10


def connected_groups(pairs: npt.NDArray[np.int64]) -> list[list[int]]:
    """Return the groups of numbers that pairs connect, each in ascending order.

    Examples
    --------
    >>> connected_groups(np.array([[5, 7], [1, 2], [2, 4]]))
    [[1, 2, 4], [5, 7]]
    """
    beside = _neighbours(pairs)
    groups: list[list[int]] = []
    seen: set[int] = set()
    for start in sorted(beside):
        if start in seen:
            continue
        group, waiting = set(), [start]
        while waiting:
            member = waiting.pop()
            if member not in group:
                group.add(member)
                waiting.extend(beside[member])
        seen |= group
        groups.append(sorted(group))
    return groups


def _neighbours(pairs: npt.NDArray[np.int64]) -> dict[int, set[int]]:
    beside: dict[int, set[int]] = {}
    for first, second in pairs.tolist():
        beside.setdefault(first, set()).add(second)
        beside.setdefault(second, set()).add(first)
    return beside


def stacked_m2(shapes: npt.NDArray[Any], areas: npt.NDArray[np.float64], pairs: pd.DataFrame) -> float:
    """Return ∫ (m−1)(m−2)/2 in m² over the ground of a layer, m being how many shapes lie there.

    Parameters
    ----------
    shapes, areas
        (n,) valid polygons and their areas.
    pairs
        ``first``, ``second`` and ``area_m2`` of all that overlap.

    Examples
    --------
    >>> import pandas as pd
    >>> shapes = np.array([shapely.box(0, 0, 2, 1), shapely.box(1, 0, 3, 1), shapely.box(1, 0, 2, 1)])
    >>> pairs = pd.DataFrame({"first": [0, 0, 1], "second": [1, 2, 2], "area_m2": 1.0})
    >>> stacked_m2(shapes, shapely.area(shapes), pairs)
    1.0
    """
    numbers = pairs[["first", "second"]].to_numpy(dtype=np.int64)
    beside = _neighbours(numbers)
    terms: list[float] = []
    heaped: set[int] = set()
    for group in connected_groups(numbers):
        if sum(len(beside[member]) for member in group) > 2 * HEAP * len(group):
            heaped.update(group)
            terms += [*-areas[group], float(shapely.area(shapely.union_all(shapes[group], grid_size=GRID_M)))]
    terms += pairs.loc[pairs["first"].isin(heaped), "area_m2"].tolist()
    triples = np.array(
        [(a, b, c) for a, b in numbers.tolist() if a not in heaped for c in beside[a] & beside[b] if c > max(a, b)],
        dtype=np.int64,
    ).reshape(-1, 3)
    return math.fsum([*terms, _common_m2(shapes, triples)])


def _shared(first: npt.NDArray[Any], second: npt.NDArray[Any] | shapely.Geometry) -> npt.NDArray[Any]:
    """Return the polygons that shapes have in common; lines and points in which they touch are no ground."""
    shared = np.asarray(shapely.intersection(first, second, grid_size=GRID_M), dtype=object)
    for i in np.flatnonzero(shapely.get_type_id(shared) == shapely.GeometryType.GEOMETRYCOLLECTION.value):
        parts = shapely.get_parts(shared[i])
        shared[i] = shapely.MultiPolygon(list(parts[shapely.get_dimensions(parts) == 2]))
    return shared


def _common_m2(shapes: npt.NDArray[Any], triples: npt.NDArray[np.int64]) -> float:
    """Return the integral over what the triples have in common."""
    common = _shared(_shared(shapes[triples[:, 0]], shapes[triples[:, 1]]), shapes[triples[:, 2]])
    real = shapely.area(common) > 0
    common, triples = common[real], triples[real]
    near = shapely.STRtree(common).query(common, predicate="intersects").T
    terms = []
    for group in connected_groups(near):
        if len(group) == 1:
            terms.append(float(shapely.area(common[group[0]])))
            continue
        # Four or more shapes: ∫ (m−1)(m−2)/2 = ∫ m(m−1)/2 − ∫ m + ∫ 1 over the common ground.
        ground = shapely.union_all(common[group], grid_size=GRID_M)
        parts = _shared(shapes[np.unique(triples[group])], ground)
        first, second = np.triu_indices(len(parts), k=1)
        shared = _shared(parts[first], parts[second])
        terms += [*shapely.area(shared), *-shapely.area(parts), float(shapely.area(ground))]
    return math.fsum(terms)
