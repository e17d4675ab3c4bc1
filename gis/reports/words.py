"""Words of a report in one language: grounds, citations, rule values, missing fields, figures."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from gis.analyses import citation_text, citations_in
from gis.schema import choice_label, event_kinds, fact_label, fields_of, label, text, texts_of

__all__ = ["Lang", "Voice", "Words", "known_text", "voice_of", "words"]

Lang = Literal["en", "zh"]
#: A plain sentence, an address such as ``"idle.note_data_date"``, or one text a language.
Words = str | Mapping[str, str]

PERIOD = re.compile(r"P(\d+)([YMD])")
#: Where the values of rules that are categories have their labels.
CATEGORIES = (("parcels", "delay_cause"), ("green_spaces", "green_kind"))
#: What the texts of an analysis call the options, restrictions and grounds that a rule lists.
LISTED = (("idle", "option"), ("idle", "restriction"), ("idle", "exit"), ("idle", "named"), ("idle", "underused"))


@functools.cache
def _keys(room: str) -> frozenset[str]:
    try:
        return frozenset(texts_of(room))
    except OSError:
        return frozenset()


def known_text(room: str, key: str, lang: Lang) -> str | None:
    """Return the text ``<room>.<key>``, or None where there is none.

    Examples
    --------
    >>> known_text("status", "idle", "en"), known_text("status", "=cmd", "en")
    ('Idle land', None)
    """
    return text(f"{room}.{key}", lang) if key in _keys(room) else None


def words(value: Words, lang: Lang) -> str:
    """Return what a note, a name or an address reads in ``lang``.

    Examples
    --------
    >>> words({"zh": "浦东新区", "en": "Pudong"}, "en")
    'Pudong'
    >>> words("status.idle", "zh"), words("Land office, 2026.", "zh")
    ('闲置土地', 'Land office, 2026.')
    """
    if isinstance(value, Mapping):
        return str(value[lang])
    room, _, key = value.partition(".")
    known = known_text(room, key, lang) if room.isidentifier() and key.isidentifier() else None
    return value if known is None else known


@functools.cache
def _field_label(name: str, lang: Lang) -> str:
    for table in ("parcels", "buildings", "land_use", "green_spaces"):
        if name in fields_of(table):
            return label(table, name, lang)
    return fact_label(name, lang) if name in event_kinds() or name in _keys("facts") else name


@dataclasses.dataclass(frozen=True)
class Voice:
    """The language of one report, and the citations as they read in it.

    Attributes
    ----------
    lang
        ``"zh"`` or ``"en"``.
    citations
        Chinese citation, as balances carry it → the same in ``lang``.
    """

    lang: Lang
    citations: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def say(self, key: str, **facts: Any) -> str:
        """Return the text ``report.<key>``."""
        return text(f"report.{key}", self.lang, **facts)

    def known(self, room: str, key: Any) -> str:
        """Return the text of a key of another room; a key without one stays as it is, a missing one is blank."""
        if not isinstance(key, str) or not key:
            return ""
        return known_text(room, key, self.lang) or key

    def known_code(self, room: str, prefix: str, code: str) -> str:
        """Return the text of a code whose name begins with a prefix; one without a text stays as it is."""
        return known_text(room, f"{prefix}{code}", self.lang) or code

    def named(self, prefix: str, value: Any) -> str:
        """Return the text ``report.<prefix>_<value>``; a value without one stays as it is.

        Examples
        --------
        >>> Voice("en").named("table", "green_spaces"), Voice("en").named("table", "my_table")
        ('Green spaces', 'my_table')
        """
        return known_text("report", f"{prefix}_{value}", self.lang) or str(value)

    def joined(self, several: Iterable[str]) -> str:
        """Return texts in one line, as the language separates them."""
        return ("；" if self.lang == "zh" else "; ").join(several)

    def status(self, value: Any) -> str:
        """Return a status of use or a verdict in words."""
        return self.known("status", value)

    def group(self, value: str) -> str:
        """Return a land-use group in words; "" is land that no group knows."""
        return self.known("map", f"group_{value}") if value else self.say("unclassified")

    def citation(self, zh: Any) -> str:
        """Return a citation in this language, where the rulebook has it."""
        if not isinstance(zh, str) or not zh:
            return ""
        return citation_text(zh, self.citations, self.lang)

    def clauses(self, several: Iterable[str]) -> str:
        """Return citations joined, each once."""
        return self.joined(dict.fromkeys(self.citation(one) for one in several if one))

    def missing(self, names: Any) -> str:
        """Return the labels of missing fields: ``a;b|c`` reads "a; b or c".

        Examples
        --------
        >>> Voice("en").missing("supply_status;agreed_commencement_date|delivery_date")
        'Supply status; Agreed start or Delivery date'
        """
        if not isinstance(names, str):
            return ""
        parts = (part.split("|") for part in names.split(";") if part)
        return self.joined(self._either([_field_label(name, self.lang) for name in part]) for part in parts)

    def _either(self, several: list[str]) -> str:
        word = self.say("either")
        return (word if self.lang == "zh" else f" {word} ").join(several)

    def figure(self, name: str) -> str:
        """Return what a figure is called; one without a text keeps its name."""
        return self._by_pattern("figure", name)

    def formula(self, name: str) -> str:
        """Return how a figure is computed, or ""."""
        found = self._by_pattern("formula", name)
        return "" if found == name else found

    def kind_of_figure(self, name: str) -> tuple[str, str]:
        """Return what a figure is called and how it is computed; those of one status or use each are one kind."""
        status, group = name.removesuffix("_area_m2"), name.removeprefix("land_use_").removesuffix("_m2")
        if status != name and status in _keys("status"):
            return self.say("figure_any_status"), self.say("formula_any_status")
        if group != name and f"group_{group}" in _keys("map"):
            return self.say("figure_any_land_use"), self.say("formula_any_land_use")
        return self.figure(name), self.formula(name)

    def _by_pattern(self, kind: str, name: str) -> str:
        own = known_text("report", f"{kind}_{name}", self.lang)
        if own is not None:
            return own
        status = name.removesuffix("_area_m2")
        if status != name and status in _keys("status"):
            return self.say(f"{kind}_status_area_m2", status=self.status(status))
        group = name.removeprefix("land_use_").removesuffix("_m2")
        if group != name and f"group_{group}" in _keys("map"):
            return self.say(f"{kind}_land_use_m2", group=self.group(group))
        return name

    def rule_value(self, rule: Mapping[str, Any]) -> str:
        """Return the value of a rule record for people: a period, a flag, kinds, a ratio.

        Examples
        --------
        >>> Voice("zh").rule_value({"value": "P1Y", "unit": "calendar"})
        '1年'
        >>> Voice("zh").rule_value({"name": "green.balance_scope", "value": "park", "unit": "category"})
        '园区'
        """
        value = str(rule["value"])
        period = PERIOD.fullmatch(value)
        if period:
            count, unit = period[1], period[2].lower()
            return self.say(f"period_{unit}_one" if count == "1" else f"period_{unit}", count=count)
        if rule.get("unit") == "flag" and value in {"true", "false"}:
            return self.say(f"flag_{value}")
        if rule.get("name") == "green.balance_scope":  # a kind of green is called "park", too
            return self.say(f"scope_{value}")
        if rule.get("unit") == "category":
            return self.joined(self._category(part.strip()) for part in value.split(","))
        return value

    def _category(self, value: str) -> str:
        for table, field in CATEGORIES:
            if value in fields_of(table)[field].choices:
                return choice_label(table, field, value, self.lang)
        for room, prefix in LISTED:
            if (told := known_text(room, f"{prefix}_{value}", self.lang)) is not None:
                return told
        return self.named("scope", value)

    def requirement(self, rule: Mapping[str, Any]) -> str:
        """Return bound and value of a rule record, such as "at least 20%"."""
        bound = str(rule.get("bound") or "")
        value = self.rule_value(rule)
        return self.say(f"bound_{bound}", value=value) if bound else value


def voice_of(lang: Lang, rules: Iterable[Mapping[str, Any]]) -> Voice:
    """Return the voice of a report that reads these rule records."""
    return Voice(lang, citations_in(rules, lang))
