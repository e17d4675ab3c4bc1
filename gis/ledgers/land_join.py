"""Land and quotas: idle land that is in use again feeds the ledger, each parcel with its own entry, once."""

from __future__ import annotations

import dataclasses
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any, Unpack

import pandas as pd
import sqlalchemy as sa

from gis.errors import QuotaError
from gis.ledgers.kinds import quota_kind
from gis.ledgers.land_rules import LAND, LinkedQuota, linked_quota
from gis.ledgers.posting import Posting, Told, day_text, require_holder
from gis.ledgers.requests import How
from gis.ledgers.tables import entries

if TYPE_CHECKING:
    from gis.ledgers.ledger import Ledger
    from gis.regulations import Rulebook

__all__ = ["Fed", "feed_ledger", "reactivated_land"]

#: Idle by order 53; land that only may be found idle is not counted as disposed of.
IDLE = "idle"
IN_USE = ("under_construction", "completed", "in_production")
LEAST_M2 = Decimal("0.01")


@dataclasses.dataclass(frozen=True)
class Fed:
    """What was issued: the rule's figure, and its part of each parcel."""

    linked: LinkedQuota
    parcels: pd.DataFrame


def reactivated_land(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tell which land was idle and is in use again, from the parcels of two idle-land balances.

    Parameters
    ----------
    before, after
        ``Balance.parcels`` of two days: parcel_id, zone_id, area_m2 and status.

    Returns
    -------
    reactivated
        parcel_id, zone_id, disposed_m2, status_before and status_after of parcels that were ``idle`` and are under
        construction, completed or in production. ``disposed_m2`` is the smaller of both areas, cut to 0.01 m².
    left_out
        Every other parcel that was idle, with its m² and ``reason``: ``still_idle``, ``undetermined``, ``gone`` (no
        parcel of that id any more: split or merged), or ``other_status``.

    Raises
    ------
    QuotaError
        If a parcel id is doubled.

    Examples
    --------
    >>> one = pd.DataFrame({"parcel_id": ["1", "2"], "zone_id": ["A", "A"], "area_m2": [100.009, 50.0],
    ...                     "status": ["idle", "idle"]})
    >>> reactivated, left_out = reactivated_land(one, one.assign(status=["in_production", "undetermined"]))
    >>> reactivated["disposed_m2"].tolist(), left_out["reason"].tolist()
    ([Decimal('100.00')], ['undetermined'])
    """
    for table in (before, after):
        doubled = table["parcel_id"][table["parcel_id"].duplicated()]
        if len(doubled):
            raise QuotaError("quota_parcels_doubled", parcels=sorted(set(doubled.astype(str))))
    now = {row["parcel_id"]: row for row in after[["parcel_id", "status", "area_m2"]].to_dict("records")}
    made, left = [], []
    for row in before[before["status"] == IDLE].sort_values("parcel_id").to_dict("records"):
        parcel, area = row["parcel_id"], row["area_m2"]
        status = str(now[parcel]["status"]) if parcel in now else ""
        facts = {"parcel_id": parcel, "zone_id": row["zone_id"]}
        if status in IN_USE:
            least = min(Decimal(str(area)), Decimal(str(now[parcel]["area_m2"])))
            whole = least.quantize(LEAST_M2, rounding=ROUND_FLOOR)
            made.append(facts | {"disposed_m2": whole, "status_before": IDLE, "status_after": status})
        else:
            reasons = {"": "gone", IDLE: "still_idle", "undetermined": "undetermined"}
            left.append(facts | {"area_m2": area, "reason": reasons.get(status, "other_status")})
    columns = ["parcel_id", "zone_id", "disposed_m2", "status_before", "status_after"]
    return (
        pd.DataFrame(made, columns=columns),
        pd.DataFrame(left, columns=["parcel_id", "zone_id", "area_m2", "reason"]),
    )


def feed_ledger(
    ledger: Ledger, reactivated: pd.DataFrame, rules: Rulebook, *, task_met: bool | None, account: str, year: int,
    as_of: Any, document: str, **how: Unpack[How],
) -> Fed:  # fmt: skip
    """Issue next year's quota of new construction land that reactivated land gives, an entry a parcel, in one posting.

    The whole is `linked_quota` of Σ disposed_m2; it is parted among the parcels by largest remainder, so that the
    entries add up to it.

    Parameters
    ----------
    reactivated
        From `reactivated_land`.
    account
        Who is given it, such as ``district:310115``.
    year
        That the quota is of: the one after the disposal.
    document
        That grants it; without one nothing is issued.
    **how
        ``request`` and ``late_reason``, as of every verb of a ledger.

    Raises
    ------
    QuotaError
        If a parcel stands twice or has fed the ledger before, of whatever year, and was not reversed; if no document
        is named, or nothing was disposed of.
    """
    if not document.strip():
        raise QuotaError("linkage_document")
    own = quota_kind(LAND)
    own.require_year(year)
    lines = reactivated.sort_values("parcel_id", ignore_index=True)
    disposed = sum(lines["disposed_m2"], Decimal(0))
    linked = linked_quota(disposed, task_met=task_met, rules=rules)
    whole = 0 if not linked.quota_m2 else own.units(linked.quota_m2)
    if not whole:
        raise QuotaError("linkage_nothing", disposed=disposed)
    parts = _parted(whole, [own.units(area) if area else 0 for area in lines["disposed_m2"]])
    day, reference = day_text(as_of), f"linkage:{year}"

    def work(posting: Posting) -> None:
        # One disposal gives quota once, of whatever year; a posting that was reversed has given none.
        undone = {row[0] for row in posting.connection.execute(
            sa.select(entries.c.reference).where(entries.c.action == "reverse").distinct()
        )}  # fmt: skip
        fed = sa.select(entries.c.parcel_id, entries.c.posting).where(
            entries.c.reference.like("linkage:%") & (entries.c.action == "issue")
        )
        given = posting.connection.execute(fed).all()
        before = {str(parcel) for parcel, number in given if f"reverse:{number}" not in undone}
        ids = lines["parcel_id"].astype(str)
        twice = sorted((before & set(ids)) | set(ids[ids.duplicated()]))
        if twice:
            raise QuotaError("linkage_twice", year=year, parcels=twice)
        for parcel, area, units in zip(lines["parcel_id"], lines["disposed_m2"], parts, strict=True):
            if units:
                told = Told(day, document, f"{area} m²", reference=reference, parcel_id=str(parcel))
                posting.issue(own, year, units, account=require_holder(account), action="issue", told=told)

    asked = {"year": year, "account": account, "document": document,
             "parcels": list(zip(lines["parcel_id"].astype(str), parts, strict=True))}  # fmt: skip
    ledger.book("feed", asked, how, lambda _: None, work)
    quantities = pd.Series([own.quantity(units) for units in parts], index=lines.index, dtype="object")
    return Fed(linked, lines.assign(quota_m2=quantities))


def _parted(whole: int, weights: list[int]) -> list[int]:
    """Part a whole number by weights, exactly: floors first, then one each to the largest remainders."""
    total = sum(weights)
    parts = [whole * weight // total for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % total), i))
    for i in order[: whole - sum(parts)]:
        parts[i] += 1
    return parts
