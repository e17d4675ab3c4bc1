"""Is a ledger whole? Every hash, every number, every unit, from the first entry on."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gis.ledgers.chain import GENESIS, entry_hash
from gis.ledgers.kinds import quota_kinds
from gis.ledgers.posting import ISSUED
from gis.ledgers.tables import entries, head, holdings

if TYPE_CHECKING:
    from gis.ledgers.ledger import Ledger

__all__ = ["Verification", "verify_ledger"]

Key = tuple[str, int]


@dataclasses.dataclass(frozen=True)
class Verification:
    """What `verify_ledger` found.

    Attributes
    ----------
    entries_count
        Entries read.
    faults
        What is wrong, each with the number of the entry; empty for a whole ledger.
    """

    entries_count: int
    faults: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify_ledger(ledger: Ledger) -> Verification:
    """Read every entry again: its hash, its number, and that its units were where it says.

    Changed, missing and reordered entries break the chain of hashes; entries cut off at the end differ from
    the head; the holdings must be what the entries make of them.
    """
    faults: list[str] = []
    held: dict[Key, list[tuple[int, int, str]]] = {}
    count, previous = 0, GENESIS
    with ledger.engine.begin() as connection:
        for entry in connection.execute(sa.select(entries).order_by(entries.c.seq)).mappings():
            count += 1
            faults += _of_chain(entry, count, previous)
            previous = entry["hash"]
            fault = _of_units(entry, held)
            if fault:
                faults.append(fault)
        last = connection.execute(sa.select(head)).mappings().one_or_none()
        now = connection.execute(sa.select(holdings)).mappings().all()
    if last is None:
        faults.append("head: missing")
    elif (last["entries_count"], last["hash"]) != (count, previous):
        faults.append(f"head: says {last['entries_count']} entries, there are {count}, or the last was changed")
    expected = {(*key, *piece) for key, pieces in held.items() for piece in pieces}
    found = {(row["kind"], row["year"], row["first"], row["last"], row["account"]) for row in now}
    for row in sorted(expected ^ found, key=str):
        faults.append(f"holdings: {row} {'is missing' if row in expected else 'has no entries'}")
    return Verification(count, tuple(faults))


def _of_chain(entry: Any, count: int, previous: str) -> list[str]:
    faults = []
    if entry["seq"] != count:
        faults.append(f"entry {entry['seq']}: expected number {count}; an entry is missing")
    if entry["previous_hash"] != previous:
        faults.append(f"entry {entry['seq']}: does not follow the entry before it")
    if entry["hash"] != entry_hash(entry, entry["previous_hash"]):
        faults.append(f"entry {entry['seq']}: was changed")
    if entry["kind"] not in quota_kinds():
        faults.append(f"entry {entry['seq']}: unknown kind {entry['kind']}")
    return faults


def _of_units(entry: Any, held: dict[Key, list[tuple[int, int, str]]]) -> str:
    """Move the units of an entry among the pieces held; return what is wrong, or nothing."""
    pieces = held.setdefault((entry["kind"], entry["year"]), [])
    first, last, source, target = entry["first"], entry["last"], entry["from_account"], entry["to_account"]
    if source == ISSUED:
        if first != max((piece[1] for piece in pieces), default=0) + 1:
            return f"entry {entry['seq']}: issues units {first}–{last} that are not the next"
        pieces.append((first, last, target))
        return ""
    for place, (low, high, account) in enumerate(pieces):
        if low <= first and last <= high and account == source:
            rest = [(low, first - 1, source)] if low < first else []
            rest += [(last + 1, high, source)] if last < high else []
            pieces[place : place + 1] = [*rest, (first, last, target)]
            return ""
    return f"entry {entry['seq']}: units {first}–{last} were not in {source}"
