"""What the figures rest on: data quality, rules, policy, inputs, methods and cross-checks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from gis.areas import ABSENT, grouped, is_absent, m2_text
from gis.errors import listed
from gis.issues import Severity
from gis.provenance import VERSION
from gis.reports.bases import area_tables
from gis.reports.blocks import Block, Callout, Cell, Head, Prose, Row, Section, Table
from gis.reports.words import Voice, words
from gis.schema import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.reports.content import ReportContent

__all__ = [
    "abolished_bodies", "inputs_section", "methods_section", "policy_section", "quality_section", "reasons_text",
    "rules_section",
]  # fmt: skip

#: How many characters of a SHA-256 a page shows in one line; it shows them all.
HASH_LINE = 16
#: Areas are computed to the mm²; a difference is shown to it.
DIFFERENCE_DIGITS = 6
UNITS = {"m2": "m²"}


def quality_section(content: ReportContent, voice: Voice) -> Section:
    """Return the chapter on what the checks found."""
    by_code = content.issues.to_frame(voice.lang)
    counts = content.issues.counts()
    rows = [
        Row(
            (
                Cell(voice.say(f"severity_{severity.value}")),
                Cell(f"{counts[severity.value]:,}", "number"),
                Cell(f"{_accepted_count(by_code, severity):,}", "number"),
            )
        )
        for severity in reversed(Severity)
    ]
    head = (
        Head(voice.say("severity"), width=40),
        Head(voice.say("issue_count"), "number", 30),
        Head(voice.say("accepted_count"), "number", 30),
    )
    severities = Table(voice.say("issues_by_severity"), head, tuple(rows))
    blocks = (severities, _codes(content, by_code, voice), *area_tables(content, voice))
    return Section("quality", voice.say("section_quality"), blocks)


def _accepted_count(frame: Any, severity: Severity) -> int:
    return int(((frame["severity"] == severity.value) & (frame["accepted_reason"] != "")).sum())


def _codes(content: ReportContent, frame: Any, voice: Voice) -> Table:
    rows = []
    for (severity, code), own in frame.groupby(["severity", "code"], sort=False):
        area = math.fsum(own["area_m2"].dropna())
        first = own.iloc[0]
        reason = content.accepted.get(str(code), "")
        accepted = voice.say("accepted_with", reason=reason) if reason else ""
        tables = listed(sorted(set(own["table"])))
        rows.append(
            Row(
                (
                    Cell(voice.say(f"severity_{severity}"), state="not_met" if severity == "error" else ""),
                    Cell(str(first["title"]), detail=f"{code} · {tables}"),
                    Cell(f"{len(own):,}", "number"),
                    Cell(m2_text(area) if own["area_m2"].notna().any() else ABSENT, "number"),
                    Cell(
                        str(first["message"]), detail="\n".join(part for part in (str(first["fix"]), accepted) if part)
                    ),
                    Cell(voice.say(f"responsibility_{first['responsibility']}")),
                )
            )
        )
    head = (
        Head(voice.say("severity"), width=8),
        Head(voice.say("issue"), width=20),
        Head(voice.say("issue_count"), "number", 8),
        Head("m²", "number", 13),
        Head(voice.say("example_and_fix"), width=38),
        Head(voice.say("responsibility"), width=13),
    )
    note = voice.say("issues_note" if rows else "none_listed")
    return Table(voice.say("issues_by_code"), head, tuple(rows), (note,))


def rules_section(content: ReportContent, voice: Voice) -> Section:
    """Return the appendix of every parameter that was read."""
    rows = []
    for rule in content.rules:
        state = "not_met" if rule["hypothetical"] else ("met" if rule["verified"] else "undetermined")
        word = (
            voice.say("hypothetical")
            if rule["hypothetical"]
            else voice.say("verified" if rule["verified"] else "unverified")
        )
        until = voice.say("in_force_until", day=rule["expires"]) if rule["expires"] else voice.say("in_force_open")
        remarks = "\n".join(part for part in (rule["reason"], _note(rule, voice)) if part)
        rows.append(
            Row(
                (
                    Cell(rule[f"label_{voice.lang}"], detail=rule["name"]),
                    Cell(voice.requirement(rule)),
                    Cell(voice.named("scope", rule["scope"])),
                    Cell(voice.citation(rule["citation_zh"]), detail=remarks),
                    Cell(rule["in_force"], "date", detail=until),
                    Cell(
                        word,
                        "verdict",
                        state=state,
                        detail=voice.say("checked_on", day=rule["checked_on"]) if rule["verified"] else "",
                    ),
                )
            )
        )
    head = (
        Head(voice.say("parameter"), width=24),
        Head(voice.say("value"), width=13),
        Head(voice.say("scope"), width=8),
        Head(voice.say("citation"), width=30),
        Head(voice.say("in_force"), "date", 12),
        Head(voice.say("text_seen"), "verdict", 13),
    )
    blocks: list[Block] = [Table(voice.say("rules_read"), head, tuple(rows), (voice.say("rules_note"),))]
    return Section("rules", voice.say("section_rules"), tuple(blocks))


def _note(rule: Mapping[str, Any], voice: Voice) -> str:
    return str(rule.get(f"note_{voice.lang}") or rule["note"])


def abolished_bodies(clause: Mapping[str, Any], voice: Voice) -> list[str]:
    """Return what became of the bodies of a clause that were abolished."""
    return [
        voice.say("abolished_body", body=one["body"], note=one["note"][voice.lang], day=one["told_on"])
        for one in clause["abolished"]
    ]


def policy_section(content: ReportContent, voice: Voice) -> Section:
    """Return the appendix of the policy's clauses, who answers for them, and what serves them."""
    rows = []
    for clause in content.clauses:
        served = [voice.say(f"service_{name}") for name in clause["served_by"]]
        rows.append(
            Row(
                (
                    Cell(str(clause["number"])),
                    Cell(str(clause["summary"][voice.lang])),
                    Cell(voice.joined(clause["bodies"]) or ABSENT, detail="\n".join(abolished_bodies(clause, voice))),
                    Cell(voice.joined(served)),
                )
            )
        )
    head = (
        Head(voice.say("clause"), width=9),
        Head(voice.say("clause_summary"), width=43),
        Head(voice.say("bodies"), width=29),
        Head(voice.say("served_by"), width=19),
    )
    number = content.policy["number"] if content.policy else ABSENT
    if not rows:
        callout = Callout(voice.say("clauses_none_title"), (voice.say("clauses_none", number=number),))
        return Section("policy", voice.say("section_policy"), (callout,))
    table = Table(voice.say("clauses_of", number=number), head, tuple(rows), (voice.say("clauses_note"),))
    return Section("policy", voice.say("section_policy"), (table,))


def inputs_section(content: ReportContent, voice: Voice) -> Section:
    """Return the appendix of the files read, with their fingerprints."""
    rows = []
    for entry in content.inputs:
        digest = str(entry.get("sha256") or "")
        rows.append(
            Row(
                (
                    Cell(_table_name(entry, voice), detail=str(entry.get("path") or "")),
                    Cell(_plain(entry.get("rows"), 0), "number"),
                    Cell(str(entry.get("crs") or ABSENT)),
                    Cell(str(entry.get("encoding") or ABSENT)),
                    Cell(
                        "\n".join(digest[start : start + HASH_LINE] for start in range(0, len(digest), HASH_LINE))
                        or ABSENT,
                        "id",
                    ),
                )
            )
        )
    head = (
        Head(voice.say("input"), width=33),
        Head(voice.say("rows"), "number", 9),
        Head(voice.say("crs"), width=25),
        Head(voice.say("encoding"), width=11),
        Head("SHA-256", "id", 22),
    )
    table = Table(voice.say("inputs_read"), head, tuple(rows), (voice.say("inputs_note"),))
    made_by = Prose((voice.say("made_by", version=VERSION),))
    return Section("inputs", voice.say("section_inputs"), (table, *_row_accounts(content, voice), made_by))


def _row_accounts(content: ReportContent, voice: Voice) -> tuple[Table, ...]:
    """Return the table that says of each file where its rows went; none where nothing was counted."""
    rows = [
        Row(
            (
                Cell(_table_name(entry, voice), detail=str(entry.get("path") or "")),
                Cell(_plain(entry["rows_in_file"], 0), "number", detail=entry["rows_counted_by"]),
                Cell(_plain(entry["rows"], 0), "number"),
                Cell(_plain(entry["rows_used"], 0), "number"),
                Cell(reasons_text(entry, voice) or ABSENT),
            )
        )
        for entry in content.inputs
        if "rows_in_file" in entry
    ]
    head = (
        Head(voice.say("input"), width=26),
        Head(voice.say("rows_in_file"), "number", 16),
        Head(voice.say("rows_read"), "number", 9),
        Head(voice.say("rows_used"), "number", 9),
        Head(voice.say("rows_left_out"), width=40),
    )
    return (Table(voice.say("row_accounts"), head, tuple(rows), (voice.say("row_accounts_note"),)),) if rows else ()


def reasons_text(entry: Mapping[str, Any], voice: Voice) -> str:
    """Return why rows of an input were left out, each reason with its count; "" where none were."""
    reasons = {**(entry.get("rows_left_out_reading") or {}), **(entry.get("rows_left_out") or {})}
    return voice.joined(
        text("rows.reason", voice.lang, reason=voice.known("rows", name), count=f"{count:,}")
        for name, count in reasons.items()
    )


def _table_name(entry: Mapping[str, Any], voice: Voice) -> str:
    table = entry.get("table")
    return voice.named("table", table) if table else str(entry.get("path") or ABSENT)


def _plain(value: Any, digits: int) -> str:
    return ABSENT if is_absent(value) else grouped(value, digits)


def methods_section(content: ReportContent, voice: Voice) -> Section:
    """Return the appendix of formulas, of figures by a second method, and of further notes."""
    names = dict.fromkeys(figure.name for balance in content.balances.values() for figure in balance.figures)
    named = dict.fromkeys(voice.kind_of_figure(name) for name in names)
    rows = [Row((Cell(figure), Cell(formula or ABSENT))) for figure, formula in named]
    head = (Head(voice.say("figure"), width=36), Head(voice.say("formula"), width=64))
    sheets = {"figures": voice.say("sheet_figures"), "rows": voice.say("sheet_rows")}
    blocks: list[Block] = [Table(voice.say("formulas"), head, tuple(rows), (voice.say("formulas_note", **sheets),))]
    if content.cross_checks:
        blocks.append(_cross_checks(content, voice))
    blocks.append(
        Prose(
            (
                voice.say("units_note"),
                words("facts.rounding_note", voice.lang),
                *(words(note, voice.lang) for note in content.notes),
            )
        )
    )
    return Section("methods", voice.say("section_methods"), tuple(blocks))


def _cross_value(entry: Mapping[str, Any]) -> str:
    """Return an area as areas are shown, a tiny difference with the decimals that tell it from none."""
    value = entry["value"]
    if entry.get("unit") == "ratio" and not is_absent(value):
        return f"{grouped(100 * value, 6)}%"
    if entry.get("unit") != "m2" or is_absent(value):
        return _plain(value, 0)
    return m2_text(value) if abs(value) >= 1 else grouped(value, DIFFERENCE_DIGITS)


def _cross_checks(content: ReportContent, voice: Voice) -> Table:
    rows = [
        Row(
            (
                Cell(words(entry["name"], voice.lang)),
                Cell(_cross_value(entry), "number"),
                Cell(UNITS.get(str(entry.get("unit")), voice.named("unit", entry.get("unit")))),
                Cell(words(entry.get("note") or "", voice.lang)),
            )
        )
        for entry in content.cross_checks
    ]
    head = (
        Head(voice.say("cross_check"), width=38),
        Head(voice.say("value"), "number", 20),
        Head(voice.say("unit"), width=8),
        Head(voice.say("remark"), width=34),
    )
    return Table(voice.say("cross_checks"), head, tuple(rows))
