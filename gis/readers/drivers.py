"""GDAL held to four drivers and no network while one of our files is opened.

GDAL chooses a driver by content and knows sixty, some of which follow other files and addresses. The gate has looked
at the bytes before; here the others are not even there. (GDAL takes a list of drivers for an opening, but pyogrio has
no way to pass it; fiona has.)
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from gis.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.gate import InputFile

__all__ = ["NO_NETWORK", "confined_gdal", "opening_options"]

#: What is read; ``MEM`` holds the results of GDAL's own queries.
DRIVERS: Final = frozenset({"GPKG", "ESRI Shapefile", "GeoJSON", "OpenFileGDB", "MEM"})
#: A proxy on the port that discards: whatever still asked for an address would get no answer.
NO_NETWORK: Final = {
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_HTTPS_PROXY": "127.0.0.1:9",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_HTTP_MAX_RETRY": "0",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
}
_LOCK: Final = threading.RLock()


@contextmanager
def confined_gdal() -> Iterator[None]:
    """Let pyogrio's GDAL know the drivers of the formats that are read, and no network, while the block runs.

    Our own drivers stay registered throughout, so that a layer may be read on after the block has ended.

    Raises
    ------
    InputError
        If GDAL keeps another driver all the same.
    """
    import pyogrio
    from pyogrio._ogr import _register_drivers  # no public way

    with _LOCK:
        others = sorted(set(pyogrio.list_drivers()) - DRIVERS)
        wanted = NO_NETWORK | {"OGR_SKIP": ",".join(others)}
        former: dict[str, Any] = {name: pyogrio.get_gdal_config_option(name) for name in wanted}
        pyogrio.set_gdal_config_options(wanted)
        _register_drivers()
        try:
            left = sorted(set(pyogrio.list_drivers()) - DRIVERS)
            if left:
                raise InputError("gdal_not_confined", where="pyogrio", drivers=left)
            yield
        finally:
            pyogrio.set_gdal_config_options(former)
            _register_drivers()


def opening_options(file: InputFile) -> dict[str, str]:
    """Return the options of GDAL's driver for this file: a GeoPackage is opened as one that nobody writes."""
    return {"IMMUTABLE": "YES"} if file.driver == "GPKG" else {}
