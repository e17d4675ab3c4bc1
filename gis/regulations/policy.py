"""Which policy on bonded zones is in force on a day, and its clauses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gis.regulations.rule_set import load_policies, load_rule_set

if TYPE_CHECKING:
    import datetime as dt

    from gis.regulations.citations import Source
    from gis.regulations.policy_register import Clause

__all__ = ["policy_clauses", "policy_in_force"]


def _chain() -> list[Source]:
    """Return the sources of the registered policies and what took their place, the oldest first."""
    found: dict[str, Source] = {}
    sources = load_rule_set().sources
    for policy in load_policies():
        source: Source | None = policy.source
        while source is not None and source.id not in found:
            found[source.id] = source
            source = sources.get(source.superseded_by)
    return sorted(found.values(), key=lambda source: (source.in_force, source.id))


def policy_in_force(as_of: dt.date) -> dict[str, Any] | None:
    """Return the policy on bonded zones that is in force on a day, or None.

    Parameters
    ----------
    as_of
        The day.

    Returns
    -------
    id, number, title_zh, title_en, in_force, expires ("" while open), superseded_by, note_zh,
    note_en and has_clauses (whether its clauses are registered).

    Examples
    --------
    >>> import datetime as dt
    >>> policy_in_force(dt.date(2026, 5, 27))["number"], policy_in_force(dt.date(2026, 5, 28))["number"]
    ('沪府发〔2021〕1号', '沪发改开放〔2026〕192号')
    >>> policy_in_force(dt.date(2021, 1, 14)) is None
    True
    """
    source = next((source for source in _chain() if source.in_force_on(as_of)), None)
    if source is None:
        return None
    return {
        "id": source.id,
        "number": source.number,
        "title_zh": source.title_zh,
        "title_en": source.title_en,
        "in_force": source.in_force.isoformat(),
        "expires": source.expires.isoformat() if source.expires else "",
        "superseded_by": source.superseded_by,
        "note_zh": source.note.get("zh", ""),
        "note_en": source.note.get("en", ""),
        "has_clauses": any(policy.source.id == source.id for policy in load_policies()),
    }


def policy_clauses(as_of: dt.date | None = None) -> tuple[Clause, ...]:
    """Return the registered clauses in the order of the text; with a day, those in force on it.

    Of the bodies that a clause names, those that were abolished are told: with a day, as far as they were told by it.

    Examples
    --------
    >>> import datetime as dt
    >>> [clause.number for clause in policy_clauses() if "green_ratio" in clause.served_by]
    ['一(六)']
    >>> policy_clauses(dt.date(2026, 5, 28))
    ()
    """
    return tuple(
        clause if as_of is None else clause.told_by(as_of)
        for policy in load_policies()
        if as_of is None or policy.source.in_force_on(as_of)
        for clause in policy.clauses
    )
