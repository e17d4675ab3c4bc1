from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Polygon, affinity, box

from gis.checks import Tolerances, check_green_location, check_overlaps, check_topology
from gis.errors import CrsError
from gis.issues import IssueLog

FAR = (40_652_000.0, 3_467_000.0)


def exact(summary):
    """The laws that every summary obeys, to the rounding of the areas."""
    assert summary.parcel_area_m2 == pytest.approx(summary.union_area_m2 + summary.overlap_m2, abs=1e-4)
    inside = summary.union_area_m2 - summary.outside_m2
    assert summary.boundary_area_m2 == pytest.approx(inside + summary.remainder_m2, abs=1e-4)
    assert -1e-6 <= summary.gap_m2 <= summary.remainder_m2 + 1e-4
    assert min(dataclasses.astuple(summary)) >= -1e-6
    return summary


def test_parcels_that_fill_the_zone(make, zone, log):
    parcels = make([box(0, 0, 50, 100), box(50, 0, 100, 60), box(50, 60, 100, 100)])
    summary = exact(check_topology(parcels, zone(0, 0, 100, 100), issues=log))
    assert log.codes() == []
    assert dataclasses.asdict(summary) == {
        "boundary_area_m2": 10_000, "parcel_area_m2": 10_000, "union_area_m2": 10_000,
        "overlap_m2": 0, "outside_m2": 0, "remainder_m2": 0, "gap_m2": 0,
        "left_out_m2": 0, "remainder_least_m2": 0, "gap_least_m2": 0,
    }  # fmt: skip


def test_gap_and_overlap_of_one_size_are_two_figures(make, zone, log):
    """A parcel moved by 1 m: 100 m² twice on one side, 100 m² bare on the other; the sum looks right."""
    parcels = make([box(0, 0, 40, 100), box(39, 0, 79, 100), box(80, 0, 100, 100)])
    limits = Tolerances(sliver_width_m=1.5)
    summary = exact(check_topology(parcels, zone(0, 0, 100, 100), issues=log, tolerances=limits))
    assert summary.parcel_area_m2 == summary.boundary_area_m2
    assert (summary.overlap_m2, summary.gap_m2, summary.remainder_m2) == (100, 100, 100)
    assert {issue.code: (issue.ids, issue.area_m2, issue.where) for issue in log} == {
        "parcel-overlap": (("1", "2"), 100.0, "39.50 50.00"),
        "parcel-gap": (("2", "3"), 100.0, "79.50 50.00"),
    }


@pytest.mark.parametrize("origin", [(0.0, 0.0), FAR])
@pytest.mark.parametrize(
    ("depth", "code"),
    [
        (0.0032, "gap-small"),
        (0.0100, "gap-small"),
        (0.0101, "parcel-gap"),
        (0.19, "parcel-gap"),
        (0.21, "land-not-in-parcels"),
    ],
)
def test_a_slit_between_parcels(make, zone, log, origin, depth, code):
    """100 m long: 0.32 m² passes, 1.01 m² is a gap, and 21 m² wider than the limit is land."""
    shapes = [box(0, 0, 50 - depth, 100), box(50, 0, 100, 100)]
    parcels = make([affinity.translate(shape, *origin) for shape in shapes])
    bounds = (origin[0], origin[1], origin[0] + 100, origin[1] + 100)
    summary = exact(check_topology(parcels, zone(*bounds), issues=log))
    (issue,) = log
    assert issue.code == code
    assert issue.area_m2 == pytest.approx(depth * 100, abs=1e-4)
    assert summary.gap_m2 == pytest.approx(0 if code == "land-not-in-parcels" else depth * 100, abs=1e-4)
    assert summary.remainder_m2 == pytest.approx(depth * 100, abs=1e-4)


def test_a_slit_that_opens_into_a_road_is_a_gap(make, zone, log):
    parcels = make([box(0, 12, 49.9, 60), box(50, 12, 100, 60)])
    summary = exact(check_topology(parcels, zone(0, 0, 100, 60), issues=log))
    assert [issue.code for issue in log] == ["parcel-gap", "land-not-in-parcels"]
    assert log.of("parcel-gap")[0].ids == ("1", "2")
    assert summary.gap_m2 == pytest.approx(4.8, abs=0.01)
    assert log.of("land-not-in-parcels")[0].area_m2 == pytest.approx(1200, abs=0.01)


def test_a_strip_along_the_boundary_is_a_gap(make, zone, log):
    summary = exact(check_topology(make([box(0, 0, 99.9, 100)]), zone(0, 0, 100, 100), issues=log))
    assert log.codes() == ["parcel-gap"]
    assert summary.gap_m2 == pytest.approx(10)


@pytest.mark.parametrize(("side", "code"), [(3.0, "parcel-gap"), (3.3, "land-not-in-parcels")])
def test_an_enclosed_hole_is_a_gap_below_ten_square_metres(make, zone, log, side, code):
    parcels = make([shapely.difference(box(0, 0, 100, 100), box(50, 50, 50 + side, 50 + side))])
    check_topology(parcels, zone(0, 0, 100, 100), issues=log)
    assert log.codes() == [code]


def test_acute_corners_of_roads_are_no_gaps(make, zone, log):
    """A plaza cut by two parcels at 10°: its tip is narrow, but nobody forgot it."""
    tip = np.radians(10)
    upper = Polygon([(0, 0), (100, 100 * np.tan(tip)), (100, 100), (0, 100)])
    parcels = make([upper, box(0, -50, 100, 0)])
    summary = exact(check_topology(parcels, zone(0, -50, 100, 100), issues=log))
    assert log.codes() == ["land-not-in-parcels"]
    assert summary.gap_m2 == 0


@pytest.mark.parametrize(("depth", "code"), [(0.0099, "overlap-small"), (0.0101, "parcel-overlap")])
def test_an_overlap_above_a_square_metre_is_an_error(make, zone, log, depth, code):
    parcels = make([box(0, 0, 50 + depth, 100), box(50, 0, 100, 100)])
    summary = exact(check_topology(parcels, zone(0, 0, 100, 100), issues=log))
    (issue,) = log
    assert (issue.code, issue.ids) == (code, ("1", "2"))
    assert issue.area_m2 == pytest.approx(depth * 100)
    assert summary.overlap_m2 == pytest.approx(depth * 100)


def test_three_parcels_on_one_spot(make, zone, log):
    """Σ areas counts the square in the middle three times, Σ pairs too; the union once."""
    shapes = [box(0, 0, 60, 60), box(40, 0, 100, 60), box(40, 40, 60, 100)]
    summary = exact(check_topology(make(shapes), zone(0, 0, 100, 100), issues=log))
    assert summary.union_area_m2 == shapely.union_all(shapes).area == 3600 + 3600 + 1200 - 1200 - 400
    assert sum(issue.area_m2 for issue in log.of("parcel-overlap")) == 1200 + 400 + 400
    assert summary.overlap_m2 == 1600


@pytest.mark.parametrize("copies", [3, 5, 40])
def test_a_heap_of_copies_covers_its_ground_once(make, zone, copies):
    log = IssueLog()
    summary = exact(check_topology(make([box(10, 10, 30, 40)] * copies), zone(0, 0, 100, 100), issues=log))
    assert summary.union_area_m2 == pytest.approx(600)
    assert summary.overlap_m2 == pytest.approx(600 * (copies - 1))


def test_parts_outside_are_named_with_their_area(make, zone, log):
    parcels = make([box(90, 0, 110, 50), box(200, 0, 210, 10), box(0, 0, 90, 50), box(0, 50, 100.005, 100)])
    summary = exact(check_topology(parcels, zone(0, 0, 100, 100), issues=log))
    assert [(issue.ids, issue.area_m2, issue.found) for issue in log.of("parcel-outside")] == [
        (("1",), 500.0, "500.00 m² (50.00%)"),
        (("2",), 100.0, "100.00 m² (100.00%)"),
    ]
    assert log.of("outside-small")[0].ids == ("4",)
    assert summary.outside_m2 == pytest.approx(600.25)
    x, y = map(float, log.of("parcel-outside")[0].where.split())
    assert 100 < x < 110
    assert 0 < y < 50


def test_ground_outside_counts_once_where_parcels_overlap_there(make, zone, log):
    parcels = make([box(90, 0, 120, 50), box(95, 0, 130, 50)])
    summary = exact(check_topology(parcels, zone(0, 0, 100, 100), issues=log))
    assert summary.outside_m2 == 1500
    assert sum(issue.area_m2 for issue in log.of("parcel-outside")) == 1000 + 1500


def test_a_hole_of_the_boundary_is_outside(make, log):
    ring = shapely.difference(box(0, 0, 100, 100), box(40, 40, 60, 60))
    boundary = make([ring], "approved_boundaries", ["Z"])
    summary = exact(check_topology(make([box(0, 0, 100, 100)]), boundary, issues=log))
    assert summary.outside_m2 == 400
    assert log.codes() == ["parcel-outside"]


def test_zones_of_several_parts_are_one_boundary(make, log):
    boundary = make(
        [box(0, 0, 50, 100), box(50, 0, 100, 100), box(300, 0, 310, 10)], "approved_boundaries", ["Z", "Z", "Y"]
    )
    parcels = make([box(20, 0, 80, 100), box(300, 0, 310, 10)])
    summary = exact(check_topology(parcels, boundary, issues=log))
    assert summary.outside_m2 == 0
    assert summary.boundary_area_m2 == 10_100
    assert log.codes() == ["land-not-in-parcels-large"]


def test_overlapping_zones_are_an_error_and_their_ground_counts_once(make, log):
    boundary = make(
        [box(0, 0, 60, 100), box(40, 0, 100, 100), box(90, 0, 110, 100)], "approved_boundaries", ["Z", "Z", "Y"]
    )
    summary = exact(check_topology(make([box(0, 0, 110, 100)]), boundary, issues=log))
    assert {issue.code: (issue.ids, issue.area_m2) for issue in log} == {
        "boundary-parts-overlap": (("Z", "Z"), 2000.0),
        "zones-overlap": (("Z", "Y"), 1000.0),
    }
    assert summary.boundary_area_m2 == 11_000


def test_shapes_that_cannot_be_compared_are_listed(make, zone, log):
    bowtie = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    parcels = make([None, bowtie, box(0, 0, 100, 100), shapely.Point(1, 1)])
    summary = exact(check_topology(parcels, zone(0, 0, 100, 100), issues=log))
    (issue,) = log
    assert (issue.code, issue.ids, issue.rows) == ("shapes-left-out", ("1", "2", "4"), (1, 2, 4))
    assert summary.parcel_area_m2 == 10_000


BOWTIE = Polygon([(0, 0), (50, 100), (50, 0), (0, 100)])


def test_ground_of_a_bowtie_is_never_called_land(make, zone, log):
    """Two parcels of 50 m by 100 m and 20 m of road: 2,000 m² are road, and 5,000 m² may be the bowtie's."""
    parcels = make([BOWTIE, box(50, 0, 100, 100)])
    summary = check_topology(parcels, zone(0, 0, 120, 100), issues=log)
    assert log.codes() == ["shapes-left-out", "remainder-undetermined"]
    assert log.of("shapes-left-out")[0].area_m2 == 2500
    (issue,) = log.of("remainder-undetermined")
    assert (issue.found, issue.area_m2) == ("2,000.00–7,000.00 m²", 2500)
    assert "undetermined" in issue.text("en")
    assert (summary.remainder_least_m2, summary.remainder_m2, summary.left_out_m2) == (2000, 7000, 2500)
    assert (summary.gap_least_m2, summary.gap_m2) == (0, 7000)


@pytest.mark.parametrize("lost", [None, Polygon(), shapely.Point(1, 1), shapely.Polygon([(0, 0), (9, 9), (5, 5)])])
def test_a_parcel_without_an_outline_may_lie_anywhere(make, zone, log, lost):
    summary = check_topology(make([lost, box(0, 0, 99.9, 80)]), zone(0, 0, 100, 100), issues=log)
    assert log.codes() == ["shapes-left-out", "remainder-undetermined"]
    assert log.of("remainder-undetermined")[0].found == "0.00–2,008.00 m²"
    assert "1 row(s) have none" in log.of("shapes-left-out")[0].text("en")
    assert (summary.remainder_least_m2, summary.gap_least_m2) == (0, 0)


def test_a_gap_beside_a_bowtie_is_none_and_one_far_from_it_is(make, zone, log):
    shapes = [BOWTIE, box(50.1, 0, 100, 100), box(100.1, 0, 200, 100)]
    summary = check_topology(make(shapes), zone(0, 0, 200, 100), issues=log)
    assert [issue.ids for issue in log.of("parcel-gap")] == [("2", "3")]
    assert summary.gap_least_m2 == pytest.approx(10)


def test_a_left_out_part_of_the_boundary_leaves_the_remainder_open(make, log):
    boundary = make([box(0, 0, 50, 100), affinity.translate(BOWTIE, 50, 0)], "approved_boundaries", ["Z", "Z"])
    parcels = make([box(0, 0, 40, 100)])
    check_topology(parcels, boundary, issues=log)
    assert log.of("remainder-undetermined")[0].found == "1,000.00–6,000.00 m²"
    lost = make([box(0, 0, 50, 100), None], "approved_boundaries", ["Z", "Z"])
    check_topology(parcels, lost, issues=log)
    assert log.of("remainder-undetermined")[1].found == "≥ 1,000.00 m²"
    assert log.of("land-not-in-parcels-large") == []


def test_green_where_a_parcel_was_left_out_is_in_no_sure_place(make, log):
    parcels = make([BOWTIE, box(50, 0, 100, 100)])
    green = make([box(10, 40, 60, 60), box(110, 0, 120, 10)], "green_spaces")
    check_green_location(green, parcels, issues=log)
    (issue,) = log
    assert (issue.code, issue.found) == ("remainder-undetermined", "100.00–900.00 m²")
    assert "green space in no parcel" in issue.text("en")


def test_green_that_was_left_out_may_be_in_no_parcel_too(make, log):
    green = make([affinity.translate(BOWTIE, 200, 0), box(90, 0, 120, 10)], "green_spaces")
    check_green_location(green, make([box(0, 0, 100, 100)]), issues=log)
    assert [issue.found for issue in log] == ["200.00–5,200.00 m²"]
    check_green_location(make([None, box(90, 0, 120, 10)], "green_spaces"), make([box(0, 0, 100, 100)]), issues=log)
    assert [issue.found for issue in log][1:] == ["≥ 200.00 m²"]


def test_without_a_usable_boundary_no_parcel_is_called_outside(make, log):
    boundary = make([shapely.Point(0, 0)], "approved_boundaries", ["Z"])
    summary = exact(check_topology(make([box(0, 0, 10, 10)]), boundary, issues=log))
    assert log.codes() == ["shapes-left-out"]
    assert summary.boundary_area_m2 == 0


def test_without_a_parcel_all_is_land_in_no_parcel(make, zone, log):
    summary = exact(check_topology(make([]), zone(0, 0, 100, 100), issues=log))
    assert log.codes() == ["land-not-in-parcels-large"]
    assert summary.remainder_m2 == 10_000


@pytest.mark.parametrize("crs", [4490, 3857, None])
def test_systems_without_areas_are_refused(make, zone, log, crs):
    with pytest.raises(CrsError):
        check_topology(make([box(0, 0, 1, 1)], crs=crs), zone(0, 0, 1, 1), issues=log)


def test_two_systems_are_refused(make, zone, log):
    with pytest.raises(CrsError):
        check_topology(make([box(0, 0, 1, 1)], crs=4550), zone(0, 0, 1, 1), issues=log)


def test_doubled_and_missing_ids_hide_nothing(make, zone, log):
    parcels = make([box(0, 0, 60, 100), box(50, 0, 100, 100)], ids=["7", "7"])
    check_topology(parcels, zone(0, 0, 100, 100), issues=log)
    nameless = parcels.assign(parcel_id=pd.Series([None, None], dtype="str"))
    check_topology(nameless, zone(0, 0, 100, 100), issues=log)
    assert [(issue.ids, issue.rows, issue.area_m2) for issue in log] == [
        ((), (1, 2), 1000.0),
        (("7", "7"), (1, 2), 1000.0),
    ]


def test_layers_other_than_parcels(make, log):
    shapes = [box(0, 0, 10, 10), box(9, 0, 20, 10), box(20, 0, 20.05, 10), box(20.02, 0, 30, 10)]
    assert check_overlaps(make(shapes, "land_use"), "land_use", issues=log) == pytest.approx(10.3)
    assert [(issue.code, issue.ids) for issue in log] == [("layer-overlap", ("1", "2")), ("overlap-small", ("3", "4"))]


def test_buildings_without_shapes_overlap_nothing(make, log):
    assert check_overlaps(make([None, None], "buildings", crs=None), "buildings", issues=log) == 0
    shapes = [None, box(0, 0, 10, 10), box(5, 0, 20, 10)]
    assert check_overlaps(make(shapes, "buildings"), "buildings", issues=log) == 50
    assert log.codes() == ["layer-overlap"]


def test_green_outside_parcels(make, log):
    green = make(
        [box(0, 0, 10, 10), box(95, 0, 105, 10), box(200, 0, 210, 10), box(99, 20, 100.05, 30)], "green_spaces"
    )
    outside = check_green_location(green, make([box(0, 0, 100, 100)]), issues=log)
    (issue,) = log
    assert (issue.code, issue.ids, issue.area_m2) == ("green-outside-parcels", ("2", "3"), 150.0)
    assert outside == pytest.approx(150.5)


def test_green_below_two_parcels_is_not_outside(make, log):
    parcels = make([box(0, 0, 60, 100), box(40, 0, 100, 100)])
    assert check_green_location(make([box(45, 0, 55, 10)], "green_spaces"), parcels, issues=log) == 0
    assert log.codes() == []


def test_the_tables_are_not_changed(make, zone, log):
    parcels, boundary = make([box(0, 0, 60, 100), box(50, 0, 110, 100)]), zone(0, 0, 100, 100)
    before = parcels.to_wkb(), boundary.to_wkb()
    check_topology(parcels, boundary, issues=log)
    pd.testing.assert_frame_equal(parcels.to_wkb(), before[0])
    pd.testing.assert_frame_equal(boundary.to_wkb(), before[1])


@pytest.mark.parametrize(("dense", "code"), [("north", "overlap-by-projection"), ("south", "gap-by-projection")])
def test_what_projection_alone_makes_is_told_as_such_with_both_sizes(flaws, log, dense, code):
    """An edge of 1 km along a parallel, with 30 vertices in one parcel only: chord and curve enclose some 8 m²."""
    tables = flaws.beside_a_parallel(dense)
    check_topology(tables["parcels"], tables["approved_boundaries"], issues=log)
    (issue,) = log
    assert (issue.code, issue.ids, issue.expected) == (code, ("1", "2"), "0.00 m²")
    assert 7.5 < issue.area_m2 < 8.5
    assert f"{issue.area_m2:,.2f} m²" in issue.text("en")
    assert "0.00 m²" in issue.text("zh")
    tables["parcels"].attrs.clear()
    check_topology(tables["parcels"], tables["approved_boundaries"], issues=log)
    assert {"north": "parcel-overlap", "south": "parcel-gap"}[dense] in log.codes()


def test_an_overlap_in_degrees_too_stays_an_error(flaws, log):
    """Moved by 0.1 m, the parcels share 100 m² in both systems."""
    tables = flaws.beside_a_parallel("north")
    parcels = tables["parcels"]
    shapes = [parcels.geometry[0], affinity.translate(parcels.geometry[1], 0, -0.1)]
    moved = parcels.set_geometry(shapes, crs=parcels.crs)
    moved.attrs = dict(parcels.attrs)
    check_topology(moved, tables["approved_boundaries"], issues=log)
    assert log.of("parcel-overlap")[0].area_m2 > 90
    assert log.of("overlap-by-projection") == []
