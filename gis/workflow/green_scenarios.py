"""Green-ratio scenarios on a run: evaluated, solved, compared, and refused where their inputs have changed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from gis.csv_files import read_frame, write_frame
from gis.errors import InfeasibleError, InputError
from gis.gate import require_same, states_of
from gis.provenance import fingerprint, library_versions
from gis.scenarios import (
    GreenLand,
    GreenScenario,
    Impossible,
    ScenarioState,
    Solution,
    apply_edits,
    build_certificate,
    build_scenario_table,
    explain_impossible,
    load_green_scenario,
    problem_of,
    solve_green,
)
from gis.scenarios.highs import highs_version
from gis.scenarios.problem import as_text, exact
from gis.workflow.balances import measure_green
from gis.workflow.fresh import (
    MANIFEST,
    RESULT_KEY,
    TABLES,
    files_of,
    fingerprints_of,
    made_from_lines,
    require_current,
    require_fresh,
)
from gis.workflow.inputs import files_of_run, files_of_scenario
from gis.workflow.land_jobs import read_job_table
from gis.workflow.loading import Progress
from gis.workflow.run import pass_run
from gis.workflow.run_file import RunFile, load_run_file
from gis.writing import atomic_file, atomic_folder, permitted, require_file

__all__ = [
    "GreenRun",
    "certify_solution",
    "evaluate_scenario",
    "explain_scenario",
    "export_scenario",
    "open_scenario",
    "solve_scenario",
    "write_scenario",
]

COSTS = {"parcel_id": "id", "cost_cny_m2": "number"}
SOLVED, CERTIFICATE = "solved.yaml", "certificate.json"


@dataclasses.dataclass(frozen=True)
class GreenRun:
    """A scenario with the measured run that it edits.

    Attributes
    ----------
    scenario, run
        The files.
    base
        The run as measured, without any edit.
    costs
        parcel_id → CNY per m², of the costs file.
    fingerprints
        What the result will be made from (see `require_fresh`).
    """

    scenario: GreenScenario
    run: RunFile
    base: GreenLand
    costs: dict[str, Fraction]
    fingerprints: dict[str, str]

    def files(self) -> list[Path]:
        """Return every file that was read."""
        return [*files_of_scenario(self.scenario), *files_of_run(self.run)]

    def state(self, scenario: GreenScenario | None = None) -> ScenarioState:
        """Evaluate the scenario, or another one on the same run."""
        chosen = scenario or self.scenario
        edited = apply_edits(self.base, chosen.edits)
        return build_scenario_table(chosen.name, edited, settings=chosen.solve, costs=self.costs)


def open_scenario(
    path: Path | str, *, today: dt.date, same_run: GreenRun | None = None, progress: Progress | None = None
) -> GreenRun:
    """Read a scenario and measure the run that it edits.

    Parameters
    ----------
    path
        A scenario file; a run file stands for itself, without any edit.
    today
        The day of the call: an as-of date after it is refused.
    same_run
        A scenario that was opened before; if it is on the same run, that is not measured again.
    progress
        Called with the name of each step.

    Raises
    ------
    InputError
        If a file can't be read or holds what can't be.
    StaleError
        If a file of the stack was made from what has changed since (see `gis.workflow.fresh.require_current`).
    GateError
        If the checks stop the run.
    """
    scenario = load_green_scenario(path, may_be_run=True)
    run = load_run_file(scenario.run_file)
    require_current(scenario)
    states = {path: states_of(path) for path in files_of(scenario, run)}
    before = fingerprints_of(scenario, run)
    if same_run is not None and same_run.scenario.run_file == scenario.run_file:
        base = same_run.base
    else:
        base = measure_green(pass_run(run, today=today, progress=progress), progress=progress)
    costs: dict[str, Fraction] = {}
    if scenario.solve.costs_file is not None:
        table = read_job_table(scenario.solve.costs_file, COSTS)
        blank = table[["parcel_id", "cost_cny_m2"]].isna().any(axis=1)
        doubled = table["parcel_id"].duplicated(keep=False)
        for what, wrong in (("no cost", blank), ("several costs", doubled)):
            if wrong.any():
                ids = sorted(set(table.loc[wrong, "parcel_id"].fillna("–").astype(str)))
                raise InputError("scenario_costs_invalid", path=scenario.solve.costs_file, what=what, ids=ids)
        costs = {key: Fraction(str(cost)) for key, cost in zip(table["parcel_id"], table["cost_cny_m2"], strict=True)}
    for file, former in states.items():
        require_same(file, former)
    return GreenRun(scenario, run, base, costs, before)


def evaluate_scenario(path: Path | str, *, today: dt.date, progress: Progress | None = None) -> ScenarioState:
    """Evaluate a scenario by the function that judges reality (see `gis.scenarios.build_scenario_table`)."""
    return open_scenario(path, today=today, progress=progress).state()


def solve_scenario(opened: GreenRun) -> tuple[ScenarioState, Solution, str]:
    """Solve a scenario, write the answer as edits, and measure these again.

    Returns
    -------
    The state after the answer, the answer with its proof, and the text of the edits as a scenario file
    (its base is filled in by `write_scenario`).

    Raises
    ------
    InfeasibleError
        If there is no answer, or the balance does not confirm it: then it is not given.
    """
    scenario = opened.scenario
    before = opened.state()
    solution = solve_green(problem_of(before, scenario.solve), gap_ratio=scenario.solve.gap_ratio)
    text = _solved_text(opened, before, solution)
    edits = _edits_of(text, scenario)
    after = opened.state(dataclasses.replace(scenario, name=f"{scenario.name}-solved", edits=edits))
    _confirm(after, solution)
    return after, solution, text


def certify_solution(opened: GreenRun, solution: Solution, after: ScenarioState) -> dict[str, Any]:
    """Return the certificate of a solved scenario (see `gis.scenarios.build_certificate`)."""
    return build_certificate(
        solution, scenario=opened.scenario.name, as_of=opened.run.as_of.isoformat(),
        area_basis=after.balance.area_basis, fingerprints=opened.fingerprints,
    )  # fmt: skip


def explain_scenario(opened: GreenRun) -> tuple[ScenarioState, Impossible]:
    """Return the state of a scenario and why it can't be solved (see `gis.scenarios.explain_impossible`)."""
    state = opened.state()
    return state, explain_impossible(problem_of(state, opened.scenario.solve))


def _solved_text(opened: GreenRun, before: ScenarioState, solution: Solution) -> str:
    now = {choice.parcel_id: choice.green_m2 for choice in before.choices}
    edits = [
        {"edit": "set_green", "parcel_id": key, "m2": as_text(green), "reason": solution.problem.objective}
        for key, green in solution.green_m2.items() if green != now[key]
    ]  # fmt: skip
    name = _quoted(f"{opened.scenario.name}-solved")
    lines = ["zonegis_scenario: 1", f"name: {name}", "base: {base}", *made_from_lines(opened.fingerprints), "edits:"]
    lines += [f"  - {json.dumps(edit, ensure_ascii=False)}" for edit in edits]
    if not edits:
        lines[-1] = "edits: []"
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _edits_of(text: str, scenario: GreenScenario) -> tuple[tuple[Path, Any], ...]:
    """Return the edits of the scenario and those of a solved text, as reading the file would."""
    from gis.scenarios.green_file import parse_scenario

    model = parse_scenario(text.replace("{base}", '"x"'), name=SOLVED)
    return (*scenario.edits, *((Path(SOLVED), edit) for edit in model.edits))


def _confirm(after: ScenarioState, solution: Solution) -> None:
    """Hold the measured state against the answer: every parcel, every limit, every zone."""
    measured = {choice.parcel_id: choice.green_m2 for choice in after.choices}
    wrong = [key for key, green in solution.green_m2.items() if measured.get(key) != green]
    outside = after.parcels.loc[after.parcels["within_limits"] == "not_met", "parcel_id"].tolist()
    if wrong or outside:
        raise InfeasibleError("answer_not_confirmed", ids=[*wrong, *outside])
    totals = dict(zip(after.zones["zone_id"], after.zones["green_m2"], strict=True))
    problem = solution.problem
    apart = [
        zone.zone_id for zone in problem.zones
        if exact(totals[zone.zone_id]) != problem.total_m2(zone, solution.green_m2)
    ]  # fmt: skip
    if apart:
        raise InfeasibleError("answer_not_confirmed", ids=apart)
    short = after.zones.loc[after.zones["verdict"] != "met", "zone_id"].tolist()
    if short:
        raise InfeasibleError("answer_not_met", zones=short)


def write_scenario(
    opened: GreenRun,
    state: ScenarioState,
    folder: Path | str,
    *,
    kind: Literal["run", "solve"] = "run",
    files: dict[str, str] | None = None,
) -> Path:
    """Write a scenario's tables and what they were made from into one folder.

    Parameters
    ----------
    opened, state
        The scenario and its evaluation.
    folder
        Whole or not there at all.
    kind
        Whether the state is the scenario's own or its solution.
    files
        Further files by name; ``{base}`` in them is the scenario's path from the folder.
    """
    folder = Path(folder)
    last = opened.scenario.files[-1] if opened.scenario.files else opened.scenario.run_file
    base = Path(os.path.relpath(last, folder.resolve())).as_posix()
    manifest: dict[str, Any] = {
        RESULT_KEY: 1,
        "kind": kind,
        "name": state.name,
        "scenario": base,
        "as_of": opened.run.as_of.isoformat(),
        "place": opened.run.place,
        "area_basis": state.balance.area_basis,
        "rules_read": list(state.balance.rules),
        "notes": list(state.balance.notes),
        "zones": state.zones.to_dict("records"),
        "fingerprints": opened.fingerprints,
        "versions": library_versions() | {"HiGHS": highs_version()},
    }
    with permitted(inputs=opened.files()), atomic_folder(folder, kind="scenario", manifest=MANIFEST) as place:
        write_frame(place / "parcels.csv", state.parcels)
        write_frame(place / "zones.csv", state.zones)
        manifest["tables"] = {name: fingerprint(place / name) for name in TABLES}
        for name, text in (files or {}).items():
            whole = text.replace("{base}", _quoted(base), 1) if name.endswith(".yaml") else text
            (place / name).write_text(whole, "utf-8")
        written = json.dumps(manifest, ensure_ascii=False, indent=1, default=str)
        (place / MANIFEST).write_text(written + "\n", "utf-8")
    return folder


def export_scenario(source: Path | str, target: Path | str) -> Path:
    """Export the tables of a result, as CSV (parcels) or XLSX (parcels and zones); a stale one is refused.

    Parameters
    ----------
    source
        A result folder, or a CSV that ``zonegis scenario frontier`` or ``pairs`` wrote.
    target
        The file.

    Raises
    ------
    StaleError
        See `require_fresh`.
    InputError
        For another ending than ``.csv`` or ``.xlsx``.
    """
    source, target = Path(source), Path(target)
    require_fresh(source)
    files = {name.removesuffix(".csv"): source / name for name in TABLES} if source.is_dir() else {"table": source}
    if target.suffix not in {".csv", ".xlsx"} or {file.suffix for file in files.values()} != {".csv"}:
        raise InputError("scenario_export_unknown", path=target, choices=[".csv", ".xlsx"])
    with permitted(inputs=[source]):
        require_file(target)
        _write_tables(target, {name: read_frame(file) for name, file in files.items()})
    return target


def _write_tables(target: Path, tables: dict[str, pd.DataFrame]) -> None:
    if target.suffix == ".csv":
        write_frame(target, next(iter(tables.values())), encoding="utf-8-sig")
        return
    with atomic_file(target) as temporary:
        # A text of the data that begins with "=" is a text.
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        with pd.ExcelWriter(temporary, engine="xlsxwriter", engine_kwargs={"options": options}) as book:
            book.book.set_properties({"author": "ZoneGIS"})
            for name, table in tables.items():
                table.to_excel(book, sheet_name=name, index=False)
