"""A ledger of quotas in a file or a database: issue, reserve, post and what else may happen to a quota."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import sqlalchemy as sa

from gis.errors import GisError, InputError, OutputError, QuotaError
from gis.ledgers.addresses import read_address, shown_address
from gis.ledgers.chain import GENESIS
from gis.ledgers.kinds import QuotaKind, quota_kind
from gis.ledgers.posting import RESERVED, WITHDRAWN, Posting, Told, day_text, require_holder
from gis.ledgers.reservations import (
    Reservation,
    give_back,
    give_back_expired,
    mirror,
    open_reservations,
    require_free,
    require_open,
    set_aside,
)
from gis.ledgers.tables import FORMAT, connect, entries, head, holdings, make_tables

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy.engine import Engine

__all__ = ["Ledger", "Reservation", "create_ledger", "open_ledger"]

Result = TypeVar("Result")
#: Another posting came first: so often a posting is tried again, each time a little later.
TRIES = 200
PAUSE_S = 0.005
#: What PostgreSQL says of two transactions that can't both be.
AGAIN = {"40001", "40P01"}


def create_ledger(address: str) -> Ledger:
    """Make an empty ledger: the path of a file, or the address of a PostgreSQL database.

    Raises
    ------
    OutputError
        If there is a ledger already: nothing is overwritten.
    InputError
        If the address can't be used.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, create_ledger(f"{folder}/quotas.db") as ledger:
    ...     ledger.issue("energy_equal_value", 2026, "100000", account="district:310115", as_of="2026-01-05")
    ...     booked = ledger.reserve("energy_equal_value", 2026, "60000", holder="district:310115", project="P1",
    ...                             as_of="2026-02-01", expires="2026-08-01")
    ...     ledger.balance()[["account", "quantity"]].values.tolist()
    [['district:310115', Decimal('40000.000')], ['reserved:R00000002-1', Decimal('60000.000')]]
    """
    engine = connect(address)
    if engine.dialect.name == "sqlite" and engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    with _reachable(engine), engine.begin() as connection:
        if sa.inspect(connection).has_table(head.name):
            raise OutputError("ledger_exists", address=shown_address(engine.url))
        make_tables(connection)
        connection.execute(
            head.insert().values(id=1, format=FORMAT, entries_count=0, postings_count=0, hash=GENESIS)
        )
    return Ledger(engine)


def open_ledger(address: str) -> Ledger:
    """Open a ledger that is there.

    Raises
    ------
    InputError
        If there is none, or it is of another version.
    """
    url = read_address(address)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise InputError("ledger_missing", address=shown_address(url))
    engine = connect(address)
    with _reachable(engine), engine.connect() as connection:
        if not sa.inspect(connection).has_table(head.name):
            raise InputError("ledger_missing", address=shown_address(engine.url))
        found = connection.execute(sa.select(head.c.format)).scalar()
        if found != FORMAT:
            raise InputError("ledger_format", address=shown_address(engine.url), found=found, expected=FORMAT)
    return Ledger(engine)


@contextlib.contextmanager
def _reachable(engine: Engine) -> Iterator[None]:
    """Let go of the database where it can't be used, and say so without its password."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        engine.dispose()
        address, reason = shown_address(engine.url), str(error.orig).strip()
        raise InputError("ledger_unreachable", address=address, reason=reason) from None
    except GisError:
        engine.dispose()
        raise


class Ledger:
    """An open ledger. Every verb is one transaction: all of it happens, or nothing.

    Quantities are text or decimals in the unit of their kind; days are ISO text or dates and always given.

    Parameters
    ----------
    engine
        From `create_ledger` or `open_ledger`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def address(self) -> str:
        """Where the ledger is, without a password."""
        return shown_address(self.engine.url)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    # ---- quotas come and go ----
    def issue(
        self, kind: str, year: int, quantity: Any, *, account: str, as_of: Any, document: str = "", reason: str = ""
    ) -> None:
        """Issue new units of a year, each with its number, to a holder."""
        own = self._kind(kind, year)
        told = Told(day_text(as_of), document, reason)
        self.post_all(
            lambda posting: posting.issue(
                own, year, own.units(quantity), account=require_holder(account), action="issue", told=told
            )
        )

    def transfer(
        self, kind: str, year: int, quantity: Any, *, source: str, target: str, as_of: Any, document: str = "",
        reason: str = "",
    ) -> None:  # fmt: skip
        """Move units from one holder to another."""
        accounts = (require_holder(source), require_holder(target))
        self._between("transfer", kind, year, quantity, accounts, Told(day_text(as_of), document, reason))

    def lend(
        self, kind: str, year: int, quantity: Any, *, lender: str, borrower: str, as_of: Any, due: Any,
        document: str = "",
    ) -> str:  # fmt: skip
        """Lend units (市级周转暂借) and return the number of the loan; what is owed stands in `loans`."""
        own = self._kind(kind, year)

        def work(posting: Posting) -> str:
            loan = f"L{posting.number:08d}"
            told = Told(day_text(as_of), document, reference=loan, expires=day_text(due))
            posting.move(own, year, own.units(quantity), source=require_holder(lender),
                         target=require_holder(borrower), action="loan", told=told)  # fmt: skip
            return loan

        return self.post_all(work)

    def repay(self, loan: str, quantity: Any, *, as_of: Any, document: str = "") -> None:
        """Give back units of a loan, at most what is owed."""

        def work(posting: Posting) -> None:
            own = self.loans(posting.connection)
            found = own[own["loan"] == loan]
            if found.empty:
                raise QuotaError("quota_loan_unknown", loan=loan)
            row = found.iloc[0]
            kind = quota_kind(row["kind"])
            units, owed = kind.units(quantity), kind.units(row["owed"]) if row["owed"] else 0
            if units > owed:
                raise QuotaError("quota_loan_owed", loan=loan, owed=row["owed"], asked=str(quantity), unit=kind.unit)
            posting.move(kind, int(row["year"]), units, source=row["borrower"], target=row["lender"], action="repay",
                         told=Told(day_text(as_of), document, reference=loan))  # fmt: skip

        self.post_all(work)

    def deduct(
        self, kind: str, year: int, quantity: Any, *, account: str, as_of: Any, document: str = "", reason: str = ""
    ) -> None:
        """Take units away from a holder for good."""
        accounts = (require_holder(account), WITHDRAWN)
        self._between("deduct", kind, year, quantity, accounts, Told(day_text(as_of), document, reason))

    def carry_over(
        self, kind: str, year: int, quantity: Any, *, account: str, as_of: Any, document: str = ""
    ) -> None:
        """Withdraw units of a year and issue as many of the next, to the same holder."""
        own = self._kind(kind, year)
        own.require_year(year + 1)
        told = Told(day_text(as_of), document)

        def work(posting: Posting) -> None:
            units = own.units(quantity)
            posting.move(own, year, units, source=require_holder(account), target=WITHDRAWN, action="carry_over",
                         told=told)  # fmt: skip
            posting.issue(own, year + 1, units, account=account, action="carry_over", told=told)

        self.post_all(work)

    # ---- reservations ----
    def reserve(
        self, kind: str, year: int, quantity: Any, *, holder: str, project: str, as_of: Any, expires: Any,
        parcel_id: str = "", document: str = "",
    ) -> Reservation:  # fmt: skip
        """Set units aside for a project until a day; reservations of the kind that are over go back first.

        Raises
        ------
        QuotaError
            If the holder has fewer units than asked, saying how many are short, or the parcel is another project's.
        """

        def work(posting: Posting) -> Reservation:
            if parcel_id:
                require_free(posting, project, parcel_id)
            return set_aside(
                posting, kind, year, quantity, holder=holder, project=project, parcel_id=parcel_id, document=document,
                days=(day_text(as_of), day_text(expires)),
            )  # fmt: skip

        return self.post_all(work)

    def post(self, reservation_id: str, quantity: Any, *, as_of: Any, document: str = "") -> None:
        """Use a reservation for its project, once; what is left of it goes back to the holder.

        Raises
        ------
        QuotaError
            If it is over, used, void or expired, or has fewer units.
        """

        def work(posting: Posting) -> None:
            found = require_open(posting, reservation_id)
            kind = quota_kind(found.kind)
            day = day_text(as_of)
            if found.expires < day:
                raise QuotaError("quota_expired", reservation=reservation_id, expires=found.expires, as_of=day)
            told = Told(day, document, reference=reservation_id, project=found.project)
            account = RESERVED + reservation_id
            posting.move(kind, found.year, kind.units(quantity), source=account, target=f"project:{found.project}",
                         action="post", told=told)  # fmt: skip
            give_back(posting, found, action="void", told=told)

        self.post_all(work)

    def void(self, reservation_id: str, *, as_of: Any, reason: str = "") -> None:
        """Give a reservation back to its holder."""

        def work(posting: Posting) -> None:
            found = require_open(posting, reservation_id)
            told = Told(day_text(as_of), reason=reason, reference=reservation_id, project=found.project)
            give_back(posting, found, action="void", told=told)

        self.post_all(work)

    def expire(self, *, as_of: Any) -> list[str]:
        """Give back every reservation whose last day is before ``as_of``; return their numbers."""
        return self.post_all(lambda posting: give_back_expired(posting, day_text(as_of)))

    def reverse(self, posting_number: int, *, as_of: Any, reason: str) -> None:
        """Undo a posting by its mirror, where the accounts still have its units.

        Raises
        ------
        QuotaError
            If there is no such posting, it is of reservations or loans (void, repay), was reversed before, or
            its units are somewhere else by now.
        """
        self.post_all(lambda posting: mirror(posting, posting_number, Told(day_text(as_of), reason=reason)))

    # ---- what is there ----
    def balance(self, account: str | None = None) -> pd.DataFrame:
        """Return the quantity of each kind, year and account (or of one), withdrawn units left out; exact decimals."""
        import pandas as pd

        length = sa.func.sum(holdings.c.last - holdings.c.first + 1)
        query = sa.select(holdings.c.kind, holdings.c.year, holdings.c.account, length).group_by(
            holdings.c.kind, holdings.c.year, holdings.c.account
        )
        if account is not None:
            query = query.where(holdings.c.account == account)
        with self.engine.begin() as connection:
            found = connection.execute(query).all()
        rows = [
            {"kind": kind, "year": year, "account": name, "quantity": quota_kind(kind).quantity(int(units)),
             "unit": quota_kind(kind).unit}
            for kind, year, name, units in found if name != WITHDRAWN
        ]  # fmt: skip
        columns = ["kind", "year", "account", "quantity", "unit"]
        return pd.DataFrame(rows, columns=columns).sort_values(["kind", "year", "account"], ignore_index=True)

    def statement(self, account: str | None = None) -> pd.DataFrame:
        """Return the entries in their order, all or those of an account, with quantities as decimals."""
        import pandas as pd

        query = sa.select(entries).order_by(entries.c.seq)
        if account is not None:
            query = query.where((entries.c.from_account == account) | (entries.c.to_account == account))
        with self.engine.begin() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        for row in rows:
            row["quantity"] = quota_kind(row["kind"]).quantity(row["last"] - row["first"] + 1)
            row["unit"] = quota_kind(row["kind"]).unit
        names = [column.name for column in entries.columns]
        return pd.DataFrame(rows, columns=[*names, "quantity", "unit"])

    def reservations(self) -> list[Reservation]:
        """Return the reservations that hold units."""
        with self.engine.begin() as connection:
            return open_reservations(connection)

    def loans(self, connection: Any = None) -> pd.DataFrame:
        """Return every loan: lender, borrower, lent, repaid and owed."""
        import pandas as pd

        if connection is None:
            with self.engine.begin() as own:
                return self.loans(own)
        query = sa.select(entries).where(entries.c.action.in_(["loan", "repay"])).order_by(entries.c.seq)
        found: dict[str, dict[str, Any]] = {}
        for row in connection.execute(query).mappings():
            loan = found.setdefault(row["reference"], {
                "loan": row["reference"], "kind": row["kind"], "year": row["year"], "lender": row["from_account"],
                "borrower": row["to_account"], "due": row["expires"], "lent": Decimal(0), "repaid": Decimal(0),
            })  # fmt: skip
            quantity = quota_kind(row["kind"]).quantity(row["last"] - row["first"] + 1)
            loan["lent" if row["action"] == "loan" else "repaid"] += quantity
        rows = [loan | {"owed": loan["lent"] - loan["repaid"]} for loan in found.values()]
        columns = ["loan", "kind", "year", "lender", "borrower", "due", "lent", "repaid", "owed"]
        return pd.DataFrame(rows, columns=columns)

    # ---- how ----
    def post_all(self, work: Callable[[Posting], Result]) -> Result:
        """Do several movements in one serialisable transaction; where another came first, all of it again."""
        for attempt in range(TRIES):
            try:
                with self.engine.begin() as connection:
                    posting = Posting(connection)
                    result = work(posting)
                    posting.close()
                return result
            except sa.exc.DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in AGAIN:
                    reason = str(error.orig).strip()
                    raise InputError("ledger_unreachable", address=self.address, reason=reason) from None
                time.sleep(PAUSE_S * min(attempt + 1, 20))
        raise QuotaError("quota_busy", tries=TRIES)

    def _kind(self, kind: str, year: int) -> QuotaKind:
        own = quota_kind(kind)
        own.require_year(year)
        return own

    def _between(
        self, action: str, kind: str, year: int, quantity: Any, accounts: tuple[str, str], told: Told
    ) -> None:  # fmt: skip
        own, (source, target) = self._kind(kind, year), accounts
        self.post_all(
            lambda posting: posting.move(
                own, year, own.units(quantity), source=source, target=target, action=action, told=told
            )
        )
