"""Commands that work on a run: run, check, explain, init, sample, repair, inspect."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from gis.areas import ha_text, index_text, m2_text, percent_beside, percent_text
from gis.cli.console import (
    LangOption,
    Language,
    err,
    messages,
    out,
    plain_records,
    print_json,
    print_records,
    said,
    said_cut,
    say,
    step_bar,
    today,
)
from gis.cli.outputs import Overwrite, written_files

RunPath = Annotated[Path, typer.Argument(help="运行文件 / run file (RUN.yaml)", metavar="RUN.yaml")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="结果文件夹 / folder of the results")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")]
Encoding = Annotated[str | None, typer.Option(help="shapefile/CSV 编码 / encoding, such as gbk")]
REPAIR_COLUMNS = ("id", "source_row", "action", "area_before_m2", "area_after_m2", "difference_m2", "applied", "reason")
SHOWN_AT_MOST = 100
SAMPLE_DAY = dt.datetime(2026, 3, 31)  # noqa: DTZ001 - a business day has no zone


def run_command(
    run_file: RunPath,
    output: Output = None,
    lang: Annotated[Language | None, typer.Option(help="语言 / language; default: the run file's")] = None,
    as_json: AsJson = False,
) -> None:
    """主任务：读取、检查、计算三项平衡并输出结果。 / The main job: read, check, balance, write one folder.

    Writes map.html, report.html, workbook.xlsx, findings.gpkg, issues.csv and manifest.json. A former
    output stays whole unless everything was written, and a folder that holds anything else is not replaced.
    """
    from gis.workflow import STEPS, run

    shown = lang or _language_of(run_file)
    with messages(shown):
        with step_bar(STEPS, shown) as step:
            result = run(
                run_file, today=today(), output=output, lang=lang.value if lang else None, progress=step,
                made_at=dt.datetime.now(dt.UTC),
            )  # fmt: skip
        shown = lang or Language(result.loaded.run.lang)
        if as_json:
            from gis.regulations import rules_ending

            print_json({
                "folder": result.folder, "map": result.map, "issues": result.loaded.issues.counts(),
                "rows": {table: account.record() for table, account in result.measured.accounts.items()},
                "zones": {name: balance.zones.drop(columns="source", errors="ignore").to_dict("records")
                          for name, balance in result.measured.balances.items()},
                "rules_ending": rules_ending(result.measured.rules), "left_out": result.measured.left_out,
                **_ledger_record(result.measured.quotas),
            })  # fmt: skip
            return
        _summary(result, shown)


def _language_of(run_file: Path) -> Language:
    """Return the language that a run file names, also where it can't be used: a refusal is said in it."""
    from gis.errors import GisError
    from gis.yaml_files import read_yaml

    try:
        return Language(read_yaml(run_file)["lang"])
    except (GisError, KeyError, TypeError, ValueError):
        return Language.ZH


def _summary(result: object, lang: Language) -> None:
    from gis.workflow import RunResult

    assert isinstance(result, RunResult)  # noqa: S101 - narrows the type only
    measured = result.measured
    if measured.quality != "approved":
        out.print(f"[bold yellow]{escape(say(f'quality_{measured.quality}', lang))}[/]")
    _said_land(measured, lang)
    if "green_ratio" in measured.balances:
        _said_green(measured, lang)
    for lacking in measured.left_out.values():
        covered = sorted({days for one in lacking for days in one["covered"]})
        said(lang, "sum_not_judged", day=measured.rules.law_of, covered=covered,
             rules=[one[f"label_{lang.value}"] for one in lacking])  # fmt: skip
    declared = result.loaded.run.claims
    if declared is not None:
        said(lang, "sum_priority", column=declared.priority, order=say(f"order_{declared.order}", lang),
             reason=declared.reason)  # fmt: skip
    if "mixed_use" in measured.balances:
        for zone in measured.balances["mixed_use"].zones.to_dict("records"):
            said(lang, "sum_mixed", zone=zone["zone_name"], hill=index_text(zone["hill_1"]), k=zone["k"],
                 entropy=index_text(zone["entropy"]))  # fmt: skip
            if zone["index_left_out_m2"]:
                said(lang, "sum_left_out", zone=zone["zone_name"], area=m2_text(zone["index_left_out_m2"]),
                     reserved=m2_text(zone["reserved_m2"]))  # fmt: skip
    if measured.quotas is not None:
        _said_quotas(measured.quotas, lang)
    _said_ending(measured.rules, lang)
    said_rows(lang, measured.accounts.values(), result.loaded.topology)
    counts = result.loaded.issues.counts()
    _said_counts(lang, counts)
    said(lang, "sum_map", path=result.map)


def _said_ending(rules: Any, lang: Language) -> None:
    """Warn of the rules that were read and end within a year, with what is known to follow."""
    from gis.regulations import rules_ending

    ending = rules_ending(rules)
    if ending:
        said(lang, "sum_ending_title", count=len(ending))
    for one in ending:
        mark = f" ({say('unverified', lang)})" if one["following_verified"] is False else ""
        then = f"{one['following']}{mark}" if one["following"] else say("ending_nothing", lang)
        said(lang, "sum_ending", rule=one[f"label_{lang.value}"], citation=one[f"citation_{lang.value}"],
             day=one["expires"], then=then)  # fmt: skip


def said_rows(lang: Language, accounts: Iterable[Any], topology: Any) -> None:
    """Say of each table with rows left out where they went, the sum of all, and the land that parcels cover."""
    accounts, done = list(accounts), ""
    for account in accounts:
        done = "" if account.used is not None else "_read"
        if account.reasons:
            named = [say("reason", lang, room="rows", reason=say(name, lang, room="rows"), count=f"{count:,}")
                     for name, count in account.reasons.items()]  # fmt: skip
            known = account.in_file is not None
            said(lang, f"table{done}", room="rows", table=account.table, read=f"{account.read:,}",
                 in_file=f"{account.in_file:,}" if known else say("no_count", lang, room="rows"),
                 used=f"{account.used or 0:,}", reasons=named)  # fmt: skip
    said(lang, f"total{done}", room="rows", tables=len(accounts), in_file=f"{sum(a.rows for a in accounts):,}",
         read=f"{sum(a.read for a in accounts):,}", used=f"{sum(a.used or 0 for a in accounts):,}")  # fmt: skip
    if topology is not None and topology.land_ratio is not None:
        said(lang, "land_share", room="rows", share=percent_text(topology.land_ratio))


def _said_land(measured: Any, lang: Language) -> None:
    for zone in measured.balances["idle_land"].zones.to_dict("records"):
        said(lang, "sum_idle", zone=zone["zone_name"], idle=ha_text(zone["idle_m2"]),
             may=ha_text(zone["idle_recognisable_m2"]), open=ha_text(zone["undetermined_m2"]))  # fmt: skip
        if zone["overlap_m2"]:
            said(lang, "sum_claimed", zone=zone["zone_name"], claimed=ha_text(zone["overlap_m2"]),
                 contested=ha_text(zone["contested_m2"]))  # fmt: skip
        _said_remainder(zone, lang)


def _said_green(measured: Any, lang: Language) -> None:
    from gis.schema import text

    for zone in measured.balances["green_ratio"].zones.to_dict("records"):
        said(lang, "sum_green", zone=zone["zone_name"], ratio=percent_beside(zone["green_ratio"], zone["floor_ratio"]),
             floor=percent_text(zone["floor_ratio"]), verdict=text(f"status.{zone['verdict']}", lang.value),
             short=m2_text(zone["shortfall_m2"]))  # fmt: skip
        _said_green_apart(measured, zone, lang)
        if zone["green_claimed_m2"] or zone["green_contested_m2"]:
            said(lang, "sum_green_claimed", claimed=m2_text(zone["green_claimed_m2"]),
                 contested=m2_text(zone["green_contested_m2"]))  # fmt: skip
        if zone.get("kinds_overlap_m2"):
            said(lang, "sum_green_kinds", area=m2_text(zone["kinds_overlap_m2"]),
                 other=m2_text(zone["green_other_precedence_m2"]), own=m2_text(zone["green_m2"]))  # fmt: skip


def _said_remainder(zone: dict[Any, Any], lang: Language) -> None:
    """Say what of a zone lies in no parcel, gaps apart; nothing where its own area is not known."""
    land = zone.get("land_not_in_parcels_m2", math.nan)
    if not math.isnan(land):
        said(lang, "sum_not_in_parcels", zone=zone["zone_name"], land=m2_text(land), gaps=m2_text(zone["gaps_m2"]))


def _said_green_apart(measured: Any, zone: dict[Any, Any], lang: Language) -> None:
    """Say what green of a zone is left out of its ratio: for its kind, by the rule, and for it lies in no parcel."""
    from gis.schema import choice_label

    pieces = measured.balances["green_ratio"].tables["green_pieces"]
    rule = measured.rules.get("green.counted_kinds")
    own = pieces[(pieces["zone_id"] == zone["zone_id"]) & ~pieces["green_kind"].isin(set(rule.value))]
    if zone["green_not_counted_m2"]:
        present = sorted(set(own["green_kind"].dropna()))
        kinds = [choice_label("green_spaces", "green_kind", kind, lang.value) for kind in present]
        kinds += [say("kind_unknown", lang)] if own["green_kind"].isna().any() else []
        said(lang, "sum_green_not_counted", zone=zone["zone_name"], area=m2_text(zone["green_not_counted_m2"]),
             kinds=", ".join(kinds), rule=rule.citation.text(lang.value))  # fmt: skip
    outside, other = zone.get("green_outside_m2"), zone.get("green_outside_not_counted_m2")
    if outside or other:
        said(lang, "sum_green_outside", zone=zone["zone_name"], area=m2_text(outside), other=m2_text(other))


def _ledger_record(state: Any) -> dict[str, Any]:
    """Return on which state of a ledger a run rests, where it names one."""
    from gis.workflow import ledger_record

    return {} if state is None else {"ledger": ledger_record(state), "quotas": state.balance.to_dict("records")}


def _said_quotas(state: Any, lang: Language) -> None:
    """Say what is left free of each kind and year, and on which state of the ledger that rests."""
    from gis.ledgers import quota_kind
    from gis.reports.quota_loans import loan_lines

    for (name, year), steps in state.waterfalls.items():
        kind = quota_kind(name)
        left = sum(steps["quantity"], kind.quantity(0))
        said(lang, "sum_left", room="ledger", label=kind.label[lang.value], year=year, left=f"{left:,f}",
             unit=kind.symbol)  # fmt: skip
    for line, _ in loan_lines(state, lang.value):
        out.print(escape(line))
    said(lang, "state", room="ledger", ledger=state.address, count=state.entries_count, hash=state.head_hash[:16],
         as_of=state.as_of)  # fmt: skip


def areas_command(
    run_file: RunPath,
    output: Annotated[Path, typer.Option("--output", "-o", help="结果文件夹 / folder of the results")],
    partition_rows: Annotated[
        int,
        typer.Option("--rows", min=100, help="每分区地块数 / parcels a partition: memory follows it, figures do not"),
    ] = 20_000,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """分区量算大图层的面积：用地类别、绿地、重叠、空隙。 / Measure areas of layers larger than memory.

    Writes areas.parquet (a row a figure of a parcel), zones.csv and manifest.json. Interrupted, it goes
    on from the partitions that are finished. Run `zonegis check` first on data that was not checked.
    """
    from gis.workflow import load_run_file, stream_areas

    with messages(lang):
        run = load_run_file(run_file)
        with step_bar(10, lang) as step:
            result = stream_areas(run, output, partition_rows=partition_rows, progress=step)
        records = result.sums.to_dict("records")
        if as_json:
            print_json({"folder": result.folder, "partitions": result.partitions_count, "zones": records})
            return
        names = result.zones.set_index("zone_id")["zone_name"]
        shown = [
            {
                "zone_name": names.get(row["zone_id"], row["zone_id"]),
                "area_term": say(f"area_{row['term']}", lang),
                "layer": row["layer"],
                "class": row["class"],
                "area_m2": m2_text(row["area_m2"]),
            }
            for row in records
        ]
        print_records(shown, {key: say(f"col_{key}", lang) for key in shown[0]})
        said(lang, "areas_written", path=result.folder / "areas.parquet", count=result.partitions_count)


def check_command(run_file: RunPath, lang: LangOption = Language.ZH, as_json: AsJson = False) -> None:
    """只检查数据，不计算。 / Check the data of a run; exit code 1 where an issue would stop it."""
    from gis.workflow import check_run

    with messages(lang):
        with step_bar(14, lang) as step:
            loaded = check_run(run_file, today=today(), progress=step)
        frame = loaded.issues.to_frame(lang.value)
        if as_json:
            rows = {table: account.record() for table, account in loaded.accounts.items()}
            print_json({"counts": loaded.issues.counts(), "rows": rows, "issues": plain_records(frame)})
        else:
            columns = {key: say(f"col_{key}", lang) for key in ("severity", "code", "message", "fix")}
            print_records(frame.head(SHOWN_AT_MOST).to_dict("records"), columns)
            said_cut(lang, whole=len(frame), shown=min(len(frame), SHOWN_AT_MOST))
            said_rows(lang, loaded.accounts.values(), loaded.topology)
            _said_counts(lang, loaded.issues.counts())
        if loaded.issues.at_least(loaded.run.checks.stop_at):
            raise typer.Exit(1)


def _said_counts(lang: Language, counts: dict[str, Any]) -> None:
    said(lang, "sum_issues", **counts)


def explain_command(
    run_file: RunPath,
    parcel: Annotated[str, typer.Argument(help="地块编号 / parcel id, letter for letter")],
    lang: LangOption = Language.ZH,
) -> None:
    """说明一个地块的状态：事实、条款、推算、下一节点。 / Say why a parcel has its status."""
    from gis.workflow import compute_run, explain_parcel

    with messages(lang):
        with step_bar(18, lang) as step:
            loaded, measured = compute_run(run_file, today=today(), progress=step)
        out.print(escape("\n".join(explain_parcel(loaded, measured, parcel, lang=lang.value))))


def init_command(  # noqa: PLR0913, PLR0917
    boundary: Annotated[Path, typer.Option(help="批准范围 / approved boundary")],
    parcels: Annotated[Path, typer.Option(help="地块 / parcels")],
    green: Annotated[Path | None, typer.Option(help="绿地 / green spaces")] = None,
    land_use: Annotated[Path | None, typer.Option(help="用地图斑 / land use")] = None,
    buildings: Annotated[Path | None, typer.Option(help="建筑 / buildings")] = None,
    events: Annotated[Path | None, typer.Option(help="地块事件 / parcel events")] = None,
    target: Annotated[Path, typer.Option("--output", "-o", help="运行文件 / run file to write")] = Path("RUN.yaml"),
    as_of: Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="基准日 / as-of date")] = None,
    place: Annotated[str, typer.Option(help="行政区划代码 / adcode of the rules")] = "310115",
    encoding: Encoding = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", "--force", help="覆盖已有的运行文件 / replace a run file that is there")
    ] = False,
    lang: LangOption = Language.ZH,
) -> None:
    """查看输入文件并写出带注释的运行文件。 / Inspect the files and write a commented run file."""
    from gis.workflow import start_run_file

    given = {"approved_boundaries": boundary, "parcels": parcels, "land_use": land_use, "green_spaces": green,
             "buildings": buildings, "parcel_events": events}  # fmt: skip
    files = {table: path for table, path in given.items() if path is not None}
    with messages(lang), written_files(target, inputs=files.values(), overwrite=overwrite):
        day = as_of.date() if as_of is not None else today()
        _, questions = start_run_file(files, target=target, as_of=day, place=place, lang=lang.value, encoding=encoding)
        said(lang, "init_written", path=target, count=len(questions))
        for question in questions:
            out.print(escape(f"  ? {question}"))


def sample_command(
    folder: Annotated[Path, typer.Argument(help="文件夹 / folder to write")],
    parcels: Annotated[int, typer.Option(help="地块数 / number of parcels (40 to 1,000,000)")] = 400,
    seed: Annotated[int, typer.Option(help="随机种子 / seed; the same seed gives the same bytes")] = 1,
    as_of: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="基准日 / as-of date")] = SAMPLE_DAY,
    lang: LangOption = Language.ZH,
) -> None:
    """生成虚构的示例区域和运行文件。 / Write a synthetic zone and a run file for it."""
    from rich.progress import Progress

    from gis.workflow import write_sample_run

    with messages(lang):
        with Progress(console=err, transient=True) as bar:
            task = bar.add_task(escape(str(folder)), total=parcels)
            target = write_sample_run(
                folder, parcels=parcels, seed=seed, as_of=as_of.date(), lang=lang.value,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )  # fmt: skip
        said(lang, "sample_written", path=target)


def inspect_command(
    file: Annotated[Path, typer.Argument(help="数据文件 / data file")],
    encoding: Encoding = None,
    as_json: AsJson = False,
    lang: LangOption = Language.ZH,
) -> None:
    """查看文件：图层、字段、坐标系、编码依据、字段对应。 / Show layers, schema, system, encoding, mapping."""
    from gis.readers import inspect_file, render_inspection

    with messages(lang):
        found = inspect_file(file, encoding=encoding)
        if as_json:
            print_json(found.to_dict())
        else:
            out.print(escape(render_inspection(found, lang.value)))


def repair_command(
    run_file: RunPath,
    table: Annotated[str, typer.Argument(help="表 / table, such as parcels")],
    target: Annotated[Path, typer.Argument(help="新文件 / new GeoPackage to write")],
    overwrite: Overwrite = False,
    lang: LangOption = Language.ZH,
) -> None:
    """应要求修复图形，写入新文件，逐项报告前后面积。 / Repair shapes on request into a new file."""
    from gis.checks import repair_geometry
    from gis.readers import write_geopackage
    from gis.schema import text
    from gis.workflow import check_run, files_of

    with messages(lang), written_files(target, inputs=files_of(run_file), overwrite=overwrite):
        with step_bar(14, lang) as step:
            loaded = check_run(run_file, today=today(), progress=step)
        if table not in loaded.tables:
            err.print(escape(say("table_absent", lang, table=table, tables=list(loaded.tables))))
            raise typer.Exit(2)
        repaired, report = repair_geometry(loaded.tables[table], table)
        layers = {table: repaired} | ({"repairs": report} if len(report) else {})
        write_geopackage(target, layers)
        names = {key: say(f"col_{key}", lang) for key in REPAIR_COLUMNS}
        areas = {name: report[name].map(m2_text) for name in report.columns if name.endswith("_m2")}
        shown = report.assign(
            **areas,
            action=[text(f"checks.{key}", lang.value) for key in report["action"]],
            reason=[text(f"checks.{key}", lang.value) if key else "" for key in report["reason"]],
        )
        print_records(shown.to_dict("records"), names)
        said(lang, "repair_written", path=target, applied=int(report["applied"].sum()), count=len(report))
