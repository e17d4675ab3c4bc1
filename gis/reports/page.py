"""The report as one HTML file: no network, no script, the same bytes for the same run."""

from __future__ import annotations

import functools
import importlib.resources
from pathlib import Path
from typing import Any

import pandas as pd

from gis.reports.content import ReportContent
from gis.reports.words import Lang, words
from gis.schema import text
from gis.units import HA_M2, MU_M2, round_to_sum
from gis.writing import atomic_file

__all__ = ["write_report"]

#: The page lists this many parcels at most; the workbook has them all.
LISTED_PARCELS = 500
STATUSES = (
    "idle", "idle_recognisable", "approved_not_built", "approved_not_supplied", "under_construction", "completed",
    "in_production", "undetermined",
)  # fmt: skip


def write_report(path: Path | str, content: ReportContent, *, lang: Lang = "zh") -> None:
    """Write the report of a run.

    Parameters
    ----------
    path
        The ``.html``; replaced only when everything was written.
    content
        What the run found. Text from files is escaped.
    lang
        ``"zh"`` or ``"en"``.
    """
    page = _environment().get_template("report.html.j2").render(
        lang=lang,
        t=lambda key, **facts: text(f"report.{key}", lang, **facts),
        content=content,
        land=[_land_table(zone, lang) for zone in _records(content, "idle_land")],
        listed=_listed(content, lang),
        green=_records(content, "green_ratio"),
        below=_below(content, lang),
        mixed=_records(content, "mixed_use"),
        shares=_shares(content),
        issues=_issues(content, lang),
        rules=[_rule(rule, lang) for rule in content.rules],
        checks=[{**check, "name": words(check["name"], lang), "note": words(check["note"], lang)}
                for check in content.cross_checks],
        notes=[words(note, lang) for balance in content.balances.values() for note in balance.notes],
    )  # fmt: skip
    with atomic_file(path) as temporary:
        temporary.write_text(page, "utf-8", newline="\n")


@functools.cache
def _environment() -> Any:
    import jinja2

    folder = importlib.resources.files("gis.reports") / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (folder / name).read_text("utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"m2": _m2, "percent": _percent, "day": _day}
    return environment


def _absent(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def _m2(value: Any) -> str:
    return "–" if _absent(value) else f"{value:,.2f}"


def _percent(value: Any) -> str:
    return "–" if _absent(value) else f"{value * 100:,.2f} %"


def _day(value: Any) -> str:
    return "–" if _absent(value) else value.date().isoformat()


def _records(content: ReportContent, name: str) -> list[dict[str, Any]]:
    balance = content.balances.get(name)
    return [] if balance is None else balance.zones.to_dict("records")


def _land_table(zone: dict[str, Any], lang: Lang) -> dict[str, Any]:
    """Return the lines of one zone; the rounded lines add up to the rounded totals."""
    lines = [(text(f"status.{status}", lang), zone[f"{status}_m2"], status) for status in STATUSES]
    rest = [(text("report.not_in_parcels", lang), zone.get("not_in_parcels_m2", float("nan")), "rest")]
    if zone["overlap_m2"]:
        rest.append((text("report.overlap", lang), -zone["overlap_m2"], "overlap"))
    whole = [*lines, *(line for line in rest if not _absent(line[1]))]
    areas = [area for _, area, _ in whole]
    shown = zip(whole, *(round_to_sum([area / float(unit) for area in areas], digits)
                         for unit, digits in ((1, 2), (HA_M2, 4), (MU_M2, 2))), strict=True)  # fmt: skip
    rows = [{"name": n, "status": s, "m2": m2, "ha": ha, "mu": mu, "share": a / zone["zone_area_m2"]}
            for (n, a, s), m2, ha, mu in shown]  # fmt: skip
    total = {unit: sum(row[unit] for row in rows) for unit in ("m2", "ha", "mu")}
    return {"zone": zone, "rows": rows, "total": total}


def _listed(content: ReportContent, lang: Lang) -> dict[str, Any]:
    """Return idle and underused parcels: why, since when, under which article, what comes next."""
    balance = content.balances.get("idle_land")
    if balance is None:
        return {"rows": [], "left_out": 0}
    table = balance.parcels
    chosen = table[table["status"].isin(["idle", "idle_recognisable"]) | (table["underused"] == "met")]
    rows = []
    for row in chosen.head(LISTED_PARCELS).to_dict("records"):
        why = [text(f"idle.{row['ground']}", lang)] if row["status"].startswith("idle") else []
        cited = [row["citation"]] if row["citation"] else []
        if row["underused"] == "met":
            why.append(text(f"idle.{row['underused_class']}", lang))
            cited.append(row["underused_citation"])
        row["why"], row["cited"] = "；".join(why), "；".join(cited)
        row["status_name"] = text(f"status.{row['status']}", lang)
        row["route_name"] = text(f"idle.route_{row['route']}", lang) if row["route"] else ""
        row["next_name"] = text(f"idle.{row['next_event']}", lang) if row["next_event"] else ""
        rows.append({key: "" if isinstance(value, float) and _absent(value) and key in {"parcel_name", "holder"} else value  # noqa: E501
                     for key, value in row.items()})  # fmt: skip
    return {"rows": rows, "left_out": len(chosen) - len(rows)}


def _below(content: ReportContent, lang: Lang) -> dict[str, Any]:
    balance = content.balances.get("green_ratio")
    if balance is None:
        return {"rows": [], "left_out": 0}
    chosen = balance.parcels[balance.parcels["verdict"] == "not_met"].sort_values(
        ["shortfall_m2", "parcel_id"], ascending=[False, True]
    )
    rows = chosen.head(LISTED_PARCELS).to_dict("records")
    for row in rows:
        row["ground"] = text(f"green.{row['floor_ground']}", lang)
    return {"rows": rows, "left_out": len(chosen) - len(rows)}


def _shares(content: ReportContent) -> list[dict[str, Any]]:
    balance = content.balances.get("mixed_use")
    if balance is None:
        return []
    shares = balance.tables["shares"]
    records: list[dict[str, Any]] = shares[shares["parcel_id"] == ""].to_dict("records")
    return records


def _issues(content: ReportContent, lang: Lang) -> list[dict[str, Any]]:
    frame = content.issues.to_frame(lang)
    counted = frame.groupby(["severity", "code", "title", "accepted_reason"], sort=False).size()
    return [
        {"severity": severity, "code": code, "title": title, "reason": reason, "count": int(count)}
        for (severity, code, title, reason), count in counted.items()
    ]


def _rule(rule: Any, lang: Lang) -> dict[str, Any]:
    return {**rule, "label": rule[f"label_{lang}"], "citation": rule[f"citation_{lang}"]}
