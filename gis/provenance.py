"""What a figure was made from: fingerprints of inputs, and the versions of what computed it."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.errors import InputError
from gis.gate import data_files

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["VERSION", "file_hashes", "fingerprint", "fingerprint_text", "library_versions", "write_manifest"]

LIBRARIES = ("geopandas", "shapely", "pyproj", "pyogrio", "fiona", "pandas", "numpy", "numba", "folium", "pandera")


def _version() -> str:
    try:
        return metadata.version("zonegis")
    except metadata.PackageNotFoundError:
        return "0+uninstalled"


VERSION = _version()


def file_hashes(path: Path | str) -> dict[str, str]:
    """Return the SHA-256 of every file of a data set, by what follows its stem (of a geodatabase by name).

    A shapefile is several files, and a log may lie beside a GeoPackage: a change in any is a change of the input.

    Raises
    ------
    InputError
        If one can't be read.
    """
    path = Path(path)
    try:
        return {name: _sha256(part) for name, part in data_files(path).items()}
    except OSError as error:
        raise InputError("file_unreadable", path=path, why=error.strerror) from None


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fingerprint(path: Path | str, hashes: Mapping[str, str] | None = None) -> str:
    """Return the SHA-256 of a file; of a data set of several files, that of the list of their hashes.

    Parameters
    ----------
    path
        The file that names the data set.
    hashes
        Of its files, where they are known (see `file_hashes`).

    Raises
    ------
    InputError
        If a file can't be read.
    """
    known = dict(hashes or file_hashes(path))
    if len(known) == 1:
        return next(iter(known.values()))
    return fingerprint_text("".join(f"{digest}  {name}\n" for name, digest in sorted(known.items())))


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
