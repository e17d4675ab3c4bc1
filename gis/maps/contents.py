"""What the page says of each parcel: the columns behind the popup, the search and the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.analyses import cause_texts, citation_text, citations_in
from gis.maps.columns import coded_column, date_column, number_column, text_column, word_column
from gis.maps.packing import least_integers
from gis.maps.words import Pair, field_words, known_words
from gis.schema import LAND_USE_GROUPS, land_use_name, schemes

if TYPE_CHECKING:
    from gis.analyses import Balance
    from gis.maps.join import JoinedParcels

__all__ = ["parcel_columns", "uses_column"]

#: column of a balance → name on the page; how it is written.
IDLE_WORDS = {
    "clock_start_ground": "idle", "ground": "idle", "next_event": "idle", "underused_class": "idle", "status": "status",
}  # fmt: skip
CAUSE_FACTS = (
    "status", "cause_state", "cause_first_date", "cause_last_date", "cause_days", "delivery_state",
    "late_delivery_days",
)  # fmt: skip
IDLE_DATES = ("status_since", "clock_start", "next_date")
IDLE_CITATIONS = ("citation", "underused_citation")
GREEN_AREAS = ("green_m2", "shortfall_m2", "surplus_m2")
GREEN_RATIOS = ("green_ratio", "floor_ratio", "ceiling_ratio")
AREA_DIGITS, RATIO_DIGITS, USES_DIGITS = 2, 6, 4


def parcel_columns(parcels: JoinedParcels) -> dict[str, dict[str, Any]]:
    """Return every column the page reads, in the order of `JoinedParcels.frame`."""
    frame = parcels.frame
    columns = {
        "id": text_column(frame["parcel_id"]),
        "name": word_column(frame["parcel_name"]),
        "holder": word_column(frame["holder"]),
        "land_use": _land_use(frame),
        "area": number_column(frame["area_m2"], digits=AREA_DIGITS),
        "legal_area": number_column(frame["legal_area_m2"], digits=AREA_DIGITS),
        "file": coded_column(frame["source_file"]),
        "row": number_column(frame["source_row"], digits=0),
        "missing": coded_column(_missing(parcels), field_words),
    }
    for name, add in (("idle_land", _idle), ("green_ratio", _green), ("mixed_use", _mixed)):
        if name in parcels.balances:
            columns |= add(frame, _citations(parcels.balances[name]))
    return columns


def _citations(balance: Balance) -> Callable[[str], Pair]:
    """Return what writes a citation of a balance in both languages."""
    english = citations_in(balance.rules, "en")
    return lambda zh: [citation_text(zh, {}, "zh"), citation_text(zh, english, "en")]


def _idle(frame: pd.DataFrame, cited: Callable[[str], Pair]) -> dict[str, dict[str, Any]]:
    names = (*IDLE_WORDS, *IDLE_DATES, *IDLE_CITATIONS, "underused", "bar")
    own = {column: frame[f"idle_land.{column}"] for column in names}
    columns = {column: coded_column(own[column], _words(room)) for column, room in IDLE_WORDS.items()}
    columns |= {column: date_column(own[column]) for column in IDLE_DATES}
    columns |= {column: coded_column(own[column], cited) for column in IDLE_CITATIONS}
    columns["underused"] = coded_column(own["underused"])
    columns["bar"] = coded_column(own["bar"], _words("idle"))
    columns["cause"] = _cause(frame)
    columns["route"] = coded_column(frame["idle_land.route"], lambda value: known_words(f"route_{value}", room="idle"))
    return columns


def _cause(frame: pd.DataFrame) -> dict[str, Any]:
    """Return what causes and delivery say of a delay, in both languages; of most parcels nothing."""
    facts = pd.DataFrame({name: frame[f"idle_land.{name}"] for name in CAUSE_FACTS}).reset_index(drop=True)
    told = facts[["cause_state", "delivery_state"]].astype("object").fillna("") != ""
    zh, english = [""] * len(facts), {}
    for place in np.flatnonzero(told.any(axis=1).to_numpy()):
        row = {str(name): value for name, value in facts.loc[place].items()}
        zh[place] = "；".join(cause_texts(row, "zh"))
        english[zh[place]] = "; ".join(cause_texts(row, "en"))
    return coded_column(pd.Series(zh, index=frame.index, dtype="str"), lambda text: [text, english[text]])


def _words(room: str) -> Any:
    return lambda value: known_words(value, room=room)


def _green(frame: pd.DataFrame, cited: Callable[[str], Pair]) -> dict[str, dict[str, Any]]:
    own = {column: frame[f"green_ratio.{column}"] for column in (*GREEN_AREAS, *GREEN_RATIOS)}
    columns = {column: number_column(own[column], digits=AREA_DIGITS) for column in GREEN_AREAS}
    columns |= {column: number_column(own[column], digits=RATIO_DIGITS) for column in GREEN_RATIOS}
    columns["green_verdict"] = coded_column(frame["green_ratio.verdict"])
    columns["floor_ground"] = coded_column(frame["green_ratio.floor_ground"], _words("green"))
    columns["floor_citation"] = coded_column(frame["green_ratio.floor_citation"], cited)
    return columns


def _mixed(frame: pd.DataFrame, _cited: Callable[[str], Pair]) -> dict[str, dict[str, Any]]:
    return {
        "hill_1": number_column(frame["mixed_use.hill_1"], digits=USES_DIGITS),
        "mixed_verdict": coded_column(frame["mixed_use.verdict"]),
    }


def _missing(parcels: JoinedParcels) -> pd.Series[str]:
    """Return the fields that any balance lacked, each once, ``;`` between."""
    names = [
        f"{balance}.{column}"
        for balance in parcels.balances
        for column in ("missing", "underused_missing")
        if f"{balance}.{column}" in parcels.frame.columns
    ]
    if not names:
        return pd.Series("", index=parcels.frame.index, dtype="str")
    rows = parcels.frame[names].astype("object").fillna("")
    distinct = rows.drop_duplicates()
    joined = {
        cells: ";".join(dict.fromkeys(part for cell in cells for part in str(cell).split(";") if part))
        for cells in distinct.itertuples(index=False, name=None)
    }
    texts = [joined[cells] for cells in rows.itertuples(index=False, name=None)]
    return pd.Series(texts, index=parcels.frame.index, dtype="str")


def _land_use(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the registered use as written in the source, with its code; named from the scheme if need be."""
    scheme, code, name = (frame[column] for column in ("land_use_scheme", "land_use_code", "land_use_name"))
    scheme, code, name = (part.astype("object").where(part.notna(), "").astype("str") for part in (scheme, code, name))
    joined = scheme + "\t" + code + "\t" + name
    return coded_column(joined.where((code != "") | (name != "")), _use_words)


def _use_words(joined: str) -> Pair | str:
    scheme, code, name = joined.split("\t", 2)
    if not code:
        return name
    known = scheme in schemes()
    return [f"{name or (land_use_name(scheme, code, lang) if known else '')} {code}".strip() for lang in ("zh", "en")]


def uses_column(parcels: JoinedParcels) -> dict[str, Any] | None:
    """Return the shares of land by use of each parcel, the greatest first.

    ``counts`` says how many uses a parcel has; ``group`` and ``share`` (1e-4) run through all parcels.
    """
    balance = parcels.balances.get("mixed_use")
    shares = balance.tables.get("shares") if balance is not None else None
    if shares is None:
        return None
    ids = pd.Index(parcels.frame["parcel_id"])
    rows = shares[(shares["parcel_id"] != "") & (shares["area_m2"] > 0)]
    rows = rows.assign(place=ids.get_indexer(rows["parcel_id"]))
    rows = rows[rows["place"] >= 0].sort_values(["place", "share", "land_use_group"], ascending=[True, False, True])
    group = {name: number for number, name in enumerate(("", *LAND_USE_GROUPS))}
    return {
        "kind": "shares",
        "groups": ["", *LAND_USE_GROUPS],
        "digits": USES_DIGITS,
        "counts": least_integers(np.bincount(rows["place"], minlength=len(ids))),
        "group": least_integers(rows["land_use_group"].map(group).fillna(0).astype("int64")),
        "share": least_integers(np.rint(rows["share"].to_numpy() * 10**USES_DIGITS)),
    }
