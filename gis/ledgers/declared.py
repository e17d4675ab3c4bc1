"""From what a project declares (land, energy by carrier, emissions) to the needs that it books, with their basis."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gis.errors import QuotaError
from gis.ledgers.energy import Basis, EnergyFigure, EnergyReview, energy_in_tce, review_energy
from gis.ledgers.kinds import quota_kind
from gis.ledgers.land_rules import LAND, RewardSplit, new_land_need, split_reward
from gis.ledgers.projects import Need, Project
from gis.ledgers.replacing import kept_rules

if TYPE_CHECKING:
    from gis.regulations import Rulebook

__all__ = ["Declaration", "DeclaredProject", "declared_project"]

REWARD = "new_town_reward_land"


@dataclasses.dataclass(frozen=True)
class Declaration:
    """What a project says of itself; what is left out is not needed, and what is not known is None.

    Attributes
    ----------
    year
        Of the quotas.
    holders
        Who is drawn on, in order, by kind, or by family: ``land``, ``energy``, ``pollutant``.
    land_m2, existing_construction_m2
        The project's land and the part that is construction land already, which needs no quota.
    new_town
        Grade and purpose (`split_reward`), where a new town's reward pays a part.
    energy, energy_basis, own_factors, kwh
        As of `energy_in_tce` and `review_energy`.
    emissions
        New emission in tonnes a year by pollutant; the ratio is applied at booking.
    is_major_quality, is_large, water_quality, air_quality
        As of `Project`.
    """

    project: str
    parcel_id: str
    year: int
    holders: Mapping[str, tuple[str, ...]]
    land_m2: Any = None
    existing_construction_m2: Any = None
    new_town: tuple[str, str] | None = None
    energy: Mapping[str, Any] | None = None
    energy_basis: Basis = "calorific"
    own_factors: Mapping[str, tuple[Any, str]] | None = None
    kwh: Any = None
    emissions: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    is_major_quality: bool | None = None
    is_large: bool | None = None
    water_quality: str | None = None
    air_quality: str | None = None


@dataclasses.dataclass(frozen=True)
class DeclaredProject:
    """A project ready to be booked, and what its figures came from.

    Attributes
    ----------
    project
        For `book_project` and `try_project`.
    land_m2
        New construction land that it needs; None where no land was declared.
    reward
        Who pays for that land in a new town.
    energy
        The figure on the declared basis.
    review
        Who reviews the energy. It decides nothing of the booking: a review is by calorific value and by order, a quota
        by its own kind. On the equivalent basis it is ``undetermined``.
    """

    project: Project
    land_m2: Decimal | None
    reward: RewardSplit | None
    energy: EnergyFigure | None
    review: EnergyReview | None


def declared_project(declaration: Declaration, rules: Rulebook) -> DeclaredProject:
    """Return the project that a declaration makes; each need carries the basis that its entries will keep.

    Land: `new_land_need`, parted by `split_reward` in a new town. Energy: `energy_in_tce`, rounded up to what a ledger
    keeps. Pollutants: the emission as declared, for emission × ratio is made at booking. A need of nothing is left out.

    Parameters
    ----------
    rules
        Of the day of booking and the place.

    Raises
    ------
    QuotaError
        If a declared kind has no holders, a figure is not exact, or a rule refuses it.

    Examples
    --------
    >>> from gis.regulations import load_rules
    >>> district = ("district:310115",)
    >>> told = Declaration("P1", "D-01", 2026, {"land": district, "energy": district}, land_m2="10000",
    ...                    existing_construction_m2="4000", energy={"diesel": "1000"})
    >>> found = declared_project(told, load_rules(as_of="2026-03-31", place="310115"))
    >>> [(need.kind, str(need.quantity)) for need in found.project.needs], found.review.level
    ([('new_construction_land', '6000.00'), ('energy_calorific_value', '1.458')], 'undetermined')
    """
    needs: list[Need] = []
    land, reward = _land(declaration, rules, needs)
    figure = review = None
    if declaration.energy is not None:
        figure = energy_in_tce(
            declaration.energy, basis=declaration.energy_basis, own_factors=declaration.own_factors
        )
        _add(needs, declaration, figure.kind, figure.booked_tce, _energy_basis(figure))
        is_calorific = figure.basis == "calorific"
        review = review_energy(figure, rules, kwh=declaration.kwh) if is_calorific else EnergyReview("undetermined", ())
    for kind in sorted(declaration.emissions):
        if quota_kind(kind).family != "pollutant":
            raise QuotaError("pollutant_unknown", kind=kind, as_of=rules.law_of, place=rules.place)
        _add(needs, declaration, kind, declaration.emissions[kind], None)
    project = Project(
        declaration.project, declaration.parcel_id, tuple(needs), is_major_quality=declaration.is_major_quality,
        is_large=declaration.is_large, water_quality=declaration.water_quality, air_quality=declaration.air_quality,
        place=rules.place,
    )  # fmt: skip
    return DeclaredProject(project, land, reward, figure, review)


def _land(
    declaration: Declaration, rules: Rulebook, needs: list[Need]
) -> tuple[Decimal | None, RewardSplit | None]:  # fmt: skip
    """Add the needs of land; return the new construction land, and who pays for it in a new town."""
    if declaration.land_m2 is None:
        return None, None
    own = rules.recorder()
    land = new_land_need(
        declaration.land_m2, existing_construction_m2=declaration.existing_construction_m2, rules=own
    )
    facts = {"area_m2": str(declaration.land_m2), "existing_construction_m2": str(declaration.existing_construction_m2)}
    if not land or declaration.new_town is None:
        _add(needs, declaration, LAND, land, facts | {"rules": kept_rules(own.read)})
        return land, None
    grade, purpose = declaration.new_town
    split = split_reward(land, grade=grade, purpose=purpose, rules=rules)
    facts |= {"grade": grade, "purpose": purpose, "new_land_m2": str(land)}
    facts["rules"] = kept_rules((*own.read, *split.rules))  # type: ignore[assignment]
    _add(needs, declaration, REWARD, split.reward_m2, facts)
    _add(needs, declaration, LAND, split.district_m2, facts)
    return land, split


def _energy_basis(figure: EnergyFigure) -> dict[str, Any]:
    names = ("carrier", "unit", "amount", "kgce_per_unit", "source", "verified")
    lines = [{name: row[name] if name == "verified" else str(row[name]) for name in names}
             for row in figure.lines.to_dict("records")]  # fmt: skip
    return {"basis": figure.basis, "tce": str(figure.tce), "lines": lines}


def _add(
    needs: list[Need], declaration: Declaration, kind: str, quantity: Any, facts: Mapping[str, Any] | None
) -> None:  # fmt: skip
    """Add a need, with the basis that its entries keep; nothing for a need of nothing."""
    own = quota_kind(kind)
    if isinstance(quantity, Decimal) and not quantity:
        return
    holders = declaration.holders.get(kind, declaration.holders.get(own.family, ()))
    if not holders:
        raise QuotaError("project_holders", project=declaration.project, kind=kind, holders="–")
    basis = None if facts is None else {**facts, "need": str(quantity)}
    needs.append(Need(kind, declaration.year, quantity, tuple(holders), basis))
