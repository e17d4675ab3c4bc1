"""The land of a zone by status: lines that add up to supplied land, to the parcels and to the zone."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from gis.analyses import ALL_ZONES
from gis.errors import GisError
from gis.reports.numbers import (
    HA_DIGITS,
    M2_DIGITS,
    MU_DIGITS,
    PERCENT_DIGITS,
    grouped,
    is_absent,
    rounded_parts,
)
from gis.units import HA_M2, MU_M2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.analyses import Balance

__all__ = ["LandLine", "land_lines"]

LineKind = Literal["part", "subtotal", "line", "total"]
#: Decimals of m², ha, 亩 and per cent.
DIGITS = (M2_DIGITS, HA_DIGITS, MU_DIGITS, PERCENT_DIGITS)
#: Two sums of the same areas may differ by what floats lose, and no more.
SAME_M2 = 1e-3


@dataclasses.dataclass(frozen=True)
class LandLine:
    """A line of the table: what it is, how many parcels, and its area as shown in each unit.

    ``key`` is ``supplied``, ``not_supplied``, ``contested``, ``parcels``, ``not_in_parcels`` or ``zone``, or a status
    (or ``contested``) below the first two; ``block`` is the subtotal it belongs to. Last, where parcels claim ground
    more than once, ``claims`` and ``claimed``: their areas together, and what of that counts once only.
    """

    block: str
    key: str
    kind: LineKind
    count: int | None
    m2: float
    shown_m2: str
    shown_ha: str
    shown_mu: str
    shown_percent: str


def land_lines(balance: Balance, zone: Mapping[str, Any]) -> list[LandLine]:
    """Return the table of one zone, rounded so that the shown parts add up.

    Parameters
    ----------
    balance
        The idle-land balance.
    zone
        A row of its zones, or the row over all of them.

    Raises
    ------
    GisError
        If the parcels do not add up to the balance's own figures.
    """
    own = balance.tables["ground"]
    lines = own[own["zone_id"] == zone["zone_id"]].to_dict("records")
    blocks = {
        name: [(line["line"], line["parcels_count"], line["area_m2"]) for line in lines if line["block"] == name]
        for name in ("supplied", "not_supplied", "contested")
    }
    _require_same(balance, zone, blocks)
    apart = []
    if not is_absent(zone.get("zone_area_m2")):
        apart = [("not_in_parcels", float(zone["not_in_parcels_m2"]))]
    return _shown(blocks, apart, float(zone.get("overlap_m2") or 0.0))


def _require_same(balance: Balance, zone: Mapping[str, Any], blocks: dict[str, list[tuple[str, int, float]]]) -> None:
    supplied, *others = (math.fsum(area for *_, area in lines) for lines in blocks.values())
    own = balance.parcels["zone_id"]
    parcels = balance.parcels[own.notna() if zone["zone_id"] == ALL_ZONES else own == zone["zone_id"]]
    once = math.fsum([*parcels["area_m2"], -float(zone.get("overlap_m2") or 0.0)])
    sums = (
        ("supplied_area_m2", supplied), ("parcel_area_m2", math.fsum([supplied, *others])), ("parcel_area_m2", once)
    )  # fmt: skip
    for figure, found in sums:
        if abs(found - zone[figure]) > SAME_M2:
            raise GisError(
                "report_totals_differ",
                zone=zone["zone_id"],
                balance=balance.name,
                figure=figure,
                found=f"{found:,.6f}",
                expected=f"{zone[figure]:,.6f}",
            )


def _shown(
    blocks: dict[str, list[tuple[str, int, float]]], apart: list[tuple[str, float]], claimed: float
) -> list[LandLine]:
    """Round the lines once; every subtotal and total is the sum of the shown lines it is made of."""
    leaves = [[Fraction(area) for *_, area in lines] for lines in blocks.values()]
    leaves += [[Fraction(area)] for _, area in apart]
    whole = sum((area for lines in leaves for area in lines), Fraction(0))
    units = (Fraction(1), Fraction(HA_M2), MU_M2, whole / 100 or Fraction(1))
    columns = [
        [
            shown
            for _, lines in rounded_parts([[area / unit for area in lines] for lines in leaves], digits)
            for shown in lines
        ]
        for unit, digits in zip(units, DIGITS, strict=True)
    ]
    exact = [float(area) for lines in leaves for area in lines]

    def line(block: str, key: str, kind: LineKind, count: int | None, first: int, last: int) -> LandLine:
        m2, ha, mu, percent = (
            grouped(math.fsum(column[first:last]), digits) for column, digits in zip(columns, DIGITS, strict=True)
        )
        return LandLine(block, key, kind, count, math.fsum(exact[first:last]), m2, ha, mu, f"{percent}%")

    lines, place, every = [], 0, 0
    for block, rows in blocks.items():
        count = sum(number for _, number, _ in rows)
        if block == "contested":  # no parcel lies in it; one line, where there is any
            lines += [line(block, block, "line", None, place, place + 1)] if rows else []
            place += len(rows)
            continue
        lines.append(line(block, block, "subtotal", count, place, place + len(rows)))
        for status, number, _ in rows:
            lines.append(line(block, status, "part", number or None, place, place + 1))
            place += 1
        every += count
    lines.append(line("parcels", "parcels", "total", every, 0, place))
    lines += [line(key, key, "line", None, place + n, place + n + 1) for n, (key, _) in enumerate(apart)]
    if apart:
        lines.append(line("zone", "zone", "total", None, 0, len(exact)))
    return [
        *lines,
        *_claims(next(one for one in lines if one.key == "parcels"), [sum(c[:place]) for c in columns], claimed),
    ]


def _claims(parcels: LandLine, shown: list[float], claimed: float) -> list[LandLine]:
    """Return what parcels claim together and what of it counts once only: shown, the first less the second is land."""
    if not claimed:
        return []
    off = [round(claimed / unit, digits) for unit, digits in zip((1, HA_M2, float(MU_M2)), DIGITS[:3], strict=True)]
    m2, ha, mu = (grouped(-part, digits) for part, digits in zip(off, DIGITS, strict=False))
    pairs = zip(shown, off, DIGITS, strict=False)
    every_m2, every_ha, every_mu = (grouped(math.fsum([one, more]), digits) for one, more, digits in pairs)
    return [
        LandLine("claims", "claims", "line", parcels.count, parcels.m2 + claimed, every_m2, every_ha, every_mu, ""),
        LandLine("claims", "claimed", "line", None, -claimed, m2, ha, mu, ""),
    ]
