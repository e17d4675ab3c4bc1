"""One cause for many shapes outside the boundary: a shifted layer is named once, with how well that explains it.

The encrypted coordinates of Chinese web maps (GCJ-02, 火星坐标; BD-09) lie some 300 to 700 m from the true place.
Declared as WGS84 or CGCS2000 they give valid shapes of the right size beside their boundary. No shift is ever applied.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

from gis.areas import percent_text
from gis.schema import text

if TYPE_CHECKING:
    from gis.checks.ground import Ground

__all__ = ["Shift", "bd09_of_gcj02", "explain_outside", "gcj02_of_wgs84"]

Degrees = npt.NDArray[np.float64]
#: The ellipsoid of the published GCJ-02 formula (Krasovsky 1940).
GCJ_A, GCJ_E2 = 6_378_245.0, 0.00669342162296594323
#: A shift explains what lies outside if this share of the layer's area is inside after it is taken back…
EXPLAINED = 0.999
#: …and of what lay outside before at most this share is left.
LEFT = 0.1
#: A layer much smaller than the boundary could be moved inside in many ways, and none would mean anything: it has to be
#: half as wide and as high, and so many of its shapes outside.
LEAST_SIZE, LEAST_SHAPES = 0.5, 3
#: Share of its size by which the box of a layer that was moved as a whole may differ from that of the boundary.
SAME_SIZE = 0.01
#: Rounds of the inverse, each some thousand times nearer than the one before.
ROUNDS = 6


@dataclasses.dataclass(frozen=True)
class Shift:
    """A reading of a layer under which it lies inside the boundary.

    Attributes
    ----------
    kind
        ``gcj02`` or ``bd09`` (the layer is), ``boundary_gcj02`` or ``boundary_bd09`` (the boundary is), or ``uniform``.
    east_m, north_m
        How far the layer lies from where it would fit, on average.
    spread_m
        By how much single shapes differ from that at most.
    inside_before, inside_after
        Share of the layer's area inside the boundary as declared, and under this reading.
    """

    kind: str
    east_m: float
    north_m: float
    spread_m: float
    inside_before: float
    inside_after: float

    def words(self) -> dict[str, str]:
        """Return what an issue says of the shift, in both languages."""
        facts = {
            "east": f"{self.east_m:+,.1f}", "north": f"{self.north_m:+,.1f}", "spread": f"{self.spread_m:,.1f}",
            "before": percent_text(self.inside_before), "after": percent_text(self.inside_after),
        }  # fmt: skip
        return facts | {f"reading_{lang}": text(f"checks.shift_{self.kind}", lang) for lang in ("zh", "en")}


def gcj02_of_wgs84(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Return GCJ-02 degrees of WGS84 (or CGCS2000) degrees, by the published formula.

    Examples
    --------
    >>> lon, lat = gcj02_of_wgs84(np.array([121.6]), np.array([31.33]))
    >>> [round(float(value), 4) for value in (lon[0] - 121.6, lat[0] - 31.33)]
    [0.0042, -0.0022]
    """
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    waves = (20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)) * 2 / 3
    d_lat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
    d_lat += (20 * np.sin(y * np.pi) + 40 * np.sin(y / 3 * np.pi)) * 2 / 3
    d_lat += (160 * np.sin(y / 12 * np.pi) + 320 * np.sin(y * np.pi / 30)) * 2 / 3
    d_lon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
    d_lon += (20 * np.sin(x * np.pi) + 40 * np.sin(x / 3 * np.pi)) * 2 / 3
    d_lon += (150 * np.sin(x / 12 * np.pi) + 300 * np.sin(x / 30 * np.pi)) * 2 / 3
    phi = np.radians(lat)
    magic = 1 - GCJ_E2 * np.sin(phi) ** 2
    d_lat = np.degrees(d_lat) / (GCJ_A * (1 - GCJ_E2) / (magic * np.sqrt(magic)))
    d_lon = np.degrees(d_lon) / (GCJ_A / np.sqrt(magic) * np.cos(phi))
    return lon + d_lon, lat + d_lat


def bd09_of_gcj02(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Return BD-09 degrees of GCJ-02 degrees, by the published formula."""
    turn = np.pi * 3000.0 / 180.0
    z = np.sqrt(lon * lon + lat * lat) + 0.00002 * np.sin(lat * turn)
    theta = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * turn)
    return z * np.cos(theta) + 0.0065, z * np.sin(theta) + 0.006


def _bd09_of_wgs84(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    return bd09_of_gcj02(*gcj02_of_wgs84(lon, lat))


Reading = Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]


def _inverse(forward: Reading) -> Reading:
    def back(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
        guess_lon, guess_lat = lon, lat
        for _ in range(ROUNDS):
            there_lon, there_lat = forward(guess_lon, guess_lat)
            guess_lon, guess_lat = guess_lon + lon - there_lon, guess_lat + lat - there_lat
        return guess_lon, guess_lat

    return back


#: Kind → how the coordinates of the layer would have to be read to lie where the boundary is.
SYSTEMS: dict[str, Reading] = {
    "gcj02": _inverse(gcj02_of_wgs84), "bd09": _inverse(_bd09_of_wgs84),
    "boundary_gcj02": gcj02_of_wgs84, "boundary_bd09": _bd09_of_wgs84,
}  # fmt: skip


def explain_outside(ground: Ground, zone: shapely.Geometry, outside_m2: npt.NDArray[np.float64]) -> Shift | None:
    """Return the one shift or system that explains why shapes lie outside the boundary, or None.

    Tried are the web-map systems, either of the layer or of the boundary, and one uniform shift that lays the box of
    the layer on that of the boundary, where both are of one size. A reading explains it if under it 99.9 % of the
    layer's area is inside, and of what lay outside no more than a tenth is left.

    Parameters
    ----------
    ground
        The usable shapes of the layer.
    zone
        The boundary as one shape, in the same system.
    outside_m2
        (n,) area of each shape outside it.
    """
    total, outside = ground.total_m2, math.fsum(outside_m2)
    if outside <= (1 - EXPLAINED) * total or np.count_nonzero(outside_m2) < LEAST_SHAPES:
        return None
    if (_size(shapely.total_bounds(ground.shapes)) < LEAST_SIZE * _size(np.array(zone.bounds))).any():
        return None
    shapely.prepare(zone)
    best: Shift | None = None
    for kind, moved in _readings(ground, zone):
        left = _outside(moved, zone)
        if left > LEFT * outside or left > (1 - EXPLAINED) * total:
            continue
        way, there = (shapely.get_coordinates(shapely.centroid(shapes)) for shapes in (ground.shapes, moved))
        middle = (way - there).mean(axis=0)
        spread = float(np.hypot(*(way - there - middle).T).max())
        shift = Shift(kind, float(middle[0]), float(middle[1]), spread, 1 - outside / total, 1 - left / total)
        if best is None or shift.inside_after > best.inside_after + (1 - EXPLAINED) / 10:
            best = shift
    return best


def _size(box: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(box[2:] - box[:2])


def _readings(ground: Ground, zone: shapely.Geometry) -> Iterator[tuple[str, Any]]:
    for kind, reading in SYSTEMS.items():
        moved = _read(ground, reading)
        if moved is not None:
            yield kind, moved
    box, target = shapely.total_bounds(ground.shapes), np.array(zone.bounds)
    if (np.abs(_size(box) - _size(target)) <= SAME_SIZE * _size(target)).all():
        way = (target[:2] + target[2:] - box[:2] - box[2:]) / 2
        yield "uniform", shapely.transform(ground.shapes, lambda xy: xy + way)


def _read(ground: Ground, reading: Reading) -> Any:
    """Return the shapes with their coordinates read as another system's, or None where that can't be."""
    degrees = Transformer.from_crs(ground.crs, CRS("EPSG:4490"), always_xy=True)

    def move(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        place = reading(*degrees.transform(xy[:, 0], xy[:, 1]))
        return np.column_stack(degrees.transform(*place, direction="INVERSE"))

    with np.errstate(all="ignore"):
        moved = shapely.transform(ground.shapes, move)
    return moved if np.isfinite(shapely.get_coordinates(moved)).all() else None


def _outside(shapes: Any, zone: shapely.Geometry) -> float:
    """Return about how much of shapes lies outside: this decides which words are said, no figure."""
    crossing = shapes[~shapely.covers(zone, shapes)]
    repaired = shapely.make_valid(crossing)
    return float(math.fsum(shapely.area(repaired)) - math.fsum(shapely.area(shapely.intersection(repaired, zone))))
