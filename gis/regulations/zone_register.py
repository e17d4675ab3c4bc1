"""What is published about Shanghai's bonded zones: approved, planned, fenced and accepted areas apart.

Facts only, each with its source. What no published source gives is empty; published figures that
contradict one another stand side by side, and none is made to win. A figure that somebody derived
by subtraction is never among the published ones.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import importlib.resources
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from gis.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AREA_KINDS",
    "AreaFact",
    "ZoneFacts",
    "find_zone",
    "parse_zone_register",
    "zone_areas_csv",
    "zone_register",
    "zone_register_csv",
]

#: 批准规划, 规划, 围网(封关), 验收, 控制性详细规划, 绿化专项规划.
AREA_KINDS = ("approved", "planned", "fenced", "accepted", "control_plan", "green_plan")
#: published: of the zone as it is; predecessor: of the export processing zone before it; derived:
#: computed by somebody from other figures.
AREA_STATUSES = ("published", "predecessor", "derived")
APPROVED_STATUSES = ("published", "derived", "not_found")
ZONE_KINDS = ("special_comprehensive_bonded_zone", "comprehensive_bonded_zone", "bonded_zone")
#: A year, a month or a day: as exactly as it was published.
DATE = re.compile(r"(\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?)?")
DATE_FIELDS = ("approval_date", "accepted_date", "opened_date")
#: Columns of zones.csv that repeat a whole-zone area of zone_areas.csv.
REPEATED = {"approved": "approved_area_km2", "fenced": "fenced_area_km2", "accepted": "accepted_area_km2"}


@dataclasses.dataclass(frozen=True)
class AreaFact:
    """One area that somebody published about a zone, or about a part of it.

    Attributes
    ----------
    kind
        One of `AREA_KINDS`; they are different things and never mixed.
    area_km2
        With the decimals of the source: they tell how far it was rounded.
    date
        Of the approval, acceptance or publication; year, month or day, or "".
    source
        Where it was published.
    verified
        Whether the figure was read in the source; else it is known second-hand.
    note
        Anything that one has to know about it.
    part
        The part of the zone that it speaks of; "" for the whole.
    status
        One of `AREA_STATUSES`.
    """

    kind: str
    area_km2: Decimal
    date: str
    source: str
    verified: bool
    note: str
    part: str = ""
    status: str = "published"

    @property
    def rounding_km2(self) -> Decimal:
        """Half a unit of the last decimal: how far the figure may be off by rounding alone.

        Examples
        --------
        >>> AreaFact("approved", Decimal("10.00"), "1990", "…", False, "").rounding_km2
        Decimal('0.005')
        """
        return Decimal((0, (5,), int(self.area_km2.as_tuple().exponent) - 1))


@dataclasses.dataclass(frozen=True)
class ZoneFacts:
    """What is published about one zone; "" or None where nothing was found.

    Attributes
    ----------
    areas
        Published areas of the whole zone.
    side_areas
        Areas of parts and of predecessors, and derived ones: not to be compared with the zone.
    """

    zone_id: str
    zone_name_zh: str
    zone_name_en: str
    district_zh: str
    adcode: str
    zone_kind: str
    approved_area_km2: Decimal | None
    approved_area_status: str
    fenced_area_km2: Decimal | None
    accepted_area_km2: Decimal | None
    approval_document: str
    approval_date: str
    accepted_date: str
    opened_date: str
    parts_count: int | None
    parts_zh: str
    four_bounds_zh: str
    point_lon: float | None
    point_lat: float | None
    point_kind: str
    source: str
    verified: bool
    note: str
    areas: tuple[AreaFact, ...] = ()
    side_areas: tuple[AreaFact, ...] = ()


AREA_COLUMNS = ["zone_id", "part", "kind", "area_km2", "date", "status", "source", "verified", "note"]
ZONE_COLUMNS = [field.name for field in dataclasses.fields(ZoneFacts) if not field.name.endswith("areas")]


def _read(name: str) -> str:
    return (importlib.resources.files("gis.regulations") / name).read_text("utf-8")


def zone_register_csv() -> str:
    """Return the register as it is packaged, for ``boundaries/zones.csv``."""
    return _read("zones.csv")


def zone_areas_csv() -> str:
    """Return the published areas as they are packaged."""
    return _read("zone_areas.csv")


@dataclasses.dataclass(frozen=True)
class _Row:
    """One row of a register file, read strictly."""

    where: str
    cells: Mapping[str, str]

    def refused(self, field: str, expected: str) -> RuleError:
        return RuleError("register_invalid", where=self.where, field=field, found=self.cells[field], expected=expected)

    def choice(self, field: str, choices: tuple[str, ...]) -> str:
        if self.cells[field] not in choices:
            raise self.refused(field, " | ".join(choices))
        return self.cells[field]

    def filled(self, field: str) -> str:
        if not self.cells[field].strip():
            raise self.refused(field, "a text")
        return self.cells[field]

    def date(self, field: str) -> str:
        if not DATE.fullmatch(self.cells[field]):
            raise self.refused(field, "YYYY, YYYY-MM or YYYY-MM-DD")
        return self.cells[field]

    def flag(self, field: str) -> bool:
        return self.choice(field, ("true", "false")) == "true"

    def area(self, field: str) -> Decimal | None:
        if not self.cells[field]:
            return None
        try:
            value = Decimal(self.cells[field])
        except InvalidOperation:
            raise self.refused(field, "a number") from None
        if not (value.is_finite() and value > 0):
            raise self.refused(field, "a number above 0")
        return value

    def degrees(self, field: str, limit: int) -> float | None:
        value = self.area(field)
        if value is not None and value > limit:
            raise self.refused(field, f"degrees up to {limit}")
        return None if value is None else float(value)

    def count(self, field: str) -> int | None:
        if not self.cells[field]:
            return None
        if not self.cells[field].isdecimal() or int(self.cells[field]) < 1:
            raise self.refused(field, "a whole number from 1")
        return int(self.cells[field])


def _rows(text: str, name: str, columns: list[str]) -> list[_Row]:
    lines = list(csv.reader(text.splitlines(), strict=True))
    if not lines or lines[0] != columns:
        found = ",".join(lines[0]) if lines else ""
        raise RuleError("register_invalid", where=name, field="columns", found=found, expected=",".join(columns))
    for number, cells in enumerate(lines[1:], 2):
        if len(cells) != len(columns):
            facts = {"field": "cells", "found": len(cells), "expected": len(columns)}
            raise RuleError("register_invalid", where=f"{name}, row {number}", **facts)
    return [
        _Row(f"{name}, row {number}", dict(zip(columns, cells, strict=True)))
        for number, cells in enumerate(lines[1:], 2)
    ]


def _area_fact(row: _Row) -> AreaFact:
    area = row.area("area_km2")
    if area is None:
        raise row.refused("area_km2", "a number above 0")
    return AreaFact(
        kind=row.choice("kind", AREA_KINDS),
        area_km2=area,
        date=row.date("date"),
        source=row.filled("source"),
        verified=row.flag("verified"),
        note=row.cells["note"],
        part=row.cells["part"],
        status=row.choice("status", AREA_STATUSES),
    )


def _zone_facts(row: _Row, facts: list[AreaFact]) -> ZoneFacts:
    areas = tuple(fact for fact in facts if fact.status == "published" and not fact.part)
    for kind, column in REPEATED.items():
        value = row.area(column)
        if value is not None and str(value) not in {str(fact.area_km2) for fact in areas if fact.kind == kind}:
            raise row.refused(column, f"a published area of kind {kind} in zone_areas.csv")
    status = row.choice("approved_area_status", APPROVED_STATUSES)
    if (status == "published") != (row.area("approved_area_km2") is not None):
        raise row.refused("approved_area_status", "published if and only if approved_area_km2 is filled")
    lon, lat = row.degrees("point_lon", 180), row.degrees("point_lat", 90)
    if (lon is None) != (lat is None) or (lon is not None and not row.cells["point_kind"]):
        raise row.refused("point_kind", "longitude, latitude and kind of the point, or none of them")
    plain = {
        name: row.cells[name] for name in ("adcode", "approval_document", "parts_zh", "four_bounds_zh", "point_kind")
    }
    filled = {name: row.filled(name) for name in ("zone_id", "zone_name_zh", "zone_name_en", "district_zh", "source")}
    return ZoneFacts(
        **plain,
        **filled,
        **{name: row.date(name) for name in DATE_FIELDS},
        zone_kind=row.choice("zone_kind", ZONE_KINDS),
        approved_area_km2=row.area("approved_area_km2"),
        approved_area_status=status,
        fenced_area_km2=row.area("fenced_area_km2"),
        accepted_area_km2=row.area("accepted_area_km2"),
        parts_count=row.count("parts_count"),
        point_lon=lon,
        point_lat=lat,
        verified=row.flag("verified"),
        note=row.cells["note"],
        areas=areas,
        side_areas=tuple(fact for fact in facts if fact not in areas),
    )


def parse_zone_register(zones: str, areas: str) -> tuple[ZoneFacts, ...]:
    """Read a register strictly.

    Parameters
    ----------
    zones, areas
        The texts of ``zones.csv`` and ``zone_areas.csv``.

    Raises
    ------
    RuleError
        Naming file, row and column: for other columns, an unknown kind, an area without source, a
        zone given twice, an area of an unknown zone, or two files that disagree.
    """
    facts: dict[str, list[AreaFact]] = {}
    places: dict[str, _Row] = {}
    for row in _rows(areas, "zone_areas.csv", AREA_COLUMNS):
        facts.setdefault(row.cells["zone_id"], []).append(_area_fact(row))
        places[row.cells["zone_id"]] = row
    register: dict[str, ZoneFacts] = {}
    for row in _rows(zones, "zones.csv", ZONE_COLUMNS):
        if row.cells["zone_id"] in register:
            raise row.refused("zone_id", "each zone once")
        register[row.cells["zone_id"]] = _zone_facts(row, facts.pop(row.cells["zone_id"], []))
    for zone_id in facts:
        raise places[zone_id].refused("zone_id", " | ".join(register))
    return tuple(register.values())


@functools.cache
def zone_register() -> tuple[ZoneFacts, ...]:
    """Return every zone of the packaged register.

    Examples
    --------
    >>> [str(fact.area_km2) for fact in find_zone("waigaoqiao").areas]
    ['10.00', '10.34']
    """
    return parse_zone_register(zone_register_csv(), zone_areas_csv())


def find_zone(key: str) -> ZoneFacts:
    """Return a zone by id or name; a part of a name will do where it is one zone's only.

    Raises
    ------
    RuleError
        If the register has no such zone, or several.

    Examples
    --------
    >>> find_zone("Jinqiao").zone_id, find_zone("外高桥港").zone_id
    ('jinqiao', 'waigaoqiao_port')
    """
    asked = key.strip().casefold()
    names = {
        zone.zone_id: [name.casefold() for name in (zone.zone_id, zone.zone_name_zh, zone.zone_name_en)]
        for zone in zone_register()
    }
    exact = [zone_id for zone_id, own in names.items() if asked in own]
    found = exact or [zone_id for zone_id, own in names.items() if asked and any(asked in name for name in own)]
    if len(found) == 1:
        return next(zone for zone in zone_register() if zone.zone_id == found[0])
    if found:
        raise RuleError("zone_ambiguous", zone=key, choices=found)
    raise RuleError("zone_unknown", zone=key, choices=list(names))
