"""Is a ledger whole? Every hash, every number, every unit, from the first entry on."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gis.ledgers.chain import GENESIS, fields_hash
from gis.ledgers.kinds import quota_kinds
from gis.ledgers.posting import ISSUED, RESERVED
from gis.ledgers.tables import ENTRY_FIELDS, FORMAT, entries, head, holdings
from gis.ledgers.transactions import faults_of_file, in_transaction

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gis.ledgers.ledger import Ledger

__all__ = ["Verification", "verify_ledger"]

Key = tuple[str, int]
WHOLE = {"seq", "posting", "year", "first", "last"}
SEQ, POSTING, KIND, YEAR, FIRST, LAST, AS_OF, BASIS = (
    ENTRY_FIELDS.index(name) for name in ("seq", "posting", "kind", "year", "first", "last", "as_of", "basis")
)
TYPES = [int if name in WHOLE else str for name in (*ENTRY_FIELDS, "previous_hash", "hash")]
OF_UNITS = tuple(
    ENTRY_FIELDS.index(name)
    for name in ("seq", "kind", "year", "first", "last", "from_account", "to_account", "expires")
)
#: Last unit, account, and last day of a reservation, by first unit.
Piece = tuple[int, str, str]
#: Under this number stands the last unit that was issued.
NEWEST = 0
HOLDING_FIELDS = ("kind", "year", "first", "last", "account", "expires")
#: A number of a basis; one out of all proportion would keep the reader busy for good.
NUMBER = re.compile(r"[0-9./+]{1,80}([eE][+-]?[0-9]{1,2})?")
#: So many entries are read at a time.
ROWS = 10_000


@dataclasses.dataclass(frozen=True)
class Verification:
    """What `verify_ledger` found.

    Attributes
    ----------
    entries_count
        Entries read.
    faults
        What is wrong, each with the number of the entry; empty for a whole ledger.
    head_hash
        Hash of the last entry read, to which every one before it adds: with ``entries_count`` it tells whether the
        entries are those of a state that was signed.
    """

    entries_count: int
    faults: tuple[str, ...]
    head_hash: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify_ledger(ledger: Ledger) -> Verification:
    """Read every entry again: its hash, its number, and that its units were where it says.

    Changed, missing and reordered entries break the chain of hashes; entries cut off at the end differ from
    the head; the holdings must be what the entries make of them.
    """
    try:
        return in_transaction(ledger.engine, _verify, wrapped=False)
    except sa.exc.DBAPIError as error:
        # A page or a text that the database itself can't read any more.
        return Verification(0, (f"database: {str(error.orig).strip()}",))


def _verify(connection: Connection) -> Verification:
    faults: list[str] = []
    held: dict[Key, dict[int, Piece]] = {}
    bases = _Bases()
    count, postings, previous, day = 0, 0, GENESIS, ""
    columns = [entries.c[name] for name in (*ENTRY_FIELDS, "previous_hash", "hash")]
    faults += (f"database: {fault}" for fault in faults_of_file(connection))
    every = sa.select(*columns).order_by(entries.c.seq).execution_options(yield_per=ROWS)
    for row in connection.execute(every):
        count += 1
        *fields, before, own_hash = row
        if [type(value) for value in row] != TYPES:
            # SQLite keeps whatever is written into a column.
            faults.append(f"entry {fields[SEQ]}: was changed")
            previous = own_hash
            continue
        postings = max(postings, fields[POSTING])
        faults += _of_chain(fields, (before, own_hash), count, previous)
        previous = own_hash
        if fields[BASIS]:
            faults += bases.add(fields)
        if fields[AS_OF] < day:
            faults.append(f"entry {fields[SEQ]}: its day {fields[AS_OF]} is before {day}, that of an earlier entry")
        day = max(day, fields[AS_OF])
        fault = _of_units(fields, held)
        if fault:
            faults.append(fault)
    faults += bases.close()
    heads = connection.execute(sa.select(head)).mappings().all()
    now = connection.execute(sa.select(*(holdings.c[name] for name in HOLDING_FIELDS))).all()
    faults += _of_head(heads, (count, previous), postings, day)
    expected = {(*key, first, *piece) for key, own in held.items() for first, piece in own.items() if first != NEWEST}
    found = {tuple(row) for row in now}
    for block in sorted(expected ^ found, key=str):
        faults.append(f"holdings: {block} {'is missing' if block in expected else 'has no entries'}")
    return Verification(count, tuple(faults), str(previous))


def _of_head(heads: Sequence[Any], last: tuple[int, str], postings: int, day: str) -> list[str]:
    count = last[0]
    if len(heads) != 1:
        return [f"head: {len(heads)} rows, expected one"]
    if (heads[0]["entries_count"], heads[0]["hash"]) != last:
        return [f"head: says {heads[0]['entries_count']} entries, there are {count}, or the last was changed"]
    if (heads[0]["id"], heads[0]["format"]) != (1, FORMAT):
        return [f"head: is number {heads[0]['id']} of format {heads[0]['format']}, expected 1 of format {FORMAT}"]
    # Reservations are numbered by postings: a lower count would give a number twice. SQLite keeps text there, too.
    said = heads[0]["postings_count"]
    if type(said) is not int or said < postings:
        return [f"head: says {heads[0]['postings_count']} postings, there are {postings}"]
    if heads[0]["last_day"] != day:
        return [f"head: says the last day is {heads[0]['last_day']}, it is {day}"]
    return []


class _Bases:
    """What bases say was needed, beside what was set aside by them; one posting is kept in mind at a time."""

    def __init__(self) -> None:
        self.posting = 0
        self.sums: dict[tuple[str, int, str], tuple[int, int]] = {}

    def add(self, fields: list[Any]) -> list[str]:
        faults = self.close() if fields[POSTING] != self.posting else []
        self.posting = fields[POSTING]
        key = (fields[KIND], fields[YEAR], fields[BASIS])
        seq, units = self.sums.get(key, (fields[SEQ], 0))
        self.sums[key] = (seq, units + fields[LAST] - fields[FIRST] + 1)
        return faults

    def close(self) -> list[str]:
        faults = []
        for (kind, _, text), (seq, units) in self.sums.items():
            if not _is_needed(kind, units, text):
                faults.append(f"entry {seq}: what was set aside is not what its basis says")
        self.sums = {}
        return faults


def _is_needed(kind: str, units: int, text: str) -> bool:
    """Return whether units are what their basis says; a basis of another shape, or with no number, says nothing."""
    try:
        basis, scale = json.loads(text), 10 ** quota_kinds()[kind].digits
        told = [basis["need"], basis.get("ratio", 1), basis.get("emission", basis["need"])]
        if not all(NUMBER.fullmatch(str(one)) for one in told):
            return False
        need, ratio, emission = (Fraction(one) * scale for one in told)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
        return False
    return bool(units == need == math.ceil(ratio * emission / scale))


def _of_chain(fields: list[Any], hashes: tuple[str, str], count: int, previous: str) -> list[str]:
    seq, (before, own_hash) = fields[SEQ], hashes
    faults = []
    if seq != count:
        faults.append(f"entry {seq}: expected number {count}; an entry is missing")
    if before != previous:
        faults.append(f"entry {seq}: does not follow the entry before it")
    if own_hash != fields_hash(fields, before):
        faults.append(f"entry {seq}: was changed")
    if fields[KIND] not in quota_kinds():
        faults.append(f"entry {seq}: unknown kind {fields[KIND]}")
    return faults


def _of_units(fields: list[Any], held: dict[Key, dict[int, Piece]]) -> str:
    """Move the units of an entry among the pieces held; return what is wrong, or nothing.

    A movement takes the lowest numbers of a piece, so that a piece is found by its first unit.
    """
    seq, kind, year, first, last, source, target, until = (fields[place] for place in OF_UNITS)
    pieces = held.setdefault((kind, year), {})
    expires = until if target.startswith(RESERVED) else ""
    if source == ISSUED:
        newest = pieces.get(NEWEST, (0, "", ""))[0]
        if first != newest + 1:
            return f"entry {seq}: issues units {first}–{last} that are not the next"
        pieces[first] = (last, target, expires)
        pieces[NEWEST] = (last, "", "")
        return ""
    high, account, held_until = pieces.get(first, (0, "", ""))
    if first < 1 or not first <= last <= high or account != source:
        return f"entry {seq}: units {first}–{last} were not in {source}"
    pieces[first] = (last, target, expires)
    if last < high:
        pieces[last + 1] = (high, source, held_until)
    return ""
