"""The register of a policy: each clause in own words, who answers for it, and what it sets going.

Where a clause acts only if several things hold together, they are listed as conditions: a shortfall
of energy alone, say, sends no project to the city.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from gis.regulations.bounds import Bound, Verdict, judge
from gis.regulations.strict import Spot, read_rule_file
from gis.regulations.values import Kind, exact_value

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from gis.regulations.citations import Source

__all__ = ["SERVICES", "Clause", "Condition", "Effect", "Policy", "judge_effect", "load_policy"]

#: What of this toolkit can serve a clause; ``none`` where it is no matter of land or quotas, ``register_only`` where
#: it is one, and stands in the register for a person to read: nothing computes it.
SERVICES = ("idle_land", "mixed_use", "green_ratio", "quotas", "boundaries", "register_only", "none")
CONDITION_KINDS = (Kind.FLAG, Kind.NUMBER, Kind.TEXT)


@dataclasses.dataclass(frozen=True)
class Condition:
    """One thing that must hold: a fact, and how it must stand to a value."""

    fact: str
    kind: Kind
    bound: Bound
    value: Any
    label: dict[str, str]

    def judge(self, facts: Mapping[str, Any]) -> Verdict:
        """Return the verdict on the facts; one that is missing is undetermined."""
        observed = facts.get(self.fact)
        if self.kind is Kind.NUMBER:
            return judge(self.bound, observed, self.value)
        if observed is None:
            return Verdict.UNDETERMINED
        return Verdict.MET if observed == self.value else Verdict.NOT_MET


@dataclasses.dataclass(frozen=True)
class Effect:
    """What a clause sets going, if all of its conditions hold."""

    name: str
    label: dict[str, str]
    all_of: tuple[Condition, ...]


@dataclasses.dataclass(frozen=True)
class Abolished:
    """A body of the text that no longer exists, as of the day that a document says so.

    Attributes
    ----------
    body
        As in the text.
    told_on
        The day of the document; the day of the abolition itself, before it, may not be known.
    source
        The document's id.
    note
        What became of its tasks, by language.
    """

    body: str
    told_on: dt.date
    source: str
    note: dict[str, str]


@dataclasses.dataclass(frozen=True)
class Clause:
    """One clause of a policy.

    Attributes
    ----------
    policy
        The source it stands in.
    number
        As in the text, such as ``一(六)``.
    summary
        In own words, by language.
    bodies
        The responsible bodies named in the text (责任单位).
    in_force, expires
        First and last day.
    served_by
        What of this toolkit serves it (`SERVICES`).
    effects
        What it sets going under conditions; empty where it has none.
    abolished
        Bodies of the text that were abolished later; `policy_clauses` of a day has those told by that day.
    """

    policy: str
    number: str
    summary: dict[str, str]
    bodies: tuple[str, ...]
    in_force: dt.date
    expires: dt.date | None
    served_by: tuple[str, ...]
    effects: tuple[Effect, ...]
    abolished: tuple[Abolished, ...] = ()

    def told_by(self, day: dt.date) -> Clause:
        """Return the clause with the abolitions that were known on a day."""
        return dataclasses.replace(self, abolished=tuple(one for one in self.abolished if one.told_on <= day))


@dataclasses.dataclass(frozen=True)
class Policy:
    """A policy with its clauses in the order of the text."""

    source: Source
    clauses: tuple[Clause, ...]


def judge_effect(effect: Effect, facts: Mapping[str, Any]) -> Verdict:
    """Tell whether all conditions of an effect hold.

    Parameters
    ----------
    effect
        Of a clause.
    facts
        By the names of the conditions; one that is not known is left out, or None.

    Returns
    -------
    ``not_met`` as soon as one condition fails, ``undetermined`` where none fails and one is not
    known, ``met`` where all hold.

    Examples
    --------
    >>> from gis.regulations import policy_clauses
    >>> [escalation] = next(clause for clause in policy_clauses() if clause.number == "一(五)").effects
    >>> judge_effect(escalation, {"district_shortfall": 10}).value
    'undetermined'
    >>> judge_effect(escalation, {"district_shortfall": 10, "is_major_quality_project": False}).value
    'not_met'
    """
    verdicts = {condition.judge(facts) for condition in effect.all_of}
    for verdict in (Verdict.NOT_MET, Verdict.UNDETERMINED):
        if verdict in verdicts:
            return verdict
    return Verdict.MET


def load_policy(path: Path, sources: dict[str, Source]) -> Policy:
    """Read the register of a policy, strictly.

    Raises
    ------
    RuleError
        Naming file and clause, for anything that could mislead.
    """
    spot = Spot(path.name, "–")
    content = spot.mapping(read_rule_file(path), required={"source", "clauses"}, optional={"abolished"})
    source = sources.get(content["source"])
    if source is None:
        raise spot.refused("rule_source_unknown", source=content["source"], choices=sorted(sources))
    clauses = content["clauses"]
    if not isinstance(clauses, dict) or not clauses:
        raise spot.refused("rule_not_a_mapping", found=type(clauses).__name__)
    gone = [_abolished(spot, str(body), raw, sources) for body, raw in (content.get("abolished") or {}).items()]
    return Policy(source, tuple(_clause(Spot(path.name, str(n)), raw, source, gone) for n, raw in clauses.items()))


def _abolished(spot: Spot, body: str, raw: Any, sources: dict[str, Source]) -> Abolished:
    entry = spot.mapping(raw, required={"told_on", "source", "note"})
    source = spot.choice("source", entry["source"], sources)
    return Abolished(body, spot.day("told_on", entry["told_on"]), source, spot.both("note", entry["note"]))


def _clause(spot: Spot, raw: Any, source: Source, gone: list[Abolished]) -> Clause:
    entry = spot.mapping(raw, required={"summary", "bodies", "served_by"}, optional={"effects"})
    served_by = spot.texts("served_by", entry["served_by"])
    for service in served_by:
        spot.choice("served_by", service, SERVICES)
    if not served_by or ({"none", "register_only"} & set(served_by) and len(served_by) > 1):
        raise spot.refused("rule_list_invalid", key="served_by", found=repr(entry["served_by"]))
    effects = spot.mapping(entry.get("effects", {}), required=set(), optional=entry.get("effects") or ())
    return Clause(
        policy=source.id,
        number=spot.name,
        summary=spot.both("summary", entry["summary"]),
        bodies=spot.texts("bodies", entry["bodies"] or None),
        in_force=source.in_force,
        expires=source.expires,
        served_by=served_by,
        effects=tuple(_effect(spot, str(name), effect) for name, effect in effects.items()),
        abolished=tuple(one for one in gone if any(one.body in body for body in entry["bodies"])),
    )


def _effect(spot: Spot, name: str, raw: Any) -> Effect:
    entry = spot.mapping(raw, required={"label", "all_of"})
    conditions = entry["all_of"]
    if not isinstance(conditions, list) or not conditions:
        raise spot.refused("rule_list_invalid", key=f"{name}.all_of", found=repr(conditions))
    return Effect(name, spot.both(f"{name}.label", entry["label"]), tuple(_condition(spot, one) for one in conditions))


def _condition(spot: Spot, raw: Any) -> Condition:
    entry = spot.mapping(raw, required={"fact", "kind", "bound", "value", "label"})
    kind = Kind(spot.choice("kind", entry["kind"], CONDITION_KINDS))
    bounds = list(Bound) if kind is Kind.NUMBER else [Bound.EQUALS]
    return Condition(
        fact=spot.text("fact", entry["fact"]),
        kind=kind,
        bound=Bound(spot.choice("bound", entry["bound"], bounds)),
        value=exact_value(spot, kind, entry["value"]),
        label=spot.both("label", entry["label"]),
    )
