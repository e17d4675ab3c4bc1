"""Buildings of the synthetic zone: in a row behind the green front, with uses, floors and heights."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.samples.attributes import SCHEME, Columns, ParcelFacts
from gis.samples.cards import SECOND_USES, of_cards
from gis.samples.green import SETBACK_M
from gis.samples.rings import polygons_of_points

if TYPE_CHECKING:
    from gis.samples.block_layout import BlockLayout
    from gis.samples.coverage import ParcelPlaces
    from gis.samples.draws import Draws

__all__ = ["GreenRoofs", "Sites", "building_layer", "building_sites", "second_use"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

#: A building takes about this much of the front; a parcel has at most so many.
BUILDING_WIDTH_M, MOST_BUILDINGS = 32.0, 3
LEAST_DEPTH_M, GAP_M = 12.0, 1.5
#: Floors (least, most) and storey height (least, most) by the first digits of the use.
FORMS = {
    "1001": ((2, 5), (5.0, 7.5)),
    "1101": ((1, 2), (9.0, 12.0)),
    "0802": ((4, 10), (4.0, 4.5)),
    "13": ((1, 2), (4.0, 6.0)),
    "09": ((3, 6), (3.6, 4.5)),
}
#: Halls whose floor area counts twice, since their storeys are high (工业项目建设用地控制指标).
HALLS, HALL_COUNTS = "1101", 2


@dataclasses.dataclass(frozen=True)
class Sites:
    """The places where something may stand behind the green fronts.

    Attributes
    ----------
    which
        Place of the parcel of each site.
    number
        Number of the site on its parcel, from 0.
    box
        x_low, y_low, x_high, y_high in metres along and in from the front.
    is_yard
        Whether it stays a green yard.
    """

    which: Ints
    number: Ints
    box: Floats
    is_yard: NDArray[np.bool_]


#: Kinds of green on roofs, as the data dictionary names them.
ROOF_KINDS = ("garden", "combined", "lawn")


@dataclasses.dataclass(frozen=True)
class GreenRoofs:
    """Green on roofs: parcel, number of the building on it, shape, height (one in ten unknown) and kind."""

    which: Ints
    number: Ints
    shapes: Shapes
    height_m: Floats
    kind: NDArray[np.object_]


def second_use(code: NDArray[np.object_], ordinal: Ints, draws: Draws) -> NDArray[np.object_]:
    """Return the other use that a parcel of each main use may have."""
    pick = draws.whole(0, 1, "second-use", ordinal)
    pairs = zip(code.tolist(), pick.tolist(), strict=True)
    return np.array([SECOND_USES[use][p] if use in SECOND_USES else use for use, p in pairs], dtype=object)


def building_sites(places: ParcelPlaces, card: Ints, green_depth_m: Floats, *, draws: Draws) -> Sites:
    """Divide what is left behind the green front of each built parcel into sites."""
    low_x, high_x = places.x_low + SETBACK_M, places.x_high - SETBACK_M
    low_y, high_y = SETBACK_M + green_depth_m + GAP_M, places.depth_m - SETBACK_M
    width, depth = high_x - low_x, high_y - low_y
    room = (width > LEAST_DEPTH_M) & (depth > LEAST_DEPTH_M)
    built = of_cards(card, "is_built").astype(bool) & room
    mixed = of_cards(card, "is_mixed").astype(bool)
    count = np.clip(np.floor(width / BUILDING_WIDTH_M).astype(np.int64), np.where(mixed, 2, 1), MOST_BUILDINGS)
    number = np.broadcast_to(np.arange(MOST_BUILDINGS), (len(card), MOST_BUILDINGS))
    which, site = np.nonzero(built[:, None] & (number < count[:, None]))
    key = places.ordinal[which] * 4 + site
    slot = width[which] / count[which]
    left = low_x[which] + site * slot + GAP_M
    box = np.stack([left, low_y[which], left + slot - 2 * GAP_M, high_y[which]], axis=1)
    wide = draws.between(0.88, 1.0, "building-width", key)
    deep = draws.between(0.8, 1.0, "building-depth", key)
    yard = draws.chance(0.3, "yard", places.ordinal)[which] & ~mixed[which] & (site > 0) & (site == count[which] - 1)
    box[:, 2] = box[:, 0] + (box[:, 2] - box[:, 0]) * np.where(yard, 1.0, wide)
    box[:, 1] = box[:, 3] - (box[:, 3] - box[:, 1]) * np.where(yard, 1.0, deep)
    return Sites(which, site, box, yard)


def _rectangles(layout: BlockLayout, places: ParcelPlaces, which: Ints, box: Floats) -> Shapes:
    x = box[:, [0, 2, 2, 0]]
    y = box[:, [1, 1, 3, 3]]
    row = places.row[which]
    shapes = polygons_of_points(layout.place(places.m[which], row, x, y))
    return np.where(row == 0, shapes, np.asarray(shapely.reverse(shapes), dtype=np.object_))


def _form(code: NDArray[np.object_], which: int, end: int) -> Floats:
    known = {use: next(form for start, form in FORMS.items() if use.startswith(start)) for use in set(code.tolist())}
    return np.array([known[use][which][end] for use in code.tolist()], dtype=np.float64)


def building_layer(
    layout: BlockLayout,
    places: ParcelPlaces,
    facts: ParcelFacts,
    ids: NDArray[np.object_],
    sites: Sites,
    *,
    draws: Draws,
) -> tuple[Columns, Shapes, GreenRoofs]:
    """Put buildings on the sites that are no yards, and green on some of their roofs."""
    keep = ~sites.is_yard
    which, number, box = sites.which[keep], sites.number[keep], sites.box[keep]
    key = places.ordinal[which] * 4 + number
    mixed = of_cards(facts.card, "is_mixed").astype(bool)[which]
    # A canteen or shop on some parcels: too little to make them mixed.
    shop = (number == MOST_BUILDINGS - 1) & draws.chance(0.15, "shop", key)
    code = np.where(mixed & (number > 0), second_use(facts.code, places.ordinal, draws)[which], facts.code[which])
    code = np.where(shop & ~mixed, "0901", code)
    box[:, 2] = np.where(shop & ~mixed, box[:, 0] + (box[:, 2] - box[:, 0]) * 0.4, box[:, 2])
    shapes = _rectangles(layout, places, which, box)
    floors = draws.whole(_form(code, 0, 0), _form(code, 0, 1), "floors", key)
    storey = draws.between(_form(code, 1, 0), _form(code, 1, 1), "storey", key)
    floor_area = np.round(shapely.area(shapes) * floors, 2)
    halls = np.array([use.startswith(HALLS) for use in code.tolist()], dtype=bool)
    roofed = np.flatnonzero(~halls & draws.chance(0.12, "roof", key))
    inset = box[roofed] + np.array([0.2, 0.2, -0.2, -0.2]) * np.tile(box[roofed, 2:] - box[roofed, :2], 2)
    numbers = zip(places.ordinal[which].tolist(), number.tolist(), strict=True)
    columns = {
        "building_id": np.array([f"JZ{parcel + 1:07d}{n + 1}" for parcel, n in numbers], dtype=object),
        "parcel_id": ids[which],
        "building_name": np.array([f"示例{n + 1}号楼" for n in number.tolist()], dtype=object),
        "land_use_scheme": np.full(len(code), SCHEME, dtype=object),
        "land_use_code": code,
        "floor_area_m2": floor_area,
        "counted_floor_area_m2": np.round(floor_area * np.where(halls, HALL_COUNTS, 1), 2),
        "floors_count": floors,
        "building_height_m": np.round(floors * storey, 1),
        "completion_date": facts.columns["completion_date"][which],
    }
    known = ~draws.chance(0.1, "roof-height", key[roofed])
    roofs = GreenRoofs(
        which[roofed],
        number[roofed],
        _rectangles(layout, places, which[roofed], inset),
        np.where(known, columns["building_height_m"][roofed], np.nan),
        np.array(ROOF_KINDS, dtype=object)[draws.whole(0, len(ROOF_KINDS) - 1, "roof-kind", key[roofed])],
    )
    return columns, shapes, roofs
