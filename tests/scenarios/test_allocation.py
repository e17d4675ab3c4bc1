"""Allocation of quotas, beside trying every subset: who gets what, what binds, at what price, and who is left out."""

import itertools
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from gis.errors import QuotaError, SchemaError
from gis.ledgers import create_ledger
from gis.scenarios import propose_allocation

ENERGY, COD = "energy_equal_value", "cod"


def requests(*rows):
    return pd.DataFrame(rows, columns=["project", "priority", "value", "kind", "year", "quantity"])


def quotas(**given):
    return pd.DataFrame([(kind, 2026, quantity) for kind, quantity in given.items()], columns=["kind", "year", "quantity"])


THREE = requests(
    ("P1", 1, 1, ENERGY, 2026, "60000"), ("P2", 2, 3, ENERGY, 2026, "50000"), ("P3", 2, 2, ENERGY, 2026, "40000"),
)  # fmt: skip


def test_priority_comes_first_and_the_quota_binds_at_a_price():
    proposal = propose_allocation(THREE, quotas(energy_equal_value="100000"))
    assert proposal.projects.set_index("project")["given"].to_dict() == {"P1": True, "P2": False, "P3": True}
    [row] = proposal.quotas.to_dict("records")
    assert (row["quota"], row["given"], row["left"]) == (Decimal(100000), Decimal(100000), Decimal(0))
    assert row["is_binding"] and row["price_priority"] == 2
    # 40,000 are left to the second class: in parts they would all go to P2, 3 for 50,000.
    assert row["price"] == pytest.approx(3 / 50000)
    assert proposal.lines[["project", "quantity"]].to_numpy().tolist() == [["P1", Decimal(60000)], ["P3", Decimal(40000)]]


def test_the_price_is_the_slope_of_the_relaxed_optimum():
    def relaxed(quota):
        found = linprog([-3, -2], A_ub=[[50000, 40000]], b_ub=[quota - 60000], bounds=[(0, 1)] * 2)
        return -found.fun

    price = propose_allocation(THREE, quotas(energy_equal_value="100000")).quotas.loc[0, "price"]
    assert price == pytest.approx((relaxed(100001) - relaxed(99999)) / 2)


def test_a_quota_with_room_has_no_price_and_binds_nobody():
    proposal = propose_allocation(THREE, quotas(energy_equal_value="150000"))
    assert proposal.projects["given"].all() and not proposal.quotas.loc[0, "is_binding"]
    assert proposal.quotas.loc[0, "price"] == 0 and pd.isna(proposal.quotas.loc[0, "price_priority"])


@pytest.mark.parametrize(
    ("quota", "given", "reason"),
    [("60000", True, ""), ("59999.999", False, "exceeds_quota"), ("0", False, "no_quota"), (Decimal("0.000"), False, "no_quota")],
)
def test_to_the_last_unit(quota, given, reason):
    proposal = propose_allocation(THREE.iloc[:1], quotas(energy_equal_value=quota))
    assert (proposal.projects.loc[0, "given"], proposal.projects.loc[0, "reason"]) == (given, reason)


def test_a_kind_without_quota_is_named():
    rows = requests(("P1", 1, 1, ENERGY, 2026, "1"), ("P1", 1, 1, COD, 2026, "0.5"))
    proposal = propose_allocation(rows, quotas(energy_equal_value="5"))
    assert proposal.projects.loc[0, ["reason", "short_of"]].tolist() == ["no_quota", "cod 2026: 0.500000"]
    assert proposal.quotas.set_index("kind").loc[COD, "quota"] == 0


def test_one_smallest_unit_too_much_is_cut_off_however_large_the_quota():
    """Ten requests exceed a quota by 0.000001 t of 100,000 t, which a solver in floats doesn't see."""
    rows = requests(*((f"P{i}", 1, 1, COD, 2026, "10000.000001" if i == 0 else "10000") for i in range(10)))
    proposal = propose_allocation(rows, quotas(cod="100000"))
    assert proposal.projects["given"].sum() == 9
    assert proposal.quotas.loc[0, "left"] >= 0


def best_by_class(rows, has):
    """Every subset: the values of the classes, the first class first."""
    projects = sorted(set(rows["project"]))
    facts = rows.drop_duplicates("project").set_index("project")
    classes = sorted(set(facts["priority"]))
    best = None
    for size in range(len(projects) + 1):
        for subset in itertools.combinations(projects, size):
            own = rows[rows["project"].isin(subset)]
            used = {kind: sum(map(Decimal, part["quantity"]), Decimal(0)) for kind, part in own.groupby("kind")}
            if all(amount <= has.get(kind, 0) for kind, amount in used.items()):
                values = tuple(int(facts.loc[[p for p in subset if facts.loc[p, "priority"] == c], "value"].sum()) for c in classes)
                best = max(best or values, values)
    return best


@settings(max_examples=40, deadline=None)
@given(
    asked=st.lists(st.tuples(st.integers(1, 2), st.integers(1, 5), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=6),
    energy=st.integers(1, 25), cod=st.integers(1, 25), seed=st.integers(0, 99),
)  # fmt: skip
def test_nothing_better_by_any_subset_and_the_order_of_rows_decides_nothing(asked, energy, cod, seed):
    rows = requests(*(
        (f"P{i}", priority, value, kind, 2026, str(amount))
        for i, (priority, value, *amounts) in enumerate(asked)
        for kind, amount in zip((ENERGY, COD), amounts, strict=True) if amount
    ))  # fmt: skip
    if rows.empty:
        return
    has = quotas(energy_equal_value=str(energy), cod=str(cod))
    proposal = propose_allocation(rows, has)
    assert tuple(proposal.classes["value"]) == best_by_class(rows, {ENERGY: energy, COD: cod})
    assert np.allclose(proposal.classes["value"], proposal.classes["bound"])
    assert (proposal.quotas["left"] >= 0).all()
    assert (proposal.quotas["given"] + proposal.quotas["left"] == proposal.quotas["quota"]).all()
    left_out = proposal.projects[~proposal.projects["given"]]
    assert (left_out["reason"] != "").all() and (left_out["short_of"] != "").all()
    shuffled = propose_allocation(rows.sample(frac=1, random_state=seed), has.iloc[::-1])
    for name in ("projects", "lines", "quotas", "classes"):
        pd.testing.assert_frame_equal(getattr(shuffled, name), getattr(proposal, name))


def test_it_takes_a_ledgers_balance_and_books_nothing(tmp_path):
    with create_ledger(str(tmp_path / "q.db")) as ledger:
        ledger.issue(ENERGY, 2026, "100000", account="district:310115", as_of="2026-01-05")
        before = ledger.statement()
        proposal = propose_allocation(THREE, ledger.balance().query("account == 'district:310115'"))
        assert proposal.projects["given"].tolist() == [True, False, True]
        pd.testing.assert_frame_equal(ledger.statement(), before)


@pytest.mark.parametrize(
    ("spoilt", "error", "said"),
    [
        (THREE.drop(columns="value"), SchemaError, "value"),
        (pd.concat([THREE, THREE.iloc[:1]]), SchemaError, "once"),
        (THREE.assign(priority=[0, 1, 1]), SchemaError, "above 0"),
        (THREE.assign(value=[1.5, 1.0, 1.0]), SchemaError, "whole"),
        (requests(("P1", 1, 1, ENERGY, 2026, "1"), ("P1", 2, 1, COD, 2026, "1")), SchemaError, "more than one"),
        (THREE.assign(quantity=[1.0, 2.0, 3.0]), QuotaError, "decimal"),
        (THREE.assign(kind="coal"), QuotaError, "coal"),
    ],
)
def test_requests_that_are_not_whole_are_refused(spoilt, error, said):
    with pytest.raises(error, match=said):
        propose_allocation(spoilt, quotas(energy_equal_value="100000"))
