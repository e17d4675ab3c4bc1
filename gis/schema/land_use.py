"""Land-use codes and the groups they belong to. A code means nothing without its scheme.

1001 is a railway in the third national land survey and industry in the 2023 classification, so the
scheme is always given, never guessed from the code.
"""

from __future__ import annotations

import csv
import functools
import importlib.resources
from typing import Literal

import pandas as pd

from gis.errors import SchemaError

__all__ = ["LAND_USE_GROUPS", "land_use_codes", "land_use_group", "land_use_groups", "land_use_name", "schemes"]

Lang = Literal["en", "zh"]
#: The groups that mixed use is measured over, in the order reports list them.
LAND_USE_GROUPS = (
    "industrial", "logistics", "commercial", "public_service", "residential", "transport", "utilities",
    "green", "reserved", "special", "mining", "water", "agricultural", "other",
)  # fmt: skip


@functools.cache
def land_use_codes() -> dict[str, dict[str, dict[str, str]]]:
    """Return every code: scheme → code → {name_zh, name_en, group}."""
    text = (importlib.resources.files("gis.schema") / "land_use_codes.csv").read_text("utf-8")
    codes: dict[str, dict[str, dict[str, str]]] = {}
    for row in csv.DictReader(text.splitlines(), strict=True):
        scheme, code = row.pop("scheme"), row.pop("code")
        if code in codes.setdefault(scheme, {}) or row["group"] not in LAND_USE_GROUPS:
            raise RuntimeError(f"land_use_codes.csv: {scheme} {code} is doubled or has an unknown group")
        codes[scheme][code] = row
    return codes


def schemes() -> list[str]:
    """Return the known land-use schemes.

    Examples
    --------
    >>> "mnr_2023" in schemes()
    True
    """
    return list(land_use_codes())


@functools.cache
def _entry(scheme: str, code: str) -> dict[str, str] | None:
    try:
        known = land_use_codes()[scheme]
    except KeyError:
        raise SchemaError("scheme_unknown", scheme=scheme, choices=schemes()) from None
    for length in range(len(code), 0, -1):
        if code[:length] in known:
            return known[code[:length]]
    return None


def land_use_group(scheme: str, code: str) -> str | None:
    """Return the group of a code, by the longest known prefix; None for a code the scheme lacks.

    Raises
    ------
    SchemaError
        If the scheme is not known.

    Examples
    --------
    >>> land_use_group("mnr_2023", "1001"), land_use_group("third_survey", "1001")
    ('industrial', 'transport')
    >>> land_use_group("mnr_2023", "100101"), land_use_group("mnr_2023", "99") is None
    ('industrial', True)
    """
    entry = _entry(scheme, code)
    return entry["group"] if entry else None


def land_use_name(scheme: str, code: str, lang: Lang = "zh") -> str:
    """Return the name of a code, or the code itself where the scheme lacks it.

    Examples
    --------
    >>> land_use_name("mnr_2023", "1101", "en")
    'Logistics and storage'
    """
    entry = _entry(scheme, code)
    return entry[f"name_{lang}"] if entry else code


def land_use_groups(frame: pd.DataFrame) -> pd.Series[str]:
    """Return the group of each row of a table with ``land_use_scheme`` and ``land_use_code``.

    Missing where the scheme or code is missing or not known; index as the table's.
    """
    known = land_use_codes()
    pairs = zip(frame["land_use_scheme"], frame["land_use_code"], strict=True)
    groups = [
        land_use_group(scheme, code) if isinstance(code, str) and scheme in known else None for scheme, code in pairs
    ]
    return pd.Series(groups, index=frame.index, dtype="str")
