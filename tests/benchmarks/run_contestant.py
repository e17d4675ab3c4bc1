"""Measure one contestant at one size, in a process of its own: ``python run_contestant.py JOB.json``.

A job names the contestant, the files, the threads and the repeats; the measures go to ``JOB.measured.json`` and
the table to ``JOB.parquet``. Imports, reading and the first call on a few rows (which compiles) are not in the
seconds; the first call is reported apart.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from overlay_data import OverlayFiles
from overlay_peers import CONTESTANTS

__all__ = ["measure", "peak_mb"]

FEW_ROWS = 40
#: No further repeat once the runs have taken this long together: a long run tells enough.
ENOUGH_S = 60.0


def memory_mb(entry: str) -> float | None:
    """Return an entry of this process's status file, where the system has one."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    found = [line.split()[1] for line in status.read_text("ascii").splitlines() if line.startswith(f"{entry}:")]
    return int(found[0]) / 1024 if found else None


def peak_mb() -> float:
    """Return the most memory that this process has held, in MB of 2²⁰ bytes.

    ``getrusage`` would count the parent's memory at the fork as well, so it is asked only where there is no
    status file.
    """
    peak = memory_mb("VmHWM")
    if peak is not None:
        return peak
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def measure(job: dict[str, Any], table_file: Path) -> dict[str, Any]:
    """Run a job and return its measures; the table is written for the comparison."""
    contestant = CONTESTANTS[job["contestant"]]
    files = OverlayFiles(Path(job["parcels_file"]), Path(job["layer_file"]), job["class_column"])
    threads = int(job["threads"])
    few = contestant.read(files, rows=FEW_ROWS, threads=threads)
    started = time.perf_counter()
    contestant.compute(few)
    first_call_s = time.perf_counter() - started
    del few
    started = time.perf_counter()
    data = contestant.read(files, threads=threads)
    read_s = time.perf_counter() - started
    held_mb = memory_mb("VmRSS")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    runs_s, cpu_s, result = [], [], None
    for _ in range(int(job["repeats"])):
        if sum(runs_s) > ENOUGH_S:
            break
        result = None
        gc.collect()
        started, busy = time.perf_counter(), time.process_time()
        result = contestant.compute(data)
        runs_s.append(time.perf_counter() - started)
        cpu_s.append(time.process_time() - busy)
    peak = peak_mb()
    table = result if contestant.tabulate is None else contestant.tabulate(data, result)
    table.to_parquet(table_file)
    return {
        "first_call_s": first_call_s,
        "read_s": read_s,
        "runs_s": runs_s,
        "seconds": min(runs_s),
        "cpu_s": cpu_s[runs_s.index(min(runs_s))],
        "edges_s": getattr(data, "edges_s", None),
        "pairs_count": len(data.positions) if contestant.by_pair else None,
        "held_mb": held_mb,
        "peak_mb": peak,
        "rows_count": len(table),
        "sum_m2": float(table["area_m2"].sum()),
        "load_average": load,
    }


def main(job_file: Path) -> None:
    """Run the job in a file."""
    measured = measure(json.loads(job_file.read_text("utf-8")), job_file.with_suffix(".parquet"))
    job_file.with_suffix(".measured.json").write_text(json.dumps(measured), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
