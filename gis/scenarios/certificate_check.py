"""Check the certificate of a green-ratio answer in exact fractions, by the standard library alone.

A target couples the parcels of a zone; nothing else does but a budget. Put a price on each m² that a
zone needs (``y``) and on each CNY of the budget (``λ``), let every parcel choose for itself, and what
comes out is never above the true least (weak duality)::

    bound = Σ_zones y·asked − (y − q)·roof cap − λ·budget
            + Σ_parcels min over g allowed of  value(g) + λ·cost(g) − y·g − q·roof(g)

What is asked of the parcels of a zone is what it needs and what their sum holds too often, where several of them
claim one ground. The roofs of a zone count up to a cap, ``min(Σ roof(g), cap)``, which is at most
``θ·cap + (1 − θ)·Σ roof(g)`` for any θ from 0 to 1; ``q = (1 − θ)·y`` is their price. Roofs that begin to count at
some amount of green are one more jump.

Each of those functions is made of straight pieces with jumps upwards, so that its least value lies at
an end of a piece. That holds with fixed charges and least patches too; there the bound may stay below
the answer, and the difference is stated as the gap. Any price ≥ 0 gives a true bound: whoever found
the prices need not be trusted.

This file is one, and long, because it stands alone: it imports nothing but the standard library, shares no code with
the solver, and can be copied away:
``python certificate_check.py certificate.json``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

__all__ = ["Question", "check_certificate", "derived", "digest_of", "read_certificate", "read_question"]

GRID = 10**6
ZERO = Fraction(0)
#: Numbers are texts, so that none is rounded: 15000, 0.205, 1/3.
NUMBER = re.compile(r"-?\d{1,40}(\.\d{1,40})?(/[1-9]\d{0,80})?")
KEYS = {
    "zonegis_certificate", "scenario", "as_of", "area_basis", "fingerprints", "problem", "answer", "prices",
    "budget_price", "roof_prices", "solver", "derived", "sha256",
}  # fmt: skip
OBJECTIVES = {"least_cost": "CNY", "least_parcels": "parcels", "least_largest_change": "m2", "most_surplus": "m2"}


@dataclasses.dataclass(frozen=True)
class Zone:
    """A zone and the green it needs."""

    zone_id: str
    land_m2: Fraction
    target_ratio: Fraction
    roof_cap_ratio: Fraction
    needed_m2: Fraction
    #: What the parcels' sum holds too often, for several parcels claim that ground; and of it, on roofs.
    claimed_m2: Fraction = ZERO
    claimed_roofs_m2: Fraction = ZERO

    @property
    def roof_cap_m2(self) -> Fraction:
        """The most that the parcels' converted roofs add."""
        cap = Fraction(math.floor(self.roof_cap_ratio * self.target_ratio * self.land_m2 * GRID), GRID)
        return cap + self.claimed_roofs_m2

    @property
    def asked_m2(self) -> Fraction:
        """What the parcels' green must add up to."""
        return self.needed_m2 + self.claimed_m2


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
    roof_m2: Fraction
    roof_from_m2: Fraction

    def roof(self, green: Fraction) -> Fraction:
        """Return what the roofs add to an amount of green on the ground."""
        return self.roof_m2 if green >= self.roof_from_m2 else ZERO

    def allows(self, green: Fraction) -> bool:
        """Whether an amount of green is allowed."""
        if not (green >= 0 and self.floor_m2 <= green + self.roof(green) <= self.ceiling_m2):
            return False
        if self.locked:
            return green == self.green_m2
        return green <= self.start_m2 or green - self.start_m2 >= self.patch_m2

    def ends(self) -> Iterator[Fraction]:
        """Yield the ends of the pieces."""
        free = [*self.limits(), self.start_m2, self.start_m2 + self.patch_m2]
        candidates = [self.green_m2] if self.locked else free
        yield from (green for green in candidates if self.allows(green))

    def limits(self) -> list[Fraction]:
        """Return where floor, ceiling and roofs may begin or end what is allowed, on the grid of answers."""
        if not self.roof_m2:
            return [self.floor_m2, self.ceiling_m2]
        below = self.roof_from_m2 - Fraction(1, GRID)
        return [self.floor_m2, self.ceiling_m2, below, self.roof_from_m2, self.floor_m2 - self.roof_m2,
                self.ceiling_m2 - self.roof_m2]  # fmt: skip

    def spans(self) -> list[tuple[Fraction, Fraction]]:
        """Return the pieces: not above the start, and above it by the patch.

        What the limits allow is one interval, with roofs too: where they count at all, the ceiling with them is
        above their beginning, and a floor that the ground meets alone is met by both.
        """
        if self.locked:
            return [(self.green_m2, self.green_m2)] if self.allows(self.green_m2) else []
        inside = [g for g in self.limits() if g >= 0 and self.floor_m2 <= g + self.roof(g) <= self.ceiling_m2]
        if not inside:
            return []
        low, high = min(inside), max(inside)
        pieces = [(low, min(self.start_m2, high)), (max(self.start_m2 + self.patch_m2, low), high)]
        return [piece for piece in pieces if piece[0] <= piece[1]]

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

    def one_value(self, parcel: Parcel, green: Fraction) -> Fraction:
        """Return what one parcel adds to the value that is made least."""
        if self.objective == "least_cost":
            return parcel.cost(green)
        if self.objective == "least_parcels":
            return Fraction(int(green != parcel.start_m2))
        return -green

    def roofs(self, zone: Zone, green: Mapping[str, Fraction]) -> Fraction:
        """Return what converted roofs add to a zone."""
        own = (p.roof(green[p.parcel_id]) for p in self.parcels if p.roof_m2 and p.zone_id == zone.zone_id)
        return min(sum(own, ZERO), zone.roof_cap_m2)

    def roof_price_limit(self, prices: Mapping[str, Fraction], zone_id: str) -> Fraction:
        """Return the most that a m² of roofs may be priced at: what a m² of green is worth."""
        return prices[zone_id] + (1 if self.objective == "most_surplus" else 0)

    def value(self, green: Mapping[str, Fraction]) -> Fraction:
        """Return the objective of an answer, as it is stated."""
        if self.objective == "least_largest_change":
            return max((abs(green[p.parcel_id] - p.start_m2) for p in self.parcels), default=ZERO)
        total = sum((self.one_value(p, green[p.parcel_id]) for p in self.parcels), ZERO)
        roofs = sum((self.roofs(zone, green) - zone.asked_m2 for zone in self.zones), ZERO)
        return roofs - total if self.objective == "most_surplus" else total

    def bound(
        self, prices: Mapping[str, Fraction], budget_price: Fraction, roof_prices: Mapping[str, Fraction]
    ) -> Fraction:
        """Return the bound that prices prove, as the objective is stated (see the module)."""
        if self.objective == "least_largest_change":
            return least_change_bound(self)
        total = sum((prices[zone.zone_id] * zone.asked_m2 for zone in self.zones), ZERO)
        for zone in self.zones:
            capped = self.roof_price_limit(prices, zone.zone_id) - roof_prices.get(zone.zone_id, ZERO)
            all_roofs = sum((p.roof_m2 for p in self.parcels if p.roof_m2 and p.zone_id == zone.zone_id), ZERO)
            total -= capped * min(zone.roof_cap_m2, all_roofs)
        if self.budget_cny is None:
            budget_price = ZERO
        else:
            total -= budget_price * self.budget_cny
        for parcel in self.parcels:
            price, roof_price = prices[parcel.zone_id], roof_prices.get(parcel.zone_id, ZERO)
            total += min(
                self.one_value(parcel, green) + budget_price * parcel.cost(green) - price * green
                - (roof_price * parcel.roof(green) if parcel.roof_m2 else ZERO)
                for green in parcel.ends()
            )  # fmt: skip
        if self.objective == "least_parcels":
            return Fraction(math.ceil(total))
        needed = sum((zone.asked_m2 for zone in self.zones), ZERO)
        return -total - needed if self.objective == "most_surplus" else total


def least_change_bound(question: Question) -> Fraction:
    """Return the least largest change on the grid.

    What is reached never falls as the change grows, so halving ends at it: one mm² less does not reach what
    is needed. All is done in whole numbers of a common part of a m².
    """
    amounts = [
        value for p in question.parcels
        for value in (p.start_m2, p.patch_m2, p.floor_m2, p.ceiling_m2, p.green_m2, p.roof_m2, p.roof_from_m2)
    ]  # fmt: skip
    amounts += [zone.asked_m2 for zone in question.zones]
    scale = math.lcm(GRID, *{amount.denominator for amount in amounts})
    needed = {zone.zone_id: int(zone.asked_m2 * scale) for zone in question.zones}
    caps = {zone.zone_id: int(zone.roof_cap_m2 * scale) for zone in question.zones}
    spans = [
        (p.zone_id, int(p.start_m2 * scale), [(int(low * scale), int(high * scale)) for low, high in p.spans()],
         int(p.roof_m2 * scale), int(p.roof_from_m2 * scale)) for p in question.parcels
    ]  # fmt: skip

    def reaches(change: int) -> bool:
        reach, roofs = dict.fromkeys(needed, 0), dict.fromkeys(needed, 0)
        for zone_id, start, own, roof, begins in spans:
            tops = [min(high, start + change) for low, high in own if low - change <= start <= high + change]
            if not tops:
                return False
            # More green never loses a roof, so that the most of it reaches most.
            reach[zone_id] += max(tops)
            roofs[zone_id] += roof if max(tops) >= begins else 0
        return all(reach[zone_id] + min(roofs[zone_id], caps[zone_id]) >= amount for zone_id, amount in needed.items())

    top = max((abs(end - start) for _, start, own, *_ in spans for span in own for end in span), default=0)
    low, high = -1, -(-top * GRID // scale)
    while high - low > 1:
        middle = (low + high) // 2
        if reaches(middle * scale // GRID):
            high = middle
        else:
            low = middle
    return Fraction(high, GRID)


def value_of(number: Any) -> Fraction:
    """Return a number of a certificate."""
    if not isinstance(number, str) or not NUMBER.fullmatch(number):
        raise ValueError(f"{number!r} is not an exact number")
    whole, _, below = number.partition("/")
    return Fraction(whole) / int(below or 1)


def read_question(problem: Mapping[str, Any]) -> Question:
    """Read the question of a certificate; a key too many or too few is an error."""
    if set(problem) != {"objective", "budget_cny", "zones", "parcels"} or problem["objective"] not in OBJECTIVES:
        raise ValueError(f"problem: keys {sorted(problem)}, objective {problem.get('objective')}")
    words, budget = {"zone_id", "parcel_id", "locked"}, problem["budget_cny"]

    def made(kind: Any, row: Mapping[str, Any]) -> Any:
        return kind(**{key: value if key in words else value_of(value) for key, value in row.items()})

    return Question(
        objective=problem["objective"],
        budget_cny=None if budget is None else value_of(budget),
        zones=tuple(made(Zone, row) for row in problem["zones"]),
        parcels=tuple(made(Parcel, row) for row in problem["parcels"]),
    )


def _question_faults(question: Question) -> list[str]:
    faults = []
    for what, ids in (
        ("zone_id", [z.zone_id for z in question.zones]),
        ("parcel_id", [p.parcel_id for p in question.parcels]),
    ):
        if len(set(ids)) != len(ids):
            faults.append(f"problem: a {what} occurs twice")
    zones = {zone.zone_id for zone in question.zones}
    for zone in question.zones:
        needed = Fraction(math.ceil(zone.target_ratio * zone.land_m2 * GRID), GRID)
        if needed != zone.needed_m2 or min(_amounts(zone)) < 0 or zone.claimed_roofs_m2 > zone.claimed_m2:
            faults.append(f"zone {zone.zone_id}: needs {needed}, not {zone.needed_m2}")
    for parcel in question.parcels:
        numbers = [value for value in vars(parcel).values() if isinstance(value, Fraction)]
        if parcel.zone_id not in zones or min(numbers) < 0 or not isinstance(parcel.locked, bool):
            faults.append(f"parcel {parcel.parcel_id}: an unknown zone or a negative number")
        elif (parcel.roof_from_m2 * GRID).denominator != 1:
            faults.append(f"parcel {parcel.parcel_id}: its roofs begin between two whole mm²")
    return faults


def _amounts(zone: Zone) -> list[Fraction]:
    return [value for value in vars(zone).values() if isinstance(value, Fraction)]


def _answer_faults(question: Question, green: Mapping[str, Fraction]) -> list[str]:
    if set(green) != {parcel.parcel_id for parcel in question.parcels}:
        return ["answer: not of the same parcels as the problem"]
    faults = [
        f"parcel {p.parcel_id}: {green[p.parcel_id]} m² is not allowed" for p in question.parcels
        if not p.allows(green[p.parcel_id])
    ]  # fmt: skip
    totals = _totals(question, green)
    faults += [
        f"zone {zone.zone_id}: {totals[zone.zone_id]} m² is below the {zone.needed_m2} m² needed"
        for zone in question.zones if totals[zone.zone_id] < zone.needed_m2
    ]  # fmt: skip
    if question.budget_cny is not None and _cost(question, green) > question.budget_cny:
        faults.append(f"cost: above the budget of {question.budget_cny}")
    return faults


def _totals(question: Question, green: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Return what counts in each zone: green on the ground, and roofs up to their cap, each m² once."""
    totals = {zone.zone_id: question.roofs(zone, green) - zone.claimed_m2 for zone in question.zones}
    for parcel in question.parcels:
        totals[parcel.zone_id] += green[parcel.parcel_id]
    return totals


def _cost(question: Question, green: Mapping[str, Fraction]) -> Fraction:
    return sum((parcel.cost(green[parcel.parcel_id]) for parcel in question.parcels), ZERO)


def _limits(
    question: Question,
    green: Mapping[str, Fraction],
    prices: Mapping[str, Fraction],
    budget_price: Fraction,
    roof_prices: Mapping[str, Fraction],
) -> list[dict[str, Any]]:
    """Return the limits that hold the answer where it is, each with its price where it has one."""
    smooth = question.objective in {"least_cost", "most_surplus"}
    totals, found = _totals(question, green), []
    for zone in question.zones:
        price = prices[zone.zone_id]
        if price > 0 or (not smooth and totals[zone.zone_id] == zone.needed_m2 > 0):
            found.append({"limit": "target", "id": zone.zone_id, "price": str(price) if price > 0 else None})
        capped = question.roof_price_limit(prices, zone.zone_id) - roof_prices.get(zone.zone_id, ZERO)
        if question.roofs(zone, green) == zone.roof_cap_m2 > 0 and capped > 0:
            found.append({"limit": "roof_cap", "id": zone.zone_id, "price": str(capped) if smooth else None})
    if budget_price > 0:
        found.append({"limit": "budget", "id": "", "price": str(budget_price)})
    for parcel in question.parcels:
        at = green[parcel.parcel_id]
        value = Fraction(-1) if question.objective == "most_surplus" else ZERO
        paid = parcel.cost_cny_m2 * (budget_price + (1 if question.objective == "least_cost" else 0))
        below = value - prices[parcel.zone_id]
        right, left = (below + (paid if up else 0) for up in (at >= parcel.start_m2, at > parcel.start_m2))
        roofed = parcel.roof_m2 > 0
        stepped = not smooth or (not parcel.locked and (parcel.fixed_cost_cny > 0 or parcel.patch_m2 > 0 or roofed))
        counted = at + parcel.roof(at)
        reached = {"ceiling": counted == parcel.ceiling_m2, "floor": counted == parcel.floor_m2 > 0,
                   "roof": roofed and at in {parcel.roof_from_m2, parcel.roof_from_m2 - Fraction(1, GRID)}}  # fmt: skip
        gains = {"ceiling": -right, "floor": left, "roof": ZERO}
        if parcel.locked:
            reached, gains = {"lock": True}, {"lock": max(-right, left)}
        for limit in (name for name, is_there in reached.items() if is_there):
            if stepped or gains[limit] > 0:
                price_text = None if stepped else str(gains[limit])
                found.append({"limit": limit, "id": parcel.parcel_id, "price": price_text})
    return found


def derived(
    question: Question,
    green: Mapping[str, Fraction],
    prices: Mapping[str, Fraction],
    budget_price: Fraction,
    roof_prices: Mapping[str, Fraction],
    solver: Any,
) -> dict[str, Any]:
    """Return everything of a certificate that follows from the question, the answer and the prices."""
    value, bound = question.value(green), question.bound(prices, budget_price, roof_prices)
    totals = _totals(question, green)
    zones = [
        {"zone_id": zone.zone_id, "green_m2": str(totals[zone.zone_id]),
         "green_ratio": str(totals[zone.zone_id] / zone.land_m2) if zone.land_m2 else None,
         "surplus_m2": str(totals[zone.zone_id] - zone.needed_m2)} for zone in question.zones
    ]  # fmt: skip
    facts = {
        "unit": OBJECTIVES[question.objective], "objective": str(value), "bound": str(bound),
        "gap": str(abs(value - bound)), "proof": "optimal" if value == bound else "bound", "zones": zones,
        "cost_cny": str(_cost(question, green)), "binding": _limits(question, green, prices, budget_price, roof_prices),
    }  # fmt: skip
    return facts | {"sentences": {lang: _sentences(question, facts, prices, solver, lang) for lang in ("zh", "en")}}


WORDS = {
    "zh": {
        "CNY": "元", "parcels": "宗地块", "m2": "m²", "zone": "区域 {id}：绿地 {green} m²，目标需要 {needed} m²。",
        "least_cost": "最低费用", "least_parcels": "最少变动地块", "least_largest_change": "最小的最大变动",
        "most_surplus": "最大盈余", "value": "{objective}：{value} {unit}。",
        "optimal": "已用精确分数证明：没有更好的方案（界 {bound} {unit}，差距 0）。",
        "bound": "已用精确分数证明的界为 {bound} {unit}，差距 {gap} {unit}；在此差距内不排除有更好的方案。",
        "claim": "求解器 {name} 称其界为 {claim} {unit}（未经证明）。",
        "price": "区域 {id} 的目标每提高 1 m²，{what} {price} {unit}。",
        "price_roofs": "区域 {id} 所需绿地每增加 1 m²（屋顶绿化仍按现目标折算），{what} {price} {unit}。",
        "up": "最低费用至少增加", "up_bound": "可证明的界提高", "down": "最大盈余至少减少",
        "down_bound": "可证明的盈余上界降低",
    },
    "en": {
        "CNY": "CNY", "parcels": "parcels", "m2": "m²", "zone": "Zone {id}: {green} m² of green, {needed} m² needed.",
        "least_cost": "Least cost", "least_parcels": "Fewest parcels changed",
        "least_largest_change": "Least largest change", "most_surplus": "Most surplus",
        "value": "{objective}: {value} {unit}.",
        "optimal": "Proven in exact fractions: no answer is better (bound {bound} {unit}, gap 0).",
        "bound": "The bound proven in exact fractions is {bound} {unit}, the gap {gap} {unit}; "
                 "a better answer within it is not ruled out.",
        "claim": "The solver {name} claims a bound of {claim} {unit} (not proven).",
        "price": "Each m² more of the target of zone {id} {what} {price} {unit}.",
        "price_roofs": "Each m² more that zone {id} needs, roofs counting as at this target, {what} {price} {unit}.",
        "up": "raises the least cost by at least", "up_bound": "raises the proven bound by",
        "down": "lowers the most surplus by at least", "down_bound": "lowers the proven bound of the surplus by",
    },
}  # fmt: skip


def _shown(number: Any) -> str:
    exact = Fraction(number)
    rounded = round(exact, 6)
    text = f"{math.trunc(rounded):,}" if rounded.denominator == 1 else f"{float(rounded):,.6f}".rstrip("0")
    return text if rounded == exact else f"≈{text}"


def _sentences(
    question: Question, facts: Mapping[str, Any], prices: Mapping[str, Fraction], solver: Any, lang: str
) -> list[str]:
    """Say the certificate in words; these are compared letter for letter when it is checked."""
    words = WORDS[lang]
    unit, optimal = words[facts["unit"]], facts["proof"] == "optimal"
    lines = [
        words["zone"].format(id=zone.zone_id, green=_shown(row["green_m2"]), needed=_shown(zone.needed_m2))
        for zone, row in zip(question.zones, facts["zones"], strict=True)
    ]
    lines.append(
        words["value"].format(objective=words[question.objective], value=_shown(facts["objective"]), unit=unit)
    )
    lines.append(words[facts["proof"]].format(bound=_shown(facts["bound"]), gap=_shown(facts["gap"]), unit=unit))
    if solver["claimed_bound"] is not None and not optimal:
        lines.append(words["claim"].format(name=solver["name"], claim=_shown(solver["claimed_bound"]), unit=unit))
    surplus = question.objective == "most_surplus"
    smooth = optimal and question.objective in {"least_cost", "most_surplus"}
    what = words[("down" if surplus else "up") + ("" if smooth else "_bound")]
    roofed = {parcel.zone_id for parcel in question.parcels if parcel.roof_m2}
    for zone_id, price in prices.items():
        if price > 0:
            # Another target would convert roofs otherwise: from other green, up to another cap.
            key = "price_roofs" if zone_id in roofed else "price"
            # A m² more that is needed is also a m² of surplus less.
            lines.append(words[key].format(id=zone_id, what=what, price=_shown(price + int(surplus)), unit=unit))
    return lines


def digest_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a certificate without the digest itself."""
    rest = {key: value for key, value in content.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def read_certificate(path: Path | str) -> Any:
    """Read a certificate; a key that occurs twice is an error."""
    return json.loads(Path(path).read_text("utf-8"), object_pairs_hook=_once)


def check_certificate(content: Any) -> list[str]:
    """Return what is wrong with a certificate; nothing where it proves what it says.

    Examples
    --------
    >>> check_certificate({})
    ['the keys of the file are not those of a certificate']
    """
    if not isinstance(content, dict) or set(content) != KEYS or content["zonegis_certificate"] != 2:
        return ["the keys of the file are not those of a certificate"]
    faults = [] if digest_of(content) == content["sha256"] else ["sha256: the content is not what was signed"]
    try:
        question = read_question(content["problem"])
        green = {key: value_of(number) for key, number in content["answer"].items()}
        prices = {key: value_of(number) for key, number in content["prices"].items()}
        roof_prices = {key: value_of(number) for key, number in content["roof_prices"].items()}
        budget_price, solver = value_of(content["budget_price"]), content["solver"]
        claim = None if solver["claimed_bound"] is None else value_of(solver["claimed_bound"])
        faults += _question_faults(question) or _answer_faults(question, green)
        if set(prices) != {zone.zone_id for zone in question.zones} or min([budget_price, *prices.values()]) < 0:
            faults.append("prices: below 0, or not of the same zones as the problem")
        elif question.budget_cny is None and budget_price != 0:
            faults.append("budget_price: of a budget that the problem does not have")
        elif any(not 0 <= q <= question.roof_price_limit(prices, key) for key, q in roof_prices.items()):
            faults.append("roof_prices: below 0, or above what a m² of green is worth")
        if faults:
            return faults
        expected, found = derived(question, green, prices, budget_price, roof_prices, solver), content["derived"]
        value = Fraction(expected["objective"])
        better = question.objective == "most_surplus"
        if (
            claim is not None
            and (claim < value if better else claim > value)
            and abs(claim - value) > abs(value) / GRID + 1
        ):
            faults.append("solver: claims a bound that its own answer breaks")
        faults += [
            f"derived: {key}" for key in sorted(expected.keys() | found.keys()) if expected.get(key) != found.get(key)
        ]
    except (ValueError, TypeError, KeyError, AttributeError, ZeroDivisionError) as error:
        faults.append(f"unreadable: {error}")
    return faults


def main(arguments: list[str]) -> int:
    """Check the files that are named; 0 where all stand, 1 where one does not, 2 without a file."""
    if not arguments:
        sys.stderr.write("usage: certificate_check.py certificate.json …\n")
        return 2
    wrong = 0
    for name in arguments:
        proven = "proven for the problem written in it; whether inputs changed since is not looked at"
        try:
            content = read_certificate(name)
            faults = check_certificate(content)
            proven += "" if faults else f"; fingerprint {content['sha256']}"
        except (OSError, ValueError) as error:
            faults = [str(error)]
        wrong += bool(faults)
        sys.stdout.write(f"{name}: {'; '.join(faults[:10]) if faults else proven}\n")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
