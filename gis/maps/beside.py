"""What lies beside a page that is too large for one file: a folder of scripts, named after the page and its data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gis.writing import atomic_folder, remove_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gis.maps.figure import PackedBlock

__all__ = ["ONE_FILE_LIMIT", "remove_former", "write_beside"]

#: Parcels that go into one file by default: a million are 60 to 80 MB, which mail and browsers still bear.
ONE_FILE_LIMIT = 1_000_000
KIND = "map-data"


def write_beside(page: Path, block: PackedBlock) -> Path:
    """Write the scripts of a block into their folder beside a page, whole or not at all, and return it.

    Raises
    ------
    OutputError
        If the disk is full or the folder can't be written.
    """
    folder = page.parent / block.folder(page.stem)
    with atomic_folder(folder, kind=KIND) as temporary:
        for name, script in block.files().items():
            (temporary / name).write_bytes(script.encode("ascii"))
    return folder


def remove_former(page: Path, kept: Sequence[Path]) -> None:
    """Remove folders of former data of the same page: those of its name that hold what was written, and no more."""
    own = re.compile(re.escape(page.stem) + r"-data-[0-9a-f]{12}")
    for folder in sorted(page.parent.iterdir()):
        if folder not in kept and own.fullmatch(folder.name):
            remove_folder(folder, KIND)
