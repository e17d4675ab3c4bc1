"""From the columns of a file to a canonical table: names, types and units of the dictionary.

Nothing is guessed and nothing is dropped in silence: what can't be read becomes an issue with its
rows, and the value is missing. Ids and codes stay text, letter for letter.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gis.errors import listed
from gis.issues import IssueLog
from gis.schema.dates import parse_dates
from gis.schema.dictionary import Field, FieldType, fields_of, normal_name
from gis.schema.matching import ROW_NUMBER, FieldMatch, match_fields
from gis.units import factor

__all__ = ["conform"]

FLAG_WORDS = {
    True: ("true", "yes", "y", "1", "是", "有", "t"),
    False: ("false", "no", "n", "0", "否", "无", "f"),
}


@dataclasses.dataclass(frozen=True)
class _Source:
    """Where the rows of a frame come from, and where issues about them go."""

    table: str
    file: str
    rows: pd.Series[int]
    issues: IssueLog

    def report(self, code: str, field: Field, positions: Any, column: str, values: pd.Series[Any]) -> None:
        """Record one issue for all rows of a column that share a problem."""
        positions = [int(position) for position in positions]
        shown = listed(dict.fromkeys(str(values.iloc[position]) for position in positions))
        rows = tuple(int(self.rows.iloc[position]) for position in positions)
        self.issues.add(
            code,
            self.table,
            file=self.file,
            rows=rows,
            found=shown,
            field=field.name,
            column=column,
            expected=field.type.value,
            count=len(rows),
        )


def conform(
    frame: pd.DataFrame,
    table: str,
    *,
    issues: IssueLog,
    file: str = "",
    mapping: Mapping[str, str | None] | None = None,
    units: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Return ``frame`` as the canonical table ``table``.

    Parameters
    ----------
    frame
        Rows as read; a GeoDataFrame keeps its geometry and system.
    table
        Name of the canonical table.
    issues
        Takes what is wrong: ambiguous or missing fields, values that can't be read.
    file
        The source's name, for messages and for ``source_file``.
    mapping, units
        The user's declarations (see `match_fields`).
    values
        field → constant for a field that the file does not have.

    Returns
    -------
    A new table with every field of the dictionary, ``source_file``, ``source_row`` (from 1) and,
    where the input has one, ``geometry``; index 0 … n-1. Areas are in m², money in CNY, ratios 0–1.

    Examples
    --------
    >>> raw = pd.DataFrame({"DKBH": ["001", "1"], "MJ": ["1.5", "2"]})
    >>> table = conform(raw, "parcels", issues=IssueLog(), units={"legal_area_m2": "ha"})
    >>> table["parcel_id"].tolist(), table["legal_area_m2"].tolist()
    (['001', '1'], [15000.0, 20000.0])
    """
    values = dict(values or {})
    geometry = frame.geometry.name if hasattr(frame, "geom_type") else None
    columns = [str(column) for column in frame.columns if column != geometry]
    match = match_fields(columns, table, mapping=mapping, units=units, constants=values)
    rows = pd.Series(np.arange(1, len(frame) + 1), dtype="int64")
    source = _Source(table, file, rows, issues)
    _report_match(match, source, columns)
    _report_unknown_names(table, mapping, units, values, source)
    data = {
        field.name: _column(field, frame.reset_index(drop=True), match, values, source)
        for field in fields_of(table).values()
    }
    data["source_file"] = pd.Series([file] * len(frame), dtype="str")
    data["source_row"] = rows
    result = pd.DataFrame(data)
    if geometry is None:
        return result
    import geopandas as gpd

    shapes = frame.geometry.reset_index(drop=True)
    spatial: pd.DataFrame = gpd.GeoDataFrame(result, geometry=shapes.rename("geometry"), crs=frame.crs)
    return spatial


def _report_match(match: FieldMatch, source: _Source, columns: list[str]) -> None:
    facts: dict[str, Any] = {"file": source.file}
    for field, candidates in match.ambiguous_columns.items():
        source.issues.add("field-ambiguous", source.table, field=field, found=listed(candidates), **facts)
    for field, units in match.ambiguous_units.items():
        column = match.found[field]
        source.issues.add(
            "field-unit-ambiguous", source.table, field=field, column=column, expected=listed(units), **facts
        )
    for field, column in match.unknown_columns.items():
        source.issues.add(
            "field-column-unknown", source.table, field=field, column=column, found=listed(columns), **facts
        )
    missing = [field for field in match.missing_required if field not in match.unknown_columns]
    for field in missing:
        names = listed(alias.name for alias in fields_of(source.table)[field].aliases)
        source.issues.add("field-missing", source.table, field=field, expected=names, found=listed(columns), **facts)


def _report_unknown_names(table: str, mapping: Any, units: Any, values: Mapping[str, Any], source: _Source) -> None:
    known = fields_of(table)
    for name in sorted({*(mapping or {}), *(units or {}), *values} - known.keys()):
        source.issues.add("field-unknown", table, file=source.file, field=name, expected=listed(known, limit=60))


def _column(
    field: Field, frame: pd.DataFrame, match: FieldMatch, values: Mapping[str, Any], source: _Source
) -> pd.Series[Any]:
    column = match.found.get(field.name)
    if field.name in match.ambiguous_units:
        column = None
    if field.name in values:
        raw = pd.Series([values[field.name]] * len(frame), dtype="object")
        column = column or field.name
    elif column == ROW_NUMBER:
        raw = source.rows.astype("str").astype("object")
    elif column is None:
        # One missing value shows the type; the rest of an absent column needs no reading.
        return _typed(field, pd.Series([None], dtype="object"), "", match, source).iloc[:0].reindex(range(len(frame)))
    else:
        raw = frame[column]
    return _typed(field, raw, column or "", match, source)


def _typed(field: Field, raw: pd.Series[Any], column: str, match: FieldMatch, source: _Source) -> pd.Series[Any]:
    if field.type.is_text:
        return _text(field, raw, column, source)
    if field.type is FieldType.DATE:
        return _date(field, raw, column, source)
    if field.type is FieldType.FLAG:
        return _flag(field, raw, column, source)
    return _number(field, raw, column, match.unit.get(field.name, field.unit), source)


def _as_text(raw: pd.Series[Any]) -> pd.Series[str]:
    """Return values as text without outer spaces; empty is missing."""
    if isinstance(raw.dtype, pd.CategoricalDtype):
        raw = raw.astype(raw.cat.categories.dtype)
    missing = raw.isna()
    return raw.astype("str").str.strip().mask(lambda text: missing | (text == ""))


def _text(field: Field, raw: pd.Series[Any], column: str, source: _Source) -> pd.Series[str]:
    numeric = pd.api.types.is_numeric_dtype(raw.dtype) and not pd.api.types.is_bool_dtype(raw.dtype)
    if raw.dtype == object and column != ROW_NUMBER:  # a workbook's cells keep their own types
        numeric = any(isinstance(value, int | float) and not pd.isna(value) for value in raw)
    if numeric and field.type in {FieldType.ID, FieldType.CODE} and raw.notna().any():
        source.issues.add(
            "id-stored-as-number", source.table, file=source.file, field=field.name, column=column,
            found=listed(raw.dropna().head(3)),
        )  # fmt: skip
        if pd.api.types.is_float_dtype(raw.dtype) and (raw.dropna() % 1 == 0).all():
            raw = raw.astype("Int64")
    result = _as_text(raw)
    if field.type is FieldType.CATEGORY:
        words = {normal_name(zh): value for value, zh in field.choices.items()}
        words |= {normal_name(value): value for value in field.choices}
        known = {word: words.get(normal_name(word), word) for word in result.dropna().unique()}
        result = result.map(known).astype("str")
    return result.rename(None)


def _date(field: Field, raw: pd.Series[Any], column: str, source: _Source) -> pd.Series[Any]:
    dates, problems = parse_dates(raw)
    for problem, positions in problems.items():
        if len(positions):
            source.report(f"date-{problem.replace('_', '-')}", field, positions, column, raw)
    return dates.rename(None)


def _flag(field: Field, raw: pd.Series[Any], column: str, source: _Source) -> pd.Series[Any]:
    words = {word: value for value, every in FLAG_WORDS.items() for word in every}
    text = _as_text(raw)
    result = text.map({word: words.get(normal_name(word).removesuffix(".0")) for word in text.dropna().unique()})
    wrong = np.flatnonzero(text.notna() & result.isna())
    if len(wrong):
        source.report("value-not-flag", field, wrong, column, text)
    return result.astype("boolean").rename(None)


def _number(field: Field, raw: pd.Series[Any], column: str, unit: str, source: _Source) -> pd.Series[Any]:
    if pd.api.types.is_numeric_dtype(raw.dtype):
        numbers = raw.astype("float64")
    else:
        text = _as_text(raw)
        numbers = pd.to_numeric(text.str.replace(",", "", regex=False), errors="coerce").astype("float64")
        wrong = np.flatnonzero(text.notna() & numbers.isna())
        if len(wrong):
            source.report("value-not-number", field, wrong, column, text)
    infinite = np.flatnonzero(np.isinf(numbers))
    if len(infinite):
        source.report("value-not-number", field, infinite, column, numbers)
        numbers = numbers.mask(np.isinf(numbers))
    if field.type is FieldType.INTEGER:
        uneven = np.flatnonzero(numbers.notna() & (numbers % 1 != 0))
        if len(uneven):
            source.report("value-not-integer", field, uneven, column, numbers)
        return numbers.mask(numbers % 1 != 0).astype("Int64").rename(None)
    if field.unit and unit != field.unit:
        exact = factor(unit, field.unit)
        # Six decimals: 0.55 ha is 5,500 m², not 5,500.000000000001.
        numbers = (numbers * exact.numerator / exact.denominator).round(6)
    return numbers.rename(None)
