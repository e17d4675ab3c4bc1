"""What a report shows beside its figures: areas on the second basis, and overlaps computed twice."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gis.schema import text
from gis.units import KM2_M2
from gis.workflow.balances import Measured

__all__ = ["cross_checks"]

NAMED_AREAS = ("approved_area_m2", "fenced_area_m2", "accepted_area_m2")


def cross_checks(measured: Measured) -> list[dict[str, Any]]:
    """Return rows of name, value, unit and note; name and note in both languages.

    They are: the ellipsoidal area of each zone against the planar one (ppm), each area that the
    approval names against the shape's (m²), and the largest difference between the two methods of
    each overlay.
    """
    rows = []
    for zone in measured.zones.to_dict("records"):
        planar, ellipsoidal = zone["zone_area_m2"], zone["ellipsoidal_area_m2"]
        ppm = f"{(planar / ellipsoidal - 1) * 1e6:+.0f}"
        facts = {"zone": zone["zone_name"], "planar": f"{planar:,.2f}", "ppm": ppm}
        rows.append(_row("ellipsoidal", ellipsoidal, **facts))
        for field in NAMED_AREAS:
            if not pd.isna(zone[field]):
                difference = round(planar - zone[field], 2) + 0.0
                facts = {"zone": zone["zone_name"], "m2": f"{difference:+,.2f}", "km2": f"{difference / KM2_M2:+.4f}"}
                rows.append(_row(field, zone[field], **facts))
    for check in measured.verification:
        facts = {"overlay": check["overlay"], "pairs": check["pairs"], "count": check["pairs_checked"]}
        facts["empty"] = check["empty_pairs_checked"]
        rows.append(_row("twice", check["largest_difference_m2"], **facts))
    return rows


def _row(key: str, value: float, **facts: Any) -> dict[str, Any]:
    note = "named_note" if key in NAMED_AREAS else f"{key}_note"
    return {
        "name": {"zh": text(f"cross.{key}", "zh", **facts), "en": text(f"cross.{key}", "en", **facts)},
        "value": value,
        "unit": "m2",
        "note": {"zh": text(f"cross.{note}", "zh", **facts), "en": text(f"cross.{note}", "en", **facts)},
    }
