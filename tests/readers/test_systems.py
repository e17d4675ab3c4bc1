"""Reference systems and places (known defects R10 to R14, R23)."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS

from gis.crs import ellipsoidal_area_m2
from gis.errors import CrsError
from gis.issues import IssueLog
from gis.readers import check_place, read_table, require_same_place


def read(path, **options):
    issues = IssueLog()
    return read_table(path, "parcels", issues=issues, **options), {issue.code: issue for issue in issues}


def test_a_missing_system_is_refused_and_a_declared_one_noted(make_layer, tmp_path):
    path = tmp_path / "p.shp"
    make_layer(DKBH=["001"]).to_file(path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(CrsError, match=r"no reference system\. Add a \.prj") as caught:
        read(path)
    assert "p.shp" in caught.value.text("zh")
    assert "没有坐标系" in caught.value.text("zh")
    parcels, issues = read(path, crs="EPSG:4549")
    assert parcels.crs == "EPSG:4549"
    assert "EPSG:4549" in issues["crs-declared"].text("en")
    assert "按声明" in issues["crs-declared"].text("zh")


def test_two_different_systems_are_refused(make_layer, geopackage):
    path = geopackage(make_layer(DKBH=["001"]))
    with pytest.raises(CrsError, match=r"declares EPSG:4550 .*, but the file says EPSG:4549") as caught:
        read(path, crs="EPSG:4550")
    assert "EPSG:4550" in caught.value.text("zh")
    assert read(path, crs="EPSG:4549")[0].crs == "EPSG:4549"


def test_a_prj_of_another_wording_is_the_same_system(make_layer, tmp_path):
    path = tmp_path / "p.shp"
    make_layer(DKBH=["001"]).to_file(path)
    local = CRS("EPSG:4549").to_wkt("WKT1_ESRI").replace("CGCS2000_3_Degree_GK_CM_120E", "shanghai_tm")
    path.with_suffix(".prj").write_text(local)
    assert "crs-declared" not in read(path, crs="EPSG:4549")[1]
    parcels, issues = read(path, to_crs="EPSG:4549")
    assert parcels.crs == "EPSG:4549"
    assert "table-transformed" not in issues
    with pytest.raises(CrsError):
        read(path, crs="EPSG:4528")


def test_a_geojson_without_crs_member_takes_the_declared_one(tmp_path, make_squares):
    square = shapely.to_geojson(make_squares(1)[0])
    path = tmp_path / "p.geojson"
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"DKBH": "001"}, "geometry": '
        f"{square}}}]}}"
    )
    with pytest.raises(CrsError, match="EPSG:4326"):
        read(path)
    parcels, issues = read(path, crs="EPSG:4549")
    assert parcels.crs == "EPSG:4549"
    assert parcels.area.tolist() == [10_000.0]
    assert "crs-declared" in issues


def test_swapped_axes_are_refused(make_layer, geopackage, make_squares):
    swapped = list(shapely.transform(make_squares(1), lambda xy: xy[:, ::-1]))
    assert swapped[0].area == pytest.approx(10_000)  # R13: area and validity tell nothing
    with pytest.raises(CrsError, match="axes swapped") as caught:
        read(geopackage(make_layer(DKBH=["001"], shapes=swapped)))
    assert "X 为北" in caught.value.text("zh")


def test_a_zone_prefix_needs_its_system(make_layer, geopackage, make_squares):
    prefixed = list(shapely.transform(make_squares(1), lambda xy: xy + np.array([40_000_000, 0])))
    with pytest.raises(CrsError, match=r"zone prefix 40.*Declare EPSG:4528") as caught:
        read(geopackage(make_layer(DKBH=["001"], shapes=prefixed)))
    assert "EPSG:4528" in caught.value.text("zh")
    moved, issues = read(geopackage(make_layer(DKBH=["001"], shapes=prefixed, crs="EPSG:4528")), to_crs="EPSG:4549")
    assert moved.total_bounds == pytest.approx(make_squares(1)[0].bounds, abs=1e-6)
    assert "EPSG:4528" in issues["table-transformed"].text("en")


def test_degrees_are_transformed_with_the_axes_as_stored(make_layer, geopackage, make_squares):
    degrees = gpd.GeoSeries(make_squares(1), crs="EPSG:4549").to_crs("EPSG:4490")
    path = geopackage(make_layer(DKBH=["001"], shapes=list(degrees), crs="EPSG:4490"))
    parcels, issues = read(path, to_crs="EPSG:4549")
    assert parcels.total_bounds == pytest.approx(make_squares(1)[0].bounds, abs=1e-4)
    assert "datums-taken-as-one" not in issues
    assert "转换" in issues["table-transformed"].text("zh")


def test_reading_measures_nothing_so_degrees_and_mercator_pass(make_layer, geopackage, make_squares):
    mercator = gpd.GeoSeries(make_squares(1), crs="EPSG:4549").to_crs("EPSG:3857")
    path = geopackage(make_layer(DKBH=["001"], shapes=list(mercator), crs="EPSG:3857"))
    assert read(path)[0].crs == "EPSG:3857"
    parcels, issues = read(path, to_crs="EPSG:4549")
    assert parcels.area.tolist() == pytest.approx([10_000], rel=1e-6)
    assert "about a metre" in issues["datums-taken-as-one"].text("en")
    assert "地心基准" in issues["datums-taken-as-one"].text("zh")


@pytest.mark.parametrize("epsg", [2364, 4610, 4214])
def test_old_datums_are_not_taken_for_cgcs2000(make_layer, geopackage, make_squares, epsg):
    old = gpd.GeoSeries(make_squares(1), crs="EPSG:4549").to_crs(epsg)
    path = geopackage(make_layer(DKBH=["001"], shapes=list(old), crs=epsg))
    with pytest.raises(CrsError, match="no shift from the datum") as caught:
        read(path, to_crs="EPSG:4549")
    assert "测绘主管部门" in caught.value.text("zh")


def test_a_known_shift_is_applied(make_layer, geopackage):
    prague = shapely.box(1603000, 6464000, 1603100, 6464100)
    path = geopackage(make_layer(DKBH=["001"], shapes=[prague], crs="EPSG:3857"))
    parcels, issues = read(path, to_crs="EPSG:5514")
    true = ellipsoidal_area_m2(prague, CRS("EPSG:3857"))
    assert parcels.area.item() == pytest.approx(true, rel=3e-4)  # Krovak's scale is near 0.9999
    assert true < 0.42 * prague.area
    assert "datums-taken-as-one" not in issues


def test_data_of_cm_123_declared_as_zone_40_are_refused_with_the_right_reading(
    make_layer, geopackage, make_squares, boundary
):
    east = make_squares(2, east=366_736.0)  # coordinates of CM 123°
    path = geopackage(make_layer(DKBH=["001", "002"], shapes=east, crs="EPSG:4549"))
    assert read(path)[0].is_valid.all()  # nothing in the layer alone tells
    with pytest.raises(CrsError, match=r"Read as EPSG:4550 .* instead of EPSG:4549") as caught:
        read(path, boundary=boundary)
    assert caught.value.key == "layer_elsewhere_meridian"
    assert "中央子午线或带号弄混" in caught.value.text("zh")


def test_zone_40_data_declared_as_cm_123(make_layer, geopackage, boundary):
    path = geopackage(make_layer(DKBH=["001"], crs="EPSG:4550"))
    with pytest.raises(CrsError, match=r"Read as EPSG:4549 .* instead of EPSG:4550") as caught:
        read(path, to_crs="EPSG:4549", boundary=boundary)
    assert "EPSG:4549" in caught.value.text("zh")


def test_swapped_degrees_lie_elsewhere(boundary):
    frame = gpd.GeoDataFrame(
        {"source_file": ["p.gpkg"]}, geometry=[shapely.box(31.32, 121.60, 31.33, 121.61)], crs="EPSG:32636"
    )
    stored = ((31.32, 59.0, 31.33, 59.1), CRS("EPSG:4490"))
    with pytest.raises(CrsError) as caught:
        require_same_place(frame, boundary, table="parcels", stored=stored)
    assert caught.value.key == "layer_elsewhere"
    stored = ((31.32, 121.60, 31.33, 121.61), CRS("EPSG:4490"))
    with pytest.raises(CrsError, match="With the axes swapped") as caught:
        require_same_place(frame, boundary, table="parcels", stored=stored)
    assert "坐标轴颠倒" in caught.value.text("zh")


def test_a_layer_on_the_boundary_passes(make_layer, geopackage, boundary):
    parcels, _ = read(geopackage(make_layer(DKBH=["001", "002"])), boundary=boundary)
    assert len(parcels) == 2


def test_a_boundary_in_its_place(boundary):
    issues = IssueLog()
    check_place(boundary, "310115", issues=issues)
    assert len(issues) == 0


def test_a_boundary_of_another_meridian_is_outside_its_place(boundary):
    moved = boundary.translate(366_736 - 652_300, 0)  # CM 123° coordinates under CM 120°: 118.6° E
    issues = IssueLog()
    check_place(boundary.set_geometry(moved), "310115", issues=issues)
    (issue,) = issues
    assert (issue.code, issue.severity, issue.ids) == ("boundary-outside-place", "error", ("Z1",))
    assert "not inside Shanghai" in issue.text("en")
    assert "不在上海市" in issue.text("zh")


def test_an_unknown_place_is_a_note(boundary):
    issues = IssueLog()
    check_place(boundary, "320500", issues=issues)
    (issue,) = issues
    assert (issue.code, issue.severity) == ("place-box-unknown", "note")
    assert "320500" in issue.text("zh")


def test_a_missing_datum_grid_is_an_issue_and_not_a_line_on_standard_error(tmp_path, recwarn):
    """The best way from OSGB36 needs OSTN15 (1 m); where it is not installed another is used (2 m and more)."""
    shapes = [shapely.box(500_000, 200_000, 500_100, 200_100)]
    path = tmp_path / "uk.gpkg"
    gpd.GeoDataFrame({"parcel_id": ["1"]}, geometry=shapes, crs=27700).to_file(path)
    issue = read(path, to_crs="EPSG:32630")[1]["datum-grid-missing"]
    assert "OSTN15" in issue.text("en")
    assert " m was used instead of 1 m" in issue.text("en")
    assert issue.severity == "warning"
    assert not [warning for warning in recwarn if "Grid" in str(warning.message)]


def test_no_grid_is_missed_between_systems_that_need_none(tmp_path):
    shapes = [shapely.box(652_000, 3_467_000, 652_100, 3_467_100)]
    path = tmp_path / "p.gpkg"
    gpd.GeoDataFrame({"parcel_id": ["1"]}, geometry=shapes, crs=4549).to_file(path)
    assert "datum-grid-missing" not in read(path, to_crs="EPSG:4550")[1]


def test_the_system_of_the_file_is_kept_where_a_layer_was_transformed(tmp_path):
    """Checks compare overlaps and gaps in it as well: neighbours that fit in degrees may overlap in a plane."""
    path = tmp_path / "p.gpkg"
    shapes = [shapely.box(121.6, 31.3, 121.601, 31.301)]
    gpd.GeoDataFrame({"parcel_id": ["1"]}, geometry=shapes, crs=4490).to_file(path)
    assert CRS(read(path, to_crs="EPSG:4549")[0].attrs["source_crs"]) == CRS(4490)
    assert "source_crs" not in read(path)[0].attrs
