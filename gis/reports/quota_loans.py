"""The sentences on loans of quota that stand beside a balance: what is owed, and what is overdue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gis.ledgers.kinds import quota_kind
from gis.ledgers.loans import loans_on
from gis.schema import text

if TYPE_CHECKING:
    from gis.ledgers import LedgerState

__all__ = ["loan_lines"]


def loan_lines(state: LedgerState, lang: Any) -> list[tuple[str, bool]]:
    """Return the sentences on what is owed, one a kind and year, each with whether any of it is overdue.

    The balance of a borrower holds what it has to give back, so a balance alone would say too much.
    """
    loans = loans_on(state.statement, state.as_of)
    lines = []
    open_ones = loans[loans["owed"].map(bool).astype("bool")]
    for (kind, year), part in open_ones.groupby(["kind", "year"], sort=True):
        own = quota_kind(str(kind))
        late = part[part["is_overdue"].astype(bool)]
        facts = {"label": own.label[lang], "year": year, "owed": f"{sum(part['owed']):,f}", "unit": own.symbol}
        line = text("ledger.loans_owed", lang, **facts)
        if len(late):
            line += text("ledger.loans_overdue", lang, overdue=f"{sum(late['owed']):,f}", unit=own.symbol,
                         as_of=state.as_of, loans=", ".join(late["loan"]))  # fmt: skip
        lines.append((line, bool(len(late))))
    return lines
