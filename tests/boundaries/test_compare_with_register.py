"""A supplied boundary against the register: every published area, on two bases, and place and parts."""

import dataclasses
from decimal import Decimal
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from pyproj import Geod, Transformer

from gis.checks import compare_with_register
from gis.errors import CrsError, InputError
from gis.issues import IssueLog
from gis.regulations import find_zone

SHARED = Path(__file__).parents[3] / "shared" / "data"
CRS = "EPSG:4549"


def place_of(facts, crs=CRS):
    return Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(facts.point_lon, facts.point_lat)


def square_at(facts, area_km2, *, crs=CRS, move=(0.0, 0.0)):
    x, y = place_of(facts, crs)
    half = (area_km2 * 1e6) ** 0.5 / 2
    x, y = x + move[0], y + move[1]
    return shapely.box(x - half, y - half, x + half, y + half)


def boundary_of(*shapes, crs=CRS, zone_id="z"):
    return gpd.GeoDataFrame({"zone_id": [zone_id] * len(shapes)}, geometry=list(shapes), crs=crs)


def compare(boundary, facts):
    log = IssueLog()
    return compare_with_register(boundary, facts, issues=log), log


def codes(log):
    return [issue.code.removeprefix("register-") for issue in log]


def test_both_areas_of_waigaoqiao_are_said_in_m2_and_per_cent():
    facts = find_zone("waigaoqiao")
    table, log = compare(boundary_of(square_at(facts, 10.164)), facts)
    planar = table[table["basis"] == f"planar {CRS}"].set_index("kind")
    assert planar["difference_m2"].round(3).to_dict() == {"approved": 164_000.0, "control_plan": -176_000.0}
    assert planar["difference_ratio"].round(6).to_dict() == {
        "approved": 0.0164,
        "control_plan": round(-0.176 / 10.34, 6),
    }
    said = [issue.text("en") for issue in log if issue.code == "register-area-differs"]
    assert len(said) == 2
    assert "10.00 km²" in said[0]
    assert "+164,000 m² (+1.64%)" in said[0]
    assert "10.34 km²" in said[1]
    assert "-176,000 m² (-1.70%)" in said[1]
    zh = [issue.text("zh") for issue in log if issue.code == "register-area-differs"]
    assert "批准面积" in zh[0]
    assert "控制性详细规划面积" in zh[1]


def test_the_ellipsoidal_area_is_that_of_another_program_s_formula():
    facts = find_zone("waigaoqiao")
    shape = square_at(facts, 10.164)
    table, _ = compare(boundary_of(shape), facts)
    ellipsoidal = table[table["basis"] == "ellipsoidal GRS80"]["measured_km2"]
    # An equal-area projection of the square, its edges made short enough to bend with the ellipsoid.
    plane = gpd.GeoSeries([shape.segmentize(50)], crs=CRS).to_crs(
        f"+proj=laea +lon_0={facts.point_lon} +lat_0={facts.point_lat} +ellps=GRS80"
    )
    assert ellipsoidal.tolist() == pytest.approx([plane.area.iloc[0] / 1e6] * 2, rel=1e-6)
    # Waigaoqiao lies outside the system's belt: the plane shows 575 ppm too much.
    assert 10.164 / ellipsoidal.iloc[0] - 1 == pytest.approx(575e-6, abs=10e-6)


def test_an_area_within_the_rounding_agrees_and_one_beyond_differs():
    facts = find_zone("jinqiao")
    # 1.524 km², rounded to 0.001; the ellipsoidal area is 0.0009 km² less than the planar one here.
    expected = {1.5244: "agrees", 1.5249: "agrees", 1.5236: "agrees", 1.5256: "differs", 1.5234: "differs"}
    for area, verdict in expected.items():
        _, log = compare(boundary_of(square_at(facts, area)), facts)
        assert [code for code in codes(log) if code.startswith("area-")] == [f"area-{verdict}"], area


def test_differences_are_published_for_every_row_and_basis():
    facts = find_zone("yangshan")
    table, _ = compare(boundary_of(square_at(facts, 25.31)), facts)
    assert table["kind"].tolist() == ["approved", "approved", "planned", "planned", "fenced", "fenced"]
    assert (table["source"].str.len() > 0).all()
    again = (table["measured_km2"] - table["published_km2"]) * 1e6
    assert (table["difference_m2"] - again).abs().max() < 1e-3
    assert (table["difference_ratio"] - again / (table["published_km2"] * 1e6)).abs().max() < 1e-12


def test_a_zone_without_published_area_says_so_and_what_was_measured():
    facts = find_zone("qingpu")
    table, log = compare(boundary_of(square_at(facts, 2.0)), facts)
    assert len(table) == 0
    assert "difference_m2" in table
    (issue,) = [issue for issue in log if issue.code == "register-no-area"]
    assert "2.0000 km²" in issue.text("en")


@pytest.mark.parametrize(("metres", "code"), [(0, "place-agrees"), (400, "place-agrees"), (600, "place-differs")])
def test_the_distance_of_the_published_point_is_said(metres, code):
    facts = find_zone("jinqiao")
    half = (1.524e6) ** 0.5 / 2
    move = (half + metres, 0.0) if metres else (0.0, 0.0)
    _, log = compare(boundary_of(square_at(facts, 1.524, move=move)), facts)
    (issue,) = [issue for issue in log if issue.code.startswith("register-place")]
    assert issue.code == f"register-{code}"
    assert issue.found == f"{metres} m"


def test_a_layer_of_another_meridian_lies_far_off():
    facts = find_zone("jinqiao")
    shape = square_at(facts, 1.524, crs="EPSG:4550")
    _, log = compare(boundary_of(shape, crs=CRS), facts)
    assert "place-differs" in codes(log)


def test_parts_are_pieces_of_land_not_rows():
    facts = find_zone("songjiang")
    x, y = place_of(facts)
    one, touching, apart = (shapely.box(x + d, y, x + d + 1000, y + 1000) for d in (0, 1000, 5000))
    cases = [
        ([one, touching, apart], "parts-agree"),
        ([one, touching], "parts-differ"),
        ([shapely.MultiPolygon([one, apart])], "parts-agree"),
    ]
    for shapes, code in cases:
        _, log = compare(boundary_of(*shapes), facts)
        assert code in codes(log)
    _, log = compare(boundary_of(one), find_zone("pudong_airport"))
    assert "parts-unknown" in codes(log)


def test_touching_rows_are_added_and_overlapping_rows_count_once():
    facts = find_zone("jinqiao")
    x, y = place_of(facts)
    left, right = shapely.box(x, y, x + 1000, y + 1000), shapely.box(x + 1000, y, x + 1524, y + 1000)
    table, _ = compare(boundary_of(left, right), facts)
    assert table["difference_m2"].iloc[0] == pytest.approx(0, abs=1e-6)
    over = shapely.box(x + 500, y, x + 1524, y + 1000)
    table, _ = compare(boundary_of(left, over), facts)
    assert table["difference_m2"].iloc[0] == pytest.approx(0, abs=1e-6)


def test_order_of_rows_changes_nothing_and_the_input_stays():
    facts = find_zone("songjiang")
    x, y = place_of(facts)
    shapes = [shapely.box(x + d, y, x + d + 1000.1, y + 333.3) for d in (0, 3000, 7000)]
    boundary = boundary_of(*shapes)
    before = boundary.copy(deep=True)
    facts = dataclasses.replace(facts, areas=find_zone("jinqiao").areas)
    first, _ = compare(boundary, facts)
    second, _ = compare(boundary_of(*reversed(shapes)), facts)
    pd.testing.assert_frame_equal(first, second)
    assert_geodataframe_equal(boundary, before)


def test_degrees_and_mercator_are_refused():
    facts = find_zone("jinqiao")
    for crs in ("EPSG:4326", "EPSG:3857", None):
        with pytest.raises(CrsError):
            compare(boundary_of(shapely.box(0, 0, 1, 1), crs=crs), facts)


def test_rows_of_two_zones_or_none_are_refused():
    facts = find_zone("jinqiao")
    two = boundary_of(shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1))
    two["zone_id"] = ["a", "b"]
    for boundary in (two, boundary_of()):
        with pytest.raises(InputError) as caught:
            compare(boundary, facts)
        assert caught.value.key == "register_one_zone"


def test_a_zone_without_a_point_says_that_its_place_was_not_compared():
    facts = dataclasses.replace(find_zone("jinqiao"), point_lon=None, point_lat=None)
    _, log = compare(boundary_of(square_at(find_zone("jinqiao"), 1.524)), facts)
    assert "place-unknown" in codes(log)


@pytest.mark.shared_data
def test_the_rebuilt_planning_scope_of_waigaoqiao_against_both_published_areas():
    file = SHARED / "shanghai_waigaoqiao_zone" / "subscopes.wgs84.json"
    if not file.exists():
        pytest.skip(f"open layer not beside the checkout: {file}")
    layer = gpd.read_file(file)[["id", "geometry"]]
    scope = layer[layer["id"] == "subscope_waigaoqiao_ftz_10_34"].rename(columns={"id": "zone_id"})
    table, log = compare(scope.to_crs(CRS), find_zone("waigaoqiao"))
    ellipsoidal = table[table["basis"] == "ellipsoidal GRS80"].set_index("kind")
    on_wgs84 = abs(Geod(ellps="WGS84").geometry_area_perimeter(scope.geometry.iloc[0])[0])
    assert ellipsoidal["measured_km2"].tolist() == pytest.approx([on_wgs84 / 1e6] * 2, rel=1e-6)
    assert ellipsoidal.loc["approved", "measured_km2"] == pytest.approx(10.164, rel=5e-4)
    assert ellipsoidal.loc["approved", "difference_m2"] == pytest.approx(164_000, abs=5_000)
    assert ellipsoidal.loc["control_plan", "difference_m2"] == pytest.approx(-176_000, abs=5_000)
    said = " ".join(issue.text("en") for issue in log)
    assert codes(log).count("area-differs") == 2
    assert "10.00 km²" in said
    assert "10.34 km²" in said
    assert "place-agrees" in codes(log)
    assert find_zone("waigaoqiao").areas[1].area_km2 == Decimal("10.34")
