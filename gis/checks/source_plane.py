"""Shapes back in the system of their file: what overlaps or gapes there too, and what projection alone makes.

A straight edge of one system is a curve in another. Where neighbours share an edge along a parallel and one of them has
more vertices on it, they fit in degrees, and overlap (or leave a gap) by the ground between chord and curve in a plane.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ZERO_M2", "SourcePlane", "source_plane"]

#: Less than this in the file's own system is no ground: coordinates go there and back to some nanometres.
ZERO_M2 = 1e-3
#: Points by which the file's plane is laid on the run's.
FITTED = 1_000


class SourcePlane:
    """The system of a file, laid on that of the run by the best affine map, so that straight stays straight.

    Parameters
    ----------
    source, target
        System of the file, and of the run.
    shapes
        In the run's system; the plane is fitted to them.
    """

    def __init__(self, source: CRS, target: CRS, shapes: npt.NDArray[Any]) -> None:
        self._back = Transformer.from_crs(target, source, always_xy=True)
        points = shapely.get_coordinates(shapes)
        points = points[:: max(len(points) // FITTED, 1)]
        own = self._in_source(points)
        self._centre = own.mean(axis=0)
        terms = np.column_stack([own - self._centre, np.ones(len(own))])
        self._map = np.linalg.lstsq(terms, points, rcond=None)[0]

    def _in_source(self, xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(self._back.transform(xy[:, 0], xy[:, 1]))

    def of(self, shapes: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return shapes as the file draws them, in metres."""

        def drawn(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            own = np.column_stack([self._in_source(xy) - self._centre, np.ones(len(xy))])
            return np.asarray(own @ self._map, dtype=np.float64)

        return np.asarray(shapely.transform(shapes, drawn), dtype=object)


def source_plane(frame: pd.DataFrame, shapes: npt.NDArray[Any]) -> SourcePlane | None:
    """Return the plane of the file that a table was read from, or None where it is the table's own.

    Parameters
    ----------
    frame
        A canonical table; ``attrs["source_crs"]`` is the system of its file where it was transformed.
    shapes
        Its usable shapes.
    """
    stated, crs = frame.attrs.get("source_crs"), getattr(frame, "crs", None)
    if not stated or crs is None or not len(shapes):
        return None
    return SourcePlane(CRS.from_user_input(stated), CRS.from_user_input(crs), shapes)
