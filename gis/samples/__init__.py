"""A synthetic bonded zone to try, test and measure with; it describes no real place."""

from __future__ import annotations

from gis.samples.writer import LEAST_PARCELS, make_sample, write_sample

__all__ = ["LEAST_PARCELS", "make_sample", "write_sample"]
