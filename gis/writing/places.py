"""Where nothing may be written: over an input, a folder of the user's, a link, a device. Asked before any computing."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from gis.errors import PlaceError
from gis.writing.manifests import obstacles
from gis.writing.marks import is_own

__all__ = ["free_name", "is_replaceable", "permitted", "real_place", "require_file", "require_folder", "require_place",
           "with_parts"]  # fmt: skip

#: A shapefile is several files, and a database keeps its log beside it.
SHAPEFILE_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".shp.xml")
#: So much of a name that is too long is shown.
SHOWN_LETTERS: Final = 80
DATABASE_PARTS: Final = ("-wal", "-shm", "-journal")


@dataclasses.dataclass(frozen=True)
class _Permission:
    inputs: tuple[Path, ...] = ()
    overwrite: bool = False


_PERMISSION: ContextVar[_Permission] = ContextVar("zonegis_permission")


@contextlib.contextmanager
def permitted(*, inputs: Iterable[Path | str | None] = (), overwrite: bool = False) -> Iterator[None]:
    """Name what is read and must stay, and whether files of others may be replaced, while the block runs.

    Parameters
    ----------
    inputs
        Files and folders that are read, the run file among them, those of an outer block included. No file is
        written over one, and no folder that holds one is replaced, whatever is allowed otherwise.
    overwrite
        Replace a file that this product did not write, or that was edited. Of folders nothing is replaced by it.

    Examples
    --------
    >>> with permitted(inputs=["parcels.gpkg"], overwrite=True):
    ...     require_file("new.html")
    """
    outer = _permission()
    named = (*outer.inputs, *(Path(path).absolute() for path in inputs if path is not None))
    token = _PERMISSION.set(_Permission(named, overwrite or outer.overwrite))
    try:
        yield
    finally:
        _PERMISSION.reset(token)


def _permission() -> _Permission:
    return _PERMISSION.get(_Permission())


def _is_folder(path: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):  # a name that no file system takes
        return path.is_dir()
    return False


def _is_file(path: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return path.is_file()
    return False


def with_parts(path: Path) -> list[Path]:
    """Return a file that is read with those that belong to it: parts of a shapefile, the log of a database."""
    parts = [path.with_name(path.name + part) for part in DATABASE_PARTS]
    if path.suffix.lower() == ".shp" and _is_folder(path.parent):
        stem = path.stem.lower()
        parts += [
            other for other in path.parent.iterdir() if other.name.lower() in {stem + part for part in SHAPEFILE_PARTS}
        ]
    return [path, *(part for part in dict.fromkeys(parts) if part != path and os.path.lexists(part))]


def real_place(path: Path) -> Path:
    """Return a path with its parent resolved; its own last part stays, for it may be a link."""
    path = path.resolve() if path.name == ".." else path.absolute()
    return Path(os.path.realpath(path.parent)) / path.name


def free_name(path: Path) -> Path:
    """Return a name beside a path that nothing has: ``results-2``, ``map-2.html``."""
    whole = real_place(path)
    base = Path.cwd() / "results" if whole.parent == whole else whole if path.name in {"", ".."} else path
    number = 2
    while os.path.lexists(found := base.with_name(f"{base.stem}-{number}{base.suffix}")):
        number += 1
    return found


def require_place(path: Path | str, *, is_folder: bool) -> None:
    """Refuse a place that no output may have, whatever is in it.

    Raises
    ------
    PlaceError
        For a link, a device, a file where a folder is meant or the reverse, an input or what holds one, a folder
        under version control, the folder that the program was started in, the home folder, the root.
    """
    path = Path(path)
    _require_possible(path)
    place = real_place(path)
    if path.is_symlink():
        raise PlaceError("output_link", path=path, target=path.readlink(), free=free_name(path))
    if os.path.lexists(place):
        if not (_is_folder(place) or _is_file(place)):
            raise PlaceError("output_special", path=path, free=free_name(path))
        if _is_folder(place) != is_folder:
            key = "output_no_folder" if is_folder else "output_no_file"
            raise PlaceError(key, path=path, free=free_name(path))
    if ".git" in {part.lower() for part in place.parts}:
        raise PlaceError("output_in_git", path=path)
    for given in _permission().inputs:
        for part in with_parts(given):
            if (is_folder and _is_or_holds(place, part)) or _is_same(place, part) or _is_within(place, part):
                raise PlaceError("output_is_input", path=path, held=part, free=free_name(path))
    if is_folder:
        _require_no_home(path, place)


def _require_possible(path: Path) -> None:
    try:
        path.lstat()
    except FileNotFoundError:
        pass
    except NotADirectoryError:
        held = next((parent for parent in path.parents if _is_file(parent)), path.parent)
        raise PlaceError("output_below_file", path=path, held=held) from None
    except (OSError, ValueError) as error:
        shown = f"{str(path)[:SHOWN_LETTERS]}…" if len(str(path)) > SHOWN_LETTERS else path
        raise PlaceError("output_impossible", path=shown, why=getattr(error, "strerror", None) or error) from None


def _require_no_home(path: Path, place: Path) -> None:
    if place.parent == place:
        raise PlaceError("output_is_root", path=path, free=free_name(path))
    if os.path.lexists(place / ".git"):
        raise PlaceError("output_holds_git", path=path, free=free_name(path))
    for held in _homes():
        if _is_or_holds(place, held):
            raise PlaceError("output_is_home", path=path, held=held, free=free_name(path))


def _homes() -> Iterator[Path]:
    """Yield the home folder, as told and as the system knows it, and the folder worked in."""
    for ask in (Path.home, _home_of_account, Path.cwd):
        with contextlib.suppress(RuntimeError, OSError, ImportError, KeyError):  # some have none, or it is gone
            yield ask()


def _home_of_account() -> Path:
    import pwd  # not on every system

    return Path(pwd.getpwuid(os.getuid()).pw_dir)


def _is_same(one: Path, other: Path) -> bool:
    """Tell whether two paths are one file: also by another spelling, a hard link, or a link on the way."""
    with contextlib.suppress(OSError):
        return one.samefile(other)
    return os.path.realpath(one) == os.path.realpath(other)


def _is_or_holds(folder: Path, thing: Path) -> bool:
    """Tell whether a folder is a thing or above it, be it by its own path or by the one that a link leads to."""
    if not _is_folder(folder):
        return False
    ways = (thing.absolute(), Path(os.path.realpath(thing)))
    return any(_is_same(folder, step) for way in ways for step in (way, *way.parents))


def _is_within(place: Path, thing: Path) -> bool:
    """Tell whether a place lies inside an input that is a folder."""
    return _is_folder(thing) and _is_or_holds(thing, place)


def require_folder(path: Path | str, kind: str) -> None:
    """Refuse a folder that can't be replaced: it must be absent, empty, or a former one that holds nothing else.

    Parameters
    ----------
    path
        The folder that is to be written.
    kind
        Of the result, such as ``run``: a folder of another kind stays.

    Raises
    ------
    PlaceError
        Also as `require_place`.
    """
    path = Path(path)
    require_place(path, is_folder=True)
    if not _is_folder(path):
        return
    try:
        strange, changed = obstacles(path, kind)
    except OSError as error:
        raise PlaceError("output_unknown", path=path, why=error.strerror or str(error), free=free_name(path)) from None
    if strange:
        raise PlaceError("output_foreign", path=path, count=len(strange), names=strange, free=free_name(path))
    if changed:
        raise PlaceError("output_changed", path=path, names=changed, free=free_name(path))


def is_replaceable(path: Path) -> bool:
    """Tell whether a file that is there may be replaced: it is empty, this product's, or the user says so."""
    return not os.path.lexists(path) or path.stat().st_size == 0 or _permission().overwrite or is_own(path)


def require_file(path: Path | str) -> None:
    """Refuse a file that can't be replaced (see `gis.writing.marks`), unless the user says so.

    Raises
    ------
    PlaceError
        Also as `require_place`.
    """
    path = Path(path)
    require_place(path, is_folder=False)
    try:
        allowed = is_replaceable(path)
    except OSError as error:
        raise PlaceError("output_unknown", path=path, why=error.strerror or str(error), free=free_name(path)) from None
    if not allowed:
        raise PlaceError("output_not_own", path=path, free=free_name(path))
