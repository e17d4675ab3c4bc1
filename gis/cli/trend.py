"""The command ``zonegis trend``: land by status over a series of days."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from gis.areas import m2_text, percent_text
from gis.cli.console import LangOption, Language, messages, print_json, print_records, said, say, step_bar, today
from gis.cli.jobs import AsJson, RunPath, said_rows
from gis.cli.outputs import written_folder

__all__ = ["trend_command"]

SHOWN_AT_MOST = 60
SHOWN = ("as_of", "zone_id", "supplied_m2", "idle_m2", "idle_recognisable_m2", "undetermined_m2", "contested_m2",
         "overlap_m2", "idle_ratio", "underused_m2")  # fmt: skip


class Every(StrEnum):
    """The step between two days."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Chart(StrEnum):
    """Format of the chart."""

    PNG = "png"
    SVG = "svg"


def trend_command(
    run_file: RunPath,
    first: Annotated[dt.datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="首日 / first day")],
    last: Annotated[dt.datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="末日（含） / last day, included")],
    every: Annotated[Every, typer.Option(help="间隔 / step")] = Every.QUARTER,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="结果文件夹 / folder of the results")] = None,
    chart: Annotated[Chart, typer.Option(help="图的格式 / format of the chart")] = Chart.PNG,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """各状态土地面积的变化：逐日按当日施行的规则判定。 / Land by status over time, each day by its own rules.

    Writes trend_lines.csv, trend_totals.csv, the chart and manifest.json; without --output beside the
    run's results, as <name>-trend.
    """
    from gis.analyses import days_between
    from gis.workflow import files_of, load_run_file, trend_run, write_trend

    with contextlib.ExitStack() as stack:
        stack.enter_context(messages(lang))
        days = days_between(first.date(), last.date(), every.value)
        results = load_run_file(run_file).output
        folder = output or results.with_name(f"{results.name}-trend")
        stack.enter_context(written_folder(folder, "trend", inputs=files_of(run_file)))
        with step_bar(18, lang) as step:
            loaded, trend = trend_run(run_file, days, today=today(), progress=step)
        path, shown = write_trend(loaded, trend, folder, lang=lang.value, chart=chart.value)
        records = trend.totals.to_dict("records")
        if as_json:
            print_json({
                "folder": folder, "chart": path,
                "totals": [{str(key): value for key, value in row.items()} for row in records],
                "lines": [{str(key): value for key, value in row.items()} for row in trend.lines.to_dict("records")],
                "rows": {table: account.record() for table, account in loaded.accounts.items()},
            })  # fmt: skip
            return
        table = [
            {key: _shown(key, row[key], row) for key in SHOWN} for row in records[-SHOWN_AT_MOST:]
        ]  # fmt: skip
        print_records(table, {key: say(f"col_{key}", lang) for key in SHOWN})
        if len(records) > SHOWN_AT_MOST:
            said(lang, "trend_left", left=len(records) - SHOWN_AT_MOST, path=folder / "trend_totals.csv")
        said_rows(lang, loaded.accounts.values(), loaded.topology)
        if shown != lang.value:
            said(lang, "trend_no_font")
        said(lang, "trend_written", path=path, count=len(days))


def _shown(key: str, value: object, row: Mapping[Any, Any]) -> object:
    if key == "idle_ratio":
        limits = [row[f"idle_ratio_{side}"] for side in ("least", "most")]
        shown = [percent_text(limit) for limit in limits if limit is not None and limit == limit]  # noqa: PLR0124 - NaN
        return "–".join(dict.fromkeys(shown))
    if value is None:
        return ""
    return m2_text(value) if key.endswith("_m2") else value
