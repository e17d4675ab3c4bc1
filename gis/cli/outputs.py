"""What the commands that write share: the option to overwrite, and a look at the places before anything is computed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Overwrite", "written_files", "written_folder"]

Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        help="覆盖非本程序写出的文件（输入除外） / replace a file that is not known as a former output; never an input",
    ),
]


@contextlib.contextmanager
def written_files(
    *targets: Path | None, inputs: Iterable[Path | str | None], overwrite: bool = False
) -> Iterator[None]:
    """Refuse files that can't be replaced, and keep what is read from being written over while the block runs.

    Raises
    ------
    PlaceError
        See `gis.writing.require_file`.
    """
    from gis.writing import permitted, require_file

    with permitted(inputs=inputs, overwrite=overwrite):
        for target in targets:
            if target is not None:
                require_file(target)
        yield


@contextlib.contextmanager
def written_folder(folder: Path | None, kind: str, *, inputs: Iterable[Path | str | None]) -> Iterator[None]:
    """Refuse a folder that can't be replaced, and keep what is read as it is while the block runs.

    Raises
    ------
    PlaceError
        See `gis.writing.require_folder`.
    """
    from gis.writing import permitted, require_folder

    with permitted(inputs=inputs):
        if folder is not None:
            require_folder(folder, kind)
        yield
