"""The kinds of parcel events: what each says, what its value is, and which column of ``parcels`` is short for it.

``event_kinds.csv`` is the one source; the labels are those of the data dictionary's ``event_kind``.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import importlib.resources
from enum import StrEnum
from typing import Literal

from gis.schema.dictionary import choice_label, fields_of, label
from gis.schema.texts import text, texts_of

__all__ = ["EventKind", "EventValue", "event_kinds", "fact_label"]

FLAGS = {"yes": True, "no": False}


class EventValue(StrEnum):
    """What the value of an event is."""

    NONE = "none"
    DATE = "date"
    AREA = "m2"
    MONEY = "cny"
    CHOICE = "choice"
    #: A new agreed start date, or a word for an agreement that restarts no clock.
    AGREEMENT = "agreement"

    @property
    def is_number(self) -> bool:
        """Whether values are numbers."""
        return self in {EventValue.AREA, EventValue.MONEY}

    @property
    def is_date(self) -> bool:
        """Whether values are dates."""
        return self in {EventValue.DATE, EventValue.AGREEMENT}


@dataclasses.dataclass(frozen=True)
class EventKind:
    """One kind of event.

    Attributes
    ----------
    name
        As in the field ``event_kind``.
    value, choices, required
        What its value is, the words it may be, and whether it must be there.
    single
        Whether it happens to a parcel once.
    construction
        Whether it belongs to the log of supply and construction. What such a log does not name is
        not known.
    column
        Column of ``parcels`` that is short for it, or "".
    meaning_zh, meaning_en
        What it means.
    """

    name: str
    value: EventValue
    choices: tuple[str, ...]
    required: bool
    single: bool
    construction: bool
    column: str
    meaning_zh: str
    meaning_en: str


@functools.cache
def event_kinds() -> dict[str, EventKind]:
    """Return the kinds of events by name, in their order.

    Examples
    --------
    >>> event_kinds()["investment_counted"].value.value, event_kinds()["supplied"].column
    ('cny', 'supply_date')
    """
    text = (importlib.resources.files("gis.schema") / "event_kinds.csv").read_text("utf-8")
    kinds = {}
    for row in csv.DictReader(text.splitlines(), strict=True):
        kinds[row["kind"]] = EventKind(
            name=row["kind"],
            value=EventValue(row["value"]),
            choices=tuple(row["choices"].split("|")) if row["choices"] else (),
            required=FLAGS[row["required"]],
            single=FLAGS[row["single"]],
            construction=FLAGS[row["construction"]],
            column=row["column"],
            meaning_zh=row["meaning_zh"],
            meaning_en=row["meaning_en"],
        )
    return kinds


def fact_label(name: str, lang: Literal["en", "zh"] = "zh") -> str:
    """Return what people call a fact that may be missing: a field of ``parcels``, a kind of event, or another.

    Examples
    --------
    >>> fact_label("delivery_date", "en"), fact_label("construction_permit", "zh")
    ('Delivery date', '施工许可')
    """
    if name in fields_of("parcels"):
        return label("parcels", name, lang)
    if name in texts_of("facts"):
        return text(f"facts.{name}", lang)
    return choice_label("parcel_events", "event_kind", name, lang)
