"""The first sheet: what the workbook is, what must not be overlooked, and what each sheet holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gis.provenance import VERSION
from gis.reports.bulk_sheet import clean_text
from gis.reports.face import face_callouts, face_facts
from gis.reports.figures_sheet import CHECK_COLUMN
from gis.reports.summary import SYMBOLS
from gis.reports.words import Voice, words

if TYPE_CHECKING:
    from gis.reports.content import ReportContent
    from gis.reports.sheets import Book

__all__ = ["ReadmeSheet"]


class ReadmeSheet:
    """The first sheet; filled last, when it is known which sheets there are."""

    def __init__(self, book: Book, voice: Voice) -> None:
        self._book = book
        self._voice = voice
        self._sheet = book.add_sheet(voice.say("sheet_readme"), voice.say("about_readme"))
        self._sheet.set_column(0, 0, 24)
        self._sheet.set_column(1, 1, 96)
        self._sheet.set_column(2, 2, 12)
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)
        self._row = 0

    def fill(self, content: ReportContent) -> None:
        """Write the sheet."""
        book, voice, say = self._book, self._voice, self._voice.say
        self._line(words(content.title, voice.lang), "", book.title)
        for box in face_callouts(content, voice):
            style = book.alarm if box.tone == "alarm" else book.strong
            self._line(box.title if not box.lines else f"{box.title}\n" + "\n".join(box.lines), None, style)
        self._row += 1
        for name, value in face_facts(content, voice):
            self._pair(name, value)
        self._checked()
        self._row += 1
        self._line(say("how_to_read"), "", book.strong)
        for key in ("read_figures", "read_rows", "read_units", "read_text", "read_csv"):
            self._line(say(key), None, book.wrapped)
        notes = [words(note, voice.lang) for balance in content.balances.values() for note in balance.notes]
        for note in dict.fromkeys([*notes, *(words(note, voice.lang) for note in content.notes)]):
            self._line(note, None, book.wrapped)
        self._row += 1
        self._sheets()
        self._line(say("made_by", version=VERSION), None, book.wrapped)

    def _checked(self) -> None:
        """Write how many figures disagree with their rows: a formula that a reader can follow."""
        figures, count = self._voice.say("sheet_figures"), f"{SYMBOLS['not_met']}*"
        formula = f"=COUNTIF('{figures}'!{CHECK_COLUMN}:{CHECK_COLUMN},\"{count}\")"
        self._sheet.write_string(self._row, 0, clean_text(self._voice.say("disagreements")), self._book.strong)
        self._sheet.write_formula(self._row, 1, formula, self._book.check, 0)
        self._row += 1

    def _sheets(self) -> None:
        for column, key in enumerate(("sheet", "holds", "rows")):
            self._sheet.write_string(self._row, column, self._voice.say(key), self._book.head)
        self._row += 1
        for name, about, rows in self._book.sheets:
            self._sheet.write_url(self._row, 0, f"internal:'{name}'!A1", self._book.plain, name)
            self._sheet.write_string(self._row, 1, clean_text(about), self._book.wrapped)
            if rows:
                self._sheet.write_number(self._row, 2, rows, self._book.numbers["count"])
            self._row += 1

    def _pair(self, name: str, value: str) -> None:
        self._sheet.write_string(self._row, 0, clean_text(name), self._book.strong)
        self._sheet.write_string(self._row, 1, clean_text(value), self._book.wrapped)
        self._row += 1

    def _line(self, text: str, value: str | None, style: Any) -> None:
        """Write a text over both columns, or beside a value."""
        text = clean_text(text)
        if value is None:
            self._sheet.merge_range(self._row, 0, self._row, 1, "", style)
            self._sheet.write_string(self._row, 0, text, style)
            # A merged cell doesn't grow with its text.
            lines = sum(1 + len(line) // 62 for line in text.split("\n"))
            self._sheet.set_row(self._row, 15 * lines + 3)
        else:
            self._sheet.write_string(self._row, 0, text, style)
        self._row += 1
