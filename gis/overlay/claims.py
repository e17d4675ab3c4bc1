"""Ground that several shapes of one layer claim, as faces: each piece once, with all who claim it.

The outlines of the shapes that share ground are noded and polygonized, and every face is given to the shapes
that hold a point inside it. The shapes are taken in the order of their geometry, identical ones as one, so that
neither ids nor the order of rows decide anything. GEOS builds the faces; the areas of overlap by edges
(`gis.overlay.kernel`) say pair by pair whether to believe them.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gis.crs import AreaBasis, require_area_crs
from gis.errors import TopologyError
from gis.overlay.cover import polygons_only
from gis.overlay.edges import require_valid
from gis.overlay.pairs import RESOLUTION_M2, measure_areas, shared_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geopandas import GeoDataFrame

__all__ = ["Claims", "find_claims", "find_faces"]

#: Grid of the second try where the faces of full precision have the wrong area: 1 µm.
GRID_M = 1e-6
#: How far building a face may move an outline, in units of the coordinates' last place.
PLACES = 8
FACE_COLUMNS = ["face_id", "zone_id", "claimants_count", "area_m2"]
MEMBER_COLUMNS = ["face_id", "parcel_id", "zone_id", "area_m2", "holds"]
TYPES = {"claimants_count": "int64", "area_m2": "float64", "holds": "bool"}


@dataclasses.dataclass(frozen=True)
class Claims:
    """Ground that two or more parcels of a zone claim.

    Attributes
    ----------
    faces
        face_id, zone_id, claimants_count, area_m2 on the run's basis and geometry; no two share ground. They are
        numbered by zone in the order of their geometry.
    members
        A row a face and claimant: face_id, parcel_id, zone_id, area_m2 of the face, and ``holds``: whether it
        still claims the face after a declared priority (all do without one).
    """

    faces: GeoDataFrame
    members: pd.DataFrame

    @property
    def doubled_m2(self) -> dict[str, float]:
        """The m² by zone that a sum over its parcels counts too often: Σ (claimants − 1) · area of the face."""
        again = self.faces["area_m2"] * (self.faces["claimants_count"] - 1)
        return {str(zone): math.fsum(areas) for zone, areas in again.groupby(self.faces["zone_id"])}

    def on_basis(self, basis: AreaBasis) -> Claims:
        """Return the same faces with their m² on another basis."""
        if not len(self.faces):
            return self
        faces = self.faces.assign(area_m2=measure_areas(self.faces, basis=basis))
        areas = self.members["face_id"].map(faces.set_index("face_id")["area_m2"]).astype("float64")
        return Claims(faces, self.members.assign(area_m2=areas))

    def settled_by(self, values: pd.Series[Any], *, greatest: bool) -> Claims:
        """Return the claims where, of each face, only the claimants of the greatest (or least) value hold it.

        Parameters
        ----------
        values
            By parcel_id: days or numbers. A parcel without a value could come before any, so that it holds the face
            still beside the first of the others, and so do claimants that are equal: the face stays contested.
        greatest
            Whether the greatest comes first (such as the newest day) or the least.
        """
        # Ranks are whole numbers in the order of the values: days and numbers compare alike.
        ranks = values.rank(method="dense", ascending=greatest)
        rank = self.members["parcel_id"].map(ranks)
        best = rank.groupby(self.members["face_id"]).transform("max")
        holds = (rank == best) | rank.isna()
        return dataclasses.replace(self, members=self.members.assign(holds=holds.to_numpy()))


def find_claims(parcels: GeoDataFrame, *, basis: AreaBasis = "planar") -> Claims:
    """Return the ground that several parcels of one zone claim.

    Parameters
    ----------
    parcels
        From `gis.measure_parcels`: clipped to their zones.
    basis
        What the parcels' m² are on.

    Raises
    ------
    TopologyError
        If a shape is invalid, or the areas of overlap by edges do not bear the faces out.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> facts = {"parcel_id": ["a", "b"], "zone_id": ["Z", "Z"]}
    >>> parcels = gpd.GeoDataFrame(facts, geometry=[box(0, 0, 6, 10), box(4, 0, 10, 10)], crs=4549)
    >>> found = find_claims(parcels)
    >>> found.faces[["claimants_count", "area_m2"]].values.tolist(), found.doubled_m2
    ([[2.0, 20.0]], {'Z': 20.0})
    """
    import geopandas as gpd

    require_area_crs(parcels.crs, where="parcels")
    zone_ids = parcels["zone_id"].astype("object").to_numpy()
    shapes, ids = np.asarray(parcels.geometry.array), parcels["parcel_id"].astype("str").to_numpy()
    faces, members = [], []
    for zone_id in sorted(set(zone_ids[parcels["zone_id"].notna().to_numpy()])):
        rows = np.flatnonzero(zone_ids == zone_id)
        found, of_face = find_faces(shapes[rows], ids[rows])
        if not len(found):
            continue
        names = [f"{zone_id}/{number}" for number in range(1, len(found) + 1)]
        counts = np.bincount(of_face[:, 0], minlength=len(found))
        own = gpd.GeoDataFrame(
            {"face_id": names, "zone_id": str(zone_id), "claimants_count": counts}, geometry=found, crs=parcels.crs
        )
        faces.append(own.assign(area_m2=measure_areas(own, basis=basis)))
        holder = pd.DataFrame({"face_id": np.array(names)[of_face[:, 0]], "parcel_id": ids[rows[of_face[:, 1]]]})
        members.append(holder.merge(faces[-1][["face_id", "zone_id", "area_m2"]], on="face_id"))
    if not faces:
        empty = gpd.GeoDataFrame(_typed(FACE_COLUMNS), geometry=[], crs=parcels.crs)
        return Claims(empty, pd.DataFrame(_typed(MEMBER_COLUMNS)))
    table = gpd.GeoDataFrame(pd.concat(faces, ignore_index=True), geometry="geometry", crs=parcels.crs)
    listed = pd.concat(members, ignore_index=True).assign(holds=True)
    return Claims(table[[*FACE_COLUMNS, "geometry"]], listed[MEMBER_COLUMNS])


def _typed(columns: list[str]) -> dict[str, pd.Series[Any]]:
    """Return empty columns of the types that full ones have."""
    return {name: pd.Series([], dtype=TYPES.get(name, "str")) for name in columns}


def find_faces(shapes: Any, names: Sequence[str] | Any) -> tuple[Any, Any]:
    """Return the faces of ground that two or more shapes of one layer hold.

    Parameters
    ----------
    shapes
        Valid polygons; several may be the same.
    names
        Of the shapes, for messages only.

    Returns
    -------
    The faces in the order of their geometry, and (k, 2) whole numbers: face and shape that holds it.

    Raises
    ------
    TopologyError
        If a shape is invalid, or the areas of overlap by edges do not bear the faces out.
    """
    require_valid(shapes, names)
    pairs, areas = shared_pairs(shapes)
    if not len(pairs):
        return np.array([], dtype=object), np.zeros((0, 2), dtype=np.int64)
    rows = np.unique(pairs)
    written = np.empty(len(rows), dtype=object)
    written[:] = shapely.to_wkb(shapely.normalize(shapes[rows]))
    _, first, same = np.unique(written, return_index=True, return_inverse=True)
    distinct = shapely.normalize(shapes[rows[first]])
    place = np.full(len(shapes), -1)
    place[rows] = same.reshape(-1)
    wrong = pairs[:0]
    # Near the origin a crossing is rounded a thousand times finer; taking whole metres off a coordinate is exact.
    nearby = np.floor(shapely.bounds(distinct)[:, :2].min(axis=0))
    for grid, origin in ((None, np.zeros(2)), (None, nearby), (GRID_M, np.zeros(2))):
        faces, holders = _arranged(distinct, np.bincount(same.reshape(-1)), grid, origin)
        wrong = _unbelievable(faces, holders, distinct, pairs=(pairs, areas, place[pairs]))
        if not len(wrong):
            expanded = pd.DataFrame(holders, columns=["face", "distinct"]).merge(
                pd.DataFrame({"distinct": place[rows], "shape": rows}), on="distinct"
            )
            return faces, expanded[["face", "shape"]].sort_values(["face", "shape"]).to_numpy(dtype=np.int64)
    ids = sorted({str(np.asarray(names)[row]) for row in np.unique(wrong)})
    raise TopologyError("claims_untrusted", ids=ids, count=len(ids))


def _arranged(distinct: Any, times: Any, grid: float | None, origin: Any) -> tuple[Any, Any]:
    """Return faces held at least twice, and (k, 2) face and distinct shape; a shape that occurs twice holds twice."""
    local = shapely.transform(distinct, lambda places: places - origin)
    lines = shapely.union_all(shapely.boundary(local), grid_size=grid)
    parts = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    found = shapely.STRtree(shapely.point_on_surface(parts)).query(local, predicate="contains").T
    parts = shapely.transform(parts, lambda places: places + origin)
    # Rounded to where the shapes lie, a hair of a face may cross itself.
    for crossed in np.flatnonzero(~shapely.is_valid(parts)):
        parts[crossed] = polygons_only(shapely.make_valid(parts[crossed]))
    parts = shapely.normalize(parts)
    counts = np.bincount(found[:, 1], weights=times[found[:, 0]], minlength=len(parts))
    kept = np.flatnonzero((counts > 1) & (shapely.area(parts) > RESOLUTION_M2))
    written = np.empty(len(kept), dtype=object)
    written[:] = shapely.to_wkb(parts[kept])
    kept = kept[np.argsort(written, kind="stable")]
    number = np.full(len(parts), -1)
    number[kept] = np.arange(len(kept))
    holders = np.column_stack([number[found[:, 1]], found[:, 0]])
    return parts[kept], holders[holders[:, 0] >= 0]


def _unbelievable(faces: Any, holders: Any, distinct: Any, *, pairs: tuple[Any, Any, Any]) -> Any:
    """Return the pairs whose overlap by edges is not the area of the faces that both hold."""
    positions, areas, places = pairs
    table = pd.DataFrame(holders, columns=["face", "one"])
    both = table.merge(table.rename(columns={"one": "other"}), on="face")
    both = both[both["one"] <= both["other"]]
    of_faces = both.assign(area=shapely.area(faces)[both["face"]]).groupby(["one", "other"])["area"].sum()
    low, high = places.min(axis=1), places.max(axis=1)
    by_edges = pd.Series(areas, index=pd.MultiIndex.from_arrays([low, high], names=["one", "other"]))
    by_edges = by_edges[~by_edges.index.duplicated()]
    # A shape with itself is a pair only where the layer has it twice.
    mixed = of_faces[of_faces.index.get_level_values("one") != of_faces.index.get_level_values("other")]
    every = by_edges.index.union(mixed.index)
    one, other = (every.get_level_values(level).to_numpy(dtype=np.int64) for level in ("one", "other"))
    size, length = shapely.area(distinct), shapely.length(distinct)
    reach = np.spacing(np.abs(shapely.bounds(distinct)).max(axis=1))
    allowed = (
        10 * RESOLUTION_M2
        + 1e-9 * np.minimum(size[one], size[other])
        + PLACES * np.maximum(reach[one], reach[other]) * (length[one] + length[other])
    )
    apart = np.abs(by_edges.reindex(every, fill_value=0.0) - of_faces.reindex(every, fill_value=0.0))
    bad = set(every[(apart > allowed).to_numpy()])
    if not bad:
        return positions[:0]
    hit = np.array([key in bad for key in zip(low, high, strict=True)])
    return positions[hit] if hit.any() else positions
