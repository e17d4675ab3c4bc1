"""The street grid of the synthetic zone: where blocks lie, how many parcels each has, the outer edge."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.errors import InputError
from gis.samples.rings import round_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.samples.draws import Draws

__all__ = ["CRS", "LEAST_PARCELS", "MOST_PARCELS", "StreetGrid", "lay_out_streets"]

#: CGCS2000 / 3-degree Gauss-Krüger CM 120E, no zone prefix.
CRS = "EPSG:4549"
#: The middle of a small zone, at about 121.2° E 31.25° N. A large one grows to the west once it reaches
#: this far east, so that a million parcels still lie in the system's area of use (118.5° to 121.5° E).
MIDDLE_EASTING_M, MIDDLE_NORTHING_M, MOST_EAST_M = 614_000.0, 3_459_000.0, 20_000.0
#: The grid is turned by about 10.4°; 11-60-61 is a Pythagorean triple, so the turn is exact.
COSINE, SINE = 60 / 61, 11 / 61
BLOCK_WIDTH_M, BLOCK_DEPTH_M = 360.0, 290.0
#: Streets swing slowly, and every crossing is off its place by a little.
SWING_M, SWING_BLOCKS, CROSSING_JITTER_M = 25.0, 7.0, 14.0
HALF_STREET_WIDTHS_M = np.array([10.0, 12.0, 16.0, 20.0])
#: Parcels a block: about this many, more in one of two neighbours and fewer in the other.
PARCELS_PER_BLOCK, UNEVENNESS = 10, 4
LEAST_PARCELS, MOST_PARCELS = 40, 1_000_000


@dataclasses.dataclass(frozen=True)
class StreetGrid:
    """Streets and the blocks between them.

    Attributes
    ----------
    parcels
        How many parcels all blocks have together.
    rows, columns
        The shape of the grid of blocks.
    crossings
        Shape (rows + 1, columns + 1, 2): eastings and northings, whole millimetres.
    half_width_rows, half_width_columns
        Half the width of each street that runs along a row, or along a column.
    """

    draws: Draws
    parcels: int
    rows: int
    columns: int
    crossings: NDArray[np.float64]
    half_width_rows: NDArray[np.float64]
    half_width_columns: NDArray[np.float64]

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return self.rows * self.columns

    def first_parcel(self, block: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the ordinal (from 0) of the first parcel of each block; of ``blocks``, the total.

        The plain share of block b begins at ⌊b·N/B⌋; an odd block gives some of its parcels to, or
        takes some from, the block before it. So no running total is needed, and it is N at the end.
        """
        shift = self.draws.whole(-UNEVENNESS, UNEVENNESS, "parcels-moved", block // 2)
        paired = (block % 2 == 1) & (block < self.blocks)
        return block * self.parcels // self.blocks + np.where(paired, shift, 0)

    def outer_ring(self) -> shapely.Polygon:
        """Return the outer edge of all streets: the zone's boundary."""
        south, north = self.crossings[0], self.crossings[-1, ::-1]
        east, west = self.crossings[1:-1, -1], self.crossings[-2:0:-1, 0]
        return shapely.Polygon(np.concatenate([south, east, north, west]))


def _swing(index: int, phase: float) -> float:
    return SWING_M * math.sin(2 * math.pi * index / SWING_BLOCKS + phase)


def lay_out_streets(parcels: int, draws: Draws) -> StreetGrid:
    """Lay out the streets for a number of parcels.

    Raises
    ------
    InputError
        Below 40 parcels not every status could occur; above 1,000,000 the zone would leave the
        reference system's area of use.

    Examples
    --------
    >>> from gis.samples.draws import Draws
    >>> grid = lay_out_streets(40, Draws(1))
    >>> grid.rows, grid.columns, int(grid.first_parcel(np.array([4]))[0])
    (2, 2, 40)
    """
    if not LEAST_PARCELS <= parcels <= MOST_PARCELS:
        raise InputError("sample_size", found=parcels, least=LEAST_PARCELS, most=MOST_PARCELS)
    blocks = parcels / PARCELS_PER_BLOCK
    rows = max(2, round(math.sqrt(blocks * BLOCK_WIDTH_M / BLOCK_DEPTH_M * 0.8)))
    columns = max(2, round(blocks / rows))
    row, column = np.meshgrid(np.arange(rows + 1), np.arange(columns + 1), indexing="ij")
    key = row * (MOST_PARCELS + 1) + column
    swing_x = np.array([_swing(index, 0.3) for index in range(rows + 1)])[:, None]
    swing_y = np.array([_swing(index, 1.9) for index in range(columns + 1)])[None, :]
    jitter_x = draws.between(-CROSSING_JITTER_M, CROSSING_JITTER_M, "crossing-x", key)
    jitter_y = draws.between(-CROSSING_JITTER_M, CROSSING_JITTER_M, "crossing-y", key)
    width_m, depth_m = columns * BLOCK_WIDTH_M, rows * BLOCK_DEPTH_M
    x = column * BLOCK_WIDTH_M - width_m + min(width_m / 2, MOST_EAST_M) + swing_x + jitter_x
    y = row * BLOCK_DEPTH_M - depth_m / 2 + swing_y + jitter_y
    easting = MIDDLE_EASTING_M + x * COSINE - y * SINE
    northing = MIDDLE_NORTHING_M + x * SINE + y * COSINE
    kinds = len(HALF_STREET_WIDTHS_M) - 1
    return StreetGrid(
        draws=draws,
        parcels=parcels,
        rows=rows,
        columns=columns,
        crossings=round_mm(np.stack([easting, northing], axis=-1)),
        half_width_rows=HALF_STREET_WIDTHS_M[draws.whole(0, kinds, "street-row", np.arange(rows + 1))],
        half_width_columns=HALF_STREET_WIDTHS_M[draws.whole(0, kinds, "street-column", np.arange(columns + 1))],
    )
