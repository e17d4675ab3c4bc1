"""The ground inside the boundary that no parcel covers: gaps on the one hand, land on the other.

A gap is ground that nobody meant to leave: narrower than ``sliver_width_m``, or enclosed and below
``sliver_area_m2``. The rest (roads, water, land not yet parcelled) is land in no parcel.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.areas import m2_text
from gis.checks.ground import polygons_of
from gis.schema import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.checks.ground import LeftOut
    from gis.checks.recorder import Recorder
    from gis.checks.tolerances import Tolerances

__all__ = ["Range", "Remainder", "report_range", "split_remainder"]

#: Ground below this (m²) at the tip of an acute corner is narrow but no gap: 10 cm by 10 cm.
LEAST_NARROW_M2 = 0.01
#: Corners sharper than some 1° are cut when a shape is grown again.
MITRE_LIMIT = 100.0
#: How far a shape is grown beyond its old outline, so that equal outlines need no noding.
GROWTH = 1.01


@dataclasses.dataclass(frozen=True)
class Remainder:
    """The parts of the remainder.

    Attributes
    ----------
    gaps
        (n,) polygons, from west to east.
    widths
        (n,) mean width of each, 2·area / perimeter, in m.
    land_m2
        Ground in no parcel that is not a gap.
    land_count
        In how many pieces.
    """

    gaps: npt.NDArray[Any]
    widths: npt.NDArray[np.float64]
    land_m2: float
    land_count: int


@dataclasses.dataclass(frozen=True)
class Range:
    """Between what a figure lies, in m²; ``most`` is infinite where nothing limits it.

    Examples
    --------
    >>> str(Range(1000.0, 2500.0)), str(Range(1000.0, math.inf))
    ('1,000.00–2,500.00 m²', '≥ 1,000.00 m²')
    """

    least: float
    most: float

    def __str__(self) -> str:
        if math.isinf(self.most):
            return f"≥ {m2_text(self.least)} m²"
        return f"{m2_text(self.least)}–{m2_text(self.most)} m²"


def report_range(recorder: Recorder, found: Range, rest: Mapping[str, LeftOut], *, what: str) -> None:
    """Record between what a remainder lies, for rows of these tables were left out."""
    tables = {name: rows for name, rows in rest.items() if rows.count}
    facts = {}
    for key, names in (("what", [what]), ("left_out", [f"left_out_{name}" for name in tables])):
        facts[f"{key}_zh"] = "、".join(text(f"checks.{name}", "zh") for name in names)
        facts[f"{key}_en"] = ", ".join(text(f"checks.{name}", "en") for name in names)
    recorder.table_wide(
        "remainder-undetermined", found=str(found), area_m2=math.fsum(rows.outline_m2 for rows in tables.values()),
        count=sum(rows.count for rows in tables.values()), lost=sum(rows.lost_count for rows in tables.values()),
        **facts,
    )  # fmt: skip


def split_remainder(remainder: shapely.Geometry, *, limits: Tolerances) -> Remainder:
    """Tell gaps from land in what a boundary holds beside its parcels.

    Parameters
    ----------
    remainder
        Boundary minus parcels.
    limits
        ``sliver_width_m`` and ``sliver_area_m2``.

    Examples
    --------
    A road 12 m wide is land; a slit of 10 cm that opens into it is a gap:

    >>> ground = shapely.union(shapely.box(0, 0, 100, 12), shapely.box(50, 12, 50.1, 40))
    >>> from gis.checks.tolerances import Tolerances
    >>> parts = split_remainder(ground, limits=Tolerances())
    >>> shapely.area(parts.gaps).round(1).tolist(), round(parts.land_m2)
    ([2.8], 1200)
    """
    parts = polygons_of(remainder)
    area, length = shapely.area(parts), shapely.length(parts)
    parts, area, length = parts[area > 0], area[area > 0], length[area > 0]
    is_gap = (2 * area / length < limits.sliver_width_m) | (area < limits.sliver_area_m2)
    land = parts[~is_gap]
    narrow = _narrow(land, limits.sliver_width_m)
    gaps = np.concatenate([parts[is_gap], narrow])
    middle = shapely.point_on_surface(gaps)
    gaps = gaps[np.lexsort((shapely.get_y(middle), shapely.get_x(middle)))]
    land_m2 = math.fsum([*area[~is_gap], *(-shapely.area(narrow))])
    return Remainder(gaps, 2 * shapely.area(gaps) / shapely.length(gaps), land_m2, len(land))


def _narrow(shapes: npt.NDArray[Any], width_m: float) -> npt.NDArray[Any]:
    """Return what is lost of shapes when they shrink by half the width and grow back (an opening)."""
    if not len(shapes) or width_m <= 0:
        return np.zeros(0, dtype=object)
    half = width_m / 2
    style = {"join_style": "mitre", "mitre_limit": MITRE_LIMIT}
    opened = shapely.buffer(shapely.buffer(shapes, -half, **style), half * GROWTH, **style)
    lost = polygons_of(shapely.difference(shapes, opened))
    area = shapely.area(lost)
    thin = 2 * area / np.maximum(shapely.length(lost), 1e-12) < width_m
    return np.asarray(lost[thin & (area > LEAST_NARROW_M2)], dtype=object)
