"""No traceback, ever: bad input of every kind gets its message and exit code, and only a planted fault gets 4."""

from __future__ import annotations

import datetime as dt
import inspect
import os
import random
import signal
import subprocess
import sys
import typing
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gis.cli import app
from gis.cli.net import Net
from gis.plain_text import masked

BAD_INPUT, INTERNAL = {0, 1, 2, 3}, 4
SEED, VALUES_EACH = 20261124, 1


@pytest.fixture
def fault(monkeypatch):
    """A fault of the toolkit itself, planted in the shortest command."""

    def plant(error):
        def broken(*_, **__):
            raise error

        monkeypatch.setattr("gis.provenance.library_versions", broken)

    return plant


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("[/bold] odd\x00 \ud800 text"), RecursionError("deep"), KeyError("x"), AssertionError(),
        ImportError("no module psycopg"), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
        OSError(5, "Input/output error"),
    ],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_a_fault_is_one_message_with_exit_code_4(fault, error):
    fault(error)
    done = CliRunner().invoke(app, ["version", "--lang", "en"])
    assert (done.exit_code, type(done.exception)) == (INTERNAL, SystemExit)
    assert type(error).__name__ in done.output
    assert "--details" in done.output and "ZONEGIS_DETAILS" in done.output
    assert "Traceback" not in done.output
    assert "内部错误" in CliRunner().invoke(app, ["version"]).output


def test_too_little_memory_is_said_so(fault):
    fault(MemoryError("Unable to allocate 8.0 EiB"))
    done = CliRunner().invoke(app, ["version", "--lang=en"])
    assert done.exit_code == INTERNAL
    assert "not enough memory" in done.output and "zonegis areas" in done.output


def test_a_full_disk_is_no_fault_of_the_toolkit(fault):
    fault(OSError(28, "No space left on device", "/x/y"))
    done = CliRunner().invoke(app, ["version", "--lang", "en"])
    assert done.exit_code == 3
    assert "/x/y can't be written: No space left on device" in done.output


def test_ctrl_c_is_said_and_counts_as_shells_count_it(fault):
    fault(KeyboardInterrupt())
    done = CliRunner().invoke(app, ["version", "--lang", "en"])
    assert done.exit_code == 128 + signal.SIGINT
    assert "Interrupted" in done.output


@pytest.mark.parametrize("way", ["option", "variable"])
def test_details_go_to_a_new_file_on_request_and_hold_no_password(fault, tmp_path, monkeypatch, way):
    fault(RuntimeError("no answer from postgresql://bureau:p@ss/w@db/quotas"))
    path = tmp_path / "details.txt"
    path.write_text("precious", "utf-8")
    before = ["--details", str(path)] if way == "option" else []
    if way == "variable":
        monkeypatch.setenv("ZONEGIS_DETAILS", str(path))
    done = CliRunner().invoke(app, [*before, "version", "--lang", "en"])
    assert done.exit_code == INTERNAL
    assert path.read_text("utf-8") == "precious"
    written = tmp_path / "details-1.txt"
    assert str(written) in done.output.replace("\n", "")
    content = written.read_text("utf-8")
    for part in ("command: zonegis", "version --lang en", "Traceback", "test_no_traceback.py", "RuntimeError"):
        assert part in content
    assert "p@ss" not in content + done.output and "ss/w" not in content + done.output


def test_details_that_cannot_be_written_are_said(fault, tmp_path):
    fault(RuntimeError("odd"))
    done = CliRunner().invoke(app, ["--details", str(tmp_path / "no" / "x"), "version", "--lang", "en"])
    assert done.exit_code == INTERNAL
    assert "can't be written" in done.output


def test_without_a_fault_no_details_are_written(tmp_path):
    done = CliRunner().invoke(app, ["--details", str(tmp_path / "x"), "run", "nowhere.yaml"])
    assert done.exit_code == 3
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("secret", ["s3cret", "s3c:r@et", "s3/cr@et", "s3cret://x@"])
@pytest.mark.parametrize("form", [
    "postgresql://u:{}@db/q", "u:{}@db", "'postgresql://u:{}@db/q'", "host=db password={} x", "-d=postgresql://u:{}@h",
])  # fmt: skip
def test_passwords_are_masked(form, secret):
    assert "s3c" not in masked(f"before {form.format(secret)} after")
    assert masked("--as-of 2026-03-31 a@b.cn district:310115") == "--as-of 2026-03-31 a@b.cn district:310115"


def _process(*words, stdout=subprocess.PIPE, **how):
    command = [sys.executable, "-m", "gis.cli", *words]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, check=False, timeout=300, **how)


def test_what_a_terminal_cannot_show_is_written_in_escapes():
    done = _process("rules", "show", "green.zone_floor_ratio",
                    env=os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"})  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u7eff" in done.stdout


def test_a_reader_that_goes_away_ends_it_quietly():
    command = [sys.executable, "-m", "gis.cli", "dictionary"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.close()  # as `| head -0` does
        said = running.stderr.read()
        assert (running.wait(300), said) == (128 + signal.SIGPIPE, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full, on Linux")
def test_a_full_standard_output():
    with Path("/dev/full").open("wb") as full:
        done = _process("version", "--lang", "en", stdout=full)
    assert done.returncode == 3
    assert b"No space left on device" in done.stderr and b"Traceback" not in done.stderr


def test_names_that_are_no_utf8(tmp_path):
    done = _process("run", b"\xff.yaml", "--lang", "en")
    assert done.returncode == 2
    assert b"no UTF-8" in done.stderr
    folder = os.fsencode(tmp_path) + b"/\xff"
    Path(os.fsdecode(folder)).mkdir()
    assert _process("version", cwd=folder, env=os.environ | {"PYTHONPATH": str(Path.cwd())}).returncode == 2


# What was found by trying, each at its cause.


@pytest.mark.parametrize("name", ["rot13", "base64", "hex", "undefined", "idna", "punycode", "unicode_escape", "zip",
                                  "raw_unicode_escape", "utf-7", "a\0b", "\ud800", "x" * 100_000, "", "."])  # fmt: skip
def test_only_encodings_of_text_are_taken(name):
    from gis.errors import InputError
    from gis.readers.encodings import normal_encoding

    with pytest.raises(InputError) as refused:
        normal_encoding(name, path=Path("x.csv"))
    assert refused.value.key == "encoding_not_known"
    assert normal_encoding("Big5", path=Path("x")) == "big5"


@pytest.mark.parametrize("number", ["1e999999999", "9" * 5000, "1e-999999999", "1e400", "nan", "inf", "x", ""])
def test_numbers_out_of_all_proportion_are_refused_at_once(number):
    from gis.analyses import example_weights
    from gis.errors import InputError, QuotaError
    from gis.ledgers.energy import energy_in_tce
    from gis.regulations.values import Kind, _value
    from gis.units import exact_number

    with pytest.raises(ValueError, match=r"digits|Invalid literal"):
        exact_number(number)
    assert _value(Kind.NUMBER, number) is None
    with pytest.raises(InputError):
        example_weights().replace(weights={"area": number})
    with pytest.raises(QuotaError):
        energy_in_tce({"electricity": number}, basis="calorific")


def test_energy_beyond_any_figure_is_refused_and_the_greatest_is_exact():
    from gis.errors import QuotaError
    from gis.ledgers.energy import energy_in_tce

    own = {"electricity": ("0.999999999999", "measured")}
    figure = energy_in_tce({"electricity": "999999999999"}, basis="calorific", own_factors=own)
    assert figure.tce == Decimal("999999999998.000000000001") / 1000
    for amount in ("1000000000000", "0.0000000000001"):
        with pytest.raises(QuotaError):
            energy_in_tce({"electricity": amount}, basis="calorific")


def test_a_trend_has_a_declared_length():
    from gis.analyses import days_between
    from gis.errors import InputError

    with pytest.raises(InputError, match="119987 steps; at most 1200"):
        days_between(dt.date(1, 1, 1), dt.date(9999, 12, 31), "month")
    last = dt.date(9999, 12, 31)
    assert days_between(dt.date(9999, 10, 31), last, "month")[-2:] == (dt.date(9999, 11, 30), last)
    assert days_between(last, last, "year") == (last,)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, '{"a": NaN}', '{"a": ' + "9" * 5000 + "}", "\ufeff{}"])
def test_json_that_no_certificate_holds(tmp_path, zonegis, text):
    path = tmp_path / "certificate.json"
    path.write_text(text, "utf-8")
    code, said = zonegis("certificate", "check", path, "--lang", "en")
    assert (code, "certificate.json" in said) == (3, True)


@pytest.mark.parametrize("address", ["x" * 100_000, "x" * 300, "x/" * 3000, "", ".", "/dev/null", "sqlite://", "://"])
def test_addresses_that_no_ledger_has(zonegis, tmp_path, monkeypatch, address):
    monkeypatch.chdir(tmp_path)
    code, said = zonegis("ledger", "balance", "-d", address, "--lang", "en")
    assert code == 3, said
    assert len(said) < 500


def test_a_number_that_no_database_holds(zonegis, tmp_path):
    assert zonegis("ledger", "init", "-d", tmp_path / "q.db")[0] == 0
    code, said = zonegis("ledger", "reverse", "9" * 30, "--reason", "x", "-d", tmp_path / "q.db", "--lang", "en")
    assert code == 3
    assert "64 bits" in said


@pytest.mark.parametrize("place", range(0, 8192, 331))
def test_a_ledger_with_a_damaged_byte(zonegis, tmp_path, place):
    path = tmp_path / "q.db"
    assert zonegis("ledger", "init", "-d", path)[0] == 0
    content = bytearray(path.read_bytes())
    content[place:place + 16] = b"\xff" * 16
    path.write_bytes(content)
    for words in (("balance",), ("verify",), ("issue", "cod", "2026", "5", "--account", "city")):
        assert zonegis("ledger", *words, "-d", path, "--lang", "en")[0] in BAD_INPUT


def test_a_full_disk_when_a_ledger_is_made(zonegis, tmp_path, monkeypatch):
    import sqlite3

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("gis.ledgers.tables._on_connect", full)
    code, said = zonegis("ledger", "init", "-d", tmp_path / "q.db", "--lang", "en")
    assert code == 3
    assert "disk is full" in said


PROJECT = 'project: "A"\nparcel: "1"\nexpires: 2026-08-01\nplace: "310115"\n'
NEEDS = PROJECT + 'needs: [{{kind: cod, year: 2026, quantity: "1", holders: {}}}]'
DECLARED = PROJECT + (
    'declared: {{year: 2026, holders: {{land: ["city"], energy: ["city"], pollutant: ["city"]}}, {}}}'
)
PROJECTS = [
    *(NEEDS.format(found) for found in ("[5]", "[null]", "[[a]]", "[{a: b}]", "city", "5", '["\\t"]', '["zone:"]', "[2026-01-01]")),
    *(DECLARED.format(found) for found in (
        'kwh: "1e999999999"', 'energy: {diesel: "1e999999999"}', 'land_m2: "NaN"', 'emissions: {cod: "-Infinity"}',
        'energy: {diesel: "5"}, own_factors: {diesel: {kgce_per_unit: "1e999999", source: a}}', "energy: [1]",
        'emissions: {"": "1"}', 'land_m2: "1e-999999999"', 'land_m2: "9", existing_construction_m2: "1e999999999"',
    )),
    PROJECT.replace("2026-08-01", "2026-02-30") + "needs: 5", PROJECT.replace('"310115"', "[]"), "5", "[]", "",
    NEEDS.format('["city"]').replace("2026,", "99999999999999999999,"), NEEDS.format('["city"]').replace('"310115"', '"99"'),
]  # fmt: skip


@pytest.mark.parametrize("content", PROJECTS)
def test_projects_that_cannot_be_booked(zonegis, tmp_path, content):
    (tmp_path / "p.yaml").write_text(content, "utf-8")
    assert zonegis("ledger", "init", "-d", tmp_path / "q.db")[0] == 0
    code, said = zonegis("ledger", "book", tmp_path / "p.yaml", "-d", tmp_path / "q.db", "--lang", "en")
    assert code in {1, 3}, said
    assert len(said) < 2000


# Every command of the app, each with bad values for each of what it takes.


def _commands(group=app, before=()):
    for one in group.registered_commands:
        yield (*before, one.name or one.callback.__name__), one.callback
    for one in group.registered_groups:
        yield from _commands(one.typer_instance, (*before, one.name))


HOSTILE_FILES = {
    "empty.yaml": b"", "list.yaml": b"[1, 2]", "day.yaml": b"zonegis: 1\nas_of: 2026-02-30", "deep.yaml": b"[" * 9999,
    "keys.yaml": b"1: 2\ntables: 5", "bytes.csv": b"parcel_id,x\nA\xff,1", "nul.csv": b"a,b\n1\0,2", "quote.csv": b'a\n"1',
    "junk.xlsx": b"PK\x03\x04junk", "junk.gpkg": b"SQLite format 3\0junk", "junk.geojson": b'{"type":', "empty.db": b"",
    "junk.parquet": b"PAR1junkPAR1", "deep.json": b"[" * 99_999, "empty.shp": b"", "self.yaml":
    b"zonegis_scenario: 1\nname: a\nbase: self.yaml", "whole.yaml": b"zonegis_scenario: 1\nname: [a]\nbase: 5\nedits: {a: b}",
}  # fmt: skip
#: Where a command writes, only names in the test's own folder.
TARGETS = {"output", "target", "png", "pdf", "folder", "database"}
TEXTS = ["", "x" * 9999, "9" * 5000, "nan", "1e999999999", "[/red]", "\n", "a\x1b[31m", "cod", "district:", "a=1e400",
         "EPSG:-1", "rot13", "postgresql://a:b@", "cod ² 5", "绿地", "１"]  # fmt: skip
VALUES = {
    int: ["0", "-1", "9" * 30, "9" * 5000, "1.5", "nan", "", "２０２６"],
    float: ["0", "-1", "nan", "inf", "1e308", "9" * 5000, ""],
    dt.datetime: ["2026-02-30", "0001-01-01", "9999-12-31", "", "２０２６-01-01"],
    str: TEXTS,
}


def _kind(annotation):
    """Return what a parameter takes, beneath its options, its None and its list."""
    while typing.get_args(annotation):
        annotation = next(one for one in typing.get_args(annotation) if one is not type(None))
    return annotation


def _values(name, kind, folder, files):
    if name in TARGETS:
        return [folder / "made" / ("x" * 300), folder / "made", files[0] / "x", folder / "made" / "[red].csv"]
    if kind is Path:
        return [folder, folder / "absent.yaml", folder / ("x" * 300), "", *files]
    return VALUES.get(kind, ["", "nope"])


def _sweep():
    for words, command in _commands():
        told = typing.get_type_hints(command, include_extras=True)
        for name in inspect.signature(command).parameters:
            if _kind(told[name]) is not bool and name != "lang":
                yield words, command, name


SWEEP = list(_sweep())


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, sample):
    """A folder of hostile files, and a ledger in it."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, content in HOSTILE_FILES.items():
        (folder / name).write_bytes(content)
    (folder / "made").mkdir()
    return folder


def test_the_sweep_knows_every_command():
    assert len({words for words, *_ in SWEEP}) >= 45
    assert {"run", "check", "map", "trend", "init"} <= {words[0] for words, *_ in SWEEP}


@pytest.mark.parametrize(("words", "command", "name"), SWEEP, ids=[" ".join([*w, n]) for w, _, n in SWEEP])
def test_no_value_of_any_option_ends_in_a_traceback(hostile, monkeypatch, words, command, name):
    """Values drawn by seed; what stands beside the bad one is bad as well, so that no call takes long."""
    faults = []
    report = Net._report
    monkeypatch.setattr(Net, "_report", lambda net, error, words: (faults.append(error), report(net, error, words)))
    monkeypatch.chdir(hostile / "made")
    files = [hostile / one for one in HOSTILE_FILES]
    chance = random.Random(f"{SEED} {words} {name}")
    told = typing.get_type_hints(command, include_extras=True)
    for _ in range(VALUES_EACH):
        line = list(words)
        for one, given in inspect.signature(command).parameters.items():
            kind = _kind(told[one])
            info = next(iter(getattr(told[one], "__metadata__", [None])))
            is_argument = type(info).__name__ == "ArgumentInfo"
            if one != name and not is_argument and given.default is not inspect.Parameter.empty:
                continue
            value = str(chance.choice(_values(one, kind, hostile, files)))
            if is_argument:
                line.append(value if not value.startswith("-") else f"x{value}")
            else:
                flags = [flag for flag in info.param_decls or () if flag.startswith("--")]
                line += [(flags or [f"--{one.replace('_', '-')}"])[0], value]
        done = CliRunner().invoke(app, [*line, "--lang", "en"])
        assert done.exception is None or isinstance(done.exception, SystemExit), (line, done.exception)
        assert done.exit_code in BAD_INPUT, (line, faults)
        assert "Traceback" not in done.output
