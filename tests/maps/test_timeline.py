"""Statuses over time in the page: the intervals it was given, and balances that add up on every day."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from made_zone import AS_OF, STATUSES, made_history
from read_block import read_block

from gis.errors import InputError


def test_every_interval_comes_back(zone, draw):
    history = made_history(zone)
    content = read_block(draw(zone, history=history).get_root().render(), "parcels")
    timeline, ids = content["timeline"], content["columns"]["id"]["rows"]
    at, found = 0, []
    for id_, count in zip(ids, timeline["counts"], strict=True):
        own = range(at, at + count)
        found += [
            (id_, timeline["classes"][timeline["codes"][k]]["key"], timeline["days"][timeline["from"][k]]) for k in own
        ]
        at += count
    wanted = [(row.parcel_id, row.status, f"{row.valid_from:%Y-%m-%d}") for row in history.itertuples()]
    assert sorted(found) == sorted(wanted)
    assert timeline["last"] == AS_OF.isoformat()
    assert timeline["days"] == sorted(set(timeline["days"]))


def test_the_balance_of_each_day_is_the_sum_of_its_parcels(zone, draw):
    history = made_history(zone)
    timeline = read_block(draw(zone, history=history).get_root().render(), "parcels")["timeline"]
    areas = zone.idle.parcels.set_index("parcel_id")["area_m2"]
    size = len(timeline["classes"])
    for place, day in enumerate(timeline["days"]):
        moment = pd.Timestamp(day)
        then = history[(history["valid_from"] <= moment) & (history["valid_to"] >= moment)].set_index("parcel_id")[
            "status"
        ]
        row = slice(place * size, (place + 1) * size)
        assert sum(timeline["parcels_count"][row]) == len(areas)
        assert sum(timeline["mm2"][row]) == round(math.fsum(areas) * 1e6)
        for item, count, mm2 in zip(
            timeline["classes"], timeline["parcels_count"][row], timeline["mm2"][row], strict=True
        ):
            own = areas[then.index[then == item["key"]]]
            assert count == len(own)
            assert mm2 == round(math.fsum(own) * 1e6)


def test_a_parcel_without_history_is_said_to_have_no_finding(zone, draw):
    history = made_history(zone)
    history = history[history["parcel_id"] != "001"]
    timeline = read_block(draw(zone, history=history).get_root().render(), "parcels")["timeline"]
    assert timeline["classes"][-1]["key"] == "no_finding"
    size = len(timeline["classes"])
    assert set(timeline["parcels_count"][size - 1 :: size]) == {1}


@pytest.mark.parametrize("flaw", ["gap", "overlap", "short", "late"])
def test_a_broken_history_is_refused_by_id(zone, draw, flaw):
    history = made_history(zone)
    two = history.index[history["parcel_id"] == "310115-00011"]
    assert len(two) == 2
    day = pd.Timedelta(days=1)
    if flaw == "gap":
        history.loc[two[0], "valid_to"] -= day
    elif flaw == "overlap":
        history.loc[two[0], "valid_to"] += day
    elif flaw == "short":
        history.loc[two[1], "valid_to"] -= day
    else:
        history.loc[two[0], "valid_from"] += day
    with pytest.raises(InputError, match="310115-00011"):
        draw(zone, history=history)


def test_made_history_ends_in_the_statuses_of_the_balance(zone):
    last = made_history(zone).groupby("parcel_id").last()["status"]
    assert last.to_dict() == zone.idle.parcels.set_index("parcel_id")["status"].to_dict()
    assert set(last) <= set(STATUSES)
