"""Everything a report says, gathered once, so that page and workbook speak of the same run."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from gis.errors import GisError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from gis.analyses import Balance
    from gis.issues import IssueLog
    from gis.ledgers import LedgerState
    from gis.reports.words import Words
from gis.schema import boundary_qualities

__all__ = ["ReportContent"]


@dataclasses.dataclass(frozen=True)
class ReportContent:
    """What one run found, for a reader.

    Attributes
    ----------
    run_name, title
        The run, and what the report is called.
    as_of
        The date of every figure and rule (基准日).
    place, place_name
        Administrative division code of the rules, and its name.
    area_basis
        ``"planar EPSG:4549"``, ``"ellipsoidal GRS80"``; every m² of the report is on it.
    boundary_quality
        ``approved``, ``indicative`` or ``synthetic``: the worst of the zones.
    zones
        From `gis.overlay.measure_zones`; its geometry is not used.
    balances
        By name.
    issues
        What the checks found, with the codes a person accepted.
    inputs
        One mapping a file: table, path, sha256, rows, crs, encoding.
    rules
        The records of every parameter that was read (``Rulebook.read``).
    policy
        What `gis.regulations.policy_in_force` returned for the date.
    clauses
        The policy's clauses (``dataclasses.asdict`` of each `gis.regulations.Clause`).
    cross_checks
        Figures by another method or on another basis: name, value, unit, note.
    areas
        Deed, planar and ellipsoidal area of the parcels (`gis.overlay.compare_areas`).
    notes
        Anything else a reader must know.
    quotas
        What the run's quota ledger says on the date (`gis.ledgers.read_state`); None where the run names none.
    ending
        What `gis.regulations.rules_ending` returned: rules that were read and end within a year.
    left_out
        Balance → the rules for want of which it was not made (`gis.regulations.Rulebook.lacking`).

    Raises
    ------
    GisError
        If a balance is of another date, place or area basis than the report, or the quality of the
        boundary is not known: figures that may not stand side by side.
    """

    run_name: str
    title: str
    as_of: dt.date
    place: str
    place_name: Words
    area_basis: str
    boundary_quality: str
    zones: pd.DataFrame
    balances: Mapping[str, Balance]
    issues: IssueLog
    inputs: Sequence[Mapping[str, Any]]
    rules: Sequence[Mapping[str, Any]]
    policy: Mapping[str, Any] | None = None
    clauses: Sequence[Mapping[str, Any]] = ()
    cross_checks: Sequence[Mapping[str, Any]] = ()
    areas: pd.DataFrame | None = None
    notes: Sequence[Words] = ()
    quotas: LedgerState | None = None
    claims: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    ending: Sequence[Mapping[str, Any]] = ()
    left_out: Mapping[str, Sequence[Mapping[str, Any]]] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.boundary_quality not in boundary_qualities():
            raise GisError("report_quality_unknown", quality=self.boundary_quality, choices=boundary_qualities())
        if self.quotas is not None and self.quotas.as_of != self.as_of.isoformat():
            raise GisError("report_balance_differs", balance="quotas", field="as_of", found=self.quotas.as_of,
                           expected=self.as_of)  # fmt: skip
        for name, balance in self.balances.items():
            for field in ("as_of", "place", "area_basis"):
                found, expected = getattr(balance, field), getattr(self, field)
                if found != expected:
                    raise GisError("report_balance_differs", balance=name, field=field, found=found, expected=expected)

    @property
    def accepted(self) -> dict[str, str]:
        """The issue codes that a person let pass, with the reasons."""
        return self.issues.accepted

    @property
    def unverified_rules(self) -> list[Mapping[str, Any]]:
        """The parameters whose legal text was not seen; hypothetical ones are named apart."""
        return [rule for rule in self.rules if not rule["verified"] and not rule["hypothetical"]]

    @property
    def hypothetical_rules(self) -> list[Mapping[str, Any]]:
        """The parameters that were replaced for this run, with the reason."""
        return [rule for rule in self.rules if rule["hypothetical"]]

    def rule(self, name: str, *, citation: str | None = None) -> Mapping[str, Any] | None:
        """Return the record of a parameter, or None if it was not read; of several, the one of that citation."""
        cited = (rule for rule in self.rules if rule["name"] == name and citation in {None, rule["citation_zh"]})
        return next(cited, None)
