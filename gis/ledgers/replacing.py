"""Pollutants at booking: what is set aside is the new emission × the ratio, from sources in the order of the rule."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gis.errors import QuotaError
from gis.ledgers.kinds import quota_kind
from gis.ledgers.pollutants import PollutantNeed, pollutant_medium, pollutant_need
from gis.regulations import load_rules

if TYPE_CHECKING:
    from gis.ledgers.posting import Posting
    from gis.regulations import Rulebook

__all__ = ["Replacement", "basis_text", "kept_rules", "own_source", "replaced_need", "require_order", "require_spent"]

ORDER = "quotas.supply_order"
DISTRICT = "district:"
#: A district and a zone hold what the area has cut.
LEVELS = {"district": "area", "zone": "area"}


@dataclasses.dataclass(frozen=True)
class Replacement:
    """What booking a pollutant has to know beside its emission.

    Attributes
    ----------
    quality
        ``met`` or ``not_met`` by medium, ``water`` and ``air``: of the year before. What is not known is left out,
        and then what hangs on it is refused, for it decides between once and twice.
    place
        Code of the district whose rules hold; not needed where a district is among the holders.
    earlier
        Sources that come before the holder and were asked: they must have nothing left.
    """

    quality: Mapping[str, str] = dataclasses.field(default_factory=dict)
    place: str = ""
    earlier: tuple[str, ...] = ()


def replaced_need(
    kind: str, year: int, emission: Any, *, holders: Sequence[str], told: Replacement, as_of: str
) -> tuple[PollutantNeed, dict[str, Any]]:  # fmt: skip
    """Return what a new emission needs (``emission × ratio``) and the basis that is kept of it.

    Raises
    ------
    QuotaError
        If the kind is not kept in the year or no rule names it, the quality of its medium or the place is not told,
        or the holders are not in the order of the rule (`require_order`).
    """
    quota_kind(kind).require_year(year)
    rules = load_rules(as_of=as_of, place=_place(kind, holders, told))
    medium = pollutant_medium(kind, rules)
    need = pollutant_need(kind, emission, status=told.quality.get(medium), rules=rules, year=year)
    order, order_rules = require_order(kind, (*told.earlier, *holders), rules)
    basis = {
        "emission": str(need.emission), "medium": medium, "status": need.status, "ratio": str(need.ratio),
        "need": str(need.need), "order": order, "place": rules.place,
        "rules": kept_rules((*need.rules, *order_rules)),
    }  # fmt: skip
    return need, basis


def require_order(
    kind: str, holders: Sequence[str], rules: Rulebook
) -> tuple[list[str], tuple[dict[str, Any], ...]]:  # fmt: skip
    """Refuse holders that are not in the order of the rule; return the order, empty where no rule is in force.

    A district and a zone count as the area.

    Raises
    ------
    QuotaError
        If a source stands after one that the rule draws on later.

    Examples
    --------
    >>> from gis.regulations import load_rules
    >>> rules = load_rules(as_of="2026-03-31", place="310115")
    >>> require_order("cod", ["enterprise:E1", "industry:I1", "zone:SYN", "district:310115"], rules)[0]
    ['enterprise', 'industry', 'area', 'city']
    """
    if not rules.covers(ORDER):
        return [], ()
    own = rules.recorder()
    order = list(own.get(ORDER).value)
    levels = [LEVELS.get(level, level) for level in (holder.partition(":")[0] for holder in holders)]
    places = [order.index(level) if level in order else len(order) for level in levels]
    if places != sorted(places):
        raise QuotaError("pollutant_order", kind=kind, holders=list(holders), order=order)
    return order, own.read


def require_spent(posting: Posting, kind: str, year: int, accounts: Sequence[str]) -> None:
    """Refuse to draw on a later source while an earlier one has units.

    Raises
    ------
    QuotaError
        With what each still has.
    """
    own = quota_kind(kind)
    left = [(account, posting.available(kind, year, account)) for account in dict.fromkeys(accounts)]
    has = [f"{account}: {own.quantity(units)}" for account, units in left if units]
    if has:
        raise QuotaError("pollutant_earlier", kind=kind, year=year, unit=own.unit, has=has)


def own_source(project: str, *holders: str) -> list[str]:
    """Return the project's own enterprise where it is no holder: its cut comes first, whether it was named or not."""
    own = f"enterprise:{project}"
    return [] if own in holders else [own]


def kept_rules(rules: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what is kept of the rules read: name, value, source, first day and whether the text was seen."""
    names = ("name", "value", "source", "in_force", "verified")
    return [{name: rule[name] for name in names} for rule in rules]


def basis_text(basis: Mapping[str, Any]) -> str:
    """Return a basis as an entry keeps it: JSON, the same bytes for the same facts; nothing for none."""
    return json.dumps(basis, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if basis else ""


def _place(kind: str, holders: Sequence[str], told: Replacement) -> str:
    """Return the code of the district whose rules hold."""
    districts = [holder.removeprefix(DISTRICT) for holder in holders if holder.startswith(DISTRICT)]
    if not districts and not told.place:
        raise QuotaError("pollutant_place", kind=kind, holders=list(holders))
    return districts[-1] if districts else told.place
