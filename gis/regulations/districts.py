"""Names of the places that rules are asked for, by administrative division code (GB/T 2260)."""

from __future__ import annotations

import csv
import functools
import importlib.resources

__all__ = ["place_name"]


@functools.cache
def _names() -> dict[str, dict[str, str]]:
    text = (importlib.resources.files("gis.regulations") / "districts.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines(), strict=True)
    return {row["adcode"]: {"zh": row["name_zh"], "en": row["name_en"]} for row in rows}


def place_name(adcode: str) -> dict[str, str]:
    """Return what a place is called in Chinese and English; a code without a name stays a code.

    Examples
    --------
    >>> place_name("310115")["en"], place_name("330922")["zh"]
    ('Pudong New Area', '330922')
    """
    return _names().get(adcode, {"zh": adcode, "en": adcode})
