"""The case of one parcel (闲置土地案卷): what a run found of it, with its sources, as a folder to work from."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from gis.areas import m2_text
from gis.plain_text import visible
from gis.provenance import fingerprint, library_versions, write_manifest
from gis.regulations import rules_fingerprint
from gis.reports import Ahead, CaseContent, Missing, blanks_of, write_case_page, write_draft, write_line
from gis.schema import fact_label, text
from gis.workflow.case_fields import draft_fields, shown_value
from gis.workflow.case_procedure import Procedure, drafts_of, steps_of
from gis.workflow.case_record import (
    Known,
    causes_of,
    facts_of,
    known_of,
    marks_of,
    notes_of,
    spans_of,
    steps_done,
    warnings_of,
)
from gis.workflow.explaining import cited, explain_parcel
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
    **dict.fromkeys(("contract", "tenure", "use", "supplied", "delivered", "agreed", "price"), "contract"),
    "to_develop": "contract",
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
    known = known_of(loaded, measured, parcel_id, lang)
    row = known.row
    procedure = Procedure(
        row["status"], row["route"], bool(row["is_supplied"]), steps_done(known), known.terms
    )
    head, verdict = _head(known)
    content = CaseContent(
        lang=lang,
        parcel_id=parcel_id,
        parcel_name=shown_value(row["parcel_name"]),
        as_of=loaded.run.as_of,
        quality=measured.quality,
        head=head,
        verdict=verdict,
        facts=facts_of(known),
        spans=spans_of(known),
        marks=marks_of(known),
        causes=causes_of(known),
        notes=notes_of(known),
        steps=steps_of(procedure, lang),
        missing=(),
        ahead=_ahead(known),
        issues=_issues(known, parcel_id),
        drafts=drafts_of(procedure),
        fields=draft_fields(loaded, measured, row=row, record=known.record, status=known.status,
                            route=known.routes.iloc[0] if len(known.routes) else None, done=procedure.done,
                            asked=_asked(known), lang=lang),
    )
    return dataclasses.replace(content, missing=_missing(known, content))


def _head(known: Known) -> tuple[tuple[tuple[str, str], ...], str]:
    row, lang = known.row, known.lang
    status = text(f"status.{row['status']}", lang)
    verdict = known.say("verdict", status=status, ground=text(f"idle.{row['ground']}", lang))
    none = known.say("open_route" if row["status"] == "undetermined" else "no_route")
    route = text(f"idle.route_{row['route']}", lang) if row["route"] else none
    area = known.say("area", area=m2_text(row["area_m2"]), basis=known.measured.area_basis)
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


def _ahead(known: Known) -> tuple[Ahead, ...]:
    rows = []
    for warning in warnings_of(known):
        left = int(warning["days_left"])
        note = known.say("days_left", count=left) if left else known.say("days_left_today")
        rows.append(Ahead(warning["event_date"].date(), text(f"idle.{warning['event']}", known.lang), note))
    return tuple(rows)


def _lacking(known: Known) -> list[tuple[str, str]]:
    """Return each alternative of facts that is missing, and what for."""
    route = known.routes["route_missing"].iloc[0] if len(known.routes) else ""
    pairs = [(name, "for_status") for name in known.row["missing"].split(";") if name]
    return pairs + [(name, "for_route") for name in route.split(";") if name and (name, "for_status") not in pairs]


def _supplier(name: str) -> str:
    return next((SUPPLIERS[one] for one in name.split("|") if one in SUPPLIERS), "data")


def _asked(known: Known) -> str:
    """Return what the holder is asked for: what is missing and his to know."""
    names = [name for name, _ in _lacking(known) if _supplier(name).startswith(("holder", "construction"))]
    return _named(known, names)


def _named(known: Known, names: list[str]) -> str:
    joined = "、" if known.lang == "zh" else ", "
    either = "或" if known.lang == "zh" else " or "
    return joined.join(either.join(fact_label(one, known.lang) for one in name.split("|")) for name in names)


def _missing(known: Known, content: CaseContent) -> tuple[Missing, ...]:
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


def _issues(known: Known, parcel_id: str) -> tuple[str, ...]:
    tables = {"parcels", "parcel_events"}
    own = [issue for issue in known.loaded.issues if parcel_id in issue.ids and issue.table in tables]
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
