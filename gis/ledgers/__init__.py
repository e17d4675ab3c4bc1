"""Quota ledgers: numbered units of land, energy and pollutants that are each in one account at a time.

Each name is imported when it is first used: a process that only books needs no tables.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gis.ledgers.addresses import located_address
    from gis.ledgers.balances import balance_by_level, quota_ratios, quotas_by_parcel, quotas_by_zone, waterfall_steps
    from gis.ledgers.declared import Declaration, DeclaredProject, declared_project
    from gis.ledgers.energy import EnergyFigure, EnergyReview, energy_factors, energy_in_tce, review_energy
    from gis.ledgers.kinds import QuotaKind, quota_kind, quota_kinds
    from gis.ledgers.land_join import Fed, feed_ledger, reactivated_land
    from gis.ledgers.land_rules import LinkedQuota, RewardSplit, linked_quota, new_land_need, split_reward
    from gis.ledgers.ledger import Ledger
    from gis.ledgers.loans import loans_on
    from gis.ledgers.opening import create_ledger, open_ledger
    from gis.ledgers.pollutants import PollutantBalance, PollutantNeed, balance_pollutant, pollutant_need
    from gis.ledgers.projects import (
        Need,
        Project,
        ProjectAnswer,
        Shortage,
        TransferRequest,
        book_project,
        try_project,
    )
    from gis.ledgers.replacing import Replacement
    from gis.ledgers.reservations import Reservation
    from gis.ledgers.state import LedgerState, read_state
    from gis.ledgers.verifying import Verification, verify_ledger

__all__ = [
    "Declaration",
    "DeclaredProject",
    "EnergyFigure",
    "EnergyReview",
    "Fed",
    "Ledger",
    "LedgerState",
    "LinkedQuota",
    "Need",
    "PollutantBalance",
    "PollutantNeed",
    "Project",
    "ProjectAnswer",
    "QuotaKind",
    "Replacement",
    "Reservation",
    "RewardSplit",
    "Shortage",
    "TransferRequest",
    "Verification",
    "balance_by_level",
    "balance_pollutant",
    "book_project",
    "create_ledger",
    "declared_project",
    "energy_factors",
    "energy_in_tce",
    "feed_ledger",
    "linked_quota",
    "loans_on",
    "located_address",
    "new_land_need",
    "open_ledger",
    "pollutant_need",
    "quota_kind",
    "quota_kinds",
    "quota_ratios",
    "quotas_by_parcel",
    "quotas_by_zone",
    "reactivated_land",
    "read_state",
    "review_energy",
    "split_reward",
    "try_project",
    "verify_ledger",
    "waterfall_steps",
]

_HOMES = {
    "located_address": "addresses",
    "balance_by_level": "balances",
    "quotas_by_parcel": "balances",
    "quota_ratios": "balances",
    "quotas_by_zone": "balances",
    "waterfall_steps": "balances",
    "Declaration": "declared",
    "DeclaredProject": "declared",
    "declared_project": "declared",
    "EnergyFigure": "energy",
    "EnergyReview": "energy",
    "energy_factors": "energy",
    "energy_in_tce": "energy",
    "review_energy": "energy",
    "QuotaKind": "kinds",
    "quota_kind": "kinds",
    "quota_kinds": "kinds",
    "Fed": "land_join",
    "feed_ledger": "land_join",
    "reactivated_land": "land_join",
    "LinkedQuota": "land_rules",
    "RewardSplit": "land_rules",
    "linked_quota": "land_rules",
    "new_land_need": "land_rules",
    "split_reward": "land_rules",
    "Ledger": "ledger",
    "loans_on": "loans",
    "create_ledger": "opening",
    "open_ledger": "opening",
    "PollutantBalance": "pollutants",
    "PollutantNeed": "pollutants",
    "Replacement": "replacing",
    "balance_pollutant": "pollutants",
    "pollutant_need": "pollutants",
    "Need": "projects",
    "Project": "projects",
    "ProjectAnswer": "projects",
    "Shortage": "projects",
    "TransferRequest": "projects",
    "book_project": "projects",
    "try_project": "projects",
    "Reservation": "reservations",
    "LedgerState": "state",
    "read_state": "state",
    "Verification": "verifying",
    "verify_ledger": "verifying",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
