"""What a run knows of one parcel, gathered for its case: facts with sources, clocks, causes, marks of the time line."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any, Final, Literal

import pandas as pd

from gis.analyses.early_warning import list_early_warnings
from gis.analyses.idle_status import classify_status
from gis.analyses.procedure import STEP_KINDS
from gis.reports import Cause, Fact, Mark, Span
from gis.schema import EventValue, choice_label, event_kinds, fields_of, label, text, texts_of
from gis.workflow.case_fields import shown_value
from gis.workflow.explaining import FACTS, events_of, find_parcel

if TYPE_CHECKING:
    from gis.workflow.balances import Measured
    from gis.workflow.loading import Loaded

__all__ = [
    "Known", "causes_of", "facts_of", "known_of", "marks_of", "notes_of", "spans_of", "steps_done", "warnings_of",
]  # fmt: skip

Lang = Literal["en", "zh"]
#: Facts of the parcel's row that the page shows.
SHOWN: Final = (*FACTS, "land_price_cny")
UNITS: Final = {"m2": {"zh": "m²", "en": "m²"}, "cny": {"zh": "元", "en": "CNY"}}
FOUND_IDLE: Final = ("idle", "idle_recognisable")
CAUSES: Final = ("government_cause", "force_majeure")
#: Events that are marked beside those of construction and the steps of the case.
MARKED: Final = ("article_12_agreement", "filed_in_monitoring", "hoarding_decision", "disposal_decided")
#: So far ahead days are listed.
AHEAD_DAYS: Final = 3660


@dataclasses.dataclass(frozen=True)
class Known:
    """What the run knows of the parcel."""

    loaded: Loaded
    measured: Measured
    row: Any
    record: Any
    status: Any
    routes: pd.DataFrame
    terms: pd.DataFrame
    events: pd.DataFrame
    lang: Lang

    @property
    def today(self) -> pd.Timestamp:
        """The as-of date."""
        return pd.Timestamp(self.loaded.run.as_of)

    def past(self, *kinds: str) -> pd.DataFrame:
        """Return the events of some kinds up to the as-of date."""
        own = self.events[self.events["event_date"] <= self.today]
        return own[own["event_kind"].isin(kinds)] if kinds else own

    def say(self, key: str, **facts: Any) -> str:
        """Return a text of the room ``case``."""
        return text(f"case.{key}", self.lang, **facts)

    def source(self, record: Any) -> str:
        """Return file and row of a record."""
        return self.say("source", file=record["source_file"], row=record["source_row"])


def known_of(loaded: Loaded, measured: Measured, parcel_id: str, lang: Lang) -> Known:
    """Gather what a run knows of a parcel.

    Raises
    ------
    SchemaError
        If the run has no parcel of that id, letter for letter.
    """
    row, record = find_parcel(loaded, measured, parcel_id)
    parcels = loaded.tables["parcels"]
    own = pd.DataFrame(parcels[parcels["parcel_id"] == parcel_id].drop(columns="geometry"))
    events = events_of(loaded, parcel_id)
    given = events if "parcel_events" in loaded.tables else None
    status = classify_status(own, measured.rules, events=given).iloc[0]
    tables = measured.balances["idle_land"].tables
    routes, terms = (tables[name][tables[name]["parcel_id"] == parcel_id] for name in ("routes", "terms"))
    return Known(loaded, measured, row, record, status, routes, terms, events, lang)


def steps_done(known: Known) -> dict[str, dt.date]:
    """Return the last day of each step in the case that runs: after the last art. 12 agreement."""
    agreed = known.past("article_12_agreement")["event_date"].max()
    steps = known.past(*STEP_KINDS)
    steps = steps if pd.isna(agreed) else steps[steps["event_date"] > agreed]
    return {str(kind): days.max().date() for kind, days in steps.groupby("event_kind", observed=True)["event_date"]}


def facts_of(known: Known) -> tuple[Fact, ...]:
    """Return the facts of the parcel's own row, the clock's start, and its events, each with its source."""
    lang, source = known.lang, known.source(known.row)
    facts = [
        Fact(label("parcels", name, lang), _fact_value(name, known.record[name], lang), source)
        for name in SHOWN if not pd.isna(known.record.get(name))
    ]  # fmt: skip
    if known.row["clock_start_ground"]:
        ground = text(f"idle.{known.row['clock_start_ground']}", lang)
        day = shown_value(known.row["clock_start"])
        facts.append(Fact(known.say("clock_start"), f"{day} ({ground})", known.say("source_computed")))
    for event in known.events.to_dict("records"):
        kind = choice_label("parcel_events", "event_kind", str(event["event_kind"]), lang)
        day, value = shown_value(event["event_date"]), shown_value(event["value"])
        value = text(f"idle.named_{value}", lang) if f"named_{value}" in texts_of("idle") else value
        value = known.say("event_value", day=day, value=value) if value else day
        if not pd.isna(event["event_date"]) and event["event_date"] > known.today:
            value += f" ({known.say('ahead_of_day')})"
        document = shown_value(event.get("document"))
        told = [known.source(event), *([known.say("document", document=document)] if document else [])]
        facts.append(Fact(kind, value, "; ".join(told)))
    return tuple(facts)


def _fact_value(name: str, value: Any, lang: Lang) -> str:
    if isinstance(value, str):
        return choice_label("parcels", name, value, lang)
    unit = UNITS.get(fields_of("parcels")[name].unit or "", {}).get(lang, "")
    return f"{shown_value(value)} {unit}".strip()


def spans_of(known: Known) -> tuple[Span, ...]:
    """Return the bars of the time line: clocks, causes, terms."""
    return (*_clock_spans(known), *_cause_spans(known), *_term_spans(known))


def _clock_spans(known: Known) -> list[Span]:
    status, today = known.status, known.today
    start = status["clock_start"]
    is_start = not pd.isna(status["idle_from"])
    full = status["idle_from"] if is_start else status["recognisable_from"]
    if pd.isna(start) or pd.isna(full):
        return []
    row = known.say("clock_a" if is_start else "clock_b")
    bars: list[tuple[Literal["running", "idle", "reclaim"], Any, Any]] = [("running", start, full)]
    two_years = status["reclaim_from"]
    if full <= today and known.row["status"] in FOUND_IDLE:
        bars.append(("idle", full, today if pd.isna(two_years) else min(two_years, today)))
    if not pd.isna(two_years) and two_years <= today:
        bars.append(("reclaim", two_years, today))
    return [
        Span(known.say(f"clock_{kind}"), first.date(), last.date(), kind, known.say("from", day=first.date()), row)
        for kind, first, last in bars
    ]


def _cause_rows(known: Known) -> list[tuple[str, Any, Any, str]]:
    """Return every recorded cause of art. 8: what it is called, first and last day, source."""
    rows = []
    for event in known.past(*CAUSES).to_dict("records"):
        named = _cause_named(known, str(event["event_kind"]), event["value"])
        rows.append((named, event["event_date"], event.get("last_date", pd.NaT), known.source(event)))
    own = shown_value(known.record["delay_cause"])
    if own in CAUSES and not len(known.past(own)):
        named = _cause_named(known, own, known.record["delay_cause_item"])
        days = (known.record.get(f"delay_cause_{end}_date", pd.NaT) for end in ("first", "last"))
        rows.append((named, *days, known.source(known.row)))
    return rows


def _cause_named(known: Known, cause: str, item: Any) -> str:
    named, item = choice_label("parcels", "delay_cause", cause, known.lang), shown_value(item)
    return known.say("item", cause=named, item=item) if item else named


def causes_of(known: Known) -> tuple[Cause, ...]:
    """Return the recorded causes of art. 8 with their days."""
    found = []
    for named, first, last, source in _cause_rows(known):
        whole = not (pd.isna(first) or pd.isna(last))
        days = known.say("days", count=(last - first).days + 1) if whole and last >= first else "?"
        found.append(Cause(named, shown_value(first) or "?", shown_value(last) or "?", days, source))
    return tuple(found)


def _cause_spans(known: Known) -> list[Span]:
    spans = []
    for named, first, last, _ in _cause_rows(known):
        if pd.isna(first):
            continue
        ends = None if pd.isna(last) or last < first else last.date()
        told = known.say("span", first=shown_value(first), last=ends) if ends else shown_value(first) + " – ?"
        spans.append(Span(named, first.date(), ends, "cause", told, named))
    return spans


def _term_spans(known: Known) -> list[Span]:
    spans = []
    for term in known.terms.to_dict("records"):
        named = text(f"case.term_{term['term']}", known.lang)
        due = term["due_date"].date()
        spans.append(Span(named, term["begun_date"].date(), due, "term", f"→ {due}", named))
    return spans


def marks_of(known: Known) -> tuple[Mark, ...]:
    """Return the days of the record that a case hangs on: no yearly sums, no causes, which are bars."""
    kinds = event_kinds()
    marks = {}
    for event in known.past().to_dict("records"):
        kind = str(event["event_kind"])
        if kind in kinds and (kinds[kind].construction or kind in (*STEP_KINDS, *MARKED)):
            named = choice_label("parcel_events", "event_kind", kind, known.lang)
            marks[named, event["event_date"].date()] = Mark(named, event["event_date"].date())
    # The day of an agreement is not the day agreed.
    told = {kind.column for kind in kinds.values() if kind.value is EventValue.NONE and len(known.past(kind.name))}
    for name in FACTS:
        value = known.record.get(name)
        if isinstance(value, pd.Timestamp) and not pd.isna(value) and name not in told:
            named = label("parcels", name, known.lang)
            marks.setdefault((named, value.date()), Mark(named, value.date(), is_ahead=value > known.today))
    terms = set(known.terms["term"])  # bars of their own
    for warning in warnings_of(known):
        if warning["event"] not in terms:
            named = known.say(f"term_{warning['event']}")
            marks[named, warning["event_date"].date()] = Mark(named, warning["event_date"].date(), is_ahead=True)
    return tuple(marks.values())


def notes_of(known: Known) -> tuple[str, ...]:
    """Return what the causes explain, as the run judged it."""
    status, lines = known.status, []
    own = shown_value(known.record["delay_cause"])
    if own:
        lines.append(known.say("causes_word", cause=choice_label("parcels", "delay_cause", own, known.lang)))
    if not _cause_rows(known):
        lines.append(known.say("causes_none"))
    state = status["cause_state"]
    if state:
        lines.append(known.say(f"causes_state_{state}"))
    if not pd.isna(status["cause_days"]) and not pd.isna(status["idle_from"]):
        day = shown_value(status["idle_from"])
        lines.append(known.say("causes_counted", days=f"{status['cause_days']:.0f}", day=day))
    if not pd.isna(status["late_delivery_days"]):
        lines.append(known.say("causes_late_delivery", days=f"{status['late_delivery_days']:.0f}"))
    bar = known.routes["bar"].iloc[0] if len(known.routes) else ""
    return (*lines, *([text(f"idle.{bar}", known.lang)] if bar else []))


def warnings_of(known: Known) -> list[dict[Any, Any]]:
    """Return the days ahead of the parcel, the nearest first."""
    found = list_early_warnings(known.routes, known.measured.rules, terms=known.terms, windows_days=(AHEAD_DAYS,))
    return found.to_dict("records")
