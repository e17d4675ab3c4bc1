"""The state of a ledger on a day: which state, what is open, and nothing of a ledger that is not whole."""

from decimal import Decimal

import pandas as pd
import pytest
import sqlalchemy as sa

from gis.errors import QuotaError
from gis.ledgers import read_state, state, verify_ledger
from gis.ledgers.tables import head
from gis.reports.quota_section import state_lines

ENERGY, DISTRICT = "energy_equal_value", "district:310115"


@pytest.fixture
def used(ledger):
    ledger.issue(ENERGY, 2026, "100", account=DISTRICT, as_of="2026-01-05")
    ledger.reserve(ENERGY, 2026, "60", holder=DISTRICT, project="P1", parcel_id="D-01", as_of="2026-02-01",
                   expires="2026-03-30")  # fmt: skip
    ledger.reserve(ENERGY, 2026, "10", holder=DISTRICT, project="P2", parcel_id="D-02", as_of="2026-02-02",
                   expires="2026-08-01")  # fmt: skip
    ledger.post("R00000003-1", "4", as_of="2026-04-01")
    ledger.expire(as_of="2026-04-02")
    return ledger


def test_a_day_has_its_balance_reservations_and_entries(used):
    found = read_state(used, as_of="2026-03-31", parcels=pd.DataFrame({"parcel_id": ["D-01"], "zone_id": ["Z"]}))
    assert (found.entries_count, found.later_count, len(found.statement)) == (6, 3, 3)
    assert found.head_hash == used.statement()["hash"].iloc[-1]
    assert found.reservations[["reservation_id", "quantity", "is_over"]].to_numpy().tolist() == [
        ["R00000002-1", 60, True], ["R00000003-1", 10, False],
    ]  # fmt: skip
    [_, _, over] = state_lines(found, "en")
    assert over.startswith("1 reservation(s) were over on 2026-03-31")
    assert found.zones[["zone_id", "reserved"]].to_numpy().tolist() == [["", 10], ["Z", 60]]
    assert found.waterfalls[ENERGY, 2026]["quantity"].tolist() == [100, -70]
    # By now the first is given back, for it was over, and the second is used.
    now = read_state(used, as_of="2026-11-24")
    assert now.later_count == 0 and now.reservations.empty and now.zones is None
    assert now.balance.set_index("level")["balance"].to_dict() == {"district": Decimal(96), "reserved": 0, "project": 4}


def test_what_is_open_is_what_the_ledger_says(used):
    expected = [(one.reservation_id, one.holder, one.quantity, one.expires) for one in used.reservations()]
    found = read_state(used, as_of="2999-01-01").reservations
    assert list(found[["reservation_id", "holder", "quantity", "expires"]].itertuples(index=False, name=None)) == expected


def test_a_ledger_that_is_not_whole_gives_no_figure(used):
    with used.engine.begin() as connection:
        connection.execute(head.update().values(entries_count=7))
    assert not verify_ledger(used).is_whole
    with pytest.raises(QuotaError, match="not whole"):
        read_state(used, as_of="2026-03-31")


def test_a_posting_of_another_in_between_is_read_again(used, monkeypatch):
    """Else count and hash would be of another state than the tables."""
    seen = []

    def busy(ledger, **how):
        table = balance(ledger, **how)
        if not seen:
            seen.append(len(table))
            ledger.issue(ENERGY, 2027, "7", account="city", as_of="2026-04-02")
        return table

    balance = state.balance_by_level
    monkeypatch.setattr(state, "balance_by_level", busy)
    found = read_state(used, as_of="2026-11-24")
    assert seen and found.entries_count == 7 == len(found.statement)
    assert sum(found.balance["issue"]) == 107
    with used.engine.begin() as connection:
        assert found.head_hash == connection.execute(sa.select(head.c.hash)).scalar()
