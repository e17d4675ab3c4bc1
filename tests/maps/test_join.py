"""A value reaches the parcel it belongs to, or is listed as having none."""

from __future__ import annotations

import dataclasses
import logging

import numpy as np
import pandas as pd
import pytest
from read_block import read_block

from gis.errors import CrsError, InputError, SchemaError
from gis.maps.join import join_findings


@pytest.fixture
def three(made):
    """Parcels 001, 1 and 0001, each with a status of its own."""
    zone = made.make_zone(3)
    table = zone.idle.parcels.assign(status=["idle", "in_production", "completed"], area_m2=[1.0, 2.0, 3.0])
    return dataclasses.replace(zone, idle=dataclasses.replace(zone.idle, parcels=table))


def test_ids_that_look_alike_keep_their_own_values(three):
    joined = join_findings(three.parcels, {"idle_land": three.idle})
    found = dict(zip(joined.frame["parcel_id"], joined.frame["idle_land.status"], strict=True))
    assert found == {"001": "idle", "1": "in_production", "0001": "completed"}
    assert dict(zip(joined.frame["parcel_id"], joined.frame["area_m2"], strict=True)) == {
        "001": 1.0,
        "1": 2.0,
        "0001": 3.0,
    }
    assert joined.without_finding == {"idle_land": ()}


def test_ids_that_only_one_side_has_are_listed_told_and_not_painted(three, draw, caplog):
    table = three.idle.parcels.assign(parcel_id=["001", "01", "0001"])
    idle = dataclasses.replace(three.idle, parcels=table)
    with caplog.at_level(logging.WARNING, logger="gis.maps"):
        drawn = draw(three, idle=idle)
    assert drawn.without_finding["idle_land"] == ("1",)
    assert drawn.without_parcel["idle_land"] == ("01",)
    assert "1 parcels without a finding: 1" in caplog.text
    assert "1 findings without a parcel: 01" in caplog.text
    notes = [note[1] for note in drawn.page["notes"] if isinstance(note, list)]
    assert "1 parcels have no finding of idle land and are not coloured: 1" in notes
    assert "1 ids of idle land are not in the parcel layer and not drawn: 01" in notes
    layer = next(child for child in drawn._children.values() if type(child).__name__ == "ParcelLayer")
    view = layer.content["views"]["status"]
    keys = [view["classes"][code]["key"] for code in view["codes"]]
    ids = read_block(drawn.get_root().render(), "parcels")["columns"]["id"]["rows"]
    assert dict(zip(ids, keys, strict=True)) == {
        "0001": "completed", "001": "idle", "1": "no_finding"
    }  # fmt: skip


def test_the_order_of_rows_changes_nothing_in_the_join(zone):
    joined = join_findings(zone.parcels, {"idle_land": zone.idle, "green_ratio": zone.green})
    mixed = dataclasses.replace(zone.idle, parcels=zone.idle.parcels.sample(frac=1, random_state=3))
    other = join_findings(zone.parcels.sample(frac=1, random_state=1), {"idle_land": mixed, "green_ratio": zone.green})
    pd.testing.assert_frame_equal(joined.frame, other.frame)
    assert all(a.equals_exact(b, 0) for a, b in zip(joined.shapes, other.shapes, strict=True))


def test_the_inputs_are_left_as_they_were(zone, draw):
    before = zone.parcels.copy(), zone.idle.parcels.copy(), zone.boundary.copy()
    draw(zone)
    pd.testing.assert_frame_equal(zone.parcels, before[0])
    pd.testing.assert_frame_equal(zone.idle.parcels, before[1])
    pd.testing.assert_frame_equal(zone.boundary, before[2])


def test_numbers_are_not_ids(three):
    parcels = three.parcels.assign(parcel_id=[1, 2, 3])
    with pytest.raises(SchemaError, match="int64, not text"):
        join_findings(parcels, {})
    idle = dataclasses.replace(three.idle, parcels=three.idle.parcels.assign(parcel_id=[1.0, 2.0, 3.0]))
    with pytest.raises(SchemaError, match=r"idle_land.*float64"):
        join_findings(three.parcels, {"idle_land": idle})


def test_doubled_and_missing_ids_are_refused(three):
    with pytest.raises(InputError, match="more than once: 1"):
        join_findings(three.parcels.assign(parcel_id=["1", "1", "2"]), {})
    with pytest.raises(InputError, match=r"without parcel_id \(rows 2\)"):
        join_findings(three.parcels.assign(parcel_id=pd.Series(["1", None, "2"], dtype="str")), {})
    doubled = dataclasses.replace(three.idle, parcels=three.idle.parcels.assign(parcel_id=["1", "1", "2"]))
    with pytest.raises(InputError, match=r"idle_land: parcel_id given more than once"):
        join_findings(three.parcels, {"idle_land": doubled})


def test_a_table_that_is_no_balance_is_refused(three):
    bare = dataclasses.replace(three.green, parcels=three.green.parcels.drop(columns=["verdict", "floor_ratio"]))
    with pytest.raises(SchemaError, match="columns missing: floor_ratio, verdict"):
        join_findings(three.parcels, {"green_ratio": bare})
    with pytest.raises(SchemaError, match="columns missing: parcel_id"):
        join_findings(three.parcels.drop(columns="parcel_id"), {})


def test_two_dates_make_no_map(three, draw):
    green = dataclasses.replace(three.green, as_of=three.green.as_of.replace(year=2025))
    with pytest.raises(InputError, match="2025-03-31, 2026-03-31"):
        join_findings(three.parcels, {"idle_land": three.idle, "green_ratio": green})
    with pytest.raises(InputError, match="2024-01-01, 2026-03-31"):
        draw(three, as_of="2024-01-01")


def test_parcels_in_degrees_or_without_a_system_are_refused(three, draw):
    with pytest.raises(CrsError, match="in degrees"):
        join_findings(three.parcels.to_crs("EPSG:4490"), {})
    with pytest.raises(CrsError, match="roads: no reference system"):
        draw(three, roads=three.roads.set_crs(None, allow_override=True))


def test_area_is_the_balance_s_then_the_shape_s(three):
    table = three.idle.parcels.assign(area_m2=[10.0, np.nan, 30.0])
    idle = dataclasses.replace(three.idle, parcels=table.iloc[:2])
    joined = join_findings(three.parcels, {"idle_land": idle})
    area = dict(zip(joined.frame["parcel_id"], joined.frame["area_m2"], strict=True))
    whole = dict(zip(three.parcels["parcel_id"], three.parcels.geometry.area, strict=True))
    assert area["001"] == 10.0
    assert area["1"] == pytest.approx(whole["1"], rel=1e-12)
    assert area["0001"] == pytest.approx(whole["0001"], rel=1e-12)
