"""The dated legal parameters: what each is, from which day to which, where, and by which article.

A file that could mislead does not load: an unknown or doubled key, a value without article or
without the day it was checked, an unknown source, a value dated before its source is in force or
after it ended, values that overlap for one place, a value that is not exact.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gis.regulations.bounds import Bound
from gis.regulations.citations import Citation, Source
from gis.regulations.strict import Spot, read_rule_file
from gis.regulations.values import UNITS, Kind, exact_value

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

__all__ = ["READERS", "Basis", "Entry", "Scope", "Value", "load_entries"]

NAME = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
ADCODE = re.compile(r"(?:[0-9]{2}){1,3}")
ENTRY_KEYS = {"label", "description", "kind", "unit", "values"}
#: What reads a rule: the balances, and the ledger of quotas with its checks.
READERS = ("idle_land", "green_ratio", "mixed_use", "quotas")
VALUE_REQUIRED = {"in_force", "value", "scope", "source", "article", "basis", "verified", "checked_on"}
VALUE_OPTIONAL = {"expires", "bound", "places", "zones", "note"}
#: A kind of value that a number is judged against, so that its bound is part of the rule.
BOUNDED = {Kind.RATIO, Kind.NUMBER, Kind.PERIOD}


class Scope(StrEnum):
    """What a rule speaks of: 地块 / 建设项目 / 园区 / 区域 / 新城规划范围."""

    PLOT = "plot"
    PROJECT = "project"
    PARK = "park"
    ZONE = "zone"
    NEW_TOWN = "new_town"


class Basis(StrEnum):
    """Where a value comes from; only a text that was read makes a value verified."""

    TEXT = "text"
    SECONDARY = "secondary"
    INFERENCE = "inference"
    MEMORY = "memory"


@dataclasses.dataclass(frozen=True)
class Value:
    """What a parameter is from one day on, at some places.

    Attributes
    ----------
    in_force, expires
        First and last day; None where the end is not known.
    value, bound, scope
        The number (or period, flag, text, list), how an observation must stand to it, and of what.
    places
        Prefixes of the administrative division code; empty for the whole nation.
    zones
        Names of the zones that the text is limited to; empty where it is limited to none.
    citation, basis, verified, checked_on, note
        Source and article, whether its text was read, when it was last looked up, and what a
        reader must know, by language.
    """

    in_force: dt.date
    expires: dt.date | None
    value: Any
    bound: Bound | None
    scope: Scope
    places: tuple[str, ...]
    zones: tuple[str, ...]
    citation: Citation
    basis: Basis
    verified: bool
    checked_on: dt.date
    note: dict[str, str]

    def covers(self, day: dt.date) -> bool:
        """Whether the value is in force on a day."""
        return self.in_force <= day and (self.expires is None or day <= self.expires)

    def specificity(self, place: str) -> int:
        """Return the length of the prefix that fits a place: 0 for the nation, −1 where none fits."""
        if not self.places:
            return 0
        return max((len(prefix) for prefix in self.places if place.startswith(prefix)), default=-1)

    def allows(self, zone: str | None) -> bool:
        """Whether the text reaches a zone of this name; without a name, it may."""
        return zone is None or not self.zones or any(named in zone for named in self.zones)

    def days(self) -> str:
        """Return the days as text, such as ``2022-01-20 – 2027-01-19``."""
        return f"{self.in_force} – {self.expires or '…'}"

    def meets(self, other: Value) -> bool:
        """Whether two values share a day, a place and a zone, so that one could not choose."""
        days = self.covers(max(self.in_force, other.in_force)) and other.covers(max(self.in_force, other.in_force))
        places = bool(set(self.places or ("",)) & set(other.places or ("",)))
        both_limited = bool(self.zones) == bool(other.zones)
        return days and places and both_limited and (not self.zones or bool(set(self.zones) & set(other.zones)))


@dataclasses.dataclass(frozen=True)
class Entry:
    """One parameter with all its dated values, the oldest first.

    Attributes
    ----------
    read_by
        The balances and other computations that read it (`READERS`); empty where nothing does.
    register_only
        Why nothing computes with it though it is encoded, by language; empty where something reads it.
    """

    name: str
    label: dict[str, str]
    description: dict[str, str]
    kind: Kind
    unit: str
    values: tuple[Value, ...]
    read_by: tuple[str, ...] = ()
    register_only: dict[str, str] = dataclasses.field(default_factory=dict)


def load_entries(path: Path, sources: dict[str, Source]) -> dict[str, Entry]:
    """Read one file of parameters, strictly.

    Raises
    ------
    RuleError
        Naming file and parameter, for anything that could mislead.
    """
    entries = {}
    for name, raw in read_rule_file(path).items():
        spot = Spot(path.name, str(name))
        if not NAME.fullmatch(str(name)) or not str(name).startswith(f"{path.stem}."):
            raise spot.refused("rule_name_invalid", expected=f"{path.stem}.<name>")
        entries[str(name)] = _entry(spot, raw, sources)
    return entries


def _entry(spot: Spot, raw: Any, sources: dict[str, Source]) -> Entry:
    entry = spot.mapping(raw, required=ENTRY_KEYS, optional={"read_by", "register_only"})
    if ("read_by" in entry) == ("register_only" in entry):
        raise spot.refused("rule_reader_missing", choices=READERS)
    kind = Kind(spot.choice("kind", entry["kind"], Kind))
    unit = spot.choice("unit", entry["unit"], UNITS[kind])
    if not isinstance(entry["values"], list) or not entry["values"]:
        raise spot.refused("rule_list_invalid", key="values", found=repr(entry["values"]))
    values = [_load_value(spot, kind, value, sources) for value in entry["values"]]
    for one, other in itertools.combinations(values, 2):
        if one.meets(other):
            place = "/".join(one.places) or "–"
            raise spot.refused("rule_values_overlap", first=one.days(), second=other.days(), place=place)
    values.sort(key=lambda value: (value.in_force, value.places, value.zones))
    label, description = (spot.both(key, entry[key]) for key in ("label", "description"))
    readers = spot.texts("read_by", entry.get("read_by"))
    for reader in readers:
        spot.choice("read_by", reader, READERS)
    alone = spot.both("register_only", entry["register_only"]) if "register_only" in entry else {}
    return Entry(spot.name, label, description, kind, unit, tuple(values), readers, alone)


def _load_value(spot: Spot, kind: Kind, raw: Any, sources: dict[str, Source]) -> Value:
    entry = spot.mapping(raw, required=VALUE_REQUIRED, optional=VALUE_OPTIONAL)
    citation = _citation(spot, entry, sources)
    in_force, expires = _days(spot, entry, citation.source)
    basis = Basis(spot.choice("basis", entry["basis"], Basis))
    verified = spot.flag("verified", entry["verified"])
    if verified and basis is not Basis.TEXT:
        raise spot.refused("rule_verified_without_text", basis=basis.value)
    note = {} if entry.get("note") is None else spot.both("note", entry["note"])
    if not verified and not note:
        raise spot.refused("rule_note_missing")
    return Value(
        in_force=in_force,
        expires=expires,
        value=exact_value(spot, kind, entry["value"]),
        bound=_bound(spot, kind, entry.get("bound")),
        scope=Scope(spot.choice("scope", entry["scope"], Scope)),
        places=_places(spot, entry.get("places")),
        zones=spot.texts("zones", entry.get("zones")),
        citation=citation,
        basis=basis,
        verified=verified,
        checked_on=spot.day("checked_on", entry["checked_on"]),
        note=note,
    )


def _citation(spot: Spot, entry: dict[str, Any], sources: dict[str, Source]) -> Citation:
    source = sources.get(entry["source"]) if isinstance(entry["source"], str) else None
    if source is None:
        raise spot.refused("rule_source_unknown", source=entry["source"], choices=sorted(sources))
    return Citation(source, spot.text("article", entry["article"]))


def _days(spot: Spot, entry: dict[str, Any], source: Source) -> tuple[dt.date, dt.date | None]:
    """Return first and last day; without an end of its own, a value ends with its source."""
    in_force = spot.day("in_force", entry["in_force"])
    stated = spot.optional_day("expires", entry.get("expires"))
    expires = stated or source.expires
    if in_force < source.in_force:
        raise spot.refused("rule_before_source", day=in_force, source=source.id, limit=source.in_force)
    if source.expires is not None and (in_force > source.expires or (expires or in_force) > source.expires):
        raise spot.refused("rule_after_source", day=stated or in_force, source=source.id, limit=source.expires)
    if expires is not None and expires < in_force:
        raise spot.refused("rule_days_reversed", first=in_force, last=expires)
    return in_force, expires


def _bound(spot: Spot, kind: Kind, raw: Any) -> Bound | None:
    if kind not in BOUNDED:
        if raw is not None:
            raise spot.refused("rule_bound_unwanted", kind=kind.value, found=repr(raw))
        return None
    return Bound(spot.choice("bound", raw, Bound))


def _places(spot: Spot, raw: Any) -> tuple[str, ...]:
    places = spot.texts("places", raw)
    for place in places:
        if not ADCODE.fullmatch(place):
            raise spot.refused("rule_place_malformed", place=place)
    for one, other in itertools.permutations(places, 2):
        if other.startswith(one):
            raise spot.refused("rule_places_ambiguous", wide=one, narrow=other)
    return tuple(sorted(places))
