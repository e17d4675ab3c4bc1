"""Areas of overlap: pairs, cover (overlap, gap, remainder apart), and a second method that checks them."""

from __future__ import annotations

from gis.overlay.cover import Cover, measure_cover, without_double_cover
from gis.overlay.land import compare_areas, measure_overlap, measure_parcels, measure_zones
from gis.overlay.pairs import intersect_pairs, measure_areas, self_overlaps, verify_pairs

__all__ = [
    "Cover",
    "compare_areas",
    "intersect_pairs",
    "measure_areas",
    "measure_cover",
    "measure_overlap",
    "measure_parcels",
    "measure_zones",
    "self_overlaps",
    "verify_pairs",
    "without_double_cover",
]
