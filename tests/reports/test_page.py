"""The page: what a bureau must see on it, what must never be in it, and that its tables add up."""

from __future__ import annotations

import dataclasses
import re

import pandas as pd
import pytest
from page_reader import Page

import gis
from gis.areas import percent_beside
from gis.errors import GisError, OutputError
from gis.reports import write_report
from gis.reports.face import NAMED_RULES
from gis.reports.lists import LISTED_PARCELS, parcel_list
from gis.reports.words import Voice
from gis.schema import text, texts_of


def render(content, tmp_path, lang="zh") -> str:
    write_report(tmp_path / "page.html", content, lang=lang)
    return (tmp_path / "page.html").read_text("utf-8")


def test_the_page_is_well_formed_and_needs_nothing_from_outside(written):
    _, path, _ = written
    text = path.read_text("utf-8")
    page = Page(text)
    assert not page.errors
    assert not page.open
    assert len(page.ids) == len(set(page.ids))
    assert page.links
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert not page.handlers
    assert "http" not in text.replace("http-equiv", "")
    assert not re.search(r"url\((?!#)|@import|<link|<img|<iframe", text)


def test_text_of_the_data_is_never_markup(zh_page, made):
    assert made.SCRIPT not in zh_page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in zh_page
    assert made.MARKUP not in zh_page
    assert "甲公司 &amp; Co" in zh_page
    page = Page(zh_page)
    assert made.SCRIPT in page.text
    assert "𠮷野仓储" in page.text


def test_the_same_run_gives_the_same_bytes_whatever_the_order_of_rows(made, content, tmp_path):
    first = render(content, tmp_path)
    assert render(made.make_content(), tmp_path) == first
    assert render(made.make_content(order=-1), tmp_path) == first


def test_no_key_is_left_untranslated(written, content):
    lang, path, _ = written
    shown = Page(path.read_text("utf-8")).text
    for rule in content.rules:
        shown = shown.replace(rule["name"], "")
    assert not re.search(r"\b(report|idle|green|mixed|status|map)\.[a-z_]+\b", shown)
    assert not re.search(r"\b(ground|clock|route|note|floor|underused|banner|section)_[a-z_]+\b", shown)
    assert "{" not in shown
    other = {"zh": "Key figures", "en": "主要结论"}[lang]
    assert other not in shown


def test_every_figure_has_a_name_and_a_formula_in_both_languages(content):
    for lang in ("zh", "en"):
        voice = Voice(lang)
        for balance in content.balances.values():
            for figure in balance.figures:
                assert voice.figure(figure.name) != figure.name
                assert voice.formula(figure.name), figure.name


def test_lines_of_the_land_table_add_up_as_shown(zh_page):
    rows = Page(zh_page).table("乙区土地利用状况平衡表")
    numbers = [(kind, [float(cell.rstrip("%").replace(",", "")) for cell in cells[2:]]) for kind, cells in rows[1:]]
    # Every number is rounded by itself, as a note says; the sum of the shown parts may be off by a last digit.
    assert text("facts.rounding_note", "zh") in zh_page
    for column, (whole, last) in enumerate(((10_000.0, 0.011), (1.0, 0.00011), (15.0, 0.011), (100.0, 0.011))):
        subtotal, parts, subtotals, loose = 0.0, 0.0, 0.0, 0.0
        for kind, cells in numbers:
            value = cells[column]
            if kind in {"subtotal", "total"}:
                assert parts == pytest.approx(subtotal, abs=last)
            if kind == "subtotal":
                subtotal, parts = value, 0.0
                subtotals += value
            elif kind == "part":
                parts += value
            elif kind == "line":
                loose += value
            elif kind == "total":
                assert value == pytest.approx(subtotals + loose, abs=last)
                subtotal, parts = 0.0, 0.0
        assert numbers[-1][1][column] == whole


def test_the_thirds_of_a_hectare_are_each_rounded_alike(zh_page):
    rows = Page(zh_page).table("乙区土地利用状况平衡表")
    shown = sorted(cells[2] for kind, cells in rows if kind == "part")
    assert shown == ["3,333.33"] * 3


def test_key_figures_are_those_computed_by_hand(zh_page):
    rows = {cells[0]: cells for _, cells in Page(zh_page).table("甲区主要指标")[1:]}
    assert rows["闲置土地"][1:3] == ["50,000.00 m²", "1"]
    assert rows["可认定闲置"][1] == "40,000.00 m²"
    assert rows["待定（缺资料）"][1] == "20,000.00 m²"
    assert rows["区域绿地率"][1] == "14.00%"
    assert rows["区域绿地率"][4] == "✗ 不达标"
    assert rows["闲置土地"][4] == "✗ 发现 1 宗，另 1 宗待定"
    assert rows["低于绿地率下限的地块"][2] == "2"
    assert "缺口 12,000.00 m²" in zh_page
    assert "占已供土地 35.71%" in zh_page
    assert "k=8" in zh_page


def test_undetermined_land_has_a_line_of_its_own_and_names_what_is_missing(zh_page):
    page = Page(zh_page)
    lines = {cells[0] for kind, cells in page.table("甲区土地利用状况平衡表") if kind == "part"}
    assert "待定（缺资料）" in lines
    lines = {cells[0] for kind, cells in page.table("乙区土地利用状况平衡表") if kind == "part"}
    assert "待定（供应状态不明）" in lines
    missing = page.table("待定地块及缺少的资料")
    assert any("供应状态" in cells[0] and "E-3" in cells[3] for _, cells in missing)


def test_each_idle_parcel_says_why_since_when_and_under_which_article(zh_page):
    rows = [cells for _, cells in Page(zh_page).table("闲置与可认定闲置地块")]
    idle = next(cells for cells in rows if cells[0] == "0001")
    assert idle[1:5] == ["50,000.00", "闲置土地", "2024-06-30", "2025-07-01"]
    assert "闲置土地处置办法" in idle[5]
    assert "超过约定（规定）动工日期满一年未动工" in zh_page
    assert "下一节点：2026-07-01" in zh_page
    assert rows[-1][:2] == ["合计 2 宗", "90,000.00"]


@pytest.mark.parametrize(("quality", "zh", "en"), [
    ("synthetic", "虚构数据", "SYNTHETIC DATA"), ("indicative", "示意界线：不得作为审批依据", "INDICATIVE BOUNDARY"),
])  # fmt: skip
def test_a_boundary_that_is_not_the_approved_one_is_named_on_the_face(content, tmp_path, quality, zh, en):
    changed = dataclasses.replace(content, boundary_quality=quality)
    for lang, words in (("zh", zh), ("en", en)):
        text = render(changed, tmp_path, lang)
        face = text[text.index("<header") : text.index("</header>")]
        assert words in face
        assert f'content: "{texts_of("report")[f"banner_{quality}"][lang]}"' in text
    approved = render(dataclasses.replace(content, boundary_quality="approved"), tmp_path)
    assert "callout alarm" not in approved
    assert "@top-center" not in approved


def test_unverified_parameters_are_counted_loudly(content, zh_page):
    count = len(content.unverified_rules)
    assert count > 0
    face = zh_page[: zh_page.index("</header>")]
    assert f"读取的 {len(content.rules)} 项法规参数中，有 {count} 项的原文尚未核实" in face
    named = [rule["label_zh"] for rule in content.unverified_rules]
    assert [label for label in named[:NAMED_RULES] if label not in face] == []
    # The cover stays one page: it counts them all, and the appendix names each.
    assert (f"另有 {count - NAMED_RULES} 项" in face) == (count > NAMED_RULES)
    assert [label for label in named if label not in zh_page[len(face) :]] == []


def test_a_hypothetical_rule_makes_the_report_a_scenario(made, tmp_path):
    content = made.make_content(replaced=(("green.zone_floor_ratio", "14%", "试算 <b>"),))
    text = render(content, tmp_path)
    face = text[: text.index("</header>")]
    assert "1 项假设参数" in face
    assert "试算 &lt;b&gt;" in face
    rows = {cells[0]: cells for _, cells in Page(text).table("甲区主要指标")[1:]}
    assert rows["区域绿地率"][3:5] == ["不低于 14.00%", "✓ 达标"]


@pytest.mark.parametrize(
    ("day", "number"), [((2026, 3, 31), "沪府发〔2021〕1号"), ((2026, 6, 1), "沪发改开放〔2026〕192号")]
)
def test_the_policy_of_the_date_is_the_one_named(made, tmp_path, day, number):
    text = render(made.make_content(as_of=made.dt.date(*day)), tmp_path)
    row = next(cells for table in Page(text).tables for _, cells in table["rows"] if cells[:1] == ["基准日施行的政策"])
    assert row[1].startswith(number)


def test_without_a_policy_or_a_layer_the_page_says_so(content, tmp_path):
    left = {"idle_land": content.balances["idle_land"]}
    text = render(dataclasses.replace(content, balances=left, policy=None, clauses=()), tmp_path)
    assert "未评估：绿地率；用途混合" in text
    assert "没有在基准日施行的综合保税区政策" in text


def test_issues_are_counted_by_severity_and_code_and_accepted_ones_give_their_reason(made, tmp_path):
    issues = made.make_issues()
    issues.accept("parcel-overlap", "已与测绘单位核实")
    page = Page(render(made.make_content(issues=issues), tmp_path))
    severities = {cells[0]: cells[1:] for _, cells in page.table("问题数量")[1:]}
    assert severities == {"严重": ["2", "1"], "一般": ["0", "0"], "提示": ["1", "0"]}
    assert len(page.table("问题分类")) == 4
    assert "已接受，理由：已与测绘单位核实" in page.text


def test_long_lists_say_how_much_they_leave_out():
    count = LISTED_PARCELS + 120
    parcels = pd.DataFrame(
        {"parcel_id": [f"{n:05d}" for n in range(count)], "area_m2": [1000.0 + n / 3 for n in range(count)]}
    )
    table = parcel_list(parcels, [], Voice("zh"), caption="x", sheet="土地-地块")
    assert len(table.rows) == LISTED_PARCELS + 1
    assert table.rows[0].cells[0].text == f"{count - 1:05d}"
    listed = sum(float(row.cells[1].text.replace(",", "")) for row in table.rows[:-1])
    note = re.search(r"其余 (\d+) 宗、([\d,.]+) m²", table.notes[0])
    assert note[1] == "120"
    total = float(table.rows[-1].cells[1].text.replace(",", ""))
    assert listed + float(note[2].replace(",", "")) == pytest.approx(total, abs=1e-6)
    assert total == pytest.approx(parcels["area_m2"].sum(), abs=0.005)
    assert "土地-地块" in table.notes[0]


def test_a_ratio_just_below_its_floor_does_not_read_like_the_floor():
    assert percent_beside(0.19999999, 0.2) == "19.999999%"
    assert percent_beside(0.2, 0.2) == "20.00%"
    assert percent_beside(float("nan"), 0.2) == "—"


@pytest.mark.parametrize(
    ("field", "value"), [("place", "31"), ("area_basis", "planar EPSG:4550"), ("boundary_quality", "good")]
)
def test_figures_of_another_basis_do_not_stand_in_one_report(content, field, value):
    with pytest.raises(GisError) as caught:
        dataclasses.replace(content, **{field: value})
    assert value in str(caught.value)
    assert value in caught.value.text("zh")


def test_parcels_that_do_not_add_up_to_the_figures_stop_the_report(content, tmp_path):
    idle = content.balances["idle_land"]
    parcels = idle.parcels.assign(area_m2=idle.parcels["area_m2"] * 1.01)
    broken = dataclasses.replace(
        content, balances={**content.balances, "idle_land": dataclasses.replace(idle, parcels=parcels)}
    )
    path = tmp_path / "page.html"
    path.write_text("former")
    with pytest.raises(GisError, match="Zone Z1") as caught:
        write_report(path, broken)
    assert "Z1" in caught.value.text("zh")
    assert path.read_text() == "former"


def test_a_page_that_cannot_be_written_leaves_the_former_one(content, tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    path.write_text("former")

    def full(self, *args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(OutputError, match="No space left"):
        write_report(path, content)
    monkeypatch.undo()
    assert path.read_text() == "former"
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_a_rule_lists_is_said_in_words(lang):
    rules = gis.load_rules(as_of="2026-03-31", place="310115")
    read = [rules.get(name) for name in rules.names() if name.startswith("idle_land.") and rules.covers(name)]
    lists = [rule.name for rule in read if isinstance(rule.value, list | tuple)]
    assert len(lists) >= 5
    voice = Voice(lang)
    raw = {record["name"]: voice.rule_value(record) for record in rules.read if record["name"] in lists}
    assert {name: value for name, value in raw.items() if re.search(r"[a-z]+_[a-z]+", value)} == {}
    assert lang == "en" or not any(re.search(r"[a-z]{4,}", value) for value in raw.values())
