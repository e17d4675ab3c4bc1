"""The ground of the sample zone: cells with a block of eight parcels inside a ring of road.

Neighbours share every vertex, so that the parcels of a block and its road make a partition without
gaps or overlaps: Σ parcels + roads = zone. Coordinates are rounded to the millimetre after the
points were made once, never twice.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["CELL_M", "PARCELS_A_BLOCK", "BlockShapes", "Grid", "inside_parcel", "make_blocks"]

Floats = npt.NDArray[np.float64]

#: Columns and rows of parcels in a block, and what a cell measures (block plus half the roads).
COLUMNS, ROWS = 4, 2
PARCELS_A_BLOCK = COLUMNS * ROWS
CELL_M = (424.0, 264.0)
ROAD_M = 24.0
#: Points between two corners of a parcel, which neighbours share.
BENDS = 3
#: A place inside the area of use of CGCS2000 / CM 120E; the zone itself is made up.
CENTRE = (614_000.0, 3_453_000.0)
ROTATION = math.radians(7.0)


@dataclasses.dataclass(frozen=True)
class Grid:
    """Cells in rows, the last row perhaps not full."""

    blocks: int

    @property
    def columns(self) -> int:
        """Cells in a full row: the zone is about as wide as it is high."""
        return max(1, round(math.sqrt(self.blocks * CELL_M[1] / CELL_M[0])))

    @property
    def rows(self) -> int:
        """Rows, the last perhaps not full."""
        return -(-self.blocks // self.columns)

    def to_map(self, points: Floats) -> Floats:
        """Return plan coordinates (…, 2) as easting and northing, rounded to the millimetre."""
        middle = np.array([self.columns * CELL_M[0], self.rows * CELL_M[1]]) / 2
        turn = np.array([[math.cos(ROTATION), math.sin(ROTATION)], [-math.sin(ROTATION), math.cos(ROTATION)]])
        moved: Floats = np.round((points - middle) @ turn + np.array(CENTRE), 3)
        return moved

    def corner(self, cells: npt.NDArray[np.int64], right: int, up: int) -> Floats:
        """Return a corner of each cell in plan coordinates."""
        column, row = cells % self.columns + right, cells // self.columns + up
        return np.stack([column * CELL_M[0], row * CELL_M[1]], axis=-1)

    def boundary(self) -> shapely.Polygon:
        """Return the outline of all cells, with every cell corner that lies on it."""
        full, rest = divmod(self.blocks, self.columns)
        columns = self.columns
        top = full + (1 if rest else 0)
        path = [(column, 0) for column in range(columns + 1)]
        path += [(columns, row) for row in range(1, full + 1)]
        if rest:
            path += [(column, full) for column in range(columns - 1, rest - 1, -1)]
            path += [(column, top) for column in range(rest, -1, -1)]
        else:
            path += [(column, full) for column in range(columns - 1, -1, -1)]
        path += [(0, row) for row in range(top - 1, 0, -1)]
        return shapely.Polygon(self.to_map(np.array(path, dtype="float64") * CELL_M))


@dataclasses.dataclass(frozen=True)
class BlockShapes:
    """The shapes of some blocks, parcels in order of block, row and column.

    Attributes
    ----------
    parcels
        (b · 8,) polygons.
    halves
        (b · 8, 2) the two parts of each parcel, cut between points that its neighbours have too.
    corners
        (b · 8, 4, 2) lower left, lower right, upper right, upper left in plan coordinates.
    roads
        (b,) the ring of road of each cell.
    """

    parcels: npt.NDArray[Any]
    halves: npt.NDArray[Any]
    corners: Floats
    roads: npt.NDArray[Any]


def _edge(begin: Floats, end: Floats, rng: np.random.Generator, bend_m: float) -> Floats:
    """Return ``BENDS`` points between corners, off the straight line by up to ``bend_m``."""
    share = np.linspace(0, 1, BENDS + 2)[1:-1]
    straight = begin[..., None, :] + (end - begin)[..., None, :] * share[:, None]
    along = (end - begin) / np.linalg.norm(end - begin, axis=-1, keepdims=True)
    across = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    offset = rng.uniform(-bend_m, bend_m, straight.shape[:-1])
    bent: Floats = straight + offset[..., None] * across[..., None, :]
    return bent


def make_blocks(grid: Grid, cells: npt.NDArray[np.int64], rng: np.random.Generator) -> BlockShapes:
    """Make the shapes of some cells.

    Parameters
    ----------
    grid
        The zone's grid.
    cells
        (b,) numbers of the cells.
    rng
        Decides widths and bends; the same generator gives the same shapes.
    """
    count = len(cells)
    inner = np.array([CELL_M[0] - ROAD_M, CELL_M[1] - ROAD_M])
    across = np.linspace(0, 1, COLUMNS + 1) + np.pad(rng.uniform(-0.05, 0.05, (count, COLUMNS - 1)), ((0, 0), (1, 1)))
    upward = np.linspace(0, 1, ROWS + 1) + np.pad(rng.uniform(-0.1, 0.1, (count, ROWS - 1)), ((0, 0), (1, 1)))
    lattice = np.empty((count, COLUMNS + 1, ROWS + 1, 2))
    lattice[..., 0], lattice[..., 1] = across[:, :, None] * inner[0], upward[:, None, :] * inner[1]
    lattice += (grid.corner(cells, 0, 0) + ROAD_M / 2)[:, None, None, :]
    flat = _edge(lattice[:, :-1], lattice[:, 1:], rng, 1.5)
    steep = _edge(lattice[:, :, :-1], lattice[:, :, 1:], rng, 1.5)
    rings: list[Floats] = []
    halves: tuple[list[Floats], list[Floats]] = ([], [])
    corners: list[Floats] = []
    half = BENDS // 2
    for row in range(ROWS):
        for column in range(COLUMNS):
            low, high = flat[:, column, row], flat[:, column, row + 1][:, ::-1]
            right, left = steep[:, column + 1, row], steep[:, column, row][:, ::-1]
            a, b = lattice[:, column, row, None], lattice[:, column + 1, row, None]
            c, d = lattice[:, column + 1, row + 1, None], lattice[:, column, row + 1, None]
            rings.append(np.concatenate([a, low, b, right, c, high, d, left, a], axis=1))
            cut, back = low[:, half : half + 1], high[:, half : half + 1]
            halves[0].append(np.concatenate([a, low[:, : half + 1], back, high[:, half + 1 :], d, left, a], axis=1))
            halves[1].append(np.concatenate([cut, low[:, half + 1 :], b, right, c, high[:, : half + 1], cut], axis=1))
            corners.append(np.concatenate([a, b, c, d], axis=1))
    return BlockShapes(
        parcels=_polygons(grid, rings),
        halves=np.stack([_polygons(grid, halves[0]), _polygons(grid, halves[1])], axis=-1),
        corners=np.stack(corners, axis=1).reshape(-1, 4, 2),
        roads=_roads(grid, cells, lattice, flat, steep),
    )


def _polygons(grid: Grid, rings: list[Floats]) -> npt.NDArray[Any]:
    stacked = grid.to_map(np.stack(rings, axis=1))
    shapes: npt.NDArray[Any] = shapely.polygons(stacked.reshape(-1, *stacked.shape[2:]))
    return shapes


def _roads(grid: Grid, cells: Any, lattice: Floats, flat: Floats, steep: Floats) -> Any:
    outer = np.stack([grid.corner(cells, *at) for at in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))], axis=1)
    around: list[Floats] = []
    for column in range(COLUMNS):
        around += [lattice[:, column, 0, None], flat[:, column, 0]]
    for row in range(ROWS):
        around += [lattice[:, COLUMNS, row, None], steep[:, COLUMNS, row]]
    for column in range(COLUMNS - 1, -1, -1):
        around += [lattice[:, column + 1, ROWS, None], flat[:, column, ROWS][:, ::-1]]
    for row in range(ROWS - 1, -1, -1):
        around += [lattice[:, 0, row + 1, None], steep[:, 0, row][:, ::-1]]
    around.append(lattice[:, 0, 0, None])
    holes = shapely.linearrings(grid.to_map(np.concatenate(around, axis=1)))
    return shapely.polygons(shapely.linearrings(grid.to_map(outer)), holes=holes[:, None])


def inside_parcel(corners: Floats, s: Floats, t: Floats) -> Floats:
    """Return points of parcels by shares of their width (s) and depth (t), 0–1 each.

    Parameters
    ----------
    corners
        (n, 4, 2).
    s, t
        (n, k).
    """
    a, b, c, d = (corners[:, number, None, :] for number in range(4))
    s, t = s[..., None], t[..., None]
    points: Floats = (1 - t) * ((1 - s) * a + s * b) + t * ((1 - s) * d + s * c)
    return points
