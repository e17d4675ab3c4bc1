"""Messages and codes: both languages, used, and nowhere missing."""

import re
from pathlib import Path

import pytest

import gis
from gis.errors import message_texts
from gis.issues import catalogue
from gis.schema import texts_of

PACKAGE = Path(gis.__file__).parent
CODE = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))


def test_every_message_has_both_languages_and_every_raised_key_has_a_message():
    assert all(set(entry) == {"en", "zh"} for entry in message_texts().values())
    raised = set(re.findall(r'raise (?:\w*Error)\(\s*"([a-z0-9_]+)"', CODE))
    assert len(raised) > 30
    assert raised <= set(message_texts())


def test_every_issue_code_that_is_added_is_in_the_catalogue():
    added = set(re.findall(r'issues\.add\(\s*"([a-z-]+)"', CODE))
    assert added
    assert added <= set(catalogue())


@pytest.mark.parametrize("room", [path.stem for path in (PACKAGE / "schema" / "texts").glob("*.yaml")])
def test_texts_have_both_languages(room):
    assert texts_of(room)
