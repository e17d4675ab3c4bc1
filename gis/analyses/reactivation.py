"""Which idle and underused land to take up first: a ranking by weights that the user sets.

Each of four terms is a share from 0 to 1, weighted and divided by the sum of the weights::

    area       recoverable m² / the largest recoverable m² among the candidates
    age        days since the status began / the longest such time
    route      the points of the best route that is open
    readiness  facts that are known / facts that are asked for
    score      Σ weight × term / Σ weight

Every weighted term is cut to six decimals before it is added, so a score is the sum of what it
opens to, exactly.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.resources
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.areas import SQUARE_MM
from gis.errors import InputError
from gis.units import exact_number
from gis.yaml_files import parse_yaml

if TYPE_CHECKING:
    from gis.analyses.findings import Balance

__all__ = ["CANDIDATE_COLUMNS", "Weights", "example_weights", "rank_candidates"]

TERMS = ("area", "age", "route", "readiness")
IDLE = ("idle", "idle_recognisable")
MILLIONTHS = 10**6
CANDIDATE_COLUMNS = [
    "rank", "parcel_id", "parcel_name", "holder", "zone_id", "status", "underused", "recoverable_m2", "since_date",
    "age_days", "best_route", "routes_open", "known_count", "asked_count", "encumbrances", "missing",
    "area_part", "age_part", "route_part", "readiness_part", "score", "source_file", "source_row",
]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Weights:
    """How much each term counts, and the points of each route from 0 to 1.

    Raises
    ------
    InputError
        If a name is unknown, a weight is negative or all are 0, or points lie outside 0 to 1.
    """

    weights: Mapping[str, Fraction]
    routes: Mapping[str, Fraction]

    def __post_init__(self) -> None:
        for given, known in ((self.weights, TERMS), (self.routes, tuple(_example()["routes"]))):
            unknown = sorted(set(given) - set(known))
            if unknown:
                raise InputError("weight_unknown", names=unknown, choices=list(known))
        weighed = all(weight >= 0 for weight in self.weights.values()) and sum(self.weights.values()) > 0
        if not weighed or not all(0 <= points <= 1 for points in self.routes.values()):
            raise InputError("weight_invalid", weights=_shown(self.weights), routes=_shown(self.routes))

    def replace(self, *, weights: Mapping[str, str] | None = None, routes: Mapping[str, str] | None = None) -> Weights:
        """Return weights with some of them set anew; the rest stays.

        Examples
        --------
        >>> str(example_weights().replace(weights={"age": "2.5"}).weights["age"])
        '5/2'
        """
        return Weights({**self.weights, **_exact(weights or {})}, {**self.routes, **_exact(routes or {})})


def _shown(values: Mapping[str, Fraction]) -> str:
    return ", ".join(f"{name}={float(value):g}" for name, value in values.items())


def _exact(raw: Mapping[str, Any]) -> dict[str, Fraction]:
    try:
        return {str(name): exact_number(str(value)) for name, value in raw.items()}
    except (ValueError, ZeroDivisionError):
        raise InputError("weight_unreadable", found=", ".join(f"{k}={v}" for k, v in raw.items())) from None


@functools.cache
def _example() -> dict[str, Any]:
    file = importlib.resources.files("gis.analyses") / "reactivation_weights.yaml"
    content: dict[str, Any] = parse_yaml(file.read_text("utf-8"), name="reactivation_weights.yaml")
    return content


def example_weights() -> Weights:
    """Return the weights to start from: an example, not law."""
    return Weights(_exact(_example()["weights"]), _exact(_example()["routes"]))


def rank_candidates(
    idle: Balance, *, weights: Weights | None = None, encumbrances: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Rank the land that is idle, may be found idle, or is underused.

    Parameters
    ----------
    idle
        From `gis.evaluate_idle_land`.
    weights
        How much each term counts; without them, `example_weights`.
    encumbrances
        By parcel id, what is known to lie on the land (mortgage, lease, seizure, or "none"); a
        parcel that is not named is not known.

    Returns
    -------
    `CANDIDATE_COLUMNS`, the highest score first, then by parcel id. Scores and weighted terms are
    `decimal.Decimal`; ``area_part + age_part + route_part + readiness_part == score``. Recoverable
    is the parcel's m² inside its zone. Without a date the age term is 0, and ``since_date`` is missing.

    Raises
    ------
    InputError
        If an encumbrance names a parcel that does not exist.
    """
    weights = weights or example_weights()
    known = encumbrances or {}
    unknown = sorted(set(known) - set(idle.parcels["parcel_id"]))
    if unknown:
        raise InputError("parcels_unknown", ids=unknown)
    table = _candidates(idle, known)
    if not len(table):
        return pd.DataFrame(columns=CANDIDATE_COLUMNS)
    areas = [round(area * SQUARE_MM) for area in table["recoverable_m2"]]
    ages = [max(int(days), 0) if pd.notna(days) else 0 for days in table["age_days"]]
    points = [{route: weights.routes.get(route, Fraction(0)) for route in routes} for routes in table["_routes"]]
    best = [max(sorted(own), key=lambda route, own=own: own[route]) for own in points]  # type: ignore[misc]
    shares = {
        "area": [Fraction(area, max(*areas, 1)) for area in areas],
        "age": [Fraction(age, max(*ages, 1)) for age in ages],
        "route": [own[route] for own, route in zip(points, best, strict=True)],
        "readiness": [Fraction(*pair) for pair in zip(table["known_count"], table["asked_count"], strict=True)],
    }
    whole = sum(weights.weights.values())
    for term in TERMS:
        share = weights.weights.get(term, Fraction(0)) / whole
        exact = [Decimal(int(share * own * MILLIONTHS)).scaleb(-6) for own in shares[term]]
        table[f"{term}_part"] = pd.Series(exact, index=table.index, dtype="object")
    table["best_route"] = best
    table["routes_open"] = [";".join(sorted(own)) for own in points]
    parts = [table[f"{term}_part"] for term in TERMS]
    scores = [sum(row, Decimal(0)) for row in zip(*parts, strict=True)]
    table["score"] = pd.Series(scores, index=table.index, dtype="object")
    table = table.sort_values("parcel_id").sort_values("score", ascending=False, kind="stable", ignore_index=True)
    return table.assign(rank=range(1, len(table) + 1))[CANDIDATE_COLUMNS]


def _candidates(idle: Balance, known: Mapping[str, str]) -> pd.DataFrame:
    parcels = idle.parcels
    chosen = parcels["zone_id"].notna() & (parcels["status"].isin(IDLE) | (parcels["underused"] == "met"))
    table = parcels[chosen].reset_index(drop=True)
    routes = idle.tables["routes"].set_index("parcel_id").reindex(table["parcel_id"]).reset_index()
    text = {name: routes[name].fillna("") for name in ("route", "contract_exit", "route_missing")}
    since = table["status_since"].where(table["status"].isin(IDLE))
    laid = pd.Series([known.get(parcel_id, "") for parcel_id in table["parcel_id"]], dtype="str")
    asked = pd.DataFrame(
        {
            "status": table["missing"] == "",
            "route": text["route_missing"] == "",
            "holder": table["holder"].notna(),
            "legal_area_m2": table["legal_area_m2"].notna(),
            "encumbrances": laid != "",
        }
    )
    pairs = zip(text["route"], text["contract_exit"], strict=True)
    opened = [[route] * bool(route) + ["contract_exit"] * bool(exits) or ["none"] for route, exits in pairs]
    lacking = [
        ";".join(str(name) for name, is_known in row.items() if not is_known) for row in asked.to_dict("records")
    ]
    return table.assign(
        recoverable_m2=table["area_m2"],
        since_date=since,
        age_days=(pd.Timestamp(idle.as_of) - since).dt.days,
        _routes=pd.Series(opened, index=table.index, dtype="object"),
        known_count=asked.sum(axis=1),
        asked_count=asked.shape[1],
        encumbrances=laid,
        missing=lacking,
    )
