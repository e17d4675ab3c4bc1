"""How many m² on the ellipsoid a m² of the declared plane is, as a polynomial over the data.

A survey projection enlarges or shrinks areas by some hundreds of ppm, differently at each place. The
scale is smooth: over a zone, a polynomial of degree 4 gives it to 1e-12, over 200 km to 1e-10.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev
from pyproj import CRS, Transformer

from gis.crs import Bounds, crs_name, equal_area_crs
from gis.errors import CrsError

__all__ = ["DEGREE", "ArealScale", "areal_scale"]

Floats = npt.NDArray[np.float64]
#: Degree of the scale; the kernel's quadrature is exact up to it.
DEGREE = 4
#: Degree of the projection itself, from which the scale is derived, and nodes a side.
MAP_DEGREE, NODES = 9, 12
#: Centre and size of the fit are whole steps, so that the layers of one zone share a fit.
STEP_M = 10_000.0
#: The scale is known to this share (0.01 ppm), or refused.
WORST = 1e-8


@dataclasses.dataclass(frozen=True)
class ArealScale:
    """The areal scale less one, ``Σ c_ij · sⁱ · tʲ`` with s and t from the centre in units of ``reach_m``.

    Attributes
    ----------
    frame
        easting and northing of the centre, and ``reach_m``.
    excess
        c_ij for i + j ≤ 4: by j, then by i.
    """

    frame: Floats
    excess: Floats

    def at(self, easting: Any, northing: Any) -> Any:
        """Return ellipsoidal m² a planar m² at places.

        Examples
        --------
        >>> scale = areal_scale((651_500, 3_467_000, 653_500, 3_468_000), CRS("EPSG:4549"))
        >>> round((1 / scale.at(652_303, 3_467_559) - 1) * 1e6)
        572
        """
        s, t = (easting - self.frame[0]) / self.frame[2], (northing - self.frame[1]) / self.frame[2]
        return 1 + sum(c * s**i * t**j for c, (i, j) in zip(self.excess, _powers(), strict=True))


def _powers() -> list[tuple[int, int]]:
    return [(i, j) for j in range(DEGREE + 1) for i in range(DEGREE + 1 - j)]


def areal_scale(bounds: Bounds, crs: CRS) -> ArealScale:
    """Return the areal scale of a projection around ``bounds``.

    It is the Jacobian of the way from the declared plane into an equal-area projection,
    ``∂(u,v)/∂(x,y)``; the projection is followed by Chebyshev polynomials, so that it can be derived.

    Raises
    ------
    CrsError
        If the data span so much that the scale is not known to 0.01 ppm.
    """
    west, south, east, north = bounds
    x, y = (round(middle / STEP_M) * STEP_M for middle in ((west + east) / 2, (south + north) / 2))
    size = max(east - x, x - west, north - y, y - south, STEP_M)
    return _fitted(x, y, math.ceil(size / STEP_M) * STEP_M, crs)


@functools.lru_cache(maxsize=32)
def _fitted(x: float, y: float, reach: float, crs: CRS) -> ArealScale:
    side = np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES)
    s, t = (axis.ravel() for axis in np.meshgrid(side, side))
    jacobian = np.abs(_jacobian(s, t, x=x, y=y, reach=reach, crs=crs))
    design = np.column_stack([s**i * t**j for i, j in _powers()])
    excess, *_ = np.linalg.lstsq(design, jacobian - 1, rcond=None)
    worst = float(np.abs(design @ excess - (jacobian - 1)).max())
    if not worst <= WORST:
        raise CrsError("crs_extent_too_large", crs=crs_name(crs), width=f"{2 * reach / 1000:,.0f}",
                       ppm=f"{worst * 1e6:.2g}")  # fmt: skip
    return ArealScale(np.array([x, y, reach]), excess)


def _jacobian(s: Floats, t: Floats, *, x: float, y: float, reach: float, crs: CRS) -> Floats:
    local = equal_area_crs((x - reach, y - reach, x + reach, y + reach), crs)
    to_local = Transformer.from_crs(crs, local, always_xy=True)
    mapped = np.column_stack(to_local.transform(x + reach * s, y + reach * t))
    design = chebyshev.chebvander2d(s, t, (MAP_DEGREE, MAP_DEGREE))
    fit, *_ = np.linalg.lstsq(design, mapped, rcond=None)
    u, v = (column.reshape(MAP_DEGREE + 1, MAP_DEGREE + 1) for column in fit.T)
    slopes = [chebyshev.chebval2d(s, t, chebyshev.chebder(c, axis=axis)) / reach for c in (u, v) for axis in (0, 1)]
    return np.asarray(slopes[0] * slopes[3] - slopes[1] * slopes[2])
