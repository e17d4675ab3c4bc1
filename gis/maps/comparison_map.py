"""The page of a comparison as a `folium.Map`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gis.maps.figure import PackedBlock
from gis.maps.offline_map import OfflineMap, page_css, page_js, page_template

if TYPE_CHECKING:
    from gis.crs import Bounds

__all__ = ["ComparisonMap"]

SCRIPTS = ("words.js", "frame.js", "comparison.js")


class ComparisonMap(OfflineMap):
    """The page; ``save`` writes it whole or not at all.

    Parameters
    ----------
    page, bounds, lang
        See `OfflineMap`.
    content
        What `draw_comparison` packs for the script.
    """

    default_js = page_js(*SCRIPTS)
    default_css = page_css("page.css", "comparison.css")
    _template = page_template("comparison.html", starts="createComparison")

    def __init__(self, page: dict[str, Any], *, bounds: Bounds, lang: str, content: dict[str, Any]) -> None:
        super().__init__(page, bounds=bounds, lang=lang)
        self.content = content

    def render(self, **kwargs: Any) -> None:
        """Add the block of the parcels, then render as any page."""
        self.get_root().html.add_child(PackedBlock("zonegis-comparison", self.content), name="zonegis-comparison")
        super().render(**kwargs)
