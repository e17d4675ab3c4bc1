"""The chapters on routes, early warnings and underused land, and the table over all zones, in page and workbook."""

import math

import pandas as pd
import pytest
from openpyxl import load_workbook
from page_reader import Page

from gis.analyses import ALL_ZONES
from gis.reports import write_report, write_workbook

INDUSTRIAL = {"land_use_scheme": "mnr_2023", "land_use_code": "1001"}


@pytest.fixture(scope="module")
def land(made):
    """The made zones with a price, surplus land, planning conditions and lists of phased-out land."""
    extra = {
        "0001": {"land_price_cny": 1_000_000.0, "phase_out": "listed", "surplus_land_m2": 1_234.5},
        "001": {
            "planned_far": 2.0,
            "legal_area_m2": 30_000.0,
            "counted_floor_area_m2": 45_000.0,
            "phase_out": "listed",
        },
        "D-4": {"agreed_completion_date": "2024-01-01", "phase_out": "none"},
    }
    parcels = [row | INDUSTRIAL | extra.get(row["parcel_id"], {}) for row in made.PARCELS]
    return made.make_content(parcels=parcels)


@pytest.fixture(scope="module")
def page(land, tmp_path_factory):
    path = tmp_path_factory.mktemp("land") / "page.html"
    write_report(path, land, lang="zh")
    return Page(path.read_text("utf-8"))


@pytest.fixture(scope="module")
def book(land, tmp_path_factory):
    path = tmp_path_factory.mktemp("land") / "book.xlsx"
    write_workbook(path, land, lang="zh")
    return load_workbook(path)


def numbers(cells):
    return [float(cell.replace(",", "")) for cell in cells]


def test_routes_add_up_and_fees_are_those_of_the_ministry_s_rate(page):
    rows = {cells[0]: cells for _, cells in page.table("各处置途径的宗数、面积与闲置费")[1:]}
    fee = next(cells for name, cells in rows.items() if name.startswith("征缴土地闲置费"))
    assert fee[1:4] == ["1", "50,000.00", "200,000.00"]  # 20 % of 1,000,000
    parts = [cells for name, cells in rows.items() if name != "合计"]
    assert sum(int(cells[1]) for cells in parts) == int(rows["合计"][1]) == 2
    assert math.fsum(numbers(cells[2] for cells in parts)) == numbers([rows["合计"][2]])[0] == 90_000.0


def test_a_warning_stands_in_every_window_that_holds_it(page):
    rows = {cells[0]: cells[1:] for _, cells in page.table("预警汇总")[1:]}
    # Parcel 0001, agreed for 2024-06-30: free reclaim from 2026-07-01, 92 days after 2026-03-31.
    assert rows["可无偿收回（第十四条第二项）"] == ["0", "0", "1", "1"]
    listed = page.table("预警清单")[1:]
    assert [cells[0] for _, cells in listed] == ["2026-07-01"]
    assert "还有 92 日" in page.text


def test_an_exit_by_contract_names_its_ground(page):
    rows = [cells for _, cells in page.table("须核对合同退出条款的地块")]
    assert any(cells[0] == "D-4" and "约定竣工日期" in cells[2] for cells in rows)


def test_each_class_has_its_article_and_land_in_two_classes_counts_once(page, land):
    rows = {cells[0]: cells[1:] for _, cells in page.table("低效用地各类")[1:]}
    first = rows["淘汰类产业或关停并转企业用地"]
    assert (first[:2], "宝经委〔2021〕3号" in first[3]) == (["2", "80,000.00"], True)
    assert rows["资源利用效率评价为 D 类"][:2] == ["1", "30,000.00"]
    assert rows["属任一类"][:2] == ["2", "80,000.00"]  # 001 is in both
    figure = math.fsum(land.balances["idle_land"].figure("underused_area_m2", zone).value for zone in ("Z1", "Z2"))
    assert figure == 80_000.0
    listed = [cells for _, cells in page.table("低效用地地块")]
    assert listed[-1][:2] == ["合计 2 宗", "80,000.00"]


def test_missing_facts_capacity_and_surplus_are_listed(page):
    missing = {cells[0]: int(cells[1]) for _, cells in page.table("低效用地待定地块缺少的资料")[1:]}
    assert missing["淘汰类情形"] >= 3
    capacity = {cells[0]: cells[1:] for _, cells in page.table("规划容量与已用容量")[1:]}
    assert capacity["计容建筑面积"][:5] == ["1", "60,000.00", "45,000.00", "15,000.00", "0.00"]
    surplus = page.table("节余土地、节余房屋及其条件")[1:]
    assert [cells[0] for _, cells in surplus] == ["0001"]
    assert surplus[0][1][2] == "1,234.50"
    assert "? 区政府（工作小组）同意" in page.text


def test_the_table_over_all_zones_is_the_sum_of_the_zones(page, land):
    tables = {zone: page.table(f"{zone}土地利用状况平衡表") for zone in ("甲区", "乙区", "全部区域")}
    sums = {zone: {} for zone in tables}
    for zone, rows in tables.items():
        for kind, cells in rows[1:]:
            key = (kind, cells[0])
            sums[zone][key] = sums[zone].get(key, 0.0) + numbers([cells[2]])[0]
    for key, whole in sums["全部区域"].items():
        assert whole == pytest.approx(sums["甲区"].get(key, 0.0) + sums["乙区"].get(key, 0.0), abs=0.02), key
    bureau = land.balances["idle_land"].tables["bureau"].iloc[0]
    assert (bureau["zone_id"], bureau["zone_area_m2"], bureau["zones_count"]) == (ALL_ZONES, 210_000.0, 2)
    zones = land.balances["idle_land"].zones
    for name in ("idle_m2", "supplied_area_m2", "undetermined_m2", "not_in_parcels_m2", "underused_m2"):
        assert bureau[name] == pytest.approx(math.fsum(zones[name]), abs=1e-6)
    assert bureau["idle_ratio"] == pytest.approx(math.fsum(zones["idle_m2"]) / math.fsum(zones["supplied_area_m2"]))


def test_the_workbook_has_every_row_of_the_tables_in_words(book, land):
    tables = land.balances["idle_land"].tables
    sheets = {"全部区域": "bureau", "处置途径": "routes", "预警": "early_warnings", "低效": "underused",
              "未用容量": "unused_capacity", "节余": "surplus"}  # fmt: skip
    for name, table in sheets.items():
        sheet = book[f"土地-{name}"]
        assert sheet.max_row - 1 == len(tables[table]) > 0, name
    words = {str(cell.value) for name in sheets for row in book[f"土地-{name}"].iter_rows() for cell in row}
    assert not {word for word in words if pd.Series([word]).str.fullmatch(r"[a-z]+(_[a-z0-9]+)+").iloc[0]}
    assert {"属于", "不属于", "待定", "淘汰类", "可无偿收回（第十四条第二项）"} <= words
    underused = list(book["土地-低效"].iter_rows(values_only=True))
    place = underused[0].index("地块编号"), underused[0].index("低效：全部类别")
    by_id = {row[place[0]]: row[place[1]] for row in underused[1:]}
    assert by_id["001"] == "淘汰类产业或关停并转企业用地；资源利用效率评价为 D 类"


def test_without_a_definition_the_headline_says_so_and_names_the_comparison_in_the_same_cell(made, tmp_path):
    content = made.make_content(parcels=[row | INDUSTRIAL | {"phase_out": "listed"} for row in made.PARCELS], place="310115")
    path = tmp_path / "pudong.html"
    write_report(path, content, lang="zh")
    page = Page(path.read_text("utf-8"))
    assert "浦东新区的低效用地认定标准不在手" in page.text
    assert "按宝山区的定义，仅作比较，不作结论，不计入合计：" in page.text
    assert "低效用地各类" not in page.text and "低效用地地块" not in page.text
    assert content.balances["idle_land"].zones["underused_m2"].sum() == 0
    write_workbook(tmp_path / "pudong.xlsx", content, lang="zh")
    sheet = list(load_workbook(tmp_path / "pudong.xlsx")["土地-低效"].iter_rows(values_only=True))
    row = dict(zip(sheet[0], sheet[1], strict=True))
    assert (row["低效用地"], row["比较所用的区"]) == ("待定（缺资料）", "宝山区")
    assert row["按他区定义比较（不作结论）"] == "低效"
