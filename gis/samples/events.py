"""The log of some parcels of the sample: the days their records tell, as events, with permit, filing and sums."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from gis.samples.attributes import Columns

__all__ = ["EVENT_COLUMNS", "event_rows", "write_events"]

EVENT_COLUMNS: Final = ("parcel_id", "event_date", "event_kind", "value", "document")
#: One parcel in so many has a log.
EVERY: Final = 8
DOCUMENT: Final = "示例文书（虚构）"
#: Column of a day → kind of event.
DATED: Final = {
    "supply_date": "supplied",
    "delivery_date": "delivered",
    "commencement_date": "commenced",
    "suspension_date": "suspended",
    "completion_date": "completed",
    "production_date": "in_production",
}
#: Days from the supply to the filing, from the permit to the start, and from the count to the sample's day.
FILED_AFTER, PERMIT_BEFORE, COUNTED_BEFORE = 20, 40, 60
Row = tuple[str, str, str, str, str]


def event_rows(columns: Columns, as_of: dt.date) -> Iterator[Row]:
    """Yield the events of one parcel in `EVERY`, by parcel and day; they say what its columns say.

    Parameters
    ----------
    columns
        Of the layer ``parcels``.
    as_of
        The day that the records speak of.
    """
    for place, parcel in enumerate(columns["parcel_id"].tolist()):
        if int(parcel) % EVERY or np.isnat(columns["supply_date"][place]):
            continue
        events = sorted(_events(columns, place, np.datetime64(as_of, "D")))
        yield from ((parcel, day, kind, value, DOCUMENT) for day, kind, value in events)


def _events(columns: Columns, place: int, as_of: Any) -> Iterator[tuple[str, str, str]]:
    def day(column: str, shift: int = 0) -> str:
        return str(columns[column][place].astype("datetime64[D]") + np.timedelta64(shift, "D"))

    for column, kind in DATED.items():
        if not np.isnat(columns[column][place]):
            yield day(column), kind, ""
    yield day("supply_date", FILED_AFTER), "filed_in_monitoring", ""
    if not np.isnat(columns["agreed_commencement_date"][place]):
        yield day("supply_date"), "agreed_commencement", day("agreed_commencement_date")
    if not np.isnat(columns["commencement_date"][place]):
        yield day("commencement_date", -PERMIT_BEFORE), "construction_permit", ""
    counted = columns["invested_cny"][place]
    if not np.isnan(counted):
        yield str(as_of - np.timedelta64(COUNTED_BEFORE, "D")), "investment_counted", f"{counted:.0f}"


def write_events(path: Path, rows: Iterator[Row] | list[Row]) -> None:
    """Write events as CSV in UTF-8 with a byte-order mark, which proves the encoding."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(EVENT_COLUMNS)
        writer.writerows(rows)
