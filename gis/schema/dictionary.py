"""The data dictionary: which table has which fields, of what type, unit, label and alias.

``dictionary.csv`` is the one source: conforming, the table checks, the labels in maps and reports
and the generated page ``data_dictionary.md`` all drive from it.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import importlib.resources
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from gis.errors import SchemaError, listed

__all__ = [
    "Alias",
    "Field",
    "FieldType",
    "boundary_qualities",
    "choice_label",
    "fields_of",
    "id_field",
    "label",
    "normal_name",
    "table_names",
    "worst_quality",
]

Lang = Literal["en", "zh"]
COLUMNS = [
    "table", "field", "type", "unit", "required", "label_zh", "label_en", "choices", "aliases", "description",
    "personal",
]  # fmt: skip
#: An alias whose unit has to be declared, since the name alone does not tell it.
UNIT_UNKNOWN = "?"


class FieldType(StrEnum):
    """What the values of a field are."""

    ID = "id"
    CODE = "code"
    TEXT = "text"
    CATEGORY = "category"
    FLAG = "flag"
    DATE = "date"
    AREA = "area"
    MONEY = "money"
    NUMBER = "number"
    RATIO = "ratio"
    INTEGER = "integer"

    @property
    def is_text(self) -> bool:
        """Whether values stay text, letter for letter."""
        return self in {FieldType.ID, FieldType.CODE, FieldType.TEXT, FieldType.CATEGORY}

    @property
    def is_measure(self) -> bool:
        """Whether values are numbers that may come in another unit."""
        return self in {FieldType.AREA, FieldType.MONEY, FieldType.NUMBER, FieldType.RATIO}


@dataclasses.dataclass(frozen=True)
class Alias:
    """A name seen in the wild, with the unit it implies: ``""`` the field's own, ``"?"`` not told."""

    name: str
    unit: str = ""


@dataclasses.dataclass(frozen=True)
class Field:
    """One field of a canonical table."""

    table: str
    name: str
    type: FieldType
    unit: str
    required: bool
    label_zh: str
    label_en: str
    choices: dict[str, str]
    aliases: tuple[Alias, ...]
    description: str
    #: Whether it names a person or company: published only for a reason that is given.
    is_personal: bool = False


def normal_name(name: str) -> str:
    """Return a name for comparison: width, case and outer spaces don't matter.

    Examples
    --------
    >>> normal_name(" ＤＫＢＨ ") == normal_name("dkbh")
    True
    """
    return unicodedata.normalize("NFKC", str(name)).strip().casefold()


def _alias(text: str) -> Alias:
    name, colon, unit = text.rpartition(":")
    return Alias(name, unit) if colon else Alias(text)


def _choices(text: str) -> dict[str, str]:
    pairs = (entry.partition("=") for entry in text.split("|") if entry)
    return {value: zh or value for value, _, zh in pairs}


def _field(row: dict[str, str]) -> Field:
    return Field(
        table=row["table"],
        name=row["field"],
        type=FieldType(row["type"]),
        unit=row["unit"],
        required=row["required"] == "yes",
        label_zh=row["label_zh"],
        label_en=row["label_en"],
        choices=_choices(row["choices"]),
        aliases=tuple(_alias(entry) for entry in row["aliases"].split("|") if entry),
        description=row["description"],
        is_personal=row["personal"] == "yes",
    )


@functools.cache
def _dictionary() -> dict[str, dict[str, Field]]:
    text = (importlib.resources.files("gis.schema") / "dictionary.csv").read_text("utf-8")
    reader = csv.DictReader(text.splitlines(), strict=True)
    if reader.fieldnames != COLUMNS:
        raise RuntimeError(f"dictionary.csv: columns are {reader.fieldnames}, expected {COLUMNS}")
    tables: dict[str, dict[str, Field]] = {}
    for row in reader:
        table = tables.setdefault(row["table"], {})
        if None in row or row["field"] in table:
            raise RuntimeError(f"dictionary.csv: {row['table']}.{row['field']} is doubled or has too many cells")
        table[row["field"]] = _field(row)
    return tables


def table_names() -> list[str]:
    """Return the names of the canonical tables, in dictionary order.

    Examples
    --------
    >>> table_names()[:2]
    ['approved_boundaries', 'parcels']
    """
    return list(_dictionary())


def fields_of(table: str) -> dict[str, Field]:
    """Return the fields of a canonical table by name.

    Raises
    ------
    SchemaError
        If the dictionary has no such table.

    Examples
    --------
    >>> fields_of("parcels")["legal_area_m2"].unit
    'm2'
    """
    try:
        return dict(_dictionary()[table])
    except KeyError:
        raise SchemaError("table_unknown", table=table, choices=listed(table_names())) from None


def id_field(table: str) -> str:
    """Return the field that identifies a row of a table: the first of the dictionary.

    Examples
    --------
    >>> id_field("green_spaces")
    'green_id'
    """
    return next(iter(fields_of(table)))


def boundary_qualities() -> tuple[str, ...]:
    """Return the qualities of a boundary, from the best to the worst.

    Examples
    --------
    >>> boundary_qualities()
    ('approved', 'indicative', 'synthetic')
    """
    return tuple(fields_of("approved_boundaries")["boundary_quality"].choices)


def worst_quality(qualities: Iterable[str]) -> str:
    """Return the worst quality: a result is as good as the worst boundary it was made on.

    Examples
    --------
    >>> worst_quality(["approved", "synthetic", "indicative"])
    'synthetic'
    """
    return max(qualities, key=boundary_qualities().index)


def label(table: str, field: str, lang: Lang = "zh") -> str:
    """Return what people call a field.

    Examples
    --------
    >>> label("parcels", "parcel_id", "en")
    'Parcel id'
    """
    entry = fields_of(table)[field]
    return entry.label_zh if lang == "zh" else entry.label_en


def choice_label(table: str, field: str, value: str, lang: Lang = "zh") -> str:
    """Return what people call one value of a category.

    Examples
    --------
    >>> choice_label("parcels", "tenure", "granted", "zh")
    '出让'
    >>> choice_label("parcels", "tenure", "granted", "en")
    'granted'
    """
    choices = fields_of(table)[field].choices
    return choices.get(value, value) if lang == "zh" else value.replace("_", " ")
