"""How much a survey may be off before a check speaks: one table of limits, each with its unit."""

from __future__ import annotations

import dataclasses
import math

from gis.errors import InputError

__all__ = ["Tolerances"]


@dataclasses.dataclass(frozen=True)
class Tolerances:
    """The limits of the geometry, topology and area checks.

    They are the toolkit's own, chosen for cadastral data surveyed to some centimetres; none of
    them is a rule of law. A run file may change each of them, and a report names them.

    Parameters
    ----------
    sliver_width_m
        A shape or gap narrower than this on average (2·area / perimeter) is a sliver. The default
        is twice the 10 cm that two surveys of one boundary point may lie apart.
    sliver_area_m2
        A shape below this area is a sliver if it is thin; an enclosed gap below it is a gap and
        not land outside the parcels.
    sliver_thinness
        4π·area / perimeter² (1 for a circle, 0.1 for a strip of 1:30) below which a small shape
        is thin.
    overlap_m2, gap_m2, outside_m2
        An overlap, a gap, a part outside the boundary of at most this is summed up in a note; a
        larger one is an issue of its own. 1 m² is a shift of 1 cm along 100 m.
    land_not_in_parcels_ratio
        Share of the boundary's area that may lie in no parcel, gaps aside; above it a run stops until
        a person accepts it with a reason. Streets and water take 17 to 20 % of the synthetic zone, and
        a quarter is as much as a plan gives them: with more, parcels are likely to be missing.
    area_difference_ratio
        Relative difference between recorded and measured area that passes: 0.1 % covers the
        planar against the ellipsoidal area in Shanghai (up to 0.085 %).
    area_rounding_m2
        Difference that passes whatever the ratio: hectares are recorded to four decimals.
    area_difference_m2
        Difference that is an issue whatever the ratio, unless the ellipsoidal area explains it: 0.1 % of a parcel of
        1 km² is 1,000 m², and a drift of a third of a mu (0.3 亩) is no rounding on any parcel.
    least_area_m2, least_area_ratio
        A parcel smaller than this, or than this share of the median parcel, is hardly land of its own: 1 m², and a
        thousandth (5 m² where parcels measure 5,000 m²).
    spike_angle_deg
        A vertex whose two edges enclose less than this angle is a spike.
    vertex_gap_m
        Neighbouring vertices closer than this are one point digitised twice.
    vertices_count
        More vertices than this in one shape are worth a note.
    plausible_far
        A floor area ratio above this is doubted.
    repair_m2
        A repair that changes the area of a shape by more than this is refused.
    methods_agree_m2
        Two methods for one area may differ by this much before the difference is reported.

    Raises
    ------
    InputError
        If a limit is negative or not a number.

    Examples
    --------
    >>> Tolerances().gap_m2, Tolerances(gap_m2=0.25).gap_m2
    (1.0, 0.25)
    """

    sliver_width_m: float = 0.2
    sliver_area_m2: float = 10.0
    sliver_thinness: float = 0.1
    overlap_m2: float = 1.0
    gap_m2: float = 1.0
    outside_m2: float = 1.0
    land_not_in_parcels_ratio: float = 0.25
    area_difference_ratio: float = 0.001
    area_rounding_m2: float = 0.5
    area_difference_m2: float = 200.0
    least_area_m2: float = 1.0
    least_area_ratio: float = 0.001
    spike_angle_deg: float = 1.0
    vertex_gap_m: float = 0.001
    vertices_count: float = 10_000
    plausible_far: float = 20.0
    repair_m2: float = 1.0
    methods_agree_m2: float = 0.01

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not (math.isfinite(value) and value >= 0):
                raise InputError("tolerance_invalid", name=field.name, found=value)
