"""What the case of one parcel says, in one language, ready to be set: the page, its time line and the drafts."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Literal

__all__ = ["Ahead", "CaseContent", "Cause", "Draft", "Fact", "Mark", "Missing", "Span", "Step"]

Lang = Literal["en", "zh"]


@dataclasses.dataclass(frozen=True)
class Fact:
    """A fact or an event, and the row it stands in."""

    label: str
    value: str
    source: str


@dataclasses.dataclass(frozen=True)
class Span:
    """A bar of the time line; one without a last day is open."""

    label: str
    first: dt.date
    last: dt.date | None
    kind: Literal["running", "idle", "reclaim", "cause", "term"]
    text: str
    row: str


@dataclasses.dataclass(frozen=True)
class Mark:
    """A day of the time line."""

    label: str
    day: dt.date
    is_ahead: bool = False


@dataclasses.dataclass(frozen=True)
class Cause:
    """A recorded cause of the delay with its days."""

    label: str
    first: str
    last: str
    days: str
    source: str


@dataclasses.dataclass(frozen=True)
class Step:
    """A step of the procedure, and how far it is."""

    label: str
    article: str
    state: str
    tone: Literal["done", "ready", "waits", "late", "not"]


@dataclasses.dataclass(frozen=True)
class Missing:
    """What the data lack, what for, and who supplies it."""

    label: str
    purpose: str
    supplier: str


@dataclasses.dataclass(frozen=True)
class Ahead:
    """A day ahead."""

    day: dt.date
    label: str
    note: str


@dataclasses.dataclass(frozen=True)
class Draft:
    """A document to draft.

    Attributes
    ----------
    name
        Of its file, without the suffix.
    title
        Key of its title in ``case_drafts``.
    paragraphs
        Keys of its texts in ``case_drafts``, in their order; ``table`` stands for the table of the parcel.
    """

    name: str
    title: str
    paragraphs: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class CaseContent:
    """Everything that the case says.

    Attributes
    ----------
    lang
        Of every text in it.
    head
        What stands at the top: label and value.
    verdict
        Status with its ground, in one sentence.
    notes
        On the causes, below their table.
    fields
        What fills the drafts, by name; a field that is absent stays blank.
    quality
        Of the boundary.
    """

    lang: Lang
    parcel_id: str
    parcel_name: str
    as_of: dt.date
    quality: str
    head: tuple[tuple[str, str], ...]
    verdict: str
    facts: tuple[Fact, ...]
    spans: tuple[Span, ...]
    marks: tuple[Mark, ...]
    causes: tuple[Cause, ...]
    notes: tuple[str, ...]
    steps: tuple[Step, ...]
    missing: tuple[Missing, ...]
    ahead: tuple[Ahead, ...]
    issues: tuple[str, ...]
    drafts: tuple[Draft, ...]
    fields: Mapping[str, str]
