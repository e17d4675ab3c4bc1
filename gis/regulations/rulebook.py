"""The rules of a day and a place, with a record of every parameter that was read."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from gis.errors import RuleError
from gis.regulations.parameters import Basis, Entry, Scope, Value
from gis.regulations.rule_set import RULES_FOLDER, RuleSet, load_rule_set
from gis.regulations.strict import Lang, Spot
from gis.regulations.values import Kind, exact_value, value_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gis.regulations.bounds import Bound
    from gis.regulations.citations import Citation

__all__ = ["Parameter", "Rulebook", "load_rules"]

ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: Province, city, county, township and village of GB/T 2260 and GB/T 10114.
PLACE = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}(?:[0-9]{3}){0,2}")


@dataclasses.dataclass(frozen=True)
class Parameter:
    """One legal parameter as it stands on the rulebook's day at its place.

    Attributes
    ----------
    name, label, description
        What it is, by language.
    kind
        What sort of value it has.
    value
        A `fractions.Fraction` (ratio, number), a period such as ``"P1Y"``, a bool, a text, or a
        tuple of texts.
    unit, bound, scope
        In what, how an observation must stand to it, and of what it speaks.
    places, zones
        Where it holds: code prefixes (empty: the nation), and the zones its text is limited to.
    citation
        Source and article; ``citation.text("zh")``.
    in_force, expires
        First and last day (None while it is open).
    verified, basis, checked_on
        Whether the text was read, where the value comes from, and when it was last looked up.
    note
        What a reader must know, by language.
    hypothetical, reason
        Whether the value is supposed (`Rulebook.replace`), and why.
    """

    name: str
    label: Mapping[str, str]
    description: Mapping[str, str]
    kind: Kind
    value: Any
    unit: str
    bound: Bound | None
    scope: Scope
    places: tuple[str, ...]
    zones: tuple[str, ...]
    citation: Citation
    in_force: dt.date
    expires: dt.date | None
    verified: bool
    basis: Basis
    checked_on: dt.date
    note: Mapping[str, str]
    hypothetical: bool = False
    reason: str = ""

    @staticmethod
    def of(entry: Entry, value: Value) -> Parameter:
        """Return a parameter as one of its dated values states it."""
        shared = {field.name for field in dataclasses.fields(Parameter)} & {f.name for f in dataclasses.fields(Value)}
        taken = {name: getattr(value, name) for name in shared}
        return Parameter(entry.name, entry.label, entry.description, entry.kind, unit=entry.unit, **taken)

    def supposed(self, value: Any, reason: str) -> Parameter:
        """Return the parameter with a hypothetical value: unverified, and said so in its citation."""
        citation = dataclasses.replace(self.citation, supposed_because=reason)
        return dataclasses.replace(
            self, value=value, citation=citation, verified=False, hypothetical=True, reason=reason
        )

    def value_text(self) -> str:
        """Return the value as text, exactly: ``20%``, ``1/3``, ``P1Y``."""
        return value_text(self.kind, self.value)

    def record(self) -> dict[str, Any]:
        """Return what a manifest and a report say of it, as texts and flags."""
        return {
            "name": self.name,
            "label_zh": self.label["zh"],
            "label_en": self.label["en"],
            "description_zh": self.description["zh"],
            "description_en": self.description["en"],
            "value": self.value_text(),
            "unit": self.unit,
            "bound": str(self.bound or ""),
            "scope": str(self.scope),
            "places": ", ".join(self.places),
            "zones": "、".join(self.zones),
            "citation_zh": self.citation.text("zh"),
            "citation_en": self.citation.text("en"),
            "source": self.citation.source.id,
            "url": self.citation.source.url,
            "in_force": self.in_force.isoformat(),
            "expires": self.expires.isoformat() if self.expires else "",
            "verified": self.verified,
            "basis": str(self.basis),
            "checked_on": self.checked_on.isoformat(),
            "note": self._note(),
            "note_zh": self._note("zh"),
            "note_en": self._note("en"),
            "hypothetical": self.hypothetical,
            "reason": self.reason,
        }

    def _note(self, *langs: Lang) -> str:
        return " / ".join(self.note[lang] for lang in langs or ("zh", "en") if lang in self.note)


Log = dict[tuple[str, tuple[str, ...], dt.date], Parameter]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Rulebook:
    """The parameters in force on ``as_of`` at ``place``; it can't be changed, only replaced.

    Several analyses may share one, each through a `recorder` of its own.

    Examples
    --------
    >>> rules = load_rules(as_of="2026-03-31", place="310115")
    >>> floor = rules.get("green.zone_floor_ratio")
    >>> str(floor.value), floor.bound.value, floor.scope.value
    ('1/5', 'at_least', 'park')
    >>> [record["name"] for record in rules.read]
    ['green.zone_floor_ratio']
    """

    as_of: dt.date
    place: str
    _rules: RuleSet
    _replaced: Mapping[str, tuple[Any, str]] = dataclasses.field(default_factory=dict)
    _logs: tuple[Log, ...] = dataclasses.field(default_factory=lambda: ({},))
    _law_of: dt.date | None = None

    def __repr__(self) -> str:
        law = "" if self.law_of == self.as_of else f", law_of={self.law_of}"
        return f"Rulebook(as_of={self.as_of}, place={self.place!r}, hypothetical={sorted(self._replaced)}{law})"

    @property
    def law_of(self) -> dt.date:
        """The day whose parameters are read: ``as_of``, unless `judging` said otherwise."""
        return self._law_of or self.as_of

    def judging(self, day: str | dt.date) -> Rulebook:
        """Return the law of this rulebook for the facts of another day, with a record of its own.

        Examples
        --------
        >>> law = load_rules(as_of="2021-06-30", place="310115").judging("2026-03-31")
        >>> law.as_of.year, law.law_of.year
        (2026, 2021)
        """
        return dataclasses.replace(self, as_of=_day(day), _law_of=self.law_of, _logs=({},))

    def on(self, day: str | dt.date) -> Rulebook:
        """Return the law and the facts of another day at the same place, hypothetical values kept, with its own record.

        Examples
        --------
        >>> load_rules(as_of="2021-06-30", place="310115").on("2026-03-31")
        Rulebook(as_of=2026-03-31, place='310115', hypothetical=[])
        """
        return dataclasses.replace(self, as_of=_day(day), _law_of=None, _logs=({},))

    def at(self, place: str) -> Rulebook:
        """Return the law of the same day at another place, hypothetical values kept, with a record of its own.

        Raises
        ------
        RuleError
            If the place is malformed.

        Examples
        --------
        >>> load_rules(as_of="2026-03-31", place="310115").at("310113").covers("underused.grade")
        True
        """
        return dataclasses.replace(self, place=_place(place), _logs=({},))

    @property
    def read(self) -> tuple[dict[str, Any], ...]:
        """The records of what was read so far, in order of name."""
        return tuple(parameter.record() for _, parameter in sorted(dict(self._logs[0]).items()))

    @property
    def hypothetical(self) -> tuple[str, ...]:
        """The names whose values are supposed."""
        return tuple(sorted(self._replaced))

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the rule files."""
        return self._rules.fingerprint

    def names(self) -> list[str]:
        """Return the names of all parameters, in force or not."""
        return sorted(self._rules.entries)

    def sources(self) -> list[str]:
        """Return the ids of all sources of the register."""
        return sorted(self._rules.sources)

    def get(self, name: str, *, zone: str | None = None) -> Parameter:
        """Return a parameter, and record that it was read.

        The value of the most specific place decides, and at one place a value that is limited to
        named zones before one that is not.

        Parameters
        ----------
        name
            Such as ``idle_land.start_overdue_period``.
        zone
            Name of the zone in question; a value whose text is limited to other zones then does
            not apply. Without a name, limited values apply and say so (`Parameter.zones`).

        Raises
        ------
        RuleError
            If there is no such parameter, or none in force on the day at the place; the message
            says which days and places are covered.
        """
        parameter = self._find(name, zone)
        for log in self._logs:
            log[parameter.name, parameter.zones, parameter.in_force] = parameter
        return parameter

    def covers(self, name: str, *, zone: str | None = None) -> bool:
        """Tell whether a parameter is in force on the day at the place; asking is no reading.

        Raises
        ------
        RuleError
            If there is no such parameter at all.

        Examples
        --------
        >>> load_rules(as_of="2027-01-01", place="310114").covers("quotas.reward_good_industry")
        False
        """
        try:
            self._find(name, zone)
        except RuleError as error:
            if error.key == "rule_unknown":
                raise
            return False
        return True

    def lacking(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """Return which of some parameters have no value on the day at the place, and from when to when they do.

        Raises
        ------
        RuleError
            If there is no such parameter at all.

        Examples
        --------
        >>> [one["covered"] for one in load_rules(as_of="2018-12-31", place="31").lacking(["green.zone_floor_ratio"])]
        [['2019-01-01 – …']]
        """
        found = []
        for name in names:
            if not self.covers(name):
                entry = self._rules.entries[name]
                here = [value.days() for value in entry.values if value.specificity(self.place) >= 0]
                known = here or [f"{value.days()} @ {'/'.join(value.places)}" for value in entry.values]
                labels = {f"label_{lang}": entry.label[lang] for lang in ("zh", "en")}
                found.append({"name": name, **labels, "covered": known})
        return found

    def _find(self, name: str, zone: str | None = None) -> Parameter:
        entry = self._rules.entries.get(name)
        if entry is None:
            raise RuleError("rule_unknown", name=name, choices=self.names())
        here = [value for value in entry.values if value.specificity(self.place) >= 0 and value.allows(zone)]
        fitting = [value for value in here if value.covers(self.law_of)]
        if not fitting:
            key = "rule_not_in_force" if here else "rule_not_at_place"
            covered = [f"{value.days()} @ {'/'.join(value.places) or 'CN'}" for value in here or entry.values]
            raise RuleError(key, name=name, as_of=self.law_of, place=zone or self.place, covered=covered)
        chosen = max(fitting, key=lambda value: (value.specificity(self.place), bool(value.zones)))
        parameter = Parameter.of(entry, chosen)
        return parameter.supposed(*self._replaced[name]) if name in self._replaced else parameter

    def recorder(self) -> Rulebook:
        """Return the same rules with an empty record; what it reads is recorded here too.

        Examples
        --------
        >>> rules = load_rules(as_of="2026-03-31", place="310115")
        >>> own = rules.recorder()
        >>> unit = own.get("idle_land.invested_ratio").unit
        >>> len(own.read), len(rules.read)
        (1, 1)
        """
        return dataclasses.replace(self, _logs=({}, *self._logs))

    def replace(self, name: str, value: Any, reason: str) -> Rulebook:
        """Return new rules with one hypothetical value; every record and citation of it says so.

        Parameters
        ----------
        name
            The parameter; it must be in force on the day at the place.
        value
            Its value as a rule file writes it: ``"25%"``, ``"1/4"``, ``"P6M"``, true, a list; a
            `Fraction` or whole number too, but no float.
        reason
            Why; must not be empty.

        Returns
        -------
        A rulebook with a record of its own, which shares nothing with this one.

        Raises
        ------
        RuleError
            If the parameter is unknown or not in force, the reason is empty, or the value is of
            another kind.

        Examples
        --------
        >>> what_if = load_rules(as_of="2026-03-31", place="31").replace("green.zone_floor_ratio", "25%", "draft")
        >>> what_if.get("green.zone_floor_ratio").hypothetical, what_if.read[0]["value"]
        (True, '25%')
        """
        parameter = self._find(name)
        if not reason.strip():
            raise RuleError("rule_reason_missing", name=name)
        exact = exact_value(Spot("replace", name), parameter.kind, value)
        replaced = {**self._replaced, name: (exact, reason.strip())}
        return dataclasses.replace(self, _replaced=replaced, _logs=({},))


def load_rules(*, as_of: str | dt.date, place: str, folder: Path | None = None) -> Rulebook:
    """Return the rulebook of a day and a place.

    Parameters
    ----------
    as_of
        The day, as a date or as text such as ``"2026-03-31"``; it is never guessed.
    place
        Administrative division code as text, such as ``"310115"`` (Pudong) or ``"31"`` (Shanghai).
    folder
        Another folder of rules than the packaged one.

    Raises
    ------
    RuleError
        If the day or place is malformed, or the rules can't be loaded.
    """
    return Rulebook(_day(as_of), _place(place), load_rule_set(folder or RULES_FOLDER))


def _place(place: str) -> str:
    if not isinstance(place, str) or not PLACE.fullmatch(place):
        raise RuleError("rule_place_invalid", place=place)
    return place


def _day(as_of: str | dt.date) -> dt.date:
    """Return the day; a time of day is no day, and compact or week dates are refused."""
    if isinstance(as_of, dt.date) and not isinstance(as_of, dt.datetime):
        return as_of
    try:
        if isinstance(as_of, str) and ISO_DAY.fullmatch(as_of):
            return dt.date.fromisoformat(as_of)
    except ValueError:
        pass
    raise RuleError("rule_date_invalid", as_of=as_of)
