"""What work costs, as a ratio to a peer or to the same work at a smaller size in the same run: `make bench-limits`.

The tests hold what is computed; here is what it takes. A ratio of two measures of one run holds on a machine of any
speed. Times are of the processor, the least of a few calls; where a disk or threads are waited for, of the clock.
A limit that is missed is named, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("analyses", "checks", "ledgers", "overlay", "scenarios")
sys.path[:0] = [str(ROOT / "tests" / name) for name in FOLDERS]

__all__ = ["CASES", "Limit", "main", "print_limits"]

#: Work that should grow as its size does may take half as much again: constant parts, caches and a busy machine.
ROOM = 1.5
DAY = dt.date(2026, 3, 31)


@dataclasses.dataclass(frozen=True)
class Limit:
    """What was measured, what it stands beside, and how many times that it may be.

    Examples
    --------
    >>> limit = Limit("balance", 3.0, "s", "a tenth of the entries", 2.0, 1.2)
    >>> limit.ratio, limit.is_missed
    (1.5, True)
    """

    what: str
    measured: float
    unit: str
    beside: str
    yardstick: float
    at_most: float

    @property
    def ratio(self) -> float:
        """Return the measure as a multiple of what it stands beside."""
        return self.measured / self.yardstick

    @property
    def is_missed(self) -> bool:
        """Tell whether it is more than it may be; a ratio that is no number is."""
        return not self.ratio <= self.at_most


def taken(work: Callable[[], Any], *, times: int = 3, clock: Callable[[], float] = time.process_time) -> float:
    """Return the least that a piece of work took in a few calls."""
    spent = []
    for _ in range(times):
        began = clock()
        work()
        spent.append(clock() - began)
    return min(spent)


def growth(
    what: str, prepare: Callable[[int], Callable[[], Any]], sizes: tuple[int, int], *, room: float = ROOM, times: int = 3
) -> Limit:
    """Measure work at two sizes; it may grow as they do, with some room."""
    small, large = sizes
    first, second = (taken(prepare(size), times=times) for size in sizes)
    return Limit(f"{what}, {large:,}", second, "s", f"{small:,}", first, room * large / small)


def overlay() -> Iterator[Limit]:
    """Areas of shapes with very many corners, beside GEOS."""
    import numpy as np
    from overlay_shapes import PLACES, array, coast, geos_areas, kernel_areas, kernel_areas_of_one, stars

    rng, centre = np.random.default_rng(14), np.array(PLACES["zone"])
    first, second = (array(coast(rng, 100_000, centre=centre + step)) for step in ((0, 0), (400, 250)))
    small = stars(np.random.default_rng(15), 150, centre=PLACES["zone"], spread=2600.0)
    kernel_areas(first[:0], second[:0])  # compiled once
    pairs = {
        # Ours with validity and edges; 10^10 pairs of edges, were each compared, would take a thousand times as long.
        "100,000 corners with as many": (lambda: kernel_areas(first, second), lambda: geos_areas(first, second), 6.0),
        # Cost follows the small shape and what lies over it.
        "100,000 corners with 150 small shapes": (
            lambda: kernel_areas_of_one(first[0], small),
            lambda: geos_areas(np.repeat(first, len(small)), small),
            0.3,
        ),
    }
    for what, (ours, theirs, most) in pairs.items():
        measured, peer = (taken(work, clock=time.perf_counter) for work in (ours, theirs))
        yield Limit(what, measured, "s", "GEOS", peer, most)


def checks() -> Iterator[Limit]:
    """Topology and events of many parcels."""
    from large_tables import contradicted, turned_blocks

    from gis.checks import check_events, check_topology
    from gis.issues import IssueLog

    def topology(parcels: int) -> Callable[[], Any]:
        tables = turned_blocks(parcels // 16)
        check_topology(tables[0].iloc[:10], tables[1], issues=IssueLog())
        return lambda: check_topology(*tables, issues=IssueLog())

    def events(parcels: int) -> Callable[[], Any]:
        table, log = contradicted(parcels)
        return lambda: check_events(log, table, as_of="2026-03-31", issues=IssueLog())

    yield growth("parcels checked for topology", topology, (2_000, 20_000))
    yield growth("parcels with three events that contradict", events, (2_000, 20_000), times=2)


def scenarios() -> Iterator[Limit]:
    """Questions solved, and certificates checked."""
    import json

    from green_questions import fixed_charges, random_question

    from gis.scenarios import solve_green
    from gis.scenarios.certificate import build_certificate, certificate_text
    from gis.scenarios.certificate_check import check_certificate

    def question(parcels: int) -> Callable[[], Any]:
        asked = random_question(random.Random(8), parcels=parcels, unit=1_000)
        return lambda: solve_green(asked)

    def charges(parcels: int) -> Callable[[], Any]:
        asked = fixed_charges(parcels)
        return lambda: solve_green(asked)

    def certificate(parcels: int) -> Callable[[], Any]:
        content = build_certificate(solve_green(random_question(random.Random(8), parcels=parcels, unit=1_000)),
                                    scenario="s", as_of="2026-03-31", fingerprints={})  # fmt: skip
        text = certificate_text(content)
        return lambda: check_certificate(json.loads(text))

    solve_green(random_question(random.Random(1), parcels=5))  # the solver is loaded once
    yield growth("parcels solved", question, (1_000, 10_000), times=2)
    # A search for whole numbers grows faster than its question.
    yield growth("parcels with fixed charges solved", charges, (500, 5_000), room=6.0, times=1)
    yield growth("parcels of a certificate checked", certificate, (500, 5_000), times=2)


def rules() -> Iterator[Limit]:
    """A first rulebook beside the bare parsing of its files, and a second beside the first."""
    import shutil

    from gis.regulations import load_rule_set, load_rules
    from gis.regulations.rule_set import RULES_FOLDER
    from gis.yaml_files import read_yaml

    load_rules(as_of=DAY, place="310115")
    with tempfile.TemporaryDirectory() as name:
        # A folder that was not read before, for what was read is kept.
        copies = [shutil.copytree(RULES_FOLDER, Path(name) / str(number)) for number in range(3)]
        first = min(taken(lambda folder=folder: load_rule_set(folder), times=1) for folder in copies)
    bare = taken(lambda: [read_yaml(path) for path in sorted(RULES_FOLDER.glob("*.yaml"))])
    second = taken(lambda: load_rules(as_of="2021-01-15", place="31"))
    yield Limit("the rules loaded", first, "s", "the files parsed", bare, 1.5)
    yield Limit("a second rulebook", second, "s", "the first", first, 0.1)


def analyses() -> Iterator[Limit]:
    """A million parcels judged, and statuses over five years beside judging a day at a time."""
    from random_histories import random_million

    from gis.analyses import trace_statuses
    from gis.analyses.idle_land import classify_land
    from gis.analyses.idle_status import classify_status
    from gis.issues import IssueLog
    from gis.readers import read_table
    from gis.regulations import load_rules
    from gis.samples import write_sample
    from gis.schema import combine_events

    def land(parcels: int) -> Callable[[], Any]:
        table, events = random_million(parcels, 3 * parcels)
        book = load_rules(as_of=dt.date(2025, 1, 1), place="310115")
        return lambda: classify_land(table, combine_events(table, events), book)

    yield growth("parcels with three events each judged", land, (100_000, 1_000_000), times=1)
    with tempfile.TemporaryDirectory() as name:
        write_sample(Path(name) / "z", parcels=60, seed=3)
        parcels = read_table(Path(name) / "z" / "parcels.gpkg", "parcels", issues=IssueLog())
        events = read_table(
            Path(name) / "z" / "parcel_events.csv", "parcel_events", encoding="utf-8", issues=IssueLog()
        )
    book, since = load_rules(as_of=DAY, place="310115"), dt.date(2021, 5, 1)
    days = [since + dt.timedelta(days=30 * step) for step in range(60)]
    daily = taken(lambda: [classify_status(parcels, book.on(day), events=events) for day in days], times=1)
    traced = taken(lambda: trace_statuses(parcels, book, since=since, events=events))
    yield Limit("statuses of 60 parcels over five years", traced, "s", "60 of its 1,795 days, one by one", daily, 0.25)


def ledgers() -> Iterator[Limit]:
    """A large ledger beside a smaller one, and single postings beside bare commits of the database."""
    from large_ledger import DISTRICT, ENERGY, book_fifty, fill

    from gis.ledgers import create_ledger, verify_ledger

    sizes, measures = (10_000, 100_000), {}
    with tempfile.TemporaryDirectory() as name:
        for size in sizes:
            with create_ledger(f"{name}/{size}.db") as ledger:
                fill(ledger, size)
                reserved = f"reserved:R{size // 2:08d}-1"
                measures[size] = {
                    "balance of an account": taken(lambda ledger=ledger: ledger.balance(DISTRICT), times=9),
                    "balance of a reservation": taken(
                        lambda ledger=ledger, account=reserved: ledger.balance(account), times=9
                    ),
                    "500 entries booked in ten postings": taken(
                        lambda ledger=ledger: [ledger.post_all(book_fifty) for _ in range(10)]
                    ),
                    "ledger verified": taken(lambda ledger=ledger: verify_ledger(ledger), times=1),
                }
        few, many = (measures[size] for size in sizes)
        for what, measured in many.items():
            most = ROOM * sizes[1] / sizes[0] if what == "ledger verified" else 2.0
            yield Limit(f"{what}, {sizes[1]:,} entries", measured, "s", f"{sizes[0]:,}", few[what], most)
        with create_ledger(f"{name}/single.db") as ledger:
            ledger.issue(ENERGY, 2026, "100000", account=DISTRICT, as_of="2026-01-05")
            days = {"as_of": "2026-02-01", "expires": "2026-08-01"}
            number = iter(range(10**9))
            bare, close = bare_rows(Path(name) / "rows.db")
            # In turns, so that both have the same disk.
            turns = [
                (
                    taken(lambda: [ledger.reserve(ENERGY, 2026, "0.001", project=f"P{next(number)}", holder=DISTRICT, **days)
                                   for _ in range(200)], times=1, clock=time.perf_counter),
                    taken(lambda: [bare(next(number)) for _ in range(200)], times=1, clock=time.perf_counter),
                )
                for _ in range(3)
            ]  # fmt: skip
            close()
        ours, theirs = (min(column) for column in zip(*turns, strict=True))
        yield Limit("200 postings, each on the disk", ours, "s", "rows of SQLite, each on the disk", theirs, 20.0)


def bare_rows(path: Path) -> tuple[Callable[[int], None], Callable[[], None]]:
    """Return a work that is one row a commit of the database itself, as durable as the ledger."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = EXTRA"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, words TEXT)")

    def work(number: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO rows VALUES (?, ?)", (number, "x" * 400))
        connection.execute("COMMIT")

    return work, connection.close


WHOLE_RUN = """
import json, sys, time
sys.path.insert(0, sys.argv[2])
from run_contestant import peak_mb
from gis.cli import app
from gis.workflow import balances
check, spent = balances.check_ground, []
def timed(*given):
    began = time.process_time()
    found = check(*given)
    spent.append(time.process_time() - began)
    return found
balances.check_ground = timed
try:
    app(["run", sys.argv[1], "--lang", "en"])
except SystemExit as end:
    assert not end.code, end.code
print(json.dumps({"cpu_s": time.process_time(), "peak_mb": peak_mb(), "outlines_s": sum(spent)}))
"""
#: One parcel in so many is drawn a metre too wide, over its neighbours.
OVERLAPPING = 20
ACCEPTED = ("parcel-overlap", "parcel-outside", "area-differs", "layer-overlap")


def overlapped(run_file: Path) -> Path:
    """Draw some parcels of a sample over their neighbours, which its run file then accepts."""
    import geopandas as gpd

    place = run_file.parent / "parcels.gpkg"
    parcels = gpd.read_file(place)
    shapes = parcels.geometry.to_numpy().copy()
    shapes[::OVERLAPPING] = [shape.buffer(1.0, join_style="mitre") for shape in shapes[::OVERLAPPING]]
    place.unlink()
    parcels.set_geometry(shapes, crs=parcels.crs).to_file(place, layer="parcels", engine="pyogrio")
    accepted = ", ".join(f"{{code: {code}, reason: bench}}" for code in ACCEPTED)
    run_file.write_text(run_file.read_text("utf-8").replace("accept: []", f"accept: [{accepted}]"), "utf-8")
    return run_file


def whole_run(run_file: Path) -> dict[str, float]:
    """Run in a process of its own: processor time on all cores, that of the outlines alone, and memory at its peak."""
    import json

    words = [sys.executable, "-c", WHOLE_RUN, str(run_file), str(Path(__file__).parent)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def runs() -> Iterator[Limit]:
    """Whole runs: what they take, the share of the third computation of zone figures, and growth where parcels overlap."""
    from gis.workflow import write_sample_run

    sizes, measures, overlapping = (2_000, 20_000), [], []
    with tempfile.TemporaryDirectory() as name:
        for size in sizes:
            run_file = write_sample_run(Path(name) / str(size), parcels=size, seed=1, as_of=DAY)
            measures.append(whole_run(run_file))
            overlapping.append(whole_run(overlapped(run_file)))
    few, many = measures
    # Ten times the parcels: much of a run is the same for any number of them.
    for unit, key, most in (("s", "cpu_s", 6.0), ("MB", "peak_mb", 4.0)):
        yield Limit(f"a run, {sizes[1]:,} parcels", many[key], unit, f"{sizes[0]:,}", few[key], most)
    yield Limit("its zone figures from outlines alone", many["outlines_s"], "s", "the run", many["cpu_s"], 0.25)
    # Runs with one parcel in twenty over its neighbours, and their computation from outlines: n^1.1 at most.
    for what, key in (("a run, {} parcels, 5 % overlapping", "cpu_s"), ("its zone figures from outlines", "outlines_s")):
        first, second = (found[key] for found in overlapping)
        most = (sizes[1] / sizes[0]) ** 1.1
        yield Limit(what.format(f"{sizes[1]:,}"), second, "s", f"{sizes[0]:,}", first, most)


CASES = {case.__name__: case for case in (overlay, checks, scenarios, rules, analyses, ledgers, runs)}


def print_limits(limits: list[Limit], console: Console) -> bool:
    """Print one line a limit, name those that are missed, and tell whether all are kept."""
    table = Table(title="What work costs, beside a peer or a smaller size in the same run")
    for name in ("measured", "", "beside", " ", "ratio", "at most", "missed"):
        table.add_column(name, justify="left" if name in {"measured", "beside"} else "right")
    for limit in limits:
        figures = f"{limit.measured:,.4g} {limit.unit}", limit.beside, f"{limit.yardstick:,.4g} {limit.unit}"
        table.add_row(
            limit.what, *figures, f"{limit.ratio:.2f}", f"{limit.at_most:g}", "missed" if limit.is_missed else ""
        )
    console.print(table)
    for limit in limits:
        if limit.is_missed:
            console.print(f"missed: {limit.what}: {limit.ratio:.2f} times {limit.beside}, at most {limit.at_most:g}")
    return not any(limit.is_missed for limit in limits)


def main(words: list[str] | None = None) -> int:
    """Measure everything that has a limit; return 1 if one is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; all, if none is named")
    chosen = parser.parse_args(words).cases
    if unknown := sorted(set(chosen) - set(CASES)):
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(CASES)}")
    console = Console(width=None if sys.stdout.isatty() else 160)
    limits: list[Limit] = []
    for name in chosen or CASES:
        console.print(f"{name} …")
        limits.extend(CASES[name]())
    return 0 if print_limits(limits, console) else 1


if __name__ == "__main__":
    sys.exit(main())
