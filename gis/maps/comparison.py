"""Two states of the same parcels on one page: two days, or two scenarios, side by side or under a swipe."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gis.analyses import CONTESTED, doubled_among
from gis.areas import on_grid
from gis.errors import InputError
from gis.maps.columns import number_column, text_column, word_column
from gis.maps.facts import page_facts
from gis.maps.join import join_findings
from gis.maps.packing import least_integers
from gis.maps.shapes import hilbert_order, opening_bounds, pack_shapes, to_degrees, units_for
from gis.maps.views import claims_on, make_views, sign_of, signs
from gis.maps.words import Pair, page_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geopandas import GeoDataFrame

    from gis.analyses import Balance
    from gis.maps.comparison_map import ComparisonMap
    from gis.maps.join import JoinedParcels
    from gis.maps.views import View

__all__ = ["draw_comparison"]

AREA_DIGITS = 6


def draw_comparison(
    parcels: GeoDataFrame,
    before: Sequence[Balance],
    after: Sequence[Balance],
    *,
    names: tuple[Pair | str, Pair | str],
    boundary: GeoDataFrame,
    roads: GeoDataFrame | None = None,
    lang: Literal["zh", "en"] = "zh",
    title: str = "",
    quality: str = "approved",
    notes: Iterable[str] = (),
) -> ComparisonMap:
    """Draw two states of the same parcels, their differences outlined and listed.

    Parameters
    ----------
    parcels
        Canonical table ``parcels``, in the run's planar system.
    before, after
        The balances of each state (of idle land, green ratio, mixed use); those on both sides are shown.
    names
        What the states are called, such as their days.
    boundary, roads, lang, title, quality, notes
        As for `gis.draw_map`.

    Returns
    -------
    A `folium.Map` that saves as one offline file.

    Raises
    ------
    InputError
        If the two sides have no balance in common, or nothing has a shape; and as `gis.draw_map`.
    """
    from gis.maps.comparison_map import ComparisonMap

    sides = [join_findings(parcels, {balance.name: balance for balance in side}) for side in (before, after)]
    shared = [name for name in sides[1].balances if name in sides[0].balances]
    if not shared:
        raise InputError("map_nothing_to_compare", before=sorted(sides[0].balances), after=sorted(sides[1].balances))
    degrees = sides[0].in_degrees(parcels.crs)
    order = hilbert_order(degrees)
    degrees, sides = degrees[order], [side.in_order(order) for side in sides]
    around = {"roads": roads, "boundary": boundary}
    layers = {name: to_degrees(layer, table=name) for name, layer in around.items() if layer is not None}
    told = page_facts(sides[1], boundary, title=title, quality=quality, as_of=None, notes=notes)
    called = [name if isinstance(name, list) else [name, name] for name in names]
    days = ["/".join(sorted({balance.as_of.isoformat() for balance in side.balances.values()})) for side in sides]
    words = page_words() | {"first_name": called[0], "second_name": called[1]}
    drawn = ComparisonMap(
        told | {"words": words, "as_of": days[1] if days[0] == days[1] else " → ".join(days)},
        bounds=opening_bounds(layers["boundary"], degrees),
        lang=lang,
        blocks={"zonegis-comparison": _content(sides, degrees, shared)},
    )
    drawn.add_around(layers)
    return drawn


def _content(sides: list[JoinedParcels], degrees: Any, shared: list[str]) -> dict[str, Any]:
    frame = sides[1].frame
    own = [{name: side.balances[name] for name in shared} for side in sides]
    views = [make_views(dataclasses.replace(side, balances=part)) for side, part in zip(sides, own, strict=True)]
    areas = [number_column(side.frame["area_m2"], digits=AREA_DIGITS) for side in sides]
    return {
        "shapes": pack_shapes(degrees, units=units_for(len(degrees))),
        "columns": {
            "id": text_column(frame["parcel_id"]),
            "name": word_column(frame["parcel_name"]),
            "holder": word_column(frame["holder"]),
            "area_first": areas[0],
            "area_second": areas[1],
        },
        "views": {
            name: _compared(views[0][name], views[1][name]) | _claimed(views[0][name], views[1][name], sides[1])
            for name in views[1] if name in views[0]
        },
    }  # fmt: skip


def _classes_of(view: View) -> Any:
    return np.array([item["key"] for item in view.classes], dtype=object)[view.codes]


def _claimed(first: View, second: View, side: JoinedParcels) -> dict[str, float]:
    """Return what the parcels that differ in class hold more than once: their m² are of ground, counted once."""
    differing = side.frame["parcel_id"][_classes_of(first) != _classes_of(second)]
    claimed = doubled_among(claims_on(side), differing)
    return {"changed_claimed_m2": on_grid(claimed)} if claimed else {}


def _compared(first: View, second: View) -> dict[str, Any]:
    """Return the classes of both sides in the order of the legend, each with its figures on either side."""
    figures = [{item["key"]: item for item in view.classes} for view in (first, second)]
    known = _merged([item["key"] for item in first.classes], [item["key"] for item in second.classes], first.name)
    place = {key: number for number, key in enumerate(known)}
    codes = [
        least_integers(np.array([place[item["key"]] for item in view.classes], dtype="int64")[view.codes])
        for view in (first, second)
    ]
    classes = [
        sign_of(first.name, key)
        | {
            f"{part}_{side}": figure[key][part] if key in figure else 0
            for side, figure in zip(("first", "second"), figures, strict=True)
            for part in ("count", "m2")
        }
        for key in known
    ]
    return {"title": second.title, "unit": second.unit, "classes": classes, "first": codes[0], "second": codes[1]}


def _merged(first: list[str], second: list[str], view: str) -> list[str]:
    """Return the keys of either list in the order in which the theme has them."""
    return [key for key in (*signs()[view]["classes"], CONTESTED) if key in {*first, *second}]
