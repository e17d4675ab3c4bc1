"""CSV: one writer, that guards every text, and a reader that gives back what was written, letter for letter."""

from __future__ import annotations

import ast
import csv
import io
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import gis
from gis.csv_files import FORMULA_STARTS, guarded, read_frame, unguarded, write_csv, write_frame
from gis.errors import InputError

PACKAGE = Path(gis.__file__).parent
HOSTILE = [
    "=1+1", "-5", "+5", "@SUM(A1)", "＝1", "－1", " =1", "'=1", "''=1", '"=1"', "\u200b=1", "\u00a0@x", "'a", "007", "NA", "null",
    "1e5", "-0", "宗地=1", "a,b", 'a"b', "a\nb", "\ufeff=2",
]  # fmt: skip


def cells_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("'=1")
@example("''-1")
@example("\u2019=")
def test_the_guard_is_taken_away_as_it_was_given(text):
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(FORMULA_STARTS)
    # Whatever a program drops before it looks for a formula, the apostrophe stands before it.
    assert not guarded(text).lstrip(" \u3000\u00a0\"\u200b").startswith(FORMULA_STARTS)


def test_a_table_reads_back_letter_for_letter(tmp_path):
    table = pd.DataFrame({
        "parcel_id": [*HOSTILE, None], "lock_reason": ["", *HOSTILE],
        "green_m2": [-1.5, 0.1 + 0.2, *([None] * (len(HOSTILE) - 1))],
        "is_locked": [True] * (len(HOSTILE) + 1), "source_row": range(len(HOSTILE) + 1),
    })  # fmt: skip
    write_frame(tmp_path / "t.csv", table)
    again = read_frame(tmp_path / "t.csv")
    kept = [text.replace("\u200b", r"\u200b").replace("\ufeff", r"\ufeff") for text in HOSTILE]
    assert again["parcel_id"].tolist()[:-1] == kept and again["parcel_id"].isna().tolist() == [False] * len(kept) + [True]
    assert again["lock_reason"].tolist()[1:] == kept
    assert again["green_m2"].tolist()[:2] == [-1.5, 0.1 + 0.2] and again["green_m2"].isna().sum() == len(HOSTILE) - 1
    assert again["is_locked"].tolist() == [True] * len(table) and again["source_row"].tolist() == list(range(len(table)))
    for row in cells_of(tmp_path / "t.csv"):
        assert not [cell for cell in (row[0], row[1]) if cell.startswith(FORMULA_STARTS)]


def test_numbers_stay_numbers(tmp_path):
    write_csv(tmp_path / "n.csv", ["a"], [[-5], [-0.5], [Decimal("-0.000000001")], [None], ["-5"], [Decimal("0E-9")]])
    assert [row[0] if row else "" for row in cells_of(tmp_path / "n.csv")[1:]] == [
        "-5", "-0.5", "-0.000000001", "", "'-5", "0.000000000",
    ]  # fmt: skip


def test_no_control_character_is_in_a_file(tmp_path):
    every = "".join(map(chr, range(0x20))) + "\x7f\x9b\x85\u2028\u202e\udcff"
    write_csv(tmp_path / "c.csv", [f"head{every}"], [[f"x{every}"]], line_end="\r\n")
    write_frame(tmp_path / "f.csv", pd.DataFrame({f"head{every[:-1]}": [f"x{every[:-1]}"]}))
    for name in ("c.csv", "f.csv"):
        text = (tmp_path / name).read_text("utf-8").replace("\r\n", "\n") if name == "c.csv" else ""
        text = text or (tmp_path / name).read_bytes().decode("utf-8")
        assert not [one for one in text if not one.isprintable() and one not in "\n\t"]
        assert r"\x1b" in text and r"\u202e" in text and r"\x00" in text


def test_a_number_that_is_none_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("green_m2\nx\n", "utf-8")
    with pytest.raises(InputError):
        read_frame(tmp_path / "t.csv")


def writers_in(tree: ast.AST) -> list[int]:
    """Lines that write CSV another way: a method ``to_csv``, ``csv.writer``, ``csv.DictWriter``, however imported."""
    lines = []
    for node in ast.walk(tree):
        named = {"to_csv", "DictWriter"} | ({"writer"} if isinstance(node, ast.Attribute) else set())
        if isinstance(node, ast.Attribute) and node.attr in named:
            own = isinstance(node.value, ast.Name) and node.value.id == "csv"
            if own or node.attr == "to_csv":
                lines.append(node.lineno)
        if isinstance(node, ast.ImportFrom) and node.module == "csv":
            lines += [node.lineno for alias in node.names if alias.name in {"writer", "DictWriter", "*"}]
        if isinstance(node, ast.Import) and any(alias.name == "csv" and alias.asname for alias in node.names):
            lines.append(node.lineno)
    return lines


def test_nothing_else_in_the_package_writes_csv():
    found = {path.name: writers_in(ast.parse(path.read_text("utf-8"))) for path in PACKAGE.rglob("*.py")}
    assert {name for name, lines in found.items() if lines} == {"csv_files.py"}


@pytest.mark.parametrize(
    "planted", ["frame.to_csv(path)", "import csv\ncsv.writer(file)", "from csv import DictWriter", "import csv as c"]
)
def test_another_way_is_seen(planted):
    assert writers_in(ast.parse(planted))
