"""What the checks of events share: days as text, groups of rows without a table a group, names of kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gis.errors import listed
from gis.schema import choice_label

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

__all__ = ["TABLE", "day_texts", "gathered", "named_kind", "picked", "shown_days"]

TABLE = "parcel_events"


def day_texts(dates: pd.Series[Any]) -> list[str]:
    """Return days as text; "" where one is missing."""
    days = dates.to_numpy(dtype="datetime64[D]")
    texts: list[str] = np.where(np.isnat(days), "", np.datetime_as_string(days)).tolist()
    return texts


def shown_days(days: Iterable[str]) -> str:
    """Return the days that are there, each once, in order."""
    return listed(sorted({day for day in days if day}))


def gathered(*keys: Iterable[Any]) -> dict[Any, list[int]]:
    """Return the places of each key, by key: a group-by that does not make a table a group."""
    found: dict[Any, list[int]] = {}
    for place, key in enumerate(zip(*keys, strict=True)):
        found.setdefault(key, []).append(place)
    return {key: found[key] for key in sorted(found)}


def picked(values: list[Any], places: list[int]) -> list[Any]:
    """Return the values at some places."""
    return [values[place] for place in places]


def named_kind(kind: str) -> dict[str, str]:
    """Return what a message calls a kind of event."""
    return {f"kind_{lang}": choice_label(TABLE, "event_kind", kind, lang) for lang in ("zh", "en")} | {"kind": kind}
