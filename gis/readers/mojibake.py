"""Text that was decoded with the wrong encoding, and the words by which a right reading is known."""

from __future__ import annotations

import codecs
import csv
import functools
import importlib.resources
import re
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from gis.schema import fields_of, table_names

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["IDEOGRAPH", "decoded", "garbled_values", "known_word", "likely_original"]

HIGH_LATIN: Final = re.compile("[\u0080-\u00ff]")
#: No European word has four such letters in a row; GBK read as Latin-1 has little else.
LATIN_RUN: Final = re.compile("[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u2013-\u2122]{4}")
IDEOGRAPH: Final = re.compile("[\u3400-\u9fff]")
SUSPECT: Final = "[\u0080-\u00ff\u3400-\u9fff\ufffd]"
REPLACEMENT: Final = "\ufffd"
#: Distinct values of a column that are looked at; a wrong encoding shows in the first few.
VALUES_LOOKED_AT: Final = 2000


@functools.cache
def _known_words() -> tuple[frozenset[str], frozenset[str]]:
    """Return the known words of two characters or more, and those of one."""
    text = (importlib.resources.files("gis.readers") / "known_words.csv").read_text("utf-8")
    words = {row["word"] for row in csv.DictReader(text.splitlines(), strict=True)}
    for table in table_names():
        for field in fields_of(table).values():
            words |= {alias.name for alias in field.aliases} | {field.label_zh} | set(field.choices.values())
    chinese = {word for word in words if IDEOGRAPH.match(word)}
    return frozenset(w for w in chinese if len(w) > 1), frozenset(w for w in chinese if len(w) == 1)


def _is_gb2312(text: str) -> bool:
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def known_word(texts: Iterable[str]) -> str:
    """Return a known Chinese word that stands in the texts, or "".

    Wrongly decoded bytes give a frequent single character by chance, so such a word counts only
    where every character belongs to GB 2312, the set of everyday writing.

    Examples
    --------
    >>> known_word(["申港大道"]), known_word(["Zürich"])
    ('大道', '')
    """
    whole = "\n".join(texts)
    words, letters = _known_words()
    found = sorted(word for word in words if word in whole)
    if not found and _is_gb2312(whole):
        found = sorted(letter for letter in letters if letter in whole)
    return found[0] if found else ""


def decoded(value: bytes, encoding: str, *, may_be_cut: bool = False) -> tuple[str, bool] | None:
    r"""Decode strictly; return the text and whether its last character was cut, or None.

    Parameters
    ----------
    value
        The bytes.
    encoding
        A codec of Python.
    may_be_cut
        Whether the end may lie inside a character, as in a value that fills its column.

    Examples
    --------
    >>> decoded("路".encode("gbk")[:1] , "gb18030", may_be_cut=True)
    ('', True)
    >>> decoded(b"\xff", "utf-8") is None
    True
    """
    reader = codecs.getincrementaldecoder(encoding)("strict")
    try:
        text = reader.decode(value, final=not may_be_cut)
    except UnicodeDecodeError:
        return None
    return text, bool(reader.getstate()[0])


def _reread(text: str, wrong: str, right: str) -> str:
    try:
        return text.encode(wrong).decode(right)
    except UnicodeError:
        return ""


def likely_original(text: str) -> str | None:
    """Return what a garbled text most likely said, "" where that is lost, None where it is sound.

    Found are GBK or UTF-8 read as Latin-1, UTF-8 read as GBK, and U+FFFD.

    Examples
    --------
    >>> likely_original("µØ¿é±àºÅ"), likely_original("宸ヤ笟鐢ㄥ湴")
    ('地块编号', '工业用地')
    >>> likely_original("工业用地"), likely_original("Zürich")
    (None, None)
    """
    if REPLACEMENT in text:
        return ""
    if HIGH_LATIN.search(text):
        for wrong in ("latin-1", "cp1252"):
            for right in ("utf-8", "gb18030"):
                original = _reread(text, wrong, right)
                trusted = right == "utf-8" or LATIN_RUN.search(text) or known_word([original])
                if IDEOGRAPH.search(original) and _is_gb2312(original) and trusted:
                    return original
    elif IDEOGRAPH.search(text):
        original = _reread(text, "gb18030", "utf-8")
        if len(IDEOGRAPH.findall(original)) > 1:
            return original
    return None


def garbled_values(values: pd.Series[Any]) -> dict[str, str]:
    """Return the garbled texts of a column with what they most likely said.

    Examples
    --------
    >>> garbled_values(pd.Series(["¹¤ÒµÓÃµØ", "仓储", None]))
    {'¹¤ÒµÓÃµØ': '工业用地'}
    """
    if not (pd.api.types.is_object_dtype(values.dtype) or isinstance(values.dtype, pd.StringDtype)):
        return {}
    distinct = pd.Series(list(dict.fromkeys(value for value in values if isinstance(value, str))), dtype="str")
    suspects = distinct[distinct.str.contains(SUSPECT, regex=True)].head(VALUES_LOOKED_AT)
    readings = {text: likely_original(text) for text in suspects}
    return {text: original for text, original in readings.items() if original is not None}
