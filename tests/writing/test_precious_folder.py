"""Every command that writes, told to write over what is precious: refused, and not a byte, name or mode is changed."""

import os
import shutil
import stat
import typing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gis.cli import app
from gis.ledgers import create_ledger
from gis.workflow import write_sample_run

# What the commands read, each by name: a path that is in neither list fails the test below.
READ = """
run run_file; check run_file; areas run_file; map run_file; map quotas; map against; explain run_file; case run_file;
init boundary;
init parcels; init green; init land_use; init buildings; init events; inspect file; repair run_file; candidates run_file;
candidates encumbrances; swap run_file; swap premises; swap needs; swap forbidden; sites run_file; sites available;
trend run_file; publish run_file; rules diff data; boundaries check file; scenario run path; scenario solve path; scenario compare first;
scenario compare second; scenario explain path; scenario export folder; scenario frontier path; scenario pairs path;
scenario pairs after; scenario page path; certificate check files; certificate check scenario; ledger book path;
ledger propose path; ledger workbook parcels
"""
SCENARIO, RUN, LEDGER, KIND = "SCENARIO.yaml", "RUN.yaml", "quotas.db", "energy_equal_value"
INIT = ("init", "--boundary", "approved_boundaries.gpkg", "--parcels", "parcels.gpkg")
# Command and parameter → the words before the place; in words that end with a known suffix a file of the zone is meant.
FOLDERS = {
    "run output": ("run", RUN, "-o"),
    "areas output": ("areas", RUN, "-o"),
    "sample folder": ("sample", "--parcels", "40"),
    "trend output": ("trend", RUN, "--from", "2026-03-31", "--to", "2026-03-31", "-o"),
    "publish output": ("publish", RUN, "--fields", "parcel_id,area_m2,status", "--precision", "10m", "-o"),
    "case output": ("case", RUN, "00000001", "-o"),
    "scenario run output": ("scenario", "run", SCENARIO, "-o"),
    "scenario solve output": ("scenario", "solve", SCENARIO, "-o"),
}
FILES = {
    "map output": ("map", RUN, "-o"),
    "map png": ("map", RUN, "--png"),
    "map pdf": ("map", RUN, "--pdf"),
    "init target": (*INIT, "-o"),
    "repair target": ("repair", RUN, "parcels"),
    "rules guide target": ("rules", "guide"),
    "boundaries footprints target": ("boundaries", "footprints"),
    "scenario export target": ("scenario", "export", "notes.csv"),
    "scenario frontier output": ("scenario", "frontier", SCENARIO, "-o"),
    "scenario pairs output": ("scenario", "pairs", SCENARIO, "-o"),
    "scenario page output": ("scenario", "page", SCENARIO, "-o"),
    "ledger drawn output": ("ledger", "drawn", KIND, "2026", "-d", LEDGER, "-o"),
    "ledger chart output": ("ledger", "chart", KIND, "2026", "-d", LEDGER, "-o"),
    "ledger workbook output": ("ledger", "workbook", "-d", LEDGER, "-o"),
}
DAY = ("--as-of", "2026-02-01")
HOLDER = ("--holder", "district:310115", "--project", "P", "--expires", "2026-08-01")
DATABASES = {
    "ledger init database": (),
    "ledger issue database": (KIND, "2026", "1", "--account", "city", *DAY),
    "ledger transfer database": (KIND, "2026", "1", "--from", "city", "--to", "district:310115", *DAY),
    "ledger lend database": (KIND, "2026", "1", "--from", "city", "--to", "zone:Z", "--due", "2026-12-31", *DAY),
    "ledger repay database": ("L00000001", "1", *DAY),
    "ledger deduct database": (KIND, "2026", "1", "--account", "city", "--reason", "why it is so", *DAY),
    "ledger reverse database": ("1", "--reason", "why it is so", *DAY),
    "ledger carry-over database": (KIND, "2026", "1", "--account", "city", "--reason", "why it is so", *DAY),
    "ledger reserve database": (KIND, "2026", "1", *HOLDER, *DAY),
    "ledger book database": ("project.yaml", *DAY),
    "ledger propose database": ("requests.csv", "--account", "city", *DAY),
    "ledger post database": ("R00000001-1", "1", *DAY),
    "ledger void database": ("R00000001-1", "--reason", "why it is so", *DAY),
    "ledger expire database": DAY,
    "ledger balance database": (),
    "ledger reservations database": (),
    "ledger loans database": (),
    "ledger drawn database": (KIND, "2026"),
    "ledger statement database": (),
    "ledger chart database": (KIND, "2026", "-o", "new.png"),
    "ledger workbook database": ("-o", "new.xlsx"),
    "ledger verify database": (),
}
PLACES = ("folder", "by dots", "parent", "run file", "input", "file", "hard link", "link to folder", "link to file",
          "dangling", "pipe", "in .git", "home", "others")  # fmt: skip


def paths_of_commands(part=app, above=()):
    for info in part.registered_commands:
        for name, kind in typing.get_type_hints(info.callback).items():
            if "Path" in str(kind) or name == "database":
                yield " ".join((*above, info.name or info.callback.__name__, name))
    for group in part.registered_groups:
        yield from paths_of_commands(group.typer_instance, (*above, group.name))


def test_every_path_of_every_command_is_read_or_has_a_case():
    read = {" ".join(pair.split()) for pair in READ.split(";")}
    assert set(paths_of_commands()) == read | set(FOLDERS) | set(FILES) | set(DATABASES)


def everything(folder):
    """Name → kind and mode, and bytes or target, of all that is in a folder."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        mode = path.lstat().st_mode
        content = path.readlink() if path.is_symlink() else path.read_bytes() if stat.S_ISREG(mode) else b""
        found[path.relative_to(folder)] = (mode, content)
    return found


@pytest.fixture(scope="session")
def zone_files(tmp_path_factory):
    import datetime as dt

    folder = tmp_path_factory.mktemp("precious") / "zone"
    write_sample_run(folder, parcels=40, seed=1, as_of=dt.date(2026, 3, 31))
    with create_ledger(str(folder / LEDGER)) as ledger:
        ledger.issue(KIND, 2026, "5", account="city", as_of="2026-01-05")
    (folder / "notes.csv").write_text("parcel_id\nmine\n", "utf-8")
    (folder / "plans" / "old").mkdir(parents=True)
    (folder / "plans" / "old" / "plan.txt").write_text("the only copy", "utf-8")
    (folder / "manifest.json").write_text('{"made_at": "by hand"}', "utf-8")
    (folder / "secret.txt").write_text("for me alone", "utf-8")
    (folder / "secret.txt").chmod(0o600)
    return folder


@pytest.fixture
def desk(zone_files, tmp_path, monkeypatch):
    """A desk with the zone, a folder under git, a home, links and a pipe; worked on from elsewhere."""
    zone, work = tmp_path / "desk" / "zone", tmp_path / "work"
    shutil.copytree(zone_files, zone)
    work.mkdir()
    for folder, name in (("code", ".git/config"), ("home", "letters.txt")):
        (zone.parent / folder / name).parent.mkdir(parents=True)
        (zone.parent / folder / name).write_text("mine", "utf-8")
    for name in ("RUN.yaml", "areas.parquet", "letters.txt"):  # nothing but its content speaks for this folder
        (zone.parent / "others").mkdir(exist_ok=True)
        (zone.parent / "others" / name).write_text("mine", "utf-8")
    os.link(zone / "parcels.gpkg", zone.parent / "parcels.gpkg")
    (zone.parent / "to_zone").symlink_to(zone)
    (zone.parent / "to_notes").symlink_to(zone / "notes.csv")
    (zone.parent / "to_nothing").symlink_to(zone.parent / "nothing")
    os.mkfifo(zone.parent / "pipe")
    monkeypatch.setenv("HOME", str(zone.parent / "home"))
    monkeypatch.chdir(work)
    return zone.parent


def place_of(desk, name):
    zone = desk / "zone"
    return {
        "folder": zone, "by dots": zone / "plans" / "..", "parent": desk, "run file": zone / RUN,
        "input": zone / "parcels.gpkg", "file": zone / "secret.txt", "hard link": desk / "parcels.gpkg",
        "link to folder": desk / "to_zone", "link to file": desk / "to_notes", "dangling": desk / "to_nothing",
        "pipe": desk / "pipe", "in .git": desk / "code" / ".git" / "hooks", "home": desk / "home",
        "others": desk / "others",
    }[name]  # fmt: skip


def called(desk, words):
    """Call a command; names of files of the zone are found there."""
    found = [desk / "zone" / word if (desk / "zone" / str(word)).is_file() else word for word in words]
    return CliRunner().invoke(app, [str(word) for word in found])


def refused(desk, words, place, *more):
    before = everything(desk)
    done = called(desk, (*words, place, *more))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code in {2, 3}, (place, done.output)
    after = everything(desk)
    assert after.keys() == before.keys(), place
    assert after == before, place
    assert list(Path.cwd().iterdir()) == []
    return done.output


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_is_not_written_over_what_is_precious(desk, name):
    for place in PLACES:
        refused(desk, FOLDERS[name], place_of(desk, place))
    refused(desk, FOLDERS[name], desk / "code")
    refused(desk, FOLDERS[name], "/")
    refused(desk, FOLDERS[name], ".")


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_not_written_over_what_is_precious(desk, name):
    for place in PLACES:
        target = place_of(desk, place)
        if name == "ledger chart output" and target.suffix not in {".png", ".svg"}:
            target = desk / "zone" / "chart.png"
            target.exists() or target.write_bytes(b"a picture of mine")
        refused(desk, FILES[name], target)


@pytest.mark.parametrize("name", sorted(set(FILES) - {"ledger chart output"}))
def test_overwriting_spares_inputs_links_folders_and_pipes(desk, name):
    reads = {name: {"parcels.gpkg", RUN} for name in FILES if RUN in FILES[name] or SCENARIO in FILES[name]}
    reads |= {"init target": {"parcels.gpkg"}, "scenario export target": {"notes.csv"}}
    reads |= {name: {LEDGER} for name in FILES if LEDGER in FILES[name]}
    for place in ("folder", "parent", "link to folder", "link to file", "dangling", "pipe", "in .git", "home"):
        refused(desk, FILES[name], place_of(desk, place), "--overwrite")
    for own in reads.get(name, ()):
        refused(desk, FILES[name], desk / "zone" / own, "--overwrite")


@pytest.mark.parametrize("name", DATABASES)
def test_a_ledger_is_not_put_into_a_file_of_others(desk, name):
    words = name.split()[:-1]
    (desk / "zone" / "project.yaml").write_text("project: P\n", "utf-8")
    (desk / "zone" / "requests.csv").write_text("project,priority,value,kind,year,quantity\n", "utf-8")
    for place in ("folder", "input", "file", "link to folder", "dangling", "pipe"):
        refused(desk, (*words, *DATABASES[name], "-d"), place_of(desk, place))


def test_a_refusal_says_what_is_in_the_way_and_a_free_name(desk):
    other = desk / "zone" / "plans"
    said = " ".join(refused(desk, FOLDERS["trend output"], other, "--lang", "en").split())
    assert "holds 1 item(s)" in said and "old" in said and str(other.with_name("plans-2")) in said.replace("\n", "")
    assert "含有 1 项" in refused(desk, FOLDERS["trend output"], other, "--lang", "zh")
    said = refused(desk, FILES["map output"], desk / "zone" / "parcels.gpkg", "--lang", "en").replace("\n", "")
    assert "which is read" in said and "parcels-2.gpkg" in said


def test_the_run_file_may_not_name_its_own_folder(desk):
    run_file = desk / "zone" / RUN
    for output in (".", "..", "plans/..", str(desk / "home"), "/", "parcels.gpkg", "plans"):
        text = run_file.read_text("utf-8")
        run_file.write_text(text.replace("output: results", f'output: "{output}"'), "utf-8")
        refused(desk, ("run",), run_file)
        run_file.write_text(text, "utf-8")
