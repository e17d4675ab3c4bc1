"""What a run tells of its quota ledger: the state on its date and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.ledgers import open_ledger, read_state

if TYPE_CHECKING:
    from gis.ledgers import LedgerState
    from gis.workflow.run_file import RunFile

__all__ = ["ledger_input", "ledger_record", "read_quotas"]


def read_quotas(run: RunFile, land: pd.DataFrame) -> LedgerState:
    """Return what the ledger of a run says on the date of the run; the ledger is verified, and nothing is booked.

    Parameters
    ----------
    land
        parcel_id and zone_id; a parcel outside every zone draws for none.

    Raises
    ------
    InputError
        If there is no such ledger, or it can't be read.
    QuotaError
        If it is not whole.
    """
    assert run.ledger is not None  # noqa: S101 - asked only of a run that names one
    places = pd.DataFrame({name: land[name].astype("object") for name in ("parcel_id", "zone_id")})
    with open_ledger(run.ledger) as ledger:
        return read_state(ledger, as_of=run.as_of, parcels=places.dropna().astype("str"))


def ledger_record(state: LedgerState) -> dict[str, Any]:
    """Return for the manifest on which state of the ledger a run rests."""
    return {
        "address": state.address,
        "as_of": state.as_of,
        "entries_count": state.entries_count,
        "head_hash": state.head_hash,
        "later_entries_count": state.later_count,
    }


def ledger_input(state: LedgerState) -> dict[str, Any]:
    """Return the ledger as an input among others: its entries, and in place of a file's hash that of the last."""
    return {"table": "quota_ledger", "path": state.address, "layer": "", "sha256": state.head_hash,
            "rows": state.entries_count, "crs": "", "encoding": ""}  # fmt: skip
