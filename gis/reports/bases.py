"""Area bases side by side: verdicts that hang on the basis, and deed, planar and ellipsoidal area of the parcels."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from gis.analyses import flipping_findings
from gis.areas import ABSENT, m2_text, percent_beside
from gis.errors import listed
from gis.reports.blocks import Callout, Cell, Head, Row, Table

if TYPE_CHECKING:
    import pandas as pd

    from gis.analyses import Balance
    from gis.reports.content import ReportContent
    from gis.reports.words import Voice

__all__ = ["area_tables", "basis_text", "flip_text", "flips_callout"]

PLANAR, ELLIPSOIDAL = "planar ", "ellipsoidal "
#: The page lists so many parcels; the workbook has them all.
LISTED = 20
SIZES = ("legal_area_m2", "measured_area_m2", "ellipsoidal_area_m2")
DIFFERENCES = ("measured_less_legal_m2", "ellipsoidal_less_legal_m2", "ellipsoidal_less_measured_m2")


def basis_text(area_basis: str, voice: Voice) -> str:
    """Return the area basis in words.

    Examples
    --------
    >>> from gis.reports.words import Voice
    >>> basis_text("planar EPSG:4549", Voice("en")), basis_text("ellipsoidal GRS80", Voice("zh"))
    ('planar area, EPSG:4549', '椭球面积，GRS80（CGCS2000 椭球）')
    """
    if area_basis.startswith(PLANAR):
        return voice.say("basis_planar", crs=area_basis.removeprefix(PLANAR))
    return voice.say("basis_ellipsoidal", ellipsoid=area_basis.removeprefix(ELLIPSOIDAL))


def _other(area_basis: str, voice: Voice) -> str:
    return voice.say("area_ellipsoidal" if area_basis.startswith(PLANAR) else "area_planar")


def flip_text(balance: Balance, zone_id: str, voice: Voice) -> str:
    """Return what a zone's verdict is on the other basis, where it is another one; else nothing."""
    flips = flipping_findings(balance.findings)
    own = flips[(flips["entity_table"] == "approved_boundaries") & (flips["entity_id"] == zone_id)]
    lines = [
        voice.say(
            "flips_to",
            basis=_other(balance.area_basis, voice),
            value=percent_beside(flip["other_basis_observed"], float(Fraction(flip["threshold"]))),
            verdict=voice.status(flip["other_basis_verdict"]),
        )
        for flip in own.to_dict("records")
    ]
    return "\n".join(lines)


def flips_callout(content: ReportContent, voice: Voice) -> Callout | None:
    """Return the box that names every verdict that hangs on the area basis, or None."""
    lines, count = [], 0
    for balance in content.balances.values():
        flips = flipping_findings(balance.findings)
        count += len(flips)
        for table, own in flips.groupby("entity_table", sort=True):
            named, ids = voice.named("table", str(table)), listed(sorted(own["entity_id"]))
            lines.append(voice.say("flips_line", table=named, count=len(own), ids=ids))
    if not count:
        return None
    title = voice.say("flips_title", count=count, basis=_other(content.area_basis, voice))
    return Callout(title, tuple(lines), "warning")


def area_tables(content: ReportContent, voice: Voice) -> tuple[Table, ...]:
    """Return the areas of the parcels of each zone on all three bases, and those furthest from their deed."""
    areas = content.areas
    if areas is None or not len(areas):
        return ()
    names = dict(zip(content.zones["zone_id"], content.zones["zone_name"], strict=True))
    outside = areas["zone_id"].isna()
    groups = [(str(names.get(zone_id, zone_id)), own) for zone_id, own in areas[~outside].groupby("zone_id", sort=True)]
    groups += [(voice.say("outside_zones"), areas[outside])] if outside.any() else []
    rows = [row for name, own in groups for row in _zone_rows(name, own, voice)]
    head = (
        Head(voice.say("zone"), width=22),
        Head(voice.say("parcels_count"), "number", 8),
        *_heads(voice),
    )
    return Table(voice.say("areas_by_zone"), head, tuple(rows), (voice.say("areas_note"),)), _furthest(areas, voice)


def _heads(voice: Voice) -> tuple[Head, ...]:
    return tuple(Head(voice.say(f"column_{name}"), "number", 12) for name in (*SIZES, *DIFFERENCES))


def _zone_rows(name: str, own: pd.DataFrame, voice: Voice) -> list[Row]:
    """Return the sums of the parcels with a deed area and of those without: only the former compare."""
    known = own["legal_area_m2"].notna()
    rows = []
    for key, part in (("with_deed_area", own[known]), ("without_deed_area", own[~known])):
        sums = [math.fsum(part[column]) for column in (*SIZES, *DIFFERENCES)]
        shown = [ABSENT if math.isnan(value) else m2_text(value) for value in sums]
        cells = (Cell(name, detail=voice.say(key)), Cell(f"{len(part):,}", "number"))
        rows += [Row((*cells, *(Cell(value, "number") for value in shown)))] if len(part) else []
    return rows


def _furthest(areas: pd.DataFrame, voice: Voice) -> Table:
    known = areas[areas["legal_area_m2"].notna()]
    size = known["measured_less_legal_m2"].abs()
    ordered = known.assign(size=size).sort_values(["size", "parcel_id"], ascending=[False, True]).head(LISTED)
    rows = [_parcel_row(record) for record in ordered.to_dict("records")]
    head = (Head(voice.say("parcel"), "id", 30), *_heads(voice))
    notes = (voice.say("areas_listed", count=len(rows), total=len(areas), sheet=voice.say("sheet_areas")),)
    return Table(voice.say("areas_furthest"), head, tuple(rows), notes if rows else (voice.say("none_listed"),))


def _parcel_row(record: Any) -> Row:
    name = record["parcel_name"] if isinstance(record["parcel_name"], str) else ""
    cells = (Cell(m2_text(record[column]), "number") for column in (*SIZES, *DIFFERENCES))
    return Row((Cell(str(record["parcel_id"]), "id", detail=name), *cells))
