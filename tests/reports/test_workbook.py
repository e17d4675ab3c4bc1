"""The workbook: text stays text, figures are those of the balances, and its formulas find them again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re
import zipfile

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import GisError, OutputError
from gis.reports import write_workbook
from gis.schema import text, texts_of

FIGURES = {"zh": "指标", "en": "Figures"}
ROWS = {"zh": "来源行", "en": "Figure rows"}
SUMIFS = re.compile(r'([+-]?)SUMIFS\(rows_value_(\d+),rows_group_(\d+),"([^"]+)"\)')


def opened(path):
    return openpyxl.load_workbook(path)


def named_range(book, name: str) -> list:
    sheet, cells = book.defined_names[name].attr_text.replace("$", "").replace("'", "").split("!")
    return [row[0].value for row in book[sheet][cells]]


class Calculator:
    """Computes the formulas of the sheet of figures from the rows of the workbook, by itself."""

    def __init__(self, book, lang: str = "zh") -> None:
        self.sheet = book[FIGURES[lang]]
        parts = sorted(name for name in book.defined_names if name.startswith("rows_value_"))
        self.sums: dict[tuple[str, str], float] = {}
        for name in parts:
            part = name.rsplit("_", 1)[1]
            pairs = zip(named_range(book, f"rows_group_{part}"), named_range(book, name), strict=True)
            for group, value in pairs:
                key = (part, str(group))
                self.sums[key] = math.fsum([self.sums.get(key, 0.0), value or 0.0])

    def value(self, address: str):
        content = self.sheet[address].value
        if not isinstance(content, str) or not content.startswith("="):
            return "" if content is None else content
        return self.formula(content)

    def formula(self, formula: str):
        def summed(match):
            assert match[2] == match[3]
            return f"{match[1] or '+'}({self.sums.get((match[2], match[4]), 0.0)!r})"

        code = SUMIFS.sub(summed, formula.removeprefix("="))
        code = re.sub(r"\b([A-Z])(\d+)\b", lambda match: f"at('{match[1]}{match[2]}')", code)
        code = re.sub(r"(?<![<>=])=(?!=)", "==", code).replace("^", "**").replace("<==", "<=")
        words = {
            "at": self.value, "SUM": lambda *numbers: math.fsum(numbers), "LN": math.log, "EXP": math.exp, "ABS": abs,
            "OR": lambda *several: any(several), "IF": None,
        }  # fmt: skip
        return eval(lazy_if(code), {"__builtins__": {}}, words)


def lazy_if(code: str) -> str:
    """Turn IF(a,b,c) into a conditional expression, so that no other branch is computed."""
    while (start := code.find("IF(")) >= 0:
        depth, parts, part, quoted, end = 0, [], "", False, start + 3
        while True:
            char = code[end]
            quoted ^= char == '"'
            if not quoted and char == ")" and depth == 0:
                break
            depth += 0 if quoted else (char == "(") - (char == ")")
            if char == "," and depth == 0 and not quoted:
                parts.append(part)
                part = ""
            else:
                part += char
            end += 1
        first, second, third = [*parts, part]
        code = f"{code[:start]}(({second}) if ({first}) else ({third})){code[end + 1 :]}"
    return code


def test_the_calculator_of_this_test_computes_what_a_spreadsheet_does():
    assert eval(lazy_if('IF(1==2,"a",IF(3<=3,"b,)","c"))')) == "b,)"


def test_figures_are_those_of_the_balances(written, content):
    lang, _, path = written
    sheet = opened(path)[FIGURES[lang]]
    stated = {(row[1].value, row[3].value): row[4].value for row in sheet.iter_rows(min_row=2)}
    # A workbook keeps sixteen digits.
    figures = {
        (figure.zone_id, figure.name): float(f"{figure.value:.16g}")
        for balance in content.balances.values()
        for figure in balance.figures
    }
    assert stated == figures
    assert stated["Z1", "green_shortfall_m2"] == 12_000.0


def test_the_workbook_recomputes_every_figure_from_its_rows(written, content):
    lang, _, path = written
    book = opened(path)
    cached = openpyxl.load_workbook(path, data_only=True)[FIGURES[lang]]
    calculator = Calculator(book, lang)
    sheet = calculator.sheet
    assert sheet.max_row == 1 + sum(len(balance.figures) for balance in content.balances.values())
    for row in range(2, sheet.max_row + 1):
        stated, found = sheet[f"E{row}"].value, calculator.value(f"I{row}")
        assert str(sheet[f"I{row}"].value).startswith("="), row
        assert found == pytest.approx(stated, rel=1e-12, abs=1e-9), sheet[f"D{row}"].value
        assert cached[f"I{row}"].value == pytest.approx(found, rel=1e-12, abs=1e-9)
        assert calculator.value(f"J{row}") == pytest.approx(0.0, abs=1e-9)
        assert calculator.value(f"K{row}") == cached[f"K{row}"].value == f"✓ {text('report.agrees', lang)}"


def test_a_changed_row_is_found_by_the_check(written):
    lang, _, path = written
    book = opened(path)
    rows = book[ROWS[lang]]
    target = next(row for row in rows.iter_rows(min_row=2) if row[1].value == "0001")
    target[2].value += 1.0
    calculator = Calculator(book, lang)
    wrong = {
        calculator.sheet[f"D{row}"].value
        for row in range(2, calculator.sheet.max_row + 1)
        if calculator.value(f"K{row}").startswith("✗")
    }
    assert {"idle_area_m2", "parcel_area_m2", "supplied_area_m2", "not_in_parcels_m2", "idle_ratio"} <= wrong
    assert "zone_green_m2" not in wrong


def test_text_of_the_data_is_text(written, made):
    lang, _, path = written
    book = opened(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    formulas = {cell.parent.title for cell in cells if cell.data_type == "f"}
    assert formulas == {FIGURES[lang], text("report.sheet_readme", lang)}
    texts = {cell.value for cell in cells if cell.data_type in {"s", "inlineStr"}}
    assert {made.FORMULA, made.SCRIPT, made.MARKUP, "-丁公司", "𠮷野仓储", "=evil.gpkg"} <= texts
    with zipfile.ZipFile(path) as archive:
        assert not [name for name in archive.namelist() if "externalLink" in name]
        assert not any(b"hyperlink" in archive.read(name) and b"http://" in archive.read(name).split(b"hyperlink")[1]
                       for name in archive.namelist() if name.endswith(".rels"))  # fmt: skip


def test_ids_keep_their_zeros_and_dates_are_dates(written):
    lang, _, path = written
    sheet = opened(path)[text("report.sheet_parcels", lang, balance=text("report.short_idle_land", lang))]
    heads = [cell.value for cell in sheet[1]]
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=2)}
    assert set(rows) == {"0001", "001", "1", "D-4", "E-1", "E-2", "E-3"}
    clock = rows["0001"][heads.index(text("report.column_clock_start", lang))]
    assert clock.value == pd.Timestamp(2024, 6, 30)
    assert clock.number_format == "yyyy-mm-dd"
    area = rows["0001"][heads.index(text("report.column_area_m2", lang))]
    assert area.value == 50_000.0
    assert area.number_format == "#,##0.00"


def test_every_long_table_has_a_frozen_head_and_a_filter(written):
    lang, _, path = written
    for sheet in opened(path):
        if sheet.title == text("report.sheet_readme", lang):
            continue
        assert sheet.freeze_panes is not None, sheet.title
        assert sheet.auto_filter.ref is not None, sheet.title
        assert all(cell.value for cell in sheet[1]), sheet.title
        assert len(sheet.title) <= 31


def test_the_readme_names_every_sheet_and_what_must_not_be_overlooked(written, content):
    lang, _, path = written
    book = opened(path)
    readme = book[text("report.sheet_readme", lang)]
    words = [str(cell.value) for row in readme.iter_rows() for cell in row if cell.value is not None]
    assert set(book.sheetnames) <= set(words)
    assert any(text("report.banner_synthetic", lang) in word for word in words)
    assert any(str(len(content.unverified_rules)) in word and rule["label_" + lang] in word
               for rule in content.unverified_rules for word in words)  # fmt: skip
    assert any("'" in word or "撇号" in word for word in words)


def test_no_key_is_left_untranslated(written, content):
    *_, path = written
    book = opened(path)
    heads = [cell.value for sheet in book for cell in sheet[1]]
    assert not [
        head for head in heads if re.fullmatch(r"[a-z0-9_]+", str(head)) and head not in {"numerator", "denominator"}
    ]
    allowed = {rule["name"] for rule in content.rules} | {f.name for b in content.balances.values() for f in b.figures}
    for sheet in book:
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                if isinstance(cell.value, str) and cell.data_type != "f" and cell.value not in allowed:
                    assert not re.search(r"\b(report|idle|green|mixed|status)\.[a-z_]+", cell.value), cell.value
                    assert not re.match(r"(ground|clock|route|floor|note|underused|becomes)_[a-z_]+$", cell.value), (
                        cell.value
                    )


def test_the_same_run_gives_the_same_bytes_whatever_the_order_of_rows(made, content, tmp_path, monkeypatch):
    write_workbook(tmp_path / "one.xlsx", content)
    monkeypatch.setattr("time.time", lambda: 2e9)
    write_workbook(tmp_path / "two.xlsx", made.make_content(order=-1))
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    properties = opened(tmp_path / "one.xlsx").properties
    assert properties.created == pd.Timestamp(2026, 3, 31)


def test_a_table_with_more_rows_than_a_sheet_goes_on_in_the_next(content, tmp_path, monkeypatch):
    monkeypatch.setattr("gis.reports.sheets.SHEET_ROWS", 4)
    path = tmp_path / "split.xlsx"
    write_workbook(path, content)
    book = opened(path)
    sheets = [name for name in book.sheetnames if name.startswith("来源行")]
    assert sheets[:2] == ["来源行", "来源行 (2)"]
    assert len(sheets) == len([name for name in book.defined_names if name.startswith("rows_value_")])
    calculator = Calculator(book)
    for row in range(2, calculator.sheet.max_row + 1):
        assert calculator.value(f"I{row}") == pytest.approx(calculator.sheet[f"E{row}"].value, rel=1e-12, abs=1e-9)
    parcels = [
        row[0].value
        for name in book.sheetnames
        if name.startswith("土地-地块")
        for row in book[name].iter_rows(min_row=2)
    ]
    assert len(parcels) == 7


def test_a_run_without_green_and_uses_has_no_such_sheets(content, tmp_path):
    left = {"idle_land": content.balances["idle_land"]}
    write_workbook(tmp_path / "w.xlsx", dataclasses.replace(content, balances=left, clauses=(), cross_checks=()))
    names = opened(tmp_path / "w.xlsx").sheetnames
    assert "土地-地块" in names
    assert not [name for name in names if name.startswith(("绿地", "混合", "政策", "核对"))]


def test_rows_that_do_not_reach_the_file_are_an_error(content, tmp_path, monkeypatch):
    from xlsxwriter.worksheet import Worksheet

    from gis.reports.bulk_sheet import BulkSheet

    path = tmp_path / "w.xlsx"
    path.write_bytes(b"former")
    monkeypatch.setattr(BulkSheet, "_write_rows", Worksheet._write_rows)
    with pytest.raises(GisError, match="0 of") as caught:
        write_workbook(path, content)
    assert "xlsxwriter" in caught.value.text("zh")
    assert path.read_bytes() == b"former"


def test_a_full_disk_leaves_the_former_workbook(content, tmp_path, monkeypatch):
    path = tmp_path / "w.xlsx"
    path.write_bytes(b"former")

    def full(self, *args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("zipfile.ZipFile.write", full)
    with pytest.raises(OutputError, match="No space left"):
        write_workbook(path, content)
    assert path.read_bytes() == b"former"
    assert [file.name for file in tmp_path.iterdir()] == ["w.xlsx"]


def test_a_folder_that_is_a_file_is_an_output_error(content, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        write_workbook(tmp_path / "file" / "w.xlsx", content)


#: What openpyxl gives back of a control character is its escape; a lone surrogate becomes the replacement sign.
HARD = [
    "a\x01b",
    "_x0041_",
    " lead",
    "trail ",
    "two\nlines",
    "&<>\"'",
    "𠮷\U0001f600",
    "\ud800",
    "＝1",
    "'",
    "=1+1",
    "1e5",
    "0601",
]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(HARD), st.text(max_size=12), st.none()), min_size=1, max_size=30))
def test_streamed_rows_read_back_as_they_were(tmp_path_factory, values):
    from openpyxl.utils.escape import unescape

    from gis.reports.bulk_sheet import Column
    from gis.reports.sheets import Book

    path = tmp_path_factory.mktemp("bulk") / "b.xlsx"
    book = Book(path, created=dt.date(2026, 1, 1), title="t")
    numbers = [float(place) / 3 for place in range(len(values))]
    dates = [pd.Timestamp("2024-02-29") + pd.Timedelta(days=place) for place in range(len(values))]
    book.add_table("b", "", [Column("t", "text", values), Column("n", "area", numbers), Column("d", "date", dates)])
    book.close()
    rows = list(opened(path)["b"].iter_rows(min_row=2, max_row=len(values) + 1, values_only=True))
    assert [row[1] for row in rows] == numbers
    assert [row[2] for row in rows] == [date.to_pydatetime() for date in dates]
    for row, value in zip(rows, values, strict=True):
        expected = re.sub("[\ud800-\udfff\ufffe\uffff]", "\ufffd", value or "") or None
        found = None if row[0] is None else unescape(row[0])
        assert found == expected


def test_texts_beyond_the_limit_of_a_cell_are_cut_not_lost(tmp_path):
    from gis.reports.bulk_sheet import LONGEST_TEXT, Column, clean_text
    from gis.reports.sheets import Book

    book = Book(tmp_path / "b.xlsx", created=dt.date(2026, 1, 1), title="t")
    book.add_table("b", "", [Column("t", "text", ["x" * 40_000])])
    book.close()
    assert len(opened(tmp_path / "b.xlsx")["b"]["A2"].value) == LONGEST_TEXT
    assert clean_text("y" * 40_000).endswith("y…")


def test_both_languages_name_every_sheet_apart():
    for lang in ("zh", "en"):
        names = [entry[lang] for key, entry in texts_of("report").items() if key.startswith("sheet_")]
        assert len(names) == len(set(names))
