"""The manifest of a folder: by it a folder of this product is known, and whether it holds nothing else."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

__all__ = [
    "MANIFEST", "digest", "listed_unchanged", "merge_manifest", "obstacles", "own_manifest", "sign_folder",
    "write_json",
]  # fmt: skip

#: Names that a manifest goes by; the first is used unless a folder has a record of its own to carry it.
MANIFEST: Final = "manifest.json"
NAMES: Final = (MANIFEST, "scenario.json", "index.json")
#: The key by which a manifest is known, and its version.
KEY, FORMAT = "zonegis", 1
BLOCK_BYTES: Final = 1 << 20


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            found.update(block)
    return found.hexdigest()


def own_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder of this product; None for any other folder."""
    for name in NAMES:
        path = folder / name
        if path.is_symlink() or not path.is_file():
            continue
        try:
            content = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        head = content.get(KEY) if isinstance(content, dict) else None
        if isinstance(head, dict) and head.get("manifest") == FORMAT and isinstance(content.get("files"), list):
            return {**content, "manifest_name": name}
    return None


def obstacles(folder: Path, kind: str) -> tuple[list[str], list[str]]:
    """Return what keeps a folder from being replaced.

    Parameters
    ----------
    folder
        A folder that is there.
    kind
        What is to be written: a folder of another kind is somebody's result.

    Returns
    -------
    Names that its manifest does not list (all, where it has none of this product), and names of listed files
    that are not any more as they were written.
    """
    manifest = own_manifest(folder)
    if manifest is None or manifest[KEY].get("kind") != kind:
        return sorted(path.name for path in folder.iterdir()), []
    known = _entries(manifest)
    folders = {parent for name in known for parent in Path(name).parents}
    strange, changed = [], []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_symlink() or (path.is_dir() and name not in folders):
            strange.append(name.as_posix())
        elif path.is_dir() or name.as_posix() == manifest["manifest_name"]:
            continue
        elif name.as_posix() not in known or not path.is_file():
            strange.append(name.as_posix())
        elif not _is_as_written(path, known[name.as_posix()]):
            changed.append(name.as_posix())
    return strange, changed


def listed_unchanged(folder: Path, name: str) -> bool:
    """Tell whether a file in a folder is listed in the folder's manifest and as it was written."""
    manifest, path = own_manifest(folder), folder / name
    if manifest is None or path.is_symlink() or not path.is_file():
        return False
    entry = _entries(manifest).get(name)
    return entry is not None and _is_as_written(path, entry)


def _entries(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {str(entry.get("path")): entry for entry in manifest["files"] if isinstance(entry, dict)}


def _is_as_written(path: Path, entry: dict[str, Any]) -> bool:
    """Compare size and SHA-256; while a folder is being renewed, a file may be the former one, too."""
    size, states = path.stat().st_size, [entry, entry.get("former")]
    known = [state for state in states if isinstance(state, dict) and state.get("bytes") == size]
    return bool(known) and digest(path) in [state.get("sha256") for state in known]


def _listed(folder: Path, manifest: str) -> list[dict[str, Any]]:
    files = [path for path in folder.rglob("*") if path.is_file() and path != folder / manifest]
    return [
        {"path": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size, "sha256": digest(path)}
        for path in sorted(files, key=lambda path: path.relative_to(folder).as_posix())
    ]


def sign_folder(folder: Path, kind: str, manifest: str = MANIFEST) -> None:
    """Write the manifest of a finished folder, or complete the record that is to carry it.

    The same files give the same bytes: names in order, no time.
    """
    path = folder / manifest
    record = json.loads(path.read_text("utf-8")) if path.exists() else {}
    write_json(path, {KEY: {"manifest": FORMAT, "kind": kind}, **_plain(record), "files": _listed(folder, manifest)})


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in {KEY, "files", "manifest_name"}}


def merge_manifest(folder: Path, made: Path, *, is_between: bool) -> dict[str, Any]:
    """Return the manifest of a folder that gets the files of another one, which is signed.

    Parameters
    ----------
    folder, made
        The folder, and the one whose files it gets; files that are listed in neither are not listed.
    is_between
        While files are moved, a listed file may be the new or the former one: a run that is killed then leaves
        a folder that the next one still knows.
    """
    new = own_manifest(made)
    if new is None:
        raise RuntimeError(f"{made} is not signed")
    former = _entries(own_manifest(folder) or {"files": []})
    entries = {name: entry for name, entry in former.items() if (folder / name).is_file()}
    for name, entry in _entries(new).items():
        before = former.get(name)
        entries[name] = entry | ({"former": before} if is_between and before is not None else {})
    return {KEY: new[KEY], **_plain(new), "files": [entries[name] for name in sorted(entries)]}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON in UTF-8, keys in the order given."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
