"""Every code of the checks has a flawed table that raises it, and the clean tables raise nothing."""

from __future__ import annotations

import functools
import importlib.resources
import importlib.util

import flaws
import pytest

from gis.checks import check_all
from gis.issues import IssueLog, catalogue
from gis.yaml_files import parse_yaml

CODES = list(
    parse_yaml((importlib.resources.files("gis.issues") / "catalogue/checks.yaml").read_text("utf-8"), name="")
)


def run(tables):
    log = IssueLog()
    check_all(tables, as_of=flaws.AS_OF, issues=log)
    return log


def test_no_code_is_without_a_flaw():
    assert sorted(set(CODES) - set(flaws.FLAWS)) == []


def test_no_flaw_is_about_a_code_that_is_gone():
    assert sorted(set(flaws.FLAWS) - set(CODES)) == []


def test_the_clean_tables_raise_nothing():
    assert [(issue.code, issue.text()) for issue in run(flaws.clean_tables())] == []


@functools.cache
def run_flaw(code):
    """Check what a flaw changed, beside the parcels and the boundary; the rest is proved clean above."""
    clean, tables = flaws.clean_tables(), flaws.flawed_tables(code)
    needed = {"approved_boundaries", "parcels"}
    return run({name: made for name, made in tables.items() if name in needed or made is not clean[name]})


@pytest.mark.parametrize("code", CODES)
def test_a_flaw_raises_its_code_and_no_other(code):
    found = {issue.code for issue in run_flaw(code)}
    assert code in found
    assert found <= {code} | flaws.FLAWS[code].companions


@pytest.mark.parametrize("code", CODES)
def test_a_message_is_whole_in_both_languages(code):
    for issue in (issue for issue in run_flaw(code) if issue.code == code):
        texts = {issue.text("en"), issue.text("zh")}
        assert len(texts) == 2
        for text in texts:
            assert "{" not in text, text
            assert issue.table in text, text
            assert "nan" not in text.lower(), text
            assert all(name in text for name in issue.ids), text
        for fix in (issue.fix("en"), issue.fix("zh")):
            assert not any(f"{{{fact}}}" in fix for fact in ("field", "expected", "found", "who")), fix
    frame = run_flaw(code).to_frame("zh")
    assert (frame["fix"] != "").all()


def test_all_flaws_together_are_all_found():
    """What one flaw hides from the checks is its own rows only."""
    tables = flaws.clean_tables()
    spoilt = ["category-unknown", "date-order", "geometry-invalid", "parcel-overlap", "area-unit-suspect"]
    for code in spoilt:
        tables = flaws.FLAWS[code].spoil(tables)
    assert set(spoilt) <= {issue.code for issue in run(tables)}


def test_severities_are_those_that_a_gate_needs():
    """What makes a figure wrong stops a run; what is only worth a look does not."""
    severity = {code: catalogue()[code].severity.value for code in CODES}
    for code in ("parcel-overlap", "zones-overlap", "parcel-outside", "geometry-invalid", "id-duplicate"):
        assert severity[code] == "error"
    for code in ("land-not-in-parcels", "gap-small", "overlap-small", "outside-small"):
        assert severity[code] == "note"
