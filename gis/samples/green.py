"""Green spaces of the synthetic zone: at the front of parcels, in yards, parks, belts, on roofs and in streets."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.samples.cards import of_cards
from gis.samples.rings import polygons_of_points, round_mm
from gis.samples.street_grid import HALF_STREET_WIDTHS_M

if TYPE_CHECKING:
    from gis.samples.attributes import Columns
    from gis.samples.block_layout import BlockLayout
    from gis.samples.coverage import ParcelPlaces
    from gis.samples.draws import Draws

__all__ = ["SETBACK_M", "GreenFronts", "green_fronts", "green_layer", "street_green", "yard_shapes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

#: Nothing stands nearer to a parcel's edge; more than half of a cut-off corner.
SETBACK_M = 4.5
#: Points of a wavy inner edge, and of a blob.
WAVE_POINTS, BLOB_POINTS = 9, 18
#: How deep the waves are, and how much of a parcel's depth a green front may take.
WAVE, MOST_DEPTH = 0.15, 0.95
#: Directions on a rounded square (|x|⁴ + |y|⁴ = 1), made once: no point depends on the chunk it is in.
SQUIRCLE = np.array(
    [
        (c / (c**4 + s**4) ** 0.25, s / (c**4 + s**4) ** 0.25)
        for c, s in ((math.cos(2 * math.pi * i / BLOB_POINTS), math.sin(2 * math.pi * i / BLOB_POINTS))
                     for i in range(BLOB_POINTS))
    ]
)  # fmt: skip
NAMES = {
    "attached": "示例附属绿地", "park": "示例公园", "protective": "示例防护绿带",
    "roof": "示例屋顶绿化", "road": "示例道路绿带",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class GreenFronts:
    """The green land along the fronts of parcels.

    Attributes
    ----------
    which
        Places of the parcels that have one.
    shapes
        Their polygons.
    kind
        The kind of each.
    depth_m
        Of every parcel, how deep its front is taken by green at most; 0 without.
    """

    which: Ints
    shapes: Shapes
    kind: NDArray[np.object_]
    depth_m: Floats


def green_fronts(
    layout: BlockLayout, places: ParcelPlaces, card: Ints, area_m2: Floats, *, draws: Draws
) -> GreenFronts:
    """Make a band with a wavy inner edge at the front of each parcel that has green land."""
    low, high = of_cards(card, "green", 0), of_cards(card, "green", 1)
    share = draws.between(low, high, "green-share", places.ordinal)
    width = places.x_high - places.x_low - 2 * SETBACK_M
    room = (places.depth_m - 2 * SETBACK_M) * MOST_DEPTH / (1 + WAVE)
    depth = np.minimum(np.where(width > SETBACK_M, share * area_m2 / np.maximum(width, 1.0), 0.0), room)
    which = np.flatnonzero(depth > SETBACK_M)
    along = places.x_low[which] + SETBACK_M
    step = width[which, None] * np.linspace(0.0, 1.0, WAVE_POINTS)
    keys = places.ordinal[which, None] * 16 + np.arange(WAVE_POINTS)
    wave = draws.between(1 - WAVE, 1 + WAVE, "green-wave", keys) * depth[which, None]
    front = step[:, :: (WAVE_POINTS - 1) // 2]
    x = along[:, None] + np.concatenate([front, step[:, ::-1]], axis=1)
    y = SETBACK_M + np.concatenate([np.zeros_like(front), wave], axis=1)
    shapes = polygons_of_points(layout.place(places.m[which], places.row[which], x, y))
    name = of_cards(card[which], "name")
    kind = np.select([name == "park", name == "belt"], ["park", "protective"], "attached").astype(object)
    taken = np.zeros(len(card))
    taken[which] = depth[which] * (1 + WAVE)
    return GreenFronts(which, _turned(shapes, places.row[which]), kind, taken)


def yard_shapes(layout: BlockLayout, places: ParcelPlaces, which: Ints, box: Floats, *, draws: Draws) -> Shapes:
    """Make a blob in each box (x_low, y_low, x_high, y_high in metres along and in from the front)."""
    keys = places.ordinal[which, None] * 32 + np.arange(BLOB_POINTS)
    radius = draws.between(0.78, 0.98, "blob", keys)
    middle_x, middle_y = (box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2
    half_x, half_y = (box[:, 2] - box[:, 0]) / 2, (box[:, 3] - box[:, 1]) / 2
    x = middle_x[:, None] + half_x[:, None] * radius * SQUIRCLE[:, 0]
    y = middle_y[:, None] + half_y[:, None] * radius * SQUIRCLE[:, 1]
    shapes = polygons_of_points(layout.place(places.m[which], places.row[which], x, y))
    return _turned(shapes, places.row[which])


def _turned(shapes: Shapes, row: Ints) -> Shapes:
    """Turn the shapes of row 1, which are seen from the other side, counter-clockwise."""
    return np.where(row == 0, shapes, np.asarray(shapely.reverse(shapes), dtype=np.object_))


def street_green(layout: BlockLayout, half_width_m: Floats, *, draws: Draws) -> tuple[Ints, Shapes]:
    """Make a verge in the southern half street of some blocks, where the street is wide."""
    wide = half_width_m >= HALF_STREET_WIDTHS_M[-2]
    which = np.flatnonzero(wide & draws.chance(0.6, "verge", layout.block))
    begin = draws.between(0.15, 0.3, "verge-begin", layout.block[which])
    end = begin + draws.between(0.25, 0.4, "verge-length", layout.block[which])
    across = (0.25, 0.6)
    corners = [(begin, across[0]), (end, across[0]), (end, across[1]), (begin, across[1])]
    middle, edge = layout.crossings[which], layout.corners[which]
    points = []
    for along, share in corners:
        on_middle = middle[:, 0] + (middle[:, 1] - middle[:, 0]) * along[:, None]
        on_edge = edge[:, 0] + (edge[:, 1] - edge[:, 0]) * along[:, None]
        points.append(on_middle * (1 - share) + on_edge * share)
    return which, polygons_of_points(round_mm(np.stack(points, axis=1)))


def green_layer(
    parts: list[tuple[NDArray[np.object_], NDArray[np.object_], Shapes]],
    roofs: tuple[NDArray[np.object_], Floats, NDArray[np.object_]],
) -> tuple[Columns, Shapes]:
    """Put green spaces together, in the order of their ids.

    Parameters
    ----------
    parts
        Ids, kinds and shapes.
    roofs
        Ids, heights and kinds of green of the roofs among them.
    """
    ids, kinds, shapes = (np.concatenate([part[place] for part in parts]) for place in range(3))
    order = np.argsort(ids.astype(str), kind="stable")
    ids, kinds, shapes = ids[order], kinds[order], shapes[order]
    names = np.array([NAMES[kind] for kind in kinds.tolist()], dtype=object)
    area = np.round(shapely.area(shapes), 2)
    roof_ids, heights, roof_kinds = roofs
    height_of, kind_of = dict(zip(roof_ids, heights, strict=True)), dict(zip(roof_ids, roof_kinds, strict=True))
    columns: Columns = {
        "green_id": ids,
        "green_kind": kinds,
        "green_name": names,
        "roof_height_m": np.array([height_of.get(key, np.nan) for key in ids], dtype=np.float64),
        "roof_green_kind": np.array([kind_of.get(key) for key in ids], dtype=object),
        "recorded_area_m2": area,
    }
    return columns, shapes
