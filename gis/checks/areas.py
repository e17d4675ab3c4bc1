"""Recorded areas against measured ones: a difference, or a unit that was mixed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis.areas import m2_text, percent_text
from gis.checks.geometry import usable_rows
from gis.checks.recorder import Recorder
from gis.checks.tolerances import Tolerances
from gis.overlay import measure_areas
from gis.units import FACTORS

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.issues import IssueLog

__all__ = ["check_areas"]

Floats = npt.NDArray[np.float64]
RECORDED = {"parcels": "legal_area_m2", "land_use": "recorded_area_m2", "green_spaces": "recorded_area_m2"}
#: How near a ratio of areas must come to a unit's factor to be called a mix-up of units.
UNIT_FIT = 0.05


def check_areas(
    frame: GeoDataFrame, table: str = "parcels", *, issues: IssueLog, tolerances: Tolerances | None = None
) -> None:
    """Compare recorded with measured (planar) area, row by row.

    A difference passes up to ``area_difference_ratio`` of the recorded area, and in any case up to
    ``area_rounding_m2``; above ``area_difference_m2`` it never passes, unless it is that of the plane
    against the ellipsoid. Rows whose areas stand to each other as two units do are reported
    together, with the unit that the record seems to be in.

    Parameters
    ----------
    frame
        The canonical table, in a projected system in metres.
    table
        Its name; tables without a recorded area are passed over.
    issues
        Takes ``area-differs`` (one a row, with the difference in m²) and ``area-unit-suspect``
        (one a unit and file).
    tolerances
        Limits; `Tolerances` by default.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from gis.issues import IssueLog
    >>> log = IssueLog()
    >>> parcels = gpd.GeoDataFrame(
    ...     {"parcel_id": ["7", "8"], "legal_area_m2": [1.0, 9980.0]}, geometry=[box(0, 0, 100, 100)] * 2, crs=4549
    ... )
    >>> check_areas(parcels, issues=log)
    >>> [(issue.code, issue.ids, issue.found, issue.expected, issue.area_m2) for issue in log]
    [('area-unit-suspect', ('7',), '1', 'ha', None), ('area-differs', ('8',), '9,980.00 m²', '10,000.00 m²', 20.0)]
    """
    column = RECORDED.get(table)
    recorder = Recorder(frame, table, issues)
    values = recorder.numeric(column) if column else None
    if values is None:
        return
    limits = tolerances or Tolerances()
    recorded = values.to_numpy()
    usable = usable_rows(frame) & ~np.isnan(recorded) & (recorded >= 0)
    measured = np.where(usable, measure_areas(frame).to_numpy(), np.nan)
    ratio = np.divide(measured, recorded, out=np.full(len(frame), np.nan), where=usable & (recorded > 0))
    explained = _report_units(recorder, str(column), recorded, ratio)
    difference = measured - recorded
    allowed = np.maximum(limits.area_difference_ratio * recorded, limits.area_rounding_m2)
    large = usable & (np.abs(difference) > limits.area_difference_m2)
    large[large] = _off_ellipsoid(frame[large], recorded[large]) > limits.area_difference_m2
    for i in recorder.in_order(np.flatnonzero(usable & ~explained & (large | (np.abs(difference) > allowed)))):
        recorder.one(
            "area-differs", [i], field=column, area_m2=round(abs(float(difference[i])), 6),
            found=f"{m2_text(recorded[i])} m²", expected=f"{m2_text(measured[i])} m²",
            share=percent_text(abs(difference[i]) / recorded[i]) if recorded[i] > 0 else "–",
        )  # fmt: skip


def _off_ellipsoid(frame: GeoDataFrame, recorded: Floats) -> Floats:
    """Return by how much recorded areas differ from those on the ellipsoid."""
    if not len(frame):
        return np.zeros(0)
    return np.asarray(np.abs(measure_areas(frame, basis="ellipsoidal").to_numpy() - recorded), dtype=np.float64)


def _report_units(recorder: Recorder, column: str, recorded: Floats, ratio: Floats) -> npt.NDArray[np.bool_]:
    """Report the rows whose record fits in another unit; return which they are."""
    explained = np.zeros(len(recorded), dtype=bool)
    for unit, factor in FACTORS["m2"].items():
        fits = np.abs(ratio / float(factor) - 1) < UNIT_FIT
        if unit == "m2" or not fits.any():
            continue
        explained |= fits
        members = np.flatnonzero(fits)
        shown = ", ".join(f"{recorded[i]:,.10g}" for i in recorder.in_order(members)[:3])
        recorder.together("area-unit-suspect", members, field=column, found=shown, expected=unit)
    return explained
