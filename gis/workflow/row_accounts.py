"""Every row accounted for: file = read + left out at reading; read = used + left out, each with its reason.

Which rows were used is taken from what the analyses hand out (the rows behind their figures). Why a row was not is
found without them, from the tables and the ground: a row that was lost on the way has no reason, and stops the run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from gis.errors import InputError, listed
from gis.overlay import intersect_pairs
from gis.schema import combine_events, event_kinds, land_use_groups

if TYPE_CHECKING:
    import datetime as dt

    from gis.analyses import Balance
    from gis.readers import FileRows

__all__ = [
    "RowAccount",
    "account_green",
    "account_join",
    "account_reading",
    "account_trend",
    "account_use",
    "with_accounts",
]

#: Returns the rows of a table that figures rest on, and the reasons of the others.
Finder = Callable[[Any], "tuple[Any, pd.Series[str]]"]
#: What the floor areas of a parcel's buildings may miss of its sum: rounding.
FLOOR_M2: Final = 1e-3


@dataclasses.dataclass(frozen=True)
class RowAccount:
    """Where the rows of one table went.

    Attributes
    ----------
    table, file
        The canonical table and the name of its file.
    read
        Rows that were read.
    in_file, counted_by
        Rows of the file by its format's own count, None where it has none; and what was counted.
    left_out_reading
        Reason → rows of the file that no reader takes for rows.
    used
        Rows that figures rest on; None before any analysis.
    left_out
        Reason → rows that were read and that no figure rests on.

    Raises
    ------
    InputError
        If the sums do not meet.

    Examples
    --------
    >>> RowAccount("parcels", "p.gpkg", 60, in_file=60, used=58, left_out={"outside_boundary": 2}).left_out
    {'outside_boundary': 2}
    >>> RowAccount("parcels", "p.gpkg", 54, in_file=60)
    Traceback (most recent call last):
    gis.errors.InputError: ...
    """

    table: str
    file: str
    read: int
    in_file: int | None = None
    counted_by: str = ""
    left_out_reading: Mapping[str, int] = dataclasses.field(default_factory=dict)
    used: int | None = None
    left_out: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        before, after = sum(self.left_out_reading.values()), sum(self.left_out.values())
        if self.in_file is not None and self.in_file != self.read + before:
            raise InputError("rows_lost_reading", table=self.table, path=self.file, count=self.in_file,
                             counted_by=self.counted_by, read=self.read, left_out=before)  # fmt: skip
        if self.used is not None and self.read != self.used + after:
            raise InputError("rows_lost", table=self.table, path=self.file, read=self.read, used=self.used,
                             left_out=after, rows="–")  # fmt: skip

    @property
    def rows(self) -> int:
        """Rows of the file; those read where the format has no count."""
        return self.read if self.in_file is None else self.in_file

    @property
    def reasons(self) -> dict[str, int]:
        """Every reason for which rows were left out, at reading or after."""
        return {**self.left_out_reading, **self.left_out}

    def record(self) -> dict[str, Any]:
        """Return the account as an entry of a manifest says it."""
        return {
            "rows_in_file": self.in_file, "rows_counted_by": self.counted_by, "rows": self.read,
            "rows_left_out_reading": dict(self.left_out_reading), "rows_used": self.used,
            "rows_left_out": dict(self.left_out),
        }  # fmt: skip


def account_reading(table: str, file: str, rows: FileRows, read: int) -> RowAccount:
    """Return the account of a table after reading.

    Raises
    ------
    InputError
        If other rows were read than the file says it has.
    """
    return RowAccount(
        table, file, read, in_file=rows.count, counted_by=rows.counted_by, left_out_reading=rows.left_out
    )  # fmt: skip


def account_join(table: str, file: str, rows: FileRows, joined: Mapping[str, Any]) -> RowAccount:
    """Return the account of an attribute table that was joined to a layer.

    Parameters
    ----------
    table
        What to call it.
    file, rows
        The name of its file, and its own count.
    joined
        ``attrs["joined"]`` of the layer.

    Raises
    ------
    InputError
        If other rows were read than the file says it has.
    """
    left_out = {reason: count for reason, count in joined["left_out"].items() if count}
    return dataclasses.replace(
        account_reading(table, file, rows, joined["read"]), used=joined["used"], left_out=left_out
    )  # fmt: skip


def account_use(
    accounts: Mapping[str, RowAccount], tables: Mapping[str, Any], land: Any, balances: Mapping[str, Balance], *,
    as_of: dt.date,
) -> dict[str, RowAccount]:  # fmt: skip
    """Complete the accounts of a run with what its balances used.

    Parameters
    ----------
    accounts
        table → account after reading.
    tables
        The tables as read.
    land
        From `gis.measure_parcels`.
    balances
        By name; ``idle_land`` at least.
    as_of
        The date of the balances.

    Raises
    ------
    InputError
        If a row is neither used nor left out for a reason.
    """
    found: dict[str, Finder] = {
        "approved_boundaries": lambda frame: _zone_rows(frame, balances["idle_land"]),
        "parcels": lambda frame: _parcel_rows(frame, tables["approved_boundaries"], balances),
        "parcel_events": lambda frame: _event_rows(frame, land, as_of),
    }
    if "green_ratio" in balances:
        found["green_spaces"] = lambda frame: _green_rows(frame, land, balances["green_ratio"])
    if "mixed_use" in balances:
        found["land_use"] = lambda frame: _patch_rows(frame, land, balances)
        found["buildings"] = lambda frame: _building_rows(frame, land, balances["mixed_use"])
    return _complete(accounts, tables, found)


def account_trend(
    accounts: Mapping[str, RowAccount], tables: Mapping[str, Any], land: Any, parcel_rows: Collection[int], *,
    last_day: dt.date,
) -> dict[str, RowAccount]:  # fmt: skip
    """Complete the accounts of a trend, which rests on parcels, boundaries and the events up to its last day.

    Parameters
    ----------
    parcel_rows
        Source rows of the parcels that its lines are of.

    Raises
    ------
    InputError
        If a row is neither used nor left out for a reason.
    """
    boundary = tables["approved_boundaries"]
    return _complete(accounts, tables, {
        "approved_boundaries": _named_zones,
        "parcels": lambda frame: (_rows(list(parcel_rows)), _outside(frame, boundary, parcel_rows)),
        "parcel_events": lambda frame: _event_rows(frame, land, last_day),
    })  # fmt: skip


def with_accounts(inputs: Iterable[dict[str, Any]], accounts: Mapping[str, RowAccount]) -> list[dict[str, Any]]:
    """Return the entries of a manifest with what is known of the rows of their tables."""
    told = {table: account.record() for table, account in accounts.items()}
    return [entry | told.get(entry["table"], {}) for entry in inputs]


def account_green(account: RowAccount, green: Any, pairs: pd.DataFrame, land: Any) -> RowAccount:
    """Complete the account of green spaces by the pairs that a scenario edits.

    Raises
    ------
    InputError
        If a row is in no pair without a reason.
    """
    used = _rows(green.loc[green["green_id"].isin(pairs["target_id"].unique()), "source_row"])
    return _completed(account, green, used, _ground_reasons(green, used, land))


def _complete(
    accounts: Mapping[str, RowAccount], tables: Mapping[str, Any], found: Mapping[str, Finder]
) -> dict[str, RowAccount]:
    """Complete the accounts by what finds the used rows of each table; a table that nothing asks for is not used."""
    done = {}
    for table, account in accounts.items():
        if account.used is not None:  # a joined table: told when it was joined
            done[table] = account
            continue
        frame = tables[table]
        used, reasons = found.get(table, _unused)(frame)
        done[table] = _completed(account, frame, used, reasons)
    return done


def _unused(frame: Any) -> tuple[Any, pd.Series[str]]:
    return _rows([]), _reasons(frame, {"not_used": np.ones(len(frame), dtype=bool)})


def _completed(account: RowAccount, frame: Any, used: Any, reasons: pd.Series[str]) -> RowAccount:
    every = frame["source_row"].to_numpy()
    explained = np.append(used, reasons.index.to_numpy())
    names, counts = np.unique(explained, return_counts=True)
    wrong = [*np.setdiff1d(every, names), *names[counts > 1], *np.setdiff1d(names, every)]
    if wrong:
        raise InputError("rows_lost", table=account.table, path=account.file, read=account.read, used=len(used),
                         left_out=len(reasons), rows=listed(int(row) for row in wrong))  # fmt: skip
    left_out = {str(reason): int(count) for reason, count in reasons.value_counts(sort=False).sort_index().items()}
    return dataclasses.replace(account, used=len(used), left_out=left_out)


def _rows(values: Any) -> Any:
    # Row 0 is of no file: what several claim is taken off, or contested, in a row of its own.
    rows = np.unique(np.asarray(values, dtype=np.int64))
    return rows[rows > 0]


def _reasons(frame: Any, found: Mapping[str, Any]) -> pd.Series[str]:
    """Return source row → the first reason that holds for it; rows without one are not listed."""
    names = np.select(list(found.values()), list(found), default="")
    reasons = pd.Series(names, index=frame["source_row"].to_numpy(), dtype="str")
    return reasons[reasons != ""]


def _figure_rows(balance: Balance, *names: str) -> Any:
    """Return the source rows behind figures of single zones."""
    chosen = [f.rows["source_row"].to_numpy() for f in balance.figures if f.name in names and f.zone_id != "*"]
    return _rows(np.concatenate(chosen) if chosen else [])


def _road_rows(frame: Any, balances: Mapping[str, Balance]) -> Any:
    """Return the source rows of patches that the green balance takes off the land."""
    figures = balances["green_ratio"].figures if "green_ratio" in balances else ()
    parts = [figure.rows for figure in figures if figure.name == "zone_land_m2"]
    names: Any = pd.concat(parts)["entity_id"].unique() if parts else []
    return _rows(frame.loc[frame["patch_id"].isin(names), "source_row"])


def _zone_rows(frame: Any, balance: Balance) -> tuple[Any, pd.Series[str]]:
    """Return the rows of zones that are balanced: a zone may have several."""
    inside = frame["zone_id"].astype("str").isin(balance.zones["zone_id"].astype("str"))
    return _rows(frame.loc[inside, "source_row"]), _reasons(frame, {"id_missing": frame["zone_id"].isna()})


def _named_zones(frame: Any) -> tuple[Any, pd.Series[str]]:
    """Return the rows of zones that have an id."""
    missing = frame["zone_id"].isna()
    return _rows(frame.loc[~missing, "source_row"]), _reasons(frame, {"id_missing": missing})


def _green_rows(frame: Any, land: Any, balance: Balance) -> tuple[Any, pd.Series[str]]:
    """Return the green that has a piece in the balance."""
    used = _rows(balance.tables["green_pieces"]["source_row"])
    return used, _ground_reasons(frame, used, land)


def _patch_rows(frame: Any, land: Any, balances: Mapping[str, Balance]) -> tuple[Any, pd.Series[str]]:
    """Return the patches of a known use that lie in parcels, and the roads that the green balance takes off."""
    used = np.union1d(_figure_rows(balances["mixed_use"], "classified_m2"), _road_rows(frame, balances))
    return used, _ground_reasons(frame, used, land, classes=land_use_groups(frame))


def _parcel_rows(frame: Any, boundary: Any, balances: Mapping[str, Balance]) -> tuple[Any, pd.Series[str]]:
    """Return the parcels that every balance has in a zone; the ground says which lie outside all zones."""
    used = _figure_rows(balances["idle_land"], "parcel_area_m2")
    for balance in balances.values():
        own = balance.parcels
        used = np.intersect1d(used, own.loc[own["zone_id"].notna(), "source_row"])
    return _rows(used), _outside(frame, boundary, used)


def _outside(frame: Any, boundary: Any, used: Collection[int]) -> pd.Series[str]:
    """Say of the unused parcels whether the ground says that they lie outside all zones."""
    rest = frame[~frame["source_row"].isin(used)]
    outside = ~rest["source_row"].isin(_meeting(rest, boundary, "zone_id"))
    return _reasons(rest, {"outside_boundary": outside})


def _meeting(frame: Any, other: Any, other_id: str) -> Collection[int]:
    """Return the source rows of shapes that share ground with another layer."""
    if not len(frame) or not len(other):
        return []
    keyed = frame.assign(_row=frame["source_row"].astype("str"))
    pairs = intersect_pairs(keyed, other, source_id="_row", target_id=other_id)
    return pairs["source_id"].astype("int64").unique().tolist()


def _ground_reasons(frame: Any, used: Any, land: Any, *, classes: pd.Series[str] | None = None) -> pd.Series[str]:
    """Say of the unused shapes of a layer whether they lie in no parcel or under others of the layer."""
    inside = land[land["zone_id"].notna()]
    chosen = ~frame["source_row"].isin(used)
    rest = frame[chosen]
    met = rest["source_row"].isin(_meeting(rest, inside, "parcel_id"))
    bare = rest[met]
    if len(bare):
        bare = bare.set_geometry([_bare(frame, position) for position in np.flatnonzero(chosen)[met]], crs=frame.crs)
        bare = bare[shapely.area(bare.geometry.to_numpy()) > 0]
    covered = met & ~rest["source_row"].isin(_meeting(bare, inside, "parcel_id"))
    unknown = np.zeros(len(rest), dtype=bool) if classes is None else classes[chosen].isna().to_numpy()
    return _reasons(rest, {"in_no_parcel": ~met, "covered_by_others": covered, "class_unknown": unknown})


def _bare(frame: Any, position: int) -> Any:
    """Return what of a shape no other shape of its layer covers."""
    shapes = frame.geometry.to_numpy()
    near = np.setdiff1d(frame.sindex.query(shapes[position], predicate="intersects"), [position])
    left = shapely.difference(shapes[position], shapely.union_all(shapes[near]))
    return shapely.MultiPolygon([part for part in shapely.get_parts(left) if part.geom_type == "Polygon"])


def _event_rows(frame: Any, land: Any, as_of: dt.date) -> tuple[Any, pd.Series[str]]:
    """Return the events up to the day of parcels inside a zone; a value that can't be read is an issue."""
    log = combine_events(land, frame)
    given = log[log["is_given"] & (log["event_date"] <= pd.Timestamp(as_of))]
    given = given[land["zone_id"].notna().to_numpy()[given["parcel"].to_numpy()]]
    ids = land["parcel_id"].astype("str")
    reasons = _reasons(frame, {
        "id_missing": frame["parcel_id"].isna(),
        "parcel_unknown": ~frame["parcel_id"].isin(ids),
        "kind_unknown": ~frame["event_kind"].isin(list(event_kinds())),
        "date_missing": frame["event_date"].isna(),
        "after_as_of": frame["event_date"] > pd.Timestamp(as_of),
        "outside_boundary": frame["parcel_id"].isin(ids[land["zone_id"].isna()]),
    })  # fmt: skip
    return _rows(frame["source_row"].to_numpy()[given["row"].to_numpy()]), reasons


def _building_rows(frame: Any, land: Any, balance: Balance) -> tuple[Any, pd.Series[str]]:
    """Return the buildings of parcels whose floor area is the sum of theirs."""
    ids = land["parcel_id"].astype("str")
    lacking = frame["floor_area_m2"].isna() | land_use_groups(frame).isna()
    reasons = _reasons(frame, {
        "id_missing": frame["parcel_id"].isna(),
        "parcel_unknown": ~frame["parcel_id"].isin(ids),
        "outside_boundary": frame["parcel_id"].isin(ids[land["zone_id"].isna()]),
        "floor_area_incomplete": frame["parcel_id"].isin(frame.loc[lacking, "parcel_id"].dropna()),
    })  # fmt: skip
    known = balance.parcels[balance.parcels["zone_id"].notna() & balance.parcels["floor_area_m2"].notna()]
    counted = known.set_index(known["parcel_id"].astype("str"))["floor_area_m2"]
    summed = frame.groupby("parcel_id")["floor_area_m2"].sum()
    agreeing = counted.index[(counted - summed.reindex(counted.index)).abs() <= FLOOR_M2 + 1e-9 * counted]
    return _rows(frame.loc[frame["parcel_id"].isin(agreeing), "source_row"]), reasons
