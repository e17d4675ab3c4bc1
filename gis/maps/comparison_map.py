"""The page of a comparison as a `folium.Map`."""

from __future__ import annotations

from gis.maps.offline_map import OfflineMap, page_css, page_js, page_template

__all__ = ["ComparisonMap"]


class ComparisonMap(OfflineMap):
    """The page of `draw_comparison`, whose script unpacks the block ``zonegis-comparison``."""

    default_js = page_js("words.js", "frame.js", "comparison.js")
    default_css = page_css("page.css", "comparison.css")
    _template = page_template(
        "comparison.html", starts="createComparison", skip=("zc-list", "skip_to_differences")
    )
