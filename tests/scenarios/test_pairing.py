"""Which surplus covers which deficit, against another solver, and who depends on a donor."""

import random
from decimal import Decimal

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from green_questions import F
from scipy.optimize import linprog
from shapely import Point

from gis.errors import InfeasibleError
from gis.scenarios import dependants, pair_surplus
from gis.scenarios.pairing import measure_pledges, references_of


def zone(greens, at, area=1_000):
    names = [f"p{i}" for i in range(len(greens))]
    table = pd.DataFrame({"parcel_id": names, "zone_id": "Z", "area_m2": float(area), "green_m2": greens,
                          "floor_m2": 0.0, "floor_source": "none"})  # fmt: skip
    land = gpd.GeoDataFrame({"parcel_id": names}, geometry=[Point(x, y).buffer(1) for x, y in at], crs=4549)
    return table, land


def test_the_nearest_surplus_covers_and_what_is_left_is_said():
    # p0 +100 at 0, p1 +50 at 10; p2 −80 at 2, p3 −30 at 9: the nearest pairs cover all.
    table, land = zone([300.0, 250.0, 120.0, 170.0], [(0, 0), (10, 0), (2, 0), (9, 0)])
    found = pair_surplus(table, land, zone_id="Z", target_ratio="20%")
    assert found.pledges[["donor_id", "receiver_id", "pledged_m2"]].to_numpy().tolist() == [
        ["p0", "p2", Decimal(80)], ["p1", "p3", Decimal(30)],
    ]  # fmt: skip
    assert found.spare == {"p0": Decimal(20), "p1": Decimal(20)} and found.uncovered == {}
    assert found.moved_m2_m == 80 * 2 + 30
    less = pair_surplus(*zone([300.0, 50.0], [(0, 0), (9, 0)]), zone_id="Z", target_ratio="20%")
    assert less.uncovered == {"p1": Decimal(50)} and less.pledges["pledged_m2"].tolist() == [Decimal(100)]


def test_a_floor_of_its_own_is_the_reference_of_a_parcel():
    table, land = zone([300.0, 250.0], [(0, 0), (10, 0)])
    table.loc[0, ["floor_m2", "floor_source"]] = [350.0, "plan"]
    found = pair_surplus(table, land, zone_id="Z", target_ratio="20%")
    assert found.pledges["donor_id"].tolist() == ["p1"] and found.pledges["pledged_m2"].tolist() == [Decimal(50)]


@pytest.mark.parametrize("seed", range(25))
def test_no_pairing_is_shorter_and_no_square_metre_is_pledged_twice(seed):
    rng = random.Random(seed)
    count = rng.randint(4, 25)
    greens = [rng.randint(0, 400_000_000) / 10**6 for _ in range(count)]
    table, land = zone(greens, [(rng.uniform(0, 900), rng.uniform(0, 900)) for _ in range(count)])
    found = pair_surplus(table, land, zone_id="Z", target_ratio="20%")
    margin = {f"p{i}": F(str(green)) - 200 for i, green in enumerate(greens)}
    given = found.pledges.groupby("donor_id")["pledged_m2"].sum()
    taken = found.pledges.groupby("receiver_id")["pledged_m2"].sum()
    assert all(F(amount) <= margin[key] for key, amount in given.items())
    assert all(F(amount) <= -margin[key] for key, amount in taken.items())
    donors = [key for key in margin if margin[key] > 0]
    receivers = [key for key in margin if margin[key] < 0]
    total = min(sum(margin[d] for d in donors), -sum(margin[r] for r in receivers))
    assert F(sum(found.pledges["pledged_m2"], Decimal(0))) == total
    points = dict(zip(land["parcel_id"], land.geometry.representative_point(), strict=True))
    cost = [round(points[d].distance(points[r]), 3) for d in donors for r in receivers]
    if cost:
        rows = np.vstack([np.kron(np.eye(len(donors)), np.ones(len(receivers))),
                          np.kron(np.ones(len(donors)), np.eye(len(receivers)))])  # fmt: skip
        most = [float(abs(margin[key])) for key in (*donors, *receivers)]
        best = linprog(cost, A_ub=rows, b_ub=most, A_eq=[[1.0] * len(cost)], b_eq=[float(total)])
        assert float(found.moved_m2_m) == pytest.approx(best.fun, rel=1e-6, abs=1e-3)
    turned = pair_surplus(table.iloc[::-1], land.iloc[::-1], zone_id="Z", target_ratio="20%")
    pd.testing.assert_frame_equal(turned.pledges, found.pledges)


def test_a_change_of_a_donor_flags_everyone_who_depends_on_it():
    table, land = zone([400.0, 260.0, 120.0, 130.0], [(0, 0), (90, 0), (2, 0), (9, 0)])
    found = pair_surplus(table, land, zone_id="Z", target_ratio="20%")
    assert set(found.pledges["donor_id"]) == {"p0"}
    references = references_of(table, "20%")
    green = dict(zip(table["parcel_id"], table["green_m2"], strict=True))
    assert dependants(found.pledges, green, references).empty
    assert dependants(found.pledges, {**green, "p0": 350.0}, references).empty  # 150 m² are still there
    told = dependants(found.pledges, {**green, "p0": 349.0}, references)
    assert told["receiver_id"].tolist() == ["p2", "p3"] and set(told["short_m2"]) == {Decimal(1)}
    assert set(dependants(found.pledges, {**green, "p0": 10.0}, references)["surplus_m2"]) == {Decimal(0)}


def test_pledging_twice_is_refused():
    twice = pd.DataFrame({"donor_id": ["a", "a"], "receiver_id": ["b", "c"], "pledged_m2": [Decimal(6), Decimal(6)]})
    with pytest.raises(InfeasibleError):
        measure_pledges(twice, {"a": F(10)}, {"b": F(6), "c": F(6)})
