"""What the commands share: language, errors as messages with exit codes, and progress."""

from __future__ import annotations

import datetime as dt
import json
import logging
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.highlighter import JSONHighlighter
from rich.markup import escape
from rich.segment import Segment
from rich.table import Table
from typer.core import TyperGroup

from gis.errors import GateError, GisError, InputError, OutputError, PlaceError
from gis.plain_text import json_visible, masked, visible
from gis.schema import text

__all__ = [
    "LangOption",
    "Language",
    "VisibleGroup",
    "err",
    "out",
    "plain_records",
    "print_json",
    "print_records",
    "said",
    "said_cut",
    "step_bar",
    "today",
]

#: Exit codes: 0 fine, 1 a gate or verdict stopped it, 2 usage, 3 input unreadable, 4 a fault of the toolkit.
STOPPED, USAGE, UNREADABLE, INTERNAL = 1, 2, 3, 4
#: As a shell counts them (128 + the signal): Ctrl-C, and a reader such as `head` that wants no more.
INTERRUPTED, BROKEN_PIPE = 130, 141

#: Width of a table that is piped or saved: no window tells one, and folded cells are hard to search.
PIPED_WIDTH = 240
#: What a console shows for a number that there is not.
ABSENT = "–"

#: What a console may be given besides letters: our own lines and columns.
LAYOUT = "\n\t"


class VisibleConsole(Console):
    """A console on which no character of the data moves, colours or overwrites anything: each is shown by its number.

    Words are made visible before they are laid out, so that tables keep their columns; whatever comes another way,
    by a table's cell or a bar's description, is made so when it is rendered.
    """

    def print(self, *objects: Any, **how: Any) -> None:
        """Print, with the passwords of addresses left out on standard error."""
        super().print(*(self._shown(one) if isinstance(one, str) else one for one in objects), **how)

    def on_broken_pipe(self) -> None:
        """Let the net know of a reader that went away; rich would end with exit code 1."""
        raise BrokenPipeError

    def _shown(self, words: str) -> str:
        shown = visible(words, keep=LAYOUT)
        return masked(shown) if self.stderr else shown

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Render, every segment visible; control codes are those of the console's own bars."""
        for segment in super().render(renderable, options):
            seen = segment.control or segment.text.isprintable()
            yield segment if seen else Segment(visible(segment.text, keep=LAYOUT), segment.style)


class VisibleGroup(TyperGroup):
    """Commands whose usage errors echo what was typed without its control characters and passwords."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Parse what was typed."""
        with _visible_usage():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Parse what was typed for a command of the group, and run it."""
        with _visible_usage():
            return super().invoke(ctx)


@contextmanager
def _visible_usage() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # Newer versions of typer carry a click of their own, so that its class is not known by one name.
        if message := getattr(error, "format_message", None):
            shown = masked(visible(message(), keep="\n"))
            error.format_message = lambda: shown  # type: ignore[attr-defined]
        raise


class VisibleFormatter(logging.Formatter):
    """Log records, and warnings of libraries, that steer no terminal and show no password."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one visible text; a traceback keeps its lines."""
        return masked(visible(super().format(record), keep=LAYOUT))


out = VisibleConsole(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPED_WIDTH)
err = VisibleConsole(stderr=True, highlight=False, soft_wrap=True)


class Language(StrEnum):
    """Language of messages and outputs."""

    ZH = "zh"
    EN = "en"


LangOption = Annotated[Language, typer.Option("--lang", help="语言 / language of messages and outputs")]


def today() -> dt.date:
    """Return today: the only place where the clock is read."""
    return dt.date.today()  # noqa: DTZ011 - a business day has no zone


def say(address: str, lang: Language, *, room: str = "cli", **facts: Any) -> str:
    """Return a text of this room, or of a command's own."""
    return text(f"{room}.{address}", lang.value, **facts)


def said(lang: Language, address: str, *, room: str = "cli", **facts: Any) -> None:
    """Print a text of this room, or of a command's own."""
    out.print(escape(say(address, lang, room=room, **facts)))


def show_log() -> None:
    """Show log records and warnings on standard error, by `VisibleFormatter`; once is enough."""
    handler = logging.StreamHandler()
    handler.setFormatter(VisibleFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.captureWarnings(capture=True)


@contextmanager
def messages(lang: Language) -> Iterator[None]:
    """Turn errors into a message and an exit code."""
    show_log()
    try:
        yield
    except GisError as error:
        err.print(f"[bold red]{say('error', lang)}[/] {escape(error.text(lang.value))}")
        unreadable = isinstance(error, InputError | OutputError) and not isinstance(error, GateError)
        code = USAGE if isinstance(error, PlaceError) else UNREADABLE if unreadable else STOPPED
        raise typer.Exit(code) from None
    except KeyboardInterrupt:
        err.print(escape(say("stopped", lang)))
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def step_bar(total: int, lang: Language) -> Iterator[Callable[[str], None]]:
    """Show the steps of a long job on standard error."""
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=not err.is_terminal) as bar:
        task = bar.add_task(say("starting", lang), total=total)

        def step(name: str) -> None:
            verb, _, rest = name.partition(" ")
            bar.update(task, advance=1, description=escape(f"{say(f'step_{verb}', lang)} {rest}"))
            if not err.is_terminal:
                err.print(escape(f"… {say(f'step_{verb}', lang)} {rest}"))

        yield step
        bar.update(task, completed=total, description=say("done", lang))


def print_json(content: Any) -> None:
    """Print JSON for a program to read; a missing number is null, for NaN is no JSON."""
    written = json.dumps(_finite(content), ensure_ascii=False, default=str, allow_nan=False, indent=2)
    out.print(JSONHighlighter()(json_visible(written)))


def _finite(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {str(key): _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def plain_records(frame: Any) -> list[dict[str, Any]]:
    """Return the rows of a table for JSON: missing values are null, days are days."""
    import pandas as pd

    def plain(value: Any) -> Any:
        if pd.isna(value):
            return None
        return value.date().isoformat() if isinstance(value, pd.Timestamp) else value

    return [{str(key): plain(value) for key, value in row.items()} for row in frame.to_dict("records")]


def said_cut(lang: Language, *, whole: int, shown: int) -> None:
    """Say how many rows a table leaves out, and where the whole is; nothing where it leaves out none."""
    if whole > shown:
        said(lang, "rows_left", shown=shown, left=whole - shown)


def print_records(records: Sequence[Mapping[Any, Any]], columns: dict[str, str], *, title: str = "") -> None:
    """Print records as a table: key → heading."""
    table = Table(title=escape(visible(title)) if title else None)
    for key, heading in columns.items():
        table.add_column(escape(visible(heading)), overflow="fold", no_wrap=key == "id" or key.endswith("_id"))
    for record in records:
        table.add_row(*(escape(_shown(record.get(key, ""))) for key in columns))
    out.print(table)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, float) and math.isnan(value):
        return ABSENT
    return "" if value is None or str(value) in {"NaT", "<NA>"} else visible(str(value))
