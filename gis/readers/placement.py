"""Every layer must lie where the boundary is, and the boundary where the run says it is."""

from __future__ import annotations

import csv
import functools
import importlib.resources
from typing import TYPE_CHECKING

from pyproj import CRS

from gis.crs import bounds_in, crs_name, explain_misplacement
from gis.errors import CrsError
from gis.readers.systems import box_of

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.crs import Bounds
    from gis.issues import IssueLog

__all__ = ["check_place", "require_same_place"]


def _apart(first: Bounds, second: Bounds) -> bool:
    return first[2] < second[0] or second[2] < first[0] or first[3] < second[1] or second[3] < first[1]


def require_same_place(
    frame: GeoDataFrame,
    boundary: GeoDataFrame,
    *,
    table: str,
    stored: tuple[Bounds, CRS] | None = None,
) -> None:
    """Refuse a layer that does not lie where the approved boundary is.

    Coordinates of CM 123° read as CM 120° make a valid polygon of the right area in the wrong
    place: only the boundary tells. A layer without coordinates passes.

    Parameters
    ----------
    frame
        The layer, in the boundary's system.
    boundary
        The approved boundary.
    table
        For the message.
    stored
        Box and system of the layer as its file has them, if it was transformed.

    Raises
    ------
    CrsError
        Naming the reading (another meridian, a zone prefix, swapped axes) under which it would fit.
    """
    own, target = box_of(frame), box_of(boundary)
    if own is None or target is None or not _apart(own, target):
        return
    bounds, crs = stored or (own, frame.crs)
    reading = explain_misplacement(bounds, crs, target, boundary.crs)
    facts = {
        "path": frame["source_file"].iloc[0], "table": table, "crs": crs_name(crs),
        "found": [f"{number:.0f}" for number in own], "expected": [f"{number:.0f}" for number in target],
    }  # fmt: skip
    if reading is None:
        raise CrsError("layer_elsewhere", **facts)
    key = "layer_elsewhere_swapped" if reading.swapped else "layer_elsewhere_meridian"
    raise CrsError(key, right=crs_name(reading.crs), **facts)


@functools.cache
def _places() -> tuple[dict[str, str], ...]:
    text = (importlib.resources.files("gis.readers") / "places.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines(), strict=True))


def check_place(boundary: GeoDataFrame, place: str, *, issues: IssueLog) -> None:
    """Record an issue where the boundary lies outside the box of the run's place.

    Parameters
    ----------
    boundary
        Canonical ``approved_boundaries``.
    place
        adcode; the longest known prefix decides.
    issues
        Takes ``boundary-outside-place`` or, where the place has no known box, ``place-box-unknown``.
    """
    known = [entry for entry in _places() if place.startswith(entry["adcode"])]
    if not known:
        issues.add("place-box-unknown", "approved_boundaries", found=place)
        return
    box = box_of(boundary)
    if box is None:
        return
    entry = max(known, key=lambda item: len(item["adcode"]))
    west, south, east, north = (float(entry[side]) for side in ("west", "south", "east", "north"))
    own = bounds_in(box, boundary.crs, CRS("EPSG:4490"))
    if own[0] < west or own[1] < south or own[2] > east or own[3] > north:
        issues.add(
            "boundary-outside-place",
            "approved_boundaries",
            ids=sorted(boundary["zone_id"].dropna().unique()),
            file=boundary["source_file"].iloc[0],
            found=", ".join(f"{number:.4f}" for number in own),
            expected=f"{west:g}, {south:g}, {east:g}, {north:g}",
            place_zh=entry["name_zh"],
            place_en=entry["name_en"],
        )
