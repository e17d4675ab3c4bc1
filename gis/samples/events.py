"""The log of some parcels of the sample: the days their records tell, as events, with permit, filing and sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gis.csv_files import write_csv

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from gis.samples.attributes import Columns

__all__ = ["EVENT_COLUMNS", "event_rows", "write_events"]

EVENT_COLUMNS: Final = ("parcel_id", "event_date", "event_kind", "value", "last_date", "document")
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
#: Yearly figures of land in production: so many years back, tax in CNY/m² by the parcel's number, output a multiple.
YEARS_BACK, LEAST_TAX, TAX_STEPS, TAX_STEP, OUTPUT_OF_TAX = 3, 35, 7, 40, 14
#: Idle land that has been so for longer than this many days has its disposal decided.
DECIDED_AFTER, DECIDED_BEFORE = 900, 45
#: Land that waits for its start was checked so many days before the sample's day.
CHECKED_BEFORE: Final = 20
CAUSES: Final = ("government_cause", "force_majeure")
Row = tuple[str, str, str, str, str, str]


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
        yield from ((parcel, day, kind, value, last, DOCUMENT) for day, kind, value, last in events)


def _events(columns: Columns, place: int, as_of: Any) -> Iterator[tuple[str, str, str, str]]:
    for day, kind, value in _moments(columns, place, as_of):
        yield day, kind, value, ""
    cause, item = columns["delay_cause"][place], columns["delay_cause_item"][place]
    if cause in CAUSES:
        first, last = (columns[f"delay_cause_{end}_date"][place].astype("datetime64[D]") for end in ("first", "last"))
        yield str(first), cause, item or "", str(last)


def _moments(columns: Columns, place: int, as_of: Any) -> Iterator[tuple[str, str, str]]:
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
    yield from _yields(columns, place, as_of)
    told = ("agreed_commencement_date", "construction_state", "delay_cause")
    agreed, state, cause = (columns[name][place] for name in told)
    if state == "not_started":
        yield str(as_of - np.timedelta64(CHECKED_BEFORE, "D")), "not_commenced", ""
    waits = state == "not_started" and cause == "enterprise_cause"
    if waits and not np.isnat(agreed) and as_of - agreed.astype("datetime64[D]") > np.timedelta64(DECIDED_AFTER, "D"):
        yield str(as_of - np.timedelta64(DECIDED_BEFORE, "D")), "disposal_decided", "reclaim"
    counted = columns["invested_cny"][place]
    if not np.isnan(counted):
        yield str(as_of - np.timedelta64(COUNTED_BEFORE, "D")), "investment_counted", f"{counted:.0f}"


def _yields(columns: Columns, place: int, as_of: Any) -> Iterator[tuple[str, str, str]]:
    """Yield tax and output of the years before the sample's day, for land that was in production in them."""
    began = columns["production_date"][place]
    rate = LEAST_TAX + int(columns["parcel_id"][place]) // EVERY % TAX_STEPS * TAX_STEP
    tax = round(float(columns["legal_area_m2"][place]) * rate, -2)
    year = int(str(as_of)[:4])
    for past in range(year - YEARS_BACK, year):
        day = f"{past:04d}-12-31"
        if not np.isnat(began) and str(began.astype("datetime64[D]")) <= f"{past:04d}-01-01":
            yield day, "tax", f"{tax:.0f}"
            yield day, "output", f"{tax * OUTPUT_OF_TAX:.0f}"


def write_events(path: Path, rows: Iterator[Row] | list[Row]) -> None:
    """Write events as CSV in UTF-8 with a byte-order mark, which proves the encoding."""
    write_csv(path, EVENT_COLUMNS, rows, encoding="utf-8-sig")
