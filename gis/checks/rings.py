"""Vertices of rings: spikes, and points digitised twice; for all shapes of a table at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["close_vertices", "spike_vertices", "spikes"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def _rings(shapes: npt.NDArray[Any]) -> tuple[Floats, Integers, Integers]:
    """Return the vertices of all rings, the ring of each, and the shape of each ring."""
    parts, owner_of_part = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    return xy, ring.astype(np.int64), owner_of_part[part].astype(np.int64)


def close_vertices(shapes: npt.NDArray[Any], *, gap_m: float) -> Integers:
    """Return how many neighbouring vertices of each shape lie closer than ``gap_m``.

    Examples
    --------
    >>> twice = shapely.Polygon([(0, 0), (9, 0), (9, 0.0004), (9, 9)])
    >>> close_vertices(np.array([shapely.box(0, 0, 1, 1), twice]), gap_m=0.001).tolist()
    [0, 1]
    """
    xy, ring, owner = _rings(shapes)
    same = ring[1:] == ring[:-1]
    step = np.hypot(*(xy[1:] - xy[:-1]).T)
    near = owner[ring[:-1][same & (step < gap_m)]]
    return np.bincount(near, minlength=len(shapes)).astype(np.int64)


def spike_vertices(xy: Floats, ring: Integers, *, angle_deg: float) -> Integers:
    """Return the positions of vertices whose edges enclose less than ``angle_deg``.

    Parameters
    ----------
    xy
        (n, 2) vertices of closed rings, one after another, no vertex twice in a row.
    ring
        (n,) the ring of each vertex, ascending.
    angle_deg
        The angle below which an edge runs back along the one before.
    """
    if not len(xy):
        return np.zeros(0, dtype=np.int64)
    first = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]])
    last = np.r_[first[1:], len(ring)] - 1
    before, after = np.arange(len(xy)) - 1, np.arange(len(xy)) + 1
    # The closing vertex repeats the first: it is looked at once, as the first.
    before[first] = last - 1
    after[last] = last
    back, on = xy[before] - xy, xy[after] - xy
    cross = np.abs(back[:, 0] * on[:, 1] - back[:, 1] * on[:, 0])
    angle = np.degrees(np.arctan2(cross, (back * on).sum(axis=1)))
    sharp = angle < angle_deg
    sharp[last] = False
    return np.flatnonzero(sharp)


def spikes(shapes: npt.NDArray[Any], *, angle_deg: float) -> list[tuple[int, float, float]]:
    """Return the tips of spikes: (position of the shape, x, y).

    Examples
    --------
    >>> spiky = shapely.Polygon([(0, 0), (10, 0), (10, 5), (30, 5.01), (10, 5.02), (10, 10), (0, 10)])
    >>> spikes(np.array([shapely.box(0, 0, 9, 9), spiky]), angle_deg=1.0)
    [(1, 30.0, 5.01)]
    """
    xy, ring, owner = _rings(shapely.remove_repeated_points(shapes))
    tips = spike_vertices(xy, ring, angle_deg=angle_deg)
    return [(int(owner[ring[i]]), float(xy[i, 0]), float(xy[i, 1])) for i in tips]
