"""The map of a run: the page, and the sheets printed of it."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from gis.analyses import Balance, evaluate_idle_land, trace_statuses
from gis.errors import InputError, SchemaError
from gis.maps import (
    ONE_FILE_LIMIT,
    Measure,
    draw_comparison,
    draw_map,
    draw_static_map,
    find_chromium,
    prepare_sheet,
    print_page,
    quota_measures,
    quota_table,
    save_static_map,
)
from gis.schema import land_use_groups
from gis.workflow.balances import Measured
from gis.workflow.land_jobs import read_job_table
from gis.workflow.loading import Loaded

__all__ = ["compare_days", "compare_runs", "draw_run", "print_run"]

Lang = Literal["en", "zh"]
Kind = Literal["png", "pdf"]


def draw_run(
    loaded: Loaded, measured: Measured, *, lang: Lang, since: dt.date | None = None,
    quotas: Path | None = None, one_file_limit: int = ONE_FILE_LIMIT,
) -> Any:  # fmt: skip
    """Draw the map page of a run.

    Parameters
    ----------
    loaded, measured
        From `compute_run`.
    lang
        The language the page opens in.
    since
        The first day of a slider over the days on which statuses change; without it there is none.
    quotas
        A CSV with parcel_id and quota_ratio (used / allocated), for a theme of its own.
    one_file_limit
        See `draw_map`.
    """
    history = None
    if since is not None:
        events = loaded.tables.get("parcel_events")
        history = trace_statuses(measured.land, measured.rules, since=since, events=events)
    return draw_map(
        measured.land,
        *_balances(measured),
        green_spaces=loaded.tables.get("green_spaces"),
        lang=lang,
        measures=_measures(measured, quotas),
        history=history,
        one_file_limit=one_file_limit,
        quotas=_zone_quotas(measured),
        **_around(loaded, measured),
    )


def _zone_quotas(measured: Measured) -> dict[str, Any] | None:
    """Return what zones draw, where the run names a ledger."""
    if measured.quotas is None:
        return None
    names = dict(zip(measured.zones["zone_id"].astype("str"), measured.zones["zone_name"].astype("str"), strict=True))
    return quota_table(measured.quotas, names)


def compare_days(loaded: Loaded, measured: Measured, day: dt.date, *, lang: Lang) -> Any:
    """Draw a run's land on an earlier day beside that of its as-of date, each by the rules in force on it.

    Raises
    ------
    RuleError
        If a rule of idle land is not in force on the day.
    """
    events = loaded.tables.get("parcel_events")
    former = evaluate_idle_land(
        measured.land, measured.rules.on(day), zones=measured.zones, events=events, guide=loaded.guide
    )  # fmt: skip
    names = (day.isoformat(), loaded.run.as_of.isoformat())
    return _comparison(loaded, measured, [former], names=names, lang=lang, notes=("idle.note_trend",))


def compare_runs(loaded: Loaded, measured: Measured, other: tuple[Loaded, Measured], *, lang: Lang) -> Any:
    """Draw another run of the same parcels, such as a scenario's base, beside this one."""
    names = (other[0].run.title or _name_of(other[0]), loaded.run.title or _name_of(loaded))
    if names[0] == names[1]:
        names = (_name_of(other[0]), _name_of(loaded))
    return _comparison(loaded, measured, list(other[1].balances.values()), names=names, lang=lang)


def _name_of(loaded: Loaded) -> str:
    file = loaded.run.file
    return loaded.run.output.name if file is None else f"{file.parent.name}/{file.name}"


def _comparison(
    loaded: Loaded, measured: Measured, before: list[Balance], *, names: tuple[str, str], lang: Lang, notes: Any = ()
) -> Any:
    around = _around(loaded, measured)
    del around["as_of"]
    around["notes"] = (*around["notes"], *notes)
    after = list(measured.balances.values())
    return draw_comparison(measured.land, before, after, names=names, lang=lang, **around)


def print_run(
    loaded: Loaded,
    measured: Measured,
    target: Path,
    *,
    kind: Kind,
    lang: Lang,
    view: str = "",
    quotas: Path | None = None,
    is_drawn: bool = False,
) -> str:
    """Print a theme of a run's map on an A3 sheet, by a browser where one is installed.

    Parameters
    ----------
    target, kind
        The file and its format.
    view
        The theme; by default the status.
    is_drawn
        Draw with matplotlib even where a browser is installed.

    Returns
    -------
    ``"browser"`` or ``"drawing"``: which of the two made it.

    Raises
    ------
    InputError
        If there is no such theme.
    OutputError
        If no installed font holds the letters, or the browser fails.
    """
    measures = _measures(measured, quotas)
    sheet = prepare_sheet(measured.land, *_balances(measured), measures=measures, **_around(loaded, measured))
    if view and view not in sheet.views:
        raise InputError("map_view_unknown", view=view, choices=list(sheet.views))
    browser = None if is_drawn else find_chromium()
    if browser is None:
        save_static_map(draw_static_map(sheet, view=view, lang=lang), target, kind=kind)
        return "drawing"
    sheet.require_font(view, lang)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "map.html"
        draw_run(loaded, measured, lang=lang, quotas=quotas).save(page)
        print_page(page, target, kind=kind, browser=browser, view=view, lang=lang)
    return "browser"


def _balances(measured: Measured) -> tuple[Any, Any, Any]:
    return (
        measured.balances["idle_land"], measured.balances.get("green_ratio"), measured.balances.get("mixed_use"),
    )  # fmt: skip


def _around(loaded: Loaded, measured: Measured) -> dict[str, Any]:
    """Return boundary, roads and what is said around the map."""
    roads = None
    if "land_use" in loaded.tables:
        patches = loaded.tables["land_use"]
        roads = patches[land_use_groups(patches) == "transport"]
    return {
        "boundary": measured.zones,
        "roads": roads if roads is not None and len(roads) else None,
        "title": loaded.run.title,
        "as_of": loaded.run.as_of,
        "quality": measured.quality,
        "notes": measured.balances["idle_land"].notes,
    }


def _measures(measured: Measured, quotas: Path | None) -> list[Measure]:
    """Return the intensity of building where planning conditions are known, and the quotas that are given."""
    found = []
    capacity = measured.balances["idle_land"].tables.get("unused_capacity")
    if capacity is not None and capacity["floor_use_ratio"].notna().any():
        used = capacity.set_index(capacity["parcel_id"].astype("str"))["floor_use_ratio"]
        found.append(Measure.of_text("use_ratio", used, target=1.0))
    if measured.quotas is not None:
        found += quota_measures(measured.quotas)
    if quotas is not None:
        found.append(Measure.of_text("quotas", _quota_ratios(quotas), target=1.0))
    return found


def _quota_ratios(path: Path) -> pd.Series[float]:
    """Return the used share of each parcel's quotas; 0 is a number, an empty cell none."""
    table = read_job_table(path, {"parcel_id": "id", "quota_ratio": "text"}).set_index("parcel_id")["quota_ratio"]
    numbers = pd.to_numeric(table, errors="coerce").astype("float64")
    bad = table.notna() & ~(numbers >= 0)
    if bad.any():
        rows = [int(place) + 1 for place in bad.to_numpy().nonzero()[0]]
        raise SchemaError(
            "job_cells_unreadable",
            path=path,
            column="quota_ratio",
            kind="number",
            found=sorted(set(table[bad])),
            rows=rows,
        )
    return numbers
