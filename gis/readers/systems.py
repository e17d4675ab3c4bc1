"""The reference system of a layer: the file's own or the declared one, plausible, then transformed."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.exceptions import ProjError
from pyproj.transformer import TransformerGroup

from gis.crs import GAUSS_KRUGER, bounds_in, crs_name, parse_crs, require_plausible_coordinates
from gis.errors import CrsError, listed

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.crs import Bounds
    from gis.issues import IssueLog

__all__ = ["box_of", "registered", "settle_crs", "transformed"]

#: Two systems are one where they give the corners of a layer the same coordinates, in metres.
SAME_M: Final = 0.001
#: Systems on ellipsoids of this size (WGS 84, CGCS2000, GRS 80) agree to about a metre or better.
EARTH_CENTRED_RADIUS_M: Final = 6_378_137.0


def box_of(frame: GeoDataFrame) -> Bounds | None:
    """Return west, south, east, north of a layer, or None where it has no coordinates."""
    box = frame.total_bounds
    if not np.isfinite(box).all():
        return None
    west, south, east, north = (float(number) for number in box)
    return west, south, east, north


def registered(crs: CRS) -> CRS:
    """Return the system as the register has it, if it is there: only that knows its area of use.

    A Gauss-Krüger system under another name (a ``.prj`` written by hand) is known by its parameters.

    Examples
    --------
    >>> own = CRS("EPSG:4549").to_wkt("WKT1_ESRI").replace("CGCS2000_3_Degree_GK_CM_120E", "local")
    >>> registered(CRS.from_wkt(own)).to_epsg()
    4549
    """
    if crs.area_of_use is not None:
        return crs
    if crs.is_projected:
        wanted = _parameters(crs)
        for code in (epsg for zone in GAUSS_KRUGER for epsg in zone[1:]):
            known = CRS.from_epsg(code)
            if _parameters(known) == wanted:
                return known
    authority = crs.to_authority()  # equivalent by definition, though its name differ
    return crs if authority is None else CRS.from_authority(*authority)


def _parameters(crs: CRS) -> tuple[Any, ...]:
    """Return ellipsoid and projection as numbers: two systems with the same are one, whatever their names."""
    size = crs.ellipsoid
    shape = None if size is None else (round(size.semi_major_metre, 4), round(size.inverse_flattening, 9))
    way = crs.coordinate_operation
    parameters = [] if way is None else [(entry.code, round(float(entry.value), 9)) for entry in way.params]
    return shape, crs.axis_info[0].unit_conversion_factor, sorted(parameters)


def _same_system(first: CRS, second: CRS, box: Bounds | None) -> bool:
    """Tell whether two descriptions are one system: by definition, or by what they do to the layer."""
    if first.equals(second, ignore_axis_order=True):
        return True
    if box is None or first.is_geographic != second.is_geographic or _radius(first) != _radius(second):
        return False
    try:
        east, north = Transformer.from_crs(first, second, always_xy=True).transform([box[0], box[2]], [box[1], box[3]])
    except ProjError:
        return False
    limit = SAME_M / 111_000 if first.is_geographic else SAME_M
    return bool(np.allclose([*east, *north], [box[0], box[2], box[1], box[3]], rtol=0, atol=limit))


def _radius(crs: CRS) -> float | None:
    return float(crs.ellipsoid.semi_major_metre) if crs.ellipsoid is not None else None


def settle_crs(
    frame: GeoDataFrame, declared: Any, *, stated: bool, table: str, file: str, where: str, issues: IssueLog
) -> GeoDataFrame:
    """Return the layer with its system; coordinates that can't be in it are refused.

    Parameters
    ----------
    frame
        As read.
    declared
        The user's system, or None; it fills a missing one and must equal a stated one.
    stated
        Whether the file itself states the system that was read.
    table, file, where, issues
        For messages; a system that only the user states is noted.

    Raises
    ------
    CrsError
        If there is no system, two different ones, or one that the coordinates can't be in.
    """
    box = box_of(frame)
    if declared is not None:
        wanted = parse_crs(declared, where=where)
        if frame.crs is None or not stated:
            issues.add("crs-declared", table, file=file, found=crs_name(wanted))
            frame = frame.set_crs(wanted, allow_override=True)
        elif _same_system(frame.crs, wanted, box):
            frame = frame.set_crs(wanted, allow_override=True)
        else:
            raise CrsError("crs_contradicts", where=where, declared=crs_name(wanted), found=crs_name(frame.crs))
    if frame.crs is None:
        raise CrsError("crs_missing", where=where)
    own = registered(CRS(frame.crs))
    if box is not None:
        require_plausible_coordinates(box, own, where=where)
    return frame.set_crs(own, allow_override=True)


def transformed(frame: GeoDataFrame, to_crs: Any, *, table: str, file: str, issues: IssueLog) -> GeoDataFrame:
    """Return the layer in another system, as easting and northing.

    Raises
    ------
    CrsError
        If no transformation between the two datums is known (Xian 1980 or Beijing 1954 to CGCS2000
        needs the survey authority's parameters), or coordinates can't be transformed.
    """
    target = parse_crs(to_crs, where="crs")
    if frame.crs == target:
        return frame
    if _same_system(frame.crs, target, box_of(frame)):
        return frame.set_crs(target, allow_override=True)
    facts = {"found": crs_name(frame.crs), "expected": crs_name(target)}
    _report_missing_grids(frame, target, table=table, file=file, issues=issues, facts=facts)
    if _is_ballpark(frame.crs, target):
        if not _radius(frame.crs) == _radius(target) == EARTH_CENTRED_RADIUS_M:
            raise CrsError("crs_shift_unknown", where=file, crs=facts["found"], target=facts["expected"])
        issues.add("datums-taken-as-one", table, file=file, **facts)
    issues.add("table-transformed", table, file=file, **facts)
    moved = frame.to_crs(target)
    lost = ~np.isfinite(moved.geometry.bounds.to_numpy()).all(axis=1) & np.isfinite(
        frame.geometry.bounds.to_numpy()
    ).all(axis=1)
    if lost.any():
        rows = [int(row) + 1 for row in np.flatnonzero(lost)]
        raise CrsError("crs_not_transformable", where=file, crs=facts["found"], target=facts["expected"], rows=rows)
    return moved


def _is_ballpark(source: CRS, target: CRS) -> bool:
    """Tell whether PROJ knows no shift between the two datums and would take them as equal."""
    ways = _ways(source, target).transformers
    return not ways or "Ballpark" in str(ways[0].description)


def _ways(source: CRS, target: CRS, area: Any = None) -> TransformerGroup:
    """Return the transformations between two systems; what PROJ would warn of is asked for, not printed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return TransformerGroup(source, target, always_xy=True, area_of_interest=area)


def _report_missing_grids(
    frame: GeoDataFrame, target: CRS, *, table: str, file: str, issues: IssueLog, facts: dict[str, str]
) -> None:
    """Record where the best transformation there needs a grid that is not installed, with both accuracies."""
    box = box_of(frame)
    if box is None:
        return
    try:
        degrees = bounds_in(box, frame.crs, CRS("EPSG:4326"))
    except ProjError:  # the transformation itself will say so
        return
    if not np.isfinite(degrees).all():
        return
    group = _ways(frame.crs, target, AreaOfInterest(*degrees))
    lacking = [way for way in group.unavailable_operations if any(not grid.available for grid in way.grids)]
    if group.best_available or not lacking or not group.transformers:
        return
    grids = listed(dict.fromkeys(grid.short_name for grid in lacking[0].grids if not grid.available))
    issues.add(
        "datum-grid-missing", table, file=file, grids=grids, accuracy=_metres(group.transformers[0].accuracy),
        best=_metres(lacking[0].accuracy), **facts,
    )  # fmt: skip


def _metres(accuracy: float) -> str:
    """Return an accuracy; PROJ gives −1 where none is known."""
    return f"{accuracy:g} m" if accuracy >= 0 else "? m"
