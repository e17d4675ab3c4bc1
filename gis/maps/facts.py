"""What a map says around its shapes: title, day, place, area basis, quality, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gis.errors import InputError, SchemaError, listed
from gis.maps.shapes import units_for
from gis.maps.words import Pair, both, known_words
from gis.plain_text import visible
from gis.regulations import place_name
from gis.schema import boundary_qualities, worst_quality

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from geopandas import GeoDataFrame

    from gis.maps.join import JoinedParcels

__all__ = ["basis_words", "page_facts"]


def page_facts(
    joined: JoinedParcels,
    boundary: GeoDataFrame,
    *,
    title: str,
    quality: str,
    as_of: dt.date | str | None,
    notes: Iterable[str],
    is_page: bool = True,
    made: Pair | None = None,
) -> dict[str, Any]:
    """Return what a page or sheet says around the map, in both languages.

    Raises
    ------
    InputError
        If the day is not that of the balances.
    SchemaError
        If a quality is not known.
    """
    quality = _worst_quality(quality, boundary)
    return {
        "title": _title(title, boundary),
        "as_of": _day(as_of, joined),
        "place": _place(joined),
        "area_basis": basis_words(joined.area_basis),
        "quality": quality,
        "quality_banner": both(f"map.quality_banner_{quality}"),
        "notes": _once([*(known_words(note) for note in notes), *_own_notes(joined, is_page=is_page, made=made)]),
    }


def basis_words(area_basis: str) -> Pair:
    """Return what m² are measured on, in words.

    Examples
    --------
    >>> basis_words("planar EPSG:4549")[1]
    'planar, EPSG:4549'
    """
    kind, _, name = area_basis.partition(" ")
    return both("map.area_basis_ellipsoidal" if kind == "ellipsoidal" else "map.area_basis_planar", on=name)


def _worst_quality(quality: str, boundary: GeoDataFrame) -> str:
    told = {quality}
    if "boundary_quality" in boundary.columns:
        told |= set(boundary["boundary_quality"].dropna().astype("str"))
    unknown = sorted(told - set(boundary_qualities()))
    if unknown:
        raise SchemaError("map_quality_unknown", quality=", ".join(unknown), choices=boundary_qualities())
    return worst_quality(told)


def _title(title: str, boundary: GeoDataFrame) -> Pair:
    if title:
        known = known_words(visible(title))
        return known if isinstance(known, list) else [known, known]
    names = sorted(set(boundary["zone_name"].dropna().astype("str"))) if "zone_name" in boundary.columns else []
    names = [visible(name) for name in names]
    map_zh, map_en = both("map.title")
    if not names:
        return [map_zh, map_en]
    return [f"{listed(names, limit=3)} {map_zh}", f"{listed(names, limit=3)} – {map_en}"]


def _day(as_of: dt.date | str | None, joined: JoinedParcels) -> str:
    days = {balance.as_of.isoformat() for balance in joined.balances.values()}
    told = as_of if as_of is None or isinstance(as_of, str) else as_of.isoformat()[:10]
    if told is not None and days - {told}:
        raise InputError("map_dates_differ", dates=sorted({told, *days}))
    return told or next(iter(days), "")


def _own_notes(joined: JoinedParcels, *, is_page: bool, made: Pair | None) -> list[Pair | str]:
    """Return what a reader of the map has to know: gaps in the join, the balances' notes, open rules."""
    notes: list[Pair | str] = []
    names = {name: both(f"map.balance_{name}") for name in joined.balances}
    for key, sides in (("no_finding", joined.without_finding), ("no_parcel", joined.without_parcel)):
        for name, ids in sides.items():
            if ids:
                notes.append(_listing(f"notes_{key}", ids, balance=names[name]))
    without_shape = joined.without_shape()
    if without_shape:
        notes.append(_listing("notes_no_shape", without_shape))
    rules = [rule for balance in joined.balances.values() for rule in balance.rules]
    unverified = sorted({str(rule.get("name", "")) for rule in rules if rule.get("verified") is False})
    if unverified:
        notes.append(both("map.notes_unverified", rules=listed(unverified, limit=len(unverified))))
    for balance in joined.balances.values():
        notes += [known_words(note) for note in balance.notes]
    notes += [both("map.notes_legend"), both("facts.rounding_note")]
    if not is_page:
        return notes
    step = f"1e-{len(str(units_for(len(joined.frame)))) - 1}"
    notes += [both("map.notes_display", step=step), made or both("map.notes_made")]
    return notes


def _once(notes: list[Pair | str]) -> list[Pair | str]:
    """Return each note once, in the order of the first."""
    return [note for place, note in enumerate(notes) if note not in notes[:place]]


def _listing(key: str, ids: tuple[str, ...], *, balance: Pair | None = None) -> Pair:
    zh, en = balance or ["", ""]
    facts = {"count": len(ids), "ids": list(ids)}
    return [both(f"map.{key}", **facts, balance=zh)[0], both(f"map.{key}", **facts, balance=en)[1]]


def _place(joined: JoinedParcels) -> Pair | str:
    """Return the place of the rules by name and code."""
    code = next((balance.place for balance in joined.balances.values()), "")
    names = place_name(code)
    return [name if name == code else f"{name} ({code})" for name in (names["zh"], names["en"])] if code else ""
