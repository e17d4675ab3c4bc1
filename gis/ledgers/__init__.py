"""Quota ledgers: numbered units of land, energy and pollutants that are each in one account at a time."""

from __future__ import annotations

from gis.ledgers.kinds import QuotaKind, quota_kind, quota_kinds
from gis.ledgers.ledger import Ledger, create_ledger, open_ledger
from gis.ledgers.reservations import Reservation
from gis.ledgers.verifying import Verification, verify_ledger

__all__ = [
    "Ledger",
    "QuotaKind",
    "Reservation",
    "Verification",
    "create_ledger",
    "open_ledger",
    "quota_kind",
    "quota_kinds",
    "verify_ledger",
]
