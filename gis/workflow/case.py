"""The case of one parcel (闲置土地案卷): what a run found of it, with its sources, as a folder to work from."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import pandas as pd

from gis.analyses.early_warning import list_early_warnings
from gis.analyses.idle_status import classify_status
from gis.analyses.procedure import STEP_KINDS
from gis.plain_text import visible
from gis.provenance import fingerprint, library_versions, write_manifest
from gis.regulations import rules_fingerprint
from gis.reports import (
    Ahead,
    CaseContent,
    Cause,
    Fact,
    Mark,
    Missing,
    Span,
    blanks_of,
    write_case_page,
    write_draft,
    write_line,
)
from gis.schema import EventValue, choice_label, event_kinds, fact_label, fields_of, label, text, texts_of
from gis.workflow.case_fields import draft_fields, shown_value
from gis.workflow.case_procedure import Procedure, drafts_of, steps_of
from gis.workflow.explaining import FACTS, cited, events_of, explain_parcel, find_parcel
from gis.workflow.inputs import files_of_run
from gis.workflow.run import compute_run
from gis.workflow.run_file import load_run_file
from gis.writing import atomic_folder, permitted, require_folder

if TYPE_CHECKING:
    from gis.workflow.balances import Measured
    from gis.workflow.loading import Loaded, Progress

__all__ = ["Case", "case_of", "write_case"]

#: Of the manifest of the folder.
KIND: Final = "case"
Lang = Literal["en", "zh"]
PAGE, LINE, EXPLANATION = "case.html", "timeline.svg", "explanation.txt"
#: Facts of the parcel's row, and days among them that stand in the table of causes.
SHOWN: Final = (*FACTS, "start_agreement", "land_price_cny")
UNITS: Final = {"m2": {"zh": "m²", "en": "m²"}, "cny": {"zh": "元", "en": "CNY"}}
CAUSES: Final = ("government_cause", "force_majeure")
#: So far ahead days are listed.
AHEAD_DAYS: Final = 3660
MOST_ISSUES: Final = 10
#: Fact that is missing → who supplies it, as ``case.supplier_<word>``; of alternatives the first known one decides.
SUPPLIERS: Final = {
    "delay_cause": "holder_cause", "delay_cause_first_date": "holder_cause", "delay_cause_last_date": "holder_cause",
    "construction_state": "holder", "commencement_date": "holder", "completion_date": "holder",
    "suspension_date": "holder", "developed_area_m2": "holder", "land_to_develop_m2": "contract",
    "invested_cny": "holder", "total_investment_cny": "holder", "construction_permit": "construction",
    "not_commenced": "authority", "agreed_commencement_date": "contract", "start_agreement": "contract",
    "delivery_date": "contract", "supply_status": "contract", "land_price_cny": "contract",
    "article_12_agreement": "authority", "filed_in_monitoring": "authority",
}  # fmt: skip
#: Blank of a draft → who fills it; others the officer in charge.
BLANK_SUPPLIERS: Final = {
    **dict.fromkeys(("holder", "legal_area", "registry", "mortgagee", "location"), "registry"),
    **dict.fromkeys(("holder_address", "answer", "answer_date", "developed", "invested", "total_investment"), "holder"),
    **dict.fromkeys(("contract", "tenure", "use", "supplied", "delivered", "agreed", "price", "to_develop"), "contract"),
    **dict.fromkeys(("approving_government", "approval_document"), "government"),
    **dict.fromkeys(("cause_review", "conclusion", "law_article", "reconsideration_first", "reconsideration_body",
                     "court", "hearing_term"), "legal"),
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Case:
    """A case that was written."""

    folder: Path
    content: CaseContent
    files: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class _Known:
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
        return pd.Timestamp(self.loaded.run.as_of)

    def past(self, *kinds: str) -> pd.DataFrame:
        """Return the events of some kinds up to the as-of date."""
        own = self.events[self.events["event_date"] <= self.today]
        return own[own["event_kind"].isin(kinds)] if kinds else own

    def say(self, key: str, **facts: Any) -> str:
        return text(f"case.{key}", self.lang, **facts)

    def source(self, record: Any) -> str:
        return self.say("source", file=record["source_file"], row=record["source_row"])


def case_of(loaded: Loaded, measured: Measured, parcel_id: str, *, lang: Lang = "zh") -> CaseContent:
    """Return what the case of a parcel says.

    Parameters
    ----------
    loaded, measured
        From `gis.workflow.compute_run`.
    parcel_id
        Letter for letter.

    Raises
    ------
    SchemaError
        If the run has no parcel of that id.
    """
    known = _known(loaded, measured, parcel_id, lang)
    row = known.row
    procedure = Procedure(
        row["status"], row["route"], bool(row["is_supplied"]), _done(known), known.terms
    )  # fmt: skip
    head, verdict = _head(known)
    content = CaseContent(
        lang=lang,
        parcel_id=parcel_id,
        parcel_name=shown_value(row["parcel_name"]),
        as_of=loaded.run.as_of,
        quality=measured.quality,
        head=head,
        verdict=verdict,
        facts=_facts(known),
        spans=(*_clock_spans(known), *_cause_spans(known), *_term_spans(known)),
        marks=_marks(known),
        causes=_causes(known),
        notes=_notes(known),
        steps=steps_of(procedure, lang),
        missing=(),
        ahead=_ahead(known),
        issues=_issues(known, parcel_id),
        drafts=drafts_of(procedure),
        fields=draft_fields(loaded, measured, row=row, record=known.record, status=known.status,
                            route=known.routes.iloc[0] if len(known.routes) else None, done=procedure.done,
                            asked=_asked(known), lang=lang),  # fmt: skip
    )
    return dataclasses.replace(content, missing=_missing(known, content))


def _known(loaded: Loaded, measured: Measured, parcel_id: str, lang: Lang) -> _Known:
    row, record = find_parcel(loaded, measured, parcel_id)
    parcels = loaded.tables["parcels"]
    own = pd.DataFrame(parcels[parcels["parcel_id"] == parcel_id].drop(columns="geometry"))
    events = events_of(loaded, parcel_id)
    given = events if "parcel_events" in loaded.tables else None
    status = classify_status(own, measured.rules, events=given).iloc[0]
    tables = measured.balances["idle_land"].tables
    routes, terms = (tables[name][tables[name]["parcel_id"] == parcel_id] for name in ("routes", "terms"))
    return _Known(loaded, measured, row, record, status, routes, terms, events, lang)


def _done(known: _Known) -> dict[str, dt.date]:
    """Return the last day of each step in the case that runs: after the last art. 12 agreement."""
    agreed = known.past("article_12_agreement")["event_date"].max()
    steps = known.past(*STEP_KINDS)
    steps = steps if pd.isna(agreed) else steps[steps["event_date"] > agreed]
    return {str(kind): days.max().date() for kind, days in steps.groupby("event_kind", observed=True)["event_date"]}


def _head(known: _Known) -> tuple[tuple[tuple[str, str], ...], str]:
    row, lang = known.row, known.lang
    status = text(f"status.{row['status']}", lang)
    verdict = known.say("verdict", status=status, ground=text(f"idle.{row['ground']}", lang))
    route = text(f"idle.route_{row['route']}", lang) if row["route"] else known.say("no_route")
    area = known.say("area", area=f"{row['area_m2']:,.2f}", basis=known.measured.area_basis)
    pairs = [
        ("head_as_of", str(known.loaded.run.as_of)),
        ("head_holder", shown_value(row["holder"])),
        ("head_status", status),
        ("head_since", shown_value(row["status_since"])),
        ("head_route", route),
        ("head_article", cited(known.measured, row["citation"], lang) if row["citation"] else ""),
        ("head_area", area),
    ]
    return tuple((known.say(name), value or "–") for name, value in pairs), verdict


def _facts(known: _Known) -> tuple[Fact, ...]:
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


def _clock_spans(known: _Known) -> list[Span]:
    status, today = known.status, known.today
    start = status["clock_start"]
    is_start = not pd.isna(status["idle_from"])
    full = status["idle_from"] if is_start else status["recognisable_from"]
    if pd.isna(start) or pd.isna(full):
        return []
    row = known.say("clock_a" if is_start else "clock_b")
    bars: list[tuple[Literal["running", "idle", "reclaim"], Any, Any]] = [("running", start, full)]
    two_years = status["reclaim_from"]
    if full < today:
        bars.append(("idle", full, today if pd.isna(two_years) else min(two_years, today)))
    if not pd.isna(two_years) and two_years < today:
        bars.append(("reclaim", two_years, today))
    return [
        Span(known.say(f"clock_{kind}"), first.date(), last.date(), kind, known.say("from", day=first.date()), row)
        for kind, first, last in bars
    ]


def _cause_rows(known: _Known) -> list[tuple[str, Any, Any, str]]:
    """Return every recorded cause of art. 8: what it is called, first and last day, source."""
    rows = []
    for event in known.past(*CAUSES).to_dict("records"):
        named = choice_label("parcels", "delay_cause", str(event["event_kind"]), known.lang)
        item = shown_value(event["value"])
        label_ = known.say("item", cause=named, item=item) if item else named
        rows.append((label_, event["event_date"], event.get("last_date", pd.NaT), known.source(event)))
    own = shown_value(known.record["delay_cause"])
    if own in CAUSES and not len(known.past(own)):
        named, item = choice_label("parcels", "delay_cause", own, known.lang), shown_value(known.record["delay_cause_item"])
        label_ = known.say("item", cause=named, item=item) if item else named
        days = (known.record.get(f"delay_cause_{end}_date", pd.NaT) for end in ("first", "last"))
        rows.append((label_, *days, known.source(known.row)))
    return rows


def _causes(known: _Known) -> tuple[Cause, ...]:
    found = []
    for label_, first, last, source in _cause_rows(known):
        whole = not (pd.isna(first) or pd.isna(last))
        days = known.say("days", count=(last - first).days + 1) if whole and last >= first else "?"
        found.append(Cause(label_, shown_value(first) or "?", shown_value(last) or "?", days, source))
    return tuple(found)


def _cause_spans(known: _Known) -> list[Span]:
    spans = []
    for label_, first, last, _ in _cause_rows(known):
        if pd.isna(first):
            continue
        ends = None if pd.isna(last) or last < first else last.date()
        told = known.say("span", first=shown_value(first), last=ends) if ends else shown_value(first) + " – ?"
        spans.append(Span(label_, first.date(), ends, "cause", told, label_))
    return spans


def _term_spans(known: _Known) -> list[Span]:
    spans = []
    for term in known.terms.to_dict("records"):
        named = text(f"case.term_{term['term']}", known.lang)
        due = term["due_date"].date()
        spans.append(Span(named, term["begun_date"].date(), due, "term", f"→ {due}", named))
    return spans


def _marks(known: _Known) -> tuple[Mark, ...]:
    """Return the days of the record that a case hangs on: no yearly sums, no causes, which are bars."""
    kinds = event_kinds()
    marks = {}
    for event in known.past().to_dict("records"):
        kind = str(event["event_kind"])
        if kind in kinds and (kinds[kind].construction or kind in STEP_KINDS or kind in {
            "article_12_agreement", "filed_in_monitoring", "hoarding_decision", "disposal_decided",
        }):  # fmt: skip
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
    for warning in _warnings(known):
        if warning["event"] not in terms:
            named = known.say(f"term_{warning['event']}")
            marks[named, warning["event_date"].date()] = Mark(named, warning["event_date"].date(), is_ahead=True)
    return tuple(marks.values())


def _notes(known: _Known) -> tuple[str, ...]:
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


def _warnings(known: _Known) -> list[dict[Any, Any]]:
    found = list_early_warnings(known.routes, known.measured.rules, terms=known.terms, windows_days=(AHEAD_DAYS,))
    return found.to_dict("records")


def _ahead(known: _Known) -> tuple[Ahead, ...]:
    rows = []
    for warning in _warnings(known):
        left = int(warning["days_left"])
        note = known.say("days_left", count=left) if left else known.say("days_left_today")
        rows.append(Ahead(warning["event_date"].date(), text(f"idle.{warning['event']}", known.lang), note))
    return tuple(rows)


def _lacking(known: _Known) -> list[tuple[str, str]]:
    """Return each alternative of facts that is missing, and what for."""
    route = known.routes["route_missing"].iloc[0] if len(known.routes) else ""
    pairs = [(name, "for_status") for name in known.row["missing"].split(";") if name]
    return pairs + [(name, "for_route") for name in route.split(";") if name and (name, "for_status") not in pairs]


def _supplier(name: str) -> str:
    return next((SUPPLIERS[one] for one in name.split("|") if one in SUPPLIERS), "data")


def _asked(known: _Known) -> str:
    """Return what the holder is asked for: what is missing and his to know."""
    names = [name for name, _ in _lacking(known) if _supplier(name).startswith(("holder", "construction"))]
    return _named(known, names)


def _named(known: _Known, names: list[str]) -> str:
    joined = "、" if known.lang == "zh" else ", "
    either = "或" if known.lang == "zh" else " or "
    return joined.join(either.join(fact_label(one, known.lang) for one in name.split("|")) for name in names)


def _missing(known: _Known, content: CaseContent) -> tuple[Missing, ...]:
    """Return what is missing for status and route, then what the drafts leave blank, by who supplies it."""
    rows = [
        Missing(_named(known, [name]), known.say(purpose), known.say(f"supplier_{_supplier(name)}"))
        for name, purpose in _lacking(known)
    ]
    blanks: dict[str, dict[str, list[str]]] = {}
    for draft in content.drafts:
        for field in blanks_of(draft, content):
            supplier = BLANK_SUPPLIERS.get(field, "officer")
            blanks.setdefault(supplier, {}).setdefault(field, []).append(text(f"case_drafts.{draft.title}", known.lang))
    joined = "、" if known.lang == "zh" else ", "
    for supplier, fields in blanks.items():
        titles = list(dict.fromkeys(title for own in fields.values() for title in own))
        named = joined.join(dict.fromkeys(text(f"case_drafts.blank_{field}", known.lang) for field in fields))
        whole = len(titles) == len(content.drafts)
        purpose = known.say("for_all_drafts") if whole else known.say("for_drafts", drafts=joined.join(titles))
        rows.append(Missing(named, purpose, known.say(f"supplier_{supplier}")))
    return tuple(rows)


def _issues(known: _Known, parcel_id: str) -> tuple[str, ...]:
    own = [issue for issue in known.loaded.issues if parcel_id in issue.ids and issue.table in {"parcels", "parcel_events"}]
    return tuple(issue.text(known.lang) for issue in own[:MOST_ISSUES])


def write_case(
    run_file: Path | str,
    parcel_id: str,
    folder: Path | str,
    *,
    today: dt.date,
    lang: Lang = "zh",
    progress: Progress | None = None,
) -> Case:
    """Compute a run and write the case of one parcel: page, time line, explanation and drafts.

    Parameters
    ----------
    run_file
        The run file.
    parcel_id
        Letter for letter.
    folder
        Whole or not there at all; a former case is replaced if nothing else is in it.
    today
        The day of the call: an as-of date after it is refused.
    progress
        Called with the name of each step.

    Returns
    -------
    The folder with what was written.

    Raises
    ------
    PlaceError
        Before anything is read, if something is in the place of the folder that may not be replaced.
    SchemaError
        If the run has no parcel of that id.
    GateError, InputError, OutputError
        As of `compute_run`.
    """
    run, folder = load_run_file(run_file), Path(folder)
    with permitted(inputs=[run_file, *files_of_run(run)]):
        require_folder(folder, KIND)
        loaded, measured = compute_run(run, today=today, progress=progress)
        content = case_of(loaded, measured, parcel_id, lang=lang)
        lines = explain_parcel(loaded, measured, parcel_id, lang=lang)
        if progress is not None:
            progress("write case")
        with atomic_folder(folder, kind=KIND) as place:
            files = _write(place, content, lines)
            write_manifest(place / "manifest.json", _record(loaded, measured, content, place, files))
    return Case(folder, content, files)


def _write(place: Path, content: CaseContent, lines: list[str]) -> tuple[str, ...]:
    write_case_page(place / PAGE, content)
    drawn = write_line(place / LINE, content)
    shown = "".join(f"{visible(line)}\n" for line in lines)
    (place / EXPLANATION).write_text(shown, "utf-8", newline="\n")
    for draft in content.drafts:
        write_draft(place / f"{draft.name}.docx", draft, content)
    return (PAGE, *([LINE] if drawn else []), EXPLANATION, *(f"{draft.name}.docx" for draft in content.drafts))


def _record(
    loaded: Loaded, measured: Measured, content: CaseContent, place: Path, files: tuple[str, ...]
) -> dict[str, Any]:
    run = loaded.run
    return {
        "parcel_id": content.parcel_id,
        "run_file": {"path": run.file.name, "sha256": fingerprint(run.file)} if run.file else None,
        "as_of": run.as_of.isoformat(),
        "place": run.place,
        "area_basis": measured.area_basis,
        "boundary_quality": measured.quality,
        "inputs": loaded.inputs,
        "rules_sha256": rules_fingerprint(),
        "rules_read": list(measured.rules.read),
        "hypothetical_rules": [entry.model_dump() for entry in run.rules],
        "accepted_issues": loaded.issues.accepted,
        "versions": library_versions(),
        "outputs": {name: fingerprint(place / name) for name in files},
    }
