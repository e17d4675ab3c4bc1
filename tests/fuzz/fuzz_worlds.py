"""Small worlds to be damaged: for each format a folder of files and the subject that reads them.

A subject returns every figure that the files give, and the issues that were raised with them. It fails by the package's
own errors only; the worker (`fuzz_worker`) takes anything else for a traceback.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = dt.date(2026, 3, 31)
TODAY = dt.date(2026, 11, 24)
CRS = "EPSG:4549"
VECTOR = ("approved_boundaries", "parcels", "green_spaces")
RUN = """\
zonegis: 1
title: 示例 zone
as_of: 2026-03-31
place: "310115"
output: results
tables:
{tables}
checks:
  stop_at: error
  accept: []
{more}"""
SCENARIO = """\
zonegis_scenario: 1
name: green-20
base: RUN.yaml
edits:
  - {edit: lock, name: site, parcel_id: "00000001", reason: 施工中}
  - {edit: set_green, name: more, parcel_id: "00000002", ratio: "20%", reason: what if}
  - {edit: target, name: target, ratio: "25%", reason: what if, citation: none}
"""
PROJECT = """\
project: P2
parcel: "00000002"
expires: 2026-08-01
is_major_quality: true
is_large: true
water_quality: met
document: 示例文号
needs:
  - {kind: energy_equal_value, year: 2026, quantity: "12000", holders: ["zone:SYN-001", "district:310115"]}
  - {kind: cod, year: 2026, quantity: "1.5", holders: ["district:310115"]}
"""
DECLARED = """\
project: P6
parcel: "00000006"
place: "310115"
expires: 2026-08-01
water_quality: not_met
declared:
  year: 2026
  holders: {land: ["district:310115"], energy: ["district:310115"], pollutant: ["district:310115"]}
  land_m2: "10000"
  existing_construction_m2: "4000"
  energy: {diesel: "1000"}
  emissions: {cod: "0.1"}
"""
REQUESTS = """\
project,priority,value,kind,year,quantity
P3,1,1,energy_equal_value,2026,9000
P4,2,3,energy_equal_value,2026,20000
P5,2,2,energy_equal_value,2026,15000
"""
REQUESTS_YAML = """\
requests:
  - {project: P3, priority: 1, value: 1, needs: [{kind: energy_equal_value, year: 2026, quantity: "9000"}]}
  - {project: P4, priority: 2, value: 3, needs: [{kind: energy_equal_value, year: 2026, quantity: "20000"}]}
"""
GUIDE = """\
edition,in_force,expires,industry_code,tax_10k_cny_per_ha,output_10k_cny_per_ha,document,page,checked_on
2019,2019-07-01,,3912,900,18000,示例,12,2026-01-05
2019,2019-07-01,,27,1200,20000,示例,13,2026-01-05
2019,2019-07-01,2025-12-31,C,600,9000.5,示例,14,2026-01-05
"""

Reading = tuple[dict[str, Any], list[tuple[str, str, str]]]


@dataclass(frozen=True)
class World:
    """A folder's worth of files, what of it may be damaged, and how it is read.

    Attributes
    ----------
    make
        Writes the files into an empty folder.
    targets
        Format → names of the files of that format that are damaged.
    read
        The subject: folder and damaged file → figures and issues.
    """

    make: Callable[[Path], None]
    targets: dict[str, tuple[str, ...]]
    read: Callable[[Path, Path], Reading]

    @property
    def counted(self) -> bool:
        """Whether something beside the damaged file says how many rows it has: a run file that may expect."""
        return self.read is read_run and bool(_expected({}))

    def sound_target(self, target: str) -> str:
        """Return the file to read where nothing is damaged: of a run, whichever, for it reads them all."""
        return next(iter(self.targets.values()))[0] if self.read is read_run else target


def _sample(folder: Path) -> dict[str, Any]:
    """Return the tables of the smallest sample zone; its files are kept beside the worlds."""
    import geopandas as gpd

    from gis.workflow import write_sample_run

    place = folder.parent / "sample"
    if not place.exists():
        write_sample_run(place, parcels=40, seed=1, as_of=DAY)
    tables = {name: gpd.read_file(place / f"{name}.gpkg") for name in VECTOR}
    for name, table in tables.items():
        days = table.select_dtypes("datetime").columns
        tables[name] = table.assign(**{day: table[day].dt.strftime("%Y-%m-%d") for day in days})
    return tables | {"parcel_events": (place / "parcel_events.csv").read_bytes()}


def _expected(rows: dict[str, int]) -> str:
    """Return the lines that state how many rows each table has, where a run file can."""
    from gis.workflow import RunFile

    if "expect" not in RunFile.model_fields:
        return ""
    return f"expect: {{{', '.join(f'{name}: {count}' for name, count in rows.items())}}}\n"


def _write_run(folder: Path, entries: dict[str, dict[str, Any]], rows: dict[str, int], more: str = "") -> None:
    lines = [f"  {name}: {json.dumps(entry, ensure_ascii=False)}" for name, entry in entries.items()]
    text = RUN.format(tables="\n".join(lines), more=_expected(rows) + more)
    (folder / "RUN.yaml").write_text(text, "utf-8")


def _vector_world(suffix: str) -> Callable[[Path], None]:
    """Return what writes boundary, parcels and green of the sample, the last two in one format."""

    def make(folder: Path) -> None:
        from gis.readers import write_geopackage

        tables = _sample(folder)
        entries: dict[str, dict[str, Any]] = {}
        for name in VECTOR:
            own = suffix if name != "approved_boundaries" else ".gpkg"
            path = folder / f"{name}{own}"
            entries[name] = {"path": path.name}
            if own == ".gpkg":
                write_geopackage(path, {name: tables[name]})
            elif own == ".shp":
                short = {column: f"F{n:02d}" for n, column in enumerate(tables[name].columns) if column != "geometry"}
                units = {column: unit for unit in ("m2", "cny", "m", "ratio") for column in short if column.endswith(f"_{unit}")}
                tables[name].rename(columns=short).to_file(path, encoding="utf-8")
                entries[name] |= {"fields": short, "units": units}
            elif own == ".parquet":
                tables[name].to_parquet(path)
            else:
                driver = {".geojson": "GeoJSON", ".gdb": "OpenFileGDB"}[own]
                tables[name].to_file(path, driver=driver, layer=name, engine="pyogrio")
        _write_run(folder, entries, {name: len(tables[name]) for name in VECTOR})

    return make


def _events_world(suffix: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        from gis.readers import write_geopackage

        tables = _sample(folder)
        entries: dict[str, dict[str, Any]] = {name: {"path": f"{name}.gpkg"} for name in VECTOR[:2]}
        for name in entries:
            write_geopackage(folder / f"{name}.gpkg", {name: tables[name]})
        rows = [line.split(",") for line in tables["parcel_events"].decode("utf-8-sig").splitlines()]
        entries["parcel_events"] = {"path": f"parcel_events{suffix}"}
        if suffix == ".csv":
            entries["parcel_events"]["encoding"] = "utf-8"
            (folder / "parcel_events.csv").write_bytes(tables["parcel_events"])
        else:
            _write_xlsx(folder / "parcel_events.xlsx", rows)
        counts = {name: len(tables[name]) for name in VECTOR[:2]} | {"parcel_events": len(rows) - 1}
        _write_run(folder, entries, counts)

    return make


def _write_xlsx(path: Path, rows: list[list[str]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": dt.datetime(2026, 1, 1)})  # noqa: DTZ001 - the same bytes every time
        sheet = book.add_worksheet("events")
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)


def _run_world(folder: Path) -> None:
    _vector_world(".gpkg")(folder)
    (folder / "guide.csv").write_text(GUIDE, "utf-8")
    with (folder / "RUN.yaml").open("a", encoding="utf-8") as file:
        file.write("land_guide: guide.csv\n")
    (folder / "SCENARIO.yaml").write_text(SCENARIO, "utf-8")


def _quota_world(folder: Path) -> None:
    """Write a ledger with issues, a loan, reservations and a use, and the files that ask things of it."""
    from gis.ledgers import create_ledger

    with create_ledger(str(folder / "quotas.db")) as ledger:
        ledger.issue("energy_equal_value", 2026, "100000", account="district:310115", as_of="2026-01-05")
        ledger.issue("cod", 2026, "5", account="district:310115", as_of="2026-01-05")
        ledger.issue("new_construction_land", 2026, "40000", account="district:310115", as_of="2026-01-06")
        ledger.transfer("cod", 2026, "1.5", source="district:310115", target="zone:SYN-001", as_of="2026-01-07")
        held = ledger.reserve("energy_equal_value", 2026, "60000", holder="district:310115", project="P1",
                              parcel="00000001", as_of="2026-02-01", expires="2026-08-01")  # fmt: skip
        assert held
        ledger.post("R00000005-1", "50000", as_of="2026-03-01")
        ledger.lend("energy_equal_value", 2026, "5000", lender="district:310115", borrower="zone:SYN-001",
                    as_of="2026-03-03", due="2026-12-31")  # fmt: skip
    _one_file(folder / "quotas.db")
    for name, text in {"project.yaml": PROJECT, "declared.yaml": DECLARED, "requests.csv": REQUESTS,
                       "requests.yaml": REQUESTS_YAML}.items():  # fmt: skip
        (folder / name).write_text(text, "utf-8")
    _write_xlsx(folder / "requests.xlsx", [line.split(",") for line in REQUESTS.splitlines()])


def _one_file(path: Path) -> None:
    import sqlite3

    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def _certificate_world(folder: Path) -> None:
    from fractions import Fraction

    from gis.scenarios import ParcelChoice, Problem, ZoneTarget, solve_green
    from gis.scenarios.certificate import build_certificate, certificate_text

    parcels = tuple(
        ParcelChoice(name, "Z1", Fraction(area), Fraction(0), Fraction(0), Fraction(area, 20), Fraction(area, 3), Fraction(cost))
        for name, area, cost in (("A", 50_000, 3), ("B", 30_000, 1), ("C", 20_000, 2))
    )
    problem = Problem((ZoneTarget("Z1", Fraction(100_000), Fraction(1, 5)),), parcels, "least_cost", None)
    made = build_certificate(solve_green(problem), scenario="s 1", as_of="2026-03-31", fingerprints={"run": "a1"})
    (folder / "certificate.json").write_text(certificate_text(made), "utf-8")


def figures_of(balances: dict[str, Any]) -> dict[str, Any]:
    """Return every figure of every balance, with how many rows it is made of."""
    return {
        f"{name}/{figure.zone_id}/{figure.name}": [None if figure.value is None else repr(float(figure.value)), len(figure.rows)]
        for name, balance in balances.items()
        for figure in balance.figures
    }


def read_run(folder: Path, target: Path) -> Reading:
    """Compute the run; look into the damaged file first, as `zonegis inspect` does."""
    from gis.errors import GisError
    from gis.readers import inspect_file
    from gis.workflow import compute_run

    if target.suffix != ".yaml":
        with contextlib.suppress(GisError):  # the run says it again
            inspect_file(target)
    loaded, measured = compute_run(folder / "RUN.yaml", today=TODAY)
    issues = [(issue.severity.value, issue.code, issue.table) for issue in loaded.issues]
    return figures_of(measured.balances), issues


def read_layer(folder: Path, target: Path) -> Reading:
    """Read the layer alone: every cell and shape."""
    from gis.errors import GateError, GisError
    from gis.issues import IssueLog
    from gis.readers import inspect_file, read_table

    with contextlib.suppress(GisError):  # reading says it again
        inspect_file(target)
    log = IssueLog()
    table = read_table(target, "parcels", issues=log, layer="parcels")
    if log.at_least("error"):
        raise GateError("gate_stopped", count=1, severity="error", codes="")
    issues = [(issue.severity.value, issue.code, issue.table) for issue in log]
    return {"rows": table.assign(geometry=table.geometry.to_wkb(hex=True)).to_csv()}, issues


def read_scenario(folder: Path, target: Path) -> Reading:
    """Evaluate the scenario: its zones and parcels."""
    from gis.workflow import evaluate_scenario

    state = evaluate_scenario(target, today=TODAY)
    return figures_of({"scenario": state.balance}) | {"zones": state.zones.to_csv(), "parcels": state.parcels.to_csv()}, []


def read_guide(folder: Path, target: Path) -> Reading:
    """Read the land guide's values."""
    from gis.regulations import read_land_guide

    return {"entries": [repr(entry) for entry in read_land_guide(target).entries]}, []


def command(*words: Any) -> str:
    """Run the command line here; its own exit codes 1 to 3 are clean refusals.

    Raises
    ------
    GisError
        For an exit code from 1 to 3.
    RuntimeError
        For any other.
    """
    from typer.testing import CliRunner

    from gis.cli import app
    from gis.errors import GateError, InputError

    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    if done.exit_code in {2, 3}:
        raise InputError("file_unreadable", path=words[0], why=done.output[-300:])
    if done.exit_code == 1:
        raise GateError("file_unreadable", path=words[0], why=done.output[-300:])
    if done.exit_code:
        raise RuntimeError(f"exit code {done.exit_code}: {done.output[-2000:]}")
    return done.stdout


def read_project(folder: Path, target: Path) -> Reading:
    """Ask what booking the project would do."""
    words = ("ledger", "book", target, "--what-if", "--as-of", "2026-03-05", "--json", "-d", folder / "quotas.db")
    return {"answer": command(*words)}, []


def read_requests(folder: Path, target: Path) -> Reading:
    """Ask for a proposal."""
    words = ("ledger", "propose", target, "--account", "district:310115", "--as-of", "2026-03-05", "--json")
    return {"answer": command(*words, "-d", folder / "quotas.db")}, []


def read_ledger(folder: Path, target: Path) -> Reading:
    """Verify the ledger; its figures count only if it is whole, but reading them must not break either."""
    from gis.errors import GisError

    figures, refused = {}, None
    for words in (("balance", "--json"), ("reservations", "--json"), ("loans", "--json"), ("statement", "--json"),
                  ("verify", "--json")):  # fmt: skip
        try:
            figures[words[0]] = command("ledger", *words, "-d", target)
        except GisError as error:
            refused = error
    if refused is not None:
        raise refused
    figures["verify"] = str(json.loads(figures["verify"]).get("entries_count", figures["verify"]))
    return {name: text.replace(str(folder), "") for name, text in figures.items()}, []


def read_certificate(folder: Path, target: Path) -> Reading:
    """Check the certificate."""
    told = json.loads(command("certificate", "check", target, "--json"))
    return {"told": json.dumps(told, ensure_ascii=False).replace(str(folder), "")}, []


WORLDS: dict[str, World] = {
    "gpkg": World(_vector_world(".gpkg"), {"gpkg": tuple(f"{name}.gpkg" for name in VECTOR)}, read_run),
    "shp": World(_vector_world(".shp"), {
        "shp": ("parcels.shp", "green_spaces.shp"), "shx": ("parcels.shx", "green_spaces.shx"),
        "dbf": ("parcels.dbf", "green_spaces.dbf"), "prj": ("parcels.prj",), "cpg": ("parcels.cpg",),
        "shapefile": ("parcels.shp", "green_spaces.shp"),
    }, read_run),
    "geojson": World(_vector_world(".geojson"), {"geojson": ("parcels.geojson", "green_spaces.geojson")}, read_run),
    "parquet": World(_vector_world(".parquet"), {"parquet": ("parcels.parquet", "green_spaces.parquet")}, read_run),
    "gdb": World(_vector_world(".gdb"), {"gdb": ("parcels.gdb",)}, read_layer),
    "csv": World(_events_world(".csv"), {"csv": ("parcel_events.csv",)}, read_run),
    "xlsx": World(_events_world(".xlsx"), {"xlsx": ("parcel_events.xlsx",)}, read_run),
    "run": World(_run_world, {"yaml": ("RUN.yaml",)}, read_run),
    "guide": World(_run_world, {"csv": ("guide.csv",)}, read_guide),
    "scenario": World(_run_world, {"yaml": ("SCENARIO.yaml",)}, read_scenario),
    "project": World(_quota_world, {"yaml": ("project.yaml", "declared.yaml")}, read_project),
    "requests": World(
        _quota_world, {"csv": ("requests.csv",), "yaml": ("requests.yaml",), "xlsx": ("requests.xlsx",)}, read_requests
    ),
    "ledger": World(_quota_world, {"ledger": ("quotas.db",)}, read_ledger),
    "certificate": World(_certificate_world, {"certificate": ("certificate.json",)}, read_certificate),
}  # fmt: skip
