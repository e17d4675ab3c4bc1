"""Attribute tables and their join by id: letter for letter, row for row (known defect R24)."""

import datetime as dt
import zipfile

import numpy as np
import pytest

from gis.errors import InputError
from gis.issues import IssueLog
from gis.readers import Join, read_attributes, read_table


@pytest.fixture
def csv(tmp_path):
    def make(text, *, name="attributes.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return make


@pytest.fixture
def parcels(make_layer, geopackage):
    return geopackage(make_layer(DKBH=["001", "1", "NA", "003"]))


def codes(issues):
    return {issue.code: issue for issue in issues}


def test_nothing_is_interpreted(csv):
    frame, evidence = read_attributes(csv('DKBH,DLBM,BZ\n0010010001,NA,"a, b"\n1e5,null,\n'))
    assert frame.to_numpy().tolist() == [["0010010001", "NA", "a, b"], ["1e5", "null", np.nan]]
    assert evidence.how == "ascii"


@pytest.mark.parametrize(("separator", "name"), [(",", "a.csv"), (";", "a.csv"), ("\t", "a.csv"), ("\t", "a.tsv")])
def test_separators(csv, separator, name):
    frame, _ = read_attributes(
        csv(separator.join(["DKBH", "面积"]) + "\n" + separator.join(["001", "1"]) + "\n", name=name)
    )
    assert frame.columns.tolist() == ["DKBH", "面积"]


def test_rows_of_another_length_are_named(csv):
    with pytest.raises(InputError, match=r"1 row\(s\) do not have the 2 cells") as caught:
        read_attributes(csv("a,b\n1,2\n1,2,3\n"))
    assert caught.value.facts["rows"] == [2]
    assert "2 列" in caught.value.text("zh")


@pytest.mark.parametrize(("text", "named"), [("a,a\n1,2\n", "doubled: a"), ("a,\n1,2\n", "column 2")])
def test_a_broken_header(csv, text, named):
    with pytest.raises(InputError, match=named) as caught:
        read_attributes(csv(text))
    assert "首行" in caught.value.text("zh")


@pytest.mark.parametrize("text", ["", "a,b\n"])
def test_a_table_without_rows(csv, text):
    with pytest.raises(InputError):
        read_attributes(csv(text))


def test_cells_of_a_workbook_keep_their_kind(xlsx):
    day = dt.datetime(2021, 1, 15)  # noqa: DTZ001 - a cell has no zone
    path = xlsx(
        A=[["DKBH", "MJ", "GYRQ", "n", None], ["001", 1.5, day, 7, None], ["NA", None, "2021年1月16日", None, None]]
    )
    frame, _ = read_attributes(path)
    assert frame["DKBH"].tolist() == ["001", "NA"]
    assert frame["MJ"].tolist() == [1.5, pytest.approx(np.nan, nan_ok=True)]
    assert str(frame["n"].dtype) == "Int64"
    assert frame["GYRQ"].tolist() == [day, "2021年1月16日"]


def test_sheets(xlsx):
    path = xlsx(宗地=[["DKBH"], ["001"]], 说明=[["x"], ["y"]])
    with pytest.raises(InputError, match="several layers: 宗地, 说明"):
        read_attributes(path)
    assert read_attributes(path, sheet="宗地")[0]["DKBH"].tolist() == ["001"]
    with pytest.raises(InputError, match="no layer '地'"):
        read_attributes(path, sheet="地")


def test_a_title_row_above_the_header_is_refused(xlsx):
    with pytest.raises(InputError, match="Remove title rows"):
        read_attributes(xlsx(A=[["宗地一览表", None], ["DKBH", "MJ"], ["001", 1]]))


def test_formulas_never_calculated_are_not_read_as_empty(xlsx):
    path = xlsx(A=[["DKBH", "MJ"], ["001", "=1+1"], ["002", "3"]])
    with pytest.raises(InputError, match=r"1 formula cell\(s\) have no calculated value: B2") as caught:
        read_attributes(path)
    assert "没有计算结果：B2" in caught.value.text("zh")


def test_calculated_formulas_are_read_and_errors_refused(xlsx, tmp_path):
    path = xlsx(A=[["DKBH", "MJ"], ["001", "=1+1"]])
    for value, kind in (("2", "n"), ("#N/A", "e")):
        changed = tmp_path / f"{kind}.xlsx"
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
            for part in old.namelist():
                content = old.read(part)
                if part == "xl/worksheets/sheet1.xml":
                    assert b"<f>1+1</f><v />" in content or b"<f>1+1</f><v></v>" in content
                    content = content.replace(b"<v />", f"<v>{value}</v>".encode())
                    content = content.replace(b"<v></v>", f"<v>{value}</v>".encode())
                    content = content.replace(b'<c r="B2"', f'<c r="B2" t="{kind}"'.encode())
                new.writestr(part, content)
        if kind == "n":
            assert read_attributes(changed)[0]["MJ"].tolist() == [2]
        else:
            with pytest.raises(InputError, match="an error such as #N/A: B2"):
                read_attributes(changed)


def test_a_join_keeps_rows_and_matches_letter_for_letter(parcels, csv):
    path = csv("编号,合同编号\n003,C3\nNA,C-NA\n1,C1\n001,C001\n")
    issues = IssueLog()
    table = read_table(parcels, "parcels", issues=issues, join=Join(path, "编号"))
    assert table["parcel_id"].tolist() == ["001", "1", "NA", "003"]
    assert table["contract_id"].tolist() == ["C001", "C1", "C-NA", "C3"]
    assert table["source_row"].tolist() == [1, 2, 3, 4]
    assert not [issue for issue in issues if issue.code.startswith("join")]


def test_ids_without_partner_are_reported_on_both_sides(parcels, csv):
    path = csv("编号,合同编号\n001,C001\n1,C1\n9,C9\n,C0\n")
    issues = IssueLog()
    table = read_table(parcels, "parcels", issues=issues, join=Join(path, "编号"))
    assert table["contract_id"].tolist() == ["C001", "C1", np.nan, np.nan]
    found = codes(issues)
    assert found["join-id-unmatched"].ids == ("003", "NA")
    assert "2 id(s) of the layer" in found["join-id-unmatched"].text("en")
    assert found["join-row-unused"].ids == ("9",)
    assert "1 条记录" in found["join-row-unused"].text("zh")
    assert "0 feature(s) of the layer and 1 row(s)" in found["join-id-missing"].text("en")


def test_001_against_1_is_an_error_that_says_so(make_layer, geopackage, csv):
    path = geopackage(make_layer(DKBH=["001", "0020", "3"]))
    issues = IssueLog()
    join = Join(csv("DKBH,合同编号\n1,C1\n20,C20\n003,C3\n"), "DKBH")
    table = read_table(path, "parcels", issues=issues, join=join)
    assert table["contract_id"].isna().all()
    issue = codes(issues)["join-id-lookalike"]
    assert issue.severity == "error"
    assert issue.ids == ("001", "0020", "3")
    assert "would fit only as numbers: 001 / 1, 0020 / 20, 3 / 003" in issue.text("en")
    assert "当作数值才吻合：001 / 1" in issue.text("zh")


def test_numbers_as_ids_in_a_workbook_are_text_with_an_issue(make_layer, geopackage, xlsx):
    path = geopackage(make_layer(DKBH=["1", "002"]))
    book = xlsx(A=[["DKBH", "合同编号"], [1, "C1"], ["002", "C2"]])
    issues = IssueLog()
    table = read_table(path, "parcels", issues=issues, join=Join(book, "DKBH"))
    assert table["contract_id"].tolist() == ["C1", "C2"]
    issue = codes(issues)["id-stored-as-number"]
    assert "leading zeros" in issue.text("en")
    issues = IssueLog()
    book = xlsx(A=[["DKBH", "合同编号"], [1, 5], [2, "005"]])
    table = read_table(path, "parcels", issues=issues, join=Join(book, "DKBH"))
    assert table["contract_id"].tolist() == ["5", np.nan]
    assert [issue.code for issue in issues if issue.facts.get("column") == "合同编号"] == ["id-stored-as-number"]
    assert "002 / 2" in codes(issues)["join-id-lookalike"].text("en")


def test_doubled_ids_are_refused_on_either_side(parcels, make_layer, geopackage, csv):
    with pytest.raises(InputError, match=r"more than once in column 编号: 001 \(rows 1, 3\)") as caught:
        read_table(parcels, "parcels", issues=IssueLog(), join=Join(csv("编号,x\n001,1\n2,2\n001,3\n"), "编号"))
    assert "重复：001" in caught.value.text("zh")
    doubled = geopackage(make_layer(DKBH=["001", "001"]), stem="doubled")
    with pytest.raises(InputError, match="more than once in column DKBH: 001"):
        read_table(doubled, "parcels", issues=IssueLog(), join=Join(csv("编号,x\n001,1\n"), "编号"))


def test_the_parts_of_a_boundary_may_share_an_id(make_layer, geopackage, csv):
    path = geopackage(make_layer(ZONE_ID=["Z1", "Z1"]))
    join = Join(csv("ZONE_ID,界线质量\nZ1,indicative\n"), "ZONE_ID")
    table = read_table(path, "approved_boundaries", issues=IssueLog(), join=join)
    assert table["boundary_quality"].tolist() == ["indicative"] * 2


def test_columns_in_both_files_are_refused_or_named(make_layer, geopackage, csv):
    path = geopackage(make_layer(DKBH=["001"], HTBH=["layer"]))
    attributes = csv("编号,HTBH,QLRMC\n001,table,X\n")
    with pytest.raises(InputError, match="columns HTBH stand in both files") as caught:
        read_table(path, "parcels", issues=IssueLog(), join=Join(attributes, "编号"))
    assert "HTBH" in caught.value.text("zh")
    for fields, contract in ((["QLRMC"], "layer"), (["HTBH"], "table")):
        join = Join(attributes, "编号", fields=fields)
        assert read_table(path, "parcels", issues=IssueLog(), join=join)["contract_id"].tolist() == [contract]
    with pytest.raises(InputError, match="no columns X to take"):
        read_table(path, "parcels", issues=IssueLog(), join=Join(attributes, "编号", fields=["X"]))


def test_a_join_without_its_columns(parcels, make_layer, geopackage, csv):
    with pytest.raises(InputError, match=r"no column 'KEY' to join by\. Columns are: 编号, x"):
        read_table(parcels, "parcels", issues=IssueLog(), join=Join(csv("编号,x\n001,1\n"), "KEY"))
    other = geopackage(make_layer(FID_1=["001"]), stem="other")
    with pytest.raises(InputError, match="no column for parcel_id was found") as caught:
        read_table(other, "parcels", issues=IssueLog(), join=Join(csv("编号,x\n001,1\n"), "编号"))
    assert "parcel_id" in caught.value.text("zh")
    join = Join(csv("编号,HTBH\n001,C1\n"), "编号", column_of_key="FID_1")
    table = read_table(other, "parcels", issues=IssueLog(), join=join)
    assert table[["parcel_id", "contract_id"]].to_numpy().tolist() == [["001", "C1"]]


def test_a_gbk_table_joins_by_chinese_names(make_layer, geopackage, csv):
    path = geopackage(make_layer(地块编号=["001"]))
    join = Join(csv("地块编号,土地用途\n001,工业用地\n", encoding="gbk"), "地块编号")
    assert read_table(path, "parcels", issues=IssueLog(), join=join)["land_use_name"].tolist() == ["工业用地"]


def test_order_of_the_attribute_rows_changes_nothing(parcels, csv):
    rows = ["003,C3", "NA,C-NA", "1,C1", "001,C001"]
    tables = [
        read_table(parcels, "parcels", issues=IssueLog(), join=Join(csv("\n".join(["编号,合同编号", *order])), "编号"))
        for order in (rows, rows[::-1])
    ]
    assert tables[0].equals(tables[1])


def test_buildings_may_come_without_shapes_and_parcels_may_not(csv):
    path = csv("JZBH,DKBH,建筑面积(平方米)\nB1,001,10\n")
    buildings = read_table(path, "buildings", issues=IssueLog())
    assert buildings[["building_id", "parcel_id"]].to_numpy().tolist() == [["B1", "001"]]
    assert "geometry" not in buildings.columns
    with pytest.raises(InputError, match=r"has no shapes, but table parcels needs them.*join:") as caught:
        read_table(path, "parcels", issues=IssueLog())
    assert "没有图形" in caught.value.text("zh")


def test_a_declared_encoding_with_its_mark_must_fit_all_bytes(tmp_path):
    """Cut inside a character: the mark at the start proves nothing of the end."""
    path = tmp_path / "t.csv"
    path.write_bytes("编号\n001\n地".encode("utf-8-sig")[:-1])
    with pytest.raises(InputError, match=r"t\.csv: the bytes can't be decoded"):
        read_attributes(path, encoding="utf-8")
