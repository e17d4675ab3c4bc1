"""The synthetic zone, chunk by chunk: every layer of some blocks at a time."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.samples.attributes import SCHEME, ZONE_ID, Columns, ParcelFacts, parcel_columns, parcel_facts, parcel_ids
from gis.samples.block_layout import BlockLayout, lay_out_blocks
from gis.samples.buildings import GreenRoofs, Sites, building_layer, building_sites, second_use
from gis.samples.cards import deal_cards, of_cards
from gis.samples.coverage import (
    ParcelPlaces,
    halves_of_parcels,
    parcel_places,
    parcel_shapes,
    plan_unit_shapes,
    street_shapes,
)
from gis.samples.draws import Draws
from gis.samples.green import GreenFronts, green_fronts, green_layer, street_green, yard_shapes
from gis.samples.street_grid import StreetGrid, lay_out_streets
from gis.schema import land_use_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

__all__ = ["CHUNK_BLOCKS", "Layer", "SampleZone"]

Shapes = NDArray[np.object_]
Layer = tuple[Columns, Shapes]
Ints = NDArray[np.int64]

#: Blocks made at a time: some 10,000 parcels, so that memory stays the same at every size.
CHUNK_BLOCKS = 1000
SIDES = ("南", "东", "北", "西")
#: Of working parcels, this many have two land-use patches although they are of one use by floor area.
SPLIT_SHARE = 0.06


@dataclasses.dataclass(frozen=True)
class SampleZone:
    """A synthetic zone by size, seed and date; nothing is made before it is asked for.

    Parameters
    ----------
    parcels
        How many parcels.
    seed
        Another seed gives another zone.
    as_of
        The day that the records speak of.
    """

    parcels: int
    seed: int
    as_of: dt.date

    @property
    def draws(self) -> Draws:
        """The zone's random numbers."""
        return Draws(self.seed)

    @property
    def grid(self) -> StreetGrid:
        """The zone's streets."""
        return lay_out_streets(self.parcels, self.draws)

    def boundary(self) -> Layer:
        """Return the layer ``approved_boundaries``: the outer edge of all streets."""
        ring = self.grid.outer_ring()
        area = round(float(ring.area), 2)
        day = np.datetime64(self.as_of, "D") - np.timedelta64(7305, "D")
        columns: Columns = {
            "zone_id": np.array([ZONE_ID], dtype=object),
            "zone_name": np.array(["示例综合保税区（虚构） / Synthetic sample zone"], dtype=object),
            "part_name": np.array(["示例片区（虚构）"], dtype=object),
            "boundary_quality": np.array(["synthetic"], dtype=object),
            "approval_document": np.array(["示例批文（虚构）"], dtype=object),
            "approval_date": np.array([day]),
            "approved_area_m2": np.array([area]),
            "fenced_area_m2": np.array([round(area * 0.97, 2)]),
            "accepted_area_m2": np.array([round(area * 0.94, 2)]),
        }
        return columns, np.array([ring], dtype=object)

    def chunks(self, chunk_blocks: int = CHUNK_BLOCKS) -> Iterator[tuple[int, dict[str, Layer]]]:
        """Yield how many parcels are done, and the layers of the next blocks by table.

        The rows, put together, are the same whatever the size of the chunks.
        """
        grid = self.grid
        for start in range(0, grid.blocks, chunk_blocks):
            block = np.arange(start, min(start + chunk_blocks, grid.blocks))
            layers = self._chunk(grid, block)
            yield int(grid.first_parcel(block[-1:] + 1)[0]), layers

    def _chunk(self, grid: StreetGrid, block: Ints) -> dict[str, Layer]:
        draws, layout = grid.draws, lay_out_blocks(grid, block)
        places = parcel_places(layout)
        shapes = parcel_shapes(layout, places)
        area = shapely.area(shapes)
        card = deal_cards(draws, places.ordinal)
        facts = parcel_facts(card, places.ordinal, draws=draws, as_of=self.as_of)
        ids = parcel_ids(places.ordinal)
        fronts = green_fronts(layout, places, card, area, draws=draws)
        sites = building_sites(places, card, fronts.depth_m, draws=draws)
        buildings, building_shapes, roofs = building_layer(layout, places, facts, ids, sites, draws=draws)
        site_of = sites.which[~sites.is_yard]
        floors = buildings["counted_floor_area_m2"]
        counted: NDArray[np.float64] = np.round(np.bincount(site_of, floors, minlength=len(ids)), 2)
        half_streets = grid.half_width_rows[block // grid.columns]
        columns = parcel_columns(facts, places, ids, area, counted_floor_area_m2=counted, draws=draws)
        return {
            "parcels": (columns, shapes),
            "land_use": _land_use(layout, places, facts, shapes, draws=draws),
            "green_spaces": _green(layout, places, fronts, sites, roofs, half_streets, draws=draws),
            "buildings": (buildings, building_shapes),
            "plan_units": _plan_units(layout, places, facts),
        }


def _land_use(layout: BlockLayout, places: ParcelPlaces, facts: ParcelFacts, shapes: Shapes, *, draws: Draws) -> Layer:
    """Return patches over the whole zone: parcels, some in two, and the half streets."""
    mixed = of_cards(facts.card, "is_mixed").astype(bool)
    working = of_cards(facts.card, "name") == "in_production"
    split = places.is_straight & (mixed | (working & draws.chance(SPLIT_SHARE, "split", places.ordinal)))
    halved, whole = np.flatnonzero(split), np.flatnonzero(~split)
    first, second = halves_of_parcels(layout, places, halved)
    streets = street_shapes(layout)
    count = len(layout.block)
    numbers = (places.ordinal + 1).tolist()
    other = second_use(facts.code, places.ordinal, draws)
    ids = [f"TB{numbers[i]:07d}{half}" for half, rows in ((0, whole), (1, halved), (2, halved)) for i in rows]
    ids += [f"TR{block + 1:07d}{side}" for block in layout.block.tolist() for side in range(4)]
    code = np.concatenate([facts.code[whole], facts.code[halved], other[halved], np.full(count * 4, "1207", object)])
    names = {use: land_use_name(SCHEME, use, "zh") for use in set(code.tolist())}
    name = [names[use] for use in code.tolist()]
    name[-count * 4 :] = [f"{names['1207']}（{side}侧）" for _ in range(count) for side in SIDES]
    geometry = np.concatenate([shapes[whole], first, second, streets.ravel()])
    owner = np.concatenate([places.m[whole], places.m[halved], places.m[halved], np.repeat(np.arange(count), 4)])
    order = np.lexsort((np.array(ids), owner))
    columns: Columns = {
        "patch_id": np.array(ids, dtype=object)[order],
        "land_use_scheme": np.full(len(ids), SCHEME, dtype=object),
        "land_use_code": code[order],
        "land_use_name": np.array(name, dtype=object)[order],
        "recorded_area_m2": np.round(shapely.area(geometry), 2)[order],
    }
    return columns, geometry[order]


def _green(
    layout: BlockLayout,
    places: ParcelPlaces,
    fronts: GreenFronts,
    sites: Sites,
    roofs: GreenRoofs,
    half_streets: NDArray[np.float64],
    *,
    draws: Draws,
) -> Layer:
    """Return all green spaces; ids begin with the block, so that they sort by place."""
    yards = np.flatnonzero(sites.is_yard)
    yard_of = sites.which[yards]
    yard = yard_shapes(layout, places, yard_of, sites.box[yards], draws=draws)
    verges, verge = street_green(layout, half_streets, draws=draws)

    def of_parcels(which: Ints, digit: Ints) -> NDArray[np.object_]:
        block, number = layout.block[places.m[which]] + 1, places.in_block[which] + 1
        parts = zip(block.tolist(), number.tolist(), digit.tolist(), strict=True)
        return np.array([f"LD{b:06d}{n:03d}{d}" for b, n, d in parts], dtype=object)

    def kind(name: str, shapes: Shapes) -> NDArray[np.object_]:
        return np.full(len(shapes), name, dtype=object)

    street_ids = np.array([f"LD{block + 1:06d}0000" for block in layout.block[verges].tolist()], dtype=object)
    roof_ids = of_parcels(roofs.which, roofs.number + 3)
    return green_layer(
        [
            (of_parcels(fronts.which, np.full(len(fronts.which), 1)), fronts.kind, fronts.shapes),
            (of_parcels(yard_of, np.full(len(yard_of), 2)), kind("attached", yard), yard),
            (roof_ids, kind("roof", roofs.shapes), roofs.shapes),
            (street_ids, kind("road", verge), verge),
        ],
        (roof_ids, roofs.height_m, roofs.kind),
    )


def _plan_units(layout: BlockLayout, places: ParcelPlaces, facts: ParcelFacts) -> Layer:
    """Return one plan unit a block, planned for the use of its first parcel."""
    first = np.flatnonzero(places.in_block == 0)
    numbers = (layout.block + 1).tolist()
    columns: Columns = {
        "plan_unit_id": np.array([f"{number:06d}" for number in numbers], dtype=object),
        "plan_name": np.full(len(numbers), "示例控制性详细规划（虚构）", dtype=object),
        "land_use_scheme": np.full(len(numbers), SCHEME, dtype=object),
        "land_use_code": facts.code[first],
        "planned_far": np.full(len(numbers), 2.0),
        "height_limit_m": np.full(len(numbers), 50.0),
        "green_floor_ratio": np.full(len(numbers), 0.2),
        "green_plan_id": np.full(len(numbers), "SYN-LH-01", dtype=object),
    }
    return columns, plan_unit_shapes(layout)
