"""Files and folders written aside, and put in their place when they are complete and on the disk.

A place is reserved while it is written. The lock lies beside it as ``.<name>.zonegis-lock`` and is held by the system
itself: that of a process that died is free, so what else is named after the place (``.<name>.writing-…``,
``.<name>.former-…``) was left by a dead one and is swept by the next that reserves it. It lies beside the output and
not in a folder of the user's own, so that it is seen by other users, and by other machines where the file system
locks for them. It goes when the place is free again: `filelock` notices when the file it holds is no longer there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from gis.errors import OutputError, PlaceError
from gis.writing.manifests import MANIFEST, listed_unchanged, merge_manifest, own_manifest, sign_folder, write_json
from gis.writing.marks import seal
from gis.writing.places import free_name, is_replaceable, real_place, require_folder, require_place
from gis.writing.sync import same_bytes, sync_file, sync_folder, sync_tree

__all__ = ["atomic_file", "atomic_folder", "merged_folder", "remove_folder", "require_listed", "reserved"]

#: How long a place that another process holds is waited for: one that is just going lets go of it by then.
WAIT_S: Final = 0.2
#: Longer names would not leave room for what is put before and after them.
NAME_BYTES: Final = 150
_RESERVED: ContextVar[frozenset[Path]] = ContextVar("zonegis_reserved", default=frozenset())
_ASIDE: ContextVar[tuple[Path, ...]] = ContextVar("zonegis_aside", default=())


def _output_error(path: Path, error: OSError) -> OutputError:
    return OutputError("output_failed", path=path, why=error.strerror or str(error))


@contextlib.contextmanager
def _as_output_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise _output_error(path, error) from error


def _base(place: Path) -> str:
    name = os.fsencode(place.name)
    return place.name if len(name) <= NAME_BYTES else hashlib.sha256(name).hexdigest()


def _aside(place: Path, role: str) -> Path:
    """Return a name beside a place that tells whose it is; the suffix stays, since drivers look at it."""
    return place.with_name(f".{_base(place)}.{role}-{os.getpid()}-{secrets.token_hex(4)}{place.suffix}")


def _left(place: Path, role: str) -> list[Path]:
    """Return what lies beside a place in such a name."""
    own = re.compile(rf"\.{re.escape(_base(place))}\.{role}-\d+-[0-9a-f]{{8}}(\W.*)?", re.DOTALL)
    return sorted(path for path in place.parent.iterdir() if own.fullmatch(path.name))


@contextlib.contextmanager
def reserved(path: Path | str, *, is_folder: bool = False) -> Iterator[None]:
    """Keep a place for this process while the block runs, and mend what a process that died left of it.

    Parameters
    ----------
    path
        The file or folder that is to be written.
    is_folder
        Which of the two it is.

    Raises
    ------
    PlaceError
        If the place may not be written to, or another process writes there.
    OutputError
        If its folder can't be written.
    """
    place = real_place(Path(path))
    if place in _RESERVED.get() or _is_aside(place):
        yield
        return
    require_place(path, is_folder=is_folder)
    with contextlib.ExitStack() as stack:
        with _as_output_error(Path(path)):
            _make_parents(place.parent, stack)
            stack.enter_context(_locked(Path(path), place))
            _sweep(place)
        stack.callback(_sweep_at_end, place)
        token = _RESERVED.set(_RESERVED.get() | {place})
        stack.callback(_RESERVED.reset, token)
        yield


def _is_aside(place: Path) -> bool:
    return any(folder in place.parents for folder in _ASIDE.get())


def _make_parents(folder: Path, stack: contextlib.ExitStack) -> None:
    """Make the folders above a place; those that stay empty go again."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for parent in reversed(missing):
        stack.callback(_remove_empty, parent)


def _remove_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):  # it holds something by now
        folder.rmdir()


@contextlib.contextmanager
def _locked(path: Path, place: Path) -> Iterator[None]:
    file = place.with_name(f".{_base(place)}.zonegis-lock")
    lock = FileLock(file, timeout=WAIT_S)
    try:
        lock.acquire()
    except Timeout:
        raise PlaceError("output_busy", path=path, holder=_holder(file), free=free_name(path)) from None
    try:
        with contextlib.suppress(OSError):  # a reader of the lock is told who holds it, where that can be written
            file.write_text(f"{os.getpid()} ({socket.gethostname()})", "utf-8")
        yield
    finally:
        # While it is held: a process that opened it before finds that it is gone, and makes its own.
        with contextlib.suppress(OSError):
            file.unlink()
        lock.release()


def _holder(file: Path) -> str:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return file.read_text("utf-8")[:200] or "–"
    return "–"


def _sweep(place: Path) -> None:
    """Remove what a process that died left beside a place, which is reserved; a former output comes back first."""
    for former in _left(place, "former"):
        if not os.path.lexists(place):
            former.rename(place)
        elif own_manifest(place) is not None:
            shutil.rmtree(former, ignore_errors=True)
    for half in _left(place, "writing"):
        if half.is_dir() and not half.is_symlink():
            shutil.rmtree(half, ignore_errors=True)
        else:
            half.unlink(missing_ok=True)


def _sweep_at_end(place: Path) -> None:
    with contextlib.suppress(OSError):
        _sweep(place)


@contextlib.contextmanager
def atomic_file(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside ``path``; put it in its place when the block ends well.

    The suffix is kept, since drivers look at it. On an error the temporary file is removed and an
    existing file at ``path`` stays as it was. One that this product did not write stays, too, unless
    it has the same bytes or `gis.writing.permitted` says otherwise.

    Raises
    ------
    PlaceError
        If something is there that may not be replaced, or another process writes there.
    OutputError
        If the disk is full or the folder can't be written.
    """
    path = Path(path)
    place = real_place(path)
    with _as_output_error(path), reserved(path):
        temporary = _aside(place, "writing")
        try:
            yield temporary
            if _is_aside(place):
                temporary.replace(place)
                return
            seal(temporary, path.suffix.lower())
            sync_file(temporary)
            require_place(path, is_folder=False)
            if not is_replaceable(path):
                if same_bytes(temporary, path):
                    return
                raise PlaceError("output_not_own", path=path, free=free_name(path))
            temporary.replace(place)
            sync_folder(place.parent)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path: Path | str, *, kind: str, manifest: str = MANIFEST) -> Iterator[Path]:
    """Give a temporary folder beside ``path``; sign it and put it in the place of ``path`` when all went well.

    A former folder is moved aside first and comes back if the exchange fails. It must hold nothing
    but what its own manifest lists, as it was written.

    Parameters
    ----------
    path
        The folder.
    kind
        Of the result, such as ``run``: only a folder of the same kind is replaced.
    manifest
        The file that carries the list, completed if the block writes it.

    Raises
    ------
    PlaceError
        If something is there that may not be replaced, or another process writes there.
    OutputError
        If the disk is full or the folder can't be written.
    """
    path = Path(path)
    place = real_place(path)
    with _as_output_error(path), reserved(path, is_folder=True), _written_aside(place) as temporary:
        require_folder(path, kind)
        yield temporary
        sign_folder(temporary, kind, manifest)
        if not _is_aside(place):
            sync_tree(temporary)
            require_folder(path, kind)
        _exchange(temporary, place)


def remove_folder(path: Path | str, kind: str) -> None:
    """Remove a former folder of a kind; one that holds anything else, was changed, or is in use stays."""
    path = Path(path)
    with contextlib.suppress(OSError), reserved(path, is_folder=True):
        require_folder(path, kind)
        if own_manifest(path) is not None:
            shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _written_aside(place: Path) -> Iterator[Path]:
    temporary = _aside(place, "writing")
    token = _ASIDE.set((*_ASIDE.get(), temporary))
    try:
        temporary.mkdir()
        yield temporary
    finally:
        _ASIDE.reset(token)
        if temporary.exists():
            shutil.rmtree(temporary, ignore_errors=True)


def _exchange(new: Path, place: Path) -> None:
    former = None
    if os.path.lexists(place):
        former = _aside(place, "former")
        place.rename(former)
    try:
        new.rename(place)
    except BaseException:
        if former is not None:
            former.rename(place)
        raise
    sync_folder(place.parent)
    if former is not None:
        shutil.rmtree(former, ignore_errors=True)


@contextlib.contextmanager
def merged_folder(path: Path | str, *, kind: str, names: Sequence[str] = ()) -> Iterator[Path]:
    """Give a temporary folder beside ``path``; move its files into ``path`` when all went well.

    For folders that people put their own files into, such as a sample and the results of its run: files of others
    stay, whatever they are. A file is replaced only if the folder's manifest lists it and it is as it was written.

    Parameters
    ----------
    path, kind
        As in `atomic_folder`; the kind is written, not asked for.
    names
        Files that will be written, as far as they are known before.

    Raises
    ------
    PlaceError, OutputError
        As `atomic_folder`.
    """
    path = Path(path)
    place = real_place(path)
    if place in _ASIDE.get():  # a part of a folder that is being written anyway, and signed as a whole
        yield place
        return
    with _as_output_error(path), reserved(path, is_folder=True), _written_aside(place) as temporary:
        require_listed(path, names)
        yield temporary
        sign_folder(temporary, kind)
        made = sorted(file.relative_to(temporary) for file in temporary.rglob("*") if file.is_file())
        require_listed(path, [name.as_posix() for name in made])
        if not _is_aside(place):
            sync_tree(temporary)
        place.mkdir(exist_ok=True)
        final = merge_manifest(place, temporary, is_between=False)
        _put_manifest(place, temporary, merge_manifest(place, temporary, is_between=True))
        for name in made:
            if name.as_posix() != MANIFEST:
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                (temporary / name).replace(place / name)
        _put_manifest(place, temporary, final)
        sync_folder(place)


def _put_manifest(place: Path, temporary: Path, content: dict[str, object]) -> None:
    file = temporary / "manifest.new"
    write_json(file, content)
    sync_file(file)
    file.replace(place / MANIFEST)


def require_listed(path: Path | str, names: Sequence[str]) -> None:
    """Refuse a folder in which files of these names are not as this program wrote them (see `merged_folder`).

    Raises
    ------
    PlaceError
        Also as `gis.writing.require_folder`.
    """
    path = Path(path)
    place = real_place(path)
    require_place(path, is_folder=True)
    there = [name for name in dict.fromkeys([*names, MANIFEST]) if os.path.lexists(place / name)]
    known = own_manifest(place) is not None
    strange = [name for name in there if not (known if name == MANIFEST else listed_unchanged(place, name))]
    if strange:
        raise PlaceError("output_not_listed", path=path, count=len(strange), names=strange, free=free_name(path))
