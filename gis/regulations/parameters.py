"""The dated legal parameters: strict loading from YAML, and the value of a day and place.

A file that could mislead does not load: an unknown or doubled key, a value without article, an
unknown source, a value dated before its source is in force or after its expiry, values that
overlap for one place, a value that is not exact.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import re
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from gis.errors import RuleError, listed
from gis.regulations.bounds import Bound
from gis.regulations.periods import parse_period
from gis.yaml_files import read_yaml

__all__ = ["Citation", "Entry", "RuleSet", "Source", "Value", "load_rule_set"]

Lang = Literal["en", "zh"]
RULES_FOLDER = Path(__file__).parent / "rules"
SOURCES_FILE = "sources.yaml"
POLICY_FILE = "policy_register.yaml"
ARTICLE = re.compile(r"(\d+)(?:¶(\d+))?(?:\((\d+)\))?")
SCOPES = {"plot", "project", "park", "zone"}
UNITS = {"ratio", "calendar", "category", "flag", "count", "m", "m2"}
SOURCE_KEYS = {
    "title_zh", "title_en", "number", "issuer", "promulgated", "in_force", "expires", "superseded_by", "url",
    "checked_on", "dates_verified", "note",
}  # fmt: skip
ENTRY_KEYS = {"label", "kind", "unit", "bound", "scope", "values"}
VALUE_KEYS = {"from", "until", "value", "places", "source", "article", "verified", "note"}
VALUE_REQUIRED = {"from", "value", "source", "article", "verified"}


@dataclasses.dataclass(frozen=True)
class Source:
    """One edition of a document."""

    id: str
    title_zh: str
    title_en: str
    number: str | None
    issuer: str
    promulgated: dt.date | None
    in_force: dt.date
    expires: dt.date | None
    superseded_by: str | None
    url: str | None
    checked_on: dt.date
    dates_verified: bool
    note: str | None


def _article_zh(article: str) -> str:
    """Return an article as Chinese texts cite it: ¶ is 款, a number in brackets is 项."""
    parts = []
    for part in article.split(", "):
        match = ARTICLE.fullmatch(part)
        if match is None:
            parts.append(part)
            continue
        number, paragraph, item = match.groups()
        parts.append(f"第{number}条" + (f"第{paragraph}款" if paragraph else "") + (f"第（{item}）项" if item else ""))
    return "、".join(parts)


@dataclasses.dataclass(frozen=True)
class Citation:
    """A source and its article."""

    source: Source
    article: str

    def text(self, lang: Lang = "zh") -> str:
        """Return the citation as people write it.

        Examples
        --------
        >>> load_rule_set().entries["idle_land.fee_ratio"].values[0].citation.text("zh")
        '《闲置土地处置办法》（国土资源部令第53号）第14条第（1）项'
        """
        if lang == "zh":
            number = f"（{self.source.number}）" if self.source.number else ""
            return f"《{self.source.title_zh}》{number}{_article_zh(self.article)}"
        number = f" ({self.source.number})" if self.source.number else ""
        return f"{self.source.title_en}{number}, art. {self.article}"


@dataclasses.dataclass(frozen=True)
class Value:
    """What a parameter is from one day on, for some places (adcode prefixes; none: the nation)."""

    start: dt.date
    until: dt.date | None
    value: Any
    places: tuple[str, ...]
    citation: Citation
    verified: bool
    note: str

    def covers(self, as_of: dt.date) -> bool:
        """Whether the value is in force on a day."""
        return self.start <= as_of and (self.until is None or as_of <= self.until)

    def specificity(self, place: str) -> int:
        """Return the length of the longest prefix that fits the place: 0 nation, −1 not at all."""
        if not self.places:
            return 0
        return max((len(prefix) for prefix in self.places if place.startswith(prefix)), default=-1)


@dataclasses.dataclass(frozen=True)
class Entry:
    """One parameter with all its dated values."""

    name: str
    label: dict[str, str]
    kind: str
    unit: str
    bound: Bound | None
    scope: str
    values: tuple[Value, ...]


@dataclasses.dataclass(frozen=True)
class RuleSet:
    """Every source and parameter of a folder of rules."""

    sources: dict[str, Source]
    entries: dict[str, Entry]


def _fail(path: Path, name: str, why: str) -> RuleError:
    return RuleError("rule_file_invalid", path=path.name, name=name, why=why)


def _check_keys(path: Path, name: str, found: Any, *, allowed: set[str], required: set[str]) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise _fail(path, name, f"expected a mapping, found {type(found).__name__}")
    unknown, missing = set(found) - allowed, required - set(found)
    if unknown:
        raise _fail(path, name, f"unknown keys: {listed(sorted(unknown))}")
    if missing:
        raise _fail(path, name, f"missing keys: {listed(sorted(missing))}")
    return found


def _date(path: Path, name: str, key: str, value: Any) -> dt.date:
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise _fail(path, name, f"{key} must be a date such as 2026-03-31, found {value!r}")
    return value


def _optional_date(path: Path, name: str, key: str, value: Any) -> dt.date | None:
    return None if value is None else _date(path, name, key, value)


def _load_sources(path: Path) -> dict[str, Source]:
    sources = {}
    for id_, raw in read_yaml(path).items():
        entry = _check_keys(path, id_, raw, allowed=SOURCE_KEYS, required=SOURCE_KEYS)
        dates = {key: _optional_date(path, id_, key, entry[key]) for key in ("promulgated", "expires")}
        for key in ("in_force", "checked_on"):
            dates[key] = _date(path, id_, key, entry[key])
        if not entry["title_zh"] or not entry["title_en"] or not entry["issuer"]:
            raise _fail(path, id_, "a source needs title_zh, title_en and issuer")
        if dates["expires"] is not None and dates["expires"] < dates["in_force"]:  # type: ignore[operator]
            raise _fail(path, id_, "expires lies before in_force")
        sources[id_] = Source(id=id_, **{**entry, **dates})
    for source in sources.values():
        if source.superseded_by is not None and source.superseded_by not in sources:
            raise _fail(path, source.id, f"superseded_by names unknown source {source.superseded_by}")
    return sources


def _exact(path: Path, name: str, kind: str, raw: Any) -> Any:
    """Return a value of its kind, exactly; a float in the file is refused."""
    try:
        match kind:
            case "ratio":
                text = str(raw)
                if not isinstance(raw, str):
                    raise ValueError('write ratios as text, such as "1/3" or "20%"')
                return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)
            case "number":
                if not isinstance(raw, str):
                    raise ValueError('write numbers as text, such as "10"')
                return Fraction(raw)
            case "period":
                parse_period(raw)
                return raw
            case "flag" if isinstance(raw, bool):
                return raw
            case "text" if isinstance(raw, str) and raw:
                return raw
            case "list" if isinstance(raw, list) and all(isinstance(item, str) for item in raw):
                return tuple(raw)
    except (ValueError, TypeError, RuleError) as error:
        raise _fail(path, name, f"value {raw!r} is no {kind}: {error}") from None
    raise _fail(path, name, f"value {raw!r} is no {kind}")


def _load_value(path: Path, name: str, kind: str, raw: Any, sources: dict[str, Source]) -> Value:
    entry = _check_keys(path, name, raw, allowed=VALUE_KEYS, required=VALUE_REQUIRED)
    start = _date(path, name, "from", entry["from"])
    until = _optional_date(path, name, "until", entry.get("until"))
    source = sources.get(entry["source"])
    if source is None:
        raise _fail(path, name, f"source {entry['source']!r} is not in {SOURCES_FILE}")
    if not isinstance(entry["article"], str) or not entry["article"].strip():
        raise _fail(path, name, "article must be text and not empty")
    if start < source.in_force:
        raise _fail(path, name, f"value from {start} lies before {source.id} is in force ({source.in_force})")
    ends = [day for day in (until, source.expires) if day is not None]
    if until is not None and (until < start or (source.expires is not None and until > source.expires)):
        raise _fail(path, name, f"until {until} lies before from, or after the source expires")
    if not isinstance(entry["verified"], bool):
        raise _fail(path, name, "verified must be true or false")
    places = entry.get("places") or []
    if not isinstance(places, list) or not all(isinstance(place, str) and place.isdigit() for place in places):
        raise _fail(path, name, "places must be a list of adcode prefixes as text")
    return Value(
        start=start,
        until=min(ends, default=None),
        value=_exact(path, name, kind, entry["value"]),
        places=tuple(places),
        citation=Citation(source, entry["article"]),
        verified=entry["verified"],
        note=entry.get("note") or "",
    )


def _close(values: Iterable[Value]) -> tuple[Value, ...]:
    """Let each open value end the day before the next one for the same places begins."""
    ordered = sorted(values, key=lambda value: (value.places, value.start))
    closed = []
    for value, following in zip(ordered, [*ordered[1:], None], strict=True):
        same = following is not None and following.places == value.places
        if same and following is not None and (value.until is None or value.until >= following.start):
            closed.append(dataclasses.replace(value, until=following.start - dt.timedelta(days=1)))
        else:
            closed.append(value)
    return tuple(closed)


def _check_overlap(path: Path, name: str, raw: list[dict[str, Any]]) -> None:
    seen: dict[tuple[str, dt.date], int] = {}
    for number, value in enumerate(raw):
        for place in value.get("places") or [""]:
            if (place, value["from"]) in seen:
                raise _fail(path, name, f"two values from {value['from']} for place {place or 'nation'}")
            seen[place, value["from"]] = number
    for one in raw:
        for other in raw:
            shared = set(one.get("places") or [""]) & set(other.get("places") or [""])
            if shared and one.get("until") and one["from"] < other["from"] <= one["until"]:
                raise _fail(path, name, f"values from {one['from']} and {other['from']} overlap")


def _load_entry(path: Path, name: str, raw: Any, sources: dict[str, Source]) -> Entry:
    entry = _check_keys(path, name, raw, allowed=ENTRY_KEYS, required=ENTRY_KEYS)
    if set(entry["label"]) != {"en", "zh"}:
        raise _fail(path, name, "label needs en and zh")
    if entry["scope"] not in SCOPES or entry["unit"] not in UNITS:
        raise _fail(path, name, f"scope {entry['scope']!r} or unit {entry['unit']!r} is not known")
    if entry["bound"] is not None and entry["bound"] not in set(Bound):
        raise _fail(path, name, f"bound {entry['bound']!r} is not one of {listed(Bound)}")
    if not isinstance(entry["values"], list) or not entry["values"]:
        raise _fail(path, name, "values must be a list and not empty")
    values = [_load_value(path, name, entry["kind"], value, sources) for value in entry["values"]]
    _check_overlap(path, name, entry["values"])
    bound = Bound(entry["bound"]) if entry["bound"] is not None else None
    return Entry(name, dict(entry["label"]), entry["kind"], entry["unit"], bound, entry["scope"], _close(values))


@functools.cache
def load_rule_set(folder: Path = RULES_FOLDER) -> RuleSet:
    """Load every rule file of a folder, strictly.

    Parameters
    ----------
    folder
        Holds ``sources.yaml`` and the files of parameters.

    Raises
    ------
    RuleError
        Naming file and parameter, for anything that could mislead.
    """
    sources = _load_sources(folder / SOURCES_FILE)
    entries: dict[str, Entry] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name in {SOURCES_FILE, POLICY_FILE}:
            continue
        for name, raw in (read_yaml(path) or {}).items():
            if name in entries:
                raise _fail(path, name, "the parameter is defined in two files")
            entries[name] = _load_entry(path, name, raw, sources)
    return RuleSet(sources, entries)
