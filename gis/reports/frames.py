"""Tables of a balance as columns of a sheet: labels, kinds by the unit in the name, codes in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.analyses import UNDERUSED_CLASSES
from gis.regulations import place_name
from gis.reports.words import Voice, known_text
from gis.schema import choice_label, fields_of, label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gis.reports.bulk_sheet import Column, ColumnKind

__all__ = ["column_label", "frame_columns"]

#: Column → which words its codes read as.
CODED = {
    "status": "status",
    "verdict": "status",
    "other_basis_verdict": "status",
    "ground": "idle",
    "clock_start_ground": "idle",
    "next_event": "idle",
    "underused_class": "idle",
    "route": "idle",
    "floor_ground": "green",
    "underused": "report",
    "underused_comparison": "report",
    "single_use": "report",
    **dict.fromkeys(UNDERUSED_CLASSES, "report"),
    "event": "idle",
    "filing": "report",
    "bar": "idle",
    "cause_state": "idle",
    "delivery_state": "idle",
    "surplus_kind": "report",
    "condition": "idle",
    "condition_verdict": "status",
    "disposal": "idle",
    "confirmation": "idle",
    "analysis": "report",
    "entity_table": "report",
}
#: (column, room) → what stands before the code in the name of its text.
PREFIXED = {
    ("route", "idle"): "route_",
    ("underused", "report"): "underused_",
    ("underused_comparison", "report"): "underused_",
    **{(name, "report"): "class_" for name in UNDERUSED_CLASSES},
    ("filing", "report"): "filing_",
    ("cause_state", "idle"): "cause_state_",
    ("delivery_state", "idle"): "delivery_state_",
    ("surplus_kind", "report"): "surplus_",
    ("condition", "idle"): "named_",
    ("disposal", "idle"): "named_",
    ("confirmation", "idle"): "named_",
    ("analysis", "report"): "balance_",
    ("entity_table", "report"): "table_",
    ("verdict", "report"): "mixed_",
    ("single_use", "report"): "single_",
}
#: Columns of several codes with ``;`` between → room, and what stands before each code in the name of its text.
SEVERAL = {
    "underused_classes": ("idle", "underused_"),
    "underused_comparison_classes": ("idle", "underused_"),
    "options": ("idle", "option_"),
    "restrictions": ("idle", "restriction_"),
    "hoarding_restrictions": ("idle", "restriction_"),
    "contract_exit": ("idle", "exit_"),
}
CITATIONS = (
    "citation", "floor_citation", "underused_citation", "route_citation", "options_citation", "contract_exit_citation",
    "surplus_citation",
)  # fmt: skip
MISSING = ("missing", "underused_missing", "route_missing", "capacity_missing")
#: Categories of the data dictionary, which has their words.
CHOICES = ("delay_cause", "phase_out")
GROUPS = ("dominant_group", "land_use_group")
FLAGS = ("is_supplied", "verified")
#: How the name of a number ends → how it is shown; anything else is a plain number.
KINDS: dict[tuple[str, ...], ColumnKind] = {
    ("_m2", "_cny"): "area",
    ("_ratio", "_ratio_least", "_ratio_most", "share"): "ratio",
    ("_count", "_row", "_days", "days_left"): "count",
    ("hill_1", "hill_2", "entropy"): "index",
}
#: Columns that a sheet has no use for: objects of the analysis, and what every row repeats.
HIDDEN = {"source", "geometry"}
WIDTHS = {"text": 16, "area": 16, "ratio": 11, "index": 10, "number": 10, "count": 10, "date": 12, "exact": 20}
WIDE = {
    "ground": 34,
    "citation": 40,
    "floor_citation": 34,
    "underused_citation": 34,
    "missing": 30,
    "route": 28,
    "underused_missing": 30,
    "parcel_name": 22,
    "holder": 22,
    "source_file": 22,
    "area_basis": 22,
    "clock_start_ground": 26,
    "next_event": 22,
    "underused_class": 28,
    "underused_classes": 34,
    "floor_ground": 30,
    "zone_name": 24,
    "note": 30,
    "message": 60,
    "fix": 50,
    "title": 24,
    "found": 24,
    "expected": 24,
    "ids": 30,
    "accepted_reason": 30,
}


def column_label(name: str, voice: Voice) -> str:
    """Return the head of a column: its text, else the label of the data dictionary, else its name.

    Examples
    --------
    >>> column_label("holder", Voice("en")), column_label("no_such_column", Voice("en"))
    ('Holder', 'no_such_column')
    """
    own = known_text("report", f"column_{name}", voice.lang)
    if own is not None:
        return own
    return label("parcels", name, voice.lang) if name in fields_of("parcels") else name


def _kind(name: str, values: pd.Series[Any]) -> ColumnKind:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return "date"
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        return "text"
    for endings, kind in KINDS.items():
        if name.endswith(endings):
            return kind
    return "count" if pd.api.types.is_integer_dtype(values.dtype) else "number"


def _translated(values: pd.Series[Any], translate: Callable[[Any], str]) -> list[Any]:
    """Return every value in words; each distinct one is looked up once."""
    known = {value: translate(value) for value in values.dropna().unique()}
    return [known.get(value) for value in values.tolist()]


def _translator(name: str, voice: Voice, balance: str) -> Callable[[Any], str] | None:
    """Return what turns the codes of a column into words, or None for the data's own words."""
    if name in CODED:
        room = "report" if name == "verdict" and balance == "mixed_use" else CODED[name]
        prefix = PREFIXED.get((name, room), "")
        return lambda value: known_text(room, f"{prefix}{value}", voice.lang) or str(value)
    if name in SEVERAL:
        room, prefix = SEVERAL[name]
        return lambda several: voice.joined(voice.known_code(room, prefix, each) for each in several.split(";") if each)
    own: dict[str, Callable[[Any], str]] = {
        **dict.fromkeys(CITATIONS, voice.citation),
        **dict.fromkeys(MISSING, voice.missing),
        **dict.fromkeys(GROUPS, voice.group),
        **{field: _choice(field, voice) for field in CHOICES},
        "underused_compared_with": lambda code: place_name(code)[voice.lang] if code else "",
        "underused_citations": lambda several: voice.clauses(several.split(";")),
        **dict.fromkeys(FLAGS, lambda value: voice.say("flag_true" if value else "flag_false")),
        "note": lambda value: _note(value, voice),
    }
    return own.get(name)


def _choice(field: str, voice: Voice) -> Callable[[Any], str]:
    known = fields_of("parcels")[field].choices
    return lambda value: choice_label("parcels", field, value, voice.lang) if value in known else str(value)


def _note(value: Any, voice: Voice) -> str:
    for room in ("idle", "green", "mixed"):
        known = known_text(room, str(value), voice.lang)
        if known is not None:
            return known
    return str(value)


def frame_columns(frame: pd.DataFrame, voice: Voice, *, balance: str = "", without: Iterable[str] = ()) -> list[Column]:
    """Return the columns of a table for a sheet.

    Parameters
    ----------
    frame
        Any table of a balance.
    voice
        The language.
    balance
        Name of the balance: the same verdict reads differently by analysis.
    without
        Columns to leave out.
    """
    from gis.reports.bulk_sheet import Column

    left_out = HIDDEN | set(without)
    columns = []
    for name in (str(name) for name in frame.columns if name not in left_out):
        values, translate = frame[name], _translator(str(name), voice, balance)
        kind = "text" if translate is not None else _kind(name, values)
        if translate is not None:
            cells = _translated(values, translate)
        elif kind == "text":
            cells = [
                value if isinstance(value, str) else None if pd.isna(value) else str(value) for value in values.tolist()
            ]
        elif kind == "date":
            cells = list(values)
        else:
            cells = [None if value is None or value is pd.NA else value for value in values.tolist()]
        columns.append(Column(column_label(name, voice), kind, cells, WIDE.get(name, WIDTHS[kind])))
    return columns
