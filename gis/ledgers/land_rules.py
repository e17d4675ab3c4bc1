"""Rules of land quotas: what redevelopment needs, who pays in a new town, and what next year's quota is linked to."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from gis.errors import QuotaError
from gis.ledgers.kinds import quota_kind

if TYPE_CHECKING:
    from gis.regulations import Rulebook

__all__ = ["LinkedQuota", "RewardSplit", "linked_quota", "new_land_need", "split_reward"]

LAND = "new_construction_land"
GRADES = ("excellent", "good")
PURPOSES = ("public", "industry", "commercial")


@dataclasses.dataclass(frozen=True)
class RewardSplit:
    """Who pays for the conversion of land in a new town: the reward account, and the district's reductions."""

    total_m2: Decimal
    reward_m2: Decimal
    district_m2: Decimal
    rules: tuple[dict[str, Any], ...]


@dataclasses.dataclass(frozen=True)
class LinkedQuota:
    """Quota of next year that disposed idle land gives: linked share, and the reward or cut on it."""

    disposed_m2: Decimal
    linked_m2: Decimal
    change_m2: Decimal
    quota_m2: Decimal
    rules: tuple[dict[str, Any], ...]


def _m2(value: Any, *, may_be_nothing: bool = True) -> int:
    quota = quota_kind(LAND)
    if may_be_nothing and isinstance(value, str | int | Decimal) and str(value).strip("0.") == "" and str(value):
        return 0
    return quota.units(value)


def new_land_need(area_m2: Any, *, existing_construction_m2: Any, rules: Rulebook) -> Decimal:
    """Return the new construction land that a project needs: what is construction land already needs none.

    Parameters
    ----------
    area_m2
        The project's land, exact.
    existing_construction_m2
        The part of it that is construction land before the project; 0 for farmland. It is never guessed.
    rules
        ``quotas.redevelopment_uses_new_land`` decides.

    Raises
    ------
    QuotaError
        If more exists than the project has.

    Examples
    --------
    >>> from gis.regulations import load_rules
    >>> rules = load_rules(as_of="2026-03-31", place="310115")
    >>> new_land_need("10000", existing_construction_m2="10000", rules=rules)
    Decimal('0.00')
    """
    total, existing = _m2(area_m2, may_be_nothing=False), _m2(existing_construction_m2)
    if existing > total:
        raise QuotaError("land_existing", existing=existing_construction_m2, total=area_m2)
    counted = rules.get("quotas.redevelopment_uses_new_land").value
    return quota_kind(LAND).quantity(total if counted else total - existing)


def split_reward(area_m2: Any, *, grade: str, purpose: str, rules: Rulebook) -> RewardSplit:
    """Return who pays for conversion in a new town: ``reward = share × area``, the district the rest.

    Parameters
    ----------
    grade
        ``excellent`` (优秀) or ``good`` (良好).
    purpose
        ``public`` (市政公益), ``industry`` (产业) or ``commercial`` (经营性).
    rules
        Of a district with a new town; elsewhere, and after 2026-12-31, there is no share.

    Raises
    ------
    QuotaError
        If grade or purpose is unknown.
    RuleError
        If the reward does not hold on the day at the place.

    Examples
    --------
    >>> from gis.regulations import load_rules
    >>> split = split_reward("1000.01", grade="excellent", purpose="industry",
    ...                      rules=load_rules(as_of="2026-12-31", place="310114"))
    >>> split.reward_m2, split.district_m2
    (Decimal('600.00'), Decimal('400.01'))
    """
    if grade not in GRADES or purpose not in PURPOSES:
        raise QuotaError("reward_unknown", grade=grade, purpose=purpose, grades=list(GRADES), purposes=list(PURPOSES))
    own, quota = rules.recorder(), quota_kind(LAND)
    total = _m2(area_m2, may_be_nothing=False)
    # What does not fill a smallest unit is not paid by the reward; both parts are the whole.
    reward = int(total * own.get(f"quotas.reward_{grade}_{purpose}").value)
    return RewardSplit(quota.quantity(total), quota.quantity(reward), quota.quantity(total - reward), own.read)


def linked_quota(disposed_m2: Any, *, task_met: bool | None, rules: Rulebook) -> LinkedQuota:
    """Return next year's quota that disposing of idle land gives (增存挂钩).

    ``quota = disposed × share × (1 + reward)`` where the task of disposal was met, ``× (1 − cut)`` where not. All
    three numbers differ from year to year: put those of the plan in their place with `Rulebook.replace`.

    Parameters
    ----------
    disposed_m2
        Land disposed of in the year, exact.
    task_met
        Whether the year's task was met; not known is refused, for it is neither.

    Raises
    ------
    QuotaError
        If ``task_met`` is not known.

    Examples
    --------
    >>> from gis.regulations import load_rules
    >>> rules = load_rules(as_of="2026-03-31", place="310115")
    >>> linked_quota("10000", task_met=True, rules=rules).quota_m2
    Decimal('5500.00')
    >>> plan = rules.replace("quotas.linkage_share", "40%", "plan of 2026")
    >>> linked_quota("10000", task_met=False, rules=plan).quota_m2
    Decimal('3200.00')
    """
    if not isinstance(task_met, bool):
        raise QuotaError("linkage_task", found=repr(task_met))
    own, quota = rules.recorder(), quota_kind(LAND)
    disposed = _m2(disposed_m2)
    linked = disposed * own.get("quotas.linkage_share").value
    factor: Fraction = own.get("quotas.linkage_reward").value if task_met else -own.get("quotas.linkage_cut").value
    whole = int(linked * (1 + factor))
    share = int(linked)
    return LinkedQuota(
        quota.quantity(disposed), quota.quantity(share), quota.quantity(whole - share), quota.quantity(whole), own.read
    )
