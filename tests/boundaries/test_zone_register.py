"""The register of zones: strict, sourced, and silent where nothing was published."""

import ast
import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest

from gis.errors import RuleError
from gis.regulations import find_zone, zone_areas_csv, zone_register, zone_register_csv
from gis.regulations import zone_register as zone_register_function
from gis.regulations.zone_register import AREA_COLUMNS, AREA_KINDS, ZONE_COLUMNS, parse_zone_register

ROOT = Path(__file__).parents[2]
#: 2026 measures: the ten zones that exist.
NAMED = {
    "洋山特殊综合保税区", "外高桥保税区", "外高桥港综合保税区", "上海浦东机场综合保税区", "金桥综合保税区",
    "漕河泾综合保税区", "松江综合保税区", "青浦综合保税区", "奉贤综合保税区", "嘉定综合保税区",
}  # fmt: skip


def changed(text, row, **cells):
    """Return a CSV with cells of one row (from 0) changed."""
    rows = list(csv.DictReader(text.splitlines()))
    rows[row] = {**rows[row], **cells}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def zone_row(zone_id):
    rows = csv.DictReader(zone_register_csv().splitlines())
    return next(n for n, row in enumerate(rows) if row["zone_id"] == zone_id)


def test_every_zone_is_there_once_with_a_source_and_a_place():
    register = zone_register()
    assert {zone.zone_name_zh for zone in register} == NAMED
    assert len({zone.zone_id for zone in register}) == len(NAMED)
    for zone in register:
        assert zone.source
        # The municipality, with the sea part of Yangshan.
        assert 120.85 < zone.point_lon < 122.2
        assert 30.6 < zone.point_lat < 31.88
        assert all(code.startswith(("3101", "3309")) and len(code) == 6 for code in zone.adcode.split("|"))
        for fact in (*zone.areas, *zone.side_areas):
            assert fact.source
            assert fact.kind in AREA_KINDS


def test_published_areas_are_the_published_ones():
    areas = {zone.zone_id: zone.approved_area_km2 for zone in zone_register() if zone.approved_area_km2 is not None}
    assert areas == {
        "yangshan": Decimal("25.31"), "waigaoqiao": Decimal("10.00"), "waigaoqiao_port": Decimal("1.03"),
        "jinqiao": Decimal("1.524"),
    }  # fmt: skip
    assert [zone.accepted_area_km2 for zone in zone_register()] == [None] * len(NAMED)


def test_a_derived_area_is_no_published_one():
    airport = find_zone("pudong_airport")
    assert airport.approved_area_km2 is None
    assert airport.approved_area_status == "derived"
    assert airport.areas == ()
    # 3.59 twice by subtraction, as the note says.
    assert Decimal("22.76") - 10 - Decimal("1.03") - Decimal("8.14") == Decimal("3.59")
    assert Decimal("28.78") - 10 - Decimal("1.03") - Decimal("14.16") == Decimal("3.59")
    assert [(fact.status, fact.area_km2) for fact in airport.side_areas if fact.kind == "approved"] == [
        ("derived", Decimal("3.59"))
    ]


def test_yangshan_s_totals_stand_side_by_side_and_the_phases_add_up():
    yangshan = find_zone("yangshan")
    assert [(fact.kind, str(fact.area_km2)) for fact in yangshan.areas] == [
        ("approved", "25.31"), ("planned", "28.83"), ("fenced", "25.94"),
    ]  # fmt: skip
    assert yangshan.fenced_area_km2 is None, "the press figures disagree: none is chosen"
    planned = {fact.part: fact.area_km2 for fact in yangshan.side_areas if fact.kind == "planned"}
    assert planned["一期"] + planned["二期"] == yangshan.approved_area_km2
    assert planned["二期 芦潮港南港"] + planned["二期 浦东机场南部"] == planned["二期"]
    extension = planned["扩区 浦东机场南部"] + planned["扩区 芦潮港"]
    assert yangshan.approved_area_km2 + extension == Decimal("28.89") != yangshan.areas[1].area_km2
    assert "28.89" in yangshan.note
    assert "25.94" in yangshan.note


def test_waigaoqiao_has_both_figures():
    assert {fact.kind: str(fact.area_km2) for fact in find_zone("外高桥保税区").areas} == {
        "approved": "10.00", "control_plan": "10.34",
    }  # fmt: skip


def test_rounding_is_half_a_unit_of_the_last_published_decimal():
    assert {str(fact.area_km2): str(fact.rounding_km2) for zone in zone_register() for fact in zone.areas}.items() >= {
        ("10.00", "0.005"), ("1.524", "0.0005"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "zone_id"),
    [("yangshan", "yangshan"), ("洋山", "yangshan"), (" JINQIAO ", "jinqiao"), ("外高桥保税区", "waigaoqiao"),
     ("Waigaoqiao Free Trade Zone", "waigaoqiao"), ("waigaoqiao", "waigaoqiao"), ("外高桥港", "waigaoqiao_port")],
)  # fmt: skip
def test_zones_are_found_by_id_and_by_name(key, zone_id):
    assert find_zone(key).zone_id == zone_id


def test_a_name_of_two_zones_or_of_none_is_refused_with_the_choices():
    with pytest.raises(RuleError) as caught:
        find_zone("外高桥")
    assert "waigaoqiao, waigaoqiao_port" in caught.value.text("en")
    assert "waigaoqiao_port" in caught.value.text("zh")
    for key in ("atlantis", "", "  "):
        with pytest.raises(RuleError) as caught:
            find_zone(key)
        assert caught.value.key == "zone_unknown"


@pytest.mark.parametrize(
    ("zone_id", "cells"),
    [
        ("yangshan", {"approved_area_km2": "28.83"}),
        ("yangshan", {"approved_area_km2": ""}),
        ("pudong_airport", {"approved_area_km2": "3.59"}),
        ("jinqiao", {"fenced_area_km2": "1.55"}),
        ("jinqiao", {"approved_area_km2": "-1.524"}),
        ("jinqiao", {"approved_area_km2": "NaN"}),
        ("jinqiao", {"source": " "}),
        ("jinqiao", {"verified": "yes"}),
        ("jinqiao", {"zone_kind": "zone"}),
        ("jinqiao", {"approval_date": "2018-13"}),
        ("jinqiao", {"accepted_date": "15 Nov 2019"}),
        ("jinqiao", {"parts_count": "1.5"}),
        ("jinqiao", {"point_lat": ""}),
        ("jinqiao", {"point_lat": "121.6"}),
        ("jinqiao", {"point_kind": ""}),
        ("jinqiao", {"zone_id": "songjiang"}),
    ],
)
def test_a_row_that_could_mislead_is_refused(zone_id, cells):
    broken = changed(zone_register_csv(), zone_row(zone_id), **cells)
    with pytest.raises(RuleError) as caught:
        parse_zone_register(broken, zone_areas_csv())
    assert caught.value.key == "register_invalid"
    assert "row" in caught.value.text("en")


@pytest.mark.parametrize(
    "cells",
    [{"source": ""}, {"kind": "sealed"}, {"status": "rumoured"}, {"area_km2": ""}, {"area_km2": "0"},
     {"zone_id": "atlantis"}, {"date": "2020/01/17"}],
)  # fmt: skip
def test_an_area_that_could_mislead_is_refused(cells):
    with pytest.raises(RuleError, match="zone_areas"):
        parse_zone_register(zone_register_csv(), changed(zone_areas_csv(), 5, **cells))


def test_other_columns_and_short_rows_are_refused():
    with pytest.raises(RuleError, match="columns"):
        parse_zone_register(zone_register_csv().replace("zone_kind", "kind", 1), zone_areas_csv())
    with pytest.raises(RuleError, match="row 2"):
        parse_zone_register(zone_register_csv(), zone_areas_csv().replace(",true,", ",", 1))
    with pytest.raises(RuleError, match="columns"):
        parse_zone_register("", zone_areas_csv())


def test_files_as_packaged_are_read_back_as_they_are():
    assert parse_zone_register(zone_register_csv(), zone_areas_csv()) == zone_register_function()
    assert zone_register_csv().splitlines()[0].split(",") == ZONE_COLUMNS
    assert zone_areas_csv().splitlines()[0].split(",") == AREA_COLUMNS


def test_the_register_needs_no_geometry_library():
    tree = ast.parse((ROOT / "gis/regulations/zone_register.py").read_text("utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not imported & {"shapely", "geopandas", "pyproj", "numpy", "pandas"}
