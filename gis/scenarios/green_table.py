"""The scenario table: each parcel's green between its limits, each limit with its source; and the zones in total."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.analyses import Balance
from gis.analyses.findings import exact_m2
from gis.analyses.green_conflicts import OWN_FLOORS, USE_FACT, ceiling_of, is_industrial
from gis.analyses.protective_belts import BELT_COLUMNS, GAS_FACT
from gis.analyses.roof_green import roofs_from_m2
from gis.errors import SchemaError
from gis.scenarios.green_edits import ROOF, GreenLand, evaluate_land
from gis.scenarios.green_file import SolveSettings
from gis.scenarios.problem import GRID, ParcelChoice, Problem, ZoneTarget, ceil_mm2, exact, floor_mm2

if TYPE_CHECKING:
    from gis.regulations import Parameter

__all__ = [
    "TABLE_COLUMNS",
    "ScenarioState",
    "build_scenario_table",
    "problem_of",
]

TABLE_COLUMNS = [
    "parcel_id", "zone_id", "area_m2", "green_m2", "green_ratio", "roof_credited_m2", "floor_m2", "floor_ratio",
    "floor_source", "floor_citation", "ceiling_m2", "ceiling_ratio", "ceiling_source", "ceiling_citation",
    "cost_cny_m2", "fixed_cost_cny", "patch_m2", "is_locked", "lock_reason", "within_limits", "missing",
    "floor_open_m2", "ceiling_open_m2", "belt_verdict", "belt_ground", "belt_share",
    "claimed_least_m2", "claimed_most_m2", "source_file", "source_row",
]  # fmt: skip
ZONE_COLUMNS = ["zone_id", "zone_name", "land_m2", "green_m2", "green_ratio", "target_ratio", "needed_m2", "surplus_m2",
                "shortfall_m2", "verdict", "citation", "green_claimed_m2", "green_contested_m2"]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class ScenarioState:
    """An evaluated scenario.

    Attributes
    ----------
    name
        Of the scenario.
    parcels
        The scenario table (``TABLE_COLUMNS``), by parcel_id.
    zones
        The zones in total: Σ green / Σ land, never a mean of ratios.
    balance
        The green balance that it was made of.
    choices
        The same limits as exact numbers, for the solver.
    targets
        What each zone needs, as exact numbers.
    """

    name: str
    parcels: pd.DataFrame
    zones: pd.DataFrame
    balance: Balance
    choices: tuple[ParcelChoice, ...]
    targets: tuple[ZoneTarget, ...]


def build_scenario_table(
    name: str,
    state: GreenLand,
    *,
    settings: SolveSettings | None = None,
    costs: Mapping[str, Fraction] | None = None,
) -> ScenarioState:
    """Evaluate an edited state and list the green and the limits of every parcel.

    A parcel's floor is the one an edit names, else that of the statute for harmful-gas projects, else
    that of its plan, else none: the zone's floor is the zone's. Its ceiling is the one an edit names, else
    that of its plan, else the national one of industrial projects (if it is applied), else its land.

    ``within_limits`` is a verdict. Where the use of the land is not told, the national ceiling may bind the parcel: the
    stricter ceiling is the one of the table (source ``statute_open``), green above it is ``undetermined``, not
    ``not_met``, and a solver adds none above it but leaves what is there. Where it is not told whether the project
    gives off harmful gases, green below their floor is ``undetermined``; that floor is not put to the solver.
    ``missing`` names the facts, ``floor_open_m2`` and ``ceiling_open_m2`` the limits that may hold once they are told.
    ``belt_verdict`` is that of the protective belt of harmful-gas projects (see `gis.analyses.protective_belts`), empty
    where none is asked for.

    Parameters
    ----------
    name
        Of the scenario.
    state
        From `apply_edits`.
    settings
        Which statutory ceilings apply, and what costs what.
    costs
        parcel_id → CNY per m², before those of the settings.

    Raises
    ------
    RuleError
        If a rule is not in force.
    SchemaError
        If a cost is of a parcel that is not in the run.
    """
    settings = settings or SolveSettings()
    known = dict(costs or {}) | dict(settings.costs)
    strays = sorted(set(known) - set(state.areas))
    if strays:
        raise SchemaError("scenario_cost_stray", ids=strays)
    balance = evaluate_land(state)
    applied = settings.industrial_ceiling == "applied"
    national = state.rules.get("green.industrial_ceiling_ratio") if applied else None
    told = _facts(state)
    ground, roofs, converted = _green_by_parcel(balance, state)
    today = _today(balance, state)
    plans = dict(zip(state.land["parcel_id"], state.land["green_plan_id"].fillna("").astype("str"), strict=True))
    rows, choices = [], []
    roofs_claimed = _roofs_claimed(state)
    for record in balance.parcels[balance.parcels["zone_id"].notna()].to_dict("records"):
        key = record["parcel_id"]
        green, roof = ground.get(key, Fraction(0)), roofs.get(key, Fraction(0))
        low = _floor(record, state)
        high = _ceiling(record, state, national if told[key].is_industrial in (None, True) else None, plan=plans[key])
        if told[key].is_industrial is None and high[1] == "statute":
            high = (high[0], STATUTE_OPEN, high[2])
        if 0 < low[0] - high[0] <= Fraction(1, GRID):
            # Floor and ceiling are one share of the land, between two whole mm²: that share is not forbidden.
            high = (low[0], high[1], high[2])
        limits = _roof_limits(record, converted[key], state) if key in converted else {}
        # Green of today may stay, and what an edit leaves of it; above it, an edit has to keep to the ceiling.
        on_ground, on_roofs = today.get(key, (Fraction(0), Fraction(0)))
        there = on_ground + (on_roofs if on_ground >= limits.get("roof_from_m2", Fraction(0)) else Fraction(0))
        if settings.above_ceiling == "kept" and there > high[0]:
            high = (there, "kept", high[2])
        # A ceiling that only may bind lets no green be added above it, and takes none away.
        stays = there if high[1] == STATUTE_OPEN else Fraction(0)
        lock = state.locks.get(key)
        least, most = state.claimed_limits.get(key, (low[0], high[0]))
        choice = ParcelChoice(
            parcel_id=key, zone_id=record["zone_id"], area_m2=state.areas[key], green_m2=green,
            start_m2=green if settings.start == "base" else Fraction(0),
            # What is there stays allowed: a parcel and its parts are measured apart, to a mm².
            floor_m2=max(low[0], min(least, green)), ceiling_m2=min(max(high[0], stays), max(most, green)),
            cost_cny_m2=known.get(key, settings.cost_cny_m2), fixed_cost_cny=settings.fixed_cost_cny,
            patch_m2=settings.patch_m2, locked=lock is not None or key in roofs_claimed, **limits,
        )  # fmt: skip
        choices.append(choice)
        verdict = _within(green + roof, low, high, told[key])
        shared = {"claimed_least_m2": float(least), "claimed_most_m2": float(most)}
        claimed = shared if key in state.claimed_limits else {}
        rows.append(_row(record, choice, roof, low, high, lock.reason if lock else "") | verdict | claimed)
    parcels = _with_belts(pd.DataFrame(rows, columns=TABLE_COLUMNS), balance)
    targets = _targets(balance, state, choices)
    return ScenarioState(name, parcels, _zones(balance, targets), balance, tuple(choices), targets)


Limit = tuple[Fraction, str, str]
#: The national ceiling, on land that may be industrial or not.
STATUTE_OPEN = "statute_open"


def _with_belts(table: pd.DataFrame, balance: Balance) -> pd.DataFrame:
    """Return the table by parcel, with the belt of each that is asked for one."""
    belts = balance.tables.get("protective_belts", pd.DataFrame(columns=BELT_COLUMNS)).set_index("parcel_id")
    for name in ("belt_verdict", "belt_ground", "belt_share"):
        found = table["parcel_id"].map(belts["verdict" if name == "belt_verdict" else name])
        table[name] = found.astype("float64") if name == "belt_share" else found.astype("object").fillna("")
    limits = ["floor_open_m2", "ceiling_open_m2", "claimed_least_m2", "claimed_most_m2"]
    return table.astype(dict.fromkeys(limits, "float64")).sort_values("parcel_id", ignore_index=True)


@dataclasses.dataclass(frozen=True)
class _Facts:
    """What limits a parcel beside its plan, None where it is not told, and its floor if it gives off harmful gases."""

    is_industrial: bool | None
    harmful_gas: bool | None
    area_m2: Fraction
    gas_floor_m2: Fraction


def _roofs_claimed(state: GreenLand) -> set[str]:
    """Return the parcels with roofs on ground that others claim too: whether those count must not hang on an answer."""
    if ROOF not in state.rules.get("green.counted_kinds").value:
        return set()
    claimed = state.claimed
    return set(claimed.loc[claimed["green_id"].map(state.kinds) == ROOF, "parcel_id"])


def _facts(state: GreenLand) -> dict[str, _Facts]:
    harmful = state.rules.get("green.harmful_gas_floor_ratio").value
    columns = (state.land["parcel_id"], is_industrial(state.land), state.land["harmful_gas"].astype("boolean"))
    return {
        key: _Facts(None if pd.isna(use) else bool(use), None if pd.isna(gas) else bool(gas), state.areas[key],
                    ceil_mm2(harmful * state.areas[key]))
        for key, use, gas in zip(*columns, strict=True) if key in state.areas
    }  # fmt: skip


def _within(green: Fraction, low: Limit, high: Limit, told: _Facts) -> dict[str, Any]:
    """Return whether green is within its limits, and the facts that are missing to say so."""
    use_open = high[1] == STATUTE_OPEN
    # A floor that an edit names stands whatever the project gives off; land of another use has no such project.
    may_be_gas = told.harmful_gas is None and told.is_industrial is not False and not low[1].startswith("edit:")
    may_be_gas &= told.gas_floor_m2 > low[0]
    limits = {"floor_open_m2": float(told.gas_floor_m2) if may_be_gas else None,
              "ceiling_open_m2": float(told.area_m2) if use_open else None}  # fmt: skip
    if not low[0] <= green <= (told.area_m2 if use_open else high[0]):
        return {"within_limits": "not_met", "missing": "", **limits}
    missing = [GAS_FACT] if may_be_gas and green < told.gas_floor_m2 else []
    missing += [USE_FACT] if use_open and green > high[0] else []
    return {"within_limits": "undetermined" if missing else "met", "missing": ";".join(missing), **limits}


Amounts = dict[str, Fraction]


def _green_by_parcel(balance: Balance, state: GreenLand) -> tuple[Amounts, Amounts, Amounts]:
    """Return what counts of each parcel, on the ground and on roofs; and what roofs would, given enough ground."""
    pieces = balance.tables["green_pieces"]
    counted = pieces[pieces["green_kind"].isin(state.ground_kinds)]
    ground = {str(key): exact_m2(areas) for key, areas in counted.groupby("parcel_id")["credited_m2"]}
    roofs: Amounts = {}
    converted: Amounts = {}
    if ROOF in state.rules.get("green.counted_kinds").value:
        own = pieces[pieces["green_kind"] == ROOF].groupby("parcel_id")
        roofs = {str(key): exact_m2(areas) for key, areas in own["credited_m2"]}
        converted = {str(key): amount for key, areas in own["converted_m2"] if (amount := exact_m2(areas))}
    return ground, roofs, converted


def _today(balance: Balance, state: GreenLand) -> dict[str, tuple[Fraction, Fraction]]:
    """Return what parcels have without what edits set or drew: on the ground, and on roofs as converted."""
    ids = state.pairs["target_id"]
    counts = ids.map(state.kinds).isin(state.ground_kinds) & ~ids.isin(state.added)
    measured = state.pairs[counts].groupby("source_id")["area_m2"]
    ground = {str(key): exact_m2(areas) for key, areas in measured}
    pieces = balance.tables["green_pieces"]
    roofs: Amounts = {}
    if ROOF in state.rules.get("green.counted_kinds").value:
        own = pieces[(pieces["green_kind"] == ROOF) & pieces["green_id"].isin(set(state.kinds) - state.added)]
        roofs = {str(key): exact_m2(areas) for key, areas in own.groupby("parcel_id")["converted_m2"]}
    none = Fraction(0)
    return {key: (ground.get(key, none), roofs.get(key, none)) for key in ground | roofs}


def _roof_limits(record: Mapping[Any, Any], converted: Fraction, state: GreenLand) -> dict[str, Any]:
    """Return how the roofs of a parcel count, as `gis.scenarios.problem.ParcelChoice` has it."""
    share = state.rules.get("green.roof_least_ground_share").value
    return {
        "roof_m2": converted,
        "roof_from_m2": roofs_from_m2(state.areas[record["parcel_id"]], exact(record["floor_ratio"]), state.rules),
        "roof_from_ratio": share if record["floor_ground"] == "floor_zone" else None,
    }


def _floor(record: Mapping[Any, Any], state: GreenLand) -> Limit:
    area = state.areas[record["parcel_id"]]
    edit = state.limits.get(("floor", record["parcel_id"]))
    if edit is not None:
        return ceil_mm2(edit.m2_of(area)), f"edit:{edit.label}", edit.citation or ""
    source = OWN_FLOORS.get(record["floor_ground"])
    if source is None:
        return Fraction(0), "none", ""
    return ceil_mm2(exact(record["floor_ratio"]) * area), source, record["floor_citation"]


def _ceiling(record: Mapping[Any, Any], state: GreenLand, rule: Parameter | None, *, plan: str) -> Limit:
    area = state.areas[record["parcel_id"]]
    edit = state.limits.get(("ceiling", record["parcel_id"]))
    if edit is not None:
        return floor_mm2(edit.m2_of(area)), f"edit:{edit.label}", edit.citation or ""
    ratio, source, cited = ceiling_of(record["ceiling_ratio"], plan, rule)
    return floor_mm2(ratio * area), source, cited


def _row(
    record: Mapping[Any, Any], choice: ParcelChoice, roof: Fraction, low: Limit, high: Limit, lock: str
) -> dict[str, Any]:
    area, green = choice.area_m2, choice.green_m2 + roof

    def ratio(amount: Fraction) -> float:
        return float(amount / area) if area else float("nan")

    return {
        "parcel_id": choice.parcel_id, "zone_id": choice.zone_id, "area_m2": float(area), "green_m2": float(green),
        "green_ratio": ratio(green), "roof_credited_m2": float(roof), "floor_m2": float(low[0]),
        "floor_ratio": ratio(low[0]), "floor_source": low[1], "floor_citation": low[2], "ceiling_m2": float(high[0]),
        "ceiling_ratio": ratio(high[0]), "ceiling_source": high[1], "ceiling_citation": high[2],
        "cost_cny_m2": float(choice.cost_cny_m2), "fixed_cost_cny": float(choice.fixed_cost_cny),
        "patch_m2": float(choice.patch_m2), "is_locked": choice.locked, "lock_reason": lock,
        "source_file": record["source_file"], "source_row": record["source_row"],
    }  # fmt: skip


def _targets(balance: Balance, state: GreenLand, choices: Sequence[ParcelChoice]) -> tuple[ZoneTarget, ...]:
    """Return what each zone needs; its parcels, less what they claim twice, must come to the balance's own total."""
    target = state.rules.get("green.zone_floor_ratio").value
    roofed = {choice.zone_id for choice in choices if choice.roof_m2}
    cap = state.rules.get("green.roof_share_cap").value if roofed else Fraction(0)
    targets = [
        ZoneTarget(row["zone_id"], exact_m2([row["land_m2"]]), target,
                   roof_cap_ratio=cap if row["zone_id"] in roofed else Fraction(0),
                   claimed_m2=exact_m2([row["green_claimed_m2"]]),
                   claimed_roofs_m2=exact_m2([row["roofs_claimed_m2"]]))
        for row in balance.zones.to_dict("records")
    ]  # fmt: skip
    problem = Problem(tuple(targets), tuple(choices))
    green = {choice.parcel_id: choice.green_m2 for choice in choices}
    for zone in targets:
        measured = exact_m2(balance.figure("zone_green_m2", zone.zone_id).rows["value"])
        if problem.total_m2(zone, green) != measured:
            raise SchemaError("scenario_total_differs", zone=zone.zone_id, parcels=float(problem.total_m2(zone, green)),
                              balance=float(measured))  # fmt: skip
    return tuple(targets)


def _zones(balance: Balance, targets: tuple[ZoneTarget, ...]) -> pd.DataFrame:
    needed = {target.zone_id: float(ceil_mm2(target.target_ratio * target.land_m2)) for target in targets}
    zones = balance.zones.rename(columns={"floor_ratio": "target_ratio"})
    return zones.assign(needed_m2=zones["zone_id"].map(needed))[ZONE_COLUMNS].sort_values("zone_id", ignore_index=True)


def problem_of(state: ScenarioState, settings: SolveSettings) -> Problem:
    """Return the question that a scenario puts to the solver."""
    return Problem(state.targets, state.choices, settings.objective, settings.budget_cny)
