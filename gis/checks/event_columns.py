"""Events of parcels against the columns of ``parcels`` that are short for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.checks.event_rows import day_texts, gathered, named_kind, picked, shown_days
from gis.errors import listed
from gis.schema import (
    EventValue,
    combine_events,
    event_kinds,
    events_of_columns,
    fields_of,
    investment_includes_price,
)

if TYPE_CHECKING:
    from gis.checks.recorder import Recorder

__all__ = ["check_columns", "check_states", "report_column"]

CAUSES = ("government_cause", "force_majeure")


def check_columns(given: pd.DataFrame, parcels: pd.DataFrame, recorder: Recorder) -> None:
    """Check that each column that is short for a kind of event says what the events say."""
    names = parcels["parcel_id"].reset_index(drop=True).astype("str")
    own = events_of_columns(parcels)
    own = own.assign(parcel_id=names.to_numpy()[own["parcel"]], kind=own["event_kind"].astype("str"))
    known = given["event_date"].notna() & given["parcel_id"].isin(set(names))
    refused = set(names[investment_includes_price(parcels, combine_events(parcels, recorder.frame))])
    for kind, entry in event_kinds().items():
        rows = given[(given["event_kind"] == kind) & known]
        if not entry.column or entry.column in {"delay_cause", "suspension_date"} or not len(rows):
            continue
        attribute = "number" if entry.value.is_number else "day" if entry.value.is_date else "event_date"
        attribute = "word" if entry.value is EventValue.CHOICE else attribute
        rows = rows[rows[attribute].notna()]
        if attribute in {"number", "word"}:  # what holds now is the latest
            rows = rows.sort_values(["event_date", "number", "word"]).drop_duplicates("parcel_id", keep="last")
        both = own[own["kind"] == kind].merge(rows.assign(position=rows.index), on="parcel_id", suffixes=("", "_given"))
        agree = (
            (both[attribute].astype(object) == both[f"{attribute}_given"].astype(object))
            .groupby(both["parcel_id"])
            .any()
        )
        wrong = set(agree.index[~agree]) - (refused if kind == "investment_counted" else set())
        pairs = both[both["parcel_id"].isin(wrong)]
        own_said, told = (_texts(pairs[name]) for name in (attribute, f"{attribute}_given"))
        positions = pairs["position"].tolist()
        for places in gathered(pairs["parcel_id"].tolist()).values():
            found, expected = (_in_order(picked(said, places)) for said in (own_said, told))
            report_column(recorder, picked(positions, places), entry.column, kind, found=found, expected=expected)
    _check_causes(given, parcels, recorder)


def _texts(values: pd.Series[Any]) -> list[Any]:
    """Return days and words as text, numbers as they are: what `_in_order` can sort."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return day_texts(values)
    is_number = pd.api.types.is_float_dtype(values.dtype)
    return values.tolist() if is_number else values.astype("str").tolist()


def _in_order(values: list[Any]) -> str:
    return listed(f"{value:,.2f}" if isinstance(value, float) else value for value in sorted(set(values)))


def report_column(recorder: Recorder, positions: Any, column: str, kind: str, *, found: str, expected: str) -> None:
    """Add one issue about a column that says something else than events of a kind."""
    field = fields_of("parcels")[column]
    recorder.one(
        "event-contradicts-field", positions, found=found, expected=expected, field=column, field_zh=field.label_zh,
        field_en=field.label_en, **named_kind(kind),
    )  # fmt: skip


def _check_causes(given: pd.DataFrame, parcels: pd.DataFrame, recorder: Recorder) -> None:
    if "delay_cause" not in parcels.columns:
        return
    rows = given[given["event_kind"].isin(CAUSES) & given["event_date"].notna()]
    rows = rows.sort_values(["event_date", "event_kind"]).drop_duplicates("parcel_id", keep="last")
    said = parcels.drop_duplicates("parcel_id").set_index("parcel_id")["delay_cause"]
    told = rows["parcel_id"].map(said).astype("str")
    for position in recorder.in_order(rows.index[told.notna() & (told != rows["event_kind"])]):
        kind = str(rows.loc[position, "event_kind"])
        report_column(recorder, [position], "delay_cause", kind, found=str(told[position]), expected=kind)


def check_states(given: pd.DataFrame, parcels: pd.DataFrame, recorder: Recorder) -> None:
    """Check that the state of the data's day is the one the events lead to."""
    last = {
        kind: rows.groupby("parcel_id")["event_date"].max() for kind, rows in given.groupby("event_kind", sort=True)
    }
    table = parcels.drop_duplicates("parcel_id").set_index("parcel_id")

    def of(kind: str) -> pd.Series[Any]:
        return last.get(kind, pd.Series(dtype="datetime64[us]")).reindex(table.index)

    started, stopped, resumed, done = (of(kind) for kind in ("commenced", "suspended", "resumed", "completed"))
    own = table.get("suspension_date", pd.Series(dtype="datetime64[us]")).reindex(table.index)
    stopped = stopped.where(~(own > stopped), own).where(stopped.notna(), own)
    running = stopped.notna() & ~(resumed >= stopped)
    state = table.get("construction_state", pd.Series(dtype="str")).reindex(table.index)
    supply = table.get("supply_status", pd.Series(dtype="str")).reindex(table.index)
    contradicted = (
        ("construction_state", state, state.eq("not_started") & started.notna(), "commenced"),
        ("construction_state", state, state.eq("under_construction") & running & done.isna(), "suspended"),
        ("construction_state", state, state.isin(["under_construction", "suspended"]) & done.notna(), "completed"),
        ("construction_state", state, state.eq("suspended") & (resumed >= stopped) & done.isna(), "resumed"),
        ("supply_status", supply, supply.eq("approved_not_supplied") & of("supplied").notna(), "supplied"),
    )
    for column, values, wrong, kind in contradicted:
        parcels_wrong = table.index[wrong.fillna(False).to_numpy(dtype=bool)]
        if not len(parcels_wrong):
            continue
        rows = given[(given["event_kind"] == kind) & given["parcel_id"].isin(parcels_wrong)]
        positions, days = rows.index.tolist(), rows["shown"].tolist()
        said = values[~values.index.duplicated()].to_dict()
        for (parcel,), places in gathered(rows["parcel_id"].tolist()).items():
            expected = shown_days(picked(days, places))
            report_column(
                recorder, picked(positions, places), column, kind, found=str(said[parcel]), expected=expected
            )  # fmt: skip
