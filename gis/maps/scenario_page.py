"""The scenario page: one offline file in which a manager moves parcels' green and sees the zone's total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from gis.analyses.findings import exact_m2
from gis.areas import SQUARE_MM
from gis.crs import require_area_crs
from gis.errors import InputError, SchemaError
from gis.maps.columns import coded_column, text_column, word_column
from gis.maps.facts import basis_words
from gis.maps.offline_map import OfflineMap, page_css, page_js, page_template
from gis.maps.packing import least_integers
from gis.maps.parcel_layer import ParcelLayer
from gis.maps.shapes import bounds_in_degrees, hilbert_order, opening_bounds, pack_shapes, to_degrees, units_for
from gis.maps.views import signs
from gis.maps.words import Pair, both, known_words, page_words
from gis.schema import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geopandas import GeoDataFrame

__all__ = ["ScenarioMap", "draw_scenario_page"]

TABLE_COLUMNS = ("parcel_id", "zone_id", "area_m2", "green_m2", "floor_m2", "ceiling_m2", "is_locked")
ZONE_COLUMNS = ("zone_id", "zone_name", "land_m2", "needed_m2", "target_ratio", "citation")
UNDETERMINED = {"fill": "#ffffff", "pattern": "dots", "ink": "#666666", "line": "#777777", "width": 1}
ILLEGAL = {"fill": "#b3160f", "pattern": "cross", "ink": "#ffffff", "line": "#4a0500", "width": 2.2}
GROUNDS = ("floor_ground", "ceiling_ground", "lock_ground", "belt")
CHANGES = {"more": {"fill": "#35978f"}, "less": {"fill": "#cf9a3c"}, "same": {"fill": "#e3e7e9"}}


class ScenarioMap(OfflineMap):
    """The page of `draw_scenario_page`, whose script unpacks the block ``zonegis-scenario``."""

    default_js = page_js("words.js", "frame.js", "scenario_model.js", "scenario.js")
    default_css = page_css("page.css", "scenario.css")
    _template = page_template("scenario.html", starts="createScenario", skip=("zs-list", "skip_to_list"))


def draw_scenario_page(  # noqa: PLR0913 (each is a thing the page shows)
    parcels: GeoDataFrame,
    table: pd.DataFrame,
    *,
    zones: pd.DataFrame,
    presets: Mapping[str, tuple[Pair, pd.Series[float]]],
    head: Sequence[str],
    base_name: str,
    name: str,
    as_of: str,
    boundary: GeoDataFrame,
    roads: GeoDataFrame | None = None,
    area_basis: str = "",
    quality: str = "approved",
    title: str = "",
    notes: Iterable[str] = (),
    lang: Literal["zh", "en"] = "zh",
) -> ScenarioMap:
    """Draw the page of a scenario table.

    ``zone ratio = (Σ green + min(Σ roofs that count, their cap)) / land``; sums are of whole square millimetres, so
    that the page, the file it exports and the command line that reads it come to the same figures.

    Parameters
    ----------
    parcels
        Canonical table with the shapes, in the run's planar system.
    table
        A row a parcel of a zone: parcel_id, zone_id, area_m2, green_m2 (the base), floor_m2, ceiling_m2,
        is_locked; parcel_name, floor_ground, ceiling_ground, lock_ground and belt (texts) where known; roof_m2 and
        roof_from_m2: what converted roofs add, and the green from which on they do; floor_open_m2 and ceiling_open_m2:
        limits that may hold once missing facts are told, what lies between being undetermined.
    zones
        zone_id, zone_name, land_m2, needed_m2, target_ratio, citation; roof_cap_m2: the most that roofs add;
        open_m2: green that may count once missing facts are told.
    presets
        key → title and green_m2 by parcel_id, beside the base, such as a solved scenario.
    head
        Lines of YAML that the exported file begins with.
    base_name
        The file that an exported one has to be put beside.
    name
        Of the scenario that is exported, until the reader gives another.
    as_of, area_basis, quality, title, notes, lang
        As `gis.draw_map` shows them.
    boundary, roads
        Layers around the parcels.

    Raises
    ------
    InputError
        If ids are doubled, or a parcel of the table has no row or shape among the parcels.
    SchemaError
        If a column is missing, or a preset speaks of other parcels.
    CrsError
        If the parcels are not in a planar system.
    """
    require_area_crs(parcels.crs, where="parcels")
    ordered, degrees = _placed(_checked(table), parcels)
    green = {"base": (both("scenario_page.preset_base"), ordered["green_m2"])}
    for key, (words, amounts) in presets.items():
        green[key] = (words, _preset(key, amounts, ordered["parcel_id"]))
    content = _content(ordered, _checked_zones(zones, ordered)) | {
        "name": [name, name],
        "base": base_name,
        "head": list(head),
        "presets": [{"key": key, "title": words, "green": _whole_mm2(amounts)}
                    for key, (words, amounts) in green.items()],
    }  # fmt: skip
    around = {"roads": roads, "boundary": boundary}
    layers = {key: to_degrees(frame, table=key) for key, frame in around.items() if frame is not None}
    drawn = ScenarioMap(
        _facts(title or name, as_of=as_of, area_basis=area_basis, quality=quality, notes=notes),
        bounds=opening_bounds(layers["boundary"], degrees),
        lang=lang,
        blocks={"zonegis-scenario": content},
    )
    drawn.add_around(layers)
    columns = {"id": text_column(ordered["parcel_id"])}
    shapes = {"shapes": pack_shapes(degrees, units=units_for(len(degrees))), "columns": columns}
    drawn.add_child(
        ParcelLayer(shapes | {"views": {}, "attention": least_integers([])}, bounds=bounds_in_degrees(degrees))
    )
    return drawn


def _checked(table: pd.DataFrame) -> pd.DataFrame:
    missing = sorted(set(TABLE_COLUMNS) - set(table.columns))
    if missing:
        raise SchemaError("map_columns_missing", table="scenario", columns=missing)
    doubled = sorted(set(table["parcel_id"][table["parcel_id"].duplicated()]))
    if doubled:
        raise InputError("map_ids_doubled", table="scenario", ids=doubled)
    return table


def _checked_zones(zones: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    missing = sorted(set(ZONE_COLUMNS) - set(zones.columns)) or sorted(set(table["zone_id"]) - set(zones["zone_id"]))
    if missing:
        raise SchemaError("map_columns_missing", table="zones", columns=missing)
    return zones.sort_values("zone_id", ignore_index=True)


def _placed(table: pd.DataFrame, parcels: GeoDataFrame) -> tuple[pd.DataFrame, Any]:
    """Return the rows in the order of their shapes along a curve, and the shapes in degrees."""
    shape_of = parcels.set_index(parcels["parcel_id"].astype("str"))[["geometry"]]
    by_id = table.assign(parcel_id=table["parcel_id"].astype("str")).sort_values("parcel_id", ignore_index=True)
    strangers = sorted(set(by_id["parcel_id"]) - set(shape_of.index))
    if strangers:
        raise InputError("scenario_page_no_shape", ids=strangers, count=len(strangers))
    degrees = to_degrees(shape_of.loc[by_id["parcel_id"]], table="parcels")
    order = hilbert_order(degrees)
    return by_id.iloc[order].reset_index(drop=True), degrees[order]


def _preset(key: str, amounts: pd.Series[float], ids: pd.Series[str]) -> pd.Series[float]:
    if set(amounts.index) != set(ids):
        raise SchemaError("scenario_page_preset", preset=key, ids=sorted(set(amounts.index) ^ set(ids)))
    return amounts.loc[ids].reset_index(drop=True)


def _whole_mm2(amounts: Any) -> Any:
    """Return m² as whole mm² in floats, exact up to 9,000 km²."""
    return np.rint(np.asarray(amounts, dtype="float64") * SQUARE_MM) + 0.0


def _content(table: pd.DataFrame, zones: pd.DataFrame) -> dict[str, Any]:
    area = _whole_mm2(table["area_m2"])
    # On the grid, a floor is rounded up and a ceiling down: no amount meets a limit by rounding.
    floor = np.ceil(np.round(table["floor_m2"].fillna(0.0).to_numpy() * SQUARE_MM, 3)) + 0.0
    ceiling = np.floor(np.round(table["ceiling_m2"].to_numpy() * SQUARE_MM, 3))
    ceiling = np.where(np.isnan(ceiling), area, ceiling)
    raised, lowered = (_open_limit(table, name) for name in ("floor_open_m2", "ceiling_open_m2"))
    texts = {column: table.get(column, pd.Series("", index=table.index)) for column in ("parcel_name", *GROUNDS)}
    none = np.zeros(len(table))
    place = {zone: number for number, zone in enumerate(zones["zone_id"])}
    return {
        "area": area,
        "floor": floor,
        "ceiling": ceiling,
        "floor_open": np.where(np.isnan(raised), floor, np.ceil(raised)),
        "ceiling_open": np.where(np.isnan(lowered), ceiling, np.floor(lowered)),
        "roof": _whole_mm2(table.get("roof_m2", none)),
        "roof_from": _whole_mm2(table.get("roof_from_m2", none)),
        "locked": table["is_locked"].astype("uint8").to_numpy(),
        "zone": least_integers(table["zone_id"].map(place)),
        "by_id": least_integers(table["parcel_id"].argsort()),
        "columns": {
            "id": text_column(table["parcel_id"]),
            "name": word_column(texts["parcel_name"]),
            **{column: coded_column(texts[column], known_words) for column in GROUNDS},
        },
        "zones": [_zone(zone) for zone in zones.to_dict("records")],
        "views": _views(),
    }


def _open_limit(table: pd.DataFrame, name: str) -> Any:
    """Return a limit that may hold, in mm²; missing where nothing is open."""
    known = table.get(name, pd.Series(np.nan, index=table.index)).to_numpy(dtype="float64")
    return np.round(known * SQUARE_MM, 3) + 0.0


def _zone(zone: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": zone["zone_id"],
        "name": str(zone["zone_name"]),
        "land": float(exact_m2([zone["land_m2"]]) * SQUARE_MM),
        "needed": float(exact_m2([zone["needed_m2"]]) * SQUARE_MM),
        "roof_cap": float(exact_m2([zone.get("roof_cap_m2", 0.0)]) * SQUARE_MM),
        "claimed": float(exact_m2([zone.get("claimed_m2", 0.0)]) * SQUARE_MM),
        "open": float(exact_m2([zone.get("open_m2", 0.0)]) * SQUARE_MM),
        "target": float(zone["target_ratio"]),
        "citation": zone["citation"],
    }


def _views() -> dict[str, list[dict[str, Any]]]:
    """Return the classes of both colourings; the first is what breaks a limit, the second what is undetermined."""
    own = [{"words": both("scenario_page.class_illegal"), **ILLEGAL},
           {"words": both("scenario_page.class_undetermined"), **UNDETERMINED}]  # fmt: skip
    steps = [
        {"words": both(f"map.green_{key}"), **sign}
        for key, sign in signs()["green"]["classes"].items()
        if key.startswith(("below_", "above_"))
    ]
    changes = [{"words": both(f"scenario_page.class_{key}"), **sign} for key, sign in CHANGES.items()]
    return {"ratio": [*own, *steps], "change": [*own, *changes]}


def _facts(
    title: str, *, as_of: str, area_basis: str, quality: str, notes: Iterable[str]
) -> dict[str, Any]:  # fmt: skip
    heading = both("scenario_page.title")
    own = {key: both(f"scenario_page.{key}") for key in texts_of("scenario_page")}
    return {
        "title": [f"{title} {heading[0]}", f"{title} – {heading[1]}"],
        "as_of": as_of,
        "place": "",
        "area_basis": basis_words(area_basis) if area_basis else "",
        "quality": quality,
        "quality_banner": both(f"map.quality_banner_{quality}"),
        "notes": [known_words(note) for note in notes],
        "words": page_words() | own,
    }
