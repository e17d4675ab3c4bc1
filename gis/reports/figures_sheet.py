"""The sheet of figures: the stated value beside the workbook's own sum of the rows behind it."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from gis.analyses import MIXED_USE_GROUPS
from gis.areas import is_absent
from gis.reports.summary import SYMBOLS, zone_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.analyses import Balance, Figure
    from gis.reports.content import ReportContent
    from gis.reports.row_groups import RowGroups
    from gis.reports.sheets import Book
    from gis.reports.words import Voice

__all__ = ["CHECK_COLUMN", "write_figures"]

HEADS = (
    ("analysis", 13),
    ("zone_id", 12),
    ("figure", 30),
    ("figure_name", 26),
    ("stated", 20),
    ("unit", 12),
    ("numerator", 20),
    ("denominator", 20),
    ("recomputed", 20),
    ("difference", 16),
    ("agreement", 11),
    ("requirement", 16),
    ("verdict", 14),
    ("article", 44),
    ("area_basis", 24),
    ("rows_count", 10),
    ("formula", 70),
)
STATED, NUMERATOR, DENOMINATOR, RECOMPUTED, DIFFERENCE, CHECK = "E", "G", "H", "I", "J", "K"
CHECK_COLUMN = CHECK
#: Half of the last decimal that is shown, in m²; what floats lose, in a ratio.
TOLERANCE = {"m2": 0.005, "count": 0.5, "ratio": 1e-9, "effective_uses": 1e-9}
KINDS = {"m2": "area", "count": "count", "ratio": "ratio", "effective_uses": "index"}
#: The figure that a rule judges.
JUDGED = {"zone_green_ratio": "green.zone_floor_ratio"}
DIVERSITY = ("zone_hill_1", "zone_hill_2", "zone_entropy")


@dataclasses.dataclass(frozen=True)
class _Line:
    """A figure on its row of the sheet."""

    row: int
    balance: Balance
    figure: Figure
    groups: RowGroups

    @property
    def kind(self) -> str:
        """How its numbers are written: entropy is an index, not a share."""
        return "index" if self.figure.name == "zone_entropy" else KINDS[self.figure.unit]


def write_figures(
    book: Book, content: ReportContent, groups: Mapping[str, RowGroups], voice: Voice, *, parts: list[int]
) -> None:
    """Write the sheet of figures.

    Parameters
    ----------
    book
        The workbook.
    content
        What the run found.
    groups
        By balance, from `gis.reports.row_groups.group_rows`.
    voice
        The language.
    parts
        The numbers of the sheets of rows, which have the names ``rows_value_<n>`` and ``rows_group_<n>``.
    """
    lines = [
        (balance, figure, groups[name]) for name, balance in content.balances.items() for figure in balance.figures
    ]
    sheet = book.add_sheet(voice.say("sheet_figures"), voice.say("about_figures"), rows=len(lines))
    book.write_head(sheet, [(voice.say(f"head_{name}"), width) for name, width in HEADS], freeze_columns=4)
    placed = [_Line(row, *line) for row, line in enumerate(lines, start=1)]
    for line in placed:
        _write_words(book, sheet, line, content, voice)
        _write_numbers(book, sheet, line, placed, parts=parts, voice=voice)
    if placed:
        sheet.autofilter(0, 0, len(placed), len(HEADS) - 1)
        wrong = {"type": "text", "criteria": "begins with", "value": SYMBOLS["not_met"], "format": book.wrong}
        sheet.conditional_format(f"{CHECK}2:{CHECK}{len(placed) + 1}", wrong)


def _write_words(book: Book, sheet: Any, line: _Line, content: ReportContent, voice: Voice) -> None:
    from gis.reports.bulk_sheet import clean_text

    figure, balance = line.figure, line.balance
    rule = content.rule(JUDGED.get(figure.name, ""))
    zone = zone_row(balance, figure.zone_id)
    verdict = str(zone["verdict"]) if rule is not None and zone is not None else ""
    clauses = [rule["citation_zh"]] if rule is not None else sorted(figure.rows["clause"].dropna().unique())
    known = voice.named("balance", balance.name)
    words = {
        "A": known,
        "B": figure.zone_id,
        "C": voice.figure(figure.name),
        "D": figure.name,
        "F": voice.say("unit_index")
        if line.kind == "index" and figure.unit == "ratio"
        else voice.say(f"unit_{figure.unit}"),
        "L": voice.requirement(rule) if rule is not None else "",
        "M": f"{SYMBOLS[verdict]} {voice.status(verdict)}" if verdict else "",
        "N": voice.clauses(clauses),
        "O": balance.area_basis,
        "Q": voice.formula(figure.name),
    }
    for column, value in words.items():
        sheet.write_string(f"{column}{line.row + 1}", clean_text(value), book.plain)
    sheet.write_number(f"P{line.row + 1}", len(figure.rows), book.numbers["count"])


def _write_numbers(book: Book, sheet: Any, line: _Line, placed: list[_Line], *, parts: list[int], voice: Voice) -> None:
    row, figure = line.row + 1, line.figure
    style = book.numbers[line.kind]
    if not is_absent(figure.value):
        sheet.write_number(f"{STATED}{row}", figure.value, style)
    key = (figure.zone_id, figure.name)
    if figure.name in DIVERSITY:
        formula, value = _diversity(line, placed)
    elif figure.unit == "ratio":
        terms = {column: (*key, term) for column, term in ((NUMERATOR, "numerator"), (DENOMINATOR, "denominator"))}
        for column, term in terms.items():
            sheet.write_formula(
                f"{column}{row}", _sum_formula(line.groups, term, parts), book.numbers["area"], line.groups.value(term)
            )
        above, below = (line.groups.value(term) for term in terms.values())
        formula = f'=IF({DENOMINATOR}{row}=0,"",{NUMERATOR}{row}/{DENOMINATOR}{row})'
        value = above / below if below else None
    else:
        formula, value = _sum_formula(line.groups, (*key, "sum"), parts), line.groups.value((*key, "sum"))
    sheet.write_formula(f"{RECOMPUTED}{row}", formula, style, "" if value is None else value)
    _write_check(book, sheet, line, value, voice)


def _write_check(book: Book, sheet: Any, line: _Line, value: float | None, voice: Voice) -> None:
    row, stated = line.row + 1, line.figure.value
    same, other = f"{SYMBOLS['met']} {voice.say('agrees')}", f"{SYMBOLS['not_met']} {voice.say('disagrees')}"
    both = not is_absent(stated) and value is not None
    difference = value - stated if both else None  # type: ignore[operator]
    formula = f'=IF(OR({STATED}{row}="",{RECOMPUTED}{row}=""),"",{RECOMPUTED}{row}-{STATED}{row})'
    sheet.write_formula(f"{DIFFERENCE}{row}", formula, book.numbers["exact"], "" if difference is None else difference)
    tolerance = TOLERANCE[line.figure.unit]
    agrees = abs(difference) <= tolerance if difference is not None else is_absent(stated) and value is None
    formula = (
        f'=IF({DIFFERENCE}{row}="",IF({STATED}{row}={RECOMPUTED}{row},"{same}","{other}"),'
        f'IF(ABS({DIFFERENCE}{row})<={tolerance!r},"{same}","{other}"))'
    )
    sheet.write_formula(f"{CHECK}{row}", formula, book.check, same if agrees else other)


def _sum_formula(groups: RowGroups, term: tuple[str, str, str], parts: list[int]) -> str:
    """Return Σ of the groups of a term, over every sheet that holds rows."""
    summed = [
        f'{"+" if sign > 0 else "-"}SUMIFS(rows_value_{part},rows_group_{part},"{group}")'
        for group, sign in groups.terms.get(term, ())  # a ratio without land has no rows at all
        for part in parts
    ]
    return f"={''.join(summed).removeprefix('+')}" if summed else "=0"


def _diversity(line: _Line, placed: list[_Line]) -> tuple[str, float | None]:
    """Return an index from the m² of the groups that it is measured over, as the sheet recomputed them."""
    figure = line.figure
    wanted = {f"land_use_{group}_m2" for group in MIXED_USE_GROUPS}
    cells, areas = [], []
    for other in placed:
        if other.balance is line.balance and other.figure.zone_id == figure.zone_id and other.figure.name in wanted:
            area = other.groups.value((figure.zone_id, other.figure.name, "sum"))
            if area > 0:
                cells.append(f"{RECOMPUTED}{other.row + 1}")
                areas.append(area)
    if not cells:
        return '=""', None
    total, whole = math.fsum(areas), f"SUM({','.join(cells)})"
    if figure.name == "zone_hill_2":
        squares = "+".join(f"{cell}^2" for cell in cells)
        return f"={whole}^2/({squares})", total**2 / math.fsum(area * area for area in areas)
    logs = "+".join(f"{cell}*LN({cell})" for cell in cells)
    shannon = math.log(total) - math.fsum(area * math.log(area) for area in areas) / total
    if figure.name == "zone_hill_1":
        return f"=EXP(LN({whole})-({logs})/{whole})", math.exp(shannon)
    k = len(MIXED_USE_GROUPS)
    return f"=(LN({whole})-({logs})/{whole})/LN({k})", shannon / math.log(k)
