"""The command ``zonegis case``: the case of one parcel as a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gis.cli.console import LangOption, Language, messages, print_json, said, step_bar, today
from gis.cli.jobs import AsJson, RunPath

__all__ = ["case_command"]


def case_command(
    run_file: RunPath,
    parcel: Annotated[str, typer.Argument(help="地块编号 / parcel id, letter for letter")],
    output: Annotated[Path, typer.Option("--output", "-o", help="新文件夹 / folder to write")],
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """写出一个地块的闲置土地案卷：事实、时钟、步骤、缺项和文书草稿。 / The idle-land case of a parcel, with drafts.

    Writes case.html (one page to print), timeline.svg, explanation.txt, drafts of the documents that status and
    route lead to as DOCX, and manifest.json. What the data do not fill stays a yellow blank.
    """
    from gis.workflow import write_case

    with messages(lang):
        with step_bar(19, lang) as step:
            case = write_case(run_file, parcel, output, today=today(), lang=lang.value, progress=step)
        if as_json:
            print_json({
                "folder": case.folder, "files": case.files, "parcel_id": case.content.parcel_id,
                "verdict": case.content.verdict,
                "missing": [[one.label, one.purpose, one.supplier] for one in case.content.missing],
            })  # fmt: skip
            return
        said(lang, "written", room="case", path=case.folder, files=list(case.files))
