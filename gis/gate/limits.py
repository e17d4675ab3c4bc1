"""The declared limits of what is read; a run file may raise them under ``limits:``."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar

from gis.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Limits"]


@dataclasses.dataclass(frozen=True)
class Limits:
    """How much of a file is read at most.

    Attributes
    ----------
    file_bytes
        A file with all that belongs to it.
    rows, columns, cells
        Of a table; the cells are those of a sheet's rectangle, which one cell far out makes large.
    text_characters
        One text in a cell.
    nesting, number_digits
        Brackets within brackets of a JSON, and digits of one of its numbers.
    unpacked_bytes, unpacked_ratio
        Of a workbook or Parquet file when it is unpacked: in all, and against the packed size.
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    file_bytes: int = 8 * 2**30
    rows: int = 20_000_000
    columns: int = 2_000
    cells: int = 20_000_000
    text_characters: int = 2**24
    nesting: int = 64
    number_digits: int = 400
    unpacked_bytes: int = 4 * 2**30
    unpacked_ratio: int = 200

    def __post_init__(self) -> None:
        """Refuse a limit of nothing."""
        wrong = [name for name, value in dataclasses.asdict(self).items() if value < 1]
        if wrong:
            raise ValueError(f"a limit is at least 1: {', '.join(wrong)}")

    def require(self, name: str, count: int, *, path: Path | str) -> None:
        """Refuse more than the limit of this name.

        Raises
        ------
        InputError
            With limit, amount, and how to raise it.

        Examples
        --------
        >>> Limits().require("rows", 30_000_000, path="parcels.gpkg")
        Traceback (most recent call last):
        ...
        gis.errors.InputError: parcels.gpkg: 30000000 rows are more than the limit of 20000000. ...
        """
        limit = getattr(self, name)
        if count > limit:
            raise InputError("limit_passed", path=path, limit=name, count=count, at_most=limit)
