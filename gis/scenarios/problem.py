"""The question a solver is asked: how much green on each parcel, between which limits, at what cost.

Everything is a `fractions.Fraction` in whole square millimetres, the grid on which areas are measured:
what a zone needs and a floor are rounded up to it, a ceiling down. An answer on the grid can then be
measured again without a rounding of its own, and never meets a limit by rounding alone.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from gis.errors import SchemaError

__all__ = [
    "OBJECTIVES", "Objective", "ParcelChoice", "Problem", "ZoneTarget", "as_decimal", "as_text", "ceil_mm2", "exact",
    "floor_mm2",
]  # fmt: skip

Objective = Literal["least_cost", "least_parcels", "least_largest_change", "most_surplus"]
OBJECTIVES: tuple[Objective, ...] = ("least_cost", "least_parcels", "least_largest_change", "most_surplus")
#: Areas carry six decimals (see `gis.overlay.pairs`).
GRID = 10**6


def exact(value: Any) -> Fraction:
    """Return a number as it is written: 0.1 is one tenth, not the float nearest to it.

    Examples
    --------
    >>> exact(0.1) == Fraction(1, 10), exact("20%") == Fraction(1, 5)
    (True, True)
    """
    if isinstance(value, Fraction):
        return value
    written = str(value).strip()
    if written.endswith("%"):
        return Fraction(written[:-1].strip()) / 100
    return Fraction(written)


def ceil_mm2(value: Fraction) -> Fraction:
    """Return the least area on the grid that is not below ``value``.

    Examples
    --------
    >>> ceil_mm2(Fraction(1, 3)) == Fraction("0.333334")
    True
    """
    return Fraction(math.ceil(value * GRID), GRID)


def floor_mm2(value: Fraction) -> Fraction:
    """Return the greatest area on the grid that is not above ``value``."""
    return Fraction(math.floor(value * GRID), GRID)


def as_decimal(value: Fraction) -> Decimal:
    """Return an amount on the grid as a decimal with six places, exactly.

    Examples
    --------
    >>> as_decimal(Fraction(5, 2))
    Decimal('2.500000')
    """
    if value.denominator != 1 and GRID % value.denominator:
        raise ValueError(f"{value} is not on the grid")
    return Decimal(int(value * GRID)).scaleb(-6)


def as_text(value: Fraction) -> str:
    """Return an exact number as a text: decimals where they end, else a fraction.

    Examples
    --------
    >>> as_text(Fraction(41, 200)), as_text(Fraction(1, 3)), as_text(Fraction(15000))
    ('0.205', '1/3', '15000')
    """
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return str(value)
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    return f"{Decimal(int(value * 10**places)).scaleb(-places):f}"


@dataclasses.dataclass(frozen=True)
class ParcelChoice:
    """One parcel: the green it starts from, between what it may be, and what a change costs.

    Attributes
    ----------
    parcel_id, zone_id
        Which.
    area_m2, green_m2
        Land, and green as the scenario has it.
    start_m2
        Green from which a change is counted and paid: ``green_m2``, or 0 on bare land.
    floor_m2, ceiling_m2
        Least and greatest green.
    cost_cny_m2
        Of each m² above the start; a m² less costs and saves nothing.
    fixed_cost_cny
        Paid once where green is added at all.
    patch_m2
        Least useful addition: green is added by this much or not at all.
    locked
        Whether the green must stay as it is.
    roof_m2, roof_from_m2
        Green that its roofs, converted, add as soon as the green on the ground is that much; limits are of
        both together.
    roof_from_ratio
        Where that much follows the zone's target: its share of ``target · area``.
    """

    parcel_id: str
    zone_id: str
    area_m2: Fraction
    green_m2: Fraction
    start_m2: Fraction
    floor_m2: Fraction
    ceiling_m2: Fraction
    cost_cny_m2: Fraction = Fraction(0)
    fixed_cost_cny: Fraction = Fraction(0)
    patch_m2: Fraction = Fraction(0)
    locked: bool = False
    roof_m2: Fraction = Fraction(0)
    roof_from_m2: Fraction = Fraction(0)
    roof_from_ratio: Fraction | None = None

    def roof_at(self, green_m2: Fraction) -> Fraction:
        """Return what the roofs add to an amount of green on the ground."""
        return self.roof_m2 if green_m2 >= self.roof_from_m2 else Fraction(0)

    @property
    def bounds(self) -> tuple[Fraction, Fraction]:
        """The least and the greatest green on the ground with which the limits hold, roofs and all.

        Where the roofs can count at all, what is allowed with and without them is one interval: a floor
        that the ground meets alone is met by both, and a ceiling with roofs is above where they begin.

        Examples
        --------
        >>> of = lambda floor, ceiling: ParcelChoice("a", "z", *map(Fraction, (100, 0, 0, floor, ceiling)),
        ...     roof_m2=Fraction(5), roof_from_m2=Fraction(20)).bounds
        >>> [f"{low}–{high}" for low, high in (of(10, 30), of(22, 30), of(28, 30), of(10, 24))]
        ['10–25', '20–25', '23–25', '10–19999999/1000000']
        """
        if not self.roof_m2:
            return self.floor_m2, self.ceiling_m2
        most = self.ceiling_m2 - self.roof_m2
        if most < self.roof_from_m2:
            return self.floor_m2, min(self.ceiling_m2, self.roof_from_m2 - Fraction(1, GRID))
        if self.floor_m2 < self.roof_from_m2:
            return self.floor_m2, most
        return max(self.roof_from_m2, self.floor_m2 - self.roof_m2), most

    @property
    def roof_open(self) -> bool:
        """Whether it depends on the answer if the roofs count."""
        low, high = self.bounds
        return bool(self.roof_m2) and not self.locked and low < self.roof_from_m2 <= high

    def spans(self) -> list[tuple[Fraction, Fraction]]:
        """Return the intervals in which the green may be: not above the start, and above it by the patch.

        Examples
        --------
        >>> [f"{low}–{high}" for low, high in ParcelChoice("a", "z", *map(Fraction, (9, 2, 2, 1, 6)),
        ...     patch_m2=Fraction(3)).spans()]
        ['1–2', '5–6']
        """
        low, high = self.bounds
        if self.locked:
            return [(self.green_m2, self.green_m2)] if low <= self.green_m2 <= high else []
        kept = (low, min(self.start_m2, high))
        added = (max(self.start_m2 + self.patch_m2, low), high)
        return [span for span in (kept, added) if span[0] <= span[1]]

    def cost(self, green_m2: Fraction) -> Fraction:
        """Return what an amount of green costs, in CNY."""
        if green_m2 <= self.start_m2:
            return Fraction(0)
        return self.fixed_cost_cny + self.cost_cny_m2 * (green_m2 - self.start_m2)

    @property
    def stepped(self) -> bool:
        """Whether the choice has a step: a fixed charge or a least patch."""
        return not self.locked and (self.fixed_cost_cny > 0 or self.patch_m2 > 0)


@dataclasses.dataclass(frozen=True)
class ZoneTarget:
    """What one zone's parcels must come to: ``needed_m2 = target_ratio · land_m2``, up to the grid.

    Converted roofs of the parcels count up to ``roof_cap_ratio · target_ratio · land_m2``. Green that several parcels
    claim is in the green of each: ``claimed_m2``, of which ``claimed_roofs_m2`` on roofs, is what their sum holds too
    often. No answer moves it.
    """

    zone_id: str
    land_m2: Fraction
    target_ratio: Fraction
    roof_cap_ratio: Fraction = Fraction(0)
    claimed_m2: Fraction = Fraction(0)
    claimed_roofs_m2: Fraction = Fraction(0)

    @property
    def roof_cap_m2(self) -> Fraction:
        """The most that the parcels' converted roofs add, those that several parcels claim once for each."""
        return floor_mm2(self.roof_cap_ratio * self.target_ratio * self.land_m2) + self.claimed_roofs_m2

    @property
    def needed_m2(self) -> Fraction:
        """The green, each m² once, that meets the target."""
        return ceil_mm2(self.target_ratio * self.land_m2)

    @property
    def asked_m2(self) -> Fraction:
        """What the green of the parcels must add up to for that."""
        return self.needed_m2 + self.claimed_m2


@dataclasses.dataclass(frozen=True)
class Problem:
    """A whole question.

    Attributes
    ----------
    zones, parcels
        By id; see `ZoneTarget` and `ParcelChoice`.
    objective
        ``least_cost`` (CNY), ``least_parcels`` (number changed), ``least_largest_change`` (m² of the
        parcel that changes most) or ``most_surplus`` (m² above what the zones need).
    budget_cny
        Greatest cost in all, or None.
    """

    zones: tuple[ZoneTarget, ...]
    parcels: tuple[ParcelChoice, ...]
    objective: Objective = "least_cost"
    budget_cny: Fraction | None = None

    def __post_init__(self) -> None:
        """Put rows in the order of ids and refuse what no question can be made of.

        Raises
        ------
        SchemaError
            For a doubled id, a parcel of an unknown zone, a negative number, or a budget where the
            objective has no use for one.
        """
        object.__setattr__(self, "zones", tuple(sorted(self.zones, key=lambda zone: zone.zone_id)))
        object.__setattr__(self, "parcels", tuple(sorted(map(_on_grid, self.parcels), key=lambda one: one.parcel_id)))
        ids = [parcel.parcel_id for parcel in self.parcels]
        doubled = sorted({one for one, other in itertools.pairwise(ids) if one == other})
        if doubled:
            raise SchemaError("scenario_ids_doubled", ids=doubled)
        known = {zone.zone_id for zone in self.zones}
        strays = [parcel.parcel_id for parcel in self.parcels if parcel.zone_id not in known]
        if strays:
            raise SchemaError("scenario_zone_unknown", ids=strays)
        negative = [parcel.parcel_id for parcel in self.parcels if min(_numbers(parcel)) < 0]
        if negative:
            raise SchemaError("scenario_numbers_negative", ids=negative)
        if self.budget_cny is not None and self.objective == "least_largest_change":
            raise SchemaError("scenario_budget_useless", objective=self.objective)

    def of_zone(self, zone_id: str) -> list[ParcelChoice]:
        """Return the parcels of one zone."""
        return [parcel for parcel in self.parcels if parcel.zone_id == zone_id]

    def total_m2(self, zone: ZoneTarget, green_m2: Mapping[str, Fraction]) -> Fraction:
        """Return what counts in a zone: green on the ground, and roofs up to their cap, each m² once."""
        parcels = self.of_zone(zone.zone_id)
        ground = sum((green_m2[parcel.parcel_id] for parcel in parcels), Fraction(0))
        roofs = sum((parcel.roof_at(green_m2[parcel.parcel_id]) for parcel in parcels), Fraction(0))
        return ground + min(roofs, zone.roof_cap_m2) - zone.claimed_m2

    def at_target(self, zone_id: str, ratio: Fraction) -> Problem:
        """Return the question with another target of one zone, and roofs as they count at that one."""
        zones = tuple(
            dataclasses.replace(zone, target_ratio=ratio) if zone.zone_id == zone_id else zone for zone in self.zones
        )
        parcels = tuple(
            dataclasses.replace(parcel, roof_from_m2=ceil_mm2(parcel.roof_from_ratio * ratio * parcel.area_m2))
            if parcel.zone_id == zone_id and parcel.roof_from_ratio is not None else parcel
            for parcel in self.parcels
        )  # fmt: skip
        return dataclasses.replace(self, zones=zones, parcels=parcels)

    @property
    def stepped(self) -> bool:
        """Whether the question needs whole decisions, so that a linear programme is not enough."""
        whole = any(parcel.stepped or parcel.roof_open for parcel in self.parcels)
        return self.objective == "least_parcels" or whole


def _on_grid(parcel: ParcelChoice) -> ParcelChoice:
    """Return a parcel whose roofs begin at a whole mm², as answers are."""
    begins = ceil_mm2(parcel.roof_from_m2)
    return parcel if begins == parcel.roof_from_m2 else dataclasses.replace(parcel, roof_from_m2=begins)


def _numbers(parcel: ParcelChoice) -> Iterable[Fraction]:
    return (
        parcel.area_m2, parcel.green_m2, parcel.start_m2, parcel.floor_m2, parcel.ceiling_m2, parcel.cost_cny_m2,
        parcel.fixed_cost_cny, parcel.patch_m2, parcel.roof_m2, parcel.roof_from_m2,
    )  # fmt: skip
