"""The chain of hashes: each entry's is made of its own fields and of the hash before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from gis.ledgers.tables import ENTRY_FIELDS, FORMAT

__all__ = ["GENESIS", "entry_hash", "fields_hash"]

#: Made once, for a ledger hashes a million times.
ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
#: What the first entry follows.
GENESIS = hashlib.sha256(f"zonegis ledger {FORMAT}".encode()).hexdigest()


def entry_hash(entry: Mapping[str, Any], previous: str) -> str:
    """Return SHA-256 of an entry's fields, in their order, after the hash before it.

    Examples
    --------
    >>> one = dict.fromkeys(ENTRY_FIELDS, 1)
    >>> entry_hash(one, GENESIS) == entry_hash(one | {"year": 2}, GENESIS)
    False
    """
    return fields_hash((entry[name] for name in ENTRY_FIELDS), previous)


def fields_hash(fields: Iterable[Any], previous: str) -> str:
    """Return the same of the fields themselves, in the order of ``ENTRY_FIELDS``."""
    return hashlib.sha256(ENCODE([previous, *fields]).encode("utf-8")).hexdigest()
