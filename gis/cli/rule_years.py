"""The command ``zonegis rules diff``: two days of law side by side, on request over the data of a run."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

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
    from gis.regulations import compare_rules, load_rules
    from gis.schema import text
    from gis.workflow import compare_rule_years

    days = (first.date(), second.date())
    with messages(lang):
        if data is None:
            rules = compare_rules(*(load_rules(as_of=day, place=place) for day in days))
            if as_json:
                print_json({"rules": rules})
            else:
                _print_rules(rules, lang)
            return
        with step_bar(60, lang) as step:
            found = compare_rule_years(data, days, today=today(), progress=step)
        if as_json:
            print_json({"rules": found.rules, "areas": plain_records(found.areas), "flips": plain_records(found.flips)})
            return
        _print_rules(found.rules, lang)
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


def _print_rules(rules: list[dict[str, object]], lang: Language) -> None:
    shown = [
        row | {"change": say(f"change_{row['change']}", lang), "label": row[f"label_{lang.value}"],
               "citation_from": row[f"citation_{lang.value}_from"], "citation_to": row[f"citation_{lang.value}_to"]}
        for row in rules
    ]  # fmt: skip
    columns = ("name", "label", "change", "value_from", "value_to", "citation_from", "citation_to")
    print_records(shown, {key: say(f"col_{key}", lang) for key in columns}, title=say("diff_rules", lang))
