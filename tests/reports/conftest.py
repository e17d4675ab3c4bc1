"""One made-up run for all report tests, written once in each language."""

from __future__ import annotations

import made_report
import pytest

from gis.reports import write_report, write_workbook


@pytest.fixture(scope="session")
def made():
    return made_report


@pytest.fixture(scope="session")
def content(made):
    return made.make_content()


@pytest.fixture(scope="session", params=["zh", "en"])
def written(request, content, tmp_path_factory):
    """The run in one language: lang, report.html and workbook.xlsx."""
    folder = tmp_path_factory.mktemp(request.param)
    write_report(folder / "report.html", content, lang=request.param)
    write_workbook(folder / "workbook.xlsx", content, lang=request.param)
    return request.param, folder / "report.html", folder / "workbook.xlsx"


@pytest.fixture(scope="session")
def zh_page(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(path, content)
    return path.read_text("utf-8")
