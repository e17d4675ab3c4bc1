"""Why no answer meets a question: contradictions by parcel, what can be reached, and which one change would do."""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Literal

from gis.errors import InfeasibleError
from gis.scenarios.problem import ParcelChoice, Problem, ZoneTarget
from gis.scenarios.solving import solve_green

__all__ = ["Contradiction", "Impossible", "Shortfall", "SingleChange", "explain_impossible", "find_contradictions"]

#: So many single changes of one kind are tried, the smallest first.
TRIED_AT_MOST = 10
#: A cap on roofs is a share below one of the target, so that each step is that share of the one before.
LOWERED_AT_MOST = 300


ContradictionKind = Literal["floor_above_ceiling", "lock_outside", "roof_above_ceiling", "patch_above_ceiling"]


@dataclasses.dataclass(frozen=True)
class Contradiction:
    """A parcel that no amount of green suits.

    ``kind`` is ``floor_above_ceiling``, ``lock_outside``, ``roof_above_ceiling`` (no green on the ground suits
    the limits of both together) or ``patch_above_ceiling``.
    """

    parcel_id: str
    kind: ContradictionKind
    floor_m2: Fraction
    ceiling_m2: Fraction
    green_m2: Fraction


@dataclasses.dataclass(frozen=True)
class Shortfall:
    """A zone that can't reach its target.

    ``needed_m2`` and ``reachable_m2`` are of the whole zone; ``stopped_by`` has the parcels that can't take
    more, by the limit that stops each: ``ceiling``, ``lock`` or ``patch``.
    """

    zone_id: str
    needed_m2: Fraction
    reachable_m2: Fraction
    land_m2: Fraction
    target_ratio: Fraction
    stopped_by: dict[str, tuple[str, ...]]

    @property
    def short_m2(self) -> Fraction:
        """What is missing."""
        return self.needed_m2 - self.reachable_m2

    @property
    def reachable_ratio(self) -> Fraction:
        """The share of the land that can be reached."""
        return self.reachable_m2 / self.land_m2


@dataclasses.dataclass(frozen=True)
class SingleChange:
    """One change that makes the question possible, everything else as it is; verified by solving.

    ``kind`` is ``target``, ``ceiling``, ``floor``, ``unlock``, ``patch`` or ``budget``; the values are m²,
    for a target the ratio and for a budget CNY.
    """

    kind: Literal["target", "ceiling", "floor", "unlock", "patch", "budget"]
    id: str
    value_from: Fraction
    value_to: Fraction


@dataclasses.dataclass(frozen=True)
class Impossible:
    """The explanation; ``possible`` where nothing stands in the way."""

    contradictions: tuple[Contradiction, ...]
    shortfalls: tuple[Shortfall, ...]
    least_cost_cny: Fraction | None
    budget_cny: Fraction | None
    changes: tuple[SingleChange, ...]
    #: Where no single change does: the smallest sets found that do together, each verified by solving.
    change_sets: tuple[tuple[SingleChange, ...], ...] = ()
    #: So many changes are needed at the least, whichever they are.
    least_changes: int = 1

    @property
    def possible(self) -> bool:
        """Whether the question has an answer."""
        return not (self.contradictions or self.shortfalls or self.least_cost_cny is not None)


def find_contradictions(problem: Problem) -> tuple[Contradiction, ...]:
    """Return the parcels that no amount of green suits; seen before anything is solved.

    Examples
    --------
    >>> parcel = ParcelChoice("A", "Z", *map(Fraction, (100, 0, 0, 30, 20)))
    >>> find_contradictions(Problem((ZoneTarget("Z", Fraction(100), Fraction(0)),), (parcel,)))[0].kind
    'floor_above_ceiling'
    """
    return tuple(
        Contradiction(p.parcel_id, _kind(p), p.floor_m2, p.ceiling_m2, p.green_m2)
        for p in problem.parcels
        if not p.spans()
    )


def _kind(parcel: ParcelChoice) -> ContradictionKind:
    if parcel.floor_m2 > parcel.ceiling_m2:
        return "floor_above_ceiling"
    if parcel.locked:
        return "lock_outside"
    low, high = parcel.bounds
    return "roof_above_ceiling" if low > high or high < 0 else "patch_above_ceiling"


def explain_impossible(problem: Problem, *, try_changes: bool = True) -> Impossible:
    """Say why a question has no answer, and which single changes would give it one.

    Parameters
    ----------
    problem
        The question; one that has an answer comes back as possible.
    try_changes
        Whether single changes are looked for; without, nothing but the budget needs the solver.

    Returns
    -------
    The contradictions; for each zone what it needs, what it can reach, and what stops it; the least cost
    where only the budget stands in the way; and single changes, each tried by the solver.

    Examples
    --------
    >>> parcel = ParcelChoice("A", "Z", *map(Fraction, (100, 0, 0, 0, 20)))
    >>> why = explain_impossible(Problem((ZoneTarget("Z", Fraction(100), Fraction(3, 10)),), (parcel,)))
    >>> int(why.shortfalls[0].short_m2), [(change.kind, str(change.value_to)) for change in why.changes]
    (10, [('target', '1/5'), ('ceiling', '30')])
    """
    contradictions = find_contradictions(problem)
    told = (shortfall_of(problem, zone) for zone in problem.zones)
    shortfalls = tuple(short for short in told if short is not None)
    cost = None
    if not contradictions and not shortfalls and problem.budget_cny is not None:
        cheapest = solve_green(dataclasses.replace(problem, objective="least_cost", budget_cny=None))
        cost = cheapest.objective if cheapest.objective > problem.budget_cny else None
    found = Impossible(contradictions, shortfalls, cost, problem.budget_cny, ())
    if found.possible or not try_changes:
        return found
    changes = tuple(change for change, changed in _changes(problem, found) if has_answer(changed))
    from gis.scenarios.remedies import find_change_sets, least_changes

    sets = () if changes else find_change_sets(problem, found)
    return dataclasses.replace(found, changes=changes, change_sets=sets, least_changes=least_changes(problem, found))


def top_of(parcel: ParcelChoice) -> Fraction:
    """Return the most green of a parcel; of one with a contradiction, what it has."""
    spans = parcel.spans()
    return spans[-1][1] if spans else parcel.green_m2


def shortfall_of(problem: Problem, zone: ZoneTarget) -> Shortfall | None:
    parcels = problem.of_zone(zone.zone_id)
    reach = problem.total_m2(zone, {parcel.parcel_id: top_of(parcel) for parcel in parcels})
    if reach >= zone.needed_m2:
        return None
    stopped: dict[str, list[str]] = {"ceiling": [], "lock": [], "patch": []}
    for parcel in parcels:
        top, most = top_of(parcel), parcel.bounds[1]
        if parcel.locked and top < most:
            stopped["lock"].append(parcel.parcel_id)
        elif top < most:
            stopped["patch"].append(parcel.parcel_id)
        else:
            stopped["ceiling"].append(parcel.parcel_id)
    return Shortfall(
        zone.zone_id, zone.needed_m2, reach, zone.land_m2, zone.target_ratio,
        {limit: tuple(ids) for limit, ids in stopped.items() if ids},
    )  # fmt: skip


Try = tuple[SingleChange, Problem]


def _with_parcel(problem: Problem, parcel: ParcelChoice) -> Problem:
    parcels = tuple(parcel if p.parcel_id == parcel.parcel_id else p for p in problem.parcels)
    return dataclasses.replace(problem, parcels=parcels)


def _changes(problem: Problem, found: Impossible) -> Iterator[Try]:
    """Yield single changes worth trying, the smallest of each kind first."""
    if found.least_cost_cny is not None and found.budget_cny is not None:
        change = SingleChange("budget", "", found.budget_cny, found.least_cost_cny)
        yield change, dataclasses.replace(problem, budget_cny=found.least_cost_cny)
    if len(found.contradictions) == 1 and len(found.shortfalls) <= 1:
        from gis.scenarios.remedies import with_contradiction_and_shortfall

        parcel = next(p for p in problem.parcels if p.parcel_id == found.contradictions[0].parcel_id)
        yield from with_contradiction_and_shortfall(problem, parcel)
    if len(found.shortfalls) == 1 and not found.contradictions:
        yield from of_shortfall(problem, found.shortfalls[0])


def of_contradiction(problem: Problem, parcel: ParcelChoice) -> Iterator[Try]:
    if _kind(parcel) == "roof_above_ceiling":
        enough = max(parcel.floor_m2, parcel.roof_from_m2 + parcel.roof_m2)
        if enough <= parcel.area_m2:
            yield _raised(problem, parcel, enough)
        return
    floor, ceiling = parcel.floor_m2, parcel.ceiling_m2
    green = parcel.green_m2 + parcel.roof_at(parcel.green_m2)
    least, most = (
        (min(floor, green), max(ceiling, green)) if parcel.locked else (min(floor, ceiling), max(floor, ceiling))
    )
    if least < floor:
        changed = dataclasses.replace(parcel, floor_m2=least)
        yield SingleChange("floor", parcel.parcel_id, floor, least), _with_parcel(problem, changed)
    if ceiling < most <= parcel.area_m2:
        changed = dataclasses.replace(parcel, ceiling_m2=most)
        yield SingleChange("ceiling", parcel.parcel_id, ceiling, most), _with_parcel(problem, changed)
    if parcel.locked:
        changed = dataclasses.replace(parcel, locked=False)
        yield (
            SingleChange("unlock", parcel.parcel_id, parcel.green_m2, _nearest(changed)),
            _with_parcel(problem, changed),
        )
    if parcel.patch_m2 > 0 and parcel.bounds[1] > parcel.start_m2:
        yield _smaller_patch(problem, parcel)


def _nearest(parcel: ParcelChoice) -> Fraction:
    """Return the green within a parcel's limits that is nearest to what it has."""
    low, high = parcel.bounds
    return max(low, min(parcel.green_m2, high))


def _smaller_patch(problem: Problem, parcel: ParcelChoice) -> Try:
    room = parcel.bounds[1] - parcel.start_m2
    changed = dataclasses.replace(parcel, patch_m2=room)
    return SingleChange("patch", parcel.parcel_id, parcel.patch_m2, room), _with_parcel(problem, changed)


def _raised(problem: Problem, parcel: ParcelChoice, ceiling: Fraction) -> Try:
    changed = dataclasses.replace(parcel, ceiling_m2=ceiling)
    return SingleChange("ceiling", parcel.parcel_id, parcel.ceiling_m2, ceiling), _with_parcel(problem, changed)


def _lower_target(problem: Problem, short: Shortfall) -> Try:
    """Return the highest target that can be reached.

    At a lower one fewer m² of roofs count, and some begin to: from one such beginning to the next, each step
    goes to what is reached with the roofs of the step before.
    """
    begins = sorted(_roof_targets(problem.of_zone(short.zone_id)))
    ratio = short.target_ratio
    for _ in range(LOWERED_AT_MOST):
        changed = problem.at_target(short.zone_id, ratio)
        again = shortfall_of(changed, next(zone for zone in changed.zones if zone.zone_id == short.zone_id))
        if again is None:
            break
        place = bisect.bisect_left(begins, ratio)
        ratio = max(again.reachable_ratio, begins[place - 1] if place else Fraction(0))
    return SingleChange("target", short.zone_id, short.target_ratio, ratio), changed


def _roof_targets(parcels: Iterable[ParcelChoice]) -> set[Fraction]:
    """Return the targets at which the roofs of parcels begin to count with all the green that these can have."""
    found = set()
    for parcel in parcels:
        if parcel.roof_m2 and parcel.roof_from_ratio and parcel.area_m2:
            most = parcel.green_m2 if parcel.locked else top_of(
                dataclasses.replace(parcel, ceiling_m2=max(Fraction(0), parcel.ceiling_m2 - parcel.roof_m2),
                                    roof_m2=Fraction(0)))  # fmt: skip
            found.add(most / (parcel.roof_from_ratio * parcel.area_m2))
    return found


def _ceilings_for(parcel: ParcelChoice, short_m2: Fraction) -> list[Fraction]:
    """Return the ceilings that may make up what is short: with roofs as soon as they count, and without."""
    top = top_of(parcel)
    wanted = top + parcel.roof_at(top) + short_m2
    if not parcel.roof_m2 or wanted < parcel.roof_from_m2:
        return [wanted]
    tried = {max(parcel.roof_from_m2 + parcel.roof_m2, wanted), max(parcel.roof_from_m2, wanted) + parcel.roof_m2}
    return sorted(tried)


def _unlocked_green(parcel: ParcelChoice, short_m2: Fraction) -> Fraction | None:
    """Return the least green that makes up what is short, None where its limits end before."""
    green = parcel.green_m2 + short_m2
    if parcel.green_m2 < parcel.roof_from_m2 <= green:
        green = max(parcel.roof_from_m2, green - parcel.roof_m2)
    elif parcel.green_m2 < parcel.roof_from_m2 and parcel.roof_m2 >= short_m2:
        green = min(green, parcel.roof_from_m2)
    return green if green <= parcel.bounds[1] else None


def of_shortfall(problem: Problem, short: Shortfall) -> Iterator[Try]:
    yield _lower_target(problem, short)
    parcels = problem.of_zone(short.zone_id)
    raised = [p for p in parcels if top_of(p) == p.bounds[1] and not p.locked]
    raised = [p for p in raised if _ceilings_for(p, short.short_m2)[0] <= p.area_m2]
    raised.sort(key=lambda p: (_ceilings_for(p, short.short_m2)[0] / p.area_m2, p.parcel_id))
    for parcel in raised[:TRIED_AT_MOST]:
        fitting = [one for one in _ceilings_for(parcel, short.short_m2) if one <= parcel.area_m2]
        tried = [_raised(problem, parcel, one) for one in fitting]
        # With several, the least that does: where the cap on roofs is reached, they make up for nothing.
        yield next((one for one in tried[:-1] if has_answer(one[1])), tried[-1])
    freed = [(_unlocked_green(p, short.short_m2), p) for p in parcels if p.locked]
    able = [(green, p) for green, p in freed if green is not None]
    for green, parcel in sorted(able, key=lambda one: (one[0] - one[1].green_m2, one[1].parcel_id))[:TRIED_AT_MOST]:
        change = SingleChange("unlock", parcel.parcel_id, parcel.green_m2, green)
        yield change, _with_parcel(problem, dataclasses.replace(parcel, locked=False))
    patched = [p for p in parcels if not p.locked and top_of(p) < p.bounds[1] - short.short_m2 + Fraction(1, 10**6)]
    for parcel in sorted(patched, key=lambda p: (p.patch_m2, p.parcel_id))[:TRIED_AT_MOST]:
        yield _smaller_patch(problem, parcel)


def has_answer(problem: Problem) -> bool:
    try:
        solve_green(problem)
    except InfeasibleError:
        return False
    return True
