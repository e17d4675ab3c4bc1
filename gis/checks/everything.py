"""All checks of a run, one after another; everything is collected and nothing stops here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gis.checks.areas import check_areas
from gis.checks.dates import check_dates
from gis.checks.events import check_events, check_investment
from gis.checks.geometry import check_geometry
from gis.checks.identifiers import check_ids, check_references
from gis.checks.overlaps import check_green_location, check_overlaps
from gis.checks.tables import check_table
from gis.checks.tolerances import Tolerances
from gis.checks.topology import TopologySummary, check_placement, check_topology

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from gis.issues import IssueLog

__all__ = ["check_all"]

#: Layers in which a piece of ground should be in one row only; parcels and boundary are the topology's.
ONCE = ("land_use", "green_spaces", "buildings", "plan_units")
EVENT_FIELDS = {"parcel_id", "event_date", "event_kind", "value"}


def check_all(
    tables: Mapping[str, Any],
    *,
    as_of: str | dt.date,
    issues: IssueLog,
    tolerances: Tolerances | None = None,
    progress: Callable[[str], None] | None = None,
) -> TopologySummary | None:
    """Run every check on the tables of a run.

    Parameters
    ----------
    tables
        Canonical tables by name.
    as_of
        The run's date.
    issues
        Takes everything that is found.
    tolerances
        Limits; `Tolerances` by default.
    progress
        Called before each step: ``check <table>``, ``check references``, ``check topology``.

    Returns
    -------
    The areas of the topology; None where parcels or boundary are absent or lack shapes.

    Raises
    ------
    CrsError
        If areas may not be computed in a table's system.
    """
    step = progress or (lambda _: None)
    limits = tolerances or Tolerances()
    for table, frame in tables.items():
        step(f"check {table}")
        _check_one(frame, table, as_of=as_of, issues=issues, limits=limits)
    step("check references")
    check_references(tables, issues=issues)
    if "parcels" in tables:
        check_investment(tables["parcels"], tables.get("parcel_events"), issues=issues)
    if {"parcels", "parcel_events"} <= tables.keys() and set(tables["parcel_events"].columns) >= EVENT_FIELDS:
        check_events(tables["parcel_events"], tables["parcels"], as_of=as_of, issues=issues)
    step("check topology")
    shaped = {name: frame for name, frame in tables.items() if hasattr(frame, "geom_type") and len(frame)}
    if {"green_spaces", "parcels"} <= shaped.keys():
        check_green_location(shaped["green_spaces"], shaped["parcels"], issues=issues, tolerances=limits)
    if "approved_boundaries" in shaped:
        for table in sorted(shaped.keys() - {"approved_boundaries", "parcels"}):
            check_placement(shaped[table], table, shaped["approved_boundaries"], issues=issues, tolerances=limits)
    if {"approved_boundaries", "parcels"} <= shaped.keys():
        return check_topology(shaped["parcels"], shaped["approved_boundaries"], issues=issues, tolerances=limits)
    for table in sorted({"approved_boundaries", "parcels"} & shaped.keys()):
        check_overlaps(shaped[table], table, issues=issues, tolerances=limits)
    return None


def _check_one(frame: Any, table: str, *, as_of: str | dt.date, issues: IssueLog, limits: Tolerances) -> None:
    check_table(frame, table, issues=issues, tolerances=limits)
    check_ids(frame, table, issues=issues)
    check_dates(frame, as_of=as_of, issues=issues, table=table)
    if not len(frame):
        return
    check_geometry(frame, table, issues=issues, tolerances=limits)
    if not hasattr(frame, "geom_type"):
        return
    check_areas(frame, table, issues=issues, tolerances=limits)
    if table in ONCE:
        check_overlaps(frame, table, issues=issues, tolerances=limits)
