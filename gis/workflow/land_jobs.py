"""What to do with idle and underused land, from a run: candidates, swaps, sites."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.analyses import NO_DEFINITION, SiteRequest, Sites, Weights, find_sites, rank_candidates
from gis.csv_files import unguarded
from gis.errors import InputError, SchemaError
from gis.readers import read_raw
from gis.regulations import place_name
from gis.scenarios import SwapResult, solve_swap
from gis.schema import LAND_USE_GROUPS, land_use_groups, parse_dates

if TYPE_CHECKING:
    import datetime as dt

    from gis.workflow.balances import Measured
    from gis.workflow.loading import Loaded

__all__ = ["compared_with", "propose_swap", "rank_run", "read_job_table", "site_run"]

Kinds = dict[str, str]
#: Columns of the tables that a user brings: what is in them.
#: Columns that may be there beside: what premises are worth, and by which assessment.
VALUES: Kinds = {"value_cny": "number", "value_basis": "text"}
PREMISES: Kinds = {"premises_id": "id", "floor_area_m2": "number", "land_use_group": "use", "available_date": "date"}
NEEDS: Kinds = {"parcel_id": "id", "needed_floor_area_m2": "number", "land_use_group": "use", "needed_by_date": "date"}
PAIRS: Kinds = {"parcel_id": "id", "premises_id": "id"}
ENCUMBRANCES: Kinds = {"parcel_id": "id", "encumbrance": "text"}
AVAILABLE: Kinds = {"parcel_id": "id", "available_date": "date"}


def read_job_table(path: Path, kinds: Kinds, *, beside: Kinds | None = None) -> pd.DataFrame:
    """Read a table that a user brings beside a run; every column but those ``beside`` is needed, a cell may be empty.

    A CSV of this product carries an apostrophe before ids that begin as formulas do (`gis.csv_files`); it is no part
    of the id.

    Raises
    ------
    InputError
        If the file can't be read.
    SchemaError
        If a column is missing, an id is missing, or a cell can't be read as what it is.
    """
    raw = pd.DataFrame(read_raw(path).frame)
    lacking = [name for name in kinds if name not in raw.columns]
    if lacking:
        raise SchemaError("job_columns_missing", path=path, columns=lacking, needed=list(kinds))
    known = kinds | {name: kind for name, kind in (beside or {}).items() if name in raw.columns}
    return pd.DataFrame({name: _column(raw[name], kind, path) for name, kind in known.items()})


def _column(raw: pd.Series[Any], kind: str, path: Path) -> pd.Series[Any]:
    words = raw.astype("str").str.strip().where(raw.notna())
    words = words.where(words != "")
    bad = pd.Series(data=False, index=raw.index)
    column: pd.Series[Any] = words
    if kind == "id":
        column = words if path.suffix.lower() == ".xlsx" else words.map(unguarded, na_action="ignore").astype("str")
        bad = words.isna()
    elif kind == "use":
        bad = words.notna() & ~words.isin(LAND_USE_GROUPS)
    elif kind == "number":
        column = pd.to_numeric(words, errors="coerce").astype("float64")
        bad = words.notna() & ~(column > 0)
    elif kind == "date":
        column, _ = parse_dates(words)
        bad = words.notna() & column.isna()
    if bad.any():
        found = sorted({str(value) for value in raw[bad]})
        rows = [int(position) + 1 for position in bad.to_numpy().nonzero()[0]]
        raise SchemaError("job_cells_unreadable", path=path, column=raw.name, kind=kind, found=found, rows=rows)
    return column


def _by_id(path: Path | None, kinds: Kinds) -> dict[str, Any]:
    if path is None:
        return {}
    table = read_job_table(path, kinds).dropna()
    value = next(name for name in kinds if name != "parcel_id")
    if table["parcel_id"].duplicated().any():
        doubled = sorted(set(table.loc[table["parcel_id"].duplicated(), "parcel_id"]))
        raise SchemaError("swap_ids_doubled", column="parcel_id", ids=doubled)
    return dict(zip(table["parcel_id"], table[value], strict=True))


def rank_run(measured: Measured, *, weights: Weights, encumbrances: Path | None = None) -> pd.DataFrame:
    """Rank the reactivation candidates of a run (see `gis.analyses.rank_candidates`)."""
    known = _by_id(encumbrances, ENCUMBRANCES)
    return rank_candidates(measured.balances["idle_land"], weights=weights, encumbrances=known)


def propose_swap(
    loaded: Loaded,
    measured: Measured,
    premises: Path,
    *,
    objective: Any = "land",
    needs: Path | None = None,
    forbidden: Path | None = None,
    by_comparison: bool = False,
) -> SwapResult:
    """Match the underused parcels of a run with premises (see `gis.scenarios.solve_swap`).

    Where no definition of underused land is at hand for the place, there are none to match; with ``by_comparison``
    those are taken that another district's definition would call underused. Without a row in ``needs``, a parcel
    needs as much floor area as is built on it, of the land-use group it has, on any day; where nothing is built, the
    need is not known.

    Raises
    ------
    InputError
        If the needs name a parcel that is not in the run, or no definition is at hand and no comparison was asked for.
    """
    table = measured.balances["idle_land"].parcels
    parcels = loaded.tables["parcels"]
    built = parcels["counted_floor_area_m2"]
    own = pd.DataFrame(
        {
            "parcel_id": parcels["parcel_id"],
            "needed_floor_area_m2": built.where(built > 0),
            "land_use_group": land_use_groups(parcels),
            "needed_by_date": pd.Series(pd.NaT, index=parcels.index, dtype="datetime64[us]"),
        }
    )
    if needs is not None:
        told = read_job_table(needs, NEEDS)
        unknown = sorted(set(told["parcel_id"]) - set(own["parcel_id"]))
        if unknown:
            raise InputError("parcels_unknown", ids=unknown)
        own = pd.concat([own[~own["parcel_id"].isin(told["parcel_id"])], told], ignore_index=True)
    verdict = "underused"
    if NO_DEFINITION in set(table["underused_missing"]):
        if not by_comparison:
            raise InputError("swap_without_definition", **_places(measured.rules.place, compared_with(table)))
        verdict = "underused_comparison"
    underused = table.loc[(table[verdict] == "met") & table["zone_id"].notna(), ["parcel_id", "holder", "area_m2"]]
    banned = set() if forbidden is None else set(read_job_table(forbidden, PAIRS).itertuples(index=False, name=None))
    holders = underused.merge(own, on="parcel_id", how="left")
    claims = measured.balances["idle_land"].tables.get("claims")
    offered = read_job_table(premises, PREMISES, beside=VALUES)
    return solve_swap(holders, offered, objective=objective, forbidden=banned, claims=claims)


def compared_with(table: pd.DataFrame) -> str:
    """Return the district whose definition serves as a comparison for the parcels of a balance, or ""."""
    return max(table["underused_compared_with"], default="")


def _places(place: str, other: str) -> dict[str, str]:
    named = {"place": place_name(place), "other": place_name(other)}
    return {f"{key}_{lang}": words[lang] or "–" for key, words in named.items() for lang in ("zh", "en")}


def site_run(measured: Measured, request: SiteRequest, *, available: Path | None = None) -> Sites:
    """Find the sites of a run that could serve a project, its stated surplus land among them."""
    days: dict[str, dt.date] = _by_id(available, AVAILABLE)
    if request.use is not None and request.use not in LAND_USE_GROUPS:
        raise InputError("use_unknown", found=request.use, choices=list(LAND_USE_GROUPS))
    stated = measured.land.dropna(subset=["surplus_land_m2"]).set_index("parcel_id")["surplus_land_m2"]
    return find_sites(
        measured.land, measured.balances["idle_land"], request, available=days, surplus_m2=stated.to_dict()
    )
