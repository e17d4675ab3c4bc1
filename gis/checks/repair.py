"""Repair on request only: a new table, and the area before and after of every change.

`propose_repairs` says what could be done and what it would do to the areas; `apply_repairs` does
it. What changes an area by more than ``repair_m2`` is refused: `shapely.make_valid` turns a bowtie
of 0 m² into one of 5,000 m², and only a person knows which is right.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.checks.geometry import POLYGON_TYPES, is_finite, is_flat, shapes_of
from gis.checks.recorder import Recorder
from gis.checks.rings import spike_vertices, spikes
from gis.checks.tolerances import Tolerances
from gis.crs import require_area_crs
from gis.errors import StaleError
from gis.issues import IssueLog

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["RepairReport", "apply_repairs", "propose_repairs", "repair_geometry"]

REPORT_COLUMNS = [
    "id", "source_file", "source_row", "action", "area_before_m2", "area_after_m2", "difference_m2",
    "vertices_before", "vertices_after", "applied", "reason",
]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class RepairReport:
    """What a repair would do.

    Attributes
    ----------
    table
        The table it was made for.
    actions
        One row an action, in the order of the source: id, source_file, source_row, action
        (``repeated_points``, ``empty_parts``, ``make_valid``, ``spikes``), area_before_m2,
        area_after_m2, difference_m2, vertices_before, vertices_after, applied, and the reason of a
        refusal (``area_changes``, ``nothing_left``, ``still_invalid``; "" where applied). Action
        and reason are keys of ``gis.schema.text("checks.…")``.
    shapes
        Row number in the table → its new shape.
    fingerprint
        Of the shapes that it was made for.
    """

    table: str
    actions: pd.DataFrame
    shapes: dict[int, shapely.Geometry]
    fingerprint: str


def propose_repairs(frame: GeoDataFrame, table: str, *, tolerances: Tolerances | None = None) -> RepairReport:
    """Work out the repairs of a table's shapes; nothing is changed.

    Points given twice in a row and parts without ground are taken out, invalid rings rebuilt
    (``make_valid``, method ``structure``), spikes removed. Each step starts from what the step
    before it left, and is refused where it changes the area by more than ``repair_m2``, leaves no
    ground, or leaves an invalid shape.

    Parameters
    ----------
    frame
        A canonical table in a projected system in metres.
    table
        Its name.
    tolerances
        ``repair_m2`` and ``spike_angle_deg``.

    Raises
    ------
    CrsError
        If areas may not be computed in the table's system.

    Examples
    --------
    >>> import geopandas as gpd
    >>> bowtie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    >>> parcels = gpd.GeoDataFrame({"parcel_id": ["7"]}, geometry=[bowtie], crs=4549)
    >>> report = propose_repairs(parcels, "parcels")
    >>> report.actions[["id", "action", "area_before_m2", "area_after_m2", "applied", "reason"]].values.tolist()
    [['7', 'make_valid', 0.0, 5000.0, False, 'area_changes']]
    """
    limits = tolerances or Tolerances()
    require_area_crs(frame.crs, where=table)
    recorder = Recorder(frame, table, IssueLog())
    shapes = shapes_of(frame)
    rows: list[dict[str, Any]] = []
    changed: dict[int, shapely.Geometry] = {}
    for position in recorder.in_order(np.flatnonzero(_candidates(shapes, limits))):
        source = {
            "id": str(recorder.ids[position]),
            "source_file": str(recorder.files[position]),
            "source_row": int(recorder.rows[position]) or position + 1,
        }
        actions, shape = _repair(shapes[position], limits)
        rows.extend({**source, **action} for action in actions)
        if any(action["applied"] for action in actions):
            changed[position] = shape
    return RepairReport(table, pd.DataFrame(rows, columns=REPORT_COLUMNS), changed, _fingerprint(shapes))


def apply_repairs(frame: GeoDataFrame, report: RepairReport) -> GeoDataFrame:
    """Return a new table with the repairs that were not refused; the input stays as it is.

    Parameters
    ----------
    frame
        The table that the report was made for.
    report
        From `propose_repairs`.

    Raises
    ------
    StaleError
        If the shapes have changed since.

    Examples
    --------
    >>> import geopandas as gpd
    >>> twice = shapely.Polygon([(0, 0), (10, 0), (10, 0), (10, 10), (0, 10)])
    >>> parcels = gpd.GeoDataFrame({"parcel_id": ["7"]}, geometry=[twice], crs=4549)
    >>> report = propose_repairs(parcels, "parcels")
    >>> repaired = apply_repairs(parcels, report)
    >>> report.actions["action"].tolist(), shapely.get_num_coordinates([parcels.geometry[0], repaired.geometry[0]])
    (['repeated_points'], array([6, 5]...))
    """
    shapes = shapes_of(frame).copy()
    if _fingerprint(shapes) != report.fingerprint:
        raise StaleError("repair_stale", table=report.table)
    for position, shape in report.shapes.items():
        shapes[position] = shape
    return frame.set_geometry(list(shapes), crs=frame.crs)


def repair_geometry(
    frame: GeoDataFrame, table: str, *, tolerances: Tolerances | None = None
) -> tuple[GeoDataFrame, pd.DataFrame]:
    """Propose and apply in one go: the new table, and the report's actions.

    See `propose_repairs` and `apply_repairs`.
    """
    report = propose_repairs(frame, table, tolerances=tolerances)
    return apply_repairs(frame, report), report.actions


def _fingerprint(shapes: npt.NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for wkb in shapely.to_wkb(shapes):
        digest.update(b"-" if wkb is None else wkb)
    return digest.hexdigest()


def _candidates(shapes: npt.NDArray[Any], limits: Tolerances) -> npt.NDArray[np.bool_]:
    """Tell which shapes have something to repair, without trying each repair on each."""
    polygonal = np.isin(shapely.get_type_id(shapes), POLYGON_TYPES) & ~shapely.is_empty(shapes) & is_finite(shapes)
    chosen = polygonal & ~shapely.is_valid(shapes)
    valid = np.flatnonzero(polygonal & ~chosen)
    fewer = shapely.get_num_coordinates(shapely.remove_repeated_points(shapes[valid]))
    chosen[valid] |= fewer < shapely.get_num_coordinates(shapes[valid])
    sharp = {i for i, *_ in spikes(shapes[valid], angle_deg=limits.spike_angle_deg)}
    chosen[valid[sorted(sharp)]] = True
    return np.asarray(chosen, dtype=bool)


def _repair(shape: shapely.Geometry, limits: Tolerances) -> tuple[list[dict[str, Any]], shapely.Geometry]:
    """Try each step on what the step before left; return the actions and the shape."""
    actions: list[dict[str, Any]] = []
    steps = {
        "repeated_points": shapely.remove_repeated_points,
        "empty_parts": _with_ground,
        "make_valid": _valid,
        "spikes": lambda shape: _without_spikes(shape, limits.spike_angle_deg),
    }
    for action, step in steps.items():
        after = step(shape)
        if after is shape or shapely.equals_identical(after, shape):
            continue
        before_m2, after_m2 = float(shapely.area(shape)), float(shapely.area(after))
        reason = _refusal(action, before_m2, after, limits)
        actions.append(
            {
                "action": action,
                "area_before_m2": before_m2,
                "area_after_m2": after_m2,
                "difference_m2": after_m2 - before_m2,
                "vertices_before": int(shapely.get_num_coordinates(shape)),
                "vertices_after": int(shapely.get_num_coordinates(after)),
                "applied": not reason,
                "reason": reason,
            }
        )
        if not reason:
            shape = after
    return actions, shape


def _refusal(action: str, before_m2: float, after: shapely.Geometry, limits: Tolerances) -> str:
    if after.is_empty or shapely.area(after) == 0 or after.geom_type not in {"Polygon", "MultiPolygon"}:
        return "nothing_left"
    if abs(float(shapely.area(after)) - before_m2) > limits.repair_m2:
        return "area_changes"
    # Doubled points and empty parts may be one flaw of several; the steps after them see to the rest.
    return "" if action in {"repeated_points", "empty_parts"} or shapely.is_valid(after) else "still_invalid"


def _valid(shape: shapely.Geometry) -> shapely.Geometry:
    if shapely.is_valid(shape):
        return shape
    return shapely.make_valid(shape, method="structure", keep_collapsed=False)


def _with_ground(shape: shapely.Geometry) -> shapely.Geometry:
    """Leave out parts of a multipolygon that have no ground in them (a bowtie has, whatever its area says)."""
    parts = shapely.get_parts(shape)
    kept = parts[~is_flat(parts)]
    if len(kept) == len(parts) or not len(kept):
        return shape
    return kept[0] if len(kept) == 1 else shapely.MultiPolygon(list(kept))


def _without_spikes(shape: shapely.Geometry, angle_deg: float) -> shapely.Geometry:
    """Cut the tips off until no edge runs back along the one before."""
    if not shapely.is_valid(shape):
        return shape
    parts = []
    for part in shapely.get_parts(shape):
        shell, *holes = (_blunt(ring, angle_deg) for ring in shapely.get_rings(part))
        if shell is None:
            continue
        parts.append(shapely.Polygon(shell, [hole for hole in holes if hole is not None]))
    if not parts:
        return shapely.Polygon()
    return parts[0] if shape.geom_type == "Polygon" else shapely.MultiPolygon(parts)


def _blunt(ring: shapely.Geometry, angle_deg: float) -> npt.NDArray[np.float64] | None:
    xy = shapely.get_coordinates(ring)
    while len(xy) > 3:
        sharp = spike_vertices(xy, np.zeros(len(xy), dtype=np.int64), angle_deg=angle_deg)
        if not len(sharp):
            return np.asarray(xy, dtype=np.float64)
        open_ring = np.delete(xy[:-1], sharp[0], axis=0)
        closed = np.vstack([open_ring, open_ring[:1]])
        xy = closed[np.r_[True, (closed[1:] != closed[:-1]).any(axis=1)]]
    return None
