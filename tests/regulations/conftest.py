import copy
import datetime as dt
from pathlib import Path

import pytest
from ruamel.yaml import YAML

CASES = Path(__file__).parents[1] / "cases"
DAY = dt.date(2026, 11, 24)
#: The smallest folder of rules that loads: one source, one ratio, one text, one policy clause.
SOURCES = {
    "law": {
        "title_zh": "某办法", "title_en": "Some Measures", "number": "某令第1号", "issuer": "某部",
        "promulgated": dt.date(2020, 1, 1), "in_force": dt.date(2020, 7, 1), "expires": dt.date(2029, 12, 31),
        "repealed": None, "superseded_by": None, "url": None, "checked_on": DAY, "dates_verified": True, "note": None,
    },
}  # fmt: skip
SHARE = {
    "label": {"zh": "比例", "en": "Share"},
    "description": {"zh": "某比例。", "en": "Some share."},
    "kind": "ratio",
    "unit": "ratio",
    "read_by": ["idle_land"],
    "values": [
        {
            "in_force": dt.date(2020, 7, 1), "value": "1/3", "bound": "at_least", "scope": "plot", "source": "law",
            "article": "2¶1", "basis": "text", "verified": True, "checked_on": DAY,
        }
    ],
}  # fmt: skip
GRADE = copy.deepcopy(SHARE) | {"kind": "text", "unit": "category"}
GRADE["values"][0] |= {"value": "D", "bound": None}
POLICY = {
    "source": "law",
    "clauses": {
        "一(一)": {
            "summary": {"zh": "摘要", "en": "summary"}, "bodies": ["某局"], "served_by": ["quotas"],
            "effects": {
                "act": {
                    "label": {"zh": "办", "en": "act"},
                    "all_of": [
                        {"fact": "is_large", "kind": "flag", "bound": "equals", "value": True,
                         "label": {"zh": "大", "en": "large"}}
                    ],
                }
            },
        }
    },
}  # fmt: skip


@pytest.fixture(scope="session")
def cases():
    """Read a file of dated cases."""
    return lambda name: YAML(typ="safe").load((CASES / name).read_text("utf-8"))


@pytest.fixture
def made_rules(tmp_path):
    """Return a function that writes a small, right folder of rules, changed as the caller wishes."""

    def write(change=None):
        folder = tmp_path / "rules"
        folder.mkdir(exist_ok=True)
        content = {
            "sources.yaml": copy.deepcopy(SOURCES),
            "made.yaml": {"made.share": copy.deepcopy(SHARE), "made.grade": copy.deepcopy(GRADE)},
            "policy_made.yaml": copy.deepcopy(POLICY),
        }
        if change is not None:
            change(content)
        yaml = YAML(typ="safe", pure=True)
        yaml.allow_unicode = True
        for name, rules in content.items():
            with (folder / name).open("w", encoding="utf-8") as stream:
                yaml.dump(rules, stream)
        return folder

    return write
