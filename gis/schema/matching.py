"""Which column of a file is which field: by the user's mapping, the field's name, or an alias.

An alias whose unit the name does not tell (MJ may be m², ha or 亩) is never guessed: the choices
are named and the user declares one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from gis.schema.dictionary import UNIT_UNKNOWN, Field, fields_of, normal_name
from gis.units import choices

__all__ = ["ROW_NUMBER", "FieldMatch", "match_fields"]

#: In a run file's ``fields:`` this stands for the row number in the source, counted from 1.
ROW_NUMBER = "@row"


@dataclasses.dataclass(frozen=True)
class FieldMatch:
    """What `match_fields` found.

    Attributes
    ----------
    found
        field → column of the file (or ``"@row"``).
    unit
        field → unit of that column, where the field has one.
    ambiguous_columns
        field → columns that could all be it.
    ambiguous_units
        field → units its column could be in.
    unmatched_columns
        Columns that no field takes.
    missing_required
        Required fields without a column.
    unknown_columns
        field → column named in the mapping that the file does not have.
    """

    found: dict[str, str]
    unit: dict[str, str]
    ambiguous_columns: dict[str, list[str]]
    ambiguous_units: dict[str, list[str]]
    unmatched_columns: list[str]
    missing_required: list[str]
    unknown_columns: dict[str, str]


def _candidates(field: Field, columns: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    """Return (column, unit) pairs for a field; its own name beats every alias."""
    own = columns.get(normal_name(field.name), [])
    if own:
        return [(column, field.unit) for column in own]
    pairs = []
    for alias in field.aliases:
        for column in columns.get(normal_name(alias.name), []):
            pairs.append((column, alias.unit or field.unit))  # noqa: PERF401
    return pairs


def match_fields(
    columns: Iterable[str],
    table: str,
    *,
    mapping: Mapping[str, str | None] | None = None,
    units: Mapping[str, str] | None = None,
    constants: Iterable[str] = (),
) -> FieldMatch:
    """Match the columns of a file to the fields of a canonical table.

    Parameters
    ----------
    columns
        Names in the file.
    table
        Name of the canonical table.
    mapping
        field → column as the user declares it; None says that the field is not in the file.
    units
        field → unit of its column as the user declares it.
    constants
        Fields that a constant of the run file supplies.

    Examples
    --------
    >>> match = match_fields(["DKBH", "MJ"], "parcels")
    >>> match.found["parcel_id"], match.ambiguous_units["legal_area_m2"]
    ('DKBH', ['m2', 'ha', 'mu', 'km2'])
    >>> match_fields(["DKBH", "MJ"], "parcels", units={"legal_area_m2": "ha"}).unit["legal_area_m2"]
    'ha'
    """
    mapping, units = dict(mapping or {}), dict(units or {})
    names = [str(column) for column in columns]
    by_name: dict[str, list[str]] = {}
    for name in names:
        by_name.setdefault(normal_name(name), []).append(name)
    constants = set(constants)
    match = FieldMatch({}, {}, {}, {}, [], [], {})
    for field in fields_of(table).values():
        if field.name in constants or mapping.get(field.name, "") is None:
            continue
        if field.name in mapping:
            _take_declared(match, field, str(mapping[field.name]), names, units)
        else:
            _take_found(match, field, _candidates(field, by_name), units)
    taken = set(match.found.values()) | {name for entry in match.ambiguous_columns.values() for name in entry}
    match.unmatched_columns.extend(name for name in names if name not in taken)
    claimed = match.found.keys() | match.ambiguous_columns.keys() | constants
    required = (field.name for field in fields_of(table).values() if field.required)
    match.missing_required.extend(name for name in required if name not in claimed)
    return match


def _take_declared(match: FieldMatch, field: Field, column: str, names: list[str], units: Mapping[str, str]) -> None:
    if column != ROW_NUMBER and column not in names:
        match.unknown_columns[field.name] = column
        return
    match.found[field.name] = column
    # A column that the dictionary does not know tells nothing about its unit either.
    known = {alias.name: alias.unit or field.unit for alias in field.aliases} | {field.name: field.unit}
    _settle_unit(match, field, known.get(column, UNIT_UNKNOWN), units)


def _take_found(match: FieldMatch, field: Field, candidates: list[tuple[str, str]], units: Mapping[str, str]) -> None:
    if len(candidates) > 1:
        match.ambiguous_columns[field.name] = [column for column, _ in candidates]
    elif candidates:
        column, unit = candidates[0]
        match.found[field.name] = column
        _settle_unit(match, field, unit, units)


def _settle_unit(match: FieldMatch, field: Field, unit: str, units: Mapping[str, str]) -> None:
    if not field.unit:
        return
    unit = units.get(field.name, unit)
    if unit == UNIT_UNKNOWN:
        match.ambiguous_units[field.name] = choices(field.unit)
    else:
        match.unit[field.name] = unit
