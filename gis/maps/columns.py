"""Columns for the browser: dictionary codes for words, scaled integers for numbers, one run of letters for ids."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.maps.packing import least_integers

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["coded_column", "date_column", "json_text", "number_column", "text_column", "word_column"]

#: Characters that could end a script, start a comment, or break a line inside one.
ESCAPES = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def json_text(value: Any) -> str:
    r"""Return compact JSON that is safe between ``<script>`` tags; Chinese stays Chinese.

    Examples
    --------
    >>> json_text({"名": "</script>"})
    '{"名":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character, escape in ESCAPES.items():
        text = text.replace(character, escape)
    return text


def text_column(values: pd.Series[Any]) -> dict[str, Any]:
    """Return texts letter for letter, as UTF-8 one after another with their lengths; a missing one is ``""``.

    Examples
    --------
    >>> column = text_column(pd.Series(["001", None, "宗"]))
    >>> column["lengths"].tolist(), column["bytes"].tobytes().decode()
    ([3, 0, 3], '001宗')
    """
    texts = [str(value).encode("utf-8") for value in values.astype("object").where(values.notna(), "")]
    return {
        "kind": "text",
        "lengths": least_integers([len(text) for text in texts]),
        "bytes": np.frombuffer(b"".join(texts), dtype="uint8"),
    }


def coded_column(values: pd.Series[Any], words: Callable[[str], Any] = str) -> dict[str, Any]:
    """Return texts as codes into the list of distinct ones, in the order of their letters.

    Parameters
    ----------
    values
        Texts; missing ones and ``""`` get code 0, which stands for nothing.
    words
        What a value reads as: a text, or a pair in Chinese and English.

    Examples
    --------
    >>> column = coded_column(pd.Series(["b", None, "a", "b"]))
    >>> column["values"], column["codes"].tolist()
    (['', 'a', 'b'], [2, 0, 1, 2])
    """
    filled = values.astype("object").where(values.notna(), "").astype("str")
    codes, distinct = pd.factorize(filled.mask(filled == ""), sort=True)
    return {
        "kind": "coded",
        "values": ["", *(words(str(value)) for value in distinct)],
        "codes": least_integers(codes + 1),
    }


def word_column(values: pd.Series[Any]) -> dict[str, Any]:
    """Return plain texts as codes where they repeat, letter for letter where most differ.

    Examples
    --------
    >>> word_column(pd.Series(["a", "b", "c"]))["kind"], word_column(pd.Series(["a", "a", "a"]))["kind"]
    ('text', 'coded')
    """
    return text_column(values) if 2 * values.nunique() > len(values) else coded_column(values)


def date_column(values: pd.Series[Any]) -> dict[str, Any]:
    """Return dates as ISO text, coded.

    Examples
    --------
    >>> date_column(pd.to_datetime(pd.Series(["2026-03-31", None])))["values"]
    ['', '2026-03-31']
    """
    days = pd.to_datetime(values)
    return coded_column(days.dt.strftime("%Y-%m-%d").where(days.notna()))


def number_column(values: pd.Series[Any], *, digits: int) -> dict[str, Any]:
    """Return numbers as integers of ``10**-digits``; ``null`` is the integer that stands for a missing one.

    Examples
    --------
    >>> column = number_column(pd.Series([1.005, None]), digits=2)
    >>> column["values"].tolist(), column["null"]
    ([100, 99], 99)
    """
    numbers = pd.to_numeric(values).astype("float64").to_numpy()
    missing = np.isnan(numbers)
    scaled = np.rint(np.round(np.where(missing, 0.0, numbers), digits) * 10**digits).astype("int64")
    column: dict[str, Any] = {"kind": "number", "digits": digits}
    if missing.any():
        column["null"] = int(scaled[~missing].min()) - 1 if not missing.all() else 0
        scaled[missing] = column["null"]
    return column | {"values": least_integers(scaled)}
