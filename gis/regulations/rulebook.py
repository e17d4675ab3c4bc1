"""The rules of a day and a place, with a record of every parameter that was read."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from fractions import Fraction
from pathlib import Path
from typing import Any

from gis.errors import RuleError, listed
from gis.regulations.bounds import Bound
from gis.regulations.parameters import RULES_FOLDER, Citation, Entry, RuleSet, Value, load_rule_set

__all__ = ["Parameter", "Rulebook", "list_rules", "load_rules", "rules_fingerprint", "show_rule"]


def _as_text(value: Any) -> str:
    if isinstance(value, Fraction):
        percent = value * 100
        return f"{percent}%" if percent.denominator == 1 and value < 1 else str(value)
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclasses.dataclass(frozen=True)
class Parameter:
    """One legal parameter as it stands on the rulebook's day at its place."""

    name: str
    label: dict[str, str]
    value: Any
    unit: str
    bound: Bound | None
    scope: str
    citation: Citation
    in_force: dt.date
    expires: dt.date | None
    verified: bool
    note: str
    hypothetical: bool = False
    reason: str = ""

    def record(self) -> dict[str, Any]:
        """Return what a manifest and a report say of it."""
        return {
            "name": self.name,
            "label_zh": self.label["zh"],
            "label_en": self.label["en"],
            "value": _as_text(self.value),
            "unit": self.unit,
            "bound": str(self.bound or ""),
            "scope": self.scope,
            "citation_zh": self.citation.text("zh"),
            "citation_en": self.citation.text("en"),
            "in_force": self.in_force.isoformat(),
            "expires": self.expires.isoformat() if self.expires else "",
            "verified": self.verified,
            "checked_on": self.citation.source.checked_on.isoformat(),
            "note": self.note,
            "hypothetical": self.hypothetical,
            "reason": self.reason,
        }


class Rulebook:
    """The parameters in force on ``as_of`` at ``place``.

    Examples
    --------
    >>> rules = load_rules(as_of="2026-03-31", place="310115")
    >>> floor = rules.get("green.zone_floor_ratio")
    >>> str(floor.value), floor.bound.value, floor.scope
    ('1/5', 'at_least', 'park')
    >>> [record["name"] for record in rules.read]
    ['green.zone_floor_ratio']
    """

    def __init__(
        self,
        rule_set: RuleSet,
        *,
        as_of: dt.date,
        place: str,
        replaced: dict[str, tuple[Any, str]] | None = None,
        parent: Rulebook | None = None,
    ) -> None:
        self._rules = rule_set
        self._as_of = as_of
        self._place = place
        self._replaced = dict(replaced or {})
        self._parent = parent
        self._read: dict[str, Parameter] = {}

    @property
    def as_of(self) -> dt.date:
        """The day of the rules."""
        return self._as_of

    @property
    def place(self) -> str:
        """The place of the rules (adcode)."""
        return self._place

    @property
    def read(self) -> tuple[dict[str, Any], ...]:
        """What was read so far, in order of name."""
        return tuple(self._read[name].record() for name in sorted(self._read))

    def names(self) -> list[str]:
        """Return the names of all parameters, in force or not."""
        return sorted(self._rules.entries)

    def get(self, name: str) -> Parameter:
        """Return a parameter, and record that it was read.

        Raises
        ------
        RuleError
            If there is no such parameter, or none in force on the day at the place; the message
            says which days and places are covered.
        """
        entry = self._rules.entries.get(name)
        if entry is None:
            raise RuleError("rule_unknown", name=name, choices=self.names())
        value = self._value(entry)
        replaced = name in self._replaced
        parameter = Parameter(
            name=name,
            label=entry.label,
            value=self._replaced[name][0] if replaced else value.value,
            unit=entry.unit,
            bound=entry.bound,
            scope=entry.scope,
            citation=value.citation,
            in_force=value.start,
            expires=value.until,
            verified=value.verified and not replaced,
            note=value.note,
            hypothetical=replaced,
            reason=self._replaced[name][1] if replaced else "",
        )
        self._remember(parameter)
        return parameter

    def _remember(self, parameter: Parameter) -> None:
        self._read[parameter.name] = parameter
        if self._parent is not None:
            self._parent._remember(parameter)  # noqa: SLF001 - a rulebook of the same family

    def _value(self, entry: Entry) -> Value:
        fitting = [value for value in entry.values if value.covers(self._as_of) and value.specificity(self._place) >= 0]
        if not fitting:
            covered = [
                f"{value.start}–{value.until or '…'} @ {'/'.join(value.places) or 'nation'}" for value in entry.values
            ]
            raise RuleError(
                "rule_not_in_force", name=entry.name, as_of=self._as_of, place=self._place, covered=listed(covered)
            )
        return max(fitting, key=lambda value: value.specificity(self._place))

    def recorder(self) -> Rulebook:
        """Return the same rules with an empty record; what it reads is recorded here too."""
        return Rulebook(self._rules, as_of=self._as_of, place=self._place, replaced=self._replaced, parent=self)

    def replace(self, name: str, value: Any, reason: str) -> Rulebook:
        """Return new rules with one hypothetical value; every output that uses it says so.

        Parameters
        ----------
        name
            The parameter.
        value
            Its value; a ratio may be text such as ``"25%"`` or ``"1/4"``.
        reason
            Why; must not be empty.

        Raises
        ------
        RuleError
            If the parameter is unknown, the reason is empty, or the value is of another kind.
        """
        from gis.regulations.parameters import _exact

        entry = self._rules.entries.get(name)
        if entry is None:
            raise RuleError("rule_unknown", name=name, choices=self.names())
        if not reason.strip():
            raise RuleError("rule_reason_missing", name=name)
        exact = value if isinstance(value, Fraction) else _exact(Path("replace"), name, entry.kind, value)
        replaced = self._replaced | {name: (exact, reason)}
        return Rulebook(self._rules, as_of=self._as_of, place=self._place, replaced=replaced)


def load_rules(*, as_of: str | dt.date, place: str, folder: Path | None = None) -> Rulebook:
    """Return the rulebook of a day and a place.

    Parameters
    ----------
    as_of
        The day, as a date or ISO text.
    place
        Administrative division code as text, such as ``"310115"`` (Pudong).
    folder
        Another folder of rules than the packaged one.

    Raises
    ------
    RuleError
        If the date or place is malformed, or the rules can't be loaded.
    """
    try:
        day = as_of if isinstance(as_of, dt.date) else dt.date.fromisoformat(as_of)
    except ValueError:
        raise RuleError("rule_date_invalid", as_of=as_of) from None
    if not isinstance(place, str) or not place.isdigit():
        raise RuleError("rule_place_invalid", place=place)
    return Rulebook(load_rule_set(folder or RULES_FOLDER), as_of=day, place=place)


def list_rules(*, as_of: str | dt.date | None = None, place: str = "31") -> list[dict[str, Any]]:
    """Return a record of every parameter: as of a day where one is given, else its newest value.

    A parameter that is not in force then has an empty value.
    """
    records = []
    for name, entry in sorted(load_rule_set().entries.items()):
        if as_of is None:
            records.append(_value_record(entry, entry.values[-1]))
            continue
        try:
            records.append(load_rules(as_of=as_of, place=place).get(name).record())
        except RuleError:
            records.append(_value_record(entry, entry.values[-1]) | {"value": "", "verified": False})
    return records


def show_rule(name: str) -> list[dict[str, Any]]:
    """Return every dated value of a parameter.

    Raises
    ------
    RuleError
        If there is no such parameter.

    Examples
    --------
    >>> [record["value"] for record in show_rule("idle_land.developed_area_ratio")]
    ['1/3']
    """
    entry = load_rule_set().entries.get(name)
    if entry is None:
        raise RuleError("rule_unknown", name=name, choices=sorted(load_rule_set().entries))
    return [_value_record(entry, value) for value in entry.values]


def _value_record(entry: Entry, value: Value) -> dict[str, Any]:
    parameter = Parameter(
        entry.name, entry.label, value.value, entry.unit, entry.bound, entry.scope, value.citation,
        value.start, value.until, value.verified, value.note,
    )  # fmt: skip
    return parameter.record() | {"places": ", ".join(value.places)}


def rules_fingerprint(folder: Path = RULES_FOLDER) -> str:
    """Return the SHA-256 of all rule files, for the manifest."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yaml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
