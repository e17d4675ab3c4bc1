"""Long tables in a workbook: rows are streamed as text, a chunk at a time.

Cell by cell, xlsxwriter writes some 100,000 cells a second; a run of 20,000 parcels has millions.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Literal
from xml.sax.saxutils import escape

import pandas as pd
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["BulkSheet", "Column", "clean_text"]

ColumnKind = Literal["text", "area", "ratio", "index", "number", "count", "date", "exact"]
#: A cell holds no more (Excel).
LONGEST_TEXT = 32_767
CHUNK_ROWS = 4096
DAY_ZERO = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a serial day of a workbook has no zone
#: What XML can't carry, and what a workbook would take for an escape of it.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f]")
ESCAPED = re.compile(r"_(x[0-9a-fA-F]{4}_)")
INFINITE = (float("inf"), float("-inf"))
#: Most texts have nothing to escape.
NOT_PLAIN = re.compile("[<>&_\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
UNENCODABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")


def clean_text(value: str) -> str:
    """Return a text that a cell can hold: cut at the limit, without halves of characters.

    xlsxwriter takes a text in ``<r>…</r>`` for markup; a space behind it makes it plain.

    Examples
    --------
    >>> clean_text("<r>x</r>")
    '<r>x</r> '
    """
    text = UNENCODABLE.sub("\ufffd", value)
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - 1] + "…"
    return f"{text[: LONGEST_TEXT - 1]} " if text.startswith("<r>") and text.endswith("</r>") else text


@dataclasses.dataclass(frozen=True)
class Column:
    """A column: its head, what its values are, and the cells (None or NaN: an empty cell)."""

    label: str
    kind: ColumnKind
    cells: Sequence[Any]
    width: int = 14

    def part(self, start: int, stop: int) -> Column:
        """Return the column with some of its values."""
        return dataclasses.replace(self, cells=self.cells[start:stop])


def _text_xml(value: Any) -> str:
    if not isinstance(value, str) or not value:
        return ""
    if len(value) > LONGEST_TEXT or NOT_PLAIN.search(value):
        text = ESCAPED.sub(r"_x005F_\1", UNENCODABLE.sub("\ufffd", value)[:LONGEST_TEXT])
        value = CONTROL.sub(lambda match: f"_x{ord(match[0]):04X}_", escape(text))
    space = ' xml:space="preserve"' if value[0].isspace() or value[-1].isspace() or "\n" in value else ""
    return f'" t="inlineStr"><is><t{space}>{value}</t></is></c>'


def _number_xml(value: Any) -> str:
    # Called for every number of a workbook: NaN is the one number that differs from itself.
    if value is None or value != value or value in INFINITE:  # noqa: PLR0124
        return ""
    return f'"><v>{value!r}</v></c>'


def _date_xml(value: Any) -> str:
    return "" if pd.isna(value) else f'"><v>{(pd.Timestamp(value).to_pydatetime() - DAY_ZERO).days}</v></c>'


def _cell_tails(column: Column, known: dict[Any, str]) -> list[str]:
    """Return what follows the address and style of each cell; "" where there is no cell."""
    if column.kind not in {"text", "date"}:
        return [_number_xml(value) for value in column.cells]
    make = _text_xml if column.kind == "text" else _date_xml
    tails = []
    for value in column.cells:
        tail = known.get(value)
        if tail is None:
            tail = known[value] = make(value)
        tails.append(tail)
    return tails


class BulkSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter has no types
    """A worksheet whose long table is written behind the cells set one by one."""

    def __init__(self) -> None:
        super().__init__()
        self._table: tuple[int, list[Column], list[Any]] | None = None
        self.rows_written = 0

    def add_table_rows(self, first_row: int, columns: list[Column], styles: list[Any]) -> None:
        """Set the long table.

        Parameters
        ----------
        first_row
            Row of its first line, from 0; nothing else may be written from there on.
        columns
            All of the same length.
        styles
            The format of each column.
        """
        count = len(columns[0].cells)
        if not count:
            return
        self._table = (first_row, columns, styles)
        self._check_dimensions(first_row, 0)
        self._check_dimensions(first_row + count - 1, len(columns) - 1)

    def _write_rows(self) -> None:
        super()._write_rows()
        if self._table is None:
            return
        first_row, columns, styles = self._table
        heads = [f'<c r="{xl_col_to_name(number)}' for number in range(len(columns))]
        ends = [f'" s="{style._get_xf_index()}' for style in styles]  # noqa: SLF001 - as the cells of xlsxwriter do
        known: list[dict[Any, str]] = [{} for _ in columns]
        count = len(columns[0].cells)
        for start in range(0, count, CHUNK_ROWS):
            parts = [column.part(start, start + CHUNK_ROWS) for column in columns]
            tails = [_cell_tails(part, texts) for part, texts in zip(parts, known, strict=True)]
            self.fh.write("".join(_rows_xml(first_row + 1 + start, heads, ends, tails)))
        self.rows_written = count
        self._table = None


def _rows_xml(first: int, heads: list[str], ends: list[str], tails: list[list[str]]) -> Iterator[str]:
    cells = [
        [f"{head}{row}{end}{tail}" if tail else "" for row, tail in enumerate(column, start=first)]
        for head, end, column in zip(heads, ends, tails, strict=True)
    ]
    for row, line in enumerate(zip(*cells, strict=True), start=first):
        yield f'<row r="{row}">{"".join(line)}</row>'
