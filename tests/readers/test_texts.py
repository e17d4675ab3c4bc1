"""Every text of the room is there in both languages, filled with the same facts."""

import re
import string
from pathlib import Path

import pytest

import gis.readers
from gis.issues import catalogue
from gis.schema import texts_of
from gis.yaml_files import read_yaml

PACKAGE = Path(gis.readers.__file__).parent
MESSAGES = read_yaml(PACKAGE.parent / "errors" / "messages" / "readers.yaml")
ISSUES = read_yaml(PACKAGE.parent / "issues" / "catalogue" / "readers.yaml")
SOURCE = "\n".join(file.read_text("utf-8") for file in sorted(PACKAGE.glob("*.py")))
#: A place is named in the language of the text.
OWN_WORDS = {"place_en": "place", "place_zh": "place"}


def facts(template):
    return {OWN_WORDS.get(name, name) for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("key", sorted(MESSAGES))
def test_errors(key):
    entry = MESSAGES[key]
    assert set(entry) == {"en", "zh"}
    assert facts(entry["en"]) == facts(entry["zh"])
    assert re.search(r"[\u4e00-\u9fff]", entry["zh"])
    assert {"path", "where"} & facts(entry["en"]), "a message says where"
    assert f'"{key}"' in SOURCE, "no code raises it"


@pytest.mark.parametrize("code", sorted(ISSUES))
def test_issues(code):
    kind = catalogue()[code]
    assert facts(kind.message["en"]) == facts(kind.message["zh"])
    assert all(re.search(r"[\u4e00-\u9fff]", part["zh"]) for part in (kind.title, kind.fix))
    assert f'"{code}"' in SOURCE, "no code records it"


def test_inspection_words():
    for key, entry in texts_of("inspect").items():
        assert facts(entry["en"]) == facts(entry["zh"]), key


def test_every_code_and_key_used_is_defined():
    raised = set(re.findall(r'(?:InputError|CrsError|OutputError)\(\s*"([a-z_0-9]+)"', SOURCE))
    recorded = set(re.findall(r'issues\.add\(\s*"([a-z-0-9]+)"', SOURCE))
    from gis.errors import message_texts

    assert len(raised) > 20
    assert len(recorded) > 10
    assert raised <= set(message_texts())
    assert recorded <= set(catalogue())
