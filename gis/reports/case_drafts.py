"""Drafts of the documents of a case as DOCX: what the data fill in place, every other blank left visibly blank."""

from __future__ import annotations

import io
import string
import zipfile
from typing import TYPE_CHECKING, Any, Final

from gis.plain_text import visible
from gis.schema import text, texts_of
from gis.writing import atomic_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gis.reports.case_content import CaseContent, Draft

__all__ = ["blanks_of", "write_draft"]

#: Of every file in the archive, so that the same draft gives the same bytes.
STAMP: Final = (1980, 1, 1, 0, 0, 0)
TABLE: Final = "table"
#: Row of the table of the parcel → the field that fills it.
ROWS: Final = {
    "row_parcel": "parcel", "row_location": "location", "row_area": "area", "row_legal_area": "legal_area",
    "row_contract": "contract", "row_tenure": "tenure", "row_use": "use", "row_supplied": "supplied",
    "row_delivered": "delivered", "row_agreed": "agreed", "row_price": "price",
}  # fmt: skip
FONTS: Final = {"zh": "宋体", "en": "Times New Roman"}
CENTRED, RIGHT = ("title", "number_line"), ("signature", "signed_on")


def _pieces(template: str) -> Iterator[tuple[str, str]]:
    """Yield the words of a template and the field after them; what fills a field is never read as a template."""
    for words, field, _, _ in string.Formatter().parse(template):
        yield words, field or ""


def blanks_of(draft: Draft, content: CaseContent) -> tuple[str, ...]:
    """Return the fields of a draft that the data do not fill, each once, in their order."""
    names = []
    for key in draft.paragraphs:
        fields = ROWS.values() if key == TABLE else [field for _, field in _pieces(_template(key, content))]
        names += [field for field in fields if field and not content.fields.get(field)]
    return tuple(dict.fromkeys(names))


def _template(key: str, content: CaseContent) -> str:
    return texts_of("case_drafts")[key][content.lang]


def write_draft(path: Path | str, draft: Draft, content: CaseContent) -> None:
    """Write one draft.

    Parameters
    ----------
    path
        ``….docx``; the same content gives the same bytes.
    draft
        Its title and texts.
    content
        Its ``fields`` fill the texts; a field without a value is a yellow blank with its name.

    Raises
    ------
    OutputError
        If the file can't be written.
    """
    import docx

    document = docx.Document()
    _set_styles(document, content)
    _mark(document, content)
    title = document.add_paragraph()
    _centre(title)
    run = title.add_run(_template(draft.title, content))
    run.bold, run.font.size = True, _points(16)
    for key in draft.paragraphs:
        if key == TABLE:
            _add_table(document, content)
        else:
            _add_text(document, key, content)
    core = document.core_properties
    core.title, core.author, core.last_modified_by = _template(draft.title, content), "ZoneGIS", "ZoneGIS"
    core.subject, core.comments = _template("mark", content), _template("mark_text", content)
    with atomic_file(path) as temporary:
        temporary.write_bytes(_packed(document))


def _packed(document: Any) -> bytes:
    """Return the file with one time stamp for all of its parts."""
    whole, stamped = io.BytesIO(), io.BytesIO()
    document.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(stamped, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            fresh = zipfile.ZipInfo(entry.filename, STAMP)
            fresh.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fresh, source.read(entry))
    return stamped.getvalue()


def _points(size: float) -> Any:
    from docx.shared import Pt

    return Pt(size)


def _centre(paragraph: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _set_styles(document: Any, content: CaseContent) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Cm

    style = document.styles["Normal"]
    style.font.name, style.font.size = FONTS[content.lang], _points(11)
    # Chinese letters have a font of their own in the format.
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONTS["zh"])
    style.paragraph_format.line_spacing, style.paragraph_format.space_after = 1.2, _points(3)
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.5)
    page.top_margin = page.bottom_margin = Cm(2.0)


def _mark(document: Any, content: CaseContent) -> None:
    """Say on every page and at the beginning that it is a draft."""
    from docx.shared import RGBColor

    keys = ["mark_text", *(["synthetic"] if content.quality == "synthetic" else [])]
    header = document.sections[0].header.paragraphs[0]
    first = document.add_paragraph()
    for paragraph, words, size in (
        (header, " · ".join(_template(key, content) for key in keys), 9),
        (first, _template("mark", content), 18),
    ):
        _centre(paragraph)
        run = paragraph.add_run(words)
        run.bold, run.font.size, run.font.color.rgb = True, _points(size), RGBColor(0xB3, 0x47, 0x00)
    note = document.sections[0].footer.paragraphs[0]
    _centre(note)
    note.add_run(_template("reading", content)).font.size = _points(8)


def _add_table(document: Any, content: CaseContent) -> None:
    from docx.shared import Cm

    table = document.add_table(rows=0, cols=2)
    table.style, table.autofit = "Table Grid", False
    widths = (Cm(5.2), Cm(10.6))
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row, field in ROWS.items():
        cells = table.add_row().cells
        for cell, width in zip(cells, widths, strict=True):
            cell.width = width
            spacing = cell.paragraphs[0].paragraph_format
            spacing.line_spacing, spacing.space_before, spacing.space_after = 1.0, _points(2), _points(2)
        cells[0].paragraphs[0].add_run(_template(row, content)).font.size = _points(10.5)
        _add_field(cells[1].paragraphs[0], field, content, size=10.5)
    document.add_paragraph().paragraph_format.space_after = _points(0)


def _add_text(document: Any, key: str, content: CaseContent) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph = document.add_paragraph()
    is_heading = key.endswith("_heading")
    if is_heading:
        paragraph.paragraph_format.keep_with_next = True
    elif key in CENTRED:
        _centre(paragraph)
    elif key in RIGHT:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    elif key not in {"to", "address_line"}:
        paragraph.paragraph_format.keep_together = True
        paragraph.paragraph_format.first_line_indent = _points(22)
    for words, field in _pieces(_template(key, content)):
        if words:
            paragraph.add_run(words).bold = is_heading
        if field:
            _add_field(paragraph, field, content)


def _add_field(paragraph: Any, field: str, content: CaseContent, *, size: float | None = None) -> None:
    from docx.enum.text import WD_COLOR_INDEX

    value = content.fields.get(field, "")
    if value:
        run = paragraph.add_run(visible(value))
    else:
        label = text(f"case_drafts.blank_{field}", content.lang)
        run = paragraph.add_run(text("case_drafts.blank", content.lang, label=label))
        run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    if size is not None:
        run.font.size = _points(size)
