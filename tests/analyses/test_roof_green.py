"""Roof green under each table, at the edges of its heights; what it adds to a zone, and what it may not."""

from fractions import Fraction

import pytest
from shapely import box

import gis
from gis.regulations import roof_scheme, roof_schemes

HEIGHTS = (1.5, 1.6, 5.0, 5.1, 12.0, 12.1, 24.0, 24.1)
#: By hand, from the tables: the factor of each height for 花园式; None where the text states none.
BY_HAND = {
    "lvrong_2014_74": (None, "0.7", "0.7", "0.7", "0.7", "0.5", "0.5", "0"),
    "technical_rules_2003_56": ("0.7", "0.5", "0.5", "0.3", "0.3", "0", "0", "0"),
    "residential_2023_1": ("0.35",) * 8,
}


@pytest.mark.parametrize(
    ("scheme", "height", "expected"),
    [(scheme, height, factor) for scheme, row in BY_HAND.items() for height, factor in zip(HEIGHTS, row, strict=True)],
)
def test_the_factor_at_each_edge(scheme, height, expected):
    found, ground = roof_scheme(scheme).coefficient(height, "garden")
    assert found == (None if expected is None else Fraction(expected))
    assert ground == ("not_stated" if expected is None else "")


def test_every_table_is_tested():
    assert set(BY_HAND) == set(roof_schemes())


@pytest.mark.parametrize(("kind", "expected"), [("garden", "0.7"), ("combined", "0.49"), ("lawn", "0.35")])
def test_the_kind_is_a_factor_of_its_own(kind, expected):
    assert roof_scheme("lvrong_2014_74").coefficient(12.0, kind)[0] == Fraction(expected)


def test_an_unknown_table_names_the_known():
    with pytest.raises(LookupError, match="residential_2023_1"):
        roof_scheme("2014")


COUNT_ROOFS = ("green.counted_kinds", ["attached", "roof"], "what if roofs counted")


def balance_of(tables, *replaced, as_of="2026-03-31"):
    rules = gis.load_rules(as_of=as_of, place="310115")
    for entry in replaced:
        rules = rules.replace(*entry)
    zones = gis.measure_zones(tables["approved_boundaries"])
    land = gis.measure_parcels(tables["parcels"], zones)
    pairs = gis.intersect_pairs(land, tables["green_spaces"])
    return gis.evaluate_green_ratio(land, pairs, green_spaces=tables["green_spaces"], rules=rules, zones=zones)


@pytest.fixture
def roofed(zone_z1):
    """Return Z1 with 1,000 m² of its attached green turned into a roof garden on A, 12 m high."""
    green = zone_z1["green_spaces"].copy()
    west, south, east, north = green.geometry.iloc[0].bounds
    cut = east - 1_000 / (north - south)
    green.loc[0, "geometry"] = box(west, south, cut, north)
    roof = green.iloc[[0]].assign(green_id="roof", green_kind="roof")
    roof = roof.set_geometry([box(cut, south, east, north)])
    import pandas as pd

    both = pd.concat([green, roof], ignore_index=True)
    known = both["green_kind"] == "roof"
    both["roof_height_m"] = both["green_kind"].map({"roof": 12.0})
    both["roof_green_kind"] = both["green_kind"].map({"roof": "garden"}).where(known)
    return {**zone_z1, "green_spaces": both}


def test_roofs_do_not_count_unless_the_rules_say_so(roofed):
    zone = balance_of(roofed).zones.iloc[0]
    assert (zone["green_m2"], zone["green_not_counted_m2"]) == (27_000.0, 1_000.0)
    assert zone["verdict"] == "not_met"


def test_a_roof_counts_for_its_coefficient(roofed):
    balance = balance_of(roofed, COUNT_ROOFS)
    zone = balance.zones.iloc[0]
    assert zone["green_m2"] == pytest.approx(27_700.0, abs=1e-6)
    assert zone["shortfall_m2"] == pytest.approx(300.0, abs=1e-6)
    parcel = balance.parcels.set_index("parcel_id").loc["A"]
    assert parcel["green_m2"] == pytest.approx(14_700.0, abs=1e-6)
    rows = gis.explain(balance, "zone_green_m2")
    assert rows["value"].sum() == pytest.approx(27_700.0, abs=1e-6)
    assert rows.loc[rows["entity_id"].str.contains("roof"), "clause"].str.contains("74号").all()


def test_a_missing_height_that_could_lift_the_zone_makes_it_undetermined(roofed):
    green = roofed["green_spaces"].assign(roof_height_m=float("nan"))
    balance = balance_of({**roofed, "green_spaces": green}, COUNT_ROOFS)
    zone = balance.zones.iloc[0]
    assert (zone["verdict"], zone["missing"]) == ("undetermined", "roof_height_m")
    assert zone["green_m2"] == 27_000.0
    # 1,000 m² of roof can't lift a zone that is short of more.
    floor = ("green.zone_floor_ratio", "21%", "what if")
    assert balance_of({**roofed, "green_spaces": green}, COUNT_ROOFS, floor).zones["verdict"].iloc[0] == "not_met"


def test_roofs_wait_for_the_ground(roofed):
    """A has 14,000 m² on the ground: 80 % of a floor of 35 % of its 50,000 m², and less of a higher one."""
    for floor, ground in (("0.35", ""), ("0.3501", "ground_green_short")):
        parcels = roofed["parcels"].copy()
        parcels["green_floor_ratio"] = [
            float(floor) if key == "A" else old
            for key, old in zip(parcels["parcel_id"], parcels["green_floor_ratio"], strict=True)
        ]
        roofs = balance_of({**roofed, "parcels": parcels}, COUNT_ROOFS).tables["roof_green"]
        assert roofs["roof_ground"].tolist() == [ground]
        assert roofs["credited_m2"].tolist() == [pytest.approx(0.0 if ground else 700.0, abs=1e-6)]


def test_roofs_count_up_to_their_share_of_the_requirement(roofed):
    """0.5 % of 28,000 m² is 140 m²: 560 of 700 are above, in a row of their own."""
    balance = balance_of(roofed, COUNT_ROOFS, ("green.roof_share_cap", "0.5%", "what if"))
    assert balance.zones["green_m2"].iloc[0] == pytest.approx(27_140.0, abs=1e-6)
    rows = gis.explain(balance, "zone_green_m2").set_index("entity_id")
    assert rows.loc["roof > cap", "value"] == pytest.approx(-560.0, abs=1e-6)


@pytest.mark.parametrize(("as_of", "cap"), [("2024-12-30", "20%"), ("2024-12-31", "40%"), ("2025-01-01", "40%")])
def test_the_cap_has_its_day(roofed, as_of, cap):
    records = {rule["name"]: rule for rule in balance_of(roofed, COUNT_ROOFS, as_of=as_of).rules}
    assert records["green.roof_share_cap"]["value"] == cap
    assert records["green.roof_share_cap"]["in_force"] <= as_of
