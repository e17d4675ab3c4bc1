"""Commands that look things up: rules, the policy, the data dictionary, the zone register."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from gis.areas import DIGITS, grouped, percent_text, signed
from gis.cli.console import LangOption, Language, messages, out, print_json, print_records, said, say
from gis.cli.outputs import Overwrite, written_files
from gis.errors import InputError

rules_app = typer.Typer(help="法规参数 / legal parameters", no_args_is_help=True)
boundaries_app = typer.Typer(help="区域登记 / zone register", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")]
Place = Annotated[str, typer.Option(help="行政区划代码 / adcode")]
Day = Annotated[dt.datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="基准日 / as-of date")]


def _rule_columns(lang: Language) -> dict[str, str]:
    keys = ("name", f"label_{lang.value}", "value", "bound", "scope", f"citation_{lang.value}", "in_force", "expires",
            "verified")  # fmt: skip
    return {key: say(f"col_{key.removesuffix('_zh').removesuffix('_en')}", lang) for key in keys}


@rules_app.command("list")
def rules_list(place: Place = "310115", lang: LangOption = Language.ZH, as_json: AsJson = False) -> None:
    """列出全部参数的最新取值。 / List every parameter with its newest value."""
    from gis.regulations import list_rules

    with messages(lang):
        _print_rules(list_rules(place=place), lang, as_json)


@rules_app.command("show")
def rules_show(
    name: Annotated[str, typer.Argument(help="参数名 / name of the parameter")],
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """一个参数在各日期、各地区的取值。 / Every dated value of a parameter."""
    from gis.regulations import load_rule_set, show_rule

    with messages(lang):
        records = show_rule(name)
        entry = load_rule_set().entries[name]
        if as_json:
            told = {"read_by": list(entry.read_by), "register_only": entry.register_only}
            print_json([record | told for record in records])
            return
        _print_rules(records, lang, as_json)
        if entry.register_only:
            said(lang, "rule_register_only", why=entry.register_only[lang.value])
        else:
            said(lang, "rule_read_by", readers=list(entry.read_by))
        for record in records:
            if record["note"]:
                out.print(escape(f"{record['in_force']}: {record['note']}"))


@rules_app.command("guide")
def rules_guide(
    target: Annotated[Path, typer.Argument(help="新文件 / new CSV to write")],
    overwrite: Overwrite = False,
    lang: LangOption = Language.ZH,
) -> None:
    """写出产业用地指南调整值的空表，供填写后列入运行文件。 / Write the empty table of the land guide, to be filled.

    The values were not found in any text that could be read. A filled table is named in the run file:
    ``land_guide: land_guide.csv``.
    """
    from gis.csv_files import write_csv
    from gis.regulations.land_guide import GUIDE_COLUMNS

    with messages(lang), written_files(target, inputs=(), overwrite=overwrite):
        write_csv(target, GUIDE_COLUMNS, (), encoding="utf-8-sig")
        said(lang, "guide_written", path=target)


@rules_app.command("as-of")
def rules_as_of(
    day: Annotated[dt.datetime, typer.Argument(formats=["%Y-%m-%d"], help="日期 / date")],
    place: Place = "310115",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """某日某地有效的取值与政策。 / What is in force on a day at a place, and the policy of the day."""
    from gis.regulations import list_rules, policy_in_force

    with messages(lang):
        policy = policy_in_force(day.date())
        records = [record for record in list_rules(as_of=day.date(), place=place) if record["value"] != ""]
        if as_json:
            print_json({"policy": policy, "rules": records})
            return
        title = f"{policy[f'title_{lang.value}']} {policy['number']}" if policy else say("no_policy", lang)
        out.print(escape(title))
        _print_rules(records, lang, as_json=False)


@rules_app.command("policy")
def rules_policy(lang: LangOption = Language.ZH, as_json: AsJson = False) -> None:
    """2021 年政策逐条登记。 / The 2021 policy, clause by clause."""
    from gis.regulations import policy_clauses

    with messages(lang):
        clauses = [dataclasses.asdict(clause) for clause in policy_clauses()]
        if as_json:
            print_json(clauses)
            return
        records = [
            {"number": c["number"], "summary": c["summary"][lang.value], "bodies": "、".join(c["bodies"]) + "".join(
                 f"\n{one['body']}: {one['note'][lang.value]}" for one in c["abolished"]),
             "served_by": ", ".join(c["served_by"]), "in_force": f"{c['in_force']} – {c['expires']}"}
            for c in clauses
        ]  # fmt: skip
        print_records(records, {key: say(f"col_{key}", lang) for key in records[0]})


def _print_rules(records: list[dict[str, Any]], lang: Language, as_json: bool) -> None:
    if as_json:
        print_json(records)
    else:
        print_records(records, _rule_columns(lang))


@boundaries_app.command("list")
def boundaries_list(
    as_csv: Annotated[bool, typer.Option("--csv", help="输出登记表 CSV / print the register as CSV")] = False,
    areas: Annotated[bool, typer.Option("--areas", help="公布面积 / the published areas")] = False,
    lang: LangOption = Language.ZH,
) -> None:
    """区域登记表。 / The register of zones with their published areas."""
    from gis.regulations import zone_areas_csv, zone_register, zone_register_csv

    with messages(lang):
        if as_csv:
            typer.echo(zone_areas_csv() if areas else zone_register_csv(), nl=False)
            return
        records = [
            {"zone_id": zone.zone_id, "zone_name": zone.zone_name_zh if lang is Language.ZH else zone.zone_name_en,
             "areas": "; ".join(f"{fact.kind} {fact.area_km2} ({fact.date})" for fact in zone.areas) or "–",
             "source": zone.source}
            for zone in zone_register()
        ]  # fmt: skip
        print_records(records, {key: say(f"col_{key}", lang) for key in records[0]})


@boundaries_app.command("check")
def boundaries_check(
    file: Annotated[Path, typer.Argument(help="界线文件 / boundary vector")],
    zone: Annotated[str, typer.Option(help="登记表中的区域 / zone of the register")],
    crs: Annotated[str, typer.Option(help="计算面积的坐标系 / system for areas")] = "EPSG:4549",
    layer: Annotated[str | None, typer.Option(help="图层 / layer")] = None,
    own_id: Annotated[str | None, typer.Option("--id", help="文件中的区域编号 / id of the zone in the file")] = None,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """把界线矢量与登记的面积、位置、片区数比较。 / Compare a boundary with area, place and parts of the register."""
    from gis.checks import compare_with_register
    from gis.issues import IssueLog
    from gis.readers import read_raw, read_table
    from gis.regulations import find_zone
    from gis.schema import match_fields

    with messages(lang):
        facts, issues = find_zone(zone), IssueLog()
        named = "zone_id" in match_fields(list(read_raw(file, layer=layer).frame.columns), "approved_boundaries").found
        values = {"boundary_quality": "indicative"} | ({} if named else {"zone_id": facts.zone_id})
        boundary = read_table(file, "approved_boundaries", issues=issues, layer=layer, to_crs=crs, values=values)
        if own_id is not None:
            boundary = boundary[boundary["zone_id"] == own_id].reset_index(drop=True)
        table = compare_with_register(boundary, facts, issues=issues)
        if as_json:
            print_json({"areas": table.to_dict("records"), "issues": issues.to_frame(lang.value).to_dict("records")})
        else:
            shown = table.assign(
                measured_km2=table["measured_km2"].map(lambda km2: grouped(km2, DIGITS["km2"])),
                difference_m2=table["difference_m2"].map(lambda m2: signed(grouped(m2, 0))),
                difference_ratio=table["difference_ratio"].map(lambda ratio: signed(percent_text(ratio))),
            )  # fmt: skip
            columns = (
                "kind",
                "published_km2",
                "date",
                "basis",
                "measured_km2",
                "difference_m2",
                "difference_ratio",
                "source",
            )
            print_records(shown.to_dict("records"), {key: say(f"col_{key}", lang) for key in columns})
            for issue in issues:
                out.print(escape(f"{issue.severity.value}: {issue.text(lang.value)}"))
        if any(issue.severity.rank >= 1 for issue in issues):
            raise typer.Exit(1)


@boundaries_app.command("footprints")
def boundaries_footprints(
    target: Annotated[Path, typer.Argument(help="GeoJSON 文件 / GeoJSON file to write")],
    overwrite: Overwrite = False,
    lang: LangOption = Language.ZH,
) -> None:
    """写出示意范围（面积符号，不是界线）。 / Write the indicative footprints: symbols of area, no boundaries."""
    from gis.checks import indicative_footprints
    from gis.regulations import zone_register
    from gis.writing import atomic_file

    with messages(lang), written_files(target, inputs=(), overwrite=overwrite):
        footprints, left_out = indicative_footprints(zone_register())
        with atomic_file(target) as temporary:
            shown = footprints.to_json(to_wgs84=False, drop_id=True, ensure_ascii=False)
            temporary.write_text(shown + "\n", "utf-8")
        said(lang, "footprints_written", path=target, count=len(footprints), left_out=list(left_out))


def dictionary_command(
    table: Annotated[str | None, typer.Argument(help="表 / table")] = None,
    form: Annotated[str, typer.Option("--format", help="table | markdown")] = "table",
    lang: LangOption = Language.ZH,
) -> None:
    """数据字典：表、字段、单位、别名。 / The data dictionary: tables, fields, units, names in the wild."""
    from gis.schema import data_dictionary_page, fields_of, table_names

    with messages(lang):
        if form == "markdown":
            typer.echo(data_dictionary_page(), nl=False)
            return
        if form != "table":
            raise InputError("format_unknown", found=form, choices=["table", "markdown"])
        for name in [table] if table else table_names():
            records = [
                {"field": f.name, "label": f.label_zh if lang is Language.ZH else f.label_en, "type": f.type.value,
                 "unit": f.unit, "required": f.required, "aliases": ", ".join(alias.name for alias in f.aliases)}
                for f in fields_of(name).values()
            ]  # fmt: skip
            print_records(records, {key: say(f"col_{key}", lang) for key in records[0]}, title=name)


def schema_command() -> None:
    """运行文件的 JSON Schema。 / The JSON Schema of run files, for editors."""
    from gis.workflow import run_file_schema

    typer.echo(run_file_schema(), nl=False)


def version_command(lang: LangOption = Language.ZH) -> None:
    """版本。 / Versions of the toolkit and of what computes: GEOS, PROJ, GDAL."""
    from gis.provenance import library_versions

    with messages(lang):
        print_json(library_versions())
