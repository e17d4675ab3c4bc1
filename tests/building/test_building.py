"""What builds, pins and audits: an audit that looked nothing up never passes, and bounds and pins are whole."""

import configparser
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FINE, SKIPPED = {"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "not found"}
BAD = {"name": "c", "version": "2", "vulns": [{"id": "CVE-1"}]}


@pytest.mark.parametrize(
    ("packages", "code"), [([FINE], 0), ([], 2), ([FINE, SKIPPED], 2), ([SKIPPED], 2), ([FINE, BAD], 1), ([SKIPPED, BAD], 1)]
)
def test_an_audit_passes_only_where_every_package_was_looked_up(packages, code):
    found, sentence = script("audit").verdict({"dependencies": packages})
    assert found == code
    assert ("COULD NOT BE MADE" in sentence) == (code == 2)


def test_every_dependency_has_a_lower_bound_and_a_pin_not_below_it():
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name
    from packaging.version import Version

    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    written = dict(line.split("==") for line in lines if not line.startswith("#"))
    pins = {canonicalize_name(name): version for name, version in written.items()}
    declared = configparser.ConfigParser()
    declared.read(ROOT / "setup.cfg", "utf-8")
    extras = [line for text in declared["options.extras_require"].values() for line in text.splitlines()]
    bounds = [Requirement(line) for line in [*declared["options"]["install_requires"].splitlines(), *extras] if line.strip(" #")]
    others = [bound for bound in bounds if bound.name != "zonegis"]
    assert len(others) >= 30
    assert [str(bound) for bound in others if Version(pins.get(canonicalize_name(bound.name), "0")) not in bound.specifier] == []


def test_lower_bounds_are_pinned_as_they_stand():
    lowest = script("lowest").lowest
    assert lowest("[options]\ninstall_requires =\n    numpy >=1.26\n    x[y] ==2\n") == ["numpy==1.26", "x[y]==2"]
    with pytest.raises(SystemExit, match="without a lower bound: pandas"):
        lowest("[options]\ninstall_requires =\n    pandas\n")
