"""The ground that the shapes of a table cover: pairs that share it, and what is covered at all.

Areas come from edges (`gis.overlay`). GEOS, which may be wrong by the whole area for polygons that
only touch, builds shapes for places and maps; its areas are compared, never used, except where
three or more shapes lie on one spot, and there on a fixed grid.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.checks.geometry import POLYGON_TYPES, is_finite, is_usable, shapes_of
from gis.checks.stacking import GRID_M, stacked_m2
from gis.crs import require_area_crs
from gis.overlay import measure_areas, self_overlaps

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gis.checks.recorder import Recorder
    from gis.checks.tolerances import Tolerances

__all__ = [
    "Ground",
    "LeftOut",
    "agree",
    "difference_of",
    "double_cover_m2",
    "polygons_of",
    "shared_ground",
    "unite",
    "usable_ground",
]

#: Share of an area by which two methods may differ through rounding alone.
ROUNDING = 1e-9


@dataclasses.dataclass(frozen=True)
class LeftOut:
    """Rows of a table whose ground is not known: a remainder can be stated only as far as they don't reach.

    Attributes
    ----------
    count
        How many rows.
    outline_m2
        What their outlines enclose, each by itself: a bowtie is two triangles, a line or a point nothing.
    reach
        The union of their convex hulls: wherever the right outline through those points may lie.
    lost_count
        Rows without any such hull, which may lie anywhere.
    """

    count: int = 0
    outline_m2: float = 0.0
    reach: shapely.Geometry = dataclasses.field(default_factory=shapely.Polygon)
    lost_count: int = 0

    def part_of(self, shape: shapely.Geometry) -> float:
        """Return the m² of a shape that these rows may cover; all of it where one may lie anywhere."""
        return float(shapely.area(shape if self.lost_count else shapely.intersection(shape, self.reach)))


@dataclasses.dataclass(frozen=True)
class Ground:
    """The usable shapes of a table, in the order of their source.

    Attributes
    ----------
    positions
        (n,) rows of the table.
    shapes
        (n,) valid polygons.
    areas
        (n,) planar areas in m².
    crs
        Their projected system.
    left_out
        The rows that have no usable shape.
    """

    positions: npt.NDArray[np.int64]
    shapes: npt.NDArray[Any]
    areas: npt.NDArray[np.float64]
    crs: Any
    left_out: LeftOut = dataclasses.field(default_factory=LeftOut)

    @property
    def total_m2(self) -> float:
        """The sum of the areas; ground covered twice counts twice."""
        return math.fsum(self.areas)

    def frame(self) -> GeoDataFrame:
        """Return the shapes as a table with a ``key`` of their own, whatever the ids are."""
        import geopandas as gpd

        keys = pd.Series([f"{i:09d}" for i in range(len(self.shapes))], dtype="str")
        return gpd.GeoDataFrame({"key": keys}, geometry=list(self.shapes), crs=self.crs)

    def part(self, chosen: Any, shapes: npt.NDArray[Any] | None = None) -> Ground:
        """Return some of the shapes, or other shapes in their place."""
        kept = self.shapes[chosen] if shapes is None else shapes
        areas = np.array(shapely.area(kept), dtype=np.float64)
        return Ground(self.positions[chosen], kept, areas, self.crs)


def usable_ground(recorder: Recorder, *, report: bool = True) -> Ground:
    """Return the shapes of a table that areas can be computed from; say which are left out.

    Raises
    ------
    CrsError
        If areas may not be computed in the table's system.
    """
    frame: Any = recorder.frame
    crs = require_area_crs(getattr(frame, "crs", None), where=recorder.table)
    shapes = shapes_of(frame)
    usable = is_usable(shapes)
    absent = np.asarray(shapely.is_missing(shapes), dtype=bool)
    left_out = ~usable & ~absent if recorder.table == "buildings" else ~usable
    rest = left_out_of(shapes[left_out])
    if report and left_out.any():
        recorder.together(
            "shapes-left-out", np.flatnonzero(left_out), area_m2=rest.outline_m2, lost=rest.lost_count
        )  # fmt: skip
    positions = np.array(recorder.in_order(np.flatnonzero(usable)), dtype=np.int64)
    areas = np.array(measure_areas(frame), dtype=np.float64)[positions]
    return Ground(positions, shapely.force_2d(shapes[positions]), areas, crs, rest)


def left_out_of(shapes: npt.NDArray[Any]) -> LeftOut:
    """Return what is known of the ground of shapes that no area may be computed of.

    Examples
    --------
    >>> bowtie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    >>> rest = left_out_of(np.array([bowtie, None]))
    >>> rest.outline_m2, rest.reach.area, rest.lost_count
    (5000.0, 10000.0, 1)
    """
    if not len(shapes):
        return LeftOut()
    known = shapely.force_2d(shapes[~shapely.is_missing(shapes)])
    known = known[is_finite(known)]
    polygonal = known[np.isin(shapely.get_type_id(known), POLYGON_TYPES)]
    outlines = shapely.make_valid(polygonal, method="structure", keep_collapsed=False)
    hulls = shapely.convex_hull(known)
    hulls = hulls[shapely.area(hulls) > 0]
    return LeftOut(len(shapes), math.fsum(shapely.area(outlines)), shapely.union_all(hulls), len(shapes) - len(hulls))


def shared_ground(ground: Ground) -> pd.DataFrame:
    """Return the pairs of shapes that cover the same ground.

    Returns
    -------
    ``first`` and ``second`` (numbers in ``ground``) and ``area_m2``, by edges.
    """
    pairs = self_overlaps(ground.frame(), id="key")
    numbers = {"first": pairs["first_id"].astype("int64"), "second": pairs["second_id"].astype("int64")}
    return pd.DataFrame({**numbers, "area_m2": pairs["area_m2"]})


def double_cover_m2(ground: Ground, pairs: pd.DataFrame) -> float:
    """Return what the sum of the areas counts too often, in m²: Σ area(shape) − area(union).

    This is Σ area(pair), less what `stacked_m2` says where three or more shapes lie on one spot.

    Parameters
    ----------
    ground
        The shapes.
    pairs
        From `shared_ground`.
    """
    if not len(pairs):
        return 0.0
    return math.fsum(pairs["area_m2"]) - stacked_m2(ground.shapes, ground.areas, pairs)


def agree(first_m2: float, second_m2: float, *, limits: Tolerances) -> bool:
    """Tell whether two methods give one area, but for rounding."""
    return abs(first_m2 - second_m2) <= max(limits.methods_agree_m2, ROUNDING * max(abs(first_m2), abs(second_m2)))


def unite(shapes: npt.NDArray[Any], expected_m2: float, *, limits: Tolerances) -> tuple[shapely.Geometry, float]:
    """Unite shapes; on a fixed grid where the area is not the expected one.

    Returns
    -------
    The shape, and the area GEOS gave in full precision.
    """
    united = shapely.disjoint_subset_union_all(shapes)
    first = float(shapely.area(united))
    if not agree(first, expected_m2, limits=limits):
        united = shapely.union_all(shapes, grid_size=GRID_M)
    return united, first


def difference_of(
    whole: shapely.Geometry, taken: shapely.Geometry, expected_m2: float, *, limits: Tolerances
) -> tuple[shapely.Geometry, float]:
    """Take a shape from another; on a fixed grid where the area is not the expected one.

    Returns
    -------
    The shape, and the area GEOS gave in full precision.
    """
    left = shapely.difference(whole, taken)
    first = float(shapely.area(left))
    if not agree(first, expected_m2, limits=limits):
        left = shapely.difference(whole, taken, grid_size=GRID_M)
    return left, first


def polygons_of(shape: shapely.Geometry | npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the polygons of a shape, whatever lines and points came with them."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return np.asarray(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON.value], dtype=object)
