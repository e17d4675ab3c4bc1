"""Rows of one table that cover the same ground: pair by pair, with the m² and the place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.areas import grouped, m2_text
from gis.checks.ground import Ground, agree, shared_ground, usable_ground
from gis.checks.recorder import Recorder, place_of
from gis.checks.remainder import Range, report_range
from gis.checks.source_plane import ZERO_M2, source_plane
from gis.checks.tolerances import Tolerances
from gis.overlay import intersect_pairs

if TYPE_CHECKING:
    import pandas as pd
    from geopandas import GeoDataFrame

    from gis.issues import IssueLog

__all__ = ["check_green_location", "check_overlaps", "report_overlaps"]


def check_overlaps(frame: GeoDataFrame, table: str, *, issues: IssueLog, tolerances: Tolerances | None = None) -> float:
    """Check that no two rows of a table cover the same ground.

    Parameters
    ----------
    frame
        The canonical table, in a projected system in metres.
    table
        Its name.
    issues
        Takes one issue a pair above ``overlap_m2``: ``parcel-overlap``, ``zones-overlap`` (rows of
        different zones), ``boundary-parts-overlap`` (of one zone) or ``layer-overlap`` (any other
        table), or ``overlap-by-projection`` where they share none in the system of their file;
        ``overlap-small`` for the sum of the others; ``methods-differ`` where GEOS gives
        another area than the edges; ``shapes-left-out`` for what can't be compared.
    tolerances
        Limits; `Tolerances` by default.

    Returns
    -------
    The m² shared by all pairs, large and small; ground under three rows counts once a pair.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from gis.issues import IssueLog
    >>> shapes = [shapely.box(0, 0, 10, 10), shapely.box(8, 0, 20, 10)]
    >>> green = gpd.GeoDataFrame({"green_id": ["g1", "g2"]}, geometry=shapes, crs=4549)
    >>> log = IssueLog()
    >>> check_overlaps(green, "green_spaces", issues=log)
    20.0
    >>> [(issue.code, issue.ids, issue.area_m2, issue.where) for issue in log]
    [('layer-overlap', ('g1', 'g2'), 20.0, '9.00 5.00')]
    """
    recorder = Recorder(frame, table, issues)
    if not hasattr(frame, "geom_type") or frame.geometry.isna().all():
        return 0.0
    ground = usable_ground(recorder)
    pairs = shared_ground(ground)
    report_overlaps(recorder, ground, pairs, limits=tolerances or Tolerances())
    return math.fsum(pairs["area_m2"])


def _between(first: shapely.Geometry, second: shapely.Geometry) -> str:
    """Return the middle of the box that two shapes share, where GEOS finds no common ground."""
    low = np.maximum(first.bounds[:2], second.bounds[:2])
    high = np.minimum(first.bounds[2:], second.bounds[2:])
    return place_of(shapely.box(*low, *high))


def _code(recorder: Recorder, first: int, second: int) -> str:
    if recorder.table == "parcels":
        return "parcel-overlap"
    if recorder.table == "approved_boundaries":
        return "boundary-parts-overlap" if recorder.ids[first] == recorder.ids[second] else "zones-overlap"
    return "layer-overlap"


def report_overlaps(recorder: Recorder, ground: Ground, pairs: pd.DataFrame, *, limits: Tolerances) -> None:
    """Record the pairs of `shared_ground`: the large ones one by one, the small ones in a note."""
    is_large = pairs["area_m2"] > limits.overlap_m2
    large, small = pairs[is_large], pairs[~is_large]
    first, second = large["first"].to_numpy(), large["second"].to_numpy()
    in_source = _in_source(recorder, ground, first, second)
    # GEOS gives the place; for the area it is only the second opinion.
    shapes = shapely.intersection(ground.shapes[first], ground.shapes[second])
    for i, area in enumerate(large["area_m2"].to_numpy()):
        members = [int(ground.positions[first[i]]), int(ground.positions[second[i]])]
        again = float(shapely.area(shapes[i]))
        sure = agree(again, area, limits=limits)
        where = place_of(shapes[i]) if again > 0 else _between(ground.shapes[first[i]], ground.shapes[second[i]])
        code = _code(recorder, *members)
        source_m2 = area if in_source is None else in_source.get((first[i], second[i]), 0.0)
        facts = {"found": f"{m2_text(area)} m²", "expected": f"≤ {limits.overlap_m2:g} m²"}
        if source_m2 <= ZERO_M2:
            code, facts["expected"] = "overlap-by-projection", f"{m2_text(source_m2)} m²"
        recorder.one(code, members, area_m2=float(area), where=where, **facts)
        if not sure:
            recorder.one(
                "methods-differ", members, where=where, area_m2=abs(again - area),
                found=f"{grouped(again, 3)} m²", expected=f"{grouped(area, 3)} m²",
            )  # fmt: skip
    if len(small):
        members = sorted({int(ground.positions[i]) for i in (*small["first"], *small["second"])})
        total = math.fsum(small["area_m2"])
        recorder.one("overlap-small", members, area_m2=total, count=len(small))


def _in_source(
    recorder: Recorder, ground: Ground, first: npt.NDArray[Any], second: npt.NDArray[Any]
) -> dict[tuple[int, int], float] | None:
    """Return the m² that pairs share as their file draws them; None where that can't be told from the run's plane."""
    members = np.unique(np.concatenate([first, second]))
    plane = source_plane(recorder.frame, ground.shapes[members]) if len(members) else None
    if plane is None:
        return None
    shapes = plane.of(ground.shapes[members])
    if not shapely.is_valid(shapes).all():
        return None
    pairs = shared_ground(ground.part(members, shapes))
    ends = (members[pairs["first"]].tolist(), members[pairs["second"]].tolist())
    return dict(zip(zip(*ends, strict=True), pairs["area_m2"], strict=True))


def check_green_location(
    green: GeoDataFrame, parcels: GeoDataFrame, *, issues: IssueLog, tolerances: Tolerances | None = None
) -> float:
    """Note the green space that lies in no parcel; it counts for the zone, not for a parcel.

    Parameters
    ----------
    green, parcels
        Canonical tables in one projected system in metres.
    issues
        Takes ``green-outside-parcels`` with the m² in all, or ``remainder-undetermined`` where rows were left out
        that may cover it.
    tolerances
        ``outside_m2``: parts smaller than this are passed over.

    Returns
    -------
    The m² of green space outside parcels, parts below the tolerance included.
    """
    limits = tolerances or Tolerances()
    recorder = Recorder(green, "green_spaces", issues)
    spaces = usable_ground(recorder, report=False)
    land = usable_ground(Recorder(parcels, "parcels", issues), report=False)
    outside = spaces.areas
    if len(spaces.shapes) and len(land.shapes):
        pairs = intersect_pairs(spaces.frame(), land.frame(), source_id="key", target_id="key")
        inside = pairs.groupby("source_id")["area_m2"].sum()
        keys = spaces.frame()["key"]
        # Where parcels overlap, the green below both is found twice; that is not a negative outside.
        outside = (spaces.areas - keys.map(inside).fillna(0.0).to_numpy()).clip(min=0.0)
    _report_green_outside(recorder, spaces, land, outside, limits)
    return math.fsum(outside)


def _report_green_outside(
    recorder: Recorder, spaces: Ground, land: Ground, outside: npt.NDArray[np.float64], limits: Tolerances
) -> None:
    """Record the green in no parcel; where rows of green or of land were left out, between what it lies."""
    chosen = np.flatnonzero(outside > limits.outside_m2)
    total, hidden_m2, more_m2 = math.fsum(outside[chosen]), 0.0, 0.0
    if land.left_out.count or spaces.left_out.count:
        united = shapely.disjoint_subset_union_all(land.shapes)
        pieces = shapely.difference(spaces.shapes[chosen], united)
        hidden_m2 = math.fsum(land.left_out.part_of(piece) for piece in pieces)
        more_m2 = float(shapely.area(shapely.difference(spaces.left_out.reach, united)))
    if max(hidden_m2, more_m2) > limits.outside_m2 or (len(chosen) and spaces.left_out.lost_count):
        most = math.inf if spaces.left_out.lost_count else total + more_m2
        rest = {"green_spaces": spaces.left_out, "parcels": land.left_out}
        report_range(recorder, Range(max(total - hidden_m2, 0.0), most), rest, what="remainder_green")
    elif len(chosen):
        recorder.one("green-outside-parcels", spaces.positions[chosen], area_m2=total, found=f"{m2_text(total)} m²")
