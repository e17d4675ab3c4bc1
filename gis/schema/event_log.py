"""The events of parcels in long form: the wide columns of ``parcels`` turned into events, joined with given ones."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from gis.schema.dates import parse_dates
from gis.schema.event_kinds import EventKind, EventValue, event_kinds

__all__ = ["EVENT_PROBLEMS", "combine_events", "events_of_columns", "read_event_values"]

#: What can be wrong with the value of an event.
EVENT_PROBLEMS: Final = ("missing", "invalid", "unwanted")
#: Columns of ``parcels`` that hold causes as words, and the column that holds the item.
CAUSE, ITEM = "delay_cause", "delay_cause_item"
AGREED, SUPPLIED = "agreed_commencement_date", "supply_date"
#: Column of ``parcel_events`` with the last day of what lasts.
LAST = "last_date"
WORDS: Final = sorted({"", *(word for kind in event_kinds().values() for word in kind.choices)})
WORD: Final = pd.CategoricalDtype(WORDS)
KIND: Final = pd.CategoricalDtype(list(event_kinds()))


def read_event_values(events: pd.DataFrame) -> pd.DataFrame:
    """Read the values of events as what their kinds say they are.

    Parameters
    ----------
    events
        Canonical table ``parcel_events``.

    Returns
    -------
    On the same index: ``number`` (m² or CNY), ``day``, ``word`` ("" where the value is none of its
    kind's words) and ``problem`` (one of `EVENT_PROBLEMS`, or ""). A value with a problem is read as
    missing; a value where none is wanted is not read.

    Examples
    --------
    >>> events = pd.DataFrame({"event_kind": ["area_developed", "article_12_agreement", "government_cause"],
    ...                        "value": ["3,334", "2024-05-01", "9"]})
    >>> found = read_event_values(events)
    >>> float(found["number"].iloc[0]), found["day"].iloc[1].date().isoformat(), found["problem"].tolist()
    (3334.0, '2024-05-01', ['', '', 'invalid'])
    """
    count = len(events)
    number, day = np.full(count, np.nan), np.full(count, "NaT", dtype="datetime64[us]")
    word, problem = np.full(count, "", dtype=object), np.full(count, "", dtype=object)
    codes = _codes(events["event_kind"])
    text = events["value"].astype("str").str.strip().mask(lambda value: value == "")
    absent = text.isna().to_numpy()
    for code, kind in enumerate(event_kinds().values()):
        rows = np.flatnonzero((codes == code) & ~absent)
        if kind.required:
            problem[(codes == code) & absent] = "missing"
        if not len(rows):
            continue
        values = text.iloc[rows]
        if kind.value is EventValue.NONE:
            problem[rows] = "unwanted"
            continue
        number[rows], day[rows], word[rows] = _read_kind(kind, values)
        read = ~np.isnan(number[rows]) | ~np.isnat(day[rows]) | (word[rows] != "")
        problem[rows[~read]] = "invalid"
    return pd.DataFrame(
        {
            "number": number,
            "day": day,
            "word": pd.Categorical(word, dtype=WORD),
            "problem": pd.Series(problem, dtype="str").to_numpy(),
        },
        index=events.index,
    )


def _codes(kinds: pd.Series[Any]) -> Any:
    """Return the place of each kind among all kinds; -1 where it is none of them."""
    return KIND.categories.get_indexer(pd.Index(kinds.astype("str")))


def _read_kind(kind: EventKind, values: pd.Series[Any]) -> tuple[Any, Any, Any]:
    """Return number, day and word of the values of one kind; what can't be read is missing in all three."""
    number: Any = np.full(len(values), np.nan)
    day: Any = np.full(len(values), "NaT", dtype="datetime64[us]")
    if kind.value.is_number:
        plain = values.str.replace(",", "", regex=False)
        number = pd.to_numeric(plain, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
        number = np.where(np.isfinite(number) & (number >= 0), number, np.nan)
    word = values.where(values.isin(kind.choices), "").to_numpy(dtype=object)
    if kind.value.is_date:
        dates, _ = parse_dates(values.mask(values.isin(kind.choices)))
        day = dates.to_numpy()
    return number, day, word


def _entries(name: str, positions: Any, **columns: Any) -> pd.DataFrame:
    """Return events of one kind at rows of ``parcels``; columns not given are missing."""
    count = len(positions)
    none = np.full(count, "NaT", dtype="datetime64[us]")
    return pd.DataFrame(
        {
            "parcel": np.asarray(positions, dtype=np.int64),
            "event_kind": pd.Categorical.from_codes(np.full(count, KIND.categories.get_loc(name)), dtype=KIND),
            "event_date": columns.get("event_date", none),
            "number": columns.get("number", np.full(count, np.nan)),
            "day": columns.get("day", none),
            "word": pd.Categorical(columns.get("word", np.full(count, "", dtype=object)), dtype=WORD),
            "last_day": none,
            "is_given": np.full(count, False),
            "row": np.asarray(positions, dtype=np.int64),
        }
    )


def events_of_columns(parcels: pd.DataFrame) -> pd.DataFrame:
    """Return the events that the wide columns of ``parcels`` are short for.

    A date of a column is the event's date. A sum, an area, a cause or a grade has none: it holds on
    the day of the data, and its ``event_date`` is missing. An agreed start was agreed at supply.

    Parameters
    ----------
    parcels
        Canonical table ``parcels``.

    Returns
    -------
    Columns parcel (row of ``parcels`` from 0), event_kind, event_date, number, day, word, last_day
    (of what lasts), is_given (False), row (of the table it stands in, from 0).

    Examples
    --------
    >>> from gis.issues import IssueLog
    >>> from gis.schema import conform
    >>> raw = pd.DataFrame({"parcel_id": ["1"], "commencement_date": ["2024-05-01"], "invested_cny": [5e6]})
    >>> events = events_of_columns(conform(raw, "parcels", issues=IssueLog()))
    >>> events["event_kind"].tolist(), events["number"].tolist()
    (['commenced', 'investment_counted'], [nan, 5000000.0])
    """
    parts = []
    for name, kind in event_kinds().items():
        column = kind.column
        if not column or column not in parcels.columns:
            continue
        values = parcels[column]
        chosen = (values == name) if column == CAUSE else values.notna()
        rows = np.flatnonzero(chosen.to_numpy(dtype=bool, na_value=False))
        if not len(rows):
            continue
        there = values.iloc[rows]
        if column == AGREED:
            parts.append(_entries(name, rows, event_date=_days(parcels, SUPPLIED, rows), day=there.to_numpy()))
        elif kind.value.is_number:
            parts.append(_entries(name, rows, number=there.to_numpy(dtype="float64")))
        elif column == CAUSE:
            item = parcels[ITEM].iloc[rows] if kind.choices else pd.Series([""] * len(rows), dtype="str")
            parts.append(_entries(name, rows, word=item.where(item.isin(kind.choices), "").to_numpy(dtype=object)))
        elif kind.value is EventValue.CHOICE:
            parts.append(_entries(name, rows, word=there.where(there.isin(kind.choices), "").to_numpy(dtype=object)))
        else:
            parts.append(_entries(name, rows, event_date=there.to_numpy()))
    return pd.concat(parts, ignore_index=True) if parts else _entries("supplied", [])


def _days(table: pd.DataFrame, column: str, rows: Any) -> Any:
    if column not in table.columns:
        return np.full(len(rows), "NaT", dtype="datetime64[us]")
    return table[column].iloc[rows].to_numpy()


def _places(ids: pd.Series[str], named: pd.Series[str]) -> Any:
    """Return the row of each named id, letter for letter, the first of several; -1 where there is none."""
    known = pd.Index(ids.astype("str"))
    rows = np.flatnonzero(~known.duplicated() & known.notna())
    found = known[rows].get_indexer(pd.Index(named.astype("str")))
    return np.where(found >= 0, np.append(rows, -1)[found], -1)


def combine_events(parcels: pd.DataFrame, events: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return all events of the parcels: those of the wide columns, then the given ones.

    Parameters
    ----------
    parcels
        Canonical table ``parcels``.
    events
        Canonical table ``parcel_events``. Rows without date, with an unknown kind, parcel or value
        can't be used: `gis.checks` reports each of them, as it does contradictions.

    Returns
    -------
    As from `events_of_columns`, with is_given True for the given ones.
    """
    own = events_of_columns(parcels)
    if events is None or not len(events):
        return own
    place = _places(parcels["parcel_id"], events["parcel_id"])
    values = read_event_values(events)
    codes = _codes(events["event_kind"])
    # An agreement without a readable date still says that the start was agreed anew.
    usable = (place >= 0) & (codes >= 0) & events["event_date"].notna().to_numpy()
    rows = np.flatnonzero(usable)
    given = pd.DataFrame(
        {
            "parcel": place[rows].astype(np.int64),
            "event_kind": pd.Categorical.from_codes(codes[rows], dtype=KIND),
            "event_date": events["event_date"].to_numpy()[rows],
            "number": values["number"].to_numpy()[rows],
            "day": values["day"].to_numpy()[rows],
            "word": values["word"].array[rows],
            "last_day": _days(events, LAST, rows),
            "is_given": np.full(len(rows), True),
            "row": rows.astype(np.int64),
        }
    )
    return pd.concat([own, given], ignore_index=True)
