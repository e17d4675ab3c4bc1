"""Words of the map in both languages: a page carries them all, so that it can switch without a server."""

from __future__ import annotations

import functools
from typing import Any

from gis.schema import event_kinds, fact_label, label, text, texts_of

__all__ = ["Pair", "both", "field_words", "known_words", "page_words"]

#: A word as [zh, en], the order in which the page indexes it.
Pair = list[str]
#: Words that are filled in by Python, or shown by nobody but Python.
BUILT_HERE = (
    "notes_unverified", "notes_no_", "balance_", "view_", "class_", "measure_", "age_", "area_basis_",
    "quality_banner_",
)  # fmt: skip


def both(address: str, **facts: Any) -> Pair:
    """Return an interface text in Chinese and English.

    Examples
    --------
    >>> both("status.idle")
    ['闲置土地', 'Idle land']
    """
    return [text(address, "zh", **facts), text(address, "en", **facts)]


@functools.cache
def _known(room: str, key: str) -> tuple[str, str] | None:
    try:
        zh, en = both(f"{room}.{key}")
    except (KeyError, OSError):
        return None
    return zh, en


def known_words(value: str, *, room: str = "") -> Pair | str:
    """Return the text a key or an address stands for; a plain text stays as it is.

    Parameters
    ----------
    value
        ``"ground_completed"`` with ``room="idle"``, ``"idle.note_data_date"``, or any sentence.
    room
        Where a key without a room belongs.

    Examples
    --------
    >>> known_words("becomes_idle", room="idle")
    ['转为闲置土地', 'becomes idle land']
    >>> known_words("Source: land office. 2026")
    'Source: land office. 2026'
    """
    key = value
    if not room:
        room, _, key = value.partition(".")
    if not (room.isidentifier() and key.isidentifier()):
        return value
    found = _known(room, key)
    return value if found is None else list(found)


def field_words(names: str, *, tables: tuple[str, ...] = ("parcels", "buildings")) -> Pair | str:
    """Return the labels of missing fields: ``a;b|c`` reads "a, b or c".

    Examples
    --------
    >>> field_words("supply_status;agreed_commencement_date|delivery_date")
    ['供应状态；约定动工日期或交地日期', 'Supply status; Agreed start or Delivery date']
    >>> field_words("land_guide")
    ['产业用地指南调整值', 'Adjustment value of the industrial-land guide']
    """
    if not names:
        return ""
    return [
        separator.join(
            _or(lang).join(_label(name, lang, tables) for name in part.split("|")) for part in names.split(";") if part
        )
        for lang, separator in (("zh", "；"), ("en", "; "))
    ]


def _or(lang: Any) -> str:
    word = text("map.missing_or", lang)
    return word if lang == "zh" else f" {word} "


@functools.cache
def _label(name: str, lang: Any, tables: tuple[str, ...]) -> str:
    for table in tables:
        try:
            return label(table, name, lang)
        except (KeyError, LookupError, ValueError):
            continue
    return fact_label(name, lang) if name in event_kinds() or name in texts_of("facts") else name


def page_words() -> dict[str, Pair]:
    """Return every word that the page's script shows by itself."""
    words = {key: both(f"map.{key}") for key in texts_of("map") if not key.startswith(BUILT_HERE)}
    for field in ("parcel_id", "parcel_name", "holder"):
        words[field] = [label("parcels", field, "zh"), label("parcels", field, "en")]
    return words
