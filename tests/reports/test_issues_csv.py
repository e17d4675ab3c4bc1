"""issues.csv: opens in a spreadsheet as text, runs nothing, loses nothing."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from gis.csv_files import FORMULA_STARTS, guarded
from gis.errors import OutputError
from gis.issues import IssueLog
from gis.reports import write_issues_csv


def read_rows(path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_it_is_utf8_with_a_mark_and_lines_that_end_as_spreadsheets_write_them(made, tmp_path):
    path = tmp_path / "issues.csv"
    write_issues_csv(path, made.make_issues())
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n") == 4
    assert content.decode("utf-8-sig").splitlines()[0].startswith("级别,代码,问题,图层,编号")


def test_worst_first_in_words_of_the_language(made, tmp_path):
    for lang, severities in (("zh", ["严重", "严重", "提示"]), ("en", ["error", "error", "note"])):
        path = tmp_path / f"{lang}.csv"
        write_issues_csv(path, made.make_issues(), lang=lang)
        rows = read_rows(path)
        heads = list(rows[0])
        assert [row[heads[0]] for row in rows] == severities
        assert [row[heads[1]] for row in rows] == ["geometry-not-polygon", "parcel-overlap", "table-transformed"]
        assert rows[1][heads[8]] == "1.25"
        assert rows[0][heads[8]] == ""


def test_nothing_in_it_starts_a_formula(made, tmp_path):
    path = tmp_path / "issues.csv"
    write_issues_csv(path, made.make_issues())
    cells = [cell for row in read_rows(path) for cell in row.values()]
    assert "'=evil.gpkg" in cells
    assert "'@x.gpkg" in cells
    assert "'-2" in cells
    assert not [cell for cell in cells if cell.startswith(FORMULA_STARTS)]


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_a_guarded_text_is_the_text_behind_an_apostrophe(start):
    assert guarded(f"{start}x") == f"'{start}x"
    assert guarded(f"x{start}") == f"x{start}"


def test_a_negative_number_is_a_number(tmp_path):
    issues = IssueLog()
    issues.add("parcel-overlap", "parcels", area_m2=-0.5)
    write_issues_csv(tmp_path / "i.csv", issues)
    assert "-0.5" in read_rows(tmp_path / "i.csv")[0].values()


def test_the_same_issues_give_the_same_bytes_in_whatever_order_they_were_found(made, tmp_path):
    forward, backward = made.make_issues(), IssueLog()
    backward.extend(reversed(list(forward)))
    write_issues_csv(tmp_path / "a.csv", forward)
    write_issues_csv(tmp_path / "b.csv", backward)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_an_accepted_code_carries_its_reason(made, tmp_path):
    issues = made.make_issues()
    issues.accept("parcel-overlap", "=测绘误差")
    write_issues_csv(tmp_path / "i.csv", issues)
    reasons = [row["接受理由"] for row in read_rows(tmp_path / "i.csv")]
    assert reasons == ["", "'=测绘误差", ""]


def test_without_issues_there_is_the_head_alone(tmp_path):
    write_issues_csv(tmp_path / "i.csv", IssueLog())
    assert len(pd.read_csv(tmp_path / "i.csv")) == 0
    assert (tmp_path / "i.csv").read_bytes().count(b"\r\n") == 1


def test_a_file_that_cannot_be_written_is_an_output_error(made, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        write_issues_csv(tmp_path / "file" / "i.csv", made.make_issues())
