"""Rounding: shown parts add up to shown totals, and none is off by a whole unit."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from gis.reports.land_table import land_lines
from gis.reports.numbers import rounded_parts

AREAS = st.decimals(min_value=-100, max_value=10**7, places=6).map(Fraction)


@given(st.lists(st.lists(AREAS, max_size=6), min_size=1, max_size=4), st.integers(0, 4))
def test_lines_add_up_to_blocks_and_blocks_to_the_whole(blocks, digits):
    unit = Fraction(1, 10**digits)
    shown = [
        [Fraction(round(line / float(unit))) * unit for line in lines] for _, lines in rounded_parts(blocks, digits)
    ]
    totals = [Fraction(round(total / float(unit))) * unit for total, _ in rounded_parts(blocks, digits)]
    assert [sum(lines, Fraction(0)) for lines in shown] == totals
    exact = sum((line for lines in blocks for line in lines), Fraction(0))
    assert abs(sum(totals, Fraction(0)) - exact) <= unit / 2
    for lines, rounded in zip(blocks, shown, strict=True):
        assert all(abs(value - line) < unit for line, value in zip(lines, rounded, strict=True))


def test_an_overlap_is_taken_off_on_a_line_of_its_own(content):
    idle = content.balances["idle_land"]
    zone = idle.zones[idle.zones["zone_id"] == "Z1"].iloc[0].to_dict()
    # One parcel claims 1,000 m² of another's ground: lines and totals are of ground, and stay as they were.
    zone |= {"overlap_m2": 1000.0}
    first = idle.parcels.index[idle.parcels["zone_id"] == "Z1"][0]
    claims = idle.parcels["area_m2"].where(idle.parcels.index != first, idle.parcels["area_m2"] + 1000.0)
    claimed = dataclasses.replace(idle, parcels=idle.parcels.assign(area_m2=claims))
    lines = {line.key: line for line in land_lines(claimed, zone)}
    assert (lines["parcels"].shown_m2, lines["claims"].shown_m2) == ("140,000.00", "141,000.00")
    assert lines["claimed"].shown_m2 == "-1,000.00"
    assert lines["not_in_parcels"].shown_m2 == "60,000.00"
    assert lines["zone"].shown_m2 == "200,000.00"
    assert lines["zone"].shown_percent == "100.00%"


def test_without_the_area_of_the_zone_the_table_ends_with_the_parcels(content):
    idle = content.balances["idle_land"]
    zones = idle.zones.assign(zone_area_m2=float("nan"))
    lines = land_lines(dataclasses.replace(idle, zones=zones), zones.iloc[0].to_dict())
    assert lines[-1].key == "parcels"
    assert lines[-1].shown_percent == "100.00%"
