"""Ground once: what the rows of parcels hold twice, taken off each figure of a zone in one row of its own.

Parcels keep what each of them claims. A zone's figure is of ground, so that between its rows and itself stands one
row, ``claimed_by_several``: Σ claims of one answer, less the ground of it. Ground whose claimants have *different*
answers (idle and in production; green that counts for one and not for the other) is in no answer's figure but
*contested*, and a verdict that could turn with it is undetermined.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses.idle_status import STATUSES
from gis.areas import SQUARE_MM
from gis.errors import listed
from gis.overlay import Claims, find_claims

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from geopandas import GeoDataFrame

__all__ = [
    "BLOCKS", "CLAIMED", "CLAIMED_CLAUSE", "CONTESTED", "NOT_SUPPLIED", "NO_PAIRS", "ROUNDING_M2", "SUPPLIED",
    "Shares", "claims_notes", "claims_of", "doubled_among", "ground_row", "lines_by_status", "ratio_limits",
    "share_out", "taken_off",
]  # fmt: skip

#: What stands for an entity in the row that takes off what parcels hold twice, and why it is there (in Chinese,
#: as balances cite; `gis.analyses.findings.citation_text` has the English).
CLAIMED, CLAIMED_CLAUSE = "claimed_by_several", "多宗地共同主张的土地：每平方米只计一次"
#: Ground whose claimants have different answers: a line of its own, and the row of a figure that it is added to.
CONTESTED = "contested"
#: Land that all claimants have been supplied with, and land that none has.
BLOCKS = SUPPLIED, NOT_SUPPLIED = ("supplied", "not_supplied")
IDLE = f"{SUPPLIED}/idle"
DIGITS = 6
CONTESTED_COLUMNS = ["zone_id", "face_id", "entity_id", "answers", "area_m2"]
#: Pairs of faces with a layer, where no ground is claimed by several.
NO_PAIRS = pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in (
    ("source_id", "str"), ("target_id", "str"), ("area_m2", "float64"))})  # fmt: skip
#: Smaller than this, what is left of an answer when its claims are taken off is rounding, not land.
ROUNDING_M2 = 1e-5


def claims_of(parcels: GeoDataFrame, claims: Claims | None) -> Claims:
    """Return the claims given, or those that the parcels' own shapes make."""
    if claims is not None:
        return claims
    on_ellipsoid = "area_basis" in parcels and parcels["area_basis"].astype("str").str.startswith("ellipsoidal").any()
    return find_claims(parcels, basis="ellipsoidal" if on_ellipsoid else "planar")


@dataclasses.dataclass(frozen=True)
class Shares:
    """What the claims to shared ground mean for a set of answers.

    Attributes
    ----------
    taken
        (zone_id, answer) → m² to take off the claims of that answer.
    contested
        A row a piece of ground whose holders have different answers: zone_id, face_id, entity_id (its claimants),
        answers (a frozenset), area_m2.
    """

    taken: Mapping[tuple[str, str], float]
    contested: pd.DataFrame

    def off(self, zone_id: str, answers: Iterable[str]) -> float:
        """Return the m² to take off the claims of some answers in a zone."""
        return math.fsum(self.taken.get((zone_id, answer), 0.0) for answer in answers)

    def once(
        self, rows: pd.DataFrame, zone_id: str, answers: Iterable[str], as_of: dt.date, *, unit: float = 1.0
    ) -> pd.DataFrame:
        """Return rows of claims with one more, below zero, where they hold ground twice or in dispute."""
        off = self.off(zone_id, answers)
        total = math.fsum(rows["value"])
        if abs(total - off) < ROUNDING_M2:
            off = total
        return taken_off(rows, off * unit, as_of)

    def disputed(self, zone_id: str, *, among: Iterable[str] | None = None) -> pd.DataFrame:
        """Return the contested ground of a zone; with ``among``, that whose answers are all among those."""
        own = self.contested[self.contested["zone_id"] == zone_id]
        if among is None:
            return own
        wanted = frozenset(among)
        return own[[answers <= wanted for answers in own["answers"]]]

    def disputed_rows(self, zone_id: str, as_of: dt.date) -> pd.DataFrame:
        """Return the contested ground of a zone as rows of a figure, a row a face."""
        own = self.disputed(zone_id)
        return pd.DataFrame({
            "entity_id": own["entity_id"], "value": own["area_m2"], "clause": CLAIMED_CLAUSE,
            "as_of": as_of.isoformat(), "source_file": "", "source_row": 0,
        }).reset_index(drop=True)  # fmt: skip


def ground_row(value: float, as_of: dt.date, *, entity: str = CLAIMED) -> pd.DataFrame:
    """Return one row of a figure that stands for no single parcel; none for no m²."""
    row = {"entity_id": entity, "value": value, "clause": CLAIMED_CLAUSE, "as_of": as_of.isoformat(),
           "source_file": "", "source_row": 0}  # fmt: skip
    return pd.DataFrame([row] if value else [], columns=list(row))


def doubled_among(claims: pd.DataFrame | None, parcel_ids: Iterable[str]) -> float:
    """Return what the areas of some parcels together hold more than once, in m².

    Parameters
    ----------
    claims
        The table ``claims`` of an idle-land balance; None where no ground is claimed by several.
    parcel_ids
        The parcels.
    """
    if claims is None:
        return 0.0
    faces = claims[claims["parcel_id"].isin(list(parcel_ids))].groupby("face_id")["area_m2"].agg(["size", "first"])
    return round(math.fsum((faces["size"] - 1) * faces["first"]), DIGITS)


def taken_off(rows: pd.DataFrame, off: float, as_of: dt.date) -> pd.DataFrame:
    """Return rows with one more that takes m² off them; none where there is nothing to take off."""
    return pd.concat([rows, ground_row(-off, as_of)], ignore_index=True) if off else rows


def claims_notes(claims: Claims) -> tuple[str, ...]:
    """Return the addresses of what a reader must know where several parcels claim one ground."""
    if not len(claims.faces):
        return ()
    settled = not claims.members["holds"].all()
    return ("ground.note_claims", "ground.note_claims_settled" if settled else "ground.note_claims_open")


def share_out(members: pd.DataFrame, answers: Any, *, weights: Any = None) -> Shares:
    """Return what is to take off the claims of each answer, and what is contested.

    Of an answer is the ground all of whose holders have it; it takes ``Σ claims of the answer to shared ground −
    Σ that ground`` off its claims. Ground with holders of different answers is contested, and all claims to it
    are taken off.

    Parameters
    ----------
    members
        As of `gis.overlay.Claims`: face_id, parcel_id, zone_id, area_m2, holds.
    answers
        The answer of each member, in its order.
    weights
        What a m² of each member counts for; of contested ground the greatest is stated.

    Examples
    --------
    >>> facts = {"face_id": ["f", "f", "g", "g"], "parcel_id": ["a", "b", "b", "c"], "zone_id": "Z", "holds": True}
    >>> members = pd.DataFrame(facts | {"area_m2": [4.0, 4.0, 1.0, 1.0]})
    >>> shares = share_out(members, ["idle", "idle", "idle", "built"])
    >>> shares.taken, shares.contested["area_m2"].tolist()
    ({('Z', 'built'): 1.0, ('Z', 'idle'): 5.0}, [1.0])
    """
    if not len(members):
        return Shares({}, pd.DataFrame({name: [] for name in CONTESTED_COLUMNS}))
    terms: dict[tuple[str, str], list[float]] = {}
    held: dict[str, tuple[str, set[str], list[float], list[str]]] = {}
    counted = (members["area_m2"] * (1.0 if weights is None else weights)).round(DIGITS)
    columns = (members["face_id"], members["parcel_id"], members["zone_id"], counted, members["holds"], answers)
    for face, parcel, zone, area, holds, answer in zip(*columns, strict=True):
        terms.setdefault((zone, answer), []).append(area)
        if holds:
            _, its, areas, parcels = held.setdefault(face, (zone, set(), [], []))
            its.add(answer)
            areas.append(area)
            parcels.append(parcel)
    contested = []
    for face, (zone, its, areas, parcels) in held.items():
        if len(its) == 1:
            terms[zone, next(iter(its))].append(-areas[0])
        elif max(areas) > 0:
            contested.append((zone, face, listed(sorted(parcels)), frozenset(its), max(areas)))
    taken = {key: round(math.fsum(values), DIGITS) for key, values in sorted(terms.items())}
    return Shares(taken, pd.DataFrame(contested, columns=CONTESTED_COLUMNS))


Line = tuple[str, str, int, int]


def lines_by_status(land: pd.DataFrame, shares: Shares, zone_id: str | None) -> list[Line]:
    """Return the ground of a zone by block and status: block, line, number of parcels, whole mm².

    Parameters
    ----------
    land
        A row a parcel inside a zone: zone_id, block, line (a status), area_m2.
    shares
        Of the answers ``block/line``.
    zone_id
        None for all zones.

    Returns
    -------
    Every status that occurs, by block; after them, where there is any, ground of the block whose holders differ in
    status (line ``contested``); last, in block ``contested``, ground that is supplied for one holder and not for
    another.
    """
    own = land if zone_id is None else land[land["zone_id"] == zone_id]
    zones = [zone_id] if zone_id is not None else sorted(set(land["zone_id"]))
    found: list[Line] = []
    sums = dict(list(own.groupby(["block", "line"])["area_m2"]))
    rest = [shares.disputed(str(zone)) for zone in zones]
    apart = pd.concat(rest) if rest else shares.contested
    for block in BLOCKS:
        for status in STATUSES:
            if (block, status) in sums:
                areas = sums[block, status]
                off = math.fsum(shares.off(str(zone), [f"{block}/{status}"]) for zone in zones)
                found.append((block, status, len(areas), _whole(areas) - round(off * SQUARE_MM)))
        inside = apart[[all(answer.startswith(f"{block}/") for answer in answers) for answers in apart["answers"]]]
        apart = apart.drop(inside.index)
        if len(inside):
            found.append((block, CONTESTED, 0, _whole(inside["area_m2"])))
    if len(apart):
        found.append((CONTESTED, CONTESTED, 0, _whole(apart["area_m2"])))
    return [(*line[:3], 0 if abs(line[3]) < ROUNDING_M2 * SQUARE_MM else line[3]) for line in found]


def _whole(areas: Any) -> int:
    """Return a sum of areas in whole mm²."""
    return int(np.rint(np.asarray(areas, dtype="float64") * SQUARE_MM).astype(np.int64).sum())


def ratio_limits(shares: Shares, zone_id: str) -> dict[str, tuple[float, float]]:
    """Return what contested ground adds to idle and to supplied land where the idle ratio is least and greatest.

    Idle over supplied land is least if every dispute goes to a holder that is not idle, and supplied where it can;
    greatest if it goes to an idle one, and else to one that was not supplied. (0, 0) twice where nothing that the
    ratio hangs on is contested.
    """
    least, most_idle, most_supplied = [], [], []
    own = shares.disputed(zone_id)
    for answers, area in zip(own["answers"], own["area_m2"], strict=True):
        is_open = any(answer.startswith(f"{NOT_SUPPLIED}/") for answer in answers)
        if IDLE in answers:
            most_idle.append(area)
            most_supplied += [area] if is_open else []
        if is_open and any(answer.startswith(f"{SUPPLIED}/") and answer != IDLE for answer in answers):
            least.append(area)
    return {"least": (0.0, math.fsum(least)), "most": (math.fsum(most_idle), math.fsum(most_supplied))}
