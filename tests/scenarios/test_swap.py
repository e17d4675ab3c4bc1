"""Swaps against brute force, and each reason for which an occupant stays."""

import itertools
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import InfeasibleError, SchemaError
from gis.scenarios import measure_swap, solve_swap

USES = ("industrial", "logistics")
DAYS = tuple(pd.to_datetime(["2026-01-01", "2026-06-01", None]))


def occupants(rows):
    columns = ["area_m2", "needed_floor_area_m2", "land_use_group", "needed_by_date"]
    table = pd.DataFrame(rows, columns=columns)
    table["needed_by_date"] = pd.to_datetime(table["needed_by_date"])
    return table.assign(parcel_id=[f"h{i}" for i in range(len(rows))], holder="x")


def offers(rows):
    table = pd.DataFrame(rows, columns=["floor_area_m2", "land_use_group", "available_date"])
    table["available_date"] = pd.to_datetime(table["available_date"])
    return table.assign(premises_id=[f"p{i}" for i in range(len(rows))])


def allowed(h, p, forbidden):
    on_time = pd.isna(h["needed_by_date"]) or p["available_date"] <= h["needed_by_date"]
    fits = h["land_use_group"] == p["land_use_group"] and p["floor_area_m2"] >= h["needed_floor_area_m2"]
    return fits and on_time and (h["parcel_id"], p["premises_id"]) not in forbidden


def best_by_trying(holders, premises, forbidden, gain):
    hs, ps = holders.to_dict("records"), premises.to_dict("records")
    best = Decimal(0)
    for choice in itertools.product([None, *range(len(ps))], repeat=len(hs)):
        used = [one for one in choice if one is not None]
        if len(used) != len(set(used)):
            continue
        chosen = [(h, ps[one]) for h, one in zip(hs, choice, strict=True) if one is not None]
        if all(allowed(h, p, forbidden) for h, p in chosen):
            best = max(best, sum((gain(h) for h, _ in chosen), Decimal(0)))
    return best


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 9999), st.integers(1, 5), st.sampled_from(USES), st.sampled_from(DAYS)),
        min_size=1,
        max_size=4,
    ),
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from(USES), st.sampled_from(DAYS)), max_size=3),
    st.sets(st.tuples(st.sampled_from(["h0", "h1", "h2"]), st.sampled_from(["p0", "p1"]))),
)
def test_the_optimum_is_what_trying_every_assignment_finds(hs, ps, forbidden):
    holders, premises = occupants([(area / 100, *rest) for area, *rest in hs]), offers(ps)
    land = solve_swap(holders, premises, forbidden=forbidden)
    moves = solve_swap(holders, premises, objective="moves", forbidden=forbidden)
    assert land.freed_m2 == best_by_trying(holders, premises, forbidden, lambda h: Decimal(f"{h['area_m2']:.6f}"))
    assert moves.moves_count == best_by_trying(holders, premises, forbidden, lambda h: Decimal(1))
    assert len(land.matches) + len(land.unmatched) == len(holders)
    assert len(land.matches) + len(land.unused_premises) == len(premises)
    turned = solve_swap(holders.iloc[::-1], premises.iloc[::-1], forbidden=forbidden)
    pd.testing.assert_frame_equal(turned.matches, land.matches)


@pytest.mark.parametrize(
    ("offer", "forbidden", "reason"),
    [
        ((200, "logistics", "2026-01-01"), (), "no_such_use"),
        ((99, "industrial", "2026-01-01"), (), "too_small"),
        ((100, "industrial", "2026-02-02"), (), "too_late"),
        ((100, "industrial", "2026-02-01"), {("h0", "p0")}, "forbidden"),
        ((100, "industrial", "2026-02-01"), (), None),  # exactly the area, on the very day
    ],
)
def test_why_an_occupant_stays(offer, forbidden, reason):
    result = solve_swap(occupants([(500.0, 100, "industrial", "2026-02-01")]), offers([offer]), forbidden=forbidden)
    assert result.unmatched["reason"].tolist() == ([] if reason is None else [reason])


def test_an_unknown_need_is_never_matched_and_a_taken_one_is_said():
    holders = occupants(
        [(900.0, None, "industrial", None), (500.0, 10, "industrial", None), (400.0, 10, "industrial", None)]
    )
    result = solve_swap(holders, offers([(100, "industrial", "2026-01-01")]))
    assert result.matches["parcel_id"].tolist() == ["h1"]
    assert dict(zip(result.unmatched["parcel_id"], result.unmatched["reason"], strict=True)) == {
        "h0": "need_unknown",
        "h2": "taken",
    }
    assert result.freed_m2 == 500


def test_measuring_again_refuses_what_breaks_a_condition_and_tables_that_mislead():
    holders, premises = occupants([(500.0, 100, "industrial", None)] * 2), offers([(100, "industrial", "2026-01-01")])
    twice = pd.DataFrame({"parcel_id": ["h0", "h1"], "premises_id": ["p0", "p0"]})
    with pytest.raises(InfeasibleError):
        measure_swap(twice, holders, premises)
    with pytest.raises(SchemaError):
        solve_swap(pd.concat([holders, holders]), premises)


def tried(holders, premises, gain, given_away):
    """Every assignment: the most that can be gained, and the least given away for that."""
    hs, ps, found = holders.to_dict("records"), premises.to_dict("records"), {}
    for choice in itertools.product([None, *range(len(ps))], repeat=len(hs)):
        used = [one for one in choice if one is not None]
        chosen = [(h, ps[one]) for h, one in zip(hs, choice, strict=True) if one is not None]
        if len(used) == len(set(used)) and all(allowed(h, p, ()) for h, p in chosen):
            won = sum((gain(h) for h, _ in chosen), Decimal(0))
            spent = sum((given_away(h, p) for h, p in chosen), Decimal(0))
            found[won] = min(spent, found.get(won, spent))
    best = max(found)
    return best, found[best]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([100, 200, 300]), st.integers(1, 4)), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 99)), min_size=1, max_size=4),
    st.booleans(),
)
def test_among_the_best_the_least_value_is_given_away(hs, ps, valued):
    holders = occupants([(area, need, "industrial", None) for area, need in hs])
    premises = offers([(floor, "industrial", "2026-01-01") for floor, _ in ps])
    if valued:
        premises = premises.assign(value_cny=[float(value) for _, value in ps], value_basis="评估2026-01-01")
    money = lambda h, p: Decimal(str(p["value_cny"]))  # noqa: E731
    floor = lambda h, p: Decimal(str(p["floor_area_m2"])) - Decimal(str(h["needed_floor_area_m2"]))  # noqa: E731
    for objective, gain in (("land", lambda h: Decimal(f"{h['area_m2']:.6f}")), ("moves", lambda h: Decimal(1))):
        found = solve_swap(holders, premises, objective=objective)
        best, least = tried(holders, premises, gain, money if valued else floor)
        assert (found.freed_m2 if objective == "land" else found.moves_count) == best
        assert found.given_away == least
        assert found.preference == ("value_cny" if valued else "floor_area_m2")
        assert found.not_comparable == ("" if valued else "value_missing")


@pytest.mark.parametrize(
    ("values", "bases", "preference", "reason", "chosen"),
    [
        # The larger premises are worth less: by value they are given, by floor area the smaller.
        ([900.0, 100.0], ["评估"] * 2, "value_cny", "", "p1"),
        ([900.0, None], ["评估"] * 2, "floor_area_m2", "value_missing", "p0"),
        ([900.0, 100.0], ["评估2025", "评估2026"], "floor_area_m2", "value_basis_differs", "p0"),
        ([900.0, 100.0], [None, None], "floor_area_m2", "value_basis_missing", "p0"),
        ([900.0, -1.0], ["评估"] * 2, "floor_area_m2", "value_missing", "p0"),
    ],
)
def test_values_that_do_not_compare_are_not_compared_and_that_is_said(values, bases, preference, reason, chosen):
    holders = occupants([(500.0, 10, "industrial", None)])
    premises = offers([(20, "industrial", "2026-01-01"), (90, "industrial", "2026-01-01")])
    found = solve_swap(holders, premises.assign(value_cny=values, value_basis=bases))
    assert (found.preference, found.not_comparable) == (preference, reason)
    assert found.matches["premises_id"].tolist() == [chosen]


def test_premises_that_nobody_may_take_need_no_value():
    holders = occupants([(500.0, 10, "industrial", None)])
    premises = offers([(20, "industrial", "2026-01-01"), (90, "logistics", "2026-01-01")])
    found = solve_swap(holders, premises.assign(value_cny=[5.0, None], value_basis=["x", None]))
    assert (found.preference, found.given_away) == ("value_cny", 5)


@pytest.mark.parametrize(("objective", "expected"), [("moves", 900), ("land", 900)])
def test_among_equals_the_other_objective_decides_and_no_id(objective, expected):
    holders = occupants([(400.0, 10, "industrial", None), (900.0, 10, "industrial", None), (500.0, 9, "industrial", None),
                         (400.0, 20, "industrial", None)])  # fmt: skip
    premises = offers([(10, "industrial", "2026-01-01")])
    for ids in (["1", "2", "3", "4"], ["4", "3", "2", "1"], ["b", "d", "a", "c"]):
        assert solve_swap(holders.assign(parcel_id=ids), premises, objective=objective).freed_m2 == expected
    # 900 m² in one move or in two of 400 + 500: land is equal, and two moves are more.
    two = pd.concat([premises, offers([(9, "industrial", "2026-01-01")]).assign(premises_id="q")])
    pairs = holders.assign(area_m2=[400.0, 900.0, 500.0, 400.0])
    only = {(key, place) for key in ("h1",) for place in ("q",)} | {("h2", "p0"), ("h1", "p0")}
    assert solve_swap(pairs, two, objective=objective, forbidden=only).moves_count == 2


def test_ground_that_parcels_freed_claim_twice_comes_free_once():
    holders = occupants([(600.0, 10, "industrial", None), (600.0, 10, "industrial", None)])
    claims = pd.DataFrame({"face_id": ["f", "f"], "parcel_id": ["h0", "h1"], "area_m2": [200.0, 200.0]})
    both = solve_swap(holders, offers([(10, "industrial", "2026-01-01")] * 2), claims=claims)
    assert (both.freed_m2, both.claimed_m2) == (1_000, 200)
    assert solve_swap(holders, offers([(10, "industrial", "2026-01-01")]), claims=claims).freed_m2 == 600
