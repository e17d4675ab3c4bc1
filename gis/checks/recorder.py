"""Turns rows of a table into issues: with ids, source rows and place, in an order of their own.

Rows are put in the order of their source (file, row), never in the order of the frame, so that a
shuffled table gives the same issues.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import listed
from gis.schema import fields_of, id_field

if TYPE_CHECKING:
    import shapely

    from gis.issues import IssueLog

__all__ = ["Recorder", "place_of"]

Positions = Iterable[int] | npt.NDArray[Any]


def place_of(shape: shapely.Geometry | None) -> str:
    """Return a point inside a shape as ``"x y"`` to the centimetre; "" where there is none.

    Examples
    --------
    >>> from shapely import box
    >>> place_of(box(0, 0, 10, 4))
    '5.00 2.00'
    """
    if shape is None or shape.is_empty:
        return ""
    point = shape.representative_point()
    return f"{point.x:.2f} {point.y:.2f}"


class Recorder:
    """Adds issues about the rows of one table.

    Parameters
    ----------
    frame
        A canonical table; ``source_file`` and ``source_row`` may be absent.
    table
        Its name.
    issues
        Takes the issues.
    """

    def __init__(self, frame: pd.DataFrame, table: str, issues: IssueLog) -> None:
        self.frame = frame
        self.table = table
        self.issues = issues
        count = len(frame)
        identity = self.column(id_field(table))
        self.ids = np.array([""] * count, dtype=object)
        if identity is not None:
            self.ids = identity.astype("object").where(identity.notna(), "").map(str).to_numpy()
        files, rows = self.column("source_file"), self.column("source_row")
        self.files = np.array([""] * count) if files is None else files.fillna("").astype("str").to_numpy()
        self.rows = np.zeros(count, dtype=np.int64) if rows is None else rows.fillna(0).astype("int64").to_numpy()

    @functools.cached_property
    def _rank(self) -> npt.NDArray[np.int64]:
        """The place of each row in the order of its source; asked for where there is something to report."""
        count = len(self.frame)
        order = sorted(range(count), key=lambda i: (self.files[i], self.rows[i], self.ids[i]))
        rank = np.empty(count, dtype=np.int64)
        rank[order] = np.arange(count)
        return rank

    def column(self, name: str) -> pd.Series[Any] | None:
        """Return a column, or None where the table lacks it."""
        return self.frame[name] if name in self.frame.columns else None

    def dated(self, name: str) -> pd.Series[Any] | None:
        """Return a column of dates; None where it is absent or holds something else."""
        values = self.column(name)
        return values if values is not None and pd.api.types.is_datetime64_any_dtype(values.dtype) else None

    def numeric(self, name: str) -> pd.Series[Any] | None:
        """Return a column of numbers as float; None where it is absent or holds something else."""
        values = self.column(name)
        if values is None or not pd.api.types.is_numeric_dtype(values.dtype):
            return None
        return values.astype("float64")

    def in_order(self, positions: Positions) -> list[int]:
        """Return positions in the order of their source."""
        return sorted((int(position) for position in positions), key=lambda i: int(self._rank[i]))

    def together(self, code: str, positions: Positions, **facts: Any) -> None:
        """Add one issue a source file for all ``positions``."""
        by_file: dict[str, list[int]] = {}
        for position in self.in_order(positions):
            by_file.setdefault(str(self.files[position]), []).append(position)
        for members in by_file.values():
            self._add(code, members, **facts)

    def one(self, code: str, positions: Positions, **facts: Any) -> None:
        """Add one issue about the features at ``positions``."""
        self._add(code, self.in_order(positions), **facts)

    def table_wide(self, code: str, **facts: Any) -> None:
        """Add one issue about the table, without rows."""
        files = sorted({str(file) for file in self.files} - {""})
        facts.setdefault("who", self.table)
        self.issues.add(code, self.table, file=listed(files), **self._labelled(facts))

    def _add(self, code: str, members: list[int], **facts: Any) -> None:
        ids = [str(self.ids[i]) for i in members if self.ids[i]]
        rows = [int(self.rows[i]) for i in members if self.rows[i]]
        files = sorted({str(self.files[i]) for i in members} - {""})
        facts.setdefault("who", self._who(ids, rows, files))
        facts.setdefault("count", len(members))
        self.issues.add(code, self.table, ids=ids, rows=rows, file=listed(files), **self._labelled(facts))

    def _who(self, ids: list[str], rows: list[int], files: list[str]) -> str:
        """Return what a message calls the rows, such as ``parcels 001 (a.gpkg:3)``."""
        named = f"{self.table} {listed(ids)}" if ids else self.table
        source = f"{listed(files)}:{listed(rows)}" if files and rows else listed(rows) or listed(files)
        return f"{named} ({source})" if source else named

    def _labelled(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Add what people call the fields that a message names."""
        known = fields_of(self.table)
        for fact in [fact for fact in ("field", "other") if facts.get(fact) in known]:
            entry = known[facts[fact]]
            facts[f"{fact}_zh"], facts[f"{fact}_en"] = entry.label_zh, entry.label_en
        return facts
