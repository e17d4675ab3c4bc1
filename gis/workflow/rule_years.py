"""The data of a run under the law of two days, on the facts of two days."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.analyses import FOUR, compare_flips, compare_status_areas
from gis.errors import InputError
from gis.regulations import Rulebook, compare_rules, load_rules
from gis.workflow.balances import balance_land
from gis.workflow.loading import Progress
from gis.workflow.run import pass_run
from gis.workflow.run_file import RunFile

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RuleYears", "compare_rule_years"]


@dataclasses.dataclass(frozen=True)
class RuleYears:
    """What two days of law make of one record (see `gis.analyses.rule_years`)."""

    rules: list[dict[str, Any]]
    areas: pd.DataFrame
    flips: pd.DataFrame


def compare_rule_years(
    run_file: RunFile | Path | str,
    days: tuple[dt.date, dt.date],
    *,
    today: dt.date,
    folders: tuple[Path | None, Path | None] = (None, None),
    progress: Progress | None = None,
) -> RuleYears:
    """Judge the data of a run under the law of two days, on the facts of both.

    Parameters
    ----------
    run_file
        A run file or its path; its own as-of date and hypothetical rules are not used, its gate is.
    days
        The first and the second day.
    today
        The day of the call: facts of a later day are refused.
    folders
        Folders of rules for the two laws, instead of the packaged one.
    progress
        Called with the name of each step.

    Raises
    ------
    InputError
        If a day lies after today.
    RuleError
        If a rule that an analysis needs is not in force on one of the days.
    GateError
        If an issue is at or above the run's ``checks.stop_at``.
    """
    late = max(days)
    if late > today:
        raise InputError("as_of_in_future", as_of=late, today=today)
    loaded = pass_run(run_file, today=today, progress=progress)
    place = loaded.run.place
    laws: list[Rulebook] = [
        load_rules(as_of=day, place=place, folder=folder) for day, folder in zip(days, folders, strict=True)
    ]
    four = {
        (law, facts): balance_land(loaded, rules=laws[law - 1].judging(days[facts - 1]), progress=progress).balances
        for law, facts in FOUR
    }
    areas = compare_status_areas({cell: balances["idle_land"] for cell, balances in four.items()})
    return RuleYears(compare_rules(*laws), areas, compare_flips(four))
