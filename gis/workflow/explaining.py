"""Why a parcel has its status: facts with their source row, rule with its article, and what comes next."""

from __future__ import annotations

import math
from typing import Any, Literal

import pandas as pd

from gis.analyses import (
    NO_DEFINITION,
    UNDERUSED_CLASSES,
    cause_texts,
    citation_text,
    citations_in,
    list_changes,
)
from gis.areas import cny_text, grouped, m2_text, percent_beside, percent_text
from gis.errors import SchemaError, listed
from gis.regulations import place_name
from gis.schema import choice_label, fact_label, label, text
from gis.workflow.balances import Measured
from gis.workflow.loading import Loaded

__all__ = ["FACTS", "cited", "events_of", "explain_parcel", "find_parcel"]

Lang = Literal["en", "zh"]
FACTS = (
    "supply_status", "supply_date", "delivery_date", "agreed_commencement_date", "start_agreement", "commencement_date",
    "suspension_date", "completion_date", "agreed_production_date", "production_date", "construction_state",
    "delay_cause", "delay_cause_item", "delay_cause_first_date", "delay_cause_last_date",
    "developed_area_m2", "land_to_develop_m2", "invested_cny", "total_investment_cny", "efficiency_grade",
)  # fmt: skip


def explain_parcel(loaded: Loaded, measured: Measured, parcel_id: str, *, lang: Lang = "zh") -> list[str]:
    """Return the chain from facts to verdict of one parcel, as lines.

    Raises
    ------
    SchemaError
        If the run has no parcel of that id, letter for letter.
    """
    row, record = find_parcel(loaded, measured, parcel_id)
    lines = [text("explain.head", lang, parcel=parcel_id, name=_or(row["parcel_name"]), as_of=loaded.run.as_of)]
    lines.append(text("explain.source", lang, file=row["source_file"], row=row["source_row"]))
    lines.append(text("explain.area", lang, area=m2_text(row["area_m2"]), basis=measured.area_basis))
    lines += _claim_lines(measured, parcel_id, lang)
    lines.append(text("explain.facts", lang))
    lines += [
        f"  {label('parcels', name, lang)}: {_shown(record[name])}" for name in FACTS if not pd.isna(record[name])
    ]
    lines += _event_lines(loaded, parcel_id, lang)
    lines.append(text("explain.status", lang, status=text(f"status.{row['status']}", lang),
                      ground=text(f"idle.{row['ground']}", lang)))  # fmt: skip
    if row["clock_start_ground"]:
        ground = text(f"idle.{row['clock_start_ground']}", lang)
        lines.append(text("explain.clock", lang, day=_shown(row["clock_start"]), ground=ground))
    if not pd.isna(row["status_since"]):
        lines.append(text("explain.since", lang, day=_shown(row["status_since"])))
    if row["citation"]:
        lines.append(text("explain.article", lang, citation=cited(measured, row["citation"], lang)))
    if row["route"]:
        lines.append(text("explain.route", lang, route=text(f"idle.route_{row['route']}", lang)))
    if row["next_event"]:
        event = text(f"idle.{row['next_event']}", lang)
        lines.append(text("explain.next", lang, day=_shown(row["next_date"]), event=event))
    lines += _missing_lines("explain.missing", row["missing"], lang)
    lines += _ground_lines(measured, row, lang)
    lines += _route_lines(measured, parcel_id, lang)
    lines += _underused_lines(measured, parcel_id, row, lang)
    lines += _change_lines(loaded, measured, parcel_id, lang)
    lines += _green_lines(measured, parcel_id, lang)
    return lines


def find_parcel(loaded: Loaded, measured: Measured, parcel_id: str) -> tuple[Any, Any]:
    """Return what was found of a parcel, and its row as it was read.

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
    return found.iloc[0], loaded.tables["parcels"].set_index("parcel_id").loc[parcel_id]


def events_of(loaded: Loaded, parcel_id: str) -> pd.DataFrame:
    """Return the events of a parcel with their source rows, by day; those after the as-of date are among them."""
    events: pd.DataFrame | None = loaded.tables.get("parcel_events")
    if events is None:
        none = pd.DataFrame({name: [] for name in ("event_date", "event_kind", "value", "document")})
        return none.astype({"event_date": "datetime64[us]"})
    return events[events["parcel_id"] == parcel_id].sort_values(["event_date", "source_row"])


def _claim_lines(measured: Measured, parcel_id: str, lang: Lang) -> list[str]:
    """Return what of the parcel's area others claim too, with whom, and what of it is contested or another's."""
    members = measured.claims.members
    own = members[members["parcel_id"] == parcel_id]
    if not len(own):
        return []
    faces = members[members["face_id"].isin(own["face_id"])]
    others = faces[faces["parcel_id"] != parcel_id].groupby("parcel_id")["area_m2"].agg(math.fsum)
    lines = [text("explain.claimed", lang, area=m2_text(math.fsum(own["area_m2"])))]
    shared = {str(key): m2_text(area) for key, area in others.items()}
    lines += ["  - " + text("explain.claimed_with", lang, parcel=key, area=area) for key, area in shared.items()]
    lost = math.fsum(own.loc[~own["holds"], "area_m2"])
    if lost:
        lines.append("  " + text("explain.claimed_lost", lang, area=m2_text(lost)))
    table = measured.balances["idle_land"].parcels.set_index("parcel_id")
    answers = faces["parcel_id"].map(table["status"]) + faces["parcel_id"].map(table["is_supplied"]).astype("str")
    by_face = faces.assign(least=answers, most=answers)[faces["holds"]].groupby("face_id")
    held = by_face.agg({"least": "min", "most": "max", "area_m2": "first"})
    contested = math.fsum(held.loc[held["least"] != held["most"], "area_m2"])
    if contested:
        lines.append("  " + text("explain.claimed_contested", lang, area=m2_text(contested)))
    return lines


def _missing_lines(address: str, missing: str, lang: Lang) -> list[str]:
    names = [fact_label(name, lang) for part in missing.split(";") for name in part.split("|") if name]
    return [text(address, lang, fields=names)] if names else []


def _event_lines(loaded: Loaded, parcel_id: str, lang: Lang) -> list[str]:
    """Return the parcel's events up to the as-of date with their source rows, and how many are to come."""
    own = events_of(loaded, parcel_id)
    past = own[own["event_date"] <= pd.Timestamp(loaded.run.as_of)]
    lines = [text("explain.events", lang)] if len(own) else []
    for event in past.to_dict("records"):
        kind = choice_label("parcel_events", "event_kind", event["event_kind"], lang)
        last = "" if pd.isna(event["last_date"]) else text("explain.until", lang, day=_shown(event["last_date"]))
        told = " ".join(part for part in (kind, _or(event["value"]), last, _or(event["document"])) if part)
        lines.append("  " + text("explain.event", lang, day=_shown(event["event_date"]), event=told,
                          file=event["source_file"], row=event["source_row"]))  # fmt: skip
    if len(past) < len(own):
        lines.append("  " + text("explain.events_later", lang, count=len(own) - len(past)))
    return lines


def _ground_lines(measured: Measured, row: Any, lang: Lang) -> list[str]:
    """Return what is inferred, how long a check holds, what causes cover, how late the delivery is, and of art. 24."""
    lines = []
    if row["ground"] == "ground_stopped_without_start":
        lines.append(text("explain.inference_stop", lang))
    if not pd.isna(row["not_started_until"]):
        held = next(rule["value"] for rule in measured.rules.read if rule["name"] == "idle_land.not_started_known_for")
        lines.append(text("explain.not_started_until", lang, day=_shown(row["not_started_until"]), period=held))
    return lines + cause_texts(row, lang)


def _route_lines(measured: Measured, parcel_id: str, lang: Lang) -> list[str]:
    """Return what follows from the status: fee, options and gate, restrictions, exit by contract, days ahead."""
    routes = measured.balances["idle_land"].tables["routes"]
    found = routes[routes["parcel_id"] == parcel_id]
    if not len(found):
        return []
    row, lines = found.iloc[0], []
    if row["route"] == "fee":
        amount = "?" if pd.isna(row["fee_cny"]) else cny_text(row["fee_cny"])
        price = "?" if pd.isna(row["land_price_cny"]) else cny_text(row["land_price_cny"])
        most = "–" if pd.isna(row["fee_ceiling_ratio"]) else percent_text(row["fee_ceiling_ratio"])
        ratio = percent_text(row["fee_ratio"])
        lines.append(text("explain.fee", lang, ratio=ratio, most=most, price=price, amount=amount))
    if not pd.isna(row["payment_due_date"]):
        served, due = _shown(row["fee_served_date"]), _shown(row["payment_due_date"])
        lines.append(text("explain.payment", lang, served=served, due=due))
    for column, prefix in (("options", "option"), ("restrictions", "restriction"),
                           ("hoarding_restrictions", "restriction"), ("contract_exit", "exit")):  # fmt: skip
        words = [text(f"idle.{prefix}_{key}", lang) for key in row[column].split(";") if key]
        lines += [text(f"explain.{column}", lang)] * bool(words) + [f"  - {word}" for word in words]
    if row["bar"]:
        lines.append(text(f"idle.{row['bar']}", lang))
    if row["filing"]:
        lines.append(text(f"explain.filing_{row['filing']}", lang))
    for column in ("becomes_idle_date", "fee_date", "reclaim_date", "recognisable_date"):
        if not pd.isna(row[column]):
            lines.append(text(f"explain.{column}", lang, day=_shown(row[column])))
    return lines + _missing_lines("explain.route_missing", row["route_missing"], lang)


def _underused_lines(measured: Measured, parcel_id: str, row: Any, lang: Lang) -> list[str]:
    """Return whether the land is underused: each class with its verdict and article, the means, what is missing."""
    if row["underused_missing"] == NO_DEFINITION:
        place, other = (place_name(code)[lang] for code in (measured.rules.place, row["underused_compared_with"]))
        if not row["underused_comparison"]:
            return [text("explain.no_definition", lang, place=place)]
        by_other = text(f"explain.underused_{row['underused_comparison']}", lang)
        return [text("explain.no_definition_compared", lang, place=place, other=other, verdict=by_other)]
    lines = [text("explain.underused", lang, verdict=text(f"explain.underused_{row['underused']}", lang))]
    table = measured.balances["idle_land"].tables["underused"]
    found = table[table["parcel_id"] == parcel_id]
    cited = {rule["name"]: rule[f"citation_{lang}"] for rule in measured.rules.read}
    for own in found.to_dict("records"):
        for name, rule in UNDERUSED_CLASSES.items():
            verdict, named = text(f"explain.class_{own[name]}", lang), text(f"idle.underused_{name}", lang)
            told = {"verdict": verdict, "name": named, "citation": cited.get(rule, "")}
            lines.append("  - " + text("explain.underused_class", lang, **told))
        means = [own[f"{kind}_mean_cny_per_m2"] for kind in ("tax", "output")]
        tax, output = ("?" if pd.isna(mean) else grouped(mean, 4) for mean in means)
        if not all(pd.isna(mean) for mean in means):
            lines.append("  " + text("explain.means", lang, tax=tax, output=output))
    return lines + _missing_lines("explain.underused_missing", row["underused_missing"], lang)


def _change_lines(loaded: Loaded, measured: Measured, parcel_id: str, lang: Lang) -> list[str]:
    """Return which events would change status or route, judged by the function that judges the record."""
    parcels, events = loaded.tables["parcels"], loaded.tables.get("parcel_events")
    own = pd.DataFrame(parcels[parcels["parcel_id"] == parcel_id].drop(columns="geometry"))
    of_parcel = None if events is None else events[events["parcel_id"] == parcel_id]
    changes = list_changes(own, measured.rules, events=of_parcel)
    lines = [text("explain.changes", lang)] if len(changes) else []
    for change in changes.to_dict("records"):
        parts = (change[name].split(";") for name in ("events", "values", "first_dates", "last_dates"))
        told = [
            " ".join(part for part in (fact_label(name, lang), value, "–".join(filter(None, days))) if part)
            for name, value, *days in zip(*parts, strict=True)
        ]
        status = text(f"status.{change['status']}", lang)
        route = text(f"idle.route_{change['route']}", lang) if change["route"] else "–"
        lines.append("  " + text("explain.change", lang, events=told, status=status, route=route))
    return lines


def _green_lines(measured: Measured, parcel_id: str, lang: Lang) -> list[str]:
    balance = measured.balances.get("green_ratio")
    if balance is None:
        return []
    row = balance.parcels[balance.parcels["parcel_id"] == parcel_id].iloc[0]
    if pd.isna(row["green_ratio"]):
        return []
    return [
        text("explain.green", lang, ratio=percent_beside(row["green_ratio"], row["floor_ratio"]),
             floor=percent_text(row["floor_ratio"]),
             ground=text(f"green.{row['floor_ground']}", lang), citation=cited(measured, row["floor_citation"], lang))
    ]  # fmt: skip


def cited(measured: Measured, citation: str, lang: Lang) -> str:
    """Return a citation of a balance as it reads in a language."""
    return citation_text(citation, citations_in(measured.rules.read, lang), lang)


def _or(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _shown(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return grouped(value, 2) if isinstance(value, float) else str(value)
