"""The verb of this room: parcels and balances in, one map out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from gis.maps.beside import ONE_FILE_LIMIT
from gis.maps.columns import number_column
from gis.maps.contents import parcel_columns, uses_column
from gis.maps.facts import page_facts
from gis.maps.join import join_findings
from gis.maps.packing import least_integers
from gis.maps.shapes import (
    bounds_in_degrees,
    hilbert_order,
    opening_bounds,
    pack_shapes,
    to_degrees,
    units_for,
)
from gis.maps.timeline import pack_timeline
from gis.maps.views import attention, make_views
from gis.maps.words import both, page_words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Sequence

    import pandas as pd
    from geopandas import GeoDataFrame

    from gis.analyses import Balance
    from gis.maps.join import JoinedParcels
    from gis.maps.measures import Measure
    from gis.maps.views import View
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
    quotas: dict[str, Any] | None = None,
    one_file_limit: int = ONE_FILE_LIMIT,
    themes: Collection[str] | None = None,
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
    quotas
        From `gis.maps.quota_table`: what zones draw, as a table beside the map.

    one_file_limit
        The most parcels that go into one file. The data of more lies in a folder beside the page, which has to
        be kept with it; nothing else differs.
    themes
        Names of the balances' themes to show; by default all.

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
    from gis.maps.parcel_layer import ParcelLayer
    from gis.maps.zone_map import ZoneMap

    joined = join_findings(parcels, {"idle_land": idle, "green_ratio": green, "mixed_use": mix})
    degrees = joined.in_degrees(parcels.crs)
    order = hilbert_order(degrees)
    joined, degrees = joined.in_order(order), degrees[order]
    around = {"roads": roads, "green_spaces": green_spaces, "boundary": boundary}
    layers = {name: to_degrees(frame, table=name) for name, frame in around.items() if frame is not None}
    bounds = opening_bounds(layers["boundary"], degrees)
    notes = (*notes, *(() if history is None else ("idle.note_trend",)))
    is_beside = len(parcels) > one_file_limit
    made = both("map.notes_made_folder" if is_beside else "map.notes_made", limit=f"{one_file_limit:,}")
    told = page_facts(joined, boundary, title=title, quality=quality, as_of=as_of, notes=notes, made=made)
    drawn = ZoneMap(
        told | {"words": page_words()} | ({} if quotas is None else {"quotas": quotas}),
        bounds=bounds,
        lang=lang,
        without_finding=joined.without_finding,
        without_parcel=joined.without_parcel,
    )
    drawn.add_around(layers)
    content = _parcel_content(joined, degrees, measures, history, make_views(joined, measures, themes=themes))
    drawn.add_child(ParcelLayer(content, bounds=bounds_in_degrees(degrees), is_beside=is_beside))
    return drawn


def _parcel_content(
    joined: JoinedParcels,
    degrees: Any,
    measures: Sequence[Measure],
    history: pd.DataFrame | None,
    views: dict[str, View],
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
        "views": {name: view.packed() for name, view in views.items()},
        "measures": {measure.name: {"title": measure.title, "digits": measure.digits} for measure in measures},
        "attention": least_integers(attention(joined)),
    }
