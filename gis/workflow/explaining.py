"""Why a parcel has its status: facts with their source row, rule with its article, and what comes next."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd

from gis.analyses import citation_text
from gis.errors import SchemaError, listed
from gis.schema import fields_of, label, text
from gis.workflow.balances import Measured
from gis.workflow.loading import Loaded

__all__ = ["explain_parcel"]

Lang = Literal["en", "zh"]
FACTS = (
    "supply_status", "supply_date", "delivery_date", "agreed_commencement_date", "commencement_date", "suspension_date",
    "completion_date", "agreed_production_date", "production_date", "construction_state", "delay_cause",
    "developed_area_m2", "land_to_develop_m2", "invested_cny", "total_investment_cny", "efficiency_grade",
)  # fmt: skip


def explain_parcel(loaded: Loaded, measured: Measured, parcel_id: str, *, lang: Lang = "zh") -> list[str]:
    """Return the chain from facts to verdict of one parcel, as lines.

    Raises
    ------
    SchemaError
        If the run has no parcel of that id, letter for letter.
    """
    table = measured.balances["idle_land"].parcels
    found = table[table["parcel_id"] == parcel_id]
    if not len(found):
        alike = [id_ for id_ in table["parcel_id"] if parcel_id.lstrip("0") in id_]
        raise SchemaError("parcel_unknown", parcel=parcel_id, choices=listed(alike))
    row = found.iloc[0]
    record = loaded.tables["parcels"].set_index("parcel_id").loc[parcel_id]
    lines = [text("explain.head", lang, parcel=parcel_id, name=_or(row["parcel_name"]), as_of=loaded.run.as_of)]
    lines.append(text("explain.source", lang, file=row["source_file"], row=row["source_row"]))
    lines.append(text("explain.area", lang, area=f"{row['area_m2']:,.2f}", basis=measured.area_basis))
    lines.append(text("explain.facts", lang))
    lines += [
        f"  {label('parcels', name, lang)}: {_shown(record[name])}" for name in FACTS if not pd.isna(record[name])
    ]
    lines.append(text("explain.status", lang, status=text(f"status.{row['status']}", lang),
                      ground=text(f"idle.{row['ground']}", lang)))  # fmt: skip
    if row["clock_start_ground"]:
        ground = text(f"idle.{row['clock_start_ground']}", lang)
        lines.append(text("explain.clock", lang, day=_shown(row["clock_start"]), ground=ground))
    if not pd.isna(row["status_since"]):
        lines.append(text("explain.since", lang, day=_shown(row["status_since"])))
    if row["citation"]:
        lines.append(text("explain.article", lang, citation=_cited(measured, row["citation"], lang)))
    if row["route"]:
        lines.append(text("explain.route", lang, route=text(f"idle.route_{row['route']}", lang)))
    if row["next_event"]:
        event = text(f"idle.{row['next_event']}", lang)
        lines.append(text("explain.next", lang, day=_shown(row["next_date"]), event=event))
    if row["missing"]:
        known = fields_of("parcels")
        names = [label("parcels", n, lang) for part in row["missing"].split(";") for n in part.split("|") if n in known]
        lines.append(text("explain.missing", lang, fields=names))
    lines += _green_lines(measured, parcel_id, lang)
    return lines


def _green_lines(measured: Measured, parcel_id: str, lang: Lang) -> list[str]:
    balance = measured.balances.get("green_ratio")
    if balance is None:
        return []
    row = balance.parcels[balance.parcels["parcel_id"] == parcel_id].iloc[0]
    if pd.isna(row["green_ratio"]):
        return []
    return [
        text("explain.green", lang, ratio=f"{row['green_ratio']:.2%}", floor=f"{row['floor_ratio']:.0%}",
             ground=text(f"green.{row['floor_ground']}", lang), citation=_cited(measured, row["floor_citation"], lang))
    ]  # fmt: skip


def _cited(measured: Measured, citation: str, lang: Lang) -> str:
    known = {rule["citation_zh"]: rule[f"citation_{lang}"] for rule in measured.rules.read}
    return citation_text(citation, known, lang)


def _or(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _shown(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
