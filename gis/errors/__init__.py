"""The errors of the package: one small tree, with texts in English and Chinese.

An error is raised with a *key* and *facts*; its texts live in ``messages/*.yaml``, one file a
raising room, so that the same error can be read in both languages::

    raise CrsError("crs_missing", path="parcels.shp", layer="parcels")
"""

from __future__ import annotations

import functools
import os
import string
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

from gis.plain_text import masked, visible

__all__ = [
    "CrsError",
    "GateError",
    "GisError",
    "InfeasibleError",
    "InputError",
    "OutputError",
    "PlaceError",
    "QuotaError",
    "RuleError",
    "SchemaError",
    "StaleError",
    "TopologyError",
    "listed",
]

#: A message names at most this many ids, then a count.
LISTED_AT_MOST = 10
#: Facts that a library said, perhaps in several lines.
IN_LINES = {"why", "reason", "first"}


def listed(values: Iterable[object], *, limit: int = LISTED_AT_MOST) -> str:
    """Join values for a message: at most ``limit`` of them, then how many were left out.

    Examples
    --------
    >>> listed(["a", "b"])
    'a, b'
    >>> listed(range(13), limit=3)
    '0, 1, 2 … (+10)'
    """
    every = [str(value) for value in values]
    shown = ", ".join(every[:limit])
    left_out = len(every) - limit
    return f"{shown} … (+{left_out})" if left_out > 0 else shown


class _Facts(string.Formatter):
    """Fills a template; lists are shortened, and a fact that is missing never hides the error.

    What a fact holds came from a file: it starts no line of its own and steers no terminal.
    """

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:  # noqa: ARG002
        value = kwargs.get(str(key), f"{{{key}}}")
        if isinstance(value, list | tuple | set | frozenset):
            return visible(listed(sorted(value) if isinstance(value, set | frozenset) else value))
        if isinstance(value, str | os.PathLike):
            return visible(str(value), keep="\n\t" if key in IN_LINES else "")
        return "" if value is None else value


def fill(template: str, facts: Mapping[str, Any]) -> str:
    """Fill a message template with facts.

    Examples
    --------
    >>> fill("layer {layer}: ids {ids}", {"layer": "parcels", "ids": ["1", "2"]})
    'layer parcels: ids 1, 2'
    """
    return _Facts().vformat(template, (), dict(facts)).strip()


@functools.cache
def message_texts() -> dict[str, dict[str, str]]:
    """Read every message of ``messages/*.yaml``: key → language → template."""
    from ruamel.yaml import YAML

    texts: dict[str, dict[str, str]] = {}
    folder = resources.files(__name__) / "messages"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".yaml"):
            continue
        content = YAML(typ="safe").load(file.read_text("utf-8")) or {}
        doubled = texts.keys() & content.keys()
        if doubled:
            raise RuntimeError(f"message keys defined twice: {listed(sorted(doubled))}")
        texts.update(content)
    return texts


class GisError(Exception):
    """The base of every error that the package raises on purpose.

    Parameters
    ----------
    key
        The name of the message in ``messages/*.yaml``.
    **facts
        What the message needs: file, layer, rows, found, expected. Lists are cut at ten.
    """

    def __init__(self, key: str, /, **facts: Any) -> None:
        self.key = key
        self.facts = facts
        super().__init__(key)

    def text(self, lang: str = "en") -> str:
        """Return the message in ``lang`` (``"en"`` or ``"zh"``), without passwords."""
        entry = message_texts().get(self.key)
        if entry is None:
            return masked(visible(f"{self.key}: {self.facts}"))
        return masked(fill(entry[lang], self.facts))

    def __str__(self) -> str:
        return self.text("en")

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (type(self), self.key, self.facts))


def _restore(kind: type[GisError], key: str, facts: dict[str, Any]) -> GisError:
    return kind(key, **facts)


class InputError(GisError, ValueError):
    """A file can't be read, or holds what can't be used."""


class SchemaError(InputError):
    """A table lacks a field, or a field can't be understood."""


class CrsError(InputError):
    """Coordinates without, with a wrong, or with an unsuitable reference system."""


class TopologyError(GisError, ValueError):
    """Geometry that no area may be computed from."""


class GateError(GisError):
    """The checks found issues at or above the severity that stops a run."""


class RuleError(GisError, LookupError):
    """A legal parameter is missing, malformed, or not in force on the date asked for."""


class QuotaError(GisError):
    """A quota entry that the ledger refuses."""


class InfeasibleError(GisError):
    """No solution satisfies the stated conditions."""


class StaleError(GisError):
    """A result was made from inputs that have changed since."""


class OutputError(GisError, OSError):
    """A result can't be written; what was there before is untouched."""


class PlaceError(OutputError):
    """A place that may not be written to: a result there would destroy what is there."""
