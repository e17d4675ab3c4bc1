"""The chain of hashes: each entry's is made of its own fields and of the hash before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from gis.ledgers.tables import ENTRY_FIELDS, FORMAT

__all__ = ["GENESIS", "entry_hash"]

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
    fields = [previous, *(entry[name] for name in ENTRY_FIELDS)]
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
