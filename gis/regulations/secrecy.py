"""What has to be said of a map that leaves the house: surveying secrecy, map review, GCJ-02, by place.

``secrecy_notices.csv`` holds a row a notice, with where it stands; none of the texts was seen, and each says so.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import importlib.resources

__all__ = ["SecrecyNotice", "secrecy_notices"]

COLUMNS = ["place", "verified", "zh", "en", "source"]


@dataclasses.dataclass(frozen=True)
class SecrecyNotice:
    """One notice: in which place it applies (the beginning of its code, ``""`` all of China), its text and source."""

    place: str
    verified: bool
    zh: str
    en: str
    source: str


@functools.cache
def _notices() -> tuple[SecrecyNotice, ...]:
    text = (importlib.resources.files("gis.regulations") / "secrecy_notices.csv").read_text("utf-8")
    reader = csv.DictReader(text.splitlines(), strict=True)
    rows = list(reader)
    if reader.fieldnames != COLUMNS or any(None in row or not row["source"] for row in rows):
        raise RuntimeError(f"secrecy_notices.csv: a row does not have the columns {COLUMNS}")
    return tuple(
        SecrecyNotice(row["place"], row["verified"] == "yes", row["zh"], row["en"], row["source"]) for row in rows
    )


def secrecy_notices(place: str) -> tuple[SecrecyNotice, ...]:
    """Return the notices of a place, those of the whole country first.

    Parameters
    ----------
    place
        Administrative division code.

    Examples
    --------
    >>> [notice.place for notice in secrecy_notices("310115")], len(secrecy_notices("320500"))
    (['', '', '', '31'], 3)
    """
    return tuple(notice for notice in _notices() if place.startswith(notice.place))
