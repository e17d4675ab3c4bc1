"""A run file to start from: written from what is in the files, with the questions they leave open."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from gis.crs import crs_name, parse_crs
from gis.readers import FileInspection, count_rows, inspect_file
from gis.samples import SAMPLE_FILES, write_sample
from gis.schema import fields_of, text
from gis.writing import atomic_file, merged_folder, permitted, require_file

__all__ = ["start_run_file", "write_sample_run"]

Lang = Literal["en", "zh"]


def start_run_file(
    files: Mapping[str, Path],
    *,
    target: Path | str,
    as_of: dt.date,
    place: str,
    title: str = "",
    lang: Lang = "zh",
    encoding: str | None = None,
) -> tuple[str, list[str]]:
    """Write a commented run file from an inspection of its inputs.

    Parameters
    ----------
    files
        table → file; ``approved_boundaries`` and ``parcels`` at least.
    target
        The run file; paths in it are relative to its folder.
    as_of, place, title, lang
        The head of the run file.
    encoding
        Declared for every shapefile and CSV that does not prove its own.

    Returns
    -------
    The text, and the questions that it leaves open (also in the text).

    Raises
    ------
    InputError
        If a file can't be opened.
    PlaceError
        If the run file is there already, unless `gis.writing.permitted` says otherwise.
    """
    target = Path(target)
    with permitted(inputs=files.values()):
        require_file(target)
        return _start_run_file(files, target, as_of=as_of, place=place, title=title, lang=lang, encoding=encoding)


def _start_run_file(
    files: Mapping[str, Path], target: Path, *, as_of: dt.date, place: str, title: str, lang: Lang, encoding: str | None
) -> tuple[str, list[str]]:
    inspections = {table: inspect_file(path, encoding=encoding, table=table) for table, path in files.items()}
    questions: list[str] = []
    lines = [f"# {text('start.head', lang)}", "zonegis: 1", f"title: {_quoted(title or text('start.title', lang))}"]
    lines += [f"as_of: {as_of.isoformat()}  # {text('start.as_of', lang)}"]
    lines += [f"place: {_quoted(place)}  # {text('start.place', lang)}", f"lang: {lang}"]
    lines += _crs_lines(inspections["approved_boundaries"], lang, questions)
    lines += [f"area_basis: planar  # {text('start.area_basis', lang)}", "output: outputs/run", "", "tables:"]
    for table, inspection in inspections.items():
        lines += _table_lines(table, files[table], inspection, target=target, lang=lang, encoding=encoding,
                              questions=questions)  # fmt: skip
    lines += ["", f"# {text('start.checks', lang)}", "checks:", "  stop_at: error", "  accept: []"]
    lines += _expect_lines(files, inspections, encoding=encoding, lang=lang)
    if questions:
        lines += ["", f"# {text('start.questions', lang, count=len(questions))}"]
        lines += [f"#  {number}. {question}" for number, question in enumerate(questions, 1)]
    content = "\n".join(lines) + "\n"
    with atomic_file(target) as temporary:
        temporary.write_text(content, "utf-8")
    return content, questions


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _crs_lines(boundary: FileInspection, lang: Lang, questions: list[str]) -> list[str]:
    layer = boundary.layers[0]
    if layer.areas_allowed == "yes":
        return [f"# crs: {text('start.crs_own', lang, crs=layer.crs)}"]
    questions.append(text("start.ask_crs", lang, crs=layer.crs or "–"))
    return [f"crs: EPSG:4549  # ? {text('start.crs_choose', lang)} {crs_name(parse_crs('EPSG:4549', where='crs'))}"]


def _table_lines(
    table: str,
    path: Path,
    inspection: FileInspection,
    *,
    target: Path,
    lang: Lang,
    encoding: str | None,
    questions: list[str],
) -> list[str]:
    layer = inspection.layers[0]
    relative = Path(os.path.relpath(path.resolve(), target.resolve().parent)).as_posix()
    lines = [f"  {table}:", f"    path: {_quoted(relative)}"]
    if len(inspection.layers) > 1:
        names = [entry.name for entry in inspection.layers]
        lines.append(f"    layer: {_quoted(layer.name)}  # ? {', '.join(names)}")
        questions.append(text("start.ask_layer", lang, table=table, layers=names))
    if encoding and inspection.encoding is not None and inspection.encoding.how == "declared":
        lines.append(f"    encoding: {encoding}")
    if not layer.crs and layer.geometry != "None":
        lines.append("    crs: EPSG:4549  # ?")
        questions.append(text("start.ask_table_crs", lang, table=table, path=path.name))
    mapped = [view for view in layer.fields if view.field and not view.field.endswith("?")]
    if mapped:
        lines.append("    fields:")
        lines += [f"      {view.field}: {_quoted(view.name)}" for view in mapped]
    doubtful = [view for view in mapped if view.choices]
    if doubtful:
        lines.append("    units:")
    for view in doubtful:
        lines.append(f"      {view.field}: {view.choices[0]}  # ? {' | '.join(view.choices)}")
        questions.append(text("start.ask_unit", lang, table=table, column=view.name, choices=view.choices))
    for field in sorted({view.field.rstrip("?") for view in layer.fields if view.field.endswith("?")}):
        columns = [view.name for view in layer.fields if view.field == f"{field}?"]
        questions.append(text("start.ask_column", lang, table=table, field=field, columns=columns))
    return lines + _missing_lines(table, layer.missing_required, lang, questions)


def _expect_lines(
    files: Mapping[str, Path], inspections: Mapping[str, FileInspection], *, encoding: str | None, lang: Lang
) -> list[str]:
    """Return what the files hold now, so that a later loss is an error; the share of land takes a whole check."""
    lines = ["", f"# {text('start.expect', lang)}", "expect:"]
    for table, path in files.items():
        layer = inspections[table].layers[0]
        count = count_rows(path, layer=layer.name if len(inspections[table].layers) > 1 else None, encoding=encoding)
        lines.append(f"  {table}: {layer.count if count.count is None else count.count}")
    return [*lines, f"  # land_share_at_least: 0.75  # {text('start.expect_land', lang)}"]


def _missing_lines(table: str, missing: list[str], lang: Lang, questions: list[str]) -> list[str]:
    if not missing:
        return []
    lines = ["    values:"]
    for name in missing:
        field = fields_of(table)[name]
        choices = list(field.choices)
        label = field.label_zh if lang == "zh" else field.label_en
        if name == "zone_id":
            lines.append('      zone_id: "ZONE"')
            continue
        lines.append(f"      {name}: {choices[0] if choices else 'null'}  # ? {label}: {' | '.join(choices)}")
        questions.append(text("start.ask_value", lang, table=table, field=f"{name} ({label})", choices=choices))
    return lines


SAMPLE_RUN = """# 示例运行文件（虚构数据） / run file of the synthetic sample zone
zonegis: 1
title: 示例综合保税区（虚构）
as_of: {as_of}
place: "310115"
lang: {lang}
output: results

tables:
  approved_boundaries: {{path: approved_boundaries.gpkg}}
  parcels: {{path: parcels.gpkg}}
  land_use: {{path: land_use.gpkg}}
  green_spaces: {{path: green_spaces.gpkg}}
  buildings: {{path: buildings.gpkg}}
  plan_units: {{path: plan_units.gpkg}}
  parcel_events: {{path: parcel_events.csv, encoding: utf-8}}

checks:
  stop_at: error
  accept: {accept}

# 各文件的行数，不符即停止 / rows of each file; a difference stops the run
expect: {{{expect}}}
"""
SAMPLE_SCENARIOS = {
    "SCENARIO.yaml": """# 示例情景（虚构） / a green scenario of the synthetic zone
zonegis_scenario: 1
name: green-20
title: 绿地率达到目标的最低费用 / the least cost of the target
base: RUN.yaml
edits:
  - {edit: lock, name: site, parcel_id: "00000001", reason: 施工中 / under construction}
solve:
  objective: least_cost
  cost_cny_m2: 180
  costs: {"00000002": 120, "00000003": 150, "00000004": 260}
  # 国家对单个工业项目的上限与规划下限冲突，见 zonegis scenario explain；此处假定不适用。
  # The national ceiling of one industrial project contradicts floors of the plan; here it is taken not to apply.
  industrial_ceiling: not_applied
  above_ceiling: kept
""",
    "SCENARIO_HIGHER.yaml": """# 在上一情景上提高目标 / a higher target on the scenario before
zonegis_scenario: 1
name: green-25
base: SCENARIO.yaml
edits:
  - {edit: target, name: target, ratio: "25%", reason: 试算 / what if, citation: 无 / none}
""",
}
EVENTS = "parcel_events.csv"
#: A larger sample reaches beyond the city that its rules are of.
LARGE_SAMPLE = 200_000


def write_sample_run(
    folder: Path | str,
    *,
    parcels: int,
    seed: int,
    as_of: dt.date,
    lang: Lang = "zh",
    progress: object = None,
) -> Path:
    """Write the sample zone with a run file and two green scenarios that are ready to run; return the run file."""
    folder = Path(folder)
    accept = "[]"
    if parcels > LARGE_SAMPLE:
        accept = '[{code: boundary-outside-place, reason: "虚构的大型示例 / large synthetic sample"}]'
    names = [*SAMPLE_FILES, "RUN.yaml", *SAMPLE_SCENARIOS]
    with merged_folder(folder, kind="sample", names=names) as place:
        paths = write_sample(place, parcels=parcels, seed=seed, as_of=as_of, progress=progress)  # type: ignore[arg-type]
        rows = {table: count_rows(path).count for table, path in {**paths, "parcel_events": place / EVENTS}.items()}
        expect = ", ".join(f"{table}: {count}" for table, count in rows.items())
        content = SAMPLE_RUN.format(as_of=as_of.isoformat(), lang=lang, accept=accept, expect=expect)
        for name, text_of in {"RUN.yaml": content, **SAMPLE_SCENARIOS}.items():
            (place / name).write_text(text_of, "utf-8")
    return folder / "RUN.yaml"
