"""The parameters as records, for lists and commands."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from gis.errors import RuleError
from gis.regulations.rule_set import load_rule_set
from gis.regulations.rulebook import Parameter, load_rules

if TYPE_CHECKING:
    from gis.regulations.parameters import Entry, Value

__all__ = ["list_rules", "show_rule"]

#: What is left in the record of a parameter without a value: nothing that could be used.
NAMES = ("name", "label_zh", "label_en", "description_zh", "description_en", "unit")


def list_rules(*, as_of: str | dt.date | None = None, place: str | None = None) -> list[dict[str, Any]]:
    """Return the parameters as records, in order of name.

    Parameters
    ----------
    as_of
        The day; without one, values of every day are considered.
    place
        Administrative division code; without one, the values of every place are listed.

    Returns
    -------
    The records of `Parameter.record`. With a place, one a parameter: the value of the most specific
    place, the newest of several; without a place, one a value. A parameter that has no value on
    the day at the place keeps its names, with an empty ``value`` and ``verified`` false.

    Raises
    ------
    RuleError
        If the day or place is malformed.

    Examples
    --------
    >>> [record["value"] for record in list_rules(as_of="2026-03-31", place="310115") if "fee" in record["name"]]
    ['20%', '20%']
    """
    day = None if as_of is None else load_rules(as_of=as_of, place=place or "31").as_of
    if place is not None:
        load_rules(as_of=day or dt.date.max, place=place)
    records: list[dict[str, Any]] = []
    for _, entry in sorted(load_rule_set().entries.items()):
        values = _chosen(entry, day, place)
        records += [Parameter.of(entry, value).record() for value in values] or [_without_value(entry)]
    return records


def _chosen(entry: Entry, day: dt.date | None, place: str | None) -> list[Value]:
    values = [value for value in entry.values if day is None or value.covers(day)]
    if place is None:
        return values
    here = [value for value in values if value.specificity(place) >= 0]
    rank = {id(value): (value.specificity(place), bool(value.zones), value.in_force) for value in here}
    return sorted(here, key=lambda value: rank[id(value)])[-1:]


def _without_value(entry: Entry) -> dict[str, Any]:
    record = Parameter.of(entry, entry.values[-1]).record()
    return {key: value if key in NAMES else type(value)() for key, value in record.items()}


def show_rule(name: str) -> list[dict[str, Any]]:
    """Return every dated value of a parameter, the oldest first.

    Raises
    ------
    RuleError
        If there is no such parameter.

    Examples
    --------
    >>> [(record["in_force"], record["value"]) for record in show_rule("idle_land.developed_area_ratio")]
    [('2012-07-01', '1/3')]
    """
    entries = load_rule_set().entries
    if name not in entries:
        raise RuleError("rule_unknown", name=name, choices=sorted(entries))
    return [Parameter.of(entries[name], value).record() for value in entries[name].values]
