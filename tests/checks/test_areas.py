from __future__ import annotations

import math

import pytest
import shapely

from gis.checks import Tolerances, check_areas
from gis.errors import CrsError
from gis.overlay import measure_areas

HECTARE = shapely.box(0, 0, 100, 100)


def recorded(make, *values, shape=HECTARE, **keywords):
    return make([shape] * len(values), legal_area_m2=[float(value) for value in values], **keywords)


@pytest.mark.parametrize("value", [10_000, 10_009.9, 9_990.1, 10_010.0])
def test_a_difference_of_a_thousandth_passes(make, log, value):
    check_areas(recorded(make, value), issues=log)
    assert log.codes() == []


@pytest.mark.parametrize("value", [10_010.5, 9_989.5, 0.0, 5_000])
def test_a_larger_difference_is_a_warning_with_its_area(make, log, value):
    check_areas(recorded(make, value), issues=log)
    (issue,) = log
    assert issue.code == "area-differs"
    assert issue.area_m2 == pytest.approx(abs(10_000 - value))
    assert (issue.found, issue.expected) == (f"{value:,.2f} m²", "10,000.00 m²")


def test_rounding_of_hectares_passes_on_small_plots(make, log):
    """50.44 m² is 0.0050 ha: four decimals are 0.44 m² off, which is 0.9 % of so small a plot."""
    small = shapely.box(0, 0, 50.44, 1)
    check_areas(recorded(make, 50.0, shape=small), issues=log)
    assert log.codes() == []
    check_areas(recorded(make, 49.9, shape=small), issues=log)
    assert log.codes() == ["area-differs"]


@pytest.mark.parametrize(("unit", "value"), [("ha", 1.0), ("mu", 15.0), ("km2", 0.01), ("ha", 1.0004), ("mu", 14.97)])
def test_a_unit_mixed_up_is_an_error_that_names_the_unit(make, log, unit, value):
    check_areas(recorded(make, value, value), issues=log)
    (issue,) = log
    assert (issue.code, issue.expected, issue.ids) == ("area-unit-suspect", unit, ("1", "2"))
    assert f"units: {{legal_area_m2: {unit}}}" in issue.fix("en")


def test_rows_in_several_units_are_told_apart(make, log):
    check_areas(recorded(make, 1, 15, 10_000, 9_000), issues=log)
    assert {(issue.code, issue.expected): issue.ids for issue in log} == {
        ("area-unit-suspect", "ha"): ("1",),
        ("area-unit-suspect", "mu"): ("2",),
        ("area-differs", "10,000.00 m²"): ("4",),
    }


def test_what_is_not_recorded_or_has_no_valid_shape_is_not_compared(make, log):
    bowtie = shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])
    frame = make([HECTARE, bowtie, None], legal_area_m2=[math.nan, 1.0, 1.0])
    check_areas(frame, issues=log)
    assert log.codes() == []


def test_other_tables_have_their_own_field(make, log):
    frame = make([HECTARE], "green_spaces", recorded_area_m2=[9_000.0])
    check_areas(frame, "green_spaces", issues=log)
    assert log.codes() == ["area-differs"]
    check_areas(frame, "buildings", issues=log)
    assert len(log) == 1


def test_the_tolerance_can_be_set(make, log):
    check_areas(recorded(make, 10_200), issues=log, tolerances=Tolerances(area_difference_ratio=0.02))
    assert log.codes() == []


@pytest.mark.parametrize(("off", "codes"), [(190, []), (210, ["area-differs"]), (-210, ["area-differs"])])
def test_a_drift_inside_the_ratio_of_a_large_parcel_is_not_lost(make, log, off, codes):
    """On 1 km² 0.1 % are 1,000 m²: near the central meridian, where plane and ellipsoid agree."""
    square = shapely.box(500_000, 3_400_000, 501_000, 3_401_000)
    check_areas(recorded(make, 1e6 + off, shape=square), issues=log)
    assert log.codes() == codes
    for issue in log:
        assert "210.00 m² (0.02%)" in issue.text("en")


def test_what_the_projection_alone_makes_of_a_large_parcel_passes(make, log):
    """140 km from the meridian 1 km² in the plane is 999,520 m² on the ellipsoid, which deeds may record."""
    square = shapely.box(640_000, 3_400_000, 641_000, 3_401_000)
    frame = recorded(make, 1e6, shape=square)
    ellipsoidal = float(measure_areas(frame, basis="ellipsoidal").iloc[0])
    assert 400 < 1e6 - ellipsoidal < 600
    check_areas(recorded(make, ellipsoidal, ellipsoidal - 190, 1e6, shape=square), issues=log)
    assert log.codes() == []
    check_areas(recorded(make, ellipsoidal - 210, shape=square), issues=log)
    assert log.codes() == ["area-differs"]


def test_areas_in_degrees_are_refused(make, log):
    with pytest.raises(CrsError, match="degrees"):
        check_areas(recorded(make, 1.0, crs=4490), issues=log)
