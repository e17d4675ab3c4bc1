"""The files that a job reads, so that none of its outputs is ever written over one of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gis.ledgers.addresses import ledger_files
from gis.scenarios import load_green_scenario
from gis.workflow.run_file import load_run_file

if TYPE_CHECKING:
    from gis.scenarios import GreenScenario
    from gis.workflow.run_file import RunFile

__all__ = ["files_of", "files_of_run", "files_of_scenario"]


def files_of_run(run: RunFile) -> list[Path]:
    """Return the run file and everything that it names."""
    found = [run.file, run.land_guide]
    for name in run.given():
        source = run.source(name)
        assert source is not None  # noqa: S101 - given() names present tables only
        found += [source.path, source.join.path if source.join else None]
    return [path for path in found if path is not None] + (ledger_files(run.ledger) if run.ledger else [])


def files_of_scenario(scenario: GreenScenario) -> list[Path]:
    """Return the scenario files of a stack, and its table of costs; those of its run are `files_of_run`."""
    costs = scenario.solve.costs_file
    return [*scenario.files, scenario.run_file, *([] if costs is None else [costs])]


def files_of(path: Path | str) -> list[Path]:
    """Return what a run file or scenario file reads, itself among them.

    Raises
    ------
    InputError
        If it can't be read, or a file of its stack.
    """
    scenario = load_green_scenario(Path(path), may_be_run=True)
    return [Path(path), *files_of_scenario(scenario), *files_of_run(load_run_file(scenario.run_file))]

