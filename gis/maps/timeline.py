"""Statuses over time for the page: intervals of each parcel, and the zone's balance on every day of change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses import CONTESTED
from gis.areas import SQUARE_MM
from gis.errors import InputError, SchemaError
from gis.maps.packing import least_integers
from gis.maps.views import claims_on, ground_by_class, sign_of, signs

if TYPE_CHECKING:
    from gis.maps.join import JoinedParcels

__all__ = ["pack_timeline"]

UNKNOWN = "no_finding"


def pack_timeline(history: pd.DataFrame, parcels: JoinedParcels) -> dict[str, Any]:
    """Return what the page needs to show any day.

    Parameters
    ----------
    history
        parcel_id, status, valid_from, valid_to, as from `gis.trace_statuses`.
    parcels
        The parcels, in the order of the page.

    Returns
    -------
    ``days`` on which any status changes, ascending, and ``last``; ``classes``; of each parcel in turn
    ``counts`` intervals, each with the place of its first day in ``days`` (``from``) and its class
    (``codes``); and of each day in turn the ``parcels_count`` and the area (``mm2``, whole mm²) of
    every class.

    Raises
    ------
    InputError
        If intervals of a parcel overlap, leave a gap, or end before the as-of date.
    SchemaError
        If a status has no sign.
    """
    ids = pd.Index(parcels.frame["parcel_id"])
    rows = history.assign(place=ids.get_indexer(history["parcel_id"]))
    rows = rows[rows["place"] >= 0].sort_values(["place", "valid_from"], ignore_index=True)
    _require_whole(rows)
    known = [key for key in signs()["status"]["classes"] if (rows["status"] == key).any()]
    unknown = sorted(set(rows["status"]) - set(known))
    if unknown:
        raise SchemaError("map_class_unknown", column="status", values=unknown)
    claims = claims_on(parcels)
    known += [] if claims is None else [CONTESTED]
    if set(range(len(ids))) - set(rows["place"]):
        known.append(UNKNOWN)
    days = pd.DatetimeIndex(np.unique(rows["valid_from"].to_numpy()))
    code = rows["status"].map({key: place for place, key in enumerate(known)}).to_numpy()
    first = days.get_indexer(pd.DatetimeIndex(rows["valid_from"]))
    off = np.zeros((len(days), len(known)), "int64") if claims is None else _claimed(rows, days, known, ids, claims)
    balance = _balances(rows["place"].to_numpy(), first, code, off, parcels.frame["area_m2"])
    return {
        "days": days.strftime("%Y-%m-%d").tolist(),
        "last": f"{rows['valid_to'].max():%Y-%m-%d}",
        "classes": [sign_of("status", key) for key in known],
        "counts": least_integers(np.bincount(rows["place"], minlength=len(ids))),
        "from": least_integers(first),
        "codes": least_integers(code),
        **balance,
    }


def _require_whole(rows: pd.DataFrame) -> None:
    """Refuse a history in which a parcel has no status on a day, or two."""
    same = rows["place"] == rows["place"].shift(-1)
    follows = rows["valid_from"].shift(-1) - rows["valid_to"] == pd.Timedelta(days=1)
    ends = rows["valid_to"] == rows["valid_to"].max()
    starts = rows["valid_from"] == rows["valid_from"].min()
    broken = (same & ~follows) | (~same & ~ends) | (~same.shift(1, fill_value=False) & ~starts)
    if broken.any():
        raise InputError("map_history_broken", ids=sorted(set(rows.loc[broken, "parcel_id"])))


def _claimed(rows: pd.DataFrame, days: Any, known: list[str], ids: Any, claims: pd.DataFrame) -> Any:
    """Return whole mm² to take off each class on each day, for ground that several parcels claim counts once."""
    off = np.zeros((len(days), len(known)), "int64")
    own = rows[rows["place"].isin(ids.get_indexer(claims["parcel_id"].unique()))]
    for number, day in enumerate(days):
        on_day = own[(own["valid_from"] <= day) & (own["valid_to"] >= day)]
        classes = pd.Series(UNKNOWN, index=ids, dtype="object")
        classes.iloc[on_day["place"].to_numpy()] = on_day["status"].to_numpy()
        taken, contested, _ = ground_by_class(classes, ids, claims)
        for key, area in taken.items():
            off[number, known.index(key)] = round(area * SQUARE_MM)
        off[number, known.index(CONTESTED)] = -round(contested * SQUARE_MM)
    return off


def _balances(place: Any, first: Any, code: Any, off: Any, areas: pd.Series[Any]) -> dict[str, Any]:
    """Return counts and whole mm² of each class on each day, by adding up what changes on it; less ``off``."""
    days, classes = off.shape
    mm2 = np.rint(areas.to_numpy() * SQUARE_MM).astype("int64")
    counts, sums = np.zeros((days, classes), "int64"), np.zeros((days, classes), "int64")
    np.add.at(counts, (first, code), 1)
    np.add.at(sums, (first, code), mm2[place])
    is_next = np.flatnonzero(place[1:] == place[:-1]) + 1
    np.add.at(counts, (first[is_next], code[is_next - 1]), -1)
    np.add.at(sums, (first[is_next], code[is_next - 1]), -mm2[place[is_next]])
    counts, sums = counts.cumsum(axis=0), sums.cumsum(axis=0)
    absent = np.setdiff1d(np.arange(len(areas)), place)
    counts[:, -1] += len(absent)
    sums[:, -1] += int(mm2[absent].sum())
    sums -= off
    return {"parcels_count": least_integers(counts.ravel()), "mm2": least_integers(sums.ravel())}
