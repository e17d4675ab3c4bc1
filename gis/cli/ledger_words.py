"""Codes of the engine in words: kinds, verdicts and units in the sentences that people read; programs get the codes."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from gis.cli.console import Language, out, say
from gis.errors import QuotaError

if TYPE_CHECKING:
    from gis.ledgers import Shortage

__all__ = ["errors_in_words", "show_escalation", "words_for_codes"]

#: Facts of a refusal that are sentences or codes; what people named or have to type stays as it is.
WORDED = ("kind", "unit", "lines", "reservations", "escalated", "has", "medium", "available", "asked", "short")
ledger_say = functools.partial(say, room="ledger")
CODE = re.compile(r"(?<![\w:=.-])[a-z][a-z0-9_]*(?![\w=.-]|:\S)")


def words_for_codes(sentence: str, lang: Language) -> str:
    """Return a sentence with verdicts and units in words; in Chinese also kinds and media by their labels.

    Examples
    --------
    >>> words_for_codes("条件为 not_met：cod 2026: 5 m2", Language.ZH)
    '条件为 不成立：化学需氧量 2026: 5 m²'
    """
    from gis.ledgers import quota_kinds

    words = {"m2": "m²"} | {name: ledger_say(f"verdict_{name}", lang) for name in ("not_met", "undetermined")}
    if lang is Language.ZH:
        words |= {name: kind.label["zh"] for name, kind in quota_kinds().items()}
        words |= {name: ledger_say(f"medium_{name}", lang) for name in ("water", "air")}
    return CODE.sub(lambda found: words.get(found[0], found[0]), sentence)


@contextlib.contextmanager
def errors_in_words(lang: Language) -> Iterator[None]:
    """Pass on what a ledger refuses with its codes in words."""
    try:
        yield
    except QuotaError as error:
        worded = {name: _worded(error.facts[name], lang) for name in WORDED if name in error.facts}
        raise QuotaError(error.key, **(error.facts | worded)) from error


def _worded(value: Any, lang: Language) -> Any:
    if isinstance(value, str):
        return words_for_codes(value, lang)
    if isinstance(value, list | tuple):
        return [words_for_codes(one, lang) if isinstance(one, str) else one for one in value]
    return value


def show_escalation(one: Shortage, lang: Language) -> None:
    """Say whether the city may be asked; where it may, write out the request with its reasons."""
    from gis.ledgers import quota_kind

    if one.request is None:
        out.print(escape(f"  {ledger_say(f'escalation_{one.escalation.value}', lang)}"))
        out.print(escape(f"    {words_for_codes(one.escalation_note[lang.value], lang)}"))
        return
    asked = one.request
    out.print(escape(f"  {ledger_say('escalation_met', lang, citation=asked.citation)}"))
    told = ledger_say(
        "request", lang, project=asked.project, quantity=asked.quantity, unit=quota_kind(one.kind).symbol,
        source=asked.source, target=asked.target,
    )  # fmt: skip
    out.print(escape(f"  {told}"))
    for condition in asked.conditions:
        out.print(escape(f"    ✓ {condition[lang.value]}"))
