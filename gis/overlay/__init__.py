"""Areas of overlap: pairs, cover (overlap, gap, remainder apart), and a second method that checks them."""

from __future__ import annotations

from gis.overlay.area_balance import AREA_TERMS, area_balance, sum_by_zone
from gis.overlay.arrangement import measure_label_sets
from gis.overlay.by_class import ClassAreas, measure_by_class, measure_doubled
from gis.overlay.claims import Claims, find_claims, find_faces
from gis.overlay.cover import Cover, measure_cover, without_double_cover
from gis.overlay.land import compare_areas, measure_overlap, measure_parcels, measure_zones
from gis.overlay.pairs import intersect_pairs, measure_areas, self_overlaps
from gis.overlay.second_method import verify_pairs

__all__ = [
    "AREA_TERMS",
    "Claims",
    "ClassAreas",
    "Cover",
    "area_balance",
    "compare_areas",
    "find_claims",
    "find_faces",
    "intersect_pairs",
    "measure_areas",
    "measure_by_class",
    "measure_cover",
    "measure_doubled",
    "measure_label_sets",
    "measure_overlap",
    "measure_parcels",
    "measure_zones",
    "self_overlaps",
    "sum_by_zone",
    "verify_pairs",
    "without_double_cover",
]
