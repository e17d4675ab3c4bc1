"""Every command printed in the README runs."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from gis.cli import app

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_every_command_and_the_library_example_run(tmp_path, monkeypatch):
    """The commands run in this process: each of its own would take seconds for its imports."""
    commands = [
        line.partition("  #")[0].strip() for block in blocks("sh") for line in block.splitlines() if line.strip()
    ]
    ours = [command for command in commands if command.startswith("zonegis ")]
    assert sorted(set(commands) - set(ours)) == ["make bench", "make demo", "make test", "pip install -c constraints.txt ."]
    assert len(ours) >= 10
    for language in ("yaml", "csv"):
        for name, content in (block.split("\n", 1) for block in blocks(language)):
            (tmp_path / name.removeprefix("# ")).write_text(content, "utf-8")
    monkeypatch.chdir(tmp_path)
    for command in ours:
        done = CliRunner().invoke(app, shlex.split(command)[1:])
        assert done.exit_code == 0, f"{command}: {done.output} {done.exception!r}"
    for block in blocks("python"):
        done = subprocess.run([sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_exit_codes(tmp_path):
    def code(*words):
        return subprocess.run(
            [sys.executable, "-m", "gis.cli", *words], cwd=tmp_path, capture_output=True, check=False
        ).returncode

    assert code("run", "absent.yaml") == 3
    assert code("run") == 2
    assert code("rules", "show", "no.such.rule") == 1


def test_every_test_that_the_security_page_names_is_there():
    named = re.findall(r"`(tests/[^`]+)`", (ROOT / "SECURITY.md").read_text("utf-8"))
    assert len(named) >= 10
    assert [name for name in named if not (ROOT / name).is_file()] == []
