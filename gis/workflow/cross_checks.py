"""What a report shows beside its figures: areas on the second basis, and overlaps computed twice."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import Any, Literal

import pandas as pd

from gis.analyses import flipping_findings
from gis.areas import km2_text, m2_text, signed
from gis.reports import percent_beside
from gis.schema import text
from gis.workflow.balances import Measured

__all__ = ["cross_checks"]

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")
NAMED_AREAS = ("approved_area_m2", "fenced_area_m2", "accepted_area_m2")


def cross_checks(measured: Measured) -> list[dict[str, Any]]:
    """Return rows of name, value, unit and note; name and note in both languages.

    They are: the ellipsoidal area of each zone against the planar one (ppm), each area that the
    approval names against the zone's (m²), each verdict that is another one on the other area basis,
    and the largest difference between the two methods of each overlay.
    """
    rows: list[dict[str, Any]] = []
    for zone in measured.zones.to_dict("records"):
        planar, ellipsoidal = zone["measured_area_m2"], zone["ellipsoidal_area_m2"]
        ppm = f"{(planar / ellipsoidal - 1) * 1e6:+.0f}"
        facts = {"zone": zone["zone_name"], "planar": m2_text(planar), "ppm": ppm}
        rows.append(_row("ellipsoidal", ellipsoidal, **facts))
        for field in NAMED_AREAS:
            if not pd.isna(zone[field]):
                difference = zone["zone_area_m2"] - zone[field]
                sizes = {"m2": signed(m2_text(difference)), "km2": signed(km2_text(difference))}
                facts = {"zone": zone["zone_name"], **sizes}
                rows.append(_row(field, zone[field], **facts))
    rows += _flips(measured)
    rows.append(_row("position", float("nan")))
    for check in measured.verification:
        facts = {
            "overlay": check["overlay"],
            "basis": check["area_basis"],
            "pairs": check["pairs"],
            "count": check["pairs_checked"],
            "empty": check["empty_pairs_checked"],
        }
        rows.append(_row("twice", check["largest_difference_m2"], **facts))
    largest = max((abs(check["difference_m2"]) for check in measured.outlines), default=0.0)
    rows.append(_row("outlines", largest, count=len(measured.outlines)))
    return rows


def _flips(measured: Measured) -> list[dict[str, Any]]:
    """Return how many verdicts were judged on both bases and how many flip, then those of zones by name."""
    other = "planar" if measured.area_basis.startswith("ellipsoidal") else "ellipsoidal"
    rows = []
    for balance in measured.balances.values():
        judged = balance.findings[balance.findings["other_basis_verdict"] != ""]
        if not len(judged):
            continue
        flips = flipping_findings(judged)
        of_zones = flips[flips["entity_table"] != "parcels"]
        counts = {"judged": len(judged), "zones": len(of_zones), "parcels": len(flips) - len(of_zones)}
        rows.append(_row(f"flips_{other}", len(flips), unit="count", **counts))
        names = measured.zones.set_index("zone_id")["zone_name"]
        rows += [_flip(f"flip_{other}", flip, names[flip["zone_id"]]) for flip in of_zones.to_dict("records")]
    return rows


def _flip(key: str, flip: Mapping[Hashable, Any], zone: str) -> dict[str, Any]:
    observed, others = flip["observed"], flip["other_basis_observed"]
    floor = float(Fraction(flip["threshold"]))
    return _row(
        key, others, unit="ratio", zone=zone, own=percent_beside(observed, floor), others=percent_beside(others, floor),
        verdict=f"status.{flip['verdict']}", other_verdict=f"status.{flip['other_basis_verdict']}",
    )  # fmt: skip


def _row(key: str, value: float, *, unit: str = "m2", **facts: Any) -> dict[str, Any]:
    note = "named_note" if key in NAMED_AREAS else f"{key.split('_', maxsplit=1)[0]}_note"
    told = {lang: {name: _told(fact, lang) for name, fact in facts.items()} for lang in LANGS}
    return {
        "name": {lang: text(f"cross.{key}", lang, **told[lang]) for lang in LANGS},
        "value": value,
        "unit": unit,
        "note": {lang: text(f"cross.{note}", lang, **told[lang]) for lang in LANGS},
    }


def _told(fact: Any, lang: Lang) -> Any:
    """Return a fact; the address of a status in words."""
    return text(fact, lang) if isinstance(fact, str) and fact.startswith("status.") else fact
