"""The workbook: every figure with the rows that add up to it, every parcel, finding, issue, rule and input."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.areas import percent_text
from gis.reports.appendices import abolished_bodies, reasons_text
from gis.reports.frames import frame_columns
from gis.reports.issues_csv import issue_table
from gis.reports.row_groups import RowGroups, group_rows
from gis.reports.words import Lang, Voice, voice_of, words
from gis.writing import atomic_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gis.analyses import Balance
    from gis.reports.content import ReportContent
    from gis.reports.sheets import Book

__all__ = ["write_workbook"]

#: What the names of row groups start with, so that they are told apart at sight.
PREFIXES = {"idle_land": "land", "green_ratio": "green", "mixed_use": "use"}
#: Further tables of the idle-land balance, each a sheet.
LAND_TABLES = ("bureau", "routes", "early_warnings", "underused", "unused_capacity", "surplus")
FINDING_LABELS = (
    "analysis",
    "rule",
    "entity_table",
    "entity_id",
    "zone_id",
    "observed",
    "unit",
    "bound",
    "threshold",
    "verdict",
    "area_basis",
    "other_basis_observed",
    "other_basis_verdict",
    "citation",
    "verified",
    "missing",
    "note",
    "source_file",
    "source_row",
)


def write_workbook(path: Path | str, content: ReportContent, *, lang: Lang = "zh") -> None:
    """Write the workbook (XLSX).

    Parameters
    ----------
    path
        Where to; replaced as a whole, or not at all.
    content
        What the run found. The same content gives the same bytes.
    lang
        ``"zh"`` or ``"en"``.

    Raises
    ------
    OutputError
        If the file can't be written.
    GisError
        If the installed xlsxwriter lost rows.

    Notes
    -----
    Text is written as text: a cell that begins with ``=`` is no formula. The only formulas are those
    of the sheet of figures, which adds up the rows again, and the count of its disagreements.
    """
    voice = voice_of(lang, content.rules)
    with atomic_file(path) as temporary:
        _write(temporary, content, voice)


def _write(path: Path, content: ReportContent, voice: Voice) -> None:
    from gis.reports.figures_sheet import write_figures
    from gis.reports.quota_book import add_quota_sheets
    from gis.reports.readme_sheet import ReadmeSheet
    from gis.reports.sheets import Book

    book = Book(path, created=content.as_of, title=words(content.title, voice.lang))
    readme = ReadmeSheet(book, voice)
    groups = {name: group_rows(balance, PREFIXES.get(name, name)) for name, balance in content.balances.items()}
    rows = _all_rows(groups)
    # Sheets stand in the order of their reader; names of ranges may be used before they are defined.
    write_figures(book, content, groups, voice, parts=_parts(len(rows)))
    _write_balances(book, content, voice)
    _write_findings(book, content, voice)
    if content.areas is not None:
        book.add_table(voice.say("sheet_areas"), voice.say("about_areas"), frame_columns(content.areas, voice))
    if content.quotas is not None:
        add_quota_sheets(book, content.quotas, lang=voice.lang)
    _write_groups(book, groups, voice)
    _write_rows(book, rows, voice)
    _write_records(book, content, voice)
    readme.fill(content)
    book.close()


def _parts(rows: int) -> list[int]:
    from gis.reports.sheets import SHEET_ROWS

    return list(range(1, max(-(-rows // (SHEET_ROWS - 1)), 1) + 1))


def _all_rows(groups: dict[str, RowGroups]) -> pd.DataFrame:
    frames = [own.rows for own in groups.values() if len(own.rows)]
    if not frames:
        return pd.DataFrame(columns=["group", "entity_id", "value", "clause", "source_file", "source_row"])
    return pd.concat(frames, ignore_index=True)


def _write_balances(book: Book, content: ReportContent, voice: Voice) -> None:
    for name, balance in content.balances.items():
        short = voice.named("short", name)
        facts = {"balance": short}
        book.add_table(
            voice.say("sheet_zones", **facts),
            voice.say("about_zones", **facts),
            frame_columns(balance.zones, voice, balance=name),
            freeze_columns=2,
        )
        book.add_table(
            voice.say("sheet_parcels", **facts),
            voice.say("about_parcels", **facts),
            frame_columns(balance.parcels, voice, balance=name),
        )
        if name == "idle_land":
            _write_land_tables(book, balance, voice)
        shares = balance.tables.get("shares")
        if shares is not None:
            columns = frame_columns(shares, voice, balance=name)
            book.add_table(voice.say("sheet_shares", **facts), voice.say("about_shares"), columns, freeze_columns=2)


def _write_land_tables(book: Book, balance: Balance, voice: Voice) -> None:
    """Write the further tables of the idle-land balance, those that have rows."""
    from gis.reports.routes_section import with_land

    for name in LAND_TABLES:
        table = balance.tables.get(name)
        if table is None or not len(table):
            continue
        if {"routes", "early_warnings"} & {name}:
            own = with_land(table, balance)
            first = [column for column in ("parcel_id", "zone_id", "area_m2") if column in own.columns]
            table = own[[*first, *(column for column in table.columns if column not in first)]]
        short = voice.say("short_idle_land")
        sheet, about = voice.say(f"sheet_{name}", balance=short), voice.say(f"about_{name}")
        book.add_table(sheet, about, frame_columns(table, voice, balance="idle_land"))


def _write_findings(book: Book, content: ReportContent, voice: Voice) -> None:
    tables = [balance.findings for balance in content.balances.values() if len(balance.findings)]
    if not tables:
        return
    labels = {rule["name"]: rule[f"label_{voice.lang}"] for rule in content.rules}
    table = pd.concat(tables, ignore_index=True).reindex(columns=list(FINDING_LABELS))
    table["bound"] = _in_words(table["bound"], lambda bound: voice.say(f"bound_{bound}", value="") if bound else "")
    table["threshold"] = _thresholds(table, voice, content.rules)
    table["unit"] = _in_words(table["unit"], lambda unit: voice.named("unit", unit))
    table["rule"] = _in_words(table["rule"], lambda name: labels.get(name, name))
    book.add_table(
        voice.say("sheet_findings"), voice.say("about_findings"), frame_columns(table, voice), freeze_columns=4
    )


def _in_words(values: pd.Series[Any], word: Callable[[str], str]) -> pd.Series[str]:
    """Return every value in words; each distinct one is looked up once."""
    return values.map({value: word(str(value)) for value in values.unique()}).astype("str")


def _thresholds(table: pd.DataFrame, voice: Voice, rules: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return each threshold as people read it: a parcel's own ratio as per cent, else the rule's value in words."""
    values = {rule["name"]: voice.rule_value(rule) for rule in rules}

    @functools.cache
    def shown(rule: str, unit: str, threshold: str) -> str:
        own_ratio = unit == "ratio" and "/" not in threshold
        return percent_text(float(threshold)) if own_ratio else values.get(rule, threshold)

    return [shown(*key) for key in zip(table["rule"], table["unit"], table["threshold"].astype("str"), strict=True)]


def _write_groups(book: Book, groups: dict[str, RowGroups], voice: Voice) -> None:
    lines: list[dict[str, Any]] = []
    for name, own in groups.items():
        used = _used_in(own, voice)
        counts = own.rows.groupby("group").agg(
            zone_id=("zone_id", "first"), rows=("value", "size"), unit=("unit", "first")
        )
        for group, row in counts.iterrows():
            lines.append(
                {
                    "group": group,
                    "analysis": name,
                    "zone_id": row["zone_id"],
                    "group_rows_count": int(row["rows"]),
                    "group_total": own.totals[str(group)],
                    "unit": voice.say(f"unit_{row['unit']}"),
                    "used_in": used[str(group)],
                }
            )
    names = ("group", "analysis", "zone_id", "group_rows_count", "group_total", "unit", "used_in")
    columns = frame_columns(pd.DataFrame(lines, columns=list(names)), voice)
    book.add_table(voice.say("sheet_groups"), voice.say("about_groups"), columns)


def _used_in(groups: RowGroups, voice: Voice) -> dict[str, str]:
    """Return, by group, the figures that it is added to or taken off."""
    used: dict[str, list[str]] = {group: [] for group in groups.totals}
    for (_, figure, term), members in groups.terms.items():
        suffix = "" if term == "sum" else f" ({voice.say(f'head_{term}')})"
        for group, sign in members:
            used[group].append(f"{'+' if sign > 0 else '−'} {voice.figure(figure)}{suffix}")
    return {group: voice.joined(names) for group, names in used.items()}


def _write_rows(book: Book, rows: pd.DataFrame, voice: Voice) -> None:
    columns = ["group", "entity_id", "value", "clause", "source_file", "source_row"]
    table = rows[columns].rename(columns={"value": "row_value"})
    several = _in_words(table["clause"], lambda clauses: voice.clauses(clauses.split("\n")))
    made = book.add_table(
        voice.say("sheet_rows"),
        voice.say("about_rows"),
        frame_columns(table.assign(clause=several), voice),
        freeze_columns=2,
    )
    for number, (name, count) in enumerate(made, start=1):
        last = max(count, 1) + 1
        book.book.define_name(f"rows_group_{number}", f"='{name}'!$A$2:$A${last}")
        book.book.define_name(f"rows_value_{number}", f"='{name}'!$C$2:$C${last}")


def _write_records(book: Book, content: ReportContent, voice: Voice) -> None:
    """Write issues, rules, clauses, inputs and cross-checks: the run's own records."""
    issues = frame_columns(issue_table(content.issues, lang=voice.lang), voice)
    book.add_table(voice.say("sheet_issues"), voice.say("about_issues"), issues, freeze_columns=2)
    book.add_table(voice.say("sheet_rules"), voice.say("about_rules"), frame_columns(_rules(content, voice), voice))
    if content.clauses:
        book.add_table(
            voice.say("sheet_policy"), voice.say("about_policy"), frame_columns(_clauses(content, voice), voice)
        )
    book.add_table(voice.say("sheet_inputs"), voice.say("about_inputs"), frame_columns(_inputs(content, voice), voice))
    if content.cross_checks:
        checks = [
            {
                "cross_check": words(entry["name"], voice.lang),
                "check_value": entry["value"],
                "unit": voice.named("unit", entry.get("unit") or ""),
                "remark": words(entry.get("note") or "", voice.lang),
            }
            for entry in content.cross_checks
        ]
        book.add_table(voice.say("sheet_checks"), voice.say("about_checks"), frame_columns(pd.DataFrame(checks), voice))


def _rules(content: ReportContent, voice: Voice) -> pd.DataFrame:
    names = (
        "parameter",
        "rule_name",
        "rule_value",
        "requirement",
        "scope",
        "citation",
        "in_force",
        "expires",
        "verified",
        "checked_on",
        "hypothetical",
        "reason",
        "remark",
    )
    records = [
        (
            rule[f"label_{voice.lang}"],
            rule["name"],
            str(rule["value"]),
            voice.requirement(rule),
            voice.named("scope", rule["scope"]),
            rule["citation_zh"],
            rule["in_force"],
            rule["expires"],
            bool(rule["verified"]),
            rule["checked_on"],
            voice.say("flag_true") if rule["hypothetical"] else voice.say("flag_false"),
            rule["reason"],
            rule.get(f"note_{voice.lang}") or rule["note"],
        )
        for rule in content.rules
    ]
    return pd.DataFrame(records, columns=list(names))


def _clauses(content: ReportContent, voice: Voice) -> pd.DataFrame:
    join = voice.joined
    records = [
        {
            "clause_number": clause["number"],
            "clause_summary": clause["summary"][voice.lang],
            "bodies": join([*clause["bodies"], *abolished_bodies(clause, voice)]),
            "served_by": join(voice.say(f"service_{name}") for name in clause["served_by"]),
        }
        for clause in content.clauses
    ]
    return pd.DataFrame(records)


def _inputs(content: ReportContent, voice: Voice) -> pd.DataFrame:
    counts = {"rows_in_file": "file_rows_count", "rows": "input_rows_count", "rows_used": "used_rows_count"}
    names = ("table", "path", *counts, "left_out_reasons", "crs", "encoding", "sha256")
    records = [
        {name: entry.get(name) for name in names} | {"left_out_reasons": reasons_text(entry, voice)}
        for entry in content.inputs
    ]
    table = pd.DataFrame(records, columns=list(names))
    named = table["table"].map(lambda name: voice.named("table", name), na_action="ignore")
    numbers = {name: pd.to_numeric(table[name]) for name in counts}
    return table.assign(table=named, **numbers).rename(columns=counts)
