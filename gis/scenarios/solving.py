"""The solver: HiGHS searches in floats, the answer is taken to exact numbers and its bound proven.

What HiGHS returns is a place to look. Each parcel's green is taken to the limit it stands at, or to
the grid of mm²; what rounding left of a target is settled exactly on the parcels that stand at no limit;
the prices are taken to the exact costs they stand for; and `gis.scenarios.certificate_check` says what bound they
prove. An answer whose bound equals it is the optimum, whatever HiGHS did.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from gis.errors import InfeasibleError
from gis.scenarios.certificate_check import Question, read_question
from gis.scenarios.highs import Told, ask_highs
from gis.scenarios.problem import GRID, ParcelChoice, Problem, ceil_mm2, floor_mm2
from gis.scenarios.programme import Programme, build_programme

__all__ = ["Solution", "problem_record", "question_of", "solve_green"]

#: How near, in parts of itself, a float must be to a number that it stands for.
NEAR = 1e-7
MARGIN_M2 = 1e-4


@dataclasses.dataclass(frozen=True)
class Solution:
    """An answer with its proof.

    Attributes
    ----------
    problem
        What was asked.
    green_m2
        The green of every parcel.
    objective, bound, gap
        The value of the answer, what no answer can be better than, and their distance; all exact.
    prices
        Of one m² more that a zone needs, by zone, in units of the objective.
    budget_price
        Of one CNY less.
    roof_prices
        Of one m² that converted roofs add, by zone, where it depends on the answer whether they count.
    solver_bound
        With whole decisions, the bound that HiGHS claims; it is not proven here.
    """

    problem: Problem
    green_m2: Mapping[str, Fraction]
    objective: Fraction
    bound: Fraction
    prices: Mapping[str, Fraction]
    budget_price: Fraction
    solver_bound: float | None
    roof_prices: Mapping[str, Fraction] = dataclasses.field(default_factory=dict)

    @property
    def gap(self) -> Fraction:
        """The distance of the answer from its bound."""
        return abs(self.objective - self.bound)

    @property
    def proven(self) -> bool:
        """Whether the answer is proven to be an optimum."""
        return self.gap == 0

    @property
    def cost_cny(self) -> Fraction:
        """What the answer costs."""
        return sum((parcel.cost(self.green_m2[parcel.parcel_id]) for parcel in self.problem.parcels), Fraction(0))


def solve_green(problem: Problem, *, gap_ratio: float = 0.0) -> Solution:
    """Solve a green-ratio question.

    Parameters
    ----------
    problem
        The question.
    gap_ratio
        With whole decisions (fixed charges, least patches, number of parcels), HiGHS may stop this near
        to its own bound.

    Raises
    ------
    InfeasibleError
        If no answer meets every target and limit (see `gis.scenarios.explain_impossible` for why).

    Examples
    --------
    >>> from gis.scenarios.problem import ZoneTarget
    >>> def of(name, area, low, high, cost):
    ...     zero, pct = Fraction(0), Fraction(area, 100)
    ...     return ParcelChoice(name, "Z1", Fraction(area), zero, zero, low * pct, high * pct, Fraction(cost))
    >>> parcels = (of("A", 50_000, 5, 30, 3), of("B", 30_000, 0, 12, 1), of("C", 20_000, 10, 35, 2),
    ...     of("D", 40_000, 5, 20, 5))
    >>> answer = solve_green(Problem((ZoneTarget("Z1", Fraction(140_000), Fraction(1, 5)),), parcels))
    >>> {name: int(green) for name, green in answer.green_m2.items()}, int(answer.objective), answer.proven
    ({'A': 15000, 'B': 3600, 'C': 7000, 'D': 2400}, 74600, True)
    """
    programme = build_programme(problem)
    told = ask_highs(programme.asked, gap_ratio=gap_ratio) if _within_reach(problem) else None
    if told is None:
        raise InfeasibleError("scenario_impossible", zones=[zone.zone_id for zone in problem.zones])
    question = question_of(problem)
    try:
        green = _exact_green(problem, programme, told, question)
    except InfeasibleError:
        if not any(parcel.roof_m2 for parcel in problem.parcels):
            raise
        # Roofs end what is allowed one mm² before a limit, which is all the tolerance of the solver.
        programme = build_programme(problem, margin_m2=MARGIN_M2)
        told = ask_highs(programme.asked, gap_ratio=gap_ratio)
        if told is None:
            raise
        green = _exact_green(problem, programme, told, question)
    prices, budget_price, found = _exact_prices(problem, programme, told)
    roof_prices = _roof_prices(question, (prices, budget_price), found)
    return Solution(
        problem=problem,
        green_m2=green,
        objective=question.value(green),
        bound=question.bound(prices, budget_price, roof_prices),
        prices=prices,
        budget_price=budget_price,
        roof_prices=roof_prices,
        solver_bound=programme.stated(told.bound) if problem.stepped else None,
    )


def _within_reach(problem: Problem) -> bool:
    """Whether every parcel has an allowed amount and every zone can get what it needs, exactly."""
    tops = {}
    for parcel in problem.parcels:
        spans = parcel.spans()
        if not spans:
            return False
        tops[parcel.parcel_id] = spans[-1][1]
    return all(problem.total_m2(zone, tops) >= zone.needed_m2 for zone in problem.zones)


def problem_record(problem: Problem) -> dict[str, Any]:
    """Return a question as a certificate writes it: every number an exact text."""
    # A zone in which no parcels claim the same ground is written as it always was.
    zones = [
        {key: value for key, value in vars(zone).items() if value or not key.startswith("claimed")}
        | {"needed_m2": zone.needed_m2}
        for zone in problem.zones
    ]
    # How a roof's beginning follows the target is of no matter at this target.
    parcels = [{key: value for key, value in vars(parcel).items() if key != "roof_from_ratio"}
               for parcel in problem.parcels]  # fmt: skip

    def written(row: dict[str, Any]) -> dict[str, Any]:
        return {key: str(value) if isinstance(value, Fraction) else value for key, value in row.items()}

    return {
        "objective": problem.objective,
        "budget_cny": None if problem.budget_cny is None else str(problem.budget_cny),
        "zones": [written(row) for row in zones],
        "parcels": [written(row) for row in parcels],
    }


def question_of(problem: Problem) -> Question:
    """Return a question as `gis.scenarios.certificate_check` reads it."""
    return read_question(problem_record(problem))


def _exact_green(problem: Problem, programme: Programme, told: Told, question: Question) -> dict[str, Fraction]:
    if problem.objective == "least_largest_change":
        change = question.bound({}, Fraction(0), {})
        if abs(told.objective - float(change)) > 2 / GRID + NEAR * float(change):
            raise InfeasibleError("solver_disagrees", found=told.objective, expected=float(change))
        return _within_change(problem, change)
    green, spans = {}, {}
    for parcel in problem.parcels:
        name = parcel.parcel_id
        spans[name] = programme.span(parcel, told.values)
        green[name] = _snapped(parcel, programme.green(parcel, told.values), spans[name])
    for zone in problem.zones:
        short = zone.needed_m2 - problem.total_m2(zone, green)
        _settle(green, spans, problem.of_zone(zone.zone_id), short, shrink=problem.objective == "least_cost")
    if problem.budget_cny is not None:
        _within_budget(green, spans, problem)
    return green


def _snapped(parcel: ParcelChoice, found: float, span: tuple[Fraction, Fraction]) -> Fraction:
    """Return the limit that a float stands at, or the float on the grid."""
    for limit in (*span, parcel.start_m2):
        if span[0] <= limit <= span[1] and abs(found - float(limit)) <= NEAR * max(1.0, abs(float(limit))):
            return limit
    return min(max(Fraction(round(found * GRID), GRID), span[0]), span[1])


def _settle(
    green: dict[str, Fraction],
    spans: Mapping[str, tuple[Fraction, Fraction]],
    parcels: Iterable[ParcelChoice],
    short: Fraction,
    *,
    shrink: bool,
) -> None:
    """Bring a zone's total to exactly what it needs, where rounding left it short or (to ``shrink``) over."""
    ordered = sorted(parcels, key=lambda p: (p.cost_cny_m2, p.parcel_id))
    if short > 0:
        inner = [p for p in ordered if spans[p.parcel_id][0] < green[p.parcel_id] != p.start_m2]
        for parcel in (*inner, *ordered):
            more = min(short, spans[parcel.parcel_id][1] - green[parcel.parcel_id])
            green[parcel.parcel_id] += more
            short -= more
    elif shrink:
        over = -short
        for parcel in reversed(ordered):
            less = min(over, _spare(parcel, spans[parcel.parcel_id], green[parcel.parcel_id]))
            green[parcel.parcel_id] -= less
            over -= less
    if short > 0:
        raise InfeasibleError("solver_answer_short", short=float(short))


def _spare(parcel: ParcelChoice, span: tuple[Fraction, Fraction], green: Fraction) -> Fraction:
    """Return how much green may be taken back that was added: no limit is passed, and no roof lost."""
    least = max(span[0], parcel.start_m2, parcel.roof_from_m2 if parcel.roof_at(green) else Fraction(0))
    return max(Fraction(0), green - least)


def _within_budget(
    green: dict[str, Fraction], spans: Mapping[str, tuple[Fraction, Fraction]], problem: Problem
) -> None:
    """Take back, at the dearest parcels, what rounding put above the budget; never below what a zone needs."""
    assert problem.budget_cny is not None  # noqa: S101 - narrows the type only
    over = sum((p.cost(green[p.parcel_id]) for p in problem.parcels), Fraction(0)) - problem.budget_cny
    spare = {zone.zone_id: problem.total_m2(zone, green) - zone.needed_m2 for zone in problem.zones}
    for parcel in sorted(problem.parcels, key=lambda p: (-p.cost_cny_m2, p.parcel_id)):
        name = parcel.parcel_id
        if over <= 0 or parcel.cost_cny_m2 == 0:
            break
        less = min(_spare(parcel, spans[name], green[name]), spare[parcel.zone_id], ceil_mm2(over / parcel.cost_cny_m2))
        if less > 0:
            green[name] -= less
            spare[parcel.zone_id] -= less
            over -= less * parcel.cost_cny_m2
    if over > 0:
        raise InfeasibleError("solver_answer_dear", over=float(over))


def _within_change(problem: Problem, change: Fraction) -> dict[str, Fraction]:
    """Return an answer in which no parcel changes by more than ``change``, in the order of cost and id."""
    green, tops = {}, {}
    for parcel in problem.parcels:
        name, start = parcel.parcel_id, parcel.start_m2
        near = [(max(low, start - change), min(high, start + change)) for low, high in parcel.spans()]
        near = [span for span in near if span[0] <= span[1]]
        least = [min(max(start, low), high) for low, high in near]
        green[name] = min(least, key=lambda amount: abs(amount - start))
        tops[name] = max(near)
    for zone in problem.zones:
        parcels = problem.of_zone(zone.zone_id)
        ground = sum((green[p.parcel_id] for p in parcels), Fraction(0))
        roofs = sum((p.roof_at(green[p.parcel_id]) for p in parcels), Fraction(0))
        for parcel in sorted(parcels, key=lambda p: (p.cost_cny_m2, p.parcel_id)):
            low, high = tops[parcel.parcel_id]
            short = zone.asked_m2 - ground - min(roofs, zone.roof_cap_m2)
            if short <= 0:
                break
            before = green[parcel.parcel_id]
            green[parcel.parcel_id] = before + max(min(short, high - before), low - before)
            ground += green[parcel.parcel_id] - before
            roofs += parcel.roof_at(green[parcel.parcel_id]) - parcel.roof_at(before)
        short = zone.needed_m2 - problem.total_m2(zone, green)
        if short > 0:
            raise InfeasibleError("solver_answer_short", short=float(short))
    return green


Prices = tuple[dict[str, Fraction], Fraction, dict[str, Fraction]]


def _exact_prices(problem: Problem, programme: Programme, told: Told) -> Prices:
    """Return the prices as the exact numbers they stand for; whatever they are, the bound they prove is true."""
    if problem.objective == "least_largest_change":
        return {zone.zone_id: Fraction(0) for zone in problem.zones}, Fraction(0), {}
    if problem.stepped:
        relaxed = ask_highs(dataclasses.replace(programme.asked, whole=None))
        told = told if relaxed is None else relaxed
    found = [max(0.0, float(price)) for price in told.prices[: len(problem.zones)]]
    budget = Fraction(0)
    if problem.budget_cny is not None:
        budget = Fraction(max(0.0, -float(told.prices[len(problem.zones)]))).limit_denominator(GRID)
    slopes = _slopes(problem)
    prices = {}
    for zone, price in zip(problem.zones, found, strict=True):
        near = _nearest(slopes.get(zone.zone_id, []), price)
        prices[zone.zone_id] = near if near is not None else floor_mm2(Fraction(price))
    roofs = {key: floor_mm2(Fraction(max(0.0, -float(told.prices[row])))) for key, row in programme.roof_rows.items()}
    return prices, budget, roofs


def _roof_prices(
    question: Question, prices: tuple[Mapping[str, Fraction], Fraction], found: Mapping[str, Fraction]
) -> dict[str, Fraction]:
    """Return, for zones in which it is open whether roofs count, the price of their m² that proves most."""
    if question.objective == "least_largest_change":
        return {}
    zones = sorted({parcel.zone_id for parcel in question.parcels if parcel.roof_m2})
    chosen = dict.fromkeys(zones, Fraction(0))
    for key in zones:
        price = found.get(key, Fraction(0))
        most = question.roof_price_limit(prices[0], key)
        tried = [chosen | {key: min(own, most)} for own in (Fraction(0), price, most)]
        better = max if question.objective != "most_surplus" else min
        chosen = better(tried, key=lambda roofs: question.bound(*prices, roofs))
    return chosen


def _slopes(problem: Problem) -> dict[str, Any]:
    """Return the prices that a target may exactly have in a zone: the value of one m² at each parcel."""
    slopes: dict[str, set[Fraction]] = {}
    for parcel in problem.parcels:
        own = slopes.setdefault(parcel.zone_id, {Fraction(0)})
        room = parcel.bounds[1] - parcel.start_m2
        if problem.objective == "least_cost":
            share = parcel.fixed_cost_cny / room if room > 0 else Fraction(0)
            own.add(parcel.cost_cny_m2 + share)
        elif problem.objective == "least_parcels" and room > 0:
            own.add(1 / room)
    return {zone: sorted(found) for zone, found in slopes.items()}


def _nearest(slopes: list[Fraction], price: float) -> Fraction | None:
    if not slopes:
        return None
    floats = np.array([float(slope) for slope in slopes])
    place = int(np.argmin(np.abs(floats - price)))
    return slopes[place] if abs(floats[place] - price) <= NEAR * max(1.0, price) else None
