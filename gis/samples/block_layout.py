"""Inside the blocks: two rows of parcels back to back, as one table of shared vertices.

A block is a unit square bent to its four corners: u runs along the southern street, v away from
it. Row 0 fronts the south, row 1 the north; both meet at the *spine*. Between two parcels of a row
lies a *cut* from the front to the spine, some with a dog-leg, which makes both parcels L-shaped.
Every vertex stands in the table once, rounded to the millimetre, and every ring refers to it: so
neighbours share edges exactly, and nothing overlaps or gapes.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gis.samples.rings import round_mm

if TYPE_CHECKING:
    from gis.samples.street_grid import StreetGrid

__all__ = ["CUT_POINTS", "MOST_IN_ROW", "BlockLayout", "lay_out_blocks"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: A row never has more parcels than this (13 + 4 in a block, halved).
MOST_IN_ROW = 9
#: Points between the ends of a cut, and between two cuts on the front.
CUT_POINTS, FRONT_POINTS = 3, 2
CHAMFER_M = 8.0
SURVEY_JITTER_M = 0.25
DOG_LEG_SHARE, DOG_LEG_SHIFT, SLANT = 0.2, 0.3, 0.05
#: Cuts of the two rows meet the spine at least this far apart.
JUNCTION_GAP_M = 3.0


@dataclasses.dataclass(frozen=True)
class BlockLayout:
    """The vertices of some blocks, and where each line of them is.

    Attributes
    ----------
    block
        Numbers of the blocks, shape (m,).
    first_parcel
        Ordinal of each block's first parcel.
    in_row
        Parcels of rows 0 and 1, shape (m, 2).
    corners
        Corners of the blocks (south-west, then counter-clockwise), shape (m, 4, 2), before the
        corners are cut off.
    crossings
        The four street crossings around, in the same order.
    width_m, depth_m
        Size of the blocks, shape (m,).
    spine_v
        Where the spine is, shape (m,).
    cut_u
        Of every cut the u of its front end, its points and its spine end: shape (m, 2, 10, 5).
    spine_position
        At which place of the spine each cut ends, shape (m, 2, 10).
    vertices
        Shape (n, 2): fronts, cuts, spines, crossings.
    """

    block: Ints
    first_parcel: Ints
    in_row: Ints
    corners: Floats
    crossings: Floats
    width_m: Floats
    depth_m: Floats
    spine_v: Floats
    cut_u: Floats
    spine_position: Ints
    vertices: Floats

    def front_index(self, m: Ints, row: Ints, position: Ints) -> Ints:
        """Return where in the table a vertex of a front is; cut k is at position 3·k."""
        return (m * 2 + row) * FRONT_SIZE + position

    def cut_index(self, m: Ints, row: Ints, k: Ints, position: int) -> Ints:
        """Return where in the table a point of cut k is, 0 the nearest to the front."""
        return FRONT_SIZE * 2 * len(self.block) + ((m * 2 + row) * (MOST_IN_ROW + 1) + k) * CUT_POINTS + position

    def spine_index(self, m: Ints, position: Ints) -> Ints:
        """Return where in the table a vertex of a spine is."""
        return (FRONT_SIZE + (MOST_IN_ROW + 1) * CUT_POINTS) * 2 * len(self.block) + m * SPINE_SIZE + position

    def crossing_index(self, m: Ints, corner: int) -> Ints:
        """Return where in the table a street crossing is."""
        return len(self.vertices) - 4 * len(self.block) + m * 4 + corner

    def place(self, m: Ints, row: Ints, x: Floats, y: Floats) -> Floats:
        """Return easting and northing of points ``x`` metres along a row, ``y`` metres in from its front.

        ``x`` and ``y`` have shape (count, points), the others (count,).
        """
        share = np.where(row == 0, self.spine_v[m], 1 - self.spine_v[m])
        inward = y / (share * self.depth_m[m])[:, None] * share[:, None]
        v = np.where((row == 0)[:, None], inward, 1 - inward)
        return round_mm(_bend(self.corners[m], x / self.width_m[m][:, None], v))


FRONT_SIZE = (FRONT_POINTS + 1) * MOST_IN_ROW + 1
SPINE_SIZE = 2 * (2 * (MOST_IN_ROW - 1) + 1) + 1


def _bend(corners: Floats, u: Floats, v: Floats) -> Floats:
    """Map (u, v) of shape (m, …) bilinearly into quadrilaterals of shape (m, 4, 2)."""
    shape = (len(corners),) + (1,) * (u.ndim - 1) + (2,)
    a, b, c, d = (corners[:, corner].reshape(shape) for corner in range(4))
    u, v = u[..., None], v[..., None]
    south = a * (1 - u) + b * u
    north = d * (1 - u) + c * u
    return south * (1 - v) + north * v


def _length(vectors: Floats) -> Floats:
    return np.sqrt(vectors[..., 0] * vectors[..., 0] + vectors[..., 1] * vectors[..., 1])


def _inset(crossings: Floats, half_widths: Floats) -> Floats:
    """Move the four sides of each quadrilateral inward; side i runs from corner i to corner i + 1."""
    sides = np.roll(crossings, -1, axis=1) - crossings
    normals = np.stack([-sides[..., 1], sides[..., 0]], axis=-1) / _length(sides)[..., None]
    before, before_m = np.roll(normals, 1, axis=1), np.roll(half_widths, 1, axis=1)
    turn = before[..., 0] * normals[..., 1] - before[..., 1] * normals[..., 0]
    x = (before_m * normals[..., 1] - half_widths * before[..., 1]) / turn
    y = (half_widths * before[..., 0] - before_m * normals[..., 0]) / turn
    return crossings + np.stack([x, y], axis=-1)


def _fronts(grid: StreetGrid, key: Ints, in_row: Ints) -> Floats:
    """Return u of the cuts' front ends, 0 and 1 at the ends of a row, 1 beyond them."""
    k = np.arange(MOST_IN_ROW)
    draw = grid.draws.uniform("width", key[..., :MOST_IN_ROW])
    weight = np.where(k < in_row[..., None], 0.6 + 1.2 * draw * draw, 0.0)
    running = np.cumsum(weight, axis=-1)
    fronts = np.ones(key.shape)
    fronts[..., 0] = 0.0
    fronts[..., 1:] = running / running[..., -1:]
    return fronts


def _spine_ends(
    grid: StreetGrid, key: Ints, fronts: Floats, inner: NDArray[np.bool_]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return u of the cuts' spine ends, and which cuts have a dog-leg."""
    gaps = np.diff(fronts, axis=-1)
    room = np.zeros(key.shape)
    room[..., 1:-1] = np.minimum(gaps[..., :-1], gaps[..., 1:])
    room = np.where(inner, room, 0.0)
    # Only every other cut may have one, so that no parcel is squeezed from both sides.
    dog_leg = inner & (key % 2 == 0) & grid.draws.chance(DOG_LEG_SHARE, "dog-leg", key)
    side = np.where(grid.draws.chance(0.5, "dog-leg-side", key), 1.0, -1.0)
    slant = grid.draws.between(-SLANT, SLANT, "slant", key)
    return fronts + room * np.where(dog_leg, side * DOG_LEG_SHIFT, slant), dog_leg


def _keep_apart(spine_u: Floats, inner: NDArray[np.bool_], width_m: Floats) -> Floats:
    """Move cuts of row 1 along the spine where they would meet it too near a cut of row 0."""
    gap = (JUNCTION_GAP_M / width_m)[:, None]
    other = np.where(inner[:, 0], spine_u[:, 0], np.inf)
    own = spine_u[:, 1]
    distance = own[:, :, None] - other[:, None, :]
    nearest = np.argmin(np.abs(distance), axis=2)[..., None]
    away = np.take_along_axis(distance, nearest, axis=2)[..., 0]
    target = np.take_along_axis(np.broadcast_to(other[:, None, :], distance.shape), nearest, axis=2)[..., 0]
    too_near = inner[:, 1] & (np.abs(away) < gap)
    moved = np.where(too_near, np.where(too_near, target, 0.0) + np.where(away < 0, -gap, gap), own)
    return np.stack([spine_u[:, 0], moved], axis=1)


def _spines(spine_u: Floats, inner: NDArray[np.bool_], in_row: Ints) -> tuple[Floats, Ints]:
    """Return u of the spines' vertices (a junction, a midpoint, a junction, …) and the cuts' places."""
    blocks, rows, cuts = spine_u.shape
    junctions = np.where(inner, spine_u, np.inf).reshape(blocks, rows * cuts)
    order = np.argsort(junctions, axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable").reshape(blocks, rows, cuts)
    count = inner.sum(axis=(1, 2))
    position = np.where(inner, 2 * (rank + 1), 0)
    k = np.arange(cuts)
    position = np.where(k == in_row[..., None], 2 * (count + 1)[:, None, None], position)
    even = np.ones((blocks, (SPINE_SIZE + 1) // 2))
    even[:, 0] = 0.0
    inside = np.sort(junctions, axis=1)[:, : even.shape[1] - 2]
    even[:, 1:-1] = np.where(np.isfinite(inside), inside, 1.0)
    spine = np.ones((blocks, SPINE_SIZE))
    spine[:, ::2] = even
    spine[:, 1::2] = (even[:, :-1] + even[:, 1:]) / 2
    return spine, position


def _cut_points(
    grid: StreetGrid, key: Ints, ends: tuple[Floats, Floats], dog_leg: NDArray[np.bool_], inner: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Return u, and the share of the way from front to spine, of the points of every cut."""
    front, spine = ends
    share = np.broadcast_to(np.array([0.25, 0.5, 0.75]), (*key.shape, CUT_POINTS)).copy()
    u = front[..., None] + (spine - front)[..., None] * share
    bend = grid.draws.between(0.35, 0.6, "dog-leg-place", key)
    u = np.where(dog_leg[..., None], np.stack([front, spine, spine], axis=-1), u)
    share = np.where(dog_leg[..., None], np.stack([bend, bend, (1 + bend) / 2], axis=-1), share)
    at_end = ~inner
    share[..., 1] = np.where(at_end, 0.4, share[..., 1])
    share[..., 2] = np.where(at_end, 0.7, share[..., 2])
    return u, share


def _outline_blocks(grid: StreetGrid, block: Ints) -> BlockLayout:
    """Return what is known of the blocks before they are divided."""
    r, c = block // grid.columns, block % grid.columns
    crossings = np.stack([grid.crossings[r + i, c + j] for i, j in ((0, 0), (0, 1), (1, 1), (1, 0))], axis=1)
    along, across = grid.half_width_rows, grid.half_width_columns
    corners = _inset(crossings, np.stack([along[r], across[c + 1], along[r + 1], across[c]], axis=1))
    first = grid.first_parcel(block)
    count = grid.first_parcel(block + 1) - first
    south = count // 2 + np.where((count % 2 == 1) & grid.draws.chance(0.5, "odd-parcel", block), 1, 0)
    return BlockLayout(
        block=block,
        first_parcel=first,
        in_row=np.stack([south, count - south], axis=1),
        corners=corners,
        crossings=crossings,
        width_m=(_length(corners[:, 1] - corners[:, 0]) + _length(corners[:, 2] - corners[:, 3])) / 2,
        depth_m=(_length(corners[:, 3] - corners[:, 0]) + _length(corners[:, 2] - corners[:, 1])) / 2,
        spine_v=grid.draws.between(0.43, 0.57, "spine", block),
        cut_u=np.empty(0),
        spine_position=np.empty(0, dtype=np.int64),
        vertices=np.empty((0, 2)),
    )


def lay_out_blocks(grid: StreetGrid, block: Ints) -> BlockLayout:
    """Lay out some blocks; each comes out the same whatever others are laid out with it.

    Parameters
    ----------
    grid
        The streets.
    block
        Numbers of the blocks, row by row from the south-west.
    """
    layout = _outline_blocks(grid, block)
    in_row, width_m, depth_m, spine_v = layout.in_row, layout.width_m, layout.depth_m, layout.spine_v
    k = np.arange(MOST_IN_ROW + 1)
    key = (block[:, None, None] * 2 + np.arange(2)[:, None]) * 16 + k
    inner = (k > 0) & (k < in_row[..., None])
    fronts = _fronts(grid, key, in_row)
    spine_u, dog_leg = _spine_ends(grid, key, fronts, inner)
    spine_u = _keep_apart(spine_u, inner, width_m)
    spine, position = _spines(spine_u, inner, in_row)
    cut_u, cut_share = _cut_points(grid, key, (fronts, spine_u), dog_leg, inner)
    chamfer_u = np.broadcast_to((CHAMFER_M / width_m)[:, None], fronts.shape[:2])
    ends = fronts.copy()
    ends[..., 0] = chamfer_u
    ends = np.where(k >= in_row[..., None], 1 - chamfer_u[..., None], ends)
    cut_u = _shaken(grid, key, cut_u, ~dog_leg[..., None], width_m)
    # The first point of an outer side is where the corner was cut off: it stays on the side.
    at_end = ~inner
    cut_u[..., 0] = np.where(at_end, fronts, cut_u[..., 0])
    row_depth_m = np.stack([spine_v, 1 - spine_v], axis=1) * depth_m[:, None]
    cut_share[..., 0] = np.where(at_end, (CHAMFER_M / row_depth_m)[..., None], cut_share[..., 0])

    front_uv = _front_vertices(grid, key, ends, layout)
    spine_jitter = grid.draws.between(-1, 1, "spine-jitter", block[:, None] * 64 + np.arange(SPINE_SIZE))
    spine_jitter[:, ::2] = 0.0
    lines = (
        _bend(layout.corners, *front_uv),
        _bend(layout.corners, cut_u, _from_front(cut_share, spine_v)),
        _bend(layout.corners, spine, spine_v[:, None] + spine_jitter * (SURVEY_JITTER_M / depth_m)[:, None]),
        layout.crossings,
    )
    vertices = round_mm(np.concatenate([line.reshape(-1, 2) for line in lines]))
    cut_u = np.concatenate([fronts[..., None], cut_u, spine_u[..., None]], axis=-1)
    return dataclasses.replace(layout, cut_u=cut_u, spine_position=position, vertices=vertices)


def _shaken(grid: StreetGrid, key: Ints, u: Floats, which: NDArray[np.bool_], width_m: Floats) -> Floats:
    """Move points sideways by the little that surveyed lines are off straight."""
    size = (SURVEY_JITTER_M / width_m).reshape(-1, *(1,) * (u.ndim - 1))
    jitter = grid.draws.between(-1, 1, "cut-jitter", key[..., None] * 4 + np.arange(u.shape[-1]))
    return u + np.where(which, jitter, 0.0) * size


def _from_front(share: Floats, spine_v: Floats) -> Floats:
    """Return v from the share of the way from the front (v 0 of row 0, v 1 of row 1) to the spine."""
    south = share[:, 0] * spine_v[:, None, None]
    north = 1 - share[:, 1] * (1 - spine_v)[:, None, None]
    return np.stack([south, north], axis=1)


def _front_vertices(grid: StreetGrid, key: Ints, ends: Floats, layout: BlockLayout) -> tuple[Floats, Floats]:
    """Return u and v of the fronts: the cuts, and two points between each pair of them."""
    shape = (*ends.shape[:2], FRONT_SIZE)
    u, v = np.empty(shape), np.zeros(shape)
    u[..., ::3] = ends
    keys = key[..., :MOST_IN_ROW]
    for place, share in ((1, 0.33), (2, 0.67)):
        part = grid.draws.between(share - 0.06, share + 0.06, f"front-{place}", keys)
        u[..., place::3] = ends[..., :-1] + (ends[..., 1:] - ends[..., :-1]) * part
        jitter = grid.draws.between(-1, 1, f"front-jitter-{place}", keys)
        v[..., place::3] = jitter * (SURVEY_JITTER_M / layout.depth_m)[:, None, None]
    return u, np.stack([v[:, 0], 1 - v[:, 1]], axis=1)
