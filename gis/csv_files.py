"""The one place that writes CSV: nothing in it runs in a spreadsheet, and it reads back letter for letter.

A text that a spreadsheet would take for a formula has one apostrophe before it. So has a text that already looks
like a guarded one, so that `read_frame` knows which apostrophe to take away. Characters that are not seen are
shown by their number (`gis.plain_text.visible`); line breaks and tabs inside a cell stay.
"""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gis.errors import InputError
from gis.plain_text import visible
from gis.writing import atomic_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

__all__ = ["FORMULA_STARTS", "guarded", "read_frame", "unguarded", "write_csv", "write_frame"]

#: What a spreadsheet takes for the start of a formula, also in full width.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: What some programs drop before they look for one: spaces, quotes, characters that are not seen.
BEFORE = r"[\s'\"`‘’“”＇＂\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*"
_RUNS = re.compile(rf"[\t\r\n]|{BEFORE}[{re.escape(''.join(FORMULA_STARTS[:4] + FORMULA_STARTS[7:]))}]")
#: Endings of names of columns that hold numbers; every other column is text, letter for letter.
NUMBER_ENDS = ("_m2", "_m", "_ha", "_cny", "_ratio", "_share")
COUNT_ENDS = ("_count", "_row")
KEPT = "\n\t"


def guarded(value: str) -> str:
    """Return a text that a spreadsheet does not run: an apostrophe before a formula's start.

    Examples
    --------
    >>> guarded("=1+1"), guarded("parcel 1"), guarded("-5"), guarded(" ＝1")
    ("'=1+1", 'parcel 1', "'-5", "' ＝1")
    """
    return f"'{value}" if _RUNS.match(value) else value


def unguarded(cell: str) -> str:
    """Return the text that `guarded` was given.

    Examples
    --------
    >>> [unguarded(guarded(text)) for text in ("=1", "'=1", "''-5", "'a", "a")]
    ['=1', "'=1", "''-5", "'a", 'a']
    """
    return cell[1:] if cell[:1] == "'" and _RUNS.match(cell, 1) else cell


def _cell(value: Any) -> Any:
    """Return a text that is safe in a cell, a decimal with all its digits, anything else as it is."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return guarded(visible(value, keep=KEPT)) if isinstance(value, str) else value


def write_csv(
    path: Path | str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    encoding: Literal["utf-8", "utf-8-sig"] = "utf-8",
    line_end: Literal["\n", "\r\n"] = "\n",
) -> None:
    """Write rows as CSV; texts are guarded, everything else is written as it is, None as nothing.

    Parameters
    ----------
    path
        Where to; replaced as a whole, or not at all.
    encoding
        With the mark (``utf-8-sig``) a spreadsheet knows it, and the mark proves it to the readers.

    Raises
    ------
    OutputError
        If the file can't be written.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator=line_end)
    writer.writerow([_cell(head) for head in heads])
    writer.writerows([_cell(value) for value in row] for row in rows)
    with atomic_file(path) as temporary:
        temporary.write_bytes(stream.getvalue().encode(encoding))


def write_frame(
    path: Path | str,
    frame: pd.DataFrame,
    *,
    encoding: Literal["utf-8", "utf-8-sig"] = "utf-8",
) -> None:
    r"""Write a table without its index as CSV that `read_frame` reads back; lines end in ``\n``.

    Raises
    ------
    OutputError
        If the file can't be written.
    """
    safe = frame.copy(deep=False)
    safe.columns = [_cell(str(name)) for name in frame.columns]
    for place, kind in enumerate(frame.dtypes):
        if kind.kind not in "biufM":
            # As plain objects: texts, exact decimals and None are written as they are.
            column = frame.iloc[:, place].astype("object")
            safe.isetitem(place, column.where(column.isna(), column.map(_cell, na_action="ignore")).array)
    with atomic_file(path) as temporary:
        safe.to_csv(temporary, index=False, encoding=encoding, lineterminator="\n")


def read_frame(path: Path | str) -> pd.DataFrame:
    """Read a table that `write_frame` wrote.

    Columns whose name ends in a unit are numbers, those that begin with ``is_`` are flags, all others texts, letter
    for letter (``NA`` is a text, and so is ``007``); an empty cell is missing.

    Raises
    ------
    InputError
        If the file can't be read, or a number in it.
    """
    import pandas as pd

    try:
        table = pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""], encoding="utf-8-sig")
        table.columns = [unguarded(str(name)) for name in table.columns]
        for name in table.columns:
            if name.endswith(NUMBER_ENDS):
                table[name] = table[name].map(float, na_action="ignore").astype("float64")
            elif name.endswith(COUNT_ENDS):
                table[name] = table[name].map(int, na_action="ignore").astype("Int64")
            elif name.startswith("is_") and table[name].isin(["True", "False"]).all():
                table[name] = table[name] == "True"
            else:
                table[name] = table[name].map(unguarded, na_action="ignore")
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise InputError("file_corrupt", path=path, format="CSV", why=str(error)) from None
    return table
