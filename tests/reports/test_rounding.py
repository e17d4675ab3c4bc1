"""Rounding: parts add up exactly, and every shown number is the plain rounding of its own figure."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from gis.areas import SQUARE_MM, ha_text, m2_text, mu_text, percent_text, square_mm
from gis.reports.land_table import land_lines


def test_every_number_of_the_table_of_land_is_rounded_by_itself(content):
    idle = content.balances["idle_land"]
    zone = idle.zones[idle.zones["zone_id"] == "Z1"].iloc[0].to_dict()
    lines = land_lines(idle, zone)
    whole = next(line for line in lines if line.key == "zone").m2
    for line in lines:
        shown = (line.shown_m2, line.shown_ha, line.shown_mu, line.shown_percent)
        exact = Fraction(square_mm(line.m2), SQUARE_MM) / Fraction(square_mm(whole), SQUARE_MM)
        assert shown == (m2_text(line.m2), ha_text(line.m2), mu_text(line.m2), percent_text(exact))
    sums = {
        key: sum(line.m2 for line in lines if line.block == key and line.kind == "part")
        for key in ("supplied", "not_supplied")
    }
    assert sums == {line.key: line.m2 for line in lines if line.kind == "subtotal"}


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
