"""A certificate held against the inputs as they are now: the mathematics alone knows nothing of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.scenarios import problem_of
from gis.scenarios.solving import problem_record
from gis.workflow.fresh import MANIFEST, changed_since, present_fingerprints
from gis.workflow.green_scenarios import open_scenario

if TYPE_CHECKING:
    from gis.workflow.loading import Progress

__all__ = ["CertificateState", "compare_certificate"]


@dataclasses.dataclass(frozen=True)
class CertificateState:
    """What a certificate was compared with.

    Attributes
    ----------
    scenario
        The scenario or run file; None where none is known, so that nothing was compared.
    changed
        Names of inputs, rules and versions that are others now; ``problem`` where the question that the scenario
        puts today is not the one written in the certificate.
    measured
        Whether that question was put again, or fingerprints alone compared.
    """

    scenario: Path | None
    changed: tuple[str, ...] = ()
    measured: bool = False


def compare_certificate(
    path: Path | str,
    content: Mapping[str, Any],
    *,
    scenario: Path | str | None = None,
    today: dt.date,
    progress: Progress | None = None,
) -> CertificateState:
    """Compare a sound certificate with the inputs as they are now.

    Parameters
    ----------
    path, content
        The file and what it holds.
    scenario
        The scenario or run file that it is of: its inputs are measured again and its question compared. By default
        the one that ``scenario.json`` beside the certificate names, by fingerprints alone.
    today
        The day of the call.

    Raises
    ------
    InputError
        If the scenario can't be read.
    GateError
        If the checks stop its run.
    """
    written = content["fingerprints"] if isinstance(content["fingerprints"], Mapping) else {}
    if scenario is None:
        beside = _named_beside(Path(path))
        return CertificateState(beside, () if beside is None else _changed(written, beside))
    scenario = Path(scenario)
    opened = open_scenario(scenario, today=today, progress=progress)
    now = problem_record(problem_of(opened.state(), opened.scenario.solve))
    changed = _changed(written, scenario) + (("problem",) if now != content["problem"] else ())
    return CertificateState(scenario, changed, measured=True)


def _changed(written: Mapping[str, str], scenario: Path) -> tuple[str, ...]:
    return tuple(changed_since(written, present_fingerprints(scenario)))


def _named_beside(path: Path) -> Path | None:
    """Return the scenario that the result folder of a certificate names, if it is there."""
    try:
        named = json.loads((path.parent / MANIFEST).read_text("utf-8"))["scenario"]
        found = (path.parent / named).resolve()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.is_file() else None
