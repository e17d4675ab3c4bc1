"""The command ``zonegis map``: the page of a run, and sheets of it as PNG or PDF."""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from gis.cli.console import LangOption, Language, messages, print_json, said, step_bar, today
from gis.cli.jobs import AsJson, RunPath
from gis.cli.outputs import Overwrite, written_files

__all__ = ["map_command"]


def map_command(  # noqa: PLR0913, PLR0917
    run_file: RunPath,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="网页 / page to write")] = None,
    png: Annotated[Path | None, typer.Option(help="图片（A3 横向） / picture, A3 landscape")] = None,
    pdf: Annotated[Path | None, typer.Option(help="PDF（A3 横向） / PDF, A3 landscape")] = None,
    theme: Annotated[str, typer.Option(help="图片和 PDF 的专题 / theme printed: status, ground, age, green …")] = "",
    since: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="历史状态的首日 / first day of the time slider")
    ] = None,
    quotas: Annotated[Path | None, typer.Option(help="指标 / CSV parcel_id,quota_ratio (used / allocated)")] = None,
    compare: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="与此日对比 / compare with an earlier day")
    ] = None,
    against: Annotated[Path | None, typer.Option(help="与另一运行对比 / compare with another run file")] = None,
    one_file_limit: Annotated[
        int | None, typer.Option(min=1, help="单个文件的地块上限（默认一百万） / most parcels in one file (a million)")
    ] = None,
    drawing: Annotated[bool, typer.Option("--drawing", help="不用浏览器 / draw without a browser")] = False,
    overwrite: Overwrite = False,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """绘制地图：离线网页，或打印为 PNG、PDF。 / Draw the map of a run: an offline page, or a sheet as PNG or PDF.

    With --compare or --against the page shows two states of the parcels, their differences outlined and
    listed. Without any of --output, --png and --pdf the page is written beside the run's results, as
    <name>-map.html. Sheets come from a headless Chromium where one is installed, else from matplotlib.
    """
    from gis.maps import ONE_FILE_LIMIT
    from gis.workflow import compute_run, draw_run, files_of, load_run_file, print_run

    is_compared = compare is not None or against is not None
    _require_sense({
        "--compare, --against: choose one": compare is not None and against is not None,
        "--theme: only with --png, --pdf": bool(theme) and png is None and pdf is None,
        "--one-file-limit: not with --compare, --against": is_compared and one_file_limit is not None,
        "--since: not with --compare, --against": is_compared and since is not None,
    })  # fmt: skip
    with contextlib.ExitStack() as stack:
        stack.enter_context(messages(lang))
        if output is None and png is None and pdf is None:
            results = load_run_file(run_file).output
            output = results.with_name(f"{results.name}-{'comparison' if is_compared else 'map'}.html")
        read = [*files_of(run_file), quotas, *(files_of(against) if against else ())]
        stack.enter_context(written_files(output, png, pdf, inputs=read, overwrite=overwrite))
        with step_bar(18, lang) as step:
            loaded, measured = compute_run(run_file, today=today(), progress=step)
        written: dict[str, str] = {}
        sheets: tuple[tuple[Literal["png", "pdf"], Path | None], ...] = (("png", png), ("pdf", pdf))
        for kind, target in sheets:
            if target is not None:
                written[str(target)] = print_run(
                    loaded, measured, target, kind=kind, lang=lang.value, view=theme, quotas=quotas, is_drawn=drawing
                )  # fmt: skip
        if output is not None:
            if is_compared:
                page = _compared(loaded, measured, compare, against, lang)
            else:
                limit = one_file_limit or ONE_FILE_LIMIT
                first_day = None if since is None else since.date()
                page = draw_run(loaded, measured, lang=lang.value, since=first_day, quotas=quotas, one_file_limit=limit)
            page.save(output)
            written[str(output)] = "folder" if page.folders else "page"
            facts = {"count": f"{len(measured.land):,}", "limit": f"{one_file_limit or ONE_FILE_LIMIT:,}"}
            facts["folder"] = ", ".join(str(folder) for folder in page.folders)
        if as_json:
            print_json({"written": written})
            return
        for path, by in written.items():
            said(lang, f"map_written_{by}", path=path, **(facts if by == "folder" else {}))


def _require_sense(misused: dict[str, bool]) -> None:
    """Stop a call whose options make no sense together: none is left aside in silence."""
    for message, is_misused in misused.items():
        if is_misused:
            raise typer.BadParameter(message)


def _compared(loaded: Any, measured: Any, day: dt.datetime | None, other: Path | None, lang: Language) -> Any:
    from gis.workflow import compare_days, compare_runs, compute_run

    if day is not None:
        return compare_days(loaded, measured, day.date(), lang=lang.value)
    assert other is not None  # noqa: S101 - narrows the type only
    with step_bar(18, lang) as step:
        base = compute_run(other, today=today(), progress=step)
    return compare_runs(loaded, measured, base, lang=lang.value)
