"""The join of an attribute table by id: text with text, letter for letter, row for row."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.errors import InputError, listed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gis.issues import IssueLog

__all__ = ["Join", "ids_as_text", "join_attributes"]


@dataclass(frozen=True)
class Join:
    """An attribute table to be joined: its file, the id column in it, and how to read it.

    Attributes
    ----------
    path
        CSV or XLSX.
    key
        Column of the attribute table that holds the id.
    sheet, encoding
        See `read_attributes`.
    column_of_key
        Column of the layer that holds the id; by default the one that maps to the table's id field.
    fields
        Columns to take; by default all. A column named here replaces one of the same name in the
        layer, which is otherwise an error.
    """

    path: Path
    key: str
    sheet: str | None = None
    encoding: str | None = None
    column_of_key: str | None = None
    fields: Sequence[str] | None = None


def ids_as_text(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return ids as text: outer spaces off, whole numbers without ``.0``, empty as missing.

    Examples
    --------
    >>> ids_as_text(pd.Series([" 001", 1, 1.0, "NA", None], dtype=object)).tolist()
    ['001', '1', '1', 'NA', nan]
    """
    text = [None if gone else _id(value) for value, gone in zip(values, values.isna(), strict=True)]
    return pd.Series([entry or None for entry in text], index=values.index, name=values.name, dtype="str")


def _id(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value).strip()


def _number_form(name: str) -> str:
    """Return what is left of an id when it is taken for a number."""
    plain = unicodedata.normalize("NFKC", name).strip().removesuffix(".0")
    return plain.lstrip("0") or "0"


def join_attributes(
    frame: Any,
    attributes: pd.DataFrame,
    *,
    join: Join,
    left: str,
    table: str,
    issues: IssueLog,
) -> Any:
    """Add the columns of an attribute table to the rows with the same id.

    Rows stay as many as they were, in their order; ``attrs["joined"]`` says how many of the table's were read, used
    and left out. Ids without a partner on either side, and ids
    that would fit as numbers only (``001`` and ``1``), are reported with their counts.

    Parameters
    ----------
    frame, attributes
        The layer and the attribute table as read.
    join
        What to join by, and which columns to take.
    left
        The layer's id column.
    table
        Canonical table, for messages; the boundary alone may repeat an id (a row for each part).
    issues
        Takes what does not match.

    Raises
    ------
    InputError
        If the key is missing, an id stands twice, or a column stands in both.
    """
    file = join.path.name
    if join.key not in attributes.columns:
        raise InputError("join_key_missing", path=file, key=join.key, columns=listed(attributes.columns))
    taken = _taken(frame, attributes, join, left)
    own, keys = ids_as_text(frame[left]), ids_as_text(attributes[join.key])
    _require_single(keys, key=join.key, path=file)
    if table != "approved_boundaries":
        _require_single(own, key=left, path=table)
    _report_numbers(attributes[join.key], left, join, table=table, issues=issues)
    _report_unmatched(own, keys, table=table, file=file, issues=issues)
    known = keys.notna().to_numpy()
    lookup = pd.Index(keys[known])
    place = lookup.get_indexer(pd.Index(own))
    place[own.isna().to_numpy()] = -1
    values = attributes.loc[known, taken].reset_index(drop=True)
    values = values.reindex(place).set_axis(frame.index)  # -1, no partner, is no row: missing
    rest = frame.drop(columns=[name for name in taken if name in frame.columns])
    joined = rest.assign(**{name: values[name] for name in taken})
    used, blank = len(np.unique(place[place >= 0])), int((~known).sum())
    joined.attrs["joined"] = {
        "read": len(attributes), "used": used,
        "left_out": {"id_missing": blank, "no_feature": len(attributes) - used - blank},
    }  # fmt: skip
    return joined


def _taken(frame: Any, attributes: pd.DataFrame, join: Join, left: str) -> list[str]:
    if join.fields is None:
        taken = [str(name) for name in attributes.columns if name != join.key]
        both = [name for name in taken if name in frame.columns]
        if both:
            raise InputError("join_columns_conflict", path=join.path.name, columns=both)
        return taken
    absent = [name for name in join.fields if name not in attributes.columns]
    if absent:
        raise InputError("join_fields_missing", path=join.path.name, fields=absent, columns=listed(attributes.columns))
    return [name for name in join.fields if name not in {join.key, left}]


def _require_single(ids: pd.Series[Any], *, key: str, path: str) -> None:
    doubled = (ids.notna() & ids.duplicated(keep=False)).to_numpy()
    if doubled.any():
        rows = [int(position) + 1 for position in np.flatnonzero(doubled)]
        raise InputError("join_key_doubled", path=path, key=key, ids=sorted(set(ids[doubled])), rows=rows)


def _report_numbers(keys: pd.Series[Any], left: str, join: Join, *, table: str, issues: IssueLog) -> None:
    numbers = [value for value in keys.dropna() if not isinstance(value, str)]
    if numbers:
        issues.add(
            "id-stored-as-number", table, file=join.path.name, field=left, column=join.key, found=listed(numbers[:3])
        )


def _report_unmatched(own: pd.Series[Any], keys: pd.Series[Any], *, table: str, file: str, issues: IssueLog) -> None:
    without_row = sorted(set(own.dropna()) - set(keys.dropna()))
    without_feature = sorted(set(keys.dropna()) - set(own.dropna()))
    alike: dict[str, str] = {_number_form(key): key for key in without_feature}
    pairs = [(name, alike[_number_form(name)]) for name in without_row if _number_form(name) in alike]
    if pairs:
        shown = listed(f"{name} / {key}" for name, key in pairs)
        issues.add(
            "join-id-lookalike", table, file=file, ids=[name for name, _ in pairs], found=shown, count=len(pairs)
        )
    for code, ids in (("join-id-unmatched", without_row), ("join-row-unused", without_feature)):
        if ids:
            issues.add(code, table, file=file, ids=ids, found=listed(ids), count=len(ids))
    blank = int(own.isna().sum()), int(keys.isna().sum())
    if any(blank):
        issues.add("join-id-missing", table, file=file, count=sum(blank), in_layer=blank[0], in_table=blank[1])
