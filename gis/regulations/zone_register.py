"""What is published about Shanghai's bonded zones: approved, planned, fenced and accepted areas apart.

Facts only, each with its source; what no published source gives is empty, and published figures
that contradict one another stand side by side.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import importlib.resources

from gis.errors import RuleError

__all__ = ["AreaFact", "ZoneFacts", "find_zone", "zone_register", "zone_register_csv"]

AREA_KINDS = ("approved", "planned", "fenced", "accepted", "control_plan")


@dataclasses.dataclass(frozen=True)
class AreaFact:
    """One published area of a zone."""

    kind: str
    area_km2: float
    date: str
    source: str
    verified: bool
    note: str


@dataclasses.dataclass(frozen=True)
class ZoneFacts:
    """What is published about one zone; "" or None where nothing was found."""

    zone_id: str
    zone_name_zh: str
    zone_name_en: str
    district_zh: str
    adcode: str
    zone_kind: str
    approval_document: str
    approval_date: str
    opened: str
    parts_count: int | None
    four_bounds_zh: str
    point_lon: float | None
    point_lat: float | None
    point_kind: str
    source: str
    note: str
    areas: tuple[AreaFact, ...]


def _read(name: str) -> str:
    return (importlib.resources.files("gis.regulations") / name).read_text("utf-8")


def zone_register_csv() -> str:
    """Return the register as it is packaged, for ``boundaries/zones.csv``."""
    return _read("zones.csv")


def zone_areas_csv() -> str:
    """Return the published areas as they are packaged, for ``boundaries/zone_areas.csv``."""
    return _read("zone_areas.csv")


def _areas() -> dict[str, list[AreaFact]]:
    areas: dict[str, list[AreaFact]] = {}
    for row in csv.DictReader(zone_areas_csv().splitlines(), strict=True):
        if row["kind"] not in AREA_KINDS or not row["source"]:
            raise RuntimeError(f"zone_areas.csv: {row['zone_id']} has an unknown kind or no source")
        fact = AreaFact(
            kind=row["kind"], area_km2=float(row["area_km2"]), date=row["date"], source=row["source"],
            verified=row["verified"] == "true", note=row["note"],
        )  # fmt: skip
        areas.setdefault(row["zone_id"], []).append(fact)
    return areas


@functools.cache
def zone_register() -> tuple[ZoneFacts, ...]:
    """Return every zone of the register.

    Examples
    --------
    >>> [fact.area_km2 for fact in find_zone("waigaoqiao").areas]
    [10.0, 10.34]
    """
    areas = _areas()
    zones = []
    for raw in csv.DictReader(zone_register_csv().splitlines(), strict=True):
        row: dict[str, str] = dict(raw)
        parts, lon, lat = (row.pop(key) for key in ("parts_count", "point_lon", "point_lat"))
        zones.append(
            ZoneFacts(
                **row,
                parts_count=int(parts) if parts else None,
                point_lon=float(lon) if lon else None,
                point_lat=float(lat) if lat else None,
                areas=tuple(areas.pop(row["zone_id"], ())),
            )
        )
    if areas:
        raise RuntimeError(f"zone_areas.csv names unknown zones: {sorted(areas)}")
    return tuple(zones)


def find_zone(key: str) -> ZoneFacts:
    """Return a zone by id or name.

    Raises
    ------
    RuleError
        If the register has no such zone.
    """
    for zone in zone_register():
        if key in {zone.zone_id, zone.zone_name_zh, zone.zone_name_en}:
            return zone
    raise RuleError("zone_unknown", zone=key, choices=[zone.zone_id for zone in zone_register()])
