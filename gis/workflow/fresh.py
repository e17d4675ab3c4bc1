"""What a scenario's figures were made from, carried by everything that is written of it, and compared before use."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.errors import InputError, StaleError
from gis.provenance import VERSION, fingerprint, library_versions
from gis.regulations import roof_fingerprint, rules_fingerprint
from gis.scenarios import GreenScenario, load_green_scenario
from gis.scenarios.highs import highs_version
from gis.workflow.run_file import RunFile, load_run_file
from gis.writing import atomic_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.workflow.green_scenarios import GreenRun

__all__ = [
    "changed_since", "files_of", "fingerprints_of", "require_current", "require_fresh", "sidecar_of", "write_sidecar",
]  # fmt: skip

RESULT_KEY, TABLE_KEY, MANIFEST = "zonegis_scenario_result", "zonegis_scenario_table", "scenario.json"
TABLES = ("parcels.csv", "zones.csv")
#: What draws, but computes no figure.
FACE = {"folium"}


def versions_of_figures() -> dict[str, str]:
    """Return the versions of what computes a scenario's figures, the solver's among them."""
    found = library_versions() | {"HiGHS": highs_version()}
    return {name: version for name, version in found.items() if name not in FACE}


def fingerprints_of(scenario: GreenScenario, run: RunFile) -> dict[str, str]:
    """Return the SHA-256 or version of everything that a scenario's figures are made from, by a name that stays."""
    found = {f"scenario {number} {path.name}": fingerprint(path) for number, path in enumerate(scenario.files, 1)}
    found[f"run {scenario.run_file.name}"] = fingerprint(scenario.run_file)
    for name in run.given():
        source = run.source(name)
        assert source is not None  # noqa: S101 - given() names present tables only
        found[f"table {name}"] = fingerprint(source.path)
        if source.join is not None:
            found[f"join {name}"] = fingerprint(source.join.path)
    if scenario.solve.costs_file is not None:
        found["costs"] = fingerprint(scenario.solve.costs_file)
    versions = {f"version {name}": version for name, version in versions_of_figures().items() if name != "zonegis"}
    return found | {"rules": rules_fingerprint(), "roof tables": roof_fingerprint(), "zonegis": VERSION} | versions


def files_of(scenario: GreenScenario, run: RunFile) -> list[Path]:
    """Return the files that a scenario's figures are made from."""
    given = [source for name in run.given() if (source := run.source(name)) is not None]
    costs = [] if scenario.solve.costs_file is None else [scenario.solve.costs_file]
    return [*scenario.files, scenario.run_file, *(file for source in given for file in source.files), *costs]


def present_fingerprints(path: Path) -> dict[str, str]:
    """Return the fingerprints of a scenario or run file as its inputs are now."""
    scenario = load_green_scenario(path, may_be_run=True)
    return fingerprints_of(scenario, load_run_file(scenario.run_file))


def changed_since(written: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the names of what differs between two sets of fingerprints.

    Examples
    --------
    >>> changed_since({"rules": "a", "costs": "b"}, {"rules": "c", "costs": "b", "table parcels": "d"})
    ['rules', 'table parcels']
    """
    return sorted(key for key in {**written, **now} if written.get(key) != now.get(key))


def require_current(scenario: GreenScenario) -> None:
    """Refuse a stack in which the edits of a file were made for a base that has changed since.

    Files that ``zonegis scenario solve`` and the scenario page write say with ``made_from`` what their amounts
    were made from; a file without it is somebody's own.

    Raises
    ------
    StaleError
        With the file and what changed.
    """
    for file, written in scenario.made_from.items():
        place = scenario.files.index(file)
        below = scenario.files[place - 1] if place else scenario.run_file
        changed = changed_since(written, present_fingerprints(below))
        if changed:
            raise StaleError("scenario_edits_stale", path=file, changed=changed)


def made_from_lines(fingerprints: Mapping[str, str]) -> list[str]:
    """Return the lines of YAML that carry fingerprints in a scenario file."""
    pairs = (f"  {json.dumps(key, ensure_ascii=False)}: {json.dumps(value)}" for key, value in fingerprints.items())
    return ["made_from:", *pairs]


def sidecar_of(path: Path | str) -> Path:
    """Return where what a table was made from stands: beside it."""
    return Path(f"{path}.json")


def write_sidecar(opened: GreenRun, table: Path | str) -> Path:
    """Write what a table or picture of a scenario was made from into a file beside it: CSV has no place for it."""
    table = Path(table)
    last = opened.scenario.files[-1] if opened.scenario.files else opened.scenario.run_file
    content = {
        TABLE_KEY: 1,
        "table": table.name,
        "sha256": fingerprint(table),
        "name": opened.scenario.name,
        "scenario": Path(os.path.relpath(last, table.resolve().parent)).as_posix(),
        "as_of": opened.run.as_of.isoformat(),
        "place": opened.run.place,
        "area_basis": opened.base.basis,
        "fingerprints": opened.fingerprints,
    }
    with atomic_file(sidecar_of(table)) as temporary:
        Path(temporary).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return sidecar_of(table)


def require_fresh(path: Path | str) -> dict[str, Any]:
    """Return the manifest of a result, if everything that it was made from is still the same.

    Parameters
    ----------
    path
        A result folder, or a table that ``frontier`` or ``pairs`` wrote, which has its manifest beside it.

    Raises
    ------
    InputError
        If there is no result of a scenario.
    StaleError
        If an input, a scenario file, a rule, a version of what computes, or a table of the result has changed since.
    """
    path = Path(path)
    try:
        is_table = path.is_file()
        manifest: dict[str, Any] = json.loads((sidecar_of(path) if is_table else path / MANIFEST).read_text("utf-8"))
        scenario_path = ((path.parent if is_table else path) / manifest["scenario"]).resolve()
        written = dict(manifest["fingerprints"])
        tables = {path.name: manifest["sha256"]} if is_table else dict(manifest.get("tables", {}))
        if manifest[TABLE_KEY if is_table else RESULT_KEY] != 1:
            raise KeyError(RESULT_KEY)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError("scenario_result_unreadable", path=path, why=str(error)) from None
    changed = changed_since(written, present_fingerprints(scenario_path))
    folder, names = (path.parent, (path.name,)) if is_table else (path, TABLES)
    changed += [name for name in names if tables.get(name) != fingerprint(folder / name)]
    if changed:
        raise StaleError("scenario_stale", path=path, changed=changed)
    return manifest
