"""Loans of quota (市级周转暂借): who lent what to whom, what came back, what is owed and what is overdue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gis.ledgers.kinds import quota_kind
from gis.ledgers.reversing import PREFIX, undone_postings
from gis.ledgers.tables import entries

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy.engine import Connection

__all__ = ["LOAN_COLUMNS", "loan_rows", "loans_on"]

LOAN_COLUMNS = ["loan", "kind", "year", "lender", "borrower", "lent", "repaid", "owed", "unit", "due", "is_overdue"]
ACTIONS = ("loan", "repay")


def loan_rows(connection: Connection, loan: str | None = None) -> dict[str, dict[str, Any]]:
    """Return the loans by number, or the one; units given back may be of a later year than those lent."""
    query = sa.select(entries).where(entries.c.action.in_(ACTIONS)).order_by(entries.c.seq)
    if loan is not None:
        query = query.where(entries.c.reference == loan)
    rows = connection.execute(query).mappings().all()
    return _by_number(rows, undone_postings(connection, {int(row["posting"]) for row in rows}))


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
    import pandas as pd

    rows = statement.to_dict("records")
    undone = {int(row["reference"].removeprefix(PREFIX)) for row in rows if row["reference"].startswith(PREFIX)}
    found = _by_number((row for row in rows if row["action"] in ACTIONS), undone)
    told = [own | {"unit": quota_kind(own["kind"]).unit, "is_overdue": bool(own["owed"]) and own["due"] < as_of}
            for own in found.values()]  # fmt: skip
    return pd.DataFrame(told, columns=LOAN_COLUMNS)


def _by_number(rows: Iterable[Mapping[Any, Any]], undone: Collection[int]) -> dict[str, dict[str, Any]]:
    """Sum up entries of loans in their order; those of postings that were reversed are not counted."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        kind = quota_kind(row["kind"])
        own = found.setdefault(row["reference"], {
            "loan": row["reference"], "kind": row["kind"], "year": row["year"], "lender": row["from_account"],
            "borrower": row["to_account"], "due": row["expires"], "lent": kind.quantity(0), "repaid": kind.quantity(0),
        })  # fmt: skip
        if row["posting"] not in undone:
            own["lent" if row["action"] == "loan" else "repaid"] += kind.quantity(row["last"] - row["first"] + 1)
    return {name: own | {"owed": own["lent"] - own["repaid"]} for name, own in found.items()}
