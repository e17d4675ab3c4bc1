"""Ids: present, unique, not too alike, and known where another table names them."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.checks.recorder import Recorder
from gis.errors import listed
from gis.schema import id_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.issues import IssueLog

__all__ = ["check_ids", "check_references"]

#: Tables in which several rows may carry one id: the parts of a zone, the events of a parcel.
REPEATED = {"approved_boundaries", "parcel_events"}
#: (table, field, table that holds the ids it names).
REFERENCES = (
    ("parcels", "zone_id", "approved_boundaries"),
    ("buildings", "parcel_id", "parcels"),
    ("parcel_events", "parcel_id", "parcels"),
)
LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


def plain_id(text: str) -> str:
    """Return what is left of an id without width, case, spaces and leading zeros.

    Examples
    --------
    >>> plain_id(" 〇０１-a ") == plain_id("〇1-A"), plain_id("A-001") == plain_id("a-1")
    (True, True)
    >>> plain_id("1001") == plain_id("101")
    False
    """
    folded = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    return LEADING_ZEROS.sub("", folded)


def check_ids(frame: pd.DataFrame, table: str, *, issues: IssueLog) -> None:
    """Check the ids of a table: missing, given twice, or alike but for zeros, case, width, spaces.

    Parameters
    ----------
    frame
        The canonical table.
    table
        Its name.
    issues
        Takes ``id-missing``, ``id-duplicate`` and ``id-lookalike``.

    Examples
    --------
    >>> from gis.issues import IssueLog
    >>> log = IssueLog()
    >>> check_ids(pd.DataFrame({"parcel_id": ["001", "1", "2"]}), "parcels", issues=log)
    >>> [(issue.code, issue.ids) for issue in log]
    [('id-lookalike', ('001', '1'))]
    """
    recorder = Recorder(frame, table, issues)
    field = id_field(table)
    if recorder.column(field) is None:
        return
    empty = np.array([not text.strip() for text in recorder.ids], dtype=bool)
    if empty.any():
        recorder.together("id-missing", np.flatnonzero(empty), field=field)
    ids = pd.Series(recorder.ids)[~empty]
    if table not in REPEATED:
        doubled = ids[ids.duplicated(keep=False)]
        for name, members in sorted(doubled.groupby(doubled).groups.items()):
            recorder.one("id-duplicate", members, field=field, found=name)
    alike: dict[str, set[str]] = {}
    for name in ids.unique():
        alike.setdefault(plain_id(name), set()).add(str(name))
    for names in sorted(sorted(names) for names in alike.values() if len(names) > 1):
        members = ids.index[ids.isin(names)]
        recorder.one("id-lookalike", members, field=field, found=listed(repr(name) for name in names))


def check_references(tables: Mapping[str, pd.DataFrame], *, issues: IssueLog) -> None:
    """Check that the ids one table takes from another exist there, letter for letter.

    Parameters
    ----------
    tables
        The canonical tables of a run by name; a pair with an absent table is passed over.
    issues
        Takes ``reference-unknown``, with the id that would fit but for zeros, case or width.

    Examples
    --------
    >>> from gis.issues import IssueLog
    >>> log = IssueLog()
    >>> tables = {"parcels": pd.DataFrame({"parcel_id": ["001"]}),
    ...           "buildings": pd.DataFrame({"building_id": ["b"], "parcel_id": ["1"]})}
    >>> check_references(tables, issues=log)
    >>> [(issue.code, issue.found, issue.expected) for issue in log]
    [('reference-unknown', '1', '001')]
    """
    for table, field, target in REFERENCES:
        if table not in tables or target not in tables:
            continue
        recorder = Recorder(tables[table], table, issues)
        named, known = recorder.column(field), Recorder(tables[target], target, issues).ids
        if named is None:
            continue
        named = named.reset_index(drop=True).dropna().astype("str")
        wrong = named[~named.isin(set(known))]
        fitting: dict[str, list[str]] = {}
        for name in sorted(set(known)):
            fitting.setdefault(plain_id(name), []).append(name)
        for name, members in sorted(wrong.groupby(wrong).groups.items()):
            recorder.together(
                "reference-unknown", members, field=field, found=name, target=target,
                expected=listed(fitting.get(plain_id(str(name)), [])),
            )  # fmt: skip
