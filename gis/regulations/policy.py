"""The policy register: each clause of the 2021 policy, who answers for it, and what serves it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from typing import Any

from gis.errors import RuleError
from gis.regulations.parameters import POLICY_FILE, RULES_FOLDER, load_rule_set
from gis.yaml_files import read_yaml

__all__ = ["Clause", "policy_clauses", "policy_in_force"]

KEYS = {"summary", "bodies", "served_by"}
OPTIONAL = {"conditions"}
SERVICES = {"idle_land", "mixed_use", "green_ratio", "boundaries", "quotas", "evaluation", "none"}


@dataclasses.dataclass(frozen=True)
class Clause:
    """One clause of a policy.

    Attributes
    ----------
    number
        As in the text, such as ``一(六)``.
    summary
        In own words, by language.
    bodies
        The responsible bodies named in the text.
    served_by
        The analyses of this toolkit that serve it; ``none`` where it is no matter of land or quotas.
    conditions
        Where the clause acts only if several things hold together, those things.
    """

    policy: str
    number: str
    summary: dict[str, str]
    bodies: tuple[str, ...]
    in_force: dt.date
    expires: dt.date | None
    served_by: tuple[str, ...]
    conditions: tuple[str, ...]


@functools.cache
def _register() -> tuple[Clause, ...]:
    path = RULES_FOLDER / POLICY_FILE
    content: dict[str, Any] = read_yaml(path)
    source = load_rule_set().sources[content["source"]]
    clauses = []
    for number, entry in content["clauses"].items():
        extra = set(entry) - KEYS - OPTIONAL
        if extra or not set(entry) >= KEYS or not set(entry["served_by"]) <= SERVICES:
            raise RuleError(
                "rule_file_invalid", path=path.name, name=number, why=f"keys or services are wrong: {extra}"
            )
        clauses.append(
            Clause(
                policy=source.id,
                number=number,
                summary=dict(entry["summary"]),
                bodies=tuple(entry["bodies"]),
                in_force=source.in_force,
                expires=source.expires,
                served_by=tuple(entry["served_by"]),
                conditions=tuple(entry.get("conditions", ())),
            )
        )
    return tuple(clauses)


def policy_in_force(as_of: dt.date) -> dict[str, Any] | None:
    """Return the bonded-zone policy in force on a day: source id, titles and number, or None.

    Examples
    --------
    >>> policy_in_force(dt.date(2026, 5, 27))["number"], policy_in_force(dt.date(2026, 5, 28))["number"]
    ('沪府发〔2021〕1号', '沪发改开放〔2026〕192号')
    >>> policy_in_force(dt.date(2021, 1, 14)) is None
    True
    """
    for id_ in ("policy_2021_1", "measures_2026_192"):
        source = load_rule_set().sources[id_]
        if source.in_force <= as_of and (source.expires is None or as_of <= source.expires):
            return {
                "id": id_, "number": source.number, "title_zh": source.title_zh, "title_en": source.title_en,
                "in_force": source.in_force.isoformat(),
                "expires": source.expires.isoformat() if source.expires else "", "note": source.note or "",
            }  # fmt: skip
    return None


def policy_clauses(as_of: dt.date | None = None) -> tuple[Clause, ...]:
    """Return the clauses of the register; with a date, those in force on it.

    Examples
    --------
    >>> [clause.number for clause in policy_clauses() if "green_ratio" in clause.served_by]
    ['一(六)']
    >>> policy_clauses(dt.date(2026, 5, 28))
    ()
    """
    clauses = _register()
    if as_of is None:
        return clauses
    return tuple(c for c in clauses if c.in_force <= as_of and (c.expires is None or as_of <= c.expires))
