"""Interface words in Chinese and English: ``texts/<room>.yaml``, addressed as ``"<room>.<key>"``."""

from __future__ import annotations

import functools
import importlib.resources
from typing import Any, Literal

from gis.errors import fill
from gis.yaml_files import parse_yaml

__all__ = ["text", "texts_of"]

Lang = Literal["en", "zh"]


@functools.cache
def texts_of(room: str) -> dict[str, dict[str, str]]:
    """Return every text of one room: key → language → template.

    Raises
    ------
    KeyError
        If a text lacks a language.
    """
    file = importlib.resources.files("gis.schema") / "texts" / f"{room}.yaml"
    entries: dict[str, dict[str, str]] = parse_yaml(file.read_text("utf-8"), name=f"texts/{room}.yaml")
    for key, entry in entries.items():
        if set(entry) != {"en", "zh"}:
            raise KeyError(f"texts/{room}.yaml: {key} needs exactly en and zh")
    return entries


def text(address: str, lang: Lang = "zh", **facts: Any) -> str:
    """Return an interface text with its facts filled in.

    Parameters
    ----------
    address
        ``"<room>.<key>"``.
    lang
        ``"zh"`` or ``"en"``.
    **facts
        What the template names in braces.

    Raises
    ------
    KeyError
        If there is no such text: a missing translation is a defect, never a blank.

    Examples
    --------
    >>> text("status.idle", "en")
    'Idle land'
    """
    room, _, key = address.partition(".")
    return fill(texts_of(room)[key][lang], facts)
