"""The trend of a run's land over a series of days, as one folder: CSV, chart and manifest."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Literal

from gis.analyses import Trend, trend_of_idle_land
from gis.errors import InputError
from gis.provenance import fingerprint, library_versions, write_manifest
from gis.regulations import rules_fingerprint
from gis.reports import draw_trend, write_trend_csv
from gis.schema import worst_quality
from gis.workflow.balances import claims_in, claims_record, measured_land, rules_of
from gis.workflow.inputs import files_of_run
from gis.workflow.loading import Loaded, Progress
from gis.workflow.row_accounts import account_trend, with_accounts
from gis.workflow.run import pass_run
from gis.workflow.run_file import RunFile
from gis.writing import atomic_folder, permitted

__all__ = ["trend_run", "write_trend"]

Lang = Literal["en", "zh"]
FILES = ("trend_lines.csv", "trend_totals.csv")


def trend_run(
    run_file: RunFile | Path | str, dates: tuple[dt.date, ...], *, today: dt.date, progress: Progress | None = None
) -> tuple[Loaded, Trend]:
    """Read, check and measure a run, and balance its land on every day.

    Parameters
    ----------
    run_file
        A run file or its path; its own as-of date decides the checks, and its hypothetical rules are used.
    dates
        The days.
    today
        The day of the call: a later day is refused.
    progress
        Called with the name of each step.

    Raises
    ------
    InputError
        If a day lies after today.
    RuleError
        If a rule of idle land is not in force on a day.
    GateError
        If an issue is at or above the run's ``checks.stop_at``.
    """
    if max(dates) > today:
        raise InputError("as_of_in_future", as_of=max(dates), today=today)
    loaded = pass_run(run_file, today=today, progress=progress)
    step = progress or (lambda _: None)
    step("measure land")
    zones, land = measured_land(loaded.tables, loaded.run.area_basis)
    claims = claims_in(loaded, land)
    step("balance idle_land")
    events = loaded.tables.get("parcel_events")
    trend = trend_of_idle_land(
        land, dates, rules=rules_of(loaded), events=events, zones=zones, guide=loaded.guide, claims=claims
    )
    accounts = account_trend(loaded.accounts, loaded.tables, land, trend.parcel_rows, last_day=max(dates))
    return dataclasses.replace(loaded, accounts=accounts, inputs=with_accounts(loaded.inputs, accounts)), trend


def write_trend(
    loaded: Loaded, trend: Trend, folder: Path, *, lang: Lang, chart: Literal["png", "svg"] = "png"
) -> tuple[Path, Lang]:
    """Write lines and totals as CSV, the chart, and a manifest; the same trend gives the same bytes.

    Returns
    -------
    The chart, and the language of its labels (English where no Chinese font is installed).
    """
    drawn = f"trend.{chart}"
    quality = worst_quality(loaded.tables["approved_boundaries"]["boundary_quality"])
    with permitted(inputs=files_of_run(loaded.run)), atomic_folder(folder, kind="trend") as place:
        for name, table in zip(FILES, (trend.lines, trend.totals), strict=True):
            write_trend_csv(place / name, table, lang=lang)
        shown = draw_trend(place / drawn, trend, title=loaded.run.title, quality=quality, lang=lang)
        days = sorted(set(trend.totals["as_of"]))
        write_manifest(
            place / "manifest.json",
            {
                "title": loaded.run.title,
                "place": trend.place,
                "days": [day.isoformat() for day in days],
                "area_basis": trend.area_basis,
                "boundary_quality": quality,
                "inputs": loaded.inputs,
                "rules_sha256": rules_fingerprint(),
                "rules_read": list(trend.rules),
                "hypothetical_rules": [entry.model_dump() for entry in loaded.run.rules],
                "claims": claims_record(loaded.run),
                "accepted_issues": loaded.issues.accepted,
                "issues": loaded.issues.counts(),
                "notes": list(trend.notes),
                "versions": library_versions(),
                "outputs": {name: fingerprint(place / name) for name in (*FILES, drawn)},
            },
        )
    return folder / drawn, shown
