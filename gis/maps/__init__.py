"""The map: one offline page with parcels, themes, search and a table beside it; and sheets of it on paper."""

from __future__ import annotations

from gis.maps.beside import ONE_FILE_LIMIT
from gis.maps.chromium import find_chromium, print_page
from gis.maps.comparison import draw_comparison
from gis.maps.drawing import draw_map
from gis.maps.measures import Measure
from gis.maps.offline import MapAssetError
from gis.maps.quotas import quota_measures, quota_table
from gis.maps.sheets import Sheet, prepare_sheet
from gis.maps.static_map import chinese_family, draw_static_map, save_static_map

__all__ = [
    "ONE_FILE_LIMIT",
    "MapAssetError",
    "Measure",
    "Sheet",
    "chinese_family",
    "draw_comparison",
    "draw_map",
    "draw_static_map",
    "find_chromium",
    "prepare_sheet",
    "print_page",
    "quota_measures",
    "quota_table",
    "save_static_map",
]
