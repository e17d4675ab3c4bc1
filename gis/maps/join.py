"""Findings meet shapes here, by id and letter for letter: 001, 1 and 0001 are three parcels."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gis.crs import area_basis, require_area_crs
from gis.errors import InputError, SchemaError, listed
from gis.maps.shapes import to_degrees

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geopandas import GeoDataFrame

    from gis.analyses import Balance

__all__ = ["JoinedParcels", "join_findings"]

logger = logging.getLogger(__name__)

#: What the map shows of each balance, and what it can't do without.
SHOWN = {
    "idle_land": [
        "area_m2", "status", "status_since", "clock_start", "clock_start_ground", "ground", "citation", "route",
        "bar", "cause_state", "cause_first_date", "cause_last_date", "cause_days", "delivery_state",
        "late_delivery_days", "next_event", "next_date", "missing", "underused", "underused_class",
        "underused_citation", "underused_missing",
    ],
    "green_ratio": [
        "area_m2", "green_m2", "green_ratio", "floor_ratio", "floor_ground", "floor_citation", "ceiling_ratio",
        "verdict", "shortfall_m2", "surplus_m2", "missing",
    ],
    "mixed_use": ["area_m2", "hill_1", "dominant_group", "verdict", "missing"],
}  # fmt: skip
NEEDED = {
    "idle_land": {"parcel_id", "area_m2", "status", "underused"},
    "green_ratio": {"parcel_id", "area_m2", "green_ratio", "floor_ratio", "verdict"},
    "mixed_use": {"parcel_id", "area_m2", "hill_1", "verdict"},
}
OWN = [
    "parcel_id", "parcel_name", "holder", "land_use_scheme", "land_use_code", "land_use_name", "legal_area_m2",
    "source_file", "source_row",
]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class JoinedParcels:
    """Parcels in the order of their ids, with what each balance found.

    Attributes
    ----------
    frame
        The parcel's own columns, and each shown column as ``<balance>.<column>``; ``area_m2``.
    shapes
        Array of shapes in the run's system, in the same order.
    balances
        The balances that were given, by name.
    without_finding, without_parcel
        balance → ids that one side has and the other lacks: shown on the page, never dropped.
    area_basis
        What the m² are measured on.
    """

    frame: pd.DataFrame
    shapes: Any
    balances: dict[str, Balance]
    without_finding: dict[str, tuple[str, ...]]
    without_parcel: dict[str, tuple[str, ...]]
    area_basis: str

    def has(self, balance: str) -> pd.Series[bool]:
        """Tell which parcels a balance speaks of."""
        return ~self.frame["parcel_id"].isin(self.without_finding[balance])

    def in_order(self, order: Any) -> JoinedParcels:
        """Return the same parcels in another order of rows."""
        frame = self.frame.iloc[order].reset_index(drop=True)
        return dataclasses.replace(self, frame=frame, shapes=self.shapes[order])

    def in_degrees(self, crs: Any) -> Any:
        """Return the shapes, which are in ``crs``, in degrees."""
        import geopandas as gpd

        return to_degrees(gpd.GeoDataFrame(geometry=list(self.shapes), crs=crs), table="parcels")

    def without_shape(self) -> tuple[str, ...]:
        """Return the ids of parcels that can't be drawn."""
        empty = shapely.is_missing(self.shapes) | shapely.is_empty(self.shapes)
        return tuple(sorted(self.frame.loc[empty, "parcel_id"]))


def _require_ids(frame: pd.DataFrame, *, table: str) -> pd.Series[str]:
    """Return the ids of a table, after refusing what a join by id can't be trusted with."""
    if "parcel_id" not in frame.columns:
        raise SchemaError("map_columns_missing", table=table, columns=["parcel_id"])
    ids = frame["parcel_id"]
    if len(ids) and not pd.api.types.is_string_dtype(ids):
        raise SchemaError("map_ids_not_text", table=table, column="parcel_id", found=str(ids.dtype))
    missing = ids.isna().to_numpy()
    if missing.any():
        rows = frame["source_row"] if "source_row" in frame.columns else pd.Series(np.arange(1, len(ids) + 1))
        raise InputError("map_ids_missing", table=table, count=int(missing.sum()), rows=list(rows[missing]))
    doubled = sorted(set(ids[ids.duplicated()]))
    if doubled:
        raise InputError("map_ids_doubled", table=table, ids=doubled)
    return ids.astype("str")


def join_findings(parcels: GeoDataFrame, given: Mapping[str, Balance | None]) -> JoinedParcels:
    """Join what the balances found to the parcels, by id.

    Parameters
    ----------
    parcels
        Canonical table ``parcels``; any order of rows.
    given
        ``idle_land``, ``green_ratio`` and ``mixed_use``; one that is None was not given.

    Raises
    ------
    InputError
        If ids are doubled or missing on either side, or the balances are of different days.
    SchemaError
        If ids are not text, a column is missing, or the balances are on several area bases.
    CrsError
        If the parcels are not in a planar system.
    """
    require_area_crs(parcels.crs, where="parcels")
    balances = {name: balance for name, balance in given.items() if balance is not None}
    days = sorted({balance.as_of.isoformat() for balance in balances.values()})
    if len(days) > 1:
        raise InputError("map_dates_differ", dates=days)
    ids = _require_ids(parcels, table="parcels")
    ordered = parcels.assign(parcel_id=ids).sort_values("parcel_id", ignore_index=True)
    frame = pd.DataFrame(ordered.drop(columns=ordered.geometry.name)).reindex(columns=OWN)
    known, without_finding, without_parcel = set(frame["parcel_id"]), {}, {}
    for name, balance in balances.items():
        found = _shown(name, balance.parcels)
        without_finding[name] = tuple(sorted(known - set(found.index)))
        without_parcel[name] = tuple(sorted(set(found.index) - known))
        _tell(name, without_finding[name], without_parcel[name])
        frame = frame.join(found.add_prefix(f"{name}."), on="parcel_id")
    shapes = np.asarray(ordered.geometry.array, dtype=object)
    bases = sorted({balance.area_basis for balance in balances.values()}) or [area_basis(parcels.crs)]
    if len(bases) > 1:
        raise SchemaError("area_bases_differ", bases=listed(bases))
    return JoinedParcels(
        frame=frame.assign(area_m2=_areas(frame, shapes, list(balances))),
        shapes=shapes,
        balances=balances,
        without_finding=without_finding,
        without_parcel=without_parcel,
        area_basis=bases[0],
    )


def _shown(name: str, found: pd.DataFrame) -> pd.DataFrame:
    missing = sorted(NEEDED[name] - set(found.columns))
    if missing:
        raise SchemaError("map_columns_missing", table=name, columns=missing)
    return found.assign(parcel_id=_require_ids(found, table=name)).set_index("parcel_id").reindex(columns=SHOWN[name])


def _areas(frame: pd.DataFrame, shapes: Any, names: list[str]) -> pd.Series[float]:
    """Return m² inside the zone as a balance measured it; of the whole shape where none did."""
    area = pd.Series(np.nan, index=frame.index, dtype="float64")
    for name in names:
        area = area.fillna(frame[f"{name}.area_m2"].astype("float64"))
    whole = np.nan_to_num(shapely.area(shapes))
    return area.fillna(pd.Series(whole, index=frame.index))


def _tell(name: str, without_finding: tuple[str, ...], without_parcel: tuple[str, ...]) -> None:
    if without_finding:
        logger.warning("%s: %d parcels without a finding: %s", name, len(without_finding), listed(without_finding))
    if without_parcel:
        logger.warning("%s: %d findings without a parcel: %s", name, len(without_parcel), listed(without_parcel))
