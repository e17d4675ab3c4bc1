"""Energy of a project in tce, and who reviews it: the basis of electricity and heat is stated and never mixed."""

from __future__ import annotations

import csv
import dataclasses
import functools
from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from fractions import Fraction
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from gis.errors import QuotaError
from gis.regulations import Verdict, judge

if TYPE_CHECKING:
    from gis.regulations import Rulebook

__all__ = ["EnergyFigure", "EnergyReview", "energy_factors", "energy_in_tce", "review_energy"]

Basis = Literal["calorific", "equivalent"]
#: The kind of quota that a basis is booked in.
KINDS: dict[str, str] = {"calorific": "energy_calorific_value", "equivalent": "energy_equal_value"}
KG_PER_TONNE = 1000
#: A ledger keeps energy to the kilogram of coal equivalent.
#: Of an amount or a factor, before the point and behind it.
MOST_DIGITS = 12
LEAST_TCE = Decimal("0.001")
LINE_COLUMNS = ["carrier", "unit", "amount", "kgce_per_unit", "tce", "source", "verified"]


@dataclasses.dataclass(frozen=True)
class EnergyFigure:
    """Yearly energy on one basis.

    Attributes
    ----------
    basis
        ``calorific`` (当量值) or ``equivalent`` (等价值).
    kind
        The kind of quota that it is booked in.
    tce
        The exact sum of the lines.
    booked_tce
        The same, rounded up to what a ledger keeps.
    lines
        One row a carrier: amount, factor, tce, source and whether the factor was verified.
    verified
        Whether every factor was read in its text.
    """

    basis: Basis
    kind: str
    tce: Decimal
    booked_tce: Decimal
    lines: pd.DataFrame
    verified: bool


@dataclasses.dataclass(frozen=True)
class EnergyReview:
    """Who reviews a project's energy: ``provincial``, ``local``, ``exempt`` or ``undetermined``, and the rules read."""

    level: str
    rules: tuple[dict[str, Any], ...]

    @property
    def verified(self) -> bool:
        """Whether every rule was read in its text; not where there is none."""
        return bool(self.rules) and all(rule["verified"] for rule in self.rules)


@functools.cache
def energy_factors() -> tuple[dict[str, str], ...]:
    """Return the factors of ``energy_factors.csv``; an empty one has to be given by the user.

    Examples
    --------
    >>> [row["kgce_per_unit"] for row in energy_factors() if row["carrier"] == "electricity"]
    ['0.1229', '']
    """
    text = (resources.files("gis.ledgers") / "energy_factors.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines(), strict=True))


def energy_in_tce(
    consumption: Mapping[str, Any], *, basis: Basis, own_factors: Mapping[str, tuple[Any, str]] | None = None
) -> EnergyFigure:
    """Return the yearly energy of a project: Σ amount × factor / 1000.

    Parameters
    ----------
    consumption
        Amount a year by carrier, in the unit of `energy_factors`; text, whole numbers or decimals.
    basis
        ``calorific`` or ``equivalent``, for electricity and heat; fuels are the same on both.
    own_factors
        kgce a unit and where it is from, by carrier: what no table gives, such as this year's equivalent
        value of electricity or the gas of this supplier.

    Raises
    ------
    QuotaError
        If a carrier or the basis is unknown, a factor is missing, or an amount is no decimal.

    Examples
    --------
    >>> figure = energy_in_tce({"electricity": "81366965", "diesel": "100"}, basis="calorific")
    >>> figure.kind, figure.tce, figure.verified
    ('energy_calorific_value', Decimal('10000.1457085'), False)
    """
    if basis not in KINDS:
        raise QuotaError("energy_basis_unknown", basis=basis, choices=list(KINDS))
    own = dict(own_factors or {})
    strange = sorted((own.keys() | consumption.keys()) - {row["carrier"] for row in energy_factors()})
    if strange:
        raise QuotaError("energy_carrier_unknown", carriers=strange)
    lines = [_line(carrier, consumption[carrier], basis, own.get(carrier)) for carrier in sorted(consumption)]
    total = sum((line["tce"] for line in lines), Decimal(0))
    booked = total.quantize(LEAST_TCE, rounding=ROUND_CEILING)
    table = pd.DataFrame(lines, columns=LINE_COLUMNS)
    return EnergyFigure(basis, KINDS[basis], total, booked, table, all(line["verified"] for line in lines))


def _line(carrier: str, amount: Any, basis: Basis, own: tuple[Any, str] | None) -> dict[str, Any]:
    row = next(row for row in energy_factors() if row["carrier"] == carrier and row["basis"] in {basis, "any"})
    given, source = own or (row["kgce_per_unit"], row["source"])
    if given == "":
        raise QuotaError("energy_factor_missing", carrier=carrier, basis=basis, note=row["note_en"], unit=row["unit"])
    quantity, factor = _decimal(carrier, amount), _decimal(carrier, given)
    verified = own is None and row["verified"] == "true"
    return {
        "carrier": carrier, "unit": row["unit"], "amount": quantity, "kgce_per_unit": factor,
        "tce": quantity * factor / KG_PER_TONNE, "source": source, "verified": verified,
    }  # fmt: skip


def _decimal(carrier: str, value: Any) -> Decimal:
    try:
        found = Decimal(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else None
    except InvalidOperation:
        found = None
    # Beyond 10¹² no figure is meant, and a product of two of them would not fit an exact decimal.
    is_plain = found is not None and found.is_finite() and found >= 0 and found.adjusted() < MOST_DIGITS
    if found is None or not is_plain or -int(found.as_tuple().exponent) > MOST_DIGITS:
        raise QuotaError("energy_not_decimal", carrier=carrier, found=repr(value))
    return found


def review_energy(figure: EnergyFigure, rules: Rulebook, *, kwh: Any | None) -> EnergyReview:
    """Tell who reviews a project's energy on the rulebook's day.

    Parameters
    ----------
    figure
        On the calorific basis, which the thresholds speak of; for a rebuild without change of site, process or
        main equipment, of the increment.
    rules
        Rules in force; where an order has no known thresholds, the answer is ``undetermined``.
    kwh
        Electricity a year; None if not known, and then nothing is exempt.

    Raises
    ------
    QuotaError
        If the figure is on the equivalent basis.

    Examples
    --------
    >>> from gis.regulations import load_rules
    >>> figure = energy_in_tce({"raw_coal": "14000000"}, basis="calorific")
    >>> figure.tce, review_energy(figure, load_rules(as_of="2025-08-31", place="310115"), kwh=0).level
    (Decimal('10000.2000'), 'provincial')
    >>> review_energy(figure, load_rules(as_of="2025-09-01", place="310115"), kwh=0).level
    'undetermined'
    """
    if figure.basis != "calorific":
        raise QuotaError("energy_basis_mixed", basis=figure.basis)
    names = ("quotas.energy_provincial_review", "quotas.energy_exempt_tce", "quotas.energy_exempt_kwh")
    if not all(rules.covers(name) for name in names):
        return EnergyReview("undetermined", ())
    own = rules.recorder()
    provincial, few_tce, few_kwh = (own.get(name) for name in names)
    observed_kwh = None if kwh is None else _decimal("electricity", kwh)
    verdicts = [
        judge(one.bound or "", None if seen is None else Fraction(seen), one.value)
        for one, seen in ((provincial, figure.tce), (few_tce, figure.tce), (few_kwh, observed_kwh))
    ]
    if verdicts[0] is Verdict.MET:
        level = "provincial"
    elif Verdict.NOT_MET in verdicts[1:]:
        level = "local"
    else:
        level = "exempt" if verdicts[1:] == [Verdict.MET, Verdict.MET] else "undetermined"
    return EnergyReview(level, own.read)
