"""Where no single change makes a question possible: which few changes together do, verified by solving.

Each parcel that contradicts itself needs a change of its own, and so does each zone that is short and has none of
them; no set has fewer. One change at a parcel may do for both: its ceiling raised over its floor and as far as its
zone is short.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from gis.scenarios.impossible import (
    Impossible,
    Shortfall,
    SingleChange,
    Try,
    has_answer,
    of_contradiction,
    of_shortfall,
    shortfall_of,
    top_of,
)
from gis.scenarios.problem import ParcelChoice, Problem
from gis.scenarios.solving import solve_green

__all__ = ["find_change_sets", "least_changes", "with_contradiction_and_shortfall"]


def least_changes(problem: Problem, found: Impossible) -> int:
    """Return how many changes any set needs at least: one a contradiction, one a short zone without one.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from gis.scenarios import ParcelChoice, Problem, ZoneTarget, explain_impossible
    >>> of = lambda name, floor: ParcelChoice(name, "Z", *map(Fraction, (100, 0, 0, floor, 20)))
    >>> asked = Problem((ZoneTarget("Z", Fraction(200), Fraction(1, 5)),), (of("A", 30), of("B", 40)))
    >>> least_changes(asked, explain_impossible(asked))
    2
    """
    zone_of = {parcel.parcel_id: parcel.zone_id for parcel in problem.parcels}
    broken = {zone_of[one.parcel_id] for one in found.contradictions}
    alone = {short.zone_id for short in found.shortfalls} - broken
    return len(found.contradictions) + len(alone) + (found.least_cost_cny is not None)


def with_contradiction_and_shortfall(problem: Problem, parcel: ParcelChoice) -> Iterable[Try]:
    """Yield changes at the one parcel that contradicts itself which also fill what its zone is short of."""
    zone = next(zone for zone in problem.zones if zone.zone_id == parcel.zone_id)
    for change, changed in of_contradiction(problem, parcel):
        yield change, changed
        short = shortfall_of(changed, zone)
        if change.kind == "ceiling" and short is not None:
            (own,) = (one for one in changed.parcels if one.parcel_id == parcel.parcel_id)
            raised = dataclasses.replace(own, ceiling_m2=own.ceiling_m2 + short.short_m2)
            if raised.ceiling_m2 <= raised.area_m2:
                more = dataclasses.replace(change, value_to=raised.ceiling_m2)
                yield more, _with(changed, {raised.parcel_id: raised})


def find_change_sets(problem: Problem, found: Impossible) -> tuple[tuple[SingleChange, ...], ...]:
    """Return the smallest sets found, each verified by solving: one that keeps the targets, one that lowers them.

    Parameters
    ----------
    problem
        The question.
    found
        Why it has no answer.
    """
    sets = [_set_of(problem, found, keep_target=keep) for keep in (True, False)]
    known = [one for one in sets if one]
    least = min((len(one) for one in known), default=0)
    return tuple(one for number, one in enumerate(known) if len(one) <= least + 1 and one not in known[:number])


def _set_of(problem: Problem, found: Impossible, *, keep_target: bool) -> tuple[SingleChange, ...]:
    """Return a set of changes that makes the question possible; empty where none was found."""
    short_zones = {short.zone_id for short in found.shortfalls} if keep_target else set()
    changes: dict[tuple[str, str], SingleChange] = {}
    mended: dict[str, ParcelChoice] = {}
    zones = {zone.zone_id: zone for zone in problem.zones}
    by_id = {parcel.parcel_id: parcel for parcel in problem.parcels}
    for one in found.contradictions:
        parcel = by_id[one.parcel_id]
        # Asked of the parcel alone, for thousands of parcels may contradict themselves.
        options = list(of_contradiction(Problem((zones[parcel.zone_id],), (parcel,)), parcel))
        options = [(change, small) for change, small in options if small.parcels[0].spans()]
        if not options:
            return ()
        if parcel.zone_id in short_zones:
            options.sort(key=lambda option: -top_of(option[1].parcels[0]))
        change, small = options[0]
        changes[change.kind, parcel.parcel_id], mended[parcel.parcel_id] = change, small.parcels[0]
    current = _with(problem, mended)
    for zone in problem.zones:
        short = shortfall_of(current, zone)
        if short is None:
            continue
        step = _raised_further(current, short, changes) if keep_target else None
        step = step or _for_shortfall(current, short, keep_target=keep_target)
        if step is None:
            return ()
        change, current = step
        changes[change.kind, change.id] = change
    if problem.budget_cny is not None:
        cheapest = solve_green(dataclasses.replace(current, objective="least_cost", budget_cny=None)).objective
        if cheapest > problem.budget_cny:
            changes["budget", ""] = SingleChange("budget", "", problem.budget_cny, cheapest)
            current = dataclasses.replace(current, budget_cny=cheapest)
    return tuple(changes.values()) if has_answer(current) else ()


def _raised_further(
    problem: Problem, short: Shortfall, changes: dict[tuple[str, str], SingleChange]
) -> Try | None:  # fmt: skip
    """Return a ceiling that is raised anyway, raised as far as the zone is short: one change less."""
    room = [
        parcel for parcel in problem.of_zone(short.zone_id)
        if ("ceiling", parcel.parcel_id) in changes and not parcel.locked
        and parcel.ceiling_m2 + short.short_m2 <= parcel.area_m2
    ]  # fmt: skip
    for parcel in sorted(room, key=lambda one: (one.ceiling_m2 / one.area_m2, one.parcel_id)):
        raised = dataclasses.replace(parcel, ceiling_m2=parcel.ceiling_m2 + short.short_m2)
        changed = _with(problem, {parcel.parcel_id: raised})
        if _fills(changed, short):
            before = changes["ceiling", parcel.parcel_id]
            return dataclasses.replace(before, value_to=raised.ceiling_m2), changed
    return None


def _for_shortfall(problem: Problem, short: Shortfall, *, keep_target: bool) -> Try | None:
    for change, changed in of_shortfall(problem, short):
        if (change.kind == "target") != keep_target and _fills(changed, short):
            return change, changed
    return None


def _fills(problem: Problem, short: Shortfall) -> bool:
    zone = next(zone for zone in problem.zones if zone.zone_id == short.zone_id)
    return shortfall_of(problem, zone) is None


def _with(problem: Problem, parcels: dict[str, ParcelChoice]) -> Problem:
    changed = tuple(parcels.get(parcel.parcel_id, parcel) for parcel in problem.parcels)
    return dataclasses.replace(problem, parcels=changed)
