"""Every rule of a folder, read once for each state of its files."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import re
from pathlib import Path

from gis.errors import RuleError
from gis.regulations.citations import Source, load_sources
from gis.regulations.parameters import Entry, load_entries
from gis.regulations.policy_register import Policy, load_policy

__all__ = ["RULES_FOLDER", "RuleSet", "load_policies", "load_rule_set", "rules_fingerprint"]

RULES_FOLDER = Path(__file__).parent / "rules"
SOURCES_FILE = "sources.yaml"
#: A register of a policy's clauses, as against a file of parameters.
POLICY_FILE = re.compile(r"policy_[a-z0-9_]+\.yaml")
#: A day in a file's name would be a second, unchecked date of what is in it.
PARAMETER_FILE = re.compile(r"[a-z]+(?:_[a-z]+)*\.yaml")


@dataclasses.dataclass(frozen=True)
class RuleSet:
    """The sources and parameters of a folder, and the fingerprint of its files."""

    sources: dict[str, Source]
    entries: dict[str, Entry]
    fingerprint: str


def rules_fingerprint(folder: Path = RULES_FOLDER) -> str:
    """Return the SHA-256 of all rule files of a folder, for the manifest.

    Raises
    ------
    RuleError
        If a file can't be read.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yaml")):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise RuleError("rule_file_unreadable", path=path.name, why=str(error)) from None
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def load_rule_set(folder: Path = RULES_FOLDER) -> RuleSet:
    """Load every rule file of a folder, strictly; a folder that has not changed is not read again.

    Parameters
    ----------
    folder
        Holds ``sources.yaml``, files of parameters named by subject, and ``policy_….yaml``.

    Raises
    ------
    RuleError
        Naming file and parameter, for anything that could mislead.
    """
    return _loaded(folder, rules_fingerprint(folder))


@functools.lru_cache(maxsize=16)
def _loaded(folder: Path, fingerprint: str) -> RuleSet:
    sources = load_sources(folder / SOURCES_FILE)
    entries: dict[str, Entry] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name == SOURCES_FILE or POLICY_FILE.fullmatch(path.name):
            continue
        if not PARAMETER_FILE.fullmatch(path.name):
            raise RuleError("rule_file_name_invalid", path=path.name)
        entries |= load_entries(path, sources)
    return RuleSet(sources, entries, fingerprint)


def load_policies(folder: Path = RULES_FOLDER) -> tuple[Policy, ...]:
    """Load the register of every policy of a folder, strictly; few runs need them, so they are read apart.

    Raises
    ------
    RuleError
        Naming file and clause, for anything that could mislead.
    """
    return _policies(folder, rules_fingerprint(folder))


@functools.lru_cache(maxsize=16)
def _policies(folder: Path, fingerprint: str) -> tuple[Policy, ...]:
    sources = _loaded(folder, fingerprint).sources
    paths = sorted(path for path in folder.glob("*.yaml") if POLICY_FILE.fullmatch(path.name))
    return tuple(load_policy(path, sources) for path in paths)
