"""Lists and sums beside the zone figures on ground that several parcels claim: values by hand, each with its words."""

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from arrangements import balances_of, green_of, parcels_of, rules, table
from shapely import box

from gis.analyses import doubled_capacity
from gis.analyses.capacity import measure_unused_capacity
from gis.analyses.green_conflicts import find_limit_conflicts
from gis.checks import check_topology
from gis.compute import write_partitions
from gis.issues import IssueLog
from gis.overlay import find_claims
from gis.reports.underused_section import _capacity
from gis.reports.words import Voice
from gis.workflow import compute_run, explain_parcel, load_run_file

A, B, HECTARE = box(0, 0, 60, 100), box(40, 0, 100, 100), box(0, 0, 100, 100)
MEMBERS = pd.DataFrame({"face_id": ["f", "f"], "parcel_id": ["1", "2"], "zone_id": "Z", "area_m2": 2_000.0, "holds": True})


def numbers_of(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_what_plans_permit_on_one_ground_counts_once_by_the_lowest():
    facts = {"parcel_id": ["1", "2", "3"], "planned_far": [2.0, 1.5, 9.0], "planned_coverage_ratio": [0.5, 0.5, None]}
    capacity = pd.DataFrame(facts)
    assert doubled_capacity(capacity, MEMBERS, "floor") == 4_000.0, "2,000 m² × 2.0, the greater of the two"
    assert doubled_capacity(capacity, MEMBERS, "footprint") == 1_000.0
    assert doubled_capacity(capacity[capacity["parcel_id"] != "2"], MEMBERS, "floor") == 0.0, "one plan states it once"
    assert doubled_capacity(capacity, None, "floor") == 0.0


def test_the_capacity_table_takes_claimed_ground_off_in_a_row_of_its_own():
    land = parcels_of([("1", "idle", A), ("2", "idle", B)]).assign(
        zone_id="Z", legal_area_m2=6_000.0, planned_far=2.0, counted_floor_area_m2=10_000.0
    )
    shown = numbers_of(_capacity(measure_unused_capacity(land), MEMBERS, Voice("en")))
    # Permitted 2 × 12,000, unused 2 × 2,000; the shared 2,000 m² permit 4,000 m² twice.
    assert shown[0][2:6] == ["24,000.00", "20,000.00", "4,000.00", "0.00"]
    assert shown[1][2:6] == ["-4,000.00", "", "-4,000.00", ""]
    assert shown[2][2:6] == ["20,000.00", "20,000.00", "0.00", "0.00"]


def test_ceilings_of_titles_on_one_ground_allow_its_green_once():
    """Fifty titles of 20 % on 6,000 m² allow 1,200 m², not 60,000: a floor of 20 % of a hectare can't be met."""
    parcels = parcels_of([(f"t{n:02d}", "idle", A) for n in range(50)]).assign(green_ceiling_ratio=0.2)
    found = balances_of(parcels, green_of([("g", "attached", box(0, 0, 5, 5))]), zone=HECTARE)[2]["green_ratio"]
    zone = found.tables["limit_conflicts"].query("level == 'zone'").iloc[0]
    assert (zone["floor_m2"], zone["ceiling_m2"], zone["gap_m2"]) == (2_000.0, 1_200.0, 800.0)


@pytest.mark.parametrize(("ceilings", "most"), [((0.2, 0.2), 2_400.0), ((0.9, 0.9), 9_400.0), ((0.9, 0.2), 5_200.0)])
def test_ceilings_of_two_parcels_that_share_a_strip(ceilings, most):
    """4,000 m² each of their own and 2,000 shared: 0.9 of 6,000 each is 10,800, but own ground 8,000 and shared 1,400."""
    land = balances_of(parcels_of([("1", "idle", A), ("2", "idle", B)]), zone=HECTARE)[1].assign(
        ceiling_ratio=ceilings, floor_ratio=0.2, floor_ground="floor_zone", floor_citation=""
    )
    zones = pd.DataFrame({"zone_id": ["Z"], "land_m2": [1e6], "floor_ratio": [0.2], "citation": [""]})
    found = find_limit_conflicts(land, zones, rules(), claims=find_claims(land).members)
    assert found["ceiling_m2"].tolist() == [most]


def test_roofs_on_shared_ground_are_summed_once(tmp_path):
    green = green_of([("r", "roof", box(40, 0, 60, 10))]).assign(roof_height_m=10.0, roof_green_kind="garden")
    found = balances_of(parcels_of([("1", "idle", A), ("2", "idle", B)]), green, zone=HECTARE)[2]["green_ratio"]
    assert found.tables["roof_green"]["area_m2"].tolist() == [200.0, 200.0]
    assert found.tables["roofs_claimed"].to_dict("records") == [
        {"zone_id": "Z", "area_m2": 200.0, "credited_m2": found.tables["roof_green"]["credited_m2"].iloc[0]}
    ]


def test_nothing_is_stated_over_zones_that_share_ground():
    parcels = parcels_of([("1", "idle", box(0, 0, 50, 100)), ("2", "idle", box(100, 0, 150, 100))])
    apart = {"Y": box(0, 0, 75, 100), "Z": box(75, 0, 150, 100)}
    shared = {"Y": box(0, 0, 80, 100), "Z": box(75, 0, 150, 100)}
    for zones, count in ((apart, 1), (shared, 0)):
        idle = balances_of(parcels, zone=zones)[2]["idle_land"]
        assert len(idle.tables["bureau"]) == count
        assert ("*" in set(idle.tables["ground"]["zone_id"])) == bool(count)
        assert ("ground.note_zones_overlap" in idle.notes) == (not count)


BOWTIE = shapely.Polygon([(100, 0), (200, 100), (200, 0), (100, 100)])


@pytest.mark.parametrize(("shape", "code"), [(box(110, 10, 190, 90), "outside-undetermined"),
                                             (box(110, 10, 400, 90), "parcel-outside")])  # fmt: skip
def test_what_may_lie_in_a_part_of_the_boundary_that_was_left_out_is_not_called_outside(shape, code):
    zone = table("approved_boundaries", [{"zone_id": "Z", "boundary_quality": "approved"}] * 2, [HECTARE, BOWTIE])
    log = IssueLog()
    check_topology(parcels_of([("1", "idle", shape), ("2", "idle", HECTARE)]), zone, issues=log)
    told = [issue for issue in log if issue.code in {"outside-undetermined", "parcel-outside"}]
    assert [(issue.code, issue.ids) for issue in told] == [(code, ("1",))]
    for lang in ("en", "zh"):
        assert "{" not in told[0].text(lang)


def test_remarks_of_a_layer_outlive_a_restart(tmp_path):
    layer = gpd.GeoDataFrame({"id": ["a"]}, geometry=[box(0, 0, 1, 1)], crs=4549)

    def made(batches):
        return write_partitions(batches, tmp_path / "layer", rows=2, key="k", remarks=lambda: ["several features"])

    first = made(lambda: iter([layer]))
    again = made(lambda: pytest.fail("read again"))
    assert first.remarks == again.remarks == ("several features",)


RUN = """zonegis: 1
title: twice
as_of: 2026-03-31
place: "310115"
output: out
tables:
  approved_boundaries: {path: zone.gpkg}
  parcels: {path: parcels.gpkg}
checks: {accept: [{code: parcel-overlap, reason: two titles}]}
"""


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("more", "words"), [
    ("", {"en": "2,000.00 m² are contested", "zh": "2,000.00 m² 因各主张地块状态不一而有争议"}),
    ("claims: {priority: supply_date, order: newest, reason: x}\n", {"en": "2,000.00 m² go to others", "zh": "归其他地块"}),
])  # fmt: skip
def test_explain_says_who_else_claims_the_ground_of_a_parcel(tmp_path, lang, more, words):
    from gis.readers import write_geopackage

    parcels = parcels_of([("1", "idle", A), ("2", "in_production", B)])
    parcels["supply_date"] = ["2015-01-01", "2019-01-01"]
    zone = table("approved_boundaries", [{"zone_id": "Z", "boundary_quality": "approved"}], [HECTARE])
    for name, layer in (("zone", zone), ("parcels", parcels)):
        kept = layer.drop(columns=["source_file", "source_row"]).dropna(axis=1, how="all")
        write_geopackage(tmp_path / f"{name}.gpkg", {name: kept})
    (tmp_path / "RUN.yaml").write_text(RUN + more, "utf-8")
    loaded, measured = compute_run(load_run_file(tmp_path / "RUN.yaml"), today=dt.date(2026, 11, 24))
    told = "\n".join(explain_parcel(loaded, measured, "1", lang=lang))
    assert "  - 2" in told
    assert told.count("2,000.00 m²") == 3
    assert words[lang] in told
    assert explain_parcel(loaded, measured, "2", lang=lang)


def test_hectares_of_parcels_that_differ_between_two_days_are_of_ground():
    """Both parcels change their class; together they claim 1.2 ha of a hectare."""
    from gis.maps.comparison import _content
    from gis.maps.join import join_findings

    sides, degrees = [], None
    for statuses in (("idle", "in_production"), ("in_production", "idle")):
        parcels = parcels_of([("1", statuses[0], A), ("2", statuses[1], B)])
        balance = balances_of(parcels, zone=HECTARE)[2]["idle_land"]
        sides.append(join_findings(parcels, {"idle_land": balance}))
        degrees = sides[-1].in_degrees(parcels.crs)
    views = _content(sides, degrees, ["idle_land"])["views"]
    assert views["status"]["changed_claimed_m2"] == 2_000
    assert "changed_claimed_m2" not in _content([sides[0]] * 2, degrees, ["idle_land"])["views"]["status"]
