"""The time that GDAL stamps into layers: kept apart, for who writes without geometry needs no GDAL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["fixed_gdal_time"]

#: GDAL stamps the time into each layer; a fixed one makes the same data the same bytes.
FIXED_TIME: Final = "2000-01-01T00:00:00.000Z"


@contextmanager
def fixed_gdal_time() -> Iterator[None]:
    """Let GDAL write a fixed time stamp into layers while the block runs."""
    import pyogrio

    former = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_TIME})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": former})
