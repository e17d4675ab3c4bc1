"""The figures of each zone a third time, from outlines alone: which labels lie on the ground, each m² once.

`gis.overlay.verify_pairs` asks GEOS for pairs again and `gis.workflow.invariants` adds lines up; both go by the rows of
parcels. Here no parcel has a row: the layers as they were read are swept (`gis.overlay.measure_label_sets`), every
piece of ground has the set of labels that lie on it, and a figure is the area of the sets that have its answer. A
double count, a lost hole or part, a swapped class or a layer that moved on its way into the figures stops the run.
What it can't see: a wrong answer of a parcel, and layers that were wrong in their file.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.analyses import STATUSES
from gis.analyses.ground import BLOCKS, CONTESTED
from gis.analyses.precedence import MOST
from gis.analyses.roof_green import ROOF
from gis.areas import grouped, signed
from gis.errors import TopologyError
from gis.overlay import measure_label_sets
from gis.schema import LAND_USE_GROUPS, land_use_groups

if TYPE_CHECKING:
    from gis.analyses import Balance
    from gis.analyses.precedence import Precedence
    from gis.workflow.balances import Measured
    from gis.workflow.loading import Loaded

__all__ = ["check_ground"]

#: Share of the zone by which the two ways may differ: chords for curves on the ellipsoid, sums of roundings.
AGREEMENT = 1e-9
#: Rows are whole mm²; so many of them may each be off by half of one.
ROW_M2 = 1e-6
USES = ("met", "undetermined", "not_met")
Labels = frozenset[str]


@dataclasses.dataclass(frozen=True)
class _Figure:
    """One figure as the run states it, and which sets of labels are its ground."""

    name: str
    stated_m2: float
    answers: Callable[[Labels], bool]


def check_ground(measured: Measured, loaded: Loaded, held_by: Mapping[str, Precedence]) -> list[dict[str, Any]]:
    """Compute every zone figure that is ground again from the outlines, and compare.

    Parameters
    ----------
    measured, loaded
        A run with its balances, and its tables as they were read.
    held_by
        What holds ground that several kinds claim, of ``green_spaces`` and ``land_use``.

    Returns
    -------
    One row a figure: zone_id, figure, stated_m2, by_outlines_m2, difference_m2.

    Raises
    ------
    TopologyError
        If one differs by more than ``1e-9 · zone + 1 mm² a row + ulp · outlines``; it names zone, figure, both areas
        and where they differ most.
    """
    checked = []
    for zone in measured.zones.to_dict("records"):
        land = _own_land(measured, loaded, zone["zone_id"])
        layers = _layers(measured, loaded, zone, land)
        names = sorted({name for _, labels in layers for own in labels for name in own})
        bits = {name: np.uint64(1 << place) for place, name in enumerate(names)}
        masks = [
            (shapes, np.array([sum(int(bits[name]) for name in own) for own in labels], dtype=np.uint64))
            for shapes, labels in layers
        ]
        crs = measured.zones.crs if measured.area_basis.startswith("ellipsoidal") else None
        sets = measure_label_sets(masks, zone["geometry"].bounds, on_ellipsoid_of=crs)
        by_labels = [
            (frozenset(name for name in names if key & int(bits[name])), area) for key, area in sets.items()
        ]
        allowed = _allowed(zone, layers)
        for figure in _figures(measured, held_by, zone["zone_id"]):
            again = math.fsum(area for labels, area in by_labels if "zone" in labels and figure.answers(labels))
            difference = figure.stated_m2 - again
            if not abs(difference) <= allowed:
                raise TopologyError(
                    "ground_disagrees", zone=zone["zone_id"], figure=figure.name, stated=grouped(figure.stated_m2, 6),
                    again=grouped(again, 6), difference=signed(grouped(difference, 6)),
                    where=_place(measured, land, zone),
                )  # fmt: skip
            checked.append({
                "zone_id": zone["zone_id"], "figure": figure.name, "stated_m2": round(figure.stated_m2, 6),
                "by_outlines_m2": round(again, 6), "difference_m2": round(difference, 6) + 0.0,
            })  # fmt: skip
    return checked


def _allowed(zone: dict[Any, Any], layers: list[tuple[Any, list[Labels]]]) -> float:
    rows = sum(len(shapes) for shapes, _ in layers)
    outlines = sum(float(shapely.length(shapes).sum()) for shapes, _ in layers)
    last_place = float(np.spacing(np.abs(zone["geometry"].bounds).max()))
    return AGREEMENT * float(zone["zone_area_m2"]) + ROW_M2 * (rows + 10) + last_place * outlines


def _own_land(measured: Measured, loaded: Loaded, zone_id: str) -> Any:
    """Return the parcels of a zone with their shapes as read; cut where a declared priority gives ground to others."""
    columns = ["parcel_id", "zone_id"]
    parcels = loaded.tables["parcels"]
    zone_of = dict(measured.land[columns].astype("str").itertuples(index=False))
    own = parcels[parcels["parcel_id"].astype("str").map(zone_of) == zone_id]
    declared = loaded.run.claims
    if declared is None or not len(own):
        return own
    greatest = declared.order in {"newest", "highest"}
    rank = own[declared.priority].rank(method="dense", ascending=greatest).fillna(0.0).to_numpy()
    shapes = np.asarray(own.geometry.array)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    cut = shapes.copy()
    for row in np.unique(one[rank[other] > rank[one]]):
        before = shapes[other[(one == row) & (rank[other] > rank[row])]]
        cut[row] = shapely.difference(shapes[row], shapely.union_all(before))
    return own.set_geometry(cut, crs=own.crs)


def _layers(
    measured: Measured, loaded: Loaded, zone: dict[Any, Any], land: Any
) -> list[tuple[Any, list[Labels]]]:
    """Return shapes and labels of all that lies in a zone: boundary, parcels, green and uses, each as it was read."""
    boundary = loaded.tables["approved_boundaries"]
    own = boundary[boundary["zone_id"].astype("str") == zone["zone_id"]]
    layers = [(np.asarray(own.geometry.array), [frozenset({"zone"})] * len(own))]
    answers = measured.balances["idle_land"].parcels.set_index("parcel_id")
    table = answers.loc[land["parcel_id"].astype("str"), ["status", "is_supplied", "underused"]]
    parcels = [
        frozenset({"parcel", f"status:{status}", f"block:{BLOCKS[not supplied]}", f"use:{use}"})
        for status, supplied, use in table.itertuples(index=False)
    ]
    layers.append((np.asarray(land.geometry.array), parcels))
    for name, label, values in (
        ("green_spaces", "green", lambda rows: rows["green_kind"].astype("str")),
        ("land_use", "group", lambda rows: land_use_groups(rows).fillna("").astype("str")),
    ):
        if name in loaded.tables:
            rows, box = loaded.tables[name], shapely.box(*zone["geometry"].bounds)
            near = rows.iloc[np.flatnonzero(shapely.intersects(np.asarray(rows.geometry.array), box))]
            marks: list[Labels] = [frozenset({f"{label}:{value}"}) for value in values(near)]
            layers.append((np.asarray(near.geometry.array), marks))
    return [_with_ground(shapes, labels) for shapes, labels in layers]


def _with_ground(shapes: Any, labels: list[Labels]) -> tuple[Any, list[Labels]]:
    kept = np.flatnonzero(shapely.area(shapes) > 0)
    polygons = [shapely.MultiPolygon([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])
                if shape.geom_type == "GeometryCollection" else shape for shape in shapes[kept]]  # fmt: skip
    found = np.empty(len(kept), dtype=object)
    found[:] = polygons
    return found, [labels[row] for row in kept]


def _of(labels: Labels, prefix: str) -> list[str]:
    return [label.removeprefix(prefix) for label in labels if label.startswith(prefix)]


def _only(prefix: str, value: str) -> Callable[[Labels], bool]:
    return lambda labels: _of(labels, prefix) == [value]


def _figures(measured: Measured, held_by: Mapping[str, Precedence], zone_id: str) -> Iterator[_Figure]:
    """Yield the figures of a zone that are ground, and their answers."""
    balances = measured.balances
    row = _row(balances["idle_land"], zone_id)
    yield _Figure("zone_area_m2", row["zone_area_m2"], lambda _: True)
    yield _Figure("parcel_area_m2", row["parcel_area_m2"], lambda labels: "parcel" in labels)
    yield _Figure("not_in_parcels_m2", row["not_in_parcels_m2"], lambda labels: "parcel" not in labels)
    for status in STATUSES:
        yield _Figure(f"{status}_m2", row[f"{status}_m2"], _is_status(status))
    yield _Figure("contested_m2", row["contested_m2"], _differ)
    yield _Figure("supplied_area_m2", row["supplied_area_m2"], _only("block:", BLOCKS[0]))
    yield _Figure("underused_m2", row["underused_m2"], _only("use:", USES[0]))
    yield _Figure("underused_undetermined_m2", row["underused_undetermined_m2"], _only("use:", USES[1]))
    yield _Figure("underused_contested_m2", row["underused_contested_m2"], lambda labels: len(_of(labels, "use:")) > 1)
    if "green_ratio" in balances:
        counted = set(measured.rules.get("green.counted_kinds").value)
        yield from _green_figures(balances["green_ratio"], held_by["green_spaces"], zone_id, counted)
    if "mixed_use" in balances:
        yield from _use_figures(balances["mixed_use"], held_by["land_use"], zone_id)


def _differ(labels: Labels) -> bool:
    return len(_of(labels, "status:")) > 1 or len(_of(labels, "block:")) > 1


def _is_status(status: str) -> Callable[[Labels], bool]:
    return lambda labels: _of(labels, "status:") == [status] and len(_of(labels, "block:")) == 1


def _green_figures(
    green: Balance, held_by: Precedence, zone_id: str, counted: set[str]
) -> Iterator[_Figure]:
    """Yield what counts on the ground, and what does not count; credits of roofs are no ground."""
    row, pieces = _row(green, zone_id), green.tables["green_pieces"]
    rows = green.figure("zone_green_m2", zone_id).rows
    roofs = pieces[(pieces["zone_id"] == zone_id) & (pieces["green_kind"] == ROOF) & (ROOF in counted)]
    above = rows.loc[rows["entity_id"] == "roof > cap", "value"]
    ground = row["green_m2"] - (math.fsum([*roofs["credited_m2"], *above]) - row["roofs_claimed_m2"])
    named = () if isinstance(held_by.order, str) else held_by.order
    turn = -1 if held_by.order == MOST else 1

    def first(own: str) -> tuple[int, int, str]:
        worth = 0 if own not in counted else 1 if own == ROOF else 2
        return named.index(own) if own in named else len(named), turn * worth, own

    def kind(labels: Labels) -> str:
        return min(_of(labels, "green:"), key=first, default="")

    def holder(labels: Labels) -> str:
        return kind(labels) if "parcel" in labels else ""

    def outside(labels: Labels) -> str:
        return "" if "parcel" in labels else kind(labels)

    yield _Figure("green_m2", ground, lambda labels: holder(labels) in counted - {ROOF})
    others = row["green_not_counted_m2"]
    yield _Figure("green_not_counted_m2", others, lambda labels: holder(labels) not in {"", *counted})
    yield _Figure("green_outside_m2", row["green_outside_m2"], lambda labels: outside(labels) in counted)
    bare = row["green_outside_not_counted_m2"]
    yield _Figure("green_outside_not_counted_m2", bare, lambda labels: outside(labels) not in {"", *counted})


def _use_figures(mixed: Balance, held_by: Precedence, zone_id: str) -> Iterator[_Figure]:
    named = () if isinstance(held_by.order, str) else held_by.order

    def holder(labels: Labels) -> str:
        groups = _of(labels, "group:")
        if len(groups) > 1 and not named:
            return CONTESTED
        return min(groups, key=lambda own: (named.index(own) if own in named else len(named), own), default="")

    def held(group: str) -> Callable[[Labels], bool]:
        return lambda labels: "parcel" in labels and holder(labels) == group

    stated = {figure.name: figure.value or 0.0 for figure in mixed.figures if figure.zone_id == zone_id}
    for group in LAND_USE_GROUPS:
        yield _Figure(f"land_use_{group}_m2", stated.get(f"land_use_{group}_m2", 0.0), held(group))
    yield _Figure("unclassified_m2", stated["unclassified_m2"], held(""))
    yield _Figure("use_contested_m2", _row(mixed, zone_id)["contested_m2"], held(CONTESTED))


def _row(balance: Balance, zone_id: str) -> dict[str, Any]:
    zones = balance.zones
    return {str(key): value for key, value in zones[zones["zone_id"] == zone_id].iloc[0].items()}


def _place(measured: Measured, land: Any, zone: dict[Any, Any]) -> str:
    """Return a point where the outlines and what was measured differ most, for a person to look at."""
    shapes = np.asarray(land.geometry.array)
    inside = shapely.intersection(shapes, zone["geometry"])
    stated = measured.land.set_index(measured.land["parcel_id"].astype("str"))["area_m2"]
    apart = np.abs(shapely.area(inside) - stated.reindex(land["parcel_id"].astype("str")).fillna(0.0).to_numpy())
    if len(apart) and apart.max() > ROW_M2 * 100:
        place = inside[int(np.argmax(apart))]
    else:
        one, other = shapely.STRtree(inside).query(inside, predicate="intersects")
        shared = shapely.intersection(inside[one[one < other]], inside[other[one < other]])
        place = shared[int(np.argmax(shapely.area(shared)))] if len(shared) else zone["geometry"]
    point = place.representative_point() if not place.is_empty else zone["geometry"].representative_point()
    return f"{point.x:.2f} {point.y:.2f}"
