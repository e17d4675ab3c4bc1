"""The workbook and the waterfall of a ledger, read again."""

import datetime as dt
import itertools
from decimal import Decimal

import openpyxl
import pandas as pd
import pytest

from gis.ledgers import Need, Project, balance_by_level, book_project, create_ledger, waterfall_steps
from gis.reports import draw_waterfall, write_quota_workbook
from gis.reports.quota_chart import waterfall_bars

ENERGY, DISTRICT = "energy_equal_value", "district:310115"
DAY = dt.date(2026, 3, 31)


@pytest.fixture
def ledger(tmp_path):
    with create_ledger(str(tmp_path / "q.db")) as made:
        made.issue(ENERGY, 2026, "100000.125", account=DISTRICT, as_of="2026-01-05", document="=1+1")
        made.issue("new_construction_land", 2026, "123456789012345.67", account="city", as_of="2026-01-05")
        need = Need(ENERGY, 2026, "60000", (DISTRICT,))
        book_project(made, Project("P1", "D-01", (need,)), as_of="2026-02-01", expires="2026-08-01")
        yield made


@pytest.mark.parametrize(("lang", "name", "head"), [("zh", "指标平衡", "余额"), ("en", "Quota balance", "balance")])
def test_the_sheet_says_what_the_table_says(ledger, tmp_path, lang, name, head):
    path = tmp_path / "q.xlsx"
    places = pd.DataFrame({"parcel_id": ["D-01"], "zone_id": ["Z"]})
    write_quota_workbook(path, ledger, as_of=DAY, parcels=places, lang=lang)
    book = openpyxl.load_workbook(path)
    assert len(book.sheetnames) == 4
    rows = list(book[name].iter_rows(values_only=True))
    column = rows[0].index(head)
    expected = balance_by_level(ledger)["balance"].tolist()
    assert [Decimal(str(row[column])) for row in rows[1:]] == expected
    # A quantity with more digits than a spreadsheet keeps stays text, to the last digit.
    assert "123456789012345.67" in [row[column] for row in rows[1:]]
    entries = list(book[book.sheetnames[3]].iter_rows(values_only=True))
    assert len(entries) == 1 + len(ledger.statement())
    assert any("=1+1" in row for row in entries)
    assert all(cell.data_type != "f" for row in book[book.sheetnames[3]].iter_rows() for cell in row)


def test_the_same_ledger_gives_the_same_bytes(ledger, tmp_path):
    steps = waterfall_steps(ledger, ENERGY, 2026)
    for number in (1, 2):
        write_quota_workbook(tmp_path / f"{number}.xlsx", ledger, as_of=DAY)
        for suffix in ("png", "svg"):
            draw_waterfall(tmp_path / f"{number}.{suffix}", steps, kind=ENERGY, year=2026, lang="en")
    for suffix in ("xlsx", "png", "svg"):
        assert (tmp_path / f"1.{suffix}").read_bytes() == (tmp_path / f"2.{suffix}").read_bytes(), suffix


def test_bars_hang_on_each_other_and_end_at_what_is_left(ledger, tmp_path):
    steps = waterfall_steps(ledger, ENERGY, 2026)
    bars = waterfall_bars(steps)
    assert [bar[0] for bar in bars] == ["issue", "reserve", "left"]
    for (_, bottom, height), (_, following, _) in itertools.pairwise(bars[:-1]):
        assert bottom + height == following
    assert bars[-1][2] == Decimal("40000.125") == ledger.balance().query("account == @DISTRICT")["quantity"].iloc[0]
    for lang in ("zh", "en"):
        draw_waterfall(tmp_path / f"{lang}.svg", steps, kind=ENERGY, year=2026, lang=lang)
        assert (tmp_path / f"{lang}.svg").stat().st_size > 5_000
