"""Two days of law side by side: parameters that differ, documents and clauses that begin or end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gis.regulations.policy import policy_clauses
from gis.regulations.rule_set import load_rule_set

if TYPE_CHECKING:
    import datetime as dt

    from gis.regulations.citations import Source
    from gis.regulations.policy_register import Clause
    from gis.regulations.rulebook import Parameter, Rulebook

__all__ = ["compare_clauses", "compare_documents", "compare_rules"]

SIDES = ("value", "bound", "scope", "citation_zh", "citation_en", "in_force", "verified")


def compare_rules(first: Rulebook, second: Rulebook) -> list[dict[str, Any]]:
    """Return the parameters whose value, bound, scope, zones or citation differs between two rulebooks.

    Parameters
    ----------
    first, second
        Rulebooks of two days (or of two places).

    Returns
    -------
    Records in order of name: name, labels, ``change`` (``value`` where what holds differs, ``citation``
    where only its ground does, ``begins``, ``ends``), and value, bound, scope, citations, in_force
    and verified with ``_from`` and ``_to``, empty on a side where nothing is in force.

    Examples
    --------
    >>> from gis.regulations import load_rules
    >>> old, new = (load_rules(as_of=day, place="310115") for day in ("2021-12-31", "2027-02-01"))
    >>> [record["change"] for record in compare_rules(old, new) if record["name"] == "green.balance_scope"]
    ['value']
    >>> compare_rules(old, old)
    []
    """
    records = []
    for name in sorted({*first.names(), *second.names()}):
        one, other = (_found(rules, name) for rules in (first, second))
        change = _change(one, other)
        known = one or other
        if not change or known is None:
            continue
        record: dict[str, Any] = {"name": name, "label_zh": known.label["zh"], "label_en": known.label["en"]}
        record["change"] = change
        for side, parameter in (("from", one), ("to", other)):
            told = parameter.record() if parameter else dict.fromkeys(SIDES, "")
            record |= {f"{key}_{side}": told[key] for key in SIDES}
        records.append(record)
    return records


def _found(rules: Rulebook, name: str) -> Parameter | None:
    """Return a parameter without recording a reading."""
    return rules.at(rules.place).get(name) if rules.covers(name) else None


def _change(one: Parameter | None, other: Parameter | None) -> str:
    if one is None or other is None:
        return "" if one is other else ("begins" if one is None else "ends")
    if any(getattr(one, key) != getattr(other, key) for key in ("value", "bound", "scope", "zones")):
        return "value"
    return "citation" if one.citation != other.citation else ""


def compare_documents(first: dt.date, second: dt.date) -> list[dict[str, Any]]:
    """Return the documents of the register that are in force on one of two days and not on the other.

    Parameters
    ----------
    first, second
        The two days, in either order.

    Returns
    -------
    Records in the order of their first day: id, number, titles, ``change`` (``begins``, ``ends``, or ``between``
    for one that came and went between the two days), in_force, expires (the last day), repealed, successor (number
    or title of what took its place, "" where none was found), dates_verified, notes.

    Examples
    --------
    >>> import datetime as dt
    >>> [(each["number"], each["change"], each["successor"])
    ...  for each in compare_documents(dt.date(2026, 5, 27), dt.date(2026, 5, 28))]
    [('沪府发〔2021〕1号', 'ends', '沪发改开放〔2026〕192号'), ('沪发改开放〔2026〕192号', 'begins', '')]
    """
    changed = []
    for source in sorted(load_rule_set().sources.values(), key=lambda each: (each.in_force, each.id)):
        change = _document_change(source, first, second)
        if change:
            changed.append({
                "id": source.id, "number": source.number, "title_zh": source.title_zh, "title_en": source.title_en,
                "change": change, "in_force": source.in_force.isoformat(), "expires": _day(source.expires),
                "repealed": _day(source.repealed), "successor": _successor(source),
                "dates_verified": source.dates_verified, "note_zh": source.note.get("zh", ""),
                "note_en": source.note.get("en", ""),
            })  # fmt: skip
    return changed


def compare_clauses(first: dt.date, second: dt.date) -> list[dict[str, Any]]:
    """Return the registered clauses of policies that are in force on one of two days and not on the other.

    Parameters
    ----------
    first, second
        The two days, in either order.

    Returns
    -------
    Records in the order of the text: policy (its number), number, summaries, served_by, ``change``, in_force,
    expires, successor (of the policy: that it has a clause in the place of this one is not said).
    """
    there, later = (set(_numbers(policy_clauses(day))) for day in (first, second))
    sources = load_rule_set().sources
    changed = []
    for clause in policy_clauses():
        key, source = (clause.policy, clause.number), sources[clause.policy]
        if (key in there) != (key in later):
            changed.append({
                "policy": source.number, "number": clause.number, "summary_zh": clause.summary["zh"],
                "summary_en": clause.summary["en"], "served_by": list(clause.served_by),
                "change": "ends" if key in there else "begins", "in_force": clause.in_force.isoformat(),
                "expires": _day(clause.expires), "successor": _successor(source),
            })  # fmt: skip
    return changed


def _numbers(clauses: tuple[Clause, ...]) -> list[tuple[str, str]]:
    return [(clause.policy, clause.number) for clause in clauses]


def _document_change(source: Source, first: dt.date, second: dt.date) -> str:
    was, is_now = source.in_force_on(first), source.in_force_on(second)
    if was != is_now:
        return "ends" if was else "begins"
    early, late = sorted((first, second))
    return "between" if not was and early < source.in_force <= late else ""


def _successor(source: Source) -> str:
    following = load_rule_set().sources.get(source.superseded_by)
    return "" if following is None else following.number or following.title_zh


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else ""
