"""Rules that a run read and that end soon: what was judged today will be judged by another text next year."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from gis.regulations.periods import anniversary

if TYPE_CHECKING:
    from gis.regulations.rulebook import Rulebook

__all__ = ["SOON", "rules_ending"]

#: How long ahead a run looks for rules that end.
SOON = "P1Y"
ONE_DAY = dt.timedelta(days=1)


def rules_ending(rules: Rulebook, within: str = SOON) -> list[dict[str, Any]]:
    """Return the rules that were read and end within a period from the day of the law, in order of their last day.

    Parameters
    ----------
    rules
        After the analyses have read from it.
    within
        Such as ``"P1Y"``; the corresponding day itself is within it.

    Returns
    -------
    name, labels, citations, unit, ``expires`` (the last day), ``days_left``, and what is known to hold on the day
    after: ``following`` (its value, "" where there is none), ``following_source``, ``following_verified``.

    Examples
    --------
    >>> from gis.regulations import load_rules
    >>> rules = load_rules(as_of="2026-03-31", place="310115")
    >>> share = rules.get("mixed_use.use_share_floor", zone="外高桥保税区")
    >>> [(one["name"], one["expires"], one["following"]) for one in rules_ending(rules)]
    [('mixed_use.use_share_floor', '2027-01-19', '10%')]
    """
    limit = anniversary(rules.law_of, within)
    found = []
    for record in rules.read:
        if not record["expires"] or dt.date.fromisoformat(record["expires"]) > limit:
            continue
        last = dt.date.fromisoformat(record["expires"])
        later, zone = rules.on(last + ONE_DAY), record["zones"].partition("、")[0] or None
        known = later.covers(record["name"], zone=zone)
        following = later.get(record["name"], zone=zone).record() if known else {}
        kept = ("name", "label_zh", "label_en", "citation_zh", "citation_en", "expires", "unit")
        found.append({
            **{key: record[key] for key in kept}, "days_left": (last - rules.law_of).days,
            "following": following.get("value", ""), "following_source": following.get("source", ""),
            "following_zh": following.get("citation_zh", ""), "following_en": following.get("citation_en", ""),
            "following_verified": following.get("verified", ""),
        })  # fmt: skip
    return sorted(found, key=lambda one: (one["expires"], one["name"]))
