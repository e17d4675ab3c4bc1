"""Attribute tables without shapes (CSV, XLSX): text stays text, ``NA`` stays ``NA``, nothing is guessed."""

from __future__ import annotations

import csv
import io
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from gis.errors import InputError
from gis.gate import Limits, admit
from gis.readers.encodings import EncodingEvidence, csv_encoding
from gis.readers.vector_files import choose_layer, remarks_of_gdal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["TABLE_SUFFIXES", "read_attributes"]

TABLE_SUFFIXES: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx"})
SEPARATORS: Final = (",", "\t", ";")
#: A parcel's boundary written as text in a cell passes the usual limit of the csv module.
LONGEST_CELL: Final = Limits().text_characters
#: As many rows as a sheet can have.
SHEET_ROWS: Final = 1 << 20


def read_attributes(
    path: Path | str, *, sheet: str | None = None, encoding: str | None = None, limits: Limits | None = None
) -> tuple[pd.DataFrame, EncodingEvidence]:
    """Read a CSV or XLSX table without interpreting it.

    Every cell of a CSV is text; an empty one is missing. Cells of a workbook keep their kind
    (number, date, text), and a column of numbers alone is numeric. The first row holds the names.

    Parameters
    ----------
    path
        The file.
    sheet
        Sheet of a workbook; needed where it has several.
    encoding
        Declared encoding of a CSV.
    limits
        See `gis.gate.Limits`.

    Raises
    ------
    InputError
        If the gate refuses the file; if the sheet, the encoding or the header can't be used; if rows are longer than
        the header; if cells hold formulas never calculated, or errors; or if there is no row.
    """
    limits = limits or Limits()
    path = admit(path, limits=limits).path
    if path.suffix.lower() == ".xlsx":
        frame, sheet = _read_sheet(path, sheet, limits)
        evidence = EncodingEvidence("utf-8", "format", ".xlsx")
    else:
        evidence = csv_encoding(path, declared=encoding)
        frame = _read_csv(path, evidence.encoding, limits)
    if not len(frame):
        raise InputError("layer_empty", path=path, layer=sheet or path.stem)
    return frame, evidence


def separator_of(first_line: str, path: Path) -> str:
    if path.suffix.lower() == ".tsv":
        return "\t"
    counts = {separator: first_line.count(separator) for separator in SEPARATORS}
    return "," if counts[","] else max(SEPARATORS, key=lambda separator: counts[separator])


def _read_csv(path: Path, encoding: str, limits: Limits) -> pd.DataFrame:
    try:
        text = path.read_bytes().decode(encoding)
    except OSError as error:
        raise InputError("file_unreadable", path=path, why=error.strerror or str(error)) from None
    former = csv.field_size_limit(limits.text_characters)
    try:
        lines = csv.reader(
            io.StringIO(text, newline=""), delimiter=separator_of(text.split("\n", 1)[0], path), strict=True
        )
        rows = [row for row in lines if row]
    except csv.Error as error:
        raise InputError("file_corrupt", path=path, format="CSV", why=str(error)) from None
    finally:
        csv.field_size_limit(former)
    if not rows:
        return pd.DataFrame()
    header, body = rows[0], rows[1:]
    limits.require("rows", len(body), path=path)
    limits.require("columns", len(header), path=path)
    ragged = [number for number, row in enumerate(body, 1) if len(row) != len(header)]
    if ragged:
        raise InputError("table_rows_ragged", path=path, rows=ragged, count=len(ragged), columns=len(header))
    _require_header(header, body, path)
    columns = list(zip(*body, strict=True)) or [()] * len(header)
    return pd.DataFrame(
        {
            name: pd.Series([cell or None for cell in column], dtype="str")
            for name, column in zip(header, columns, strict=True)
            if name
        }
    )


def _require_header(header: Sequence[str], body: Iterable[Sequence[Any]], path: Path) -> None:
    """Refuse two columns of one name, and values below an empty name."""
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    nameless = [number for number, name in enumerate(header) if not name]
    filled = {number + 1 for row in body for number in nameless if row[number] not in {None, ""}}
    if doubled or filled:
        raise InputError("table_header_broken", path=path, doubled=doubled, nameless=sorted(filled))


def _read_sheet(path: Path, sheet: str | None, limits: Limits) -> tuple[pd.DataFrame, str]:
    with _workbook(path, data_only=True) as book:
        name = choose_layer(path, book.sheetnames, sheet)
        rows = _cells(book[name], path, limits)
    if not rows:
        return pd.DataFrame(), name
    limits.require("columns", len(rows[0]), path=path)
    _require_calculated(path, name, rows, limits)
    header = ["" if cell is None else str(cell).strip() for cell in rows[0]]
    _require_header(header, rows[1:], path)
    columns = list(zip(*rows[1:], strict=True)) or [()] * len(header)
    data = {head: _sheet_column(column) for head, column in zip(header, columns, strict=True) if head}
    return pd.DataFrame(data), name


@contextmanager
def _workbook(path: Path, *, data_only: bool) -> Iterator[Any]:
    """Open a workbook; whatever its library stumbles over while it is read is an error of the file."""
    import openpyxl

    book: Any = None
    try:
        with remarks_of_gdal([]):
            book = openpyxl.load_workbook(path, read_only=True, data_only=data_only)
        yield book
    except InputError:
        raise
    except Exception as error:  # openpyxl lets out whatever its parsing meets
        why = str(error) or type(error).__name__
        raise InputError("file_corrupt", path=path, format="XLSX", why=why) from None
    finally:
        if book is not None:
            book.close()


def _cells(sheet: Any, path: Path, limits: Limits) -> list[tuple[Any, ...]]:
    """Return the cells as a full rectangle; empty rows and cells at the end are left off.

    Raises
    ------
    InputError
        If the rectangle is larger than the limit: one cell far out makes it so.
    """
    if not hasattr(sheet, "reset_dimensions"):
        raise InputError("file_corrupt", path=path, format="XLSX", why=f"{sheet.title} is no sheet of cells")
    sheet.reset_dimensions()
    rows: list[tuple[Any, ...]] = []
    width = last = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if number > SHEET_ROWS:
            limits.require("cells", number * max(len(row), 1) + limits.cells, path=path)
        cells = [None if cell == "" else cell for cell in row]
        while cells and cells[-1] is None:
            cells.pop()
        rows.append(tuple(cells))
        width, last = max(width, len(cells)), number if cells else last
        limits.require("cells", width * last, path=path)
    longest = max((len(cell) for row in rows for cell in row if isinstance(cell, str)), default=0)
    limits.require("text_characters", longest, path=path)
    return [row + (None,) * (width - len(row)) for row in rows[:last]]


def _address(row: int, column: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"{get_column_letter(column)}{row}"


def _require_calculated(path: Path, name: str, rows: Sequence[Sequence[Any]], limits: Limits) -> None:
    """Refuse errors such as ``#N/A``, and formulas that no program has calculated: they read as empty."""
    from openpyxl.cell.cell import ERROR_CODES

    errors = [
        _address(number, place)
        for number, row in enumerate(rows, 1)
        for place, cell in enumerate(row, 1)
        if isinstance(cell, str) and cell in ERROR_CODES
    ]
    if errors:
        raise InputError("cells_in_error", path=path, sheet=name, cells=errors, count=len(errors))
    if not _has_formulas(path):
        return
    with _workbook(path, data_only=False) as book:
        formulas = _cells(book[name], path, limits)
    empty = [
        _address(number, place)
        for number, row in enumerate(rows, 1)
        for place, cell in enumerate(row, 1)
        if cell is None and _is_formula(formulas, number - 1, place - 1)
    ]
    if empty:
        raise InputError("cells_not_calculated", path=path, sheet=name, cells=empty, count=len(empty))


def _is_formula(formulas: Sequence[Sequence[Any]], row: int, column: int) -> bool:
    cell = formulas[row][column] if row < len(formulas) and column < len(formulas[row]) else None
    return isinstance(cell, str) and cell.startswith("=")


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as parts:
        sheets = [part for part in parts.namelist() if part.startswith("xl/worksheets/") and part.endswith(".xml")]
        return any(tag in parts.read(part) for part in sheets for tag in (b"<f>", b"<f "))


def _sheet_column(cells: Sequence[Any]) -> pd.Series[Any]:
    """Return a column as text or numbers where all cells are, else cell by cell as they are."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {str}:
        return pd.Series(cells, dtype="str")
    if kinds == {int} and all(cell is None or abs(cell) < 2**63 for cell in cells):
        return pd.Series(cells, dtype="Int64")
    if kinds <= {int, float}:
        return pd.Series([float("nan") if cell is None else float(cell) for cell in cells], dtype="float64")
    return pd.Series(cells, dtype="object")
