"""``zonegis repair``: on request only, into a new file, with the area before and after of each change."""

import geopandas as gpd
import pytest
import shapely


def test_repair_writes_a_new_file_and_says_each_change(zone, zonegis):
    parcels = zone.table("parcels")
    shapes = parcels.geometry.to_numpy().copy()
    west, south, east, north = shapes[0].bounds
    # A square whose last corner is overshot by 5 cm and crossed: a loop of a surveyor's hand.
    ring = [
        (west, south),
        (east, south),
        (east, north),
        (west - 0.05, north),
        (west, north - 0.05),
        (west, north + 0.05),
    ]
    shapes[0] = shapely.Polygon(ring)
    assert not shapes[0].is_valid
    source = zone.put("parcels", parcels.set_geometry(shapes))
    before = source.read_bytes()
    target = zone.folder / "repaired.gpkg"
    code, said = zonegis("repair", zone.run_file, "parcels", target, "--lang", "en")
    assert code == 0, said
    assert parcels["parcel_id"].iloc[0] in said, said[-900:]
    assert source.read_bytes() == before
    report = gpd.read_file(target, layer="repairs")
    assert report["id"].tolist() == [parcels["parcel_id"].iloc[0]]
    assert report["applied"].tolist() == [True]
    repaired = gpd.read_file(target, layer="parcels")
    assert len(repaired) == len(parcels)
    assert repaired.geometry.is_valid.all()
    after = repaired.set_index("parcel_id").geometry[parcels["parcel_id"].iloc[0]].area
    assert after == pytest.approx(report["area_after_m2"].iloc[0], abs=1e-6)
    assert after == pytest.approx((east - west) * (north - south), abs=0.05 * (north - south))


def test_repair_overwrites_nothing(zone, zonegis):
    target = zone.folder / "there.gpkg"
    target.write_bytes(b"mine")
    assert zonegis("repair", zone.run_file, "parcels", target)[0] == 2
    assert target.read_bytes() == b"mine"


def test_a_table_the_run_has_not_is_usage(zone, zonegis):
    code, said = zonegis("repair", zone.run_file, "rivers", zone.folder / "r.gpkg", "--lang", "en")
    assert code == 2
    assert "rivers" in said
