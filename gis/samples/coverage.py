"""Parcels, land-use patches and half streets: rings over the shared vertices of a layout."""

from __future__ import annotations

import dataclasses

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.samples.block_layout import MOST_IN_ROW, BlockLayout
from gis.samples.rings import Chain, polygons_of_chains

__all__ = ["ParcelPlaces", "halves_of_parcels", "parcel_places", "parcel_shapes", "plan_unit_shapes", "street_shapes"]

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]


@dataclasses.dataclass(frozen=True)
class ParcelPlaces:
    """Where each parcel of a layout is, in the order of their ordinals.

    Attributes
    ----------
    m
        Place of the parcel's block in the layout.
    row, k
        Row and place in the row.
    ordinal
        Number of the parcel in the zone, from 0.
    in_block
        Number of the parcel in its block, from 0.
    x_low, x_high
        What lies clear of both side lines, in metres along the row.
    depth_m
        From the front to the spine.
    is_straight
        Whether neither side line has a dog-leg.
    """

    m: Ints
    row: Ints
    k: Ints
    ordinal: Ints
    in_block: Ints
    x_low: NDArray[np.float64]
    x_high: NDArray[np.float64]
    depth_m: NDArray[np.float64]
    is_straight: NDArray[np.bool_]


def parcel_places(layout: BlockLayout) -> ParcelPlaces:
    """List the parcels of a layout."""
    there = np.arange(MOST_IN_ROW) < layout.in_row[..., None]
    m, row, k = (index.astype(np.int64) for index in np.nonzero(there))
    in_block = np.where(row == 0, k, k + layout.in_row[m, 0])
    left, right = layout.cut_u[m, row, k], layout.cut_u[m, row, k + 1]
    share = np.where(row == 0, layout.spine_v[m], 1 - layout.spine_v[m])
    # A dog-leg moves the line by more than the slant of a straight one does.
    spread = np.maximum(np.ptp(left, axis=1), np.ptp(right, axis=1))
    width_m = layout.width_m[m]
    return ParcelPlaces(
        m=m,
        row=row,
        k=k,
        ordinal=layout.first_parcel[m] + in_block,
        in_block=in_block,
        x_low=left.max(axis=1) * width_m,
        x_high=right.min(axis=1) * width_m,
        depth_m=share * layout.depth_m[m],
        is_straight=spread < 0.12 * (right - left).min(axis=1),
    )


def parcel_shapes(layout: BlockLayout, places: ParcelPlaces) -> Shapes:
    """Return the parcels' polygons, counter-clockwise."""
    m, row, k = places.m, places.row, places.k
    south = row == 0
    step = np.where(south, 1, -1)
    # Row 1 looks at its front from the other side: the walk begins at the other end of it.
    near, far = np.where(south, k, k + 1), np.where(south, k + 1, k)
    near_spine, far_spine = layout.spine_position[m, row, near], layout.spine_position[m, row, far]
    chains: list[Chain] = [
        (layout.front_index(m, row, 3 * near), 4, step),
        (layout.cut_index(m, row, far, 0), 3, 1),
        (layout.spine_index(m, far_spine), np.abs(far_spine - near_spine) + 1, -step),
        (layout.cut_index(m, row, near, 2), 3, -1),
    ]
    return polygons_of_chains(layout.vertices, chains)


def halves_of_parcels(layout: BlockLayout, places: ParcelPlaces, which: Ints) -> tuple[Shapes, Shapes]:
    """Split parcels between the first front vertex of three and the middle of the spine.

    Both ends are vertices already, so the neighbours' edges stay the same.
    """
    m, row, k = places.m[which], places.row[which], places.k[which]
    left, right = layout.spine_position[m, row, k], layout.spine_position[m, row, k + 1]
    middle = (left + right) // 2
    first: list[Chain] = [
        (layout.front_index(m, row, 3 * k), 3, 1),
        (layout.spine_index(m, middle), middle - left + 1, -1),
        (layout.cut_index(m, row, k, 2), 3, -1),
    ]
    second: list[Chain] = [
        (layout.front_index(m, row, 3 * k + 2), 2, 1),
        (layout.cut_index(m, row, k + 1, 0), 3, 1),
        (layout.spine_index(m, right), right - middle + 1, -1),
    ]
    return _turned(layout, first, row), _turned(layout, second, row)


def _turned(layout: BlockLayout, chains: list[Chain], row: Ints) -> Shapes:
    shapes = polygons_of_chains(layout.vertices, chains)
    return np.where(row == 0, shapes, np.asarray(shapely.reverse(shapes), dtype=np.object_))


def _sides(layout: BlockLayout) -> dict[str, list[Chain]]:
    """Return the four sides of each block as chains, each walked from its west or south end."""
    m = np.arange(len(layout.block))
    zero, one = np.zeros_like(m), np.ones_like(m)
    last = layout.in_row
    spine_end = layout.spine_position[m, 0, last[:, 0]]

    def upright(k: Ints, spine: Ints) -> list[Chain]:
        return [
            (layout.front_index(m, zero, 3 * k[:, 0]), 1, 1),
            (layout.cut_index(m, zero, k[:, 0], 0), 3, 1),
            (layout.spine_index(m, spine), 1, 1),
            (layout.cut_index(m, one, k[:, 1], 2), 3, -1),
            (layout.front_index(m, one, 3 * k[:, 1]), 1, 1),
        ]

    return {
        "south": [(layout.front_index(m, zero, zero), 3 * last[:, 0] + 1, 1)],
        "east": upright(last, spine_end),
        "north": [(layout.front_index(m, one, zero), 3 * last[:, 1] + 1, 1)],
        "west": upright(np.zeros_like(last), zero),
    }


def _backward(side: list[Chain]) -> list[Chain]:
    return [(start + (np.asarray(length) - 1) * step, length, -step) for start, length, step in reversed(side)]


def street_shapes(layout: BlockLayout) -> Shapes:
    """Return the half streets around each block, south, east, north, west: shape (blocks, 4)."""
    m = np.arange(len(layout.block))
    sides = _sides(layout)
    along = {
        "south": (0, 1, _backward(sides["south"])),
        "east": (1, 2, _backward(sides["east"])),
        "north": (2, 3, sides["north"]),
        "west": (3, 0, sides["west"]),
    }
    shapes = [
        polygons_of_chains(
            layout.vertices,
            [(layout.crossing_index(m, begin), 1, 1), (layout.crossing_index(m, end), 1, 1), *side],
        )
        for begin, end, side in along.values()
    ]
    return np.stack(shapes, axis=1)


def plan_unit_shapes(layout: BlockLayout) -> Shapes:
    """Return the outlines of the blocks."""
    sides = _sides(layout)
    # The fronts' end vertices belong to the upright sides too: the inner chains leave them out.
    inner = slice(1, -1)
    chains = [
        *sides["south"],
        *sides["east"][inner],
        *_backward(sides["north"]),
        *_backward(sides["west"])[inner],
    ]
    return polygons_of_chains(layout.vertices, chains)
