"""What a quota is of: land, energy, a pollutant; each kind has one unit, and its years."""

from __future__ import annotations

import csv
import dataclasses
import functools
import re
from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction
from importlib import resources
from numbers import Integral
from typing import Any

from gis.errors import QuotaError

__all__ = ["QuotaKind", "quota_kind", "quota_kinds"]

#: The most of a kind that a ledger numbers: beyond it units would not fit a whole number of 64 bits.
MOST_UNITS = 10**17
MOST_DIGITS = 40
#: No plan reaches beyond it: a later year is a slip of the pen.
LAST_YEAR = 2100
PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
#: Decimals are made in a context of their own: that of the caller may round.
EXACT = Context(prec=MOST_DIGITS)


@dataclasses.dataclass(frozen=True)
class QuotaKind:
    """One kind of quota.

    Attributes
    ----------
    kind, family, unit
        Name; land, energy or pollutant; m2, tce or t. Nothing is ever converted to another kind.
    digits
        Decimals that a ledger keeps: quantities are whole numbers of ``10**-digits``.
    first_year, last_year
        Years that the kind is kept in; None is without end, to 2100.
    label
        By language.
    source, verified
        Where the kind comes from, and whether that text was read.
    """

    kind: str
    family: str
    unit: str
    digits: int
    first_year: int
    last_year: int | None
    label: dict[str, str]
    source: str
    verified: bool

    @property
    def symbol(self) -> str:
        """The unit as people write it.

        Examples
        --------
        >>> quota_kind("new_construction_land").symbol
        'm²'
        """
        return "m²" if self.unit == "m2" else self.unit

    def units(self, quantity: Any) -> int:
        """Return a quantity as a whole number of the kind's smallest unit, exactly.

        Raises
        ------
        QuotaError
            For what is no decimal, is not above 0, or has more decimals than the kind keeps; a float is
            refused, for it is not what was written.

        Examples
        --------
        >>> quota_kind("energy_equal_value").units("60000.5")
        60000500
        """
        try:
            # Python reads 1_5, full-width digits and blanks around as well; a figure that is signed is written one way.
            is_plain = isinstance(quantity, int | Decimal) or (isinstance(quantity, str) and PLAIN.fullmatch(quantity))
            written = Decimal(quantity) if is_plain else None
        except InvalidOperation:
            written = None
        if written is None or isinstance(quantity, bool) or not written.is_finite():
            raise QuotaError("quota_not_decimal", kind=self.kind, found=repr(quantity))
        # An exponent out of all proportion would make a fraction of a million digits.
        units = Fraction(written) * 10**self.digits if abs(written.adjusted()) <= MOST_DIGITS else Fraction(0)
        if units.denominator != 1 or not 0 < units <= MOST_UNITS:
            raise QuotaError("quota_out_of_range", kind=self.kind, found=str(quantity), unit=self.unit,
                             digits=self.digits)  # fmt: skip
        return int(units)

    def quantity(self, units: int) -> Decimal:
        """Return a number of units as a decimal in the kind's unit.

        Examples
        --------
        >>> quota_kind("cod").quantity(1_630_000)
        Decimal('1.630000')
        """
        return EXACT.scaleb(Decimal(units), -self.digits)

    def is_kept_in(self, year: int) -> bool:
        """Return whether the kind is kept in a year.

        Examples
        --------
        >>> [year for year in range(2024, 2028) if quota_kind("nh3_n").is_kept_in(year)]
        [2024, 2025]
        """
        told: Any = year  # whatever a caller gives
        return isinstance(told, Integral) and self.first_year <= year <= (self.last_year or LAST_YEAR)

    def require_year(self, year: int) -> None:
        """Refuse a year that the kind is not kept in."""
        if not self.is_kept_in(year):
            kept = [one.kind for one in quota_kinds().values() if one.family == self.family and one.is_kept_in(year)]
            raise QuotaError("quota_year", kind=self.kind, year=year, first=self.first_year, last=self.last_year or "…",
                             source=self.source, family=self.family, kept=kept or "–")  # fmt: skip


@functools.cache
def quota_kinds() -> dict[str, QuotaKind]:
    """Return the kinds by name, from ``quota_kinds.csv``.

    Examples
    --------
    >>> list(quota_kinds())[:2], quota_kinds()["cod"].unit
    (['new_construction_land', 'new_town_reward_land'], 't')
    """
    text = (resources.files(__package__ or "gis.ledgers") / "quota_kinds.csv").read_text("utf-8")
    return {
        row["kind"]: QuotaKind(
            row["kind"], row["family"], row["unit"], int(row["digits"]), int(row["first_year"]),
            int(row["last_year"]) if row["last_year"] else None,
            {"zh": row["label_zh"], "en": row["label_en"]}, row["source"], row["verified"] == "true",
        )
        for row in csv.DictReader(text.splitlines(), strict=True)
    }  # fmt: skip


def quota_kind(kind: str) -> QuotaKind:
    """Return a kind.

    Raises
    ------
    QuotaError
        If there is none of this name.
    """
    found = quota_kinds().get(kind)
    if found is None:
        raise QuotaError("quota_kind_unknown", kind=kind, choices=list(quota_kinds()))
    return found
