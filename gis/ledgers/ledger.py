"""A ledger of quotas in a file or a database: issue, reserve, post and what else may happen to a quota."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar, Unpack

from gis.errors import QuotaError
from gis.ledgers.kinds import QuotaKind, quota_kind
from gis.ledgers.loans import loan_rows
from gis.ledgers.posting import RESERVED, WITHDRAWN, Posting, Told, day_text, require_holder
from gis.ledgers.reading import LedgerReader
from gis.ledgers.replacing import Replacement, basis_text, own_source, replaced_need, require_spent
from gis.ledgers.requests import NO_REQUEST, How, Request, Rows, earlier_rows, make_request, require_texts
from gis.ledgers.reservations import (
    Reservation,
    booked_before,
    give_back,
    give_back_expired,
    require_free,
    require_nothing_since,
    require_open,
    set_aside,
)
from gis.ledgers.reversing import mirror
from gis.ledgers.transactions import in_transaction

__all__ = ["Ledger", "Reservation"]

Result = TypeVar("Result")


class ReserveHow(How, total=False):
    """What `Ledger.reserve` takes besides: of a pollutant, what its ratio and its turn hang on."""

    replacement: Replacement


def _nothing(_rows: Rows) -> None:
    """Be the answer of a verb that gives none."""


class Ledger(LedgerReader):
    """An open ledger. Every verb is one transaction: all of it happens, or nothing.

    Quantities are text or decimals in the unit of their kind; days are ISO text or dates and always given. Days never
    go back: one before the ledger's last is refused, unless ``late_reason`` says why the entry is made late. It then
    stands on the ledger's last day, is judged by that day, and carries the earlier one as ``effective``
    (`LedgerReader.balance` counts it on either). Every verb also takes ``request``, a key that makes a repeat harmless:
    see `gis.ledgers.requests.How`.

    Parameters
    ----------
    engine
        From `create_ledger` or `open_ledger`.
    """

    # ---- quotas come and go ----
    def issue(
        self, kind: str, year: int, quantity: Any, *, account: str, as_of: Any, document: str = "", reason: str = "",
        **how: Unpack[How],
    ) -> None:  # fmt: skip
        """Issue new units of a year, each with its number, to a holder."""
        own = self._kind(kind, year)
        told, units = Told(day_text(as_of), document, reason), own.units(quantity)
        asked = {"kind": kind, "year": year, "units": units, "to": account, "document": document, "reason": reason}
        self.book(
            "issue", asked, how, _nothing,
            lambda posting: posting.issue(
                own, year, units, account=require_holder(account), action="issue", told=told
            ),
        )  # fmt: skip

    def transfer(
        self, kind: str, year: int, quantity: Any, *, source: str, target: str, as_of: Any, document: str = "",
        reason: str = "", **how: Unpack[How],
    ) -> None:  # fmt: skip
        """Move units from one holder to another."""
        accounts = (require_holder(source), require_holder(target))
        self._between("transfer", (kind, year, quantity), accounts, Told(day_text(as_of), document, reason), how)

    def lend(
        self, kind: str, year: int, quantity: Any, *, lender: str, borrower: str, as_of: Any, due: Any,
        document: str = "", **how: Unpack[How],
    ) -> str:  # fmt: skip
        """Lend units (市级周转暂借) and return the number of the loan; what is owed stands in `loans`."""
        own = self._kind(kind, year)
        units, until = own.units(quantity), day_text(due)
        asked = {"kind": kind, "year": year, "units": units, "from": lender, "to": borrower, "due": until,
                 "document": document}  # fmt: skip

        def work(posting: Posting) -> str:
            day = posting.journal_day(day_text(as_of))
            if until < day:
                raise QuotaError("quota_loan_due", due=until, as_of=day)
            give_back_expired(posting, day_text(as_of))
            loan = f"L{posting.number:08d}"
            told = Told(day_text(as_of), document, reference=loan, expires=until)
            posting.move(own, year, units, source=require_holder(lender), target=require_holder(borrower),
                         action="loan", told=told)  # fmt: skip
            return loan

        return self.book("loan", asked, how, lambda rows: str(rows[-1]["reference"]), work)

    def repay(
        self, loan: str, quantity: Any, *, as_of: Any, year: int | None = None, document: str = "",
        **how: Unpack[How],
    ) -> None:  # fmt: skip
        """Give back units of a loan, at most what is owed.

        Parameters
        ----------
        year
            Of the units that are given back: that of the loan, or a later one, said outright. What was carried over is
            of the next year, and a loan is as a rule given back out of the next year's plan.

        Raises
        ------
        QuotaError
            If there is no such loan, less is owed, the year is before that of the loan, or the borrower has fewer
            units of the year; the error names the years of which it has some.
        """
        asked = {"loan": loan, "quantity": _text(quantity), "year": year, "document": document}

        def work(posting: Posting) -> None:
            row = loan_rows(posting.connection, loan).get(loan)
            if row is None:
                raise QuotaError("quota_loan_unknown", loan=loan)
            kind, own_year = quota_kind(row["kind"]), int(row["year"]) if year is None else year
            units, owed = kind.units(quantity), kind.units(row["owed"]) if row["owed"] else 0
            if units > owed:
                raise QuotaError("quota_loan_owed", loan=loan, owed=row["owed"], asked=str(quantity), unit=kind.unit)
            if own_year < row["year"]:
                raise QuotaError("quota_loan_before", loan=loan, lent=row["year"], year=own_year)
            kind.require_year(own_year)
            give_back_expired(posting, day_text(as_of))
            years = posting.years(kind.kind, row["borrower"])
            others = [f"{when}: {kind.quantity(held)}" for when, held in years.items() if when > row["year"]]
            if others and years.get(own_year, 0) < units:
                raise QuotaError("quota_loan_year", loan=loan, asked=kind.quantity(units), unit=kind.unit,
                                 year=own_year, account=row["borrower"], kind=kind.kind, has=others)  # fmt: skip
            posting.move(kind, own_year, units, source=row["borrower"], target=row["lender"], action="repay",
                         told=Told(day_text(as_of), document, reference=loan))  # fmt: skip

        self.book("repay", asked, how, _nothing, work)

    def deduct(
        self, kind: str, year: int, quantity: Any, *, account: str, as_of: Any, document: str = "", reason: str = "",
        **how: Unpack[How],
    ) -> None:  # fmt: skip
        """Take units away from a holder for good."""
        accounts = (require_holder(account), WITHDRAWN)
        self._between("deduct", (kind, year, quantity), accounts, Told(day_text(as_of), document, reason), how)

    def carry_over(
        self, kind: str, year: int, quantity: Any, *, account: str, as_of: Any, document: str = "",
        **how: Unpack[How],
    ) -> None:  # fmt: skip
        """Withdraw units of a year and issue as many of the next, to the same holder.

        What the holder owes stays owed, by the number of its loan: `repay` takes units of the next year.
        """
        own = self._kind(kind, year)
        own.require_year(year + 1)
        told, units = Told(day_text(as_of), document), own.units(quantity)
        asked = {"kind": kind, "year": year, "units": units, "account": account, "document": document}

        def work(posting: Posting) -> None:
            give_back_expired(posting, told.as_of)
            posting.move(own, year, units, source=require_holder(account), target=WITHDRAWN, action="carry_over",
                         told=told)  # fmt: skip
            posting.issue(own, year + 1, units, account=account, action="carry_over", told=told)

        self.book("carry_over", asked, how, _nothing, work)

    # ---- reservations ----
    def reserve(
        self, kind: str, year: int, quantity: Any, *, holder: str, project: str, as_of: Any, expires: Any,
        parcel_id: str = "", document: str = "", **how: Unpack[ReserveHow],
    ) -> Reservation:  # fmt: skip
        """Set units aside for a project until a day; reservations that are over go back first.

        Of a pollutant ``quantity`` is the new emission, and ``replacement`` must say what its ratio hangs on: what is
        set aside is the emission × ratio, from a holder whose turn it is in the order of the rule.

        Raises
        ------
        QuotaError
            If the holder has fewer units than asked, saying how many are short, the parcel is another project's, or
            energy or a pollutant is asked of the city: `gis.ledgers.book_project` asks the district first and says
            whether the rest may be put to the city.
        """
        own, until = self._kind(kind, year), day_text(expires)
        told = how.get("replacement") or Replacement()
        asked = {"kind": kind, "year": year, "units": own.units(quantity), "from": holder, "project": project,
                 "until": until, "parcel": parcel_id, "document": document, **dataclasses.asdict(told)}  # fmt: skip

        def work(posting: Posting) -> Reservation:
            # First: a parcel whose reservation is over is free, and a source that got units back has its turn.
            give_back_expired(posting, day_text(as_of))
            if parcel_id:
                require_free(posting, project, parcel_id)
            booked, basis = quantity, ""
            if own.family == "pollutant":
                need, facts = replaced_need(kind, year, quantity, holders=[holder], told=told, as_of=day_text(as_of))
                require_spent(posting, kind, year, [*told.earlier, *own_source(project, holder)])
                booked, basis = need.need, basis_text(facts | {"sources": [[holder, str(need.need)]]})
            return set_aside(
                posting, kind, year, booked, holder=holder, project=project, parcel_id=parcel_id, document=document,
                days=(day_text(as_of), until), basis=basis,
            )  # fmt: skip

        return self.book("reserve", asked, how, lambda rows: booked_before(rows)[0], work)

    def post(self, reservation_id: str, quantity: Any, *, as_of: Any, document: str = "", **how: Unpack[How]) -> None:
        """Use a reservation for its project, once; what is left of it goes back to the holder.

        Raises
        ------
        QuotaError
            If it is over, used, void or expired, or has fewer units.
        """
        asked = {"reservation": reservation_id, "quantity": _text(quantity), "document": document}

        def work(posting: Posting) -> None:
            found = require_open(posting, reservation_id)
            kind, given = quota_kind(found.kind), day_text(as_of)
            day = posting.journal_day(given)
            if found.expires < day:
                raise QuotaError("quota_expired", reservation=reservation_id, expires=found.expires, as_of=day)
            told = Told(given, document, reference=reservation_id, project=found.project)
            account = RESERVED + reservation_id
            posting.move(kind, found.year, kind.units(quantity), source=account, target=f"project:{found.project}",
                         action="post", told=told)  # fmt: skip
            give_back(posting, found, action="void", told=told)

        self.book("post", asked, how, _nothing, work)

    def void(self, reservation_id: str, *, as_of: Any, reason: str = "", **how: Unpack[How]) -> None:
        """Give a reservation back to its holder."""

        def work(posting: Posting) -> None:
            found = require_open(posting, reservation_id)
            told = Told(day_text(as_of), reason=reason, reference=reservation_id, project=found.project)
            give_back(posting, found, action="void", told=told)

        self.book("void", {"reservation": reservation_id, "reason": reason}, how, _nothing, work)

    def expire(self, *, as_of: Any, **how: Unpack[How]) -> list[str]:
        """Give back every reservation whose last day is before ``as_of``; return their numbers."""
        return self.book(
            "expire", {}, how, lambda rows: sorted({row["reference"] for row in rows}),
            lambda posting: give_back_expired(posting, day_text(as_of)),
        )  # fmt: skip

    def reverse(self, posting_number: int, *, as_of: Any, reason: str, **how: Unpack[How]) -> None:
        """Undo a posting by its mirror, where the accounts still have its very units (`gis.ledgers.reversing.mirror`).

        Raises
        ------
        QuotaError
            If there is no such posting, it is a reversal or an expiry, was reversed before, a later entry rests on
            it, its units are somewhere else by now, or it gave back a reservation whose parcel or need is booked anew.
        """
        if not reason.strip():
            raise QuotaError("quota_reason_missing")
        told = Told(day_text(as_of), reason=reason)

        def work(posting: Posting) -> None:
            require_nothing_since(posting, posting_number, told.as_of)
            mirror(posting, posting_number, told)

        self.book("reverse", {"posting": posting_number, "reason": reason}, how, _nothing, work)

    # ---- how ----
    def book(
        self, verb: str, asked: Mapping[str, Any], how: How, again: Callable[[Rows], Result],
        work: Callable[[Posting], Result], standing: Callable[[Posting, Rows], Rows] | None = None,
    ) -> Result:  # fmt: skip
        """Do a verb once: a repeat of its request gets what ``again`` makes of the entries of the first.

        With ``standing`` only of those entries that it says still hold; where none do, the verb is done anew.
        """
        late_reason = how.get("late_reason", "")
        require_texts({**asked, "request": how.get("request", ""), "late_reason": late_reason})
        request = make_request(how.get("request", ""), verb, asked)
        return self.post_all(
            work, request=request, late_reason=late_reason, again=again, standing=standing
        )  # fmt: skip

    def post_all(
        self, work: Callable[[Posting], Result], *, request: Request = NO_REQUEST, late_reason: str = "",
        again: Callable[[Rows], Result] | None = None, standing: Callable[[Posting, Rows], Rows] | None = None,
    ) -> Result:  # fmt: skip
        """Do several movements in one serialisable transaction; where another came first, all of it again."""

        def whole(connection: Any) -> Result:
            posting = Posting(connection, request, late_reason)
            rows = earlier_rows(connection, request, standing and partial(standing, posting))
            if rows and again is not None:
                return again(rows)
            result = work(posting)
            posting.close()
            return result

        self._require_whole_file()
        return in_transaction(self.engine, whole, writes=True)

    def _kind(self, kind: str, year: int) -> QuotaKind:
        own = quota_kind(kind)
        own.require_year(year)
        return own

    def _between(
        self, action: str, what: tuple[str, int, Any], accounts: tuple[str, str], told: Told, how: How
    ) -> None:  # fmt: skip
        (kind, year, quantity), (source, target) = what, accounts
        own = self._kind(kind, year)
        units = own.units(quantity)
        asked = {"kind": kind, "year": year, "units": units, "from": source, "to": target, "document": told.document,
                 "reason": told.reason}  # fmt: skip

        def work(posting: Posting) -> None:
            give_back_expired(posting, told.as_of)
            posting.move(own, year, units, source=source, target=target, action=action, told=told)

        self.book(action, asked, how, _nothing, work)


def _text(quantity: Any) -> str:
    """Return a quantity as text that is the same however it was written: 5, 5.0 and 5.00."""
    try:
        return str(Decimal(quantity).normalize())
    except (ArithmeticError, TypeError, ValueError):
        return repr(quantity)
