"""The workbook: every figure with its rows, as live sums that the reader's spreadsheet computes again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from gis.reports.content import ReportContent
from gis.reports.words import Lang, words
from gis.schema import text, texts_of
from gis.writing import atomic_file

__all__ = ["write_workbook"]

#: A fixed date of creation: the same run gives the same bytes.
CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - Excel dates have no zone
SHEET_ROWS = 1_048_575


def write_workbook(path: Path | str, content: ReportContent, *, lang: Lang = "zh") -> None:
    """Write the workbook of a run.

    Sheets: what the run is, figures (each with a ``SUMIFS`` over its rows and the difference), the
    rows of the figures, zones and parcels of each balance, findings, issues, rules and inputs. Text
    from files is written as text cells, never as a formula or a link.

    Parameters
    ----------
    path
        The ``.xlsx``; replaced only when everything was written.
    content
        What the run found.
    lang
        Language of sheet names and headings.
    """
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with atomic_file(path) as temporary:
        book = xlsxwriter.Workbook(str(temporary), options)
        book.set_properties({"created": CREATED, "title": content.title})
        writer = _Writer(book, lang)
        writer.facts("readme", _readme(content, lang))
        writer.figures(content)
        for name, balance in content.balances.items():
            writer.table(f"{name}_zones", balance.zones.drop(columns="source", errors="ignore"))
            writer.table(f"{name}_parcels", balance.parcels)
        findings = [balance.findings for balance in content.balances.values() if len(balance.findings)]
        if findings:
            writer.table("findings", pd.concat(findings, ignore_index=True))
        writer.table("issues", content.issues.to_frame(lang))
        writer.table("rules", pd.DataFrame(list(content.rules)))
        writer.table("inputs", pd.DataFrame(list(content.inputs)))
        book.close()


def _readme(content: ReportContent, lang: Lang) -> Iterator[tuple[str, Any]]:
    yield text("workbook.title", lang), content.title
    yield text("workbook.as_of", lang), content.as_of.isoformat()
    yield text("workbook.place", lang), words(content.place_name, lang)
    yield text("workbook.basis", lang), content.area_basis
    yield text("workbook.quality", lang), text(f"workbook.quality_{content.boundary_quality}", lang)
    if content.policy:
        yield text("workbook.policy", lang), f"{content.policy[f'title_{lang}']} {content.policy['number']}"
    yield text("workbook.unverified", lang), ", ".join(rule["name"] for rule in content.unverified_rules)
    yield text("workbook.hypothetical", lang), ", ".join(rule["name"] for rule in content.hypothetical_rules)
    for code, reason in content.accepted.items():
        yield text("workbook.accepted", lang), f"{code}: {reason}"
    for balance in content.balances.values():
        for note in balance.notes:
            yield text("workbook.note", lang), words(note, lang)


class _Writer:
    """Puts tables on sheets."""

    def __init__(self, book: Any, lang: Lang) -> None:
        self.book = book
        self.lang = lang
        self.head = book.add_format(
            {"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "top"}
        )
        self.number = book.add_format({"num_format": "#,##0.00####"})

    def _sheet(self, name: str) -> Any:
        known = name in texts_of("workbook")
        return self.book.add_worksheet((text(f"workbook.{name}", self.lang) if known else name)[:31])

    def facts(self, name: str, pairs: Iterator[tuple[str, Any]]) -> None:
        sheet = self._sheet(name)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 90)
        for row, (key, value) in enumerate(pairs):
            sheet.write_string(row, 0, key, self.head)
            sheet.write_string(row, 1, str(value))

    def table(self, name: str, frame: pd.DataFrame) -> None:
        for number, start in enumerate(range(0, max(len(frame), 1), SHEET_ROWS)):
            sheet = self._sheet(name if number == 0 else f"{name} {number + 1}")
            self._fill(sheet, frame.iloc[start : start + SHEET_ROWS])

    def _fill(self, sheet: Any, frame: pd.DataFrame) -> None:
        for column, name in enumerate(frame.columns):
            sheet.write_string(0, column, str(name), self.head)
            self._column(sheet, column, frame[name])
        sheet.freeze_panes(1, 1)
        if len(frame.columns):
            sheet.autofilter(0, 0, max(len(frame), 1), len(frame.columns) - 1)
            sheet.set_column(0, len(frame.columns) - 1, 18)

    def _column(self, sheet: Any, column: int, values: pd.Series[Any]) -> None:
        if values.dtype.kind == "M" if hasattr(values.dtype, "kind") else False:
            values = values.dt.strftime("%Y-%m-%d")
        for row, value in enumerate(values, 1):
            if value is None or value is pd.NA or value != value:  # noqa: PLR0124 - NaN
                continue
            if isinstance(value, bool):
                sheet.write_boolean(row, column, value)
            elif isinstance(value, int | float):
                sheet.write_number(row, column, value, self.number)
            elif hasattr(value, "item") and not isinstance(value, str):
                sheet.write(row, column, value.item())
            else:
                sheet.write_string(row, column, str(value))

    def figures(self, content: ReportContent) -> None:
        """Write each figure beside the sum that the spreadsheet makes of its rows."""
        figures = [(name, figure) for name, balance in content.balances.items() for figure in balance.figures]
        rows = [
            figure.rows.assign(key=f"{name}/{figure.zone_id}/{figure.name}")
            for name, figure in figures
            if len(figure.rows)
        ]
        sheet = self._sheet("figures")
        headings = ("key", "analysis", "zone_id", "figure", "value", "unit", "sum_of_rows", "difference")
        for column, name in enumerate(headings):
            sheet.write_string(0, column, name, self.head)
        source = f"'{text('workbook.figure_rows', self.lang)}'"
        for row, (name, figure) in enumerate(figures, 1):
            key = f"{name}/{figure.zone_id}/{figure.name}"
            for column, value in enumerate((key, name, figure.zone_id, figure.name)):
                sheet.write_string(row, column, value)
            if figure.value is not None:
                sheet.write_number(row, 4, figure.value, self.number)
            sheet.write_string(row, 5, figure.unit)
            if figure.unit in {"m2", "count"}:
                formula = f'=SUMIFS({source}!C:C,{source}!H:H,A{row + 1},{source}!A:A,"sum")'
                sheet.write_formula(row, 6, formula, self.number, figure.term("sum"))
                sheet.write_formula(row, 7, f"=E{row + 1}-G{row + 1}", self.number, 0)
            elif figure.unit == "ratio" and {"numerator", "denominator"} <= set(figure.rows["term"]):
                parts = [
                    f'SUMIFS({source}!C:C,{source}!H:H,A{row + 1},{source}!A:A,"{term}")'
                    for term in ("numerator", "denominator")
                ]
                sheet.write_formula(row, 6, f"={parts[0]}/{parts[1]}", self.number, figure.value)
                sheet.write_formula(row, 7, f"=E{row + 1}-G{row + 1}", self.number, 0)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(headings) - 1, 24)
        self.table("figure_rows", pd.concat(rows, ignore_index=True) if rows else pd.DataFrame({"term": []}))
