"""The verb of this room: parcels and balances in, one map out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gis.errors import InputError, SchemaError, listed
from gis.maps.columns import number_column
from gis.maps.contents import parcel_columns, uses_column
from gis.maps.join import JoinedParcels, join_findings
from gis.maps.packing import least_integers
from gis.maps.shapes import bounds_in_degrees, hilbert_order, pack_shapes, to_degrees, units_for
from gis.maps.timeline import pack_timeline
from gis.maps.views import attention, make_views
from gis.maps.words import Pair, both, known_words, page_words
from gis.regulations import place_name
from gis.schema import boundary_qualities, worst_quality

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from geopandas import GeoDataFrame

    from gis.analyses import Balance
    from gis.crs import Bounds
    from gis.maps.measures import Measure
    from gis.maps.zone_map import ZoneMap

__all__ = ["draw_map"]


def draw_map(  # noqa: PLR0913 (each is a thing a map shows)
    parcels: GeoDataFrame,
    idle: Balance | None = None,
    green: Balance | None = None,
    mix: Balance | None = None,
    *,
    boundary: GeoDataFrame,
    green_spaces: GeoDataFrame | None = None,
    roads: GeoDataFrame | None = None,
    lang: Literal["zh", "en"] = "zh",
    title: str = "",
    as_of: dt.date | str | None = None,
    quality: str = "approved",
    notes: Iterable[str] = (),
    measures: Sequence[Measure] = (),
    history: pd.DataFrame | None = None,
) -> ZoneMap:
    """Draw the parcels of a zone, coloured by what the balances found, as one offline page.

    Parameters
    ----------
    parcels
        Canonical table ``parcels``, in the run's planar system.
    idle, green, mix
        What `gis.evaluate_idle_land`, `gis.evaluate_green_ratio` and `gis.evaluate_mixed_use`
        returned; each gives its themes, and its part of the popup.
    boundary
        Canonical table ``approved_boundaries``, or zones from `gis.measure_zones`.
    green_spaces, roads
        Further layers, of polygons or lines, in any system.
    lang
        The language the page opens in; both are in it.
    title
        Of the page; by default the zones' names.
    as_of
        By default the balances' date.
    quality
        ``approved``, ``indicative`` or ``synthetic``; the worst of this and of the boundary's own
        column is printed on the map.
    notes
        Sources and remarks: sentences, or addresses of texts (`gis.schema.text`).
    measures
        Further themes from numbers of the parcels: intensity, use of quotas (`gis.maps.Measure`).
    history
        Statuses over time from `gis.trace_statuses`, for a slider over the days of change.

    Returns
    -------
    A `folium.Map`; ``.save(path)`` writes one HTML file that makes no network request. Ids that a
    balance and the parcels do not share are in ``.without_finding`` and ``.without_parcel``, and in
    the page's notes.

    Raises
    ------
    InputError
        If ids are doubled or missing, the balances are of different days, or nothing has a shape.
    SchemaError
        If ids are not text, a column is missing, or a class or quality is not known.
    CrsError
        If the parcels are not in a planar system, or a layer has none.
    """
    from gis.maps.parcel_layer import ParcelLayer, ShapeLayer
    from gis.maps.zone_map import ZoneMap

    given = {"idle_land": idle, "green_ratio": green, "mixed_use": mix}
    joined = join_findings(parcels, {name: balance for name, balance in given.items() if balance is not None})
    degrees = _in_degrees(joined, parcels)
    order = hilbert_order(degrees)
    joined, degrees = joined.in_order(order), degrees[order]
    around = {"roads": roads, "green_spaces": green_spaces, "boundary": boundary}
    layers = {name: to_degrees(frame, table=name) for name, frame in around.items() if frame is not None}
    bounds = _opening_bounds(layers["boundary"], degrees)
    notes = (*notes, *(() if history is None else ("idle.note_trend",)))
    told = _facts(joined, quality=_worst_quality(quality, boundary), as_of=as_of, notes=notes)
    drawn = ZoneMap(
        {"title": _title(title, boundary), **told},
        bounds=bounds,
        lang=lang,
        without_finding=joined.without_finding,
        without_parcel=joined.without_parcel,
    )
    for name, shapes in layers.items():
        drawn.add_child(
            ShapeLayer(
                name, pack_shapes(_ordered(shapes), units=units_for(len(shapes))), bounds=bounds_in_degrees(shapes)
            )
        )
    drawn.add_child(ParcelLayer(_parcel_content(joined, degrees, measures, history), bounds=bounds_in_degrees(degrees)))
    return drawn


def _facts(joined: JoinedParcels, *, quality: str, as_of: dt.date | str | None, notes: Iterable[str]) -> dict[str, Any]:
    """Return what the page says around the map, beside its title."""
    return {
        "as_of": _day(as_of, joined),
        "place": _place(joined),
        "area_basis": _basis(joined.area_basis),
        "quality": quality,
        "quality_banner": both(f"map.quality_banner_{quality}"),
        "notes": _once([*(known_words(note) for note in notes), *_own_notes(joined)]),
        "words": page_words(),
    }


def _basis(area_basis: str) -> Pair:
    kind, _, name = area_basis.partition(" ")
    return both("map.area_basis_ellipsoidal" if kind == "ellipsoidal" else "map.area_basis_planar", on=name)


def _parcel_content(
    joined: JoinedParcels, degrees: Any, measures: Sequence[Measure], history: pd.DataFrame | None
) -> dict[str, Any]:
    columns = parcel_columns(joined)
    uses = uses_column(joined)
    if uses is not None:
        columns["uses"] = uses
    for measure in measures:
        numbers = measure.of_parcels(joined.frame["parcel_id"])
        columns[f"measure_{measure.name}"] = number_column(numbers, digits=measure.digits + 2)
    timeline = {} if history is None else {"timeline": pack_timeline(history, joined)}
    return timeline | {
        "shapes": pack_shapes(degrees, units=units_for(len(degrees))),
        "columns": columns,
        "views": {name: view.packed() for name, view in make_views(joined, measures).items()},
        "measures": {measure.name: {"title": measure.title, "digits": measure.digits} for measure in measures},
        "attention": least_integers(attention(joined)),
    }


def _in_degrees(joined: JoinedParcels, parcels: GeoDataFrame) -> Any:
    import geopandas as gpd

    return to_degrees(gpd.GeoDataFrame(geometry=list(joined.shapes), crs=parcels.crs), table="parcels")


def _ordered(shapes: Any) -> Any:
    """Return shapes in an order that does not depend on the order of rows."""
    import shapely

    there = shapes[~shapely.is_missing(shapes)]
    if not len(there):
        return there
    by_shape = there[np.argsort(shapely.to_wkb(there), kind="stable")]
    return by_shape[hilbert_order(by_shape)]


def _opening_bounds(boundary: Any, parcels: Any) -> Bounds:
    """Return the box of the boundary and the parcels together."""
    boxes = [box for box in (bounds_in_degrees(boundary), bounds_in_degrees(parcels)) if box is not None]
    if not boxes:
        raise InputError("map_nothing_to_draw", count=len(parcels))
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _worst_quality(quality: str, boundary: GeoDataFrame) -> str:
    told = {quality}
    if "boundary_quality" in boundary.columns:
        told |= set(boundary["boundary_quality"].dropna().astype("str"))
    unknown = sorted(told - set(boundary_qualities()))
    if unknown:
        raise SchemaError("map_quality_unknown", quality=", ".join(unknown), choices=boundary_qualities())
    return worst_quality(told)


def _title(title: str, boundary: GeoDataFrame) -> Pair:
    if title:
        known = known_words(title)
        return known if isinstance(known, list) else [known, known]
    names = sorted(set(boundary["zone_name"].dropna().astype("str"))) if "zone_name" in boundary.columns else []
    map_zh, map_en = both("map.title")
    if not names:
        return [map_zh, map_en]
    return [f"{listed(names, limit=3)} {map_zh}", f"{listed(names, limit=3)} – {map_en}"]


def _day(as_of: dt.date | str | None, joined: JoinedParcels) -> str:
    days = {balance.as_of.isoformat() for balance in joined.balances.values()}
    told = as_of if as_of is None or isinstance(as_of, str) else as_of.isoformat()[:10]
    if told is not None and days - {told}:
        raise InputError("map_dates_differ", dates=sorted({told, *days}))
    return told or next(iter(days), "")


def _own_notes(joined: JoinedParcels) -> list[Pair | str]:
    """Return what a reader of the map has to know: gaps in the join, the balances' notes, open rules."""
    notes: list[Pair | str] = []
    names = {name: both(f"map.balance_{name}") for name in joined.balances}
    for key, sides in (("no_finding", joined.without_finding), ("no_parcel", joined.without_parcel)):
        for name, ids in sides.items():
            if ids:
                notes.append(_listing(f"notes_{key}", ids, balance=names[name]))
    without_shape = joined.without_shape()
    if without_shape:
        notes.append(_listing("notes_no_shape", without_shape))
    rules = [rule for balance in joined.balances.values() for rule in balance.rules]
    unverified = sorted({str(rule.get("name", "")) for rule in rules if rule.get("verified") is False})
    if unverified:
        notes.append(both("map.notes_unverified", rules=listed(unverified, limit=len(unverified))))
    for balance in joined.balances.values():
        notes += [known_words(note) for note in balance.notes]
    step = f"1e-{len(str(units_for(len(joined.frame)))) - 1}"
    notes += [both("map.notes_legend"), both("map.notes_display", step=step), both("map.notes_made")]
    return notes


def _once(notes: list[Pair | str]) -> list[Pair | str]:
    """Return each note once, in the order of the first."""
    return [note for place, note in enumerate(notes) if note not in notes[:place]]


def _listing(key: str, ids: tuple[str, ...], *, balance: Pair | None = None) -> Pair:
    zh, en = balance or ["", ""]
    facts = {"count": len(ids), "ids": list(ids)}
    return [both(f"map.{key}", **facts, balance=zh)[0], both(f"map.{key}", **facts, balance=en)[1]]


def _place(joined: JoinedParcels) -> Pair | str:
    """Return the place of the rules by name and code."""
    code = next((balance.place for balance in joined.balances.values()), "")
    names = place_name(code)
    return [name if name == code else f"{name} ({code})" for name in (names["zh"], names["en"])] if code else ""
