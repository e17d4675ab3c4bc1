"""One request is booked once: its key and what it asked stand in the entries, and a repeat gets the first answer."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

import sqlalchemy as sa

from gis.errors import QuotaError
from gis.ledgers.tables import entries

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = ["NO_REQUEST", "How", "Request", "earlier_rows", "make_request", "require_texts"]


#: JSON of what is no text has its line breaks and NUL escaped.
UNFIT = re.compile("[\0\n\r\u0085\u2028\u2029\ud800-\udfff]")
#: Entries, as they stand in the table.
Rows = list[dict[str, Any]]


class How(TypedDict, total=False):
    """What every verb takes beside its own arguments.

    Attributes
    ----------
    request
        A key of the caller's for this one request, such as the number of an application. A repeat of the same
        content gets the first answer and books nothing; the key with other content is refused. The day on which it
        is asked is no part of the content: a retry may come after midnight. A key is spent once, also where its
        posting was reversed.
    late_reason
        Why the entry is made late. Without it a day before the ledger's last is refused; with it the entry stands on
        the ledger's last day, and the earlier day in ``effective``.
    """

    request: str
    late_reason: str


@dataclasses.dataclass(frozen=True)
class Request:
    """The key of a request and the SHA-256 of what it asks; no key, and nothing is looked up."""

    key: str = ""
    content_hash: str = ""


NO_REQUEST = Request()


def require_texts(texts: Mapping[str, Any]) -> None:
    """Refuse text that a database can't keep or a register can't print in one line, and reasons that are blank.

    Raises
    ------
    QuotaError
        Naming what has a NUL, a line break or half a character (a lone surrogate), or is blank.
    """
    for name, text in texts.items():
        shown = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False, default=str)
        if UNFIT.search(shown):
            raise QuotaError("quota_text", name=name, found=ascii(shown))
    if texts.get("reason") and not str(texts["reason"]).strip():
        raise QuotaError("quota_reason_missing")


def make_request(key: str, verb: str, content: Mapping[str, Any]) -> Request:
    """Return a request: what it asks is hashed as JSON in the order of names, all but numbers as text.

    Raises
    ------
    QuotaError
        If the key begins or ends with blanks.

    Examples
    --------
    >>> one = make_request("A-1", "issue", {"kind": "cod", "units": 5})
    >>> one == make_request("A-1", "issue", {"units": 5, "kind": "cod"}), make_request("", "issue", {})
    (True, Request(key='', content_hash=''))
    """
    if not key:
        return NO_REQUEST
    if key != key.strip():
        raise QuotaError("quota_id_blanks", ids=[repr(key)])
    text = json.dumps([verb, dict(content)], ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
    return Request(key, hashlib.sha256(text.encode("utf-8")).hexdigest())


def earlier_rows(
    connection: Connection, request: Request, standing: Callable[[Rows], Rows] | None = None
) -> Rows:  # fmt: skip
    """Return the entries that a request made before, in their order; none for a new one.

    Parameters
    ----------
    standing
        Returns those of the entries that still hold; none, and the request counts as new. Without it all of them do.

    Raises
    ------
    QuotaError
        If the key was used for something else.
    """
    if not request.key:
        return []
    query = sa.select(entries).where(entries.c.request == request.key).order_by(entries.c.seq)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    rows = rows if standing is None else standing(rows)
    if rows and rows[0]["request_hash"] != request.content_hash:
        raise QuotaError("quota_request_differs", request=request.key, posting=rows[0]["posting"],
                         action=rows[-1]["action"], day=rows[-1]["as_of"])  # fmt: skip
    return rows
