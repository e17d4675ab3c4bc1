"""What can be proven of an answer, in exact fractions and by the standard library alone.

A target couples the parcels of a zone; nothing else does but a budget. Put a price on each m² that a
zone needs (``y``) and on each CNY of the budget (``λ``), let every parcel choose for itself, and what
comes out is never above the true least (weak duality)::

    bound = Σ_zones y·needed − λ·budget + Σ_parcels min over g allowed of  value(g) + λ·cost(g) − y·g

Each of those functions is made of straight pieces with jumps upwards, so that its least value lies at
an end of a piece. That holds with fixed charges and least patches too; there the bound may stay below
the answer, and the difference is stated as the gap. Any price ≥ 0 gives a true bound: whoever found
the prices need not be trusted.

This module imports nothing but the standard library and can be copied away: a certificate is checked
by `gis.scenarios.certificate_check`, which stands beside it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

__all__ = ["Parcel", "Question", "Zone", "largest_change_reach", "least_change_bound", "read_question", "value_of"]

GRID = 10**6
ZERO = Fraction(0)


@dataclasses.dataclass(frozen=True)
class Zone:
    """A zone and the green it needs."""

    zone_id: str
    land_m2: Fraction
    target_ratio: Fraction
    other_m2: Fraction
    needed_m2: Fraction


@dataclasses.dataclass(frozen=True)
class Parcel:
    """A parcel and what its green may be."""

    parcel_id: str
    zone_id: str
    area_m2: Fraction
    green_m2: Fraction
    start_m2: Fraction
    floor_m2: Fraction
    ceiling_m2: Fraction
    cost_cny_m2: Fraction
    fixed_cost_cny: Fraction
    patch_m2: Fraction
    locked: bool

    def allows(self, green: Fraction) -> bool:
        """Whether an amount of green is allowed."""
        if not self.floor_m2 <= green <= self.ceiling_m2:
            return False
        if self.locked:
            return green == self.green_m2
        return green <= self.start_m2 or green - self.start_m2 >= self.patch_m2

    def ends(self) -> Iterator[Fraction]:
        """Yield the ends of the pieces."""
        if self.locked:
            candidates = [self.green_m2]
        else:
            candidates = [self.floor_m2, self.ceiling_m2, self.start_m2, self.start_m2 + self.patch_m2]
        yield from (green for green in candidates if self.allows(green))

    def cost(self, green: Fraction) -> Fraction:
        """Return what an amount of green costs."""
        added = green - self.start_m2
        return self.fixed_cost_cny + self.cost_cny_m2 * added if added > 0 else ZERO


@dataclasses.dataclass(frozen=True)
class Question:
    """A whole question."""

    objective: str
    budget_cny: Fraction | None
    zones: tuple[Zone, ...]
    parcels: tuple[Parcel, ...]

    @property
    def sign(self) -> int:
        """1 where the least is asked for, −1 where the most is."""
        return -1 if self.objective == "most_surplus" else 1

    def one_value(self, parcel: Parcel, green: Fraction) -> Fraction:
        """Return what one parcel adds to the value that is made least."""
        if self.objective == "least_cost":
            return parcel.cost(green)
        if self.objective == "least_parcels":
            return Fraction(int(green != parcel.start_m2))
        return -green

    def value(self, green: Mapping[str, Fraction]) -> Fraction:
        """Return the objective of an answer, as it is stated."""
        if self.objective == "least_largest_change":
            return max((abs(green[p.parcel_id] - p.start_m2) for p in self.parcels), default=ZERO)
        total = sum((self.one_value(p, green[p.parcel_id]) for p in self.parcels), ZERO)
        needed = sum((zone.needed_m2 for zone in self.zones), ZERO)
        return -total - needed if self.objective == "most_surplus" else total

    def bound(self, prices: Mapping[str, Fraction], budget_price: Fraction) -> Fraction:
        """Return the bound that prices prove, as the objective is stated (see the module)."""
        if self.objective == "least_largest_change":
            return least_change_bound(self)
        total = sum((prices[zone.zone_id] * zone.needed_m2 for zone in self.zones), ZERO)
        if self.budget_cny is not None:
            total -= budget_price * self.budget_cny
        for parcel in self.parcels:
            price = prices[parcel.zone_id]
            total += min(
                self.one_value(parcel, green) + budget_price * parcel.cost(green) - price * green
                for green in parcel.ends()
            )
        if self.objective == "least_parcels":
            return Fraction(math.ceil(total))
        needed = sum((zone.needed_m2 for zone in self.zones), ZERO)
        return -total - needed if self.objective == "most_surplus" else total


def largest_change_reach(question: Question, change: Fraction) -> dict[str, Fraction] | None:
    """Return the most green of each zone when no parcel changes by more; None where a limit forbids it."""
    reach = {zone.zone_id: ZERO for zone in question.zones}
    for parcel in question.parcels:
        tops = [g for g in (*parcel.ends(), parcel.start_m2 + change) if parcel.allows(g)]
        near = [g for g in tops if abs(g - parcel.start_m2) <= change]
        if not near:
            return None
        reach[parcel.zone_id] += max(near)
    return reach


def least_change_bound(question: Question) -> Fraction:
    """Return the least largest change on the grid: what is reached never falls as the change grows, so halving ends.

    One mm² less than the answer does not reach what is needed; that, and the answer itself, is the proof.
    """
    top = max((abs(g - p.start_m2) for p in question.parcels for g in p.ends()), default=ZERO)
    low, high = -1, math.ceil(top * GRID)
    while high - low > 1:
        middle = (low + high) // 2
        reach = largest_change_reach(question, Fraction(middle, GRID))
        if reach is not None and all(reach[zone.zone_id] >= zone.needed_m2 for zone in question.zones):
            high = middle
        else:
            low = middle
    return Fraction(high, GRID)


def value_of(number: Any) -> Fraction:
    """Return a number of a certificate: a text such as ``0.205``, ``15000`` or ``1/3``."""
    if not isinstance(number, str):
        raise TypeError(f"{number!r} is not an exact number: numbers are texts here")
    return Fraction(number)


def read_question(problem: Mapping[str, Any]) -> Question:
    """Read the question of a certificate; a key too many or too few is an error."""
    if set(problem) != {"objective", "budget_cny", "zones", "parcels"}:
        raise ValueError(f"problem: keys {sorted(problem)}")
    words = {"zone_id", "parcel_id", "locked"}
    budget = problem["budget_cny"]

    def made(kind: Any, row: Mapping[str, Any]) -> Any:
        return kind(**{key: value if key in words else value_of(value) for key, value in row.items()})

    return Question(
        objective=problem["objective"],
        budget_cny=None if budget is None else value_of(budget),
        zones=tuple(made(Zone, row) for row in problem["zones"]),
        parcels=tuple(made(Parcel, row) for row in problem["parcels"]),
    )
