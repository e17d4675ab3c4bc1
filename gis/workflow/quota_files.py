"""What a user writes about quotas: the file of a project to book, and the requests of an allocation."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from gis.errors import InputError, SchemaError
from gis.ledgers import Declaration, DeclaredProject, Need, Project, declared_project, quota_kind
from gis.regulations import load_rules
from gis.scenarios import Allocation, propose_allocation
from gis.workflow.land_jobs import read_job_table
from gis.workflow.run_file import problems_of
from gis.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.ledgers import Ledger

__all__ = ["ProjectFile", "propose_quotas", "read_project", "read_requests"]

#: Columns of a table of requests; quantities stay text, for they are exact.
REQUESTS = {
    "project": "id", "priority": "text", "value": "text", "kind": "id", "year": "text", "quantity": "text",
}  # fmt: skip
WHOLE = ("priority", "value", "year")


def _written(value: Any) -> Any:
    """Refuse what YAML read as a number: a fraction is not exact any more, an id has lost its leading zeros."""
    if isinstance(value, int | float):
        raise ValueError("put it between quotation marks")
    return value


Text = Annotated[str, BeforeValidator(_written), Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Need(_Strict):
    kind: Text
    year: int
    quantity: Text
    holders: tuple[Text, ...]


class _NewTown(_Strict):
    grade: Text
    purpose: Text


class _Factor(_Strict):
    kgce_per_unit: Text
    source: Text


class _Declared(_Strict):
    year: int
    holders: dict[str, tuple[Text, ...]]
    land_m2: Text | None = None
    existing_construction_m2: Text | None = None
    new_town: _NewTown | None = None
    energy: dict[str, Text] | None = None
    energy_basis: Literal["calorific", "equivalent"] = "calorific"
    own_factors: dict[str, _Factor] = Field(default_factory=dict)
    kwh: Text | None = None
    emissions: dict[str, Text] = Field(default_factory=dict)


class _Project(_Strict):
    project: Text
    parcel: Text
    expires: dt.date
    needs: tuple[_Need, ...] = ()
    declared: _Declared | None = None
    is_major_quality: bool | None = None
    is_large: bool | None = None
    water_quality: Literal["met", "not_met"] | None = None
    air_quality: Literal["met", "not_met"] | None = None
    place: Annotated[str, BeforeValidator(_written)] = ""
    document: Annotated[str, BeforeValidator(_written)] = ""

    @model_validator(mode="after")
    def _one_way(self) -> _Project:
        if bool(self.needs) == (self.declared is not None):
            raise ValueError("give needs or declared, and not both")
        if self.declared is not None and not self.place:
            raise ValueError("declared needs the place whose rules hold, such as 310115")
        return self


class _RequestNeed(_Strict):
    kind: Text
    year: int
    quantity: Text


class _Request(_Strict):
    project: Text
    priority: int
    value: int
    needs: tuple[_RequestNeed, ...]


class _Requests(_Strict):
    requests: tuple[_Request, ...]


@dataclasses.dataclass(frozen=True)
class ProjectFile:
    """A project to book, the last day of its reservations, the document they rest on, and what its needs came from."""

    project: Project
    expires: dt.date
    document: str
    declared: DeclaredProject | None = None


def read_project(path: Path, *, as_of: Any = None) -> ProjectFile:
    """Read the file of a project (YAML); quantities and ids stand between quotation marks.

    The file holds its needs, or what the project declares: land, energy by carrier and emissions, from which the needs
    are computed (`gis.ledgers.declared_project`).

    Parameters
    ----------
    as_of
        The day of booking, whose rules compute needs from what is declared.

    Raises
    ------
    InputError
        For broken YAML, an unknown or missing key, or a value that can't be: each with its place.
    QuotaError
        If a rule refuses what is declared.
    """
    found = _read(path, _Project)
    judged = {
        "is_major_quality": found.is_major_quality, "is_large": found.is_large, "water_quality": found.water_quality,
        "air_quality": found.air_quality,
    }  # fmt: skip
    if found.declared is None:
        needs = tuple(Need(need.kind, need.year, need.quantity, need.holders) for need in found.needs)
        project = Project(found.project, found.parcel, needs, place=found.place, **judged)
        return ProjectFile(project, found.expires, found.document)
    if as_of is None:
        raise InputError("quota_file_invalid", path=path, problems=["declared: the day of booking is not given"])
    facts = found.declared.model_dump()
    facts["new_town"] = tuple(facts["new_town"].values()) if facts["new_town"] else None
    facts["own_factors"] = {name: tuple(one.values()) for name, one in facts["own_factors"].items()}
    told = Declaration(found.project, found.parcel, **facts, **judged)
    made = declared_project(told, load_rules(as_of=as_of, place=found.place))
    return ProjectFile(made.project, found.expires, found.document, made)


def read_requests(path: Path) -> pd.DataFrame:
    """Read requests: a table (CSV, XLSX) with a row a project and kind, or YAML with its needs under each project.

    Returns
    -------
    project, priority, value, kind, year and quantity, for `gis.scenarios.propose_allocation`.

    Raises
    ------
    InputError, SchemaError
        If the file can't be read, a column is missing, or a cell is empty or no whole number where one must stand.
    """
    if path.suffix.lower() in {".yaml", ".yml"}:
        rows = [
            {"project": one.project, "priority": one.priority, "value": one.value, **need.model_dump()}
            for one in _read(path, _Requests).requests for need in one.needs
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=list(REQUESTS))
    table = read_job_table(path, REQUESTS)
    for name in REQUESTS:
        bad = table[name].isna()
        if name in WHOLE:
            bad |= ~table[name].fillna("").str.fullmatch(r"[0-9]{1,9}")
        if bad.any():
            found = sorted(set(table.loc[bad, name].fillna("").astype("str")))
            lines = [int(place) + 1 for place in bad.to_numpy().nonzero()[0]]
            kind = "number" if name in WHOLE else "text"
            raise SchemaError("job_cells_unreadable", path=path, column=name, kind=kind, found=found, rows=lines)
    return table.astype(dict.fromkeys(WHOLE, "int64"))


def propose_quotas(ledger: Ledger, requests: pd.DataFrame, *, accounts: Sequence[str]) -> Allocation:
    """Propose who gets what of the free quotas of some accounts together; nothing is booked.

    Raises
    ------
    SchemaError, QuotaError
        As `gis.scenarios.propose_allocation`.
    """
    free = ledger.balance()
    free = free[free["account"].isin(list(accounts))]
    keys = sorted({(str(kind), int(year)) for kind, year in zip(requests["kind"], requests["year"], strict=True)})
    rows = []
    for kind, year in keys:
        own = quota_kind(kind)
        own.require_year(year)
        held = free.loc[(free["kind"] == kind) & (free["year"] == year), "quantity"]
        rows.append((kind, year, sum(held, own.quantity(0))))
    return propose_allocation(requests, pd.DataFrame(rows, columns=["kind", "year", "quantity"]))


def _read(path: Path, model: type[Any]) -> Any:
    try:
        return model.model_validate(read_yaml(path))
    except ValidationError as error:
        raise InputError("quota_file_invalid", path=path, problems=problems_of(error)) from None
