"""Zone figures from outlines alone agree with those by rows, and a fault planted in the rows stops the run."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random

import numpy as np
import pytest
import shapely
from arrangements import balances_of, green_of, parcels_of, random_arrangement, table, use_of
from shapely import box

from gis.errors import TopologyError
from gis.issues import IssueLog
from gis.overlay import find_claims, measure_areas
from gis.workflow import balances
from gis.workflow.loading import Loaded
from gis.workflow.run_file import RunFile

RING = box(0, 0, 80, 80).difference(box(20, 20, 60, 60))
PARTS = shapely.MultiPolygon([box(100, 0, 140, 40), box(140, 40, 180, 80)])
PARCELS = [("ring", "idle", RING), ("parts", "in_production", PARTS), ("one", "idle", box(0, 100, 120, 200)),
           ("other", "idle", box(100, 100, 200, 200))]  # fmt: skip
GREEN = [("g1", "attached", box(0, 0, 30, 30)), ("g2", "park", box(90, 120, 130, 140)),
         ("g3", "attached", box(100, 110, 120, 130))]  # fmt: skip
USE = [("u1", "industrial", box(0, 0, 200, 90)), ("u2", "commercial", box(0, 100, 200, 200))]


def loaded_of(parcels, green, use, *, zone=None, **keys):
    tables = {
        "approved_boundaries": table(
            "approved_boundaries", [{"zone_id": "Z", "boundary_quality": "synthetic"}], [zone or box(0, 0, 200, 200)]
        ),
        "parcels": parcels, "green_spaces": green, "land_use": use,
    }  # fmt: skip
    paths = {name: {"path": f"{name}.gpkg"} for name in tables}
    run = RunFile.model_validate(
        {"zonegis": 1, "title": "t", "as_of": dt.date(2026, 3, 31), "place": "310115", "tables": paths, **keys}
    )
    return Loaded(run, tables, IssueLog(), [])


def plain(**keys):
    return loaded_of(parcels_of(PARCELS), green_of(GREEN), use_of(USE), **keys)


def tables_of(draw):
    parcels, green, use = random_arrangement(draw)
    return parcels_of(parcels), green_of(green), use_of(use)


def checked(loaded):
    return {row["figure"]: row for row in balances.balance_land(loaded).outlines}


def test_figures_by_outlines_are_the_ones_by_hand():
    rows = checked(plain())
    by_hand = {
        "zone_area_m2": 40_000, "idle_m2": 4_800 + 20_000, "in_production_m2": 3_200, "contested_m2": 0,
        "parcel_area_m2": 28_000, "not_in_parcels_m2": 12_000, "green_m2": 900 - 100 + 400 - 200,
        "green_not_counted_m2": 800, "land_use_industrial_m2": 8_000, "land_use_commercial_m2": 20_000,
        "unclassified_m2": 0,
    }  # fmt: skip
    for name, area in by_hand.items():
        assert rows[name]["by_outlines_m2"] == pytest.approx(area, abs=1e-5), name
        assert rows[name]["stated_m2"] == pytest.approx(area, abs=1e-5), name


@pytest.mark.parametrize("basis", ["planar", "ellipsoidal"])
@pytest.mark.parametrize("seed", range(12))
def test_random_arrangements_pass(seed, basis):
    rows = checked(loaded_of(*tables_of(random.Random(seed)), area_basis=basis))
    assert len(rows) > 20
    assert max(abs(row["difference_m2"]) for row in rows.values()) < 1e-3


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize("seed", range(4))
def test_a_declared_priority_and_precedences_are_followed(seed, order):
    draw = random.Random(100 + seed)
    parcels, green, use = tables_of(draw)
    days = np.array([f"20{draw.randrange(10, 14)}-01-01" for _ in range(len(parcels))], dtype="datetime64[s]")
    loaded = loaded_of(
        parcels.assign(supply_date=days), green, use,
        claims={"priority": "supply_date", "order": order, "reason": "test"},
        covers={"green_spaces": {"order": "counts_most", "reason": "test"},
                "land_use": {"order": ["green", "industrial"], "reason": "test"}},
    )  # fmt: skip
    assert max(abs(row["difference_m2"]) for row in checked(loaded).values()) < 1e-3


def fill(shape):
    return shapely.Polygon(shape.exterior) if shape.geom_type == "Polygon" else shape


def first_part(shape):
    return shapely.get_parts(shape)[0]


def reshaped(change):
    """The land of a run with each parcel's shape changed, as a reader or a clip that loses something would."""
    right = balances.measured_land

    def wrong(tables, basis):
        zones, land = right(tables, basis)
        land = land.set_geometry([change(shape) for shape in land.geometry], crs=land.crs)
        return zones, land.assign(area_m2=measure_areas(land, basis=basis))

    return "measured_land", wrong


def doubled():
    def none(land, *, basis="planar"):
        found = find_claims(land, basis=basis)
        return dataclasses.replace(found, faces=found.faces.iloc[:0], members=found.members.iloc[:0])

    return "find_claims", none


def swapped():
    right = balances.cover_land_use

    def wrong(patches, precedence=None):
        made = right(patches, precedence)
        turn = {"industrial": "commercial", "commercial": "industrial"}
        return made.assign(land_use_group=made["land_use_group"].replace(turn), land_use_code=["0901", "1001"])

    return "cover_land_use", wrong


def shifted():
    right = balances.cover_green

    def wrong(green, rules, precedence=None):
        made = right(green, rules, precedence)
        return made.set_geometry(made.geometry.translate(3.0, 0.0), crs=made.crs)

    return "cover_green", wrong


FAULTS = {
    "double counting": (doubled, "m2 is"), "a lost hole": (lambda: reshaped(fill), "idle_m2|parcel_area"),
    "a lost part": (lambda: reshaped(first_part), "in_production_m2|parcel_area"),
    "a swapped class": (swapped, "land_use_industrial_m2"), "a shifted layer": (shifted, "green_m2"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_stops_the_run(fault, monkeypatch):
    plant, figure = FAULTS[fault]
    monkeypatch.setattr(balances, *plant())
    # The other checks may see some of these, too; this one has to see them alone.
    monkeypatch.setattr(balances, "check_invariants", lambda *_: [])
    monkeypatch.setattr(balances, "measure_overlap", lambda zones, *_, **__: zones.assign(overlap_m2=0.0))
    monkeypatch.setattr(balances, "_verify", unverified)
    with pytest.raises(TopologyError, match=figure) as caught:
        balances.balance_land(plain())
    assert caught.value.key == "ground_disagrees"
    for lang in ("en", "zh"):
        assert "{" not in caught.value.text(lang)


def unverified(measured, issues, name, source, target, target_id, *, basis):
    return balances.intersect_pairs(source, target, source_id="parcel_id", target_id=target_id, basis=basis)


def test_the_planted_faults_are_none_where_nothing_is_planted(monkeypatch):
    monkeypatch.setattr(balances, "_verify", unverified)
    assert checked(plain())
    assert balances_of(parcels_of(PARCELS))
