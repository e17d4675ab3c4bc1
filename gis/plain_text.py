r"""Text that may leave the product: no character that steers a terminal, and no password.

Names, ids and addresses come from files that others wrote. A character that is not seen (an escape sequence, a
turn of the writing direction, a line separator) can rewrite what a reader has before him, so it is shown by its
number: ``\x1b``. A password is shown as ``***``.
"""

from __future__ import annotations

import os
import re
import unicodedata

__all__ = ["HIDDEN", "json_visible", "masked", "visible"]

HIDDEN = "***"
#: Controls, formatting (bidirectional, zero width), lone surrogates, separators of lines and paragraphs.
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
NAMED = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}
#: A shorter value of PGPASSWORD would hide parts of numbers and days.
LEAST_SECRET = 6

#: ``name://user:password@``, up to the last ``@``: one that stands in a password was to be written %40.
_IN_ADDRESS = re.compile(r"([\w+.-]*:/{1,2}[^\s:/]*:)\S*@")
#: The same without ``name://``.
_WITHOUT_SCHEME = re.compile(r"((?<![\w./\\-])[\w.%+-]*:)(?![\\/\s])\S+@(?=[\w.\[-])")
#: In a query, in libpq's own way of writing, and in an environment; a name may be percent-encoded in part.
_NAMED = re.compile(
    r"\b((?:pg)?(?:ssl)?(?:password|passwd|pwd)|passfile|pgpassfile|sslkey)(\s*=\s*)"
    r"(?:'(?:[^'\\]|\\.)*'?|\"(?:[^\"\\]|\\.)*\"?|[^\s&;]+)",
    re.IGNORECASE,
)
_ENCODED_LETTER = re.compile(r"%([46][1-9A-F]|[57][0-9A])", re.IGNORECASE)


def _number(character: str) -> str:
    if character in NAMED:
        return NAMED[character]
    place = ord(character)
    return f"\\x{place:02x}" if place < 0x100 else f"\\u{place:04x}" if place < 0x10000 else f"\\U{place:08x}"


def _is_unseen(character: str) -> bool:
    """Tell whether a character is not seen, or is none at all (U+FFFE and U+FFFF of any plane): no XML takes it."""
    return unicodedata.category(character) in UNSEEN or ord(character) & 0xFFFE == 0xFFFE


def visible(text: str, *, keep: str = "") -> str:
    r"""Return a text in which every character that is not seen is shown by its number.

    Parameters
    ----------
    keep
        Characters that stay as they are, such as ``"\n"`` where the lines are our own.

    Examples
    --------
    >>> print(visible("A\x1b[2J\u202e1"), visible("宗地　001"))
    A\x1b[2J\u202e1 宗地　001
    """
    if text.isprintable():
        return text
    return "".join(_number(one) if _is_unseen(one) and one not in keep else one for one in text)


def json_visible(text: str) -> str:
    r"""Return JSON in which such characters are escaped as JSON does; what it means is unchanged.

    Examples
    --------
    >>> json_visible('{"name": "\u202e"}')
    '{"name": "\\u202e"}'
    """
    if text.isprintable():
        return text

    def escaped(one: str) -> str:
        units = one.encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))

    return "".join(escaped(one) if one != "\n" and unicodedata.category(one) in UNSEEN else one for one in text)


def masked(text: str) -> str:
    """Return a text without the passwords of the addresses in it; too much is hidden rather than too little.

    Examples
    --------
    >>> masked("postgresql+psycopg://bureau:p@ss@db/quotas"), masked("bureau:p@ss@db/quotas")
    ('postgresql+psycopg://bureau:***@db/quotas', 'bureau:***@db/quotas')
    >>> masked("host=db password='a b' user=u"), masked("postgresql://u@db/q?password=x&sslmode=require")
    ('host=db password=*** user=u', 'postgresql://u@db/q?password=***&sslmode=require')
    """
    kept = os.environ.get("PGPASSWORD", "")
    if len(kept) >= LEAST_SECRET:
        text = text.replace(kept, HIDDEN)
    if "@" in text:
        text = _IN_ADDRESS.sub(rf"\1{HIDDEN}@", text)
        text = _WITHOUT_SCHEME.sub(rf"\1{HIDDEN}@", text)
    if "=" not in text:
        return text
    if "%" in text and _NAMED.search(_letters(text)) and not _NAMED.search(text):
        text = _letters(text)
    return _NAMED.sub(rf"\1\2{HIDDEN}", text)


def _letters(text: str) -> str:
    """Return a text with its percent-encoded letters as letters: ``%70assword`` names a password, too."""
    return _ENCODED_LETTER.sub(lambda found: chr(int(found[1], 16)), text)
