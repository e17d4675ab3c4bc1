"""Every status occurs, told from the attributes alone by dates added up here, not by the analyses."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from gis.samples.cards import CARDS, DECK_SIZE, deal_cards, of_cards
from gis.samples.draws import Draws
from gis.schema import fields_of

EVERY = {
    "approved_not_supplied", "approved_not_built", "idle", "idle_recognisable", "under_construction", "completed",
    "in_production", "undetermined",
}  # fmt: skip


def years_after(day, years):
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def status_of(row, as_of):
    """Order 53 by hand: art. 2 (type A and B) and art. 22 (no agreed start)."""
    if row.supply_status == "approved_not_supplied":
        return "approved_not_supplied"
    if row.construction_state == "completed":
        return "in_production" if pd.notna(row.production_date) else "completed"
    if row.construction_state == "suspended":
        return status_of_suspended(row, as_of)
    if row.construction_state == "not_started":
        start = row.agreed_commencement_date
        if pd.isna(start) and pd.isna(row.delivery_date):
            return "undetermined"
        start = years_after(row.delivery_date, 1) if pd.isna(start) else start
        return "idle" if as_of > years_after(start, 1) else "approved_not_built"
    return "under_construction" if row.construction_state == "under_construction" else "undetermined"


def status_of_suspended(row, as_of):
    if pd.isna(row.suspension_date):
        return "undetermined"
    if as_of <= years_after(row.suspension_date, 1):
        return "under_construction"
    shares = (row.developed_area_m2 * 3 / row.land_to_develop_m2, row.invested_cny * 4 / row.total_investment_cny)
    if np.isnan(shares).any():
        return "undetermined"
    return "idle_recognisable" if min(shares) < 1 else "under_construction"


def statuses(parcels, as_of):
    return pd.Series([status_of(row, pd.Timestamp(as_of)) for row in parcels.itertuples()])


@pytest.mark.parametrize("seed", [1, 2, 3, 11])
@pytest.mark.parametrize("as_of", [dt.date(2026, 3, 31), dt.date(2024, 2, 29), dt.date(2025, 12, 31)])
def test_forty_parcels_show_every_status(layers_of, seed, as_of):
    assert set(statuses(layers_of(40, seed, as_of)["parcels"], as_of)) == EVERY


def test_forty_parcels_show_every_case_of_interest(layers_of):
    parcels = layers_of(40)["parcels"]
    as_of = pd.Timestamp("2026-03-31")
    not_started = parcels["construction_state"] == "not_started"
    overdue = not_started & (parcels["agreed_commencement_date"] < as_of - pd.Timedelta(days=731))
    assert overdue.any(), "type A beyond two years"
    assert (not_started & parcels["delay_cause"].isin(["government_cause", "force_majeure"])).any()
    assert (not_started & (parcels["agreed_commencement_date"] > as_of)).any(), "start ahead"
    assert (parcels["efficiency_grade"] == "D").any()
    assert parcels["harmful_gas"].eq(True).any()
    assert parcels["is_key_project"].eq(True).any()
    late = parcels["agreed_production_date"] < pd.Timestamp("2025-01-01")
    assert (late & parcels["production_date"].isna() & parcels["completion_date"].isna()).any(), "production overdue"
    assert {"1401", "1402", "16"} <= set(parcels["land_use_code"])


def test_all_kinds_of_missing_data_and_causes_occur(layers_of):
    parcels = layers_of(4000)["parcels"]
    blank = parcels["construction_state"].isna() & parcels["supply_status"].isna()
    no_clock = (parcels["construction_state"] == "not_started") & parcels["agreed_commencement_date"].isna()
    assert blank.any()
    assert (no_clock & parcels["delivery_date"].isna() & (parcels["supply_status"] == "supplied")).any()
    assert (no_clock & parcels["delivery_date"].notna()).any(), "art. 22"
    suspended = parcels["construction_state"] == "suspended"
    assert (suspended & parcels["suspension_date"].isna()).any()
    assert (suspended & parcels["suspension_date"].notna() & parcels["developed_area_m2"].isna()).any()
    assert {"government_cause", "force_majeure", "enterprise_cause", "none"} <= set(parcels["delay_cause"].dropna())
    causes = parcels["delay_cause"] == "government_cause"
    assert set(parcels.loc[causes, "delay_cause_item"]) == set("123456")
    assert parcels.loc[~causes, "delay_cause_item"].isna().all()


def test_shares_are_the_same_at_400_and_4000_parcels(layers_of):
    small, large = (layers_of(size) for size in (400, 4000))
    as_of = dt.date(2026, 3, 31)
    shares = [statuses(layers["parcels"], as_of).value_counts(normalize=True) for layers in (small, large)]
    pd.testing.assert_series_equal(shares[0].sort_index(), shares[1].sort_index(), atol=0.02, rtol=0)
    medians = [layers["parcels"].geometry.area.median() for layers in (small, large)]
    assert medians[0] == pytest.approx(medians[1], rel=0.07)
    for table in ("buildings", "green_spaces", "land_use"):
        assert len(large[table]) == pytest.approx(10 * len(small[table]), rel=0.07)
    ratios = [
        layers["green_spaces"].query("green_kind == 'attached'").geometry.area.sum()
        / layers["approved_boundaries"].geometry.area.sum()
        for layers in (small, large)
    ]
    assert ratios[0] == pytest.approx(ratios[1], abs=0.01)
    assert 0.17 < ratios[1] < 0.23


def test_some_parcels_are_below_the_green_share_and_some_above(layers_of):
    layers = layers_of(400)
    joined = layers["green_spaces"].query("green_kind == 'attached'").sjoin(layers["parcels"], predicate="covered_by")
    green = joined.geometry.area.groupby(joined["parcel_id"]).sum()
    ratio = green / layers["parcels"].set_index("parcel_id").geometry.area
    assert 0.1 < (ratio < 0.2).sum() / len(green) < 0.6
    assert (ratio > 0.3).sum() > 50


def test_mixed_parcels_have_two_uses_by_floor_area_and_two_patches(layers_of):
    layers = layers_of(400)
    floor = layers["buildings"].pivot_table("floor_area_m2", "parcel_id", "land_use_code", aggfunc="sum")
    share = floor.div(floor.sum(axis=1), axis=0)
    assert (share.gt(0.1).sum(axis=1) >= 2).sum() >= 10
    halves = layers["land_use"]["patch_id"].str.fullmatch(r"TB\d{7}[12]")
    assert halves.sum() % 2 == 0
    assert halves.sum() >= 10


def test_counted_floor_area_is_the_sum_of_the_buildings(layers_of):
    layers = layers_of(400)
    own = layers["buildings"].groupby("parcel_id")["counted_floor_area_m2"].sum()
    told = layers["parcels"].set_index("parcel_id")["counted_floor_area_m2"]
    assert (told - own.reindex(told.index).fillna(0)).abs().max() < 0.01


def test_dates_are_in_order_and_nothing_has_happened_ahead(layers_of):
    as_of = pd.Timestamp("2026-03-31")
    parcels = layers_of(4000)["parcels"]
    for earlier, later in (
        ("supply_date", "delivery_date"), ("delivery_date", "commencement_date"),
        ("delivery_date", "agreed_commencement_date"), ("agreed_commencement_date", "agreed_completion_date"),
        ("agreed_completion_date", "agreed_production_date"), ("commencement_date", "suspension_date"),
        ("commencement_date", "completion_date"), ("completion_date", "production_date"),
    ):  # fmt: skip
        both = parcels[earlier].notna() & parcels[later].notna()
        assert both.any()
        assert (parcels.loc[both, earlier] < parcels.loc[both, later]).all(), (earlier, later)
    for name in ("supply", "delivery", "commencement", "suspension", "completion", "production"):
        assert (parcels[f"{name}_date"].dropna() < as_of).all()


def test_names_say_that_they_are_made_up(layers_of):
    parcels = layers_of(400)["parcels"]
    assert parcels["holder"].dropna().str.contains("示例").all()
    assert parcels["holder"].dropna().str.contains("虚构").all()
    assert layers_of(400)["approved_boundaries"]["boundary_quality"].tolist() == ["synthetic"]


def test_values_are_those_of_the_dictionary(layers_of):
    for table, layer in layers_of(400).items():
        for name, field in fields_of(table).items():
            if field.choices:
                assert set(layer[name].dropna()) <= set(field.choices), (table, name)
            if field.required:
                assert layer[name].notna().all(), (table, name)


def test_a_deck_is_dealt_whole_whatever_is_asked_for():
    draws = Draws(5)
    whole = deal_cards(draws, np.arange(DECK_SIZE * 3))
    assert (deal_cards(draws, np.arange(50, 70)) == whole[50:70]).all()
    for deck in whole.reshape(3, DECK_SIZE):
        counts = np.bincount(deck, minlength=len(CARDS))
        assert counts.tolist() == [card.count for card in CARDS]
    assert (whole[:DECK_SIZE] != whole[DECK_SIZE : 2 * DECK_SIZE]).any()
    assert of_cards(whole, "name")[0] == CARDS[whole[0]].name


def test_draws_are_uniform_and_apart_by_purpose():
    keys = np.arange(200_000)
    one, other = Draws(1).uniform("a", keys), Draws(1).uniform("b", keys)
    counts, _ = np.histogram(one, bins=50, range=(0, 1))
    expected = len(keys) / 50
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert chi_square < 90  # 49 degrees of freedom: beyond 90 in three of ten thousand
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.01
    assert abs(np.corrcoef(one[:-1], one[1:])[0, 1]) < 0.01
    assert one.min() >= 0
    assert one.max() < 1
