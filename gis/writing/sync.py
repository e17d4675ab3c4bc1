"""What is said to be written is on the disk: contents first, then the names."""

from __future__ import annotations

import contextlib
import filecmp
import os
from pathlib import Path

__all__ = ["same_bytes", "sync_file", "sync_folder", "sync_tree"]


def sync_file(path: Path) -> None:
    """Have the content of a file on the disk."""
    opened = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def sync_folder(path: Path) -> None:
    """Have the names in a folder on the disk, where a system can do so."""
    with contextlib.suppress(OSError):  # a folder can't be opened, or not be synced, on every system
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def sync_tree(folder: Path) -> None:
    """Have a folder with everything in it on the disk."""
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
        else:
            sync_file(path)
    sync_folder(folder)


def same_bytes(one: Path, other: Path) -> bool:
    """Tell whether two files have the same bytes."""
    return filecmp.cmp(one, other, shallow=False)
