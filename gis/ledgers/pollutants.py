"""What a project must replace of a pollutant, and from whom: each pollutant for itself, source by source."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from gis.errors import QuotaError
from gis.ledgers.kinds import quota_kind

if TYPE_CHECKING:
    import pandas as pd

    from gis.regulations import Rulebook

__all__ = ["PollutantBalance", "PollutantNeed", "balance_pollutant", "pollutant_medium", "pollutant_need"]

MEDIA = {"water": "quotas.water_pollutants", "air": "quotas.air_pollutants"}
STATUSES = ("met", "not_met")
#: The last of the supply order: the district's own balance ends before it, and it is asked, not drawn on.
CITY = "city"
DRAW_COLUMNS = ["level", "available", "drawn", "unit"]


@dataclasses.dataclass(frozen=True)
class PollutantNeed:
    """New emission × ratio of a year, in tonnes.

    Attributes
    ----------
    medium
        ``water`` or ``air``: whose quality set the ratio.
    status
        Of the environment in the year before: ``met`` or ``not_met``.
    rules
        What was read, with citation and whether it is verified.
    """

    kind: str
    medium: str
    status: str
    emission: Decimal
    ratio: Fraction
    need: Decimal
    rules: tuple[dict[str, Any], ...]


@dataclasses.dataclass(frozen=True)
class PollutantBalance:
    """A need, what each source gives to it in the order of the rule, and what is left."""

    need: PollutantNeed
    draws: pd.DataFrame
    gap: Decimal
    rules: tuple[dict[str, Any], ...]


def pollutant_medium(kind: str, rules: Rulebook) -> str:
    """Return whose quality sets the ratio of a pollutant: ``water`` or ``air``.

    Raises
    ------
    QuotaError
        If no rule of the day and place names the kind.

    Examples
    --------
    >>> from gis.regulations import load_rules
    >>> pollutant_medium("tp", load_rules(as_of="2026-03-31", place="310115"))
    'water'
    """
    medium = next((name for name, rule in MEDIA.items() if kind in rules.get(rule).value), None)
    if medium is None:
        raise QuotaError("pollutant_unknown", kind=kind, as_of=rules.law_of, place=rules.place)
    return medium


def pollutant_need(
    kind: str, emission: Any, *, status: str | None, rules: Rulebook, year: int | None = None
) -> PollutantNeed:  # fmt: skip
    """Return what a project must replace: ``need = emission × ratio(status)``.

    Parameters
    ----------
    kind
        A pollutant, such as ``cod``.
    emission
        New emission in tonnes a year, exact.
    status
        Of water (COD, NH3-N, TP) or air (SO2, NOx, VOCs) in the year before: ``met`` or ``not_met``. One that is
        not known is refused, for it would decide between once and twice.
    rules
        The rulebook of the day and place.
    year
        That the quota is of; the year of the rulebook's day if none is given.

    Raises
    ------
    QuotaError
        If the status is missing, the kind is no pollutant of the rules, or is not kept in the year: the list of
        pollutants changes with the plan (NH3-N to 2025, TP from 2026).

    Examples
    --------
    >>> from gis.regulations import load_rules
    >>> rules = load_rules(as_of="2026-03-31", place="310115")
    >>> pollutant_need("cod", "1.5", status="not_met", rules=rules).need
    Decimal('3.000000')
    """
    own, quota = rules.recorder(), quota_kind(kind)
    medium = pollutant_medium(kind, own)
    quota.require_year(rules.law_of.year if year is None else year)
    if status not in STATUSES:
        raise QuotaError("pollutant_status", kind=kind, medium=medium, found=status or "–", choices=list(STATUSES))
    ratio = own.get(f"quotas.replacement_ratio_{status}").value
    units = quota.units(emission)
    # A part of the smallest unit is replaced as a whole one.
    need = quota.quantity(math.ceil(units * ratio))
    return PollutantNeed(kind, medium, status, quota.quantity(units), ratio, need, own.read)


def balance_pollutant(need: PollutantNeed, supplies: Mapping[str, Any], rules: Rulebook) -> PollutantBalance:
    """Draw a need from the district's own sources in the order of the rule.

    ``drawn = min(available, what is left)`` for enterprise, industry and area; the gap is what remains. The city's
    reserve is never drawn on here: it is asked (`gis.ledgers.projects`).

    Parameters
    ----------
    supplies
        Tonnes of the same pollutant by level; one that is left out has none.

    Raises
    ------
    QuotaError
        If a level is not in the rule's order, or is the city's.

    Examples
    --------
    >>> from gis.regulations import load_rules
    >>> rules = load_rules(as_of="2026-03-31", place="310115")
    >>> need = pollutant_need("cod", "1.5", status="not_met", rules=rules)
    >>> balance = balance_pollutant(need, {"area": "0.5", "enterprise": "2"}, rules)
    >>> [str(drawn) for drawn in balance.draws["drawn"]], str(balance.gap)
    (['2.000000', '0.000000', '0.500000'], '0.500000')
    """
    import pandas as pd

    own, quota = rules.recorder(), quota_kind(need.kind)
    order = [level for level in own.get("quotas.supply_order").value if level != CITY]
    strange = sorted(set(supplies) - set(order))
    if strange:
        raise QuotaError("pollutant_level", kind=need.kind, levels=strange, choices=order)
    left, rows = quota.units(need.need), []
    for level in order:
        given = supplies.get(level, 0)
        has = 0 if str(given) in {"", "0"} or not Decimal(given) else quota.units(given)
        drawn = min(has, left)
        left -= drawn
        row = {"level": level, "available": quota.quantity(has), "drawn": quota.quantity(drawn), "unit": quota.unit}
        rows.append(row)
    table = pd.DataFrame(rows, columns=DRAW_COLUMNS)
    return PollutantBalance(need, table, quota.quantity(left), own.read)
