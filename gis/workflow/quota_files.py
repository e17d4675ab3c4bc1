"""What a user writes about quotas: the file of a project to book, and the requests of an allocation."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from gis.errors import InputError, QuotaError, SchemaError
from gis.ledgers import Declaration, DeclaredProject, Need, Project, declared_project, pollutant_need, quota_kind
from gis.ledgers.pollutants import pollutant_medium
from gis.readers import read_raw
from gis.regulations import load_rules
from gis.scenarios.allocation import REPLACED_COLUMNS, Allocation, propose_allocation, request_facts
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
#: What a table of requests may tell beside, as the file of a project does: it decides the ratio of pollutants.
TOLD = ("water_quality", "air_quality", "place")
QUALITIES = ("met", "not_met")


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
    water_quality: Literal["met", "not_met"] | None = None
    air_quality: Literal["met", "not_met"] | None = None
    place: Annotated[str, BeforeValidator(_written)] = ""


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
    project, priority, value, kind, year and quantity, for `propose_quotas`; of a pollutant the quantity is the new
    emission. water_quality, air_quality and place may stand beside; None where they are not told.

    Raises
    ------
    InputError, SchemaError
        If the file can't be read, a column is missing, or a cell is empty or no whole number where one must stand.
    """
    if path.suffix.lower() in {".yaml", ".yml"}:
        rows = [
            {"project": one.project, "priority": one.priority, "value": one.value, **need.model_dump(),
             **{name: getattr(one, name) or None for name in TOLD}}
            for one in _read(path, _Requests).requests for need in one.needs
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=[*REQUESTS, *TOLD])
    there = set(read_raw(path).frame.columns)
    table = read_job_table(path, REQUESTS | {name: "text" for name in TOLD if name in there})
    for name in TOLD:
        table[name] = table[name].astype("object").where(table[name].notna(), None) if name in there else None
    for name in TOLD[:2]:
        bad = table[name].notna() & ~table[name].isin(QUALITIES)
        if bad.any():
            lines = [int(place) + 1 for place in bad.to_numpy().nonzero()[0]]
            raise SchemaError("job_cells_unreadable", path=path, column=name, kind="met / not_met",
                              found=sorted(set(table.loc[bad, name])), rows=lines)  # fmt: skip
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


def propose_quotas(
    ledger: Ledger, requests: pd.DataFrame, *, accounts: Sequence[str], as_of: Any, balance_of: Any = None
) -> Allocation:  # fmt: skip
    """Propose who gets what of the free quotas of some accounts together; nothing is booked.

    The quantity of a pollutant is the new emission; shared out is ``need = emission × ratio``, as booking does. A
    request whose medium's quality is not told is left out as ``undetermined``, for the ratio decides between once and
    twice; nothing is kept for it.

    Parameters
    ----------
    requests
        From `read_requests`.
    as_of
        The day whose rules hold.
    balance_of
        The end of the day whose free quota is shared out; without one, now.

    Raises
    ------
    SchemaError, QuotaError
        As `gis.scenarios.propose_allocation`; or if a pollutant's place is not told and no district is an account.
    """
    facts, told = request_facts(requests), _told_of(requests)
    rows, replaced, open_ones = [], [], dict[str, list[str]]()
    for row in requests.to_dict("records"):
        quota_kind(row["kind"]).units(row["quantity"])
        if quota_kind(row["kind"]).family == "pollutant":
            found = _replaced(row, told[row["project"]], accounts, as_of)
            if isinstance(found, str):
                open_ones.setdefault(row["project"], []).append(f"{row['kind']} {row['year']}: {found}")
                continue
            row["quantity"] = found["need"]
            replaced.append(found)
        rows.append(row)
    kept = pd.DataFrame([row for row in rows if row["project"] not in open_ones], columns=requests.columns)
    answer = propose_allocation(kept, _free(ledger, requests, accounts, balance_of))
    left_out = facts[facts["project"].isin(list(open_ones))].assign(
        given=False, reason="undetermined", short_of=[", ".join(one) for _, one in sorted(open_ones.items())]
    )
    projects = pd.concat([answer.projects, left_out], ignore_index=True) if len(left_out) else answer.projects
    return dataclasses.replace(
        answer, projects=projects.sort_values("project", ignore_index=True),
        replaced=pd.DataFrame(replaced, columns=list(REPLACED_COLUMNS)),
    )  # fmt: skip


def _told_of(requests: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return what each project tells of the quality of water and air and of its place, in any of its rows."""
    told: dict[str, dict[str, str]] = {}
    for row in requests.to_dict("records"):
        own = told.setdefault(row["project"], {})
        for name in TOLD:
            value = row.get(name)
            if value and own.setdefault(name, value) != value:
                raise SchemaError("allocation_told_differ", project=row["project"], column=name)
    return told


def _replaced(
    row: dict[Any, Any], told: dict[str, str], accounts: Sequence[str], as_of: Any
) -> dict[str, Any] | str:  # fmt: skip
    """Return what a request of a pollutant needs, or which field would tell it."""
    kind, year = str(row["kind"]), int(row["year"])
    districts = [one.removeprefix("district:") for one in accounts if one.startswith("district:")]
    place = told.get("place") or next(iter(districts), "")
    if not place:
        raise QuotaError("pollutant_place", kind=kind, holders=list(accounts))
    rules = load_rules(as_of=as_of, place=place)
    field = f"{pollutant_medium(kind, rules)}_quality"
    if field not in told:
        quota_kind(kind).require_year(year)
        return field
    found = pollutant_need(kind, row["quantity"], status=told[field], rules=rules, year=year)
    return {
        "project": row["project"], "kind": kind, "year": year, "emission": found.emission, "medium": found.medium,
        "status": found.status, "ratio": str(found.ratio), "need": found.need, "unit": quota_kind(kind).unit,
    }  # fmt: skip


def _free(ledger: Ledger, requests: pd.DataFrame, accounts: Sequence[str], balance_of: Any) -> pd.DataFrame:
    free = ledger.balance(as_of=balance_of)
    free = free[free["account"].isin(list(accounts))]
    keys = sorted({(str(kind), int(year)) for kind, year in zip(requests["kind"], requests["year"], strict=True)})
    rows = []
    for kind, year in keys:
        own = quota_kind(kind)
        own.require_year(year)
        held = free.loc[(free["kind"] == kind) & (free["year"] == year), "quantity"]
        rows.append((kind, year, sum(held, own.quantity(0))))
    return pd.DataFrame(rows, columns=["kind", "year", "quantity"])


def _read(path: Path, model: type[Any]) -> Any:
    try:
        return model.model_validate(read_yaml(path))
    except ValidationError as error:
        raise InputError("quota_file_invalid", path=path, problems=problems_of(error)) from None
