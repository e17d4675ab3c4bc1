"""Loans of quota on a day: what is owed, what is overdue, and the sentences that stand beside a balance."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.ledgers.kinds import quota_kind
from gis.schema import text

if TYPE_CHECKING:
    from gis.ledgers import LedgerState

__all__ = ["LOAN_COLUMNS", "loan_lines", "loans_on"]

LOAN_COLUMNS = ["loan", "kind", "year", "lender", "borrower", "lent", "repaid", "owed", "unit", "due", "is_overdue"]
UNDOES = "reverse:"


def loans_on(statement: pd.DataFrame, as_of: str) -> pd.DataFrame:
    """Return one row a loan by the entries up to a day: lent, repaid, owed, and whether it is overdue on that day.

    ``owed = lent − repaid``, what was reversed not counted; overdue is what is owed after its day ``due``.

    Parameters
    ----------
    statement
        All entries up to the day (`gis.ledgers.Ledger.statement`), for a reversal of a loan is an entry too.
    as_of
        The day, ISO.

    Examples
    --------
    >>> import tempfile
    >>> from gis.ledgers import create_ledger
    >>> with tempfile.TemporaryDirectory() as folder, create_ledger(f"{folder}/q.db") as ledger:
    ...     ledger.issue("cod", 2026, "5", account="city", as_of="2026-01-05")
    ...     loan = ledger.lend("cod", 2026, "2", lender="city", borrower="district:310115", as_of="2026-01-06",
    ...                        due="2026-02-01")
    ...     every = ledger.statement()
    >>> [loans_on(every, f"2026-02-0{day}")[["owed", "is_overdue"]].astype(str).values.tolist() for day in (1, 2)]
    [[['2.000000', 'False']], [['2.000000', 'True']]]
    """
    entries = statement.to_dict("records")
    undone = {row["reference"].removeprefix(UNDOES) for row in entries if row["reference"].startswith(UNDOES)}
    found: dict[str, dict[str, Any]] = {}
    for row in entries:
        if row["action"] not in {"loan", "repay"}:
            continue
        own = found.setdefault(row["reference"], {
            "loan": row["reference"], "kind": row["kind"], "year": row["year"], "lender": row["from_account"],
            "borrower": row["to_account"], "lent": Decimal(0), "repaid": Decimal(0), "unit": row["unit"],
            "due": row["expires"],
        })  # fmt: skip
        counted = row["quantity"] if str(row["posting"]) not in undone else quota_kind(row["kind"]).quantity(0)
        own["lent" if row["action"] == "loan" else "repaid"] += counted
    rows = []
    for own in found.values():
        nothing = quota_kind(own["kind"]).quantity(0)
        own |= {"repaid": own["repaid"] + nothing, "owed": own["lent"] - own["repaid"] + nothing}
        rows.append(own | {"is_overdue": bool(own["owed"]) and own["due"] < as_of})
    return pd.DataFrame(rows, columns=LOAN_COLUMNS)


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
