"""The one function that joins the steps: run file in, folder of results out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Literal

from gis.errors import GateError, InputError, PlaceError, listed
from gis.reports import write_issues_csv
from gis.workflow.balances import Measured, balance_land, rules_of
from gis.workflow.case_steps import check_steps, has_steps
from gis.workflow.inputs import files_of_run
from gis.workflow.loading import Loaded, Progress, check_tables, load_tables, output_of
from gis.workflow.results import write_results
from gis.workflow.run_file import RunFile, load_run_file
from gis.writing import atomic_folder, permitted, require_folder, reserved

__all__ = ["STEPS", "RunResult", "check_run", "compute_run", "run"]

Lang = Literal["en", "zh"]
KIND = "run"
#: About how many steps a run reports, for a progress bar.
STEPS = 22


@dataclasses.dataclass(frozen=True)
class RunResult:
    """What a run made, and where."""

    folder: Path
    loaded: Loaded
    measured: Measured

    @property
    def map(self) -> Path:
        """The map to open."""
        return self.folder / "map.html"


def _opened(run_file: RunFile | Path | str, today: dt.date) -> RunFile:
    run = run_file if isinstance(run_file, RunFile) else load_run_file(run_file)
    if run.as_of > today:
        raise InputError("as_of_in_future", as_of=run.as_of, today=today)
    return run


def check_run(run_file: RunFile | Path | str, *, today: dt.date, progress: Progress | None = None) -> Loaded:
    """Read and check the tables of a run; nothing is computed or written.

    Parameters
    ----------
    run_file
        A run file or its path.
    today
        The day of the call: an as-of date after it is refused.
    progress
        Called with the name of each step.

    Raises
    ------
    InputError, CrsError, SchemaError
        If the run file or a table can't be read.
    """
    run = _opened(run_file, today)
    loaded = check_tables(load_tables(run, progress=progress), progress=progress)
    events = loaded.tables.get("parcel_events")
    if events is not None and has_steps(events):
        check_steps(loaded.tables["parcels"], events, rules_of(loaded), issues=loaded.issues)
    return loaded


def pass_run(run_file: RunFile | Path | str, *, today: dt.date, progress: Progress | None = None) -> Loaded:
    """Read and check the tables of a run, and stop where its checks say so.

    Raises
    ------
    GateError
        If an issue is at or above the run's ``checks.stop_at``.
    """
    loaded = check_run(run_file, today=today, progress=progress)
    loaded.issues.raise_if(loaded.run.checks.stop_at)
    return loaded


def compute_run(
    run_file: RunFile | Path | str, *, today: dt.date, progress: Progress | None = None
) -> tuple[Loaded, Measured]:
    """Read, check and compute a run without writing anything.

    Raises
    ------
    GateError
        If an issue is at or above the run's ``checks.stop_at``.
    """
    loaded = pass_run(run_file, today=today, progress=progress)
    return loaded, balance_land(loaded, progress=progress)


def run(
    run_file: RunFile | Path | str,
    *,
    today: dt.date,
    output: Path | str | None = None,
    lang: Lang | None = None,
    made_at: dt.datetime | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Run the main job: read, check, balance, and write one folder.

    Parameters
    ----------
    run_file
        A run file or its path.
    today
        The day of the call: an as-of date after it is refused.
    output
        Another folder than the run file's.
    lang
        Another language than the run file's.
    made_at
        Time stamp of the manifest; nothing else carries one.
    progress
        Called with the name of each step.

    Returns
    -------
    The folder, with everything that was computed.

    Raises
    ------
    GateError
        If the checks stop the run before any figure; the issues are then in a CSV beside the output
        folder, and a former output stays whole.
    PlaceError
        Before anything is read, if something is in the place of the folder that may not be replaced, or another
        process writes there.
    InputError, CrsError, SchemaError, TopologyError, RuleError, OutputError
        Each with a message that names the file and the fix.
    """
    opened = _opened(run_file, today)
    folder = output_of(opened, output)
    named = [] if isinstance(run_file, RunFile) else [run_file]
    with permitted(inputs=[*named, *files_of_run(opened)]):
        require_folder(folder, KIND)
        with reserved(folder, is_folder=True):
            loaded, measured = _written(opened, folder, today=today, lang=lang, made_at=made_at, progress=progress)
    return RunResult(folder, loaded, measured)


def _written(
    run: RunFile, folder: Path, *, today: dt.date, lang: Lang | None, made_at: dt.datetime | None,
    progress: Progress | None,
) -> tuple[Loaded, Measured]:  # fmt: skip
    loaded = check_run(run, today=today, progress=progress)
    language: Lang = lang or loaded.run.lang
    stopping = loaded.issues.at_least(loaded.run.checks.stop_at)
    if stopping:
        path = _write_issues(folder, loaded, language)
        codes = Counter(issue.code for issue in stopping)
        named = listed(f"{code} ({count})" for code, count in sorted(codes.items()))
        first = stopping[0].text(language)
        raise GateError(
            "run_stopped", count=len(stopping), severity=loaded.run.checks.stop_at, codes=named, path=path, first=first
        )
    measured = balance_land(loaded, progress=progress)
    with atomic_folder(folder, kind=KIND) as place:
        write_results(loaded, measured, place, lang=language, made_at=made_at, progress=progress)
    return loaded, measured


def _write_issues(folder: Path, loaded: Loaded, lang: Lang) -> Path:
    """Write what stops a run beside its folder; a list that is there already may hold notes, and stays."""
    path = folder.with_name(f"{folder.name}-issues.csv")
    try:
        write_issues_csv(path, loaded.issues, lang=lang)
    except PlaceError as error:
        if "free" not in error.facts:
            raise
        path = Path(error.facts["free"])
        write_issues_csv(path, loaded.issues, lang=lang)
    return path
