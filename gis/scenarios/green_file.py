"""The scenario file: named edits on a base run or on another scenario. Unknown keys are refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from gis.errors import InputError
from gis.scenarios.problem import Objective, exact
from gis.yaml_files import parse_yaml, read_yaml

__all__ = ["AmountEdit", "Edit", "GreenScenario", "SolveSettings", "load_green_scenario", "parse_scenario"]

SCENARIO_KEY = "zonegis_scenario"
#: China has 10¹³ m²; a float is exact to the mm² up to 10⁹ times less, and overflows far beyond.
MOST_AMOUNT = 10**15


def _exact(value: Any) -> Any:
    """Take a number as it is written; leave anything else for the model to refuse."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    try:
        return exact(value)
    except (ValueError, ZeroDivisionError):
        return value


def _not_below_zero(value: Fraction) -> Fraction:
    if value < 0:
        raise ValueError("must not be below 0")
    return value


def _id(value: Any) -> Any:
    """Refuse an id that YAML read as a number: its leading zeros are gone."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError("put ids between quotation marks")
    return value


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _amount(value: Any) -> Fraction:
    value = _exact(value)
    if not isinstance(value, Fraction):
        raise ValueError('a number such as 1200, 0.12 or "12%" is expected')
    if value > MOST_AMOUNT:
        raise ValueError("is beyond any area or cost")
    return _not_below_zero(value)


Amount = Annotated[Fraction, BeforeValidator(_amount)]
Id = Annotated[str, BeforeValidator(_id), Field(min_length=1)]
Text = Annotated[str, Field(min_length=1)]


class _Edit(_Checked):
    name: str = Field("", description="name of the edit, once in a stack of scenarios; for messages and sources")
    reason: Text = Field(description="why")

    @property
    def label(self) -> str:
        """The name, or what the edit does to what."""
        about = getattr(self, "parcel_id", None) or getattr(self, "green_id", None) or ""
        return self.name or f"{getattr(self, 'edit', '')} {about}".strip()


class AmountEdit(_Edit):
    """Green of one parcel, or its floor or ceiling, in m² or as a share of its land; a limit needs a citation."""

    edit: Literal["set_green", "floor", "ceiling"]
    parcel_id: Id
    reason: str = ""
    m2: Amount | None = Field(None, validation_alias=AliasChoices("m2", "green_m2"))
    ratio: Amount | None = None
    citation: Text | None = None

    @model_validator(mode="after")
    def _one_amount(self) -> AmountEdit:
        if (self.m2 is None) == (self.ratio is None):
            raise ValueError("give m2 or ratio, and not both")
        if self.edit != "set_green" and not (self.citation and self.reason):
            raise ValueError("a floor or ceiling needs a reason and a citation")
        return self

    def m2_of(self, area_m2: Fraction) -> Fraction:
        """Return the amount in m²."""
        return self.m2 if self.m2 is not None else (self.ratio or Fraction(0)) * area_m2


class LockEdit(_Edit):
    """The green of a parcel stays as it is, or may change again."""

    edit: Literal["lock", "unlock"]
    parcel_id: Id


class RoofEdit(_Edit):
    """Green on roofs of a parcel; it counts as the rules convert it."""

    edit: Literal["roof_green"]
    parcel_id: Id
    m2: Amount
    roof_height_m: Amount
    roof_green_kind: Literal["garden", "combined", "lawn"]


class AddGreenEdit(_Edit):
    """A polygon of green, as WKT in the system of the run; its m² are measured."""

    edit: Literal["add_green"]
    green_id: Id
    green_kind: Literal["attached", "park", "protective", "road"] = "attached"
    wkt: Text


class RemoveGreenEdit(_Edit):
    """A green space that goes."""

    edit: Literal["remove_green"]
    green_id: Id


class UseEdit(_Edit):
    """Another land use of a parcel."""

    edit: Literal["change_use"]
    parcel_id: Id
    land_use_scheme: Literal["mnr_2023", "third_survey", "gb50137_2011", "shanghai_control_plan"]
    land_use_code: Id


class RuleEdit(_Edit):
    """A hypothetical value of a legal parameter; ``target`` is that of the zone's floor."""

    edit: Literal["rule"]
    rule: Text
    value: Any


class TargetEdit(_Edit):
    """Another target of the zones."""

    edit: Literal["target"]
    ratio: Amount
    citation: Text


Edit = Annotated[
    AmountEdit | LockEdit | RoofEdit | AddGreenEdit | RemoveGreenEdit | UseEdit | RuleEdit | TargetEdit,
    Field(discriminator="edit"),
]


class SolveSettings(_Checked):
    """What a solver is asked, beside the targets and limits."""

    objective: Objective = "least_cost"
    start: Literal["base", "bare"] = Field(
        "base", description="what is paid and counted as a change: from the green as it is, or from bare land"
    )
    cost_cny_m2: Amount = Field(Fraction(0), description="of each m² added, where a parcel has no cost of its own")
    fixed_cost_cny: Amount = Field(Fraction(0), description="paid once at each parcel where green is added")
    patch_m2: Amount = Field(Fraction(0), description="least useful addition")
    costs: dict[str, Amount] = Field(default_factory=dict, description="parcel_id: CNY per m²")
    costs_file: Path | None = Field(None, description="CSV parcel_id,cost_cny_m2, relative to the scenario file")
    budget_cny: Amount | None = None
    gap_ratio: float = Field(
        0.0, ge=0, le=0.1, description="with whole decisions, how near to its bound HiGHS may stop"
    )
    industrial_ceiling: Literal["applied", "not_applied"] = Field(
        "applied", description="the national ceiling of industrial projects, where a parcel has none of its own"
    )
    above_ceiling: Literal["reduced", "kept"] = Field(
        "reduced", description="green that is above the ceiling today: must come down to it, or may stay"
    )


class _File(_Checked):
    zonegis_scenario: Literal[1]
    name: Text
    title: str = ""
    base: Path
    made_from: dict[str, str] = Field(
        default_factory=dict, description="written by zonegis: what the amounts were made from; it is compared"
    )
    edits: tuple[Edit, ...] = ()
    solve: SolveSettings | None = None


@dataclasses.dataclass(frozen=True)
class GreenScenario:
    """A stack of scenario files, the one that was named last.

    Attributes
    ----------
    name, title
        Of the last file.
    run_file
        The run that the lowest file is based on.
    files
        The files, the lowest first.
    edits
        All edits in the order in which they are made, each with its file.
    solve
        The settings of the last file that has some.
    made_from
        file → fingerprints of what its edits were made from, of files that zonegis wrote.
    """

    name: str
    title: str
    run_file: Path
    files: tuple[Path, ...]
    edits: tuple[tuple[Path, Any], ...]
    solve: SolveSettings
    made_from: Mapping[Path, Mapping[str, str]] = dataclasses.field(default_factory=dict)


def load_green_scenario(path: Path | str, *, may_be_run: bool = False) -> GreenScenario:
    """Read a scenario with all that it is based on; a run file alone stands for itself where it may.

    Raises
    ------
    InputError
        For broken YAML, an unknown or missing key, a value that can't be, a circle of bases, or a name
        that occurs twice in the stack: a relaxed scenario is another one, with a name of its own.
    """
    path = Path(path).resolve()
    files, models = [], []
    while True:
        if path in files:
            raise InputError("scenario_circle", path=path)
        content = read_yaml(path)
        if isinstance(content, dict) and "tables" in content and SCENARIO_KEY not in content:
            break
        files.append(path)
        models.append(_model(path, content))
        path = (path.parent / models[-1].base).resolve()
    if not models and may_be_run:
        return GreenScenario(path.name, "", path, (), (), SolveSettings())
    if not models:
        raise InputError("scenario_is_run", path=path)
    files, models = files[::-1], models[::-1]
    edits = tuple((file, edit) for file, model in zip(files, models, strict=True) for edit in model.edits)
    for what, names in (
        ("scenario", [m.name for m in models]),
        ("edit", [edit.name for _, edit in edits if edit.name]),
    ):
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise InputError("scenario_name_doubled", path=files[-1], what=what, names=doubled)
    places = [place for place, model in enumerate(models) if model.solve is not None]
    solve = SolveSettings()
    if places:
        given = models[places[-1]].solve
        assert given is not None  # noqa: S101 - narrows the type only
        folder = files[places[-1]].parent
        solve = (
            given if given.costs_file is None else given.model_copy(update={"costs_file": folder / given.costs_file})
        )
    made = {file: model.made_from for file, model in zip(files, models, strict=True) if model.made_from}
    return GreenScenario(models[-1].name, models[-1].title, path, tuple(files), edits, solve, made)


def parse_scenario(text: str, *, name: str) -> _File:
    """Return the model of one scenario file from its text; its base is not followed."""
    return _model(Path(name), parse_yaml(text, name=name))


def _model(path: Path, content: Any) -> _File:
    if not isinstance(content, dict):
        raise InputError("scenario_invalid", path=path, problems="the file holds no keys")
    try:
        return _File.model_validate(content)
    except ValidationError as error:
        raise InputError("scenario_invalid", path=path, problems=[_plain(entry) for entry in error.errors()]) from None


def _plain(entry: Any) -> str:
    place = ".".join(map(str, entry["loc"]))
    told = {"extra_forbidden": "unknown key", "missing": "missing"}.get(entry["type"], entry["msg"])
    return f"{place}: {told}"
