"""What the checks found: issues with code, severity, ids, place, m² and what to do.

The codes and their texts in Chinese and English are data: ``catalogue/*.yaml``, one file a room.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.resources
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from gis.areas import m2_text
from gis.errors import GateError, fill, listed
from gis.yaml_files import parse_yaml

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPECTATIONS", "NEVER_ACCEPTED", "Issue", "IssueLog", "Kind", "Severity", "catalogue"]

Lang = Literal["en", "zh"]
CATALOGUE_KEYS = {"severity", "responsibility", "title", "message", "fix"}
#: A key that an entry may have: such issues stop a run below its gate too, unless they are accepted with a reason.
MUST_BE_ACCEPTED = "must_be_accepted"
RESPONSIBILITIES = ("data_provider", "planning_bureau", "zone_manager", "analyst")


class Severity(StrEnum):
    """How bad an issue is: 严重 (error), 一般 (warning), 提示 (note)."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """The order: note 0, warning 1, error 2."""
        return list(Severity).index(self)


@dataclasses.dataclass(frozen=True)
class Kind:
    """One entry of the catalogue: a code with its severity and its texts by language.

    ``must_be_accepted`` issues stop a run at any gate until a person accepts them with a reason.
    """

    code: str
    severity: Severity
    responsibility: str
    title: Mapping[str, str]
    message: Mapping[str, str]
    fix: Mapping[str, str]
    must_be_accepted: bool = False


@functools.cache
def catalogue() -> dict[str, Kind]:
    """Return every issue code, read from ``catalogue/*.yaml`` (strict)."""
    kinds: dict[str, Kind] = {}
    folder = importlib.resources.files(__name__) / "catalogue"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".yaml"):
            continue
        for code, entry in parse_yaml(file.read_text("utf-8"), name=file.name).items():
            if code in kinds or set(entry) - {MUST_BE_ACCEPTED} != CATALOGUE_KEYS:
                raise RuntimeError(f"{file.name}: {code} is doubled or has other keys than {sorted(CATALOGUE_KEYS)}")
            kinds[code] = Kind(code=code, severity=Severity(entry.pop("severity")), **entry)
    return kinds


@dataclasses.dataclass(frozen=True)
class Issue:
    """One thing wrong, or worth knowing, about the data.

    Parameters
    ----------
    code
        An entry of the catalogue; it gives severity, responsibility and texts.
    table
        The canonical table, such as ``parcels``.
    ids
        The features concerned.
    where
        A point in the run's system as ``"x y"``, or "".
    found, expected
        What is there, and what should be.
    area_m2
        The area concerned, or None where the issue has none.
    file, rows
        The source, rows counted from 1.
    facts
        Anything else that the message of the code names.
    """

    code: str
    table: str
    ids: tuple[str, ...] = ()
    where: str = ""
    found: str = ""
    expected: str = ""
    area_m2: float | None = None
    file: str = ""
    rows: tuple[int, ...] = ()
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """The catalogue's entry for this issue."""
        return catalogue()[self.code]

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.kind.severity

    def text(self, lang: Lang = "en") -> str:
        """Return the message with its facts filled in."""
        return self._filled(self.kind.message[lang])

    def fix(self, lang: Lang = "en") -> str:
        """Return what to do about it."""
        return self._filled(self.kind.fix[lang])

    def _filled(self, template: str) -> str:
        area = "" if self.area_m2 is None else m2_text(self.area_m2)
        return fill(template, dataclasses.asdict(self) | {"area_m2": area} | dict(self.facts))


#: Codes of data that no figure can be computed of, whoever accepts it: identity or shape is missing.
NEVER_ACCEPTED = frozenset({
    "table-empty", "field-absent", "field-type", "field-ambiguous", "field-unit-ambiguous", "id-missing",
    "id-duplicate", "geometry-missing", "geometry-invalid", "geometry-without-area", "geometry-not-polygon",
    "geometry-unreadable",
})  # fmt: skip
#: Codes of what the run file itself expects: it is corrected there, or the data are.
EXPECTATIONS = frozenset({"expected-rows-differ", "expected-land-share-missed"})


class IssueLog:
    """Collects every issue, and stops a run where one is too severe.

    Examples
    --------
    >>> log = IssueLog()
    >>> len(log), log.worst() is None
    (0, True)
    """

    def __init__(self) -> None:
        self._issues: list[Issue] = []
        self._accepted: dict[str, str] = {}

    def add(self, code: str, table: str, **facts: Any) -> Issue:
        """Record an issue; facts that `Issue` has no field for fill the message.

        Raises
        ------
        KeyError
            If the catalogue does not know the code.
        """
        catalogue()[code]
        names = {field.name for field in dataclasses.fields(Issue)} - {"facts"}
        own = {name: value for name, value in facts.items() if name in names}
        own["ids"] = tuple(str(entry) for entry in own.get("ids", ()))
        own["rows"] = tuple(int(row) for row in own.get("rows", ()))
        rest = {name: value for name, value in facts.items() if name not in names}
        issue = Issue(code, table, facts=rest, **own)
        self._issues.append(issue)
        return issue

    def accept(self, code: str, reason: str) -> None:
        """Let issues of one code pass the gate; they stay listed, with the reason."""
        self._accepted[code] = reason

    @property
    def accepted(self) -> dict[str, str]:
        """The codes that a person let pass, with the reasons."""
        return dict(self._accepted)

    def __iter__(self) -> Iterator[Issue]:
        order = sorted(self._issues, key=lambda issue: (-issue.severity.rank, issue.code, issue.table, issue.ids))
        return iter(order)

    def __len__(self) -> int:
        return len(self._issues)

    def extend(self, issues: Iterable[Issue]) -> None:
        """Add issues that were recorded elsewhere."""
        self._issues.extend(issues)

    def worst(self) -> Severity | None:
        """Return the worst severity recorded, accepted ones included."""
        return max((issue.severity for issue in self._issues), key=lambda s: s.rank, default=None)

    def at_least(self, severity: Severity | str) -> list[Issue]:
        """Return the issues that a gate at ``severity`` stops at (accepted codes left out).

        Those that must be accepted are among them, whatever their severity.
        """
        rank = Severity(severity).rank
        return [
            issue for issue in self
            if (issue.severity.rank >= rank or issue.kind.must_be_accepted) and issue.code not in self._accepted
        ]  # fmt: skip

    def counts(self) -> dict[str, int]:
        """Return how many issues there are of each severity."""
        found = Counter(issue.severity for issue in self._issues)
        return {severity.value: found[severity] for severity in reversed(Severity)}

    def raise_if(self, severity: Severity | str) -> None:
        """Stop where an issue is at least this severe.

        Raises
        ------
        GateError
            Naming the codes and how often each occurs.
        """
        stopping = self.at_least(severity)
        if stopping:
            codes = Counter(issue.code for issue in stopping)
            named = listed(f"{code} ({count})" for code, count in sorted(codes.items()))
            raise GateError("gate_stopped", count=len(stopping), severity=Severity(severity).value, codes=named)

    def to_frame(self, lang: Lang = "en") -> pd.DataFrame:
        """Return the issues as a table, one row an issue, worst first.

        Columns: severity, code, title, table, ids (``;`` between), where, found, expected,
        area_m2, file, rows, message, fix, responsibility, accepted_reason.
        """
        import pandas as pd

        rows = [
            {
                "severity": issue.severity.value,
                "code": issue.code,
                "title": issue.kind.title[lang],
                "table": issue.table,
                "ids": ";".join(issue.ids),
                "where": issue.where,
                "found": issue.found,
                "expected": issue.expected,
                "area_m2": issue.area_m2,
                "file": issue.file,
                "rows": ";".join(map(str, issue.rows)),
                "message": issue.text(lang),
                "fix": issue.fix(lang),
                "responsibility": issue.kind.responsibility,
                "accepted_reason": self._accepted.get(issue.code, ""),
            }
            for issue in self
        ]
        columns = list(rows[0]) if rows else list(ISSUE_COLUMNS)
        return pd.DataFrame(rows, columns=columns).astype({"area_m2": float})


ISSUE_COLUMNS = (
    "severity", "code", "title", "table", "ids", "where", "found", "expected", "area_m2",
    "file", "rows", "message", "fix", "responsibility", "accepted_reason",
)  # fmt: skip
