"""The area table of a set of parcels: land, classes, doubled ground and remainders, each m² in its own row.

One pure function, without input or output: the same on a whole zone, on any part of it, and on any
engine. A parcel's rows depend on that parcel, the zones, and what meets its box.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.overlay.by_class import measure_by_class, measure_doubled
from gis.overlay.land import measure_parcels

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["AREA_TERMS", "area_balance", "sum_by_zone"]

#: What a row's m² are: land inside the zone; land outside it; ground that a parcel before it (a smaller one) has
#: too; ground of a class (once); what a sum over the class's features would count again; ground that
#: classes share; ground without any.
AREA_TERMS = ("land", "outside", "doubled", "class", "class_overlap", "between_classes", "remainder")
COLUMNS = ["parcel_id", "zone_id", "term", "layer", "class", "area_m2"]


def area_balance(
    parcels: GeoDataFrame,
    zones: GeoDataFrame,
    layers: Mapping[str, tuple[GeoDataFrame, str]],
    *,
    neighbours: GeoDataFrame | None = None,
) -> pd.DataFrame:
    """Return every area figure of every parcel.

    For each parcel with land: ``land = Σ class + remainder − between_classes`` for each layer;
    ``land + outside`` is its whole area.

    Parameters
    ----------
    parcels
        parcel_id and geometry: the parcels that rows are wanted for.
    zones
        From `gis.measure_zones`.
    layers
        name → layer and the column that holds its class; what meets the parcels' boxes is enough.
    neighbours
        All parcels that meet the box of ``parcels``, those themselves included; by default ``parcels``.

    Returns
    -------
    Columns parcel_id, zone_id, term (`AREA_TERMS`), layer, class, area_m2; zeros are left out but
    for ``land``. Sorted by parcel_id, term, layer, class.

    Raises
    ------
    CrsError, TopologyError
        As of `measure_by_class`.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> parcels = gpd.GeoDataFrame({"parcel_id": ["A"]}, geometry=[box(0, 0, 10, 10)], crs=4549)
    >>> zones = gpd.GeoDataFrame({"zone_id": ["Z"]}, geometry=[box(0, 0, 8, 10)], crs=4549)
    >>> green = gpd.GeoDataFrame({"kind": ["park"]}, geometry=[box(6, 0, 20, 10)], crs=4549)
    >>> area_balance(parcels, zones, {"green": (green, "kind")})[["term", "class", "area_m2"]].values.tolist()
    [['class', 'park', 20.0], ['land', '', 80.0], ['outside', '', 20.0], ['remainder', '', 60.0]]
    """
    around = parcels if neighbours is None else neighbours
    measured = measure_parcels(around, zones, may_lie_outside=True)
    land = measured[measured["parcel_id"].isin(parcels["parcel_id"]).to_numpy()].reset_index(drop=True)
    zone_of = pd.Series(land["zone_id"].to_numpy(), index=land["parcel_id"].astype("str"))
    rows = [_rows(land["parcel_id"], "land", land["area_m2"]), _rows(land["parcel_id"], "outside", land["outside_m2"])]
    inside = land[land["zone_id"].notna()].reset_index(drop=True)
    if len(inside):
        doubled = measure_doubled(inside, measured[measured["zone_id"].notna()].reset_index(drop=True), id="parcel_id")
        rows.append(_rows(doubled["parcel_id"], "doubled", doubled["area_m2"]))
        for name, (layer, by) in layers.items():
            rows += _layer_rows(inside, name, layer, by)
    table = pd.concat(rows, ignore_index=True)
    table = table[(table["area_m2"] != 0) | (table["term"] == "land")]
    table = table.assign(zone_id=table["parcel_id"].map(zone_of).astype("str"))
    return table[COLUMNS].sort_values(["parcel_id", "term", "layer", "class"], ignore_index=True)


def _rows(ids: Any, term: str, areas: Any, *, layer: str = "", classes: Any = "") -> pd.DataFrame:
    table = pd.DataFrame({"parcel_id": ids, "area_m2": areas}).reset_index(drop=True)
    table = table.assign(term=term, layer=layer, **{"class": classes})
    return table.astype({"parcel_id": "str", "term": "str", "layer": "str", "class": "str"})


def _layer_rows(inside: GeoDataFrame, name: str, layer: GeoDataFrame, by: str) -> list[pd.DataFrame]:
    found = measure_by_class(inside, layer, by=by, source_id="parcel_id")
    classes, sources = found.by_class, found.by_source
    names, ids = classes[by].to_numpy(), classes["source_id"]
    return [
        _rows(ids, "class", classes["area_m2"], layer=name, classes=names),
        _rows(ids, "class_overlap", classes["overlap_m2"], layer=name, classes=names),
        _rows(sources["source_id"], "between_classes", sources["between_classes_m2"], layer=name),
        _rows(sources["source_id"], "remainder", sources["remainder_m2"], layer=name),
    ]


def sum_by_zone(table: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """Return the area figures of each zone, exactly (``math.fsum``), and its gap.

    ``gap = zone − (Σ land − Σ doubled)``: ground of the zone that no parcel covers.

    Parameters
    ----------
    table
        From `area_balance`; in parts that were joined, in any order; texts may be categories.
    zones
        zone_id and zone_area_m2.
    """
    keys = ["zone_id", "term", "layer", "class"]
    own = table[table["zone_id"].notna()]
    sums = own.groupby(keys, observed=True)["area_m2"].agg(math.fsum).reset_index().astype(dict.fromkeys(keys, "str"))
    by_term = sums.pivot_table(index="zone_id", columns="term", values="area_m2", aggfunc="sum")
    by_term = by_term.reindex(index=zones["zone_id"], columns=["land", "doubled"], fill_value=0.0).fillna(0.0)
    gap = zones["zone_area_m2"].to_numpy() - (by_term["land"] - by_term["doubled"]).to_numpy()
    gaps = pd.DataFrame({"zone_id": zones["zone_id"], "area_m2": np.round(gap, 5)})
    gaps = gaps.assign(term="gap", layer="", **{"class": ""})
    return pd.concat([sums, gaps], ignore_index=True).sort_values(keys, ignore_index=True)
