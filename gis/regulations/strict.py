"""Strict reading of rule files: whatever could mislead is refused, naming file and parameter."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Literal

from gis.errors import InputError, RuleError
from gis.yaml_files import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Lang", "Spot", "read_rule_file"]

Lang = Literal["en", "zh"]
TOP_KEY = re.compile(r"""^["']?([^\s"'#][^"':]*)["']?\s*:""")


@dataclasses.dataclass(frozen=True)
class Spot:
    """Where in the rules something stands: a file and a parameter (or source, or clause)."""

    file: str
    name: str

    def refused(self, message: str, /, **facts: Any) -> RuleError:
        """Return the error that says what is wrong here."""
        return RuleError(message, path=self.file, name=self.name, **facts)

    def mapping(self, raw: Any, *, required: set[str], optional: Iterable[str] = ()) -> dict[str, Any]:
        """Return a mapping that has every required key and none that is unknown."""
        if not isinstance(raw, dict):
            raise self.refused("rule_not_a_mapping", found=type(raw).__name__)
        allowed = required | set(optional)
        unknown, missing = {str(key) for key in raw} - allowed, required - set(raw)
        if unknown:
            raise self.refused("rule_key_unknown", keys=unknown, choices=allowed)
        if missing:
            raise self.refused("rule_key_missing", keys=missing)
        return raw

    def text(self, key: str, raw: Any) -> str:
        """Return a text that is not blank."""
        if not isinstance(raw, str) or not raw.strip():
            raise self.refused("rule_text_missing", key=key, found=repr(raw))
        return raw

    def optional_text(self, key: str, raw: Any) -> str:
        """Return a text, or "" where none is given."""
        return "" if raw is None else self.text(key, raw)

    def both(self, key: str, raw: Any) -> dict[str, str]:
        """Return a text in both languages."""
        if not isinstance(raw, dict) or set(raw) != {"zh", "en"}:
            raise self.refused("rule_languages_missing", key=key)
        return {lang: self.text(f"{key}.{lang}", raw[lang]) for lang in ("zh", "en")}

    def day(self, key: str, raw: Any) -> dt.date:
        """Return a day, written as 2026-03-31."""
        if not isinstance(raw, dt.date) or isinstance(raw, dt.datetime):
            raise self.refused("rule_day_invalid", key=key, found=repr(raw))
        return raw

    def optional_day(self, key: str, raw: Any) -> dt.date | None:
        """Return a day, or None where none is given."""
        return None if raw is None else self.day(key, raw)

    def flag(self, key: str, raw: Any) -> bool:
        """Return true or false."""
        if not isinstance(raw, bool):
            raise self.refused("rule_choice_unknown", key=key, found=repr(raw), choices=["true", "false"])
        return raw

    def choice(self, key: str, raw: Any, choices: Iterable[str]) -> str:
        """Return one of a closed set."""
        known = [str(choice) for choice in choices]
        if raw not in known:
            raise self.refused("rule_choice_unknown", key=key, found=repr(raw), choices=known)
        return str(raw)

    def texts(self, key: str, raw: Any) -> tuple[str, ...]:
        """Return a list of texts, each once; none given is the empty list."""
        if raw is None:
            return ()
        if not isinstance(raw, list) or not raw or not all(isinstance(item, str) and item.strip() for item in raw):
            raise self.refused("rule_list_invalid", key=key, found=repr(raw))
        if len(set(raw)) < len(raw):
            raise self.refused("rule_list_invalid", key=key, found=repr(raw))
        return tuple(raw)


def read_rule_file(path: Path) -> dict[str, Any]:
    """Read one rule file as a mapping.

    Raises
    ------
    RuleError
        For a file that is missing or broken, with the line and the parameter it stands in; a
        doubled key is broken YAML.
    """
    try:
        text = path.read_text("utf-8-sig")
        content = parse_yaml(text, name=path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError("rule_file_unreadable", path=path.name, why=str(error)) from None
    except InputError as error:
        line, why = error.facts["line"], error.facts["why"]
        name = _enclosing(text, line)
        raise RuleError("rule_file_broken", path=path.name, line=line, name=name, why=why) from None
    return Spot(path.name, "–").mapping(content, required=set(), optional=map(str, content or ()))


def _enclosing(text: str, line: int) -> str:
    """Return the top-level key that a line stands under."""
    above = [match[1] for row in text.splitlines()[:line] if (match := TOP_KEY.match(row))]
    return above[-1] if above else "–"
