"""Quotas on the map: what each zone draws as a table beside it, and what each parcel draws as themes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from gis.ledgers import quota_kind
from gis.maps.measures import Measure
from gis.maps.words import Pair, both
from gis.schema import text

if TYPE_CHECKING:
    from gis.ledgers import LedgerState, QuotaKind

__all__ = ["quota_measures", "quota_table"]

HASH_SHOWN = 16
Lang = Literal["zh", "en"]
LANGS: tuple[Lang, Lang] = ("zh", "en")
HEADS = ("col_kind", "col_reserved", "col_used")


def quota_measures(state: LedgerState) -> list[Measure]:
    """Return a theme a kind and year of which parcels draw: what is reserved and used on each, together."""
    drawn = state.drawn[state.drawn["parcel_id"] != ""]
    found = []
    for name, year in dict.fromkeys(zip(drawn["kind"], drawn["year"], strict=True)):
        kind = quota_kind(name)
        part = drawn[(drawn["kind"] == name) & (drawn["year"] == year)]
        sums: dict[str, Decimal] = {}
        for row in part.to_dict("records"):
            sums[row["parcel_id"]] = sums.get(row["parcel_id"], Decimal(0)) + row["reserved"] + row["used"]
        found.append(
            Measure(
                f"quota_{name}_{year}",
                pd.Series({parcel: float(sums[parcel]) for parcel in sorted(sums)}, dtype="float64"),
                _titled(kind, year),
                both("ledger.map_drawn_unit", unit=kind.symbol),
                digits=kind.digits,
                absent=both("ledger.map_drawn_none"),
            )
        )
    return found


def quota_table(state: LedgerState, names: dict[str, str]) -> dict[str, Any]:
    """Return the table of what zones draw, as the page reads it: every word in both languages, amounts exact.

    Parameters
    ----------
    names
        zone_id → name.
    """
    groups: dict[str, list[list[Pair | str]]] = {}
    zones = [] if state.zones is None else state.zones.to_dict("records")
    # What parcels elsewhere draw stands last.
    for row in sorted(zones, key=lambda one: one["zone_id"] == ""):
        kind = quota_kind(row["kind"])
        line: list[Pair | str] = [_titled(kind, row["year"]), _amount(row["reserved"]), _amount(row["used"])]
        groups.setdefault(row["zone_id"], []).append(line)
    told_groups = [
        {"zone": names.get(zone, zone) or both("ledger.zone_elsewhere"), "rows": rows} for zone, rows in groups.items()
    ]
    flags = [kind for kind in dict.fromkeys(state.balance["kind"]) if not quota_kind(kind).verified]
    told = [text("ledger.unverified", lang, kinds=_listed(flags, lang)) for lang in LANGS]
    facts = {"ledger": state.address, "count": state.entries_count, "hash": state.head_hash[:HASH_SHOWN]}
    notes = [both("ledger.state", as_of=state.as_of, **facts)]
    if state.later_count:
        notes.append(both("ledger.state_later", count=state.later_count, as_of=state.as_of))
    if flags:
        notes.append(told)
    return {
        "title": both("ledger.sheet_zones"), "heads": [both(f"ledger.{head}") for head in HEADS], "groups": told_groups,
        "none": both("ledger.map_drawn_none"), "notes": notes,
    }  # fmt: skip


def _listed(kinds: list[str], lang: Lang) -> str:
    return ("、" if lang == "zh" else ", ").join(quota_kind(kind).label[lang] for kind in kinds)


def _titled(kind: QuotaKind, year: int) -> Pair:
    facts = {"year": year, "unit": kind.symbol}
    return [text("ledger.chart_title", lang, label=kind.label[lang], **facts) for lang in LANGS]


def _amount(quantity: Decimal) -> str:
    return f"{quantity:,f}" if quantity else "—"
