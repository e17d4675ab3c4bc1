"""What the tests of the checks share: the clean tables, and a log that says what it holds."""

from __future__ import annotations

import flaws as made_flaws
import pytest
import shapely
from large_tables import table_of

from gis.issues import IssueLog


class Log(IssueLog):
    def codes(self):
        return [issue.code for issue in self]

    def of(self, code):
        return [issue for issue in self if issue.code == code]


@pytest.fixture(scope="session")
def flaws():
    return made_flaws


@pytest.fixture
def clean(flaws):
    return flaws.clean_tables()


@pytest.fixture
def log():
    return Log()


@pytest.fixture(scope="session")
def make():
    return table_of


@pytest.fixture(scope="session")
def zone(make):
    """A boundary of the given box."""

    def made(*bounds):
        return make([shapely.box(*bounds)], "approved_boundaries", ["Z"])

    return made
