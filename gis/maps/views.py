"""The themes of the map: which class each parcel is in, and what the legend counts."""

from __future__ import annotations

import dataclasses
import functools
import math
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses import CONTESTED, OPEN_GROUNDS
from gis.analyses.ground import share_out
from gis.errors import SchemaError
from gis.maps.packing import least_integers
from gis.maps.words import Pair, both
from gis.units import HA_M2, round_to_sum
from gis.yaml_files import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

    from gis.maps.join import JoinedParcels
    from gis.maps.measures import Measure

__all__ = ["View", "attention", "claims_on", "ground_by_class", "make_views", "sign_of", "signs"]

NO_FINDING, UNDETERMINED = "no_finding", "undetermined"
RATIO_DIGITS = 9
#: Ground whose claimants are in different classes: a line of the legend, which no parcel is in.
CONTESTED_SIGN = {"fill": "#ffffff", "pattern": "back", "ink": "#8a2f00", "line": "#8a2f00", "width": 1}
#: Parts of a class that the page does not read.
HERE = {"below", "is_last", "word", "words"}
#: Statuses that the table of the page lists beside underused land.
LEGAL_STATUSES = ("idle", "idle_recognisable")


@functools.cache
def signs() -> dict[str, dict[str, Any]]:
    """Return the themes with their classes and signs, from ``assets/views.yaml``."""
    file = resources.files("gis.maps") / "assets" / "views.yaml"
    content: dict[str, dict[str, Any]] = parse_yaml(file.read_text("utf-8"), name="views.yaml")
    return content


@dataclasses.dataclass(frozen=True)
class View:
    """One theme: a class for every parcel.

    Attributes
    ----------
    name
        A key of `signs`, or the name of a measure.
    classes
        Key, words, sign, count, m² and hectares of each class, in the order of the legend.
    codes
        The place of each parcel's class in ``classes``.
    claimed_ha
        What the parcels' own areas hold more than once; the classes' hectares are of ground, each m² once.
    """

    name: str
    classes: list[dict[str, Any]]
    codes: NDArray[Any]
    title: Pair
    unit: Pair
    claimed_ha: float = 0.0

    def packed(self) -> dict[str, Any]:
        """Return the view as the page reads it."""
        return {
            "title": self.title,
            "unit": self.unit,
            "classes": self.classes,
            "codes": self.codes,
        } | ({"claimed_ha": self.claimed_ha} if self.claimed_ha else {})


def make_views(
    parcels: JoinedParcels, measures: Sequence[Measure] = (), *, themes: Collection[str] | None = None
) -> dict[str, View]:
    """Return the themes that the given balances and measures allow, or those named of them; without any, plain parcels.

    Examples
    --------
    >>> list(signs())
    ['status', 'ground', 'age', 'underused', 'underused_class', 'green', 'mixed', 'plain']
    """
    makers: dict[str, tuple[str, Callable[[JoinedParcels], pd.Series[str]]]] = {
        "status": ("idle_land", _status),
        "ground": ("idle_land", _ground),
        "age": ("idle_land", _age),
        "underused": ("idle_land", _underused),
        "underused_class": ("idle_land", _underused_class),
        "green": ("green_ratio", _green),
        "mixed": ("mixed_use", _mixed),
    }
    land, views = (parcels.frame["parcel_id"], parcels.frame["area_m2"], claims_on(parcels)), {}
    for name, (balance, classify) in makers.items():
        if balance in parcels.balances and (themes is None or name in themes):
            views[name] = _view(name, classify(parcels).where(parcels.has(balance), NO_FINDING), land)
    for measure in measures:
        classes, scale = measure.classify(parcels.frame["parcel_id"])
        views[measure.name] = _counted(measure.name, classes, land, scale, (measure.title, measure.unit))
    if not views:
        views["plain"] = _view("plain", pd.Series("parcel", index=parcels.frame.index), land)
    return views


#: Ids, m² and claims of the parcels.
Land = tuple["pd.Series[str]", "pd.Series[float]", "pd.DataFrame | None"]


def claims_on(parcels: JoinedParcels) -> pd.DataFrame | None:
    """Return who claims which ground, where the idle-land balance has several claimants of some."""
    idle = parcels.balances.get("idle_land")
    return None if idle is None else idle.tables.get("claims")


def ground_by_class(classes: Any, ids: Any, claims: pd.DataFrame) -> tuple[dict[str, float], float, float]:
    """Return m² to take off each class, contested m², and m² that the parcels hold more than once."""
    shares = share_out(claims, claims["parcel_id"].map(pd.Series(np.asarray(classes), index=np.asarray(ids))))
    off: dict[str, float] = {}
    for (_, key), area in shares.taken.items():
        off[key] = off.get(key, 0.0) + area
    contested = math.fsum(shares.contested["area_m2"])
    return off, contested, math.fsum(off.values()) - contested


def _status(parcels: JoinedParcels) -> pd.Series[str]:
    return parcels.frame["idle_land.status"].fillna(UNDETERMINED)


def _underused(parcels: JoinedParcels) -> pd.Series[str]:
    return parcels.frame["idle_land.underused"].fillna(UNDETERMINED)


def _ground(parcels: JoinedParcels) -> pd.Series[str]:
    ground = parcels.frame["idle_land.ground"].fillna("")
    return ground.mask(ground.isin(["", *OPEN_GROUNDS]), UNDETERMINED)


def _age(parcels: JoinedParcels) -> pd.Series[str]:
    """Place idle land, found or to be found, by the full years it has been so on the as-of date."""
    status = parcels.frame["idle_land.status"]
    since = pd.to_datetime(parcels.frame["idle_land.status_since"]).dt
    day = parcels.balances["idle_land"].as_of
    before = (since.month > day.month) | ((since.month == day.month) & (since.day > day.day))
    years = (day.year - since.year - before.astype("int64")).astype("float64")
    steps = _steps("age", years).where(years.notna(), UNDETERMINED)
    other = status.fillna(UNDETERMINED).where(status == UNDETERMINED, "not_idle").mask(status.isna(), UNDETERMINED)
    return steps.where(status.isin(LEGAL_STATUSES), other)


def _underused_class(parcels: JoinedParcels) -> pd.Series[str]:
    verdict = _underused(parcels)
    named = parcels.frame["idle_land.underused_class"].fillna("").str.removeprefix("underused_")
    return verdict.where((verdict != "met") | (named == ""), named)


def _steps(name: str, values: pd.Series[float]) -> pd.Series[str]:
    """Return the step of the colour scale that each value is in."""
    classes = signs()[name]["classes"]
    limits = {sign["below"]: key for key, sign in classes.items() if "below" in sign}
    last = next(key for key, sign in classes.items() if sign.get("is_last"))
    place = np.searchsorted(sorted(limits), values.fillna(0.0).to_numpy(), side="right")
    scale = [*(limits[limit] for limit in sorted(limits)), last]
    return pd.Series(np.array(scale, dtype=object)[place], index=values.index, dtype="str")


def _green(parcels: JoinedParcels) -> pd.Series[str]:
    """Place each parcel by ratio − floor; on which side of the floor it is, the verdict says."""
    frame = parcels.frame
    above = frame["green_ratio.green_ratio"].astype("float64") - frame["green_ratio.floor_ratio"].astype("float64")
    above = above.round(RATIO_DIGITS)  # 0.25 − 0.20 is a hair below 0.05 in floats
    verdict = frame["green_ratio.verdict"]
    least = float(np.nextafter(0, -1))
    settled = above.mask((verdict == "met") & (above < 0), 0.0).mask((verdict == "not_met") & (above >= 0), least)
    known = verdict.isin(["met", "not_met"]) & above.notna()
    return _steps("green", settled).where(known, UNDETERMINED)


def _mixed(parcels: JoinedParcels) -> pd.Series[str]:
    hill = parcels.frame["mixed_use.hill_1"].astype("float64")
    return _steps("mixed", hill).where(hill.notna(), UNDETERMINED)


def _class_words(view: str, key: str) -> Pair:
    sign = signs()[view]
    if key in {NO_FINDING, "parcel"} or (key == UNDETERMINED and sign["text"] != "status"):
        return both(f"map.class_{key}")
    own = sign["classes"][key].get("word")
    return both(own or f"{sign['text']}.{sign.get('prefix', '')}{key}")


def sign_of(view: str, key: str) -> dict[str, Any]:
    """Return key, words and sign of a class, without counts."""
    if key == CONTESTED:
        return {"key": key, "words": both("map.class_contested"), **CONTESTED_SIGN}
    sign = signs()[view]["classes"][key]
    return {"key": key, "words": _class_words(view, key)} | {p: v for p, v in sign.items() if p not in HERE}


def _view(name: str, classes: pd.Series[str], land: Land) -> View:
    known = signs()[name]["classes"]
    unknown = sorted(set(classes) - set(known))
    if unknown:
        raise SchemaError("map_class_unknown", column=name, values=unknown)
    scale = {key: dict(sign) | {"words": _class_words(name, key)} for key, sign in known.items()}
    if signs()[name].get("sparse"):
        scale = {key: sign for key, sign in scale.items() if (classes == key).any()}
    return _counted(name, classes, land, scale, (both(f"map.view_{name}"), both(f"map.view_{name}_unit")))


def _counted(
    name: str,
    classes: pd.Series[str],
    land: Land,
    scale: dict[str, dict[str, Any]],
    titles: tuple[Pair, Pair],
) -> View:
    ids, areas, claims = land
    by_class = areas.groupby(classes).agg(math.fsum)
    counts = classes.value_counts()
    # A class that no parcel is in stays out of the legend, unless the theme is about it.
    shown = [key for key in scale if key not in {NO_FINDING, UNDETERMINED} or counts.get(key, 0)]
    off, contested, claimed = ({}, 0.0, 0.0) if claims is None else ground_by_class(classes, ids, claims)
    areas_m2 = [max(0.0, float(by_class.get(key, 0.0)) - off.get(key, 0.0)) for key in shown]
    hectares = round_to_sum([area / HA_M2 for area in (*areas_m2, contested)], 2)
    place = {key: number for number, key in enumerate(shown)}
    legend = [
        {"key": key, "words": scale[key]["words"], "count": int(counts.get(key, 0)), "ha": ha}
        | {part: value for part, value in scale[key].items() if part not in HERE}
        for key, ha in zip(shown, hectares, strict=False)
    ]
    legend += [sign_of(name, CONTESTED) | {"count": 0, "ha": hectares[-1]}] if contested else []
    return View(
        name=name,
        classes=legend,
        codes=least_integers(classes.map(place)),
        title=titles[0],
        unit=titles[1],
        claimed_ha=round(claimed / HA_M2, 2),
    )


def attention(parcels: JoinedParcels) -> list[int]:
    """Return the places of the parcels that are idle, may be found idle, or are underused."""
    if "idle_land" not in parcels.balances:
        return []
    frame = parcels.frame
    wanted = frame["idle_land.status"].isin(LEGAL_STATUSES) | (frame["idle_land.underused"] == "met")
    return [int(place) for place in np.flatnonzero(wanted.to_numpy())]
