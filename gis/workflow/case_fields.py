"""What of a run fills the drafts of a case: a field without a value stays a blank."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from gis.areas import grouped, m2_text, percent_text
from gis.schema import choice_label, fact_label, text, texts_of

if TYPE_CHECKING:
    from gis.regulations import Rulebook
    from gis.workflow.balances import Measured
    from gis.workflow.loading import Loaded

__all__ = ["draft_fields", "shown_value"]

Lang = Literal["en", "zh"]
#: Field of a draft → column of the parcel's row.
DAYS = {"supplied": "supply_date", "delivered": "delivery_date", "agreed": "agreed_commencement_date"}
SUMS = {"price": "land_price_cny", "invested": "invested_cny", "total_investment": "total_investment_cny"}
AREAS = {"developed": "developed_area_m2", "to_develop": "land_to_develop_m2"}
#: Field of a draft → step whose day it is.
STEPS = {"notice_received": "investigation_notice", "answer_date": "investigation_answer",
         "finding_date": "idle_finding", "hearing_notice_date": "hearing_notice"}  # fmt: skip
#: Field of a draft → the rule whose period it is.
TERMS = {"answer_term": "answer_period", "payment_term": "payment_period",
         "reconsideration_term": "reconsideration_period", "lawsuit_term": "lawsuit_period"}  # fmt: skip


def shown_value(value: Any) -> str:
    """Return a value as the case prints it; "" where it is missing.

    Examples
    --------
    >>> shown_value(pd.Timestamp("2024-05-01")), shown_value(1234.5), shown_value(None)
    ('2024-05-01', '1,234.50', '')
    """
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return grouped(value, 2) if isinstance(value, float) else str(value)


def _written_day(day: Any, lang: Lang) -> str:
    """Return a day as a document writes it."""
    if day is None or pd.isna(day):
        return ""
    return f"{day.year}年{day.month}月{day.day}日" if lang == "zh" else f"{day:%Y-%m-%d}"


def draft_fields(
    loaded: Loaded,
    measured: Measured,
    *,
    row: Any,
    record: Any,
    status: Any,
    route: Any | None,
    done: Mapping[str, dt.date],
    asked: str,
    lang: Lang,
) -> dict[str, str]:
    """Return the fields that the run fills.

    Parameters
    ----------
    row, record
        What was found of the parcel, and its row as it was read.
    status
        From `gis.analyses.idle_status.classify_status`.
    route
        Its row of the routes, or None.
    done
        Step → the day it is recorded for.
    asked
        What the holder is asked for, or "".
    """
    is_start = not pd.isna(status["idle_from"])
    missing = [fact_label(one, lang) for name in row["missing"].split(";") for one in name.split("|") if one]
    fields = {
        "parcel": " ".join(part for part in (str(row["parcel_id"]), shown_value(row["parcel_name"])) if part),
        "holder": shown_value(row["holder"]),
        "as_of": _written_day(loaded.run.as_of, lang),
        "ground": text(f"idle.{row['ground']}", lang),
        "area": f"{m2_text(row['area_m2'])} m² ({measured.area_basis})",
        "legal_area": _measure(record["legal_area_m2"], " m²"),
        "contract": shown_value(record["contract_id"]),
        "tenure": _choice("tenure", record["tenure"], lang),
        "use": " ".join(shown_value(record[name]) for name in ("land_use_name", "land_use_code")).strip(),
        "clock_start": _written_day(status["clock_start"], lang),
        "clock_ground": text(f"idle.{status['clock_start_ground']}", lang) if status["clock_start_ground"] else "",
        "idle_from": _written_day(status["idle_from"] if is_start else status["recognisable_from"], lang),
        "reclaim_from": _written_day(status["reclaim_from"], lang),
        "missing": ("、" if lang == "zh" else ", ").join(missing),
        "asked": asked or text("case_drafts.none", lang),
        "cause": _cause(status, lang),
        "decision": text(f"case_drafts.decision_{row['route']}", lang) if row["route"] in {"fee", "reclaim"} else "",
    }
    fields |= {name: _written_day(record[column], lang) for name, column in DAYS.items()}
    fields |= {name: _measure(record[column], "") for name, column in (SUMS | AREAS).items()}
    fields |= {name: _written_day(done.get(step), lang) for name, step in STEPS.items()}
    fields |= {name: _period(measured.rules, rule, lang) for name, rule in TERMS.items()}
    if route is not None and row["route"] == "fee":
        fields["fee"] = _measure(route["fee_cny"], "")
        fields["fee_ratio"] = "" if pd.isna(route["fee_ratio"]) else percent_text(route["fee_ratio"])
    return {name: value for name, value in fields.items() if value}


def _measure(value: Any, unit: str) -> str:
    return "" if pd.isna(value) else f"{grouped(value, 2)}{unit}"


def _choice(name: str, value: Any, lang: Lang) -> str:
    return "" if pd.isna(value) else choice_label("parcels", name, str(value), lang)


def _cause(status: Any, lang: Lang) -> str:
    """Return the cause as the run judged it, with its item and days where they are known."""
    named = _choice("delay_cause", status["cause"], lang)
    if not named:
        return ""
    item = shown_value(status["cause_item"])
    told = text("case.item", lang, cause=named, item=item) if item else named
    first, last = (_written_day(status[f"cause_{end}_date"], lang) for end in ("first", "last"))
    return f"{told} ({text('case.span', lang, first=first, last=last)})" if first and last else told


def _period(rules: Rulebook, name: str, lang: Lang) -> str:
    """Return a period in words; one that the texts do not have stays a blank."""
    if not rules.covers(f"idle_land.{name}"):
        return ""
    key = f"term_{rules.get(f'idle_land.{name}').value.lower()}"
    return text(f"case_drafts.{key}", lang) if key in texts_of("case_drafts") else ""
