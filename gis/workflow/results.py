"""Step three: what a run found, as one folder that is whole or not there at all."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from gis.analyses import Balance, flipping_findings
from gis.overlay import compare_areas
from gis.provenance import fingerprint, library_versions, write_manifest
from gis.readers import write_geopackage
from gis.regulations import place_name, policy_clauses, policy_in_force, rules_ending, rules_fingerprint
from gis.reports import ReportContent, write_issues_csv, write_report, write_workbook
from gis.workflow.balances import Measured, claims_record
from gis.workflow.cross_checks import cross_checks
from gis.workflow.loading import Loaded, Progress
from gis.workflow.maps import draw_run
from gis.workflow.quotas import ledger_input, ledger_record
from gis.workflow.row_accounts import with_accounts

__all__ = ["report_content", "write_results"]

Lang = Literal["en", "zh"]
FLIP_KEYS = ["entity_table", "entity_id"]
FILES = ("map.html", "report.html", "workbook.xlsx", "findings.gpkg", "issues.csv")


def report_content(loaded: Loaded, measured: Measured) -> ReportContent:
    """Return everything that the report of a run says."""
    run = loaded.run
    return ReportContent(
        run_name=run.file.name if run.file else run.output.name,
        title=run.title,
        as_of=run.as_of,
        place=run.place,
        place_name=place_name(run.place),
        area_basis=measured.area_basis,
        boundary_quality=measured.quality,
        zones=measured.zones,
        balances=measured.balances,
        issues=loaded.issues,
        inputs=_inputs(loaded, measured),
        rules=measured.rules.read,
        policy=policy_in_force(run.as_of),
        clauses=[dataclasses.asdict(clause) for clause in policy_clauses(run.as_of)],
        cross_checks=cross_checks(measured),
        areas=compare_areas(measured.land),
        quotas=measured.quotas,
        claims=claims_record(run),
        ending=rules_ending(measured.rules),
        left_out=measured.left_out,
    )


def _inputs(loaded: Loaded, measured: Measured) -> list[dict[str, Any]]:
    """Return what was read, with where its rows went; a ledger is an input like the files."""
    ledger = [] if measured.quotas is None else [ledger_input(measured.quotas)]
    return [*with_accounts(loaded.inputs, measured.accounts), *ledger]


def _layers(loaded: Loaded, measured: Measured) -> dict[str, pd.DataFrame]:
    """Return every table of the run, one layer each."""
    layers: dict[str, pd.DataFrame] = {
        "zones": measured.zones.drop(columns="parts_count"),
        "parcels": _parcels(measured.land),
    }
    for name, balance in measured.balances.items():
        layers[f"{name}_parcels"] = _with_shapes(balance.parcels, measured.land)
        layers[f"{name}_zones"] = balance.zones.drop(columns=["source"], errors="ignore")
        layers |= {f"{name}_{table}": frame for table, frame in balance.tables.items()}
    findings = [balance.findings for balance in measured.balances.values() if len(balance.findings)]
    layers["findings"] = pd.concat(findings, ignore_index=True)
    layers["figures"] = _figures(measured.balances)
    layers["figure_rows"] = _figure_rows(measured.balances)
    layers["rules"] = pd.DataFrame(list(measured.rules.read))
    layers["issues"] = loaded.issues.to_frame(loaded.run.lang)
    return {name: frame for name, frame in layers.items() if len(frame)}


def _parcels(land: Any) -> Any:
    """Return the parcels with the differences of their areas side by side."""
    areas = compare_areas(land).set_index("parcel_id")
    differences = [name for name in map(str, areas.columns) if "_less_" in name]
    return land.join(areas[differences], on="parcel_id")


def _with_shapes(table: pd.DataFrame, land: Any) -> Any:
    import geopandas as gpd

    shapes = pd.Series(land.geometry.to_numpy(), index=land["parcel_id"].astype("str"))
    return gpd.GeoDataFrame(table, geometry=shapes.loc[table["parcel_id"].astype("str")].to_numpy(), crs=land.crs)


def _figures(balances: dict[str, Balance]) -> pd.DataFrame:
    rows = [
        {"analysis": name, "zone_id": figure.zone_id, "figure": figure.name, "value": figure.value, "unit": figure.unit,
         "area_basis": balance.area_basis, "as_of": balance.as_of.isoformat()}
        for name, balance in balances.items()
        for figure in balance.figures
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"value": "float64"})


def _figure_rows(balances: dict[str, Balance]) -> pd.DataFrame:
    parts = [
        figure.rows.assign(analysis=name, zone_id=figure.zone_id, figure=figure.name)
        for name, balance in balances.items()
        for figure in balance.figures
        if len(figure.rows)
    ]
    return pd.concat(parts, ignore_index=True)


def _verdicts(balances: dict[str, Balance]) -> dict[str, Any]:
    """Return how many verdicts were judged on both area bases, and which entities' verdicts differ."""
    told = {}
    for name, balance in balances.items():
        judged = balance.findings[balance.findings["other_basis_verdict"] != ""]
        if len(judged):
            flips = flipping_findings(judged)
            told[name] = {"judged": len(judged), "flips": [f"{e}/{i}" for e, i in flips[FLIP_KEYS].to_numpy()]}
    return told


def _manifest(loaded: Loaded, measured: Measured, folder: Path, made_at: dt.datetime | None) -> dict[str, Any]:
    run = loaded.run
    ledger = {} if measured.quotas is None else {"ledger": ledger_record(measured.quotas)}
    return {
        "made_at": made_at.isoformat(timespec="seconds") if made_at else None,
        "run_file": {"path": run.file.name, "sha256": fingerprint(run.file)} if run.file else None,
        "title": run.title,
        "as_of": run.as_of.isoformat(),
        "place": run.place,
        "area_basis": measured.area_basis,
        "boundary_quality": measured.quality,
        "policy": policy_in_force(run.as_of),
        "inputs": with_accounts(loaded.inputs, measured.accounts),
        **ledger,
        "rules_sha256": rules_fingerprint(),
        "rules_read": list(measured.rules.read),
        "rules_ending": rules_ending(measured.rules),
        "left_out": measured.left_out,
        "hypothetical_rules": [entry.model_dump() for entry in run.rules],
        "claims": claims_record(run),
        "accepted_issues": loaded.issues.accepted,
        "issues": loaded.issues.counts(),
        "topology": dataclasses.asdict(loaded.topology) if loaded.topology else None,
        "second_method": measured.verification,
        "invariants": measured.invariants,
        "by_outlines": measured.outlines,
        "verdicts_on_both_bases": _verdicts(measured.balances),
        "figures": {
            name: {f"{figure.zone_id}/{figure.name}": figure.value for figure in balance.figures}
            for name, balance in measured.balances.items()
        },
        "versions": library_versions(),
        "outputs": {name: fingerprint(folder / name) for name in FILES},
    }


def write_results(
    loaded: Loaded,
    measured: Measured,
    folder: Path,
    *,
    lang: Lang,
    made_at: dt.datetime | None = None,
    progress: Progress | None = None,
) -> None:
    """Write map, report, workbook, findings, issues and manifest into an empty folder.

    The same run gives the same bytes in everything but ``made_at`` of the manifest.
    """
    step = progress or (lambda _: None)
    content = report_content(loaded, measured)
    step("write findings.gpkg")
    write_geopackage(folder / "findings.gpkg", _layers(loaded, measured))
    step("write report.html")
    write_report(folder / "report.html", content, lang=lang)
    step("write workbook.xlsx")
    write_workbook(folder / "workbook.xlsx", content, lang=lang)
    write_issues_csv(folder / "issues.csv", loaded.issues, lang=lang)
    step("write map.html")
    draw_run(loaded, measured, lang=lang).save(folder / "map.html")
    write_manifest(folder / "manifest.json", _manifest(loaded, measured, folder, made_at))
