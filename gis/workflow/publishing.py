"""A copy of a run for people outside: named fields, coordinates on a grid, every file checked before it stands."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd
import shapely

from gis.analyses import Balance
from gis.areas import m2_text
from gis.errors import InputError, OutputError
from gis.issues import IssueLog
from gis.maps import draw_map
from gis.maps.words import both
from gis.provenance import fingerprint, library_versions, write_manifest
from gis.readers import write_geopackage
from gis.regulations import secrecy_notices
from gis.reports import Publication, write_report
from gis.schema import fields_of, land_use_groups, text
from gis.workflow.inputs import files_of_run
from gis.workflow.publication_check import check_publication, withheld_texts
from gis.workflow.results import report_content
from gis.workflow.run import compute_run
from gis.workflow.run_file import load_run_file
from gis.writing import atomic_folder, permitted, require_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.workflow.balances import Measured
    from gis.workflow.loading import Loaded, Progress

__all__ = ["Published", "publish", "publish_run", "read_precision"]

#: Of the manifest of a published folder.
KIND: Final = "publication"
Lang = Literal["en", "zh"]
NEEDED: Final = ("parcel_id", "area_m2")
#: Field → balance and its column: what was found of a parcel, beside what its own table says.
FINDINGS: Final = {
    "area_m2": ("idle_land", "area_m2"),
    **{name: ("idle_land", name) for name in (
        "status", "status_since", "clock_start", "clock_start_ground", "ground", "citation", "route", "next_event",
        "next_date", "missing", "underused", "underused_class", "underused_citation", "underused_missing",
    )},
    **{name: ("green_ratio", name) for name in (
        "green_m2", "green_ratio", "floor_ratio", "floor_ground", "floor_citation", "ceiling_ratio", "shortfall_m2",
        "surplus_m2",
    )},
    "green_verdict": ("green_ratio", "verdict"),
    "hill_1": ("mixed_use", "hill_1"),
    "mixed_verdict": ("mixed_use", "verdict"),
}  # fmt: skip
#: Balance → the fields that its key figures go by.
FIGURES_BY: Final = {
    "idle_land": {"status", "underused"}, "green_ratio": {"green_verdict"}, "mixed_use": {"mixed_verdict"},
}  # fmt: skip
#: Decimals of what is published: m² as reports print them; more would tell the very outline.
M2_DIGITS, RATIO_DIGITS = 2, 6
#: Theme of the map → the fields that it shows.
THEMES: Final = {
    "status": {"status"}, "ground": {"ground"}, "age": {"status", "status_since"}, "underused": {"underused"},
    "underused_class": {"underused", "underused_class"}, "mixed": {"hill_1"},
    "green": {"green_ratio", "floor_ratio", "green_verdict"},
}  # fmt: skip
LEAST_M, MOST_M = Decimal(1), Decimal(1000)
PRECISION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:m|米)?\s*")
FILES: Final = ("map.html", "report.html", "findings.gpkg")
#: Data beside a page would be files that no check reads.
ONE_FILE = 10**9


@dataclasses.dataclass(frozen=True)
class Published:
    """What was published, and where."""

    folder: Path
    publication: Publication


def read_precision(written: str) -> Decimal:
    """Return a grid in metres.

    Raises
    ------
    InputError
        If it is no such number, or out of range.

    Examples
    --------
    >>> read_precision("10m"), read_precision("2.5")
    (Decimal('10'), Decimal('2.5'))
    """
    found = PRECISION.fullmatch(written)
    if found is None or not LEAST_M <= Decimal(found[1]) <= MOST_M:
        raise InputError("publish_precision", found=written, least=LEAST_M, most=MOST_M)
    return Decimal(found[1])


def _require_fields(fields: Sequence[str], reason: str) -> tuple[str, ...]:
    known = fields_of("parcels")
    named = tuple(dict.fromkeys(fields))
    unknown = [name for name in named if name not in known and name not in FINDINGS]
    if unknown:
        raise InputError("publish_field_unknown", names=unknown, choices=", ".join([*known, *FINDINGS]))
    lacking = [name for name in NEEDED if name not in named]
    if lacking:
        raise InputError("publish_field_needed", names=lacking)
    personal = [name for name in named if name in known and known[name].is_personal]
    if personal and not reason.strip():
        raise InputError("publish_personal", names=personal)
    return named


def coarsen(shapes: Any, grid: float) -> Any:
    """Return shapes whose every coordinate is a multiple of the grid; what has nothing left is None.

    Examples
    --------
    >>> coarse = coarsen([shapely.box(1, 1, 18, 22), shapely.box(0, 0, 3, 3)], 10.0)
    >>> coarse[0].bounds, coarse[1] is None
    ((0.0, 0.0, 20.0, 20.0), True)
    """
    shapes = np.asarray(shapes, dtype=object)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    coarse = np.full(len(shapes), None, dtype=object)
    snapped = shapely.set_precision(shapes[there], grid)
    # What the grid gives is a quotient times a float: the multiple itself is meant.
    snapped = shapely.transform(snapped, lambda xy: np.rint(xy / grid) * grid)
    coarse[there] = np.where(shapely.is_empty(snapped), None, snapped)
    return coarse


def _coarse_layer(frame: Any, grid: float) -> Any:
    """Return the shapes of a layer on the grid, without any attribute."""
    import geopandas as gpd

    shapes = coarsen(frame.geometry.to_numpy(), grid)
    return gpd.GeoDataFrame(geometry=shapes[~shapely.is_missing(shapes)], crs=frame.crs)


def _effect(land: Any, coarse: Any) -> pd.DataFrame:
    before = np.nan_to_num(shapely.area(land.geometry.to_numpy()))
    after = np.nan_to_num(shapely.area(coarse))
    return pd.DataFrame({
        "parcel_id": land["parcel_id"].astype("str").to_numpy(), "area_before_m2": before, "area_after_m2": after,
        "difference_m2": after - before, "is_left_out": shapely.is_missing(coarse),
    })  # fmt: skip


def _reduced_balances(measured: Measured, fields: Sequence[str]) -> dict[str, Balance]:
    """Return the balances with the named columns of parcels, all others blank; without tables and rows of figures."""
    reduced = {}
    for name, balance in measured.balances.items():
        kept = {column for field, (owner, column) in FINDINGS.items() if owner == name and field in fields}
        if not kept and name != "idle_land":
            continue
        parcels = _rounded(balance.parcels)
        for column in parcels.columns:
            if column not in {"parcel_id", "area_m2", *kept}:
                blank = pd.NaT if parcels[column].dtype.kind == "M" else None
                parcels[column] = pd.Series(blank, index=parcels.index, dtype=_blank_kind(parcels[column]))
        reduced[name] = dataclasses.replace(balance, parcels=parcels, tables={}, findings=balance.findings.iloc[:0])
    return reduced


def _blank_kind(column: Any) -> Any:
    return column.dtype if column.dtype.kind == "M" else "float64" if column.dtype.kind in "biuf" else "str"


def _fields_table(measured: Measured, fields: Sequence[str], coarse: Any) -> Any:
    """Return the layer of parcels: the named fields in the order given, and the coarse outline."""
    import geopandas as gpd

    land = measured.land
    ids = pd.Index(land["parcel_id"].astype("str"))
    columns: dict[str, Any] = {}
    for field in fields:
        owner, column = FINDINGS.get(field, ("", field))
        if field in land.columns and field != "area_m2":
            columns[field] = land[field].to_numpy()
        elif owner in measured.balances and column in measured.balances[owner].parcels.columns:
            own = measured.balances[owner].parcels
            columns[field] = own.set_index(own["parcel_id"].astype("str"))[column].reindex(ids).to_numpy()
    table = gpd.GeoDataFrame(_rounded(pd.DataFrame(columns)), geometry=coarse, crs=land.crs)
    return table.sort_values("parcel_id", ignore_index=True)


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose fractions have no more decimals than a reader is shown."""
    digits = {
        name: M2_DIGITS if str(name).endswith("_m2") else RATIO_DIGITS
        for name in table.columns if pd.api.types.is_float_dtype(table[name].dtype)
    }  # fmt: skip
    return table.round(digits)


def _draw(loaded: Loaded, measured: Measured, publication: Publication, coarse: Any, grid: float, lang: Lang) -> Any:
    import geopandas as gpd

    fields = publication.fields
    land = measured.land
    own = [name for name in fields if name in land.columns and name != "area_m2"]
    parcels = gpd.GeoDataFrame(pd.DataFrame(land[own]), geometry=coarse, crs=land.crs)
    zones = _coarse_layer(measured.zones, grid).assign(boundary_quality=measured.quality)
    layers, notes = {}, []
    for name, frame in _layers(loaded).items():
        layers[name] = _coarse_layer(frame.to_crs(land.crs), grid)
        gone = shapely.is_missing(coarsen(frame.to_crs(land.crs).geometry.to_numpy(), grid))
        if gone.any():
            m2 = m2_text(math.fsum(np.nan_to_num(shapely.area(frame.geometry.to_numpy()[gone]))))
            notes.append(text("publish.layers_left_out", lang, layer=name, count=int(gone.sum()), m2=m2))
    balances = _reduced_balances(measured, fields)
    drawn = draw_map(
        parcels, balances.get("idle_land"), balances.get("green_ratio"), balances.get("mixed_use"), boundary=zones,
        green_spaces=layers.get("green_spaces"), roads=layers.get("roads"), lang=lang, title=_title(loaded, measured),
        as_of=loaded.run.as_of, quality=measured.quality, notes=(*publication.lines(lang), *notes),
        one_file_limit=ONE_FILE, themes={name for name, shown in THEMES.items() if shown <= set(fields)},
    )  # fmt: skip
    drawn.page["words"]["internal"] = both("publish.badge")
    return drawn


def _layers(loaded: Loaded) -> dict[str, Any]:
    tables = loaded.tables
    layers = {name: tables[name] for name in ("green_spaces",) if name in tables}
    if "land_use" in tables:
        roads = tables["land_use"][land_use_groups(tables["land_use"]) == "transport"]
        layers |= {"roads": roads} if len(roads) else {}
    return layers


def _title(loaded: Loaded, measured: Measured) -> str:
    return loaded.run.title or ", ".join(sorted(set(measured.zones["zone_name"].dropna().astype("str"))))


def _content(loaded: Loaded, measured: Measured, fields: Sequence[str], lang: Lang) -> Any:
    """Return what the report is made of: no inputs, no words that a person wrote into the run file but its title.

    Sums of a few parcels beside the area of each tell which those are: figures by a field stand only where it does.
    """
    withheld = text("publish.withheld", lang)
    issues = IssueLog()
    issues.extend(list(loaded.issues))
    for code in loaded.issues.accepted:
        issues.accept(code, withheld)
    content = report_content(loaded, measured)
    rules = [{**rule, "reason": withheld} if rule.get("hypothetical") else rule for rule in content.rules]
    balances = {name: balance for name, balance in content.balances.items() if FIGURES_BY[name] <= set(fields)}
    return dataclasses.replace(
        content, run_name=withheld, issues=issues, inputs=(), rules=rules, quotas=None, balances=balances
    )  # fmt: skip


def _write(
    place: Path, loaded: Loaded, measured: Measured, publication: Publication, *, coarse: Any, lang: Lang
) -> None:
    grid = float(publication.precision_m)
    zones = measured.zones
    boundary = _zones_table(zones, grid)
    notice = pd.DataFrame({"line": [line for each in ("zh", "en") for line in publication.lines(each)]})
    write_geopackage(place / "findings.gpkg", {
        "zones": boundary, "parcels": _fields_table(measured, publication.fields, coarse),
        "effect": _rounded(publication.effect), "notice": notice,
    })  # fmt: skip
    content = _content(loaded, measured, publication.fields, lang)
    write_report(place / "report.html", content, lang=lang, publication=publication)
    _draw(loaded, measured, publication, coarse, grid, lang).save(place / "map.html")
    write_manifest(place / "manifest.json", {
        "published": True, "as_of": loaded.run.as_of.isoformat(), "place": loaded.run.place,
        "area_basis": measured.area_basis, "fields": list(publication.fields), "precision_m": publication.precision_m,
        "crs": str(measured.land.crs.to_string()), "reason_for_names": publication.reason,
        "effect": publication.totals(),
        "notices": [dataclasses.asdict(notice) for notice in publication.notices],
        "versions": library_versions(), "outputs": {name: fingerprint(place / name) for name in FILES},
    })  # fmt: skip


def _zones_table(zones: Any, grid: float) -> Any:
    import geopandas as gpd

    named = pd.DataFrame(zones[["zone_id", "zone_name"]])
    return gpd.GeoDataFrame(named, geometry=coarsen(zones.geometry.to_numpy(), grid), crs=zones.crs)


def publish(
    run_file: Path | str,
    *,
    today: dt.date,
    fields: Sequence[str],
    precision: str,
    output: Path | str | None = None,
    lang: Lang = "zh",
    reason: str = "",
    progress: Progress | None = None,
) -> Published:
    """Compute a run and write a copy of it for people outside, by default in ``<results>-public``.

    Parameters are those of `publish_run` and of `gis.workflow.run`.

    Raises
    ------
    PlaceError
        Before anything is read, if something is in the place of the folder that may not be replaced.
    GateError, InputError, OutputError
        As of `compute_run` and `publish_run`.
    """
    run = load_run_file(run_file)
    _require_fields(fields, reason)
    read_precision(precision)
    folder = Path(output) if output else run.output.with_name(f"{run.output.name}-public")
    with permitted(inputs=files_of_run(run)):
        require_folder(folder, KIND)
        loaded, measured = compute_run(run, today=today, progress=progress)
        if progress is not None:
            progress("write map.html")
        return publish_run(loaded, measured, folder, fields=fields, precision=precision, lang=lang, reason=reason)


def publish_run(
    loaded: Loaded,
    measured: Measured,
    folder: Path | str,
    *,
    fields: Sequence[str],
    precision: str,
    lang: Lang,
    reason: str = "",
) -> Published:
    """Write map, report and GeoPackage of a run for people outside, and read them back before they stand.

    Parameters
    ----------
    loaded, measured
        From `compute_run`.
    folder
        Whole or not there at all.
    fields
        Of parcels and their findings; nothing else of them is written.
    precision
        The grid of coordinates in metres, such as ``10m``. Figures stay those measured before.
    reason
        Why names of persons or companies may be published, where ``fields`` names such a field.

    Raises
    ------
    InputError
        For an unknown or personal field, a grid out of range, or one that leaves no parcel.
    OutputError
        If the check of the finished files finds what was to be withheld.
    """
    named = _require_fields(fields, reason)
    grid = read_precision(precision)
    coarse = coarsen(measured.land.geometry.to_numpy(), float(grid))
    if shapely.is_missing(coarse).all():
        raise InputError("publish_nothing_left", precision=grid, count=len(coarse))
    publication = Publication(
        named, f"{grid:f}", _effect(measured.land, coarse), secrecy_notices(loaded.run.place), reason.strip()
    )
    folder = Path(folder)
    with permitted(inputs=files_of_run(loaded.run)), atomic_folder(folder, kind=KIND) as place:
        _write(place, loaded, measured, publication, coarse=coarse, lang=lang)
        faults = check_publication(
            place, fields=named, precision_m=float(grid), crs=measured.land.crs, withheld=withheld_texts(loaded, named)
        )
        if faults:
            raise OutputError("publish_leak", count=len(faults), faults=faults)
    return Published(folder, publication)
