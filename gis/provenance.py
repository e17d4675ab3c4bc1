"""What a figure was made from: fingerprints of inputs, and the versions of what computed it."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from gis.errors import InputError

__all__ = ["VERSION", "fingerprint", "fingerprint_text", "library_versions", "write_manifest"]

#: A shapefile is several files; a change in any of them is a change of the input.
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
LIBRARIES = ("geopandas", "shapely", "pyproj", "pyogrio", "fiona", "pandas", "numpy", "numba", "folium", "pandera")


def _version() -> str:
    try:
        return metadata.version("zonegis")
    except metadata.PackageNotFoundError:
        return "0+uninstalled"


VERSION = _version()


def fingerprint(path: Path | str) -> str:
    """Return the SHA-256 of a file; of a shapefile, that of its parts in a fixed order.

    Raises
    ------
    InputError
        If the file can't be read.
    """
    path = Path(path)
    parts = [path]
    if path.suffix.lower() == ".shp":
        parts = [part for suffix in SHAPEFILE_PARTS if (part := path.with_suffix(suffix)).exists()]
    digest = hashlib.sha256()
    try:
        for part in parts:
            with part.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    except OSError as error:
        raise InputError("file_unreadable", path=path, why=error.strerror) from None
    return digest.hexdigest()


def fingerprint_text(text: str) -> str:
    """Return the SHA-256 of a text.

    Examples
    --------
    >>> fingerprint_text("")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(text.encode()).hexdigest()


def library_versions() -> dict[str, str]:
    """Return the versions that decide what is computed: Python, libraries, GEOS, PROJ and GDAL."""
    import pyogrio
    import pyproj
    import shapely

    versions = {"zonegis": VERSION, "python": platform.python_version()}
    versions |= {name: metadata.version(name) for name in LIBRARIES}
    versions["GEOS"] = ".".join(map(str, shapely.geos_version))
    versions["PROJ"] = pyproj.proj_version_str
    versions["GDAL"] = ".".join(map(str, pyogrio.__gdal_version__))
    return versions


def write_manifest(path: Path | str, content: dict[str, Any]) -> None:
    """Write a manifest as JSON in UTF-8, keys in the order given."""
    text = json.dumps(content, ensure_ascii=False, indent=2, default=str)
    Path(path).write_text(text + "\n", "utf-8")
