"""The parameters of two rulebooks side by side: what differs between two days of law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gis.regulations.rulebook import Parameter, Rulebook

__all__ = ["compare_rules"]

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
    return rules.recorder().get(name) if rules.covers(name) else None


def _change(one: Parameter | None, other: Parameter | None) -> str:
    if one is None or other is None:
        return "" if one is other else ("begins" if one is None else "ends")
    if any(getattr(one, key) != getattr(other, key) for key in ("value", "bound", "scope", "zones")):
        return "value"
    return "citation" if one.citation != other.citation else ""
