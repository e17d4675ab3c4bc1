"""The run file: what to read, as of when, where, and under which declarations. Unknown keys are refused."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError

from gis.crs import AreaBasis
from gis.errors import InputError
from gis.issues import NEVER_ACCEPTED, catalogue
from gis.ledgers import located_address
from gis.schema import LAND_USE_GROUPS, fields_of
from gis.yaml_files import read_yaml

__all__ = [
    "Accepted", "JoinSource", "Replaced", "RunFile", "TableSource", "load_run_file", "problems_of", "run_file_schema",
]  # fmt: skip


#: Types of the data dictionary that are numbers.
NUMBERS = {"area", "money", "number", "ratio"}


def _digits(value: Any) -> Any:
    """Take an adcode that YAML read as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class JoinSource(_Strict):
    """An attribute table (CSV, XLSX) joined to the layer by id, letter for letter."""

    path: Path = Field(description="CSV or XLSX file, relative to the run file")
    key: str = Field(description="its column that holds the id")
    sheet: str | None = Field(None, description="sheet of a workbook with several")
    encoding: str | None = Field(None, description="encoding of a CSV that does not prove it")


class TableSource(_Strict):
    """Where a table comes from, and what its columns mean."""

    path: Path = Field(description="file, relative to the run file")
    layer: str | None = Field(None, description="layer, where the file has several")
    encoding: str | None = Field(None, description="utf-8, gbk or gb18030, where the file does not prove it")
    crs: str | None = Field(None, description="EPSG code, where the file does not tell it")
    fields: dict[str, str | None] = Field(
        default_factory=dict, description='field: column; "@row" is the row number, null leaves the field out'
    )
    units: dict[str, str] = Field(default_factory=dict, description="field: unit of its column (m2, ha, mu, …)")
    values: dict[str, Any] = Field(default_factory=dict, description="field: constant, where the file has no column")
    join: JoinSource | None = Field(None, description="attribute table to join by id")


class Tables(_Strict):
    """The tables of a run."""

    approved_boundaries: TableSource
    parcels: TableSource
    land_use: TableSource | None = None
    green_spaces: TableSource | None = None
    buildings: TableSource | None = None
    plan_units: TableSource | None = None
    parcel_events: TableSource | None = None


class Accepted(_Strict):
    """An issue code that may pass the gate, and why; it stays listed."""

    code: str
    reason: str = Field(min_length=1)


class Checks(_Strict):
    """What stops a run."""

    stop_at: Literal["error", "warning", "note"] = "error"
    accept: tuple[Accepted, ...] = ()
    tolerances: dict[str, float] = Field(default_factory=dict, description="see gis.checks.Tolerances")


class Replaced(_Strict):
    """A hypothetical value of a legal parameter; every output says so."""

    name: str
    value: Any
    reason: str = Field(min_length=1)


class ClaimPriority(_Strict):
    """Which of several parcels holds the ground that they all claim; every output says so."""

    priority: str = Field(description="column of parcels: a date or a number")
    order: Literal["newest", "oldest", "highest", "lowest"] = Field(description="which of its values comes first")
    reason: str = Field(min_length=1)


class Cover(_Strict):
    """Which kind (group) of one layer holds ground that several claim."""

    order: str | tuple[str, ...] = Field(description="counts_least, counts_most, contested; or kinds, the first holds")
    reason: str = Field(min_length=1)


class Covers(_Strict):
    """Precedences declared instead of the program's own (gis/analyses/precedence.yaml)."""

    green_spaces: Cover | None = None
    land_use: Cover | None = None


class RunFile(_Strict):
    """A whole run."""

    zonegis: Literal[1] = Field(description="version of the format")
    title: str = Field(description="title of map and report")
    as_of: dt.date = Field(description="date of the rules and of the status (基准日)")
    place: Annotated[str, BeforeValidator(_digits)] = Field(
        pattern=r"^\d{2,6}$", description="administrative division code of the rules, such as 310115"
    )
    lang: Literal["zh", "en"] = "zh"
    crs: str | None = Field(None, description="projected system in metres that areas are computed in")
    area_basis: AreaBasis = Field(
        "planar", description="what every m² is on: the plane of the system, or the GRS80 ellipsoid (椭球面积)"
    )
    output: Path = Field(Path("outputs/run"), description="folder of the results, relative to the run file")
    tables: Tables
    checks: Checks = Checks()
    rules: tuple[Replaced, ...] = Field((), description="hypothetical values of legal parameters")
    claims: ClaimPriority | None = Field(
        None, description="what decides which parcel holds ground that several claim; without it that is contested"
    )
    covers: Covers = Covers()
    land_guide: Path | None = Field(
        None,
        description="CSV of the land guide's adjustment values by sector, as gis/regulations/land_guide.csv",
    )
    ledger: str | None = Field(
        None,
        min_length=1,
        description="quota ledger: a file, relative to the run file, or postgresql://user@host/database; "
        "leave a password to PGPASSWORD or ~/.pgpass",
    )
    _file: Path | None = PrivateAttr(None)

    @property
    def file(self) -> Path | None:
        """The file it was read from."""
        return self._file

    def source(self, table: str) -> TableSource | None:
        """Return where a table comes from, or None."""
        found: TableSource | None = getattr(self.tables, table)
        return found

    def given(self) -> list[str]:
        """Return the tables that are given, the boundary first."""
        return [name for name in Tables.model_fields if self.source(name) is not None]


def load_run_file(path: Path | str) -> RunFile:
    """Read a run file; its relative paths are taken from its own folder.

    Raises
    ------
    InputError
        For broken YAML, an unknown or missing key, or a value that can't be: each with its place.
    """
    path = Path(path)
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise InputError("run_file_invalid", path=path, problems="the file holds no keys")
    try:
        run = RunFile.model_validate(content)
    except ValidationError as error:
        raise InputError("run_file_invalid", path=path, problems=problems_of(error)) from None
    problems = [
        f"checks.accept: unknown code {entry.code}"
        if entry.code not in catalogue()
        else f"checks.accept: {entry.code} can't be accepted: nothing can be computed of such data"
        for entry in run.checks.accept
        if entry.code not in catalogue() or entry.code in NEVER_ACCEPTED
    ]
    problems += _precedence_problems(run)
    if problems:
        raise InputError("run_file_invalid", path=path, problems=problems)
    located = _located(run, path.resolve().parent)
    located._file = path.resolve()  # noqa: SLF001 - not a key of the file
    return located


def _precedence_problems(run: RunFile) -> list[str]:
    """Return what can't be of the priorities among parcels, kinds of green and groups of use."""
    problems, parcels = [], fields_of("parcels")
    if run.claims is not None:
        field = parcels.get(run.claims.priority)
        wanted = "date" if run.claims.order in {"newest", "oldest"} else "number"
        kind = "" if field is None else "date" if field.type == "date" else "number" if field.type in NUMBERS else ""
        if kind != wanted:
            found, needed = run.claims.priority, run.claims.order
            problems.append(f"claims.priority: {found} is no {wanted} of parcels, as {needed} needs")
    kinds = (*fields_of("green_spaces")["green_kind"].choices,)
    for name, words, known in (("green_spaces", ("counts_least", "counts_most"), kinds),
                               ("land_use", ("contested",), LAND_USE_GROUPS)):  # fmt: skip
        cover: Cover | None = getattr(run.covers, name)
        order = None if cover is None else cover.order
        if isinstance(order, str) and order not in words:
            problems.append(f"covers.{name}.order: {order} is none of {', '.join(words)}")
        if isinstance(order, tuple) and (not order or len(set(order)) < len(order) or set(order) - set(known)):
            problems.append(f"covers.{name}.order: {', '.join(order)} must be different ones of {', '.join(known)}")
    return problems


def problems_of(error: ValidationError) -> list[str]:
    """Return what is wrong with a file, each with its place in it."""
    return [f"{'.'.join(map(str, e['loc'])) or '–'}: {_plain(e)}" for e in error.errors()]


def _plain(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown key"
    if error["type"] == "missing":
        return "missing"
    return f"{error['msg'].removeprefix('Value error, ')}, found {error.get('input')!r}"


def _located(run: RunFile, folder: Path) -> RunFile:
    tables = {}
    for name in run.given():
        source = run.source(name)
        assert source is not None  # noqa: S101 - given() names present tables only
        join = source.join and source.join.model_copy(update={"path": folder / source.join.path})
        tables[name] = source.model_copy(update={"path": folder / source.path, "join": join})
    guide = run.land_guide and folder / run.land_guide
    ledger = run.ledger and located_address(run.ledger, folder)
    located = {
        "tables": run.tables.model_copy(update=tables), "output": folder / run.output, "land_guide": guide,
        "ledger": ledger,
    }  # fmt: skip
    return run.model_copy(update=located)


def run_file_schema() -> str:
    """Return the JSON Schema of run files, for editors.

    Examples
    --------
    >>> json.loads(run_file_schema())["additionalProperties"]
    False
    """
    return json.dumps(RunFile.model_json_schema(), ensure_ascii=False, indent=2) + "\n"
