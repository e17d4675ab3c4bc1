"""A verdict that hangs on the area basis: 20 % exactly in the plane, less on the ellipsoid, and the reverse."""

import dataclasses

import pytest
from shapely import box

import gis
from gis.analyses import flipping_findings
from gis.crs import ellipsoidal_area_m2
from gis.errors import SchemaError

X, Y = 680_000, 3_420_000


def balance_of(tables, basis):
    zones = gis.measure_zones(tables["approved_boundaries"], basis=basis)
    land = gis.measure_parcels(tables["parcels"], zones)
    pairs = gis.intersect_pairs(land, tables["green_spaces"], basis=basis)
    rules = gis.load_rules(as_of="2026-03-31", place="310115")
    return gis.evaluate_green_ratio(land, pairs, green_spaces=tables["green_spaces"], rules=rules, zones=zones)


@pytest.fixture
def long_zone(make_table):
    """10 km × 1 km, 180 km east of the meridian; green is 1/5 of it, at the east or at the west end.

    The plane shows land the larger the further east it lies (8.9e-9 a metre): green in the east is
    shown too large against the zone, green in the west too small.
    """

    def made(green_at):
        green = box(X + green_at, Y, X + green_at + 2000, Y + 1000)
        boundary = [{"zone_id": "Z", "boundary_quality": "approved"}]
        return {
            "approved_boundaries": make_table("approved_boundaries", boundary, [box(X, Y, X + 10_000, Y + 1000)]),
            "parcels": make_table("parcels", [{"parcel_id": "P", "harmful_gas": False}], [box(X, Y, X + 10_000, Y + 1000)]),
            "green_spaces": make_table("green_spaces", [{"green_id": "g", "green_kind": "attached"}], [green]),
        }

    return made


@pytest.mark.parametrize(("green_at", "on_plane", "on_ellipsoid"), [(8000, "met", "not_met"), (0, "met", "met")])
def test_green_at_the_far_end_flips(long_zone, green_at, on_plane, on_ellipsoid):
    tables = long_zone(green_at)
    planar, ellipsoidal = balance_of(tables, "planar"), balance_of(tables, "ellipsoidal")
    assert planar.zones["green_ratio"].iloc[0] == 0.2
    shapes = tables["green_spaces"].geometry.iloc[0], tables["approved_boundaries"].geometry.iloc[0]
    green, land = (ellipsoidal_area_m2(shape, tables["parcels"].crs) for shape in shapes)
    assert ellipsoidal.zones["green_ratio"].iloc[0] == pytest.approx(green / land, rel=1e-9)
    assert abs(green / land / 0.2 - 1) == pytest.approx(36e-6, rel=0.05)
    compared = gis.compare_bases(planar, ellipsoidal)
    assert compared.findings["verdict"].tolist() == [on_plane] * 2
    assert compared.findings["other_basis_verdict"].tolist() == [on_ellipsoid] * 2
    assert compared.findings["area_basis"].unique().tolist() == ["planar EPSG:4549"]
    flips = flipping_findings(compared.findings)
    assert flips["entity_id"].tolist() == (["Z", "P"] if on_plane != on_ellipsoid else [])
    back = flipping_findings(gis.compare_bases(ellipsoidal, planar).findings)
    assert back["entity_id"].tolist() == flips["entity_id"].tolist(), "the same verdicts flip, whichever is the run's"


def test_without_the_other_basis_nothing_is_said_of_it(long_zone):
    findings = balance_of(long_zone(8000), "planar").findings
    assert set(findings["other_basis_verdict"]) == {""}
    assert not len(flipping_findings(findings))


def test_what_is_not_the_same_balance_is_not_compared(long_zone):
    balance = balance_of(long_zone(8000), "planar")
    for changed in (
        dataclasses.replace(balance, place="31"),
        dataclasses.replace(balance, findings=balance.findings.iloc[:1]),
    ):
        with pytest.raises(SchemaError, match="can't be compared"):
            gis.compare_bases(balance, changed)
