"""The map: one offline page with parcels, themes, search and a table beside it."""

from __future__ import annotations

from gis.maps.drawing import draw_map
from gis.maps.measures import Measure
from gis.maps.offline import MapAssetError

__all__ = ["MapAssetError", "Measure", "draw_map"]
