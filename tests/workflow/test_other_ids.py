"""Other ids and another order of rows change no figure of a zone: not one byte, in any analysis, scenario or map."""

import datetime as dt
import random

import numpy as np
import pandas as pd
import pytest
from arrangements import SIDE, green_of, moved, parcels_of, random_arrangement, table, use_of
from shapely import affinity, box

from gis.analyses import trend_of_idle_land
from gis.errors import InfeasibleError
from gis.issues import IssueLog
from gis.maps.join import join_findings
from gis.maps.views import make_views
from gis.overlay import area_balance, sum_by_zone
from gis.scenarios import build_scenario_table, problem_of, solve_green, solve_swap
from gis.scenarios.green_file import SolveSettings
from gis.schema import conform
from gis.workflow import balances
from gis.workflow.loading import Loaded
from gis.workflow.row_accounts import RowAccount
from gis.workflow.run_file import RunFile

ZONES = ("A", "B")
APART = 1_000.0
CODES = ("1001", "0901", "0701", "1401")
#: Column of each table that holds ids of it or of others.
IDS = {"parcels": ["parcel_id"], "green_spaces": ["green_id"], "land_use": ["patch_id"],
       "buildings": ["building_id", "parcel_id"], "parcel_events": ["parcel_id"]}  # fmt: skip
EVENTS = (("commenced", None), ("completed", None), ("in_production", None), ("efficiency_grade", "D"),
          ("tax", "120000"), ("disposal_decided", "reclaim"))  # fmt: skip


def canonical(name, rows):
    return conform(pd.DataFrame(rows), name, issues=IssueLog(), file=f"{name}.csv")


def made_tables(seed):
    """Return the tables of two zones with every layer: parcels, green with roofs, use, buildings, events."""
    draw = random.Random(seed)
    layers = [random_arrangement(draw, f"{zone}-") for zone in ZONES]
    parcels, green, use = ([row for place, own in enumerate(layers) for row in moved(own[layer], APART * place)]
                           for layer in range(3))  # fmt: skip
    green = [(key, "roof" if draw.random() < 0.3 else kind, shape) for key, kind, shape in green]
    land, count = parcels_of(parcels), len(parcels)
    land = land.assign(
        legal_area_m2=land.area.round(1), planned_far=[draw.choice((1.5, 2.0, np.nan)) for _ in range(count)],
        counted_floor_area_m2=[draw.choice((100.0, 2_000.0, np.nan)) for _ in range(count)],
        land_use_scheme="mnr_2023", land_use_code=[draw.choice(CODES) for _ in range(count)],
        harmful_gas=pd.array([draw.choice((True, False, None)) for _ in range(count)], dtype="boolean"),
        green_ceiling_ratio=[draw.choice((0.3, 0.9, np.nan)) for _ in range(count)],
        agreed_production_date=pd.to_datetime([draw.choice(("2015-01-01", None)) for _ in range(count)]),
    )  # fmt: skip
    gardens = green_of(green)
    gardens = gardens.assign(
        roof_height_m=[draw.choice((10.0, 30.0, np.nan)) for _ in range(len(gardens))],
        roof_green_kind=pd.Series([draw.choice(("garden", "lawn", None)) for _ in range(len(gardens))], dtype="str"),
    )
    ids = list(land["parcel_id"])
    buildings = [{"building_id": f"b{n}", "parcel_id": draw.choice(ids), "land_use_scheme": "mnr_2023",
                  "land_use_code": draw.choice(CODES[:3]), "floor_area_m2": draw.choice((333.3, 1_000.0, 90.1))}
                 for n in range(3 * count)]  # fmt: skip
    events = [{"parcel_id": key, "event_kind": kind, "event_date": f"20{draw.randrange(14, 26)}-0{draw.randrange(1, 9)}-01",
               "value": value} for key in ids for kind, value in draw.sample(EVENTS, 2)]  # fmt: skip
    return {"parcels": land, "green_spaces": gardens, "land_use": use_of(use),
            "buildings": canonical("buildings", buildings), "parcel_events": canonical("parcel_events", events)}


def turned(tables, seed):
    """Return the same tables with other ids in every one, and their rows in another order."""
    draw, names, found = random.Random(seed), {}, {}
    for name, columns in IDS.items():
        for column in columns:
            ids = sorted(set(tables[name][column].dropna()))
            if column not in names:
                fresh = draw.sample([f"{draw.choice('xyz')}{n}" for n in range(len(ids))], len(ids))
                names[column] = dict(zip(ids, fresh, strict=True))
    for name, columns in IDS.items():
        frame = tables[name].assign(**{own: tables[name][own].map(names[own]).astype("str") for own in columns})
        frame = frame.iloc[draw.sample(range(len(frame)), len(frame))].reset_index(drop=True)
        found[name] = frame
    return found


def loaded(tables, **keys):
    records = [{"zone_id": zone, "boundary_quality": "synthetic"} for zone in ZONES]
    shapes = [affinity.translate(box(0, 0, SIDE, SIDE), APART * place, 0) for place in range(len(ZONES))]
    every = {"approved_boundaries": table("approved_boundaries", records, shapes), **tables}
    run = RunFile.model_validate({
        "zonegis": 1, "title": "t", "as_of": dt.date(2026, 3, 31), "place": "310115",
        "tables": {name: {"path": f"{name}.gpkg"} for name in every}, **keys,
        "rules": [{"name": "green.counted_kinds", "value": ["attached", "roof"], "reason": "test"}],
    })  # fmt: skip
    accounts = {name: RowAccount(name, name, len(frame)) for name, frame in every.items()}
    return Loaded(run, every, IssueLog(), [], accounts=accounts)


def figures_of(run):
    """Return every figure that speaks of a zone, as text, by what it is."""
    measured = balances.balance_land(run)
    found = {"verified": str([(row["figure"], row["stated_m2"]) for row in measured.outlines])}
    for name, balance in measured.balances.items():
        found[f"{name} zones"] = balance.zones.drop(columns="source", errors="ignore").to_csv(index=False)
        found[f"{name} figures"] = "\n".join(f"{f.zone_id} {f.name} {f.value!r}" for f in balance.figures)
        for key in ("ground", "underused_ground", "bureau", "kinds_overlap"):
            if key in balance.tables:
                found[f"{name} {key}"] = balance.tables[key].to_csv(index=False)
    idle, green, mixed = (measured.balances[name] for name in ("idle_land", "green_ratio", "mixed_use"))
    shares, conflicts = mixed.tables["shares"], green.tables["limit_conflicts"]
    found["shares"] = shares[shares["parcel_id"] == ""].to_csv(index=False)
    found["conflicts"] = conflicts[conflicts["level"] == "zone"].to_csv(index=False)
    joined = join_findings(run.tables["parcels"], measured.balances)
    views = make_views(joined)
    found |= {f"view {name}": f"{view.claimed_m2!r} {view.classes}" for name, view in views.items()}
    days = [dt.date(2024, 3, 31), dt.date(2026, 3, 31)]
    trend = trend_of_idle_land(
        measured.land, days, rules=measured.rules, events=run.tables["parcel_events"], zones=measured.zones,
        claims=measured.claims,
    )  # fmt: skip
    found |= {"trend lines": trend.lines.to_csv(), "trend totals": trend.totals.to_csv()}
    found |= scenario_figures(run) | {"swap": swap_figures(idle, run), "areas": area_figures(run, measured)}
    return found


def scenario_figures(run):
    settings = SolveSettings(industrial_ceiling="not_applied")
    state = build_scenario_table("x", balances.measure_green(run), settings=settings)
    found = {"scenario zones": state.zones.to_csv()}
    try:
        solution = solve_green(problem_of(state, settings))
    except InfeasibleError as error:
        return found | {"solved": error.key}
    totals = [(zone.zone_id, solution.problem.total_m2(zone, solution.green_m2)) for zone in solution.problem.zones]
    return found | {"solved": f"{solution.objective!r} {totals}"}


def swap_figures(idle, run):
    land = run.tables["parcels"].merge(idle.parcels[["parcel_id", "area_m2", "underused"]], on="parcel_id")
    holders = pd.DataFrame(land.drop(columns="geometry")).assign(
        holder="x", land_use_group="industrial", needed_by_date=pd.NaT,
        needed_floor_area_m2=np.rint(land["area_m2"] / 100.0) * 10.0,
    )  # fmt: skip
    premises = pd.DataFrame({"premises_id": ["p", "q", "r"], "floor_area_m2": [150.0, 300.0, 80.0],
                             "land_use_group": "industrial", "available_date": pd.Timestamp("2026-01-01")})  # fmt: skip
    results = [solve_swap(holders, premises, objective=objective) for objective in ("land", "moves")]
    return str([(result.freed_m2, result.moves_count) for result in results])


def area_figures(run, measured):
    layers = {"green_spaces": (run.tables["green_spaces"], "green_kind")}
    return sum_by_zone(area_balance(run.tables["parcels"], measured.zones, layers), measured.zones).to_csv(index=False)


@pytest.mark.parametrize("seed", range(6))
def test_other_ids_and_another_order_change_no_figure_of_a_zone(seed):
    tables = made_tables(seed)
    first, second = figures_of(loaded(tables)), figures_of(loaded(turned(tables, 99 + seed)))
    assert first.keys() == second.keys()
    for name, told in first.items():
        assert second[name] == told, name
