"""A ledger with as many open reservations as wanted, written at once: shared by the tests and `bench_limits`."""

from __future__ import annotations

from gis.ledgers.chain import GENESIS, entry_hash
from gis.ledgers.reservations import set_aside
from gis.ledgers.tables import ENTRY_FIELDS, entries, head, holdings

ENERGY, DISTRICT = "energy_equal_value", "district:310115"
ROWS = 10_000


def fill(ledger, count):
    """Write what ``count`` entries of a ledger leave, as booking would: one issue, then a reservation each, all open."""
    blank = dict.fromkeys(ENTRY_FIELDS, "") | {"kind": ENERGY, "year": 2026, "as_of": "2026-01-05"}
    previous, made, held = GENESIS, [], []
    with ledger.engine.begin() as connection:
        for seq in range(1, count + 1):
            if seq == 1:
                units, accounts, action = (1, 10 * count), ("issued", DISTRICT), "issue"
            else:
                units, accounts, action = (seq - 1, seq - 1), (DISTRICT, f"reserved:R{seq:08d}-1"), "reserve"
            entry = blank | {"seq": seq, "posting": seq, "action": action, "first": units[0], "last": units[1],
                             "from_account": accounts[0], "to_account": accounts[1]}  # fmt: skip
            if seq > 1:
                entry |= {"reference": f"R{seq:08d}-1", "project": f"P{seq}", "expires": "2026-12-31"}
                place = {"kind": ENERGY, "year": 2026, "first": units[0], "last": units[1], "account": accounts[1]}
                held.append(place | {"expires": "2026-12-31"})
            entry |= {"previous_hash": previous, "hash": entry_hash(entry, previous)}
            previous = entry["hash"]
            made.append(entry)
            if len(made) == ROWS or seq == count:
                connection.execute(entries.insert(), made)
                if held:
                    connection.execute(holdings.insert(), held)
                made, held = [], []
        rest = {"kind": ENERGY, "year": 2026, "first": count, "last": 10 * count, "account": DISTRICT, "expires": ""}
        connection.execute(holdings.insert(), [rest])
        connection.execute(head.update().values(entries_count=count, postings_count=count, hash=previous, last_day="2026-01-05"))


def book_fifty(posting):
    """Reserve a unit for each of fifty projects, in one posting."""
    for number in range(50):
        days = ("2026-02-01", "2026-08-01")
        set_aside(posting, ENERGY, 2026, "0.001", holder=DISTRICT, project=f"N{number}", parcel_id="", document="",
                  days=days, place=number + 1)  # fmt: skip
