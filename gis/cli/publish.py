"""The command ``zonegis publish``: a copy of a run for people outside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from gis.cli.console import LangOption, Language, messages, out, print_json, said, step_bar, today
from gis.cli.jobs import AsJson, RunPath

__all__ = ["publish_command"]


def publish_command(
    run_file: RunPath,
    fields: Annotated[
        str, typer.Option(help="公开的地块字段，逗号分隔 / fields of parcels, commas between: parcel_id,area_m2,status")
    ],
    precision: Annotated[str, typer.Option(help="坐标格网 / grid of the coordinates, such as 10m")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="新文件夹 / folder to write")] = None,
    allow_holders: Annotated[
        str, typer.Option(help="公开个人或企业名称的理由 / reason for publishing names of persons or companies")
    ] = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """对外公开版：只留指定字段，坐标粗化，逐文件核验后才写出。 / A copy for people outside, checked before it stands.

    Writes map.html, report.html, findings.gpkg and manifest.json. Figures are those measured before the
    coordinates were coarsened; what the grid did to the outlines is told. Names of persons and companies
    need --allow-holders with a reason. Without --output the folder is <results>-public beside the results.
    """
    from gis.workflow import publish

    named = [name.strip() for name in fields.split(",") if name.strip()]
    with messages(lang):
        with step_bar(20, lang) as step:
            done = publish(
                run_file, today=today(), fields=named, precision=precision, output=output, lang=lang.value,
                reason=allow_holders, progress=step,
            )  # fmt: skip
        if as_json:
            print_json({"folder": done.folder, "fields": done.publication.fields,
                        "precision_m": done.publication.precision_m, "effect": done.publication.totals()})  # fmt: skip
            return
        for line in done.publication.lines(lang.value):
            out.print(escape(line))
        said(lang, "written", room="publish", path=done.folder)
