"""Write to a temporary name, then rename: a failure never harms what was there before."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gis.errors import OutputError

__all__ = ["atomic_file", "atomic_folder", "fixed_gdal_time"]

#: GDAL stamps the time into each layer; a fixed one makes the same data the same bytes.
FIXED_TIME = "2000-01-01T00:00:00.000Z"


def _output_error(path: Path, error: OSError) -> OutputError:
    return OutputError("output_failed", path=path, why=error.strerror or str(error))


def _free_name(path: Path, role: str) -> Path:
    number = 0
    while (name := path.with_name(f".{path.stem}.{role}{number}{path.suffix}")).exists():
        number += 1
    return name


@contextmanager
def atomic_file(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside ``path``; rename it there when the block ends well.

    The suffix is kept, since drivers look at it. On an error the temporary file is removed and an
    existing file at ``path`` stays as it was.

    Raises
    ------
    OutputError
        If the disk is full or the folder can't be written.
    """
    path = Path(path)
    temporary = path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _free_name(path, "writing")
        yield temporary
        temporary.replace(path)
    except OutputError:
        raise
    except OSError as error:
        raise _output_error(path, error) from error
    finally:
        if temporary != path:
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path | str) -> Iterator[Path]:
    """Give a temporary folder beside ``path``; put it in the place of ``path`` when all went well.

    A folder that is already there is moved aside first and comes back if the exchange fails. Files
    in it that the run does not make are not kept: a folder holds one run.
    """
    path = Path(path)
    temporary = path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _free_name(path, "writing")
        temporary.mkdir()
        yield temporary
        _exchange(temporary, path)
    except OutputError:
        raise
    except OSError as error:
        raise _output_error(path, error) from error
    finally:
        if temporary != path and temporary.exists():
            shutil.rmtree(temporary, ignore_errors=True)


def _exchange(new: Path, place: Path) -> None:
    if not place.exists():
        new.rename(place)
        return
    former = _free_name(place, "former")
    place.rename(former)
    try:
        new.rename(place)
    except OSError:
        former.rename(place)
        raise
    shutil.rmtree(former, ignore_errors=True)


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
