"""One rounding: the rule itself, and that no other module of the package rounds amounts for a reader."""

from __future__ import annotations

import ast
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gis
from gis.areas import ABSENT, cny_text, ha_text, m2_text, mu_text, percent_beside, percent_text

ROOT = Path(gis.__file__).parent
AMOUNTS = ("_m2", "_ha", "_mu", "_ratio", "_cny", "_m2_m")
#: The rule itself, and a limit of the law in CNY a 亩 that is compared in CNY a m²: no text.
APART = {"areas.py", "analyses/underused.py"}
LITERALS = {1e4, "HA_M2", "MU_M2"}


def by_decimal(value: float, unit: Decimal, digits: int) -> str:
    """Round by the decimal library, another road than the fractions of `gis.areas`."""
    whole = Decimal(repr(value)).quantize(Decimal("1e-6"), ROUND_HALF_UP)
    shown = (whole * unit).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{shown or abs(shown):,f}"


@given(st.floats(-1e10, 1e10, allow_nan=False))
def test_areas_are_those_of_the_decimal_library(area):
    assert m2_text(area) == by_decimal(area, Decimal(1), 2)
    assert ha_text(area) == by_decimal(area, Decimal("1e-4"), 4)
    assert mu_text(area) == by_decimal(area, Decimal("15e-4"), 2)


@pytest.mark.parametrize("write", [m2_text, ha_text, mu_text, cny_text, percent_text])
def test_what_is_missing_is_a_dash_and_never_nought(write):
    assert [write(value) for value in (None, float("nan"), float("inf"))] == [ABSENT] * 3


def test_a_tie_goes_away_from_zero_on_either_side():
    assert (m2_text(0.125), m2_text(-0.125), ha_text(0.5), percent_text(0.00005)) == (
        "0.13",
        "-0.13",
        "0.0001",
        "0.01%",
    )
    assert percent_beside(0.19999999, 0.2) == "19.999999%"


def ends_as_amount(node: ast.AST) -> bool:
    """Tell whether any name in an expression, as a name, an attribute or a key, is that of an amount."""
    names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
    names += [part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)]
    names += [part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return any(name.endswith(AMOUNTS) for name in names)


def spec_of(node: ast.FormattedValue) -> str:
    spec = node.format_spec
    return "".join(str(part.value) for part in spec.values if isinstance(part, ast.Constant)) if spec else ""


def own_roundings(source: str) -> list[int]:
    """Return the lines on which amounts are formatted or turned into hectares, outside of `gis.areas`."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FormattedValue):
            spec = spec_of(node)  # `,f` of a Decimal rounds nothing, `g` writes a declared tolerance as it was declared
            rounds = "." in spec and spec.endswith("f") and ends_as_amount(node.value)
            lines += [node.lineno] if rounds or spec.endswith("%") else []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            right = node.right
            value = right.value if isinstance(right, ast.Constant) else getattr(right, "id", None)
            lines += [node.lineno] if value in LITERALS else []
    return sorted(lines)


def test_no_other_module_rounds_an_amount_for_a_reader():
    found = {
        f"{file.relative_to(ROOT)}:{line}"
        for file in ROOT.rglob("*.py")
        if str(file.relative_to(ROOT)) not in APART
        for line in own_roundings(file.read_text("utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    "planted",
    [
        "f\"{zone['idle_m2']:,.2f}\"",
        'f"{row.fee_cny:.2f}"',
        'f"{ratio:.2%}"',
        "area / 1e4",
        "area / HA_M2",
        "area_m2 / 10_000",
    ],
)
def test_a_planted_rounding_is_seen(planted):
    assert own_roundings(f"shown = {planted}") == [1]


def test_the_browser_rounds_amounts_in_one_file():
    scripts = {file.name: file.read_text("utf-8") for file in (ROOT / "maps" / "assets").glob("*.js")}
    found = [
        name for name, script in scripts.items()
        if any(mark in script for mark in ("/ 10000", "* 15", '+ " %"', "toLocaleString")) and name != "words.js"
    ]  # fmt: skip
    assert found == []
    degrees = {"filters.js"}  # coordinates and zoom of a link
    assert {name for name, script in scripts.items() if ".toFixed(" in script} <= degrees
