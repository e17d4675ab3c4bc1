from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box

from gis.checks import Tolerances, apply_repairs, check_geometry, propose_repairs, repair_geometry
from gis.checks.repair import REPORT_COLUMNS
from gis.errors import CrsError, StaleError
from gis.schema import text

BOWTIE = Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
TOUCHING = Polygon([(0, 0), (20, 0), (20, 20), (10, 20), (15, 10), (5, 10), (10, 20), (0, 20)])
SPIKY = Polygon([(0, 0), (10, 0), (10, 5), (30, 5.01), (10, 5.02), (10, 10), (0, 10)])
TWICE = Polygon([(0, 0), (10, 0), (10, 0), (10, 10), (0, 10)])
SQUARE = box(50, 50, 60, 60)


def test_a_clean_table_needs_nothing(make):
    frame = make([SQUARE, None, Polygon(), shapely.Point(0, 0).buffer(10)])
    report = propose_repairs(frame, "parcels")
    assert report.actions.columns.tolist() == REPORT_COLUMNS
    assert report.actions.empty
    pd.testing.assert_frame_equal(apply_repairs(frame, report).to_wkb(), frame.to_wkb())


@pytest.mark.parametrize(
    ("shape", "actions", "area"),
    [
        (TWICE, ["repeated_points"], 100),
        (TOUCHING, ["make_valid"], TOUCHING.area),
        (SPIKY, ["spikes"], 100),
        (MultiPolygon([box(80, 0, 90, 10), Polygon([(0, 0), (9, 9), (5, 5)])]), ["empty_parts"], 100),
        (Polygon([(0, 0), (10, 0), (10, 10), (10, 30), (10, 10), (0, 10)]), ["make_valid"], 100),
        (
            Polygon([(0, 0), (10, 0), (10, 0), (10, 10), (10, 30), (10, 10), (0, 10)]),
            ["repeated_points", "make_valid"],
            100,
        ),
        (Polygon(SQUARE.exterior, [[(0, 0), (10, 0), (10, 5)]]), None, None),
    ],
    ids=[
        "doubled point",
        "ring touches itself",
        "spike",
        "flat part",
        "spike of no width",
        "two flaws",
        "hole outside",
    ],
)
def test_what_can_be_repaired_is_and_the_area_is_stated(make, log, shape, actions, area):
    frame = make([SQUARE, shape])
    repaired, report = repair_geometry(frame, "parcels", tolerances=Tolerances(repair_m2=1.0))
    if actions is None:
        assert not report["applied"].any()
        return
    assert report["action"].tolist() == actions
    assert report["applied"].all()
    assert repaired.geometry[1].area == pytest.approx(area)
    assert report["area_after_m2"].iloc[-1] == pytest.approx(area)
    assert (report["difference_m2"] == report["area_after_m2"] - report["area_before_m2"]).all()
    assert set(report["id"]) == {"2"}
    check_geometry(repaired, "parcels", issues=log)
    assert log.codes() == []


def test_a_change_of_area_above_the_tolerance_is_refused(make):
    frame = make([BOWTIE])
    report = propose_repairs(frame, "parcels")
    (row,) = report.actions.to_dict("records")
    assert (row["area_before_m2"], row["area_after_m2"], row["applied"], row["reason"]) == (
        0,
        5000,
        False,
        "area_changes",
    )
    assert shapely.equals_identical(apply_repairs(frame, report).geometry[0], BOWTIE)


def test_a_person_may_raise_the_tolerance(make):
    repaired, report = repair_geometry(make([BOWTIE]), "parcels", tolerances=Tolerances(repair_m2=5000))
    assert report["applied"].tolist() == [True]
    assert repaired.geometry[0].is_valid
    assert repaired.geometry[0].area == 5000


def test_a_shape_without_ground_is_refused_not_emptied(make):
    flat = Polygon([(0, 0), (9, 9), (5, 5)])
    repaired, report = repair_geometry(make([flat]), "parcels")
    assert report["reason"].tolist() == ["nothing_left"]
    assert shapely.equals_identical(repaired.geometry[0], flat)


def test_a_spike_that_holds_ground_stays(make):
    """20 m long and 0.3 m at its foot: 3 m² that may belong to somebody."""
    wedge = Polygon([(0, 0), (10, 0), (10, 5), (30, 5.15), (10, 5.3), (10, 10), (0, 10)])
    repaired, report = repair_geometry(make([wedge]), "parcels", tolerances=Tolerances(spike_angle_deg=2.0))
    assert report[["action", "applied", "reason"]].to_numpy().tolist() == [["spikes", False, "area_changes"]]
    assert shapely.equals_identical(repaired.geometry[0], wedge)


def test_parts_and_holes_keep_their_places(make):
    hole = [(2, 2), (4, 2), (4, 4), (2, 4)]
    spiky_with_hole = Polygon(SPIKY.exterior, [hole])
    repaired, report = repair_geometry(make([MultiPolygon([spiky_with_hole, SQUARE])]), "parcels")
    assert report["action"].tolist() == ["spikes"]
    assert shapely.equals(repaired.geometry[0], MultiPolygon([Polygon(box(0, 0, 10, 10).exterior, [hole]), SQUARE]))


def test_coordinates_that_are_no_numbers_are_left_alone(make):
    frame = make([Polygon([(0, 0), (np.inf, 0), (9, 9)]), TWICE])
    repaired, report = repair_geometry(frame, "parcels")
    assert report["id"].tolist() == ["2"]
    assert len(repaired) == 2


def test_the_input_and_the_other_columns_are_untouched(make):
    frame = make([TWICE, SQUARE], holder=["a", "b"])
    before = frame.to_wkb()
    repaired, _ = repair_geometry(frame, "parcels")
    pd.testing.assert_frame_equal(frame.to_wkb(), before)
    pd.testing.assert_frame_equal(repaired.drop(columns="geometry"), frame.drop(columns="geometry"))
    assert repaired.crs == frame.crs


def test_the_report_follows_the_source_not_the_frame(make):
    frame = make([TWICE, SPIKY, TOUCHING])
    shuffled = frame.iloc[[2, 0, 1]].reset_index(drop=True)
    first, second = propose_repairs(frame, "parcels"), propose_repairs(shuffled, "parcels")
    pd.testing.assert_frame_equal(first.actions, second.actions)


def test_a_report_of_other_shapes_is_stale(make):
    report = propose_repairs(make([TWICE]), "parcels")
    with pytest.raises(StaleError, match="parcels"):
        apply_repairs(make([SPIKY]), report)


def test_degrees_are_refused(make):
    with pytest.raises(CrsError, match="degrees"):
        propose_repairs(make([SQUARE], crs=4326), "parcels")


@pytest.mark.parametrize(
    "key", ["repeated_points", "empty_parts", "make_valid", "spikes", "area_changes", "nothing_left", "still_invalid"]
)
def test_actions_and_reasons_have_words(key):
    assert text(f"checks.{key}", "zh") != text(f"checks.{key}", "en")
