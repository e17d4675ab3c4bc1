"""Balances for people: by year, level and kind, as steps of a waterfall, and drawn by zone or parcel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from gis.errors import QuotaError
from gis.ledgers.kinds import quota_kind, quota_kinds
from gis.ledgers.posting import ISSUED, RESERVED, WITHDRAWN, day_text
from gis.ledgers.reversing import undone_postings
from gis.ledgers.tables import entries

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gis.ledgers.ledger import Ledger

__all__ = [
    "ACTIONS",
    "LEVELS",
    "balance_by_level",
    "quota_ratios",
    "quotas_by_parcel",
    "quotas_by_zone",
    "waterfall_steps",
]

#: In the order in which a balance reads.
ACTIONS = ("issue", "carry_over", "transfer", "loan", "repay", "reserve", "post", "void", "expire", "deduct", "reverse")
LEVELS = ("city", "district", "zone", "area", "industry", "enterprise", "reserved", "project")
#: Who holds quota that is still free.
HOLDERS = LEVELS[:6]
BALANCE_COLUMNS = ["kind", "year", "level", *ACTIONS, "balance", "unit", "verified"]
DRAWN_COLUMNS = ["kind", "year", "reserved", "used", "unit"]


def balance_by_level(ledger: Ledger, *, as_of: Any = None) -> pd.DataFrame:
    """Return one row a kind, year and level: what each action brought or took, and their sum, the balance.

    ``balance = Σ actions``; over all levels of a kind and year it is issued less withdrawn. Levels are the city, a
    district, a zone, area, industry or enterprise, and what is reserved or used by projects.

    Parameters
    ----------
    as_of
        Leave out the entries of later days.

    Examples
    --------
    >>> import tempfile
    >>> from gis.ledgers import create_ledger
    >>> with tempfile.TemporaryDirectory() as folder, create_ledger(f"{folder}/q.db") as ledger:
    ...     ledger.issue("cod", 2026, "5", account="city", as_of="2026-01-05")
    ...     ledger.transfer("cod", 2026, "2", source="city", target="district:310115", as_of="2026-01-06")
    ...     table = balance_by_level(ledger)
    >>> table[["level", "issue", "transfer", "balance"]].astype(str).values.tolist()
    [['city', '5.000000', '-2.000000', '3.000000'], ['district', '0.000000', '2.000000', '2.000000']]
    """
    found: dict[tuple[str, int, str], dict[str, int]] = {}
    for kind, year, action, source, target, units in _sums(ledger, as_of):
        for account, sign in ((source, -1), (target, 1)):
            level = account.partition(":")[0]
            if level not in {ISSUED, WITHDRAWN}:
                own = found.setdefault((kind, year, level), dict.fromkeys(ACTIONS, 0))
                own[action] += sign * units
    rows = []
    for (kind, year, level), actions in found.items():
        own_kind = quota_kind(kind)
        row: dict[str, Any] = {"kind": kind, "year": year, "level": level}
        row |= {action: own_kind.quantity(units) for action, units in actions.items()}
        row |= {"balance": own_kind.quantity(sum(actions.values()))}
        row |= {"unit": own_kind.unit, "verified": own_kind.verified}
        rows.append(row)
    order = {name: number for number, name in enumerate([*quota_kinds(), *LEVELS])}
    rows.sort(key=lambda row: (order[row["kind"]], row["year"], order[row["level"]]))
    return pd.DataFrame(rows, columns=BALANCE_COLUMNS)


def waterfall_steps(
    ledger: Ledger, kind: str, year: int, *, level: str | None = None, as_of: Any = None
) -> pd.DataFrame:
    """Return the steps from nothing to what is left of a kind and year; first what came, then what went.

    Parameters
    ----------
    level
        One of the city, district, zone, area, industry, enterprise; all of them together without one, and then what
        moves between them is no step.
    as_of
        Leave out the entries of later days.

    Returns
    -------
    step (an action), quantity (signed) and unit; Σ quantity is what is left. Actions that moved nothing are left out.

    Raises
    ------
    QuotaError
        If the level holds no free quota.
    """
    own = quota_kind(kind)
    if level is not None and level not in HOLDERS:
        raise QuotaError("quota_level", level=level, choices=list(HOLDERS))
    table = balance_by_level(ledger, as_of=as_of)
    kept = (table["kind"] == own.kind) & (table["year"] == year) & table["level"].isin([level] if level else HOLDERS)
    sums = {action: sum(table.loc[kept, action], own.quantity(0)) for action in ACTIONS}
    # What is left is not below nothing, and so neither is any step on the way, if what came stands first.
    sums = dict(sorted(sums.items(), key=lambda pair: pair[1] < 0))
    rows = [{"step": action, "quantity": quantity, "unit": own.unit} for action, quantity in sums.items() if quantity]
    return pd.DataFrame(rows, columns=["step", "quantity", "unit"])


def quotas_by_parcel(ledger: Ledger, *, as_of: Any = None) -> pd.DataFrame:
    """Return what is reserved and used on each parcel: parcel_id, project, kind, year, reserved, used, unit.

    A parcel whose reservations all went back is left out, and so, with ``as_of``, are the entries of later days.
    """
    known = _until(as_of)
    reserve = sa.select(
        entries.c.reference, entries.c.parcel_id, entries.c.project, entries.c.kind, entries.c.year
    ).where((entries.c.action == "reserve") & known).distinct()  # fmt: skip
    length = sa.func.sum(entries.c.last - entries.c.first + 1)
    by = (entries.c.reference, entries.c.posting)
    used = sa.select(*by, length).where((entries.c.action == "post") & known).group_by(*by)

    def read(connection: Connection) -> tuple[list[tuple[Any, ...]], dict[str, int]]:
        posted = [(reference, int(number), int(units)) for reference, number, units in connection.execute(used)]
        undone = undone_postings(connection, {number for _, number, _ in posted}, known)
        # A reservation is used once; one whose use was reversed may be used again.
        used_units = {reference: units for reference, number, units in posted if number not in undone}
        return [tuple(row) for row in connection.execute(reserve)], used_units

    reserved, used_units = ledger.read_all(read)
    held_units: dict[str, int] = {}
    for *_, source, target, units in _sums(ledger, as_of):
        for account, sign in ((source, -1), (target, 1)):
            held_units[account] = held_units.get(account, 0) + sign * units
    sums: dict[tuple[str, str, str, int], list[int]] = {}
    for reference, *key in reserved:
        own = sums.setdefault((key[0], key[1], key[2], key[3]), [0, 0])
        own[0] += held_units.get(RESERVED + reference, 0)
        own[1] += used_units.get(reference, 0)
    rows = [
        {"parcel_id": parcel, "project": project, "kind": kind, "year": year,
         "reserved": quota_kind(kind).quantity(open_), "used": quota_kind(kind).quantity(done),
         "unit": quota_kind(kind).unit}
        for (parcel, project, kind, year), (open_, done) in sorted(sums.items()) if open_ or done
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["parcel_id", "project", *DRAWN_COLUMNS])


def quota_ratios(ledger: Ledger, kind: str, year: int, *, as_of: Any = None) -> pd.DataFrame:
    """Return the used share of what each parcel has been given of a kind and year: a theme of the map.

    ``quota_ratio = used / (reserved + used)``, over all projects of the parcel; with ``as_of``, the entries of later
    days are left out.

    Returns
    -------
    parcel_id, reserved, used, unit, quota_ratio; entries without a parcel are left out.
    """
    own = quota_kind(kind)
    drawn = quotas_by_parcel(ledger, as_of=as_of)
    chosen = drawn[(drawn["kind"] == own.kind) & (drawn["year"] == year) & (drawn["parcel_id"] != "")]
    rows = []
    for parcel, part in chosen.groupby("parcel_id", sort=True):
        reserved, used = (sum(part[name], own.quantity(0)) for name in ("reserved", "used"))
        ratio = float(used / (reserved + used))
        rows.append({"parcel_id": parcel, "reserved": reserved, "used": used, "unit": own.unit, "quota_ratio": ratio})
    return pd.DataFrame(rows, columns=["parcel_id", "reserved", "used", "unit", "quota_ratio"])


def quotas_by_zone(ledger: Ledger, parcels: pd.DataFrame, *, as_of: Any = None) -> pd.DataFrame:
    """Return quota drawn by zone, for the map: zone_id, kind, year, reserved, used, unit.

    Parameters
    ----------
    parcels
        parcel_id and zone_id. What parcels that are not in it draw stands under an empty ``zone_id``: it is not lost.
    as_of
        Leave out the entries of later days.

    Raises
    ------
    QuotaError
        If a parcel stands in two zones.
    """
    places = parcels[["parcel_id", "zone_id"]].drop_duplicates()
    doubled = places["parcel_id"][places["parcel_id"].duplicated()]
    if len(doubled):
        raise QuotaError("quota_parcel_zones", parcels=sorted(set(doubled.astype(str))))
    zone_of = dict(zip(places["parcel_id"].astype(str), places["zone_id"].astype(str), strict=True))
    drawn = quotas_by_parcel(ledger, as_of=as_of)
    drawn = drawn.assign(zone_id=[zone_of.get(parcel, "") for parcel in drawn["parcel_id"]])
    rows = []
    for (zone, kind, year), part in drawn.groupby(["zone_id", "kind", "year"], sort=True):
        own = quota_kind(str(kind))
        sums = {name: sum(part[name], own.quantity(0)) for name in ("reserved", "used")}
        rows.append({"zone_id": zone, "kind": kind, "year": year, **sums, "unit": own.unit})
    return pd.DataFrame(rows, columns=["zone_id", *DRAWN_COLUMNS])


def _until(as_of: Any) -> Any:
    return sa.true() if as_of is None else entries.c.as_of <= day_text(as_of)


def _sums(ledger: Ledger, as_of: Any = None) -> list[tuple[str, int, str, str, str, int]]:
    """Return the units moved by kind, year, action and the two accounts."""
    key = (entries.c.kind, entries.c.year, entries.c.action, entries.c.from_account, entries.c.to_account)
    query = sa.select(*key, sa.func.sum(entries.c.last - entries.c.first + 1)).where(_until(as_of)).group_by(*key)
    return ledger.read_all(lambda connection: [(*row[:5], int(row[5])) for row in connection.execute(query)])
