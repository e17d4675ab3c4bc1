"""The 50 m belt: on both sides of the width, all around and in part, moved and turned."""

import geopandas as gpd
import pytest
import shapely
from shapely import affinity, box

import gis
from gis.analyses.protective_belts import measure_protective_belts

PLANT = box(0, 0, 200, 100)
RULES = gis.load_rules(as_of="2026-03-31", place="310115")


def judged(green, *, plant=PLANT, kind="protective", harmful=True, use=None, at=(652_000, 3_467_000), turned=0.0):
    def placed(shape):
        return affinity.translate(affinity.rotate(shape, turned, origin=(0, 0)), *at)

    facts = {"parcel_id": ["P"], "zone_id": ["Z"], "harmful_gas": [harmful], "source_file": ["p"], "source_row": [1],
             "land_use_scheme": ["mnr_2023"], "land_use_code": [use]}  # fmt: skip
    parcels = gpd.GeoDataFrame(facts, geometry=[placed(plant)], crs=4549)
    shapes = [placed(shape) for shape in green]
    table = gpd.GeoDataFrame(
        {"green_id": [str(k) for k in range(len(shapes))], "green_kind": kind}, geometry=shapes, crs=4549
    )
    return measure_protective_belts(parcels, table, RULES)


def ring(width):
    return shapely.difference(shapely.buffer(PLANT, width, join_style="mitre"), PLANT)


@pytest.mark.parametrize("turned", [0.0, 31.0])
@pytest.mark.parametrize(("width", "verdict"), [(49.9, "not_met"), (50.0, "met"), (50.1, "met")])
def test_a_belt_all_around(width, verdict, turned):
    # A mitred ring is wider at its corners: 50 m fit there first, so the narrow one is rounded.
    shape = ring(width) if width >= 50 else shapely.difference(shapely.buffer(PLANT, width, quad_segs=64), PLANT)
    row = judged([shape], turned=turned).iloc[0]
    assert row["verdict"] == verdict
    assert row["belt_share"] == pytest.approx(1.0 if width >= 50 else 0.998, abs=1.5e-3)


def test_in_pieces_it_is_the_same_belt():
    halves = [shapely.intersection(ring(50), half) for half in (box(-99, -99, 80, 299), box(80, -99, 399, 299))]
    assert judged(halves)["verdict"].tolist() == ["met"]


def test_on_one_side_the_text_does_not_say():
    row = judged([box(200, -50, 260, 150)]).iloc[0]
    assert (row["verdict"], row["belt_ground"]) == ("undetermined", "belt_part")
    # Corners are rounded by the disc that has to fit: 60 × 200 less (4 − π) · 25² at most.
    assert row["wide_belt_m2"] == pytest.approx(60 * 200 - 0.86 * 25**2, abs=5)


def test_far_away_or_of_another_kind_is_no_belt():
    assert judged([box(202, -50, 260, 150)])["verdict"].tolist() == ["not_met"]
    assert judged([ring(60)], kind="attached")["verdict"].tolist() == ["not_met"]
    assert judged([])["verdict"].tolist() == ["not_met"]


def test_only_harmful_gas_is_asked():
    assert judged([ring(60)], harmful=False).empty
    assert judged([ring(60)], harmful=None, use="1101").empty  # logistics: no such project


@pytest.mark.parametrize("use", [None, "100102"])
def test_an_untold_gas_is_undetermined_and_nothing_is_measured(use):
    row = judged([ring(60)], harmful=None, use=use).iloc[0]
    assert (row["verdict"], row["belt_ground"], row["missing"]) == ("undetermined", "belt_gas_untold", "harmful_gas")
    assert row[["ring_m2", "belt_m2", "belt_share", "wide_belt_m2"]].isna().all() and row["belt_width_m"] == 50
