"""Events of parcels: values as their kinds want them, in order, and in accord with the columns of ``parcels``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.checks.dates import Order
from gis.checks.recorder import Recorder
from gis.errors import listed
from gis.schema import (
    EventValue,
    choice_label,
    combine_events,
    event_kinds,
    events_of_columns,
    fields_of,
    investment_includes_price,
    read_event_values,
)

if TYPE_CHECKING:
    import datetime as dt

    from gis.issues import IssueLog

__all__ = ["check_events", "check_investment"]

TABLE = "parcel_events"


#: The first event of the earlier kind may not lie after the first of the later.
ORDERS = (
    Order("commenced", "suspended", "event-order"),
    Order("commenced", "completed", "event-order"),
    Order("commenced", "in_production", "event-order"),
    Order("supplied", "commenced", "event-order-unusual"),
    Order("supplied", "delivered", "event-order-unusual"),
    Order("construction_permit", "commenced", "event-order-unusual"),
    Order("completed", "in_production", "event-order-unusual"),
)
CUMULATIVE = ("investment_counted", "area_developed")
CAUSES = ("government_cause", "force_majeure")
#: Of these, several on one day are several steps.
STEPS = ("surplus_land_step", "surplus_floor_step")


def check_events(events: pd.DataFrame, parcels: pd.DataFrame, *, as_of: str | dt.date, issues: IssueLog) -> None:
    """Check the events of parcels, by themselves and against the columns that are short for them.

    Parameters
    ----------
    events
        Canonical table ``parcel_events``.
    parcels
        Canonical table ``parcels``.
    as_of
        The run's date; later events don't count yet, which is a note.
    issues
        Takes ``event-value-missing``, ``-invalid`` and ``-unwanted``, ``event-repeated``,
        ``event-contradicts-event``, ``event-order``, ``event-order-unusual``,
        ``event-value-decreases``, ``event-contradicts-field`` and ``events-after-date``.

    Examples
    --------
    >>> from gis.issues import IssueLog
    >>> from gis.schema import conform
    >>> log = IssueLog()
    >>> own = pd.DataFrame({"parcel_id": ["7"], "commencement_date": ["2024-05-01"]})
    >>> parcels = conform(own, "parcels", issues=log)
    >>> raw = pd.DataFrame({"parcel_id": ["7"], "event_date": ["2024-06-01"], "event_kind": ["commenced"]})
    >>> check_events(conform(raw, "parcel_events", issues=log), parcels, as_of="2026-03-31", issues=log)
    >>> [(issue.code, issue.ids, issue.found, issue.expected) for issue in log]
    [('event-contradicts-field', ('7',), '2024-05-01', '2024-06-01')]
    """
    recorder = Recorder(events, TABLE, issues)
    given = _given(events, recorder)
    _check_values(given, recorder)
    _check_repeats(given, recorder)
    _check_order(given, recorder)
    _check_sums(given, recorder)
    _check_stops(given, parcels, recorder)
    today = pd.Timestamp(as_of)
    later = np.flatnonzero((given["event_date"] > today).to_numpy())
    if len(later):
        recorder.table_wide("events-after-date", count=len(later), found=str(today.date()))
    if {"parcel_id"} <= set(parcels.columns):
        _check_columns(given, parcels, recorder)
        _check_states(given[given["event_date"] <= today], parcels, recorder)


def _given(events: pd.DataFrame, recorder: Recorder) -> pd.DataFrame:
    """Return the events with their values read; ``key`` is what two events of one day must agree in."""
    frame = pd.DataFrame(events[["event_kind", "event_date", "value"]]).reset_index(drop=True)
    values = read_event_values(frame)
    text = values["word"].astype("str").where(values["word"] != "", values["number"].astype("str"))
    key = text.where(values["day"].isna(), values["day"].astype("str"))
    return frame.assign(parcel_id=pd.Series(recorder.ids, dtype="str"), key=key, **values)


def _shown(dates: Any) -> str:
    return listed(sorted(pd.Series(dates).dt.strftime("%Y-%m-%d").dropna().unique()))


def _named(kind: str) -> dict[str, str]:
    """Return what a message calls a kind of event."""
    return {f"kind_{lang}": choice_label(TABLE, "event_kind", kind, lang) for lang in ("zh", "en")} | {"kind": kind}


def _check_values(given: pd.DataFrame, recorder: Recorder) -> None:
    for (problem, kind), rows in given[given["problem"] != ""].groupby(["problem", "event_kind"], sort=True):
        entry = event_kinds()[str(kind)]
        shape = "" if entry.value in {EventValue.CHOICE, EventValue.NONE} else f"{entry.value.value} "
        expected = (shape + listed(entry.choices)).strip() or "–"
        recorder.together(
            f"event-value-{problem}", rows.index, found=listed(rows["value"].dropna().unique()),
            expected=expected.replace("agreement", "date,"), **_named(str(kind)),
        )  # fmt: skip


def _check_repeats(given: pd.DataFrame, recorder: Recorder) -> None:
    known = given[given["event_kind"].isin(list(event_kinds())) & given["event_date"].notna()]
    same = known.duplicated(["parcel_id", "event_kind", "event_date", "key"], keep=False)
    for (_, kind), rows in known[same].groupby(["parcel_id", "event_kind"], sort=True):
        recorder.one("event-repeated", rows.index, found=_shown(rows["event_date"]), **_named(str(kind)))
    single = known["event_kind"].isin([name for name, kind in event_kinds().items() if kind.single])
    once = known.drop_duplicates(["parcel_id", "event_kind", "event_date", "key"])
    twice = once[single.loc[once.index]].duplicated(["parcel_id", "event_kind"], keep=False)
    steps = once["event_kind"].isin(STEPS)
    many = once[~single.loc[once.index] & ~steps].duplicated(["parcel_id", "event_kind", "event_date"], keep=False)
    wrong = once.loc[sorted([*twice[twice].index, *many[many].index])]
    for (_, kind), rows in wrong.groupby(["parcel_id", "event_kind"], sort=True):
        has_value = event_kinds()[str(kind)].value is not EventValue.NONE
        values = listed(rows["value"].dropna().unique()) if has_value else ""
        found = f"{_shown(rows['event_date'])} {values}".strip()
        recorder.one("event-contradicts-event", rows.index, found=found, **_named(str(kind)))


def _check_order(given: pd.DataFrame, recorder: Recorder) -> None:
    dated = given[given["event_date"].notna()]
    first = {kind: rows.groupby("parcel_id")["event_date"].min() for kind, rows in dated.groupby("event_kind")}
    none = pd.Series(dtype="datetime64[us]")
    for rule in ORDERS:
        days = pd.DataFrame({"earlier": first.get(rule.earlier, none), "later": first.get(rule.later, none)})
        _report_order(rule, days[days["earlier"] > days["later"]], dated, recorder)


def _check_stops(given: pd.DataFrame, parcels: pd.DataFrame, recorder: Recorder) -> None:
    """Check suspensions and resumptions: each resumption ends a suspension, and each suspension is told once.

    The column ``suspension_date`` is one suspension among them; events of earlier ones don't contradict it.
    """
    steps = given[given["event_kind"].isin(["suspended", "resumed"]) & given["event_date"].notna()]
    steps = steps[["parcel_id", "event_date", "event_kind"]].assign(position=steps.index)
    if not len(steps):
        return
    if {"parcel_id", "suspension_date"} <= set(parcels.columns):
        own = parcels.loc[parcels["suspension_date"].notna(), ["parcel_id", "suspension_date"]]
        own = own[own["parcel_id"].isin(set(steps["parcel_id"]))].rename(columns={"suspension_date": "event_date"})
        steps = pd.concat([steps, own.assign(event_kind="suspended", position=-1)], ignore_index=True)
    steps = steps.sort_values(["parcel_id", "event_date", "position"], kind="stable")
    steps = steps.drop_duplicates(["parcel_id", "event_date", "event_kind"], keep="last")
    steps = steps.sort_values(["parcel_id", "event_date", "event_kind"], ascending=[True, True, False], kind="stable")
    former = steps.groupby("parcel_id").shift()
    stop = steps["event_kind"] == "suspended"
    both_days = former["event_date"] == steps["event_date"]
    _report_stops(steps[~stop & (former["event_kind"].isna() | both_days)], former, "event-order", recorder)
    again = stop & (former["event_kind"] == "suspended")
    named = again & (steps["position"].eq(-1) | former["position"].eq(-1))
    _report_stops(steps[again & ~named], former, "event-order-unusual", recorder)
    for label in steps.index[named]:
        days = [steps.loc[label, "event_date"], former.loc[label, "event_date"]]
        own_day, other = days if steps.loc[label, "position"] == -1 else days[::-1]
        position = max(int(steps.loc[label, "position"]), int(former.loc[label, "position"]))
        found, expected = _shown([own_day]), _shown([other])
        _report_column(recorder, [position], "suspension_date", "suspended", found=found, expected=expected)


def _report_stops(steps: pd.DataFrame, former: pd.DataFrame, code: str, recorder: Recorder) -> None:
    other = {f"other_{lang}": _named("resumed")[f"kind_{lang}"] for lang in ("zh", "en")}
    days = steps["event_date"].dt.strftime("%Y-%m-%d")
    before = former["event_date"].dt.strftime("%Y-%m-%d").reindex(steps.index).fillna("–")
    for label, position in steps["position"].items():
        recorder.one(
            code, [int(position)], found=f"{before[label]}, {days[label]}", expected="suspended < resumed < suspended",
            **_named("suspended"), **other,
        )  # fmt: skip


def _report_order(rule: Order, days: pd.DataFrame, dated: pd.DataFrame, recorder: Recorder) -> None:
    """Report parcels (the index) by the days of the two kinds that are out of order."""
    rows = dated[dated["event_kind"].isin([rule.earlier, rule.later]) & dated["parcel_id"].isin(days.index)]
    other = {f"other_{lang}": _named(rule.later)[f"kind_{lang}"] for lang in ("zh", "en")}
    texts = {name: days[name].dt.strftime("%Y-%m-%d").to_dict() for name in ("earlier", "later")}
    for parcel, members in rows.groupby("parcel_id", sort=True):
        earlier, later = (texts[name][parcel] for name in ("earlier", "later"))
        recorder.one(
            rule.code, members.index, found=f"{earlier} {'=' if earlier == later else '>'} {later}",
            expected=f"{rule.earlier} < {rule.later}", **_named(rule.earlier), **other,
        )  # fmt: skip


def _check_sums(given: pd.DataFrame, recorder: Recorder) -> None:
    """Check that what is cumulative never falls."""
    for kind in CUMULATIVE:
        rows = given[(given["event_kind"] == kind) & given["event_date"].notna() & given["number"].notna()]
        rows = rows.sort_values(["parcel_id", "event_date", "number"], kind="stable")
        before = rows.groupby("parcel_id")["number"].shift()
        for position in recorder.in_order(rows.index[rows["number"] < before]):
            recorder.one(
                "event-value-decreases", [position], found=f"{float(rows['number'][position]):,.2f}",
                expected=f"≥ {float(before[position]):,.2f}", **_named(kind),
            )  # fmt: skip


def _check_columns(given: pd.DataFrame, parcels: pd.DataFrame, recorder: Recorder) -> None:
    """Check that each column that is short for a kind of event says what the events say."""
    names = parcels["parcel_id"].reset_index(drop=True).astype("str")
    own = events_of_columns(parcels)
    own = own.assign(parcel_id=names.to_numpy()[own["parcel"]], kind=own["event_kind"].astype("str"))
    refused = set(names[investment_includes_price(parcels, combine_events(parcels, recorder.frame))])
    for kind, entry in event_kinds().items():
        rows = given[(given["event_kind"] == kind) & given["event_date"].notna() & given["parcel_id"].isin(set(names))]
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
        for _, pairs in both[both["parcel_id"].isin(wrong)].groupby("parcel_id", sort=True):
            found, expected = (_text(pairs[name]) for name in (attribute, f"{attribute}_given"))
            _report_column(recorder, pairs["position"], entry.column, kind, found=found, expected=expected)
    _check_causes(given, parcels, recorder)


def _text(values: pd.Series[Any]) -> str:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return _shown(values)
    if pd.api.types.is_float_dtype(values.dtype):
        return listed(f"{value:,.2f}" for value in sorted(values.unique()))
    return listed(sorted(set(values.astype("str"))))


def _report_column(recorder: Recorder, positions: Any, column: str, kind: str, *, found: str, expected: str) -> None:
    field = fields_of("parcels")[column]
    recorder.one(
        "event-contradicts-field", positions, found=found, expected=expected, field=column, field_zh=field.label_zh,
        field_en=field.label_en, **_named(kind),
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
        _report_column(recorder, [position], "delay_cause", kind, found=str(told[position]), expected=kind)


def _check_states(given: pd.DataFrame, parcels: pd.DataFrame, recorder: Recorder) -> None:
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
        rows = given[given["parcel_id"].isin(parcels_wrong) & (given["event_kind"] == kind)]
        for parcel, members in rows.groupby("parcel_id", sort=True):
            said, dates = str(values[parcel]), _shown(members["event_date"])
            _report_column(recorder, members.index, column, kind, found=said, expected=dates)


def check_investment(parcels: pd.DataFrame, events: pd.DataFrame | None, *, issues: IssueLog) -> None:
    """Report parcels whose investment has the land price in it (order 53 art. 30 leaves it out).

    Parameters
    ----------
    parcels
        Canonical table ``parcels``.
    events
        Canonical table ``parcel_events``, or None.
    issues
        Takes ``investment-includes-price``; the analyses don't use such an investment at all.

    Examples
    --------
    >>> from gis.issues import IssueLog
    >>> from gis.schema import conform
    >>> log = IssueLog()
    >>> raw = pd.DataFrame({"parcel_id": ["7"], "investment_basis": ["含地价款"]})
    >>> check_investment(conform(raw, "parcels", issues=log), None, issues=log)
    >>> [(issue.code, issue.ids) for issue in log]
    [('investment-includes-price', ('7',))]
    """
    if not {"parcel_id", "investment_basis"} <= set(parcels.columns):
        return
    wrong = investment_includes_price(parcels, combine_events(parcels, events))
    Recorder(parcels, "parcels", issues).together(
        "investment-includes-price", np.flatnonzero(wrong), field="invested_cny", other="land_price_cny"
    )
