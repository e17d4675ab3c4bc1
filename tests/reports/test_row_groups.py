"""Rows of figures, each once: their groups add up to every term of every figure."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analyses import Balance, Figure
from gis.reports.row_groups import group_rows

ROWS = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.sampled_from([0.0, 1.5, 2.25, -1.5]), st.sampled_from(["", "art. 1", "art. 2"])
    ),
    max_size=8,
)


def rows_of(entries) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "entity_id": pd.Series([entity for entity, *_ in entries], dtype="str"),
            "value": pd.Series([value for _, value, _ in entries], dtype="float64"),
            "clause": pd.Series([clause for *_, clause in entries], dtype="str"),
            "as_of": "2026-03-31",
            "source_file": "f.gpkg",
            "source_row": pd.Series([ord(entity) for entity, *_ in entries], dtype="int64"),
        }
    )


def balance_of(figures) -> Balance:
    empty = pd.DataFrame()
    return Balance("made", dt.date(2026, 3, 31), "31", "planar X", empty, empty, empty, tuple(figures), ())


def terms_of(figure: Figure) -> tuple[str, ...]:
    return ("numerator", "denominator") if figure.unit == "ratio" and "entropy" not in figure.name else ("sum",)


def test_groups_add_up_to_every_figure_of_a_run(content):
    for balance in content.balances.values():
        groups = group_rows(balance, "x")
        for figure in balance.figures:
            for term in terms_of(figure):
                found = groups.value((figure.zone_id, figure.name, term))
                assert found == pytest.approx(figure.term(term), abs=1e-9), (figure.name, term)


def test_each_row_is_written_once(content):
    groups = group_rows(content.balances["idle_land"], "land")
    own = groups.rows[groups.rows["zone_id"] == "Z1"]
    assert sorted(own["entity_id"]) == ["0001", "001", "1", "D-4", "Z1"]
    assert (groups.rows["value"] >= 0).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=4), ROWS, ROWS)
def test_any_figures_can_be_grouped(sums, above, below):
    figures = [Figure.of_sum(f"f{number}", "Z", rows_of(entries)) for number, entries in enumerate(sums)]
    figures.append(Figure.of_ratio("r_ratio", "Z", numerator=rows_of(above), denominator=rows_of(below)))
    groups = group_rows(balance_of(figures), "x")
    for figure in figures:
        for term in terms_of(figure):
            assert groups.value(("Z", figure.name, term)) == pytest.approx(figure.term(term), abs=1e-9)
    members = {group for used in groups.terms.values() for group, _ in used}
    assert members == set(groups.totals) == set(groups.rows["group"])


@given(ROWS, st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_the_order_of_rows_changes_nothing(entries, random):
    turned = list(entries)
    random.shuffle(turned)
    first = group_rows(balance_of([Figure.of_sum("f", "Z", rows_of(entries))]), "x")
    second = group_rows(balance_of([Figure.of_sum("f", "Z", rows_of(turned))]), "x")
    pd.testing.assert_frame_equal(first.rows, second.rows)


def test_a_row_that_serves_several_articles_names_them_all(content):
    groups = group_rows(content.balances["idle_land"], "land")
    idle = groups.rows[groups.rows["entity_id"] == "0001"].iloc[0]
    assert "闲置土地处置办法" in idle["clause"]
    assert dataclasses.asdict(groups)["terms"]
