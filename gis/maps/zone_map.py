"""The map of a zone: parcels coloured by what the balances found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gis.maps.offline import own_assets
from gis.maps.offline_map import OfflineMap, page_css, page_js, page_template

if TYPE_CHECKING:
    from gis.crs import Bounds

__all__ = ["ZoneMap"]

#: The scripts of the page, each building on those before it.
SCRIPTS = (
    "words.js", "frame.js", "parcel.js", "search.js", "table.js", "legend.js", "filters.js", "timeline.js",
    "page.js",
)  # fmt: skip


class ZoneMap(OfflineMap):
    """A map page: title, panel, legend, search, table and the Leaflet map.

    Parameters
    ----------
    page, bounds, lang
        See `OfflineMap`.
    without_finding, without_parcel
        Balance → ids that only one side has.
    """

    default_js = page_js(*SCRIPTS)
    default_css = page_css("page.css")
    _template = page_template(
        "page.html",
        starts="createMap",
        skip=("zg-table", "skip_to_table"),
        buttons='<button type="button" id="zg-print" data-word="print" data-word-title="print_hint"></button>\n  ',
    )

    def __init__(
        self,
        page: dict[str, Any],
        *,
        bounds: Bounds,
        lang: str,
        without_finding: dict[str, tuple[str, ...]],
        without_parcel: dict[str, tuple[str, ...]],
    ) -> None:
        super().__init__(page, bounds=bounds, lang=lang)
        if "quotas" in page:
            self.default_js += own_assets("quotas.js")
        self.without_finding = without_finding
        self.without_parcel = without_parcel
