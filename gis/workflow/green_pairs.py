"""Which surplus of a scenario covers which deficit, and whose pledges a later scenario breaks."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.csv_files import write_frame
from gis.scenarios import Pledges, ScenarioState, dependants, pair_surplus
from gis.scenarios.pairing import references_of
from gis.workflow.fresh import write_sidecar
from gis.writing import permitted

if TYPE_CHECKING:
    import pandas as pd

    from gis.workflow.green_scenarios import GreenRun

__all__ = ["Pairing", "pair_scenario"]


@dataclasses.dataclass(frozen=True)
class Pairing:
    """The pledges of a zone beside the zone's own total, which is another figure.

    Attributes
    ----------
    found
        The pledges: each parcel against its own reference, its floor or else the zone's target.
    zone
        The zone in total, Σ green against target · land (a row of the scenario's zones). A zone can be short though
        every deficit of its parcels is covered: a floor of a parcel's own may be below the target.
    broken
        Pledges that the later scenario breaks, one row a receiver; empty without one.
    after_zone
        The zone's row in the later scenario, under that scenario's own target; None without one.
    """

    found: Pledges
    zone: dict[str, Any]
    broken: pd.DataFrame
    after_zone: dict[str, Any] | None


def pair_scenario(
    opened: GreenRun, *, zone_id: str | None = None, after: GreenRun | None = None, output: Path | None = None
) -> Pairing:
    """Pair surplus and deficits of a scenario, and say whose pledges another one breaks.

    Parameters
    ----------
    opened
        The scenario whose pledges are made.
    zone_id
        By default the first zone.
    after
        A scenario on the same run after a change of donors or of the target; what a donor can still spare is
        measured by its own target and floors.
    output
        CSV file for the pledges; what they were made from stands beside it (see `gis.workflow.require_fresh`).
    """
    state = opened.state()
    chosen = zone_id or str(state.zones["zone_id"].iloc[0])
    found = pair_surplus(state.parcels, opened.base.land, zone_id=chosen, target_ratio=_target(state, chosen))
    broken, after_zone = dependants(found.pledges.iloc[:0], {}, {}), None
    if after is not None:
        later = after.state()
        green = dict(zip(later.parcels["parcel_id"], later.parcels["green_m2"], strict=True))
        broken = dependants(found.pledges, green, references_of(later.parcels, _target(later, chosen)))
        after_zone = _zone(later, chosen)
    if output is not None:
        with permitted(inputs=[*opened.files(), *(after.files() if after else ())]):
            write_frame(output, found.pledges)
            write_sidecar(opened, output)
    return Pairing(found, _zone(state, chosen), broken, after_zone)


def _target(state: ScenarioState, zone_id: str) -> Any:
    """Return the target of a zone; an unknown zone is refused by the pairing, which names those there are."""
    return next((target.target_ratio for target in state.targets if target.zone_id == zone_id), 0)


def _zone(state: ScenarioState, zone_id: str) -> dict[str, Any]:
    return {str(key): value for key, value in state.zones.set_index("zone_id", drop=False).loc[zone_id].items()}
