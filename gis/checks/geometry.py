"""The shapes of a table, each on its own: present, polygons, valid, not doubled, not thin, not spiky."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.areas import grouped, m2_text
from gis.checks.recorder import Recorder, place_of
from gis.checks.rings import close_vertices, spikes
from gis.checks.tolerances import Tolerances
from gis.crs import require_area_crs
from gis.errors import listed
from gis.schema import text, texts_of

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.issues import IssueLog

__all__ = ["check_geometry", "is_finite", "is_flat", "is_usable", "shapes_of", "usable_rows"]

Shapes = npt.NDArray[Any]
#: Tables whose rows may do without a shape.
WITHOUT_SHAPE = {"buildings", "parcel_events"}
POLYGON_TYPES = (3, 6)
#: What GEOS calls a ring that touches itself in a point: no ground is in doubt.
TOUCHING = "Ring Self-intersection"
REASON = re.compile(r"^(?P<words>[^\[]*)(?:\[(?P<place>[^\]]*)\])?$")


def shapes_of(frame: pd.DataFrame) -> Shapes:
    """Return the shapes of a table as an array; all missing where it has no geometry."""
    if not hasattr(frame, "geom_type"):
        return np.full(len(frame), None, dtype=object)
    return np.asarray(frame.geometry.array, dtype=object)


def is_usable(shapes: Shapes) -> npt.NDArray[np.bool_]:
    """Tell which shapes an area may be computed from: valid polygons with ground in them."""
    usable = np.isin(shapely.get_type_id(shapes), POLYGON_TYPES) & ~shapely.is_empty(shapes)
    return np.asarray(usable & shapely.is_valid(shapes), dtype=bool)


def check_geometry(frame: GeoDataFrame, table: str, *, issues: IssueLog, tolerances: Tolerances | None = None) -> None:
    """Check each shape of a table on its own.

    Parameters
    ----------
    frame
        The canonical table, in a projected system in metres.
    table
        Its name; buildings may lack a shape.
    issues
        Takes ``geometry-missing``, ``-without-area``, ``-zero-area``, ``-invalid`` (with GEOS's
        reason and place), ``-self-touching``, ``-duplicate``, ``-sliver``, ``-spike``,
        ``-close-points`` and ``-heavy``, and ``parcel-small``.
    tolerances
        Limits; `Tolerances` by default.

    Raises
    ------
    CrsError
        If areas may not be computed in the table's system.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from gis.issues import IssueLog
    >>> bowtie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    >>> parcels = gpd.GeoDataFrame({"parcel_id": ["7"]}, geometry=[bowtie], crs=4549)
    >>> log = IssueLog()
    >>> check_geometry(parcels, "parcels", issues=log)
    >>> [(issue.code, issue.where, issue.found) for issue in log]
    [('geometry-invalid', '50.00 50.00', 'Self-intersection')]
    """
    limits = tolerances or Tolerances()
    shapes = shapes_of(frame)
    absent = np.asarray(shapely.is_missing(shapes) | shapely.is_empty(shapes), dtype=bool)
    recorder = Recorder(frame, table, issues)
    if table not in WITHOUT_SHAPE:
        recorder.together("geometry-missing", np.flatnonzero(absent))
    if absent.all():
        return
    require_area_crs(frame.crs, where=table)
    polygonal = np.isin(shapely.get_type_id(shapes), POLYGON_TYPES)
    _check_types(recorder, shapes, ~absent & ~polygonal)
    invalid = np.flatnonzero(~absent & polygonal & ~shapely.is_valid(shapes))
    flat = is_flat(shapes[invalid])
    recorder.together("geometry-zero-area", invalid[flat])
    _check_validity(recorder, shapes, invalid[~flat])
    usable = np.flatnonzero(is_usable(shapes))
    _check_duplicates(recorder, shapes, usable)
    _check_slivers(recorder, shapes, usable, limits)
    if table == "parcels":
        _check_least(recorder, shapes, usable, limits)
    _check_vertices(recorder, shapes, usable, limits)


def _check_types(recorder: Recorder, shapes: Shapes, other: npt.NDArray[np.bool_]) -> None:
    positions = np.flatnonzero(other)
    names = pd.Series([shapes[position].geom_type for position in positions], index=positions, dtype="str")
    for name, members in sorted(names.groupby(names).groups.items()):
        recorder.together("geometry-without-area", members, found=str(name), expected="Polygon, MultiPolygon")


def _check_validity(recorder: Recorder, shapes: Shapes, positions: npt.NDArray[np.int64]) -> None:
    for position in recorder.in_order(positions):
        match = REASON.match(shapely.is_valid_reason(shapes[position]))
        words, place = (match["words"].strip(), match["place"]) if match else ("", None)
        code = "geometry-self-touching" if words == TOUCHING else "geometry-invalid"
        recorder.one(code, [position], where=_rounded(place), found=words, reason_zh=_reason_zh(words))


def _rounded(place: str | None) -> str:
    """Return the place that GEOS names, to the centimetre."""
    try:
        numbers = [float(number) for number in (place or "").split()[:2]]
    except ValueError:
        return ""
    return " ".join(f"{number:.2f}" for number in numbers) if np.isfinite(numbers).all() else ""


def _reason_zh(words: str) -> str:
    key = "reason_" + re.sub(r"[^a-z]+", "_", words.lower()).strip("_")
    return text(f"checks.{key}", "zh") if key in texts_of("checks") else words


def _check_duplicates(recorder: Recorder, shapes: Shapes, positions: npt.NDArray[np.int64]) -> None:
    """Report shapes that are the same whatever their first vertex and direction."""
    keys = pd.Series(shapely.to_wkb(shapely.normalize(shapely.force_2d(shapes[positions]))), index=positions)
    doubled = keys[keys.duplicated(keep=False)]
    groups = [recorder.in_order(members) for members in doubled.groupby(doubled).groups.values()]
    for members in sorted(groups, key=lambda members: [(str(recorder.ids[i]), int(recorder.rows[i])) for i in members]):
        shape = shapes[members[0]]
        recorder.one("geometry-duplicate", members, where=place_of(shape), area_m2=float(shapely.area(shape)))


def _check_slivers(recorder: Recorder, shapes: Shapes, positions: npt.NDArray[np.int64], limits: Tolerances) -> None:
    area, length = shapely.area(shapes[positions]), shapely.length(shapes[positions])
    width = 2 * area / length
    thinness = 4 * np.pi * area / length**2
    small = (area < limits.sliver_area_m2) & (thinness < limits.sliver_thinness)
    chosen = np.flatnonzero((width < limits.sliver_width_m) | small)
    found = dict(zip(positions[chosen].tolist(), chosen, strict=True))
    for position in recorder.in_order(positions[chosen]):
        i = found[position]
        recorder.one(
            "geometry-sliver", [position], where=place_of(shapes[position]), area_m2=float(area[i]),
            found=f"{width[i]:.3f} m", expected=f"≥ {limits.sliver_width_m:g} m", thinness=f"{thinness[i]:.3f}",
        )  # fmt: skip


def _check_least(recorder: Recorder, shapes: Shapes, positions: npt.NDArray[np.int64], limits: Tolerances) -> None:
    """Report parcels below the least area, or below the least share of the median parcel."""
    area = shapely.area(shapes[positions])
    least = max(limits.least_area_m2, limits.least_area_ratio * float(np.median(area))) if len(area) else 0.0
    for i in np.flatnonzero(area < least):
        recorder.one(
            "parcel-small", [int(positions[i])], where=place_of(shapes[positions[i]]), area_m2=float(area[i]),
            found=f"{grouped(area[i], 4)} m²", expected=f"≥ {m2_text(least)} m²",
        )  # fmt: skip


def _check_vertices(recorder: Recorder, shapes: Shapes, positions: npt.NDArray[np.int64], limits: Tolerances) -> None:
    tips = spikes(shapes[positions], angle_deg=limits.spike_angle_deg)
    place = {int(positions[i]): f"{x:.2f} {y:.2f}" for i, x, y in tips}
    counts = pd.Series([int(positions[i]) for i, *_ in tips]).value_counts()
    for position in recorder.in_order(place):
        recorder.one(
            "geometry-spike", [position], where=place[position], found=str(counts[position]),
            expected=f"≥ {limits.spike_angle_deg:g}°",
        )  # fmt: skip
    close = close_vertices(shapes[positions], gap_m=limits.vertex_gap_m)
    recorder.together(
        "geometry-close-points", positions[close > 0], found=str(int(close.sum())),
        expected=f"≥ {limits.vertex_gap_m:g} m",
    )  # fmt: skip
    vertices = shapely.get_num_coordinates(shapes[positions])
    many = positions[vertices > limits.vertices_count]
    recorder.together(
        "geometry-heavy", many, expected=f"≤ {limits.vertices_count:g}",
        found=listed(int(shapely.get_num_coordinates(shapes[i])) for i in recorder.in_order(many)),
    )  # fmt: skip


def is_flat(shapes: Shapes) -> npt.NDArray[np.bool_]:
    """Tell which shapes have all their points on one line (the area of a bowtie is 0, yet it is not flat)."""
    finite = is_finite(shapes)
    flat = np.zeros(len(shapes), dtype=bool)
    flat[finite] = shapely.area(shapely.convex_hull(shapes[finite])) == 0
    return flat


def is_finite(shapes: Shapes) -> npt.NDArray[np.bool_]:
    """Tell which shapes have numbers for coordinates throughout."""
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    broken = np.zeros(len(shapes), dtype=bool)
    broken[owner[~np.isfinite(xy).all(axis=1)]] = True
    return ~broken


def usable_rows(frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which rows have a shape that areas may be computed from."""
    return is_usable(shapes_of(frame))
