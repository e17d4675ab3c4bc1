"""Documents and where in them: the register of sources, and citations as people write them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from gis.regulations.strict import Lang, Spot, read_rule_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Citation", "Source", "article_text", "load_sources"]

SOURCE_KEYS = {
    "title_zh", "title_en", "number", "issuer", "promulgated", "in_force", "expires", "repealed", "superseded_by",
    "url", "checked_on", "dates_verified", "note",
}  # fmt: skip
ARTICLE = re.compile(r"(?P<article>[0-9]+(?:\.[0-9]+)*)(?:¶(?P<paragraph>[0-9]+))?(?:\((?P<item>[0-9]+)\))?")


@dataclasses.dataclass(frozen=True)
class Source:
    """One edition of a document: an amendment that renumbers articles is another source.

    Attributes
    ----------
    id
        What values cite it by.
    title_zh, title_en, number, issuer
        What it is called, its number ("" where it has none), and who issued it.
    promulgated, in_force
        The day of signature or adoption (None where not found), and the first day in force.
    expires
        The last day in force, by its own term or because it was repealed; None while it is in force.
    repealed
        The day it was repealed, which is no longer in force.
    superseded_by
        The source that took its place, or "".
    url, checked_on, dates_verified
        Where it is published, the day it was last looked up, and whether its days were read there.
    note
        What a reader must know of it, by language; empty where there is nothing.
    """

    id: str
    title_zh: str
    title_en: str
    number: str
    issuer: str
    promulgated: dt.date | None
    in_force: dt.date
    expires: dt.date | None
    repealed: dt.date | None
    superseded_by: str
    url: str
    checked_on: dt.date
    dates_verified: bool
    note: dict[str, str]

    def in_force_on(self, day: dt.date) -> bool:
        """Whether the document is in force on a day."""
        return self.in_force <= day and (self.expires is None or day <= self.expires)


@dataclasses.dataclass(frozen=True)
class Citation:
    """A source and its article; of a hypothetical value, also why it was supposed."""

    source: Source
    article: str
    supposed_because: str = ""

    def text(self, lang: Lang = "zh") -> str:
        """Return the citation as people write it; of a hypothetical value it says so first.

        Examples
        --------
        >>> from gis.regulations import load_rules
        >>> fee = load_rules(as_of="2026-03-31", place="310115").get("idle_land.fee_ratio")
        >>> fee.citation.text("zh")
        '《闲置土地处置办法》（国土资源部令第53号）第14条第1项'
        >>> fee.citation.text("en")
        'Measures for the Disposal of Idle Land (国土资源部令第53号), art. 14 item 1'
        """
        number, article = self.source.number, article_text(self.article, lang)
        if lang == "zh":
            law = f"《{self.source.title_zh}》" + (f"（{number}）" if number else "") + article
            return f"假设取值（{self.supposed_because}），替代{law}" if self.supposed_because else law
        law = self.source.title_en + (f" ({number})" if number else "") + f", {article}"
        return f"hypothetical value ({self.supposed_because}) in place of {law}" if self.supposed_because else law


def article_text(article: str, lang: Lang) -> str:
    """Return an article in words: ``2¶1`` is article 2 paragraph 1, ``14(2)`` article 14 item 2.

    Anything else, such as ``一(六)``, stands as the document numbers it.

    Examples
    --------
    >>> article_text("2¶2, 30", "zh"), article_text("15¶1(3)", "en"), article_text("一(六)", "en")
    ('第2条第2款、第30条', 'art. 15 para. 1 item 3', '一(六)')
    """
    matches = [ARTICLE.fullmatch(part) for part in article.split(", ")]
    if not all(matches):
        return article
    words = {"article": "第{}条", "paragraph": "第{}款", "item": "第{}项"}
    if lang == "en":
        words = {"article": "art. {}", "paragraph": " para. {}", "item": " item {}"}
    parts = (match.groupdict() for match in matches if match is not None)
    written = ("".join(words[key].format(value) for key, value in part.items() if value) for part in parts)
    return ("、" if lang == "zh" else ", ").join(written)


def load_sources(path: Path) -> dict[str, Source]:
    """Read the register of sources, strictly.

    Raises
    ------
    RuleError
        Naming the source, for anything that could mislead.
    """
    sources = {str(id_): _source(Spot(path.name, str(id_)), raw) for id_, raw in read_rule_file(path).items()}
    for source in sources.values():
        if source.superseded_by and source.superseded_by not in sources:
            known = sorted(sources)
            raise Spot(path.name, source.id).refused("rule_source_unknown", source=source.superseded_by, choices=known)
    return sources


def _source(spot: Spot, raw: Any) -> Source:
    entry = spot.mapping(raw, required=SOURCE_KEYS)
    in_force = spot.day("in_force", entry["in_force"])
    expires, repealed = (spot.optional_day(key, entry[key]) for key in ("expires", "repealed"))
    ends = [day for day in (expires, repealed and repealed - dt.timedelta(days=1)) if day is not None]
    last = min(ends, default=None)
    if last is not None and last < in_force:
        raise spot.refused("rule_days_reversed", first=in_force, last=last)
    promulgated = spot.optional_day("promulgated", entry["promulgated"])
    if promulgated is not None and promulgated > in_force:
        raise spot.refused("rule_days_reversed", first=promulgated, last=in_force)
    number, url = (spot.optional_text(key, entry[key]) for key in ("number", "url"))
    if not (number or url or promulgated):
        raise spot.refused("rule_source_unidentified")
    return Source(
        id=spot.name,
        title_zh=spot.text("title_zh", entry["title_zh"]),
        title_en=spot.text("title_en", entry["title_en"]),
        number=number,
        issuer=spot.text("issuer", entry["issuer"]),
        promulgated=promulgated,
        in_force=in_force,
        expires=last,
        repealed=repealed,
        superseded_by=spot.optional_text("superseded_by", entry["superseded_by"]),
        url=url,
        checked_on=spot.day("checked_on", entry["checked_on"]),
        dates_verified=spot.flag("dates_verified", entry["dates_verified"]),
        note={} if entry["note"] is None else spot.both("note", entry["note"]),
    )
