"""The command ``zonegis rules diff``: two days of law side by side, on request over the data of a run."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from gis.cli.console import (
    LangOption,
    Language,
    messages,
    plain_records,
    print_json,
    print_records,
    said,
    say,
    step_bar,
    today,
)
from gis.cli.reference import AsJson

__all__ = ["rules_diff"]

Day = dt.datetime
SHOWN_AT_MOST = 200
SIDES = ("from", "to")
#: What closes the text of a policy is registered beside its numbered clauses, and counted apart.
CLOSING = "结尾"


def rules_diff(
    first: Annotated[Day, typer.Option("--from", formats=["%Y-%m-%d"], help="第一日 / first day")],
    second: Annotated[Day, typer.Option("--to", formats=["%Y-%m-%d"], help="第二日 / second day")],
    data: Annotated[Path | None, typer.Option("--data", help="运行文件 / run file to judge under both")] = None,
    place: Annotated[str, typer.Option(help="行政区划代码（有 --data 时用运行文件的） / adcode")] = "310115",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """两个日期的规则差异；加 --data 列出结论翻转的地块并分解总变化。 / What two days of law differ in.

    With --data: statuses and verdicts that flip, and the total change as rule effect + data effect + joint.
    """
    from gis.regulations import compare_clauses, compare_documents, compare_rules, load_rules
    from gis.schema import text
    from gis.workflow import compare_rule_years

    days = (first.date(), second.date())
    with messages(lang):
        law = {"documents": compare_documents(*days), "clauses": compare_clauses(*days)}
        if data is None:
            rules = compare_rules(*(load_rules(as_of=day, place=place) for day in days))
            if as_json:
                print_json({"rules": rules, **law})
            else:
                _print_law(rules, law, lang)
            return
        with step_bar(60, lang) as step:
            found = compare_rule_years(data, days, today=today(), progress=step)
        if as_json:
            print_json({"rules": found.rules, **law, "areas": plain_records(found.areas),
                        "flips": plain_records(found.flips)})  # fmt: skip
            return
        _print_law(found.rules, law, lang)
        areas = [row | {"status": text(f"status.{row['status']}", lang.value)} for row in _records(found.areas)]
        print_records(
            areas, {key: say(f"col_{key}", lang) for key in found.areas.columns}, title=say("diff_areas", lang)
        )
        flips = _records(found.flips.head(SHOWN_AT_MOST))
        for row in flips:
            row["effect"] = say(f"effect_{row['effect']}", lang)
        columns = ("item", "entity_id", "area_m2", "verdict_from", "verdict_to", "threshold_from", "threshold_to",
                   "citation_from", "citation_to", "effect")  # fmt: skip
        print_records(flips, {key: say(f"col_{key}", lang) for key in columns}, title=say("diff_flips", lang))
        said(lang, "diff_count", count=len(found.flips), shown=len(flips))


def _records(frame: object) -> list[dict[str, object]]:
    import pandas as pd

    assert isinstance(frame, pd.DataFrame)  # noqa: S101 - narrows the type only
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _print_law(rules: list[dict[str, Any]], law: dict[str, list[dict[str, Any]]], lang: Language) -> None:
    """Print the parameters that differ, then the documents, then the clauses; what is not verified is marked."""
    shown = [
        row | {"change": say(f"change_{row['change']}", lang), "label": row[f"label_{lang.value}"],
               **{f"value_{side}": _marked(row[f"value_{side}"], row[f"verified_{side}"], lang) for side in SIDES},
               **{f"citation_{side}": row[f"citation_{lang.value}_{side}"] for side in SIDES}}
        for row in rules
    ]  # fmt: skip
    columns = ("name", "label", "change", "value_from", "value_to", "citation_from", "citation_to")
    print_records(shown, {key: say(f"col_{key}", lang) for key in columns}, title=say("diff_rules", lang))
    documents = [
        row | {"document": row["number"], "change": say(f"change_{row['change']}", lang),
               "title": row[f"title_{lang.value}"],
               "note": row[f"note_{lang.value}"], "in_force": _marked(row["in_force"], row["dates_verified"], lang),
               "successor": row["successor"] or (say("no_successor", lang) if row["change"] != "begins" else "")}
        for row in law["documents"]
    ]  # fmt: skip
    heads: tuple[str, ...] = ("document", "title", "change", "in_force", "expires", "successor", "note")
    print_records(documents, {key: say(f"col_{key}", lang) for key in heads}, title=say("diff_documents", lang))
    if law["clauses"]:
        clauses = [
            row | {"change": say(f"change_{row['change']}", lang), "summary": row[f"summary_{lang.value}"]}
            for row in law["clauses"]
        ]
        count = sum(row["number"] != CLOSING for row in clauses)
        heads = ("policy", "number", "change", "summary", "successor")
        title = say("diff_clauses", lang, count=count, closing=len(clauses) - count)
        print_records(clauses, {key: say(f"col_{key}", lang) for key in heads}, title=title)


def _marked(value: str, verified: bool | str, lang: Language) -> str:
    """Return a value with its mark where its text was not read; there is none on a side without a value."""
    return f"{value} ({say('unverified', lang)})" if verified is False else value
