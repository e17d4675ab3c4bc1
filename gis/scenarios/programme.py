"""A question as a linear programme: m² more and less of each parcel, and yes or no where there is a step."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

import numpy as np

from gis.scenarios.highs import Asked
from gis.scenarios.problem import GRID, ParcelChoice, Problem, ZoneTarget

__all__ = ["Programme", "build_programme"]

Span = tuple[Fraction, Fraction]


@dataclasses.dataclass
class _Columns:
    """The columns and rows as they are gathered."""

    cost: list[float] = dataclasses.field(default_factory=list)
    lower: list[float] = dataclasses.field(default_factory=list)
    upper: list[float] = dataclasses.field(default_factory=list)
    whole: list[bool] = dataclasses.field(default_factory=list)
    row_lower: list[float] = dataclasses.field(default_factory=list)
    row_upper: list[float] = dataclasses.field(default_factory=list)
    entries: list[tuple[int, int, float]] = dataclasses.field(default_factory=list)

    def column(self, lower: float, upper: float, *, cost: float = 0.0, whole: bool = False) -> int:
        self.cost.append(cost)
        self.lower.append(lower)
        self.upper.append(upper)
        self.whole.append(whole)
        return len(self.cost) - 1

    def row(self, lower: float, upper: float, entries: list[tuple[int, float]]) -> int:
        self.row_lower.append(lower)
        self.row_upper.append(upper)
        number = len(self.row_lower) - 1
        self.entries += [(number, column, value) for column, value in entries]
        return number


@dataclasses.dataclass(frozen=True)
class Programme:
    """The programme, and where each parcel's columns are.

    Attributes
    ----------
    asked
        For the solver.
    places
        parcel_id → columns ``more``, ``less``, ``step`` and ``roof``, each where there is one.
    roof_rows
        zone_id → the row in which its roofs stand, where it depends on the answer whether they count.
    offset
        What the objective leaves out, and its sign.
    """

    asked: Asked
    places: dict[str, dict[str, int]]
    roof_rows: dict[str, int]
    offset: tuple[int, float]

    def green(self, parcel: ParcelChoice, values: Any) -> float:
        """Return the green of one parcel in an answer of the solver."""
        place = self.places[parcel.parcel_id]
        green = float(parcel.green_m2 if parcel.locked else parcel.start_m2)
        return green + sum(
            sign * float(values[place[name]]) for name, sign in (("more", 1), ("less", -1)) if name in place
        )

    def span(self, parcel: ParcelChoice, values: Any) -> Span:
        """Return the interval that an answer of the solver chose for a parcel."""
        low, high = self._step_span(parcel, values)
        roof = self.places[parcel.parcel_id].get("roof")
        if roof is None or values[roof] < 1 / 2:
            return low, high
        if parcel.roof_from_m2 > high:
            # A step within the solver's tolerance is none to it, and yet may be where the roof begins.
            low, high = parcel.spans()[-1]
        return max(low, parcel.roof_from_m2), high

    def _step_span(self, parcel: ParcelChoice, values: Any) -> Span:
        spans = parcel.spans()
        place = self.places[parcel.parcel_id]
        if len(spans) == 1 or ("step" not in place and "cut" not in place):
            return spans[0][0], spans[-1][1]
        if "step" in place and values[place["step"]] > 1 / 2:
            return spans[1]
        if "cut" in place and values[place["cut"]] < 1 / 2:
            return parcel.start_m2, parcel.start_m2
        return spans[0]

    def stated(self, value: float) -> float:
        """Return a value of the solver as the objective is stated."""
        return self.offset[0] * value + self.offset[1]


def build_programme(problem: Problem, *, margin_m2: float = 0.0) -> Programme:
    """Return the linear programme of a question.

    ``minimise Σ c·more + f·step`` with, for each zone, ``Σ start + more − less ≥ needed``; where a parcel
    has a step, ``patch · step ≤ more ≤ room · step``. Where it is open whether roofs count, they are part of
    the zone's sum: ``0 ≤ roofs ≤ cap``, ``roofs ≤ Σ roof · counts`` with ``green ≥ from · counts``. The rows of the
    zones come first, then the budget's.

    Parameters
    ----------
    problem
        The question.
    margin_m2
        So much more is asked of each zone.
    """
    columns = _Columns()
    places = {parcel.parcel_id: _parcel_columns(columns, parcel, problem) for parcel in problem.parcels}
    own: dict[str, list[tuple[int, float]]] = {zone.zone_id: [] for zone in problem.zones}
    base = {zone.zone_id: Fraction(0) for zone in problem.zones}
    for parcel in problem.parcels:
        place = places[parcel.parcel_id]
        own[parcel.zone_id] += [(place[n], s) for n, s in (("more", 1.0), ("less", -1.0)) if n in place]
        base[parcel.zone_id] += parcel.green_m2 if parcel.locked else parcel.start_m2
    roofs = {zone.zone_id: _roofs(columns, zone, problem, places) for zone in problem.zones}
    for zone in problem.zones:
        sure, column, _ = roofs[zone.zone_id]
        base[zone.zone_id] += sure if column is None else Fraction(0)
        entries = own[zone.zone_id] + ([] if column is None else [(column, 1.0)])
        columns.row(float(zone.asked_m2 - base[zone.zone_id]) + margin_m2, np.inf, entries)
    if problem.budget_cny is not None:
        spent = sum((p.cost(p.green_m2) for p in problem.parcels if p.locked), Fraction(0))
        columns.row(-np.inf, float(problem.budget_cny - spent), _spending(problem, places))
    roof_rows = {
        key: columns.row(-np.inf, float(sure), [(column, 1.0), *counts])
        for key, (sure, column, counts) in roofs.items() if column is not None
    }  # fmt: skip
    _step_rows(columns, problem, places)
    if not columns.cost:
        columns.column(0.0, 0.0)  # an empty programme has no status; this column changes nothing
    surplus = sum(base.values(), Fraction(0)) - sum((zone.asked_m2 for zone in problem.zones), Fraction(0))
    locked = [parcel for parcel in problem.parcels if parcel.locked]
    fixed = Fraction(0)
    if problem.objective == "least_cost":
        fixed = sum((p.cost(p.green_m2) for p in locked), Fraction(0))
    elif problem.objective == "least_parcels":
        fixed = Fraction(sum(p.green_m2 != p.start_m2 for p in locked))
    rows, cols, values = (np.array(part) for part in zip(*columns.entries, strict=True)) if columns.entries else (
        np.zeros(0), np.zeros(0), np.zeros(0))  # fmt: skip
    asked = Asked(
        columns.cost, columns.lower, columns.upper, columns.row_lower, columns.row_upper, rows, cols, values,
        np.array(columns.whole, dtype=bool),
    )  # fmt: skip
    offset = (-1, float(surplus)) if problem.objective == "most_surplus" else (1, float(fixed))
    return Programme(asked, places, roof_rows, offset)


Roofs = tuple[Fraction, int | None, list[tuple[int, float]]]


def _roofs(columns: _Columns, zone: ZoneTarget, problem: Problem, places: dict[str, dict[str, int]]) -> Roofs:
    """Return what a zone's roofs add: what is sure, and the column and entries of what depends on the answer."""
    sure, counts = Fraction(0), []
    for parcel in problem.of_zone(zone.zone_id):
        if parcel.roof_open:
            place = places[parcel.parcel_id]
            place["roof"] = columns.column(0.0, 1.0, whole=True)
            counts.append((place["roof"], -float(parcel.roof_m2)))
        else:
            sure += parcel.roof_at(parcel.green_m2 if parcel.locked else parcel.bounds[0])
    if not counts:
        return min(sure, zone.roof_cap_m2), None, []
    gain = -1.0 if problem.objective == "most_surplus" else 0.0
    return sure, columns.column(0.0, float(zone.roof_cap_m2), cost=gain), counts


def _ends(parcel: ParcelChoice) -> Span:
    """Return the limits for the solver, whose tolerance is a mm² too: what ends a mm² before the roofs, ends there."""
    low, high = parcel.bounds
    if parcel.patch_m2 > 0 and parcel.start_m2 + parcel.patch_m2 > high:
        high = min(high, parcel.start_m2)  # nothing can be added
    return low, parcel.roof_from_m2 if parcel.roof_from_m2 - high == Fraction(1, GRID) else high


def _parcel_columns(columns: _Columns, parcel: ParcelChoice, problem: Problem) -> dict[str, int]:
    if parcel.locked:
        return {}
    objective, start = problem.objective, parcel.start_m2
    low, high = _ends(parcel)
    room, slack = high - start, start - low
    counted, paid = objective == "least_parcels", objective == "least_cost"
    place: dict[str, int] = {}
    if room > 0:
        cost = float(parcel.cost_cny_m2) if paid else -1.0 if objective == "most_surplus" else 0.0
        place["more"] = columns.column(float(max(Fraction(0), -slack)), float(room), cost=cost)
        if parcel.stepped or counted:
            cost = 1.0 if counted else float(parcel.fixed_cost_cny) if paid else 0.0
            place["step"] = columns.column(0.0, 1.0, cost=cost, whole=True)
    if slack > 0:
        gain = 1.0 if objective == "most_surplus" else 0.0
        place["less"] = columns.column(float(max(Fraction(0), -room)), float(slack), cost=gain)
        if counted:
            place["cut"] = columns.column(0.0, 1.0, cost=1.0, whole=True)
    return place


def _spending(problem: Problem, places: dict[str, dict[str, int]]) -> list[tuple[int, float]]:
    entries = []
    for parcel in problem.parcels:
        place = places[parcel.parcel_id]
        if "more" in place:
            entries.append((place["more"], float(parcel.cost_cny_m2)))
        if "step" in place:
            entries.append((place["step"], float(parcel.fixed_cost_cny)))
    return entries


def _step_rows(columns: _Columns, problem: Problem, places: dict[str, dict[str, int]]) -> None:
    kept = max((float(abs(p.green_m2 - p.start_m2)) for p in problem.parcels if p.locked), default=0.0)
    largest = columns.column(kept, np.inf, cost=1.0) if problem.objective == "least_largest_change" else None
    for parcel in problem.parcels:
        place = places[parcel.parcel_id]
        if "step" in place:
            room = float(_ends(parcel)[1] - parcel.start_m2)
            columns.row(-np.inf, 0.0, [(place["more"], 1.0), (place["step"], -room)])
            if parcel.patch_m2 > 0:
                columns.row(0.0, np.inf, [(place["more"], 1.0), (place["step"], -float(parcel.patch_m2))])
        if "cut" in place:
            slack = float(parcel.start_m2 - parcel.bounds[0])
            columns.row(-np.inf, 0.0, [(place["less"], 1.0), (place["cut"], -slack)])
        if "roof" in place:
            low = parcel.bounds[0]
            moved = [(place[name], sign) for name, sign in (("more", 1.0), ("less", -1.0)) if name in place]
            wanted = (place["roof"], -float(parcel.roof_from_m2 - low))
            columns.row(float(low - parcel.start_m2), np.inf, [*moved, wanted])
        if largest is not None:
            moves = [(place[name], 1.0) for name in ("more", "less") if name in place]
            if moves:
                columns.row(-np.inf, 0.0, [*moves, (largest, -1.0)])
