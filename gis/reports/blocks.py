"""What a page is made of: sections with tables, charts, callouts and prose; the template draws them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Bar", "Block", "Callout", "Cell", "CellKind", "Chart", "Head", "Prose", "Row", "Section", "Step", "Table",
    "Waterfall",
]  # fmt: skip

#: A table with at most so many lines is not broken over pages.
SHORT_LINES = 16
CellKind = Literal["text", "number", "id", "date", "verdict"]


@dataclasses.dataclass(frozen=True)
class Cell:
    """One cell: a text, a smaller second line, what a column is sorted by, and which figure it shows.

    ``figure`` is zone and name, such as ``Z1/idle_m2``; ``unit`` that of a text without one.
    """

    text: str
    kind: CellKind = "text"
    detail: str = ""
    state: str = ""
    sort: str = ""
    figure: str = ""
    unit: str = ""


@dataclasses.dataclass(frozen=True)
class Head:
    """The head of a column, with its share of the width in per cent (0: as needed)."""

    label: str
    kind: CellKind = "text"
    width: int = 0


@dataclasses.dataclass(frozen=True)
class Row:
    """A row: an ordinary line, a part of a subtotal, a subtotal, or the total."""

    cells: tuple[Cell, ...]
    kind: Literal["line", "part", "subtotal", "total"] = "line"


@dataclasses.dataclass(frozen=True)
class Table:
    """A table with its caption and the notes below it; a long one can be sorted and filtered."""

    type: ClassVar[str] = "table"
    caption: str
    head: tuple[Head, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    is_long: bool = False
    number: int = 0

    @property
    def size(self) -> str:
        """Return ``long``, ``short`` (kept on one page) or ``middling``."""
        return "long" if self.is_long else "short" if self._lines <= SHORT_LINES else "middling"

    @property
    def _lines(self) -> int:
        """Return about how many lines the rows take."""
        return sum(max(1 + cell.detail.count("\n") + bool(cell.detail) for cell in row.cells) for row in self.rows)


@dataclasses.dataclass(frozen=True)
class Bar:
    """One bar of a chart: its share of the full width, and what is written beside it."""

    label: str
    value: str
    share: float
    state: str = ""


@dataclasses.dataclass(frozen=True)
class Chart:
    """Horizontal bars, with a mark where a limit lies; drawn as SVG that a screen reader can read."""

    type: ClassVar[str] = "chart"
    id: str
    title: str
    description: str
    bars: tuple[Bar, ...]
    mark: float | None = None
    mark_label: str = ""
    number: int = 0


@dataclasses.dataclass(frozen=True)
class Step:
    """One bar of a waterfall: where it starts and how long it is, as shares of the full width."""

    label: str
    value: str
    start: float
    share: float
    kind: Literal["up", "down", "left"]


@dataclasses.dataclass(frozen=True)
class Waterfall:
    """Horizontal bars that each start where the one before ended; the last is what is left."""

    type: ClassVar[str] = "waterfall"
    id: str
    title: str
    description: str
    bars: tuple[Step, ...]
    number: int = 0


@dataclasses.dataclass(frozen=True)
class Callout:
    """A box that can't be overlooked."""

    type: ClassVar[str] = "callout"
    title: str
    lines: tuple[str, ...] = ()
    tone: Literal["alarm", "warning", "note"] = "note"


@dataclasses.dataclass(frozen=True)
class Prose:
    """Paragraphs."""

    type: ClassVar[str] = "prose"
    lines: tuple[str, ...]


Block = Table | Chart | Waterfall | Callout | Prose


@dataclasses.dataclass(frozen=True)
class Section:
    """A chapter of the report."""

    id: str
    title: str
    blocks: tuple[Block, ...]


def numbered(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Return the sections with their tables and charts numbered through."""
    tables = charts = 0
    result = []
    for section in sections:
        blocks: list[Block] = []
        for block in section.blocks:
            if isinstance(block, Table):
                tables += 1
                blocks.append(dataclasses.replace(block, number=tables))
            elif isinstance(block, Chart | Waterfall):
                charts += 1
                blocks.append(dataclasses.replace(block, number=charts))
            else:
                blocks.append(block)
        result.append(dataclasses.replace(section, blocks=tuple(blocks)))
    return tuple(result)
