"""The map of a zone made ready for drawing on paper: themes, facts and shapes in the run's planar system."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from gis.maps.facts import page_facts
from gis.maps.join import join_findings
from gis.maps.views import make_views

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from geopandas import GeoDataFrame

    from gis.analyses import Balance
    from gis.maps.measures import Measure
    from gis.maps.views import View

__all__ = ["Sheet", "prepare_sheet"]


@dataclasses.dataclass(frozen=True)
class Sheet:
    """What a sheet shows.

    Attributes
    ----------
    views
        The themes, with counts and hectares.
    shapes
        Array of the parcels' shapes, in the order of the views' codes.
    boundary, roads
        Layers in the same planar system.
    facts
        From `gis.maps.facts.page_facts`.
    """

    views: dict[str, View]
    shapes: Any
    boundary: GeoDataFrame
    roads: GeoDataFrame | None
    facts: dict[str, Any]

    def require_font(self, view: str, lang: str) -> None:
        """Raise `OutputError` if no installed font holds the letters of a theme's sheet."""
        from gis.maps.static_map import require_font

        require_font(self, view, lang)


def prepare_sheet(  # noqa: PLR0913 (each is a thing a map shows)
    parcels: GeoDataFrame,
    idle: Balance | None = None,
    green: Balance | None = None,
    mix: Balance | None = None,
    *,
    boundary: GeoDataFrame,
    roads: GeoDataFrame | None = None,
    title: str = "",
    as_of: dt.date | str | None = None,
    quality: str = "approved",
    notes: Iterable[str] = (),
    measures: Sequence[Measure] = (),
) -> Sheet:
    """Return what `draw_static_map` draws; the arguments and errors are those of `gis.draw_map`."""
    joined = join_findings(parcels, {"idle_land": idle, "green_ratio": green, "mixed_use": mix})
    return Sheet(
        views=make_views(joined, measures),
        shapes=joined.shapes,
        boundary=boundary.to_crs(parcels.crs),
        roads=None if roads is None else roads.to_crs(parcels.crs),
        facts=page_facts(joined, boundary, title=title, quality=quality, as_of=as_of, notes=notes, is_page=False),
    )
