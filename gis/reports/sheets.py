"""A workbook with its formats, and the sheets that hold one long table each."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import xlsxwriter

from gis.areas import number_format
from gis.errors import GisError
from gis.reports.bulk_sheet import BulkSheet, Column, clean_text

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SHEET_ROWS", "Book"]

#: Rows of a sheet (Excel), one of them the head.
SHEET_ROWS = 1_048_576
NUMBER_FORMATS = {
    "text": "@",
    "area": number_format("m2"),
    "ratio": number_format("percent"),
    "index": number_format("index"),
    "number": "#,##0.00##",
    "count": "#,##0",
    "date": "yyyy-mm-dd",
    "exact": "#,##0.000000",
}
LONGEST_NAME = 31
#: As far right as no table goes.
LAST_COLUMN = "AZ"


class Book:
    """The workbook that is being written.

    Parameters
    ----------
    path
        Where to.
    created
        The date the file claims to be made on: the as-of date, so that the same run gives the same bytes.
    title
        For the file's properties.
    """

    def __init__(self, path: Path, *, created: dt.date, title: str) -> None:
        self.book = xlsxwriter.Workbook(
            str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        midnight = dt.datetime(created.year, created.month, created.day)  # noqa: DTZ001 - properties have no zone
        self.book.set_properties({"title": clean_text(title), "created": midnight, "author": "ZoneGIS", "comments": ""})
        self.head = self._format(
            bold=True, bg_color="#1F4E79", font_color="#FFFFFF", text_wrap=True, valign="vcenter", border=1
        )
        self.plain = self._format(num_format="@", valign="top")
        self.wrapped = self._format(num_format="@", valign="top", text_wrap=True)
        self.strong = self._format(num_format="@", valign="top", text_wrap=True, bold=True)
        self.title = self._format(num_format="@", bold=True, font_size=16)
        self.alarm = self._format(
            num_format="@", bold=True, text_wrap=True, valign="top", bg_color="#FCE4D6", font_color="#8A2F00"
        )
        self.check = self._format(valign="top")
        self.wrong = self._format(bold=True, bg_color="#8A2F00", font_color="#FFFFFF")
        self.numbers = {kind: self._format(num_format=code, valign="top") for kind, code in NUMBER_FORMATS.items()}
        self.sheets: list[tuple[str, str, int]] = []
        self._bulk: list[tuple[str, BulkSheet, int]] = []

    def _format(self, **properties: Any) -> Any:
        return self.book.add_format({"font_size": 10, **properties})

    def add_sheet(self, name: str, about: str, *, rows: int = 0) -> BulkSheet:
        """Add a sheet; ``about`` and ``rows`` are for the list of sheets."""
        sheet = self.book.add_worksheet(name, worksheet_class=BulkSheet)
        sheet.set_default_row(15)
        self.sheets.append((name, about, rows))
        return sheet  # type: ignore[no-any-return]

    def write_head(self, sheet: Any, columns: list[tuple[str, int]], *, freeze_columns: int = 1) -> None:
        """Write the head row, and set widths and panes."""
        for number, (label, width) in enumerate(columns):
            sheet.set_column(number, number, width)
            sheet.write_string(0, number, clean_text(label), self.head)
        sheet.set_row(0, 32)
        sheet.freeze_panes(1, freeze_columns)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)

    def add_table(
        self, name: str, about: str, columns: list[Column], *, freeze_columns: int = 1
    ) -> list[tuple[str, int]]:
        """Add a table; one with more rows than a sheet has goes on in further sheets.

        Returns
        -------
        The names of its sheets, with the rows of each.
        """
        count = len(columns[0].cells)
        room = SHEET_ROWS - 1
        made = []
        for number, start in enumerate(range(0, max(count, 1), room), start=1):
            part = [column.part(start, start + room) for column in columns]
            rows = len(part[0].cells)
            own = name if number == 1 else f"{name[: LONGEST_NAME - 5]} ({number})"
            sheet = self.add_sheet(own, about, rows=rows)
            self.write_head(sheet, [(column.label, column.width) for column in part], freeze_columns=freeze_columns)
            sheet.add_table_rows(1, part, [self.numbers[column.kind] for column in part])
            sheet.autofilter(0, 0, max(rows, 1), len(part) - 1)
            # Ids are text on purpose; a spreadsheet need not mark each as a number stored as text.
            sheet.ignore_errors({"number_stored_as_text": f"A2:{LAST_COLUMN}{max(rows, 1) + 1}"})
            self._bulk.append((own, sheet, rows))
            made.append((own, rows))
        return made

    def close(self) -> None:
        """Write the file.

        Raises
        ------
        GisError
            If rows of a long table did not reach it.
        OSError
            If the file can't be written.
        """
        try:
            self.book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            # xlsxwriter wraps the reason: a full disk, or a folder without permission.
            raise error.args[0] if error.args and isinstance(error.args[0], OSError) else OSError(str(error)) from error
        for name, sheet, rows in self._bulk:
            if sheet.rows_written != rows:
                facts = {"sheet": name, "found": sheet.rows_written, "expected": rows}
                raise GisError("workbook_rows_lost", version=xlsxwriter.__version__, **facts)
