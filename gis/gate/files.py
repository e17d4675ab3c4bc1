"""Files on the disk: plain ones only, with everything that belongs to them, the same before and after reading."""

from __future__ import annotations

import re
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gis.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.gate.limits import Limits

__all__ = ["data_files", "plain_path", "require_file", "require_same", "require_single_names", "states_of", "unchanged"]

#: What may lie beside a file and belong to it, by suffix: beside the stem, or behind the whole name.
BESIDE_STEM: Final = {
    ".shp": (
        ".shx", ".dbf", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix", ".idm", ".ind", ".fbn", ".fbx", ".ain", ".aih",
        ".atx", ".ixs", ".mxs", ".dbt", ".fpt",
    ),
    ".csv": (".csvt", ".prj"),
}  # fmt: skip
BEHIND_NAME: Final = {
    ".shp": (".xml",),
    ".gpkg": ("-wal", "-shm", "-journal"),
}
#: Addresses, GDAL's virtual paths, and texts that GDAL takes for a connection; one letter is a drive of Windows.
NO_FILE: Final = re.compile(r"^(/vsi\w+(/|$)|[A-Za-z][\w+.-]+:)", re.ASCII)

State = tuple[str, int, int, int, int]


def plain_path(path: Path | str) -> Path:
    """Return the absolute path of something on the disk.

    Raises
    ------
    InputError
        For an address, a virtual path or a connection.

    Examples
    --------
    >>> plain_path("/vsicurl/http://127.0.0.1/parcels.gpkg")
    Traceback (most recent call last):
    ...
    gis.errors.InputError: /vsicurl/http://127.0.0.1/parcels.gpkg is an address ...
    """
    text = str(path)
    whole = Path(path).absolute()
    if NO_FILE.match(text) and (not whole.exists() or str(whole).startswith("/vsi")):
        raise InputError("path_is_address", path=text)
    if whole.suffix.lower() == ".gpkg":
        whole = whole.resolve()  # SQLite looks for the log beside the file that a link leads to
    if str(whole).startswith("/vsi"):
        raise InputError("path_is_address", path=text)
    return whole


def require_file(path: Path | str) -> Path:
    """Return the absolute path of a plain file, or of a file geodatabase.

    Raises
    ------
    InputError
        If it is absent, empty, no plain file (a folder, a device, a pipe), or can't be read.
    """
    whole = plain_path(path)
    try:
        mode = whole.stat().st_mode
        if stat.S_ISDIR(mode):
            if whole.suffix.lower() != ".gdb":
                raise InputError("file_is_folder", path=path)
            return whole
        if not stat.S_ISREG(mode):
            raise InputError("file_not_plain", path=path)
        with whole.open("rb") as stream:
            start = stream.read(1)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError("file_missing", path=path) from None
    except OSError as error:
        raise InputError("file_unreadable", path=path, why=error.strerror or str(error)) from None
    except ValueError as error:  # a NUL in the path
        raise InputError("file_unreadable", path=repr(str(path)), why=str(error)) from None
    if not start:
        raise InputError("file_corrupt", path=path, format=whole.suffix, why="0 bytes")
    return whole


def data_files(path: Path | str) -> dict[str, Path]:
    """Return every file of a data set that is there, by what follows its stem: ``.shp``, ``.dbf``, ….

    Of a file geodatabase it is every file in the folder, by name.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if path.is_dir():
        return {entry.relative_to(path).as_posix(): entry for entry in sorted(path.rglob("*")) if not entry.is_dir()}
    beside = dict.fromkeys(BESIDE_STEM.get(kind, ()))
    behind = BEHIND_NAME.get(kind, ())
    found = {kind: path}
    if not (beside or behind):
        return found
    for entry in sorted(path.parent.iterdir()):
        if entry.name == path.name:
            continue
        rest = entry.name.removeprefix(path.stem)
        if entry.name.startswith(path.stem) and rest.lower() in beside:
            found[rest.lower()] = entry
        elif entry.name in {f"{path.name}{end}" for end in behind}:
            found[f"{kind}{entry.name.removeprefix(path.name)}"] = entry
    return found


def require_single_names(path: Path) -> None:
    """Refuse two files whose names differ by capitals alone: which one is read would depend on the library."""
    kind = path.suffix.lower()
    if kind not in BESIDE_STEM:
        return
    wanted = {f"{path.stem}{suffix}".lower() for suffix in (kind, *BESIDE_STEM[kind])}
    names: dict[str, list[str]] = {}
    for entry in path.parent.iterdir():
        if entry.name.lower() in wanted and entry.stem == path.stem:
            names.setdefault(entry.name.lower(), []).append(entry.name)
    doubled = sorted(name for group in names.values() if len(group) > 1 for name in group)
    if doubled:
        raise InputError("file_names_alike", path=path, names=doubled)


def states_of(path: Path | str) -> tuple[State, ...]:
    """Return size, times and place on the disk of every file of a data set: another state is another content.

    Raises
    ------
    InputError
        If one is no plain file, or can't be read.
    """
    try:
        parts = data_files(require_file(path))
        return tuple(_state(name, part) for name, part in sorted(parts.items()))
    except OSError as error:
        raise InputError("file_unreadable", path=path, why=error.strerror or str(error)) from None


def _state(name: str, part: Path) -> State:
    about = part.stat()
    if not stat.S_ISREG(about.st_mode):
        raise InputError("file_not_plain", path=part)
    return name, about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino


@contextmanager
def unchanged(*paths: Path | str) -> Iterator[None]:
    """Refuse data sets that change while the block reads and hashes them: what was read is what is hashed.

    Raises
    ------
    InputError
        Naming the files that are others at the end.
    """
    before = {path: states_of(path) for path in paths}
    yield
    for path, former in before.items():
        require_same(path, former)


def require_same(path: Path | str, former: tuple[State, ...]) -> None:
    """Refuse a data set whose files are others than they were (see `states_of`).

    Raises
    ------
    InputError
        Naming the files that changed.
    """
    now = states_of(path)
    if now != former:
        names = sorted({name for name, *_ in set(now) ^ set(former)})
        raise InputError("input_changed", path=path, names=names)


def require_size(path: Path, limits: Limits) -> None:
    """Refuse a data set larger than the limit."""
    limits.require("file_bytes", sum(size for _, size, *_ in states_of(path)), path=path)
