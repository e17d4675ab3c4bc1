"""Figures of a zone are of ground, each m² once: right values by hand, or from unions of shapely alone."""

import os
import random

import numpy as np
import pandas as pd
import pytest
import shapely
from arrangements import (
    SIDE,
    balances_of,
    expected_figures,
    green_of,
    moved,
    parcels_of,
    random_arrangement,
    rules,
    scanned_figures,
    stated_figures,
    use_of,
)
from shapely import box

import gis
from gis.analyses import CLAIMED
from gis.overlay import find_claims

HECTARE = box(0, 0, 100, 100)
A, B = box(0, 0, 60, 100), box(40, 0, 100, 100)
STRIP = box(40, 0, 60, 75)
#: In the suite; `make arrangements` runs 10,000, which takes longer than a test may.
ARRANGEMENTS = int(os.environ.get("ZONEGIS_ARRANGEMENTS", "200"))
LONG = pytest.mark.timeout(0 if "ZONEGIS_ARRANGEMENTS" in os.environ else 600)


def rows_add_up(balance):
    for figure in balance.figures:
        if figure.unit == "m2":
            assert figure.term() == pytest.approx(figure.value, abs=1e-9), figure.name


@pytest.fixture(scope="module")
def twice():
    """Two parcels of 60 × 100 m share 20 × 100 m of a hectare, with 15 × 100 m of green in the shared strip."""
    parcels = parcels_of([("1", "idle", A), ("2", "idle", B)])
    return balances_of(parcels, green_of([("g", "attached", STRIP)]), zone=HECTARE)[2]


def test_green_that_two_parcels_claim_counts_once(twice):
    zone = twice["green_ratio"].zones.iloc[0]
    assert (zone["green_m2"], zone["green_ratio"], zone["verdict"]) == (1_500.0, 0.15, "not_met")
    assert (zone["shortfall_m2"], zone["green_claimed_m2"], zone["green_contested_m2"]) == (500.0, 1_500.0, 0.0)
    assert twice["green_ratio"].parcels["green_m2"].tolist() == [1_500.0, 1_500.0], "each keeps what it claims"


def test_idle_land_is_no_more_than_the_zone(twice):
    zone = twice["idle_land"].zones.iloc[0]
    assert (zone["idle_m2"], zone["parcel_area_m2"], zone["not_in_parcels_m2"]) == (10_000.0, 10_000.0, 0.0)
    assert (zone["overlap_m2"], zone["contested_m2"], zone["idle_ratio"]) == (2_000.0, 0.0, 1.0)


def test_one_row_between_parcels_and_figure_takes_off_what_they_claim_twice(twice):
    rows = gis.explain(twice["idle_land"], "idle_area_m2")
    assert dict(zip(rows["entity_id"], rows["value"], strict=True)) == {"1": 6_000.0, "2": 6_000.0, CLAIMED: -2_000.0}
    assert rows.loc[rows["entity_id"] == CLAIMED, "clause"].item()
    for balance in twice.values():
        rows_add_up(balance)


def test_land_without_a_zone_area_is_the_ground_of_its_parcels():
    parcels = parcels_of([("1", "idle", A), ("2", "idle", B)])
    found = balances_of(parcels, green_of([("g", "attached", STRIP)]), zone=HECTARE, zones_given=False)[2]
    zone = found["green_ratio"].zones.iloc[0]
    assert (zone["land_m2"], zone["green_ratio"]) == (10_000.0, 0.15)


def test_titles_stacked_on_one_ground_are_that_ground():
    parcels = parcels_of([(f"t{n:02d}", "idle", A) for n in range(50)])
    found = balances_of(parcels, green_of([("g", "attached", STRIP)]), use_of([("u", "industrial", A)]), zone=HECTARE)[
        2
    ]
    zone, green, use = (found[name].zones.iloc[0] for name in ("idle_land", "green_ratio", "mixed_use"))
    assert (zone["idle_m2"], zone["not_in_parcels_m2"], zone["overlap_m2"]) == (6_000.0, 4_000.0, 294_000.0)
    assert (green["green_m2"], use["classified_m2"], use["unclassified_m2"]) == (1_500.0, 6_000.0, 0.0)


def test_three_parcels_in_one_place_and_a_parcel_twice():
    shapes = {"a": box(0, 0, 60, 60), "b": box(20, 0, 80, 60), "c": box(40, 0, 100, 60), "again": box(0, 0, 60, 60)}
    parcels = parcels_of([(key, "in_production", shape) for key, shape in shapes.items()])
    claims = find_claims(balances_of(parcels, zone=HECTARE)[1])
    told = claims.faces.groupby("claimants_count")["area_m2"].sum().to_dict()
    # 0–20 a+again; 20–40 a+again+b; 40–60 all four; 60–80 b+c.
    assert told == {2: 2_400.0, 3: 1_200.0, 4: 1_200.0}
    zone = balances_of(parcels, zone=HECTARE)[2]["idle_land"].zones.iloc[0]
    assert (zone["in_production_m2"], zone["overlap_m2"]) == (6_000.0, 8_400.0)


def test_ground_of_different_statuses_is_contested_and_the_ratio_lies_between_limits():
    found = balances_of(parcels_of([("1", "idle", A), ("2", "in_production", B)]), zone=HECTARE)[2]["idle_land"]
    zone = found.zones.iloc[0]
    assert (zone["idle_m2"], zone["in_production_m2"], zone["contested_m2"]) == (4_000.0, 4_000.0, 2_000.0)
    assert (zone["supplied_area_m2"], zone["parcel_area_m2"]) == (10_000.0, 10_000.0)
    assert found.figure("idle_ratio").value is None
    assert (zone["idle_ratio_least"], zone["idle_ratio_most"]) == (0.4, 0.6)
    rows = gis.explain(found, "contested_m2")
    assert rows[["entity_id", "value"]].to_numpy().tolist() == [["1, 2", 2_000.0]]
    rows_add_up(found)


def test_ground_supplied_for_one_and_not_for_the_other_is_in_no_block():
    found = balances_of(parcels_of([("1", "idle", A), ("2", "approved_not_supplied", B)]), zone=HECTARE)[2]["idle_land"]
    zone = found.zones.iloc[0]
    assert (zone["supplied_area_m2"], zone["contested_m2"]) == (4_000.0, 2_000.0)
    assert (zone["idle_ratio_least"], zone["idle_ratio_most"]) == (1.0, 1.0), "whoever has it, what is supplied is idle"
    blocks = found.tables["ground"].groupby("block")["area_m2"].sum().to_dict()
    assert blocks == {"supplied": 4_000.0, "not_supplied": 4_000.0, "contested": 2_000.0}


@pytest.mark.parametrize(("width", "verdict"), [(18.0, "undetermined"), (12.0, "undetermined"), (11.9, "not_met"), (20.0, "met")])
def test_a_verdict_that_contested_green_could_turn_is_undetermined(width, verdict):
    """A roof on shared ground counts for the parcel with enough green below, and not for the other.

    1,200 m² of garden 10 m above the ground are worth 0.7 × 1: 840 m² contested. They could lift 1,800 m² over the
    floor of 2,000, and 1,200, though not 1,190: roofs count for 40 % of the requirement at most, 800 m².
    """
    law = rules().replace("green.counted_kinds", ["attached", "roof"], "test")
    parcels = parcels_of([("1", "idle", A), ("2", "idle", B)])
    green = green_of([("ground", "attached", box(0, 0, width, 100)), ("roof", "roof", box(40, 0, 60, 60))])
    green = green.assign(roof_height_m=[np.nan, 10.0], roof_green_kind=[None, "garden"])
    zones, land, _ = balances_of(parcels, zone=HECTARE)
    pairs = gis.intersect_pairs(land, green, target_id="green_id")
    zone = gis.evaluate_green_ratio(land, pairs, green_spaces=green, rules=law, zones=zones).zones.iloc[0]
    assert zone["green_m2"] == 100.0 * width
    assert (zone["green_contested_m2"], zone["verdict"]) == (840.0, verdict)
    assert zone["missing"] == (CLAIMED if verdict == "undetermined" else "")


#: Shapes with their areas: a hole, two parts, two parts that touch in a corner.
RING = box(0, 0, 60, 60).difference(box(20, 20, 40, 40))
PARTS = shapely.MultiPolygon([box(0, 0, 30, 30), box(60, 0, 90, 30)])
CORNER = shapely.MultiPolygon([box(0, 0, 30, 30), box(30, 30, 60, 60)])
AREAS = {"a hole": (RING, 3_200.0), "parts": (PARTS, 1_800.0), "a corner": (CORNER, 1_800.0)}


def east(shape, metres):
    return shapely.affinity.translate(shape, metres, 0)


@pytest.mark.parametrize("form", AREAS)
def test_titles_stacked_on_such_a_shape_are_its_ground(form):
    shape, area = AREAS[form]
    parcels = parcels_of([(f"t{n}", "idle", shape) for n in range(5)])
    zone = balances_of(parcels, zone=HECTARE)[2]["idle_land"].zones.iloc[0]
    assert (zone["idle_m2"], zone["not_in_parcels_m2"], zone["overlap_m2"]) == (area, 10_000.0 - area, 4 * area)


@pytest.mark.parametrize(
    ("form", "ground", "twice", "thrice"),
    [
        # Above and below the hole 40 m high: 20 m wide twice, 40 m thrice; beside it 20 m high: 40 m twice.
        ("a hole", 4_800.0, 1_600.0, 1_600.0),
        # Each part 30 m high: 20 m wide twice, 10 m thrice.
        ("parts", 3_000.0, 1_200.0, 600.0),
        ("a corner", 3_000.0, 1_200.0, 600.0),
    ],
)
def test_three_such_shapes_in_one_place(form, ground, twice, thrice):
    shape, _ = AREAS[form]
    _, land, found = balances_of(parcels_of([(str(n), "idle", east(shape, 10 * n)) for n in range(3)]))
    zone = found["idle_land"].zones.iloc[0]
    by_count = find_claims(land).faces.groupby("claimants_count")["area_m2"].sum().to_dict()
    assert by_count == {2: twice, 3: thrice}
    assert (zone["idle_m2"], zone["overlap_m2"], zone["contested_m2"]) == (ground, twice + 2 * thrice, 0.0)
    rows_add_up(found["idle_land"])


@pytest.mark.parametrize("form", AREAS)
def test_such_a_shape_twice_among_others(form):
    shape, area = AREAS[form]
    rows = [("own", "idle", shape), ("again", "idle", shape), ("far", "in_production", box(100, 100, 200, 200))]
    zone = balances_of(parcels_of(rows))[2]["idle_land"].zones.iloc[0]
    assert (zone["idle_m2"], zone["in_production_m2"], zone["overlap_m2"]) == (area, 10_000.0, area)


@pytest.mark.parametrize(
    ("form", "shared"),
    # Above and below the hole 50 m × 40 m, beside it twice 10 m × 20 m; of the others twice 20 m × 30 m.
    [("a hole", 2_400.0), ("parts", 1_200.0), ("a corner", 1_200.0)],
)
class TestTwoSuchShapesTenMetresApart:
    def test_of_different_statuses_are_contested_where_they_overlap(self, form, shared):
        shape, area = AREAS[form]
        parcels = parcels_of([("1", "idle", shape), ("2", "in_production", east(shape, 10))])
        zone = balances_of(parcels)[2]["idle_land"].zones.iloc[0]
        told = zone[["idle_m2", "in_production_m2", "contested_m2", "overlap_m2"]].tolist()
        assert told == [area - shared, area - shared, shared, shared]
        assert (zone["idle_ratio_least"], zone["idle_ratio_most"]) == pytest.approx(
            ((area - shared) / (2 * area - shared), area / (2 * area - shared)), abs=1e-15
        )

    @pytest.mark.parametrize("ids", [("1", "2"), ("2", "1")])
    def test_of_two_kinds_hold_what_they_share_by_what_counts_least(self, form, shared, ids):
        shape, area = AREAS[form]
        green = green_of([(ids[0], "attached", shape), (ids[1], "park", east(shape, 10))])
        found = balances_of(parcels_of([("1", "idle", HECTARE)]), green, zone=HECTARE)[2]["green_ratio"].zones.iloc[0]
        assert (found["green_m2"], found["green_not_counted_m2"]) == (area - shared, area)

    @pytest.mark.parametrize("ids", [("1", "2"), ("2", "1")])
    def test_of_two_groups_are_in_neither_where_they_overlap(self, form, shared, ids):
        shape, area = AREAS[form]
        use = use_of([(ids[0], "industrial", shape), (ids[1], "commercial", east(shape, 10))])
        found = balances_of(parcels_of([("1", "idle", HECTARE)]), use=use, zone=HECTARE)[2]["mixed_use"]
        groups = [found.figure(f"land_use_{group}_m2").value for group in ("industrial", "commercial")]
        assert [*groups, found.figure("use_contested_m2").value] == [area - shared, area - shared, shared]


@pytest.mark.parametrize(
    ("form", "ground", "twice"),
    # A strip 10 m wide from x = 15: above and below the hole 40 m of it lie on both, beside it 5 m × 20 m.
    [("a hole", 600.0, 500.0), ("parts", 300.0, 300.0), ("a corner", 300.0, 300.0)],
)
def test_green_in_the_overlap_of_such_parcels_counts_once(form, ground, twice):
    shape, _ = AREAS[form]
    parcels = parcels_of([("1", "idle", shape), ("2", "idle", east(shape, 10))])
    green = green_of([("g", "attached", box(15, 0, 25, 60))])
    zone = balances_of(parcels, green)[2]["green_ratio"].zones.iloc[0]
    assert (zone["green_m2"], zone["green_claimed_m2"], zone["green_contested_m2"]) == (ground, twice, 0.0)


def test_a_priority_with_a_reason_settles_a_face_and_equals_stay_contested():
    parcels = parcels_of([("1", "idle", A), ("2", "in_production", B)])
    _, land, _ = balances_of(parcels, zone=HECTARE)
    days = pd.Series(pd.to_datetime(["2020-01-01", "2021-01-01"]), index=["1", "2"])
    for settled, expected in (
        (find_claims(land).settled_by(days, greatest=True), (4_000.0, 6_000.0, 0.0)),
        (find_claims(land).settled_by(days, greatest=False), (6_000.0, 4_000.0, 0.0)),
        (find_claims(land).settled_by(days.mask(days.index == "2"), greatest=True), (4_000.0, 4_000.0, 2_000.0)),
        (find_claims(land).settled_by(days.mask(days.notna()), greatest=True), (4_000.0, 4_000.0, 2_000.0)),
    ):  # fmt: skip
        zone = gis.evaluate_idle_land(land, rules(), claims=settled).zones.iloc[0]
        assert (zone["idle_m2"], zone["in_production_m2"], zone["contested_m2"]) == expected


def test_kinds_over_kinds_hold_ground_by_what_counts_least_whatever_their_ids():
    shapes = {"attached": box(0, 0, 40, 50), "park": box(20, 0, 60, 50)}
    for ids in (("1", "2"), ("2", "1")):
        green = green_of([(key, kind, shape) for key, (kind, shape) in zip(ids, shapes.items(), strict=True)])
        zone = balances_of(parcels_of([("1", "idle", HECTARE)]), green, zone=HECTARE)[2]["green_ratio"].zones.iloc[0]
        assert (zone["green_m2"], zone["green_not_counted_m2"]) == (1_000.0, 2_000.0)


def test_patches_of_different_groups_are_contested_and_of_one_group_once():
    use = use_of([("1", "industrial", box(0, 0, 50, 100)), ("2", "commercial", box(40, 0, 80, 100)),
                  ("3", "commercial", box(70, 0, 90, 100))])  # fmt: skip
    found = balances_of(parcels_of([("1", "idle", HECTARE)]), use=use, zone=HECTARE)[2]["mixed_use"]
    zone = found.zones.iloc[0]
    assert (zone["classified_m2"], zone["contested_m2"], zone["unclassified_m2"]) == (8_000.0, 1_000.0, 1_000.0)
    assert found.figure("land_use_industrial_m2").value == 4_000.0
    assert found.parcels[["classified_m2", "contested_m2", "unclassified_m2"]].iloc[0].tolist() == [8_000, 1_000, 1_000]
    rows_add_up(found)


#: Statuses of `arrangements.FACTS` that are of supplied land.
SUPPLIED = ("idle", "in_production")
#: So many arrangements, each in a zone of its own, are balanced in one go.
BATCH = 50
#: Metres between zones: a parcel of several parts must not reach the next one.
APART = 1_000.0


def batches():
    draw = random.Random(14)
    for start in range(0, ARRANGEMENTS, BATCH):
        names = [f"{number}-" for number in range(start, min(start + BATCH, ARRANGEMENTS))]
        yield {name: tuple(moved(rows, APART * place) for rows in random_arrangement(draw, name))
               for place, name in enumerate(names)}  # fmt: skip


def balanced(arranged):
    """Return zones and balances of a batch."""
    zones = {name: shapely.affinity.translate(box(0, 0, SIDE, SIDE), APART * place, 0)
             for place, name in enumerate(arranged)}  # fmt: skip
    layers = [[row for layers in arranged.values() for row in layers[place]] for place in range(3)]
    made = [make(rows) for make, rows in zip((parcels_of, green_of, use_of), layers, strict=True)]
    return zones, made, balances_of(*made, zone=zones)[2]


@LONG
def test_random_arrangements_are_their_unions():
    for arranged in batches():
        zones, _, found = balanced(arranged)
        own = found["idle_land"].parcels
        own = own[own["zone_id"].notna()]
        answers = own["is_supplied"].map({True: "supplied/", False: "not_supplied/"}) + own["status"]
        for name, (parcels, green, use) in arranged.items():
            here = (own["zone_id"] == name).to_numpy()
            if not here.any():
                continue
            told = dict(zip(own.loc[here, "parcel_id"], answers[here], strict=True))
            expected = expected_figures(
                zones[name], ([key for key, *_ in parcels], [shape for *_, shape in parcels]), told,
                [row[1:] for row in green], [row[1:] for row in use],
            )  # fmt: skip
            stated = stated_figures(found, name)
            for figure in expected.keys() | stated.keys():
                # 1e-6 of the zone.
                assert stated.get(figure, 0.0) == pytest.approx(expected.get(figure, 0.0), abs=0.04), (name, figure)
        for balance in found.values():
            rows_add_up(balance)


@LONG
def test_the_sweep_over_outlines_gives_the_same_unions():
    """With the test above, each figure of a zone equals unions of shapely and the sweep; this one needs no balance."""
    for arranged in batches():
        for place, (name, (parcels, green, use)) in enumerate(arranged.items()):
            zone = shapely.affinity.translate(box(0, 0, SIDE, SIDE), APART * place, 0)
            told = {key: ("supplied/" if status in SUPPLIED else "not_supplied/") + status for key, status, _ in parcels}
            rows = ([key for key, *_ in parcels], [shape for *_, shape in parcels])
            layers = (zone, rows, told, [row[1:] for row in green], [row[1:] for row in use])
            expected, found = expected_figures(*layers), scanned_figures(*layers)
            for figure in expected.keys() | found.keys():
                assert found.get(figure, 0.0) == pytest.approx(expected.get(figure, 0.0), abs=0.04), (name, figure)


@LONG
def test_other_ids_and_another_order_of_rows_change_no_byte_of_a_zone():
    draw = random.Random(41)
    for number, arranged in enumerate(batches()):
        if number % 4:
            continue
        zones, layers, first = balanced(arranged)
        turned = []
        for frame, column in zip(layers, ("parcel_id", "green_id", "patch_id"), strict=True):
            ids, order = list(frame[column]), draw.sample(range(len(frame)), len(frame))
            names = dict(
                zip(ids, draw.sample([f"{draw.choice('xyz')}{n}" for n in range(len(ids))], len(ids)), strict=True)
            )
            turned.append(
                frame.assign(**{column: frame[column].map(names).astype("str")}).iloc[order].reset_index(drop=True)
            )
        second = balances_of(*turned, zone=zones)[2]
        for name, balance in first.items():
            written = [one.zones.drop(columns="source", errors="ignore").to_csv() for one in (balance, second[name])]
            assert written[0] == written[1]
            assert [(f.name, f.value) for f in balance.figures] == [(f.name, f.value) for f in second[name].figures]
