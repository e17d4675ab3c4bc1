"""A synthetic bonded zone to try, test and measure with; it describes no real place."""

from __future__ import annotations

from gis.samples.street_grid import LEAST_PARCELS, MOST_PARCELS
from gis.samples.writer import SAMPLE_FILES, SAMPLE_TABLES, make_sample, sample_boundary_geojson, write_sample
from gis.samples.zone import SampleZone

__all__ = [
    "LEAST_PARCELS",
    "MOST_PARCELS",
    "SAMPLE_FILES",
    "SAMPLE_TABLES",
    "SampleZone",
    "make_sample",
    "sample_boundary_geojson",
    "write_sample",
]
