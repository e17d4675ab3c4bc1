"""Files that a user writes: what YAML could do to a reader is refused with its line, never a traceback or a hang."""

from __future__ import annotations

import pytest

from gis.errors import InputError
from gis.yaml_files import parse_yaml, read_yaml

DEEP = 100_000
#: Each name doubles what stands before it: nine lines of text are 512 nodes, forty would be 10¹².
BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
HOSTILE = {
    "impossible_day": ("a: 1\nas_of: 2026-02-29", 2, "2026-02-29"),
    "month_13": ("as_of: 2026-13-01", 1, "2026-13-01"),
    "hour_25": ("as_of: 2026-03-31T25:00:00Z", 1, "25:00:00"),
    "deep_list": ("[" * DEEP, 1, "nested"),
    "deep_map": ("{a: " * DEEP, 1, "nested"),
    "deep_blocks": ("\n".join(" " * n + "a:" for n in range(300)), 60, "nested"),
    "deep_dashes": ("- " * 3000 + "x", 1, "nested"),
    "digits": ("year: " + "9" * 5000, 1, "5000"),
    "bomb": (BOMB, 2, "*a0"),
    "circle": ("a: &a [*a]", 1, "*a"),
    "merge_bomb": ("a: &a {x: 1}\nb: &b\n  <<: [*a, *a]\nc: {<<: [*b, *b]}", 3, "*a"),
    "many_times": (f"a: &a [{'x, ' * 2000}x]\nb: [{'*a, ' * 2000}*a]", 2, "3,000,000"),
    "tag": ("a: !!python/object:os.system x", 1, "python/object"),
    "tag_int": ("a: !!int x", 1, "int"),
    "tag_bytes": ("a: !!binary x", 1, "binary"),
    "key_list": ("? [a, b]\n: 1\n", 1, "key"),
    "key_map": ("? {a: b}\n: 1\n", 1, "key"),
    "nul": ('a: "b\\0c"', 1, "NUL"),
    "half_character": ('a: "b\\ud800c"', 1, "half a character"),
    "two_documents": ("a: 1\n---\nb: 2\n", 2, "document"),
    "escape": ('a: "\\q"', 1, "escape"),
    "escape_beyond": ('a: "\\U7fffffff"', 0, ""),
    "control": ("a: \x01", 0, "not allowed"),
    "anchor_alone": ("&", 1, ""),
    "version": ("%YAML 9.9\n---\na: 1", 1, "version"),
    "directive": ("%YAML x\n---\na: 1", 1, ""),
    "tag_directive": ("%TAG ! tag:x,2000:\n---\na: !b c", 3, "tag"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_yaml_could_do_is_refused_with_its_line(name):
    text, line, says = HOSTILE[name]
    with pytest.raises(InputError) as refused:
        parse_yaml(text, name="RUN.yaml")
    assert refused.value.key == "yaml_invalid"
    assert refused.value.facts["line"] == line, str(refused.value)
    assert says in refused.value.facts["why"]
    assert len(str(refused.value)) < 600


def test_days_and_numbers_stay_what_they_are():
    import datetime as dt

    found = parse_yaml("a: 2026-03-31\nb: 0601\nc: '0601'\nd: 1e400\ne: -1.5\nf: null\ng: [1, {h: 绿地}]", name="x")
    assert found == {
        "a": dt.date(2026, 3, 31), "b": 601, "c": "0601", "d": float("inf"), "e": -1.5, "f": None,
        "g": [1, {"h": "绿地"}],
    }  # fmt: skip


def test_a_name_of_plain_data_may_be_used_again():
    assert parse_yaml("a: &a [1]\nb: *a\nc: {<<: &d {e: 1}, f: *d}", name="x") == {
        "a": [1], "b": [1], "c": {"e": 1, "f": {"e": 1}},
    }  # fmt: skip


def test_a_file_beyond_the_size_a_person_writes(tmp_path, monkeypatch):
    monkeypatch.setattr("gis.yaml_files.MOST_BYTES", 100)
    path = tmp_path / "RUN.yaml"
    path.write_text("a: 1\n" * 30, "utf-8")
    with pytest.raises(InputError, match=r"RUN.yaml.*150 bytes.*100") as refused:
        read_yaml(path)
    assert refused.value.key == "yaml_too_large"


@pytest.mark.parametrize("path", ["RUN\0.yaml", "RUN\ud800.yaml"])
def test_a_path_that_no_file_can_have(path):
    with pytest.raises(InputError) as refused:
        read_yaml(path)
    assert refused.value.key == "file_unreadable"


def test_a_folder_for_a_file(tmp_path):
    with pytest.raises(InputError) as refused:
        read_yaml(tmp_path)
    assert refused.value.key == "file_unreadable"
