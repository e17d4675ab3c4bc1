"""Encoding is declared or proved, never guessed into mojibake (known defects R15, R16)."""

import pandas as pd
import pytest

from gis.errors import InputError
from gis.issues import IssueLog
from gis.readers import csv_encoding, dbf_encoding, read_raw, read_table
from gis.readers.mojibake import garbled_values, known_word, likely_original

NAMES = ["地块编号", "土地用途"]
ROWS = [["001", "工业用地"], ["NA", "仓储用地"]]
RARE = [["001", "䶮㐀𠀀工业"]]  # four bytes each in GB18030; GBK has none of them


def in_bytes(encoding, names=NAMES, rows=ROWS):
    return [name.encode(encoding)[:10] for name in names], [[cell.encode(encoding) for cell in row] for row in rows]


@pytest.mark.parametrize("rows", [ROWS, RARE])
def test_gbk_without_cpg_is_proved_by_known_words_and_read_right(shapefile, rows):
    path = shapefile(*in_bytes("gb18030", rows=rows))
    evidence = dbf_encoding(path)
    assert (evidence.encoding, evidence.how) == ("gb18030", "proved")
    assert known_word([evidence.detail]) == evidence.detail
    frame = read_raw(path).frame
    assert frame.drop(columns="geometry").to_numpy().tolist() == rows
    assert list(frame.columns) == [*NAMES, "geometry"]


def test_the_proof_is_noted_in_the_issue_log(shapefile):
    issues = IssueLog()
    parcels = read_table(shapefile(*in_bytes("gbk")), "parcels", issues=issues)
    assert parcels["parcel_id"].tolist() == ["001", "NA"]
    assert parcels["land_use_name"].tolist() == ["工业用地", "仓储用地"]
    note = next(issue for issue in issues if issue.code == "encoding-proved")
    assert "gb18030" in note.text("en")
    assert "证实为 gb18030" in note.text("zh")


@pytest.mark.parametrize(
    ("names", "values"),
    [
        ([b"id", b"name"], [["1", "ü".encode("latin-1") + b"rich"], ["2", b"Stra\xdfe"]]),  # German in Latin-1
        ([b"id", b"name"], [["1", "臺灣".encode("big5")]]),  # Big5 decodes as GB18030, into nothing known
        ([b"id", b"name"], [["1", "凊凌".encode("gbk")]]),  # GBK without a known word
    ],
)
def test_gbk_not_provable_must_be_declared(shapefile, names, values):
    rows = [[cell.encode() if isinstance(cell, str) else cell for cell in row] for row in values]
    path = shapefile(names, rows)
    with pytest.raises(InputError) as caught:
        read_raw(path)
    assert caught.value.key == "encoding_unknown"
    for text, fix in (
        (caught.value.text("en"), "Declare `encoding: gbk`"),
        (caught.value.text("zh"), "声明 `encoding: gbk`"),
    ):
        assert str(path) in text
        assert fix in text
        assert ".cpg" in text


def test_a_declaration_reads_what_could_not_be_proved(shapefile):
    path = shapefile([b"id", b"name"], [[b"1", "凊凌".encode("gbk")]])
    raw = read_raw(path, encoding="GBK")
    assert raw.frame["name"].tolist() == ["凊凌"]
    assert (raw.encoding.encoding, raw.encoding.how, raw.encoding.detail) == ("gb18030", "declared", "GBK")
    assert (
        read_raw(shapefile([b"id", b"name"], [[b"1", b"Stra\xdfe"]]), encoding="latin-1").frame["name"].item()
        == "Straße"
    )


@pytest.mark.parametrize(
    ("encoding", "cpg", "byte", "how"),
    [
        ("gbk", "GBK", 0, "cpg"), ("gbk", "CP936", 0, "cpg"), ("gbk", "936", 0, "cpg"), ("gbk", "ANSI 936", 0, "cpg"),
        ("gb18030", "GB18030", 0, "cpg"), ("gb18030", "54936\r\n", 0, "cpg"), ("utf-8", "UTF-8", 0, "cpg"),
        ("utf-8", "65001", 0, "cpg"), ("utf-8", None, 0, "proved"), ("gbk", None, 0x4D, "language_byte"),
        ("gbk", None, 0x57, "proved"),
    ],
)  # fmt: skip
def test_each_kind_of_evidence(shapefile, encoding, cpg, byte, how):
    names = ["编号", "用途"]
    path = shapefile(*in_bytes(encoding, names=names), cpg=cpg, language_byte=byte)
    raw = read_raw(path)
    assert raw.encoding.how == how
    assert raw.encoding.encoding == {"gbk": "gb18030"}.get(encoding, encoding)
    assert raw.frame.drop(columns="geometry").to_numpy().tolist() == ROWS
    assert list(raw.frame.columns)[:2] == names


def test_plain_ascii_needs_no_encoding(shapefile):
    evidence = dbf_encoding(shapefile([b"DKBH"], [[b"001"]]))
    assert (evidence.encoding, evidence.how) == ("utf-8", "ascii")


@pytest.mark.parametrize(
    ("real", "cpg", "key"),
    [
        ("gbk", "UTF-8", "encoding_wrong_proved"), ("gbk", "ISO-8859-1", "encoding_wrong_proved"),
        ("utf-8", "GBK", "encoding_wrong_proved"), ("utf-8", "1252", "encoding_wrong_proved"),
    ],
)  # fmt: skip
def test_a_wrong_cpg_is_an_error_that_names_the_right_encoding(shapefile, real, cpg, key):
    path = shapefile(*in_bytes(real, names=["编号", "用途"]), cpg=cpg)
    with pytest.raises(InputError) as caught:
        dbf_encoding(path)
    assert caught.value.key == key
    proved = {"gbk": "gb18030"}.get(real, real)
    for lang in ("en", "zh"):
        text = caught.value.text(lang)
        assert f"parcels.cpg: {cpg}" in text
        assert f"`encoding: {proved}`" in text
        assert "仓储用地" in text


def test_bytes_that_no_reading_fits_are_an_error(shapefile):
    path = shapefile([b"id", b"name"], [[b"1", b"\xff\xff"]], cpg="UTF-8")
    with pytest.raises(InputError, match=r"can't be decoded as utf-8, which parcels\.cpg: UTF-8 says") as caught:
        dbf_encoding(path)
    assert "无法按 utf-8" in caught.value.text("zh")


def test_an_unknown_name_in_a_cpg_is_an_error(shapefile):
    with pytest.raises(InputError, match=r"encoding 'nonsense' is not known") as caught:
        dbf_encoding(shapefile([b"id"], [[b"1"]], cpg="nonsense"))
    assert "未知编码“nonsense”" in caught.value.text("zh")


def test_field_names_cut_inside_a_character_are_refused(shapefile):
    names = ["地块编号".encode()[:10], "绿地率下限".encode()[:10]]
    path = shapefile(names, [[b"1", b"2"]], cpg="UTF-8")
    with pytest.raises(InputError, match="cut at 10 bytes inside a character") as caught:
        read_raw(path)
    assert caught.value.facts["names"] == ["地块编…", "绿地率…"]
    assert "GeoPackage" in caught.value.text("en")
    assert "截断" in caught.value.text("zh")
    assert "GeoPackage" in caught.value.text("zh")
    assert read_raw(shapefile(["绿地率下限".encode("gbk")], [[b"1"]], cpg="GBK")).frame.columns[0] == "绿地率下限"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_text_cut_at_the_width_of_its_column_is_read_and_reported(shapefile, encoding):
    full = "工业用地仓储".encode(encoding)
    width = len(full) - 1
    names, rows = [b"DKBH", b"TDYT"], [[b"001", full[:width]], [b"002", "工业".encode(encoding)]]
    issues = IssueLog()
    parcels = read_table(shapefile(names, rows, widths=[8, width]), "parcels", issues=issues)
    assert parcels["land_use_name"].tolist() == ["工业用地仓", "工业"]
    cut = next(issue for issue in issues if issue.code == "text-cut")
    assert cut.rows == (1,)
    assert "TDYT" in cut.text("en")
    assert "截断" in cut.kind.title["zh"]


def test_gbk_bytes_that_pass_as_utf8_prove_nothing(shapefile):
    assert "摹摹".encode("gbk").decode("utf-8") == "ġġ"
    with pytest.raises(InputError, match="neither ASCII nor provably"):
        dbf_encoding(shapefile([b"id", b"name"], [[b"1", "摹摹".encode("gbk")]]))
    evidence = dbf_encoding(shapefile([b"id", b"name"], [[b"1", "摹摹工业".encode("gbk")]]))
    assert (evidence.encoding, evidence.how) == ("gb18030", "proved")
    for written in ("Zürich", "Île-de-France", "凊凌"):
        evidence = dbf_encoding(shapefile([b"id", b"name"], [[b"1", written.encode()]]))
        assert (evidence.encoding, evidence.how) == ("utf-8", "proved")


@pytest.mark.parametrize(
    ("content", "encoding", "how"),
    [
        ("DKBH,用途\n001,工业\n".encode("gbk"), "gb18030", "proved"),
        ("DKBH,用途\n001,工业\n".encode(), "utf-8", "proved"),
        ("DKBH,用途\n001,工业\n".encode("utf-8-sig"), "utf-8-sig", "proved"),
        ("DKBH,用途\n001,工业\n".encode("utf-16"), "utf-16", "proved"),
        (b"DKBH,MJ\n001,1\n", "utf-8", "ascii"),
    ],
)
def test_csv(tmp_path, content, encoding, how):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    evidence = csv_encoding(path)
    assert (evidence.encoding, evidence.how) == (encoding, how)
    frame = read_raw(path).frame
    assert frame["DKBH"].tolist() == ["001"]
    assert frame.columns[1] in {"用途", "MJ"}


def test_a_csv_declared_wrongly_or_not_provable(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes("DKBH,用途\n001,工业\n".encode("gbk"))
    with pytest.raises(InputError, match="says utf-8, but the bytes are gb18030"):
        csv_encoding(path, declared="utf-8")
    path.write_bytes("a,b\n1,凊凌\n".encode("gbk"))
    with pytest.raises(InputError, match="neither ASCII nor provably"):
        csv_encoding(path)


@pytest.mark.parametrize(
    ("garbled", "original"),
    [
        ("µØ¿é±àºÅ", "地块编号"), ("¹¤ÒµÓÃµØ", "工业用地"), ("宸ヤ笟鐢ㄥ湴", "工业用地"), ("å·¥ä¸šç”¨åœ°", "工业用地"),
        ("工业\ufffd", ""),
    ],
)  # fmt: skip
def test_mojibake_is_found(garbled, original):
    assert likely_original(garbled) == original


@pytest.mark.parametrize(
    "sound",
    ["工业用地", "联通", "䶮㐀", "Zürich", "Créée", "año", "ñandú", "Größe ÄÖÜ", "Ω", "路", "A区", "5 m²", "±0.00"],
)
def test_sound_text_is_left_alone(sound):
    assert likely_original(sound) is None


def test_every_known_word_and_its_garbled_form_are_told_apart():
    words = ["工业用地", "地块编号", "上海市浦东新区", "有限公司", "仓储物流"]
    for word in words:
        for wrong, right in (("latin-1", "gb18030"), ("latin-1", "utf-8")):
            assert garbled_values(pd.Series([word.encode(right).decode(wrong)])) != {}
    assert garbled_values(pd.Series(words)) == {}


def test_garbled_text_in_a_geopackage_is_an_error_issue(geopackage, make_layer):
    path = geopackage(make_layer(DKBH=["001", "002"], TDYT=["¹¤ÒµÓÃµØ", "仓储"]))
    issues = IssueLog()
    read_table(path, "parcels", issues=issues)
    issue = next(issue for issue in issues if issue.code == "text-garbled")
    assert issue.severity == "error"
    assert issue.rows == (1,)
    assert "工业用地" in issue.text("en")
    assert "TDYT" in issue.text("zh")


def test_garbled_names_in_a_geopackage_are_refused(geopackage, make_layer):
    path = geopackage(make_layer(**{"µØ¿é±àºÅ": ["001"]}))
    with pytest.raises(InputError, match="地块编号") as caught:
        read_table(path, "parcels", issues=IssueLog())
    assert "错误编码" in caught.value.text("zh")


def test_geojson_that_is_not_utf8_is_refused(tmp_path, make_layer):
    path = tmp_path / "parcels.geojson"
    make_layer(用途=["工业"], crs="EPSG:4326", shapes=None).to_file(path)
    path.write_bytes(path.read_text("utf-8").encode("gbk"))
    with pytest.raises(InputError, match="has to be UTF-8") as caught:
        read_raw(path)
    assert "UTF-8" in caught.value.text("zh")
