"""The land of a zone by status: lines that add up to supplied land, to the parcels and to the zone."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from gis.analyses import ALL_ZONES
from gis.areas import SQUARE_MM, grouped, ha_text, is_absent, m2_text, mu_text, percent_text, square_mm
from gis.errors import GisError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.analyses import Balance

__all__ = ["LandLine", "land_lines"]

LineKind = Literal["part", "subtotal", "line", "total"]
#: Two sums of the same areas may differ by what floats lose, and no more.
SAME_M2 = 1e-3


@dataclasses.dataclass(frozen=True)
class LandLine:
    """A line of the table: what it is, how many parcels, and its area as shown in each unit.

    ``key`` is ``supplied``, ``not_supplied``, ``contested``, ``parcels``, ``not_in_parcels`` (gaps among it where they
    are not known apart), ``gaps`` or ``zone``, or a status (or ``contested``) below the first two; ``block`` is the
    subtotal it belongs to. Last, where parcels claim ground more than once, ``claims`` and ``claimed``: their areas
    together, and what of that counts once only.
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
    """Return the table of one zone: exact parts that add up, each number rounded by itself.

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
        gap_m2 = float(zone.get("gaps_m2") or 0.0)
        apart = [("not_in_parcels", float(zone["not_in_parcels_m2"]) - gap_m2)]
        apart += [("gaps", gap_m2)] if gap_m2 else []
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
                found=grouped(found, 6),
                expected=grouped(zone[figure], 6),
            )


def _shown(
    blocks: dict[str, list[tuple[str, int, float]]], apart: list[tuple[str, float]], claimed: float
) -> list[LandLine]:
    """Add up the lines exactly; every shown number is the plain rounding of its own sum."""
    areas = [area for lines in blocks.values() for *_, area in lines] + [area for _, area in apart]
    exact = [Fraction(square_mm(area), SQUARE_MM) for area in areas]
    whole = sum(exact, Fraction(0))

    def line(block: str, key: str, kind: LineKind, count: int | None, first: int, last: int) -> LandLine:
        area = sum(exact[first:last], Fraction(0))
        percent = percent_text(area / whole if whole else 0)
        return LandLine(block, key, kind, count, float(area), m2_text(area), ha_text(area), mu_text(area), percent)

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
    return [*lines, *_claims(next(one for one in lines if one.key == "parcels"), claimed)]


def _claims(parcels: LandLine, claimed: float) -> list[LandLine]:
    """Return what parcels claim together and what of it counts once only: the first less the second is land."""
    if not claimed:
        return []
    areas = {"claims": parcels.m2 + claimed, "claimed": -claimed}
    counts = {"claims": parcels.count, "claimed": None}
    return [
        LandLine("claims", key, "line", counts[key], area, m2_text(area), ha_text(area), mu_text(area), "")
        for key, area in areas.items()
    ]
