"""Commands on green scenarios."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Any

import typer

from gis.areas import grouped, is_absent, m2_text, percent_beside, percent_text
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
from gis.cli.jobs import AsJson
from gis.cli.outputs import Overwrite, written_files, written_folder

__all__ = ["scenario_app"]

scenario_app = typer.Typer(help="绿地率情景：修改、求解、比较、说明。 / Green-ratio scenarios.", no_args_is_help=True)

ScenarioPath = Annotated[Path, typer.Argument(help="情景文件 / scenario file", metavar="SCENARIO.yaml")]
Folder = Annotated[Path | None, typer.Option("--output", "-o", help="结果文件夹 / folder of the results")]
SHOWN_AT_MOST = 100
BINDING_AT_MOST = 20
STEPS = 16
_say, _said = functools.partial(say, room="scenario"), functools.partial(said, room="scenario")
COLUMNS = ("parcel_id", "area_m2", "green_m2", "green_ratio", "floor_m2", "ceiling_m2", "is_locked", "within_limits")


def _opened(path: Path, lang: Language, *, same_run: Any = None) -> Any:
    from gis.workflow import open_scenario

    with step_bar(STEPS, lang) as step:
        return open_scenario(path, today=today(), same_run=same_run, progress=step)


def _read(path: Path, *outputs: Path | None) -> list[Path]:
    """Return what a scenario reads, where anything is to be written."""
    from gis.workflow import files_of

    return files_of(path) if any(outputs) else []


def _show_state(state: Any, lang: Language) -> None:
    from gis.scenarios import belt_lines, open_lines
    from gis.schema import text

    rows = []
    for row in state.parcels.head(SHOWN_AT_MOST).to_dict("records"):
        shown = {key: m2_text(row[key]) for key in ("area_m2", "green_m2", "floor_m2", "ceiling_m2")}
        ratio = row["green_ratio"]
        within = text(f"status.{row['within_limits']}", lang.value)
        rows.append({**row, **shown, "green_ratio": "" if is_absent(ratio) else percent_text(ratio),
                     "within_limits": within})  # fmt: skip
    print_records(rows, {key: _say(f"col_{key}", lang) for key in COLUMNS})
    if len(state.parcels) > SHOWN_AT_MOST:
        _said(lang, "more", count=len(state.parcels) - SHOWN_AT_MOST)
    for zone in state.zones.to_dict("records"):
        _said(lang, "zone", zone=zone["zone_name"], green=m2_text(zone["green_m2"]),
             land=m2_text(zone["land_m2"]), ratio=percent_beside(zone["green_ratio"], zone["target_ratio"]),
             target=percent_text(zone["target_ratio"]), verdict=text(f"status.{zone['verdict']}", lang.value),
             short=m2_text(zone["shortfall_m2"]), over=m2_text(zone["surplus_m2"]))  # fmt: skip
        if zone["green_claimed_m2"] or zone["green_contested_m2"]:
            _said(lang, "zone_claimed", claimed=m2_text(zone["green_claimed_m2"]),
                 contested=m2_text(zone["green_contested_m2"]))  # fmt: skip
    for line in (*open_lines(state, lang.value), *belt_lines(state, lang.value)):
        out.print(line, markup=False)
    for note in state.balance.notes:
        out.print(text(note, lang.value), markup=False)


def run_command(
    path: ScenarioPath, output: Folder = None, lang: LangOption = Language.ZH, as_json: AsJson = False
) -> None:
    """测算一个情景：各地块绿地、上下限及其依据，区域合计。 / Evaluate a scenario; with -o, write its tables."""
    from gis.scenarios import conflict_lines, explain_impossible, problem_of
    from gis.workflow import write_scenario

    with messages(lang), written_folder(output, "scenario", inputs=_read(path, output)):
        opened = _opened(path, lang)
        state = opened.state()
        plain = opened.scenario.solve.model_copy(update={"budget_cny": None})
        conflicts = explain_impossible(problem_of(state, plain), try_changes=False)
        lines = conflict_lines(conflicts, state, lang.value)
        folder = None if output is None else write_scenario(opened, state, output)
        if as_json:
            print_json({"name": state.name, "folder": folder, "zones": plain_records(state.zones),
                        "conflicts": lines, "parcels": plain_records(state.parcels)})  # fmt: skip
            return
        _show_state(state, lang)
        for line in lines:
            out.print(line, markup=False)
        if folder is not None:
            _said(lang, "written", path=folder)


def solve_command(
    path: ScenarioPath, output: Folder = None, lang: LangOption = Language.ZH, as_json: AsJson = False
) -> None:
    """求解一个情景，并用平衡重新量算；-o 写出结果和证书。 / Solve, and measure the answer again."""
    from gis.errors import InfeasibleError
    from gis.scenarios import binding_lines, certificate_text
    from gis.workflow import certify_solution, explain_scenario, solve_scenario, write_scenario

    with messages(lang), written_folder(output, "scenario", inputs=_read(path, output)):
        opened = _opened(path, lang)
        try:
            after, solution, solved = solve_scenario(opened)
        except InfeasibleError as error:
            if error.key != "scenario_impossible":
                raise
            _show_impossible(*explain_scenario(opened), lang, as_json=as_json)
            raise typer.Exit(1) from None
        certificate = certify_solution(opened, solution, after)
        folder = None
        if output is not None:
            files = {"solved.yaml": solved, "certificate.json": certificate_text(certificate)}
            folder = write_scenario(opened, after, output, kind="solve", files=files)
        facts = certificate["derived"]
        if as_json:
            before = {row["parcel_id"]: row["green_m2"] for row in certificate["problem"]["parcels"]}
            changed = {key: green for key, green in certificate["answer"].items() if green != before[key]}
            kept = {key: value for key, value in facts.items() if key != "sentences"}
            print_json({"possible": True, "name": after.name, "folder": folder, **kept, "prices": certificate["prices"],
                        "changed": changed, "sentences": facts["sentences"][lang.value]})  # fmt: skip
            return
        _show_state(after, lang)
        binding = binding_lines(certificate, after, lang.value)
        for line in (*facts["sentences"][lang.value], *binding[:BINDING_AT_MOST]):
            out.print(line, markup=False)
        if len(binding) > BINDING_AT_MOST:
            _said(lang, "more_binding", count=len(binding) - BINDING_AT_MOST)
        if folder is not None:
            _said(lang, "written", path=folder)


def _show_impossible(state: Any, found: Any, lang: Language, *, as_json: bool) -> None:
    from gis.scenarios import impossible_lines

    lines = impossible_lines(found, state, lang.value)
    if as_json:
        print_json({
            "possible": False,
            "contradictions": [{"parcel_id": one.parcel_id, "kind": one.kind} for one in found.contradictions],
            "shortfalls": [{"zone_id": one.zone_id, "needed_m2": str(one.needed_m2), "short_m2": str(one.short_m2),
                            "reachable_m2": str(one.reachable_m2), "stopped_by": one.stopped_by}
                           for one in found.shortfalls],
            "changes": [_change(one) for one in found.changes],
            "change_sets": [[_change(one) for one in changes] for changes in found.change_sets],
            "least_changes": found.least_changes,
            "lines": lines,
        })  # fmt: skip
        return
    for line in lines:
        out.print(line, markup=False)


def _change(one: Any) -> dict[str, str]:
    return {"kind": one.kind, "id": one.id, "from": str(one.value_from), "to": str(one.value_to)}


def explain_command(path: ScenarioPath, lang: LangOption = Language.ZH, as_json: AsJson = False) -> None:
    """说明一个情景为何无解，或其解受哪些限制约束。 / Say why a scenario has no answer, or what holds its answer."""
    from gis.scenarios import binding_lines
    from gis.workflow import certify_solution, explain_scenario, solve_scenario

    with messages(lang):
        opened = _opened(path, lang)
        state, found = explain_scenario(opened)
        if not found.possible:
            _show_impossible(state, found, lang, as_json=as_json)
            raise typer.Exit(1)
        after, solution, _ = solve_scenario(opened)
        certificate = certify_solution(opened, solution, after)
        facts = certificate["derived"]
        lines = [*facts["sentences"][lang.value], *binding_lines(certificate, after, lang.value)]
        if as_json:
            print_json({"possible": True, "binding": facts["binding"], "lines": lines})
            return
        for line in lines:
            out.print(line, markup=False)


def compare_command(
    first: ScenarioPath, second: ScenarioPath, lang: LangOption = Language.ZH, as_json: AsJson = False
) -> None:
    """按地块和区域比较两个情景（也可用运行文件），各行相加等于合计。 / Compare two scenarios, or a run with one."""
    from gis.scenarios import amount_text, compare_scenarios

    with messages(lang):
        one = _opened(first, lang)
        other = _opened(second, lang, same_run=one)
        rows = compare_scenarios(one.state(), other.state())
        if as_json:
            print_json({"first": one.scenario.name, "second": other.scenario.name, "rows": plain_records(rows)})
            return
        changed = rows[(rows["level"] != "parcel") | (rows["difference_m2"] != 0)]
        shown = [
            {"id": row["id"], "level": _say(f"level_{row['level']}", lang),
             **{key: amount_text(str(row[key])) for key in ("first_m2", "second_m2", "difference_m2")}}
            for row in changed.to_dict("records")
        ]  # fmt: skip
        headings = ("level", "id", "first_m2", "second_m2", "difference_m2")
        print_records(shown, {key: _say(f"col_{key}", lang) for key in headings})
        _said(lang, "compared", first=one.scenario.name, second=other.scenario.name,
             same=len(rows) - len(changed))  # fmt: skip


def export_command(
    folder: Annotated[Path, typer.Argument(help="结果文件夹或 CSV / folder of a result, or CSV of frontier or pairs")],
    target: Annotated[Path, typer.Argument(help="目标文件 / CSV or XLSX file to write")],
    overwrite: Overwrite = False,
    lang: LangOption = Language.ZH,
) -> None:
    """导出情景结果；输入已变化的过时结果不予导出。 / Export a result; one whose inputs have changed is refused."""
    from gis.workflow import export_scenario

    with messages(lang), written_files(target, inputs=[folder], overwrite=overwrite):
        _said(lang, "written", path=export_scenario(folder, target))


def page_command(
    path: ScenarioPath,
    output: Annotated[Path, typer.Option("--output", "-o", help="网页文件 / HTML file")] = Path("scenario.html"),
    solve: Annotated[bool, typer.Option(help="把求解结果作为起点之一 / offer the solver's answer as a preset")] = True,
    overwrite: Overwrite = False,
    lang: LangOption = Language.ZH,
) -> None:
    """写出情景网页：逐地块调整绿地，区域合计随之变化，可导出。 / Write the page in which parcels' green is moved."""
    from gis.errors import InfeasibleError
    from gis.workflow import draw_scenario, solve_scenario

    with messages(lang), written_files(output, inputs=_read(path, output), overwrite=overwrite):
        opened = _opened(path, lang)
        solved = None
        if solve:
            try:
                solved = solve_scenario(opened)[0]
            except InfeasibleError as error:
                err.print(error.text(lang.value), markup=False)
        draw_scenario(opened, opened.state(), solved=solved, lang=lang.value).save(output)
        _said(lang, "written", path=output)


def frontier_command(
    path: ScenarioPath,
    output: Annotated[
        list[Path] | None, typer.Option("--output", "-o", help="CSV、PNG 或 SVG / CSV, PNG or SVG; may be repeated")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="区域编号 / zone id, where there are several")] = None,
    overwrite: Overwrite = False,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """目标与最低费用的关系：精确的折线及其转折点。 / The least cost of every target: an exact curve and its corners."""
    from gis.errors import listed
    from gis.scenarios import amount_text, cost_frontier, problem_of, write_frontier
    from gis.workflow.fresh import sidecar_of, write_sidecar

    targets = [file for target in output or [] for file in (target, sidecar_of(target))]
    with messages(lang), written_files(*targets, inputs=_read(path, *targets), overwrite=overwrite):
        opened = _opened(path, lang)
        state = opened.state()
        chosen = zone or str(state.zones["zone_id"].iloc[0])
        curve = cost_frontier(problem_of(state, opened.scenario.solve), chosen)
        for target in output or []:
            write_frontier(curve, target, lang=lang.value)
            write_sidecar(opened, target)
        if as_json:
            print_json({"zone_id": chosen, "corners": plain_records(curve.to_frame())})
            return
        rows = [
            {"target_ratio": percent_text(corner.ratio), "green_m2": amount_text(corner.green_m2),
             "least_cost_cny": amount_text(corner.cost_cny), "stopped": listed(corner.stopped),
             "price_cny_m2": "" if corner.price_cny_m2 is None else amount_text(corner.price_cny_m2)}
            for corner in curve.corners[:SHOWN_AT_MOST]
        ]  # fmt: skip
        headings = ("target_ratio", "green_m2", "least_cost_cny", "price_cny_m2", "stopped")
        print_records(rows, {key: _say(f"col_{key}", lang) for key in headings})
        said_cut(lang, whole=len(curve.corners), shown=len(rows))
        for target in output or []:
            _said(lang, "written", path=target)


def _plain(row: Any) -> Any:
    import pandas as pd

    return plain_records(pd.DataFrame([row]))[0]


def pairs_command(
    path: ScenarioPath,
    after: Annotated[
        Path | None, typer.Option(help="变动后的情景 / a scenario after a change: whose pledges does it break?")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="CSV")] = None,
    zone: Annotated[str | None, typer.Option(help="区域编号 / zone id, where there are several")] = None,
    overwrite: Overwrite = False,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """盈余与缺口配对：距离最短，不重复承诺。 / Which surplus covers which deficit, over the least distance."""
    from gis.scenarios import amount_text
    from gis.workflow import pair_scenario
    from gis.workflow.fresh import sidecar_of

    targets = [] if output is None else [output, sidecar_of(output)]
    stacks = [path] if after is None else [path, after]
    with messages(lang), written_files(
        *targets, inputs=[file for stack in stacks for file in _read(stack, *targets)], overwrite=overwrite
    ):  # fmt: skip
        opened = _opened(path, lang)
        changed = None if after is None else _opened(after, lang, same_run=opened)
        paired = pair_scenario(opened, zone_id=zone, after=changed, output=output)
        found, broken = paired.found, paired.broken
        if as_json:
            print_json({"zone_id": found.zone_id, "pledges": plain_records(found.pledges),
                        "uncovered": found.uncovered, "spare": found.spare, "moved_m2_m": found.moved_m2_m,
                        "broken": plain_records(broken), "zone": _plain(paired.zone),
                        "after_zone": None if paired.after_zone is None else _plain(paired.after_zone)})  # fmt: skip
            return
        for table, columns in (
            (found.pledges, ("receiver_id", "donor_id", "pledged_m2", "distance_m")),
            (broken, ("donor_id", "receiver_id", "pledged_m2", "surplus_m2", "short_m2")),
        ):
            if len(table):
                shown = plain_records(table.head(SHOWN_AT_MOST))
                print_records(shown, {key: _say(f"col_{key}", lang) for key in columns})
                said_cut(lang, whole=len(table), shown=len(shown))
        _said(lang, "paired", moved=grouped(found.moved_m2_m, 2), uncovered=m2_text(sum(found.uncovered.values())),
              spare=m2_text(sum(found.spare.values())), broken=len(broken))  # fmt: skip
        for key, row in (("zone_beside", paired.zone), ("zone_after", paired.after_zone)):
            if row is not None:
                _said(lang, key, zone=row["zone_name"], target=percent_text(row["target_ratio"]),
                     short=amount_text(str(row["shortfall_m2"])), over=amount_text(str(row["surplus_m2"])))  # fmt: skip
        if output is not None:
            _said(lang, "written", path=output)


scenario_app.command("run")(run_command)
scenario_app.command("solve")(solve_command)
scenario_app.command("compare")(compare_command)
scenario_app.command("explain")(explain_command)
scenario_app.command("export")(export_command)
scenario_app.command("frontier")(frontier_command)
scenario_app.command("pairs")(pairs_command)
scenario_app.command("page")(page_command)
