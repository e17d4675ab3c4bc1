"""What files are called and hold steers no terminal: every command, on names that hold control characters."""

from __future__ import annotations

import datetime as dt
import json
import re

import geopandas as gpd
import openpyxl
import pytest
from typer.testing import CliRunner

from gis.cli import app
from gis.cli.console import VisibleFormatter, err, print_json, print_records
from gis.workflow import write_sample_run

#: Title of a window, cleared screen, C1 control, turned direction, zero width, line separators, delete, a lone bell.
EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eabc\u2066\u200b\u2028\x85\x7f\x00"
#: The same without what a GeoPackage or YAML does not hold.
NAME = EVIL.replace("\x00", "")
#: What GDAL opens a file by; an escape it takes for the end of a name.
OPENED = "\u202eabc\u2066\x9b31m\u200b"
SHOWN = r"\x1b]0;owned\x07\x1b[2J\x9b31m\u202eabc\u2066\u200b\u2028\x85\x7f"


def assert_plain(printed: bytes):
    text = printed.decode("utf-8")
    bad = sorted({f"U+{ord(one):04X}" for one in text if not one.isprintable() and one not in "\n\u3000\u00a0"})
    assert not bad, (bad, text[:500])
    assert "\nFORGED" not in text


def call(*words) -> tuple[int, bytes]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output_bytes


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A zone whose ids, names, layers, columns, file names and title hold control characters."""
    folder = tmp_path_factory.mktemp("hostile")
    run_file = write_sample_run(folder / "zone", parcels=40, seed=1, as_of=dt.date(2026, 3, 31))
    zone = run_file.parent
    text = run_file.read_text("utf-8")
    parcels = gpd.read_file(zone / "parcels.gpkg")
    first = parcels.loc[30, "parcel_id"]
    spoilt = parcels.copy()
    spoilt.loc[30, "parcel_id"] = f"{first}{NAME}\nFORGED"
    spoilt["holder"] = f"=HYPERLINK(\"http://x.example\"){NAME}\nFORGED"
    spoilt["parcel_name"] = f"[red]name[/red]{NAME}"
    spoilt[f"col{NAME}"] = NAME
    boundary = gpd.read_file(zone / "approved_boundaries.gpkg")
    boundary["zone_name"] = f"zone{NAME}\nFORGED"
    buildings = gpd.read_file(zone / "buildings.gpkg").replace({"parcel_id": {first: spoilt.loc[30, "parcel_id"]}})
    for name in ("parcels", "approved_boundaries", "buildings"):
        (zone / f"{name}.gpkg").unlink()
    buildings.to_file(zone / "buildings.gpkg")
    boundary.to_file(zone / "approved_boundaries.gpkg")
    spoilt.to_file(zone / "parcels.gpkg", layer=f"lay{NAME}er")
    (zone / f"x{NAME}.gpkg").write_bytes((zone / "parcels.gpkg").read_bytes())
    file = (zone / "parcels.gpkg").rename(zone / f"par{OPENED}cels.gpkg")
    events = zone / "parcel_events.csv"
    lines = events.read_text("utf-8-sig").splitlines()
    lines[1] = lines[1].rpartition(",")[0] + f",{NAME}"
    events.write_text("\n".join(lines) + "\n", "utf-8-sig")
    text = text.replace("path: parcels.gpkg", f"path: {json.dumps(file.name)}", 1)
    title = f"title{NAME}\nFORGED"
    text = re.sub(r"^title:.*$", lambda _: f"title: {json.dumps(title)}", text, flags=re.MULTILINE)
    run_file.write_text(text, "utf-8")
    return zone


COMMANDS = {
    "inspect": ("inspect", "{file}"),
    "inspect unreadable": ("inspect", f"{{zone}}/x{NAME}.gpkg"),
    "inspect --json": ("inspect", "{file}", "--json"),
    "check": ("check", "{zone}/RUN.yaml"),
    "check en": ("check", "{zone}/RUN.yaml", "--lang", "en"),
    "check --json": ("check", "{zone}/RUN.yaml", "--json"),
    "run": ("run", "{zone}/RUN.yaml"),
    "run --json": ("run", "{zone}/RUN.yaml", "--json"),
    "explain": ("explain", "{zone}/RUN.yaml", "{id}"),
    "explain none": ("explain", "{zone}/RUN.yaml", f"none{NAME}"),
    "areas": ("areas", "{zone}/RUN.yaml", "-o", "{zone}/areas"),
    "candidates": ("candidates", "{zone}/RUN.yaml"),
    "trend": ("trend", "{zone}/RUN.yaml", "--from", "2025-12-31", "--to", "2026-03-31"),
    "repair": ("repair", "{zone}/RUN.yaml", "parcels", "{zone}/repaired.gpkg"),
    "scenario run": ("scenario", "run", "{zone}/SCENARIO.yaml"),
    "scenario pairs": ("scenario", "pairs", "{zone}/SCENARIO.yaml", "-o", "{zone}/pairs.csv"),
    "no such file": ("run", f"none{NAME}\nFORGED.yaml"),
    "no such command": (f"none{NAME}",),
    "no such option": ("run", f"--none{NAME}"),
    "no day": ("map", "x.yaml", "--since", f"day{NAME}"),
    "no ledger": ("ledger", "balance", "-d", f"none{NAME}.db"),
    "no account": ("ledger", "issue", f"kind{NAME}", "2026", "1", "--account", f"a{NAME}", "-d", "{zone}/q.db"),
    "init": ("init", "--boundary", "{zone}/approved_boundaries.gpkg", "--parcels", "{file}", "-o", "{zone}/new.yaml"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_control_character_reaches_a_terminal(hostile, name):
    file = next(hostile.glob("par*cels.gpkg"))
    if "{zone}/q.db" in COMMANDS[name]:
        call("ledger", "init", "-d", hostile / "q.db")
    parcel = gpd.read_file(file)["parcel_id"][30]
    words = [word.replace("{zone}", str(hostile)).replace("{file}", str(file)).replace("{id}", parcel)
             for word in COMMANDS[name]]  # fmt: skip
    code, printed = call(*words)
    assert_plain(printed)
    if name in {"run", "explain", "candidates", "areas", "scenario run", "repair"}:
        assert code == 0, printed.decode()
    if name in {"inspect", "no such command", "no such option", "no day", "no ledger", "explain none"}:
        assert rb"\x1b" in printed or rb"\u001b" in printed, (code, printed)


def test_no_cell_of_an_output_runs_or_leads_outside(hostile):
    assert call("run", hostile / "RUN.yaml", "-o", hostile / "out")[0] == 0
    book = openpyxl.load_workbook(hostile / "out" / "workbook.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    formulas = {str(cell.value) for cell in cells if cell.data_type == "f"}
    assert formulas, "the workbook sums by formulas of its own"
    assert [one for one in formulas if "HYPERLINK" in one or "example" in one or "x1b" in one.lower()] == []
    assert [cell.hyperlink.target for cell in cells if cell.hyperlink is not None and cell.hyperlink.target] == []
    texts = {cell.data_type for cell in cells if str(cell.value).startswith("=HYPERLINK")}
    assert texts and "f" not in texts, "the text is there, as a text"
    issues = (hostile / "out" / "issues.csv").read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    assert_plain(issues.encode())
    for name in ("report.html", "map.html"):
        page = (hostile / "out" / name).read_text("utf-8")
        assert "<title>" not in page or "\x1b" not in page.split("<title>")[1].split("</title>")[0]


def test_json_means_what_it_meant(capsys):
    print_json({"name": EVIL, "宗地": "\U000e0001"})
    printed = capsys.readouterr().out
    assert_plain(printed.encode())
    assert json.loads(printed) == {"name": EVIL, "宗地": "\U000e0001"} and "宗地" in printed


def test_a_cell_keeps_its_column_and_marks_up_nothing(capsys):
    print_records([{"a": f"x{EVIL}[red]\nFORGED", "b": 1}], {"a": f"head{EVIL}", "b": "b"}, title=f"title{EVIL}[/]")
    printed = capsys.readouterr().out
    assert_plain(printed.encode())
    assert len({len(line) for line in printed.splitlines()[1:]}) == 1
    assert rf"x{SHOWN}\x00[red]\nFORGED" in printed


def test_records_of_the_log_are_visible_and_hold_no_password():
    import logging

    record = logging.LogRecord("gis", logging.WARNING, "f", 1, f"%s{EVIL}", ("postgresql://u:geheim@h/q",), None)
    shown = VisibleFormatter("%(message)s").format(record)
    assert_plain(shown.encode())
    assert "geheim" not in shown


def test_standard_error_shows_no_password(capsys):
    err.print("could not reach postgresql://u:p@geheim@h/q")
    assert "geheim" not in capsys.readouterr().err


@pytest.mark.parametrize("words", [
    ("ledger", "balance", "-d", "u:geheim42@127.0.0.1/q"),
    ("ledger", "balance", "-d", "postgresql://u:a@geheim42@127.0.0.1:1/q"),
    ("ledger", "balance", "postgresql://u:geheim42@127.0.0.1:1/q"),
    ("run", "--password=geheim42"),
    ("map", "RUN.yaml", "--since", "postgresql://u:geheim42@h/q"),
])  # fmt: skip
def test_no_password_is_printed(words):
    code, printed = call(*words)
    assert code in {2, 3} and b"geheim42" not in printed


def test_a_control_character_that_is_planted_is_seen():
    with pytest.raises(AssertionError):
        assert_plain(b"a\x1b[2J")
    with pytest.raises(AssertionError):
        assert_plain("a\u202eb".encode())

