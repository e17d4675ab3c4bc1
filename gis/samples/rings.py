"""From chains of shared vertices to polygons: neighbours index the same vertices, so edges coincide."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Chain", "polygons_of_chains", "polygons_of_points", "round_mm"]

#: Where a chain starts in the vertex table, how many vertices it has, and +1 or -1 to walk it by.
Chain = tuple[NDArray[np.int64], Any, Any]
#: Coordinates are whole millimetres, as in a boundary survey.
PER_METRE = 1000.0


def round_mm(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round coordinates in metres to the millimetre."""
    return np.rint(values * PER_METRE) / PER_METRE


def polygons_of_chains(vertices: NDArray[np.float64], chains: list[Chain]) -> NDArray[np.object_]:
    """Build one polygon a row from chains of vertices, walked one after the other and closed.

    Parameters
    ----------
    vertices
        Shape (n, 2): eastings and northings in metres.
    chains
        Each with one start a polygon; lengths and steps are arrays of that shape or scalars.

    Examples
    --------
    >>> corners = np.array([[0.0, 0], [2, 0], [2, 1], [0, 1]])
    >>> polygons_of_chains(corners, [(np.array([0]), 2, 1), (np.array([3]), 2, -1)])[0].wkt
    'POLYGON ((0 0, 2 0, 0 1, 2 1, 0 0))'
    """
    first = chains[0][0]
    if not len(first):
        return np.empty(0, dtype=np.object_)
    chains = [*chains, (first, 1, 1)]
    start = np.stack([chain[0] for chain in chains], axis=1)
    length = np.stack([np.broadcast_to(chain[1], first.shape) for chain in chains], axis=1).astype(np.int64)
    step = np.stack([np.broadcast_to(chain[2], first.shape) for chain in chains], axis=1).astype(np.int64)
    counts = length.ravel()
    ends = np.cumsum(counts)
    local = np.arange(ends[-1]) - np.repeat(ends - counts, counts)
    index = np.repeat(start.ravel(), counts) + np.repeat(step.ravel(), counts) * local
    ring_of = np.repeat(np.arange(len(first)), length.sum(axis=1))
    rings = shapely.linearrings(vertices[index], indices=ring_of)
    return np.asarray(shapely.polygons(rings), dtype=np.object_)


def polygons_of_points(points: NDArray[np.float64]) -> NDArray[np.object_]:
    """Build polygons that all have the same number of vertices.

    Parameters
    ----------
    points
        Shape (polygons, vertices, 2), not closed, rounded already.
    """
    count, corners = points.shape[:2]
    if count == 0:
        return np.empty(0, dtype=np.object_)
    closed = np.concatenate([points, points[:, :1]], axis=1).reshape(-1, 2)
    rings = shapely.linearrings(closed, indices=np.repeat(np.arange(count), corners + 1))
    return np.asarray(shapely.polygons(rings), dtype=np.object_)
