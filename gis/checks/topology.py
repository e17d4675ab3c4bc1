"""How parcels lie in the boundary: overlaps, gaps, parts outside. Each a figure of its own, never netted."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.areas import grouped, m2_text, percent_beside, percent_text
from gis.checks.ground import (
    Ground,
    LeftOut,
    agree,
    difference_of,
    double_cover_m2,
    shared_ground,
    unite,
    usable_ground,
)
from gis.checks.overlaps import report_overlaps
from gis.checks.recorder import Recorder, place_of
from gis.checks.remainder import Range, Remainder, report_range, split_remainder
from gis.checks.shifts import Shift, explain_outside
from gis.checks.source_plane import ZERO_M2, source_plane
from gis.checks.tolerances import Tolerances
from gis.crs import crs_name
from gis.errors import CrsError
from gis.overlay import intersect_pairs

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.issues import IssueLog

__all__ = ["TopologySummary", "check_placement", "check_topology"]

#: Area (m²) and share of an area that rounding of the coordinates alone can push over a boundary.
NOISE_M2, NOISE = 1e-5, 1e-9
#: Share of an area by which exact sums of rounded areas differ.
EXACT = 1e-12
#: Parcels within this distance (m) of a gap lie beside it.
BESIDE_M = 0.01


@dataclasses.dataclass(frozen=True)
class TopologySummary:
    """How the parcels lie in the boundary, in m²; of rows with a usable shape, unless said otherwise.

    ``parcel_area_m2 = union_area_m2 + overlap_m2`` and
    ``boundary_area_m2 = union_area_m2 − outside_m2 + remainder_m2``; gap and overlap are two
    figures and never set off against each other.

    Attributes
    ----------
    boundary_area_m2
        Ground inside the approved boundary.
    parcel_area_m2
        Sum of the parcels' areas; ground covered twice counts twice.
    union_area_m2
        Ground that at least one parcel covers.
    overlap_m2
        What the sum counts too often.
    outside_m2
        Ground of parcels outside the boundary.
    remainder_m2
        Ground inside the boundary that no parcel covers, gaps included.
    gap_m2
        The part of the remainder that is gaps; the rest is land in no parcel, such as roads.
    left_out_m2
        What the outlines of rows that were left out enclose.
    remainder_least_m2, gap_least_m2
        Where rows were left out, remainder and gaps are at least this and at most ``remainder_m2`` and ``gap_m2``
        (infinite where part of the boundary has no outline); what lies between is land of unknown parcels, or not.

    Examples
    --------
    >>> TopologySummary(100.0, 90.0, 80.0, overlap_m2=10.0, outside_m2=5.0, remainder_m2=25.0, gap_m2=0.0).land_ratio
    0.75
    """

    boundary_area_m2: float
    parcel_area_m2: float
    union_area_m2: float
    overlap_m2: float
    outside_m2: float
    remainder_m2: float
    gap_m2: float
    left_out_m2: float = 0.0
    remainder_least_m2: float | None = None
    gap_least_m2: float | None = None
    shapes: dataclasses.InitVar[npt.NDArray[Any] | None] = None

    def __post_init__(self, shapes: npt.NDArray[Any] | None) -> None:
        object.__setattr__(self, "_gaps", () if shapes is None else tuple(shapes))

    @property
    def gaps(self) -> tuple[shapely.Geometry, ...]:
        """The gaps, from west to east, in the system of the parcels."""
        found: tuple[shapely.Geometry, ...] = self.__dict__["_gaps"]
        return found

    @property
    def land_ratio(self) -> float | None:
        """Share of the boundary's area that parcels cover, ground once; None without a boundary."""
        return 1 - self.remainder_m2 / self.boundary_area_m2 if self.boundary_area_m2 > 0 else None


def check_topology(
    parcels: GeoDataFrame, boundary: GeoDataFrame, *, issues: IssueLog, tolerances: Tolerances | None = None
) -> TopologySummary:
    """Check that parcels do not overlap, leave no gaps, and lie inside the approved boundary.

    Parameters
    ----------
    parcels, boundary
        Canonical tables ``parcels`` and ``approved_boundaries`` in one projected system in metres.
    issues
        Takes ``parcel-overlap``, ``parcel-outside`` and ``parcel-gap`` one by one (``overlap-by-projection``,
        ``gap-by-projection`` where the file's own system knows none); ``overlap-small``,
        ``outside-small``, ``gap-small``, ``land-not-in-parcels`` (``-large`` above the tolerance), or
        ``remainder-undetermined`` where rows were left out that may cover it; ``zones-overlap``,
        ``boundary-parts-overlap``; ``shapes-left-out`` and ``methods-differ``.
    tolerances
        Limits; `Tolerances` by default.

    Returns
    -------
    The areas. They come from edges (`gis.overlay`), whatever GEOS says; GEOS gives the places and
    the shapes of gaps, and ``methods-differ`` tells where it disagrees.

    Raises
    ------
    CrsError
        If the systems differ, or areas may not be computed in them.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from gis.issues import IssueLog
    >>> log, box = IssueLog(), shapely.box
    >>> zone = gpd.GeoDataFrame({"zone_id": ["Z"]}, geometry=[box(0, 0, 100, 100)], crs=4549)
    >>> shapes = [box(0, 0, 50, 100), box(49, 0, 90, 100)]
    >>> parcels = gpd.GeoDataFrame({"parcel_id": ["1", "2"]}, geometry=shapes, crs=4549)
    >>> summary = check_topology(parcels, zone, issues=log)
    >>> summary.union_area_m2, summary.overlap_m2, summary.remainder_m2
    (9000.0, 100.0, 1000.0)
    >>> [(issue.code, issue.ids, issue.area_m2) for issue in log]
    [('parcel-overlap', ('1', '2'), 100.0), ('land-not-in-parcels', (), 1000.0)]
    """
    limits = tolerances or Tolerances()
    recorder = Recorder(parcels, "parcels", issues)
    ground, border, zone, zone_m2 = _grounds(recorder, boundary, limits)
    pairs = shared_ground(ground)
    report_overlaps(recorder, ground, pairs, limits=limits)
    overlap_m2 = double_cover_m2(ground, pairs)
    union_m2 = ground.total_m2 - overlap_m2
    outside_m2, remainder, gaps, shapes = union_m2, Range(0.0, 0.0), Range(0.0, 0.0), None
    if zone_m2 > 0:  # Else shapes-left-out has said that there is no boundary to lie inside of.
        outside_m2 = _check_outside(
            recorder, ground, zone, border=border.left_out, overlapping=len(pairs) > 0, limits=limits
        )
        remainder_m2 = _without_noise(zone_m2 - (union_m2 - outside_m2), zone_m2)
        remainder, gaps, shapes = _check_remainder(
            recorder, ground, zone, border=border.left_out, areas=(zone_m2, union_m2, remainder_m2), limits=limits
        )  # fmt: skip
    return TopologySummary(
        zone_m2, ground.total_m2, union_m2, overlap_m2=overlap_m2, outside_m2=outside_m2, remainder_m2=remainder.most,
        gap_m2=gaps.most, left_out_m2=math.fsum([ground.left_out.outline_m2, border.left_out.outline_m2]),
        remainder_least_m2=remainder.least, gap_least_m2=gaps.least, shapes=shapes,
    )  # fmt: skip


def _without_noise(difference_m2: float, area_m2: float) -> float:
    """Return 0 for a difference of two areas that rounding alone can make."""
    return 0.0 if abs(difference_m2) <= max(NOISE_M2, EXACT * area_m2) else difference_m2


def _grounds(
    recorder: Recorder, boundary: GeoDataFrame, limits: Tolerances
) -> tuple[Ground, Ground, shapely.Geometry, float]:
    """Return the parcels, the parts of the boundary, the whole of it as one shape, and its area."""
    border = Recorder(boundary, "approved_boundaries", recorder.issues)
    parts = usable_ground(border)
    ground = usable_ground(recorder)
    if ground.crs != parts.crs:
        raise CrsError("crs_differ", source=crs_name(ground.crs), target=crs_name(parts.crs))
    pairs = shared_ground(parts)
    report_overlaps(border, parts, pairs, limits=limits)
    zone_m2 = parts.total_m2 - double_cover_m2(parts, pairs)
    if len(parts.shapes) == 1:
        return ground, parts, parts.shapes[0], zone_m2
    zone, geos_m2 = unite(parts.shapes, zone_m2, limits=limits)
    _compare(border, geos_m2, zone_m2, zone, limits)
    return ground, parts, zone, zone_m2


def _compare(recorder: Recorder, geos_m2: float, edges_m2: float, shape: shapely.Geometry, limits: Tolerances) -> None:
    """Say so where GEOS gives another area than the edges."""
    if not agree(geos_m2, edges_m2, limits=limits):
        recorder.table_wide(
            "methods-differ", where=place_of(shape), area_m2=abs(geos_m2 - edges_m2),
            found=f"{grouped(geos_m2, 3)} m²", expected=f"{grouped(edges_m2, 3)} m²",
        )  # fmt: skip


def _outside_m2(ground: Ground, zone: shapely.Geometry) -> npt.NDArray[np.float64]:
    """Return the area of each shape outside the boundary, by edges."""
    outside = np.zeros(len(ground.shapes))
    shapely.prepare(zone)
    crossing = np.flatnonzero(~shapely.covers(zone, ground.shapes))
    if not len(crossing):
        return outside
    import geopandas as gpd

    border = gpd.GeoDataFrame({"key": ["zone"]}, geometry=[zone], crs=ground.crs)
    part = ground.part(crossing)
    keys = part.frame()["key"]
    pairs = intersect_pairs(part.frame(), border, source_id="key", target_id="key")
    inside = keys.map(pairs.set_index("source_id")["area_m2"]).fillna(0.0).to_numpy()
    left = ground.areas[crossing] - inside
    outside[crossing] = np.where(left > np.maximum(NOISE_M2, NOISE * ground.areas[crossing]), left, 0.0)
    return outside


def check_placement(
    frame: GeoDataFrame, table: str, boundary: GeoDataFrame, *, issues: IssueLog, tolerances: Tolerances | None = None
) -> Shift | None:
    """Record one issue where one shift or system explains why shapes of a layer lie outside the boundary.

    Parameters
    ----------
    frame, table
        A canonical layer and its name.
    boundary
        Canonical ``approved_boundaries``, in the same system.
    issues
        Takes ``layer-shifted``. A layer that reaches beyond the boundary for its own reasons gives none.
    tolerances
        Limits; `Tolerances` by default.

    Returns
    -------
    The shift, or None.
    """
    parts = usable_ground(Recorder(boundary, "approved_boundaries", issues), report=False)
    recorder = Recorder(frame, table, issues)
    ground = usable_ground(recorder, report=False)
    if not len(parts.shapes) or not len(ground.shapes):
        return None
    zone, _ = unite(parts.shapes, parts.total_m2, limits=tolerances or Tolerances())
    return report_shift(recorder, ground, zone, _outside_m2(ground, zone))


def report_shift(
    recorder: Recorder, ground: Ground, zone: shapely.Geometry, outside_m2: npt.NDArray[np.float64]
) -> Shift | None:
    """Record one issue for all shapes outside the boundary, where one shift or system explains them."""
    shift = explain_outside(ground, zone, outside_m2)
    if shift is not None:
        recorder.one(
            "layer-shifted", ground.positions[np.flatnonzero(outside_m2 > 0)], area_m2=math.fsum(outside_m2),
            where=place_of(zone), **shift.words(),
        )  # fmt: skip
    return shift


def _check_outside(
    recorder: Recorder, ground: Ground, zone: shapely.Geometry, *, border: LeftOut, overlapping: bool,
    limits: Tolerances,
) -> float:  # fmt: skip
    """Report parcels outside the boundary; return the ground they cover there.

    What may lie in a part of the boundary that was left out is not called outside, but said to be open.
    """
    outside = _outside_m2(ground, zone)
    chosen = np.flatnonzero(outside > 0)
    pieces = shapely.difference(ground.shapes[chosen], zone)
    hidden = [border.part_of(piece) if border.count else 0.0 for piece in pieces]
    is_shifted = not any(hidden) and report_shift(recorder, ground, zone, outside) is not None
    open_rows = []
    for i, piece, most in zip(chosen, pieces, hidden, strict=True):
        if outside[i] <= limits.outside_m2 or is_shifted:
            continue
        if most > 0 and outside[i] - most <= limits.outside_m2:
            open_rows.append(i)
            continue
        share = outside[i] / ground.areas[i]
        recorder.one(
            "parcel-outside", [int(ground.positions[i])], area_m2=float(outside[i]), where=place_of(piece),
            found=f"{m2_text(outside[i])} m² ({percent_text(share)})", expected=f"≤ {limits.outside_m2:g} m²",
            whole=m2_text(ground.areas[i]),
        )  # fmt: skip
    if open_rows:
        recorder.one(
            "outside-undetermined", ground.positions[open_rows], area_m2=math.fsum(outside[open_rows]),
            where=place_of(pieces[np.flatnonzero(chosen == open_rows[0])[0]]), left_out=border.count,
        )  # fmt: skip
    small = outside[(outside > 0) & (outside <= limits.outside_m2)]
    if len(small):
        members = ground.positions[(outside > 0) & (outside <= limits.outside_m2)]
        recorder.one("outside-small", members, area_m2=math.fsum(small), count=len(small))
    if not overlapping:
        return math.fsum(outside)
    part = ground.part(chosen, pieces)
    part = part.part(np.flatnonzero(shapely.area(pieces) > 0))
    doubled = shared_ground(part) if len(part.shapes) else None
    if doubled is None or not len(doubled):
        return math.fsum(outside)
    return part.total_m2 - double_cover_m2(part, doubled)


def _check_remainder(
    recorder: Recorder, ground: Ground, zone: shapely.Geometry, *, border: LeftOut,
    areas: tuple[float, float, float], limits: Tolerances,
) -> tuple[Range, Range, npt.NDArray[Any]]:  # fmt: skip
    """Report gaps and land in no parcel; return between what the remainder and the gaps lie, and the sure gaps.

    ``areas`` are those of boundary, parcels and remainder.
    """
    zone_m2, union_m2, remainder_m2 = areas
    united, first = unite(ground.shapes, union_m2, limits=limits)
    shape, second = difference_of(zone, united, remainder_m2, limits=limits)
    if not agree(first, union_m2, limits=limits):
        _compare(recorder, first, union_m2, united, limits)
    else:
        _compare(recorder, second, remainder_m2, shape, limits)
    parts = split_remainder(shape, limits=limits)
    hidden_m2 = ground.left_out.part_of(shape)
    more_m2 = math.inf if border.lost_count else float(shapely.area(shapely.difference(border.reach, zone)))
    is_sure = max(hidden_m2, more_m2) <= max(NOISE_M2, NOISE * zone_m2)
    sure = np.array([is_sure or not ground.left_out.part_of(shapely.buffer(gap, BESIDE_M)) for gap in parts.gaps], bool)
    gaps_m2 = _report_gaps(recorder, ground, parts, sure, limits)
    if is_sure:
        _report_land(recorder, parts, zone_m2, limits)
        return Range(remainder_m2, remainder_m2), Range(gaps_m2, gaps_m2), parts.gaps
    found = Range(max(remainder_m2 - hidden_m2, 0.0), remainder_m2 + more_m2)
    report_range(recorder, found, {"parcels": ground.left_out, "approved_boundaries": border}, what="remainder_land")
    return found, Range(gaps_m2, found.most), parts.gaps[sure]


def _report_gaps(
    recorder: Recorder, ground: Ground, parts: Remainder, sure: npt.NDArray[np.bool_], limits: Tolerances
) -> float:
    """Report the gaps that no row without a shape may cover; return their m²."""
    gaps, widths = parts.gaps[sure], parts.widths[sure]
    areas = shapely.area(gaps)
    tree = shapely.STRtree(ground.shapes)
    large = areas > limits.gap_m2
    plane = source_plane(recorder.frame, ground.shapes) if large.any() else None
    in_source = areas if plane is None else shapely.area(plane.of(gaps))
    for i in np.flatnonzero(large):
        beside = tree.query(gaps[i], predicate="dwithin", distance=BESIDE_M)
        code, expected = "parcel-gap", f"≤ {limits.gap_m2:g} m²"
        if in_source[i] <= ZERO_M2 and len(beside) > 1:
            code, expected = "gap-by-projection", f"{m2_text(in_source[i])} m²"
        recorder.one(
            code, ground.positions[beside], area_m2=round(float(areas[i]), 6), where=place_of(gaps[i]),
            found=f"{m2_text(areas[i])} m²", expected=expected, width=f"{widths[i]:.3f}",
        )  # fmt: skip
    if not large.all():
        recorder.table_wide("gap-small", area_m2=math.fsum(areas[~large]), count=int((~large).sum()))
    return math.fsum(areas)


def _report_land(recorder: Recorder, parts: Remainder, zone_m2: float, limits: Tolerances) -> None:
    """Report the land in no parcel; more of the boundary than the tolerance is for a person to accept."""
    if parts.land_m2 <= limits.gap_m2:
        return
    most = limits.land_not_in_parcels_ratio
    code = "land-not-in-parcels"
    if parts.land_m2 - most * zone_m2 > max(NOISE_M2, NOISE * zone_m2):
        code = "land-not-in-parcels-large"
    recorder.table_wide(
        code, area_m2=round(parts.land_m2, 6), count=parts.land_count,
        found=percent_beside(parts.land_m2 / zone_m2, most),
        expected=f"≤ {percent_text(most)}",
    )  # fmt: skip
